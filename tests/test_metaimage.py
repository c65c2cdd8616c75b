"""MetaImage, against SimpleITK."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from flr.errors import GeometryError, LabelError, ReadError
from flr.io.source import count, load_box, open_sources

SHAPE = (9, 7, 5)


def labels_map() -> np.ndarray:
    """Indexed (k, j, i)."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 6, size=SHAPE[::-1])
    labels[rng.random(labels.shape) < 0.5] = 0
    return labels.astype(np.uint8)


def voxels_of(labels: np.ndarray) -> dict[int, int]:
    values, numbers = np.unique(labels[labels != 0], return_counts=True)
    return {int(v): int(n) for v, n in zip(values, numbers, strict=True)}


def header(**changed: str | None) -> bytes:
    lines: dict[str, str | None] = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "False",
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": "0 0 0",
        "ElementSpacing": "0.7 0.8 2.5",
        "DimSize": "9 7 5",
        "ElementType": "MET_UCHAR",
        "ElementDataFile": "LOCAL",
    }
    lines |= changed
    last = lines.pop("ElementDataFile")
    lines["ElementDataFile"] = last
    return "".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None).encode()


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("suffix", [".mha", ".mhd"])
@pytest.mark.parametrize("seed", range(4))
def test_what_simpleitk_writes(tmp_path: Path, suffix: str, seed: int, compress: bool) -> None:
    rng = np.random.default_rng(seed)
    turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    types = [sitk.sitkUInt8, sitk.sitkInt16, sitk.sitkUInt32, sitk.sitkFloat64]
    image = sitk.Cast(sitk.GetImageFromArray(labels_map()), types[seed])
    image.SetSpacing(rng.uniform(0.5, 3, size=3).tolist())
    image.SetOrigin(rng.uniform(-200, 200, size=3).tolist())
    image.SetDirection(turned.ravel().tolist())
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(image, str(path), compress)
    (source,) = open_sources(path)
    assert source.kind == "metaimage"
    assert source.quality == ()
    for index in [(0, 0, 0), (8, 0, 0), (1, 6, 4)]:
        lps = np.array(image.TransformIndexToPhysicalPoint(index))
        assert np.allclose(source.grid.world_mm(index), lps * (-1, -1, 1), atol=1e-6)
    assert count(source).voxels == voxels_of(labels_map())
    assert np.array_equal(load_box([source], pad_voxels=99).arrays[0].T, labels_map())


def test_big_endian_and_old_field_names(tmp_path: Path) -> None:
    path = tmp_path / "a.mha"
    changed = {
        "BinaryDataByteOrderMSB": None,
        "ElementByteOrderMSB": "True",
        "TransformMatrix": None,
        "Rotation": "0 1 0 1 0 0 0 0 1",
        "Offset": None,
        "Position": "1 2 3",
        "ElementType": "MET_SHORT",
    }
    path.write_bytes(header(**changed) + labels_map().astype(">i2").tobytes())
    (source,) = open_sources(path)
    assert count(source).voxels == voxels_of(labels_map())
    assert np.allclose(source.grid.world_mm((1, 0, 0)), (-1, -2.7, 3))
    image = sitk.ReadImage(str(path))
    assert np.allclose(
        source.grid.world_mm((0, 1, 0)) * (-1, -1, 1), image.TransformIndexToPhysicalPoint((0, 1, 0))
    )


def test_header_sizes_of_detached_data(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"12345" + labels_map().tobytes())
    for size in ("5", "-1"):
        (tmp_path / "a.mhd").write_bytes(header(HeaderSize=size, ElementDataFile="a.raw"))
        (source,) = open_sources(tmp_path / "a.mhd")
        assert count(source).voxels == voxels_of(labels_map())


def test_no_directions_is_a_guess_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "a.mha"
    path.write_bytes(header(TransformMatrix=None) + labels_map().tobytes())
    (source,) = open_sources(path)
    assert [(f.check, f.severity) for f in source.quality] == [("no_orientation", "warning")]


@pytest.mark.parametrize("spelling", ["./a.raw", ".\\a.raw", "A.RAW", "sub/../a.raw", "{folder}/a.raw"])
def test_detached_data_by_any_spelling(tmp_path: Path, spelling: str) -> None:
    (tmp_path / "a.raw").write_bytes(labels_map().tobytes())
    (tmp_path / "a.mhd").write_bytes(header(ElementDataFile=spelling.format(folder=tmp_path)))
    (source,) = open_sources(tmp_path / "a.mhd")
    assert count(source).voxels == voxels_of(labels_map())


