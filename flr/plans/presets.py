"""Named resections of the Brisbane 2000 terminology and what each removes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

BRISBANE_2000 = (
    "IHPBA Terminology Committee, The Brisbane 2000 terminology of liver anatomy and resections, HPB, 2000,"
    " 2, 333-339; Strasberg SM, J Hepatobiliary Pancreat Surg, 2005, 12, 351-355"
)
BRISBANE_DOI = "10.1007/s00534-005-0999-7"


@dataclass(frozen=True, slots=True)
class Preset:
    """A resection that has a name.

    Parameters
    ----------
    key : str
        Stable key, e.g. ``"right_hepatectomy"``.
    name : str
        Brisbane 2000 term.
    segments : tuple of str
        Couinaud segments removed; segment 1 is kept unless it is listed.
    synonyms : tuple of str
        Other spellings that mean the same.
    evidence : str
        ``"V1"`` or ``"unverified"`` (transcribed, not yet re-checked at the source).
    note : str
        Key of the note that every plan made from this term carries, or empty.
    """

    key: str
    name: str
    segments: tuple[str, ...]
    synonyms: tuple[str, ...] = ()
    evidence: str = "unverified"
    note: str = ""


PRESETS: tuple[Preset, ...] = (
    Preset(
        "right_hepatectomy",
        "right hepatectomy",
        ("5", "6", "7", "8"),
        ("right hemihepatectomy", "right hemi-hepatectomy"),
        "V1",
    ),
    Preset(
        "left_hepatectomy",
        "left hepatectomy",
        ("2", "3", "4"),
        ("left hemihepatectomy", "left hemi-hepatectomy"),
    ),
    Preset(
        "right_trisectionectomy",
        "right trisectionectomy",
        ("4", "5", "6", "7", "8"),
        (
            "extended right hepatectomy",
            "extended right hemihepatectomy",
            "right trisegmentectomy",
        ),
        "V1",
    ),
    Preset(
        "left_trisectionectomy",
        "left trisectionectomy",
        ("2", "3", "4", "5", "8"),
        ("extended left hepatectomy", "extended left hemihepatectomy", "left trisegmentectomy"),
    ),
    Preset(
        "right_anterior_sectionectomy",
        "right anterior sectionectomy",
        ("5", "8"),
        ("anterior sectionectomy",),
    ),
    Preset(
        "right_posterior_sectionectomy",
        "right posterior sectionectomy",
        ("6", "7"),
        ("posterior sectionectomy",),
    ),
    Preset(
        "left_medial_sectionectomy",
        "left medial sectionectomy",
        ("4",),
        ("resection segment 4", "segmentectomy 4"),
        "V1",
    ),
    Preset(
        "left_lateral_sectionectomy",
        "left lateral sectionectomy",
        ("2", "3"),
        ("bisegmentectomy 2,3", "left lateral segmentectomy", "left lateral bisegmentectomy"),
    ),
    Preset(
        "central_hepatectomy",
        "central hepatectomy",
        ("4", "5", "8"),
        ("mesohepatectomy", "bisectionectomy 4,5,8", "central bisectionectomy"),
    ),
    Preset("caudate", "caudate resection", ("1",), ("caudate lobectomy", "segmentectomy 1")),
)

_MAY_TAKE_SEGMENT_1 = frozenset(
    {"right_hepatectomy", "left_hepatectomy", "right_trisectionectomy", "left_trisectionectomy"}
)
"""Presets whose Brisbane term stays the same with segment 1 ("stipulate ± segment 1")."""

_SIDE_BY_SIDE = frozenset(
    frozenset(pair.split())
    for pair in (
        *("2 3", "2 4", "3 4", "4 5", "4 8", "5 6", "5 8", "6 7", "7 8"),
        *("2 4a", "3 4b", "4a 8", "4b 5"),
    )
)
"""Segments that border on each other in Couinaud's scheme along a plane; 5 and 7, 6 and 8 meet in a line."""

AMBIGUOUS_EXTENDED_RIGHT = "extended_right_is_4_to_8"
"""Note for "extended right hepatectomy": 4-8 by Brisbane, yet some mean 5-8 and part of 4."""


def preset_by_name(text: str) -> Preset | None:
    """The preset of that key, name or synonym, ignoring case, spacing and underscores."""
    return _presets_by_folded_name().get(_folded(text))


def preset_of_segments(segments: frozenset[str]) -> Preset | None:
    """The preset that removes exactly these segments (4a and 4b together count as 4)."""
    if {"4a", "4b"} <= segments:
        segments = (segments - {"4a", "4b"}) | {"4"}
    for preset in PRESETS:
        if segments == frozenset(preset.segments):
            return preset
    return None


def standard_resections(part_names: Iterable[str]) -> tuple[Preset, ...]:
    """The presets whose segments a liver has, and that leave some of it; in the order of the table.

    >>> [preset.key for preset in standard_resections(["2", "3", "4a", "4b"])]
    ['left_medial_sectionectomy', 'left_lateral_sectionectomy']
    """
    names = set(part_names)
    if {"4a", "4b"} <= names:
        names = (names - {"4a", "4b"}) | {"4"}
    return tuple(preset for preset in PRESETS if set(preset.segments) < names)


def is_recognised(parts: Iterable[str]) -> bool:
    """Whether a union of parts is a resection that Brisbane 2000 has a term for.

    That is a preset, with segment 1 where its term allows for it, one segment (or 4a, or 4b), or two
    segments that border on each other (a bisegmentectomy). Parts that are no Couinaud segments have names of
    their own.

    >>> is_recognised(["5", "6"]), is_recognised(["5", "7"]), is_recognised(["3", "4", "5"])
    (True, False, False)
    """
    names = frozenset(parts)
    if not all(name[0].isdigit() for name in names):
        return True
    if {"4a", "4b"} <= names:
        names = (names - {"4a", "4b"}) | {"4"}
    if len(names) == 1 or names in _SIDE_BY_SIDE or preset_of_segments(names) is not None:
        return True
    without_1 = preset_of_segments(names - {"1"})
    return without_1 is not None and without_1.key in _MAY_TAKE_SEGMENT_1


@cache
def _presets_by_folded_name() -> dict[str, Preset]:
    return {
        _folded(text): preset
        for preset in reversed(PRESETS)  # the first that has a name keeps it
        for text in (preset.key, preset.name, *preset.synonyms)
    }


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace(", ", ",").split())
