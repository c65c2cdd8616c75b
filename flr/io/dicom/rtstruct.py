"""DICOM RTSTRUCT: closed planar contours become masks, with their planimetric volume beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import ReadError
from flr.io.dicom.codes import (
    TYPE_MODIFIER,
    CodedSegment,
    code_of,
    identity_findings,
    modifier_of,
    names_by_code,
)
from flr.io.dicom.contours import (
    Points,
    bounds_of,
    even_odd,
    overlap_area,
    planimetric_area,
    without_doubles,
    without_repeats,
)
from flr.io.dicom.header import Header, quietly
from flr.io.dicom.layers import Mask, MaskVoxels, continues, exclusive_layers, gap_findings, pack, volumes_of
from flr.io.dicom.opened import malformed, read_dataset
from flr.io.dicom.placing import Places, likeliest_first
from flr.io.dicom.planes import Frame2D, arrange
from flr.io.dicom.references import frame_of_reference, referenced_instances
from flr.io.dicom.series import Series
from flr.io.dicom.settling import Listing, lattice_of, settle
from flr.io.dicom.source import DicomSource
from flr.io.stream import Segment
from flr.kernels.counts import MAX_LABEL
from flr.labels import canonical_name
from flr.quality import CHECKS, QualityFinding
from flr.units import MM3_PER_ML

OWN_PIXEL_MM: Final = 0.5
"""Pixel size of contours whose images are not at hand. [mm]"""

_CLOSED: Final = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_OPEN: Final = "OPEN"
_MAX_LISTED: Final = 5
_MARGIN_PIXELS = 2
_FLAT_MM = 0.1
_ON_SLICE_SHARE = 0.2
_ON_SLICE_MM = 0.1
_DISAGREE_PERCENT = 5.0
_HOLE_ERROR_PERCENT = 1.0

_WIDEST_MM: Final = 2000.0  # no body is wider


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
    """

    value: int
    label: str
    contours_mm: tuple[NDArray[np.float64], ...]
    sources: tuple[str, ...] = field(repr=False)


