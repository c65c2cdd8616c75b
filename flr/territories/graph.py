"""From a mask to connected voxels that hang on a root; where roots are when nobody drew them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.frozen import Record
from flr.geometry import Grid
from flr.kernels.trees import Links, component_of, hangs_on_root, index_of, neighbour_pairs
from flr.territories.model import Flat, Mask, Repair

LARGEST_GAP_MM: Final = 5.0
"""Pieces of a vessel that are no further apart are joined; every repair is reported."""

OUTSIDE_MM: Final = 5.0
"""A trunk or vena cava leaves the liver at least this far; a mask that merely spills over does not."""

LEAST_CAVA_RADIUS_MM: Final = 5.0
"""No vena cava is taken for one that is thinner."""

_CAVA_SHARE = 0.5  # of its widest radius: what is this wide may be vena cava, what is thinner is a vein


@dataclass(frozen=True, eq=False)
class Graph(Record):
    """Voxels of a tree on the way to becoming one."""

    voxels: Flat
    links: Links
    attached: Mask
    inside: Mask
    repairs: tuple[Repair, ...]
    fragments_ml: tuple[float, ...]


def rooted_graph(tree: Mask, root: Mask | None, organ: Mask, grid: Grid) -> Graph:
    """Connect voxels, hang them on the root (voxels beside or in it) and close small gaps.

    The root's own voxels that also belong to ``tree`` are its first voxels.
    """
    voxels = np.flatnonzero(tree.ravel("F")).astype(np.int64)
    first, second, length_mm = neighbour_pairs(voxels, grid.shape, grid.index_to_world_mm)
    axes = grid.index_to_world_mm[:3, :3]
    inside = organ.ravel("F")[voxels]
    if root is None:
        links = Links(voxels.size, first, second, length_mm, np.zeros(0, dtype=np.int64))
        return Graph(voxels, links, np.ones(voxels.size, dtype=bool), inside, (), ())
    roots = np.flatnonzero(_beside(root).ravel("F")[voxels])
    links = Links(voxels.size, first, second, length_mm, roots)
    links, repairs = _repaired(
        links, index_of(voxels, grid.shape) @ axes.T, _points_mm(root, grid), grid.voxel_volume_ml
    )
    attached = hangs_on_root(links, np.ones(voxels.size, dtype=bool))
    lone = component_of(links, ~attached)
    sizes = np.bincount(lone[lone >= 0]) * grid.voxel_volume_ml
    return Graph(voxels, links, attached, inside, repairs, tuple(float(v) for v in sizes))


def _points_mm(mask: Mask, grid: Grid) -> NDArray[np.float64]:
    """Voxel centres of a mask from the first voxel of the grid, in its axes. [mm]"""
    at = np.flatnonzero(mask.ravel("F")).astype(np.int64)
    return np.asarray(index_of(at, grid.shape) @ grid.index_to_world_mm[:3, :3].T)


def _box_of(mask: Mask) -> tuple[slice, ...]:
    """Bounding box of a mask that is not empty."""
    sides = (np.asarray(mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1)))
    return tuple(slice(int(s.argmax()), int(s.size - s[::-1].argmax())) for s in sides)


def _beside(mask: Mask) -> Mask:
    """A mask with its 26 neighbours, looked for in its own box."""
    result = np.zeros(mask.shape, dtype=bool, order="F")
    if not mask.any():
        return result
    inner = _box_of(mask)
    box = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in inner)
    grown = mask[box]
    for axis in range(3):
        wider = grown.copy()
        low, high = ([slice(None)] * 3 for _ in range(2))
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        wider[tuple(low)] |= grown[tuple(high)]
        wider[tuple(high)] |= grown[tuple(low)]
        grown = wider
    result[box] = grown
    return result


def surface_of(mask: Mask) -> Mask:
    """Voxels with a face neighbour outside the mask, or on a face of the array."""
    inside = mask.copy()
    for axis in range(3):
        low, high = ([slice(None)] * 3 for _ in range(2))
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        inside[tuple(low)] &= mask[tuple(high)]
        inside[tuple(high)] &= mask[tuple(low)]
        for end in (0, -1):
            face: list[slice | int] = [slice(None)] * 3
            face[axis] = end
            inside[tuple(face)] = False
    return mask & ~inside


class _Gaps:
    """The narrowest gap from each loose piece to what hangs on the root, as far as it was looked for.

    Parameters
    ----------
    component : ndarray of int, shape (n,)
        Piece of every vessel voxel.
    points_mm : ndarray, shape (n, 3)
    """

    def __init__(self, component: Flat, points_mm: NDArray[np.float64]) -> None:
        self.component, self.points_mm = component, points_mm
        n_pieces = int(component.max()) + 1
        self.gap_mm = np.full(n_pieces, np.inf)
        self.pair = np.full((n_pieces, 2), -1, dtype=np.int64)

    def look(self, sources: Flat, source_mm: NDArray[np.float64], targets: Flat) -> None:
        """Note the voxels of loose pieces that lie nearer to new sources than to any before."""
        from scipy.spatial import cKDTree

        low, high = source_mm.min(axis=0) - LARGEST_GAP_MM, source_mm.max(axis=0) + LARGEST_GAP_MM
        place = self.points_mm[targets]
        targets = targets[((place >= low) & (place <= high)).all(axis=1)]
        if not targets.size:
            return
        distance, nearest = cKDTree(source_mm).query(
            self.points_mm[targets], distance_upper_bound=LARGEST_GAP_MM * (1.0 + 1e-9)
        )
        reached = np.isfinite(distance)
        piece = self.component[targets]
        order = np.lexsort((targets, distance, piece))
        order = order[reached[order]]
        least = order[np.flatnonzero(np.diff(piece[order], prepend=-1))]
        least = least[distance[least] < self.gap_mm[piece[least]]]
        self.gap_mm[piece[least]] = distance[least]
        self.pair[piece[least]] = np.stack([sources[nearest[least]], targets[least]], axis=1)

    def narrowest(self) -> int | None:
        """The piece with the narrowest gap; None where no gap is within the limit."""
        piece = int(self.gap_mm.argmin())
        return piece if np.isfinite(self.gap_mm[piece]) else None


def _repaired(
    links: Links,
    points_mm: NDArray[np.float64],
    root_mm: NDArray[np.float64],
    voxel_ml: float,
) -> tuple[Links, tuple[Repair, ...]]:
    """Join loose pieces over gaps up to the limit, the narrowest gap first."""
    everything = np.ones(links.n, dtype=bool)
    component = component_of(links, everything)
    attached = hangs_on_root(links, everything)
    loose = np.flatnonzero(~attached)
    if not loose.size:
        return links, ()
    gaps = _Gaps(component, points_mm)
    hanging = np.flatnonzero(attached)
    gaps.look(
        np.concatenate([hanging, np.full(len(root_mm), -1, dtype=np.int64)]),
        np.concatenate([points_mm[hanging], root_mm]),
        loose,
    )
    bridges: list[tuple[int, int]] = []
    lengths: list[float] = []
    roots: list[int] = []
    repairs: list[Repair] = []
    while (piece := gaps.narrowest()) is not None:
        members = np.flatnonzero(component == piece)
        gap_mm = float(gaps.gap_mm[piece])
        repairs.append(Repair(gap_mm, members.size * voxel_ml))
        source, target = (int(v) for v in gaps.pair[piece])
        if source < 0:
            roots.append(target)
        else:
            bridges.append((source, target))
            lengths.append(gap_mm)
        attached[members] = True
        gaps.gap_mm[piece] = np.inf
        loose = np.flatnonzero(~attached)
        if loose.size:
            gaps.look(members, points_mm[members], loose)
    joined = replace(links, roots=np.concatenate([links.roots, np.array(roots, dtype=np.int64)]))
    if bridges:
        joined = joined.with_bridges(np.array(bridges, dtype=np.int64), np.array(lengths))
    return joined, tuple(repairs)


def outside_part(mask: Mask, organ: Mask, grid: Grid) -> tuple[Mask, Flat, NDArray[np.float64]] | None:
    """The largest piece outside the liver that leaves it for good: its mask, voxels and distance from it."""
    from scipy import ndimage
    from scipy.spatial import cKDTree

    outer = mask & ~organ
    if not outer.any():
        return None
    box = _box_of(outer)
    pieces = np.zeros(grid.shape, dtype=np.int32, order="F")
    pieces[box], n_pieces = ndimage.label(outer[box], structure=np.ones((3, 3, 3), dtype=bool))
    voxels = np.flatnonzero(outer.ravel("F")).astype(np.int64)
    surface = surface_of(organ)
    axes = grid.index_to_world_mm[:3, :3]
    away_mm = cKDTree(_points_mm(surface, grid)).query(index_of(voxels, grid.shape) @ axes.T)[0]
    piece = pieces.ravel("F")[voxels]
    reach_mm = np.zeros(n_pieces + 1)
    np.maximum.at(reach_mm, piece, away_mm)
    size = np.where(reach_mm >= OUTSIDE_MM, np.bincount(piece, minlength=n_pieces + 1), 0)
    if not size.any():
        return None
    chosen = piece == int(size.argmax())
    return pieces == int(size.argmax()), voxels[chosen], away_mm[chosen]


def vena_cava(whole: Mask, organ: Mask, grid: Grid) -> Mask | None:
    """The wide part of the hepatic veins' mask that runs outside the liver; None when there is none.

    The widest ball that fits into the part outside the liver sets the scale: pieces that hold a ball of half
    that radius and lie mostly outside are vena cava, and so is what lies between them along the body axis,
    where the veins join and the calibre of the mask says nothing.
    """
    from scipy import ndimage
    from scipy.spatial import cKDTree

    outside = outside_part(whole, organ, grid)
    if outside is None:
        return None
    box = _box_of(whole)
    mask, outer = whole[box], ~organ[box]
    depth_mm = _depth_mm(mask, grid)
    radius_mm = float(depth_mm[outside[0][box]].max())
    if radius_mm < LEAST_CAVA_RADIUS_MM:
        return None
    limit_mm = _CAVA_SHARE * radius_mm
    cores, n_cores = ndimage.label(depth_mm >= limit_mm, structure=np.ones((3, 3, 3), dtype=bool))
    held = np.bincount(cores.ravel(), minlength=n_cores + 1)
    held_outside = np.bincount(cores[outer], minlength=n_cores + 1)
    is_cava = 2 * held_outside > held
    is_cava[0] = False
    core = is_cava[cores]
    if not core.any():
        return None  # what is wide lies in the liver for the most part: a tumour, or vein and tumour in one
    near = np.zeros_like(mask)
    axes = grid.index_to_world_mm[:3, :3]
    here = np.argwhere(mask)
    away_mm = cKDTree(np.argwhere(core) @ axes.T).query(here @ axes.T, distance_upper_bound=limit_mm)[0]
    near[tuple(here[away_mm < limit_mm].T)] = True
    cava = np.zeros(grid.shape, dtype=bool, order="F")
    cava[box] = near | _between_levels(mask, core, depth_mm, box, grid)
    return cava


def _depth_mm(mask: Mask, grid: Grid) -> NDArray[np.float64]:
    """Distance of each voxel of a mask from the nearest one that is none; the array's faces end nothing."""
    from scipy.spatial import cKDTree

    depth_mm = np.zeros(mask.shape)
    padded = np.pad(mask, 1, mode="edge")
    shell = _beside(padded) & ~padded
    if not shell.any():
        depth_mm[mask] = np.inf
        return depth_mm
    axes = grid.index_to_world_mm[:3, :3]
    here = np.argwhere(mask)
    depth_mm[tuple(here.T)] = cKDTree((np.argwhere(shell) - 1) @ axes.T).query(here @ axes.T)[0]
    return depth_mm


