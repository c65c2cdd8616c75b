"""The same remnant under every background: which flag by volume it would have, all other facts as given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from flr.criteria.model import Finding, Flag, Grade, SiteLimits, Verdict
from flr.criteria.percentages import STANDARD
from flr.criteria.profiles import PROFILES, criteria_of, percent_limits
from flr.patient import Patient

Level = Literal["below", "between", "above"]


_MINIMUMS: Final = frozenset({"minimum", "body_size"})
_GRADED: Final = _MINIMUMS | {"band"}


@dataclass(frozen=True, slots=True)
class UnderProfile:
    """A remnant under one background.

    Parameters
    ----------
    profile : str
        Key of :data:`flr.criteria.PROFILES`.
    given : bool
        Whether it is the background that was given, alone.
    limits_percent : tuple of float
        Limits of the measured share, ascending. [%]
    level : {"below", "between", "above"} or None
        Where the remnant lies on the limits of shares and body size; None where none could be compared.
    flag_by_volume, flag : str
        With every other fact about the patient as it was given; ``flag`` counts what is not shown.
    """

    profile: str
    given: bool
    limits_percent: tuple[float, ...]
    level: Level | None
    flag_by_volume: Flag
    flag: Flag


def under_profiles(
    patient: Patient, graded_as: Callable[[Patient], Grade], *, limits: SiteLimits | None = None
) -> tuple[UnderProfile, ...]:
    """The remnant of a patient under every background.

    Parameters
    ----------
    patient : Patient
        A diagnosis that adds a background of its own still does.
    graded_as : callable
        The grade of the remnant for a patient.
    limits : SiteLimits, optional

    Returns
    -------
    tuple of UnderProfile
        In the order of the profiles; empty in children, to whom no limit applies.
    """
    if patient.is_child:
        return ()
    given = patient.conditions or ("unknown",)
    rows = []
    for key in PROFILES:
        person = replace(patient, conditions=() if key == "unknown" else (key,))
        grade = graded_as(person)
        rows.append(
            UnderProfile(
                profile=key,
                given=given == (key,),
                limits_percent=percent_limits(person, limits),
                level=_level(grade.findings),
                flag_by_volume=grade.flag_by_volume,
                flag=grade.flag,
            )
        )
    return tuple(rows)


def standard_level(
    share_percent: float, patient: Patient, *, limits: SiteLimits | None = None
) -> Level | None:
    """Where a share of a standard volume lies on the patient's own limits; None where they hold none.

    The limits belong to the Vauthey 2002 volume; on the share of another formula this is a comparison and no
    grade.

    >>> standard_level(27.0, Patient(condition="normal")), standard_level(27.0, Patient(condition="donor"))
    ('between', None)
    """
    rows = [row for row in criteria_of(patient, limits) if row.measure == STANDARD]
    return _level(Finding(row, share_percent, row.judge(share_percent), "") for row in rows)


def _level(findings: Iterable[Finding]) -> Level | None:
    """The worst level of what was compared with a minimum or the end of a band."""
    compared = [
        (finding.criterion.role, finding.verdict)
        for finding in findings
        if finding.criterion.role in _GRADED and finding.verdict is not Verdict.NOT_ASSESSED
    ]
    short = {role for role, verdict in compared if verdict is Verdict.FALLS_SHORT}
    if not compared:
        return None
    return "below" if short & _MINIMUMS else "between" if short else "above"
