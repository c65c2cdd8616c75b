"""Analytic test phantoms: boxes, ellipsoids and block livers whose voxel counts are known beforehand.

Every default has three unequal spacings and parts of unequal size, so that a swapped axis, a wrong
determinant or a mirrored side cannot go unnoticed. Arrays are in (i, j, k) index order. The world is RAS+ in
millimetres: +x is the patient's right, +y anterior, +z superior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flr.geometry import Grid

Triple = tuple[float, float, float]

FINE_SPACING_MM: Triple = (0.7, 1.1, 2.5)
COARSE_SPACING_MM: Triple = (3.5, 4.1, 4.9)
OBLIQUE_DEG: Triple = (7.0, -11.0, 4.0)
"""A rotation about all three world axes, small enough for the axis codes to stay."""

_WORLD_AXES = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


class Phantom(NamedTuple):
    """A binary shape on its grid."""

    voxels: NDArray[np.uint8]
    grid: Grid

    @property
    def volume_ml(self) -> float:
        """Volume of the voxels. [mL]"""
        return int(self.voxels.sum()) * self.grid.voxel_volume_ml


@dataclass(frozen=True)
class CouinaudBlock:
    """A block liver of eight parts.

    Parameters
    ----------
    segments : ndarray of uint8, shape (i, j, k)
        Labels 1 to 8 as in scheme ``couinaud_8``, 0 outside. Tumours keep their segment.
    tumours : ndarray of uint8, shape (i, j, k)
        Tumour numbers 1 to n, 0 elsewhere.
    grid : Grid
    part_voxels, tumour_voxels : Mapping
        Voxels of each segment and tumour, from the construction and not from counting.
    tumour_parts : Mapping
        Tumour number to the segment that it lies in.
    """

    segments: NDArray[np.uint8]
    tumours: NDArray[np.uint8]
    grid: Grid
    part_voxels: Mapping[int, int]
    tumour_voxels: Mapping[int, int]
    tumour_parts: Mapping[int, int]

    @property
    def part_ml(self) -> dict[int, float]:
        """Volume of each segment, tumours included. [mL]"""
        return {part: n * self.grid.voxel_volume_ml for part, n in self.part_voxels.items()}

    @property
    def total_ml(self) -> float:
        """Volume of the whole block. [mL]"""
        return sum(self.part_voxels.values()) * self.grid.voxel_volume_ml


def oblique_grid(
    shape: Sequence[int],
    spacing_mm: ArrayLike = FINE_SPACING_MM,
    *,
    orientation: str = "LPS",
    rotation_deg: ArrayLike = (0.0, 0.0, 0.0),
    centre_mm: ArrayLike = (3.0, -5.0, 11.0),
) -> Grid:
    """Return a grid whose middle lies at ``centre_mm``.

    Parameters
    ----------
    shape : sequence of int
        Voxels along i, j, k.
    spacing_mm : array_like, shape (3,)
        Step along i, j, k. [mm]
    orientation : str
        Direction in which i, j and k run before the rotation, e.g. ``"LPS"`` or ``"SRA"``.
    rotation_deg : array_like, shape (3,)
        Rotation about the world's x, then y, then z axis. [degrees]
    centre_mm : array_like, shape (3,)
        World position of the middle of the grid. [mm]

    Examples
    --------
    >>> oblique_grid((4, 5, 6), orientation="SRA", rotation_deg=OBLIQUE_DEG).orientation
    'SRA'
    """
    directions = np.zeros((3, 3))
    for axis, letter in enumerate(orientation):
        world, sign = _WORLD_AXES[letter]
        directions[world, axis] = sign
    affine = np.eye(4)
    affine[:3, :3] = _rotation(rotation_deg) @ directions @ np.diag(np.asarray(spacing_mm, dtype=np.float64))
    middle = (np.asarray(shape) - 1) / 2.0
    affine[:3, 3] = np.asarray(centre_mm, dtype=np.float64) - affine[:3, :3] @ middle
    return Grid(tuple(shape), affine)


def box(
    lengths_mm: ArrayLike,
    spacing_mm: ArrayLike = FINE_SPACING_MM,
    *,
    margin_voxels: int = 3,
    orientation: str = "LPS",
    rotation_deg: ArrayLike = (0.0, 0.0, 0.0),
) -> Phantom:
    """Return a box along the index axes; every length is a whole number of voxels, so its volume is exact.

    Examples
    --------
    >>> shape = box((21, 44, 65), (0.7, 1.1, 2.5))
    >>> int(shape.voxels.sum()), round(shape.volume_ml, 3)
    (31200, 60.06)
    """
    wanted = np.asarray(lengths_mm, dtype=np.float64) / np.asarray(spacing_mm, dtype=np.float64)
    sides = np.rint(wanted).astype(int)
    if not np.allclose(wanted, sides, rtol=0, atol=1e-9) or sides.min() < 1:
        raise ValueError(
            f"box of {lengths_mm} mm is not a whole number of {spacing_mm} mm voxels; choose multiples"
        )
    voxels = np.zeros(tuple(sides + 2 * margin_voxels), np.uint8)
    voxels[tuple(slice(margin_voxels, margin_voxels + n) for n in sides)] = 1
    return Phantom(
        voxels, oblique_grid(voxels.shape, spacing_mm, orientation=orientation, rotation_deg=rotation_deg)
    )


def ellipsoid(
    semi_axes_mm: ArrayLike,
    spacing_mm: ArrayLike = FINE_SPACING_MM,
    *,
    margin_voxels: int = 3,
    orientation: str = "LPS",
    rotation_deg: ArrayLike = (0.0, 0.0, 0.0),
) -> Phantom:
    """Return an ellipsoid along the world axes, sampled at voxel centres; its volume is ``ellipsoid_ml``.

    Examples
    --------
    >>> shape = ellipsoid((20, 15, 30), rotation_deg=OBLIQUE_DEG)
    >>> abs(shape.volume_ml / ellipsoid_ml((20, 15, 30)) - 1) < 0.005
    True
    """
    semi = np.asarray(semi_axes_mm, dtype=np.float64)
    steps = oblique_grid((1, 1, 1), spacing_mm, orientation=orientation, rotation_deg=rotation_deg)
    axes = steps.index_to_world_mm[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    reach_mm = np.linalg.norm(semi[:, None] * axes / spacing, axis=0)
    shape = 2 * (np.ceil(reach_mm / spacing).astype(int) + margin_voxels) + 1
    grid = oblique_grid(tuple(shape), spacing_mm, orientation=orientation, rotation_deg=rotation_deg)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    offset_mm = grid.world_mm(index) - grid.world_mm((shape - 1) / 2.0)
    return Phantom((((offset_mm / semi) ** 2).sum(axis=-1) <= 1.0).astype(np.uint8), grid)


def ellipsoid_ml(semi_axes_mm: ArrayLike) -> float:
    """Volume of an ellipsoid. [mL]

    >>> round(ellipsoid_ml((20, 15, 30)), 3)
    37.699
    """
    return float(4.0 / 3.0 * np.pi * np.prod(np.asarray(semi_axes_mm, dtype=np.float64)) / 1000.0)


def couinaud_block(
    *,
    columns_voxels: tuple[int, int, int, int] = (12, 8, 16, 12),
    tumours: Sequence[tuple[int, int]] = (),
    spacing_mm: Triple = COARSE_SPACING_MM,
    margin_voxels: int = 4,
    orientation: str = "LPS",
    rotation_deg: ArrayLike = (0.0, 0.0, 0.0),
) -> CouinaudBlock:
    """Return a liver of eight blocks that lie as Couinaud's segments do.

    Four columns from the patient's left to right: 2 above 3; 4 in front of 1; 8 above 5; 7 above 6. Each
    is 20 voxels deep and 24 high, and that of 8 and 5 stands 4 voxels further in front; the default is about
    1620 mL with 58 % right of segment 4. It ends in a small cap on every side, whose voxels are taken from
    edges of the same segment: a liver with flat ends would be one that was cut off.

    Parameters
    ----------
    columns_voxels : tuple of int
        Widths of the columns 2/3, 4/1, 5/8 and 6/7; ``(7, 6, 20, 15)`` leaves 27 % after H5678.
    tumours : sequence of (part, side)
        Cubes of ``side`` voxels, side at most 8 and even or odd as liked, in the middle of a segment;
        numbered from 1.
    spacing_mm : tuple of float
        Step along right, anterior and superior, whatever the index order. [mm]
    margin_voxels : int
        Background around the block; 0 makes the liver touch every border of the scan.
    orientation : str
        Direction in which i, j and k run, e.g. ``"RAS"``, ``"LPS"``, ``"ASL"``.
    rotation_deg : array_like, shape (3,)
        Rotation of the grid about the world axes. [degrees]

    Examples
    --------
    >>> liver = couinaud_block(tumours=[(7, 4), (3, 2)], orientation="ASL", rotation_deg=OBLIQUE_DEG)
    >>> dict(liver.part_voxels)[4], dict(liver.tumour_voxels)
    (3072, {1: 64, 2: 8})
    >>> int((liver.segments == 4).sum()), liver.grid.orientation
    (3072, 'ASL')
    """
    edges = np.cumsum((0, *columns_voxels)).tolist()
    deep, high, caudate, ahead = 20, 24, 4, 4
    blocks: dict[int, tuple[tuple[int, int], tuple[int, int], tuple[int, int]]] = {}
    for column, (lower, upper, split) in {0: (3, 2, 14), 2: (5, 8, 10), 3: (6, 7, 11)}.items():
        across = (edges[column], edges[column + 1])
        depth = (ahead, ahead + deep) if column == 2 else (0, deep)
        blocks[lower] = (across, depth, (0, split))
        blocks[upper] = (across, depth, (split, high))
    blocks[1] = ((edges[1], edges[2]), (0, caudate), (0, high))
    blocks[4] = ((edges[1], edges[2]), (caudate, deep), (0, high))

    sides_ras = tuple(n + 2 * margin_voxels for n in (edges[-1], deep + ahead, high))
    segments = np.zeros(sides_ras, np.uint8)
    lesions = np.zeros(sides_ras, np.uint8)
    for part, bounds in blocks.items():
        segments[tuple(slice(margin_voxels + a, margin_voxels + b) for a, b in bounds)] = part
    if margin_voxels:
        for part, axis, outward in _CAPS:
            _round_off(segments, part, axis, outward, min(_CAP_VOXELS, margin_voxels))
    for number, (part, side) in enumerate(tumours, start=1):
        if any(b - a < side for a, b in blocks[part]):
            raise ValueError(
                f"a tumour of {side} voxels does not fit into segment {part}; choose a smaller side"
            )
        starts = [margin_voxels + (a + b - side) // 2 for a, b in blocks[part]]
        cube = tuple(slice(start, start + side) for start in starts)
        if lesions[cube].any():
            raise ValueError(f"segment {part} has a tumour already; one tumour per segment")
        lesions[cube] = number

    order = [_WORLD_AXES[letter][0] for letter in orientation]
    flips = tuple(_WORLD_AXES[letter][1] for letter in orientation)
    segments, lesions = (
        np.ascontiguousarray(volume.transpose(order)[tuple(slice(None, None, flip) for flip in flips)])
        for volume in (segments, lesions)
    )
    grid = oblique_grid(
        segments.shape,
        tuple(spacing_mm[axis] for axis in order),
        orientation=orientation,
        rotation_deg=rotation_deg,
    )
    return CouinaudBlock(
        segments=segments,
        tumours=lesions,
        grid=grid,
        part_voxels={part: int(np.prod([b - a for a, b in blocks[part]])) for part in sorted(blocks)},
        tumour_voxels={number: side**3 for number, (_, side) in enumerate(tumours, start=1)},
        tumour_parts={number: part for number, (part, _) in enumerate(tumours, start=1)},
    )


def couinaud_egg(
    spacing_mm: Triple = (4.0, 4.0, 4.0), *, left_border_mm: float = -22.0, margin_mm: float = 12.0
) -> tuple[NDArray[np.uint8], Grid]:
    """Return an ellipsoid liver of about 1672 mL in eight segments that planes part, and its RAS grid.

    Semi-axes of 92, 70 and 62 mm around (10, 0, 0). Right of x = 15 lie 5 (front, below), 6 (back, below), 7
    (back, above) and 8 (front, above), parted at y = -5 and z = -2; between it and ``left_border_mm`` lie 4
    and, behind y = -32, 1; left of that 2 above z = 3 and 3 below. It is round on every side, as livers are.

    Examples
    --------
    >>> segments, grid = couinaud_egg()
    >>> bool(abs((segments > 0).sum() * grid.voxel_volume_ml / ellipsoid_ml((92, 70, 62)) - 1) < 0.01)
    True
    """
    centre, semi = np.array([10.0, 0.0, 0.0]), np.array([92.0, 70.0, 62.0])
    spacing = np.asarray(spacing_mm, dtype=np.float64)
    first = centre - semi - margin_mm
    shape = tuple(int(n) for n in np.ceil(2 * (semi + margin_mm) / spacing) + 1)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = first
    x, y, z = np.meshgrid(*(first[a] + spacing[a] * np.arange(shape[a]) for a in range(3)), indexing="ij")
    right, middle = x > 15.0, (x > left_border_mm) & (x <= 15.0)
    front, above = y > -5.0, z > -2.0
    regions = {
        5: right & front & ~above,
        6: right & ~front & ~above,
        7: right & ~front & above,
        8: right & front & above,
        4: middle & (y >= -32.0),
        1: middle & (y < -32.0),
        2: (x <= left_border_mm) & (z > 3.0),
        3: (x <= left_border_mm) & (z <= 3.0),
    }
    segments = np.zeros(shape, np.uint8)
    for part, region in regions.items():
        segments[region] = part
    offset = np.stack([x, y, z], axis=-1) - centre
    segments[((offset / semi) ** 2).sum(axis=-1) > 1.0] = 0
    return segments, Grid(shape, affine)


_CAPS = ((2, 0, -1), (6, 0, 1), (7, 1, -1), (3, 1, -1), (5, 1, 1), (3, 2, -1), (8, 2, 1))
"""Segment, world axis and direction of the caps on the sides of a block liver."""

_CAP_SHARE = 0.02
"""Of the largest plane of the block along the axis of a cap."""

_CAP_VOXELS = 3
"""How far a cap stands out, in steps that grow smaller: no plane leans on cap and block along a face."""


def _round_off(segments: NDArray[np.uint8], part: int, axis: int, outward: int, tall: int) -> None:
    """Move voxels of a segment from its outermost edges to a cap on its outermost plane, in place."""
    turned = np.moveaxis(segments, axis, 0)
    turned = turned[::-1] if outward > 0 else turned  # the outermost plane is now the first one
    first = int(np.flatnonzero((turned == part).any(axis=(1, 2)))[0])
    rows, columns = (np.flatnonzero((turned[first] == part).any(axis=other)) for other in (1, 0))
    least = _CAP_SHARE * np.count_nonzero(turned, axis=(1, 2)).max()
    deep = int(np.ceil(np.sqrt(least)))
    wide = int(np.ceil(least / deep))
    at = (int(rows.mean()) - deep // 2, int(columns.mean()) - wide // 2)
    edges = [(i, j) for i in (rows[0], rows[-1]) for j in columns] + [
        (i, j) for j in (columns[0], columns[-1]) for i in rows[1:-1]
    ]
    steps = [(deep, wide), (max(2, deep // 2), max(2, wide // 2)), (2, 2)][:tall]
    taken = [(i, j) for i, j in edges if turned[first, i, j] == part]
    while sum(n * m for n, m in steps) > len(taken):
        steps.pop()
    for i, j in taken[: sum(n * m for n, m in steps)]:
        turned[first, i, j] = 0
    for up, (n, m) in enumerate(steps, start=1):
        turned[first - up, at[0] : at[0] + n, at[1] : at[1] + m] = part


def write_nifti(
    path: Path,
    voxels: NDArray[Any],
    grid: Grid,
    *,
    names: Mapping[int, str] | None = None,
    sform_code: int = 1,
    qform_code: int = 1,
) -> Path:
    """Write an array as ``.nii`` or ``.nii.gz`` and return the path.

    ``names`` are written as TotalSegmentator does: a Caret label table in a header extension of code 0.
    A code of 0 leaves that form unset; a sheared grid needs ``qform_code=0``.
    """
    import nibabel as nib

    image = nib.Nifti1Image(voxels, None, dtype=voxels.dtype)
    image.header.set_xyzt_units("mm")
    image.header.set_zooms(grid.spacing_mm)
    image.set_sform(grid.index_to_world_mm if sform_code else None, code=sform_code)
    image.set_qform(grid.index_to_world_mm if qform_code else None, code=qform_code)
    if names:
        image.header.extensions.append(nib.nifti1.Nifti1Extension(0, caret_label_table(names)))
    nib.save(image, path)
    return path


def caret_label_table(names: Mapping[int, str]) -> bytes:
    """Return the XML of a Caret label table, value → name.

    >>> b'<Label Key="5"' in caret_label_table({5: "liver"})
    True
    """
    labels = "".join(
        f'<Label Key="{value}" Red="1" Green="0.5" Blue="0.25" Alpha="1"><![CDATA[{name}]]></Label>'
        for value, name in names.items()
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><CaretExtension><Date><![CDATA[2026-01-04T00:00:00]]></Date>'
        '<VolumeInformation Index="0"><LabelTable>'
        f"{labels}"
        "</LabelTable></VolumeInformation></CaretExtension>"
    )
    return xml.encode()


def _rotation(degrees: ArrayLike) -> NDArray[np.float64]:
    """Rotation matrix about x, then y, then z."""
    a, b, c = np.radians(np.asarray(degrees, dtype=np.float64))
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x
