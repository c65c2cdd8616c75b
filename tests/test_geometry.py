"""A grid is valid from the moment it exists, and says in words how it differs from another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phantoms import FINE_SPACING_MM, OBLIQUE_DEG, oblique_grid

from flr.errors import GeometryError
from flr.geometry import Grid


def diagonal(*spacing_mm: float) -> np.ndarray:
    return np.diag([*spacing_mm, 1.0])


def test_voxel_volume_is_the_determinant_also_of_a_sheared_affine() -> None:
    tilt = np.radians(15.0)
    sheared = diagonal(0.8, 0.8, 5.0)
    sheared[1:3, 2] = (5.0 * np.sin(tilt), 5.0 * np.cos(tilt))
    grid = Grid((10, 10, 10), sheared)
    assert grid.voxel_volume_mm3 == pytest.approx(0.8 * 0.8 * 5.0 * np.cos(tilt), rel=1e-12)
    assert grid.spacing_mm[2] == pytest.approx(5.0)


@given(
    spacing=st.tuples(*[st.floats(0.3, 6.0)] * 3),
    turn=st.tuples(*[st.floats(-180.0, 180.0)] * 3),
    axis=st.integers(0, 2),
)
def test_doubling_a_spacing_doubles_the_volume_in_any_orientation(
    spacing: tuple[float, float, float], turn: tuple[float, float, float], axis: int
) -> None:
    doubled = [2 * s if a == axis else s for a, s in enumerate(spacing)]
    one = oblique_grid((4, 5, 6), spacing, rotation_deg=turn)
    two = oblique_grid((4, 5, 6), doubled, rotation_deg=turn)
    assert one.voxel_volume_mm3 == pytest.approx(np.prod(spacing), rel=1e-9)
    assert two.voxel_volume_mm3 == pytest.approx(2 * one.voxel_volume_mm3, rel=1e-9)


@pytest.mark.parametrize("orientation", ["RAS", "LAS", "LPS", "SPR", "AIL"])
def test_orientation_survives_a_small_tilt(orientation: str) -> None:
    grid = oblique_grid((3, 4, 5), orientation=orientation, rotation_deg=OBLIQUE_DEG)
    assert grid.orientation == orientation


@pytest.mark.parametrize(
    ("shape", "affine", "says"),
    [
        ((3, 4), np.eye(4), "three positive sizes"),
        ((3, 4, 0), np.eye(4), "three positive sizes"),
        ((3, 4, 5, 2), np.eye(4), "three positive sizes"),
        ((3, 4, 5), np.eye(3), "finite 4 by 4"),
        ((3, 4, 5), diagonal(1.0, np.nan, 1.0), "finite 4 by 4"),
        ((3, 4, 5), diagonal(1.0, np.inf, 1.0), "finite 4 by 4"),
        ((3, 4, 5), diagonal(1.0, 0.0, 1.0), "singular"),
        ((3, 4, 5), np.ones((4, 4)), "last row"),
        ((3, 4, 5), np.block([[np.ones((3, 3)), np.zeros((3, 1))], [np.array([[0, 0, 0, 1]])]]), "singular"),
    ],
)
def test_a_grid_that_cannot_exist_is_refused(shape: tuple[int, ...], affine: np.ndarray, says: str) -> None:
    with pytest.raises(GeometryError, match=says):
        Grid(shape, affine)


def test_affine_is_copied_and_read_only() -> None:
    affine = np.eye(4)
    grid = Grid((2, 2, 2), affine)
    affine[0, 0] = 7.0
    assert grid.voxel_volume_mm3 == 1.0
    with pytest.raises(ValueError, match="read-only"):
        grid.index_to_world_mm[0, 0] = 2.0


def test_matches_has_a_false_case_for_every_field() -> None:
    grid = Grid((4, 5, 6), diagonal(*FINE_SPACING_MM))
    assert grid.matches(Grid((4, 5, 6), diagonal(*FINE_SPACING_MM)))
    assert "second (j)" in grid.difference(Grid((4, 9, 6), diagonal(*FINE_SPACING_MM)))
    moved = diagonal(*FINE_SPACING_MM)
    moved[2, 3] = 1.5
    assert grid.difference(Grid((4, 5, 6), moved)) == "corners 1.500 mm apart along the head-foot axis"
    assert not grid.matches(Grid((4, 5, 6), diagonal(0.7, 1.1, 2.6)))
    weighted = Grid((4, 5, 6), diagonal(*FINE_SPACING_MM), np.full(6, 2.5))
    assert grid.difference(weighted) == "slice weights differ"
    other = Grid((4, 5, 6), diagonal(*FINE_SPACING_MM), [2.5, 2.5, 2.5, 5.0, 2.5, 2.5])
    assert weighted.difference(other) == "slice weights differ"
    assert weighted.matches(Grid((4, 5, 6), diagonal(*FINE_SPACING_MM), np.full(6, 2.5)))


def test_tolerance_is_held_on_both_sides() -> None:
    grid = Grid((4, 5, 6), np.eye(4))
    for offset_mm, same in ((0.0099, True), (0.0101, False)):
        moved = np.eye(4)
        moved[0, 3] = offset_mm
        assert grid.matches(Grid((4, 5, 6), moved)) is same


def test_crop_keeps_the_world_position_of_its_voxels() -> None:
    grid = oblique_grid((9, 8, 7), rotation_deg=OBLIQUE_DEG)
    box = grid.crop((2, 3, 1), (4, 2, 5))
    assert box.shape == (4, 2, 5)
    np.testing.assert_allclose(box.world_mm((1, 1, 2)), grid.world_mm((3, 4, 3)), atol=1e-9)


def test_slice_weights_give_each_slice_its_own_voxel_volume() -> None:
    grid = Grid((4, 5, 3), diagonal(0.8, 0.9, 5.0), [5.0, 3.75, 2.5])
    np.testing.assert_allclose(grid.slice_voxel_volumes_ml, np.array([5.0, 3.75, 2.5]) * 0.72 / 1000)
    assert not grid.is_even
    np.testing.assert_allclose(grid.crop((0, 0, 1), (4, 5, 2)).slice_weights_mm, [3.75, 2.5])
    with pytest.raises(GeometryError, match="slice weights"):
        Grid((4, 5, 3), np.eye(4), [1.0, 2.0])
