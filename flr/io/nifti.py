"""NIfTI-1 and NIfTI-2: geometry, label names and where the voxels lie."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError, ReadError
from flr.geometry import Grid
from flr.io.nifti_header import HEADER_BYTES, NiftiHeader
from flr.io.sidecars import caret_names
from flr.quality import CHECKS, QualityFinding
from flr.stream import (
    FIRST_BYTES,
    ByteReader,
    LabelSource,
    VoxelFile,
    check_size,
    grid_of,
    open_decoded,
    sniff_encoding,
    what_it_is,
)

_MAX_VOX_OFFSET = 64 << 20
_MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # NIFTI_UNITS_UNKNOWN, METER, MM, MICRON
_TYPES = {
    2: "u1", 256: "i1", 4: "i2", 512: "u2", 8: "i4", 768: "u4", 1024: "i8", 1280: "u8", 16: "f4", 64: "f8",
}  # fmt: skip
_SAME_VOLUME = 1e-3
_SAME_SIDE = 1e-3
_CARET_MARK = b"<CaretExtension"
_AFNI_MARK = b"VALUE_LABEL_DTABLE"


def open_nifti(path: Path) -> LabelSource:
    """Open a ``.nii``, ``.nii.gz`` or ``.hdr``/``.img`` file as far as its header.

    Raises
    ------
    ReadError
        If the file is not a three-dimensional NIfTI array that can be read.
    GeometryError
        If the header's geometry cannot exist.

    References
    ----------
    .. [1] NIfTI-1 data format, https://nifti.nimh.nih.gov/nifti-1 (qform, sform, xyzt_units).
    """
    header_path, voxel_path = _pair(path)
    name = path.name
    encoding = sniff_encoding(header_path)
    with open_decoded(header_path, encoding) as stream:
        version_bytes, header = _read_header(stream, name)
        is_single = header_path == voxel_path
        magic = bytes(header["magic"])[:3]
        if magic not in ((b"n+1", b"n+2") if is_single else (b"ni1", b"ni2")):
            raise ReadError(
                f"{name}: the header's magic is {magic!r}; expected a NIfTI "
                f"{'single file' if is_single else 'header and image pair'}. Export it as .nii.gz"
            )
        offset = _voxel_offset(header, version_bytes + 4 if is_single else 0, name)
        extensions = (
            _take(stream, offset - version_bytes, name) if is_single else stream.read(_MAX_VOX_OFFSET)
        )
    shape = shape_of(header, name)
    slope, intercept = _scaling(header, name)
    voxels = VoxelFile(
        path=voxel_path,
        encoding=encoding if is_single else sniff_encoding(voxel_path),
        shape=shape,
        dtype=_dtype(header, name),
        skip_bytes=offset,
        slope=slope,
        intercept=intercept,
    )
    check_size(voxels)
    grid, names, quality = described(header, extensions, shape, name)
    return LabelSource(
        path=path,
        name=name,
        kind="nifti",
        grid=grid,
        dtype=voxels.dtype,
        voxels=voxels,
        names=names,
        quality=quality,
        files=tuple(dict.fromkeys((path, header_path, voxel_path))),
    )


def described(
    header: NiftiHeader, after_header: bytes, shape: tuple[int, int, int], name: str
) -> tuple[Grid, Mapping[int, str], tuple[QualityFinding, ...]]:
    """Geometry and label names of a header, and what is odd about them.

    Parameters
    ----------
    header : NiftiHeader
    after_header : bytes
        Its extensions as a file holds them, in the header's byte order.
    shape : tuple of int
        Voxels along (i, j, k).
    name : str
        For messages.

    Raises
    ------
    ReadError, GeometryError
        If the geometry cannot exist, or is in an unknown unit.
    """
    with np.errstate(all="ignore"):  # a header may hold anything; Grid refuses what is not finite
        affine, quality = _index_to_world_mm(header, shape, name)
    grid = grid_of(shape, affine, name)
    names, more = _names(after_header, header.endianness)
    return grid, names, quality + more


def looks_like_nifti(first_bytes: bytes) -> bool:
    """Whether decoded bytes begin with the length of a NIfTI header, in either byte order."""
    return len(first_bytes) >= 4 and bool(
        {struct.unpack(order, first_bytes[:4])[0] for order in ("<i", ">i")} & HEADER_BYTES.keys()
    )


def _pair(path: Path) -> tuple[Path, Path]:
    """Header file and voxel file, the same for single files."""
    bare = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    kind = bare.suffix.lower()
    if kind not in (".hdr", ".img"):
        return path, path

    def sibling(suffix: str) -> Path:
        upper = suffix.upper() if bare.suffix.isupper() else suffix
        candidates = [bare.with_suffix(upper), bare.with_name(bare.stem + upper + ".gz")]
        return next((c for c in candidates if c.exists()), candidates[0])

    return (path, sibling(".img")) if kind == ".hdr" else (sibling(".hdr"), path)


def _take(stream: ByteReader, n_bytes: int, name: str) -> bytes:
    taken = bytearray()
    while len(taken) < n_bytes:
        part = stream.read(n_bytes - len(taken))
        if not part:
            raise ReadError(f"{name}: ends inside its header; the file is cut short")
        taken += part
    return bytes(taken)


def _read_header(stream: ByteReader, name: str) -> tuple[int, NiftiHeader]:
    start = stream.read(FIRST_BYTES)
    orders: tuple[Literal["<", ">"], ...] = ("<", ">") if len(start) >= 4 else ()
    for order in orders:
        (size,) = struct.unpack(order + "i", start[:4])
        if size in HEADER_BYTES:
            return size, NiftiHeader(start + _take(stream, size - len(start), name), order)
    if len(start) < 4:
        raise ReadError(f"{name}: ends inside its header; the file is cut short")
    raise ReadError(
        f"{name}: not a NIfTI file{what_it_is(start) or ', it does not begin with a NIfTI header'}"
    )


def _voxel_offset(header: NiftiHeader, smallest: int, name: str) -> int:
    offset = float(header["vox_offset"])
    if offset == 0.0:  # written by some tools for "directly after the header"
        return smallest
    if not (smallest <= offset <= _MAX_VOX_OFFSET) or offset != int(offset):
        raise ReadError(
            f"{name}: voxels are said to begin at byte {offset:g}; expected {smallest} to {_MAX_VOX_OFFSET}, "
            "the header is damaged"
        )
    return int(offset)


def shape_of(header: NiftiHeader, name: str) -> tuple[int, int, int]:
    """Voxels along (i, j, k); further axes may have one place each. Raises ReadError for another array."""
    dim = [int(n) for n in header["dim"]]
    sides = dim[1 : dim[0] + 1] if 1 <= dim[0] <= 7 else []
    if not sides or min(sides) < 1:
        raise ReadError(f"{name}: array dimensions {dim} cannot be; the header is damaged")
    if len(sides) < 3 or any(n != 1 for n in sides[3:]):
        raise ReadError(
            f"{name}: an array of {'×'.join(str(n) for n in sides)} has {len(sides)} dimensions; expected "
            "one three-dimensional map. Split a 4-D file into one file per map"
        )
    return sides[0], sides[1], sides[2]


def _dtype(header: NiftiHeader, name: str) -> np.dtype[Any]:
    code = int(header["datatype"])
    if code not in _TYPES:
        raise ReadError(
            f"{name}: voxels of NIfTI type code {code}; expected integers or floats of 8 to 64 bits "
            "(no colours, no complex numbers)"
        )
    return np.dtype(_TYPES[code]).newbyteorder(header.endianness)


def _scaling(header: NiftiHeader, name: str) -> tuple[float, float]:
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0.0 or math.isnan(slope):  # the standard's and nibabel's way to say "none"
        return 1.0, 0.0
    if not (math.isfinite(slope) and math.isfinite(intercept)):
        raise ReadError(f"{name}: scaling {slope:g}, {intercept:g} is not finite; the header is damaged")
    return slope, intercept


def _index_to_world_mm(
    header: NiftiHeader, shape: tuple[int, int, int], name: str
) -> tuple[NDArray[np.float64], tuple[QualityFinding, ...]]:
    """Affine by the standard's precedence, and what is odd about it."""
    code = int(header["xyzt_units"]) & 7
    if code not in _MM_PER_UNIT:
        raise ReadError(f"{name}: unit code {code} of the voxel size is not in the NIfTI standard")
    to_mm = np.array([_MM_PER_UNIT[code]] * 3 + [1.0])[:, None]
    sform_code, qform_code = int(header["sform_code"]), int(header["qform_code"])
    qform = header.qform() if qform_code > 0 else None
    is_empty = sform_code > 0 and not header.sform()[:3, :3].any()
    if is_empty and qform is not None:
        finding = CHECKS["sform_empty"].finding(
            f"the header's sform is all zeros although its code is {sform_code}; its qform was used"
        )
        return to_mm * qform, (finding,)
    if sform_code > 0:
        sform = to_mm * header.sform()
        if qform_code <= 0:
            return sform, _sides_against_pixdim(header)
        return sform, _compare(sform, None if qform is None else to_mm * qform, shape)
    if qform_code > 0:
        if qform is None:
            raise GeometryError(f"{name}: the header's rotation (qform) is not one; the header is damaged")
        return to_mm * qform, ()
    finding = CHECKS["no_orientation"].finding(
        "the header does not say how the voxels lie in the patient (sform and qform code 0); "
        "left and right are a guess"
    )
    return to_mm * header.centred(shape), (finding,)


