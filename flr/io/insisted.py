"""What somebody insists on against what files say of themselves, for public data that are known to be broken.

Each is loud: where it decides something, an ``error`` says so, and only ``--accept`` lowers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from flr.errors import GeometryError
from flr.geometry import Grid
from flr.io.labelled import Labelled
from flr.io.lattice import lattice_step
from flr.labels import part_of, use_of
from flr.quality import CHECKS, QualityFinding

_SAME_SHARE = 1e-3
_SAME_MM = 0.01


@dataclass(frozen=True, slots=True)
class Insisted:
    """What is taken to be true whatever the files say.

    Parameters
    ----------
    one_patient : bool
        All DICOM files are of one patient, whoever they name.
    same_grid : bool
        Maps of one matrix and voxel size lie on one another voxel by voxel, wherever their headers put them.
    """

    one_patient: bool = False
    same_grid: bool = False


NOTHING_INSISTED = Insisted()


def on_one_grid(found: Sequence[Labelled]) -> list[Labelled]:
    """The label maps with those that lie elsewhere laid on the liver's map by index.

    A map of another matrix that lies on the lattice of the liver's map stays where its header puts it: it was
    cropped. What holds nothing that is used may lie anywhere.

    Raises
    ------
    GeometryError
        If a map lies elsewhere and has another matrix or voxel size.
    """
    main = next((item for item in found if _uses(item, ("part",))), None)
    if main is None:
        return list(found)
    return [item if item is main else _laid_on(main, item) for item in found]


def may_be_laid(grid: Grid, main: Grid) -> bool:
    """Whether two grids have one matrix and voxel size and do not lie on one another already."""
    same_size = np.allclose(grid.spacing_mm, main.spacing_mm, rtol=_SAME_SHARE, atol=0.0)
    return grid.shape == main.shape and bool(same_size) and not grid.matches(main, _SAME_MM)


def laid_by_index(name: str, main: str, grid: Grid, main_grid: Grid) -> QualityFinding:
    """What is said of a map or image that was laid on the liver's map by index."""
    how = grid.difference(main_grid) or "axes differ"
    return CHECKS["laid_by_index"].finding(
        f"{name} was laid on {main} voxel by voxel as --same-grid asks, although their headers differ: {how}"
    )


def _laid_on(main: Labelled, item: Labelled) -> Labelled:
    grid, reference = item.source.grid, main.source.grid
    if may_be_laid(grid, reference) and grid.is_even and reference.is_even:
        said = laid_by_index(item.source.name, main.source.name, grid, reference)
        return replace(item, source=replace(item.source, grid=reference), quality=(*item.quality, said))
    is_used = _uses(item, ("part", "tumour", "nonfunctional", "vessel", "drawn", "not_liver"))
    if is_used and lattice_step(reference, grid) is None:
        raise GeometryError(
            f"--same-grid: {item.source.name} has {grid.describe()}, {main.source.name} has"
            f" {reference.describe()}; expected the same matrix and voxel size. Give maps that have it,"
            " or ask for --resample nearest"
        )
    return item


def _uses(item: Labelled, uses: Sequence[str]) -> bool:
    return any(
        part_of(name) is not None if use == "part" else use_of(name) == use
        for name in item.mapping.values()
        for use in uses
    )
