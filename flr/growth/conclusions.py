"""What a follow-up comes to: limits, flag, what is still needed, notes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from flr.assessment import Assessment
from flr.case import WEIGHT_CHANGE_PERCENT, Case
from flr.checks import blocks_grading
from flr.criteria import FLAGS, Because, Finding, Flag, Verdict
from flr.criteria.growth import (
    DH,
    DH_RIBERO,
    EMBOLISATIONS,
    GRADABLE_DAYS,
    GROWTH_UNITS,
    HBS_BETWEEN_STAGES,
    HBS_TOMASSINI,
    KGR_RELATIVE_TOMASSINI,
    KGR_SHINDOH,
    PublishedGrowth,
    judge_growth,
    level_after_embolisation,
    published_growth,
    why_not_gradable,
)
from flr.criteria.texts import REVIEW, is_named_by, unbelievable_headline
from flr.documented import Documented
from flr.errors import UsageError
from flr.formulas import growth as formulas
from flr.frozen import FrozenMapping
from flr.growth.rates import SCAN_SD_PP, Z_OF_LEVEL, Growth, projection_interval_weeks
from flr.growth.scans import ScanResult, not_comparable
from flr.liver import (
    Liver,
)
from flr.measures import GROWTH_NOTE_TEXTS, Shortfall
from flr.patient import Patient
from flr.plans.staged import PROCEDURES, Procedure
from flr.quality import QualityFinding
from flr.reassurance import IMAGE_ROWS
from flr.units import DAYS_PER_WEEK

_OF_TREATMENT: Final = ("very_small_remnant", "some_centres_accept_20", "embolisation_not_an_option")
NOTE_TEXTS: Final[Mapping[str, str]] = FrozenMapping(
    {
        "growth_adequate": "Growth since the procedure meets its published limit.",
        "slow_growth": "Growth was slow: the standardised rate is below 2.0 pp/week "
        "(Shindoh 2013: 21.6 % insufficiency below, 0 % at or above).",
        "growth_uncertain": "The standardised rate reaches 2.0 pp/week, but is below it with a "
        "probability of "
        "more than 10 % by the error of measurement: at best borderline.",
        "growing_early": "The remnant grows clearly, but before day 14 no growth is adequate: rescan "
        "after day "
        "14 to 21, or a function test.",
        "growth_too_early": "Before day 14 no growth is adequate: rescan after day 14 to 21, or a "
        "function test.",
        "late_growth_small": "The rate is not graded by its day, and the degree of hypertrophy is not "
        "clearly "
        "above 7.5 pp (Shindoh 2013).",
        "hypertrophy_small": "The degree of hypertrophy is 5 pp or less (Ribero 2007).",
        "volumes_unbelievable": "The volumes of the scans cannot be believed together, so nothing is "
        "graded on "
        "them.",
        "rescan_or_wait": "The remnant grows but is still below the minimum.",
        "augmentation_insufficient": "The remnant is below the minimum and its growth below a limit.",
        "growth_not_graded": "Growth could not be compared with a limit.",
        "earlier_scan_not_shown": "A scan that growth is measured from is not shown in all.",
        "accepted_between_scans": "A check of another scan, or of the scans together, was accepted: at best "
        "borderline.",
        "early_rate_reads_high": "The first scan is before day 14, when the rate reads high and does not "
        "tell who "
        "reaches the volume: 5.4 ± 4 in the first week, 1.5 ± 2 later; 7 ± 4 in those who reached it, 4.3 "
        "± 2 in "
        "those who did not, p = 0.4 (PMC6414468).",
        "rate_not_gradable": "The rate is shown and not graded.",
        "growth_within_error": "The change is within measurement error: it may not be growth at all.",
        "growth_beyond_error": "The change is larger than measurement error.",
        "weight_changed": "The body weight moved by more than 5 % since the baseline; the standard volume "
        "stays that of the baseline weight.",
        "scans_not_comparable": "Phase, modality or slice thickness changed between the scans.",
        "phase_unknown": "The contrast phase of a scan is not given; phases that differ change volumes.",
        "procedure_unknown": "What happened between the scans is not given; rates need a procedure.",
        "alpps_growth_slow": "The relative rate is 4.1 %/day or less (Tomassini 2020).",
        "alpps_high_risk": "Relative rate and mebrofenin uptake are both at or below their limits: high "
        "risk at stage 2 of ALPPS (Tomassini 2020).",
        "function_test_needed": "Between the stages of ALPPS volume overstates function: a function test "
        "after stage 1 is needed (Olthof 2017).",
        "function_below_cutoff": "A function test is below its published cut-off.",
        "current_liver_after_resection": "After a resection shares are of the current functional liver, "
        "not of the one before; published regrowth is 91 % of the volume before in donors, 81 % in "
        "colorectal patients (32 patients, PMC3621216).",
        "projection_is_optimistic": "Weeks are from the mean rate so far; growth slows with time (5.4 ± 4 in "
        "the first week, 1.5 ± 2 later, PMC6414468), so the true time is longer. Not a date.",
        "function_image_not_registered_here": "The function image is laid over the scan by its own "
        "coordinates; whether the two are aligned is not checked.",
        "no_follow_up_yet": "There is no scan after a procedure yet.",
        **GROWTH_NOTE_TEXTS,
    }
)
"""Every note that a follow-up can add to those of the last scan, by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthNeed:
    """What brings the remnant of the last scan to one limit, and at the mean rate so far in which time.

    Parameters
    ----------
    shortfall : Shortfall
    weeks, low_weeks, high_weeks : float or None
        From the last scan; the ends are of the 95 % interval, ``high_weeks`` is None where it has no end.
    reason : str
        Why there is no time.
    """

    shortfall: Shortfall
    weeks: float | None
    low_weeks: float | None
    high_weeks: float | None
    reason: str

    def __post_init__(self) -> None:
        """Refuse a time that was not earned."""
        if self.weeks is None and not self.reason:
            raise UsageError("a projection without a time needs its reason; this is a fault in flr")


