"""Growth between dated scans of one plan: in every definition, against its limits, with a flag to discuss."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Final

import numpy as np

from flr.assessment import Assessment, Options, assess_as_given, prepared
from flr.case import WEIGHT_CHANGE_PERCENT, Case, Scan
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
from flr.errors import FLRError, GeometryError, LabelError, PatientError, PlanError, UsageError
from flr.formulas import growth as formulas
from flr.formulas.function import hbs_of_remnant_percent_per_min_per_m2
from flr.frozen import FrozenMapping
from flr.function import FunctionImage, FunctionShare, RegionValues, function_share, region_values
from flr.liver import (
    FUNCTIONAL,
    REMAINING,
    Liver,
    ScanFacts,
    VolumeTable,
    compared_with_headers,
    measure,
    with_scan_facts,
)
from flr.measures import GROWTH_NOTE_TEXTS, Shortfall
from flr.patient import Patient
from flr.perfusion import divided_for
from flr.plans import Parts, Plan, fates
from flr.plans.notation import plans_from
from flr.plans.plan import segments_in
from flr.plans.staged import PROCEDURES, Procedure
from flr.quality import CHECKS, QualityFinding, lowered
from flr.uncertainty import ERRORS, LEVEL, Interval
from flr.units import DAYS_PER_WEEK

SCAN_SD_PP: Final = 1.3
"""Assumed error of one share, one standard deviation, when the same reader and method read both scans; 1.84
pp for the difference of two. [pp]"""

_Z: Final = NormalDist().inv_cdf(0.5 + LEVEL / 2)
_OF_TREATMENT: Final = ("very_small_remnant", "some_centres_accept_20", "embolisation_not_an_option")
_LIKELY_TOTAL_RATIO: Final = 1.3
_POSSIBLE_TOTAL_RATIO: Final = 2.0
_SAME_SPACING: Final = 1.1

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
        "accepted_between_scans": "A check of the scans together was accepted: at best borderline.",
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
class SideChange:
    """Functional tissue of the embolised parts at two scans; a negative change is atrophy."""

    parts: tuple[str, ...]
    before_ml: float
    after_ml: float
    change_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Growth between two scans, in every definition; None where one could not be computed, with the reason.

    Parameters
    ----------
    degree_of_hypertrophy_pp : float or None
        Difference of two sFLR of one standard volume. [pp]
    degree_of_hypertrophy_measured_pp : float or None
        Difference of two mFLR, each of its own functional liver. [pp]
    hypertrophy_percent : float or None
        Growth as a share of the remnant before. [%]
    kgr_standardised_pp_per_week, growth_rate_measured_pp_per_week : float or None
        The first two per week since the procedure. [pp/week]
    kgr_relative_percent_per_day, kgr_absolute_ml_per_day : float or None
        Per day since the procedure. [%/day], [mL/day]
    low_pp, high_pp : float or None
        95 % interval of the degree of hypertrophy from the error of measurement. [pp]
    is_real : bool or None
        Whether that interval excludes no change.
    kgr_sd_pp_per_week : float or None
        Error of the standardised rate, one standard deviation. [pp/week]
    since_procedure_days, since_reference_days : int or None
        [days]
    reasons : mapping
        Definition → why it is None.
    """

    degree_of_hypertrophy_pp: float | None
    degree_of_hypertrophy_measured_pp: float | None
    hypertrophy_percent: float | None
    kgr_standardised_pp_per_week: float | None
    growth_rate_measured_pp_per_week: float | None
    kgr_relative_percent_per_day: float | None
    kgr_absolute_ml_per_day: float | None
    low_pp: float | None
    high_pp: float | None
    is_real: bool | None
    since_procedure_days: int | None
    since_reference_days: int
    kgr_sd_pp_per_week: float | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def kgr_interval(self) -> Interval | None:
        """95 % interval of the standardised rate with the probability of being below its limit. [pp/week]"""
        rate, sd = self.kgr_standardised_pp_per_week, self.kgr_sd_pp_per_week
        if rate is None or not sd:
            return None
        limit = KGR_SHINDOH.limit
        below = {f"{limit:g}": NormalDist(rate, sd).cdf(limit)}
        return Interval(rate - _Z * sd, rate + _Z * sd, LEVEL, below)

    def values(self) -> dict[str, float | None]:
        """Every definition by its name in the output, in the order of `GROWTH_UNITS`."""
        renamed = {"percent_hypertrophy": "hypertrophy_percent"}
        return {name: getattr(self, renamed.get(name, name)) for name in GROWTH_UNITS}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionResult:
    """One function image on one scan: a share for counts, local values otherwise."""

    name: str
    kind: str
    share: FunctionShare | None
    hbs_percent_per_min_per_m2: float | None
    in_liver: RegionValues | None
    in_remnant: RegionValues | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """One scan of a follow-up.

    Parameters
    ----------
    number : int
        1 for the first.
    scan : Scan
    assessment : Assessment
        Of the plan, with the standard volume of the baseline.
    reference : int or None
        Number of the scan that it is compared with.
    growth : Growth or None
    embolised_side : SideChange or None
    regrowth_percent : float or None
        After a resection: functional liver as a share of the one at the reference. [%]
    weight_change_percent : float or None
        Since the baseline. [%]
    function : tuple of FunctionResult
    """

    number: int
    scan: Scan
    assessment: Assessment
    reference: int | None
    growth: Growth | None
    embolised_side: SideChange | None
    regrowth_percent: float | None
    weight_change_percent: float | None
    function: tuple[FunctionResult, ...] = ()


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


