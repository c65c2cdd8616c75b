"""One case: what is done again, what is not, and what a failure leaves behind."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cohorts import write_manifest
from phantoms import couinaud_block, write_nifti

from flr.cohort import fingerprint, unit
from flr.cohort.ledger import entry_of, read_list, read_record, record_path, sweep, write_list, write_record
from flr.cohort.manifest import CaseRow
from flr.cohort.request import request_of
from flr.cohort.tables import rows_of
from flr.cohort.unit import Isolated, run_case
from flr.errors import EnvironmentFailure, PlanError, ReadError
from flr.geometry import Grid
from flr.io.markups import write_plan
from flr.io.read import read_liver
from flr.job import run as run_job
from flr.plans import parse_plan
from flr.version import VERSION

CELLS = {
    "inputs": "s.nii.gz",
    "tumours": "none",
    "weight": "72",
    "height": "171",
    "condition": "normal",
    "plan": "H67;H5678",
}
OLD_S = 1.6e9


@pytest.fixture
def case(tmp_path: Path) -> CaseRow:
    block = couinaud_block()
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    settle(tmp_path / "s.nii.gz")
    return CaseRow("a", 1, CELLS, str(tmp_path))


def settle(path: Path, when_s: float = OLD_S) -> None:
    os.utime(path, (when_s, when_s))


def changed(row: CaseRow, **cells: str) -> CaseRow:
    return CaseRow(row.case_id, row.number, {**row.cells, **cells}, row.folder)


def record_of(folder: Path, row: CaseRow) -> Any:
    record = read_record(folder, entry_of(row))
    assert record is not None
    return record


def record_of_run(row: CaseRow, folder: Path) -> list[dict[str, Any]]:
    assert run_case(row, folder).status == "done"
    documents: list[dict[str, Any]] = record_of(folder, row).documents()
    return documents


@pytest.fixture
def assessed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the cases that were really assessed."""
    calls: list[str] = []
    real = unit.documents_of

    def counted(request: Any) -> Any:
        calls.append(request.case_id)
        return real(request)

    monkeypatch.setattr(unit, "documents_of", counted)
    return calls


