"""Distances in mm between surfaces of label maps, and everything within a distance of one.

A surface is a set of points on the grid's edges: between a voxel inside and its neighbour outside, where the
smoothed mask crosses the level of the surface. That places it to a fraction of a voxel; voxel centres alone
would shift every distance by up to half a voxel. Works on any affine grid, sheared ones included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record

Points = NDArray[np.float64]

_SMOOTHING_MM = 2.0  # Gaussian standard deviation: the coarsest spacing, at most this
_SMOOTHING_VOXELS = 0.7  # and along no axis less than this
_MOST_SMOOTHING_VOXELS = 12.0  # nor more: voxels of a sixth of a millimetre have it, and no scan is finer
_TRUNCATE = 3.0
_LIKELY = 64  # points that are compared first
_BLOCK = 1 << 16  # products of matrices below that are left to one thread, which is faster
_DIRECTIONS = 192
_COARSE_DIRECTIONS = 15  # of the 360 in a plane, every 24th


def voxel_half_diagonal_mm(index_to_world_mm: NDArray[np.float64]) -> float:
    """Half of a voxel's longest diagonal: no surface that a voxel map stands for is further off. [mm]"""
    signs = np.array([(1, a, b) for a in (1, -1) for b in (1, -1)], dtype=np.float64)
    return 0.5 * float(np.linalg.norm(signs @ index_to_world_mm[:3, :3].T, axis=1).max())


