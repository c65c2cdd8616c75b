"""Shaded pictures of surfaces from four sides, drawn with NumPy: they need neither WebGL nor an extra."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from flr.pictures.figures import draw_letters, draw_scale_bar, drawing, new_figure, small_png_bytes
from flr.surfaces.mesh import Mesh
from flr.surfaces.solids import Solid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Side = Literal["front", "right", "back", "below"]
SIDES: tuple[Side, ...] = get_args(Side)

SIDE_WORDS: dict[Side, str] = {
    "front": "From the front",
    "right": "From the right",
    "back": "From behind",
    "below": "From below",
}

SIDE_EDGES: dict[Side, tuple[str, str, str, str]] = {
    "front": ("R", "L", "S", "I"),
    "right": ("P", "A", "S", "I"),
    "back": ("L", "R", "S", "I"),
    "below": ("R", "L", "A", "P"),
}
"""What lies at the left, right, upper and lower edge of each picture."""

# Rows: right on the screen, up on the screen, towards the viewer; in RAS+.
_CAMERAS: dict[Side, NDArray[np.float64]] = {
    "front": np.array([(-1.0, 0, 0), (0, 0, 1.0), (0, 1.0, 0)]),
    "right": np.array([(0, 1.0, 0), (0, 0, 1.0), (1.0, 0, 0)]),
    "back": np.array([(1.0, 0, 0), (0, 0, 1.0), (0, -1.0, 0)]),
    "below": np.array([(-1.0, 0, 0), (0, 1.0, 0), (0, 0, -1.0)]),
}

_LIGHT = np.array([-0.45, 0.55, 0.9]) / np.linalg.norm([-0.45, 0.55, 0.9])
_AMBIENT, _DIFFUSE, _SHINE, _GLOSS = 0.38, 0.62, 0.18, 24.0
_EDGE_SHADE = 0.55
_OVER_CORE, _JUST_COVERED_MM = 0.45, 1.0
_OVERSAMPLED = 2
WORKERS = 2


@dataclass(frozen=True, eq=False)
class Rendering:
    """One picture.

    Parameters
    ----------
    side : {"front", "right", "back", "below"}
    rgb : ndarray of uint8, shape (rows, columns, 3)
        On white.
    pixel_mm : float
        Size of a pixel. [mm]
    """

    side: Side
    rgb: NDArray[np.uint8]
    pixel_mm: float


@dataclass(frozen=True, eq=False)
class _Layer:
    """The nearest surface of one solid: how near, and how it is lit; -inf where there is none."""

    near_mm: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    opacity_percent: float
    opaque: bool


def renderings(
    plans: Sequence[Sequence[Solid]], shared: Sequence[Solid] = (), *, pixel_mm: float = 0.9
) -> tuple[tuple[Rendering, ...], ...]:
    """Every side of the surfaces of each plan, all at one scale and in one frame.

    Parameters
    ----------
    plans : sequence of sequence of Solid
        What is a plan's own; a plan without any surface gets no picture.
    shared : sequence of Solid
        What every plan shows: tumours and vessels.
    pixel_mm : float
        [mm]
    """
    meshes = [solid.mesh for solids in (*plans, shared) for solid in solids if len(solid.mesh.triangles)]
    if not meshes:
        return tuple(() for _ in plans)
    low = np.min([mesh.vertices_mm.min(axis=0) for mesh in meshes], axis=0)
    high = np.max([mesh.vertices_mm.max(axis=0) for mesh in meshes], axis=0)

    def of_side(side: Side) -> list[Rendering | None]:
        frame = _Frame.of(side, low, high, pixel_mm)
        common = [_layer(solid, frame) for solid in shared]
        return [
            Rendering(
                side,
                _coarser(_composed([*common, *(_layer(solid, frame) for solid in solids)], frame)),
                pixel_mm,
            )
            if solids
            else None
            for solids in plans
        ]

    # NumPy lets go of the interpreter in nearly all of this.
    with ThreadPoolExecutor(WORKERS) as workers:
        sides = list(workers.map(of_side, SIDES))
    return tuple(
        tuple(picture for picture in pictures if picture is not None) for pictures in zip(*sides, strict=True)
    )


@dataclass(frozen=True, eq=False)
class _Frame:
    """A camera and the pixels that it fills, finer than those of the picture."""

    side: Side
    corner_mm: NDArray[np.float64]
    pixel_mm: float
    shape: tuple[int, int]

    @classmethod
    def of(cls, side: Side, low: NDArray[np.float64], high: NDArray[np.float64], pixel_mm: float) -> _Frame:
        camera = _CAMERAS[side]
        corners = np.array([low, high]) @ camera.T
        first, last = corners.min(axis=0)[:2] - 2.0, corners.max(axis=0)[:2] + 2.0
        columns, rows = (
            int(np.ceil((b - a) / pixel_mm)) * _OVERSAMPLED for a, b in zip(first, last, strict=True)
        )
        return cls(side, np.array([first[0], last[1]]), pixel_mm / _OVERSAMPLED, (rows, columns))


def _coarser(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    rows, columns = (n // _OVERSAMPLED for n in picture.shape[:2])
    blocks = picture.reshape(rows, _OVERSAMPLED, columns, _OVERSAMPLED, 3)
    return np.asarray(np.rint(blocks.mean(axis=(1, 3))), dtype=np.uint8)


def _layer(solid: Solid, frame: _Frame) -> _Layer:
    size = frame.shape[0] * frame.shape[1]
    near = np.full(size, -np.inf, dtype=np.float32)
    lit = np.zeros((size, 3), dtype=np.uint8)
    samples = _Samples.of(solid.mesh, frame)
    np.maximum.at(near, samples.where, samples.depth_mm)
    best = np.full(size, -1, dtype=np.int64)
    nearest = np.flatnonzero(samples.depth_mm == near[samples.where])
    best[samples.where[nearest]] = nearest
    hit = np.flatnonzero(best >= 0)
    lit[hit] = _lit(samples.normals(best[hit]), solid.colour)
    return _Layer(
        near.reshape(frame.shape), lit.reshape(*frame.shape, 3), solid.opacity_percent, solid.look == "core"
    )


# Triangles, and the weights of their corners at each point, shape (points, 3).
_Group = tuple[NDArray[np.int32], NDArray[np.float32]]
_Directions = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Samples:
    """Points that lie on every triangle in sight as densely as pixels do: pixel and depth of each.

    Triangles that are cut into as many steps have the same weights and make a group; ``first`` is the number
    of the first point of each group.
    """

    where: NDArray[np.int32]
    depth_mm: NDArray[np.float32]
    first: NDArray[np.int64]
    groups: tuple[_Group, ...]
    vertex_normals: _Directions

    @classmethod
    def of(cls, mesh: Mesh, frame: _Frame) -> _Samples:
        camera = _CAMERAS[frame.side]
        seen = (mesh.vertices_mm @ camera.T).astype(np.float32)
        across, up = seen[:, 0][mesh.triangles], seen[:, 1][mesh.triangles]
        turned = (across[:, 1] - across[:, 0]) * (up[:, 2] - up[:, 0]) > (up[:, 1] - up[:, 0]) * (
            across[:, 2] - across[:, 0]
        )
        triangles, across, up = mesh.triangles[turned], across[turned], up[turned]
        edges = np.zeros(len(triangles), dtype=np.float32)
        for one, two in ((0, 1), (1, 2), (2, 0)):
            for along in (across, up):
                np.maximum(edges, np.abs(along[:, one] - along[:, two]), out=edges)
        steps = np.ceil(edges / np.float32(frame.pixel_mm)).astype(np.int64) + 1
        wheres, depths_mm = [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
        groups, first = [], [0]
        for count in np.unique(steps):
            chosen = triangles[steps == count]
            a, b = np.meshgrid(np.arange(count + 1), np.arange(count + 1), indexing="ij")
            inside = a + b <= count
            second, third = a[inside] / count, b[inside] / count
            weights = np.stack([1.0 - second - third, second, third], axis=1).astype(np.float32)
            corners = seen[chosen].transpose(2, 1, 0)
            x, y, z = (_between(axis, weights) for axis in corners)
            # Nothing lies before the corner, so that cutting off is rounding down.
            x -= np.float32(frame.corner_mm[0])
            np.subtract(np.float32(frame.corner_mm[1]), y, out=y)
            x /= np.float32(frame.pixel_mm)
            y /= np.float32(frame.pixel_mm)
            where = y.astype(np.int32) * np.int32(frame.shape[1]) + x.astype(np.int32)
            wheres.append(where.ravel())
            depths_mm.append(z.ravel())
            groups.append((chosen, weights))
            first.append(first[-1] + z.size)
        return cls(
            np.concatenate(wheres),
            np.concatenate(depths_mm),
            np.array(first[:-1]),
            tuple(groups),
            (mesh.normals @ camera.T).astype(np.float32),
        )

    def normals(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Normals at some of the points, between those of the corners; not of unit length."""
        found = np.zeros((len(numbers), 3), dtype=np.float32)
        group_of = np.searchsorted(self.first, numbers, side="right") - 1
        for group, (triangles, weights) in enumerate(self.groups):
            here = group_of == group
            triangle, weight = np.divmod(numbers[here] - self.first[group], len(weights))
            corners = self.vertex_normals[triangles[triangle]]
            found[here] = np.einsum("ij,ijk->ik", weights[weight], corners)
        return found