def test_a_case_is_what_assess_says(
    case: CaseRow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from flr.cli import main

    outcome = run_case(case, tmp_path / "out")
    assert (outcome.status, outcome.fresh, outcome.kind) == ("done", True, "")
    documents = record_of(tmp_path / "out", case).documents()
    words = "--tumours none --weight 72 --height 171 --condition normal --plan H67 --plan H5678 --case-id a"
    assert main(["assess", str(tmp_path / "s.nii.gz"), *words.split(), "--json"]) == 0
    assert documents == json.loads(capsys.readouterr().out)["assessments"]


def test_a_second_run_does_nothing(case: CaseRow, tmp_path: Path, assessed: list[str]) -> None:
    first = run_case(case, tmp_path / "out")
    before = record_path(tmp_path / "out", entry_of(case).record).read_bytes()
    second = run_case(case, tmp_path / "out")
    assert (first.fresh, second.fresh, second.status) == (True, False, "done")
    assert record_path(tmp_path / "out", entry_of(case).record).read_bytes() == before
    assert assessed == ["a"]


@pytest.mark.parametrize(
    "cells",
    [
        {"weight": "73"},
        {"plan": "H67"},
        {"condition": "chemotherapy"},
        {"bsa_formula": "du_bois_1916"},
        {"limits": "10,20,30", "limits_source": "x"},
        {"scan_date": "2026-01-04"},
        {"phase": "late"},
        {"slice_thickness_mm": "3"},
        {"segmented_by": "reader A"},
        {"reviewed": "yes"},
        {"variants": "none seen"},
    ],
)
def test_another_option_is_another_record(
    case: CaseRow, tmp_path: Path, cells: Mapping[str, str], assessed: list[str]
) -> None:
    other = changed(case, **cells)
    for row in (case, other, case, other):
        run_case(row, tmp_path / "out")
    assert assessed == ["a", "a"]
    assert record_of(tmp_path / "out", case) != record_of(tmp_path / "out", other)


def test_other_bytes_are_run_again_even_with_the_old_times(
    case: CaseRow, tmp_path: Path, assessed: list[str]
) -> None:
    run_case(case, tmp_path / "out")
    old = record_of(tmp_path / "out", case).documents()[0]["volumes_ml"]["total"]
    block = couinaud_block(columns_voxels=(3, 3, 9, 8))
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    settle(tmp_path / "s.nii.gz")
    assert run_case(case, tmp_path / "out").fresh
    assert record_of(tmp_path / "out", case).documents()[0]["volumes_ml"]["total"] == pytest.approx(
        block.total_ml
    )
    assert block.total_ml != pytest.approx(old)
    assert assessed == ["a", "a"]


def test_the_same_bytes_with_new_times_are_not_run_again(
    case: CaseRow, tmp_path: Path, assessed: list[str]
) -> None:
    run_case(case, tmp_path / "out")
    settle(tmp_path / "s.nii.gz", OLD_S + 100.0)
    assert not run_case(case, tmp_path / "out").fresh
    assert assessed == ["a"]


def test_settled_files_are_not_even_opened(
    case: CaseRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assessed: list[str]
) -> None:
    monkeypatch.setattr(fingerprint, "_FRESH_NS", 0)
    time.sleep(0.05)
    run_case(case, tmp_path / "out")
    with monkeypatch.context() as closed:
        closed.setattr(unit, "content_digest", lambda row, paths: pytest.fail("a file was read"))
        assert not run_case(case, tmp_path / "out").fresh
    # As many bytes, the times put back: what the file system says of the change still tells.
    content = bytearray((tmp_path / "s.nii.gz").read_bytes())
    content[4] ^= 1  # a time inside the gzip header, which changes no voxel
    (tmp_path / "s.nii.gz").write_bytes(content)
    settle(tmp_path / "s.nii.gz")
    time.sleep(0.05)
    assert run_case(case, tmp_path / "out").fresh
    assert assessed == ["a", "a"]


def test_a_manifest_of_before_keeps_its_records() -> None:
    # Digest of what earlier releases wrote for the same row since they gave the same numbers.
    words = json.dumps(
        [2, VERSION, "a", {**CELLS, "inputs": ["s.nii.gz"], "tumours": ["none"]}], sort_keys=True
    )
    row = CaseRow("a", 1, CELLS, "anywhere")
    assert entry_of(row).record == hashlib.sha256(words.encode()).hexdigest()[:32]


def test_a_record_without_what_later_ones_hold_is_read(case: CaseRow, tmp_path: Path) -> None:
    run_case(case, tmp_path / "out")
    path = record_path(tmp_path / "out", entry_of(case).record)
    head, *lines = path.read_bytes().splitlines(keepends=True)[:-1]
    older = {name: value for name, value in json.loads(head).items() if name != "scan"}
    body = json.dumps(older).encode() + b"\n" + b"".join(lines)
    seal = f"sha256 {hashlib.sha256(body).hexdigest()}\n".encode()
    path.write_bytes(body + seal)
    assert not run_case(case, tmp_path / "out").fresh
    assert path.read_bytes() == body + seal
    assert record_of(tmp_path / "out", case).head.scan == {}


def test_what_the_row_states_about_the_scan_is_in_the_results(case: CaseRow, tmp_path: Path) -> None:
    stated = {
        "scan_date": "2026-01-04",
        "phase": "portal venous",
        "slice_thickness_mm": "2.50",
        "segmented_by": "reader A",
        "reviewed": "yes",
        "variants": "none seen",
    }
    row = changed(case, **stated)
    run_case(row, tmp_path / "out")
    record = record_of(tmp_path / "out", row)
    assert record.documents()[0]["provenance"]["reviewed"] is True
    for line in rows_of(entry_of(row), record):
        assert [line[name] for name in stated if name != "reviewed"] == [
            "2026-01-04", "portal venous", 2.5, "reader A", "none seen",
        ]  # fmt: skip
    assert "phase" not in rows_of(entry_of(case), None)[0]


def test_a_review_of_an_automatic_map_narrows_its_interval(tmp_path: Path) -> None:
    block = couinaud_block()
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    case = CaseRow("a", 1, {**CELLS, "plan": "H67"}, str(tmp_path))
    request = request_of(case, {"inputs": (tmp_path / "s.nii.gz",)})
    liver = read_liver(tmp_path / "s.nii.gz", tumours="none")
    automatic = replace(liver, source=replace(liver.source, segmentation_source="TotalSegmentator"))
    widths = []
    for reviewed in (None, False, True):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("flr.io.read.read_liver", lambda *_, **__: automatic)
            (found,) = run_job(replace(request, reviewed=reviewed).job).assessments
        interval = found.intervals["flr_percent_of_measured"]
        widths.append(interval.high - interval.low)
    assert widths[0] == widths[1]
    assert widths[2] < 0.8 * widths[0]


def test_a_sites_errors_are_used_and_a_changed_table_is_a_changed_request(
    case: CaseRow, tmp_path: Path, assessed: list[str]
) -> None:
    table = tmp_path / "tables" / "errors.toml"
    table.parent.mkdir()
    row = changed(case, errors="tables/errors.toml")
    assert run_case(row, tmp_path / "out").kind == "ReadError"
    table.write_text('source = "audit"\ncut_mm = 9.0\n', encoding="utf-8")
    assert run_case(row, tmp_path / "out").fresh
    document = record_of(tmp_path / "out", row).documents()[0]
    assert (document["provenance"]["errors"]["source"], document["provenance"]["errors"]["cut_mm"]) == (
        "audit",
        9.0,
    )
    assert not run_case(row, tmp_path / "out").fresh
    table.write_text('source = "audit"\ncut_mm = 1.0\n', encoding="utf-8")
    assert run_case(row, tmp_path / "out").fresh
    narrower = record_of(tmp_path / "out", row).documents()[0]["intervals"]["flr_percent_of_measured"]
    wider = document["intervals"]["flr_percent_of_measured"]
    assert narrower["high"] - narrower["low"] < wider["high"] - wider["low"]
    # Where the table lies is not what it says.
    (tmp_path / "elsewhere").mkdir()
    table.rename(tmp_path / "elsewhere" / "errors.toml")
    assert not run_case(changed(case, errors="elsewhere/errors.toml"), tmp_path / "out").fresh
    table.write_text("cut_mm = 1.0\n", encoding="utf-8")
    assert run_case(row, tmp_path / "out").kind == "CriterionError"
    assert assessed == ["a", "a"]


def test_a_plan_file_is_read_beside_the_manifest_and_belongs_to_the_case(
    case: CaseRow, tmp_path: Path, assessed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    liver = read_liver(tmp_path / "s.nii.gz", tumours="none")
    path = tmp_path / "plans" / "right.json"
    path.parent.mkdir()
    write_plan(path, parse_plan("H5678"), liver.grid)
    row = changed(case, plan="H67; plans/right.json")
    monkeypatch.chdir(tmp_path.parent)
    assert run_case(row, tmp_path / "out").fresh
    first, second = record_of(tmp_path / "out", row).documents()
    words = record_of_run(changed(case, plan="H5678"), tmp_path / "out")[0]
    assert (first["plan"]["notation"], second["plan"]["notation"]) == ("H67", "H5678")
    assert second["volumes_ml"] == words["volumes_ml"]
    assert second["provenance"]["plan"]["given"] == "right.json"
    assert second["provenance"]["plan"]["files"][0]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not run_case(row, tmp_path / "out").fresh
    write_plan(path, parse_plan("H67"), liver.grid)
    assert run_case(row, tmp_path / "out").fresh
    assert record_of(tmp_path / "out", row).documents()[1]["plan"]["notation"] == "H67"
    assert assessed == ["a", "a", "a"]


def test_the_side_of_a_plan_file_reaches_its_cut(case: CaseRow, tmp_path: Path) -> None:
    liver = read_liver(tmp_path / "s.nii.gz", tumours="none")
    middle = liver.grid.world_mm([n / 2 for n in liver.grid.shape])
    plane = {"type": "Plane", "coordinateSystem": "RAS", "normal": [1, 0, 0], "origin": list(middle)}
    markup = {**plane, "controlPoints": [{"position": list(middle)}]}
    (tmp_path / "cut.mrk.json").write_text(json.dumps({"markups": [markup]}), encoding="utf-8")
    front, back = record_of_run(changed(case, plan="cut.mrk.json:front;cut.mrk.json:back"), tmp_path / "out")
    total_ml = front["volumes_ml"]["total"]
    assert 0 < front["volumes_ml"]["resected"] < total_ml
    assert front["volumes_ml"]["resected"] + back["volumes_ml"]["resected"] == pytest.approx(total_ml)


def test_a_plan_of_another_scan_fails_its_case(case: CaseRow, tmp_path: Path) -> None:
    other = couinaud_block(orientation="RAS", margin_voxels=5)
    write_nifti(tmp_path / "other.nii.gz", other.segments, other.grid)
    grid = read_liver(tmp_path / "other.nii.gz", tumours="none").grid
    moved = Grid(grid.shape, grid.index_to_world_mm + np.eye(4, 4, 3) * 0.37)
    write_plan(tmp_path / "p.json", parse_plan("H5678"), moved)
    row = changed(case, plan="p.json")
    assert run_case(row, tmp_path / "out").kind == "PlanError"
    assert "p.json was made for another grid" in record_of(tmp_path / "out", row).head.reason


@pytest.mark.parametrize("name", ["s.tsv", "dseg.tsv", "s.json", "dataset.json"])
def test_a_table_of_names_belongs_to_the_case(
    case: CaseRow, tmp_path: Path, name: str, assessed: list[str]
) -> None:
    run_case(case, tmp_path / "out")
    names = {f"segment {part}": part for part in range(1, 9)}
    rows = "".join(f"{part}\t{own}\n" for own, part in names.items())
    text = json.dumps({"labels": names}) if name.endswith(".json") else f"index\tname\n{rows}"
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert run_case(case, tmp_path / "out").fresh
    assert not run_case(case, tmp_path / "out").fresh


def test_a_failure_is_kept_until_something_changes(
    case: CaseRow, tmp_path: Path, assessed: list[str]
) -> None:
    whole = (tmp_path / "s.nii.gz").read_bytes()
    (tmp_path / "s.nii.gz").write_bytes(whole[:300])
    settle(tmp_path / "s.nii.gz")
    first, second = (run_case(case, tmp_path / "out") for _ in range(2))
    assert (first.status, first.kind, second.status, second.fresh) == ("failed", "ReadError", "failed", False)
    head = record_of(tmp_path / "out", case).head
    assert "s.nii.gz" in head.reason
    assert str(tmp_path) not in head.reason
    assert assessed == ["a"]
    assert run_case(case, tmp_path / "out", "failed").fresh
    (tmp_path / "s.nii.gz").write_bytes(whole)
    assert run_case(case, tmp_path / "out").status == "done"
    assert not run_case(case, tmp_path / "out", "failed").fresh
    assert run_case(case, tmp_path / "out", "all").fresh


def test_a_file_that_comes_later_is_found(case: CaseRow, tmp_path: Path) -> None:
    (tmp_path / "s.nii.gz").rename(tmp_path / "later")
    assert run_case(case, tmp_path / "out").kind == "ReadError"
    (tmp_path / "later").rename(tmp_path / "s.nii.gz")
    assert run_case(case, tmp_path / "out").status == "done"


@pytest.mark.parametrize(
    ("error", "kind", "again", "says"),
    [
        (PlanError("plan\nfor a case"), "PlanError", False, "^plan for a case$"),
        (ReadError("bad file"), "ReadError", False, "bad file"),
        (EnvironmentFailure("disk"), "EnvironmentFailure", True, "disk"),
        (MemoryError(), "MemoryError", True, "memory"),
        (
            PermissionError(13, "Permission denied", "/secret/DOE"),
            "PermissionError",
            True,
            "Permission denied$",
        ),
        (IndexError("DOE^JANE"), "IndexError", False, "unforeseen IndexError at .*; please report"),
    ],
)
def test_whatever_goes_wrong_stays_in_its_case(
    case: CaseRow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    kind: str,
    again: bool,
    says: str,
) -> None:
    calls = []

    def fail(request: object) -> None:
        calls.append(request)
        raise error

    monkeypatch.setattr(unit, "documents_of", fail)
    outcome = run_case(case, tmp_path / "out")
    assert (outcome.status, outcome.kind) == ("failed", kind)
    head = record_of(tmp_path / "out", case).head
    assert head.again is again
    import re

    assert re.search(says, head.reason)
    assert "DOE" not in head.reason
    run_case(case, tmp_path / "out")
    assert len(calls) == (2 if again else 1)


def test_an_interrupt_is_not_a_failure_of_the_case() -> None:
    isolated = Isolated()
    with pytest.raises(KeyboardInterrupt), isolated:
        raise KeyboardInterrupt
    assert isolated.kind == ""


def test_a_file_that_changes_while_it_is_read_is_not_believed(
    case: CaseRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = unit.documents_of

    def meddled(request: Any) -> Any:
        found = real(request)
        settle(tmp_path / "s.nii.gz", OLD_S + 7.0)
        return found

    monkeypatch.setattr(unit, "documents_of", meddled)
    assert run_case(case, tmp_path / "out").status == "failed"
    assert "changed while" in record_of(tmp_path / "out", case).head.reason
    monkeypatch.undo()
    assert run_case(case, tmp_path / "out").status == "done"


def test_a_strict_case_refuses_a_quality_error(tmp_path: Path) -> None:
    tight = couinaud_block(margin_voxels=0)
    write_nifti(tmp_path / "s.nii.gz", tight.segments, tight.grid)
    case = CaseRow("a", 1, CELLS, str(tmp_path))
    assert run_case(case, tmp_path / "out").status == "done"
    strict = changed(case, strict="yes")
    assert run_case(strict, tmp_path / "out").kind == "LabelError"
    assert "liver_truncated" in record_of(tmp_path / "out", strict).head.reason


def test_a_drawn_remnant_is_a_plan_and_no_plan_is_a_failure(tmp_path: Path) -> None:
    block = couinaud_block()
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "r.nii.gz", (block.segments > 4).astype("uint8"), block.grid)
    case = CaseRow("a", 1, {"inputs": "s.nii.gz", "remnant": "r.nii.gz"}, str(tmp_path))
    assert run_case(case, tmp_path / "out").status == "done"
    (document,) = record_of(tmp_path / "out", case).documents()
    assert document["volumes_ml"]["remnant"] == pytest.approx(sum(block.part_ml[n] for n in (5, 6, 7, 8)))
    bare = CaseRow("b", 2, {"inputs": "s.nii.gz"}, str(tmp_path))
    assert run_case(bare, tmp_path / "out").kind == "UsageError"
    assert "column plan" in record_of(tmp_path / "out", bare).head.reason


# --- ledger -----------------------------------------------------------------------------------


def test_no_part_of_a_record_is_taken_for_the_whole(case: CaseRow, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_case(case, out)
    entry = entry_of(case)
    path = record_path(out, entry.record)
    whole = path.read_bytes()
    n_lines = whole.count(b"\n")
    cuts = {0, 1, len(whole) - 1, *range(7, len(whole), 997)}
    cuts |= {sum(map(len, whole.splitlines(keepends=True)[:n])) for n in range(n_lines)}
    for cut in sorted(cuts):
        path.write_bytes(whole[:cut])
        assert read_record(out, entry) is None, cut
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert read_record(out, entry) is None
    path.write_bytes(whole + b"{}\n")
    assert read_record(out, entry) is None
    assert run_case(case, out).fresh
    assert path.read_bytes() == whole


def test_no_name_of_a_case_is_a_name_of_a_file(case: CaseRow, tmp_path: Path) -> None:
    named = CaseRow("DOE_JANE", 1, case.cells, case.folder)
    run_case(named, tmp_path / "out")
    assert not [p for p in (tmp_path / "out").rglob("*") if "DOE" in p.name]


def test_records_of_odd_characters_survive(case: CaseRow, tmp_path: Path) -> None:
    for case_id in ("a\u2028b", "fallé-肝", "x/../y", "=1+1"):
        if not case_id.isprintable():
            continue
        row = CaseRow(case_id, 1, case.cells, case.folder)
        run_case(row, tmp_path / "out")
        assert record_of(tmp_path / "out", row).documents()[0]["case_id"] == case_id
    record = record_of(tmp_path / "out", row)
    odd = type(record)(record.head, (*record.lines, '"\u2028\x85"'))
    write_record(tmp_path / "out", entry_of(row), odd)
    assert record_of(tmp_path / "out", row) == odd


def test_the_list_of_cases(tmp_path: Path) -> None:
    entries = [entry_of(CaseRow(name, 1, {})) for name in ("a", "b\u00a0c")]
    write_list(tmp_path, entries)
    assert list(read_list(tmp_path)) == entries
    stamp = (tmp_path / "cohort.jsonl").stat().st_mtime_ns
    write_list(tmp_path, entries)
    assert (tmp_path / "cohort.jsonl").stat().st_mtime_ns == stamp
    with pytest.raises(ReadError, match="not the folder of a cohort"):
        read_list(tmp_path / "absent")
    (tmp_path / "cohort.jsonl").write_text('{"schema": "other"}\n')
    with pytest.raises(ReadError, match="another version"):
        read_list(tmp_path)


def test_leavings_of_the_dead_are_swept_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "cases" / "ab"
    folder.mkdir(parents=True)
    old, new, record = folder / ".flr-old", folder / ".flr-new", folder / "abc.jsonl"
    for path in (old, new, record):
        path.write_text("x")
    settle(old)
    settle(record)
    sweep(tmp_path)
    assert sorted(p.name for p in folder.iterdir()) == [".flr-new", "abc.jsonl"]


# --- object stores ----------------------------------------------------------------------------


def test_addresses_are_fetched_once_and_watched(tmp_path: Path, assessed: list[str]) -> None:
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory")
    block = couinaud_block()
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    store.pipe_file("/livers/s.nii.gz", (tmp_path / "s.nii.gz").read_bytes())
    case = CaseRow("a", 1, {**CELLS, "inputs": "memory://livers/s.nii.gz"}, str(tmp_path))
    assert run_case(case, tmp_path / "out").status == "done"
    (document, _) = record_of(tmp_path / "out", case).documents()
    assert document["volumes_ml"]["total"] == pytest.approx(block.total_ml)
    assert document["provenance"]["inputs"][0]["name"] == "s.nii.gz"
    assert not run_case(case, tmp_path / "out").fresh
    other = couinaud_block(columns_voxels=(3, 3, 9, 8))
    write_nifti(tmp_path / "s.nii.gz", other.segments, other.grid)
    store.pipe_file("/livers/s.nii.gz", (tmp_path / "s.nii.gz").read_bytes())
    assert run_case(case, tmp_path / "out").fresh
    assert assessed == ["a", "a"]
    store.rm("/livers/s.nii.gz")
    assert run_case(case, tmp_path / "out").kind == "ReadError"


def test_a_store_without_its_library_is_named(tmp_path: Path) -> None:
    case = CaseRow("a", 1, {**CELLS, "inputs": "nosuchstore://x/s.nii.gz"}, str(tmp_path))
    outcome = run_case(case, tmp_path / "out")
    assert outcome.kind == "EnvironmentFailure"
    assert record_of(tmp_path / "out", case).head.again


def test_the_manifest_decides_and_not_the_folder_it_is_called_from(
    case: CaseRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flr.cohort.manifest import read_manifest

    path = write_manifest(tmp_path / "m.csv", [{"case_id": "a", **CELLS}])
    monkeypatch.chdir(tmp_path.parent)
    (row,) = read_manifest(path)
    assert run_case(row, tmp_path / "out").status == "done"
