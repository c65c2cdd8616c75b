"""Hepatobiliary uptake of gadoxetic acid, in the liver and in the remnant; no cut-off ships."""

from __future__ import annotations

from flr.errors import CriterionError
from flr.formulas.arrays import elementwise
from flr.formulas.checks import positive


@elementwise
def hepatocellular_uptake_index_yamada_2011_ml(
    volume_ml: float, *, liver_signal: float, spleen_signal: float
) -> float:
    """Hepatocellular uptake index HUI = V·(L20/S20 − 1); with the remnant's volume, the remnant index.

    Parameters
    ----------
    volume_ml : float or array_like
        Liver or remnant. [mL]
    liver_signal, spleen_signal : float or array_like
        Mean signal in the hepatobiliary phase (20 minutes), arbitrary but equal units.

    Returns
    -------
    float or ndarray
        In the unit of the volume. Published cut-offs use a unit that could not be confirmed: none is
        compared here. [mL]

    Raises
    ------
    CriterionError
        If a number is not finite and positive.

    References
    ----------
    .. [1] Yamada A et al., Radiology 2011;260:727-33

    Examples
    --------
    >>> hepatocellular_uptake_index_yamada_2011_ml(400.0, liver_signal=300.0, spleen_signal=150.0)
    400.0
    """
    ratio = positive(liver_signal, "liver_signal") / positive(spleen_signal, "spleen_signal")
    return positive(volume_ml, "volume_ml") * (ratio - 1.0)


@elementwise
def relative_liver_enhancement_percent(before_signal: float, after_signal: float) -> float:
    """Relative enhancement RLE = (SI20 − SI0)/SI0, in percent.

    Raises
    ------
    CriterionError
        If a signal is not finite and positive.

    References
    ----------
    .. [1] Wang Q et al., Eur Radiol 2022, PMC8831250 (not standardised between scanners)

    Examples
    --------
    >>> relative_liver_enhancement_percent(200.0, 360.0)
    80.0
    """
    before = positive(before_signal, "before_signal")
    return 100.0 * (positive(after_signal, "after_signal") - before) / before


@elementwise
def functional_remnant_asenbaum_2018_ml_per_kg(
    flr_ml: float, *, enhancement_percent: float, weight_kg: float
) -> float:
    """Functional remnant functFLR = FLR·RLE/W, RLE as a fraction averaged over the remnant.

    Raises
    ------
    CriterionError
        If the remnant or weight is not finite and positive, or the enhancement not finite.

    Notes
    -----
    The exact algebra of the enhancement in the paper is unverified; no universal cut-off exists.

    References
    ----------
    .. [1] Asenbaum U et al., Eur Radiol 2018 (62 patients, no DOI recorded)

    Examples
    --------
    >>> functional_remnant_asenbaum_2018_ml_per_kg(420.0, enhancement_percent=50.0, weight_kg=70.0)
    3.0
    """
    if not -100.0 <= enhancement_percent < float("inf"):
        raise CriterionError(
            f"enhancement_percent is {enhancement_percent}; expected percent, -100 or above, "
            "such as 80 for (SI20 - SI0)/SI0 = 0.8"
        )
    return positive(flr_ml, "flr_ml") * enhancement_percent / 100.0 / positive(weight_kg, "weight_kg")
