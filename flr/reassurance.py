"""What must be shown before a flag may reassure: the rows, and what the image and its checks say of them.

``adequate`` is not what remains when nothing was noticed. Every row of :data:`ROWS` is ``shown`` by evidence,
``against``, ``not shown``, ``accepted`` by a person, or ``not applicable``. The rows that rest on the image,
the files and the review are judged here; those that rest on the patient, the tumours and the shares where
these are graded (:mod:`flr.criteria`), which also makes the flag of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flr.liver import Source
from flr.quality import CHECKS, Acceptance, Evidence, QualityFinding
from flr.quality.finding import ReassuranceRow


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that must be shown; ``shown_when`` says what shows it."""

    key: ReassuranceRow
    shown_when: str


ROWS: Final = (
    Row(
        "identity",
        "every labelled voxel belongs to a structure known by name, code or an exact scheme; text and code "
        "agree; numbers and contours match one to one",
    ),
    Row(
        "side",
        "the segments lie as Couinaud's do, and each one's share lies in its published range (not applicable "
        "without segments; shares not after resection or embolisation, in cirrhosis or biliary atrophy)",
    ),
    Row(
        "whole",
        "the liver is not cut off, has no flat face, empty slice or missing segment, is in one piece, and "
        "fits the body",
    ),
    Row("scale", "spacing, transform, units and the image's own grid agree"),
    Row("drawing", "masks overlap by less than 1 % of the liver, and no contour is drawn twice"),
    Row("reviewed", "a person has reviewed the segmentation (--reviewed yes) or made it (--segmented-by)"),
    Row(
        "tumours",
        "tumours are drawn or declared none, and the plan treats them all or its intent says otherwise",
    ),
    Row("body", "weight and height are known, or no graded limit needs them"),
    Row("background", "the background of the liver is stated, and no given fact speaks against resection"),
    Row("function", "no given function test speaks against the plan"),
    Row(
        "certainty",
        "by the error of measurement alone, no graded share is at or below the minimum with a probability "
        "above 10 % (otherwise adequate becomes borderline)",
    ),
)
"""Every row, in the order in which it is printed."""

IMAGE_ROWS: Final[tuple[ReassuranceRow, ...]] = ("identity", "side", "whole", "scale", "drawing", "reviewed")
"""Rows that rest on the image, the files and the review alone."""

_ESTIMATES: Final = ("segments_estimated", "segment_split_estimated")
"""Checks that no acceptance makes ``adequate``, although they are warnings: a border that nobody drew."""

_NO_PERSON = re.compile(
    r"segmentator|segmenter|\w*seg\b|formula|phantom|synthetic|comput|u-?net|monai|\bvista|medsam|slicer|\bitk|\bmitk|"
    r"\bauto|\bai\b|\bmodel|network|software|algorithm|\bdeep\b|machine|program|pipeline|\bmoose\b|\btool|\bscript|"
    r"\bv\d|\d+\.\d+|\b(?:not?|un\w+|none|nobody|without|never|nicht|kein\w*|niemand)\b",
    re.IGNORECASE,
)
"""Words of programs, and words that deny."""

_PERSON = re.compile(
    r"\b(?:dr|prof|md|phd|mr|mrs|ms|radiologist|surgeon|reader|rater|observer|resident|registrar|fellow|consultant|"
    r"physician|doctor|radiographer|technologist|technician|hepatologist)\b|^\w\.\s*\w{2,}|^\w{2,},\s*\w\.?$",
    re.IGNORECASE,
)
"""A title, a profession, or a surname with an initial: a lone name may be that of a program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of the image beside the findings.

    Parameters
    ----------
    source : Source
    segments : int
        Parts that were drawn; 0 for a liver that is not divided.
    shares_explained : bool
        An earlier treatment or a liver disease explains unusual shares of the segments.
    spacing_mm : tuple of float
    has_image : bool
        A CT or MR is beside the labels.
    size_ratio : float or None
        Functional liver per volume expected for the body.
    unproven : tuple of (row, text)
        What was estimated rather than drawn.
    """

    source: Source
    segments: int
    shares_explained: bool
    spacing_mm: tuple[float, ...]
    has_image: bool
    size_ratio: float | None
    unproven: tuple[tuple[ReassuranceRow, str], ...] = ()


def names_a_person(text: str | None) -> bool:
    """Whether a text says who made a segmentation, by title, profession or initial; in doubt it does not.

    >>> [names_a_person(t) for t in ("Dr A", "R. Miller", "reader B")]
    [True, True, True]
    >>> [names_a_person(t) for t in ("TotalSeg", "Hepatica", "Dr nnU-Net", "not reviewed", "")]
    [False, False, False, False, False]
    """
    said = (text or "").strip()
    return _PERSON.search(said) is not None and _NO_PERSON.search(said) is None


