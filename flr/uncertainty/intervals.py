"""How sure a volume or a share is: 95 % intervals from errors of measurement. Numbers only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

from flr.errors import CriterionError
from flr.uncertainty.table import ERRORS, Errors

LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies with probability ``level``, in the unit of the measure.

    ``probability_below``: limit as text (``"25"``) → probability that the true value is below it.
    """

    low: float
    high: float
    level: float
    probability_below: Mapping[str, float]

    def contains(self, limit: float) -> bool:
        """Whether the limit lies inside the interval, ends included."""
        return self.low <= limit <= self.high


def ratio_interval(
    numerator: float,
    denominator: float,
    *,
    numerator_sd: float,
    denominator_sd: float,
    covariance: float = 0.0,
    limits: Sequence[float] = (),
    scale: float = 1.0,
    level: float = LEVEL,
) -> Interval:
    """Interval of ``scale · numerator / denominator`` for normal errors, by Fieller.

    Parameters
    ----------
    numerator, denominator : float
        Measured quantities, in the same unit; the denominator positive.
    numerator_sd, denominator_sd : float
        One standard deviation of each, in their unit.
    covariance : float
        Of the two, in the square of their unit; 0 when their errors are independent.
    limits : sequence of float
        Where to give the probability of the true ratio being below, on the scale of the result.
    scale : float
        100 for percent.
    level : float
        Coverage, between 0 and 1.

    Returns
    -------
    Interval

    Raises
    ------
    CriterionError
        If a number is not finite, the denominator not positive, its error so large that the interval has
        no end, or the covariance more than the two errors allow.

    Notes
    -----
    Fieller's interval is every ratio r for which numerator − r·denominator is within z of its standard
    deviation √(numerator_sd² − 2r·covariance + r²·denominator_sd²); the probability below a limit t is
    Φ((t·denominator − numerator) / that deviation at t), which takes the denominator as surely positive.

    References
    ----------
    .. [1] Fieller EC, J R Stat Soc B 1954;16:175-85

    Examples
    --------
    >>> interval = ratio_interval(400, 1500, numerator_sd=20, denominator_sd=45, limits=[25, 30], scale=100)
    >>> round(interval.low, 1), round(interval.high, 1)
    (23.7, 29.8)
    >>> {limit: round(p, 2) for limit, p in interval.probability_below.items()}
    {'25': 0.14, '30': 0.98}
    """
    numbers = (numerator, denominator, numerator_sd, denominator_sd, covariance, scale, *limits)
    if not all(math.isfinite(number) for number in numbers):
        raise CriterionError("a number of the ratio is not finite; expected measured volumes and errors")
    if denominator <= 0 or min(numerator, numerator_sd, denominator_sd) < 0 or scale <= 0:
        raise CriterionError("the denominator and scale must be above 0, the other numbers not below 0")
    if not 0 < level < 1:
        raise CriterionError(f"the level is {level}; expected a probability between 0 and 1, such as 0.95")
    if abs(covariance) > numerator_sd * denominator_sd * (1 + 1e-9):
        raise CriterionError(
            f"a covariance of {covariance:g} with errors of {numerator_sd:g} and {denominator_sd:g};"
            " expected at most their product"
        )
    z = NormalDist().inv_cdf(0.5 + level / 2)
    # Every r with (N - r D)² <= z² (vN - 2 r c + r² vD): a r² - 2 b r + e <= 0.
    a = denominator**2 - (z * denominator_sd) ** 2
    b = numerator * denominator - z**2 * covariance
    e = numerator**2 - (z * numerator_sd) ** 2
    if a <= 0:
        raise CriterionError(
            f"the error of the denominator is {100 * denominator_sd / denominator:.0f} % of it; "
            "the interval has no end: give a smaller error"
        )
    half = math.sqrt(max(0.0, b * b - a * e))
    below = {
        f"{limit:g}": _probability_below(
            limit / scale,
            numerator,
            denominator,
            numerator_sd=numerator_sd,
            denominator_sd=denominator_sd,
            covariance=covariance,
        )
        for limit in limits
    }
    return Interval(scale * (b - half) / a, scale * (b + half) / a, level, below)


