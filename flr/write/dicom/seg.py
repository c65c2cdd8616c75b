"""DICOM SEG: overlapping segments, one frame per segment and slice, or label maps where asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from flr.errors import LabelError
from flr.structures import PRIVATE_SCHEME
from flr.version import VERSION
from flr.write.dicom.codes import Concept
from flr.write.dicom.patient import (
    EXPLICIT_LITTLE,
    code_sequence,
    finished,
    frame_of_reference,
    result_module,
    say_private_scheme,
    series_module,
    structure_uid,
    study_references,
)
from flr.write.dicom.rle import RLE_LOSSLESS, rle_frame
from flr.write.dicom.source import ImageReference, Planes, SourceImages
from flr.write.dicom.structures import Structure
from flr.write.dicom.texts import cielab, decimal
from flr.write.dicom.uids import derived_uid

if TYPE_CHECKING:
    from pydicom import Dataset

SegType = Literal["binary", "fractional", "labelmap"]
SEG_TYPES: Final[tuple[SegType, ...]] = get_args(SegType)

SEG_CLASS: Final = "1.2.840.10008.5.1.4.1.1.66.4"
LABELMAP_CLASS: Final = "1.2.840.10008.5.1.4.1.1.66.7"
_FULL: Final = 255
_MOST_LABELS: Final = 255
_SERIES_NUMBER: Final = 7001

_SEGMENTATION: Final = Concept("113076", "DCM", "Segmentation")
_SOURCE_IMAGE: Final = Concept("121322", "DCM", "Source image for image processing operation")
_BACKGROUND_CATEGORY: Final = Concept("309825002", "SCT", "Spatial and Relational Concept")
_BACKGROUND: Final = Concept("125040", "DCM", "Background")


@dataclass(frozen=True, slots=True)
class Algorithm:
    """Who drew the segments.

    Parameters
    ----------
    kind : {"AUTOMATIC", "SEMIAUTOMATIC"}
    name : str
    """

    kind: Literal["AUTOMATIC", "SEMIAUTOMATIC"]
    name: str


@dataclass(frozen=True, eq=False)
class SegmentPlace:
    """Where a structure's segment is: for the report that refers to it.

    Parameters
    ----------
    structure : Structure
    series_instance_uid, sop_class_uid, sop_instance_uid : str
    number : int
    voxels : int
    tracking_id, tracking_uid : str
    """

    structure: Structure
    series_instance_uid: str
    sop_class_uid: str
    sop_instance_uid: str
    number: int
    voxels: int
    tracking_id: str
    tracking_uid: str


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A structure's voxels on the planes.

    ``occupied``: planes with voxels; ``cut``: the box in which they lie (k, j, i), cropped to it.
    """

    structure: Structure
    inside: NDArray[np.bool_]
    corner: tuple[int, int, int]
    occupied: NDArray[np.intp]

    @property
    def voxels(self) -> int:
        return int(np.count_nonzero(self.inside))


def segmentations(
    structures: Sequence[Structure],
    planes: Planes,
    source: SourceImages,
    *,
    plan: str = "",
    kind: SegType = "binary",
    algorithm: Algorithm | None = None,
    instance_number: int = 1,
    made: datetime | None,
) -> tuple[list[Dataset], list[SegmentPlace]]:
    """SEG objects of some structures, and where each of them is.

    Parameters
    ----------
    structures : sequence of Structure
    planes : Planes
    source : SourceImages
    plan : str
        Notation of the plan, part of the tracking identifiers of what depends on it.
    kind : {"binary", "fractional", "labelmap"}
        A label map cannot hold overlapping structures, so there may be several of them; the other two kinds
        hold everything in one object. Fractional is occupancy, here always none or all of a voxel.
    algorithm : Algorithm, optional
    instance_number : int
    made : datetime or None
        See :func:`flr.write.dicom.patient.finished`.

    Raises
    ------
    LabelError
        If not one structure has a voxel.
    """
    drawn = [one for one in (_drawn(structure, planes) for structure in structures) if one is not None]
    if not drawn:
        raise LabelError("nothing to write: not one structure has a voxel")
    by = algorithm or Algorithm("SEMIAUTOMATIC", f"flr {VERSION}")
    objects, places = [], []
    for layer in _layers(drawn) if kind == "labelmap" else [drawn]:
        made_object = _segmentation(layer, planes, source, plan, kind, by, instance_number, made)
        instance_number += 1
        objects.append(made_object)
        for number, one in enumerate(layer, start=1):
            places.append(
                SegmentPlace(
                    one.structure,
                    str(made_object.SeriesInstanceUID),
                    str(made_object.SOPClassUID),
                    str(made_object.SOPInstanceUID),
                    number,
                    one.voxels,
                    *tracking(one.structure, plan, source),
                )
            )
    return objects, places


