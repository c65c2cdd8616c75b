"""Voxels of a file as a stream of whole slices; the full array never exists in memory."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import io
import math
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, BinaryIO, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError, ReadError
from flr.files import file_status, open_file, printable, shown_name
from flr.geometry import Grid
from flr.quality import QualityFinding

_gzip: ModuleType
_zlib: ModuleType
try:
    from zlib_ng import gzip_ng as _gzip
    from zlib_ng import zlib_ng as _zlib
except ImportError:  # the standard library: slower, the same interface and bytes
    _gzip, _zlib = gzip, zlib
_DECODE_ERRORS: tuple[type[Exception], ...] = (EOFError, zlib.error, _zlib.error, gzip.BadGzipFile)

Encoding = Literal["raw", "gzip", "zlib", "bzip2"]
Kind = Literal["nifti", "nrrd", "metaimage", "dicom_series", "dicom_seg", "rtstruct", "memory", "plugin"]

IN_MEMORY: Final = "memory"
"""What an input that was no file is called in results."""

SLAB_BYTES = 512 * 1024
"""A slab is about this large, so that it is worked on while it lies in the processor's cache."""

MAX_VOXELS = 1 << 32
MAX_SLICE_VOXELS = 1 << 26
"""Larger arrays are refused before anything is allocated; a whole-body CT has about 2**30 voxels."""

FIRST_BYTES: Final = 64
"""So many bytes tell what a file is that is not what its name says."""

