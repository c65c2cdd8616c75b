"""Parts of a liver estimated from its vessels, where no segment was drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.frozen import once
from flr.liver import Liver
from flr.plans import PartOf, Parts, Plan
from flr.plans.territory import territories_of, trees_of, with_trees_of
from flr.quality import CHECKS
from flr.territories import Cantlie, VesselTrees, cantlie_of_landmarks, cantlie_of_vein

_PART_OF_BRANCH: Final[dict[str, str]] = {
    "RPV": "right_hemiliver",
    "LPV": "left_hemiliver",
    "RAPV": "right_anterior_section",
    "RPPV": "right_posterior_section",
    "LMPV": "left_medial_section",
    "LLPV": "left_lateral_section",
    "P1": "1",
}


def with_estimated_parts(liver: Liver, *, landmarks_mm: Sequence[Sequence[float]] | None = None) -> Liver:
    """The liver with parts estimated from its vessels, when no segment was drawn.

    Portal sections where the portal tree divides; else right and left liver by the plane of the middle
    hepatic vein; else by landmarks. ``segments_estimated`` is then true, and no flag on it is ``adequate``.

    Parameters
    ----------
    liver : Liver
        Returned unchanged when it is divided already, or nothing can divide it.
    landmarks_mm : sequence of positions, optional
        The gallbladder's bed and the vena cava at two heights, RAS+ millimetres.

    Raises
    ------
    GeometryError
        If landmarks are given that span no plane.
    """
    if liver.is_divided or not liver.grid.is_even:
        return liver
    trees = trees_of(liver) if liver.vessels else VesselTrees(None, None)
    if trees.portal is not None and trees.portal.groups.get("second"):
        found = territories_of(liver, trees.portal, "second")
        order = np.argsort([tuple(_PART_OF_BRANCH).index(name) for name in found.names], kind="stable")
        names = tuple(_PART_OF_BRANCH[found.names[n]] for n in order)
        renumbered = np.zeros(len(names) + 1, dtype=np.uint8)
        renumbered[order + 1] = np.arange(1, len(names) + 1)
        return _divided(liver, renumbered[found.voxels], names, "nearest branch of the portal tree")
    plane = cantlie_of_vein(trees)
    if plane is None and landmarks_mm is not None:
        plane = cantlie_of_landmarks(landmarks_mm)
    return liver if plane is None else split_by_plane(liver, plane)


def divided_for(plans: Iterable[Plan], liver: Liver) -> Liver:
    """The liver with estimated parts if a plan names parts and none was drawn; else the liver as it is."""
    if not any(names_parts(plan) for plan in plans):
        return liver

    def divided() -> Liver | None:
        found = with_estimated_parts(liver)
        return None if found is liver else found

    return once(liver, "divided", divided) or liver


def names_parts(plan: Plan) -> bool:
    """Whether a plan removes parts of the liver by name, for which it has to be divided."""
    return any(isinstance(cut, Parts | PartOf) for cut in plan.cuts)


def split_by_plane(liver: Liver, plane: Cantlie) -> Liver:
    """The liver with a right and a left half by a plane: an estimate, marked as one.

    Raises
    ------
    GeometryError
        If the plane misses the liver.
    """
    organ = liver.parts > 0
    right = plane.right(organ, liver.grid)
    if not right.any() or bool((right == organ).all()):
        raise GeometryError(f"the plane of {plane.source} does not meet the liver; check the positions")
    parts = np.where(organ, np.where(right, np.uint8(1), np.uint8(2)), np.uint8(0))
    return _divided(liver, parts, ("right_hemiliver", "left_hemiliver"), f"the plane of {plane.source}")


def _divided(liver: Liver, parts: NDArray[np.uint8], names: tuple[str, ...], source: str) -> Liver:
    finding = CHECKS["segments_estimated"].finding(
        f"No segment is drawn; {', '.join(names)} were estimated from {source}"
    )
    divided = replace(
        liver,
        parts=np.asfortranarray(parts),
        part_names=names,
        segments_estimated=True,
        quality=(*liver.quality, finding),
    )
    return with_trees_of(liver, divided)
