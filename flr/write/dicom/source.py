"""The images that results go back to: which study, which slices, and where a liver's voxels lie on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError, ReadError
from flr.geometry import Grid
from flr.liver import Mask

if TYPE_CHECKING:
    from pydicom import Dataset

_TOLERANCE_MM = 0.05
_LPS = np.array((-1.0, -1.0, 1.0))
_NEEDED = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")


class SliceFile(Protocol):
    """One image file, as :class:`flr.dicom.header.Header` describes it."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    @property
    def sop_class_uid(self) -> str:
        """SOP class."""
        ...

    def text(self, keyword: str) -> str:
        """An attribute as text."""
        ...


class SlicePlace(Protocol):
    """One slice: a file and a frame in it."""

    @property
    def header(self) -> SliceFile:
        """The file."""
        ...

    @property
    def frame(self) -> int:
        """Number of the frame, from 0."""
        ...


class PlacedSeries(Protocol):
    """What is asked of a series: :class:`flr.dicom.Series` answers it."""

    @property
    def grid(self) -> Grid:
        """Of the whole series, RAS+."""
        ...

    @property
    def pixels(self) -> Sequence[SlicePlace]:
        """Of each slice k."""
        ...

    @property
    def planes(self) -> Any:
        """:class:`flr.dicom.planes.Planes`: ``origins_mm`` (LPS) and ``frame`` (row, column)."""
        ...


@dataclass(frozen=True, slots=True)
class ImageReference:
    """One slice as other objects refer to it; ``frame`` counts from 1, None for a file of one slice."""

    sop_class_uid: str
    sop_instance_uid: str
    frame: int | None = None


@dataclass(frozen=True, eq=False)
class SourceImages:
    """The images of one series, in the order of their slices.

    Parameters
    ----------
    template : Dataset
        Header of the first image, from which patient and study are copied.
    references : tuple of ImageReference
        One per slice k.
    grid : Grid
        RAS+, of the whole series.
    origins_mm : ndarray, shape (n, 3)
        First pixel of each slice (LPS). [mm]
    orientation : tuple of float
        Row and column direction (LPS).
    """

    template: Dataset = field(repr=False)
    references: tuple[ImageReference, ...] = field(repr=False)
    grid: Grid
    origins_mm: NDArray[np.float64]
    orientation: tuple[float, ...]

    @property
    def columns_rows(self) -> tuple[int, int]:
        """Size of a slice."""
        return self.grid.shape[0], self.grid.shape[1]

    @property
    def modality(self) -> str:
        """``"CT"`` or ``"MR"``."""
        return str(self.template.get("Modality", "") or "")

    def text(self, keyword: str) -> str:
        """An attribute of the images as text, empty when absent. Identifies the patient: never shown."""
        return str(self.template.get(keyword, "") or "")


def source_images(series: PlacedSeries) -> SourceImages:
    """The images of a series as results refer to them.

    Raises
    ------
    ReadError
        If the images do not say which study, series or frame of reference they belong to, so that nothing
        can go back to them.
    """
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    first = series.pixels[0].header
    try:
        template = dcmread(first.path, stop_before_pixels=True, force=True)
    except (InvalidDicomError, OSError, ValueError, EOFError) as error:
        raise ReadError(
            f"the images cannot be read again ({type(error).__name__}); copy them again"
        ) from error
    missing = [keyword for keyword in _NEEDED if not template.get(keyword)]
    references = tuple(_reference(place) for place in series.pixels)
    if not all(one.sop_class_uid and one.sop_instance_uid for one in references):
        missing.append("SOPClassUID and SOPInstanceUID of every image")
    if missing:
        raise ReadError(
            f"the images lack {', '.join(missing)}, so no result can go back to them; export them from the"
            " archive again"
        )
    frame = series.planes.frame
    return SourceImages(
        template,
        references,
        series.grid,
        np.asarray(series.planes.origins_mm, dtype=np.float64),
        (*(float(v) for v in frame.row), *(float(v) for v in frame.column)),
    )


def _reference(place: SlicePlace) -> ImageReference:
    header = place.header
    several = header.text("NumberOfFrames")
    frame = place.frame + 1 if several.isdigit() and int(several) > 1 else None
    return ImageReference(header.sop_class_uid, header.text("SOPInstanceUID"), frame)


@dataclass(frozen=True, eq=False)
class Planes:
    """The planes on which results are drawn, and how voxels of a liver get there.

    Parameters
    ----------
    origins_mm : ndarray, shape (n, 3)
        First pixel of each plane (LPS). [mm]
    orientation : tuple of float
        Row and column direction (LPS).
    spacing_mm : tuple of float
        Step along a row (i), along a column (j) and from plane to plane. [mm]
    columns_rows : tuple of int
    references : tuple of ImageReference, optional
        The image of each plane; empty where planes are the liver's own.
    axes : tuple of int
        Axis of the liver's grid that runs along i, j and k.
    signs : tuple of int
        Its direction.
    start : tuple of int
        Index (i, j, k) of the liver's box on the planes.
    is_even : bool
    voxel_volumes_ml : ndarray, shape (n,)
        Volume of a voxel on each plane. [mL]
    """

    origins_mm: NDArray[np.float64]
    orientation: tuple[float, ...]
    spacing_mm: tuple[float, float, float]
    columns_rows: tuple[int, int]
    references: tuple[ImageReference, ...]
    axes: tuple[int, int, int]
    signs: tuple[int, int, int]
    start: tuple[int, int, int]
    is_even: bool
    voxel_volumes_ml: NDArray[np.float64]

    def turned(self, mask: Mask) -> NDArray[np.bool_]:
        """A mask of the liver's box with axes (k, j, i) as the planes have them (a view)."""
        turned = mask.transpose(self.axes)[tuple(slice(None, None, sign) for sign in self.signs)]
        return turned.transpose(2, 1, 0)


