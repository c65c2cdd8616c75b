"""Areas of the surfaces of masks and of what parts two of them, cell by cell.

Masks are counted in cells of a few millimetres; the length of the gradient of the share that they fill,
summed over the cells, is the area of the surface (coarea formula), without the staircase of voxel faces.

Everything rests on four sums over a cell and its 26 neighbours, the *moments*: the mean, with weights 1, 2, 1
along each axis, and the central difference along each axis, averaged over the neighbours across with weights
1, 2, 1 (without that average the staircase of the cells themselves makes oblique surfaces some percent too
large). Of counts they are whole numbers, so that moments of unions are exact sums of those of the parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record
from flr.kernels.runs import Runs

_EMPTY_CELLS: Final = 2  # around the mask, so that every gradient falls to zero inside the array

MEAN_WEIGHTS: Final = 64
"""Sum of the weights of the mean."""

_PER_STEP: Final = 1.0 / 32.0  # of a difference, to be one per cell: two cells apart, weights that sum to 16

_STRIP: Final = 96  # rows of a matrix of distances: they stay in the processor's cache

Counts = NDArray[Any]
Moments = NDArray[Any]
Box = tuple[slice, slice, slice]


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

    @cached_property
    def voxels(self) -> int:
        """Voxels of one cell."""
        return int(np.prod(self.factors))

    @cached_property
    def size(self) -> int:
        """Number of cells."""
        return int(np.prod(self.shape))

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Integers that hold every moment of counts."""
        return np.dtype(np.int32 if 2 * MEAN_WEIGHTS * self.voxels < 1 << 31 else np.int64)

    def dense(self, cell: NDArray[np.integer], counts: NDArray[Any]) -> Counts:
        """An array of all cells with counts in some, the others 0."""
        values = np.zeros(self.size, dtype=self.dtype)
        values[cell] = counts
        return values.reshape(self.shape)

    def positions_mm(self, cell: NDArray[np.integer]) -> NDArray[np.float64]:
        """World positions of the middles of cells, shape (cells, 3)."""
        index = np.stack(np.unravel_index(cell, self.shape), axis=-1)
        return np.asarray(index @ self.index_to_world_mm[:3, :3].T + self.index_to_world_mm[:3, 3])


