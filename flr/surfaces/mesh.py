"""Closed surfaces of voxel masks, smooth and small, that keep the volume of their voxels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.geometry import Grid
from flr.units import MM3_PER_ML

SHARE_OF_SIZE = 1.0 / 20.0
"""Step of the surface as a share of the cube root of the volume: 1 mm for 8 mL, 2.5 mm from 125 mL."""

FINEST_MM, COARSEST_MM = 0.8, 2.5

_SMOOTHING = 0.6  # of a step or of a voxel, whichever is longer: terraces of the voxels vanish, edges stay
_REACH = 3.0  # standard deviations after which a blurred voxel is nothing
_CORRECTIONS = 6
_VOLUME_SHARE = 1e-5


@dataclass(frozen=True, eq=False)
class Mesh:
    """A closed surface of triangles.

    Parameters
    ----------
    vertices_mm : ndarray of float64, shape (n, 3)
        RAS+ world positions.
    triangles : ndarray of int32, shape (m, 3)
        Vertex numbers, anticlockwise as seen from outside.
    """

    vertices_mm: NDArray[np.float64]
    triangles: NDArray[np.int32]

    @property
    def volume_ml(self) -> float:
        """What the surface encloses, by the divergence theorem. [mL]"""
        return _enclosed_mm3(self.vertices_mm, self.triangles) / MM3_PER_ML

    @cached_property
    def normals(self) -> NDArray[np.float64]:
        """Unit vectors out of the surface at each vertex, shape (n, 3)."""
        return _vertex_normals(self.vertices_mm, self.triangles)


def load_libraries() -> None:
    """Import what surfaces need, before threads do so at once and meet halfway."""
    import scipy.special  # noqa: F401  # only loaded
    import skimage.measure  # noqa: F401


def mesh_of(mask: NDArray[np.bool_], grid: Grid, *, step_mm: float | None = None) -> Mesh:
    """The surface of a mask, with the volume of its voxels.

    Each voxel is taken as the box that it is, blurred by about its own size so that no terraces remain; the
    blurred mask is sampled along the grid's axes every ``step_mm`` and cut by marching cubes at the level
    that encloses as much as the voxels hold. What is left of the difference is taken up by moving every
    vertex along its normal, by a fraction of a step.

    Parameters
    ----------
    mask : ndarray of bool, shape grid.shape
    grid : Grid
        Oblique and sheared grids are followed.
    step_mm : float, optional
        Edge of a cell; from the volume when it is not given (see :data:`SHARE_OF_SIZE`). [mm]

    Raises
    ------
    GeometryError
        If the mask is empty or of another shape, or the slices are uneven: a surface in mm does not exist.
    """
    if mask.shape != grid.shape:
        raise GeometryError(f"mask of shape {mask.shape} on a grid of {grid.shape}; expected the same")
    if not grid.is_even:
        raise GeometryError("the slices are uneven, so no surface in mm exists; show slices instead")
    box = _box(mask)
    inside = mask[box]
    wanted_mm3 = float(np.count_nonzero(inside)) * grid.voxel_volume_mm3
    if step_mm is None:
        step_mm = min(max(SHARE_OF_SIZE * wanted_mm3 ** (1.0 / 3.0), FINEST_MM), COARSEST_MM)
    start = (box[0].start, box[1].start, box[2].start)
    field, at = _blurred(inside, grid.spacing_mm, step_mm)
    cell_mm3 = grid.voxel_volume_mm3 * float(np.prod([(a[1] - a[0]) for a in at]))
    corners, triangles = _level_set(field, wanted_mm3 / cell_mm3)
    index = np.stack([a[0] + corners[:, axis] * (a[1] - a[0]) for axis, a in enumerate(at)], axis=1)
    vertices = grid.world_mm(index + start)
    if _enclosed_mm3(vertices, triangles) < 0.0:
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    return Mesh(_with_volume(vertices, triangles, wanted_mm3, step_mm), triangles)


def facing(mesh: Mesh, mask: NDArray[np.bool_], grid: Grid) -> Mesh:
    """The part of a surface that looks onto a mask, as an open surface: where a plan cuts.

    Parameters
    ----------
    mesh : Mesh
    mask : ndarray of bool, shape grid.shape
        What lies beyond the cut.
    grid : Grid

    Returns
    -------
    Mesh
        Without a triangle where the two do not meet.
    """
    normals = mesh.normals
    reach_mm = 1.2 * max(grid.spacing_mm)
    to_index = np.linalg.inv(grid.index_to_world_mm[:3, :3])
    index = (mesh.vertices_mm + reach_mm * normals - grid.index_to_world_mm[:3, 3]) @ to_index.T
    nearest = np.rint(index).astype(np.int64)
    within = ((nearest >= 0) & (nearest < grid.shape)).all(axis=1)
    looks = np.zeros(len(nearest), dtype=bool)
    looks[within] = mask[tuple(nearest[within].T)]
    kept = mesh.triangles[looks[mesh.triangles].all(axis=1)]
    used = np.unique(kept)
    renumbered = np.zeros(len(nearest), dtype=np.int32)
    renumbered[used] = np.arange(used.size, dtype=np.int32)
    return Mesh(mesh.vertices_mm[used], renumbered[kept])


def _box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    found = []
    for axis in range(3):
        filled = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        if not filled.size:
            raise GeometryError("the mask is empty: it has no surface")
        found.append(slice(int(filled[0]), int(filled[-1]) + 1))
    return found[0], found[1], found[2]


def _blurred(
    inside: NDArray[np.bool_], spacing_mm: tuple[float, float, float], step_mm: float
) -> tuple[NDArray[np.float32], list[NDArray[np.float64]]]:
    """The blurred mask on a coarser lattice, and the lattice's positions along each axis in voxels."""
    from scipy.special import ndtr

    field = inside.astype(np.float32)
    lattice: list[NDArray[np.float64]] = []
    for axis, (n, voxel_mm) in enumerate(zip(inside.shape, spacing_mm, strict=True)):
        spread = _SMOOTHING * max(step_mm / voxel_mm, 1.0)
        step = min(step_mm / voxel_mm, 1.5)
        first = -0.5 - _REACH * spread - step
        count = int(np.ceil((n - 1.0 - 2.0 * first) / step)) + 1
        places = np.asarray(first + step * np.arange(count), dtype=np.float64)
        edges = np.arange(n + 1) - 0.5
        # How much of each voxel a Gaussian at each place holds: the blur is exact, and rows sum to 1 inside.
        weights = np.diff(ndtr((edges - places[:, None]) / spread), axis=1).astype(np.float32)
        field = np.moveaxis(np.tensordot(weights, field, axes=(1, axis)), 0, axis)
        lattice.append(places)
    return np.ascontiguousarray(field), lattice


