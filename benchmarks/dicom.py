"""DICOM beside its peers: ``python benchmarks/dicom.py [--pairs N] [--folder DIR]`` prints a table.

A series of 400 slices of 512×512, a binary segmentation of 8 segments and an RTSTRUCT over it, made here (no
patient in them; the segmentation is written by highdicom). Ours and the peer take turns in one process on
the same files, already in the system's cache. Answers are compared before anything is timed. A ratio above 1
means that `flr` is faster.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from table import Row, head, megabytes, spread, yes

N_SLICES, SIDE, STEP_MM, PIXEL_MM = 400, 512, 1.25, 0.75
N_SEGMENTS = 8
RADII_MM = {"liver": (90.0,), "rim": (80.0, 60.0), "island": (70.0, 50.0, 20.0), "lesion": (15.0,)}
"""Structures of the RTSTRUCT and the circles that draw them, inside and outside by turns."""

CONTOURED = range(100, 280)
N_POINTS = 180


def write_files(folder: Path) -> None:
    """The series into ``ct``, the segmentation into ``seg.dcm``; kept when they are there."""
    if (folder / "rtstruct.dcm").is_file():
        return
    from highdicom.seg import Segmentation

    slices = [_slice(folder / "ct" / f"{k:04d}.dcm", k) for k in range(N_SLICES)]
    Segmentation(
        source_images=slices,
        pixel_array=_segments(),
        segmentation_type="BINARY",
        segment_descriptions=[_described(n) for n in range(1, N_SEGMENTS + 1)],
        series_instance_uid="1.2.3.9",
        series_number=9,
        sop_instance_uid="1.2.3.9.1",
        instance_number=1,
        manufacturer="benchmark",
        manufacturer_model_name="benchmark",
        software_versions="1",
        device_serial_number="1",
    ).save_as(folder / "seg.dcm")
    partial = folder / "rtstruct.part"
    _contours(partial)
    partial.rename(folder / "rtstruct.dcm")


def circles(label: str, k: int) -> Iterator[NDArray[np.float64]]:
    """The polygons of a structure on a slice, (points, (x, y)) in mm; their centre wanders."""
    angle = np.linspace(0.0, 2.0 * np.pi, N_POINTS, endpoint=False)
    ring, centre_mm = np.stack([np.cos(angle), np.sin(angle)], axis=1), (0.037 * k, 0.021 * k)
    for radius_mm in RADII_MM[label]:
        yield radius_mm * ring + centre_mm


def _contours(path: Path) -> None:
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RTStructureSetStorage

    def item(**values: Any) -> Any:
        one = Dataset()
        for name, value in values.items():
            setattr(one, name, value)
        return one

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = RTStructureSetStorage, "1.2.3.10.1"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    whole = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    whole.SOPClassUID, whole.SOPInstanceUID, whole.Modality = RTStructureSetStorage, "1.2.3.10.1", "RTSTRUCT"
    whole.StudyInstanceUID, whole.SeriesInstanceUID = "1.2.3.7", "1.2.3.10"
    images = [
        item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=f"1.2.3.8.{k + 1}")
        for k in range(N_SLICES)
    ]
    series = item(SeriesInstanceUID="1.2.3.8", ContourImageSequence=images)
    study = item(RTReferencedSeriesSequence=[series])
    frame = item(FrameOfReferenceUID="1.2.3.6", RTReferencedStudySequence=[study])
    whole.ReferencedFrameOfReferenceSequence = [frame]
    named, drawn = [], []
    for number, label in enumerate(RADII_MM, start=1):
        named.append(item(ROINumber=number, ROIName=label, ReferencedFrameOfReferenceUID="1.2.3.6"))
        contours = []
        for k in CONTOURED:
            for points in circles(label, k):
                at = np.column_stack([points, np.full(len(points), k * STEP_MM)])
                text = [f"{value:.4f}" for value in at.ravel()]
                one = item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=len(points))
                one.ContourData = text
                contours.append(one)
        drawn.append(item(ReferencedROINumber=number, ContourSequence=contours))
    whole.StructureSetROISequence, whole.ROIContourSequence = named, drawn
    whole.save_as(path, enforce_file_format=True)


def _slice(path: Path, k: int) -> Any:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"1.2.3.8.{k + 1}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = "1.2.3.7", "1.2.3.8", "1.2.3.6"
    one.PatientName = one.PatientID = "phantom^"
    one.PatientBirthDate = one.PatientSex = one.StudyDate = one.StudyTime = one.AccessionNumber = ""
    one.StudyID = one.ReferringPhysicianName = one.PositionReferenceIndicator = ""
    one.Modality, one.SeriesNumber, one.InstanceNumber = "CT", 8, k + 1
    one.ImagePositionPatient = [-190.0, -190.0, k * STEP_MM]
    one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    one.PixelSpacing, one.SliceThickness = [PIXEL_MM, PIXEL_MM], STEP_MM
    one.Rows = one.Columns = SIDE
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
    one.RescaleIntercept, one.RescaleSlope = -1024, 1
    noise = np.random.default_rng(k).integers(0, 2000, (SIDE, SIDE), dtype=np.int16)
    one.PixelData = noise.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    one.save_as(path, enforce_file_format=True)
    return one


def _segments() -> NDArray[np.uint8]:
    """Eight sectors of an ellipsoid, shape (slices, rows, columns)."""
    k, j, i = np.ogrid[:N_SLICES, :SIDE, :SIDE]
    inside = ((k - 190) / 90) ** 2 + ((j - 240) / 110) ** 2 + ((i - 200) / 140) ** 2 <= 1
    number = 1 + (k >= 190) + 2 * (j >= 240) + 4 * (i >= 200)
    return (inside * number).astype(np.uint8)


def _described(number: int) -> Any:
    from highdicom.content import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from pydicom.sr.codedict import codes

    return SegmentDescription(
        segment_number=number,
        segment_label=f"Liver Segment {number}",
        segmented_property_category=codes.SCT.Organ,
        segmented_property_type=codes.SCT.Liver,
        algorithm_type="AUTOMATIC",
        algorithm_identification=AlgorithmIdentificationSequence(
            "phantom", codes.DCM.ArtificialIntelligence, "1"
        ),
    )


def geometry(folder: Path) -> list[float]:
    """Spacing and origin (RAS) of the series, from headers alone."""
    from flr.dicom import find_dicom, sort_series

    (series,) = sort_series(find_dicom([folder / "ct"]).images).series
    return [*series.grid.spacing_mm, *series.grid.index_to_world_mm[:3, 3].tolist()]


def geometry_simpleitk(folder: Path) -> list[float]:
    """The same as a careful user asks SimpleITK: sorted names, then the first and the last header."""
    import SimpleITK as sitk

    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder / "ct"))
    ends = []
    for name in (names[0], names[-1]):
        reader = sitk.ImageFileReader()
        reader.SetFileName(name)
        reader.ReadImageInformation()
        ends.append(reader)
    first, last = (np.array(reader.GetOrigin()) for reader in ends)
    step = float(np.linalg.norm(last - first)) / (len(names) - 1)
    return [*ends[0].GetSpacing()[:2], step, -first[0], -first[1], first[2]]


def pixels(folder: Path) -> NDArray[Any]:
    """All real values, shape (slices, rows, columns)."""
    from flr.dicom import find_dicom, sort_series

    (series,) = sort_series(find_dicom([folder / "ct"]).images).series
    return series.read_box((0, 0, 0), series.grid.shape).T


def pixels_simpleitk(folder: Path) -> Any:
    """The same by SimpleITK's series reader, as its own image."""
    import SimpleITK as sitk

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder / "ct")))
    return reader.Execute()


