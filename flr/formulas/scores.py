"""Scores of liver function that are equations: ALBI and MELD. Information, never a limit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from flr.errors import CriterionError
from flr.formulas.arrays import elementwise
from flr.formulas.checks import positive
from flr.formulas.reference import Evidence, Reference

ALBI_GRADE_ENDS: Final = (-2.60, -1.39)
"""The highest ALBI of grades 1 and 2."""

MELD_CREATININE_MG_PER_DL: Final = (1.0, 4.0)
"""Creatinine enters MELD within these bounds."""

MELD_ENDS: Final = (6, 40)
"""MELD lies within these bounds."""

_LEAST_IN_MELD = 1.0  # a smaller value would give a negative logarithm

CITTERIO_PERCENT: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "low": MappingProxyType({"decompensation": 4.9, "liver_mortality": 4.4}),
        "intermediate": MappingProxyType({"decompensation": 28.6, "liver_mortality": 9.0}),
        "high": MappingProxyType({"decompensation": 60.0, "liver_mortality": 25.0}),
    }
)
"""What happened after resection in each class (Citterio 2016, doi:10.1001/jamasurg.2016.1121). [%]"""

Quantity = Literal["albi_score", "meld_score"]


@elementwise
def albi_score(bilirubin_umol_per_l: float, albumin_g_per_l: float) -> float:
    """Albumin-bilirubin score: log10(bilirubin)·0.66 − 0.085·albumin.

    Parameters
    ----------
    bilirubin_umol_per_l : float or array_like
        Total bilirubin in the serum. [µmol/L]
    albumin_g_per_l : float or array_like
        Albumin in the serum. [g/L]

    Returns
    -------
    float or ndarray
        The linear predictor; the higher, the worse the liver.

    Raises
    ------
    CriterionError
        If a value is not finite and positive.

    Notes
    -----
    Grades are of `albi_grade`. Derived in hepatocellular carcinoma. Coefficients and grades were read in
    secondary sources.

    References
    ----------
    .. [1] Johnson PJ et al., J Clin Oncol 2015;33:550-8, doi:10.1200/JCO.2014.57.9151

    Examples
    --------
    >>> round(albi_score(17.1, 40.0), 3), round(albi_score(34.2, 32.0), 3)
    (-2.586, -1.708)
    """
    bilirubin = positive(bilirubin_umol_per_l, "bilirubin_umol_per_l")
    return 0.66 * math.log10(bilirubin) - 0.085 * positive(albumin_g_per_l, "albumin_g_per_l")


def albi_grade(score: float) -> Literal[1, 2, 3]:
    """Grade of an ALBI score: 1 up to −2.60, 2 up to −1.39, 3 above.

    Raises
    ------
    CriterionError
        If the score is not finite.

    Examples
    --------
    >>> albi_grade(-2.60), albi_grade(-2.59), albi_grade(-1.39), albi_grade(-1.38)
    (1, 2, 2, 3)
    """
    if not math.isfinite(score):
        raise CriterionError(f"the ALBI score is {score}; expected a finite number")
    first, second = ALBI_GRADE_ENDS
    return 1 if score <= first else 2 if score <= second else 3


@elementwise
def meld_score(bilirubin_mg_per_dl: float, *, inr: float, creatinine_mg_per_dl: float) -> float:
    """Model for end-stage liver disease, as a whole number from 6 to 40.

    Parameters
    ----------
    bilirubin_mg_per_dl : float or array_like
        Total bilirubin in the serum. [mg/dL]
    inr : float or array_like
        International normalised ratio of the prothrombin time.
    creatinine_mg_per_dl : float or array_like
        Creatinine in the serum. [mg/dL]

    Returns
    -------
    float or ndarray
        3.78·ln bilirubin + 11.2·ln INR + 9.57·ln creatinine + 6.43, rounded.

    Raises
    ------
    CriterionError
        If a value is not finite and positive.

    Notes
    -----
    Without sodium. Values below 1 count as 1 and creatinine above 4 mg/dL as 4, as in the allocation of
    organs (UNOS); who is on dialysis counts as 4 mg/dL. The coefficients were read in secondary sources.

    References
    ----------
    .. [1] Kamath PS et al., Hepatology 2001;33:464-70, doi:10.1053/jhep.2001.22172

    Examples
    --------
    >>> meld_score(1.9, inr=1.2, creatinine_mg_per_dl=1.3), meld_score(0.8, inr=1.0, creatinine_mg_per_dl=0.7)
    (13.0, 6.0)
    """
    bilirubin = max(positive(bilirubin_mg_per_dl, "bilirubin_mg_per_dl"), _LEAST_IN_MELD)
    ratio = max(positive(inr, "inr"), _LEAST_IN_MELD)
    low, high = MELD_CREATININE_MG_PER_DL
    creatinine = min(max(positive(creatinine_mg_per_dl, "creatinine_mg_per_dl"), low), high)
    score = 3.78 * math.log(bilirubin) + 11.2 * math.log(ratio) + 9.57 * math.log(creatinine) + 6.43
    least, most = MELD_ENDS
    return float(min(max(math.floor(score + 0.5), least), most))


@dataclass(frozen=True, slots=True)
class ScoreFormula:
    """One equation: what it is, and what it was derived in."""

    key: Quantity
    equation: str
    inputs: tuple[str, ...]
    population: str
    valid_for: str
    use: str
    note: str
    reference: Reference
    evidence: Evidence


_ROWS = (
    ScoreFormula(
        "albi_score",
        "0.66·log10(bilirubin) − 0.085·albumin",
        ("bilirubin_umol_per_l", "albumin_g_per_l"),
        "hepatocellular carcinoma",
        "finite and above 0",
        "information",
        "grade 1 up to −2.60, 2 up to −1.39, 3 above",
        Reference("Johnson PJ et al. J Clin Oncol 2015;33:550-8", "10.1200/JCO.2014.57.9151"),
        "V2",
    ),
    ScoreFormula(
        "meld_score",
        "3.78·ln(bilirubin) + 11.2·ln(INR) + 9.57·ln(creatinine) + 6.43, rounded, 6 to 40",
        ("bilirubin_mg_per_dl", "inr", "creatinine_mg_per_dl"),
        "end-stage liver disease",
        "finite and above 0; values below 1 count as 1, creatinine above 4 mg/dL as 4",
        "information",
        "without sodium; bounds as in the allocation of organs (UNOS)",
        Reference("Kamath PS et al. Hepatology 2001;33:464-70", "10.1053/jhep.2001.22172", doi_checked=False),
        "V2",
    ),
)

SCORE_FORMULAS: Final[Mapping[str, ScoreFormula]] = MappingProxyType({row.key: row for row in _ROWS})
"""Every equation of a score, by key."""
