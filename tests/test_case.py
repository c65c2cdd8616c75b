"""Case files: what is read, what is refused and how it is said, and `flr assess --case`."""

from __future__ import annotations

import datetime
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from growing import DAY_0, H5678, PATIENT, case_of, day, scan_at
from phantoms import couinaud_block, oblique_grid, write_nifti

from flr.case import Case, FunctionTest, Scan
from flr.cli import main
from flr.errors import FLRError, PatientError, PlanError, ReadError
from flr.io.case import case_schema, read_case, read_function_images, read_scans


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two scans of a block liver, and an image of counts."""
    path = tmp_path_factory.mktemp("case")
    for name, columns in (("before", (6, 5, 20, 17)), ("after", (8, 8, 18, 13))):
        block = couinaud_block(columns_voxels=columns, tumours=[(7, 4)])
        write_nifti(path / f"{name}.nii.gz", block.segments, block.grid)
        write_nifti(path / f"{name}_tumours.nii.gz", block.tumours, block.grid)
    grid = oblique_grid((20, 20, 20), (12.0, 12.0, 12.0))
    write_nifti(path / "spect.nii.gz", np.full(grid.shape, 7.0, np.float32), grid)
    (path / "deeper").mkdir()
    shutil.copy(path / "before.nii.gz", path / "deeper" / "before.nii.gz")
    return path


TEXT = """
id = "case-7"
[patient]
weight_kg = 72
height_cm = 171
conditions = ["normal"]
[[scan]]
date = 2026-02-25
phase = "portal venous"
segments = "before.nii.gz"
tumours = "before_tumours.nii.gz"
[[scan]]
date = "2026-03-29"
phase = "portal venous"
after = "pve"
after_date = 2026-03-01
embolised = "5678"
weight_kg = 71.5
segments = "after.nii.gz"
tumours = "after_tumours.nii.gz"
[[plan]]
removes = "H5678"
"""


def written(folder: Path, text: str = TEXT, **changes: str) -> Path:
    """The case file with pieces of its text changed."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(folder: Path, old: str, new: str) -> Path:
    assert old in TEXT
    return written(folder, TEXT.replace(old, new, 1))


def test_the_bundled_case(sample_data: Path) -> None:
    case = read_case(sample_data / "case.toml")
    assert case.id == "sample-crlm"
    assert case.patient.conditions == ("chemotherapy",)
    assert [scan.date.isoformat() for scan in case.scans] == ["2026-01-04", "2026-02-05"]
    assert case.scans[1].after == "pve"
    assert case.plans[0].notation == "H5678"
    assert case.reference_of(1) == 0
    assert case.patient_at(1).prior == ("embolisation",)
    assert case.patient_at(0).prior == ()
    content = tomllib.loads((sample_data / "case.toml").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(content, default=str)), case_schema())


def test_a_case_is_read_whole(folder: Path) -> None:
    more = """
[[staged_plan]]
technique = "pve"
removes = "H5678"
clear = "H3"
embolised = ["6", "7"]
[[staged_plan]]
technique = "alpps"
removes = "H5678"
partition = "plane(0, 0, 0, 1, 0, 0)"
[[function]]
date = 2026-03-30
image = "spect.nii.gz"
kind = "counts"
uptake_percent_per_min = 14.0
[[function]]
date = 2026-02-20
limax_ug_per_kg_per_h = 380
icg_r15_percent = 8.5
"""
    case = read_case(written(folder, TEXT + more))
    assert case.scans[1].date == datetime.date(2026, 3, 29)
    assert case.scans[1].embolised == ("5", "6", "7", "8")
    assert [one.technique for one in case.staged_plans] == ["pve", "alpps"]
    assert case.staged_plans[0].embolised == ("6", "7")
    assert case.staged_plans[1].partition is not None
    assert case.tests[1].limax_ug_per_kg_per_h == 380
    assert case.weight_change_percent(1) == pytest.approx(100 * (71.5 / 72 - 1))
    livers = read_scans(case)
    assert [liver.tumour_status for liver in livers] == ["drawn", "drawn"]
    ((index, image),) = read_function_images(case).items()
    assert index == 0
    assert float(image.values.min()) == 7
    assert image.kind == "counts"


