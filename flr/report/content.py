"""What a report says, as rows of text: the one source of the table, the page and the PDF."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from flr.criteria.scores import RATE_WORDS
from flr.criteria.tumour_rules import MARGIN_GRADE_TEXTS
from flr.documents.assessments import assessments_document
from flr.documents.what_if import WhatIfStandard, what_if_record
from flr.facts import PATIENT_FACTS, Fact, fact_of
from flr.formulas import BSA_FORMULAS, LIVER_VOLUME_FORMULAS
from flr.formulas.scores import ALBI_GRADE_ENDS
from flr.liver import UNDIVIDED
from flr.measures import GROWTH_NOTE_TEXTS, MEASURE_UNITS
from flr.perfusion import VesselOutcome
from flr.pictures.bands import Band, bands_of, graded_measure, is_perfused
from flr.plans.achieved import FARTHEST_MM
from flr.quality import Evidence
from flr.report.comparison import (
    DOUBTFUL_GRADES,
    Comparison,
    PlansInRows,
    limits_beneath,
    limits_of,
    plan_titles,
    plans_in_rows,
    span_text,
)
from flr.report.donor import graft_rows
from flr.structures import VESSEL_KINDS
from flr.uncertainty import DEFAULT_SOURCE
from flr.words import (
    BURDEN_WORDS,
    FATE_SIGNS,
    FATE_WORDS,
    FLAG_TONES,
    FLAG_WORDS,
    LONGEST_TEXT,
    MISSING,
    SEVERITY_SIGNS,
    STATEMENT,
    STATUS_SIGNS,
    TONE_SIGNS,
    VERDICT_SIGNS,
    VERDICT_WORDS,
    beneath,
    case_words,
    formula_words,
    limit_text,
    measure_digits,
    measure_words,
    number,
    plain,
    probability_percent,
    short_measure_words,
    volume_text,
    words_of,
)

if TYPE_CHECKING:
    from flr.assessment import Assessment
    from flr.criteria import Criterion, Finding
    from flr.criteria.scores import Point, Score
    from flr.criteria.tumour_block import TumourFact
    from flr.donor import DonorPlan
    from flr.formulas import BsaFormula, LiverVolumeFormula
    from flr.liver import Source

_T = TypeVar("_T")

NOT_KNOWN = "not known"
NOT_ASSESSED = "not assessed"

_RUNNING = 100
_SHORT = 60

MOST_INPUTS = 16
"""Inputs that are listed one by one; TotalSegmentator writes more than a hundred."""

SHARES = (
    "flr_percent_of_measured",
    "flr_percent_of_standard",
    "flr_to_body_weight_percent",
    "flr_per_bsa_ml_per_m2",
    "standard_liver_volume_ml",
    "flr_without_segment_1_ml",
    "perfused_flr_ml",
    "perfused_flr_percent_of_measured",
    "flr_percent_of_vauthey_2002",
    "planned_residual_limax_ug_per_kg_per_h",
    "icg_clearance_of_remnant_per_min",
)
"""Measures in the order of print; those at the end only where they add something."""

_ONLY_IF_KNOWN = frozenset(SHARES[6:])

_VOLUMES = (
    ("total_ml", "Whole liver, tumours included"),
    ("tumour_ml", "Tumour"),
    ("nonfunctional_ml", "Cysts and other nonfunctional tissue"),
    ("functional_ml", "Functional liver (TFLV)"),
    ("resected_ml", "Resected, all tissues"),
    ("ablated_ml", "Ablated, all tissues"),
    ("remnant_ml", "Remnant (FLR), functional"),
    ("remnant_tumour_ml", "Tumour left in the remnant"),
    ("remnant_nonfunctional_ml", "Nonfunctional tissue left"),
)

_SEVERITY_ORDER = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Row:
    """A label, what stands beside it, and what must be said about it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One criterion applied: ``sign`` repeats the verdict without colour, ``citation`` is a number.

    ``doubt`` is printed beside the limit: that it is unverified, or this toolkit's policy.
    """

    verdict: str
    sign: str
    words: str
    measure: str
    value: str
    limit: str
    role: str
    profile: str
    citation: int
    doubt: str
    note: str


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A measure that could not be compared, why, and with which limits."""

    measure: str
    reason: str
    limits: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One quality finding; ``sign`` repeats the severity without colour."""

    severity: str
    sign: str
    check: str
    message: str


@dataclass(frozen=True, slots=True)
class TumourRow:
    """One tumour under one plan; ``sign`` repeats what becomes of it without colour."""

    name: str
    volume: str
    diameter: str
    parts: str
    vessel: str
    fate: str
    sign: str
    margin: str
    grade: str
    tone: str


@dataclass(frozen=True, slots=True)
class PointRow:
    """One item of a score; ``doubt`` is said beside its points."""

    item: str
    points: str
    reason: str
    doubt: str


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score: level and number, what happened to such patients, what is missing, and its points."""

    name: str
    level: str
    value: str
    rates: str
    missing: str
    points: tuple[PointRow, ...]
    citation: int

    @property
    def short(self) -> str:
        """Name and level."""
        return f"{self.name} {self.level}"

    @property
    def line(self) -> str:
        """Name, level, number, what happened to such patients, the number of its source, and any doubt."""
        level = self.level or "nothing to tell yet"
        value = f", {self.value}" if self.value else ""
        rates = f" ({self.rates})" if self.rates and self.level else ""
        doubts = dict.fromkeys(point.doubt for point in self.points if point.doubt)
        said = f", {', '.join(doubts)}" if doubts and self.level else ""
        return f"{self.name}: {level}{value}{rates}{said} [{self.citation}]"


