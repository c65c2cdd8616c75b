"""Living donation: graft and donor remnant from one plan, and the graft for a recipient's weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from flr.assessment import Assessment, Options, assess, prepared
from flr.criteria import CRITERIA, Extent, Finding, extent_of
from flr.criteria.model import Verdict, with_digits
from flr.documented import Documented
from flr.errors import PatientError, PlanError
from flr.facts import fact_of
from flr.formulas.ratios import graft_to_recipient_weight_percent
from flr.formulas.specimen import DEFAULT_WEIGHT_FACTOR, WeightFactor, specimen_weight_g
from flr.frozen import FrozenMapping
from flr.liver import FUNCTIONAL, Fate, Liver, VolumeTable
from flr.patient import Patient
from flr.plans import Plan, volumes
from flr.plans.notation import plans_from
from flr.plans.plan import segments_in
from flr.specimen import Specimen, expected_specimen

MhvSide = Literal["graft", "remnant"]

MIDDLE_VEIN: Final = frozenset("458")
"""Segments that the middle hepatic vein drains."""

NOTE_TEXTS: Final[Mapping[str, str]] = FrozenMapping(
    {
        "mhv_side_unknown": "The side of the middle hepatic vein is not given: congestion of segments 4, 5 "
        "and 8 cannot be told.",
        "mhv_with_graft": "The middle hepatic vein goes with the graft: segments 4, 5 and 8 may be congested "
        "as far as they stay with the donor.",
        "mhv_with_remnant": "The middle hepatic vein stays with the donor: segments 4, 5 and 8 may be "
        "congested as far as they go with the graft.",
        "graft_weight_by_factor": "The graft's weight is its CT volume times a named factor.",
        "graft_weight_without_factor": "No weight per CT volume is published for such a graft: it is "
        "weighed at "
        "1 g/mL, which overestimates right and left grafts (0.84 to 1.0 g/mL).",
        "near_cutoff": "The range of the graft's weight holds a limit of GRWR: within its error the graft "
        "may be "
        "on either side.",
        "volumes_unbelievable": "The volumes cannot be believed, so the graft's weight is held against no "
        "limit.",
        "other_grafts": "Another graft (left, posterior, or a dual graft of two donors) is an option to "
        "discuss.",
        "graft_limits_not_graded": "Graft-to-recipient weight is for the recipient's team; it changes no "
        "flag of the donor.",
    }
)
"""What the notes of a donor plan say to people."""


@dataclass(frozen=True, kw_only=True)
class DonorPlan(Documented):
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
        GRWR by the central weight per CT volume of such a graft, which is compared with the limits. [%]
    graft_to_recipient_weight_raw_percent : float
        GRWR at 1 g/mL. [%]
    graft_to_recipient_weight_low_percent, graft_to_recipient_weight_high_percent : float or None
        GRWR at the ends of the published weights per CT volume; None where there are none. [%]
    findings : tuple of Finding
        GRWR against the published minimums.
    mhv_side : {"graft", "remnant"} or None
    congested_graft_ml, congested_remnant_ml : float or None
        Functional tissue of segments 4, 5 and 8, which the middle hepatic vein drains, on the side that
        loses it; None while the side is not known, or where the parts do not tell. [mL]
    notes, note_texts
    """

    assessment: Assessment
    graft: Specimen
    recipient_weight_kg: float
    graft_to_recipient_weight_percent: float
    graft_to_recipient_weight_raw_percent: float
    graft_to_recipient_weight_low_percent: float | None
    graft_to_recipient_weight_high_percent: float | None
    findings: tuple[Finding, ...]
    mhv_side: MhvSide | None
    congested_graft_ml: float | None
    congested_remnant_ml: float | None
    notes: tuple[str, ...]
    note_texts: Mapping[str, str]


