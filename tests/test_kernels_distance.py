"""Least distances, extents and edges against everything compared with everything."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

from flr.kernels.distance import (
    Surface,
    between_mm,
    extent_in_slices_mm,
    extent_mm,
    label_edges,
    least_distances_mm,
    surface_of_points,
    surface_points_mm,
    within_mm,
)
from flr.kernels.patches import PATCH, gathered, least_distance_mm, patches_of


def cloud(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Points on a bent sheet somewhere, some of them equal."""
    u, v = rng.uniform(-30.0, 30.0, (2, n))
    points = np.stack([u, v, 0.02 * u * v + 4.0 * np.sin(v / 5.0)], axis=1)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    points = points @ turn + rng.uniform(-60.0, 60.0, 3)
    points[rng.integers(n, size=n // 8)] = points[0]
    return points


@pytest.mark.parametrize("seed", range(12))
def test_the_least_distance_of_two_sets_is_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = cloud(rng, int(rng.integers(1, 900))), cloud(rng, int(rng.integers(1, 900)))
    a, b = surface_of_points(first), surface_of_points(second)
    brute = cdist(first, second).min()
    assert between_mm(a, b) == pytest.approx(brute, rel=1e-12)
    assert between_mm(b, a) == pytest.approx(brute, rel=1e-12)
    # A bound that is given may be tight and must not hide the least.
    gap = np.array([cdist(first_patch, second).min() for first_patch in patches_in(a)])
    found = least_distance_mm(a.patches, lambda some: a.points_mm[some], b.patches, b.points_mm, gap)
    assert found == pytest.approx(brute, rel=1e-12)


def patches_in(surface: Surface) -> list[NDArray[np.float64]]:
    spans = zip(surface.patches.start, surface.patches.length, strict=True)
    return [surface.points_mm[start : start + length] for start, length in spans]


def test_patches_hold_every_point_once_in_its_box() -> None:
    points = cloud(np.random.default_rng(3), 700)
    ordered, patches = gathered(points)
    np.testing.assert_array_equal(np.sort(ordered, axis=0), np.sort(points, axis=0))
    assert patches.length.max() <= PATCH
    assert int(patches.length.sum()) == 700
    members = patches.members(np.arange(patches.start.size))
    held = ordered[members]
    assert (held >= patches.low_mm.T[:, None]).all()
    assert (held <= patches.high_mm.T[:, None]).all()
    assert np.unique(members).size == 700
    none = patches_of([], np.zeros(0, dtype=np.int64))
    assert least_distance_mm(none, lambda some: ordered[some], patches, ordered) == np.inf


@pytest.mark.parametrize("seed", range(6))
def test_extents_are_those_of_the_furthest_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(400, 3)) * rng.uniform(2.0, 20.0, 3)
    assert extent_mm(points) == pytest.approx(pdist(points).max(), rel=2e-3)
    assert extent_mm(points) <= pdist(points).max() * (1.0 + 1e-12)
    flat, number = points[:, :2], rng.integers(0, 9, 400)
    longest = max(pdist(flat[number == n]).max() for n in range(9))
    # 360 directions, half a degree apart.
    assert longest * np.cos(np.radians(0.25)) <= extent_in_slices_mm(flat, number) <= longest * (1.0 + 1e-12)


def test_few_points_have_an_extent() -> None:
    one = np.zeros((1, 3))
    assert extent_mm(one) == extent_in_slices_mm(one[:, :2], np.zeros(1, dtype=np.int64)) == 0.0
    two = np.array([[0.0, 0.0, 0.0], [3.0, 4.0, 0.0]])
    assert extent_mm(two) == pytest.approx(5.0)


@pytest.mark.parametrize("margin", [0, 1, 3])
def test_edges_do_not_depend_on_how_much_is_empty_around_them(margin: int) -> None:
    """Where the map ends its outermost voxels count once more; nothing beyond them is looked at."""
    rng = np.random.default_rng(1)
    inner = rng.integers(0, 4, (9, 8, 7)).astype(np.uint8)
    affine = np.diag([0.8, 1.1, 2.0, 1.0])
    padded = np.pad(inner, margin)
    affine[:3, 3] = -margin * np.diag(affine)[:3]
    edges = label_edges(np.asfortranarray(padded), affine)
    for label in (1, 2, 3):
        # Each edge, and where it is crossed, by the definition.
        expected = []
        weight = np.array((0.25, 0.5, 0.25))
        border = np.pad(padded == label, 1, mode="edge").astype(float)
        smooth = sum(
            weight[a] * weight[b] * weight[c] * border[a : a + n_i, b : b + n_j, c : c + n_k]
            for a in range(3)
            for b in range(3)
            for c in range(3)
            for n_i, n_j, n_k in (padded.shape,)
        )
        for axis in range(3):
            step = np.eye(3, dtype=int)[axis]
            for low in np.argwhere(np.ones(np.array(padded.shape) - step)):
                high = low + step
                if (padded[tuple(low)] == label) == (padded[tuple(high)] == label):
                    continue
                rise = smooth[tuple(high)] - smooth[tuple(low)]
                share = 0.5 if rise == 0.0 else (0.5 - smooth[tuple(low)]) / rise
                expected.append(affine[:3, :3] @ (low + np.clip(share, 0.0, 1.0) * step) + affine[:3, 3])
        found = edges.points_mm(edges.of(label), label)
        assert found.shape == (len(expected), 3)
        assert cdist(found, expected).min(axis=1).max() < 1e-9
        assert cdist(expected, found).min(axis=1).max() < 1e-9


def test_a_label_that_is_nowhere_is_infinitely_far() -> None:
    ball = np.zeros((6, 6, 6), dtype=bool)
    ball[2:4, 2:4, 2:4] = True
    surface = surface_of_points(surface_points_mm(ball, np.eye(4))[0])
    edges = label_edges(np.zeros((6, 6, 6), dtype=np.uint8), np.eye(4))
    assert least_distances_mm([surface], edges, [1], touching=np.array([[True]])).tolist() == [[np.inf]]


@pytest.mark.parametrize("radius_mm", [0.4, 3.3, 7.03])
def test_zones_are_cut_at_the_border_of_the_grid(radius_mm: float) -> None:
    affine = np.array([[1.0, 0.2, 0.0, -5.0], [0.0, 1.3, 0.1, 2.0], [0.0, 0.0, 1.7, 1.0], [0, 0, 0, 1.0]])
    points = np.array([[-5.0, 2.0, 1.0], [4.0, 9.0, 9.0], [60.0, 2.0, 1.0]])
    zone = within_mm(points, radius_mm, (10, 9, 8), affine)
    where = np.stack(np.meshgrid(*(np.arange(n) for n in (10, 9, 8)), indexing="ij"), axis=-1)
    apart = np.linalg.norm((where @ affine[:3, :3].T + affine[:3, 3])[..., None, :] - points, axis=-1)
    found = np.zeros((10, 9, 8), dtype=bool)
    found[zone.box] = zone.inside
    np.testing.assert_array_equal(found, apart.min(axis=-1) <= radius_mm)
