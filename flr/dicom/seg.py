"""DICOM SEG: binary, fractional and label map segmentations, every frame placed by its position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.dicom.codes import (
    REGION_MODIFIER,
    TYPE_MODIFIER,
    Code,
    CodedSegment,
    background_findings,
    code_of,
    identity_findings,
    is_background,
    is_called_background,
    modifier_of,
    names_by_code,
)
from flr.dicom.frames import SegFrames, contents_of, frames_of, pixels_of
from flr.dicom.header import Header, quietly
from flr.dicom.layers import (
    LabelVoxels,
    Mask,
    MaskVoxels,
    exclusive_layers,
    gap_findings,
    merged,
    pack,
    volumes_of,
)
from flr.dicom.opened import malformed
from flr.dicom.placing import (
    Places,
    left_out_findings,
    likeliest_first,
    on_own_planes,
    on_series,
    spacing_against_images,
    with_margin,
)
from flr.dicom.references import referenced_instances
from flr.dicom.series import Series
from flr.dicom.settling import Listing, lattice_of, settle
from flr.dicom.source import DicomSource
from flr.errors import GeometryError, LabelError, ReadError
from flr.geometry import Grid
from flr.labels import canonical_name
from flr.quality import CHECKS, QualityFinding
from flr.stream import Segment

PROBABILITY_LEVEL: Final = 0.5
"""From this fraction on, a voxel of a fractional segmentation counts as inside."""

_MAX_LISTED: Final = 5
_PLANES_ASKED: Final = 9

AnyStore = MaskVoxels | LabelVoxels


@dataclass(frozen=True, slots=True, eq=False)
class _Content:
    """A segmentation as its files have it, nothing placed yet.

    Parameters
    ----------
    kind : {"BINARY", "FRACTIONAL", "LABELMAP"}
    segments : tuple of CodedSegment
    frames : SegFrames
    pixels : ndarray
        As :func:`flr.dicom.frames.pixels_of` gives them.
    listed : tuple of str
        SOP instances of the images that the file refers to.
    fractional : str
        What fractions mean: ``"OCCUPANCY"``, ``"PROBABILITY"`` or nothing.
    highest : int
        The value of a full voxel of a fractional segmentation.
    padding : int
        The value of the background of a label map.
    is_drawn_by_hand : bool
    made_by : str
        As of :class:`flr.dicom.source.DicomSource`.
    """

    kind: str
    segments: tuple[CodedSegment, ...]
    frames: SegFrames
    pixels: NDArray[Any]
    listed: tuple[str, ...]
    fractional: str
    highest: int
    padding: int
    is_drawn_by_hand: bool
    made_by: str

    @property
    def structures(self) -> tuple[CodedSegment, ...]:
        """The segments that are no background."""
        return tuple(segment for segment in self.segments if not is_background(segment))

    @property
    def backgrounds(self) -> frozenset[int]:
        """The numbers of segments that are background."""
        return frozenset(segment.value for segment in self.segments if is_background(segment))


@dataclass(frozen=True, slots=True, eq=False)
class _Stored:
    """Voxels of a segmentation on planes.

    Parameters
    ----------
    store : MaskVoxels or LabelVoxels
    places : Places
    series : Series or None
        The images on whose slices they lie.
    quality : tuple of QualityFinding
    """

    store: AnyStore
    places: Places
    series: Series | None
    quality: tuple[QualityFinding, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Voxels of a segmentation on a grid.

    Parameters
    ----------
    store : MaskVoxels or LabelVoxels
    grid : Grid
    present_ml : ndarray, shape (planes with a frame,)
        Volume of a voxel on each of them. [mL]
    series : Series or None
        The images on whose slices they lie.
    quality : tuple of QualityFinding
    """

    store: AnyStore
    grid: Grid
    present_ml: NDArray[np.float64]
    series: Series | None
    quality: tuple[QualityFinding, ...]


