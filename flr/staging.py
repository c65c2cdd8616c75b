"""A staged plan on a liver, stage by stage: what leaves, what is left, the flag, the growth still needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from flr.assessment import Assessment, Options, assess, prepared
from flr.criteria.growth import PublishedGrowth, published_growth
from flr.errors import PlanError
from flr.frozen import FrozenMapping
from flr.liver import FUNCTIONAL, REMAINING, Liver, VolumeTable, measure
from flr.measures import Shortfall
from flr.patient import Patient
from flr.plans import Parts, Plan, fates, volumes
from flr.plans.plan import segments_in
from flr.plans.staged import TECHNIQUES, Procedure, StagedPlan, Technique

StageKey = Literal["start", "clear", "embolise", "partition", "wait", "resect"]

NOTE_TEXTS: Final[Mapping[str, str]] = FrozenMapping(
    {
        "staged_volumes_without_growth": "Volumes at every stage are those of this scan: growth is not "
        "predicted. Measure again after waiting.",
        "segment_4_not_embolised": "The resection removes segment 4 and its branches are not embolised: it "
        "does not shrink, and the remnant grows less (PMC5901738).",
        "function_test_before_stage_2": "Volume overstates function between the stages of ALPPS; a function "
        "test is needed before stage 2 (Olthof 2017).",
        "tumour_left_until_resection": "Tumour in the part to be resected stays until the last stage and may "
        "grow while waiting.",
        "embolisation_not_an_option": "Embolisation is not an option with Child-Pugh B or C or portal "
        "hypertension; this staged plan has it all the same.",
        "remnant_not_cleared": "Tumour stays in the remnant through every stage.",
    }
)
"""What the notes of a staged plan say to people."""

_PROCEDURE: Final[Mapping[Technique, Procedure | None]] = FrozenMapping(
    {"pve": "pve", "pve_4": "pve", "lvd": "lvd", "alpps": "alpps", "two_stage": None}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionFit:
    """How well a partition plane parts the liver as the resection does."""

    remnant_on_wrong_side_ml: float
    resected_on_wrong_side_ml: float


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage: what it takes, what is left after it, and what the resection would leave if it followed now.

    Parameters
    ----------
    key : {"start", "clear", "embolise", "partition", "wait", "resect"}
    title : str
    leaves_ml, leaves_tumour_ml : float
        All tissue, and the tumour in it, that leaves or is destroyed at this stage. [mL]
    left_functional_ml, left_tumour_ml : float
        In the body after this stage. [mL]
    flr_ml : float
        Remnant of the completed plan as far as it is decided by now. [mL]
    embolised_parts : tuple of str
    embolised_ml : float or None
        Functional tissue whose portal branches are closed. [mL]
    flag, headline : str
        Of the resection if it followed at once, without growth; see ``assessment``.
    assessment : Assessment
    needs : tuple of Shortfall
        Millilitres and growth that bring the remnant to each limit.
    """

    key: StageKey
    title: str
    leaves_ml: float
    leaves_tumour_ml: float
    left_functional_ml: float
    left_tumour_ml: float
    flr_ml: float
    embolised_parts: tuple[str, ...]
    embolised_ml: float | None
    flag: str
    headline: str
    assessment: Assessment
    needs: tuple[Shortfall, ...]


@dataclass(frozen=True, kw_only=True)
class StagedResult:
    """A staged plan on a liver. For review by a multidisciplinary team, never a decision."""

    name: str
    technique: Technique
    notation: str
    stages: tuple[Stage, ...]
    partition: PartitionFit | None
    published: tuple[PublishedGrowth, ...]
    notes: tuple[str, ...]
    note_texts: Mapping[str, str]


