"""DICOM SEG: every type, frames by position, overlaps, gaps, names and codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from dicom_phantoms import (
    LIVER_CODE,
    Ellipsoid,
    dense,
    even_heights_mm,
    segment,
    stack_at,
    volumes_ml,
    write_seg,
    write_series,
)
from pydicom.dataset import Dataset

from flr.dicom.layers import popcount
from flr.dicom.study import open_study
from flr.errors import GeometryError, ReadError
from flr.io.source import count, load_box
from flr.io.structures import find_structures
from flr.io.volumes import structure_volumes
from flr.labels import detect

BODY = Ellipsoid()
STACK = stack_at(even_heights_mm(5.0))
LIVER = STACK.masks(BODY)
TUMOUR = STACK.masks(Ellipsoid((20.0, -11.0, 290.0), (14.0, 12.0, 16.0)))
HALF = LIVER.copy()
HALF[:, :, :80] = False
N = len(LIVER)


def checks_of(sources: Any) -> dict[str, str]:
    return {f.check: f.severity for source in sources for f in source.quality}


def read(*paths: Path) -> Any:
    return open_study(paths).sources


@pytest.fixture(scope="module")
def ct(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ct")
    write_series(folder, STACK)
    return folder


def test_a_binary_segmentation_voxel_by_voxel(tmp_path: Path, ct: Path) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    (source,) = read(seg, ct)
    np.testing.assert_array_equal(dense(source), LIVER)
    assert source.series is not None
    assert source.grid.matches(source.series.grid)
    assert source.kind == "dicom_seg"
    assert source.quality == ()
    counts = count(source)
    assert counts.voxels == {1: int(LIVER.sum())}
    box = load_box([source], pad_voxels=0)
    np.testing.assert_array_equal(
        box.arrays[0].T, LIVER[np.ix_(*[np.flatnonzero(LIVER.any(axis=a)) for a in ((1, 2), (0, 2), (0, 1))])]
    )


@pytest.mark.parametrize("with_images", [True, False])
@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_frames_lie_by_position_in_any_order(tmp_path: Path, ct: Path, order: str, with_images: bool) -> None:
    frames = [(1, k) for k in range(N) if LIVER[k].any()][::-1]
    if order == "shuffled":
        frames = [frames[n] for n in np.random.default_rng(1).permutation(len(frames))]
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], frames=frames)
    (source,) = read(seg, ct) if with_images else read(seg)
    drawn = dense(source)
    np.testing.assert_array_equal(drawn[drawn.any(axis=(1, 2))], LIVER[LIVER.any(axis=(1, 2))])
    k = int(np.flatnonzero(drawn.any(axis=(1, 2)))[0])
    assert source.grid.world_mm((0, 0, k))[2] == pytest.approx(
        STACK.origins_mm[frames and min(k for _, k in frames), 2]
    )


def test_a_cropped_segmentation_lies_inside_its_images(tmp_path: Path, ct: Path) -> None:
    window = (slice(12, 130), slice(10, 139))
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], window=window)
    (source,) = read(seg, ct)
    np.testing.assert_array_equal(dense(source), LIVER)
    (alone,) = read(seg)
    assert alone.grid.shape[:2] == (129, 118)
    assert volumes_ml(alone) == pytest.approx(volumes_ml(source))
    np.testing.assert_allclose(
        alone.grid.world_mm((0, 0, 0))[:2], source.grid.world_mm((10, 12, 0))[:2], atol=1e-5
    )


def test_rows_that_do_not_fill_bytes(tmp_path: Path) -> None:
    """Frames of a binary segmentation follow one another bit by bit."""
    window = (slice(20, 129), slice(10, 137))
    assert 109 * 127 % 8
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], window=window)
    assert volumes_ml(read(seg)[0])[1] == pytest.approx(LIVER[(slice(None), *window)].sum() * 4.95e-3)


def test_overlapping_segments_stay_separate(tmp_path: Path, ct: Path) -> None:
    parts = {1: LIVER, 2: HALF, 3: TUMOUR & ~HALF, 4: ~LIVER & (np.arange(N)[:, None, None] == 15)}
    labels = ("Liver", "Liver Remnant", "Tumor_1", "Portal")
    seg = write_seg(tmp_path / "s.dcm", STACK, parts, [segment(n, name) for n, name in enumerate(labels, 1)])
    sources = read(seg, ct)
    assert [set(count(source).voxels) for source in sources] == [{1, 4}, {2, 3}]
    for source in sources:
        for value, n in count(source).voxels.items():
            assert n == parts[value].sum()
    assert [source.name for source in sources] == ["s.dcm layer 0", "s.dcm layer 1"]


def test_segments_that_exclude_one_another_share_a_layer(tmp_path: Path) -> None:
    seg = write_seg(
        tmp_path / "s.dcm",
        STACK,
        {5: LIVER & ~HALF, 6: HALF},
        [segment(5, "Segment V"), segment(6, "Segment VI")],
    )
    (source,) = read(seg)
    assert dict(source.names) == {5: "Segment V", 6: "Segment VI"}
    assert set(count(source).voxels) == {5, 6}


def test_fractional_occupancy_is_summed_and_cut_at_half(tmp_path: Path, ct: Path) -> None:
    fractions = np.where(HALF, 1.0, np.where(LIVER, 0.4, 0.0))
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: fractions}, [segment(1, "Liver")], kind="FRACTIONAL")
    for given in ((seg, ct), (seg,)):
        (source,) = read(*given)
        voxel_ml = 1.1 * 0.9 * 5.0 / 1000.0
        assert count(source).voxels == {1: int(HALF.sum())}
        assert source.partial_ml[1] == pytest.approx(
            (HALF.sum() + 0.4 * (LIVER & ~HALF).sum()) * voxel_ml, rel=1e-9
        )
        assert checks_of([source])["fractional_occupancy"] == "info"


def test_probabilities_are_never_summed(tmp_path: Path, ct: Path) -> None:
    seg = write_seg(
        tmp_path / "s.dcm",
        STACK,
        {1: LIVER * 0.6},
        [segment(1, "Liver")],
        kind="FRACTIONAL",
        fractional="PROBABILITY",
    )
    (source,) = read(seg, ct)
    assert source.partial_ml == {}
    assert count(source).voxels == {1: int(LIVER.sum())}
    assert checks_of([source])["fractional_probability"] == "warning"
    assert "0.5" in source.quality[0].message


@pytest.mark.parametrize("padding", [None, 0, 255])
def test_a_label_map(tmp_path: Path, ct: Path, padding: int | None) -> None:
    labels = np.where(HALF, 6, np.where(LIVER, 5, padding or 0)).astype(np.uint8)
    described = [segment(0, "Background"), segment(5, "Segment V"), segment(6, "Segment VI")]
    seg = write_seg(
        tmp_path / "s.dcm",
        STACK,
        {0: labels},
        described,
        kind="LABELMAP",
        padding=padding,
        frames=[(0, k) for k in range(N)],
    )
    (source,) = read(seg, ct)
    assert count(source).voxels == {5: int((LIVER & ~HALF).sum()), 6: int(HALF.sum())}
    assert dict(source.names) == {5: "Segment V", 6: "Segment VI"}


def test_a_gap_inside_the_organ_is_no_silent_zero(tmp_path: Path, ct: Path) -> None:
    frames = [(1, k) for k in range(N) if LIVER[k].any() and k not in (14, 15)]
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], frames=frames)
    (source,) = read(seg, ct)
    assert checks_of([source]) == {"seg_gap": "error"}
    (finding,) = source.quality
    missing_ml = LIVER[14:16].sum() * 4.95e-3
    assert "2 slice(s)" in finding.message
    assert f"{STACK.origins_mm[13, 2]:.2f} and {STACK.origins_mm[16, 2]:.2f} mm" in finding.message
    said_ml = float(finding.message.split("about ")[1].split(" mL")[0])
    assert said_ml == pytest.approx(missing_ml, rel=0.02)
    (alone,) = read(seg)
    assert checks_of([alone])["seg_gap"] == "error"
    drawn_ml = sum(LIVER[k].sum() for _, k in frames) * 4.95e-3
    assert volumes_ml(alone)[1] == pytest.approx(drawn_ml, rel=1e-9)
    assert volumes_ml(source)[1] == pytest.approx(drawn_ml, rel=1e-9)


def test_a_long_gap_stays_empty_with_an_error(tmp_path: Path) -> None:
    frames = [(1, k) for k in range(N) if LIVER[k].any() and not 10 <= k < 20]
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], frames=frames)
    (alone,) = read(seg)
    assert checks_of([alone])["seg_gap"] == "error"
    assert volumes_ml(alone)[1] == pytest.approx(sum(LIVER[k].sum() for _, k in frames) * 4.95e-3)


def test_two_tumours_far_apart_are_no_gap(tmp_path: Path, ct: Path) -> None:
    low = STACK.masks(Ellipsoid((20.0, -11.0, 250.0), (14.0, 12.0, 16.0)))
    high = STACK.masks(Ellipsoid((-25.0, -11.0, 350.0), (14.0, 12.0, 16.0)))
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: low | high}, [segment(1, "Tumor")])
    for given in ((seg, ct), (seg,)):
        sources = read(*given)
        assert "seg_gap" not in checks_of(sources)
        assert volumes_ml(sources[0])[1] == pytest.approx((low | high).sum() * 4.95e-3)
        assert sources[0].grid.is_even


def test_the_end_of_the_scan_is_known_from_the_images(tmp_path: Path, ct: Path) -> None:
    top = STACK.only(range(18))
    cut = LIVER[:18]
    write_series(tmp_path / "cut", top)
    seg = write_seg(tmp_path / "s.dcm", top, {1: cut}, [segment(1, "Liver")])
    for given in ((seg, tmp_path / "cut"), (seg,)):
        (source,) = read(*given)
        assert count(source).touches[1] == {"k+"}
        assert "scan_extent_unknown" not in checks_of([source])
    whole = write_seg(tmp_path / "w.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    for given in ((whole, ct), (whole,)):
        (source,) = read(*given)
        assert count(source).touches[1] == frozenset()


def test_the_end_of_the_scan_may_be_unknown(tmp_path: Path) -> None:
    shuffled = [STACK.uids[n] for n in np.random.default_rng(5).permutation(N)]
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], listed=shuffled)
    (source,) = read(seg)
    assert checks_of([source]) == {"scan_extent_unknown": "warning"}
    assert count(source).touches[1] == frozenset()


def test_slices_further_apart_than_declared_are_said(tmp_path: Path) -> None:
    frames = [(1, k) for k in range(0, N, 2) if LIVER[k].any()]
    seg = write_seg(
        tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], frames=frames, spacing_between_mm=5.0
    )
    (source,) = read(seg)
    assert checks_of([source])["seg_gap"] == "error"
    assert volumes_ml(source)[1] == pytest.approx(BODY.ml / 2, rel=0.01)


def test_a_segmentation_flipped_against_its_images(tmp_path: Path, ct: Path) -> None:
    from dataclasses import replace

    flipped = replace(
        STACK,
        origins_mm=STACK.origins_mm + np.array([0.0, 0.9 * 135, 0.0]),
        orientation=(1.0, 0.0, 0.0, 0.0, -1.0, 0.0),
    )
    assert np.array_equal(flipped.masks(BODY), LIVER[:, ::-1])
    seg = write_seg(tmp_path / "s.dcm", flipped, {1: LIVER[:, ::-1]}, [segment(1, "Liver")])
    (source,) = read(seg, ct)
    from flr.io.lattice import lattice_step

    (series,) = open_study([ct]).series
    assert lattice_step(series.grid, source.grid) is not None
    assert count(source).voxels == {1: int(LIVER.sum())}


@pytest.mark.parametrize(
    ("label", "code", "region", "name"),
    [
        ("Liver", LIVER_CODE, None, "Liver"),
        ("Liver Remnant", LIVER_CODE, None, "Liver Remnant"),
        ("Segment_1", LIVER_CODE, None, "liver"),
        ("", ("T-62000", "SRT", "Liver"), None, "liver"),
        ("Foie entier", LIVER_CODE, None, "Foie entier"),
        ("Organe opéré", LIVER_CODE, None, "liver"),
        ("future remnant left", LIVER_CODE, None, "future remnant left"),
        ("IVa", ("277958008", "SCT", "Segment IV"), None, "segment_4a"),
        ("Label 3", ("277959000", "SCT", "Segment V"), None, "segment_5"),
        ("m1", ("4147007", "SCT", "Mass"), LIVER_CODE, "tumour"),
        ("m1", ("4147007", "SCT", "Mass"), ("64033007", "SCT", "Kidney"), "m1"),
        ("v", ("59820001", "SCT", "Blood vessel"), LIVER_CODE, "hepatic_vessel"),
        ("Hepatic", ("29092000", "SCT", "Vein"), None, "Hepatic"),
        ("thing", ("12345", "99X", "Thing"), None, "thing"),
    ],
)
def test_names_come_from_labels_then_from_codes(
    tmp_path: Path, label: str, code: tuple[str, str, str], region: Any, name: str
) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, label, code, region)])
    (source,) = read(seg)
    assert source.names[1] == name
    if name == "future remnant left":
        assert checks_of([source])["label_against_code"] == "warning"
    assert source.segments[0].type_code == (code[1], code[0], code[2])
    assert ("anatomic_region" in source.segments[0].tags) is (region is not None)


def test_the_tcia_convention(tmp_path: Path) -> None:
    labels = ("Liver", "Liver Remnant", "Hepatic", "Portal", "Tumor_1", "Tumor_2")
    vein = ("29092000", "SCT", "Vein")
    codes = (LIVER_CODE, LIVER_CODE, vein, vein, ("4147007", "SCT", "Mass"), ("4147007", "SCT", "Mass"))
    masks = dict.fromkeys(range(3, 7), TUMOUR) | {1: LIVER, 2: HALF}
    described = [segment(n, *pair) for n, pair in enumerate(zip(labels, codes, strict=True), 1)]
    sources = read(write_seg(tmp_path / "s.dcm", STACK, masks, described))
    found: dict[int, str] = {}
    for source in sources:
        found |= detect(source.dtype and list(count(source).voxels), source.names).mapping
    assert found == {1: "liver", 2: "flr", 3: "hepatic_vein", 4: "portal_vein", 5: "tumour_1", 6: "tumour_2"}


def test_an_empty_segmentation_is_refused(tmp_path: Path) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER * 0}, [segment(1, "Liver")], frames=[(1, 3), (1, 4)])
    with pytest.raises(ReadError, match="empty segmentation"):
        read(seg)
    seg = write_seg(tmp_path / "t.dcm", STACK, {1: LIVER * 0}, [segment(1, "Liver")], frames=[])
    with pytest.raises(ReadError, match="empty segmentation"):
        read(seg)


def test_a_segment_without_voxels_is_named(tmp_path: Path) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver"), segment(2, "Tumor_1")])
    (source,) = read(seg)
    assert checks_of([source]) == {"segment_empty": "info"}


def test_another_frame_of_reference_is_refused(tmp_path: Path, ct: Path) -> None:
    from dataclasses import replace

    other = replace(STACK, frame_uid="1.2.3.4", series_uid="1.2.3.5")
    seg = write_seg(tmp_path / "s.dcm", other, {1: LIVER}, [segment(1, "Liver")])
    with pytest.raises(GeometryError, match="different frames of reference"):
        read(seg, ct)


def test_an_absent_referenced_series_is_said(tmp_path: Path, ct: Path) -> None:
    from dataclasses import replace

    other = replace(STACK, series_uid="1.2.3.5")
    seg = write_seg(tmp_path / "s.dcm", other, {1: LIVER}, [segment(1, "Liver")])
    study = open_study([seg, ct])
    assert [f.check for f in study.quality] == ["referenced_series_absent"]
    assert study.sources[0].series is not None


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_cut_pixels_are_refused(tmp_path: Path, kind: str) -> None:
    key = 0 if kind == "LABELMAP" else 1
    seg = write_seg(
        tmp_path / "s.dcm", STACK, {key: LIVER}, [segment(1, "Liver")], kind=kind, PixelData=b"\0" * 100
    )
    with pytest.raises(ReadError, match="cut short"):
        read(seg)


def test_frames_without_position_are_refused(tmp_path: Path) -> None:
    import pydicom

    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    content = pydicom.dcmread(seg)
    for group in content.PerFrameFunctionalGroupsSequence:
        del group.PlanePositionSequence
    content.save_as(seg)
    with pytest.raises(GeometryError, match="without a position"):
        read(seg)


def test_popcount_counts_every_bit() -> None:
    rng = np.random.default_rng(2)
    for n in (1, 7, 8, 64, 4097):
        bits = rng.integers(0, 256, n).astype(np.uint8)
        assert popcount(bits) == int(np.unpackbits(bits).sum())


def dcmqi_volumes(seg: Path, folder: Path) -> dict[int, int]:
    """Voxels of each segment as dcmqi's own reader finds them."""
    nrrd = pytest.importorskip("nrrd")
    pytest.importorskip("dcmqi")
    folder.mkdir()
    command = Path(sys.executable).parent / "segimage2itkimage"
    subprocess.run(
        [command, "--inputDICOM", seg, "--outputDirectory", folder, "--outputType", "nrrd", "--prefix", "q"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    found: dict[int, int] = {}
    for path in folder.glob("*.nrrd"):
        voxels, _ = nrrd.read(str(path))
        for value in np.unique(voxels[voxels != 0]).tolist():
            found[int(value)] = found.get(int(value), 0) + int((voxels == value).sum())
    return found


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "voxels"),
    [
        ("dcmqi/liver.dcm", {1: 107098}),
        ("dcmqi/partial_overlaps.dcm", {1: 9602, 2: 11888, 3: 10743, 4: 6693, 5: 4713}),
        ("derived/seg_binary_4seg.dcm", {1: 366708, 2: 3015, 3: 4772, 4: 130634}),
    ],
)
def test_real_segmentations_as_dcmqi_reads_them(
    real_data: Path, tmp_path: Path, file: str, voxels: dict[int, int]
) -> None:
    found: dict[int, int] = {}
    for source in read(real_data / file):
        found |= count(source).voxels
    assert found == voxels
    assert found == dcmqi_volumes(real_data / file, tmp_path / "out")


