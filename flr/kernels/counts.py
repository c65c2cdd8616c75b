"""Counting labels: voxels in, one number per label out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.errors import LabelError

MAX_LABEL = 65535
"""Largest label value that is accepted."""

_ROUNDING = 1e-4
"""Labels that a header scales, as 255 by 1/255, are off by this much at most."""

_LARGEST_STEP = 0.5
"""With a coarser scale every number lies near enough to a whole one to pass for a label."""

_BLOCK_WORDS = 128 * 1024 // 8
# Larger temporaries cross the allocator's threshold for fresh pages and cost more than the counting.

_LOWEST_LANE = {1: np.uint64(0xFF), 2: np.uint64(0xFFFF)}
_SPREAD = {1: np.uint64(0x0101010101010101), 2: np.uint64(0x0001000100010001)}


def label_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Type in which stored values of ``dtype`` are counted: 8 or 16 bits, unsigned."""
    return np.dtype(np.uint8 if dtype.itemsize == 1 else np.uint16)


def scaled_labels_miss(slabs: Iterable[NDArray[Any]], step: float) -> float | None:
    """How far labels lie off whole numbers because a header stores them as multiples of a step.

    A program that stores labels 0 to 8 in bytes by a scale of 8/255 finds no byte for 4, but one that means
    3.984: every label is off by half a step at most, and by rounding it is found again.

    Parameters
    ----------
    slabs : iterable of ndarray
        Values, already scaled.
    step : float
        The header's scale; its sign does not matter.

    Returns
    -------
    float or None
        The largest distance from a whole number; 0 where all are whole but for what rounding leaves of
        floats. None where the values are no labels that were scaled: one lies farther off than half a step,
        or the step is above 0.5, where distances tell nothing.
    """
    if not 0.0 < abs(step) <= _LARGEST_STEP:
        return None
    limit, miss = 0.5 * abs(step) * 1.001 + _ROUNDING, 0.0
    for slab in slabs:
        if not slab.size:
            continue
        miss = max(miss, float(np.abs(slab - np.rint(slab)).max()))
        if not miss <= limit:
            return None
    return miss if miss > _ROUNDING else 0.0


def whole_labels(values: NDArray[Any], out: NDArray[np.uint16]) -> NDArray[Any]:
    """The same values as unsigned labels of :func:`label_dtype`.

    Parameters
    ----------
    values : ndarray, any shape
        Integers, floats or booleans as stored; C-ordered.
    out : ndarray of uint16, shape (n,) with n at least ``values.size``
        Memory for the result where the stored type cannot be looked at as labels directly.

    Returns
    -------
    ndarray of uint8 or uint16, same shape
        A view of ``values`` or of ``out``.

    Raises
    ------
    LabelError
        If a value is not a whole number from 0 to 65535, but for what rounding leaves of floats; the message
        names the value.
    """
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind in "bu" and size <= 2:
        return values.view(label_dtype(values.dtype))
    if kind == "i" and size <= 2:
        lowest = values.min(initial=0)
        if lowest < 0:
            raise LabelError(_refusal(float(lowest)))
        return values.view(label_dtype(values.dtype))
    labels = out[: values.size].reshape(values.shape)
    if not values.any():
        labels[...] = 0
        return labels
    lowest, highest = values.min(), values.max()
    if not (lowest >= 0 and highest <= MAX_LABEL):
        raise LabelError(_refusal(float(lowest if not lowest >= 0 else highest)))
    if kind == "f":
        whole = np.rint(values)
        broken = (np.abs(values - whole) > _ROUNDING) | ((whole == 0) & (values != 0))
        if broken.any():
            raise LabelError(_refusal(float(values[broken][0])))
        values = whole
    np.copyto(labels, values, casting="unsafe")
    return labels


def _refusal(value: float) -> str:
    return (
        f"label value {value:.9g}; labels are whole numbers from 0 to {MAX_LABEL}. "
        "Is this an image, or a resampled or probability map?"
    )


def add_counts(labels: NDArray[Any], counts: NDArray[np.int64]) -> None:
    """Add the number of voxels of each nonzero label to ``counts``, in place.

    Background is not counted: it is what remains of the grid.

    Parameters
    ----------
    labels : ndarray of uint8 or uint16, any shape, C-ordered
    counts : ndarray of int64, shape (n,)
        One entry per label value; n exceeds every label.

    Notes
    -----
    Eight bytes are looked at together: words of zeros are dropped, and a word whose voxels are all
    equal is counted once, so the cost follows the surface of the structures rather than their volume.
    """
    size = labels.dtype.itemsize
    lanes = 8 // size
    flat = labels.reshape(-1)
    whole = flat.size // lanes * lanes
    words = flat[:whole].view(np.uint64)
    lowest_lane, spread = _LOWEST_LANE[size], _SPREAD[size]
    for start in range(0, words.size, _BLOCK_WORDS):
        block = words[start : start + _BLOCK_WORDS]
        block = block[block != 0]
        if not block.size:
            continue
        lowest = block & lowest_lane
        uniform = lowest * spread == block
        _add(np.bincount(lowest[uniform].view(np.int64)), lanes, counts)
        _add(np.bincount(block[~uniform].view(labels.dtype)), 1, counts)
    _add(np.bincount(flat[whole:]), 1, counts)
    counts[0] = 0


def _add(found: NDArray[np.intp], times: int, counts: NDArray[np.int64]) -> None:
    counts[: found.size] += found * times