def growth_between(before: Assessment, after: Assessment, *, days: int, procedure_days: int | None) -> Growth:
    """Growth of one plan's remnant from one assessment to a later one.

    Parameters
    ----------
    before, after : Assessment
        Of the same plan and patient, the later one with the baseline's body size.
    days : int
        Between the scans, above 0.
    procedure_days : int or None
        From the procedure to the later scan; None where it is not known, and then no rate is computed.

    Returns
    -------
    Growth

    Raises
    ------
    PlanError
        If the two are of different plans.
    PatientError
        If the two are of different patients or body sizes, or the interval is not positive.

    Notes
    -----
    The interval takes an error of 1.3 pp (one SD) for a share when the same reader and method read both
    scans, twice that for an automatic map that nobody has reviewed, and s·(1−s)·√2·5 % where that is more
    and the two scans were segmented differently: assumptions of this toolkit, which scale with a site's own
    table of errors. The error of the rate is √2 times that of a share, per week.
    """
    _check_pair(before, after, days)
    reasons: dict[str, str] = {}
    old, new = before.measures, after.measures

    dh = dh_measured = None
    if old.flr_percent_of_vauthey_2002 is None or new.flr_percent_of_vauthey_2002 is None:
        missing = old if old.flr_percent_of_vauthey_2002 is None else new
        reasons[DH] = missing.reasons.get("flr_percent_of_vauthey_2002", "the standard volume is not known")
    else:
        known = [m for m in (old, new) if m.flr_percent_of_vauthey_2002]
        if known:
            share = known[0].flr_percent_of_vauthey_2002 or 0.0
            dh = formulas.degree_of_hypertrophy_ribero_2007_pp(
                old.flr_ml, new.flr_ml, standard_liver_volume_ml=100.0 * known[0].flr_ml / share
            )
        else:
            reasons[DH] = "there is no remnant to compare with"
    if old.flr_percent_of_measured is None or new.flr_percent_of_measured is None:
        missing = old if old.flr_percent_of_measured is None else new
        reasons["degree_of_hypertrophy_measured_pp"] = missing.reasons.get(
            "flr_percent_of_measured", "the functional liver is not known"
        )
    else:
        dh_measured = formulas.degree_of_hypertrophy_measured_leung_2014_pp(
            old.flr_ml,
            new.flr_ml,
            functional_before_ml=before.volumes.functional_ml,
            functional_after_ml=after.volumes.functional_ml,
        )
    truncated = old.ungradable or new.ungradable
    grown = None
    if truncated or not old.flr_ml > 0:
        reasons["percent_hypertrophy"] = truncated or "there was no remnant to grow from"
    else:
        grown = formulas.hypertrophy_percent(old.flr_ml, new.flr_ml)

    no_rate = ""
    if procedure_days is None:
        no_rate = "the day of the procedure is not known"
    elif procedure_days <= 0:
        no_rate = "the scan is of the day of the procedure"
    since = procedure_days if procedure_days and not no_rate else None
    for rate, source in (
        ("kgr_standardised_pp_per_week", DH),
        ("growth_rate_measured_pp_per_week", "degree_of_hypertrophy_measured_pp"),
        ("kgr_relative_percent_per_day", "percent_hypertrophy"),
        ("kgr_absolute_ml_per_day", "percent_hypertrophy"),
    ):
        if no_rate or source in reasons:
            reasons[rate] = no_rate or reasons[source]
    shown = dh if dh is not None else dh_measured
    alike = _read_alike(before, after)
    sd = math.hypot(*(share_sd_pp(scan, read_alike=alike) for scan in (before, after)))
    half = _Z * sd
    return Growth(
        degree_of_hypertrophy_pp=dh,
        degree_of_hypertrophy_measured_pp=dh_measured,
        hypertrophy_percent=grown,
        kgr_standardised_pp_per_week=None
        if dh is None or since is None
        else formulas.kgr_standardised_shindoh_2013_pp_per_week(dh, since),
        growth_rate_measured_pp_per_week=None
        if dh_measured is None or since is None
        else formulas.growth_rate_measured_leung_2014_pp_per_week(dh_measured, since),
        kgr_relative_percent_per_day=None
        if grown is None or since is None
        else formulas.kgr_relative_croome_2015_percent_per_day(grown, since),
        kgr_absolute_ml_per_day=None
        if grown is None or since is None
        else formulas.kgr_absolute_croome_2015_ml_per_day(old.flr_ml, new.flr_ml, since),
        low_pp=None if shown is None else shown - half,
        high_pp=None if shown is None else shown + half,
        is_real=None if shown is None else abs(shown) > half,
        since_procedure_days=procedure_days,
        since_reference_days=days,
        kgr_sd_pp_per_week=None if dh is None or since is None else sd / (since / DAYS_PER_WEEK),
        reasons=reasons,
    )


