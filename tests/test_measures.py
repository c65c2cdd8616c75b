"""A remnant related to liver and body; what is unknown is None and says why."""

from __future__ import annotations

import csv
import math
import pickle
from pathlib import Path

import pytest

from flr.errors import CriterionError
from flr.formulas import LIVER_VOLUME_FORMULAS
from flr.measures import MEASURE_UNITS, Measures, other_standards, relate, shortfalls
from flr.patient import Patient

ADULT = Patient(weight_kg=70, height_cm=170, condition="normal")
CROSSINGS = Path(__file__).parents[1] / "flr" / "reference_values" / "crossings.csv"

# The keys of the published JSON, in its order.
JSON_KEYS = (
    "flr_ml",
    "flr_percent_of_measured",
    "flr_percent_of_standard",
    "flr_to_body_weight_percent",
    "flr_per_bsa_ml_per_m2",
    "bsa_m2",
    "standard_liver_volume_ml",
    "flr_without_segment_1_ml",
    "perfused_flr_ml",
    "perfused_flr_percent_of_measured",
)


def crossings() -> list[dict[str, str]]:
    with CROSSINGS.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def consistent(measures: Measures) -> bool:
    """Every None has a reason, nothing else has one."""
    missing = {name for name, value in measures.values().items() if value is None}
    return missing == set(measures.reasons) and all(measures.reasons.values())


@pytest.mark.parametrize("row", crossings(), ids=lambda row: row["flr_ml"])
def test_worked_crossing(row: dict[str, str]) -> None:
    measures = relate(flr_ml=float(row["flr_ml"]), functional_ml=1500.0, patient=ADULT)
    assert measures.flr_percent_of_standard is not None
    assert measures.flr_percent_of_measured is not None
    assert measures.flr_to_body_weight_percent is not None
    assert f"{measures.flr_percent_of_standard:.2f}" == row["standard_percent"]
    assert f"{measures.flr_percent_of_measured:.{row['measured_digits']}f}" == row["measured_percent"]
    assert f"{measures.flr_to_body_weight_percent:.3f}" == row["body_weight_percent"]
    assert measures.standard_liver_volume_ml == pytest.approx(1509.7, abs=0.05)
    assert consistent(measures)


def test_the_order_and_names_of_the_json() -> None:
    measures = relate(flr_ml=400, functional_ml=1500, patient=ADULT)
    assert tuple(measures.values())[: len(JSON_KEYS)] == JSON_KEYS
    assert tuple(measures.values()) == tuple(MEASURE_UNITS)
    assert pickle.loads(pickle.dumps(measures)) == measures


@pytest.mark.parametrize(
    ("patient", "missing"),
    [
        (Patient(height_cm=170), "body weight"),
        (Patient(weight_kg=70), "body height"),
        (Patient(), "body weight and the body height"),
    ],
)
def test_an_unknown_body_is_not_zero(patient: Patient, missing: str) -> None:
    measures = relate(flr_ml=400, functional_ml=1500, patient=patient)
    assert measures.flr_percent_of_measured == pytest.approx(26.667, abs=1e-3)
    for name in ("bsa_m2", "standard_liver_volume_ml", "flr_percent_of_standard", "flr_per_bsa_ml_per_m2"):
        assert getattr(measures, name) is None
        assert missing in measures.reasons[name]
    assert (measures.flr_to_body_weight_percent is None) is (patient.weight_kg is None)
    assert consistent(measures)


def test_a_weight_alone_serves_a_formula_of_weight() -> None:
    measures = relate(
        flr_ml=400,
        functional_ml=1500,
        patient=Patient(weight_kg=70),
        standard_volume_formula="vauthey_2002_weight",
    )
    assert measures.standard_liver_volume_ml == pytest.approx(1487.5)
    assert measures.flr_percent_of_vauthey_2002 is None
    assert consistent(measures)


def test_an_ungradable_liver_keeps_its_millilitres_only() -> None:
    patient = Patient(
        weight_kg=70,
        height_cm=170,
        icg_r15_percent=10,
        limax_ug_per_kg_per_h=400,
        hbs_percent_per_min_per_m2=3,
    )
    reason = "the liver is cut off by the scan"
    measures = relate(
        flr_ml=400,
        functional_ml=1500,
        patient=patient,
        flr_without_segment_1_ml=380,
        perfused_flr_ml=390,
        ungradable=reason,
    )
    known = {name for name, value in measures.values().items() if value is not None}
    assert known == {
        "flr_ml",
        "flr_without_segment_1_ml",
        "perfused_flr_ml",
        "bsa_m2",
        "standard_liver_volume_ml",
    }
    assert set(measures.reasons.values()) == {reason}
    assert consistent(measures)
    assert {o.flr_percent_of_standard for o in other_standards(measures, patient)} == {None}
    limits = [
        ("flr_percent_of_measured", 25.0),
        ("flr_percent_of_standard", 25.0),
        ("flr_to_body_weight_percent", 0.5),
    ]
    for row in shortfalls(measures, patient, functional_ml=1500, limits=limits):
        assert (row.needed_ml, row.short_ml, row.growth_needed_percent, row.reason) == (
            None,
            None,
            None,
            reason,
        )


