"""Branches of a tree: labelled ones, and those found by following the vessel from its root."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.frozen import FrozenMapping
from flr.geometry import Grid
from flr.kernels.trees import cross_sections, index_of, way_mm
from flr.territories.graph import OUTSIDE_MM, Graph, outside_part, rooted_graph
from flr.territories.model import Branch, Mask, VesselTree, nearest_feeder
from flr.territories.names import LEFT, OF_SECTION, RIGHT, STEMS, Kind, Level, beside

LEAST_SHARE: Final = 0.05
"""A branch counts where a vessel divides if it serves at least this share of the liver."""

NO_TRUNK = (
    "the portal trunk is not shown: no part of the portal mask leaves the liver by"
    f" {OUTSIDE_MM:g} mm and no trunk is given"
)
NO_TRUNK_DRAWN = "the portal trunk is not given, so nothing says which portal branches keep their root"
_MASK_OF: Final[dict[Kind, str]] = {"portal": "portal", "duct": "bile duct", "artery": "artery"}
_TUBE: Final[dict[Kind, str]] = {**_MASK_OF, "portal": "portal vein"}


def no_end_outside(kind: Kind) -> str:
    """Why the ducts or the artery have no root."""
    return (
        f"no part of the {_MASK_OF[kind]} mask leaves the liver by {OUTSIDE_MM:g} mm, so nothing says where"
        " its tree begins; draw it from outside the liver"
    )


NO_CAVA = (
    "the vena cava is not given and none was found in the mask of the hepatic veins, so nothing says which"
    " veins keep their outflow"
)


def drawn_tree(
    kind: Kind, drawn: dict[str, Mask], root: Mask | None, organ: Mask, grid: Grid, notes: list[str]
) -> VesselTree:
    """A tree whose branches are labelled; ``root`` is the trunk (part of the tree) or the vena cava."""
    number = np.zeros(grid.shape, dtype=np.int16, order="F")
    for n, mask in enumerate(drawn.values(), start=1):
        at = np.flatnonzero(mask.ravel("F"))
        number.ravel("K")[at[number.ravel("K")[at] == 0]] = n
    tree = number > 0
    hangs_on = root
    if kind == "portal" and root is not None:
        # The trunk is vessel as well, and a resection may cut it; its part outside the liver holds it.
        tree = tree | root
        outer = root & ~organ
        hangs_on = outer if outer.any() else root
    graph = rooted_graph(tree, hangs_on, organ, grid)
    branch = number.ravel("F")[graph.voxels].astype(np.int64)
    counts = np.bincount(branch, minlength=len(drawn) + 1)
    order = {"RPV": 1, "LPV": 1, "RAPV": 2, "RPPV": 2}
    branches = tuple(
        Branch(
            name,
            order.get(name, 3) if kind == "portal" else 1,
            float(counts[n]) * grid.voxel_volume_ml,
            True,
        )
        for n, name in enumerate(drawn, start=1)
    )
    numbers = {name: n for n, name in enumerate(drawn, start=1)}
    fed = set(np.unique(branch[graph.attached & graph.inside]).tolist())
    groups = _portal_groups(numbers, fed) if kind == "portal" else _each(numbers, fed)
    where = {"portal": "the labelled portal trunk", "hepatic": "the vena cava"}[kind]
    missing = NO_TRUNK_DRAWN if kind == "portal" else NO_CAVA
    if kind == "hepatic" and len(drawn) < 2:
        root, missing = (
            None,
            f"only {', '.join(drawn)} of the hepatic veins is given; the others are not known",
        )
    return VesselTree(
        kind=kind,
        grid=grid,
        voxels=graph.voxels,
        links=graph.links,
        inside=graph.inside,
        attached=graph.attached,
        branch=branch,
        branches=branches,
        trunk=branch == 0,
        groups=groups,
        root="" if root is None else where,
        missing=missing if root is None else "",
        repairs=graph.repairs,
        fragments_ml=graph.fragments_ml,
        notes=tuple(notes),
    )


def _each(numbers: Mapping[str, int], fed: set[int]) -> Mapping[Level, Mapping[str, tuple[int, ...]]]:
    own = FrozenMapping({name: (n,) for name, n in numbers.items() if n in fed})
    return FrozenMapping({"first": own, "branch": own})


def _portal_groups(
    numbers: Mapping[str, int], fed: set[int]
) -> Mapping[Level, Mapping[str, tuple[int, ...]]]:
    """Territories of labelled portal branches at each level; those wholly outside the liver serve nobody."""

    def those(names: Sequence[str]) -> tuple[int, ...]:
        found = tuple(numbers[name] for name in names if name in numbers)
        return found if set(found) & fed else ()

    caudate = {"P1": those(("P1",))}
    first = {"RPV": those(RIGHT), "LPV": those(LEFT), **caudate}
    second: dict[str, tuple[int, ...]] = {}
    for side, sections in (("RPV", ("RAPV", "RPPV")), ("LPV", ("LMPV", "LLPV"))):
        found = {section: those(OF_SECTION[section]) for section in sections}
        second |= found if all(found.values()) else {side: first[side]}
    return levels(first, {**second, **caudate}, {n: (i,) for n, i in numbers.items() if i in fed})


def levels(
    first: Mapping[str, tuple[int, ...]],
    second: Mapping[str, tuple[int, ...]],
    branch: Mapping[str, tuple[int, ...]],
) -> Mapping[Level, Mapping[str, tuple[int, ...]]]:
    """Territories of each level by name, without those that have no branch."""
    levels: dict[Level, Mapping[str, tuple[int, ...]]] = {"first": first, "second": second, "branch": branch}
    return FrozenMapping(
        {level: FrozenMapping({n: b for n, b in named.items() if b}) for level, named in levels.items()}
    )


def found_portal_tree(
    whole: Mask, trunk: Mask | None, organ: Mask, grid: Grid, notes: list[str], kind: Kind = "portal"
) -> VesselTree:
    """The portal tree of an undivided mask, followed from the given trunk or its end outside the liver.

    Bile ducts and hepatic artery are read in the same way.
    """
    tree, root, where = whole, None, ""
    if trunk is not None and trunk.any():
        tree = whole | trunk
        outer = trunk & ~organ
        root, where = (outer if outer.any() else trunk), "the given portal trunk"
    elif (outside := outside_part(whole, organ, grid)) is not None:
        _, voxels, away_mm = outside
        root = np.zeros(grid.shape, dtype=bool, order="F")
        furthest = voxels[away_mm >= away_mm.max() - max(grid.spacing_mm)]
        root.ravel("K")[furthest] = True
        where = f"the end of the {_MASK_OF[kind]} mask outside the liver"
    graph = rooted_graph(tree, root, organ, grid)
    if root is None:
        return _rootless_tree(kind, grid, graph, notes)
    found = _walk(graph, organ, grid, root_divides=False)
    first, second = (
        {beside(kind, name): numbers for name, numbers in named.items()}
        for named in _name_portal(found, kind, notes)
    )
    return _named_tree(kind, grid, graph, found, (first, second), where, notes)


def found_hepatic_tree(
    whole: Mask, cava: Mask | None, organ: Mask, grid: Grid, notes: list[str]
) -> VesselTree:
    """The hepatic venous tree of an undivided mask, followed from the vena cava."""
    tree = whole if cava is None else whole & ~cava
    graph = rooted_graph(tree, cava, organ, grid)
    if cava is None or not tree.any():
        return _rootless_tree("hepatic", grid, graph, notes)
    found = _walk(graph, organ, grid, root_divides=True)
    names = _name_hepatic(found, notes)
    return _named_tree("hepatic", grid, graph, found, names, "the vena cava", notes)


@dataclass(frozen=True, eq=False)
class _Walk:
    """Branches found on the way from the root; number 0 is the trunk.

    ``parent``, ``centre_mm`` and ``share_percent`` are per branch; ``branch`` is the number of each voxel,
    ``trunk`` whether it lies before the first division, ``nearest`` the nearest feeder of each liver voxel.
    """

    branch: NDArray[np.int64]
    trunk: Mask
    parent: list[int]
    centre_mm: NDArray[np.float64]
    share_percent: NDArray[np.float64]
    nearest: NDArray[np.int32] | None

    def below(self, number: int) -> list[int]:
        """Branches that begin where this one divides."""
        return [n for n, parent in enumerate(self.parent) if parent == number]

    def family(self, number: int) -> tuple[int, ...]:
        """A branch and everything below it."""
        return (number, *(m for n in self.below(number) for m in self.family(n)))


def _walk(graph: Graph, organ: Mask, grid: Grid, *, root_divides: bool) -> _Walk:
    """Follow the vessel from its root; it divides where two ways on serve enough of the liver each."""
    feeders = np.flatnonzero(graph.attached & graph.inside)
    weight, nearest = np.zeros(graph.voxels.size), None
    wanted = np.flatnonzero(organ.ravel("F")).astype(np.int64)
    if feeders.size:
        nearest = nearest_feeder(graph.voxels[feeders], wanted, grid)
        weight[feeders] = np.bincount(nearest, minlength=feeders.size)
    step_mm = 2.0 * max(grid.spacing_mm)
    step_mm = max(step_mm, float(graph.links.length_mm.max(initial=0.0)) * 1.001)
    pieces = cross_sections(graph.links, way_mm(graph.links), step_mm)
    n_pieces = pieces.parent.size
    reached = pieces.piece >= 0
    served = pieces.downstream(
        np.bincount(pieces.piece[reached], weights=weight[reached], minlength=n_pieces).astype(np.float64)
    )
    children = pieces.children()
    least = LEAST_SHARE * wanted.size
    number = np.zeros(n_pieces, dtype=np.int64)
    in_trunk = np.zeros(n_pieces, dtype=bool)
    parent = [-1]
    queue = [(0, 0)]
    while queue:
        piece, current = queue.pop(0)
        number[piece] = current
        large = [child for child in children[piece] if served[child] >= least]
        divides = len(large) > 1 or (root_divides and piece == 0 and bool(large))
        if divides and current == 0:
            in_trunk[_upstream(pieces.parent, piece)] = True
        for child in children[piece]:
            if divides and child in large:
                parent.append(current)
                queue.append((child, len(parent) - 1))
            else:
                queue.append((child, current))
    branch = np.zeros(graph.voxels.size, dtype=np.int64)
    branch[reached] = number[pieces.piece[reached]]
    trunk = np.zeros(graph.voxels.size, dtype=bool)
    trunk[reached] = in_trunk[pieces.piece[reached]]
    total = np.zeros(len(parent))
    moment = np.zeros((len(parent), 3))
    points_mm = grid.world_mm(index_of(graph.voxels, grid.shape))
    np.add.at(total, branch, weight)
    np.add.at(moment, branch, points_mm * weight[:, None])
    for n in range(len(parent) - 1, 0, -1):
        total[parent[n]] += total[n]
        moment[parent[n]] += moment[n]
    centre = moment / np.maximum(total, 1.0)[:, None]
    return _Walk(branch, trunk, parent, centre, 100.0 * total / max(1, wanted.size), nearest)


def _upstream(parent: NDArray[np.int64], piece: int) -> list[int]:
    """A piece and all that lies between it and the root."""
    way = [piece]
    while parent[way[-1]] > 0:
        way.append(int(parent[way[-1]]))
    return way


def _two_groups(numbers: Sequence[int], position: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Branches split at the widest gap of their positions: lower ones, upper ones."""
    order = sorted(numbers, key=lambda n: (float(position[n]), n))
    if len(order) < 2:
        return order, []
    gaps = [float(position[b] - position[a]) for a, b in itertools.pairwise(order)]
    cut = int(np.argmax(gaps)) + 1
    return order[:cut], order[cut:]