@dataclass(frozen=True, kw_only=True)
class FollowUp(Documented):
    """Several scans of one plan. For review by a multidisciplinary team, never a decision.

    Parameters
    ----------
    case_id : str
    scans : tuple of ScanResult
    growth : Growth or None
        Of the last scan; its rates are of the first scan after the procedure, which alone defines them.
    growth_scan, rate_scan : int or None
        Number of the scan that the growth and the rates are of.
    procedure : str or None
        The last one.
    findings : tuple of Finding
    needs : tuple of GrowthNeed
    published : tuple of PublishedGrowth
        What growth was published after such a procedure.
    flag, triggers, because, flag_by_volume, headline, notes, note_texts
        As in an assessment; the flag can only be as or more cautious than that of the last scan.
    quality : tuple of QualityFinding
        Of the scans together; those of each scan are in its assessment.
    """

    case_id: str
    scans: tuple[ScanResult, ...]
    growth: Growth | None
    growth_scan: int | None
    rate_scan: int | None
    procedure: Procedure | None
    findings: tuple[Finding, ...]
    needs: tuple[GrowthNeed, ...]
    published: tuple[PublishedGrowth, ...]
    flag: Flag
    triggers: tuple[Flag, ...]
    because: Because | None
    flag_by_volume: Flag
    headline: str
    notes: tuple[str, ...]
    note_texts: Mapping[str, str]
    quality: tuple[QualityFinding, ...]

    @property
    def last(self) -> ScanResult:
        """The latest scan."""
        return self.scans[-1]


