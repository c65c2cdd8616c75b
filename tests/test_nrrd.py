"""NRRD in every space and encoding, against SimpleITK; Slicer's segmentations, against slicerio."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from flr.errors import FLRError, GeometryError, ReadError
from flr.io.source import count, load_box, open_sources
from flr.stream import LabelSource

SHAPE = (9, 7, 5)
STEPS = np.array([[0.7, 0.1, 0.0], [-0.1, 0.9, 0.05], [0.0, -0.1, 2.5]])  # one row per axis
ORIGIN = np.array([12.0, -34.0, 56.0])
FLIPS = {
    "left-posterior-superior": (-1, -1, 1),
    "LPS": (-1, -1, 1),
    "right-anterior-superior": (1, 1, 1),
    "RAS": (1, 1, 1),
    "left-anterior-superior": (-1, 1, 1),
    "LAS": (-1, 1, 1),
}


def labels_map(seed: int = 0) -> np.ndarray:
    """Indexed (k, j, i)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 6, size=SHAPE[::-1])
    labels[rng.random(labels.shape) < 0.5] = 0
    return labels.astype(np.uint8)


def voxels_of(labels: np.ndarray) -> dict[int, int]:
    values, numbers = np.unique(labels[labels != 0], return_counts=True)
    return {int(v): int(n) for v, n in zip(values, numbers, strict=True)}


def vectors(rows: np.ndarray) -> str:
    return " ".join("(" + ",".join(repr(float(v)) for v in row) + ")" for row in rows)


def fields(**changed: str | None) -> str:
    """Header lines, with fields replaced, added or (None) left out; ``_`` stands for a space."""
    lines: dict[str, str | None] = {
        "type": "unsigned char",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": "9 7 5",
        "space directions": vectors(STEPS),
        "kinds": "domain domain domain",
        "encoding": "raw",
        "space origin": vectors(ORIGIN[None]),
    }
    lines.update({key.replace("_", " "): value for key, value in changed.items()})
    return "".join(f"{key}: {value}\n" for key, value in lines.items() if value is not None)


def written(path: Path, content: bytes, keys: str = "", ending: str = "\n", **changed: str | None) -> Path:
    header = "NRRD0005\n# comment\n" + fields(**changed) + keys + "\n"
    path.write_bytes(header.replace("\n", ending).encode() + content)
    return path


def opened(path: Path) -> LabelSource:
    (source,) = open_sources(path)
    return source


@pytest.mark.parametrize("space", list(FLIPS))
def test_every_patient_space_becomes_ras(tmp_path: Path, space: str) -> None:
    source = opened(written(tmp_path / "a.nrrd", labels_map().tobytes(), space=space))
    flips = np.array(FLIPS[space])
    assert source.quality == ()
    for index in [(0, 0, 0), (8, 0, 0), (1, 6, 4)]:
        assert np.allclose(source.grid.world_mm(index), (np.array(index) @ STEPS + ORIGIN) * flips)
    assert source.grid.voxel_volume_mm3 == pytest.approx(abs(np.linalg.det(STEPS)))
    assert np.array_equal(load_box([source], pad_voxels=99).arrays[0].T, labels_map())


