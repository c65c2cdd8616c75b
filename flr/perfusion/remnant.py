"""The remnant that keeps portal inflow and venous outflow, beside the plain one: an estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from flr.cache import active
from flr.errors import GeometryError, PlanError
from flr.frozen import Record, once
from flr.kernels.trees import CrossSections, cross_sections, index_of, way_mm
from flr.liver import FUNCTIONAL, Fate, Liver, Mask, VolumeTable, measure
from flr.perfusion.cutting import CutVessels, Pieces, cut_vessels, functional_of, pieces_of, surviving
from flr.plans import Plan, fates
from flr.plans.territory import (
    SHEATH_KINDS,
    cache_key,
    sheath_tree_of,
    supply_of,
    territories_of,
    trees_of,
)
from flr.territories import BRANCHES_OF, TITLES, Kind, Level, Supply, VesselTree, VesselTrees

SPARSE_MM: Final = 40.0
"""Beyond this distance for more than a twentieth of the liver, a tree is called sparse. [mm]"""

INCOMPLETE_MM: Final = 60.0
"""Beyond this distance for more than a quarter of the liver, a tree is not used: a side is not drawn. [mm]"""

Lost = Literal["resected", "cut_off", "partly_lost", "spared", "kept"]

_LOSS: Final[dict[Kind, Fate]] = {"portal": Fate.DEVASCULARISED, "hepatic": Fate.CONGESTED}
_PARTLY, _WHOLLY = 0.05, 0.95  # shares of a branch's voxels


@dataclass(frozen=True, slots=True)
class VesselOutcome:
    """What a plan does to one branch and to the tissue it serves.

    Parameters
    ----------
    name, title : str
    kind : {"portal", "hepatic", "duct", "artery"}
    outcome : {"resected", "cut_off", "partly_lost", "spared", "kept"}
        By the share of its voxels inside the liver that are gone or have lost their root; spared where it
        runs through tissue that leaves and is preserved for the tissue that it serves.
    vessel_ml, resected_ml, cut_off_ml : float
        The branch inside the liver with everything below it; what leaves; what stays without a root. [mL]
    lost_tissue_ml : float
        Functional tissue that stays and loses its supply with this branch. [mL]
    inside_mm : float
        How far the preserved vessel runs inside tissue that leaves. [mm]
    doubtful : bool
        Whether that is so far that it is doubtful that a surgeon can preserve it.
    at_stake_ml : float
        Functional tissue that stays and is lost as well if it cannot be preserved. [mL]
    crossed : bool
        Whether a plane, wedge or drawn mask crosses it, and nothing else takes it: `preserve` may spare it.
    """

    name: str
    title: str
    kind: Kind
    outcome: Lost
    vessel_ml: float
    resected_ml: float
    cut_off_ml: float
    lost_tissue_ml: float
    inside_mm: float = 0.0
    doubtful: bool = False
    at_stake_ml: float = 0.0
    crossed: bool = False


@dataclass(frozen=True, eq=False)
class Perfusion(Record):
    """The remnant that blood reaches and leaves, as far as the given vessels tell.

    Parameters
    ----------
    fates : ndarray of uint8, shape liver.grid.shape
        :class:`flr.liver.Fate` with the two kinds of loss.
    table : VolumeTable
        The plan's volumes with the two further fates; every total is that of the plain table.
    doubted : VolumeTable or None
        The same where doubtful vessels cannot be preserved; None where none is doubtful.
    rebuilt : VolumeTable or None
        The same where reconstructed veins drain what they drained, an upper bound; None without any.
    spared : VolumeTable or None
        The same where every vessel that only a cut with geometry crosses is preserved; None where none is.
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
    doubted: VolumeTable | None
    rebuilt: VolumeTable | None
    spared: VolumeTable | None
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

    @property
    def perfused_least_ml(self) -> float:
        """Perfused remnant when congested tissue is lost and no doubtful vessel can be preserved. [mL]"""
        return self.perfused_low_ml if self.doubted is None else self.doubted.perfused_remnant_ml

    @property
    def perfused_rebuilt_ml(self) -> float | None:
        """Perfused remnant with reconstructed veins open, other congestion lost: an upper bound. [mL]"""
        return None if self.rebuilt is None else self.rebuilt.perfused_remnant_ml

    @property
    def perfused_spared_ml(self) -> float | None:
        """Perfused remnant if every vessel that only a cut with geometry crosses is preserved. [mL]"""
        return None if self.spared is None else self.spared.perfused_remnant_ml


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
    """A tree that can be used, with the nearest vessel of every liver voxel, in short pieces."""

    tree: VesselTree
    supply: Supply
    pieces: Pieces
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
        served, refusal = served_by(liver, tree)
        if refusal:
            missing.append(refusal)
        elif served is not None:
            usable.append(served)
    return tuple(usable), tuple(missing)


