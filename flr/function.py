"""Liver function in images: any scalar image, carried over to the liver's grid, and its share in the remnant.

Counts (scintigraphy) are amounts: every count of the image lands in exactly one voxel of the liver's grid or
outside it. Intensities (relative enhancement, fat fraction, cT1) are local values: they are interpolated, and
outside the image there is none. Which of the two an image holds is said, never guessed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from flr.errors import CriterionError, GeometryError
from flr.formulas.checks import positive
from flr.frozen import Record, read_only
from flr.geometry import Grid

FunctionKind = Literal["counts", "relative_enhancement", "pdff", "ct1"]
FUNCTION_KINDS: Final[tuple[FunctionKind, ...]] = get_args(FunctionKind)
"""What a scalar image holds: SPECT counts, gadoxetic relative enhancement, fat fraction (PDFF), cT1."""

_MOST_PIECES = 24  # along one axis of one voxel
_LEAST_COVERED_PERCENT = 99.0

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FunctionImage(Record):
    """A scalar image of liver function on its own grid.

    Parameters
    ----------
    values : ndarray of float32, shape grid.shape
        Kept as a read-only view, not copied. Counts are not negative.
    grid : Grid
    kind : {"counts", "relative_enhancement", "pdff", "ct1"}
    name : str
        For messages; a file's name.

    Raises
    ------
    GeometryError
        If the values do not lie on the grid, or its slices are uneven.
    CriterionError
        If the kind is not known, or counts are negative or not finite.
    """

    values: NDArray[np.float32]
    grid: Grid
    kind: FunctionKind
    name: str = "function image"

    def __post_init__(self) -> None:
        if self.kind not in FUNCTION_KINDS:
            raise CriterionError(
                f"{self.name}: kind {self.kind!r}; expected one of {', '.join(FUNCTION_KINDS)}"
            )
        if self.values.shape != self.grid.shape:
            raise GeometryError(f"{self.name} has shape {self.values.shape}; its grid has {self.grid.shape}")
        if not self.grid.is_even:
            raise GeometryError(
                f"{self.name}: its slices are uneven, so it cannot be carried to another grid"
            )
        if self.kind == "counts" and not (
            np.isfinite(self.values).all() and float(self.values.min(initial=0.0)) >= 0.0
        ):
            raise CriterionError(f"{self.name} holds negative or missing counts; expected counts, 0 or above")
        object.__setattr__(self, "values", read_only(self.values))


@dataclass(frozen=True, eq=False)
class OnGrid(Record):
    """A function image on another grid.

    Parameters
    ----------
    values : ndarray of float64, shape grid.shape
        Counts per voxel, or local values; NaN where the image does not reach.
    grid : Grid
    resampled : bool
        False where both grids were the same and nothing was changed.
    outside_percent : float
        For counts: share of all counts of the image that lies outside the grid. [%]
    """

    values: NDArray[np.float64]
    grid: Grid
    resampled: bool
    outside_percent: float


def counts_on(image: FunctionImage, grid: Grid) -> OnGrid:
    """Counts on another grid: each voxel shares what it holds among the voxels that it reaches into.

    Between parallel grids the shares are exact overlaps. Otherwise every voxel is cut into equal pieces, at
    least two for each target voxel that it reaches across, and each piece lands in one voxel.

    Parameters
    ----------
    image : FunctionImage
        Of kind ``"counts"``.
    grid : Grid
        Evenly spaced.

    Returns
    -------
    OnGrid
        The counts inside and outside add up to those of the image.

    Raises
    ------
    CriterionError
        If the image holds no counts at all, or is of another kind.
    GeometryError
        If the grid's slices are uneven.

    Notes
    -----
    Counts are taken as evenly spread within a voxel, which they are not at the edge of an organ: the
    resolution of SPECT (about 10 mm) limits what a small remnant's share can say.
    """
    if image.kind != "counts":
        raise CriterionError(
            f"{image.name} is of kind {image.kind}, not counts: it has no amount to conserve"
        )
    total = float(image.values.sum(dtype=np.float64))
    if not total > 0.0:
        raise CriterionError(f"{image.name} holds no counts")
    if image.grid.matches(grid):
        return OnGrid(image.values.astype(np.float64), grid, False, 0.0)
    if not grid.is_even:
        raise GeometryError(f"the slices of the liver are uneven, so {image.name} cannot be carried to it")
    to_target = np.linalg.inv(grid.index_to_world_mm) @ image.grid.index_to_world_mm
    if (parallel := _overlaps(to_target, image.grid.shape, grid.shape)) is not None:
        order, along = parallel
        result = image.values.astype(np.float64).transpose(order)
        for axis, overlap in enumerate(along):
            result = np.moveaxis(np.tensordot(overlap, result, axes=(1, axis)), 0, axis)
        inside = float(result.sum())
        return OnGrid(result, grid, True, max(0.0, 100.0 * (1.0 - inside / total)))
    # Two pieces for each target voxel that a source voxel reaches across: no target voxel is skipped.
    reach = np.abs(to_target[:3, :3]).max(axis=0)
    pieces = np.clip(np.ceil(2.0 * reach), 1, _MOST_PIECES).astype(int)
    steps = [(np.arange(n) + 0.5) / n - 0.5 for n in pieces]
    within = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3) @ to_target[:3, :3].T
    result = np.zeros(grid.shape, dtype=np.float64)
    for k in range(image.grid.shape[2]):
        plane = image.values[:, :, k]
        i, j = np.nonzero(plane)
        centres = np.stack([i, j, np.full(i.size, k)], axis=1) @ to_target[:3, :3].T + to_target[:3, 3]
        _deposit(result, centres, within, plane[i, j].astype(np.float64) / len(within))
    inside = float(result.sum())
    return OnGrid(result, grid, True, max(0.0, 100.0 * (1.0 - inside / total)))


def _overlaps(
    to_target: NDArray[np.float64], source: tuple[int, ...], target: tuple[int, ...]
) -> tuple[tuple[int, ...], list[NDArray[np.float64]]] | None:
    """Share of each source step that lies in each target step, by target axis; None for grids not parallel.

    Returns
    -------
    order : tuple of int
        Source axis of each target axis.
    overlaps : list of ndarray, shape (target steps, source steps)
    """
    linear = to_target[:3, :3]
    order = np.abs(linear).argmax(axis=1)
    scale = linear[np.arange(3), order]
    rest = linear.copy()
    rest[np.arange(3), order] = 0.0
    # A source grid of n steps must not drift by more than a thousandth of a target voxel.
    drift = np.abs(rest) @ np.array(source)
    if len(set(order.tolist())) < 3 or drift.max() > 1e-3:
        return None
    overlaps = []
    for axis in range(3):
        centres = to_target[axis, 3] + scale[axis] * np.arange(source[order[axis]])
        half = abs(scale[axis]) / 2.0
        steps = np.arange(target[axis])[:, None]
        low = np.maximum(centres - half, steps - 0.5)
        high = np.minimum(centres + half, steps + 0.5)
        overlaps.append(np.clip(high - low, 0.0, None) / (2.0 * half))
    return (int(order[0]), int(order[1]), int(order[2])), overlaps


def _deposit(
    result: NDArray[np.float64],
    centres: NDArray[np.float64],
    within: NDArray[np.float64],
    counts: NDArray[np.float64],
) -> None:
    """Add one share of ``counts`` at every piece of every voxel."""
    shape = np.array(result.shape)
    near = (
        (centres > -1.0 - np.abs(within).max(axis=0)) & (centres < shape + np.abs(within).max(axis=0))
    ).all(axis=1)
    centres, counts = centres[near], counts[near]
    flat = result.reshape(-1)
    for offset in within:
        index = np.floor(centres + offset + 0.5).astype(np.int64)
        valid = ((index >= 0) & (index < shape)).all(axis=1)
        where = np.ravel_multi_index(tuple(index[valid].T), result.shape)
        np.add.at(flat, where, counts[valid])


def values_on(image: FunctionImage, grid: Grid) -> OnGrid:
    """Local values on another grid, interpolated linearly; NaN where the image does not reach.

    Raises
    ------
    CriterionError
        If the image holds counts, which are amounts and not local values.
    GeometryError
        If the grid's slices are uneven.
    """
    from scipy import ndimage

    if image.kind == "counts":
        raise CriterionError(f"{image.name} holds counts; interpolation would not conserve them")
    if image.grid.matches(grid):
        return OnGrid(image.values.astype(np.float64), grid, False, 0.0)
    if not grid.is_even:
        raise GeometryError(f"the slices of the liver are uneven, so {image.name} cannot be carried to it")
    inverse = np.linalg.inv(image.grid.index_to_world_mm) @ grid.index_to_world_mm
    result = np.empty(grid.shape, dtype=np.float64)
    i, j = np.meshgrid(np.arange(grid.shape[0]), np.arange(grid.shape[1]), indexing="ij")
    for k in range(grid.shape[2]):
        index = np.stack([i.ravel(), j.ravel(), np.full(i.size, k)])
        where = inverse[:3, :3] @ index + inverse[:3, 3:]
        # Rounding must not push the outermost voxel centres out.
        limit = np.array(image.grid.shape)[:, None] - 1
        where = np.where(np.abs(where) < 1e-6, 0.0, np.where(np.abs(where - limit) < 1e-6, limit, where))
        plane = ndimage.map_coordinates(
            image.values.astype(np.float64), where, order=1, mode="constant", cval=math.nan
        )
        outside = ((where < 0) | (where > limit)).any(axis=0)
        plane[outside] = math.nan
        result[:, :, k] = plane.reshape(grid.shape[:2])
    return OnGrid(result, grid, True, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionShare:
    """How much of the liver's function lies in the remnant.

    Parameters
    ----------
    share_percent : float
        Counts in the remnant per counts in the liver. [%]
    volume_share_percent : float
        The remnant's share of the functional volume, beside it. [%]
    function_weighted_flr_ml : float
        Functional liver times the share: the volume of average liver that works as much. [mL]
    outside_percent : float
        Share of the image's counts outside the liver's box: background and other organs. [%]
    """

    share_percent: float
    volume_share_percent: float
    function_weighted_flr_ml: float
    outside_percent: float
    resampled: bool


def function_share(
    image: FunctionImage,
    grid: Grid,
    *,
    liver: Mask,
    remnant: Mask,
    functional_ml: float,
    flr_ml: float,
) -> FunctionShare:
    """Share of the function in the remnant, from counts.

    Parameters
    ----------
    image : FunctionImage
        Of kind ``"counts"``, on any grid.
    grid : Grid
        Of the masks.
    liver, remnant : ndarray of bool, shape grid.shape
        Whole liver, and the functional tissue that stays.
    functional_ml, flr_ml : float
        Functional liver and remnant. [mL]

    Raises
    ------
    CriterionError
        If the image holds no counts in the liver, the remnant is not part of it, or is not of counts.
    GeometryError
        If a mask lies on another grid.

    References
    ----------
    .. [1] de Graaf W et al., J Gastrointest Surg 2010;14:369-78, doi:10.1007/s11605-009-1085-2
    """
    _on_grid(grid, liver, remnant)
    if (remnant & ~liver).any():
        raise CriterionError("part of the remnant lies outside the liver; both masks must be of one plan")
    placed = counts_on(image, grid)
    all_counts = float(placed.values[liver].sum())
    if not all_counts > 0.0:
        raise CriterionError(
            f"{image.name} holds no counts in this liver; is it from another scan or patient?"
        )
    share = min(100.0, 100.0 * float(placed.values[remnant].sum()) / all_counts)
    functional_ml = positive(functional_ml, "functional_ml")
    return FunctionShare(
        share_percent=share,
        volume_share_percent=100.0 * flr_ml / functional_ml,
        function_weighted_flr_ml=functional_ml * share / 100.0,
        outside_percent=placed.outside_percent,
        resampled=placed.resampled,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionValues:
    """Local values of an image in one region, in the image's own ``unit``; SD of the population of voxels."""

    unit: str
    mean: float
    median: float
    sd: float
    voxels: int
    covered_percent: float