def conclude(
    case: Case,
    results: tuple[ScanResult, ...],
    livers: Sequence[Liver],
    quality: tuple[QualityFinding, ...],
    *,
    accepted: bool,
) -> FollowUp:
    """What the scans of a case come to together: growth against its limits, the flag, what is needed."""
    last = results[-1]
    first_after = next(
        r for r in results if r.reference == last.reference and case.is_first_after(r.number - 1)
    )
    growth = _growth_with_rates(last, first_after)
    rate_days = None if first_after.growth is None else first_after.growth.since_procedure_days
    base = last.assessment
    doubt = _doubt(results, quality)
    graded_procedure = None if base.patient.is_donor else last.scan.after
    findings = judge_growth(
        graded_procedure,
        {**growth.values(), HBS_BETWEEN_STAGES: base.patient.hbs_percent_per_min_per_m2},
        _reasons(base, growth, doubt),
        days=rate_days,
    )
    needs = tuple(_need(row, last, growth, doubt) for row in base.context.shortfalls)
    triggers, by_volume, notes = _flags(last, growth, findings, graded_procedure, rate_days, quality)
    unshown = "" if triggers[0] == "not_applicable" else _not_shown_before(results)
    if unshown:
        notes["earlier_scan_not_shown"] = unshown
        triggers = _with_indeterminate(triggers)
    if accepted or _accepted_before(results):
        notes["accepted_between_scans"] = ""
        if by_volume == "adequate":
            by_volume = "borderline"
        if triggers[0] == "adequate":
            triggers = ("borderline",)
    notes |= _remarks(case, results, livers, growth, rate_days, needs)
    texts = _note_texts(results, notes)
    return FollowUp(
        case_id=case.id,
        scans=results,
        growth=growth,
        growth_scan=last.number,
        rate_scan=first_after.number,
        procedure=last.scan.after,
        findings=findings,
        needs=needs,
        published=_published(base.patient, last.scan.after),
        flag=triggers[0],
        triggers=triggers,
        because=_because(triggers[0], notes, base),
        flag_by_volume=by_volume,
        headline=_headline(triggers[0], last, texts, notes, quality),
        notes=tuple(texts),
        note_texts=FrozenMapping(texts),
        quality=quality,
    )


def _growth_with_rates(last: ScanResult, first_after: ScanResult) -> Growth:
    """Growth of the last scan, with the rates of the first scan after the procedure.

    Growth slows, so that a later scan reads a lower rate.
    """
    growth = last.growth
    assert growth is not None  # there are two scans, and every one but the first has a reference
    rates = first_after.growth
    if first_after is last or rates is None:
        return growth
    of_rates = {name: reason for name, reason in rates.reasons.items() if "rate" in name or "kgr" in name}
    return replace(
        growth,
        kgr_standardised_pp_per_week=rates.kgr_standardised_pp_per_week,
        growth_rate_measured_pp_per_week=rates.growth_rate_measured_pp_per_week,
        kgr_relative_percent_per_day=rates.kgr_relative_percent_per_day,
        kgr_absolute_ml_per_day=rates.kgr_absolute_ml_per_day,
        kgr_sd_pp_per_week=rates.kgr_sd_pp_per_week,
        reasons={**growth.reasons, **of_rates},
    )


def _reasons(base: Assessment, growth: Growth, doubt: str) -> dict[str, str]:
    """Why a definition of growth is not compared with its limit."""
    reasons = dict(growth.reasons)
    ungraded = base.measures.ungraded.get("flr_percent_of_vauthey_2002")
    if ungraded:
        reasons |= {DH: ungraded, "kgr_standardised_pp_per_week": ungraded}
    child = "no adult limit applies below 18 years" if base.patient.is_child else ""
    for reason in (child, doubt):
        if reason:
            reasons |= dict.fromkeys((*GROWTH_UNITS, HBS_BETWEEN_STAGES), reason)
    return reasons


def _note_texts(results: Sequence[ScanResult], notes: Mapping[str, str]) -> dict[str, str]:
    """Notes of the last scan and of the follow-up → their texts."""
    last = results[-1]
    base_notes = {note: last.assessment.note_texts[note] for note in last.assessment.notes}
    if last.scan.after in ("lvd", "alpps") and "very_small_remnant" in base_notes:
        # Its sentence proposes what has been done already.
        base_notes["very_small_remnant"] = "The remnant is very small."
    if "perfusion_unverified" in base_notes:
        base_notes["perfusion_unverified"] = _perfusion_unverified(results)
    texts = base_notes | {key: text or NOTE_TEXTS[key] for key, text in notes.items()}
    if "volumes_unbelievable" not in notes:
        return texts
    # They speak of treatment, which no such volume can ask for.
    of_treatment = {*_OF_TREATMENT, *GROWTH_NOTE_TEXTS}
    return {note: text for note, text in texts.items() if note not in of_treatment}


