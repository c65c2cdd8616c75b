"""The least distance between two sets of points, by boxes around a few neighbouring points each.

A box is bounded away from another in a few operations, so that almost no two points are compared: what is
left is exact. Made of NumPy alone, because importing a tree costs more than most searches in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Chosen = NDArray[np.intp]

PATCH = 16
"""Most points of one box."""

CELL_MM = 4.0
"""About the longest side of a box."""

_FIRST_PAIRS = 8
_MOST_PAIRS = 256  # larger temporaries cost more than their arithmetic


@dataclass(frozen=True)
class Patches:
    """Consecutive points in boxes.

    Parameters
    ----------
    start, length : ndarray of int, shape (patches,)
        The points of each: 1 to :data:`PATCH` of them.
    low_mm, high_mm : ndarray, shape (3, patches)
        Corners of boxes that hold them.
    """

    start: Chosen
    length: Chosen
    low_mm: Points
    high_mm: Points

    def members(self, chosen: Chosen) -> Chosen:
        """Numbers of some patches' points, shape (len(chosen), PATCH); a short patch repeats its last."""
        within = np.minimum(np.arange(PATCH), self.length[chosen, None] - 1)
        return np.asarray(self.start[chosen, None] + within)

    def some(self, chosen: Chosen) -> Patches:
        """Some of the patches, of the same points."""
        return Patches(
            self.start[chosen], self.length[chosen], self.low_mm[:, chosen], self.high_mm[:, chosen]
        )


def patches_of(rows_mm: Iterable[tuple[Points, Points]], group: NDArray[np.integer]) -> Patches:
    """Patches of consecutive points.

    Parameters
    ----------
    rows_mm : iterable of pairs of ndarray, each of shape (n,)
        For x, y and z the least and the largest that each point can have; the same for points that are known.
    group : ndarray of int, shape (n,)
        Points of different groups share no patch; equal ones are neighbours.
    """
    n = group.size
    if not n:
        return Patches(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros((3, 0)), np.zeros((3, 0)))
    first = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    since = np.arange(n) - np.repeat(first, np.diff(first, append=n))
    start = np.flatnonzero(since % PATCH == 0)
    ends = [(np.minimum.reduceat(a, start), np.maximum.reduceat(b, start)) for a, b in rows_mm]
    low, high = (np.stack(side) for side in zip(*ends, strict=True))
    return Patches(start, np.diff(start, append=n), low, high)


def sorted_keys(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], Chosen]:
    """Keys, ascending, and the order that sorts them; equal ones stay in order."""
    # Values that all differ can be sorted by any method, the fastest among them, with one result.
    n = max(1, key.size)
    together = np.sort(key * n + np.arange(key.size))
    ranked, order = np.divmod(together, n)
    return ranked, np.asarray(order, dtype=np.intp)


def gathered(points_mm: Points) -> tuple[Points, Patches]:
    """The points with neighbours together, and their patches."""
    across = np.ascontiguousarray(points_mm.T)
    i, j, k = ((row - row.min()) // CELL_MM for row in across)
    cell, order = sorted_keys(((k * (j.max() + 1) + j) * (i.max() + 1) + i).astype(np.int64))
    across = across[:, order]
    return np.ascontiguousarray(across.T), patches_of(((row, row) for row in across), cell)


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


def least_distance_mm(
    first: Patches,
    first_points: Callable[[Chosen], Points],
    second: Patches,
    second_points: Points,
    gap_mm: NDArray[np.float64] | None = None,
) -> float:
    """Least distance between a point of the first and a point of the second. [mm]

    Parameters
    ----------
    first : Patches
    first_points : callable
        The points with given numbers, shape (n,) to (n, 3); asked for few of them.
    second : Patches
    second_points : ndarray, shape (m, 3)
    gap_mm : ndarray, shape (patches of first,), optional
        A distance that no point of the patch is nearer to the second than.

    Returns
    -------
    float
        Infinity when one of them holds no point.
    """
    if not first.start.size or not second.start.size:
        return float("inf")
    low, high = second.low_mm.min(axis=1)[:, None], second.high_mm.max(axis=1)[:, None]
    square = squared_gap(first.low_mm, first.high_mm, low, high)
    if gap_mm is not None:
        np.maximum(square, gap_mm * gap_mm, out=square)
    # The nearest few tell how far to look.
    few = min(_FIRST_PAIRS, square.size)
    near = first.some(np.argpartition(square, few - 1)[:few])
    nearest = _between(near, second).argmin(axis=1)
    points = _points_in(near, np.arange(few), first_points)
    best = _least_square(points, second, second_points, nearest, np.inf)
    near = first.some(np.flatnonzero(square < best))
    if not near.start.size:
        return float(np.sqrt(best))
    low, high = near.low_mm.min(axis=1)[:, None], near.high_mm.max(axis=1)[:, None]
    beside = second.some(np.flatnonzero(squared_gap(low, high, second.low_mm, second.high_mm) < best))
    square = _between(near, beside)
    a, b = np.nonzero(square < best)
    square = square[a, b]
    order = np.argsort(square)
    a, b, square = a[order], b[order], square[order]
    points = np.empty((3, near.start.size, PATCH))
    unknown = np.ones(near.start.size, dtype=bool)
    done, size = 0, _FIRST_PAIRS
    while done < square.size and square[done] < best:
        pairs = slice(done, min(done + size, int(np.searchsorted(square, best))))
        asked = np.unique(a[pairs])
        asked = asked[unknown[asked]]
        if asked.size:
            points[:, asked] = _points_in(near, asked, first_points)
            unknown[asked] = False
        best = _least_square(points[:, a[pairs]], beside, second_points, b[pairs], best)
        done = pairs.stop
        size = min(4 * size, _MOST_PAIRS)
    return float(np.sqrt(best))


def _points_in(patches: Patches, chosen: Chosen, points: Callable[[Chosen], Points]) -> Points:
    """Points of some patches, shape (3, len(chosen), PATCH)."""
    members = patches.members(chosen)
    return np.ascontiguousarray(points(members.ravel()).T).reshape(3, *members.shape)


def _between(first: Patches, second: Patches) -> NDArray[np.float64]:
    """Squared distances between all boxes of two, shape (first, second)."""
    return squared_gap(
        first.low_mm[:, :, None], first.high_mm[:, :, None], second.low_mm[:, None], second.high_mm[:, None]
    )


def _least_square(
    points: Points, second: Patches, second_points: Points, paired: Chosen, best: float
) -> float:
    """Least squared distance of points, shape (3, pairs, PATCH), from their patches, or the best known."""
    low, high = second.low_mm[:, paired, None], second.high_mm[:, paired, None]
    row, member = np.nonzero(squared_gap(points, points, low, high) < best)
    if not row.size:
        return best
    others = second_points[second.members(paired)]
    square: NDArray[np.float64] | float = 0.0
    for axis in range(3):
        apart = others[row, :, axis] - points[axis, row, member][:, None]
        apart *= apart
        square = square + apart
    return min(best, float(np.min(square)))
