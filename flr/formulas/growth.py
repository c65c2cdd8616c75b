"""Growth of a remnant between two scans. Three kinetic growth rates exist; each has its own name and unit.

A limit for one of them says nothing about another: 0.98 %/day of Croome's relative rate is no 0.98 pp/week.
"""

from __future__ import annotations

import math

from flr.errors import CriterionError
from flr.formulas.arrays import elementwise
from flr.formulas.checks import positive
from flr.formulas.ratios import flr_percent_of_measured, flr_percent_of_standard
from flr.units import DAYS_PER_WEEK


@elementwise
def degree_of_hypertrophy_ribero_2007_pp(
    flr_before_ml: float, flr_after_ml: float, *, standard_liver_volume_ml: float
) -> float:
    """Standardised degree of hypertrophy: sFLR after less sFLR before, both of one standard volume.

    Parameters
    ----------
    flr_before_ml, flr_after_ml : float or array_like
        Functional remnant at the two scans. [mL]
    standard_liver_volume_ml : float or array_like
        Estimated total liver volume at baseline, the same for both scans: a change of weight must not
        look like growth. [mL]

    Returns
    -------
    float or ndarray
        Percentage points; negative when the remnant shrank. [pp]

    Raises
    ------
    CriterionError
        If a volume is not finite, a remnant negative, or the standard volume not positive.

    References
    ----------
    .. [1] Ribero D et al., Br J Surg 2007;94:1386-94, doi:10.1002/bjs.5836

    Examples
    --------
    >>> degree_of_hypertrophy_ribero_2007_pp(300.0, 450.0, standard_liver_volume_ml=1500.0)
    10.0
    """
    for volume_ml in (flr_before_ml, flr_after_ml):
        flr_percent_of_standard(volume_ml, standard_liver_volume_ml)  # refuses what is no remnant
    # One division: the difference of two rounded shares would move a value off its own limit.
    return 100.0 * (flr_after_ml - flr_before_ml) / standard_liver_volume_ml


@elementwise
def degree_of_hypertrophy_measured_leung_2014_pp(
    flr_before_ml: float, flr_after_ml: float, *, functional_before_ml: float, functional_after_ml: float
) -> float:
    """Measured degree of hypertrophy: mFLR after less mFLR before, each of its own functional liver.

    Parameters
    ----------
    flr_before_ml, flr_after_ml : float or array_like
        Functional remnant at the two scans. [mL]
    functional_before_ml, functional_after_ml : float or array_like
        Functional liver at the two scans. [mL]

    Returns
    -------
    float or ndarray
        Percentage points. [pp]

    Raises
    ------
    CriterionError
        If a volume is not finite, or a remnant negative or larger than its functional liver.

    References
    ----------
    .. [1] Leung U et al., J Am Coll Surg 2014;219:620-30, doi:10.1016/j.jamcollsurg.2014.04.022

    Examples
    --------
    >>> degree_of_hypertrophy_measured_leung_2014_pp(
    ...     300.0, 420.0, functional_before_ml=1500.0, functional_after_ml=1400.0
    ... )
    10.0
    """
    after = flr_percent_of_measured(flr_after_ml, functional_after_ml)
    return after - flr_percent_of_measured(flr_before_ml, functional_before_ml)


@elementwise
def hypertrophy_percent(flr_before_ml: float, flr_after_ml: float) -> float:
    """Percent hypertrophy: growth of the remnant as a share of its volume before.

    Raises
    ------
    CriterionError
        If the volume before is not positive, the one after negative, or one is not finite.

    References
    ----------
    .. [1] Croome KP et al., HPB 2015 (53 and 15 patients), PMC4430776
    .. [2] van Lienden KP et al., Cardiovasc Intervent Radiol 2013;36:25-34, doi:10.1007/s00270-012-0440-y

    Examples
    --------
    >>> round(hypertrophy_percent(300.0, 310.0), 2)
    3.33
    """
    before = positive(flr_before_ml, "flr_before_ml")
    if not (math.isfinite(flr_after_ml) and flr_after_ml >= 0):
        raise CriterionError(f"flr_after_ml is {flr_after_ml}; expected a finite volume in mL, 0 or above")
    return 100.0 * (flr_after_ml - before) / before