def voxels(folder: Path) -> list[int]:
    """Voxels of each segment."""
    from flr.dicom import open_study
    from flr.io.source import count

    (source,) = open_study([folder / "seg.dcm"]).sources
    found = count(source).voxels
    return [found[number] for number in range(1, N_SEGMENTS + 1)]


def voxels_highdicom(folder: Path) -> list[int]:
    """The same by highdicom."""
    labels = _volume(folder)
    return np.bincount(labels.reshape(-1), minlength=N_SEGMENTS + 1)[1:].tolist()


def label_map(folder: Path) -> NDArray[Any]:
    """Labels of the box of all segments, shape (slices, rows, columns)."""
    from flr.dicom import open_study
    from flr.io.source import load_box

    (source,) = open_study([folder / "seg.dcm"]).sources
    return load_box([source], pad_voxels=0).arrays[0].T


def label_map_highdicom(folder: Path) -> NDArray[Any]:
    """The same by highdicom, cropped to the box."""
    labels = _volume(folder)
    spans = []
    for axis in range(3):
        rest = tuple(a for a in range(3) if a != axis)
        at = np.flatnonzero(labels.any(axis=rest))
        spans.append(slice(int(at[0]), int(at[-1]) + 1))
    return labels[tuple(spans)]


def _volume(folder: Path) -> NDArray[Any]:
    """Labels by highdicom's own reader, slices from foot to head; only those that hold a segment."""
    from highdicom.seg import segread

    volume = segread(folder / "seg.dcm").get_volume(combine_segments=True)
    return np.asarray(volume.array)[:: 1 if volume.affine[2, 0] > 0 else -1]


