"""Distances in mm between surfaces of label maps, and everything within a distance of one.

A surface is a set of points on the grid's edges: between a voxel inside and its neighbour outside, where the
smoothed mask crosses the level of the surface. That places it to a fraction of a voxel; voxel centres alone
would shift every distance by up to half a voxel. Works on any affine grid, sheared ones included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.kernels.patches import (
    CELL_MM,
    Patches,
    gathered,
    least_distance_mm,
    patches_of,
    sorted_keys,
    squared_gap,
)

Points = NDArray[np.float64]

_SMOOTHING_MM = 2.0  # Gaussian standard deviation: the coarsest spacing, at most this
_SMOOTHING_VOXELS = 0.7  # and along no axis less than this
_TRUNCATE = 3.0
_BLOCK = 1 << 16  # products of matrices below that are left to one thread, which is faster
_DIRECTIONS = 192
_COARSE_DIRECTIONS = 15  # of the 360 in a plane, every 24th
_THINNING = 0.1
_ROWS = 1 << 14  # larger temporaries cost more than their arithmetic


def voxel_half_diagonal_mm(index_to_world_mm: NDArray[np.float64]) -> float:
    """Half of a voxel's longest diagonal: no surface that a voxel map stands for is further off. [mm]"""
    signs = np.array([(1, a, b) for a in (1, -1) for b in (1, -1)], dtype=np.float64)
    return 0.5 * float(np.linalg.norm(signs @ index_to_world_mm[:3, :3].T, axis=1).max())


@dataclass(frozen=True)
class Surface:
    """The surface of one structure.

    Parameters
    ----------
    points_mm : ndarray, shape (n, 3)
        World positions, neighbours together.
    patches : Patches
        Of the points.
    low_mm, high_mm : ndarray, shape (3,)
        Corners of their bounding box.
    reach_mm : float
        Radius of the ball around the middle of the box that holds them.
    """

    points_mm: Points
    patches: Patches
    low_mm: Points
    high_mm: Points
    reach_mm: float

    def gap_mm(self, patches: Patches) -> NDArray[np.float64]:
        """Distance of each patch's box from the ball: never more than from the surface. [mm]"""
        middle = 0.5 * (self.low_mm + self.high_mm)[:, None]
        away = np.sqrt(squared_gap(patches.low_mm, patches.high_mm, middle, middle))
        return np.asarray(np.maximum(away - self.reach_mm, 0.0))


def surface_of_points(points_mm: Points) -> Surface:
    """A surface from points that lie on it."""
    points, patches = gathered(points_mm)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = float(np.linalg.norm(points - 0.5 * (low + high), axis=1).max())
    return Surface(points, patches, low, high, reach)


def surface_points_mm(
    mask: NDArray[np.bool_], index_to_world_mm: NDArray[np.float64]
) -> tuple[Points, NDArray[np.int8]]:
    """Points on the surface of a mask, between voxel centres.

    Parameters
    ----------
    mask : ndarray of bool, shape (i, j, k)
        At least one voxel is set; what lies outside the array counts as outside.
    index_to_world_mm : ndarray, shape (4, 4)

    Returns
    -------
    points_mm : ndarray, shape (n, 3)
    axis : ndarray of int8, shape (n,)
        Index axis of the edge that each point lies on.

    Notes
    -----
    The mask is smoothed with a Gaussian whose standard deviation is the coarsest spacing, at most 2 mm and
    at least 0.7 voxels, and the surface is the level that encloses as many voxels as the mask holds, so that
    smoothing does not shrink what is small. Each point stays on its own edge between two voxels.
    """
    spacing_mm = np.linalg.norm(index_to_world_mm[:3, :3], axis=0)
    sigma_mm = min(_SMOOTHING_MM, float(spacing_mm.max()))
    sigma = np.maximum(_SMOOTHING_VOXELS, sigma_mm / spacing_mm)
    pad = np.ceil(_TRUNCATE * sigma).astype(int) + 1
    # Stored so that i varies fastest: axis a of the mask is axis 2 - a here.
    padded = np.pad(mask.T, [(int(p), int(p)) for p in pad[::-1]])
    smooth = padded.astype(np.float32)
    for axis in range(3):
        smooth = _blurred(smooth, float(sigma[axis]), 2 - axis)
    n_inside = int(np.count_nonzero(mask))
    ranked = np.partition(smooth.ravel(), (smooth.size - n_inside - 1, smooth.size - n_inside))
    level = 0.5 * float(ranked[smooth.size - n_inside - 1] + ranked[smooth.size - n_inside])
    flat, value = padded.reshape(-1), smooth.reshape(-1)
    n_j, n_i = padded.shape[1:]
    found, axes = [], []
    for axis, step in enumerate((1, n_i, n_i * n_j)):
        # The mask is padded, so no edge joins the end of a row to the next one.
        first = np.flatnonzero(flat[:-step] != flat[step:])
        index = np.array(_index_of(first, padded.shape), dtype=np.float64)
        index[axis] += _crossing(value[first], value[first + step], level)
        found.append(index - pad[:, None])
        axes.append(np.full(first.size, axis, dtype=np.int8))
    points = _placed(np.concatenate(found, axis=1), index_to_world_mm[:3])
    return np.ascontiguousarray(points.T), np.concatenate(axes)


