"""Files in, one liver out: roles, names, folders, other grids, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phantoms import OBLIQUE_DEG, CouinaudBlock, couinaud_block, couinaud_egg, write_nifti
from reviewing import assess

import flr
from flr.errors import GeometryError, LabelError, ReadError, UsageError
from flr.geometry import Grid
from flr.labels import load_schemes
from flr.liver import measure
from flr.tumours import find_tumours


@pytest.fixture
def block() -> CouinaudBlock:
    return couinaud_block(tumours=((6, 4), (3, 3)), rotation_deg=OBLIQUE_DEG)


@pytest.fixture
def files(block: CouinaudBlock, tmp_path: Path) -> Path:
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "tumours.nii.gz", block.tumours, block.grid)
    write_nifti(tmp_path / "outline.nii.gz", (block.segments > 0).astype(np.uint8), block.grid)
    return tmp_path


def checks_of(liver: flr.Liver) -> set[str]:
    return {finding.check for finding in liver.quality}


def test_segments_and_tumours_make_one_liver(files: Path, block: CouinaudBlock) -> None:
    liver = flr.read_liver(files / "segments.nii.gz", tumours=files / "tumours.nii.gz")
    table = measure(liver)
    assert table.total_ml == pytest.approx(block.total_ml)
    assert table.tumour_ml == pytest.approx(sum(block.tumour_voxels.values()) * block.grid.voxel_volume_ml)
    for part, ml in block.part_ml.items():
        assert table.parts_ml[str(part)] == pytest.approx(ml)
    assert liver.source.scheme == "couinaud_8"
    assert [f.name for f in liver.source.inputs] == ["segments.nii.gz", "tumours.nii.gz"]
    assert not liver.quality


def test_only_the_box_of_the_liver_is_kept(files: Path, block: CouinaudBlock) -> None:
    liver = flr.read_liver(files / "segments.nii.gz")
    assert np.prod(liver.grid.shape) <= np.prod(block.grid.shape)
    first = np.argwhere(block.segments == 8)[0]
    here = np.argwhere(liver.parts == liver.part_index("8"))[0]
    np.testing.assert_allclose(liver.grid.world_mm(here), block.grid.world_mm(first), atol=1e-4)


def test_the_drawn_masks_of_a_plan(files: Path, block: CouinaudBlock) -> None:
    keep = np.isin(block.segments, (2, 3)).astype(np.uint8)
    write_nifti(files / "keep.nii.gz", keep, block.grid)
    liver = flr.read_liver(liver=files / "outline.nii.gz", remnant=files / "keep.nii.gz", tumours="none")
    result = assess(liver, flr.parse_plan("flr"), flr.Patient())
    assert result.volumes.remnant_ml == pytest.approx(block.part_ml[2] + block.part_ml[3])
    assert liver.tumour_status == "none"
    assert not liver.is_divided


def test_tumours_are_unknown_none_or_drawn(files: Path) -> None:
    segments = files / "segments.nii.gz"
    assert flr.read_liver(segments).tumour_status == "unknown"
    assert flr.read_liver(segments, tumours="none").tumour_status == "none"
    assert flr.read_liver(segments, tumours=files / "tumours.nii.gz").tumour_status == "drawn"


def test_an_empty_tumour_file_is_drawn_and_empty(files: Path, block: CouinaudBlock) -> None:
    write_nifti(files / "empty.nii.gz", np.zeros_like(block.tumours), block.grid)
    liver = flr.read_liver(files / "segments.nii.gz", tumours=files / "empty.nii.gz")
    assert liver.tumour_status == "drawn"
    assert measure(liver).tumour_ml == 0.0


def test_a_totalsegmentator_folder(tmp_path: Path, block: CouinaudBlock) -> None:
    for part in range(1, 9):
        mask = (block.segments == part).astype(np.uint8)
        write_nifti(tmp_path / f"liver_segment_{part}.nii.gz", mask, block.grid)
    write_nifti(tmp_path / "liver.nii.gz", (block.segments > 0).astype(np.uint8), block.grid)
    write_nifti(tmp_path / "spleen.nii.gz", np.zeros_like(block.segments), block.grid)
    liver = flr.read_liver(tmp_path, tumours="none")
    assert measure(liver).total_ml == pytest.approx(block.total_ml)
    assert liver.part_names == tuple("12345678")
    assert liver.source.segmentation_source == "TotalSegmentator"


def test_liver_without_its_tumour_is_made_whole(tmp_path: Path, block: CouinaudBlock) -> None:
    lits = np.where(block.tumours > 0, 2, np.where(block.segments > 0, 1, 0)).astype(np.uint8)
    write_nifti(tmp_path / "volume.nii.gz", lits, block.grid)
    liver = flr.read_liver(tmp_path / "volume.nii.gz", scheme="lits")
    table = measure(liver)
    assert table.total_ml == pytest.approx(block.total_ml)
    assert table.tumour_ml > 0.0


def test_a_site_maps_its_own_labels(files: Path, block: CouinaudBlock) -> None:
    odd = np.where(block.segments > 4, 7, np.where(block.segments > 0, 3, 0)).astype(np.uint8)
    write_nifti(files / "odd.nii.gz", odd, block.grid)
    liver = flr.read_liver(
        files / "odd.nii.gz", labels={"odd.nii.gz": "3=left_hemiliver,7=right_hemiliver"}, tumours="none"
    )
    assert set(liver.part_names) == {"left_hemiliver", "right_hemiliver"}
    with pytest.raises(LabelError, match="does not say what 7 means"):
        flr.read_liver(files / "odd.nii.gz", labels={"odd.nii.gz": "3=left_hemiliver"})
    with pytest.raises(UsageError, match="not among the inputs"):
        flr.read_liver(files / "odd.nii.gz", labels={"else.nii.gz": "3=left_hemiliver"})


def test_ambiguous_integers_are_refused_with_the_candidates(files: Path, block: CouinaudBlock) -> None:
    write_nifti(files / "two.nii.gz", np.minimum(block.segments, 2).astype(np.uint8), block.grid)
    with pytest.raises(LabelError) as caught:
        flr.read_liver(files / "two.nii.gz")
    for word in ("lits", "msd_task08_hepaticvessel", "--scheme", "--labels two.nii.gz:"):
        assert word in str(caught.value)


def test_vessels_and_neighbours(files: Path, block: CouinaudBlock) -> None:
    named = np.zeros_like(block.segments)
    named[block.segments == 8] = 1
    named[(block.segments == 0) & (np.indices(block.grid.shape)[0] == 0)] = 2
    write_nifti(files / "tubes.nii.gz", named, block.grid, names={1: "portal_vein", 2: "ivc"})
    liver = flr.read_liver(files / "segments.nii.gz", vessels=files / "tubes.nii.gz", tumours="none")
    assert "portal_vein" in liver.vessels
    assert measure(liver).functional_ml == pytest.approx(block.total_ml)


def test_tumours_on_a_grid_of_their_own(files: Path, block: CouinaudBlock) -> None:
    affine = block.grid.index_to_world_mm.copy()
    affine[:3, 3] = block.grid.world_mm((-2, 3, 1))
    box = block.tumours[:, 3:, 1:]
    write_nifti(files / "cropped.nii.gz", box, block.grid.crop((0, 3, 1), box.shape))
    cropped = measure(flr.read_liver(files / "segments.nii.gz", tumours=files / "cropped.nii.gz"))
    whole = measure(flr.read_liver(files / "segments.nii.gz", tumours=files / "tumours.nii.gz"))
    np.testing.assert_array_equal(cropped.voxels, whole.voxels)
    affine[:3, 3] += 0.4
    write_nifti(files / "shifted.nii.gz", block.tumours, Grid(block.grid.shape, affine))
    with pytest.raises(GeometryError, match="--resample nearest"):
        flr.read_liver(files / "segments.nii.gz", tumours=files / "shifted.nii.gz")
    sampled = flr.read_liver(files / "segments.nii.gz", tumours=files / "shifted.nii.gz", resample="nearest")
    assert measure(sampled).tumour_ml > 0.0


def name(path: Path, names: list[str]) -> Path:
    """Names beside a label map, as a table."""
    rows = [f"{value}\t{own}" for value, own in enumerate(names, start=1)]
    path.with_name(path.name.removesuffix(".nii.gz") + ".tsv").write_text("\n".join(["index\tname", *rows]))
    return path


@pytest.mark.parametrize(
    "names",
    [
        ["Segment_1", "Segment_2"],  # what 3D Slicer calls any first structures
        ["Segment_1", "Tumour"],
        ["Met A", "Met B"],
        ["Tumour 1", "something"],
        ["Tumour 1", "Tumour 2"],
    ],
)
def test_tumours_are_not_lost_by_their_names(files: Path, block: CouinaudBlock, names: list[str]) -> None:
    tumours = name(files / "tumours.nii.gz", names)
    liver = flr.read_liver(files / "segments.nii.gz", tumours=tumours)
    expected_ml = sum(block.tumour_voxels.values()) * block.grid.voxel_volume_ml
    assert measure(liver).tumour_ml == pytest.approx(expected_ml)
    assert len(find_tumours(liver)) == 2


@pytest.mark.parametrize("role", ["tumours", "vessels", "remnant", "resected"])
@pytest.mark.parametrize("names", [["gallbladder", "spleen"], ["spleen", "something"]])
def test_a_file_of_other_structures_is_refused_under_a_role(files: Path, role: str, names: list[str]) -> None:
    given: dict[str, Any] = {role: name(files / "tumours.nii.gz", names)}
    with pytest.raises(LabelError, match=f"--{role} holds .*spleen"):
        flr.read_liver(files / "segments.nii.gz", **given)


def test_maps_that_are_cropped_each_to_its_own_box_lose_nothing(files: Path, block: CouinaudBlock) -> None:
    # A tumour that bulges out of the liver, and a segment map cropped so tightly that it ends there.
    filled = np.argwhere(block.segments > 0)
    low, high = filled.min(axis=0), filled.max(axis=0) + 1
    cut = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    middle = (low + high) // 2
    tumours = np.zeros_like(block.tumours)
    tumours[high[0] - 3 : high[0] + 2, middle[1] : middle[1] + 3, middle[2] : middle[2] + 2] = 1
    assert (tumours > 0)[high[0] :].any()
    write_nifti(files / "bulging.nii.gz", tumours, block.grid)
    tight = block.grid.crop(tuple(int(v) for v in low), block.segments[cut].shape)
    write_nifti(files / "tight.nii.gz", block.segments[cut], tight)
    wide = measure(flr.read_liver(files / "segments.nii.gz", tumours=files / "bulging.nii.gz"))
    cropped = measure(flr.read_liver(files / "tight.nii.gz", tumours=files / "bulging.nii.gz"))
    np.testing.assert_array_equal(cropped.voxels, wide.voxels)
    assert wide.tumour_ml == pytest.approx(np.count_nonzero(tumours) * block.grid.voxel_volume_ml)


@pytest.mark.parametrize("role", ["liver", "tumours", "vessels", "remnant", "resected", "ablated_zone"])
def test_what_lies_wholly_elsewhere_is_refused(files: Path, block: CouinaudBlock, role: str) -> None:
    far = block.grid.crop((0, 0, 500), block.grid.shape)
    write_nifti(files / "far.nii.gz", (block.tumours == 1).astype(np.uint8), far)
    given: dict[str, Any] = {role: files / "far.nii.gz"}
    with pytest.raises(GeometryError, match="from another scan"):
        flr.read_liver(segments=files / "segments.nii.gz", **given)


def test_tumours_keep_their_numbers_when_only_one_lies_in_the_liver(
    files: Path, block: CouinaudBlock
) -> None:
    tumours = np.where(block.tumours == 2, 2, 0).astype(np.uint8)
    tumours[:2, :2, :2] = 1
    assert not block.segments[:3, :3, :3].any()
    inside = np.argwhere(block.tumours == 2)
    tumours[tuple(inside[len(inside) // 2])] = 0
    write_nifti(files / "numbered.nii.gz", tumours, block.grid)
    liver = flr.read_liver(files / "segments.nii.gz", tumours=files / "numbered.nii.gz")
    assert "tumour_outside_liver" in checks_of(liver)
    assert [tumour.name for tumour in find_tumours(liver)] == ["T2"]


def test_tumours_of_several_files_are_kept_apart_or_said(files: Path, block: CouinaudBlock) -> None:
    first = (block.tumours == 1).astype(np.uint8)
    second = (block.tumours == 2).astype(np.uint8)
    second[tuple(np.argwhere(first)[0])] = 1
    write_nifti(files / "a.nii.gz", first, block.grid)
    write_nifti(files / "b.nii.gz", second, block.grid)
    inputs = [files / name for name in ("segments.nii.gz", "a.nii.gz", "b.nii.gz")]
    apart = flr.read_liver(*inputs, labels={"a.nii.gz": "1=tumour_1", "b.nii.gz": "1=tumour_2"})
    assert [f.message for f in apart.quality if f.check == "overlap_resolved"] == [
        f"{block.grid.voxel_volume_ml:.2f} mL lay in more than one tumour and was given to the first of them"
    ]
    assert len(find_tumours(apart)) == 2
    fused = flr.read_liver(*inputs, labels={"a.nii.gz": "1=tumour_1", "b.nii.gz": "1=tumour_1"})
    assert "structure_repeated" in checks_of(fused)


def test_a_liver_at_the_border_is_a_lower_bound(tmp_path: Path) -> None:
    block = couinaud_block(margin_voxels=0)
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    liver = flr.read_liver(tmp_path / "segments.nii.gz", tumours="none")
    assert liver.truncated
    result = assess(
        liver, flr.parse_plan("H5678"), flr.Patient(weight_kg=72, height_cm=171, condition="normal")
    )
    assert result.volumes.lower_bound
    assert result.volumes.total_ml == pytest.approx(block.total_ml)
    assert result.measures.flr_percent_of_measured is None
    assert {f.verdict for f in result.findings} == {"not_assessed"}
    assert result.flag == "indeterminate"


def test_a_map_cropped_to_the_liver_is_whole_when_the_image_goes_on(tmp_path: Path) -> None:
    roomy = couinaud_block(margin_voxels=4)
    tight = (slice(1, -1), slice(1, -1), slice(1, -1))  # the block's caps touch every border
    segments = np.ascontiguousarray(roomy.segments[tight])
    assert (segments > 0).sum() == (roomy.segments > 0).sum()
    write_nifti(tmp_path / "segments.nii.gz", segments, roomy.grid.crop((1, 1, 1), segments.shape))
    image = np.where(roomy.segments > 0, 110, -80).astype(np.int16)
    write_nifti(tmp_path / "ct.nii.gz", image, roomy.grid)
    liver = flr.read_liver(tmp_path / "segments.nii.gz", image=tmp_path / "ct.nii.gz", tumours="none")
    assert not liver.truncated
    assert liver.image is not None
    np.testing.assert_array_equal(liver.image[liver.parts > 0], 110.0)


def test_an_image_off_the_lattice_is_resampled_for_pictures_only(files: Path, block: CouinaudBlock) -> None:
    affine = block.grid.index_to_world_mm.copy()
    affine[:3, 3] += 0.9
    smooth = np.fromfunction(lambda i, j, k: 100 + 2 * i + 3 * j + 5 * k, block.grid.shape).astype(np.int16)
    write_nifti(files / "ct.nii.gz", smooth, Grid(block.grid.shape, affine))
    liver = flr.read_liver(files / "segments.nii.gz", image=files / "ct.nii.gz", tumours="none")
    assert "image_resampled" in checks_of(liver)
    assert liver.image is not None
    assert liver.image.shape == liver.grid.shape
    centre = np.argwhere(liver.parts > 0).mean(axis=0).astype(int)
    shift = np.linalg.solve(affine[:3, :3], liver.grid.world_mm(centre) - affine[:3, 3])
    assert liver.image[tuple(centre)] == pytest.approx(100 + shift @ (2, 3, 5), abs=0.6)


def test_overlapping_segments_of_a_folder_are_settled_and_said(tmp_path: Path, block: CouinaudBlock) -> None:
    for part in range(1, 9):
        mask = (block.segments == part) | ((part == 8) & (block.segments == 7))
        write_nifti(tmp_path / f"liver_segment_{part}.nii.gz", mask.astype(np.uint8), block.grid)
    liver = flr.read_liver(tmp_path, tumours="none")
    assert "overlap_resolved" in checks_of(liver)
    assert measure(liver).total_ml == pytest.approx(block.total_ml)


def test_segments_that_do_not_fill_the_liver(files: Path, block: CouinaudBlock) -> None:
    half = np.where(block.segments == 7, 0, block.segments).astype(np.uint8)
    write_nifti(files / "half.nii.gz", half, block.grid)
    liver = flr.read_liver(liver=files / "outline.nii.gz", segments=files / "half.nii.gz", tumours="none")
    assert {"segments_do_not_sum", "liver_outside_segments"} <= checks_of(liver)
    assert measure(liver).total_ml == pytest.approx(block.total_ml)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda p, b: p / "absent.nii.gz", ReadError, "absent.nii.gz"),
        (lambda p, b: _write(p / "x.nii.gz", b""), ReadError, "x.nii.gz"),
        (lambda p, b: _write(p / "x.nii.gz", b"no image at all"), ReadError, "x.nii.gz"),
        (lambda p, b: _cut(p, b), ReadError, "x.nii.gz"),
        (lambda p, b: _array(p, b, np.zeros_like(b.segments)), LabelError, "no labelled voxel"),
        (lambda p, b: _array(p, b, b.segments * np.float32(1.5)), LabelError, r"label value \d+\.5"),
        (lambda p, b: _array(p, b, np.where(b.segments > 0, np.nan, 0.0)), LabelError, "(?i)nan"),
        (lambda p, b: _array(p, b, -b.segments.astype(np.int16)), LabelError, "-"),
    ],
    ids=["absent", "empty", "wrong magic", "truncated", "no liver", "fractional", "nan", "negative"],
)
def test_what_cannot_be_a_label_map_is_refused(
    tmp_path: Path,
    block: CouinaudBlock,
    make,
    error: type[Exception],
    says: str,  # type: ignore[no-untyped-def]
) -> None:
    path = make(tmp_path, block)
    with pytest.raises(error, match=says) as caught:
        flr.read_liver(segments=path)
    assert str(tmp_path) not in str(caught.value)


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _cut(folder: Path, block: CouinaudBlock) -> Path:
    path = folder / "x.nii.gz"
    write_nifti(path, block.segments, block.grid)
    path.write_bytes(path.read_bytes()[:-40])
    return path


def _array(folder: Path, block: CouinaudBlock, voxels: np.ndarray) -> Path:
    write_nifti(folder / "x.nii.gz", voxels, block.grid)
    return folder / "x.nii.gz"


def test_one_file_as_a_label_map(files: Path, block: CouinaudBlock) -> None:
    labels = flr.read_labels(files / "segments.nii.gz")
    assert labels.mapping == {n: f"segment_{n}" for n in range(1, 9)}
    assert labels.scheme.name == "couinaud_8"
    assert int((labels.voxels == 8).sum()) == block.part_voxels[8]
    first = np.argwhere(labels.voxels == 4)[0]
    there = np.argwhere(block.segments == 4)[0]
    np.testing.assert_allclose(labels.grid.world_mm(first), block.grid.world_mm(there), atol=1e-4)
    write_nifti(files / "two.nii.gz", np.minimum(block.segments, 2).astype(np.uint8), block.grid)
    with pytest.raises(LabelError, match=r"choose a scheme with scheme=NAME .*lits"):
        flr.read_labels(files / "two.nii.gz")
    assert flr.read_labels(files / "two.nii.gz", scheme="lits").mapping == {1: "liver", 2: "tumour"}


def test_no_input_at_all() -> None:
    with pytest.raises(UsageError, match="no input"):
        flr.read_liver()


# --- schemes made in Python, and who has reviewed ---------------------------------------------


def _volumes(liver: flr.Liver) -> dict[str, float]:
    return dict(measure(liver).parts_ml)


def test_a_scheme_made_in_python_counts_like_its_file(files: Path, block: CouinaudBlock) -> None:
    shifted = (block.segments + 10 * (block.segments > 0)).astype(np.uint8)
    write_nifti(files / "shifted.nii.gz", shifted, block.grid)
    labels = {10 + n: f"segment_{n}" for n in range(1, 9)}
    text = json.dumps({"name": "ours", "labels": {str(n): name for n, name in labels.items()}})
    (files / "ours.json").write_text(text, encoding="utf-8")
    by_file = flr.read_liver(files / "shifted.nii.gz", scheme=files / "ours.json")
    by_object = flr.read_liver(files / "shifted.nii.gz", scheme=flr.LabelScheme("ours", labels))
    assert _volumes(by_file) == _volumes(by_object)
    assert (by_file.source.scheme, by_object.source.scheme) == ("ours", "ours")
    assert by_object.source.reading is not None
    assert by_object.source.reading.scheme == "ours"
    assert [(g.role, g.name) for g in by_object.source.reading.given][-1] == ("scheme", "memory")
    map_ = flr.read_labels(files / "shifted.nii.gz", scheme=flr.LabelScheme("ours", labels))
    assert map_.mapping == labels


def test_a_shipped_scheme_as_an_object_is_its_name(files: Path) -> None:
    scheme = load_schemes()["couinaud_8"]
    by_object = flr.read_liver(files / "segments.nii.gz", scheme=scheme)
    by_name = flr.read_liver(files / "segments.nii.gz", scheme="couinaud_8")
    assert by_object.source == by_name.source
    # Another meaning under a known name is another scheme, and the result says so.
    labels = {**scheme.labels, 4: "segment_8", 8: "segment_4"}
    lie = flr.read_liver(files / "segments.nii.gz", scheme=flr.LabelScheme("couinaud_8", labels))
    assert lie.source.reading is not None
    assert [g.name for g in lie.source.reading.given] == ["segments.nii.gz", "memory"]
    patient = flr.Patient(weight_kg=60, height_cm=165, condition="normal")
    assert assess(lie, "H67", patient).flag == "indeterminate"


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        (flr.LabelScheme("x", {1: "Liver"}), "no canonical name; did you mean"),
        (flr.LabelScheme("x", {1: "liver", 2: "tumor"}), "'x': 2 means 'tumor'"),
        (flr.LabelScheme("x", {1: "liver"}, aliases={7: "hcc"}), "7 means 'hcc'"),
        (flr.LabelScheme("x", {}, {"Leber": "Leber"}), "'leber' means 'Leber'"),
        (flr.LabelScheme("x", {}), "no labels"),
        (flr.LabelScheme("x", {True: "liver"}), "label True"),
        (flr.LabelScheme("x", {1.5: "liver"}), "label 1.5"),  # type: ignore[dict-item]
    ],
)
def test_a_scheme_made_in_python_is_held_to_the_rules_of_a_file(
    files: Path, scheme: flr.LabelScheme, expected: str
) -> None:
    with pytest.raises(LabelError, match=expected):
        flr.read_liver(files / "segments.nii.gz", scheme=scheme)


@pytest.mark.parametrize("reviewed", [None, False, True])
def test_a_review_is_recorded(files: Path, reviewed: bool | None) -> None:
    assert flr.read_liver(files / "segments.nii.gz", reviewed=reviewed).source.reviewed is reviewed


@pytest.mark.parametrize("reviewed", ["no", "yes", 1, 0, "", np.True_])
def test_words_are_no_review(files: Path, reviewed: Any) -> None:
    with pytest.raises(UsageError, match="expected True, False, or None"):
        flr.read_liver(files / "segments.nii.gz", reviewed=reviewed)


def test_objects_have_a_door_of_their_own(files: Path, block: CouinaudBlock) -> None:
    objects: dict[str, Any] = {"tumours": block.tumours, "image": block.tumours, "liver": [1]}
    for role, thing in objects.items():
        with pytest.raises(UsageError, match=rf"{role} is a \w+; expected a path: flr.liver_from_labels"):
            flr.read_liver(files / "segments.nii.gz", **{role: thing})
    with pytest.raises(UsageError, match="an input is a ndarray"):
        flr.read_liver(block.segments)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="scheme is a dict"):
        flr.read_liver(files / "segments.nii.gz", scheme={1: "liver"})  # type: ignore[arg-type]


@pytest.mark.parametrize("door", ["file", "memory"])
def test_a_chosen_scheme_speaks_of_segments_given_by_role(door: str, tmp_path: Path) -> None:
    """The lie: a ninth label among eight segments, which by its number makes a map with 4a and 4b."""
    voxels, grid = couinaud_egg((4.0, 5.0, 6.0))
    ninth = voxels.copy()
    ninth[tuple(np.argwhere(voxels == 7)[:60].T)] = 9

    def read(labels: Any, scheme: str) -> flr.Liver:
        if door == "memory":
            return flr.liver_from_labels(
                labels, segments=None, affine=grid.index_to_world_mm, scheme=scheme, tumours="none"
            )
        path = write_nifti(tmp_path / "map.nii.gz", labels, grid)
        return flr.read_liver(segments=path, scheme=scheme, tumours="none")

    assert read(voxels, "couinaud_8").part_names == tuple("12345678")
    with pytest.raises(LabelError, match=r"labels \[9\] are not in scheme 'couinaud_8'"):
        read(ninth, "couinaud_8")
