"""Parallel planes in space: sorted by their distance along the normal, their gaps found and weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import acos, degrees

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flr.errors import GeometryError
from flr.geometry import Grid
from flr.quality import CHECKS, QualityFinding

SAME_PLANE_MM = 0.01
"""Planes that are closer than this (and than a fiftieth of the usual step) are one plane."""

_SAME_PLANE_SHARE = 0.02
_STEP_SHARE = 0.015
_STEP_MM = 0.02
_WANDER_MM = 0.1
_TILT_DEGREES = 0.1
_LONE_GAPS_SHARE = 0.25
_UNIT_LENGTH = 0.01
_RIGHT_ANGLE = 0.01
_MAX_LISTED = 5
_CLEARLY_SHORTER = 0.8
_MOST_COMBS = 6
_LEAST_IN_COMB = 3

LPS_TO_RAS = np.array((-1.0, -1.0, 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class Frame2D:
    """Directions and size of the pixels that all planes of a stack share.

    Parameters
    ----------
    row, column : ndarray, shape (3,)
        Unit vectors (LPS) in which the column index i and the row index j grow.
    spacing_mm : tuple of float
        Step along i and along j. [mm]
    """

    row: NDArray[np.float64]
    column: NDArray[np.float64]
    spacing_mm: tuple[float, float]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector (LPS) across the planes."""
        return np.cross(self.row, self.column)

    @property
    def steps_mm(self) -> NDArray[np.float64]:
        """The two in-plane steps as columns, shape (3, 2). [mm]"""
        return np.stack([self.row * self.spacing_mm[0], self.column * self.spacing_mm[1]], axis=1)

    def in_plane(self, points_mm: ArrayLike, origin_mm: ArrayLike) -> NDArray[np.float64]:
        """Pixel coordinates (i, j) of points, shape (..., 2), measured from a plane's first pixel."""
        away = np.asarray(points_mm, dtype=np.float64) - np.asarray(origin_mm, dtype=np.float64)
        return np.stack(
            [away @ self.row / self.spacing_mm[0], away @ self.column / self.spacing_mm[1]], axis=-1
        )


def frame_2d(orientation: Sequence[float], pixel_spacing_mm: Sequence[float], name: str) -> Frame2D:
    """Directions and pixel size from ImageOrientationPatient and PixelSpacing.

    Raises
    ------
    GeometryError
        If the directions are no right-angled pair of unit vectors, or the spacing is not positive.
    """
    cosines = np.array(orientation, dtype=np.float64)
    spacing = np.array(pixel_spacing_mm, dtype=np.float64)
    if cosines.shape != (6,) or not np.isfinite(cosines).all():
        raise GeometryError(f"{name}: no image orientation; positions in the patient cannot be known")
    row, column = cosines[:3], cosines[3:]
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if max(abs(length - 1.0) for length in lengths) > _UNIT_LENGTH or abs(row @ column) > _RIGHT_ANGLE:
        raise GeometryError(f"{name}: the image orientation is no right-angled pair; the header is damaged")
    if spacing.shape != (2,) or not np.isfinite(spacing).all() or spacing.min() <= 0.0:
        raise GeometryError(f"{name}: no pixel spacing; millilitres cannot be known")
    return Frame2D(row / lengths[0], column / lengths[1], (float(spacing[1]), float(spacing[0])))


