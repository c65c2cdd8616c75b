"""Bile ducts and hepatic artery of a remnant: what a plan cuts, what it leaves unserved, ducts at the cut.

Both run beside the portal vein and are read like it. They can only speak against a plan: what is not drawn
of them proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.frozen import FrozenMapping
from flr.kernels.trees import Links, component_of, index_of
from flr.labels import Tissue
from flr.liver import Fate, Liver, Mask, VolumeTable
from flr.perfusion.block import LOSS_ERROR_PERCENT, decisive_branches
from flr.perfusion.cutting import CutVessels, cut_vessels, functional_of, surviving
from flr.perfusion.remnant import Served, VesselOutcome, branch_outcomes, served_by
from flr.plans import Plan, fates
from flr.plans.territory import SHEATH_KINDS, sheath_tree_of
from flr.territories import TITLES, Kind, VesselTree
from flr.territories.graph import surface_of

BILE_DUCT: Final = "B"
"""In a plan: the extrahepatic bile duct is resected, and the ducts that stay are joined to the bowel."""

SHEATH_NOTE_TEXTS: Mapping[str, str] = FrozenMapping(
    {
        "ducts_and_artery_never_reassure": (
            "Drawn bile ducts and artery are followed like the portal vein, by the nearest branch. They can"
            " hold a reassuring flag back and never give one: variants and small branches are not drawn."
        ),
        "bile_ducts_reconstructed": (
            "The plan resects the extrahepatic bile duct: ducts of the remnant count as drained through the"
            " reconstruction."
        ),
    }
)
"""Notes about bile ducts and artery."""


@dataclass(frozen=True, slots=True)
class DividedDuct:
    """A duct or artery where it crosses the cut.

    Parameters
    ----------
    name, title : str
        Of its branch.
    calibre_mm : float
        Diameter of a circle as large as the drawn cross-section there: no more exact than the voxels. [mm]
    """

    name: str
    title: str
    calibre_mm: float


@dataclass(frozen=True)
class SheathOutcome:
    """What a plan does to the bile ducts, or to the hepatic artery.

    Parameters
    ----------
    kind : {"duct", "artery"}
    assessed : bool
        Whether the tissue that it serves could be told.
    lost_ml, lost_percent : float or None
        Functional tissue that stays without drainage, or without arterial supply; its share of the remnant.
        [mL], [%]
    doubtful_ml : float or None
        The same if no doubtful branch can be preserved; None where none is doubtful. [mL]
    is_within_error : bool or None
        Whether even that is at most `LOSS_ERROR_PERCENT` of the remnant.
    branches : tuple of VesselOutcome
    divided : tuple of DividedDuct or None
        Where it crosses the cut, largest first; None where the tree has no root.
    nearest_kept : str or None
        The branch that stays nearest to tissue that leaves, of those that are not themselves divided on their
        way; ``"trunk"`` before the first division.
    nearest_kept_mm : float or None
        From centre to centre of the voxels; 0 where it runs inside tissue that leaves. [mm]
    nonfunctional_ml, remnant_nonfunctional_ml : float
        Drawn ducts that count as nonfunctional tissue of the liver, and of what stays. [mL]
    missing, remarks : tuple of str
        Why something could not be told; what was assumed, in words.
    """

    kind: Kind
    assessed: bool
    lost_ml: float | None = None
    lost_percent: float | None = None
    doubtful_ml: float | None = None
    is_within_error: bool | None = None
    branches: tuple[VesselOutcome, ...] = ()
    divided: tuple[DividedDuct, ...] | None = None
    nearest_kept: str | None = None
    nearest_kept_mm: float | None = None
    nonfunctional_ml: float = 0.0
    remnant_nonfunctional_ml: float = 0.0
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def most_lost_ml(self) -> float | None:
        """What is lost if no doubtful branch can be preserved. [mL]"""
        return self.lost_ml if self.doubtful_ml is None else self.doubtful_ml

    @property
    def speaks_against(self) -> bool:
        """Whether more of the remnant may be unserved than the method's own error."""
        return self.is_within_error is False

    @property
    def in_doubt(self) -> tuple[VesselOutcome, ...]:
        """Doubtful branches with tissue of the remnant at stake, the largest first; no stems."""
        return decisive_branches(self.branches, lambda one: one.at_stake_ml if one.doubtful else 0.0)

    @property
    def decisive(self) -> tuple[VesselOutcome, ...]:
        """Branches with tissue of the remnant that is lost or at stake, the largest first; no stems."""
        return decisive_branches(self.branches, lambda one: one.lost_tissue_ml + one.at_stake_ml)


