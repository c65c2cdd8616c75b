"""Tumours as objects: what each is, where it lies, what is near it, and their burden."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.frozen import FrozenMapping, Record, once
from flr.geometry import Grid
from flr.kernels.components import components
from flr.kernels.distance import (
    LabelEdges,
    Surface,
    between_mm,
    extent_in_slices_mm,
    extent_mm,
    label_edges,
    least_distances_mm,
    sphere_points,
    surface_points_mm,
    voxel_half_diagonal_mm,
)
from flr.kernels.runs import Runs, shared_runs
from flr.kernels.zones import Zone, within_mm, zones_of
from flr.labels import Tissue
from flr.structures import parts_on_side, vessel_kind_of
from flr.units import MM3_PER_ML

Point = tuple[float, float, float]

Mask = NDArray[np.bool_]

Instances = Literal["none", "labels", "components"]

LEFT_PARTS: Final = parts_on_side("left")
RIGHT_PARTS: Final = parts_on_side("right")

_POINT_SURFACE = 256
_CM_PER_MM = 0.1


class TumourBearing(Protocol):
    """What is asked of a liver: :class:`flr.liver.Liver` answers it."""

    @property
    def grid(self) -> Grid:
        """Of the voxels."""
        ...

    @property
    def parts(self) -> NDArray[np.uint8]:
        """0 outside; n inside ``part_names[n - 1]``."""
        ...

    @property
    def part_names(self) -> tuple[str, ...]:
        """Keys of the parts."""
        ...

    @property
    def is_divided(self) -> bool:
        """Whether the parts are known."""
        ...

    @property
    def tissues(self) -> NDArray[np.uint8]:
        """:class:`flr.labels.Tissue` of each voxel."""
        ...

    @property
    def tumours(self) -> NDArray[np.uint16] | None:
        """Tumour numbers as the source gave them."""
        ...

    @property
    def tumours_numbered(self) -> bool:
        """Whether the source told its tumours apart, though no more than one number is left."""
        ...

    @property
    def vessels(self) -> Mapping[str, Mask]:
        """Vessel masks by canonical name."""
        ...


@dataclass(frozen=True, slots=True)
class Vanished:
    """A metastasis that is no longer seen, given as a point and a radius.

    Parameters
    ----------
    name : str
    centre_mm : tuple of float
        RAS+ world position.
    radius_mm : float
        Of what was there, positive.
    """

    name: str
    centre_mm: Point
    radius_mm: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(v) for v in (*self.centre_mm, self.radius_mm)) or not self.radius_mm > 0.0:
            raise PlanError(
                f"{self.name}: centre {self.centre_mm}, radius {self.radius_mm:g} mm; expected three finite"
                " coordinates and a radius above 0"
            )


@dataclass(frozen=True, eq=False)
class Tumour(Record):
    """One tumour.

    Parameters
    ----------
    name : str
        ``"T1"``, …; the number is the source's own where it numbered its tumours.
    voxels : int
    volume_ml : float
    longest_axial_diameter_mm : float
        Longest diameter in one axial slice, as RECIST measures it, between surfaces.
    longest_diameter_mm : float
        In any direction, between surfaces.
    centroid_mm : tuple of float
        RAS+ world position.
    parts_percent : mapping of str to float
        Share of the tumour in each part; parts without any are left out.
    depth_mm : float or None
        Least distance to the surface of the liver; 0 where the tumour is part of it.
    vessels_mm : mapping of str to float
        Least distance to each kind of vessel that was given; 0 where they touch.
    nearest_tumour_mm : tuple of (str, float), optional
        Name of and distance to the nearest other tumour.
    vanished : bool
        Known only as a point and a radius; its volume counts nowhere.
    zone : Zone
        Its voxels.
    surface : Surface
    """

    name: str
    voxels: int
    volume_ml: float
    longest_axial_diameter_mm: float
    longest_diameter_mm: float
    centroid_mm: Point
    parts_percent: Mapping[str, float]
    depth_mm: float | None
    vessels_mm: Mapping[str, float]
    nearest_tumour_mm: tuple[str, float] | None
    vanished: bool
    zone: Zone = field(repr=False)
    surface: Surface = field(repr=False)

    @property
    def sides(self) -> frozenset[str]:
        """``"left"`` and ``"right"`` hemiliver, as far as the parts tell."""
        return frozenset(
            side
            for side, parts in (("left", LEFT_PARTS), ("right", RIGHT_PARTS))
            if parts & self.parts_percent.keys()
        )

    @property
    def nearest_vessel(self) -> tuple[str, float] | None:
        """Kind of and distance to the nearest vessel, or None when no vessel was given."""
        return min(self.vessels_mm.items(), key=lambda pair: (pair[1], pair[0]), default=None)


@dataclass(frozen=True, eq=False)
class TumourSet(Record):
    """Every tumour of one liver.

    Parameters
    ----------
    tumours : tuple of Tumour
    instances : {"none", "labels", "components"}
        Whether the source told the tumours apart, or connection did.
    error_mm : float
        A voxel's longest diagonal: the most by which a distance between two surfaces can be off, half for
        either surface. [mm]
    grid : Grid
        Of the liver.
    """

    tumours: tuple[Tumour, ...]
    instances: Instances
    error_mm: float
    grid: Grid
    _zones_by_margin_mm: dict[tuple[str, float], Zone] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __iter__(self) -> Iterator[Tumour]:
        return iter(self.tumours)

    def __len__(self) -> int:
        return len(self.tumours)

    def named(self, name: str) -> Tumour:
        """The tumour of that name, whatever its case. Raises PlanError when there is none."""
        for tumour in self.tumours:
            if tumour.name.casefold() == name.strip().casefold():
                return tumour
        known = ", ".join(t.name for t in self.tumours[:12]) + (", …" if len(self.tumours) > 12 else "")
        raise PlanError(
            f"no tumour {name.strip()!r} in this liver; it has {known or 'no tumour that was drawn'}"
        )

    def zone(self, tumour: Tumour, margin_mm: float) -> Zone:
        """The tumour and everything within a margin of its surface, by voxel centre."""
        key = (tumour.name, float(margin_mm))
        if key not in self._zones_by_margin_mm:
            self._zones_by_margin_mm[key] = _widened(tumour, margin_mm, self.grid)
        return self._zones_by_margin_mm[key]

    @cached_property
    def is_bilobar(self) -> bool | None:
        """Whether both hemilivers hold tumour; None when the parts do not tell."""
        sides = [tumour.sides for tumour in self.tumours]
        if frozenset().union(*sides) >= {"left", "right"}:
            return True
        return None if any(not side for side in sides) else False

    @property
    def volume_ml(self) -> float:
        """All tumours that were drawn. [mL]"""
        return sum(tumour.volume_ml for tumour in self.tumours)

    @property
    def largest_diameter_mm(self) -> float | None:
        """Longest axial diameter of any tumour, or None when there is none. [mm]"""
        return max((t.longest_axial_diameter_mm for t in self.tumours), default=None)


def find_tumours(liver: TumourBearing, *, vanished: Sequence[Vanished] = ()) -> TumourSet:
    """The tumours of a liver.

    Values of ``liver.tumours`` are tumours when the source had several of them; a single value is one mask,
    whose connected components are the tumours (26-neighbours, largest first).

    Parameters
    ----------
    liver : flr.liver.Liver
    vanished : sequence of Vanished
        Metastases that are no longer seen.

    Raises
    ------
    PlanError
        If the slices are uneven, so that no distance exists, or a vanished metastasis lies outside the liver.
    """
    return _found(liver, vanished) if vanished else once(liver, "tumours", lambda: _found(liver, ()))


def _found(liver: TumourBearing, vanished: Sequence[Vanished]) -> TumourSet:
    drawn = _drawn_zones(liver)
    if (drawn[1] or vanished) and not liver.grid.is_even:
        raise PlanError(
            "the slices are uneven, so distances in mm do not exist; tumours can be counted but not located"
        )
    instances, zones = drawn
    named: list[tuple[str, Zone, Vanished | None]] = [(name, zone, None) for name, zone in zones]
    for ghost in vanished:
        if ghost.name in {name for name, *_ in named}:
            raise PlanError(f"two tumours are called {ghost.name}; give the vanished one another name")
        named.append((ghost.name, _ghost_zone(ghost, liver), ghost))
    return TumourSet(
        tumours=_described(liver, named),
        instances=instances,
        error_mm=2.0 * voxel_half_diagonal_mm(liver.grid.index_to_world_mm) if liver.grid.is_even else 0.0,
        grid=liver.grid,
    )


def _drawn_zones(liver: TumourBearing) -> tuple[Instances, list[tuple[str, Zone]]]:
    if liver.tumours is None:
        return "none", []
    runs, (part, tissue) = shared_runs(liver.tumours, liver.parts, liver.tissues)
    zones = zones_of(runs.some(np.flatnonzero((part > 0) & (tissue == Tissue.TUMOUR))))
    if not zones:
        return "none", []
    if len(zones) > 1 or liver.tumours_numbered:
        return "labels", [(f"T{value}", zone) for value, zone in zones.items()]
    (whole,) = zones.values()
    found = components(whole.inside.T)
    i, j, k = whole.start
    row_k, row_j = np.divmod(found.row, whole.inside.shape[1])
    pieces = Runs(
        liver.grid.shape, found.component + 1, found.start + i, row_j + j, row_k + k, found.stop - found.start
    )
    return "components", [(f"T{number}", zone) for number, zone in zones_of(pieces).items()]


def _ghost_zone(ghost: Vanished, liver: TumourBearing) -> Zone:
    centre = np.array([ghost.centre_mm])
    zone = within_mm(centre, ghost.radius_mm, liver.grid.shape, liver.grid.index_to_world_mm)
    if not zone.inside.size or not (zone.inside & (liver.parts[zone.box] > 0)).any():
        raise PlanError(
            f"{ghost.name} at {', '.join(f'{v:g}' for v in ghost.centre_mm)} mm (RAS) lies outside the liver;"
            " give a position inside it, in RAS millimetres"
        )
    return zone


def _described(
    liver: TumourBearing, named: Sequence[tuple[str, Zone, Vanished | None]]
) -> tuple[Tumour, ...]:
    if not named:
        return ()
    surfaces = [_surface(zone, ghost, liver.grid) for _, zone, ghost in named]
    depths = _depths_mm(liver, named, [s for s, _ in surfaces])
    vessels = _vessel_distances_mm(liver, named, [s for s, _ in surfaces])
    neighbours = _nearest_tumours([name for name, *_ in named], [s for s, _ in surfaces])
    return tuple(
        _tumour(liver, one, surface, depth_mm, near_vessels, neighbour)
        for one, surface, depth_mm, near_vessels, neighbour in zip(
            named, surfaces, depths, vessels, neighbours, strict=True
        )
    )


def _tumour(
    liver: TumourBearing,
    named: tuple[str, Zone, Vanished | None],
    surface_and_extent: tuple[Surface, float],
    depth_mm: float | None,
    vessels_mm: Mapping[str, float],
    neighbour: tuple[str, float] | None,
) -> Tumour:
    name, zone, ghost = named
    surface, axial_mm = surface_and_extent
    index = np.argwhere(zone.inside) + zone.start
    parts = np.bincount(liver.parts[tuple(index.T)], minlength=len(liver.part_names) + 1)[1:]
    held = int(parts.sum())
    centre = liver.grid.world_mm(index.mean(axis=0)) if ghost is None else ghost.centre_mm
    diameter_mm = extent_mm(surface.points_mm) if ghost is None else 2.0 * ghost.radius_mm
    return Tumour(
        name=name,
        voxels=int(index.shape[0]) if ghost is None else 0,
        volume_ml=index.shape[0] * liver.grid.voxel_volume_mm3 / MM3_PER_ML if ghost is None else 0.0,
        longest_axial_diameter_mm=axial_mm if ghost is None else diameter_mm,
        longest_diameter_mm=max(diameter_mm, axial_mm),
        centroid_mm=(float(centre[0]), float(centre[1]), float(centre[2])),
        parts_percent=FrozenMapping(
            {
                part: 100.0 * int(n) / held
                for part, n in zip(liver.part_names, parts, strict=True)
                if n and liver.is_divided
            }
        ),
        depth_mm=depth_mm,
        vessels_mm=FrozenMapping(vessels_mm),
        nearest_tumour_mm=neighbour,
        vanished=ghost is not None,
        zone=zone,
        surface=surface,
    )


def _surface(zone: Zone, ghost: Vanished | None, grid: Grid) -> tuple[Surface, float]:
    """Surface of a tumour and its longest axial diameter."""
    if ghost is not None:
        points = np.array(ghost.centre_mm) + ghost.radius_mm * sphere_points(_POINT_SURFACE)
        return Surface(points), 2.0 * ghost.radius_mm
    local = grid.crop(zone.start, zone.inside.shape)
    points, edge_axis = surface_points_mm(zone.inside, local.index_to_world_mm)
    # The axis along which slices are stacked head to foot; its own edges join slices and lie in none.
    axial = next(a for a, (world, _) in enumerate(grid.anatomical_axes) if world == 2)
    in_slice = points[edge_axis != axial]
    index = np.linalg.solve(grid.index_to_world_mm[:3, :3], (in_slice - grid.index_to_world_mm[:3, 3]).T)
    across, up = _plane_axes(grid, axial)
    flat = np.stack([in_slice @ across, in_slice @ up], axis=1)
    return Surface(points), extent_in_slices_mm(flat, np.rint(index[axial]).astype(np.int64))


def _plane_axes(grid: Grid, axial: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two orthogonal unit vectors in the plane of the slices."""
    first, second = (grid.index_to_world_mm[:3, a] for a in range(3) if a != axial)
    across = first / np.linalg.norm(first)
    up = second - (second @ across) * across
    return across, up / np.linalg.norm(up)


