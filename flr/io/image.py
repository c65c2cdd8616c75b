"""CT and MR images, for pictures and for the extent of the scan; never for volumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError, ReadError
from flr.geometry import Grid
from flr.io.inputs import by_content
from flr.io.insisted import laid_by_index, may_be_laid
from flr.io.lattice import Box, lattice_step, place_array
from flr.io.source import LabelSource, image_files, load_image_box, open_image
from flr.io.structures import series_within
from flr.quality import CHECKS, QualityFinding
from flr.stream import ArrayVoxels

if TYPE_CHECKING:
    from flr.dicom import Series

Index = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Picture:
    """An image that was opened as far as its header: a file or a DICOM series.

    Parameters
    ----------
    name : str
        For messages and results.
    grid : Grid
        Of the whole scan.
    files : tuple of Path
    series : Series or None
        None for a file that is no DICOM.
    voxels : ArrayVoxels or None
        An image in memory; it has no files.
    own_grid : Grid or None
        Where its header puts it, if somebody insists that it lies elsewhere.
    """

    name: str
    grid: Grid
    files: tuple[Path, ...]
    series: Series | None = None
    voxels: ArrayVoxels | None = None
    own_grid: Grid | None = None

    def read_box(self, start: Index, shape: Index) -> NDArray[np.float32]:
        """Real values of a box of the image, indexed (i, j, k). Raises ReadError."""
        if self.voxels is not None:
            i, j, k = (slice(first, first + size) for first, size in zip(start, shape, strict=True))
            return np.array(self.voxels.array[i, j, k], dtype=np.float32, order="F")
        if self.series is not None:
            return self.series.read_box(start, shape)
        return load_image_box(self.files[0], (self.own_grid or self.grid).crop(start, shape))


def picture_of_series(series: Series) -> Picture:
    """A DICOM series as an image."""
    return Picture(series.name, series.grid, tuple(header.path for header in series.headers), series)


def open_picture(path: Path) -> Picture:
    """Open an image file, or a DICOM file or folder that holds one series.

    Raises
    ------
    ReadError, GeometryError
        If it cannot be read, or holds several series.
    """
    if not by_content([path]).dicom:
        return Picture(path.name, open_image(path), image_files(path))
    from flr.dicom import open_study

    found = open_study([path]).series
    if len(found) != 1:
        raise ReadError(f"{len(found)} image series where one is expected; give the folder of one")
    return picture_of_series(found[0])


def picture_for(
    main: LabelSource,
    series: Sequence[Series],
    image: Path | Picture | None,
    *,
    same_grid: bool = False,
) -> tuple[Picture | None, tuple[QualityFinding, ...]]:
    """The image that belongs to a segmentation, and what was noticed.

    Parameters
    ----------
    main : LabelSource
        The map that holds the liver.
    series : sequence of Series
        DICOM images among the inputs and under ``image``.
    image : Path or Picture, optional
        Image that the user names, or has opened already; without one, a series is taken only when it is the
        one that the segmentation was drawn on, or lies on its grid.
    same_grid : bool
        Somebody insists that an image of the map's matrix and voxel size lies on it, voxel by voxel.

    Raises
    ------
    ReadError
        If the named folder holds no series, or several and none that fits.
    """
    if isinstance(image, Picture):
        return _laid(image, main) if same_grid else (image, ())
    if image is not None and not by_content([image]).dicom:
        picture = Picture(image.name, open_image(image), image_files(image))
        return _laid(picture, main) if same_grid else (picture, ())
    candidates = tuple(series) if image is None else series_within(series, image)
    drawn_on: Series | None = getattr(main, "series", None)  # only a source from DICOM has one
    fitting = [one for one in candidates if one is drawn_on] or [
        one for one in candidates if lattice_step(main.grid, one.grid) is not None
    ]
    if fitting:
        return picture_of_series(fitting[0]), fitting[0].quality
    names = ", ".join(one.name for one in candidates[:5])
    if image is None:
        if not candidates:
            return None, ()
        message = (
            f"the images ({names}) lie on another grid than {main.name}, so the scan's extent and pictures"
            " are not taken from them; name them with --image to have pictures"
        )
        return None, (CHECKS["image_not_used"].finding(message),)
    if len(candidates) != 1:
        raise ReadError(
            f"--image: {len(candidates)} series{f' ({names})' if names else ''} and none on the grid of"
            f" {main.name}; give the folder of one image series"
        )
    return picture_of_series(candidates[0]), candidates[0].quality


def _laid(picture: Picture, main: LabelSource) -> tuple[Picture, tuple[QualityFinding, ...]]:
    """An image on the grid of a map, by index, where they differ in place only."""
    if not may_be_laid(picture.grid, main.grid):
        return picture, ()
    said = laid_by_index(picture.name, main.name, picture.grid, main.grid)
    return replace(picture, grid=main.grid, own_grid=picture.grid), (said,)


def image_on(picture: Picture, grid: Grid) -> tuple[NDArray[np.float32], bool]:
    """An image on a (cropped) grid, and whether it had to be resampled.

    Where the image shares the lattice its own voxels are taken; otherwise it is interpolated
    linearly, which is enough for a picture. Outside the image the value is its minimum.

    Raises
    ------
    ReadError
        If the image does not reach the grid.
    GeometryError
        If it would have to be resampled from or to uneven slices.
    """
    from scipy import ndimage

    scan = picture.grid
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
            f"image {picture.name} ({scan.describe()}) does not cover the liver ({grid.describe()});"
            " is it from another scan?"
        )
    first = (int(start[0]), int(start[1]), int(start[2]))
    size = (int(stop[0] - start[0]), int(stop[1] - start[1]), int(stop[2] - start[2]))
    if step is None and not (scan.is_even and grid.is_even):
        raise GeometryError(
            f"image {picture.name} lies on another grid than the labels, and slices are uneven, so it cannot"
            " be resampled; give the images that the labels were drawn on, or none"
        )
    voxels: NDArray[Any] = picture.read_box(first, size)
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
