"""Distances in mm between surfaces of label maps, and everything within a distance of one.

A surface is a set of points on the grid's edges: between a voxel inside and its neighbour outside, where the
smoothed mask crosses the level of the surface. That places it to a fraction of a voxel; voxel centres alone
would shift every distance by up to half a voxel. Works on any affine grid, sheared ones included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_SMOOTHING_MM = 2.0  # Gaussian standard deviation: the coarsest spacing, at most this
_SMOOTHING_VOXELS = 0.7  # and along no axis less than this
_TRUNCATE = 3.0
_BLOCK = 1 << 19
_CELL_MM = 8.0
_PATCH = 32  # edges that are bounded by one box
_DIRECTIONS = 192
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
        World positions.
    tree : scipy.spatial.cKDTree
        Of the points.
    low_mm, high_mm : ndarray, shape (3,)
        Corners of their bounding box.
    reach_mm : float
        Radius of the ball around the middle of the box that holds them.
    """

    points_mm: Points
    tree: Any
    low_mm: Points
    high_mm: Points
    reach_mm: float

    def gap_mm(self, points_mm: Points) -> NDArray[np.float64]:
        """Distance of each point from the bounding box and ball: never more than from the surface."""
        beyond = np.maximum(self.low_mm - points_mm, points_mm - self.high_mm)
        from_box = np.sqrt((np.maximum(beyond, 0.0) ** 2).sum(axis=1))
        from_middle = np.sqrt(((points_mm - 0.5 * (self.low_mm + self.high_mm)) ** 2).sum(axis=1))
        return np.asarray(np.maximum(from_box, from_middle - self.reach_mm))


