"""C-FIND, C-MOVE and C-STORE against pynetdicom's own server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom
import pytest
from export_cases import MADE, SECRETS, Hospital, hospital
from pacs_servers import free_port

from flr.cli import main
from flr.errors import UsageError
from flr.pacs.address import Address, Credentials
from flr.pacs.archive import ArchiveRefused, ArchiveUnreachable
from flr.pacs.dimse import DimseArchive
from flr.pacs.fetch import fetch_study
from flr.report.dicom import dicom_results, save_dicom

STUDY = "1.2.3.4.5.1"
_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"


@dataclass
class Node:
    """A small archive: what it holds, how it answers."""

    port: int
    receive_port: int
    held: dict[str, Any] = field(default_factory=dict)
    refuse: dict[str, int] = field(default_factory=dict)
    drop_after: int | None = None
    stored: int = 0

    def archive(self, **choices: Any) -> DimseArchive:
        choices = {"called": "NODE", "receive_port": self.receive_port, **choices}
        address = Address("dimse", host="127.0.0.1", port=self.port, pause_s=0.01, timeout_s=10.0, **choices)
        return DimseArchive(address, Credentials())


@contextmanager
def _node() -> Iterator[Node]:
    from pynetdicom import AE, evt
    from pynetdicom.presentation import AllStoragePresentationContexts, build_context

    node = Node(free_port(), free_port())

    def store(event: Any) -> int:
        node.stored += 1
        if node.drop_after is not None and node.stored > node.drop_after:
            node.drop_after = None
            event.assoc.abort()
            return 0xC000
        content = event.dataset
        if status := node.refuse.get(str(content.SOPClassUID)):
            return status
        content.file_meta = event.file_meta
        node.held[str(content.SOPInstanceUID)] = content
        return 0x0000

    def find(event: Any) -> Iterator[tuple[int, Any]]:
        query = event.identifier
        level = str(query.QueryRetrieveLevel)
        key = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}[level]
        seen: set[str] = set()
        for content in node.held.values():
            if not _fits(query, content) or str(content[key].value) in seen:
                continue
            seen.add(str(content[key].value))
            row = pydicom.Dataset()
            row.QueryRetrieveLevel = level
            for element in query:
                if element.keyword != "QueryRetrieveLevel":
                    setattr(row, element.keyword, content.get(element.keyword, ""))
            yield 0xFF00, row

    def move(event: Any) -> Iterator[Any]:
        if event.move_destination != "FLR":
            yield None, None
            return
        kinds = {str(content.SOPClassUID) for content in node.held.values()}
        contexts = {"contexts": [build_context(kind) for kind in sorted(kinds)]}
        yield "127.0.0.1", node.receive_port, contexts
        wanted = [content for content in node.held.values() if _fits(event.identifier, content)]
        yield len(wanted)
        for content in wanted:
            yield 0xFF00, content

    server = AE(ae_title="NODE")
    for context in AllStoragePresentationContexts:
        server.add_supported_context(context.abstract_syntax)
    server.add_supported_context("1.2.840.10008.5.1.4.1.1.66.7")
    server.add_supported_context(_FIND)
    server.add_supported_context(_MOVE)
    server.require_called_aet = True
    handlers = [(evt.EVT_C_STORE, store), (evt.EVT_C_FIND, find), (evt.EVT_C_MOVE, move)]
    running = server.start_server(("127.0.0.1", node.port), block=False, evt_handlers=handlers)
    try:
        yield node
    finally:
        running.shutdown()


def _fits(query: Any, content: Any) -> bool:
    asked = ("StudyInstanceUID", "SeriesInstanceUID", "Modality", "AccessionNumber")
    return all(
        str(content.get(keyword, "")) == str(query.get(keyword)) for keyword in asked if query.get(keyword)
    )


@pytest.fixture
def node() -> Iterator[Node]:
    with _node() as running:
        yield running


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    return hospital(tmp_path_factory.mktemp("hospital"))


@pytest.fixture(scope="module")
def results(case: Hospital) -> list[Path]:
    kinds = ["seg", "sr", "pdf", "rtstruct"]
    made = dicom_results(case.assessments, case.liver, case.plans, case.source, kinds, made=MADE)
    return save_dicom(made, case.folder / "results")


def test_results_are_stored_once(node: Node, results: list[Path]) -> None:
    assert node.archive().store(results).stored == len(results)
    again = node.archive().store(results)
    assert (again.stored, again.present) == (0, len(results))
    for path in results:
        content = pydicom.dcmread(path)
        held = node.held[str(content.SOPInstanceUID)]
        assert held.StudyInstanceUID == STUDY
        if "PixelData" in content:
            assert held.PixelData == content.PixelData


def test_a_label_map_is_stored(node: Node, case: Hospital, tmp_path: Path) -> None:
    made = dicom_results(
        case.assessments, case.liver, case.plans, case.source, ["seg"], seg_type="labelmap", made=MADE
    )
    paths = save_dicom(made, tmp_path)
    assert node.archive().store(paths).stored == len(paths) == 4
    for path in paths:  # written in run lengths, which this archive does not take
        content = pydicom.dcmread(path)
        held = node.held[str(content.SOPInstanceUID)]
        assert content.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.5"
        held.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        assert (held.pixel_array == content.pixel_array).all()


def test_a_study_comes_by_c_move(node: Node, case: Hospital, results: list[Path], tmp_path: Path) -> None:
    archive = node.archive()
    images = sorted((case.folder / "ct").iterdir())[::6]
    archive.store([*images, *results])
    assert archive.studies({"AccessionNumber": "ACC-4711"}) == [STUDY]
    assert {e.modality for e in archive.series({"Modality": "SEG"})} == {"SEG"}
    fetched = fetch_study(archive, STUDY, tmp_path, everything=True)
    assert fetched.new == len(images) + 2
    came = {str(pydicom.dcmread(p).SOPInstanceUID): p for p in tmp_path.rglob("*.dcm")}
    for path in images:
        sent = pydicom.dcmread(path)
        assert pydicom.dcmread(came[str(sent.SOPInstanceUID)]).PixelData == sent.PixelData
    again = fetch_study(archive, STUDY, tmp_path, everything=True)
    assert (again.new, again.present) == (0, fetched.new)


def test_a_broken_association_is_taken_up_again(node: Node, results: list[Path]) -> None:
    node.drop_after = 2
    report = node.archive().store(results)
    assert report.failed == ()
    assert len(node.held) == len(results)


def test_a_refused_object_is_named(
    node: Node, results: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    node.refuse["1.2.840.10008.5.1.4.1.1.66.4"] = 0xA700
    command = ["pacs", "store", *map(str, results), "--dimse", f"127.0.0.1:{node.port}", "--called", "NODE"]
    assert main(command) == 6
    said = capsys.readouterr()
    assert "plan-1-h5678-seg.dcm" in said.err
    assert "out of room" in said.err
    assert len(said.err.splitlines()) == 1
    assert len(node.held) == len(results) - 1
    assert not [s for s in SECRETS if s in said.out + said.err]


def test_a_full_disk_is_told_and_leaves_no_half_file(
    node: Node, case: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from flr.errors import EnvironmentFailure

    node.archive().store(sorted((case.folder / "ct").iterdir())[:2])

    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EnvironmentFailure, match="No space left"):
        fetch_study(node.archive(attempts=1), STUDY, tmp_path, everything=True)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


# pynetdicom leaves the socket of a refused connection to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_wrong_titles_and_wrong_ports_are_told(node: Node, results: list[Path]) -> None:
    with pytest.raises(ArchiveRefused, match="does not accept"):
        node.archive(called="OTHER").store(results)
    silent = DimseArchive(
        Address("dimse", host="127.0.0.1", port=free_port(), attempts=2, pause_s=0.01), Credentials()
    )
    with pytest.raises(ArchiveUnreachable, match="does not answer"):
        silent.studies({})
    with pytest.raises(ArchiveUnreachable, match="no such host"):
        DimseArchive(Address("dimse", host="nowhere.invalid", port=104, attempts=1), Credentials()).studies(
            {}
        )


def test_an_archive_that_does_not_know_us_is_told(node: Node, case: Hospital, tmp_path: Path) -> None:
    node.archive().store(sorted((case.folder / "ct").iterdir())[:2])
    with pytest.raises(ArchiveRefused, match="does not know STRANGER"):
        fetch_study(node.archive(calling="STRANGER"), STUDY, tmp_path, everything=True)


def test_c_move_needs_a_port(node: Node, case: Hospital, tmp_path: Path) -> None:
    node.archive().store(sorted((case.folder / "ct").iterdir())[:2])
    with pytest.raises(UsageError, match="--receive-port"):
        fetch_study(node.archive(receive_port=0), STUDY, tmp_path)
