"""What a zone that was drawn after an ablation covers of each tumour, and by how much.

The margin at a position of a tumour's surface is its distance from the liver that was not ablated: positive
where the zone reaches beyond the tumour, negative where tumour was left. Where the tumour reaches the surface
of the liver there is no liver beyond it, and so no margin to miss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.frozen import FrozenMapping, once
from flr.geometry import Grid
from flr.kernels.distance import label_edges
from flr.liver import FUNCTIONAL, Liver, Mask
from flr.structures import ABLATED_ZONE
from flr.tumours import Tumour, find_tumours

MARGINS_MM: Final = (0.0, 5.0, 10.0)
"""Margins of ablation: tumour left, and the least and the aim of planning (formulary C-6, C-7). [mm]"""

FARTHEST_MM: Final = 40.0
"""Liver that was not ablated is looked for no further away from a tumour. [mm]"""


@dataclass(frozen=True)
class AblatedTumour:
    """One tumour under a zone that was drawn after an ablation.

    Parameters
    ----------
    name : str
    covered_percent : float
        Share of its voxels inside the zone.
    least_margin_mm : float or None
        Least margin over its surface, negative where tumour was left; None where no liver that was not
        ablated lies within 40 mm.
    margin_error_mm : float
        A voxel's longest diagonal, the most by which the distance of two surfaces can be off.
    below_percent : mapping of str to float
        Share of its surface with a margin below 0, 5 and 10 mm, by margin.
    """

    name: str
    covered_percent: float
    least_margin_mm: float | None
    margin_error_mm: float
    below_percent: Mapping[str, float]


@dataclass(frozen=True)
class AchievedAblation:
    """A zone that was drawn after an ablation, held against the tumours; no flag depends on it.

    Parameters
    ----------
    zone_ml : float
        Of it, inside the liver. [mL]
    healthy_lost_ml : float
        Functional liver in it. [mL]
    tumour_percent : float or None
        Share of all tumour that it covers; None where no tumour is drawn.
    tumours : tuple of AblatedTumour
        Those that the zone touches or comes within 10 mm of.
    untouched : tuple of str
        Names of the others.
    reason : str
        Why margins are not given.
    """

    zone_ml: float
    healthy_lost_ml: float
    tumour_percent: float | None
    tumours: tuple[AblatedTumour, ...] = ()
    untouched: tuple[str, ...] = ()
    reason: str = ""


def achieved_ablation(liver: Liver) -> AchievedAblation | None:
    """The drawn zone after an ablation against every tumour; None where none is drawn. Found once per liver.

    Notes
    -----
    Distances run between surfaces that are placed between voxel centres, as planned margins do. Positions of
    a tumour's surface count by the area that they stand for. The zone has to be registered to the scan that
    the tumours were drawn on: how well it is, no number here tells.
    """
    if ABLATED_ZONE not in liver.drawn:
        return None
    return once(liver, "achieved_ablation", lambda: _achieved(liver, liver.drawn[ABLATED_ZONE]))


def _achieved(liver: Liver, zone: Mask) -> AchievedAblation:
    organ = liver.parts > 0
    inside = zone & organ
    tumour = organ & (liver.tumours > 0) if liver.tumours is not None else np.zeros_like(organ)
    functional = np.isin(liver.tissues, FUNCTIONAL)
    voxel_ml = liver.grid.slice_voxel_volumes_ml

    def ml(mask: Mask) -> float:
        return float(np.count_nonzero(mask, axis=(0, 1)) @ voxel_ml)

    tumour_ml = ml(tumour)
    zone_ml, healthy_ml = ml(inside), ml(inside & functional)
    percent = 100.0 * ml(tumour & zone) / tumour_ml if tumour_ml > 0.0 else None
    if percent is None:
        return AchievedAblation(zone_ml, healthy_ml, None, reason="no tumour is drawn")
    if not liver.grid.is_even:
        reason = "the slices are uneven, so distances in mm do not exist"
        return AchievedAblation(zone_ml, healthy_ml, percent, reason=reason)
    known = find_tumours(liver)
    rows = [_tumour(liver, organ, zone, one, known.error_mm) for one in known]
    near = tuple(row for row in rows if row is not None)
    far = tuple(one.name for one, row in zip(known, rows, strict=True) if row is None)
    return AchievedAblation(zone_ml, healthy_ml, percent, near, far)


def _tumour(liver: Liver, organ: Mask, zone: Mask, tumour: Tumour, error_mm: float) -> AblatedTumour | None:
    """One tumour under the zone; None where the zone lies more than 10 mm away from it."""
    box, start = _around(tumour, liver.grid)
    grid = liver.grid.crop(start, tuple(s.stop - s.start for s in box))
    ablated, left = zone[box], organ[box] & ~zone[box]
    points = tumour.surface.points_mm
    to_zone = _distances_mm(points, ablated, grid)
    covered = np.count_nonzero(zone[tumour.zone.box] & tumour.zone.inside) / tumour.voxels
    if not covered and float(to_zone.min()) > MARGINS_MM[-1]:
        return None
    index = np.linalg.solve(grid.index_to_world_mm[:3, :3], (points - grid.index_to_world_mm[:3, 3]).T)
    at = tuple(np.clip(np.rint(index).astype(np.intp), 0, np.array(left.shape)[:, None] - 1))
    margin = np.where(left[at], -to_zone, _distances_mm(points, left, grid))
    area = _areas(tumour, points, liver.grid)
    least = float(margin.min())
    return AblatedTumour(
        name=tumour.name,
        covered_percent=100.0 * covered,
        least_margin_mm=least if np.isfinite(least) else None,
        margin_error_mm=error_mm,
        below_percent=FrozenMapping(
            {f"{mm:g}_mm": 100.0 * float(area[margin < mm].sum() / area.sum()) for mm in MARGINS_MM}
        ),
    )


def _around(tumour: Tumour, grid: Grid) -> tuple[tuple[slice, ...], tuple[int, int, int]]:
    """The box of a grid that reaches 40 mm beyond a tumour, and its first voxel."""
    reach = FARTHEST_MM * np.linalg.norm(np.linalg.inv(grid.index_to_world_mm[:3, :3]), axis=1)
    box = tuple(
        slice(max(0, int(s - np.ceil(r))), min(n, int(s + m + np.ceil(r))))
        for s, m, n, r in zip(tumour.zone.start, tumour.zone.inside.shape, grid.shape, reach, strict=True)
    )
    return box, (box[0].start, box[1].start, box[2].start)


def _distances_mm(points_mm: NDArray[np.float64], mask: Mask, grid: Grid) -> NDArray[np.float64]:
    """Distance of positions from where a mask's smoothed indicator crosses one half; or infinity. [mm]"""
    from scipy.spatial import cKDTree

    edges = label_edges(np.asfortranarray(mask).view(np.uint8), grid.index_to_world_mm)
    bounding = edges.of(1)
    if not bounding.size:
        return np.full(len(points_mm), np.inf)
    return np.asarray(cKDTree(edges.crossings_mm(bounding, 1)).query(points_mm)[0])