_Named = tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]


def _name_portal(found: _Walk, kind: Kind, notes: list[str]) -> _Named:
    """Right and left, then sections, by where the tissue lies that each branch serves."""
    x, y = found.centre_mm[:, 0], found.centre_mm[:, 1]
    starts = found.below(0)
    if len(starts) < 2:
        notes.append(f"the {_MASK_OF[kind]} tree does not divide inside the liver as far as it is drawn")
        return {}, {}
    # A trifurcation is a left branch and two right ones.
    order = sorted(starts, key=lambda n: (float(x[n]), n))
    left, right = order[:1], order[1:]
    first = {"RPV": _families(found, right), "LPV": _families(found, left)}
    right_percent = float(sum(found.share_percent[n] for n in right))
    if not 45.0 <= right_percent <= 85.0:
        notes.append(
            f"the first division of the {_TUBE[kind]} leaves {right_percent:.0f} % to the right: an"
            " anatomical variant, or not the division into right and left"
        )
    second: dict[str, tuple[int, ...]] = {}
    right = right if len(right) > 1 else found.below(right[0])
    back, front = _two_groups(right, y)
    second |= (
        {"RAPV": _families(found, front), "RPPV": _families(found, back)}
        if back and front
        else {"RPV": first["RPV"]}
    )
    leaves = [n for n in _families(found, left) if not found.below(n)]
    lateral, medial = _two_groups(leaves, x)
    second |= {"LMPV": tuple(medial), "LLPV": tuple(lateral)} if lateral and medial else {"LPV": first["LPV"]}
    return first, second