def prepared_scans(case: Case, livers: Sequence[Liver], plan: Plan) -> tuple[Case, tuple[Liver, ...]]:
    """A case and its livers as a follow-up takes them; done twice it changes nothing.

    Every liver gets what the case states about its scan, and every scan what the headers of its images add.
    The body is that of the first scan: what its header says completes the patient of all, and the headers of
    later scans can only contradict it, or a change of weight would look like growth. Livers without segments
    get parts estimated from their vessels where the plan names parts. Whoever shows the livers of a follow-up
    needs them like this.

    Raises
    ------
    UsageError
        If the livers are not one per scan.
    """
    if len(livers) != len(case.scans):
        raise UsageError(f"{len(livers)} livers for {len(case.scans)} scans; give the liver of each")
    told = [
        with_scan_facts(liver, scan.completed_with(ScanFacts()), reviewed=scan.reviewed)
        for liver, scan in zip(livers, case.scans, strict=True)
    ]
    first, baseline = prepared(told[0], (plan,), case.patient_at(0))
    body = {name: getattr(baseline, name) for name in first.source.completed}
    case = replace(
        case,
        patient=replace(case.patient, **body),
        scans=tuple(scan.known_with(one.source.scan) for scan, one in zip(case.scans, told, strict=True)),
    )
    later = (
        divided_for((plan,), compared_with_headers(liver, case.patient_at(number)))
        for number, liver in enumerate(told[1:], start=1)
    )
    return case, (first, *later)