def _areas(tumour: Tumour, points_mm: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """Area of the surface that each position stands for, up to a factor.

    Positions lie where the surface crosses the grid's edges: along axis a, one for each face of a voxel and
    cosine between normal and axis. So each counts by face and cosine: squares of the cosines add to 1.
    """
    from scipy import ndimage

    solid = np.pad(tumour.zone.inside, 4).astype(np.float32)
    spacing = np.array(grid.spacing_mm)
    slopes = np.stack(
        [
            slope / mm
            for slope, mm in zip(np.gradient(ndimage.gaussian_filter(solid, 1.0)), spacing, strict=True)
        ]
    )
    index = np.linalg.solve(grid.index_to_world_mm[:3, :3], (points_mm - grid.index_to_world_mm[:3, 3]).T)
    index -= np.array(tumour.zone.start)[:, None] - 4
    normal = np.stack([ndimage.map_coordinates(slope, index, order=1, mode="nearest") for slope in slopes])
    length = np.linalg.norm(normal, axis=0)
    cosine = np.abs(normal) / np.where(length > 0.0, length, 1.0)
    # A position lies between two voxel centres along one axis alone: where its index is no whole number.
    axis = np.abs(index - np.rint(index)).argmax(axis=0)
    face = spacing.prod() / spacing[axis]
    return np.asarray(face * np.take_along_axis(cosine, axis[None], axis=0)[0] + 1e-9)
