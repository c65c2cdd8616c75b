"""A reassuring flag is earned: every row of the table shown, or accepted by a person who is named."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from growing import H5678, STANDARD_ML, case_of, liver_of, scan_at
from phantoms import couinaud_block
from wording import after_numbers

from flr.assessment import Assessment, Options, assess, assess_numbers
from flr.cli import main
from flr.documents.assessments import assessment_document, flag_by_volume
from flr.documents.csv import assessments_csv
from flr.documents.schema import check_document
from flr.errors import UsageError
from flr.growth import follow_up
from flr.liver import Liver, ScanFacts, Source, assemble
from flr.patient import Patient
from flr.plans import parse_plan
from flr.quality import CHECKS, ROW_KEYS, Evidence, split_acceptances
from flr.reassurance import IMAGE_ROWS, ROWS, names_a_person
from flr.report.html import report_html
from flr.report.text import assessment_text as report_text
from flr.words import beneath

PATIENT = Patient(weight_kg=72, height_cm=171, condition="normal")
WHY = "reviewed=every slice looked at, Dr A"


def with_source(liver: Liver, **facts: Any) -> Liver:
    return replace(liver, source=Source(**facts))


def given(
    plan: str = "H67", patient: Patient = PATIENT, *, accepted: tuple[str, ...] = (), **source: Any
) -> Assessment:
    liver = with_source(liver_of(24, 22), **source)
    return assess(liver, parse_plan(plan), patient, options=Options(accepted=accepted))


def status(result: Assessment) -> dict[str, str]:
    return {row.row: row.status for row in result.reassurance}


# --- the table --------------------------------------------------------------------------------


def test_every_result_says_of_every_row_what_is_shown() -> None:
    result = given(reviewed=True)
    assert result.flag == "adequate"
    assert [row.row for row in result.reassurance] == list(ROW_KEYS) == [row.key for row in ROWS]
    assert set(status(result).values()) == {"shown"}
    assert all(row.evidence for row in result.reassurance)


def test_every_error_speaks_to_a_row() -> None:
    """An error without a row would keep nothing from being adequate."""
    for check in CHECKS.values():
        for severity in check.severities:
            if severity == "error":
                assert check.effect("error") is not None, check.key


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ({"reviewed": True}, True),
        ({"reviewed": False}, False),
        ({}, False),
        ({"scan": ScanFacts(segmented_by="Dr A")}, True),
        ({"scan": ScanFacts(segmented_by="Dr A"), "reviewed": False}, False),
        ({"scan": ScanFacts(segmented_by="TotalSegmentator 2.4")}, False),
        ({"scan": ScanFacts(segmented_by="nnU-Net, then nobody")}, False),
        ({"scan": ScanFacts(segmented_by="formulas (no patient)")}, False),
        ({"scan": ScanFacts(segmented_by="?")}, False),
        ({"scan": ScanFacts(segmented_by="42")}, False),
        ({"segmentation_source": "TotalSegmentator"}, False),
        ({"segmentation_source": "TotalSegmentator", "reviewed": True}, True),
    ],
)
def test_a_review_is_shown_by_a_person_and_never_by_a_program(source: dict[str, Any], shown: bool) -> None:
    result = given(**source)
    if shown:
        assert (result.flag, result.because, status(result)["reviewed"]) == ("adequate", None, "shown")
        return
    assert (result.flag, result.because, result.flag_by_volume) == ("indeterminate", "not_shown", "adequate")
    assert result.missing_rows == ("reviewed",)
    share = result.measures.flr_percent_of_measured
    assert share is not None
    assert f" mL, {share:.1f} % of the liver (" in result.headline
    assert "Adequate by volume; not yet shown: reviewed. MDT review required." in result.headline
    assert result.triggers == ("indeterminate",)


def test_what_is_below_the_minimum_stays_so_whoever_looked_at_it() -> None:
    for source in ({}, {"reviewed": True}):
        result = assess(with_source(liver_of(9, 37), **source), H5678, PATIENT)
        assert (result.flag, result.flag_by_volume, result.because) == ("consider_pve", "consider_pve", None)
        assert ("indeterminate" in result.triggers) is (not source)
        assert result.options == ("portal_vein_embolisation", "double_vein_embolisation", "alpps")


def test_volumes_that_cannot_be_believed_say_so_in_both_directions() -> None:
    for total_ml, flr_ml in ((1.7, 0.5), (1.7, 1.6), (9000.0, 8000.0)):
        result = assess_numbers(
            total_ml=total_ml, flr_ml=flr_ml, patient=PATIENT, tumour_ml=0.0, remnant_tumour_ml=0.0
        )
        assert (result.flag, result.because, result.triggers) == (
            "indeterminate",
            "volumes",
            ("indeterminate",),
        )
        assert result.flag_by_volume == "indeterminate"
        assert result.options == ()
        assert status(result)["whole"] == "against"


def test_typed_numbers_were_never_an_image() -> None:
    result = assess_numbers(total_ml=1500, flr_ml=600, patient=PATIENT, tumour_ml=0.0, remnant_tumour_ml=0.0)
    assert result.flag == "adequate"
    assert result.headline.endswith("MDT review required. (numbers as typed)")
    for row in result.reassurance:
        assert (row.status == "not applicable") is (row.row in IMAGE_ROWS)
        assert (row.evidence == "image not seen") is (row.row in IMAGE_ROWS)


# --- everyday inputs --------------------------------------------------------------------------


def one_line(result: Assessment, flag: str, missing: tuple[str, ...]) -> None:
    """The flag by volume, and at most one line of what is missing."""
    assert (result.flag, result.flag_by_volume) == ("indeterminate", flag)
    assert result.missing_rows == missing
    assert len(after_numbers(result.headline)) < 120
    lines = report_text([result]).split("\n")
    assert sum("not shown" in line for line in lines) == 1


def test_an_outline_with_a_drawn_remnant() -> None:
    block = couinaud_block(columns_voxels=(12, 12, 11, 11))
    organ = block.segments > 0
    stays = np.isin(block.segments, (1, 2, 3, 4))
    liver = assemble(block.grid, liver=organ, drawn={"flr": stays}, tumours_declared_none=True)
    result = assess(liver, parse_plan("flr"), PATIENT)
    one_line(result, "adequate", ("reviewed",))
    assert status(result)["side"] == "not applicable"
    reviewed = assess(with_source(liver, reviewed=True), parse_plan("flr"), PATIENT)
    assert reviewed.flag == "adequate"


def test_an_earlier_right_hepatectomy() -> None:
    block = couinaud_block(columns_voxels=(12, 12, 11, 11))
    # What is left has grown: segment IV fills the right side.
    parts = np.where(block.segments > 4, 4, block.segments).astype(np.uint8)
    liver = assemble(block.grid, parts=parts, part_names=tuple("1234"), tumours_declared_none=True)
    after = replace(PATIENT, prior=("hepatectomy",))
    result = assess(liver, parse_plan("H3"), after)
    assert result.flag_by_volume in ("adequate", "borderline")
    one_line(result, result.flag_by_volume, ("reviewed",))


def test_a_map_of_2_to_8_inside_the_liver_mask(tmp_path: Path) -> None:
    """The caudate lobe is liver, though nobody drew it: it joins its neighbours and is said."""
    block = couinaud_block(columns_voxels=(12, 12, 11, 11))
    for name, voxels in {
        "liver": (block.segments > 0).astype(np.uint8),
        "segments": np.where(block.segments == 1, 0, block.segments).astype(np.uint8),
    }.items():
        nib.save(nib.Nifti1Image(voxels, block.grid.index_to_world_mm), tmp_path / f"{name}.nii.gz")
    import flr

    liver = flr.read_liver(
        liver=tmp_path / "liver.nii.gz", segments=tmp_path / "segments.nii.gz", tumours="none"
    )
    result = assess(liver, parse_plan("H67"), PATIENT)
    assert (result.flag, result.flag_by_volume) == ("indeterminate", "adequate")
    assert set(result.missing_rows) <= {"side", "whole", "reviewed"}
    assert "reviewed" in result.missing_rows


# --- accepting --------------------------------------------------------------------------------


def test_an_accepted_row_stands_in_every_output_beside_the_flag() -> None:
    result = given(accepted=(WHY,))
    assert (result.flag, result.because) == ("adequate", None)
    [row] = [row for row in result.reassurance if row.row == "reviewed"]
    assert (row.status, row.reason, row.who) == ("accepted", "every slice looked at", "Dr A")
    assert "Accepted: reviewed (every slice looked at, Dr A)." in result.headline
    document = json.loads(json.dumps(assessment_document(result)))
    check_document(document)
    assert document["provenance"]["accepted"] == [WHY]
    assert {
        "row": "reviewed",
        "status": "accepted",
        "evidence": row.evidence,
        "reason": "every slice looked at",
        "who": "Dr A",
        "check": None,
        "missing": False,
    } in document["reassurance"]
    [table] = csv.DictReader(io.StringIO(assessments_csv([result])))
    assert table["reassurance.reviewed"] == "accepted: every slice looked at, Dr A"
    assert table["reassurance.side"] == "shown"
    for said in (report_text([result]), report_html([result]), result.to_json()):
        assert "every slice looked at, Dr A" in " ".join(said.split())


def test_a_bare_acceptance_says_that_nobody_gave_a_reason() -> None:
    assert "Accepted: reviewed (by the user, no reason given)." in given(accepted=("reviewed",)).headline


def test_what_speaks_against_a_row_is_never_accepted_away() -> None:
    liver = liver_of(24, 22)
    mirrored = replace(liver, parts=np.asfortranarray(np.flip(liver.parts, 0)))
    by_row = assess(mirrored, parse_plan("H67"), PATIENT, options=Options(accepted=("side=known, Dr A",)))
    assert by_row.flag == "indeterminate"
    assert "side" in by_row.missing_rows
    assert status(by_row)["side"] == "against"
    keys = tuple(f"{found.check}=known, Dr A" for found in by_row.quality if found.severity == "error")
    by_check = assess(mirrored, parse_plan("H67"), PATIENT, options=Options(accepted=keys))
    assert by_check.flag == "borderline"
    assert "was accepted: at best borderline" in by_check.headline


@pytest.mark.parametrize(
    "facts", [{"child_pugh": "B"}, {"portal_hypertension": True}, {"limax_ug_per_kg_per_h": 120}]
)
def test_a_given_fact_cannot_be_accepted_away(facts: dict[str, Any]) -> None:
    patient = Patient(weight_kg=72, height_cm=171, condition="chemotherapy", **facts)
    accepted = tuple(f"{row}=known, Dr A" for row in ROW_KEYS)
    for plan in ("H67", "H5678"):
        plain, taken = given(plan, patient), given(plan, patient, accepted=accepted)
        assert taken.flag not in ("adequate", "indeterminate")
        assert taken.flag == plain.flag_by_volume


def test_accepting_every_row_of_a_sound_case_changes_nothing_but_what_was_not_shown() -> None:
    accepted = tuple(ROW_KEYS)
    result = given(accepted=accepted)
    assert {row for row, how in status(result).items() if how == "accepted"} == {"reviewed"}


@pytest.mark.parametrize("text", ["revewed", "side,tumour", "nothing=why, who"])
def test_an_unknown_row_names_the_rows(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["calc", "--total", "1500", "--flr", "600", "--tumours", "none", "--condition", "normal"]
    assert main([*asked, "--weight", "72", "--height", "171", "--accept", text]) == 2
    said = capsys.readouterr().err
    assert "The rows are identity, side, whole, scale, drawing, reviewed, tumours, body," in said
    with pytest.raises(UsageError, match="The rows are identity, side"):
        Options(accepted=(text,))


def test_reasons_keep_their_commas_and_spaces() -> None:
    texts = ["islands, holes", "side=large, known since 2020, Dr A; tumours"]
    assert split_acceptances(texts) == ("islands", "holes", "side=large, known since 2020, Dr A", "tumours")
    assert Options(accepted=("islands holes",)).accepted == ("islands", "holes")
    [one] = Options(accepted=("side=large, known, Dr A",)).acceptances
    assert (one.key, one.reason, one.who) == ("side", "large, known", "Dr A")


def test_a_cohort_and_a_case_file_accept_too(tmp_path: Path) -> None:
    from flr.cohort.manifest import CaseRow
    from flr.cohort.request import request_of
    from flr.io.case import read_case

    row = CaseRow("a", 1, {"inputs": "x.nii.gz", "plan": "H67", "accept": f"{WHY};side=known, Dr A"})
    assert request_of(row, {"inputs": (tmp_path / "x.nii.gz",)}).options.accepted == (
        WHY,
        "side=known, Dr A",
    )
    path = tmp_path / "case.toml"
    (tmp_path / "s.nii.gz").touch()
    path.write_text(
        f'id = "a"\naccept = ["{WHY}"]\n[[scan]]\ndate = 2026-01-04\nsegments = "s.nii.gz"\n',
        encoding="utf-8",
    )
    assert read_case(path).accepted == (WHY,)
    path.write_text(path.read_text(encoding="utf-8").replace("reviewed=", "revewed="), encoding="utf-8")
    with pytest.raises(UsageError, match="The rows are identity"):
        read_case(path)


def test_a_follow_up_is_earned_like_an_assessment() -> None:
    livers = [with_source(liver_of(20, 26)), with_source(liver_of(24, 22))]
    scans = scan_at(-4), scan_at(28, after="pve")
    result = follow_up(case_of(*scans), livers, H5678)
    assert (result.flag, result.because) == ("indeterminate", "not_shown")
    assert result.flag_by_volume in ("adequate", "borderline")
    taken = follow_up(case_of(*scans, accepted=(WHY,)), livers, H5678)
    assert (taken.flag, taken.because) == (result.flag_by_volume, None)


# --- tables and lists -------------------------------------------------------------------------


def test_tables_show_the_flag_by_volume_and_the_missing_rows_once() -> None:
    results = [given("H67"), given("H5678")]
    said = " ".join(report_text(results).split())
    table = said[said.index("Plans side by side") :]
    assert "▲ Above the published minimum" in table
    assert table.count("The flags are by volume. Not yet shown: reviewed.") == 1
    assert beneath({"a": ("side",), "b": ("side", "reviewed")}).endswith("side; reviewed (b).")


def test_the_rows_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["criteria", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    check_document(document)
    assert [row["row"] for row in document["reassurance"]] == list(ROW_KEYS)
    checks = [check for row in document["reassurance"] for check in row["checks"]]
    assert sorted(checks) == sorted(key for key, check in CHECKS.items() if check.row is not None)
    assert main(["criteria"]) == 0
    said = capsys.readouterr().out
    assert all(f"{row.key}: {row.shown_when[:30]}" in " ".join(said.split()) for row in ROWS)


def test_an_older_document_has_its_one_flag() -> None:
    assert flag_by_volume({"flag": "borderline"}) == "borderline"
    assert flag_by_volume({"flag": "indeterminate", "flag_by_volume": "adequate"}) == "adequate"


def test_a_row_knows_whether_it_is_missing() -> None:
    assert Evidence(row="side", status="not shown", evidence="").is_missing
    assert Evidence(row="side", status="against", evidence="").is_missing
    assert not Evidence(row="function", status="against", evidence="", is_graded=True).is_missing
    assert not Evidence(row="side", status="accepted", evidence="").is_missing
    assert STANDARD_ML > 1000


@pytest.mark.parametrize(
    "text",
    [
        *("TotalSeg", "LiverSeg", "Hepatica", "Synapse Vincent", "syngo.via", "Swin UNETR", "AutoSeg"),
        *(
            "Dr nnU-Net",
            "not reviewed",
            "no person",
            "resident, checked by nobody",
            "unreviewed by Dr A",
            "JM",
        ),
    ],
)
def test_the_name_of_a_program_or_a_denial_is_no_review(text: str) -> None:
    """The lie: whatever stands in --segmented-by counts as a person's review."""
    assert not names_a_person(text)


@pytest.mark.parametrize(
    "text", ["M. Curie", "Curie, M.", "Dr A", "reader B of the audit", "Prof. Übel", "a radiologist"]
)
def test_a_title_a_profession_or_an_initial_names_a_person(text: str) -> None:
    assert names_a_person(text)