@dataclass(frozen=True, eq=False)
class Surface(Record):
    """The surface of one structure.

    Parameters
    ----------
    points_mm : ndarray, shape (n, 3)
        World positions.
    """

    points_mm: Points

    @cached_property
    def low_mm(self) -> Points:
        """Lower corner of the box around the points, shape (3,)."""
        return np.asarray(self.points_mm.min(axis=0, initial=np.inf))

    @cached_property
    def high_mm(self) -> Points:
        """Upper corner of the box around the points, shape (3,)."""
        return np.asarray(self.points_mm.max(axis=0, initial=-np.inf))

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.points_mm, balanced_tree=False, compact_nodes=False)

    def nearest_mm(self, points_mm: Points, within_mm: float = np.inf) -> NDArray[np.float64]:
        """Distance from each of some points, shape (n, 3), to the nearest of the surface. [mm]

        Infinity where it exceeds ``within_mm``, and where the surface has no point.
        """
        # The tree leaves out what is exactly as far as its bound.
        return np.asarray(
            self._tree.query(points_mm, distance_upper_bound=np.nextafter(within_mm, np.inf))[0]
        )

    def box_gap_mm(self, points_mm: Points) -> NDArray[np.float64]:
        """Distance from each of some points, shape (n, 3), to the box of the surface. [mm]"""
        square = np.zeros(points_mm.shape[0])
        for low, high, along in zip(self.low_mm, self.high_mm, points_mm.T, strict=True):
            apart = np.maximum(np.maximum(low - along, along - high), 0.0)
            square += apart * apart
        return np.asarray(np.sqrt(square))


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
    The mask is smoothed with a Gaussian whose standard deviation is the coarsest spacing, at most 2 mm, and
    from 0.7 to 12 voxels, and the surface is the level that encloses as many voxels as the mask holds, so
    that smoothing does not shrink what is small. Each point stays on its own edge between two voxels.
    """
    spacing_mm = np.linalg.norm(index_to_world_mm[:3, :3], axis=0)
    sigma_mm = min(_SMOOTHING_MM, float(spacing_mm.max()))
    sigma = np.clip(sigma_mm / spacing_mm, _SMOOTHING_VOXELS, _MOST_SMOOTHING_VOXELS)
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


@dataclass(frozen=True, eq=False)
class LabelEdges(Record):
    """Every grid edge of a label map whose two voxels differ.

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
    between : ndarray of int, shape (2, edges)
        The smaller and the larger of the two labels.
    """

    labels: NDArray[Any]
    index_to_world_mm: NDArray[np.float64]
    first: NDArray[np.integer]
    axis: NDArray[np.int8]
    between: NDArray[Any]

    def of(self, label: int) -> NDArray[np.intp]:
        """Edges that bound a label."""
        return np.flatnonzero((self.between == label).any(axis=0))

    @cached_property
    def pairs(self) -> list[tuple[int, int, NDArray[np.intp]]]:
        """Every two labels that meet, the smaller first, with the edges between them."""
        most = int(self.between.max(initial=0)) + 1
        code = self.between[0].astype(np.int64) * most + self.between[1]
        order = np.argsort(code.astype(np.uint16) if most <= 256 else code, kind="stable")
        codes = np.flatnonzero(np.bincount(code)) if most <= 256 else np.unique(code)
        ends = np.searchsorted(code[order], np.append(codes, most * most))
        return [
            (*divmod(int(one), most), order[start:stop])
            for one, start, stop in zip(codes, ends[:-1], ends[1:], strict=True)
        ]

    def crossings_mm(self, edges: NDArray[np.intp], label: int | NDArray[np.bool_]) -> Points:
        """Where the surface of a label, or of several, crosses an edge, to a fraction of a voxel.

        Parameters
        ----------
        edges : ndarray of int, shape (n,)
        label : int or ndarray of bool, shape (labels,)
            One of the two labels of each edge; or, by label, whether it is one of several, which one of the
            two is.

        Returns
        -------
        ndarray, shape (n, 3)
        """
        first, axis = self.first[edges], self.axis[edges]
        flat = self.labels.reshape(-1)
        share = np.empty(edges.size)
        for along, (offsets, weights) in enumerate(self._stencils):
            here = np.flatnonzero(axis == along)
            for some in _blocks(here, _BLOCK // weights.size):
                around = flat[first[some, None] + offsets]
                inside = around == label if isinstance(label, int) else label[around]
                ends = inside.astype(np.float32) @ weights
                share[some] = _crossing(ends[:, 0], ends[:, 1], 0.5)
        return self._on_edges_mm(edges, share)

    def middles_mm(self, edges: NDArray[np.intp]) -> Points:
        """The middles of edges, shape (n, 3); every crossing lies within half an edge of one."""
        return self._on_edges_mm(edges, 0.5)

    def _on_edges_mm(self, edges: NDArray[np.intp], share: NDArray[np.float64] | float) -> Points:
        index = _index_of(self.first[edges], self.labels.shape).astype(np.float64)
        index[self.axis[edges], np.arange(edges.size)] += share
        return _placed(index, self.index_to_world_mm[:3]).T

    @cached_property
    def _stencils(self) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """For edges along each axis, the voxels around both ends, and their binomial weights at either.

        Shapes (36,) and (36, 2). All weights are multiples of 1/64, so that sums of them are exact.
        """
        _, n_j, n_i = self.labels.shape
        strides = np.array((1, n_i, n_i * n_j))
        binomial = np.array((0.0, 0.25, 0.5, 0.25, 0.0))
        stencils = []
        for axis in range(3):
            at = np.indices([4 if a == axis else 3 for a in range(3)]).reshape(3, -1)
            weights = [
                np.prod(binomial[[at[a] + 1 - (end if a == axis else 0) for a in range(3)]], axis=0)
                for end in (0, 1)
            ]
            stencils.append((strides @ (at - 1), np.stack(weights, axis=1).astype(np.float32)))
        return stencils


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
    stored, box_start = _around_labels(labels.T)
    _, n_j, n_i = stored.shape
    affine = index_to_world_mm.copy()
    affine[:3, 3] += affine[:3, :3] @ box_start
    flat, steps = stored.reshape(-1), (1, n_i, n_i * n_j)
    small = np.int32 if stored.size < 1 << 31 else np.int64
    differ = np.zeros(stored.shape, dtype=bool)
    found = []
    for along in steps:
        np.not_equal(flat[:-along], flat[along:], out=differ.reshape(-1)[:-along])
        # What is repeated around the box bounds nothing, and a row's end is no neighbour of the next one.
        for axis in range(3):
            differ.swapaxes(0, axis)[[0, -1]] = False
        found.append(np.flatnonzero(differ).astype(small))
    del differ
    first = np.concatenate(found)
    axis_of = np.repeat(np.arange(3, dtype=np.int8), [one.size for one in found])
    low, high = flat[first], flat[first + np.array(steps, dtype=small)[axis_of]]
    return LabelEdges(
        labels=stored,
        index_to_world_mm=affine,
        first=first,
        axis=axis_of,
        between=np.stack([np.minimum(low, high), np.maximum(low, high)]),
    )


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
    known = np.zeros((len(surfaces), len(wanted)), dtype=bool) if touching is None else touching
    result = np.full(known.shape, np.inf)
    for column, label in enumerate(wanted):
        result[:, column] = _to_label_mm(surfaces, edges, label, known[:, column])
    return result


def _to_label_mm(
    surfaces: Sequence[Surface], edges: LabelEdges, label: int, touching: NDArray[np.bool_]
) -> list[float]:
    bounding = edges.of(label)
    if not bounding.size:
        return [np.inf] * len(surfaces)
    apart = [surface for surface, touches in zip(surfaces, touching, strict=True) if not touches]
    bounds = _at_least_mm(apart, edges, bounding)
    return [
        0.0
        if touches
        else _least_mm(surface, next(bounds), lambda some: edges.crossings_mm(bounding[some], label))
        for surface, touches in zip(surfaces, touching, strict=True)
    ]


def _at_least_mm(
    surfaces: Sequence[Surface], edges: LabelEdges, some: NDArray[np.intp]
) -> Iterator[NDArray[np.float64]]:
    """Lower bound of the distance from each surface to each of some edges' crossings. [mm]"""
    middles_mm = edges.middles_mm(some)
    half_mm = 0.5 * np.linalg.norm(edges.index_to_world_mm[:3, :3], axis=0)[edges.axis[some]]
    for surface in surfaces:
        # A crossing is no nearer than the middle of its edge, less half the edge.
        yield surface.box_gap_mm(middles_mm) - half_mm