@dataclass(frozen=True, slots=True)
class PlanContent:
    """Everything that is said about one plan."""

    number: int
    name: str
    notation: str
    removes: str
    intent: str
    flag: str
    flag_words: str
    tone: str
    sign: str
    headline: str
    other_triggers: tuple[str, ...]
    checklist: tuple[Row, ...]
    by_volume: str
    not_shown: tuple[str, ...]
    accepted: tuple[str, ...]
    volumes: tuple[Row, ...]
    shares: tuple[Row, ...]
    bands: tuple[Band, ...]
    findings: tuple[FindingRow, ...]
    missing: tuple[MissingRow, ...]
    notes: tuple[str, ...]
    context: tuple[Row, ...]
    quality: tuple[QualityRow, ...]
    tumours: tuple[TumourRow, ...] = ()
    burden: tuple[Row, ...] = ()
    anatomy: tuple[Row, ...] = ()
    scores: tuple[ScoreRow, ...] = ()

    @property
    def scores_in_short(self) -> str:
        """The scores that are told, in one line; empty where there is none."""
        return "; ".join(row.short for row in self.scores if row.level)

    @property
    def is_otherwise_by_volume(self) -> bool:
        """Whether the volumes alone give another flag."""
        return self.by_volume != f"{self.sign} {self.flag_words}"

    @property
    def title(self) -> str:
        """Name and notation, whole: two plans that differ have two titles."""
        return f"{self.name} ({self.notation})" if self.notation else self.name

    @property
    def short_title(self) -> str:
        """The title, or where that is long the notation alone: with its number it tells plans apart."""
        return self.title if len(self.title) <= _SHORT or not self.notation else self.notation

    @property
    def running_title(self) -> str:
        """For the head of a further page: its number tells it apart where the rest is cut."""
        return f"plan {self.number}: {plain(self.title, _RUNNING)}"

    @property
    def cited(self) -> frozenset[int]:
        """Numbers of the sources of its findings."""
        found = {row.citation for row in self.findings}
        scores = (row.citation for row in self.scores)
        return frozenset(found.union(scores, *(row.citations for row in self.missing)))


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered source."""

    number: int
    text: str
    doi: str | None


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything that a report says."""

    case_id: str
    plans: tuple[PlanContent, ...]
    in_rows: PlansInRows
    parts: tuple[Row, ...]
    patient: tuple[Row, ...]
    scan: tuple[Row, ...]
    method: tuple[Row, ...]
    inputs: tuple[Row, ...]
    citations: tuple[Citation, ...]
    statement: str
    version: str
    result_id: str
    what_if: tuple[Comparison, ...] = ()
    case_line: tuple[str, ...] = ()
    checklist: tuple[Row, ...] = ()

    @property
    def case_words(self) -> str:
        """The case by its name; empty where nobody named it."""
        return case_words(self.case_id)

    @property
    def comparison(self) -> PlansInRows | None:
        """The plans as rows where there are several."""
        return self.in_rows if len(self.plans) > 1 else None

    @property
    def common_notes(self) -> tuple[str, ...]:
        """Notes that every one of several plans carries, to be printed once."""
        return _common([plan.notes for plan in self.plans])

    @property
    def common_quality(self) -> tuple[QualityRow, ...]:
        """Quality findings that every one of several plans carries, to be printed once."""
        return _common([plan.quality for plan in self.plans])


def _common(listed: Sequence[tuple[_T, ...]]) -> tuple[_T, ...]:
    if len(listed) < 2:
        return ()
    return tuple(item for item in listed[0] if all(item in other for other in listed[1:]))


def report_content(
    assessments: Sequence[Assessment],
    identify: bool = False,
    today: date | None = None,
    grafts: Sequence[DonorPlan] = (),
) -> ReportContent:
    """All that is said about the plans of one case.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan, of one case.
    identify : bool
        Print an age above 89 years, which can identify a person.
    today : date, optional
        Day from which the age of the scan is counted; without it the date stands alone.
    grafts : sequence of DonorPlan
        Of a living donor: the graft of each plan, in the same order.

    Raises
    ------
    ValueError
        If there is no assessment, or the grafts are not one per plan.
    """
    if not assessments:
        raise ValueError("no assessment to report; assess at least one plan")
    numbers = _citation_numbers(assessments)
    plans = tuple(_plan(n, a, numbers) for n, a in enumerate(assessments, start=1))
    if grafts:
        if len(grafts) != len(plans):
            raise ValueError(f"{len(grafts)} grafts for {len(plans)} plans; give one per plan")
        plans = tuple(_with_graft(plan, graft) for plan, graft in zip(plans, grafts, strict=True))
    first = assessments[0]
    return ReportContent(
        case_id=plain(first.case_id),
        plans=plans,
        in_rows=_in_rows(assessments, plans),
        parts=tuple(
            Row(plain(key, 40), volume_text(ml))
            for key, ml in first.volumes.parts_ml.items()
            if key != UNDIVIDED
        ),
        patient=_patient(first, identify),
        scan=_scan(first, today),
        method=_method(first),
        inputs=_inputs(first.provenance.source),
        citations=tuple(Citation(n, text, doi) for (text, doi), n in numbers.items()),
        statement=STATEMENT,
        version=first.provenance.flr_version,
        result_id=str(assessments_document(assessments, identify)["result_id"]),
        what_if=what_if(assessments),
        case_line=_case_line(first, identify),
        checklist=common_checklist([a.reassurance for a in assessments]),
    )


def _with_graft(plan: PlanContent, donor: DonorPlan) -> PlanContent:
    """A donor's plan with the graft before what else stands beside the graded numbers."""
    factor = donor.graft.factor.reference
    source = factor.text + (f"; doi:{factor.doi}" if factor.doi else "")
    rows = [Row("Recipient", f"{number(donor.recipient_weight_kg)} kg")]
    for label, value in graft_rows(donor):
        rows.append(Row(label or "Limit of the ratio", value, source if label == "Graft" else ""))
    notes = (plain(donor.note_texts[note], LONGEST_TEXT) for note in donor.notes)
    return replace(plan, context=(*rows, *plan.context), notes=tuple(dict.fromkeys((*plan.notes, *notes))))


