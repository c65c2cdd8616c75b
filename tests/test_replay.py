"""A recorded result is computed again; what has changed since is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

import flr
from flr.cli import main
from flr.criteria import rules
from flr.criteria.options import OPTIONS as TO_DISCUSS
from flr.documents import fingerprints
from flr.documents.all_rules import ALL_RULES
from flr.documents.assessments import assessment_document
from flr.documents.fingerprints import result_id_of
from flr.documents.schema import check_document
from flr.errors import ReadError, UsageError
from flr.formulas import LIVER_VOLUME_FORMULAS
from flr.replay import Replay, replay, replay_text

OPTIONS = ("--weight", "72", "--height", "171", "--condition", "chemotherapy", "--diagnosis", "crlm")


PLAIN: dict[str, str] = {}  # the plain result is computed once; its text holds no folder


@pytest.fixture
def desk(tmp_path: Path, sample_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the inputs of the bundled case, and a result of them."""
    for name in ("segments.nii.gz", "tumours.nii.gz"):
        shutil.copy(sample_data / "baseline" / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assess(
    desk: Path, capsys: pytest.CaptureFixture[str], *more: str, inputs: tuple[str, ...] | None = None
) -> Path:
    path = desk / "assessment.json"
    if not (more or inputs) and "text" in PLAIN:
        path.write_text(PLAIN["text"], encoding="utf-8")
        return path
    given = inputs or (str(desk / "segments.nii.gz"), "--tumours", str(desk / "tumours.nii.gz"))
    plans = () if "--plan" in more else ("--plan", "H5678")
    capsys.readouterr()
    assert main(["assess", *given, *OPTIONS, *plans, *more, "--json"]) == 0
    text = capsys.readouterr().out
    path.write_text(text, encoding="utf-8")
    if not (more or inputs):
        PLAIN["text"] = text
    return path


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document["assessments"][0])
    document["result_id"] = result_id_of(document)  # as another release would have written it
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def causes(result: Replay) -> set[tuple[str, str]]:
    return {(cause.kind, cause.what) for cause in result.causes}


