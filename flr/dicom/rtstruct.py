"""DICOM RTSTRUCT: closed planar contours become masks, with their planimetric volume beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.dicom.codes import Names, identity_findings, names_by_code
from flr.dicom.contours import (
    Points,
    bounds_of,
    even_odd,
    overlap_area,
    planimetric_area,
    without_doubles,
    without_repeats,
)
from flr.dicom.header import Header, quietly
from flr.dicom.layers import Mask, MaskVoxels, continues, exclusive_layers, gap_findings, pack, volumes_of
from flr.dicom.opened import malformed, read_dataset
from flr.dicom.placing import Places, likeliest_first
from flr.dicom.planes import Frame2D, arrange
from flr.dicom.references import frame_of_reference, referenced_instances
from flr.dicom.regions import Roi, refuse, regions_of
from flr.dicom.series import Series
from flr.dicom.settling import Listing, lattice_of, settle
from flr.dicom.source import DicomSource
from flr.dicom.spreading import (
    Areas,
    slices_per_contour,
    sparse_findings,
    spread,
    spread_areas,
    unknown_step_findings,
)
from flr.errors import ReadError
from flr.geometry import Grid
from flr.quality import CHECKS, QualityFinding
from flr.stream import Segment
from flr.units import MM3_PER_ML

OWN_PIXEL_MM: Final = 0.5
"""Pixel size of contours whose images are not at hand. [mm]"""

_MARGIN_PIXELS = 2
_FLAT_MM = 0.1
_ON_SLICE_SHARE = 0.2
_ON_SLICE_MM = 0.1
_DISAGREE_PERCENT = 5.0
_SAME_STATED_ML = 1.0
_HOLE_ERROR_PERCENT = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Areas:
    """Areas of each region on each plane. [mm²]

    Parameters
    ----------
    drawn_mm2 : Areas
        Inside the contours.
    doubled_mm2, crossing_mm2 : Areas
        What second drawings of an outline would have taken out, and what lies in contours that cross.
    """

    drawn_mm2: Areas = field(default_factory=dict)
    doubled_mm2: Areas = field(default_factory=dict)
    crossing_mm2: Areas = field(default_factory=dict)

    def moved(self, k_of: Sequence[int]) -> _Areas:
        """The same on another grid: plane ``k`` becomes ``k_of[k]``."""
        return _Areas(*(_moved(each, k_of) for each in self._all))

    def spread(self, slices_of: Mapping[int, int], n_k: int) -> _Areas:
        """The same on all slices that each contour stands for."""
        return _Areas(*(spread_areas(each, slices_of, n_k) for each in self._all))

    @property
    def _all(self) -> tuple[Areas, Areas, Areas]:
        return self.drawn_mm2, self.doubled_mm2, self.crossing_mm2


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Regions as masks, on the planes of their contours."""

    masks: list[Mask] = field(default_factory=list)
    areas: _Areas = field(default_factory=_Areas)


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """Regions as masks on a grid.

    Parameters
    ----------
    store : MaskVoxels
    grid : Grid
    areas : _Areas
        On the slices of the grid.
    series : Series or None
        The images on whose slices they lie.
    quality : tuple of QualityFinding
    """

    store: MaskVoxels
    grid: Grid
    areas: _Areas
    series: Series | None
    quality: tuple[QualityFinding, ...] = ()

    @property
    def thickness_mm(self) -> NDArray[np.float64]:
        """What each slice stands for. [mm]"""
        pixel_mm2 = self.grid.spacing_mm[0] * self.grid.spacing_mm[1]
        return np.asarray(self.grid.slice_voxel_volumes_ml * MM3_PER_ML / pixel_mm2)


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
            rois, quality = regions_of(content, name)
            own_frame = frame_of_reference(content)
            listed = tuple(referenced_instances(content))
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
    named = names_by_code([roi.coded for roi in rois])
    quality += named.quality
    used = along[0] if along else None
    places = (
        _on_series(rois, used) if used is not None else _on_own_planes(rois, frame, images, name, quality)
    )
    drawn = _rasterised(rois, named.by_value, places, name, quality)
    if not drawn.masks:
        raise ReadError(f"{name}: the contours enclose no pixel; is it the right file?")
    if used is not None:
        laid = _laid_on_series(drawn, used, named.by_value, name, quality)
    else:
        laid = _laid_on_own_planes(
            drawn, places, _listing(rois, places, listed), named.by_value, name, quality
        )
    quality += _volume_findings(laid, named, name)
    quality += _stated_findings(rois, laid, named.by_value, name)
    laid = replace(laid, quality=tuple(quality))
    return _sources(header, name, rois, laid, named.by_value, own_frame)


def _listing(rois: Sequence[Roi], places: Places, listed: tuple[str, ...]) -> Listing:
    """The images that the file lists, against the planes of the contours."""
    sources = [uid for roi in rois for uid in roi.sources]
    k_of = {uid: int(k) for uid, k in zip(sources, places.k, strict=True) if uid}
    return Listing(listed, k_of, lambda: k_of)


def _laid_on_series(
    drawn: _Drawn, series: Series, names: Mapping[int, str], name: str, quality: list[QualityFinding]
) -> _Laid:
    """Regions on the slices of their images; each contour on all slices that it stands for."""
    store = MaskVoxels(series.grid.shape, tuple(drawn.masks))
    slices_of = slices_per_contour(store)
    spread_store = spread(store, slices_of)
    quality += series.quality
    quality += sparse_findings(slices_of, names, series.planes.step_mm, name)
    quality += _gaps(spread_store, names, series.planes.distances_mm, series.grid)
    return _Laid(spread_store, series.grid, drawn.areas.spread(slices_of, store.shape[2]), series)


