"""Intervals of one assessed plan: its volumes, shares and parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from flr.errors import PatientError
from flr.formulas import DEFAULT_LIVER_VOLUME_FORMULA
from flr.measures import Measures, relate
from flr.patient import Patient
from flr.uncertainty.intervals import (
    Interval,
    has_an_end,
    ratio_interval,
    share_of_parts_interval,
    volume_interval,
    within_percent,
)
from flr.uncertainty.shares import Body, VolumeErrors, all_intervals
from flr.uncertainty.table import ERRORS, Errors

_MEASUREMENT_ONLY: Final = "flr_percent_of_standard_measurement_only"


def plan_intervals(
    volumes_ml: Mapping[str, float | None],
    measures: Measures,
    patient: Patient,
    spread: VolumeErrors,
    *,
    limits: Mapping[str, Sequence[float]],
    recovered_ml: float | None = None,
    parts_ml: Mapping[str, float] | None = None,
    part_sds_ml: Mapping[str, float] | None = None,
    errors: Errors = ERRORS,
) -> dict[str, Interval]:
    """Intervals of every volume and share of a plan that has a value.

    Parameters
    ----------
    volumes_ml : mapping
        ``"total"``, ``"functional"``, ``"remnant"``, …; None where nobody measured. [mL]
    measures : Measures
    patient : Patient
    spread : VolumeErrors
    limits : mapping
        Measure → limits that it is compared with.
    recovered_ml : float, optional
        The perfused remnant if congested tissue recovers. [mL]
    parts_ml, part_sds_ml : mapping, optional
        Volume and error of each part of the liver. [mL]
    errors : Errors

    Returns
    -------
    dict
        As :func:`flr.uncertainty.all_intervals`, and ``parts_ml.5`` and the like; under another standard
        liver formula also that of the share that is graded, as `graded_standard_key` names it; with vessels
        ``perfused_flr_ml`` and ``perfused_flr_percent_of_measured`` (congested tissue lost),
        ``recovered_flr_ml`` and ``recovered_flr_percent_of_measured`` (recovered). Function tests
        of the remnant by the error of its share; ``flr_ml_surgical`` and ``flr_percent_of_measured_surgical``
        by the error of the surgeon's cut, which is never graded. What is not
        related to anything because the liver is cut off has no interval: its volume is a lower bound.
    """
    if measures.ungradable is not None:
        return {}
    known = {name: ml for name, ml in volumes_ml.items() if ml is not None}
    body = _body(measures, patient, errors)
    found = all_intervals(known, spread, body, limits=limits, errors=errors)
    graded_as = graded_standard_key(measures.standard_volume_formula)
    if graded_as != _MEASUREMENT_ONLY and measures.flr_percent_of_vauthey_2002 is not None:
        default = relate(
            flr_ml=measures.flr_ml, functional_ml=None, patient=patient, bsa_formula=measures.bsa_formula
        )
        shares = all_intervals(known, spread, _body(default, patient, errors), limits={}, errors=errors)
        if _MEASUREMENT_ONLY in shares:
            found[graded_as] = shares[_MEASUREMENT_ONLY]
    found |= _of_function(measures, patient, found.get("flr_percent_of_measured"))
    found |= _surgical(known, errors, limits.get("flr_percent_of_measured", ()))
    remnant_ml = known["remnant"]
    # The same remnant without a part of it: as sure, for its size, as the remnant itself.
    for name, ml in (
        ("flr_without_segment_1_ml", measures.flr_without_segment_1_ml),
        ("perfused_flr_ml", measures.perfused_flr_ml),
        ("recovered_flr_ml", recovered_ml),
    ):
        if ml is not None and remnant_ml > 0.0:
            found[name] = volume_interval(ml, sd_ml=spread.sd_ml("remnant") * ml / remnant_ml)
    for name, ml in (("perfused", measures.perfused_flr_ml), ("recovered", recovered_ml)):
        share = None if ml is None else measured_interval(ml, volumes_ml, spread)
        if share is not None:
            found[f"{name}_flr_percent_of_measured"] = share
    for name, ml in (parts_ml or {}).items():
        if part_sds_ml and name in part_sds_ml:
            found[f"parts_ml.{name}"] = volume_interval(ml, sd_ml=part_sds_ml[name])
    return found


def _of_function(measures: Measures, patient: Patient, share: Interval | None) -> dict[str, Interval]:
    """Intervals of function tests that fall to the remnant, by the error of its share alone.

    Whether a test would come out the same again is not in them.
    """
    percent = measures.flr_percent_of_measured
    if share is None or not percent:
        return {}
    values = {
        "planned_residual_limax_ug_per_kg_per_h": measures.planned_residual_limax_ug_per_kg_per_h,
        "icg_clearance_of_remnant_per_min": measures.icg_clearance_of_remnant_per_min,
        "hbs_percent_per_min_per_m2": patient.hbs_percent_per_min_per_m2,
    }
    low, high = share.low / percent, share.high / percent
    return {
        name: Interval(value * low, value * high, share.level, {})
        for name, value in values.items()
        if value is not None
    }


def _surgical(known: Mapping[str, float], errors: Errors, limits: Sequence[float]) -> dict[str, Interval]:
    """Intervals by the error of the surgeon's cut alone: shown, never graded."""
    remnant_ml, functional_ml = known["remnant"], known.get("functional")
    if functional_ml is None or not functional_ml > remnant_ml:
        return {}
    sd_ml = errors.of_plane_ml(functional_ml - remnant_ml)
    share = ratio_interval(
        remnant_ml, functional_ml, numerator_sd=sd_ml, denominator_sd=0.0, limits=limits, scale=100.0
    )
    return {
        "flr_ml_surgical": volume_interval(remnant_ml, sd_ml=sd_ml),
        "flr_percent_of_measured_surgical": within_percent(share),
    }


