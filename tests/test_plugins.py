"""Readers of other packages: found only when they are needed, checked like files, named when they fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from phantoms import couinaud_egg, write_nifti

import flr
from flr.errors import ReadError
from flr.io import plugins
from flr.job import Files, Job, run

SEGMENTS, GRID = couinaud_egg((4.0, 5.0, 6.0))
PATIENT = flr.Patient(weight_kg=60, height_cm=165, condition="normal")
ENDING = ".odd"


def an_image(path: Path) -> Any:
    """A reader of files that hold a compressed NumPy array and its affine."""
    if path.suffix != ENDING:
        return None
    with np.load(path) as stored:
        return nib.Nifti1Image(stored["labels"], stored["affine"])


def a_label_map(path: Path) -> Any:
    image = an_image(path)
    voxels = np.asarray(image.dataobj)
    scheme = flr.LabelScheme("odd", {n: f"liver_segment_{n}" for n in range(1, 9)})
    return flr.LabelMap(voxels, flr.Grid(voxels.shape, image.affine), scheme)


def nothing(path: Path) -> None:
    return None


def a_path(path: Path) -> str:
    return str(path)


def a_bare_array(path: Path) -> Any:
    return np.asarray(an_image(path).dataobj)


def halves(path: Path) -> Any:
    image = an_image(path)
    return nib.Nifti1Image(np.asarray(image.dataobj) * 0.5, image.affine)


def broken(path: Path) -> Any:
    raise KeyError("the header")


NO_FUNCTION = 7


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Registers functions of this module, as an installed package would."""

    def offer(**readers: str) -> None:
        entries = EntryPoints(
            EntryPoint(name, f"{__name__}:{function}", plugins.GROUP) for name, function in readers.items()
        )

        def entry_points(*, group: str) -> EntryPoints:
            return entries.select(group=group)

        monkeypatch.setattr("importlib.metadata.entry_points", entry_points)

    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    return offer


@pytest.fixture
def odd_file(tmp_path: Path) -> Path:
    path = tmp_path / f"case{ENDING}"
    with path.open("wb") as file:
        np.savez_compressed(file, labels=SEGMENTS, affine=GRID.index_to_world_mm)
    return path


@pytest.mark.parametrize("reader", ["an_image", "a_label_map"])
def test_a_file_of_a_plugin_is_a_liver_like_any_other(
    offered: Callable[..., None], odd_file: Path, tmp_path: Path, reader: str
) -> None:
    offered(aside="nothing", odd=reader)
    same = write_nifti(tmp_path / "case.nii.gz", SEGMENTS, GRID)
    how: dict[str, Any] = {"tumours": "none", "reviewed": True, "scheme": "couinaud_8"}
    ours, theirs = flr.read_liver(same, **how), flr.read_liver(odd_file, **how)
    assert flr.measure(theirs) == flr.measure(ours)
    told = {finding.check for finding in theirs.quality} - {finding.check for finding in ours.quality}
    assert told == {"read_by_plugin"}
    assert "'odd'" in next(f.message for f in theirs.quality if f.check == "read_by_plugin")
    assert [given.name for given in theirs.source.inputs] == [odd_file.name]


def test_the_job_and_the_search_for_structures_take_it(offered: Callable[..., None], odd_file: Path) -> None:
    offered(odd="an_image")
    job = Job(Files((odd_file,), tumours_none=True, scheme="couinaud_8"), "H5678", PATIENT)
    (assessment,) = run(job).assessments
    assert assessment.volumes.total_ml == pytest.approx(float((SEGMENTS > 0).sum()) * 0.12)


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        ("broken", "failed (KeyError: 'the header')"),
        ("a_path", "returned no label map: case.odd is a path or text"),
        ("a_bare_array", "returned no label map: case.odd does not say where its voxels lie"),
        ("NO_FUNCTION", "is no function"),
        ("not_there", "cannot be loaded (AttributeError"),
    ],
)
def test_a_plugin_that_fails_is_named(
    offered: Callable[..., None], odd_file: Path, reader: str, said: str
) -> None:
    offered(odd=reader)
    with pytest.raises(ReadError) as refusal:
        flr.read_liver(odd_file)
    assert "reader plug-in 'odd'" in str(refusal.value)
    assert said in str(refusal.value)


def test_voxels_that_are_no_labels_are_refused_as_in_a_file(
    offered: Callable[..., None], odd_file: Path
) -> None:
    offered(odd="halves")
    with pytest.raises(flr.LabelError, match=r"case\.odd"):
        flr.read_liver(odd_file, scheme="couinaud_8")


def test_a_file_that_no_plugin_knows_is_refused_as_without_plugins(
    offered: Callable[..., None], tmp_path: Path
) -> None:
    other = tmp_path / "case.other"
    other.write_bytes(b"something else")
    offered(odd="an_image")
    with pytest.raises(ReadError, match=r"case\.other: not a label map that is known here"):
        flr.read_liver(other)


def test_a_plugin_never_replaces_a_reader_of_our_own(offered: Callable[..., None], tmp_path: Path) -> None:
    offered(odd="broken")
    path = write_nifti(tmp_path / "case.nii.gz", SEGMENTS, GRID)
    assert flr.read_liver(path, scheme="couinaud_8").part_names


def test_a_real_entry_point_is_found_and_only_when_a_file_is_read(tmp_path: Path, odd_file: Path) -> None:
    """A package as pip installs it: a module and its metadata on the path."""
    package = tmp_path / "site"
    metadata = package / "odd_reader-2.1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-reader\nVersion: 2.1\n")
    (metadata / "entry_points.txt").write_text(f"[{plugins.GROUP}]\nodd = odd_reader:read\n")
    (package / "odd_reader.py").write_text(
        "import nibabel, numpy\n"
        "def read(path):\n"
        "    stored = numpy.load(path)\n"
        "    return nibabel.Nifti1Image(stored['labels'], stored['affine'])\n"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(package)!r})\n"
        "import flr.cli.entry, flr.io.source\n"
        "assert 'odd_reader' not in sys.modules and 'importlib.metadata' not in sys.modules\n"
        f"liver = flr.read_liver({str(odd_file)!r}, scheme='couinaud_8')\n"
        "print(*[f.message for f in liver.quality if f.check == 'read_by_plugin'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == (
        "case.odd was read by the reader plug-in 'odd' of odd-reader 2.1, not by flr itself"
    )


# --- what is logged ---------------------------------------------------------------------------


def test_steps_are_logged_in_numbers_and_name_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_nifti(tmp_path / "DOE_JANE_19510203.nii.gz", SEGMENTS, GRID)
    with caplog.at_level("DEBUG", logger="flr"):
        run(Job(Files((path,), scheme="couinaud_8"), ("H5678", "H67"), PATIENT, case_id="JANE"))
    assert {record.name for record in caplog.records} >= {"flr.io.read", "flr.job", "flr.assessment"}
    assert "assessing 2 plans on 8 parts" in caplog.text
    assert not [name for name in ("doe", "jane", "1951", str(tmp_path)) if name in caplog.text.casefold()]


def test_nothing_is_printed_where_nobody_asks(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "case.nii.gz", SEGMENTS, GRID)
    run(Job(Files((path,), scheme="couinaud_8"), "H5678", PATIENT))
    assert capfd.readouterr() == ("", "")
