"""A reader of an output never sees half of one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from flr.errors import EnvironmentFailure
from flr.files import atomic_path, input_file, write_text


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