@pytest.mark.real
def test_a_real_liver_is_the_same_voxel_by_voxel_as_its_nrrd(real_data: Path) -> None:
    from flr.io.source import open_sources

    (source,) = read(real_data / "dcmqi" / "liver.dcm", real_data / "dcmqi" / "ct-3slice")
    (nrrd,) = open_sources(real_data / "dcmqi" / "liver_seg.nrrd")
    assert volumes_ml(source)[1] == pytest.approx(70.362, abs=0.0005)
    from flr.io.lattice import Box, place

    box = Box((0, 0, 0), source.grid.shape)
    np.testing.assert_array_equal(
        *(place(one, count(one), {1}, source.grid, box, None, np.dtype(np.uint8)) for one in (nrrd, source))
    )


@pytest.mark.real
def test_a_real_liver_over_its_series(real_data: Path) -> None:
    (source,) = read(real_data / "derived" / "seg_binary_4seg.dcm", real_data / "derived" / "ct_dicom")
    assert volumes_ml(source)[1] == pytest.approx(699.44, abs=0.005)
    assert count(source).touches[1] >= {"k-", "k+"}


@pytest.mark.real
def test_real_overlapping_segments(real_data: Path) -> None:
    sources = read(real_data / "highdicom" / "seg_image_ct_binary_overlap.dcm")
    assert [count(source).voxels for source in sources] == [{1: 64}, {2: 16}]


