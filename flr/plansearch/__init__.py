"""Plans that clear every tumour of a liver by a margin, ranked, with the reason for each that is not.

What is tried: every contiguous union of parts, alone; every such union whose parts hold tumour, with wedges
or ablations for the tumours that it does not clear; and wedges and ablations alone. Where none of these will
do, unions in two pieces are tried too. What comes out is a list
for discussion: bile ducts and arteries are not seen, and without vessels neither are veins and pedicles.
With vessels every plan that is listed is graded on the remnant that it leaves perfused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from flr.assessment import Assessment, Options, assess_plans, is_believable, judged
from flr.criteria import criteria_of
from flr.criteria.tumour_rules import MARGIN_R0, MARGIN_WIDE
from flr.errors import PlanError
from flr.liver import Liver, completed_from_headers
from flr.patient import Patient
from flr.perfusion import names_parts, with_estimated_parts
from flr.plans.presets import is_recognised
from flr.plansearch.model import (
    KINDS,
    LISTED,
    NOTE_TEXTS,
    Candidate,
    Kind,
    Limits,
    Rejected,
    SearchResult,
    TwoStage,
    Unmet,
)
from flr.plansearch.ranking import rank, unmet
from flr.plansearch.space import LEAST_CONTACT_MM2, Space
from flr.stages import stage
from flr.tumours import TumourSet, Vanished, find_tumours

__all__ = [
    "KINDS",
    "LEAST_CONTACT_MM2",
    "NOTE_TEXTS",
    "Candidate",
    "Kind",
    "Limits",
    "Rejected",
    "SearchResult",
    "TwoStage",
    "Unmet",
    "is_recognised",
    "search",
]


def search(
    liver: Liver,
    patient: Patient | None = None,
    *,
    margin_mm: float = MARGIN_R0.limit,
    wide_margin_mm: float = MARGIN_WIDE.limit,
    minimum_flr_percent: float | None = None,
    kinds: Sequence[Kind] = KINDS,
    vanished: Sequence[Vanished] = (),
    options: Options | None = None,
    case_id: str = "case",
) -> SearchResult:
    """Plans that clear every tumour by a margin and leave enough, ranked.

    Parameters
    ----------
    liver : Liver
        Where it has no segments and whole parts may be removed, they are estimated from its vessels.
    patient : Patient, optional
        Grades the candidates; its profile sets the minimum where none is given. What the headers of the
        images say completes it.
    margin_mm : float
        Least planned margin. [mm]
    wide_margin_mm : float
        The aim that ranks. [mm]
    minimum_flr_percent : float, optional
        Least remnant of the measured functional liver. [%]
    kinds : sequence of {"anatomical", "wedge", "ablation"}
        What may be used.
    vanished : sequence of Vanished
        Metastases that are no longer seen, to be cleared as well.

    Returns
    -------
    SearchResult
        The same for the same input.

    Raises
    ------
    PlanError
        If there is no tumour, a margin or minimum is out of range, or the slices are uneven.
    """
    _check(margin_mm, wide_margin_mm, minimum_flr_percent, kinds)
    if not liver.grid.is_even:
        raise PlanError("the slices are uneven, so margins in mm do not exist and no plan can be searched")
    liver, who = completed_from_headers(liver, patient or Patient())
    given = liver
    if "anatomical" in kinds:
        liver = with_estimated_parts(liver)
    tumours = find_tumours(liver, vanished=vanished)
    if not len(tumours):
        raise PlanError(
            "there is no tumour to clear: give --tumours FILE, or --vanished for metastases no longer seen"
        )
    chosen = options or Options()
    limits = _limits(judged(who, chosen), chosen, margin_mm, wide_margin_mm, minimum_flr_percent)
    stage("space")
    space = Space.of(liver, tumours, limits, tuple(kinds))
    stage("rank")
    drafts, failed = space.drafts(space.unions())
    ranked = rank(drafts, limits)
    if not any(c.on_front for c in ranked) and "anatomical" in kinds:
        apart, failed_apart = space.drafts(space.unions_in_two())
        ranked, failed = rank([*drafts, *apart], limits), failed + failed_apart
    ranked = [_with_pieces_noted(c, space) if c.on_front else c for c in ranked]
    front = [c for c in ranked if c.on_front]
    behind = [c for c in ranked if not c.on_front]
    whole = [c for c in behind[LISTED:] if c.kinds == ("anatomical",)]
    listed = front + behind[:LISTED] + whole[:LISTED]
    # With vessels a whole assessment takes most of a second: only for what leads.
    leading, others = (front, listed[len(front) :]) if liver.vessels or liver.sheath else ([], listed)
    assessed = _assessed(leading, liver, given, who, chosen, case_id, whole=True)
    assessed |= _assessed(others, liver, given, who, chosen, case_id)
    kept = {id(c) for c in listed}
    believable = is_believable(liver, who, chosen)
    return SearchResult(
        tumours=tumours,
        limits=limits,
        candidates=tuple(dataclasses.replace(c, assessment=assessed.get(id(c))) for c in listed),
        others=tuple(Rejected(c.plan.notation, c.reason) for c in behind if id(c) not in kept),
        rejected=failed,
        # Growth is no option where embolisation is none, nor asked for by volumes that cannot be believed.
        two_stage=(
            () if front or who.embolisation_excluded_by or not believable else space.two_stage(ranked)
        ),
        unmet=() if front else unmet(ranked, space, limits),
        notes=_notes(liver, tumours, believable=believable),
        liver=liver,
    )


def _with_pieces_noted(candidate: Candidate, space: Space) -> Candidate:
    if not space.is_in_pieces(candidate):
        return candidate
    return dataclasses.replace(candidate, notes=(*candidate.notes, "remnant_not_contiguous"))


def _assessed(
    candidates: Sequence[Candidate],
    liver: Liver,
    given: Liver,
    patient: Patient,
    options: Options,
    case_id: str,
    *,
    whole: bool = False,
) -> dict[int, Assessment]:
    """Assessments by the identity of their candidate; whole ones with margins and errors of borders.

    Parts that were estimated doubt the plans that name some, and no others: these are assessed on the liver
    as it was given.
    """
    named = [c for c in candidates if liver is given or names_parts(c.plan)]
    others = [c for c in candidates if not (liver is given or names_parts(c.plan))]
    assessed: dict[int, Assessment] = {}
    for some, on in ((named, liver), (others, given)):
        if some:
            stage("candidates", count=len(some))
            assessments = assess_plans(
                on,
                [c.plan for c in some],
                patient,
                case_id=case_id,
                options=options,
                tables=None if whole else [c.table for c in some],
                with_supply=bool(liver.vessels or liver.sheath),
            )
            assessed |= {id(c): one for c, one in zip(some, assessments, strict=True)}
    return assessed


def _check(
    margin_mm: float, wide_margin_mm: float, minimum_flr_percent: float | None, kinds: Sequence[str]
) -> None:
    if not 0.0 <= margin_mm <= wide_margin_mm <= 100.0:
        raise PlanError(
            f"margins of {margin_mm:g} and {wide_margin_mm:g} mm; expected 0 ≤ least ≤ wide ≤ 100 mm"
        )
    if minimum_flr_percent is not None and not 0.0 <= minimum_flr_percent < 100.0:
        raise PlanError(f"a minimum remnant of {minimum_flr_percent:g} %; expected 0 to below 100")
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise PlanError(f"kinds {', '.join(kinds) or 'none'}; expected some of {', '.join(KINDS)}")


def _limits(
    patient: Patient, options: Options, margin_mm: float, wide_mm: float, minimum_percent: float | None
) -> Limits:
    if minimum_percent is not None:
        return Limits(margin_mm, wide_mm, minimum_percent, "as asked for")
    rows = [
        row
        for row in criteria_of(patient, options.limits)
        if row.role == "minimum" and row.measure == "flr_percent_of_measured"
    ]
    if not rows:
        return Limits(margin_mm, wide_mm, 0.0, "no minimum applies to this patient")
    row = max(rows, key=lambda r: r.limit)
    return Limits(margin_mm, wide_mm, float(row.limit), f"{row.key}: {row.reference.text}")


def _notes(liver: Liver, tumours: TumourSet, *, believable: bool) -> tuple[str, ...]:
    notes = ["ranked_by_plain_remnant" if liver.vessels else "vascular_feasibility_not_assessed"]
    notes.append("artery_and_bile_duct_not_assessed")
    if any(tumour.vanished for tumour in tumours):
        notes.append("vanished_metastases")
    if not believable:
        notes.append("volumes_unbelievable")
    return tuple(notes)
