"""The tumours of one assessment: what the plan does to each, and their burden. Informs; decides no flag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flr.criteria.tumour_rules import (
    ABLATION_SIZE,
    ABLATION_WARNING_TEXTS,
    BurdenFact,
    MarginGrade,
    ablation_warnings,
    burden_facts,
    grade_margin,
)
from flr.liver import Liver, VolumeTable
from flr.plans import Plan, TumourOutcome, fates, outcomes, remnant_shape_after
from flr.plans.plan import takes_whole_parts
from flr.tumours import (
    debulked_percent,
    find_tumours,
    hepatic_tumour_burden_percent,
    tumour_burden_score,
    vessel_kinds,
)


@dataclass(frozen=True, slots=True)
class TumourFact:
    """One tumour under one plan, graded.

    ``warnings`` are keys of :data:`flr.criteria.tumour_rules.ABLATION_WARNING_TEXTS`.
    """

    outcome: TumourOutcome
    margin_grade: MarginGrade
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Burden:
    """All tumours together.

    Parameters
    ----------
    count : int
    ablatable : int
        Tumours of at most 3 cm.
    bilobar : bool or None
        None where the parts do not tell.
    largest_diameter_mm : float
        Longest axial diameter of any tumour.
    volume_ml : float
    burden_percent : float
        Of the whole liver, tumour included.
    debulked_percent : float or None
        Tumour volume that the plan treats.
    facts : tuple of BurdenFact
        What is published for the diagnosis.
    """

    count: int
    ablatable: int
    bilobar: bool | None
    largest_diameter_mm: float
    volume_ml: float
    burden_percent: float
    debulked_percent: float | None
    facts: tuple[BurdenFact, ...]


@dataclass(frozen=True, slots=True)
class TumourBlock:
    """Everything about tumours in one assessment.

    Parameters
    ----------
    tumours : tuple of TumourFact
    burden : Burden or None
        None without tumour.
    remnant_pieces_ml : tuple of float
        Connected pieces of liver that stays, largest first.
    notes : tuple of str
        Keys of :data:`NOTE_TEXTS`.
    """

    tumours: tuple[TumourFact, ...]
    burden: Burden | None
    remnant_pieces_ml: tuple[float, ...]
    notes: tuple[str, ...]


NOTE_TEXTS: Final = {
    "remnant_not_contiguous": "What stays is not one piece: islands of liver are left behind.",
    "tumours_not_located": "The slices are uneven: tumours are counted, but no distance or margin exists.",
    "tumours_from_components": "The mask numbers no tumours: its connected components are taken for them.",
    **ABLATION_WARNING_TEXTS,
}
"""What the keys of notes say to people."""


def tumour_block(liver: Liver, plan: Plan, table: VolumeTable, *, diagnosis: str | None) -> TumourBlock:
    """Tumours of a liver under a plan.

    Parameters
    ----------
    liver : Liver
    plan : Plan
    table : VolumeTable
        ``flr.plans.volumes(liver, plan)``.
    diagnosis : str or None
        Gates what belongs to one disease.
    """
    fate = None if takes_whole_parts(plan) else fates(liver, plan)
    pieces_ml = remnant_shape_after(liver, plan, fates=fate).pieces_ml
    notes = ["remnant_not_contiguous"] if len(pieces_ml) > 1 else []
    if liver.tumours is None or not table.tumour_ml > 0.0:
        return TumourBlock((), None, pieces_ml, tuple(notes))
    if not liver.grid.is_even:
        return TumourBlock((), None, pieces_ml, (*notes, "tumours_not_located"))
    known = find_tumours(liver)
    has_vessels = bool(vessel_kinds(liver))
    facts = tuple(_fact(o, has_vessels) for o in outcomes(liver, plan, tumours=known, fates=fate))
    if known.instances == "components":
        notes.append("tumours_from_components")
    notes += [warning for fact in facts for warning in fact.warnings]
    largest_mm = known.largest_diameter_mm or 0.0
    ablatable = sum(ABLATION_SIZE.holds(t.longest_diameter_mm) for t in known)
    percent = hepatic_tumour_burden_percent(table.tumour_ml, table.total_ml)
    treated = debulked_percent(table.tumour_ml, table.remnant_tumour_ml)
    burden = Burden(
        count=len(known),
        ablatable=ablatable,
        bilobar=known.is_bilobar,
        largest_diameter_mm=largest_mm,
        volume_ml=table.tumour_ml,
        burden_percent=percent,
        debulked_percent=treated,
        facts=burden_facts(
            diagnosis=diagnosis,
            count=len(known),
            burden_percent=percent,
            burden_score=tumour_burden_score(largest_mm, len(known)),
            debulked_percent=treated,
            debulking=plan.intent == "debulking",
            ablatable=ablatable,
        ),
    )
    return TumourBlock(facts, burden, pieces_ml, tuple(dict.fromkeys(notes)))


def _fact(outcome: TumourOutcome, vessels_known: bool) -> TumourFact:
    return TumourFact(
        outcome=outcome,
        margin_grade=grade_margin(outcome.fate, outcome.planned_margin_mm, outcome.error_mm),
        warnings=ablation_warnings(
            outcome.tumour.longest_diameter_mm, outcome.zone_meets, vessels_known=vessels_known
        )
        if outcome.fate == "ablated"
        else (),
    )