def least_to_union_mm(
    surfaces: Sequence[Surface],
    edges: LabelEdges,
    chosen: NDArray[np.bool_],
    bounds_mm: dict[int, list[float]],
    touching: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Least distance from each surface to the surface of the union of some labels. [mm]

    The same as :func:`least_distances_mm` to a map of the union, without making one.

    Parameters
    ----------
    surfaces : sequence of Surface
    edges : LabelEdges
    chosen : ndarray of bool, shape (labels,)
    bounds_mm : dict
        Lower bounds of the distance from each surface, by the number of a pair of labels: filled here, for
        the next union.
    touching : ndarray of bool, shape (len(surfaces),)
        Their distance is 0 and not looked for.
    """
    bounding = [n for n, (a, b, _) in enumerate(edges.pairs) if chosen[a] != chosen[b]]
    for number in bounding:
        if number not in bounds_mm:
            some = edges.pairs[number][2]
            bounds_mm[number] = [float(least.min()) for least in _at_least_mm(surfaces, edges, some)]
    result = np.zeros(len(surfaces))
    for row, (surface, touches) in enumerate(zip(surfaces, touching, strict=True)):
        if touches:
            continue
        found = np.inf
        for bound_mm, number in sorted((bounds_mm[number][row], number) for number in bounding):
            if not bound_mm < found:
                break
            some = edges.pairs[number][2]
            (at_least_mm,) = _at_least_mm([surface], edges, some)
            near = at_least_mm < found
            crossings_mm = partial(_crossings_mm, edges, some[near], chosen)
            found = min(found, _least_mm(surface, at_least_mm[near], crossings_mm))
        result[row] = found
    return result


def _crossings_mm(
    edges: LabelEdges, some: NDArray[np.intp], chosen: NDArray[np.bool_], which: NDArray[np.intp]
) -> Points:
    return edges.crossings_mm(some[which], chosen)


def between_mm(first: Surface, second: Surface) -> float:
    """Least distance between two surfaces; infinity where one has no point. [mm]"""
    points_mm = first.points_mm
    return _least_mm(second, second.box_gap_mm(points_mm), lambda some: points_mm[some])


def _least_mm(
    surface: Surface, at_least_mm: NDArray[np.float64], points_mm: Callable[[NDArray[np.intp]], Points]
) -> float:
    """Least distance of a surface from points; before they are asked for, only a lower bound is known.

    Exact: the points with the least bounds tell how far the nearest can be, and all that may be nearer are
    compared.
    """
    if not at_least_mm.size or not surface.points_mm.size:
        return np.inf
    likely = np.argpartition(at_least_mm, min(_LIKELY, at_least_mm.size) - 1)[:_LIKELY]
    at_most_mm = float(surface.nearest_mm(points_mm(likely)).min())
    near = np.flatnonzero(at_least_mm < at_most_mm)
    found = surface.nearest_mm(points_mm(near), at_most_mm)
    return min(at_most_mm, float(found.min(initial=np.inf)))


def extent_mm(points_mm: Points) -> float:
    """Largest distance between two of the points, at most half a percent short of it. [mm]

    The ends are looked for along many directions, and followed from the best of them.
    """
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