def stage_by_stage(
    liver: Liver,
    staged: StagedPlan,
    patient: Patient,
    *,
    case_id: str = "case",
    options: Options | None = None,
) -> StagedResult:
    """Volumes and flags of a staged plan at every stage.

    Parameters
    ----------
    liver : Liver
        Before the first stage. It and the patient are taken as by :func:`flr.assessment.prepared`.
    staged : StagedPlan
    patient : Patient
    case_id : str
    options : Options, optional

    Returns
    -------
    StagedResult

    Raises
    ------
    PlanError
        If a stage does not fit the liver; for a living donor; for ALPPS in biliary disease or cirrhosis,
        which is never offered.

    Notes
    -----
    Nothing grows here. Each stage says what the resection would leave if it followed at once, and how much
    growth brings that to each limit; published mean growth stands beside it and is no prediction.
    """
    _check_patient(staged, patient)
    liver, patient = prepared(liver, (staged.combined,), patient)
    staged = replace(staged, embolised=_own_names(staged.embolised, liver))
    removed = staged.resection.removes(liver)
    embolises = staged.technique != "two_stage" or bool(staged.embolised)
    parts = staged.embolised_parts(removed) if embolises else ()
    before = assess(liver, staged.resection, patient, case_id=case_id, options=options)
    combined = (
        before
        if staged.clear is None
        else assess(liver, staged.combined, patient, case_id=case_id, options=options)
    )
    stages = _stages(liver, staged, parts, before, combined)
    return StagedResult(
        name=staged.name,
        technique=staged.technique,
        notation=staged.combined.notation,
        stages=stages,
        partition=_partition(liver, staged) if staged.technique == "alpps" else None,
        published=published_growth(_PROCEDURE[staged.technique] or ("pve" if parts else None)),
        notes=(notes := _notes(staged, patient, removed, parts, stages, embolises=embolises)),
        note_texts=FrozenMapping({note: NOTE_TEXTS[note] for note in notes}),
    )


def _stages(
    liver: Liver, staged: StagedPlan, parts: tuple[str, ...], before: Assessment, combined: Assessment
) -> tuple[Stage, ...]:
    """Every stage in its order; ``parts`` are those that are embolised."""
    untouched = measure(liver)
    stages = [_stage("start", "today", before, _kept(untouched), (0.0, 0.0))]
    current = untouched
    if staged.clear is not None:
        current = volumes(liver, staged.clear, untouched)
        taken = current.resected_ml + current.ablated_ml, untouched.tumour_ml - current.remnant_tumour_ml
        title = f"clear the remnant: {staged.clear.name}"
        stages.append(_stage("clear", title, combined, _kept(current), taken))
    left = _kept(current)
    embolised_ml = _functional_ml(current, parts) if parts else None
    if parts:
        key: StageKey = "partition" if staged.technique == "alpps" else "embolise"
        two_stage = staged.technique == "two_stage"
        technique = "portal vein embolisation" if two_stage else TECHNIQUES[staged.technique]
        title = f"{technique}: parts {', '.join(parts)}"
        stages.append(_stage(key, title, combined, left, (0.0, 0.0), parts, embolised_ml))
    stages.append(_stage("wait", "wait, then measure again", combined, left, (0.0, 0.0), parts, embolised_ml))
    resected = volumes(liver, staged.combined, untouched)
    after = _kept(resected)
    assert abs(resected.remnant_ml - after[0]) < 1e-6  # what stays functional is the remnant
    taken = sum(left) - sum(after), left[1] - after[1]
    stages.append(_stage("resect", f"resect: {staged.resection.name}", combined, after, taken, parts))
    return tuple(stages)


def _notes(
    staged: StagedPlan,
    patient: Patient,
    removed: tuple[str, ...],
    parts: tuple[str, ...],
    stages: Sequence[Stage],
    *,
    embolises: bool,
) -> tuple[str, ...]:
    notes = ["staged_volumes_without_growth"]
    removes_4, embolises_4 = (any("4" in segments_in(part) for part in some) for some in (removed, parts))
    if embolises and removes_4 and not embolises_4:
        notes.append("segment_4_not_embolised")
    if staged.technique == "alpps":
        notes.append("function_test_before_stage_2")
    waiting, resected = stages[-2], stages[-1]
    if waiting.left_tumour_ml > resected.left_tumour_ml:
        notes.append("tumour_left_until_resection")
    if parts and patient.embolisation_excluded_by:
        notes.append("embolisation_not_an_option")
    if resected.left_tumour_ml > 0.0 and staged.intent == "cure":
        notes.append("remnant_not_cleared")
    return tuple(notes)