def tracking(structure: Structure, plan: str, source: SourceImages) -> tuple[str, str]:
    """Tracking identifier and UID of a structure: the same for the same patient at every time point."""
    names = (structure.key, plan) if structure.of_plan else (structure.key,)
    return " ".join(name for name in names if name)[:64], structure_uid(source, *names)


def _drawn(structure: Structure, planes: Planes) -> _Drawn | None:
    mask = planes.turned(structure.mask())
    spans = []
    for axis in range(3):
        filled = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        if not filled.size:
            return None
        spans.append(slice(int(filled[0]), int(filled[-1]) + 1))
    inside = np.ascontiguousarray(mask[tuple(spans)])
    corner = (
        spans[0].start + planes.start[2],
        spans[1].start + planes.start[1],
        spans[2].start + planes.start[0],
    )
    return _Drawn(structure, inside, corner, corner[0] + np.flatnonzero(inside.any(axis=(1, 2))))


def _layers(drawn: Sequence[_Drawn]) -> list[list[_Drawn]]:
    """Structures in as few layers as come out when each goes into the first one in which it overlaps none."""
    layers: list[list[_Drawn]] = []
    for one in drawn:
        for layer in layers:
            if len(layer) < _MOST_LABELS and not any(_overlap(one, other) for other in layer):
                layer.append(one)
                break
        else:
            layers.append([one])
    return layers


def _overlap(one: _Drawn, other: _Drawn) -> bool:
    low = np.maximum(one.corner, other.corner)
    high = np.minimum(np.add(one.corner, one.inside.shape), np.add(other.corner, other.inside.shape))
    if (low >= high).any():
        return False
    parts = [
        d.inside[tuple(slice(a - c, b - c) for a, b, c in zip(low, high, d.corner, strict=True))]
        for d in (one, other)
    ]
    return bool((parts[0] & parts[1]).any())


def _segmentation(
    layer: Sequence[_Drawn],
    planes: Planes,
    source: SourceImages,
    plan: str,
    kind: SegType,
    algorithm: Algorithm,
    instance_number: int,
    made: datetime | None,
) -> Dataset:
    from pydicom.sequence import Sequence as Items

    result = result_module(source)
    frame_of_reference(result, source)
    what = {"binary": "", "fractional": " (fractional)", "labelmap": " (label map)"}[kind]
    series_module(
        result,
        source,
        modality="SEG",
        number=_SERIES_NUMBER,
        kind=f"SEG {kind}",
        description=f"flr liver, segments, plan{what}",
    )
    result.InstanceNumber = instance_number
    result.ImageType = ["DERIVED", "PRIMARY"]
    result.ContentLabel = "FLR"
    result.ContentDescription = f"Liver and plan {plan}"[:64] if plan else "Liver"
    result.ContentCreatorName = ""
    result.SegmentationType = kind.upper()
    if kind == "fractional":
        result.SegmentationFractionalType = "OCCUPANCY"
        result.MaximumFractionalValue = _FULL
    result.LossyImageCompression = "00"
    result.SegmentsOverlap = "NO" if kind == "labelmap" or len(layer) == 1 else "YES"
    segments = [_segment(one.structure, n, plan, source, algorithm) for n, one in enumerate(layer, start=1)]
    if kind == "labelmap":
        segments = [_background(), *segments]
        result.PixelPaddingValue = 0
    if any(_is_private(item) for item in segments):
        say_private_scheme(result)
    result.SegmentSequence = Items(segments)
    frames = _label_frames(layer) if kind == "labelmap" else _segment_frames(layer)
    # All images, not only those with a frame: the list tells a reader where the scan ends.
    study_references(result, source.references, source)
    _dimensions(result, labelmap=kind == "labelmap")
    result.SharedFunctionalGroupsSequence = Items([_shared(planes, source)])
    positions = {k: n for n, k in enumerate(sorted({k for _, k in frames}), start=1)}
    result.PerFrameFunctionalGroupsSequence = Items(
        [_frame(number, k, positions[k], planes, kind) for number, k in frames]
    )
    _pixels(result, layer, frames, planes, kind)
    return finished(
        result,
        LABELMAP_CLASS if kind == "labelmap" else SEG_CLASS,
        made,
        transfer_syntax_uid=EXPLICIT_LITTLE if kind == "binary" else RLE_LOSSLESS,
    )