def is_reviewed(source: Source) -> bool:
    """Whether a person has reviewed or made the segmentation; what nobody says is no review."""
    if source.reviewed is not None:
        return source.reviewed
    return names_a_person(source.scan.segmented_by)


def image_rows(
    findings: Iterable[QualityFinding], seen: Seen | None, accepted: Sequence[Acceptance] = ()
) -> tuple[Evidence, ...]:
    """Evidence of the rows that rest on the image, the files and the review.

    Parameters
    ----------
    findings : iterable of QualityFinding
        As the checks made them, before any is accepted.
    seen : Seen or None
        None where no image was seen: the volumes were typed by hand.
    accepted : sequence of Acceptance

    Returns
    -------
    tuple of Evidence
        Several for one row where several things bear on it. Accepted rows are not settled yet.
    """
    found = [piece for finding in findings if (piece := _of_finding(finding, accepted)) is not None]
    if seen is None:
        stands = [Evidence(row=row, status="not applicable", evidence="image not seen") for row in IMAGE_ROWS]
        return (*stands, *found)
    estimated = [
        Evidence(row=row, status="not shown", evidence=text, error=_ESTIMATES[0], is_urgent=True)
        for row, text in seen.unproven
    ]
    return (*_stands(seen), _review(seen.source), *found, *estimated)


def recorded_rows(document: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """The rows of a recorded assessment that :func:`image_rows` made, of ``flr-assessment/2``."""
    rows = [
        Evidence(row=row["row"], status=row["status"], evidence=row["evidence"], check=row["check"])
        for row in document.get("reassurance", ())
        if row["row"] in IMAGE_ROWS or row["check"] is not None
    ]
    noticed = map(QualityFinding.recorded, document["quality"])
    pieces = [piece for found in noticed if (piece := _of_finding(found, ())) is not None]
    return (*rows, *(piece for piece in pieces if piece.row not in IMAGE_ROWS))


def _of_finding(finding: QualityFinding, accepted: Sequence[Acceptance]) -> Evidence | None:
    check = CHECKS[finding.check]
    effect = check.effect(finding.severity)
    if effect is None or check.row is None:
        return None
    said = f"{finding.message[:1].upper()}{finding.message[1:]} ({finding.check})."
    given = next((one for one in accepted if one.key == finding.check), None)
    if given is not None:
        return Evidence(
            row=check.row,
            status="accepted",
            evidence=said.rstrip("."),
            reason=given.reason,
            who=given.who,
            check=check.key,
        )
    return Evidence(
        row=check.row,
        status="against" if effect == "against" else "not shown",
        evidence=said.rstrip("."),
        error=check.key if finding.severity == "error" or check.key in _ESTIMATES else None,
        is_urgent=finding.severity == "error",
    )


def _stands(seen: Seen) -> Iterable[Evidence]:
    """What the image shows where no check notices anything."""
    scheme = seen.source.scheme
    yield Evidence(
        row="identity",
        status="shown",
        evidence=f"every labelled voxel is known{f' ({scheme})' if scheme else ''}",
    )
    if not seen.segments:
        yield Evidence(row="side", status="not applicable", evidence="no segments are drawn")
    else:
        shares = (
            "shares not asked in this liver"
            if seen.shares_explained
            else "each share within its published range"
        )
        yield Evidence(
            row="side",
            status="shown",
            evidence=f"{seen.segments} segments lie as Couinaud's do, {shares}",
        )
    fits = "" if seen.size_ratio is None else f", {seen.size_ratio:.2f} of the volume expected for the body"
    yield Evidence(
        row="whole", status="shown", evidence=f"not cut off, no flat face, no gap, in one piece{fits}"
    )
    spacing = " × ".join(f"{mm:.3g}" for mm in seen.spacing_mm)
    agree = "labels and image agree" if seen.has_image else "the header agrees with itself"
    yield Evidence(row="scale", status="shown", evidence=f"voxels of {spacing} mm, {agree}")
    yield Evidence(row="drawing", status="shown", evidence="no overlap above 1 %, no doubled contour")


def _review(source: Source) -> Evidence:
    if is_reviewed(source):
        by = source.scan.segmented_by
        said = "a person has reviewed it" if source.reviewed else f"segmented by {by}"
        return Evidence(row="reviewed", status="shown", evidence=said)
    if source.reviewed is False:
        return Evidence(
            row="reviewed", status="not shown", evidence="no person has reviewed the segmentation"
        )
    program = source.segmentation_source
    made = f"made by a program ({program}), and nobody" if program else "nobody"
    return Evidence(row="reviewed", status="not shown", evidence=f"{made} says that a person has reviewed it")
