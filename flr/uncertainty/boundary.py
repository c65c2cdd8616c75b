"""Errors of volumes from the boundaries of one liver: how far each may be off, and how much it bounds.

Three kinds of boundary move, each by a distance of its own that varies smoothly along it: the liver's
outer surface, the surface of tumours and other lesions, and the cut. Moving a boundary by a small distance
turns area times distance of one kind of tissue into another. An outer surface that lies too far out makes
liver and remnant too large together, which their ratio hardly feels; a cut that is off changes the remnant
alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record
from flr.kernels.boundary import (
    Cells,
    around,
    cell_of_voxels,
    cells_of,
    changing,
    fractions,
    interface_mm2,
    surface_mm2,
)
from flr.labels import Tissue
from flr.liver import Fate, Liver
from flr.plans import Plan, fates
from flr.uncertainty.shares import VolumeErrors, slice_loss_percent
from flr.uncertainty.table import ERRORS, Errors
from flr.units import MM3_PER_ML

CELL_MM: Final = 2.0
"""Side of the cells that surfaces are measured in. [mm]"""

_BLOCK_MM = 10.0  # surface within one block moves together; well below the correlation length
_MOST_BLOCKS = 4000  # a liver has about 1500; more would fill the memory, so their blocks are larger
_LEAST_MM2 = 1e-6

# Tissues and fates that are told apart.
_FUNCTIONAL, _TUMOUR, _NONFUNCTIONAL = range(3)
_KEPT, _RESECTED, _ABLATED = range(3)
_CLASSES = 9

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


@dataclass(frozen=True, eq=False)
class LiverSurfaces(Record):
    """A liver in cells of a few millimetres, ready for the errors of any plan. Made by `surfaces_of`."""

    liver: Liver
    cells: Cells
    inside: NDArray[np.intp]
    cell: NDArray[np.intp]
    tissue: NDArray[np.uint8]

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
        fate = _GROUP_OF_FATE[fates(self.liver, plan).ravel("F")[self.inside]]
        filled = fractions(self.cell, 3 * self.tissue + fate, _CLASSES, self.cells)
        whole, present = filled.sum(axis=0), [code for code in range(_CLASSES) if filled[code].any()]
        kept = filled[_KEPT::3].sum(axis=0)
        times = 1.0 if reviewed else errors.unreviewed_ratio

        def shares(at: NDArray[np.intp]) -> NDArray[np.float64]:
            """What the liver around each cell is made of, shape (tissues, fates, len(at))."""
            near = np.zeros((_CLASSES, at.size))
            for code in present:
                near[code] = around(filled[code], at)
            sums = near.sum(axis=0)
            share = np.divide(near, sums, out=np.zeros_like(near), where=sums > 0.0)
            return np.asarray(share.reshape(3, 3, -1))

        def moved(
            at: NDArray[np.intp], area: NDArray[np.float64], change: NDArray[np.float64], sd_mm: float
        ) -> NDArray[np.float64]:
            """Covariance of the volumes when a surface moves that turns ``change`` of each class."""
            of_volumes = [sum(change[t, f] for t, f in held) for held in _HELD.values()]
            return self._covariance(at, area, area[:, None] * np.stack(of_volumes, -1), sd_mm, errors)

        at = changing(whole)
        covariance = moved(
            at, surface_mm2(whole, at, self.cells), shares(at), errors.outer_surface_mm * times
        )

        at = changing(kept)
        area = interface_mm2(kept, whole, at, self.cells)
        at, area = at[area > _LEAST_MM2], area[area > _LEAST_MM2]
        share = shares(at)
        tissue_share, fate_share = share.sum(axis=1), share.sum(axis=0)
        removed = fate_share[_RESECTED] + fate_share[_ABLATED]
        taken = np.zeros_like(share)
        taken[:, _KEPT] = -tissue_share
        for of_cut in (_RESECTED, _ABLATED):
            taken[:, of_cut] = tissue_share * np.divide(
                fate_share[of_cut], removed, out=np.zeros_like(removed), where=removed > 0.0
            )
        covariance += moved(at, area, taken, errors.cut_mm * times)

        for lesion in (_TUMOUR, _NONFUNCTIONAL):
            held = filled[3 * lesion : 3 * lesion + 3].sum(axis=0)
            if held.any():
                at = changing(held)
                area = interface_mm2(held, whole, at, self.cells)
                at, area = at[area > _LEAST_MM2], area[area > _LEAST_MM2]
                share = shares(at)
                grown = np.zeros_like(share)
                grown[lesion], grown[_FUNCTIONAL] = share.sum(axis=0), -share.sum(axis=0)
                covariance += moved(at, area, grown, errors.lesion_surface_mm * times)

        voxel_ml = self.liver.grid.voxel_volume_ml
        voxels = np.bincount(3 * self.tissue + fate, minlength=_CLASSES).reshape(3, 3)
        ml = {name: sum(float(voxels[t, f]) for t, f in held) * voxel_ml for name, held in _HELD.items()}
        covariance += self._slices(ml, errors)
        return VolumeErrors(tuple(_HELD), covariance)

    def part_sds_ml(self, *, errors: Errors = ERRORS, reviewed: bool = True) -> dict[str, float]:
        """Error of each part of the liver, one standard deviation. [mL]"""
        names = self.liver.part_names
        code = self.liver.parts.ravel("F")[self.inside] - 1
        filled = fractions(self.cell, code, len(names), self.cells)
        whole = filled.sum(axis=0)
        outer = changing(whole)
        outer_mm2, near_whole = surface_mm2(whole, outer, self.cells), around(whole, outer)
        times = 1.0 if reviewed else errors.unreviewed_ratio
        lost, extra = self._slice_percents(errors)
        voxels = np.bincount(code, minlength=len(names))
        result = {}
        for row, name in enumerate(names):
            near = around(filled[row], outer)
            own_mm2 = outer_mm2 * np.divide(near, near_whole, out=np.zeros_like(near), where=near_whole > 0.0)
            surfaces = [(outer, own_mm2, errors.outer_surface_mm)]
            ml = float(voxels[row]) * self.liver.grid.voxel_volume_ml
            variance = (ml * lost / 100) ** 2
            if len(names) > 1:
                at = changing(filled[row])
                surfaces.append((at, interface_mm2(filled[row], whole, at, self.cells), errors.cut_mm))
                variance += (ml * extra / 100) ** 2
            for at, area, sd_mm in surfaces:
                variance += float(self._covariance(at, area, area[:, None], sd_mm * times, errors)[0, 0])
            result[name] = float(np.sqrt(variance))
        return result

    def _covariance(
        self,
        at: NDArray[np.intp],
        area_mm2: NDArray[np.float64],
        change_mm2: NDArray[np.float64],
        sd_mm: float,
        errors: Errors,
    ) -> NDArray[np.float64]:
        """Covariance of volumes that change by ``change_mm2`` per mm that each cell's surface moves. [mL²]

        Parameters
        ----------
        at : ndarray of int, shape (cells,)
        area_mm2 : ndarray, shape (cells,)
        change_mm2 : ndarray, shape (cells, volumes)
        sd_mm : float
        """
        there = area_mm2 > _LEAST_MM2
        n = change_mm2.shape[1]
        if not there.any() or not sd_mm > 0.0:
            return np.zeros((n, n))
        area, change = area_mm2[there], change_mm2[there]
        index = np.stack(np.unravel_index(at[there], self.cells.shape), axis=-1)
        affine = self.cells.index_to_world_mm
        at_mm = index @ affine[:3, :3].T + affine[:3, 3]
        row = _blocks_of(at_mm)
        size = np.bincount(row, weights=area)
        middle = np.stack([np.bincount(row, weights=area * axis) / size for axis in at_mm.T], axis=-1)
        sums = np.stack([np.bincount(row, weights=column) for column in change.T], axis=-1)
        apart2 = np.zeros((len(middle), len(middle)))
        for axis in middle.T:
            apart = axis[:, None] - axis
            apart2 += apart * apart
        together = np.exp(apart2 * (-0.5 / errors.correlation_length_mm**2))
        shared = errors.shared_percent / 100.0
        total = sums.sum(axis=0)
        # No matrix product: its last bits depend on how many threads make it.
        pulled = np.stack([np.einsum("ij,j->i", together, column) for column in sums.T], axis=-1)
        varying = np.einsum("ik,il->kl", sums, pulled)
        squared_ml = (sd_mm / MM3_PER_ML) ** 2
        return np.asarray(squared_ml * (shared * np.outer(total, total) + (1.0 - shared) * varying))

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


def _blocks_of(at_mm: NDArray[np.float64]) -> NDArray[np.intp]:
    """Number of the block that each position lies in, shape (positions,); at most `_MOST_BLOCKS` of them."""
    side_mm = _BLOCK_MM
    while True:
        block = np.floor((at_mm - at_mm.min(axis=0)) / side_mm).astype(np.intp)
        sides = block.max(axis=0) + 1
        blocks, row = np.unique(
            (block[:, 0] * sides[1] + block[:, 1]) * sides[2] + block[:, 2], return_inverse=True
        )
        if blocks.size <= _MOST_BLOCKS:
            return np.asarray(row, dtype=np.intp)
        side_mm *= 2.0


def surfaces_of(liver: Liver) -> LiverSurfaces | None:
    """Prepare a liver for the errors of its plans; None where uneven slices leave no distances."""
    if not liver.grid.is_even:
        return None
    cells = cells_of(liver.grid.shape, liver.grid.index_to_world_mm, CELL_MM)
    inside = np.flatnonzero(liver.parts.ravel("F"))
    return LiverSurfaces(
        liver,
        cells,
        inside,
        cell_of_voxels(inside, liver.grid.shape, cells),
        _GROUP_OF_TISSUE[liver.tissues.ravel("F")[inside]],
    )