def follow_up(
    case: Case,
    livers: Sequence[Liver],
    plan: Plan | str,
    *,
    options: Options | None = None,
    images: Mapping[int, FunctionImage] | None = None,
) -> FollowUp:
    """Follow one plan's remnant over the scans of a case.

    Parameters
    ----------
    case : Case
    livers : sequence of Liver
        One per scan, in order. They and the patient are taken as by :func:`prepared_scans`.
    plan : Plan or str
        The same for every scan; a text is read by :func:`flr.parse_plan`.
    options : Options, optional
        What the case accepts is added.
    images : mapping of int to FunctionImage, optional
        By the index of their test in ``case.tests``.

    Returns
    -------
    FollowUp

    Raises
    ------
    UsageError
        If there is one scan only, or the livers are not one per scan.
    PlanError
        If the plan does not fit every scan.
    LabelError, GeometryError
        If two scans hold the very same segmentation, or livers that cannot be of one patient.
    """
    (plan,) = plans_from(plan)
    case, livers = prepared_scans(case, livers, plan)
    if len(case.scans) < 2:
        raise UsageError(
            f"case {case.id} has one scan; growth needs a baseline and a later scan: add a second [[scan]], "
            "or use flr assess"
        )
    options = options or Options()
    options = replace(options, accepted=tuple(dict.fromkeys((*case.accepted, *options.accepted))))
    noticed = _check_livers(case, livers)
    quality = lowered(noticed, options.acceptances)
    tables = [measure(liver) for liver in livers]
    results: list[ScanResult] = []
    for number, (scan, liver) in enumerate(zip(case.scans, livers, strict=True)):
        results.append(_scan_result(case, number, scan, liver, plan, tables, results, options, images or {}))
    return _conclude(case, tuple(results), livers, quality, accepted=quality != noticed)


# --- one scan ---------------------------------------------------------------------------------


def _scan_result(
    case: Case,
    number: int,
    scan: Scan,
    liver: Liver,
    plan: Plan,
    tables: Sequence[VolumeTable],
    earlier: Sequence[ScanResult],
    options: Options | None,
    images: Mapping[int, FunctionImage],
) -> ScanResult:
    try:
        patient = case.patient_at(number)
        function = _function(case, number, liver, plan, images)
        uptake = next((f.hbs_percent_per_min_per_m2 for f in function if f.hbs_percent_per_min_per_m2), None)
        if uptake is not None:
            patient = replace(patient, hbs_percent_per_min_per_m2=uptake)
        assessment = assess_as_given(liver, plan, patient, case_id=case.id, options=options)
        reference = case.reference_of(number)
        growth = side = regrowth = None
        if reference is not None:
            before = earlier[reference].assessment
            growth = growth_between(
                before,
                assessment,
                days=(scan.date - case.scans[reference].date).days,
                procedure_days=None if scan.after_date is None else (scan.date - scan.after_date).days,
            )
            whole = not (before.volumes.lower_bound or assessment.volumes.lower_bound)
            if scan.after == "resection":
                functional = before.volumes.functional_ml
                regrowth = 100.0 * assessment.volumes.functional_ml / functional if whole else None
            elif scan.after is not None:
                parts = own_parts(scan.embolised, liver) or plan.removes(liver)
                side = _side_change(parts, tables[reference], tables[number], whole=whole)
    except FLRError as error:
        raise type(error)(f"scan {number + 1}: {error}") from error
    return ScanResult(
        number=number + 1,
        scan=scan,
        assessment=assessment,
        reference=None if reference is None else reference + 1,
        growth=growth,
        embolised_side=side,
        regrowth_percent=regrowth,
        weight_change_percent=case.weight_change_percent(number),
        function=function,
    )


def own_parts(parts: tuple[str, ...], liver: Liver) -> tuple[str, ...]:
    """Parts as this liver calls them, which may be whole sections; as they are where it has none of them."""
    try:
        return Parts(parts).removes(liver) if parts else ()
    except PlanError:
        return parts


def _side_change(
    parts: tuple[str, ...], before: VolumeTable, after: VolumeTable, *, whole: bool
) -> SideChange | None:
    """Change of the functional tissue in the embolised parts; None where a scan does not tell them apart."""
    known = [_functional_ml(table, parts) for table in (before, after)]
    if not parts or known[0] is None or known[1] is None:
        return None
    change = formulas.change_percent(known[0], known[1]) if whole and known[0] > 0 else None
    return SideChange(parts=parts, before_ml=known[0], after_ml=known[1], change_percent=change)


