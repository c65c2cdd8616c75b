"""Readers who draw a known liver again and again, each a little differently.

Written apart from the package's intervals: it moves masks by smooth random fields over signed distances and
counts voxels, and knows nothing of surface areas or covariances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from flr.geometry import Grid
from flr.labels import Tissue
from flr.liver import Liver, Source
from flr.plans import Parts, Plan

LEFT, RIGHT = "left_hemiliver", "right_hemiliver"
PLAN = Plan("right hepatectomy", "H5678", (Parts((RIGHT,)),))

_LATTICE_MM = 8.0
_FINE_MM = 1.4


@dataclass(frozen=True, eq=False)
class Shape:
    """A liver as three signed distances, negative inside. [mm]

    ``organ_mm`` of the liver, ``lesion_mm`` of all tumours, ``kept_mm`` of the side of the cut that stays.
    """

    grid: Grid
    organ_mm: NDArray[np.float32]
    lesion_mm: NDArray[np.float32]
    kept_mm: NDArray[np.float32]

    def liver(self) -> Liver:
        """The liver as it is."""
        return _liver(self.grid, self.organ_mm < 0, self.lesion_mm < 0, self.kept_mm < 0)


@dataclass(frozen=True)
class Habits:
    """How far a reader is off at a point of each surface (one standard deviation), and what is shared."""

    organ_mm: float
    lesion_mm: float
    cut_mm: float
    shared: float
    length_mm: float


class Readers:
    """An endless row of readers of one liver, seeded."""

    def __init__(self, shape: Shape, habits: Habits, seed: int) -> None:
        self.shape, self.habits = shape, habits
        self.random = np.random.default_rng(seed)
        # Only voxels that some reader might draw differently are looked at again.
        self.bands = [
            np.flatnonzero(np.abs(distance.ravel()) < 5.0 * sd_mm) for distance, sd_mm in self._surfaces()
        ]
        sides_mm = np.array(shape.grid.shape) * shape.grid.spacing_mm
        self.counts = (np.ceil(sides_mm / _LATTICE_MM) + 2).astype(int)

    def _surfaces(self) -> list[tuple[NDArray[np.float32], float]]:
        s, h = self.shape, self.habits
        return [(s.organ_mm, h.organ_mm), (s.lesion_mm, h.lesion_mm), (s.kept_mm, h.cut_mm)]

    def read(self) -> Liver:
        """What the next reader draws."""
        masks = []
        for (distance, sd_mm), band in zip(self._surfaces(), self.bands, strict=True):
            mask = distance < 0
            mask.ravel()[band] = distance.ravel()[band] < sd_mm * self._field(band)
            masks.append(mask)
        organ, lesion, kept = masks
        return _liver(self.shape.grid, organ, lesion, kept)

    def _field(self, at: NDArray[np.intp]) -> NDArray[np.float64]:
        """Displacement in standard deviations: one number for the whole surface, and one that varies."""
        width = self.habits.length_mm / np.sqrt(2.0) / _LATTICE_MM
        edge = int(np.ceil(4 * width))
        noise = self.random.standard_normal(self.counts + 2 * edge)
        smooth = ndimage.gaussian_filter(noise, width, truncate=4.0)
        impulse = np.zeros(2 * edge + 1)
        impulse[edge] = 1.0
        gain = float((ndimage.gaussian_filter1d(impulse, width, truncate=4.0) ** 2).sum()) ** 1.5
        index = np.stack(np.unravel_index(at, self.shape.grid.shape))
        place = index * (np.array(self.shape.grid.spacing_mm) / _LATTICE_MM)[:, None] + edge
        varying = ndimage.map_coordinates(smooth, place, order=1) / gain
        shared = self.habits.shared
        return np.sqrt(shared) * self.random.standard_normal() + np.sqrt(1.0 - shared) * varying


def _liver(grid: Grid, organ: NDArray[np.bool_], lesion: NDArray[np.bool_], kept: NDArray[np.bool_]) -> Liver:
    parts = np.where(kept, np.uint8(1), np.uint8(2)) * organ
    tissues = np.where(lesion, np.uint8(Tissue.TUMOUR), np.uint8(Tissue.PARENCHYMA))
    return Liver(
        grid,
        np.asfortranarray(parts),
        (LEFT, RIGHT),
        np.asfortranarray(tissues),
        tumour_status="drawn",
        source=Source(),
    )


def egg(
    spacing_mm: tuple[float, float, float] = (1.6, 1.7, 2.1),
    *,
    left_percent: float = 30.0,
    lesions: tuple[tuple[float, float, float, float], ...] = (
        (45.0, 5.0, 10.0, 18.0),
        (-40.0, 0.0, 5.0, 12.0),
    ),
) -> Shape:
    """An egg of 2 L, thinner towards the left, cut by a curved plane; balls of tumour (x, y, z, radius).

    +x is the right; a distance is that to first order, which is all that displacements of millimetres need.
    """
    half = np.array([100.0, 66.0, 72.0])
    shape = tuple(int(2 * (h + 12) / s) for h, s in zip(half, spacing_mm, strict=True))
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = -np.array(spacing_mm) * (np.array(shape) - 1) / 2
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    x, y, z = np.meshgrid(
        *(affine[a, 3] + spacing_mm[a] * np.arange(shape[a]) for a in range(3)), indexing="ij"
    )
    narrow = 1.0 + 0.35 * x / half[0]
    inside = (x / half[0]) ** 2 + (y / (half[1] * narrow)) ** 2 + (z / (half[2] * narrow)) ** 2 - 1.0
    organ = _to_distance(inside, spacing_mm)
    cut = _to_distance(x + 0.25 * y - 0.15 * z + 6.0 * np.sin(z / 30.0), spacing_mm)
    level = float(np.quantile(cut[organ < 0], left_percent / 100.0))
    lesion = np.full(shape, 1e3)
    for cx, cy, cz, radius in lesions:
        lesion = np.minimum(lesion, np.sqrt((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2) - radius)
    return Shape(grid, organ, lesion.astype(np.float32), (cut - level).astype(np.float32))


def shape_of_map(parts: NDArray[np.uint8], kept: NDArray[np.bool_], grid: Grid) -> Shape:
    """A label map as signed distances, on every fourth voxel or so of its own slices.

    Distances to voxels jump at the surface and stand still across thick slices, so that readers of them would
    be surer than they are said to be. The shape is therefore interpolated between the slices first, and its
    distances measured and smoothed on voxels of about `_FINE_MM` with equal sides.
    """
    step = [max(1, round(_FINE_MM / s)) for s in grid.spacing_mm]
    taken = tuple(slice(None, None, n) for n in step)
    between = [max(1, round(n * s / _FINE_MM)) for n, s in zip(step, grid.spacing_mm, strict=True)]
    fine_mm = [n * s / k for n, s, k in zip(step, grid.spacing_mm, between, strict=True)]
    coarse_mm = [n * s for n, s in zip(step, grid.spacing_mm, strict=True)]
    organ, stays = parts[taken] > 0, kept[taken]

    def rough(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        distance = _signed_distance(np.pad(mask, 3), coarse_mm)
        for axis, k in enumerate(between):
            distance = _interpolated(distance, axis, k)
        return distance

    def smooth(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        distance = _signed_distance(mask, fine_mm)
        distance -= np.sign(distance) * np.float32(np.mean(fine_mm) / 2.0)
        return _to_distance(ndimage.gaussian_filter(distance, 1.0), fine_mm)

    # The cut goes on outside the liver, halfway between what stays and what leaves.
    outer, cut = smooth(rough(organ) < 0.0), smooth(rough(stays & organ) < rough(organ & ~stays))
    again = [k if k > 1 else 2 for k in between]
    back = tuple(slice(None, None, n) for n in again)
    affine = grid.index_to_world_mm.copy()
    affine[:3, :3] = affine[:3, :3] / grid.spacing_mm * fine_mm * again
    outer, cut = outer[back], cut[back]
    shape = Grid((outer.shape[0], outer.shape[1], outer.shape[2]), affine)
    return Shape(shape, outer, np.full(outer.shape, 1e3, np.float32), cut)


def _interpolated(values: NDArray[np.float32], axis: int, between: int) -> NDArray[np.float32]:
    """Values at ``between`` places from each slice to the next, linearly."""
    if between == 1:
        return values
    low, high = np.delete(values, -1, axis), np.delete(values, 0, axis)
    steps = [low + (high - low) * np.float32(k / between) for k in range(between)]
    stacked = np.stack(steps, axis=axis + 1)
    shape = list(low.shape)
    shape[axis] *= between
    return stacked.reshape(shape)


def _to_distance(level: NDArray[np.floating], spacing_mm: Sequence[float]) -> NDArray[np.float32]:
    slope = np.sqrt(sum(g**2 for g in np.gradient(level, *spacing_mm)))
    return (level / np.maximum(slope, 1e-9)).astype(np.float32)


def _signed_distance(mask: NDArray[np.bool_], spacing_mm: Sequence[float]) -> NDArray[np.float32]:
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing_mm)
    inside = ndimage.distance_transform_edt(mask, sampling=spacing_mm)
    return (outside - inside).astype(np.float32)
