"""What a plan does to every tumour, how far the parenchyma that stays is away, and what shape it has.

A plan has *planned* margins: the pathologist's R0 is another thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.frozen import FrozenMapping, once
from flr.kernels.components import components, pieces
from flr.kernels.distance import label_edges, least_distances_mm, least_to_union_mm
from flr.kernels.zones import Zone
from flr.labels import Tissue
from flr.liver import REMAINING, Fate, Liver
from flr.plans.cuts import Wedge
from flr.plans.plan import Plan, fate_of_parts, takes_whole_parts
from flr.plans.plan import fates as fates_of
from flr.tumours import Tumour, TumourSet, distances_to_mask_mm, find_tumours, part_edges, vessel_kinds

_NOTHING_STAYS = "nothing of the liver stays; name fewer segments or give a smaller margin"

_STAYS = np.array([fate in REMAINING for fate in Fate])

TumourFate = Literal["resected", "ablated", "left", "cut_through"]


@dataclass(frozen=True, slots=True)
class TumourOutcome:
    """One tumour under one plan.

    Parameters
    ----------
    tumour : Tumour
    fate : {"resected", "ablated", "left", "cut_through"}
        ``"cut_through"`` when a part of it stays and a part is treated.
    planned_margin_mm : float or None
        Least distance from its surface to liver that stays; 0 when it is cut through; None when it is left,
        or when no liver stays that could be near.
    error_mm : float
        A voxel's longest diagonal, the most by which the distance of two surfaces can be off.
    kept_vessels_mm : mapping of str to float
        Least distance to the vessels of each kind that stay.
    remaining_percent : float
        Share of its voxels that stay untreated.
    zone_meets : tuple of str
        For an ablated tumour, the kinds of vessel that the ablation zone reaches; ``"hilum"`` when it
        reaches portal vein outside the liver.
    """

    tumour: Tumour
    fate: TumourFate
    planned_margin_mm: float | None
    error_mm: float
    kept_vessels_mm: Mapping[str, float]
    remaining_percent: float
    zone_meets: tuple[str, ...] = ()

    @property
    def is_treated(self) -> bool:
        """Whether the plan takes or destroys the whole tumour."""
        return self.fate in ("resected", "ablated")

    @property
    def least_margin_mm(self) -> float | None:
        """Lower bound of the planned margin: less the voxel-size error, never below 0. [mm]"""
        return None if self.planned_margin_mm is None else max(0.0, self.planned_margin_mm - self.error_mm)


@dataclass(frozen=True, slots=True)
class RemnantShape:
    """How what stays hangs together.

    Parameters
    ----------
    pieces_ml : tuple of float
        Connected pieces (26-neighbours) of liver that stays, largest first; the first is the remnant proper,
        the others are islands. [mL]
    """

    pieces_ml: tuple[float, ...]


def outcomes(
    liver: Liver,
    plan: Plan,
    *,
    tumours: TumourSet | None = None,
    fates: NDArray[np.uint8] | None = None,
) -> tuple[TumourOutcome, ...]:
    """What a plan does to every tumour of a liver.

    Parameters
    ----------
    liver : Liver
    plan : Plan
    tumours : TumourSet, optional
        ``find_tumours(liver)``, when it is at hand or holds vanished metastases.
    fates : ndarray of uint8, optional
        ``flr.plans.fates(liver, plan)``, when it is at hand.

    Raises
    ------
    PlanError
        If the plan does not fit the liver, or the slices are uneven.
    """
    known = find_tumours(liver) if tumours is None else tumours
    if not known.tumours:
        return ()
    vessels_given = bool(vessel_kinds(liver))
    if takes_whole_parts(plan) and known is find_tumours(liver):
        fate = fates_of(liver, plan) if vessels_given and fates is None else fates
        counts, margins = _margins_of_parts(liver, plan, known)
    else:
        fate = fates_of(liver, plan) if fates is None else fates
        counts, margins = _margins_of_voxels(liver, fate, known)
    kept: list[dict[str, float]] = [{} for _ in known]
    if vessels_given and fate is not None:
        kept = _kept_vessels_mm(liver, fate, known)
    result = []
    for tumour, count, margin, vessels in zip(known, counts, margins, kept, strict=True):
        kind = _fate(count)
        result.append(
            TumourOutcome(
                tumour=tumour,
                fate=kind,
                planned_margin_mm=_margin(kind, float(margin)),
                error_mm=known.error_mm,
                kept_vessels_mm=FrozenMapping(vessels),
                remaining_percent=100.0 * float(count[list(REMAINING)].sum()) / float(count.sum()),
                zone_meets=_zone_meets(liver, plan, tumour) if kind == "ablated" else (),
            )
        )
    return tuple(result)


def _margins_of_voxels(
    liver: Liver, fate: NDArray[np.uint8], known: TumourSet
) -> tuple[list[NDArray[np.int64]], NDArray[np.float64]]:
    """Voxels of each tumour by fate, and its distance from the liver that stays. [mm]"""
    organ = liver.parts > 0
    stays = organ & _STAYS[fate]
    edges = label_edges(stays.view(np.uint8), liver.grid.index_to_world_mm)
    counts = [
        np.bincount(fate[t.zone.box][t.zone.inside & organ[t.zone.box]], minlength=len(Fate)) for t in known
    ]
    remains = np.array([[bool(c[list(REMAINING)].any())] for c in counts])
    return counts, least_distances_mm([t.surface for t in known], edges, [1], touching=remains)[:, 0]


def _margins_of_parts(
    liver: Liver, plan: Plan, known: TumourSet
) -> tuple[list[NDArray[np.int64]], NDArray[np.float64]]:
    """The same when whole parts leave: from what parts and tumours have to do with one another."""
    surfaces, edges, n_parts = [t.surface for t in known], part_edges(liver), len(liver.part_names)
    of_parts = once(
        liver,
        "tumours_by_part",
        lambda: [np.bincount(liver.parts[t.zone.box][t.zone.inside], minlength=n_parts + 1) for t in known],
    )
    bounds_mm: dict[int, list[float]] = once(liver, "tumour_bounds", dict)
    fate = fate_of_parts(liver, plan)
    counts = [np.zeros(len(Fate), dtype=np.int64) for _ in known]
    for count, of_part in zip(counts, of_parts, strict=True):
        np.add.at(count, fate, of_part[1:])
    remains = np.array([bool(c[list(REMAINING)].any()) for c in counts])
    stays = np.concatenate([[False], _STAYS[fate]])
    return counts, least_to_union_mm(surfaces, edges, stays, bounds_mm, remains)


def _fate(counts: NDArray[np.int64]) -> TumourFate:
    remaining = int(counts[list(REMAINING)].sum())
    treated = int(counts.sum()) - remaining
    if not treated:
        return "left"
    if remaining:
        return "cut_through"
    return "resected" if counts[Fate.RESECTED] >= counts[Fate.ABLATED] else "ablated"


def _margin(kind: TumourFate, distance_mm: float) -> float | None:
    if kind == "left" or not np.isfinite(distance_mm):
        return None
    return 0.0 if kind == "cut_through" else distance_mm


def _kept_vessels_mm(liver: Liver, fate: NDArray[np.uint8], tumours: TumourSet) -> list[dict[str, float]]:
    found: list[dict[str, float]] = [{} for _ in tumours.tumours]
    surfaces = [tumour.surface for tumour in tumours]
    zones = [tumour.zone for tumour in tumours]
    for kind, mask in vessel_kinds(liver).items():
        stays = mask & _STAYS[fate]
        if stays.any():
            for near, distance in zip(
                found, distances_to_mask_mm(liver.grid, stays, surfaces, zones), strict=True
            ):
                near[kind] = distance
    return found


def _zone_meets(liver: Liver, plan: Plan, tumour: Tumour) -> tuple[str, ...]:
    """Kinds of vessel that the ablation zone around a tumour reaches."""
    met: dict[str, None] = {}
    for cut in plan.cuts:
        if not (isinstance(cut, Wedge) and cut.fate == Fate.ABLATED):
            continue
        zone = cut.zone(liver)
        if not _overlap(zone, tumour.zone):
            continue
        for kind, mask in vessel_kinds(liver).items():
            touched = mask[zone.box] & zone.inside
            if touched.any():
                met[kind] = None
                if kind == "portal_vein" and (touched & (liver.parts[zone.box] == 0)).any():
                    met["hilum"] = None
    return tuple(met)


def _overlap(first: Zone, second: Zone) -> bool:
    """Whether two zones share a voxel."""
    start = [max(a, b) for a, b in zip(first.start, second.start, strict=True)]
    ends = [[s + n for s, n in zip(z.start, z.inside.shape, strict=True)] for z in (first, second)]
    stop = [min(a, b) for a, b in zip(*ends, strict=True)]
    if any(a >= b for a, b in zip(start, stop, strict=True)):
        return False
    shared = [
        z.inside[tuple(slice(a - s, b - s) for a, b, s in zip(start, stop, z.start, strict=True))]
        for z in (first, second)
    ]
    return bool((shared[0] & shared[1]).any())


def remnant_shape_after(liver: Liver, plan: Plan, *, fates: NDArray[np.uint8] | None = None) -> RemnantShape:
    """Connected pieces of the liver that stays, without a look at voxels when whole parts leave.

    Raises
    ------
    PlanError
        If the plan does not fit the liver, or nothing stays.
    """
    if not (takes_whole_parts(plan) and liver.grid.is_even):
        return remnant_shape(liver, fates_of(liver, plan) if fates is None else fates)
    runs = liver.runs
    part = (runs.label - 1) // (len(Tissue) * len(Fate))
    found = once(liver, "pieces", lambda: pieces(runs, part))
    voxels = found.of_union(_STAYS[fate_of_parts(liver, plan)])
    if not voxels.size:
        raise PlanError(_NOTHING_STAYS)
    return RemnantShape(tuple(float(n) * liver.grid.voxel_volume_ml for n in voxels))


def remnant_shape(liver: Liver, fates: NDArray[np.uint8]) -> RemnantShape:
    """Connected pieces of the liver that stays.

    Raises
    ------
    PlanError
        If nothing stays.
    """
    stays = (liver.parts > 0) & _STAYS[fates]
    found = components(np.ascontiguousarray(stays.T))
    if not len(found):
        raise PlanError(_NOTHING_STAYS)
    if liver.grid.is_even:
        return RemnantShape(tuple(float(n) * liver.grid.voxel_volume_ml for n in found.voxels))
    slices_ml = liver.grid.slice_voxel_volumes_ml[found.row // stays.shape[1]]
    pieces = np.bincount(found.component, weights=slices_ml * (found.stop - found.start))
    return RemnantShape(tuple(float(ml) for ml in np.sort(pieces)[::-1]))


def worst_margin_mm(found: Sequence[TumourOutcome]) -> float | None:
    """Least planned margin over all tumours: 0 when one is left or cut through, None when there is none."""
    margins = [o.planned_margin_mm if o.is_treated else 0.0 for o in found]
    known = [m for m in margins if m is not None]
    return min(known, default=None)