def _check_patient(staged: StagedPlan, patient: Patient) -> None:
    if patient.is_donor:
        raise PlanError("a staged plan is no option for a living donor; assess the donor's resection alone")
    if staged.technique != "alpps":
        return
    if patient.is_biliary:
        raise PlanError(
            "ALPPS is not offered in biliary disease (90-day mortality 48 %, 14 of 29, PMC5662942); "
            "use technique 'pve', with the remnant drained"
        )
    if "cirrhosis" in patient.conditions:
        raise PlanError("ALPPS is not offered in cirrhosis; use technique 'pve' (with TACE)")
    if not patient.alpps_may_be_named:
        raise PlanError(f"{patient.embolisation_excluded_by}: ALPPS is not offered; assess another plan")
    if staged.intent == "debulking":
        raise PlanError("ALPPS is not offered for a debulking resection; plan to remove less")


def _own_names(parts: tuple[str, ...], liver: Liver) -> tuple[str, ...]:
    """Embolised parts as the liver calls them, which may be whole sections."""
    if not parts:
        return ()
    try:
        return Parts(parts).removes(liver)
    except PlanError as error:
        missing = next(part for part in parts if part not in liver.part_names)
        raise PlanError(
            f"embolised part {missing} does not exist in this liver; it has {', '.join(liver.part_names)}"
        ) from error


def _kept(table: VolumeTable) -> tuple[float, float, float]:
    """Functional, tumour and nonfunctional tissue that stays. [mL]"""
    return table.remnant_ml, table.remnant_tumour_ml, table.remnant_nonfunctional_ml


def _functional_ml(table: VolumeTable, parts: tuple[str, ...]) -> float:
    rows = [table.part_names.index(part) for part in parts]
    return float(table.ml[np.ix_(rows, FUNCTIONAL, REMAINING)].sum())


def _partition(liver: Liver, staged: StagedPlan) -> PartitionFit | None:
    if staged.partition is None:
        return None
    leaving_side = staged.partition.mask(liver)
    fate = fates(liver, staged.resection)
    organ = liver.parts > 0
    stays = np.isin(fate, REMAINING) & organ
    wrong = measure(liver, _as_fates(stays & leaving_side)).resected_ml
    other = measure(liver, _as_fates(organ & ~stays & ~leaving_side)).resected_ml
    return PartitionFit(remnant_on_wrong_side_ml=wrong, resected_on_wrong_side_ml=other)


def _as_fates(
    mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asfortranarray(mask.astype(np.uint8))  # 1 is Fate.RESECTED


def _stage(
    key: StageKey,
    title: str,
    assessment: Assessment,
    left: tuple[float, float, float],
    taken: tuple[float, float],
    parts: tuple[str, ...] = (),
    embolised_ml: float | None = None,
) -> Stage:
    return Stage(
        key=key,
        title=title,
        leaves_ml=max(0.0, taken[0]),
        leaves_tumour_ml=max(0.0, taken[1]),
        left_functional_ml=left[0],
        left_tumour_ml=left[1],
        flr_ml=assessment.volumes.remnant_ml,
        embolised_parts=parts,
        embolised_ml=embolised_ml,
        flag=assessment.flag,
        headline=assessment.headline,
        assessment=assessment,
        needs=assessment.context.shortfalls,
    )


def staged_variants(
    resection: Plan, *, clear: Plan | None = None, patient: Patient | None = None
) -> tuple[StagedPlan, ...]:
    """Every technique that can be staged towards a resection, to compare; ALPPS only where it may be named.

    Parameters
    ----------
    resection : Plan
    clear : Plan, optional
        What clears the remnant; a two-stage hepatectomy needs it.
    patient : Patient, optional
        ALPPS is left out for biliary disease and cirrhosis, everything for a donor.

    Examples
    --------
    >>> from flr.plans import parse_plan
    >>> [s.technique for s in staged_variants(parse_plan("H5678"), patient=Patient(condition="cirrhosis"))]
    ['pve', 'lvd']
    """
    if patient is not None and patient.is_donor:
        return ()
    without_alpps = patient is not None and (patient.is_biliary or "cirrhosis" in patient.conditions)
    removed = {name for cut in resection.cuts for name in getattr(cut, "names", ())}
    techniques: list[Technique] = ["pve"]
    if removed & {"4", "4a", "4b"}:
        techniques.append("pve_4")
    techniques.append("lvd")
    if not without_alpps:
        techniques.append("alpps")
    if clear is not None:
        techniques.append("two_stage")
    return tuple(
        StagedPlan(name=f"{resection.name}, {TECHNIQUES[t]}", technique=t, resection=resection, clear=clear)
        for t in techniques
    )
