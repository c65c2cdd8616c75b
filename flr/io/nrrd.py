"""NRRD and 3D Slicer's ``.seg.nrrd``: geometry in any patient space, layers and segments."""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError, ReadError
from flr.geometry import Grid
from flr.quality import CHECKS, QualityFinding
from flr.stream import (
    Encoding,
    LabelSource,
    Segment,
    VoxelFile,
    check_size,
    file_size,
    grid_of,
    open_decoded,
    plain_sibling,
    what_it_is,
)

_MAX_HEADER_BYTES = 4 << 20
_ENCODINGS: Mapping[str, Encoding] = {
    "raw": "raw",
    "gz": "gzip",
    "gzip": "gzip",
    "bz2": "bzip2",
    "bzip2": "bzip2",
}
_TYPES = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    **dict.fromkeys(
        (
            "longlong",
            "long long",
            "long long int",
            "signed long long",
            "signed long long int",
            "int64",
            "int64_t",
        ),
        "i8",
    ),
    **dict.fromkeys(
        ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"), "u8"
    ),
    "float": "f4",
    "double": "f8",
}
_TO_RAS = {
    **dict.fromkeys(("right-anterior-superior", "ras"), (1.0, 1.0, 1.0)),
    **dict.fromkeys(("left-anterior-superior", "las"), (-1.0, 1.0, 1.0)),
    **dict.fromkeys(("left-posterior-superior", "lps"), (-1.0, -1.0, 1.0)),
}
_MM_PER_UNIT = {
    "": 1.0,
    "mm": 1.0,
    "millimeter": 1.0,
    "millimetre": 1.0,
    "cm": 10.0,
    "m": 1000.0,
    "um": 0.001,
}
_SAME_SIDE = 1e-3
_SEGMENT_KEY = re.compile(r"^Segment(\d{1,9})_(Name|LabelValue|Layer|Tags)$")
_WHOLE = re.compile(r"[0-9]{1,9}")
_TERMINOLOGY = "TerminologyEntry"
_MOST_DIGITS = 9
_MITK_GROUPS = "org.mitk.multilabel.segmentation.labelgroups"
_MITK_LABEL = re.compile(r"^(?:org\.mitk\.)?label_(\d{1,3})_\d{1,5}$")

Code = tuple[str, str, str]


def open_nrrd(path: Path) -> tuple[LabelSource, ...]:
    """Open a ``.nrrd``, ``.nhdr`` or ``.seg.nrrd`` as far as its header, one source per layer.

    Raises
    ------
    ReadError
        If the file is not a three-dimensional NRRD (or layers of such) that can be read.
    GeometryError
        If the header's geometry cannot exist.

    References
    ----------
    .. [1] Definition of the NRRD file format, https://teem.sourceforge.net/nrrd/format.html
    """
    name = path.name
    header, header_bytes = _read_header(path)
    sizes, layer_axis = _axes(header, name)
    layers = 1 if layer_axis is None else int(header["sizes"][layer_axis])
    shape = (sizes[0], sizes[1], sizes[2])
    grid, quality = _grid(header, shape, layer_axis, name)
    data_path, offset, skip = _data_place(header, path, header_bytes)
    dtype = _dtype(header, name)
    encoding = _ENCODINGS.get(str(header.get("encoding", "")).lower())
    if encoding is None:
        raise ReadError(f"{name}: encoding {header.get('encoding')!r}; expected raw, gzip or bzip2")
    if skip < 0:
        if skip != -1 or encoding != "raw":
            raise ReadError(f"{name}: byte skip {skip} with encoding {encoding}; expected 0 or more")
        offset, skip = max(0, file_size(data_path) - math.prod(shape) * layers * dtype.itemsize), 0
    segments, names, notes = header_names(header, layers, name)
    sources = []
    for layer in range(layers):
        voxels = VoxelFile(
            path=data_path,
            encoding=encoding,
            shape=shape,
            dtype=dtype,
            offset_bytes=offset,
            skip_bytes=skip,
            layers=layers,
            layer=layer,
            interleaved=layer_axis != 3,
        )
        check_size(voxels)
        here = tuple(s for s in segments if s.layer == layer)
        sources.append(
            LabelSource(
                path=path,
                name=name if layers == 1 else f"{name} layer {layer}",
                kind="nrrd",
                grid=grid,
                dtype=dtype,
                voxels=voxels,
                names=names[layer],
                quality=quality + notes,
                segments=here,
                files=tuple(dict.fromkeys((path, data_path))),
            )
        )
    return tuple(sources)


