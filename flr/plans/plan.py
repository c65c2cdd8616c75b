"""A resection plan: what leaves, as a list of cuts, and what that does to every voxel of a liver."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.files import InputFile
from flr.kernels.planes import run_fractions
from flr.kernels.runs import Runs
from flr.labels import Tissue
from flr.liver import (
    CAUDATE,
    Fate,
    Liver,
    Mask,
    VolumeTable,
    resect_parts,
    runs_by_fate,
    table_of,
)
from flr.plans.cuts import Plane
from flr.plans.splits import HALVES, SIDES_IN_WORDS, Split, example_plane

Intent = Literal["cure", "debulking"]
INTENTS: tuple[Intent, ...] = get_args(Intent)

HEMILIVERS = {
    frozenset("5678"): "right_hemiliver",
    frozenset("234"): "left_hemiliver",
    frozenset("58"): "right_anterior_section",
    frozenset("67"): "right_posterior_section",
    frozenset("23"): "left_lateral_section",
    frozenset("4"): "left_medial_section",
}
"""Parts that are drawn, or estimated from vessels, whole instead of their segments."""


def segments_in(part: str) -> frozenset[str]:
    """Couinaud segments that a part holds, half of segment 4 as segment 4; none for a territory.

    >>> sorted(segments_in("right_anterior_section")), sorted(segments_in("4a")), sorted(segments_in("RPV"))
    (['5', '8'], ['4'], [])
    """
    if part[:1].isdigit():
        return frozenset(part[0])
    return next((held for held, name in HEMILIVERS.items() if name == part), frozenset())


_ON_BOTH_PERCENT = 50.0
"""A border has its sides told by what leaves whole where one side holds this much more of it: 3 to 1. [%]"""

_LITTLE = 0.1
"""Share of a segment below which its part is called hardly any of it."""


class Cut(Protocol):
    """One component of a plan: it sends some voxels of a liver to one fate."""

    @property
    def fate(self) -> Fate:
        """What becomes of the voxels."""
        ...

    def mask(self, liver: Liver) -> Mask:
        """Voxels of ``liver.grid`` that this cut takes; may reach outside the liver."""
        ...

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Keys of the parts that this cut takes by name; empty for a purely geometric cut."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Whole parts leave: Couinaud segments or territories by name."""

    names: tuple[str, ...]
    fate: Fate = Fate.RESECTED

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """The liver's own part keys. Raises PlanError for a part that the liver does not have."""
        known = liver.part_names
        if not set(self.names) & set(known) and (wholes := _wholes(frozenset(self.names) - {CAUDATE}, known)):
            return wholes
        keys: list[str] = []
        for name in self.names:
            halves = [half for half in ("4a", "4b") if half in known]
            if name in known:
                keys.append(name)
            elif name == "4" and halves:
                keys += halves
            else:
                raise PlanError(_missing_part(name, liver))
        return tuple(keys)

    def mask(self, liver: Liver) -> Mask:
        """Every voxel of the named parts."""
        mask = np.zeros(liver.grid.shape, dtype=bool, order="F")
        for name in self.removes(liver):  # many times faster than looking every voxel up in a table
            mask |= liver.parts == liver.part_index(name)
        return mask