def _between_levels(
    mask: Mask, core: Mask, depth_mm: NDArray[np.float64], box: tuple[slice, ...], grid: Grid
) -> Mask:
    """Voxels inside the tube that joins the pieces of ``core`` along the body axis, level by level."""
    start = np.array([s.start for s in box])
    known, voxels = np.argwhere(core), np.argwhere(mask)
    known_mm, voxels_mm = grid.world_mm(known + start), grid.world_mm(voxels + start)
    thickness_mm = max(grid.spacing_mm)
    level = np.floor(known_mm[:, 2] / thickness_mm).astype(np.int64)
    levels, inverse = np.unique(level, return_inverse=True)
    count = np.bincount(inverse)
    x_mm, y_mm = (np.bincount(inverse, weights=known_mm[:, a]) / count for a in (0, 1))
    width_mm = np.zeros(levels.size)
    np.maximum.at(width_mm, inverse, depth_mm[tuple(known.T)])
    z = voxels_mm[:, 2] / thickness_mm - 0.5
    across = np.hypot(
        voxels_mm[:, 0] - np.interp(z, levels, x_mm), voxels_mm[:, 1] - np.interp(z, levels, y_mm)
    )
    within = (across <= np.interp(z, levels, width_mm)) & (z >= levels[0]) & (z <= levels[-1])
    result = np.zeros(mask.shape, dtype=bool)
    result[tuple(voxels[within].T)] = True
    return result