def test_a_frame_of_reference_that_contradicts_the_reference_is_said(tmp_path: Path, ct: Path) -> None:
    from dataclasses import replace

    other = replace(STACK, frame_uid="1.2.3.4")
    seg = write_seg(tmp_path / "s.dcm", other, {1: LIVER}, [segment(1, "Liver")])
    study = open_study([seg, ct])
    assert [(f.check, f.severity) for f in study.quality] == [("frame_of_reference_differs", "error")]
    assert study.sources[0].series is not None


def test_a_study_that_contradicts_the_reference_is_said(tmp_path: Path, ct: Path) -> None:
    for own, found in ((STACK.study_uid, []), ("1.2.3.5", ["frame_of_reference_differs"])):
        seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], StudyInstanceUID=own)
        study = open_study([seg, ct])
        assert [f.check for f in study.quality] == found
        assert all("another study" in f.message for f in study.quality)


def test_highdicom_finds_the_same_voxels(tmp_path: Path) -> None:
    hd = pytest.importorskip("highdicom")
    frames = [(n, k) for n in (1, 2) for k in reversed(range(N)) if (LIVER if n == 1 else HALF)[k].any()]
    seg = write_seg(
        tmp_path / "s.dcm",
        STACK,
        {1: LIVER & ~HALF, 2: HALF},
        [segment(1, "a"), segment(2, "b")],
        frames=[f for f in frames if ({1: LIVER & ~HALF, 2: HALF}[f[0]])[f[1]].any()],
        spacing_between_mm=5.0,
    )
    volume = hd.seg.segread(seg).get_volume(combine_segments=True)
    theirs = volume.array[:: -1 if volume.affine[2, 0] < 0 else 1]  # it may run from head to foot
    (source,) = read(seg)
    drawn = dense(source)
    inside = drawn.any(axis=(1, 2))
    np.testing.assert_array_equal(drawn[inside], theirs)


