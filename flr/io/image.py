"""CT and MR images, for pictures and for the extent of the scan; never for volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.errors import ReadError
from flr.geometry import Grid
from flr.io.lattice import Box, lattice_step, place_array
from flr.io.source import load_image_box, open_image


def image_grid(path: Path) -> Grid:
    """The grid of a whole image, from its header."""
    return open_image(path)


def image_on(path: Path, grid: Grid) -> tuple[NDArray[np.float32], bool]:
    """An image on a (cropped) grid, and whether it had to be resampled.

    Where the image shares the lattice its own voxels are taken; otherwise it is interpolated
    linearly, which is enough for a picture. Outside the image the value is its minimum.
    """
    from scipy import ndimage

    scan = open_image(path)
    step = lattice_step(grid, scan)
    inverse = np.linalg.inv(scan.index_to_world_mm) @ grid.index_to_world_mm
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in grid.shape], indexing="ij")).reshape(3, -1)
    reached = inverse[:3, :3] @ corners + inverse[:3, 3:]
    start = np.clip(np.floor(reached.min(axis=1)).astype(int) - 1, 0, np.array(scan.shape) - 1)
    stop = np.clip(np.ceil(reached.max(axis=1)).astype(int) + 2, 1, scan.shape)
    if (
        (stop <= start).any()
        or (reached.max(axis=1) < 0).any()
        or (reached.min(axis=1) > np.array(scan.shape)).any()
    ):
        raise ReadError(
            f"image {path.name} ({scan.describe()}) does not cover the liver ({grid.describe()});"
            " is it from another scan?"
        )
    first = (int(start[0]), int(start[1]), int(start[2]))
    size = (int(stop[0] - start[0]), int(stop[1] - start[1]), int(stop[2] - start[2]))
    voxels: NDArray[Any] = load_image_box(path, scan.crop(first, size))
    result = np.full(grid.shape, voxels.min(initial=0.0), dtype=np.float32, order="F")
    if step is not None:
        place_array(voxels, first, step, result, Box((0, 0, 0), grid.shape))
        return result, False
    for k in range(grid.shape[2]):
        i, j = np.meshgrid(np.arange(grid.shape[0]), np.arange(grid.shape[1]), indexing="ij")
        index = np.stack([i.ravel(), j.ravel(), np.full(i.size, k)])
        where = inverse[:3, :3] @ index + inverse[:3, 3:] - np.array(first)[:, None]
        plane = ndimage.map_coordinates(voxels, where, order=1, mode="constant", cval=float(voxels.min()))
        result[:, :, k] = plane.reshape(grid.shape[:2])
    return result, True
