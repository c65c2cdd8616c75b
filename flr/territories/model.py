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
from flr.kernels.nearest import nearest_seed, settle_ties
from flr.kernels.trees import Links, hangs_on_root
from flr.territories.names import HEPATIC_NAMES, PORTAL_NAMES, Kind, Level

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
        codes = self.voxels.ravel("F").astype(np.int64) * (n_parts + 1) + parts.ravel("F")
        table = np.bincount(codes, minlength=(len(self.names) + 1) * (n_parts + 1))
        return np.asarray(table.reshape(len(self.names) + 1, n_parts + 1)[1:, 1:] * self.grid.voxel_volume_ml)


def dice(first: Mask, second: Mask) -> float | None:
    """Overlap of two masks, 2·|A∩B| / (|A| + |B|), 0 to 1; None when both are empty."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2.0 * int(np.count_nonzero(first & second)) / total if total else None


def territories(tree: VesselTree, organ: Mask, level: Level = "first") -> Territories:
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

    Raises
    ------
    LabelError
        If no branch of this level runs inside the liver.

    Notes
    -----
    Exact (Euclidean feature transform; a search tree where the axes are sheared). A voxel that is equally
    near to two branches goes to the one that is named first.
    """
    names = tuple(tree.groups.get(level, {}))
    if not names:
        raise LabelError(f"no {tree.kind} branch of level {level!r} runs inside the liver; draw one")
    voxels = np.zeros(tree.grid.shape, dtype=np.uint8, order="F")
    flat = voxels.ravel("K")
    wanted = np.flatnonzero(organ.ravel("F")).astype(np.int64)
    if level != "second":
        flat[wanted] = _nearest_group(tree, level, names, wanted) + 1
        return Territories(names, voxels, tree.grid)
    halves = tuple(tree.groups["first"])
    half = _nearest_group(tree, "first", halves, wanted)
    for number, name in enumerate(halves):
        sections = tuple(n for n in names if set(tree.groups[level][n]) <= set(tree.groups["first"][name]))
        here = wanted[half == number]
        numbers = np.array([names.index(section) + 1 for section in sections], dtype=np.uint8)
        flat[here] = numbers[_nearest_group(tree, level, sections, here)]
    return Territories(names, voxels, tree.grid)


def _nearest_group(tree: VesselTree, level: Level, names: tuple[str, ...], wanted: Flat) -> NDArray[np.int16]:
    """Position in ``names`` of the group of branches that is nearest to each wanted voxel."""
    if len(names) == 1:
        return np.zeros(wanted.size, dtype=np.int16)
    label = np.zeros(tree.voxels.size, dtype=np.int64)
    for number, name in enumerate(names, start=1):
        label[np.isin(tree.branch, tree.groups[level][name])] = number
    seeds = np.flatnonzero(tree.feeders & (label > 0))
    at, where = tree.voxels[seeds], (tree.grid.shape, tree.grid.index_to_world_mm)
    nearest = nearest_seed(at, wanted, *where)
    return np.asarray(settle_ties(nearest, label[seeds], at, wanted, *where) - 1)


@dataclass(frozen=True, eq=False)
class Supply(Record):
    """Which voxel of a tree is nearest to each voxel of the liver; one search serves every plan."""

    tree: VesselTree
    wanted: Flat
    seeds: Flat
    nearest: NDArray[np.int32]

    def unserved(self, survives: Mask) -> Mask:
        """Liver voxels, shape (len(wanted),), whose nearest vessel does not survive; equally near: lost."""
        label = np.where(survives[self.seeds], 2, 1)
        grid = self.tree.grid
        own = settle_ties(
            self.nearest,
            label,
            self.tree.voxels[self.seeds],
            self.wanted,
            grid.shape,
            grid.index_to_world_mm,
        )
        return np.asarray(own == 1)


def supply(tree: VesselTree, organ: Mask) -> Supply:
    """The nearest attached vessel voxel inside the liver for each voxel of it.

    Raises
    ------
    LabelError
        If no vessel runs inside the liver.
    """
    seeds = np.flatnonzero(tree.feeders)
    if not seeds.size:
        raise LabelError(f"no vessel of the {tree.kind} tree runs inside the liver")
    wanted = np.flatnonzero(organ.ravel("F")).astype(np.int64)
    nearest = nearest_seed(tree.voxels[seeds], wanted, tree.grid.shape, tree.grid.index_to_world_mm)
    return Supply(tree, wanted, seeds, nearest)
