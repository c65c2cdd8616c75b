"""The formats that a case can be told in, each written by another program than the one under test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nrrd
import numpy as np
from dicom_phantoms import Stack, segment, write_rtstruct, write_seg, write_series
from numpy.typing import NDArray
from phantoms import write_nifti
from pydicom.config import disable_value_validation

import flr
from flr.geometry import Grid
from flr.liver import Liver
from lies.cases import Case, Voxels

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

Reader = Callable[[Case, Path], Liver]


def _beside(case: Case, folder: Path) -> dict[str, Any]:
    """Maps beside the segments, and what is stated of all."""
    given: dict[str, Any] = {"reviewed": True, "tumours": "none"}
    if case.tumours is not None:
        given["tumours"] = write_nifti(folder / "tumours.nii.gz", case.tumours, case.grid, qform_code=0)
    if case.whole is not None:
        given["liver"] = write_nifti(folder / "liver.nii.gz", case.whole, case.grid, qform_code=0)
    if case.image_grid is not None:
        image = np.zeros(case.image_grid.shape, np.int16)
        given["image"] = write_nifti(folder / "ct.nii.gz", image, case.image_grid, qform_code=0)
    for key, mask in case.drawn.items():
        role = {"flr": "remnant"}.get(key, key)
        given[role] = write_nifti(folder / f"{key}.nii.gz", mask, case.grid, qform_code=0)
    return given


def _segments(case: Case, path: Path, folder: Path) -> Liver:
    given = _beside(case, folder)
    if not case.segments.any() and case.whole is not None:
        return flr.read_liver(**given)
    if case.scheme is not None:
        return flr.read_liver(path, scheme=case.scheme, **given)
    return flr.read_liver(segments=path, **given)


def nifti(case: Case, folder: Path) -> Liver:
    """One NIfTI map, its labels told by their integers."""
    path = write_nifti(folder / "segments.nii.gz", case.segments, case.grid, qform_code=0)
    return _segments(case, path, folder)


def named_nifti(case: Case, folder: Path) -> Liver:
    """One NIfTI map with TotalSegmentator's table of names in its header."""
    path = write_nifti(
        folder / "segments.nii.gz", case.segments, case.grid, qform_code=0, names=dict(case.names)
    )
    return flr.read_liver(path, scheme=case.scheme, **_beside(case, folder))


def memory(case: Case, folder: Path) -> Liver:
    """Arrays in memory."""
    arrays: dict[str, Any] = {
        "affine": case.grid.index_to_world_mm,
        "reviewed": True,
        "tumours": "none" if case.tumours is None else case.tumours,
        "liver": case.whole,
        **{{"flr": "remnant"}.get(key, key): mask for key, mask in case.drawn.items()},
    }
    if not case.segments.any() and case.whole is not None:
        return flr.liver_from_labels(**arrays)
    if case.scheme is not None:
        return flr.liver_from_labels(case.segments, scheme=case.scheme, **arrays)
    return flr.liver_from_labels(segments=case.segments, **arrays)


def nrrd_map(case: Case, folder: Path) -> Liver:
    """A plain NRRD."""
    return _segments(case, _nrrd(folder / "segments.nrrd", case.segments, case.grid), folder)


def _nrrd(path: Path, voxels: NDArray[Any], grid: Grid, **header: Any) -> Path:
    lps = _LPS @ grid.index_to_world_mm
    own = {
        "space": "left-posterior-superior",
        "space origin": lps[:3, 3],
        "space directions": lps[:3, :3].T.tolist(),
        "kinds": ["domain"] * 3,
    }
    nrrd.write(str(path), voxels, own | header)
    return path


def metaimage(case: Case, folder: Path) -> Liver:
    """A MetaImage with its header beside the voxels."""
    return _segments(case, write_metaimage(folder / "segments.mhd", case.segments, case.grid), folder)


def write_metaimage(path: Path, voxels: Voxels, grid: Grid, *, extra: str = "") -> Path:
    lps = _LPS @ grid.index_to_world_mm
    sides = np.linalg.norm(lps[:3, :3], axis=0)
    matrix = " ".join(repr(float(v)) for v in (lps[:3, :3] / sides).T.ravel())
    raw = path.with_suffix(".raw")
    raw.write_bytes(voxels.tobytes(order="F"))
    path.write_text(
        "ObjectType = Image\nNDims = 3\nBinaryData = True\n"
        f"TransformMatrix = {matrix}\nOffset = {' '.join(repr(float(v)) for v in lps[:3, 3])}\n"
        f"ElementSpacing = {' '.join(repr(float(v)) for v in sides)}\n{extra}"
        f"DimSize = {' '.join(str(n) for n in voxels.shape)}\nElementType = MET_UCHAR\n"
        f"ElementDataFile = {raw.name}\n"
    )
    return path


def mask_folder(case: Case, folder: Path) -> Liver:
    """A folder with one mask for each named value, as TotalSegmentator writes it."""
    masks = folder / "masks"
    masks.mkdir()
    given = _beside(case, folder)
    for value, name in case.names.items():
        mask = (case.segments == value).astype(np.uint8)
        write_nifti(masks / f"{name}.nii.gz", mask, case.grid, qform_code=0)
    return flr.read_liver(masks, **given)


