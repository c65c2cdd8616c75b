"""Label maps on one lattice are re-gridded exactly; on another they are refused or, when asked, sampled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phantoms import FINE_SPACING_MM, OBLIQUE_DEG, couinaud_block, oblique_grid, write_nifti

from flr.errors import GeometryError
from flr.geometry import Grid
from flr.io.lattice import Box, box_in, lattice_step, lies_within, place, union
from flr.io.source import count, open_sources

BYTE = np.dtype(np.uint8)


def transformed(grid: Grid, start: tuple[int, ...], order: list[int], signs: tuple[int, ...]) -> Grid:
    """The same lattice from another first voxel, with axes in another order and direction."""
    affine = grid.index_to_world_mm.copy()
    affine[:3, 3] = grid.world_mm(start)
    affine[:3, :3] = affine[:3, :3][:, order] * signs
    return Grid(grid.shape, affine)


@given(
    start=st.tuples(*[st.integers(-20, 20)] * 3),
    order=st.permutations([0, 1, 2]),
    signs=st.tuples(*[st.sampled_from([1, -1])] * 3),
    index=st.tuples(*[st.integers(-9, 9)] * 3),
)
def test_a_step_maps_every_voxel_to_its_own_place(
    start: tuple[int, ...], order: list[int], signs: tuple[int, ...], index: tuple[int, int, int]
) -> None:
    target = oblique_grid((12, 13, 14), FINE_SPACING_MM, rotation_deg=OBLIQUE_DEG)
    source = transformed(target, start, order, signs)
    step = lattice_step(target, source)
    assert step is not None
    box = step.box(Box(index, tuple(v + 1 for v in index)))  # type: ignore[arg-type]
    np.testing.assert_allclose(target.world_mm(box.start), source.world_mm(index), atol=1e-6)
    assert box.shape == (1, 1, 1)


def test_another_lattice_is_no_step() -> None:
    grid = oblique_grid((12, 13, 14), FINE_SPACING_MM)
    for change in ((0, 3, 0.3), (0, 0, 0.01), (1, 2, 0.05)):
        affine = grid.index_to_world_mm.copy()
        affine[change[0], change[1]] += change[2]
        assert lattice_step(grid, Grid(grid.shape, affine)) is None


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "ASL", "SPR"])
def test_a_map_stored_in_another_order_lands_voxel_by_voxel(tmp_path: Path, orientation: str) -> None:
    here = couinaud_block(rotation_deg=OBLIQUE_DEG)
    there = couinaud_block(rotation_deg=OBLIQUE_DEG, orientation=orientation)
    write_nifti(tmp_path / "there.nii.gz", there.segments, there.grid)
    (source,) = open_sources(tmp_path / "there.nii.gz")
    step = lattice_step(here.grid, source.grid)
    assert step is not None
    box = box_in(here.grid, source, count(source), list(range(1, 9)), None)
    voxels = place(source, count(source), set(range(1, 9)), here.grid, box, None, BYTE)
    cut = tuple(slice(a, b) for a, b in zip(box.start, box.stop, strict=True))
    np.testing.assert_array_equal(voxels, here.segments[cut])
    assert (voxels > 0).sum() == (here.segments > 0).sum()


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "ASL", "SPR"])
def test_only_what_is_wanted_and_lies_in_the_box_is_placed(tmp_path: Path, orientation: str) -> None:
    here = couinaud_block(rotation_deg=OBLIQUE_DEG)
    there = couinaud_block(rotation_deg=OBLIQUE_DEG, orientation=orientation)
    labels = there.segments.astype(np.uint16) * 100  # 100 … 800: some fit a byte, most do not
    write_nifti(tmp_path / "there.nii.gz", labels, there.grid)
    (source,) = open_sources(tmp_path / "there.nii.gz")
    counts = count(source)
    rng = np.random.default_rng(21)
    for _ in range(20):
        low = rng.integers(0, here.grid.shape)
        high = rng.integers(low + 1, np.array(here.grid.shape) + 1)
        box = Box(tuple(int(v) for v in low), tuple(int(v) for v in high))
        cut = tuple(slice(a, b) for a, b in zip(box.start, box.stop, strict=True))
        for values, dtype in (({100, 200}, BYTE), ({100, 700}, np.dtype(np.uint16))):
            voxels = place(source, counts, values, here.grid, box, None, dtype)
            expected = here.segments[cut].astype(np.uint16) * 100
            expected[~np.isin(expected, list(values))] = 0
            np.testing.assert_array_equal(voxels, expected)
            assert voxels.dtype == dtype
        whole = bool(np.count_nonzero(here.segments) == np.count_nonzero(here.segments[cut]))
        assert lies_within(here.grid, source, counts, box) is whole


def test_another_grid_is_refused_with_both_grids_and_the_millimetres(tmp_path: Path) -> None:
    block = couinaud_block()
    affine = block.grid.index_to_world_mm.copy()
    affine[2, 3] += 1.7
    write_nifti(tmp_path / "moved.nii.gz", block.segments, Grid(block.grid.shape, affine))
    (source,) = open_sources(tmp_path / "moved.nii.gz")
    with pytest.raises(GeometryError) as caught:
        place(source, count(source), {1}, block.grid, Box((0, 0, 0), block.grid.shape), None, BYTE)
    message = str(caught.value)
    assert message.count("voxels of") == 2
    assert "1.700 mm apart along the head-foot axis" in message
    assert "--resample nearest" in message


def test_nearest_sampling_when_asked_for(tmp_path: Path) -> None:
    fine = couinaud_block(rotation_deg=OBLIQUE_DEG)
    affine = fine.grid.index_to_world_mm.copy()
    affine[:3, 3] += 0.3 * affine[:3, 0] - 0.2 * affine[:3, 2]
    moved = Grid(fine.grid.shape, affine)
    write_nifti(tmp_path / "moved.nii.gz", fine.segments, moved)
    (source,) = open_sources(tmp_path / "moved.nii.gz")
    box = box_in(fine.grid, source, count(source), list(range(1, 9)), "nearest")
    box = box.clip(fine.grid)
    voxels = place(source, count(source), set(range(1, 9)), fine.grid, box, "nearest", BYTE)
    cut = tuple(slice(a, b) for a, b in zip(box.start, box.stop, strict=True))
    # A shift of less than half a voxel rounds back to the very same voxel.
    np.testing.assert_array_equal(voxels, fine.segments[cut])


def test_boxes() -> None:
    grid = Grid((10, 20, 30), np.diag([0.5, 1.0, 4.0, 1.0]))
    assert union([Box((1, 2, 3), (4, 5, 6)), Box((0, 7, 3), (2, 9, 4))]) == Box((0, 2, 3), (4, 9, 6))
    assert Box((5, 5, 5), (6, 6, 6)).pad_mm(grid, 2.0) == Box((1, 3, 4), (10, 8, 7))
    assert Box((-3, 0, 0), (99, 5, 5)).clip(grid) == Box((0, 0, 0), (10, 5, 5))
    assert Box((0, 3, 4), (10, 20, 29)).touched_faces(grid) == {"i-", "i+", "j+"}
    with pytest.raises(GeometryError, match="wholly outside"):
        Box((40, 0, 0), (50, 5, 5)).clip(grid)