def _depths_mm(
    liver: TumourBearing, named: Sequence[tuple[str, Zone, Vanished | None]], surfaces: Sequence[Surface]
) -> list[float | None]:
    edges = part_edges(liver)
    outside = np.array([[_reaches_outside(zone, liver.parts)] for _, zone, _ in named])
    distances = least_distances_mm(surfaces, edges, [0], touching=outside)[:, 0]
    return [float(d) if np.isfinite(d) else None for d in distances]


def part_edges(liver: TumourBearing) -> LabelEdges:
    """Boundaries of the parts, 0 being outside the liver; found once per liver."""
    return once(liver, "part_edges", lambda: label_edges(liver.parts, liver.grid.index_to_world_mm))


def _reaches_outside(zone: Zone, organ: NDArray[np.uint8]) -> bool:
    """Whether a voxel of the zone lies outside the liver or has a face there."""
    start = [max(0, s - 1) for s in zone.start]
    stop = [min(n, s + m + 1) for n, s, m in zip(organ.shape, zone.start, zone.inside.shape, strict=True)]
    empty = organ[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))] == 0
    if not empty.any():
        return False
    inside = np.zeros(empty.shape, dtype=bool, order="F")
    inside[
        tuple(slice(s - a, s - a + m) for s, a, m in zip(zone.start, start, zone.inside.shape, strict=True))
    ] = zone.inside
    if (inside & empty).any():
        return True
    for axis in range(3):
        low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        if (inside[low] & empty[high]).any() or (inside[high] & empty[low]).any():
            return True
    return False