@pytest.mark.parametrize("space", ["LPS", "RAS", "left-anterior-superior"])
def test_spaces_agree_with_simpleitk(tmp_path: Path, space: str) -> None:
    turned, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
    if np.linalg.det(turned) < 0:
        turned[0] *= -1
    steps = turned * np.array([0.8, 1.1, 3.0])[:, None]
    path = written(tmp_path / "a.nrrd", labels_map().tobytes(), space=space, space_directions=vectors(steps))
    image = sitk.ReadImage(str(path))
    grid = opened(path).grid
    for index in [(0, 0, 0), (8, 0, 0), (1, 6, 4)]:
        lps = np.array(image.TransformIndexToPhysicalPoint(index))
        assert np.allclose(grid.world_mm(index), lps * (-1, -1, 1), atol=1e-4)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("raw", bytes),
        ("gzip", gzip.compress),
        ("GZ", gzip.compress),
        ("bzip2", bz2.compress),
        ("bz2", bz2.compress),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, pack, ending: str) -> None:
    path = written(tmp_path / "a.nrrd", pack(labels_map().tobytes()), ending=ending, encoding=encoding)
    assert count(opened(path)).voxels == voxels_of(labels_map())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("uchar", "u1"),
        ("int8", "i1"),
        ("short", "i2"),
        ("unsigned short int", "u2"),
        ("int", "i4"),
        ("uint32", "u4"),
        ("long long int", "i8"),
        ("ulonglong", "u8"),
        ("float", "f4"),
        ("double", "f8"),
    ],
)
@pytest.mark.parametrize(("endian", "order"), [("little", "<"), ("big", ">")])
def test_types_and_byte_orders(tmp_path: Path, name: str, code: str, endian: str, order: str) -> None:
    content = labels_map().astype(order + code).tobytes()
    source = opened(written(tmp_path / "a.nrrd", content, type=name, endian=endian))
    assert source.dtype.kind == code[0]
    assert count(source).voxels == voxels_of(labels_map())


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("pixel_type", [sitk.sitkUInt8, sitk.sitkInt16, sitk.sitkFloat64])
def test_what_simpleitk_writes(tmp_path: Path, pixel_type: int, compress: bool) -> None:
    image = sitk.Cast(sitk.GetImageFromArray(labels_map()), pixel_type)
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((10, 20, -30))
    image.SetDirection((0, 1, 0, -1, 0, 0, 0, 0, 1))
    path = tmp_path / "a.nrrd"
    sitk.WriteImage(image, str(path), compress)
    source = opened(path)
    assert count(source).voxels == voxels_of(labels_map())
    lps = np.array(image.TransformIndexToPhysicalPoint((3, 4, 2)))
    assert np.allclose(source.grid.world_mm((3, 4, 2)), lps * (-1, -1, 1))


@pytest.mark.parametrize("key", ["data file", "datafile"])
def test_detached_data_in_the_same_folder(tmp_path: Path, key: str) -> None:
    (tmp_path / "voxels.raw.gz").write_bytes(gzip.compress(labels_map().tobytes()))
    header = tmp_path / "a.nhdr"
    header.write_text("NRRD0004\n" + fields(encoding="gzip") + f"{key}: voxels.raw.gz\n")
    source = opened(header)
    assert source.name == "a.nhdr"
    assert count(source).voxels == voxels_of(labels_map())


@pytest.mark.parametrize(
    "spelling",
    [
        "./voxels.raw",
        ".\\voxels.raw",
        '"voxels.raw"',
        "sub/../voxels.raw",
        "VOXELS.RAW",
        "./Voxels.Raw",
        "{folder}/voxels.raw",
        "../{name}/voxels.raw",
        "./50% liver.raw",
        "50% liver.raw",
    ],
)
def test_detached_data_by_any_spelling(tmp_path: Path, spelling: str) -> None:
    for name in ("voxels.raw", "50% liver.raw"):
        (tmp_path / name).write_bytes(labels_map().tobytes())
    header = tmp_path / "a.nhdr"
    header.write_text(
        "NRRD0004\n" + fields() + f"data file: {spelling.format(folder=tmp_path, name=tmp_path.name)}\n"
    )
    assert count(opened(header)).voxels == voxels_of(labels_map())


def test_letters_of_another_case_must_fit_one_file(tmp_path: Path) -> None:
    if (tmp_path / "A").mkdir() or (tmp_path / "a").exists():
        pytest.skip("this disk does not tell letters of another case apart")
    (tmp_path / "Voxels.raw").write_bytes(labels_map(1).tobytes())
    (tmp_path / "VOXELS.raw").write_bytes(labels_map(2).tobytes())
    header = tmp_path / "a.nhdr"
    header.write_text("NRRD0004\n" + fields() + "data file: voxels.raw\n")
    with pytest.raises(ReadError, match=r"voxels\.raw: no such file"):
        opened(header)
    header.write_text("NRRD0004\n" + fields() + "data file: VOXELS.raw\n")
    assert count(opened(header)).voxels == voxels_of(labels_map(2))


def test_fields_in_letters_of_any_case(tmp_path: Path) -> None:
    header = fields(type="Unsigned Char", encoding="RAW")
    for spelled in (header.title(), header.upper(), header.replace(": ", ":")):
        path = tmp_path / "a.nrrd"
        path.write_bytes(f"NRRD0004\n{spelled}\n".encode() + labels_map().tobytes())
        assert count(opened(path)).voxels == voxels_of(labels_map())
        assert opened(path).quality == ()