def entry(code: tuple[str, str, str]) -> str:
    """A terminology entry as 3D Slicer writes it."""
    value, scheme, meaning = code
    return (
        "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"
        f"~{scheme}^{value}^{meaning}~^^~Anatomic codes - DICOM master list~^^~^^"
    )


def seg_nrrd(case: Case, folder: Path) -> Liver:
    """A segmentation of 3D Slicer."""
    header: dict[str, str] = {}
    for number, (value, name) in enumerate(case.names.items()):
        header[f"Segment{number}_Name"] = name
        header[f"Segment{number}_LabelValue"] = str(value)
        header[f"Segment{number}_Layer"] = "0"
        if value in case.codes:
            header[f"Segment{number}_Tags"] = f"TerminologyEntry:{entry(case.codes[value])}|"
    path = _nrrd(folder / "case.seg.nrrd", case.segments, case.grid, **header)
    return flr.read_liver(path, **_beside(case, folder))


def stack_of(grid: Grid) -> Stack:
    """The slices of a grid as DICOM images."""
    lps = _LPS @ grid.index_to_world_mm
    sides = np.linalg.norm(lps[:3, :3], axis=0)
    origins = lps[:3, 3] + np.outer(np.arange(grid.shape[2]), lps[:3, 2])
    return Stack(
        origins,
        (*(lps[:3, 0] / sides[0]), *(lps[:3, 1] / sides[1])),
        spacing_mm=(float(sides[0]), float(sides[1])),
        size=(grid.shape[0], grid.shape[1]),
    )


def write_images(folder: Path, grid: Grid, **facts: Any) -> Stack:
    """A CT of nothing on the grid, whose headers say ``facts`` too."""
    stack = stack_of(grid)
    folder.mkdir(exist_ok=True)
    write_series(folder, stack, hu=lambda k: np.zeros((grid.shape[1], grid.shape[0])), change=lambda k: facts)
    return stack


def write_segments(case: Case, folder: Path, stack: Stack, kind: str, **changes: Any) -> Path:
    slices = case.segments.transpose(2, 1, 0)
    described = []
    for value, name in case.names.items():
        code = case.codes.get(value)
        described.append(segment(value, name, code) if code else segment(value, name))
    masks: Mapping[int, NDArray[Any]] = (
        {0: slices} if kind == "LABELMAP" else {value: slices == value for value in case.names}
    )
    return write_seg(folder / "seg.dcm", stack, masks, described, kind=kind, **changes)


def dicom_seg(case: Case, folder: Path, kind: str = "BINARY") -> Liver:
    """A DICOM SEG beside its CT."""
    stack = write_images(folder / "ct", case.image_grid or case.grid)
    path = write_segments(case, folder, stack, kind)
    given = _beside(case, folder)
    given.pop("image", None)
    return flr.read_liver(path, folder / "ct", **given)


def dicom_labelmap(case: Case, folder: Path) -> Liver:
    """A DICOM label map SEG beside its CT."""
    return dicom_seg(case, folder, "LABELMAP")


def outlines(mask: NDArray[np.bool_], grid: Grid) -> list[NDArray[np.float64]]:
    """Closed contours around the pixels of a mask, slice by slice, in LPS millimetres."""
    from skimage.measure import find_contours

    found = []
    for k in np.flatnonzero(mask.any(axis=(0, 1))):
        plane = np.pad(mask[:, :, k].astype(float), 1)
        for line in find_contours(plane, 0.5):
            index = np.column_stack([line[:-1] - 1, np.full(len(line) - 1, k)])
            found.append(grid.world_mm(index) * [-1.0, -1.0, 1.0])
    return found


def write_regions(
    path: Path, stack: Stack, rois: Mapping[str, list[NDArray[np.float64]]], **more: Any
) -> Path:
    """Write an RTSTRUCT without pydicom's check of every number, which takes longer than all else."""
    with disable_value_validation():
        return write_rtstruct(path, stack, rois, **more)


def rtstruct(case: Case, folder: Path) -> Liver:
    """A DICOM RTSTRUCT beside its CT."""
    stack = write_images(folder / "ct", case.image_grid or case.grid)
    rois = {name: outlines(case.segments == value, case.grid) for value, name in case.names.items()}
    write_regions(folder / "rt.dcm", stack, rois)
    given = _beside(case, folder)
    given.pop("image", None)
    return flr.read_liver(folder / "rt.dcm", folder / "ct", **given)


CARRIERS: dict[str, Reader] = {
    "memory": memory,
    "NIfTI": nifti,
    "named NIfTI": named_nifti,
    "NRRD": nrrd_map,
    "MetaImage": metaimage,
    "folder of masks": mask_folder,
    ".seg.nrrd": seg_nrrd,
    "SEG": dicom_seg,
    "SEG label map": dicom_labelmap,
    "RTSTRUCT": rtstruct,
}
DOORS = ("command", "job", "cohort", "follow-up", "replay")
"""Where lies are told that no single file carries."""

NUMBERS = ("memory", "NIfTI", "NRRD", "MetaImage")
NAMED = ("named NIfTI", ".seg.nrrd", "SEG", "SEG label map")
MASKS = ("folder of masks", "RTSTRUCT")
ALL = tuple(CARRIERS)