def read_seg(
    headers: Header | Sequence[Header], name: str, images: Sequence[Series] = ()
) -> tuple[DicomSource, ...]:
    """Read a SEG: one source, or one per layer where segments overlap.

    Parameters
    ----------
    headers : Header or sequence of Header
        Its file; several for a concatenation.
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
        If its frames do not say where they lie, or differ in size.
    EnvironmentFailure
        If its pixels need a decoder that is not installed.
    """
    files = (headers,) if isinstance(headers, Header) else tuple(headers)
    content = _read(files, name)
    named = names_by_code(content.structures)
    stored = _stored(content, named.by_value, name, images)
    placed = _placed(content, stored, named.by_value, name, images)
    drawn_ml = volumes_of(placed.store, placed.grid)
    if not drawn_ml:
        raise ReadError(f"{name}: an empty segmentation, no voxel is labelled; is it the right file?")
    _require_described(drawn_ml, named.by_value, name)
    partial_ml, notes = _fractional(content, placed, stored.places, named.by_value, name)
    quality = (
        *named.quality,
        *stored.quality,
        *placed.quality,
        *notes,
        *identity_findings(named, drawn_ml),
        *background_findings(content.segments, name),
        *_empty_findings(content.structures, named.by_value, drawn_ml, name),
    )
    return _sources(files, name, content, replace(placed, quality=quality), named.by_value, partial_ml)


def _read(files: Sequence[Header], name: str) -> _Content:
    """What the files hold, refused where it is no segmentation."""
    with quietly():
        try:
            parts = contents_of(files)
            first = parts[0]
            kind = str(first.SegmentationType).upper()
            segments = _segments(parts, name)
            frames = frames_of(parts, name)
        except malformed() as error:
            if isinstance(error, (ReadError, GeometryError)):
                raise
            raise ReadError(
                f"{name}: not a segmentation that can be read ({type(error).__name__}); expected a DICOM SEG"
                " with patient positions"
            ) from error
        pixels = pixels_of(parts, kind, frames.size, name)
        try:
            content = _Content(
                kind,
                tuple(segments),
                frames,
                pixels,
                tuple(uid for part in parts for uid in referenced_instances(part)),
                str(first.get("SegmentationFractionalType", "")).upper(),
                int(first.get("MaximumFractionalValue", 255) or 255),
                int(first.get("PixelPaddingValue", 0) or 0),
                *_authors(first),
            )
        except malformed() as error:
            raise ReadError(
                f"{name}: how its values are meant cannot be read ({type(error).__name__}); export it again"
            ) from error
    most = int(pixels.max(initial=0)) if kind == "FRACTIONAL" else 0
    if most > content.highest:
        raise ReadError(
            f"{name}: fractions up to {most} although a full voxel is said to be {content.highest}; export it"
            " again"
        )
    return content


def _authors(content: Any) -> tuple[bool, str]:
    """Whether a person drew all segments, and the one program that made all of them, as the file says."""
    by_hand = [
        str(item.get("SegmentAlgorithmType", "")).strip().upper() == "MANUAL"
        for item in content.SegmentSequence
    ]
    programs = {str(item.get("SegmentAlgorithmName", "") or "").strip() for item in content.SegmentSequence}
    return all(by_hand), programs.pop() if len(programs) == 1 and not any(by_hand) else ""


def _segments(parts: Sequence[Any], name: str) -> list[CodedSegment]:
    """The segments that the first part describes; ReadError where another part describes other ones."""
    described = [_segments_of(part, name) for part in parts]
    if any(other != described[0] for other in described[1:]):
        raise ReadError(
            f"{name}: the parts of the segmentation describe different segments; export it again as one file"
        )
    return described[0]


def _segments_of(content: Any, name: str) -> list[CodedSegment]:
    found: list[CodedSegment] = []
    for item in content.SegmentSequence:
        number = int(item.SegmentNumber)
        if any(segment.value == number for segment in found):
            raise ReadError(
                f"{name}: segment number {number} is described twice, so which of the two a frame belongs to"
                " is not certain; export it again"
            )
        types, regions = item.get("SegmentedPropertyTypeCodeSequence"), item.get("AnatomicRegionSequence")
        segment = CodedSegment(
            number,
            str(item.get("SegmentLabel", "") or ""),
            code_of(types),
            code_of(regions),
            modifier_of(types, TYPE_MODIFIER, item.get(TYPE_MODIFIER)),
            modifier_of(regions, REGION_MODIFIER, item.get(REGION_MODIFIER)),
        )
        if number or is_background(segment):
            found.append(segment)
        elif not is_called_background(segment) and (
            segment.coded is not None or canonical_name(segment.label) is not None
        ):
            raise ReadError(
                f"{name}: segment number 0, which is the background of a label map, is said to be"
                f" {segment.label!r}; export it again with numbers from 1"
            )
    return [segment for segment in found if segment.value]


