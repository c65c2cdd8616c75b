"""One remnant under every background and every standard volume: the same as assessing it anew each time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from phantoms import couinaud_block, write_nifti
from report_cases import block_liver, from_numbers

from flr.assessment import assess
from flr.cli import main
from flr.criteria import PROFILES
from flr.criteria.what_if import standard_level
from flr.documents.schema import check_document, json_schema
from flr.documents.what_if import what_if_document
from flr.patient import Patient
from flr.report.html import report_html

BODY: dict[str, Any] = {"weight_kg": 72, "height_cm": 171}


@pytest.mark.parametrize("plan", ["H5678", "H45678", "H67"])
@pytest.mark.parametrize("facts", [{"diagnosis": "crlm"}, {"child_pugh": "A", "portal_hypertension": False}])
def test_each_background_has_the_flag_that_it_has_when_it_is_given(plan: str, facts: dict[str, Any]) -> None:
    liver = block_liver(tumours=((7, 6),))
    patient = Patient(**BODY, condition="steatosis", **facts)
    found = assess(liver, plan, patient).under_profiles
    assert [row.profile for row in found] == list(PROFILES)
    assert [row.profile for row in found if row.given] == ["steatosis"]
    for row in found:
        conditions = () if row.profile == "unknown" else (row.profile,)
        anew = assess(liver, plan, replace(patient, conditions=conditions))
        assert row.flag_by_volume == anew.flag_by_volume, row.profile


@pytest.mark.parametrize(
    ("flr_ml", "normal", "steatosis", "cirrhosis"),
    [
        (280, "below", "below", "below"),
        (400, "between", "below", "below"),
        (680, "above", "above", "between"),
    ],
)
def test_where_the_remnant_lies_is_told_whatever_else_decides(
    flr_ml: float, normal: str, steatosis: str, cirrhosis: str
) -> None:
    found = {row.profile: row.level for row in from_numbers(flr_ml).under_profiles}
    assert (found["normal"], found["steatosis"], found["cirrhosis"]) == (normal, steatosis, cirrhosis)


def test_several_backgrounds_are_none_of_the_rows() -> None:
    patient = Patient(weight_kg=70, height_cm=170, conditions=("chemotherapy", "steatosis"))
    assert not any(row.given for row in from_numbers(patient=patient).under_profiles)
    unknown = from_numbers(patient=Patient(weight_kg=70, height_cm=170)).under_profiles
    assert [row.profile for row in unknown if row.given] == ["unknown"]


def test_no_background_is_asked_for_a_child_or_for_volumes_that_cannot_be_believed() -> None:
    child = from_numbers(patient=Patient(age_years=9, weight_kg=30, height_cm=135))
    assert child.under_profiles == ()
    small = Patient(weight_kg=70, height_cm=170, condition="normal", diagnosis="donor")
    assert all(row.flag != "adequate" for row in from_numbers(200.0, patient=small).under_profiles)


@pytest.mark.parametrize(
    ("share", "condition", "level"),
    [
        (25.0, "normal", "below"),
        (25.1, "normal", "between"),
        (30.0, "normal", "between"),
        (30.1, "normal", "above"),
        (30.0, "chemotherapy", "below"),
        (30.1, "chemotherapy", "above"),
        (50.0, "donor", None),
    ],
)
def test_a_share_on_the_limits_of_the_background(share: float, condition: str, level: str | None) -> None:
    assert standard_level(share, Patient(condition=condition)) == level


def test_every_standard_volume_stands_beside_the_graded_one() -> None:
    document = what_if_document([from_numbers(400.0)])
    check_document(document)
    jsonschema.validate(document, json_schema("flr-what-if/1"))
    (plan,) = document["plans"]
    first, *others = plan["standards"]
    assert (first["formula"], first["graded"]) == ("vauthey_2002_bsa", True)
    assert first["flr_percent_of_standard"] == pytest.approx(100 * 400 / first["standard_liver_volume_ml"])
    assert not any(row["graded"] for row in others)
    known = [row for row in others if row["flr_percent_of_standard"] is not None]
    assert len(known) > 5
    for row in others:
        assert (row["level"] is None) == (row["flr_percent_of_standard"] is None)
        assert (row["reason"] == "") == (row["flr_percent_of_standard"] is not None)


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    block = couinaud_block()
    return write_nifti(tmp_path_factory.mktemp("what-if") / "segments.nii.gz", block.segments, block.grid)


def test_the_command_shows_plans_under_every_background(
    segments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("criteria", str(segments), "--tumours", "none", "--weight", "72", "--height", "171")
    plans = ("--plan", "H5678", "--plan", "H23", "--condition", "normal")
    assert main([*given, *plans]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    rows = {line.partition(":")[0]: line for line in text.splitlines() if ":" in line}
    assert rows["normal (given)"].split(" %")[1].split() == ["▲", "Above", "the", "published", "minimum"] * 2
    assert "◆ Borderline" in rows["cirrhosis"]  # 42 % stays
    assert "Vauthey 2002 (BSA) (graded)" in text
    assert main([*given, *plans, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    check_document(document)
    assert [plan["plan"]["notation"] for plan in document["plans"]] == ["H5678", "H23"]
    assert main([*given, *plans, "--fail-on-flag"]) == 10  # nobody has reviewed the map


def test_without_a_case_the_command_lists_the_minimums(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["criteria", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "flr-criteria/1"
    assert main(["criteria", "--weight", "70"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, len(printed.err.strip().splitlines())) == ("", 1)
    assert "no input" in printed.err


def test_the_page_has_it_folded() -> None:
    page = report_html([from_numbers(400.0)])
    assert '<details class="what-if">' in page
    assert "normal (given): 20, 25, 30 %" in page
    child = from_numbers(patient=Patient(age_years=9, weight_kg=30, height_cm=135))
    assert "normal (given)" not in report_html([child])
