"""Where the frames of a segmentation lie: on the slices of their series, or on planes of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.geometry import Grid
from flr.io.dicom.layers import LabelVoxels, MaskVoxels, continues, gap_findings
from flr.io.dicom.planes import (
    LPS_TO_RAS,
    Frame2D,
    Gap,
    Planes,
    arrange,
    spacing_findings,
    trapezoid_weights_mm,
)
from flr.io.dicom.series import Series
from flr.quality import CHECKS, QualityFinding

_WHOLE_PIXEL = 0.05
_SAME_DIRECTION = 1e-4
_SAME_SPACING_SHARE = 1e-3
_ON_PLANE_MM = 0.1
_ON_PLANE_SHARE = 0.1
_MOST_BRIDGED_STEPS = 4.0
_MOST_BRIDGED_MM = 10.0
_ROUNDING_SHARE = 0.05
_SAME_SPAN_STEPS = 1.5
_DECLARED_TWICE = 1.5

AnyStore = MaskVoxels | LabelVoxels


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


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Frames on a grid of their own.

    Parameters
    ----------
    store : MaskVoxels or LabelVoxels
    grid : Grid
    k_of : tuple of int
        Slice of each plane.
    quality : tuple of QualityFinding
    """

    store: AnyStore
    grid: Grid
    k_of: tuple[int, ...]
    quality: tuple[QualityFinding, ...]


@dataclass(frozen=True, slots=True)
class Ends:
    """Whether the images that were segmented end where the frames end; None where nobody says.

    Parameters
    ----------
    low, high : bool or None
        At the first and at the last plane along the normal.
    """

    low: bool | None = None
    high: bool | None = None

    @property
    def n_below(self) -> int:
        """Empty slices to add before the first plane, so that nothing seems to touch the end of the scan."""
        return int(self.low is not True)

    @property
    def n_above(self) -> int:
        """Empty slices to add behind the last plane."""
        return int(self.high is not True)


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


def ends_of(instances: Sequence[str], k_of_instance: Mapping[str, int], n: int) -> Ends:
    """Whether the segmented images end with the frames, from the list of images that the file refers to.

    Parameters
    ----------
    instances : sequence of str
        SOP instances, as the file lists them.
    k_of_instance : mapping of str to int
        Plane of each instance that a frame names as its source.
    n : int
        Planes with frames.

    Notes
    -----
    Writers list all images of the series in the order of their positions. Where the list is that short that
    every image has a frame, both ends are known; where its order agrees with the known planes, each end is.
    """
    listed = list(dict.fromkeys(instances))
    if not listed:
        return Ends()
    if len(listed) <= n:
        return Ends(True, True)
    known = _in_order(listed, k_of_instance)
    if known is None:
        return Ends()
    (first, low_k), (last, high_k) = known[0], known[-1]
    if low_k != 0 or high_k != n - 1:
        return Ends()
    return Ends(first == 0, last == len(listed) - 1)


def _in_order(listed: Sequence[str], k_of_instance: Mapping[str, int]) -> list[tuple[int, int]] | None:
    """Place in the list and plane of each known instance, planes ascending; None where they disagree."""
    known = [(place, k_of_instance[uid]) for place, uid in enumerate(listed) if uid in k_of_instance]
    steps = {np.sign(b - a) for (_, a), (_, b) in pairwise(known)}
    if len(known) < 2 or len(steps) != 1 or 0 in steps:
        return None
    if steps == {-1}:
        known = [(len(listed) - 1 - place, k) for place, k in reversed(known)]
    return known


def step_of_images_mm(instances: Sequence[str], k_of_instance: Mapping[str, int], planes: Planes) -> float:
    """Step between the images that a file lists, from those that its frames name; 0 where nobody says. [mm]

    Frames that lie further apart than the images left some of these out.
    """
    known = _in_order(list(dict.fromkeys(instances)), k_of_instance)
    if known is None:
        return 0.0
    (first, low_k), (last, high_k) = known[0], known[-1]
    return float(planes.distances_mm[high_k] - planes.distances_mm[low_k]) / (last - first)