def donor_plan(
    liver: Liver,
    plan: Plan | str,
    donor: Patient,
    *,
    recipient_weight_kg: float,
    mhv_side: MhvSide | None = None,
    factor: str | None = None,
    case_id: str = "case",
    options: Options | None = None,
) -> DonorPlan:
    """Graft and donor remnant from one plan.

    Parameters
    ----------
    liver : Liver
        The donor's. It and the donor are taken as by :func:`flr.assessment.prepared`.
    plan : Plan or str
        What leaves is the graft; ``H5678-MHV`` says that the middle hepatic vein goes with it.
    donor : Patient
        With condition or diagnosis ``donor``.
    recipient_weight_kg : float
        [kg]
    mhv_side : {"graft", "remnant"}, optional
        Where the middle hepatic vein stays; with the graft where the plan names it.
    factor : str, optional
        Key of `flr.formulas.specimen.WEIGHT_FACTORS`, for the graft's weight only; by default that of such a
        graft (right, left, left lateral), and 1 g/mL where none is published.
    case_id : str
    options : Options, optional

    Raises
    ------
    PatientError
        If the patient is no donor, or the recipient's weight cannot be.
    PlanError
        If the plan does not fit the liver, ablates, or contradicts ``mhv_side``.

    References
    ----------
    .. [1] Soin AS et al., Transplantation 2019;103:e39-47, doi:10.1097/TP.0000000000002475
    .. [2] Goja S et al., Hepatobiliary Surg Nutr 2018; Chan SC et al., World J Gastroenterol 2006;12:2217-22;
       Wang, Liver Transpl 2011;17:373-80, doi:10.1002/lt.22274; Diagn Interv Radiol 2024;30:3-8
    """
    (plan,) = plans_from(plan)
    check_donation(donor, recipient_weight_kg)
    liver, donor = prepared(liver, (plan,), donor)
    assessment = assess(liver, plan, donor, case_id=case_id, options=options)
    return with_graft(
        assessment, liver, plan, recipient_weight_kg=recipient_weight_kg, mhv_side=mhv_side, factor=factor
    )


def check_donation(donor: Patient, recipient_weight_kg: float) -> None:
    """Refuse who is no donor, and a weight that no recipient has; before anything is measured.

    Raises
    ------
    PatientError
        If the patient is no donor, or the recipient's weight cannot be.
    """
    if not donor.is_donor:
        raise PatientError("the patient is not a living donor; give condition or diagnosis 'donor'")
    plausible = fact_of("weight_kg").plausible
    expected = None if plausible is None else plausible.expected_of(recipient_weight_kg)
    if expected is not None:
        raise PatientError(f"recipient_weight_kg is {recipient_weight_kg:g}; expected {expected}")


