"""Vessel masks as graphs of voxels: neighbours, what hangs on a root, cross-sections on the way from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record

Index = NDArray[np.int64]
Flat = NDArray[np.int64]

# Half of the 26 neighbours (k, j, i); the other half is the same pairs seen from the other side.
_FORWARD = [(k, j, i) for k in (0, 1) for j in (-1, 0, 1) for i in (-1, 0, 1) if (k, j, i) > (0, 0, 0)]


@dataclass(frozen=True, eq=False)
class Links(Record):
    """Undirected connections between voxels, and the voxels that hang on the root directly.

    Parameters
    ----------
    n : int
        Voxels.
    first, second : ndarray of int64, shape (links,)
        Numbers of two connected voxels.
    length_mm : ndarray of float64, shape (links,)
    roots : ndarray of int64, shape (roots,)
        Voxels at distance 0 from the root.
    """

    n: int
    first: Flat
    second: Flat
    length_mm: NDArray[np.float64]
    roots: Flat

    def with_bridges(self, pairs: NDArray[np.int64], length_mm: NDArray[np.float64]) -> Links:
        """The same with further connections, pairs of shape (bridges, 2)."""
        return Links(
            self.n,
            np.concatenate([self.first, pairs[:, 0]]),
            np.concatenate([self.second, pairs[:, 1]]),
            np.concatenate([self.length_mm, length_mm]),
            self.roots,
        )


def index_of(flat: Flat, shape: tuple[int, int, int]) -> Index:
    """(i, j, k) of flat Fortran positions, shape (n, 3)."""
    row, i = np.divmod(flat, shape[0])
    k, j = np.divmod(row, shape[1])
    return np.stack([i, j, k], axis=1)


def neighbour_pairs(
    flat: Flat, shape: tuple[int, int, int], index_to_world_mm: NDArray[np.float64] | None = None
) -> tuple[Flat, Flat, NDArray[np.float64]]:
    """Pairs of voxels that share a face, an edge or a corner, as numbers within ``flat``, and their distance.

    Parameters
    ----------
    flat : ndarray of int64, shape (n,)
        Flat Fortran positions in a grid, each once.
    shape : tuple of int
        Of the grid, (i, j, k).
    index_to_world_mm : ndarray, shape (4, 4), optional
        For distances in mm; else they are in voxels.
    """
    axes = np.eye(3) if index_to_world_mm is None else index_to_world_mm[:3, :3]
    index = index_of(flat, shape)
    low = index.min(axis=0, initial=0)
    # One empty voxel all around: no neighbour lies across the border of the box.
    size = index.max(axis=0, initial=0) - low + 3
    position = index - low + 1
    own = (position[:, 2] * size[1] + position[:, 1]) * size[0] + position[:, 0]
    number = np.full(int(size.prod()), -1, dtype=np.int32)
    number[own] = np.arange(flat.size)
    firsts, seconds, lengths_mm = [], [], []
    for k, j, i in _FORWARD:
        other = number[own + (k * size[1] + j) * size[0] + i]
        found = np.flatnonzero(other >= 0)
        firsts.append(found)
        seconds.append(other[found].astype(np.int64))
        lengths_mm.append(np.full(found.size, np.linalg.norm(axes @ (i, j, k))))
    return np.concatenate(firsts), np.concatenate(seconds), np.concatenate(lengths_mm)


def component_of(links: Links, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number of the component of each chosen voxel, from 0 by size; −1 for the others. Roots do not join."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    both = chosen[links.first] & chosen[links.second]
    first, second = links.first[both], links.second[both]
    graph = coo_array((np.ones(first.size, dtype=np.int8), (first, second)), shape=(links.n, links.n))
    _, component = connected_components(graph, directed=False)
    result = np.full(links.n, -1, dtype=np.int64)
    own = component[chosen]
    counts = np.bincount(own, minlength=1)
    rank = np.empty(counts.size, dtype=np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(counts.size)
    result[chosen] = rank[own]
    return result


def hangs_on_root(links: Links, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the kept voxels are connected with the root through kept voxels."""
    component = component_of(links, kept)
    reached = component[links.roots]
    reached = reached[reached >= 0]
    hangs = np.zeros(int(component.max(initial=-1)) + 2, dtype=bool)
    hangs[reached] = True
    return hangs[component]  # the last entry, of −1, stays False