def _laid_on_own_planes(
    drawn: _Drawn,
    places: Places,
    listing: Listing,
    names: Mapping[int, str],
    name: str,
    quality: list[QualityFinding],
) -> _Laid:
    """Regions on a grid of their own, with the slices that lie between contours as far as they are known."""
    lattice = lattice_of(places, listing, name=name)
    close = MaskVoxels((*places.size, places.planes.n), tuple(drawn.masks))
    shape = (*places.size, int(lattice.k_of[-1]) + 1)
    slices_of = slices_per_contour(close.moved(shape, lattice.k_of.tolist()))
    most = max(slices_of.values(), default=1)
    settled = settle(close, lattice, empty_slices=most // 2 + 1)
    moved = close.moved(settled.grid.shape, settled.k_of)
    store = spread(moved, slices_of)
    step_mm = float(np.median(np.diff(settled.distances_mm))) if len(settled.distances_mm) > 1 else 0.0
    quality += settled.quality
    quality += sparse_findings(slices_of, names, step_mm, name)
    if not lattice.is_by_list and places.planes.n > 1:
        quality += unknown_step_findings(places.planes.step_mm, _any_continues(close), name)
    quality += _gaps(store, names, settled.distances_mm, settled.grid)
    areas = drawn.areas.moved(settled.k_of).spread(slices_of, settled.grid.shape[2])
    return _Laid(store, settled.grid, areas, None)


def _any_continues(store: MaskVoxels) -> bool:
    return any(
        continues(store, value, a, b) for value in store.values for a, b in pairwise(store.planes_of(value))
    )


def _gaps(
    store: MaskVoxels, names: Mapping[int, str], distances_mm: NDArray[np.float64], grid: Grid
) -> tuple[QualityFinding, ...]:
    return gap_findings(store, names, distances_mm, grid.spacing_mm[0] * grid.spacing_mm[1])


def _volume_findings(laid: _Laid, named: Names, name: str) -> list[QualityFinding]:
    """What names, second outlines, crossings and both ways of measuring say of the volumes."""
    voxel_ml = volumes_of(laid.store, laid.grid)
    names, thickness_mm = named.by_value, laid.thickness_mm
    return [
        *identity_findings(named, voxel_ml),
        *_doubled_findings(laid.areas.doubled_mm2, thickness_mm, names, name),
        *_crossing_findings(laid.areas.crossing_mm2, thickness_mm, voxel_ml, names, name),
        *_planimetry_findings(names, voxel_ml, _planimetric_ml(laid)),
    ]


def _planimetric_ml(laid: _Laid) -> dict[int, float]:
    return {
        value: _planimetric_mm3(laid.store, value, per_plane, laid.thickness_mm) / MM3_PER_ML
        for value, per_plane in laid.areas.drawn_mm2.items()
    }


def _sources(
    header: Header,
    name: str,
    rois: Sequence[Roi],
    laid: _Laid,
    names: Mapping[int, str],
    own_frame: str,
) -> tuple[DicomSource, ...]:
    """One source for each layer within which no two regions overlap."""
    layers = [MaskVoxels(laid.store.shape, layer) for layer in exclusive_layers(laid.store.masks)]
    planimetric_ml = _planimetric_ml(laid)
    coded = {roi.value: roi.coded for roi in rois}
    return tuple(
        DicomSource(
            path=header.path,
            name=name if len(layers) == 1 else f"{name} layer {number}",
            kind="rtstruct",
            grid=laid.grid,
            dtype=layer.dtype,
            voxels=layer,
            names=MappingProxyType(dict(names)),
            quality=laid.quality if number == 0 else (),
            segments=tuple(
                Segment(coded[v].label, v, number, type_code=coded[v].type_code) for v in layer.values
            ),
            files=(header.path,),
            file_name=name,
            series=laid.series,
            planimetric_ml={v: ml for v, ml in planimetric_ml.items() if v in layer.values},
            frame_of_reference_uid=own_frame,
            patient_key=header.patient_key,
        )
        for number, layer in enumerate(layers)
    )


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
            refuse(roi.label, why, name, quality)
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
    drawn_as = _Drawn()
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
                drawn_as.areas.doubled_mm2.setdefault(roi.value, {})[k] = lost * pixel_mm2
            if crossing := overlap_area(contours):
                drawn_as.areas.crossing_mm2.setdefault(roi.value, {})[k] = crossing * pixel_mm2
            drawn_as.areas.drawn_mm2.setdefault(roi.value, {})[k] = planimetric_area(contours) * pixel_mm2
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


def _stated_findings(
    rois: Sequence[Roi], laid: _Laid, names: Mapping[int, str], name: str
) -> Iterator[QualityFinding]:
    """``roi_volume_disagrees`` where a stated volume is neither that of the voxels nor of the contours."""
    voxel_ml, contour_ml = volumes_of(laid.store, laid.grid), _planimetric_ml(laid)
    for roi in rois:
        measured = [ml for ml in (voxel_ml.get(roi.value), contour_ml.get(roi.value)) if ml]
        stated_ml = roi.stated_ml
        if stated_ml is None or not measured:
            continue
        off_ml = min((stated_ml - ml for ml in measured), key=abs)
        closest = stated_ml - off_ml
        if abs(off_ml) <= max(_SAME_STATED_ML, closest * _DISAGREE_PERCENT / 100.0):
            continue
        message = (
            f"{name}: the file states {stated_ml:.4g} mL for {names.get(roi.value, roi.label)}, its"
            f" contours enclose {closest:.4g} mL ({100.0 * off_ml / closest:+.1f} %)"
        )
        yield CHECKS["roi_volume_disagrees"].finding(message)


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