def test_keys_in_letters_of_any_case(tmp_path: Path) -> None:
    for spelled in (header().upper(), header().lower()):
        (tmp_path / "a.mha").write_bytes(spelled + labels_map().tobytes())
        (source,) = open_sources(tmp_path / "a.mha")
        assert count(source).voxels == voxels_of(labels_map())
        assert np.allclose(source.grid.spacing_mm, (0.7, 0.8, 2.5))
        assert source.quality == ()


@pytest.mark.parametrize("place", ["../a.raw", "/etc/passwd", "sub/a.raw", "LIST", "slice%03d.raw 1 9 1"])
def test_data_anywhere_else_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "a.mhd").write_bytes(header(ElementDataFile=place))
    with pytest.raises(ReadError, match="same folder"):
        open_sources(tmp_path / "a.mhd")


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"NDims": "2", "DimSize": "9 35"}, ReadError, "2 dimensions"),
        ({"NDims": "4", "DimSize": "9 7 5 1"}, ReadError, "4 dimensions"),
        ({"DimSize": "9 7"}, ReadError, "does not fit NDims"),
        ({"DimSize": "9 7 0"}, ReadError, "does not fit"),
        ({"DimSize": "9 7 many"}, ReadError, "expected numbers"),
        ({"DimSize": None}, ReadError, "gives no DimSize"),
        ({"DimSize": "9 7 500"}, ReadError, "more than the file can hold"),
        ({"DimSize": "9 7 4"}, ReadError, "follow the last voxel"),
        ({"ElementType": "MET_OTHER"}, ReadError, "voxels of type 'MET_OTHER'"),
        ({"ElementType": None}, ReadError, "voxels of type"),
        ({"ElementNumberOfChannels": "3"}, ReadError, "3 channels"),
        ({"ElementNumberOfChannels": ""}, ReadError, "expected a whole number"),
        ({"HeaderSize": "nan"}, ReadError, "expected a whole number"),
        ({"BinaryData": "False"}, ReadError, "written as text"),
        ({"CompressedData": "True"}, ReadError, "damaged"),
        ({"HeaderSize": "-7"}, ReadError, "HeaderSize -7"),
        ({"ElementSpacing": "0.7 0.8 0"}, GeometryError, r"a\.mha: .*singular"),
        ({"ElementSpacing": "0.7 0.8 nan"}, GeometryError, "finite"),
        ({"ElementSpacing": "0.7 0.8"}, GeometryError, "three numbers"),
        ({"ElementSpacing": None}, ReadError, "gives no ElementSize"),
        ({"TransformMatrix": "1 0 0 1"}, GeometryError, "expected nine"),
        ({"ElementType": "MET_CHAR"}, LabelError, "label value -1"),
    ],
)
def test_headers_that_lie(
    tmp_path: Path, changed: dict[str, str | None], error: type[Exception], said: str
) -> None:
    path = tmp_path / "a.mha"
    content = labels_map()
    if changed.get("ElementType") == "MET_CHAR":
        content[0, 0, 0] = 255
    path.write_bytes(header(**changed) + content.tobytes())
    with pytest.raises(error, match=said):
        count(open_sources(path)[0])


@pytest.mark.parametrize(("unit", "refused"), [("mm", False), ("?", False), ("cm", True), ("um", True)])
def test_distances_in_another_unit_are_refused(tmp_path: Path, unit: str, refused: bool) -> None:
    path = tmp_path / "a.mha"
    path.write_bytes(header(DistanceUnits=unit) + labels_map().tobytes())
    if not refused:
        assert open_sources(path)[0].grid.spacing_mm == pytest.approx((0.7, 0.8, 2.5))
        return
    with pytest.raises(GeometryError, match="expected mm"):
        open_sources(path)


def test_not_a_metaimage_and_damaged_data(tmp_path: Path) -> None:
    path = tmp_path / "a.mha"
    for content in (
        b"\x00\x01\x02" * 50,
        b"NDims = 3\nDimSize = 1 1 1\n",
        b"a text without any equals sign\n",
    ):
        path.write_bytes(content)
        with pytest.raises(ReadError, match="not a MetaImage"):
            open_sources(path)
    packed = zlib.compress(labels_map().tobytes())
    path.write_bytes(header(CompressedData="True", CompressedDataSize=str(len(packed))) + packed[:-8])
    with pytest.raises(ReadError, match="end too early"):
        count(open_sources(path)[0])
