"""Related measures: what the remnant is of the liver and of the body. Nothing here is graded."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flr.errors import CriterionError
from flr.formulas import (
    ADULT_WEIGHT_KG,
    DEFAULT_BSA_FORMULA,
    DEFAULT_LIVER_VOLUME_FORMULA,
    LEAST_BSA_M2,
    LIVER_VOLUME_FORMULAS,
    STANDARD_BSA_M2,
    LiverVolumeFormula,
    bsa_m2,
    liver_volume_formula,
    ratios,
)
from flr.formulas.function import (
    icg_clearance_of_remnant_per_min,
    icg_clearance_per_min,
    planned_residual_limax_ug_per_kg_per_h,
)
from flr.frozen import FrozenMapping
from flr.patient import ADULT_AGE_YEARS, Patient

MEASURE_UNITS: Final[Mapping[str, str]] = FrozenMapping(
    {
        "flr_ml": "mL",
        "flr_percent_of_measured": "%",
        "flr_percent_of_standard": "%",
        "flr_to_body_weight_percent": "%",
        "flr_per_bsa_ml_per_m2": "mL/m²",
        "bsa_m2": "m²",
        "standard_liver_volume_ml": "mL",
        "flr_without_segment_1_ml": "mL",
        "perfused_flr_ml": "mL",
        "perfused_flr_percent_of_measured": "%",
        "flr_percent_of_vauthey_2002": "%",
        "planned_residual_limax_ug_per_kg_per_h": "µg/kg/h",
        "icg_clearance_of_remnant_per_min": "1/min",
    }
)
"""Every measure, in the order of output, with its unit."""

_RELATIVE_MEASURES = (
    "flr_percent_of_measured",
    "flr_percent_of_standard",
    "flr_to_body_weight_percent",
    "flr_per_bsa_ml_per_m2",
    "perfused_flr_percent_of_measured",
    "flr_percent_of_vauthey_2002",
    "planned_residual_limax_ug_per_kg_per_h",
    "icg_clearance_of_remnant_per_min",
)

_GRAMS = "the formula gives grams, and no density is assumed"

_Related = tuple[float | None, str]  # a measure, or None and why

MEAN_PVE_GROWTH_PERCENT: Final = 37.9
"""Mean growth after portal vein embolisation (van Lienden 2013, doi:10.1007/s00270-012-0440-y)."""

MEDIAN_ALPPS_GROWTH_PERCENT: Final = 78.0
"""Median growth after stage 1 of ALPPS (Olthof et al., Surgery 2017)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The remnant related to liver and body; None where it could not be related, with the reason.

    Parameters
    ----------
    flr_percent_of_standard : float or None
        Share of ``standard_liver_volume_ml``, by whatever formula was chosen. [%]
    flr_percent_of_vauthey_2002 : float or None
        Share of the Vauthey 2002 volume, the only one that published cut-offs are for. Equal to
        ``flr_percent_of_standard`` unless another formula was chosen. [%]
    reasons : mapping
        Measure → why it is None.
    ungraded : mapping
        Measure → why it is shown but must not be compared with a cut-off.
    ungradable : str or None
        Why no volume was related to anything.
    """

    flr_ml: float
    flr_percent_of_measured: float | None
    flr_percent_of_standard: float | None
    flr_to_body_weight_percent: float | None
    flr_per_bsa_ml_per_m2: float | None
    bsa_m2: float | None
    standard_liver_volume_ml: float | None
    flr_without_segment_1_ml: float | None
    perfused_flr_ml: float | None
    perfused_flr_percent_of_measured: float | None
    flr_percent_of_vauthey_2002: float | None
    planned_residual_limax_ug_per_kg_per_h: float | None
    icg_clearance_of_remnant_per_min: float | None
    bsa_formula: str = DEFAULT_BSA_FORMULA
    standard_volume_formula: str = DEFAULT_LIVER_VOLUME_FORMULA
    ungradable: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    ungraded: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, float | None]:
        """Every measure by name, in the order of `MEASURE_UNITS`."""
        return {name: getattr(self, name) for name in MEASURE_UNITS}


def relate(
    *,
    flr_ml: float,
    functional_ml: float | None,
    patient: Patient,
    flr_without_segment_1_ml: float | None = None,
    perfused_flr_ml: float | None = None,
    bsa_formula: str = DEFAULT_BSA_FORMULA,
    standard_volume_formula: str = DEFAULT_LIVER_VOLUME_FORMULA,
    ungradable: str | None = None,
) -> Measures:
    """Relate a remnant to the measured liver and to the patient's body.

    Parameters
    ----------
    flr_ml : float
        Functional remnant: tumour and other non-functional tissue already subtracted. [mL]
    functional_ml : float or None
        Functional liver: total minus tumour and other non-functional tissue. [mL]
    patient : Patient
    flr_without_segment_1_ml, perfused_flr_ml : float or None
        Second and third views of the remnant, where known. [mL]
    bsa_formula, standard_volume_formula : str
        Keys of `flr.formulas.BSA_FORMULAS` and `flr.formulas.LIVER_VOLUME_FORMULAS`.
    ungradable : str or None
        Why no volume may be related to anything, e.g. because the scan cuts the liver off: the
        millilitres stay, every percentage and every ratio to the body is None with this reason.

    Returns
    -------
    Measures

    Raises
    ------
    CriterionError
        If a volume is negative or not finite, a remnant is larger than the functional liver, or a
        formula is not known.

    Examples
    --------
    >>> measures = relate(flr_ml=400, functional_ml=1500, patient=Patient(weight_kg=70, height_cm=170))
    >>> round(measures.flr_percent_of_standard, 2), round(measures.flr_percent_of_measured, 2)
    (26.5, 26.67)
    """
    _check_volumes(flr_ml, functional_ml, parts_ml=(flr_without_segment_1_ml, perfused_flr_ml))
    related = {
        "flr_ml": (float(flr_ml), ""),
        **_to_body(flr_ml, patient, bsa_formula, standard_volume_formula),
        **_to_liver(flr_ml, functional_ml, perfused_flr_ml, patient),
        "flr_without_segment_1_ml": (flr_without_segment_1_ml, "segment 1 is not known apart from the rest"),
    }
    if ungradable is not None:
        related |= dict.fromkeys(_RELATIVE_MEASURES, (None, ungradable))
    values = {name: related[name][0] for name in MEASURE_UNITS}
    return Measures(
        # `flr_ml` is a float in this mapping; its type cannot say so.
        **values,  # type: ignore[arg-type]
        bsa_formula=bsa_formula,
        standard_volume_formula=standard_volume_formula,
        ungradable=ungradable,
        reasons={name: related[name][1] for name, value in values.items() if value is None},
        ungraded=_ungraded(patient, related["bsa_m2"][0]),
    )


def _to_liver(
    flr_ml: float, functional_ml: float | None, perfused_flr_ml: float | None, patient: Patient
) -> dict[str, _Related]:
    """A remnant as a share of the measured liver, and tests of the whole liver times that share."""
    no_liver = "the functional liver volume is not known" if functional_ml is None else ""
    no_perfusion = "inflow and outflow of the remnant are not computed"
    share = _apply(ratios.flr_percent_of_measured, flr_ml, functional_ml, no_liver)
    icg_per_min = None if patient.icg_r15_percent is None else icg_clearance_per_min(patient.icg_r15_percent)
    return {
        "flr_percent_of_measured": share,
        "perfused_flr_ml": (perfused_flr_ml, no_perfusion),
        "perfused_flr_percent_of_measured": _apply(
            ratios.flr_percent_of_measured, perfused_flr_ml, functional_ml, no_liver or no_perfusion
        ),
        "planned_residual_limax_ug_per_kg_per_h": _apply(
            planned_residual_limax_ug_per_kg_per_h,
            patient.limax_ug_per_kg_per_h,
            share[0],
            no_liver or "no LiMAx test is given",
        ),
        "icg_clearance_of_remnant_per_min": _apply(
            icg_clearance_of_remnant_per_min,
            icg_per_min,
            share[0],
            no_liver or "no indocyanine green test is given",
        ),
    }


def _to_body(
    flr_ml: float, patient: Patient, bsa_formula: str, standard_volume_formula: str
) -> dict[str, _Related]:
    """Measures of a remnant by the body and its standard liver volume."""
    surface_m2, no_surface = _body_surface(patient, bsa_formula)
    (standard_ml, no_standard), (vauthey_ml, no_vauthey) = (
        _standard_volume_ml(liver_volume_formula(name), patient, surface_m2, no_surface)
        for name in (standard_volume_formula, DEFAULT_LIVER_VOLUME_FORMULA)
    )
    return {
        "flr_percent_of_standard": _apply(ratios.flr_percent_of_standard, flr_ml, standard_ml, no_standard),
        "flr_to_body_weight_percent": _apply(
            ratios.flr_to_body_weight_percent, flr_ml, patient.weight_kg, "the body weight is not known"
        ),
        "flr_per_bsa_ml_per_m2": _apply(ratios.flr_per_bsa_ml_per_m2, flr_ml, surface_m2, no_surface),
        "bsa_m2": (surface_m2, no_surface),
        "standard_liver_volume_ml": (standard_ml, no_standard),
        "flr_percent_of_vauthey_2002": _apply(ratios.flr_percent_of_standard, flr_ml, vauthey_ml, no_vauthey),
    }


@dataclass(frozen=True, slots=True)
class OtherStandard:
    """The remnant under one of the other standard-liver formulas: shown, never graded.

    ``reason`` says why a number is None; a formula in grams gives no share, since no density is assumed.
    """

    key: str
    bsa_formula: str | None
    standard_liver_volume_ml: float | None
    standard_liver_weight_g: float | None
    flr_percent_of_standard: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What the remnant would need to reach one limit; ``unit`` is the limit's."""

    measure: str
    limit: float
    unit: str
    needed_ml: float | None
    short_ml: float | None
    growth_needed_percent: float | None
    notes: tuple[str, ...]
    reason: str