def _functional_ml(table: VolumeTable, parts: Iterable[str]) -> float | None:
    total = 0.0
    for part in parts:
        names = [part] if part in table.part_names else [n for n in ("4a", "4b") if part == "4"]
        if not names or any(name not in table.part_names for name in names):
            return None
        rows = [table.part_names.index(name) for name in names]
        total += float(table.ml[np.ix_(rows, FUNCTIONAL)].sum())
    return total


def _function(
    case: Case, number: int, liver: Liver, plan: Plan, images: Mapping[int, FunctionImage]
) -> tuple[FunctionResult, ...]:
    """The nearest image of each kind between the same two procedures, on this scan."""
    found: dict[str, FunctionResult] = {}
    for test in case.tests_at(number):
        image = images.get(case.tests.index(test))
        # An image belongs to the scan that it is nearest to in time: its coordinates are that scan's.
        nearest = min(case.scans, key=lambda scan: abs((scan.date - test.date).days))
        if image is None or image.kind in found or nearest is not case.scans[number]:
            continue
        organ = liver.parts > 0
        functional = organ & np.isin(liver.tissues, FUNCTIONAL)
        fate = fates(liver, plan)
        remnant = functional & np.isin(fate, REMAINING)
        if image.kind == "counts":
            table = measure(liver, fate)
            share = function_share(
                image,
                liver.grid,
                liver=organ,
                remnant=remnant,
                functional_ml=table.functional_ml,
                flr_ml=table.remnant_ml,
            )
            found[image.kind] = FunctionResult(
                name=image.name,
                kind=image.kind,
                share=share,
                hbs_percent_per_min_per_m2=_uptake(case, number, test.uptake_percent_per_min, share),
                in_liver=None,
                in_remnant=None,
            )
        else:
            found[image.kind] = FunctionResult(
                name=image.name,
                kind=image.kind,
                share=None,
                hbs_percent_per_min_per_m2=None,
                in_liver=region_values(image, liver.grid, functional),
                in_remnant=region_values(image, liver.grid, remnant),
            )
    return tuple(found.values())


def _uptake(
    case: Case, number: int, uptake_percent_per_min: float | None, share: FunctionShare
) -> float | None:
    from flr.formulas import bsa_m2

    patient = case.patient_at(number)
    if uptake_percent_per_min is None or patient.weight_kg is None or patient.height_cm is None:
        return None
    return hbs_of_remnant_percent_per_min_per_m2(
        uptake_percent_per_min,
        share_percent=share.share_percent,
        bsa_m2=bsa_m2(patient.weight_kg, patient.height_cm),
    )


# --- the scans together -----------------------------------------------------------------------


def _check_pair(before: Assessment, after: Assessment, days: int) -> None:
    if days <= 0:
        raise PatientError(f"the later scan is {days} days after the earlier one; expected at least one day")
    one, other = before.plan, after.plan
    if (one.notation, one.intent, _segments(one.removes)) != (
        other.notation,
        other.intent,
        _segments(other.removes),
    ):
        raise PlanError(
            f"the scans are of different plans, {one.notation!r} ({one.intent}) and {other.notation!r} "
            f"({other.intent}); growth is of one remnant: assess both scans with one plan"
        )
    if before.case_id != after.case_id:
        raise PatientError("the two assessments are of different cases; growth is of one patient")
    sizes = before.measures.bsa_m2, after.measures.bsa_m2
    if sizes[0] != sizes[1]:
        raise PatientError(
            "the two assessments use different body sizes; the standard volume must be that of the "
            "baseline at both scans, or a change of weight would look like growth"
        )
    if before.measures.bsa_formula != after.measures.bsa_formula:
        raise PatientError("the two assessments use different body surface formulas; use one for both")


def _segments(removes: Iterable[str]) -> frozenset[str]:
    """What leaves in segments, by whatever parts each scan has; a territory by its name."""
    return frozenset(segment for part in removes for segment in segments_in(part) or {part})


