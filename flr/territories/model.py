"""Vessel trees, and the tissue that is nearest to each of their branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from flr.errors import LabelError
from flr.frozen import FrozenMapping, Record
from flr.geometry import Grid
from flr.kernels.nearest import block_of, nearest_seed, settle_ties
from flr.kernels.trees import Links, hangs_on_root, index_of
from flr.territories.names import HEPATIC_NAMES, PORTAL_NAMES, Kind, Level

BLOCK_MM = 1.5
"""Voxels that lie in one block of this edge share their nearest vessel: no vessel map is surer. [mm]"""

Mask = NDArray[np.bool_]
Flat = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of a vessel tree.

    Parameters
    ----------
    name : str
        Short name, e.g. ``"RPV"``; ``"PV1.2"`` for one that was found and has no name of its own.
    order : int
        1 where the trunk divides, 2 below that, and so on.
    volume_ml : float
        Of the vessel itself. [mL]
    is_drawn : bool
        Labelled in the input rather than found in the tree.
    """

    name: str
    order: int
    volume_ml: float
    is_drawn: bool


@dataclass(frozen=True, slots=True)
class Repair:
    """A gap that was closed: how wide, and how much vessel it joined."""

    gap_mm: float
    joined_ml: float


@dataclass(frozen=True, eq=False)
class VesselTree(Record):
    """Portal vein or hepatic veins as a tree that hangs on the portal trunk or the vena cava.

    Parameters
    ----------
    kind : {"portal", "hepatic"}
    grid : Grid
    voxels : ndarray of int64, shape (n,)
        Flat Fortran positions in the grid.
    links : Links
        Connections of the voxels, repairs included.
    inside : ndarray of bool, shape (n,)
        Lies in the liver.
    attached : ndarray of bool, shape (n,)
        Connected with the root; everything when there is no root.
    branch : ndarray of int64, shape (n,)
        n in ``branches[n - 1]``; 0 in the trunk.
    branches : tuple of Branch
    trunk : ndarray of bool, shape (n,)
        Before the first division, and stems that named branches share.
    groups : mapping of level to mapping of name to numbers of branches
        Which branches make up a territory at each level.
    root : str
        Where the root is, in words; empty when none was found.
    missing : str
        Why there is no root.
    repairs : tuple of Repair
    fragments_ml : tuple of float
        Pieces that hang on nothing, largest first; they serve no tissue. [mL]
    notes : tuple of str
        What was assumed, in words.
    nearest : ndarray of int32, optional
        Number of the nearest feeder for each voxel of the liver, where it was found on the way.
    """

    kind: Kind
    grid: Grid
    voxels: Flat
    links: Links
    inside: Mask
    attached: Mask
    branch: NDArray[np.int64]
    branches: tuple[Branch, ...]
    trunk: Mask
    groups: Mapping[Level, Mapping[str, tuple[int, ...]]]
    root: str = ""
    missing: str = ""
    repairs: tuple[Repair, ...] = ()
    fragments_ml: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    nearest: NDArray[np.int32] | None = field(default=None, repr=False)

    @property
    def is_rooted(self) -> bool:
        """Whether it can be said what loses its root."""
        return bool(self.root)

    @property
    def volume_ml(self) -> float:
        """Vessel that hangs on the root, inside the liver. [mL]"""
        return float(np.count_nonzero(self.attached & self.inside)) * self.grid.voxel_volume_ml

    @property
    def feeders(self) -> Mask:
        """Voxels that serve tissue: attached and inside the liver."""
        return self.attached & self.inside

    def members(self, name: str) -> Mask:
        """Voxels of a branch and everything below it. Raises LabelError for an unknown name."""
        for named in self.groups.values():
            if name in named:
                return np.isin(self.branch, named[name])
        raise LabelError(f"no vessel {name!r}; found are {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of every territory, of any level."""
        return tuple(dict.fromkeys(name for named in self.groups.values() for name in named))

    def survives(self, gone: Mask) -> Mask:
        """Which voxels still hang on the root when those in ``gone``, bool of shape (n,), are taken away.

        Raises
        ------
        LabelError
            If there is no root.
        """
        if not self.is_rooted:
            raise LabelError(f"{self.missing}; give it to learn what a resection cuts off")
        return hangs_on_root(self.links, self.attached & ~gone)


@dataclass(frozen=True, eq=False)
class VesselTrees(Record):
    """Both trees of a liver, as far as they could be read.

    Parameters
    ----------
    portal, hepatic : VesselTree or None
    refusals : tuple of str
        What could not be used, and what is missing for it.
    fragments_ml : tuple of float
        Pieces of an undivided mask that was not (or not wholly) used, largest first. [mL]
    cava_mm : ndarray, shape (n, 3), optional
        World positions of the vena cava.
    """

    portal: VesselTree | None
    hepatic: VesselTree | None
    refusals: tuple[str, ...] = ()
    fragments_ml: tuple[float, ...] = ()
    cava_mm: NDArray[np.float64] | None = field(default=None, repr=False)

    @property
    def trees(self) -> tuple[VesselTree, ...]:
        """Those that there are."""
        return tuple(tree for tree in (self.portal, self.hepatic) if tree is not None)

    def named(self, name: str) -> tuple[VesselTree, Level, str]:
        """Tree, level and spelling of a territory by its short or canonical name.

        Raises
        ------
        LabelError
            If no tree has it.
        """
        wanted = {**PORTAL_NAMES, **HEPATIC_NAMES}.get(name.casefold(), name).casefold()
        for tree in self.trees:
            for level, groups in tree.groups.items():
                for known in groups:
                    if known.casefold() == wanted:
                        return tree, level, known
        known_names = ", ".join(n for tree in self.trees for n in tree.names)
        reasons = "; ".join(self.refusals)
        raise LabelError(
            f"no territory {name!r}; "
            + (f"these vessels give {known_names}" if known_names else "no vessel tree is known")
            + (f" ({reasons})" if reasons else "")
        )


@dataclass(frozen=True, eq=False)
class Territories(Record):
    """Every voxel of the liver by the branch that is nearest.

    Parameters
    ----------
    names : tuple of str
    voxels : ndarray of uint8, shape of the grid
        n in the territory ``names[n - 1]``; 0 outside the liver.
    grid : Grid
    """

    names: tuple[str, ...]
    voxels: NDArray[np.uint8]
    grid: Grid

    @cached_property
    def volumes_ml(self) -> Mapping[str, float]:
        """Volume of each territory, all tissues. [mL]"""
        counts = np.bincount(self.voxels.ravel("K"), minlength=len(self.names) + 1)[1:]
        return FrozenMapping(
            {n: float(c) * self.grid.voxel_volume_ml for n, c in zip(self.names, counts, strict=True)}
        )

    def by_part_ml(self, parts: NDArray[np.uint8], n_parts: int) -> NDArray[np.float64]:
        """Territories against parts, shape (len(names), n_parts). [mL]

        Parameters
        ----------
        parts : ndarray of uint8, shape of the grid
            1 … ``n_parts``; 0 outside.
        n_parts : int
        """
        own = parts.ravel("F")
        at = np.flatnonzero(own)
        codes = self.voxels.ravel("F")[at].astype(np.uint16) * np.uint16(n_parts + 1) + own[at]
        table = np.bincount(codes, minlength=(len(self.names) + 1) * (n_parts + 1))
        return np.asarray(table.reshape(len(self.names) + 1, n_parts + 1)[1:, 1:] * self.grid.voxel_volume_ml)


def dice(first: Mask, second: Mask) -> float | None:
    """Overlap of two masks, 2·|A∩B| / (|A| + |B|), 0 to 1; None when both are empty."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2.0 * int(np.count_nonzero(first & second)) / total if total else None


def territories(
    tree: VesselTree, organ: Mask, level: Level = "first", served: Supply | None = None
) -> Territories:
    """Give every voxel of the liver to the nearest branch, between voxel centres in mm.

    Parameters
    ----------
    tree : VesselTree
    organ : ndarray of bool, shape tree.grid.shape
        The liver.
    level : {"first", "second", "branch"}
        Branches of the first order (right and left portal vein; each hepatic vein), of the second (portal
        sections: the nearest one of the same half), or every branch by itself. The trunk serves nobody by
        itself, and in a half that divides its stem serves nobody; neither do fragments.
    served : Supply, optional
        `supply` of both, when it is at hand.

    Raises
    ------
    LabelError
        If no branch of this level runs inside the liver.

    Notes
    -----
    As exact as `supply`. A voxel that is equally near to two branches goes to the one that is named first.
    """
    names = tuple(tree.groups.get(level, {}))
    if not names:
        raise LabelError(f"no {tree.kind} branch of level {level!r} runs inside the liver; draw one")
    served = supply(tree, organ) if served is None else served
    voxels = np.zeros(tree.grid.shape, dtype=np.uint8, order="F")
    flat, wanted = voxels.ravel("K"), served.wanted
    everywhere = np.arange(wanted.size)
    if level != "second":
        flat[wanted] = _nearest_group(served, level, names, everywhere) + 1
        return Territories(names, voxels, tree.grid)
    halves = tuple(tree.groups["first"])
    half = _nearest_group(served, "first", halves, everywhere)
    for number, name in enumerate(halves):
        sections = tuple(n for n in names if set(tree.groups[level][n]) <= set(tree.groups["first"][name]))
        here = np.flatnonzero(half == number)
        numbers = np.array([names.index(section) + 1 for section in sections], dtype=np.uint8)
        flat[wanted[here]] = numbers[_nearest_group(served, level, sections, here)]
    return Territories(names, voxels, tree.grid)


def _nearest_group(served: Supply, level: Level, names: tuple[str, ...], which: Flat) -> NDArray[np.int16]:
    """Position in ``names`` of the group of branches that is nearest to each of these wanted voxels."""
    tree = served.tree
    if len(names) == 1:
        return np.zeros(which.size, dtype=np.int16)
    label = np.zeros(tree.voxels.size, dtype=np.int16)
    for number, name in enumerate(names, start=1):
        label[np.isin(tree.branch, tree.groups[level][name])] = number
    of_seed = label[served.seeds]
    nearest = served.nearest[which]
    strays = np.flatnonzero(of_seed[nearest] == 0)  # nearest to a stem, which serves nobody by itself
    wanted = served.wanted[which]
    if strays.size:
        own = np.flatnonzero(of_seed > 0)
        nearest = nearest.copy()
        nearest[strays] = own[_nearest_of_few(served, own, wanted[strays])]
    return np.asarray(served.settled(nearest, of_seed, wanted) - 1)


def _nearest_of_few(served: Supply, own: Flat, wanted: Flat) -> NDArray[np.int64]:
    """The nearest of some seeds for some voxels, by a search tree."""
    from scipy.spatial import cKDTree

    grid = served.tree.grid
    axes = grid.index_to_world_mm[:3, :3]
    tree = cKDTree(index_of(served.tree.voxels[served.seeds[own]], grid.shape) @ axes.T)
    block = np.array(block_of(grid.index_to_world_mm, BLOCK_MM))
    at = index_of(wanted, grid.shape) // block
    if (block > 1).any():
        small = tuple(int(n) for n in at.max(axis=0) + 1)
        blocks, inverse = np.unique(np.ravel_multi_index(tuple(at.T), small), return_inverse=True)
        centre = np.stack(np.unravel_index(blocks, small), axis=1) * block + (block - 1) / 2.0
        return np.asarray(tree.query(centre @ axes.T)[1], dtype=np.int64)[inverse]
    return np.asarray(tree.query(at @ axes.T)[1], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Supply(Record):
    """Which voxel of a tree is nearest to each voxel of the liver; one search serves every plan."""

    tree: VesselTree
    wanted: Flat
    seeds: Flat
    nearest: NDArray[np.int32]

    def unserved(self, survives: Mask) -> Mask:
        """Liver voxels, shape (len(wanted),), whose nearest vessel does not survive; equally near: lost."""
        label = np.where(survives[self.seeds], np.int16(2), np.int16(1))
        return np.asarray(self.settled(self.nearest, label, self.wanted) == 1)

    def settled(
        self, nearest: NDArray[np.int32], label: NDArray[np.int16], wanted: Flat
    ) -> NDArray[np.int16]:
        """Label of the nearest seed; of labels that are equally near the lower one.

        Where voxels share their seed by blocks, which are nearer than that to each other, ties mean nothing.
        """
        grid = self.tree.grid
        if block_of(grid.index_to_world_mm, BLOCK_MM) != (1, 1, 1):
            return np.asarray(label[nearest])
        at = self.tree.voxels[self.seeds]
        return settle_ties(nearest, label, at, wanted, grid.shape, grid.index_to_world_mm)


def supply(tree: VesselTree, organ: Mask) -> Supply:
    """The nearest attached vessel voxel inside the liver for each voxel of it.

    Raises
    ------
    LabelError
        If no vessel runs inside the liver.

    Notes
    -----
    Between voxel centres: exact (Euclidean feature transform; a search tree where the axes are sheared). On
    grids finer than `BLOCK_MM` along an axis, between blocks of voxels of at most that edge.
    """
    seeds = np.flatnonzero(tree.feeders)
    if not seeds.size:
        raise LabelError(f"no vessel of the {tree.kind} tree runs inside the liver")
    wanted = np.flatnonzero(organ.ravel("F")).astype(np.int64)
    nearest = tree.nearest
    if nearest is None or nearest.size != wanted.size:
        nearest = nearest_feeder(tree.voxels[seeds], wanted, tree.grid)
    return Supply(tree, wanted, seeds, nearest)


def nearest_feeder(feeders: Flat, wanted: Flat, grid: Grid) -> NDArray[np.int32]:
    """Number of the nearest of these voxels of a tree for each wanted voxel, as `supply` finds it."""
    return nearest_seed(feeders, wanted, grid.shape, grid.index_to_world_mm, block_mm=BLOCK_MM)
