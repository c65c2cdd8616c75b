"""Where the frames of a segmentation lie: on the slices of their series, or on planes of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from flr.dicom.planes import Frame2D, Planes, arrange
from flr.dicom.series import Series
from flr.errors import GeometryError
from flr.quality import CHECKS, QualityFinding

_WHOLE_PIXEL = 0.05
_SAME_DIRECTION = 1e-4
_SAME_SPACING_SHARE = 1e-3
_ON_PLANE_MM = 0.1
_ON_PLANE_SHARE = 0.1
_SAME_SPAN_STEPS = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where frames lie on a stack of planes.

    Parameters
    ----------
    planes : Planes
    k : ndarray of int, shape (frames,)
    corners : ndarray of int, shape (frames, 2)
        Column i and row j at which each frame's first pixel lies.
    size : tuple of int
        Columns and rows of the stack.
    """

    planes: Planes
    k: NDArray[np.intp]
    corners: NDArray[np.intp]
    size: tuple[int, int]


def with_margin(places: Places, sides: Collection[str]) -> tuple[Places, tuple[int, int]]:
    """Places on planes that go on by a pixel beyond some sides, and what to add to columns and rows in them.

    Parameters
    ----------
    places : Places
    sides : collection of str
        Some of ``i-``, ``i+``, ``j-``, ``j+``.
    """
    i, j = int("i-" in sides), int("j-" in sides)
    columns, rows = places.size
    planes = places.planes
    wider = replace(planes, origins_mm=planes.origins_mm - planes.frame.steps_mm @ np.array([i, j]))
    size = (columns + i + int("i+" in sides), rows + j + int("j+" in sides))
    return Places(wider, places.k, places.corners + np.array([i, j]), size), (i, j)


def likeliest_first(images: Sequence[Series], instances: Collection[str]) -> tuple[Series, ...]:
    """Images in the order of how many of the instances they hold that a file refers to.

    Acquisitions of one series share its UID: the instances tell on which of them something was drawn.
    """
    wanted = set(instances)
    return tuple(sorted(images, key=lambda series: -len(wanted & series.k_of_instance.keys())))


def left_out_findings(
    places: Places, used: Series, images: Sequence[Series], instances: Collection[str], name: str
) -> tuple[QualityFinding, ...]:
    """``seg_gap`` where a file lists images between its frames that another acquisition was taken for.

    Frames that lie on every slice of one acquisition, and list the images between them too, may as well have
    been drawn on all of these, every second one left out.
    """
    low_mm, high_mm = (float(used.planes.distances_mm[k]) for k in (places.k.min(), places.k.max()))
    wanted = set(instances)
    left_out = 0
    for series in images:
        if series is used or series.series_uid != used.series_uid:
            continue
        listed = [k for uid, k in series.k_of_instance.items() if uid in wanted]
        along = series.planes.origins_mm[listed] @ used.planes.frame.normal
        off_mm = np.abs(along[:, None] - used.planes.distances_mm[None, :]).min(axis=1, initial=np.inf)
        tolerance_mm = max(_ON_PLANE_MM, _ON_PLANE_SHARE * used.planes.step_mm)
        left_out += int(np.count_nonzero((along > low_mm) & (along < high_mm) & (off_mm > tolerance_mm)))
    if not left_out:
        return ()
    message = (
        f"{name} lists {left_out} image(s) that lie between its frames, in another acquisition of the series:"
        " either frames are missing, or it was drawn on one acquisition and names both. Export it again with"
        " the images that it was drawn on"
    )
    return (CHECKS["seg_gap"].finding(message, "error"),)


