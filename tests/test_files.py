"""A reader of an output never sees half of one."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from flr.errors import EnvironmentFailure
from flr.files import RECORD_NAME, atomic_path, input_file, put_in_place, write_text


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
    aside = folder.parent / "aside"
    for name, text in content.items():
        write_text(aside / name, text)
    return put_in_place(aside, folder, list(content), by=by)


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