def way_mm(links: Links) -> NDArray[np.float64]:
    """Length of the shortest way from the root to each voxel inside the vessel; infinity if there is none."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    # The root is one more node. A length of 0 would be no connection: the way begins with a tiny step.
    start = np.full(links.roots.size, 1e-9)
    root = np.full(links.roots.size, links.n, dtype=np.int64)
    # Older SciPy refuses wider indices than these.
    ends = (np.concatenate([links.first, root]), np.concatenate([links.second, links.roots]))
    first, second = (end.astype(np.int32) for end in ends)
    graph = coo_array(
        (np.concatenate([links.length_mm, start]), (first, second)), shape=(links.n + 1, links.n + 1)
    ).tocsr()
    distance = dijkstra(graph, directed=False, indices=links.n)
    return np.asarray(distance[: links.n])


@dataclass(frozen=True, eq=False)
class CrossSections(Record):
    """A vessel cut into short pieces along the way from the root, as a tree.

    Parameters
    ----------
    piece : ndarray of int64, shape (voxels,)
        Piece of each voxel, from 1; 0 is the root itself; −1 where no way leads.
    parent : ndarray of int64, shape (pieces + 1,)
        The piece upstream, always of a lower number; −1 for the root.
    """

    piece: NDArray[np.int64]
    parent: NDArray[np.int64]

    def downstream(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over each piece and everything below it."""
        total = weight.astype(np.float64)
        for piece in range(self.parent.size - 1, 0, -1):
            total[self.parent[piece]] += total[piece]
        return total

    def children(self) -> list[list[int]]:
        """Pieces directly below each piece."""
        below: list[list[int]] = [[] for _ in range(self.parent.size)]
        for piece in range(1, self.parent.size):
            below[int(self.parent[piece])].append(piece)
        return below


def cross_sections(links: Links, way: NDArray[np.float64], step_mm: float) -> CrossSections:
    """Cut vessels at every ``step_mm`` of the way from the root; where they divide, several pieces follow.

    Parameters
    ----------
    links : Links
    way : ndarray, shape (n,)
        Of :func:`way_mm`.
    step_mm : float
        At least the longest link, or pieces would be skipped.

    Notes
    -----
    Where vessels touch each other further out and close a ring, the contact with most links decides which
    piece is upstream.
    """
    reached = np.isfinite(way)
    layer = np.full(links.n, -1, dtype=np.int64)
    layer[reached] = (way[reached] / step_mm).astype(np.int64)
    same = (layer[links.first] == layer[links.second]) & (layer[links.first] >= 0)
    within = Links(links.n, links.first[same], links.second[same], links.length_mm[same], links.roots)
    component = component_of(within, reached)
    n_pieces = int(component.max(initial=-1)) + 1
    # Numbers grow with the way, so that everything upstream has a lower number.
    layer_of = np.zeros(n_pieces, dtype=np.int64)
    layer_of[component[reached]] = layer[reached]
    rank = np.empty(n_pieces, dtype=np.int64)
    rank[np.argsort(layer_of, kind="stable")] = np.arange(1, n_pieces + 1)
    piece = np.where(reached, rank[component], -1) if n_pieces else np.full(links.n, -1, dtype=np.int64)
    parent = np.zeros(n_pieces + 1, dtype=np.int64)
    parent[0] = -1
    low, high = links.first.copy(), links.second.copy()
    turned = layer[low] > layer[high]
    low[turned], high[turned] = high[turned], low[turned]
    between = (layer[low] >= 0) & (layer[low] < layer[high])
    pairs, contacts = np.unique(
        np.stack([piece[high[between]], piece[low[between]]], axis=1), axis=0, return_counts=True
    )
    order = np.lexsort((-pairs[:, 1], contacts, pairs[:, 0]))
    parent[pairs[order, 0]] = pairs[order, 1]  # the last of each piece has most contacts
    parent[piece[links.roots[reached[links.roots]]]] = 0
    return CrossSections(piece, parent)
