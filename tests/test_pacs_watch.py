"""The watcher: rules, ledger, and a worker that is killed while the archive is killed as well."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from export_cases import MADE, SAMPLE, write_ct
from pacs_servers import Orthanc, misbehaving, reply

from flr.assessment import Options, assess
from flr.cli import main
from flr.dicom import open_study
from flr.documents.schema import check_document
from flr.errors import ReadError, UsageError
from flr.io.errors_table import read_errors
from flr.io.read import read_liver
from flr.liver import completed_from_headers
from flr.pacs.address import Address, Credentials
from flr.pacs.archive import SeriesEntry, short_name
from flr.pacs.dicomweb import WebArchive
from flr.pacs.ledger import Ledger
from flr.pacs.rules import read_rules
from flr.patient import Patient
from flr.plans import parse_plan
from flr.uncertainty import ERRORS
from flr.words import number
from flr.write.dicom import source_images
from flr.write.dicom.seg import segmentations
from flr.write.dicom.source import planes_of
from flr.write.dicom.structures import structures_of

RULES = """
[[rule]]
name = "liver segments"
description = "AI liver*"
plans = ["H5678"]
condition = "normal"
results = ["seg", "sr"]
"""
SECRETS = ("Secret", "Somebody", "Doctor", "P-0", "ACC-", "1.2.3.4.")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thin CT and a segmentation of it that another program might have written."""
    folder = tmp_path_factory.mktemp("template")
    write_ct(folder / "ct", SAMPLE / "ct.nii.gz", step=7)
    source = source_images(open_study([folder / "ct"]).series[0])
    whole = read_liver(SAMPLE / "segments.nii.gz", tumours=SAMPLE / "tumours.nii.gz")
    (folder / "seg.dcm").parent.mkdir(exist_ok=True)
    # The segmentation of the full scan, thinned like the images.
    from flr.geometry import Grid
    from flr.liver import assemble

    start = _first_slice(whole.grid, source.grid)
    parts = whole.parts[:, :, start::7]
    affine = whole.grid.index_to_world_mm.copy()
    affine[:3, 3] = whole.grid.world_mm((0, 0, start))
    affine[:3, 2] *= 7
    thin = assemble(Grid(parts.shape, affine), parts=parts.copy(order="F"), part_names=whole.part_names)
    objects, _ = segmentations(structures_of(thin, None), planes_of(source, thin.grid), source, made=MADE)
    seg = objects[0]
    seg.SeriesDescription = "AI liver segments"
    seg.Manufacturer = "another program"
    seg.save_as(folder / "seg.dcm", enforce_file_format=True)
    return folder


def _first_slice(grid: Any, images: Any) -> int:
    """First slice of a box that an image of the thinned series shows."""
    import numpy as np

    step = grid.index_to_world_mm[:3, 2]
    away = (grid.index_to_world_mm[:3, 3] - images.index_to_world_mm[:3, 3]) @ step / (step @ step)
    return int(-round(float(away))) % 7 if np.isfinite(away) else 0


