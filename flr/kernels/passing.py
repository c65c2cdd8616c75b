"""Voxels of labels plane by plane along each index axis, gathered while rows of a map pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class PlaneCounts:
    """Planes of some labels, by run lengths: enough for counts, boxes, centres, flat ends and gaps.

    Parameters
    ----------
    shape : tuple of int
        Voxels along (i, j, k).
    group_of : ndarray of int64, shape (values,)
        Group of each label value, from 1; 0 for what is not counted, the background among it.

    Attributes
    ----------
    along_i, along_j, along_k : ndarray of int64, shapes (groups + 1, planes)
        Voxels of each group; row 0 stays empty. ``along_i`` is complete after :meth:`finish`.
    """

    def __init__(self, shape: tuple[int, int, int], group_of: NDArray[np.int64]) -> None:
        n_groups = int(group_of.max(initial=0)) + 1
        self._shape, self._group_of = shape, group_of
        self._steps = np.zeros((n_groups, shape[0] + 1), np.int64)
        self.along_i = self._steps[:, :-1]
        self.along_j = np.zeros((n_groups, shape[1]), np.int64)
        self.along_k = np.zeros((n_groups, shape[2]), np.int64)

    def add(self, rows: NDArray[Any], first_row: int, first_i: int, rows_in_slice: int, first_j: int) -> None:
        """Take in consecutive rows.

        Parameters
        ----------
        rows : ndarray of uint8 or uint16, shape (rows, ni), C-ordered
            Rows of a box: from index ``first_i`` on.
        first_row : int
            ``k * rows_in_slice + (j - first_j)`` of the first of them.
        first_i : int
            Index i of the first column.
        rows_in_slice, first_j : int
            Rows of the box in a slice, and index j of the first of them.
        """
        n_i = rows.shape[1]
        flat = rows.reshape(-1)
        changes = np.empty(flat.size, dtype=bool)
        np.not_equal(flat[1:], flat[:-1], out=changes[1:])
        changes[::n_i] = True  # no run goes on into the next row
        start = np.flatnonzero(changes)
        length = np.diff(start, append=flat.size)
        group = self._group_of[flat[start]]
        counted = group != 0
        start, length, group = start[counted], length[counted], group[counted]
        if not group.size:
            return
        row, i = np.divmod(start, n_i)
        k, j = np.divmod(row + first_row, rows_in_slice)
        i += first_i
        for table, index, sign in ((self._steps, i, 1), (self._steps, i + length, -1)):
            table += sign * _summed(group, index, None, table.shape)
        self.along_j += _summed(group, j + first_j, length, self.along_j.shape)
        self.along_k += _summed(group, k, length, self.along_k.shape)

    def finish(self) -> None:
        """Turn begins and ends of runs into voxels along i."""
        self.along_i = np.cumsum(self._steps, axis=1)[:, :-1]


def _summed(
    group: NDArray[np.int64],
    index: NDArray[np.int64],
    weight: NDArray[np.int64] | None,
    shape: tuple[int, ...],
) -> NDArray[np.int64]:
    n_groups, n = shape
    found = np.bincount(group * n + index, weights=weight, minlength=n_groups * n)
    return found.reshape(n_groups, n).astype(np.int64)
