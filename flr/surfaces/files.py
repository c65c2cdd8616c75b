"""Surfaces as files for other programs: STL, OBJ, PLY and GLB, all written here, all with named pieces."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.files import write_bytes
from flr.surfaces.solids import Solid

_M_PER_MM: Final = 1e-3
_GLB_VERSION: Final = 2
_FLOAT, _UINT32 = 5126, 5125
_VERTICES, _INDICES = 34962, 34963


def stl_bytes(solid: Solid) -> bytes:
    """One surface as binary STL, RAS millimetres; the header says so, as 3D Slicer reads it."""
    mesh = solid.mesh
    corners = mesh.vertices_mm[mesh.triangles].astype("<f4")
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    record = np.zeros(len(corners), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("rest", "<u2")])
    record["normal"] = normals / np.where(lengths > 0.0, lengths, 1.0)
    record["corners"] = corners
    header = f"flr {solid.key}; SPACE=RAS; UNIT=mm".encode("ascii").ljust(80)
    return header + struct.pack("<I", len(corners)) + record.tobytes()


def ply_bytes(solid: Solid) -> bytes:
    """One surface as binary PLY with its colour, RAS millimetres."""
    mesh = solid.mesh
    header = (
        "ply\nformat binary_little_endian 1.0\n"
        f"comment flr {solid.key} SPACE=RAS UNIT=mm\n"
        f"element vertex {len(mesh.vertices_mm)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        "property uchar red\nproperty uchar green\nproperty uchar blue\n"
        f"element face {len(mesh.triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    vertices = np.zeros(len(mesh.vertices_mm), dtype=[("at", "<f4", 3), ("colour", "u1", 3)])
    vertices["at"], vertices["colour"] = mesh.vertices_mm, _rgb(solid.colour)
    faces = np.zeros(len(mesh.triangles), dtype=[("n", "u1"), ("corners", "<i4", 3)])
    faces["n"], faces["corners"] = 3, mesh.triangles
    return header.encode("ascii") + vertices.tobytes() + faces.tobytes()


def obj_text(solids: Sequence[Solid], materials: str) -> str:
    """Surfaces as one OBJ, RAS millimetres, one object per surface.

    Parameters
    ----------
    solids : sequence of Solid
    materials : str
        Name of the file of :func:`mtl_text` beside it.
    """
    lines = ["# flr; RAS millimetres", f"mtllib {materials}"]
    before = 1
    for name, solid in zip(_names(solids), solids, strict=True):
        lines += [f"o {name}", f"usemtl {name}"]
        lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in solid.mesh.vertices_mm.tolist()]
        lines += [f"f {a} {b} {c}" for a, b, c in (solid.mesh.triangles + before).tolist()]
        before += len(solid.mesh.vertices_mm)
    return "\n".join([*lines, ""])


def mtl_text(solids: Sequence[Solid]) -> str:
    """Colours of the surfaces of an OBJ."""
    lines = []
    for name, solid in zip(_names(solids), solids, strict=True):
        red, green, blue = (value / 255.0 for value in _rgb(solid.colour))
        lines += [f"newmtl {name}", f"Kd {red:.4f} {green:.4f} {blue:.4f}"]
        lines.append(f"d {solid.opacity_percent / 100.0:.2f}")
    return "\n".join([*lines, ""])


def glb_bytes(solids: Sequence[Solid]) -> bytes:
    """Surfaces as one binary glTF 2.0: metres, +Y to the head, +Z to the front, as that format wants.

    Notes
    -----
    x = −R, y = S, z = A: a rotation, so left and right are not exchanged.
    """
    buffer = _Buffer()
    meshes, nodes, materials = [], [], []
    for name, solid in zip(_names(solids), solids, strict=True):
        at = solid.mesh.vertices_mm[:, [0, 2, 1]] * (-_M_PER_MM, _M_PER_MM, _M_PER_MM)
        position = buffer.add(np.ascontiguousarray(at, dtype="<f4"), "VEC3", _FLOAT, _VERTICES)
        index = buffer.add(
            np.ascontiguousarray(solid.mesh.triangles.ravel(), dtype="<u4"), "SCALAR", _UINT32, _INDICES
        )
        materials.append(_material(name, solid))
        primitive = {"attributes": {"POSITION": position}, "indices": index, "material": len(materials) - 1}
        meshes.append({"name": name, "primitives": [primitive]})
        nodes.append({"name": name, "mesh": len(meshes) - 1})
    body = b"".join(buffer.chunks)
    document = {
        "asset": {"version": "2.0", "generator": "flr"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": materials,
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(body)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(body)
    return (
        struct.pack("<4sII", b"glTF", _GLB_VERSION, total)
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(body), b"BIN\0")
        + body
    )


class _Buffer:
    """The binary part of a glTF file, and the tables that say what lies where in it."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, values: NDArray[Any], kind: str, component: int, target: int) -> int:
        """Append an array; the number of its accessor."""
        data = values.tobytes()
        self.views.append(
            {
                "buffer": 0,
                "byteOffset": sum(map(len, self.chunks)),
                "byteLength": len(data),
                "target": target,
            }
        )
        self.chunks.append(data + b"\0" * (-len(data) % 4))
        accessor = {
            "bufferView": len(self.views) - 1,
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if target == _VERTICES:
            accessor |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def _material(name: str, solid: Solid) -> dict[str, Any]:
    opacity = solid.opacity_percent / 100.0
    base = [*(round(_linear(value / 255.0), 6) for value in _rgb(solid.colour)), opacity]
    return {
        "name": name,
        "pbrMetallicRoughness": {"baseColorFactor": base, "metallicFactor": 0.0, "roughnessFactor": 0.8},
        "alphaMode": "BLEND" if opacity < 1.0 else "OPAQUE",
        "doubleSided": True,
    }


def _write_each(solids: Sequence[Solid], folder: Path, stem: str, suffix: str) -> list[Path]:
    encode = {"stl": stl_bytes, "ply": ply_bytes}[suffix]
    written = []
    for name, solid in zip(_names(solids), solids, strict=True):
        path = folder / f"{stem}-{name}.{suffix}"
        write_bytes(path, encode(solid))
        written.append(path)
    return written


def write_stl(solids: Sequence[Solid], folder: Path, stem: str) -> list[Path]:
    """One STL per surface."""
    return _write_each(solids, folder, stem, "stl")


def write_ply(solids: Sequence[Solid], folder: Path, stem: str) -> list[Path]:
    """One PLY per surface."""
    return _write_each(solids, folder, stem, "ply")


def write_obj(solids: Sequence[Solid], folder: Path, stem: str) -> list[Path]:
    """One OBJ with its colours beside it."""
    paths = [folder / f"{stem}.mtl", folder / f"{stem}.obj"]
    write_bytes(paths[0], mtl_text(solids).encode("ascii"))
    write_bytes(paths[1], obj_text(solids, paths[0].name).encode("ascii"))
    return paths


def write_glb(solids: Sequence[Solid], folder: Path, stem: str) -> list[Path]:
    """One GLB with all surfaces."""
    path = folder / f"{stem}.glb"
    write_bytes(path, glb_bytes(solids))
    return [path]


SURFACE_WRITERS: Final[Mapping[str, Callable[[Sequence[Solid], Path, str], list[Path]]]] = MappingProxyType(
    {"stl": write_stl, "obj": write_obj, "ply": write_ply, "glb": write_glb}
)
"""Format to the function that writes surfaces in it."""


def _names(solids: Sequence[Solid]) -> list[str]:
    """A name for each surface that is fit for files: tumours by their own name, the others by their kind."""
    return [
        "".join(c if c.isascii() and c.isalnum() else "_" for c in solid.name.lower())
        if solid.key == "tumour"
        else solid.key
        for solid in solids
    ]


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _linear(share: float) -> float:
    """sRGB to linear light."""
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