GROWTH_NOTE_TEXTS: Final[Mapping[str, str]] = FrozenMapping(
    {
        "growth_above_mean_pve_response": "The growth needed is above the mean response to PVE alone "
        "(37.9 %, van Lienden 2013); a population mean, not a prediction.",
        "growth_above_median_alpps_response": "The growth needed is above the median ALPPS stage-1 response "
        "(78 %, Olthof 2017); a population median, not a prediction.",
    }
)
"""What the keys in `Shortfall.notes` say to people."""


def other_standards(measures: Measures, patient: Patient) -> tuple[OtherStandard, ...]:
    """Share of the standard liver under every other formula that ships: context, never graded.

    Each formula gets the body surface its paper used, or the chosen one where the paper is silent.

    >>> patient = Patient(weight_kg=70, height_cm=170)
    >>> measures = relate(flr_ml=400, functional_ml=1500, patient=patient)
    >>> urata = next(o for o in other_standards(measures, patient) if o.key == "urata_1995")
    >>> round(urata.standard_liver_volume_ml, 1), round(urata.flr_percent_of_standard, 1)
    (1280.4, 31.2)
    """
    return tuple(
        _other_standard(formula, measures, patient)
        for key, formula in LIVER_VOLUME_FORMULAS.items()
        if key != measures.standard_volume_formula
    )


