"""When two descriptions of one structure contradict each other: what it is called, and what it is coded as.

A code may be wider than the name (the code of the liver on a segment, "vein" on a named vein): that is no
contradiction. Two meanings contradict each other when neither is the wider one of the other, and where the
code is narrower than the name of a part of the liver: the whole liver is not its segment IV.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flr.labels.names import canonical_name
from flr.labels.parts import COUINAUD_KEYS, part_of
from flr.labels.schemes import is_canonical
from flr.structures import DRAWN, STRUCTURES, Side, names_where

_VEINS: Final = (*names_where(lambda structure: structure.is_vessel), "svc")
_IN_LIVER: Final = (
    *names_where(lambda structure: structure.use in ("tumour", "nonfunctional", "vessel")),
    "artery",
)
_AT_LIVER: Final = (*_IN_LIVER, *names_where(lambda structure: structure.use == "not_liver"))
_SEGMENTS: Final = tuple(one for one in STRUCTURES if one.part in COUINAUD_KEYS)
# Segment I and the parts of IV belong to either lobe: old texts divide the lobes at the falciform ligament.
_EITHER: Final = ("segment_1", "segment_4", "segment_4a", "segment_4b")
_ON_LEFT: Final = (
    *(one.name for one in _SEGMENTS if one.side == "left" or one.name in _EITHER),
    "left_lateral_section",
)
_ON_RIGHT: Final = tuple(one.name for one in _SEGMENTS if one.side == "right" or one.name in _EITHER)
_BRANCHES: Final = {
    "portal_vein_left": tuple(f"portal_vein_segment_{n}" for n in (1, 2, 3, 4)),
    "portal_vein_right": tuple(f"portal_vein_segment_{n}" for n in (1, 5, 6, 7, 8)),
}

WIDER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "vein": _VEINS,
        "artery": ("artery", "aorta"),
        "vessel": (*_VEINS, "vein", "artery", "aorta"),
        "hepatic_vessel": ("portal_vein", "hepatic_vein", "portal_splenic_vein", "artery"),
        "portal_splenic_vein": ("portal_vein",),
        "portal_vein": ("portal_splenic_vein",),
        "lesion": ("tumour", "cyst", "tace_site"),
        "tumour": ("lesion",),
        "segment_4": ("segment_4a", "segment_4b"),
        "left_hemiliver": _ON_LEFT,
        "right_hemiliver": _ON_RIGHT,
        "left_lateral_section": ("segment_2", "segment_3"),
        "territory": ("territory", "left_hemiliver", "right_hemiliver", "left_lateral_section"),
        "liver": _IN_LIVER,
        "in_liver": _AT_LIVER,
        "in_liver_left": (*_AT_LIVER, *_ON_LEFT, "left_hemiliver"),
        "in_liver_right": (*_AT_LIVER, *_ON_RIGHT, "right_hemiliver"),
        "ablated": ("tace_site",),
        "kidney": ("kidney",),
        "lung": ("lung",),
        "adrenal": ("adrenal",),
        "bone": ("bone",),
        "heart": (),
        "brain": (),
        "muscle": (),
        "lymph_node": (),
        "small_bowel": (),
        **_BRANCHES,
    }
)
"""Meanings that codes have beside the canonical names, and what each of them is wider than.

