"""A flat cut in place of the border between segments, so that it can be moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.liver import REMAINING, Liver
from flr.plans import Plan, Plane, fates
from flr.plans.notation import plan_from


def along_a_plane(liver: Liver, plan: Plan | str) -> Plan:
    """The plane that lies closest to where a plan cuts, as a plan of its own.

    Parameters
    ----------
    liver : Liver
    plan : Plan or str
        A text is read by :func:`flr.parse_plan`.

    Returns
    -------
    Plan
        The plan itself when it holds exactly one plane; otherwise one plane through the middle of the cut,
        across the direction in which the cut is thinnest. Its volumes are its own, not those of the plan.

    Raises
    ------
    PlanError
        If the plan is not understood, does not fit the liver, cuts nowhere, or the slices are uneven.
    """
    plan = plan_from(plan)
    if sum(isinstance(cut, Plane) for cut in plan.cuts) == 1:
        return plan
    if not liver.grid.is_even:
        raise PlanError("the slices are uneven, so no plane in mm exists; plan with whole segments")
    organ = liver.parts > 0
    stays = organ & np.isin(fates(liver, plan), REMAINING)
    leaves = organ & ~stays
    points = _between(stays, leaves)
    if len(points) < 3:
        raise PlanError(f"plan {plan.notation!r} cuts through no liver; no plane can stand for it")
    world = liver.grid.world_mm(points)
    middle = world.mean(axis=0)
    normal = np.linalg.svd(world - middle, full_matrices=False)[2][2]
    towards = liver.grid.world_mm(np.argwhere(leaves).mean(axis=0) - np.argwhere(stays).mean(axis=0))
    if (towards - liver.grid.world_mm(np.zeros(3))) @ normal < 0.0:
        normal = -normal
    origin = tuple(round(float(v), 2) for v in middle)
    direction = tuple(round(float(v), 4) for v in normal)
    cut = Plane((origin[0], origin[1], origin[2]), (direction[0], direction[1], direction[2]))
    return Plan(f"plane along {plan.notation}", cut.text, (cut,), plan.intent)


def _between(stays: NDArray[np.bool_], leaves: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Middles of the voxel faces between two masks, as indices."""
    found = []
    for axis in range(3):
        low, high = [slice(None)] * 3, [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        one, other = (tuple(low), tuple(high))
        faces = np.argwhere((stays[one] & leaves[other]) | (leaves[one] & stays[other])).astype(np.float64)
        faces[:, axis] += 0.5
        found.append(faces)
    return np.concatenate(found)
