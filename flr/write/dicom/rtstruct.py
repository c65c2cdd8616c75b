"""RTSTRUCT: outlines of the remnant, of what leaves and of the cut, for planning systems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import LabelError
from flr.write.dicom import codes
from flr.write.dicom.patient import (
    code_sequence,
    finished,
    frame_of_reference,
    instance_items,
    result_module,
    say_private_scheme,
    series_module,
)
from flr.write.dicom.source import Planes, SourceImages
from flr.write.dicom.structures import Structure
from flr.write.dicom.texts import decimal

if TYPE_CHECKING:
    from pydicom import Dataset

RTSTRUCT_CLASS: Final = "1.2.840.10008.5.1.4.1.1.481.3"
_STUDY_COMPONENT_CLASS: Final = "1.2.840.10008.3.1.2.3.1"
_SERIES_NUMBER: Final = 7401
_DIGITS: Final = 4
_FINE: Final = 4

Points = NDArray[np.float64]


def structure_set(
    structures: Sequence[Structure],
    planes: Planes,
    source: SourceImages,
    *,
    plan: str = "",
    instance_number: int = 1,
    made: datetime | None,
) -> Dataset:
    """Outlines of structures as one RTSTRUCT.

    Parameters
    ----------
    structures : sequence of Structure
        Each becomes one region. Those of a plan come with the cut: the voxels of what leaves that touch what
        stays, which a region of closed outlines can show.
    planes : Planes
    source : SourceImages
    plan : str
        Its notation.
    instance_number : int
    made : datetime or None
        See :func:`flr.write.dicom.patient.finished`.

    Raises
    ------
    LabelError
        If not one structure has a voxel.

    Notes
    -----
    Outlines run halfway between the centres of pixels inside and outside, so that rasterising them by pixel
    centre gives the very voxels back; the area inside differs from that of the pixels by half a pixel for
    each outline. Holes are outlines of their own: the even–odd rule applies.
    """
    from pydicom.sequence import Sequence as Items

    result = result_module(source)
    frame_of_reference(result, source)
    series_module(
        result,
        source,
        modality="RTSTRUCT",
        number=_SERIES_NUMBER,
        kind="RTSTRUCT",
        description="flr remnant and cut",
    )
    result.InstanceNumber = instance_number
    result.OperatorsName = ""
    result.StructureSetLabel = "FLR"
    result.StructureSetName = f"Remnant and cut {plan}".strip()[:64]
    result.ApprovalStatus = "UNAPPROVED"
    result.ReferencedFrameOfReferenceSequence = Items([_frame(source)])
    regions: list[Dataset] = []
    drawn: list[Dataset] = []
    observed: list[Dataset] = []
    for structure, mask in _with_cut(structures, planes):
        outlines = _outlines(mask, planes, _FINE if structure.key == "cut" else 1)
        if not outlines:
            continue
        number = len(regions) + 1
        regions.append(_region(number, structure, _volume_ml(mask, planes), source))
        drawn.append(_drawn(number, structure, outlines, planes))
        observed.append(_observation(number, structure))
    if not regions:
        raise LabelError("nothing to outline: not one structure has a voxel")
    result.StructureSetROISequence = Items(regions)
    result.ROIContourSequence = Items(drawn)
    result.RTROIObservationsSequence = Items(observed)
    say_private_scheme(result)
    return finished(result, RTSTRUCT_CLASS, made)


def _region(number: int, structure: Structure, volume_ml: float, source: SourceImages) -> Dataset:
    """What a region is called, and its volume."""
    from pydicom import Dataset

    region = Dataset()
    region.ROINumber = number
    region.ReferencedFrameOfReferenceUID = source.template.FrameOfReferenceUID
    region.ROIName = structure.label[:64]
    if structure.description:
        region.ROIDescription = structure.description
    region.ROIGenerationAlgorithm = "SEMIAUTOMATIC"
    # Readers that draw the outlines anew lose or add half a pixel; this is the volume that is meant.
    region.ROIVolume = decimal(volume_ml)
    return region


def _drawn(
    number: int, structure: Structure, outlines: Sequence[tuple[int, Points]], planes: Planes
) -> Dataset:
    """The outlines of a region."""
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    own = Dataset()
    own.ReferencedROINumber = number
    own.ROIDisplayColor = [int(structure.colour[at : at + 2], 16) for at in (1, 3, 5)]
    own.ContourSequence = Items([_contour(points, k, planes) for k, points in outlines])
    return own


def _with_cut(structures: Sequence[Structure], planes: Planes) -> list[tuple[Structure, NDArray[np.bool_]]]:
    found = [(structure, planes.turned(structure.mask())) for structure in structures]
    by_key = {structure.key: (structure, mask) for structure, mask in found}
    leaving = [by_key[key][1] for key in ("resected", "ablated") if key in by_key]
    if "flr" in by_key and leaving:
        leaves = np.logical_or.reduce(leaving)
        cut = leaves & _beside(by_key["flr"][1])
        if cut.any():
            shown = Structure(
                "cut",
                "Cut",
                codes.ANATOMICAL_STRUCTURE,
                codes.CUT,
                codes.LIVER,
                "#222222",
                lambda: cut,
                of_plan=True,
                description="Voxels of what leaves that touch the remnant",
            )
            found.append((shown, cut))
    return found


def _volume_ml(mask: NDArray[np.bool_], planes: Planes) -> float:
    """Volume of the voxels of a mask, shape (k, j, i). [mL]"""
    first = planes.start[2]
    return float(np.count_nonzero(mask, axis=(1, 2)) @ planes.voxel_volumes_ml[first : first + len(mask)])


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels that share a face with the mask."""
    beside = np.zeros_like(mask)
    for axis in range(3):
        low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        beside[high] |= mask[low]
        beside[low] |= mask[high]
    return beside