def _study(template: Path, number: int, fault: str = "") -> list[pydicom.Dataset]:
    """One study of another patient; ``fault`` breaks its segmentation."""
    base = f"1.2.3.4.{1000 + number}"
    renamed: dict[str, str] = {}

    def uid(old: str) -> str:
        return renamed.setdefault(old, f"{base}.{len(renamed) + 1}")

    contents = [pydicom.dcmread(path) for path in sorted((template / "ct").iterdir())]
    contents.append(pydicom.dcmread(template / "seg.dcm"))

    def visit(_: Any, element: Any) -> None:
        if (
            element.VR == "UI"
            and "ClassUID" not in element.keyword
            and element.keyword != "TransferSyntaxUID"
        ):
            value = element.value
            if isinstance(value, str) and not value.startswith("1.2.840"):
                element.value = uid(str(value))

    for content in contents:
        content.walk(visit)
        content.file_meta.MediaStorageSOPInstanceUID = content.SOPInstanceUID
        content.PatientID = f"P-0{number}"
    seg = contents[-1]
    if fault == "labels":
        for item in seg.SegmentSequence:
            item.SegmentLabel = f"thing number {item.SegmentNumber}"
            item.SegmentedPropertyTypeCodeSequence[0].CodeValue = "1"
    elif fault == "images":
        del contents[3]
    elif fault == "pixels":
        seg.PixelData = seg.PixelData[: len(seg.PixelData) // 4 * 2]
    return contents


def _send(server: Orthanc, contents: list[pydicom.Dataset], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for n, content in enumerate(contents):
        paths.append(folder / f"{n:03}.dcm")
        content.save_as(paths[-1], enforce_file_format=True)
    report = _archive(server).store(paths)
    assert report.failed == ()


def _archive(server: Orthanc) -> WebArchive:
    return WebArchive(Address("web", url=server.url, pause_s=0.05), Credentials())


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[Orthanc]:
    server = Orthanc(tmp_path / "orthanc")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return path


def _command(server: Orthanc, rules: Path, state: Path, *more: str) -> list[str]:
    fast = ["--settle", "0", "--interval", "0.2", "--attempts", "2", "--timeout", "20"]
    return ["pacs", "watch", "--url", server.url, "--rules", str(rules), "--state", str(state), *fast, *more]


def _start(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as stream:
        return subprocess.Popen([sys.executable, "-m", "flr", *command], stdout=stream, stderr=stream)


def _own_results(server: Orthanc, study: str) -> dict[str, int]:
    """How many objects of each kind the watcher has put into a study."""
    found: dict[str, int] = {}
    for entry in _archive(server).series({"StudyInstanceUID": study}):
        if entry.is_own:
            assert entry.modality not in found, "two series of one kind"
            found[entry.modality] = entry.instances or 0
    return found


@pytest.mark.slow
def test_new_segmentations_are_answered_once(
    orthanc: Orthanc, rules: Path, template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    studies = [_study(template, n, fault) for n, fault in enumerate(("", "labels", "", "images"))]
    for n, contents in enumerate(studies):
        _send(orthanc, contents, tmp_path / "send" / str(n))
    command = _command(orthanc, rules, tmp_path / "state", "--once", "--json")
    assert main(command) == 4
    captured = capfd.readouterr()
    document = json.loads(captured.out)
    check_document(document)
    assert document["counts"] == {"waiting": 1, "working": 0, "done": 2, "failed": 1, "ignored": 0}
    cases = {case["case"]: case for case in document["cases"]}
    for n, (contents, state) in enumerate(zip(studies, ("done", "failed", "done", "waiting"), strict=True)):
        study = str(contents[-1].StudyInstanceUID)
        case = cases[short_name(str(contents[-1].SeriesInstanceUID))]
        assert case["state"] == state, n
        assert _own_results(orthanc, study) == ({"SEG": 1, "SR": 1} if state == "done" else {})
        assert bool(case["reason"]) == (state != "done")
    assert re.search(r"1 of \d+ images that the segmentation refers to", captured.err)
    assert not [s for s in SECRETS if s in captured.out + captured.err]

    # Nothing is done twice; the missing image arrives, and its case is answered.
    late = _study(template, 3)
    _send(orthanc, late[:-1], tmp_path / "send" / "late")
    assert main(command) == 4
    counts = json.loads(capfd.readouterr().out)["counts"]
    assert counts == {"waiting": 0, "working": 0, "done": 3, "failed": 1, "ignored": 0}
    for contents in (studies[0], studies[2], late):
        assert _own_results(orthanc, str(contents[-1].StudyInstanceUID)) == {"SEG": 1, "SR": 1}
    assert list((tmp_path / "state" / "work").iterdir()) == []


def test_results_are_those_of_the_segmentation(
    orthanc: Orthanc, rules: Path, template: Path, tmp_path: Path
) -> None:
    contents = _study(template, 7)
    _send(orthanc, contents, tmp_path / "send")
    command = _command(orthanc, rules, tmp_path / "state", "--once")
    command[command.index("--settle") + 1] = "0.5"
    assert main(command) == 0
    liver = read_liver(tmp_path / "send")
    archive = _archive(orthanc)
    study = str(contents[-1].StudyInstanceUID)
    report = next(e for e in archive.series({"StudyInstanceUID": study}) if e.modality == "SR")
    archive.retrieve(report, tmp_path / "sr")
    content = pydicom.dcmread(next((tmp_path / "sr").iterdir()))
    first = content.ContentSequence[-2].ContentSequence[0].ContentSequence
    volume = next(item for item in first if item.ValueType == "NUM").MeasuredValueSequence[0]
    from flr.liver import measure

    assert volume.FloatingPointValue == pytest.approx(measure(liver).total_ml, rel=1e-9)
    assert content.PatientID == "P-07"


def test_a_sites_errors_make_the_intervals(
    orthanc: Orthanc, rules: Path, template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "errors.toml"
    table.write_text('source = "audit"\ncut_mm = 9.0\nouter_surface_mm = 4.0\n', encoding="utf-8")
    contents = _study(template, 8)
    _send(orthanc, contents, tmp_path / "send")
    command = _command(orthanc, rules, tmp_path / "state", "--once", "--errors", str(table))
    assert main(command) == 0
    archive = _archive(orthanc)
    study = str(contents[-1].StudyInstanceUID)
    report = next(e for e in archive.series({"StudyInstanceUID": study}) if e.modality == "SR")
    archive.retrieve(report, tmp_path / "sr")
    content = pydicom.dcmread(next((tmp_path / "sr").iterdir()))
    said = " ".join(item.get("TextValue", "") for item in content.ContentSequence[-1].ContentSequence)
    liver, patient = completed_from_headers(read_liver(tmp_path / "send"), Patient(condition="normal"))
    widths = []
    for errors in (ERRORS, read_errors(table)):
        found = assess(liver, parse_plan("H5678"), patient, options=Options(errors=errors))
        interval = found.intervals["flr_percent_of_measured"]
        widths.append(f"{number(interval.low)} to {number(interval.high)} %")
    assert widths[0] not in said
    assert widths[1] in said

    table.write_text("cut_mm = 9.0\n", encoding="utf-8")
    assert main(command) == 3
    broken = tmp_path / "site.toml"
    broken.write_text("logos = 1\n", encoding="utf-8")
    assert main([*command[: command.index("--errors")], "--site", str(broken)]) == 2
    fetch = ["pacs", "fetch", "--url", orthanc.url, "--study", "1", "--out", "x", "--errors", str(table)]
    assert main(fetch) == 2
    assert "flr pacs watch" in capsys.readouterr().err


def test_a_sites_limits_are_named_in_what_is_stored(
    orthanc: Orthanc, rules: Path, template: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        "[limits]\nvery_small_percent = 33\nminimum_percent = 41\nband_percent = 55\n"
        'source = "board of 2026"\n',
        encoding="utf-8",
    )
    contents = _study(template, 9)
    _send(orthanc, contents, tmp_path / "send")
    assert main(_command(orthanc, rules, tmp_path / "state", "--once", "--site", str(site))) == 0
    archive = _archive(orthanc)
    study = str(contents[-1].StudyInstanceUID)
    report = next(e for e in archive.series({"StudyInstanceUID": study}) if e.modality == "SR")
    archive.retrieve(report, tmp_path / "sr")
    content = pydicom.dcmread(next((tmp_path / "sr").iterdir()))
    said = " ".join(item.get("TextValue", "") for item in content.ContentSequence[-1].ContentSequence)
    assert "41 %" in said


def test_what_no_rule_fits_is_left_alone_until_one_does(
    orthanc: Orthanc, rules: Path, template: Path, tmp_path: Path
) -> None:
    _send(orthanc, _study(template, 5), tmp_path / "send")
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("AI liver", "spleen"), encoding="utf-8")
    command = _command(orthanc, rules, tmp_path / "state", "--once")
    assert main(command) == 0
    assert [(i.state, i.reason) for i in _items(tmp_path / "state")] == [("ignored", "no rule fits")]
    rules.write_text(text, encoding="utf-8")
    assert main(command) == 0
    assert [(i.state, i.results) for i in _items(tmp_path / "state")] == [("done", 2)]
    fresh = _command(orthanc, rules, tmp_path / "fresh", "--once", "--from-now")
    assert main(fresh) == 0
    assert [i.state for i in _items(tmp_path / "fresh")] == ["ignored"]


def _wait(done: Callable[[], bool], most_s: float, process: subprocess.Popen[bytes] | None = None) -> None:
    end = time.monotonic() + most_s
    while not done():
        assert process is None or process.poll() is None, "the watcher ended by itself"
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.1)


def _done(state: Path) -> int:
    """Cases that are done, read beside the running worker."""
    import sqlite3

    if not (state / "ledger.sqlite").exists():
        return 0
    table = sqlite3.connect(f"file:{state / 'ledger.sqlite'}?mode=ro", uri=True)
    try:
        return int(table.execute("SELECT COUNT(*) FROM items WHERE state = 'done'").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        table.close()


@pytest.mark.long
@pytest.mark.slow
def test_fifty_studies_three_broken_archive_and_worker_killed(
    orthanc: Orthanc, rules: Path, template: Path, tmp_path: Path
) -> None:
    faults = {11: "labels", 23: "pixels", 42: "images"}
    studies = [_study(template, n, faults.get(n, "")) for n in range(50)]
    for n, contents in enumerate(studies):
        _send(orthanc, contents, tmp_path / "send" / str(n))
    state, log = tmp_path / "state", tmp_path / "log.txt"
    command = _command(orthanc, rules, state)
    worker = _start(command, log)
    try:
        _wait(lambda: _done(state) >= 8, 240.0, worker)
        orthanc.kill()
        time.sleep(3.0)
        assert worker.poll() is None, "the watcher gives up without the archive"
        orthanc.start()
        _wait(lambda: _done(state) >= 18, 240.0, worker)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker = _start(command, log)
        _wait(lambda: _done(state) >= 47, 600.0, worker)
        # The one whose image is missing keeps being tried until the attempts are spent.
        _wait(lambda: _failed(state) >= 3, 120.0, worker)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60.0) == 0
    finally:
        worker.kill()
        worker.wait()
    items = {item.study_uid: item for item in _items(state)}
    assert len(items) == 50
    for n, contents in enumerate(studies):
        study = str(contents[-1].StudyInstanceUID)
        if n in faults:
            assert items[study].state == "failed"
            assert items[study].reason
            assert _own_results(orthanc, study) == {}
        else:
            assert items[study].state == "done"
            assert _own_results(orthanc, study) == {"SEG": 1, "SR": 1}
    said = log.read_text(encoding="utf-8")
    assert not [s for s in SECRETS if s in said]


def _failed(state: Path) -> int:
    import sqlite3

    table = sqlite3.connect(f"file:{state / 'ledger.sqlite'}?mode=ro", uri=True)
    try:
        return int(table.execute("SELECT COUNT(*) FROM items WHERE state = 'failed'").fetchone()[0])
    finally:
        table.close()


def _items(state: Path) -> list[Any]:
    ledger = Ledger(state)
    try:
        return ledger.items()
    finally:
        ledger.close()


def test_an_archive_that_is_away_ends_one_look_with_6(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with misbehaving(lambda handler, method, n: reply(handler, 503)) as url:
        command = ["pacs", "watch", "--url", url, "--rules", str(rules), "--state", str(tmp_path / "s")]
        assert main([*command, "--once", "--attempts", "1"]) == 6
    assert len(capsys.readouterr().err.splitlines()) == 1


# --- ledger -------------------------------------------------------------------------------------


def test_the_ledger_keeps_what_it_was_told(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.add("1.2", "1", "SEG")
    assert not ledger.add("1.2", "1", "SEG")
    ledger.set("1.2", "failed", reason="no liver", rule="r", attempts=2)
    ledger.close()
    again = Ledger(tmp_path)
    assert [(i.state, i.reason, i.rule, i.attempts) for i in again.items()] == [
        ("failed", "no liver", "r", 2)
    ]
    assert again.counts()["failed"] == 1
    assert again.retry_failed() == 1
    assert again.items("waiting")[0].attempts == 0
    again.close()


def test_two_workers_do_not_share_a_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    with pytest.raises(UsageError, match="another worker"):
        Ledger(tmp_path)
    ledger.close()
    Ledger(tmp_path).close()


# --- rules --------------------------------------------------------------------------------------


def test_rules_choose_by_modality_and_description(rules: Path) -> None:
    (rule,) = read_rules(rules)
    assert rule.fits(SeriesEntry("1", "2", "SEG", "AI Liver Segments"))
    assert not rule.fits(SeriesEntry("1", "2", "SEG", "spleen"))
    assert not rule.fits(SeriesEntry("1", "2", "CT", "AI liver"))
    assert rule.results == ("seg", "sr")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no rule"),
        ("[[rule]]\nplans = ['H5678']", "'name' is missing"),
        ("[[rule]]\nname = 'a'\nplan = ['H5678']", "did you mean 'plans'"),
        ("[[rule]]\nname = 'a'\nresults = ['dose']", "expected some of seg"),
        ("[[rule]]\nname = 'a'\nmodality = 'CT'", "expected some of SEG"),
        ("[[rule]]\nname = 'a'\ntumours = 'some'", 'expected "none"'),
        ("[[rule]]\nname = 'a'\nplans = 3", "expected a text or a list"),
        ("[[rule]]\nname = 3", "expected a text"),
        ("[[rule]]\nname = 'a'\nresults = []", "results is empty"),
        ("[rules]\nx = 1", "no key is called 'rules'"),
        ("[[rule]\n", "not TOML"),
    ],
)
def test_faults_in_a_rule_file_are_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match=words):
        read_rules(path)


@pytest.mark.parametrize("text", ["plans = ['H9']", "condition = ['sick']", "diagnosis = 'unknown thing'"])
def test_rules_that_cannot_be_applied_are_refused_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(f"[[rule]]\nname = 'a'\n{text}", encoding="utf-8")
    with pytest.raises(ReadError, match=r"\[\[rule\]\] 1: "):
        read_rules(path)