@elementwise
def kgr_standardised_shindoh_2013_pp_per_week(degree_of_hypertrophy_pp: float, days: float) -> float:
    """Kinetic growth rate: standardised degree of hypertrophy per week since the embolisation.

    Defined on the first volumetry after the embolisation only: growth slows, so a later scan gives less.

    Parameters
    ----------
    degree_of_hypertrophy_pp : float or array_like
        Standardised. [pp]
    days : float or array_like
        From the embolisation to the scan. [days]

    Raises
    ------
    CriterionError
        If the growth is not finite or the interval not positive.

    References
    ----------
    .. [1] Shindoh J et al., J Am Coll Surg 2013;216:201-9, doi:10.1016/j.jamcollsurg.2012.10.018

    Examples
    --------
    >>> kgr_standardised_shindoh_2013_pp_per_week(8.0, 28)
    2.0
    """
    return _finite(degree_of_hypertrophy_pp, "degree_of_hypertrophy_pp") / _weeks(days)


@elementwise
def growth_rate_measured_leung_2014_pp_per_week(
    degree_of_hypertrophy_measured_pp: float, days: float
) -> float:
    """Measured degree of hypertrophy per week since the embolisation; raises as Shindoh's rate.

    References
    ----------
    .. [1] Leung U et al., J Am Coll Surg 2014;219:620-30, doi:10.1016/j.jamcollsurg.2014.04.022

    Examples
    --------
    >>> growth_rate_measured_leung_2014_pp_per_week(9.1, 21)
    3.033333333333333
    """
    return _finite(degree_of_hypertrophy_measured_pp, "degree_of_hypertrophy_measured_pp") / _weeks(days)


@elementwise
def kgr_relative_croome_2015_percent_per_day(percent_of_itself: float, days: float) -> float:
    """Percent hypertrophy per day, as in ALPPS; raises as Shindoh's rate.

    References
    ----------
    .. [1] Croome KP et al., HPB 2015 (53 and 15 patients), PMC4430776
    .. [2] Tomassini F et al., HPB 2020, doi:10.1016/j.hpb.2020.01.010

    Examples
    --------
    >>> round(kgr_relative_croome_2015_percent_per_day(hypertrophy_percent(300.0, 310.0), 7), 3)
    0.476
    """
    return _finite(percent_of_itself, "percent_of_itself") / positive(days, "days")


@elementwise
def kgr_absolute_croome_2015_ml_per_day(flr_before_ml: float, flr_after_ml: float, days: float) -> float:
    """Growth of the remnant in mL per day; raises as Shindoh's rate.

    References
    ----------
    .. [1] Croome KP et al., HPB 2015 (53 and 15 patients), PMC4430776

    Examples
    --------
    >>> round(kgr_absolute_croome_2015_ml_per_day(300.0, 310.0, 7), 2)
    1.43
    """
    grown_ml = _finite(flr_after_ml, "flr_after_ml") - _finite(flr_before_ml, "flr_before_ml")
    return grown_ml / positive(days, "days")


@elementwise
def change_percent(before_ml: float, after_ml: float) -> float:
    """Change of a volume as a share of itself; negative is atrophy. Raises as `hypertrophy_percent`.

    >>> change_percent(1000.0, 830.0)
    -17.0
    """
    return hypertrophy_percent(before_ml, after_ml)


@elementwise
def weeks_to_target(target_percent: float, share_percent: float, rate_pp_per_week: float) -> float:
    """Weeks until a share reaches a target at a constant rate; 0 where it is there.

    Optimistic: growth slows with time (5.4 pp/week in the first week, 1.5 between later scans;
    PMC6414468). For a discussion, never a date.

    Raises
    ------
    CriterionError
        If a number is not finite, or the target is not reached and the rate is not positive.

    Examples
    --------
    >>> round(weeks_to_target(30.0, 22.0, 3.0), 2)
    2.67
    """
    gap_pp = _finite(target_percent, "target_percent") - _finite(share_percent, "share_percent")
    if gap_pp <= 0:
        return 0.0
    return gap_pp / positive(rate_pp_per_week, "rate_pp_per_week")


def _weeks(days: float) -> float:
    return positive(days, "days") / DAYS_PER_WEEK


def _finite(value: float, name: str) -> float:
    if not math.isfinite(value):
        raise CriterionError(f"{name} is {value}; expected a finite number")
    return float(value)
