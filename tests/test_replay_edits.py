"""Whatever is edited, lost or exchanged in a folder of results, replay says so and names it."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from phantoms import couinaud_block, write_nifti

from flr.cli.entry import main
from flr.errors import ReadError
from flr.replay import Replay, replay
from flr.results import RECORD_NAME, result_id_in

PLANS = ("--plan", "H5678", "--plan", "H67")
WORDS = ("--tumours", "none", "--height", "171", "--condition", "normal", "--reviewed", "yes")

Document = dict[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole report of a phantom, and another of the same phantom with another weight."""
    folder = tmp_path_factory.mktemp("made")
    block = couinaud_block()
    path = write_nifti(folder / "segments.nii.gz", block.segments, block.grid)
    for name, weight in (("report", "72"), ("other", "90")):
        command = ["assess", str(path), *PLANS, *WORDS, "--case-id", "P1", "--weight", weight]
        formats = "json,csv,html,pdf"
        assert main([*command, "--format", formats, "--out", str(folder / name)]) == 0
    return folder


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "made")
    return tmp_path / "made"


def causes(result: Replay) -> str:
    return "\n".join(f"{cause.what}: {cause.text}" for cause in result.causes)


def test_a_folder_as_it_was_written_is_reproduced(desk: Path) -> None:
    result = replay(desk / "report", inputs=desk)
    assert (result.agrees, result.causes, result.left_out) == (True, (), ())


def test_every_file_of_a_report_carries_its_identifier(made: Path) -> None:
    own = json.loads((made / "report" / "assessment.json").read_text())["result_id"]
    assert re.fullmatch("flr-result-[0-9a-f]{16}", own)
    carried = {path.name: result_id_in(path) for path in (made / "report").iterdir()}
    del carried[RECORD_NAME]
    # A table of names beside a label map has no place for it; the record names the result of it.
    tables = {name for name in carried if name.endswith(".tsv")}
    assert {name for name, found in carried.items() if found != own} == tables
    other = json.loads((made / "other" / "assessment.json").read_text())["result_id"]
    assert other != own
    record = json.loads((made / "report" / RECORD_NAME).read_text())
    assert {one["result"] for one in record["files"]} == {own}


