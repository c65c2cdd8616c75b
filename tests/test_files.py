"""A reader of an output never sees half of one."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from phantoms import couinaud_block, write_nifti

from flr.cli.entry import main
from flr.cohort.layouts import _participants
from flr.cohort.manifest import read_manifest
from flr.errors import EnvironmentFailure, FLRError, ReadError
from flr.files import atomic_path, input_file, printable, sha256_of, write_text
from flr.io.case import read_case
from flr.io.errors_table import read_errors
from flr.io.markups import read_plan
from flr.io.source import open_image, open_sources
from flr.labels import scheme_from_json
from flr.pacs.rules import read_rules
from flr.replay import replay
from flr.results import RECORD_NAME, write_result


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    write_text(target, "old")

    def fail_halfway() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        fail_halfway()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_the_new_file_replaces_the_old_and_may_be_read_by_others(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.json"
    write_text(target, "one")
    write_text(target, "zwei µ")
    assert target.read_text(encoding="utf-8") == "zwei µ"
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask


def test_the_temporary_name_keeps_the_suffix(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "fates.nii.gz") as temporary:
        assert temporary.name.endswith("fates.nii.gz")
        assert temporary.parent == tmp_path


def test_a_folder_that_cannot_be_made_is_the_worlds_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailure, match="choose a folder"):
        write_text(tmp_path / "file" / "a.json", "x")


def test_an_input_is_known_by_name_and_content(tmp_path: Path) -> None:
    path = tmp_path / "map.nii"
    path.write_bytes(b"abc" * 1_000_000)
    found = input_file(path)
    assert found.name == "map.nii"
    assert found.sha256 == hashlib.sha256(b"abc" * 1_000_000).hexdigest()


# --- results in a folder ---


def _put(folder: Path, content: dict[str, str], by: str = "export") -> list[Path]:
    def write(aside: Path) -> list[str]:
        for name, text in content.items():
            write_text(aside / name, text)
        return list(content)

    return write_result(folder, write, by=by)


def _standing(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != RECORD_NAME)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_a_result_replaces_the_last_of_its_kind(out: Path) -> None:
    (out / "notes.txt").write_text("mine")
    _put(out, {"a.dcm": "1", "masks/b.nii": "1", "masks/deep/c.nii": "1", "both.nii": "1"})
    _put(out, {"report.html": "1", "both.nii": "2"}, by="report")
    assert _put(out, {"a.dcm": "3", "masks/deep/d.nii": "3"}) == [
        out / "a.dcm",
        out / "masks" / "deep" / "d.nii",
    ]
    assert _standing(out) == {
        "notes.txt": "mine",
        "a.dcm": "3",
        "masks/deep/d.nii": "3",
        "report.html": "1",
        "both.nii": "2",  # the report wrote it last
    }
    _put(out, {"a.dcm": "4"})
    assert _standing(out).keys() == {"notes.txt", "a.dcm", "report.html", "both.nii"}
    assert not (out / "masks").exists()


@pytest.mark.parametrize("stands", ["mine", "changed", "link", "folder", "file for a folder"])
def test_what_was_not_written_here_is_not_replaced(out: Path, stands: str) -> None:
    _put(out, {"a.txt": "old", "b/c.txt": "old"})
    name, path = ("b", out / "b") if stands == "file for a folder" else ("x.txt", out / "x.txt")
    if stands == "folder":
        path.mkdir()
    elif stands == "link":
        (out / "aim").write_text("mine")
        path.symlink_to(out / "aim")
    elif stands == "changed":
        name, path = "a.txt", out / "a.txt"
        path.write_text("mine")
    else:
        if name == "b":
            (out / "b" / "c.txt").unlink()
            (out / "b").rmdir()
        path.write_text("mine")
    before = _standing(out)
    with pytest.raises(EnvironmentFailure, match=rf"^{name} in .*nothing was replaced"):
        _put(out, {"a.txt": "new", "x.txt": "new", "b/c.txt": "new"})
    assert _standing(out) == before
    assert path.is_symlink() == (stands == "link")


def test_an_interrupted_result_is_replaced_by_the_next(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(out, {"a.txt": "1", "b.txt": "1"})
    whole = Path.replace
    moved: list[str] = []

    def fail_at_c(self: Path, target: Path) -> Path:
        if target.name == "c.txt":
            raise OSError(28, "No space left on device")
        moved.append(target.name)
        return whole(self, target)

    monkeypatch.setattr(Path, "replace", fail_at_c)
    with pytest.raises(OSError, match="No space left"):
        _put(out, {"a.txt": "2", "c.txt": "2"})
    assert "a.txt" in moved
    monkeypatch.undo()
    _put(out, {"a.txt": "3"})
    assert _standing(out) == {"a.txt": "3"}


def test_a_record_reaches_nothing_outside_and_is_not_replaced_by_guess(out: Path) -> None:
    outside = out.parent / "outside.txt"
    outside.write_text("mine")
    sha256 = hashlib.sha256(b"mine").hexdigest()
    rows = [{"name": name, "by": "export", "sha256": [sha256]} for name in ("../outside.txt", str(outside))]
    (out / RECORD_NAME).write_text(json.dumps({"schema": "flr-written/1", "files": rows}))
    _put(out, {"a.txt": "1"})
    assert outside.read_text() == "mine"
    for text in ("mine", "[]", '{"schema": "flr-written/2", "files": []}'):
        (out / RECORD_NAME).write_text(text)
        with pytest.raises(EnvironmentFailure, match=r"\.flr\.json in"):
            _put(out, {"a.txt": "2"})
        assert (out / RECORD_NAME).read_text() == text


# --- what is read -----------------------------------------------------------------------------

READERS = {
    "a case file": ("case.toml", lambda path: read_case(path)),
    "a table of errors": ("errors.toml", lambda path: read_errors(path)),
    "a plan": ("cut.mrk.json", lambda path: read_plan(path)),
    "a label scheme": ("scheme.json", lambda path: scheme_from_json(path)),
    "a manifest": ("cases.csv", lambda path: read_manifest(path)),
    "a manifest as Parquet": ("cases.parquet", lambda path: read_manifest(path)),
    "a result": ("assessment.json", lambda path: replay(path)),
    "rules": ("rules.toml", lambda path: read_rules(path)),
    "participants": ("participants.tsv", lambda path: _participants(path)),
    "NIfTI": ("map.nii.gz", lambda path: open_sources(path)),
    "NRRD": ("map.nrrd", lambda path: open_sources(path)),
    "MetaImage": ("map.mha", lambda path: open_sources(path)),
    "an image": ("ct.nii", lambda path: open_image(path)),
    "no suffix": ("map", lambda path: open_sources(path)),
    "a hash": ("any", lambda path: sha256_of(path)),
}
"""Everything that is read by name, and its reader."""
NOT_THERE_IS_FINE = ("participants",)


@pytest.fixture(params=list(READERS))
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Callable[[Path], object]]:
    name, read = READERS[request.param]
    return tmp_path / name, read


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_refused_at_once(reader: tuple[Path, Callable[[Path], object]]) -> None:
    path, read = reader
    os.mkfifo(path)
    started = time.monotonic()
    if path.name.startswith(NOT_THERE_IS_FINE):
        assert read(path) == {}
    else:
        with pytest.raises(ReadError, match=rf"{path.name} is a named pipe; expected "):
            read(path)
    assert time.monotonic() - started < 5.0


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no such device")
def test_a_device_and_a_socket_are_refused(reader: tuple[Path, Callable[[Path], object]]) -> None:
    path, read = reader
    path.symlink_to("/dev/zero")
    if not path.name.startswith(NOT_THERE_IS_FINE):
        with pytest.raises(ReadError, match=rf"{path.name} is a device; expected "):
            read(path)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path))
        if not path.name.startswith(NOT_THERE_IS_FINE):
            with pytest.raises(ReadError, match=rf"{path.name} is a socket; expected "):
                read(path)


def test_a_folder_and_nothing_are_refused_with_a_reason(
    reader: tuple[Path, Callable[[Path], object]],
) -> None:
    path, read = reader
    if path.name.startswith(NOT_THERE_IS_FINE):
        return
    with pytest.raises(ReadError, match=rf"{path.name}: no such file; expected .*check the path"):
        read(path)
    if path.name == "assessment.json":
        return  # a folder of results is one
    path.mkdir()
    with pytest.raises(ReadError, match=rf"{path.name} is a folder; expected "):
        read(path)


@pytest.mark.parametrize("kind", ["a case file", "a table of errors", "a label scheme", "rules"])
def test_a_file_of_words_has_a_limit_of_size(tmp_path: Path, kind: str) -> None:
    name, read = READERS[kind]
    with (tmp_path / name).open("wb") as file:
        file.truncate(5 << 20)
    with pytest.raises(ReadError, match=r"is larger than \d MiB; expected "):
        read(tmp_path / name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_a_text(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "errors.toml").write_bytes('source = "Köln"\ncut_mm = 2.5\n'.encode(encoding))
    assert read_errors(tmp_path / "errors.toml").source == "Köln"


def test_text_of_another_encoding_is_refused_where_the_format_has_one(tmp_path: Path) -> None:
    (tmp_path / "errors.toml").write_bytes('source = "Köln"\n'.encode("latin-1"))
    with pytest.raises(ReadError, match=r"errors\.toml is not UTF-8 text; expected .*Save it as UTF-8"):
        read_errors(tmp_path / "errors.toml")


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_of_any_bytes_are_read_written_and_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = couinaud_block(columns_voxels=(6, 6, 6, 6), spacing_mm=(8.0, 8.2, 8.4), margin_voxels=2)
    made = write_nifti(tmp_path / "map.nii.gz", block.segments, block.grid)
    path = made.rename(tmp_path / os.fsdecode(b"s\xff.nii.gz"))
    out = tmp_path / os.fsdecode(b"o\xfe")
    options = ["--tumours", "none", "--plan", "H5678", "--weight", "70", "--height", "170"]
    labels = ",".join(f"{n}=segment_{n}" for n in range(1, 9))
    options += ["--condition", "normal", "--labels", f"{path.name}:{labels}"]
    for command in (["volumes", "--json"], ["inspect"], ["inspect", "--json"]):
        assert main([command[0], str(path), *command[1:]]) == 0
    capsys.readouterr()
    written = ["--out", str(out), "--format", "json,csv,html"]
    assert main(["assess", "--segments", str(path), *options, *written]) == 0
    document = json.loads((out / "assessment.json").read_text(encoding="utf-8"))
    names = [one["name"] for one in document["assessments"][0]["provenance"]["inputs"]]
    assert names == [r"s\xff.nii.gz"]
    capsys.readouterr()
    assert main(["replay", str(out), "--inputs", str(tmp_path)]) == 0
    assert main(["volumes", str(tmp_path / os.fsdecode(b"not\xff.nii.gz"))]) == 3
    assert r"not\xff.nii.gz: no such file" in capsys.readouterr().err


def test_a_name_is_spelled_so_that_it_can_be_written() -> None:
    assert printable(os.fsdecode(b"a\xffb.nii")).encode("utf-8") == rb"a\xffb.nii"
    assert printable("Köln µ.nii") == "Köln µ.nii"


@pytest.mark.parametrize("kind", ["a case file", "a table of errors", "a label scheme", "rules", "a plan"])
def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path, kind: str) -> None:
    name, read = READERS[kind]
    number = "1" * 9000
    text = f'{{"labels": {{"1": {number}}}}}' if name.endswith("json") else f"cut_mm = {number}\n"
    (tmp_path / name).write_text(text)
    with pytest.raises(FLRError):
        read(tmp_path / name)