def rounding_finding(step: float, miss: float) -> QualityFinding:
    """``labels_rounded``: labels that a header's scale has moved off whole numbers by ``miss`` at most."""
    return CHECKS["labels_rounded"].finding(
        f"the header multiplies the stored numbers by {abs(step):.4g}, and labels came out up to {miss:.3g}"
        " off whole numbers; each was rounded to the nearest. Save the map as integers without a scale"
    )


def _sides_against_pixdim(header: NiftiHeader) -> tuple[QualityFinding, ...]:
    """Contradiction of the sform and the voxel size, which ``pixdim`` states whichever form is set."""
    stated = np.asarray(header["pixdim"][1:4], dtype=np.float64)
    sides = np.linalg.norm(header.sform()[:3, :3], axis=0)
    if not (np.isfinite(stated).all() and (stated > 0.0).all() and np.isfinite(sides).all()):
        return ()  # nothing is stated, or Grid refuses it
    if (np.abs(sides - stated) <= _SAME_SIDE * stated).all():
        return ()
    shown, other = ("×".join(f"{side:.4g}" for side in of) for of in (stated, sides))
    return (
        CHECKS["voxel_size_contradiction"].finding(
            f"the header gives voxels of {shown} in pixdim and of {other} in its sform, a volume ratio of"
            f" {np.prod(sides) / np.prod(stated):.3g}; the sform was used"
        ),
    )


