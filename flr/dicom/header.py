"""The few attributes of a DICOM file that decide where its pixels lie, read without touching the pixels."""

from __future__ import annotations

import hashlib
import logging
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from flr.dicom.opened import malformed, read_dataset
from flr.errors import ReadError
from flr.stream import MAX_SLICE_VOXELS, MAX_VOXELS

IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"
NATIVE: Final = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, _DEFLATED, "")
"""Ways of storing pixels without compressing them."""

SEGMENTATION_CLASSES: Final = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
STRUCTURE_SET_CLASS: Final = "1.2.840.10008.5.1.4.1.1.481.3"
_DIRECTORY_CLASS: Final = "1.2.840.10008.1.3.10"

_PIXELS: Final = 0x7FE00010
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
_VRS = _LONG_VRS | frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_CUT_SHORT: Final = "a DICOM file is cut short; copy or export it again"
_FIRST_BYTES = 16 * 1024
_LAST_BYTES = 4 * 1024
_CLOSING = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
_MAX_DEPTH = 16

_TEXT, _NUMBERS, _US, _UL, _FD = range(5)
_WANTED: Final[Mapping[int, tuple[str, int]]] = {
    0x00020010: ("TransferSyntaxUID", _TEXT),
    0x00020002: ("MediaStorageSOPClassUID", _TEXT),
    0x00080008: ("ImageType", _TEXT),
    0x00080016: ("SOPClassUID", _TEXT),
    0x00080018: ("SOPInstanceUID", _TEXT),
    0x00080020: ("StudyDate", _TEXT),
    0x00080021: ("SeriesDate", _TEXT),
    0x00080022: ("AcquisitionDate", _TEXT),
    0x0008002A: ("AcquisitionDateTime", _TEXT),
    0x00080032: ("AcquisitionTime", _TEXT),
    0x00080033: ("ContentTime", _TEXT),
    0x00080060: ("Modality", _TEXT),
    0x0008103E: ("SeriesDescription", _TEXT),
    0x00100010: ("PatientName", _TEXT),
    0x00100020: ("PatientID", _TEXT),
    0x00100030: ("PatientBirthDate", _TEXT),
    0x00100040: ("PatientSex", _TEXT),
    0x00101010: ("PatientAge", _TEXT),
    0x00101020: ("PatientSize", _NUMBERS),
    0x00101030: ("PatientWeight", _NUMBERS),
    0x00180050: ("SliceThickness", _NUMBERS),
    0x00180081: ("EchoTime", _TEXT),
    0x00180086: ("EchoNumbers", _TEXT),
    0x00181060: ("TriggerTime", _TEXT),
    0x00189087: ("DiffusionBValue", _FD),
    0x0020000D: ("StudyInstanceUID", _TEXT),
    0x0020000E: ("SeriesInstanceUID", _TEXT),
    0x00200011: ("SeriesNumber", _TEXT),
    0x00200012: ("AcquisitionNumber", _TEXT),
    0x00200013: ("InstanceNumber", _TEXT),
    0x00200032: ("ImagePositionPatient", _NUMBERS),
    0x00200037: ("ImageOrientationPatient", _NUMBERS),
    0x00200052: ("FrameOfReferenceUID", _TEXT),
    0x00200100: ("TemporalPositionIdentifier", _TEXT),
    0x00209161: ("ConcatenationUID", _TEXT),
    0x00209162: ("InConcatenationNumber", _US),
    0x00209163: ("InConcatenationTotalNumber", _US),
    0x00209228: ("ConcatenationFrameOffsetNumber", _UL),
    0x00280002: ("SamplesPerPixel", _US),
    0x00280004: ("PhotometricInterpretation", _TEXT),
    0x00280008: ("NumberOfFrames", _TEXT),
    0x00280010: ("Rows", _US),
    0x00280011: ("Columns", _US),
    0x00280030: ("PixelSpacing", _NUMBERS),
    0x00280100: ("BitsAllocated", _US),
    0x00280101: ("BitsStored", _US),
    0x00280103: ("PixelRepresentation", _US),
    0x00281052: ("RescaleIntercept", _NUMBERS),
    0x00281053: ("RescaleSlope", _NUMBERS),
}
WHO: Final = ("PatientID", "PatientName", "PatientBirthDate")
"""Attributes that tell patients apart."""

