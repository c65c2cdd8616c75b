"""Background profiles: when each applies, and what it needs beside the metrics before it reassures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from flr.criteria.body_size import BODY_SIZE_CRITERIA
from flr.criteria.model import Criterion, SiteLimits
from flr.criteria.percentages import MEASURED, STANDARD, percent_criteria
from flr.criteria.rules import CHEMOTHERAPY
from flr.patient import Patient

Requirement = Literal["background_known", "child_pugh_a", "no_portal_hypertension", "remnant_drained"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One background of the liver; ``requires`` blocks reassurance while it is unknown or adverse."""

    key: str
    when: str
    requires: tuple[Requirement, ...] = ()
    notes: tuple[str, ...] = ()


_ROWS = (
    Profile("normal", "no known liver disease, at most 12 weeks of chemotherapy"),
    Profile("chemotherapy", "more than 12 weeks of chemotherapy"),
    Profile(
        "steatosis",
        "steatohepatitis, marked steatosis or sinusoidal obstruction, without advanced fibrosis",
        notes=("steatosis_limits_unverified",),
    ),
    Profile(
        "cirrhosis",
        "fibrosis F3 to F4, Child-Pugh A",
        ("child_pugh_a", "no_portal_hypertension"),
        ("standard_volume_unvalidated_in_cirrhosis",),
    ),
    Profile("biliary", "perihilar cholangiocarcinoma or an obstructed remnant", ("remnant_drained",)),
    Profile("donor", "healthy living donor; measured share only", notes=("donor_factors_not_graded",)),
    Profile("unknown", "background not given", ("background_known",)),
)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType({row.key: row for row in _ROWS})
"""Every profile, by key."""


def profiles_of(patient: Patient) -> tuple[Profile, ...]:
    """The profiles a patient is graded on: the worst of them wins.

    Perihilar cholangiocarcinoma adds ``biliary`` and a donor's diagnosis ``donor``; a donor's liver is
    normal by definition, so ``normal`` adds nothing to ``donor``. No condition at all is ``unknown``.
    More than 12 weeks of chemotherapy are a background by themselves, beside whatever is stated.

    >>> [p.key for p in profiles_of(Patient(conditions=("chemotherapy",), diagnosis="pcca"))]
    ['chemotherapy', 'biliary']
    """
    keys = list(patient.conditions)
    if CHEMOTHERAPY.holds(patient.chemotherapy_weeks) and "chemotherapy" not in keys:
        keys = [*(keys or ([] if patient.is_biliary or patient.is_donor else ["unknown"])), "chemotherapy"]
    if patient.is_biliary and "biliary" not in keys:
        keys.append("biliary")
    if patient.is_donor:
        keys = [key for key in keys if key != "normal"]
        if "donor" not in keys:
            keys.append("donor")
    return tuple(PROFILES[key] for key in keys or ["unknown"])


def criteria_of(patient: Patient, limits: SiteLimits | None = None) -> tuple[Criterion, ...]:
    """Every percentage and body-size row that a patient is graded on, each once."""
    rows: dict[str, Criterion] = {}
    for profile in profiles_of(patient):
        for row in percent_criteria(profile.key, limits):
            rows.setdefault(row.key, row)
        for row in BODY_SIZE_CRITERIA:
            if profile.key in row.applies_to and (row.role != "caution" or _is_known(row, patient)):
                rows.setdefault(row.key, row)
    return tuple(rows.values())


def _is_known(row: Criterion, patient: Patient) -> bool:
    """Whether the body measures of a row are known: a caution is asked for nothing that is not given."""
    weight, height = patient.weight_kg, patient.height_cm
    return weight is not None and (row.measure != STANDARD or height is not None)


def percent_limits(patient: Patient, limits: SiteLimits | None = None) -> tuple[float, ...]:
    """The limits that a patient's measured share is compared with, ascending.

    >>> percent_limits(Patient(condition="normal"))
    (20.0, 25.0, 30.0)
    """
    return tuple(sorted({row.limit for row in criteria_of(patient, limits) if row.measure == MEASURED}))


def limits_in_use(patient: Patient, limits: SiteLimits | None = None) -> tuple[tuple[str, float], ...]:
    """(measure, limit) of every limit to reach, without what is only very small or only a caution.

    >>> limits_in_use(Patient(condition="donor"))
    (('flr_percent_of_measured', 30.0), ('flr_percent_of_measured', 35.0))
    """
    rows = criteria_of(patient, limits)
    return tuple(
        dict.fromkeys((row.measure, row.limit) for row in rows if row.role not in ("very_small", "caution"))
    )
