"""Starting fast must not break what is imported later, and a shell may have closed what is written to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from phantoms import couinaud_egg, write_nifti


def test_a_map_is_counted_without_what_is_not_asked_for(tmp_path: Path) -> None:
    segments, grid = couinaud_egg()
    write_nifti(tmp_path / "s.nii.gz", segments, grid)
    heavy = ("nibabel", "pydicom", "scipy", "pydantic", "jinja2", "xml.etree.ElementTree", "tempfile")
    code = f"""
import sys
from flr.cli import main
assert main(["volumes", {str(tmp_path / "s.nii.gz")!r}]) == 0
loaded = [name for name in {heavy!r} if name in sys.modules]
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _in_shell(words: str, closed: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """``flr`` as a shell starts it whose redirections are ``closed``."""
    return subprocess.run(
        ["sh", "-c", f'exec "$0" -m flr {words} {closed}', sys.executable],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


CALC = "calc --total 1500 --flr 400"


@pytest.mark.parametrize("words", ["plans", "--help", f"{CALC} --json", "cohort status .", "selftest"])
def test_a_closed_output_is_one_line_and_6(words: str, tmp_path: Path) -> None:
    done = _in_shell(words, ">&-", tmp_path)
    assert (done.returncode, done.stdout) == (6, "")
    (line,) = done.stderr.splitlines()
    assert "standard output is closed" in line
    assert _in_shell(words, ">&- 2>&-", tmp_path).returncode == 6


@pytest.mark.parametrize(("words", "code"), [(f"{CALC} --json", 0), ("nope", 2), ("inspect nope.nii", 3)])
def test_without_a_place_for_messages_the_rest_stands(words: str, code: int, tmp_path: Path) -> None:
    done = _in_shell(words, "2>&-", tmp_path)
    assert (done.returncode, done.stderr) == (code, "")
    if code == 0:
        assert json.loads(done.stdout)["schema"] == "flr-assessments/2"
    else:
        assert done.stdout == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to write to")
def test_a_full_output_is_one_line_and_6(tmp_path: Path) -> None:
    for words in ("--help", "plans"):
        done = _in_shell(words, ">/dev/full", tmp_path)
        assert done.returncode == 6
        assert done.stderr.splitlines() == [f"flr {words}: {os.strerror(28)}"]
    assert _in_shell("nope", "2>/dev/full", tmp_path).returncode == 2
