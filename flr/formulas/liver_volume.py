"""Standard (estimated) total liver volume from body size, in mL, or liver weight in g.

One person's liver differs from any of these by about 15 to 20 % (one standard deviation).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from flr.errors import CriterionError
from flr.formulas.arrays import elementwise
from flr.formulas.bsa import DEFAULT_BSA_FORMULA
from flr.formulas.bsa import bsa_m2 as body_surface_m2
from flr.formulas.checks import within
from flr.formulas.reference import Evidence, Reference

DEFAULT_LIVER_VOLUME_FORMULA: Final = "vauthey_2002_bsa"

STANDARD_BSA_M2: Final = (1.4, 2.5)
"""Body surface within which the default formula's share is graded; outside it a warning."""

LEAST_BSA_M2: Final = 1.2
"""Below this body surface the lines fitted to adults are refused: they run to zero and below."""

_LEAST_ADULT_WEIGHT_KG = 30.0
_LEAST_ADULT_HEIGHT_CM = 130.0
_LEAST_NEWBORN_BSA_M2 = 0.15
_MOST_CHILD_WEIGHT_KG = 50.0
_THORACIC_WIDTH_CM = (15.0, 50.0)
_ADULT_AGE_YEARS = (18.0, 120.0)


@elementwise
def standard_liver_volume_vauthey_2002_ml(bsa_m2: float) -> float:
    """Standard liver volume by Vauthey 2002 from body surface, the default of this toolkit.

    Parameters
    ----------
    bsa_m2 : float or array_like
        Body surface area, by Mosteller in most use. [m²]

    Returns
    -------
    float or ndarray
        Standard liver volume. [mL]

    Raises
    ------
    CriterionError
        If the body surface is below 1.2 m² (the line is zero at 0.627) or not finite.

    References
    ----------
    .. [1] Vauthey JN et al., Liver Transpl 2002;8:233-40, doi:10.1053/jlts.2002.31654

    Examples
    --------
    >>> round(standard_liver_volume_vauthey_2002_ml(1.818119), 1)
    1509.7
    """
    return -794.41 + 1267.28 * _adult_bsa(bsa_m2, "Vauthey 2002")


@elementwise
def standard_liver_volume_vauthey_2002_weight_ml(weight_kg: float) -> float:
    """Standard liver volume by Vauthey 2002 from body weight, in mL.

    Raises
    ------
    CriterionError
        If the weight is below 30 kg (derived in adults) or not finite.

    References
    ----------
    .. [1] Vauthey JN et al., Liver Transpl 2002;8:233-40, doi:10.1053/jlts.2002.31654

    Examples
    --------
    >>> round(standard_liver_volume_vauthey_2002_weight_ml(70.0), 1)
    1487.5
    """
    return 191.80 + 18.51 * _adult_weight(weight_kg, "Vauthey 2002")


@elementwise
def standard_liver_volume_urata_1995_ml(bsa_m2: float) -> float:
    """Standard liver volume by Urata 1995 from body surface (Du Bois), in mL.

    Raises
    ------
    CriterionError
        If the body surface is below 0.15 m² or not finite.

    References
    ----------
    .. [1] Urata K et al., Hepatology 1995;21:1317-21, doi:10.1002/hep.1840210515

    Examples
    --------
    >>> round(standard_liver_volume_urata_1995_ml(1.809708), 1)
    1280.4
    """
    return 706.2 * _any_bsa(bsa_m2, "Urata 1995") + 2.4


@elementwise
def standard_liver_volume_heinemann_1999_ml(bsa_m2: float) -> float:
    """Standard liver volume by Heinemann 1999 from body surface (Du Bois), in mL.

    Raises
    ------
    CriterionError
        If the body surface is below 1.2 m² or not finite.

    References
    ----------
    .. [1] Heinemann A et al., Liver Transpl Surg 1999;5, doi:10.1002/lt.500050516

    Examples
    --------
    >>> round(standard_liver_volume_heinemann_1999_ml(1.809708), 1)
    1595.8
    """
    return 1072.8 * _adult_bsa(bsa_m2, "Heinemann 1999") - 345.7


