"""What a voxel of the liver can be: a part of it, and a tissue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from flr.structures import STRUCTURES, Tissue, Use, names_where, structure_named, structure_of

__all__ = [
    "COUINAUD_KEYS",
    "DUCTS",
    "Part",
    "Tissue",
    "Use",
    "is_vessel",
    "part_of",
    "use_of",
]

COUINAUD_KEYS: Final = tuple(
    sorted(
        structure.part
        for structure in STRUCTURES
        if structure.part is not None and structure.name == f"segment_{structure.part}"
    )
)
"""Couinaud part keys in anatomical order; ``4a`` and ``4b`` stand instead of ``4`` where drawn."""

DUCTS: Final = names_where(lambda structure: structure.encloses_only)
"""Nonfunctional tissue that also runs outside the liver: it belongs to it only where liver encloses it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the liver that a plan can name.

    Parameters
    ----------
    key : str
        ``"1"`` … ``"8"``, ``"4a"``, ``"4b"``, a territory's name, or ``"liver"`` when undivided.

    Examples
    --------
    >>> Part("4a").canonical
    'segment_4a'
    >>> Part("right_hemiliver").canonical
    'right_hemiliver'
    """

    key: str

    def __post_init__(self) -> None:
        if not self.key or self.key != self.key.strip():
            raise ValueError(f"part key {self.key!r}; expected a name without blanks around it")

    @property
    def is_couinaud(self) -> bool:
        """Whether this is a Couinaud segment (or 4a, 4b)."""
        return self.key in COUINAUD_KEYS

    @property
    def canonical(self) -> str:
        """The canonical label name of this part."""
        return f"segment_{self.key}" if self.is_couinaud else self.key

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key: Couinaud segments in anatomical order, then territories by name and number."""
        if self.is_couinaud:
            return (0, COUINAUD_KEYS.index(self.key), "")
        number = re.search(r"\d+$", self.key)
        return (1, int(number[0]) if number else 0, self.key)


def part_of(canonical: str) -> Part | None:
    """The part that a canonical label name stands for, or None when it is no part of the liver.

    >>> part_of("segment_8"), part_of("territory_3"), part_of("spleen")
    (Part(key='8'), Part(key='territory_3'), None)
    """
    structure = structure_named(canonical)
    if structure is None or structure.part is None:
        return None
    return Part(structure.part if structure.name == canonical else canonical)


def is_vessel(canonical: str) -> bool:
    """Whether a structure is a vein that the blood supply is told by; the great ones outside are too.

    >>> is_vessel("portal_vein_left"), is_vessel("ivc"), is_vessel("aorta")
    (True, True, False)
    """
    structure = structure_of(canonical)
    return structure is not None and structure.is_vessel


def use_of(canonical: str) -> Use:
    """The one thing that a canonical name is to a liver; every reader asks here.

    The cava is no liver, and is kept as a vessel beside that (:func:`is_vessel`).

    >>> [use_of(name) for name in ("segment_4a", "bile_duct", "ivc", "flr", "spleen")]
    ['part', 'nonfunctional', 'not_liver', 'drawn', 'other']
    """
    structure = structure_of(canonical)
    return "other" if structure is None else structure.use
