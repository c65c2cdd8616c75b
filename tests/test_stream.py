"""Reading voxels slab by slab, and refusing every way in which a file can lie about them."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path
from typing import Literal

import nibabel as nib
import numpy as np
import pytest

from flr.errors import GeometryError, LabelError, ReadError, UsageError
from flr.geometry import Grid
from flr.io.source import (
    count,
    load_box,
    load_image_box,
    open_image,
    open_sources,
)
from flr.stream import ArrayVoxels, VoxelFile, read_slabs

SHAPE = (11, 7, 5)
VALUES = np.arange(np.prod(SHAPE), dtype=np.uint8).reshape(SHAPE[::-1])
AFFINE = np.array([[-0.7, 0.1, 0.0, 40.0], [0.1, 0.9, 0.0, -30.0], [0.0, 0.0, 2.5, 12.0], [0, 0, 0, 1.0]])


def written(path: Path, content: bytes, encoding: str = "raw", **more: object) -> VoxelFile:
    path.write_bytes(content)
    return VoxelFile(path=path, encoding=encoding, **({"shape": SHAPE, "dtype": np.dtype("u1")} | more))


def whole(voxels: VoxelFile, slices: int | None = None) -> np.ndarray:
    return np.concatenate([slab.copy() for slab in read_slabs(voxels, slices)])


def nifti(path: Path, labels: np.ndarray, affine: np.ndarray = AFFINE) -> Path:
    """Write an (i, j, k) map."""
    nib.save(nib.Nifti1Image(labels, affine), path)
    return path


@pytest.mark.parametrize("slices", [None, 1, 2, 5])
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("raw", bytes),
        ("gzip", gzip.compress),
        ("zlib", zlib.compress),
        ("zlib", gzip.compress),
        ("bzip2", bz2.compress),
    ],
)
def test_every_encoding_gives_the_same_voxels(
    tmp_path: Path, encoding: str, pack, slices: int | None
) -> None:
    content = b"head" + pack(b"skipped" + VALUES.tobytes())
    voxels = written(tmp_path / "a", content, encoding, offset_bytes=4, skip_bytes=7)
    assert np.array_equal(whole(voxels, slices), VALUES)


def test_slabs_share_one_buffer_of_whole_slices(tmp_path: Path) -> None:
    voxels = written(tmp_path / "a", VALUES.tobytes())
    slabs = list(read_slabs(voxels, 2))
    assert [s.shape for s in slabs] == [(2, 7, 11), (2, 7, 11), (1, 7, 11)]
    assert np.shares_memory(slabs[0], slabs[1])


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<u4", ">u4", ">i8", "<f4", ">f4", ">f8", "<f8"])
def test_byte_orders_become_native(tmp_path: Path, dtype: str) -> None:
    voxels = written(tmp_path / "a", VALUES.astype(dtype).tobytes(), dtype=np.dtype(dtype))
    read = whole(voxels, 2)
    assert read.dtype.isnative
    assert np.array_equal(read, VALUES)


@pytest.mark.parametrize("interleaved", [True, False])
def test_layers_are_told_apart(tmp_path: Path, interleaved: bool) -> None:
    layers = np.stack([VALUES, VALUES[::-1], 255 - VALUES])
    stored = np.moveaxis(layers, 0, -1) if interleaved else layers
    for layer in range(3):
        voxels = written(
            tmp_path / "a",
            gzip.compress(np.ascontiguousarray(stored).tobytes()),
            "gzip",
            layers=3,
            layer=layer,
            interleaved=interleaved,
        )
        assert np.array_equal(whole(voxels, 2), layers[layer])


def test_several_gzip_members_and_trailing_zeros_are_one_stream(tmp_path: Path) -> None:
    content = VALUES.tobytes()
    packed = gzip.compress(content[:100]) + gzip.compress(content[100:]) + bytes(40)
    assert np.array_equal(whole(written(tmp_path / "a", packed, "gzip")), VALUES)
    padded = gzip.compress(content + bytes(900))
    assert np.array_equal(whole(written(tmp_path / "a", padded, "gzip")), VALUES)
    assert np.array_equal(whole(written(tmp_path / "a", content + bytes(9))), VALUES)
    assert np.array_equal(whole(written(tmp_path / "a", zlib.compress(content) + bytes(9), "zlib")), VALUES)


def flipped(packed: bytes, position: int) -> bytes:
    changed = bytearray(packed)
    changed[position] ^= 0x10
    return bytes(changed)


CONTENT = VALUES.tobytes()


@pytest.mark.parametrize(
    ("encoding", "content", "said"),
    [
        ("gzip", gzip.compress(CONTENT)[:-30], "end too early"),
        ("gzip", gzip.compress(CONTENT)[:-3], "end too early"),
        ("gzip", flipped(gzip.compress(CONTENT), -6), "CRC"),
        ("gzip", flipped(gzip.compress(CONTENT), -2), "length"),
        ("gzip", flipped(gzip.compress(CONTENT), 30), "damaged|CRC"),
        ("gzip", gzip.compress(CONTENT) + b"rubbish", "trailing bytes"),
        ("gzip", gzip.compress(CONTENT) + 9 * b"rubbish", "trailing bytes"),
        ("gzip", gzip.compress(CONTENT + b"\x01"), "follow the last voxel"),
        ("gzip", gzip.compress(CONTENT[:-1]), "1 bytes before a slice is complete"),
        ("zlib", zlib.compress(CONTENT)[:-9], "end too early"),
        ("zlib", flipped(zlib.compress(CONTENT), -2), "damaged"),
        ("zlib", zlib.compress(CONTENT) + b"rubbish", "something follows"),
        ("bzip2", bz2.compress(CONTENT)[:-30], "end too early"),
        ("bzip2", flipped(bz2.compress(CONTENT), 40), "cannot be read"),
        ("raw", CONTENT[:-1], "more than the file can hold"),
        ("raw", CONTENT + b"\x01", "follow the last voxel"),
    ],
)
def test_damage_is_one_clear_message(tmp_path: Path, encoding: str, content: bytes, said: str) -> None:
    folder = tmp_path / "Doe^Jane"
    folder.mkdir()
    voxels = written(folder / "map.bin", content, encoding)
    with pytest.raises(ReadError, match=said) as caught:
        whole(voxels)
    assert "map.bin" in str(caught.value)
    assert "Doe" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["raw", "gzip", "zlib", "bzip2"])
def test_absurd_sizes_are_refused_before_any_allocation(tmp_path: Path, encoding: str) -> None:
    tracemalloc.start()
    try:
        for shape in [(60000, 60000, 2), (8000, 8000, 1 << 10), (1 << 20, 1 << 20, 1 << 20)]:
            voxels = written(tmp_path / "a", b"some bytes", encoding, shape=shape)
            with pytest.raises(ReadError, match="promises"):
                whole(voxels)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_no_file_empty_file_and_folder(tmp_path: Path) -> None:
    (tmp_path / "empty.nii.gz").touch()
    (tmp_path / "folder.nii.gz").mkdir()
    for name, said in [
        ("absent.nii.gz", "no such file"),
        ("empty.nii.gz", "the file is empty"),
        ("folder.nii.gz", "is a folder"),
    ]:
        with pytest.raises(ReadError, match=said) as caught:
            open_sources(tmp_path / name)
        assert str(tmp_path) not in str(caught.value)


def test_unknown_files_are_refused_and_suffixes_are_not_needed(tmp_path: Path) -> None:
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.7 and so on")
    with pytest.raises(ReadError, match="expected NIfTI"):
        open_sources(tmp_path / "notes.pdf")
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[1, 2, 3] = 2
    nifti(tmp_path / "a.nii.gz", labels).rename(tmp_path / "a")
    (source,) = open_sources(tmp_path / "a")
    assert source.kind == "nifti"
    assert count(source).voxels == {2: 1}


def test_count_names_the_file_with_the_bad_label(tmp_path: Path) -> None:
    labels = np.zeros((4, 5, 6), np.float32)
    labels[1, 2, 3] = 0.25
    (source,) = open_sources(nifti(tmp_path / "soft.nii.gz", labels))
    with pytest.raises(LabelError, match=r"soft\.nii\.gz: label value 0\.25"):
        count(source)


def test_count_of_a_drawn_map(tmp_path: Path) -> None:
    labels = np.zeros((9, 6, 5), np.int16)
    labels[2:5, 1:4, 1:4] = 3
    labels[8, 5, 4] = 300
    (source,) = open_sources(nifti(tmp_path / "a.nii.gz", labels))
    counts = count(source)
    assert counts.voxels == {3: 27, 300: 1}
    assert counts.touches == {3: frozenset(), 300: frozenset({"i+", "j+", "k+"})}
    assert counts.box == ((2, 1, 1), (9, 6, 5))
    empty = count(open_sources(nifti(tmp_path / "b.nii.gz", np.zeros((3, 4, 5), np.uint8)))[0])
    assert (empty.voxels, empty.touches, empty.box) == ({}, {}, None)


def test_a_box_of_several_maps_refuses_different_grids(tmp_path: Path) -> None:
    labels = np.ones((4, 5, 6), np.uint8)
    shifted = AFFINE.copy()
    shifted[2, 3] += 1.25
    (first,) = open_sources(nifti(tmp_path / "a.nii.gz", labels))
    (other_shape,) = open_sources(nifti(tmp_path / "b.nii.gz", np.ones((4, 5, 7), np.uint8)))
    (other_place,) = open_sources(nifti(tmp_path / "c.nii.gz", labels, shifted))
    with pytest.raises(GeometryError, match=r"a\.nii\.gz.*b\.nii\.gz.*third \(k\)"):
        load_box([first, other_shape])
    with pytest.raises(GeometryError, match=r"1\.250 mm apart along the head-foot axis"):
        load_box([first, other_place])
    with pytest.raises(UsageError, match="at least one"):
        load_box([])


def test_load_box_is_the_union_of_the_foregrounds(tmp_path: Path) -> None:
    first, second = np.zeros((20, 18, 16), np.uint8), np.zeros((20, 18, 16), np.uint16)
    first[3:6, 4:8, 5:9] = 7
    second[5:12, 6:7, 8:15] = 2
    second[15, 15, 1] = 900
    paths = [nifti(tmp_path / "a.nii.gz", first), nifti(tmp_path / "b.nii.gz", second)]
    sources = [open_sources(p)[0] for p in paths]
    box = load_box(sources, pad_voxels=2)
    assert box.start == (1, 2, 0)
    assert box.grid.shape == (17, 16, 16)
    crop = np.s_[1:18, 2:18, 0:16]
    assert np.array_equal(box.arrays[0], first[crop])
    assert np.array_equal(box.arrays[1], second[crop])
    assert [a.dtype for a in box.arrays] == [np.uint8, np.uint16]
    assert box.arrays[0].T.flags.c_contiguous
    assert np.allclose(box.grid.world_mm((0, 0, 0)), sources[0].grid.world_mm(box.start))
    kept = load_box(sources, pad_voxels=0, keep=[{7}, [2]])
    assert kept.start == (3, 4, 5)
    assert kept.grid.shape == (9, 4, 10)
    assert np.array_equal(kept.arrays[1], np.where(second == 2, 2, 0)[3:12, 4:8, 5:15])
    assert kept.arrays[1].dtype == np.uint8
    with pytest.raises(LabelError, match=r"a\.nii\.gz: no voxel carries a label"):
        load_box(sources[:1], keep=[[3]])
    with pytest.raises(UsageError, match="give one for each"):
        load_box(sources, keep=[None])


def test_image_box(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    image = rng.integers(-1024, 1500, size=(20, 18, 16)).astype(np.int16)
    path = nifti(tmp_path / "ct.nii.gz", image)
    grid = open_image(path)
    assert grid.shape == image.shape
    cropped = load_image_box(path, grid.crop((2, 3, 4), (9, 8, 7)))
    assert cropped.dtype == np.float32
    assert np.array_equal(cropped, image[2:11, 3:11, 4:11])
    turned = Grid((3, 3, 3), grid.index_to_world_mm @ np.diag([1, -1, 1, 1.0]))
    half = AFFINE.copy()
    half[:3, 3] += 0.5 * AFFINE[:3, 0]
    for box in (grid.crop((15, 0, 0), (9, 8, 7)), turned, Grid((3, 3, 3), half)):
        with pytest.raises(GeometryError, match="does not contain the box"):
            load_image_box(path, box)


def test_peak_memory_does_not_follow_the_number_of_slices(tmp_path: Path) -> None:
    peaks = []
    for n_slices in (40, 160):
        labels = np.zeros((n_slices, 256, 256), np.uint8)
        labels[10:30, 60:160, 80:200] = 1
        (source,) = open_sources(nifti(tmp_path / "a.nii.gz", labels.T))
        count(source)
        tracemalloc.start()
        count(source)
        load_box([source, source])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.05 * peaks[0]
    assert peaks[1] < 8 << 20


def test_without_zlib_ng_the_standard_library_reads_the_same(tmp_path: Path) -> None:
    labels = np.zeros((30, 20, 10), np.uint8)
    labels[3:9, 4:9, 5:9] = 4
    path = nifti(tmp_path / "a.nii.gz", labels)
    script = (
        "import sys; sys.modules['zlib_ng'] = None\n"
        "from pathlib import Path\n"
        "from flr.io.source import count, open_sources\n"
        "import flr.stream as s\n"
        "assert s._gzip.__name__ == 'gzip'\n"
        "print(count(open_sources(Path(sys.argv[1]))[0]).voxels)\n"
    )
    run = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "{4: 120}"


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["bool", "u1", "<i2", ">i2", "f4", ">f8"])
@pytest.mark.parametrize("slices", [None, 1, 3, 100])
def test_an_array_is_streamed_like_a_file(order: Literal["C", "F"], dtype: str, slices: int | None) -> None:
    array = np.random.default_rng(3).integers(0, 2, (7, 5, 131)).astype(dtype, order=order)
    voxels = ArrayVoxels(array[::-1, :, 1:])
    expected = np.ascontiguousarray(array[::-1, :, 1:].T)
    slabs = [slab.copy() for slab in voxels.slabs(slices)]
    assert all(slab.dtype.isnative and slab.flags.c_contiguous for slab in voxels.slabs(slices))
    np.testing.assert_array_equal(np.concatenate(slabs), expected)
    assert {len(slab) for slab in slabs[:-1]} <= {slices or len(slabs[0])}
    little = expected.astype(np.dtype(dtype).newbyteorder("<"))
    assert voxels.sha256 == hashlib.sha256(little.tobytes()).hexdigest()