@elementwise
def standard_liver_volume_johnson_2005_ml(bsa_m2: float) -> float:
    """Standard liver volume by Johnson 2005 from body surface, newborn to adult, in mL.

    The paper's equation gives litres.

    Raises
    ------
    CriterionError
        If the body surface is below 0.15 m² or not finite.

    References
    ----------
    .. [1] Johnson TN et al., Liver Transpl 2005;11:1481-93, doi:10.1002/lt.20519

    Examples
    --------
    >>> round(standard_liver_volume_johnson_2005_ml(1.809708), 1)
    1450.4
    """
    litres = 0.722 * math.pow(_any_bsa(bsa_m2, "Johnson 2005"), 1.176)
    return 1000.0 * litres


@elementwise
def standard_liver_weight_yoshizumi_2003_g(bsa_m2: float) -> float:
    """Standard liver weight by Yoshizumi 2003 from body surface, in g.

    Raises
    ------
    CriterionError
        If the body surface is below 0.15 m² or not finite.

    References
    ----------
    .. [1] Yoshizumi T et al., Transplant Proc 2003;35:1415-20, doi:10.1016/S0041-1345(03)00482-2

    Examples
    --------
    >>> round(standard_liver_weight_yoshizumi_2003_g(1.818119), 1)
    1403.6
    """
    return 772.0 * _any_bsa(bsa_m2, "Yoshizumi 2003")


@elementwise
def standard_liver_volume_hashimoto_2006_ml(bsa_m2: float) -> float:
    """Standard liver volume by Hashimoto 2006 from body surface (Du Bois), in mL.

    Raises
    ------
    CriterionError
        If the body surface is below 1.2 m² or not finite.

    References
    ----------
    .. [1] Hashimoto T et al., J Gastroenterol Hepatol 2006;21:1710-3,
       doi:10.1111/j.1440-1746.2006.04433.x

    Examples
    --------
    >>> round(standard_liver_volume_hashimoto_2006_ml(1.809708), 1)
    1334.9
    """
    return -404.8 + 961.3 * _adult_bsa(bsa_m2, "Hashimoto 2006")


@elementwise
def standard_liver_volume_yu_2004_ml(weight_kg: float, height_cm: float) -> float:
    """Standard liver volume by Yu 2004 from body weight and height, in mL.

    Raises
    ------
    CriterionError
        If the weight is below 30 kg, the height below 130 cm, or one is not finite.

    References
    ----------
    .. [1] Yu HC et al., Liver Transpl 2004, doi:10.1002/lt.20188

    Examples
    --------
    >>> round(standard_liver_volume_yu_2004_ml(70.0, 170.0), 1)
    1536.8
    """
    weight_kg = _adult_weight(weight_kg, "Yu 2004")
    height_cm = _adult_height(height_cm, "Yu 2004")
    return 21.585 * math.pow(weight_kg, 0.732) * math.pow(height_cm, 0.225)


@elementwise
def standard_liver_volume_poovathumkadavil_2010_ml(weight_kg: float) -> float:
    """Standard liver volume by Poovathumkadavil 2010 from body weight, in mL.

    Raises
    ------
    CriterionError
        If the weight is below 30 kg or not finite.

    References
    ----------
    .. [1] Poovathumkadavil A et al., Transplant Proc 2010;42:3600-5,
       doi:10.1016/j.transproceed.2010.07.096

    Examples
    --------
    >>> round(standard_liver_volume_poovathumkadavil_2010_ml(70.0), 2)
    1413.85
    """
    return 12.26 * _adult_weight(weight_kg, "Poovathumkadavil 2010") + 555.65


@elementwise
def standard_liver_volume_lin_1998_ml(weight_kg: float, height_cm: float) -> float:
    """Standard liver volume by Lin 1998 from body height and weight, in mL.

    Raises
    ------
    CriterionError
        If the weight is below 30 kg, the height below 130 cm, or one is not finite.

    References
    ----------
    .. [1] Lin XZ et al., Hepatogastroenterology 1998;45:1069-74 (no DOI)

    Examples
    --------
    >>> standard_liver_volume_lin_1998_ml(70.0, 170.0)
    1520.0
    """
    return 13.0 * _adult_height(height_cm, "Lin 1998") + 12.0 * _adult_weight(weight_kg, "Lin 1998") - 1530.0


