"""What vessels tell of the borders inside a segment: the middle vein's course, the portal bifurcation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import LabelError
from flr.frozen import Record
from flr.kernels.trees import index_of, way_mm
from flr.territories.cantlie import Cantlie, cantlie_of_vein
from flr.territories.model import VesselTrees

_STEP_MM: Final = 5.0
"""Stretches of the vein that each give one position: some diameters of it, and less than its bends. [mm]"""


@dataclass(frozen=True, eq=False)
class VeinSheet(Record):
    """A curved sheet through the middle hepatic vein: an estimate.

    It follows the course of the vein and runs straight across it, along the plane of the vein and the vena
    cava. Beyond both ends of the vein it goes on level, so that every position has one side.

    Parameters
    ----------
    plane : Cantlie
        Its normal points to the patient's right.
    along : ndarray, shape (3,)
        Direction of the vein within the plane, of length 1.
    way_mm, height_mm : ndarray, shape (n,)
        Positions along the vein, ascending, and how far it lies to the right of the plane there.
    """

    plane: Cantlie
    along: NDArray[np.float64]
    way_mm: NDArray[np.float64]
    height_mm: NDArray[np.float64]

    def right_mm(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far positions, shape (n, 3) in RAS+ mm, lie to the right of the sheet; negative on the left."""
        from_point = points_mm - self.plane.point_mm
        sheet = np.interp(from_point @ self.along, self.way_mm, self.height_mm)
        return np.asarray(from_point @ self.plane.normal - sheet)


def vein_sheet(trees: VesselTrees) -> VeinSheet:
    """The sheet through the middle hepatic vein.

    Each stretch of 5 mm of the vein gives the median position of its voxels, so that a tributary to one side
    moves it little; neighbouring stretches are averaged 1:2:1.

    Raises
    ------
    LabelError
        If there is no middle hepatic vein, no vena cava, or they span no plane between right and left.
    """
    hepatic = trees.hepatic
    if hepatic is None or "MHV" not in hepatic.groups.get("first", {}):
        given = "" if hepatic is None else f": the hepatic veins given are {', '.join(hepatic.names)}"
        raise LabelError(f"no middle hepatic vein is known{given}")
    if trees.cava_mm is None:
        raise LabelError("the middle hepatic vein is known, but no vena cava, which it runs to")
    plane = cantlie_of_vein(trees)
    if plane is None:
        raise LabelError("middle hepatic vein and vena cava span no plane between right and left")
    chosen = hepatic.members("MHV") & hepatic.attached & hepatic.inside
    vein_mm = hepatic.grid.world_mm(index_of(hepatic.voxels[chosen], hepatic.grid.shape)) - plane.point_mm
    height_mm = vein_mm @ plane.normal
    within = vein_mm - height_mm[:, None] * plane.normal
    _, directions = np.linalg.eigh(np.cov(within.T))
    along = directions[:, -1]
    way = vein_mm @ along
    stretch = np.floor((way - way.min()) / _STEP_MM).astype(np.int64)
    present = np.unique(stretch)
    middle = np.array([np.median(height_mm[stretch == n]) for n in present])
    smooth = np.convolve(np.pad(middle, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    return VeinSheet(plane, along, np.array([np.median(way[stretch == n]) for n in present]), smooth)


def portal_bifurcation_mm(trees: VesselTrees) -> NDArray[np.float64]:
    """Where the portal trunk divides: midway between the beginnings of its right and its left branch.

    Returns
    -------
    ndarray, shape (3,)
        RAS+ millimetres.

    Raises
    ------
    LabelError
        If there is no portal tree, it has no trunk, or not both branches.
    """
    portal = trees.portal
    if portal is None:
        raise LabelError("no portal vein is known")
    if not portal.is_rooted:
        raise LabelError(portal.missing)
    first = portal.groups.get("first", {})
    if absent := [name for name in ("RPV", "LPV") if name not in first]:
        raise LabelError(f"the portal tree has no {' and no '.join(absent)}, so its bifurcation is not known")
    way = way_mm(portal.links)
    begins = []
    for name in ("RPV", "LPV"):
        own = np.flatnonzero(portal.members(name) & portal.attached)
        nearest = own[way[own] <= way[own].min() + max(portal.grid.spacing_mm)]
        begins.append(portal.grid.world_mm(index_of(portal.voxels[nearest], portal.grid.shape)).mean(axis=0))
    return np.asarray((begins[0] + begins[1]) / 2.0)