def _published(patient: Patient, procedure: Procedure | None) -> tuple[PublishedGrowth, ...]:
    """Growth as published, without procedures that are no option for this patient and were not done."""
    if patient.is_donor or patient.embolisation_excluded_by:
        return ()
    rows = published_growth(procedure)
    if procedure == "alpps" or patient.alpps_may_be_named:
        return rows
    return tuple(row for row in rows if "alpps" not in row.procedures)


def _perfusion_unverified(results: Sequence[ScanResult]) -> str:
    """Why blood supply is not assessed at the last scan, of which the notes are, and where it is."""
    last = results[-1]
    given = last.assessment.perfusion is not None
    why = "its vessels could not be used" if given else "no vessels are given for it"
    said = f"Inflow and outflow of the remnant are not assessed at scan {last.number}: {why}."
    earlier = []
    for one in results[:-1]:
        blood = one.assessment.perfusion
        if blood is not None and blood.is_assessed:
            remnant = (
                "plain remnant, of which little is lost" if blood.is_within_error else "perfused remnant"
            )
            earlier.append(f"Scan {one.number} has vessels; its own flag is graded on the {remnant}.")
    return " ".join([said, *earlier])


def _doubt(results: Sequence[ScanResult], quality: Sequence[QualityFinding]) -> str:
    """Why growth cannot be computed from these volumes; empty where it can."""
    if any(blocks_grading(found) for found in quality):
        return "the volumes of the scans cannot be believed together"
    last = results[-1]
    compared = [one for one in results if one.number == last.reference or one.reference == last.reference]
    doubted = [f"{one.number}" for one in compared if one.assessment.is_unbelievable]
    return f"the volumes of scan {' and '.join(doubted)} cannot be believed" if doubted else ""


def _compared_before(results: Sequence[ScanResult]) -> list[ScanResult]:
    """The earlier scans that the last one is compared with."""
    *earlier, last = results
    return [one for one in earlier if one.number == last.reference or one.reference == last.reference]


def _not_shown_before(results: Sequence[ScanResult]) -> str:
    """What the images of the scans that growth is measured from leave open; the last one's own flag says its.

    Facts about the patient are the same at every scan, and of the last one they are graded.
    """
    said = []
    for one in _compared_before(results):
        open_rows = [
            row.row for row in one.assessment.reassurance if row.row in IMAGE_ROWS and row.is_missing
        ]
        if open_rows:
            said.append(f"{', '.join(open_rows)} of scan {one.number}")
    return f"Not yet shown: {'; '.join(said)}, which growth is measured from." if said else ""


def _with_indeterminate(triggers: Sequence[Flag]) -> tuple[Flag, ...]:
    """The triggers where something is not shown: nothing reassures, and what is below a minimum stays so."""
    together: set[Flag] = {"indeterminate", *triggers} - {"adequate"}
    return tuple(sorted(together, key=FLAGS.index))


def _accepted_before(results: Sequence[ScanResult]) -> bool:
    """Whether a check was accepted of a scan that the last one is compared with; its own caps its flag."""
    return any(row.check for one in _compared_before(results) for row in one.assessment.reassurance)


