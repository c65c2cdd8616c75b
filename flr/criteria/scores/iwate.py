"""The Iwate criteria: how hard a minimally invasive resection is, by its hardest tumour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flr.criteria.rules import MAJOR_PERCENT
from flr.criteria.scores.model import (
    Level,
    Point,
    Scale,
    Score,
    counted,
    ends_of,
    not_applicable,
    segments_words,
    summed,
)
from flr.criteria.scores.resection import Lesion, Operation
from flr.formulas import Reference
from flr.frozen import FrozenMapping
from flr.patient import Patient
from flr.structures import VESSEL_KINDS

NEAR_VESSEL_MM: Final = 10.0
"""A tumour this near to a vessel that was drawn is proposed as near a major one (policy). [mm]"""

LARGE_MM: Final = 30.0
"""From this size on a tumour counts a point. [mm]"""

SITE_POINTS: Final[Mapping[str, int]] = FrozenMapping(
    {"1": 4, "2": 2, "3": 1, "4a": 4, "4b": 3, "5": 3, "6": 2, "7": 5, "8": 5}
)
"""Points of the segment that a tumour lies in."""

_PARTIAL, _LEFT_LATERAL, _SEGMENT, _SECTION = 0, 2, 3, 4

IWATE: Final = Scale(
    key="iwate",
    name="Iwate",
    about="Difficulty of minimally invasive resection; complications during 142 of them",
    rules=(
        "site: " + ", ".join(f"S{key} {points}" for key, points in SITE_POINTS.items()),
        "extent: partial 0, left lateral 2, segment 3, section or more 4",
        "tumour of 3 cm and more 1; near a major vessel 1 (stated, else proposed from the image: 10 mm)",
        "Child-Pugh B 1; hand-assisted or hybrid −1",
    ),
    levels=tuple(
        Level(key, rule, least, FrozenMapping({"intraoperative_complications": rate}))
        for key, rule, least, rate in (
            ("low", "0 to 3 points", 0, 2.4),
            ("intermediate", "4 to 6 points", 4, 7.5),
            ("advanced", "7 to 9 points", 7, 34.3),
            ("expert", "10 to 12 points", 10, 62.5),
        )
    ),
    reference=Reference(
        "Wakabayashi G 2016; factors and levels as in J Hepatobiliary Pancreat Sci 2018;25:403-11, rates of "
        "J Gastrointest Surg 2020",
        "10.1007/s11605-020-04657-9",
    ),
    evidence="V1",
    evidence_of_points="unverified",
)


def iwate(operation: Operation) -> Score:
    """The Iwate score of a resection: that of its hardest tumour, with what is not known as a range."""
    why_not = _no_iwate(operation)
    if why_not:
        return not_applicable(IWATE, why_not)
    common = (_extent(operation), *_patient_points(operation.patient))
    if operation.lesions is None:
        ask = "tumours drawn, with segments"
        unknown = (
            counted(
                "Site",
                (min(SITE_POINTS.values()), max(SITE_POINTS.values())),
                "no tumour is located",
                ask=ask,
            ),
            counted("Size", (0, 1), "no tumour is located", ask=ask),
            _near(None, operation.patient),
        )
        return summed(IWATE, (*unknown, *common))
    found = [
        (lesion, (_site(lesion), _size(lesion), _near(lesion, operation.patient)))
        for lesion in operation.lesions
    ]
    hardest, own = max(found, key=lambda pair: ends_of(pair[1])[::-1])
    # The least that the resection can be is the most of what its tumours are at least.
    low = max(ends_of(points)[0] for _, points in found)
    raised = low - ends_of(own)[0]
    others = [counted("Other tumours", (raised, 0), "another one counts more at least")] if raised else []
    return summed(IWATE, (*own, *others, *common), tumour=hardest.name)


def _no_iwate(operation: Operation) -> str:
    if operation.patient.is_child:
        return "below 18 years of age"
    if operation.resects is False:
        return "the plan resects nothing"
    if operation.without_tumour or operation.patient.is_donor:
        return "made for the resection of a tumour; there is none"
    return "the plan resects no tumour" if operation.lesions == () else ""


def _site(lesion: Lesion) -> Point:
    """Points of the hardest segment that the tumour lies in."""
    held = lesion.segments
    if not held:
        every = SITE_POINTS.values()
        return counted(
            "Site", (min(every), max(every)), f"{lesion.name}: no segment is known", ask="segments"
        )
    ends = [_site_ends(choices) for choices in held]
    low, high = max(end[0] for end in ends), max(end[1] for end in ends)
    names = [name for choices, end in zip(held, ends, strict=True) if end[1] == high for name in choices]
    names = ["4"] if set(names) == {"4a", "4b"} else names
    reason = f"{lesion.name} lies in {segments_words(names)}"
    ask = "" if low == high else "segment 4 drawn as 4a and 4b" if names == ["4"] else "segments"
    return counted("Site", (low, high), reason, ask=ask)


def _site_ends(choices: frozenset[str]) -> tuple[int, int]:
    """Least and most points of the segments that a part may stand for."""
    points = [
        value
        for name in choices
        for key, value in SITE_POINTS.items()
        if key == name or (name == "4" and key[0] == "4")
    ]
    return min(points), max(points)


def _size(lesion: Lesion) -> Point:
    size_mm = lesion.longest_diameter_mm
    large = size_mm >= LARGE_MM
    reason = f"{lesion.name} measures {size_mm:.1f} mm, {'3 cm or more' if large else 'below 3 cm'}"
    return counted("Size", (int(large), int(large)), reason)


def _near(lesion: Lesion | None, patient: Patient) -> Point:
    """Nearness to a major vessel: as stated, else proposed from the vessels that were drawn."""
    item, ask = "Near a major vessel", "near-major-vessel"
    if patient.near_major_vessel is not None:
        near = int(patient.near_major_vessel)
        return counted(item, (near, near), "stated" if near else "stated: not near", basis="stated")
    if lesion is None or not lesion.vessels_mm:
        return counted(item, (0, 1), "no vessel is drawn", ask=ask)
    kind, distance_mm = min(lesion.vessels_mm.items(), key=lambda pair: (pair[1], pair[0]))
    said = f"{lesion.name} is {distance_mm:.1f} mm from the {VESSEL_KINDS[kind].short} drawn"
    if distance_mm <= NEAR_VESSEL_MM:
        return counted(item, (1, 1), f"{said}: proposed", basis="proposed", evidence="policy")
    if _is_every_tree_drawn(lesion.vessels_mm):
        return counted(item, (0, 0), f"{said}: proposed", basis="proposed", evidence="policy")
    return counted(item, (0, 1), f"{said}; other major vessels are not drawn", ask=ask)


def _is_every_tree_drawn(vessels_mm: Mapping[str, float]) -> bool:
    """Whether portal vein, hepatic veins and vena cava all have a distance."""
    trees = {"portal_vein", "hepatic_vein"} <= vessels_mm.keys() or "hepatic_vessel" in vessels_mm
    return trees and "ivc" in vessels_mm


def _extent(operation: Operation) -> Point:
    """Points of the extent, from the segments of the plan."""
    item, named, whole = "Extent", operation.named, operation.extent.whole_segments
    share = operation.extent.resected_percent
    if operation.is_partial:
        return counted(item, (_PARTIAL, _PARTIAL), "partial resection", basis="plan")
    if operation.segments_unknown:
        if MAJOR_PERCENT.holds(share):
            words = f"{share:.0f} % of the liver leaves: a section or more"
            return counted(item, (_SECTION, _SECTION), words, basis="plan", evidence="policy")
        return counted(
            item, (_PARTIAL, _SECTION), "the segments that leave are not known", ask="a plan by segments"
        )
    digits = {name[0] for name in named}
    if digits == {"2", "3"}:
        if whole >= digits:
            return counted(item, (_LEFT_LATERAL, _LEFT_LATERAL), "left lateral section", basis="plan")
        return counted(item, (_LEFT_LATERAL, _SEGMENT), "a part of the left lateral section", basis="plan")
    # The left medial section is segment 4.
    if len(digits) == 1 and whole != {"4"}:
        words = (
            segments_words(named)
            if named <= whole
            else f"a part of segment {min(digits)}, counted as a segment"
        )
        return counted(item, (_SEGMENT, _SEGMENT), words, basis="plan")
    return counted(item, (_SECTION, _SECTION), f"{segments_words(named)}: a section or more", basis="plan")


def _patient_points(patient: Patient) -> tuple[Point, Point]:
    """Points of the Child-Pugh class and of the approach."""
    item = "Child-Pugh class"
    if patient.child_pugh is not None:
        worse = int(patient.child_pugh != "A")
        reason = f"class {patient.child_pugh}" + (", beyond the score" if patient.child_pugh == "C" else "")
        child = counted(item, (worse, worse), reason, basis="stated")
    elif set(patient.conditions) == {"normal"}:
        child = counted(item, (0, 0), "the background is given as normal", basis="stated")
    else:
        child = counted(item, (0, 1), "not known", ask="child-pugh")
    item, assisted = "Approach", patient.hand_assisted
    if assisted is None:
        return child, counted(
            item, (-1, 0), "whether hand-assisted or hybrid is not known", ask="hand-assisted"
        )
    words = "hand-assisted or hybrid" if assisted else "neither hand-assisted nor hybrid"
    return child, counted(item, (-int(assisted), -int(assisted)), words, basis="stated")