def _stored(content: _Content, names: Mapping[int, str], name: str, images: Sequence[Series]) -> _Stored:
    """The voxels on the slices of the images where they lie on them, else on planes of their own."""
    frames = content.frames
    places, series = _places(frames, likeliest_first(images, content.listed), name)
    shape = (*places.size, places.planes.n)
    if content.kind == "LABELMAP":
        return _Stored(_label_planes(content, places, names, name), places, series)
    pixels = content.pixels
    if content.kind == "FRACTIONAL":
        pixels = pixels >= content.highest * PROBABILITY_LEVEL
    masks, united = merged(_masks(pixels, frames, places, content.backgrounds))
    quality: tuple[QualityFinding, ...] = ()
    if united:
        message = f"{name}: {united} frame(s) repeat a segment on a plane; they were united"
        quality = (CHECKS["seg_frames_repeated"].finding(message),)
    return _Stored(MaskVoxels(shape, masks), places, series, quality)


def _places(frames: SegFrames, images: Sequence[Series], name: str) -> tuple[Places, Series | None]:
    for series in images:
        places = on_series(frames.positions_mm, frames.frame, frames.size, series)
        if places is not None:
            return places, series
    return on_own_planes(frames.positions_mm, frames.frame, frames.size, name), None


def _placed(
    content: _Content, stored: _Stored, names: Mapping[int, str], name: str, images: Sequence[Series]
) -> _Placed:
    """The voxels on the grid of the images, or on one made for the frames; with the gaps in them."""
    frames = content.frames
    store, places, series = stored.store, stored.places, stored.series
    quality: tuple[QualityFinding, ...]
    present = np.unique(places.k)
    if series is not None:
        grid, distances_mm = series.grid, series.planes.distances_mm
        present_ml = grid.slice_voxel_volumes_ml[present]
        quality = (*series.quality, *left_out_findings(places, series, images, content.listed, name))
    else:
        listing = _listing(content, places, name)
        quality = _elsewhere_findings(listing, places, frames, images, name)
        store, places, notes = _beyond_frames(store, places, name)
        quality += notes
        quality += _differing_findings(frames, places, name)
        given_mm = (frames.declared_step_mm, frames.thickness_mm)
        lattice = lattice_of(
            places,
            listing,
            name=name,
            declared_step_mm=given_mm[0],
            thickness_mm=given_mm[1],
            single_step_mm=next((mm for mm in given_mm if mm > 0), 1.0),
        )
        settled = settle(store, lattice)
        store, grid, distances_mm = settled.store, settled.grid, settled.distances_mm
        present_ml = grid.slice_voxel_volumes_ml[list(settled.k_of)]
        quality += settled.quality
    pixel_mm2 = frames.frame.spacing_mm[0] * frames.frame.spacing_mm[1]
    quality += gap_findings(store, names, distances_mm, pixel_mm2)
    return _Placed(store, grid, present_ml, series, quality)


def _differing_findings(frames: SegFrames, places: Places, name: str) -> tuple[QualityFinding, ...]:
    """``seg_measures_differ``; GeometryError where nothing else says how thick the one plane is."""
    if not frames.differing:
        return ()
    what = " and ".join(frames.differing)
    if places.planes.n == 1:
        raise GeometryError(
            f"{name}: its one plane has {what}, so no volume follows from it; export the segmentation again"
        )
    message = f"{name}: frames state {what}; their positions decide how far apart they lie"
    return (CHECKS["seg_measures_differ"].finding(message),)


