"""Sums of positions per label, by run lengths: enough for centres of gravity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def add_moments(rows: NDArray[Any], first_row: int, n_j: int, moments: NDArray[np.float64]) -> None:
    """Add voxels and their positions to ``moments``, in place.

    Parameters
    ----------
    rows : ndarray of uint8 or uint16, shape (rows, ni), C-ordered
        Consecutive rows of a label map.
    first_row : int
        ``k * n_j + j`` of the first of them.
    n_j : int
        Rows in a slice of the map.
    moments : ndarray of float64, shape (4, values)
        For each label its voxels and the sums of their indices i, j and k. All sums are of halves below
        2**52, so they are exact. Column 0, the background, is left at zero.
    """
    n_i = rows.shape[1]
    flat = rows.reshape(-1)
    changes = np.empty(flat.size, dtype=bool)
    np.not_equal(flat[1:], flat[:-1], out=changes[1:])
    changes[::n_i] = True  # no run goes on into the next row
    start = np.flatnonzero(changes)
    length = np.diff(start, append=flat.size)
    label = flat[start]
    filled = label != 0
    start, length, label = start[filled], length[filled], label[filled]
    if not label.size:
        return
    row, i = np.divmod(start, n_i)
    k, j = np.divmod(row + first_row, n_j)
    n_values = int(label.max()) + 1
    for moment, position in zip(moments, (1.0, i + 0.5 * (length - 1), j, k), strict=True):
        moment[:n_values] += np.bincount(label, weights=length * position)