def _flags(
    last: ScanResult,
    growth: Growth,
    findings: Sequence[Finding],
    procedure: Procedure | None,
    rate_days: int | None,
    quality: Sequence[QualityFinding],
) -> tuple[tuple[Flag, ...], Flag, dict[str, str]]:
    """Triggers of the last scan with what growth adds, the flag by volume, and the notes that say why."""
    base = last.assessment
    if base.flag == "not_applicable":
        return ("not_applicable",), "not_applicable", {}
    if any(blocks_grading(found) for found in quality):
        return ("indeterminate",), "indeterminate", {"volumes_unbelievable": ""}
    added: set[Flag] = set()
    notes: dict[str, str] = {}
    below = base.is_below_minimum
    if any(found.severity == "error" for found in quality):
        added.add("indeterminate")
    if procedure in EMBOLISATIONS:
        more, notes = _after_embolisation(growth, findings, rate_days, below=below)
        added |= more
    elif procedure == "alpps":
        more, notes = _after_alpps(base, findings, below=below)
        added |= more
    together: set[Flag] = {flag for flag in FLAGS if flag in base.triggers} | added
    if len(together) > 1:
        together.discard("adequate")
    apart = [flag for flag in FLAGS if (flag in base.triggers and flag != "indeterminate") or flag in added]
    return tuple(sorted(together, key=FLAGS.index)), (apart or [base.flag_by_volume])[0], notes


def _because(flag: Flag, notes: Mapping[str, str], base: Assessment) -> Because | None:
    if flag != "indeterminate":
        return None
    return "volumes" if "volumes_unbelievable" in notes or base.because == "volumes" else "not_shown"


def _after_embolisation(
    growth: Growth, findings: Sequence[Finding], rate_days: int | None, *, below: bool
) -> tuple[set[Flag], dict[str, str]]:
    verdicts = {finding.criterion.key: finding.verdict for finding in findings}
    rate, hypertrophy = verdicts[KGR_SHINDOH.key], verdicts[DH_RIBERO.key]
    days = growth.since_procedure_days
    if below:
        early = days is not None and days < GRADABLE_DAYS[0] and hypertrophy is not Verdict.NOT_ASSESSED
        not_graded = rate is Verdict.NOT_ASSESSED
        grows = rate is Verdict.MEETS or (not_graded and hypertrophy is Verdict.MEETS)
        notes = {"augmentation_insufficient": ""} if Verdict.FALLS_SHORT in (rate, hypertrophy) else {}
        if grows or early:
            notes["rescan_or_wait"] = ""
        return set(), notes or {"growth_not_graded": ""}
    interval = growth.kgr_interval
    level = level_after_embolisation(
        findings,
        days=days,
        rate_days=rate_days,
        slow_probability=None if interval is None else interval.probability_below[f"{KGR_SHINDOH.limit:g}"],
        surely_grows=growth.low_pp is not None and growth.low_pp > 0.0,
    )
    notes = {level: ""}
    if level == "slow_growth" and hypertrophy is Verdict.FALLS_SHORT:
        notes = {"hypertrophy_small": ""} if rate is Verdict.MEETS else {**notes, "hypertrophy_small": ""}
    if level == "growth_uncertain" and interval is not None:
        chance = interval.probability_below[f"{KGR_SHINDOH.limit:g}"]
        notes[level] = (
            f"The standardised rate reaches 2.0 pp/week, but is below it with a probability of "
            f"{100.0 * chance:.0f} % by the error of measurement (95 % interval {interval.low:.2f} to "
            f"{interval.high:.2f} pp/week): at best borderline."
        )
    added: dict[str, set[Flag]] = {"growth_adequate": set(), "growth_not_graded": {"indeterminate"}}
    return added.get(level, {"borderline"}), notes


def _after_alpps(
    base: Assessment, findings: Sequence[Finding], *, below: bool
) -> tuple[set[Flag], dict[str, str]]:
    verdicts = {finding.criterion.key: finding.verdict for finding in findings}
    slow = verdicts[KGR_RELATIVE_TOMASSINI.key] is Verdict.FALLS_SHORT
    weak = verdicts[HBS_TOMASSINI.key] is Verdict.FALLS_SHORT
    untested = verdicts[HBS_TOMASSINI.key] is Verdict.NOT_ASSESSED
    notes = {}
    if slow:
        notes["alpps_growth_slow"] = ""
    if weak:
        notes["function_below_cutoff"] = ""
    if slow and weak:
        notes["alpps_high_risk"] = ""
    if untested:
        notes["function_test_needed"] = ""
    if below:
        return set(), {**notes, "rescan_or_wait": ""}
    added: set[Flag] = set()
    if slow or weak:
        added.add("borderline")
    if untested:
        added.add("indeterminate")
    if verdicts[KGR_RELATIVE_TOMASSINI.key] is Verdict.NOT_ASSESSED:
        notes["growth_not_graded"] = ""
        added.add("indeterminate")
    return added, notes


