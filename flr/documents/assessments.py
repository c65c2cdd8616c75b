"""Assessments as documents: the JSON that programs read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Final, Literal

from flr.assessment import Assessment, Context, PlanSummary, Provenance, Volumes, WithoutVessels
from flr.criteria import Finding, SiteLimits, Verdict
from flr.criteria.model import Basis, Because, FailsWhen, Flag
from flr.criteria.outcome import PlanOutcome
from flr.criteria.scores import Score, ScoreKey
from flr.criteria.scores.model import Basis as ScoreBasis
from flr.criteria.scores.model import PointEvidence
from flr.criteria.site import SiteFile
from flr.criteria.tumour_block import Burden, TumourFact
from flr.criteria.tumour_rules import MarginGrade
from flr.documents.base import (
    NO_COLUMN,
    SINCE_2,
    WHERE_KNOWN,
    Document,
    Keys,
    Ml,
    Percent,
    R,
    ReferenceKeys,
    cited,
    filled,
    finite,
    json_ready,
)
from flr.documents.fingerprints import fingerprints, identified, versions
from flr.documents.rules_in_use import rules_in_use
from flr.facts import PATIENT_FACTS, VesselsCount
from flr.files import InputFile
from flr.formulas import Evidence
from flr.liver import INSISTED, Given, Reading
from flr.patient import Patient
from flr.perfusion import PerfusionBlock, SheathBlock, Span, TerritoryVolume, VesselOutcome
from flr.plans import Intent
from flr.plans.achieved import AchievedAblation
from flr.plans.margins import TumourFate
from flr.quality import QualityFinding, Status
from flr.quality.finding import ReassuranceRow
from flr.uncertainty import Errors, Interval

ASSESSMENT_SCHEMA: Final = "flr-assessment/2"
ASSESSMENTS_SCHEMA: Final = "flr-assessments/2"
EARLIER_SCHEMAS: Final = ("flr-assessment/1", "flr-assessments/1")
"""Of results that were written before a reassuring flag had to be earned; replay reads them."""


@dataclass(frozen=True, slots=True)
class PlanKeys(Keys):
    """What leaves, and what for."""

    name: str
    notation: str
    removes: tuple[str, ...]
    intent: Intent
    structures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VolumesMl(Keys):
    """Volumes in mL; what nobody measured is null."""

    total: Ml
    functional: Ml
    tumour: Ml | None
    nonfunctional: Ml | None
    resected: Ml | None
    ablated: Ml | None
    remnant: Ml
    remnant_tumour: Ml | None
    remnant_nonfunctional: Ml | None
    parts: Mapping[str, Ml]


@dataclass(frozen=True, slots=True)
class VoxelCounts(Keys):
    """Voxels; null where only numbers were given."""

    total: int | None
    resected: int | None
    ablated: int | None
    kept: int | None


@dataclass(frozen=True, slots=True)
class MeasureKeys(Keys):
    """The remnant related to the liver and the body; null where ``measures_reasons`` says why."""

    flr_ml: float | None
    flr_percent_of_measured: float | None
    flr_percent_of_standard: float | None
    flr_to_body_weight_percent: float | None
    flr_per_bsa_ml_per_m2: float | None
    bsa_m2: float | None
    standard_liver_volume_ml: float | None
    flr_without_segment_1_ml: float | None
    perfused_flr_ml: float | None
    perfused_flr_percent_of_measured: float | None
    flr_percent_of_vauthey_2002: float | None
    planned_residual_limax_ug_per_kg_per_h: float | None
    icg_clearance_of_remnant_per_min: float | None


@dataclass(frozen=True, slots=True)
class FindingKeys(Keys):
    """One published limit and how this case compares with it."""

    criterion: str
    measure: str
    value: float | None
    limit: float
    unit: str
    verdict: Verdict
    reason: str
    reference: ReferenceKeys
    evidence: Evidence
    basis: Basis
    fails_when: FailsWhen


@dataclass(frozen=True, slots=True)
class NearestVessel(Keys):
    """The vessel that is nearest to a tumour."""

    kind: str
    distance_mm: float | None


@dataclass(frozen=True, slots=True)
class TumourKeys(Keys):
    """One tumour and what the plan does to it; ``parts`` in percent of the tumour."""

    name: str
    volume_ml: float
    longest_axial_diameter_mm: float
    longest_diameter_mm: float
    centroid_mm: tuple[float, ...]
    parts: Mapping[str, Percent]
    depth_mm: float | None
    vessels_mm: Mapping[str, float | None]
    nearest_vessel: NearestVessel | None
    fate: TumourFate
    remaining_percent: float
    planned_margin_mm: float | None
    planned_margin_error_mm: float
    margin_grade: MarginGrade
    kept_vessels_mm: Mapping[str, float | None]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutcomeKeys(Keys):
    """What plans are compared by: tumours by fate, least margin over all of them, growth to the limits.

    ``worst_margin_mm`` is 0 when a tumour is left or cut through. ``growth_needed_percent`` is null when that
    is not known; it is 0, and no limit named, when none is short.
    """

    tumours_treated: tuple[str, ...]
    tumours_left: tuple[str, ...]
    tumours_cut_through: tuple[str, ...]
    worst_margin_mm: float | None
    worst_margin_error_mm: float | None
    worst_margin_tumour: str | None
    growth_needed_percent: float | None
    growth_needed_measure: str | None
    growth_needed_limit: float | None


@dataclass(frozen=True, slots=True)
class BurdenFactKeys(Keys):
    """One number about the tumours and what it says."""

    key: str
    value: float | None
    unit: str
    verdict: str
    reference: ReferenceKeys
    evidence: Evidence
    note: str


@dataclass(frozen=True, slots=True)
class BurdenKeys(Keys):
    """All tumours together."""

    count: int
    ablatable: int
    bilobar: bool | None
    largest_diameter_mm: float
    volume_ml: float
    burden_percent: float
    debulked_percent: float | None
    facts: tuple[BurdenFactKeys, ...]


@dataclass(frozen=True, slots=True)
class PerfusionKeys(Keys):
    """What the vessels that were given tell about the remnant."""

    assessed: bool
    inflow_assessed: bool
    outflow_assessed: bool
    devascularised_ml: float | None
    congested_ml: float | None
    plain_ml: float | None
    graded_ml: float | None
    is_within_error: bool
    doubtful_ml: float | None
    rebuilt_ml: float | None
    spared_ml: float | None
    ranges: Mapping[str, Span]
    vessels: tuple[VesselOutcome, ...]
    territories: tuple[TerritoryVolume, ...]
    missing: tuple[str, ...]
    remarks: tuple[str, ...]
    fragments_ml: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientKeys(Patient, Keys):
    """Facts about the patient; an age above 89 years is left out where identity was not asked for."""

    keys_added: ClassVar[frozenset[str]] = frozenset(fact.key for fact in PATIENT_FACTS if fact.added)
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        fact.key: fact.choices for fact in PATIENT_FACTS if fact.kind == "class"
    }

    age_over_89: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingKeys(Keys):
    """How the liver was read; the last two keys are there where somebody insisted on them."""

    given: tuple[Given, ...]
    tumours_declared_none: bool
    scheme: str | None
    labels: Mapping[str, str]
    resample: str | None
    one_patient: bool | None = field(default=None, metadata=WHERE_KNOWN)
    same_grid: bool | None = field(default=None, metadata=WHERE_KNOWN)


@dataclass(frozen=True, slots=True)
class PlanGiven(Keys):
    """The plan as it was given, and its files."""

    given: str
    files: tuple[InputFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridGiven(Keys):
    """Grid of the liver; no key where only numbers were given."""

    shape: tuple[int, ...] | None = field(default=None, metadata=WHERE_KNOWN)
    spacing_mm: tuple[float, ...] | None = field(default=None, metadata=WHERE_KNOWN)
    voxel_volume_mm3: float | None = field(default=None, metadata=WHERE_KNOWN)
    orientation: str | None = field(default=None, metadata=WHERE_KNOWN)
    index_to_world_mm: tuple[tuple[float, ...], ...] | None = field(
        default=None, metadata=WHERE_KNOWN | NO_COLUMN
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceKeys(Keys):
    """What is needed to compute the same numbers again; ``rules`` are those of given facts, in words."""

    keys_added: ClassVar[frozenset[str]] = frozenset({"rules"})

    flr_version: str
    inputs: tuple[InputFile, ...]
    grid: GridGiven
    scheme: str | None
    segmentation_source: str | None
    reviewed: bool | None
    bsa_formula: str
    standard_volume_formula: str
    conditions: tuple[str, ...]
    limits: SiteLimits | None
    accepted: tuple[str, ...]
    errors: Errors = field(metadata=NO_COLUMN)
    errors_from: Literal["boundaries", "numbers"]
    vessels_count: VesselsCount | None = field(default=None, metadata=WHERE_KNOWN)
    site: SiteFile | None = field(default=None, metadata=WHERE_KNOWN | NO_COLUMN)
    reading: ReadingKeys | None = field(metadata=NO_COLUMN)
    plan: PlanGiven = field(metadata=NO_COLUMN)
    completed_from_headers: tuple[str, ...]
    versions: Mapping[str, str] = field(metadata=NO_COLUMN)
    fingerprints: Mapping[str, str] = field(metadata=NO_COLUMN)
    rules: Mapping[str, str] = field(default_factory=dict, metadata=NO_COLUMN)


@dataclass(frozen=True, slots=True)
class RowKeys(Keys):
    """One row of what must be shown before a flag reassures; ``check`` is an accepted check."""

    row: ReassuranceRow
    status: Status
    evidence: str
    reason: str | None
    who: str | None
    check: str | None
    missing: bool


@dataclass(frozen=True, slots=True)
class PointKeys(Keys):
    """One item of a score: points at least and at most, why, and what settles it (``ask``)."""

    item: str
    low: int | None
    high: int | None
    reason: str
    basis: ScoreBasis
    evidence: PointEvidence
    ask: str


@dataclass(frozen=True, slots=True)
class RateKeys(Keys):
    """What happened to such patients, from the easiest to the hardest level that is possible."""

    low: Percent
    high: Percent


@dataclass(frozen=True, slots=True)
class ScoreKeys(Keys):
    """One score: information beside the flag. What is not known leaves a range, and stands in ``missing``."""

    score: ScoreKey
    name: str
    applies: bool
    reason: str
    low: float | None
    high: float | None
    level_low: str | None
    level_high: str | None
    rates_percent: Mapping[str, RateKeys]
    points: tuple[PointKeys, ...]
    missing: tuple[str, ...]
    tumour: str | None
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentDocument(Keys):
    """One liver under one plan: volumes, measures, published limits, flag."""

    keys_added: ClassVar[frozenset[str]] = frozenset({"scores", "outcome"})

    schema: Literal["flr-assessment/1", "flr-assessment/2"] = ASSESSMENT_SCHEMA
    case_id: str
    plan: PlanKeys
    volumes_ml: VolumesMl
    volumes_are_lower_bounds: bool
    voxels: VoxelCounts
    measures: MeasureKeys
    measures_reasons: Mapping[str, str]
    measures_ungraded: Mapping[str, str]
    intervals: Mapping[str, Interval]
    findings: tuple[FindingKeys, ...]
    triggers: tuple[Flag, ...]
    flag: Flag
    because: Because | None = field(default=None, metadata=SINCE_2)
    flag_by_volume: Flag = field(default="indeterminate", metadata=SINCE_2)
    flag_by_published_limits: Flag | None = field(default=None, metadata=WHERE_KNOWN)
    reassurance: tuple[RowKeys, ...] = field(default=(), metadata=SINCE_2)
    options: tuple[str, ...] = field(default=(), metadata=SINCE_2)
    headline: str
    notes: tuple[str, ...]
    note_texts: Mapping[str, str] = field(metadata=NO_COLUMN)
    quality: tuple[QualityFinding, ...]
    tumours: tuple[TumourKeys, ...]
    outcome: OutcomeKeys | None = None
    burden: BurdenKeys | None
    remnant_pieces_ml: tuple[float, ...]
    perfusion: PerfusionKeys | None
    scores: tuple[ScoreKeys, ...] = ()
    without_vessels: WithoutVessels | None = field(default=None, metadata=WHERE_KNOWN)
    ablated_zone: AchievedAblation | None = field(default=None, metadata=WHERE_KNOWN)
    ducts_and_artery: SheathBlock | None = field(default=None, metadata=WHERE_KNOWN)
    context: Context = field(metadata=NO_COLUMN)
    patient: PatientKeys
    provenance: ProvenanceKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentsDocument(Keys):
    """Several assessments, one for each plan."""

    schema: Literal["flr-assessments/1", "flr-assessments/2"] = ASSESSMENTS_SCHEMA
    result_id: str | None = field(default=None, metadata=WHERE_KNOWN)
    """Made of everything else that the document says; every file of a report carries it."""
    assessments: tuple[AssessmentDocument, ...]


def assessment_record(assessment: Assessment, identify: bool = False) -> AssessmentDocument:
    """One assessment as the record that its JSON, its schema and its columns are made of.

    Parameters
    ----------
    assessment : Assessment
    identify : bool
        Keep what may identify a person by itself: an age above 89 years.
    """
    block = assessment.tumours
    measures = assessment.measures
    record = filled(
        AssessmentDocument,
        assessment,
        plan=plan_keys(assessment.plan),
        volumes_ml=_volumes_ml(assessment.volumes),
        volumes_are_lower_bounds=assessment.volumes.lower_bound,
        voxels=VoxelCounts(**{one.name: assessment.voxels.get(one.name) for one in fields(VoxelCounts)}),
        measures=MeasureKeys(**{name: finite(value) for name, value in measures.values().items()}),
        measures_reasons=measures.reasons,
        measures_ungraded=measures.ungraded,
        findings=tuple(finding_keys(FindingKeys, finding) for finding in assessment.findings),
        reassurance=tuple(filled(RowKeys, row, missing=row.is_missing) for row in assessment.reassurance),
        note_texts={
            note: assessment.note_texts[note] for note in assessment.notes if note in assessment.note_texts
        },
        tumours=() if block is None else tuple(_tumour(fact) for fact in block.tumours),
        outcome=_outcome(assessment.outcome),
        burden=None if block is None or block.burden is None else _burden(block.burden),
        remnant_pieces_ml=() if block is None else block.remnant_pieces_ml,
        perfusion=None if assessment.perfusion is None else _perfusion(assessment.perfusion),
        scores=tuple(_score(score) for score in assessment.scores),
        patient=_patient(assessment.patient, identify),
        provenance=_provenance(assessment.provenance, assessment.plan),
    )
    written = json_ready(record)
    return replace(
        record,
        provenance=replace(
            record.provenance, fingerprints=fingerprints(written), rules=rules_in_use(written["patient"])
        ),
    )


def assessment_document(assessment: Assessment, identify: bool = False) -> Document:
    """One assessment as plain dicts, lists, texts, numbers and None.

    Parameters
    ----------
    assessment : Assessment
    identify : bool
        Keep what may identify a person by itself: an age above 89 years.

    Returns
    -------
    dict
        ``flr-assessment/2``: every key is present, numbers are unrounded, what was not assessed is None.
    """
    document: Document = json_ready(assessment_record(assessment, identify))
    return document


def assessments_document(assessments: Iterable[Assessment], identify: bool = False) -> Document:
    """Several assessments, one for each plan, as one ``flr-assessments/2`` document."""
    records = tuple(assessment_record(assessment, identify) for assessment in assessments)
    return identified(json_ready(AssessmentsDocument(assessments=records)))


def plan_keys(plan: PlanSummary) -> PlanKeys:
    """A plan as every document shows it."""
    return filled(PlanKeys, plan)


def finding_keys(kind: type[R], finding: Finding) -> R:
    """A finding as a document shows it, with the published limit that it is about."""
    criterion = finding.criterion
    return filled(kind, finding, criterion, criterion=criterion.key, reference=cited(criterion.reference))


def _volumes_ml(volumes: Volumes) -> VolumesMl:
    parts = {key: finite(ml) for key, ml in volumes.parts_ml.items()}
    names = [one.name for one in fields(VolumesMl) if one.name != "parts"]
    return VolumesMl(**{name: finite(getattr(volumes, f"{name}_ml")) for name in names}, parts=parts)  # type: ignore[arg-type]


def _tumour(fact: TumourFact) -> TumourKeys:
    outcome = fact.outcome
    tumour = outcome.tumour
    near = tumour.nearest_vessel
    return filled(
        TumourKeys,
        fact,
        outcome,
        tumour,
        parts=tumour.parts_percent,
        nearest_vessel=None if near is None else NearestVessel(*near),
        planned_margin_error_mm=outcome.error_mm,
    )


def _outcome(outcome: PlanOutcome) -> OutcomeKeys:
    short = outcome.short_of
    nothing = 0.0 if outcome.is_growth_known else None
    return filled(
        OutcomeKeys,
        outcome,
        tumours_treated=outcome.treated,
        tumours_left=outcome.left,
        tumours_cut_through=outcome.cut_through,
        growth_needed_percent=nothing if short is None else short.growth_needed_percent,
        growth_needed_measure=None if short is None else short.measure,
        growth_needed_limit=None if short is None else short.limit,
    )


def _burden(burden: Burden) -> BurdenKeys:
    facts = tuple(filled(BurdenFactKeys, fact, reference=cited(fact.reference)) for fact in burden.facts)
    return filled(BurdenKeys, burden, facts=facts)


def _perfusion(block: PerfusionBlock) -> PerfusionKeys:
    return filled(PerfusionKeys, block, assessed=block.is_assessed, ranges=block.spans)


def _score(score: Score) -> ScoreKeys:
    return filled(
        ScoreKeys,
        score,
        score=score.key,
        rates_percent={rate: RateKeys(*ends) for rate, ends in score.rates_percent.items()},
        points=tuple(filled(PointKeys, point) for point in score.points),
        reference=cited(score.reference),
    )


def _patient(patient: Patient, identify: bool) -> PatientKeys:
    withheld: dict[str, bool | None] = {}
    for fact in PATIENT_FACTS:
        if fact.private_above is None or fact.withheld_key is None:
            continue
        value = getattr(patient, fact.key)
        withheld[fact.withheld_key] = None if value is None else value > fact.private_above
        if withheld[fact.withheld_key] and not identify:
            withheld[fact.key] = None
    return filled(PatientKeys, patient, **withheld)


def _reading(reading: Reading | None) -> ReadingKeys | None:
    """How the liver was read; what nobody insisted on is left out."""
    if reading is None:
        return None
    return filled(ReadingKeys, reading, **{name: getattr(reading, name) or None for name in INSISTED})


def _provenance(provenance: Provenance, plan: PlanSummary) -> ProvenanceKeys:
    source = provenance.source
    return filled(
        ProvenanceKeys,
        provenance,
        source,
        grid=filled(GridGiven, **provenance.grid),
        scheme=source.scheme or None,
        reading=_reading(source.reading),
        plan=filled(PlanGiven, plan),
        completed_from_headers=source.completed,
        vessels_count=None if provenance.vessels_count == "included" else provenance.vessels_count,
        versions=versions(),
        fingerprints={},
        rules={},
    )


def flag_by_volume(document: Mapping[str, Any]) -> str:
    """The flag of a recorded assessment that tables show: what volume and given facts lead to.

    Results from before a reassuring flag had to be earned have the one flag only.
    """
    return str(document.get("flag_by_volume", document["flag"]))


def missing_rows(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Rows for which the flag of a recorded assessment is ``indeterminate`` though volume gives another."""
    if document.get("because") != "not_shown":
        return ()
    return tuple(row["row"] for row in document["reassurance"] if row["missing"])
