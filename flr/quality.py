"""What a check noticed about an input."""

from __future__ import annotations

from collections.abc import Iterable
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
