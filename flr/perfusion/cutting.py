"""Where a plan cuts the vessels of a liver: as far downstream as the branches that stay allow.

A resection by parts (segments, sections, territories) is done by dividing pedicles, not by following the
borders of a label map: a pedicle that runs through the voxels of a removed segment to liver that stays is
preserved. So vessels are followed from their ends towards the root, and one is cut where nearly all of what
it serves leaves and nothing of size that stays hangs on it. What a cut with geometry crosses is crossed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.frozen import Record, once
from flr.kernels.trees import CrossSections, Links, hangs_on_root
from flr.labels import Tissue
from flr.liver import CAUDATE, FUNCTIONAL, Fate, Liver, Mask
from flr.plans import PartOf, Parts, Plan, Territory
from flr.plans.plan import segments_in
from flr.territories import BRANCHES_OF, SECTIONS, TITLES, Supply, VesselTree, beside

CUT_SHARE_PERCENT: Final = 80.0
"""A vessel is cut where at least this share of the functional liver that it serves leaves (policy). [%]"""

KEPT_BRANCH_ML: Final = 5.0
"""A branch that serves at least this much liver that stays is preserved (policy). [mL]"""

CAUDATE_BRANCH_ML: Final = 1.0
"""The same for a branch of a pedicle that leaves by definition to segment 1, which is small (policy). [mL]"""

DOUBTFUL_MM: Final = 10.0
"""A preserved vessel that runs further than this inside tissue that leaves is doubtful (policy). [mm]"""

_PORTAL_SERVES: Final[Mapping[str, frozenset[str]]] = {
    "RPV": frozenset("5678"),
    "LPV": frozenset("234"),
    **{name: frozenset(segments) for name, segments in SECTIONS.items()},
    **{f"P{n}": frozenset(str(n)) for n in range(1, 9)},
}
_SERVES: Final[Mapping[str, frozenset[str]]] = {
    **_PORTAL_SERVES,
    **{
        beside(kind, pedicle): segments
        for kind in ("duct", "artery")
        for pedicle, segments in _PORTAL_SERVES.items()
        if beside(kind, pedicle) != pedicle
    },
}
"""Segments whose removal, all of them, takes the pedicle by definition."""


@dataclass(frozen=True, eq=False)
class Pieces(Record):
    """A tree in short pieces along the way from its root, with the liver that each serves by itself.

    Parameters
    ----------
    sections : CrossSections
    length_mm : float
        Of one piece, along the way. [mm]
    of_tissue : ndarray of int32, shape (m,)
        Piece of the vessel voxel that is nearest to each voxel of the liver, in the order of
        ``supply.wanted``.
    """

    sections: CrossSections
    length_mm: float
    of_tissue: NDArray[np.int32]

    @property
    def n(self) -> int:
        """Pieces, the root included."""
        return int(self.sections.parent.size)


@dataclass(frozen=True, eq=False)
class CutVessels(Record):
    """What a plan takes of one tree.

    Parameters
    ----------
    gone : ndarray of bool, shape (tree.voxels.size,)
        Voxels that are cut or leave.
    rebuilt : ndarray of bool, shape (tree.voxels.size,)
        Of those the ones that a reconstruction gives back.
    defining : tuple of str
        Pedicles that leave by definition, because all that they serve by name leaves.
    doubtful : ndarray of bool, shape (tree.voxels.size,)
        Voxels that are preserved although they run deep inside tissue that leaves.
    crossed : ndarray of bool, shape (tree.voxels.size,)
        Voxels that only a cut with geometry takes: whether to preserve them is for the surgeon to say.
    inside_mm : ndarray of float64, shape (tree.voxels.size,)
        How far each preserved voxel lies inside tissue that leaves, along the vessel; 0 elsewhere. [mm]
    """

    gone: Mask
    rebuilt: Mask
    defining: tuple[str, ...]
    doubtful: Mask
    crossed: Mask
    inside_mm: NDArray[np.float64]


def pieces_of(tree: VesselTree, served: Supply, sections: CrossSections, length_mm: float) -> Pieces:
    """The pieces of a tree with the tissue that is nearest to each."""
    of_seed = sections.piece[served.seeds].astype(np.int32)
    return Pieces(sections, length_mm, of_seed[served.nearest])


def cut_vessels(
    liver: Liver, plan: Plan, tree: VesselTree, served: Supply, pieces: Pieces, fate: NDArray[np.uint8]
) -> CutVessels:
    """Which voxels of a tree a plan takes, and which it is doubtful that it can leave.

    Parameters
    ----------
    liver : Liver
    plan : Plan
    tree : VesselTree
    served : Supply
        Of ``tree``.
    pieces : Pieces
        Of ``tree``.
    fate : ndarray of uint8, shape liver.grid.shape
        :func:`flr.plans.fates` of both.

    Raises
    ------
    PlanError
        If the plan preserves a pedicle that leaves by definition.

    Notes
    -----
    Parts leave by their pedicles: from the ends towards the root, a piece is cut where at least
    `CUT_SHARE_PERCENT` of the functional liver below it leaves and no branch to `KEPT_BRANCH_ML` or more of
    liver that stays arises there or below. Where a plan takes every segment of a named pedicle, that pedicle
    is cut whatever else it seems to serve, beyond its branches to segment 1 (the left portal trunk has 2, 1
    to 6; surgeons divide it beyond them: Clin Anat 2018;31:1122-8). Planes, wedges and drawn masks cut what
    they cross. A vein named in the plan is taken whole, a vessel that the plan preserves is not cut at all.
    """
    flat = fate.ravel("F")
    leaves = flat[tree.voxels] == Fate.RESECTED
    by_parts = any(isinstance(cut, Parts | PartOf | Territory) for cut in plan.cuts)
    tissue = _tissue_of(liver, served, pieces, flat) if by_parts else None
    none = np.zeros(tree.voxels.size, dtype=bool)
    defining = _defining(liver, plan, tree)
    _refuse_preserved(plan, defining)
    by_rule = none if tissue is None else _cut_by_rule(tree, pieces, tissue, defining)
    crossed = _crossed(liver, plan, tree) & leaves
    named = _named((*plan.structures, *plan.reconstructed), tree)
    preserved = _way_to(plan.preserved, tree, pieces)
    gone = (by_rule | crossed | named) & ~preserved
    crossed &= gone & ~by_rule & ~named & ~_named(defining, tree)
    rebuilt = gone & _way_to(plan.reconstructed, tree, pieces)
    if tissue is None:
        return CutVessels(gone, rebuilt, (), none, crossed, np.zeros(gone.size))
    stays = leaves & ~tree.trunk & surviving(tree, pieces, gone)
    inside_mm = _inside_mm(stays, tree, pieces)
    serves_ml = pieces.sections.downstream(tissue.kept_ml)
    at_stake = serves_ml[np.maximum(pieces.sections.piece, 0)] >= KEPT_BRANCH_ML
    doubtful = stays & at_stake & ~preserved & ~_named(defining, tree)
    inside_mm[~doubtful] = 0.0
    deepest = _deepest_below(inside_mm, pieces)
    return CutVessels(gone, rebuilt, defining, doubtful & (deepest > DOUBTFUL_MM), crossed, inside_mm)


def _with_member(members: Mask, pieces: Pieces) -> Mask:
    """Pieces that hold one of these voxels; never the root."""
    own = np.zeros(pieces.n, dtype=bool)
    own[np.unique(np.maximum(pieces.sections.piece[members], 0))] = True
    own[0] = False
    return own


def segments_of(pedicle: str) -> frozenset[str]:
    """Segments whose removal, all of them, takes the pedicle by definition; none for another vessel.

    >>> sorted(segments_of("RAPV")), sorted(segments_of("MHV"))
    (['5', '8'], [])
    """
    return _SERVES.get(pedicle, frozenset())


def _cut_by_rule(tree: VesselTree, pieces: Pieces, tissue: _Tissue, defining: tuple[str, ...]) -> Mask:
    """Voxels of pieces that leave with parts, by the rule."""
    taken = taken_pieces(pieces.sections, tissue.leaving_ml, tissue.kept_ml)
    for name in defining:
        own = _with_member(tree.members(name), pieces)
        # Of a pedicle that leaves by definition only branches to segment 1 are spared.
        caudate_ml = np.where(own, tissue.caudate_ml, 0.0)
        by_definition = taken_pieces(
            pieces.sections,
            tissue.leaving_ml + np.where(own, tissue.kept_ml - caudate_ml, 0.0),
            np.where(own, caudate_ml, tissue.kept_ml),
            kept_branch_ml=CAUDATE_BRANCH_ML,
        )
        taken = np.where(own, by_definition, taken)
    piece = np.maximum(pieces.sections.piece, 0)
    gone = taken[piece] & (pieces.sections.piece > 0)
    return np.asarray((gone | _ends_of_taken(tree, piece, taken)) & ~tree.trunk)


def _ends_of_taken(tree: VesselTree, piece: NDArray[np.int64], taken: Mask) -> Mask:
    """Voxels of branches that are taken but for the piece in which they begin, which others share."""
    n_branches = len(tree.branches) + 1
    n_all = np.bincount(piece, minlength=taken.size)
    pairs = np.bincount(piece * n_branches + tree.branch, minlength=taken.size * n_branches)
    pure = pairs.reshape(-1, n_branches) == n_all[:, None]
    pure[n_all == 0] = False
    all_taken = pure.any(axis=0) & ~(pure & ~taken[:, None]).any(axis=0)
    all_taken[0] = False
    return np.asarray(all_taken[tree.branch])


def taken_pieces(
    sections: CrossSections,
    leaving_ml: NDArray[np.float64],
    kept_ml: NDArray[np.float64],
    *,
    kept_branch_ml: float = KEPT_BRANCH_ML,
) -> Mask:
    """Which pieces of a tree are cut, with everything below them: the rule of `cut_vessels` by itself.

    Parameters
    ----------
    sections : CrossSections
    leaving_ml, kept_ml : ndarray of float64, shape (pieces + 1,)
        Functional liver that is nearest to each piece and leaves, or stays. [mL]
    kept_branch_ml : float
        A branch that serves this much of what stays is preserved. [mL]

    Returns
    -------
    ndarray of bool, shape (pieces + 1,)
    """
    parent = sections.parent
    below_leaving, below_kept = sections.downstream(leaving_ml), sections.downstream(kept_ml)
    own = leaving_ml + kept_ml
    least = CUT_SHARE_PERCENT / 100.0
    serves_kept = leaving_ml < least * own
    cut = np.zeros(parent.size, dtype=bool)
    blocked = np.zeros(parent.size, dtype=bool)
    run_ml = np.where(serves_kept, kept_ml, 0.0)
    for piece in range(parent.size - 1, 0, -1):
        total = below_leaving[piece] + below_kept[piece]
        cut[piece] = (
            total > 0.0
            and below_leaving[piece] >= least * total
            and not blocked[piece]
            and run_ml[piece] < kept_branch_ml
        )
        above = parent[piece]
        if serves_kept[above]:
            run_ml[above] += run_ml[piece]
        if not cut[piece] and below_kept[piece] >= kept_branch_ml:
            blocked[above] = True
    for piece in range(1, parent.size):  # what hangs on a cut piece is cut with it
        cut[piece] |= cut[parent[piece]]
    return cut


def surviving(tree: VesselTree, pieces: Pieces, gone: Mask) -> Mask:
    """Which voxels still hang on the root, as :meth:`VesselTree.survives`, which follows the whole tree.

    A piece hangs together, and so does its way to the root through the pieces upstream. So what no cut
    touches there or upstream stays; only the rest is looked at voxel by voxel.
    """
    piece = np.maximum(pieces.sections.piece, 0)
    n_gone = np.bincount(piece, weights=gone, minlength=pieces.n)
    n_all = np.bincount(piece, minlength=pieces.n)
    touched, whole = n_gone > 0, n_gone == n_all
    above = touched[np.maximum(pieces.sections.parent, 0)]
    above[0] = False
    if not touched[0] and whole[touched | above].all():
        # Whole pieces with everything below them: nothing that stays hangs on what is gone.
        return tree.attached & ~gone
    below = touched
    below[0] = False  # no voxel of the tree: what is not attached counts there
    for number in range(1, pieces.n):
        below[number] |= below[pieces.sections.parent[number]]
    kept = tree.attached & ~gone
    open_ = kept & below[piece]
    stays = kept & ~open_
    return np.asarray(stays | _hangs_on(tree, stays, open_))


def _hangs_on(tree: VesselTree, stays: Mask, open_: Mask) -> Mask:
    """Which of some voxels are connected, through one another, with a voxel that stays or with the root."""
    links = tree.links
    own = np.flatnonzero(open_)
    number = np.full(links.n, -1, dtype=np.int64)
    number[own] = np.arange(own.size)
    first, second = number[links.first], number[links.second]
    both = (first >= 0) & (second >= 0)
    # A voxel beside what stays hangs on it; one of the root's hangs on the root.
    start = np.zeros(own.size, dtype=bool)
    start[first[(first >= 0) & stays[links.second]]] = True
    start[second[(second >= 0) & stays[links.first]]] = True
    start[number[links.roots[open_[links.roots]]]] = True
    among = Links(own.size, first[both], second[both], links.length_mm[both], np.flatnonzero(start))
    result = np.zeros(links.n, dtype=bool)
    result[own] = hangs_on_root(among, np.ones(own.size, dtype=bool))
    return result


@dataclass(frozen=True, eq=False)
class _Tissue(Record):
    """Functional liver by the piece that is nearest: what leaves, what stays, and of that segment 1. [mL]"""

    leaving_ml: NDArray[np.float64]
    kept_ml: NDArray[np.float64]
    caudate_ml: NDArray[np.float64]


def _tissue_of(liver: Liver, served: Supply, pieces: Pieces, flat: NDArray[np.uint8]) -> _Tissue:
    """One count of the liver's voxels by piece and by what becomes of them."""
    stays, caudate = 2, 3
    of_fate = np.zeros(len(Fate), dtype=np.uint8)
    of_fate[Fate.RESECTED], of_fate[Fate.KEPT], of_fate[Fate.ABLATED] = 1, stays, stays
    kind = of_fate[flat[served.wanted]]
    if CAUDATE in liver.part_names:
        in_caudate = liver.parts.ravel("F")[served.wanted] == liver.part_index(CAUDATE)
        kind[in_caudate & (kind == stays)] = caudate
    kind[~functional_of(liver, served)] = 0
    counts = np.bincount(pieces.of_tissue * np.int32(4) + kind, minlength=4 * pieces.n).reshape(-1, 4)
    ml = np.asarray(counts * liver.grid.voxel_volume_ml, dtype=np.float64)
    return _Tissue(ml[:, 1], ml[:, stays] + ml[:, caudate], ml[:, caudate])