@pytest.mark.parametrize(
    "place",
    [
        "../voxels.raw",
        "./../voxels.raw",
        "sub/../../voxels.raw",
        "../{name}/../voxels.raw",
        "/etc/passwd",
        "sub/voxels.raw",
        "..",
        "LIST",
        "slice%03d.raw 1 9 1",
        "c:\\voxels.raw",
    ],
)
def test_data_anywhere_else_is_refused(tmp_path: Path, place: str) -> None:
    header = tmp_path / "a.nhdr"
    (tmp_path.parent / "voxels.raw").write_bytes(labels_map().tobytes())
    header.write_text("NRRD0004\n" + fields() + f"data file: {place.format(name=tmp_path.name)}\n")
    with pytest.raises(ReadError, match=r"a\.nhdr: .*same folder"):
        open_sources(header)


def test_byte_skips(tmp_path: Path) -> None:
    content = labels_map().tobytes()
    assert count(opened(written(tmp_path / "a.nrrd", b"1234" + content, byte_skip="4"))).voxels == voxels_of(
        labels_map()
    )
    assert count(
        opened(written(tmp_path / "b.nrrd", b"1234567" + content, byte_skip="-1"))
    ).voxels == voxels_of(labels_map())
    for changed in ({"line skip": "2"}, {"byte skip": "-3"}):
        with pytest.raises(ReadError, match="skip"):
            open_sources(written(tmp_path / "c.nrrd", content, **changed))


def test_without_space_the_orientation_is_a_guess_and_said_so(tmp_path: Path) -> None:
    for changed in (
        {"space": None, "space_directions": None, "space_origin": None, "spacings": "0.7 0.8 2.5"},
        {"space": "scanner-xyz"},
        {"space": None, "space_dimension": "3"},
    ):
        source = opened(written(tmp_path / "a.nrrd", labels_map().tobytes(), **changed))
        assert [(f.check, f.severity) for f in source.quality] == [("no_orientation", "warning")]
    plain = opened(
        written(
            tmp_path / "b.nrrd",
            labels_map().tobytes(),
            space=None,
            space_directions=None,
            space_origin=None,
            spacings="0.7 0.8 2.5",
        )
    )
    assert plain.grid.voxel_volume_mm3 == pytest.approx(0.7 * 0.8 * 2.5)


def test_units_of_single_axes(tmp_path: Path) -> None:
    plain = {"space": None, "space_directions": None, "space_origin": None}
    millimetres = opened(written(tmp_path / "a.nrrd", labels_map().tobytes(), spacings="7 8 25", **plain))
    for units in ('"cm" "cm" "cm"', '"cm" "cm" "mm"'):
        spacings = "0.7 0.8 2.5" if units.count("cm") == 3 else "0.7 0.8 25"
        path = written(tmp_path / "b.nrrd", labels_map().tobytes(), spacings=spacings, units=units, **plain)
        assert opened(path).grid.voxel_volume_mm3 == pytest.approx(millimetres.grid.voxel_volume_mm3)
    for units in ('"s" "mm" "mm"', '"mm" "mm"'):
        path = written(
            tmp_path / "c.nrrd", labels_map().tobytes(), spacings="0.7 0.8 2.5", units=units, **plain
        )
        with pytest.raises(FLRError, match=r"units|header"):
            open_sources(path)


def test_spacings_that_contradict_the_directions_are_an_error(tmp_path: Path) -> None:
    source = opened(written(tmp_path / "a.nrrd", labels_map().tobytes()))
    sides = " ".join(str(side) for side in source.grid.spacing_mm)
    assert not opened(written(tmp_path / "b.nrrd", labels_map().tobytes(), spacings=sides)).quality
    (finding,) = opened(written(tmp_path / "c.nrrd", labels_map().tobytes(), spacings="1 1 1")).quality
    assert (finding.check, finding.severity) == ("voxel_size_contradiction", "error")


