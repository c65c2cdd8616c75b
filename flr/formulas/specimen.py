"""From the volume of a graft or specimen to its weight: factors with names, none for a remnant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flr.errors import CriterionError
from flr.formulas.arrays import elementwise
from flr.formulas.checks import positive
from flr.formulas.reference import Evidence, Reference


@dataclass(frozen=True, slots=True)
class WeightFactor:
    """A published way from a CT volume to a weight: ``factor_g_per_ml`` · volume + ``offset_g``.

    ``valid_for`` says which tissue it was derived on; on other tissue it is wrong. ``low_g_per_ml`` and
    ``high_g_per_ml`` are the ends of what was published, where several series were.
    """

    key: str
    factor_g_per_ml: float
    offset_g: float
    valid_for: str
    reference: Reference
    evidence: Evidence
    low_g_per_ml: float | None = None
    high_g_per_ml: float | None = None


_GRAFTS = Reference(
    "Weights of grafts per mL on CT: Goja S et al. Hepatobiliary Surg Nutr 2018 (0.993, 744 right grafts; "
    "0.94, "
    "65 left; 1.25, 33 left lateral), Chan SC et al. 2006 (0.843, 159 right), Wang 2011 (0.847, 175), Diagn "
    "Interv Radiol 2024;30:3-8 (0.881 to 0.895, 109)",
    "10.1002/lt.22274",
)
_EXPLANTS = Reference("Volume and weight of 49 cirrhotic explants (no DOI recorded; PMC3921016)")
_DONORS_2010 = Reference("Blood-free volumes of 88 donors, Radiology 2010 (no DOI recorded; PMID 20551185)")
_ROWS = (
    WeightFactor(
        "working_density", 1.0, 0.0, "normal liver, the working convention of 1 g/mL", _EXPLANTS, "V1"
    ),
    WeightFactor(
        "sonnemans_2016",
        0.99,
        0.0,
        "normal liver, CT against autopsy; standard error 157 g",
        Reference("Sonnemans LJ et al. Exp Clin Transplant 2016", "10.6002/ect.2015.0142"),
        "V1",
    ),
    WeightFactor(
        "yu_2004",
        1.04,
        0.0,
        "normal Korean liver, 24 livers",
        Reference("Yu et al. Liver Transpl 2004", "10.1002/lt.20188"),
        "unverified",
    ),
    WeightFactor("cirrhotic_explant", 1.1, 0.0, "cirrhotic explants", _EXPLANTS, "V1"),
    WeightFactor(
        "formalin_fixed",
        1.162,
        0.0,
        "formalin-fixed specimens; never fresh ones",
        Reference("366 autopsy livers in India (no DOI recorded; PMID 22350818)"),
        "V1",
    ),
    WeightFactor(
        "chan_2006_right_graft",
        0.843,
        0.0,
        "right grafts weighed on the back table after flushing; 710.1 mL on CT were 598.9 g",
        Reference(
            "Chan SC et al. World J Gastroenterol 2006;12:2217-22",
            "10.3748/wjg.v12.i14.2217",
            doi_checked=False,
        ),
        "V1",
    ),
    WeightFactor("right_graft", 0.90, 0.0, "right grafts (segments 5-8)", _GRAFTS, "V1", 0.84, 0.99),
    WeightFactor("left_graft", 0.94, 0.0, "left grafts (segments 2-4)", _GRAFTS, "V1", 0.90, 1.0),
    WeightFactor(
        "left_lateral_graft",
        1.16,
        0.0,
        "left lateral grafts (segments 2 and 3); no central value is published, this is the lower end",
        _GRAFTS,
        "V1",
        1.16,
        1.25,
    ),
    WeightFactor(
        "blood_free_2010",
        0.8815,
        88.5117,
        "blood-free volume of a whole donor liver (subtract 9.5 % blood, 6.5 to 19.8, first)",
        _DONORS_2010,
        "V1",
    ),
    WeightFactor(
        "divided_by_1_22",
        1.0 / 1.22,
        0.0,
        "blood-filled volume; classic, mean error -9.8 ± 6.5 %",
        _DONORS_2010,
        "V1",
    ),
)

WEIGHT_FACTORS: Final[Mapping[str, WeightFactor]] = MappingProxyType({row.key: row for row in _ROWS})
"""Every factor, by name."""

DEFAULT_WEIGHT_FACTOR: Final = "working_density"

MEAN_BLOOD_PERCENT: Final = 9.5
"""Mean share of blood in a liver volume on CT in vivo, 6.5 to 19.8 (Radiology 2010, PMID 20551185)."""


def weight_factor(name: str) -> WeightFactor:
    """A factor by name.

    Raises
    ------
    CriterionError
        If there is none of that name.
    """
    if name not in WEIGHT_FACTORS:
        raise CriterionError(
            f"no weight factor is called {name!r}; expected one of {', '.join(WEIGHT_FACTORS)}"
        )
    return WEIGHT_FACTORS[name]


@elementwise
def specimen_weight_g(volume_ml: float, *, factor: str = DEFAULT_WEIGHT_FACTOR) -> float:
    """Weight of a graft or specimen from its CT volume, by a named factor.

    Parameters
    ----------
    volume_ml : float or array_like
        [mL]
    factor : str
        Key of `WEIGHT_FACTORS`; "blood_free_2010" takes a volume without its blood.

    Raises
    ------
    CriterionError
        If the volume is not finite and positive, or the factor not known.

    References
    ----------
    .. [1] the ``reference`` of the factor

    Examples
    --------
    >>> specimen_weight_g(700.0), round(specimen_weight_g(710.1, factor="chan_2006_right_graft"), 1)
    (700.0, 598.6)
    """
    row = weight_factor(factor)
    return row.factor_g_per_ml * positive(volume_ml, "volume_ml") + row.offset_g


@elementwise
def blood_free_volume_ml(volume_ml: float, *, blood_percent: float = MEAN_BLOOD_PERCENT) -> float:
    """A CT volume without the blood in it.

    Raises
    ------
    CriterionError
        If the volume is not positive, or the share not 0 to below 100.

    >>> blood_free_volume_ml(1000.0)
    905.0
    """
    if not 0.0 <= blood_percent < 100.0:
        raise CriterionError(f"blood_percent is {blood_percent}; expected percent, 0 to below 100")
    return positive(volume_ml, "volume_ml") * (1.0 - blood_percent / 100.0)