def functional_of(liver: Liver, served: Supply) -> Mask:
    """Which of the liver's voxels, in the order of ``served.wanted``, are functional tissue; found once."""

    def found() -> Mask:
        table = np.zeros(len(Tissue), dtype=bool)
        table[list(FUNCTIONAL)] = True
        return np.asarray(table[liver.tissues.ravel("F")[served.wanted]])

    return once(liver, "functional_tissue", found)


def _defining(liver: Liver, plan: Plan, tree: VesselTree) -> tuple[str, ...]:
    """Named pedicles of which the plan takes every segment, and territories that it takes by name."""
    whole = {
        segment
        for cut in plan.cuts
        if isinstance(cut, Parts)
        for part in cut.removes(liver)
        for segment in segments_in(part)
        if part not in ("4a", "4b") or {"4a", "4b"} <= set(cut.removes(liver))
    }
    by_name = {cut.name for cut in plan.cuts if isinstance(cut, Territory)}
    taken = [n for n in tree.names if n in by_name or (n in _SERVES and _SERVES[n] <= whole)]
    # A section leaves with its half, whose pedicle is divided before it.
    return tuple(n for n in taken if not any(n in BRANCHES_OF.get(stem, ()) for stem in taken))


def _refuse_preserved(plan: Plan, defining: Sequence[str]) -> None:
    """Raise PlanError where a plan preserves a pedicle of which it takes everything that it serves."""
    for stem in defining:
        for name in plan.preserved:
            if name in (stem, *BRANCHES_OF.get(stem, ())):
                raise PlanError(
                    f"preserve({name}): the plan takes all that the {TITLES.get(stem, stem)} serves, and"
                    f" {name} leaves with it; preserve a vessel of what stays, or remove less"
                )


