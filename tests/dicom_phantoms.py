"""Synthetic DICOM: an ellipsoid liver on any stack of slices, as images, SEG and RTSTRUCT."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, pi, radians, sin
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
SEG_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
LABELMAP_CLASS = "1.2.840.10008.5.1.4.1.1.66.7"
RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

PATIENT = {
    "PatientName": "Secret^Somebody",
    "PatientID": "ID-4711",
    "PatientBirthDate": "19610203",
    "PatientSex": "F",
    "PatientWeight": "72",
    "PatientSize": "1.71",
    "PatientAge": "063Y",
}
SECRETS = ("Secret", "Somebody", "4711", "19610203", "1961", "20260104")


def new_uid() -> str:
    """A short UID, so that numbers can be added behind it."""
    return generate_uid(prefix="1.2.3.")[:40].rstrip(".")


@dataclass(frozen=True)
class Ellipsoid:
    """A liver whose volume is known by formula. Lengths in mm, centre in LPS."""

    centre_mm: tuple[float, float, float] = (7.0, -11.0, 300.0)
    radii_mm: tuple[float, float, float] = (62.0, 49.0, 81.0)

    @property
    def ml(self) -> float:
        a, b, c = self.radii_mm
        return 4.0 / 3.0 * pi * a * b * c / 1000.0

    def holds(self, points_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        away = (points_mm - self.centre_mm) / self.radii_mm
        return np.asarray((away**2).sum(axis=-1) <= 1.0)


@dataclass(frozen=True)
class Stack:
    """Where slices lie: first pixels (LPS), orientation, pixel size, and what they share."""

    origins_mm: NDArray[np.float64]
    orientation: tuple[float, ...] = AXIAL
    spacing_mm: tuple[float, float] = (1.1, 0.9)  # along i, along j
    size: tuple[int, int] = (144, 136)  # columns, rows
    series_uid: str = field(default_factory=new_uid)
    study_uid: str = field(default_factory=new_uid)
    frame_uid: str = field(default_factory=new_uid)
    instance_uids: tuple[str, ...] = ()

    @property
    def uids(self) -> tuple[str, ...]:
        return self.instance_uids or tuple(
            f"{self.series_uid}.{n}" for n in range(1, len(self.origins_mm) + 1)
        )

    def points_mm(self, k: int) -> NDArray[np.float64]:
        """World position of every pixel of slice k, shape (rows, columns, 3)."""
        row, column = np.array(self.orientation[:3]), np.array(self.orientation[3:])
        i = np.arange(self.size[0])[None, :, None] * self.spacing_mm[0]
        j = np.arange(self.size[1])[:, None, None] * self.spacing_mm[1]
        return np.asarray(self.origins_mm[k] + i * row + j * column)

    def masks(self, body: Ellipsoid) -> NDArray[np.bool_]:
        return np.stack([body.holds(self.points_mm(k)) for k in range(len(self.origins_mm))])

    def only(self, keep: Sequence[int]) -> Stack:
        """The same stack with some slices, in the given order."""
        uids = tuple(self.uids[k] for k in keep)
        return Stack(
            self.origins_mm[list(keep)],
            self.orientation,
            self.spacing_mm,
            self.size,
            self.series_uid,
            self.study_uid,
            self.frame_uid,
            uids,
        )


def stack_at(heights_mm: ArrayLike, **changes: Any) -> Stack:
    """Axial slices at given heights, centred on the default ellipsoid."""
    heights = np.asarray(heights_mm, dtype=float)
    origins = np.stack([np.full(len(heights), -71.0), np.full(len(heights), -72.0), heights], axis=1)
    return Stack(origins, **changes)


def even_heights_mm(
    step_mm: float = 2.5, first_mm: float = 213.3, last_mm: float = 387.0
) -> NDArray[np.float64]:
    return np.arange(first_mm, last_mm, step_mm)


def tilted(degrees: float = 15.0, table_feed_mm: float = 2.5) -> Stack:
    """Gantry tilt: slices turned about x while the table moves along z."""
    t = radians(degrees)
    n = int(260 / table_feed_mm)
    z = 170.0 + table_feed_mm * np.arange(n)
    origins = np.stack([np.full(n, -71.0), np.full(n, -72.0), z], axis=1)
    return Stack(origins, (1.0, 0.0, 0.0, 0.0, cos(t), -sin(t)))


def oblique(step_mm: float = 2.5) -> Stack:
    """A stack turned about all three axes, its slices right above one another."""
    row = np.array([0.92, 0.31, -0.12])
    row /= np.linalg.norm(row)
    column = np.cross([0.1, -0.2, 0.97], row)
    column /= np.linalg.norm(column)
    normal = np.cross(row, column)
    centre = np.array(Ellipsoid().centre_mm)
    corner = centre - row * 80 - column * 62
    origins = np.array([corner + normal * (d + 0.4) for d in np.arange(-88.0, 88.0, step_mm)])
    return Stack(origins, (*row.tolist(), *column.tolist()), size=(150, 140))


def _file(path: Path, sop_class: str, sop_uid: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = sop_uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    content = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    content.SOPClassUID = sop_class
    content.SOPInstanceUID = sop_uid
    content.StudyDate = "20260104"
    for keyword, value in PATIENT.items():
        setattr(content, keyword, value)
    return content


def ct_slice(path: Path, stack: Stack, k: int, stored: NDArray[Any], **changes: Any) -> FileDataset:
    """One CT slice, not yet written; ``changes`` set or (with None) remove attributes."""
    content = _file(path, CT_CLASS, stack.uids[k])
    content.Modality = "CT"
    content.StudyInstanceUID = stack.study_uid
    content.SeriesInstanceUID = stack.series_uid
    content.FrameOfReferenceUID = stack.frame_uid
    content.SeriesNumber = 3
    content.AcquisitionNumber = 1
    content.InstanceNumber = k + 1
    content.SliceThickness = 3
    content.ImagePositionPatient = [round(float(v), 6) for v in stack.origins_mm[k]]
    content.ImageOrientationPatient = [round(float(v), 8) for v in stack.orientation]
    content.PixelSpacing = [stack.spacing_mm[1], stack.spacing_mm[0]]
    content.SamplesPerPixel = 1
    content.PhotometricInterpretation = "MONOCHROME2"
    content.Rows, content.Columns = stored.shape
    content.BitsAllocated = content.BitsStored = 8 * stored.dtype.itemsize
    content.HighBit = content.BitsStored - 1
    content.PixelRepresentation = int(stored.dtype.kind == "i")
    content.RescaleSlope, content.RescaleIntercept = 1, -1024
    content.PixelData = stored.tobytes()
    for keyword, value in changes.items():
        if value is None:
            delattr(content, keyword)
        else:
            setattr(content, keyword, value)
    return content


def write_series(
    folder: Path,
    stack: Stack,
    *,
    hu: Callable[[int], NDArray[Any]] | None = None,
    change: Callable[[int], Mapping[str, Any]] | None = None,
    prefix: str = "s",
) -> list[Path]:
    """Write one file per slice; the ellipsoid has 60 HU in air unless ``hu`` says otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    body = Ellipsoid()
    paths = []
    for k in range(len(stack.origins_mm)):
        values = hu(k) if hu is not None else np.where(body.holds(stack.points_mm(k)), 60, -1000)
        path = folder / f"{prefix}{k:04d}"
        content = ct_slice(
            path, stack, k, (np.asarray(values) + 1024).astype(np.uint16), **(change(k) if change else {})
        )
        content.save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths


