"""Where the foreground lies: bounds, border contact and tight copies, slab by slab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record

FACES = ("i-", "i+", "j-", "j+", "k-", "k+")
"""The six faces of a grid: the first and last index of each axis."""

_WORDS = {8: np.uint64, 4: np.uint32, 2: np.uint16, 1: np.uint8}


def as_words(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows of voxels seen in the widest machine words that divide a row; C-ordered in and out."""
    row_bytes = rows.shape[-1] * rows.dtype.itemsize
    width = next(w for w in _WORDS if row_bytes % w == 0)
    return rows.view(_WORDS[width])


class Foreground:
    """Bounds of all nonzero voxels, gathered while slabs pass.

    Parameters
    ----------
    shape : tuple of int
        Voxels along (i, j, k).
    n_values : int
        One more than the largest label possible.
    """

    def __init__(self, shape: tuple[int, int, int], n_values: int) -> None:
        n_i, n_j, n_k = shape
        self._occupied = (np.zeros(n_i, bool), np.zeros(n_j, bool), np.zeros(n_k, bool))
        self._touching = np.zeros((len(FACES), n_values), bool)

    def add(self, slab: NDArray[Any], first_slice: int) -> NDArray[Any] | None:
        """Take in a slab; return its rows from the first to the last with foreground, or None.

        Parameters
        ----------
        slab : ndarray of uint8 or uint16, shape (slices, nj, ni), C-ordered
        first_slice : int
            Index k of the slab's first slice.
        """
        n, n_j, n_i = slab.shape
        rows = slab.reshape(n * n_j, n_i)
        words = as_words(rows)
        if not words.max():
            return None
        row_filled = words.max(axis=1) != 0
        filled = np.flatnonzero(row_filled)
        trimmed = slice(int(filled[0]), int(filled[-1]) + 1)
        by_slice = row_filled.reshape(n, n_j)
        columns = np.bitwise_or.reduce(words[trimmed], axis=0).view(slab.dtype) != 0
        on_i, on_j, on_k = self._occupied
        on_i |= columns
        on_j |= by_slice.any(axis=0)
        on_k[first_slice : first_slice + n] |= by_slice.any(axis=1)
        inside = rows[trimmed]
        if columns[0]:
            self._touching[0][inside[:, 0]] = True
        if columns[-1]:
            self._touching[1][inside[:, -1]] = True
        if by_slice[:, 0].any():
            self._touching[2][slab[:, 0]] = True
        if by_slice[:, -1].any():
            self._touching[3][slab[:, -1]] = True
        if first_slice == 0:
            self._touching[4][slab[0]] = True
        if first_slice + n == on_k.size:
            self._touching[5][slab[-1]] = True
        return inside

    @property
    def box(self) -> tuple[tuple[int, int, int], tuple[int, int, int]] | None:
        """Start and stop (i, j, k) of the foreground, or None when there is none."""
        ends = [np.flatnonzero(axis) for axis in self._occupied]
        if not ends[0].size:
            return None
        i, j, k = ((int(e[0]), int(e[-1]) + 1) for e in ends)
        return (i[0], j[0], k[0]), (i[1], j[1], k[1])

    def touches(self, label: int) -> frozenset[str]:
        """Faces of the grid on which ``label`` has a voxel."""
        return frozenset(FACES[f] for f in np.flatnonzero(self._touching[:, label]))


@dataclass(frozen=True, eq=False)
class Piece(Record):
    """The foreground of one slice, copied tightly."""

    k: int
    j: int
    i: int
    labels: NDArray[Any]


def pieces_of(slab: NDArray[Any], first_slice: int, keep: NDArray[np.bool_] | None = None) -> list[Piece]:
    """Tight copies of each slice's foreground.

    Parameters
    ----------
    slab : ndarray of uint8 or uint16, shape (slices, nj, ni), C-ordered
    first_slice : int
        Index k of the slab's first slice.
    keep : ndarray of bool, shape (values,), optional
        Labels that count as foreground; the others become background. All by default.
    """
    words = as_words(slab.reshape(-1, slab.shape[2])).reshape(slab.shape[0], slab.shape[1], -1)
    if not words.max():
        return []
    pieces = []
    for z, plane in enumerate(slab):
        rows = np.flatnonzero(words[z].max(axis=1))
        if not rows.size:
            continue
        first_row, labels = int(rows[0]), plane[rows[0] : rows[-1] + 1]
        columns = np.flatnonzero(np.bitwise_or.reduce(as_words(labels), axis=0).view(labels.dtype))
        first, labels = int(columns[0]), labels[:, columns[0] : columns[-1] + 1]
        if keep is not None:
            labels = np.where(keep[labels], labels, labels.dtype.type(0))
            rows, columns = (np.flatnonzero(labels.any(axis=axis)) for axis in (1, 0))
            if not rows.size:
                continue
            labels = labels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            first_row, first = first_row + int(rows[0]), first + int(columns[0])
        pieces.append(Piece(first_slice + z, first_row, first, labels.copy()))
    return pieces


def bounds_of(pieces: list[Piece]) -> tuple[tuple[int, int, int], tuple[int, int, int]] | None:
    """Start and stop (i, j, k) of all pieces together, or None when there are none."""
    if not pieces:
        return None
    starts = np.array([(p.i, p.j, p.k) for p in pieces]).min(axis=0)
    stops = np.array([(p.i + p.labels.shape[1], p.j + p.labels.shape[0], p.k + 1) for p in pieces]).max(
        axis=0
    )
    return (
        (int(starts[0]), int(starts[1]), int(starts[2])),
        (int(stops[0]), int(stops[1]), int(stops[2])),
    )


def assemble(pieces: list[Piece], start: tuple[int, int, int], shape: tuple[int, int, int]) -> NDArray[Any]:
    """Dense box of ``pieces``, indexed (i, j, k), in the smallest unsigned type that holds them.

    The memory runs like the file's: ``result.T`` is a C-ordered (k, j, i) view.
    """
    highest = max((int(p.labels.max()) for p in pieces), default=0)
    dense = np.zeros(shape[::-1], dtype=np.uint8 if highest <= 255 else np.uint16)
    for p in pieces:
        k, j, i = p.k - start[2], p.j - start[1], p.i - start[0]
        dense[k, j : j + p.labels.shape[0], i : i + p.labels.shape[1]] = p.labels
    return dense.T
