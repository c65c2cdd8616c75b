"""Intervals of every volume and share of a plan, from the errors of its volumes and of the body."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import CriterionError
from flr.frozen import Record
from flr.uncertainty.intervals import (
    Interval,
    has_an_end,
    ratio_interval,
    share_of_parts_interval,
    volume_interval,
    within_percent,
)
from flr.uncertainty.table import ERRORS, Errors

SLICE_MM: Final = (0.625, 2.5, 5.0, 10.0)
SLICE_LOSS_PERCENT: Final = (0.0, 0.7, 0.9, 4.1)
"""Mean liver volume lost against slices of 0.625 mm (Hori 2011, Liver Transpl 17:1427-36, PMC3226887)."""


def slice_loss_percent(thickness_mm: float) -> float:
    """What slices of a thickness take from a liver in the mean, interpolated. [%]

    Not a correction: its size is taken as one standard deviation of what is unknown about it.

    >>> slice_loss_percent(5.0)
    0.9
    """
    return float(np.interp(thickness_mm, SLICE_MM, SLICE_LOSS_PERCENT))


@dataclass(frozen=True, eq=False)
class VolumeErrors(Record):
    """Errors of several volumes, and how they go together.

    Parameters
    ----------
    names : tuple of str
        ``"total"``, ``"functional"``, ``"remnant"``, …
    covariance_ml2 : ndarray, shape (names, names)
    part_percent : float or None
        Where only numbers are known: the relative error of what stays and of what leaves. [%]
    """

    names: tuple[str, ...]
    covariance_ml2: NDArray[np.float64]
    part_percent: float | None = None

    def __post_init__(self) -> None:
        n = len(self.names)
        if self.covariance_ml2.shape != (n, n) or not np.isfinite(self.covariance_ml2).all():
            raise CriterionError(
                f"errors of {n} volumes as a table of shape {self.covariance_ml2.shape};"
                " expected a finite square one"
            )
        self.covariance_ml2.flags.writeable = False

    def sd_ml(self, name: str) -> float:
        """One standard deviation of a volume. [mL]"""
        return math.sqrt(max(0.0, self.covariance(name, name)))

    def covariance(self, first: str, second: str) -> float:
        """Covariance of two volumes. [mL²]"""
        return float(self.covariance_ml2[self.names.index(first), self.names.index(second)])


def assumed_errors(
    *,
    total_ml: float,
    remnant_ml: float,
    tumour_ml: float = 0.0,
    errors: Errors = ERRORS,
    reviewed: bool = True,
    cirrhosis: bool = False,
) -> VolumeErrors:
    """Errors of volumes of which only the numbers are known.

    What stays and what leaves are two parts, each off by the same share of itself and by itself, so that a
    share s of the functional liver has a standard deviation of s·(1−s)·√2 times that, and lies between 0 and
    100 %. The whole liver is surer than its parts.

    >>> spread = assumed_errors(total_ml=1500, remnant_ml=400)
    >>> round(spread.sd_ml("remnant")), round(spread.sd_ml("functional")), round(spread.sd_ml("total"))
    (20, 59, 45)
    """
    relative = errors.of_flr_percent(reviewed=reviewed, cirrhosis=cirrhosis) / 100
    total = total_ml * errors.total_percent / 100
    tumour = tumour_ml * errors.tumour_percent / 100
    remnant, leaves = relative * remnant_ml, relative * max(0.0, total_ml - tumour_ml - remnant_ml)
    # Rows: total, functional, tumour, remnant.
    of_total, of_tumour, of_remnant, of_rest = (
        np.array([total, 0, 0, 0]),
        np.array([0, 0, tumour, 0]),
        np.array([0, remnant, 0, remnant]),
        np.array([0, leaves, 0, 0]),
    )
    covariance = sum(np.outer(row, row) for row in (of_total, of_tumour, of_remnant, of_rest))
    names = ("total", "functional", "tumour", "remnant")
    return VolumeErrors(names, np.asarray(covariance), part_percent=100 * relative)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body measures that a remnant is related to; None where not known.

    ``standard_body_sd_ml`` is the error of the standard volume that weight and height bring, without the
    scatter of single livers about the formula, which depends on ``sex``; with ``ascites`` the weight is a
    guess.
    """

    weight_kg: float | None = None
    bsa_m2: float | None = None
    standard_liver_volume_ml: float | None = None
    standard_body_sd_ml: float = 0.0
    sex: str | None = None
    ascites: bool = False


