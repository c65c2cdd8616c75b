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
    surface_points_mm,
)
from flr.kernels.runs import shared_runs
from flr.kernels.zones import within_mm, zones_of


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
    a, b = Surface(first), Surface(second)
    brute = cdist(first, second).min()
    assert between_mm(a, b) == pytest.approx(brute, rel=1e-12)
    assert between_mm(b, a) == pytest.approx(brute, rel=1e-12)


def test_from_nothing_and_to_nothing_there_is_no_distance() -> None:
    nothing, something = Surface(np.zeros((0, 3))), Surface(np.zeros((3, 3)))
    assert (
        between_mm(something, nothing)
        == between_mm(nothing, something)
        == between_mm(nothing, nothing)
        == np.inf
    )
    edges = label_edges(np.ones((2, 2, 2), dtype=np.uint8), np.eye(4))
    assert least_distances_mm([nothing], edges, [1]).tolist() == [[np.inf]]


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
        own = edges.of(label)
        found = edges.crossings_mm(own, label)
        assert found.shape == (len(expected), 3)
        assert cdist(found, expected).min(axis=1).max() < 1e-9
        assert cdist(expected, found).min(axis=1).max() < 1e-9


def test_a_label_that_is_nowhere_is_infinitely_far() -> None:
    ball = np.zeros((6, 6, 6), dtype=bool)
    ball[2:4, 2:4, 2:4] = True
    surface = Surface(surface_points_mm(ball, np.eye(4))[0])
    edges = label_edges(np.zeros((6, 6, 6), dtype=np.uint8), np.eye(4))
    assert least_distances_mm([surface], edges, [1], touching=np.array([[True]])).tolist() == [[np.inf]]


@pytest.mark.parametrize("seed", range(6))
def test_labels_that_meet_three_at_a_time_are_as_near_as_all_their_crossings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (22, 19, 16)
    affine = np.array([[0.8, 0.3, 0.0, -5.0], [0.0, 1.1, 0.2, 2.0], [0.1, 0.0, 2.5, 1.0], [0, 0, 0, 1.0]])
    # Every voxel takes the label of the nearest of some points; far from all of them there is none.
    where = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    seeds = rng.uniform(0, shape, size=(7, 3))
    apart = np.linalg.norm(where[..., None, :] - seeds, axis=-1)
    labels = np.where(apart.min(axis=-1) < 8.0, apart.argmin(axis=-1) % 5 + 1, 0).astype(np.uint8)
    ball = np.linalg.norm(where - rng.uniform(4, 12, 3), axis=-1) <= 2.6
    surface = Surface(surface_points_mm(ball, affine)[0])
    edges = label_edges(np.asfortranarray(labels), affine)
    wanted = [3, 1, 0, 5, 2, 4, 9]
    found = least_distances_mm([surface], edges, wanted)[0]
    for label, distance in zip(wanted, found, strict=True):
        own = edges.of(label)
        crossed = edges.crossings_mm(own, label)
        brute = cdist(crossed, surface.points_mm).min() if own.size else np.inf
        assert distance == pytest.approx(brute, rel=1e-12, abs=1e-12)


def test_the_largest_labels_are_sorted_like_the_smallest() -> None:
    rng = np.random.default_rng(8)
    labels = np.asfortranarray(rng.choice([0, 0, 0, 1, 2], size=(60, 50, 40)).astype(np.uint16))
    large = np.where(labels > 0, labels + 65533, 0).astype(np.uint16, order="F")
    affine = np.diag([0.01, 0.01, 0.01, 1.0])  # many cells
    ball = np.zeros((3, 3, 3), dtype=bool)
    ball[1, 1, 1] = True
    surface = Surface(surface_points_mm(ball, affine)[0] + 3.0)
    small = least_distances_mm([surface], label_edges(labels, affine), [1, 2])
    np.testing.assert_array_equal(
        least_distances_mm([surface], label_edges(large, affine), [65534, 65535]), small
    )


@pytest.mark.parametrize("seed", range(5))
def test_zones_hold_exactly_their_own_voxels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.asfortranarray(rng.choice([0, 0, 0, 2, 5, 300], size=(9, 7, 6)))
    zones = zones_of(shared_runs(labels)[0])
    assert list(zones) == sorted(set(np.unique(labels)) - {0})
    for value, zone in zones.items():
        whole = np.zeros(labels.shape, dtype=bool)
        whole[zone.box] = zone.inside
        np.testing.assert_array_equal(whole, labels == value)
        for axis in range(3):
            along = zone.inside.any(axis=tuple(a for a in range(3) if a != axis))
            assert along[0]
            assert along[-1]
    assert zones_of(shared_runs(np.zeros((3, 3, 3), dtype=np.uint8))[0]) == {}


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
