"""A staged plan: clear the remnant, embolise or partition, wait, resect. As one object, without numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from flr.errors import PlanError
from flr.frozen import FrozenMapping
from flr.plans.cuts import Plane
from flr.plans.plan import Intent, Plan, segments_in

Procedure = Literal["pve", "lvd", "alpps", "resection"]

PROCEDURES: Final[Mapping[Procedure, str]] = FrozenMapping(
    {
        "pve": "portal vein embolisation",
        "lvd": "liver venous deprivation",
        "alpps": "stage 1 of ALPPS",
        "resection": "resection",
    }
)
"""What can lie between two scans, with words for people."""

Technique = Literal["pve", "pve_4", "lvd", "alpps", "two_stage"]

TECHNIQUES: Final[Mapping[Technique, str]] = FrozenMapping(
    {
        "pve": "portal vein embolisation",
        "pve_4": "portal vein embolisation with segment 4",
        "lvd": "liver venous deprivation (portal and hepatic veins)",
        "alpps": "ALPPS (partition and portal vein ligation)",
        "two_stage": "two-stage hepatectomy",
    }
)
"""How the remnant is made to grow, with words for people."""


@dataclass(frozen=True, kw_only=True)
class StagedPlan:
    """Several operations towards one resection.

    Parameters
    ----------
    name : str
    technique : {"pve", "pve_4", "lvd", "alpps", "two_stage"}
    resection : Plan
        What leaves at last.
    clear : Plan, optional
        What clears the remnant first: wedges, ablations, small resections. A two-stage hepatectomy has
        one. No tissue outside the remnant needs to be in it.
    embolised : tuple of str
        Part keys whose portal branches are closed; empty for what the resection removes.
    partition : Plane, optional
        Plane of the partition in ALPPS, normal towards what leaves.

    Raises
    ------
    PlanError
        If the technique is not known, a two-stage hepatectomy clears nothing, or a partition is given
        for another technique.

    Examples
    --------
    >>> from flr.plans import parse_plan
    >>> staged = StagedPlan(name="example", technique="pve", resection=parse_plan("H5678"),
    ...                     clear=parse_plan("wedge(T3, 10)"))
    >>> staged.combined.notation
    'H5678 + wedge(T3, 10)'
    """

    name: str
    technique: Technique
    resection: Plan
    clear: Plan | None = None
    embolised: tuple[str, ...] = ()
    partition: Plane | None = None

    def __post_init__(self) -> None:
        if self.technique not in TECHNIQUES:
            raise PlanError(f"technique {self.technique!r}; expected one of {', '.join(TECHNIQUES)}")
        if self.technique == "two_stage" and self.clear is None:
            raise PlanError(
                f"staged plan {self.name!r} is a two-stage hepatectomy without a first stage; "
                "say what clears the remnant, for example wedge(T3, 10)"
            )
        if self.partition is not None and self.technique != "alpps":
            raise PlanError(f"staged plan {self.name!r} has a partition plane; only ALPPS parts the liver")

    @property
    def intent(self) -> Intent:
        """Of the whole."""
        return self.resection.intent

    @property
    def combined(self) -> Plan:
        """Everything that leaves in all stages, as one plan."""
        if self.clear is None:
            return self.resection
        notation = f"{self.resection.notation} + {self.clear.notation}"
        return Plan(
            name=f"{self.resection.name} after {self.clear.name}",
            notation=notation,
            cuts=(*self.resection.cuts, *self.clear.cuts),
            intent=self.intent,
            structures=tuple(dict.fromkeys((*self.resection.structures, *self.clear.structures))),
            notes=tuple(dict.fromkeys((*self.resection.notes, *self.clear.notes))),
        )

    def embolised_parts(self, removed: tuple[str, ...]) -> tuple[str, ...]:
        """Part keys whose portal branches are closed.

        Parameters
        ----------
        removed : tuple of str
            Part keys that the resection takes whole.

        Raises
        ------
        PlanError
            If a part that stays would be embolised, none is known, or segment 4 is asked for and stays.
        """
        given = self.embolised or removed
        if self.technique == "pve" and not self.embolised:
            # Segment 4 has its own branches from the left portal vein and is embolised only when asked for.
            right = tuple(part for part in removed if not segments_in(part) & {"1", "4"})
            given = right if any(segments_in(part) & frozenset("5678") for part in removed) else removed
        kept = [part for part in given if part not in removed]
        if kept:
            raise PlanError(
                f"staged plan {self.name!r} embolises {', '.join(kept)}, which the resection keeps: "
                "embolised tissue shrinks, the remnant must not be embolised"
            )
        if self.technique == "pve_4" and not any("4" in segments_in(part) for part in given):
            raise PlanError(
                f"staged plan {self.name!r} embolises segment 4, and the resection keeps segment 4; "
                "use technique 'pve', or a resection that removes it"
            )
        if not given:
            raise PlanError(
                f"staged plan {self.name!r}: which branches are embolised is not known, since the resection "
                "names no whole part; give the embolised parts, for example 5678"
            )
        return tuple(given)