def _inputs(source: Source) -> tuple[Row, ...]:
    """Each input with its hash; of a whole folder of masks one hash over all of theirs."""
    files = source.inputs
    if len(files) <= MOST_INPUTS:
        return tuple(Row(plain(f.name, 80), f.sha256) for f in files)
    together = hashlib.sha256("\n".join(sorted(f.sha256 for f in files)).encode()).hexdigest()
    return (Row(f"{len(files)} files (each in assessment.json); hash of their sorted hashes", together),)


def _citation_numbers(assessments: Sequence[Assessment]) -> dict[tuple[str, str | None], int]:
    cited: dict[tuple[str, str | None], int] = {}
    for assessment in assessments:
        for finding in assessment.findings:
            cited.setdefault(_source(finding.criterion), len(cited) + 1)
    provenance = assessments[0].provenance
    for row in (
        BSA_FORMULAS.get(provenance.bsa_formula),
        LIVER_VOLUME_FORMULAS.get(provenance.standard_volume_formula),
    ):
        if row is not None:
            cited.setdefault((row.reference.text, row.reference.doi), len(cited) + 1)
    for assessment in assessments:
        for score in assessment.scores:
            if score.applies:
                cited.setdefault((score.reference.text, score.reference.doi), len(cited) + 1)
    return cited


def _source(criterion: Criterion) -> tuple[str, str | None]:
    return criterion.reference.text, criterion.reference.doi


def _plan(order: int, a: Assessment, numbers: Mapping[tuple[str, str | None], int]) -> PlanContent:
    tone = FLAG_TONES[a.flag]
    return PlanContent(
        number=order,
        name=plain(a.plan.name, None),
        notation=plain(a.plan.notation, None),
        removes=plain(", ".join(a.plan.removes), None),
        intent=a.plan.intent,
        flag=a.flag,
        flag_words=FLAG_WORDS[a.flag],
        tone=tone,
        sign=TONE_SIGNS[tone],
        headline=plain(a.headline, LONGEST_TEXT),
        other_triggers=tuple(FLAG_WORDS[flag] for flag in a.triggers if flag != a.flag),
        checklist=checklist(a.reassurance),
        by_volume=f"{TONE_SIGNS[FLAG_TONES[a.flag_by_volume]]} {FLAG_WORDS[a.flag_by_volume]}",
        not_shown=a.missing_rows,
        accepted=tuple(plain(text, None) for text in a.accepted_rows),
        volumes=_volumes(a),
        shares=_shares(a),
        bands=bands_of(a),
        findings=tuple(_finding(a, f, numbers) for f in a.findings if str(f.verdict) != "not_assessed"),
        missing=_missing(a, numbers),
        notes=tuple(plain(a.note_texts.get(note, words_of(note)), LONGEST_TEXT) for note in a.notes),
        context=_context(a),
        quality=tuple(
            QualityRow(
                found.severity,
                SEVERITY_SIGNS[found.severity],
                found.check,
                plain(found.message, LONGEST_TEXT),
            )
            for found in sorted(a.quality, key=lambda found: _SEVERITY_ORDER.index(found.severity))
        ),
        tumours=() if a.tumours is None else tuple(_tumour(fact) for fact in a.tumours.tumours),
        burden=_burden(a),
        anatomy=_anatomy(a),
        scores=_scores(a, numbers),
    )


def _tumour(fact: TumourFact) -> TumourRow:
    outcome = fact.outcome
    tumour = outcome.tumour
    near = tumour.nearest_vessel
    margin = outcome.planned_margin_mm
    parts = sorted(tumour.parts_percent.items(), key=lambda item: -item[1])
    treated = outcome.is_treated
    return TumourRow(
        name=plain(tumour.name, 20),
        volume="vanished" if tumour.vanished else volume_text(tumour.volume_ml),
        diameter=number(tumour.longest_axial_diameter_mm, 0),
        parts=", ".join(plain(part, 30) for part, _ in parts) or NOT_KNOWN,
        vessel=f"{NOT_ASSESSED}: no vessels given"
        if near is None
        else f"{VESSEL_KINDS[near[0]].short} {number(near[1])}",
        fate=FATE_WORDS[outcome.fate],
        sign="!" if treated and fact.margin_grade in DOUBTFUL_GRADES else FATE_SIGNS[outcome.fate],
        margin=MISSING if margin is None else f"{number(margin)} ± {number(outcome.error_mm)}",
        grade=MARGIN_GRADE_TEXTS[fact.margin_grade],
        tone="below" if not treated else "between" if fact.margin_grade in DOUBTFUL_GRADES else "above",
    )


def _burden(a: Assessment) -> tuple[Row, ...]:
    burden = None if a.tumours is None else a.tumours.burden
    if burden is None:
        return ()
    sides = {True: "both hemilivers", False: "one hemiliver", None: f"sides {NOT_KNOWN}"}[burden.bilobar]
    rows = [
        Row("Tumours", f"{burden.count}, {sides}", f"{burden.ablatable} of at most 3 cm"),
        Row("Share of the liver", f"{volume_text(burden.burden_percent)} %"),
    ]
    if burden.debulked_percent is not None:
        rows.append(
            Row("Treated by the plan", f"{volume_text(burden.debulked_percent)} % of the tumour volume")
        )
    rows += [
        Row(BURDEN_WORDS[fact.key], f"{_amount(fact.value, fact.unit)} {fact.unit}".strip(), fact.verdict)
        for fact in burden.facts
    ]
    return tuple(rows)


def _amount(value: float, unit: str) -> str:
    return number(value, 0) if unit == "tumours" else number(value)


