"""Label maps as runs along the first index axis: what follows costs per surface, not per voxel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Runs:
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

    def voxels(self, n_labels: int) -> NDArray[np.float64]:
        """Voxels of each label, shape (n_labels,); entry 0 is the background and stays 0."""
        counts = np.zeros(max(n_labels, self._voxels.size))
        counts[: self._voxels.size] = self._voxels
        return counts

    @cached_property
    def _voxels(self) -> NDArray[np.float64]:
        return np.asarray(np.bincount(self.label, weights=self.weight), dtype=np.float64)


def runs_of(labels: NDArray[Any], *, first_slice: int = 0) -> Runs:
    """Runs of a label map, sorted by k, j, i.

    Parameters
    ----------
    labels : ndarray of int, shape (i, j, k)
        0 is background. Fastest in Fortran order, in which i varies fastest in memory.
    first_slice : int
        Index k of the first slice, where ``labels`` are some slices of a larger map.
    """
    n_i, n_j, n_k = labels.shape
    flat = labels.ravel("F")
    begins = np.empty(flat.size, dtype=bool)
    begins[:1] = True
    np.not_equal(flat[1:], flat[:-1], out=begins[1:])
    begins[::n_i] = True
    start = np.flatnonzero(begins)
    length = np.diff(start, append=flat.size)
    label = flat[start].astype(np.int64)
    kept = np.flatnonzero(label)
    start, length, label = start[kept], length[kept], label[kept]
    row, i = np.divmod(start, n_i)
    k, j = np.divmod(row, n_j)
    return Runs((n_i, n_j, n_k), label, i, j, k + first_slice, length)


def joined(found: Sequence[Runs], shape: tuple[int, int, int]) -> Runs:
    """Runs of successive slices as those of the whole map."""
    columns = [
        np.concatenate([getattr(runs, name) for runs in found]) if found else np.zeros(0, dtype=np.int64)
        for name in ("label", "i", "j", "k", "length")
    ]
    return Runs(shape, *columns)