def _segment_frames(layer: Sequence[_Drawn]) -> list[tuple[int, int]]:
    """Segment number and plane of each frame; planes without a voxel of the segment get none."""
    return [(n, int(k)) for n, one in enumerate(layer, start=1) for k in one.occupied]


def _label_frames(layer: Sequence[_Drawn]) -> list[tuple[int, int]]:
    """Planes from the first to the last with a voxel, so that nothing between them is left out."""
    low = min(int(one.occupied[0]) for one in layer)
    high = max(int(one.occupied[-1]) for one in layer)
    return [(0, k) for k in range(low, high + 1)]


def _segment(
    structure: Structure, number: int, plan: str, source: SourceImages, algorithm: Algorithm
) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.SegmentNumber = number
    item.SegmentLabel = structure.label[:64]
    if structure.description:
        item.SegmentDescription = structure.description
    item.SegmentAlgorithmType = algorithm.kind
    item.SegmentAlgorithmName = algorithm.name[:64]
    item.SegmentedPropertyCategoryCodeSequence = code_sequence(structure.category)
    item.SegmentedPropertyTypeCodeSequence = code_sequence(structure.type)
    if structure.region is not None:
        item.AnatomicRegionSequence = code_sequence(structure.region)
    item.TrackingID, item.TrackingUID = tracking(structure, plan, source)
    item.RecommendedDisplayCIELabValue = cielab(structure.colour)
    return item


def _background() -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.SegmentNumber = 0
    item.SegmentLabel = "Background"
    item.SegmentAlgorithmType = "AUTOMATIC"
    item.SegmentAlgorithmName = f"flr {VERSION}"
    item.SegmentedPropertyCategoryCodeSequence = code_sequence(_BACKGROUND_CATEGORY)
    item.SegmentedPropertyTypeCodeSequence = code_sequence(_BACKGROUND)
    return item


def _is_private(item: Dataset) -> bool:
    return bool(item.SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator == PRIVATE_SCHEME)


def _dimensions(result: Dataset, *, labelmap: bool) -> None:
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    uid = derived_uid("flr dimensions", "label map" if labelmap else "segments")
    organization = Dataset()
    organization.DimensionOrganizationUID = uid
    result.DimensionOrganizationSequence = Items([organization])
    rows = (
        (0x0062000B, 0x0062000A, "ReferencedSegmentNumber"),
        (0x00200032, 0x00209113, "ImagePositionPatient"),
    )
    items = []
    for pointer, holder, label in rows[labelmap:]:
        item = Dataset()
        item.DimensionOrganizationUID = uid
        item.DimensionIndexPointer, item.FunctionalGroupPointer = pointer, holder
        item.DimensionDescriptionLabel = label
        items.append(item)
    result.DimensionIndexSequence = Items(items)


def _shared(planes: Planes, source: SourceImages) -> Dataset:
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [decimal(v) for v in planes.orientation]
    across = normal_step_mm(planes)
    measures.PixelSpacing = [decimal(planes.spacing_mm[1]), decimal(planes.spacing_mm[0])]
    measures.SliceThickness = decimal(across)
    if planes.is_even:
        measures.SpacingBetweenSlices = decimal(across)
    shared.PlaneOrientationSequence = Items([orientation])
    shared.PixelMeasuresSequence = Items([measures])
    if not planes.references:
        derived = [_derived(reference, "NO") for reference in source.references]
        for item in derived[1:]:
            derived[0].SourceImageSequence.append(item.SourceImageSequence[0])
        shared.DerivationImageSequence = Items(derived[:1])
    return shared