def _box(mask: np.ndarray) -> tuple[slice, slice]:
    rows, columns = (np.flatnonzero(mask.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP", "FRACTIONAL"])
def test_frames_cut_out_around_the_liver_do_not_cut_it_off(tmp_path: Path, ct: Path, kind: str) -> None:
    """The same volume alone as beside its images; alone, whether the scan ends there is not known."""
    masks = {0: LIVER.astype(np.uint8)} if kind == "LABELMAP" else {1: LIVER}
    frames = [(next(iter(masks)), k) for k in range(N) if LIVER[k].any()]
    segments = [segment(1, "Liver")]
    seg = write_seg(tmp_path / "s.dcm", STACK, masks, segments, kind=kind, frames=frames, window=_box(LIVER))
    (alone,), (beside,) = read(seg), read(seg, ct)
    assert volumes_ml(alone) == pytest.approx(volumes_ml(beside))
    assert "scan_extent_unknown" in checks_of([alone])
    assert "scan_extent_unknown" not in checks_of([beside])
    assert count(alone).touches[1] == frozenset()
    for i, j, k in np.argwhere(dense(alone) == 1)[::997, ::-1]:  # every voxel where it was
        (x, y, z), index = alone.grid.world_mm(np.array([[i, j, k]]))[0], None
        index = np.rint(np.linalg.inv(beside.grid.index_to_world_mm) @ [x, y, z, 1.0])[:3].astype(int)
        assert dense(beside)[index[2], index[1], index[0]] == 1


@pytest.mark.parametrize("side", ["left", "right", "front", "back"])
def test_a_liver_that_the_frames_cut_through_shows_a_flat_face(tmp_path: Path, side: str) -> None:
    """The lie: frames that end inside the liver, read without their images."""
    rows, columns = _box(LIVER)
    across, along = (columns, rows) if side in ("left", "right") else (rows, columns)
    middle = (across.start + across.stop) // 2
    cut = slice(middle, across.stop) if side in ("left", "front") else slice(across.start, middle)
    window = (along, cut) if side in ("left", "right") else (cut, along)
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], window=window)
    found = {f.check: f.severity for f in structure_volumes([seg]).inventory.quality}
    assert found["liver_cut_flat"] == "error"


