"""DICOMweb: a real Orthanc on loopback, and servers that misbehave on purpose."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from export_cases import MADE, SECRETS, Hospital, hospital
from pacs_servers import PASSWORD, USER, Orthanc, misbehaving, reply

from flr.cli import main
from flr.dicom import open_study
from flr.documents.schema import check_document
from flr.errors import EnvironmentFailure, ReadError, UsageError
from flr.io.read import read_liver
from flr.pacs.address import Address, Credentials, credentials, web_address
from flr.pacs.archive import ArchiveRefused, ArchiveUnreachable, batches, file_name, short_name
from flr.pacs.dicomweb import WebArchive
from flr.pacs.fetch import fetch_study
from flr.report.dicom import dicom_results, save_dicom

STUDY = "1.2.3.4.5.1"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    return hospital(tmp_path_factory.mktemp("hospital"))


@pytest.fixture(scope="module")
def results(case: Hospital) -> list[Path]:
    made = dicom_results(case.assessments, case.liver, case.plans, case.source, made=MADE)
    return save_dicom(made, case.folder / "results")


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    server = Orthanc(tmp_path_factory.mktemp("orthanc"))
    server.start()
    yield server
    server.stop()


def _archive(url: str, **choices: Any) -> WebArchive:
    return WebArchive(Address("web", url=url, pause_s=0.01, **choices), Credentials())


# --- Orthanc ------------------------------------------------------------------------------------


def test_images_and_results_go_there_and_come_back(
    orthanc: Orthanc, case: Hospital, results: list[Path], tmp_path: Path
) -> None:
    archive = _archive(orthanc.url)
    images = sorted((case.folder / "ct").iterdir())
    assert archive.store(images).stored == len(images)
    assert archive.store(results).failed == ()
    again = archive.store([*images, *results])
    assert (again.stored, again.present) == (0, len(images) + len(results))

    found = {entry.modality: entry for entry in archive.series({"StudyInstanceUID": STUDY})}
    assert set(found) == {"CT", "SEG", "SR", "DOC", "OT", "RTSTRUCT"}
    assert all(entry.is_own for modality, entry in found.items() if modality != "CT")
    assert archive.studies({"AccessionNumber": "ACC-4711"}) == [STUDY]

    # Our own segmentation comes back when it is asked for, with the images that it refers to.
    fetched = fetch_study(archive, STUDY, tmp_path / "study", series_uid=found["SEG"].series_uid)
    assert sorted(folder.name[:3] for folder in fetched.folders) == ["ct-", "seg"]
    study = open_study([tmp_path / "study"])
    original = open_study([case.folder / "ct"]).series[0]
    assert np.array_equal(study.series[0].read_stored(), original.read_stored())
    assert study.series[0].grid.matches(original.grid, 1e-9)
    sent = {p.stem: pydicom.dcmread(p) for p in results}["plan-1-h5678-seg"]
    came = next(p for p in (tmp_path / "study").rglob("*.dcm") if p.parent.name.startswith("seg"))
    assert pydicom.dcmread(came).PixelData == sent.PixelData


def test_what_was_fetched_is_assessed_to_the_same_numbers(
    orthanc: Orthanc, case: Hospital, results: list[Path], tmp_path: Path
) -> None:
    archive = _archive(orthanc.url)
    archive.store([*sorted((case.folder / "ct").iterdir()), *results])
    seg = next(e for e in archive.series({"StudyInstanceUID": STUDY}) if e.modality == "SEG")
    fetch_study(archive, STUDY, tmp_path, series_uid=seg.series_uid)
    from flr.assessment import assess_plans

    again = assess_plans(read_liver(tmp_path), case.plans, case.assessments[0].patient)[0]
    first = case.assessments[0]
    assert again.volumes.total_ml == pytest.approx(first.volumes.total_ml, rel=1e-8)
    assert again.volumes.remnant_ml == pytest.approx(first.volumes.remnant_ml, rel=1e-8)
    assert again.measures.flr_percent_of_measured == pytest.approx(
        first.measures.flr_percent_of_measured, abs=1e-6
    )
    assert again.flag == first.flag


def test_fetching_goes_on_where_it_stopped(orthanc: Orthanc, case: Hospital, tmp_path: Path) -> None:
    archive = _archive(orthanc.url)
    archive.store(sorted((case.folder / "ct").iterdir()))
    whole = fetch_study(archive, STUDY, tmp_path, everything=True)
    files = sorted(tmp_path.rglob("ct-*/*.dcm"))
    for path in files[::3]:
        path.unlink()
    again = fetch_study(archive, STUDY, tmp_path, everything=True)
    assert again.new == len(files[::3])
    assert again.new + again.present == whole.new + whole.present
    assert sorted(tmp_path.rglob("ct-*/*.dcm")) == files


def test_commands_fetch_and_store(
    orthanc: Orthanc, case: Hospital, results: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["pacs", "store", str(case.folder / "results"), "--url", orthanc.url, "--json"]
    assert main(store) == 0
    said = json.loads(capsys.readouterr().out)
    check_document(said)
    assert said["stored"] + said["present"] == len(results)
    assert said["failed"] == []
    fetch = ["pacs", "fetch", "--url", orthanc.url, "--out", str(tmp_path / "got"), "--json"]
    _archive(orthanc.url).store(sorted((case.folder / "ct").iterdir()))
    assert main([*fetch, "--query", "AccessionNumber=ACC-4711"]) == 0
    captured = capsys.readouterr()
    fetched = json.loads(captured.out)
    check_document(fetched)
    assert fetched["new"] == 84
    assert not [s for s in (*SECRETS, "ACC-") if s in captured.out + captured.err]


@pytest.mark.parametrize(
    "asked",
    [["--study", "1.2.999"], ["--query", "AccessionNumber=nobody"], ["--study", STUDY, "--series", "1.2"]],
)
def test_a_wrong_study_ends_with_3(
    orthanc: Orthanc, case: Hospital, tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    _archive(orthanc.url).store(sorted((case.folder / "ct").iterdir())[:2])
    assert main(["pacs", "fetch", "--url", orthanc.url, "--out", str(tmp_path / "out"), *asked]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_password_is_asked_for(
    tmp_path: Path,
    case: Hospital,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = Orthanc(tmp_path / "orthanc", password=True)
    server.start()
    try:
        store = ["pacs", "store", str(case.folder / "ct"), "--url", server.url]
        files = [str(p) for p in sorted((case.folder / "ct").iterdir())[:2]]
        store[2:3] = files
        for name in ("FLR_PACS_USER", "FLR_PACS_PASSWORD", "FLR_PACS_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        assert main(store) == 6
        said = capsys.readouterr().err
        assert "401" in said
        assert "FLR_PACS_TOKEN" in said
        monkeypatch.setenv("FLR_PACS_USER", USER)
        monkeypatch.setenv("FLR_PACS_PASSWORD", PASSWORD + "wrong")
        assert main(store) == 6
        assert PASSWORD not in capsys.readouterr().err
        monkeypatch.setenv("FLR_PACS_PASSWORD", PASSWORD)
        assert main(store) == 0
    finally:
        server.stop()


def test_a_lost_archive_ends_with_6(
    tmp_path: Path, case: Hospital, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Orthanc(tmp_path / "orthanc")
    server.start()
    _archive(server.url).store(sorted((case.folder / "ct").iterdir()))
    server.kill()
    command = ["pacs", "fetch", "--url", server.url, "--study", STUDY, "--out", str(tmp_path / "out")]
    assert main([*command, "--attempts", "1"]) == 6
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "does not answer" in said
    assert STUDY not in said
    server.start()
    try:
        assert main(command) == 0
    finally:
        server.stop()


# --- misbehaving servers ------------------------------------------------------------------------


def _series_row(uid: str, modality: str = "CT", count: int = 1) -> dict[str, Any]:
    return {
        "0020000D": {"vr": "UI", "Value": [STUDY]},
        "0020000E": {"vr": "UI", "Value": [uid]},
        "00080060": {"vr": "CS", "Value": [modality]},
        "00201209": {"vr": "IS", "Value": [count]},
    }


def test_a_failure_that_passes_is_tried_again() -> None:
    def answer(handler: BaseHTTPRequestHandler, method: str, n: int) -> None:
        if n < 3:
            reply(handler, 503)
        else:
            reply(handler, 200, [_series_row("1.2.8")])

    with misbehaving(answer) as url:
        assert [entry.series_uid for entry in _archive(url).series({"Modality": "CT"})] == ["1.2.8"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "credentials"),
        (403, "does not allow"),
        (404, "nothing at this address"),
        (507, "no room"),
        (418, "418"),
    ],
)
def test_a_refusal_is_one_clear_message(status: int, words: str) -> None:
    seen = []

    def answer(handler: BaseHTTPRequestHandler, method: str, n: int) -> None:
        seen.append(n)
        reply(handler, status)

    with misbehaving(answer) as url, pytest.raises(ArchiveRefused, match=words) as caught:
        _archive(url).studies({"PatientID": "ID-4711"})
    assert len(seen) == 1, "a refusal is not tried again"
    assert "4711" not in str(caught.value)


def test_a_connection_that_breaks_in_the_middle_leaves_no_half_file(tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler, method: str, n: int) -> None:
        path = handler.path.partition("?")[0]
        if path.endswith("/series"):
            reply(handler, 200, [_series_row("1.2.8")])
        elif path.endswith("/instances"):
            reply(handler, 200, [{"00080018": {"vr": "UI", "Value": ["1.2.8.1"]}}])
        else:
            handler.send_response(200)
            handler.send_header("Content-Type", 'multipart/related; type="application/dicom"; boundary=x')
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            handler.wfile.write(b"--x\r\nContent-Type: application/dicom\r\n\r\nDICM" + b"\0" * 500)
            handler.wfile.flush()
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)

    with misbehaving(answer) as url, pytest.raises(ArchiveUnreachable, match="broke the connection"):
        fetch_study(_archive(url, timeout_s=5.0), STUDY, tmp_path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_an_archive_that_hangs_is_given_up() -> None:
    import time

    def answer(handler: BaseHTTPRequestHandler, method: str, n: int) -> None:
        time.sleep(1.0)
        reply(handler, 200, [])

    with misbehaving(answer) as url, pytest.raises(ArchiveUnreachable, match="does not answer"):
        _archive(url, timeout_s=0.2, attempts=2).studies({})


def test_an_answer_that_is_no_dicomweb_is_told() -> None:
    def answer(handler: BaseHTTPRequestHandler, method: str, n: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/dicom+json")
        handler.send_header("Content-Length", "9")
        handler.end_headers()
        handler.wfile.write(b"not JSON!")

    with misbehaving(answer) as url, pytest.raises((ArchiveRefused, ArchiveUnreachable)):
        _archive(url, attempts=1).studies({})


@pytest.mark.parametrize("status", [202, 409])
def test_refused_objects_are_named_with_the_reason(
    results: list[Path], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = str(pydicom.dcmread(results[0]).SOPInstanceUID)

    def answer(handler: BaseHTTPRequestHandler, method: str, n: int) -> None:
        if method == "GET":
            reply(handler, 200, [])
        else:
            item = {
                "00081155": {"vr": "UI", "Value": [refused]},
                "00081197": {"vr": "US", "Value": [0xA700]},
            }
            reply(handler, status, {"00081198": {"vr": "SQ", "Value": [item]}})

    with misbehaving(answer) as url:
        code = main(["pacs", "store", *map(str, results), "--url", url])
    assert code == 6
    said = capsys.readouterr()
    assert f"not stored: {results[0].name}" in said.out
    assert "out of room" in said.err
    assert len(said.err.splitlines()) == 1
    assert f"stored {len(results) - 1} objects" in said.out


def test_a_success_with_an_empty_list_of_failures_is_a_success(results: list[Path]) -> None:
    def answer(handler: BaseHTTPRequestHandler, method: str, n: int) -> None:
        reply(handler, 200, [] if method == "GET" else {"00081198": {"vr": "SQ", "Value": []}})

    with misbehaving(answer) as url:
        assert _archive(url).store(results[:2]).stored == 2


def test_a_full_disk_leaves_no_half_file(orthanc: Orthanc, case: Hospital, tmp_path: Path) -> None:
    _archive(orthanc.url).store(sorted((case.folder / "ct").iterdir()))

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = ["pacs", "fetch", "--url", orthanc.url, "--study", STUDY, "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from flr.cli import main; sys.exit(main(sys.argv[1:]))",
            *command,
        ],
        capture_output=True,
        text=True,
        preexec_fn=small_files,
        check=False,
        timeout=120,
    )
    assert done.returncode == 6, done.stderr
    assert "cannot write" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [p for p in (tmp_path / "out").rglob("*") if p.is_file()] == []


# --- who we are ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["http://user:secret@127.0.0.1/x", "ftp://pacs/x", "pacs.example.org", "http://pacs/x?token=1"]
)
def test_urls_that_are_none_or_hold_secrets_are_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        web_address(url)
    assert "secret" not in str(caught.value)


def test_credentials_do_not_travel_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLR_PACS_TOKEN", "t-4711")
    with pytest.raises(UsageError, match="unencrypted"):
        web_address("http://pacs.example.org/dicom-web")
    assert web_address("https://pacs.example.org/dicom-web").url.startswith("https")
    assert web_address("http://127.0.0.1:8042/dicom-web").kind == "web"


def test_a_token_is_sent_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def answer(handler: BaseHTTPRequestHandler, method: str, n: int) -> None:
        seen.append(handler.headers.get("Authorization"))
        reply(handler, 200, [])

    monkeypatch.setenv("FLR_PACS_TOKEN", "t-4711")
    with misbehaving(answer) as url:
        WebArchive(web_address(url)).studies({})
    assert seen == ["Bearer t-4711"]


@pytest.mark.parametrize(
    "environment",
    [
        {"FLR_PACS_TOKEN": "t", "FLR_PACS_USER": "u", "FLR_PACS_PASSWORD": "p"},
        {"FLR_PACS_USER": "u"},
        {"FLR_PACS_PASSWORD": "p"},
        {"FLR_PACS_CA_FILE": "nowhere.pem"},
    ],
)
def test_contradicting_credentials_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        credentials(environment)


def test_credentials_are_never_printed() -> None:
    assert "t-4711" not in repr(credentials({"FLR_PACS_TOKEN": "t-4711"}))


# --- small parts --------------------------------------------------------------------------------


def test_names_of_files_say_nothing() -> None:
    assert STUDY not in file_name(STUDY) + short_name(STUDY)
    assert file_name(STUDY) != file_name(STUDY + ".1")


def test_batches_hold_every_file_once(tmp_path: Path) -> None:
    paths = []
    for n, size in enumerate((10, 10, 25, 5, 5, 5)):
        paths.append(tmp_path / str(n))
        paths[-1].write_bytes(b"x" * size)
    groups = batches(paths, 20)
    assert [path for group in groups for path in group] == paths
    assert [sum(p.stat().st_size for p in group) for group in groups] == [20, 25, 15]


@pytest.mark.parametrize(
    "command",
    [
        ["fetch", "--study", "1.2", "--out", "x"],
        ["fetch", "--url", "http://127.0.0.1/x", "--dimse", "a:1", "--study", "1.2", "--out", "x"],
        ["fetch", "--url", "http://127.0.0.1/x", "--out", "x"],
        ["fetch", "--url", "http://127.0.0.1/x", "--study", "1", "--query", "A=b", "--out", "x"],
        ["fetch", "--url", "http://127.0.0.1/x", "--study", "1"],
        ["fetch", "--url", "http://127.0.0.1/x", "--query", "nonsense", "--out", "x"],
        ["fetch", "--dimse", "nowhere", "--study", "1", "--out", "x"],
        ["store", "--url", "http://127.0.0.1/x"],
        ["watch", "--url", "http://127.0.0.1/x"],
        ["watch", "file", "--url", "http://127.0.0.1/x"],
    ],
)
def test_mistakes_end_with_2(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pacs", *command]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_only_dicom_of_one_study_is_stored(
    case: Hospital, results: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.dcm").write_text("no DICOM")
    url = ["--url", "http://127.0.0.1:9/dicom-web"]
    assert main(["pacs", "store", str(tmp_path / "note.dcm"), *url]) == 3
    other = pydicom.dcmread(results[0])
    other.StudyInstanceUID = "1.2.77"
    other.save_as(tmp_path / "other.dcm")
    assert main(["pacs", "store", str(tmp_path / "other.dcm"), str(results[0]), *url]) == 3
    assert "2 different studies" in capsys.readouterr().err
    assert main(["pacs", "store", str(results[0]), "--study", "1.2.77", *url]) == 3
    assert main(["pacs", "store", str(tmp_path / "nowhere"), *url]) == 3


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dicomweb_client", None)
    with pytest.raises(EnvironmentFailure, match="pacs"):
        _archive("http://127.0.0.1/x")


def test_an_empty_study_is_refused() -> None:
    with (
        misbehaving(lambda handler, method, n: reply(handler, 200, [])) as url,
        pytest.raises(ReadError, match="no such study"),
    ):
        fetch_study(_archive(url), STUDY, Path("unused"))