def read_rtstruct(header: Header, name: str, images: Sequence[Series] = ()) -> tuple[DicomSource, ...]:
    """Read an RTSTRUCT: one source, or one per layer where regions overlap.

    Parameters
    ----------
    header : Header
    name : str
        For messages.
    images : sequence of Series
        Images that the contours may have been drawn on; the first one on whose slices they lie is used.
        Without any a grid is built around the contours.

    Returns
    -------
    tuple of DicomSource
        With ``planimetric_ml``: contour area times slice thickness.

    Raises
    ------
    ReadError
        If the file is no readable structure set, a region of the liver has open or bent contours, or no
        region has a contour.
    """
    with quietly():
        try:
            content = read_dataset(header.path)
            rois, coded, quality = _rois(content, name)
            own_frame = frame_of_reference(content)
            listed = referenced_instances(content)
        except malformed() as error:
            if isinstance(error, ReadError):
                raise
            raise ReadError(
                f"{name}: not a structure set that can be read ({type(error).__name__}); expected an RTSTRUCT"
            ) from error
    images = likeliest_first(images, listed)
    along = [series for series in images if _fits(rois, series)]
    frame = along[0].planes.frame if along else images[0].planes.frame if images else _own_frame(rois)
    rois = _flat(rois, frame, name, quality)
    named = names_by_code([c for c in coded if c.value in {roi.value for roi in rois}])
    names = named.by_value
    quality += named.quality
    used = along[0] if along else None
    places = (
        _on_series(rois, used) if used is not None else _on_own_planes(rois, frame, images, name, quality)
    )
    drawn = _rasterised(rois, names, places, name, quality)
    masks, areas = drawn.masks, drawn.areas_mm2
    doubled, crossing = drawn.doubled_mm2, drawn.crossing_mm2
    if not masks:
        raise ReadError(f"{name}: the contours enclose no pixel; is it the right file?")
    store = MaskVoxels((*places.size, places.planes.n), tuple(masks))
    pixel_mm2 = frame.spacing_mm[0] * frame.spacing_mm[1]
    if used is not None:
        grid = used.grid
        quality += used.quality
        quality += gap_findings(store, names, places.planes.distances_mm, pixel_mm2)
    else:
        sources = [uid for roi in rois for uid in roi.sources]
        k_of = {uid: int(k) for uid, k in zip(sources, places.k, strict=True) if uid}
        listing = Listing(tuple(listed), k_of, lambda: k_of)
        settled = settle(store, lattice_of(places, listing, name=name))
        store, grid = store.moved(settled.grid.shape, settled.k_of), settled.grid
        quality += gap_findings(store, names, settled.distances_mm, pixel_mm2)
        areas, doubled, crossing = (_moved(each, settled.k_of) for each in (areas, doubled, crossing))
        quality += settled.quality
    thickness_mm = grid.slice_voxel_volumes_ml * MM3_PER_ML / pixel_mm2
    planimetric_ml = {
        value: _planimetric_mm3(store, value, per_plane, thickness_mm) / MM3_PER_ML
        for value, per_plane in areas.items()
    }
    layers = [MaskVoxels(store.shape, layer) for layer in exclusive_layers(store.masks)]
    voxel_ml = volumes_of(store, grid)
    quality += identity_findings(named, voxel_ml)
    quality += _doubled_findings(doubled, thickness_mm, names, name)
    quality += _crossing_findings(crossing, thickness_mm, voxel_ml, names, name)
    quality += _planimetry_findings(names, voxel_ml, planimetric_ml)
    segments = {c.value: c for c in coded}
    return tuple(
        DicomSource(
            path=header.path,
            name=name if len(layers) == 1 else f"{name} layer {number}",
            kind="rtstruct",
            grid=grid,
            dtype=layer.dtype,
            voxels=layer,
            names=MappingProxyType(names),
            quality=tuple(quality) if number == 0 else (),
            segments=tuple(
                Segment(segments[v].label, v, number, type_code=segments[v].type_code) for v in layer.values
            ),
            files=(header.path,),
            file_name=name,
            series=used,
            planimetric_ml={v: ml for v, ml in planimetric_ml.items() if v in layer.values},
            frame_of_reference_uid=own_frame,
            patient_key=header.patient_key,
        )
        for number, layer in enumerate(layers)
    )


def _rois(content: Any, name: str) -> tuple[list[Roi], list[CodedSegment], list[QualityFinding]]:
    """Regions with closed contours; others are left out with a finding, or refused if known by name."""
    quality: list[QualityFinding] = []
    rois: list[Roi] = []
    coded: list[CodedSegment] = []
    empty: list[str] = []
    markers: list[str] = []
    listed = list(content.get("StructureSetROISequence") or ())
    numbers = [int(item.ROINumber) for item in listed]
    usable = len(set(numbers)) == len(numbers) and all(0 < n <= MAX_LABEL for n in numbers)
    drawn = _drawn_of_each(content, numbers, name, quality)
    observations = _observed_of_each(content, numbers)
    for place, (number, item) in enumerate(zip(numbers, listed, strict=True), start=1):
        value = number if usable else place
        label = str(item.get("ROIName", "") or "").strip() or f"region {number}"
        contours = drawn[place - 1]
        kinds = {str(contour.get("ContourGeometricType", "")).upper() for contour in contours}
        if not contours:
            empty.append(label)
            continue
        if kinds == {"POINT"}:
            markers.append(label)
            continue
        if strange := sorted(kinds - set(_CLOSED)):
            is_open = all(kind.startswith(_OPEN) or kind == "POINT" for kind in strange)
            why = "has open contours, which enclose nothing"
            if not is_open:
                shown = ", ".join(kind or "none" for kind in strange)
                why = f"has contours of type {shown!r}; expected CLOSED_PLANAR"
            _refuse(label, why, name, quality)
            continue
        points = [np.array([float(v) for v in contour.ContourData]).reshape(-1, 3) for contour in contours]
        _check_extent(points, name, label)
        kept = [index for index, one in enumerate(points) if len(one) >= 3]
        if not kept:
            empty.append(label)
            continue
        rois.append(
            Roi(value, label, tuple(points[n] for n in kept), tuple(_source_of(contours[n]) for n in kept))
        )
        observation = observations[place - 1]
        codes = observation.get("RTROIIdentificationCodeSequence") if observation is not None else None
        beside = observation.get(TYPE_MODIFIER) if observation is not None else None
        coded.append(
            CodedSegment(value, label, code_of(codes), None, modifier_of(codes, TYPE_MODIFIER, beside))
        )
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
    return rois, coded, quality


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


