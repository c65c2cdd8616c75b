"""From measures to findings, and from findings to a flag."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from statistics import NormalDist
from typing import Literal, get_args

from flr.criteria import rules, showing, texts
from flr.criteria.adverse import (
    AdverseFact,
    Effect,
    Extent,
    adverse_facts,
    embolisation_bar,
    embolisation_condition,
    function_limits_apply,
)
from flr.criteria.function_tests import FUNCTION_CRITERIA, RESIDUAL_LIMAX
from flr.criteria.model import (
    BELOW_MINIMUM,
    Criterion,
    Finding,
    Flag,
    Grade,
    MeasuredInterval,
    SiteLimits,
    Verdict,
    with_digits,
)
from flr.criteria.options import eligible, named
from flr.criteria.percentages import MEASURED, STANDARD, percent_criteria
from flr.criteria.profiles import Requirement, criteria_of, percent_limits, profiles_of
from flr.errors import UsageError
from flr.formulas import DEFAULT_BSA_FORMULA, DEFAULT_LIVER_VOLUME_FORMULA
from flr.measures import Measures
from flr.patient import Patient
from flr.plans.plan import Intent
from flr.quality import Acceptance, Evidence, settled
from flr.words import measure_digits, number

RemnantTumour = Literal["none", "present", "unknown"]

_NOT_GIVEN = "not given"

# Patient field of the test behind each function measure: the rows apply once the test was done.
_TEST_FIELDS = {
    "hbs_percent_per_min_per_m2": "hbs_percent_per_min_per_m2",
    "limax_ug_per_kg_per_h": "limax_ug_per_kg_per_h",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is graded: a remnant, for whom, and by which limits."""

    measures: Measures
    patient: Patient
    intent: Intent
    remnant_tumour: RemnantTumour
    removed_tumour: RemnantTumour
    limits: SiteLimits | None
    graded_standard: bool
    is_perfused: bool

    @property
    def leaves_tumour(self) -> bool:
        """Whether tumour stays in the remnant against the intent."""
        return self.remnant_tumour == "present" and self.intent == "cure"

    @property
    def profiles(self) -> tuple[str, ...]:
        """Keys of the patient's profiles."""
        return tuple(profile.key for profile in profiles_of(self.patient))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What a remnant came to: values by measure, findings, and where the shares lie in their profiles."""

    findings: tuple[Finding, ...]
    shares: Sequence[_Graded]
    spread: _Spread
    large_body: bool

    @property
    def values(self) -> dict[str, float | None]:
        """Values by measure, each in its own unit."""
        return self.spread.values

    @property
    def short(self) -> dict[str, Criterion]:
        """Criteria that the remnant falls short of, by key."""
        return {f.criterion.key: f.criterion for f in self.findings if f.verdict is Verdict.FALLS_SHORT}

    @property
    def very_small(self) -> list[Criterion]:
        """Limits of a very small remnant that it falls short of."""
        return [row for row in self.short.values() if row.role == "very_small" and self.below]

    @property
    def unassessed(self) -> tuple[Finding, ...]:
        """Findings without a verdict that a reassuring flag would need."""
        return tuple(
            f
            for f in self.findings
            if f.verdict is Verdict.NOT_ASSESSED and f.criterion.role not in ("function", "note", "caution")
        )

    @property
    def levels(self) -> list[_Level]:
        """Where each graded share lies."""
        return [share.level for share in self.shares if share.level is not None]

    @property
    def below(self) -> bool:
        """Whether the remnant is below a minimum; by the measured share where the body is very large."""
        if self.large_body and self.values[MEASURED] is not None:
            return any(s.level is _Level.BELOW for s in self.shares if s.measure == MEASURED)
        return self._is_any_below

    @property
    def is_discordant(self) -> bool:
        """Whether only rows of a very large body say that the remnant is below a minimum."""
        return self._is_any_below and not self.below

    @property
    def _is_any_below(self) -> bool:
        return self.any_short("body_size") or _Level.BELOW in self.levels

    def any_short(self, role: str) -> bool:
        """Whether the remnant falls short of a criterion of this role."""
        return any(row.role == role for row in self.short.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Situation:
    """What flag and headline are made of, beside the shares.

    ``removed_tumour`` is None where no tumour stays in the remnant against the intent; ``bar`` says why
    embolisation is not an option, ``condition`` what it still depends on.
    """

    below: bool
    levels: Sequence[_Level]
    function_short: bool
    facts: Sequence[AdverseFact]
    blocks: Mapping[str, str]
    rows: Sequence[Evidence]
    unassessed: bool
    removed_tumour: RemnantTumour | None
    bar: str
    condition: str
    hbs_short: bool
    growth_needed_percent: float
    very_small: bool
    near_percent: tuple[float, ...]
    eligible: frozenset[str]

    @property
    def missing(self) -> list[Evidence]:
        """Rows that keep the flag from being reassuring and that no other flag names."""
        return [row for row in self.rows if row.is_missing]

    @property
    def caps(self) -> list[str]:
        """Why the flag is at best ``borderline``, one sentence each: given facts, and what was accepted."""
        accepted = [
            f"{row.check} was accepted: at best borderline." for row in self.rows if row.check is not None
        ]
        background = next((row for row in self.rows if row.row == "background"), None)
        if "background_unknown" in self.blocks and background is not None and background.status == "accepted":
            accepted.append("The background is not given, which was accepted: at best borderline.")
        return [*self.facts_that("cap"), *accepted]

    @property
    def uncertain(self) -> bool:
        """Whether a sentence of its own says how probably a share is at or below its minimum."""
        return any(fact.key == "certainty_low" for fact in self.facts)

    @property
    def is_beyond_growth(self) -> bool:
        """Whether the growth needed is more than published augmentation reaches on average."""
        return rules.GROWTH_MEDIAN.holds(self.growth_needed_percent)

    def facts_that(self, *effects: Effect) -> list[str]:
        """Sentences of the given facts with one of these effects."""
        return [fact.text for fact in self.facts if fact.effect in effects]


def grade(
    measures: Measures,
    patient: Patient,
    *,
    remnant_tumour: RemnantTumour,
    intent: Intent = "cure",
    rows: Sequence[Evidence] = (),
    accepted: Sequence[Acceptance] = (),
    unbelievable: Sequence[str] = (),
    measured_interval: MeasuredInterval | None = None,
    limits: SiteLimits | None = None,
    standard_interval: MeasuredInterval | None = None,
    graded_standard: bool = True,
    extent: Extent | None = None,
    removed_tumour: RemnantTumour = "unknown",
    doubts: Sequence[AdverseFact] = (),
    is_perfused: bool = False,
) -> Grade:
    """Grade a remnant on every criterion of the patient's profiles, and flag it.

    Parameters
    ----------
    measures : Measures
    patient : Patient
    remnant_tumour : {"none", "present", "unknown"}
        Tumour that the plan leaves untreated in the remnant.
    intent : {"cure", "debulking"}
    rows : sequence of Evidence
        Of the rows of the reassurance table that rest on the image, the files and the review, as
        :func:`flr.reassurance.image_rows` makes them. A row for which there is none is not asked for.
    accepted : sequence of Acceptance
        Rows for which somebody takes responsibility where they are not shown.
    unbelievable : sequence of str
        Why the volumes themselves cannot be believed, one sentence each: then nothing is graded on them, in
        either direction, and no treatment is named.
    measured_interval : interval or None
        Of the measured share, in percent; a limit inside it is noted as near.
    standard_interval : interval or None
        Of the standardised share by the error of measurement alone, in percent.
    limits : SiteLimits or None
        A site's own limits for the percentages.
    graded_standard : bool
        False leaves the standardised share ungraded. When True and another standard liver formula
        was chosen, the share of the Vauthey 2002 volume is graded, which the limits belong to.
    extent : Extent or None
        What leaves; where nothing is known of it, every resection counts as major unless the remnant's share
        says otherwise.
    removed_tumour : {"none", "present", "unknown"}
        Tumour in the part that leaves.
    doubts : sequence of AdverseFact
        What else bears on the flag, such as a vessel of which it is doubtful that it can be preserved.
    is_perfused : bool
        The remnant is the part that keeps its blood supply, which the headline says.

    Returns
    -------
    Grade

    Raises
    ------
    UsageError
        If ``remnant_tumour``, ``removed_tumour`` or ``intent`` is none of the above.

    Notes
    -----
    Values are compared unrounded. Grading on the worse of the measured and the standardised share
    is this toolkit's policy. A reassuring flag needs everything its profiles ask for, no given fact
    against it (`flr.criteria.adverse`) and every row of the reassurance table shown; a cautious one needs a
    single metric.

    Examples
    --------
    >>> from flr.measures import relate
    >>> patient = Patient(weight_kg=70, height_cm=170, condition="normal")
    >>> measures = relate(flr_ml=400, functional_ml=1500, patient=patient)
    >>> grade(measures, patient, remnant_tumour="none").flag
    'borderline'
    """
    _check_choice("remnant_tumour", remnant_tumour, get_args(RemnantTumour))
    _check_choice("removed_tumour", removed_tumour, get_args(RemnantTumour))
    _check_choice("intent", intent, get_args(Intent))
    unbelievable = (unbelievable,) if isinstance(unbelievable, str) else tuple(unbelievable)
    asked = _Asked(
        measures=measures,
        patient=patient,
        intent=intent,
        remnant_tumour=remnant_tumour,
        removed_tumour=removed_tumour,
        limits=limits,
        graded_standard=graded_standard,
        is_perfused=is_perfused,
    )
    if patient.is_child:
        return _not_applicable(criteria_of(patient, limits), asked.profiles, settled(rows, accepted))
    compared = _compare(asked, {MEASURED: measured_interval, STANDARD: standard_interval})
    situation = _situation(asked, compared, extent or Extent(), rows, accepted, doubts)
    notes = _notes(asked, compared, situation, rows)
    if unbelievable:
        return _unbelievable(compared.findings, notes, unbelievable, situation, asked.profiles)
    return _flagged(asked, compared, situation, notes)


def _compare(asked: _Asked, intervals: Mapping[str, MeasuredInterval | None]) -> _Compared:
    """Every value of the remnant against every limit of the patient."""
    patient, limits = asked.patient, asked.limits
    values, reasons = _values(asked.measures, patient, graded_standard=asked.graded_standard)
    rows = (*criteria_of(patient, limits), *_function_rows(patient))
    findings = tuple(_finding(row, values, reasons) for row in rows)
    verdicts = {finding.criterion.key: finding.verdict for finding in findings}
    shares = [
        _share(profile, measure, verdicts, limits)
        for profile in asked.profiles
        for measure in _measures_of(profile, limits)
    ]
    return _Compared(
        findings=findings,
        shares=shares,
        spread=_Spread(values, intervals),
        large_body=_is_large(patient, asked.measures.bsa_m2),
    )


def _is_large(patient: Patient, bsa_m2: float | None) -> bool:
    """Whether rows from body size extrapolate: body mass index of 35 and more, or surface above 2.5 m²."""
    return rules.HIGH_BMI.holds(patient.bmi_kg_per_m2) or rules.LARGE_SURFACE.holds(bsa_m2)


def _situation(
    asked: _Asked,
    compared: _Compared,
    extent: Extent,
    rows: Sequence[Evidence],
    accepted: Sequence[Acceptance],
    doubts: Sequence[AdverseFact],
) -> _Situation:
    """What flag and headline are made of."""
    patient, short, spread = asked.patient, compared.short, compared.spread
    leaving = _with_share(extent, compared.values[MEASURED])
    facts = (
        *adverse_facts(patient, leaving, compared.values, short, cure=asked.intent == "cure"),
        *_discordant_body(compared),
        *_uncertain_shares(compared.shares, spread),
        *_uncertain_limax(patient, compared.values, spread.sd(MEASURED), short),
        *doubts,
    )
    blocks = {fact.key: fact.text for fact in facts if fact.effect in ("block", "question")}
    blocks |= _blocks(asked, compared.unassessed)
    evidence = (
        *rows,
        *showing.unknown_rows(blocks, facts),
        *showing.tumour_row(asked.remnant_tumour, against_intent=asked.leaves_tumour),
        showing.body_row(
            patient,
            criteria_of(patient, asked.limits),
            asked.measures,
            blocks,
            rest_passes=set(compared.levels) == {_Level.ABOVE} and not compared.below,
        ),
        *showing.background_row(patient),
        *showing.function_rows(patient, hbs_short=compared.any_short("function")),
        showing.certainty_row(*_worst(compared.shares, spread)),
    )
    debulking = asked.intent == "debulking"
    return _Situation(
        below=compared.below,
        levels=compared.levels,
        function_short=compared.any_short("function"),
        facts=facts,
        blocks=blocks,
        rows=settled(evidence, accepted),
        unassessed=bool(compared.unassessed),
        removed_tumour=asked.removed_tumour if asked.leaves_tumour else None,
        bar="" if patient.is_donor else embolisation_bar(patient, leaving, debulking=debulking),
        condition=embolisation_condition(patient, leaving),
        hbs_short="hbs_de_graaf_2010" in short,
        growth_needed_percent=_growth_needed_percent(compared.findings),
        very_small=bool(compared.very_small),
        eligible=eligible(
            patient,
            leaving,
            debulking=debulking,
            tumour_stays=asked.leaves_tumour,
            tumour_on_both_sides=asked.leaves_tumour and asked.removed_tumour == "present",
        ),
        near_percent=_near_limits(
            spread.intervals[MEASURED], patient, asked.limits, assessed=compared.values[MEASURED] is not None
        ),
    )


def _notes(
    asked: _Asked, compared: _Compared, situation: _Situation, rows: Sequence[Evidence]
) -> dict[str, str]:
    """Every note of the grade → its own text, or "" for the standard one."""
    notes = {"artery_and_bile_duct_not_assessed": ""}
    notes |= situation.blocks
    notes |= _blocking_findings(rows, situation)
    notes |= {fact.key: fact.note for fact in situation.facts}
    return notes | _remarks(asked, compared, situation)


def _flagged(asked: _Asked, compared: _Compared, situation: _Situation, notes: Mapping[str, str]) -> Grade:
    """The grade of volumes that can be believed."""
    patient = asked.patient
    triggers = _triggers(situation, donor=patient.is_donor)
    apart = [flag for flag in triggers if flag != "indeterminate"]
    if triggers[0] == "indeterminate":
        headline = _not_shown_headline(situation)
    else:
        headline = _headline(triggers[0], asked, compared, situation)
    if triggers[0] in ("adequate", "borderline", "indeterminate") and not situation.uncertain:
        chance, limit = _worst(compared.shares, compared.spread)
        # What is not shown comes first: there a chance below 1 % stays in the checklist.
        if triggers[0] != "indeterminate" or (chance or 0.0) >= 0.01:
            headline = texts.with_probability(headline, chance, limit)
    said_first = [fact.text for fact in situation.facts if fact.key == "extrahepatic_disease"]
    text = texts.with_acceptances(" ".join((*said_first, headline)), situation.rows)
    numbers = _opening(asked, compared)
    return Grade(
        flag=triggers[0],
        triggers=triggers,
        headline=texts.with_opening(numbers, (), text),
        findings=compared.findings,
        notes=tuple(notes),
        note_texts={key: text or texts.NOTE_TEXTS[key] for key, text in notes.items()},
        profiles=asked.profiles,
        against=tuple(situation.facts_that("block", "question")),
        because="not_shown" if triggers[0] == "indeterminate" else None,
        flag_by_volume=apart[0] if apart else "adequate" if situation.levels else "indeterminate",
        reassurance=tuple(situation.rows),
        options=_options(triggers[0], patient, situation),
        opening=numbers,
        text=text,
    )


def _unbelievable(
    findings: Sequence[Finding],
    notes: dict[str, str],
    unbelievable: Sequence[str],
    situation: _Situation,
    profiles: tuple[str, ...],
) -> Grade:
    """The grade of volumes that cannot be believed: nothing is compared, and no treatment is named."""
    text = " ".join((texts.NOTE_TEXTS["volumes_unbelievable"], *unbelievable))
    for key in (
        "very_small_remnant",
        "some_centres_accept_20",
        "embolisation_not_an_option",
        "reassurance_blocked",
    ):
        notes.pop(key, None)
    notes = {"artery_and_bile_duct_not_assessed": "", "volumes_unbelievable": text} | notes
    said = {key: words or texts.NOTE_TEXTS[key] for key, words in notes.items()}
    reason = texts.NOTE_TEXTS["volumes_unbelievable"].rstrip(".")
    blocks = ("volumes_unbelievable", *situation.blocks)
    return Grade(
        flag="indeterminate",
        triggers=("indeterminate",),
        headline=texts.unbelievable_headline([said[key] for key in blocks]),
        findings=tuple(Finding(f.criterion, None, Verdict.NOT_ASSESSED, reason) for f in findings),
        notes=tuple(notes),
        note_texts=said,
        profiles=profiles,
        against=tuple(situation.facts_that("block", "question")),
        because="volumes",
        reassurance=tuple(
            showing.certainty_row(None, None) if row.row == "certainty" else row for row in situation.rows
        ),
    )


def _blocking_findings(rows: Iterable[Evidence], situation: _Situation) -> dict[str, str]:
    """The note of findings that keep the flag from being reassuring."""
    missing = {row.row for row in situation.missing}
    said = [f"{row.evidence}." for row in rows if row.is_urgent and row.is_missing and row.row in missing]
    if not said:
        return {}
    return {"reassurance_blocked": " ".join(("Reassurance is blocked.", *dict.fromkeys(said)))}


def _growth_needed_percent(findings: Iterable[Finding]) -> float:
    """Growth of the remnant, in percent of itself, that brings it to every minimum that it falls short of."""
    return max(
        (
            100.0 * (f.criterion.limit / f.value - 1.0) if f.value else math.inf
            for f in findings
            if f.verdict is Verdict.FALLS_SHORT and f.criterion.role in ("minimum", "body_size")
        ),
        default=0.0,
    )


def _with_share(extent: Extent, kept_percent: float | None) -> Extent:
    """The extent with the share that leaves, as far as the graded remnant tells it."""
    if extent.resected_percent is not None or kept_percent is None:
        return extent
    return replace(extent, resected_percent=100.0 - kept_percent)


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
    values["limax_ug_per_kg_per_h"] = patient.limax_ug_per_kg_per_h
    if patient.is_biliary and patient.remnant_drained is not True:
        values["icg_clearance_of_remnant_per_min"] = None
        reasons["icg_clearance_of_remnant_per_min"] = (
            "indocyanine green clearance is not valid in undrained jaundice"
        )
    return values, reasons


def _function_rows(patient: Patient) -> tuple[Criterion, ...]:
    if not function_limits_apply(patient):
        return ()
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


def _not_applicable(
    rows: Iterable[Criterion], profiles: tuple[str, ...], reassurance: tuple[Evidence, ...]
) -> Grade:
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
        flag_by_volume="not_applicable",
        reassurance=reassurance,
    )


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


# --- certainty --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Spread:
    """Values of the measures, each in its own unit, and the intervals of the two shares."""

    values: dict[str, float | None]
    intervals: Mapping[str, MeasuredInterval | None]

    def sd(self, measure: str) -> float | None:
        """One standard deviation of a share, from its 95 % interval. [%]"""
        interval = self.intervals.get(measure)
        if interval is None:
            return None
        return (interval.high - interval.low) / (2.0 * NormalDist().inv_cdf(0.975))

    def below_probability(self, share: _Graded) -> float | None:
        """Probability that a graded share is at or below its profile's minimum."""
        value, sd = self.values[share.measure], self.sd(share.measure)
        if share.level is None or value is None or not sd:
            return None
        return NormalDist(value, sd).cdf(share.band_percent[0])