def vessel_kinds(liver: TumourBearing) -> dict[str, Mask]:
    """Vessel masks by kind (:data:`flr.structures.VESSEL_KINDS`); a kind that was not given is left out."""
    kinds: dict[str, Mask] = {}
    for name, mask in liver.vessels.items():
        kind = vessel_kind_of(name)
        if kind is not None and mask.any():
            kinds[kind] = kinds[kind] | mask if kind in kinds else mask
    return kinds


def _vessel_distances_mm(
    liver: TumourBearing, named: Sequence[tuple[str, Zone, Vanished | None]], surfaces: Sequence[Surface]
) -> list[dict[str, float]]:
    found: list[dict[str, float]] = [{} for _ in surfaces]
    for kind, mask in vessel_kinds(liver).items():
        distances = distances_to_mask_mm(liver.grid, mask, surfaces, [zone for _, zone, _ in named])
        for near, distance in zip(found, distances, strict=True):
            near[kind] = distance
    return found


def distances_to_mask_mm(
    grid: Grid, mask: Mask, surfaces: Sequence[Surface], zones: Sequence[Zone]
) -> list[float]:
    """Least distance from each structure to a mask, between surfaces; 0 where they share a voxel. [mm]"""
    edges = label_edges(mask.view(np.uint8), grid.index_to_world_mm)
    shared = np.array([[bool((mask[zone.box] & zone.inside).any())] for zone in zones])
    return [float(d) for d in least_distances_mm(surfaces, edges, [1], touching=shared)[:, 0]]


