"""Worked values of the sources, each against the function or the flag that uses it."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest

import flr
from flr.formulas.function import allowed_resection_takasaki_percent, icg_clearance_per_min
from flr.measures import relate
from flr.patient import Patient
from flr.uncertainty import Errors

ADULT = Patient(weight_kg=70, height_cm=170, condition="normal")


@pytest.mark.parametrize(
    ("r15", "tolerated", "percent"),
    [(22, 40, 39.48), (15, 40, 51.70), (29, 40, 25.98), (10, 40, 60.21), (22, 50, 54.22)],
)
def test_takasakis_allowed_resection(r15: float, tolerated: float, percent: float) -> None:
    found = allowed_resection_takasaki_percent(r15, tolerated_r15_percent=tolerated)
    assert found == pytest.approx(percent, abs=0.005)
    # What stays keeps the tolerated clearance: K·(1 − allowed) = K(T), both of one compartment.
    kept = icg_clearance_per_min(r15) * (1.0 - found / 100.0)
    assert 100.0 * math.exp(-15.0 * kept) == pytest.approx(tolerated)


def test_the_clearance_of_the_remnant() -> None:
    patient = Patient(weight_kg=70, height_cm=170, condition="cirrhosis", icg_r15_percent=22)
    measures = relate(flr_ml=780.0, functional_ml=1500.0, patient=patient)
    found = measures.values()["icg_clearance_of_remnant_per_min"]
    assert found == pytest.approx(0.0525, abs=5e-5)
    assert found == pytest.approx(-math.log(0.22) / 15.0 * 0.52)


@pytest.mark.parametrize(
    ("condition", "flr_ml", "limit", "probability", "flag"),
    [
        ("normal", 400, 25, 0.11, "borderline"),
        ("normal", 400, 30, 0.99, "borderline"),
        ("normal", 460, 25, 0.0, "adequate"),
        ("chemotherapy", 460, 30, 0.33, "borderline"),
        ("chemotherapy", 470, 30, 0.19, "borderline"),
        ("chemotherapy", 490, 30, 0.043, "adequate"),
    ],
)
def test_worked_crossings_of_the_measured_share(
    condition: str, flr_ml: float, limit: float, probability: float, flag: str
) -> None:
    patient = Patient(weight_kg=70, height_cm=170, condition=condition)
    found = flr.assess_numbers(
        total_ml=1500, flr_ml=flr_ml, tumour_ml=0, remnant_tumour_ml=0, patient=patient
    )
    assert found.flag == flag
    share = flr_ml / 15.0
    sd = share * (1.0 - share / 100.0) * math.sqrt(2.0) * 0.05
    by_hand = NormalDist(share, sd).cdf(limit)
    assert by_hand == pytest.approx(probability, abs=0.01)
    interval = found.intervals["flr_percent_of_measured"]
    assert interval.probability_below[f"{limit:g}"] == pytest.approx(by_hand, abs=1e-3)
    if flr_ml == 400:
        assert sd == pytest.approx(1.38, abs=0.005)
        assert (interval.low, interval.high) == pytest.approx((24.0, 29.4), abs=0.05)


@pytest.mark.parametrize(("resected_ml", "sd_ml"), [(1000.0, 80.0), (230.0, 18.4), (100.0, 15.0), (0.0, 0.0)])
def test_the_surgeons_cut(resected_ml: float, sd_ml: float) -> None:
    assert Errors().of_plane_ml(resected_ml) == pytest.approx(sd_ml)


@pytest.mark.parametrize(
    ("weight_kg", "height_cm", "graded", "warned"),
    [
        (33.0, 148.0, False, True),
        (36.0, 148.0, True, True),
        (45.0, 148.0, True, True),
        (48.0, 150.0, True, False),
    ],
)
def test_small_bodies_are_warned_of_and_graded_from_1_2_m2_on(
    weight_kg: float, height_cm: float, graded: bool, warned: bool
) -> None:
    """Mosteller surfaces of 1.165, 1.217, 1.360 and 1.414 m²."""
    surface_m2 = math.sqrt(weight_kg * height_cm / 3600.0)
    assert (surface_m2 >= 1.2, surface_m2 < 1.4) == (graded, warned)
    patient = Patient(weight_kg=weight_kg, height_cm=height_cm, condition="normal")
    found = flr.assess_numbers(total_ml=900, flr_ml=500, tumour_ml=0, remnant_tumour_ml=0, patient=patient)
    standard = [f for f in found.findings if f.criterion.measure == "flr_percent_of_standard"]
    assert all((finding.value is not None) is graded for finding in standard)
    assert ("body_size_out_of_range" in {one.check for one in found.quality}) is warned
    assert found.flag == "adequate"  # the remaining rows pass