def test_space_units(tmp_path: Path) -> None:
    millimetres = opened(written(tmp_path / "a.nrrd", labels_map().tobytes(), space_units='"mm" "mm" "mm"'))
    centimetres = opened(written(tmp_path / "b.nrrd", labels_map().tobytes(), space_units='"cm" "cm" "cm"'))
    assert centimetres.grid.voxel_volume_mm3 == pytest.approx(1000 * millimetres.grid.voxel_volume_mm3)
    with pytest.raises(GeometryError, match="expected mm along all axes"):
        open_sources(written(tmp_path / "c.nrrd", labels_map().tobytes(), space_units='"mm" "mm" "s"'))


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"sizes": "9 7", "dimension": "2", "kinds": None}, ReadError, "three-dimensional"),
        ({"sizes": "3 9 7 5", "dimension": "4", "kinds": None}, ReadError, "three-dimensional"),
        ({"sizes": "9 7 5 2"}, ReadError, "."),
        ({"sizes": "9 -7 5"}, ReadError, "do not fit"),
        ({"sizes": "90 70 50"}, ReadError, "more than the file can hold"),
        ({"sizes": "900000 700000 500000"}, ReadError, "promises"),
        ({"sizes": "9 7 4"}, ReadError, "follow the last voxel"),
        ({"type": "block"}, ReadError, "voxels of type 'block'"),
        ({"type": "short"}, ReadError, "byte order"),
        ({"encoding": "ascii"}, ReadError, "encoding 'ascii'"),
        ({"encoding": None}, ReadError, "does not give encoding"),
        ({"encoding": "gzip"}, ReadError, "not compressed with gzip"),
        ({"space directions": "(1,0,0) (0,1,0) (0,0,0)"}, GeometryError, r"a\.nrrd: .*singular"),
        ({"space directions": "(1,0,0) (0,1,0) (0,0,nan)"}, GeometryError, "finite"),
        ({"space directions": "(1,0,0) (0,1,0) none"}, GeometryError, "finite"),
        ({"space directions": "(1,0) (0,1) (1,1)"}, GeometryError, "shape"),
        ({"space directions": "(1,0,0) (0,1,zero) (0,0,1)"}, ReadError, "header cannot be read"),
        ({"space directions": None}, GeometryError, "no voxel size"),
        ({"space origin": "(1,2)"}, GeometryError, "origin"),
        ({"dimension": "three"}, ReadError, "header cannot be read"),
    ],
)
def test_headers_that_lie(
    tmp_path: Path, changed: dict[str, str | None], error: type[Exception], said: str
) -> None:
    path = written(tmp_path / "a.nrrd", labels_map().tobytes(), **changed)
    with pytest.raises(error, match=said):
        count(opened(path))


def test_not_an_nrrd(tmp_path: Path) -> None:
    path = tmp_path / "a.nrrd"
    for content, said in [
        (b"\x89PNG and more", "a PNG picture"),
        (b"NRRD0009\ntype: uchar\n\n", "header cannot be read"),
        (b"NRRD0004\nno colon here\n\n", "header cannot be read"),
        (b"NRRD0004\ntype: uchar\ntype: uchar\n\n", "header cannot be read"),
        (b"NRRD0004\ntype: uchar\n\n", "does not give dimension, sizes, encoding"),
        (b"NRRD0004\n" + b"x" * (5 << 20), "no end of the NRRD header"),
    ]:
        path.write_bytes(content)
        with pytest.raises(ReadError, match=said):
            open_sources(path)


SEGMENTS = (
    "Segment0_Name:=Leber, größer\nSegment0_LabelValue:=2\nSegment0_Layer:=0\n"
    "Segment0_Tags:=Segmentation.Status:done|TerminologyEntry:Segmentation category and type~SCT^123037004^"
    "Anatomical Structure~SCT^10200004^Liver~^^~Anatomic codes~^^~^^|\n"
    "Segment1_Name:=tumour\nSegment1_LabelValue:=1\nSegment1_Layer:=1\n"
    "Segment2_Name:=flr\nSegment2_LabelValue:=4\nSegment2_Layer:=0\n"
)