def _remarks(
    case: Case,
    results: Sequence[ScanResult],
    livers: Sequence[Liver],
    growth: Growth,
    rate_days: int | None,
    needs: Sequence[GrowthNeed],
) -> dict[str, str]:
    last = results[-1]
    reference = results[(last.reference or 1) - 1]
    notes: dict[str, str] = {}
    if growth.is_real is not None:
        low, high = growth.low_pp, growth.high_pp
        shown = growth.degree_of_hypertrophy_pp
        shown = growth.degree_of_hypertrophy_measured_pp if shown is None else shown
        interval = f" ({shown:+.1f} pp, 95 % interval {low:+.1f} to {high:+.1f} pp)"
        key = "growth_beyond_error" if growth.is_real else "growth_within_error"
        notes[key] = NOTE_TEXTS[key].removesuffix(".") + interval + "."
    procedure = last.scan.after
    if procedure is None:
        notes["procedure_unknown"] = ""
    if procedure == "resection":
        notes["current_liver_after_resection"] = ""
    if procedure in EMBOLISATIONS and rate_days is not None:
        why = why_not_gradable(rate_days)
        if why:
            notes["rate_not_gradable"] = f"The rate is shown and not graded: {why}."
        if rate_days < GRADABLE_DAYS[0]:
            notes["early_rate_reads_high"] = ""
    changes = [r.weight_change_percent for r in results if r.weight_change_percent is not None]
    if any(abs(change) > WEIGHT_CHANGE_PERCENT for change in changes):
        notes["weight_changed"] = ""
    differences = not_comparable(reference.scan, last.scan, livers[reference.number - 1], livers[-1])
    if differences:
        notes["scans_not_comparable"] = f"Changed between scans {reference.number} and {last.number}: " + (
            ", ".join(differences) + "; part of the growth may be that."
        )
    if reference.scan.phase is None or last.scan.phase is None:
        notes["phase_unknown"] = ""
    if any(result.function for result in results):
        notes["function_image_not_registered_here"] = ""
    for need in needs:
        notes |= dict.fromkeys(need.shortfall.notes, "")
        if need.weeks:
            notes["projection_is_optimistic"] = ""
    return notes


def _need(row: Shortfall, last: ScanResult, growth: Growth, doubt: str) -> GrowthNeed:
    """What one limit needs, with a time only where the standardised share grows after an embolisation."""
    share = last.assessment.measures.flr_percent_of_vauthey_2002
    days = growth.since_procedure_days
    gain = growth.degree_of_hypertrophy_pp
    reason = ""
    if row.reason:
        reason = row.reason
    elif row.short_ml == 0.0:
        return GrowthNeed(shortfall=row, weeks=0.0, low_weeks=0.0, high_weeks=0.0, reason="")
    elif doubt:
        reason = doubt
    elif row.measure != "flr_percent_of_standard":
        reason = "only the standardised share has a rate"
    elif last.scan.after not in EMBOLISATIONS:
        reason = "a rate in pp/week is for an embolisation"
    elif why_not_gradable(days):
        reason = why_not_gradable(days)
    elif share is None or gain is None or days is None or not gain > 0:
        reason = "the remnant did not grow"
    if reason or share is None or gain is None or days is None:
        return GrowthNeed(
            shortfall=row, weeks=None, low_weeks=None, high_weeks=None, reason=reason or "unknown"
        )
    weeks = formulas.weeks_to_target(row.limit, share, gain / (days / DAYS_PER_WEEK))
    half_pp = gain - growth.low_pp if growth.low_pp is not None else Z_OF_LEVEL * math.sqrt(2.0) * SCAN_SD_PP
    low, high = projection_interval_weeks(
        row.limit, share, gain, days=days, sd_pp=half_pp / (Z_OF_LEVEL * math.sqrt(2.0))
    )
    return GrowthNeed(shortfall=row, weeks=weeks, low_weeks=low, high_weeks=high, reason="")


