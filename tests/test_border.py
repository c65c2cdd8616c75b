"""A liver that the scan cuts off: the same answer for arrays in memory and for files, on every face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import OBLIQUE_DEG, CouinaudBlock, couinaud_block, write_nifti
from reviewing import assess

import flr
from flr.geometry import Grid
from flr.liver import Liver, assemble

PATIENT = flr.Patient(weight_kg=50, height_cm=160, condition="normal")
FACES = ("i-", "i+", "j-", "j+", "k-", "k+")
SEGMENTS = tuple("12345678")


def cropped(
    voxels: NDArray[np.uint8], around: NDArray[np.bool_], face: str | None, grid: Grid, left: int = 0
) -> tuple[NDArray[np.uint8], Grid]:
    """An array that ends ``left`` voxels beyond a structure on one face, and goes on elsewhere."""
    start, stop = [0, 0, 0], list(voxels.shape)
    if face is not None:
        axis = "ijk".index(face[0])
        filled = np.flatnonzero(around.any(axis=tuple(n for n in range(3) if n != axis)))
        if face[1] == "-":
            start[axis] = int(filled[0]) - left
        else:
            stop[axis] = int(filled[-1]) + 1 + left
    cut = voxels[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    return np.asfortranarray(cut), grid.crop((start[0], start[1], start[2]), cut.shape)


def in_memory(parts: NDArray[np.uint8], grid: Grid, **more: object) -> Liver:
    return assemble(grid, parts=parts, part_names=SEGMENTS, tumours_declared_none=True, **more)  # type: ignore[arg-type]


def from_file(folder: Path, parts: NDArray[np.uint8], grid: Grid) -> Liver:
    return flr.read_liver(segments=write_nifti(folder / "s.nii.gz", parts, grid), tumours="none")


def truncation(liver: Liver) -> list[tuple[str, str]]:
    return [(f.severity, f.message) for f in liver.quality if f.check == "liver_truncated"]


@pytest.fixture(scope="module")
def block() -> CouinaudBlock:
    return couinaud_block(rotation_deg=OBLIQUE_DEG)


@pytest.mark.parametrize("face", FACES)
def test_a_liver_cut_off_on_any_face_is_said_in_memory_as_from_a_file(
    tmp_path: Path, block: CouinaudBlock, face: str
) -> None:
    parts, grid = cropped(block.segments, block.segments > 0, face, block.grid)
    memory, file = in_memory(parts, grid), from_file(tmp_path, parts, grid)
    assert memory.truncated
    assert file.truncated
    assert len(truncation(memory)) == 1
    assert truncation(memory) == truncation(file)


def test_the_flag_is_the_same_and_never_reassures(tmp_path: Path, block: CouinaudBlock) -> None:
    parts, grid = cropped(block.segments, block.segments > 0, "k-", block.grid)
    whole = assess(in_memory(block.segments, block.grid), "H23", PATIENT)
    assert whole.flag == "adequate"  # the lie: the same remnant, of a liver that goes on below
    for liver in (in_memory(parts, grid), from_file(tmp_path, parts, grid)):
        result = assess(liver, "H23", PATIENT)
        assert result.flag == "indeterminate"
        assert result.volumes.lower_bound
        assert result.measures.flr_percent_of_measured is None
        assert "volumes_are_lower_bounds" in result.notes


@pytest.mark.parametrize("face", FACES)
def test_one_voxel_of_room_is_enough(tmp_path: Path, block: CouinaudBlock, face: str) -> None:
    parts, grid = cropped(block.segments, block.segments > 0, face, block.grid, left=1)
    for liver in (in_memory(parts, grid), from_file(tmp_path, parts, grid)):
        assert not liver.truncated
        assert truncation(liver) == []


def test_every_face_at_once_and_an_undivided_liver() -> None:
    tight = couinaud_block(margin_voxels=0)
    liver = assemble(tight.grid, liver=tight.segments > 0)
    assert liver.truncated
    (_, message), *others = truncation(liver)
    assert not others
    assert all(side in message for side in ("back", "foot", "front", "head", "left", "right"))


def test_who_cropped_the_arrays_may_say_that_the_scan_goes_on() -> None:
    tight = couinaud_block(margin_voxels=0)
    said = in_memory(tight.segments, tight.grid, truncated=False)
    assert not said.truncated
    assert truncation(said) == []
    assert in_memory(couinaud_block().segments, couinaud_block().grid, truncated=True).truncated


@pytest.mark.parametrize("kind", ["tumour", "cyst"])
@pytest.mark.parametrize("face", FACES)
def test_a_lesion_of_the_liver_at_the_border_cuts_it_off_too(
    tmp_path: Path, block: CouinaudBlock, face: str, kind: str
) -> None:
    """One exclusive map, in which only the lesion reaches the border."""
    axis, outward = "ijk".index(face[0]), 1 if face[1] == "+" else -1
    organ = block.segments > 0
    filled = np.argwhere(organ & (block.segments == np.bincount(block.segments[organ]).argmax()))
    edge = (filled.max(axis=0) if outward > 0 else filled.min(axis=0))[axis]
    on_edge = filled[filled[:, axis] == edge]
    centre = on_edge[len(on_edge) // 2]
    lesion = np.zeros_like(organ)
    reach = [slice(c - 1, c + 2) for c in centre]
    reach[axis] = slice(edge, None) if outward > 0 else slice(None, edge + 1)
    lesion[tuple(reach)] = True
    lesion &= ~organ
    exclusive = np.where(lesion, 9, block.segments).astype(np.uint8)
    names = {**{n: f"segment_{n}" for n in range(1, 9)}, 9: kind}
    path = write_nifti(tmp_path / "m.nii.gz", exclusive, block.grid, names=names)
    file = flr.read_liver(path, tumours=None if kind == "tumour" else "none")
    drawn = {"tumours": lesion.astype(np.uint16)} if kind == "tumour" else {"nonfunctional": lesion}
    memory = assemble(block.grid, parts=block.segments, part_names=SEGMENTS, **drawn)  # type: ignore[arg-type]
    assert memory.truncated
    assert file.truncated
    assert truncation(memory) == truncation(file)


def test_a_tumour_elsewhere_at_the_border_is_no_liver(tmp_path: Path, block: CouinaudBlock) -> None:
    tumours = np.zeros_like(block.segments)
    tumours[:2, :2, :2] = 1
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "t.nii.gz", tumours, block.grid)
    file = flr.read_liver(segments=tmp_path / "s.nii.gz", tumours=tmp_path / "t.nii.gz")
    memory = assemble(
        block.grid, parts=block.segments, part_names=SEGMENTS, tumours=tumours.astype(np.uint16)
    )
    assert not file.truncated
    assert not memory.truncated


def test_a_tumour_map_cropped_to_its_tumour_cuts_nothing_off(tmp_path: Path) -> None:
    block = couinaud_block(tumours=((6, 4),), rotation_deg=OBLIQUE_DEG)
    bounds = np.argwhere(block.tumours)
    low, high = bounds.min(axis=0), bounds.max(axis=0) + 1
    box = block.tumours[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "t.nii.gz", box, block.grid.crop(tuple(int(v) for v in low), box.shape))
    liver = flr.read_liver(segments=tmp_path / "s.nii.gz", tumours=tmp_path / "t.nii.gz")
    assert not liver.truncated