@dataclass(frozen=True, slots=True)
class Gap:
    """A step between neighbouring planes that is longer than the usual one.

    Parameters
    ----------
    after : int
        Index of the plane before the gap.
    from_mm, to_mm : float
        Positions of both planes along the normal. [mm]
    """

    after: int
    from_mm: float
    to_mm: float

    def describe(self) -> str:
        """Where the gap lies."""
        return f"{self.to_mm - self.from_mm:.4g} mm between {self.from_mm:.2f} and {self.to_mm:.2f} mm"


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """A sorted stack of different parallel planes.

    Parameters
    ----------
    frame : Frame2D
    origins_mm : ndarray, shape (n, 3)
        First pixel of each plane (LPS), along the normal. [mm]
    distances_mm : ndarray, shape (n,)
        The same, projected on the normal. [mm]
    index_of : ndarray of int, shape (given,)
        The plane on which each given position lies.
    step_mm : float
        The usual step along the normal; 0 for a single plane. [mm]
    gaps : tuple of Gap
    is_even : bool
    """

    frame: Frame2D
    origins_mm: NDArray[np.float64]
    distances_mm: NDArray[np.float64]
    index_of: NDArray[np.intp]
    step_mm: float
    gaps: tuple[Gap, ...]
    is_even: bool

    @property
    def n(self) -> int:
        """Number of planes."""
        return len(self.distances_mm)

    @property
    def is_regular(self) -> bool:
        """Whether every step is a whole number of the shortest one: even, or even but for missing planes."""
        steps = np.diff(self.distances_mm)
        if self.is_even or not steps.size:
            return True
        tolerance_mm = max(_STEP_MM, _STEP_SHARE * float(steps.min()))
        times = steps / float(steps.min())
        return bool((np.abs(times - np.rint(times)) * steps.min() <= 2 * tolerance_mm).all())

    @property
    def tilt_degrees(self) -> float:
        """Angle between the line of first pixels and the normal. [degrees]"""
        along = self.origins_mm[-1] - self.origins_mm[0]
        length = float(np.linalg.norm(along))
        return degrees(acos(min(1.0, float(along @ self.frame.normal) / length))) if length else 0.0

    def is_straight(self) -> bool:
        """Whether the first pixels lie on one line, so that one affine holds for all planes."""
        return self.n < 2 or bool(
            np.linalg.norm(self.origins_mm - self._line_mm(), axis=1).max() <= _WANDER_MM
        )

    def _line_mm(self) -> NDArray[np.float64]:
        share = (self.distances_mm - self.distances_mm[0]) / (self.distances_mm[-1] - self.distances_mm[0])
        return np.asarray(self.origins_mm[0] + share[:, None] * (self.origins_mm[-1] - self.origins_mm[0]))

    def weights_mm(self) -> NDArray[np.float64]:
        """Thickness that each plane stands for, as `trapezoid_weights_mm`. [mm]"""
        return trapezoid_weights_mm(self.distances_mm)

    def grid(self, columns: int, rows: int, single_step_mm: float) -> Grid:
        """The grid (RAS+) of these planes, with slice weights where they are uneven.

        Parameters
        ----------
        columns, rows : int
        single_step_mm : float
            Thickness to take for a stack of one plane. [mm]
        """
        if self.n > 1:
            step_mm = (self.origins_mm[-1] - self.origins_mm[0]) / (self.n - 1)
        else:
            step_mm = self.frame.normal * single_step_mm
        affine = np.eye(4)
        affine[:3, :2] = LPS_TO_RAS[:, None] * self.frame.steps_mm
        affine[:3, 2] = LPS_TO_RAS * step_mm
        affine[:3, 3] = LPS_TO_RAS * self.origins_mm[0]
        return Grid((columns, rows, self.n), affine, None if self.is_even else self.weights_mm())


def trapezoid_weights_mm(distances_mm: ArrayLike) -> NDArray[np.float64]:
    """Thickness that each of several sorted planes stands for. [mm]

    Half the step to each neighbour; the planes at the ends reach as far outwards as inwards.

    >>> trapezoid_weights_mm([0.0, 5.0, 10.0, 12.5]).tolist()
    [5.0, 5.0, 3.75, 2.5]
    """
    steps = np.diff(np.asarray(distances_mm, dtype=np.float64))
    if not steps.size:
        return np.zeros(len(np.atleast_1d(distances_mm)))
    return np.asarray((np.concatenate([steps[:1], steps]) + np.concatenate([steps, steps[-1:]])) / 2.0)


def arrange(positions_mm: ArrayLike, frame: Frame2D) -> Planes:
    """Sort first-pixel positions (LPS, mm) into a stack; equal positions share a plane.

    Planes whose distance is equal are one plane, whatever their place in it: whether the pixels lie on
    one line is asked with :meth:`Planes.is_straight`.
    """
    positions = np.asarray(positions_mm, dtype=np.float64).reshape(-1, 3)
    projected = positions @ frame.normal
    order = np.argsort(projected, kind="stable")
    sorted_mm = projected[order]
    steps = np.diff(sorted_mm)
    apart = steps[steps > SAME_PLANE_MM]
    usual = float(np.median(apart)) if apart.size else 0.0
    starts = np.concatenate([[True], steps > max(SAME_PLANE_MM, _SAME_PLANE_SHARE * usual)])
    plane = np.cumsum(starts) - 1
    index_of = np.empty(len(order), dtype=np.intp)
    index_of[order] = plane
    first = order[starts]
    distances = projected[first]
    even, step, gaps = regularity(distances)
    return Planes(frame, positions[first], distances, index_of, step, gaps, even)