def planes_of(source: SourceImages, grid: Grid) -> Planes:
    """Where a liver's voxels lie on the images.

    Voxels that are pixels of the images keep them, whatever order or direction their axes have. Another grid
    in the same space gets planes of its own, so that not one voxel is moved.

    Raises
    ------
    GeometryError
        If the liver lies outside the images, so that it cannot be of this scan.
    """
    matrix = np.asarray(
        np.linalg.solve(source.grid.index_to_world_mm, grid.index_to_world_mm), dtype=np.float64
    )
    whole = np.rint(matrix)
    turned = np.abs(whole[:3, :3])
    corners = np.array(list(product((0, 1), repeat=3))) * (np.array(grid.shape) - 1)
    apart = grid.world_mm(corners) - source.grid.world_mm(corners @ whole[:3, :3].T + whole[:3, 3])
    one_to_one = bool((turned.sum(axis=0) == 1).all() and (turned.sum(axis=1) == 1).all())
    if one_to_one and np.abs(apart).max() <= _TOLERANCE_MM and grid.is_even == source.grid.is_even:
        ends = np.rint(corners @ whole[:3, :3].T + whole[:3, 3]).astype(int)
        low, high = ends.min(axis=0), ends.max(axis=0)
        if (low < 0).any() or (high >= source.grid.shape).any():
            raise GeometryError(
                f"the liver ({grid.describe()}) reaches outside the images ({source.grid.describe()}); are"
                " they of another scan? Give the images that it was drawn on"
            )
        axes = tuple(int(turned[target].argmax()) for target in range(3))
        return Planes(
            source.origins_mm,
            source.orientation,
            source.grid.spacing_mm,
            source.columns_rows,
            source.references,
            (axes[0], axes[1], axes[2]),
            _signs(whole, axes),
            (int(low[0]), int(low[1]), int(low[2])),
            grid.is_even,
            source.grid.slice_voxel_volumes_ml,
        )
    return _own_planes(source, grid, matrix, corners)


def _signs(whole: NDArray[np.float64], axes: Sequence[int]) -> tuple[int, int, int]:
    i, j, k = (1 if whole[target, axis] > 0 else -1 for target, axis in enumerate(axes))
    return i, j, k


def _own_planes(
    source: SourceImages, grid: Grid, matrix: NDArray[np.float64], corners: NDArray[np.int64]
) -> Planes:
    reached = corners @ matrix[:3, :3].T + matrix[:3, 3]
    centre = reached.mean(axis=0)
    if not grid.is_even or not source.grid.is_even:
        raise GeometryError(
            f"the liver ({grid.describe()}) and the images ({source.grid.describe()}) lie on different grids"
            " and slices are uneven; give the images that it was drawn on"
        )
    if (centre < -0.5).any() or (centre > np.array(source.grid.shape) - 0.5).any():
        raise GeometryError(
            f"the liver ({grid.describe()}) lies outside the images ({source.grid.describe()}); they are of"
            " another scan. Give the images that it was drawn on"
        )
    steps = _LPS[:, None] * grid.index_to_world_mm[:3, :3]
    units = steps / np.linalg.norm(steps, axis=0)
    # The axis that runs along the images' normal is the one from plane to plane.
    normal = np.cross(source.orientation[:3], source.orientation[3:])
    k = int(np.abs(units.T @ normal).argmax())
    i, j = (axis for axis in range(3) if axis != k)
    if abs(float(units[:, i] @ units[:, j])) > 1e-3:
        raise GeometryError(
            "the voxels' rows and columns are not at right angles, which DICOM planes must be; export the"
            " segmentation on the grid of the images"
        )
    sign = 1 if float(np.cross(units[:, i], units[:, j]) @ units[:, k]) > 0 else -1
    # The planes must run along the cross product of row and column.
    first = np.zeros(3)
    if sign < 0:
        first[k] = grid.shape[k] - 1
    origin = _LPS * grid.world_mm(first)
    origins = origin + sign * np.arange(grid.shape[k])[:, None] * steps[:, k]
    spacing = grid.spacing_mm
    return Planes(
        origins,
        (*units[:, i].tolist(), *units[:, j].tolist()),
        (spacing[i], spacing[j], spacing[k]),
        (grid.shape[i], grid.shape[j]),
        (),
        (i, j, k),
        (1, 1, sign),
        (0, 0, 0),
        True,
        np.full(grid.shape[k], grid.voxel_volume_ml),
    )
