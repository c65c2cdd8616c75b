"""Sets of voxels in a box of a grid: of labels, and everything within a distance of points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record
from flr.kernels.runs import Runs

_THINNING = 0.1
_ROWS = 1 << 14  # larger temporaries cost more than their arithmetic


@dataclass(frozen=True, eq=False)
class Zone(Record):
    """Voxels of a box of a grid.

    Parameters
    ----------
    start : tuple of int
        First voxel of the box, (i, j, k).
    inside : ndarray of bool
        The box.
    """

    start: tuple[int, int, int]
    inside: NDArray[np.bool_]

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Where the box lies in its grid."""
        i, j, k = (slice(s, s + n) for s, n in zip(self.start, self.inside.shape, strict=True))
        return i, j, k


def zones_of(runs: Runs) -> dict[int, Zone]:
    """The smallest box around the voxels of each label, by label.

    Parameters
    ----------
    runs : Runs
        In any order.
    """
    if not len(runs):
        return {}
    order = np.argsort(runs.label, kind="stable")
    label, i, j, k, length = (a[order] for a in (runs.label, runs.i, runs.j, runs.k, runs.length))
    first = np.flatnonzero(np.diff(label, prepend=label[0] - 1))
    lows = np.stack([np.minimum.reduceat(a, first) for a in (i, j, k)], axis=1)
    highs = np.stack([np.maximum.reduceat(a, first) for a in (i + length, j + 1, k + 1)], axis=1)
    zones = {}
    for value, low, high, begin, end in zip(
        label[first].tolist(), lows, highs, first, np.append(first[1:], label.size), strict=True
    ):
        n_i, n_j, n_k = (int(n) for n in high - low)
        own, n = slice(begin, end), length[begin:end]
        # Every position of every run: where the run begins, and steps from there.
        begins = ((k[own] - low[2]) * n_j + (j[own] - low[1])) * n_i + (i[own] - low[0])
        inside = np.zeros(n_i * n_j * n_k, dtype=bool)
        inside[np.repeat(begins - (np.cumsum(n) - n), n) + np.arange(int(n.sum()))] = True
        start = (int(low[0]), int(low[1]), int(low[2]))
        zones[value] = Zone(start, inside.reshape(n_k, n_j, n_i).T)
    return zones


def within_mm(
    points_mm: NDArray[np.float64],
    radius_mm: float,
    shape: Sequence[int],
    index_to_world_mm: NDArray[np.float64],
) -> Zone:
    """Voxels whose centre lies within ``radius_mm`` of any of the points: a union of balls.

    Parameters
    ----------
    points_mm : ndarray, shape (n, 3)
        World positions.
    radius_mm : float
        Not negative.
    shape : sequence of int
        Of the grid, (i, j, k).
    index_to_world_mm : ndarray, shape (4, 4)

    Notes
    -----
    Every ball meets every row of voxels in one interval, found from a quadratic; the union of the
    intervals is a running sum. The cost follows points × rows, whatever the radius along the rows. Points
    nearer to one another than a tenth of the radius stand for each other; that moves the edge of the union
    by less than a hundredth of the radius.
    """
    points_mm = _thinned(points_mm, _THINNING * radius_mm)
    axes = index_to_world_mm[:3, :3]
    inverse = np.linalg.inv(axes)
    index = (points_mm - index_to_world_mm[:3, 3]) @ inverse.T
    # The ball's reach along each index axis.
    reach = radius_mm * np.linalg.norm(inverse, axis=1)
    start = np.maximum(np.ceil(index.min(axis=0) - reach), 0).astype(int)
    stop = np.minimum(np.floor(index.max(axis=0) + reach) + 1, shape).astype(int)
    size = np.maximum(stop - start, 0)
    origin = (int(start[0]), int(start[1]), int(start[2]))
    if not size.all():
        return Zone((0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
    n_i, n_j, n_k = (int(n) for n in size)
    width = n_i + 1
    # Squares and products of the axes, in units of the first one's square.
    (_, i_j, i_k), (_, j_j, j_k), (_, _, k_k) = (axes.T @ axes / (axes[:, 0] @ axes[:, 0])).tolist()
    is_straight = i_j == i_k == j_k == 0.0
    radius_square = float(radius_mm**2 / (axes[:, 0] @ axes[:, 0]))
    index -= start
    # Rows near each point: its first one, and so many from there on; none outside the box.
    low = np.maximum(np.ceil(index[:, 1:] - reach[1:]), 0.0)
    rows_j, rows_k = (
        np.arange(min(2.0 * np.ceil(r) + 1.0, n)) for r, n in zip(reach[1:], (n_j, n_k), strict=True)
    )
    firsts, lasts = [], []
    block = max(1, _ROWS // (rows_j.size * rows_k.size))
    for begin in range(0, index.shape[0], block):
        here = index[begin : begin + block, :, None, None]
        j = low[begin : begin + block, 0, None, None] + rows_j
        k = low[begin : begin + block, 1, None, None] + rows_k[:, None]
        d_j, d_k, middle = j - here[:, 1], k - here[:, 2], here[:, 0]
        root = (radius_square - k_k * d_k * d_k) - j_j * d_j * d_j
        if not is_straight:
            along = i_j * d_j + i_k * d_k
            root += along * along - 2.0 * j_k * d_j * d_k
            middle = middle - along
        met = (root >= 0.0) & ((j >= 0) & (j < n_j)) & ((k >= 0) & (k < n_k))
        half = np.sqrt(np.maximum(root, 0.0, out=root), out=root)
        first = np.ceil(middle - half)
        np.maximum(first, 0.0, out=first)
        last = np.floor(np.add(middle, half, out=half), out=half)
        np.minimum(last, n_i - 1.0, out=last)
        met &= first <= last
        base = (k * n_j + j) * width
        first += base
        last += base
        firsts.append(first[met].astype(np.int64))
        lasts.append(last[met].astype(np.int64))
    n_edges = n_k * n_j * width
    opened = np.bincount(np.concatenate(firsts), minlength=n_edges)
    opened[1:] -= np.bincount(np.concatenate(lasts), minlength=n_edges)[:-1]
    filled = np.cumsum(opened).reshape(n_k, n_j, width)[:, :, :n_i] > 0
    return Zone(origin, filled.T)


def _thinned(points_mm: NDArray[np.float64], cell_mm: float) -> NDArray[np.float64]:
    """One point of each cubic cell."""
    if points_mm.shape[0] < 64 or not cell_mm > 0.0:
        return points_mm
    cell = np.floor((points_mm - points_mm.min(axis=0)) / cell_mm).astype(np.int64)
    sides = cell.max(axis=0) + 1
    key = (cell[:, 0] * sides[1] + cell[:, 1]) * sides[2] + cell[:, 2]
    return points_mm[np.sort(np.unique(key, return_index=True)[1])]