def cells_of(
    shape: Sequence[int], index_to_world_mm: NDArray[np.float64], side_mm: float, *, most: int | None = None
) -> Cells:
    """Cells of about ``side_mm``, never smaller than a voxel, that cover a grid.

    Where that makes more than ``most`` cells they are larger, by a factor of two or four and so on.
    """
    spacing = np.linalg.norm(index_to_world_mm[:3, :3], axis=0)
    factors = np.maximum(1, np.rint(side_mm / spacing)).astype(np.intp)
    counts = -(-np.asarray(shape) // factors) + 2 * _EMPTY_CELLS
    while most is not None and np.prod(counts, dtype=np.float64) > most:
        factors *= 2
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


def cells_of_runs(
    runs: Runs, cells: Cells, box: Box | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
    """Runs of voxels cut where they pass from one cell into the next.

    Parameters
    ----------
    runs : Runs
    cells : Cells
    box : tuple of slice, optional
        Cells that hold all the runs; all cells when not given.

    Returns
    -------
    run, cell, voxels : ndarray of int, each of shape (pieces,)
        Which run a piece is of, its cell (flat, C order, in the box), and its voxels.
    """
    whole = (slice(0, cells.shape[0]), slice(0, cells.shape[1]), slice(0, cells.shape[2]))
    shape = [side.stop - side.start for side in box or whole]
    i, j, k = (_EMPTY_CELLS - side.start for side in box or whole)
    along = cells.factors[0]
    first = runs.i // along
    pieces = (runs.i + runs.length - 1) // along - first + 1
    run = np.repeat(np.arange(len(runs)), pieces)
    column = np.arange(run.size) - np.repeat(np.cumsum(pieces) - pieces - first, pieces)
    start = column * along
    ends = runs.i + runs.length
    voxels = np.minimum(start + along, ends[run]) - np.maximum(start, runs.i[run])
    row = (runs.j // cells.factors[1] + j) * shape[2] + (runs.k // cells.factors[2] + k)
    row += i * (shape[1] * shape[2])
    cell = row[run]
    cell += column * (shape[1] * shape[2])
    return run, cell, voxels


def box_of_runs(runs: Runs, cells: Cells) -> Box:
    """The box of cells that hold runs, of which there are some, and two cells around it."""
    ends = ((runs.i, runs.i + runs.length - 1), (runs.j, runs.j), (runs.k, runs.k))
    i, j, k = (
        slice(int(low.min()) // factor + _EMPTY_CELLS - 2, int(high.max()) // factor + _EMPTY_CELLS + 3)
        for (low, high), factor in zip(ends, cells.factors, strict=True)
    )
    return i, j, k


def box_around(values: Counts, margin: int = 1) -> Box | None:
    """The box of all that is not 0 and ``margin`` cells around it, or None where all is."""
    found: list[slice] = []
    filled = values != 0
    for axis in range(3):
        ends = np.flatnonzero(filled.any(axis=tuple(a for a in range(3) if a != axis)))
        if not ends.size:
            return None
        found.append(slice(max(0, int(ends[0]) - margin), int(ends[-1]) + 1 + margin))
    return found[0], found[1], found[2]


def mean_around(values: Counts) -> Counts:
    """Sum over each cell and its neighbours with weights 1, 2, 1 along each axis; 0 is around the array."""
    for axis in range(3):
        values = _smoothed(values, axis)
    return values


def moments(values: Counts) -> Moments:
    """Mean and differences along i, j and k around each cell, shape (4, *values.shape).

    Around the array there is nothing but 0.
    """
    along_k, across_k = _smoothed(values, 2), _difference(values, 2)
    along_jk = _smoothed(along_k, 1)
    return np.stack(
        [
            _smoothed(along_jk, 0),
            _difference(along_jk, 0),
            _smoothed(_difference(along_k, 1), 0),
            _smoothed(_smoothed(across_k, 1), 0),
        ]
    )


def surface_mm2(moment: Moments, cells: Cells) -> NDArray[np.float64]:
    """Area, in each cell, of the surface of a mask. [mm²]

    Parameters
    ----------
    moment : ndarray, shape (4, ...)
        `moments` of the mask's voxels in the cells.
    cells : Cells
    """
    return np.asarray(_length(moment[1:].astype(np.float64), cells) * (cells.volume_mm3 / cells.voxels))


def interface_mm2(part: Moments, union: Moments, voxels: NDArray[Any], cells: Cells) -> NDArray[np.float64]:
    """Area, in each cell, of the surface between a part and the rest of a union. [mm²]

    The union may have an outer surface in the same cell: union · ∇(part / union) is the area of what parts
    the two and of nothing else. Both are averaged over the neighbours as their gradients are, or the rim of
    the interface would lose what the average takes from beyond the union.

    Parameters
    ----------
    part, union : ndarray, shape (4, ...)
        `moments` of their voxels in the cells.
    voxels : ndarray, shape (...)
        Voxels of the union in each cell itself.
    cells : Cells
    """
    held, all_held = part[0].astype(np.float64), union[0].astype(np.float64)
    length = _length(all_held * part[1:] - held * union[1:], cells)
    scale = voxels * (MEAN_WEIGHTS * cells.volume_mm3 / cells.voxels)
    return np.asarray(np.divide(length * scale, all_held**2, out=np.zeros_like(length), where=all_held > 0.0))


def _length(differences: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    """Length in world coordinates of a gradient, of differences along the index axes. [1/mm]"""
    to_index = np.linalg.inv(cells.index_to_world_mm[:3, :3])
    square = np.zeros(differences.shape[1:])
    for axis in range(3):  # no product of matrices: its last bits depend on how many threads make it
        along = sum(to_index[index, axis] * differences[index] for index in range(3))
        square += along * along
    return np.asarray(np.sqrt(square) * _PER_STEP)


def _smoothed(values: Counts, axis: int) -> Counts:
    result = values + values
    low, high = _shifted(axis)
    result[low] += values[high]
    result[high] += values[low]
    return result


def _difference(values: Counts, axis: int) -> Counts:
    result = np.zeros_like(values)
    low, high = _shifted(axis)
    result[low] += values[high]
    result[high] -= values[low]
    return result


def _shifted(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Every cell that has a next one along an axis, and every next one."""
    low, high = [slice(None)] * 3, [slice(None)] * 3
    low[axis], high[axis] = slice(None, -1), slice(1, None)
    return tuple(low), tuple(high)


@dataclass(frozen=True, eq=False)
class Blocks(Record):
    """A surface in pieces that move together.

    Parameters
    ----------
    row : ndarray of int, shape (cells,)
        Block of each cell of the surface.
    middle_mm : ndarray, shape (blocks, 3)
        Centre of the surface in each.
    """

    row: NDArray[np.intp]
    middle_mm: NDArray[np.float64]

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over the cells of each block, of values in columns: shapes (cells, n) and (blocks, n)."""
        n = len(self.middle_mm)
        return np.stack([np.bincount(self.row, weights=v, minlength=n) for v in values.T], axis=-1)


def blocks_of(
    at_mm: NDArray[np.float64], area_mm2: NDArray[np.float64], *, side_mm: float, most: int
) -> Blocks:
    """Blocks of a surface by a lattice of ``side_mm``, doubled until there are at most ``most`` of them.

    Parameters
    ----------
    at_mm : ndarray, shape (cells, 3)
    area_mm2 : ndarray, shape (cells,)
        Positive.
    side_mm : float
    most : int
    """
    low = at_mm.min(axis=0)
    while True:
        block = np.floor((at_mm - low) / side_mm).astype(np.intp)
        sides = block.max(axis=0) + 1
        code = (block[:, 0] * sides[1] + block[:, 1]) * sides[2] + block[:, 2]
        if np.prod(sides, dtype=np.float64) <= 64 * most:
            there = np.bincount(code) > 0  # many times faster than sorting
            row, n = (np.cumsum(there) - 1)[code], int(np.count_nonzero(there))
        else:
            blocks, row = np.unique(code, return_inverse=True)
            n = blocks.size
        if n <= most:
            break
        side_mm *= 2.0
    size = np.bincount(row, weights=area_mm2, minlength=n)
    middle = [np.bincount(row, weights=area_mm2 * axis, minlength=n) / size for axis in at_mm.T]
    return Blocks(row, np.stack(middle, axis=-1))


def pulled_along(
    middle_mm: NDArray[np.float64], sums: NDArray[np.float64], length_mm: float
) -> NDArray[np.float64]:
    """Sums over all blocks weighted by exp(−d²/2L²) of the distance from each block, shape (blocks, n).

    Parameters
    ----------
    middle_mm : ndarray, shape (blocks, 3)
    sums : ndarray, shape (blocks, n)
    length_mm : float
        L, the correlation length.

    Notes
    -----
    The matrix of distances is never held: strips of it take 12 MB at 4000 blocks.
    """
    scaled = middle_mm * (np.sqrt(0.5) / length_mm)
    result = np.zeros(sums.shape)
    columns = [(n, np.ascontiguousarray(column)) for n, column in enumerate(sums.T) if column.any()]
    scratch = np.empty((2, min(_STRIP, len(scaled)), len(scaled)))
    for strip in _strips(len(scaled)):
        together, apart = scratch[:, : strip.stop - strip.start]
        together[...] = 0.0
        for axis in scaled.T:
            np.subtract.outer(axis[strip], axis, out=apart)
            together -= np.multiply(apart, apart, out=apart)
        np.exp(together, out=together)
        for number, column in columns:
            # No product of matrices: its last bits depend on how many threads make it.
            result[strip, number] = np.einsum("ij,j->i", together, column)
    return result


def _strips(n: int) -> Iterator[slice]:
    for start in range(0, n, _STRIP):
        yield slice(start, min(n, start + _STRIP))
