"""Pixels: plain, compressed, cropped, rescaled; a missing decoder names the extra."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from dicom_phantoms import ct_slice, stack_at
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLSLossless, RLELossless

from flr.dicom import pixels
from flr.dicom.header import Header, read_header
from flr.dicom.pixels import PixelPlace, read_planes, read_scaled, require_decoder
from flr.errors import EnvironmentFailure, ReadError

STACK = stack_at([10.0], size=(16, 12))
RNG = np.random.default_rng(3)
STORED = RNG.integers(0, 4000, (12, 16)).astype(np.uint16)


def header_of(path: Path) -> Header:
    header = read_header(path)
    assert header is not None
    return header


def plain(path: Path, stored: Any = STORED, **changes: Any) -> Header:
    ct_slice(path, STACK, 0, stored, **changes).save_as(path, enforce_file_format=True)
    return header_of(path)


def one(header: Header, rows: tuple[int, int] = (0, 12), columns: tuple[int, int] = (0, 16)) -> Any:
    (plane,) = read_planes([PixelPlace(header)], rows, columns)
    return plane


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16, np.uint32])
def test_plain_pixels_of_every_type(tmp_path: Path, dtype: Any) -> None:
    stored = (STORED % 100).astype(dtype) - (50 if np.dtype(dtype).kind == "i" else 0)
    header = plain(tmp_path / "a", stored.astype(dtype))
    np.testing.assert_array_equal(one(header), stored)
    np.testing.assert_array_equal(one(header, (3, 7), (2, 11)), stored[3:7, 2:11])


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_compressed_pixels(tmp_path: Path, syntax: str) -> None:
    content = ct_slice(tmp_path / "a", STACK, 0, STORED)
    content.compress(syntax, generate_instance_uid=False)
    content.save_as(tmp_path / "a", enforce_file_format=True)
    header = header_of(tmp_path / "a")
    assert header.pixel_offset is None
    np.testing.assert_array_equal(one(header, (1, 5), (4, 16)), STORED[1:5, 4:16])


def test_rescale(tmp_path: Path) -> None:
    header = plain(tmp_path / "a")
    scaled = read_scaled([PixelPlace(header, 0, 2.0, -1000.0)], (0, 12), (0, 16))
    np.testing.assert_array_equal(scaled[0], STORED * 2.0 - 1000.0)
    shifted = read_scaled([PixelPlace(header, 0, 1.0, -1024.0)], (0, 12), (0, 16))
    np.testing.assert_array_equal(shifted[0], STORED.astype(float) - 1024.0)
    assert shifted.dtype == np.float32


def test_bits_above_the_stored_ones_are_no_pixel(tmp_path: Path) -> None:
    header = plain(tmp_path / "a", STORED | np.uint16(0xA000), BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(one(header), STORED)
    signed = (STORED.astype(np.int16) - 2000) & np.int16(0x0FFF) | np.int16(0x3000)
    header = plain(tmp_path / "b", signed, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(one(header), STORED.astype(np.int16) - 2000)


def compressed_as(path: Path, syntax: str) -> Header:
    content = ct_slice(path, STACK, 0, STORED)
    content.PixelData = encapsulate([b"\x00\x01" * 40])
    content["PixelData"].is_undefined_length = True
    content.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(path, content, implicit_vr=False, little_endian=True, enforce_file_format=True)
    return header_of(path)


@pytest.mark.parametrize(
    ("syntax", "word"),
    [
        ("1.2.840.10008.1.2.4.70", "JPEG Lossless"),
        ("1.2.840.10008.1.2.4.57", "JPEG Lossless"),
        ("1.2.840.10008.1.2.4.201", "HTJ2K"),
    ],
)
def test_a_missing_decoder_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, syntax: str, word: str
) -> None:
    from pydicom.pixels.decoders import base

    class Absent:
        is_available = False

    monkeypatch.setattr(base, "get_decoder", lambda uid: Absent())
    with pytest.raises(EnvironmentFailure, match=r"pip install 'flr\[codecs\]'") as caught:
        one(compressed_as(tmp_path / "a", syntax))
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("syntax", ["1.2.826.0.1.99.1", "1.2.840.10008.1.2.4.100", ""])
def test_a_transfer_syntax_that_nothing_decodes_is_refused(syntax: str) -> None:
    with pytest.raises(ReadError, match="transfer syntax"):
        require_decoder(syntax)


def test_broken_compressed_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be decoded"):
        one(compressed_as(tmp_path / "a", "1.2.840.10008.1.2.4.90"))


def test_fewer_pixels_than_promised_are_refused(tmp_path: Path) -> None:
    header = plain(tmp_path / "a", STORED, Rows=13)
    with pytest.raises(ReadError, match="fewer pixels"):
        one(header, (0, 13))


def test_strange_pixel_types_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="12 bits"):
        pixels.stored_dtype(plain(tmp_path / "a", STORED, BitsAllocated=12))
