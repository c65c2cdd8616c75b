"""A follow-up as the document for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from flr.criteria import SiteLimits
from flr.criteria.growth import GROWTH_UNITS, PublishedGrowth
from flr.criteria.model import Because, Flag, Role
from flr.documents.assessments import (
    AssessmentDocument,
    FindingKeys,
    GridGiven,
    MeasureKeys,
    PatientKeys,
    PlanKeys,
    RowKeys,
    VolumesMl,
    assessment_record,
    finding_keys,
)
from flr.documents.base import (
    NO_COLUMN,
    SINCE_2,
    WHERE_KNOWN,
    Document,
    Keys,
    Percent,
    Probability,
    ReferenceKeys,
    cited,
    filled,
    finite,
    json_ready,
)
from flr.documents.fingerprints import identified
from flr.files import InputFile
from flr.formulas import Evidence
from flr.growth import FollowUp, FunctionResult, ScanResult, SideChange
from flr.measures import Shortfall
from flr.plans.staged import Procedure, Technique
from flr.quality import QualityFinding
from flr.staging import PartitionFit, Stage, StagedResult, StageKey

FOLLOWUP_SCHEMA: Final = "flr-followup/1"

_OF_GROWTH = ("is_real", "since_procedure_days", "since_reference_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthDefinitions(Keys):
    """Growth of the remnant since the reference scan, by every definition."""

    degree_of_hypertrophy_pp: float | None
    degree_of_hypertrophy_measured_pp: float | None
    percent_hypertrophy: Percent | None
    kgr_standardised_pp_per_week: float | None
    growth_rate_measured_pp_per_week: float | None
    kgr_relative_percent_per_day: float | None
    kgr_absolute_ml_per_day: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanGrowth(GrowthDefinitions):
    """Growth up to one scan."""

    since_procedure_days: int | None
    since_reference_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthKeys(GrowthDefinitions):
    """Growth up to the last scan; ``scan``, ``rate_scan`` and ``reference_scan`` are numbers of scans."""

    degree_of_hypertrophy_low_pp: float | None
    degree_of_hypertrophy_high_pp: float | None
    kgr_standardised_low_pp_per_week: float | None
    kgr_standardised_high_pp_per_week: float | None
    kgr_standardised_probability_below: Mapping[str, Probability]
    is_real: bool | None
    since_procedure_days: int | None
    since_reference_days: int | None
    scan: int | None
    rate_scan: int | None
    reference_scan: int | None
    units: Mapping[str, str]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanKeys(Keys):
    """One scan."""

    number: int
    date: str
    phase: str | None
    modality: str | None
    after: Procedure | None
    after_date: str | None
    reference: int | None
    volumes_ml: VolumesMl
    volumes_are_lower_bounds: bool
    measures: MeasureKeys
    measures_reasons: Mapping[str, str]
    flag: Flag
    triggers: tuple[Flag, ...]
    because: Because | None = field(default=None, metadata=SINCE_2)
    flag_by_volume: Flag = field(default="indeterminate", metadata=SINCE_2)
    growth: ScanGrowth | None
    embolised_side: SideChange | None
    regrowth_percent: float | None
    weight_kg: float | None
    weight_change_percent: float | None
    function: tuple[FunctionResult, ...] = field(metadata=NO_COLUMN)
    quality: tuple[QualityFinding, ...]
    inputs: tuple[InputFile, ...] = field(metadata=NO_COLUMN)
    grid: GridGiven = field(metadata=NO_COLUMN)
    scheme: str | None


@dataclass(frozen=True, slots=True)
class GrowthFinding(FindingKeys):
    """One published limit on growth; a ``role`` of ``context`` is shown and not graded."""

    role: Role


@dataclass(frozen=True, slots=True)
class NeedKeys(Shortfall):
    """What the remnant lacks to a limit, and the weeks that this takes at the rate so far."""

    weeks: float | None
    low_weeks: float | None
    high_weeks: float | None
    no_weeks_because: str


@dataclass(frozen=True, slots=True)
class PublishedGrowthKeys(Keys):
    """Growth that was published after such a procedure."""

    key: str
    text: str
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class StageKeys(Keys):
    """One stage of a staged plan."""

    key: StageKey
    title: str
    leaves_ml: float
    leaves_tumour_ml: float
    left_functional_ml: float
    left_tumour_ml: float
    flr_ml: float
    flr_percent_of_measured: float | None
    flr_percent_of_standard: float | None
    embolised_parts: tuple[str, ...]
    embolised_ml: float | None
    flag: Flag
    headline: str
    needs: tuple[Shortfall, ...]
    flag_by_volume: Flag = field(default="indeterminate", metadata=SINCE_2)


@dataclass(frozen=True, slots=True)
class StagedKeys(Keys):
    """A staged plan on the reference scan."""

    name: str
    technique: Technique
    notation: str
    stages: tuple[StageKeys, ...]
    partition: PartitionFit | None
    notes: tuple[str, ...]
    note_texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FollowUpProvenance(Keys):
    """How all scans were assessed."""

    flr_version: str
    bsa_formula: str
    standard_volume_formula: str
    conditions: tuple[str, ...]
    limits: SiteLimits | None
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpDocument(Keys):
    """Scans of one case over time, and how the remnant grew."""

    schema: Literal["flr-followup/1"] = FOLLOWUP_SCHEMA
    result_id: str | None = field(default=None, metadata=WHERE_KNOWN)
    case_id: str
    plan: PlanKeys
    procedure: Procedure | None
    scans: tuple[ScanKeys, ...] = field(metadata=NO_COLUMN)
    growth: GrowthKeys
    findings: tuple[GrowthFinding, ...]
    needs: tuple[NeedKeys, ...] = field(metadata=NO_COLUMN)
    published_growth: tuple[PublishedGrowthKeys, ...] = field(metadata=NO_COLUMN)
    flag: Flag
    triggers: tuple[Flag, ...]
    because: Because | None = field(default=None, metadata=SINCE_2)
    flag_by_volume: Flag = field(default="indeterminate", metadata=SINCE_2)
    reassurance: tuple[RowKeys, ...] = field(default=(), metadata=SINCE_2)
    headline: str
    notes: tuple[str, ...]
    note_texts: Mapping[str, str] = field(metadata=NO_COLUMN)
    quality: tuple[QualityFinding, ...]
    staged: tuple[StagedKeys, ...] = field(metadata=NO_COLUMN)
    patient: PatientKeys
    provenance: FollowUpProvenance


def followup_document(
    result: FollowUp, staged: Sequence[StagedResult] = (), *, identify: bool = False
) -> Document:
    """A follow-up as plain dicts, lists, texts, numbers and None: ``flr-followup/1``.

    Parameters
    ----------
    result : FollowUp
    staged : sequence of StagedResult
        Staged plans on the scan that the last one is compared with.
    identify : bool
        Keep an age above 89 years.
    """
    last = assessment_record(result.last.assessment, identify)
    document: Document = json_ready(
        filled(
            FollowUpDocument,
            result,
            plan=last.plan,
            scans=tuple(_scan(scan, assessment_record(scan.assessment, identify)) for scan in result.scans),
            growth=_growth(result),
            findings=tuple(finding_keys(GrowthFinding, finding) for finding in result.findings),
            needs=tuple(
                filled(NeedKeys, need.shortfall, need, no_weeks_because=need.reason) for need in result.needs
            ),
            published_growth=tuple(_published(row) for row in result.published),
            staged=tuple(_staged(plan) for plan in staged),
            reassurance=last.reassurance,
            patient=last.patient,
            provenance=filled(FollowUpProvenance, last.provenance),
        )
    )
    return identified(document)


def _growth(result: FollowUp) -> GrowthKeys:
    growth, rate = result.growth, None if result.growth is None else result.growth.kgr_interval
    known: dict[str, Any] = {**dict.fromkeys(GROWTH_UNITS), **dict.fromkeys(_OF_GROWTH), "reasons": {}}
    if growth is not None:
        known = {**growth.values(), **{name: getattr(growth, name) for name in _OF_GROWTH}}
    return filled(
        GrowthKeys,
        growth,
        **known,
        degree_of_hypertrophy_low_pp=None if growth is None else growth.low_pp,
        degree_of_hypertrophy_high_pp=None if growth is None else growth.high_pp,
        kgr_standardised_low_pp_per_week=None if rate is None else rate.low,
        kgr_standardised_high_pp_per_week=None if rate is None else rate.high,
        kgr_standardised_probability_below={} if rate is None else rate.probability_below,
        scan=result.growth_scan,
        rate_scan=result.rate_scan,
        reference_scan=result.last.reference,
        units=GROWTH_UNITS,
    )


def _scan(result: ScanResult, assessment: AssessmentDocument) -> ScanKeys:
    scan, growth = result.scan, result.growth
    return filled(
        ScanKeys,
        result,
        scan,
        assessment,
        assessment.provenance,
        weight_kg=finite(scan.weight_kg),
        date=scan.date.isoformat(),
        after_date=None if scan.after_date is None else scan.after_date.isoformat(),
        growth=None if growth is None else filled(ScanGrowth, growth, **growth.values()),
        inputs=assessment.provenance.inputs,
        scheme=assessment.provenance.scheme,
    )


def _published(row: PublishedGrowth) -> PublishedGrowthKeys:
    return filled(PublishedGrowthKeys, row, reference=cited(row.reference))


def _staged(result: StagedResult) -> StagedKeys:
    return filled(StagedKeys, result, stages=tuple(_stage(stage) for stage in result.stages))


def _stage(stage: Stage) -> StageKeys:
    return filled(StageKeys, stage, stage.assessment.measures, stage.assessment)