def header_names(
    header: Mapping[str, Any], layers: int, name: str
) -> tuple[tuple[Segment, ...], list[Mapping[int, str]], tuple[QualityFinding, ...]]:
    """Segments that a header lists, label value to name for each layer, and what was noticed.

    Parameters
    ----------
    header : mapping of str to value
        Keys of 3D Slicer (``Segment0_Name``) or MITK among others.
    layers : int
    name : str
        For messages.

    Raises
    ------
    ReadError
        If the header contradicts itself.
    """
    segments = _segments(header, layers)
    names, notes = _names_by_layer(header, segments, layers, name)
    return segments, names, notes


def _read_header(path: Path) -> tuple[dict[str, Any], int]:
    import nrrd

    name = path.name
    file_size(path)
    with open_decoded(path, "raw") as stream:
        start = stream.read(_MAX_HEADER_BYTES)
    if not start.startswith(b"NRRD"):
        said = what_it_is(start) or ", it does not begin with the NRRD magic"
        raise ReadError(f"{name}: not an NRRD file{said}")
    # An attached header ends with an empty line, a detached one may end with the file.
    end = re.search(rb"\r?\n\r?\n", start)
    if end is None and len(start) == _MAX_HEADER_BYTES:
        raise ReadError(f"{name}: no end of the NRRD header within {_MAX_HEADER_BYTES} bytes")
    header_bytes = end.end() if end else len(start)
    # Text, not bytes: pynrrd would drop every letter of a segment's name that is not ASCII.
    lines = start[:header_bytes].decode("utf-8", errors="replace").replace("\r\n", "\n").split("\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            header = dict(nrrd.read_header([_field_line(line) for line in lines]))
    except (nrrd.NRRDError, ValueError, TypeError, LookupError, AssertionError, Warning) as error:
        raise ReadError(f"{name}: the NRRD header cannot be read ({error})") from error
    missing = [key for key in ("type", "dimension", "sizes", "encoding") if key not in header]
    if missing:
        raise ReadError(f"{name}: the NRRD header does not give {', '.join(missing)}")
    return header, header_bytes


def _field_line(line: str) -> str:
    """A line of the header as the definition spells it: the field in lower case, then a colon and a blank."""
    field, colon, value = line.partition(":")
    if not colon or value.startswith("=") or line.startswith("#"):
        return line  # the programs' own keys ("Segment0_Name:=liver") keep their letters
    return f"{field.strip().lower()}: {value.strip()}"


def _axes(header: Mapping[str, Any], name: str) -> tuple[list[int], int | None]:
    """Sizes of the three spatial axes, and the axis that lists layers (0 or 3) if any."""
    sizes = [int(n) for n in header["sizes"]]
    if len(sizes) != int(header["dimension"]) or min(sizes, default=0) < 1:
        raise ReadError(
            f"{name}: sizes {sizes} do not fit dimension {header['dimension']}; the header is damaged"
        )
    if len(sizes) == 3:
        return sizes, None
    if len(sizes) == 4:
        directions = header.get("space directions")
        layer_axes = []
        if directions is not None:
            rows = np.asarray(directions, dtype=np.float64)
            layer_axes = [axis for axis in range(min(4, len(rows))) if np.isnan(rows[axis]).all()]
        kinds = [str(kind).lower() for kind in header.get("kinds", [])]
        is_layered = layer_axes in ([0], [3]) and (
            len(kinds) != 4 or kinds[layer_axes[0]] in ("list", "vector")
        )
        if is_layered:
            axis = layer_axes[0]
            return sizes[:axis] + sizes[axis + 1 :], axis
        if not layer_axes and sizes[3] == 1:
            return sizes[:3], 3
    raise ReadError(
        f"{name}: an array of {'×'.join(str(n) for n in sizes)} voxels; expected one three-dimensional map "
        "or a list of layers"
    )


def _grid(
    header: Mapping[str, Any], shape: tuple[int, int, int], layer_axis: int | None, name: str
) -> tuple[Grid, tuple[QualityFinding, ...]]:
    space = str(header.get("space", "")).strip().lower()
    flips = _TO_RAS.get(space)
    quality: tuple[QualityFinding, ...] = ()
    if flips is None:
        said = f"its space is {space!r}" if space else "it names no patient space"
        message = (
            f"the header does not say how the voxels lie in the patient ({said}); left and right are a guess"
        )
        quality = (CHECKS["no_orientation"].finding(message),)
        flips = _TO_RAS["lps"]  # what ITK assumes
    affine = np.eye(4)
    steps, contradiction = _steps(header, layer_axis, name)
    quality += contradiction
    affine[:3, :3] = steps.T
    origin = header.get("space origin")
    if origin is not None:
        if np.shape(origin) != (3,):
            raise GeometryError(f"{name}: space origin of {np.size(origin)} numbers; expected three")
        affine[:3, 3] = origin
    affine[:3] *= np.array(flips)[:, None] * _mm_per_unit(header, name)
    return grid_of(shape, affine, name), quality


def _steps(
    header: Mapping[str, Any], layer_axis: int | None, name: str
) -> tuple[NDArray[np.float64], tuple[QualityFinding, ...]]:
    """One row per spatial axis: the step to the next voxel in the file's space and unit.

    With it, whether the header gives another length of these steps too.
    """
    directions = header.get("space directions")
    spacings = _spacings(header, layer_axis, name)
    if directions is not None:
        rows = np.asarray(directions, dtype=np.float64)
        if layer_axis is not None and len(rows) == 4:
            rows = np.delete(rows, layer_axis, axis=0)
        if rows.shape != (3, 3):
            raise GeometryError(
                f"{name}: space directions of shape {rows.shape}; expected three vectors in space"
            )
        sides = np.linalg.norm(rows, axis=1)
        if spacings is None or (np.abs(sides - spacings) <= _SAME_SIDE * sides).all():
            return rows, ()
        shown, other = ("×".join(f"{side:.4g}" for side in of) for of in (spacings, sides))
        message = (
            f"the header gives spacings of {shown} and space directions of {other}; the directions were used"
        )
        return rows, (CHECKS["voxel_size_contradiction"].finding(message),)
    if spacings is None:
        raise GeometryError(
            f"{name}: the header gives neither space directions nor spacings, so no voxel size"
        )
    return np.diag(spacings), ()


def _spacings(header: Mapping[str, Any], layer_axis: int | None, name: str) -> NDArray[np.float64] | None:
    """Distance between voxels along each spatial axis in mm, by each axis's own unit; None without any."""
    spacings = header.get("spacings")
    if spacings is None:
        return None
    values = np.asarray(spacings, dtype=np.float64)
    units = [str(unit).strip().strip('"').lower() for unit in header.get("units", [])]
    if layer_axis is not None and values.size == 4:
        values = np.delete(values, layer_axis)
        units = units[:layer_axis] + units[layer_axis + 1 :] if len(units) == 4 else units
    if values.shape != (3,):
        raise GeometryError(f"{name}: {values.size} spacings; expected three")
    if np.isnan(values).all():
        return None
    factors = [_MM_PER_UNIT.get(unit) for unit in units or [""] * 3]
    if len(factors) != 3 or None in factors:
        raise GeometryError(f"{name}: units {units} of the axes; expected mm along all three")
    return np.asarray(values * np.array(factors, dtype=np.float64))


def _mm_per_unit(header: Mapping[str, Any], name: str) -> float:
    units = {str(u).strip().strip('"').lower() for u in header.get("space units", [])} or {""}
    factor = _MM_PER_UNIT.get(next(iter(units))) if len(units) == 1 else None
    if factor is None:
        raise GeometryError(f"{name}: space units {sorted(units)}; expected mm along all axes")
    return factor


def _dtype(header: Mapping[str, Any], name: str) -> np.dtype[Any]:
    code = _TYPES.get(str(header["type"]).strip().lower())
    if code is None:
        raise ReadError(
            f"{name}: voxels of type {header['type']!r}; expected integers or floats of 8 to 64 bits"
        )
    if code.endswith("1"):
        return np.dtype(code)
    order = {"little": "<", "big": ">"}.get(str(header.get("endian", "")).strip().lower())
    if order is None:
        raise ReadError(
            f"{name}: no byte order (endian) for voxels of {code[1]} bytes; the header is damaged"
        )
    return np.dtype(order + code)


def _data_place(header: Mapping[str, Any], path: Path, header_bytes: int) -> tuple[Path, int, int]:
    """File with the voxels, bytes before the data, and bytes to skip in the decoded data."""
    if int(header.get("line skip", header.get("lineskip", 0))) != 0:
        raise ReadError(f"{path.name}: line skips are not supported; write the file with its data attached")
    skip = int(header.get("byte skip", header.get("byteskip", 0)))
    detached = header.get("data file", header.get("datafile"))
    if detached is None:
        return path, header_bytes, skip
    return plain_sibling(path, str(detached)), 0, skip


def _segments(header: Mapping[str, Any], layers: int) -> tuple[Segment, ...]:
    """Slicer's ``SegmentN_*`` keys; files before layers existed hold one mask of ones per segment."""
    found: dict[int, dict[str, str]] = {}
    for key, value in header.items():
        if match := _SEGMENT_KEY.match(key):
            found.setdefault(int(match[1]), {})[match[2]] = str(value)
    is_one_map = layers == 1 and not any("Layer" in keys for keys in found.values())
    segments = []
    for number, keys in sorted(found.items()):
        pairs = (part.partition(":") for part in keys.get("Tags", "").split("|"))
        tags = {key.strip(): text.strip() for key, colon, text in pairs if colon}
        value, layer = keys.get("LabelValue", "1"), keys.get("Layer", "0" if is_one_map else str(number))
        if not (_WHOLE.fullmatch(value) and _WHOLE.fullmatch(layer)):
            raise ReadError(
                f"segment {number} has label value {value!r} in layer {layer!r}; expected whole numbers"
            )
        codes = _codes(tags.get(_TERMINOLOGY, ""))
        segments.append(
            Segment(
                name=keys.get("Name", "").strip() or f"Segment_{number + 1}",
                value=int(value),
                layer=int(layer),
                tags=MappingProxyType(tags),
                type_code=codes[0],
                modifier=codes[1],
                region=codes[2],
                region_modifier=codes[3],
            )
        )
    return tuple(segments)


def _codes(entry: str) -> tuple[Code | None, ...]:
    """Type, its modifier, region and its modifier of a Slicer terminology entry.

    The entry reads ``context~category~type~modifier~region context~region~region modifier``.
    """
    parts = entry.split("~")
    codes = [parts[place].split("^") if len(parts) > place else [] for place in (2, 3, 5, 6)]
    return tuple((code[0], code[1], code[2]) if len(code) == 3 and code[1] else None for code in codes)


def _names_by_layer(
    header: Mapping[str, Any], segments: tuple[Segment, ...], layers: int, name: str
) -> tuple[list[Mapping[int, str]], tuple[QualityFinding, ...]]:
    """Label value to name, for each layer, and what was noticed."""
    if segments:
        return _segment_names(segments, layers, name)
    names: list[Mapping[int, str]] | None = [{}] * layers
    if _MITK_GROUPS in header:
        names = mitk_names(str(header[_MITK_GROUPS]), layers)
    elif labels := [(int(m[1]), str(text)) for key, text in header.items() if (m := _MITK_LABEL.match(key))]:
        names = older_mitk_names(labels, layers)
    if names is not None:
        return names, ()
    message = f"the label names in the header of {name} cannot be understood"
    return [{}] * layers, (CHECKS["names_unreadable"].finding(message),)


def _segment_names(
    segments: tuple[Segment, ...], layers: int, name: str
) -> tuple[list[Mapping[int, str]], tuple[QualityFinding, ...]]:
    """Names of segments, or what their codes mean where a name says nothing or another thing."""
    called, notes = _by_code(segments)
    names: list[dict[int, str]] = [{} for _ in range(layers)]
    for number, segment in enumerate(segments):
        if segment.layer >= layers:
            continue  # of a layer that the file does not have: nothing is drawn
        if segment.value in names[segment.layer]:
            raise ReadError(
                f"{name}: two segments share label value {segment.value} in layer {segment.layer}; "
                "save the segmentation again"
            )
        names[segment.layer][segment.value] = called[number]
    return list(names), notes


def _by_code(segments: tuple[Segment, ...]) -> tuple[Mapping[int, str], tuple[QualityFinding, ...]]:
    """What each segment is called, by its place in the list."""
    if not any(s.type_code or s.region for s in segments):
        return {number: segment.name for number, segment in enumerate(segments)}, ()
    from flr.dicom.codes import CodedSegment, names_by_code

    named = names_by_code(
        [
            CodedSegment(number, s.name, s.type_code, s.region, s.modifier, s.region_modifier)
            for number, s in enumerate(segments)
        ]
    )
    return named.by_value, named.quality


def mitk_names(text: str, layers: int) -> list[Mapping[int, str]] | None:
    """Names of MITK's label groups, one group for each layer; None when they cannot be understood.

    The header holds JSON: a list of groups, each ``{"labels": [{"name": …, "value": …}, …]}``.
    """
    try:
        groups = json.loads(text)
        names: list[Mapping[int, str]] = []
        for group in groups:
            labels = group["labels"] or []
            of_group = {label["value"]: str(label["name"]).strip() for label in labels}
            whole = all(type(value) is int and value >= 0 for value in of_group)
            if not whole or len(of_group) != len(labels):
                return None
            names.append({value: own for value, own in of_group.items() if value and own})
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    return names if len(names) == layers else None


def older_mitk_names(labels: Sequence[tuple[int, str]], layers: int) -> list[Mapping[int, str]] | None:
    """Names of MITK's older headers, one label a key; None when they cannot be understood.

    Parameters
    ----------
    labels : sequence of (int, str)
        The layer that a key names, and its XML: ``<Label><property key="name" …><string value="…"/>`` and
        the same with the key ``value``.
    layers : int

    References
    ----------
    .. [1] MITK, Modules/Multilabel, LegacyLabelSetImageIO (modality ``org.mitk.image.multilabel``).
    """
    names: list[dict[int, str]] = [{} for _ in range(layers)]
    for layer, text in labels:
        told = _properties(text)
        value, own = told.get("value", ""), told.get("name", "").strip()
        if layer >= layers or not value.isdecimal() or len(value) > _MOST_DIGITS:
            return None
        if int(value) and own and names[layer].setdefault(int(value), own) != own:
            return None
    return list(names)


def _properties(text: str) -> Mapping[str, str]:
    """Properties of a label of MITK's by key; none where the XML is broken or declares entities."""
    from xml.etree import ElementTree

    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return {}
    try:
        # In a header the line breaks of a value are written as two characters.
        root = ElementTree.fromstring(text.replace("\\n", "\n").strip())
    except (ElementTree.ParseError, ValueError):
        return {}
    found: dict[str, str] = {}
    for one in root.iter("property"):
        value = next((child.get("value") for child in one if child.get("value") is not None), None)
        if value is not None:
            found.setdefault(one.get("key", ""), value)
    return found