def _scores(a: Assessment, numbers: Mapping[tuple[str, str | None], int]) -> tuple[ScoreRow, ...]:
    """Scores that are made for this patient and plan; information beside the flag."""
    return tuple(
        ScoreRow(
            name=score.name,
            level="" if score.is_open else score.level_words,
            value=_score_value(score),
            rates=", ".join(
                f"{RATE_WORDS[rate]} {_ends(*ends)} %" for rate, ends in score.rates_percent.items()
            ),
            missing=plain(", ".join(score.missing), None),
            points=tuple(_point(point) for point in score.points),
            citation=numbers[score.reference.text, score.reference.doi],
        )
        for score in a.scores
        if score.applies
    )


def _score_value(score: Score) -> str:
    if score.low is None or score.high is None:
        return ""
    if score.key == "albi":
        return number(score.low, 2, ALBI_GRADE_ENDS).replace("-", "−")
    tumour = f", by {plain(score.tumour, 20)}" if score.tumour else ""
    return f"{_ends(score.low, score.high)} points{tumour}"


def _ends(low: float, high: float) -> str:
    """Both ends of a range, or the one number."""
    text = limit_text(low) if low == high else f"{limit_text(low)} to {limit_text(high)}"
    return text.replace("-", "−")


def _point(point: Point) -> PointRow:
    points = "" if point.low is None or point.high is None else _ends(point.low, point.high)
    doubts = {"unverified": "points unverified", "policy": "policy"}
    return PointRow(
        item=point.item,
        points=points,
        reason=plain(point.reason, LONGEST_TEXT),
        doubt=doubts.get(point.evidence, "") if points else "",
    )


_MIDDLE_VEIN = "MHV"


def _anatomy(a: Assessment) -> tuple[Row, ...]:
    """What a plan says about the structures that volumes do not tell."""
    caudate = (
        "kept; the remnant is given with and without it"
        if "caudate_kept" in a.notes
        else "leaves"
        if "caudate_resected" in a.notes
        else f"{NOT_KNOWN}: not drawn"
    )
    middle = (
        "leaves with the resection, as the plan names it"
        if _MIDDLE_VEIN in a.plan.structures
        else "side not stated in the plan"
    )
    found = () if a.perfusion is None else a.perfusion.vessels
    seen = next((vessel.outcome for vessel in found if vessel.name == _MIDDLE_VEIN), None)
    if seen is not None:
        middle += f"; {_OUTCOME_WORDS[seen]} by the vessels given"
    return (Row("Segment 1", caudate), Row("Middle hepatic vein", middle), *_blood(a), *_sheath(a))


_OUTCOME_WORDS = {
    "resected": "resected",
    "cut_off": "cut off from its root",
    "partly_lost": "partly lost",
    "spared": "preserved",
    "kept": "kept",
}


def _to_decide(vessel: VesselOutcome, decisive: Sequence[VesselOutcome]) -> str:
    """What the surgeon has to say: a vessel that a cut crosses, or that runs inside tissue that leaves."""
    if vessel.crossed and vessel in decisive:
        return f", {volume_text(vessel.lost_tissue_ml)} mL: crossed, preserve({vessel.name}) spares it"
    if not (vessel.doubtful and vessel.at_stake_ml > 0.0):
        return ""
    return f", runs {vessel.inside_mm:.0f} mm inside tissue that leaves: doubtful"


def _blood(a: Assessment) -> tuple[Row, ...]:
    """What becomes of each named vessel, and the tissue of the remnant that it no longer serves."""
    if a.perfusion is None:
        return ()
    if not a.perfusion.is_assessed:
        return (Row("Blood supply", NOT_ASSESSED),)
    rows = []
    for kind, label, lost_ml in (
        ("portal", "Without portal inflow", a.perfusion.devascularised_ml),
        ("hepatic", "Without venous outflow", a.perfusion.congested_ml),
    ):
        vessels = [
            f"{vessel.name} {_OUTCOME_WORDS[vessel.outcome]}{_to_decide(vessel, a.perfusion.lost_by)}"
            for vessel in a.perfusion.vessels
            if vessel.kind == kind and vessel.outcome != "kept"
        ]
        value = NOT_ASSESSED if lost_ml is None else f"{volume_text(lost_ml)} mL of the remnant"
        rows.append(Row(label, f"{value} ({', '.join(vessels)})" if vessels else value))
    return tuple(rows)


_SHEATH_LABELS = {
    "duct": ("Without bile drainage", "Bile ducts at the cut", "Nearest bile duct that stays"),
    "artery": ("Without arterial supply", "Arteries at the cut", "Nearest artery that stays"),
}


def _sheath(a: Assessment) -> tuple[Row, ...]:
    """What becomes of bile ducts and artery, where they are given."""
    rows: list[Row] = []
    for one in () if a.ducts_and_artery is None else a.ducts_and_artery.outcomes:
        lost, at_cut, nearest = _SHEATH_LABELS[one.kind]
        branches = [
            f"{branch.name} {_OUTCOME_WORDS[branch.outcome]}{_to_decide(branch, one.decisive)}"
            for branch in one.branches
            if branch.outcome != "kept"
        ]
        if not one.assessed:
            value = f"{NOT_ASSESSED}: {plain('; '.join(one.missing), LONGEST_TEXT)}"
        else:
            value = f"{volume_text(one.lost_ml)} mL of the remnant"
            if one.doubtful_ml is not None and one.doubtful_ml != one.lost_ml:
                value += f", {volume_text(one.doubtful_ml)} mL if what is doubtful cannot be preserved"
        rows.append(Row(lost, f"{value} ({', '.join(branches)})" if branches else value))
        if one.divided is not None:
            listed = ", ".join(f"{cut.name} about {number(cut.calibre_mm)} mm wide" for cut in one.divided)
            rows.append(Row(at_cut, f"{len(one.divided)} ({listed})" if listed else "0"))
        if one.nearest_kept_mm is not None:
            rows.append(
                Row(nearest, f"{number(one.nearest_kept_mm)} mm from what leaves ({one.nearest_kept})")
            )
    return tuple(rows)