def _compare(
    sform: NDArray[np.float64], qform: NDArray[np.float64] | None, shape: tuple[int, int, int]
) -> tuple[QualityFinding, ...]:
    """Disagreement of the header's two geometries, beyond rounding.

    Half a voxel across the whole grid is about the rounding of single precision many times over,
    and far below any difference that changes a volume by a per mille.
    """
    key = "qform_sform_disagree"
    if qform is None or not np.isfinite(qform).all():
        return (CHECKS[key].finding("the header's qform is not a rotation; its sform was used", "error"),)
    if not np.isfinite(sform).all():
        return ()  # Grid refuses it
    half_voxel_mm = 0.5 * float(np.linalg.norm(sform[:3, :3], axis=0).min())
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape])).reshape(3, -1)
    turned_mm = float(np.abs((sform - qform)[:3, :3] @ corners).max())
    by_sform, by_qform = (float(abs(np.linalg.det(a[:3, :3]))) for a in (sform, qform))
    if turned_mm > half_voxel_mm or abs(by_sform - by_qform) > _SAME_VOLUME * by_sform:
        return (
            CHECKS[key].finding(
                f"sform and qform of the header disagree: corners {turned_mm:.3g} mm apart, voxels of "
                f"{by_sform:.4g} against {by_qform:.4g} mm³; the sform was used",
                "error",
            ),
        )
    shift_mm = float(np.abs((sform - qform)[:3, 3]).max())
    if shift_mm > half_voxel_mm:
        return (
            CHECKS[key].finding(
                f"sform and qform of the header place the same grid {shift_mm:.3g} mm apart; the sform was "
                "used, volumes do not depend on it",
                "warning",
            ),
        )
    return ()


def _names(after_header: bytes, endianness: str) -> tuple[Mapping[int, str], tuple[QualityFinding, ...]]:
    """Label names of the first header extension that carries a Caret label table.

    TotalSegmentator writes it with code 0, others with other codes, so the code is not asked. AFNI's table is
    recognised and not read.
    """
    unread = False
    for content in _extensions(after_header, endianness):
        if _CARET_MARK in content:
            names = caret_names(content)
            if names is not None:
                return names, ()
            unread = True
        unread = unread or _AFNI_MARK in content
    if not unread:
        return {}, ()
    message = "the label names in the header cannot be read; the labels stay numbers without a meaning"
    return {}, (CHECKS["names_unreadable"].finding(message),)


def _extensions(after_header: bytes, endianness: str) -> Iterator[bytes]:
    """Contents of the header extensions; stops where the chain breaks."""
    if len(after_header) < 4 or after_header[0] == 0:
        return
    position = 4
    while position + 8 <= len(after_header):
        (size,) = struct.unpack_from(endianness + "i", after_header, position)
        if size < 8 or position + size > len(after_header):
            return
        yield after_header[position + 8 : position + size]
        position += size