def graded_standard_key(standard_volume_formula: str) -> str:
    """Name of the interval, by the error of measurement alone, of the standardised share that is graded.

    The limits belong to the Vauthey 2002 volume, whatever other formula is shown.

    >>> graded_standard_key("vauthey_2002_bsa"), graded_standard_key("urata_1995")
    ('flr_percent_of_standard_measurement_only', 'flr_percent_of_vauthey_2002_measurement_only')
    """
    if standard_volume_formula == DEFAULT_LIVER_VOLUME_FORMULA:
        return _MEASUREMENT_ONLY
    return "flr_percent_of_vauthey_2002_measurement_only"


def measured_interval(
    flr_ml: float,
    volumes_ml: Mapping[str, float | None],
    spread: VolumeErrors,
    *,
    limits: Sequence[float] = (),
) -> Interval | None:
    """Interval of a remnant's share of the measured liver, for the remnant itself or the perfused part of it.

    None where the liver is so unsure that the interval would have no end.
    """
    remnant_ml, functional_ml = volumes_ml["remnant"], volumes_ml["functional"]
    denominator_sd = spread.sd_ml("functional")
    if functional_ml is None or not remnant_ml or not has_an_end(functional_ml, denominator_sd):
        return None
    if spread.part_percent is not None:
        return share_of_parts_interval(flr_ml, functional_ml, part_percent=spread.part_percent, limits=limits)
    smaller = flr_ml / remnant_ml
    found = ratio_interval(
        flr_ml,
        functional_ml,
        numerator_sd=spread.sd_ml("remnant") * smaller,
        denominator_sd=denominator_sd,
        covariance=spread.covariance("remnant", "functional") * smaller,
        limits=limits,
        scale=100.0,
    )
    return within_percent(found)


def _body(measures: Measures, patient: Patient, errors: Errors) -> Body:
    """What the remnant is related to, as far as it is known."""
    return Body(
        weight_kg=None if measures.flr_to_body_weight_percent is None else patient.weight_kg,
        bsa_m2=None if measures.flr_per_bsa_ml_per_m2 is None else measures.bsa_m2,
        standard_liver_volume_ml=(
            None if measures.flr_percent_of_standard is None else measures.standard_liver_volume_ml
        ),
        standard_body_sd_ml=_standard_body_sd_ml(measures, patient, errors),
        sex=patient.sex,
        ascites=_has_ascites(patient),
    )


def _has_ascites(patient: Patient) -> bool:
    return patient.ascites in ("controlled", "uncontrolled")


def _standard_body_sd_ml(measures: Measures, patient: Patient, errors: Errors) -> float:
    """Error of the standard volume that the errors of weight and height bring. [mL]"""
    standard_ml = measures.standard_liver_volume_ml
    if standard_ml is None:
        return 0.0
    changes = []
    if patient.weight_kg is not None:
        share = errors.of_weight_percent(ascites=_has_ascites(patient)) / 100
        others = [partial(replace, patient, weight_kg=patient.weight_kg * (1 + s * share)) for s in (1, -1)]
        changes.append(_change_ml(measures, others, standard_ml, share))
    if patient.height_cm is not None:
        share = errors.height_percent / 100
        others = [partial(replace, patient, height_cm=patient.height_cm * (1 + s * share)) for s in (1, -1)]
        changes.append(_change_ml(measures, others, standard_ml, share))
    return math.hypot(*changes)


def _change_ml(
    measures: Measures, others: Sequence[Callable[[], Patient]], standard_ml: float, share: float
) -> float:
    for other in others:  # one of the two may leave the range of what a body can be
        try:
            patient = other()
        except PatientError:
            continue
        moved_ml = relate(
            flr_ml=0.0,
            functional_ml=None,
            patient=patient,
            bsa_formula=measures.bsa_formula,
            standard_volume_formula=measures.standard_volume_formula,
        ).standard_liver_volume_ml
        if moved_ml is not None:
            return abs(moved_ml - standard_ml)
    # At the very edge of a formula both neighbours lie outside it; no formula grows faster than this.
    return 2.0 * share * standard_ml