@elementwise
def standard_liver_volume_fu_gui_2009_ml(weight_kg: float) -> float:
    """Standard liver volume by Fu-Gui 2009 from body weight, in mL.

    Raises
    ------
    CriterionError
        If the weight is below 30 kg or not finite.

    References
    ----------
    .. [1] Fu-Gui L et al., Transplant Proc 2009;41:4052-6, doi:10.1016/j.transproceed.2009.08.079

    Examples
    --------
    >>> round(standard_liver_volume_fu_gui_2009_ml(70.0), 1)
    1139.6
    """
    return 11.508 * _adult_weight(weight_kg, "Fu-Gui 2009") + 334.024


@elementwise
def standard_liver_weight_chan_2006_g(weight_kg: float, sex: Literal["F", "M"]) -> float:
    """Standard liver weight by Chan 2006 from body weight and sex (male counts 1), in g.

    The weights were of flushed grafts, low by construction: about 0.84 g per mL seen on CT.

    Raises
    ------
    CriterionError
        If the weight is below 30 kg or not finite, or the sex neither "F" nor "M".

    References
    ----------
    .. [1] Chan SC et al., World J Gastroenterol 2006;12:2217-22, doi:10.3748/wjg.v12.i14.2217

    Examples
    --------
    >>> round(standard_liver_weight_chan_2006_g(70.0, "M"), 1)
    1130.0
    """
    if sex not in ("F", "M"):
        raise CriterionError(f"sex is {sex!r}; Chan 2006 needs 'F' or 'M'")
    return 218.0 + 12.3 * _adult_weight(weight_kg, "Chan 2006") + 51.0 * (sex == "M")


@elementwise
def standard_liver_volume_um_2015_du_bois_ml(bsa_m2: float) -> float:
    """Standard liver volume by Um 2015 from body surface by Du Bois, in mL.

    Raises
    ------
    CriterionError
        If the body surface is below 1.2 m² or not finite.

    References
    ----------
    .. [1] Um EH et al., Korean J Hepatobiliary Pancreat Surg 2015;19:133-8,
       doi:10.14701/kjhbps.2015.19.4.133

    Examples
    --------
    >>> round(standard_liver_volume_um_2015_du_bois_ml(1.809708), 1)
    1178.9
    """
    return 908.204 * _adult_bsa(bsa_m2, "Um 2015") - 464.728


@elementwise
def standard_liver_volume_um_2015_mosteller_ml(bsa_m2: float) -> float:
    """Standard liver volume by Um 2015 from body surface by Mosteller, in mL.

    Raises
    ------
    CriterionError
        If the body surface is below 1.2 m² or not finite.

    References
    ----------
    .. [1] Um EH et al., Korean J Hepatobiliary Pancreat Surg 2015;19:133-8,
       doi:10.14701/kjhbps.2015.19.4.133

    Examples
    --------
    >>> round(standard_liver_volume_um_2015_mosteller_ml(1.818119), 1)
    1185.3
    """
    return 893.485 * _adult_bsa(bsa_m2, "Um 2015") - 439.169


@elementwise
def standard_liver_volume_feng_2017_ml(bsa_m2: float) -> float:
    """Standard liver volume by Feng 2017 from body surface, in mL.

    Over-predicts above 70 years of age and under-predicts livers above 1800 mL (R² 0.299).

    Raises
    ------
    CriterionError
        If the body surface is below 1.2 m² or not finite.

    References
    ----------
    .. [1] Feng LM et al., World J Gastroenterol 2017;23:4968, doi:10.3748/wjg.v23.i27.4968

    Examples
    --------
    >>> round(standard_liver_volume_feng_2017_ml(1.809708), 1)
    1248.0
    """
    return 758.259 * _adult_bsa(bsa_m2, "Feng 2017") - 124.272


@elementwise
def standard_liver_volume_kokudo_2015_swiss_ml(age_years: float, thoracic_width_cm: float) -> float:
    """Standard liver volume by Kokudo 2015, term of its Swiss cohort, from age and thoracic width, in mL.

    Parameters
    ----------
    age_years : float or array_like
        Age, adults only. [years]
    thoracic_width_cm : float or array_like
        Width of the thorax measured on CT; the unit is inferred from the paper's numbers. [cm]

    Raises
    ------
    CriterionError
        If the age is not 18 to 120, the width not 15 to 50 cm, or one is not finite.

    References
    ----------
    .. [1] Kokudo T et al., J Hepatol 2015, doi:10.1016/j.jhep.2015.05.026

    Examples
    --------
    >>> round(standard_liver_volume_kokudo_2015_swiss_ml(50.0, 30.0), 1)
    1783.8
    """
    low, high = _ADULT_AGE_YEARS
    age_years = within(age_years, "age_years", low=low, high=high, source="Kokudo 2015")
    low, high = _THORACIC_WIDTH_CM
    width_cm = within(thoracic_width_cm, "thoracic_width_cm", low=low, high=high, source="Kokudo 2015")
    return 203.3 - 3.61 * age_years + 58.7 * width_cm


