"""The nearest of many seed voxels for every voxel of an organ: exact in mm, ties by a rule."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Flat = NDArray[np.int64]

_SQUARE_TOLERANCE = 1e-9
_SHEAR_TOLERANCE = 1e-6


def block_of(index_to_world_mm: NDArray[np.float64], block_mm: float) -> tuple[int, int, int]:
    """Voxels along each axis that a block of at most this edge holds, one at least.

    >>> block_of(np.diag([0.57, 0.57, 1.6, 1.0]), 1.5), block_of(np.eye(4), 0.0)
    ((2, 2, 1), (1, 1, 1))
    """
    spacing_mm = np.linalg.norm(index_to_world_mm[:3, :3], axis=0)
    i, j, k = (max(1, int(block_mm / step_mm + 1e-6)) for step_mm in spacing_mm)
    return i, j, k


def nearest_seed(
    seeds: Flat,
    wanted: Flat,
    shape: tuple[int, int, int],
    index_to_world_mm: NDArray[np.float64],
    *,
    block_mm: float = 0.0,
) -> NDArray[np.int32]:
    """For every wanted voxel the number of a nearest seed, between voxel centres in mm.

    Parameters
    ----------
    seeds, wanted : ndarray of int64, shape (n,), (m,)
        Flat Fortran positions, ascending; at least one seed.
    shape : tuple of int
        Of the grid, (i, j, k).
    index_to_world_mm : ndarray, shape (4, 4)
    block_mm : float
        Voxels that a block of this edge holds share their nearest seed, whose block is nearest: many times
        faster on fine grids, and off by less than the diagonal of a block. 0 for the exact answer. [mm]

    Returns
    -------
    ndarray of int32, shape (m,)
        Which of several equally near seeds is not defined: see :func:`settle_ties`.
    """
    from scipy import ndimage
    from scipy.spatial import cKDTree

    block = block_of(index_to_world_mm, block_mm)
    if block != (1, 1, 1):
        return _by_blocks(seeds, wanted, shape, index_to_world_mm, block)
    axes = index_to_world_mm[:3, :3]
    spacing_mm = np.linalg.norm(axes, axis=0)
    cosines = (axes / spacing_mm).T @ (axes / spacing_mm) - np.eye(3)
    if np.abs(cosines).max() > _SHEAR_TOLERANCE:
        # The exact transform needs axes at right angles; a tilted gantry has none.
        tree = cKDTree(_index(seeds, shape) @ axes.T)
        return np.asarray(tree.query(_index(wanted, shape) @ axes.T, workers=-1)[1], dtype=np.int32)
    chosen = np.zeros(shape[::-1], dtype=bool)
    chosen.reshape(-1)[seeds] = True
    chosen.reshape(-1)[wanted] = True
    box = _box_of(chosen)
    number = np.full(shape[::-1], -1, dtype=np.int32)
    number.reshape(-1)[seeds] = np.arange(seeds.size, dtype=np.int32)
    number = np.ascontiguousarray(number[box])
    at = ndimage.distance_transform_edt(
        number < 0, sampling=spacing_mm[::-1], return_distances=False, return_indices=True
    )
    chosen.reshape(-1)[seeds] = False
    chosen.reshape(-1)[wanted] = True
    here = np.flatnonzero(chosen[box])
    # One line of positions in the box, made in place: three volumes of indices are enough.
    line = at.reshape(3, -1)
    position = line[0][here]
    for axis in (1, 2):
        position *= number.shape[axis]
        position += line[axis][here]
    return np.asarray(number.reshape(-1)[position])


def _by_blocks(
    seeds: Flat,
    wanted: Flat,
    shape: tuple[int, int, int],
    index_to_world_mm: NDArray[np.float64],
    block: tuple[int, int, int],
) -> NDArray[np.int32]:
    """The answer of `nearest_seed` on a lattice of blocks, carried back to the voxels."""
    coarse = tuple(-(-n // size) for n, size in zip(shape, block, strict=True))
    small = (coarse[0], coarse[1], coarse[2])
    affine = index_to_world_mm @ np.diag([*map(float, block), 1.0])
    # By table: a division of every voxel's position would take longer than the search.
    line = np.arange(shape[0], dtype=np.int32) // block[0]
    row = (np.arange(shape[1], dtype=np.int32) // block[1]) * small[0]
    plane = (np.arange(shape[2], dtype=np.int32) // block[2]) * (small[0] * small[1])
    block_at = (plane[:, None, None] + row[:, None] + line).reshape(-1)
    seed_at, wanted_at = block_at[seeds], block_at[wanted]
    number = np.full(small[0] * small[1] * small[2], -1, dtype=np.int32)
    number[seed_at] = np.arange(seeds.size, dtype=np.int32)  # one seed stands for its block
    own = np.flatnonzero(number >= 0).astype(np.int64)
    is_wanted = np.zeros(number.size, dtype=bool)
    is_wanted[wanted_at] = True
    asked = np.flatnonzero(is_wanted).astype(np.int64)
    answer = number[own][nearest_seed(own, asked, small, affine)]
    number[asked] = answer
    return np.asarray(number[wanted_at])


def settle_ties(
    nearest: NDArray[np.int32],
    label_of_seed: NDArray[Any],
    seeds: Flat,
    wanted: Flat,
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
    own = labels[nearest]
    if own.size == 0 or own.min() == own.max():
        return own
    seed_of = nearest.copy()
    axes = index_to_world_mm[:3, :3]
    chosen = np.zeros(shape[::-1], dtype=bool)
    chosen.reshape(-1)[wanted] = True
    chosen = np.pad(chosen[_box_of(chosen)], 1)  # so that no step leaves the box
    here = np.flatnonzero(chosen)
    label_at = np.zeros(chosen.size, dtype=np.int16)
    label_at[here] = own
    steps = (1, chosen.shape[2], chosen.shape[2] * chosen.shape[1])
    first, second = _meeting(label_at, here, steps)
    while first.size:
        moved = []
        for voxel, other in ((first, second), (second, first)):
            lower = own[other] < own[voxel]
            voxel, other = voxel[lower], other[lower]
            place = _index(wanted[voxel], shape)
            offered = ((place - _index(seeds[seed_of[other]], shape)) @ axes.T) ** 2
            present = ((place - _index(seeds[seed_of[voxel]], shape)) @ axes.T) ** 2
            tied = offered.sum(axis=1) <= present.sum(axis=1) * (1.0 + _SQUARE_TOLERANCE)
            seed_of[voxel[tied]] = seed_of[other[tied]]
            own[voxel[tied]] = labels[seed_of[voxel[tied]]]
            moved.append(voxel[tied])
        changed = np.unique(np.concatenate(moved))
        around = np.concatenate([here[changed] + sign * step for step in steps for sign in (1, -1)])
        rank = np.minimum(np.searchsorted(here, around), here.size - 1)
        inside = here[rank] == around
        first, second = np.tile(changed, 6)[inside], rank[inside]
        differ = own[first] != own[second]
        first, second = first[differ], second[differ]
    return own


def _meeting(label_at: NDArray[np.int16], here: Flat, steps: tuple[int, ...]) -> tuple[Flat, Flat]:
    """Neighbours of different labels, as numbers of wanted voxels; ``label_at`` has an empty rim."""
    firsts, seconds = [], []
    for step in steps:
        low, high = label_at[:-step], label_at[step:]
        at = np.flatnonzero(low != high)
        at = at[(low[at] > 0) & (high[at] > 0)]
        firsts.append(np.searchsorted(here, at))
        seconds.append(np.searchsorted(here, at + step))
    return np.concatenate(firsts), np.concatenate(seconds)


def _box_of(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    """Bounding box of a mask with at least one voxel."""
    flat = np.asarray(mask.any(axis=0))
    sides = (np.asarray(mask.any(axis=(1, 2))), np.asarray(flat.any(axis=1)), np.asarray(flat.any(axis=0)))
    k, j, i = (slice(int(s.argmax()), int(s.size - s[::-1].argmax())) for s in sides)
    return k, j, i


def _index(flat: Flat, shape: tuple[int, int, int]) -> NDArray[np.int64]:
    row, i = np.divmod(flat, shape[0])
    k, j = np.divmod(row, shape[1])
    return np.stack([i, j, k], axis=1)
