"""Body surface area in m², from weight in kg and height in cm."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, Protocol

from flr.errors import CriterionError
from flr.formulas.arrays import elementwise
from flr.formulas.checks import positive
from flr.formulas.reference import Evidence, Reference

ADULT_WEIGHT_KG: Final = (30.0, 200.0)
"""Body weights of adults within the guard (engineering choice); outside it a warning."""

ADULT_HEIGHT_CM: Final = (130.0, 215.0)
"""Body heights of adults within the guard (engineering choice); outside it a warning."""

DEFAULT_BSA_FORMULA: Final = "mosteller_1987"


@elementwise
def bsa_mosteller_1987_m2(weight_kg: float, height_cm: float) -> float:
    """Body surface area by Mosteller, the default of this toolkit.

    Parameters
    ----------
    weight_kg : float or array_like
        Body weight. [kg]
    height_cm : float or array_like
        Body height. [cm]

    Returns
    -------
    float or ndarray
        Body surface area. [m²]

    Raises
    ------
    CriterionError
        If weight or height is not finite and positive.

    References
    ----------
    .. [1] Mosteller RD, N Engl J Med 1987;317:1098, doi:10.1056/NEJM198710223171717

    Examples
    --------
    >>> round(bsa_mosteller_1987_m2(70.0, 170.0), 4)
    1.8181
    """
    weight_kg, height_cm = _body(weight_kg, height_cm)
    return math.sqrt(height_cm * weight_kg / 3600.0)


@elementwise
def bsa_du_bois_1916_m2(weight_kg: float, height_cm: float) -> float:
    """Body surface area by Du Bois and Du Bois, in m²; raises as `bsa_mosteller_1987_m2`.

    References
    ----------
    .. [1] Du Bois D, Du Bois EF, Arch Intern Med 1916;17:863-71,
       doi:10.1001/archinte.1916.00080130010002

    Examples
    --------
    >>> round(bsa_du_bois_1916_m2(70.0, 170.0), 4)
    1.8097
    """
    weight_kg, height_cm = _body(weight_kg, height_cm)
    return 0.007184 * math.pow(height_cm, 0.725) * math.pow(weight_kg, 0.425)


@elementwise
def bsa_haycock_1978_m2(weight_kg: float, height_cm: float) -> float:
    """Body surface area by Haycock, in m², from newborns to adults; raises as `bsa_mosteller_1987_m2`.

    References
    ----------
    .. [1] Haycock GB, J Pediatr 1978;93:62-6, doi:10.1016/S0022-3476(78)80601-5

    Examples
    --------
    >>> round(bsa_haycock_1978_m2(70.0, 170.0), 4)
    1.8257
    """
    weight_kg, height_cm = _body(weight_kg, height_cm)
    return 0.024265 * math.pow(height_cm, 0.3964) * math.pow(weight_kg, 0.5378)


@elementwise
def bsa_gehan_george_1970_m2(weight_kg: float, height_cm: float) -> float:
    """Body surface area by Gehan and George, in m²; raises as `bsa_mosteller_1987_m2`.

    References
    ----------
    .. [1] Gehan EA, George SL, Cancer Chemother Rep 1970;54:225-35 (no DOI)

    Examples
    --------
    >>> round(bsa_gehan_george_1970_m2(70.0, 170.0), 4)
    1.8313
    """
    weight_kg, height_cm = _body(weight_kg, height_cm)
    return 0.0235 * math.pow(height_cm, 0.42246) * math.pow(weight_kg, 0.51456)


@elementwise
def bsa_boyd_1935_m2(weight_kg: float, height_cm: float) -> float:
    """Body surface area by Boyd, in m²; raises as `bsa_mosteller_1987_m2`.

    Notes
    -----
    Inside the power the weight is in grams and the logarithm is to base 10; public code exists
    that mixes the constants of the kilogram form with these exponents.

    References
    ----------
    .. [1] Boyd E, The growth of the surface area of the human body, Univ. Minnesota Press 1935 (no DOI)

    Examples
    --------
    >>> round(bsa_boyd_1935_m2(70.0, 170.0), 4)
    1.8347
    """
    weight_kg, height_cm = _body(weight_kg, height_cm)
    weight_g = 1000.0 * weight_kg
    return 0.0003207 * math.pow(height_cm, 0.3) * math.pow(weight_g, 0.7285 - 0.0188 * math.log10(weight_g))


@elementwise
def bsa_fujimoto_1968_m2(weight_kg: float, height_cm: float) -> float:
    """Body surface area by Fujimoto, in m²; raises as `bsa_mosteller_1987_m2`.

    References
    ----------
    .. [1] Fujimoto S, Nippon Eiseigaku Zasshi 1968;23:443-50, doi:10.1265/jjh.23.443

    Examples
    --------
    >>> round(bsa_fujimoto_1968_m2(70.0, 170.0), 4)
    1.7643
    """
    weight_kg, height_cm = _body(weight_kg, height_cm)
    return 0.008883 * math.pow(height_cm, 0.663) * math.pow(weight_kg, 0.444)


@elementwise
def bsa_takahira_1925_m2(weight_kg: float, height_cm: float) -> float:
    """Body surface area by Takahira, in m²; raises as `bsa_mosteller_1987_m2`.

    References
    ----------
    .. [1] Takahira H, Rep Imp Gov Inst Nutr Tokyo 1925;1:61-95 (no DOI)

    Examples
    --------
    >>> round(bsa_takahira_1925_m2(70.0, 170.0), 4)
    1.8241
    """
    weight_kg, height_cm = _body(weight_kg, height_cm)
    return 0.007241 * math.pow(height_cm, 0.725) * math.pow(weight_kg, 0.425)


class BsaFunction(Protocol):
    """Weight in kg and height in cm to body surface area in m²."""

    def __call__(self, weight_kg: float, height_cm: float) -> float:
        """Body surface area in m²."""
        ...


@dataclass(frozen=True, slots=True)
class BsaFormula:
    """One published body-surface equation and what is known about it.

    Parameters
    ----------
    key : str
        Stable name, as on the command line.
    equation : str
        As printed, weight W in kg and height H in cm.
    use : {"default", "paired", "optional"}
        ``paired`` formulas are the default for volume formulas that were derived with them.
    """

    key: str
    function: BsaFunction
    equation: str
    population: str
    valid_for: str
    evidence: Evidence
    reference: Reference
    use: Literal["default", "paired", "optional"]
    inputs: tuple[str, ...] = ("weight_kg", "height_cm")
    unit: Literal["m2"] = "m2"


_ADULT_GUARD = "finite and above 0; adults outside 30 to 200 kg or 130 to 215 cm get a warning"

_ROWS = (
    BsaFormula(
        "mosteller_1987",
        bsa_mosteller_1987_m2,
        "sqrt(H·W/3600)",
        "algebraic simplification of Gehan and George",
        _ADULT_GUARD,
        "V2",
        Reference("Mosteller RD. N Engl J Med 1987;317:1098", "10.1056/NEJM198710223171717"),
        "default",
    ),
    BsaFormula(
        "du_bois_1916",
        bsa_du_bois_1916_m2,
        "0.007184·H^0.725·W^0.425",
        "9 people, moulds",
        _ADULT_GUARD,
        "V2",
        Reference(
            "Du Bois D, Du Bois EF. Arch Intern Med 1916;17:863-71", "10.1001/archinte.1916.00080130010002"
        ),
        "paired",
    ),
    BsaFormula(
        "haycock_1978",
        bsa_haycock_1978_m2,
        "0.024265·H^0.3964·W^0.5378",
        "81 people, newborn to adult, geometric (number unverified)",
        "finite and above 0; newborn to adult",
        "V2",
        Reference("Haycock GB. J Pediatr 1978;93:62-6", "10.1016/S0022-3476(78)80601-5", doi_checked=False),
        "optional",
    ),
    BsaFormula(
        "gehan_george_1970",
        bsa_gehan_george_1970_m2,
        "0.0235·H^0.42246·W^0.51456",
        "401 direct measurements",
        _ADULT_GUARD,
        "V2",
        Reference("Gehan EA, George SL. Cancer Chemother Rep 1970;54:225-35 (no DOI)"),
        "optional",
    ),
    BsaFormula(
        "boyd_1935",
        bsa_boyd_1935_m2,
        "0.0003207·H^0.3·(1000·W)^(0.7285 − 0.0188·log10(1000·W))",
        "direct measurements, infants to adults",
        "finite and above 0; infants to adults",
        "V2",
        Reference(
            "Boyd E. The growth of the surface area of the human body. Univ. Minnesota Press 1935 (no DOI)"
        ),
        "optional",
    ),
    BsaFormula(
        "fujimoto_1968",
        bsa_fujimoto_1968_m2,
        "0.008883·H^0.663·W^0.444",
        "201 Japanese (number unverified)",
        _ADULT_GUARD,
        "V2",
        Reference(
            "Fujimoto S. Nippon Eiseigaku Zasshi 1968;23:443-50", "10.1265/jjh.23.443", doi_checked=False
        ),
        "optional",
    ),
    BsaFormula(
        "takahira_1925",
        bsa_takahira_1925_m2,
        "0.007241·H^0.725·W^0.425",
        "Japanese",
        _ADULT_GUARD,
        "V2",
        Reference("Takahira H. Rep Imp Gov Inst Nutr Tokyo 1925;1:61-95 (no DOI)"),
        "optional",
    ),
)

BSA_FORMULAS: Final[Mapping[str, BsaFormula]] = MappingProxyType({row.key: row for row in _ROWS})
"""Every body-surface formula that ships, by key; the default first."""


@elementwise
def bsa_m2(weight_kg: float, height_cm: float, *, formula: str = DEFAULT_BSA_FORMULA) -> float:
    """Body surface area by the formula of that key.

    Raises
    ------
    CriterionError
        If no formula has that key, or weight or height is not finite and positive.

    >>> round(bsa_m2(70.0, 170.0, formula="du_bois_1916"), 4)
    1.8097
    """
    if formula not in BSA_FORMULAS:
        raise CriterionError(
            f"body-surface formula {formula!r} is not known; expected one of {', '.join(BSA_FORMULAS)}"
        )
    return BSA_FORMULAS[formula].function(weight_kg, height_cm)


def _body(weight_kg: float, height_cm: float) -> tuple[float, float]:
    return positive(weight_kg, "weight_kg"), positive(height_cm, "height_cm")