def _placed(index: NDArray[Any], to_world_mm: NDArray[np.float64]) -> Points:
    """World positions of indices, both in rows, shape (rows of ``to_world_mm``, n).

    A product of matrices would wake threads for it.
    """
    world = np.empty((to_world_mm.shape[0], index.shape[1]))
    scaled = np.empty(index.shape[1])
    for row, weights in zip(world, to_world_mm, strict=True):
        np.multiply(index[0], weights[0], out=row)
        for other in (1, 2):
            row += np.multiply(index[other], weights[other], out=scaled)
        row += weights[3]
    return world


def _blurred(values: NDArray[np.float32], sigma: float, axis: int) -> NDArray[np.float32]:
    """Convolution with a Gaussian along one axis; zero outside the array, which holds zeros at its rim."""
    radius = int(_TRUNCATE * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(radius + 1) / sigma) ** 2)
    weights = (weights / (2.0 * weights[1:].sum() + weights[0])).astype(np.float32)
    before = values.swapaxes(0, axis)
    result = np.empty_like(values)
    after = result.swapaxes(0, axis)
    np.multiply(before, weights[0], out=after)
    scratch = np.empty_like(before)
    for step, weight in enumerate(weights[1:], start=1):
        scaled = np.multiply(before, weight, out=scratch)
        after[step:] += scaled[:-step]
        after[:-step] += scaled[step:]
    return result


def _crossing(low: NDArray[Any], high: NDArray[Any], level: float) -> NDArray[np.float64]:
    """Where between two voxel centres (0 to 1) the level is crossed; the middle where nothing changes."""
    rise = high.astype(np.float64) - low
    share = np.divide(level - low, rise, out=np.full(rise.shape, 0.5), where=rise != 0.0)
    return np.asarray(np.clip(share, 0.0, 1.0))