_SIGNATURES: Final = (
    (b"version https://git-lfs", "a pointer of Git LFS that stands for the file; fetch it with git lfs pull"),
    (b"/annex/objects/", "a pointer of git-annex that stands for the file; fetch it with git annex get"),
    (b"\x00\x05\x16\x07", "what macOS leaves beside a file (AppleDouble); give the file without ._"),
    (b"\x1f\x8b", "compressed twice; decompress it once"),
    (b"BZh", "a bzip2 archive; decompress it"),
    (b"\xfd7zXZ", "an xz archive; decompress it"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; decompress it"),
    (b"PK\x03\x04", "a zip archive; unpack it"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array, which has no geometry; use flr.liver_from_labels"),
    (b"NRRD", "an NRRD file; name it .nrrd"),
    (b"ObjectType", "a MetaImage; name it .mha or .mhd"),
)
_WEB_PAGE: Final = (b"<!doctype html", b"<html")

_EXPECTED: Final = "a label map or an image"
_MAX_MM = 1e7
_DEFLATE_MAX_RATIO = 1032
"""Deflate cannot expand further: a match of 258 bytes takes at least two bits."""

_ZLIB_CHUNK_BYTES = 64 * 1024
_ZLIB_OR_GZIP_WBITS = 47
_GZIP_WBITS = 31
_GZIP_MAGIC = b"\x1f\x8b"


class ByteReader(Protocol):
    """The two calls that this module needs of an open file."""

    def read(self, size: int, /) -> bytes: ...
    def readinto(self, buffer: memoryview, /) -> int | None: ...


class Voxels(Protocol):
    """Voxels that can be streamed, wherever they come from."""

    @property
    def is_scaled(self) -> bool:
        """Whether slabs hold real values, computed from the stored ones."""

    @property
    def layers(self) -> int:
        """Arrays that are read together with this one."""

    def slabs(self, slices_per_slab: int | None = None) -> Iterator[NDArray[Any]]:
        """Slabs of whole slices, as of :func:`read_slabs`."""


class PlainVoxels:
    """What is true of all :class:`Voxels` that hold the real values of one array."""

    @property
    def is_scaled(self) -> bool:
        """Values are stored as they are."""
        return False

    @property
    def layers(self) -> int:
        """One."""
        return 1


@dataclass(frozen=True)
class VoxelFile:
    """Where the voxels of one three-dimensional array lie, and how they are stored.

    Parameters
    ----------
    path : Path
        File that holds the voxels.
    encoding : {"raw", "gzip", "zlib", "bzip2"}
    shape : tuple of int
        Voxels along (i, j, k); i runs fastest in the file.
    dtype : numpy.dtype
        As stored, byte order included.
    offset_bytes : int
        Bytes of the file before the (possibly compressed) data.
    skip_bytes : int
        Decoded bytes before the first voxel.
    layers, layer : int
        Arrays that share the file, and which of them this is.
    interleaved : bool
        Whether the layers alternate voxel by voxel; otherwise they follow one another.
    slope, intercept : float
        Stored values are multiplied and shifted by these.
    is_rounded : bool
        Whether the result is rounded to whole numbers: labels that the scale has moved off them.
    """

    path: Path
    encoding: Encoding
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset_bytes: int = 0
    skip_bytes: int = 0
    layers: int = 1
    layer: int = 0
    interleaved: bool = True
    slope: float = 1.0
    intercept: float = 0.0
    is_rounded: bool = False

    @property
    def is_scaled(self) -> bool:
        """Whether the header asks for a slope or an intercept."""
        return self.slope != 1.0 or self.intercept != 0.0

    def slabs(self, slices_per_slab: int | None = None) -> Iterator[NDArray[Any]]:
        """Slabs of whole slices; see :func:`read_slabs`."""
        return read_slabs(self, slices_per_slab)

    @property
    def n_bytes(self) -> int:
        """Decoded bytes of all voxels of all layers."""
        return math.prod(self.shape) * self.layers * self.dtype.itemsize


@dataclass(frozen=True, eq=False)
class ArrayVoxels(PlainVoxels):
    """Voxels of an array in memory, streamed as those of a file are.

    Parameters
    ----------
    array : ndarray of booleans, integers or floats, shape (i, j, k)
        In any order of memory and bytes; neither copied nor changed.
    """

    array: NDArray[Any]

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the values: little-endian, in the array's own type, i fastest, then j, then k."""
        digest = hashlib.sha256()
        for slab in self.slabs():
            digest.update(slab.astype(slab.dtype.newbyteorder("<"), copy=False).tobytes())
        return digest.hexdigest()

    def slabs(self, slices_per_slab: int | None = None) -> Iterator[NDArray[Any]]:
        """Slabs of whole slices through one reused buffer, as of :func:`read_slabs`."""
        n_i, n_j, n_k = self.array.shape
        dtype = self.array.dtype.newbyteorder("=")
        slices = min(slices_per_slab or max(1, SLAB_BYTES // (n_i * n_j * dtype.itemsize)), n_k)
        buffer = np.empty((slices, n_j, n_i), dtype=dtype)
        for first in range(0, n_k, slices):
            slab = buffer[: min(slices, n_k - first)]
            np.copyto(slab, self.array[:, :, first : first + slices].T)
            yield slab


@dataclass(frozen=True)
class Segment:
    """What a file says about one of its labels.

    Parameters
    ----------
    name : str
        The file's own name.
    value : int
        Label value in its layer.
    layer : int
        Layer of the file; segments of one layer exclude each other.
    tags : Mapping
        Free tags of the format, e.g. ``TerminologyEntry``.
    type_code : tuple of str, optional
        Coded anatomy: scheme, code value, meaning.
    modifier, region, region_modifier : tuple of str, optional
        What narrows it, such as a side, and where it lies.
    """

    name: str
    value: int
    layer: int = 0
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    type_code: tuple[str, str, str] | None = None
    modifier: tuple[str, str, str] | None = None
    region: tuple[str, str, str] | None = None
    region_modifier: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class LabelSource:
    """One label map, opened as far as its header.

    Parameters
    ----------
    path : Path
        The file that was named; for labels in memory their own name, which no file has.
    name : str
        File name, with the layer where the file has several.
    kind : {"nifti", "nrrd", "metaimage", "dicom_series", "dicom_seg", "rtstruct", "memory", "plugin"}
    grid : Grid
    dtype : numpy.dtype
        As stored on disk.
    voxels : Voxels
        Where the voxels lie.
    names : Mapping of int to str
        Label value to the file's own name, from the file or from a sidecar of the same stem.
    folder_names : Mapping of int to str
        Names from a table that serves a whole folder (``dseg.tsv``, ``dataset.json``). Adopt them
        only through :func:`flr.io.source.names_of`, which checks that they cover the labels.
    nearby_names : Mapping of int to str
        Names from a table in the folder that may belong to another map; never adopted, but what they say of a
        label must not be contradicted by its number.
    names_may_repeat : bool
        Whether the names come from regions, of which one may hold several labels.
    quality : tuple of QualityFinding
        What the header gives away.
    segments : tuple of Segment
        Metadata of each label, where the format has any.
    files : tuple of Path
        Every file whose bytes the labels or their names come from: ``path``, a detached file of voxels, a
        table of names. They are hashed, found again by a replay, and watched by a cohort. Empty stands for
        ``path`` alone.
    file_name : str
        What to call the input, where the name of ``path`` must not be shown.
    partial_ml : Mapping of int to float
        Volumes as the sum of occupied fractions, where the file holds fractions. [mL]
    planimetric_ml : Mapping of int to float
        Volumes as contour area times slice thickness, where the file holds contours. [mL]
    """

    path: Path
    name: str
    kind: Kind
    grid: Grid
    dtype: np.dtype[Any]
    voxels: Voxels
    names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    folder_names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    nearby_names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    names_may_repeat: bool = False
    quality: tuple[QualityFinding, ...] = ()
    segments: tuple[Segment, ...] = ()
    files: tuple[Path, ...] = ()
    file_name: str = ""
    partial_ml: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    planimetric_ml: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", printable(self.name))

    @property
    def shown_name(self) -> str:
        """What the input is called in messages and results."""
        return self.file_name or shown_name(self.path)

    @property
    def how_to_name(self) -> str:
        """How a user says what the labels of this input are."""
        if self.kind == "memory":
            return "names={1: NAME, 2: NAME}"
        return f"--labels {self.shown_name}:1=NAME,2=NAME"

    @property
    def is_dicom(self) -> bool:
        """Whether the labels come from DICOM, whose many files are one input."""
        return self.kind in ("dicom_series", "dicom_seg", "rtstruct")

    def slabs(self, slices_per_slab: int | None = None) -> Iterator[NDArray[Any]]:
        """Stored values in slabs of whole slices, through one reused buffer; see :func:`read_slabs`."""
        return self.voxels.slabs(slices_per_slab)


def read_slabs(voxels: VoxelFile, slices_per_slab: int | None = None) -> Iterator[NDArray[Any]]:
    """Yield slabs of whole slices in file order.

    Parameters
    ----------
    voxels : VoxelFile
    slices_per_slab : int, optional
        Slices in each slab; by default as many as fill about 512 KiB, at least one.

    Yields
    ------
    ndarray, shape (slices, nj, ni)
        C-ordered, native byte order, scaled where the header says so. The memory is reused: a slab
        is valid until the next one is asked for.

    Raises
    ------
    ReadError
        If the file is shorter or longer than its header promises, is damaged, or is unreadable.
        The length and the checksum are judged after the last slab, so use the values only then.
    """
    check_size(voxels)
    n_i, n_j, n_k = voxels.shape
    stride = voxels.layers if voxels.interleaved else 1
    slice_bytes = n_i * n_j * stride * voxels.dtype.itemsize
    slices = slices_per_slab or max(1, SLAB_BYTES // slice_bytes)
    slices = min(slices, n_k)
    buffer = np.empty(slices * slice_bytes, dtype=np.uint8)
    window = buffer.data
    plain = np.empty(slices * n_i * n_j, dtype=voxels.dtype.newbyteorder("=")) if stride > 1 else None
    skip = voxels.skip_bytes
    if not voxels.interleaved:
        skip += voxels.layer * slice_bytes * n_k
    with open_decoded(voxels.path, voxels.encoding, voxels.offset_bytes) as stream:
        name = voxels.path.name
        _skip(stream, skip, window, name)
        for first in range(0, n_k, slices):
            n = min(slices, n_k - first)
            _fill(stream, window[: n * slice_bytes], name)
            slab = buffer[: n * slice_bytes].view(voxels.dtype)
            if not voxels.dtype.isnative:
                slab = slab.byteswap(inplace=True).view(voxels.dtype.newbyteorder("="))
            if plain is not None:
                chosen = plain[: n * n_i * n_j]
                np.copyto(chosen, slab.reshape(-1, stride)[:, voxels.layer])
                slab = chosen
            slab = slab.reshape(n, n_j, n_i)
            yield _scaled(slab, voxels) if voxels.is_scaled else slab
        if not voxels.interleaved:
            _skip(stream, (voxels.layers - 1 - voxels.layer) * slice_bytes * n_k, window, name)
        _drain(stream, window, name)


def _scaled(slab: NDArray[Any], voxels: VoxelFile) -> NDArray[Any]:
    values: NDArray[Any] = slab * voxels.slope + voxels.intercept
    return np.rint(values, out=values) if voxels.is_rounded else values


def check_size(voxels: VoxelFile) -> None:
    """Refuse arrays that are absurdly large or that the file cannot hold, before allocating.

    Raises
    ------
    ReadError
    """
    name = voxels.path.name
    times = "×".join(str(n) for n in voxels.shape)
    count = math.prod(voxels.shape) * voxels.layers
    if count > MAX_VOXELS or voxels.shape[0] * voxels.shape[1] * voxels.layers > MAX_SLICE_VOXELS:
        raise ReadError(
            f"{name}: the header promises {times} voxels; at most {MAX_VOXELS} voxels in all and "
            f"{MAX_SLICE_VOXELS} in a slice are read, so the header is taken to be damaged"
        )
    stored = file_size(voxels.path) - voxels.offset_bytes
    needed = voxels.n_bytes + voxels.skip_bytes
    largest = {"raw": 1, "gzip": _DEFLATE_MAX_RATIO, "zlib": _DEFLATE_MAX_RATIO}.get(voxels.encoding)
    if largest is not None and needed > stored * largest:
        raise ReadError(
            f"{name}: the header promises {times} voxels ({needed} bytes), more than the file can hold; "
            "the file is cut short or its header is damaged"
        )


def file_size(path: Path) -> int:
    """Size of a regular, non-empty file. [bytes]

    Raises
    ------
    ReadError
        If there is no such file, it is a folder or a device, or it is empty.
    """
    status = file_status(path, expected=_EXPECTED)
    if status.st_size == 0:
        raise ReadError(f"{shown_name(path)}: the file is empty; it was probably not copied completely")
    return status.st_size


def grid_of(shape: tuple[int, int, int], index_to_world_mm: NDArray[np.float64], name: str) -> Grid:
    """The grid that a header describes, or a message that names the file.

    Raises
    ------
    GeometryError
        If the geometry is singular, not finite or far beyond any scanner.
    """
    finite = index_to_world_mm[np.isfinite(index_to_world_mm)]
    if finite.size and np.abs(finite).max() > _MAX_MM:
        raise GeometryError(
            f"{name}: positions of {np.abs(finite).max():.3g} mm in the header; expected less than "
            f"{_MAX_MM:g} mm, the header is damaged"
        )
    try:
        return Grid(shape, index_to_world_mm)
    except GeometryError as error:
        raise GeometryError(f"{name}: {error}") from error


def plain_sibling(path: Path, file_name: str) -> Path:
    """The data file that a detached header names, which must lie in the header's own folder.

    The spelling is free: quotes, ``./``, another folder left again by ``..``, the folder's own absolute path,
    backslashes, and letters of another case where only one file fits.

    Raises
    ------
    ReadError
        If the header names a place elsewhere, a list or a pattern of files.
    """
    plain = file_name.strip().strip("\"'")
    folder = path.absolute().parent
    beside = _names_in(folder)
    if plain in beside:
        return path.with_name(plain)
    normal = os.path.normpath(plain.replace("\\", "/"))
    place, _, name = normal.rpartition("/")
    if place and os.path.realpath(folder / place) == os.path.realpath(folder):
        normal = name
    is_many = plain.upper().split(maxsplit=1)[:1] == ["LIST"] or ("%" in plain and normal not in beside)
    if is_many or normal in ("", ".", "..") or any(c in normal for c in "/:\x00"):
        named = printable(normal.rpartition("/")[2]) or "no file"
        raise ReadError(
            f"{shown_name(path)}: the header names {named!r} elsewhere as its data; expected the name of one"
            " file in the same folder"
        )
    alike = [name for name in beside if name.casefold() == normal.casefold()]
    return path.with_name(alike[0] if normal not in beside and len(alike) == 1 else normal)


def _names_in(folder: Path) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))  # noqa: PTH208  # names alone
    except OSError:
        return frozenset()


def sniff_encoding(path: Path) -> Encoding:
    """Whether a file starts as gzip or is taken as it is; the file's suffix is not trusted."""
    file_size(path)
    with open_decoded(path, "raw") as file:
        return "gzip" if file.read(2) == _GZIP_MAGIC else "raw"


@contextlib.contextmanager
def open_decoded(path: Path, encoding: Encoding, offset_bytes: int = 0) -> Iterator[ByteReader]:
    """Open a file for reading decoded bytes; every failure inside becomes a :class:`ReadError`."""
    name = shown_name(path)
    try:
        with open_file(path, expected=_EXPECTED) as file:
            file.seek(offset_bytes)
            match encoding:
                case "raw":
                    yield file
                case "gzip":
                    with _gzip.open(file) as stream:
                        yield stream
                case "bzip2":
                    with bz2.open(file) as stream:
                        yield stream
                case "zlib":
                    yield _ZlibReader(file)
    except (ReadError, GeometryError):
        raise
    except _DECODE_ERRORS as error:
        said = _undecodable(error, path, encoding, offset_bytes)
        raise ReadError(f"{name}: {said}; copy or export the file again") from error
    except OSError as error:
        said = (error.strerror or str(error)).rstrip(".")
        raise ReadError(f"{name}: cannot be read ({said}); copy or export the file again") from error


def _undecodable(error: Exception, path: Path, encoding: Encoding, offset_bytes: int) -> str:
    """Why compressed data cannot be decoded."""
    end = "" if encoding != "gzip" else _after_gzip(path, offset_bytes)
    if end:
        return end
    if isinstance(error, EOFError):
        return "the compressed data end too early, the file is cut short"
    if isinstance(error, gzip.BadGzipFile):
        return "the compressed data are damaged, their checksum (CRC) or length does not fit"
    return f"the compressed data are damaged ({error})"


def _after_gzip(path: Path, offset_bytes: int) -> str:
    """What is wrong with gzip data before or after them; empty where the fault lies in them."""
    with open_file(path, expected=_EXPECTED) as file:
        file.seek(offset_bytes)
        pending = file.read(_ZLIB_CHUNK_BYTES)
        if not pending.startswith(_GZIP_MAGIC):
            return "the data are not compressed with gzip, as the header says"
        decoder: Any = _zlib.decompressobj(_GZIP_WBITS)
        while pending:
            try:
                decoder.decompress(pending, SLAB_BYTES)
            except (zlib.error, _zlib.error):
                return ""
            pending = decoder.unconsumed_tail or (b"" if decoder.eof else file.read(_ZLIB_CHUNK_BYTES))
            if decoder.eof:
                pending = (decoder.unused_data + file.read(_ZLIB_CHUNK_BYTES)).lstrip(b"\x00")
                if pending and not pending.startswith(_GZIP_MAGIC):
                    return "bytes follow the end of the compressed data (trailing bytes)"
                decoder = _zlib.decompressobj(_GZIP_WBITS)
    return ""


def what_it_is(first_bytes: bytes) -> str:
    """What a file is that is no label map, in words to append; empty where it is not known.

    >>> what_it_is(b"PK\\x03\\x04...")
    ' but a zip archive; unpack it'
    """
    if first_bytes.lstrip().lower().startswith(_WEB_PAGE):
        return " but a web page; the download failed, fetch the file again"
    found = (text for start, text in _SIGNATURES if first_bytes.startswith(start))
    return next((f" but {text}" for text in found), "")


class _ZlibReader(io.RawIOBase):
    """Decoded bytes of one zlib (or gzip) stream; nothing but zeros may follow it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder: Any = _zlib.decompressobj(_ZLIB_OR_GZIP_WBITS)
        self._pending = b""

    def readinto(self, buffer: Any, /) -> int:
        target = memoryview(buffer)
        while not self._decoder.eof:
            self._pending = self._pending or self._file.read(_ZLIB_CHUNK_BYTES)
            if not self._pending:
                raise EOFError
            decoded = self._decoder.decompress(self._pending, len(target))
            self._pending = self._decoder.unconsumed_tail
            if decoded:
                target[: len(decoded)] = decoded
                return len(decoded)
        rest = self._decoder.unused_data + self._file.read()
        if rest.strip(b"\x00"):
            raise zlib.error("something follows the compressed data")
        return 0


def _fill(stream: ByteReader, window: memoryview, name: str) -> None:
    filled = 0
    while filled < len(window):
        n = stream.readinto(window[filled:])
        if not n:
            raise ReadError(
                f"{name}: the voxels end {len(window) - filled} bytes before a slice is complete; "
                "the file is cut short or its header is damaged"
            )
        filled += n


def _skip(stream: ByteReader, n_bytes: int, window: memoryview, name: str) -> None:
    while n_bytes > 0:
        part = min(n_bytes, len(window))
        _fill(stream, window[:part], name)
        n_bytes -= part


def _drain(stream: ByteReader, window: memoryview, name: str) -> None:
    """Read past the last voxel: only there does a compressed stream check its length and checksum."""
    while n := stream.readinto(window):
        if np.frombuffer(window[:n], dtype=np.uint8).any():
            raise ReadError(
                f"{name}: data follow the last voxel that the header promises; the header's size or voxel "
                "type is wrong, or the file is damaged"
            )