def surface_of_points(points_mm: Points) -> Surface:
    """A surface from points that lie on it."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points_mm, balanced_tree=False, compact_nodes=False)
    low, high = points_mm.min(axis=0), points_mm.max(axis=0)
    reach = float(np.linalg.norm(points_mm - 0.5 * (low + high), axis=1).max())
    return Surface(points_mm, tree, low, high, reach)


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
    from scipy import ndimage

    spacing_mm = np.linalg.norm(index_to_world_mm[:3, :3], axis=0)
    sigma_mm = min(_SMOOTHING_MM, float(spacing_mm.max()))
    sigma = np.maximum(_SMOOTHING_VOXELS, sigma_mm / spacing_mm)
    pad = np.ceil(_TRUNCATE * sigma).astype(int) + 1
    padded = np.pad(mask, [(int(p), int(p)) for p in pad])
    smooth = padded.astype(np.float32)
    for axis in range(3):
        smooth = ndimage.gaussian_filter1d(
            smooth, float(sigma[axis]), axis=axis, mode="constant", truncate=_TRUNCATE
        )
    n_inside = int(np.count_nonzero(mask))
    ranked = np.partition(smooth.ravel(), (smooth.size - n_inside - 1, smooth.size - n_inside))
    level = 0.5 * float(ranked[smooth.size - n_inside - 1] + ranked[smooth.size - n_inside])
    found, axes = [], []
    for axis in range(3):
        low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        edge = padded[low] != padded[high]
        index = np.argwhere(edge).astype(np.float64)
        index[:, axis] += _crossing(smooth[low][edge], smooth[high][edge], level)
        found.append(index - pad)
        axes.append(np.full(index.shape[0], axis, dtype=np.int8))
    points = np.concatenate(found) @ index_to_world_mm[:3, :3].T + index_to_world_mm[:3, 3]
    return points, np.concatenate(axes)


def _crossing(low: NDArray[Any], high: NDArray[Any], level: float) -> NDArray[np.float64]:
    """Where between two voxel centres (0 to 1) the level is crossed; the middle where nothing changes."""
    rise = high.astype(np.float64) - low
    share = np.divide(level - low, rise, out=np.full(rise.shape, 0.5), where=rise != 0.0)
    return np.asarray(np.clip(share, 0.0, 1.0))


@dataclass(frozen=True)
class LabelEdges:
    """Every grid edge of a label map whose two voxels differ.

    Parameters
    ----------
    labels : ndarray of int, shape (k, j, i)
        C-ordered.
    index_to_world_mm : ndarray, shape (4, 4)
        For (i, j, k).
    first : ndarray of int64, shape (edges,)
        Flat position of the lower voxel in ``labels``.
    axis : ndarray of int8, shape (edges,)
        Index axis (0 i, 1 j, 2 k) towards the other voxel.
    low, high : ndarray, shape (edges,)
        Labels of the two voxels.
    middle_mm : ndarray, shape (edges, 3)
        World position of the edge's middle.
    """

    labels: NDArray[Any]
    index_to_world_mm: NDArray[np.float64]
    first: NDArray[np.int64]
    axis: NDArray[np.int8]
    low: NDArray[Any]
    high: NDArray[Any]
    middle_mm: Points

    def of(self, label: int) -> NDArray[np.intp]:
        """Edges that bound a label."""
        return np.flatnonzero((self.low == label) | (self.high == label))

    def points_mm(self, edges: NDArray[np.intp], label: int) -> Points:
        """Where the surface of a label crosses these edges, to a fraction of a voxel."""
        n_i, n_j, _ = self.labels.shape[::-1]
        first = self.first[edges]
        row, i = np.divmod(first, n_i)
        k, j = np.divmod(row, n_j)
        index = np.stack([i, j, k], axis=1)
        other = index.copy()
        other[np.arange(first.size), self.axis[edges]] += 1
        share = _crossing(self._occupancy(index, label), self._occupancy(other, label), 0.5)
        between = index + (other - index) * share[:, None]
        return np.asarray(between @ self.index_to_world_mm[:3, :3].T + self.index_to_world_mm[:3, 3])

    def _occupancy(self, index: NDArray[np.int64], label: int) -> NDArray[np.float64]:
        """Binomially smoothed indicator of a label at voxels given as (i, j, k)."""
        shape = self.labels.shape[::-1]
        total = np.zeros(index.shape[0])
        near = [
            [np.clip(index[:, axis] + step, 0, shape[axis] - 1) for step in (-1, 0, 1)] for axis in range(3)
        ]
        weight = (0.25, 0.5, 0.25)
        for c, k in enumerate(near[2]):
            for b, j in enumerate(near[1]):
                for a, i in enumerate(near[0]):
                    total += (self.labels[k, j, i] == label) * (weight[a] * weight[b] * weight[c])
        return total


def label_edges(labels: NDArray[Any], index_to_world_mm: NDArray[np.float64]) -> LabelEdges:
    """Edges of a label map, shape (i, j, k); fastest in Fortran order.

    Parameters
    ----------
    labels : ndarray of int, shape (i, j, k)
    index_to_world_mm : ndarray, shape (4, 4)
    """
    stored = np.ascontiguousarray(labels.T)
    n_k, n_j, n_i = stored.shape
    firsts, axes = [], []
    for axis, (shape, strides) in enumerate(
        (
            ((n_k, n_j, n_i - 1), (n_j * n_i, n_i, 1)),
            ((n_k, n_j - 1, n_i), (n_j * n_i, n_i, 1)),
            ((n_k - 1, n_j, n_i), (n_j * n_i, n_i, 1)),
        )
    ):
        other = tuple(slice(1, None) if a == 2 - axis else slice(None) for a in range(3))
        own = tuple(slice(None, -1) if a == 2 - axis else slice(None) for a in range(3))
        differ = np.flatnonzero(stored[own] != stored[other])
        rest, i = np.divmod(differ, shape[2])
        k, j = np.divmod(rest, shape[1])
        firsts.append(k * strides[0] + j * strides[1] + i)
        axes.append(np.full(differ.size, axis, dtype=np.int8))
    first = np.concatenate(firsts)
    axis_of = np.concatenate(axes)
    order = _by_cell(first, stored.shape, index_to_world_mm)
    first, axis_of = first[order], axis_of[order]
    flat = stored.reshape(-1)
    step = np.array([1, n_i, n_i * n_j])[axis_of]
    row, i = np.divmod(first, n_i)
    k, j = np.divmod(row, n_j)
    middle = np.stack([i, j, k], axis=1).astype(np.float64)
    middle[np.arange(first.size), axis_of] += 0.5
    return LabelEdges(
        labels=stored,
        index_to_world_mm=index_to_world_mm,
        first=first,
        axis=axis_of,
        low=flat[first],
        high=flat[first + step],
        middle_mm=middle @ index_to_world_mm[:3, :3].T + index_to_world_mm[:3, 3],
    )


def _by_cell(
    first: NDArray[np.int64], shape: tuple[int, ...], index_to_world_mm: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Order that keeps edges of one cell of about ``_CELL_MM`` together, so that patches are compact."""
    side = np.maximum(1, np.rint(_CELL_MM / np.linalg.norm(index_to_world_mm[:3, :3], axis=0))).astype(
        np.int64
    )
    row, i = np.divmod(first, shape[2])
    k, j = np.divmod(row, shape[1])
    cells = [-(-n // s) for n, s in zip(shape[::-1], side, strict=True)]
    cell = (k // side[2] * cells[1] + j // side[1]) * cells[0] + i // side[0]
    return np.argsort(cell.astype(np.int32), kind="stable")


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
    # The point lies on its edge, at most half an edge from the middle that is looked at first.
    slack = float(np.linalg.norm(edges.index_to_world_mm[:3, :3], axis=0).max())
    for column, label in enumerate(wanted):
        bounding = edges.of(label)
        if not bounding.size:
            continue
        middle = edges.middle_mm[bounding]
        starts = np.arange(0, bounding.size, _PATCH)
        low, high = np.minimum.reduceat(middle, starts), np.maximum.reduceat(middle, starts)
        for row, surface in enumerate(surfaces):
            if touching is not None and touching[row, column]:
                result[row, column] = 0.0
                continue
            apart = np.maximum(low - surface.high_mm, surface.low_mm - high)
            gap = np.sqrt((np.maximum(apart, 0.0) ** 2).sum(axis=1))
            near, distance = _nearest_middles(surface, middle, starts, gap, slack)
            points = edges.points_mm(bounding[near[distance <= distance.min() + slack]], label)
            result[row, column] = surface.tree.query(points)[0].min()
    return result


def _nearest_middles(
    surface: Surface,
    middle: Points,
    starts: NDArray[np.intp],
    gap: NDArray[np.float64],
    slack: float,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Middles that may lie within ``slack`` of the least distance, and their distances; best patch first."""
    order = np.argsort(gap, kind="stable")
    bound = np.inf
    found, distances = [], []
    done, size = 0, 2
    while done < order.size and gap[order[done]] <= bound + slack:
        some = order[done : done + size]
        some = some[gap[some] <= bound + slack]
        near = (starts[some][:, None] + np.arange(_PATCH)).ravel()
        near = near[near < middle.shape[0]]
        if np.isfinite(bound):
            near = near[surface.gap_mm(middle[near]) <= bound + slack]
        distance = surface.tree.query(middle[near], distance_upper_bound=bound + slack)[0]
        found.append(near)
        distances.append(distance)
        bound = min(bound, float(distance.min(initial=np.inf)))
        done += size
        size *= 2
    return np.concatenate(found), np.concatenate(distances)


def between_mm(first: Surface, second: Surface) -> float:
    """Least distance between two surfaces. [mm]"""
    small, large = (first, second) if len(first.points_mm) <= len(second.points_mm) else (second, first)
    gap = large.gap_mm(small.points_mm)
    bound = float(large.tree.query(small.points_mm[int(gap.argmin())])[0])
    near = small.points_mm[gap <= bound + 1e-9]
    return min(bound, float(large.tree.query(near, distance_upper_bound=bound + 1e-9)[0].min()))


def extent_mm(points_mm: Points) -> float:
    """Largest distance between two of the points. [mm]"""
    if points_mm.shape[0] < 2:
        return 0.0
    projected = points_mm @ _hemisphere(_DIRECTIONS).T
    outer = points_mm[np.unique(np.concatenate([projected.argmax(axis=0), projected.argmin(axis=0)]))]
    apart = outer[:, None, :] - outer[None, :, :]
    squared = (apart**2).sum(axis=2)
    best = np.unravel_index(int(squared.argmax()), squared.shape)
    longest = float(np.sqrt(squared[best]))
    along = apart[best] / max(longest, 1e-300)
    # Follow the pair that is furthest apart along the best direction until it repeats.
    for _ in range(8):
        projected = points_mm @ along
        pair = points_mm[int(projected.argmax())] - points_mm[int(projected.argmin())]
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
    starts = np.flatnonzero(np.diff(slice_of_point[order], prepend=slice_of_point[order[0]] - 1))
    angle = np.arange(360) * (np.pi / 360.0)
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    longest = 0.0
    for block in _blocks(directions, max(1, _BLOCK // points_mm.shape[0])):
        projected = points_mm[order] @ block.T
        spans = np.maximum.reduceat(projected, starts) - np.minimum.reduceat(projected, starts)
        longest = max(longest, float(spans.max()))
    return longest


def _blocks(rows: NDArray[np.float64], size: int) -> Iterator[NDArray[np.float64]]:
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
    a_i, a_j, a_k = axes.T
    square = float(a_i @ a_i)
    index[:, 0] -= start[0]
    low = np.ceil(index[:, 1:] - reach[1:]).astype(np.int64)
    n_rows = (2.0 * np.ceil(reach[1:]) + 1).astype(int)
    steps_j, steps_k = (a.ravel() for a in np.meshgrid(np.arange(n_rows[0]), np.arange(n_rows[1])))
    firsts, lasts = [], []
    block = max(1, _ROWS // steps_j.size)
    for begin in range(0, index.shape[0], block):
        here = index[begin : begin + block]
        j = low[begin : begin + block, :1] + steps_j
        k = low[begin : begin + block, 1:] + steps_k
        d_j, d_k = j - here[:, 1:2], k - here[:, 2:3]
        along = d_j * float(a_i @ a_j / square) + d_k * float(a_i @ a_k / square)
        across = d_j * (d_j * float(a_j @ a_j / square) + d_k * float(2.0 * a_j @ a_k / square))
        across += d_k * d_k * float(a_k @ a_k / square)
        root = along * along - across + radius_mm**2 / square
        j -= start[1]
        k -= start[2]
        point, row = np.nonzero((root >= 0.0) & (j >= 0) & (j < n_j) & (k >= 0) & (k < n_k))
        half = np.sqrt(root[point, row])
        middle = here[point, 0] - along[point, row]
        first = np.maximum(np.ceil(middle - half), 0.0).astype(np.int64)
        last = np.minimum(np.floor(middle + half), n_i - 1.0).astype(np.int64)
        base = (k[point, row] * n_j + j[point, row]) * width
        some = first <= last
        firsts.append((base + first)[some])
        lasts.append((base + last)[some])
    n_edges = n_k * n_j * width
    opened = np.bincount(np.concatenate(firsts), minlength=n_edges)
    opened[1:] -= np.bincount(np.concatenate(lasts), minlength=n_edges)[:-1]
    filled = np.cumsum(opened).reshape(n_k, n_j, width)[:, :, :n_i] > 0
    return Zone(origin, filled.T)