def _worst(shares: Iterable[_Graded], spread: _Spread) -> tuple[float | None, float | None]:
    """The highest probability that a graded share is at or below its minimum, and that minimum. [-, %]"""
    known = [
        (p, share.band_percent[0]) for share in shares if (p := spread.below_probability(share)) is not None
    ]
    return max(known, default=(None, None))


def _decisive(compared: _Compared) -> tuple[str, float, str] | None:
    """Measure, minimum and profile of what the flag rests on; None where nothing is graded.

    The worst share; a ratio to the body where the remnant is below a minimum by that alone.
    """
    graded = [share for share in compared.shares if share.level is not None]
    if compared.large_body and compared.values[MEASURED] is not None:
        graded = [share for share in graded if share.measure == MEASURED] or graded
    short = [row for row in compared.short.values() if row.role == "body_size"]
    if short and compared.below and not any(share.level is _Level.BELOW for share in graded):
        return short[0].measure, short[0].limit, ""
    if not graded:
        return None
    worst = min(graded, key=lambda share: (share.level, compared.values[share.measure]))
    return worst.measure, worst.band_percent[0], worst.profile


def _opening(asked: _Asked, compared: _Compared) -> str:
    """The numbers that the headline begins with: remnant, the share that decides, and its minimum."""
    ml = number(asked.measures.flr_ml, 0, [0.0])
    parts = [texts.OPENING["perfused" if asked.is_perfused else "remnant"].format(ml=ml)]
    decisive = _decisive(compared)
    if decisive is None:
        return texts.opening(parts)
    measure, limit, profile = decisive
    interval = compared.spread.intervals.get(measure)
    ends = "" if interval is None else f" ({interval.low:.1f}–{interval.high:.1f})"
    limits = [f.criterion.limit for f in compared.findings if f.criterion.measure == measure]
    value = number(compared.values[measure], measure_digits(measure), limits)
    parts.append(texts.OPENING[measure].format(value=value, ends=ends))
    unit = next(f.criterion.unit for f in compared.findings if f.criterion.measure == measure)
    words = texts.PROFILE_WORDS[profile or asked.profiles[0]]
    key = "minimum" if asked.limits is None or not profile else "site_minimum"
    parts.append(texts.OPENING[key].format(limit=f"{limit:g} {unit}", profile=words))
    return texts.opening(parts)