def all_intervals(
    volumes_ml: Mapping[str, float],
    spread: VolumeErrors,
    body: Body,
    *,
    limits: Mapping[str, Sequence[float]],
    errors: Errors = ERRORS,
) -> dict[str, Interval]:
    """Intervals of volumes and of the remnant's shares, by name of the measure.

    Parameters
    ----------
    volumes_ml : mapping
        By the names of ``spread``; must hold ``"remnant"`` and ``"functional"``.
    spread : VolumeErrors
    body : Body
    limits : mapping
        Measure → limits to give the probability of being below for.
    errors : Errors

    Returns
    -------
    dict
        ``flr_ml``, ``total_ml``, … in mL; shares in the unit of the measure.
        ``flr_percent_of_standard`` holds the scatter of single livers about the formula;
        ``flr_percent_of_standard_measurement_only`` leaves it out. A share whose denominator is so unsure
        that its interval would have no end is missing.
    """
    remnant_ml, sd_ml = volumes_ml["remnant"], spread.sd_ml("remnant")
    functional_ml, weight_kg, bsa_m2 = volumes_ml["functional"], body.weight_kg, body.bsa_m2
    # measure: denominator, its error, covariance with the remnant, measure whose limits apply, scale
    shares: dict[str, tuple[float, float, float, str, float]] = {
        "flr_percent_of_measured": (
            functional_ml,
            spread.sd_ml("functional"),
            spread.covariance("remnant", "functional"),
            "flr_percent_of_measured",
            100.0,
        )
    }
    if (standard_ml := body.standard_liver_volume_ml) is not None:
        scatter_ml = standard_ml * errors.of_standard_percent(body.sex) / 100
        for name, standard_sd_ml in (
            ("flr_percent_of_standard", scatter_ml),
            ("flr_percent_of_standard_measurement_only", body.standard_body_sd_ml),
        ):
            shares[name] = (standard_ml, standard_sd_ml, 0.0, "flr_percent_of_standard", 100.0)
    weight_percent = errors.of_weight_percent(ascites=body.ascites)
    if weight_kg is not None:
        name = "flr_to_body_weight_percent"
        shares[name] = (weight_kg, weight_kg * weight_percent / 100, 0.0, name, 0.1)
    if bsa_m2 is not None:
        # The surface goes with about the square root of weight times height.
        surface_percent = math.hypot(weight_percent, errors.height_percent) / 2
        name = "flr_per_bsa_ml_per_m2"
        shares[name] = (bsa_m2, bsa_m2 * surface_percent / 100, 0.0, name, 1.0)
    found = {
        name: ratio_interval(
            remnant_ml,
            denominator,
            numerator_sd=sd_ml,
            denominator_sd=denominator_sd,
            covariance=covariance,
            limits=limits.get(limited_as, ()),
            scale=scale,
        )
        for name, (denominator, denominator_sd, covariance, limited_as, scale) in shares.items()
        if has_an_end(denominator, denominator_sd)
    }
    measured = "flr_percent_of_measured"
    if spread.part_percent is not None or measured in found:
        found[measured] = _measured_share(found.get(measured), volumes_ml, spread, limits.get(measured, ()))
    for name in spread.names:
        # What is not there at all was not drawn: no boundary says how sure that is.
        if volumes_ml.get(name, 0.0) > 0.0 or name == "remnant":
            key = "flr_ml" if name == "remnant" else f"{name}_ml"
            found[key] = volume_interval(volumes_ml[name], sd_ml=spread.sd_ml(name))
    return found


def _measured_share(
    found: Interval | None, volumes_ml: Mapping[str, float], spread: VolumeErrors, limits: Sequence[float]
) -> Interval:
    """The share of the measured liver within 0 and 100 %; from numbers alone, that of two parts."""
    if spread.part_percent is None and found is not None:
        return within_percent(found)
    return share_of_parts_interval(
        volumes_ml["remnant"],
        volumes_ml["functional"],
        part_percent=spread.part_percent or 0.0,
        limits=limits,
    )