def has_an_end(denominator: float, denominator_sd: float, level: float = LEVEL) -> bool:
    """Whether a denominator is sure enough to be above 0 that a ratio's interval is bounded."""
    return denominator > NormalDist().inv_cdf(0.5 + level / 2) * denominator_sd


def within_percent(interval: Interval) -> Interval:
    """The interval of a share of a whole, which lies from 0 to 100. [%]

    >>> within_percent(Interval(88.0, 110.7, 0.95, {})).high
    100.0
    """
    return replace(interval, low=min(max(interval.low, 0.0), 100.0), high=min(interval.high, 100.0))


def volume_interval(value_ml: float, *, sd_ml: float, level: float = LEVEL) -> Interval:
    """Interval of a volume with a normal error; its low end is never below 0.

    Raises
    ------
    CriterionError
        If a number is negative or not finite.

    Examples
    --------
    >>> interval = volume_interval(400, sd_ml=20)
    >>> round(interval.low), round(interval.high)
    (361, 439)
    """
    if not (0 <= value_ml < math.inf and 0 <= sd_ml < math.inf):
        raise CriterionError(
            f"a volume of {value_ml:g} mL with an error of {sd_ml:g} mL; expected both from 0 on"
        )
    half = NormalDist().inv_cdf(0.5 + level / 2) * sd_ml
    return Interval(max(0.0, value_ml - half), value_ml + half, level, {})


def share_of_parts_interval(
    part_ml: float, whole_ml: float, *, part_percent: float, limits: Sequence[float] = ()
) -> Interval:
    """Interval of a part's share of a whole, where the part and the rest are each off by itself, in percent.

    Parameters
    ----------
    part_ml, whole_ml : float
        The part from 0 to the whole. [mL]
    part_percent : float
        Relative error of each of the two, one standard deviation. [%]
    limits : sequence of float
        Percentages to give the probability for. [%]

    Raises
    ------
    CriterionError
        If the part is no part of the whole, or a number not finite.

    Notes
    -----
    A share s has a standard deviation of s·(1−s)·√2 times the relative error.

    Examples
    --------
    >>> interval = share_of_parts_interval(400, 1500, part_percent=5.0, limits=[25])
    >>> round(interval.low, 1), round(interval.high, 1), round(interval.probability_below["25"], 2)
    (24.0, 29.4, 0.11)
    """
    numbers = (part_ml, whole_ml, part_percent, *limits)
    if not all(math.isfinite(number) for number in numbers) or not 0 <= part_ml <= whole_ml * (1 + 1e-9):
        raise CriterionError(
            f"a part of {part_ml:g} mL of {whole_ml:g} mL; expected finite mL, at most the whole"
        )
    if not whole_ml > 0.0 or part_percent < 0.0:
        raise CriterionError("the whole must be above 0 mL, and its error not below 0")
    share = part_ml / whole_ml
    sd_percent = share * (1.0 - min(share, 1.0)) * math.sqrt(2.0) * part_percent
    half = NormalDist().inv_cdf(0.5 + LEVEL / 2) * sd_percent
    percent = 100.0 * share
    below = {
        f"{limit:g}": NormalDist(percent, sd_percent).cdf(limit) if sd_percent else float(percent < limit)
        for limit in limits
    }
    return within_percent(Interval(percent - half, percent + half, LEVEL, below))


