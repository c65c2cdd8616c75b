"""The vessel trees of a liver, and the territory of a branch as a part of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.cache import active, key_of
from flr.errors import GeometryError, LabelError, PlanError
from flr.frozen import once
from flr.liver import Fate, Liver, Mask
from flr.stages import stage
from flr.territories import (
    HEPATIC_NAMES,
    PORTAL_NAMES,
    TITLES,
    Kind,
    Level,
    Supply,
    Territories,
    VesselTree,
    VesselTrees,
    find_sheath_tree,
    find_trees,
    supply,
    territories,
)
from flr.territories.stored import stored_tree, stored_trees, tree_from, trees_from


def trees_of(liver: Liver) -> VesselTrees:
    """Portal and hepatic tree of a liver; found once.

    Raises
    ------
    GeometryError
        If the slices are uneven.
    """
    return once(liver, "trees", lambda: _trees(liver))


def _trees(liver: Liver) -> VesselTrees:
    """The trees as the cache has them, else found and kept there with the tissue that is nearest to each."""
    organ, cache = liver.parts > 0, active()
    if cache is None or not liver.vessels:
        return find_trees(liver.vessels, organ, liver.grid)
    key = _key(liver)
    entry = cache.get(key)
    if entry is not None:
        try:
            return trees_from(entry, liver.grid)
        except (KeyError, TypeError, ValueError, IndexError):
            pass  # not whole: found again
    found = find_trees(liver.vessels, organ, liver.grid)
    for tree in found.trees:
        if tree.feeders.any():
            known = replace(tree, nearest=supply(tree, organ).nearest)
            found = replace(found, portal=known) if tree.kind == "portal" else replace(found, hepatic=known)
    kept = stored_trees(found)
    cache.put(key, kept.arrays, kept.facts)
    return found


SHEATH_KINDS: Final[Mapping[Kind, str]] = {"duct": "bile_duct", "artery": "artery"}
"""Canonical name of the mask that each tree beside the portal vein is read from."""


def sheath_tree_of(liver: Liver, kind: Kind) -> VesselTree | None:
    """Bile ducts or hepatic artery of a liver as a tree; None where they are not given. Found once.

    Raises
    ------
    GeometryError
        If the slices are uneven.
    """
    if SHEATH_KINDS[kind] not in liver.sheath:
        return None
    return once(liver, ("sheath tree", kind), lambda: _sheath_tree(liver, kind))


def _sheath_tree(liver: Liver, kind: Kind) -> VesselTree:
    cache, organ = active(), liver.parts > 0
    key = cache_key(liver, "sheath tree", kind)
    entry = None if cache is None else cache.get(key)
    if entry is not None:
        try:
            return tree_from(entry, kind, liver.grid)
        except (KeyError, TypeError, ValueError, IndexError):
            pass  # not whole: found again
    found = find_sheath_tree(kind, liver.sheath[SHEATH_KINDS[kind]], organ, liver.grid)
    if cache is not None:
        if found.feeders.any():
            found = replace(found, nearest=supply(found, organ).nearest)
        kept = stored_tree(found)
        cache.put(key, kept.arrays, kept.facts)
    return found


def cache_key(liver: Liver, what: str, kind: Kind, *more: str) -> str:
    """Name of an entry of the cache for what follows from one tree, the outline and the grid of a liver."""
    return key_of(what, _key(liver, kind), kind, *more) if active() is not None else ""


def _key(liver: Liver, kind: Kind = "portal") -> str:
    """What a tree follows from: veins from all vessel masks, ducts and artery each from their own."""
    masks = {name: liver.sheath[name] for name in (SHEATH_KINDS.get(kind),) if name} or liver.vessels
    named = [part for name in sorted(masks) for part in (name, masks[name])]
    grid = liver.grid.index_to_world_mm
    return once(
        liver, ("trees_key", *sorted(masks)), lambda: key_of("vessel trees", liver.parts > 0, grid, *named)
    )


def supply_of(liver: Liver, tree: VesselTree) -> Supply:
    """The nearest vessel of every voxel; found once. Raises LabelError when no vessel runs in the liver."""
    return once(liver, ("supply", tree.kind), lambda: supply(tree, liver.parts > 0))


def with_trees_of(liver: Liver, divided: Liver) -> Liver:
    """The same liver divided in another way, with the trees and their tissue that are known already."""
    once(divided, "trees", partial(trees_of, liver))
    sheath = [tree for kind in SHEATH_KINDS if (tree := sheath_tree_of(liver, kind)) is not None]
    for tree in sheath:
        once(divided, ("sheath tree", tree.kind), partial(_known, tree))
    for tree in (*trees_of(liver).trees, *sheath):
        if tree.feeders.any():
            once(divided, ("supply", tree.kind), partial(supply_of, liver, tree))
    return divided


def _known(tree: VesselTree) -> VesselTree:
    return tree


def territories_of(liver: Liver, tree: VesselTree, level: Level) -> Territories:
    """Territories of one of its trees; computed once. Raises LabelError when no branch runs in the liver."""
    return once(liver, ("territories", tree.kind, level), lambda: _territories(liver, tree, level))


def _territories(liver: Liver, tree: VesselTree, level: Level) -> Territories:
    """Territories as the cache has them, else found and kept there."""
    cache, served = active(), supply_of(liver, tree)
    stage("territories")
    if cache is None:
        return territories(tree, liver.parts > 0, level, served)
    key = cache_key(liver, "territories", tree.kind, level)
    entry = cache.get(key)
    if entry is not None and entry.arrays.get("of_tissue", np.zeros(0)).shape == served.wanted.shape:
        voxels = np.zeros(liver.grid.shape, dtype=np.uint8, order="F")
        voxels.ravel("K")[served.wanted] = entry.arrays["of_tissue"]
        return Territories(tuple(entry.facts), voxels, liver.grid)
    found = territories(tree, liver.parts > 0, level, served)
    cache.put(key, {"of_tissue": found.voxels.ravel("F")[served.wanted]}, found.names)
    return found


def territory_of_tissue(liver: Liver, tree: VesselTree, level: Level) -> NDArray[np.uint8]:
    """Number of the territory of each of the liver's voxels, in the order of ``supply_of(…).wanted``."""
    found = territories_of(liver, tree, level)
    wanted = supply_of(liver, tree).wanted
    return once(liver, ("of tissue", tree.kind, level), lambda: found.voxels.ravel("F")[wanted])


