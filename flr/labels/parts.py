"""What a voxel of the liver can be: a part of it, and a tissue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

COUINAUD_KEYS: Final = ("1", "2", "3", "4", "4a", "4b", "5", "6", "7", "8")
"""Couinaud part keys in anatomical order; ``4a`` and ``4b`` stand instead of ``4`` where drawn."""

LIVER_KEY: Final = "liver"
"""Part key of a liver that is not divided."""

_TERRITORIES: Final = ("right_hemiliver", "left_hemiliver", "left_lateral_section")
_VESSEL_PREFIXES: Final = ("portal_vein", "hepatic_vein", "hepatic_vessel")
_GREAT_VESSELS: Final = ("portal_splenic_vein", "ivc")
_NONFUNCTIONAL: Final = ("cyst", "tace_site", "bile_duct")
_NOT_LIVER: Final = ("gallbladder", "ivc")
_DRAWN: Final = ("flr", "resected")

DUCTS: Final = ("bile_duct",)
"""Nonfunctional tissue that also runs outside the liver: it belongs to it only where liver encloses it."""

Use = Literal["part", "tumour", "vessel", "nonfunctional", "not_liver", "drawn", "other"]
"""What a structure is to a liver: counted as this, taken out of it, a drawn plan, or left out."""


class Tissue(IntEnum):
    """What the liver is made of, as counted in a volume table.

    ``VESSEL`` is intrahepatic and counts as functional. ``NONFUNCTIONAL`` is a cyst, dilated ducts, an
    earlier ablation or chemoembolisation site, or an abscess.
    """

    PARENCHYMA = 0
    VESSEL = 1
    TUMOUR = 2
    NONFUNCTIONAL = 3


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
    key = canonical.removeprefix("segment_")
    if key != canonical:
        return Part(key) if key in COUINAUD_KEYS else None
    if canonical == LIVER_KEY or canonical in _TERRITORIES or re.fullmatch(r"territory_[1-9]\d*", canonical):
        return Part(canonical)
    return None


def tissue_of(canonical: str) -> Tissue | None:
    """The tissue that a canonical label name stands for inside the liver, or None.

    A ``lesion`` is counted as tumour: nothing says that it is benign. The extrahepatic
    ``portal_splenic_vein``, the cava and the arteries are no tissue of the liver.

    >>> tissue_of("tumour_3").name, tissue_of("hepatic_vein_left").name, tissue_of("ivc")
    ('TUMOUR', 'VESSEL', None)
    """
    if canonical in ("tumour", "lesion") or canonical.startswith("tumour_"):
        return Tissue.TUMOUR
    if canonical.startswith(_VESSEL_PREFIXES):
        return Tissue.VESSEL
    if canonical in _NONFUNCTIONAL:
        return Tissue.NONFUNCTIONAL
    if part_of(canonical) is not None:
        return Tissue.PARENCHYMA
    return None


def is_vessel(canonical: str) -> bool:
    """Whether a structure is a vein that the blood supply is told by; the great ones outside are too.

    >>> is_vessel("portal_vein_left"), is_vessel("ivc"), is_vessel("aorta")
    (True, True, False)
    """
    return canonical.startswith(_VESSEL_PREFIXES) or canonical in _GREAT_VESSELS


def use_of(canonical: str) -> Use:
    """The one thing that a canonical name is to a liver; every reader asks here.

    The cava is no liver, and is kept as a vessel beside that (:func:`is_vessel`).

    >>> [use_of(name) for name in ("segment_4a", "bile_duct", "ivc", "flr", "spleen")]
    ['part', 'nonfunctional', 'not_liver', 'drawn', 'other']
    """
    if canonical in _DRAWN:
        return "drawn"
    if canonical in _NOT_LIVER:
        return "not_liver"
    match tissue_of(canonical):
        case Tissue.PARENCHYMA:
            return "part"
        case Tissue.TUMOUR:
            return "tumour"
        case Tissue.NONFUNCTIONAL:
            return "nonfunctional"
        case _:
            return "vessel" if is_vessel(canonical) else "other"