def shortfalls(
    measures: Measures,
    patient: Patient,
    *,
    functional_ml: float | None,
    limits: Sequence[tuple[str, float]],
) -> tuple[Shortfall, ...]:
    """Millilitres and growth that bring the remnant to each limit: context, never a prediction.

    Parameters
    ----------
    measures : Measures
    patient : Patient
    functional_ml : float or None
        Functional liver. [mL]
    limits : sequence of (measure, limit)
        Measures by name, limits in their units.

    Returns
    -------
    tuple of Shortfall
        In the order of ``limits``; zero where the limit is reached. A limit that fails inclusively
        is only passed above the volume given.

    Raises
    ------
    CriterionError
        If a measure has no limit in millilitres.

    Examples
    --------
    >>> patient = Patient(weight_kg=70, height_cm=170)
    >>> measures = relate(flr_ml=300, functional_ml=1500, patient=patient)
    >>> row, = shortfalls(measures, patient, functional_ml=1500, limits=[("flr_percent_of_measured", 25)])
    >>> row.short_ml, round(row.growth_needed_percent, 1)
    (75.0, 25.0)
    """
    vauthey_ml = _vauthey_volume_ml(measures)
    ml_per_unit = {
        "flr_percent_of_measured": None if functional_ml is None else functional_ml / 100.0,
        "flr_percent_of_standard": None if vauthey_ml is None else vauthey_ml / 100.0,
        "flr_to_body_weight_percent": None if patient.weight_kg is None else 10.0 * patient.weight_kg,
        "flr_per_bsa_ml_per_m2": measures.bsa_m2,
    }
    rows = []
    for measure, limit in limits:
        if measure not in ml_per_unit:
            raise CriterionError(f"{measure!r} has no limit in mL; expected one of {', '.join(ml_per_unit)}")
        reason = measures.reasons.get(measure) or measures.ungraded.get(measure, "")
        factor = None if reason else ml_per_unit[measure]
        needed_ml = None if factor is None else limit * factor
        rows.append(_shortfall(measure, limit, measures.flr_ml, needed_ml, patient, reason))
    return tuple(rows)


