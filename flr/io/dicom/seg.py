"""DICOM SEG: binary, fractional and label map segmentations, every frame placed by its position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError, LabelError, ReadError
from flr.geometry import Grid
from flr.io.dicom.codes import (
    REGION_MODIFIER,
    TYPE_MODIFIER,
    Code,
    CodedSegment,
    code_of,
    identity_findings,
    modifier_of,
    names_by_code,
)
from flr.io.dicom.header import NATIVE, Header, quietly
from flr.io.dicom.layers import (
    LabelVoxels,
    Mask,
    MaskVoxels,
    exclusive_layers,
    gap_findings,
    merged,
    pack,
    volumes_of,
)
from flr.io.dicom.opened import malformed, read_dataset
from flr.io.dicom.pixels import require_decoder
from flr.io.dicom.placing import (
    Places,
    ends_of,
    left_out_findings,
    likeliest_first,
    on_own_planes,
    on_series,
    settle,
    spacing_against_images,
    step_of_images_mm,
)
from flr.io.dicom.planes import Frame2D, frame_2d
from flr.io.dicom.references import referenced_instances
from flr.io.dicom.series import Series
from flr.io.dicom.source import DicomSource
from flr.io.stream import Segment
from flr.quality import CHECKS, QualityFinding

PROBABILITY_LEVEL: Final = 0.5
"""From this fraction on, a voxel of a fractional segmentation counts as inside."""

_MAX_LISTED: Final = 5
_PLANES_ASKED: Final = 9

# What every frame is asked for, by tag: by keyword it takes a quarter more time.
_SEGMENT_IDENTIFICATION: Final = 0x0062_000A
_SEGMENT_NUMBER: Final = 0x0062_000B
_PLANE_POSITION: Final = 0x0020_9113
_POSITION: Final = 0x0020_0032
_PLANE_ORIENTATION: Final = 0x0020_9116
_ORIENTATION: Final = 0x0020_0037


@dataclass(frozen=True, slots=True, eq=False)
class SegFrames:
    """What a SEG says about its frames, before they are placed.

    Parameters
    ----------
    numbers : ndarray of int, shape (frames,)
        Segment of each frame; 0 throughout for a label map.
    positions_mm : ndarray, shape (frames, 3)
        First pixel of each frame (LPS). [mm]
    frame : Frame2D
    size : tuple of int
        Columns and rows.
    declared_step_mm, thickness_mm : float
        SpacingBetweenSlices and SliceThickness; 0 when absent. [mm]
    """

    numbers: NDArray[np.intp]
    positions_mm: NDArray[np.float64]
    frame: Frame2D
    size: tuple[int, int]
    declared_step_mm: float = 0.0
    thickness_mm: float = 0.0


def read_seg(header: Header, name: str, images: Sequence[Series] = ()) -> tuple[DicomSource, ...]:
    """Read a SEG: one source, or one per layer where segments overlap.

    Parameters
    ----------
    header : Header
    name : str
        For messages.
    images : sequence of Series
        Images that it may have been drawn on. The first one on whose slices all frames lie decides about gaps
        and about the extent of the scan.

    Returns
    -------
    tuple of DicomSource
        Label values are the segment numbers.

    Raises
    ------
    ReadError
        If the file is no readable segmentation, or no voxel is labelled.
    GeometryError
        If its frames do not say where they lie.
    EnvironmentFailure
        If its pixels need a decoder that is not installed.
    """
    with quietly():
        try:
            content = read_dataset(header.path)
            kind = str(content.SegmentationType).upper()
            segments = _segments(content, name)
            frames = _frames(content, name)
        except malformed() as error:
            if isinstance(error, (ReadError, GeometryError)):
                raise
            raise ReadError(
                f"{name}: not a segmentation that can be read ({type(error).__name__}); expected a DICOM SEG"
                " with patient positions"
            ) from error
        pixels = _pixels(content, kind, frames, name)
        try:
            listed = referenced_instances(content)
            fractional = str(content.get("SegmentationFractionalType", "")).upper()
            highest = int(content.get("MaximumFractionalValue", 255) or 255)
            background = int(content.get("PixelPaddingValue", 0) or 0)
        except malformed() as error:
            raise ReadError(
                f"{name}: how its values are meant cannot be read ({type(error).__name__}); export it again"
            ) from error
    named = names_by_code(segments)
    names, quality = named.by_value, named.quality
    places, used = _places(frames, likeliest_first(images, listed), name)
    if used is not None:
        quality += used.quality
        quality += left_out_findings(places, used, images, listed, name)
    elif images:
        message = f"{name} lies on another grid than {images[0].name}; it is read on its own planes"
        quality += (CHECKS["seg_off_series"].finding(message),)
        sources = _some_sources(content, places, name)
        quality += spacing_against_images(places, frames.size, images, listed, sources, name)
    partial: dict[int, NDArray[np.float64]] = {}
    store: MaskVoxels | LabelVoxels
    if kind == "LABELMAP":
        store, names = _label_planes(pixels, places, names, background, name)
    else:
        if kind == "FRACTIONAL":
            partial = _fractions(pixels, frames, places, highest)
            pixels = pixels >= highest * PROBABILITY_LEVEL
        masks, united = merged(_masks(pixels, frames, places))
        if united:
            message = f"{name}: {united} frame(s) repeat a segment on a plane; they were united"
            quality += (CHECKS["seg_frames_repeated"].finding(message),)
        store = MaskVoxels((*places.size, places.planes.n), masks)
    present = np.unique(places.k)
    if used is not None:
        grid = used.grid
        pixel_mm2 = frames.frame.spacing_mm[0] * frames.frame.spacing_mm[1]
        quality += gap_findings(store, names, used.planes.distances_mm, pixel_mm2)
        volumes_ml = grid.slice_voxel_volumes_ml[present]
    else:
        k_of = _some_sources(content, places, name)
        between_mm = step_of_images_mm(listed, k_of, places.planes)
        settled = settle(
            store,
            places,
            names,
            name=name,
            ends=ends_of(listed, k_of, places.planes.n),
            declared_step_mm=min((mm for mm in (frames.declared_step_mm, between_mm) if mm > 0), default=0.0),
            single_step_mm=next((mm for mm in (frames.declared_step_mm, frames.thickness_mm) if mm > 0), 1.0),
        )
        store, grid = settled.store, settled.grid
        quality += settled.quality
        volumes_ml = grid.slice_voxel_volumes_ml[list(settled.k_of)]
    drawn = set(store.values)
    if not drawn:
        raise ReadError(f"{name}: an empty segmentation, no voxel is labelled; is it the right file?")
    partial_ml = (
        {value: float(sums @ volumes_ml) for value, sums in partial.items()}
        if fractional == "OCCUPANCY"
        else {}
    )
    if kind == "FRACTIONAL":
        quality += (_fractional_finding(fractional, name, _both_volumes(partial_ml, store, grid, names)),)
    drawn_ml = volumes_of(store, grid)
    _require_described(drawn_ml, names, name)
    quality += identity_findings(named, drawn_ml)
    layers: list[MaskVoxels | LabelVoxels] = [store]
    if isinstance(store, MaskVoxels):
        layers = [MaskVoxels(store.shape, layer) for layer in exclusive_layers(store.masks)]
    empty = [names[s.value] for s in segments if s.value not in drawn and s.value in names]
    if empty:
        quality += (CHECKS["segment_empty"].finding(f"{name}: nothing is drawn for {', '.join(empty)}"),)
    return tuple(
        DicomSource(
            path=header.path,
            name=name if len(layers) == 1 else f"{name} layer {number}",
            kind="dicom_seg",
            grid=grid,
            dtype=layer.dtype,
            voxels=layer,
            names=MappingProxyType(names),
            quality=quality if number == 0 else (),
            segments=_described(segments, layer, number),
            files=(header.path,),
            file_name=name,
            series=used,
            partial_ml={v: ml for v, ml in partial_ml.items() if v in layer.values},
            frame_of_reference_uid=header.text("FrameOfReferenceUID"),
            patient_key=header.patient_key,
        )
        for number, layer in enumerate(layers)
    )


def _segments(content: Any, name: str) -> list[CodedSegment]:
    found: list[CodedSegment] = []
    for item in content.SegmentSequence:
        number = int(item.SegmentNumber)
        if any(segment.value == number for segment in found):
            raise ReadError(
                f"{name}: segment number {number} is described twice, so which of the two a frame belongs to"
                " is not certain; export it again"
            )
        if number == 0:  # the background of a label map
            continue
        types, regions = item.get("SegmentedPropertyTypeCodeSequence"), item.get("AnatomicRegionSequence")
        found.append(
            CodedSegment(
                number,
                str(item.get("SegmentLabel", "") or ""),
                code_of(types),
                code_of(regions),
                modifier_of(types, TYPE_MODIFIER, item.get(TYPE_MODIFIER)),
                modifier_of(regions, REGION_MODIFIER, item.get(REGION_MODIFIER)),
            )
        )
    return found


def _require_described(drawn_ml: Mapping[int, float], names: Mapping[int, str], name: str) -> None:
    """Refuse voxels of segments that the file does not describe: they would be in no volume."""
    strays = {value: ml for value, ml in drawn_ml.items() if value not in names}
    if strays:
        shown = ", ".join(f"{value} with {ml:.1f} mL" for value, ml in sorted(strays.items())[:_MAX_LISTED])
        raise ReadError(
            f"{name}: it draws segment number {shown}, which it does not describe, so what that is cannot be"
            " known; export it again"
        )


def _described(
    segments: Sequence[CodedSegment], layer: MaskVoxels | LabelVoxels, number: int
) -> tuple[Segment, ...]:
    def tags(region: Code | None) -> MappingProxyType[str, str]:
        return MappingProxyType({} if region is None else {"anatomic_region": " ".join(region)})

    present = set(layer.values)
    return tuple(
        Segment(s.label, s.value, number, tags(s.region), s.type_code) for s in segments if s.value in present
    )


def _frames(content: Any, name: str) -> SegFrames:
    shared = (
        content.SharedFunctionalGroupsSequence[0] if content.get("SharedFunctionalGroupsSequence") else {}
    )
    n = int(content.get("NumberOfFrames", 1))
    own_groups = content.get("PerFrameFunctionalGroupsSequence")
    if not own_groups or n < 1:
        raise ReadError(f"{name}: an empty segmentation, it has no frame; is it the right file?")
    if len(own_groups) != n:
        raise ReadError(
            f"{name}: {n} frames but {len(own_groups)} descriptions of frames; the file is damaged"
        )
    numbers = np.zeros(n, dtype=np.intp)
    positions = np.empty((n, 3))
    orientation: tuple[float, ...] | None = None
    shared_identity = _first_item(shared, _SEGMENT_IDENTIFICATION)
    shared_position = _first_item(shared, _PLANE_POSITION)
    for index, own in enumerate(own_groups):
        identified = _first_item(own, _SEGMENT_IDENTIFICATION, shared_identity)
        if identified is not None:
            numbers[index] = int(identified[_SEGMENT_NUMBER].value)
        placed = _first_item(own, _PLANE_POSITION, shared_position)
        if placed is None:
            raise GeometryError(
                f"{name}: frames without a position in the patient; expected a SEG of CT or MR images"
            )
        positions[index] = [float(v) for v in placed[_POSITION].value]
        turned = _first_item(own, _PLANE_ORIENTATION)
        if turned is not None:
            directions = tuple(float(v) for v in turned[_ORIENTATION].value)
            if orientation is not None and not np.allclose(directions, orientation, rtol=0, atol=1e-3):
                raise GeometryError(f"{name}: frames of different orientation; expected parallel planes")
            orientation = directions
    if orientation is None:
        orientation = tuple(float(v) for v in shared["PlaneOrientationSequence"][0].ImageOrientationPatient)
    measures = (shared.get("PixelMeasuresSequence") or own_groups[0].get("PixelMeasuresSequence"))[0]
    return SegFrames(
        numbers,
        positions,
        frame_2d(orientation, [float(v) for v in measures.PixelSpacing], name),
        (int(content.Columns), int(content.Rows)),
        float(measures.get("SpacingBetweenSlices", 0.0) or 0.0),
        float(measures.get("SliceThickness", 0.0) or 0.0),
    )


def _first_item(content: Any, tag: int, otherwise: Any = None) -> Any:
    """The first item of a sequence; something else where there is none."""
    element = content.get(tag)
    return element.value[0] if element is not None and element.value else otherwise


def _some_sources(content: Any, places: Places, name: str) -> dict[str, int]:
    """SOP instances that both end planes and some between them were drawn on, with their plane.

    A few tell the order in which the file lists its images; reading all would take as long as all the rest.
    """
    own_groups = content.PerFrameFunctionalGroupsSequence
    planes, first_frame = np.unique(places.k, return_index=True)
    asked = np.unique(np.linspace(0, len(planes) - 1, _PLANES_ASKED).round().astype(np.intp))
    with quietly():
        try:
            found = {_source_of(own_groups[int(first_frame[plane])]): int(planes[plane]) for plane in asked}
        except malformed() as error:
            raise ReadError(
                f"{name}: what the segmentation was drawn on cannot be read ({type(error).__name__});"
                " export it again"
            ) from error
    return {uid: k for uid, k in found.items() if uid}


def _source_of(own: Any) -> str:
    derived = own.get("DerivationImageSequence")
    images = derived[0].get("SourceImageSequence") if derived else None
    return str(images[0].get("ReferencedSOPInstanceUID", "")) if images else ""


def _pixels(content: Any, kind: str, frames: SegFrames, name: str) -> NDArray[Any]:
    """Frames as packed bits (BINARY, whole bytes per frame) or as values, shape (frames, rows, columns)."""
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP"):
        raise ReadError(f"{name}: a segmentation of type {kind!r}; expected BINARY, FRACTIONAL or LABELMAP")
    if "PixelData" not in content:
        raise ReadError(f"{name}: a segmentation without pixels; the file was not copied completely")
    n, (columns, rows) = len(frames.numbers), frames.size
    syntax = str(content.file_meta.get("TransferSyntaxUID", "")) if hasattr(content, "file_meta") else ""
    if syntax not in NATIVE:
        require_decoder(syntax)
        from pydicom.pixels.utils import pixel_array

        try:
            decoded = pixel_array(content).reshape(n, rows, columns)
        except malformed(RuntimeError) as error:
            raise ReadError(f"{name}: its pixels cannot be decoded ({type(error).__name__})") from error
        return decoded
    try:
        bits = int(content.get("BitsAllocated", 1))
        raw = np.frombuffer(content.PixelData, dtype=np.uint8)
    except malformed() as error:
        raise ReadError(
            f"{name}: its pixels cannot be read ({type(error).__name__}); export it again"
        ) from error
    needed = -(-n * rows * columns * bits // 8)
    if raw.size < needed:
        raise ReadError(
            f"{name}: the pixels are cut short ({raw.size} of {needed} bytes); copy the file again"
        )
    if bits == 1:
        if rows * columns % 8 == 0:
            return raw[:needed].reshape(n, rows * columns // 8)
        loose = np.unpackbits(raw, count=n * rows * columns, bitorder="little").reshape(n, rows * columns)
        return np.packbits(loose, axis=1, bitorder="little")
    if bits not in (8, 16):
        raise ReadError(f"{name}: {bits} bits per pixel; expected 1, 8 or 16")
    return raw[:needed].view(np.dtype(f"<u{bits // 8}")).reshape(n, rows, columns)


def _places(frames: SegFrames, images: Sequence[Series], name: str) -> tuple[Places, Series | None]:
    for series in images:
        places = on_series(frames.positions_mm, frames.frame, frames.size, series)
        if places is not None:
            return places, series
    return on_own_planes(frames.positions_mm, frames.frame, frames.size, name), None


def _masks(pixels: NDArray[Any], frames: SegFrames, places: Places) -> list[Mask]:
    columns, rows = frames.size
    packed = pixels.ndim == 2
    return [
        Mask(
            int(frames.numbers[index]),
            int(places.k[index]),
            pixels[index] if packed else pack(pixels[index]),
            (int(places.corners[index, 0]), int(places.corners[index, 1])),
            (rows, columns),
        )
        for index in range(len(frames.numbers))
        if pixels[index].any()
    ]


def _fractions(
    pixels: NDArray[Any], frames: SegFrames, places: Places, highest: int
) -> dict[int, NDArray[np.float64]]:
    """Sum of fractions of each segment on each plane that has a frame, in voxels."""
    present = np.unique(places.k)
    sums: dict[int, NDArray[np.float64]] = {}
    for index, number in enumerate(frames.numbers):
        per_plane = sums.setdefault(int(number), np.zeros(len(present)))
        per_plane[int(np.searchsorted(present, places.k[index]))] += (
            float(pixels[index].sum(dtype=np.int64)) / highest
        )
    return sums


def _both_volumes(
    partial_ml: Mapping[int, float], store: MaskVoxels | LabelVoxels, grid: Grid, names: Mapping[int, str]
) -> str:
    """The summed volume of each segment beside the one above the level."""
    volumes_ml = grid.slice_voxel_volumes_ml
    shown = []
    for value, summed_ml in partial_ml.items():
        planes = store.planes_of(value)
        inside_ml = sum(float(np.count_nonzero(store.mask(value, k)) * volumes_ml[k]) for k in planes)
        shown.append(f"{names.get(value, value)} {summed_ml:.2f} mL summed, {inside_ml:.2f} mL inside")
    return "; ".join(shown[:_MAX_LISTED]) + ("; …" if len(shown) > _MAX_LISTED else "")


def _fractional_finding(fractional: str, name: str, both: str) -> QualityFinding:
    if fractional == "OCCUPANCY":
        message = (
            f"{name} holds occupied fractions: flr volumes sums them, an assessment takes voxels from"
            f" {PROBABILITY_LEVEL:g} on as inside ({both})"
        )
        return CHECKS["fractional_occupancy"].finding(message)
    message = (
        f"{name} holds probabilities, which are no volumes: voxels from {PROBABILITY_LEVEL:g} on count as"
        " inside, and the probabilities are not summed"
    )
    return CHECKS["fractional_probability"].finding(message)


def _label_planes(
    pixels: NDArray[Any], places: Places, names: dict[int, str], background: int, name: str
) -> tuple[LabelVoxels, dict[int, str]]:
    """Label planes with background 0, whatever value the file gives it."""
    if len(np.unique(places.k)) != len(places.k):
        raise LabelError(f"{name}: a label map with two frames on one plane; export it again")
    corners = np.unique(places.corners, axis=0)
    if len(corners) != 1:
        raise GeometryError(
            f"{name}: the frames of a label map are shifted against one another; export it again"
        )
    highest = int(pixels.max(initial=0))
    lookup = np.arange(max(highest, background) + 1, dtype=np.uint16)
    if background:
        lookup[background] = 0
        if (pixels == 0).any() and 0 not in names:
            lookup[0] = 0
    dtype = np.uint8 if highest <= 255 else np.uint16
    planes = {int(k): lookup[pixels[index]].astype(dtype) for index, k in enumerate(places.k)}
    corner = (int(corners[0, 0]), int(corners[0, 1]))
    return LabelVoxels((*places.size, places.planes.n), planes, corner), names