def _check_livers(case: Case, livers: Sequence[Liver]) -> tuple[QualityFinding, ...]:
    """Refuse scans that cannot be two scans of one patient; warn where it is doubtful."""
    findings = []
    for number in range(1, len(livers)):
        reference = case.reference_of(number)
        if reference is None:
            continue
        before, after = livers[reference], livers[number]
        pair = f"scans {reference + 1} and {number + 1}"
        if before.grid.matches(after.grid) and np.array_equal(before.parts, after.parts):
            raise LabelError(
                f"{pair} hold the very same segmentation, voxel for voxel; give the segmentation of each scan"
            )
        if case.scans[number].after == "resection" or before.truncated or after.truncated:
            continue
        findings += _cut_differently(pair, before, after)
        old_ml, new_ml = measure(before).total_ml, measure(after).total_ml
        ratio = max(old_ml, new_ml) / min(old_ml, new_ml)
        said = f"{pair} measure {old_ml:.0f} and {new_ml:.0f} mL of liver"
        if ratio > _POSSIBLE_TOTAL_RATIO:
            raise GeometryError(
                f"{said}: no liver does that without a resection; is one of another patient, or its "
                "voxel size lost?"
            )
        if ratio > _LIKELY_TOTAL_RATIO:
            findings.append(
                CHECKS["total_changed_between_scans"].finding(
                    f"{said}, more than 30 % apart: check that both are of one patient and whole"
                )
            )
    return tuple(findings)


def _cut_differently(pair: str, before: Liver, after: Liver) -> list[QualityFinding]:
    """Whether a remnant between estimated parts is compared with one between others."""
    estimated = before.segments_estimated or after.segments_estimated
    alike = before.segments_estimated is after.segments_estimated and before.part_names == after.part_names
    if not estimated or alike:
        return []
    how = [
        f"{'estimated' if liver.segments_estimated else 'drawn'} parts ({', '.join(liver.part_names)})"
        for liver in (before, after)
    ]
    message = f"{pair} have {how[0]} and {how[1]}: where they meet may differ by more than the remnant grew"
    return [CHECKS["remnant_cut_differently"].finding(message)]


def share_sd_pp(assessment: Assessment, *, read_alike: bool = True) -> float:
    """Assumed error of a share, one standard deviation. [pp]

    Parameters
    ----------
    assessment : Assessment
    read_alike : bool
        Whether the same reader and method read the scan that it is compared with; otherwise the error is at
        least s·(1−s)·√2 times that of the remnant.

    Notes
    -----
    1.3 pp with the toolkit's own table of errors, twice that for an automatic map that nobody has reviewed. A
    site's table scales it by the largest of its errors against the toolkit's: that of the remnant, and with
    masks those of the outer surface and of the cut.
    """
    errors, source = assessment.provenance.errors, assessment.provenance.source
    reviewed = source.segmentation_source is None or source.reviewed is True
    flr_percent = errors.of_flr_percent(reviewed=reviewed)
    ratios = [flr_percent / ERRORS.flr_percent]
    if assessment.provenance.errors_from == "boundaries":
        widened = 1.0 if reviewed else errors.unreviewed_ratio
        ratios += [
            widened * errors.outer_surface_mm / ERRORS.outer_surface_mm,
            widened * errors.cut_mm / ERRORS.cut_mm,
        ]
    sd_pp = SCAN_SD_PP * max(ratios)
    share = assessment.measures.flr_percent_of_measured
    if read_alike or share is None:
        return sd_pp
    return max(sd_pp, share * (1.0 - share / 100.0) * math.sqrt(2.0) * flr_percent / 100.0)


def _read_alike(before: Assessment, after: Assessment) -> bool:
    """Whether nothing says that two scans were segmented by different means."""
    one, other = before.provenance.source, after.provenance.source
    return (one.segmentation_source, one.reviewed) == (other.segmentation_source, other.reviewed)