def _discordant_body(compared: _Compared) -> Iterable[AdverseFact]:
    """Rows from body size that fall short in a very large body, while the measured share passes."""
    if compared.is_discordant:
        yield AdverseFact(
            "body_size_discordant",
            "cap",
            "Measured against the large body the remnant is small, while its measured share is above the "
            "minimum: at best borderline; ask how much of the weight is fat.",
        )


def _uncertain_shares(shares: Sequence[_Graded], spread: _Spread) -> Iterable[AdverseFact]:
    """A share above its profile's band that is at or below the minimum with a probability above 10 %."""
    found: dict[float, tuple[float, float, str]] = {}
    for share in shares:
        value, probability = spread.values[share.measure], spread.below_probability(share)
        if share.level is _Level.ABOVE and value is not None and probability is not None:
            found[probability] = (share.band_percent[0], value, share.measure)
    worst = max(found, default=0.0)
    if rules.BELOW_PROBABILITY.holds(worst):
        limit, value, measure = found[worst]
        name = "measured" if measure == MEASURED else "standardised"
        shown = with_digits(value, limit)[0]
        yield AdverseFact(
            "certainty_low",
            "cap",
            f"With a probability of {100.0 * worst:.0f} % the {name} share of {shown} % is at or below the "
            f"minimum of {limit:g} %, by the error of measurement alone: at best borderline.",
        )