@dataclass(frozen=True, slots=True)
class PartOf:
    """A part of a segment that leaves: half is never assumed.

    Parameters
    ----------
    name : str
        A primed segment: where it meets the drawn resected mask, or the side that ``split`` names. Or
        ``"4a"`` or ``"4b"``, where ``split`` divides segment 4 by a level.
    split : Split, optional
    beside : tuple of str
        Parts that leave whole with it: a side is taken towards them where ``split`` names none.
    """

    name: str
    fate: Fate = Fate.RESECTED
    split: Split | None = None
    beside: tuple[str, ...] = ()

    @property
    def is_half(self) -> bool:
        """Whether it is 4a or 4b of a divided segment 4."""
        return self.split is not None and self.split.segment != self.name

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """The primed keys, e.g. ``("4'",)``; ``("4a",)`` of a divided segment 4."""
        if self.is_half:
            return (self.name,)
        return tuple(f"{key}'" for key in Parts((self.name,)).removes(liver))

    def mask(self, liver: Liver) -> Mask:
        """The part of the segment.

        Raises
        ------
        PlanError
            If nothing says which part, the drawn mask or the split misses the segment, or the split does not
            say which side and no part beside it does.
        """
        return self._drawn(liver) if self.split is None else self._side(liver, self.split)[0]

    def estimate(self, liver: Liver) -> str | None:
        """What was estimated, in words with mL; None where the part was drawn. Raises PlanError as mask."""
        if self.split is None:
            return None
        mask, side, why = self._side(liver, self.split)
        whole = Parts((self.split.segment,)).mask(liver)
        ml = [float(np.count_nonzero(voxels)) * liver.grid.voxel_volume_ml for voxels in (mask, whole)]
        name = self.name if self.is_half else f"{self.name}'"
        little = (
            "" if ml[0] >= _LITTLE * ml[1] else ", hardly any of it, since the map's own border lies there"
        )
        return (
            f"Segment {self.split.segment} is divided along {self.split.border}:"
            f" {name} is the part {side}{why}, {ml[0]:.1f} of {ml[1]:.1f} mL{little};"
            " no map draws this border"
        )

    def _drawn(self, liver: Liver) -> Mask:
        segment = Parts((self.name,)).mask(liver)
        drawn = liver.drawn.get("resected")
        if drawn is None:
            example = (
                example_plane(self.name, liver.grid.world_mm(np.argwhere(segment))) if segment.any() else ""
            )
            raise PlanError(
                f"segment {self.name}' is a part of segment {self.name}, and nothing says which: add a border"
                f" to the plan, + split({self.name}, mhv) along the middle hepatic vein, + split({self.name},"
                f" portal) at the level of the portal bifurcation, or + {example} along a plane (this one"
                " through its middle); or draw the resection (resected=, --resected FILE)"
                " (partial_segment_needs_volume)"
            )
        if not (segment & drawn).any():
            raise PlanError(
                f"the drawn resected mask does not meet segment {self.name}; draw it or drop the prime"
            )
        return segment & drawn

    def _side(self, liver: Liver, split: Split) -> tuple[Mask, str, str]:
        """Voxels of the part, its side, and why that side."""
        if self.is_half and self.name in liver.part_names:
            raise PlanError(
                f"{split.text}: this liver's own map divides segment 4 into 4a and 4b; leave the split out"
            )
        segment = Parts((split.segment,)).mask(liver)
        first = split.first_side(liver, segment)
        if self.is_half:
            takes_first, why = split.upper_is_first == (self.name == "4a"), ""
        elif split.side is not None or split.kind == "plane":
            takes_first, why = split.side in (None, split.sides[0]), ""
        else:
            takes_first, why = self._towards(liver, split)
        side = split.sides[0 if takes_first else 1]
        return (first if takes_first else segment & ~first), SIDES_IN_WORDS[side], why

    def _towards(self, liver: Liver, split: Split) -> tuple[bool, str]:
        """Whether the parts that leave whole lie on the first side, and those parts in words."""
        index = np.argwhere(Parts(self.beside).mask(liver)) if self.beside else np.empty((0, 3))
        first_percent = 100.0 * float(np.mean(split.away_mm(liver, index) > 0.0)) if len(index) else 50.0
        if not abs(2.0 * first_percent - 100.0) > _ON_BOTH_PERCENT:
            where = (
                f"of what leaves whole ({', '.join(self.beside)}) {first_percent:.0f} % lies"
                f" {split.sides[0]}, the rest {split.sides[1]}"
                if len(index)
                else "no part leaves whole"
            )
            raise PlanError(
                f"{split.text} does not say which side of segment {split.segment} leaves, and {where}; give"
                f" {split.text[:-1]}, {split.sides[0]}) or {split.text[:-1]}, {split.sides[1]})"
            )
        return first_percent > 50.0, f", towards {', '.join(self.beside)}"