_READ_BY_PYDICOM: Final = ("SEG", "RTSTRUCT", STRUCTURE_SET_CLASS, *SEGMENTATION_CLASSES)
_STOP_EARLY: Final = 0x00290000
# Segmentations and structure sets are read by pydicom anyway; their long sequences are not walked here.


class _NeedMore(Exception):
    """The bytes at hand end inside an element."""


class _Unusual(Exception):
    """A transfer syntax or a structure that is not walked."""


@dataclass(frozen=True, slots=True)
class Header:
    """What one DICOM file says about itself.

    Parameters
    ----------
    path : Path
    values : mapping of str to value
        Text, a whole number, or a tuple of floats, by DICOM keyword. Absent and empty attributes are not
        listed. Never shown: it identifies the patient.
    pixel_offset : int or None
        Bytes of the file before uncompressed pixels; None where pydicom has to find them.
    pixel_bytes : int
        Length of the uncompressed pixels; 0 where there are none or they are compressed.
    has_pixels : bool
    """

    path: Path = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    pixel_offset: int | None = None
    pixel_bytes: int = 0
    has_pixels: bool = False

    def text(self, keyword: str) -> str:
        """An attribute as text, empty when it is absent."""
        value = self.values.get(keyword, "")
        return value if isinstance(value, str) else str(value)

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """An attribute as numbers, empty when it is absent or is no number."""
        value = self.values.get(keyword, ())
        return value if isinstance(value, tuple) else ()

    def whole(self, keyword: str, default: int = 0) -> int:
        """An attribute as a whole number."""
        value = self.values.get(keyword)
        if isinstance(value, int):
            return value
        try:
            return int(float(value)) if isinstance(value, str) else default
        except (ValueError, OverflowError):
            return default

    @property
    def sop_class_uid(self) -> str:
        """SOP class, from the file's own header where the data set's is empty."""
        return self.text("SOPClassUID") or self.text("MediaStorageSOPClassUID")

    @property
    def is_segmentation(self) -> bool:
        """Whether this is a DICOM SEG."""
        return self.sop_class_uid in SEGMENTATION_CLASSES or self.text("Modality") == "SEG"

    @property
    def is_structure_set(self) -> bool:
        """Whether this is an RTSTRUCT."""
        return self.sop_class_uid == STRUCTURE_SET_CLASS or self.text("Modality") == "RTSTRUCT"

    @property
    def is_image(self) -> bool:
        """Whether this is one grey-level slice, or several frames of them, in patient space."""
        if self.is_segmentation or self.is_structure_set or not self.has_pixels:
            return False
        if self.whole("SamplesPerPixel", 1) != 1 or not (self.whole("Rows") and self.whole("Columns")):
            return False
        placed = len(self.numbers("ImagePositionPatient")) == 3
        return placed or self.whole("NumberOfFrames", 1) > 1

    @property
    def patient_key(self) -> str:
        """A digest of the patient's identifier (else of name and birth date), empty when not known."""
        said = self.text("PatientID")
        if not said and self.text("PatientName") and self.text("PatientBirthDate"):
            said = self.text("PatientName").casefold() + "\n" + self.text("PatientBirthDate")
        return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest() if said else ""


@contextmanager
def quietly() -> Iterator[None]:
    """Keep pydicom's remarks on values that bend the standard to itself: they may quote the values."""
    log = logging.getLogger("pydicom")
    before, log.disabled = log.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before


