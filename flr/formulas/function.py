"""Liver function tests related to the remnant."""

from __future__ import annotations

import math

from flr.errors import CriterionError
from flr.formulas.arrays import elementwise
from flr.formulas.checks import positive


@elementwise
def icg_clearance_per_min(icg_r15_percent: float) -> float:
    """Plasma clearance rate K of indocyanine green, from the retention after 15 minutes.

    Parameters
    ----------
    icg_r15_percent : float or array_like
        Retention at 15 minutes, above 0 and at most 100. [%]

    Returns
    -------
    float or ndarray
        First-order clearance rate. [1/min]

    Raises
    ------
    CriterionError
        If the retention is not above 0 and at most 100.

    Notes
    -----
    K = −ln(R15/100)/15, exact for one exponential; an approximation of a measured K, and not valid
    in undrained jaundice, where bilirubin competes for uptake.

    Examples
    --------
    >>> round(icg_clearance_per_min(10.0), 4)
    0.1535
    """
    if not (math.isfinite(icg_r15_percent) and 0 < icg_r15_percent <= 100):
        raise CriterionError(f"ICG-R15 is {icg_r15_percent}; expected percent, above 0 and at most 100")
    return abs(math.log(icg_r15_percent / 100.0)) / 15.0


@elementwise
def icg_disappearance_percent_per_min(icg_r15_percent: float) -> float:
    """Plasma disappearance rate of indocyanine green, 100·K; raises as `icg_clearance_per_min`.

    >>> round(icg_disappearance_percent_per_min(22.0), 2)
    10.09
    """
    return 100.0 * icg_clearance_per_min(icg_r15_percent)


@elementwise
def icg_clearance_of_remnant_per_min(clearance_per_min: float, flr_percent_of_measured: float) -> float:
    """Share of the indocyanine green clearance that falls to the remnant (ICGK-F).

    Parameters
    ----------
    clearance_per_min : float or array_like
        Clearance rate K of the whole liver. [1/min]
    flr_percent_of_measured : float or array_like
        Remnant share, 0 to 100; it enters as a fraction. [%]

    Raises
    ------
    CriterionError
        If the clearance is not finite and at least 0, or the share not 0 to 100.

    References
    ----------
    .. [1] Nagino M et al., Ann Surg 2006;243:364-72, doi:10.1097/01.sla.0000201482.11876.14

    Examples
    --------
    >>> round(icg_clearance_of_remnant_per_min(icg_clearance_per_min(10.0), 35.0), 4)
    0.0537
    """
    if not (math.isfinite(clearance_per_min) and clearance_per_min >= 0):
        raise CriterionError(f"clearance is {clearance_per_min}; expected a finite number per minute")
    return clearance_per_min * _fraction(flr_percent_of_measured)


@elementwise
def allowed_resection_takasaki_percent(icg_r15_percent: float, *, tolerated_r15_percent: float) -> float:
    """Largest share of the liver that may leave by Takasaki's rule, in percent of the measured liver.

    Parameters
    ----------
    icg_r15_percent : float or array_like
        Retention of indocyanine green after 15 minutes. [%]
    tolerated_r15_percent : float or array_like
        Retention that the remnant alone may show: 40 in cirrhosis, 50 otherwise. [%]

    Returns
    -------
    float or ndarray
        100·(ln T − ln R15)/(ln 100 − ln R15); 0 where R15 is T or more. [%]

    Raises
    ------
    CriterionError
        If a retention is not above 0 and at most 100, or the tolerated one is 100.

    Notes
    -----
    The clearance of the remnant is taken as its share of the liver's, as in ICGK-F. Two public Japanese
    calculators agree on the rule; the original was not read.

    Examples
    --------
    >>> round(allowed_resection_takasaki_percent(22.0, tolerated_r15_percent=40.0), 2)
    39.48
    >>> allowed_resection_takasaki_percent(45.0, tolerated_r15_percent=40.0)
    0.0
    """
    present, tolerated = (icg_clearance_per_min(r) for r in (icg_r15_percent, tolerated_r15_percent))
    if not tolerated > 0.0:
        raise CriterionError(f"tolerated ICG-R15 is {tolerated_r15_percent}; expected percent below 100")
    return 100.0 * (1.0 - tolerated / present) if present > tolerated else 0.0


