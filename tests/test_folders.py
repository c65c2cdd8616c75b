"""Folders as public data sets lay them out: named masks in ``segmentations``, debris, organs as numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import couinaud_egg, write_nifti

import flr
from flr.errors import ReadError
from flr.geometry import Grid
from flr.io.inputs import by_content, label_files
from flr.io.read import read_liver
from flr.io.volumes import structure_volumes

APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00" + bytes(74)
"""How a file begins that macOS leaves beside each file of an archive."""

MM = 4.0
# Centre (right, front, head) and half sides of each organ of a trunk, in mm.
ORGANS = {
    "aorta": ((-10, -40, 0), (10, 10, 80)),
    "gall_bladder": ((40, 50, -20), (14, 14, 14)),
    "kidney_left": ((-70, -60, -20), (24, 24, 50)),
    "kidney_right": ((70, -60, -20), (24, 24, 50)),
    "liver": ((60, 0, 40), (70, 60, 48)),
    "pancreas": ((-20, 0, 0), (40, 10, 14)),
    "postcava": ((20, -40, -30), (8, 8, 20)),
    "spleen": ((-100, -20, 40), (24, 40, 40)),
    "stomach": ((-60, 30, 50), (30, 30, 30)),
}


def trunk() -> tuple[NDArray[np.uint8], Grid]:
    """Nine organs as boxes, numbered in the order of their names, each over those before it."""
    affine = np.diag([MM, MM, MM, 1.0])
    affine[:3, 3] = (-160.0, -120.0, -120.0)
    voxels = np.zeros((80, 60, 60), np.uint8)
    axes = np.meshgrid(*(affine[a, 3] + MM * np.arange(n) for a, n in enumerate(voxels.shape)), indexing="ij")
    for value, (centre, half) in enumerate(ORGANS.values(), start=1):
        inside = [abs(axes[a] - centre[a]) < half[a] for a in range(3)]
        voxels[np.logical_and.reduce(inside) & (voxels == 0)] = value
    return voxels, Grid(voxels.shape, affine)


def case_of_abdomenatlas(folder: Path) -> dict[str, float]:
    """A case folder, and the volume of each structure. [mL]"""
    voxels, grid = trunk()
    masks = folder / "segmentations"
    masks.mkdir(parents=True)
    volumes_ml = {}
    for value, name in enumerate(ORGANS, start=1):
        write_nifti(masks / f"{name}.nii.gz", (voxels == value).astype(np.uint8), grid)
        (masks / f"._{name}.nii.gz").write_bytes(APPLE_DOUBLE)
        volumes_ml[name] = int((voxels == value).sum()) * MM**3 / 1000.0
    write_nifti(folder / "combined_labels.nii.gz", voxels, grid)
    ct = np.random.default_rng(0).normal(50.0, 20.0, voxels.shape).astype(np.float32)
    write_nifti(folder / "ct.nii.gz", ct, grid)
    return volumes_ml


def test_masks_with_names_come_before_numbers_without(tmp_path: Path) -> None:
    volumes_ml = case_of_abdomenatlas(tmp_path / "BDMAP_1")
    found = structure_volumes([tmp_path / "BDMAP_1"])
    assert found.ml["liver"] == pytest.approx(volumes_ml["liver"])
    assert found.ml["gallbladder"] == pytest.approx(volumes_ml["gall_bladder"])
    assert len(found.ml) == len(ORGANS)
    (said,) = [f for f in found.inventory.quality if f.check == "files_skipped"]
    assert said.message.endswith("left out beside them: combined_labels.nii.gz")
    liver = read_liver(tmp_path / "BDMAP_1", tumours="none")
    assert flr.measure(liver).total_ml == pytest.approx(volumes_ml["liver"])


def test_the_scan_beside_named_masks_is_the_image(tmp_path: Path) -> None:
    """Not so where there are two, and never before the image that somebody names."""
    folder = tmp_path / "BDMAP_1"
    case_of_abdomenatlas(folder)
    liver = read_liver(folder, tumours="none")
    assert liver.image is not None
    assert "ct.nii.gz" in [one.name for one in liver.source.inputs]
    named = read_liver(folder / "segmentations", tumours="none", image=folder / "ct.nii.gz")
    assert named.image is not None
    np.testing.assert_array_equal(liver.image, named.image)
    voxels, grid = trunk()
    write_nifti(folder / "mr.nii.gz", np.where(voxels > 0, -100.5, 3.5).astype(np.float32), grid)
    assert read_liver(folder, tumours="none").image is None
    chosen = read_liver(folder, tumours="none", image=folder / "mr.nii.gz").image
    assert chosen is not None
    assert float(chosen.min()) == pytest.approx(-100.5)


def test_what_somebody_put_beside_a_folder_of_masks_is_read(tmp_path: Path) -> None:
    """A mask beside ``segmentations`` is a choice that nobody may overrule silently."""
    case_of_abdomenatlas(tmp_path)
    voxels, grid = trunk()
    write_nifti(tmp_path / "liver.nii.gz", (voxels == 5).astype(np.uint8), grid)
    assert tmp_path / "liver.nii.gz" in label_files(tmp_path)


def test_numbers_of_nine_organs_are_not_segments_of_a_liver(tmp_path: Path) -> None:
    volumes_ml = case_of_abdomenatlas(tmp_path)
    found = structure_volumes([tmp_path / "combined_labels.nii.gz"])
    assert found.ml["liver"] == pytest.approx(volumes_ml["liver"])
    assert found.ml["ivc"] == pytest.approx(volumes_ml["postcava"])
    assert not [name for name in found.ml if name.startswith("segment")]


@pytest.mark.parametrize("flipped", [False, True])
def test_nine_parts_of_a_liver_are_no_organs(tmp_path: Path, flipped: bool) -> None:
    """Also where they lie mirrored: that is said, and no other scheme is taken."""
    segments, grid = couinaud_egg()
    above = grid.world_mm(np.argwhere(segments == 4).astype(float))[:, 2] > 0
    nine = np.where(segments > 4, segments + 1, segments).astype(np.uint8)
    nine[segments == 4] = np.where(above, 4, 5)
    write_nifti(tmp_path / "s.nii.gz", nine[::-1] if flipped else nine, grid)
    found = structure_volumes([tmp_path / "s.nii.gz"])
    assert found.ml["segment_4b"] > 0
    assert any(f.check == "mirrored_anatomy" for f in found.inventory.quality) is flipped


def test_eight_organs_are_not_taken_for_eight_segments(tmp_path: Path) -> None:
    voxels, grid = trunk()
    voxels[voxels == 9] = 0
    write_nifti(tmp_path / "organs.nii.gz", voxels, grid)
    found = structure_volumes([tmp_path / "organs.nii.gz"])
    assert set(found.ml) == {f"label_{n}" for n in range(1, 9)}
    (source,) = found.inventory.sources
    assert {"couinaud_8", "abdomenatlas_1_0"} <= set(source.scheme_candidates)


def test_what_an_operating_system_leaves_is_no_data(tmp_path: Path) -> None:
    voxels, grid = trunk()
    for folder in (tmp_path, tmp_path / "__MACOSX", tmp_path / ".Trashes"):
        folder.mkdir(exist_ok=True)
        (folder / "._liver.nii.gz").write_bytes(APPLE_DOUBLE)
        (folder / ".DS_Store").write_bytes(b"\x00\x00\x00\x01Bud1")
    (tmp_path / "__MACOSX" / "scan.dcm").write_bytes(APPLE_DOUBLE)
    write_nifti(tmp_path / "liver.nii.gz", (voxels == 5).astype(np.uint8), grid)
    assert label_files(tmp_path) == [tmp_path / "liver.nii.gz"]
    assert by_content([tmp_path]).dicom == ()
    assert set(structure_volumes([tmp_path]).ml) == {"liver"}
    (tmp_path / "liver.nii.gz").unlink()
    with pytest.raises(ReadError, match="holds no label file"):
        structure_volumes([tmp_path])
