"""The least distance between two sets of points, by boxes around a few neighbouring points each.

A box is bounded away from another in a few operations, so that almost no two points are compared: what is
left is exact. Made of NumPy alone, because importing a tree costs more than most searches in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record

Points = NDArray[np.float64]
Chosen = NDArray[np.intp]

LEAF = 4
"""Points that are bounded together first."""

LEAVES = 4
"""Leaves of one patch."""

PATCH = LEAVES * LEAF
"""Most points of one patch."""

CELL_MM = 4.0
"""About the longest side of a patch's box; that of a leaf's is half of it."""

_WITHIN = np.arange(PATCH)[:, None]
_CLUSTER = 8  # patches that are bounded together
_FIRST_PAIRS = 64
_MOST_PAIRS = 1024  # larger temporaries cost more than their arithmetic
_MOST_GAPS = 1 << 15


@dataclass(frozen=True, eq=False)
class Patches(Record):
    """Consecutive points in boxes.

    Parameters
    ----------
    start, length : ndarray of int, shape (patches,)
        The points of each: 1 to :data:`PATCH` of them. Neighbours in space follow one another, so that every
        :data:`LEAF` of them make a leaf.
    low_mm, high_mm : ndarray, shape (3, patches)
        Corners of boxes that hold them.
    """

    start: Chosen
    length: Chosen
    low_mm: Points
    high_mm: Points

    def members(self, chosen: Chosen) -> Chosen:
        """Numbers of some patches' points, shape (PATCH, len(chosen)); a short patch repeats its last."""
        return np.asarray(self.start[chosen] + np.minimum(_WITHIN, self.length[chosen] - 1))


def stretches(group: NDArray[np.integer]) -> tuple[Chosen, Chosen]:
    """Start and length of stretches of at most :data:`PATCH` points of one group.

    Parameters
    ----------
    group : ndarray of int, shape (points,)
        Equal ones follow one another.
    """
    first = np.flatnonzero(np.diff(group, prepend=group[:1] - 1))
    # Each group is cut into stretches of PATCH points and a shorter last one.
    n = np.diff(first, append=group.size)
    times = -(-n // PATCH)
    within = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    start = np.repeat(first, times) + PATCH * within
    return start, np.diff(start, append=group.size)


def sorted_keys(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], Chosen]:
    """Keys, ascending, and the order that sorts them; equal ones stay in order."""
    n = max(1, key.size)
    if int(key.max(initial=0)) >= np.iinfo(np.int64).max // n:
        order = np.argsort(key, kind="stable")
        return key[order], order
    # Values that all differ can be sorted by any method, the fastest among them, with one result.
    together = np.sort(key * n + np.arange(key.size))
    ranked, order = np.divmod(together, n)
    return ranked, np.asarray(order, dtype=np.intp)