def test_an_untouched_result_is_reproduced(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = assess(desk, capsys, "--plan", "H5678", "--plan", "H67 + wedge(T5, 8)", "--limits", "20,25,30",
                  "--limits-source", "ours", "--intent", "debulking", "--case-id", "a-7")  # fmt: skip
    result = replay(path)
    assert result.agrees
    assert result.compared > 500
    assert (result.causes, result.differences, result.left_out) == ((), (), ())
    assert main(["replay", str(desk)]) == 0  # the folder that holds it
    assert capsys.readouterr().out.endswith("The result can be reproduced.\n")


def test_a_changed_voxel_is_named(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = assess(desk, capsys)
    image = nibabel.load(desk / "tumours.nii.gz")
    voxels = np.asarray(image.dataobj)
    first = tuple(np.argwhere(voxels)[0])
    voxels[first] = 0
    nibabel.save(nibabel.Nifti1Image(voxels, image.affine, image.header), desk / "tumours.nii.gz")
    result = replay(path)
    assert causes(result) == {("input", "tumours.nii.gz")}
    changed = {difference.path for difference in result.differences}
    assert {"volumes_ml.tumour", "volumes_ml.functional"} <= changed
    assert "volumes_ml.total" not in changed
    assert {cause for difference in result.differences for cause in difference.causes} == {"tumours.nii.gz"}
    assert main(["replay", str(path)]) == 5
    assert "tumours.nii.gz is not the file that was read then" in capsys.readouterr().out


def test_a_changed_weight_is_named(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = edit(assess(desk, capsys), lambda a: a["patient"].update(weight_kg=80.0))
    result = replay(path)
    assert causes(result) == {("patient", "weight_kg")}
    assert "belong to 72 kg" in result.causes[0].text
    changed = {difference.path for difference in result.differences}
    assert {"measures.bsa_m2", "measures.flr_to_body_weight_percent"} <= changed
    assert not [name for name in changed if name.startswith(("volumes_ml", "voxels"))]
    assert main(["replay", str(path), "--json"]) == 5
    document = json.loads(capsys.readouterr().out)
    check_document(document)
    assert document["schema"] == "flr-replay/1"
    assert document["agrees"] is False
    assert document["causes"][0]["what"] == "weight_kg"
    assert document["differences"][0]["causes"] == ["weight_kg"]


def test_a_changed_formula_is_named(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = assess(desk, capsys)
    row = LIVER_VOLUME_FORMULAS["vauthey_2002_bsa"]
    other = replace(row, function=lambda bsa_m2: row.function(bsa_m2=bsa_m2) + 10.0)
    for module in ("flr.formulas.liver_volume", "flr.documents.fingerprints", "flr.measures"):
        monkeypatch.setattr(f"{module}.LIVER_VOLUME_FORMULAS", {**LIVER_VOLUME_FORMULAS, row.key: other})
    result = replay(path)
    assert causes(result) == {("formula", "vauthey_2002_bsa")}
    changed = {difference.path: difference.causes for difference in result.differences}
    assert changed["measures.standard_liver_volume_ml"] == ("vauthey_2002_bsa",)
    assert "measures.flr_percent_of_measured" not in changed


def test_another_formula_chosen_afterwards_is_named(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = edit(assess(desk, capsys), lambda a: a["provenance"].update(standard_volume_formula="urata_1995"))
    result = replay(path)
    assert ("options", "standard_volume_formula") in causes(result)
    assert "measures.standard_liver_volume_ml" in {d.path for d in result.differences}


def test_a_changed_criterion_is_named(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = assess(desk, capsys)
    monkeypatch.setattr(fingerprints, "_criteria_fingerprint", lambda: "0" * 16)
    assert causes(replay(path)) == {("criteria", "")}
    assert "none that this case is compared with has changed" in replay_text(replay(path))
    assert not replay(path).agrees


RECORDED = Path(__file__).parent / "recorded"


def test_an_old_result_names_the_limit_that_has_changed_and_its_source() -> None:
    result = replay(RECORDED / "short_per_body_weight.json")
    named = {cause.what: cause.text for cause in result.causes}
    assert set(named) == {"body_weight_truant_2007", "errors"}
    text = named["body_weight_truant_2007"]
    assert (
        "at or below 0.5 % falls short now, flr_to_body_weight_percent below 0.5 % falls short then" in text
    )
    assert "doi:10.1016/j.jamcollsurg.2006.09.007" in text
    moved = {d.path: (d.recorded, d.recomputed, d.causes) for d in result.differences}
    verdict = moved["findings[6].verdict"]
    assert verdict == ("meets", "falls_short", ("body_weight_truant_2007",))
    assert moved["intervals.flr_percent_of_measured.low"][2] == ("errors",)
    assert "plane_execution_percent 8 %" in named["errors"]
    (left_out,) = result.left_out
    assert "flag (borderline then, consider_pve now, consider_pve by volume)" in left_out
    assert not result.agrees


def test_an_old_result_names_the_rules_that_hold_of_it_now() -> None:
    """An R15 of 22 % was adequate by Nagoya alone; Makuuchi's tree was not asked."""
    result = replay(RECORDED / "high_retention.json")
    named = {cause.what: cause.text for cause in result.causes}
    assert {"makuuchi_r15_20", "makuuchi_r15_10", "cirrhosis_measured_minimum"} <= set(named)
    assert (
        "icg_r15_percent at least 20 %: school objects now; the result records no such rule"
        in named["makuuchi_r15_20"]
    )
    assert "doi:10.1001/archsurg.138.11.1198" in named["makuuchi_r15_20"]
    assert "40 % falls short, as then; of de Graaf W" in named["cirrhosis_measured_minimum"]
    assert "of Azoulay D" in named["cirrhosis_measured_minimum"]
    assert not any(key.startswith(("child_pugh", "bilirubin", "platelets", "donor")) for key in named)
    assert "flag (adequate then, adverse_fact now" in result.left_out[0]


def test_an_old_result_of_this_schema_has_its_flag_compared() -> None:
    result = replay(RECORDED / "large_body.json")
    flag = next(d for d in result.differences if d.path == "flag")
    assert (flag.recorded, flag.recomputed) == ("consider_pve", "borderline")
    assert flag.causes == ("bmi_high", "body_surface_large")
    text = replay_text(result)
    assert text.count('flag: "consider_pve" -> "borderline"') == 1  # once, beneath both of its causes
    assert "policy of this toolkit" in text


def test_a_rule_that_moves_is_named_with_what_it_said(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result of now records its rules, so that a later reader is told what they were."""
    words = "--total 1500 --flr 780 --tumours none --weight 70 --height 170 --condition normal"
    assert main(["calc", *words.split(), "--bilirubin", "1.8 mg/dL", "--json"]) == 0
    path = desk / "result.json"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert replay(path).agrees
    moved = replace(rules.BILIRUBIN_HIGH, limit=1.5)
    listed = tuple(moved if row.key == moved.key else row for row in rules.FACT_RULES)
    monkeypatch.setattr(rules, "BILIRUBIN_HIGH", moved)
    monkeypatch.setattr("flr.documents.rules_in_use.FACT_RULES", listed)
    monkeypatch.setattr(fingerprints, "_criteria_fingerprint", lambda: "0" * 16)
    result = replay(path)
    (cause,) = result.causes
    assert (cause.kind, cause.what) == ("criteria", "bilirubin_high")
    assert (
        "at least 1.5 mg/dL: adverse fact now; bilirubin_mg_per_dl at least 2 mg/dL: adverse fact then"
        in cause.text
    )
    assert next(d for d in result.differences if d.path == "flag").recomputed == "adverse_fact"
    assert (
        "platelets_low"
        not in json.loads(path.read_text(encoding="utf-8"))["assessments"][0]["provenance"]["rules"]
    )


def test_fingerprints_move_with_a_rule_and_with_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    of_now = fingerprints._criteria_fingerprint.__wrapped__
    before = of_now()
    rows = ALL_RULES
    monkeypatch.setattr(fingerprints, "ALL_RULES", (replace(rows[0], limit=4.0), *rows[1:]))
    with_rule = of_now()
    monkeypatch.setattr(fingerprints, "ALL_RULES", rows)
    monkeypatch.setattr(fingerprints, "OPTIONS", TO_DISCUSS[1:])
    assert len({before, with_rule, of_now()}) == 3


def test_an_edited_number_is_a_fault_of_the_result(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = edit(assess(desk, capsys), lambda a: a["measures"].update(flr_percent_of_measured=32.0))
    result = replay(path)
    assert causes(result) == {("result", "the result itself")}
    assert [d.path for d in result.differences] == ["measures.flr_percent_of_measured"]
    assert result.differences[0].recorded == 32.0


def test_an_edited_flag_is_noticed(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = edit(assess(desk, capsys), lambda a: a.update(flag="adequate"))
    assert [d.path for d in replay(path).differences] == ["flag"]


def test_an_older_version_that_computed_the_same_is_no_disagreement(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = edit(assess(desk, capsys), lambda a: a["provenance"].update(flr_version="0.0.1"))
    result = replay(path)
    assert causes(result) == {("version", "flr")}
    assert result.agrees
    assert "0.0.1 did then" in replay_text(result)


def test_inputs_are_found_where_they_were_moved_to(
    desk: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    path = assess(desk, capsys)
    archive = tmp_path_factory.mktemp("archive")
    (archive / "2026").mkdir()
    (archive / "other").mkdir()
    for name in ("segments.nii.gz", "tumours.nii.gz"):
        (desk / name).rename(archive / "2026" / name)
        (archive / "other" / name).write_bytes(b"another patient's")
    assert replay(path, inputs=archive).agrees
    (archive / "2026" / "tumours.nii.gz").unlink()
    with pytest.raises(ReadError, match=r"changed since the result was computed: tumours\.nii\.gz"):
        replay(path, inputs=archive)
    (archive / "other" / "tumours.nii.gz").unlink()
    with pytest.raises(ReadError, match="--inputs DIR"):
        replay(path, inputs=archive)


def test_one_name_in_two_folders_is_told_apart_by_content(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("segments", "tumours"):
        (desk / name).mkdir()
        (desk / f"{name}.nii.gz").rename(desk / name / "case1.nii.gz")
    inputs = (str(desk / "segments" / "case1.nii.gz"), "--tumours", str(desk / "tumours" / "case1.nii.gz"))
    path = assess(desk, capsys, inputs=inputs)
    assert replay(path, inputs=desk).agrees


def test_a_result_of_numbers_alone(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    numbers = ("--total", "1500", "--tumour", "40", "--flr", "400", "--remnant-tumour", "0")
    assert main(["calc", *numbers, *OPTIONS, "--json"]) == 0
    path = desk / "calc.json"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert replay(path).agrees
    edit(path, lambda a: a["volumes_ml"].update(remnant=410.0))
    changed = replay(path)
    assert causes(changed) == {("result", "the result itself")}


def test_a_plan_file_is_found_and_its_change_named(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from flr.io.markups import write_plan
    from flr.io.read import read_liver
    from flr.plans import parse_plan

    liver = read_liver(segments=desk / "segments.nii.gz", tumours="none")
    centre = liver.grid.world_mm([n / 2 for n in liver.grid.shape])
    place = ", ".join(f"{v:.1f}" for v in centre)
    write_plan(desk / "cut.json", parse_plan(f"plane({place}, 1, 0, 0)"))
    path = assess(desk, capsys, "--plan", str(desk / "cut.json"))
    assert replay(path).agrees
    write_plan(desk / "cut.json", parse_plan(f"plane({place}, 1, 0.1, 0)"))
    changed = replay(path)
    assert causes(changed) == {("input", "cut.json")}
    assert "volumes_ml.resected" in {d.path for d in changed.differences}


def test_a_withheld_age_is_asked_for_and_not_guessed(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = assess(desk, capsys, "--age", "91")
    assert "91" not in json.dumps(json.loads(path.read_text())["assessments"][0]["patient"])
    result = replay(path)
    assert result.agrees
    assert "--age YEARS" in result.left_out[0]
    known = replay(path, age_years=91)
    assert known.agrees
    assert known.compared > result.compared
    assert known.left_out == ()
    with pytest.raises(UsageError, match="withholds"):
        replay(assess(desk, capsys), age_years=70)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "schema None"),
        ('{"schema": "flr-volumes/1"}', "flr-assessments/2"),
        ('{"schema": "flr-assessments/2", "assessments": []}', "holds no assessment"),
        ('{"schema": "flr-assessments/2", "assessments": [{"schema": "flr-assessment/2"}]}', "such faults"),
    ],
)
def test_what_is_no_result_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "assessment.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match=message):
        replay(path)


def test_a_result_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        replay(tmp_path)
    assert main(["replay", str(tmp_path / "nothing.json")]) == 3


@pytest.mark.parametrize("name", ["../tumours.nii.gz", "/etc/hostname", "..", ""])
def test_a_name_that_leaves_the_folder_is_refused(
    desk: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = assess(desk, capsys)
    edit(path, lambda a: a["provenance"]["reading"]["given"][1].update(name=name))
    with pytest.raises(ReadError, match="without folders"):
        replay(path)


def test_a_role_that_does_not_exist_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = assess(desk, capsys)
    edit(path, lambda a: a["provenance"]["reading"]["given"][1].update(role="out"))
    with pytest.raises(ReadError, match="role 'out'"):
        replay(path)


def test_a_result_of_the_bundled_case_needs_nothing_beside_it(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = assess(desk, capsys)
    for name in ("segments.nii.gz", "tumours.nii.gz"):
        (desk / name).unlink()
    assert replay(path).agrees


def test_a_scheme_made_in_python_cannot_be_read_again(desk: Path) -> None:
    labels = {n: f"segment_{n}" for n in range(1, 9)}
    liver = flr.read_liver(desk / "segments.nii.gz", scheme=flr.LabelScheme("ours", labels))
    found = flr.assess(liver, "H5678", flr.Patient(weight_kg=72, height_cm=171, condition="normal"))
    (desk / "assessment.json").write_text(json.dumps(assessment_document(found)), encoding="utf-8")
    with pytest.raises(ReadError, match=r"in memory, which cannot be read again; save them as files"):
        replay(desk / "assessment.json")
    (desk / "memory").write_bytes(b"another thing of that name")
    with pytest.raises(ReadError, match="cannot be read again"):
        replay(desk / "assessment.json")