def _shortfall(
    measure: str, limit: float, flr_ml: float, needed_ml: float | None, patient: Patient, reason: str
) -> Shortfall:
    unit = MEASURE_UNITS[measure]
    if needed_ml is None:
        return Shortfall(measure, limit, unit, None, None, None, (), reason)
    short_ml = max(0.0, needed_ml - flr_ml)
    if flr_ml == 0:
        return Shortfall(measure, limit, unit, needed_ml, short_ml, None, (), "there is no remnant to grow")
    growth_percent = ratios.growth_needed_percent(flr_ml, needed_ml)
    notes = []
    # What is no option for this patient is not named, not even by the growth that it brings.
    without_embolisation = patient.is_donor or patient.embolisation_excluded_by
    if growth_percent > MEAN_PVE_GROWTH_PERCENT and not without_embolisation:
        notes.append("growth_above_mean_pve_response")
    if growth_percent > MEDIAN_ALPPS_GROWTH_PERCENT and patient.alpps_may_be_named:
        notes.append("growth_above_median_alpps_response")
    return Shortfall(measure, limit, unit, needed_ml, short_ml, growth_percent, tuple(notes), "")


def _vauthey_volume_ml(measures: Measures) -> float | None:
    if measures.bsa_m2 is None or measures.flr_percent_of_vauthey_2002 is None:
        return None
    return LIVER_VOLUME_FORMULAS[DEFAULT_LIVER_VOLUME_FORMULA].function(bsa_m2=measures.bsa_m2)


def _other_standard(formula: LiverVolumeFormula, measures: Measures, patient: Patient) -> OtherStandard:
    surface = (formula.bsa_formula or measures.bsa_formula) if "bsa_m2" in formula.inputs else None
    surface_m2, no_surface = _body_surface(patient, surface or measures.bsa_formula)
    size, reason = _evaluate(formula, patient, surface_m2, no_surface)
    if size is None:
        return OtherStandard(formula.key, surface, None, None, None, reason)
    if formula.unit == "g":
        return OtherStandard(formula.key, surface, None, size, None, _GRAMS)
    if measures.ungradable is not None:
        return OtherStandard(formula.key, surface, size, None, None, measures.ungradable)
    share = ratios.flr_percent_of_standard(measures.flr_ml, size)
    return OtherStandard(formula.key, surface, size, None, share, "")