def measured_share_interval(
    flr_ml: float,
    functional_ml: float,
    *,
    limits: Sequence[float] = (),
    reviewed: bool = True,
    cirrhosis: bool = False,
    errors: Errors = ERRORS,
) -> Interval:
    """Interval of the remnant's share of the measured functional liver, in percent.

    What stays and what leaves are off by themselves: a share s has a standard deviation of s·(1−s)·√2 times
    the relative error of a part.

    Parameters
    ----------
    flr_ml, functional_ml : float
        Remnant and functional liver. [mL]
    limits : sequence of float
        Percentages to give the probability for. [%]
    reviewed : bool
        False for automatic segmentations that nobody has reviewed.
    cirrhosis : bool
        Whether the liver is cirrhotic, where readers differ more.
    errors : Errors

    Raises
    ------
    CriterionError
        As `ratio_interval`.

    Examples
    --------
    >>> round(measured_share_interval(400, 1500, limits=[25]).probability_below["25"], 2)
    0.11
    """
    part_percent = errors.of_flr_percent(reviewed=reviewed, cirrhosis=cirrhosis)
    return share_of_parts_interval(flr_ml, functional_ml, part_percent=part_percent, limits=limits)


def standard_share_interval(
    flr_ml: float,
    standard_liver_volume_ml: float,
    *,
    limits: Sequence[float] = (),
    reviewed: bool = True,
    sex: str | None = None,
    errors: Errors = ERRORS,
) -> Interval:
    """Interval of the remnant's share of the standard liver volume, in percent.

    The scatter of single livers about the formula dominates; the errors of weight and height are small
    beside it and are taken as part of it. Parameters and errors as `measured_share_interval`.

    >>> interval = standard_share_interval(400, 1500, limits=[25])
    >>> round(interval.low, 1), round(interval.high, 1)
    (18.3, 47.2)
    """
    return ratio_interval(
        flr_ml,
        standard_liver_volume_ml,
        numerator_sd=flr_ml * errors.of_flr_percent(reviewed=reviewed) / 100,
        denominator_sd=standard_liver_volume_ml * errors.of_standard_percent(sex) / 100,
        limits=limits,
        scale=100.0,
    )


def body_weight_share_interval(
    flr_ml: float,
    weight_kg: float,
    *,
    limits: Sequence[float] = (),
    reviewed: bool = True,
    errors: Errors = ERRORS,
) -> Interval:
    """Interval of the remnant per body weight, in percent (1 mL counted as 1 g).

    Parameters and errors as `measured_share_interval`.

    >>> round(body_weight_share_interval(350, 70, limits=[0.5]).probability_below["0.5"], 2)
    0.5
    """
    return ratio_interval(
        flr_ml,
        weight_kg,
        numerator_sd=flr_ml * errors.of_flr_percent(reviewed=reviewed) / 100,
        denominator_sd=weight_kg * errors.weight_percent / 100,
        limits=limits,
        scale=0.1,
    )


def body_surface_share_interval(
    flr_ml: float,
    bsa_m2: float,
    *,
    limits: Sequence[float] = (),
    reviewed: bool = True,
    errors: Errors = ERRORS,
) -> Interval:
    """Interval of the remnant per body surface, in mL/m².

    The surface goes with the square root of weight times height (Mosteller), and so do their errors.
    Parameters and errors as `measured_share_interval`.

    >>> round(body_surface_share_interval(450, 1.8, limits=[250]).probability_below["250"], 2)
    0.5
    """
    surface_percent = math.hypot(errors.weight_percent, errors.height_percent) / 2
    return ratio_interval(
        flr_ml,
        bsa_m2,
        numerator_sd=flr_ml * errors.of_flr_percent(reviewed=reviewed) / 100,
        denominator_sd=bsa_m2 * surface_percent / 100,
        limits=limits,
    )


def _probability_below(
    ratio: float,
    numerator: float,
    denominator: float,
    *,
    numerator_sd: float,
    denominator_sd: float,
    covariance: float,
) -> float:
    variance = numerator_sd**2 - 2 * ratio * covariance + (ratio * denominator_sd) ** 2
    gap = ratio * denominator - numerator
    if variance <= 0:  # nothing is uncertain
        return 1.0 if gap > 0 else 0.0
    return NormalDist().cdf(gap / math.sqrt(variance))