def _beyond_frames(
    store: AnyStore, places: Places, name: str
) -> tuple[AnyStore, Places, tuple[QualityFinding, ...]]:
    """Voxels on planes that go on where something is drawn up to the edge of the frames.

    A file does not say how many rows and columns its images have: frames may be cut out around what is drawn.
    Whether the scan ends there is not known, and the shape of the organ decides (its flat faces).
    """
    sides = store.sides_reached()
    if not sides:
        return store, places, ()
    wider, corner = with_margin(places, sides)
    shape = (*wider.size, places.planes.n)
    message = (
        f"{name}: structures reach the edge of the frames and the images are not at hand, so whether the scan"
        " or only the frames end there cannot be seen; give the images too"
    )
    moved = store.moved(shape, range(places.planes.n), corner)
    return moved, wider, (CHECKS["scan_extent_unknown"].finding(message),)


def _listing(content: _Content, places: Places, name: str) -> Listing:
    """The images that the file refers to, against its planes.

    A few planes tell the order of the list; reading the sources of all would take as long as all the rest.
    """
    planes, first_frame = np.unique(places.k, return_index=True)
    frame_on = {int(k): int(index) for k, index in zip(planes, first_frame, strict=True)}
    asked = np.unique(np.linspace(0, len(planes) - 1, _PLANES_ASKED).round().astype(np.intp))
    few = {int(planes[k]): frame_on[int(planes[k])] for k in asked}
    return Listing(
        content.listed,
        content.frames.sources_of(few, name),
        lambda: content.frames.sources_of(frame_on, name),
    )


def _elsewhere_findings(
    listing: Listing, places: Places, frames: SegFrames, images: Sequence[Series], name: str
) -> tuple[QualityFinding, ...]:
    """What is said where images are at hand and the frames do not lie on them."""
    if not images:
        return ()
    message = f"{name} lies on another grid than {images[0].name}; it is read on its own planes"
    return (
        CHECKS["seg_off_series"].finding(message),
        *spacing_against_images(places, frames.size, images, listing.instances, listing.some, name),
    )


def _require_described(drawn_ml: Mapping[int, float], names: Mapping[int, str], name: str) -> None:
    """Refuse voxels of segments that the file does not describe: they would be in no volume."""
    strays = {value: ml for value, ml in drawn_ml.items() if value not in names}
    if strays:
        shown = ", ".join(f"{value} with {ml:.1f} mL" for value, ml in sorted(strays.items())[:_MAX_LISTED])
        raise ReadError(
            f"{name}: it draws segment number {shown}, which it does not describe, so what that is cannot be"
            " known; export it again"
        )


def _empty_findings(
    segments: Sequence[CodedSegment], names: Mapping[int, str], drawn_ml: Mapping[int, float], name: str
) -> tuple[QualityFinding, ...]:
    empty = [names[s.value] for s in segments if s.value not in drawn_ml and s.value in names]
    if not empty:
        return ()
    return (CHECKS["segment_empty"].finding(f"{name}: nothing is drawn for {', '.join(empty)}"),)


def _sources(
    files: Sequence[Header],
    name: str,
    content: _Content,
    placed: _Placed,
    names: Mapping[int, str],
    partial_ml: Mapping[int, float],
) -> tuple[DicomSource, ...]:
    """One source for each layer within which no two segments overlap."""
    store = placed.store
    layers: list[AnyStore] = [store]
    if isinstance(store, MaskVoxels):
        layers = [MaskVoxels(store.shape, layer) for layer in exclusive_layers(store.masks)]
    return tuple(
        DicomSource(
            path=files[0].path,
            name=name if len(layers) == 1 else f"{name} layer {number}",
            kind="dicom_seg",
            grid=placed.grid,
            dtype=layer.dtype,
            voxels=layer,
            names=MappingProxyType(dict(names)),
            quality=placed.quality if number == 0 else (),
            segments=_described(content.structures, layer, number),
            files=tuple(header.path for header in files),
            file_name=name,
            series=placed.series,
            is_drawn_by_hand=content.is_drawn_by_hand,
            made_by=content.made_by,
            partial_ml={v: ml for v, ml in partial_ml.items() if v in layer.values},
            frame_of_reference_uid=files[0].text("FrameOfReferenceUID"),
            patient_key=files[0].patient_key,
        )
        for number, layer in enumerate(layers)
    )


