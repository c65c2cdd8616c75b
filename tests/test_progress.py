"""What takes longer is told on standard error, before two seconds have passed; never on standard output."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from phantoms import couinaud_block, write_nifti

from flr.cli import main, progress
from flr.stages import STAGES, listening, stage


@pytest.fixture
def segments(tmp_path: Path) -> Path:
    block = couinaud_block()
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    return tmp_path / "segments.nii.gz"


def test_nobody_is_told_until_somebody_listens() -> None:
    heard: list[str] = []
    stage("check")
    with listening(heard.append):
        stage("plan", number=1, count=4)
    stage("check")
    assert heard == [STAGES["plan"].format(number=1, count=4)]


def test_a_long_command_tells_its_steps_on_stderr_alone(
    segments: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "FIRST_S", 0.0)
    monkeypatch.setattr(progress, "_APART_S", 0.01)
    argv = ["assess", str(segments), "--tumours", "none", "--plan", "H5678", "--json"]
    assert main(argv) == 0
    out, err = capsys.readouterr()
    json.loads(out)
    assert "flr assess: " in err
    assert "segments.nii.gz" not in err
    assert main([*argv, "--quiet"]) == 0
    assert capsys.readouterr() == (out, "")


def test_a_quick_command_says_nothing(segments: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calc", "--total", "1500", "--flr", "500", "--json"]) == 0
    assert capsys.readouterr().err == ""


def test_a_step_that_goes_on_is_said_again_and_ends_with_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("FIRST_S", 0.0), ("_APART_S", 0.01), ("_AGAIN_S", 0.05)):
        monkeypatch.setattr(progress, name, seconds)
    with progress.told("search", []):
        stage("rank")
        time.sleep(0.3)
    said = capsys.readouterr().err.splitlines()
    assert len([line for line in said if STAGES["rank"] in line]) >= 2
    time.sleep(0.1)
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_search_with_vessels_speaks_within_two_seconds(sample_data: Path, tmp_path: Path) -> None:
    folder = sample_data / "baseline"
    files = [f"--{name}={folder / name}.nii.gz" for name in ("segments", "tumours", "vessels")]
    argv = [sys.executable, "-m", "flr", "search", *files, "--weight", "72", "--height", "171"]
    begun_s = time.monotonic()
    with subprocess.Popen(
        argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as running:
        assert running.stderr is not None
        first = running.stderr.readline()
        spoke_s = time.monotonic() - begun_s
        running.kill()
    assert first.startswith("flr search: ")
    assert spoke_s < 3.0  # two seconds, and the start of Python on a machine with other work