def _headline(
    flag: Flag,
    last: ScanResult,
    texts: Mapping[str, str],
    notes: Mapping[str, str],
    quality: Sequence[QualityFinding],
) -> str:
    base = last.assessment
    procedure = last.scan.after
    error = " The change is within measurement error." if "growth_within_error" in notes else ""
    doubts = " ".join(f"{found.message[:1].upper()}{found.message[1:]}." for found in quality)
    if "volumes_unbelievable" in notes:
        return unbelievable_headline((texts["volumes_unbelievable"], doubts))
    if flag in ("not_applicable", "below_donor_minimum") or procedure in (None, "resection"):
        of_scans = [
            texts[key] for key in ("earlier_scan_not_shown", "accepted_between_scans") if key in notes
        ]
        return " ".join(part for part in (*of_scans, doubts, base.headline) if part)
    after = f"after {PROCEDURES[procedure]}"
    if base.is_below_minimum:
        options = _options_below(base, procedure, texts, notes)
        tumour = " Tumour lies in the remnant." if "tumour_in_remnant" in base.notes else ""
        bar = texts.get("embolisation_not_an_option", "")
        named = [fact for fact in base.against if not is_named_by(bar, fact)]
        lead = "".join(f"{part} " for part in (bar, *named) if part)
        return (
            f"{base.opening} {lead}Below the minimum used for this background {after}: {'; '.join(options)}."
            f"{tumour}{error} {REVIEW}"
        )
    said = " ".join(
        texts[key]
        for key in (
            "slow_growth",
            "hypertrophy_small",
            "growth_uncertain",
            "growing_early",
            "growth_too_early",
            "late_growth_small",
            "growth_adequate",
            "alpps_high_risk",
            "alpps_growth_slow",
            "function_test_needed",
            "growth_not_graded",
            "earlier_scan_not_shown",
            "accepted_between_scans",
        )
        if key in notes and not (key == "alpps_growth_slow" and "alpps_high_risk" in notes)
    )
    if flag == "borderline" and base.flag == "adequate":
        return f"Above the volume minimum {after}. {said or texts['function_below_cutoff']}{error} {REVIEW}"
    if flag == "indeterminate" and base.flag != "indeterminate":
        reasons = " ".join(part for part in (said, doubts) if part)
        return f"Inputs are missing, outside validated ranges, or metrics disagree. {reasons}{error} {REVIEW}"
    return f"{base.headline.removesuffix(REVIEW).rstrip()} {said}{error} {REVIEW}".replace("  ", " ")


def _options_below(
    base: Assessment, procedure: Procedure, texts: Mapping[str, str], notes: Mapping[str, str]
) -> list[str]:
    """What is left to discuss below the minimum; embolisation and ALPPS only where they are eligible."""
    barred = "embolisation_not_an_option" in texts
    vein = procedure == "pve" and not barred
    rescue = ["hepatic vein embolisation"] if vein else []
    if procedure != "alpps" and base.patient.alpps_may_be_named and not barred:
        rescue.append("in selected patients ALPPS")
    rescue.append("a non-resection strategy")
    options = []
    if "rescan_or_wait" in notes or "growth_not_graded" in notes:
        options.append(f"wait and rescan{', or add hepatic vein embolisation' if vein else ''}")
    if barred:
        options.append("another plan, ablation or referral to discuss")
    elif "augmentation_insufficient" in notes:
        options.append(f"rescue options to discuss: {', '.join(rescue)}")
    return options
