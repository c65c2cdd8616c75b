"""What a check noticed about an input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

Severity = Literal["info", "warning", "error"]

ReassuranceRow = Literal[
    "identity",
    "side",
    "whole",
    "scale",
    "drawing",
    "reviewed",
    "tumours",
    "body",
    "background",
    "function",
    "certainty",
]
"""What must be shown before a flag may reassure, in the order in which it is printed."""

Effect = Literal["against", "not_shown"]
"""What a finding does to the reassurance row of its check."""


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

    @classmethod
    def recorded(cls, row: Mapping[str, str]) -> QualityFinding:
        """A finding as a document of a result holds it."""
        return cls(row["check"], cast("Severity", row["severity"]), row["message"])

    def __post_init__(self) -> None:
        if self.severity not in get_args(Severity):
            raise ValueError(f"severity {self.severity!r}; expected one of {get_args(Severity)}")


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


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of thing that can be wrong with an input; findings are made from it.

    Parameters
    ----------
    key : str
        Stable key, e.g. ``"liver_truncated"``.
    row : str or None
        The row of the reassurance table that it speaks to; None where it speaks to none.
    severities : tuple of {"info", "warning", "error"}
        Those that the check can have, mildest first.
    meaning : str
        What was noticed.
    advice : str
        What to do about it.
    blocks_grading : bool
        Whether its ``error`` makes the volumes themselves unbelievable: such a case is graded in neither
        direction, with no reassurance and no prompt for treatment.
    unshown : tuple of str
        Severities with which its row is *not shown*. An ``error`` of another check speaks *against* its row.
    """

    key: str
    row: ReassuranceRow | None
    severities: tuple[Severity, ...]
    meaning: str
    advice: str
    blocks_grading: bool = False
    unshown: tuple[Severity, ...] = ()

    def finding(self, message: str, severity: Severity | None = None) -> QualityFinding:
        """What this check noticed.

        Parameters
        ----------
        message : str
            One sentence for people, with the numbers.
        severity : {"info", "warning", "error"}, optional
            One of ``severities``; may be left out where there is only one.

        Raises
        ------
        ValueError
            For a severity that the check does not have, or none where it has several.
        """
        if severity is None and len(self.severities) == 1:
            severity = self.severities[0]
        if severity is None or severity not in self.severities:
            raise ValueError(f"{self.key}: severity {severity!r}; expected one of {self.severities}")
        return QualityFinding(self.key, severity, message)

    def effect(self, severity: Severity) -> Effect | None:
        """What a finding of this check does to its reassurance row; None where it does nothing."""
        if self.row is None:
            return None
        if severity in self.unshown:
            return "not_shown"
        return "against" if severity == "error" else None