def settle(
    store: AnyStore,
    places: Places,
    names: Mapping[int, str],
    *,
    name: str,
    ends: Ends,
    declared_step_mm: float,
    single_step_mm: float,
) -> Settled:
    """The grid of frames that no series tells about, and their voxels on it.

    Planes without any frame are left empty where structures end before them. Where one structure lies on both
    sides of a short gap, the planes around it stand for it (slice weights); a long one stays empty. Either is
    an error: nobody drew what lies there.

    Parameters
    ----------
    store : MaskVoxels or LabelVoxels
        On the planes of ``places``.
    places : Places
    names : mapping of int to str
    name : str
        Of the segmentation, for messages.
    ends : Ends
    declared_step_mm : float
        SpacingBetweenSlices; 0 when absent. [mm]
    single_step_mm : float
        Thickness of a single plane. [mm]
    """
    planes = places.planes
    quality: list[QualityFinding] = []
    low, high = ends.n_below, ends.n_above
    if ends.low is None or ends.high is None:
        message = (
            f"{name}: only slices with labels are stored and the images are not at hand, so whether the scan"
            " cuts something off cannot be seen; give the images too"
        )
        quality.append(CHECKS["scan_extent_unknown"].finding(message))
    if planes.n > 1 and declared_step_mm > 0 and planes.step_mm > _DECLARED_TWICE * declared_step_mm:
        message = (
            f"{name}: frames lie {planes.step_mm:.4g} mm apart although slices are said to lie"
            f" {declared_step_mm:.4g} mm apart: frames are missing. The volume takes each frame for the"
            " slices up to the next one, which nobody drew"
        )
        quality.append(CHECKS["seg_gap"].finding(message, "error"))
    if planes.n == 1:
        message = f"{name} has a single plane; its volume is taken from a thickness of {single_step_mm:g} mm"
        quality.append(CHECKS["single_slice"].finding(message))
    bridged = [gap for gap in planes.gaps if _is_bridged(store, planes, gap)]
    numbers = np.rint((planes.distances_mm - planes.distances_mm[0]) / (planes.step_mm or 1.0))
    off_mm = np.abs(planes.distances_mm - planes.distances_mm[0] - numbers * planes.step_mm).max()
    if planes.is_even:
        k_of = np.arange(planes.n)
        even = True
    elif not bridged and off_mm <= _ROUNDING_SHARE * planes.step_mm:
        k_of = numbers.astype(np.intp)
        even = True
    else:
        k_of = np.arange(planes.n)
        even = False
        where = "; ".join(gap.describe() for gap in (bridged or planes.gaps)[:5])
        message = (
            f"{name}: structures continue across slices without any frame ({where}); the volume is"
            " interpolated there. Complete the segmentation; if the scan itself lacks these slices, give the"
            " images too"
        )
        quality += [f for f in spacing_findings(planes, name) if f.check != "missing_slices"]
        if bridged:
            quality.append(CHECKS["seg_gap"].finding(message, "error"))
    n_k = int(k_of[-1]) + 1 + low + high
    shape = (*places.size, n_k)
    settled = tuple(int(k) + low for k in k_of)
    moved = store.moved(shape, settled)
    grid = _grid(planes, shape, k_of, low, high, even, bridged, single_step_mm)
    pixel_mm2 = planes.frame.spacing_mm[0] * planes.frame.spacing_mm[1]
    step_mm = planes.step_mm or single_step_mm
    if even:
        distances = planes.distances_mm[0] + (np.arange(n_k) - low) * step_mm
    else:
        inner = planes.distances_mm
        distances = np.concatenate([[inner[0] - step_mm] * low, inner, [inner[-1] + step_mm] * high])
    quality += gap_findings(moved, names, distances, pixel_mm2)
    return Settled(moved, grid, settled, tuple(quality))


def _is_bridged(store: AnyStore, planes: Planes, gap: Gap) -> bool:
    if gap.to_mm - gap.from_mm > max(_MOST_BRIDGED_MM, _MOST_BRIDGED_STEPS * planes.step_mm):
        return False
    return any(continues(store, value, gap.after, gap.after + 1) for value in store.values)


def _grid(
    planes: Planes,
    shape: tuple[int, int, int],
    k_of: NDArray[np.intp],
    low: int,
    high: int,
    even: bool,
    bridged: Sequence[Gap],
    single_step_mm: float,
) -> Grid:
    if planes.n > 1:
        step = (planes.origins_mm[-1] - planes.origins_mm[0]) / int(k_of[-1])
    else:
        step = planes.frame.normal * single_step_mm
    affine = np.eye(4)
    affine[:3, :2] = LPS_TO_RAS[:, None] * planes.frame.steps_mm
    affine[:3, 2] = LPS_TO_RAS * step
    affine[:3, 3] = LPS_TO_RAS * (planes.origins_mm[0] - low * step)
    if even:
        return Grid(shape, affine)
    steps_mm = np.diff(planes.distances_mm)
    for after in {gap.after for gap in planes.gaps} - {gap.after for gap in bridged}:
        steps_mm[after] = planes.step_mm  # nothing reaches across: the planes stand for themselves only
    weights = trapezoid_weights_mm(np.concatenate([[0.0], np.cumsum(steps_mm)]))
    ends = [planes.step_mm]
    return Grid(shape, affine, np.concatenate([ends * low, weights, ends * high]))