def _uncertain_limax(
    patient: Patient, values: Mapping[str, float | None], sd: float | None, short: Collection[str]
) -> Iterable[AdverseFact]:
    """A planned residual LiMAx that is below its limit with a probability above 10 %."""
    residual, limax = values["planned_residual_limax_ug_per_kg_per_h"], patient.limax_ug_per_kg_per_h
    row = RESIDUAL_LIMAX
    if residual is None or limax is None or not sd or row.key in short or not function_limits_apply(patient):
        return
    probability = NormalDist(residual, limax * sd / 100.0).cdf(row.limit)
    if rules.BELOW_PROBABILITY.holds(probability):
        yield AdverseFact(
            "limax_uncertain",
            "cap",
            f"With a probability of {100.0 * probability:.0f} % the planned residual LiMAx of {residual:.4g} "
            f"µg/kg/h is below {row.limit:g}, by the error of the remnant's share alone: at best borderline.",
        )


# --- what blocks reassurance, and what else is remarked: note key → own text, or "" for the standard one ---


def _blocks(asked: _Asked, unassessed: Sequence[Finding]) -> dict[str, str]:
    patient, measures = asked.patient, asked.measures
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
    if STANDARD in missing and not asked.graded_standard:
        notes["formula_threshold_mismatch"] = ""
    for profile in profiles_of(patient):
        for requirement in profile.requires:
            unmet = _unmet(requirement, patient)
            if unmet is not None:
                notes[unmet] = ""
    if asked.remnant_tumour == "unknown":
        donor = patient.is_donor
        notes["tumour_status_unknown"] = texts.NOTE_TEXTS["tumour_status_unknown_donor"] if donor else ""
    if unassessed and not notes:
        reasons = dict.fromkeys(finding.reason for finding in unassessed)
        notes["shares_not_graded"] = f"Not everything could be graded: {'; '.join(reasons)}."
    return notes


