"""NIfTI files as they are found: every type, byte order, geometry and header oddity."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from phantoms import couinaud_block

import flr
from flr.errors import GeometryError, LabelError, ReadError
from flr.io.nifti_header import NiftiHeader
from flr.io.source import count, load_box, names_of, open_sources
from flr.io.structures import find_structures
from flr.stream import LabelSource

AFFINE = np.array([[-0.7, 0.1, 0.0, 40.0], [0.1, 0.9, 0.0, -30.0], [0.0, 0.0, 2.5, 12.0], [0, 0, 0, 1.0]])
CARET = (
    '<?xml version="1.0" encoding="UTF-8"?> <CaretExtension> <VolumeInformation Index="0"> <LabelTable>'
    '<Label Key="0"><![CDATA[background]]></Label>'
    '<Label Key="1" Red="1"><![CDATA[liver_segment_1]]></Label>'
    '<Label Key="5"><![CDATA[Leber & Gefäße]]></Label>'
    "</LabelTable></VolumeInformation></CaretExtension>"
)


def labels_map(seed: int = 0, shape: tuple[int, int, int] = (13, 9, 6)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 9, size=shape)
    labels[rng.random(shape) < 0.5] = 0
    return labels


def voxels_of(labels: np.ndarray) -> dict[int, int]:
    values, numbers = np.unique(labels[labels != 0], return_counts=True)
    return {int(v): int(n) for v, n in zip(values, numbers, strict=True)}


def opened(path: Path) -> LabelSource:
    (source,) = open_sources(path)
    return source


def checks(source: LabelSource) -> dict[str, str]:
    return {f.check: f.severity for f in source.quality}


def edited(path: Path, labels: np.ndarray | None = None, *, version: int = 1, **fields: Any) -> Path:
    """A valid file whose header fields are then overwritten with anything at all."""
    labels = labels_map().astype(np.uint8) if labels is None else labels
    image = (nib.Nifti1Image if version == 1 else nib.Nifti2Image)(labels, AFFINE)
    image.set_sform(AFFINE, 1)
    image.set_qform(None, 0)
    content = bytearray(image.to_bytes())
    header = (nib.Nifti1Header if version == 1 else nib.Nifti2Header)(
        bytes(content[: image.header.sizeof_hdr]), check=False
    )
    for key, value in fields.items():
        header[key] = value
    content[: image.header.sizeof_hdr] = header.binaryblock
    path.write_bytes(gzip.compress(bytes(content), mtime=0) if path.suffix == ".gz" else bytes(content))
    return path


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("image_type", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("code", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
def test_every_type_order_and_version(
    tmp_path: Path, code: str, order: str, image_type: Any, suffix: str
) -> None:
    labels = labels_map()
    path = tmp_path / f"a{suffix}"
    header = image_type.header_class(endianness=order)
    header.set_data_dtype(np.dtype(order + code))
    nib.save(image_type(labels.astype(order + code), AFFINE, header), path)
    source = opened(path)
    assert source.kind == "nifti"
    assert source.dtype == np.dtype(order + code)
    assert source.name == path.name
    assert source.grid.shape == labels.shape
    assert np.allclose(source.grid.index_to_world_mm, AFFINE, atol=1e-5)
    assert source.quality == ()
    assert count(source).voxels == voxels_of(labels)
    assert np.array_equal(load_box([source], pad_voxels=0).arrays[0], labels)


@pytest.mark.parametrize("path", ["a.hdr", "a.img", "a.img.gz", "a.hdr.gz"])
def test_header_and_image_pairs(tmp_path: Path, path: str) -> None:
    labels = labels_map().astype(np.int16)
    pair = tmp_path / ("a.img.gz" if path.endswith(".gz") else "a.img")
    nib.save(nib.Nifti1Pair(labels, AFFINE), pair)
    source = opened(tmp_path / path)
    assert count(source).voxels == voxels_of(labels)
    assert source.name == path
    pair.unlink()
    with pytest.raises(ReadError, match="no such file"):
        count(opened(tmp_path / path))


@pytest.mark.parametrize("seed", range(12))
def test_geometry_agrees_with_simpleitk(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    spacing = rng.uniform(0.5, 4.0, size=3)
    image = sitk.GetImageFromArray(labels_map(seed).T.astype(np.uint8))
    image.SetSpacing(spacing.tolist())
    image.SetDirection(turned.ravel().tolist())
    image.SetOrigin(rng.uniform(-200, 200, size=3).tolist())
    path = tmp_path / "a.nii.gz"
    sitk.WriteImage(image, str(path))
    source = opened(path)
    assert source.grid.voxel_volume_mm3 == pytest.approx(spacing.prod(), rel=1e-5)
    for index in [(0, 0, 0), (12, 0, 0), (3, 8, 5)]:
        lps = np.array(image.TransformIndexToPhysicalPoint(index))
        assert np.allclose(source.grid.world_mm(index), lps * (-1, -1, 1), atol=1e-3)
    assert "qform_sform_disagree" not in checks(source)


def test_sheared_sform_keeps_its_determinant_not_its_zooms(tmp_path: Path) -> None:
    sheared = AFFINE.copy()
    sheared[1, 2] = 2.5 * np.tan(np.radians(15))
    image = nib.Nifti1Image(labels_map().astype(np.uint8), None)
    image.set_sform(sheared, 1)
    nib.save(image, tmp_path / "a.nii.gz")
    grid = opened(tmp_path / "a.nii.gz").grid
    assert grid.voxel_volume_mm3 == pytest.approx(abs(np.linalg.det(sheared[:3, :3])), rel=1e-6)
    assert np.prod(grid.spacing_mm) > 1.02 * grid.voxel_volume_mm3


def with_forms(path: Path, sform: np.ndarray, s_code: int, qform: np.ndarray, q_code: int) -> LabelSource:
    image = nib.Nifti1Image(labels_map(shape=(64, 48, 30)).astype(np.uint8), None)
    image.set_sform(sform, s_code)
    image.set_qform(qform, q_code)
    nib.save(image, path)
    return opened(path)


def test_sform_wins_over_qform_and_disagreement_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    straight = np.diag([-0.8, -0.8, 0.6, 1.0])
    thicker = np.diag([-0.8, -0.8, 0.8, 1.0])
    mirrored = np.diag([0.8, -0.8, 0.6, 1.0])
    moved = straight.copy()
    moved[:3, 3] = (0, 0, 30)
    barely = straight @ np.diag([1.0001, 1, 1, 1])
    for qform, severity in [
        (straight, None),
        (barely, None),
        (thicker, "error"),
        (mirrored, "error"),
        (moved, "warning"),
    ]:
        source = with_forms(path, straight, 1, qform, 1)
        assert np.allclose(source.grid.index_to_world_mm, straight)
        assert checks(source).get("qform_sform_disagree") == severity
    # A code of 0 says "not given", so no direction disagrees; the voxel size is stated whatever the codes.
    assert checks(with_forms(path, straight, 2, mirrored, 0)) == {}
    assert checks(with_forms(path, straight, 2, thicker, 0)) == {"voxel_size_contradiction": "error"}
    alone = with_forms(path, straight, 0, thicker, 1)
    assert np.allclose(alone.grid.index_to_world_mm, thicker)
    assert checks(alone) == {}


def test_no_orientation_is_said(tmp_path: Path) -> None:
    source = with_forms(tmp_path / "a.nii.gz", AFFINE, 0, np.diag([0.7, 0.9, 2.5, 1.0]), 0)
    assert checks(source) == {"no_orientation": "warning"}
    assert source.grid.voxel_volume_mm3 == pytest.approx(0.7 * 0.9 * 2.5, rel=1e-5)


def test_a_broken_qform_beside_a_good_sform_is_an_error_finding(tmp_path: Path) -> None:
    path = edited(tmp_path / "a.nii", qform_code=1, quatern_b=2.0, quatern_c=2.0)
    assert checks(opened(path)) == {"qform_sform_disagree": "error"}
    path = edited(tmp_path / "a.nii", qform_code=1, sform_code=0, quatern_b=2.0, quatern_c=2.0)
    with pytest.raises(GeometryError, match=r"a\.nii: the header's rotation"):
        open_sources(path)
    zero_qfac = edited(tmp_path / "a.nii", qform_code=1, sform_code=0, pixdim=[0, 0.7, 0.9, 2.5, 0, 0, 0, 0])
    assert opened(zero_qfac).grid.voxel_volume_mm3 == pytest.approx(0.7 * 0.9 * 2.5, rel=1e-5)


@pytest.mark.parametrize(
    ("unit", "factor"), [(0, 1.0), (2, 1.0), (10, 1.0), (1, 1000.0), (3, 0.001), (11, 0.001)]
)
def test_units_become_millimetres(tmp_path: Path, unit: int, factor: float) -> None:
    source = opened(edited(tmp_path / "a.nii", xyzt_units=unit))
    assert np.allclose(source.grid.index_to_world_mm[:3], AFFINE[:3] * factor, rtol=1e-5)


def test_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="unit code 5"):
        open_sources(edited(tmp_path / "a.nii", xyzt_units=5))


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf, 1e30])
def test_impossible_geometry_is_refused(tmp_path: Path, bad: float) -> None:
    path = edited(tmp_path / "bad.nii.gz", srow_x=[bad, bad, bad, 0])
    with pytest.raises(GeometryError, match=r"^bad\.nii\.gz: "):
        open_sources(path)


@pytest.mark.parametrize(("slope", "inter"), [(0, 0), (0, 7), (1, 0), (np.nan, np.nan), (np.nan, 3)])
def test_slopes_that_mean_none(tmp_path: Path, slope: float, inter: float) -> None:
    source = opened(edited(tmp_path / "a.nii", scl_slope=slope, scl_inter=inter))
    assert not source.voxels.is_scaled
    assert count(source).voxels == voxels_of(labels_map())


def test_a_true_slope_is_applied_and_then_checked(tmp_path: Path) -> None:
    half = opened(edited(tmp_path / "a.nii", labels_map().astype(np.uint8) * 2, scl_slope=0.5, scl_inter=0))
    assert count(half).voxels == voxels_of(labels_map())
    assert np.array_equal(load_box([half], pad_voxels=0).arrays[0], labels_map())
    third = opened(edited(tmp_path / "a.nii", scl_slope=1 / 3, scl_inter=0))
    with pytest.raises(LabelError, match="whole numbers"):
        count(third)
    below = opened(edited(tmp_path / "a.nii", scl_slope=1, scl_inter=-1))
    with pytest.raises(LabelError, match="label value -1"):
        count(below)
    for slope, inter in [(np.inf, 0), (2, np.nan)]:
        with pytest.raises(ReadError, match="not finite"):
            open_sources(edited(tmp_path / "a.nii", scl_slope=slope, scl_inter=inter))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("dim", "said"),
    [
        ([2, 13, 54, 1, 1, 1, 1, 1], "2 dimensions"),
        ([4, 13, 9, 3, 2, 1, 1, 1], "4 dimensions"),
        ([5, 13, 9, 3, 1, 2, 1, 1], "5 dimensions"),
        ([0, 13, 9, 6, 1, 1, 1, 1], "cannot be"),
        ([8, 13, 9, 6, 1, 1, 1, 1], "cannot be"),
        ([3, 13, 0, 6, 1, 1, 1, 1], "cannot be"),
        ([3, -13, 9, 6, 1, 1, 1, 1], "cannot be"),
        ([3, 30000, 30000, 6, 1, 1, 1, 1], "promises"),
        ([3, 130, 90, 60, 1, 1, 1, 1], "more than the file can hold"),
    ],
)
def test_dimensions_that_are_no_map(tmp_path: Path, dim: list[int], said: str, version: int) -> None:
    with pytest.raises(ReadError, match=said):
        open_sources(edited(tmp_path / "a.nii", dim=dim, version=version))


def test_trailing_dimensions_of_one_are_three_dimensions(tmp_path: Path) -> None:
    source = opened(edited(tmp_path / "a.nii", dim=[5, 13, 9, 6, 1, 1, 0, 0]))
    assert source.grid.shape == (13, 9, 6)
    assert count(source).voxels == voxels_of(labels_map())


def test_too_few_promised_slices_are_noticed(tmp_path: Path) -> None:
    source = opened(edited(tmp_path / "a.nii.gz", dim=[3, 13, 9, 5, 1, 1, 1, 1]))
    with pytest.raises(ReadError, match="follow the last voxel"):
        count(source)


@pytest.mark.parametrize(("code", "said"), [(32, "code 32"), (128, "code 128"), (77, "code 77")])
def test_types_that_are_no_labels(tmp_path: Path, code: int, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        open_sources(edited(tmp_path / "a.nii", datatype=code))


def test_wrong_magic_and_cut_headers(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    for content, said in [
        (b"not a nifti file at all " * 40, "not a NIfTI file"),
        (struct.pack("<i", 348) + bytes(60), "ends inside its header"),
        (b"\x00\x01", "ends inside its header"),
        (gzip.compress(b"plain text " * 100, mtime=0), "not a NIfTI file"),
        (struct.pack("<i", 348) + bytes(600), "magic"),
    ]:
        path.write_bytes(content)
        with pytest.raises(ReadError, match=said):
            open_sources(path)
    whole = edited(tmp_path / "b.nii.gz").read_bytes()
    path.write_bytes(whole[:60])
    with pytest.raises(ReadError, match="end too early"):
        open_sources(path)


@pytest.mark.parametrize("offset", [100.0, 352.5, np.nan, np.inf, -1.0, 1e9])
def test_impossible_voxel_offsets(tmp_path: Path, offset: float) -> None:
    with pytest.raises(ReadError, match="voxels are said to begin"):
        open_sources(edited(tmp_path / "a.nii", vox_offset=offset))


def test_offset_zero_means_after_the_header(tmp_path: Path) -> None:
    assert count(opened(edited(tmp_path / "a.nii", vox_offset=0))).voxels == voxels_of(labels_map())


def with_extension(path: Path, code: int, content: bytes, before: int = 0) -> LabelSource:
    image = nib.Nifti1Image(labels_map().astype(np.uint8), AFFINE)
    for _ in range(before):
        image.header.extensions.append(nib.nifti1.Nifti1Extension(0, b"something else"))
    image.header.extensions.append(nib.nifti1.Nifti1Extension(code, content))
    nib.save(image, path)
    return opened(path)


@pytest.mark.parametrize(("code", "before"), [(0, 0), (30, 0), (30, 2)])
def test_label_names_in_any_header_extension(tmp_path: Path, code: int, before: int) -> None:
    source = with_extension(tmp_path / "a.nii.gz", code, CARET.encode() + bytes(9), before)
    assert source.voxels.skip_bytes > 352
    assert source.names == {1: "liver_segment_1", 5: "Leber & Gefäße"}
    counts = count(source)
    assert counts.voxels == voxels_of(labels_map())
    assert names_of(source, counts) == source.names


@pytest.mark.parametrize(
    "content",
    [
        CARET.encode()[:-40],
        CARET.replace('Key="1"', 'Key="one"').encode(),
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + b"<CaretExtension><LabelTable/></CaretExtension>",
    ],
)
def test_broken_names_are_a_warning_not_a_failure(tmp_path: Path, content: bytes) -> None:
    source = with_extension(tmp_path / "a.nii.gz", 0, content)
    assert source.names == {}
    assert checks(source) == {"names_unreadable": "warning"}
    assert count(source).voxels == voxels_of(labels_map())


def test_header_findings_of_thick_slices_and_lost_voxel_sizes(tmp_path: Path) -> None:
    def findings(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> dict[str, str]:
        path = tmp_path / "a.nii.gz"
        nib.save(nib.Nifti1Image(np.zeros(shape, np.uint8), np.diag([*spacing, 1.0])), path)
        source = opened(path)
        return {f.check: f.severity + " " + f.message for f in source.quality}

    assert findings((20, 20, 4), (1, 1, 5)) == {}
    assert findings((20, 20, 4), (1, 1, 6))["slice_thick"].startswith("warning slices are 6 mm apart")
    assert "too thick" in findings((20, 20, 4), (1, 10, 1))["slice_thick"]
    assert findings((512, 512, 4), (1, 1, 1))["header_1mm_on_512"].startswith("error")
    assert findings((512, 512, 4), (0.9, 0.9, 1)) == {}
    assert findings((256, 256, 4), (1, 1, 1)) == {}


@pytest.mark.real
def test_real_files_to_the_voxel(real_case: Any) -> None:
    source = opened(real_case.path)
    expected = real_case.expected
    assert list(source.grid.shape) == expected["shape"]
    assert source.grid.orientation == expected["orientation"]
    assert source.grid.voxel_volume_mm3 == pytest.approx(expected["voxel_mm3"], abs=1e-6)
    counts = count(source)
    voxels = {int(value): n for value, n in expected["voxels"].items()}
    assert {value: counts.voxels[value] for value in voxels} == voxels
    for value, ml in expected["ml"].items():
        assert counts.voxels[int(value)] * source.grid.voxel_volume_ml == pytest.approx(ml, abs=0.001)
    bad_header = "BAD_HEADER" in real_case.name
    assert checks(source) == ({"header_1mm_on_512": "error"} if bad_header else {})
    has_names = real_case.name.startswith("totalseg/")
    assert bool(source.names) == has_names
    if has_names:
        assert source.names[5] == "liver"


@pytest.mark.real
def test_real_liver_that_leaves_the_scan_touches_its_top(real_data: Path) -> None:
    counts = count(opened(real_data / "msd08" / "MSD-112_liver_truncated_top.nii.gz"))
    assert counts.touches == {1: frozenset({"k+"})}


# --- labels that a scale moved off whole numbers ----------------------------------------------


def scaled(path: Path, labels: np.ndarray, dtype: Any, *, inter: float = 0.0, version: int = 1) -> Path:
    """Labels as programs store floats in integers: by the slope that spreads them over the type's range."""
    image = (nib.Nifti1Image if version == 1 else nib.Nifti2Image)(labels.astype(np.float64) - inter, AFFINE)
    image.set_data_dtype(dtype)
    nib.save(image, path)
    loaded = nib.load(path)
    assert loaded.dataobj.slope != 1.0
    if inter:
        content = bytearray(gzip.decompress(path.read_bytes()))
        header = nib.Nifti1Header(bytes(content[:348]), check=False)
        header["scl_inter"] += inter
        content[:348] = header.binaryblock
        path.write_bytes(gzip.compress(bytes(content), mtime=0))
    return path