def _nearest_tumours(names: Sequence[str], surfaces: Sequence[Surface]) -> list[tuple[str, float] | None]:
    if len(surfaces) < 2:
        return [None] * len(surfaces)
    low = np.array([s.low_mm for s in surfaces])
    high = np.array([s.high_mm for s in surfaces])
    nearest: list[tuple[str, float] | None] = []
    for own, surface in enumerate(surfaces):
        apart = np.sqrt(
            (np.maximum(np.maximum(low - surface.high_mm, surface.low_mm - high), 0.0) ** 2).sum(axis=1)
        )
        best: tuple[str, float] | None = None
        for other in np.argsort(apart, kind="stable"):
            if other == own:
                continue
            if best is not None and apart[other] >= best[1]:
                break
            distance = between_mm(surface, surfaces[other])
            if best is None or distance < best[1]:
                best = (names[other], distance)
        nearest.append(best)
    return nearest


def _widened(tumour: Tumour, margin_mm: float, grid: Grid) -> Zone:
    if not margin_mm > 0.0:
        return tumour.zone
    shell = within_mm(tumour.surface.points_mm, margin_mm, grid.shape, grid.index_to_world_mm)
    inside = shell.inside
    here = tuple(
        slice(s - o, s - o + n)
        for s, o, n in zip(tumour.zone.start, shell.start, tumour.zone.inside.shape, strict=True)
    )
    # The tumour's own voxels lie within its surface, hence within the box of the shell around it.
    if all(s.start >= 0 and s.stop <= n for s, n in zip(here, inside.shape, strict=True)):
        inside[here] |= tumour.zone.inside
        return Zone(shell.start, inside)
    return _union(shell, tumour.zone)


