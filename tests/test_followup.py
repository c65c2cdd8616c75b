"""Scans of one case over time: flags after embolisation and ALPPS, notes, refusals, and the bundled pair."""

from __future__ import annotations

import csv
import json
import math
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from growing import COLUMN_ML, H5678, PATIENT, STANDARD_ML, case_of, day, liver_of, scan_at
from phantoms import COARSE_SPACING_MM
from wording import after_numbers

from flr.assessment import Options
from flr.case import FunctionTest
from flr.cli import main
from flr.criteria import FLAGS
from flr.documents.followup import followup_document
from flr.documents.schema import check_document, json_schema
from flr.errors import GeometryError, LabelError, PlanError, UsageError
from flr.growth import FollowUp, follow_up
from flr.io.case import case_schema
from flr.liver import Liver, Source
from flr.patient import Patient
from flr.plans import parse_plan
from flr.quality import CHECKS, QualityFinding
from flr.report.followup import followup_text
from flr.report.followup_pictures import growth_png, save_followup, slices_png
from flr.results import RECORD_NAME, result_id_in
from flr.uncertainty import Errors

JUDGEMENT = re.compile(r"\b(in)?operable\b|\b(un)?safe(ly)?\b|\b(un|ir)?resectable\b", re.IGNORECASE)


LARGER_MM = tuple(1.11 * mm for mm in COARSE_SPACING_MM)
"""Voxels of a liver that is a third larger. [mm]"""


def followed(
    before: tuple[int, int],
    after: tuple[int, int],
    days: int = 28,
    procedure: str = "pve",
    patient: Patient = PATIENT,
    tumours: tuple[tuple[int, int], ...] = (),
    **facts: Any,
) -> FollowUp:
    """Follow H5678 from a liver of (left, right) columns to another."""
    case = case_of(scan_at(-4), scan_at(days, after=procedure), patient=patient, **facts)
    result = follow_up(case, [liver_of(*before, tumours), liver_of(*after, tumours)], H5678)
    check(result)
    return result


def check(result: FollowUp) -> None:
    """What must be true of every follow-up."""
    assert list(result.triggers) == sorted(result.triggers, key=FLAGS.index)
    assert result.flag == result.triggers[0]
    assert set(result.notes) == set(result.note_texts)
    base = result.last.assessment
    if "total_changed_between_scans" not in {found.check for found in result.quality}:
        assert FLAGS.index(result.flag) <= FLAGS.index(base.flag)  # never less cautious
    text = followup_text(result)
    for shown in (result.headline, text, *result.note_texts.values()):
        assert shown
        assert not JUDGEMENT.search(shown)
    assert max(map(len, text.splitlines())) <= 100
    document = json.loads(json.dumps(followup_document(result), allow_nan=False))
    check_document(document)


# --- the bundled pair -------------------------------------------------------------------------


def known_volumes(sample_data: Path) -> dict[tuple[str, str], float]:
    with (sample_data / "volumes.csv").open(encoding="utf-8", newline="") as lines:
        return {(row["scan"], row["structure"]): float(row["volume_ml"]) for row in csv.DictReader(lines)}


