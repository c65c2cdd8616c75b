"""Counting several aligned label maps together: one table, every overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.errors import LabelError

MAX_CELLS = 1 << 24
"""A larger table is refused; ten thousand cells are already many."""

_BLOCK_BYTES = 128 * 1024
_SMALL_TABLE_CELLS = 1 << 16  # exclusive: every factor and every cell number then fits 16 bits


def empty_table(n_maps: int) -> NDArray[np.int64]:
    """A table that has seen no voxel; :func:`add_joint` lets it grow with the labels it meets."""
    return np.zeros((1,) * n_maps, dtype=np.int64)


def add_joint(table: NDArray[np.int64], maps: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Count aligned voxels of several maps; return the table, grown to hold every label met.

    Parameters
    ----------
    table : ndarray of int64, one axis per map
        ``table[a, b]`` is the number of voxels with label a in the first map and b in the second,
        background (0) included. May be changed in place.
    maps : sequence of ndarray of uint8 or uint16
        Equal shapes, C-ordered.

    Raises
    ------
    LabelError
        If the label values are so large that the table would exceed 2**24 cells.
    """
    dtype = np.result_type(*maps)
    lanes = 8 // dtype.itemsize
    flats = [np.ascontiguousarray(m, dtype=dtype).reshape(-1) for m in maps]
    whole = flats[0].size // lanes * lanes
    words = [f[:whole].view(np.uint64) for f in flats]
    step = _BLOCK_BYTES // 8
    for start in range(0, words[0].size, step):
        block = [w[start : start + step] for w in words]
        union = block[0] if len(block) == 1 else np.bitwise_or(block[0], block[1])
        for other in block[2:]:
            union |= other
        filled = union != 0
        n_filled = int(np.count_nonzero(filled))
        table.flat[0] += lanes * (union.size - n_filled)
        if n_filled:
            table = _add_voxels(table, [b[filled].view(dtype) for b in block])
    if whole < flats[0].size:
        table = _add_voxels(table, [f[whole:] for f in flats])
    return table


def _add_voxels(table: NDArray[np.int64], voxels: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    needed = tuple(max(n, int(v.max()) + 1) for n, v in zip(table.shape, voxels, strict=True))
    if math.prod(needed) > MAX_CELLS:
        raise LabelError(
            f"a joint table of {'×'.join(str(n) for n in needed)} label values; at most {MAX_CELLS} cells "
            "are counted together. Renumber the labels from 1"
        )
    if needed != table.shape:
        table = np.pad(table, [(0, n - old) for n, old in zip(needed, table.shape, strict=True)])
    small = table.size < _SMALL_TABLE_CELLS
    dtype = np.dtype(np.uint16 if small else np.int64)
    cell: NDArray[Any] = voxels[0].astype(dtype)
    for n, v in zip(table.shape[1:], voxels[1:], strict=True):
        cell *= dtype.type(n)
        cell += v.astype(dtype, copy=False)
    if small:
        table += np.bincount(cell, minlength=table.size).reshape(table.shape)
    else:
        cells, times = np.unique(cell, return_counts=True)
        table.reshape(-1)[cells] += times
    return table