def _apply(
    function: Callable[[float, float], float], first: float | None, second: float | None, reason: str
) -> _Related:
    return (None, reason) if first is None or second is None else (function(first, second), "")


def _body_surface(patient: Patient, formula: str) -> _Related:
    missing = [
        name
        for name, value in (("body weight", patient.weight_kg), ("body height", patient.height_cm))
        if value is None
    ]
    if missing or patient.weight_kg is None or patient.height_cm is None:
        return None, f"the {' and the '.join(missing)} {'is' if len(missing) == 1 else 'are'} not known"
    return bsa_m2(patient.weight_kg, patient.height_cm, formula=formula), ""


def _standard_volume_ml(
    formula: LiverVolumeFormula, patient: Patient, surface_m2: float | None, no_surface: str
) -> _Related:
    if formula.unit == "g":
        return None, _GRAMS
    return _evaluate(formula, patient, surface_m2, no_surface)


def _evaluate(
    formula: LiverVolumeFormula, patient: Patient, surface_m2: float | None, no_surface: str
) -> _Related:
    """The formula's own number in its own unit, or None and why."""
    if formula.ages != "all" and (formula.ages == "children") is not patient.is_child:
        age = "below" if patient.is_child else "of at least, or not known to be below,"
        return None, f"age {age} {ADULT_AGE_YEARS:g}: the formula was derived in {formula.ages}"
    known: dict[str, object] = {
        "bsa_m2": surface_m2,
        "weight_kg": patient.weight_kg,
        "height_cm": patient.height_cm,
        "age_years": patient.age_years,
        "sex": patient.sex,
    }
    inputs = {name: known.get(name) for name in formula.inputs}
    missing = [name for name, value in inputs.items() if value is None]
    if missing:
        reason = no_surface if missing == ["bsa_m2"] else f"not known: {', '.join(missing)}"
        return None, reason
    try:
        return formula.function(**inputs), ""
    except CriterionError as error:
        return None, str(error)


def _ungraded(patient: Patient, surface_m2: float | None) -> dict[str, str]:
    """Standard shares that are shown but not graded, because the body is outside the guards."""
    outside = []
    low, high = ADULT_WEIGHT_KG
    if patient.weight_kg is not None and not low <= patient.weight_kg <= high:
        outside.append(f"body weight outside {low:g} to {high:g} kg")
    low, high = LEAST_BSA_M2, STANDARD_BSA_M2[1]  # from 1.2 to 1.4 m² it is graded, and warned of
    if surface_m2 is not None and not low <= surface_m2 <= high:
        outside.append(f"body surface outside {low:g} to {high:g} m²")
    if not outside:
        return {}
    reason = f"{' and '.join(outside)}: the standard liver formula is not validated there"
    return {"flr_percent_of_standard": reason, "flr_percent_of_vauthey_2002": reason}


def _check_volumes(flr_ml: float, functional_ml: float | None, *, parts_ml: tuple[float | None, ...]) -> None:
    if functional_ml is not None:
        ratios.flr_percent_of_measured(flr_ml, functional_ml)
    if not (math.isfinite(flr_ml) and flr_ml >= 0):
        raise CriterionError(f"flr_ml is {flr_ml}; expected a finite volume in mL, 0 or above")
    for part_ml in parts_ml:
        # A part may exceed the whole by rounding only.
        if part_ml is not None and not 0 <= part_ml <= flr_ml + 1e-6:
            raise CriterionError(
                f"a part of the remnant is {part_ml} mL and the remnant {flr_ml:.1f} mL; "
                "a part cannot be negative or larger than the whole"
            )