def _refuse(label: str, why: str, name: str, quality: list[QualityFinding]) -> None:
    message = f"{name}: {label!r} {why}; it cannot be measured. Export it as closed contours on the slices"
    if canonical_name(label) is not None:
        raise ReadError(message)
    quality.append(CHECKS["contours_left_out"].finding(message, "warning"))


def _source_of(contour: Any) -> str:
    images = contour.get("ContourImageSequence")
    return str(images[0].get("ReferencedSOPInstanceUID", "")) if images else ""


def _own_frame(rois: Sequence[Roi]) -> Frame2D:
    """Directions from the contours themselves: the normal of the largest one."""
    normals = [_normal(contour) for roi in rois for contour in roi.contours_mm]
    normal = max(normals, key=lambda vector: float(np.linalg.norm(vector)))
    length = float(np.linalg.norm(normal))
    if not length > 0.0:
        raise ReadError("the contours enclose no area; is it the right file?")
    normal = normal / length
    normal = normal * np.sign(normal[np.abs(normal).argmax()])
    along = np.eye(3)[0 if abs(normal[0]) < 0.8 else 1]
    row = along - (along @ normal) * normal
    row /= np.linalg.norm(row)
    return Frame2D(row, np.cross(normal, row), (OWN_PIXEL_MM, OWN_PIXEL_MM))