@dataclass(frozen=True, slots=True)
class DrawnRemnant:
    """All liver outside a drawn remnant leaves."""

    fate: Fate = Fate.RESECTED

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Nothing by name."""
        return ()

    def mask(self, liver: Liver) -> Mask:
        """Liver outside the drawn remnant. Raises PlanError when no remnant is drawn in the liver."""
        drawn = _drawn(liver, "flr", "--remnant")
        return ~drawn & (liver.parts > 0)


@dataclass(frozen=True, slots=True)
class DrawnResection:
    """A drawn mask leaves."""

    fate: Fate = Fate.RESECTED

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Nothing by name."""
        return ()

    def mask(self, liver: Liver) -> Mask:
        """Liver inside the drawn mask. Raises PlanError when nothing is drawn in the liver."""
        return _drawn(liver, "resected", "--resected") & (liver.parts > 0)


@dataclass(frozen=True)
class Plan:
    """What leaves the liver, and why.

    Parameters
    ----------
    name : str
        For people, e.g. ``"right hepatectomy"``.
    notation : str
        Canonical text that :func:`flr.plans.parse_plan` reads back to the same plan.
    cuts : tuple of Cut
        Applied in order; ablation never overwrites resection.
    intent : {"cure", "debulking"}
    structures : tuple of str
        Resected with the liver (``"MHV"``, ``"B"``, …): recorded, not measured.
    preserved : tuple of str
        Vessels that the plan preserves wherever they run (``"RPPV"``): they and the way to them are not cut.
    reconstructed : tuple of str
        Hepatic veins that are taken and reconstructed (``"MHV"``).
    notes : tuple of str
        Keys of notes that belong to the plan itself.
    given : str
        As it was asked for, where that is not the notation: the name of a plan file, with the side.
    files : tuple of InputFile
        Files that it was read from.
    """

    name: str
    notation: str
    cuts: tuple[Cut, ...]
    intent: Intent = "cure"
    structures: tuple[str, ...] = ()
    preserved: tuple[str, ...] = ()
    reconstructed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    given: str = ""
    files: tuple[InputFile, ...] = ()

    def __post_init__(self) -> None:
        if not self.cuts:
            raise PlanError(f"plan {self.name!r} removes nothing; name at least one segment or drawn mask")
        if self.intent not in INTENTS:
            raise PlanError(f"intent {self.intent!r}; expected one of {', '.join(INTENTS)}")

    @property
    def splits(self) -> tuple[Split, ...]:
        """Borders that divide a segment of it."""
        found = [cut.split for cut in self.cuts if isinstance(cut, PartOf) and cut.split is not None]
        return tuple(dict.fromkeys(found))

    def estimates(self, liver: Liver) -> tuple[str, ...]:
        """Borders of one liver that the plan estimates, in words. Raises PlanError as its cuts."""
        found = [cut.estimate(liver) for cut in self.cuts if isinstance(cut, PartOf)]
        return tuple(text for text in found if text is not None)

    def with_vessels(self, preserved: Sequence[str], reconstructed: Sequence[str]) -> Plan:
        """The plan that also preserves and reconstructs these vessels; its texts say so.

        Raises
        ------
        PlanError
            If one vessel is preserved and taken, or preserved and reconstructed.
        """
        if not (preserved or reconstructed):
            return self
        kept = tuple(dict.fromkeys((*self.preserved, *preserved)))
        rebuilt = tuple(dict.fromkeys((*self.reconstructed, *reconstructed)))
        for name in kept:
            if name in self.structures or name in rebuilt:
                other = "taken" if name in self.structures else "reconstructed"
                raise PlanError(f"plan {self.name!r}: {name} is preserved and {other}; choose one")
        said = [
            f"{verb}({', '.join(names)})"
            for verb, names in (("preserve", kept), ("reconstruct", rebuilt))
            if names
        ]
        bare = [re.sub(r" \+ (?:preserve|reconstruct)\([^()]*\)", "", t) for t in (self.notation, self.given)]
        notation, given = (" + ".join([text, *said]) if text else "" for text in bare)
        return replace(self, notation=notation, given=given, preserved=kept, reconstructed=rebuilt)

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Part keys that the plan names, in the liver's own spelling."""
        return tuple(dict.fromkeys(key for cut in self.cuts for key in cut.removes(liver)))