def contoured(folder: Path) -> list[int]:
    """Voxels of each structure of the RTSTRUCT, counted on the series it was drawn on."""
    from flr.dicom import open_study
    from flr.io.source import count

    counted = {}
    for source in open_study([folder / "rtstruct.dcm", folder / "ct"]).sources:
        counted |= {source.names[value]: n for value, n in count(source).voxels.items()}
    return [counted[label] for label in RADII_MM]


def contoured_skimage(folder: Path) -> list[int]:
    """The same by pydicom and scikit-image: every polygon filled, even–odd by hand."""
    from pydicom import dcmread
    from skimage.draw import polygon

    headers = [dcmread(path, stop_before_pixels=True) for path in (folder / "ct").iterdir()]
    heights = sorted(float(one.ImagePositionPatient[2]) for one in headers)
    x_mm, y_mm, _ = (float(value) for value in headers[0].ImagePositionPatient)
    found = []
    for roi in dcmread(folder / "rtstruct.dcm").ROIContourSequence:
        mask = np.zeros((len(heights), SIDE, SIDE), bool)
        for contour in roi.ContourSequence:
            points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            k = int(np.searchsorted(heights, points[0, 2] - 0.5 * STEP_MM))
            at = polygon((points[:, 1] - y_mm) / PIXEL_MM, (points[:, 0] - x_mm) / PIXEL_MM, (SIDE, SIDE))
            mask[k][at] ^= True
        found.append(int(mask.sum()))
    return found


Reader = Callable[[Path], Any]

_SEG = "SEG of 8 segments over 400 slices"
ROWS: tuple[tuple[str, str, str, float | None, float, Reader, Reader], ...] = (
    ("ct", "geometry of 400 slices from headers", "SimpleITK", 1.0, 0.0, geometry, geometry_simpleitk),
    ("ct", "real values of 400 slices", "SimpleITK series reader", 1.0, 0.0, pixels, pixels_simpleitk),
    ("seg", f"{_SEG}: voxels", "highdicom", 4.0, 0.0, voxels, voxels_highdicom),
    ("seg", f"{_SEG}: label map", "highdicom", 2.0, 0.0, label_map, label_map_highdicom),
    (
        "rtstruct",
        "4 structures, 1260 contours on 180 of 400 slices: voxels",
        "pydicom and scikit-image polygons, even–odd by hand",
        None,
        1e-3,  # a pixel whose centre lies on an outline may count on either side
        contoured,
        contoured_skimage,
    ),
)
"""File, operation, peer, least ratio, relative difference that is allowed, ours, theirs."""


def rows(folder: Path, pairs: int) -> Iterator[Row]:
    """One row of the table after the other. Raises SystemExit when answers differ."""
    write_files(folder)
    sizes = {name: (folder / f"{name}.dcm").stat().st_size for name in ("seg", "rtstruct")}
    sizes["ct"] = sum(path.stat().st_size for path in (folder / "ct").iterdir())
    for file, what, peer, least, apart, ours, theirs in ROWS:
        mine, other = ours(folder), _array(theirs(folder))
        if not np.allclose(mine, other, rtol=apart, atol=1e-6):
            raise SystemExit(f"{what}: the answers differ")
        del mine, other
        n = min(pairs, 2) if file == "rtstruct" else pairs  # that peer needs half a minute
        seconds = [(_timed(ours, folder), _timed(theirs, folder)) for _ in range(n)]
        ratios = [b / a for a, b in seconds]
        own_ms, peer_ms = (statistics.median(pair[side] for pair in seconds) * 1e3 for side in (0, 1))
        result = f"wall {spread(ratios)}×; {own_ms:.3g} against {peer_ms:.4g} ms, {n} pairs"
        floor = "400 headers read" if ours is geometry else f"{megabytes(sizes[file])} read"
        target = "none" if least is None else f"≥ {least:g}×"
        met = "–" if least is None else yes(statistics.median(ratios) >= least)
        yield Row("RTSTRUCT" if file == "rtstruct" else "B18", what, peer, "made", floor, target, result, met)


def _array(answer: Any) -> Any:
    """An answer as numbers; an image of SimpleITK is copied."""
    if not hasattr(answer, "GetSpacing"):
        return answer
    import SimpleITK as sitk

    return sitk.GetArrayFromImage(answer)


def _timed(read: Callable[[Path], Any], folder: Path) -> float:
    gc.collect()
    start = time.perf_counter()
    read(folder)
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files are made, and kept")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(head())
        for row in rows(args.folder or Path(temporary), args.pairs):
            print(row, flush=True)


if __name__ == "__main__":
    main()