def _crossed(liver: Liver, plan: Plan, tree: VesselTree) -> Mask:
    """Vessel voxels that a cut with geometry takes."""
    taken = np.zeros(tree.voxels.size, dtype=bool)
    for cut in plan.cuts:
        if not isinstance(cut, Parts | PartOf | Territory):
            taken |= cut.mask(liver).ravel("F")[tree.voxels]
    return taken


def _named(names: Sequence[str], tree: VesselTree) -> Mask:
    """Voxels of the vessels of these names that the tree has."""
    taken = np.zeros(tree.voxels.size, dtype=bool)
    for name in names:
        if name in tree.names:
            taken |= tree.members(name)
    return taken


def _way_to(names: Sequence[str], tree: VesselTree, pieces: Pieces) -> Mask:
    """Voxels of these vessels, and the way from the root to each."""
    own = _named(names, tree)
    if not own.any():
        return own
    parent = pieces.sections.parent
    on_way = np.zeros(pieces.n, dtype=bool)
    on_way[np.unique(np.maximum(pieces.sections.piece[own], 0))] = True
    for piece in range(pieces.n - 1, 0, -1):
        if on_way[piece]:
            on_way[parent[piece]] = True
    return own | (on_way[np.maximum(pieces.sections.piece, 0)] & (pieces.sections.piece > 0))


def _inside_mm(stays: Mask, tree: VesselTree, pieces: Pieces) -> NDArray[np.float64]:
    """How far each preserved voxel lies inside tissue that leaves, along the way from the root. [mm]"""
    piece, parent = np.maximum(pieces.sections.piece, 0), pieces.sections.parent
    here = np.bincount(piece, weights=stays, minlength=pieces.n)
    total = np.bincount(piece, minlength=pieces.n)
    share = np.divide(here, total, out=np.zeros(pieces.n), where=total > 0)
    way_mm = np.zeros(pieces.n)
    for number in range(1, pieces.n):
        way_mm[number] = way_mm[parent[number]] + share[number] * pieces.length_mm
    return np.where(stays, way_mm[piece], 0.0)


def _deepest_below(inside_mm: NDArray[np.float64], pieces: Pieces) -> NDArray[np.float64]:
    """For each voxel the largest of ``inside_mm`` on its piece and below it."""
    piece, parent = np.maximum(pieces.sections.piece, 0), pieces.sections.parent
    most = np.zeros(pieces.n)
    np.maximum.at(most, piece, inside_mm)
    for number in range(pieces.n - 1, 0, -1):
        most[parent[number]] = max(most[parent[number]], most[number])
    return np.asarray(most[piece])