def _unmet(requirement: Requirement, patient: Patient) -> str | None:
    """The note of a requirement that is not met, or None; a given fact against it is an adverse fact."""
    match requirement:
        case "background_known":
            return "background_unknown"
        case "child_pugh_a":
            return "child_pugh_unknown" if patient.child_pugh is None else None
        case "no_portal_hypertension":
            return "portal_hypertension_unknown" if patient.portal_hypertension is None else None
        case "remnant_drained":
            if patient.remnant_drained is None:
                return "remnant_drainage_unknown"
            return None if patient.remnant_drained else "drain_remnant_first"


def _remarks(asked: _Asked, compared: _Compared, situation: _Situation) -> dict[str, str]:
    patient, measures, shares = asked.patient, asked.measures, compared.shares
    near, short, very_small = situation.near_percent, compared.short, compared.very_small
    notes: dict[str, str] = {}
    if asked.remnant_tumour == "present":
        notes["tumour_in_remnant" if asked.intent == "cure" else "tumour_left_by_intent"] = ""
    if situation.removed_tumour == "none":
        notes["plan_removes_no_tumour"] = ""
    if situation.below and situation.bar:
        notes["embolisation_not_an_option"] = situation.bar
    if very_small:
        text = texts.very_small_text(alpps=patient.alpps_may_be_named and not situation.bar)
        limit = max(row.limit for row in very_small)
        notes["very_small_remnant"] = f"At or below {limit:g} %. {text}"
    if near:
        notes["near_cutoff"] = f"Grey zone: the measured share is within {_near_words(near)}."
    if any(
        one.profile == other.profile and None not in (one.level, other.level) and one.level != other.level
        for one in shares
        for other in shares
    ):
        notes["measured_vs_standardised_discordant"] = ""
    if _between_20_and_25_in_a_normal_liver(compared, asked.limits):
        notes["some_centres_accept_20"] = ""
    if compared.any_short("function"):
        notes["function_below_cutoff"] = ""
    if "limax_stockmann_2010_strong" in short:
        notes["limax_strong_caution"] = ""
    if compared.any_short("note"):
        notes["icg_clearance_contested"] = ""
    if "body_weight_navarro_2020" in short and rules.PLATELETS_PAIR.holds(patient.platelets_10e9_per_l):
        notes["platelets_low_high_risk_pair"] = ""
    if measures.standard_volume_formula != DEFAULT_LIVER_VOLUME_FORMULA or not asked.graded_standard:
        notes["formula_threshold_mismatch"] = ""
    if measures.bsa_formula != DEFAULT_BSA_FORMULA:
        notes["bsa_formula_mismatch"] = ""
    for profile in profiles_of(patient):
        notes |= dict.fromkeys(profile.notes, "")
    if any(share.measure == STANDARD for share in shares):
        notes["worse_of_measured_and_standard_is_policy"] = ""
    if asked.limits is not None:
        notes["site_limits"] = f"The percentage limits are a site's own: {asked.limits.source}."
    return notes