def fates(liver: Liver, plan: Plan) -> NDArray[np.uint8]:
    """:class:`Fate` of every voxel of ``liver.grid`` by its centre; 0 (kept) outside the liver.

    Raises
    ------
    PlanError
        If the plan names what the liver does not have, or a cut misses the liver.
    """
    return _fates(liver, plan.cuts)


def _fates(liver: Liver, cuts: Iterable[Cut]) -> NDArray[np.uint8]:
    result = np.zeros(liver.grid.shape, dtype=np.uint8, order="F")
    for cut in _in_order(cuts):
        np.copyto(result, np.uint8(cut.fate), where=cut.mask(liver))
    result *= liver.parts > 0
    return result


def takes_whole_parts(plan: Plan) -> bool:
    """Whether a plan takes parts by name and nothing else."""
    return all(isinstance(cut, Parts) for cut in plan.cuts)


def fate_of_parts(liver: Liver, plan: Plan) -> NDArray[np.uint8]:
    """:class:`Fate` of each part by the cuts that name it, shape (parts,); other cuts are passed over.

    Raises
    ------
    PlanError
        If the plan names a part that the liver does not have.
    """
    result = np.zeros(len(liver.part_names), dtype=np.uint8)
    for cut in _in_order(plan.cuts):
        if isinstance(cut, Parts):
            result[[liver.part_index(name) - 1 for name in cut.removes(liver)]] = cut.fate
    return result


def _in_order(cuts: Iterable[Cut]) -> list[Cut]:
    """Ablation first: what is resected as well is gone."""
    return sorted(cuts, key=lambda cut: cut.fate != Fate.ABLATED)


def volumes(liver: Liver, plan: Plan, untouched: VolumeTable | None = None) -> VolumeTable:
    """Volume table of a liver after a plan.

    Planes are counted by the exact fraction of every voxel in front of them, so that volumes are continuous
    as a plane moves; everything else, and the voxel counts, by voxel centre.

    Parameters
    ----------
    liver : Liver
    plan : Plan
    untouched : VolumeTable, optional
        ``measure(liver)``, when it is at hand: plans of whole parts then cost no second count.

    Raises
    ------
    PlanError
        If the plan does not fit the liver, or leaves it as it was, or leaves nothing.
    """
    if untouched is not None and all(isinstance(cut, Parts) for cut in plan.cuts):
        table = resect_parts(untouched, plan.removes(liver))
    else:
        planes = [cut for cut in plan.cuts if isinstance(cut, Plane)]
        runs = runs_after(liver, [cut for cut in plan.cuts if not isinstance(cut, Plane)])
        table = _cut_by_planes(liver, runs, planes) if planes else table_of(liver, runs)
    if not table.functional_ml > 0.0:
        raise PlanError(
            f"this liver has no functional tissue: {table.tumour_ml:.1f} mL are tumour and"
            f" {table.nonfunctional_ml:.1f} mL other nonfunctional tissue; are the right files given?"
        )
    totals = table.voxel_totals
    if not totals["resected"] + totals["ablated"]:
        raise PlanError(f"plan {plan.notation!r} removes not one voxel of this liver")
    if not totals["kept"]:
        raise PlanError(
            f"plan {plan.notation!r} removes the whole liver; nothing would remain. Name fewer segments or"
            " give a smaller margin"
        )
    return table


