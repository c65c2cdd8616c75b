"""The grades of the Institut Mutualiste Montsouris: how hard a laparoscopic procedure is, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flr.criteria.rules import MAJOR_PERCENT
from flr.criteria.scores.model import Level, Point, Scale, Score, not_applicable, scored, segments_words
from flr.criteria.scores.resection import ANTEROLATERAL, POSTEROSUPERIOR, Operation
from flr.formulas import Reference
from flr.frozen import FrozenMapping

_GRADES = ("I", "II", "III")

_NAMED: Final[Mapping[frozenset[str], tuple[str, str]]] = FrozenMapping(
    {
        frozenset("23"): ("I", "left lateral section"),
        frozenset("234"): ("II", "left hepatectomy"),
        frozenset("67"): ("III", "right posterior section"),
        frozenset("5678"): ("III", "right hepatectomy"),
        frozenset("458"): ("III", "central hepatectomy"),
        frozenset("45678"): ("III", "extended right hepatectomy"),
        frozenset("23458"): ("III", "extended left hepatectomy"),
    }
)
"""Procedures that the publication grades, by the segments that leave."""

MONTSOURIS: Final = Scale(
    key="montsouris",
    name="Institut Mutualiste Montsouris",
    about="Difficulty of laparoscopic resection by procedure, 452 patients",
    rules=(
        "I: wedge, left lateral section",
        "II: an anterolateral segment (2, 3, 4b, 5, 6), left hepatectomy",
        "III: a posterosuperior segment (1, 4a, 7, 8), right posterior section, right, central and extended "
        "hepatectomy",
    ),
    levels=tuple(
        Level(key, rule, None, FrozenMapping({"morbidity": morbidity, "major_morbidity": major}))
        for key, rule, morbidity, major in (
            ("I", "wedge, left lateral section", 8.4, 1.1),
            ("II", "an anterolateral segment, left hepatectomy", 17.3, 4.0),
            (
                "III",
                "a posterosuperior segment, right posterior section, right, central, extended",
                45.7,
                20.4,
            ),
        )
    ),
    reference=Reference("Kawaguchi Y et al. Ann Surg 2018;267:13-7", "10.1097/SLA.0000000000002176"),
    evidence="V1",
    evidence_of_points="V1",
)


def montsouris(operation: Operation) -> Score:
    """The grade of a procedure; of one that is not graded, the grades that it lies between."""
    if operation.patient.is_child:
        return not_applicable(MONTSOURIS, "below 18 years of age")
    if operation.resects is False:
        return not_applicable(MONTSOURIS, "the plan resects nothing")
    easiest, hardest, reason, ask = _grades(operation)
    point = Point(item="Procedure", reason=reason, basis="unknown" if ask else "plan", evidence="V1", ask=ask)
    between = _GRADES[_GRADES.index(easiest) : _GRADES.index(hardest) + 1]
    return scored(MONTSOURIS, [level for level in MONTSOURIS.levels if level.key in between], [point])


def _grades(operation: Operation) -> tuple[str, str, str, str]:
    """The easiest and the hardest grade that are possible, why, and what is missing."""
    if operation.is_partial:
        return "I", "I", "wedge", ""
    if operation.segments_unknown:
        share = operation.extent.resected_percent
        if MAJOR_PERCENT.holds(share):
            return (
                "II",
                "III",
                f"{share:.0f} % of the liver leaves, in unknown segments",
                "a plan by segments",
            )
        return "I", "III", "the segments that leave are not known", "a plan by segments"
    named, whole = operation.named, operation.extent.whole_segments
    digits = frozenset(name[0] for name in named)
    if digits in _NAMED and whole >= digits:
        grade, words = _NAMED[digits]
        return grade, grade, words, ""
    hard = named & POSTEROSUPERIOR
    if digits - {"1"} in _NAMED and "1" in digits and whole >= digits:
        grade, words = _NAMED[digits - {"1"}]
        return grade, "III", f"{words} with segment 1, which is not graded", ""
    if hard - whole - {"4a"}:
        # A part of a segment is a wedge to some and a segment to others.
        return "I", "III", f"a part of {segments_words(hard)}", ""
    if hard:
        return "III", "III", f"{segments_words(named)}: posterosuperior", ""
    if len(digits) == 1 and named <= ANTEROLATERAL:
        easiest = "II" if named <= whole | {"4b"} else "I"
        return easiest, "II", f"{segments_words(named)}: anterolateral", ""
    return "II", "III", f"{segments_words(named)} together are not graded", ""