def _between_20_and_25_in_a_normal_liver(compared: _Compared, limits: SiteLimits | None) -> bool:
    """Below the minimum of 25 % and above 20 %, nothing but a normal liver, published limits."""
    only_normal = {share.profile for share in compared.shares} == {"normal"}
    below = compared.below and _Level.BELOW in compared.levels
    return only_normal and below and not compared.very_small and limits is None


# --- flag and headline ------------------------------------------------------------------------


def _triggers(situation: _Situation, *, donor: bool) -> tuple[Flag, ...]:
    """Every row of the flag table that applies, most dominant first."""
    triggers: list[Flag] = []
    if situation.below:
        if donor:
            triggers.append("below_donor_minimum")
        elif situation.bar:
            triggers.append("below_minimum")
        else:
            both_sides = situation.removed_tumour == "present"
            triggers.append("consider_two_stage" if both_sides else "consider_pve")
    elif situation.levels:
        if situation.removed_tumour is not None:
            triggers.append("plan_leaves_tumour")
        if situation.facts_that("block"):
            triggers.append("adverse_fact")
    if situation.missing or not situation.levels:
        triggers.append("indeterminate")
    in_band = _Level.BAND in situation.levels and not situation.below
    if in_band or situation.function_short or situation.caps:
        triggers.append("borderline")
    return tuple(triggers) or ("adequate",)