def _union(first: Zone, second: Zone) -> Zone:
    zones = [zone for zone in (first, second) if zone.inside.size]
    start = [min(zone.start[a] for zone in zones) for a in range(3)]
    stop = [max(zone.start[a] + zone.inside.shape[a] for zone in zones) for a in range(3)]
    inside = np.zeros([b - a for a, b in zip(start, stop, strict=True)], dtype=bool, order="F")
    for zone in zones:
        here = tuple(
            slice(s - o, s - o + n) for s, o, n in zip(zone.start, start, zone.inside.shape, strict=True)
        )
        inside[here] |= zone.inside
    return Zone((start[0], start[1], start[2]), inside)


def tumour_burden_score(largest_diameter_mm: float, count: int) -> float:
    """Tumour burden score: the root of the squared largest diameter in cm plus the squared count.

    Parameters
    ----------
    largest_diameter_mm : float
        Of the largest tumour. [mm]
    count : int
        Tumours.

    References
    ----------
    .. [1] Sasaki K et al., Ann Surg, 2018, 267, 132-141, doi:10.1097/SLA.0000000000002064 (transcribed).

    Examples
    --------
    >>> tumour_burden_score(40.0, 3)
    5.0
    """
    return math.hypot(largest_diameter_mm * _CM_PER_MM, count)


def hepatic_tumour_burden_percent(tumour_ml: float, total_ml: float) -> float:
    """Share of the liver that is tumour; the liver includes the tumour. [%]

    >>> hepatic_tumour_burden_percent(750.0, 1500.0)
    50.0
    """
    return 100.0 * tumour_ml / total_ml


def debulked_percent(tumour_ml: float, remnant_tumour_ml: float) -> float | None:
    """Share of the tumour volume that a plan treats; None when there is no tumour. [%]

    >>> debulked_percent(200.0, 20.0)
    90.0
    """
    return None if not tumour_ml > 0.0 else 100.0 * (tumour_ml - remnant_tumour_ml) / tumour_ml
