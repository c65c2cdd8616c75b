"""The errors of measurement that are assumed, as one table that a site can override.

They are assumptions of this toolkit, not measurements: no single source gives a universal error of liver
segmentation. ``docs/uncertainty.md`` says where each comes from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from flr.errors import CriterionError
from flr.formulas import Evidence, Reference

DEFAULT_SOURCE: Final = "assumed by this toolkit"

_MOST: Final = {"_percent_per_mm": 10.0, "_percent": 100.0, "_ratio": 10.0, "_mm": 20.0, "_ml": 1000.0}
"""Largest error by the unit of its key, the longest unit first.

A boundary that is drawn 20 mm off is of another structure; an error of a whole volume, ten times the assumed
widening or a tenth of a volume per mm of slice says that nothing was measured.
"""

_LONGEST_CORRELATION_MM: Final = 300.0  # no liver is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Assumed errors of measurement, one standard deviation each.

    The first of them are relative and serve where only numbers are known; with masks, volumes take the errors
    of the boundaries instead.

    Parameters
    ----------
    total_percent, flr_percent, unreviewed_flr_percent, tumour_percent : float
        Of the whole liver, of the remnant in a segmentation that somebody reviewed or that nobody did, and of
        the tumour. [%]
    cirrhosis_flr_percent : float
        Of the remnant in cirrhosis, where readers differ more. [%]
    standard_percent, standard_women_percent : float
        Of the standard volume of one man, and of one woman or where the sex is not known: the scatter of
        livers about the formula. [%]
    weight_percent, height_percent : float
        Of body weight and height. [%]
    ascites_weight_percent : float
        Of body weight with ascites, where the dry weight is a guess. [%]
    plane_execution_percent : float
        Of the surgeon's cut, of the functional volume that leaves: shown, never graded. [%]
    plane_execution_least_ml : float
        The same is never less. [mL]
    outer_surface_mm, lesion_surface_mm, cut_mm : float
        How far the liver's outer surface, the surface of tumours and other lesions, and the cut (or the
        border between segments) may lie from where they are drawn, at any one point. [mm]
    shared_percent : float
        Share of that variance which is common to a whole surface; the rest varies along it. [%]
    correlation_length_mm : float
        Points this far apart on one surface share exp(−1/2) of what varies. [mm]
    unreviewed_ratio : float
        How many times larger the three are for automatic maps that nobody reviewed.
    slice_whole_ratio : float
        What thick slices take from a liver (Hori 2011), as a multiple of the published means.
    slice_part_percent_per_mm : float
        Further error of a part of the liver for each mm of slice thickness. [%/mm]
    source : str
        Who set the table; printed with the results where it is not the toolkit's own.

    Raises
    ------
    CriterionError
        If a number is negative, not finite or implausibly large, or the source empty.
    """

    total_percent: float = 3.0
    flr_percent: float = 5.0
    unreviewed_flr_percent: float = 10.0
    tumour_percent: float = 10.0
    cirrhosis_flr_percent: float = 8.0
    standard_percent: float = 18.0
    standard_women_percent: float = 22.0
    weight_percent: float = 1.0
    ascites_weight_percent: float = 8.0
    height_percent: float = 0.5
    plane_execution_percent: float = 8.0
    plane_execution_least_ml: float = 15.0
    outer_surface_mm: float = 0.7
    lesion_surface_mm: float = 0.7
    cut_mm: float = 3.0
    shared_percent: float = 50.0
    correlation_length_mm: float = 25.0
    unreviewed_ratio: float = 2.0
    slice_whole_ratio: float = 1.0
    slice_part_percent_per_mm: float = 0.46
    source: str = DEFAULT_SOURCE

    def __post_init__(self) -> None:
        """Refuse errors that are none."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "source":
                if not isinstance(value, str) or not value.strip():
                    raise CriterionError("the table of errors has no source; say who set it")
            elif isinstance(value, bool) or not isinstance(value, int | float):
                raise CriterionError(f"{field.name} is {value!r}; expected a number")
            elif not (math.isfinite(value) and value >= 0):
                raise CriterionError(f"{field.name} is {value}; expected a finite number, 0 or above")
            elif value > (most := _most(field.name)):
                raise CriterionError(
                    f"{field.name} is {value:g}; expected 0 to {most:g}: which unit is it in?"
                )
        if not self.correlation_length_mm > 0:
            raise CriterionError("correlation_length_mm is 0; expected a length above 0")

    def of_flr_percent(self, *, reviewed: bool, cirrhosis: bool = False) -> float:
        """Error of the remnant, by whether somebody has reviewed the segmentation and by the liver. [%]"""
        usual = self.flr_percent if reviewed else self.unreviewed_flr_percent
        return max(usual, self.cirrhosis_flr_percent) if cirrhosis else usual

    def of_standard_percent(self, sex: str | None) -> float:
        """Scatter of livers about the standard volume; the larger one where the sex is not known. [%]"""
        women = self.standard_women_percent
        return {"M": self.standard_percent, "F": women}.get(sex or "", max(women, self.standard_percent))

    def of_weight_percent(self, *, ascites: bool) -> float:
        """Error of the body weight, which is a guess where there is ascites. [%]"""
        return max(self.weight_percent, self.ascites_weight_percent) if ascites else self.weight_percent

    def of_plane_ml(self, resected_ml: float) -> float:
        """Error of the surgeon's cut, one standard deviation, from the functional volume that leaves. [mL]

        Mayer 2019, doi:10.1186/s12880-019-0309-5 (24 hemihepatectomies, mean 57 mL, 6.3 %); Kubota 1997,
        doi:10.1002/hep.510260514 (64.9 mL in 50).

        >>> ERRORS.of_plane_ml(1000.0), round(ERRORS.of_plane_ml(230.0)), ERRORS.of_plane_ml(100.0)
        (80.0, 18, 15.0)
        """
        if not resected_ml > 0.0:
            return 0.0
        return max(self.plane_execution_percent / 100.0 * resected_ml, self.plane_execution_least_ml)


_UNITS: Final = {"_percent_per_mm": "%/mm", "_percent": "%", "_mm": "mm", "_ml": "mL", "_ratio": ""}


def unit_of_error(key: str) -> str:
    """Unit of an error by its key; empty for a ratio.

    >>> unit_of_error("cut_mm"), unit_of_error("slice_part_percent_per_mm")
    ('mm', '%/mm')
    """
    return next(unit for end, unit in _UNITS.items() if key.endswith(end))


def _most(key: str) -> float:
    if key == "correlation_length_mm":
        return _LONGEST_CORRELATION_MM
    return next(most for unit, most in _MOST.items() if key.endswith(unit))


ERRORS: Final = Errors()
"""The errors assumed unless a site sets its own."""


@dataclass(frozen=True, slots=True)
class ErrorSource:
    """Where an assumed error comes from."""

    reference: Reference
    evidence: Evidence
    note: str = ""


_ASSUMED: Final = ErrorSource(
    Reference("Assumption of this toolkit; no source gives a universal error (no DOI)"), "unverified"
)
_HOGAN: Final = Reference("Hogan MC et al. 2015 (PMC4267913, table 2)", "10.1016/j.cgh.2014.07.051")
_HORI: Final = Reference("Hori 2011, Liver Transpl 17:1427-36 (no DOI recorded; PMC3226887)")
_MAYER: Final = Reference("Mayer 2019, BMC Med Imaging 19:20; Kubota 1997", "10.1186/s12880-019-0309-5")

ERROR_SOURCES: Final[Mapping[str, ErrorSource]] = MappingProxyType(
    {field.name: _ASSUMED for field in fields(Errors) if field.name != "source"}
    | {
        "cirrhosis_flr_percent": ErrorSource(
            Reference("Lobes of 71 cirrhotic livers, World J Gastroenterol 2015;21:988-96 (no DOI recorded)"),
            "V1",
            "coefficient of variation 6.0 to 8.6 %",
        ),
        "standard_percent": ErrorSource(_HOGAN, "V1", "shown, never graded"),
        "standard_women_percent": ErrorSource(_HOGAN, "V1", "shown, never graded"),
        "plane_execution_percent": ErrorSource(
            _MAYER,
            "V1",
            "24 hemihepatectomies, mean 57 mL, 6.3 %; 64.9 mL in 50; the sd is derived; never graded",
        ),
        "plane_execution_least_ml": ErrorSource(_ASSUMED.reference, "unverified", "never graded"),
        "slice_whole_ratio": ErrorSource(_HORI, "V1", "multiple of 0.7 % at 2.5, 0.9 % at 5, 4.1 % at 10 mm"),
        "slice_part_percent_per_mm": ErrorSource(
            _HORI, "V1", "at most 4.6 % of the left lateral segment at 5 mm, taken as two sd"
        ),
    }
)
"""Source of each error of the table. An assumed one is policy."""
