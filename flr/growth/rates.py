"""Growth of a remnant between two assessments: every published definition, with its error."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Final

from flr.assessment import Assessment
from flr.criteria.growth import (
    DH,
    GROWTH_UNITS,
    KGR_SHINDOH,
)
from flr.errors import PatientError, PlanError
from flr.formulas import growth as formulas
from flr.measures import Measures
from flr.plans.plan import segments_in
from flr.uncertainty import ERRORS, LEVEL, Interval
from flr.units import DAYS_PER_WEEK

SCAN_SD_PP: Final = 1.3
"""Assumed error of one share, one standard deviation, when the same reader and method read both scans; 1.84
pp for the difference of two. [pp]"""
Z_OF_LEVEL: Final = NormalDist().inv_cdf(0.5 + LEVEL / 2)


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
        return Interval(rate - Z_OF_LEVEL * sd, rate + Z_OF_LEVEL * sd, LEVEL, below)

    def values(self) -> dict[str, float | None]:
        """Every definition by its name in the output, in the order of `GROWTH_UNITS`."""
        renamed = {"percent_hypertrophy": "hypertrophy_percent"}
        return {name: getattr(self, renamed.get(name, name)) for name in GROWTH_UNITS}


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
    old, new = before.measures, after.measures
    dh, no_dh = _degree_of_hypertrophy_pp(old, new)
    dh_measured, no_dh_measured = _degree_of_hypertrophy_measured_pp(before, after)
    grown, not_grown = _hypertrophy_percent(old, new)
    since, no_rate = _days_of_rates(procedure_days)
    why_not = {
        DH: no_dh,
        "degree_of_hypertrophy_measured_pp": no_dh_measured,
        "percent_hypertrophy": not_grown,
        "kgr_standardised_pp_per_week": no_rate or no_dh,
        "growth_rate_measured_pp_per_week": no_rate or no_dh_measured,
        "kgr_relative_percent_per_day": no_rate or not_grown,
        "kgr_absolute_ml_per_day": no_rate or not_grown,
    }
    kgr = kgr_measured = kgr_relative = kgr_absolute = None
    if since is not None and dh is not None:
        kgr = formulas.kgr_standardised_shindoh_2013_pp_per_week(dh, since)
    if since is not None and dh_measured is not None:
        kgr_measured = formulas.growth_rate_measured_leung_2014_pp_per_week(dh_measured, since)
    if since is not None and grown is not None:
        kgr_relative = formulas.kgr_relative_croome_2015_percent_per_day(grown, since)
        kgr_absolute = formulas.kgr_absolute_croome_2015_ml_per_day(old.flr_ml, new.flr_ml, since)
    shown = dh if dh is not None else dh_measured
    alike = _read_alike(before, after)
    sd = math.hypot(*(share_sd_pp(scan, read_alike=alike) for scan in (before, after)))
    half = Z_OF_LEVEL * sd
    return Growth(
        degree_of_hypertrophy_pp=dh,
        degree_of_hypertrophy_measured_pp=dh_measured,
        hypertrophy_percent=grown,
        kgr_standardised_pp_per_week=kgr,
        growth_rate_measured_pp_per_week=kgr_measured,
        kgr_relative_percent_per_day=kgr_relative,
        kgr_absolute_ml_per_day=kgr_absolute,
        low_pp=None if shown is None else shown - half,
        high_pp=None if shown is None else shown + half,
        is_real=None if shown is None else abs(shown) > half,
        since_procedure_days=procedure_days,
        since_reference_days=days,
        kgr_sd_pp_per_week=None if dh is None or since is None else sd / (since / DAYS_PER_WEEK),
        reasons={name: reason for name, reason in why_not.items() if reason},
    )


def _degree_of_hypertrophy_pp(old: Measures, new: Measures) -> tuple[float | None, str]:
    """Difference of two shares of one standard volume, or why there is none. [pp]"""
    shares = [measures.flr_percent_of_vauthey_2002 for measures in (old, new)]
    if None in shares:
        missing = old if shares[0] is None else new
        return None, missing.reasons.get("flr_percent_of_vauthey_2002", "the standard volume is not known")
    for measures, share in zip((old, new), shares, strict=True):
        if share:
            standard_ml = 100.0 * measures.flr_ml / share
            return formulas.degree_of_hypertrophy_ribero_2007_pp(
                old.flr_ml, new.flr_ml, standard_liver_volume_ml=standard_ml
            ), ""
    return None, "there is no remnant to compare with"


def _degree_of_hypertrophy_measured_pp(before: Assessment, after: Assessment) -> tuple[float | None, str]:
    """Difference of two shares, each of its own functional liver, or why there is none. [pp]"""
    for measures in (before.measures, after.measures):
        if measures.flr_percent_of_measured is None:
            reason = "the functional liver is not known"
            return None, measures.reasons.get("flr_percent_of_measured", reason)
    return formulas.degree_of_hypertrophy_measured_leung_2014_pp(
        before.measures.flr_ml,
        after.measures.flr_ml,
        functional_before_ml=before.volumes.functional_ml,
        functional_after_ml=after.volumes.functional_ml,
    ), ""


def _hypertrophy_percent(old: Measures, new: Measures) -> tuple[float | None, str]:
    """Growth as a share of the remnant before, or why there is none. [%]"""
    truncated = old.ungradable or new.ungradable
    if truncated or not old.flr_ml > 0:
        return None, truncated or "there was no remnant to grow from"
    return formulas.hypertrophy_percent(old.flr_ml, new.flr_ml), ""


def _days_of_rates(procedure_days: int | None) -> tuple[int | None, str]:
    """Days that growth is divided by, or why there is no rate. [days]"""
    if procedure_days is None:
        return None, "the day of the procedure is not known"
    if procedure_days <= 0:
        return None, "the scan is of the day of the procedure"
    return procedure_days, ""


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
    z = Z_OF_LEVEL
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
