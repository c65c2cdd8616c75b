"""The grid of frames or contours whose images are not at hand.

A plane without a frame is background, as the standard says, so the question is how many planes there are. It
is answered by the first of these that fits all planes: the list of images that the file refers to, the step
that it declares (SpacingBetweenSlices), the slice thickness where it divides an even step, and the shortest
step. That is what the file holds when it is read beside its images, and what other readers find.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from flr.dicom.layers import LabelVoxels, MaskVoxels, continues
from flr.dicom.placing import Places
from flr.dicom.planes import LPS_TO_RAS, Gap, Planes, regularity, spacing_findings, trapezoid_weights_mm
from flr.geometry import Grid
from flr.quality import CHECKS, QualityFinding

_MOST_BRIDGED_STEPS = 4.0
_MOST_BRIDGED_MM = 10.0
_WHOLE_SHARE = 0.05
_DECLARED_TWICE = 1.5
_THICKNESS_TWICE = 1.9
_MOST_SLICES = 5000  # a header that asks for more is damaged: no scan has so many

AnyStore = MaskVoxels | LabelVoxels


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The images that a file refers to, against the planes on which it draws.

    Parameters
    ----------
    instances : tuple of str
        SOP instances, in the order of the file.
    some : mapping of str to int
        Instances that planes name as their source, with the plane; both end planes among them.
    read_all : callable
        The same of every plane, for where the few leave a question.
    """

    instances: tuple[str, ...]
    some: Mapping[str, int]
    read_all: Callable[[], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Ends:
    """How many images lie beyond the first and the last plane; None where nobody says."""

    low: int | None = None
    high: int | None = None

    def empty_slices(self, least: int) -> tuple[int, int]:
        """Empty slices to add below and above, at most ``least``.

        With them nothing seems to touch the end of a scan that goes on.
        """
        low, high = (least if beyond is None else min(beyond, least) for beyond in (self.low, self.high))
        return low, high


@dataclass(frozen=True, eq=False)
class Lattice:
    """Planes of their own, with those between them on which nothing is drawn.

    Parameters
    ----------
    places : Places
    name : str
        For messages.
    single_step_mm : float
        Thickness of a single plane. [mm]
    between : ndarray of int, shape (planes - 1,)
        Planes without a frame after each plane but the last.
    ends : Ends
    is_certain : bool
        Whether the planes between are known; not so where steps follow no rule.
    is_by_list : bool
        Whether they are those of the images that the file lists.
    quality : tuple of QualityFinding
    """

    places: Places
    name: str
    single_step_mm: float
    between: NDArray[np.intp]
    ends: Ends
    is_certain: bool
    is_by_list: bool
    quality: tuple[QualityFinding, ...] = ()

    @cached_property
    def k_of(self) -> NDArray[np.intp]:
        """Slice of each plane, before empty ones are added at the ends."""
        return np.concatenate([[0], np.cumsum(self.between + 1)]).astype(np.intp)

    @cached_property
    def distances_mm(self) -> NDArray[np.float64]:
        """Position of every slice along the normal. [mm]"""
        n_k = int(self.k_of[-1]) + 1
        return np.interp(np.arange(n_k), self.k_of, self.places.planes.distances_mm)


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Frames on a grid of their own.

    Parameters
    ----------
    store : MaskVoxels or LabelVoxels
    grid : Grid
    k_of : tuple of int
        Slice of each plane.
    distances_mm : ndarray, shape (slices,)
        Position of every slice along the normal. [mm]
    quality : tuple of QualityFinding
    """

    store: AnyStore
    grid: Grid
    k_of: tuple[int, ...]
    distances_mm: NDArray[np.float64]
    quality: tuple[QualityFinding, ...]


def lattice_of(
    places: Places,
    listing: Listing,
    *,
    name: str,
    declared_step_mm: float = 0.0,
    thickness_mm: float = 0.0,
    single_step_mm: float = 1.0,
) -> Lattice:
    """The planes of a file that has no images beside it; see the top of this module.

    Parameters
    ----------
    places : Places
    listing : Listing
    name : str
        For messages.
    declared_step_mm, thickness_mm : float
        SpacingBetweenSlices and SliceThickness; 0 when absent. [mm]
    single_step_mm : float
        Thickness of a single plane. [mm]
    """
    planes = places.planes
    quality: list[QualityFinding] = []
    between = _between_by_list(listing, planes.n)
    is_certain, is_by_list = True, between is not None
    if between is None:
        between = _between_by_step(planes, declared_step_mm)
    if between is None and not declared_step_mm and planes.is_even:
        between = _between_by_step(planes, thickness_mm)
    if between is None:
        if planes.is_regular and planes.n > 1:
            between = _between_by_step(planes, float(np.diff(planes.distances_mm).min()))
        is_certain = planes.is_even or between is not None
        quality += _coarse_findings(planes, declared_step_mm, thickness_mm, name)
    if between is None:
        between = np.zeros(max(0, planes.n - 1), dtype=np.intp)
    ends = ends_of(listing, planes.n)
    if ends.low is None or ends.high is None:
        message = (
            f"{name}: only slices with labels are stored and the images are not at hand, so whether the scan"
            " cuts something off cannot be seen; give the images too"
        )
        quality.append(CHECKS["scan_extent_unknown"].finding(message))
    if planes.n == 1:
        message = f"{name} has a single plane; its volume is taken from a thickness of {single_step_mm:g} mm"
        quality.append(CHECKS["single_slice"].finding(message))
    return Lattice(places, name, single_step_mm, between, ends, is_certain, is_by_list, tuple(quality))


def _between_by_list(listing: Listing, n: int) -> NDArray[np.intp] | None:
    """Images listed between neighbouring planes; None where the list does not tell.

    A list of no more images than there are planes is one of those that were drawn on, not of the scan.
    """
    listed = list(dict.fromkeys(listing.instances))
    if len(listed) <= n or n < 2:
        return None
    known = _in_order(listed, listing.some)
    if known is None or known[0][1] != 0 or known[-1][1] != n - 1:
        return None
    if all(later - place == k - before for (place, before), (later, k) in pairwise(known)):
        return np.zeros(n - 1, dtype=np.intp)
    known = _in_order(listed, listing.read_all())
    if known is None or len(known) < n:
        return None
    return np.asarray(np.diff([place for place, _ in known]) - 1, dtype=np.intp)


def _between_by_step(planes: Planes, step_mm: float) -> NDArray[np.intp] | None:
    """Planes of a step between neighbouring ones; None where these do not lie whole steps apart."""
    if planes.n < 2 or not np.ptp(planes.distances_mm) < _MOST_SLICES * step_mm:
        return None
    numbers = (planes.distances_mm - planes.distances_mm[0]) / step_mm
    times: NDArray[np.intp] = np.rint(np.diff(numbers)).astype(np.intp)
    mean_mm = float(np.ptp(planes.distances_mm)) / max(1, int(times.sum()))
    # A step with few decimals drifts over many slices: the mean step decides where each plane lies.
    k_of = np.concatenate([[0], np.cumsum(times)])
    off = np.abs((planes.distances_mm - planes.distances_mm[0]) / mean_mm - k_of)
    if times.min() < 1 or off.max() > _WHOLE_SHARE or abs(mean_mm - step_mm) > _WHOLE_SHARE * step_mm:
        return None
    return np.asarray(times - 1)


def _coarse_findings(
    planes: Planes, declared_step_mm: float, thickness_mm: float, name: str
) -> list[QualityFinding]:
    """``seg_gap`` where planes lie further apart than the file says, and not by a whole number of steps."""
    what = ""
    if planes.n > 1 and declared_step_mm > 0 and planes.step_mm > _DECLARED_TWICE * declared_step_mm:
        what = f"slices are said to lie {declared_step_mm:.4g} mm apart"
    elif planes.n > 1 and not declared_step_mm and planes.step_mm > _THICKNESS_TWICE * thickness_mm > 0.0:
        what = f"slices are said to be {thickness_mm:.4g} mm thick"
    if not what:
        return []
    message = (
        f"{name}: frames lie {planes.step_mm:.4g} mm apart although {what}: frames are missing, or the header"
        " is wrong. The volume takes each frame for the distance to the next one. Give the images too"
    )
    return [CHECKS["seg_gap"].finding(message, "error")]


def ends_of(listing: Listing, n: int) -> Ends:
    """Images beyond both ends of the planes, from the list of images that the file refers to.

    Notes
    -----
    Some writers list all images of the series, others only those with a frame. A list that goes on beyond one
    end at least is one of the series, and tells of both; a list that ends with the frames tells of none.
    """
    listed = list(dict.fromkeys(listing.instances))
    known = _in_order(listed, listing.some)
    if known is None:
        return Ends()
    (first, low_k), (last, high_k) = known[0], known[-1]
    low, high = first, len(listed) - 1 - last
    if low_k != 0 or high_k != n - 1 or not (low or high):
        return Ends()
    return Ends(low, high)


def _in_order(listed: Sequence[str], k_of_instance: Mapping[str, int]) -> list[tuple[int, int]] | None:
    """Place in the list and plane of each known instance, planes ascending; None where they disagree."""
    known = [(place, k_of_instance[uid]) for place, uid in enumerate(listed) if uid in k_of_instance]
    steps = {np.sign(b - a) for (_, a), (_, b) in pairwise(known)}
    if len(known) < 2 or len(steps) != 1 or 0 in steps:
        return None
    if steps == {-1}:
        known = [(len(listed) - 1 - place, k) for place, k in reversed(known)]
    return known


def settle(store: AnyStore, lattice: Lattice, *, empty_slices: int = 1) -> Settled:
    """Voxels on the grid of a lattice.

    Parameters
    ----------
    store : MaskVoxels or LabelVoxels
        On the planes of ``lattice.places``.
    lattice : Lattice
    empty_slices : int
        Slices to add at each end, as far as the scan goes on there.

    Notes
    -----
    Where steps follow no rule, a plane stands for the distance to its neighbours as in an uneven scan, and
    one structure on both sides of a longer step than usual is an error: nobody drew what lies there.
    """
    places, planes = lattice.places, lattice.places.planes
    low, high = lattice.ends.empty_slices(empty_slices)
    distances = lattice.distances_mm
    even, step_mm, _ = regularity(distances)
    step_mm = step_mm or lattice.single_step_mm
    quality = list(lattice.quality)
    weights = None
    if not even:
        quality += spacing_findings(planes, lattice.name)
        unbridged: set[int] = set()
        if not lattice.is_certain:
            unbridged, notes = _long_steps(store, planes, lattice.name)
            quality += notes
        weights = _weights_mm(distances, unbridged, step_mm, low, high)
    n_k = len(distances) + low + high
    shape = (*places.size, n_k)
    k_of = tuple(int(k) + low for k in lattice.k_of)
    moved = store.moved(shape, k_of)
    grid = _grid(planes, shape, int(lattice.k_of[-1]), low, weights, lattice.single_step_mm)
    below = distances[0] - step_mm * np.arange(low, 0, -1)
    above = distances[-1] + step_mm * np.arange(1, high + 1)
    return Settled(moved, grid, k_of, np.concatenate([below, distances, above]), tuple(quality))


def _long_steps(store: AnyStore, planes: Planes, name: str) -> tuple[set[int], list[QualityFinding]]:
    """Planes after which a step is not to be bridged, and what was noticed, where steps follow no rule."""
    crossed = [gap for gap in planes.gaps if _is_crossed(store, gap)]
    short_mm = max(_MOST_BRIDGED_MM, _MOST_BRIDGED_STEPS * planes.step_mm)
    bridged = {gap.after for gap in crossed if gap.to_mm - gap.from_mm <= short_mm}
    unbridged = {gap.after for gap in planes.gaps} - bridged
    if not crossed:
        return unbridged, []
    where = "; ".join(gap.describe() for gap in crossed[:5])
    message = (
        f"{name}: structures continue across slices without any frame ({where}); the volume is interpolated"
        " over the shorter of them. Complete the segmentation; if the scan itself lacks these slices, give"
        " the images too"
    )
    return unbridged, [CHECKS["seg_gap"].finding(message, "error")]


def _is_crossed(store: AnyStore, gap: Gap) -> bool:
    return any(continues(store, value, gap.after, gap.after + 1) for value in store.values)


def _weights_mm(
    distances_mm: NDArray[np.float64], unbridged: set[int], step_mm: float, low: int, high: int
) -> NDArray[np.float64]:
    """Thickness that each slice of an uneven lattice stands for. [mm]"""
    steps_mm = np.diff(distances_mm)
    steps_mm[list(unbridged)] = step_mm  # nothing reaches across: the planes stand for themselves only
    weights = trapezoid_weights_mm(np.concatenate([[0.0], np.cumsum(steps_mm)]))
    return np.concatenate([[step_mm] * low, weights, [step_mm] * high])


def _grid(
    planes: Planes,
    shape: tuple[int, int, int],
    last_k: int,
    low: int,
    weights_mm: NDArray[np.float64] | None,
    single_step_mm: float,
) -> Grid:
    if planes.n > 1:
        step = (planes.origins_mm[-1] - planes.origins_mm[0]) / last_k
    else:
        step = planes.frame.normal * single_step_mm
    affine = np.eye(4)
    affine[:3, :2] = LPS_TO_RAS[:, None] * planes.frame.steps_mm
    affine[:3, 2] = LPS_TO_RAS * step
    affine[:3, 3] = LPS_TO_RAS * (planes.origins_mm[0] - low * step)
    return Grid(shape, affine, weights_mm)
