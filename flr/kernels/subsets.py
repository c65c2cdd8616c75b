"""Every union of a few parts at once, by doubling: each part doubles the table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_PARTS = 16
"""2**16 unions are computed in about ten milliseconds; more parts are not looked at."""


def subset_tables(
    volumes_ml: ArrayLike, distances_mm: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Volume of, and least distance to, every union of parts.

    Parameters
    ----------
    volumes_ml : array_like, shape (parts,)
    distances_mm : array_like, shape (tumours, parts)
        From each tumour to each part.

    Returns
    -------
    volume_ml : ndarray, shape (2**parts,)
        Entry ``b`` is of the union of the parts whose bits are set in ``b``, the first part being bit 0.
    least_mm : ndarray, shape (2**parts, tumours)
        Infinity for the empty union.

    Examples
    --------
    >>> volume_ml, least_mm = subset_tables([10.0, 20.0], [[3.0, 1.0]])
    >>> volume_ml.tolist(), least_mm[:, 0].tolist()
    ([0.0, 10.0, 20.0, 30.0], [inf, 3.0, 1.0, 1.0])
    """
    volumes = np.asarray(volumes_ml, dtype=np.float64)
    distances = np.asarray(distances_mm, dtype=np.float64)
    n_parts = volumes.size
    if n_parts > MAX_PARTS:
        raise ValueError(f"{n_parts} parts; expected at most {MAX_PARTS}")
    volume = np.zeros(1 << n_parts)
    least = np.full((1 << n_parts, distances.shape[0]), np.inf)
    for part in range(n_parts):
        half = 1 << part
        np.add(volume[:half], volumes[part], out=volume[half : 2 * half])
        np.minimum(least[:half], distances[:, part], out=least[half : 2 * half])
    return volume, least


def connected_unions(neighbours: Sequence[int]) -> NDArray[np.int64]:
    """Unions of parts that hang together, as bit masks, ascending; the empty one is none.

    Parameters
    ----------
    neighbours : sequence of int
        For each part the bit mask of the parts that it borders on.

    Examples
    --------
    >>> connected_unions([0b010, 0b101, 0b010]).tolist()
    [1, 2, 3, 4, 6, 7]
    """
    found = set()
    todo = [1 << part for part in range(len(neighbours))]
    while todo:
        union = todo.pop()
        if union in found:
            continue
        found.add(union)
        border = 0
        for part, near in enumerate(neighbours):
            if union >> part & 1:
                border |= near
        border &= ~union
        todo += [union | 1 << part for part in range(len(neighbours)) if border >> part & 1]
    return np.array(sorted(found), dtype=np.int64)