@elementwise
def standard_liver_volume_kokudo_2015_japanese_ml(age_years: float, thoracic_width_cm: float) -> float:
    """Standard liver volume by Kokudo 2015, term of its Japanese cohort, in mL.

    Parameters and errors as `standard_liver_volume_kokudo_2015_swiss_ml`.

    References
    ----------
    .. [1] Kokudo T et al., J Hepatol 2015, doi:10.1016/j.jhep.2015.05.026

    Examples
    --------
    >>> round(standard_liver_volume_kokudo_2015_japanese_ml(50.0, 30.0), 1)
    1320.1
    """
    return standard_liver_volume_kokudo_2015_swiss_ml(age_years, thoracic_width_cm) - 463.7


@elementwise
def standard_liver_volume_noda_1997_ml(weight_kg: float) -> float:
    """Standard liver volume of children by Noda 1997 from body weight, in mL; for display only.

    Raises
    ------
    CriterionError
        If the weight is above 50 kg (not for adults), not positive or not finite.

    References
    ----------
    .. [1] Noda T et al., Pediatr Radiol 1997;27:250-2, doi:10.1007/s002470050114

    Examples
    --------
    >>> round(standard_liver_volume_noda_1997_ml(20.0), 1)
    518.6
    """
    weight_kg = within(weight_kg, "weight_kg", low=0.0, high=_MOST_CHILD_WEIGHT_KG, source="Noda 1997")
    return 50.12 * math.pow(weight_kg, 0.78)


@dataclass(frozen=True, slots=True)
class LiverVolumeFormula:
    """One published equation for a standard liver and what is known about it.

    Parameters
    ----------
    key : str
        Stable name, as on the command line.
    function : callable
        Takes ``inputs`` by name.
    unit : {"mL", "g"}
        Grams are never turned into millilitres without a density.
    bsa_formula : str or None
        Body-surface formula that the paper (or its re-users) used; None where the equation needs no
        body surface or the paper does not say.
    use : {"default", "optional"}
    ages : {"adults", "children", "all"}
        Whom it was derived in.
    """

    key: str
    function: Callable[..., float]
    equation: str
    unit: Literal["mL", "g"]
    inputs: tuple[str, ...]
    bsa_formula: str | None
    population: str
    valid_for: str
    evidence: Evidence
    reference: Reference
    use: Literal["default", "optional"] = "optional"
    ages: Literal["adults", "children", "all"] = "adults"
    note: str = ""


_BSA = ("bsa_m2",)
_WEIGHT = ("weight_kg",)
_BODY = ("weight_kg", "height_cm")
_ADULT_BSA_RANGE = "adults, body surface of at least 1.2 m²"
_ANY_BSA_RANGE = "body surface of at least 0.15 m²"
_ADULT_WEIGHT_RANGE = "adults of at least 30 kg"
_ADULT_BODY_RANGE = "adults of at least 30 kg and 130 cm"

_VAUTHEY = Reference(
    "Vauthey JN et al. Liver Transpl 2002;8:233-40", "10.1053/jlts.2002.31654", doi_checked=False
)
_UM = Reference(
    "Um EH et al. Korean J Hepatobiliary Pancreat Surg 2015;19:133-8",
    "10.14701/kjhbps.2015.19.4.133",
    doi_checked=False,
)
_KOKUDO = Reference("Kokudo T et al. J Hepatol 2015", "10.1016/j.jhep.2015.05.026")
_KOKUDO_NOTE = (
    "needs the thoracic width from CT, whose unit is inferred as cm; the cohort term encodes origin "
    "and is never chosen automatically"
)