def _volumes(a: Assessment) -> tuple[Row, ...]:
    bound = "lower bound" if a.volumes.lower_bound else ""
    rows = []
    for field, label in _VOLUMES:
        ml: float | None = getattr(a.volumes, field)
        share = ""
        if ml and field != "total_ml" and not bound:
            share = f"{volume_text(100.0 * ml / a.volumes.total_ml)} % of the liver"
        rows.append(Row(label, volume_text(ml), bound or share if ml is not None else "not measured"))
    return tuple(rows)


def _shares(a: Assessment) -> tuple[Row, ...]:
    values = a.measures.values()
    rows = []
    for measure in SHARES:
        value = values[measure]
        if value is None and measure in _ONLY_IF_KNOWN:
            continue
        if measure == "flr_percent_of_vauthey_2002" and value == values["flr_percent_of_standard"]:
            continue
        limits = limits_of(a, measure)
        shown = number(value, measure_digits(measure), limits)
        rows.append(
            Row(
                measure_words(measure),
                shown if value is None else f"{shown} {MEASURE_UNITS[measure]}",
                _share_note(a, measure, value),
            )
        )
    return tuple(rows)


def _share_note(a: Assessment, measure: str, value: float | None) -> str:
    if value is None:
        return plain(a.measures.reasons.get(measure, "not assessed"), LONGEST_TEXT)
    notes = []
    interval = a.intervals.get(measure)
    if interval is not None:
        level = f"{100.0 * interval.level:.0f} % interval"
        notes.append(f"{level} {span_text(a, measure)}")
        chances = [f"{limit}: {probability_percent(p)}" for limit, p in interval.probability_below.items()]
        if chances:
            notes.append(f"probability below {', '.join(chances)}")
    surgical = a.intervals.get(f"{measure}_surgical") if measure == "flr_percent_of_measured" else None
    if surgical is not None:
        notes.append(f"by the surgeon's cut alone {surgical.low:.1f}–{surgical.high:.1f}, not graded")
    notes += _perfused_note(a, measure)
    ungraded = a.measures.ungraded.get(measure) or _why_ungraded(a, measure)
    if ungraded:
        notes.append(f"shown, not graded: {plain(ungraded, LONGEST_TEXT)}")
    if measure == "standard_liver_volume_ml":
        notes.append(formula_words(a.provenance.standard_volume_formula))
    return "; ".join(notes)


_PERFUSED = {"perfused_flr_ml": "flr_ml", "perfused_flr_percent_of_measured": "flr_percent_of_measured"}


def _perfused_note(a: Assessment, measure: str) -> list[str]:
    """The range of a perfused measure, from congestion lost to congestion recovered."""
    plain_measure = _PERFUSED.get(measure)
    if a.perfusion is None or plain_measure is None or plain_measure not in a.perfusion.spans:
        return []
    span = a.perfusion.spans[plain_measure]
    unit = MEASURE_UNITS[measure]
    digits = measure_digits(measure)
    low, high, least = (number(value, digits) for value in (span.low, span.high, span.least))
    notes = [f"congestion lost; up to {high} {unit} if it recovers" if low != high else "no tissue congested"]
    if a.perfusion.doubtful_ml is not None:
        names = ", ".join(vessel.name for vessel in a.perfusion.in_doubt)
        notes.append(f"{least} {unit} if {names} cannot be preserved")
    if measure == "perfused_flr_ml" and a.perfusion.spared_ml is not None:
        spared = number(a.perfusion.spared_ml, digits)
        notes.append(f"{spared} {unit} if every vessel that the cut crosses is preserved")
    if measure == "perfused_flr_ml" and a.perfusion.rebuilt_ml is not None:
        notes.append(f"at most {number(a.perfusion.rebuilt_ml, digits)} {unit} with the vein reconstructed")
    return notes


def _why_ungraded(a: Assessment, measure: str) -> str:
    """Why no limit of a measure was applied, or nothing where one was or there is none."""
    found = [f for f in a.findings if f.criterion.measure == measure]
    if not found or any(f.value is not None for f in found):
        return ""
    return found[0].reason


_ROLE_WORDS = {
    "very_small": "very small",
    "minimum": "minimum",
    "band": "end of band",
    "body_size": "minimum",
    "caution": "caution",
    "function": "function test",
    "note": "noted",
    "context": "context",
}


def _finding(a: Assessment, finding: Finding, numbers: Mapping[tuple[str, str | None], int]) -> FindingRow:
    criterion = finding.criterion
    verdict = str(finding.verdict)
    value = number(finding.value, measure_digits(criterion.measure), [criterion.limit])
    profiles = a.provenance.conditions
    doubts = []
    if criterion.evidence == "unverified":
        doubts.append("unverified")
    if criterion.basis == "policy":
        doubts.append("site's limit" if criterion.evidence == "site" else "policy")
    return FindingRow(
        verdict=verdict,
        sign=VERDICT_SIGNS[verdict],
        words=VERDICT_WORDS[verdict],
        measure=short_measure_words(graded_measure(a, criterion.measure))
        + (", perfused" if is_perfused(a, criterion.measure, finding.value) else ""),
        value=f"{value} {criterion.unit}",
        limit=_limit(criterion),
        role=_ROLE_WORDS[criterion.role],
        profile=criterion.applies_to[0] if len(profiles) > 1 and len(criterion.applies_to) == 1 else "",
        citation=numbers[_source(criterion)],
        doubt=", ".join(doubts),
        note=criterion.note,
    )


def _limit(criterion: Criterion) -> str:
    """What meets the criterion, e.g. ``> 25 %``."""
    sign = ">" if criterion.fails_when == "at_or_below" else "≥"
    return f"{sign} {limit_text(criterion.limit)} {criterion.unit}"