@pytest.mark.parametrize("highest", [3, 8, 57, 117])
@pytest.mark.parametrize(("dtype", "version"), [(np.uint8, 1), (np.int16, 1), (np.uint8, 2), (np.int32, 2)])
def test_labels_that_a_slope_moved_off_whole_numbers_are_rounded(
    tmp_path: Path, highest: int, dtype: Any, version: int
) -> None:
    labels = np.random.default_rng(1).integers(0, highest + 1, size=(13, 9, 6))
    labels.flat[:2] = 0, highest
    source = opened(scaled(tmp_path / "a.nii.gz", labels, dtype, version=version))
    assert count(source).voxels == voxels_of(labels)
    assert np.array_equal(load_box([source], pad_voxels=0).arrays[0], labels)
    off = np.abs(np.asarray(nib.load(tmp_path / "a.nii.gz").dataobj) - labels).max()
    assert checks(source).get("labels_rounded") == ("warning" if off > 1e-4 else None)


def test_an_intercept_and_a_pair_of_files_change_nothing(tmp_path: Path) -> None:
    labels = labels_map()
    assert count(opened(scaled(tmp_path / "a.nii.gz", labels, np.uint8, inter=3.0))).voxels == voxels_of(
        labels
    )
    image = nib.Nifti1Pair(labels.astype(np.float64), AFFINE)
    image.set_data_dtype(np.uint8)
    nib.save(image, tmp_path / "b.img")
    source = opened(tmp_path / "b.hdr")
    assert count(source).voxels == voxels_of(labels)
    assert checks(source) == {"labels_rounded": "warning"}