def test_scheme_of_a_scan_is_that_of_its_segments(folder: Path) -> None:
    block = couinaud_block()
    shifted = np.where(block.segments > 0, block.segments + 100, 0).astype(np.uint8)
    write_nifti(folder / "odd.nii.gz", shifted, block.grid)
    scheme = {f"{n + 100}": f"segment_{n}" for n in range(1, 9)}
    (folder / "odd.json").write_text(
        json.dumps({"name": "odd", "labels": scheme, "source": "a test"}), encoding="utf-8"
    )
    text = TEXT.replace(
        'segments = "before.nii.gz"\ntumours = "before_tumours.nii.gz"',
        'segments = "odd.nii.gz"\nscheme = "odd.json"\ntumours = "none"',
    )
    liver = read_scans(read_case(written(folder, text)))[0]
    assert liver.part_names == tuple("12345678")
    assert liver.tumour_status == "none"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "weight_kg = 72",
            "weigth_kg = 72",
            r"\[patient\] no key is called 'weigth_kg'; did you mean 'weight_kg'",
        ),
        ("weight_kg = 72", "weight = 72", r"no key is called 'weight'; did you mean 'weight_kg'"),
        ("conditions", "condition", r"did you mean 'conditions'"),
        (
            "after_date",
            "after_day",
            r"\[\[scan\]\] 2, no key is called 'after_day'; did you mean 'after_date'",
        ),
        ("segments = ", "segment = ", r"\[\[scan\]\] 1, no key is called 'segment'; did you mean 'segments'"),
        ("removes", "remove", r"\[\[plan\]\] 1, no key is called 'remove'; did you mean 'removes'"),
        ("[[plan]]", "[[plans]]", r"no key is called 'plans'; did you mean 'plan'"),
        ('id = "case-7"', "", r"the key 'id' is missing"),
        ("date = 2026-02-25\n", "", r"\[\[scan\]\] 1, the key 'date' is missing"),
        ("2026-02-25", "2026-02-25T10:00:00", "without a time of day"),
        ("2026-02-25", '"25.2.2026"', "expected a date such as"),
        ("2026-02-25", "20260225", "expected a date such as"),
        ("weight_kg = 72", 'weight_kg = "72"', r"\[patient\] weight_kg: input should be a valid number"),
        ("weight_kg = 72", "weight_kg = true", "weight_kg"),
        ("weight_kg = 72", "weight_kg = nan", "finite"),
        ('after = "pve"', 'after = "PVE"', "'pve', 'lvd', 'alpps' or 'resection'"),
        ('"before.nii.gz"', '"absent.nii.gz"', "there is no file 'absent.nii.gz'"),
        ('"before.nii.gz"', '"../before.nii.gz"', "outside the folder"),
        ('"before.nii.gz"', '"deeper/../../before.nii.gz"', "outside the folder"),
        ('"before.nii.gz"', '"~/before.nii.gz"', "nothing is expanded"),
        ('"before.nii.gz"', '"https://example.org/before.nii.gz"', "nothing is expanded or fetched"),
        ('"before.nii.gz"', '""', "expected the name of a file"),
        ('id = "case-7"', "id = case-7", "not TOML"),
        ('embolised = "5678"', 'embolised = "flr"', "expected whole segments"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(folder: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ReadError, match=said) as refusal:
        read_case(changed(folder, old, new))
    assert str(refusal.value).startswith("case.toml")
    assert str(folder) not in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        ("2026-02-25", "2026-03-30", PatientError, "1 day before scan 1"),
        ("2026-02-25", "2026-03-29", PatientError, "same day"),
        ("2026-03-01", "2026-03-30", PatientError, "1 day after the scan"),
        ("2026-03-01", "2026-02-24", PatientError, "baseline is missing or a date is wrong"),
        ("2026-03-01", "2026-03-29", PatientError, "day of the pve itself"),
        ('after = "pve"\n', "", PatientError, "after_date without after"),
        ('after = "pve"', 'after = "resection"', PatientError, "embolised parts without an embolisation"),
        ("weight_kg = 72", "weight_kg = -1", PatientError, "weight_kg"),
        ("weight_kg = 71.5", "weight_kg = 0", PatientError, "expected kg above 0"),
        ('["normal"]', '["normall"]', PatientError, "did you mean 'normal'"),
        ("H5678", "H5679", PlanError, "segment 9 is obsolete"),
        ('id = "case-7"', 'id = " "', PatientError, "printable id"),
    ],
)
def test_what_cannot_be_true_is_refused(
    folder: Path, old: str, new: str, error: type[FLRError], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = changed(folder, old, new)
    with pytest.raises(error, match=said):
        read_case(path)
    assert main(["followup", str(path)]) == 3
    message = capsys.readouterr().err
    assert message.startswith("flr followup: case.toml: ")
    assert "Traceback" not in message
    assert not re.search(r"2026-\d\d-\d\d", message)  # no date of the patient's


def test_a_missing_baseline_is_refused(folder: Path) -> None:
    head, _, rest = TEXT.partition("[[scan]]")
    _, _, after = rest.partition("[[scan]]")
    with pytest.raises(PatientError, match="the baseline is missing"):
        read_case(written(folder, f"{head}[[scan]]{after}"))


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        read_case(tmp_path / "absent.toml")
    with pytest.raises(ReadError, match="is a folder"):
        read_case(tmp_path)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReadError, match="not UTF-8"):
        read_case(binary)
    large = tmp_path / "large.toml"
    large.write_text("#" * (1 << 21), encoding="utf-8")
    with pytest.raises(ReadError, match="larger than 1 MiB"):
        read_case(large)