def _derived(reference: ImageReference, preserved: Literal["YES", "NO"]) -> Dataset:
    """That a frame was drawn on an image, and whether pixel lies on pixel."""
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    image, derived = Dataset(), Dataset()
    image.ReferencedSOPClassUID = reference.sop_class_uid
    image.ReferencedSOPInstanceUID = reference.sop_instance_uid
    if reference.frame is not None:
        image.ReferencedFrameNumber = reference.frame
    image.SpatialLocationsPreserved = preserved
    image.PurposeOfReferenceCodeSequence = code_sequence(_SOURCE_IMAGE)
    derived.SourceImageSequence = Items([image])
    derived.DerivationCodeSequence = code_sequence(_SEGMENTATION)
    return derived


def normal_step_mm(planes: Planes) -> float:
    """Usual distance between neighbouring planes along their normal. [mm]"""
    if len(planes.origins_mm) < 2:
        return planes.spacing_mm[2]
    normal = np.cross(planes.orientation[:3], planes.orientation[3:])
    return float(np.median(np.abs(np.diff(planes.origins_mm @ normal))))


def _frame(number: int, k: int, position: int, planes: Planes, kind: SegType) -> Dataset:
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    group, content, place = Dataset(), Dataset(), Dataset()
    place.ImagePositionPatient = [decimal(v) for v in planes.origins_mm[k]]
    group.PlanePositionSequence = Items([place])
    if kind == "labelmap":
        content.DimensionIndexValues = [position]
    else:
        content.DimensionIndexValues = [number, position]
        identified = Dataset()
        identified.ReferencedSegmentNumber = number
        group.SegmentIdentificationSequence = Items([identified])
    group.FrameContentSequence = Items([content])
    if planes.references:
        group.DerivationImageSequence = Items([_derived(planes.references[k], "YES")])
    return group


def _pixels(
    result: Dataset,
    layer: Sequence[_Drawn],
    frames: Sequence[tuple[int, int]],
    planes: Planes,
    kind: SegType,
) -> None:
    columns, rows = planes.columns_rows
    result.SamplesPerPixel = 1
    result.PhotometricInterpretation = "MONOCHROME2"
    result.Rows, result.Columns = rows, columns
    result.NumberOfFrames = len(frames)
    result.PixelRepresentation = 0
    bits = 1 if kind == "binary" else 8
    result.BitsAllocated = result.BitsStored = bits
    result.HighBit = bits - 1
    drawn = (_plane(layer, number, k, (rows, columns), kind) for number, k in frames)
    stored = _bits_of(drawn, rows * columns) if bits == 1 else _compressed(drawn)
    result.add_new(0x7FE00010, "OB", stored)
    result["PixelData"].is_undefined_length = bits == 8  # compressed frames are items


def _plane(
    layer: Sequence[_Drawn], number: int, k: int, shape: tuple[int, int], kind: SegType
) -> NDArray[np.uint8]:
    """The pixels of one frame, shape (rows, columns)."""
    plane = np.zeros(shape, dtype=np.uint8)
    for value, one in _on_plane(layer, number, k):
        _, j, i = one.corner
        inside = one.inside[k - one.corner[0]]
        window = plane[j : j + inside.shape[0], i : i + inside.shape[1]]
        window[inside] = _FULL if kind == "fractional" else value
    return plane


def _bits_of(planes: Iterable[NDArray[np.uint8]], pixels: int) -> bytes:
    """Frames of one bit a pixel, each right behind the one before, even where that is within a byte."""
    if pixels % 8 == 0:
        stored = b"".join(np.packbits(plane.ravel(), bitorder="little").tobytes() for plane in planes)
    else:
        loose = np.concatenate([plane.ravel() for plane in planes])
        stored = np.packbits(loose, bitorder="little").tobytes()
    return stored + b"\0" * (len(stored) % 2)


def _compressed(planes: Iterable[NDArray[np.uint8]]) -> bytes:
    """Frames of 8 bits a pixel by run lengths: a few hundredths of their plain size."""
    from pydicom.encaps import encapsulate

    return bytes(encapsulate([rle_frame(plane) for plane in planes], has_bot=True))


def _on_plane(layer: Sequence[_Drawn], number: int, k: int) -> list[tuple[int, _Drawn]]:
    """Value and structure of what is drawn on a frame: one segment, or all labels of the plane (number 0)."""
    if number:
        return [(1, layer[number - 1])]
    return [
        (value, one)
        for value, one in enumerate(layer, start=1)
        if one.corner[0] <= k < one.corner[0] + len(one.inside)
    ]