@dataclass(frozen=True)
class LabelEdges:
    """Every grid edge of a label map whose two voxels differ, those between the same two labels together.

    Parameters
    ----------
    labels : ndarray of int, shape (k, j, i)
        The box of all that is not 0, and voxels around it; where the map ends, its outermost once more.
    index_to_world_mm : ndarray, shape (4, 4)
        For (i, j, k) of the box.
    first : ndarray of int, shape (edges,)
        Flat position of the lower voxel in ``labels``.
    axis : ndarray of int8, shape (edges,)
        Index axis (0 i, 1 j, 2 k) towards the other voxel.
    low, high : ndarray, shape (edges,)
        Labels of the two voxels.
    patches : Patches
        Of edges between the same two labels.
    """

    labels: NDArray[Any]
    index_to_world_mm: NDArray[np.float64]
    first: NDArray[np.integer]
    axis: NDArray[np.int8]
    low: NDArray[Any]
    high: NDArray[Any]
    patches: Patches

    def of(self, label: int) -> NDArray[np.intp]:
        """Edges that bound a label."""
        return np.flatnonzero((self.low == label) | (self.high == label))

    def patches_of(self, label: int) -> Patches:
        """Patches of the edges that bound a label."""
        one = self.patches.start
        return self.patches.some(np.flatnonzero((self.low[one] == label) | (self.high[one] == label)))

    def points_mm(self, edges: NDArray[np.intp], label: int) -> Points:
        """Where the surface of a label crosses these edges, to a fraction of a voxel."""
        first, axis = self.first[edges], self.axis[edges]
        offsets, weights = self._stencils
        held = self.labels.reshape(-1)[first[:, None] + offsets[axis]] == label
        near = [block.astype(np.float32) @ weights for block in _blocks(held, _BLOCK // weights.size)]
        ends = (
            np.concatenate(near).reshape(-1, 2, 3)[np.arange(first.size), :, axis]
            if near
            else np.zeros((0, 2))
        )
        between = np.array(_index_of(first, self.labels.shape), dtype=np.float64)
        between[axis, np.arange(first.size)] += _crossing(ends[:, 0], ends[:, 1], 0.5)
        return np.asarray(_placed(between, self.index_to_world_mm[:3]).T)

    @cached_property
    def _stencils(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """For edges along each axis, the voxels around both ends, and their binomial weights at either.

        Shapes (3, 36) and (36, 2 × 3). All weights are multiples of 1/64, so that sums of them are exact.
        """
        _, n_j, n_i = self.labels.shape
        strides = np.array((1, n_i, n_i * n_j))
        offsets, weights = np.zeros((3, 36), dtype=np.int64), np.zeros((36, 2, 3), dtype=np.float32)
        binomial = np.array((0.0, 0.25, 0.5, 0.25, 0.0))
        for axis in range(3):
            at = np.indices([4 if a == axis else 3 for a in range(3)]).reshape(3, -1)
            offsets[axis] = strides @ (at - 1)
            for end in (0, 1):
                along = [at[a] + 1 - (end if a == axis else 0) for a in range(3)]
                weights[:, end, axis] = np.prod(binomial[along], axis=0)
        return offsets, weights.reshape(36, 6)


def _index_of(flat: NDArray[np.integer], shape: tuple[int, ...]) -> NDArray[np.integer]:
    """Rows i, j and k of flat positions in an array of shape (k, j, i)."""
    row, i = np.divmod(flat, shape[2])
    k, j = np.divmod(row, shape[1])
    return np.stack([i, j, k])


def label_edges(labels: NDArray[Any], index_to_world_mm: NDArray[np.float64]) -> LabelEdges:
    """Edges of a label map, shape (i, j, k); fastest in Fortran order.

    Parameters
    ----------
    labels : ndarray of int, shape (i, j, k)
        Not negative.
    index_to_world_mm : ndarray, shape (4, 4)
    """
    stored, start = _around_labels(labels.T)
    _, n_j, n_i = stored.shape
    affine = index_to_world_mm.copy()
    affine[:3, 3] += affine[:3, :3] @ start
    firsts, axes = [], []
    small = np.int32 if stored.size < 1 << 31 else np.int64
    differ = np.zeros(stored.shape, dtype=bool)
    # What is repeated around the box bounds nothing.
    own = np.s_[1:-1, 1:-1, 1:-1]
    for axis in range(3):
        inner = [slice(1, -1)] * 3
        inner[2 - axis] = slice(1, -2)
        other = list(inner)
        other[2 - axis] = slice(2, -1)
        differ[own] = False
        np.not_equal(stored[tuple(inner)], stored[tuple(other)], out=differ[tuple(inner)])
        firsts.append(np.flatnonzero(differ).astype(small))
        axes.append(np.full(firsts[-1].size, axis, dtype=np.int8))
    del differ
    first, axis_of = np.concatenate(firsts), np.concatenate(axes)
    flat = stored.reshape(-1)
    step = np.array([1, n_i, n_i * n_j], dtype=small)
    low, high = flat[first], flat[first + step[axis_of]]
    n_labels = int(stored.max(initial=0)) + 1
    between = np.minimum(low, high).astype(np.int64) * n_labels + np.maximum(low, high)
    index = _index_of(first, stored.shape)
    key = between
    for axis in (2, 1, 0):
        side = max(1, round(CELL_MM / float(np.linalg.norm(affine[:3, axis]))))
        cell_of = np.arange(stored.shape[2 - axis]) // side
        key = key * (int(cell_of[-1]) + 1) + cell_of[index[axis]]
    cell, order = sorted_keys(key)
    index, axis_of = index[:, order], axis_of[order]
    return LabelEdges(
        labels=stored,
        index_to_world_mm=affine,
        first=first[order],
        axis=axis_of,
        low=low[order],
        high=high[order],
        patches=patches_of(_ends_mm(index, axis_of, affine), cell),
    )


def _ends_mm(
    index: NDArray[np.integer], axis: NDArray[np.int8], affine: NDArray[np.float64]
) -> Iterator[tuple[Points, Points]]:
    """World x, y and z, one after the other, of both ends of edges: the smaller and the larger."""
    for world in affine[:3]:
        (here,) = _placed(index, world[None])
        yield here + np.minimum(world[:3], 0.0)[axis], here + np.maximum(world[:3], 0.0)[axis]


def _around_labels(stored: NDArray[Any]) -> tuple[NDArray[Any], tuple[int, int, int]]:
    """The box of all that is not 0 with two voxels around it, C-ordered, and its first voxel (i, j, k).

    The outer of the two repeats the inner one, so that nothing looked for around an edge lies outside.
    """
    plane = np.bitwise_or.reduce(stored, axis=0)
    filled = (
        np.flatnonzero(stored.reshape(stored.shape[0], -1).max(axis=1, initial=0)),
        np.flatnonzero(plane.max(axis=1, initial=0)),
        np.flatnonzero(plane.max(axis=0, initial=0)),
    )
    ends = [(int(f[0]), int(f[-1]) + 1) if f.size else (0, 0) for f in filled]
    k, j, i = (slice(max(0, a - 1), b + 1) for a, b in ends)
    return np.pad(stored[k, j, i], 1, mode="edge"), (i.start - 1, j.start - 1, k.start - 1)


def least_distances_mm(
    surfaces: Sequence[Surface],
    edges: LabelEdges,
    wanted: Sequence[int],
    *,
    touching: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Least distance from each surface to the surface of each label. [mm]

    Parameters
    ----------
    surfaces : sequence of Surface
    edges : LabelEdges
    wanted : sequence of int
        Labels.
    touching : ndarray of bool, shape (len(surfaces), len(wanted)), optional
        Pairs that are known to touch or overlap: their distance is 0 and not looked for.

    Returns
    -------
    ndarray, shape (len(surfaces), len(wanted))
        Infinity where a label has no surface.
    """
    result = np.full((len(surfaces), len(wanted)), np.inf)
    for column, label in enumerate(wanted):
        bounding = edges.patches_of(label)

        def crossed(some: NDArray[np.intp], label: int = label) -> Points:
            return edges.points_mm(some, label)

        for row, surface in enumerate(surfaces):
            result[row, column] = (
                0.0
                if touching is not None and touching[row, column] and bounding.start.size
                else least_distance_mm(
                    bounding, crossed, surface.patches, surface.points_mm, surface.gap_mm(bounding)
                )
            )
    return result


def between_mm(first: Surface, second: Surface) -> float:
    """Least distance between two surfaces. [mm]"""
    return least_distance_mm(
        first.patches, lambda some: first.points_mm[some], second.patches, second.points_mm
    )


def extent_mm(points_mm: Points) -> float:
    """Largest distance between two of the points. [mm]"""
    if points_mm.shape[0] < 2:
        return 0.0
    across = np.ascontiguousarray(points_mm.T)
    ends = []
    for block in _blocks(_hemisphere(_DIRECTIONS), max(1, _BLOCK // points_mm.shape[0])):
        projected = block @ across  # one row per direction: its ends are found along memory
        ends += [projected.argmax(axis=1), projected.argmin(axis=1)]
    outer = across[:, np.unique(np.concatenate(ends))]
    squared = np.zeros((outer.shape[1], outer.shape[1]))
    for axis in outer:
        apart = axis[:, None] - axis
        squared += apart * apart
    a, b = np.unravel_index(int(squared.argmax()), squared.shape)
    longest = float(np.sqrt(squared[a, b]))
    along = (outer[:, a] - outer[:, b]) / max(longest, 1e-300)
    # Follow the pair that is furthest apart along the best direction until it repeats.
    for _ in range(8):
        projected = along @ across
        pair = across[:, int(projected.argmax())] - across[:, int(projected.argmin())]
        length = float(np.linalg.norm(pair))
        if length <= longest * (1.0 + 1e-12):
            break
        longest, along = length, pair / length
    return longest


def extent_in_slices_mm(points_mm: Points, slice_of_point: NDArray[np.int64]) -> float:
    """Largest distance between two points of one slice. [mm]

    Parameters
    ----------
    points_mm : ndarray, shape (n, 2)
        In the plane of the slices.
    slice_of_point : ndarray of int, shape (n,)
    """
    if points_mm.shape[0] < 2:
        return 0.0
    order = np.argsort(slice_of_point, kind="stable")
    first = np.flatnonzero(np.diff(slice_of_point[order], prepend=slice_of_point[order[0]] - 1))
    angle = np.arange(360) * (np.pi / 360.0)
    directions = np.stack([np.cos(angle), np.sin(angle)])
    # No span is longer than the widest of few directions by more than the turn between them can hide.
    turn = 0.5 * np.pi / _COARSE_DIRECTIONS
    coarse = directions[:, :: angle.size // _COARSE_DIRECTIONS]
    widest = _spans(coarse, points_mm[order], first).max(axis=0)
    rest = widest >= (1.0 - 1e-12) * np.cos(turn) * widest.max()
    kept = np.repeat(rest, np.diff(first, append=order.size))
    lengths = np.diff(first, append=order.size)[rest]
    return float(_spans(directions, points_mm[order[kept]], np.cumsum(lengths) - lengths).max())


def _spans(
    directions: NDArray[np.float64], points_mm: Points, first: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Extent along each direction of each stretch of points, shape (directions, stretches)."""
    across = np.ascontiguousarray(points_mm.T)
    spans = []
    for block in _blocks(directions.T, max(1, _BLOCK // points_mm.shape[0])):
        projected = block @ across
        spans.append(
            np.maximum.reduceat(projected, first, axis=1) - np.minimum.reduceat(projected, first, axis=1)
        )
    return np.concatenate(spans)


def _blocks(rows: NDArray[Any], size: int) -> Iterator[NDArray[Any]]:
    for start in range(0, rows.shape[0], size):
        yield rows[start : start + size]


def _hemisphere(n: int) -> Points:
    """Unit vectors spread evenly over half a sphere (Fibonacci lattice)."""
    return sphere_points(2 * n)[:n]


def sphere_points(n: int) -> Points:
    """Unit vectors spread evenly over a sphere (Fibonacci lattice), shape (n, 3)."""
    turn = np.pi * (3.0 - np.sqrt(5.0))
    rank = np.arange(n)
    z = 1.0 - (2.0 * rank + 1.0) / n
    radius = np.sqrt(1.0 - z * z)
    return np.stack([radius * np.cos(turn * rank), radius * np.sin(turn * rank), z], axis=1)


def _thinned(points_mm: Points, cell_mm: float) -> Points:
    """One point of each cubic cell."""
    if points_mm.shape[0] < 64 or not cell_mm > 0.0:
        return points_mm
    cell = np.floor((points_mm - points_mm.min(axis=0)) / cell_mm).astype(np.int64)
    sides = cell.max(axis=0) + 1
    key = (cell[:, 0] * sides[1] + cell[:, 1]) * sides[2] + cell[:, 2]
    return points_mm[np.sort(np.unique(key, return_index=True)[1])]


@dataclass(frozen=True)
class Zone:
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


def within_mm(
    points_mm: Points, radius_mm: float, shape: Sequence[int], index_to_world_mm: NDArray[np.float64]
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
    # Rows near each point: its first one, and so many from there on.
    low = np.ceil(index[:, 1:] - reach[1:])
    rows_j, rows_k = (np.arange(2.0 * np.ceil(r) + 1.0) for r in reach[1:])
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