def _headline(flag: Flag, asked: _Asked, compared: _Compared, situation: _Situation) -> str:
    """Text of a flag; facts against the resection lead it, whatever the flag is."""
    if flag == "adequate":
        return texts.adequate_headline(near=bool(situation.near_percent))
    if flag == "not_applicable":
        return texts.not_applicable_headline()
    against = situation.facts_that("block", "question")
    if flag == "below_minimum":  # the facts are in its own sentence
        lead = []
        apart = [fact for fact in against if not texts.is_named_by(situation.bar, fact)]
        text = texts.no_embolisation_headline(
            asked.patient,
            bar=situation.bar,
            debulking=asked.intent == "debulking",
            removed_tumour=situation.removed_tumour,
            facts=apart,
        )
    else:
        lead = against
        text = _flag_text(flag, asked.patient, compared, situation, against)
    if situation.near_percent:
        words = _near_words(situation.near_percent)
        text = f"{text.removesuffix(texts.REVIEW)}Within {words}. {texts.REVIEW}"
    if not situation.below:
        lead = [*lead, *situation.caps]
    return " ".join((*(fact for fact in lead if fact.lower() not in text.lower()), text))


def _flag_text(
    flag: Flag, patient: Patient, compared: _Compared, situation: _Situation, against: Sequence[str]
) -> str:
    """Text of a flag by itself."""
    match flag:
        case "below_donor_minimum":
            failed = any(s.profile == "donor" and s.level is _Level.BELOW for s in compared.shares)
            return texts.donor_headline(donor_row_failed=failed)
        case "consider_two_stage":
            return texts.two_stage_headline(
                patient, condition=situation.condition, beyond_growth=situation.is_beyond_growth
            )
        case "consider_pve":
            return texts.pve_headline(
                patient,
                very_small=situation.very_small,
                condition=situation.condition,
                removed_tumour=situation.removed_tumour,
                beyond_growth=situation.is_beyond_growth,
            )
        case "plan_leaves_tumour":
            return texts.leaves_tumour_headline(
                donor=patient.is_donor,
                complete=not situation.unassessed,
                removes_none=situation.removed_tumour == "none",
            )
        case "adverse_fact":
            return texts.adverse_headline(against, complete=not situation.unassessed)
        case "borderline":
            return _borderline_text(patient, compared, situation)
        case _:
            raise UsageError(f"the flag {flag!r} has no text of its own; this is a fault in flr")


