"""Livers with vessels that are known to the voxel."""

from __future__ import annotations

import numpy as np

from flr.geometry import Grid
from flr.liver import Liver, assemble


def random_liver(seed: int) -> Liver:
    """Eight blocks as segments, fed by random straight branches from one trunk."""
    rng = np.random.default_rng(seed)
    shape = (32, 32, 16)
    grid = Grid(shape, np.diag([4.0, 4.0, 5.0, 1.0]))
    organ = np.zeros(shape, dtype=bool, order="F")
    organ[2:30, 6:30, 2:14] = True
    i, j, k = np.indices(shape)
    part = 1 + (i > 15) + 2 * (j > 17) + 4 * (k > 7)
    parts = np.asfortranarray(np.where(organ, part, 0).astype(np.uint8))
    trunk = np.zeros(shape, dtype=bool, order="F")
    trunk[15:17, 0:9, 7:9] = True
    masks = {"portal_vein": trunk}
    for number in range(2, 9):
        mask = np.zeros(shape, dtype=bool, order="F")
        at = np.array([15.5, 8.0, 7.5])
        goal = np.array([rng.uniform(4, 28), rng.uniform(8, 28), rng.uniform(3, 13)])
        for step in np.linspace(0.0, 1.0, 60):
            x, y, z = np.rint(at + step * (goal - at)).astype(int)
            mask[x : x + 2, y : y + 2, z] = True
        masks[f"portal_vein_segment_{number}"] = mask
    return assemble(
        grid,
        liver=organ,
        parts=parts,
        part_names=tuple("12345678"),
        vessels=masks,
        tumours_declared_none=True,
    )
