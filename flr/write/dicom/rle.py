"""Frames of bytes compressed without loss by run lengths (DICOM PS3.5, annex G).

A mask is a few long runs in each row, so every run becomes one pair of bytes: how often, and what. Runs end
with their row, as the standard asks, and after 128 pixels, the most that one pair can say.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

RLE_LOSSLESS: Final = "1.2.840.10008.1.2.5"
"""Transfer syntax of objects whose frames are stored so."""

_LONGEST_RUN: Final = 128


def rle_frame(plane: NDArray[np.uint8]) -> bytes:
    """One frame of 8-bit pixels, compressed.

    Parameters
    ----------
    plane : ndarray of uint8, shape (rows, columns)

    Examples
    --------
    >>> frame = rle_frame(np.array([[0, 0, 0, 5], [5, 5, 5, 5]], dtype=np.uint8))
    >>> frame[:8].hex(), frame[64:].hex()
    ('0100000040000000', 'fe000005fd05')
    """
    begins = np.ones(plane.shape, dtype=bool)
    begins[:, 1:] = plane[:, 1:] != plane[:, :-1]
    begins[:, ::_LONGEST_RUN] = True
    first = np.flatnonzero(begins)
    length = np.diff(np.append(first, plane.size))
    pairs = np.empty((first.size, 2), dtype=np.uint8)
    # A run of n is written as 257 - n; a single pixel as a literal of one.
    pairs[:, 0] = np.where(length == 1, 0, 257 - length)
    pairs[:, 1] = plane.reshape(-1)[first]
    header = struct.pack("<16L", 1, 64, *[0] * 14)  # one segment, right behind this header
    return header + pairs.tobytes()