def _borderline_text(patient: Patient, compared: _Compared, situation: _Situation) -> str:
    bands = [share.band_percent for share in compared.shares if share.level is _Level.BAND]
    helps = situation.hbs_short and not situation.bar and not patient.is_donor
    return texts.borderline_headline(
        max(bands, key=lambda band: band[1], default=None),
        facts=situation.caps,
        function_short=situation.function_short,
        donor=patient.is_donor,
        augment=f"portal vein embolisation{situation.condition}" if helps else "",
        given=texts.is_background_given(patient),
    )


def _not_shown_headline(situation: _Situation) -> str:
    """Text of a flag that is ``indeterminate`` because something is not shown."""
    apart = [flag for flag in _triggers(situation, donor=False) if flag != "indeterminate"]
    said = [*situation.facts_that("block", "question"), *situation.caps]
    if not situation.levels:
        said += [text or texts.NOTE_TEXTS[key] for key, text in situation.blocks.items()]
    said += [f"{row.evidence}." for row in situation.missing if row.is_urgent]
    if situation.near_percent:
        said.append(f"Within {_near_words(situation.near_percent)}.")
    return texts.not_shown_headline(
        bool(situation.levels),
        by_volume=apart[0] if apart else "adequate",
        missing=situation.missing,
        sentences=said,
    )


def _options(flag: Flag, patient: Patient, situation: _Situation) -> tuple[str, ...]:
    """Keys of the options to discuss that the headline of a flag names; only what is eligible is named."""
    wanted = _wanted_options(flag, patient, situation)
    return named(("drain_remnant", *wanted) if flag in BELOW_MINIMUM else wanted, situation.eligible)


def _wanted_options(flag: Flag, patient: Patient, situation: _Situation) -> tuple[str, ...]:
    """What a flag would name, whether or not it is an option here."""
    cirrhosis = "cirrhosis" in patient.conditions
    last = ("alpps",) if situation.very_small else ()
    match flag:
        case "consider_two_stage":
            return ("two_stage_hepatectomy", "alpps", "non_resection_strategy")
        case "consider_pve" if "embolisation" in patient.prior:
            return ("wait_and_measure_again", "hepatic_vein_embolisation", "non_resection_strategy", *last)
        case "consider_pve" if cirrhosis:
            return ("portal_vein_embolisation", "tace_first", "ablation", "transplant_referral")
        case "consider_pve":
            return ("portal_vein_embolisation", "double_vein_embolisation", *last)
        case "below_minimum":
            referral = "transplant_referral" if cirrhosis else "referral"
            return ("remove_less", "another_plan", "ablation", referral)
        case "plan_leaves_tumour":
            return ("add_resection", "ablation", "state_debulking_intent")
        case "borderline" if situation.hbs_short and "portal_vein_embolisation" in situation.eligible:
            return ("portal_vein_embolisation", "function_test")
        case "borderline" if _Level.BAND in situation.levels:
            here = ("another_graft", "fat_fraction_or_biopsy")
            return here if patient.is_donor else ("function_test", "repeat_measurement")
        case _:
            return ()


def _near_words(near_percent: Sequence[float]) -> str:
    limits = texts.listed([f"{limit:g} %" for limit in near_percent])
    return f"measurement error of the limit{'s' if len(near_percent) > 1 else ''} of {limits}"


def _check_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UsageError(f"{name} is {value!r}; expected one of {', '.join(known)}")