def runs_after(liver: Liver, cuts: Sequence[Cut]) -> Runs:
    """Runs of one part, tissue and fate after cuts by voxel centre, as of :func:`flr.liver.runs_by_fate`."""
    if not all(isinstance(cut, Parts) and cut.fate == Fate.RESECTED for cut in cuts):
        return runs_by_fate(liver, _fates(liver, cuts))
    # Whole parts leave: no voxel has to be looked at.
    leaves = np.zeros(len(liver.part_names), dtype=bool)
    leaves[[liver.part_index(key) - 1 for cut in cuts for key in cut.removes(liver)]] = True
    fate = np.repeat(leaves * int(Fate.RESECTED), len(Tissue) * len(Fate))
    return replace(liver.runs, label=liver.runs.label + fate[liver.runs.label - 1])


def runs_of(liver: Liver, plan: Plan) -> Runs:
    """Runs of one part, tissue and fate by voxel centre, labelled as of :func:`flr.liver.runs_by_fate`.

    They hold what :func:`fates` holds, in no order; planes and whole parts cost no look at voxels.

    Raises
    ------
    PlanError
        If the plan does not fit the liver.
    """
    runs = runs_after(liver, [cut for cut in plan.cuts if not isinstance(cut, Plane)])
    planes = [cut for cut in plan.cuts if isinstance(cut, Plane)]
    if not planes:
        return runs
    first, stop, end = runs.i, runs.i + runs.length, runs.i + runs.length
    for plane in planes:
        after, before = plane.behind(liver, runs)
        first, stop = np.maximum(first, after), np.minimum(stop, before)
    first = np.minimum(first, end)
    stop = np.maximum(stop, first)
    gone = runs.label - (runs.label - 1) % len(Fate) + int(Fate.RESECTED)
    starts, lengths = (runs.i, first, stop), (first - runs.i, stop - first, end - stop)
    every = Runs(
        runs.shape,
        np.concatenate([gone, runs.label, gone]),
        np.concatenate(starts),
        np.tile(runs.j, 3),
        np.tile(runs.k, 3),
        np.concatenate(lengths),
    )
    return every.some(np.flatnonzero(every.length))


def resected_too(liver: Liver, runs: Runs, taken: NDArray[np.float64]) -> NDArray[np.float64]:
    """Voxels by part, tissue and fate when some of each run is resected.

    Parameters
    ----------
    liver : Liver
    runs : Runs
        Of :func:`runs_after`.
    taken : ndarray, shape (runs,)
        Voxels of each run, from none to all of it.

    Returns
    -------
    ndarray, shape (parts, tissues, fates)
    """
    shape = (len(liver.part_names), len(Tissue), len(Fate))
    n_codes = math.prod(shape) + 1
    whole = runs.voxels(n_codes)[1:].reshape(shape)
    leaving = np.bincount(runs.label, weights=taken, minlength=n_codes)[1:].reshape(shape)
    left = whole - leaving
    left[:, :, Fate.RESECTED] = whole[:, :, Fate.RESECTED]
    leaving[:, :, Fate.RESECTED] = 0.0
    left[:, :, Fate.RESECTED] += leaving.sum(axis=2)
    return np.asarray(left)


def _cut_by_planes(liver: Liver, runs: Runs, planes: Sequence[Plane]) -> VolumeTable:
    """Volumes by exact fractions and voxels by their centres. Raises PlanError when a plane misses."""
    first, stop = runs.i, runs.i + runs.length
    for plane in planes:
        after, before = plane.behind(liver, runs)
        first, stop = np.maximum(first, after), np.minimum(stop, before)
    kept = np.maximum(stop - first, 0)
    voxels = resected_too(liver, runs, (runs.length - kept).astype(np.float64))
    steps = [plane.along_index(liver.grid) for plane in planes]
    shares = [run_fractions(runs, step, offset) for step, offset in steps]
    crossings = np.zeros(len(runs), dtype=np.int64)
    for _, crossed in shares:
        crossings[crossed] += 1
    if crossings.max(initial=0) > 1:
        # Where planes cross in one run its voxels are looked at singly: the run is too long for a product.
        runs = _in_voxels(runs, crossings > 1)
        shares = [run_fractions(runs, step, offset) for step, offset in steps]
    behind = np.ones(len(runs))
    for share, _ in shares:
        behind *= 1.0 - share
    ml = resected_too(liver, runs, (1.0 - behind) * runs.weight) * liver.grid.voxel_volume_ml
    return VolumeTable(liver.part_names, ml, voxels.astype(np.int64))


