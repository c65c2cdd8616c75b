"""Donor plans as the document for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from flr.criteria.model import Flag
from flr.documents.assessments import (
    AssessmentDocument,
    FindingKeys,
    PlanKeys,
    assessment_record,
    finding_keys,
    plan_keys,
)
from flr.documents.base import (
    NO_COLUMN,
    WHERE_KNOWN,
    Document,
    Keys,
    ReferenceKeys,
    cited,
    filled,
    json_ready,
)
from flr.formulas import Evidence

if TYPE_CHECKING:
    from flr.donor import DonorPlan

DONOR_SCHEMA: Final = "flr-donor/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFactorKeys(Keys):
    """How a CT volume becomes a weight; the ends are those of the published series."""

    key: str
    factor_g_per_ml: float
    offset_g: float
    low_g_per_ml: float | None
    high_g_per_ml: float | None
    valid_for: str
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class GraftKeys(Keys):
    """What leaves the donor."""

    volume_ml: float
    functional_ml: float
    weight_g: float
    weight_factor: WeightFactorKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorRemnantKeys(Keys):
    """What stays in the donor, and its flag; all of it is in ``assessment``."""

    flr_ml: float
    flr_percent_of_measured: float | None
    flr_percent_of_standard: float | None
    flr_to_body_weight_percent: float | None
    flag: Flag
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorPlanKeys(Keys):
    """Graft and remnant of one plan; the ratio to the recipient is raw (1 g/mL), central, low and high."""

    plan: PlanKeys
    graft: GraftKeys
    remnant: DonorRemnantKeys
    graft_to_recipient_weight_percent: float
    graft_to_recipient_weight_raw_percent: float
    graft_to_recipient_weight_low_percent: float | None
    graft_to_recipient_weight_high_percent: float | None
    findings: tuple[FindingKeys, ...]
    mhv_side: Literal["graft", "remnant"] | None
    congested_graft_ml: float | None
    congested_remnant_ml: float | None
    notes: tuple[str, ...]
    note_texts: Mapping[str, str] = field(metadata=NO_COLUMN)
    assessment: AssessmentDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorDocument(Keys):
    """Living donation: one element for each plan."""

    schema: Literal["flr-donor/1"] = DONOR_SCHEMA
    result_id: str | None = field(default=None, metadata=WHERE_KNOWN)
    """Of the report that the document is a file of."""
    case_id: str
    recipient_weight_kg: float
    plans: tuple[DonorPlanKeys, ...]


def donor_document(
    plans: Sequence[DonorPlan], *, identify: bool = False, result_id: str | None = None
) -> Document:
    """``flr-donor/1``: the plans of one donor, every number unrounded.

    Parameters
    ----------
    plans : sequence of DonorPlan
        Of one donor and one recipient; at least one.
    identify : bool
        Keep what may identify a person by itself: an age above 89 years.
    result_id : str, optional
        Identifier of the report that the document is a file of.
    """
    document: Document = json_ready(
        DonorDocument(
            result_id=result_id,
            case_id=plans[0].assessment.case_id,
            recipient_weight_kg=plans[0].recipient_weight_kg,
            plans=tuple(_plan(plan, identify) for plan in plans),
        )
    )
    return document


def _plan(donor: DonorPlan, identify: bool) -> DonorPlanKeys:
    assessment, graft = donor.assessment, donor.graft
    factor = filled(WeightFactorKeys, graft.factor, reference=cited(graft.factor.reference))
    values = assessment.measures.values()
    remnant = ("flr_percent_of_measured", "flr_percent_of_standard", "flr_to_body_weight_percent")
    return filled(
        DonorPlanKeys,
        donor,
        plan=plan_keys(assessment.plan),
        graft=filled(GraftKeys, graft, weight_factor=factor),
        remnant=filled(
            DonorRemnantKeys,
            assessment,
            flr_ml=assessment.volumes.remnant_ml,
            **{name: values[name] for name in remnant},
        ),
        findings=tuple(finding_keys(FindingKeys, finding) for finding in donor.findings),
        assessment=assessment_record(assessment, identify),
    )