_ROWS = (
    LiverVolumeFormula(
        "vauthey_2002_bsa",
        standard_liver_volume_vauthey_2002_ml,
        "−794.41 + 1267.28·BSA",
        "mL",
        _BSA,
        "mosteller_1987",
        "292 adults, four Western centres, CT (number unverified)",
        _ADULT_BSA_RANGE + "; a warning below 1.4 and above 2.5",
        "V1",
        _VAUTHEY,
        "default",
        note="the only formula whose share is graded",
    ),
    LiverVolumeFormula(
        "vauthey_2002_weight",
        standard_liver_volume_vauthey_2002_weight_ml,
        "191.80 + 18.51·W",
        "mL",
        _WEIGHT,
        None,
        "292 adults, four Western centres, CT (number unverified)",
        _ADULT_WEIGHT_RANGE,
        "unverified",
        _VAUTHEY,
    ),
    LiverVolumeFormula(
        "urata_1995",
        standard_liver_volume_urata_1995_ml,
        "706.2·BSA + 2.4",
        "mL",
        _BSA,
        "du_bois_1916",
        "96 Japanese, children and adults, normal livers, CT (number unverified)",
        _ANY_BSA_RANGE,
        "V2",
        Reference("Urata K et al. Hepatology 1995;21:1317-21", "10.1002/hep.1840210515", doi_checked=False),
        ages="all",
        note="common in East-Asian practice",
    ),
    LiverVolumeFormula(
        "heinemann_1999",
        standard_liver_volume_heinemann_1999_ml,
        "1072.8·BSA − 345.7",
        "mL",
        _BSA,
        "du_bois_1916",
        "1332 German forensic autopsies",
        _ADULT_BSA_RANGE,
        "V1",
        Reference("Heinemann A et al. Liver Transpl Surg 1999;5", "10.1002/lt.500050516"),
    ),
    LiverVolumeFormula(
        "johnson_2005",
        standard_liver_volume_johnson_2005_ml,
        "1000·0.722·BSA^1.176",
        "mL",
        _BSA,
        "du_bois_1916",
        "meta-analysis, birth to adulthood, more than 5000 livers (number unverified)",
        _ANY_BSA_RANGE + ", newborn to adult",
        "V2",
        Reference("Johnson TN et al. Liver Transpl 2005;11:1481-93", "10.1002/lt.20519", doi_checked=False),
        ages="all",
        note="smooth from infancy to adults; the paper mixes body-surface formulas, re-users pair Du Bois",
    ),
    LiverVolumeFormula(
        "yoshizumi_2003",
        standard_liver_weight_yoshizumi_2003_g,
        "772·BSA",
        "g",
        _BSA,
        None,
        "about 1413 deceased donors, mostly North American (unverified)",
        _ANY_BSA_RANGE,
        "unverified",
        Reference(
            "Yoshizumi T et al. Transplant Proc 2003;35:1415-20",
            "10.1016/S0041-1345(03)00482-2",
            doi_checked=False,
        ),
    ),
    LiverVolumeFormula(
        "hashimoto_2006",
        standard_liver_volume_hashimoto_2006_ml,
        "−404.8 + 961.3·BSA",
        "mL",
        _BSA,
        "du_bois_1916",
        "301 Japanese living donors, CT (unverified)",
        _ADULT_BSA_RANGE,
        "unverified",
        Reference(
            "Hashimoto T et al. J Gastroenterol Hepatol 2006;21:1710-3",
            "10.1111/j.1440-1746.2006.04433.x",
            doi_checked=False,
        ),
    ),
    LiverVolumeFormula(
        "yu_2004",
        standard_liver_volume_yu_2004_ml,
        "21.585·W^0.732·H^0.225",
        "mL",
        _BODY,
        None,
        "about 652 Korean autopsies (number unverified), density from 24 healthy livers",
        _ADULT_BODY_RANGE,
        "V2",
        Reference("Yu HC et al. Liver Transpl 2004", "10.1002/lt.20188"),
    ),
    LiverVolumeFormula(
        "poovathumkadavil_2010",
        standard_liver_volume_poovathumkadavil_2010_ml,
        "12.26·W + 555.65",
        "mL",
        _WEIGHT,
        None,
        "about 351 Saudi and Middle-Eastern adults, CT (unverified)",
        _ADULT_WEIGHT_RANGE,
        "unverified",
        Reference(
            "Poovathumkadavil A et al. Transplant Proc 2010;42:3600-5",
            "10.1016/j.transproceed.2010.07.096",
            doi_checked=False,
        ),
    ),
    LiverVolumeFormula(
        "lin_1998",
        standard_liver_volume_lin_1998_ml,
        "13·H + 12·W − 1530",
        "mL",
        _BODY,
        None,
        "Taiwanese Chinese, small number",
        _ADULT_BODY_RANGE,
        "unverified",
        Reference("Lin XZ et al. Hepatogastroenterology 1998;45:1069-74 (no DOI)"),
    ),
    LiverVolumeFormula(
        "fu_gui_2009",
        standard_liver_volume_fu_gui_2009_ml,
        "11.508·W + 334.024",
        "mL",
        _WEIGHT,
        None,
        "115 Chinese living donors (unverified)",
        _ADULT_WEIGHT_RANGE,
        "unverified",
        Reference(
            "Fu-Gui L et al. Transplant Proc 2009;41:4052-6",
            "10.1016/j.transproceed.2009.08.079",
            doi_checked=False,
        ),
    ),
    LiverVolumeFormula(
        "chan_2006",
        standard_liver_weight_chan_2006_g,
        "218 + 12.3·W + 51·(male = 1)",
        "g",
        ("weight_kg", "sex"),
        None,
        "159 Hong Kong Chinese living donors, graft weight per CT share",
        _ADULT_WEIGHT_RANGE,
        "V1",
        Reference(
            "Chan SC et al. World J Gastroenterol 2006;12:2217-22",
            "10.3748/wjg.v12.i14.2217",
            doi_checked=False,
        ),
        note="flushed grafts: low by construction",
    ),
    LiverVolumeFormula(
        "um_2015_du_bois",
        standard_liver_volume_um_2015_du_bois_ml,
        "908.204·BSA − 464.728",
        "mL",
        _BSA,
        "du_bois_1916",
        "1000 Korean living donors, CT",
        _ADULT_BSA_RANGE,
        "V1",
        _UM,
    ),
    LiverVolumeFormula(
        "um_2015_mosteller",
        standard_liver_volume_um_2015_mosteller_ml,
        "893.485·BSA − 439.169",
        "mL",
        _BSA,
        "mosteller_1987",
        "1000 Korean living donors, CT",
        _ADULT_BSA_RANGE,
        "V1",
        _UM,
    ),
    LiverVolumeFormula(
        "feng_2017",
        standard_liver_volume_feng_2017_ml,
        "758.259·BSA − 124.272",
        "mL",
        _BSA,
        None,
        "369 Chinese adults, CT",
        _ADULT_BSA_RANGE,
        "V1",
        Reference("Feng LM et al. World J Gastroenterol 2017;23:4968", "10.3748/wjg.v23.i27.4968"),
        note="over-predicts above 70 years, under-predicts livers above 1800 mL; R² 0.299",
    ),
    LiverVolumeFormula(
        "kokudo_2015_swiss",
        standard_liver_volume_kokudo_2015_swiss_ml,
        "203.3 − 3.61·age + 58.7·TW",
        "mL",
        ("age_years", "thoracic_width_cm"),
        None,
        "160 Swiss, normal livers (with 180 Japanese donors)",
        "age 18 to 120, thoracic width 15 to 50 cm",
        "V1",
        _KOKUDO,
        note=_KOKUDO_NOTE,
    ),
    LiverVolumeFormula(
        "kokudo_2015_japanese",
        standard_liver_volume_kokudo_2015_japanese_ml,
        "203.3 − 3.61·age + 58.7·TW − 463.7",
        "mL",
        ("age_years", "thoracic_width_cm"),
        None,
        "180 Japanese donors, normal livers (with 160 Swiss)",
        "age 18 to 120, thoracic width 15 to 50 cm",
        "V1",
        _KOKUDO,
        note=_KOKUDO_NOTE,
    ),
    LiverVolumeFormula(
        "noda_1997",
        standard_liver_volume_noda_1997_ml,
        "50.12·W^0.78",
        "mL",
        _WEIGHT,
        None,
        "54 Japanese, mainly children, CT (unverified)",
        "children of at most 50 kg; display only",
        "unverified",
        Reference("Noda T et al. Pediatr Radiol 1997;27:250-2", "10.1007/s002470050114", doi_checked=False),
        ages="children",
        note="for display only",
    ),
)

