"""Components and holes against scipy.ndimage on random and drawn masks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from flr.kernels.components import components, holes, pieces_and_holes
from flr.kernels.runs import shared_runs

STRUCTURES = {6: ndimage.generate_binary_structure(3, 1), 26: np.ones((3, 3, 3), bool)}


def random_mask(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 12, size=3))
    return rng.random(shape) < rng.choice([0.05, 0.2, 0.35, 0.6, 0.9])


@pytest.mark.parametrize("neighbours", [6, 26])
@pytest.mark.parametrize("seed", range(60))
def test_same_parts_as_voxelwise_labelling(seed: int, neighbours: int) -> None:
    mask = random_mask(seed)
    labels, n = ndimage.label(mask, STRUCTURES[neighbours])
    found = components(mask, neighbours=neighbours)
    assert len(found) == n
    assert found.voxels.sum() == mask.sum()
    assert (np.diff(found.voxels) <= 0).all()
    for c in range(n):
        part = found.mask(np.arange(n) == c)
        values = np.unique(labels[part])
        assert values.size == 1
        assert part.sum() == found.voxels[c] == (labels == values[0]).sum()
        where = np.argwhere(part)
        on_face = (where == 0).any() or (where == np.array(mask.shape) - 1).any()
        assert found.at_border[c] == on_face


@pytest.mark.parametrize("neighbours", [6, 26])
@pytest.mark.parametrize("seed", range(60))
def test_holes_are_what_filling_adds(seed: int, neighbours: int) -> None:
    mask = random_mask(seed)
    filled = ndimage.binary_fill_holes(mask, structure=STRUCTURES[6 if neighbours == 26 else 26])
    found = holes(mask, neighbours=neighbours)
    assert found.voxels.sum() == (filled & ~mask).sum()
    assert np.array_equal(found.mask(np.ones(len(found), bool)), filled & ~mask)
    assert not found.at_border.any()


def test_corner_contact_connects_only_with_26_neighbours() -> None:
    mask = np.zeros((3, 4, 5), np.uint8)
    mask[0, 0, 0] = 3
    mask[1, 1, 1] = 7
    assert components(mask, neighbours=6).voxels.tolist() == [1, 1]
    assert components(mask, neighbours=26).voxels.tolist() == [2]


def test_rows_do_not_run_into_each_other() -> None:
    mask = np.zeros((2, 3, 4), bool)
    mask[0, 0, 3] = True
    mask[0, 1, 0] = True
    mask[1, 2, 3] = True
    for neighbours in (6, 26):
        found = components(mask, neighbours=neighbours)
        assert found.voxels.tolist() == [1, 1, 1]
        assert np.array_equal(found.mask(np.array([True, True, True])), mask)


def test_drawn_shell_has_one_hole_of_known_size() -> None:
    mask = np.zeros((9, 10, 11), bool)
    mask[1:8, 2:9, 3:10] = True
    mask[3:5, 4:7, 5:8] = False
    found = holes(mask)
    assert found.voxels.tolist() == [2 * 3 * 3]
    mask[4, 5, :6] = False  # a channel to the outside
    assert len(holes(mask)) == 0


def test_empty_and_full_masks() -> None:
    assert len(components(np.zeros((2, 3, 4), bool))) == 0
    assert len(holes(np.zeros((2, 3, 4), bool))) == 0
    full = components(np.ones((2, 3, 4), bool))
    assert full.voxels.tolist() == [24]
    assert full.at_border.all()


def test_a_transposed_view_is_as_good_as_a_copy() -> None:
    mask = random_mask(7)
    assert components(mask.T).voxels.tolist() == components(np.ascontiguousarray(mask.T)).voxels.tolist()


@pytest.mark.parametrize("seed", range(12))
def test_pieces_and_holes_of_runs_are_those_of_the_mask(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.asfortranarray(
        rng.integers(0, 3, size=(9, 7, 6)) * (rng.random((9, 7, 6)) < 0.2 + 0.06 * seed)
    )
    labels = labels.astype(np.uint8)
    if seed % 3 == 0:
        labels[2:8, 1:6, 1:5] = 2
        labels[4:6, 3, 2:4] = 0
    solid, inner = pieces_and_holes(shared_runs(labels)[0])
    for found, expected in ((solid, components(labels.T > 0)), (inner, holes(labels.T > 0))):
        for name in ("row", "start", "stop", "component", "voxels", "at_border"):
            assert np.array_equal(getattr(found, name), getattr(expected, name)), name