def served_by(liver: Liver, tree: VesselTree) -> tuple[Served | None, str]:
    """A rooted tree with the liver that it serves, and why that cannot be told; None where it serves none."""
    if not tree.feeders.any():
        return None, f"the {ADJECTIVE[tree.kind]} tree does not run inside the liver"
    found = supply_of(liver, tree)
    away_mm = _distance_mm(found)
    far_percent = 100.0 * float(np.mean(away_mm > INCOMPLETE_MM))
    refusal = (
        f"{far_percent:.0f} % of the liver lies more than {INCOMPLETE_MM:g} mm from the nearest"
        f" {ADJECTIVE[tree.kind]} branch: the tree is not drawn in a large part of the liver"
        if far_percent > 25.0
        else ""
    )
    sparse_percent = 100.0 * float(np.mean(away_mm > SPARSE_MM))
    notes = (
        (
            f"{sparse_percent:.0f} % of the liver lies more than {SPARSE_MM:g} mm from the nearest"
            f" {ADJECTIVE[tree.kind]} branch: the tree is sparse and its territories are coarse",
        )
        if sparse_percent > 5.0
        else ()
    )
    return Served(tree, found, _in_pieces(liver, tree, found), notes), refusal


def _in_pieces(liver: Liver, tree: VesselTree, found: Supply) -> Pieces:
    """The tree cut at every two voxels' length of the way from its root, as the cache has it or afresh."""
    step_mm = max(2.0 * max(tree.grid.spacing_mm), float(tree.links.length_mm.max(initial=0.0)) * 1.001)
    cache, key = active(), cache_key(liver, "pieces", tree.kind)
    entry = None if cache is None else cache.get(key)
    stored = {} if entry is None else entry.arrays
    if stored.keys() >= {"piece", "parent", "of_tissue"} and (
        stored["piece"].shape == tree.voxels.shape and stored["of_tissue"].shape == found.wanted.shape
    ):
        sections = CrossSections(stored["piece"].astype(np.int64), stored["parent"].astype(np.int64))
        return Pieces(sections, step_mm, stored["of_tissue"])
    sections = cross_sections(tree.links, way_mm(tree.links), step_mm)
    result = pieces_of(tree, found, sections, step_mm)
    if cache is not None:
        kept = {"piece": sections.piece.astype(np.int32), "parent": sections.parent.astype(np.int32)}
        cache.put(key, {**kept, "of_tissue": result.of_tissue}, {})
    return result


ADJECTIVE: Final[dict[Kind, str]] = {
    "portal": "portal",
    "hepatic": "hepatic venous",
    "duct": "bile duct",
    "artery": "arterial",
}


_SAMPLED: Final = 50_000
"""Voxels of the liver that tell how far it lies from a tree: a share needs no more."""


