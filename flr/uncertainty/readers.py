"""Two readers' masks of one liver: how far apart they lie replaces the assumed errors of the boundaries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.kernels.boundary import (
    Cells,
    Counts,
    cell_of_voxels,
    cells_of,
    interface_mm2,
    moments,
    surface_mm2,
)
from flr.labels import Tissue
from flr.liver import Fate, Liver
from flr.plans import Plan, fates, offset_on_lattice
from flr.uncertainty.boundary import CELL_MM, MOST_CELLS
from flr.uncertainty.table import ERRORS, Errors

READERS_SOURCE = "two readers of this case"

_BLOCK_CELLS = 5  # 10 mm: a reader's displacement stays within a block
_LEAST_SHARE = 0.25  # of a block's face: less surface says little about where it lies

_LESIONS = (Tissue.TUMOUR, Tissue.NONFUNCTIONAL)


def readers_errors(first: Liver, second: Liver, plan: Plan, *, errors: Errors = ERRORS) -> Errors:
    """The table of errors with the boundaries' errors measured between two readers.

    Both masks are taken as equally good: the variance of one reader is half of the mean squared distance
    between the two surfaces. A boundary that a reader did not draw, or that
    both have from one file, keeps its assumed error.

    Parameters
    ----------
    first, second : Liver
        The same scan, read twice.
    plan : Plan
        Whose cut is compared.
    errors : Errors
        What the rest of the table is taken from.

    Returns
    -------
    Errors
        With ``unreviewed_ratio`` 1: what was measured needs no allowance.

    Raises
    ------
    GeometryError
        If the two are not on one lattice, slices are uneven, or the livers do not meet.
    PlanError
        If the plan does not fit one of them.
    """
    start = offset_on_lattice(second.grid, first.grid)
    if start is None or not (first.grid.is_even and second.grid.is_even):
        raise GeometryError(
            f"the second reader's masks ({second.grid.describe()}) and the first's"
            f" ({first.grid.describe()}) do not share one even lattice; draw both on the same scan"
        )
    low = [min(0, s) for s in start]
    high = [max(n, s + m) for n, s, m in zip(first.grid.shape, start, second.grid.shape, strict=True)]
    shape = (high[0] - low[0], high[1] - low[1], high[2] - low[2])
    grid = first.grid.crop((low[0], low[1], low[2]), shape)
    cells = cells_of(shape, grid.index_to_world_mm, CELL_MM, most=MOST_CELLS)

    # Bits of each voxel: in the liver, kept, lesion; of the first reader, then of the second.
    code = np.zeros(shape, dtype=np.uint8, order="F")
    for shift, liver, at in (
        (0, first, [-v for v in low]),
        (3, second, [s - v for s, v in zip(start, low, strict=True)]),
    ):
        box = tuple(slice(a, a + n) for a, n in zip(at, liver.grid.shape, strict=True))
        inside = liver.parts > 0
        bits = inside.astype(np.uint8)
        bits |= (inside & (fates(liver, plan) == Fate.KEPT)).astype(np.uint8) << 1
        bits |= (inside & np.isin(liver.tissues, _LESIONS)).astype(np.uint8) << 2
        code[box] |= bits << shift
    flat = np.flatnonzero(code.ravel("F"))
    bits_of = code.ravel("F")[flat]
    cell = cell_of_voxels(flat, shape, cells)

    def filled(chosen: NDArray[np.bool_]) -> Counts:
        counts = np.bincount(cell[chosen], minlength=cells.size)
        return np.asarray(counts.astype(cells.dtype).reshape(cells.shape))

    def has(bit: int) -> NDArray[np.bool_]:
        return np.asarray(bits_of & (1 << bit) > 0)

    both = has(0) & has(3)
    if not both.any():
        raise GeometryError("the two readers' livers do not meet; are they of one scan?")
    one, other, union = filled(has(0)), filled(has(3)), filled(both)
    replaced = {"outer_surface_mm": _sd_mm(one, other, _surface(one, cells) + _surface(other, cells), cells)}
    for name, bit in (("cut_mm", 1), ("lesion_surface_mm", 2)):
        mine, theirs = filled(both & has(bit)), filled(both & has(bit + 3))
        area_mm2 = _surface(mine, cells, union) + _surface(theirs, cells, union)
        replaced[name] = _sd_mm(mine, theirs, area_mm2, cells)
    measured = {name: sd_mm for name, sd_mm in replaced.items() if sd_mm is not None}
    return replace(errors, **measured, unreviewed_ratio=1.0, source=READERS_SOURCE)


def _surface(values: Counts, cells: Cells, union: Counts | None = None) -> NDArray[np.float64]:
    """Area of a surface in every cell, half of it: the mean of two readers is a sum then. [mm²]"""
    around = moments(values)
    if union is None:
        return 0.5 * surface_mm2(around, cells)
    return 0.5 * interface_mm2(around, moments(union), union, cells)


def _sd_mm(first: Counts, second: Counts, area_mm2: NDArray[np.float64], cells: Cells) -> float | None:
    """Error of one reader's surface from two, or None where there is no surface to tell. [mm]

    Masks that agree to the last voxel are one reading twice, and tell nothing.
    """
    face_mm2 = (_BLOCK_CELLS**3 * cells.volume_mm3) ** (2 / 3)
    area = _blocks(area_mm2)
    moved_mm3 = _blocks(second - first) * (cells.volume_mm3 / cells.voxels)
    there = area > _LEAST_SHARE * face_mm2
    if not there.any():
        there = area > 0.0
    if not there.any():
        return None
    apart_mm2 = float(np.sum(moved_mm3[there] ** 2 / area[there]) / area[there].sum())
    return float(np.sqrt(apart_mm2 / 2.0)) or None


def _blocks(values: NDArray[Any]) -> NDArray[np.float64]:
    sums = np.asarray(values, dtype=np.float64)
    for axis in range(3):
        sums = np.add.reduceat(sums, np.arange(0, sums.shape[axis], _BLOCK_CELLS), axis=axis)
    return sums
