"""How sure a share is: 95 % intervals from assumed errors of measurement. Numbers only.

The errors are an assumption of this toolkit, not a measurement: no single source gives a universal
coefficient of variation for liver segmentation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from flr.errors import CriterionError

LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Assumed relative errors, one standard deviation, in percent of the quantity.

    ``flr_percent`` holds for reviewed segmentations, ``unreviewed_flr_percent`` for automatic maps
    that nobody has reviewed.
    """

    total_percent: float = 3.0
    flr_percent: float = 5.0
    unreviewed_flr_percent: float = 10.0
    tumour_percent: float = 10.0
    standard_percent: float = 15.0
    weight_percent: float = 1.0
    height_percent: float = 0.5

    def __post_init__(self) -> None:
        """Refuse errors that are none."""
        for name in self.__slots__:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise CriterionError(f"{name} is {value}; expected a finite percentage, 0 or above")

    def of_flr_percent(self, *, reviewed: bool) -> float:
        """Error of the remnant, by whether somebody has reviewed the segmentation."""
        return self.flr_percent if reviewed else self.unreviewed_flr_percent


ERRORS: Final = Errors()
"""The errors assumed unless a site sets its own."""


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
    limits: Sequence[float] = (),
    scale: float = 1.0,
    level: float = LEVEL,
) -> Interval:
    """Interval of ``scale · numerator / denominator`` for independent normal errors, by Fieller.

    Parameters
    ----------
    numerator, denominator : float
        Measured quantities, in the same unit; the denominator positive.
    numerator_sd, denominator_sd : float
        One standard deviation of each, in their unit.
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
        If a number is not finite, the denominator not positive, or its error so large that the
        interval has no end.

    Notes
    -----
    Fieller's interval is every ratio r for which (numerator − r·denominator) is within z of its
    standard deviation; the probability below a limit t is Φ((t·denominator − numerator) /
    √(numerator_sd² + t²·denominator_sd²)), which takes the denominator as surely positive.

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
    numbers = (numerator, denominator, numerator_sd, denominator_sd, scale, *limits)
    if not all(math.isfinite(number) for number in numbers):
        raise CriterionError("a number of the ratio is not finite; expected measured volumes and errors")
    if denominator <= 0 or min(numerator, numerator_sd, denominator_sd) < 0 or scale <= 0:
        raise CriterionError("the denominator and scale must be above 0, the other numbers not below 0")
    if not 0 < level < 1:
        raise CriterionError(f"the level is {level}; expected a probability between 0 and 1, such as 0.95")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    spread = (z * denominator_sd / denominator) ** 2
    if spread >= 1:
        raise CriterionError(
            f"the error of the denominator is {100 * denominator_sd / denominator:.0f} % of it; "
            "the interval has no end: give a smaller error"
        )
    ratio = numerator / denominator
    half = (z / denominator) * math.sqrt((1 - spread) * numerator_sd**2 + ratio**2 * denominator_sd**2)
    below = {
        f"{limit:g}": _probability_below(
            limit / scale, numerator, denominator, numerator_sd=numerator_sd, denominator_sd=denominator_sd
        )
        for limit in limits
    }
    return Interval(
        scale * (ratio - half) / (1 - spread), scale * (ratio + half) / (1 - spread), level, below
    )


def measured_share_interval(
    flr_ml: float,
    functional_ml: float,
    *,
    tumour_ml: float = 0.0,
    limits: Sequence[float] = (),
    reviewed: bool = True,
    errors: Errors = ERRORS,
) -> Interval:
    """Interval of the remnant's share of the measured functional liver, in percent.

    Parameters
    ----------
    flr_ml, functional_ml : float
        Remnant and functional liver. [mL]
    tumour_ml : float
        What was subtracted from the liver; its own error adds to the functional liver's. [mL]
    limits : sequence of float
        Percentages to give the probability for. [%]
    reviewed : bool
        False for automatic segmentations that nobody has reviewed.
    errors : Errors

    Raises
    ------
    CriterionError
        As `ratio_interval`.

    Examples
    --------
    >>> round(measured_share_interval(400, 1500, limits=[25]).probability_below["25"], 2)
    0.14
    """
    return ratio_interval(
        flr_ml,
        functional_ml,
        numerator_sd=flr_ml * errors.of_flr_percent(reviewed=reviewed) / 100,
        denominator_sd=math.hypot(
            (functional_ml + tumour_ml) * errors.total_percent / 100, tumour_ml * errors.tumour_percent / 100
        ),
        limits=limits,
        scale=100.0,
    )


def standard_share_interval(
    flr_ml: float,
    standard_liver_volume_ml: float,
    *,
    limits: Sequence[float] = (),
    reviewed: bool = True,
    errors: Errors = ERRORS,
) -> Interval:
    """Interval of the remnant's share of the standard liver volume, in percent.

    The scatter of single livers about the formula dominates; the errors of weight and height are small
    beside it and are taken as part of it. Parameters and errors as `measured_share_interval`.

    >>> interval = standard_share_interval(400, 1500, limits=[25])
    >>> round(interval.low, 1), round(interval.high, 1), round(interval.probability_below["25"], 2)
    (20.2, 38.2, 0.34)
    """
    return ratio_interval(
        flr_ml,
        standard_liver_volume_ml,
        numerator_sd=flr_ml * errors.of_flr_percent(reviewed=reviewed) / 100,
        denominator_sd=standard_liver_volume_ml * errors.standard_percent / 100,
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
    ratio: float, numerator: float, denominator: float, *, numerator_sd: float, denominator_sd: float
) -> float:
    sd = math.hypot(numerator_sd, ratio * denominator_sd)
    gap = ratio * denominator - numerator
    if sd == 0:  # nothing is uncertain
        return 1.0 if gap > 0 else 0.0
    return NormalDist().cdf(gap / sd)