def read_header(path: Path) -> Header | None:
    """Read a file's header; None when it is no DICOM file.

    Notes
    -----
    Explicit and implicit little-endian files are walked directly, with or without the preamble; all others
    go through pydicom. Only the bytes before the pixels are read.

    Raises
    ------
    ReadError
        If the file cannot be read, ends inside its header or its pixels, or promises more voxels than are
        read.
    """
    try:
        header = _read(path)
    except OSError as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(f"a file cannot be read ({(error.strerror or 'damaged').lower()})") from error
    if header is not None and (header.is_image or header.is_segmentation):
        _check_promise(header)
    return header


def _check_promise(header: Header) -> None:
    """Refuse sizes that no scanner writes, before memory is set aside for them."""
    in_frame = header.whole("Rows") * header.whole("Columns")
    frames = max(1, header.whole("NumberOfFrames", 1))
    # A segmentation has a frame for each segment of a slice; where it is not compressed, its pixels are
    # compared with the size of the file before they are read.
    is_bounded = header.is_segmentation and header.text("TransferSyntaxUID") in NATIVE
    if in_frame > MAX_SLICE_VOXELS or (in_frame * frames > MAX_VOXELS and not is_bounded):
        raise ReadError(
            f"the header promises {frames} frame(s) of {in_frame} voxels; at most {MAX_VOXELS} voxels in all "
            f"and {MAX_SLICE_VOXELS} in a frame are read, so the header is taken to be damaged"
        )


def _read(path: Path) -> Header | None:
    with path.open("rb", buffering=0) as file:
        start = file.read(_FIRST_BYTES)
        if not _looks_like_dicom(start):
            return None
        size = path.stat().st_size
        while True:
            try:
                values, offset, length = _walk(start, size)
                break
            except _NeedMore:
                more = file.read(15 * len(start))
                if not more:
                    raise ReadError(_CUT_SHORT) from None
                start += more
            except _Unusual:
                return _through_pydicom(path)
    if not _says_enough(values):
        return None
    if offset is None:
        return Header(path, values)
    if length == _UNDEFINED:
        if not _is_closed(path, size):
            raise ReadError(_CUT_SHORT)
        return Header(path, values, None, 0, True)
    if offset + length > size:
        raise ReadError(_CUT_SHORT)
    return Header(path, values, offset, length, True)


def _is_closed(path: Path, size: int) -> bool:
    """Whether compressed pixels end as they must; what follows them is nearly always nothing."""
    with path.open("rb") as file:
        file.seek(max(0, size - _LAST_BYTES))
        if _CLOSING in file.read():
            return True
        file.seek(0)
        return _CLOSING in file.read()


def _looks_like_dicom(start: bytes) -> bool:
    if start[128:132] == b"DICM":
        return True
    if len(start) < 16:
        return False
    group, element = struct.unpack_from("<HH", start)
    if group not in (0x0002, 0x0008) or element > 0x0100:
        return False
    return start[4:6] in _VRS or struct.unpack_from("<I", start, 4)[0] <= 128


def _says_enough(values: Mapping[str, Any]) -> bool:
    classes = (values.get("SOPClassUID"), values.get("MediaStorageSOPClassUID"))
    return _DIRECTORY_CLASS not in classes and (any(classes) or "Modality" in values or "Rows" in values)