def test_what_a_slope_does_not_explain_is_not_rounded(tmp_path: Path) -> None:
    # One voxel between two labels, a map of probabilities, a scale so coarse that any number fits.
    labels = labels_map().astype(np.float64)
    labels[0, 0, 0] = 2.5
    probabilities = np.random.default_rng(2).random((13, 9, 6))
    for values in (labels, probabilities):
        image = nib.Nifti1Image(values, AFFINE)
        image.set_data_dtype(np.uint8)
        nib.save(image, tmp_path / "a.nii.gz")
        with pytest.raises(LabelError, match="whole numbers"):
            count(opened(tmp_path / "a.nii.gz"))
    coarse = opened(edited(tmp_path / "c.nii", scl_slope=0.9, scl_inter=0))
    with pytest.raises(LabelError, match="whole numbers"):
        count(coarse)
    stored = opened(edited(tmp_path / "d.nii", labels_map().astype(np.float32) * np.float32(0.98)))
    with pytest.raises(LabelError, match="whole numbers"):
        count(stored)  # floats without a scale: nobody says why they are off


def test_labels_of_an_object_are_rounded_as_those_of_its_file(tmp_path: Path) -> None:
    block = couinaud_block(columns_voxels=(6, 6, 6, 6), spacing_mm=(8.0, 8.2, 8.4))
    image = nib.Nifti1Image(block.segments.astype(np.float64), block.grid.index_to_world_mm)
    image.set_data_dtype(np.uint8)
    nib.save(image, tmp_path / "a.nii.gz")
    from_file = flr.read_liver(tmp_path / "a.nii.gz", tumours="none")
    from_memory = flr.liver_from_labels(nib.load(tmp_path / "a.nii.gz"), tumours="none")
    for liver in (from_file, from_memory):
        assert {f.check for f in liver.quality} == {"labels_rounded", "slice_thick"}
        parts = flr.measure(liver).parts_ml
        assert all(parts[str(n)] == pytest.approx(block.part_ml[n]) for n in range(1, 9))


