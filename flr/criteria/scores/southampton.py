"""The Southampton score: how hard a laparoscopic resection is, by tumour, treatment and extent."""

from __future__ import annotations

from typing import Final

from flr.criteria.scores.model import (
    Level,
    Point,
    PointEvidence,
    Scale,
    Score,
    counted,
    not_applicable,
    segments_words,
    summed,
)
from flr.criteria.scores.resection import POSTEROSUPERIOR, Operation
from flr.formulas import Reference
from flr.patient import Patient

SIZE_ENDS_MM: Final = (30.0, 50.0)
"""From the first size on a tumour counts 2 points, above the second 3. [mm]"""

_MALIGNANT = frozenset({"crlm", "net", "hcc", "icca", "pcca"})

_CHEMOTHERAPY, _OPEN, _MALIGNANCY, _MIDDLE, _LARGE, _TECHNICAL, _ANATOMICAL = 1, 5, 2, 2, 3, 2, 4

SOUTHAMPTON: Final = Scale(
    key="southampton",
    name="Southampton",
    about="Difficulty of laparoscopic resection, 2856 patients",
    rules=(
        "neoadjuvant chemotherapy 1; previous open liver resection 5; malignant 2",
        "largest tumour of 3 to 5 cm 2, above 5 cm 3",
        "technically major (fewer than three segments, with segment 1, 4a, 7 or 8) 2; anatomically major "
        "(three segments or more) 4",
    ),
    levels=(
        Level("low", "0 to 2 points", 0),
        Level("moderate", "3 to 5 points", 3),
        Level("high", "6 to 9 points", 6),
        Level("extreme", "10 to 15 points", 10),
    ),
    reference=Reference(
        "Halls MC et al. Br J Surg 2018; points as in BMC Surg 2019, its first table",
        "10.1186/s12893-019-0645-y",
    ),
    evidence="V2",
    evidence_of_points="unverified",
)


def southampton(operation: Operation) -> Score:
    """The Southampton score of a resection, with what is not known as a range."""
    patient = operation.patient
    if patient.is_child:
        return not_applicable(SOUTHAMPTON, "below 18 years of age")
    if operation.resects is False:
        return not_applicable(SOUTHAMPTON, "the plan resects nothing")
    if operation.without_tumour or patient.is_donor:
        return not_applicable(SOUTHAMPTON, "made for the resection of a lesion; there is none")
    if operation.lesions == ():
        return not_applicable(SOUTHAMPTON, "the plan resects no tumour")
    tumour, size = _size(operation)
    points = (_chemotherapy(patient), _previous(patient), _malignancy(patient), size, _extent(operation))
    return summed(SOUTHAMPTON, points, tumour=tumour)


def _chemotherapy(patient: Patient) -> Point:
    item, weeks = "Neoadjuvant chemotherapy", patient.chemotherapy_weeks
    if weeks is not None:
        given = int(weeks > 0.0)
        words = f"{weeks:g} weeks" if given else "none"
        return counted(item, (given, given), words, basis="stated")
    if "chemotherapy" in patient.conditions:
        return counted(item, (_CHEMOTHERAPY, _CHEMOTHERAPY), "the background is chemotherapy", basis="stated")
    return counted(item, (0, _CHEMOTHERAPY), "not known", ask="chemotherapy-weeks")


def _previous(patient: Patient) -> Point:
    item, stated = "Previous open liver resection", patient.previous_open_resection
    if stated is not None:
        points = _OPEN * int(stated)
        return counted(item, (points, points), "stated" if stated else "stated: none", basis="stated")
    earlier = "hepatectomy" in patient.prior
    words = "earlier hepatectomy, open or not is not known" if earlier else "not known"
    return counted(item, (0, _OPEN), words, ask="previous-open-resection")


def _malignancy(patient: Patient) -> Point:
    item = "Malignant"
    if patient.malignant is not None:
        points = _MALIGNANCY * int(patient.malignant)
        return counted(item, (points, points), "stated" if points else "stated: benign", basis="stated")
    if patient.diagnosis in _MALIGNANT:
        return counted(item, (_MALIGNANCY, _MALIGNANCY), f"diagnosis {patient.diagnosis}", basis="stated")
    return counted(item, (0, _MALIGNANCY), "not known", ask="malignant")


def _size(operation: Operation) -> tuple[str | None, Point]:
    """The largest tumour and the points of its size."""
    item = "Size"
    if operation.lesions is None:
        return None, counted(item, (0, _LARGE), "no tumour is located", ask="tumours drawn, with segments")
    largest = max(operation.lesions, key=lambda lesion: lesion.longest_diameter_mm)
    middle_mm, large_mm = SIZE_ENDS_MM
    size_mm = largest.longest_diameter_mm
    points, words = 0, "below 3 cm"
    evidence: PointEvidence = "unverified"
    if size_mm > large_mm:
        points, words, evidence = _LARGE, "above 5 cm", "V2"
    elif size_mm >= middle_mm:
        points, words = _MIDDLE, "3 to 5 cm"
    reason = f"{largest.name} measures {size_mm:.1f} mm, {words}"
    return largest.name, counted(item, (points, points), reason, evidence=evidence)


def _extent(operation: Operation) -> Point:
    """Points of the extent: anatomically major, technically major, or minor."""
    item, major = "Extent", operation.is_major
    if major:
        words = "anatomically major: three segments or more, or more than 33 % where segments do not tell"
        return counted(item, (_ANATOMICAL, _ANATOMICAL), words, basis="plan", evidence="V2")
    least, most, words = _technical(operation)
    if major is None:
        most, words = _ANATOMICAL, f"how much leaves is not known; {words}"
    ask = "" if least == most else "a plan by segments" if not operation.is_partial else "segments"
    return counted(item, (least, most), words, basis="plan", evidence="V2", ask=ask)


def _technical(operation: Operation) -> tuple[int, int, str]:
    """Points of a minor resection at least and at most, and why."""
    named = operation.named
    hard = named & POSTEROSUPERIOR
    if hard or "4" in operation.extent.whole_segments:
        return _TECHNICAL, _TECHNICAL, f"technically major: {segments_words(hard or {'4'})}"
    if not operation.is_partial and (operation.segments_unknown or "4" in named):
        return 0, _TECHNICAL, "the segments that leave are not all known"
    said = f"minor: {segments_words(named)}" if named else "minor: wedges in segments that are easy to reach"
    if operation.extent.besides == "nothing":
        return 0, 0, said
    # Tumours outside the segments that leave are taken by wedges.
    held = [
        choices
        for lesion in operation.lesions or ()
        for choices in lesion.segments or (frozenset(),)
        if not choices or not choices <= named
    ]
    if any(choices and choices <= POSTEROSUPERIOR for choices in held):
        return _TECHNICAL, _TECHNICAL, "technically major: a wedge in segment 1, 4a, 7 or 8"
    if operation.lesions is None or any(not choices or choices & POSTEROSUPERIOR for choices in held):
        return 0, _TECHNICAL, "the segments of the wedges are not known"
    return 0, 0, said
