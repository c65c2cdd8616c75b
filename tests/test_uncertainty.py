"""Intervals against the worked example and against drawing at random."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from flr.errors import CriterionError
from flr.uncertainty import (
    Errors,
    body_surface_share_interval,
    body_weight_share_interval,
    measured_share_interval,
    ratio_interval,
    standard_share_interval,
)

INTERVALS = Path(__file__).parents[1] / "flr" / "reference_values" / "intervals.csv"


def published() -> list[dict[str, str]]:
    with INTERVALS.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


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


def test_tumour_adds_its_own_error() -> None:
    without = measured_share_interval(400, 1500)
    with_tumour = measured_share_interval(400, 1500, tumour_ml=300)
    assert with_tumour.low < without.low
    assert with_tumour.high > without.high


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
