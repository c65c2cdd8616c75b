"""Livers for the planning tests: analytic shapes in open liver, on straight, oblique and sheared grids."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from phantoms import OBLIQUE_DEG, couinaud_block, oblique_grid

from flr.geometry import Grid
from flr.liver import Liver, Source, assemble

ROUNDED_MM = (0.7, 0.8, 1.5)
GRIDS: dict[str, dict[str, Any]] = {
    "straight": {"spacing_mm": ROUNDED_MM},
    "oblique": {"spacing_mm": ROUNDED_MM, "rotation_deg": OBLIQUE_DEG, "orientation": "ASL"},
    "sheared": {"spacing_mm": ROUNDED_MM, "shear": 0.3},
    "coarse slices": {"spacing_mm": (0.9, 0.9, 2.5), "rotation_deg": OBLIQUE_DEG},
}


def grid_around(half_mm: float, *, shear: float = 0.0, **options: Any) -> Grid:
    """A grid that reaches at least ``half_mm`` to every side of the origin; ``shear`` tilts k towards j."""
    spacing = np.asarray(options.pop("spacing_mm"), dtype=np.float64)
    shape = 2 * np.ceil(half_mm * (1.0 + 2.0 * abs(shear)) * 1.25 / spacing).astype(int) + 1
    grid = oblique_grid(tuple(shape), spacing, centre_mm=(0.0, 0.0, 0.0), **options)
    if not shear:
        return grid
    affine = grid.index_to_world_mm.copy()
    affine[:3, 2] += shear * affine[:3, 1] * spacing[2] / spacing[1]
    affine[:3, 3] -= affine[:3, :3] @ ((shape - 1) / 2.0) + affine[:3, 3]
    return Grid(tuple(shape), affine)


def positions(grid: Grid) -> NDArray[np.float64]:
    """World position of every voxel centre, shape (i, j, k, 3)."""
    axes = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    return grid.world_mm(np.stack(axes, axis=-1))


def ball(grid: Grid, radius_mm: float, centre_mm: ArrayLike = (0.0, 0.0, 0.0)) -> NDArray[np.bool_]:
    """Voxels whose centre lies in a ball."""
    return np.linalg.norm(positions(grid) - np.asarray(centre_mm), axis=-1) <= radius_mm


def open_liver(
    grid: Grid, tumours: Sequence[NDArray[np.bool_]] = (), organ: NDArray[np.bool_] | None = None, **more: Any
) -> Liver:
    """An undivided liver with numbered tumours; without ``organ`` it fills the grid."""
    whole = np.ones(grid.shape, dtype=bool) if organ is None else organ
    numbers = np.zeros(grid.shape, dtype=np.uint16, order="F")
    for number, mask in enumerate(tumours, start=1):
        numbers[mask] = number
    more.setdefault("source", Source(reviewed=True))
    return assemble(grid, liver=whole, tumours=numbers if len(tumours) else None, **more)


def block_liver(tumours: Sequence[tuple[int, int]] = ((7, 4), (3, 3), (4, 2)), **options: Any) -> Liver:
    """The block liver of eight segments, with tumours in segments."""
    block = couinaud_block(tumours=tumours, **options)
    return assemble(
        block.grid,
        parts=np.asfortranarray(block.segments),
        part_names=tuple("12345678"),
        tumours=np.asfortranarray(block.tumours).astype(np.uint16) if tumours else None,
        source=Source(reviewed=True),
    )


def real_liver(path: Path, n_tumours: int, *, seed: int = 0, most_mm: float = 14.0) -> Liver:
    """A real segment map with ``n_tumours`` balls placed in it."""
    from flr.io.read import read_liver

    base = read_liver(path, tumours="none")
    rng = np.random.default_rng(seed)
    inside = np.argwhere(base.parts > 0)
    numbers = np.zeros(base.grid.shape, dtype=np.uint16, order="F")
    for number in range(1, n_tumours + 1):
        apart = (inside - inside[rng.integers(len(inside))]) @ base.grid.index_to_world_mm[:3, :3].T
        near = inside[np.linalg.norm(apart, axis=1) <= rng.uniform(4.0, most_mm)]
        numbers[tuple(near.T)] = number
    parts = np.array(base.parts, order="F")
    return assemble(
        base.grid,
        parts=parts,
        part_names=base.part_names,
        tumours=numbers,
        source=Source(reviewed=True),
    )