def set_to(value: Any, *path: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        inner: Any = document
        for key in path[:-1]:
            inner = inner[key]
        assert inner[path[-1]] != value
        inner[path[-1]] = value

    return change


def scaled(*path: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        inner: Any = document
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] *= 1.001

    return change


A = ("assessments", 0)
B = ("assessments", 1)
OTHER = "is the identifier of other content"

# What is changed in the JSON, and the word by which the answer names it.
EDITS: dict[str, tuple[Callable[[Document], None], str]] = {
    "name of the case": (set_to("P2", *A, "case_id"), "case_id"),
    "reviewed": (set_to(False, *A, "provenance", "reviewed"), "reviewed"),
    "weight": (set_to(60.0, *A, "patient", "weight_kg"), "weight_kg"),
    "height": (set_to(150.0, *A, "patient", "height_cm"), "height_cm"),
    "condition": (set_to(["cirrhosis"], *A, "patient", "conditions"), "conditions"),
    "age": (set_to(50.0, *A, "patient", "age_years"), "age_years"),
    "bilirubin": (set_to(9.0, *A, "patient", "bilirubin_mg_per_dl"), "bilirubin_mg_per_dl"),
    "flag": (set_to("consider_pve", *A, "flag"), "flag"),
    "flag of the second plan": (set_to("not_applicable", *B, "flag"), "flag"),
    "flag by volume": (set_to("indeterminate", *A, "flag_by_volume"), "flag_by_volume"),
    "triggers": (set_to(["indeterminate"], *A, "triggers"), "triggers"),
    "headline": (set_to("all is well", *A, "headline"), "headline"),
    "note": (set_to(["none"], *A, "notes"), "notes"),
    "name of the plan": (set_to("left hepatectomy", *A, "plan", "name"), "name"),
    "notation of the plan": (set_to("H234", *A, "plan", "notation"), "notation"),
    "intent": (set_to("debulking", *A, "plan", "intent"), "intent"),
    "what leaves": (set_to(["2"], *A, "plan", "removes"), "removes"),
    "remnant": (scaled(*A, "volumes_ml", "remnant"), "volumes_ml.remnant"),
    "total": (scaled(*B, "volumes_ml", "total"), "volumes_ml.total"),
    "a part": (scaled(*A, "volumes_ml", "parts", "3"), "volumes_ml.parts.3"),
    "voxels": (set_to(1, *A, "voxels", "kept"), "voxels.kept"),
    "share": (scaled(*A, "measures", "flr_percent_of_measured"), "flr_percent_of_measured"),
    "standard share": (scaled(*A, "measures", "flr_percent_of_standard"), "flr_percent_of_standard"),
    "interval": (scaled(*A, "intervals", "flr_percent_of_measured", "low"), "intervals"),
    "verdict": (set_to("not_assessed", *A, "findings", 0, "verdict"), "findings[0].verdict"),
    "limit": (scaled(*A, "findings", 0, "limit"), "findings[0].limit"),
    "citation": (set_to("somebody", *A, "findings", 0, "reference", "text"), "findings[0].reference"),
    "row of reassurance": (set_to("accepted", *A, "reassurance", 0, "status"), "reassurance[0].status"),
    "a finding of quality": (
        set_to([{"check": "holes", "severity": "info", "message": "m"}], *A, "quality"),
        "quality",
    ),
    "accepted": (set_to(["reviewed"], *A, "provenance", "accepted"), "accepted"),
    "hash of an input": (set_to("0" * 64, *A, "provenance", "inputs", 0, "sha256"), "inputs"),
    "name of an input": (set_to("x.nii.gz", *A, "provenance", "inputs", 0, "name"), "inputs"),
    "grid": (set_to([1, 1, 1], *A, "provenance", "grid", "shape"), "grid"),
    "formula": (set_to("du_bois_1916", *A, "provenance", "bsa_formula"), "bsa_formula"),
    "scheme": (set_to("other", *A, "provenance", "scheme"), "scheme"),
    "an error of the table": (scaled(*A, "provenance", "errors", "cut_mm"), "errors"),
    "version": (set_to("0.0.1", *A, "provenance", "flr_version"), OTHER),
    "a plan taken out": (lambda document: document["assessments"].pop(), OTHER),
    "plans exchanged": (lambda document: document["assessments"].reverse(), OTHER),
    "a key of nobody": (lambda document: document.update(signed_by="Dr A"), OTHER),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_the_result_is_named(desk: Path, edit: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = desk / "report" / "assessment.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change, word = EDITS[edit]
    change(document)
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    code = main(["replay", str(desk / "report"), "--inputs", str(desk)])
    said = capsys.readouterr()
    assert code in (3, 5)
    assert word in said.out + said.err
    if code == 5:
        assert "assessment.json is not the file that was written" in said.out


def edited(name: str, folder: Path) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes() + b" ")


def cut(name: str, folder: Path) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[:-100])


def gone(name: str, folder: Path) -> None:
    (folder / name).unlink()


def exchanged(name: str, folder: Path) -> None:
    shutil.copy(folder.parent / "other" / name, folder / name)


FILES = ("report.html", "report.pdf", "assessment.csv", "plan-1-h5678-axial.png",
         "plan-2-h67-fates.nii.gz", "plan-2-h67-fates.tsv")  # fmt: skip


SAME_IN_BOTH = (".tsv", ".gz")
"""Files that do not depend on the weight, by which the two results differ."""


@pytest.fixture
def without_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers are compared by other tests; here only the files beside them."""
    monkeypatch.setattr("flr.replay._computed_again", lambda recorded, *_: (recorded, [], []))


@pytest.mark.usefixtures("without_computing")
@pytest.mark.parametrize(
    ("name", "change"),
    [
        (name, change)
        for name in FILES
        for change in (edited, cut, gone, exchanged)
        if change is not exchanged or not name.endswith(SAME_IN_BOTH)
    ],
)
def test_a_file_of_the_report_that_is_not_its_own_is_named(
    desk: Path, name: str, change: Callable[[str, Path], None]
) -> None:
    change(name, desk / "report")
    result = replay(desk / "report", inputs=desk)
    assert not result.agrees
    assert [cause.what for cause in result.causes] == [name]
    assert name in causes(result)


@pytest.mark.usefixtures("without_computing")
@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(SAME_IN_BOTH)])
def test_a_mixture_without_its_record_is_named_by_the_identifiers(desk: Path, name: str) -> None:
    (desk / "report" / RECORD_NAME).unlink()
    assert replay(desk / "report", inputs=desk).agrees
    exchanged(name, desk / "report")
    result = replay(desk / "report", inputs=desk)
    assert not result.agrees
    assert "the folder holds files of two results" in causes(result)
    assert name in causes(result)


def test_a_key_that_stands_twice_is_refused(desk: Path) -> None:
    path = desk / "report" / "assessment.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"flag":', '"flag": "adequate", "flag":', 1), encoding="utf-8")
    with pytest.raises(ReadError, match="'flag' twice"):
        replay(desk / "report", inputs=desk)


def test_inputs_are_found_by_content_in_several_folders(desk: Path, tmp_path: Path) -> None:
    """Renamed, three folders down, beside a file of the old name that is another."""
    deep = tmp_path / "archive" / "2026" / "liver"
    deep.mkdir(parents=True)
    (desk / "segments.nii.gz").rename(deep / "liver_final.nii.gz")
    (tmp_path / "empty").mkdir()
    folders = [tmp_path / "empty", tmp_path / "archive"]
    assert replay(desk / "report", inputs=folders).agrees
    other = gzip.compress(gzip.decompress((deep / "liver_final.nii.gz").read_bytes())[:-1] + b"\1")
    (tmp_path / "empty" / "segments.nii.gz").write_bytes(other)
    assert replay(desk / "report", inputs=folders).agrees
    (deep / "liver_final.nii.gz").unlink()
    result = replay(desk / "report", inputs=folders)
    assert not result.agrees
    assert "segments.nii.gz is not the file that was read then" in causes(result)


def test_a_folder_in_which_a_run_was_stopped_is_said_to_be(desk: Path) -> None:
    record = desk / "report" / RECORD_NAME
    document = json.loads(record.read_text())
    document["pending"] = {"by": "report", "aside": ".flr-gone", "result": "x", "files": {"a.json": "0" * 64}}
    record.write_text(json.dumps(document))
    assert "a run was stopped while it put its files into this folder" in causes(
        replay(desk / "report", inputs=desk)
    )
