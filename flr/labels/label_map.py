"""A label map: voxels on a grid, with a scheme that explains every one of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError, LabelError
from flr.frozen import Record, read_only
from flr.geometry import Grid
from flr.labels.schemes import LabelScheme

_CHUNK_VOXELS = 1 << 20


@dataclass(frozen=True, eq=False)
class LabelMap(Record):
    """Integer voxels on a grid, every value explained by a scheme.

    Parameters
    ----------
    voxels : ndarray of bool or integers, shape grid.shape
        Not copied: kept as a read-only view, which stops accidents through this object and not through
        the caller's own array.
    grid : Grid
    scheme : LabelScheme

    Raises
    ------
    GeometryError
        If voxels and grid differ in shape.
    LabelError
        If the voxels are not integers, or hold values outside the scheme (a scheme marked subset ignores
        positive strays).
    """

    voxels: NDArray[Any]
    grid: Grid
    scheme: LabelScheme

    def __post_init__(self) -> None:
        if self.voxels.shape != self.grid.shape:
            raise GeometryError(
                f"voxels of shape {self.voxels.shape} on a grid of {self.grid.shape}; they must be the same"
            )
        if self.voxels.dtype.kind not in "biu":
            raise LabelError(
                f"voxels are {self.voxels.dtype}; expected integers: convert whole-number labels first"
            )
        whole = self.voxels.view(np.uint8) if self.voxels.dtype == np.bool_ else self.voxels
        object.__setattr__(self, "voxels", read_only(whole))
        self.scheme.mapping(self.values)

    @cached_property
    def values(self) -> tuple[int, ...]:
        """Foreground values present, ascending."""
        return foreground_values(self.voxels)

    @cached_property
    def mapping(self) -> dict[int, str]:
        """Canonical name of every value present."""
        return self.scheme.mapping(self.values)


def foreground_values(voxels: NDArray[Any]) -> tuple[int, ...]:
    """Distinct values other than 0 of an integer array, ascending, found chunk by chunk.

    >>> foreground_values(np.array([[0, 3], [3, -1]]))
    (-1, 3)
    """
    found: set[int] = set()
    flat = voxels.reshape(-1, order="A")
    for start in range(0, flat.size, _CHUNK_VOXELS):
        chunk = flat[start : start + _CHUNK_VOXELS]
        if chunk.any():
            found.update(np.unique(chunk[chunk != 0]).tolist())
    return tuple(sorted(found))
