"""Vessel trees as arrays and facts, for the cache; whole, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.cache import Entry
from flr.frozen import FrozenMapping
from flr.geometry import Grid
from flr.kernels.trees import Links
from flr.territories.model import Branch, Repair, VesselTree, VesselTrees
from flr.territories.names import Kind

_WORDS = ("root", "missing", "fragments_ml", "notes")
_MASKS = ("inside", "attached", "trunk")


def stored_trees(trees: VesselTrees) -> Entry:
    """Arrays and facts of both trees."""
    arrays: dict[str, NDArray[Any]] = {}
    facts: dict[str, Any] = {
        "refusals": trees.refusals,
        "fragments_ml": trees.fragments_ml,
        "trees": {tree.kind: _facts_of(tree) for tree in trees.trees},
    }
    if trees.cava_mm is not None:
        arrays["cava_mm"] = trees.cava_mm
    for tree in trees.trees:
        links = tree.links
        lengths_mm, which = np.unique(links.length_mm, return_inverse=True)
        named: dict[str, NDArray[Any]] = {
            "voxels": tree.voxels,
            "branch": tree.branch.astype(np.int32),
            "first": links.first.astype(np.int32),
            "second": links.second.astype(np.int32),
            "lengths_mm": lengths_mm,
            "which_length": which.astype(np.min_scalar_type(max(lengths_mm.size - 1, 0))),
            "roots": links.roots,
        }
        for name in _MASKS:
            named[name] = np.packbits(getattr(tree, name))
        if tree.nearest is not None:
            named["nearest"] = tree.nearest
        arrays |= {f"{tree.kind}.{name}": array for name, array in named.items()}
    return Entry(arrays, facts)


def trees_from(entry: Entry, grid: Grid) -> VesselTrees:
    """The trees that `stored_trees` made an entry of, on the grid that they were found on.

    Raises
    ------
    KeyError
        If the entry is not whole.
    """
    found = {kind: _tree(kind, facts, entry.arrays, grid) for kind, facts in entry.facts["trees"].items()}
    return VesselTrees(
        found.get("portal"),
        found.get("hepatic"),
        tuple(entry.facts["refusals"]),
        tuple(entry.facts["fragments_ml"]),
        entry.arrays.get("cava_mm"),
    )


def stored_tree(tree: VesselTree) -> Entry:
    """Arrays and facts of one tree, of any kind."""
    return stored_trees(VesselTrees(tree, None))


def tree_from(entry: Entry, kind: Kind, grid: Grid) -> VesselTree:
    """The tree that `stored_tree` made an entry of. Raises KeyError if the entry is not whole."""
    return _tree(kind, entry.facts["trees"][kind], entry.arrays, grid)


def _facts_of(tree: VesselTree) -> dict[str, Any]:
    return {
        **{name: getattr(tree, name) for name in _WORDS},
        "branches": [[b.name, b.order, b.volume_ml, b.is_drawn] for b in tree.branches],
        "repairs": [[repair.gap_mm, repair.joined_ml] for repair in tree.repairs],
        "groups": {
            level: [[name, list(numbers)] for name, numbers in named.items()]
            for level, named in tree.groups.items()
        },
    }


def _tree(kind: Any, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], grid: Grid) -> VesselTree:
    own = {name.partition(".")[2]: array for name, array in arrays.items() if name.startswith(f"{kind}.")}
    voxels = own["voxels"]
    links = Links(
        voxels.size,
        own["first"].astype(np.int64),
        own["second"].astype(np.int64),
        own["lengths_mm"][own["which_length"]],
        own["roots"],
    )
    masks = {name: np.unpackbits(own[name], count=voxels.size).astype(bool) for name in _MASKS}
    groups = {
        level: FrozenMapping({name: tuple(numbers) for name, numbers in named})
        for level, named in facts["groups"].items()
    }
    return VesselTree(
        kind=kind,
        grid=grid,
        voxels=voxels,
        links=links,
        branch=own["branch"].astype(np.int64),
        branches=tuple(Branch(*row) for row in facts["branches"]),
        groups=FrozenMapping(groups),
        repairs=tuple(Repair(*row) for row in facts["repairs"]),
        nearest=own.get("nearest"),
        root=facts["root"],
        missing=facts["missing"],
        fragments_ml=tuple(facts["fragments_ml"]),
        notes=tuple(facts["notes"]),
        **masks,
    )