def _with_measures(path: Path, keyword: str, values: list[float]) -> Path:
    """Frames that state their own measures, in turn."""
    content = pydicom.dcmread(path)
    shared = content.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    for number, group in enumerate(content.PerFrameFunctionalGroupsSequence):
        own = Dataset()
        own.PixelSpacing, own.SliceThickness = shared.PixelSpacing, shared.SliceThickness
        setattr(own, keyword, values[number % len(values)])
        group.PixelMeasuresSequence = [own]
    content.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("keyword", ["SpacingBetweenSlices", "SliceThickness"])
def test_distances_that_differ_between_frames_are_said_and_not_used(
    tmp_path: Path, ct: Path, keyword: str
) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    truth = volumes_ml(read(seg, ct)[0])
    _with_measures(seg, keyword, [5.0, 2.5, 7.5])
    (source,) = read(seg)
    assert volumes_ml(source) == pytest.approx(truth)
    assert checks_of([source])["seg_measures_differ"] == "warning"
    assert "seg_gap" not in checks_of([source])
    assert "seg_measures_differ" not in checks_of(read(seg, ct))  # its images say how far apart they lie


def test_pixel_sizes_that_differ_between_frames_are_refused(tmp_path: Path) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    content = pydicom.dcmread(_with_measures(seg, "SliceThickness", [3.0]))
    content.PerFrameFunctionalGroupsSequence[3].PixelMeasuresSequence[0].PixelSpacing = [1.0, 1.5]
    content.save_as(seg, enforce_file_format=True)
    with pytest.raises(GeometryError, match="pixels of different size"):
        read(seg)


