"""MetaImage (``.mha``, ``.mhd``): a text header of ``Key = Value`` lines, then voxels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError, ReadError
from flr.geometry import Grid
from flr.quality import CHECKS, QualityFinding
from flr.stream import (
    LabelSource,
    VoxelFile,
    check_size,
    file_size,
    grid_of,
    open_decoded,
    plain_sibling,
    what_it_is,
)

_MAX_HEADER_BYTES = 64 * 1024
_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_SAME_SIDE: Final = 1e-3
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])
_SYNONYMS = {
    "TransformMatrix": ("TransformMatrix", "Rotation", "Orientation"),
    "Offset": ("Offset", "Position", "Origin"),
    "MSB": ("BinaryDataByteOrderMSB", "ElementByteOrderMSB"),
}


_KEYS = {
    key.casefold(): key
    for key in (
        *(name for names in _SYNONYMS.values() for name in names),
        *(
            "NDims",
            "DimSize",
            "ElementType",
            "ElementSpacing",
            "ElementSize",
            "ElementDataFile",
            "DistanceUnits",
        ),
        *("ElementNumberOfChannels", "BinaryData", "CompressedData", "HeaderSize"),
    )
}
"""Keys that are read, however a program spells their letters."""


def open_metaimage(path: Path) -> LabelSource:
    """Open a MetaImage as far as its header; ITK's convention, LPS millimetres.

    Raises
    ------
    ReadError
        If the file is not a three-dimensional MetaImage that can be read.
    GeometryError
        If the header's geometry cannot exist.

    References
    ----------
    .. [1] MetaImage file format, https://itk.org/Wiki/ITK/MetaIO/Documentation
    """
    name = path.name
    fields, header_bytes = _read_header(path)
    n_dims = _numbers(fields, "NDims", name)
    shape = _shape(fields, n_dims, name)
    if (channels := _whole_number(fields, "ElementNumberOfChannels", 1, name)) != 1:
        raise ReadError(f"{name}: {channels} channels per voxel; expected one label")
    voxels = _voxel_file(fields, path, header_bytes, shape)
    check_size(voxels)
    quality: tuple[QualityFinding, ...] = ()
    directions = _field(fields, "TransformMatrix")
    if directions is None:
        message = "the header does not say how the voxels lie in the patient; left and right are a guess"
        quality = (CHECKS["no_orientation"].finding(message),)
    grid, doubts = _grid(fields, shape, name)
    quality += doubts
    return LabelSource(
        path=path,
        name=name,
        kind="metaimage",
        grid=grid,
        dtype=voxels.dtype,
        voxels=voxels,
        quality=quality,
        files=tuple(dict.fromkeys((path, voxels.path))),
    )


def _read_header(path: Path) -> tuple[Mapping[str, str], int]:
    name = path.name
    file_size(path)
    with open_decoded(path, "raw") as stream:
        start = stream.read(_MAX_HEADER_BYTES)
    fields: dict[str, str] = {}
    position = 0
    while position < len(start):
        end = start.find(b"\n", position)
        end = len(start) if end < 0 else end
        line = start[position:end].decode("latin-1").strip()
        position = end + 1
        key, equals, value = line.partition("=")
        if not equals:
            break
        known = _KEYS.get(key.strip().casefold(), key.strip())
        fields[known] = value.strip()
        if known == "ElementDataFile":  # by definition the last line
            return fields, position
    said = what_it_is(start) or ", no header of 'Key = Value' lines that ends with ElementDataFile"
    raise ReadError(f"{name}: not a MetaImage{said}")


def _field(fields: Mapping[str, str], key: str) -> str | None:
    return next((fields[s] for s in _SYNONYMS.get(key, (key,)) if s in fields), None)


def _numbers(fields: Mapping[str, str], key: str, name: str) -> list[float]:
    text = _field(fields, key)
    if text is None:
        raise ReadError(f"{name}: the MetaImage header gives no {key}")
    try:
        return [float(word) for word in text.split()]
    except ValueError as error:
        raise ReadError(f"{name}: {key} = {text!r} in the header; expected numbers") from error


def _whole_number(fields: Mapping[str, str], key: str, default: int, name: str) -> int:
    text = fields.get(key, str(default))
    try:
        return int(text)
    except ValueError as error:
        raise ReadError(f"{name}: {key} = {text!r} in the header; expected a whole number") from error


def _shape(fields: Mapping[str, str], n_dims: list[float], name: str) -> tuple[int, int, int]:
    sides = _numbers(fields, "DimSize", name)
    if n_dims != [len(sides)] or any(not 1 <= n < math.inf or n != int(n) for n in sides):
        raise ReadError(f"{name}: DimSize {sides} does not fit NDims; the header is damaged")
    if len(sides) != 3:
        raise ReadError(f"{name}: {len(sides)} dimensions; expected one three-dimensional map")
    return int(sides[0]), int(sides[1]), int(sides[2])


def _is_true(fields: Mapping[str, str], key: str, default: bool) -> bool:
    text = _field(fields, key)
    return default if text is None else text.strip().lower() in ("true", "t", "1")


def _voxel_file(
    fields: Mapping[str, str], path: Path, header_bytes: int, shape: tuple[int, int, int]
) -> VoxelFile:
    name = path.name
    code = _TYPES.get(fields.get("ElementType", "").upper())
    if code is None:
        raise ReadError(
            f"{name}: voxels of type {fields.get('ElementType')!r}; expected integers or floats "
            "of 8 to 64 bits"
        )
    if not _is_true(fields, "BinaryData", True):
        raise ReadError(f"{name}: voxels written as text; expected binary data")
    order = ">" if _is_true(fields, "MSB", False) else "<"
    dtype: np.dtype[Any] = np.dtype(code if code.endswith("1") else order + code)
    data_file = fields["ElementDataFile"]
    local = data_file.upper() == "LOCAL"
    data_path = path if local else plain_sibling(path, data_file)
    offset = header_bytes if local else 0
    compressed = _is_true(fields, "CompressedData", False)
    skip = _whole_number(fields, "HeaderSize", 0, name)
    if skip == -1 and not compressed:
        offset = max(0, file_size(data_path) - math.prod(shape) * dtype.itemsize)
    elif skip < 0:
        raise ReadError(f"{name}: HeaderSize {skip} cannot be; the header is damaged")
    elif not local:
        offset = skip
    return VoxelFile(
        path=data_path,
        encoding="zlib" if compressed else "raw",
        shape=shape,
        dtype=dtype,
        offset_bytes=offset,
    )


def _grid(
    fields: Mapping[str, str], shape: tuple[int, int, int], name: str
) -> tuple[Grid, tuple[QualityFinding, ...]]:
    """The grid, and what says that its voxels have another size than it has."""
    unit = fields.get("DistanceUnits", "mm").strip().lower()
    if unit not in ("mm", "?", ""):
        raise GeometryError(
            f"{name}: the header gives distances in {unit!r}; expected mm. Most programs ignore this key, so"
            " nobody knows which unit is meant: export the file again in mm"
        )
    key = "ElementSpacing" if "ElementSpacing" in fields else "ElementSize"
    spacing = np.array(_numbers(fields, key, name))
    origin = np.array(_numbers(fields, "Offset", name) if _field(fields, "Offset") is not None else [0.0] * 3)
    rows = np.eye(3)
    if _field(fields, "TransformMatrix") is not None:
        numbers = _numbers(fields, "TransformMatrix", name)
        if len(numbers) != 9:
            raise GeometryError(f"{name}: TransformMatrix of {len(numbers)} numbers; expected nine")
        rows = np.array(numbers).reshape(3, 3)
    if spacing.shape != (3,) or origin.shape != (3,):
        raise GeometryError(f"{name}: {key} and Offset need three numbers each; the header is damaged")
    affine = np.eye(4)
    # The file stores the direction of each index axis as a row; the affine wants columns.
    affine[:3, :3] = _LPS_TO_RAS @ rows.T @ np.diag(spacing)
    affine[:3, 3] = _LPS_TO_RAS @ origin
    doubts = []
    lengths = np.linalg.norm(rows, axis=1)
    if (np.abs(lengths - 1.0) > _SAME_SIDE).any():
        doubts.append(f"a TransformMatrix whose directions have lengths of {_times(lengths)}, not 1")
    if key != "ElementSize" and "ElementSize" in fields:
        sizes = np.array(_numbers(fields, "ElementSize", name))
        # Slices may be thinner than they lie apart; pixels lie side by side.
        if (
            sizes.shape != (3,)
            or (np.abs(sizes - spacing) > _SAME_SIDE * spacing)[:2].any()
            or (sizes[2] > (1.0 + _SAME_SIDE) * spacing[2])
        ):
            doubts.append(f"an ElementSize of {_times(sizes)} mm")
    message = (
        f"the header gives an ElementSpacing of {_times(spacing)} mm and {' and '.join(doubts)}; spacing and"
        " matrix were used as they stand"
    )
    found = (CHECKS["voxel_size_contradiction"].finding(message),) if doubts else ()
    return grid_of(shape, affine, name), found


def _times(numbers: NDArray[np.float64]) -> str:
    return "×".join(f"{number:.4g}" for number in numbers)