def territory_name(text: str) -> str:
    """The short name of a branch from its canonical label or its own spelling.

    >>> territory_name("portal_vein_right"), territory_name("rpv")
    ('RPV', 'RPV')
    """
    return {**PORTAL_NAMES, **HEPATIC_NAMES}.get(text.casefold(), text.upper())


@dataclass(frozen=True, slots=True)
class Territory:
    """All tissue that is nearest to a branch of the portal vein or to a hepatic vein: an estimate.

    Parameters
    ----------
    name : str
        ``"RPV"``, ``"LPV"``, ``"RAPV"``, ``"P8"``, ``"MHV"``, …, or the canonical label.
    """

    name: str
    fate: Fate = Fate.RESECTED

    @property
    def text(self) -> str:
        """As :func:`flr.plans.parse_plan` reads it."""
        return f"territory({self.name})"

    @property
    def title(self) -> str:
        """For people."""
        return f"territory of the {TITLES.get(self.name, self.name)}"

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Nothing by name: a territory is no part."""
        return ()

    def mask(self, liver: Liver) -> Mask:
        """Voxels of the territory. Raises PlanError when the vessels do not give it."""
        try:
            tree, level, name = trees_of(liver).named(self.name)
            found = territories_of(liver, tree, level)
        except (GeometryError, LabelError) as error:
            given = "" if liver.vessels else "; no vessels are given: add --vessels FILE"
            raise PlanError(f"{self.text}: {error}{given}") from error
        mask: Mask = found.voxels == found.names.index(name) + 1
        if not mask.any():
            raise PlanError(f"{self.text} holds no voxel of this liver; {name} runs outside it")
        return mask