A name stands for its numbered and sided forms too: ``"tumour"`` for ``tumour_3``, ``"kidney"`` for
``kidney_left``. ``"in_liver"`` is what a code means that only says where something lies.
"""

_SIDED: Final[Mapping[tuple[str, Side], str]] = {
    ("in_liver", "left"): "in_liver_left",
    ("in_liver", "right"): "in_liver_right",
    **{
        (one.side_of, one.side): one.name
        for one in STRUCTURES
        if one.side_of is not None and one.side is not None
    },
}
_SIDE_WORDS: Final[Mapping[str, Side]] = {
    "left": "left",
    "right": "right",
    "middle": "middle",
    "median": "middle",
}
_FILLING: Final = frozenset({"structure", "of", "the", "entire", "main", "branch", "gland", "to", "in"})
_BASES: Final = {
    **dict.fromkeys(
        ("liver", "lobe liver", "liver lobe", "hepatic lobe", "hemiliver", "hemi liver"), "liver"
    ),
    **dict.fromkeys(("hepatic vein", "hepatic veins", "vein hepatic", "vein liver"), "hepatic_vein"),
    **dict.fromkeys(("portal vein", "portal veins", "vein portal", "portal"), "portal_vein"),
    **{base: base for base in ("kidney", "lung", "adrenal", "vein", "artery", "vessel", "heart", "brain")},
    "blood vessel": "vessel",
    "hepatic artery": "artery",
    "lymph node": "lymph_node",
    "small bowel": "small_bowel",
    "small intestine": "small_bowel",
    "muscle": "muscle",
    "caudate lobe liver": "segment_1",
    "neoplasm": "tumour",
}


def contradicts(named: str | None, coded: str | None) -> bool:
    """Whether what a structure is called and what it is coded as cannot both be true.

    Parameters
    ----------
    named : str or None
        Canonical name that its label stands for; None when the label is not understood.
    coded : str or None
        Canonical name, or key of :data:`WIDER`, that its code stands for; None when the code says nothing.

    Notes
    -----
    Conventions give a planned remnant or resection the code of the whole liver, and segments 4a and 4b that
    of segment IV; many files give all that lies in the liver its code, which then tells nothing apart. A
    vessel or tumour may be called less than it is coded as; a part of the liver may not.

    Examples
    --------
    >>> contradicts("segment_1", "segment_4"), contradicts("segment_4a", "segment_4")
    (True, False)
    >>> contradicts("flr", "liver"), contradicts("liver", "segment_4"), contradicts("liver", "tumour")
    (False, True, True)
    >>> contradicts("hepatic_vein_left", "vein"), contradicts("hepatic_vein_left", "hepatic_vein_right")
    (False, True)
    >>> contradicts("sacrum", "liver"), contradicts(None, "liver"), contradicts("liver", None)
    (False, False, False)
    """
    if not (named and coded) or named == coded or not (_is_known(named) and _is_known(coded)):
        return False
    if _is_wider(coded, named):
        return False
    is_of_liver = named in DRAWN or part_of(named) is not None
    return is_of_liver or not _is_wider(named, coded)


def with_side(meaning: str | None, side: Side | None) -> str | None:
    """A meaning narrowed to a side, where it has one there.

    >>> with_side("hepatic_vein", "right"), with_side("liver", "left"), with_side("spleen", "left")
    ('hepatic_vein_right', 'left_hemiliver', 'spleen')
    """
    if meaning is None or side is None:
        return meaning
    return _SIDED.get((meaning, side), meaning)


def side_in(text: str) -> Side | None:
    """The side that a text names; None when it names none, or several.

    >>> side_in("Structure of right lobe"), side_in("Right and left"), side_in("Liver")
    ('right', None, None)
    """
    sides = {_SIDE_WORDS[word] for word in _words(text) if word in _SIDE_WORDS}
    return next(iter(sides)) if len(sides) == 1 else None


def meaning_of_text(text: str) -> str | None:
    """What a label or the meaning of a code says in words: more than `canonical_name`, for comparison only.

    >>> meaning_of_text("Structure of right hepatic vein (body structure)"), meaning_of_text("Entire liver")
    ('hepatic_vein_right', 'liver')
    >>> meaning_of_text("Left lobe of liver"), meaning_of_text("Liver Remnant"), meaning_of_text("sacrum")
    ('left_hemiliver', 'flr', None)
    """
    if known := canonical_name(text):
        return known
    words = [word for word in _words(text) if word not in _FILLING]
    base = " ".join(word for word in words if word not in _SIDE_WORDS)
    found = with_side(_BASES.get(base), side_in(text))
    return found or canonical_name(" ".join(words))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", re.sub(r"\(.*?\)", " ", text.casefold().replace("_", " ")))


def _is_known(meaning: str) -> bool:
    return is_canonical(meaning) or meaning in WIDER


def _is_wider(wide: str, narrow: str) -> bool:
    """Whether a meaning includes another one; each includes its own numbered and sided forms."""
    if wide in ("liver", "in_liver"):
        return narrow in DRAWN or part_of(narrow) is not None or _among(narrow, WIDER[wide])
    if wide.startswith(("in_liver", "territory")) and narrow.startswith("territory"):
        return True
    if wide in ("left_hemiliver", "right_hemiliver", "left_lateral_section"):
        return narrow.startswith("territory") or narrow in WIDER[wide]
    return _among(narrow, (wide, *WIDER.get(wide, ())))


def _among(name: str, stems: tuple[str, ...]) -> bool:
    return any(name == stem or name.startswith(f"{stem}_") for stem in stems)