def gathered(points_mm: Points) -> tuple[Points, Patches]:
    """The points with neighbours together, shape (n, 3), and their patches."""
    across = np.ascontiguousarray(points_mm.T)
    key = np.zeros(across.shape[1], dtype=np.int64)
    halves = np.zeros_like(key)
    for row in across:
        half = ((row - row.min(initial=np.inf)) // (0.5 * CELL_MM)).astype(np.int64)
        cell = half >> 1
        key = key * (int(cell.max(initial=0)) + 1) + cell
        halves = 2 * halves + (half & 1)
    ranked, order = sorted_keys(8 * key + halves)
    across = across[:, order]
    start, length = stretches(ranked >> 3)
    ends = [
        np.stack([end.reduceat(row, start) for row in across]) if start.size else np.zeros((3, 0))
        for end in (np.minimum, np.maximum)
    ]
    return np.ascontiguousarray(across.T), Patches(start, length, *ends)


def squared_gap(low: Points, high: Points, other_low: Points, other_high: Points) -> NDArray[np.float64]:
    """Squared distance between boxes, broadcast over what follows the first axis, x, y and z."""
    total = np.asarray(np.maximum(low[0] - other_high[0], other_low[0] - high[0]), dtype=np.float64)
    np.maximum(total, 0.0, out=total)
    total *= total
    apart, other = np.empty_like(total), np.empty_like(total)
    for axis in (1, 2):
        np.subtract(low[axis], other_high[axis], out=apart)
        np.maximum(apart, np.subtract(other_low[axis], high[axis], out=other), out=apart)
        np.maximum(apart, 0.0, out=apart)
        apart *= apart
        total += apart
    return total


class PointSets(Protocol):
    """Points in patches, each of which belongs to one or two groups."""

    @property
    def patches(self) -> Patches:
        """Of all points."""
        ...

    @property
    def groups(self) -> NDArray[np.integer]:
        """The groups of each patch, shape (sides, patches), 1 or 2 sides; negative for none."""
        ...

    def points_mm(self, chosen: Chosen) -> Points:
        """Points of some patches as they belong to the group of each side, (sides, 3, PATCH, len(chosen))."""
        ...


@dataclass(frozen=True)
class _Known:
    """Patches whose points are known: where the two groups of a patch have the same points, it is one.

    ``points`` has the shape (3, PATCH, n), ``groups`` (sides, n).
    """

    points: Points
    groups: NDArray[np.integer]

    @classmethod
    def of(cls, first: PointSets, groups: NDArray[np.integer], chosen: Chosen) -> _Known:
        points, own = first.points_mm(chosen), groups[:, chosen]
        if len(own) == 1:
            return cls(points[0], own)
        apart = np.flatnonzero((points[0] != points[1]).any(axis=(0, 1)))
        own = np.concatenate([own, own[:, apart]], axis=1)
        own[1, apart] = -1
        own[0, chosen.size :] = -1
        return cls(np.concatenate([points[0], points[1][:, :, apart]], axis=2), own)

    def __len__(self) -> int:
        return int(self.groups.shape[1])

    def box(self) -> tuple[Points, Points]:
        """Corners of the patches' boxes, twice shape (3, n)."""
        return self.points.min(axis=1), self.points.max(axis=1)

    def leaves(self) -> tuple[Points, Points]:
        """Corners of the leaves' boxes, twice shape (3, LEAVES, n)."""
        points = self.points.reshape(3, LEAVES, LEAF, -1)
        return points.min(axis=2), points.max(axis=2)

    def by_leaf(self) -> Points:
        """The points of every leaf, shape (3, LEAF, LEAVES * n); the patches of one leaf number together."""
        points = self.points.reshape(3, LEAVES, LEAF, -1).swapaxes(1, 2)
        return np.ascontiguousarray(points).reshape(3, LEAF, -1)


def least_of_groups_mm(
    first: PointSets,
    n_groups: int,
    second: Patches,
    second_points: Points,
    *,
    reach_mm: float,
    skip: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Least distance from each group of points to a second set. [mm]

    Parameters
    ----------
    first : PointSets
    n_groups : int
    second : Patches
    second_points : ndarray, shape (m, 3)
    reach_mm : float
        Radius of a ball around the middle of the second's box that holds it.
    skip : ndarray of bool, shape (n_groups,), optional
        Groups that are not looked for: their distance is infinite.

    Returns
    -------
    ndarray, shape (n_groups,)
        Infinity where a group, or the second, holds no point.

    Notes
    -----
    Exact: what is not compared lies in boxes that are further apart than two points already found. Boxes of
    many points are left out first, then those of fewer, then points are compared, nearest boxes first.
    """
    # The last entry stands for no group: nothing is nearer.
    best = np.full(n_groups + 1, np.inf)
    best[-1] = -np.inf
    patches, groups = first.patches, first.groups
    if not patches.start.size or not second.start.size:
        return np.asarray(np.sqrt(best[:-1]))
    if skip is not None:
        groups = np.append(np.where(skip, -1, np.arange(n_groups)), -1)[groups]
    low, high = second.low_mm.min(axis=1)[:, None], second.high_mm.max(axis=1)[:, None]
    # The ball around the second, which is rounder than its box, tells better where to look first.
    middle = 0.5 * (low + high)
    away = np.sqrt(squared_gap(patches.low_mm, patches.high_mm, middle, middle))
    square = np.maximum(away - reach_mm, 0.0) ** 2
    members = second.members(np.arange(second.start.size))
    others = _Known(
        np.ascontiguousarray(np.moveaxis(second_points[members], 2, 0)), np.zeros((1, members.shape[1]), int)
    )
    # The nearest patch of every group tells how far to look.
    near = _nearest_of_groups(square, groups, n_groups)
    if near.size:
        known = _Known.of(first, groups, near)
        _compare(known, others, np.arange(len(known)), _nearest_boxes(known, second), best)
    limit = best[groups].max(axis=0)
    near = np.flatnonzero(square < limit)
    near = near[squared_gap(patches.low_mm[:, near], patches.high_mm[:, near], low, high) < limit[near]]
    if near.size:
        known = _Known.of(first, groups, near)
        one, two = _pairs_below(known, second, best[known.groups].max(axis=0))
        _compare(known, others, one, two, best)
    return np.asarray(np.sqrt(best[:-1]))


def _compare(first: _Known, second: _Known, one: Chosen, two: Chosen, best: NDArray[np.float64]) -> None:
    """Look for smaller squared distances in pairs of patches; ``best`` is changed in place."""
    limit = best[first.groups].max(axis=0)
    (low, high), (other_low, other_high) = first.leaves(), second.leaves()
    n, n_other = low.shape[2], other_low.shape[2]
    found = []
    for begin in range(0, one.size, _MOST_PAIRS):
        a, b = one[begin : begin + _MOST_PAIRS], two[begin : begin + _MOST_PAIRS]
        gap = squared_gap(
            low.take(a, axis=2)[:, :, None],
            high.take(a, axis=2)[:, :, None],
            other_low.take(b, axis=2)[:, None],
            other_high.take(b, axis=2)[:, None],
        )
        leaf, other_leaf, pair = np.nonzero(gap < limit[a])
        found.append((gap[leaf, other_leaf, pair], a[pair], leaf, b[pair], other_leaf))
    if not found:
        return
    gap, patch, leaf, other, other_leaf = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(gap)
    gap, patch = gap[order], patch[order]
    leaf, other_leaf = (leaf * n)[order] + patch, (other_leaf * n_other + other)[order]
    points, others = first.by_leaf(), second.by_leaf()
    done, size = 0, _FIRST_PAIRS
    while done < gap.size:
        limit = best[first.groups].max(axis=0)
        near = np.flatnonzero(gap[done : done + size] < limit[patch[done : done + size]]) + done
        own_leaf, to_leaf = leaf[near], other_leaf[near]
        square: NDArray[np.float64] | float = 0.0
        for own, to in zip(points, others, strict=True):
            apart = own.take(own_leaf, axis=1)[:, None] - to.take(to_leaf, axis=1)
            apart *= apart
            square = square + apart
        least = np.min(square, axis=(0, 1))
        for group in first.groups[:, patch[near]]:
            np.minimum.at(best, group, least)
        done += size
        size = min(4 * size, _MOST_PAIRS)


def _nearest_boxes(first: _Known, second: Patches) -> Chosen:
    """The patch whose box is nearest to that of each of the first."""
    low, high = first.box()
    apart = squared_gap(low[:, :, None], high[:, :, None], second.low_mm[:, None], second.high_mm[:, None])
    return np.asarray(apart.argmin(axis=1))


def _pairs_below(first: _Known, second: Patches, limit: NDArray[np.float64]) -> tuple[Chosen, Chosen]:
    """Pairs of patches whose squared gap is below the limit of the first."""
    begin = np.arange(0, second.start.size, _CLUSTER)
    cluster_low = np.minimum.reduceat(second.low_mm, begin, axis=1)[:, None]
    cluster_high = np.maximum.reduceat(second.high_mm, begin, axis=1)[:, None]
    low, high = first.box()
    found = []
    rows = max(1, _MOST_GAPS // begin.size)
    for row in range(0, len(first), rows):
        some = slice(row, row + rows)
        gap = squared_gap(low[:, some, None], high[:, some, None], cluster_low, cluster_high)
        one, cluster = np.nonzero(gap < limit[some, None])
        two = (cluster * _CLUSTER)[:, None] + np.arange(_CLUSTER)
        one = np.repeat(one + row, _CLUSTER)[two.ravel() < second.start.size]
        two = two[two < second.start.size]
        gap = squared_gap(
            low.take(one, axis=1),
            high.take(one, axis=1),
            second.low_mm.take(two, axis=1),
            second.high_mm.take(two, axis=1),
        )
        below = gap < limit[one]
        found.append((one[below], two[below]))
    ones, twos = zip(*found, strict=True)
    return np.concatenate(ones), np.concatenate(twos)


def _nearest_of_groups(square: NDArray[np.float64], groups: NDArray[np.integer], n_groups: int) -> Chosen:
    """For each group a patch with the least lower bound; patches of the same groups follow one another."""
    start = np.flatnonzero(np.append(True, (groups[:, 1:] != groups[:, :-1]).any(axis=0)))
    stop = np.append(start[1:], square.size)
    least = np.where(groups[:, start] < 0, np.inf, np.minimum.reduceat(square, start))
    found = set()
    for group in range(n_groups):
        own = np.where(groups[:, start] == group, least, np.inf).min(axis=0)
        nearest = int(own.argmin())
        if own[nearest] < np.inf:
            found.add(int(start[nearest]) + int(square[start[nearest] : stop[nearest]].argmin()))
    return np.array(sorted(found), dtype=np.intp)