def _outlines(mask: NDArray[np.bool_], planes: Planes, fine: int) -> list[tuple[int, Points]]:
    """Plane and closed outline (pixel coordinates i, j) of every piece and every hole.

    ``fine`` parts of a pixel are traced singly, so that a region one pixel wide keeps its area.
    """
    from skimage.measure import find_contours

    found = []
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        framed = np.kron(np.pad(mask[k], 1), np.ones((fine, fine), dtype=bool)).astype(np.float32)
        for line in find_contours(framed, 0.5):
            points = (_corners(line[:-1, ::-1]) - (fine - 1) / 2.0) / fine - 1.0
            found.append((int(k) + planes.start[2], points + planes.start[:2]))
    return found


def _corners(points: Points) -> Points:
    """The same closed outline without points on a straight line between their neighbours."""
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turns = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return points[np.abs(turns) > 1e-6]


def _contour(points: Points, k: int, planes: Planes) -> Dataset:
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    row, column = np.array(planes.orientation[:3]), np.array(planes.orientation[3:])
    world_mm = (
        planes.origins_mm[k]
        + points[:, :1] * planes.spacing_mm[0] * row
        + points[:, 1:] * planes.spacing_mm[1] * column
    )
    item = Dataset()
    if planes.references:
        item.ContourImageSequence = Items(instance_items([planes.references[k]]))
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(points)
    item.ContourData = [decimal(v, _DIGITS) for v in world_mm.ravel()]
    return item


def _frame(source: SourceImages) -> Dataset:
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    frame, study, series = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = source.template.SeriesInstanceUID
    series.ContourImageSequence = Items(instance_items(source.references))
    study.ReferencedSOPClassUID = _STUDY_COMPONENT_CLASS
    study.ReferencedSOPInstanceUID = source.template.StudyInstanceUID
    study.RTReferencedSeriesSequence = Items([series])
    frame.FrameOfReferenceUID = source.template.FrameOfReferenceUID
    frame.RTReferencedStudySequence = Items([study])
    return frame


def _observation(number: int, structure: Structure) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.ObservationNumber = item.ReferencedROINumber = number
    item.RTROIInterpretedType = "ORGAN" if structure.key in ("liver", "flr") else ""
    item.ROIInterpreter = ""
    item.RTROIIdentificationCodeSequence = code_sequence(structure.type)
    return item