def regularity(distances_mm: NDArray[np.float64]) -> tuple[bool, float, tuple[Gap, ...]]:
    """Whether planes are evenly spaced, the usual step, and the longer ones."""
    steps = np.diff(distances_mm)
    if not steps.size:
        return True, 0.0, ()
    mean = float(steps.mean())
    if np.abs(steps - mean).max() <= max(_STEP_MM, _STEP_SHARE * mean):
        return True, mean, ()
    usual = float(np.median(steps))
    if np.count_nonzero(np.abs(steps - usual) <= max(_STEP_MM, _STEP_SHARE * usual)) < len(steps) / 2:
        usual = float(steps.min())
    longer = np.flatnonzero(steps > usual * (1.0 + _STEP_SHARE) + _STEP_MM)
    gaps = tuple(Gap(int(k), float(distances_mm[k]), float(distances_mm[k + 1])) for k in longer)
    return False, usual, gaps


def interleaved_combs(planes: Planes) -> int:
    """How many evenly spaced stacks of one step lie between one another; 0 where that is not so.

    Recognised by the positions alone, so only where the shorter step is well below the longer one: an even
    stack whose positions were rounded alternates a little too.

    >>> frame = frame_2d((1, 0, 0, 0, 1, 0), (1.0, 1.0), "x")
    >>> z = [0.0, 2.0, 5.0, 7.0, 10.0, 12.0]
    >>> interleaved_combs(arrange([(0, 0, mm) for mm in z], frame))
    2
    """
    steps = np.diff(planes.distances_mm)
    if planes.is_regular or steps.min() > _CLEARLY_SHORTER * steps.max():
        return 0
    for n in range(2, min(_MOST_COMBS, planes.n // _LEAST_IN_COMB) + 1):
        period = planes.distances_mm[n:] - planes.distances_mm[:-n]
        if np.abs(period - period.mean()).max() <= max(_STEP_MM, _STEP_SHARE * float(period.mean())):
            return n
    return 0


def spacing_findings(planes: Planes, name: str) -> tuple[QualityFinding, ...]:
    """Missing and uneven slices, and gantry tilt, in words."""
    findings = []
    if planes.n > 1 and planes.tilt_degrees > _TILT_DEGREES:
        message = (
            f"{name}: slices are tilted by {planes.tilt_degrees:.2f} degrees (gantry tilt); volumes use the"
            " true distance between slices"
        )
        findings.append(CHECKS["gantry_tilt"].finding(message))
    if planes.is_even:
        return tuple(findings)
    listed = "; ".join(gap.describe() for gap in planes.gaps[:_MAX_LISTED])
    more = f" and {len(planes.gaps) - _MAX_LISTED} more" if len(planes.gaps) > _MAX_LISTED else ""
    if _are_missing_slices(planes):
        missing = sum(round((g.to_mm - g.from_mm) / planes.step_mm) - 1 for g in planes.gaps)
        message = (
            f"{name}: {missing} slice(s) missing at a spacing of {planes.step_mm:.4g} mm: {listed}{more}."
            " Volumes are interpolated there; there are no distances"
        )
        findings.append(CHECKS["missing_slices"].finding(message))
    else:
        steps = np.diff(planes.distances_mm)
        where = f": {listed}{more}" if planes.gaps else ""
        message = (
            f"{name}: slices lie {steps.min():.4g} to {steps.max():.4g} mm apart{where}. Each slice is"
            " weighed with its own thickness; there are no distances"
        )
        findings.append(CHECKS["uneven_slices"].finding(message))
    return tuple(findings)


def _are_missing_slices(planes: Planes) -> bool:
    """A few long steps, each a whole number of the usual one."""
    long_mm = np.array([gap.to_mm - gap.from_mm for gap in planes.gaps])
    if not long_mm.size or len(long_mm) > max(1.0, _LONE_GAPS_SHARE * planes.n):
        return False
    times = long_mm / planes.step_mm
    steps = np.diff(planes.distances_mm)
    regular = np.delete(steps, [gap.after for gap in planes.gaps])
    tolerance = max(_STEP_MM, _STEP_SHARE * planes.step_mm)
    return bool(
        np.abs(times - np.rint(times)).max() * planes.step_mm <= 2 * tolerance
        and np.abs(regular - planes.step_mm).max(initial=0.0) <= tolerance
    )
