"""The remnant that keeps portal inflow and venous outflow, beside the plain one: an estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.frozen import Record, once
from flr.kernels.trees import index_of
from flr.liver import FUNCTIONAL, Fate, Liver, Mask, VolumeTable, measure
from flr.plans import PartOf, Parts, Plan, Territory, fates
from flr.plans.territory import territories_of, trees_of
from flr.territories import TITLES, Kind, Level, Supply, VesselTree, VesselTrees, supply

SPARSE_MM: Final = 40.0
"""Beyond this distance for more than a twentieth of the liver, a tree is called sparse. [mm]"""

INCOMPLETE_MM: Final = 60.0
"""Beyond this distance for more than a quarter of the liver, a tree is not used: a side is not drawn. [mm]"""

Lost = Literal["resected", "cut_off", "partly_lost", "kept"]

_LOSS: Final[dict[Kind, Fate]] = {"portal": Fate.DEVASCULARISED, "hepatic": Fate.CONGESTED}
_PARTLY, _WHOLLY = 0.05, 0.95  # shares of a branch's voxels


@dataclass(frozen=True, slots=True)
class VesselOutcome:
    """What a plan does to one branch and to the tissue it serves.

    Parameters
    ----------
    name, title : str
    kind : {"portal", "hepatic"}
    outcome : {"resected", "cut_off", "partly_lost", "kept"}
        By the share of its voxels inside the liver that are gone or have lost their root.
    vessel_ml, resected_ml, cut_off_ml : float
        The branch inside the liver with everything below it; what leaves; what stays without a root. [mL]
    lost_tissue_ml : float
        Functional tissue that stays and loses its supply with this branch. [mL]
    """

    name: str
    title: str
    kind: Kind
    outcome: Lost
    vessel_ml: float
    resected_ml: float
    cut_off_ml: float
    lost_tissue_ml: float


@dataclass(frozen=True, eq=False)
class Perfusion(Record):
    """The remnant that blood reaches and leaves, as far as the given vessels tell.

    Parameters
    ----------
    fates : ndarray of uint8, shape liver.grid.shape
        :class:`flr.liver.Fate` with the two kinds of loss.
    table : VolumeTable
        The plan's volumes with the two further fates; every total is that of the plain table.
    inflow_assessed, outflow_assessed : bool
        Whether the portal, the hepatic tree could be used.
    vessels : tuple of VesselOutcome
        Named branches, portal ones first.
    missing : tuple of str
        Why a tree could not be used.
    notes : tuple of str
        What was assumed, in words.
    """

    fates: NDArray[np.uint8]
    table: VolumeTable
    inflow_assessed: bool
    outflow_assessed: bool
    vessels: tuple[VesselOutcome, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def devascularised_ml(self) -> float:
        """Functional tissue that stays without portal inflow. [mL]"""
        return _functional_ml(self.table, Fate.DEVASCULARISED)

    @property
    def congested_ml(self) -> float:
        """Functional tissue that stays with inflow and without venous outflow. [mL]"""
        return _functional_ml(self.table, Fate.CONGESTED)

    @property
    def perfused_low_ml(self) -> float:
        """Perfused remnant when all congested tissue is lost. [mL]"""
        return self.table.perfused_remnant_ml

    @property
    def perfused_high_ml(self) -> float:
        """Perfused remnant when congested tissue recovers through collaterals. [mL]"""
        return self.perfused_low_ml + self.congested_ml


@dataclass(frozen=True, slots=True)
class PerfusionNotAssessed:
    """Vessels were given and cannot be used.

    Parameters
    ----------
    reasons : tuple of str
    fragments_ml : tuple of float
        Pieces of an undivided mask, largest first. [mL]
    """

    reasons: tuple[str, ...]
    fragments_ml: tuple[float, ...] = ()


def _functional_ml(table: VolumeTable, fate: Fate) -> float:
    return float(table.ml[:, FUNCTIONAL, fate].sum())


@dataclass(frozen=True, eq=False)
class Served(Record):
    """A tree that can be used, with the nearest vessel of every liver voxel."""

    tree: VesselTree
    supply: Supply
    notes: tuple[str, ...]


def served_trees(liver: Liver, trees: VesselTrees) -> tuple[tuple[Served, ...], tuple[str, ...]]:
    """Usable trees of a liver and why others are not; found once."""
    return once(liver, "served_trees", lambda: _served(liver, trees))


def _served(liver: Liver, trees: VesselTrees) -> tuple[tuple[Served, ...], tuple[str, ...]]:
    usable: list[Served] = []
    missing = list(trees.refusals)
    for tree in trees.trees:
        if not tree.is_rooted:
            continue  # its reason is among the refusals
        if not tree.feeders.any():
            missing.append(f"the {ADJECTIVE[tree.kind]} tree does not run inside the liver")
            continue
        found = supply(tree, liver.parts > 0)
        away_mm = _distance_mm(found)
        far_percent = 100.0 * float(np.mean(away_mm > INCOMPLETE_MM))
        if far_percent > 25.0:
            missing.append(
                f"{far_percent:.0f} % of the liver lies more than {INCOMPLETE_MM:g} mm from the nearest"
                f" {ADJECTIVE[tree.kind]} branch: the tree is not drawn in a large part of the liver"
            )
            continue
        sparse_percent = 100.0 * float(np.mean(away_mm > SPARSE_MM))
        notes = (
            (
                f"{sparse_percent:.0f} % of the liver lies more than {SPARSE_MM:g} mm from the nearest"
                f" {ADJECTIVE[tree.kind]} branch: the tree is sparse and its territories are coarse",
            )
            if sparse_percent > 5.0
            else ()
        )
        usable.append(Served(tree, found, notes))
    return tuple(usable), tuple(missing)


ADJECTIVE: Final[dict[Kind, str]] = {"portal": "portal", "hepatic": "hepatic venous"}


def _distance_mm(found: Supply) -> NDArray[np.float64]:
    grid = found.tree.grid
    steps = index_of(found.wanted, grid.shape)
    steps -= index_of(found.tree.voxels[found.seeds], grid.shape)[found.nearest]
    return np.asarray(np.linalg.norm(steps @ grid.index_to_world_mm[:3, :3].T, axis=1))


def perfused_remnant(
    liver: Liver, plan: Plan, table: VolumeTable, fate: NDArray[np.uint8] | None = None
) -> Perfusion | PerfusionNotAssessed | None:
    """Which tissue of the remnant loses its portal inflow or its venous outflow.

    A vessel voxel is lost when it is resected, or when it is no longer connected with the portal trunk or
    the vena cava; a hepatic vein that the plan resects by name (``H5678-MHV``) is lost whole. Parts taken by
    name spare the portal trunk, whose division they may reach into; cuts with geometry do not. Functional
    tissue that stays belongs to the nearest vessel voxel of each tree: without portal inflow it becomes
    ``DEVASCULARISED``, else without outflow ``CONGESTED``.

    Parameters
    ----------
    liver : Liver
    plan : Plan
    table : VolumeTable
        :func:`flr.plans.volumes` of both.
    fate : ndarray of uint8, optional
        :func:`flr.plans.fates` of both, when it is at hand.

    Returns
    -------
    Perfusion, PerfusionNotAssessed or None
        None when no vessel was given at all.

    Raises
    ------
    PlanError
        If the plan does not fit the liver.

    Notes
    -----
    An estimate: artery and bile duct are unseen, small branches are not drawn, ablation is taken to spare
    vessels, and congested tissue may recover through collaterals, hence a range.
    """
    if not liver.vessels:
        return None
    try:
        trees = trees_of(liver)
    except GeometryError as error:
        return PerfusionNotAssessed((str(error),))
    usable, missing = served_trees(liver, trees)
    if not usable:
        reasons = missing or ("neither a portal nor a hepatic venous tree is among the given vessels",)
        return PerfusionNotAssessed(reasons, trees.fragments_ml)
    plain = fates(liver, plan) if fate is None else fate
    result = plain.copy(order="F")
    flat, tissue = result.ravel("K"), liver.tissues.ravel("F")
    outcomes: list[VesselOutcome] = []
    notes: list[str] = []
    # Outflow first: where both are lost, the tissue counts as devascularised.
    for served in sorted(usable, key=lambda s: s.tree.kind != "hepatic"):
        tree, wanted = served.tree, served.supply.wanted
        gone = plain.ravel("F")[tree.voxels] == Fate.RESECTED
        gone &= ~tree.trunk | _cut_literally(liver, plan, tree)
        for name in plan.structures:
            if name in tree.names:
                gone = gone | tree.members(name)
        survives = tree.survives(gone)
        unserved = served.supply.unserved(survives)
        lost = wanted[
            unserved & (plain.ravel("F")[wanted] == Fate.KEPT) & np.isin(tissue[wanted], FUNCTIONAL)
        ]
        flat[lost] = _LOSS[tree.kind]
        outcomes = [*_outcomes(liver, tree, gone, survives, lost), *outcomes]
        notes += [*tree.notes, *served.notes]
        if (plain.ravel("F")[tree.voxels[tree.feeders]] == Fate.ABLATED).any():
            notes.append(f"{ADJECTIVE[tree.kind]} branches inside an ablation zone are taken for open")
    kinds = {served.tree.kind for served in usable}
    both: tuple[tuple[Kind, VesselTree | None], ...] = (("portal", trees.portal), ("hepatic", trees.hepatic))
    for kind, given in both:
        if given is None and not trees.fragments_ml:
            missing = (*missing, f"no {ADJECTIVE[kind]} tree is given")
    return Perfusion(
        fates=result,
        table=_split(table, measure(liver, result)),
        inflow_assessed="portal" in kinds,
        outflow_assessed="hepatic" in kinds,
        vessels=tuple(outcomes),
        missing=missing,
        notes=tuple(dict.fromkeys(notes)),
    )


def planned_fates(liver: Liver, plan: Plan) -> NDArray[np.uint8]:
    """Fates of a plan with lost blood supply where vessels tell, for pictures and maps.

    Raises
    ------
    PlanError
        If the plan does not fit the liver.
    """
    plain = fates(liver, plan)
    if not liver.vessels:
        return plain
    found = perfused_remnant(liver, plan, measure(liver, plain), plain)
    return found.fates if isinstance(found, Perfusion) else plain


def _cut_literally(liver: Liver, plan: Plan, tree: VesselTree) -> Mask:
    """Vessel voxels that a cut with geometry takes; parts by name spare the trunk, wherever they end."""
    taken = np.zeros(tree.voxels.size, dtype=bool)
    for cut in plan.cuts:
        if not isinstance(cut, Parts | PartOf | Territory):
            taken |= cut.mask(liver).ravel("F")[tree.voxels]
    return taken


def _split(plain: VolumeTable, counted: VolumeTable) -> VolumeTable:
    """The plain table with what is kept divided as the voxels are: plane cuts keep their exact fractions."""
    kept = counted.voxels[:, :, [Fate.KEPT, Fate.DEVASCULARISED, Fate.CONGESTED]]
    total = kept.sum(axis=2, keepdims=True)
    share = np.divide(kept, total, out=np.zeros(kept.shape), where=total > 0)
    share[total[:, :, 0] == 0, 0] = 1.0
    ml = plain.ml.copy()
    ml[:, :, [Fate.KEPT, Fate.DEVASCULARISED, Fate.CONGESTED]] = plain.ml[:, :, [Fate.KEPT]] * share
    return VolumeTable(plain.part_names, ml, counted.voxels.copy())


def _outcomes(
    liver: Liver, tree: VesselTree, gone: Mask, survives: Mask, lost: NDArray[np.int64]
) -> list[VesselOutcome]:
    voxel_ml = liver.grid.voxel_volume_ml
    rows: list[VesselOutcome] = []
    levels: tuple[Level, ...] = ("first", "second")
    for level in levels:
        groups = tree.groups.get(level, {})
        if not groups:
            continue
        number = territories_of(liver, tree, level).voxels.ravel("F")[lost]
        lost_voxels = np.bincount(number, minlength=len(groups) + 1)
        for rank, name in enumerate(groups, start=1):
            if any(row.name == name for row in rows):
                continue
            own = tree.members(name) & tree.feeders
            n_own = int(np.count_nonzero(own))
            n_gone = int(np.count_nonzero(own & gone))
            n_off = int(np.count_nonzero(own & ~gone & ~survives))
            rows.append(
                VesselOutcome(
                    name=name,
                    title=TITLES.get(name, f"vessel {name}"),
                    kind=tree.kind,
                    outcome=_outcome(n_own, n_gone, n_off),
                    vessel_ml=n_own * voxel_ml,
                    resected_ml=n_gone * voxel_ml,
                    cut_off_ml=n_off * voxel_ml,
                    lost_tissue_ml=float(lost_voxels[rank]) * voxel_ml,
                )
            )
    return rows


def _outcome(n_own: int, n_gone: int, n_off: int) -> Lost:
    if n_gone >= _WHOLLY * n_own:
        return "resected"
    if n_gone + n_off >= _WHOLLY * n_own:
        return "cut_off"
    return "partly_lost" if n_gone + n_off >= _PARTLY * n_own else "kept"