@pytest.mark.parametrize(
    ("volumes", "text"),
    [
        ({"flr_ml": 1501, "functional_ml": 1500}, "larger than the whole"),
        ({"flr_ml": -1, "functional_ml": 1500}, "flr_ml"),
        ({"flr_ml": math.nan, "functional_ml": 1500}, "flr_ml"),
        ({"flr_ml": math.nan, "functional_ml": None}, "flr_ml"),
        ({"flr_ml": 400, "functional_ml": 0}, "functional_ml"),
        ({"flr_ml": 400, "functional_ml": math.inf}, "functional_ml"),
        ({"flr_ml": 400, "functional_ml": 1500, "perfused_flr_ml": 401}, "part of the remnant"),
        ({"flr_ml": 400, "functional_ml": 1500, "flr_without_segment_1_ml": -1}, "part of the remnant"),
    ],
)
def test_volumes_that_cannot_be_are_errors(volumes: dict[str, float], text: str) -> None:
    with pytest.raises(CriterionError, match=text):
        relate(patient=ADULT, **volumes)  # type: ignore[arg-type]


def test_no_remnant_is_zero_percent() -> None:
    measures = relate(flr_ml=0, functional_ml=1500, patient=ADULT)
    assert measures.flr_percent_of_measured == 0.0
    (row,) = shortfalls(measures, ADULT, functional_ml=1500, limits=[("flr_percent_of_measured", 25)])
    assert (row.short_ml, row.growth_needed_percent) == (375.0, None)
    assert row.reason


def test_the_whole_liver_may_be_unknown() -> None:
    measures = relate(flr_ml=400, functional_ml=None, patient=ADULT)
    assert measures.flr_percent_of_measured is None
    assert measures.flr_percent_of_standard is not None
    assert consistent(measures)


@pytest.mark.parametrize(
    ("body", "shown", "graded"),
    [
        ({"weight_kg": 70, "height_cm": 170}, True, True),
        ({"weight_kg": 29.9, "height_cm": 170}, False, False),  # surface 1.19 m²
        ({"weight_kg": 34, "height_cm": 150}, False, False),  # 1.19
        ({"weight_kg": 35, "height_cm": 150}, True, True),  # 1.21: graded, and warned of
        ({"weight_kg": 45, "height_cm": 150}, True, True),  # 1.37
        ({"weight_kg": 48, "height_cm": 150}, True, True),  # 1.41
        ({"weight_kg": 132, "height_cm": 170}, True, True),  # 2.497
        ({"weight_kg": 133, "height_cm": 170}, True, False),  # 2.506
    ],
)
def test_body_size_outside_the_guards(body: dict[str, float], shown: bool, graded: bool) -> None:
    measures = relate(flr_ml=400, functional_ml=1500, patient=Patient(**body))  # type: ignore[arg-type]
    assert (measures.flr_percent_of_standard is not None) is shown
    assert ("flr_percent_of_standard" not in measures.ungraded) is graded
    assert measures.flr_to_body_weight_percent is not None
    assert consistent(measures)


def test_another_formula_is_shown_and_the_default_kept_for_grading() -> None:
    default = relate(flr_ml=400, functional_ml=1500, patient=ADULT)
    urata = relate(
        flr_ml=400,
        functional_ml=1500,
        patient=ADULT,
        bsa_formula="du_bois_1916",
        standard_volume_formula="urata_1995",
    )
    assert urata.standard_liver_volume_ml == pytest.approx(1280.4, abs=0.05)
    assert urata.flr_percent_of_standard == pytest.approx(31.24, abs=0.005)
    assert urata.flr_percent_of_vauthey_2002 == pytest.approx(100 * 400 / 1499.0, abs=0.005)
    assert default.flr_percent_of_vauthey_2002 == default.flr_percent_of_standard


def test_grams_give_no_share() -> None:
    measures = relate(flr_ml=400, functional_ml=1500, patient=ADULT, standard_volume_formula="yoshizumi_2003")
    assert measures.standard_liver_volume_ml is None
    assert "grams" in measures.reasons["flr_percent_of_standard"]


