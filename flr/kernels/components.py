"""Connected components and holes by run lengths: rows of equal voxels instead of voxels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record
from flr.kernels.runs import Runs

Neighbours = Literal[6, 26]

_ROWS_6 = ((0, 1), (1, 0))
_ROWS_26 = ((0, 1), (1, -1), (1, 0), (1, 1))
# Half of the neighbouring rows (k, j); the other half is the same pairs seen from the other side.


@dataclass(frozen=True, eq=False)
class Components(Record):
    """Connected parts of a mask, largest first; ties by the first voxel.

    Parameters
    ----------
    shape : tuple of int
        Of the mask, (k, j, i).
    row, start, stop : ndarray of int64, shape (runs,)
        Each run of set voxels: its row ``k * nj + j`` and half-open bounds along i.
    component : ndarray of int64, shape (runs,)
        Number of the component that each run belongs to, from 0.
    voxels : ndarray of int64, shape (components,)
        Size of each component.
    at_border : ndarray of bool, shape (components,)
        Whether a component has a voxel on a face of the mask's box.
    """

    shape: tuple[int, int, int]
    row: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    component: NDArray[np.int64]
    voxels: NDArray[np.int64]
    at_border: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.voxels.size)

    def mask(self, chosen: NDArray[Any]) -> NDArray[np.bool_]:
        """Mask, shape (k, j, i), of the components whose entry in ``chosen`` (bool) is set."""
        n_i = self.shape[2]
        runs = np.asarray(chosen, dtype=bool)[self.component]
        steps = np.zeros(self.shape[0] * self.shape[1] * n_i + 1, dtype=np.int8)
        # Runs of one row never touch, but a run may end where the next row's begins: hence add.
        np.add.at(steps, self.row[runs] * n_i + self.start[runs], 1)
        np.add.at(steps, self.row[runs] * n_i + self.stop[runs], -1)
        return np.cumsum(steps[:-1], dtype=np.int8).astype(bool).reshape(self.shape)


def components(mask: NDArray[Any], *, neighbours: Neighbours = 26) -> Components:
    """Connected components of a mask.

    Parameters
    ----------
    mask : ndarray, shape (k, j, i)
        Nonzero is set. Fastest when C-ordered.
    neighbours : {6, 26}
        Voxels that share a face, or also those that share an edge or a corner, are connected.

    Returns
    -------
    Components
    """
    n_k, n_j, n_i = mask.shape
    shape = (n_k, n_j, n_i)
    return _of_rows(*_runs(mask != 0 if mask.dtype != np.bool_ else mask), shape, neighbours)


def _of_rows(
    row: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    shape: tuple[int, int, int],
    neighbours: Neighbours,
) -> Components:
    """Connected components of runs, sorted by row and start."""
    n_k, n_j, n_i = shape
    first, second = _contacts(row, start, stop, shape, neighbours)
    n_runs = row.size
    n_found, component = _groups(n_runs, first, second)
    lengths = stop - start
    voxels = np.bincount(component, weights=lengths, minlength=n_found).astype(np.int64)
    first_run = np.full(n_found, n_runs, dtype=np.int64)
    np.minimum.at(first_run, component, np.arange(n_runs))
    order = np.lexsort((first_run, -voxels))
    rank = np.empty(n_found, dtype=np.int64)
    rank[order] = np.arange(n_found)
    component = rank[component]
    k, j = np.divmod(row, n_j)
    on_face = (k == 0) | (k == n_k - 1) | (j == 0) | (j == n_j - 1) | (start == 0) | (stop == n_i)
    at_border = np.zeros(n_found, dtype=bool)
    at_border[component[on_face]] = True
    return Components(shape, row, start, stop, component, voxels[order], at_border)


def holes(mask: NDArray[Any], *, neighbours: Neighbours = 26) -> Components:
    """Background that the mask encloses: components of the background that do not reach the box's border.

    Parameters
    ----------
    mask : ndarray, shape (k, j, i)
        Nonzero is set.
    neighbours : {6, 26}
        Connection of the mask; its background is connected the other way, as digital topology asks,
        so that a closed surface of 26-connected voxels does enclose something.

    Returns
    -------
    Components
        Of the holes; none of them is at the border.
    """
    return _inner(components(mask == 0, neighbours=6 if neighbours == 26 else 26))


def pieces_and_holes(runs: Runs) -> tuple[Components, Components]:
    """`components` and `holes` (26 neighbours) of all labels together, without looking at voxels.

    Parameters
    ----------
    runs : Runs
        Sorted by k, j and i.
    """
    n_i, n_j, n_k = runs.shape
    shape = (n_k, n_j, n_i)
    row = runs.k * n_j + runs.j
    begin, end = row * n_i + runs.i, row * n_i + runs.i + runs.length
    # Runs of different labels that touch in their row become one.
    apart = (begin[1:] != end[:-1]) | (row[1:] != row[:-1])
    first, last = np.append(True, apart)[: row.size], np.append(apart, True)[: row.size]
    row, begin, end = row[first], begin[first], end[last]
    solid = _of_rows(row, begin - row * n_i, end - row * n_i, shape, 26)
    # What is empty: from each end, or begin of a row, to the next begin, or end of its row.
    rows = np.arange(n_j * n_k)
    starts = np.sort(np.concatenate([end, rows * n_i]), kind="stable")
    stops = np.sort(np.concatenate([begin, (rows + 1) * n_i]), kind="stable")
    long = stops > starts
    starts, stops = starts[long], stops[long]
    row = starts // n_i
    empty = _of_rows(row, starts - row * n_i, stops - row * n_i, shape, 6)
    return solid, _inner(empty)


def _inner(found: Components) -> Components:
    """The components that do not reach the border of the box."""
    inner = ~found.at_border
    number = np.cumsum(inner) - 1
    runs = inner[found.component]
    return Components(
        shape=found.shape,
        row=found.row[runs],
        start=found.start[runs],
        stop=found.stop[runs],
        component=number[found.component[runs]],
        voxels=found.voxels[inner],
        at_border=found.at_border[inner],
    )


@dataclass(frozen=True, eq=False)
class Pieces(Record):
    """Connected parts of every label of a map, and which of them touch: unions of labels need no voxels.

    Parameters
    ----------
    label : ndarray of int, shape (pieces,)
        From 0.
    voxels : ndarray of int64, shape (pieces,)
    first, second : ndarray of int, shape (pairs,)
        Pieces that touch, by a face, an edge or a corner.
    """

    label: NDArray[np.int64]
    voxels: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    def of_union(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Voxels of the connected parts of the union of some labels, largest first.

        Parameters
        ----------
        chosen : ndarray of bool, shape (labels,)
        """
        held = chosen[self.label]
        both = held[self.first] & held[self.second]
        n_found, group = _groups(self.label.size, self.first[both], self.second[both])
        voxels = np.bincount(group, weights=self.voxels * held, minlength=n_found).astype(np.int64)
        return -np.sort(-voxels[voxels > 0])


