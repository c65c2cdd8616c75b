"""Areas of the surfaces of masks and of what parts two of them, cell by cell.

Masks are averaged over cells of a few millimetres; the length of the gradient of such an average, summed over
the cells, is the area of the surface (coarea formula), without the staircase of voxel faces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record

_EMPTY_CELLS = 2  # around the mask, so that every gradient falls to zero inside the array

Fractions = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Cells(Record):
    """A coarser lattice over a grid.

    Parameters
    ----------
    factors : tuple of int
        Voxels per cell along each axis.
    shape : tuple of int
        Cells along each axis, empty ones around the grid included.
    index_to_world_mm : ndarray, shape (4, 4)
        Of the cells' centres.
    """

    factors: tuple[int, int, int]
    shape: tuple[int, int, int]
    index_to_world_mm: NDArray[np.float64]

    @property
    def volume_mm3(self) -> float:
        """Volume of one cell. [mm³]"""
        return float(abs(np.linalg.det(self.index_to_world_mm[:3, :3])))


def cells_of(shape: Sequence[int], index_to_world_mm: NDArray[np.float64], side_mm: float) -> Cells:
    """Cells of about ``side_mm``, never smaller than a voxel, that cover a grid."""
    spacing = np.linalg.norm(index_to_world_mm[:3, :3], axis=0)
    factors = np.maximum(1, np.rint(side_mm / spacing)).astype(np.intp)
    counts = -(-np.asarray(shape) // factors) + 2 * _EMPTY_CELLS
    affine = index_to_world_mm.copy()
    affine[:3, :3] = index_to_world_mm[:3, :3] * factors
    first = (factors - 1) / 2.0 - _EMPTY_CELLS * factors
    affine[:3, 3] = index_to_world_mm[:3, :3] @ first + index_to_world_mm[:3, 3]
    a, b, c = (int(f) for f in factors)
    x, y, z = (int(n) for n in counts)
    return Cells((a, b, c), (x, y, z), affine)


def cell_of_voxels(flat: NDArray[np.intp], shape: Sequence[int], cells: Cells) -> NDArray[np.intp]:
    """Flat position (C order) of the cell that holds each voxel.

    Parameters
    ----------
    flat : ndarray of int
        Flat positions of voxels in Fortran order.
    shape : sequence of int
        Of the grid.
    cells : Cells
    """
    # One small table for each axis, and few divisions of long arrays.
    i_of, j_of, k_of = (
        (np.arange(n, dtype=np.intp) // factor + _EMPTY_CELLS) * step
        for n, factor, step in zip(
            shape, cells.factors, (cells.shape[1] * cells.shape[2], cells.shape[2], 1), strict=True
        )
    )
    row_of = (j_of[None, :] + k_of[:, None]).ravel()
    row = flat // shape[0]
    cell = row_of.take(row)
    cell += i_of.take(flat - row * shape[0])
    return np.asarray(cell)


def fractions(cell: NDArray[np.intp], code: NDArray[Any], n_codes: int, cells: Cells) -> Fractions:
    """Share of each cell that each code fills, shape (codes, *cells.shape).

    Parameters
    ----------
    cell : ndarray of int, shape (voxels,)
        Of `cell_of_voxels`.
    code : ndarray of int, shape (voxels,)
        0 to ``n_codes - 1``.
    """
    size = int(np.prod(cells.shape))
    counts = np.bincount(code.astype(np.intp) * size + cell, minlength=n_codes * size)
    # Single precision: a share of at most a few hundred voxels is exact to seven digits.
    whole = np.float32(np.prod(cells.factors))
    return np.asarray(counts.reshape(n_codes, *cells.shape).astype(np.float32) / whole)


def changing(values: Fractions) -> NDArray[np.intp]:
    """Flat positions of the cells where the gradient is not zero; none lies at the array's border."""
    moved = np.zeros(values.shape, dtype=bool)
    sides = [_shifted(axis) for axis in range(3)]
    for low, high in sides:
        differs = values[low] != values[high]
        moved[low] |= differs
        moved[high] |= differs
    # The gradient looks at all 26 neighbours.
    for low, high in sides:
        spread = moved.copy()
        spread[low] |= moved[high]
        spread[high] |= moved[low]
        moved = spread
    border = np.ones_like(moved)
    border[1:-1, 1:-1, 1:-1] = False
    return np.flatnonzero(moved & ~border)


def gradient_per_mm(values: Fractions, at: NDArray[np.intp], cells: Cells) -> NDArray[np.float64]:
    """Gradient in world coordinates at cells inside the array, shape (3, len(at)). [1/mm]

    Central differences, averaged over the neighbours across with weights 1, 2, 1: without that the staircase
    of the cells themselves makes oblique surfaces some percent too large.
    """
    flat, steps = values.ravel(), _steps(values.shape)
    along_index = np.zeros((3, at.size))
    for axis, along in enumerate(steps):
        first, second = (step for other, step in enumerate(steps) if other != axis)
        for a in (-1, 0, 1):
            for b in (-1, 0, 1):
                beside = at + (a * first + b * second)
                weight = 0.5 * (2 - abs(a)) * (2 - abs(b)) / 16.0
                along_index[axis] += weight * (flat.take(beside + along) - flat.take(beside - along))
    to_index = np.linalg.inv(cells.index_to_world_mm[:3, :3])
    return np.asarray(to_index.T @ along_index)


def surface_mm2(values: Fractions, at: NDArray[np.intp], cells: Cells) -> NDArray[np.float64]:
    """Area, in each cell, of the surface of what fills the cells to ``values``. [mm²]"""
    return np.asarray(np.linalg.norm(gradient_per_mm(values, at, cells), axis=0) * cells.volume_mm3)


def interface_mm2(
    part: Fractions, union: Fractions, at: NDArray[np.intp], cells: Cells
) -> NDArray[np.float64]:
    """Area, in each cell, of the surface between a part and the rest of a union. [mm²]

    The union may have an outer surface in the same cell: union · ∇(part / union) is the area of what parts
    the two and of nothing else. Both are averaged over the neighbours as their gradients are, or the rim of
    the interface would lose what the average takes from beyond the union.
    """
    held, all_held = around(part, at), around(union, at)
    crossed = all_held * gradient_per_mm(part, at, cells) - held * gradient_per_mm(union, at, cells)
    length = np.linalg.norm(crossed, axis=0) * union.ravel()[at]
    area = np.divide(length, all_held**2, out=np.zeros_like(length), where=all_held > 0.0)
    return np.asarray(area * cells.volume_mm3)


def around(values: Fractions, at: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean over cells and their neighbours, with weights 1, 2, 1 along each axis."""
    flat = values.ravel()
    mean = np.zeros(at.size)
    a, b, c = _steps(values.shape)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            for k in (-1, 0, 1):
                weight = (2 - abs(i)) * (2 - abs(j)) * (2 - abs(k)) / 64.0
                mean += weight * flat.take(at + (i * a + j * b + k * c))
    return mean


def _shifted(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Every cell that has a next one along an axis, and every next one."""
    low, high = [slice(None)] * 3, [slice(None)] * 3
    low[axis], high[axis] = slice(None, -1), slice(1, None)
    return tuple(low), tuple(high)


def _steps(shape: tuple[int, ...]) -> tuple[int, int, int]:
    return shape[1] * shape[2], shape[2], 1
