"""The blood supply of a remnant as an assessment reports it: ranges, vessels, territories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flr.formulas import DEFAULT_BSA_FORMULA, DEFAULT_LIVER_VOLUME_FORMULA
from flr.frozen import FrozenMapping
from flr.liver import Liver, VolumeTable
from flr.measures import Measures, relate
from flr.patient import Patient
from flr.perfusion.remnant import (
    Perfusion,
    PerfusionNotAssessed,
    VesselOutcome,
    perfused_remnant,
)
from flr.plans import Plan
from flr.plans.territory import Territory, territories_of, trees_of
from flr.territories import TITLES, Kind, Level

RANGED = (
    "flr_ml",
    "flr_percent_of_measured",
    "flr_percent_of_standard",
    "flr_to_body_weight_percent",
    "flr_per_bsa_ml_per_m2",
)
"""Measures that are given for the perfused remnant as well, as a range."""

NOTE_TEXTS: Mapping[str, str] = FrozenMapping(
    {
        "graded_on_perfused_remnant": (
            "Vessels are given: the flag is graded on the perfused remnant with all congested tissue counted"
            " as lost, not on the plain remnant."
        ),
        "territories_are_estimates": (
            "Tissue is given to the nearest vessel; which branch really serves it is not known, and congested"
            " tissue may recover through collaterals."
        ),
        "perfusion_unverified": (
            "Inflow and outflow of the remnant are not assessed: no vessels are given, or they could not be"
            " used."
        ),
        "inflow_not_assessed": "Portal inflow of the remnant is not assessed.",
        "outflow_not_assessed": "Venous outflow of the remnant is not assessed.",
        "veins_resected_by_name": (
            "Hepatic veins named in the plan count as resected in the perfused remnant."
        ),
        "plan_cuts_off_kept_territory": (
            "The plan runs through a vessel whose territory stays; a surgeon who preserves that vessel keeps"
            " more than is counted here."
        ),
        "estimate_not_in_intervals": (
            "Borders that the plan follows are estimated. How far they are off is not known and not part of"
            " the intervals, which hold only for borders that somebody drew."
        ),
        "territory_is_estimated": "The plan resects a territory, whose borders are an estimate.",
    }
)
"""Notes about blood supply."""


@dataclass(frozen=True, slots=True)
class Span:
    """A measure of the perfused remnant, in the unit of that measure: congestion lost, and recovered."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class TerritoryVolume:
    """One territory of the whole liver.

    Parameters
    ----------
    name, title : str
    kind : {"portal", "hepatic"}
    level : {"first", "second", "branch"}
    volume_ml : float
        All tissues. [mL]
    parts_ml : mapping of str to float
        Of that, by part of the liver. [mL]
    """

    name: str
    title: str
    kind: Kind
    level: Level
    volume_ml: float
    parts_ml: Mapping[str, float]


@dataclass(frozen=True)
class PerfusionBlock:
    """What an assessment says about the blood supply of the remnant.

    Parameters
    ----------
    inflow_assessed, outflow_assessed : bool
    devascularised_ml, congested_ml : float or None
        Functional tissue that stays without inflow, without outflow. [mL]
    spans : mapping of str to Span
        `RANGED` measures of the perfused remnant; empty when nothing was assessed.
    vessels : tuple of VesselOutcome
    territories : tuple of TerritoryVolume
    missing, notes, remarks : tuple of str
        Why a tree could not be used; keys of `NOTE_TEXTS`; what was assumed, in words.
    fragments_ml : tuple of float
        Pieces of an undivided mask that were not used, largest first. [mL]
    """

    inflow_assessed: bool
    outflow_assessed: bool
    devascularised_ml: float | None
    congested_ml: float | None
    spans: Mapping[str, Span]
    vessels: tuple[VesselOutcome, ...]
    territories: tuple[TerritoryVolume, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...]
    fragments_ml: tuple[float, ...] = ()

    @property
    def is_assessed(self) -> bool:
        """Whether a perfused remnant was measured."""
        return self.inflow_assessed or self.outflow_assessed

    @property
    def perfused_low_ml(self) -> float | None:
        """The smallest remnant: congested tissue lost. [mL]"""
        return self.spans["flr_ml"].low if self.spans else None