def _walk(data: bytes, size: int) -> tuple[dict[str, Any], int | None, int]:
    """Wanted values, and place and length of the pixels (None when there are none)."""
    values: dict[str, Any] = {}
    position = 132 if data[128:132] == b"DICM" else 0
    explicit = data[position + 4 : position + 6] in _VRS
    in_meta = data[position : position + 2] == b"\x02\x00"
    stop_early = False
    while position < size:
        if position + 8 > len(data):
            raise _NeedMore
        group, element = struct.unpack_from("<HH", data, position)
        if in_meta and group != 0x0002:
            in_meta = False
            if values.get("TransferSyntaxUID") in (_EXPLICIT_BIG, _DEFLATED):
                raise _Unusual
            # Some writers name one syntax and use the other, so the bytes decide.
            explicit = data[position + 4 : position + 6] in _VRS
        tag = group << 16 | element
        if stop_early and tag > _STOP_EARLY:
            return values, None, 0
        position, length, nested_explicit = _element(data, position, explicit)
        if tag == _PIXELS:
            return values, position, length
        if length == _UNDEFINED:
            position = _skip_items(data, position, nested_explicit, 0)
            continue
        wanted = _WANTED.get(tag)
        if wanted is not None and length:
            if position + length > len(data):
                raise _NeedMore
            keyword, kind = wanted
            value = _decode(data[position : position + length], kind)
            if value not in ("", ()):
                values[keyword] = value
                stop_early |= value in _READ_BY_PYDICOM
        position += length
    if position > size:
        raise _NeedMore
    return values, None, 0


def _element(data: bytes, position: int, explicit: bool) -> tuple[int, int, bool]:
    """Place and length of an element's value, and whether items inside it carry their types."""
    try:
        if not explicit:
            return position + 8, int(struct.unpack_from("<I", data, position + 4)[0]), False
        vr = data[position + 4 : position + 6]
        if vr in _LONG_VRS:
            return position + 12, int(struct.unpack_from("<I", data, position + 8)[0]), vr != b"UN"
        return position + 8, int(struct.unpack_from("<H", data, position + 6)[0]), True
    except struct.error as error:
        raise _NeedMore from error


def _skip_items(data: bytes, position: int, explicit: bool, depth: int) -> int:
    """Position behind a sequence of undefined length."""
    if depth > _MAX_DEPTH:
        raise _Unusual
    while True:
        tag, length = _item(data, position)
        position += 8
        if tag == _SEQUENCE_END:
            return position
        if tag != _ITEM:
            raise _Unusual
        if length != _UNDEFINED:
            position += length
            continue
        while True:
            tag, _ = _item(data, position)
            if tag == _ITEM_END:
                position += 8
                break
            position, length, nested = _element(data, position, explicit)
            position = (
                _skip_items(data, position, nested, depth + 1) if length == _UNDEFINED else position + length
            )


def _item(data: bytes, position: int) -> tuple[int, int]:
    try:
        group, element, length = struct.unpack_from("<HHI", data, position)
    except struct.error as error:
        raise _NeedMore from error
    return group << 16 | element, length


def _decode(value: bytes, kind: int) -> Any:
    if kind == _US:
        return int.from_bytes(value[:2], "little")
    if kind == _UL:
        return int.from_bytes(value[:4], "little")
    if kind == _FD:
        return repr(struct.unpack("<d", value)[0]) if len(value) == 8 else ""
    text = value.decode("latin-1").strip(" \0")
    return _floats(text) if kind == _NUMBERS else text


def _floats(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split("\\")) if text else ()
    except ValueError:
        return ()


def _through_pydicom(path: Path) -> Header | None:
    """The same values by pydicom, for big-endian and deflated files."""
    values: dict[str, Any] = {}
    with quietly():
        try:
            content = read_dataset(path, tags=[*_WANTED, _PIXELS])
            values["TransferSyntaxUID"] = str(content.file_meta.get("TransferSyntaxUID", ""))
            for tag, (keyword, kind) in _WANTED.items():
                element = content.get(tag)
                if element is None or element.value in (None, ""):
                    continue
                value = element.value
                several = list(value) if element.VM > 1 else [value]
                if kind in (_US, _UL):
                    values[keyword] = int(value)
                elif kind == _NUMBERS:
                    values[keyword] = tuple(float(v) for v in several)
                else:
                    values[keyword] = "\\".join(str(v) for v in several)
        except ReadError:
            raise
        except malformed():
            return None
        has_pixels = "PixelData" in content
    return Header(path, values, None, 0, has_pixels) if _says_enough(values) else None