def _level_set(
    field: NDArray[np.float32], wanted_cells: float
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Marching cubes at the level above which the lattice holds the wanted number of cells."""
    from skimage.measure import marching_cubes

    count = min(max(round(wanted_cells), 1), field.size - 1)
    level = float(np.partition(field.ravel(), -count)[-count])
    level = min(max(level, 0.05 * float(field.max())), 0.95 * float(field.max()))
    # A value that no sample has: a surface that passes exactly through a corner can tear there.
    while (field == np.float32(level)).any():
        level = float(np.nextafter(np.float32(level), np.float32(2.0)))
    vertices, triangles, _, _ = marching_cubes(field, level)
    return vertices.astype(np.float64), triangles.astype(np.int32)


def _with_volume(
    vertices: NDArray[np.float64], triangles: NDArray[np.int32], wanted_mm3: float, step_mm: float
) -> NDArray[np.float64]:
    for _ in range(_CORRECTIONS):
        missing = wanted_mm3 - _enclosed_mm3(vertices, triangles)
        if abs(missing) <= _VOLUME_SHARE * wanted_mm3:
            break
        corners = vertices[triangles]
        doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        area_mm2 = 0.5 * float(np.linalg.norm(doubled, axis=1).sum())
        move_mm = float(np.clip(missing / area_mm2, -0.5 * step_mm, 0.5 * step_mm))
        vertices = vertices + move_mm * _vertex_normals(vertices, triangles)
    return vertices


def _enclosed_mm3(vertices: NDArray[np.float64], triangles: NDArray[np.int32]) -> float:
    if not len(triangles):
        return 0.0
    corners = (vertices - vertices.mean(axis=0))[triangles]
    return float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6.0)


def _vertex_normals(vertices: NDArray[np.float64], triangles: NDArray[np.int32]) -> NDArray[np.float64]:
    corners = vertices[triangles]
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    summed = np.zeros_like(vertices)
    for axis in range(3):
        for corner in range(3):
            summed[:, axis] += np.bincount(triangles[:, corner], doubled[:, axis], minlength=len(vertices))
    lengths = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.asarray(summed / np.where(lengths > 0.0, lengths, 1.0))
