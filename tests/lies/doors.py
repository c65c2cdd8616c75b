"""Lies of other doors: memory, transforms of single formats, frames and contours, masks, what is accepted."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import nrrd
import numpy as np
from dicom_phantoms import segment, write_seg

import flr
from flr.geometry import Grid
from flr.liver import Liver
from lies.carriers import NUMBERS, outlines, write_images, write_metaimage
from lies.cases import Case
from lies.headers import LPS, STATED, masks_of, rois_of, structure_set, swollen
from lies.telling import lie, told
from lies.voxels import (
    CUT,
    EXCHANGED,
    LOST,
    MISPLACED,
    PAIRS,
    SHELLS,
    ball,
    beyond_mm,
    body_axis,
    extent_mm,
    middle_mm,
    renumbered,
    wider,
    with_segments,
    world,
)

Random = np.random.Generator
Told = tuple[Case, Liver]


# --- cut along any plane --------------------------------------------------------------------------


def _behind_a_plane(case: Case, random: Random) -> np.ndarray[Any, Any]:
    normal = random.normal(size=3)
    at = world(case.grid) @ (normal / np.linalg.norm(normal))
    return np.asarray(at > at[case.segments > 0].max() - random.uniform(35.0, 50.0))


@lie(
    "cut along any plane",
    "35 to 50 mm of liver beyond a plane of any slant are not drawn",
    "whole",
    CUT,
    n_variants=99,
)
def _(case: Case, random: Random) -> Case:
    return with_segments(case, np.where(_behind_a_plane(case, random), 0, case.segments))


@lie(
    "cut along any plane with specks beyond",
    "the same, and a few voxels are left of what is missing",
    "whole",
    CUT,
    n_variants=99,
)
def _(case: Case, random: Random) -> Case:
    lost = np.argwhere(_behind_a_plane(case, random) & (case.segments > 0))
    cut = case.segments.copy()
    cut[tuple(lost.T)] = 0
    for at in lost[random.integers(len(lost), size=4)]:
        cut[tuple(at)] = 8
    return with_segments(case, cut)


# --- other organs as segments -----------------------------------------------------------------------


@lie(
    "the gallbladder as segment V",
    "segment V is not drawn, a gallbladder bears its label",
    "names",
    f"{EXCHANGED} empty_slices",
)
def _(case: Case, random: Random) -> Case:
    organ = ball(case, middle_mm(case, (5,)), 17.0) & (case.segments == 5)
    rest = renumbered(case, {5: 0})
    return with_segments(rest, np.where(organ, 5, rest.segments))


@lie(
    "the spleen as segment II",
    "segment II is not drawn, the spleen bears its label",
    "names",
    f"islands {LOST}",
)
def _(case: Case, random: Random) -> Case:
    wide = wider(renumbered(case, {2: 0}), {"left": 90.0})
    centre = middle_mm(wide, (3, 4, 8))
    centre[0] = extent_mm(wide, 0)[0] - 45.0
    return with_segments(wide, np.where(ball(wide, centre, 35.0), 2, wide.segments))


@lie(
    "a kidney in segment VI",
    "the right kidney, apart from the liver, bears the label too",
    "names",
    f"{LOST}",
)
def _(case: Case, random: Random) -> Case:
    wide = wider(case, {"foot": 90.0})
    centre = middle_mm(wide, (6,))
    centre[2] = extent_mm(wide, 2)[0] - 40.0
    return with_segments(wide, np.where(ball(wide, centre, 32.0), 6, wide.segments))


@lie(
    "background counted",
    "every label is one too high, and the background is 1",
    "names",
    "refused liver_truncated total_implausible",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    return with_segments(case, case.segments + 1)


@lie("a background of 255", "the background has the value 255", "names", "refused", carriers=NUMBERS)
def _(case: Case, random: Random) -> Case:
    return with_segments(case, np.where(case.segments == 0, 255, case.segments))


@lie(
    "one lobe at twice its size",
    "segments II and III come from a map of half the voxel size",
    "scale",
    f"{EXCHANGED} {CUT} {LOST}",
)
def _(case: Case, random: Random) -> Case:
    left = np.isin(case.segments, (2, 3))
    wide = wider(case, {"left": 70.0, "front": 40.0, "back": 40.0, "foot": 30.0, "head": 30.0})
    fixed = middle_mm(case, (2, 3))
    fixed[0] = case.grid.world_mm(np.argwhere(left))[:, 0].max()
    there = (world(wide.grid) - fixed) / 2.0 + fixed
    to_index = np.linalg.inv(case.grid.index_to_world_mm)
    at = np.rint(there @ to_index[:3, :3].T + to_index[:3, 3]).astype(int)
    inside = ((at >= 0) & (at < np.array(case.grid.shape))).all(axis=-1)
    clipped = np.clip(at, 0, np.array(case.grid.shape) - 1)
    larger = np.where(inside, np.where(left, case.segments, 0)[tuple(np.moveaxis(clipped, -1, 0))], 0)
    rest = np.where(np.isin(wide.segments, (2, 3)), 0, wide.segments)
    return with_segments(wide, np.where(rest > 0, rest, larger))


@lie(
    "every slice twice",
    "each plane is stored twice at the old distance",
    "scale",
    "liver_stretched liver_size_against_body total_implausible",
)
def _(case: Case, random: Random) -> Case:
    axis, _ = body_axis(case.grid, 2)
    twice = np.repeat(case.segments, 2, axis)
    return with_segments(replace(case, grid=Grid(twice.shape, case.grid.index_to_world_mm)), twice)


@lie(
    "labels interpolated there and back",
    "labels are interpolated linearly to voxels of 3/4 the size and back",
    "drawing",
    SHELLS,
)
def _(case: Case, random: Random) -> Case:
    from scipy import ndimage

    there = ndimage.zoom(case.segments.astype(float), 4 / 3, order=1, grid_mode=True, mode="grid-constant")
    by = np.array(case.segments.shape) / there.shape
    back = ndimage.zoom(np.rint(there), by, order=1, grid_mode=True, mode="grid-constant")
    return with_segments(case, np.clip(np.rint(back), 0, 8))


# --- what is stated -----------------------------------------------------------------------------------


@lie(
    "an exchange accepted by its row",
    "two segments exchanged, and --accept side",
    "statements",
    EXCHANGED,
    n_variants=28,
)
def _(case: Case, random: Random) -> Case:
    a, b = PAIRS[random.integers(len(PAIRS))]
    return replace(renumbered(case, {a: b, b: a}), accepted=("side",))


@lie("a cut accepted by its row", "cut along any plane, and --accept whole", "statements", CUT, n_variants=99)
def _(case: Case, random: Random) -> Case:
    cut = with_segments(case, np.where(_behind_a_plane(case, random), 0, case.segments))
    return replace(cut, accepted=("whole",))


@lie(
    "shells accepted by their row", "labels interpolated linearly, and --accept drawing", "statements", SHELLS
)
def _(case: Case, random: Random) -> Case:
    from scipy import ndimage

    moved = ndimage.shift(case.segments.astype(float), (0.5, 0.5, 0.5), order=1)
    return replace(with_segments(case, np.clip(np.rint(moved), 0, 8)), accepted=("drawing",))


@lie(
    "an exchange excused by cirrhosis",
    "two segments exchanged in a liver that is called cirrhotic",
    "statements",
    EXCHANGED,
    n_variants=28,
)
def _(case: Case, random: Random) -> Case:
    a, b = PAIRS[random.integers(len(PAIRS))]
    return replace(renumbered(case, {a: b, b: a}), conditions=("cirrhosis",))


# --- true, by another way -----------------------------------------------------------------------------


@lie("half a voxel elsewhere", "the map lies half a voxel off", "true", "harmless", n_variants=8)
def _(case: Case, random: Random) -> Case:
    affine = case.grid.index_to_world_mm.copy()
    affine[:3, 3] = case.grid.world_mm(random.choice([-0.5, 0.5], 3))
    return replace(case, grid=Grid(case.grid.shape, affine))


@lie(
    "turned with its transform", "voxels and a column of the transform run the other way", "true", "harmless"
)
def _(case: Case, random: Random) -> Case:
    axis = int(random.integers(3))
    affine = case.grid.index_to_world_mm.copy()
    affine[:3, axis] *= -1.0
    return replace(with_segments(case, np.flip(case.segments, axis)), grid=Grid(case.grid.shape, affine))


# --- memory ---------------------------------------------------------------------------------------------


@told(
    "an array of slices first",
    "voxels in the order k, j, i under the transform of i, j, k",
    "sides",
    f"refused {MISPLACED} {EXCHANGED} {CUT}",
    carrier="memory",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    turned = np.ascontiguousarray(case.segments.transpose(2, 1, 0))
    liver = flr.liver_from_labels(segments=turned, affine=case.grid.index_to_world_mm, **STATED)
    return case, liver


@told("a transform of ITK", "the affine is in LPS, as ITK gives it", "sides", MISPLACED, carrier="memory")
def _(case: Case, folder: Path, random: Random) -> Told:
    affine = LPS @ case.grid.index_to_world_mm
    return case, flr.liver_from_labels(segments=case.segments, affine=affine, **STATED)


# --- NIfTI, NRRD, MetaImage -----------------------------------------------------------------------------


@told(
    "a qform with the other handedness",
    "qfac has the wrong sign, and there is no sform",
    "sides",
    MISPLACED,
    carrier="NIfTI",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    image = nib.Nifti1Image(case.segments, None)
    image.header.set_xyzt_units("mm")
    image.set_qform(case.grid.index_to_world_mm, code=1)
    path = folder / "s.nii"
    nib.save(image, path)
    content = bytearray(path.read_bytes())
    content[76:80] = struct.pack("<f", -struct.unpack("<f", content[76:80])[0])  # pixdim[0]
    path.write_bytes(content)
    return case, flr.read_liver(segments=path, **STATED)


@told(
    "labels halved by a slope",
    "scl_slope 0.5, left by a viewer",
    "names",
    "refused labels_unaccounted",
    carrier="NIfTI",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    image = nib.Nifti1Image(case.segments, case.grid.index_to_world_mm)
    image.header.set_xyzt_units("mm")
    image.header.set_slope_inter(0.5, 0.0)
    path = folder / "s.nii"
    nib.save(image, path)
    return case, flr.read_liver(segments=path, **STATED)


@told(
    "an NRRD of LPS called RAS",
    "the space is called right-anterior-superior",
    "sides",
    MISPLACED,
    carrier="NRRD",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    return case, flr.read_liver(segments=_nrrd(folder, case, space="right-anterior-superior"), **STATED)


@told(
    "an NRRD with directions in rows",
    "two of the space directions change places",
    "sides",
    MISPLACED,
    carrier="NRRD",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    lps = LPS @ case.grid.index_to_world_mm
    directions = lps[:3, :3].T[[1, 0, 2]].tolist()
    return case, flr.read_liver(segments=_nrrd(folder, case, **{"space directions": directions}), **STATED)


def _nrrd(folder: Path, case: Case, **header: Any) -> Path:
    lps = LPS @ case.grid.index_to_world_mm
    own = {
        "space": "left-posterior-superior",
        "space origin": lps[:3, 3],
        "space directions": lps[:3, :3].T.tolist(),
        "kinds": ["domain"] * 3,
    }
    path = folder / "s.nrrd"
    nrrd.write(str(path), case.segments, own | header)
    return path


@told(
    "a MetaImage of RAS",
    "the transform is in RAS, and the format expects LPS",
    "sides",
    MISPLACED,
    carrier="MetaImage",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    affine = LPS @ case.grid.index_to_world_mm
    path = write_metaimage(folder / "s.mhd", case.segments, Grid(case.grid.shape, affine))
    return case, flr.read_liver(segments=path, **STATED)


# --- masks, frames, contours ----------------------------------------------------------------------------


@told(
    "a mask turned inside out",
    "one mask holds everything but its segment",
    "drawing",
    "refused overlap_resolved liver_truncated total_implausible",
    carrier="folder of masks",
    n_variants=8,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    value = int(random.integers(1, 9))
    masks = masks_of(folder, case, **{f"s{value}": case.segments != value})
    return case, flr.read_liver(masks, **STATED)


@told(
    "one mask under two names",
    "segment II and segment III hold the left lateral section, both",
    "drawing",
    "overlap_resolved",
    carrier="folder of masks",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    both = np.isin(case.segments, (2, 3))
    return case, flr.read_liver(masks_of(folder, case, s2=both, s3=both), **STATED)


@told(
    "masks that overlap in a SEG",
    "segment IV takes 20 mm of segment VIII, whose frames hold them too",
    "drawing",
    "overlap_resolved",
    carrier="SEG",
)
def _(case: Case, folder: Path, random: Random) -> Told:

    near = beyond_mm(case, 4) < 20.0
    masks = {n: case.segments == n for n in case.names}
    masks[4] = masks[4] | ((case.segments == 8) & near)
    stack = write_images(folder / "ct", case.grid)
    described = [segment(n, case.names[n], case.codes[n]) for n in case.names]
    path = write_seg(
        folder / "seg.dcm", stack, {n: m.transpose(2, 1, 0) for n, m in masks.items()}, described
    )
    return case, flr.read_liver(path, folder / "ct", **STATED)


@told(
    "frames of two segments exchanged",
    "each of two segments of a SEG holds the other's frames",
    "names",
    EXCHANGED,
    carrier="SEG",
    n_variants=28,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    a, b = PAIRS[random.integers(len(PAIRS))]
    masks = {n: (case.segments == {a: b, b: a}.get(n, n)).transpose(2, 1, 0) for n in case.names}
    stack = write_images(folder / "ct", case.grid)
    described = [segment(n, case.names[n], case.codes[n]) for n in case.names]
    path = write_seg(folder / "seg.dcm", stack, masks, described)
    return case, flr.read_liver(path, folder / "ct", **STATED)


@told(
    "a contour drawn twice on one slice",
    "a second contour 0.3 mm further out on a single slice",
    "drawing",
    "contours_doubled contours_overlap",
    carrier="RTSTRUCT",
    n_variants=5,
)
def _(case: Case, folder: Path, random: Random) -> Told:
    rois = rois_of(case)
    name = case.names[int(random.choice([2, 3, 4, 5, 8]))]
    rois[name].append(swollen(max(rois[name], key=len), 0.3))
    return structure_set(case, folder, rois)


@told(
    "contours in centimetres",
    "the points of every contour are divided by ten",
    "scale",
    "refused total_implausible contours_off_slices contours_outside_images",
    carrier="RTSTRUCT",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    rois = {name: [points / 10.0 for points in drawn] for name, drawn in rois_of(case).items()}
    return structure_set(case, folder, rois)


@told(
    "contours of other slices",
    "the contours of two slices in the middle lie on their neighbour",
    "whole",
    f"{LOST} contours_overlap contours_doubled",
    carrier="RTSTRUCT",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    moved = case.segments.copy()
    drawn = np.flatnonzero((moved > 0).any(axis=(0, 1)))
    middle = drawn[len(drawn) // 2]
    rois = {}
    for value, name in case.names.items():
        mask = moved == value
        aside = mask.copy()
        aside[:, :, middle : middle + 2] = False
        lines = outlines(aside, case.grid)
        for k in (middle, middle + 1):
            layer = np.zeros_like(mask)
            layer[:, :, middle - 1] = mask[:, :, k]
            lines += outlines(layer, case.grid)
        rois[name] = lines
    return structure_set(case, folder, rois)
