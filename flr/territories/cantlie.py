"""A right and a left half of the liver where nothing else says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.frozen import Record
from flr.geometry import Grid
from flr.kernels.trees import index_of
from flr.territories.model import Mask, VesselTrees


@dataclass(frozen=True, eq=False)
class Cantlie(Record):
    """The plane between right and left liver: an estimate.

    Parameters
    ----------
    point_mm : ndarray, shape (3,)
    normal : ndarray, shape (3,)
        Of length 1; points to the patient's right.
    source : str
        What it was taken from, in words.
    """

    point_mm: NDArray[np.float64]
    normal: NDArray[np.float64]
    source: str

    def right(self, organ: Mask, grid: Grid) -> Mask:
        """Voxels of the organ on the right of the plane; those on it are left."""
        step = grid.index_to_world_mm[:3, :3].T @ self.normal
        offset = float((grid.index_to_world_mm[:3, 3] - self.point_mm) @ self.normal)
        i, j, k = (np.arange(n) * step[axis] for axis, n in enumerate(grid.shape))
        front = i[:, None, None] > -(offset + j[None, :, None] + k[None, None, :])
        return np.asfortranarray(front & organ)


def cantlie_of_vein(trees: VesselTrees) -> Cantlie | None:
    """The plane of the middle hepatic vein and the vena cava, by least squares; None without either.

    Vein and vena cava weigh the same, whatever their number of voxels.
    """
    hepatic = trees.hepatic
    if hepatic is None or trees.cava_mm is None or "MHV" not in hepatic.groups.get("first", {}):
        return None
    chosen = hepatic.members("MHV") & hepatic.attached & hepatic.inside
    vein_mm = hepatic.grid.world_mm(index_of(hepatic.voxels[chosen], hepatic.grid.shape))
    return _plane([vein_mm, trees.cava_mm], "the middle hepatic vein and the vena cava")


def cantlie_of_landmarks(points_mm: Sequence[Sequence[float]]) -> Cantlie:
    """The plane through landmarks: the gallbladder's bed, and the vena cava at two heights, or more of both.

    Parameters
    ----------
    points_mm : sequence of three or more positions
        RAS+ millimetres.

    Raises
    ------
    GeometryError
        If there are fewer than three, they lie on a line, or the plane does not part right from left.
    """
    points = np.asarray(points_mm, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or points.shape[0] < 3 or not np.isfinite(points).all():
        raise GeometryError(
            f"landmarks of shape {points.shape}; expected three or more positions in RAS mm: the bed of the"
            " gallbladder, and the vena cava at two heights"
        )
    plane = _plane([points], "landmarks")
    if plane is None:
        raise GeometryError(
            "the landmarks lie on a line or span no plane between right and left; give the gallbladder's bed"
            " and the vena cava at two heights"
        )
    return plane


def _plane(clouds_mm: Sequence[NDArray[np.float64]], source: str) -> Cantlie | None:
    """Least-squares plane of clouds of equal weight; None when it is none between right and left."""
    if not all(len(cloud) for cloud in clouds_mm):
        return None
    centre = np.mean([cloud.mean(axis=0) for cloud in clouds_mm], axis=0)
    moments = sum((cloud - centre).T @ (cloud - centre) / len(cloud) for cloud in clouds_mm)
    spread, directions = np.linalg.eigh(np.asarray(moments))
    normal = directions[:, 0] * np.sign(directions[0, 0])
    if not spread[1] > 1e-6 * max(1.0, spread[2]) or abs(normal[0]) < 0.5:
        return None
    return Cantlie(centre, normal, source)
