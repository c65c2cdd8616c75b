"""Flat faces of a body: where it was cut off along a plane, whatever way that plane lies.

A plane that cuts a piece off leaves all of the rest on one side, so the cut face lies on the convex hull, and
its normal is that of hull facets. Behind a supporting plane of a round body the cross-section grows from
nothing (in three equal slabs of a ball as 1 : 3 : 5); behind a cut it is as large at once as further in.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flr.kernels.hull import along, hull_facets

_SLAB_MM: Final = 6.0
_SAME_WAY: Final = float(np.cos(np.radians(1.5)))
_NEXT_WAY: Final = float(np.cos(np.radians(2.5)))
_MOST_WAYS: Final = 24
_SLIVER: Final = 1e-7
"""Share of the hull below which a facet is one of its edges, cut up, and looks nowhere."""

_OF_BODY: Final = 3
"""Neighbours that a corner of a body has, and a thread has not."""


class Face(NamedTuple):
    """Where a body ends along a plane.

    ``normal`` points outwards; ``areas_mm2`` are the mean cross-sections of three slabs behind the supporting
    plane, the outermost first, each weighted towards the middle of its slab.
    """

    normal: tuple[float, float, float]
    areas_mm2: tuple[float, float, float]

    @property
    def steepness(self) -> float:
        """The outermost cross-section in relation to the third; 0.2 for a ball, about 1 for a cut."""
        return self.areas_mm2[0] / self.areas_mm2[2] if self.areas_mm2[2] > 0 else 0.0


def hull_faces(mask: NDArray[np.bool_], steps_mm: NDArray[np.float64]) -> tuple[Face, ...]:
    """The faces of a body's convex hull with the most area, and how the body begins behind each of them.

    Parameters
    ----------
    mask : ndarray of bool, shape (i, j, k)
        The body, some millimetres a voxel. Threads and specks that stand out from it count for nothing.
    steps_mm : ndarray, shape (3, 3)
        Columns are the steps along the index axes. [mm]

    Notes
    -----
    Empty where the body is so small or flat that it has no hull.

    Examples
    --------
    >>> import numpy as np
    >>> ball = (np.indices((31, 31, 31)) ** 2 - 30 * np.indices((31, 31, 31))).sum(axis=0) < -480
    >>> max(face.steepness for face in hull_faces(ball, np.diag([4.0, 4.0, 4.0]))) < 0.5
    True
    >>> ball[:, :, 22:] = False
    >>> cut = max(hull_faces(ball, np.diag([4.0, 4.0, 4.0])), key=lambda face: face.steepness)
    >>> [round(n) for n in cut.normal], cut.steepness > 0.8
    ([0, 0, 1], True)
    """
    index = np.argwhere(mask & (_neighbours(mask) >= _OF_BODY))
    if len(index) < 4:
        return ()
    begins = np.append(True, (index[1:, :2] != index[:-1, :2]).any(axis=1))
    ends = index[begins | np.append(begins[1:], True)]
    points = ends @ steps_mm.T
    first, second, third = np.moveaxis(points[hull_facets(points)], 1, 0)
    across = np.cross(second - first, third - first)
    lengths = np.linalg.norm(across, axis=1)
    solid = lengths > _SLIVER * lengths.sum()
    ways = _main_ways(across[solid] / lengths[solid, None], 0.5 * lengths[solid])
    heights = along(ways @ steps_mm, index.astype(np.float64)) if len(ways) else np.empty((0, len(index)))
    return tuple(_face(way, some, steps_mm) for way, some in zip(ways, heights, strict=True))


def _neighbours(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """How many of the six voxels that share a face with each are of the body."""
    count = np.zeros(mask.shape, dtype=np.uint8)
    for axis in range(3):
        lower, upper = (np.moveaxis(array, axis, 0) for array in (count, mask))
        lower[1:] += upper[:-1]
        lower[:-1] += upper[1:]
    return count


def _main_ways(normals: NDArray[np.float64], area_mm2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Directions that the most area of facets looks to, and those of the facets in their midst."""
    alike = along(normals, normals)
    near = alike > _SAME_WAY
    around = near @ area_mm2
    ways = []
    for _ in range(_MOST_WAYS if len(normals) else 0):
        if not around.max() > 0.0:
            break
        # Facets with the same others around them: the largest of them.
        most = np.flatnonzero(around >= (1.0 - 1e-9) * around.max())
        best = int(most[area_mm2[most].argmax()])
        mean = (normals[near[best]] * area_mm2[near[best], None]).sum(axis=0)
        ways += [mean / np.linalg.norm(mean), normals[best]]
        around[alike[best] > _NEXT_WAY] = 0.0
    return np.array(ways).reshape(-1, 3)


def _face(way: NDArray[np.float64], heights: NDArray[np.float64], steps_mm: NDArray[np.float64]) -> Face:
    """How a body begins behind its supporting plane in some direction."""
    extent = float(np.abs(way @ steps_mm).sum())
    width = extent * max(1, round(_SLAB_MM / extent))
    depth = (heights.max() - heights) / width
    depth = depth[depth < 3.0]
    # Along an axis or diagonal voxels lie in few layers, whole ones in each slab: the plane lies half of one
    # further out.
    layers = np.unique(np.round(depth[depth < 0.999], 2)).size
    depth += 0.5 / layers
    to_mm2 = abs(float(np.linalg.det(steps_mm))) / width
    # What stands out from a plane by a voxel is an end of its own: the outermost layer counts at most double.
    outermost = np.count_nonzero(depth * width < extent) * to_mm2 * width / extent
    first, second, third = (
        float(np.clip(1.0 - np.abs(depth - middle), 0.0, None).sum()) * to_mm2 for middle in (0.0, 1.0, 2.0)
    )
    normal = (float(way[0]), float(way[1]), float(way[2]))
    return Face(normal, (2.0 * min(first, outermost), second, third))
