"""Lies that lie in the bytes of one format: units, transforms, tables of names, frames, contours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import nrrd
import numpy as np
from dicom_phantoms import new_uid, segment, write_seg
from numpy.typing import NDArray
from phantoms import write_nifti

import flr
from flr.geometry import Grid
from flr.liver import Liver
from lies.carriers import outlines, write_images, write_metaimage, write_regions
from lies.cases import Case
from lies.telling import told
from lies.voxels import EXCHANGED, LOST, PAIRS, ball, beyond_mm, middle_mm

Random = np.random.Generator
Told = tuple[Case, Liver]

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
STATED: dict[str, Any] = {"tumours": "none", "reviewed": True}
SCALE = "voxel_size_contradiction image_spacing_differs total_implausible liver_size_against_body refused"


# --- NIfTI --------------------------------------------------------------------------------------


def _nifti(path: Path, case: Case, voxels: NDArray[Any] | None = None, **header: Any) -> Path:
    """A NIfTI file with an sform, some fields of whose header are replaced."""
    import nibabel as nib

    image = nib.Nifti1Image(case.segments if voxels is None else voxels, None)
    image.header.set_xyzt_units("mm")
    image.header.set_zooms(case.grid.spacing_mm)
    image.set_sform(header.pop("sform", case.grid.index_to_world_mm), code=1)
    qform = header.pop("qform", None)
    if qform is not None:
        pixdim = header.pop("pixdim", None)
        image.set_qform(qform, code=1)
        if pixdim is not None:
            image.header["pixdim"][1:4] = pixdim
    elif "pixdim" in header:
        image.header["pixdim"][1:4] = header.pop("pixdim")
    for key, value in header.items():
        image.header[key] = value
    nib.save(image, path)
    return path


def _axes(random: Random) -> list[int]:
    return [[0, 1, 2], [0, 1], [0], [1], [2]][random.integers(5)]


@told(
    "sform scaled, pixdim not",
    "the transform is 0.8 to 1.25 times what the voxel sizes say",
    "scale",
    SCALE,
    carrier="NIfTI",
    n_variants=15,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    sform = case.grid.index_to_world_mm.copy()
    sform[:3, _axes(random)] *= random.choice([0.8, 0.9, 1.25])
    return case, flr.read_liver(segments=_nifti(folder / "s.nii.gz", case, sform=sform), **STATED)


@told(
    "pixdim scaled, sform not",
    "the voxel sizes are 0.8 to 1.25 times what the transform says",
    "scale",
    SCALE,
    carrier="NIfTI",
    n_variants=15,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    pixdim = np.array(case.grid.spacing_mm)
    pixdim[_axes(random)] *= random.choice([0.8, 0.9, 1.25])
    return case, flr.read_liver(segments=_nifti(folder / "s.nii.gz", case, pixdim=pixdim), **STATED)


@told(
    "qform and sform of two scales",
    "two transforms in one header, one of them 1.1 to 1.3 times the other",
    "scale",
    f"{SCALE} qform_sform_disagree",
    carrier="NIfTI",
    n_variants=9,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    times = random.choice([1.1, 1.2, 1.3])
    sform = case.grid.index_to_world_mm * [times, times, times, 1.0]
    qform = case.grid.index_to_world_mm
    path = _nifti(folder / "s.nii.gz", case, sform=sform, qform=qform)
    return case, flr.read_liver(segments=path, **STATED)


@told(
    "a header in metres",
    "xyzt_units says metres, the numbers are millimetres",
    "scale",
    SCALE,
    carrier="NIfTI",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    return case, flr.read_liver(segments=_nifti(folder / "s.nii.gz", case, xyzt_units=1), **STATED)


@told(
    "a header in micrometres",
    "xyzt_units says micrometres, the numbers are millimetres",
    "scale",
    SCALE,
    carrier="NIfTI",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    return case, flr.read_liver(segments=_nifti(folder / "s.nii.gz", case, xyzt_units=3), **STATED)


@told(
    "1 mm on a matrix of 512",
    "a scanner's matrix with voxels that no scanner makes",
    "scale",
    "header_1mm_on_512 total_implausible",
    carrier="NIfTI",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    from scipy import ndimage

    by = 512.0 / max(case.segments.shape[:2])
    fine = ndimage.zoom(case.segments, (by, by, 1.0), order=0, grid_mode=True, mode="grid-constant")
    wide = np.zeros((512, 512, fine.shape[2]), np.uint8)
    wide[: fine.shape[0], : fine.shape[1]] = fine[:512, :512]
    signs = np.sign(case.grid.index_to_world_mm[:3, :3]) * (np.abs(case.grid.index_to_world_mm[:3, :3]) > 0.5)
    affine = np.eye(4)
    affine[:3, :3] = signs
    lost = replace(case, segments=wide, grid=Grid(wide.shape, affine))
    return lost, flr.read_liver(segments=_nifti(folder / "s.nii.gz", lost), **STATED)


@told("labels between whole numbers", "0.5 is added to some labels", "drawing", "refused", carrier="NIfTI")
def _(case: Case, folder: Path, random: Random) -> Told:
    broken = case.segments.astype(np.float32)
    broken[case.segments == 5] += 0.5
    return case, flr.read_liver(segments=_nifti(folder / "s.nii.gz", case, broken), **STATED)


@told(
    "a slope that stretches labels",
    "scl_slope 0.5 and scl_inter 1, left by a viewer",
    "names",
    "refused labels_unaccounted shifted_labels segment_missing",
    carrier="NIfTI",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    path = _nifti(folder / "s.nii.gz", case, scl_slope=2.0, scl_inter=1.0)
    return case, flr.read_liver(segments=path, **STATED)


@told(
    "bytes swapped", "16-bit labels of the other byte order: 256, 512 …", "names", "refused", carrier="NIfTI"
)
def _(case: Case, folder: Path, random: Random) -> Told:
    swapped = case.segments.astype(np.int16).byteswap()
    return case, flr.read_liver(segments=_nifti(folder / "s.nii.gz", case, swapped), **STATED)


def _table(path: Path, names: dict[int, str]) -> Path:
    lines = ["index\tname", *(f"{value}\t{name}" for value, name in names.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@told(
    "a table of names with two exchanged",
    "a dseg.tsv beside the map gives two segments each other's name",
    "names",
    EXCHANGED,
    carrier="NIfTI",
    n_variants=28,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    a, b = PAIRS[random.integers(len(PAIRS))]
    _table(folder / "s_dseg.tsv", {**case.names, a: case.names[b], b: case.names[a]})
    return case, flr.read_liver(_nifti(folder / "s_dseg.nii.gz", case), **STATED)


@told(
    "a table of names that cannot be read",
    "the rows of a dseg.tsv have n/a for numbers",
    "names",
    "names_unreadable refused",
    carrier="NIfTI",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    rows = ["index\tname", *(f"n/a\t{name}" for name in case.names.values())]
    (folder / "s_dseg.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return case, flr.read_liver(_nifti(folder / "s_dseg.nii.gz", case), **STATED)


@told(
    "two tables of names that differ",
    "two tables beside the map, two segments exchanged in one",
    "names",
    f"names_ambiguous refused {EXCHANGED}",
    carrier="NIfTI",
    n_variants=28,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    a, b = PAIRS[random.integers(len(PAIRS))]
    exchanged = {**case.names, a: case.names[b], b: case.names[a]}
    _table(folder / "s.tsv", dict(case.names))
    (folder / "s.csv").write_text(
        "index,name\n" + "\n".join(f"{value},{name}" for value, name in exchanged.items()) + "\n",
        encoding="utf-8",
    )
    return case, flr.read_liver(_nifti(folder / "s.nii.gz", case), **STATED)


@told(
    "a table of another map",
    "names of eight other organs beside a liver's segments",
    "names",
    "refused",
    carrier="NIfTI",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    organs = ("spleen", "kidney_right", "kidney_left", "gallbladder", "stomach", "pancreas", "aorta", "lung")
    _table(folder / "s_dseg.tsv", dict(zip(range(1, 9), organs, strict=True)))
    return case, flr.read_liver(_nifti(folder / "s_dseg.nii.gz", case), **STATED)


# --- NRRD and MetaImage -------------------------------------------------------------------------


def _nrrd(path: Path, case: Case, **header: Any) -> Path:
    lps = LPS @ case.grid.index_to_world_mm
    own: dict[str, Any] = {
        "space": "left-posterior-superior",
        "space origin": lps[:3, 3],
        "space directions": lps[:3, :3].T.tolist(),
        "kinds": ["domain"] * 3,
    }
    own.update(header)
    nrrd.write(str(path), case.segments, {k: v for k, v in own.items() if v is not None})
    return path


@told(
    "an NRRD in centimetres",
    "the space units say cm, the numbers are millimetres",
    "scale",
    SCALE,
    carrier="NRRD",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    path = _nrrd(folder / "s.nrrd", case, **{"space units": ["cm", "cm", "cm"]})
    return case, flr.read_liver(segments=path, **STATED)


@told(
    "an NRRD without a space, in centimetres",
    "spacings of 0.3 and units cm, which some readers take for millimetres",
    "scale",
    f"{SCALE} no_orientation",
    carrier="NRRD",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    path = _nrrd(
        folder / "s.nrrd",
        case,
        **{
            "space": None,
            "space origin": None,
            "space directions": None,
            "spacings": [side / 10.0 for side in case.grid.spacing_mm],
            "units": ["cm"] * 3,
        },
    )
    return case, flr.read_liver(segments=path, **STATED)


@told(
    "a MetaImage in centimetres",
    "DistanceUnits says cm, the numbers are millimetres",
    "scale",
    SCALE,
    carrier="MetaImage",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    path = write_metaimage(folder / "s.mhd", case.segments, case.grid, extra="DistanceUnits = cm\n")
    return case, flr.read_liver(segments=path, **STATED)


@told(
    "a MetaImage with two voxel sizes",
    "ElementSize and ElementSpacing contradict in plane",
    "scale",
    SCALE,
    carrier="MetaImage",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    side = " ".join(f"{0.8 * v:.6f}" for v in case.grid.spacing_mm)
    path = write_metaimage(folder / "s.mhd", case.segments, case.grid, extra=f"ElementSize = {side}\n")
    return case, flr.read_liver(segments=path, **STATED)


# --- folders of masks ---------------------------------------------------------------------------


def masks_of(folder: Path, case: Case, **changed: NDArray[Any]) -> Path:
    masks = folder / "masks"
    masks.mkdir()
    for value, name in case.names.items():
        mask = changed.get(f"s{value}", case.segments == value)
        write_nifti(masks / f"{name}.nii.gz", mask.astype(np.uint8), case.grid, qform_code=0)
    return masks


@told(
    "masks that overlap",
    "every segment's mask is drawn 8 mm too wide",
    "drawing",
    "overlap_resolved",
    carrier="folder of masks",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    from scipy import ndimage

    by = max(1, round(8.0 / min(case.grid.spacing_mm)))
    wide = {f"s{n}": ndimage.binary_dilation(case.segments == n, iterations=by) for n in range(1, 9)}
    return case, flr.read_liver(masks_of(folder, case, **wide), **STATED)


@told(
    "one mask that takes from its neighbour",
    "segment 4 or 5 reaches 20 mm into the other",
    "drawing",
    "overlap_resolved",
    carrier="folder of masks",
    n_variants=2,
)
def _(case: Case, folder: Path, random: Random) -> Told:

    a, b = ((4, 8), (5, 4))[random.integers(2)]
    near = beyond_mm(case, a) < 20.0
    wide = (case.segments == a) | ((case.segments == b) & near)
    return case, flr.read_liver(masks_of(folder, case, **{f"s{a}": wide}), **STATED)


@told(
    "an empty mask",
    "one of eight masks holds nothing",
    "whole",
    "segment_missing refused",
    carrier="folder of masks",
    n_variants=8,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    value = int(random.integers(1, 9))
    return case, flr.read_liver(
        masks_of(folder, case, **{f"s{value}": np.zeros(case.segments.shape)}), **STATED
    )


@told(
    "one mask on another grid",
    "one mask was resampled, and reading may resample it back",
    "scale",
    "refused image_spacing_differs segment_missing empty_slices overlap_resolved",
    carrier="folder of masks",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    masks = masks_of(folder, case)
    affine = case.grid.index_to_world_mm * [0.9, 0.9, 0.9, 1.0]
    mask = (case.segments == 8).astype(np.uint8)
    write_nifti(masks / "liver_segment_8.nii.gz", mask, Grid(mask.shape, affine), qform_code=0)
    return case, flr.read_liver(masks, resample="nearest", **STATED)


# --- DICOM SEG ----------------------------------------------------------------------------------


def _seg(case: Case, folder: Path, stack: Any, **changes: Any) -> Path:
    slices = case.segments.transpose(2, 1, 0)
    described = [segment(n, case.names[n], case.codes[n]) for n in case.names]
    masks = {n: slices == n for n in case.names}
    return write_seg(folder / "seg.dcm", stack, masks, described, **changes)


@told(
    "a SEG scaled in plane against its images",
    "pixels of 0.8 or 1.2 times the size of the images that it names",
    "scale",
    f"{SCALE} seg_off_series",
    carrier="SEG",
    n_variants=2,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    stack = write_images(folder / "ct", case.grid)
    times = float(random.choice([0.8, 1.2]))
    lost = replace(stack, spacing_mm=(stack.spacing_mm[0] * times, stack.spacing_mm[1] * times))
    return case, flr.read_liver(_seg(case, folder, lost), folder / "ct", **STATED)


@told(
    "a SEG stretched along its slices",
    "frames 0.8 or 1.25 times as far apart as the images that they name",
    "scale",
    SCALE,
    carrier="SEG",
    n_variants=2,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    stack = write_images(folder / "ct", case.grid)
    times = float(random.choice([0.8, 1.25]))
    origins = stack.origins_mm[0] + (stack.origins_mm - stack.origins_mm[0]) * times
    return case, flr.read_liver(
        _seg(case, folder, replace(stack, origins_mm=origins)), folder / "ct", **STATED
    )


@told(
    "a SEG without its upper frames",
    "the frames of the upper quarter are missing, the CT goes on",
    "whole",
    "liver_cut_flat seg_gap",
    carrier="SEG",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    stack = write_images(folder / "ct", case.grid)
    drawn = np.flatnonzero((case.segments > 0).any(axis=(0, 1)))
    last = drawn[len(drawn) * 3 // 4]
    frames = [(n, k) for n in case.names for k in drawn if k <= last and (case.segments[:, :, k] == n).any()]
    return case, flr.read_liver(_seg(case, folder, stack, frames=frames), folder / "ct", **STATED)


@told(
    "a SEG without frames in the middle",
    "frames of three planes are missing, with or without the images beside it",
    "whole",
    f"{LOST} missing_slices",
    carrier="SEG",
    n_variants=2,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    stack = write_images(folder / "ct", case.grid)
    drawn = np.flatnonzero((case.segments > 0).any(axis=(0, 1)))
    middle = len(drawn) // 2
    kept = [k for n, k in enumerate(drawn) if not middle <= n < middle + 3]
    frames = [(n, k) for n in case.names for k in kept if (case.segments[:, :, k] == n).any()]
    path = _seg(case, folder, stack, frames=frames)
    beside = [folder / "ct"] if random.integers(2) else []
    return case, flr.read_liver(path, *beside, **STATED)


@told(
    "a SEG of another frame of reference",
    "it names the images, but has another frame of reference",
    "scale",
    "frame_of_reference_differs refused",
    carrier="SEG",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    stack = write_images(folder / "ct", case.grid)
    path = _seg(case, folder, stack, FrameOfReferenceUID=new_uid())
    return case, flr.read_liver(path, folder / "ct", **STATED)


@told(
    "a SEG of another study",
    "it names the images and says that it belongs to another study",
    "scale",
    "frame_of_reference_differs refused",
    carrier="SEG",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    stack = write_images(folder / "ct", case.grid)
    path = _seg(case, folder, stack, StudyInstanceUID=new_uid())
    return case, flr.read_liver(path, folder / "ct", **STATED)


# --- DICOM RTSTRUCT -----------------------------------------------------------------------------


def rois_of(case: Case) -> dict[str, list[NDArray[np.float64]]]:
    return {name: outlines(case.segments == value, case.grid) for value, name in case.names.items()}


def structure_set(case: Case, folder: Path, rois: dict[str, list[NDArray[np.float64]]]) -> Told:
    stack = write_images(folder / "ct", case.grid)
    write_regions(folder / "rt.dcm", stack, rois)
    return case, flr.read_liver(folder / "rt.dcm", folder / "ct", **STATED)


def swollen(points: NDArray[np.float64], by_mm: float) -> NDArray[np.float64]:
    """A contour of a plane of constant height, every point a little further out."""
    centre = points.mean(axis=0)
    out = points - centre
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.asarray(centre + out * (1.0 + by_mm / np.maximum(length, 1.0)))


@told(
    "contours drawn twice on some slices",
    "a second contour 0.3 mm further out, which even–odd filling makes a hole",
    "drawing",
    "contours_doubled contours_overlap",
    carrier="RTSTRUCT",
    n_variants=8,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    rois = rois_of(case)
    name = case.names[int(random.choice([2, 3, 4, 5, 8]))]
    middle = len(rois[name]) // 2
    rois[name] += [swollen(points, 0.3) for points in rois[name][middle - 2 : middle + 3]]
    return structure_set(case, folder, rois)


@told(
    "contours drawn twice everywhere",
    "every contour of one segment is there twice, 0.3 mm apart",
    "drawing",
    "contours_doubled contours_overlap segment_missing",
    carrier="RTSTRUCT",
    n_variants=8,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    rois = rois_of(case)
    name = case.names[int(random.choice([2, 3, 4, 5, 8]))]
    rois[name] += [swollen(points, 0.3) for points in rois[name]]
    return structure_set(case, folder, rois)


@told(
    "contours that cross",
    "a second outline of one segment lies 15 mm beside the first on every slice",
    "drawing",
    "contours_overlap overlap_resolved contours_doubled",
    carrier="RTSTRUCT",
    n_variants=5,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    rois = rois_of(case)
    name = case.names[int(random.choice([2, 3, 4, 5, 8]))]
    rois[name] += [points + np.array([15.0, 0.0, 0.0]) for points in rois[name]]
    return structure_set(case, folder, rois)


@told(
    "contours on every second slice",
    "the outlines between were never interpolated",
    "whole",
    f"{LOST} liver_cut_flat",
    carrier="RTSTRUCT",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    heights = {
        name: sorted({round(float(c[0, 2]), 3) for c in drawn}) for name, drawn in rois_of(case).items()
    }
    every = sorted({h for some in heights.values() for h in some})
    kept = set(every[::2])
    rois = {
        name: [c for c in drawn if round(float(c[0, 2]), 3) in kept] for name, drawn in rois_of(case).items()
    }
    return structure_set(case, folder, rois)


@told(
    "a region number used twice",
    "two regions have one number, in another order among the names than among the contours",
    "names",
    f"roi_number_repeated refused {EXCHANGED}",
    carrier="RTSTRUCT",
    n_variants=28,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    import pydicom

    stack = write_images(folder / "ct", case.grid)
    path = write_regions(folder / "rt.dcm", stack, rois_of(case))
    content = pydicom.dcmread(path)
    a, b = (n - 1 for n in PAIRS[random.integers(len(PAIRS))])
    content.StructureSetROISequence[b].ROINumber = content.StructureSetROISequence[a].ROINumber
    content.ROIContourSequence[b].ReferencedROINumber = content.ROIContourSequence[a].ReferencedROINumber
    contours = content.ROIContourSequence
    contours[a].ContourSequence, contours[b].ContourSequence = (
        contours[b].ContourSequence,
        contours[a].ContourSequence,
    )
    content.save_as(path)
    return case, flr.read_liver(path, folder / "ct", **STATED)


@told(
    "a tumour drawn beside the liver's outline",
    "the structure set calls a segment's region tumour as well",
    "names",
    "overlap_resolved tumour_fraction_high segment_missing structure_repeated segment_share_implausible",
    carrier="RTSTRUCT",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    rois = rois_of(case)
    away = ball(case, middle_mm(case, (2,)), 60.0)
    rois["liver_segment_3"] = rois["liver_segment_3"] + outlines((case.segments == 2) & away, case.grid)
    return structure_set(case, folder, rois)
