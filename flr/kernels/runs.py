"""Label maps as runs along the first index axis: what follows costs per surface, not per voxel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record


@dataclass(frozen=True, eq=False)
class Runs(Record):
    """Maximal stretches of equal nonzero labels along i.

    Parameters
    ----------
    shape : tuple of int
        Of the map, (i, j, k).
    label : ndarray of int64, shape (runs,)
        Never 0.
    i, j, k : ndarray of int64, shape (runs,)
        Index of each run's first voxel.
    length : ndarray of int64, shape (runs,)
        Voxels.
    """

    shape: tuple[int, int, int]
    label: NDArray[np.int64]
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    k: NDArray[np.int64]
    length: NDArray[np.int64]

    @cached_property
    def middle(self) -> NDArray[np.float64]:
        """Index of each run's middle, one row for i, j and k: shape (3, runs)."""
        return np.stack([self.i + 0.5 * (self.length - 1), self.j, self.k])

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """Voxels of each run as floats, shape (runs,)."""
        return self.length.astype(np.float64)

    def __len__(self) -> int:
        return int(self.label.size)

    def some(self, chosen: NDArray[np.intp]) -> Runs:
        """Some of the runs."""
        columns = (self.label, self.i, self.j, self.k, self.length)
        return Runs(self.shape, *(column[chosen] for column in columns))

    def voxels(self, n_labels: int) -> NDArray[np.float64]:
        """Voxels of each label, shape (n_labels,); entry 0 is the background and stays 0."""
        counts = np.zeros(max(n_labels, self._voxels.size))
        counts[: self._voxels.size] = self._voxels
        return counts

    @cached_property
    def _voxels(self) -> NDArray[np.float64]:
        return np.asarray(np.bincount(self.label, weights=self.weight), dtype=np.float64)


_BLOCK = 1 << 18  # voxels: what is looked at together stays in the processor's cache


def shared_runs(labels: NDArray[Any], *others: NDArray[Any]) -> tuple[Runs, list[NDArray[Any]]]:
    """Stretches along i on which a label map and the other maps do not change, sorted by k, j, i.

    Parameters
    ----------
    labels : ndarray of int, shape (i, j, k)
        Where it is 0 there is no run. Fastest in Fortran order, in which i varies fastest in memory.
    *others : ndarray, same shape
        Fastest in the same order.

    Returns
    -------
    runs : Runs
        Of the label map, cut where another map changes.
    values : list of ndarray, each of shape (runs,)
        Of the other maps, on each run.
    """
    n_i, n_j, n_k = labels.shape
    maps = [array.ravel("F") for array in (labels, *others)]
    begins = np.empty(min(maps[0].size, max(n_i, _BLOCK // n_i * n_i)), dtype=bool)
    changes = np.empty_like(begins)
    starts = []
    for first in range(0, maps[0].size, begins.size or 1):
        some = [flat[first : first + begins.size] for flat in maps]
        if not some[0].any():
            continue
        here, other = begins[1 : some[0].size], changes[1 : some[0].size]
        np.not_equal(some[0][1:], some[0][:-1], out=here)
        for flat in some[1:]:
            here |= np.not_equal(flat[1:], flat[:-1], out=other)
        begins[::n_i] = True
        starts.append(np.flatnonzero(begins[: some[0].size]) + first)
    start = np.concatenate(starts) if starts else np.zeros(0, dtype=np.int64)
    label = maps[0][start]
    kept = np.flatnonzero(label)
    # A run ends where the next one starts, at the latest with its row.
    i = start % n_i if n_i else start
    following = np.append(start[1:], maps[0].size)
    length = np.minimum(following[kept] - start[kept], n_i - i[kept])
    row = start[kept] // max(1, n_i)
    k, j = np.divmod(row, max(1, n_j))
    runs = Runs((n_i, n_j, n_k), label[kept].astype(np.int64), i[kept], j, k, length)
    return runs, [flat[start[kept]] for flat in maps[1:]]