@pytest.mark.parametrize("layers_last", [False, True])
def test_layers_with_names_and_codes(tmp_path: Path, layers_last: bool) -> None:
    first, second = labels_map(1), (labels_map(2) == 3).astype(np.uint8)
    stored = np.stack([first, second], axis=0 if layers_last else -1)
    directions = vectors(STEPS) + " none" if layers_last else "none " + vectors(STEPS)
    path = written(
        tmp_path / "a.seg.nrrd",
        gzip.compress(stored.tobytes()),
        SEGMENTS,
        encoding="gzip",
        dimension="4",
        sizes="9 7 5 2" if layers_last else "2 9 7 5",
        space_directions=directions,
        kinds="domain domain domain list" if layers_last else "list domain domain domain",
    )
    sources = open_sources(path)
    assert [s.name for s in sources] == ["a.seg.nrrd layer 0", "a.seg.nrrd layer 1"]
    assert [count(s).voxels for s in sources] == [voxels_of(first), voxels_of(second)]
    assert sources[0].names == {2: "liver", 4: "flr"}  # a name that says nothing known yields to the code
    assert sources[0].segments[0].name == "Leber, größer"
    assert sources[1].names == {1: "tumour"}
    assert sources[0].segments[0].type_code == ("SCT", "10200004", "Liver")
    assert sources[0].segments[0].tags["Segmentation.Status"] == "done"
    assert sources[1].segments[0].type_code is None
    both = load_box(sources, pad_voxels=99)
    assert np.array_equal(both.arrays[0].T, first)
    assert np.array_equal(both.arrays[1].T, second)


def test_segmentations_from_before_layers_hold_one_mask_each(tmp_path: Path) -> None:
    masks = [(labels_map() == value).astype(np.uint8) for value in (1, 2, 3)]
    path = written(
        tmp_path / "old.seg.nrrd",
        np.stack(masks, axis=-1).tobytes(),
        "".join(f"Segment{n}_Name:=part {n}\n" for n in range(3)),
        dimension="4",
        sizes="3 9 7 5",
        space_directions="none " + vectors(STEPS),
        kinds="list domain domain domain",
    )
    sources = open_sources(path)
    assert [s.names for s in sources] == [{1: "part 0"}, {1: "part 1"}, {1: "part 2"}]
    assert [count(s).voxels for s in sources] == [{1: int(m.sum())} for m in masks]


def test_segments_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    twice = SEGMENTS.replace("Segment2_LabelValue:=4", "Segment2_LabelValue:=2")
    with pytest.raises(ReadError, match=r"two segments share label value 2 in layer 0"):
        open_sources(written(tmp_path / "a.seg.nrrd", labels_map().tobytes(), twice))
    for bad in ("-1", "one", "1.5"):
        with pytest.raises(ReadError, match="expected whole numbers"):
            open_sources(
                written(
                    tmp_path / "a.seg.nrrd",
                    labels_map().tobytes(),
                    SEGMENTS.replace("Segment0_LabelValue:=2", f"Segment0_LabelValue:={bad}"),
                )
            )


@pytest.mark.real
@pytest.mark.parametrize("name", ["Segmentation.seg.nrrd", "SegmentationOverlapping.seg.nrrd"])
def test_real_slicer_files_agree_with_slicerio(real_data: Path, name: str) -> None:
    slicerio = pytest.importorskip("slicerio")
    path = real_data / "slicer" / name
    theirs = slicerio.read_segmentation(str(path))
    sources = open_sources(path)
    mine = {(s.layer, s.value): s for source in sources for s in source.segments}
    assert len(mine) == len(theirs["segments"])
    lps_to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    for source in sources:
        assert np.allclose(source.grid.index_to_world_mm, lps_to_ras @ theirs["ijkToLPS"])
    voxels = theirs["voxels"]
    counts = [count(source).voxels for source in sources]
    for segment in theirs["segments"]:
        layer, value = segment.get("layer", 0), segment["labelValue"]
        found = mine[layer, value]
        assert found.name == segment["name"]
        entry = segment["terminology"]["type"]
        assert found.type_code == tuple(entry)
        array = voxels[layer] if voxels.ndim == 4 else voxels
        assert counts[layer].get(value, 0) == int((array == value).sum())


@pytest.mark.real
@pytest.mark.parametrize("name", ["liver_seg.nrrd", "liver_spine_gapped_seg.nrrd"])
def test_real_nrrd_agrees_with_simpleitk(real_data: Path, name: str) -> None:
    path = real_data / "dcmqi" / name
    image = sitk.ReadImage(str(path))
    source = opened(path)
    assert count(source).voxels == voxels_of(sitk.GetArrayFromImage(image))
    assert source.grid.voxel_volume_mm3 == pytest.approx(np.prod(image.GetSpacing()))
    last = tuple(n - 1 for n in image.GetSize())
    lps = np.array(image.TransformIndexToPhysicalPoint(last))
    assert np.allclose(source.grid.world_mm(last), lps * (-1, -1, 1), atol=1e-3)