def _described(segments: Sequence[CodedSegment], layer: AnyStore, number: int) -> tuple[Segment, ...]:
    def tags(region: Code | None) -> MappingProxyType[str, str]:
        return MappingProxyType({} if region is None else {"anatomic_region": " ".join(region)})

    present = set(layer.values)
    return tuple(
        Segment(s.label, s.value, number, tags(s.region), s.type_code) for s in segments if s.value in present
    )


def _masks(
    pixels: NDArray[Any], frames: SegFrames, places: Places, backgrounds: frozenset[int]
) -> list[Mask]:
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
        if int(frames.numbers[index]) not in backgrounds and pixels[index].any()
    ]


def _fractional(
    content: _Content, placed: _Placed, places: Places, names: Mapping[int, str], name: str
) -> tuple[dict[int, float], tuple[QualityFinding, ...]]:
    """Summed volumes of occupied fractions, and what fractions mean; nothing for other kinds."""
    if content.kind != "FRACTIONAL":
        return {}, ()
    if content.fractional != "OCCUPANCY":
        message = (
            f"{name} holds probabilities, which are no volumes: voxels from {PROBABILITY_LEVEL:g} on count as"
            " inside, and the probabilities are not summed"
        )
        return {}, (CHECKS["fractional_probability"].finding(message),)
    partial_ml = {
        value: float(sums @ placed.present_ml)
        for value, sums in _fractions(content, places).items()
        if value not in content.backgrounds
    }
    both = _both_volumes(partial_ml, placed, names)
    message = (
        f"{name} holds occupied fractions: flr volumes sums them, an assessment takes voxels from"
        f" {PROBABILITY_LEVEL:g} on as inside ({both})"
    )
    return partial_ml, (CHECKS["fractional_occupancy"].finding(message),)


def _fractions(content: _Content, places: Places) -> dict[int, NDArray[np.float64]]:
    """Sum of fractions of each segment on each plane that has a frame, in voxels."""
    present = np.unique(places.k)
    sums: dict[int, NDArray[np.float64]] = {}
    for index, number in enumerate(content.frames.numbers):
        per_plane = sums.setdefault(int(number), np.zeros(len(present)))
        per_plane[int(np.searchsorted(present, places.k[index]))] += (
            float(content.pixels[index].sum(dtype=np.int64)) / content.highest
        )
    return sums


def _both_volumes(partial_ml: Mapping[int, float], placed: _Placed, names: Mapping[int, str]) -> str:
    """The summed volume of each segment beside the one above the level."""
    inside_ml = volumes_of(placed.store, placed.grid)
    shown = [
        f"{names.get(value, value)} {summed_ml:.2f} mL summed, {inside_ml.get(value, 0.0):.2f} mL inside"
        for value, summed_ml in partial_ml.items()
    ]
    return "; ".join(shown[:_MAX_LISTED]) + ("; …" if len(shown) > _MAX_LISTED else "")


def _label_planes(content: _Content, places: Places, names: Mapping[int, str], name: str) -> LabelVoxels:
    """Label planes with background 0, whatever value the file gives it."""
    pixels, padding = content.pixels, content.padding
    if len(np.unique(places.k)) != len(places.k):
        raise LabelError(f"{name}: a label map with two frames on one plane; export it again")
    corners = np.unique(places.corners, axis=0)
    if len(corners) != 1:
        raise GeometryError(
            f"{name}: the frames of a label map are shifted against one another; export it again"
        )
    highest = int(pixels.max(initial=0))
    lookup = np.arange(max(highest, padding, *content.backgrounds, 0) + 1, dtype=np.uint16)
    lookup[list(content.backgrounds)] = 0
    if padding:
        lookup[padding] = 0
        if (pixels == 0).any() and 0 not in names:
            lookup[0] = 0
    dtype = np.uint8 if highest <= 255 else np.uint16
    planes = {int(k): lookup[pixels[index]].astype(dtype) for index, k in enumerate(places.k)}
    corner = (int(corners[0, 0]), int(corners[0, 1]))
    return LabelVoxels((*places.size, places.planes.n), planes, corner)