def test_the_bundled_pair_matches_its_known_volumes(
    sample_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["followup", str(sample_data / "case.toml"), "--json", "--out", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json_schema("flr-followup/1"))
    ml = known_volumes(sample_data)
    old, new = (ml[scan, "remnant_after_H5678"] for scan in ("baseline", "after_pve"))
    tflv_old, tflv_new = (ml[scan, "functional"] for scan in ("baseline", "after_pve"))
    etlv = -794.41 + 1267.28 * (171 * 72 / 3600) ** 0.5
    growth = document["growth"]
    near = pytest.approx
    assert growth["degree_of_hypertrophy_pp"] == near(100 * (new - old) / etlv, abs=1e-5)
    assert growth["degree_of_hypertrophy_measured_pp"] == near(
        100 * (new / tflv_new - old / tflv_old), abs=1e-5
    )
    assert growth["percent_hypertrophy"] == near(100 * (new / old - 1), abs=1e-5)
    assert growth["kgr_standardised_pp_per_week"] == near(100 * (new - old) / etlv / 4, abs=1e-5)
    assert growth["growth_rate_measured_pp_per_week"] == near(
        25 * (new / tflv_new - old / tflv_old), abs=1e-5
    )
    assert growth["kgr_relative_percent_per_day"] == near(100 * (new / old - 1) / 28, abs=1e-5)
    assert growth["kgr_absolute_ml_per_day"] == near((new - old) / 28, abs=1e-5)
    assert growth["is_real"] is True
    assert growth["since_procedure_days"] == 28
    assert document["flag"] == "plan_leaves_tumour"
    assert "growth_adequate" in document["notes"]
    assert [scan["number"] for scan in document["scans"]] == [1, 2]
    assert document["scans"][0]["flag"] == "consider_two_stage"
    side = document["scans"][1]["embolised_side"]
    assert side["parts"] == ["5", "6", "7", "8"]
    assert side["before_ml"] == near(tflv_old - old, abs=1e-4)
    assert side["change_percent"] == near(100 * ((tflv_new - new) / (tflv_old - old) - 1), abs=1e-4)
    assert side["change_percent"] < -15
    assert json.loads((tmp_path / "followup.json").read_text(encoding="utf-8")) == document
    for name in ("growth.png", "before-after.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_the_command_prints_every_definition(sample_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["followup", str(sample_data / "case.toml")]) == 0
    text = capsys.readouterr().out
    for shown in (
        "10.4 pp",
        "11.3 pp",
        "38.2 %",
        "2.60 pp/week",
        "95 % interval 1.70 to 3.50",
        "probability below 2: 9 %",
        "2.83 pp/week",
        "1.36 %/day",
        "5.76 mL/day",
    ):
        assert shown in text
    assert "FLAG plan_leaves_tumour" in text
    assert main(["followup", str(sample_data / "case.toml"), "--fail-on-flag"]) == 10
    capsys.readouterr()
    assert main(["followup", str(sample_data / "case.toml"), "--plan", "H45678", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"]["notation"] == "H45678"


def test_of_blood_supply_is_said_at_which_scan_vessels_are(
    sample_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["followup", str(sample_data / "case.toml")]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "not assessed at scan 2: no vessels are given for it. Scan 1 has vessels; its own flag" in text
    assert "no vessels are given, or" not in text
    assert "scan 1, info, vessel_fragments" in text
    after = follow_up(
        case_of(scan_at(0), scan_at(28, after="pve")), [liver_of(11, 37), liver_of(14, 37)], H5678
    )
    assert after.note_texts["perfusion_unverified"] == (
        "Inflow and outflow of the remnant are not assessed at scan 2: no vessels are given for it."
    )


def test_pictures_are_the_same_every_time() -> None:
    result = followed((11, 37), (16, 31))
    livers = [liver_of(11, 37), liver_of(16, 31)]
    assert growth_png(result) == growth_png(result)
    assert slices_png(result, livers, H5678).startswith(b"\x89PNG")


# --- after embolisation -----------------------------------------------------------------------


def test_block_numbers_by_hand() -> None:
    result = followed((11, 37), (16, 31))
    growth = result.growth
    assert growth is not None
    assert growth.degree_of_hypertrophy_pp == pytest.approx(500 * COLUMN_ML / STANDARD_ML)
    assert growth.degree_of_hypertrophy_measured_pp == pytest.approx(100 * (16 / 47 - 11 / 48))
    assert growth.hypertrophy_percent == pytest.approx(500 / 11)
    side = result.last.embolised_side
    assert side is not None
    # Segments 5 and 8 stand in front of the block: the same number of voxels all the same.
    assert side.change_percent == pytest.approx(100 * (31 / 37 - 1))


def test_fast_growth_above_the_minimum_keeps_the_flag_of_the_volume() -> None:
    result = followed((11, 37), (16, 31))
    assert result.flag == "adequate"
    assert "growth_adequate" in result.notes
    assert "growth_beyond_error" in result.notes
    assert "Growth since the procedure meets" in result.headline


def test_slow_growth_above_the_minimum_is_at_least_borderline() -> None:
    result = followed((11, 35), (14, 32))
    assert result.last.assessment.flag == "adequate"
    assert result.flag == "borderline"
    assert result.triggers == ("borderline",)
    assert "slow_growth" in result.notes
    assert "slow" in result.headline


def test_slow_growth_does_not_hide_tumour_in_the_remnant() -> None:
    result = followed((11, 35), (14, 32), tumours=((3, 2),))
    assert result.flag == "plan_leaves_tumour"
    assert result.triggers == ("plan_leaves_tumour", "borderline")


@pytest.mark.parametrize(
    ("before", "after", "days", "notes"),
    [
        (8, 11, 21, {"rescan_or_wait"}),  # 6.5 pp at 2.2 pp/week
        (8, 11, 28, {"augmentation_insufficient"}),  # 6.5 pp at 1.6 pp/week
        (9, 11, 14, {"augmentation_insufficient", "rescan_or_wait"}),  # 4.4 pp at 2.2 pp/week
        (9, 11, 28, {"augmentation_insufficient"}),
        (8, 11, 60, {"rescan_or_wait"}),  # not gradable: the degree of hypertrophy decides
        (9, 11, 60, {"augmentation_insufficient"}),
    ],
)
def test_below_the_minimum_after_embolisation(before: int, after: int, days: int, notes: set[str]) -> None:
    result = followed((before, 48 - before), (after, 48 - after), days)
    assert result.flag == "consider_pve"
    assert notes == {"rescan_or_wait", "augmentation_insufficient"} & set(result.notes)
    assert "Below the minimum used for this background after portal vein embolisation" in result.headline
    assert ("wait and rescan" in result.headline) is ("rescan_or_wait" in notes)
    assert ("rescue" in result.headline) is ("augmentation_insufficient" in notes)
    assert "portal vein embolisation or double-vein" not in result.headline  # not what has been done
    assert "Consider embolisation" not in followup_text(result)


@pytest.mark.parametrize(
    "patient",
    [
        replace(PATIENT, conditions=("cirrhosis",), child_pugh="A", portal_hypertension=False),
        replace(PATIENT, conditions=("biliary",), remnant_drained=True),
        replace(PATIENT, diagnosis="pcca"),
    ],
)
@pytest.mark.parametrize("procedure", ["pve", "lvd"])
def test_alpps_is_never_named_for_biliary_disease_or_cirrhosis(patient: Patient, procedure: str) -> None:
    result = followed((8, 40), (9, 39), 28, procedure, patient)
    assert "augmentation_insufficient" in result.notes
    assert "ALPPS" not in result.headline
    assert not any("ALPPS" in text for text in result.note_texts.values())
    assert "ALPPS" in followed((8, 40), (9, 39), 28, procedure).headline


def test_what_was_done_is_not_proposed_again() -> None:
    after_lvd = followed((8, 40), (11, 37), 28, "lvd")
    assert "hepatic vein embolisation" not in after_lvd.headline
    assert "hepatic vein embolisation" in followed((8, 40), (11, 37), 28, "pve").headline


@pytest.mark.parametrize(
    ("before", "after", "days", "note", "flag"),
    [
        ((11, 37), (14, 34), 7, "growth_too_early", "borderline"),  # 6.5 pp
        ((11, 35), (15, 31), 7, "growing_early", "borderline"),  # 8.7 pp
        ((11, 35), (16, 30), 13, "growing_early", "borderline"),
        ((11, 35), (15, 31), 28, "growth_uncertain", "borderline"),
        ((11, 35), (16, 30), 28, "growth_adequate", "adequate"),
        ((11, 35), (15, 31), 56, "slow_growth", "borderline"),
        ((11, 35), (15, 31), 57, "growth_adequate", "adequate"),
        ((12, 34), (15, 31), 57, "late_growth_small", "borderline"),
    ],
)
def test_growth_above_the_minimum_by_its_day(
    before: tuple[int, int], after: tuple[int, int], days: int, note: str, flag: str
) -> None:
    result = followed(before, after, days)
    if days != 7 or after != (14, 34):
        assert result.last.assessment.flag == "adequate"
    assert result.flag == flag
    levels = {"growth_adequate", "growth_uncertain", "slow_growth", "growing_early", "growth_too_early"}
    assert ({*levels, "late_growth_small", "growth_not_graded"} & set(result.notes)) == {note}
    assert ("Growth since the procedure meets" in result.headline) is (flag == "adequate")


def test_growth_that_may_be_none_is_never_adequate() -> None:
    """A remnant that grew by 2.2 pp in a week meets a rate of 2.0 and may not have grown at all."""
    thin = (3.5, 4.1, 4.9 / 3)
    before, after = liver_of(42, 93, spacing_mm=thin), liver_of(43, 92, spacing_mm=thin)
    for days in (7, 13):
        result = follow_up(
            case_of(scan_at(-4), scan_at(days, after="pve")),
            [before, after],
            H5678,
            options=Options(accepted=("liver_cut_flat", "liver_stretched")),  # blocks end flat
        )
        check(result)
        assert result.last.assessment.measures.flr_percent_of_measured > 30
        assert result.growth is not None
        assert result.growth.is_real is False
        assert result.flag == "borderline"
        assert "growth_adequate" not in result.notes


def test_the_errors_of_a_site_reach_the_growth() -> None:
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    livers = [liver_of(11, 35), liver_of(17, 29)]
    plain = follow_up(case, livers, H5678)
    site = Errors(outer_surface_mm=5, cut_mm=15, flr_percent=30, source="site")
    wide = follow_up(case, livers, H5678, options=Options(errors=site))
    assert plain.flag == "adequate"
    assert wide.flag == "borderline"
    assert plain.growth is not None
    assert wide.growth is not None
    assert wide.growth.is_real is False
    for one, ratio in ((plain.growth, 1), (wide.growth, 5 / 0.7)):  # the largest of the table's ratios
        assert one.high_pp is not None
        assert one.low_pp is not None
        assert one.high_pp - one.low_pp == pytest.approx(ratio * 2 * 1.959964 * math.sqrt(2) * 1.3, rel=1e-5)


def test_scans_that_do_not_fit_together_are_graded_in_neither_direction() -> None:
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    result = follow_up(case, [liver_of(8, 38), liver_of(8, 37, spacing_mm=LARGER_MM)], H5678)
    check(result)
    assert [found.check for found in result.quality] == ["total_changed_between_scans"]
    assert result.last.assessment.flag == "consider_pve"
    assert result.triggers == ("indeterminate",)
    assert {finding.verdict for finding in result.findings} == {"not_assessed"}
    for text in (result.headline, *result.note_texts.values()):
        assert "ALPPS" not in text
        assert "vein embolisation" not in text
    assert all(need.weeks in (None, 0.0) for need in result.needs)
    donor = replace(PATIENT, conditions=("donor",))
    case = case_of(scan_at(-4), scan_at(28, after="pve"), patient=donor)
    assert follow_up(case, [liver_of(8, 38), liver_of(8, 37, spacing_mm=LARGER_MM)], H5678).triggers == (
        "indeterminate",
    )


def test_growth_from_a_scan_that_cannot_be_believed_is_not_graded() -> None:
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    doubted = replace(
        liver_of(11, 35), quality=(QualityFinding("header_1mm_on_512", "error", "the voxel size was lost"),)
    )
    result = follow_up(case, [doubted, liver_of(17, 29)], H5678)
    check(result)
    assert result.last.assessment.flag == "adequate"
    assert result.flag == "indeterminate"
    assert "growth_not_graded" in result.notes
    assert any("scan 1 cannot be believed" in finding.reason for finding in result.findings)


@pytest.mark.parametrize("procedure", ["pve", "lvd", "alpps"])
@pytest.mark.parametrize("facts", [{"child_pugh": "B"}, {"child_pugh": "C"}, {"portal_hypertension": True}])
def test_embolisation_is_not_named_where_it_is_no_option(procedure: str, facts: dict[str, Any]) -> None:
    patient = replace(PATIENT, conditions=("cirrhosis",), **facts)
    for days, after in ((28, (11, 37)), (73, (10, 38))):
        result = followed((9, 39), after, days, procedure, patient)
        assert result.flag == "below_minimum"
        assert "embolisation is not an option" in result.headline
        assert "another plan, ablation or referral to discuss" in result.headline
        assert result.published == ()
        for text in (result.headline, *result.note_texts.values()):
            if not text.startswith("Between the stages of ALPPS"):
                assert "hepatic vein" not in text
                assert "selected patients" not in text


def test_a_fact_leads_the_headline_of_a_follow_up() -> None:
    patient = replace(PATIENT, conditions=("chemotherapy",), limax_ug_per_kg_per_h=120)
    said = "A LiMAx of 120 µg/kg/h of the whole liver (below 140)"
    above = after_numbers(followed((11, 35), (17, 29), patient=patient).headline)
    assert above.startswith(f"Above the volume minimum, but a{said[1:]}")
    assert above.count("LiMAx of 120") == 1
    assert after_numbers(followed((8, 40), (11, 37), patient=patient).headline).startswith(said)


@pytest.mark.parametrize("days", [6, 57])
def test_outside_the_window_the_rate_is_shown_and_not_graded(days: int) -> None:
    result = followed((11, 37), (16, 31), days)
    growth = result.growth
    assert growth is not None
    assert growth.kgr_standardised_pp_per_week is not None
    by_key = {finding.criterion.key: finding for finding in result.findings}
    assert by_key["growth_kgr_shindoh_2013"].verdict == "not_assessed"
    assert "rate_not_gradable" in result.notes
    # After day 56 the degree of hypertrophy decides, above 7.5 pp; before day 14 nothing is adequate.
    assert result.flag == ("adequate" if days == 57 else "borderline")
    assert all(need.weeks in (None, 0.0) for need in result.needs)


def test_small_growth_that_cannot_be_timed_is_borderline() -> None:
    result = followed((14, 32), (15, 31), 60)
    assert result.last.assessment.flag == "adequate"
    assert result.flag == "borderline"
    assert "late_growth_small" in result.notes
    assert "growth_within_error" in result.notes


def test_early_scans_read_high() -> None:
    assert "early_rate_reads_high" in followed((11, 37), (16, 31), 13).notes
    assert "early_rate_reads_high" not in followed((11, 37), (16, 31), 14).notes


def test_without_body_size_growth_is_not_graded() -> None:
    result = followed((11, 37), (16, 31), patient=Patient(condition="normal"))
    assert result.flag == "indeterminate"
    assert "growth_not_graded" in result.notes


def test_children_and_donors_get_no_growth_limits() -> None:
    child = followed((11, 37), (16, 31), patient=replace(PATIENT, age_years=12))
    assert child.flag == "not_applicable"
    assert {finding.verdict for finding in child.findings} == {"not_assessed"}
    donor = followed((11, 37), (13, 35), patient=replace(PATIENT, conditions=("donor",)))
    assert donor.flag == "below_donor_minimum"
    assert donor.findings == donor.published == ()
    assert "ALPPS" not in donor.headline
    assert "embolisation" not in donor.headline


# --- several scans, weight, comparability -----------------------------------------------------


def test_rates_are_of_the_first_scan_and_growth_of_the_last() -> None:
    case = case_of(scan_at(-30), scan_at(-4), scan_at(21, after="pve"), scan_at(42, after="pve"))
    livers = [liver_of(10, 38), liver_of(11, 37), liver_of(15, 33), liver_of(16, 31)]
    result = follow_up(case, livers, H5678)
    check(result)
    assert [scan.reference for scan in result.scans] == [None, 1, 2, 2]
    assert (result.growth_scan, result.rate_scan) == (4, 3)
    growth = result.growth
    assert growth is not None
    assert growth.degree_of_hypertrophy_pp == pytest.approx(500 * COLUMN_ML / STANDARD_ML)
    assert growth.kgr_standardised_pp_per_week == pytest.approx(400 * COLUMN_ML / STANDARD_ML / 3)
    assert "at scan 3" in followup_text(result)


def test_a_second_procedure_has_its_own_reference() -> None:
    case = case_of(
        scan_at(-4), scan_at(28, after="pve"), scan_at(60, after="lvd", after_date=day(35)), patient=PATIENT
    )
    result = follow_up(case, [liver_of(8, 40), liver_of(9, 39), liver_of(13, 35)], H5678)
    check(result)
    assert result.procedure == "lvd"
    assert result.last.reference == 2
    growth = result.growth
    assert growth is not None
    assert growth.since_procedure_days == 25
    assert growth.hypertrophy_percent == pytest.approx(100 * 4 / 9)


def test_the_standard_volume_stays_that_of_the_baseline() -> None:
    case = case_of(scan_at(-4), scan_at(28, after="pve", weight_kg=80))
    result = follow_up(case, [liver_of(11, 37), liver_of(16, 31)], H5678)
    check(result)
    sizes = {scan.assessment.measures.standard_liver_volume_ml for scan in result.scans}
    assert sizes == {STANDARD_ML}
    assert "weight_changed" in result.notes
    small = case_of(scan_at(-4), scan_at(28, after="pve", weight_kg=75))
    assert "weight_changed" not in follow_up(small, [liver_of(11, 37), liver_of(16, 31)], H5678).notes


def test_scans_that_are_not_comparable_are_noted() -> None:
    case = case_of(scan_at(-4, phase="arterial", modality="CT"), scan_at(28, after="pve", modality="MR"))
    thick = liver_of(16, 31, spacing_mm=(3.5, 4.1, 5.9))
    result = follow_up(case, [liver_of(11, 37), thick], H5678)
    text = result.note_texts["scans_not_comparable"]
    assert all(word in text for word in ("phase", "modality", "4.9 and 5.9 mm"))
    same = followed((11, 37), (16, 31))
    assert "scans_not_comparable" not in same.notes
    unsaid = case_of(scan_at(-4, phase=None), scan_at(28, after="pve"))
    assert "phase_unknown" in follow_up(unsaid, [liver_of(11, 37), liver_of(16, 31)], H5678).notes


def test_an_unreviewed_map_doubles_the_error() -> None:
    def automatic(liver: Liver) -> Liver:
        return replace(liver, source=Source(segmentation_source="TotalSegmentator"))

    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    livers = [liver_of(11, 37), liver_of(13, 35)]
    plain = follow_up(case, livers, H5678).growth
    doubted = follow_up(case, [automatic(liver) for liver in livers], H5678).growth
    assert plain is not None
    assert doubted is not None
    assert plain.is_real is True
    assert doubted.is_real is False
    assert plain.high_pp is not None
    assert doubted.high_pp is not None
    dh = plain.degree_of_hypertrophy_pp
    assert dh is not None
    assert doubted.high_pp - dh == pytest.approx(2 * (plain.high_pp - dh))


def test_growth_without_a_named_procedure_has_no_rate() -> None:
    result = follow_up(case_of(scan_at(0), scan_at(28)), [liver_of(11, 37), liver_of(12, 36)], H5678)
    check(result)
    growth = result.growth
    assert growth is not None
    assert growth.hypertrophy_percent is not None
    assert growth.kgr_absolute_ml_per_day is None
    assert result.findings == ()
    assert "procedure_unknown" in result.notes


def test_after_a_resection_the_current_liver_counts() -> None:
    plan = parse_plan("H67")
    left = liver_of(11, 37)
    case = case_of(scan_at(-4), scan_at(90, after="resection"))
    result = follow_up(case, [left, liver_of(16, 27)], plan)
    assert result.last.regrowth_percent == pytest.approx(100 * 43 / 48)
    assert result.findings == ()
    assert "current_liver_after_resection" in result.notes
    assert result.flag == result.last.assessment.flag


# --- projections ------------------------------------------------------------------------------


def test_what_is_still_needed_and_when() -> None:
    result = followed((8, 40), (11, 37), 21)
    need = next(n for n in result.needs if n.shortfall.measure == "flr_percent_of_standard")
    share, gain = 1100 * COLUMN_ML / STANDARD_ML, 300 * COLUMN_ML / STANDARD_ML
    assert need.shortfall.limit == 25
    assert need.shortfall.short_ml == pytest.approx(0.25 * STANDARD_ML - 11 * COLUMN_ML)
    assert need.weeks == pytest.approx((25 - share) / (gain / 3))
    assert need.low_weeks is not None
    assert need.high_weeks is not None
    assert need.low_weeks < need.weeks < need.high_weeks
    assert "projection_is_optimistic" in result.notes
    assert "weeks more" in followup_text(result)
    assert "growth_above_mean_pve_response" in followed((5, 43), (6, 42)).notes


def test_no_projection_reaches_an_assessment() -> None:
    from flr.documents.assessments import assessment_document

    result = followed((8, 40), (11, 37), 21)
    assert "week" not in json.dumps(assessment_document(result.last.assessment)["context"])


# --- ALPPS ------------------------------------------------------------------------------------


def hbs(value: float, number: int = 9) -> FunctionTest:
    return FunctionTest(date=day(number), hbs_percent_per_min_per_m2=value)


@pytest.mark.parametrize(
    ("after", "test", "flag", "notes"),
    [
        ((20, 27), None, "indeterminate", {"function_test_needed"}),
        ((20, 27), 2.8, "adequate", set()),
        ((20, 27), 2.7, "borderline", {"function_below_cutoff"}),
        ((15, 31), 2.8, "borderline", {"alpps_growth_slow"}),
        ((15, 31), 2.6, "borderline", {"alpps_growth_slow", "alpps_high_risk", "function_below_cutoff"}),
    ],
)
def test_between_the_stages_of_alpps(
    after: tuple[int, int], test: float | None, flag: str, notes: set[str]
) -> None:
    tests = () if test is None else (hbs(test),)
    result = followed((11, 37), after, 10, "alpps", tests=tests)
    assert result.flag == flag
    known = {"function_test_needed", "function_below_cutoff", "alpps_growth_slow", "alpps_high_risk"}
    assert known & set(result.notes) == notes
    assert not any(f.criterion.unit == "pp/week" for f in result.findings)


def test_a_test_from_before_alpps_does_not_count() -> None:
    result = followed((11, 37), (20, 27), 10, "alpps", tests=(hbs(5.0, -5),))
    assert result.flag == "indeterminate"
    undated = replace(PATIENT, hbs_percent_per_min_per_m2=5.0)
    assert followed((11, 37), (20, 27), 10, "alpps", undated).flag == "indeterminate"


def test_function_makes_a_flag_more_cautious_and_never_less() -> None:
    weak = followed((11, 37), (16, 31), tests=(hbs(2.6, 27),))
    assert weak.flag == "borderline"
    assert "function_below_cutoff" in weak.notes
    strong = followed((9, 39), (11, 37), tests=(hbs(9.0, 27),))
    assert strong.flag == "consider_pve"


# --- what is refused --------------------------------------------------------------------------


def test_one_scan_is_no_follow_up(
    sample_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="one scan"):
        follow_up(case_of(scan_at(0)), [liver_of(11, 37)], H5678)
    text = (sample_data / "case.toml").read_text(encoding="utf-8")
    first, _, rest = text.partition("[[scan]]")
    only, _, after = rest.partition("[[scan]]")
    case = tmp_path / "case.toml"
    folder = f'"{sample_data}/'
    case.write_text((first + "[[scan]]" + only).replace('"baseline/', f"{folder}baseline/"), encoding="utf-8")
    assert main(["followup", str(case)]) == 2
    assert "one scan" in capsys.readouterr().err
    assert after


def test_the_same_segmentation_twice_is_refused() -> None:
    with pytest.raises(LabelError, match="very same segmentation"):
        follow_up(case_of(scan_at(-4), scan_at(28, after="pve")), [liver_of(11, 37)] * 2, H5678)


def test_a_liver_of_another_size_is_doubted_or_refused() -> None:
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    with pytest.raises(GeometryError, match="another patient"):
        follow_up(case, [liver_of(11, 37), liver_of(30, 67)], H5678)
    result = follow_up(case, [liver_of(11, 37), liver_of(18, 30, spacing_mm=LARGER_MM)], H5678)
    check(result)
    assert [found.check for found in result.quality] == ["total_changed_between_scans"]
    assert result.last.assessment.flag == "adequate"
    assert result.flag == "indeterminate"
    taken = follow_up(
        case,
        [liver_of(11, 37), liver_of(18, 30, spacing_mm=LARGER_MM)],
        H5678,
        options=Options(accepted=("total_changed_between_scans",)),
    )
    assert taken.flag == "borderline"  # what was accepted allows no more
    assert "accepted: at best borderline" in taken.headline
    assert taken.quality[0].severity == "warning"


def test_a_check_that_was_accepted_of_the_first_scan_allows_no_more_than_borderline() -> None:
    """Somebody takes responsibility for the first scan; the last one needs nobody to."""
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    before, after = liver_of(11, 35), liver_of(17, 29)
    assert follow_up(case, [before, after], H5678).flag == "adequate"
    doubted = replace(
        before, quality=(*before.quality, CHECKS["overlap_resolved"].finding("5 % of the liver", "error"))
    )
    taken = follow_up(case, [doubted, after], H5678, options=Options(accepted=("overlap_resolved",)))
    assert taken.last.assessment.flag == "adequate"
    assert (taken.flag, taken.flag_by_volume) == ("borderline", "borderline")
    assert "accepted: at best borderline" in taken.headline


def test_a_plan_that_does_not_fit_a_later_scan_names_the_scan() -> None:
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    organ = liver_of(16, 31)
    undivided = replace(organ, parts=(organ.parts > 0).astype("uint8"), part_names=("liver",))
    with pytest.raises(PlanError, match="scan 2"):
        follow_up(case, [liver_of(11, 37), undivided], H5678)


def test_livers_must_be_one_per_scan(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="1 livers for 2 scans"):
        follow_up(case_of(scan_at(-4), scan_at(28, after="pve")), [liver_of(11, 37)], H5678)
    result = followed((11, 37), (16, 31))
    written = save_followup(result, [liver_of(11, 37), liver_of(16, 31)], H5678, tmp_path / "new" / "folder")
    names = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert {path.name for path in written} == names - {RECORD_NAME}
    own = json.loads((tmp_path / "new" / "folder" / "followup.json").read_text())["result_id"]
    assert {result_id_in(path) for path in written} == {own}


@pytest.mark.parametrize("page", ["followup.md", "case-file.md"])
def test_the_examples_in_the_documents_run(
    page: str, checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (checkout / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    monkeypatch.chdir(checkout)
    for block in blocks:
        exec(compile(block, page, "exec"), {})
    assert capsys.readouterr().out
    for block in re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        content = json.loads(json.dumps(tomllib.loads(block), default=str))
        jsonschema.validate(content, case_schema())


def test_the_probability_of_a_slow_rate_is_printed_to_its_end() -> None:
    result = followed((11, 37), (16, 31))
    assert result.growth is not None
    assert result.growth.kgr_interval is not None
    text = followup_text(result)
    assert all(len(line) <= 100 for line in text.splitlines())
    said = " ".join(text.split())
    assert re.search(r"95 % interval \d\.\d\d to \d\.\d\d; probability below 2: [<>]? ?\d+ %", said)


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({}, True),
        ({"conditions": ("biliary",), "remnant_drained": True}, False),
        ({"conditions": ("cirrhosis",), "child_pugh": "A", "portal_hypertension": False}, False),
        ({"child_pugh": "B"}, False),
        ({"portal_hypertension": True}, False),
        ({"diagnosis": "pcca", "remnant_drained": True}, False),
    ],
)
def test_alpps_is_not_named_by_its_growth_where_it_is_no_option(facts: dict[str, Any], named: bool) -> None:
    for before, after in (((11, 37), (16, 31)), ((7, 41), (9, 38))):
        result = followed(before, after, patient=replace(PATIENT, **facts))
        document = json.dumps(followup_document(result))
        assert ("ALPPS" in followup_text(result)) is named
        assert ("ALPPS" in document) is named
    done = followed((7, 41), (12, 35), days=8, procedure="alpps", patient=replace(PATIENT, **facts))
    shown = {"pve_against_alpps_croome_2015", "alpps_olthof_2017"}
    assert {row.key for row in done.published} == (
        set() if done.last.assessment.patient.embolisation_excluded_by else shown
    )
