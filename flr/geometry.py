"""Where voxels lie in the world. A ``Grid`` is valid from the moment it exists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flr.errors import GeometryError
from flr.frozen import Record
from flr.units import MM3_PER_ML

_AXIS_NAMES = ("first (i)", "second (j)", "third (k)")
_MAX_SIDE_VOXELS = 1 << 20


@dataclass(frozen=True, eq=False)
class Grid(Record):
    """A lattice of voxels in patient space.

    Parameters
    ----------
    shape : tuple of int
        Voxels along the index axes (i, j, k), each at least 1.
    index_to_world_mm : array_like, shape (4, 4)
        Affine from voxel-centre index to RAS+ millimetres, as in NIfTI: +x is the patient's right,
        +y anterior, +z superior. Sheared affines (gantry tilt) are
        allowed, singular ones are not. Copied.
    slice_weights_mm : array_like, shape (shape[2],), optional
        Thickness that each k-slice stands for, in mm along the slice normal, for series whose
        slices are uneven or missing. Such a grid can be counted; it has no distances.

    Raises
    ------
    GeometryError
        If the shape is not three positive integers, or the affine is not finite, not affine or singular.
    """

    shape: tuple[int, int, int]
    index_to_world_mm: NDArray[np.float64]
    slice_weights_mm: NDArray[np.float64] | None = None

    def __init__(
        self,
        shape: tuple[int, ...],
        index_to_world_mm: ArrayLike,
        slice_weights_mm: ArrayLike | None = None,
    ) -> None:
        sides = tuple(int(n) for n in shape)
        if len(sides) != 3 or min(sides) < 1 or max(sides) > _MAX_SIDE_VOXELS:
            raise GeometryError(f"grid shape {tuple(shape)}; expected three positive sizes")
        affine = np.array(index_to_world_mm, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise GeometryError("index-to-world affine is not a finite 4 by 4 matrix; the header is damaged")
        if not np.array_equal(affine[3], (0.0, 0.0, 0.0, 1.0)):
            raise GeometryError(f"last row of the affine is {affine[3].tolist()}; expected 0 0 0 1")
        lengths = np.linalg.norm(affine[:3, :3], axis=0)
        if not lengths.min() > 0.0 or abs(np.linalg.det(affine[:3, :3] / lengths)) < 1e-3:
            raise GeometryError(
                "index-to-world affine is singular: the voxels have no volume; the header is damaged"
            )
        affine.flags.writeable = False
        weights = None
        if slice_weights_mm is not None:
            weights = np.array(slice_weights_mm, dtype=np.float64)
            if weights.shape != (sides[2],) or not np.isfinite(weights).all() or weights.min() < 0.0:
                raise GeometryError(
                    f"slice weights of shape {weights.shape}; expected {sides[2]} non-negative millimetres"
                )
            weights.flags.writeable = False
        object.__setattr__(self, "shape", sides)
        object.__setattr__(self, "index_to_world_mm", affine)
        object.__setattr__(self, "slice_weights_mm", weights)

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Length of one step along each index axis. [mm]"""
        return tuple(float(v) for v in np.linalg.norm(self.index_to_world_mm[:3, :3], axis=0))  # type: ignore[return-value]

    @cached_property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel, the absolute determinant of the affine. [mm³]"""
        return float(abs(np.linalg.det(self.index_to_world_mm[:3, :3])))

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel. [mL]"""
        return self.voxel_volume_mm3 / MM3_PER_ML

    @cached_property
    def slice_voxel_volumes_ml(self) -> NDArray[np.float64]:
        """Volume of a voxel in each k-slice, shape (shape[2],). [mL]"""
        if self.slice_weights_mm is None:
            return np.full(self.shape[2], self.voxel_volume_ml)
        area_mm2 = float(
            np.linalg.norm(np.cross(self.index_to_world_mm[:3, 0], self.index_to_world_mm[:3, 1]))
        )
        return area_mm2 * self.slice_weights_mm / MM3_PER_ML

    @cached_property
    def orientation(self) -> str:
        """Three letters: the anatomical direction in which each index axis runs, e.g. ``"LPS"``."""
        return "".join("LPI"[axis] if sign < 0 else "RAS"[axis] for axis, sign in self.anatomical_axes)

    @cached_property
    def anatomical_axes(self) -> tuple[tuple[int, int], ...]:
        """For each index axis its closest world axis (0 R, 1 A, 2 S) and the sign of the run.

        Each world axis is used once; the best total match wins, so oblique grids stay well defined.
        """
        from itertools import permutations

        cosines = self.index_to_world_mm[:3, :3] / np.linalg.norm(self.index_to_world_mm[:3, :3], axis=0)
        best = max(permutations(range(3)), key=lambda p: sum(abs(cosines[p[i], i]) for i in range(3)))
        return tuple((best[i], 1 if cosines[best[i], i] >= 0 else -1) for i in range(3))

    @property
    def is_even(self) -> bool:
        """Whether all slices are evenly spaced, so that distances exist."""
        return self.slice_weights_mm is None

    def world_mm(self, index: ArrayLike) -> NDArray[np.float64]:
        """World positions of (fractional) indices, shape (..., 3). [mm]"""
        points = np.asarray(index, dtype=np.float64)
        return np.asarray(points @ self.index_to_world_mm[:3, :3].T + self.index_to_world_mm[:3, 3])

    def crop(self, start: tuple[int, int, int], shape: tuple[int, int, int]) -> Grid:
        """The grid of the box that begins at index ``start`` and has ``shape`` voxels."""
        affine = self.index_to_world_mm.copy()
        affine[:3, 3] = self.world_mm(start)
        weights = self.slice_weights_mm
        if weights is not None:
            weights = weights[start[2] : start[2] + shape[2]]
        return Grid(shape, affine, weights)

    def matches(self, other: Grid, atol_mm: float = 0.01) -> bool:
        """Whether both grids have the same shape and their corner voxels coincide within ``atol_mm``."""
        return not self.difference(other, atol_mm)

    def difference(self, other: Grid, atol_mm: float = 0.01) -> str:
        """What differs, in words with the axis and the millimetres; empty when the grids match."""
        if self.shape != other.shape:
            axes = [_AXIS_NAMES[a] for a in range(3) if self.shape[a] != other.shape[a]]
            named = " and ".join(axes)
            return f"{_times(self.shape)} against {_times(other.shape)} voxels along the {named} axis"
        corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)])
        corners = corners * (np.array(self.shape) - 1)
        apart = self.world_mm(corners) - other.world_mm(corners)
        worst = np.unravel_index(int(np.abs(apart).argmax()), apart.shape)
        if not abs(apart[worst]) <= atol_mm:
            name = ("left-right", "front-back", "head-foot")[worst[1]]
            return f"corners {abs(apart[worst]):.3f} mm apart along the {name} axis"
        mine, theirs = self.slice_weights_mm, other.slice_weights_mm
        if (mine is None) != (theirs is None) or (
            mine is not None and theirs is not None and not np.allclose(mine, theirs, rtol=0, atol=atol_mm)
        ):
            return "slice weights differ"
        return ""

    def describe(self) -> str:
        """One line for messages: voxels, spacing, orientation."""
        spacing = " × ".join(f"{s:.4g}" for s in self.spacing_mm)
        return f"{_times(self.shape)} voxels of {spacing} mm, {self.orientation}"


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(str(n) for n in shape)