def test_a_child_gets_no_adult_formula() -> None:
    child = Patient(weight_kg=40, height_cm=150, age_years=12)
    measures = relate(flr_ml=300, functional_ml=900, patient=child)
    assert measures.standard_liver_volume_ml is None
    assert "derived in adults" in measures.reasons["flr_percent_of_standard"]
    assert measures.flr_percent_of_measured == pytest.approx(100 / 3)
    others = {o.key: o for o in other_standards(measures, child)}
    assert {key for key, o in others.items() if o.standard_liver_volume_ml} == {
        "urata_1995",
        "johnson_2005",
        "noda_1997",
    }


def test_every_other_formula_is_shown_with_the_surface_of_its_paper() -> None:
    patient = Patient(weight_kg=70, height_cm=170, age_years=50, sex="M")
    measures = relate(flr_ml=400, functional_ml=1500, patient=patient)
    others = {o.key: o for o in other_standards(measures, patient)}
    assert set(others) == set(LIVER_VOLUME_FORMULAS) - {"vauthey_2002_bsa"}
    printed = {
        key: round(o.standard_liver_volume_ml, 1) for key, o in others.items() if o.standard_liver_volume_ml
    }
    assert printed["urata_1995"] == 1280.4
    assert printed["heinemann_1999"] == 1595.8
    assert printed["um_2015_du_bois"] == 1178.9
    assert printed["um_2015_mosteller"] == 1185.3
    assert printed["feng_2017"] == 1254.3
    assert others["chan_2006"].standard_liver_weight_g == pytest.approx(1130.0)
    assert others["chan_2006"].flr_percent_of_standard is None
    assert others["fu_gui_2009"].flr_percent_of_standard == pytest.approx(35.1, abs=0.05)
    assert "thoracic_width_cm" in others["kokudo_2015_swiss"].reason
    for other in others.values():
        assert (other.flr_percent_of_standard is None) is bool(other.reason)


def test_millilitres_and_growth_to_every_limit() -> None:
    measures = relate(flr_ml=300, functional_ml=1500, patient=ADULT)
    limits = [
        ("flr_percent_of_measured", 25.0),
        ("flr_percent_of_standard", 30.0),
        ("flr_to_body_weight_percent", 0.5),
        ("flr_per_bsa_ml_per_m2", 150.0),
    ]
    measured, standard, weight, surface = shortfalls(measures, ADULT, functional_ml=1500, limits=limits)
    assert (measured.needed_ml, measured.short_ml, measured.growth_needed_percent) == (
        375,
        75,
        pytest.approx(25),
    )
    assert standard.needed_ml == pytest.approx(0.3 * 1509.66, abs=0.01)
    assert standard.notes == ("growth_above_mean_pve_response",)
    assert (weight.short_ml, weight.growth_needed_percent) == (50, pytest.approx(100 / 6))
    assert (surface.short_ml, surface.growth_needed_percent) == (0.0, 0.0)
    assert surface.unit == "mL/m²"
    with pytest.raises(CriterionError, match="no limit in mL"):
        shortfalls(measures, ADULT, functional_ml=1500, limits=[("bsa_m2", 1.0)])


@pytest.mark.parametrize(
    ("condition", "flr_ml", "notes"),
    [
        ("normal", 363, ()),  # to 500 mL: 37.7 %
        ("normal", 362, ("growth_above_mean_pve_response",)),  # 38.1 %
        ("normal", 281, ("growth_above_mean_pve_response",)),  # 77.9 %
        ("normal", 280, ("growth_above_mean_pve_response", "growth_above_median_alpps_response")),  # 78.6 %
        ("biliary", 280, ("growth_above_mean_pve_response",)),
        ("cirrhosis", 280, ("growth_above_mean_pve_response",)),
        ("donor", 280, ()),
    ],
)
def test_growth_notes(condition: str, flr_ml: float, notes: tuple[str, ...]) -> None:
    patient = Patient(condition=condition)
    measures = relate(flr_ml=flr_ml, functional_ml=1000, patient=patient)
    (row,) = shortfalls(measures, patient, functional_ml=1000, limits=[("flr_percent_of_measured", 50)])
    assert row.notes == notes


def test_function_tests_of_the_remnant() -> None:
    patient = Patient(weight_kg=70, height_cm=170, icg_r15_percent=10, limax_ug_per_kg_per_h=400)
    measures = relate(flr_ml=350, functional_ml=1000, patient=patient)
    assert measures.icg_clearance_of_remnant_per_min == pytest.approx(0.0537, abs=5e-5)
    assert measures.planned_residual_limax_ug_per_kg_per_h == pytest.approx(140.0)
