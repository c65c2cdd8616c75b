"""The convex hull of points, by wrapping around all open edges at once.

SciPy's hull (Qhull) is as good; loading ``scipy.spatial`` takes longer than all other checks of a liver.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_JOGGLE: Final = 1e-7
"""Points are moved by so much of their extent: then no four lie in a plane, and no three in a line."""

_WAYS: Final = 200
"""Directions in which the outermost points are looked for, before all others are held against their hull."""

_MOST_ROUNDS: Final = 10_000


def hull_facets(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Triangles of the convex hull, counter-clockwise as seen from outside; none where it has no inside.

    Parameters
    ----------
    points : ndarray, shape (n, 3)
        In any unit; no point twice.

    Returns
    -------
    ndarray of int64, shape (facets, 3)
        Indices of points. Where more than three corners lie in a plane, it is cut into triangles.

    Notes
    -----
    Every edge of a facet leads to one more: the first plane that is met when its own is turned about the edge
    (Chand DR, Kapur SS, J ACM 1970, 17, 78–86, DOI 10.1145/321556.321564).

    Examples
    --------
    >>> import numpy as np
    >>> cube = np.array([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
    >>> hull_facets(cube).shape, hull_facets(cube[:4]).shape
    ((12, 3), (0, 3))
    """
    if len(points) < 4:
        return np.empty((0, 3), dtype=np.int64)
    centred = points - points.mean(axis=0)
    extent = float(np.abs(centred).max())
    if np.linalg.matrix_rank(centred.T @ centred, tol=1e-9 * extent**2) < 3:
        return np.empty((0, 3), dtype=np.int64)
    moved = centred + _JOGGLE * extent * np.random.default_rng(0).random(points.shape)  # alike in every run
    outermost = np.unique(along(_ball(_WAYS), moved).argmax(axis=1))
    if outermost.size < 4:
        outermost = np.arange(len(points))
    facets = outermost[_wrapped(moved[outermost])]
    beyond = np.asarray((_heights(moved, facets) >= 0.0).any(axis=0))
    beyond[outermost] = True
    some = np.flatnonzero(beyond)
    return np.asarray(facets if some.size == outermost.size else some[_wrapped(moved[some])])


def _ball(n: int) -> NDArray[np.float64]:
    """Directions that lie about evenly on a ball, shape (n, 3)."""
    height = 1.0 - (2.0 * np.arange(n) + 1.0) / n
    turn = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(n)
    wide = np.sqrt(1.0 - height**2)
    return np.stack([wide * np.cos(turn), wide * np.sin(turn), height], axis=1)


def along(ways: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each point lies along each direction, shape (ways, points).

    As a matrix product it would wake the threads of BLAS, which cost more than it does.
    """
    return np.asarray(np.einsum("wa,ap->wp", ways, np.ascontiguousarray(points.T)))


def _cross(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector product along the last axis; NumPy's takes ten times as long for so few."""
    next_, last = [1, 2, 0], [2, 0, 1]
    return np.asarray(one[..., next_] * other[..., last] - one[..., last] * other[..., next_])


def _heights(points: NDArray[np.float64], facets: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far each point lies outside of each facet, not to scale."""
    first, second, third = (points[facets[:, column]] for column in range(3))
    normal = _cross(second - first, third - first)
    return np.asarray(along(normal, points) - (normal * first).sum(axis=1)[:, None])


def _wrapped(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Facets of the hull of points in general position."""
    found = [_first(points)]
    edges = _edges(found[0])
    for _ in range(_MOST_ROUNDS):
        if not len(edges):
            return np.concatenate(found)
        begin, end, third = (points[edges[:, column]] for column in range(3))
        normal = _cross(end - begin, third - begin)
        met = _met_first(points, edges, normal, _cross(normal, end - begin))
        facets = np.column_stack([edges[:, 1], edges[:, 0], met])
        names = np.sort(facets, axis=1) @ np.array([len(points) ** 2, len(points), 1])
        facets = facets[np.unique(names, return_index=True)[1]]
        found.append(facets)
        edges = _open(np.concatenate([edges, _edges(facets)]), len(points))
    raise AssertionError("a hull that does not close; this is a fault in flr")


def _first(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """One facet: the plane across the first axis at its lowest point, turned twice."""
    start = int(points[:, 0].argmin())
    axis = np.array([[0.0, 1.0, 0.0]])
    lone = np.array([[start]])
    second = int(_met_first(points, lone, np.array([[-1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]]))[0])
    along = points[second] - points[start]
    inwards = points.mean(axis=0) - points[start]
    normal = _cross(axis, along)
    normal *= -np.sign(normal @ inwards)
    third = int(_met_first(points, np.array([[start, second]]), normal, _cross(normal, along))[0])
    turns_in = _cross(along, points[third] - points[start]) @ inwards > 0.0
    return np.array([[second, start, third] if turns_in else [start, second, third]])


def _met_first(
    points: NDArray[np.float64],
    edges: NDArray[np.int64],
    normal: NDArray[np.float64],
    inside: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The point that each plane meets first when it is turned about its edge, away from ``inside``.

    ``edges`` holds points in the plane, the first of them on the edge; ``normal`` looks outwards.
    """
    begin = points[edges[:, 0]]
    normal = normal / np.linalg.norm(normal, axis=1)[:, None]
    inside = inside / np.linalg.norm(inside, axis=1)[:, None]
    ahead = along(inside, points) - (inside * begin).sum(axis=1)[:, None]
    below = (normal * begin).sum(axis=1)[:, None] - along(normal, points)
    rows = np.arange(len(edges))[:, None]
    below[rows, edges] = 1.0
    ahead /= below
    ahead[rows, edges] = np.inf
    return np.asarray(ahead.argmin(axis=1))


def _edges(facets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Directed edges of facets, each with the third corner."""
    return np.concatenate([facets, facets[:, [1, 2, 0]], facets[:, [2, 0, 1]]])


def _open(edges: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Edges whose opposite is not among them."""
    low, high = edges[:, :2].min(axis=1), edges[:, :2].max(axis=1)
    _, first, times = np.unique(low * n + high, return_index=True, return_counts=True)
    return np.asarray(edges[first[times == 1]])