def test_an_absolute_path_is_taken_as_it_is(folder: Path, tmp_path: Path) -> None:
    text = TEXT.replace('"before', f'"{folder}/before').replace('"after.', f'"{folder}/after.')
    path = tmp_path / "case.toml"
    path.write_text(text.replace('"after_t', f'"{folder}/after_t'), encoding="utf-8")
    assert len(read_scans(read_case(path))) == 2


def test_a_tumour_map_of_another_grid_names_the_scan(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = changed(folder, '"after_tumours.nii.gz"', '"spect.nii.gz"')
    assert main(["followup", str(path)]) == 3
    message = capsys.readouterr().err
    assert "scan 2" in message
    assert "another grid" in message


def test_the_schema_refuses_a_misspelled_key() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"id": "x", "scan": [{"date": "2026-01-01", "phse": "late"}]}, case_schema())


# --- the record -------------------------------------------------------------------------------


def test_a_scan_must_repeat_what_happened() -> None:
    with pytest.raises(PatientError, match="repeat after = 'pve'"):
        case_of(scan_at(-4), scan_at(28, after="pve"), scan_at(40))
    with pytest.raises(PatientError, match="does not say when"):
        case_of(scan_at(-4), scan_at(28, after="pve"), scan_at(40, after="pve", after_date=None))
    with pytest.raises(PatientError, match="without any file"):
        Scan(date=DAY_0)
    with pytest.raises(PatientError, match="no scan"):
        Case(id="x", patient=PATIENT, scans=())
    with pytest.raises(PatientError, match="two plans"):
        Case(id="x", patient=PATIENT, scans=(scan_at(0),), plans=(H5678, H5678))
    with pytest.raises(PatientError, match="give it once"):
        case_of(scan_at(-4, weight_kg=70))


