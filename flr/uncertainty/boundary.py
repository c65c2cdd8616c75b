"""Errors of volumes from the boundaries of one liver: how far each may be off, and how much it bounds.

Three kinds of boundary move, each by a distance of its own that varies smoothly along it: the liver's
outer surface, the surface of tumours and other lesions, and the cut. Moving a boundary by a small distance
turns area times distance of one kind of tissue into another. An outer surface that lies too far out makes
liver and remnant too large together, which their ratio hardly feels; a cut that is off changes the remnant
alone.

What a volume gains when the outer surface or that of a lesion moves is a sum over the parts that the volume
holds. The covariance of all parts and tissues under such a move therefore belongs to the liver (`LiverCells`,
computed once), and that of a plan of whole parts is ``A C Aᵀ`` with a matrix A of zeros and ones. A plan that
splits parts adds the voxels whose fate differs from that of their part, as further columns. Only the cut
belongs to the plan: it is looked for where cells with both sides lie, among those where two parts meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.frozen import FrozenMapping, Record, once
from flr.kernels.boundary import (
    Blocks,
    Box,
    Cells,
    Counts,
    Moments,
    blocks_of,
    box_around,
    box_of_runs,
    cells_of,
    cells_of_runs,
    interface_mm2,
    mean_around,
    moments,
    pulled_along,
    surface_mm2,
)
from flr.labels import Tissue
from flr.liver import Fate, Liver
from flr.plans import Plan
from flr.plans.plan import fate_of_parts, runs_of, takes_whole_parts
from flr.uncertainty.shares import VolumeErrors, slice_loss_percent
from flr.uncertainty.table import ERRORS, Errors
from flr.units import MM3_PER_ML

CELL_MM: Final = 2.0
"""Side of the cells that surfaces are measured in. [mm]"""

MOST_CELLS: Final = 1 << 23
"""A box of 60 L in cells of 2 mm, and about 300 MB of sums; the cells of a larger one are larger."""

_BLOCK_MM: Final = 10.0  # surface within one block moves together; well below the correlation length
_MOST_BLOCKS: Final = 4000  # a liver has about 1500; more would take minutes, so their blocks are larger
_LEAST_MM2: Final = 1e-6

# Tissues and fates that are told apart.
_FUNCTIONAL, _TUMOUR, _NONFUNCTIONAL = range(3)
_KEPT, _RESECTED, _ABLATED = range(3)
_TISSUES, _FATES = 3, 3
_REMOVED: Final = (_RESECTED, _ABLATED)

_GROUP_OF_TISSUE = np.zeros(len(Tissue), dtype=np.uint8)
_GROUP_OF_TISSUE[Tissue.TUMOUR] = _TUMOUR
_GROUP_OF_TISSUE[Tissue.NONFUNCTIONAL] = _NONFUNCTIONAL

_GROUP_OF_FATE = np.zeros(len(Fate), dtype=np.uint8)
_GROUP_OF_FATE[Fate.RESECTED] = _RESECTED
_GROUP_OF_FATE[Fate.ABLATED] = _ABLATED

_HELD: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "total": tuple((t, f) for t in range(3) for f in range(3)),
    "functional": tuple((_FUNCTIONAL, f) for f in range(3)),
    "tumour": tuple((_TUMOUR, f) for f in range(3)),
    "nonfunctional": tuple((_NONFUNCTIONAL, f) for f in range(3)),
    "resected": tuple((t, _RESECTED) for t in range(3)),
    "ablated": tuple((t, _ABLATED) for t in range(3)),
    "remnant": ((_FUNCTIONAL, _KEPT),),
    "remnant_tumour": ((_TUMOUR, _KEPT),),
    "remnant_nonfunctional": ((_NONFUNCTIONAL, _KEPT),),
}
"""What each volume is made of: (tissue, fate)."""

_OF_VOLUMES: Final = np.array(
    [[[float((t, f) in held) for f in range(_FATES)] for t in range(_TISSUES)] for held in _HELD.values()]
)
"""The same as a table of zeros and ones, shape (volumes, tissues, fates)."""

Matrix = NDArray[np.float64]
Index = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class Surface(Record):
    """A surface of the liver that moves whatever the plan: how much of each column it bounds.

    Parameters
    ----------
    at : ndarray of int, shape (cells,)
        Cells that it runs through.
    area_mm2 : ndarray, shape (cells,)
    near : ndarray, shape (cells,)
        Voxels of the liver around each of them, weighted.
    blocks : Blocks
    sums_mm2 : ndarray, shape (blocks, columns)
        Area that bounds each column in each block.
    """

    at: NDArray[np.intp]
    area_mm2: Matrix
    near: Matrix
    blocks: Blocks
    sums_mm2: Matrix

    def columns_mm2(self, near: NDArray[Any]) -> Matrix:
        """Area of each block that bounds further columns, from their voxels around each cell."""
        return self.blocks.sums(np.asarray((self.area_mm2 / self.near)[:, None] * near))

    def pulled(self, length_mm: float) -> Matrix:
        """`flr.kernels.boundary.pulled_along` of the columns, shape (blocks, columns)."""
        return once(
            self, ("pulled", length_mm), lambda: pulled_along(self.blocks.middle_mm, self.sums_mm2, length_mm)
        )

    def parts_mm4(self, length_mm: float) -> tuple[Matrix, Matrix]:
        """What moves as one, and what varies, of all pairs of columns. [mm⁴]"""

        def make() -> tuple[Matrix, Matrix]:
            total = self.sums_mm2.sum(axis=0)
            return np.outer(total, total), _product(self.sums_mm2, self.pulled(length_mm))

        return once(self, ("parts", length_mm), make)


@dataclass(frozen=True, eq=False)
class Meeting(Record):
    """Cells around which two parts lie or more.

    Parameters
    ----------
    at : ndarray of int, shape (cells,)
    voxels : ndarray of int, shape (cells,)
        Of the liver in each cell itself.
    moments : ndarray of int, shape (parts, 4, cells)
    tissues : ndarray of int, shape (tissues, cells)
        Voxels of each tissue around each cell, weighted.
    """

    at: NDArray[np.intp]
    voxels: NDArray[Any]
    moments: Moments
    tissues: NDArray[Any]


@dataclass(frozen=True, eq=False)
class LiverCells(Record):
    """What the errors of all plans of a liver have in common; holds no voxel and not the liver.

    Parameters
    ----------
    cells : Cells
    occupied : ndarray of int, shape (occupied,)
        Cells that hold liver.
    counts : ndarray of int, shape (parts, tissues, occupied)
        Voxels in them.
    """

    cells: Cells
    occupied: NDArray[np.intp]
    counts: NDArray[Any]

    @property
    def n_parts(self) -> int:
        """Parts of the liver."""
        return int(self.counts.shape[0])

    @cached_property
    def voxels(self) -> NDArray[np.int64]:
        """Voxels of each part and tissue, shape (parts, tissues)."""
        return np.asarray(self.counts.sum(axis=2, dtype=np.int64))

    @cached_property
    def _index(self) -> NDArray[np.int32]:
        """Positions of the occupied cells, shape (3, occupied)."""
        return np.stack(np.unravel_index(self.occupied, self.cells.shape)).astype(np.int32)

    def dense(self, counts: NDArray[Any]) -> Counts:
        """Counts in the occupied cells, as an array of all cells."""
        return self.cells.dense(self.occupied, counts)

    def boxed(self, counts: NDArray[Any]) -> tuple[Box, Counts] | None:
        """The same in the box of what is not 0 with two cells around it, or None where all is."""
        some = np.flatnonzero(counts)
        if not some.size:
            return None
        index = self._index[:, some]
        low, high = index.min(axis=1) - 2, index.max(axis=1) + 3
        values = np.zeros(high - low, dtype=self.cells.dtype)
        values[tuple(index - low[:, None])] = counts[some]
        i, j, k = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        return (i, j, k), values

    @cached_property
    def by_part(self) -> NDArray[Any]:
        """Voxels of each part in the occupied cells, shape (parts, occupied)."""
        return self._sums(self.counts.swapaxes(0, 1))

    @cached_property
    def by_tissue(self) -> NDArray[Any]:
        """Voxels of each tissue in the occupied cells, shape (tissues, occupied)."""
        return self._sums(self.counts)

    def _sums(self, counts: NDArray[Any]) -> NDArray[Any]:
        """Sums along the first axis, term by term: many times faster than a reduction of narrow integers."""
        result = np.zeros(counts.shape[1:], dtype=self.cells.dtype)
        for one in counts:
            result += one
        return result

    @cached_property
    def whole(self) -> Counts:
        """Voxels of the liver in all cells."""
        return self.dense(self.by_tissue.sum(axis=0))

    @cached_property
    def outer(self) -> Surface:
        """The outer surface; its columns are parts, then tissues, the latter fastest."""
        return self._outer_and_parts[0]

    @cached_property
    def _outer_and_parts(self) -> tuple[Surface, tuple[_Moved, ...]]:
        """The outer surface, and what of it bounds each part, in blocks of its own."""
        around = moments(self.whole).reshape(4, -1)
        at = np.flatnonzero(around[1:].any(axis=0))
        area_mm2 = surface_mm2(around[:, at], self.cells)
        there = np.flatnonzero(area_mm2 > _LEAST_MM2)
        at, area_mm2 = at[there], area_mm2[there]
        near = self._near(at, self.counts.reshape(-1, self.occupied.size))
        outer = self._surface(at, area_mm2, around[0, at], near)
        of_parts = near.reshape(at.size, self.n_parts, _TISSUES).sum(axis=2)
        own_mm2 = (outer.area_mm2[:, None] * of_parts / outer.near[:, None]).T
        return outer, tuple(self.moved(at, one, one[:, None]) for one in own_mm2)

    @cached_property
    def lesions(self) -> Mapping[int, Surface]:
        """Surfaces of tumours and of other lesions, by tissue; their columns are parts."""
        found = {}
        for lesion in (_TUMOUR, _NONFUNCTIONAL):
            held = self.boxed(self.by_tissue[lesion])
            if held is None:
                continue
            box, own = held
            whole = self.whole[box]
            union = moments(whole)
            area_mm2 = interface_mm2(moments(own), union, whole, self.cells)
            index = np.nonzero(area_mm2 > _LEAST_MM2)
            if index[0].size:
                at = _flat_of(index, box, self.cells)
                of_parts = self._near(at, self.by_part)
                found[lesion] = self._surface(at, area_mm2[index], union[0][index], of_parts)
        return FrozenMapping(found)

    @cached_property
    def meeting(self) -> Meeting:
        """Where parts meet."""
        several = np.zeros(self.cells.shape, dtype=np.uint8)
        around: list[tuple[int, Box, Moments]] = []
        for part in range(self.n_parts):
            if (held := self.boxed(self.by_part[part])) is not None:
                around.append((part, held[0], moments(held[1])))
                several[held[0]] += around[-1][2][0] > 0
        at = np.flatnonzero(several > 1)
        index = np.unravel_index(at, self.cells.shape)
        found = np.zeros((self.n_parts, 4, at.size), dtype=self.cells.dtype)
        for part, box, values in around:
            chosen, here = _within(index, box)
            found[part][:, chosen] = values[(slice(None), *here)]
        tissues = self._near(at, self.by_tissue).T
        return Meeting(at, self.whole.ravel()[at], found, np.ascontiguousarray(tissues))

    def _near(self, at: NDArray[np.intp], columns: NDArray[Any]) -> NDArray[Any]:
        """Voxels around cells, weighted, shape (cells, n), of columns in the occupied cells, shape (n, …)."""
        near = np.zeros((len(columns), at.size), dtype=self.cells.dtype)
        index = np.unravel_index(at, self.cells.shape)
        for row, counts in zip(near, columns, strict=True):
            if (held := self.boxed(counts)) is not None:
                chosen, here = _within(index, held[0])
                row[chosen] = mean_around(held[1])[here]
        return near.T

    def _surface(
        self, at: NDArray[np.intp], area_mm2: Matrix, near: NDArray[Any], of_columns: NDArray[Any]
    ) -> Surface:
        blocks = blocks_of(self.cells.positions_mm(at), area_mm2, side_mm=_BLOCK_MM, most=_MOST_BLOCKS)
        bare = Surface(at, area_mm2, near.astype(np.float64), blocks, np.zeros((0, 0)))
        return Surface(bare.at, bare.area_mm2, bare.near, blocks, bare.columns_mm2(of_columns))

    def moved(self, at: NDArray[np.intp], area_mm2: Matrix, change_mm2: Matrix) -> _Moved:
        """A surface of a plan or a part, in blocks of its own; columns change by ``change_mm2``."""
        there = area_mm2 > _LEAST_MM2
        if not there.any():
            return _Moved(np.zeros((0, 3)), np.zeros((0, change_mm2.shape[1])))
        positions_mm = self.cells.positions_mm(at[there])
        blocks = blocks_of(positions_mm, area_mm2[there], side_mm=_BLOCK_MM, most=_MOST_BLOCKS)
        return _Moved(blocks.middle_mm, blocks.sums(change_mm2[there]))

    @cached_property
    def part_surfaces(self) -> tuple[tuple[_Moved, _Moved], ...]:
        """Outer surface and borders of each part."""
        meeting = self.meeting
        union = meeting.moments.sum(axis=0)
        found = []
        for own, outer in zip(meeting.moments, self._outer_and_parts[1], strict=True):
            both = np.flatnonzero((own[0] > 0) & (own[0] < union[0]))
            cut_mm2 = interface_mm2(own[:, both], union[:, both], meeting.voxels[both], self.cells)
            found.append((outer, self.moved(meeting.at[both], cut_mm2, cut_mm2[:, None])))
        return tuple(found)


def _within(index: Sequence[NDArray[np.intp]], box: Box) -> tuple[NDArray[np.intp], Index]:
    """Which cells lie in a box, and where in it."""
    within = np.ones(index[0].size, dtype=bool)
    for along, side in zip(index, box, strict=True):
        within &= (along >= side.start) & (along < side.stop)
    chosen = np.flatnonzero(within)
    i, j, k = (along[chosen] - side.start for along, side in zip(index, box, strict=True))
    return chosen, (i, j, k)


def _flat_of(index: Sequence[NDArray[np.intp]], box: Box, cells: Cells) -> NDArray[np.intp]:
    """Flat positions of cells of a box."""
    i, j, k = (along + side.start for along, side in zip(index, box, strict=True))
    return np.asarray((i * cells.shape[1] + j) * cells.shape[2] + k)


@dataclass(frozen=True, eq=False)
class _Moved(Record):
    """Blocks of a surface, and by how much columns change in each."""

    middle_mm: Matrix
    sums_mm2: Matrix

    def parts_mm4(self, length_mm: float) -> tuple[Matrix, Matrix]:
        """As `Surface.parts_mm4`."""
        total = self.sums_mm2.sum(axis=0)
        varying = _product(self.sums_mm2, pulled_along(self.middle_mm, self.sums_mm2, length_mm))
        return np.outer(total, total), varying


def _product(first: Matrix, second: Matrix) -> Matrix:
    """``first.T @ second``, the same to the last bit on any number of threads."""
    return np.asarray(np.einsum("ik,il->kl", first, second))


def _ml2(parts_mm4: tuple[Matrix, Matrix], sd_mm: float, errors: Errors) -> Matrix:
    """Covariance of volumes when a surface moves by ``sd_mm``. [mL²]"""
    together, varying = parts_mm4
    shared = errors.shared_percent / 100.0
    return np.asarray((sd_mm / MM3_PER_ML) ** 2 * (shared * together + (1.0 - shared) * varying))


@dataclass(frozen=True, eq=False)
class _Split(Record):
    """Voxels whose fate is not that of their part.

    ``change`` has shape (tissues, fates, cells of the box): voxels that a fate gains or loses there.
    """

    box: tuple[slice, slice, slice]
    change: NDArray[Any]

    def near(self, at: NDArray[np.intp], cells: Cells) -> tuple[NDArray[np.intp], NDArray[Any]]:
        """Which of some cells lie in the box, and the change around them, shape (tissues, fates, those)."""
        chosen, here = _within(np.unravel_index(at, cells.shape), self.box)
        near = np.zeros((_TISSUES, _FATES, chosen.size), dtype=self.change.dtype)
        for tissue, fate in np.argwhere(self.change.any(axis=(2, 3, 4))).tolist():
            near[tissue, fate] = mean_around(self.change[tissue, fate])[here]
        return chosen, near


@dataclass(frozen=True, eq=False)
class LiverSurfaces(Record):
    """A liver in cells of a few millimetres, ready for the errors of any plan. Made by `surfaces_of`."""

    liver: Liver
    common: LiverCells

    def plan_errors(self, plan: Plan, *, errors: Errors = ERRORS, reviewed: bool = True) -> VolumeErrors:
        """Errors of every volume of a plan, and how they go together.

        Parameters
        ----------
        plan : Plan
        errors : Errors
        reviewed : bool
            False for automatic maps that nobody has reviewed: every boundary may be further off.

        Raises
        ------
        PlanError
            If the plan does not fit the liver.
        """
        base = _GROUP_OF_FATE[fate_of_parts(self.liver, plan)]
        split = None if takes_whole_parts(plan) else self._split(plan, base)
        times = 1.0 if reviewed else errors.unreviewed_ratio
        covariance = self._outer_ml2(base, split, errors.outer_surface_mm * times, errors)
        covariance += self._cut_ml2(base, split, errors.cut_mm * times, errors)
        for lesion in self.common.lesions:
            covariance += self._lesion_ml2(lesion, base, split, errors.lesion_surface_mm * times, errors)
        voxels = np.stack([self.common.voxels[base == fate].sum(axis=0) for fate in range(_FATES)], axis=1)
        if split is not None:
            voxels = voxels + split.change.sum(axis=(2, 3, 4), dtype=np.int64)
        ml = {
            name: sum(float(voxels[t, f]) for t, f in held) * self.liver.grid.voxel_volume_ml
            for name, held in _HELD.items()
        }
        covariance += self._slices(ml, errors)
        return VolumeErrors(tuple(_HELD), covariance)

    def part_sds_ml(self, *, errors: Errors = ERRORS, reviewed: bool = True) -> dict[str, float]:
        """Error of each part of the liver, one standard deviation. [mL]"""
        names = self.liver.part_names
        times = 1.0 if reviewed else errors.unreviewed_ratio
        lost, extra = self._slice_percents(errors)
        result = {}
        for row, name in enumerate(names):
            ml = float(self.common.voxels[row].sum()) * self.liver.grid.voxel_volume_ml
            variance = (ml * lost / 100) ** 2
            if len(names) > 1:
                variance += (ml * extra / 100) ** 2
            surfaces = self.common.part_surfaces[row]
            for moved, sd_mm in zip(surfaces, (errors.outer_surface_mm, errors.cut_mm), strict=True):
                length_mm = errors.correlation_length_mm
                parts_mm4 = once(moved, length_mm, partial(moved.parts_mm4, length_mm))
                variance += float(_ml2(parts_mm4, sd_mm * times, errors)[0, 0])
            result[name] = float(np.sqrt(variance))
        return result

    def _split(self, plan: Plan, base: NDArray[np.uint8]) -> _Split | None:
        """The voxels whose fate differs from that of their part, or None where there are none."""
        cells, runs = self.common.cells, runs_of(self.liver, plan)
        tissue, fate = np.divmod((runs.label - 1) % (len(Tissue) * len(Fate)), len(Fate))
        before = base[(runs.label - 1) // (len(Tissue) * len(Fate))]
        changed = np.flatnonzero(_GROUP_OF_FATE[fate] != before)
        if not changed.size:
            return None
        runs = runs.some(changed)
        kind = np.stack([_GROUP_OF_TISSUE[tissue], before, _GROUP_OF_FATE[fate]])[:, changed]
        code = np.ravel_multi_index(tuple(kind.astype(np.intp)), (_TISSUES, _FATES, _FATES))
        box = box_of_runs(runs, cells)
        run, cell, voxels = cells_of_runs(runs, cells, box)
        shape = tuple(side.stop - side.start for side in box)
        change = np.zeros((_TISSUES, _FATES, *shape), dtype=cells.dtype)
        for number in np.flatnonzero(np.bincount(code)).tolist():
            own = np.flatnonzero((code == number)[run])
            counts = np.bincount(cell[own], weights=voxels[own], minlength=int(np.prod(shape)))
            held, old, new = np.unravel_index(number, (_TISSUES, _FATES, _FATES))
            change[held, new] += counts.reshape(shape).astype(cells.dtype)
            change[held, old] -= counts.reshape(shape).astype(cells.dtype)
        return _Split(box, change)

    def _outer_ml2(
        self, base: NDArray[np.uint8], split: _Split | None, sd_mm: float, errors: Errors
    ) -> Matrix:
        outer = self.common.outer
        of_columns = np.zeros((len(_HELD), base.size, _TISSUES))
        for part, fate in enumerate(base):
            of_columns[:, part] = _OF_VOLUMES[:, :, fate]
        of_split = _OF_VOLUMES.reshape(len(_HELD), -1)
        near = None
        if split is not None:
            chosen, change = split.near(outer.at, self.common.cells)
            near = chosen, change.reshape(_TISSUES * _FATES, -1).T
        return _moved_ml2(outer, of_columns.reshape(len(_HELD), -1), near, of_split, sd_mm, errors)

    def _lesion_ml2(
        self, lesion: int, base: NDArray[np.uint8], split: _Split | None, sd_mm: float, errors: Errors
    ) -> Matrix:
        surface = self.common.lesions[lesion]
        grown = _OF_VOLUMES[:, lesion] - _OF_VOLUMES[:, _FUNCTIONAL]  # by fate
        near = None
        if split is not None:
            chosen, change = split.near(surface.at, self.common.cells)
            near = chosen, change.sum(axis=0).T
        return _moved_ml2(surface, grown[:, base], near, grown, sd_mm, errors)

    def _cut_ml2(self, base: NDArray[np.uint8], split: _Split | None, sd_mm: float, errors: Errors) -> Matrix:
        common = self.common
        at, area_mm2, tissues, removed = (
            _cut_of_parts(common, base) if split is None else _cut(common, base, split)
        )
        # What one side loses the other gains: of each tissue, by the fate of what is removed there.
        share = area_mm2 / tissues.sum(axis=0)
        of_fate = removed / removed.sum(axis=0)
        change = (share * tissues)[:, None] * of_fate
        taken = _OF_VOLUMES[:, :, _RESECTED:] - _OF_VOLUMES[:, :, [_KEPT]]
        present = [(t, f) for t in range(_TISSUES) for f in range(len(_REMOVED)) if change[t, f].any()]
        if not present or not sd_mm > 0.0:
            return np.zeros((len(_HELD), len(_HELD)))
        columns = np.stack([change[t, f] for t, f in present], axis=-1)
        moved = common.moved(at, area_mm2, columns)
        of_columns = np.stack([taken[:, t, f] for t, f in present], axis=-1)
        return _transformed(of_columns, _ml2(moved.parts_mm4(errors.correlation_length_mm), sd_mm, errors))

    def _slice_percents(self, errors: Errors) -> tuple[float, float]:
        thickness_mm = max(self.liver.grid.spacing_mm)
        return (
            slice_loss_percent(thickness_mm) * errors.slice_whole_ratio,
            errors.slice_part_percent_per_mm * thickness_mm,
        )

    def _slices(self, ml: dict[str, float], errors: Errors) -> NDArray[np.float64]:
        """Thick slices: every volume loses its share together, and parts differ by more."""
        lost, extra = self._slice_percents(errors)
        together = np.array([ml[name] for name in _HELD]) * lost / 100.0
        rest_ml = ml["functional"] - ml["remnant"]
        exchanged = np.zeros(len(_HELD))
        for name, sign in (("remnant", 1.0), ("resected", -1.0)):
            exchanged[list(_HELD).index(name)] = sign * min(ml["remnant"], rest_ml) * extra / 100.0
        return np.asarray(np.outer(together, together) + np.outer(exchanged, exchanged))


def _transformed(of_columns: Matrix, covariance: Matrix) -> Matrix:
    return np.asarray(np.einsum("vk,kl,wl->vw", of_columns, covariance, of_columns))


def _moved_ml2(
    surface: Surface,
    of_columns: Matrix,
    near: tuple[NDArray[np.intp], NDArray[Any]] | None,
    of_split: Matrix,
    sd_mm: float,
    errors: Errors,
) -> Matrix:
    """Covariance of the volumes when a surface of the liver moves. [mL²]

    Parameters
    ----------
    surface : Surface
    of_columns : ndarray, shape (volumes, columns)
        Which columns of the surface each volume holds.
    near : tuple of ndarray of int, shape (some,) and ndarray, shape (some, further columns), optional
        Cells of the surface by their number, and voxels of further columns around them.
    of_split : ndarray, shape (volumes, further columns)
        Which of these each volume holds.
    sd_mm : float
    errors : Errors
    """
    if not sd_mm > 0.0:
        return np.zeros((len(_HELD), len(_HELD)))
    length_mm = errors.correlation_length_mm
    together, varying = surface.parts_mm4(length_mm)
    if near is None:
        return _transformed(of_columns, _ml2((together, varying), sd_mm, errors))
    chosen, of_cells = near
    scaled = (surface.area_mm2 / surface.near)[chosen, None] * of_cells
    blocks = Blocks(surface.blocks.row[chosen], surface.blocks.middle_mm)
    further = blocks.sums(scaled)
    rows = np.flatnonzero(further.any(axis=1))
    middle_mm, further = surface.blocks.middle_mm[rows], further[rows]
    held = np.concatenate([of_columns, of_split], axis=1)
    total = np.concatenate([surface.sums_mm2.sum(axis=0), further.sum(axis=0)])
    mixed = _product(surface.pulled(length_mm)[rows], further)
    own = _product(further, pulled_along(middle_mm, further, length_mm))
    varying = np.block([[varying, mixed], [mixed.T, own]])
    return _transformed(held, _ml2((np.outer(total, total), varying), sd_mm, errors))


def _cut_of_parts(
    common: LiverCells, base: NDArray[np.uint8]
) -> tuple[NDArray[np.intp], Matrix, NDArray[Any], NDArray[Any]]:
    """Cells of the border between whole parts of two fates, as `_cut`."""
    meeting = common.meeting
    near = meeting.moments[:, 0]
    kept, all_held = near[base == _KEPT].sum(axis=0), near.sum(axis=0)
    both = np.flatnonzero((kept > 0) & (kept < all_held))
    here = meeting.moments[:, :, both]
    area_mm2 = interface_mm2(
        here[base == _KEPT].sum(axis=0), here.sum(axis=0), meeting.voxels[both], common.cells
    )
    removed = np.stack([here[base == fate, 0].sum(axis=0) for fate in _REMOVED])
    there = np.flatnonzero(area_mm2 > _LEAST_MM2)
    return meeting.at[both[there]], area_mm2[there], meeting.tissues[:, both[there]], removed[:, there]


def _cut(
    common: LiverCells, base: NDArray[np.uint8], split: _Split
) -> tuple[NDArray[np.intp], Matrix, NDArray[Any], NDArray[Any]]:
    """Cells of the border between what is kept and what is removed.

    Returns
    -------
    at : ndarray of int, shape (cells,)
    area_mm2 : ndarray, shape (cells,)
    tissues : ndarray of int, shape (tissues, cells)
        Voxels of each tissue around each cell, weighted.
    removed : ndarray of int, shape (2, cells)
        The same of what is resected and of what is ablated.
    """
    cells = common.cells
    of_fate = []
    for fate in range(_FATES):
        counts = common.dense(common.by_part[base == fate].sum(axis=0, dtype=cells.dtype))
        counts[split.box] += split.change[:, fate].sum(axis=0)
        of_fate.append(counts)
    removed = of_fate[_RESECTED] + of_fate[_ABLATED]
    # The cut lies where what is removed lies, or beside it.
    box = box_around(removed, 2)
    if box is None:
        none = np.zeros(0, dtype=np.intp)
        return none, np.zeros(0), np.zeros((_TISSUES, 0)), np.zeros((len(_REMOVED), 0))
    kept = moments(of_fate[_KEPT][box])
    whole = kept + moments(removed[box])
    at = np.flatnonzero((kept[0] > 0) & (kept[0] < whole[0]))
    kept, union = kept.reshape(4, -1)[:, at], whole.reshape(4, -1)[:, at]
    voxels = common.whole[box].ravel()[at]
    area_mm2 = interface_mm2(kept, union, voxels, cells)
    there = np.flatnonzero(area_mm2 > _LEAST_MM2)
    at, area_mm2 = at[there], area_mm2[there]
    tissues = np.zeros((_TISSUES, at.size), dtype=cells.dtype)
    for tissue in range(_TISSUES):
        if common.by_tissue[tissue].any():
            tissues[tissue] = mean_around(common.dense(common.by_tissue[tissue])[box]).ravel()[at]
    fates_near = np.stack([mean_around(of_fate[fate][box]).ravel()[at] for fate in _REMOVED])
    index = np.unravel_index(at, tuple(side.stop - side.start for side in box))
    return _flat_of(index, box, cells), area_mm2, tissues, fates_near


def surfaces_of(liver: Liver) -> LiverSurfaces | None:
    """Prepare a liver for the errors of its plans; None where uneven slices leave no distances."""
    if not liver.grid.is_even:
        return None
    return LiverSurfaces(liver, once(liver, "cells", lambda: _counted(liver)))


def _counted(liver: Liver) -> LiverCells:
    """One pass over the liver: voxels by part, tissue and cell."""
    cells = cells_of(liver.grid.shape, liver.grid.index_to_world_mm, CELL_MM, most=MOST_CELLS)
    run, cell, voxels = cells_of_runs(liver.runs, cells)
    part, tissue = np.divmod((liver.runs.label - 1) // len(Fate), len(Tissue))
    # Sorting of small whole numbers takes no comparison.
    code = (part * _TISSUES + _GROUP_OF_TISSUE[tissue]).astype(np.uint16)[run]
    there = np.zeros(cells.size, dtype=bool)
    there[cell] = True  # many times faster than sorting
    occupied = np.flatnonzero(there)
    number = np.zeros(cells.size, dtype=np.int32)
    number[occupied] = np.arange(occupied.size, dtype=np.int32)
    n_codes = len(liver.part_names) * _TISSUES
    counts = np.zeros((n_codes, occupied.size), dtype=np.min_scalar_type(cells.voxels))
    order = np.argsort(code, kind="stable")
    ends = np.searchsorted(code[order], np.arange(n_codes + 1))
    compact = number[cell]
    for row, (start, stop) in enumerate(pairwise(ends)):
        own = order[start:stop]
        if own.size:  # sums of whole numbers: exact
            counts[row] = np.bincount(compact[own], weights=voxels[own], minlength=occupied.size)
    return LiverCells(cells, occupied, counts.reshape(len(liver.part_names), _TISSUES, -1))
