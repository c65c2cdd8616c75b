"""Headers of DICOM files: the walk over the bytes agrees with pydicom and refuses what is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_phantoms import AXIAL, SECRETS, code, ct_slice, stack_at
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from flr.dicom.header import read_header
from flr.errors import ReadError

STACK = stack_at([10.0, 12.5], size=(16, 12))
STORED = np.arange(12 * 16, dtype=np.uint16).reshape(12, 16)


def written(path: Path, syntax: str = ExplicitVRLittleEndian, **changes: object) -> Path:
    content = ct_slice(path, STACK, 1, STORED, **changes)
    content.file_meta.TransferSyntaxUID = syntax
    nested = Dataset()
    nested.ProcedureCodeSequence = Items([code("1", "99X", "inner")])
    content.ProcedureCodeSequence = Items([code("P5-09051", "SRT", "Procedure"), nested])
    for item in content.ProcedureCodeSequence:
        item.is_undefined_length_sequence_item = True
    content["ProcedureCodeSequence"].is_undefined_length = True
    content.add_new(0x00091001, "OB", b"x" * 40_000)
    if syntax == ExplicitVRBigEndian:
        content.PixelData = STORED.byteswap().tobytes()
    pydicom.dcmwrite(
        path,
        content,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    return path


@pytest.mark.parametrize(
    "syntax",
    [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian],
)
def test_the_values_are_those_of_pydicom(tmp_path: Path, syntax: str) -> None:
    header = read_header(written(tmp_path / "a", syntax))
    assert header is not None
    assert header.is_image
    assert header.numbers("ImagePositionPatient") == (-71.0, -72.0, 12.5)
    assert header.numbers("ImageOrientationPatient") == AXIAL
    assert header.numbers("PixelSpacing") == (0.9, 1.1)
    assert (header.whole("Rows"), header.whole("Columns"), header.whole("BitsStored")) == (12, 16, 16)
    assert header.text("TransferSyntaxUID") == syntax
    assert header.text("SeriesInstanceUID") == STACK.series_uid
    assert header.numbers("RescaleIntercept") == (-1024.0,)
    assert header.text("EchoTime") == ""
    if header.pixel_offset is not None:
        raw = (tmp_path / "a").read_bytes()[header.pixel_offset : header.pixel_offset + header.pixel_bytes]
        assert raw == STORED.tobytes()
    else:
        assert syntax in (ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)


def test_a_file_without_preamble_is_read(tmp_path: Path) -> None:
    whole = written(tmp_path / "a", ImplicitVRLittleEndian).read_bytes()
    (tmp_path / "meta_first").write_bytes(whole[132:])
    bare = pydicom.dcmread(tmp_path / "a")
    start = whole.index(b"\x08\x00\x16\x00")
    (tmp_path / "bare").write_bytes(whole[start:])
    for name in ("meta_first", "bare"):
        header = read_header(tmp_path / name)
        assert header is not None
        assert header.numbers("ImagePositionPatient") == tuple(bare.ImagePositionPatient)
        assert header.pixel_bytes == STORED.nbytes


@pytest.mark.parametrize("share", [0.05, 0.5, 0.98])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, share: float) -> None:
    whole = written(tmp_path / "a").read_bytes()
    (tmp_path / "b").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ReadError, match="cut short"):
        read_header(tmp_path / "b")


@pytest.mark.parametrize(
    "content", [b"", b"short", b"\x08\x00" * 100, b"PK\x03\x04" + b"z" * 400, b"a,b\n1,2\n" * 50]
)
def test_what_is_no_dicom_is_none_or_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert read_header(tmp_path / "x") is None


def test_a_header_does_not_show_the_patient(tmp_path: Path) -> None:
    header = read_header(written(tmp_path / "a"))
    assert header is not None
    assert not any(secret in repr(header) for secret in SECRETS)
    assert header.patient_key
    assert "4711" not in header.patient_key


def test_patients_are_told_apart_by_digest(tmp_path: Path) -> None:
    keys = []
    for n, changes in enumerate(
        ({}, {"PatientID": "OTHER"}, {"PatientID": ""}, {"PatientID": "", "PatientBirthDate": ""})
    ):
        header = read_header(written(tmp_path / str(n), **changes))
        assert header is not None
        keys.append(header.patient_key)
    assert len(set(keys)) == 4
    assert keys[3] == ""