def _missing(a: Assessment, numbers: Mapping[tuple[str, str | None], int]) -> tuple[MissingRow, ...]:
    grouped: dict[tuple[str, str], list[Criterion]] = {}
    for finding in a.findings:
        if str(finding.verdict) == "not_assessed":
            key = (finding.criterion.measure, finding.reason)
            grouped.setdefault(key, []).append(finding.criterion)
    return tuple(
        MissingRow(
            measure=short_measure_words(graded_measure(a, measure)),
            reason=plain(reason, LONGEST_TEXT),
            limits=", ".join(dict.fromkeys(_limit(c) for c in criteria)),
            citations=tuple(dict.fromkeys(numbers[_source(c)] for c in criteria)),
        )
        for (measure, reason), criteria in grouped.items()
    )


def _context(a: Assessment) -> tuple[Row, ...]:
    """What the remnant lacks to each limit, and its share under other formulas: shown, never graded."""
    rows = []
    judged = {(f.criterion.measure, f.criterion.limit): f for f in a.findings}
    for short in a.context.shortfalls:
        found = judged.get((short.measure, short.limit))
        exceed = found is not None and found.criterion.fails_when == "at_or_below"
        if short.short_ml:
            needed = [f"{volume_text(short.short_ml)} mL short"]
            if short.growth_needed_percent is not None:
                needed.append(f"growth of {volume_text(short.growth_needed_percent)} % needed")
        elif short.short_ml is not None and found is not None and found.verdict == "falls_short":
            needed = ["exactly at the limit, more is needed"]
        else:
            continue
        limit = f"{short_measure_words(short.measure)} {limit_text(short.limit)} {short.unit}"
        label = f"To {'exceed' if exceed else 'reach'} {limit}"
        rows.append(Row(label, ", ".join(needed), " ".join(GROWTH_NOTE_TEXTS[note] for note in short.notes)))
    others = sorted(
        (other.flr_percent_of_standard, other.key)
        for other in a.context.other_standards
        if other.flr_percent_of_standard is not None
    )
    for label, unverified in (("other formulas", False), ("unverified formulas", True)):
        listed = [
            f"{formula_words(key)} {number(percent)}"
            for percent, key in others
            if (LIVER_VOLUME_FORMULAS[key].evidence == "unverified") is unverified
        ]
        if listed:
            rows.append(Row(f"Share of a standard volume by {label}, %", ", ".join(listed)))
    return (*rows, *_bare(a), *_achieved(a))


def _achieved(a: Assessment) -> tuple[Row, ...]:
    """What a zone after ablation covers of each tumour, where one is drawn."""
    zone = a.ablated_zone
    if zone is None:
        return ()
    healthy = f"{volume_text(zone.healthy_lost_ml)} mL of it functional liver"
    covered = (
        "" if zone.tumour_percent is None else f"; {number(zone.tumour_percent)} % of all tumour covered"
    )
    rows = [Row("Ablated zone in the liver", f"{volume_text(zone.zone_ml)} mL", healthy + covered)]
    if zone.reason:
        rows.append(Row("Margin of ablation", NOT_ASSESSED, zone.reason))
    for one in zone.tumours:
        margin = (
            f"no unablated liver within {FARTHEST_MM:g} mm"
            if one.least_margin_mm is None
            else f"least margin {number(one.least_margin_mm)} ± {number(one.margin_error_mm)} mm"
        )
        below = ", ".join(
            f"{number(percent)} % below {mm.removesuffix('_mm')} mm"
            for mm, percent in one.below_percent.items()
        )
        label = f"{plain(one.name, 20)} in the ablated zone"
        rows.append(Row(label, f"{number(one.covered_percent)} % covered", f"{margin}; surface: {below}"))
    if zone.untouched:
        rows.append(Row("Not near the ablated zone", plain(", ".join(zone.untouched), None)))
    return tuple(rows)


def _bare(a: Assessment) -> tuple[Row, ...]:
    """Functional liver and remnant without drawn vessels, where somebody asked for them."""
    bare = a.without_vessels
    if bare is None:
        return ()
    title, remnant = "Functional liver without drawn vessels", "Remnant without drawn vessels"
    if bare.functional_ml is None:
        return (Row(title, NOT_ASSESSED, bare.reason),)
    share = (
        bare.reason
        if bare.flr_percent_of_measured is None
        else f"{number(bare.flr_percent_of_measured)} % of the functional liver without drawn vessels"
    )
    return (
        Row(title, f"{volume_text(bare.functional_ml)} mL", f"vessels {volume_text(bare.vessels_ml)} mL"),
        Row(remnant, f"{volume_text(bare.flr_ml)} mL", share),
    )


_CHECK_ORDER = ("against", "not shown", "accepted", "shown", "not applicable")
_NAMED_ALONE = ("shown", "not applicable")


def checklist(rows: Sequence[Evidence]) -> tuple[Row, ...]:
    """The reassurance table in a few lines: the rows that are shown together, every other with its evidence.

    >>> rows = [Evidence(row="side", status="shown", evidence="8 segments"),
    ...         Evidence(row="reviewed", status="not shown", evidence="nobody says so")]
    >>> [(row.label, row.value) for row in checklist(rows)]
    [('○ not shown', 'reviewed (nobody says so)'), ('✓ shown', 'side')]
    """
    lines = []
    for status in _CHECK_ORDER:
        held = [row for row in rows if row.status == status]
        if status in _NAMED_ALONE:
            words = ", ".join(row.row for row in held)
        else:
            words = "; ".join(f"{row.row} ({_evidence(row)})" for row in held)
        if held:
            lines.append(Row(f"{STATUS_SIGNS[status]} {status}", plain(words, None)))
    return tuple(lines)