def pieces(runs: Runs, label: NDArray[np.int64]) -> Pieces:
    """Connected parts (26 neighbours) of labels of runs.

    Parameters
    ----------
    runs : Runs
        Sorted by k, j and i.
    label : ndarray of int, shape (runs,)
        From 0.
    """
    n_i, n_j, n_k = runs.shape
    row = runs.k * n_j + runs.j
    # Runs of one label that touch in their row become one.
    beside = (row[1:] == row[:-1]) & (runs.i[1:] == (runs.i + runs.length)[:-1])
    begins = np.flatnonzero(np.append(True, ~(beside & (label[1:] == label[:-1]))))[: len(runs)]
    row, start, label = row[begins], runs.i[begins], label[begins]
    length = np.add.reduceat(runs.length, begins) if begins.size else runs.length
    first, second = _contacts(row, start, start + length, (n_k, n_j, n_i), 26)
    beside_too = np.flatnonzero(np.append(False, beside)[begins])
    first, second = np.concatenate([first, beside_too - 1]), np.concatenate([second, beside_too])
    alike = label[first] == label[second]
    n_found, piece = _groups(begins.size, first[alike], second[alike])
    of_piece = np.zeros(n_found, dtype=np.int64)
    of_piece[piece] = label
    code = piece[first[~alike]] * n_found + piece[second[~alike]]
    code = np.flatnonzero(np.bincount(code)) if n_found < 1000 else np.unique(code)
    voxels = np.bincount(piece, weights=length, minlength=n_found).astype(np.int64)
    return Pieces(of_piece, voxels, code // max(1, n_found), code % max(1, n_found))


def _groups(n: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """How many groups pairs make of ``n`` things, and the group of each; NumPy alone starts faster."""
    root = np.arange(n)
    while first.size:
        a, b = root[first], root[second]
        apart = a != b
        first, second, a, b = first[apart], second[apart], a[apart], b[apart]
        # Every root that meets a lower one is hung below one of those, and chains are then cut short.
        root[np.maximum(a, b)] = np.minimum(a, b)
        while True:
            above = root[root]
            if np.array_equal(above, root):
                break
            root = above
    is_root = root == np.arange(n)
    return int(np.count_nonzero(is_root)), (np.cumsum(is_root) - 1)[root]


def _runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Row, start and stop of every run, sorted by row and start."""
    n_k, n_j, n_i = mask.shape
    width = n_i + 1
    # One empty voxel in front of all rows and one after each: no run crosses from row to row.
    padded = np.zeros(n_k * n_j * width + 1, dtype=bool)
    padded[1:].reshape(n_k, n_j, width)[:, :, :n_i] = mask
    edges = np.flatnonzero(padded[1:] != padded[:-1]).astype(np.int64)
    starts, stops = edges[0::2], edges[1::2]
    row = starts // width
    return row, starts - row * width, stops - row * width


def _contacts(
    row: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    shape: tuple[int, int, int],
    neighbours: Neighbours,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of runs in neighbouring rows that are connected."""
    n_k, n_j, n_i = shape
    reach = 0 if neighbours == 6 else 1
    width = n_i + 2  # so that a run reaching one voxel further still ends before the next row
    begin, end = row * width + start, row * width + stop
    k, j = np.divmod(row, n_j)
    pairs_first, pairs_second = [], []
    for step_k, step_j in _ROWS_6 if neighbours == 6 else _ROWS_26:
        valid = np.flatnonzero((k + step_k < n_k) & (j + step_j >= 0) & (j + step_j < n_j))
        shift = (step_k * n_j + step_j) * width
        lowest = np.searchsorted(end, begin[valid] + (shift - reach), side="right")
        above = np.searchsorted(begin, end[valid] + (shift + reach), side="left")
        times = np.maximum(above - lowest, 0)
        total = int(times.sum())
        pairs_first.append(np.repeat(valid, times))
        within = np.arange(total) - np.repeat(np.cumsum(times) - times, times)
        pairs_second.append(np.repeat(lowest, times) + within)
    return np.concatenate(pairs_first), np.concatenate(pairs_second)
