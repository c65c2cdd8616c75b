"""Published equations on numbers or arrays of them, one function each, named for author and year."""

from __future__ import annotations

from flr.formulas.bsa import (
    ADULT_HEIGHT_CM,
    ADULT_WEIGHT_KG,
    BSA_FORMULAS,
    DEFAULT_BSA_FORMULA,
    BsaFormula,
    bsa_m2,
)
from flr.formulas.liver_volume import (
    DEFAULT_LIVER_VOLUME_FORMULA,
    LEAST_BSA_M2,
    LIVER_VOLUME_FORMULAS,
    STANDARD_BSA_M2,
    LiverVolumeFormula,
    liver_volume_formula,
    standard_liver_volume,
)
from flr.formulas.reference import Evidence, Reference

__all__ = [
    "ADULT_HEIGHT_CM",
    "ADULT_WEIGHT_KG",
    "BSA_FORMULAS",
    "DEFAULT_BSA_FORMULA",
    "DEFAULT_LIVER_VOLUME_FORMULA",
    "LEAST_BSA_M2",
    "LIVER_VOLUME_FORMULAS",
    "STANDARD_BSA_M2",
    "BsaFormula",
    "Evidence",
    "LiverVolumeFormula",
    "Reference",
    "bsa_m2",
    "liver_volume_formula",
    "standard_liver_volume",
]
