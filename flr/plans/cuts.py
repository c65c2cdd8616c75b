"""Cuts that need geometry: planes, wedges, ablation zones and drawn masks.

Each is a small frozen type that says of every voxel of a liver whether it takes it. Positions are RAS+ mm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.frozen import Record
from flr.geometry import Grid
from flr.kernels.planes import centres_behind
from flr.kernels.runs import Runs
from flr.kernels.zones import Zone, within_mm
from flr.liver import Fate, Liver, Mask
from flr.tumours import Point, find_tumours

LARGEST_MARGIN_MM = 200.0
"""No liver is wider: a larger margin has another unit."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Everything in front of a plane leaves.

    Parameters
    ----------
    origin_mm : tuple of float
        A point of the plane.
    normal : tuple of float
        Points to the side that leaves, of any length.
    """

    origin_mm: Point
    normal: Point
    fate: Fate = Fate.RESECTED

    def __post_init__(self) -> None:
        given = (*self.origin_mm, *self.normal)
        if not all(math.isfinite(v) for v in given) or not math.hypot(*self.normal) > 0.0:
            raise PlanError(
                f"plane through {_coordinates(self.origin_mm)} with normal {_coordinates(self.normal)};"
                " expected finite numbers and a normal that is not zero"
            )
        if self.fate != Fate.RESECTED:
            raise PlanError("a plane resects; it cannot ablate")

    @property
    def text(self) -> str:
        """As :func:`flr.plans.parse_plan` reads it."""
        return f"plane({_numbers(self.origin_mm)}, {_numbers(self.normal)})"

    @property
    def title(self) -> str:
        """For people."""
        return "plane cut"

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Nothing by name."""
        return ()

    @property
    def unit_normal(self) -> NDArray[np.float64]:
        """The normal with length 1."""
        return np.array(self.normal) / math.hypot(*self.normal)

    def along_index(self, grid: Grid) -> tuple[NDArray[np.float64], float]:
        """Change of the signed distance by a step along i, j and k, and its value at voxel (0, 0, 0). [mm]"""
        normal = self.unit_normal
        step = grid.index_to_world_mm[:3, :3].T @ normal
        return step, float((grid.index_to_world_mm[:3, 3] - np.array(self.origin_mm)) @ normal)

    def mask(self, liver: Liver) -> Mask:
        """Voxels whose centre lies in front. Raises PlanError when the plane misses the liver."""
        self.behind(liver, liver.runs)
        step, offset = self.along_index(liver.grid)
        i, j, k = (np.arange(n) * step[axis] for axis, n in enumerate(liver.grid.shape))
        front = np.empty(liver.grid.shape[::-1], dtype=bool)
        for plane, along in zip(front, k, strict=True):
            # A sum of three vectors: compare two of them, and no array of distances is made.
            np.greater(i, -(offset + j + along)[:, None], out=plane)
        return front.T

    def behind(self, liver: Liver, runs: Runs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """From and up to which index i the voxels of each run stay behind; up to no more than from: none.

        Raises PlanError when the plane misses the liver.
        """
        step, offset = self.along_index(_even(liver))
        first, stop = centres_behind(runs, step, offset)
        first, stop = np.maximum(first, runs.i), np.minimum(stop, runs.i + runs.length)
        total, stays = int(runs.length.sum()), int(np.maximum(stop - first, 0).sum())
        if stays in (0, total):
            index = np.argwhere(liver.parts > 0)
            distance = index @ step + offset
            nearest = float(np.abs(distance).min())
            fits = f"from {distance.min():.1f} to {distance.max():.1f}"
            raise PlanError(
                f"the plane through {_coordinates(self.origin_mm)} mm (RAS) misses the liver by"
                f" {nearest:.1f} mm: it would {'remove the whole liver' if stays == 0 else 'remove nothing'}."
                f" Moved {fits} mm along its normal it meets the liver; are its coordinates RAS, and is it"
                " for this scan?"
            )
        return first, stop


@dataclass(frozen=True, slots=True)
class Wedge:
    """A tumour leaves with a margin of parenchyma around it, or everything around a point does.

    Parameters
    ----------
    target : str or tuple of float
        Name of a tumour, or a position.
    margin_mm : float
        From the tumour's surface; from a position it is the radius.
    """

    target: str | Point
    margin_mm: float
    fate: Fate = Fate.RESECTED

    def __post_init__(self) -> None:
        _check_zone(self.target, self.margin_mm)

    @property
    def text(self) -> str:
        """As :func:`flr.plans.parse_plan` reads it."""
        verb = "ablate" if self.fate == Fate.ABLATED else "wedge"
        where = self.target if isinstance(self.target, str) else f"({_numbers(self.target)})"
        return f"{verb}({where}, {self.margin_mm:g})"

    @property
    def title(self) -> str:
        """For people."""
        what = "ablation of" if self.fate == Fate.ABLATED else "wedge around"
        if isinstance(self.target, str):
            return f"{what} {self.target} with {self.margin_mm:g} mm"
        return f"{what} a point with {self.margin_mm:g} mm"

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Nothing by name."""
        return ()

    def zone(self, liver: Liver) -> Zone:
        """What it takes, as a box of voxels that may reach outside the liver.

        Raises
        ------
        PlanError
            If the liver has no such tumour, or the zone misses the liver.
        """
        grid = _even(liver)
        if isinstance(self.target, str):
            tumours = find_tumours(liver)
            return tumours.zone(tumours.named(self.target), self.margin_mm)
        zone = within_mm(np.array([self.target]), self.margin_mm, grid.shape, grid.index_to_world_mm)
        if not zone.inside.size or not (zone.inside & (liver.parts[zone.box] > 0)).any():
            raise PlanError(
                f"{self.text} does not meet the liver; give a position inside it, in RAS millimetres"
            )
        return zone

    def mask(self, liver: Liver) -> Mask:
        """Voxels of the zone."""
        return _filled(self.zone(liver), liver)


def ablation(target: str | Point, margin_mm: float) -> Wedge:
    """An ablation zone: a tumour and a margin around it, or a ball around a position, destroyed in place."""
    return Wedge(target, margin_mm, Fate.ABLATED)


@dataclass(frozen=True, eq=False)
class MaskCut(Record):
    """A mask drawn on its own grid leaves.

    Parameters
    ----------
    name : str
    voxels : ndarray of bool, shape grid.shape
    grid : Grid
        Must be the liver's, or hold it voxel for voxel.
    """

    name: str
    voxels: Mask = field(repr=False)
    grid: Grid = field(repr=False)
    fate: Fate = Fate.RESECTED

    @property
    def text(self) -> str:
        """A name only: a mask has no text."""
        return f"mask({self.name})"

    @property
    def title(self) -> str:
        """For people."""
        return f"drawn mask {self.name}"

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Nothing by name."""
        return ()

    def mask(self, liver: Liver) -> Mask:
        """The mask on the liver's grid. Raises PlanError when it was drawn on another one."""
        start = offset_on_lattice(liver.grid, self.grid)
        if start is None:
            raise PlanError(
                f"mask {self.name} was drawn on another grid ({self.grid.describe()}) than this liver's"
                f" ({liver.grid.describe()}); draw it on this scan"
            )
        result = np.zeros(liver.grid.shape, dtype=bool, order="F")
        own = [
            slice(max(0, s), min(n, s + m))
            for s, m, n in zip(start, liver.grid.shape, self.grid.shape, strict=True)
        ]
        here = tuple(slice(o.start - s, o.stop - s) for o, s in zip(own, start, strict=True))
        if all(o.start < o.stop for o in own):
            result[here] = self.voxels[tuple(own)]
        if not (result & (liver.parts > 0)).any():
            raise PlanError(f"mask {self.name} does not meet the liver; is it from another scan?")
        return result


def offset_on_lattice(grid: Grid, other: Grid, atol_mm: float = 0.01) -> tuple[int, int, int] | None:
    """Index in ``other`` of the first voxel of ``grid``, or None when their voxels do not coincide."""
    index = np.linalg.solve(
        other.index_to_world_mm[:3, :3], grid.index_to_world_mm[:3, 3] - other.index_to_world_mm[:3, 3]
    )
    i, j, k = (int(v) for v in np.rint(index))
    return (i, j, k) if other.crop((i, j, k), grid.shape).matches(grid, atol_mm) else None


def _check_zone(target: str | Point, margin_mm: float) -> None:
    where = target if isinstance(target, str) else _coordinates(target)
    if isinstance(target, str) and not target.strip():
        raise PlanError("a wedge or ablation without a tumour; expected for example wedge(T3, 10)")
    if not isinstance(target, str) and not all(math.isfinite(v) for v in target):
        raise PlanError(f"position {where}; expected three finite RAS coordinates in mm")
    least = 0.0 if isinstance(target, str) else math.ulp(0.0)
    if not least <= margin_mm <= LARGEST_MARGIN_MM:
        raise PlanError(
            f"margin {margin_mm:g} mm around {where}; expected 0 to {LARGEST_MARGIN_MM:g} mm"
            " (a radius around a position is above 0): a larger one swallows the liver"
        )


def _even(liver: Liver) -> Grid:
    if not liver.grid.is_even:
        raise PlanError(
            "the slices are uneven, so distances in mm do not exist: plan with whole segments or drawn masks"
        )
    return liver.grid


def _filled(zone: Zone, liver: Liver) -> Mask:
    mask = np.zeros(liver.grid.shape, dtype=bool, order="F")
    mask[zone.box] = zone.inside
    return mask


def _numbers(values: Point) -> str:
    # Adding 0 takes the sign from a zero.
    return ", ".join(repr(float(v) + 0.0).removesuffix(".0") for v in values)


def _coordinates(values: Point) -> str:
    return "(" + ", ".join(f"{v:g}" for v in values) + ")"