def _between(corners: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """A coordinate of every point on every triangle, shape (triangles, points); of corners (3, triangles).

    Written out: a product of matrices of which one side has length three is slower.
    """
    found: NDArray[np.float32] = np.multiply.outer(corners[1] - corners[0], weights[:, 1])
    found += np.multiply.outer(corners[2] - corners[0], weights[:, 2])
    found += corners[0][:, None]
    return found


def _lit(normal: NDArray[np.float32], colour: str) -> NDArray[np.uint8]:
    base = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    unit = normal / np.where(length > 0.0, length, 1.0)
    light = np.clip(unit @ _LIGHT.astype(np.float32), 0.0, 1.0)
    halfway = _LIGHT + np.array([0.0, 0.0, 1.0])
    gloss = np.clip(unit @ (halfway / np.linalg.norm(halfway)).astype(np.float32), 0.0, 1.0) ** _GLOSS
    lit = base * (_AMBIENT + _DIFFUSE * light)[:, None] + 255.0 * _SHINE * gloss[:, None]
    return np.asarray(np.rint(np.clip(lit, 0.0, 255.0)), dtype=np.uint8)


def _composed(layers: Sequence[_Layer], frame: _Frame) -> NDArray[np.float32]:
    """Opaque layers by depth on white, then the shells before them from far to near, with dark outlines."""
    picture = np.full((*frame.shape, 3), 255.0, dtype=np.float32)
    wall = np.full(frame.shape, -np.inf, dtype=np.float32)
    for layer in layers:
        if layer.opaque:
            nearer = layer.near_mm > wall
            wall[nearer] = layer.near_mm[nearer]
            picture[nearer] = layer.rgb[nearer]
    shells = [layer for layer in layers if not layer.opaque]
    if not shells:
        return picture
    # Before something opaque a shell is thinner, so that what lies inside keeps its colour; a shell that
    # only just covers it (a tumour that reaches the surface) does not.
    thinner = np.where(np.isfinite(wall), np.float32(_OVER_CORE), np.float32(1.0))
    order = np.argsort(np.stack([layer.near_mm for layer in shells]), axis=0, kind="stable")
    for rank in range(len(shells)):
        for number, layer in enumerate(shells):
            here = (order[rank] == number) & (layer.near_mm > wall + np.float32(_JUST_COVERED_MM))
            share = (np.float32(layer.opacity_percent / 100.0) * thinner[here])[:, None]
            picture[here] = (1.0 - share) * picture[here] + share * layer.rgb[here]
    for layer in shells:
        picture[_outline(np.isfinite(layer.near_mm))] *= _EDGE_SHADE
    return picture


def _outline(covered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    inner = covered.copy()
    inner[1:] &= covered[:-1]
    inner[:-1] &= covered[1:]
    inner[:, 1:] &= covered[:, :-1]
    inner[:, :-1] &= covered[:, 1:]
    return covered & ~inner


def rendering_alternative(side: Side, solids: Sequence[Solid], plan: str) -> str:
    """What a rendering shows, in words, for those who cannot see it."""
    left, right, _, _ = SIDE_EDGES[side]
    letters = {"R": "the patient's right", "L": "the patient's left", "A": "anterior", "P": "posterior"}
    parts = [
        f"{solid.name[0].lower()}{solid.name[1:]} {solid.mesh.volume_ml:.0f} mL"
        for solid in solids
        if solid.key in ("remnant", "resected", "ablated")
    ]
    others = [s.name for s in solids if s.key == "tumour"]
    if others:
        parts.append(f"tumours {', '.join(others)}")
    return (
        f"{SIDE_WORDS[side]}, shaded surfaces of plan {plan}, {letters[left]} on the left and"
        f" {letters[right]} on the right: {', '.join(parts)}."
    )


def draw_rendering(axes: Axes, shown: Rendering, *, type_pt: float = 9.0) -> None:
    """Draw one side in mm, with its side letters and a scale bar."""
    rows, columns = shown.rgb.shape[:2]
    width_mm, height_mm = columns * shown.pixel_mm, rows * shown.pixel_mm
    axes.imshow(shown.rgb, extent=(0.0, width_mm, height_mm, 0.0), interpolation="bilinear")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    draw_letters(axes, SIDE_EDGES[shown.side], type_pt)
    draw_scale_bar(axes, width_mm, type_pt - 2.0)


def renderings_png(shown: Sequence[Rendering]) -> tuple[bytes, ...]:
    """Sides as PNG files of one height and one scale, to stand side by side."""
    sizes_mm = [(r.rgb.shape[1] * r.pixel_mm, r.rgb.shape[0] * r.pixel_mm) for r in shown]
    inch_per_mm = min(8.0 / sum(width for width, _ in sizes_mm), 2.2 / max(height for _, height in sizes_mm))
    tallest_in = max(height for _, height in sizes_mm) * inch_per_mm
    side_in, above_in, below_in = 0.22, 0.4, 0.3
    pictures = []
    for picture, (width_mm, height_mm) in zip(shown, sizes_mm, strict=True):
        width_in, height_in = width_mm * inch_per_mm, height_mm * inch_per_mm
        across_in, down_in = width_in + 2 * side_in, tallest_in + above_in + below_in
        with drawing():
            figure = new_figure(across_in, down_in)
            bottom_in = below_in + (tallest_in - height_in) / 2.0
            axes = figure.add_axes(
                (side_in / across_in, bottom_in / down_in, width_in / across_in, height_in / down_in)
            )
            draw_rendering(axes, picture)
            title_at = (side_in / across_in, 1.0 - 0.05 / down_in)
            figure.text(*title_at, SIDE_WORDS[picture.side], ha="left", va="top", fontsize=8.0)
            pictures.append(small_png_bytes(figure))
    return tuple(pictures)