def _in_voxels(runs: Runs, chosen: NDArray[np.bool_]) -> Runs:
    """The same voxels with the chosen runs cut into runs of one voxel."""
    times = np.where(chosen, runs.length, 1)
    within = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    return Runs(
        runs.shape,
        np.repeat(runs.label, times),
        np.repeat(runs.i, times) + within,
        np.repeat(runs.j, times),
        np.repeat(runs.k, times),
        np.repeat(np.where(chosen, 1, runs.length), times),
    )


def _wholes(segments: frozenset[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """The known sections or hemilivers that are these segments together; none when they are not."""
    exact = HEMILIVERS.get(segments)
    if exact in known:
        return (exact,)
    within = {name: held for held, name in HEMILIVERS.items() if name in known and held <= segments}
    disjoint = sum(len(held) for held in within.values()) == len(segments)
    return tuple(within) if disjoint and frozenset().union(*within.values()) == segments else ()


def _drawn(liver: Liver, key: str, option: str) -> Mask:
    drawn = liver.drawn.get(key)
    if drawn is None:
        raise PlanError(f"the plan needs a drawn mask that was not given: add {option} FILE")
    if not (drawn & (liver.parts > 0)).any():
        raise PlanError(f"the drawn mask of {option} does not meet the liver; is it from another scan?")
    return drawn


def with_splits(cuts: Iterable[Cut], splits: Sequence[Split], text: str) -> tuple[Cut, ...]:
    """Cuts whose primed segments, and 4a and 4b, are the sides of splits.

    Parameters
    ----------
    cuts : iterable of Cut
    splits : sequence of Split
    text : str
        The plan, for messages.

    Raises
    ------
    PlanError
        If two splits divide one segment, or one divides a segment of which the plan takes no part.
    """
    twice = sorted({s.segment[0] for s in splits if sum(o.segment[0] == s.segment[0] for o in splits) > 1})
    if twice:
        raise PlanError(f"{text}: segment {', '.join(twice)} is split more than once; give one border")
    cuts = list(cuts)
    wholes = tuple(name for cut in cuts if isinstance(cut, Parts) for name in cut.names)
    of = {split.segment: split for split in splits}
    halves = HALVES if "4" in of else ()
    beside = tuple(name for name in wholes if name not in halves)
    result: list[Cut] = []
    used: set[str] = set()
    for cut in cuts:
        match cut:
            case Parts() if set(cut.names) & set(halves):
                rest = tuple(name for name in cut.names if name not in halves)
                result += [Parts(rest, cut.fate)] if rest else []
                of["4"].check_halves()
                result += [PartOf(n, cut.fate, of["4"], beside) for n in cut.names if n in halves]
                used.add("4")
            case PartOf() if cut.split is None and cut.name in of:
                result.append(replace(cut, split=of[cut.name], beside=beside))
                used.add(cut.name)
            case _:
                result.append(cut)
    if unused := [split for split in splits if split.segment not in used]:
        segment = unused[0].segment
        raise PlanError(
            f"{text}: {unused[0].text} divides segment {segment}, of which the plan takes no part; write"
            f" {segment}' for one side of it{', 4a or 4b' if segment == '4' else ''}"
        )
    return tuple(result)


def _missing_part(name: str, liver: Liver) -> str:
    if not liver.is_divided:
        return (
            f"the plan removes segment {name}, but this liver has no segments, only its outline:"
            " give a segment map (--segments FILE) or a drawn mask (--remnant or --resected FILE)"
        )
    known = f"the plan removes {name}, which this liver does not have; it has {', '.join(liver.part_names)}"
    if name in HALVES and "4" in liver.part_names:
        return (
            f"{known}. Add a border to the plan: + split(4, portal), at the level of the portal bifurcation"
        )
    return known