def with_graft(
    assessment: Assessment,
    liver: Liver,
    plan: Plan,
    *,
    recipient_weight_kg: float,
    mhv_side: MhvSide | None = None,
    factor: str | None = None,
) -> DonorPlan:
    """The graft beside the donor's remnant, which has been assessed.

    Parameters
    ----------
    assessment : Assessment
        Of this plan on this liver, for a donor.
    liver : Liver
        As it was assessed, see :func:`flr.assessment.prepared`.
    plan : Plan
    recipient_weight_kg, mhv_side, factor
        As in :func:`donor_plan`.

    Raises
    ------
    PatientError, PlanError
        As :func:`donor_plan`.
    """
    check_donation(assessment.patient, recipient_weight_kg)
    named = "MHV" in plan.structures
    if named and mhv_side == "remnant":
        raise PlanError(f"plan {plan.notation!r} takes the middle hepatic vein, and mhv_side says it stays")
    side: MhvSide | None = "graft" if named else mhv_side
    table = volumes(liver, plan)
    if table.ablated_ml > 0.0:
        raise PlanError(f"plan {plan.notation!r} ablates; a graft is resected whole")
    key = factor or _factor_of(extent_of(plan, plan.removes(liver)))
    graft = expected_specimen(liver, plan, factor=key or DEFAULT_WEIGHT_FACTOR)
    ratio = graft_to_recipient_weight_percent(graft.weight_g, recipient_weight_kg)
    raw = graft_to_recipient_weight_percent(
        specimen_weight_g(graft.volume_ml, factor=DEFAULT_WEIGHT_FACTOR), recipient_weight_kg
    )
    low, high = _ends(graft.factor, graft.volume_ml, recipient_weight_kg)
    findings = _findings(ratio)
    if assessment.is_unbelievable:  # nor can the graft be
        reason = NOTE_TEXTS["volumes_unbelievable"].rstrip(".")
        findings = tuple(Finding(one.criterion, None, Verdict.NOT_ASSESSED, reason) for one in findings)
    notes = ["volumes_unbelievable"] if assessment.is_unbelievable else []
    notes += ["graft_weight_by_factor" if key else "graft_weight_without_factor", "graft_limits_not_graded"]
    limits = [] if assessment.is_unbelievable else [finding.criterion.limit for finding in findings]
    if low is not None and high is not None and any(low <= limit <= high for limit in limits):
        notes.append("near_cutoff")
    small = any(finding.verdict is Verdict.FALLS_SHORT for finding in findings)
    if small or "near_cutoff" in notes or assessment.flag_by_volume in ("below_donor_minimum", "borderline"):
        notes.append("other_grafts")
    notes.append("mhv_side_unknown" if side is None else f"mhv_with_{side}")
    return DonorPlan(
        assessment=assessment,
        graft=graft,
        recipient_weight_kg=float(recipient_weight_kg),
        graft_to_recipient_weight_percent=ratio,
        graft_to_recipient_weight_raw_percent=raw,
        graft_to_recipient_weight_low_percent=low,
        graft_to_recipient_weight_high_percent=high,
        findings=findings,
        mhv_side=side,
        congested_graft_ml=_drained_ml(table, Fate.RESECTED) if side == "remnant" else None,
        congested_remnant_ml=_drained_ml(table, Fate.KEPT) if side == "graft" else None,
        notes=tuple(notes),
        note_texts=FrozenMapping({note: NOTE_TEXTS[note] for note in notes}),
    )


def _findings(ratio_percent: float) -> tuple[Finding, ...]:
    """GRWR against the published minimums."""
    findings = []
    for row in CRITERIA:
        if row.measure != "graft_to_recipient_weight_percent":
            continue
        value_text, limit_text = with_digits(ratio_percent, row.limit)
        where = (
            "exactly at" if ratio_percent == row.limit else "above" if ratio_percent > row.limit else "below"
        )
        text = f"{value_text} % is {where} the limit of {limit_text} %"
        findings.append(Finding(row, ratio_percent, row.judge(ratio_percent), text))
    return tuple(findings)


def _factor_of(extent: Extent) -> str | None:
    """Key of the weight per CT volume of a graft, segment 1 aside; None where none is published."""
    if not extent.are_segments_all:
        return None
    grafts = {"5678": "right_graft", "234": "left_graft", "23": "left_lateral_graft"}
    # A half or a drawn part of a segment beside whole ones makes another graft.
    halves = {"4a", "4b"} if "4" in extent.whole_segments else set()
    if not set(extent.segments or ()) - halves <= extent.whole_segments:
        return None
    return next(
        (key for segments, key in grafts.items() if extent.whole_segments - {"1"} == frozenset(segments)),
        None,
    )


def _ends(
    factor: WeightFactor, volume_ml: float, recipient_weight_kg: float
) -> tuple[float | None, float | None]:
    """GRWR at both ends of the published weights per CT volume."""
    low, high = (
        None if end is None else graft_to_recipient_weight_percent(end * volume_ml, recipient_weight_kg)
        for end in (factor.low_g_per_ml, factor.high_g_per_ml)
    )
    return low, high


def _drained_ml(table: VolumeTable, fate: Fate) -> float | None:
    """Functional tissue that the middle hepatic vein drains; None where the parts do not tell. [mL]"""
    held = [segments_in(part) for part in table.part_names]
    drained_ml = 0.0
    for row, inside in enumerate(held):
        ml = float(sum(table.ml[row, tissue, fate] for tissue in FUNCTIONAL))
        if not ml > 0.0 or (inside and not inside & MIDDLE_VEIN):
            continue
        if not inside or inside - MIDDLE_VEIN:
            return None
        drained_ml += ml
    return drained_ml
