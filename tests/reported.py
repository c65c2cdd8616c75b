"""Public reports about other tools, each as a small made input with the right answer and how it is known.

``REPORTS`` is the table; ``docs/reported-elsewhere.md`` is made from it. A maker writes its input into an
empty folder and returns what ``flr volumes`` has to say of it: volumes by formula or by counting what was
written, never by asking ``flr``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import pi
from pathlib import Path
from typing import Any, Final

import nibabel as nib
import nrrd
import numpy as np
from dicom_phantoms import (
    LIVER_CODE,
    Ellipsoid,
    Stack,
    circle,
    even_heights_mm,
    oblique,
    segment,
    stack_at,
    tilted,
    write_rtstruct,
    write_seg,
    write_series,
)
from numpy.typing import NDArray
from phantoms import couinaud_egg, write_nifti
from pydicom import dcmread
from pydicom.dataset import Dataset
from test_folders import trunk

from flr.geometry import Grid

LIVER = Ellipsoid()
LPS_OF_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Right:
    """What has to come out.

    Parameters
    ----------
    ml : mapping of str to float
        Volumes; the others may be anything. [mL]
    within : float
        Relative error allowed: 0 for voxels that were counted, the pixel error for shapes known by formula.
    says : tuple of str
        Checks that must speak.
    silent : tuple of str
        Checks that must not.
    refused : str
        Words of the refusal, where that is the right answer.
    roles : mapping of str to str
        Role to file name, for what is given with its role.
    inputs : tuple of str
        File names; the folder itself by default.
    """

    ml: Mapping[str, float] = field(default_factory=dict)
    within: float = 0.0
    says: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    refused: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[str, ...] = (".",)


@dataclass(frozen=True)
class Report:
    """One public report.

    Parameters
    ----------
    url : str
        Where it was made.
    what : str
        What the file holds, in a sentence.
    right : str
        The right answer, and how it is known.
    make : callable
        Writes the input into a folder.
    """

    url: str
    what: str
    right: str
    make: Callable[[Path], Right]

    @property
    def name(self) -> str:
        """Project and number, as people call it."""
        owner, project, _, number = self.url.removeprefix("https://github.com/").split("/")
        return f"{owner}/{project} #{number}"


def _egg() -> tuple[NDArray[np.uint8], Grid, dict[str, float]]:
    segments, grid = couinaud_egg()
    ml = {f"segment_{n}": int((segments == n).sum()) * grid.voxel_volume_ml for n in range(1, 9)}
    return segments, grid, ml


def _whole() -> tuple[NDArray[np.uint8], Grid, float]:
    segments, grid, ml = _egg()
    return (segments > 0).astype(np.uint8), grid, sum(ml.values())


def _save(path: Path, voxels: NDArray[Any], affine: NDArray[Any], **codes: Any) -> None:
    image = nib.Nifti1Image(voxels, affine)
    image.set_sform(codes.get("sform", affine), int(codes.get("sform_code", 1)))
    image.set_qform(codes.get("qform", affine), int(codes.get("qform_code", 1)))
    if "slope" in codes:
        image.header.set_slope_inter(codes["slope"], 0.0)
        image.header.set_data_dtype(voxels.dtype)
    nib.save(image, path)


def _lps_header(affine: NDArray[Any]) -> dict[str, Any]:
    """The header of an NRRD file that 3D Slicer writes."""
    lps = LPS_OF_RAS @ affine
    directions, origin = lps[:3, :3].T, lps[:3, 3]
    return {"space": "left-posterior-superior", "space directions": directions, "space origin": origin}


# --- NIfTI ---------------------------------------------------------------------------------------


def wrong_sform(folder: Path) -> Right:
    voxels, grid, _ = _whole()
    affine = grid.index_to_world_mm
    lost = affine.copy()
    lost[:3, :3] = np.diag(np.sign(np.diag(affine)[:3]))
    _save(folder / "liver.nii.gz", voxels, affine, sform=lost)
    return Right(says=("qform_sform_disagree",))


def sform_against_pixdim(folder: Path) -> Right:
    voxels, grid, _ = _whole()
    affine = grid.index_to_world_mm.copy()
    affine[:3, :3] *= 0.8
    image = nib.Nifti1Image(voxels, affine)
    image.header["pixdim"][1:4] = grid.spacing_mm
    image.header["sform_code"], image.header["qform_code"] = 1, 0
    for row, name in zip(affine, ("srow_x", "srow_y", "srow_z"), strict=False):
        image.header[name] = row
    raw = image.header.binaryblock + b"\0" * 4 + voxels.tobytes(order="F")
    header = bytearray(raw)
    header[108:112] = np.float32(352).tobytes()
    header[344:348] = b"n+1\0"
    (folder / "liver.nii").write_bytes(bytes(header))
    return Right(says=("voxel_size_contradiction",))


def only_sform(folder: Path) -> Right:
    segments, grid, ml = _egg()
    image = nib.Nifti1Image(segments, grid.index_to_world_mm)
    image.header["sform_code"], image.header["qform_code"], image.header["quatern_b"] = 1, 0, 0.5
    nib.save(image, folder / "s.nii.gz")
    return Right(ml, silent=("qform_sform_disagree", "voxel_size_contradiction"))


def only_qform(folder: Path) -> Right:
    segments, grid, ml = _egg()
    _save(folder / "s.nii.gz", segments, grid.index_to_world_mm, sform=np.eye(4), sform_code=0)
    return Right(ml)


def coarse_slope(folder: Path) -> Right:
    """Every value a step or two of the slope away from a whole number, as in the atlas."""
    segments, grid, _ = _egg()
    stored = np.array([0, 84, 172, 256, 340, 424, 512, 596, 680], np.int16)[segments]
    _save(folder / "s.nii.gz", stored, grid.index_to_world_mm, slope=3 / 255)
    return Right(refused="label value", inputs=("s.nii.gz",))


def float_noise(folder: Path) -> Right:
    segments, grid, ml = _egg()
    noisy = np.where(segments > 0, segments + 4.6e-5, 0).astype(np.float32)
    _save(folder / "s.nii.gz", noisy, grid.index_to_world_mm)
    return Right(ml)


def interpolated_labels(folder: Path) -> Right:
    segments, grid, _ = _egg()
    blurred = (0.5 * segments[:-1] + 0.5 * segments[1:]).astype(np.float32)
    _save(folder / "s.nii.gz", blurred, grid.index_to_world_mm)
    return Right(refused="label value", inputs=("s.nii.gz",))


def value_255(folder: Path) -> Right:
    voxels, grid, ml = _whole()
    _save(folder / "mask.nii.gz", voxels * 255, grid.index_to_world_mm)
    return Right({"liver": ml}, roles={"liver": "mask.nii.gz"}, inputs=())


def digits_of_headers(folder: Path) -> Right:
    segments, grid, ml = _egg()
    affine = grid.index_to_world_mm.copy()
    _save(folder / "s.nii.gz", segments, affine)
    affine[:3, 3] += 3e-5
    affine[:3, :3] *= 1 + 2e-7
    tumour = (segments == 5).astype(np.uint8)
    lps = LPS_OF_RAS @ affine
    header = {
        "space": "left-posterior-superior",
        "space directions": lps[:3, :3].T,
        "space origin": lps[:3, 3],
    }
    nrrd.write(str(folder / "t.nrrd"), tumour, header)
    roles = {"segments": "s.nii.gz", "tumours": "t.nrrd"}
    return Right(ml | {"tumours": ml["segment_5"]}, roles=roles, inputs=(), silent=("structure_displaced",))


def touches_the_border(folder: Path) -> Right:
    segments, grid, _ = _egg()
    cut = segments[:, :, 12:]
    ml = {f"segment_{n}": int((cut == n).sum()) * grid.voxel_volume_ml for n in range(1, 9)}
    _save(folder / "s.nii.gz", cut, grid.index_to_world_mm)
    return Right(ml, says=("liver_truncated",))


def sheared(folder: Path) -> Right:
    segments, grid, ml = _egg()
    affine = grid.index_to_world_mm.copy()
    affine[1, 2] += 0.35 * grid.spacing_mm[2]  # leaves the determinant as it was
    _save(folder / "s.nii.gz", segments, affine, qform_code=0)
    return Right(ml)


def axes_exchanged(folder: Path) -> Right:
    segments, grid, ml = _egg()
    affine = grid.index_to_world_mm
    turned = np.eye(4)
    turned[:3, :3] = affine[:3, :3] @ np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    _save(folder / "s.nii.gz", segments, turned)
    return Right(ml, says=("shifted_labels",))


def lost_spacing(folder: Path) -> Right:
    small, _, _ = _egg()
    voxels = np.zeros((512, 512, small.shape[2]), np.uint8)
    voxels[200 : 200 + small.shape[0], 200 : 200 + small.shape[1]] = small > 0
    _save(folder / "liver.nii.gz", voxels, np.diag([-1.0, -1.0, 1.0, 1.0]))
    return Right(says=("header_1mm_on_512",))


def flipped_against_another(folder: Path) -> Right:
    segments, grid, ml = _egg()
    _save(folder / "s.nii.gz", segments, grid.index_to_world_mm)
    flip = np.diag([1.0, 1.0, -1.0, 1.0])
    flip[2, 3] = segments.shape[2] - 1
    tumour = (segments == 7).astype(np.uint8)[:, :, ::-1]
    _save(folder / "t.nii.gz", tumour, grid.index_to_world_mm @ flip)
    roles = {"segments": "s.nii.gz", "tumours": "t.nii.gz"}
    return Right(ml | {"tumours": ml["segment_7"]}, roles=roles, inputs=(), silent=("structure_displaced",))


def mask_of_fewer_slices(folder: Path) -> Right:
    segments, grid, ml = _egg()
    _save(folder / "s.nii.gz", segments, grid.index_to_world_mm)
    affine = grid.index_to_world_mm.copy()
    affine[:3, 3] = (affine @ [0, 0, 2, 1])[:3]
    _save(folder / "t.nii.gz", (segments == 2).astype(np.uint8)[:, :, 2:-3], affine)
    roles = {"segments": "s.nii.gz", "tumours": "t.nii.gz"}
    return Right(ml | {"tumours": ml["segment_2"]}, roles=roles, inputs=(), silent=("structure_displaced",))


def hidden_file(folder: Path) -> Right:
    voxels, grid, ml = _whole()
    _save(folder / "liver.nii.gz", voxels, grid.index_to_world_mm)
    (folder / "._liver.nii.gz").write_bytes(b"\x00\x05\x16\x07" + bytes(60))
    return Right({"liver": ml})


# --- names ---------------------------------------------------------------------------------------


def stray_label(folder: Path) -> Right:
    voxels, grid, _ = _whole()
    voxels = voxels.copy()
    voxels[20:24, 20:24, 20:24] = 8
    _save(folder / "case.nii.gz", voxels, grid.index_to_world_mm)
    table = {"labels": {"background": 0, "liver": 1, "tumor": 2}, "file_ending": ".nii.gz"}
    (folder / "dataset.json").write_text(json.dumps(table), encoding="utf-8")
    return Right({"label_8": 64 * grid.voxel_volume_ml}, inputs=("case.nii.gz",))


def names_made_up(folder: Path) -> Right:
    segments, grid, ml = _egg()
    few = np.where(segments <= 4, segments, 0).astype(np.uint8)
    _save(folder / "case.nii.gz", few, grid.index_to_world_mm)
    table = {"labels": {"background": 0, **{f"Segment_{n + 1}": n for n in range(1, 5)}}}
    (folder / "dataset.json").write_text(json.dumps(table), encoding="utf-8")
    return Right({f"label_{n}": ml[f"segment_{n}"] for n in range(1, 5)}, inputs=("case.nii.gz",))


def table_without_a_title(folder: Path) -> Right:
    segments, grid, ml = _egg()
    order = [0, 8, 7, 6, 5, 4, 3, 2, 1]
    _save(folder / "s.nii.gz", np.array(order, np.uint8)[segments], grid.index_to_world_mm)
    rows = [f'{order[n]} 97 23 22 1 1 1 "Liver segment {n}"' for n in range(1, 9)]
    (folder / "s.txt").write_text("\n".join(["#" * 48, *rows, ""]), encoding="utf-8")
    return Right(ml, inputs=("s.nii.gz",))


def names_of_the_list(folder: Path) -> Right:
    """A label map exported by 3D Slicer: values in the order of the list, names in the colour table."""
    segments, grid, ml = _egg()
    order = [0, 4, 8, 1, 7, 3, 6, 2, 5]
    lps = LPS_OF_RAS @ grid.index_to_world_mm
    header = {
        "space": "left-posterior-superior",
        "space directions": lps[:3, :3].T,
        "space origin": lps[:3, 3],
    }
    nrrd.write(str(folder / "Segmentation-label.nrrd"), np.array(order, np.uint8)[segments], header)
    rows = [f"{order[n]} Liver_segment_{n} 10 20 30 255" for n in range(1, 9)]
    text = "\n".join(["# Color table file x", "0 Background 0 0 0 0", *rows, ""])
    (folder / "Segmentation-label_ColorTable.ctbl").write_text(text, encoding="utf-8")
    return Right(ml, inputs=("Segmentation-label.nrrd",))


# --- DICOM ---------------------------------------------------------------------------------------


def frames_between_bytes(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0), size=(139, 133))  # 139 × 133 is no multiple of 8
    liver = stack.masks(LIVER)
    left = stack.masks(Ellipsoid((-9.0, -11.0, 300.0), (36.0, 40.0, 60.0)))
    write_seg(
        folder / "s.dcm", stack, {1: liver, 2: left}, [segment(1, "Liver"), segment(2, "Tumor", TUMOUR)]
    )
    voxel_ml = 1.1 * 0.9 * 5.0 / 1000.0
    return Right({"liver": int(liver.sum()) * voxel_ml, "tumour": int(left.sum()) * voxel_ml})


TUMOUR = ("108369006", "SCT", "Neoplasm")


def frames_of_the_liver_only(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0))
    write_series(folder / "ct", stack)
    liver = stack.masks(LIVER)
    write_seg(folder / "s.dcm", stack, {1: liver}, [segment(1, "Liver")])
    return Right({"liver": int(liver.sum()) * 1.1 * 0.9 * 5.0 / 1000.0}, silent=("seg_gap",))


def frames_of_the_liver_alone(folder: Path) -> Right:
    right = frames_of_the_liver_only(folder)
    return Right(right.ml, silent=right.silent, inputs=("s.dcm",))


def segment_without_frames(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0))
    liver = stack.masks(LIVER)
    write_seg(folder / "s.dcm", stack, {1: liver}, [segment(1, "Liver"), segment(2, "Tumor", TUMOUR)])
    return Right({"liver": int(liver.sum()) * 1.1 * 0.9 * 5.0 / 1000.0}, says=("segment_empty",))


def _rings(stack: Stack, outer_mm: float, inner_mm: float = 0.0) -> tuple[list[NDArray[np.float64]], float]:
    heights = stack.origins_mm[:, 2]
    centre = (7.0, -11.0)
    drawn = [circle((*centre, z), radius) for z in heights[5:-5] for radius in (outer_mm, inner_mm) if radius]
    area_mm2 = pi * (outer_mm**2 - inner_mm**2)
    return drawn, area_mm2 * (len(heights) - 10) * float(heights[1] - heights[0]) / 1000.0


def hole_in_a_contour(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0))
    write_series(folder / "ct", stack)
    drawn, ml = _rings(stack, 55.0, 25.0)
    write_rtstruct(folder / "r.dcm", stack, {"Liver": drawn})
    return Right({"liver": ml}, within=0.005)


def more_columns_than_rows(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0), size=(200, 136))
    write_series(folder / "ct", stack)
    drawn, ml = _rings(stack, 45.0)
    write_rtstruct(folder / "r.dcm", stack, {"Liver": drawn})
    return Right({"liver": ml}, within=0.005)


def region_without_contours(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0))
    drawn, ml = _rings(stack, 45.0)
    point = [np.array([(7.0, -11.0, 300.0)])]
    kinds = {"Liver": "CLOSED_PLANAR", "Iso": "POINT", "PTV": "CLOSED_PLANAR"}
    write_rtstruct(folder / "r.dcm", stack, {"Iso": point, "Liver": drawn, "PTV": []}, geometric_type=kinds)
    return Right({"liver": ml}, within=0.005)


def contours_on_turned_slices(folder: Path) -> Right:
    stack = oblique()
    write_series(folder / "ct", stack)
    row, column = (np.array(stack.orientation[n : n + 3]) for n in (0, 3))
    angle = np.linspace(0, 2 * pi, 720, endpoint=False)
    middle = np.array([80.0, 62.0])
    drawn = [
        origin
        + np.outer(middle[0] + 40 * np.cos(angle), row)
        + np.outer(middle[1] + 40 * np.sin(angle), column)
        for origin in stack.origins_mm[8:-8]
    ]
    write_rtstruct(folder / "r.dcm", stack, {"Liver": drawn})
    ml = pi * 40.0**2 * len(drawn) * 2.5 / 1000.0
    return Right({"liver": ml}, within=0.005)


def _series_and_seg(folder: Path, stack: Stack) -> NDArray[np.bool_]:
    write_series(folder / "ct", stack)
    liver = stack.masks(LIVER)
    write_seg(folder / "s.dcm", stack, {1: liver}, [segment(1, "Liver")])
    return liver


def slices_of_two_distances(folder: Path) -> Right:
    heights = np.concatenate([np.arange(213.3, 300.0, 2.5), np.arange(305.0, 390.0, 7.5)])
    _series_and_seg(folder, stack_at(heights))
    return Right({"liver": LIVER.ml}, within=0.01, says=("uneven_slices", "slices_uneven_in_liver"))


def a_third_of_the_slices_missing(folder: Path) -> Right:
    heights = even_heights_mm(2.5)
    _series_and_seg(folder, stack_at(np.concatenate([heights[:20], heights[44:]])))
    return Right(says=("slices_uneven_in_liver",))


def slices_twice(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0))
    write_series(folder / "ct", stack)
    write_series(folder / "again", stack.only([0, 3]), prefix="copy")
    liver = stack.masks(LIVER)
    write_seg(folder / "s.dcm", stack, {1: liver}, [segment(1, "Liver")])
    return Right({"liver": int(liver.sum()) * 1.1 * 0.9 * 5.0 / 1000.0})


def gantry_tilt(folder: Path) -> Right:
    _series_and_seg(folder, tilted(13.5))
    return Right({"liver": LIVER.ml}, within=0.005)


def slices_cut_short(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(2.5))
    _series_and_seg(folder, stack)
    for path in sorted((folder / "ct").iterdir())[30:33]:
        path.write_bytes(path.read_bytes()[:3000])
    return Right(says=("files_skipped",))


def slope_that_rounds(folder: Path) -> Right:
    """Saved as uint8 with a slope that no whole number is a multiple of."""
    segments, grid, ml = _egg()
    slope = 8 / 255
    stored = np.rint(np.arange(9) / slope).astype(np.uint8)[segments]
    _save(folder / "s.nii.gz", stored, grid.index_to_world_mm, slope=slope)
    return Right(ml, inputs=("s.nii.gz",))


def organs_by_number(folder: Path) -> Right:
    voxels, grid = trunk()
    write_nifti(folder / "combined_labels.nii.gz", voxels, grid)
    liver_ml = int((voxels == 5).sum()) * grid.voxel_volume_ml
    return Right({"liver": liver_ml}, inputs=("combined_labels.nii.gz",), silent=("shifted_labels",))


def table_in_latin_1(folder: Path) -> Right:
    segments, grid, ml = _egg()
    _save(folder / "s.nii.gz", segments[:, :, ::1], grid.index_to_world_mm)
    rows = [f'{9 - n} 9 9 9 1 1 1 "Liver segment {n}"' for n in range(1, 9)]
    text = "\n".join(["# ITK-SnAP Label Description File", "# Mod\u00e8le fran\u00e7ais", *rows, ""])
    (folder / "s.txt").write_bytes(text.encode("latin-1"))
    return Right({f"segment_{n}": ml[f"segment_{9 - n}"] for n in range(1, 9)}, inputs=("s.nii.gz",))


def phases_between_one_another(folder: Path) -> Right:
    """Two phases in one series, half a slice apart, told apart by their times."""
    early = stack_at(even_heights_mm(10.0))
    shared = {"series_uid": early.series_uid, "study_uid": early.study_uid, "frame_uid": early.frame_uid}
    late = stack_at(even_heights_mm(10.0) + 5.0, **shared)
    late = replace(late, instance_uids=tuple(f"{late.series_uid}.{n + 500}" for n in range(len(late.uids))))
    for name, stack, time, first in (("a", early, "101000", 1), ("b", late, "102000", 201)):
        write_series(
            folder / "ct",
            stack,
            prefix=name,
            change=lambda k, time=time, first=first: {"ContentTime": time, "InstanceNumber": first + k},
        )
    liver = early.masks(LIVER)
    write_seg(folder / "s.dcm", early, {1: liver}, [segment(1, "Liver")])
    return Right({"liver": int(liver.sum()) * 1.1 * 0.9 * 10.0 / 1000.0}, silent=("seg_gap",))


_GITHUB = "https://github.com/"


# --- contours ------------------------------------------------------------------------------------


def _contours(folder: Path, more: Mapping[str, Any], kinds: Mapping[str, str] | None = None) -> Right:
    """A liver of rings on its images, and other regions beside it."""
    stack = stack_at(even_heights_mm(5.0))
    write_series(folder / "ct", stack)
    drawn, ml = _rings(stack, 45.0)
    regions = {"Liver": drawn, **more}
    types = {name: (kinds or {}).get(name, "CLOSED_PLANAR") for name in regions}
    write_rtstruct(folder / "r.dcm", stack, regions, geometric_type=types)
    return Right({"liver": ml}, within=0.005)


def open_contours(folder: Path) -> Right:
    tandem = [np.array([(0.0, 0.0, 250.0), (5.0, 5.0, 250.0), (9.0, 7.0, 250.0)])]
    right = _contours(folder, {"Tandem": tandem}, {"Tandem": "OPEN_NONPLANAR"})
    return replace(right, says=("contours_left_out",))


def contours_never_drawn(folder: Path) -> Right:
    return replace(_contours(folder, {"Breast Left": []}), says=("segment_empty",))


def point_among_contours(folder: Path) -> Right:
    right = _contours(folder, {})
    content = dcmread(folder / "r.dcm")
    point = Dataset()
    point.ContourGeometricType, point.NumberOfContourPoints = "POINT", 1
    point.ContourData = [7.0, -11.0, 300.0]
    content.ROIContourSequence[0].ContourSequence.append(point)
    content.save_as(folder / "r.dcm", enforce_file_format=True)
    return replace(right, says=("contours_left_out",))


def images_that_are_not_there(folder: Path) -> Right:
    """The contours list images of the series that nobody exported."""
    stack = stack_at(even_heights_mm(5.0))
    write_series(folder / "ct", stack)
    drawn, ml = _rings(stack, 45.0)
    write_rtstruct(folder / "r.dcm", stack, {"Liver": drawn}, listed=[*stack.uids, "1.2.3.4.5", "1.2.3.4.6"])
    return Right({"liver": ml}, within=0.005)


def contours_of_renamed_images(folder: Path) -> Right:
    """Anonymised apart: the contours name images by identifiers that the images no longer have."""
    stack = stack_at(even_heights_mm(5.0))
    drawn, ml = _rings(stack, 45.0)
    write_rtstruct(folder / "r.dcm", stack, {"Liver": drawn}, with_sources=True)
    renamed = replace(stack, instance_uids=tuple(f"1.2.9.{k}" for k in range(len(stack.uids))))
    write_series(folder / "ct", renamed)
    return Right({"liver": ml}, within=0.005)


def contours_alone(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0))
    drawn, ml = _rings(stack, 45.0)
    write_rtstruct(folder / "r.dcm", stack, {"Liver": drawn})
    return Right({"liver": ml}, within=0.005, says=("referenced_series_absent",))


def island_in_a_hole(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0))
    write_series(folder / "ct", stack)
    ring, ring_ml = _rings(stack, 55.0, 35.0)
    island, island_ml = _rings(stack, 20.0)
    write_rtstruct(folder / "r.dcm", stack, {"Liver": [*island, *ring]})
    return Right({"liver": ring_ml + island_ml}, within=0.005)


# --- NRRD and what is listed in it -----------------------------------------------------------------


def nrrd_in_lps(folder: Path) -> Right:
    segments, grid, ml = _egg()
    nrrd.write(str(folder / "s.nrrd"), segments, _lps_header(grid.index_to_world_mm))
    return Right(ml, silent=("mirrored_anatomy", "shifted_labels"))


def oblique_nrrd(folder: Path) -> Right:
    segments, grid, ml = _egg()
    turn = np.eye(4)
    cosine, sine = np.cos(0.3), np.sin(0.3)
    turn[:2, :2] = [[cosine, -sine], [sine, cosine]]
    nrrd.write(str(folder / "s.nrrd"), segments, _lps_header(turn @ grid.index_to_world_mm))
    return Right(ml, silent=("mirrored_anatomy", "shifted_labels"))


def unequal_voxels_in_nrrd(folder: Path) -> Right:
    segments, grid, ml = _egg()
    affine = grid.index_to_world_mm @ np.diag([0.5, 1.0, 1.25, 1.0])
    nrrd.write(str(folder / "s.nrrd"), segments, _lps_header(affine))
    return Right({name: volume * 0.625 for name, volume in ml.items()})


def nrrd_without_directions(folder: Path) -> Right:
    segments, grid, ml = _egg()
    nrrd.write(str(folder / "s.nrrd"), segments, {"spacings": list(grid.spacing_mm)})
    return Right(ml, says=("no_orientation",))


def layers_that_overlap(folder: Path) -> Right:
    segments, grid, ml = _egg()
    header: dict[str, Any] = {**_lps_header(grid.index_to_world_mm), "kinds": ["list", *["domain"] * 3]}
    header["space directions"] = np.vstack([[np.nan] * 3, header["space directions"]])
    for number, name in enumerate(("liver", "tumour")):
        header |= {f"Segment{number}_ID": f"S{number}", f"Segment{number}_Name": name}
        header |= {f"Segment{number}_LabelValue": "1", f"Segment{number}_Layer": str(number)}
    layers = np.stack([segments > 0, segments == 5]).astype(np.uint8)
    nrrd.write(str(folder / "s.seg.nrrd"), layers, header)
    return Right({"liver": sum(ml.values()), "tumour": ml["segment_5"]})


def segment_deleted_and_drawn_again(folder: Path) -> Right:
    """Its value is the next free one, not that of its place in the list."""
    segments, grid, ml = _egg()
    values = {n: n + 8 if n in (2, 5) else n for n in range(1, 9)}
    header = _lps_header(grid.index_to_world_mm)
    for place, (n, value) in enumerate(values.items()):
        header |= {f"Segment{place}_ID": f"S{place}", f"Segment{place}_Name": f"Liver segment {n}"}
        header |= {f"Segment{place}_LabelValue": str(value), f"Segment{place}_Layer": "0"}
    table = np.array([0, *values.values()], np.uint8)
    nrrd.write(str(folder / "s.seg.nrrd"), table[segments], header)
    return Right(ml)


def powers_of_two(folder: Path) -> Right:
    segments, grid, ml = _egg()
    four = np.where(segments <= 4, np.array([0, 1, 2, 4, 8, 0, 0, 0, 0])[segments], 0).astype(np.uint8)
    nrrd.write(str(folder / "s-label.nrrd"), four, _lps_header(grid.index_to_world_mm))
    return Right({f"label_{2 ** (n - 1)}": ml[f"segment_{n}"] for n in range(1, 5)}, inputs=("s-label.nrrd",))


def names_in_the_header_of_mitk(folder: Path) -> Right:
    segments, grid, ml = _egg()
    order = [0, 6, 3, 8, 1, 5, 2, 7, 4]
    labels = [{"name": f"Liver segment {n}", "value": order[n]} for n in range(1, 9)]
    header = _lps_header(grid.index_to_world_mm) | {"modality": "org.mitk.multilabel.segmentation"}
    header |= {"org.mitk.multilabel.segmentation.labelgroups": json.dumps([{"labels": labels}])}
    nrrd.write(str(folder / "s.nrrd"), np.array(order, np.uint8)[segments], header)
    return Right(ml)


def slices_from_front_to_back(folder: Path) -> Right:
    segments, grid, ml = _egg()
    affine = grid.index_to_world_mm[:, [0, 2, 1, 3]]
    _save(folder / "s.nii.gz", np.ascontiguousarray(segments.transpose(0, 2, 1)), affine)
    return Right(ml, silent=("mirrored_anatomy", "shifted_labels"))


def origins_of_two_forms(folder: Path) -> Right:
    segments, grid, ml = _egg()
    moved = grid.index_to_world_mm.copy()
    moved[:3, 3] += 90.0
    _save(folder / "s.nii.gz", segments, grid.index_to_world_mm, qform=moved)
    return Right(ml, says=("qform_sform_disagree",))


# --- DICOM files as they are sent ---------------------------------------------------------------------


def _seg_of(folder: Path, stack: Stack, **changes: Any) -> Right:
    liver = stack.masks(LIVER)
    write_seg(folder / "s.dcm", stack, {1: liver}, [segment(1, "Liver")], **changes)
    return Right({"liver": int(liver.sum()) * 1.1 * 0.9 * 5.0 / 1000.0}, inputs=("s.dcm",))


def bits_of_odd_frames(folder: Path) -> Right:
    return _seg_of(folder, stack_at(even_heights_mm(5.0), size=(137, 131)))


def frames_of_a_remainder_of_six(folder: Path) -> Right:
    return _seg_of(folder, stack_at(even_heights_mm(5.0), size=(147, 138)))  # 147 × 138 = 8 × 2535 + 6


def pixels_cut_short(folder: Path) -> Right:
    _seg_of(folder, stack_at(even_heights_mm(5.0)))
    content = dcmread(folder / "s.dcm")
    content.PixelData = content.PixelData[: len(content.PixelData) // 2 // 2 * 2]
    content.save_as(folder / "s.dcm", enforce_file_format=True)
    return Right(refused="cut short", inputs=("s.dcm",))


def unknown_character_set(folder: Path) -> Right:
    right = _seg_of(folder, stack_at(even_heights_mm(5.0)))
    content = (folder / "s.dcm").read_bytes()
    assert content.count(b"ISO_IR 100") == 0
    plain = dcmread(folder / "s.dcm")
    plain.SpecificCharacterSet = "ISO_IR 100"
    plain.save_as(folder / "s.dcm", enforce_file_format=True)
    content = (folder / "s.dcm").read_bytes().replace(b"ISO_IR 100", b"ISO_2022_6")
    (folder / "s.dcm").write_bytes(content)
    return right


def another_character_set_than_said(folder: Path) -> Right:
    """A name in Windows-1251 in a file that says Latin-1: the code says what it is."""
    stack = stack_at(even_heights_mm(5.0))
    liver = stack.masks(LIVER)
    unreadable = "Печень".encode("cp1251").decode("latin-1")
    write_seg(
        folder / "s.dcm", stack, {1: liver}, [segment(1, unreadable)], SpecificCharacterSet="ISO_IR 100"
    )
    return Right({"liver": int(liver.sum()) * 1.1 * 0.9 * 5.0 / 1000.0}, inputs=("s.dcm",))


def _numbered(folder: Path, change: Callable[[int], Mapping[str, Any]]) -> Right:
    stack = stack_at(even_heights_mm(5.0))
    write_series(folder / "ct", stack, change=change)
    liver = stack.masks(LIVER)
    write_seg(folder / "s.dcm", stack, {1: liver}, [segment(1, "Liver")])
    return Right({"liver": int(liver.sum()) * 1.1 * 0.9 * 5.0 / 1000.0}, silent=("seg_off_series", "seg_gap"))


def one_number_for_all_slices(folder: Path) -> Right:
    return _numbered(folder, lambda k: {"InstanceNumber": 1})


def numbers_that_run_otherwise(folder: Path) -> Right:
    return _numbered(folder, lambda k: {"InstanceNumber": k * 37 % 101})


def thickness_is_not_distance(folder: Path) -> Right:
    right = _seg_of(folder, stack_at(even_heights_mm(5.0)), spacing_between_mm=5.0)
    return replace(right, silent=("seg_gap",))


def pixels_that_are_not_square(folder: Path) -> Right:
    _series_and_seg(folder, stack_at(even_heights_mm(5.0)))
    return Right({"liver": LIVER.ml}, within=0.005, silent=("seg_off_series", "image_spacing_differs"))


def frames_of_several_segments(folder: Path) -> Right:
    stack = stack_at(even_heights_mm(5.0))
    write_series(folder / "ct", stack)
    masks = {n: stack.masks(LIVER) & (np.arange(stack.size[0]) % 4 == n - 1) for n in (1, 2, 3, 4)}
    names = [("Liver", LIVER_CODE), ("Tumor", TUMOUR), ("Spleen", SPLEEN), ("Gallbladder", GALLBLADDER)]
    write_seg(folder / "s.dcm", stack, masks, [segment(n, *one) for n, one in enumerate(names, 1)])
    ml = {n: int(mask.sum()) * 1.1 * 0.9 * 5.0 / 1000.0 for n, mask in masks.items()}
    return Right({"liver": ml[1], "tumour": ml[2], "spleen": ml[3], "gallbladder": ml[4]})


SPLEEN = ("78961009", "SCT", "Spleen")
GALLBLADDER = ("28231008", "SCT", "Gallbladder")


def _report(where: str, what: str, right: str, make: Callable[[Path], Right]) -> Report:
    project, number = where.split("#")
    return Report(f"{_GITHUB}{project}/issues/{number}", what, right, make)


REPORTS: Final = (
    _report(
        "nipreps/fmriprep#2142",
        "Labels stored as bytes with a slope of 8/255: all within half a step of whole numbers.",
        "Rounded. Voxels counted before they were scaled.",
        slope_that_rounds,
    ),
    _report(
        "MrGiovanni/AbdomenAtlas#9",
        "Nine organs numbered 1 to 9, like nine parts of a liver.",
        "Told apart by where they lie: the liver is label 5. Voxels counted.",
        organs_by_number,
    ),
    _report(
        "pyushkevich/itksnap#136",
        "A label table in Latin-1 beside a map.",
        "Read: eight segments by name. Voxels counted.",
        table_in_latin_1,
    ),
    _report(
        "SimpleITK/SimpleITK#1185",
        "Two phases in one series, half a slice apart.",
        "Two stacks, told apart by their times; the SEG lies on its own. Voxels counted.",
        phases_between_one_another,
    ),
    _report(
        "Deep-MI/FastSurfer#36",
        "A NIfTI file whose sform says 1 mm voxels and whose qform says what is true.",
        "An error that blocks grading: nobody can tell from the file which of the two is true.",
        wrong_sform,
    ),
    _report(
        "NIFTI-Imaging/nifti_clib#127",
        "A NIfTI file whose sform has other voxel sizes than pixdim.",
        "An error that blocks grading; NIfTI-1 says that pixdim holds the voxel sizes.",
        sform_against_pixdim,
    ),
    _report(
        "simnibs/simnibs#110",
        "qform code 0 with a quaternion that contradicts the valid sform.",
        "Read by the sform, without a word: a code of 0 says that the other is not set. Voxels counted.",
        only_sform,
    ),
    _report(
        "simnibs/simnibs#448",
        "sform code 0 with an identity matrix beside a valid qform.",
        "Read by the qform. Voxels counted, times its determinant.",
        only_qform,
    ),
    _report(
        "TorchIO-project/torchio#220",
        "Labels such as 0.9882 and 2.0235: a slope put them beside the whole numbers.",
        "Refused: they are further off than the slope can round.",
        coarse_slope,
    ),
    _report(
        "spinalcordtoolbox/spinalcordtoolbox#3229",
        "Float labels with noise in the fifth digit (3.0000457).",
        "Taken as the whole numbers that they are. Voxels counted.",
        float_noise,
    ),
    _report(
        "BioMedIA/dhcp-structural-pipeline#3",
        "Labels resampled with linear interpolation: halves between them.",
        "Refused: a value between two labels is neither.",
        interpolated_labels,
    ),
    _report(
        "AIM-Harvard/pyradiomics#809",
        "A mask of 255 instead of 1.",
        "One foreground value is the mask, whatever it is. Voxels counted.",
        value_255,
    ),
    _report(
        "AIM-Harvard/pyradiomics#482",
        "Two files of one scan by two programs: headers differ in the sixth digit.",
        "One grid (0.01 mm are allowed). Voxels counted.",
        digits_of_headers,
    ),
    _report(
        "wasserth/TotalSegmentator#488",
        "Segments that touch the border of the scan, which a statistics file gives as 0 mL.",
        "The mL that are there, as lower bounds, with an error. Voxels counted.",
        touches_the_border,
    ),
    _report(
        "MIC-DKFZ/nnUNet#756",
        "An affine whose axes are not at right angles, which ITK refuses.",
        "Volume by the determinant, which the shear leaves as it was.",
        sheared,
    ),
    _report(
        "neheller/kits19#15",
        "A file whose axes were exchanged against its header.",
        "Volumes do not change; that the anatomy is turned is an error.",
        axes_exchanged,
    ),
    _report(
        "PatrickChrist/LITS-CHALLENGE#14",
        "1×1×1 mm on a 512×512 matrix: the scan's voxel size was lost.",
        "An error that blocks grading; no scanner makes such voxels.",
        lost_spacing,
    ),
    _report(
        "pyushkevich/itksnap#87",
        "Two maps of one scan, one stored from foot to head, one from head to foot.",
        "Laid on one another by position. Voxels counted.",
        flipped_against_another,
    ),
    _report(
        "rcuocolo/PROSTATEx_masks#8",
        "A mask with fewer slices than its scan.",
        "Laid on it by position. Voxels counted.",
        mask_of_fewer_slices,
    ),
    _report(
        "schorschinho/osprey#709",
        "A file ._NAME.nii.gz, left by macOS, beside each mask.",
        "No data. Voxels of the mask counted.",
        hidden_file,
    ),
    _report(
        "DIAGNijmegen/panorama_labels#1",
        "A label that dataset.json does not list.",
        "It is counted by its number, and nothing of the file is named by guess. Voxels counted.",
        stray_label,
    ),
    _report(
        "MIC-DKFZ/nnUNet#2500",
        "A dataset.json whose names are 3D Slicer's own Segment_2 … Segment_5.",
        "Such names say nothing: labels are counted by number. Voxels counted.",
        names_made_up,
    ),
    _report(
        "pyushkevich/itksnap#154",
        "A label table of ITK-SNAP without its title, beside a map with values in another order.",
        "Read: eight segments by name. Voxels counted before they were renumbered.",
        table_without_a_title,
    ),
    _report(
        "Slicer/Slicer#5044",
        "A label map exported with values in the order of the segment list, names in its colour table.",
        "The names decide. Voxels counted before they were renumbered.",
        names_of_the_list,
    ),
    _report(
        "QIICR/dcmqi#341",
        "A binary SEG whose frames end in the middle of a byte, two segments.",
        "Bits run on from frame to frame (PS3.5, 8.1.1). Voxels counted.",
        frames_between_bytes,
    ),
    _report(
        "QIICR/dcmqi#513",
        "A SEG that holds frames of the liver only, beside a CT of more slices.",
        "Frames that are missing are background: no gap. Voxels counted.",
        frames_of_the_liver_only,
    ),
    _report(
        "ImagingDataCommons/highdicom#214",
        "The same SEG without its images.",
        "The same mL as beside them. Voxels counted.",
        frames_of_the_liver_alone,
    ),
    _report(
        "ImagingDataCommons/highdicom#338",
        "A SEG that describes a segment and has no frame of it.",
        "Said; the others are read. Voxels counted.",
        segment_without_frames,
    ),
    _report(
        "pyplati/platipy#244",
        "An RTSTRUCT with a contour inside a contour.",
        "A hole: area of the ring times thickness, by formula.",
        hole_in_a_contour,
    ),
    _report(
        "Sikerdebaard/dcmrtstruct2nii#28",
        "An RTSTRUCT on images with more columns than rows.",
        "Area of the circle times thickness, by formula.",
        more_columns_than_rows,
    ),
    _report(
        "Sikerdebaard/dcmrtstruct2nii#4",
        "An RTSTRUCT with points, and with a region without contours.",
        "Left out; the liver is read: area times thickness, by formula.",
        region_without_contours,
    ),
    _report(
        "pyplati/platipy#165",
        "An RTSTRUCT whose slices do not lie along the body's axis.",
        "Area of the circle times the distance of slices, by formula.",
        contours_on_turned_slices,
    ),
    _report(
        "rordenlab/dcm2niix#22",
        "A CT of 2.5 mm slices that goes on with 7.5 mm.",
        "Each slice counts with its own thickness: volume of the ellipsoid by formula. Said.",
        slices_of_two_distances,
    ),
    _report(
        "rordenlab/dcm2niix#248",
        "A series with a large part of its slices missing in the middle.",
        "An error: the liver is interpolated there.",
        a_third_of_the_slices_missing,
    ),
    _report(
        "rordenlab/dcm2niix#539",
        "A series with some slices twice.",
        "Each counts once. Voxels counted.",
        slices_twice,
    ),
    _report(
        "wasserth/TotalSegmentator#610",
        "A CT with gantry tilt.",
        "The distance of slices is measured across them: volume of the ellipsoid by formula.",
        gantry_tilt,
    ),
    _report(
        "rordenlab/dcm2niix#156",
        "A series with files that were cut short in transfer.",
        "Said with their number; they are not read as zeros.",
        slices_cut_short,
    ),
    _report(
        "qurit/rt-utils#60",
        "An RTSTRUCT with a line of an applicator (open, not planar) beside the organs.",
        "Said and left out; the liver is read: area times distance, by formula.",
        open_contours,
    ),
    _report(
        "qurit/rt-utils#61",
        "A region that is listed, whose entry has no ContourSequence.",
        "Said; the liver is read: area times distance, by formula.",
        contours_never_drawn,
    ),
    _report(
        "qurit/rt-utils#99",
        "A point among the closed contours of one region.",
        "Said and left out; area times distance, by formula.",
        point_among_contours,
    ),
    _report(
        "qurit/rt-utils#82",
        "An RTSTRUCT that lists images which the series does not hold.",
        "Positions decide: area times distance, by formula.",
        images_that_are_not_there,
    ),
    _report(
        "qurit/rt-utils#106",
        "Contours that name images by identifiers which the images no longer have.",
        "Positions decide: area times distance, by formula.",
        contours_of_renamed_images,
    ),
    _report(
        "qurit/rt-utils#19",
        "An RTSTRUCT by itself, without any image.",
        "Area times distance of contours, by formula; that the images are absent is said.",
        contours_alone,
    ),
    _report(
        "Sikerdebaard/dcmrtstruct2nii#32",
        "An island in a hole, its contour listed before those around it.",
        "Even–odd: area of ring and island times distance, by formula.",
        island_in_a_hole,
    ),
    _report(
        "Project-MONAI/MONAI#3356",
        "An NRRD file of a left-posterior-superior space.",
        "Nothing lies mirrored. Voxels counted.",
        nrrd_in_lps,
    ),
    _report(
        "Project-MONAI/MONAI#7371",
        "An NRRD file whose axes are turned against the body's.",
        "Directions are columns, not rows: nothing lies mirrored. Voxels counted.",
        oblique_nrrd,
    ),
    _report(
        "Project-MONAI/MONAI#2902",
        "An NRRD file with three unequal voxel sides.",
        "Voxels counted, times the product of the sides.",
        unequal_voxels_in_nrrd,
    ),
    _report(
        "Project-MONAI/MONAILabel#1501",
        "An NRRD file with spacings and without directions.",
        "Counted; that nobody knows which side is left is said. Voxels counted.",
        nrrd_without_directions,
    ),
    _report(
        "Project-MONAI/MONAILabel#766",
        "A .seg.nrrd whose segments overlap, each in a layer of its own.",
        "Each with its own volume. Voxels counted.",
        layers_that_overlap,
    ),
    _report(
        "Project-MONAI/MONAILabel#211",
        "A NIfTI file whose qform and sform give other origins.",
        "Volumes do not depend on it; said. Voxels counted.",
        origins_of_two_forms,
    ),
    _report(
        "lassoan/slicerio#10",
        "A .seg.nrrd in which a segment was deleted and drawn again: its value is no longer its place.",
        "The names decide. Voxels counted.",
        segment_deleted_and_drawn_again,
    ),
    _report(
        "Slicer/Slicer#4733",
        "A label map of values 1, 2, 4 and 8 without names.",
        "Counted by their own numbers. Voxels counted.",
        powers_of_two,
    ),
    _report(
        "MIC-DKFZ/MITK-Diffusion#15",
        "A segmentation that MITK saved as one of several labels, listed in another order.",
        "The names in its header decide. Voxels counted before they were renumbered.",
        names_in_the_header_of_mitk,
    ),
    _report(
        "araex/mitk-gem#41",
        "A map whose slices run from front to back.",
        "Nothing lies mirrored. Voxels counted.",
        slices_from_front_to_back,
    ),
    _report(
        "pydicom/pydicom#2134",
        "A binary SEG of frames of 137 × 131 pixels, one segment.",
        "Bits run on from frame to frame. Voxels counted.",
        bits_of_odd_frames,
    ),
    _report(
        "QIICR/QuantitativeReporting#278",
        "A binary SEG whose frames leave a remainder of six bits.",
        "Bits run on from frame to frame. Voxels counted.",
        frames_of_a_remainder_of_six,
    ),
    _report(
        "pydicom/pydicom#1230",
        "A SEG with fewer bytes than its frames need.",
        "Refused: the file was cut short.",
        pixels_cut_short,
    ),
    _report(
        "pydicom/pydicom#736",
        "A SEG that states a character set which does not exist.",
        "Read: pixels and codes do not depend on it. Voxels counted.",
        unknown_character_set,
    ),
    _report(
        "pydicom/pydicom#2115",
        "A segment named in Windows-1251 in a file that states Latin-1.",
        "Its code says what it is. Voxels counted.",
        another_character_set_than_said,
    ),
    _report(
        "imageio/imageio#347",
        "A series whose slices all have one instance number.",
        "Sorted by position. Voxels counted.",
        one_number_for_all_slices,
    ),
    _report(
        "InsightSoftwareConsortium/ITK#6463",
        "A series whose instance numbers do not follow the slices.",
        "Sorted by position. Voxels counted.",
        numbers_that_run_otherwise,
    ),
    _report(
        "ivmartel/dwv#1677",
        "A SEG of slices 3 mm thick that lie 5 mm apart.",
        "The distance counts. Voxels counted.",
        thickness_is_not_distance,
    ),
    _report(
        "ivmartel/dwv#1602",
        "A SEG of pixels that are not square, on its images.",
        "It lies on them, rows on rows: volume of the ellipsoid by formula.",
        pixels_that_are_not_square,
    ),
    _report(
        "InsightSoftwareConsortium/ITK-Wasm#991",
        "A SEG of four segments: frames for each segment and slice.",
        "Four structures on one stack of slices. Voxels counted.",
        frames_of_several_segments,
    ),
)


def page() -> str:
    """``docs/reported-elsewhere.md``."""
    rows = [f"| [{one.name}]({one.url}) | {one.what} | {one.right} |" for one in REPORTS]
    return "\n".join([_PAGE, *rows, ""])


_PAGE: Final = """\
# Reported elsewhere, tried here

Reports that people made in public about other programs, and what `flr` does with the same kind of file.
Nothing here is a judgement of those programs: many of these files are broken, and most of the reports were
answered long ago. Each row is a small input made for the purpose, never the reporter's data, and a test
(`tests/test_reported.py`) that holds `flr` to the right answer. A report that `flr` gets wrong belongs here
first and is mended then.

“Voxels counted” means that the right volume was counted from the array before it was written; “by formula”
that the shape has a known volume.

| report | the file | the right answer, and how it is known |
|---|---|---|"""
