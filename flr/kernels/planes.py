"""How much of a voxel, or of a run of voxels, lies on one side of a plane: exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flr.kernels.runs import Runs


def fraction_in_front(extents: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of a parallelepiped that lies in front of a plane.

    Parameters
    ----------
    extents : ndarray, shape (n, 3)
        Length of each edge along the plane's normal, not negative: ``abs(edge @ normal)``.
    distance : ndarray, shape (n,)
        Signed distance of the middle from the plane, positive in front; in the unit of ``extents``.

    Returns
    -------
    ndarray, shape (n,)
        0 to 1. Continuous and monotone in ``distance``; f(d) + f(-d) = 1.

    Notes
    -----
    The closed form of Scardovelli and Zaleski (J Comput Phys, 2000, 164, 228-237,
    doi:10.1006/jcph.2000.6567), its terms arranged so that nothing cancels when an edge lies in the plane.

    Examples
    --------
    >>> fraction_in_front(np.array([[1.0, 0.0, 0.0]]), np.array([0.25])).tolist()
    [0.75]
    """
    total = extents.sum(axis=1)
    flat = total <= 0.0
    scale = np.where(flat, 1.0, total)
    # Sorted by comparisons, and cubes by products: both many times faster than the general functions.
    first, second, third_edge = (extents[:, axis] / scale for axis in range(3))
    lower, upper = np.minimum(first, second), np.maximum(first, second)
    m1, m3 = np.minimum(lower, third_edge), np.maximum(upper, third_edge)
    m2 = np.maximum(lower, np.minimum(upper, third_edge))
    depth = np.clip(distance / scale + 0.5, 0.0, 1.0)
    behind = depth > 0.5
    a = np.where(behind, 1.0 - depth, depth)
    m12 = m1 + m2
    # Divisors are replaced where their branch is not taken, so that no division by zero happens.
    six = np.where(m1 > 0.0, 6.0 * m1 * m2 * m3, 1.0)
    six = np.where(six > 0.0, six, 1.0)
    two = np.where(m2 > 0.0, 2.0 * m2 * m3, 1.0)
    three = np.where(m2 > 0.0, 6.0 * m2 * m3, 1.0)
    third = np.where(m3 > 0.0, 2.0 * m3, 1.0)
    corner = a * a * a / six
    beyond_2, beyond_3 = np.maximum(a - m2, 0.0), np.maximum(a - m3, 0.0)
    over = beyond_2 * beyond_2 * beyond_2 + beyond_3 * beyond_3 * beyond_3
    wedge = a * (a - m1) / two + m1**2 / three - np.where(m1 > 0.0, over / six, 0.0)
    slab = (2.0 * a - m12) / third
    part = np.where(a < m1, corner, np.where((m12 <= m3) & (a >= m12), slab, wedge))
    part = np.clip(part, 0.0, 0.5)
    result = np.where(behind, 1.0 - part, part)
    return np.where(flat, np.where(distance > 0.0, 1.0, np.where(distance < 0.0, 0.0, 0.5)), result)


def run_fractions(
    runs: Runs, step_along_normal: ArrayLike, offset: float
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Share of each run in front of a plane, and which runs the plane crosses.

    Parameters
    ----------
    runs : Runs
    step_along_normal : array_like, shape (3,)
        Change of the signed distance for one step along i, j and k: ``index_to_world[:3, :3].T @ normal``.
    offset : float
        Signed distance of voxel (0, 0, 0) from the plane.

    Returns
    -------
    share : ndarray, shape (runs,)
    crossed : ndarray of int, shape (crossed runs,)
    """
    step = np.asarray(step_along_normal, dtype=np.float64)
    i, j, k = runs.middle
    distance = step[0] * i
    scratch = np.empty_like(distance)
    for along, index in ((step[1], j), (step[2], k)):
        distance += np.multiply(index, along, out=scratch)
    distance += offset
    share = (distance > 0.0).astype(np.float64)
    reach = np.multiply(runs.weight, 0.5 * abs(step[0]), out=scratch)
    reach += 0.5 * (abs(step[1]) + abs(step[2]))
    crossed = np.flatnonzero(np.abs(distance) < reach)
    extents = np.empty((crossed.size, 3))
    extents[:, 0] = abs(step[0]) * runs.weight[crossed]
    extents[:, 1] = abs(step[1])
    extents[:, 2] = abs(step[2])
    share[crossed] = fraction_in_front(extents, distance[crossed])
    return share, crossed


def centres_behind(
    runs: Runs, step_along_normal: ArrayLike, offset: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """From and up to which index i the voxels in the row of each run have their centres behind a plane.

    Parameters
    ----------
    runs, step_along_normal, offset
        As for :func:`run_fractions`. A centre in the plane lies behind it.

    Returns
    -------
    first, stop : ndarray of int, each of shape (runs,)
        One of them is an end of the row.
    """
    step = np.asarray(step_along_normal, dtype=np.float64)
    n_i = runs.shape[0]
    along = np.arange(n_i) * step[0]
    level = -(offset + runs.j * step[1] + runs.k * step[2])
    if step[0] < 0.0:
        first = n_i - np.searchsorted(along[::-1], level, side="right")
        return first, np.full(len(runs), n_i, dtype=np.int64)
    return np.zeros(len(runs), dtype=np.int64), np.searchsorted(along, level, side="right")


def voxels_in_front(
    runs: Runs, step_along_normal: ArrayLike, offset: float, n_labels: int
) -> NDArray[np.float64]:
    """Voxels of each label in front of a plane, fractions counted exactly, shape (n_labels,).

    Continuous and monotone in ``offset``; together with those behind it is :meth:`Runs.voxels`.
    """
    share, _ = run_fractions(runs, step_along_normal, offset)
    return np.asarray(
        np.bincount(runs.label, weights=share * runs.weight, minlength=n_labels), dtype=np.float64
    )
