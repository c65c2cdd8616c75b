"""The remnants of a case under every background and every standard volume, as the document for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from flr.criteria.model import Flag
from flr.criteria.what_if import Level, UnderProfile, standard_level
from flr.documents.assessments import PlanKeys, plan_keys
from flr.documents.base import Document, Keys, filled, json_ready
from flr.formulas import DEFAULT_LIVER_VOLUME_FORMULA, LIVER_VOLUME_FORMULAS, Evidence

if TYPE_CHECKING:
    from flr.assessment import Assessment

WHAT_IF_SCHEMA: Final = "flr-what-if/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfStandard(Keys):
    """The remnant under one standard volume; ``level`` lies on the limits of the given background.

    The limits belong to the one formula that is ``graded``.
    """

    formula: str
    graded: bool
    standard_liver_volume_ml: float | None
    flr_percent_of_standard: float | None
    level: Level | None
    limits_percent: tuple[float, ...]
    reason: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfPlan(Keys):
    """The remnant of one plan under every background, and under every standard volume."""

    plan: PlanKeys
    flag: Flag
    flag_by_volume: Flag
    flr_ml: float
    flr_percent_of_measured: float | None
    profiles: tuple[UnderProfile, ...]
    standards: tuple[WhatIfStandard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfDocument(Keys):
    """One case: every plan under every background and every standard volume."""

    schema: Literal["flr-what-if/1"] = WHAT_IF_SCHEMA
    case_id: str
    conditions: tuple[str, ...]
    plans: tuple[WhatIfPlan, ...]


def what_if_record(assessments: Sequence[Assessment]) -> WhatIfDocument:
    """The plans of one case under every background and every standard volume.

    Parameters
    ----------
    assessments : sequence of Assessment
        Of one case; at least one.
    """
    first = assessments[0]
    return WhatIfDocument(
        case_id=first.case_id,
        conditions=first.provenance.conditions,
        plans=tuple(_plan(assessment) for assessment in assessments),
    )


def what_if_document(assessments: Sequence[Assessment]) -> Document:
    """``flr-what-if/1``: every number unrounded, what was not assessed None."""
    document: Document = json_ready(what_if_record(assessments))
    return document


def _plan(a: Assessment) -> WhatIfPlan:
    return filled(
        WhatIfPlan,
        a,
        plan=plan_keys(a.plan),
        flr_ml=a.volumes.remnant_ml,
        flr_percent_of_measured=a.measures.flr_percent_of_measured,
        profiles=a.under_profiles,
        standards=_standards(a),
    )


def _standards(a: Assessment) -> tuple[WhatIfStandard, ...]:
    """Every formula in mL, the graded one first."""
    measures, own = a.measures, a.provenance.standard_volume_formula
    found = {own: (measures.standard_liver_volume_ml, measures.flr_percent_of_standard, "")}
    reason = measures.reasons.get("flr_percent_of_standard", "")
    found[own] = (*found[own][:2], reason)
    for other in a.context.other_standards:
        found[other.key] = (other.standard_liver_volume_ml, other.flr_percent_of_standard, other.reason)
    order = sorted(
        found, key=lambda key: (key != DEFAULT_LIVER_VOLUME_FORMULA, list(LIVER_VOLUME_FORMULAS).index(key))
    )
    limits = tuple(
        sorted({f.criterion.limit for f in a.findings if f.criterion.measure == "flr_percent_of_standard"})
    )
    return tuple(
        WhatIfStandard(
            formula=key,
            graded=key == DEFAULT_LIVER_VOLUME_FORMULA,
            standard_liver_volume_ml=found[key][0],
            flr_percent_of_standard=found[key][1],
            level=None
            if (share := found[key][1]) is None
            else standard_level(share, a.patient, limits=a.provenance.limits),
            limits_percent=limits,
            reason=found[key][2],
            evidence=LIVER_VOLUME_FORMULAS[key].evidence,
        )
        for key in order
    )