def test_one_plane_of_two_thicknesses_has_no_volume(tmp_path: Path) -> None:
    frames = [(1, N // 2), (2, N // 2)]
    seg = write_seg(
        tmp_path / "s.dcm", STACK, {1: LIVER, 2: HALF}, [segment(1, "a"), segment(2, "b")], frames=frames
    )
    _with_measures(seg, "SliceThickness", [3.0, 5.0])
    with pytest.raises(GeometryError, match="one plane has SliceThickness of 3 to 5 mm"):
        read(seg)


@pytest.mark.parametrize(
    ("names", "kind", "program", "told"),
    [
        (("liver", "spleen"), "MANUAL", "", None),
        (("liver", "spleen"), "AUTOMATIC", "Our net 2", "TotalSegmentator"),
        (("liver_segment_5", "liver_segment_6"), "MANUAL", "", "TotalSegmentator"),
        (("Leber", "Milz"), "AUTOMATIC", "Our net 2", "Our net 2"),
        (("Leber", "Milz"), "AUTOMATIC", "", None),
    ],
)
def test_who_drew_a_segmentation_is_what_its_file_says(
    tmp_path: Path, names: tuple[str, str], kind: str, program: str, told: str | None
) -> None:
    codes = (LIVER_CODE, ("78961009", "SCT", "Spleen"))
    if "segment" in names[0]:
        codes = (("71133005", "SCT", "Hepatic segment V"), ("277956007", "SCT", "x"))[:1] * 2
    segments = [segment(n, own, code) for n, (own, code) in enumerate(zip(names, codes, strict=True), 1)]
    for item in segments:
        item.SegmentAlgorithmType = kind
        if program:
            item.SegmentAlgorithmName = program
        if "segment" in names[0]:
            del item.SegmentedPropertyTypeCodeSequence
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER & ~HALF, 2: HALF}, segments)
    (item,) = find_structures([seg]).labelled
    assert item.segmentation_source == told