def _name_hepatic(found: _Walk, notes: list[str]) -> _Named:
    """Right, middle and left hepatic vein by where the tissue lies that they drain."""
    x = found.centre_mm[:, 0]

    def from_right(numbers: Sequence[int]) -> list[int]:
        return sorted(numbers, key=lambda n: (-float(x[n]), n))

    starts = from_right(found.below(0))
    if len(starts) == 1 and len(found.below(starts[0])) > 1:
        notes.append("all hepatic veins leave the vena cava together as far as this mask shows")
        starts = from_right(found.below(starts[0]))
    if len(starts) == 2 and len(common := found.below(starts[1])) > 1:
        # Middle and left vein usually share their last centimetre: it is the left one that divides.
        left, middle = _two_groups(common, x)
        notes.append("middle and left hepatic vein join before the vena cava; told apart by their side")
        return {
            "RHV": found.family(starts[0]),
            "MHV": _families(found, middle),
            "LHV": _families(found, left),
        }, {}
    if len(starts) == 3:
        names = ("RHV", "MHV", "LHV")
        return {name: found.family(n) for name, n in zip(names, starts, strict=True)}, {}
    veins = "vein reaches" if len(starts) == 1 else "veins reach"
    notes.append(f"{len(starts)} {veins} the vena cava; numbered from right to left, not named")
    return {f"HV{rank}": found.family(n) for rank, n in enumerate(starts, start=1)}, {}