def spacing_against_images(
    places: Places,
    size: tuple[int, int],
    images: Sequence[Series],
    instances: Collection[str],
    sources: Mapping[str, int],
    name: str,
) -> tuple[QualityFinding, ...]:
    """``image_spacing_differs`` where frames contradict the images that they say they were drawn on.

    Frames of an image's rows and columns have its pixel size, and frames lie as far apart as the images that
    they name: where they do not, one of the two lost its voxel size.

    Parameters
    ----------
    places : Places
        The frames on planes of their own.
    size : tuple of int
        Columns and rows of a frame.
    images : sequence of Series
    instances : collection of str
        SOP instances that the file refers to.
    sources : mapping of str to int
        Plane of each instance that a frame names as its source.
    name : str
        Of the segmentation, for messages.
    """
    frame, planes = places.planes.frame, places.planes
    for series in likeliest_first(images, instances):
        theirs = series.planes.frame
        if not series.k_of_instance.keys() & set(instances):
            continue
        if (
            1.0 - frame.row @ theirs.row > _SAME_DIRECTION
            or 1.0 - frame.column @ theirs.column > _SAME_DIRECTION
        ):
            continue
        what = ""
        if size == series.grid.shape[:2] and not np.allclose(
            frame.spacing_mm, theirs.spacing_mm, rtol=_SAME_SPACING_SHARE, atol=0.0
        ):
            mine, other = ("×".join(f"{mm:.4g}" for mm in of.spacing_mm) for of in (frame, theirs))
            what = f"pixels of {mine} mm on the rows and columns of images of {other} mm"
        named = [uid for uid in sources if uid in series.k_of_instance]
        if not what and len(named) > 1:
            mine_mm = planes.distances_mm[[sources[uid] for uid in named]]
            their_mm = series.planes.distances_mm[[series.k_of_instance[uid] for uid in named]]
            spans = float(np.ptp(mine_mm)), float(np.ptp(their_mm))
            if abs(spans[0] - spans[1]) > _SAME_SPAN_STEPS * max(planes.step_mm, series.planes.step_mm):
                what = f"frames over {spans[0]:.4g} mm, the images that they name lie over {spans[1]:.4g} mm"
        if what:
            message = f"{name} has {what}: one of them lost its voxel size; export it again on its images"
            return (CHECKS["image_spacing_differs"].finding(message),)
    return ()


def on_series(
    positions_mm: NDArray[np.float64], frame: Frame2D, size: tuple[int, int], series: Series
) -> Places | None:
    """Places of frames on a series' own slices; None when they lie on another lattice.

    Parameters
    ----------
    positions_mm : ndarray, shape (frames, 3)
        First pixels (LPS).
    frame : Frame2D
        Of the segmentation.
    size : tuple of int
        Columns and rows of a frame.
    series : Series
    """
    planes = series.planes
    theirs = planes.frame
    if 1.0 - frame.row @ theirs.row > _SAME_DIRECTION or 1.0 - frame.column @ theirs.column > _SAME_DIRECTION:
        return None
    if not np.allclose(frame.spacing_mm, theirs.spacing_mm, rtol=_SAME_SPACING_SHARE, atol=0.0):
        return None
    along = positions_mm @ theirs.normal
    k = np.abs(along[:, None] - planes.distances_mm[None, :]).argmin(axis=1)
    off_mm = np.abs(along - planes.distances_mm[k]).max(initial=0.0)
    if off_mm > max(_ON_PLANE_MM, _ON_PLANE_SHARE * planes.step_mm):
        return None
    at = theirs.in_plane(positions_mm, planes.origins_mm[k])
    corners = np.rint(at).astype(np.intp)
    columns, rows, _ = series.grid.shape
    inside = (corners >= 0).all() and (corners + size <= (columns, rows)).all()
    if np.abs(at - corners).max(initial=0.0) > _WHOLE_PIXEL or not inside:
        return None
    return Places(planes, k, corners, (columns, rows))


def on_own_planes(
    positions_mm: NDArray[np.float64], frame: Frame2D, size: tuple[int, int], name: str
) -> Places:
    """Places of frames on a stack of planes that is made from their own positions.

    Raises
    ------
    GeometryError
        If frames are shifted against one another by parts of a pixel.
    """
    planes = arrange(positions_mm, frame)
    origins = planes.origins_mm
    if not planes.is_straight():
        origins = origins[0] + np.outer(planes.distances_mm - planes.distances_mm[0], frame.normal)
    at = frame.in_plane(positions_mm, origins[planes.index_of])
    corners = np.rint(at).astype(np.intp)
    if np.abs(at - corners).max(initial=0.0) > _WHOLE_PIXEL:
        raise GeometryError(
            f"{name}: the frames are shifted against one another by parts of a pixel; export the"
            " segmentation on the grid of its images"
        )
    low = corners.min(axis=0)
    corners -= low
    origins = origins + frame.steps_mm @ low
    columns, rows = (int(v) for v in corners.max(axis=0) + size)
    return Places(replace(planes, origins_mm=origins), planes.index_of, corners, (columns, rows))
