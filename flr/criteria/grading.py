"""From measures to findings, and from findings to a flag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, get_args

from flr.criteria import texts
from flr.criteria.body_size import PLATELETS_LOW_10E9_PER_L
from flr.criteria.function_tests import FUNCTION_CRITERIA
from flr.criteria.model import (
    Criterion,
    Finding,
    Flag,
    Grade,
    MeasuredInterval,
    SiteLimits,
    Verdict,
    with_digits,
)
from flr.criteria.percentages import MEASURED, STANDARD, percent_criteria
from flr.criteria.profiles import Requirement, criteria_of, percent_limits, profiles_of
from flr.errors import UsageError
from flr.formulas import DEFAULT_BSA_FORMULA, DEFAULT_LIVER_VOLUME_FORMULA
from flr.measures import Measures
from flr.patient import Patient

Intent = Literal["cure", "debulking"]
RemnantTumour = Literal["none", "present", "unknown"]

_NOT_GIVEN = "not given"

# Patient field of the test behind each function measure: the rows apply once the test was done.
_TEST_FIELDS = {
    "hbs_percent_per_min_per_m2": "hbs_percent_per_min_per_m2",
    "planned_residual_limax_ug_per_kg_per_h": "limax_ug_per_kg_per_h",
    "icg_clearance_of_remnant_per_min": "icg_r15_percent",
}


class _Level(IntEnum):
    """Where a share lies in its profile; the smaller, the worse."""

    BELOW = 0
    BAND = 1
    ABOVE = 2


@dataclass(frozen=True, slots=True)
class _Graded:
    """One share on one profile."""

    profile: str
    measure: str
    level: _Level | None
    band_percent: tuple[float, float]


def grade(
    measures: Measures,
    patient: Patient,
    *,
    remnant_tumour: RemnantTumour,
    intent: Intent = "cure",
    blocked: Sequence[str] = (),
    unbelievable: Sequence[str] = (),
    measured_interval: MeasuredInterval | None = None,
    limits: SiteLimits | None = None,
    graded_standard: bool = True,
) -> Grade:
    """Grade a remnant on every criterion of the patient's profiles, and flag it.

    Parameters
    ----------
    measures : Measures
    patient : Patient
    remnant_tumour : {"none", "present", "unknown"}
        Tumour that the plan leaves untreated in the remnant.
    intent : {"cure", "debulking"}
    blocked : sequence of str
        Why nothing may be reassuring, one sentence each: quality errors, segments that were
        estimated, a liver cut off by the scan.
    unbelievable : sequence of str
        Why the volumes themselves cannot be believed, one sentence each: then nothing is graded on them, in
        either direction, and no treatment is named.
    measured_interval : interval or None
        Of the measured share, in percent; a limit inside it is noted as near.
    limits : SiteLimits or None
        A site's own limits for the percentages.
    graded_standard : bool
        False leaves the standardised share ungraded. When True and another standard liver formula
        was chosen, the share of the Vauthey 2002 volume is graded, which the limits belong to.

    Returns
    -------
    Grade

    Raises
    ------
    UsageError
        If ``remnant_tumour`` or ``intent`` is none of the above.

    Notes
    -----
    Values are compared unrounded. Grading on the worse of the measured and the standardised share
    is this toolkit's policy. A reassuring flag needs everything its profiles ask for; a cautious
    one needs a single metric.

    Examples
    --------
    >>> from flr.measures import relate
    >>> patient = Patient(weight_kg=70, height_cm=170, condition="normal")
    >>> measures = relate(flr_ml=400, functional_ml=1500, patient=patient)
    >>> grade(measures, patient, remnant_tumour="none").flag
    'borderline'
    """
    _check_choice("remnant_tumour", remnant_tumour, get_args(RemnantTumour))
    _check_choice("intent", intent, get_args(Intent))
    blocked = (blocked,) if isinstance(blocked, str) else tuple(blocked)
    unbelievable = (unbelievable,) if isinstance(unbelievable, str) else tuple(unbelievable)
    profiles = tuple(profile.key for profile in profiles_of(patient))
    rows = criteria_of(patient, limits)
    if patient.is_child:
        return _not_applicable(rows, profiles)

    values, reasons = _values(measures, patient, graded_standard=graded_standard)
    findings = tuple(_finding(row, values, reasons) for row in (*rows, *_function_rows(patient)))
    verdicts = {finding.criterion.key: finding.verdict for finding in findings}
    shares = [
        _share(profile, measure, verdicts, limits)
        for profile in profiles
        for measure in _measures_of(profile, limits)
    ]
    levels = [share.level for share in shares if share.level is not None]
    body_short = _any_short(findings, "body_size")
    function_short = _any_short(findings, "function")
    below = body_short or _Level.BELOW in levels
    unassessed = tuple(
        f
        for f in findings
        if f.verdict is Verdict.NOT_ASSESSED and f.criterion.role not in ("function", "note")
    )
    near = _near_limits(measured_interval, patient, limits, assessed=values[MEASURED] is not None)

    notes = dict.fromkeys(("artery_and_bile_duct_not_assessed",), "")
    blocks = _blocks(patient, measures, remnant_tumour, unassessed, blocked, graded_standard=graded_standard)
    if unbelievable:
        text = " ".join((texts.NOTE_TEXTS["volumes_unbelievable"], *unbelievable))
        blocks = {"volumes_unbelievable": text} | blocks
    notes |= blocks
    notes |= _remarks(
        patient,
        measures,
        findings,
        shares,
        intent,
        remnant_tumour,
        near,
        limits,
        graded_standard=graded_standard,
    )
    triggers = (
        ("indeterminate",)
        if unbelievable
        else _triggers(
            below=below,
            levels=levels,
            function_short=function_short,
            blocked=bool(blocks or unassessed),
            leaves_tumour=remnant_tumour == "present" and intent == "cure",
            donor=patient.is_donor,
        )
    )
    if unbelievable:  # they speak of treatment, which no such volume can ask for
        for key in ("very_small_remnant", "some_centres_accept_20"):
            notes.pop(key, None)
    note_texts = {key: text or texts.NOTE_TEXTS[key] for key, text in notes.items()}
    headline = _headline(
        triggers,
        patient,
        shares,
        verdicts,
        very_small="very_small_remnant" in notes,
        near=near,
        reasons=[note_texts[key] for key in blocks],
    )
    return Grade(
        flag=triggers[0],
        triggers=triggers,
        headline=headline,
        findings=findings,
        notes=tuple(notes),
        note_texts=note_texts,
        profiles=profiles,
    )


# --- values and findings ----------------------------------------------------------------------


def _values(
    measures: Measures, patient: Patient, *, graded_standard: bool
) -> tuple[dict[str, float | None], dict[str, str]]:
    """What is compared with limits, by measure, and why a value is not."""
    values = measures.values()
    reasons = dict(measures.reasons)
    values[STANDARD] = values["flr_percent_of_vauthey_2002"]
    reasons[STANDARD] = measures.reasons.get("flr_percent_of_vauthey_2002", "")
    if "flr_percent_of_vauthey_2002" in measures.ungraded:
        values[STANDARD], reasons[STANDARD] = None, measures.ungraded["flr_percent_of_vauthey_2002"]
    elif not graded_standard:
        values[STANDARD] = None
        reasons[STANDARD] = f"the limits are for {DEFAULT_LIVER_VOLUME_FORMULA}, another formula was chosen"
    values["hbs_percent_per_min_per_m2"] = patient.hbs_percent_per_min_per_m2
    if patient.is_biliary and patient.remnant_drained is not True:
        values["icg_clearance_of_remnant_per_min"] = None
        reasons["icg_clearance_of_remnant_per_min"] = (
            "indocyanine green clearance is not valid in undrained jaundice"
        )
    return values, reasons


def _function_rows(patient: Patient) -> tuple[Criterion, ...]:
    return tuple(row for row in FUNCTION_CRITERIA if getattr(patient, _TEST_FIELDS[row.measure]) is not None)


def _finding(row: Criterion, values: Mapping[str, float | None], reasons: Mapping[str, str]) -> Finding:
    value = values[row.measure]
    verdict = row.judge(value)
    if verdict is Verdict.NOT_ASSESSED or value is None:
        return Finding(row, None, Verdict.NOT_ASSESSED, reasons.get(row.measure) or _NOT_GIVEN)
    value_text, limit_text = with_digits(value, row.limit)
    side = "exactly at" if value == row.limit else "above" if value > row.limit else "below"
    whose = " of the Vauthey 2002 volume" if row.measure == STANDARD else ""
    return Finding(
        row, value, verdict, f"{value_text} {row.unit}{whose} is {side} the limit of {limit_text} {row.unit}"
    )


def _not_applicable(rows: Iterable[Criterion], profiles: tuple[str, ...]) -> Grade:
    notes = ("artery_and_bile_duct_not_assessed", "no_cut_off_under_18")
    reason = texts.NOTE_TEXTS["no_cut_off_under_18"]
    return Grade(
        flag="not_applicable",
        triggers=("not_applicable",),
        headline=texts.not_applicable_headline(),
        findings=tuple(Finding(row, None, Verdict.NOT_ASSESSED, reason) for row in rows),
        notes=notes,
        note_texts={key: texts.NOTE_TEXTS[key] for key in notes},
        profiles=profiles,
    )


def _any_short(findings: Iterable[Finding], role: str) -> bool:
    return any(f.criterion.role == role and f.verdict is Verdict.FALLS_SHORT for f in findings)


# --- levels -----------------------------------------------------------------------------------


def _measures_of(profile: str, limits: SiteLimits | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.measure for row in percent_criteria(profile, limits)))


def _share(profile: str, measure: str, verdicts: Mapping[str, Verdict], limits: SiteLimits | None) -> _Graded:
    rows = {row.role: row for row in percent_criteria(profile, limits) if row.measure == measure}
    minimum = rows["minimum"]
    end = rows.get("band", minimum)  # without a band, the minimum is where the profile passes
    level = None
    if verdicts[minimum.key] is Verdict.FALLS_SHORT:
        level = _Level.BELOW
    elif verdicts[end.key] is Verdict.FALLS_SHORT:
        level = _Level.BAND
    elif verdicts[minimum.key] is verdicts[end.key] is Verdict.MEETS:
        level = _Level.ABOVE
    return _Graded(profile, measure, level, (minimum.limit, end.limit))


def _near_limits(
    interval: MeasuredInterval | None, patient: Patient, limits: SiteLimits | None, *, assessed: bool
) -> tuple[float, ...]:
    """Limits of the measured share inside its interval."""
    if interval is None or not assessed:
        return ()
    return tuple(limit for limit in percent_limits(patient, limits) if interval.low <= limit <= interval.high)


# --- what blocks reassurance, and what else is remarked: note key → own text, or "" for the standard one ---


def _blocks(
    patient: Patient,
    measures: Measures,
    remnant_tumour: RemnantTumour,
    unassessed: Sequence[Finding],
    blocked: Sequence[str],
    *,
    graded_standard: bool,
) -> dict[str, str]:
    notes: dict[str, str] = {}
    missing = {finding.criterion.measure for finding in unassessed}
    if measures.ungradable is not None:
        notes["shares_not_graded"] = (
            f"Percentages and ratios to the body are not graded: {measures.ungradable}."
        )
    elif MEASURED in missing:
        notes["measured_share_unknown"] = ""
    if missing - {MEASURED} and patient.weight_kg is None:
        notes["weight_unknown"] = ""
    if missing & {STANDARD, "flr_per_bsa_ml_per_m2"} and patient.height_cm is None:
        notes["height_unknown"] = ""
    if STANDARD in missing and "flr_percent_of_vauthey_2002" in measures.ungraded:
        reason = measures.ungraded["flr_percent_of_vauthey_2002"]
        notes["body_size_out_of_range"] = f"The standardised share is not graded: {reason}."
    if STANDARD in missing and not graded_standard:
        notes["formula_threshold_mismatch"] = ""
    for profile in profiles_of(patient):
        for requirement in profile.requires:
            unmet = _unmet(requirement, patient)
            if unmet is not None:
                notes[unmet] = ""
    if remnant_tumour == "unknown":
        donor = patient.is_donor
        notes["tumour_status_unknown"] = texts.NOTE_TEXTS["tumour_status_unknown_donor"] if donor else ""
    if blocked:
        notes["reassurance_blocked"] = " ".join(("Reassurance is blocked.", *blocked))
    if unassessed and not notes:
        reasons = dict.fromkeys(finding.reason for finding in unassessed)
        notes["shares_not_graded"] = f"Not everything could be graded: {'; '.join(reasons)}."
    return notes


def _unmet(requirement: Requirement, patient: Patient) -> str | None:
    """The note of a requirement that is unknown or adverse, or None where it is met."""
    match requirement:
        case "background_known":
            return "background_unknown"
        case "child_pugh_a":
            if patient.child_pugh is None:
                return "child_pugh_unknown"
            return None if patient.child_pugh == "A" else "child_pugh_not_a"
        case "no_portal_hypertension":
            if patient.portal_hypertension is None:
                return "portal_hypertension_unknown"
            return "portal_hypertension_present" if patient.portal_hypertension else None
        case "remnant_drained":
            if patient.remnant_drained is None:
                return "remnant_drainage_unknown"
            return None if patient.remnant_drained else "drain_remnant_first"


def _remarks(
    patient: Patient,
    measures: Measures,
    findings: Sequence[Finding],
    shares: Sequence[_Graded],
    intent: Intent,
    remnant_tumour: RemnantTumour,
    near: tuple[float, ...],
    limits: SiteLimits | None,
    *,
    graded_standard: bool,
) -> dict[str, str]:
    notes: dict[str, str] = {}
    short = {f.criterion.key: f for f in findings if f.verdict is Verdict.FALLS_SHORT}
    if remnant_tumour == "present":
        notes["tumour_in_remnant" if intent == "cure" else "tumour_left_by_intent"] = ""
    very_small = [f.criterion for f in short.values() if f.criterion.role == "very_small"]
    if very_small:
        text = texts.very_small_text(alpps=_alpps_may_be_named(patient))
        limit = max(row.limit for row in very_small)
        notes["very_small_remnant"] = f"At or below {limit:g} %. {text}"
    if near:
        listed = ", ".join(f"{limit:g} %" for limit in near)
        notes["near_cutoff"] = (
            f"Grey zone: the measured share is within measurement error of the limit of {listed}."
        )
    if any(
        one.profile == other.profile and None not in (one.level, other.level) and one.level != other.level
        for one in shares
        for other in shares
    ):
        notes["measured_vs_standardised_discordant"] = ""
    if _between_20_and_25_in_a_normal_liver(shares, very_small, limits):
        notes["some_centres_accept_20"] = ""
    if _any_short(findings, "function"):
        notes["function_below_cutoff"] = ""
    if "limax_stockmann_2010_strong" in short:
        notes["limax_strong_caution"] = ""
    if _any_short(findings, "note"):
        notes["icg_clearance_contested"] = ""
    platelets = patient.platelets_10e9_per_l
    if "body_weight_navarro_2020" in short and platelets is not None and platelets < PLATELETS_LOW_10E9_PER_L:
        notes["platelets_low_high_risk_pair"] = ""
    if measures.standard_volume_formula != DEFAULT_LIVER_VOLUME_FORMULA or not graded_standard:
        notes["formula_threshold_mismatch"] = ""
    if measures.bsa_formula != DEFAULT_BSA_FORMULA:
        notes["bsa_formula_mismatch"] = ""
    for profile in profiles_of(patient):
        notes |= dict.fromkeys(profile.notes, "")
    if any(share.measure == STANDARD for share in shares):
        notes["worse_of_measured_and_standard_is_policy"] = ""
    if limits is not None:
        notes["site_limits"] = f"The percentage limits are a site's own: {limits.source}."
    return notes


def _between_20_and_25_in_a_normal_liver(
    shares: Sequence[_Graded], very_small: Sequence[Criterion], limits: SiteLimits | None
) -> bool:
    """Below the minimum of 25 % and above 20 %, nothing but a normal liver, published limits."""
    only_normal = {share.profile for share in shares} == {"normal"}
    below = any(share.level is _Level.BELOW for share in shares)
    return only_normal and below and not very_small and limits is None


def _alpps_may_be_named(patient: Patient) -> bool:
    return not (patient.is_biliary or "cirrhosis" in patient.conditions or patient.is_donor)


# --- flag and headline ------------------------------------------------------------------------


def _triggers(
    *,
    below: bool,
    levels: Sequence[_Level],
    function_short: bool,
    blocked: bool,
    leaves_tumour: bool,
    donor: bool,
) -> tuple[Flag, ...]:
    """Every row of the flag table that applies, most dominant first."""
    if below:
        if donor:
            return ("below_donor_minimum",)
        return ("consider_two_stage",) if leaves_tumour else ("consider_pve",)
    triggers: list[Flag] = []
    if leaves_tumour and levels:
        triggers.append("plan_leaves_tumour")
    if blocked or not levels:
        triggers.append("indeterminate")
    if _Level.BAND in levels or function_short:
        triggers.append("borderline")
    return tuple(triggers) or ("adequate",)


def _headline(
    triggers: Sequence[Flag],
    patient: Patient,
    shares: Sequence[_Graded],
    verdicts: Mapping[str, Verdict],
    *,
    very_small: bool,
    near: tuple[float, ...],
    reasons: Sequence[str],
) -> str:
    cirrhosis = "cirrhosis" in patient.conditions
    match triggers[0]:
        case "below_donor_minimum":
            failed = any(s.profile == "donor" and s.level is _Level.BELOW for s in shares)
            text = texts.donor_headline(donor_row_failed=failed)
        case "consider_two_stage":
            text = texts.two_stage_headline(biliary=patient.is_biliary, cirrhosis=cirrhosis)
        case "consider_pve":
            text = texts.pve_headline(biliary=patient.is_biliary, cirrhosis=cirrhosis, very_small=very_small)
        case "plan_leaves_tumour":
            complete = "indeterminate" not in triggers
            text = texts.leaves_tumour_headline(donor=patient.is_donor, complete=complete)
        case "indeterminate":
            text = texts.indeterminate_headline(reasons)
        case "borderline":
            bands = [share.band_percent for share in shares if share.level is _Level.BAND]
            text = texts.borderline_headline(max(bands, key=lambda band: band[1], default=None))
        case "adequate":
            return texts.adequate_headline(near=bool(near))
        case "not_applicable":
            return texts.not_applicable_headline()
    if near:
        listed = ", ".join(f"{limit:g} %" for limit in near)
        text = (
            text.removesuffix(texts.REVIEW)
            + f"Within measurement error of the limit of {listed}. {texts.REVIEW}"
        )
    return text


def _check_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UsageError(f"{name} is {value!r}; expected one of {', '.join(known)}")
