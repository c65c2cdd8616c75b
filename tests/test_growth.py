"""Every definition of growth on numbers, its limits from both sides, and that no two are ever mixed."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import pytest

from flr.assessment import Assessment, Options, assess_numbers
from flr.criteria import CRITERIA, Verdict
from flr.criteria.growth import (
    GROWTH_CRITERIA,
    GROWTH_UNITS,
    PUBLISHED_GROWTH,
    GrowthLevel,
    growth_rows,
    judge_growth,
    level_after_embolisation,
    published_growth,
    why_not_gradable,
)
from flr.errors import CriterionError, PatientError, PlanError
from flr.formulas import growth
from flr.growth import Growth, growth_between, projection_interval_weeks, share_sd_pp
from flr.patient import Patient
from flr.uncertainty import Errors

BODY = Patient(weight_kg=70, height_cm=170, condition="normal")


def numbers(flr_ml: float, total_ml: float = 1500.0, patient: Patient = BODY, **facts: Any) -> Assessment:
    return assess_numbers(
        total_ml=total_ml, flr_ml=flr_ml, patient=patient, tumour_ml=0.0, remnant_tumour_ml=0.0, **facts
    )


def grown(before_ml: float, after_ml: float, days: int, **facts: Any) -> Growth:
    return growth_between(
        numbers(before_ml, **facts), numbers(after_ml, **facts), days=days, procedure_days=days
    )


def verdicts(values: dict[str, float | None], days: float, procedure: Any = "pve") -> dict[str, Verdict]:
    found = judge_growth(procedure, values, {}, days=days)
    return {finding.criterion.key: finding.verdict for finding in found}


def test_300_to_310_ml_in_7_days_in_every_definition() -> None:
    result = grown(300, 310, 7)
    assert result.hypertrophy_percent == pytest.approx(10 / 3)
    assert result.kgr_relative_percent_per_day == pytest.approx(0.476, abs=5e-4)
    assert result.kgr_absolute_ml_per_day == pytest.approx(1.43, abs=5e-3)
    # 10 mL of a standard volume of 1509.7 mL in one week.
    assert result.kgr_standardised_pp_per_week == pytest.approx(1000 / 1509.65, rel=1e-3)
    assert result.growth_rate_measured_pp_per_week == pytest.approx(1000 / 1500)
    assert verdicts(result.values(), 7)["growth_kgr_shindoh_2013"] is Verdict.NOT_ASSESSED
    said = verdicts(result.values(), 14)
    assert said["growth_kgr_shindoh_2013"] is Verdict.FALLS_SHORT
    assert said["growth_rate_leung_2014"] is Verdict.FALLS_SHORT


def test_22_percent_at_week_2_and_3_pp_per_week_reach_30_after_2_67_weeks() -> None:
    assert growth.weeks_to_target(30, 22, 3) == pytest.approx(2.67, abs=5e-3)
    assert growth.weeks_to_target(30, 30, -1) == 0
    with pytest.raises(CriterionError, match="above 0"):
        growth.weeks_to_target(30, 22, 0)


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [
        (1.99, "falls_short"),
        (math.nextafter(2.0, 0), "falls_short"),
        (2.00, "meets"),
        (2.01, "meets"),
        (None, "not_assessed"),
        (math.nan, "not_assessed"),
    ],
)
def test_standardised_rate_of_2(rate: float | None, verdict: str) -> None:
    assert verdicts({"kgr_standardised_pp_per_week": rate}, 28)["growth_kgr_shindoh_2013"].value == verdict


def test_a_rate_of_exactly_2_is_not_lost_to_rounding() -> None:
    dh = growth.degree_of_hypertrophy_ribero_2007_pp(330, 450, standard_liver_volume_ml=1500)
    assert growth.kgr_standardised_shindoh_2013_pp_per_week(dh, 28) == 2.0


@pytest.mark.parametrize(("rate", "verdict"), [(2.66, "falls_short"), (2.67, "meets")])
def test_measured_rate_must_be_above_2_66(rate: float, verdict: str) -> None:
    assert verdicts({"growth_rate_measured_pp_per_week": rate}, 28)["growth_rate_leung_2014"].value == verdict


@pytest.mark.parametrize(("dh", "verdict"), [(5.0, "falls_short"), (5.01, "meets")])
def test_degree_of_hypertrophy_of_5_fails(dh: float, verdict: str) -> None:
    assert verdicts({"degree_of_hypertrophy_pp": dh}, 100)["growth_dh_ribero_2007"].value == verdict


def test_no_definition_meets_the_limit_of_another() -> None:
    # A fast relative rate says nothing about a limit in pp/week, nor the other way round.
    fast = {"kgr_relative_percent_per_day": 10.8, "kgr_absolute_ml_per_day": 32.7}
    assert set(verdicts(fast, 28).values()) == {Verdict.NOT_ASSESSED}
    standardised = {"kgr_standardised_pp_per_week": 9.0, "growth_rate_measured_pp_per_week": 9.0}
    assert set(verdicts(standardised, 28, "alpps").values()) == {Verdict.NOT_ASSESSED}
    for row in GROWTH_CRITERIA:
        if row.measure in GROWTH_UNITS:
            assert row.unit == GROWTH_UNITS[row.measure]
    units = {row.unit for row in growth_rows("alpps")}
    assert "pp/week" not in units
    assert growth_rows("resection") == growth_rows(None) == ()


@pytest.mark.parametrize(
    ("days", "gradable"),
    [(None, False), (0, False), (7, False), (13, False), (14, True), (56, True), (57, False)],
)
def test_a_rate_is_graded_from_14_to_56_days(days: int | None, gradable: bool) -> None:
    assert (why_not_gradable(days) == "") is gradable
    values = {"kgr_standardised_pp_per_week": 3.0, "degree_of_hypertrophy_pp": 6.0}
    found = {f.criterion.key: f for f in judge_growth("pve", values, {}, days=days)}
    assert (found["growth_kgr_shindoh_2013"].verdict is Verdict.MEETS) is gradable
    assert found["growth_dh_ribero_2007"].verdict is Verdict.MEETS
    if not gradable:
        assert "days after it" in found["growth_kgr_shindoh_2013"].reason or days is None


def level_of(dh: float, days: int, *, rate_days: int | None = None, sd_pp: float = 1.3) -> GrowthLevel:
    """What a degree of hypertrophy says at a day, as a follow-up asks it."""
    first = days if rate_days is None else rate_days
    values = {"degree_of_hypertrophy_pp": dh, "kgr_standardised_pp_per_week": dh / (first / 7)}
    rate_sd = math.sqrt(2) * sd_pp / (first / 7)
    return level_after_embolisation(
        judge_growth("pve", values, {}, days=first),
        days=days,
        rate_days=first,
        slow_probability=NormalDist(dh / (first / 7), rate_sd).cdf(2.0),
        surely_grows=dh - 1.959964 * math.sqrt(2) * sd_pp > 0,
    )


@pytest.mark.parametrize(
    ("dh", "days", "level"),
    [
        (9.2, 28, "growth_uncertain"),
        (11, 28, "growth_adequate"),
        (2.24, 7, "growth_too_early"),
        (8, 7, "growing_early"),
        (30, 13, "growing_early"),
        (7.5, 13, "growth_too_early"),
        (12, 60, "growth_adequate"),
        (7.5, 60, "late_growth_small"),
        (7.6, 57, "growth_adequate"),
        (12, 56, "slow_growth"),
        (20, 56, "growth_adequate"),
        (5, 14, "slow_growth"),  # 2.5 pp/week, and 5 pp or less
        (8, 28, "growth_uncertain"),
        (7.9, 28, "slow_growth"),
        (9, 14, "growth_adequate"),
        (6, 14, "growth_uncertain"),
    ],
)
def test_what_growth_says_by_its_day(dh: float, days: int, level: str) -> None:
    assert level_of(dh, days) == level


def test_a_late_rescan_after_an_early_first_scan_is_graded_by_its_growth() -> None:
    assert level_of(12, 28, rate_days=8) == "growth_adequate"
    assert level_of(7, 28, rate_days=8) == "late_growth_small"


def test_a_wider_error_makes_growth_less_sure() -> None:
    order = ("growth_adequate", "growth_uncertain")
    levels = [order.index(level_of(11, 28, sd_pp=sd)) for sd in (0.5, 1.3, 2.6, 7.8)]
    assert levels == sorted(levels)
    assert levels[-1] == 1
    assert level_of(12, 60, sd_pp=7.8) == "late_growth_small"


def test_the_rate_has_an_interval_and_a_probability() -> None:
    result = grown(300, 300 + 0.092 * 1509.65, 28)
    rate = result.kgr_interval
    assert rate is not None
    assert rate.low == pytest.approx(1.40, abs=5e-3)
    assert rate.high == pytest.approx(3.20, abs=5e-3)
    assert rate.probability_below["2"] == pytest.approx(0.26, abs=5e-3)
    surer = grown(300, 300 + 0.11 * 1509.65, 28).kgr_interval
    assert surer is not None
    assert surer.probability_below["2"] == pytest.approx(0.05, abs=5e-3)
    assert grown(300, 400, 28, patient=Patient(condition="normal")).kgr_interval is None


def test_a_sites_errors_and_scans_read_differently_widen_the_error() -> None:
    assert share_sd_pp(numbers(400)) == 1.3
    site = Options(errors=Errors(outer_surface_mm=5, cut_mm=15, flr_percent=30, source="site"))
    assert share_sd_pp(numbers(400, options=site)) == pytest.approx(6 * 1.3)
    finer = Options(errors=Errors(flr_percent=2.5, source="site"))
    assert share_sd_pp(numbers(400, options=finer)) == pytest.approx(0.65)
    # s·(1−s)·√2·5 % where it is more: 40 % of the liver
    assert share_sd_pp(numbers(600), read_alike=False) == pytest.approx(40 * 0.6 * math.sqrt(2) * 0.05)
    assert share_sd_pp(numbers(200), read_alike=False) == 1.3


def test_a_rate_is_of_the_first_scan_only() -> None:
    assert why_not_gradable(28, is_first=False) == "a rate is defined on the first scan after the procedure"


def test_growth_of_5_pp_has_an_interval_of_3_6_pp() -> None:
    result = grown(300, 300 + 0.05 * 1509.65, 28)
    assert result.degree_of_hypertrophy_pp == pytest.approx(5.0, abs=1e-3)
    assert result.low_pp is not None
    assert result.high_pp is not None
    assert result.high_pp - result.low_pp == pytest.approx(2 * 3.6, abs=0.02)
    assert result.is_real is True
    assert grown(300, 340, 28).is_real is False
    assert grown(400, 330, 28).is_real is True  # shrinking is a change as well


def test_without_body_size_the_measured_definitions_stay() -> None:
    unknown = Patient(condition="normal")
    result = grown(300, 420, 28, patient=unknown)
    assert result.degree_of_hypertrophy_pp is None
    assert result.kgr_standardised_pp_per_week is None
    assert "weight" in result.reasons["kgr_standardised_pp_per_week"]
    assert result.degree_of_hypertrophy_measured_pp == pytest.approx(8.0)
    assert result.growth_rate_measured_pp_per_week == pytest.approx(2.0)


def test_without_the_day_of_the_procedure_there_is_no_rate() -> None:
    result = growth_between(numbers(300), numbers(400), days=30, procedure_days=None)
    assert result.hypertrophy_percent == pytest.approx(100 / 3)
    rates = [name for name in GROWTH_UNITS if "per_" in name]
    assert all(result.values()[name] is None for name in rates)
    assert {result.reasons[name] for name in rates} == {"the day of the procedure is not known"}


def test_measured_definition_uses_each_functional_liver() -> None:
    result = growth_between(
        numbers(300, total_ml=1500), numbers(420, total_ml=1400), days=21, procedure_days=21
    )
    assert result.degree_of_hypertrophy_measured_pp == pytest.approx(10.0)
    assert result.growth_rate_measured_pp_per_week == pytest.approx(10 / 3)


def test_what_is_not_one_patient_and_plan_is_refused() -> None:
    with pytest.raises(PatientError, match="body sizes"):
        growth_between(
            numbers(300),
            numbers(400, patient=Patient(weight_kg=75, height_cm=170, condition="normal")),
            days=28,
            procedure_days=28,
        )
    with pytest.raises(PatientError, match="different cases"):
        growth_between(numbers(300), numbers(400, case_id="other"), days=28, procedure_days=28)
    with pytest.raises(PlanError, match="different plans"):
        growth_between(numbers(300), numbers(400, intent="debulking"), days=28, procedure_days=28)
    for days in (0, -3):
        with pytest.raises(PatientError, match="at least one day"):
            growth_between(numbers(300), numbers(400), days=days, procedure_days=days)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: growth.hypertrophy_percent(0, 10),
        lambda: growth.hypertrophy_percent(10, -1),
        lambda: growth.hypertrophy_percent(10, math.nan),
        lambda: growth.kgr_standardised_shindoh_2013_pp_per_week(5, 0),
        lambda: growth.kgr_relative_croome_2015_percent_per_day(math.inf, 5),
        lambda: growth.degree_of_hypertrophy_ribero_2007_pp(300, 400, standard_liver_volume_ml=0),
        lambda: growth.degree_of_hypertrophy_measured_leung_2014_pp(
            300, 400, functional_before_ml=200, functional_after_ml=1000
        ),
    ],
)
def test_numbers_that_cannot_be_are_refused(wrong: Any) -> None:
    with pytest.raises(CriterionError):
        wrong()


def test_projection_interval_agrees_with_draws() -> None:
    """A simple oracle: draw both shares, and see how often the true weeks lie inside the interval."""
    import numpy as np

    random = np.random.default_rng(5)
    true_before, true_after, days, target, sd = 16.0, 24.0, 28.0, 30.0, 1.3
    true_weeks = (target - true_after) / ((true_after - true_before) / (days / 7))
    inside = 0
    for _ in range(2000):
        before, after = random.normal([true_before, true_after], sd)
        low, high = projection_interval_weeks(target, after, after - before, days=days, sd_pp=sd)
        inside += low <= true_weeks and (high is None or true_weeks <= high)
    assert 0.93 < inside / 2000 < 0.97


def test_projection_of_growth_within_error_has_no_end() -> None:
    low, high = projection_interval_weeks(30, 22, 2.0, days=14)
    assert 0 < low < 8
    assert high is None


def test_published_growth_is_cited_and_the_uncertain_rows_are_absent() -> None:
    assert {row.key for row in published_growth("pve")} >= {"pve_van_lienden_2013", "pve_segment_4"}
    assert published_growth("resection") == published_growth(None) == ()
    for row in PUBLISHED_GROWTH:
        assert row.reference.doi or "no DOI" in row.reference.text
        assert row.evidence in ("V1", "V2", "unverified")
        assert "DRAGON" not in row.text
    assert set(GROWTH_CRITERIA) <= set(CRITERIA)
