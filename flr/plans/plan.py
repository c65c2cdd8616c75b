"""A resection plan: what leaves, as a list of cuts, and what that does to every voxel of a liver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.liver import CAUDATE, Fate, Liver, Mask, VolumeTable, measure, resect_parts

Intent = Literal["cure", "debulking"]
INTENTS: tuple[Intent, ...] = ("cure", "debulking")

HEMILIVERS = {
    frozenset("5678"): "right_hemiliver",
    frozenset("234"): "left_hemiliver",
    frozenset("23"): "left_lateral_section",
}
"""Parts that some segmentations draw whole instead of their segments."""


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
        whole = HEMILIVERS.get(frozenset(self.names) - {CAUDATE})
        if whole in known and not set(self.names) & set(known):
            return (whole,)
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
        table = np.zeros(len(liver.part_names) + 1, dtype=bool)
        table[[liver.part_index(name) for name in self.removes(liver)]] = True
        return np.asarray(table[liver.parts])


@dataclass(frozen=True, slots=True)
class PartOf:
    """A primed segment: the segment where it meets the drawn resected mask; half is never assumed."""

    name: str
    fate: Fate = Fate.RESECTED

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """The primed keys, e.g. ``("4'",)``."""
        return tuple(f"{key}'" for key in Parts((self.name,)).removes(liver))

    def mask(self, liver: Liver) -> Mask:
        """Segment ∩ drawn mask. Raises PlanError when nothing was drawn or the two do not meet."""
        drawn = liver.drawn.get("resected")
        if drawn is None:
            raise PlanError(
                f"segment {self.name}' is a part of segment {self.name}, and no drawn resected mask says"
                " which: give --resected FILE (partial_segment_needs_volume)"
            )
        mask = Parts((self.name,)).mask(liver) & drawn
        if not mask.any():
            raise PlanError(
                f"the drawn resected mask does not meet segment {self.name}; draw it or drop the prime"
            )
        return mask


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
    notes : tuple of str
        Keys of notes that belong to the plan itself.
    """

    name: str
    notation: str
    cuts: tuple[Cut, ...]
    intent: Intent = "cure"
    structures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.cuts:
            raise PlanError(f"plan {self.name!r} removes nothing; name at least one segment or drawn mask")
        if self.intent not in INTENTS:
            raise PlanError(f"intent {self.intent!r}; expected one of {', '.join(INTENTS)}")

    def removes(self, liver: Liver) -> tuple[str, ...]:
        """Part keys that the plan names, in the liver's own spelling."""
        return tuple(dict.fromkeys(key for cut in self.cuts for key in cut.removes(liver)))


def fates(liver: Liver, plan: Plan) -> NDArray[np.uint8]:
    """:class:`Fate` of every voxel of ``liver.grid``; 0 (kept) outside the liver.

    Raises
    ------
    PlanError
        If the plan names what the liver does not have.
    """
    result = np.zeros(liver.grid.shape, dtype=np.uint8, order="F")
    for cut in sorted(plan.cuts, key=lambda cut: cut.fate != Fate.ABLATED):
        result[cut.mask(liver)] = cut.fate
    result[liver.parts == 0] = Fate.KEPT
    return result


def volumes(liver: Liver, plan: Plan, untouched: VolumeTable | None = None) -> VolumeTable:
    """Volume table of a liver after a plan.

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
        table = measure(liver, fates(liver, plan))
    totals = table.voxel_totals
    if not totals["resected"] + totals["ablated"]:
        raise PlanError(f"plan {plan.notation!r} removes not one voxel of this liver")
    if not totals["kept"]:
        raise PlanError(f"plan {plan.notation!r} removes the whole liver; nothing would remain")
    return table


def _drawn(liver: Liver, key: str, option: str) -> Mask:
    drawn = liver.drawn.get(key)
    if drawn is None:
        raise PlanError(f"the plan needs a drawn mask that was not given: add {option} FILE")
    if not (drawn & (liver.parts > 0)).any():
        raise PlanError(f"the drawn mask of {option} does not meet the liver; is it from another scan?")
    return drawn


def _missing_part(name: str, liver: Liver) -> str:
    if not liver.is_divided:
        return (
            f"the plan removes segment {name}, but this liver has no segments, only its outline:"
            " give a segment map (--segments FILE) or a drawn mask (--remnant or --resected FILE)"
        )
    return f"the plan removes {name}, which this liver does not have; it has {', '.join(liver.part_names)}"