def common_checklist(plans: Sequence[Sequence[Evidence]]) -> tuple[Row, ...]:
    """The reassurance tables of several plans in a few lines; what holds for some names their numbers.

    >>> rows = [Evidence(row="side", status="shown", evidence="8 segments"),
    ...         Evidence(row="tumours", status="against", evidence="one is left")]
    >>> [(row.label, row.value) for row in common_checklist([rows, rows[:1]])]
    [('✗ against', 'tumours (one is left) [plan 1]'), ('✓ shown', 'side')]
    """
    lines = []
    for status in _CHECK_ORDER:
        held: dict[str, list[int]] = {}
        for order, rows in enumerate(plans, start=1):
            for row in rows:
                if row.status == status:
                    words = row.row if status in _NAMED_ALONE else f"{row.row} ({_evidence(row)})"
                    held.setdefault(words, []).append(order)
        said = [f"{words}{_of_plans(numbers, len(plans))}" for words, numbers in held.items()]
        if said:
            between = ", " if status in _NAMED_ALONE else "; "
            lines.append(Row(f"{STATUS_SIGNS[status]} {status}", plain(between.join(said), None)))
    return tuple(lines)


def _of_plans(numbers: Sequence[int], count: int) -> str:
    if len(numbers) == count:
        return ""
    return f" [plan{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}]"


def _evidence(row: Evidence) -> str:
    given = ", ".join(part for part in (row.reason, row.who) if part)
    if row.status != "accepted":
        return row.evidence
    return f"{row.evidence}; accepted{f': {given}' if given else ' by the user'}"


def what_if(assessments: Sequence[Assessment]) -> tuple[Comparison, ...]:
    """The remnants under every background, and under every standard volume: a column per plan.

    Empty where nothing was graded so.
    """
    plans = what_if_record(assessments).plans
    titles = tuple(plan_titles(assessments))
    profiles, standards = (
        list(zip(*(getattr(plan, name) for plan in plans), strict=True)) for name in ("profiles", "standards")
    )
    tables = []
    if profiles:
        rows = tuple(
            (
                f"{row[0].profile}{' (given)' if row[0].given else ''}: "
                f"{', '.join(limit_text(limit) for limit in row[0].limits_percent)} %",
                tuple(
                    f"{TONE_SIGNS[one.level or 'unknown']} {FLAG_WORDS[one.flag_by_volume]}" for one in row
                ),
            )
            for row in profiles
        )
        tables.append(Comparison(titles, rows, WHAT_IF_PROFILES))
    shown = [row for row in standards if any(one.flr_percent_of_standard is not None for one in row)]
    if shown:
        rows = tuple((_standard_words(row[0]), tuple(_standard_share(one) for one in row)) for row in shown)
        tables.append(Comparison(titles, rows, WHAT_IF_STANDARDS))
    return tuple(tables)


WHAT_IF_PROFILES = (
    "Flag by volume under each background, with its limits of the measured share; every other fact as given. "
    "▲ ◆ ▼: the remnant lies above, between or below the limits."
)
WHAT_IF_STANDARDS = (
    "Share of the standard volume by each formula, %, and where it lies on the limits as given. "
    "The limits belong to Vauthey 2002 (BSA); on other formulas this is a comparison and grades nothing."
)


def _standard_words(row: WhatIfStandard) -> str:
    doubt = ", unverified" if row.evidence == "unverified" else ""
    return f"{formula_words(row.formula)}{' (graded)' if row.graded else doubt}"


def _standard_share(row: WhatIfStandard) -> str:
    if row.flr_percent_of_standard is None:
        return MISSING
    sign = f"\N{NO-BREAK SPACE}{TONE_SIGNS[row.level]}" if row.level is not None else ""
    return f"{number(row.flr_percent_of_standard, 1, row.limits_percent)}{sign}"


def _in_rows(assessments: Sequence[Assessment], plans: Sequence[PlanContent]) -> PlansInRows:
    by_title = dict(zip(plan_titles(assessments), plans, strict=True))
    missing = beneath(
        {title: plan.not_shown for title, plan in by_title.items()},
        {title: plan.accepted for title, plan in by_title.items()},
    )
    return plans_in_rows(assessments, " ".join(filter(None, (missing, limits_beneath(assessments)))))


def _patient(a: Assessment, identify: bool) -> tuple[Row, ...]:
    patient = a.patient
    background = fact_of("conditions").label
    rows = [Row(background, ", ".join(a.provenance.conditions), "as given with the case")]
    if a.provenance.conditions == ("unknown",):
        rows = [Row(background, NOT_KNOWN)]
    for fact in PATIENT_FACTS:
        shown = "" if fact.key == "conditions" else _shown(fact, getattr(patient, fact.key), identify)
        if shown:
            rows.append(Row(fact.label, shown))
        if fact.key == "height_cm":
            rows += _size(a)
    return tuple(rows)


_CASE_LINE = ("age_years", "sex", "weight_kg", "height_cm", "conditions", "diagnosis")


def _case_line(a: Assessment, identify: bool) -> tuple[str, ...]:
    """Who and what this is about, in a line: patient, day of the scan, who looked at the segmentation."""
    said = {}
    for fact in PATIENT_FACTS:
        value = a.provenance.conditions if fact.key == "conditions" else getattr(a.patient, fact.key)
        said[fact.key] = _shown(fact, value, identify)
    if said["conditions"]:
        said["conditions"] = f"background {said['conditions']}"
    words = [said[key] for key in _CASE_LINE if said[key]]
    taken = a.provenance.source.scan.date
    day = [] if taken is None else [f"scan {taken.isoformat()}"]
    return (*words, *day, _segmentation(a.provenance.source).note)


def _size(a: Assessment) -> list[Row]:
    """What weight and height make together."""
    rows = []
    surface = a.measures.values()["bsa_m2"]
    if surface is not None:
        rows.append(
            Row("Body surface area", f"{number(surface, 3)} m²", formula_words(a.provenance.bsa_formula))
        )
    if a.patient.bmi_kg_per_m2 is not None:
        rows.append(Row("Body mass index", f"{number(a.patient.bmi_kg_per_m2)} kg/m²"))
    return rows