def _families(found: _Walk, numbers: Sequence[int]) -> tuple[int, ...]:
    return tuple(m for n in numbers for m in found.family(n))


def _named_tree(
    kind: Kind, grid: Grid, graph: Graph, found: _Walk, names: _Named, where: str, notes: list[str]
) -> VesselTree:
    first, second = names
    stem = STEMS[kind]
    own: dict[int, str] = {}
    order: dict[int, int] = {0: 0}
    counts = np.bincount(found.branch, minlength=len(found.parent))
    for n in range(1, len(found.parent)):
        above = found.parent[n]
        siblings = sorted(found.below(above), key=lambda m: (-float(found.centre_mm[m, 0]), m))
        own[n] = f"{own.get(above, stem)}.{siblings.index(n) + 1}".replace(f"{stem}.", stem)
        order[n] = order[above] + 1
    spelled = {family[0]: name for name, family in {**second, **first}.items() if family}
    names_of = {n: spelled.get(n, own[n]) for n in own}
    branches = tuple(
        Branch(names_of[n], order[n], float(counts[n]) * grid.voxel_volume_ml, False) for n in sorted(own)
    )
    # A stem that two named veins share belongs to neither.
    named = [n for family in first.values() for n in family]
    shared = (found.branch > 0) & ~np.isin(found.branch, named) if named else np.zeros_like(found.trunk)
    trunk = found.trunk | shared
    branching = _Branching(found.branch, trunk, branches, first, second)
    return replace(_tree(kind, grid, graph, branching, where, notes), nearest=found.nearest)


def _missing_root(kind: Kind) -> str:
    if kind in ("duct", "artery"):
        return no_end_outside(kind)
    return NO_TRUNK if kind == "portal" else NO_CAVA


def _rootless_tree(kind: Kind, grid: Grid, graph: Graph, notes: list[str]) -> VesselTree:
    """A tree that nothing tells the root of: no branches, no trunk."""
    size = graph.voxels.size
    no_branch, no_trunk = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=bool)
    return _tree(kind, grid, graph, _Branching(no_branch, no_trunk, ()), "", notes)


@dataclass(frozen=True, slots=True)
class _Branching:
    """The branch of every vessel voxel, which voxels are trunk, and the names of branches at two levels."""

    branch: NDArray[np.int64]
    trunk: Mask
    branches: tuple[Branch, ...]
    first: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    second: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def _tree(
    kind: Kind, grid: Grid, graph: Graph, branching: _Branching, where: str, notes: list[str]
) -> VesselTree:
    each = {b.name: (n,) for n, b in enumerate(branching.branches, start=1)}
    return VesselTree(
        kind=kind,
        grid=grid,
        voxels=graph.voxels,
        links=graph.links,
        inside=graph.inside,
        attached=graph.attached,
        branch=branching.branch,
        branches=branching.branches,
        trunk=branching.trunk,
        groups=levels(branching.first, branching.second, each),
        root=where,
        missing="" if where else _missing_root(kind),
        repairs=graph.repairs,
        fragments_ml=graph.fragments_ml,
        notes=tuple(notes),
    )
