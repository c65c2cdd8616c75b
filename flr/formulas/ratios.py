"""How a remnant relates to a liver and to a body. Volumes in mL; percent is 0 to 100."""

from __future__ import annotations

import math

from flr.errors import CriterionError
from flr.formulas.arrays import elementwise
from flr.formulas.checks import positive

_ROUNDING_ML = 1e-6  # volumes are sums of floats; a difference below this is rounding


@elementwise
def functional_volume_ml(total_ml: float, tumour_and_nonfunctional_ml: float) -> float:
    """Total functional liver volume: the measured liver without tumour and other non-functional tissue.

    Parameters
    ----------
    total_ml : float or array_like
        Measured liver, tumours included. [mL]
    tumour_and_nonfunctional_ml : float or array_like
        Tumour, earlier ablation zones, large cysts, abscess. [mL]

    Raises
    ------
    CriterionError
        If a volume is not finite, the total is not positive, the part is negative, or nothing
        functional is left.

    References
    ----------
    .. [1] Ribero D et al., Ann Surg 2013;258:801-7, doi:10.1097/SLA.0000000000000213

    Examples
    --------
    >>> functional_volume_ml(1500.0, 40.0)
    1460.0
    """
    positive(total_ml, "total_ml")
    _not_negative(tumour_and_nonfunctional_ml, "tumour_and_nonfunctional_ml")
    if tumour_and_nonfunctional_ml >= total_ml:
        raise CriterionError(
            f"tumour and other non-functional tissue is {tumour_and_nonfunctional_ml:.1f} mL of a liver "
            f"of {total_ml:.1f} mL; expected less than the liver: check which map is which"
        )
    return total_ml - tumour_and_nonfunctional_ml


@elementwise
def flr_percent_of_measured(flr_ml: float, functional_ml: float) -> float:
    """Remnant as a share of the measured functional liver, in percent.

    Raises
    ------
    CriterionError
        If the remnant is negative or larger than the functional liver, or a volume is not finite.

    References
    ----------
    .. [1] Ribero D et al., Ann Surg 2013;258:801-7, doi:10.1097/SLA.0000000000000213

    Examples
    --------
    >>> flr_percent_of_measured(450.0, 1500.0)
    30.0
    """
    _not_negative(flr_ml, "flr_ml")
    positive(functional_ml, "functional_ml")
    if flr_ml > functional_ml + _ROUNDING_ML:
        raise CriterionError(
            f"the remnant is {flr_ml:.1f} mL and the functional liver {functional_ml:.1f} mL; "
            "a part cannot be larger than the whole: check the volumes and whether tumour was subtracted once"
        )
    return 100.0 * min(flr_ml, functional_ml) / functional_ml


@elementwise
def flr_percent_of_standard(flr_ml: float, standard_liver_volume_ml: float) -> float:
    """Remnant as a share of the standard (estimated) liver volume, in percent.

    May exceed the measured share or fall below it, and may exceed 100.

    Raises
    ------
    CriterionError
        If the remnant is negative, the standard volume not positive, or one is not finite.

    References
    ----------
    .. [1] Vauthey JN et al., Liver Transpl 2002;8:233-40, doi:10.1053/jlts.2002.31654

    Examples
    --------
    >>> flr_percent_of_standard(300.0, 1500.0)
    20.0
    """
    return 100.0 * _not_negative(flr_ml, "flr_ml") / positive(standard_liver_volume_ml, "standard volume")


@elementwise
def flr_to_body_weight_percent(flr_ml: float, weight_kg: float) -> float:
    """Remnant per body weight, in percent (1 mL of liver counted as 1 g).

    Raises
    ------
    CriterionError
        If the remnant is negative, the weight not positive, or one is not finite.

    References
    ----------
    .. [1] Truant S et al., J Am Coll Surg 2007;204:22-33, doi:10.1016/j.jamcollsurg.2006.09.007

    Examples
    --------
    >>> flr_to_body_weight_percent(350.0, 70.0)
    0.5
    """
    return _not_negative(flr_ml, "flr_ml") / (10.0 * positive(weight_kg, "weight_kg"))


@elementwise
def flr_per_bsa_ml_per_m2(flr_ml: float, bsa_m2: float) -> float:
    """Remnant per body surface, in mL/m².

    Raises
    ------
    CriterionError
        If the remnant is negative, the body surface not positive, or one is not finite.

    References
    ----------
    .. [1] Shirabe K et al., J Am Coll Surg 1999;188:304-9

    Examples
    --------
    >>> flr_per_bsa_ml_per_m2(450.0, 1.8)
    250.0
    """
    return _not_negative(flr_ml, "flr_ml") / positive(bsa_m2, "bsa_m2")


@elementwise
def resected_percent_of_measured(flr_ml: float, functional_ml: float) -> float:
    """Functional liver that leaves, as a share of the measured functional liver, in percent.

    Raises as `flr_percent_of_measured`, whose complement it is.

    >>> resected_percent_of_measured(450.0, 1500.0)
    70.0
    """
    return 100.0 - flr_percent_of_measured(flr_ml, functional_ml)


@elementwise
def graft_to_recipient_weight_percent(graft_g: float, recipient_weight_kg: float) -> float:
    """Weight of a graft per weight of its recipient, in percent (transplantation only).

    Raises
    ------
    CriterionError
        If a weight is not finite and positive.

    References
    ----------
    .. [1] Soin AS et al., Transplantation 2019;103:e39-47, doi:10.1097/TP.0000000000002475

    Examples
    --------
    >>> graft_to_recipient_weight_percent(560.0, 70.0)
    0.8
    """
    graft_g = positive(graft_g, "graft_g")
    return 100.0 * graft_g / (1000.0 * positive(recipient_weight_kg, "recipient_weight_kg"))


@elementwise
def growth_needed_percent(flr_ml: float, needed_ml: float) -> float:
    """Growth of the remnant, in percent of itself, that brings it to ``needed_ml``; 0 if it is there.

    Raises
    ------
    CriterionError
        If the remnant is not positive (nothing can grow from nothing) or a volume is not finite.

    Examples
    --------
    >>> growth_needed_percent(300.0, 450.0)
    50.0
    """
    positive(flr_ml, "flr_ml")
    _not_negative(needed_ml, "needed_ml")
    return max(0.0, 100.0 * (needed_ml / flr_ml - 1.0))


def _not_negative(value: float, name: str) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise CriterionError(f"{name} is {value}; expected a finite number, 0 or above")
    return float(value)
