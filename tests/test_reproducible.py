"""The same input gives the same bytes: twice, and whatever the machine's zone, language and hash seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from export_cases import SAMPLE, write_ct
from phantoms import couinaud_block, write_nifti
from pydicom import Dataset

PLACES = (
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1", "COLUMNS": "80"},
    {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "2"},
)


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    block = couinaud_block(tumours=[(7, 4), (3, 2)])
    segments = write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    tumours = write_nifti(tmp_path / "tumours.nii.gz", block.tumours, block.grid)
    patient = ["--weight", "72", "--height", "171", "--condition", "chemotherapy", "--diagnosis", "crlm"]
    files = ["--segments", str(segments), "--tumours", str(tumours)]
    return [*files, *patient, "--plan", "H5678", "--plan", "H67 + wedge(T2, 8)"]


def made_by(command: list[str], folder: Path, place: dict[str, str]) -> dict[str, str]:
    """Hashes of what a command writes and prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "flr", *command, "--out", str(folder)],
        env={**os.environ, **place},
        capture_output=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr.decode()
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert files
    hashes = {str(name): hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return hashes | {"stdout": hashlib.sha256(done.stdout).hexdigest()}


@pytest.mark.slow
def test_the_same_bytes_in_any_time_zone_and_locale(tmp_path: Path, inputs: list[str]) -> None:
    first, second = (
        made_by(["assess", *inputs, "--json"], tmp_path / f"report{number}", place)
        for number, place in enumerate(PLACES)
    )
    assert {"assessment.json", "assessment.csv", "report.html", "report.pdf"} <= first.keys()
    assert first == second


def test_the_same_numbers_on_any_number_of_threads() -> None:
    """Matrix products of NumPy's BLAS end in other bits when more threads share them."""
    numbers = """
from phantoms import couinaud_block
from flr import parse_plan
from flr.liver import assemble
from flr.uncertainty.boundary import surfaces_of

for columns_voxels in ((4, 6, 13, 8), (6, 7, 19, 9), (3, 7, 17, 13), (7, 5, 20, 15)):
    block = couinaud_block(columns_voxels=columns_voxels)
    liver = assemble(
        block.grid, parts=block.segments, part_names=tuple("12345678"), tumours_declared_none=True
    )
    print(surfaces_of(liver).plan_errors(parse_plan("H5678")).covariance_ml2.tolist())
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", numbers],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            timeout=300,
            check=False,
        )
        for threads in ("1", "2")
    ]
    assert all(done.returncode == 0 for done in said), said[0].stderr.decode()
    assert said[0].stdout == said[1].stdout


@pytest.mark.slow
def test_the_same_meshes_and_maps(tmp_path: Path, inputs: list[str]) -> None:
    formats = ["--nifti", "--seg-nrrd", "--stl", "--obj", "--ply", "--glb"]
    first, second = (
        made_by(["export", *inputs, *formats], tmp_path / f"export{number}", place)
        for number, place in enumerate(PLACES)
    )
    assert {Path(name).suffix for name in first} >= {".gz", ".nrrd", ".stl", ".obj", ".ply", ".glb"}
    del first["stdout"], second["stdout"]  # names the folder
    assert first == second


DATES = ("Date", "Time", "DateTime")
RESULTS = ["--seg", "--sr", "--dicom-pdf", "--sc", "--rtstruct"]


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The bundled case as a hospital has it."""
    folder = tmp_path_factory.mktemp("scan")
    write_ct(folder / "ct", SAMPLE / "ct.nii.gz", step=2)
    files = ["--segments", str(SAMPLE / "segments.nii.gz"), "--tumours", str(SAMPLE / "tumours.nii.gz")]
    return ["export", *files, "--image", str(folder / "ct"), "--plan", "H5678", *RESULTS]


def elements(content: Dataset, path: str = "") -> dict[str, bytes]:
    """Every element of a data set and of the items in it, by where it stands."""
    found = {}
    for element in content:
        here = f"{path}/{element.keyword or element.tag}"
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                found |= elements(item, f"{here}[{number}]")
        else:
            found[here] = repr(element.value).encode()
    return found


@pytest.mark.slow
def test_the_same_dicom_objects_but_for_their_dates(tmp_path: Path, scan: list[str]) -> None:
    for number, place in enumerate(PLACES):
        made_by(scan, tmp_path / f"dicom{number}", place)
    first, second = (sorted((tmp_path / f"dicom{number}").rglob("*.dcm")) for number in range(len(PLACES)))
    assert [path.name for path in first] == [path.name for path in second]
    assert len(first) >= len(RESULTS)
    for one, other in zip(first, second, strict=True):
        known, found = elements(pydicom.dcmread(one)), elements(pydicom.dcmread(other))
        assert known.keys() == found.keys()
        different = {path for path in known if known[path] != found[path]}
        assert not {path for path in different if not path.endswith(DATES)}, one.name
        # The zones are more than half a day apart, or the objects would be no test of them.
        assert any(path.endswith("Time") for path in different)


@pytest.mark.slow
def test_dicom_objects_without_a_patient_are_the_same_bytes(tmp_path: Path, scan: list[str]) -> None:
    first, second = (
        made_by([*scan, "--anonymise"], tmp_path / f"dicom{number}", place)
        for number, place in enumerate(PLACES)
    )
    del first["stdout"], second["stdout"]  # names the folder
    assert first == second
