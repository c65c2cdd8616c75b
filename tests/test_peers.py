"""Published values of other projects, on their own files: volumes must be theirs."""

from __future__ import annotations

import csv
import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from flr.io.volumes import structure_volumes

pytestmark = [pytest.mark.real, pytest.mark.slow]

PYRADIOMICS = ("brain1", "brain2", "breast1", "lung1", "lung2")


@pytest.fixture
def peers(real_data: Path) -> Path:
    folder = real_data / "peers"
    if not folder.is_dir():
        pytest.skip("the peers' files are not at hand")
    return folder


@pytest.mark.parametrize("name", PYRADIOMICS)
def test_pyradiomics_baseline(peers: Path, name: str) -> None:
    """``VoxelVolume`` of pyradiomics' own baseline table, in mm³."""
    with (peers / "pyradiomics" / "baseline_shape.csv").open(encoding="utf-8", newline="") as table:
        rows = {row["featureName"]: row for row in csv.DictReader(table)}
    expected_mm3 = float(rows["original_shape_VoxelVolume"][name])
    found = structure_volumes([], roles={"liver": peers / "pyradiomics" / f"{name}_label.nrrd"})
    assert found.ml["liver"] * 1000.0 == pytest.approx(expected_mm3, rel=1e-9)


def test_totalsegmentator_statistics(peers: Path) -> None:
    """Every volume of its ``statistics.json``, organ by organ, those that it found nothing of too."""
    folder = peers / "totalsegmentator" / "example_seg_fast"
    statistics = json.loads((folder / "statistics.json").read_text(encoding="utf-8"))
    found = structure_volumes([folder])
    by_file = {
        source.name.removesuffix(".nii.gz"): sum(label.volume_ml for label in source.labels)
        for source in found.inventory.sources
    }
    assert statistics.keys() == by_file.keys()
    expected_ml = {name: value["volume"] / 1000.0 for name, value in statistics.items()}
    assert by_file == pytest.approx(expected_ml, rel=1e-6, abs=1e-6)
    assert sum(ml > 0 for ml in by_file.values()) > 10


def _frames_by_segment(path: Path) -> dict[int, int]:
    """Voxels of each segment, as highdicom and pydicom decode its frames."""
    highdicom = pytest.importorskip("highdicom")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content = highdicom.seg.segread(path)
        pixels = np.atleast_3d(content.pixel_array)
    voxels: dict[int, int] = {}
    for groups, frame in zip(content.PerFrameFunctionalGroupsSequence, pixels, strict=True):
        number = int(groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        voxels[number] = voxels.get(number, 0) + int(np.count_nonzero(frame))
    return {number: n for number, n in voxels.items() if n}


@pytest.mark.parametrize(
    "name", ["dcmqi/liver.dcm", "dcmqi/partial_overlaps.dcm", "highdicom/seg_image_ct_binary_overlap.dcm"]
)
def test_segmentations_of_dcmqi_and_highdicom(real_data: Path, name: str) -> None:
    found = structure_volumes([real_data / name])
    assert sorted(found.voxels.values()) == sorted(_frames_by_segment(real_data / name).values())


def test_dcmqi_gives_one_liver_as_dicom_and_as_nrrd(real_data: Path) -> None:
    """Its test image before and after it was written as DICOM."""
    pynrrd = pytest.importorskip("nrrd")
    voxels, header = pynrrd.read(str(real_data / "dcmqi" / "liver_seg.nrrd"))
    voxel_mm3 = abs(float(np.linalg.det(np.asarray(header["space directions"], dtype=float))))
    expected_ml = int(np.count_nonzero(voxels)) * voxel_mm3 / 1000.0
    written = structure_volumes([real_data / "dcmqi" / "liver.dcm"])
    before = structure_volumes([], roles={"liver": real_data / "dcmqi" / "liver_seg.nrrd"})
    assert written.ml["liver"] == pytest.approx(expected_ml, rel=1e-6)
    assert before.ml["liver"] == pytest.approx(expected_ml, rel=1e-6)
