"""Least distances, extents and edges against everything compared with everything."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

from flr.kernels import patches as patches_module
from flr.kernels.distance import (
    Surface,
    between_mm,
    extent_in_slices_mm,
    extent_mm,
    label_edges,
    least_distances_mm,
    surface_of_points,
    surface_points_mm,
)
from flr.kernels.patches import LEAF, PATCH, gathered, least_of_groups_mm, sorted_keys, stretches
from flr.kernels.runs import runs_of
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
    a, b = surface_of_points(first), surface_of_points(second)
    brute = cdist(first, second).min()
    assert between_mm(a, b) == pytest.approx(brute, rel=1e-12)
    assert between_mm(b, a) == pytest.approx(brute, rel=1e-12)


class Grouped:
    """A surface whose patches belong to two groups each, at points of their own for either."""

    def __init__(self, surface: Surface, groups: NDArray[np.int64], moved: NDArray[np.float64]) -> None:
        self.patches, self.groups = surface.patches, groups
        self.sides = np.stack([surface.points_mm, surface.points_mm + moved])

    def points_mm(self, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
        return self.sides[:, self.patches.members(chosen)].transpose(0, 3, 1, 2)


@pytest.mark.parametrize("seed", range(12))
def test_the_least_distance_of_every_group_is_found(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(100 + seed)
    if seed % 2:  # in many small blocks
        for name in ("_FIRST_PAIRS", "_MOST_PAIRS", "_MOST_GAPS"):
            monkeypatch.setattr(patches_module, name, 3)
    first = surface_of_points(cloud(rng, int(rng.integers(1, 900))))
    second = surface_of_points(cloud(rng, int(rng.integers(1, 400))))
    n, n_groups = first.patches.start.size, 5
    groups = rng.integers(-1, n_groups, size=(2, n))
    # Some patches have other points on their second side, within the boxes that were given.
    moved = np.zeros_like(first.points_mm)
    numbers = np.repeat(np.arange(n), first.patches.length)
    some = numbers % 3 == 0
    middle = 0.5 * (first.patches.low_mm + first.patches.high_mm).T[numbers]
    moved[some] = (0.3 * (middle - first.points_mm))[some]
    points = Grouped(first, groups, moved)
    skip = rng.random(n_groups) < 0.2
    found = least_of_groups_mm(
        points, n_groups, second.patches, second.points_mm, reach_mm=second.reach_mm, skip=skip
    )
    apart = np.stack([cdist(side, second.points_mm).min(axis=1) for side in points.sides])
    for group in range(n_groups):
        held = groups[:, numbers] == group
        brute = np.inf if skip[group] else apart[held].min(initial=np.inf)
        assert found[group] == pytest.approx(brute, rel=1e-12)


def test_patches_hold_every_point_once_in_its_box() -> None:
    points = cloud(np.random.default_rng(3), 700)
    ordered, patches = gathered(points)
    np.testing.assert_array_equal(np.sort(ordered, axis=0), np.sort(points, axis=0))
    assert patches.length.max() <= PATCH
    assert int(patches.length.sum()) == 700
    members = patches.members(np.arange(patches.start.size))
    held = np.moveaxis(ordered[members], 2, 0)
    assert (held >= patches.low_mm[:, None]).all()
    assert (held <= patches.high_mm[:, None]).all()
    assert np.unique(members).size == 700
    leaf = held.reshape(3, -1, LEAF, patches.start.size)
    assert np.ptp(leaf, axis=2).mean() < 0.7 * np.ptp(held, axis=1).mean()


def test_no_stretch_is_too_long_and_none_joins_two_groups() -> None:
    group = np.repeat([3, 5, 6, 9], [1, PATCH, 2 * PATCH + 1, 2])
    start, length = stretches(group)
    assert length.tolist() == [1, PATCH, PATCH, PATCH, 1, 2]
    np.testing.assert_array_equal(start, np.cumsum(length) - length)
    assert [part.size for part in stretches(group[:0])] == [0, 0]


def test_from_nothing_and_to_nothing_there_is_no_distance() -> None:
    nothing, something = surface_of_no_points(), surface_of_points(np.zeros((3, 3)))
    groups = np.zeros((2, 0), dtype=np.int64)
    none = Grouped(nothing, groups, nothing.points_mm)
    assert least_of_groups_mm(none, 2, something.patches, something.points_mm, reach_mm=0.0).tolist() == [
        np.inf,
        np.inf,
    ]
    assert between_mm(something, nothing) == np.inf


def surface_of_no_points() -> Surface:
    points, patches = gathered(np.zeros((0, 3)))
    return Surface(points, patches, np.zeros(3), np.zeros(3), 0.0)


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
        found = edges.crossings_mm(own, np.full(own.size, label)).T
        assert found.shape == (len(expected), 3)
        assert cdist(found, expected).min(axis=1).max() < 1e-9
        assert cdist(expected, found).min(axis=1).max() < 1e-9


def test_a_label_that_is_nowhere_is_infinitely_far() -> None:
    ball = np.zeros((6, 6, 6), dtype=bool)
    ball[2:4, 2:4, 2:4] = True
    surface = surface_of_points(surface_points_mm(ball, np.eye(4))[0])
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
    surface = surface_of_points(surface_points_mm(ball, affine)[0])
    edges = label_edges(np.asfortranarray(labels), affine)
    wanted = [3, 1, 0, 5, 2, 4, 9]
    found = least_distances_mm([surface], edges, wanted)[0]
    for label, distance in zip(wanted, found, strict=True):
        own = edges.of(label)
        crossed = edges.crossings_mm(own, np.full(own.size, label)).T
        brute = cdist(crossed, surface.points_mm).min() if own.size else np.inf
        assert distance == pytest.approx(brute, rel=1e-12, abs=1e-12)


def test_the_largest_labels_are_sorted_like_the_smallest() -> None:
    rng = np.random.default_rng(8)
    labels = np.asfortranarray(rng.choice([0, 0, 0, 1, 2], size=(60, 50, 40)).astype(np.uint16))
    large = np.where(labels > 0, labels + 65533, 0).astype(np.uint16, order="F")
    affine = np.diag([0.01, 0.01, 0.01, 1.0])  # many cells
    ball = np.zeros((3, 3, 3), dtype=bool)
    ball[1, 1, 1] = True
    surface = surface_of_points(surface_points_mm(ball, affine)[0] + 3.0)
    small = least_distances_mm([surface], label_edges(labels, affine), [1, 2])
    np.testing.assert_array_equal(
        least_distances_mm([surface], label_edges(large, affine), [65534, 65535]), small
    )
    key = np.array([2**62, 5, 2**62, 1])
    ranked, order = sorted_keys(key)
    np.testing.assert_array_equal(ranked, np.sort(key))
    np.testing.assert_array_equal(order, [3, 1, 0, 2])


@pytest.mark.parametrize("seed", range(5))
def test_zones_hold_exactly_their_own_voxels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.asfortranarray(rng.choice([0, 0, 0, 2, 5, 300], size=(9, 7, 6)))
    zones = zones_of(runs_of(labels))
    assert list(zones) == sorted(set(np.unique(labels)) - {0})
    for value, zone in zones.items():
        whole = np.zeros(labels.shape, dtype=bool)
        whole[zone.box] = zone.inside
        np.testing.assert_array_equal(whole, labels == value)
        for axis in range(3):
            along = zone.inside.any(axis=tuple(a for a in range(3) if a != axis))
            assert along[0]
            assert along[-1]
    assert zones_of(runs_of(np.zeros((3, 3, 3), dtype=np.uint8))) == {}


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