def _conclude(
    case: Case,
    results: tuple[ScanResult, ...],
    livers: Sequence[Liver],
    quality: tuple[QualityFinding, ...],
    *,
    accepted: bool,
) -> FollowUp:
    last = results[-1]
    procedure = last.scan.after
    first_after = next(
        r for r in results if r.reference == last.reference and case.is_first_after(r.number - 1)
    )
    growth = last.growth
    assert growth is not None  # there are two scans, and every one but the first has a reference
    if first_after is not last and first_after.growth is not None:
        # Rates are those of the first scan after the procedure: growth slows, a later scan reads less.
        rates = first_after.growth
        growth = replace(
            growth,
            kgr_standardised_pp_per_week=rates.kgr_standardised_pp_per_week,
            growth_rate_measured_pp_per_week=rates.growth_rate_measured_pp_per_week,
            kgr_relative_percent_per_day=rates.kgr_relative_percent_per_day,
            kgr_absolute_ml_per_day=rates.kgr_absolute_ml_per_day,
            kgr_sd_pp_per_week=rates.kgr_sd_pp_per_week,
            reasons={
                **growth.reasons,
                **{k: v for k, v in rates.reasons.items() if "rate" in k or "kgr" in k},
            },
        )
    rate_days = None if first_after.growth is None else first_after.growth.since_procedure_days
    patient = last.assessment.patient
    ungraded = last.assessment.measures.ungraded.get("flr_percent_of_vauthey_2002")
    reasons = dict(growth.reasons)
    if ungraded:
        reasons |= {DH: ungraded, "kgr_standardised_pp_per_week": ungraded}
    if patient.is_child:
        reasons |= dict.fromkeys((*GROWTH_UNITS, HBS_BETWEEN_STAGES), "no adult limit applies below 18 years")
    doubt = _doubt(results, quality)
    if doubt:
        reasons |= dict.fromkeys((*GROWTH_UNITS, HBS_BETWEEN_STAGES), doubt)
    graded_procedure = None if patient.is_donor else procedure
    hbs = patient.hbs_percent_per_min_per_m2
    findings = judge_growth(
        graded_procedure, {**growth.values(), HBS_BETWEEN_STAGES: hbs}, reasons, days=rate_days
    )
    needs = tuple(_need(row, last, growth, doubt) for row in last.assessment.context.shortfalls)
    triggers, by_volume, notes = _flags(last, growth, findings, graded_procedure, rate_days, quality)
    if accepted:
        notes["accepted_between_scans"] = ""
        if by_volume == "adequate":
            by_volume = "borderline"
        if triggers[0] == "adequate":
            triggers = ("borderline",)
    notes |= _remarks(case, results, livers, growth, rate_days, needs)
    base = last.assessment
    base_notes = {note: base.note_texts[note] for note in base.notes}
    if procedure in ("lvd", "alpps") and "very_small_remnant" in base_notes:
        # Its sentence proposes what has been done already.
        base_notes["very_small_remnant"] = "The remnant is very small."
    if "volumes_unbelievable" in notes:
        # They speak of treatment, which no such volume can ask for.
        spoken = {*_OF_TREATMENT, *GROWTH_NOTE_TEXTS}
        base_notes = {note: text for note, text in base_notes.items() if note not in spoken}
        notes = {note: text for note, text in notes.items() if note not in spoken}
    if "perfusion_unverified" in base_notes:
        base_notes["perfusion_unverified"] = _perfusion_unverified(results)
    texts = {**base_notes, **{key: text or NOTE_TEXTS[key] for key, text in notes.items()}}
    return FollowUp(
        case_id=case.id,
        scans=results,
        growth=growth,
        growth_scan=last.number,
        rate_scan=first_after.number,
        procedure=procedure,
        findings=findings,
        needs=needs,
        published=_published(patient, procedure),
        flag=triggers[0],
        triggers=triggers,
        because=_because(triggers[0], notes, base),
        flag_by_volume=by_volume,
        headline=_headline(triggers[0], last, texts, notes, quality),
        notes=tuple(texts),
        note_texts=FrozenMapping(texts),
        quality=quality,
    )


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
    graded = [one for one in results[:-1] if "graded_on_perfused_remnant" in one.assessment.notes]
    return " ".join(
        [
            said,
            *(
                f"Scan {one.number} has vessels; its own flag is graded on the perfused remnant."
                for one in graded
            ),
        ]
    )