_UNITS: Final = {"relative_enhancement": "%", "pdff": "%", "ct1": "ms", "counts": "counts"}


def region_values(image: FunctionImage, grid: Grid, region: Mask) -> RegionValues:
    """Mean, median and spread of local values (enhancement, fat fraction, cT1) in a region of the liver.

    Values are given as the image holds them, and none is compared with a cut-off.

    Raises
    ------
    CriterionError
        If the image covers less than 99 % of the region, or holds counts.
    GeometryError
        If the region lies on another grid, or is empty.
    """
    _on_grid(grid, region)
    if not region.any():
        raise GeometryError("the region has no voxel; expected a part of the liver")
    inside = values_on(image, grid).values[region]
    known = inside[np.isfinite(inside)]
    covered = 100.0 * known.size / inside.size
    if covered < _LEAST_COVERED_PERCENT:
        raise CriterionError(
            f"{image.name} covers {covered:.1f} % of the region; a mean of the rest would not be "
            "of the region. Is it from another scan?"
        )
    return RegionValues(
        unit=_UNITS[image.kind],
        mean=float(known.mean()),
        median=float(np.median(known)),
        sd=float(known.std()),
        voxels=int(known.size),
        covered_percent=covered,
    )


def _on_grid(grid: Grid, *masks: Mask) -> None:
    for mask in masks:
        if mask.shape != grid.shape or mask.dtype != np.bool_:
            raise GeometryError(
                f"a mask of shape {mask.shape} and type {mask.dtype}; expected bool, shape {grid.shape}"
            )