def _distance_mm(found: Supply) -> NDArray[np.float64]:
    grid = found.tree.grid
    some = slice(None, None, max(1, found.wanted.size // _SAMPLED))
    steps = index_of(found.wanted[some], grid.shape)
    steps -= index_of(found.tree.voxels[found.seeds], grid.shape)[found.nearest[some]]
    return np.asarray(np.linalg.norm(steps @ grid.index_to_world_mm[:3, :3].T, axis=1))


def perfused_remnant(
    liver: Liver, plan: Plan, table: VolumeTable, fate: NDArray[np.uint8] | None = None
) -> Perfusion | PerfusionNotAssessed | None:
    """Which tissue of the remnant loses its portal inflow or its venous outflow.

    A vessel voxel is lost when the plan takes it (:func:`flr.perfusion.cutting.cut_vessels`), or when it is
    no longer connected with the portal trunk or the vena cava. Functional tissue that stays belongs to the
    nearest vessel voxel of each tree: without portal inflow it becomes ``DEVASCULARISED``, else without
    outflow ``CONGESTED``.

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
        If the plan does not fit the liver, or preserves or reconstructs a vessel that is not given.

    Notes
    -----
    An estimate: artery and bile duct are unseen, small branches are not drawn, ablation is taken to spare
    vessels, and congested tissue may recover through collaterals, hence a range.
    """
    if not liver.vessels:
        refuse_unknown_vessels(liver, plan, VesselTrees(None, None))
        return None
    try:
        trees = trees_of(liver)
    except GeometryError as error:
        return PerfusionNotAssessed((str(error),))
    refuse_unknown_vessels(liver, plan, trees)
    usable, missing = served_trees(liver, trees)
    if not usable:
        reasons = missing or ("neither a portal nor a hepatic venous tree is among the given vessels",)
        return PerfusionNotAssessed(reasons, trees.fragments_ml)
    plain = fates(liver, plan) if fate is None else fate
    cuts = [cut_vessels(liver, plan, served.tree, served.supply, served.pieces, plain) for served in usable]
    after = _Supplied.of(liver, plain, usable)
    result, lost, survives = after.without([cut.gone for cut in cuts])
    is_doubtful = any(cut.doubtful.any() for cut in cuts)
    doubted, at_stake = (
        after.without([cut.gone | cut.doubtful for cut in cuts])[:2] if is_doubtful else (result, lost)
    )
    rebuilt = after.without([cut.gone & ~cut.rebuilt for cut in cuts])[0] if plan.reconstructed else result
    is_crossed = any(cut.crossed.any() for cut in cuts) and any(one.any() for one in lost)
    spared = after.without([cut.gone & ~cut.crossed for cut in cuts])[0] if is_crossed else None
    rows = [
        (served, cut, alive, without, also & ~without)
        for served, cut, alive, without, also in zip(usable, cuts, survives, lost, at_stake, strict=True)
    ]
    return Perfusion(
        fates=result,
        table=_split(table, measure(liver, result)),
        doubted=_split(table, measure(liver, doubted)) if is_doubtful else None,
        rebuilt=_split(table, measure(liver, rebuilt)) if plan.reconstructed else None,
        spared=None if spared is None else _split(table, measure(liver, spared)),
        inflow_assessed=any(served.tree.kind == "portal" for served in usable),
        outflow_assessed=any(served.tree.kind == "hepatic" for served in usable),
        vessels=tuple(
            outcome
            for served, cut, alive, without, also in rows
            for outcome in branch_outcomes(liver, served, cut, alive, without, also)
        ),
        missing=(*missing, *_not_given(trees)),
        notes=tuple(dict.fromkeys(note for served, *_ in rows for note in _notes_of(served, plain))),
    )


def refuse_unknown_vessels(liver: Liver, plan: Plan, trees: VesselTrees) -> None:
    """Raise PlanError where a plan preserves or reconstructs a vessel that is not given."""
    if not plan.preserved and not plan.reconstructed:
        return
    veins = () if trees.hepatic is None else trees.hepatic.names
    sheath = [tree for kind in SHEATH_KINDS if (tree := sheath_tree_of(liver, kind)) is not None]
    everything = tuple(name for tree in (*trees.trees, *sheath) for name in tree.names)
    for verb, names, known in (
        ("preserve", plan.preserved, everything),
        ("reconstruct", plan.reconstructed, veins),
    ):
        unknown = [name for name in names if name not in known]
        if unknown:
            kind = "hepatic vein" if verb == "reconstruct" else "vessel"
            have = (
                f"these vessels give {', '.join(known)}"
                if known
                else f"no {kind} is given: add --vessels FILE"
            )
            raise PlanError(f"{verb}({unknown[0]}): no {kind} {unknown[0]!r}; {have}")


def _not_given(trees: VesselTrees) -> tuple[str, ...]:
    both: tuple[tuple[Kind, VesselTree | None], ...] = (("portal", trees.portal), ("hepatic", trees.hepatic))
    return tuple(
        f"no {ADJECTIVE[kind]} tree is given"
        for kind, given in both
        if given is None and not trees.fragments_ml
    )


def _notes_of(served: Served, plain: NDArray[np.uint8]) -> tuple[str, ...]:
    feeders = served.tree.voxels[served.tree.feeders]
    ablated = bool((plain.ravel("F")[feeders] == Fate.ABLATED).any())
    open_ = f"{ADJECTIVE[served.tree.kind]} branches inside an ablation zone are taken for open"
    return (*served.tree.notes, *served.notes, *((open_,) if ablated else ()))


@dataclass(frozen=True, eq=False)
class _Supplied:
    """A plan's fates on a liver, from which vessels may be taken."""

    plain: NDArray[np.uint8]
    usable: tuple[Served, ...]
    stays: Mask

    @classmethod
    def of(cls, liver: Liver, plain: NDArray[np.uint8], usable: tuple[Served, ...]) -> _Supplied:
        """With the functional tissue that stays, in the order of the liver's voxels."""
        served = usable[0].supply
        kept = plain.ravel("F")[served.wanted] == Fate.KEPT
        return cls(plain, usable, kept & functional_of(liver, served))

    def without(self, gone: Sequence[Mask]) -> tuple[NDArray[np.uint8], list[Mask], list[Mask]]:
        """Fates with the tissue that stays without supply; by tree, that tissue and the vessel that stays."""
        result = self.plain.copy(order="F")
        flat = result.ravel("K")
        survives = [
            surviving(served.tree, served.pieces, taken)
            for served, taken in zip(self.usable, gone, strict=True)
        ]
        lost = [
            served.supply.unserved(alive) & self.stays
            for served, alive in zip(self.usable, survives, strict=True)
        ]
        # Outflow first: where both are lost, the tissue counts as devascularised.
        for kind in ("hepatic", "portal"):
            for served, voxels in zip(self.usable, lost, strict=True):
                if served.tree.kind == kind:
                    flat[served.supply.wanted[voxels]] = _LOSS[served.tree.kind]
        return result, lost, survives


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


def _split(plain: VolumeTable, counted: VolumeTable) -> VolumeTable:
    """The plain table with what is kept divided as the voxels are: plane cuts keep their exact fractions."""
    kept = counted.voxels[:, :, [Fate.KEPT, Fate.DEVASCULARISED, Fate.CONGESTED]]
    total = kept.sum(axis=2, keepdims=True)
    share = np.divide(kept, total, out=np.zeros(kept.shape), where=total > 0)
    share[total[:, :, 0] == 0, 0] = 1.0
    ml = plain.ml.copy()
    ml[:, :, [Fate.KEPT, Fate.DEVASCULARISED, Fate.CONGESTED]] = plain.ml[:, :, [Fate.KEPT]] * share
    return VolumeTable(plain.part_names, ml, counted.voxels.copy())


def branch_outcomes(
    liver: Liver, served: Served, cut: CutVessels, survives: Mask, lost: Mask, at_stake: Mask
) -> list[VesselOutcome]:
    """What a plan does to each named branch of a tree.

    Parameters
    ----------
    liver : Liver
    served : Served
    cut : CutVessels
    survives : ndarray of bool, shape (served.tree.voxels.size,)
        Vessel that still hangs on the root.
    lost, at_stake : ndarray of bool, shape (served.supply.wanted.size,)
        Functional tissue that stays and loses its supply; that is lost as well if no doubtful vessel can be
        preserved.
    """
    tree, wanted = served.tree, served.supply.wanted
    voxel_ml = liver.grid.voxel_volume_ml
    rows: list[VesselOutcome] = []
    levels: tuple[Level, ...] = ("first", "second")
    for level in levels:
        groups = tree.groups.get(level, {})
        if not groups:
            continue
        number = territories_of(liver, tree, level).voxels.ravel("F")
        lost_voxels = np.bincount(number[wanted[lost]], minlength=len(groups) + 1)
        more_voxels = np.bincount(number[wanted[at_stake]], minlength=len(groups) + 1)
        for rank, name in enumerate(groups, start=1):
            if any(row.name == name for row in rows):
                continue
            members = tree.members(name)
            own = members & tree.feeders
            n_own = int(np.count_nonzero(own))
            n_gone = int(np.count_nonzero(own & cut.gone))
            n_off = int(np.count_nonzero(own & ~cut.gone & ~survives))
            inside_mm = float(cut.inside_mm[members].max(initial=0.0))
            outcome = _outcome(n_own, n_gone, n_off)
            if any(
                name in (stem, *BRANCHES_OF.get(stem, ())) for stem in cut.defining
            ):  # divided beyond its branches to segment 1, it leaves all the same
                outcome, inside_mm = "resected", 0.0
            rows.append(
                VesselOutcome(
                    name=name,
                    title=TITLES.get(name, f"vessel {name}"),
                    kind=tree.kind,
                    outcome="spared" if outcome == "kept" and inside_mm > 0.0 else outcome,
                    vessel_ml=n_own * voxel_ml,
                    resected_ml=n_gone * voxel_ml,
                    cut_off_ml=n_off * voxel_ml,
                    lost_tissue_ml=float(lost_voxels[rank]) * voxel_ml,
                    inside_mm=inside_mm,
                    doubtful=bool(cut.doubtful[members].any()),
                    at_stake_ml=float(more_voxels[rank]) * voxel_ml,
                    crossed=bool(cut.crossed[members].any()),
                )
            )
    return rows


def _outcome(n_own: int, n_gone: int, n_off: int) -> Lost:
    if n_gone >= _WHOLLY * n_own:
        return "resected"
    if n_gone + n_off >= _WHOLLY * n_own:
        return "cut_off"
    return "partly_lost" if n_gone + n_off >= _PARTLY * n_own else "kept"
