"""The one count from which every reported volume follows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 16  # codes; all at once would be copied as 64-bit integers first


def count_codes(
    codes: NDArray[np.integer],
    n_codes: int,
    *,
    slice_of_code: NDArray[np.integer] | None = None,
    slice_volumes: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Voxels, and when slices differ their summed volume, for each code.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        One code per voxel, 0 to ``n_codes - 1``.
    n_codes : int
    slice_of_code : ndarray of int, shape (n,), optional
        The k-slice of each voxel; given together with ``slice_volumes``.
    slice_volumes : ndarray, shape (n_slices,), optional
        Volume of a voxel in each slice.

    Returns
    -------
    voxels : ndarray of int64, shape (n_codes,)
    volumes : ndarray of float64, shape (n_codes,), or None
        In the unit of ``slice_volumes``; None when slices are even.
    """
    voxels = np.zeros(n_codes, dtype=np.int64)
    for start in range(0, codes.size, _BLOCK):
        voxels += np.bincount(codes[start : start + _BLOCK], minlength=n_codes)
    if slice_of_code is None or slice_volumes is None:
        return voxels, None
    weights: NDArray[np.float64] = np.asarray(slice_volumes[slice_of_code], dtype=np.float64)
    volumes: NDArray[np.float64] = np.bincount(codes, weights=weights, minlength=n_codes).astype(np.float64)
    return voxels, volumes
