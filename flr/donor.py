"""Living donation: graft and donor remnant from one plan, and the graft for a recipient's weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from flr.assess import Assessment, Options, assess
from flr.criteria import CRITERIA, Finding
from flr.criteria.model import with_digits
from flr.errors import PatientError, PlanError
from flr.formulas.ratios import graft_to_recipient_weight_percent
from flr.formulas.specimen import DEFAULT_WEIGHT_FACTOR
from flr.liver import FUNCTIONAL, Fate, Liver, VolumeTable
from flr.patient import Patient
from flr.plans import Plan, volumes
from flr.specimen import Specimen, expected_specimen

MhvSide = Literal["graft", "remnant"]

NOTE_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mhv_side_unknown": "The side of the middle hepatic vein is not given: congestion of segments 4, 5 "
        "and 8 cannot be told.",
        "mhv_with_graft": "The middle hepatic vein goes with the graft: segment 4 of the donor's remnant may "
        "be congested.",
        "mhv_with_remnant": "The middle hepatic vein stays with the donor: segments 5 and 8 of the graft may "
        "be congested.",
        "graft_weight_by_factor": "The graft's weight is its CT volume times a named factor.",
        "graft_limits_not_graded": "Graft-to-recipient weight is for the recipient's team; it changes no "
        "flag of the donor.",
    }
)
"""What the notes of a donor plan say to people."""


@dataclass(frozen=True, kw_only=True)
class DonorPlan:
    """Graft and remnant of one plan. For review by a multidisciplinary team, never a decision.

    Parameters
    ----------
    assessment : Assessment
        Of the donor's remnant, on the donor profile: the measured share is graded, the standardised one
        is context.
    graft : Specimen
        Volume and weight of the graft.
    recipient_weight_kg : float
    graft_to_recipient_weight_percent : float
        GRWR. [%]
    findings : tuple of Finding
        GRWR against the published minimums.
    mhv_side : {"graft", "remnant"} or None
    congested_graft_ml, congested_remnant_ml : float or None
        Functional tissue that the middle hepatic vein drains on the side that loses it, as far as segments
        tell; None while the side is not known. [mL]
    notes, note_texts
    """

    assessment: Assessment
    graft: Specimen
    recipient_weight_kg: float
    graft_to_recipient_weight_percent: float
    findings: tuple[Finding, ...]
    mhv_side: MhvSide | None
    congested_graft_ml: float | None
    congested_remnant_ml: float | None
    notes: tuple[str, ...]
    note_texts: Mapping[str, str]


def donor_plan(
    liver: Liver,
    plan: Plan,
    donor: Patient,
    *,
    recipient_weight_kg: float,
    mhv_side: MhvSide | None = None,
    factor: str = DEFAULT_WEIGHT_FACTOR,
    case_id: str = "case",
    options: Options | None = None,
) -> DonorPlan:
    """Graft and donor remnant from one plan.

    Parameters
    ----------
    liver : Liver
        The donor's.
    plan : Plan
        What leaves is the graft; ``H5678-MHV`` says that the middle hepatic vein goes with it.
    donor : Patient
        With condition or diagnosis ``donor``.
    recipient_weight_kg : float
        [kg]
    mhv_side : {"graft", "remnant"}, optional
        Where the middle hepatic vein stays; with the graft where the plan names it.
    factor : str
        Key of `flr.formulas.specimen.WEIGHT_FACTORS`, for the graft's weight only.
    case_id : str
    options : Options, optional

    Raises
    ------
    PatientError
        If the patient is no donor, or the recipient's weight is not positive.
    PlanError
        If the plan does not fit the liver, ablates, or contradicts ``mhv_side``.

    References
    ----------
    .. [1] Soin AS et al., Transplantation 2019;103:e39-47, doi:10.1097/TP.0000000000002475
    """
    if not donor.is_donor:
        raise PatientError("the patient is not a living donor; give condition or diagnosis 'donor'")
    if not 0.0 < recipient_weight_kg < float("inf"):
        raise PatientError(f"recipient_weight_kg is {recipient_weight_kg}; expected kg above 0")
    named = "MHV" in plan.structures
    if named and mhv_side == "remnant":
        raise PlanError(f"plan {plan.notation!r} takes the middle hepatic vein, and mhv_side says it stays")
    side: MhvSide | None = "graft" if named else mhv_side
    table = volumes(liver, plan)
    if table.ablated_ml > 0.0:
        raise PlanError(f"plan {plan.notation!r} ablates; a graft is resected whole")
    assessment = assess(liver, plan, donor, case_id=case_id, options=options)
    graft = expected_specimen(liver, plan, factor=factor)
    ratio = graft_to_recipient_weight_percent(graft.weight_g, recipient_weight_kg)
    rows = [row for row in CRITERIA if row.measure == "graft_to_recipient_weight_percent"]
    findings = []
    for row in rows:
        value_text, limit_text = with_digits(ratio, row.limit)
        where = "exactly at" if ratio == row.limit else "above" if ratio > row.limit else "below"
        text = f"{value_text} % is {where} the limit of {limit_text} %"
        findings.append(Finding(row, ratio, row.judge(ratio), text))
    notes = ["graft_weight_by_factor", "graft_limits_not_graded"]
    notes.append("mhv_side_unknown" if side is None else f"mhv_with_{side}")
    return DonorPlan(
        assessment=assessment,
        graft=graft,
        recipient_weight_kg=float(recipient_weight_kg),
        graft_to_recipient_weight_percent=ratio,
        findings=tuple(findings),
        mhv_side=side,
        congested_graft_ml=_functional_ml(table, ("5", "8"), Fate.RESECTED) if side == "remnant" else None,
        congested_remnant_ml=_functional_ml(table, ("4", "4a", "4b"), Fate.KEPT) if side == "graft" else None,
        notes=tuple(notes),
        note_texts=MappingProxyType({note: NOTE_TEXTS[note] for note in notes}),
    )


def _functional_ml(table: VolumeTable, parts: tuple[str, ...], fate: Fate) -> float | None:
    rows = [table.part_names.index(part) for part in parts if part in table.part_names]
    if not rows:
        return None
    return float(sum(table.ml[row, tissue, fate] for row in rows for tissue in FUNCTIONAL))
