"""Curved cuts: a surface through control points parts the liver into a front and a back.

Both kinds are a height over a plane, so that every voxel has exactly one side; a surface that folds over
itself has no sides and is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.liver import Fate, Liver, Mask
from flr.tumours import Point

Side = Literal["front", "back", "tumour"]
SIDES: tuple[Side, ...] = get_args(Side)

_RASTER_MM = 1.0
_TESSELLATION = 33
_STEEPEST = 10.0  # rise over run between control points; beyond it the surface stands on edge


class _Named:
    """What a curved cut says of itself."""

    __slots__ = ()
    name: str

    @property
    def text(self) -> str:
        """A name only: a surface has no text."""
        return f"surface({self.name})"

    @property
    def title(self) -> str:
        """For people."""
        return f"curved cut {self.name}"

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Nothing by name."""
        return ()


@dataclass(frozen=True, slots=True)
class BezierPatch(_Named):
    """A tensor-product Bézier surface; beyond its border it goes on level.

    Parameters
    ----------
    control_mm : tuple of tuple of points
        Rows of control points, at least 2 by 2 and each row equally long.
    side : {"front", "back", "tumour"}
        What leaves: the side that ∂row × ∂column points to, the other one, or the one that holds all tumour.
    """

    control_mm: tuple[tuple[Point, ...], ...]
    side: Side
    name: str = "surface"
    fate: Fate = Fate.RESECTED

    def __post_init__(self) -> None:
        rows = {len(row) for row in self.control_mm}
        if len(self.control_mm) < 2 or len(rows) != 1 or min(rows) < 2:
            raise PlanError(
                f"Bézier surface of {len(self.control_mm)} rows with {sorted(rows)} points;"
                " expected at least 2 by 2 control points, each row equally long"
            )
        _check(self.side, [point for row in self.control_mm for point in row])

    def mask(self, liver: Liver) -> Mask:
        """Voxels on the side that leaves.

        Raises
        ------
        PlanError
            If the surface folds, misses the liver, or ``"tumour"`` does not say which side.
        """
        control = np.array(self.control_mm)
        share = np.linspace(0.0, 1.0, _TESSELLATION)
        by_row, by_column = _bernstein(control.shape[0] - 1, share), _bernstein(control.shape[1] - 1, share)
        points = np.einsum("ar,bc,rcx->abx", by_row, by_column, control)
        along_row, along_column = np.gradient(points, axis=0), np.gradient(points, axis=1)
        normals = np.cross(along_row, along_column)
        mean = normals.sum(axis=(0, 1))
        length = float(np.linalg.norm(mean))
        if not length > 0.0:
            raise PlanError(f"{self.name}: the control points span no surface; spread them out")
        up = mean / length
        lengths = np.linalg.norm(normals, axis=2)
        if not (normals @ up > 1e-3 * lengths).all() or not lengths.min() > 0.0:
            raise PlanError(
                f"{self.name}: the control points fold the surface over itself, so it has no two sides;"
                " move them until every part of it faces the same way"
            )
        frame = _frame(up, control.reshape(-1, 3).mean(axis=0))
        local = frame.local(points.reshape(-1, 3))
        return _side_of(liver, frame, _patch_heights(local), self.side, self.name)


@dataclass(frozen=True, slots=True)
class ThinPlate(_Named):
    """The smoothest height through control points (a thin-plate spline over their mean plane).

    Parameters
    ----------
    points_mm : tuple of points
        At least 3, not on one line.
    side : {"front", "back", "tumour"}
        What leaves. The front is towards the patient's right, front or head, whichever the mean plane faces
        most.
    """

    points_mm: tuple[Point, ...]
    side: Side
    name: str = "surface"
    fate: Fate = Fate.RESECTED

    def __post_init__(self) -> None:
        if len(self.points_mm) < 3:
            raise PlanError(f"a surface through {len(self.points_mm)} points; expected at least 3")
        _check(self.side, self.points_mm)

    def mask(self, liver: Liver) -> Mask:
        """Voxels on the side that leaves.

        Raises
        ------
        PlanError
            If the points lie on one line or fold the surface, it misses the liver, or ``"tumour"`` does not
            say which side.
        """
        points = np.array(self.points_mm)
        centre = points.mean(axis=0)
        _, spread, axes = np.linalg.svd(points - centre)
        if not spread[1] > 1e-6 * max(spread[0], 1.0):
            raise PlanError(f"{self.name}: the control points lie on one line; spread them out")
        up = axes[2] * (1.0 if axes[2][np.abs(axes[2]).argmax()] > 0.0 else -1.0)
        frame = _frame(up, centre)
        local = frame.local(points)
        _refuse_edge(local, self.name)
        return _side_of(liver, frame, _spline_heights(local), self.side, self.name)