def test_the_first_scan_may_follow_an_old_resection() -> None:
    case = case_of(
        scan_at(0, after="resection", after_date=day(-400)), scan_at(60, after="pve", after_date=day(30))
    )
    assert case.patient_at(0).prior == ("hepatectomy",)
    assert case.reference_of(1) == 0


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "without a value"),
        ({"hbs_percent_per_min_per_m2": -1.0}, "above 0"),
        ({"kind": "counts"}, "needs its kind|without a value"),
        ({"uptake_percent_per_min": 12.0}, "needs an image of counts"),
    ],
)
def test_a_function_test_must_say_something(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(PatientError, match=said):
        FunctionTest(date=DAY_0, **facts)


def test_tests_count_between_the_same_two_procedures() -> None:
    def hbs(number: int, value: float) -> FunctionTest:
        return FunctionTest(date=day(number), hbs_percent_per_min_per_m2=value)

    limax = FunctionTest(date=day(-6), limax_ug_per_kg_per_h=400)
    case = case_of(
        scan_at(-4),
        scan_at(21, after="pve"),
        scan_at(45, after="pve"),
        tests=(hbs(-5, 1.5), hbs(20, 2.5), hbs(46, 3.5), limax),
    )
    uptake = [case.patient_at(n).hbs_percent_per_min_per_m2 for n in range(3)]
    assert uptake == [1.5, 2.5, 3.5]
    # A test of the whole liver holds until there is a newer one.
    assert [case.patient_at(n).limax_ug_per_kg_per_h for n in range(3)] == [400, 400, 400]


# --- flr assess --case ------------------------------------------------------------------------


def assessed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["assess", *arguments, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)["assessments"][0]
    return document


def test_assess_takes_the_last_scan_of_a_case(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(folder)
    last = assessed(capsys, "--case", str(path))
    first = assessed(capsys, "--case", str(path), "--scan", "1")
    assert last["case_id"] == first["case_id"] == "case-7"
    assert last["volumes_ml"]["remnant"] > first["volumes_ml"]["remnant"]
    assert first["patient"]["prior"] == []
    assert last["patient"]["prior"] == ["embolisation"]
    by_options = assessed(
        capsys,
        *("--segments", str(folder / "before.nii.gz"), "--tumours", str(folder / "before_tumours.nii.gz")),
        *("--weight", "72", "--height", "171", "--condition", "normal", "--plan", "H5678"),
        *("--case-id", "case-7"),
    )
    for key in ("volumes_ml", "measures", "flag", "findings", "notes", "patient"):
        assert first[key] == by_options[key], key


def test_options_beside_a_case_win(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written(folder))
    heavier = assessed(capsys, "--case", path, "--weight", "90", "--case-id", "other", "--plan", "H67")
    assert heavier["patient"]["weight_kg"] == 90
    assert heavier["patient"]["height_cm"] == 171
    assert heavier["case_id"] == "other"
    assert heavier["plan"]["notation"] == "H67"
    files = assessed(capsys, "--case", path, "--segments", str(folder / "before.nii.gz"), "--tumours", "none")
    assert files["volumes_ml"]["tumour"] == 0
    assert files["plan"]["notation"] == "H5678"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scan", "3"], "has scans 1 to 2"),
        (["--scan", "0"], "has scans 1 to 2"),
        (["--image", "ct.nii.gz"], "belongs to INPUT"),
        (["--tumours", "none", "--segments", "before.nii.gz", "--scan", "1"], "without INPUT"),
    ],
)
def test_assess_refuses_what_does_not_belong_together(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["assess", "--case", str(written(folder)), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_staged_plans_of_a_case_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = '[[staged_plan]]\ntechnique = "two_stage"\nremoves = "H5678"\nclear = "H3"\nembolised = "5678"\n'
    path = str(written(folder, TEXT + more))
    assert main(["followup", path, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (staged,) = document["staged"]
    assert [stage["key"] for stage in staged["stages"]] == ["start", "clear", "embolise", "wait", "resect"]
    assert main(["followup", path]) == 0
    text = capsys.readouterr().out
    assert "Staged plan" in text
    assert max(map(len, text.splitlines())) <= 100