@dataclass(frozen=True)
class SheathBlock:
    """What an assessment says about bile drainage and arterial supply of the remnant.

    Parameters
    ----------
    bile_duct, artery : SheathOutcome or None
        None where none is given.
    notes : tuple of str
        Keys of `SHEATH_NOTE_TEXTS`.
    """

    bile_duct: SheathOutcome | None
    artery: SheathOutcome | None
    notes: tuple[str, ...]

    @property
    def outcomes(self) -> tuple[SheathOutcome, ...]:
        """Those that are given."""
        return tuple(one for one in (self.bile_duct, self.artery) if one is not None)


def sheath_block(liver: Liver, plan: Plan, table: VolumeTable) -> SheathBlock | None:
    """Bile drainage and arterial supply of what a plan leaves; None where neither is given.

    Parameters
    ----------
    liver : Liver
    plan : Plan
    table : VolumeTable
        :func:`flr.plans.volumes` of both.

    Raises
    ------
    PlanError
        If the plan does not fit the liver.

    Notes
    -----
    The same cutting rule as for veins (:func:`flr.perfusion.cutting.cut_vessels`), the same nearest branch. A
    plan with ``-B`` takes the common duct and joins what stays to the bowel: its ducts count as drained.
    """
    if not liver.sheath:
        return None
    fate = fates(liver, plan)
    found = {kind: _outcome(liver, plan, table, fate, kind) for kind in SHEATH_KINDS}
    notes = ["ducts_and_artery_never_reassure"]
    if found["duct"] is not None and BILE_DUCT in plan.structures:
        notes.append("bile_ducts_reconstructed")
    return SheathBlock(found["duct"], found["artery"], tuple(notes))


def _outcome(
    liver: Liver, plan: Plan, table: VolumeTable, fate: NDArray[np.uint8], kind: Kind
) -> SheathOutcome | None:
    try:
        tree = sheath_tree_of(liver, kind)
    except GeometryError as error:
        return SheathOutcome(kind, False, missing=(str(error),))
    if tree is None:
        return None
    total_ml, left_ml = _nonfunctional_ml(liver, fate, kind)
    served, refusal = served_by(liver, tree) if tree.is_rooted else (None, tree.missing)
    if served is None:
        return SheathOutcome(
            kind,
            False,
            nonfunctional_ml=total_ml,
            remnant_nonfunctional_ml=left_ml,
            missing=(refusal,),
            remarks=tree.notes,
        )
    cut = cut_vessels(liver, plan, tree, served.supply, served.pieces, fate)
    is_rebuilt = kind == "duct" and BILE_DUCT in plan.structures
    common = tree.trunk if is_rebuilt else np.zeros(tree.trunk.size, dtype=bool)
    alive = _alive(served, cut.gone, is_rebuilt)
    # One that leaves by definition is divided once, where it begins, though twigs to segment 1 are spared.
    leaves = np.logical_or.reduce([common, *(tree.members(name) for name in cut.defining)])
    divided, split = _divided(served, cut.gone | leaves)
    nearest_kept, nearest_kept_mm = _nearest_kept(tree, fate, alive & ~leaves, split)
    known = SheathOutcome(
        kind,
        False,
        divided=divided,
        nearest_kept=nearest_kept,
        nearest_kept_mm=nearest_kept_mm,
        nonfunctional_ml=total_ml,
        remnant_nonfunctional_ml=left_ml,
        missing=(refusal,) if refusal else (),
        remarks=(*tree.notes, *served.notes),
    )
    if refusal:
        return known
    return _with_losses(known, liver, table, fate, served, cut, (alive, is_rebuilt))


def _alive(served: Served, gone: Mask, is_rebuilt: bool) -> Mask:
    """Voxels that keep their root, or stay where a reconstruction gives every one that stays a root."""
    return served.tree.attached & ~gone if is_rebuilt else surviving(served.tree, served.pieces, gone)


def _with_losses(
    known: SheathOutcome,
    liver: Liver,
    table: VolumeTable,
    fate: NDArray[np.uint8],
    served: Served,
    cut: CutVessels,
    rest: tuple[Mask, bool],
) -> SheathOutcome:
    """The same with the tissue that loses what serves it."""
    alive, is_rebuilt = rest
    stays = (fate.ravel("F")[served.supply.wanted] == Fate.KEPT) & functional_of(liver, served.supply)
    lost = served.supply.unserved(alive) & stays
    is_doubtful = bool(cut.doubtful.any())
    at_worst = _alive(served, cut.gone | cut.doubtful, is_rebuilt) if is_doubtful else alive
    worst = served.supply.unserved(at_worst) & stays if is_doubtful else lost
    # Plane cuts keep their exact fractions: what is lost is a share of the remnant in voxels.
    n_stays = max(1, int(np.count_nonzero(stays)))
    lost_share, worst_share = (float(np.count_nonzero(one)) / n_stays for one in (lost, worst))
    return replace(
        known,
        assessed=True,
        lost_ml=lost_share * table.remnant_ml,
        lost_percent=100.0 * lost_share,
        doubtful_ml=worst_share * table.remnant_ml if is_doubtful else None,
        is_within_error=bool(100.0 * worst_share <= LOSS_ERROR_PERCENT),
        branches=tuple(branch_outcomes(liver, served, cut, alive, lost, worst & ~lost)),
    )