@dataclass(frozen=True)
class _Frame:
    """Orthonormal axes: two in the mean plane, one up."""

    origin_mm: NDArray[np.float64]
    axes: NDArray[Any]

    def local(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((points_mm - self.origin_mm) @ self.axes.T)


def _frame(up: NDArray[np.float64], origin_mm: NDArray[np.float64]) -> _Frame:
    helper = np.eye(3)[int(np.abs(up).argmin())]
    first = np.cross(helper, up)
    first /= np.linalg.norm(first)
    return _Frame(origin_mm, np.stack([first, np.cross(up, first), up]))


class _Heights:
    """Heights over the mean plane, sampled once on a raster and read off in between."""

    def __init__(self, sample: Any) -> None:
        self.sample = sample

    def raster(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
        """Heights at low, low + 1 mm, … in both directions."""
        n = np.ceil((high - low) / _RASTER_MM).astype(int) + 2
        first, second = (low[a] + _RASTER_MM * np.arange(n[a]) for a in range(2))
        grid = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1)
        return np.asarray(self.sample(grid.reshape(-1, 2)), dtype=np.float64).reshape(grid.shape[:2])


def _patch_heights(local: NDArray[np.float64]) -> _Heights:
    def sample(where: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator

        inside = LinearNDInterpolator(local[:, :2], local[:, 2])(where)
        beyond = np.isnan(inside)
        inside[beyond] = NearestNDInterpolator(local[:, :2], local[:, 2])(where[beyond])
        return np.asarray(inside)

    return _Heights(sample)


def _spline_heights(local: NDArray[np.float64]) -> _Heights:
    def sample(where: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.interpolate import RBFInterpolator

        spline = RBFInterpolator(local[:, :2], local[:, 2], kernel="thin_plate_spline", degree=1)
        return np.asarray(spline(where))

    return _Heights(sample)


def _refuse_edge(local: NDArray[np.float64], name: str) -> None:
    """Refuse control points that lie above each other: no height passes through both."""
    apart = local[:, None, :] - local[None, :, :]
    run = np.hypot(apart[..., 0], apart[..., 1])
    rise = np.abs(apart[..., 2])
    twin = (run < 1e-6) & ~np.eye(len(local), dtype=bool)
    if (rise > _STEEPEST * run + 1e-6).any() or twin.any():
        raise PlanError(
            f"{name}: control points lie above one another or coincide, which folds the surface; it must be"
            " a height over one plane. Move or remove some"
        )


def _side_of(liver: Liver, frame: _Frame, heights: _Heights, side: Side, name: str) -> Mask:
    if not liver.grid.is_even:
        raise PlanError("the slices are uneven, so a surface in mm cannot cut this liver")
    inside = np.flatnonzero(liver.parts.ravel("F"))
    n_i, n_j, _ = liver.grid.shape
    row, i = np.divmod(inside, n_i)
    k, j = np.divmod(row, n_j)
    to_local = frame.axes @ liver.grid.index_to_world_mm[:3, :3]
    start = frame.axes @ (liver.grid.index_to_world_mm[:3, 3] - frame.origin_mm)
    u, v, w = (i * to_local[a, 0] + j * to_local[a, 1] + k * to_local[a, 2] + start[a] for a in range(3))
    low = np.array([u.min(), v.min()])
    raster = heights.raster(low, np.array([u.max(), v.max()]))
    in_front = w > _between(raster, (u - low[0]) / _RASTER_MM, (v - low[1]) / _RASTER_MM)
    n_front = int(np.count_nonzero(in_front))
    if n_front in (0, inside.size):
        raise PlanError(
            f"{name} misses the liver, which lies wholly {'in front of' if n_front else 'behind'} it; are its"
            " coordinates RAS, and is it for this scan?"
        )
    chosen = in_front if _resolved(liver, side, inside, in_front, name) == "front" else ~in_front
    mask = np.zeros(liver.parts.size, dtype=bool)
    mask[inside[chosen]] = True
    return mask.reshape(liver.grid.shape, order="F")


def _resolved(
    liver: Liver, side: Side, inside: NDArray[np.intp], in_front: NDArray[np.bool_], name: str
) -> Side:
    if side != "tumour":
        return side
    if liver.tumours is None or not liver.tumours.any():
        raise PlanError(
            f"{name}: which side leaves is not said and there is no tumour; give side front or back"
        )
    tumour = liver.tumours.ravel("F")[inside] > 0
    front, back = int(np.count_nonzero(tumour & in_front)), int(np.count_nonzero(tumour & ~in_front))
    if front and back:
        voxel_ml = liver.grid.voxel_volume_ml
        raise PlanError(
            f"{name}: tumour lies on both sides ({front * voxel_ml:.2f} mL in front, {back * voxel_ml:.2f} mL"
            " behind); say which side leaves: front or back"
        )
    return "front" if front else "back"


def _between(
    raster: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Bilinear interpolation at fractional raster positions."""
    first, second = a.astype(np.intp), b.astype(np.intp)
    a, b = a - first, b - second
    below = raster[first, second] * (1.0 - b) + raster[first, second + 1] * b
    above = raster[first + 1, second] * (1.0 - b) + raster[first + 1, second + 1] * b
    return np.asarray(below * (1.0 - a) + above * a)


def _bernstein(degree: int, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bernstein polynomials at the shares, shape (shares, degree + 1)."""
    powers = np.arange(degree + 1)
    binomials = np.array([math.comb(degree, int(n)) for n in powers], dtype=np.float64)
    return np.asarray(binomials * share[:, None] ** powers * (1.0 - share[:, None]) ** (degree - powers))


def _check(side: str, points: Any) -> None:
    if side not in SIDES:
        raise PlanError(f"side {side!r}; expected one of {', '.join(SIDES)}")
    if not np.isfinite(np.array(points, dtype=np.float64)).all():
        raise PlanError("a control point is not finite; expected RAS coordinates in mm")