@pytest.mark.real
def test_real_labels_under_a_slope_and_a_zero_sform(real_data: Path) -> None:
    expected_ml = [108.2, 118.4, 90.9, 404.5, 169.6, 206.1, 251.5, 208.0]
    for case in ("nifti-uint8-slope-labels", "sform-zero-qform-valid"):
        (item,) = find_structures([real_data / "cases" / case / "segments.nii.gz"]).labelled
        volumes_ml = {item.mapping[value]: ml for value, ml in item.counts.ml.items()}
        assert [round(volumes_ml[f"segment_{n}"], 1) for n in range(1, 9)] == expected_ml


# --- an sform of zeros ------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("offset", [0.0, 17.0])
def test_a_zero_sform_beside_a_valid_qform_is_passed_over_and_said(
    tmp_path: Path, version: int, offset: float
) -> None:
    turned = np.array([[0.0, -0.9, 0, 40], [0.7, 0, 0, -30], [0, 0, 2.5, 12], [0, 0, 0, 1]])
    image = (nib.Nifti1Image if version == 1 else nib.Nifti2Image)(labels_map().astype(np.uint8), turned)
    image.set_qform(turned, 1)
    path = tmp_path / "a.nii"
    content = bytearray(image.to_bytes())
    header = type(image.header)(bytes(content[: image.header.sizeof_hdr]), check=False)
    header["sform_code"] = 1
    for row in ("srow_x", "srow_y", "srow_z"):
        header[row] = [0, 0, 0, offset]
    content[: image.header.sizeof_hdr] = header.binaryblock
    path.write_bytes(bytes(content))
    source = opened(path)
    assert np.allclose(source.grid.index_to_world_mm, turned, atol=1e-5)
    assert checks(source) == {"sform_empty": "warning"}


