"""What a check noticed about an input."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """One thing that a check noticed; an ``error`` blocks every reassuring flag.

    Parameters
    ----------
    check : str
        Stable key of the check, e.g. ``"liver_truncated"``; ``docs/quality.md`` lists them all.
    severity : {"info", "warning", "error"}
    message : str
        One sentence for people, with the numbers. Never identifies a patient.
    """

    check: str
    severity: Severity
    message: str

    def __post_init__(self) -> None:
        if self.severity not in get_args(Severity):
            raise ValueError(f"severity {self.severity!r}; expected one of {get_args(Severity)}")


def accept(findings: Iterable[QualityFinding], accepted: Iterable[str]) -> tuple[QualityFinding, ...]:
    """Findings with every accepted ``error`` lowered to a ``warning`` that says it was accepted."""
    keys = frozenset(accepted)
    return tuple(
        QualityFinding(f.check, "warning", f"{f.message} (accepted by the user)")
        if f.check in keys and f.severity == "error"
        else f
        for f in findings
    )


def truncation_findings(
    touches: Collection[str], *, orientation: str | None = None
) -> tuple[QualityFinding, ...]:
    """``liver_truncated`` when a liver voxel lies on the first or last plane of the scan.

    Parameters
    ----------
    touches : collection of {"i-", "i+", "j-", "j+", "k-", "k+"}
        Faces of the whole scan's grid (not of a box cropped from it) that the liver touches.
    orientation : str, optional
        The grid's three orientation letters, to say the side in words.

    Examples
    --------
    >>> truncation_findings({"k+"}, orientation="RAS")[0].message
    'the liver touches the head border of the scan and may be cut off: every mL is a lower bound'
    """
    if not touches:
        return ()
    sides = sorted({side_in_words(face, orientation) for face in touches})
    plural = "s" if len(sides) > 1 else ""
    return (
        QualityFinding(
            "liver_truncated",
            "error",
            f"the liver touches the {' and '.join(sides)} border{plural} of the scan and may be cut off: "
            "every mL is a lower bound",
        ),
    )


def side_in_words(face: str, orientation: str | None) -> str:
    """Side of the patient that a face of a grid looks to; its axis where the orientation is not known.

    >>> side_in_words("k+", "LPS"), side_in_words("i-", None)
    ('head', 'first i')
    """
    axis, last = "ijk".index(face[0]), face[1] == "+"
    if orientation is None:
        return f"{'last' if last else 'first'} {face[0]}"
    opposite = dict(zip("RLAPSI", "LRPAIS", strict=True))
    letter = orientation[axis] if last else opposite[orientation[axis]]
    return {"R": "right", "L": "left", "A": "front", "P": "back", "S": "head", "I": "foot"}[letter]
