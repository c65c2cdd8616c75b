"""The nearest of many seed voxels for every voxel of an organ: exact in mm, ties by a rule."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SQUARE_TOLERANCE = 1e-9
_SHEAR_TOLERANCE = 1e-6


def nearest_seed(
    seeds: NDArray[np.int64],
    wanted: NDArray[np.int64],
    shape: tuple[int, int, int],
    index_to_world_mm: NDArray[np.float64],
) -> NDArray[np.int32]:
    """For every wanted voxel the number of a nearest seed, between voxel centres in mm.

    Parameters
    ----------
    seeds, wanted : ndarray of int64, shape (n,), (m,)
        Flat Fortran positions; at least one seed.
    shape : tuple of int
        Of the grid, (i, j, k).
    index_to_world_mm : ndarray, shape (4, 4)

    Returns
    -------
    ndarray of int32, shape (m,)
        Which of several equally near seeds is not defined: see :func:`settle_ties`.
    """
    from scipy import ndimage
    from scipy.spatial import cKDTree

    axes = index_to_world_mm[:3, :3]
    spacing_mm = np.linalg.norm(axes, axis=0)
    cosines = (axes / spacing_mm).T @ (axes / spacing_mm) - np.eye(3)
    if np.abs(cosines).max() > _SHEAR_TOLERANCE:
        # The exact transform needs axes at right angles; a tilted gantry has none.
        tree = cKDTree(_index(seeds, shape) @ axes.T)
        return np.asarray(tree.query(_index(wanted, shape) @ axes.T, workers=-1)[1], dtype=np.int32)
    seed_at, wanted_at = _index(seeds, shape), _index(wanted, shape)
    low = np.minimum(seed_at.min(axis=0), wanted_at.min(axis=0, initial=1 << 40))
    size = np.maximum(seed_at.max(axis=0), wanted_at.max(axis=0, initial=0)) - low + 1
    box = (int(size[2]), int(size[1]), int(size[0]))
    number = np.full(int(np.prod(box)), -1, dtype=np.int32)
    number[_flat(seed_at - low, size)] = np.arange(seeds.size, dtype=np.int32)
    at = ndimage.distance_transform_edt(
        (number < 0).reshape(box), sampling=spacing_mm[::-1], return_distances=False, return_indices=True
    )
    here = _flat(wanted_at - low, size)
    del seed_at, wanted_at
    k, j, i = (axis.reshape(-1)[here] for axis in at)
    return np.asarray(number[(k.astype(np.int64) * box[1] + j) * box[2] + i])


def settle_ties(
    nearest: NDArray[np.int32],
    label_of_seed: NDArray[Any],
    seeds: NDArray[np.int64],
    wanted: NDArray[np.int64],
    shape: tuple[int, int, int],
    index_to_world_mm: NDArray[np.float64],
) -> NDArray[np.int16]:
    """Label of the nearest seed; where seeds of two labels are equally near, the lower label.

    Parameters
    ----------
    nearest : ndarray of int32, shape (m,)
        Of :func:`nearest_seed`.
    label_of_seed : ndarray of int, shape (n,)
        Positive.
    seeds, wanted, shape, index_to_world_mm
        As there.

    Notes
    -----
    Ties lie where territories meet: each voxel there compares its own seed with those of its six neighbours
    until nothing changes. The result does not depend on the direction in which an array is stored.
    """
    labels = label_of_seed.astype(np.int16)
    seed_of = nearest.copy()
    own = labels[seed_of]
    if own.size == 0 or own.min() == own.max():
        return own
    axes = index_to_world_mm[:3, :3]
    at = _index(wanted, shape)
    low = at.min(axis=0)
    size = at.max(axis=0) - low + 1
    here = _flat(at - low, size)
    del at
    number = np.full(int(size.prod()), -1, dtype=np.int32)
    number[here] = np.arange(wanted.size, dtype=np.int32)
    number_at = number.reshape(int(size[2]), int(size[1]), int(size[0]))
    label_at = np.zeros(number_at.shape, dtype=np.int16)
    label_at.reshape(-1)[here] = own
    del here
    while True:
        changed = False
        for axis in range(3):
            below = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
            above = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
            first, second = label_at[below], label_at[above]
            meet = (first != second) & (first > 0) & (second > 0)
            one, other = number_at[below][meet], number_at[above][meet]
            for voxel, neighbour in ((one, other), (other, one)):
                lower = own[neighbour] < own[voxel]
                voxel, neighbour = voxel[lower], neighbour[lower]
                place = _index(wanted[voxel], shape)
                offered = ((place - _index(seeds[seed_of[neighbour]], shape)) @ axes.T) ** 2
                present = ((place - _index(seeds[seed_of[voxel]], shape)) @ axes.T) ** 2
                tied = offered.sum(axis=1) <= present.sum(axis=1) * (1.0 + _SQUARE_TOLERANCE)
                if tied.any():
                    changed = True
                    seed_of[voxel[tied]] = seed_of[neighbour[tied]]
                    own[voxel[tied]] = labels[seed_of[voxel[tied]]]
                    label_at[tuple(_box_index(wanted[voxel[tied]], shape, low))] = own[voxel[tied]]
        if not changed:
            return own


def _index(flat: NDArray[np.int64], shape: tuple[int, int, int]) -> NDArray[np.int64]:
    row, i = np.divmod(flat, shape[0])
    k, j = np.divmod(row, shape[1])
    return np.stack([i, j, k], axis=1)


def _box_index(
    flat: NDArray[np.int64], shape: tuple[int, int, int], low: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(k, j, i) within a box, shape (3, n)."""
    return (_index(flat, shape) - low).T[::-1]


def _flat(index: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray((index[:, 2] * size[1] + index[:, 1]) * size[0] + index[:, 0])