def _nonfunctional_ml(liver: Liver, fate: NDArray[np.uint8], kind: Kind) -> tuple[float, float]:
    """Drawn ducts that count as nonfunctional tissue of the liver, and of what stays. [mL]"""
    mask = liver.sheath[SHEATH_KINDS[kind]]
    counted = mask & (liver.parts > 0) & (liver.tissues == Tissue.NONFUNCTIONAL)
    voxel_ml = liver.grid.slice_voxel_volumes_ml
    total_ml = float(np.count_nonzero(counted, axis=(0, 1)) @ voxel_ml)
    return total_ml, float(np.count_nonzero(counted & (fate == Fate.KEPT), axis=(0, 1)) @ voxel_ml)


def _divided(served: Served, gone: Mask) -> tuple[tuple[DividedDuct, ...], frozenset[int]]:
    """Distinct places where the tree crosses the cut, and the branches that are divided on their way.

    Where branches arise from one stem right at the cut they are told apart on the side where they are apart.
    """
    tree, links = served.tree, served.tree.links
    attached = tree.attached
    crosses = (gone[links.first] != gone[links.second]) & attached[links.first] & attached[links.second]
    first, second = links.first[crosses], links.second[crosses]
    if not first.size:
        return (), frozenset()
    ends = np.unique(np.concatenate([first, second]))
    sides = [_ends_apart(links, ends[gone[ends] == side]) for side in (True, False)]
    # Of two sides with as many ends the one with more of the branches and less of the stem.
    groups = max(sides, key=lambda side: (len(side), -sum(int(np.sum(tree.branch[e] == 0)) for e in side)))
    same = tree.branch[first] == tree.branch[second]
    # Less than a voxel's face is the rim of a piece, no duct.
    thinnest, next_mm, _ = sorted(tree.grid.spacing_mm)
    least_mm = 2.0 * float(np.sqrt(thinnest * next_mm / np.pi)) * (1.0 - 1e-9)
    rows = [row for group in groups if (row := _divided_duct(served, group)).calibre_mm >= least_mm]
    return (
        tuple(sorted(rows, key=lambda row: (-row.calibre_mm, row.name))),
        frozenset(tree.branch[first[same]].tolist()),
    )


def _ends_apart(links: Links, ends: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Voxels in groups that hang together."""
    chosen = np.zeros(links.n, dtype=bool)
    chosen[ends] = True
    number = component_of(links, chosen)[ends]
    return [ends[number == one] for one in range(int(number.max(initial=-1)) + 1)]


def _divided_duct(served: Served, group: NDArray[np.int64]) -> DividedDuct:
    tree, pieces = served.tree, served.pieces
    own = np.unique(pieces.sections.piece[group])
    own = own[own > 0]
    n_voxels = np.bincount(np.maximum(pieces.sections.piece, 0), minlength=pieces.n)[own]
    area_mm2 = float(n_voxels.mean()) * tree.grid.voxel_volume_mm3 / pieces.length_mm if own.size else 0.0
    name = _name_of(tree, int(np.bincount(tree.branch[group]).argmax()))
    return DividedDuct(name, _title_of(tree, name), 2.0 * float(np.sqrt(area_mm2 / np.pi)))


def _name_of(tree: VesselTree, number: int) -> str:
    return "trunk" if number == 0 else tree.branches[number - 1].name


_TRUNKS: Final[dict[Kind, str]] = {"duct": "common hepatic duct", "artery": "proper hepatic artery"}


def _title_of(tree: VesselTree, name: str) -> str:
    return _TRUNKS[tree.kind] if name == "trunk" else TITLES.get(name, f"branch {name}")


def _nearest_kept(
    tree: VesselTree, fate: NDArray[np.uint8], alive: Mask, split: frozenset[int]
) -> tuple[str | None, float | None]:
    """The branch that stays nearest to tissue that leaves, and how near it is. [mm]"""
    from scipy.spatial import cKDTree

    kept = np.flatnonzero(alive & ~np.isin(tree.branch, list(split)))
    leaves = fate == Fate.RESECTED
    if not kept.size or not leaves.any():
        return None, None
    inside = leaves.ravel("F")[tree.voxels[kept]]
    if inside.any():
        return _name_of(tree, int(tree.branch[kept[inside]][0])), 0.0
    axes = tree.grid.index_to_world_mm[:3, :3]
    faces = np.flatnonzero(surface_of(leaves).ravel("F")).astype(np.int64)
    away_mm = cKDTree(index_of(faces, tree.grid.shape) @ axes.T).query(
        index_of(tree.voxels[kept], tree.grid.shape) @ axes.T
    )[0]
    nearest = int(away_mm.argmin())
    return _name_of(tree, int(tree.branch[kept[nearest]])), float(away_mm[nearest])