def _normal(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice the vector area of a closed contour."""
    from_first = points - points[0]
    return np.asarray(np.cross(from_first, np.roll(from_first, -1, axis=0)).sum(axis=0))


def _flat(rois: Sequence[Roi], frame: Frame2D, name: str, quality: list[QualityFinding]) -> list[Roi]:
    """Regions whose contours lie in the planes; others are left out, or refused if known by name."""
    kept = []
    for roi in rois:
        bent = max(float(np.ptp(contour @ frame.normal)) for contour in roi.contours_mm)
        if bent > _FLAT_MM:
            why = f"has contours that are not planar in the slices (they leave them by {bent:.1f} mm)"
            _refuse(roi.label, why, name, quality)
        else:
            kept.append(roi)
    if not kept:
        raise ReadError("; ".join(f.message for f in quality if f.severity == "warning"))
    return kept


def _fits(rois: Sequence[Roi], series: Series) -> bool:
    """Whether all contours lie flat on slices of a series."""
    planes = series.planes
    tolerance = max(_ON_SLICE_MM, _ON_SLICE_SHARE * planes.step_mm)
    for roi in rois:
        for contour in roi.contours_mm:
            along = contour @ planes.frame.normal
            off_mm = np.abs(planes.distances_mm - along.mean()).min()
            if np.ptp(along) > _FLAT_MM or off_mm > tolerance:
                return False
    return True


def _along_mm(rois: Sequence[Roi], frame: Frame2D) -> NDArray[np.float64]:
    """Position of every contour along the normal."""
    return np.array([float((contour @ frame.normal).mean()) for roi in rois for contour in roi.contours_mm])


def _on_series(rois: Sequence[Roi], series: Series) -> Places:
    along = _along_mm(rois, series.planes.frame)
    k = np.abs(along[:, None] - series.planes.distances_mm[None, :]).argmin(axis=1)
    columns, rows, _ = series.grid.shape
    return Places(series.planes, k, np.zeros((len(k), 2), dtype=np.intp), (columns, rows))


def _on_own_planes(
    rois: Sequence[Roi],
    frame: Frame2D,
    images: Sequence[Series],
    name: str,
    quality: list[QualityFinding],
) -> Places:
    """Planes made around the contours; the pixels are those of the images where there are any."""
    along = _along_mm(rois, frame)
    if images:
        planes = images[0].planes
        message = f"{name}: contours lie between the slices of {images[0].name}; they get planes of their own"
        quality.append(CHECKS["contours_off_slices"].finding(message))
        first = planes.origins_mm[0] - frame.normal * planes.distances_mm[0]
        columns, rows, _ = images[0].grid.shape
    else:
        points = np.concatenate([contour for roi in rois for contour in roi.contours_mm])
        spread = np.stack([points @ frame.row, points @ frame.column], axis=1)
        spacing = np.array(frame.spacing_mm)
        low = (np.floor(spread.min(axis=0) / spacing) - _MARGIN_PIXELS) * spacing
        columns, rows = (int(v) for v in np.ceil((spread.max(axis=0) - low) / spacing) + _MARGIN_PIXELS + 1)
        first = frame.row * low[0] + frame.column * low[1]
        message = (
            f"{name}: the images are not at hand; contours are rasterised on pixels of {OWN_PIXEL_MM:g} mm"
        )
        quality.append(CHECKS["referenced_series_absent"].finding(message))
    own = arrange(first + along[:, None] * frame.normal, frame)
    return Places(own, own.index_of, np.zeros((len(along), 2), dtype=np.intp), (columns, rows))


Areas = dict[int, dict[int, float]]
"""Region to plane to area. [mm²]"""


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Regions as masks.

    Parameters
    ----------
    masks : list of Mask
    areas_mm2 : Areas
        Planimetric area of each region on each plane.
    doubled_mm2, crossing_mm2 : Areas
        What second drawings of an outline would have taken out, and what lies in contours that cross.
    """

    masks: list[Mask]
    areas_mm2: Areas
    doubled_mm2: Areas
    crossing_mm2: Areas


def _moved(areas_mm2: Areas, k_of: Sequence[int]) -> Areas:
    return {value: {k_of[k]: mm2 for k, mm2 in per.items()} for value, per in areas_mm2.items()}


def _rasterised(
    rois: Sequence[Roi],
    names: Mapping[int, str],
    places: Places,
    name: str,
    quality: list[QualityFinding],
) -> _Drawn:
    """Masks of all regions, with their areas."""
    frame, planes = places.planes.frame, places.planes
    pixel_mm2 = frame.spacing_mm[0] * frame.spacing_mm[1]
    columns, rows = places.size
    drawn_as = _Drawn([], {}, {}, {})
    at = 0
    for roi in rois:
        by_plane: dict[int, list[Points]] = {}
        for contour in roi.contours_mm:
            k = int(places.k[at])
            by_plane.setdefault(k, []).append(frame.in_plane(contour, planes.origins_mm[k]))
            at += 1
        repeated = outside = 0
        for k, drawn in by_plane.items():
            different, left_out = without_repeats(drawn)
            repeated += left_out
            contours, n_doubled = without_doubles(different, frame.spacing_mm)
            everything = np.concatenate(different)
            (i, j), shape = bounds_of(everything.min(axis=0), everything.max(axis=0))
            inside = even_odd(contours, (i, j), shape)
            if n_doubled:
                lost = np.count_nonzero(inside != even_odd(different, (i, j), shape))
                drawn_as.doubled_mm2.setdefault(roi.value, {})[k] = lost * pixel_mm2
            if crossing := overlap_area(contours):
                drawn_as.crossing_mm2.setdefault(roi.value, {})[k] = crossing * pixel_mm2
            drawn_as.areas_mm2.setdefault(roi.value, {})[k] = planimetric_area(contours) * pixel_mm2
            window = inside[max(0, -j) : max(0, rows - j), max(0, -i) : max(0, columns - i)]
            outside += int(np.count_nonzero(inside)) - int(np.count_nonzero(window))
            if window.any():
                corner = (max(0, i), max(0, j))
                shape = (window.shape[0], window.shape[1])
                drawn_as.masks.append(Mask(roi.value, k, pack(window), corner, shape))
        shown = names.get(roi.value, roi.label)
        if repeated:
            message = f"{name}: {repeated} contour(s) of {shown} are drawn twice; each counts once"
            quality.append(CHECKS["contours_repeated"].finding(message))
        if outside:
            message = (
                f"{name}: {shown} reaches {outside} pixel(s) beyond the images; that part is not counted"
            )
            quality.append(CHECKS["contours_outside_images"].finding(message))
    return drawn_as


def _doubled_findings(
    doubled_mm2: Areas, thickness_mm: NDArray[np.float64], names: Mapping[int, str], name: str
) -> Iterator[QualityFinding]:
    """``contours_doubled`` for every region of which an outline was drawn twice and not quite alike."""
    for value, per_plane in doubled_mm2.items():
        lost_ml = sum(mm2 * float(thickness_mm[k]) for k, mm2 in per_plane.items()) / MM3_PER_ML
        message = (
            f"{name}: contours of {names.get(value, f'region {value}')} are drawn twice, not quite alike, on"
            f" {len(per_plane)} slice(s); each counts once. As holes they would have taken out {lost_ml:.1f}"
            " mL. Correct the contours"
        )
        yield CHECKS["contours_doubled"].finding(message)


def _crossing_findings(
    crossing_mm2: Areas,
    thickness_mm: NDArray[np.float64],
    voxel_ml: Mapping[int, float],
    names: Mapping[int, str],
    name: str,
) -> Iterator[QualityFinding]:
    """``contours_overlap`` for every region with contours that cross."""
    for value, per_plane in crossing_mm2.items():
        hole_ml = sum(mm2 * float(thickness_mm[k]) for k, mm2 in per_plane.items()) / MM3_PER_ML
        severe = 100.0 * hole_ml > _HOLE_ERROR_PERCENT * voxel_ml.get(value, 0.0)
        message = (
            f"{name}: contours of {names.get(value, f'region {value}')} cross one another on"
            f" {len(per_plane)} slice(s); by the even–odd rule what lies in two of them is a hole,"
            f" {hole_ml:.1f} mL in all. Correct the contours"
        )
        yield CHECKS["contours_overlap"].finding(message, "error" if severe else "warning")


def _planimetric_mm3(
    store: MaskVoxels, value: int, area_mm2: Mapping[int, float], thickness_mm: NDArray[np.float64]
) -> float:
    """Area times thickness; slices left out inside a body belong half to each neighbour."""
    own = thickness_mm.copy()
    planes = sorted(area_mm2)
    for before, after in pairwise(planes):
        if after - before > 1 and continues(store, value, before, after):
            between = float(thickness_mm[before + 1 : after].sum()) / 2.0
            own[before] += between
            own[after] += between
    return float(sum(area_mm2[k] * own[k] for k in planes))


def _planimetry_findings(
    names: Mapping[int, str], voxel_ml: Mapping[int, float], planimetric_ml: Mapping[int, float]
) -> tuple[QualityFinding, ...]:
    """Where pixels and contours give volumes that differ too much."""
    findings = []
    for value, by_contours in planimetric_ml.items():
        by_voxels = voxel_ml.get(value, 0.0)
        percent = 100.0 * (by_voxels - by_contours) / by_contours if by_contours else 100.0
        if abs(percent) > _DISAGREE_PERCENT and abs(by_voxels - by_contours) > 1.0:
            shown = names.get(value, f"region {value}")
            both = f"{by_voxels:.1f} mL by voxels, {by_contours:.1f} mL by its contours"
            message = f"{shown}: {both} ({percent:+.1f} %)"
            findings.append(CHECKS["planimetry_disagrees"].finding(message))
    return tuple(findings)