def code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


LIVER_CODE = ("10200004", "SCT", "Liver")


def segment(
    number: int, label: str, type_code: tuple[str, str, str] = LIVER_CODE, region: Any = None
) -> Dataset:
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel, item.SegmentAlgorithmType = number, label, "MANUAL"
    item.SegmentedPropertyCategoryCodeSequence = Items([code("123037004", "SCT", "Anatomical Structure")])
    item.SegmentedPropertyTypeCodeSequence = Items([code(*type_code)])
    if region is not None:
        item.AnatomicRegionSequence = Items([code(*region)])
    return item


def write_seg(
    path: Path,
    stack: Stack,
    masks: Mapping[int, NDArray[Any]],
    segments: Sequence[Dataset],
    *,
    kind: str = "BINARY",
    fractional: str = "OCCUPANCY",
    frames: Sequence[tuple[int, int]] | None = None,
    listed: Sequence[str] | None = None,
    spacing_between_mm: float | None = None,
    padding: int | None = None,
    window: tuple[slice, slice] = (slice(None), slice(None)),
    **changes: Any,
) -> Path:
    """Write a SEG. ``masks``: segment number → (slices, rows, columns); for LABELMAP {0: labels}.

    ``frames`` are (segment, slice) pairs in file order; by default the non-empty ones. ``window`` crops rows
    and columns. ``listed`` are the referenced instances (all of the stack by default).
    """
    if frames is None:
        frames = [(n, k) for n, m in masks.items() for k in range(len(m)) if m[k].any()]
    content = _file(path, LABELMAP_CLASS if kind == "LABELMAP" else SEG_CLASS, new_uid())
    content.Modality = "SEG"
    content.StudyInstanceUID, content.SeriesInstanceUID = stack.study_uid, new_uid()
    content.FrameOfReferenceUID = stack.frame_uid
    content.SeriesNumber = 300
    content.SegmentationType = kind
    if kind == "FRACTIONAL":
        content.SegmentationFractionalType = fractional
        content.MaximumFractionalValue = 255
    if padding is not None:
        content.PixelPaddingValue = padding
    content.SegmentSequence = Items(list(segments))
    referenced = Dataset()
    referenced.SeriesInstanceUID = stack.series_uid
    referenced.ReferencedInstanceSequence = Items([_instance(uid) for uid in (listed or stack.uids)])
    content.ReferencedSeriesSequence = Items([referenced])
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [round(float(v), 8) for v in stack.orientation]
    measures.PixelSpacing = [stack.spacing_mm[1], stack.spacing_mm[0]]
    measures.SliceThickness = 3
    if spacing_between_mm is not None:
        measures.SpacingBetweenSlices = spacing_between_mm
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = Items([orientation]), Items([measures])
    content.SharedFunctionalGroupsSequence = Items([shared])
    groups, pixels = [], []
    rows, columns = window
    row, column = np.array(stack.orientation[:3]), np.array(stack.orientation[3:])
    corner_mm = row * stack.spacing_mm[0] * (columns.start or 0) + column * stack.spacing_mm[1] * (
        rows.start or 0
    )
    for number, k in frames:
        group, position, derived = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [round(float(v), 6) for v in stack.origins_mm[k] + corner_mm]
        group.PlanePositionSequence = Items([position])
        if kind != "LABELMAP":
            identified = Dataset()
            identified.ReferencedSegmentNumber = number
            group.SegmentIdentificationSequence = Items([identified])
        derived.SourceImageSequence = Items([_instance(stack.uids[k])])
        group.DerivationImageSequence = Items([derived])
        place = Dataset()
        place.DimensionIndexValues = [k + 1] if kind == "LABELMAP" else [number, k + 1]
        group.FrameContentSequence = Items([place])
        groups.append(group)
        pixels.append(np.asarray(masks[number][k])[window])
    content.PerFrameFunctionalGroupsSequence = Items(groups)
    organization, dimensions = new_uid(), []
    for pointer, holder in ((0x0062000B, 0x0062000A), (0x00200032, 0x00209113))[kind == "LABELMAP" :]:
        dimension = Dataset()
        dimension.DimensionOrganizationUID = organization
        dimension.DimensionIndexPointer, dimension.FunctionalGroupPointer = pointer, holder
        dimensions.append(dimension)
    content.DimensionIndexSequence = Items(dimensions)
    item = Dataset()
    item.DimensionOrganizationUID = organization
    content.DimensionOrganizationSequence = Items([item])
    content.NumberOfFrames = len(frames)
    content.SamplesPerPixel, content.PhotometricInterpretation = 1, "MONOCHROME2"
    content.Rows, content.Columns = pixels[0].shape if pixels else stack.size[::-1]
    bits = 1 if kind == "BINARY" else 8
    content.BitsAllocated = content.BitsStored = bits
    content.HighBit, content.PixelRepresentation = bits - 1, 0
    stored = np.stack(pixels) if pixels else np.zeros((0, 1, 1))
    if kind == "BINARY":
        raw = np.packbits(stored.astype(bool).reshape(-1), bitorder="little").tobytes()
    elif kind == "FRACTIONAL":
        raw = np.rint(stored * 255).astype(np.uint8).tobytes()
    else:
        raw = stored.astype(np.uint8).tobytes()
    content.PixelData = raw + b"\0" * (len(raw) % 2)
    for keyword, value in changes.items():
        setattr(content, keyword, value)
    content.save_as(path, enforce_file_format=True)
    return path