def _shown(fact: Fact, value: object, identify: bool) -> str:
    """A fact about the patient as a report writes it; empty while it is not known."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        if fact.other_units:
            return fact.in_units(value)
        private = fact.private_above is not None and value > fact.private_above and not identify
        told = f"above {fact.private_above:g}" if private else limit_text(value)
        if fact.digits is not None:
            told = number(value, fact.digits)
        # Powers of ten stand behind a number as its factor.
        return f"{told} {'·' if fact.unit[:1].isdigit() else ''}{fact.unit}".rstrip()
    if isinstance(value, tuple):
        return ", ".join(words_of(word) for word in value)
    return fact.shown.get(value, value) if isinstance(value, str) else ""


def _scan_date(source: Source, today: date | None) -> Row:
    taken = source.scan.date
    if taken is None:
        return Row(fact_of("date").label, NOT_KNOWN, f"age of the scan {NOT_KNOWN}")
    if today is None:
        return Row(fact_of("date").label, taken.isoformat())
    days = (today - taken).days
    if days < 0:
        return Row(
            fact_of("date").label,
            taken.isoformat(),
            f"after the day of this report ({today}): check the date",
        )
    age = f"{days} day{'' if days == 1 else 's'}"
    return Row(fact_of("date").label, taken.isoformat(), f"{age} before this report of {today.isoformat()}")


def _phase(source: Source) -> Row:
    said = "as the description of the series says" if source.scan.phase_from_description else ""
    return Row(fact_of("phase").label, plain(source.scan.phase or NOT_KNOWN, None), said)


def _segmentation(source: Source) -> Row:
    """Who or what drew the labels, and whether somebody has looked at them."""
    reviewed = {True: "reviewed", False: "not reviewed", None: "review not known"}[source.reviewed]
    by = source.scan.segmented_by or source.segmentation_source
    if source.scan.segmented_by and source.segmentation_source:
        by = f"{source.scan.segmented_by}; labels as of {source.segmentation_source}"
    return Row("Segmentation", plain(by or f"source {NOT_KNOWN}", None), reviewed)


def _slices(source: Source, grid: Mapping[str, object]) -> Row:
    """Thickness where it is known, and the distance between slices, which always is."""
    orientation, spacing = str(grid.get("orientation", "")), grid.get("spacing_mm")
    apart = ""
    if isinstance(spacing, Sequence) and len(spacing) == len(orientation) == 3:
        across = next((n for n, letter in enumerate(orientation) if letter in "SI"), 2)
        apart = f"{limit_text(round(float(spacing[across]), 3))} mm apart, head to foot"
    thickness_mm = source.scan.slice_thickness_mm
    shown = NOT_KNOWN if thickness_mm is None else f"{limit_text(round(thickness_mm, 3))} mm"
    return Row(fact_of("slice_thickness_mm").label, shown, apart)


def _segment_4(a: Assessment) -> str:
    parts = a.volumes.parts_ml
    if {"4a", "4b"} & set(parts):
        return "drawn as 4a and 4b"
    return "drawn whole" if "4" in parts else "not drawn"


def _scan(a: Assessment, today: date | None) -> tuple[Row, ...]:
    source, grid = a.provenance.source, a.provenance.grid
    spacing = grid.get("spacing_mm")
    size = (
        " × ".join(limit_text(round(float(step), 3)) for step in spacing) + " mm"
        if isinstance(spacing, Sequence)
        else NOT_KNOWN
    )
    tumour = a.volumes.tumour_ml
    subtracted = (
        f"{NOT_KNOWN}: no tumour mask was given"
        if tumour is None
        else f"yes, {number(tumour)} mL"
        if tumour > 0
        else "nothing to subtract"
    )
    return (
        _scan_date(source, today),
        _phase(source),
        _slices(source, grid),
        Row("Voxel size", size, str(grid.get("orientation", ""))),
        _segmentation(source),
        Row("Label scheme", plain(source.scheme or NOT_KNOWN, 80)),
        Row("Tumour subtracted", subtracted),
        Row("Segment 4", _segment_4(a)),
        Row(fact_of("variants").label, plain(source.scan.variants or NOT_ASSESSED, None)),
    )


def _method(a: Assessment) -> tuple[Row, ...]:
    provenance = a.provenance
    rows = [
        Row(
            "Body surface",
            formula_words(provenance.bsa_formula),
            _formula_doubt(BSA_FORMULAS.get(provenance.bsa_formula)),
        ),
        Row(
            "Standard liver volume",
            formula_words(provenance.standard_volume_formula),
            _formula_doubt(LIVER_VOLUME_FORMULAS.get(provenance.standard_volume_formula)),
        ),
        Row(
            "Grading",
            "on the worse of measured and standardised share",
            "this toolkit's policy; unrounded values are compared",
        ),
    ]
    if provenance.limits is not None:
        site = provenance.limits
        values = (site.very_small_percent, site.minimum_percent, site.band_percent)
        rows.append(
            Row(
                "Site's own limits",
                ", ".join(limit_text(v) for v in values) + " %",
                plain(site.source, LONGEST_TEXT),
            )
        )
    if provenance.accepted:
        rows.append(Row("Accepted by the user", ", ".join(plain(key, 60) for key in provenance.accepted)))
    if provenance.errors.source != DEFAULT_SOURCE:
        rows.append(Row("Errors of measurement", plain(provenance.errors.source, LONGEST_TEXT)))
    rows.append(Row("Software", f"flr {provenance.flr_version}"))
    return tuple(rows)


def _formula_doubt(row: BsaFormula | LiverVolumeFormula | None) -> str:
    return "unverified" if row is not None and row.evidence == "unverified" else ""