def _doubt(results: Sequence[ScanResult], quality: Sequence[QualityFinding]) -> str:
    """Why growth cannot be computed from these volumes; empty where it can."""
    if any(blocks_grading(found) for found in quality):
        return "the volumes of the scans cannot be believed together"
    last = results[-1]
    compared = [one for one in results if one.number == last.reference or one.reference == last.reference]
    doubted = [f"{one.number}" for one in compared if one.assessment.is_unbelievable]
    return f"the volumes of scan {' and '.join(doubted)} cannot be believed" if doubted else ""


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
    differences = _not_comparable(reference.scan, last.scan, livers[reference.number - 1], livers[-1])
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


def _not_comparable(before: Scan, after: Scan, old: Liver, new: Liver) -> list[str]:
    differences = []
    if before.phase and after.phase and before.phase.casefold().strip() != after.phase.casefold().strip():
        differences.append("the contrast phase")
    if before.modality and after.modality and before.modality != after.modality:
        differences.append("the modality")
    thickness = max(old.grid.spacing_mm), max(new.grid.spacing_mm)
    if max(thickness) > _SAME_SPACING * min(thickness):
        differences.append(f"the slice spacing ({thickness[0]:.1f} and {thickness[1]:.1f} mm)")
    if set(old.part_names) != set(new.part_names):
        differences.append("the parts that are drawn")
    return differences


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
    half_pp = gain - growth.low_pp if growth.low_pp is not None else _Z * math.sqrt(2.0) * SCAN_SD_PP
    low, high = projection_interval_weeks(
        row.limit, share, gain, days=days, sd_pp=half_pp / (_Z * math.sqrt(2.0))
    )
    return GrowthNeed(shortfall=row, weeks=weeks, low_weeks=low, high_weeks=high, reason="")


def projection_interval_weeks(
    target_percent: float, share_percent: float, gain_pp: float, *, days: float, sd_pp: float = SCAN_SD_PP
) -> tuple[float, float | None]:
    """95 % interval of the weeks to a target at the mean rate so far, from the error of both scans.

    Parameters
    ----------
    target_percent, share_percent : float
        Limit and share of the last scan. [%]
    gain_pp : float
        Degree of hypertrophy in ``days`` days. [pp]
    days : float
        Since the procedure. [days]
    sd_pp : float
        Error of one share, one standard deviation. [pp]

    Returns
    -------
    tuple of float and (float or None)
        Ends in weeks; the upper one is None where the growth is not surely growth, so that it has no end.

    Notes
    -----
    Fieller's interval of (target − share) / rate; the last share is in both, so the two are correlated.
    It holds the error of measurement only, not that growth slows.

    Examples
    --------
    >>> low, high = projection_interval_weeks(30.0, 22.0, 6.0, days=14)
    >>> round(low, 2), round(high, 2)
    (1.21, 8.26)
    """
    z = _Z
    weeks = days / DAYS_PER_WEEK
    gap, rate = target_percent - share_percent, gain_pp / weeks
    gap_variance, rate_variance, covariance = sd_pp**2, 2.0 * sd_pp**2 / weeks**2, -(sd_pp**2) / weeks
    a = rate**2 - z**2 * rate_variance
    b = gap * rate - z**2 * covariance
    c = gap**2 - z**2 * gap_variance
    root = math.sqrt(max(0.0, b**2 - a * c))
    if a <= 0:
        # The rate may be zero: the target may never be reached.
        return max(0.0, c / (b + root)) if b + root > 0 else 0.0, None
    return max(0.0, (b - root) / a), (b + root) / a


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
        return base.headline
    after = f"after {PROCEDURES[procedure]}"
    if base.is_below_minimum:
        options = _options_below(base, procedure, texts, notes)
        tumour = " Tumour lies in the remnant." if "tumour_in_remnant" in base.notes else ""
        bar = texts.get("embolisation_not_an_option", "")
        named = [fact for fact in base.against if not is_named_by(bar, fact)]
        lead = "".join(f"{part} " for part in (bar, *named) if part)
        return (
            f"{lead}Below the minimum used for this background {after}: {'; '.join(options)}."
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
