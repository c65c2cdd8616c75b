"""From memory as from a file: the same liver, the same findings, the same document, the same refusals."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from dicom_phantoms import Ellipsoid, even_heights_mm, segment, stack_at, write_seg
from numpy.typing import NDArray
from phantoms import caret_label_table, couinaud_egg, write_nifti
from reviewing import assess
from test_readme import blocks_of, same

import flr
from flr.documents.assessments import assessment_document
from flr.errors import FLRError, GeometryError, LabelError, ReadError, UsageError
from flr.geometry import Grid
from flr.replay import replay

Array = NDArray[Any]
SEGMENTS, GRID = couinaud_egg((4.0, 5.0, 6.0))
PATIENT = flr.Patient(weight_kg=60, height_cm=165, condition="normal")
NAMES = {n: f"liver_segment_{n}" for n in range(1, 9)}
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
REASSURING = ("adequate", "borderline")
RAS = GRID.index_to_world_mm


class Tensor:
    """What a MetaTensor is to a reader: an array with an affine, meta data and a way to the processor."""

    def __init__(self, array: Array, affine: Any, **meta: Any) -> None:
        self._array, self.affine, self.meta = array, np.asarray(affine), meta

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> Array:
        return self._array

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        return np.array(self._array, dtype=dtype)


def as_array(voxels: Array, grid: Grid) -> Any:
    return np.asfortranarray(voxels)


def as_strided(voxels: Array, grid: Grid) -> Any:
    """No order of memory and no byte order may matter."""
    held = np.zeros((*voxels.shape, 2), ">i4")
    held[..., 0] = voxels
    return held[..., 0]


def as_floats(voxels: Array, grid: Grid) -> Any:
    return voxels.astype(np.float32)


def as_nibabel(voxels: Array, grid: Grid) -> Any:
    return nib.Nifti1Image(voxels, grid.index_to_world_mm)


def as_nifti2(voxels: Array, grid: Grid) -> Any:
    return nib.Nifti2Image(voxels[..., None], grid.index_to_world_mm)


def as_simpleitk(voxels: Array, grid: Grid) -> Any:
    sitk = pytest.importorskip("SimpleITK")
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.T))
    lps = LPS @ grid.index_to_world_mm
    image.SetSpacing(grid.spacing_mm)
    image.SetDirection((lps[:3, :3] / grid.spacing_mm).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    return image


def as_tensor(voxels: Array, grid: Grid) -> Any:
    return Tensor(voxels, grid.index_to_world_mm)


def as_channel(voxels: Array, grid: Grid) -> Any:
    return Tensor(voxels[None], LPS @ grid.index_to_world_mm, space="LPS")


def as_volume(voxels: Array, grid: Grid) -> Any:
    hd = pytest.importorskip("highdicom")
    return hd.Volume(np.asarray(voxels), LPS @ grid.index_to_world_mm, "PATIENT")


BARE = (as_array, as_strided, as_floats)
KINDS = (*BARE, as_nibabel, as_nifti2, as_simpleitk, as_tensor, as_channel, as_volume)
Kind = Callable[[Array, Grid], Any]


def affine_for(kind: Kind, grid: Grid) -> dict[str, Any]:
    return {"affine": grid.index_to_world_mm} if kind in BARE else {}


def document(liver: flr.Liver, plan: str = "H23") -> dict[str, Any]:
    """The whole document but what was read, with one name for one map and one way to name its labels."""
    text = json.dumps(assessment_document(assess(liver, plan, PATIENT)))
    text = re.sub(r"--labels \w+\.nii\.gz:1=NAME,2=NAME", "names={1: NAME, 2: NAME}", text)
    found: dict[str, Any] = json.loads(re.sub(r"(\w+)\.nii\.gz", r"\1 (in memory)", text))
    for key in ("inputs", "reading"):
        del found["provenance"][key], found["provenance"]["fingerprints"][f"options.{key}"]
    return found


def cropped(voxels: Array, face: str) -> tuple[Array, Grid]:
    """The scan, cut off through the liver at one of its faces."""
    axis = "ijk".index(face[0])
    start, stop = [0, 0, 0], list(voxels.shape)
    if face[1] == "-":
        start[axis] = voxels.shape[axis] // 5
    else:
        stop[axis] = voxels.shape[axis] * 4 // 5
    inside = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    part = voxels[inside]
    return part, GRID.crop((start[0], start[1], start[2]), (part.shape[0], part.shape[1], part.shape[2]))


def lesion(voxels: Array) -> Array:
    found = np.zeros_like(voxels)
    for number, part in ((1, 6), (2, 3)):
        i, j, k = np.argwhere(voxels == part).mean(axis=0).astype(int)
        found[i - 1 : i + 2, j - 1 : j + 2, k] = number
    return found


# --- the same as from a file ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_liver_is_the_same_from_memory(kind: Kind, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "labels.nii.gz", SEGMENTS, GRID)
    from_file = document(flr.read_liver(path, tumours="none"))
    liver = flr.liver_from_labels(kind(SEGMENTS, GRID), tumours="none", **affine_for(kind, GRID))
    assert document(liver) == from_file
    assert from_file["flag"] == "adequate"


@pytest.mark.parametrize("face", ["i-", "i+", "j-", "j+", "k-", "k+"])
@pytest.mark.parametrize("kind", [as_array, as_nibabel, as_simpleitk, as_channel, as_volume])
def test_a_cut_off_liver_is_never_reassuring_from_memory(kind: Kind, face: str, tmp_path: Path) -> None:
    part, grid = cropped(SEGMENTS, face)
    path = write_nifti(tmp_path / "labels.nii.gz", part, grid)
    from_file = document(flr.read_liver(path, tumours="none"), "H67")
    liver = flr.liver_from_labels(kind(part, grid), tumours="none", **affine_for(kind, grid))
    assert liver.truncated
    assert document(liver, "H67") == from_file
    assert from_file["flag"] == "indeterminate"


@pytest.mark.parametrize("kind", [as_array, as_nibabel, as_simpleitk, as_tensor])
@pytest.mark.parametrize("with_scheme", [True, False])
def test_names_scheme_tumours_and_vessels(kind: Kind, with_scheme: bool, tmp_path: Path) -> None:
    tumours, veins = lesion(SEGMENTS), (SEGMENTS == 8).astype(np.uint8)
    veins[::2] = 0
    meaning = {} if with_scheme else NAMES
    files = {
        "labels": write_nifti(tmp_path / "labels.nii.gz", SEGMENTS, GRID, names=meaning),
        "tumours": write_nifti(tmp_path / "tumours.nii.gz", tumours, GRID),
        "vessels": write_nifti(tmp_path / "vessels.nii.gz", veins, GRID),
        "image": write_nifti(tmp_path / "image.nii.gz", SEGMENTS.astype(np.int16) * 20, GRID),
    }
    scheme = "couinaud_8" if with_scheme else None
    from_file = flr.read_liver(
        files["labels"], tumours=files["tumours"], vessels=files["vessels"], image=files["image"],
        scheme=scheme, reviewed=True,
    )  # fmt: skip
    from_memory = flr.liver_from_labels(
        kind(SEGMENTS, GRID), tumours=kind(tumours, GRID), image=kind(SEGMENTS.astype(np.int16) * 20, GRID),
        vessels=kind(veins, GRID), names=meaning or None, scheme=scheme, reviewed=True,
        **affine_for(kind, GRID),
    )  # fmt: skip
    assert document(from_memory) == document(from_file)
    assert from_memory.source.scheme == from_file.source.scheme
    assert from_memory.source.reviewed is True
    assert list(from_memory.vessels) == list(from_file.vessels) == ["hepatic_vessel"]
    np.testing.assert_array_equal(from_memory.image, from_file.image)
    np.testing.assert_array_equal(from_memory.tumours, from_file.tumours)


@pytest.mark.parametrize("role", ["liver", "segments", "remnant", "resected"])
def test_roles_are_those_of_files(role: str, tmp_path: Path) -> None:
    mask = SEGMENTS if role == "segments" else np.isin(SEGMENTS, (2, 3)).astype(np.uint8)
    mask = (SEGMENTS > 0).astype(np.uint8) if role == "liver" else mask
    path = write_nifti(tmp_path / f"{role}.nii.gz", mask, GRID)
    more = (
        write_nifti(tmp_path / "labels.nii.gz", SEGMENTS, GRID) if role in ("remnant", "resected") else None
    )
    inputs = () if more is None else (more,)
    from_file = flr.read_liver(*inputs, tumours="none", **{role: path})  # type: ignore[arg-type]
    labels = None if more is None else SEGMENTS
    from_memory = flr.liver_from_labels(
        labels,
        affine=GRID.index_to_world_mm,
        tumours="none",
        **{role: mask.astype(bool) if mask.max() == 1 else mask},
    )
    plan = {"remnant": "flr", "resected": "resected", "segments": "H23", "liver": "H5678"}[role]
    if role == "liver":
        assert from_memory.part_names == from_file.part_names == ("liver",)
    else:
        assert document(from_memory, plan) == document(from_file, plan)


@pytest.mark.parametrize(
    ("names", "check"),
    [
        ({**NAMES, 4: "liver_segment_8", 8: "liver_segment_4"}, "mirrored_anatomy"),
        ({**NAMES, 8: "liver_segment_7"}, "segment_name_repeated"),
        ({n: name for n, name in NAMES.items() if n != 8}, "labels_unaccounted"),
        ({**NAMES, 8: "great thing"}, "labels_unaccounted"),
    ],
)
def test_names_that_lie_are_caught_as_in_a_file(names: dict[int, str], check: str, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "labels.nii.gz", SEGMENTS, GRID, names=names)
    from_file = document(flr.read_liver(path, tumours="none"), "H67")
    liver = flr.liver_from_labels(SEGMENTS, affine=GRID.index_to_world_mm, names=names, tumours="none")
    found = document(liver, "H67")
    assert found == from_file
    assert found["flag"] not in REASSURING
    if check != "mirrored_anatomy":
        assert check in {finding["check"] for finding in found["quality"]}


def test_names_of_an_object_decide_before_its_integers() -> None:
    exchanged = {**NAMES, 4: "Liver segment 8", 8: "Liver segment 4"}
    numbers = np.arange(9, dtype=np.uint8)
    numbers[[4, 8]] = numbers[[8, 4]]
    voxels = numbers[SEGMENTS]
    truth = flr.measure(flr.liver_from_labels(SEGMENTS, affine=GRID.index_to_world_mm)).parts_ml
    image = as_nibabel(voxels, GRID)
    image.header.extensions.append(nib.nifti1.Nifti1Extension(0, caret_label_table(exchanged)))
    assert flr.measure(flr.liver_from_labels(image)).parts_ml == pytest.approx(truth)
    slicer = as_simpleitk(voxels, GRID)
    for number, (value, name) in enumerate(exchanged.items()):
        slicer.SetMetaData(f"Segment{number}_Name", name)
        slicer.SetMetaData(f"Segment{number}_LabelValue", str(value))
        slicer.SetMetaData(f"Segment{number}_Layer", "0")
    assert flr.measure(flr.liver_from_labels(slicer)).parts_ml == pytest.approx(truth)
    mitk = as_simpleitk(voxels, GRID)
    labels = [{"name": name, "value": value} for value, name in exchanged.items()]
    mitk.SetMetaData("org.mitk.multilabel.segmentation.labelgroups", json.dumps([{"labels": labels}]))
    assert flr.measure(flr.liver_from_labels(mitk)).parts_ml == pytest.approx(truth)
    mitk.SetMetaData("org.mitk.multilabel.segmentation.labelgroups", "[{]")
    with pytest.raises(LabelError, match="cannot be understood"):
        flr.liver_from_labels(mitk)
    with pytest.raises(LabelError, match="cannot be understood"):
        flr.liver_from_labels(mitk, names={n: f"Label_{n}" for n in range(1, 9)})  # no name at all
    assert flr.measure(flr.liver_from_labels(mitk, names=exchanged)).parts_ml == pytest.approx(truth)
    with pytest.raises(
        LabelError, match=r"names calls label 4 'liver_segment_4', its own header 'Liver segment 8'"
    ):
        flr.liver_from_labels(image, names=NAMES)


def test_a_nifti_header_is_checked_as_that_of_a_file() -> None:
    turned = as_nibabel(SEGMENTS, GRID)
    other = GRID.index_to_world_mm.copy()
    other[:3, :3] *= 1.2
    turned.header.set_qform(other, 1)
    liver = flr.liver_from_labels(turned, tumours="none")
    assert "qform_sform_disagree" in {finding.check for finding in liver.quality}
    assert assess(liver, "H67", PATIENT).flag == "indeterminate"
    metres = nib.Nifti1Image(SEGMENTS, np.diag([0.001, 0.001, 0.001, 1.0]) @ GRID.index_to_world_mm)
    metres.header.set_xyzt_units("meter")
    true_ml = float((SEGMENTS > 0).sum()) * GRID.voxel_volume_ml
    assert flr.measure(flr.liver_from_labels(metres)).total_ml == pytest.approx(true_ml, rel=1e-5)
    big = nib.Nifti1Image(SEGMENTS.astype(np.int64), GRID.index_to_world_mm, dtype="int64")
    assert flr.measure(flr.liver_from_labels(big)).total_ml == pytest.approx(true_ml, rel=1e-5)
    moved = as_nibabel(SEGMENTS, GRID)
    moved.affine[:3, :3] *= 0.5  # what saving would write
    liver = flr.liver_from_labels(moved)
    assert flr.measure(liver).total_ml == pytest.approx(true_ml / 8, rel=1e-5)
    assert "voxel_size_contradiction" not in {finding.check for finding in liver.quality}
    unset = as_nibabel(SEGMENTS, GRID)
    unset.header["sform_code"] = 0
    unset.header["qform_code"] = 0
    before = unset.header.binaryblock
    flr.liver_from_labels(unset)
    assert unset.header.binaryblock == before


def test_a_label_map_keeps_its_meanings() -> None:
    turned = {n: f"segment_{n}" for n in range(1, 9)} | {4: "segment_8", 8: "segment_4"}
    lie = flr.LabelMap(SEGMENTS, GRID, flr.LabelScheme("turned", turned))
    assert assess(flr.liver_from_labels(lie, tumours="none"), "H67", PATIENT).flag == "indeterminate"
    truth = flr.LabelMap(SEGMENTS, GRID, flr.LabelScheme("ours", {n: f"segment_{n}" for n in range(1, 9)}))
    assert assess(flr.liver_from_labels(truth, tumours="none"), "H67", PATIENT).flag == "adequate"
    start, stop = np.argwhere(SEGMENTS).min(axis=0), np.argwhere(SEGMENTS).max(axis=0) + 1
    tight = SEGMENTS[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    cropped_map = flr.LabelMap(tight, GRID.crop(tuple(start), tight.shape), truth.scheme)  # type: ignore[arg-type]
    assert flr.liver_from_labels(cropped_map, tumours="none").truncated


def test_exchanged_sides_are_never_reassuring() -> None:
    """An affine to LPS taken for RAS, and axes in the order of another library."""
    for affine in (LPS @ GRID.index_to_world_mm, np.diag([-1.0, 1, 1, 1]) @ GRID.index_to_world_mm):
        liver = flr.liver_from_labels(SEGMENTS, affine=affine, tumours="none")
        assert assess(liver, "H67", PATIENT).flag == "indeterminate"
    liver = flr.liver_from_labels(
        np.ascontiguousarray(SEGMENTS.T), affine=GRID.index_to_world_mm, tumours="none"
    )
    assert assess(liver, "H67", PATIENT).flag == "indeterminate"


def test_a_nifti_that_is_cut_short_behind_its_object(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "labels.nii.gz", SEGMENTS, GRID)
    image = nib.load(path)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(ReadError, match="cannot be read to the end"):
        flr.liver_from_labels(image)


def test_scaled_labels_of_a_nifti_are_those_of_its_file(tmp_path: Path) -> None:
    image = nib.Nifti1Image(SEGMENTS * 10, GRID.index_to_world_mm)
    image.header.set_slope_inter(0.1, 0.0)
    path = tmp_path / "labels.nii.gz"
    nib.save(image, path)
    raw = nib.load(path)
    assert flr.measure(flr.liver_from_labels(raw)).parts_ml == flr.measure(flr.read_liver(path)).parts_ml


@pytest.mark.real
def test_a_real_map_is_the_same_from_memory(real_data: Path, expected: dict[str, Any]) -> None:
    sitk = pytest.importorskip("SimpleITK")
    name = next(name for name, known in expected.items() if known.get("remnant_percent"))
    path = real_data / name
    from_file = flr.measure(flr.read_liver(path)).parts_ml
    assert flr.measure(flr.liver_from_labels(nib.load(path))).parts_ml == from_file
    assert flr.measure(flr.liver_from_labels(sitk.ReadImage(path))).parts_ml == pytest.approx(from_file)


# --- what is recorded -------------------------------------------------------------------------


def test_the_inputs_are_memory_with_the_hash_of_their_voxels(tmp_path: Path) -> None:
    tumours = lesion(SEGMENTS).astype(">i2")
    liver = flr.liver_from_labels(SEGMENTS, affine=GRID.index_to_world_mm, names=NAMES, tumours=tumours)
    expected = [hashlib.sha256(SEGMENTS.tobytes(order="F")).hexdigest()]
    expected.append(hashlib.sha256(tumours.astype("<i2").tobytes(order="F")).hexdigest())
    assert [(one.name, one.sha256) for one in liver.source.inputs] == [("memory", one) for one in expected]
    reading = liver.source.reading
    assert reading is not None
    assert [(g.role, g.name, g.sha256) for g in reading.given] == [
        ("input", "memory", expected[0]),
        ("tumours", "memory", expected[1]),
    ]
    assert reading.labels["memory"].startswith("1=liver_segment_1,")
    result = assess(liver, "H23", PATIENT)
    path = tmp_path / "assessment.json"
    path.write_text(json.dumps(assessment_document(result)), encoding="utf-8")
    with pytest.raises(ReadError, match="in memory, which cannot be read again"):
        replay(path)


def test_the_liver_keeps_what_it_was_given() -> None:
    labels, image = SEGMENTS.copy(order="F"), SEGMENTS.astype(np.float32)
    liver = flr.liver_from_labels(labels, affine=GRID.index_to_world_mm, image=image, tumours="none")
    before, shown = flr.measure(liver).parts_ml, np.array(liver.image)
    labels[...] = 0
    image[...] = 0
    assert flr.measure(liver).parts_ml == before
    np.testing.assert_array_equal(liver.image, shown)
    frozen = SEGMENTS.copy()
    frozen.flags.writeable = False
    assert flr.measure(flr.liver_from_labels(frozen, affine=GRID.index_to_world_mm)).parts_ml == before


def test_a_review_must_be_stated_plainly() -> None:
    with pytest.raises(UsageError, match="expected True, False, or None"):
        flr.liver_from_labels(SEGMENTS, affine=GRID.index_to_world_mm, reviewed="no")  # type: ignore[arg-type]


# --- DICOM data sets --------------------------------------------------------------------------


STACK = stack_at(even_heights_mm(5.0))
ORGAN = STACK.masks(Ellipsoid())
TUMOUR = STACK.masks(Ellipsoid((20.0, -11.0, 290.0), (14.0, 12.0, 16.0)))


@pytest.mark.parametrize("reader", ["pydicom", "highdicom"])
def test_a_dicom_segmentation_from_memory(reader: str, tmp_path: Path) -> None:
    named = [segment(1, "Liver"), segment(2, "Tumor_1")]
    path = write_seg(tmp_path / "labels.dcm", STACK, {1: ORGAN, 2: TUMOUR}, named)
    if reader == "highdicom":
        dataset = pytest.importorskip("highdicom").seg.segread(path)
    else:
        dataset = pydicom.dcmread(path)
    path.rename(tmp_path / "s.dcm")  # a file that is gone is not needed
    before = dataset.to_json()
    from_file = flr.read_liver(tmp_path / "s.dcm")
    from_memory = flr.liver_from_labels(dataset)
    assert dataset.to_json() == before
    assert [one.name for one in from_memory.source.inputs] == ["memory"]
    assert flr.measure(from_memory).tumour_ml == flr.measure(from_file).tumour_ml > 0
    assert flr.measure(from_memory).total_ml == flr.measure(from_file).total_ml
    assert [(f.check, f.severity) for f in from_memory.quality] == [
        (f.check, f.severity) for f in from_file.quality
    ]
    assert from_memory.truncated == from_file.truncated
    assert from_memory.source.header_facts == from_file.source.header_facts
    with pytest.raises(UsageError, match="segments of a DICOM data set have names"):
        flr.liver_from_labels(dataset, names={1: "tumour"})
    with pytest.raises(UsageError, match="whole image"):
        flr.liver_from_labels(dataset, image=dataset)
    # One of each: the liver from DICOM, its tumour as an array on the same grid.
    grid = from_memory.grid
    drawn = (np.asarray(from_memory.tumours) > 0).astype(np.uint8)
    alone = write_seg(tmp_path / "alone.dcm", STACK, {1: ORGAN}, [segment(1, "Liver")])
    both = flr.liver_from_labels(pydicom.dcmread(alone), tumours=drawn, affine=grid.index_to_world_mm)
    assert flr.measure(both).tumour_ml == pytest.approx(flr.measure(from_memory).tumour_ml)
    assert [one.name for one in both.source.inputs] == ["memory", "memory"]


def test_objects_of_two_scans_are_refused(tmp_path: Path) -> None:
    hd = pytest.importorskip("highdicom")

    def volume(voxels: Array, frame: str | None) -> Any:
        return hd.Volume(voxels, LPS @ RAS, "PATIENT", frame_of_reference_uid=frame)

    labels, tumours = volume(SEGMENTS, "1.2.3"), lesion(SEGMENTS)
    with pytest.raises(GeometryError, match="different frames of reference"):
        flr.liver_from_labels(labels, tumours=volume(tumours, "1.2.4"))
    with pytest.raises(GeometryError, match="different frames of reference"):
        flr.liver_from_labels(labels, image=volume(SEGMENTS, "1.2.4"))
    path = write_seg(tmp_path / "s.dcm", STACK, {1: ORGAN}, [segment(1, "Liver")])
    with pytest.raises(GeometryError, match="different frames of reference"):
        flr.liver_from_labels(pydicom.dcmread(path), tumours=volume(tumours, "1.2.4"))
    for frame in ("1.2.3", None):
        assert flr.measure(flr.liver_from_labels(labels, tumours=volume(tumours, frame))).tumour_ml > 0


def test_a_dicom_image_is_no_label_map() -> None:
    dataset = pydicom.Dataset()
    dataset.Modality = "CT"
    with pytest.raises(UsageError, match="expected a SEG or an RTSTRUCT"):
        flr.liver_from_labels(dataset)
    dataset.Modality = "SEG"
    with pytest.raises(ReadError, match=r"labels .*cannot be written as a file"):
        flr.liver_from_labels(dataset)


# --- what is refused --------------------------------------------------------------------------

take = flr.liver_from_labels
OTHER = Grid(SEGMENTS.shape, np.diag([4.3, 5, 6, 1]))
A: Mapping[str, Any] = {"affine": RAS}
FLOATS = SEGMENTS * 0.37
REFUSED: dict[str, tuple[Callable[[], Any], type[FLRError], str]] = {
    "nothing": (lambda: take(), UsageError, "give a label map"),
    "names and scheme": (
        lambda: take(SEGMENTS, names=NAMES, scheme="couinaud_8", **A),
        UsageError,
        "expected one",
    ),
    "names of nothing": (lambda: take(liver=SEGMENTS, names=NAMES, **A), UsageError, "give labels"),
    "no affine": (lambda: take(SEGMENTS), GeometryError, "give affine="),
    "no affine of the tumours": (
        lambda: take(as_nibabel(SEGMENTS, GRID), tumours=SEGMENTS),
        GeometryError,
        "tumours .* affine=",
    ),
    "a small affine": (lambda: take(SEGMENTS, affine=np.eye(3)), GeometryError, "3×3; expected 4×4"),
    "no numbers": (lambda: take(SEGMENTS, affine="RAS"), GeometryError, "no matrix"),
    "a singular affine": (
        lambda: take(SEGMENTS, affine=np.diag([1.0, 1, 0, 1])),
        GeometryError,
        "labels .*singular",
    ),
    "a NaN affine": (lambda: take(SEGMENTS, affine=np.full((4, 4), np.nan)), GeometryError, "finite"),
    "two shapes": (lambda: take(SEGMENTS, tumours=SEGMENTS[:-1], **A), GeometryError, "expected one shape"),
    "axes of another library": (
        lambda: take(SEGMENTS, image=np.zeros(SEGMENTS.shape[::-1]), **A),
        GeometryError,
        "one shape",
    ),
    "longer than a person": (
        lambda: take(np.ones((40, 512, 512), np.uint8), affine=np.diag([0.7, 0.7, 5, 1])),
        GeometryError,
        "array.T",
    ),
    "an affine for nothing": (
        lambda: take(as_nibabel(SEGMENTS, GRID), **A),
        UsageError,
        "geometry of its own",
    ),
    "a made-up geometry": (
        lambda: take(as_simpleitk(SEGMENTS, Grid(SEGMENTS.shape, LPS))),
        GeometryError,
        "CopyInformation",
    ),
    "a made-up affine": (lambda: take(Tensor(SEGMENTS, np.eye(4))), GeometryError, "1×1×1 mm"),
    "a space of its own": (lambda: take(Tensor(SEGMENTS, RAS, space="voxel")), GeometryError, "RAS or LPS"),
    "an affine of pictures": (lambda: take(Tensor(SEGMENTS, np.eye(3))), GeometryError, "3×3"),
    "an image without affine": (lambda: take(nib.Nifti1Image(SEGMENTS, None)), GeometryError, "no affine"),
    "an image of another format": (lambda: take(nib.MGHImage(SEGMENTS, np.eye(4))), UsageError, "from_image"),
    "floats": (lambda: take(FLOATS, **A), LabelError, "labels .*whole numbers"),
    "floats of tumours": (lambda: take(SEGMENTS, tumours=FLOATS, **A), LabelError, "tumours .*whole"),
    "not a number": (
        lambda: take(np.where(SEGMENTS == 1, np.nan, SEGMENTS), **A),
        LabelError,
        "whole numbers",
    ),
    "negative": (lambda: take(-SEGMENTS.astype(np.int16), **A), LabelError, "from 0 to 65535"),
    "complex": (lambda: take(SEGMENTS.astype(complex), **A), LabelError, "complex128"),
    "objects": (lambda: take(SEGMENTS.astype(object), **A), LabelError, "object"),
    "masked": (lambda: take(np.ma.masked_equal(SEGMENTS, 3), **A), LabelError, "filled"),
    "four dimensions": (lambda: take(np.stack([SEGMENTS] * 2), **A), LabelError, "4 dimensions .*argmax"),
    "a channel of a bare array": (lambda: take(SEGMENTS[None], **A), LabelError, "4 dimensions"),
    "channels": (lambda: take(Tensor(np.stack([SEGMENTS] * 2), RAS)), LabelError, "4 dim"),
    "a series of images": (
        lambda: take(nib.Nifti1Image(np.stack([SEGMENTS] * 2, -1), RAS)),
        LabelError,
        "4 dimensions",
    ),
    "one slice": (lambda: take(SEGMENTS[0], **A), LabelError, "2 dimensions"),
    "empty": (lambda: take(SEGMENTS[:0], **A), GeometryError, "three positive sizes"),
    "background only": (lambda: take(np.zeros_like(SEGMENTS), **A), LabelError, "no liver"),
    "a path": (lambda: take("segments.nii.gz", **A), UsageError, "flr.read_liver reads files"),
    "a path of tumours": (lambda: take(SEGMENTS, tumours="None", **A), UsageError, 'tumours="none"'),
    "a list": (lambda: take([[[1]]], **A), UsageError, "is a list; expected a NumPy array"),
    "something": (lambda: take(object(), **A), UsageError, "is a object; expected"),
    "unknown labels": (lambda: take(SEGMENTS * 17, **A), LabelError, "scheme=NAME, with a role .* names="),
    "names of a wrong kind": (lambda: take(SEGMENTS, names=["liver"], **A), LabelError, "is a list"),  # type: ignore[arg-type]
    "names the wrong way": (
        lambda: take(SEGMENTS, names={"liver": 1}, **A),
        LabelError,
        "'liver' the name 1",
    ),  # type: ignore[dict-item]
    "no name": (lambda: take(SEGMENTS, names={1: " "}, **A), LabelError, "each with a text"),
    "no names": (lambda: take(SEGMENTS, names={0: "background"}, **A), LabelError, "names no label"),
    "an unknown scheme": (lambda: take(SEGMENTS, scheme="couinaud", **A), LabelError, "no label scheme"),
    "tumours elsewhere": (
        lambda: take(SEGMENTS, tumours=as_nibabel(lesion(SEGMENTS), OTHER), **A),
        GeometryError,
        "tumours",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_one_clear_error(case: str) -> None:
    call, kind, message = REFUSED[case]
    with pytest.raises(kind, match=message):
        call()


def test_a_true_geometry_that_looks_made_up_can_be_stated() -> None:
    voxels = np.zeros((90, 80, 70), np.uint8)
    voxels[5:80, 5:70, 5:60] = 1
    image = as_simpleitk(voxels, Grid(voxels.shape, LPS))
    liver = flr.liver_from_labels(liver=image, affine=LPS)
    assert flr.measure(liver).total_ml == pytest.approx(75 * 65 * 55 / 1000)


# --- docs/python.md ---------------------------------------------------------------------------


@pytest.mark.slow
def test_the_examples_of_the_python_page_run(
    checkout: Path, sample_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is at most six lines of code, of public names only, and prints what stands below it."""
    monkeypatch.chdir(tmp_path)
    for name in ("segments.nii.gz", "tumours.nii.gz", "ct.nii.gz"):
        if (sample_data / "baseline" / name).is_file():
            (tmp_path / name).write_bytes((sample_data / "baseline" / name).read_bytes())
    write_seg(
        tmp_path / "seg.dcm", STACK, {1: ORGAN, 2: TUMOUR}, [segment(1, "Liver"), segment(2, "Tumor_1")]
    )
    monai = types.ModuleType("monai.data")
    monai.MetaTensor = Tensor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "monai.data", monai)
    blocks = blocks_of((checkout / "docs" / "python.md").read_text(encoding="utf-8"))
    printed, examples = "", 0
    for block in blocks:
        if block.language == "python":
            assert len([line for line in block.text.splitlines() if line]) <= 6, f"line {block.line}"
            assert not re.search(r"flr\.\w+\.\w+ import|from flr|flr\._", block.text), f"line {block.line}"
            stream = io.StringIO()
            with contextlib.redirect_stdout(stream):
                exec(compile(block.text, f"python.md:{block.line}", "exec"), {"__name__": "__page__"})
            printed, examples = stream.getvalue(), examples + 1
        elif block.language == "text":
            assert not (difference := same(block.text, printed)), f"line {block.line}: {difference}"
    assert examples >= 14
