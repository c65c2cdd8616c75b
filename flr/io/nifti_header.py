"""The fields of a NIfTI-1 or NIfTI-2 header that decide about voxels, and the geometries that it can hold."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

HEADER_BYTES: Final = {348: "NIfTI-1", 540: "NIfTI-2"}
"""The length of the header, with which it begins, to the version of the format."""

_FIELDS: Final = {
    348: {
        "dim": ("8i2", 40),
        "datatype": ("i2", 70),
        "pixdim": ("8f4", 76),
        "vox_offset": ("f4", 108),
        "scl_slope": ("f4", 112),
        "scl_inter": ("f4", 116),
        "xyzt_units": ("u1", 123),
        "qform_code": ("i2", 252),
        "sform_code": ("i2", 254),
        "quatern": ("3f4", 256),
        "qoffset": ("3f4", 268),
        "srow": ("(3,4)f4", 280),
        "magic": ("S4", 344),
    },
    540: {
        "dim": ("8i8", 16),
        "datatype": ("i2", 12),
        "pixdim": ("8f8", 104),
        "vox_offset": ("i8", 168),
        "scl_slope": ("f8", 176),
        "scl_inter": ("f8", 184),
        "xyzt_units": ("i4", 500),
        "qform_code": ("i4", 344),
        "sform_code": ("i4", 348),
        "quatern": ("3f8", 352),
        "qoffset": ("3f8", 376),
        "srow": ("(3,4)f8", 400),
        "magic": ("S4", 4),
    },
}
"""Type and offset of each field, by the length of the header (nifti1.h and nifti2.h of the standard)."""

_W2_ROUNDING: Final = {348: 3.0 * float(np.finfo(np.float32).eps), 540: 3.0 * float(np.finfo(np.float64).eps)}


class NiftiHeader:
    """A header as its bytes have it; nothing is checked or repaired.

    Parameters
    ----------
    block : bytes
        348 or 540 of them.
    endianness : {"<", ">"}

    References
    ----------
    .. [1] NIfTI-1 data format, https://nifti.nimh.nih.gov/nifti-1
    """

    def __init__(self, block: bytes, endianness: Literal["<", ">"]) -> None:
        self.endianness: Literal["<", ">"] = endianness
        self._size = len(block)
        fields = _FIELDS[len(block)]
        dtype = np.dtype(
            {
                "names": list(fields),
                "formats": [kind for kind, _ in fields.values()],
                "offsets": [offset for _, offset in fields.values()],
                "itemsize": len(block),
            }
        ).newbyteorder(endianness)
        self._values = np.frombuffer(block, dtype=dtype)[0]

    def __getitem__(self, field: str) -> Any:
        """A field's value as it is stored."""
        return self._values[field]

    def sform(self) -> NDArray[np.float64]:
        """The affine that the header states row by row, in the header's unit, shape (4, 4)."""
        affine = np.eye(4)
        affine[:3] = self["srow"]
        return affine

    def qform(self) -> NDArray[np.float64] | None:
        """The affine by the header's quaternion, voxel sizes and offset, shape (4, 4).

        None where the quaternion is no rotation, or a voxel size is negative.
        """
        b, c, d = (float(value) for value in self["quatern"])
        sides = self["pixdim"][1:4].astype(np.float64)
        a2 = 1.0 - (b * b + c * c + d * d)
        if abs(a2) < _W2_ROUNDING[self._size]:
            a2 = 0.0
        if not a2 >= 0.0 or (sides < 0.0).any():
            return None
        a = a2**0.5
        turn = np.array(
            [
                [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
                [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
                [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
            ]
        ) / (a2 + b * b + c * c + d * d)
        if float(self["pixdim"][0]) == -1.0:  # the standard: anything but -1 means 1
            sides[2] = -sides[2]
        affine = np.eye(4)
        affine[:3, :3] = turn * sides
        affine[:3, 3] = self["qoffset"]
        return affine

    def centred(self, shape: tuple[int, int, int]) -> NDArray[np.float64]:
        """The affine of a header without any: its voxel sizes, x from right to left, 0 in the middle."""
        sides = self["pixdim"][1:4].astype(np.float64) * (-1.0, 1.0, 1.0)
        affine = np.diag([*sides, 1.0])
        affine[:3, 3] = -0.5 * (np.array(shape) - 1.0) * sides
        return affine
