"""What ``flr volumes`` says of the liver as a whole, and what it notices without building a label map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import couinaud_egg, write_nifti

import flr
from flr.cli import main
from flr.geometry import Grid
from flr.io.volumes import structure_volumes

Parts = tuple[NDArray[np.uint8], Grid]


@pytest.fixture
def egg() -> Parts:
    return couinaud_egg()


def volumes(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["volumes", *words, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def errors_of(*paths: Path, **roles: Path) -> set[str]:
    found = structure_volumes(list(paths), roles=roles)  # type: ignore[arg-type]  # roles are literals
    return {f.check for f in found.inventory.quality if f.severity == "error"}


def test_the_segments_are_added_up(tmp_path: Path, egg: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    segments, grid = egg
    write_nifti(tmp_path / "s.nii.gz", segments, grid)
    document = volumes(capsys, str(tmp_path / "s.nii.gz"))
    one_ml = grid.voxel_volume_ml
    of = {n: int((segments == n).sum()) * one_ml for n in range(1, 9)}
    liver = document["liver"]
    assert liver["total_ml"] == pytest.approx(int((segments > 0).sum()) * one_ml)
    assert liver["right_ml"] == pytest.approx(of[5] + of[6] + of[7] + of[8])
    assert liver["left_ml"] == pytest.approx(of[2] + of[3] + of[4])
    assert liver["caudate_ml"] == pytest.approx(of[1])
    assert liver["percent"]["segment_7"] == pytest.approx(100.0 * of[7] / sum(of.values()))
    assert sum(liver["percent"].values()) == pytest.approx(100.0)
    assert liver["missing_segments"] == []
    assert set(document["volumes_ml"]) == {f"segment_{n}" for n in range(1, 9)}
    assert main(["volumes", str(tmp_path / "s.nii.gz")]) == 0
    said = capsys.readouterr().out
    assert f"{liver['total_ml']:.3f} mL" in said
    assert "right liver (V–VIII)" in said


def test_masks_of_a_folder_make_one_liver(tmp_path: Path, egg: Parts) -> None:
    segments, grid = egg
    for n in (1, 2, 3, 4, 5, 6, 8):
        write_nifti(tmp_path / f"liver_segment_{n}.nii.gz", (segments == n).astype(np.uint8), grid)
    write_nifti(tmp_path / "liver.nii.gz", (segments > 0).astype(np.uint8), grid)
    found = structure_volumes([tmp_path])
    assert found.liver is not None
    assert found.liver.missing == ("7",)
    checks = {f.check for f in found.inventory.quality}
    assert {"segment_missing", "segments_do_not_sum"} <= checks


def test_a_liver_without_segments_has_no_halves(tmp_path: Path, egg: Parts) -> None:
    segments, grid = egg
    write_nifti(tmp_path / "liver.nii.gz", (segments > 0).astype(np.uint8), grid)
    found = structure_volumes([tmp_path / "liver.nii.gz"])
    assert found.liver is None
    assert not [f for f in found.inventory.quality if f.severity == "error"]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("from_end", [False, True])
def test_a_liver_cut_flat_is_noticed(tmp_path: Path, egg: Parts, axis: int, from_end: bool) -> None:
    segments, grid = egg
    cut = np.moveaxis(segments.copy(), axis, 0)
    filled = np.flatnonzero(cut.any(axis=(1, 2)))
    at = filled[len(filled) // 4] if not from_end else filled[-len(filled) // 4]
    cut[at:] = 0 if from_end else cut[at:]
    cut[: 0 if from_end else at] = 0
    write_nifti(tmp_path / "liver.nii.gz", (np.moveaxis(cut, 0, axis) > 0).astype(np.uint8), grid)
    assert "liver_cut_flat" in errors_of(tmp_path / "liver.nii.gz")


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_lost_planes_are_noticed(tmp_path: Path, egg: Parts, axis: int) -> None:
    segments, grid = egg
    lost = np.moveaxis(segments.copy(), axis, 0)
    middle = int(np.median(np.flatnonzero(lost.any(axis=(1, 2)))))
    lost[middle : middle + 2] = 0
    write_nifti(tmp_path / "s.nii.gz", np.moveaxis(lost, 0, axis), grid)
    assert "empty_slices" in errors_of(tmp_path / "s.nii.gz")


@pytest.mark.parametrize("role", ["vessels", "tumours", "remnant"])
@pytest.mark.parametrize(("by_mm", "is_error"), [(0.0, False), (379.0, True), (-379.0, True)])
def test_what_lies_away_from_the_liver_is_noticed(
    tmp_path: Path, egg: Parts, role: str, by_mm: float, is_error: bool
) -> None:
    segments, grid = egg
    write_nifti(tmp_path / "s.nii.gz", segments, grid)
    affine = grid.index_to_world_mm.copy()
    affine[2, 3] += by_mm
    write_nifti(tmp_path / "x.nii.gz", (segments == 4).astype(np.uint8), Grid(grid.shape, affine))
    found = errors_of(tmp_path / "s.nii.gz", **{role: tmp_path / "x.nii.gz"})
    assert ("structure_displaced" in found) is is_error


@pytest.mark.parametrize("away", [False, True])
def test_an_assessment_notices_it_too(tmp_path: Path, egg: Parts, away: bool) -> None:
    """A map that was given without a role, so that nobody said that it must lie there."""
    segments, grid = egg
    wide = np.pad(segments, ((0, 0), (0, 0), (0, 60)))
    vein = np.zeros_like(wide)
    vein[10:20, 10:20, -10:] = away
    vein[wide == 4] = not away
    write_nifti(tmp_path / "s.nii.gz", wide, Grid(wide.shape, grid.index_to_world_mm))
    write_nifti(tmp_path / "hepatic_vein.nii.gz", vein, Grid(wide.shape, grid.index_to_world_mm))
    liver = flr.read_liver(tmp_path / "s.nii.gz", tmp_path / "hepatic_vein.nii.gz", tumours="none")
    found = {f.check for f in liver.quality if f.severity == "error"}
    assert ("structure_displaced" in found) is away
    assert (
        "structure_displaced" in errors_of(tmp_path / "s.nii.gz", tmp_path / "hepatic_vein.nii.gz")
    ) is away


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_spleen_tells_left_from_right_without_segments(tmp_path: Path, egg: Parts, mirrored: bool) -> None:
    segments, grid = egg
    spleen = np.zeros_like(segments)
    spleen[1:6, 5:14, 20:28] = 1  # index i runs to the patient's right
    liver = (segments > 0).astype(np.uint8)
    turned = slice(None, None, -1 if mirrored else 1)
    write_nifti(tmp_path / "liver.nii.gz", liver[turned], grid)
    write_nifti(tmp_path / "spleen.nii.gz", spleen[turned], grid)
    assert ("mirrored_anatomy" in errors_of(tmp_path)) is mirrored
