"""Intervals against the worked example and against drawing at random."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import asdict
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from flr.assessment import Options, assess_numbers
from flr.errors import CriterionError, PatientError
from flr.measures import relate
from flr.patient import Patient
from flr.uncertainty import (
    DEFAULT_SOURCE,
    ERRORS,
    Errors,
    assumed_errors,
    body_surface_share_interval,
    body_weight_share_interval,
    measured_share_interval,
    plan_intervals,
    ratio_interval,
    standard_share_interval,
)
from flr.uncertainty.intervals import has_an_end

INTERVALS = Path(__file__).parents[1] / "flr" / "reference_values" / "intervals.csv"


def published() -> list[dict[str, str]]:
    with INTERVALS.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


BODY_SHARES = (
    "flr_to_body_weight_percent",
    "flr_per_bsa_ml_per_m2",
    "flr_percent_of_standard_measurement_only",
)


@pytest.mark.parametrize("row", published(), ids=lambda row: f"{row['source']} below {row['limit']}")
def test_worked_example(row: dict[str, str]) -> None:
    make = {"measured": measured_share_interval, "standard": standard_share_interval}[row["denominator"]]
    interval = make(float(row["flr_ml"]), float(row["denominator_ml"]), limits=[float(row["limit"])])
    assert f"{interval.low:.1f}" == row["low"]
    assert f"{interval.high:.1f}" == row["high"]
    assert f"{100 * interval.probability_below[row['limit']]:.0f}" == row["probability_percent"]
    assert interval.level == 0.95


def test_an_unreviewed_map_is_twice_as_unsure() -> None:
    reviewed = measured_share_interval(400, 1500)
    automatic = measured_share_interval(400, 1500, reviewed=False)
    assert automatic.low < reviewed.low < reviewed.high < automatic.high


@pytest.mark.parametrize(
    ("flr_ml", "functional_ml", "low", "high"),
    [(1200, 1500, 77.8, 82.2), (900, 1500, 56.7, 63.3), (1485, 1500, 98.9, 99.1), (1500, 1500, 100.0, 100.0)],
)
def test_a_share_lies_within_0_and_100(flr_ml: float, functional_ml: float, low: float, high: float) -> None:
    interval = measured_share_interval(flr_ml, functional_ml)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=0.06), pytest.approx(high, abs=0.06))
    unsure = measured_share_interval(flr_ml, functional_ml, errors=Errors(flr_percent=90, source="site"))
    assert 0.0 <= unsure.low <= unsure.high <= 100.0


def test_a_part_and_the_rest_drawn_apart_spread_as_the_formula_says() -> None:
    rng = np.random.default_rng(20260201)
    stays, leaves = rng.normal(400.0, 20.0, 40000), rng.normal(1100.0, 55.0, 40000)
    shares = 100 * stays / (stays + leaves)
    interval = measured_share_interval(400, 1500)
    assert np.std(shares) == pytest.approx((interval.high - interval.low) / (2 * 1.96), rel=0.02)


def test_cirrhosis_and_ascites_are_less_sure() -> None:
    plain, cirrhosis = measured_share_interval(400, 1500), measured_share_interval(400, 1500, cirrhosis=True)
    assert cirrhosis.high - cirrhosis.low == pytest.approx(1.6 * (plain.high - plain.low))
    body = {"weight_kg": 72.0, "height_cm": 171.0}
    widths = []
    for ascites in ("none", "controlled"):
        patient = Patient(**body, ascites=ascites)  # type: ignore[arg-type]
        measures = relate(flr_ml=400.0, functional_ml=1500.0, patient=patient)
        spread = assumed_errors(total_ml=1500.0, remnant_ml=400.0)
        found = plan_intervals(
            {"total": 1500.0, "functional": 1500.0, "remnant": 400.0}, measures, patient, spread, limits={}
        )
        widths.append([found[name].high - found[name].low for name in BODY_SHARES])
    assert all(more > less for less, more in zip(*widths, strict=True))


def test_the_scatter_of_the_standard_volume_goes_by_sex() -> None:
    men, women = standard_share_interval(400, 1500, sex="M"), standard_share_interval(400, 1500, sex="F")
    unknown = standard_share_interval(400, 1500)
    assert men.high - men.low < women.high - women.low
    assert unknown == women
    assert (Errors().standard_percent, Errors().standard_women_percent) == (18.0, 22.0)


def test_the_surgeons_cut_is_an_interval_of_its_own_and_decides_nothing() -> None:
    patient = Patient(weight_kg=70, height_cm=170, condition="normal")
    for errors in (Errors(), Errors(plane_execution_percent=50, source="site")):
        given = assess_numbers(
            total_ml=1500, flr_ml=500, patient=patient, tumour_ml=0.0, remnant_tumour_ml=0.0,
            options=Options(errors=errors),
        )  # fmt: skip
        assert given.flag == "adequate"
        surgical = given.intervals["flr_percent_of_measured_surgical"]
        half = 1.96 * max(errors.plane_execution_percent / 100 * 1000, 15) / 15
        assert surgical.high - 100 * 500 / 1500 == pytest.approx(half, rel=1e-3)
        assert surgical.high > given.intervals["flr_percent_of_measured"].high


def test_function_of_the_remnant_has_an_interval() -> None:
    patient = Patient(
        weight_kg=70, height_cm=170, condition="normal",
        limax_ug_per_kg_per_h=350, icg_r15_percent=10, hbs_percent_per_min_per_m2=3.0,
    )  # fmt: skip
    given = assess_numbers(total_ml=1500, flr_ml=600, patient=patient, tumour_ml=0.0, remnant_tumour_ml=0.0)
    share = given.intervals["flr_percent_of_measured"]
    limax = given.intervals["planned_residual_limax_ug_per_kg_per_h"]
    assert (limax.low, limax.high) == (pytest.approx(3.5 * share.low), pytest.approx(3.5 * share.high))
    icg = given.intervals["icg_clearance_of_remnant_per_min"]
    assert icg.low < 0.1535 * 0.40 < icg.high
    hbs = given.intervals["hbs_percent_per_min_per_m2"]
    assert hbs.low == pytest.approx(3.0 * share.low / 40)


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(20260104)
    true_flr_ml, true_standard_ml, draws = 400.0, 1500.0, 4000
    flr_ml = rng.normal(true_flr_ml, 20.0, draws)
    standard_ml = rng.normal(true_standard_ml, 225.0, draws)
    covered = 0
    for flr, standard in zip(flr_ml, standard_ml, strict=True):
        interval = ratio_interval(flr, standard, numerator_sd=20.0, denominator_sd=225.0, scale=100.0)
        covered += interval.contains(100 * true_flr_ml / true_standard_ml)
    assert covered / draws == pytest.approx(0.95, abs=0.01)  # three standard errors of 4000 draws


def test_probability_is_one_half_at_the_value_itself() -> None:
    assert measured_share_interval(375, 1500, limits=[25]).probability_below == {"25": pytest.approx(0.5)}
    assert body_weight_share_interval(350, 70, limits=[0.5]).probability_below == {"0.5": pytest.approx(0.5)}
    assert body_surface_share_interval(450, 1.8, limits=[250]).probability_below == {
        "250": pytest.approx(0.5)
    }


def test_each_body_ratio_is_in_its_own_unit() -> None:
    weight = body_weight_share_interval(350, 70)
    assert weight.low < 0.5 < weight.high
    assert weight.high - weight.low == pytest.approx(2 * 1.96 * 0.5 * math.hypot(0.05, 0.01), rel=0.01)
    surface = body_surface_share_interval(450, 1.8)
    assert surface.high - surface.low == pytest.approx(2 * 1.96 * 250 * math.hypot(0.05, 0.0056), rel=0.01)


def test_no_remnant_and_no_error() -> None:
    interval = measured_share_interval(0, 1500, limits=[25])
    assert (interval.low, interval.high, interval.probability_below["25"]) == (0.0, 0.0, 1.0)
    exact = ratio_interval(1, 2, numerator_sd=0, denominator_sd=0, limits=[0.5, 0.6])
    assert exact.probability_below == {"0.5": 0.0, "0.6": 1.0}


@pytest.mark.parametrize(
    "numbers",
    [
        {"numerator": math.nan},
        {"denominator": 0.0},
        {"denominator": -1.0},
        {"numerator_sd": -1.0},
        {"denominator_sd": 800.0},  # 53 %: no end
        {"level": 1.0},
        {"limits": [math.nan]},
    ],
)
def test_what_has_no_interval_is_refused(numbers: dict[str, float]) -> None:
    good = {"numerator": 400.0, "denominator": 1500.0, "numerator_sd": 20.0, "denominator_sd": 45.0}
    arguments = good | numbers
    with pytest.raises(CriterionError):
        ratio_interval(arguments.pop("numerator"), arguments.pop("denominator"), **arguments)  # type: ignore[arg-type]


def test_a_site_may_set_its_own_errors() -> None:
    assert measured_share_interval(
        400, 1500, errors=Errors(flr_percent=0, total_percent=0)
    ).low == pytest.approx(100 * 400 / 1500)
    with pytest.raises(CriterionError, match="weight_percent"):
        Errors(weight_percent=-1)


def test_errors_of_the_body_reach_the_standard_volume() -> None:
    """Vauthey 2002 over Mosteller: -794.41 + 1267.28 · sqrt(weight · height / 3600)."""
    patient = Patient(weight_kg=72.0, height_cm=171.0)
    measures = relate(flr_ml=400.0, functional_ml=1500.0, patient=patient)
    spread = assumed_errors(total_ml=1500.0, remnant_ml=400.0, errors=Errors(flr_percent=0, total_percent=0))
    errors = Errors(flr_percent=0, total_percent=0, weight_percent=4, height_percent=2)
    volumes_ml = {"total": 1500.0, "functional": 1500.0, "remnant": 400.0}
    found = plan_intervals(volumes_ml, measures, patient, spread, limits={}, errors=errors)
    bsa_m2 = math.sqrt(72.0 * 171.0 / 3600.0)
    standard_ml = -794.41 + 1267.28 * bsa_m2
    # The surface goes with the square root of both: half of their relative errors.
    relative = 1267.28 * bsa_m2 / standard_ml * math.hypot(0.04, 0.02) / 2
    alone = found["flr_percent_of_standard_measurement_only"]
    assert alone.high - alone.low == pytest.approx(2 * 1.96 * 40000 / standard_ml * relative, rel=0.03)


def test_at_the_edge_of_a_formula_the_error_is_taken_from_inside() -> None:
    """A body that one step of its error takes out of range still has an error, of about the same size."""
    heaviest_kg, widths = 650.0, []
    with pytest.raises(PatientError):
        Patient(weight_kg=1.01 * heaviest_kg, height_cm=190.0)
    for weight_kg in (heaviest_kg, 0.97 * heaviest_kg):
        patient = Patient(weight_kg=weight_kg, height_cm=190.0)
        measures = relate(flr_ml=400.0, functional_ml=1500.0, patient=patient)
        spread = assumed_errors(total_ml=1500.0, remnant_ml=400.0)
        volumes_ml = {"total": 1500.0, "functional": 1500.0, "remnant": 400.0}
        found = plan_intervals(volumes_ml, measures, patient, spread, limits={})
        interval = found["flr_percent_of_standard_measurement_only"]
        widths.append((interval.high - interval.low) / (interval.high + interval.low))
    assert widths[0] == pytest.approx(widths[1], rel=0.02)


def test_the_documented_table_is_the_one_that_is_used() -> None:
    text = (Path(__file__).parents[1] / "docs" / "uncertainty.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", text, flags=re.MULTILINE))
    used = asdict(ERRORS)
    assert used.pop("source") == DEFAULT_SOURCE
    assert {key: float(value) for key, value in documented.items()} == used


def test_an_interval_whose_denominator_reaches_zero_has_no_end() -> None:
    z = NormalDist().inv_cdf(0.975)
    assert not has_an_end(z * 300.0, 300.0)
    assert has_an_end(1.001 * z * 300.0, 300.0)
    assert has_an_end(300.0, 0.0)
    with pytest.raises(CriterionError):
        ratio_interval(400.0, z * 300.0, numerator_sd=20.0, denominator_sd=300.0)