def perfusion_block(
    liver: Liver,
    plan: Plan,
    table: VolumeTable,
    patient: Patient,
    *,
    bsa_formula: str = DEFAULT_BSA_FORMULA,
    standard_volume_formula: str = DEFAULT_LIVER_VOLUME_FORMULA,
    ungradable: str | None = None,
) -> PerfusionBlock | None:
    """The perfused remnant of a plan with every percentage as a range; None when no vessel was given.

    Parameters
    ----------
    liver : Liver
    plan : Plan
    table : VolumeTable
        :func:`flr.plans.volumes` of both.
    patient : Patient
    bsa_formula, standard_volume_formula, ungradable
        As in :func:`flr.measures.relate`.

    Raises
    ------
    PlanError
        If the plan does not fit the liver.
    """
    found = perfused_remnant(liver, plan, table)
    if found is None:
        return None
    if isinstance(found, PerfusionNotAssessed):
        notes = ("perfusion_unverified", *_of_plan(plan))
        return PerfusionBlock(
            False,
            False,
            None,
            None,
            FrozenMapping({}),
            (),
            () if not liver.grid.is_even else territory_volumes(liver),
            found.reasons,
            notes,
            (),
            found.fragments_ml,
        )

    def related(flr_ml: float) -> Measures:
        return relate(
            flr_ml=min(flr_ml, table.functional_ml),
            functional_ml=table.functional_ml,
            patient=patient,
            bsa_formula=bsa_formula,
            standard_volume_formula=standard_volume_formula,
            ungradable=ungradable,
        )

    low, high = related(found.perfused_low_ml).values(), related(found.perfused_high_ml).values()
    return PerfusionBlock(
        inflow_assessed=found.inflow_assessed,
        outflow_assessed=found.outflow_assessed,
        devascularised_ml=found.devascularised_ml if found.inflow_assessed else None,
        congested_ml=found.congested_ml if found.outflow_assessed else None,
        spans=FrozenMapping({name: Span(low[name], high[name]) for name in RANGED}),
        vessels=found.vessels,
        territories=territory_volumes(liver),
        missing=found.missing,
        notes=_notes(plan, found),
        remarks=found.notes,
        fragments_ml=trees_of(liver).fragments_ml,
    )


def _of_plan(plan: Plan) -> tuple[str, ...]:
    return ("territory_is_estimated",) if any(isinstance(cut, Territory) for cut in plan.cuts) else ()


def _notes(plan: Plan, found: Perfusion) -> tuple[str, ...]:
    notes = ["graded_on_perfused_remnant", "territories_are_estimates"]
    if not found.inflow_assessed:
        notes.append("inflow_not_assessed")
    if not found.outflow_assessed:
        notes.append("outflow_not_assessed")
    if any(vessel.name in plan.structures for vessel in found.vessels):
        notes.append("veins_resected_by_name")
    if any(vessel.outcome == "cut_off" for vessel in found.vessels):
        notes.append("plan_cuts_off_kept_territory")
    return (*notes, *_of_plan(plan))


def territory_volumes(liver: Liver) -> tuple[TerritoryVolume, ...]:
    """Volumes of the territories of every tree, by part of the liver.

    Raises
    ------
    GeometryError
        If the slices are uneven.
    """
    rows = []
    levels: tuple[Level, ...] = ("first", "second")
    for tree in trees_of(liver).trees:
        seen: set[str] = set()
        for level in levels:
            if not tree.groups.get(level):
                continue
            found = territories_of(liver, tree, level)
            table_ml = found.by_part_ml(liver.parts, len(liver.part_names))
            for name, row in zip(found.names, table_ml, strict=True):
                if name in seen:
                    continue
                seen.add(name)
                parts = {part: float(ml) for part, ml in zip(liver.part_names, row, strict=True)}
                title = TITLES.get(name, f"vessel {name}")
                volume_ml = found.volumes_ml[name]
                rows.append(TerritoryVolume(name, title, tree.kind, level, volume_ml, FrozenMapping(parts)))
    return tuple(rows)