def test_a_zero_sform_without_a_qform_is_refused(tmp_path: Path) -> None:
    zero = {row: [0, 0, 0, 0] for row in ("srow_x", "srow_y", "srow_z")}
    with pytest.raises(GeometryError, match="singular"):
        open_sources(edited(tmp_path / "a.nii", **zero))


# --- what a file is that is no NIfTI file -----------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n", "Git LFS"),
        (b"/annex/objects/SHA256E-s12--ab.nii.gz\n", "git-annex"),
        (b"\r\n<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b"PK\x03\x04" + b"x" * 400, "a zip archive"),
        (b"\x00\x05\x16\x07" + b"\0" * 400, "AppleDouble"),
        (gzip.compress(gzip.compress(b"x" * 4000, mtime=0), mtime=0), "compressed twice"),
        (b"BZh9" + b"x" * 400, "bzip2"),
        (b"ab", "cut short"),
        (b"nothing that is known " * 30, "does not begin with a NIfTI header"),
    ],
)
@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii"])
def test_a_file_that_is_something_else_is_called_what_it_is(
    tmp_path: Path, content: bytes, said: str, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError, match=said):
        open_sources(tmp_path / name)


def test_what_is_wrong_with_compressed_data_is_said(tmp_path: Path) -> None:
    whole = edited(tmp_path / "whole.nii.gz").read_bytes()
    broken = bytearray(whole)
    broken[-7] ^= 0xFF  # in the checksum
    for content, said in [
        (whole[:-60], "cut short"),
        (whole + b"and a footer", "trailing bytes"),
        (bytes(broken), "checksum"),
    ]:
        (tmp_path / "a.nii.gz").write_bytes(content)
        with pytest.raises(ReadError, match=rf"^a\.nii\.gz: .*{said}"):
            count(opened(tmp_path / "a.nii.gz"))
    (tmp_path / "a.nii.gz").write_bytes(whole + b"\0" * 512)  # what tapes and block devices pad with
    assert count(opened(tmp_path / "a.nii.gz")).voxels == voxels_of(labels_map())