LIVER_VOLUME_FORMULAS: Final[Mapping[str, LiverVolumeFormula]] = MappingProxyType(
    {row.key: row for row in _ROWS}
)
"""Every standard-liver formula that ships, by key; the default first."""


def liver_volume_formula(key: str) -> LiverVolumeFormula:
    """The formula of that key.

    Raises
    ------
    CriterionError
        If no formula has that key.

    >>> liver_volume_formula("urata_1995").bsa_formula
    'du_bois_1916'
    """
    if key not in LIVER_VOLUME_FORMULAS:
        known = ", ".join(LIVER_VOLUME_FORMULAS)
        raise CriterionError(f"standard liver formula {key!r} is not known; expected one of {known}")
    return LIVER_VOLUME_FORMULAS[key]


@elementwise
def standard_liver_volume(
    bsa_m2: float | None = None,
    *,
    weight_kg: float | None = None,
    height_cm: float | None = None,
    age_years: float | None = None,
    sex: str | None = None,
    thoracic_width_cm: float | None = None,
    formula: str = DEFAULT_LIVER_VOLUME_FORMULA,
    bsa_formula: str | None = None,
) -> float:
    """Standard (estimated) liver volume of a body by any formula that ships; for many bodies, arrays.

    Parameters
    ----------
    bsa_m2 : float or array_like, optional
        Body surface area, instead of weight and height. [m²]
    weight_kg, height_cm : float or array_like, optional
        Body weight [kg] and height [cm]; formulas of the body surface find it from both.
    age_years : float or array_like, optional
        [years]
    sex : {"F", "M"} or array_like, optional
    thoracic_width_cm : float or array_like, optional
        Measured on CT. [cm]
    formula : str
        Key of `flr.formulas.LIVER_VOLUME_FORMULAS`; its row says what it needs and where it comes from.
    bsa_formula : str, optional
        Key of `flr.formulas.BSA_FORMULAS`; the one that the volume formula was derived with by default, and
        Mosteller where its paper does not say.

    Returns
    -------
    float or ndarray
        Standard liver volume. [mL]

    Raises
    ------
    CriterionError
        If a formula is not known or gives a weight in g, something that it needs is missing or out of its
        range in any element, or the body surface is given in two ways.

    References
    ----------
    .. [1] Vauthey JN et al., Liver Transpl 2002;8:233-40, doi:10.1053/jlts.2002.31654 (the default)

    Examples
    --------
    >>> round(standard_liver_volume(weight_kg=70.0, height_cm=170.0), 1)
    1509.7
    >>> standard_liver_volume(weight_kg=[50.0, 70.0], formula="vauthey_2002_weight").round(1)
    array([1117.3, 1487.5])
    """
    row = liver_volume_formula(formula)
    if row.unit != "mL":
        raise CriterionError(
            f"{formula} gives the weight of a liver in {row.unit}, which is no volume without a density; "
            "expected a formula in mL"
        )
    given = {
        "bsa_m2": bsa_m2,
        "weight_kg": weight_kg,
        "height_cm": height_cm,
        "age_years": age_years,
        "sex": sex,
        "thoracic_width_cm": thoracic_width_cm,
    }
    if "bsa_m2" in row.inputs and weight_kg is not None and height_cm is not None:
        if bsa_m2 is not None:
            raise CriterionError(
                "body surface and body size are both given; expected bsa_m2, or the other two"
            )
        surface = bsa_formula or row.bsa_formula or DEFAULT_BSA_FORMULA
        given["bsa_m2"] = body_surface_m2(weight_kg, height_cm, formula=surface)
    missing = [name for name in row.inputs if given[name] is None]
    if missing:
        wanted = " and ".join("bsa_m2, or weight_kg and height_cm" if m == "bsa_m2" else m for m in missing)
        raise CriterionError(f"{formula} needs {wanted}")
    return row.function(**{name: given[name] for name in row.inputs})


def _adult_bsa(bsa_m2: float, source: str) -> float:
    return within(bsa_m2, "bsa_m2", low=LEAST_BSA_M2, high=math.inf, source=source)


def _any_bsa(bsa_m2: float, source: str) -> float:
    return within(bsa_m2, "bsa_m2", low=_LEAST_NEWBORN_BSA_M2, high=math.inf, source=source)


def _adult_weight(weight_kg: float, source: str) -> float:
    return within(weight_kg, "weight_kg", low=_LEAST_ADULT_WEIGHT_KG, high=math.inf, source=source)


def _adult_height(height_cm: float, source: str) -> float:
    return within(height_cm, "height_cm", low=_LEAST_ADULT_HEIGHT_CM, high=math.inf, source=source)