def _instance(uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT_CLASS, uid
    return item


def write_rtstruct(
    path: Path,
    stack: Stack | None,
    rois: Mapping[str, Sequence[NDArray[np.float64]]],
    *,
    geometric_type: str | Mapping[str, str] = "CLOSED_PLANAR",
    listed: Sequence[str] | None = None,
    with_sources: bool = False,
) -> Path:
    """Write an RTSTRUCT; contours are (n, 3) points (LPS, mm).

    ``with_sources``: each contour names the axial slice that it was drawn on.
    """
    content = _file(path, RTSTRUCT_CLASS, new_uid())
    content.Modality = "RTSTRUCT"
    content.SeriesInstanceUID = new_uid()
    frame_uid = stack.frame_uid if stack is not None else new_uid()
    if stack is not None:
        content.StudyInstanceUID = stack.study_uid
        frame, study, series = Dataset(), Dataset(), Dataset()
        series.SeriesInstanceUID = stack.series_uid
        series.ContourImageSequence = Items([_instance(uid) for uid in (listed or stack.uids)])
        study.RTReferencedSeriesSequence = Items([series])
        frame.FrameOfReferenceUID = frame_uid
        frame.RTReferencedStudySequence = Items([study])
        content.ReferencedFrameOfReferenceSequence = Items([frame])
    names, contours = [], []
    for number, (label, drawn) in enumerate(rois.items(), start=1):
        roi, own = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, label, frame_uid
        names.append(roi)
        own.ReferencedROINumber = number
        items = []
        for points in drawn:
            item = Dataset()
            kind = geometric_type if isinstance(geometric_type, str) else geometric_type[label]
            item.ContourGeometricType = kind
            if with_sources and stack is not None:
                k = int(np.abs(stack.origins_mm[:, 2] - points[0][2]).argmin())
                item.ContourImageSequence = Items([_instance(stack.uids[k])])
            item.NumberOfContourPoints = len(points)
            item.ContourData = [f"{v:.6f}"[:16] for v in np.asarray(points).reshape(-1)]
            items.append(item)
        if items:
            own.ContourSequence = Items(items)
        contours.append(own)
    content.StructureSetROISequence = Items(names)
    content.ROIContourSequence = Items(contours)
    content.save_as(path, enforce_file_format=True)
    return path


def circle(
    centre_mm: tuple[float, float, float], radius_mm: float, *, n: int = 720, clockwise: bool = False
) -> NDArray[np.float64]:
    """A polygon around an axial circle that has the circle's own area."""
    angle = np.linspace(0.0, 2.0 * pi, n, endpoint=False) * (-1 if clockwise else 1)
    grown = radius_mm * np.sqrt(2 * pi / n / sin(2 * pi / n))
    x, y, z = centre_mm
    return np.stack([x + grown * np.cos(angle), y + grown * np.sin(angle), np.full(n, z)], axis=1)


def volumes_ml(source: Any) -> dict[int, float]:
    """Volume of each label of a source, slice by slice: slow and obvious."""
    per_slice = source.grid.slice_voxel_volumes_ml
    found: dict[int, float] = {}
    k = 0
    for slab in source.slabs():
        for plane in slab:
            for value in np.unique(plane[plane != 0]).tolist():
                found[value] = found.get(value, 0.0) + int((plane == value).sum()) * float(per_slice[k])
            k += 1
    return found


def dense(source: Any) -> NDArray[Any]:
    """All voxels of a source, indexed (k, j, i)."""
    return np.concatenate([slab.copy() for slab in source.slabs()])