def _headers() -> list[Any]:
    """Headers of both versions, their forms at random: rotations, half turns, mirrored, broken."""
    rng = np.random.default_rng(20)
    found = []
    for number in range(60):
        kind = (nib.Nifti1Header, nib.Nifti2Header)[number % 2]
        header = kind(endianness="<>"[number // 2 % 2])
        header.set_data_shape((7, 5, 9))
        quaternion = rng.normal(size=4)
        if number % 5 == 0:
            quaternion[0] = 0.0  # half a turn
        quaternion /= np.linalg.norm(quaternion) * (0.8 if number % 7 == 3 else 1.0)
        header["quatern_b"], header["quatern_c"], header["quatern_d"] = quaternion[1:]
        header["pixdim"][:4] = [(-1.0, 1.0)[number % 3 > 0], *rng.uniform(0.5, 5.0, 3)]
        header["qoffset_x"], header["qoffset_y"], header["qoffset_z"] = rng.normal(size=3) * 100.0
        for row in ("srow_x", "srow_y", "srow_z"):
            header[row] = rng.normal(size=4)
        header["qform_code"], header["sform_code"], header["xyzt_units"] = 1, 2, 2
        header["scl_slope"], header["scl_inter"], header["vox_offset"] = 0.5, -3.0, 544
        found.append(header)
    return found


@pytest.mark.parametrize("theirs", _headers(), ids=lambda header: type(header).__name__)
def test_a_header_says_what_nibabel_reads_in_it(theirs: Any) -> None:
    ours = NiftiHeader(theirs.binaryblock, theirs.endianness)
    plain = ("dim", "datatype", "pixdim", "vox_offset", "scl_slope", "scl_inter", "xyzt_units", "magic")
    for field in (*plain, "qform_code", "sform_code"):
        assert (ours[field] == theirs[field]).all(), field
    assert ours.sform() == pytest.approx(theirs.get_sform(), abs=0.0)
    assert ours.centred((7, 5, 9)) == pytest.approx(theirs.get_base_affine())
    try:
        expected = theirs.get_qform()
    except ValueError:
        assert ours.qform() is None
    else:
        found = ours.qform()
        assert found is not None
        assert found == pytest.approx(expected, abs=1e-6 if isinstance(theirs, nib.Nifti1Header) else 1e-12)
