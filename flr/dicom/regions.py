"""The regions of an RTSTRUCT: their names, their codes, and the closed contours that each of them has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.dicom.codes import TYPE_MODIFIER, CodedSegment, code_of, modifier_of
from flr.errors import ReadError
from flr.kernels.counts import MAX_LABEL
from flr.labels import canonical_name
from flr.quality import CHECKS, QualityFinding

_INTERPOLATED: Final = "INTERPOLATED_PLANAR"
_CLOSED: Final = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR", _INTERPOLATED)
_OPEN: Final = "OPEN"
_POINT: Final = "POINT"
_MAX_LISTED: Final = 5
_WIDEST_MM: Final = 2000.0  # no body is wider
_STRAIGHT_MM: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Roi:
    """One region of interest.

    Parameters
    ----------
    value : int
        Its number, or its place in the list where numbers are not usable as labels.
    label : str
    contours_mm : tuple of ndarray, each of shape (n, 3)
        Closed contours (LPS). [mm]
    sources : tuple of str
        SOP instance that each contour was drawn on.
    coded : CodedSegment
        What the file says that it is.
    stated_ml : float or None
        The volume that the file states (ROIVolume, in cubic centimetres); None for none and for 0. [mL]
    """

    value: int
    label: str
    contours_mm: tuple[NDArray[np.float64], ...]
    sources: tuple[str, ...] = field(repr=False)
    coded: CodedSegment
    stated_ml: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """One region as it is listed, with what belongs to it.

    Parameters
    ----------
    value : int
    label : str
    contours : tuple
        Items of its ContourSequence.
    observation : object or None
        Its item of RTROIObservationsSequence.
    stated_ml : float or None
        As of :class:`Roi`.
    """

    value: int
    label: str
    contours: tuple[Any, ...]
    observation: Any
    stated_ml: float | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """ContourGeometricType of each contour."""
        return tuple(str(one.get("ContourGeometricType", "")).strip().upper() for one in self.contours)

    def roi(self, kept: Sequence[int], points: Sequence[NDArray[np.float64]]) -> Roi:
        """The region with some of its contours."""
        observation = self.observation
        codes = observation.get("RTROIIdentificationCodeSequence") if observation is not None else None
        beside = observation.get(TYPE_MODIFIER) if observation is not None else None
        return Roi(
            self.value,
            self.label,
            tuple(points[n] for n in kept),
            tuple(_source_of(self.contours[n]) for n in kept),
            CodedSegment(
                self.value, self.label, code_of(codes), None, modifier_of(codes, TYPE_MODIFIER, beside)
            ),
            self.stated_ml,
        )


def regions_of(content: Any, name: str) -> tuple[list[Roi], list[QualityFinding]]:
    """Regions with closed contours; others are left out with a finding, or refused if known by name.

    Raises
    ------
    ReadError
        If no region has a contour, one of the liver has open ones, or contours belong to nobody for certain.
    """
    quality: list[QualityFinding] = []
    rois: list[Roi] = []
    empty: list[str] = []
    markers: list[str] = []
    for region in _listed(content, name, quality):
        kinds = set(region.kinds)
        if kinds == {_POINT}:
            markers.append(region.label)
        elif strange := sorted(kinds - {*_CLOSED, _POINT}):
            refuse(region.label, _why_not(strange), name, quality)
        else:
            roi = _closed(region, name, quality)
            if roi is None:
                empty.append(region.label)
            else:
                rois.append(roi)
    if empty:
        quality.append(CHECKS["segment_empty"].finding(f"{name}: nothing is drawn for {', '.join(empty)}"))
    if markers:
        message = f"{name}: {', '.join(markers)} are points, no structures; they are left out"
        quality.append(CHECKS["contours_left_out"].finding(message, "info"))
    if not rois:
        refused = "; ".join(f.message for f in quality if f.severity == "warning")
        raise ReadError(
            refused or f"{name}: an empty structure set, no region has a contour; is it the right file?"
        )
    return rois, quality


def _listed(content: Any, name: str, quality: list[QualityFinding]) -> list[_Listed]:
    """The regions in the order of the file, each with its contours."""
    items = list(content.get("StructureSetROISequence") or ())
    numbers = [int(item.ROINumber) for item in items]
    usable = len(set(numbers)) == len(numbers) and all(0 < n <= MAX_LABEL for n in numbers)
    drawn = _drawn_of_each(content, numbers, name, quality)
    observations = _observed_of_each(content, numbers)
    return [
        _Listed(
            number if usable else place,
            str(item.get("ROIName", "") or "").strip() or f"region {number}",
            tuple(drawn[place - 1]),
            observations[place - 1],
            _stated_ml(item),
        )
        for place, (number, item) in enumerate(zip(numbers, items, strict=True), start=1)
    ]


def _stated_ml(item: Any) -> float | None:
    """The volume of a region as its file states it, where that is a number above 0. [mL]"""
    try:
        stated = float(item.get("ROIVolume") or 0.0)
    except (TypeError, ValueError):
        return None
    return stated if np.isfinite(stated) and stated > 0.0 else None


def _why_not(strange: Sequence[str]) -> str:
    if all(kind.startswith(_OPEN) for kind in strange):
        return "has open contours, which enclose nothing"
    shown = ", ".join(kind or "none" for kind in strange)
    return f"has contours of type {shown!r}; expected CLOSED_PLANAR"


def _closed(region: _Listed, name: str, quality: list[QualityFinding]) -> Roi | None:
    """A region by its contours that enclose something; None where none does."""
    points = [_points_of(one, region.label, name) for one in region.contours]
    _check_extent(points, name, region.label)
    kinds = region.kinds  # of thousands of contours: looked at once
    is_point = [kind == _POINT for kind in kinds]
    kept = [n for n, one in enumerate(points) if not is_point[n] and _encloses(one)]
    if not kept:
        return None
    n_points, n_flat = sum(is_point), len(points) - len(kept) - sum(is_point)
    if n_points or n_flat:
        what = " and ".join(
            f"{n} {word}" for n, word in ((n_points, "point(s)"), (n_flat, "contour(s) without area")) if n
        )
        message = f"{name}: {what} among the contours of {region.label} enclose nothing and were left out"
        quality.append(CHECKS["contours_left_out"].finding(message, "info"))
    if n_interpolated := sum(kinds[n] == _INTERPOLATED for n in kept):
        message = (
            f"{name}: {n_interpolated} contour(s) of {region.label} are of type {_INTERPOLATED}: made by a"
            " program between drawn ones. They were read as closed"
        )
        quality.append(CHECKS["contours_interpolated"].finding(message))
    return region.roi(kept, points)


def _points_of(contour: Any, label: str, name: str) -> NDArray[np.float64]:
    """The points of a contour, shape (n, 3); none where it was left empty. Raises ReadError for parts."""
    stated = contour.get("ContourData")
    numbers = [] if stated is None else [float(v) for v in np.atleast_1d(np.asarray(stated, dtype=object))]
    if len(numbers) % 3:
        raise ReadError(
            f"{name}: a contour of {label} has {len(numbers)} numbers; expected three for each point, the"
            " file is damaged: export it again"
        )
    return np.array(numbers).reshape(-1, 3)


def _encloses(points: NDArray[np.float64]) -> bool:
    """Whether a contour encloses anything: no point, straight line, or line that runs back on itself."""
    if len(points) < 3:
        return False
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if spread[1] < _STRAIGHT_MM:
        return False
    corners = [tuple(point) for point in points.tolist()]
    edges = Counter(frozenset(pair) for pair in zip(corners, corners[1:] + corners[:1], strict=True))
    return any(times % 2 for edge, times in edges.items() if len(edge) == 2)


def _drawn_of_each(
    content: Any, numbers: Sequence[int], name: str, quality: list[QualityFinding]
) -> list[list[Any]]:
    """The contours of each listed region: each contour belongs to one, and none is lost.

    A number that is used twice is no key: then contours are matched by their order where they are listed in
    the order of the regions, and refused where they are not.
    """
    items = list(content.get("ROIContourSequence") or ())
    referenced = [int(item.ReferencedROINumber) for item in items]
    contours = [list(item.get("ContourSequence") or ()) for item in items]
    repeated = {n for of in (numbers, referenced) for n, times in Counter(of).items() if times > 1}
    if repeated:
        shown = ", ".join(str(n) for n in sorted(repeated)[:_MAX_LISTED])
        if referenced != list(numbers):
            raise ReadError(
                f"{name}: region number {shown} is used more than once, and the contours are not listed in"
                " the order of the regions, so whose they are is not certain; export it again"
            )
        message = (
            f"{name}: region number {shown} is used more than once; contours were matched by their order."
            " Look at the pictures, and export it again"
        )
        quality.append(CHECKS["roi_number_repeated"].finding(message))
        return contours
    strays = [n for n, own in zip(referenced, contours, strict=True) if own and n not in numbers]
    if strays:
        shown = ", ".join(str(n) for n in strays[:_MAX_LISTED])
        raise ReadError(
            f"{name}: {len(strays)} set(s) of contours belong to region number {shown}, which is not listed;"
            " they would be lost: export it again"
        )
    by_number = dict(zip(referenced, contours, strict=True))
    return [by_number.get(number, []) for number in numbers]


def _observed_of_each(content: Any, numbers: Sequence[int]) -> list[Any]:
    """What was observed of each listed region; nothing where numbers do not tell of which."""
    items = list(content.get("RTROIObservationsSequence") or ())
    referenced = [int(item.ReferencedROINumber) for item in items]
    if referenced == list(numbers):
        return items
    if len(set(numbers)) < len(numbers):
        return [None] * len(numbers)
    coded = [item for item in items if item.get("RTROIIdentificationCodeSequence")]
    by_number = {int(item.ReferencedROINumber): item for item in reversed([*coded, *items])}
    return [by_number.get(number) for number in numbers]


def _check_extent(points: Sequence[NDArray[np.float64]], name: str, label: str) -> None:
    """Refuse points that lie nowhere, or so far apart that their pixels would fill the memory."""
    everything = np.concatenate([*points, np.zeros((0, 3))])
    if not np.isfinite(everything).all() or (
        len(everything) and float(np.ptp(everything, axis=0).max()) > _WIDEST_MM
    ):
        raise ReadError(
            f"{name}: {label} has contour points that are no positions or more than {_WIDEST_MM:g} mm apart;"
            " the file is damaged: export it again"
        )


def refuse(label: str, why: str, name: str, quality: list[QualityFinding]) -> None:
    """Refuse a region that is known by name; leave another one out with a finding.

    Raises
    ------
    ReadError
        For a structure of the liver.
    """
    message = f"{name}: {label!r} {why}; it cannot be measured. Export it as closed contours on the slices"
    if canonical_name(label) is not None:
        raise ReadError(message)
    quality.append(CHECKS["contours_left_out"].finding(message, "warning"))


def _source_of(contour: Any) -> str:
    images = contour.get("ContourImageSequence")
    return str(images[0].get("ReferencedSOPInstanceUID", "")) if images else ""
