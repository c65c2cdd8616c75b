"""Closed contours on one plane: even–odd masks at pixel centres, and areas by the shoelace rule."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Vertices of a closed contour in pixel coordinates (i, j), shape (n, 2); the last joins the first."""

_TOUCHING_SHARE = 0.02
_THINNEST_SHELL_MM = 2.5
_DOUBLE_AREA_SHARE = 0.6
_SAME_SHARE = 0.8
_DOUBLE_PIXELS = 256


def even_odd(
    contours: Sequence[Points], corner: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Pixels whose centre lies inside an odd number of contours.

    Parameters
    ----------
    contours : sequence of ndarray, each of shape (n, 2)
    corner : tuple of int
        Column i and row j of the first pixel.
    shape : tuple of int
        Rows and columns of the result.

    Notes
    -----
    A centre that lies exactly on an edge belongs to the side of higher i and j, so that contours which share
    an edge share no pixel. Holes, islands in holes, keyholes and either winding follow from the rule.
    """
    rows, columns = shape
    if not contours:
        return np.zeros(shape, dtype=bool)
    start = np.concatenate(contours) - corner
    stop = np.concatenate([np.roll(points, -1, axis=0) for points in contours]) - corner
    # Both directions of an edge are computed alike, so that the two sides of a keyhole cancel exactly.
    up = (start[:, 1] < stop[:, 1])[:, None]
    low, high = np.where(up, start, stop), np.where(up, stop, start)
    first = np.clip(np.ceil(low[:, 1]), 0, rows).astype(np.intp)
    n = np.clip(np.ceil(high[:, 1]), 0, rows).astype(np.intp) - first
    edge = np.repeat(np.arange(len(n)), n)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(n) - n, n) + first[edge]
    rise = high[edge, 1] - low[edge, 1]
    x = low[edge, 0] + (row - low[edge, 1]) * ((high[edge, 0] - low[edge, 0]) / rise)
    column = np.clip(np.ceil(x), 0, columns).astype(np.intp)
    crossings = np.bincount(row * (columns + 1) + column, minlength=rows * (columns + 1))
    parity = np.cumsum(crossings.reshape(rows, columns + 1), axis=1)[:, :columns] & 1
    return parity.astype(bool)


def shoelace_area(points: Points) -> float:
    """Area inside one contour, whatever its winding. [pixels]

    >>> shoelace_area(np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0)]))
    12.0
    """
    x, y = (points - points[0]).T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2.0)


def planimetric_area(contours: Sequence[Points]) -> float:
    """Area inside an odd number of nested contours: holes are taken off, islands in holes added. [pixels]"""
    total = 0.0
    for index, points in enumerate(contours):
        depth = sum(_lies_in(points, other) for n, other in enumerate(contours) if n != index)
        total += (-1.0) ** depth * shoelace_area(points)
    return total


def _lies_in(points: Points, other: Points) -> bool:
    """Whether most of a contour runs inside another one, judged at its vertices and mid-edges."""
    low, high = other.min(axis=0), other.max(axis=0)
    if (points.min(axis=0) > high).any() or (points.max(axis=0) < low).any():
        return False
    if shoelace_area(points) > shoelace_area(other):
        return False
    probes = np.concatenate([points, (points + np.roll(points, -1, axis=0)) / 2.0])
    a, b = other, np.roll(other, -1, axis=0)
    x, y = probes[:, :1], probes[:, 1:]
    crosses = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(b[:, 1] == a[:, 1], 1.0, b[:, 1] - a[:, 1])
    right = x < a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / rise
    inside = np.count_nonzero(crosses & right, axis=1) % 2 == 1
    return bool(np.count_nonzero(inside) * 2 > len(probes))


def without_repeats(contours: Sequence[Points]) -> tuple[list[Points], int]:
    """Contours without exact copies, which would cancel by the even–odd rule, and how many were left out."""
    kept: dict[tuple[object, ...], Points] = {}
    for points in contours:
        order = np.lexsort(points.T)
        kept.setdefault((points.shape[0], points[order].tobytes()), points)
    return list(kept.values()), len(contours) - len(kept)


def without_doubles(contours: Sequence[Points], spacing_mm: tuple[float, float]) -> tuple[list[Points], int]:
    """Contours without those that were drawn twice and not quite alike, and how many were left out.

    By the even–odd rule a second drawing of an outline makes a hole of nearly all of it. Two contours are one
    outline drawn twice when what lies in one of them only is on average thinner than a contour can mean
    (``_THINNEST_SHELL_MM``), or when they cross and share most of their area. The largest of them is kept.
    The pixels have no say: the answer is the same with and without the images.

    Parameters
    ----------
    contours : sequence of ndarray, each of shape (n, 2)
    spacing_mm : tuple of float
        Pixel size along i and j. [mm]
    """
    in_mm = [points * spacing_mm for points in contours]
    by_area = sorted(range(len(contours)), key=lambda n: -shoelace_area(in_mm[n]))
    drawn_again: dict[int, int] = {}  # a contour → the larger one that it repeats
    for place, index in enumerate(by_area):
        for larger in by_area[:place]:
            if _is_double(in_mm[larger], in_mm[index]):
                drawn_again[index] = larger
                break
    kept = [points for n, points in enumerate(contours) if n not in drawn_again]
    return kept, len(drawn_again)


def _is_double(larger: Points, smaller: Points) -> bool:
    """Whether two contours in mm are one outline, drawn twice."""
    areas = shoelace_area(larger), shoelace_area(smaller)
    if not areas[1] > _DOUBLE_AREA_SHARE * areas[0]:
        return False
    low, high = np.minimum(larger.min(axis=0), smaller.min(axis=0)), larger.max(axis=0)
    high = np.maximum(high, smaller.max(axis=0))
    shared = np.minimum(larger.max(axis=0), smaller.max(axis=0)) - np.maximum(
        larger.min(axis=0), smaller.min(axis=0)
    )
    if (shared < _DOUBLE_AREA_SHARE * (high - low)).any():
        return False
    step = float((high - low).max()) / _DOUBLE_PIXELS or 1.0
    corner, shape = bounds_of(np.zeros(2), (high - low) / step)
    one, other = (even_odd([(points - low) / step], corner, shape) for points in (larger, smaller))
    both, either = np.count_nonzero(one & other), np.count_nonzero(one | other)
    width_mm = (either - both) * step**2 / ((_perimeter(larger) + _perimeter(smaller)) / 2.0)
    if width_mm < _THINNEST_SHELL_MM:
        return True
    crosses = both < (1.0 - _TOUCHING_SHARE) * np.count_nonzero(other)
    return bool(crosses and both > _SAME_SHARE * either)


def _perimeter(points: Points) -> float:
    return float(np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1).sum())


def overlap_area(contours: Sequence[Points]) -> int:
    """What lies in two contours that cross, and is a hole by the even–odd rule. [pixels]"""
    total = 0
    for one, other in combinations(contours, 2):
        low = np.minimum(one.min(axis=0), other.min(axis=0))
        high = np.maximum(one.max(axis=0), other.max(axis=0))
        if (
            np.maximum(one.min(axis=0), other.min(axis=0)) >= np.minimum(one.max(axis=0), other.max(axis=0))
        ).any():
            continue
        corner, shape = bounds_of(low, high)
        masks = [even_odd([points], corner, shape) for points in (one, other)]
        shared = np.count_nonzero(masks[0] & masks[1])
        smaller = min(np.count_nonzero(mask) for mask in masks)
        if _TOUCHING_SHARE * smaller < shared < (1.0 - _TOUCHING_SHARE) * smaller:
            total += int(shared)
    return total


def bounds_of(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[tuple[int, int], tuple[int, int]]:
    """First pixel (i, j) and shape (rows, columns) of the pixels between two corners."""
    i, j = (int(v) for v in np.floor(low))
    columns, rows = (int(v) for v in np.ceil(high) + 1 - (i, j))
    return (i, j), (rows, columns)