@elementwise
def prediction_score_yamanaka_1994(
    resected_percent: float, *, icg_r15_percent: float, age_years: float
) -> float:
    """Yamanaka's prediction score of a resection: above 55 risky, from 45 to 55 borderline.

    Parameters
    ----------
    resected_percent : float or array_like
        Share of the liver that leaves. [%]
    icg_r15_percent : float or array_like
        Retention of indocyanine green after 15 minutes. [%]
    age_years : float or array_like
        [years]

    Returns
    -------
    float or ndarray
        −84.6 + 0.933·resected + 1.12·R15 + age. [-]

    Raises
    ------
    CriterionError
        If a share or a retention is not from 0 to 100, or the age is negative.

    References
    ----------
    .. [1] Yamanaka N et al., doi:10.1007/BF02489019.

    Examples
    --------
    >>> round(prediction_score_yamanaka_1994(45.0, icg_r15_percent=12.0, age_years=60.0), 1)
    30.8
    """
    for name, value, most in (
        ("resected_percent", resected_percent, 100.0),
        ("icg_r15_percent", icg_r15_percent, 100.0),
        ("age_years", age_years, math.inf),
    ):
        if not 0.0 <= value <= most:
            raise CriterionError(f"{name} is {value:g}; expected 0 to {most:g}")
    return -84.6 + 0.933 * resected_percent + 1.12 * icg_r15_percent + age_years


@elementwise
def planned_residual_limax_ug_per_kg_per_h(
    limax_ug_per_kg_per_h: float, flr_percent_of_measured: float
) -> float:
    """LiMAx expected of the remnant: the value before surgery times the remnant share.

    Raises
    ------
    CriterionError
        If the test is not finite and positive, or the share not 0 to 100.

    References
    ----------
    .. [1] Stockmann M et al., HPB 2010;12:139-46, doi:10.1111/j.1477-2574.2009.00151.x

    Examples
    --------
    >>> planned_residual_limax_ug_per_kg_per_h(400.0, 25.0)
    100.0
    """
    return positive(limax_ug_per_kg_per_h, "limax_ug_per_kg_per_h") * _fraction(flr_percent_of_measured)


@elementwise
def hbs_of_remnant_percent_per_min_per_m2(
    uptake_percent_per_min: float, *, share_percent: float, bsa_m2: float
) -> float:
    """Mebrofenin uptake of the remnant, per body surface.

    Parameters
    ----------
    uptake_percent_per_min : float or array_like
        Uptake rate of the whole liver. [%/min]
    share_percent : float or array_like
        Counts in the remnant per counts in the liver, 0 to 100. [%]
    bsa_m2 : float or array_like
        Body surface area. [m²]

    Raises
    ------
    CriterionError
        If the uptake or body surface is not finite and positive, or the share not 0 to 100.

    References
    ----------
    .. [1] de Graaf W et al., J Gastrointest Surg 2010;14:369-78, doi:10.1007/s11605-009-1085-2

    Examples
    --------
    >>> round(hbs_of_remnant_percent_per_min_per_m2(15.0, share_percent=36.0, bsa_m2=2.0), 2)
    2.7
    """
    uptake = positive(uptake_percent_per_min, "uptake_percent_per_min")
    return uptake * _fraction(share_percent) / positive(bsa_m2, "bsa_m2")


def _fraction(percent: float) -> float:
    if not (math.isfinite(percent) and 0 <= percent <= 100):
        raise CriterionError(f"remnant share is {percent}; expected percent, 0 to 100")
    return percent / 100.0
