"""From a liver, a plan and a patient to a flagged assessment."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flr import checks
from flr.criteria import (
    BELOW_MINIMUM,
    AdverseFact,
    Because,
    Extent,
    Finding,
    Flag,
    Grade,
    RemnantTumour,
    SiteLimits,
    criteria_of,
    extent_of,
    grade,
    limits_in_use,
    percent_limits,
    texts,
)
from flr.criteria.outcome import PlanOutcome, plan_outcome
from flr.criteria.percentages import percent_criteria
from flr.criteria.scores import Score, operation_of, scores_of
from flr.criteria.site import SiteFile
from flr.criteria.tumour_block import NOTE_TEXTS as TUMOUR_NOTE_TEXTS
from flr.criteria.tumour_block import TumourBlock, tumour_block
from flr.criteria.what_if import UnderProfile, under_profiles
from flr.documented import Documented
from flr.errors import CriterionError, PlanError
from flr.facts import VESSELS_COUNT, VesselsCount
from flr.files import InputFile
from flr.formulas import (
    BSA_FORMULAS,
    DEFAULT_BSA_FORMULA,
    DEFAULT_LIVER_VOLUME_FORMULA,
    LEAST_BSA_M2,
    LIVER_VOLUME_FORMULAS,
    STANDARD_BSA_M2,
    bsa_m2,
    ratios,
)
from flr.frozen import FrozenMapping, once
from flr.geometry import Grid
from flr.labels import Tissue
from flr.liver import CAUDATE, REMAINING, Fate, Liver, Source, VolumeTable, completed_from_headers, measure
from flr.measures import Measures, OtherStandard, Shortfall, other_standards, relate, shortfalls
from flr.patient import Patient, body_findings
from flr.perfusion import NOTE_TEXTS as PERFUSION_NOTE_TEXTS
from flr.perfusion import (
    SHEATH_NOTE_TEXTS,
    PerfusionBlock,
    SheathBlock,
    SheathOutcome,
    divided_for,
    perfusion_block,
    sheath_block,
    vessel_findings,
)
from flr.plans import STRUCTURES_RECORDED, Intent, Plan, volumes
from flr.plans.achieved import AchievedAblation, achieved_ablation
from flr.plans.notation import plans_from
from flr.quality import (
    CHECKS,
    Acceptance,
    Evidence,
    QualityFinding,
    acceptances,
    lowered,
    split_acceptances,
)
from flr.quality.finding import ReassuranceRow
from flr.reassurance import Seen, image_rows, is_reviewed
from flr.stages import stage
from flr.structures import DRAWN
from flr.uncertainty import (
    ERRORS,
    Errors,
    Interval,
    LiverSurfaces,
    VolumeErrors,
    assumed_errors,
    graded_standard_key,
    measured_interval,
    plan_intervals,
    surfaces_of,
)
from flr.version import VERSION
from flr.words import FLAG_WORDS, lower_first, plain

_LOG = logging.getLogger(__name__)

TRUNCATED = "liver cut off by the scan: mL are lower bounds and shares of unknown direction"


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan as it was applied to one liver."""

    name: str
    notation: str
    removes: tuple[str, ...]
    intent: Intent
    structures: tuple[str, ...] = ()
    given: str = ""
    files: tuple[InputFile, ...] = ()


@dataclass(frozen=True)
class Volumes:
    """Volumes of one assessment in mL; None where nobody measured. ``parts_ml`` are whole parts."""

    total_ml: float
    functional_ml: float
    tumour_ml: float | None
    nonfunctional_ml: float | None
    resected_ml: float | None
    ablated_ml: float | None
    remnant_ml: float
    remnant_tumour_ml: float | None
    remnant_nonfunctional_ml: float | None
    parts_ml: Mapping[str, float] = field(default_factory=dict)
    lower_bound: bool = False

    @property
    def stated_ml(self) -> dict[str, float | None]:
        """Every single volume by its name without the unit."""
        names = [entry.name for entry in fields(self) if entry.name.endswith("_ml")]
        return {name.removesuffix("_ml"): getattr(self, name) for name in names if name != "parts_ml"}


@dataclass(frozen=True)
class Provenance:
    """What is needed to compute the same numbers again."""

    flr_version: str
    source: Source
    grid: Mapping[str, object]
    bsa_formula: str
    standard_volume_formula: str
    conditions: tuple[str, ...]
    limits: SiteLimits | None = None
    accepted: tuple[str, ...] = ()
    errors: Errors = ERRORS
    errors_from: Literal["boundaries", "numbers"] = "numbers"
    vessels_count: VesselsCount = "included"
    site: SiteFile | None = None


@dataclass(frozen=True, slots=True)
class WithoutVessels:
    """Functional liver and remnant without the vessels that are drawn in them: shown, never graded.

    Parameters
    ----------
    vessels_ml, remnant_vessels_ml : float or None
        Drawn vessels inside the functional liver, and inside the remnant. [mL]
    functional_ml, flr_ml : float or None
        Without them. [mL]
    flr_percent_of_measured : float or None
        The one of the other; None as well where the scan does not hold the whole liver. [%]
    reason : str
        Why a value is None.
    """

    vessels_ml: float | None = None
    remnant_vessels_ml: float | None = None
    functional_ml: float | None = None
    flr_ml: float | None = None
    flr_percent_of_measured: float | None = None
    reason: str = ""


def without_vessels(table: VolumeTable, *, lower_bound: bool = False) -> WithoutVessels:
    """Functional liver and remnant of a plan less the vessels that are drawn inside the liver.

    Parameters
    ----------
    table : VolumeTable
        Of the plan.
    lower_bound : bool
        The scan does not hold the whole liver.
    """
    vessels = table.ml[:, Tissue.VESSEL]
    vessels_ml, left_ml = float(vessels.sum()), float(vessels[:, REMAINING].sum())
    if not vessels_ml > 0.0:
        return WithoutVessels(reason="no vessel is drawn inside the liver")
    functional_ml = table.functional_ml - vessels_ml
    if not functional_ml > 0.0:
        return WithoutVessels(vessels_ml, left_ml, reason="nothing but vessels is functional")
    flr_ml = table.remnant_ml - left_ml
    return WithoutVessels(
        vessels_ml,
        left_ml,
        functional_ml,
        flr_ml,
        None if lower_bound else ratios.flr_percent_of_measured(flr_ml, functional_ml),
        TRUNCATED if lower_bound else "",
    )


@dataclass(frozen=True)
class Context:
    """Numbers that help a discussion and are never graded.

    Parameters
    ----------
    shortfalls : tuple of Shortfall
        Millilitres and growth that bring the remnant to each limit.
    other_standards : tuple of OtherStandard
        The remnant's share under every other standard liver formula.
    """

    shortfalls: tuple[Shortfall, ...]
    other_standards: tuple[OtherStandard, ...]


@dataclass(frozen=True)
class Assessment(Documented):
    """One plan on one liver for one patient: numbers, findings, flag. For review, never a decision."""

    case_id: str
    plan: PlanSummary
    volumes: Volumes
    voxels: Mapping[str, int]
    measures: Measures
    intervals: Mapping[str, Interval]
    findings: tuple[Finding, ...]
    triggers: tuple[str, ...]
    flag: str
    headline: str
    notes: tuple[str, ...]
    note_texts: Mapping[str, str]
    quality: tuple[QualityFinding, ...]
    context: Context
    patient: Patient
    provenance: Provenance
    tumours: TumourBlock | None = None
    perfusion: PerfusionBlock | None = None
    against: tuple[str, ...] = ()
    because: Because | None = None
    flag_by_volume: Flag = "indeterminate"
    reassurance: tuple[Evidence, ...] = ()
    options: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()
    without_vessels: WithoutVessels | None = None
    under_profiles: tuple[UnderProfile, ...] = ()
    ablated_zone: AchievedAblation | None = None
    ducts_and_artery: SheathBlock | None = None
    opening: str = ""
    assumed: str = ""
    flag_by_published_limits: Flag | None = None

    @property
    def is_below_minimum(self) -> bool:
        """Whether the graded remnant is below a minimum, whatever may be done about it."""
        return self.flag in BELOW_MINIMUM

    @property
    def missing_rows(self) -> tuple[str, ...]:
        """Rows that are why the flag is ``indeterminate`` though volume gives another, in their order."""
        if self.because != "not_shown":
            return ()
        return tuple(row.row for row in self.reassurance if row.is_missing)

    @property
    def accepted_rows(self) -> tuple[str, ...]:
        """Rows that were accepted, with why and by whom."""
        return tuple(row.said for row in self.reassurance if row.status == "accepted")

    @property
    def outcome(self) -> PlanOutcome:
        """Tumours by what becomes of them, the least margin, and the growth that the remnant lacks."""
        return plan_outcome(self.tumours, self.context.shortfalls, self.findings)

    @property
    def is_unbelievable(self) -> bool:
        """Whether a check makes the volumes themselves unbelievable."""
        return any(checks.blocks_grading(found) for found in self.quality)


@dataclass(frozen=True, slots=True)
class Options:
    """Choices that change how numbers are computed or graded.

    Parameters
    ----------
    bsa_formula, standard_volume_formula : str
        Keys of :data:`flr.formulas.BSA_FORMULAS` and :data:`flr.formulas.LIVER_VOLUME_FORMULAS`.
        Shares are graded with the default standard volume, which the limits were derived with; another
        one is shown.
    limits : SiteLimits, optional
        A site's own percent limits, recorded and printed as such.
    accepted : tuple of str
        Rows of the reassurance table that are not shown, and checks, for which the user takes responsibility:
        ``KEY`` or ``KEY=reason, who`` each.
    errors : Errors
        Assumed errors of measurement, or those of two readers.
    vessels_count : {"included", "excluded"}
        Excluded, volumes without the drawn vessels are given beside the usual ones, which are graded: the
        published limits were made with vessels in.
    site : SiteFile, optional
        A site's own file, recorded. Its background chooses the limits where none is given; its formulas and
        limits are taken where the door that reads it puts them among these options.
    """

    bsa_formula: str = DEFAULT_BSA_FORMULA
    standard_volume_formula: str = DEFAULT_LIVER_VOLUME_FORMULA
    limits: SiteLimits | None = None
    accepted: tuple[str, ...] = ()
    errors: Errors = ERRORS
    vessels_count: VesselsCount = "included"
    site: SiteFile | None = None

    def __post_init__(self) -> None:
        if self.vessels_count not in VESSELS_COUNT:
            raise CriterionError(
                f"vessels_count is {self.vessels_count!r}; expected {' or '.join(VESSELS_COUNT)}"
            )
        if self.bsa_formula not in BSA_FORMULAS:
            raise CriterionError(_unknown("body surface formula", self.bsa_formula, BSA_FORMULAS))
        if self.standard_volume_formula not in LIVER_VOLUME_FORMULAS:
            raise CriterionError(
                _unknown("standard liver volume formula", self.standard_volume_formula, LIVER_VOLUME_FORMULAS)
            )
        given = (self.accepted,) if isinstance(self.accepted, str) else self.accepted
        object.__setattr__(self, "accepted", split_acceptances(given))
        acceptances(self.accepted, CHECKS)

    @property
    def acceptances(self) -> tuple[Acceptance, ...]:
        """What is accepted, with why and by whom."""
        return acceptances(self.accepted, CHECKS)


NOTE_TEXTS = {
    "caudate_kept": "Segment 1 is kept by this plan; the remnant is also given without it.",
    "caudate_resected": "Segment 1 leaves with this plan.",
    "structures_recorded_only": (
        "Vessels and ducts named in the plan are recorded; they change no volume here."
    ),
    "extended_right_is_4_to_8": (
        "Extended right hepatectomy is read as segments 4-8 (Brisbane 2000);"
        " some authors mean 5-8 and part of 4."
    ),
    "nonfunctional_not_drawn": (
        "No cyst, ablation zone or dilated duct was drawn in the liver; none is subtracted."
    ),
    "ablated_zone_not_graded": (
        "The zone after ablation is held against the tumours; it changes no volume and no flag. It has to be"
        " registered to the scan that the tumours were drawn on; how well it is, these numbers do not tell."
    ),
    "vessels_counted": (
        "Volumes without the drawn vessels are given beside the usual ones. Graded are the usual ones, with"
        " vessels in, as the published limits were made."
    ),
    "volumes_are_lower_bounds": (
        "The scan does not hold the whole liver: every mL is a lower bound and no share is graded."
    ),
}
"""Notes that come from the liver and the plan; those of the rules are in :mod:`flr.criteria`."""

_NOTES = {**NOTE_TEXTS, **TUMOUR_NOTE_TEXTS, **PERFUSION_NOTE_TEXTS, **SHEATH_NOTE_TEXTS}


def _unknown(what: str, given: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(given, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(names)}"
    return f"no {what} is called {given!r}; {hint}"


def examine(
    liver: Liver, table: VolumeTable, *, patient: Patient | None = None
) -> tuple[QualityFinding, ...]:
    """Everything that the checks notice about an assembled liver, what reading noticed included.

    Parameters
    ----------
    liver : Liver
    table : VolumeTable
        ``measure(liver)``.
    patient : Patient, optional
        Whose earlier operations and liver disease explain what would be wrong in another liver.
    """
    person = patient or Patient()
    operated = "hepatectomy" in person.prior
    reshaped = _shares_are_explained(person)
    parts = table.parts_ml if liver.is_divided else {}
    functional = {name: table.part_functional_ml(name) for name in parts}
    orientation = liver.grid.orientation
    organ = liver.parts > 0
    plans_drawn = {name: mask for name, mask in liver.drawn.items() if name in DRAWN}
    by_part = liver.plane_counts
    whole = [counts.sum(axis=0) for counts in by_part]
    voxel_ml = liver.grid.voxel_volume_ml
    gaps = checks.empty_slice_findings(whole, voxel_ml, orientation=orientation, slabs=liver.slab_counts)
    if not gaps and liver.is_divided:
        gaps = checks.part_gap_findings(
            liver.parts, liver.part_names, by_part, voxel_ml, orientation=orientation
        )
    missing = checks.missing_segment_findings(parts, after_resection=operated)
    lacking = any(one.severity == "error" for one in missing)  # its neighbours end where it would begin
    return (
        *checks.with_missing_segments(liver.quality, missing),
        *checks.total_findings(table.total_ml, nonfunctional_ml=table.nonfunctional_ml),
        *checks.tumour_fraction_findings(table.tumour_ml + table.nonfunctional_ml, table.total_ml),
        *checks.anatomy_findings(parts, liver.part_centroids_mm, prior=person.prior),
        *checks.share_findings(parts, functional, explained=reshaped),
        *gaps,
        *(() if gaps else _lost_voxels(liver, table, organ)),
        *checks.flat_face_findings(
            whole,
            orientation=orientation,
            slabs=liver.slab_counts,
            faces=liver.hull_faces,
            exposed=() if gaps or lacking else liver.surface_steps,
            volume_ml=table.total_ml,
            after_resection=operated,
        ),
        *checks.shape_findings(liver.spread_mm, after_resection=operated),
        *checks.structure_findings(liver.runs, voxel_ml, after_resection=operated),
        *(checks.interpolation_findings(liver.parts, liver.grid.spacing_mm) if liver.is_divided else ()),
        *checks.drawn_findings(plans_drawn, organ, voxel_ml, orientation=orientation),
    )


def _noticed(liver: Liver, untouched: VolumeTable, patient: Patient) -> tuple[QualityFinding, ...]:
    """`examine`, once for all that it knows of patients."""
    key = ("examine", patient.prior, _shares_are_explained(patient))
    return once(liver, key, lambda: examine(liver, untouched, patient=patient))


def _of_image_and_body(
    liver: Liver, untouched: VolumeTable, patient: Patient, of_vessels: Sequence[QualityFinding] = ()
) -> tuple[QualityFinding, ...]:
    """What the checks notice about a liver, its patient, and the two together."""
    noticed = checks.with_large_total_explained(
        _noticed(liver, untouched, patient),
        total_ml=untouched.total_ml,
        functional_ml=untouched.functional_ml,
        expected_ml=None if patient.is_donor else expected_liver_ml(patient),
    )
    return (
        *noticed,
        *of_vessels,
        *body_findings(patient),
        *size_findings(
            patient,
            untouched.functional_ml,
            lower_bound=liver.truncated,
            unusually_long="hepatectomy" not in patient.prior and checks.is_unusually_long(liver.spread_mm),
        ),
        *checks.polycystic_findings(untouched.nonfunctional_ml, polycystic=patient.polycystic is True),
    )


def _as_accepted(liver: Liver, options: Options) -> Liver:
    """The liver as it counts where somebody says that it was cropped, not cut off: its volumes are whole."""
    if not any(one.key == "liver_truncated" for one in options.acceptances):
        return liver
    return once(liver, "whole", lambda: replace(liver, truncated=False))


def is_believable(liver: Liver, patient: Patient, options: Options) -> bool:
    """Whether no check makes the volumes of a prepared liver unbelievable, accepted ones aside."""
    liver = _as_accepted(liver, options)
    untouched = once(liver, "untouched", lambda: measure(liver))
    found = lowered(_of_image_and_body(liver, untouched, patient), options.acceptances)
    return not any(checks.blocks_grading(finding) for finding in found)


def _shares_are_explained(patient: Patient) -> bool:
    """Whether an earlier treatment or a disease explains unusual shares of the segments."""
    treated = {"hepatectomy", "embolisation"} & set(patient.prior)
    return bool(treated) or "cirrhosis" in patient.conditions or patient.is_biliary


def _seen(liver: Liver, table: VolumeTable, patient: Patient) -> Seen:
    """What is known of the image beside the findings."""
    expected_ml = expected_liver_ml(patient)
    unproven: list[tuple[ReassuranceRow, str]] = []
    if liver.segments_estimated:
        unproven.append(("side", "The segments were estimated, not drawn"))
    return Seen(
        source=liver.source,
        segments=len(liver.part_names) if liver.is_divided else 0,
        shares_explained=_shares_are_explained(patient),
        spacing_mm=liver.grid.spacing_mm,
        has_image=liver.image is not None,
        size_ratio=None if expected_ml is None else table.functional_ml / expected_ml,
        unproven=tuple(unproven),
    )


def expected_liver_ml(patient: Patient) -> float | None:
    """Standard volume of the body that a liver is held against; None in children and where it is not known.

    Examples
    --------
    >>> round(expected_liver_ml(Patient(weight_kg=70, height_cm=170)))
    1510
    """
    if patient.is_child or patient.weight_kg is None or patient.height_cm is None:
        return None
    surface_m2 = bsa_m2(patient.weight_kg, patient.height_cm)
    if not LEAST_BSA_M2 <= surface_m2 <= STANDARD_BSA_M2[1]:
        return None
    return LIVER_VOLUME_FORMULAS[DEFAULT_LIVER_VOLUME_FORMULA].function(bsa_m2=surface_m2)


def _lost_voxels(liver: Liver, table: VolumeTable, organ: NDArray[np.bool_]) -> tuple[QualityFinding, ...]:
    """Whether voxels are missing from the liver or its lesions; vessels cut out of it are not missing."""
    solid = organ
    for vessel in liver.vessels.values():
        solid = solid | vessel
    held = table.voxels.sum(axis=(0, 2))
    lesions = {
        name: organ & (liver.tissues == tissue)
        for name, tissue in (("nonfunctional tissue", Tissue.NONFUNCTIONAL), ("the tumour", Tissue.TUMOUR))
        if held[tissue]
    }
    voxel_ml = liver.grid.voxel_volume_ml
    return (
        *checks.porous_findings(solid, voxel_ml),
        *checks.lesion_gap_findings(lesions, voxel_ml, orientation=liver.grid.orientation),
    )


def size_findings(
    patient: Patient, functional_ml: float, *, lower_bound: bool = False, unusually_long: bool = False
) -> tuple[QualityFinding, ...]:
    """Whether the functional liver fits the body; nothing in children, or where the body tells no standard.

    Parameters
    ----------
    patient : Patient
    functional_ml : float
        Measured, without tumour and other nonfunctional tissue. [mL]
    lower_bound : bool
        The scan does not hold the whole liver.
    unusually_long : bool
        Its shape is unusual, too.

    Examples
    --------
    >>> [f.severity for f in size_findings(Patient(weight_kg=70, height_cm=170), 650.0)]
    ['error']
    """
    expected_ml = expected_liver_ml(patient)
    if expected_ml is None:
        return ()
    return checks.size_findings(
        functional_ml,
        expected_ml,
        donor=patient.is_donor,
        small_is_explained=lower_bound or "hepatectomy" in patient.prior,
        unusually_long=unusually_long,
    )


def prepared(liver: Liver, plans: Iterable[Plan], patient: Patient) -> tuple[Liver, Patient]:
    """A liver and a patient as every assessment takes them; done twice it changes nothing.

    The patient gets what the headers of the images add. A liver without segments gets parts estimated from
    its vessels, where a plan names parts. Whoever shows the liver of an assessment needs it like this.
    """
    liver, patient = completed_from_headers(liver, patient)
    return divided_for(plans, liver), patient


def assess_plans(
    liver: Liver,
    plans: Sequence[Plan | str] | Plan | str,
    patient: Patient,
    *,
    case_id: str = "case",
    options: Options | None = None,
    tables: Sequence[VolumeTable] | None = None,
    with_supply: bool = False,
) -> tuple[Assessment, ...]:
    """Assess several plans on one liver; the voxels are counted once. Liver and patient are :func:`prepared`.

    ``tables`` are the plans' volumes where somebody has counted them already; margins and errors of borders
    are then not measured, blood supply only ``with_supply``.

    Raises
    ------
    PlanError
        If no plan is given, one is not understood, or does not fit the liver.
    """
    plans = plans_from(plans)
    if not plans:
        raise PlanError("no plan: give at least one resection, or a drawn remnant or resected mask")
    liver, patient = prepared(liver, plans, patient)
    return _assess_plans(
        liver, plans, patient, case_id, options or Options(), tables, with_supply=with_supply
    )


def assess_as_given(
    liver: Liver, plan: Plan, patient: Patient, *, case_id: str = "case", options: Options | None = None
) -> Assessment:
    """One plan on a liver and a patient as they are: headers add nothing, and no part is estimated.

    For one scan of several, prepared together: the body size has to be that of the first, whatever each
    header says.

    Raises
    ------
    PlanError
        If the plan does not fit the liver.
    """
    return _assess_plans(liver, (plan,), patient, case_id, options or Options(), None)[0]


@dataclass(frozen=True, slots=True)
class _Call:
    """What all plans of one call share. ``seen`` is None where volumes were typed.

    ``stated`` is the patient as stated, where ``patient`` has the site's background besides.
    """

    case_id: str
    patient: Patient
    options: Options
    noticed: tuple[QualityFinding, ...]
    seen: Seen | None = None
    source: Source = field(default_factory=Source)
    grid: Mapping[str, object] = field(default_factory=dict)
    stated: Patient | None = None

    @property
    def quality(self) -> tuple[QualityFinding, ...]:
        """What was noticed, lowered where it was accepted."""
        return lowered(self.noticed, self.options.acceptances)

    def on(self, liver: Liver, plan: Plan) -> _Call:
        """The same with what one plan estimates of a liver: parts of segments along borders not drawn."""
        found = [CHECKS["segment_split_estimated"].finding(text) for text in plan.estimates(liver)]
        return replace(self, noticed=(*self.noticed, *found)) if found else self


@dataclass(frozen=True, slots=True)
class _Applied:
    """One plan applied to a liver: what it leaves, and what it means for tumours and blood supply."""

    plan: Plan
    table: VolumeTable
    tumours: TumourBlock | None = None
    perfusion: PerfusionBlock | None = None
    sheath: SheathBlock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """What grading needs of one plan, whether a liver was measured or volumes were typed."""

    plan: PlanSummary
    volumes: Volumes
    remnant_tumour: RemnantTumour
    removed_tumour: RemnantTumour
    extent: Extent
    voxels: Mapping[str, int] = field(default_factory=dict)
    flr_without_segment_1_ml: float | None = None
    seen: Seen | None = None
    notes: tuple[str, ...] = ()
    tumours: TumourBlock | None = None
    perfusion: PerfusionBlock | None = None
    spread: VolumeErrors | None = None
    part_sds_ml: Mapping[str, float] | None = None
    without_vessels: WithoutVessels | None = None
    ablated_zone: AchievedAblation | None = None
    sheath: SheathBlock | None = None

    @property
    def perfused_ml(self) -> float | None:
        """Remnant that keeps its blood supply, where that is known."""
        return None if self.perfusion is None else self.perfusion.perfused_low_ml

    @property
    def graded_ml(self) -> float:
        """The remnant that the flag rests on: the perfused one where the plan takes supply of it."""
        remnant_ml = self.volumes.remnant_ml
        graded_ml = None if self.perfusion is None else self.perfusion.graded_ml
        return remnant_ml if graded_ml is None else min(graded_ml, remnant_ml)


def _assess_plans(
    liver: Liver,
    plans: Sequence[Plan],
    patient: Patient,
    case_id: str,
    options: Options,
    tables: Sequence[VolumeTable] | None,
    *,
    with_supply: bool = False,
) -> tuple[Assessment, ...]:
    _LOG.debug("assessing %d plans on %d parts", len(plans), len(liver.part_names))
    liver = _as_accepted(liver, options)
    stage("check")
    untouched = once(liver, "untouched", lambda: measure(liver))
    # First: a plan that does not fit the liver is refused before anything that takes longer.
    counted = [volumes(liver, plan, untouched) for plan in plans] if tables is None else tables
    followed = tables is None or with_supply
    of_vessels = once(liver, "vessel_findings", lambda: vessel_findings(liver)) if followed else ()
    noticed = _of_image_and_body(liver, untouched, patient, of_vessels)
    seen = _seen(liver, untouched, patient)
    call = _Call(case_id, patient, options, noticed, seen, liver.source, _grid_facts(liver.grid))
    call = _call_of(patient, call)
    applied_plans = [_Applied(plan, table) for plan, table in zip(plans, counted, strict=True)]
    if tables is not None:
        applied_plans = (
            [_with_supply(liver, one, call) for one in applied_plans] if with_supply else applied_plans
        )
        return tuple(_grade(call.on(liver, one.plan), _measured(liver, one, call)) for one in applied_plans)
    looked_at = []
    for number, one in enumerate(applied_plans, start=1):
        stage("plan", number=number, count=len(plans))
        looked_at.append(_with_blocks(liver, one, call))
    # Volumes that cannot be believed are measured no further: what a lost unit inflates fills the memory.
    believable = not any(checks.blocks_grading(finding) for finding in call.quality)
    stage("boundaries")
    surfaces = surfaces_of(liver) if believable and not liver.truncated else None
    part_sds_ml = None if surfaces is None else _part_sds_ml(surfaces, options)
    stage("grade", count=len(plans))
    return tuple(
        _grade(call.on(liver, one.plan), _measured(liver, one, call, surfaces, part_sds_ml))
        for one in looked_at
    )


def _grid_facts(grid: Grid) -> dict[str, object]:
    return {
        "shape": list(grid.shape),
        "spacing_mm": list(grid.spacing_mm),
        "voxel_volume_mm3": grid.voxel_volume_mm3,
        "orientation": grid.orientation,
        "index_to_world_mm": grid.index_to_world_mm.tolist(),
    }


def _with_blocks(liver: Liver, applied: _Applied, call: _Call) -> _Applied:
    """A plan with what it means for tumours and blood supply."""
    block = tumour_block(liver, applied.plan, applied.table, diagnosis=call.patient.diagnosis)
    return replace(_with_supply(liver, applied, call), tumours=block)


def _with_supply(liver: Liver, applied: _Applied, call: _Call) -> _Applied:
    """A plan with what it means for blood supply and bile drainage."""
    plan, table = applied.plan, applied.table
    blood = perfusion_block(
        liver,
        plan,
        table,
        call.patient,
        bsa_formula=call.options.bsa_formula,
        standard_volume_formula=call.options.standard_volume_formula,
        ungradable=TRUNCATED if liver.truncated else None,
    )
    return replace(applied, perfusion=blood, sheath=sheath_block(liver, plan, table))


def assess(
    liver: Liver,
    plan: Plan | str,
    patient: Patient,
    *,
    case_id: str = "case",
    options: Options | None = None,
) -> Assessment:
    """Assess one plan on one liver.

    Parameters
    ----------
    liver : Liver
        What the headers of its images say completes the patient. Where it has no segments and the plan names
        some, they are estimated from its vessels, and no flag is ``adequate``.
    plan : Plan or str
        A text is read by :func:`flr.parse_plan`.
    patient : Patient
        What is not known stays None; it is never taken for zero.
    case_id : str
        Name of the case in every output; must not identify the patient.
    options : Options, optional

    Returns
    -------
    Assessment

    Raises
    ------
    PlanError
        If the plan is not understood, or does not fit the liver.
    """
    return assess_plans(liver, [plan], patient, case_id=case_id, options=options)[0]


def assess_numbers(
    *,
    total_ml: float,
    flr_ml: float,
    patient: Patient,
    tumour_ml: float | None = None,
    remnant_tumour_ml: float | None = None,
    intent: Intent = "cure",
    case_id: str = "case",
    options: Options | None = None,
) -> Assessment:
    """The same grading from volumes that somebody else measured.

    Parameters
    ----------
    total_ml : float
        Whole liver, tumours included. [mL]
    flr_ml : float
        Functional remnant. [mL]
    patient : Patient
    tumour_ml : float, optional
        Tumour and other nonfunctional tissue; not known when left out, and then not subtracted. [mL]
    remnant_tumour_ml : float, optional
        Tumour that stays untreated in the remnant; 0 declares the remnant clear. [mL]

    Raises
    ------
    PlanError
        If the volumes contradict each other.
    """
    _check_typed_volumes(total_ml, flr_ml, tumour_ml, remnant_tumour_ml)
    functional_ml = total_ml - (tumour_ml or 0.0)
    noticed = (
        *checks.with_large_total_explained(
            checks.total_findings(total_ml),
            total_ml=total_ml,
            functional_ml=functional_ml,
            expected_ml=None if patient.is_donor else expected_liver_ml(patient),
        ),
        *checks.tumour_fraction_findings(tumour_ml or 0.0, total_ml),
        *body_findings(patient),
        *size_findings(patient, functional_ml),
        *checks.polycystic_findings(tumour_ml or 0.0, polycystic=patient.polycystic is True),
    )
    typed = Volumes(
        total_ml=total_ml,
        functional_ml=functional_ml,
        tumour_ml=tumour_ml,
        nonfunctional_ml=None,
        resected_ml=None,
        ablated_ml=None,
        remnant_ml=flr_ml,
        remnant_tumour_ml=remnant_tumour_ml,
        remnant_nonfunctional_ml=None,
    )
    graded = _grade(
        _call_of(patient, _Call(case_id, patient, options or Options(), noticed)),
        _Measured(
            plan=PlanSummary("volumes as given", "", (), intent),
            volumes=typed,
            remnant_tumour=_status(remnant_tumour_ml),
            removed_tumour=_status(None if tumour_ml is None else tumour_ml - (remnant_tumour_ml or 0.0)),
            extent=Extent(resected_percent=100.0 - ratios.flr_percent_of_measured(flr_ml, functional_ml)),
            without_vessels=(
                WithoutVessels(reason="volumes were typed, not measured")
                if options is not None and options.vessels_count == "excluded"
                else None
            ),
        ),
    )
    return replace(graded, headline=f"{graded.headline} (numbers as typed)")


def _check_typed_volumes(
    total_ml: float, flr_ml: float, tumour_ml: float | None, remnant_tumour_ml: float | None
) -> None:
    """Refuse volumes that contradict each other."""
    stated = {"total": total_ml, "remnant": flr_ml, "tumour": tumour_ml, "remnant tumour": remnant_tumour_ml}
    for name, value in stated.items():
        if value is not None and not 0.0 <= value < float("inf"):
            raise PlanError(f"{name} volume is {value:g} mL; expected a finite volume, not negative")
    functional_ml = total_ml - (tumour_ml or 0.0)
    if not functional_ml > 0.0:
        raise PlanError(
            f"tumour {tumour_ml or 0.0:g} mL leaves nothing of the total {total_ml:g} mL;"
            " check the two volumes"
        )
    if flr_ml > functional_ml:
        raise PlanError(
            f"remnant {flr_ml:g} mL is more than the functional liver {functional_ml:g} mL"
            " (total less tumour); check which volume is which"
        )
    if tumour_ml is not None and (remnant_tumour_ml or 0.0) > tumour_ml:
        raise PlanError(f"remnant tumour {remnant_tumour_ml:g} mL is more than all tumour {tumour_ml:g} mL")


def _status(tumour_ml: float | None) -> RemnantTumour:
    """Whether there is tumour in a part of the liver."""
    return "unknown" if tumour_ml is None else "present" if tumour_ml > 0.0 else "none"


def _measured(
    liver: Liver,
    applied: _Applied,
    call: _Call,
    surfaces: LiverSurfaces | None = None,
    part_sds_ml: Mapping[str, float] | None = None,
) -> _Measured:
    """What grading needs of a plan that was applied to a liver."""
    plan, table = applied.plan, applied.table
    removes = plan.removes(liver)
    tumour_known = liver.tumour_status != "unknown"
    caudate_ml = table.part_remnant_ml(CAUDATE)
    removed_tumour_ml = float(table.ml[:, Tissue.TUMOUR, Fate.RESECTED].sum())
    seen = _seen_with(call.seen, applied.perfusion)
    notes = _notes_of(liver, applied)
    if (seen is not None and seen.unproven) or plan.splits:
        notes.append("estimate_not_in_intervals")
    zone = achieved_ablation(liver)
    if zone is not None:
        notes.append("ablated_zone_not_graded")
    bare = None
    if call.options.vessels_count == "excluded":
        bare = without_vessels(table, lower_bound=liver.truncated)
        notes.append("vessels_counted")
    return _Measured(
        plan=PlanSummary(
            plan.name,
            plan.notation,
            removes,
            plan.intent,
            plan.structures,
            plan.given or plan.notation,
            plan.files,
        ),
        volumes=_volumes_of(table, tumour_known=tumour_known, lower_bound=liver.truncated),
        remnant_tumour=_status(table.remnant_tumour_ml if tumour_known else None),
        removed_tumour=_status(removed_tumour_ml if tumour_known else None),
        extent=extent_of(
            plan, removes, resected_percent=100.0 - 100.0 * table.remnant_ml / table.functional_ml
        ),
        voxels=FrozenMapping(table.voxel_totals),
        flr_without_segment_1_ml=None if caudate_ml is None else table.remnant_ml - caudate_ml,
        seen=seen,
        notes=tuple(notes),
        tumours=applied.tumours,
        perfusion=applied.perfusion,
        spread=(
            None
            if surfaces is None
            else surfaces.plan_errors(plan, errors=call.options.errors, reviewed=_is_reviewed(liver.source))
        ),
        part_sds_ml=part_sds_ml,
        without_vessels=bare,
        ablated_zone=zone,
        sheath=applied.sheath,
    )


def _volumes_of(table: VolumeTable, *, tumour_known: bool, lower_bound: bool) -> Volumes:
    return Volumes(
        total_ml=table.total_ml,
        functional_ml=table.functional_ml,
        tumour_ml=table.tumour_ml if tumour_known else None,
        nonfunctional_ml=table.nonfunctional_ml,
        resected_ml=table.resected_ml,
        ablated_ml=table.ablated_ml,
        remnant_ml=table.remnant_ml,
        remnant_tumour_ml=table.remnant_tumour_ml if tumour_known else None,
        remnant_nonfunctional_ml=table.remnant_nonfunctional_ml,
        parts_ml=FrozenMapping(table.parts_ml),
        lower_bound=lower_bound,
    )


def _notes_of(liver: Liver, applied: _Applied) -> list[str]:
    """Notes that come from the liver and the plan, its tumours and its blood supply."""
    notes = list(applied.plan.notes)
    caudate_ml = applied.table.part_remnant_ml(CAUDATE)
    if caudate_ml is not None:
        notes.append("caudate_kept" if caudate_ml > 0.0 else "caudate_resected")
    if not applied.table.nonfunctional_ml > 0.0:
        notes.append("nonfunctional_not_drawn")
    if liver.truncated:
        notes.append("volumes_are_lower_bounds")
    if applied.tumours is not None:
        notes += applied.tumours.notes
    if applied.perfusion is not None:
        notes += applied.perfusion.notes
        if "veins_resected_by_name" in notes:
            notes = [note for note in notes if note != STRUCTURES_RECORDED]
    if applied.sheath is not None:
        notes += applied.sheath.notes
    return notes


def _seen_with(seen: Seen | None, perfusion: PerfusionBlock | None) -> Seen | None:
    """What is known of the image, with the territories of the blood supply where they are estimated."""
    if seen is None or perfusion is None or "territory_is_estimated" not in perfusion.notes:
        return seen
    estimated = PERFUSION_NOTE_TEXTS["territory_is_estimated"].rstrip(".")
    return replace(seen, unproven=(*seen.unproven, ("side", estimated)))


def _is_reviewed(source: Source) -> bool:
    """Whether errors are those of a reviewed segmentation: reviewed, or by no program that is known."""
    return source.segmentation_source is None or is_reviewed(source)


def _part_sds_ml(surfaces: LiverSurfaces, options: Options) -> Mapping[str, float]:
    reviewed = _is_reviewed(surfaces.liver.source)
    return surfaces.part_sds_ml(errors=options.errors, reviewed=reviewed)


def _grade(call: _Call, one: _Measured) -> Assessment:
    """Measures, error intervals, findings and flag of one plan."""
    measures = _related(call, one, one.volumes.remnant_ml, one.flr_without_segment_1_ml)
    # The plain remnant is reported beside the graded one.
    same = one.graded_ml == one.volumes.remnant_ml
    graded = measures if same else _related(call, one, one.graded_ml, None)
    errors = one.spread or _assumed_errors(call, one.volumes)
    intervals = _intervals(call, one, measures, errors)
    result = _result(call, one, graded, errors, intervals)
    notes = one.notes if one.perfusion is not None else (*one.notes, "perfusion_unverified")
    profiles = _under_profiles(call, one, graded, errors, intervals)

    def graded_by(changed: _Call) -> Flag:
        return _result(changed, one, graded, errors, intervals).flag_by_volume

    published = _by_published_limits(call, graded_by)
    assumed = _assumed(call, profiles, graded_by)
    beside = (
        *_not_treated(one),
        *assumed,
        *_limits_of_site(call, result, published),
        *_loss(one.perfusion),
    )
    return Assessment(
        case_id=call.case_id,
        plan=one.plan,
        volumes=one.volumes,
        voxels=one.voxels,
        measures=measures,
        intervals=FrozenMapping(intervals),
        findings=result.findings,
        triggers=result.triggers,
        flag=result.flag,
        headline=texts.with_opening(result.opening, beside, result.text) if result.text else result.headline,
        notes=tuple(dict.fromkeys([*result.notes, *notes])),
        note_texts=FrozenMapping({**result.note_texts, **{n: _NOTES[n] for n in notes}}),
        quality=call.quality,
        context=Context(
            _needed(call, one, graded, result),
            other_standards(measures, call.patient),
        ),
        patient=call.patient if call.stated is None else call.stated,
        provenance=_provenance(call, measured_errors=one.spread is not None),
        tumours=one.tumours,
        perfusion=one.perfusion,
        against=result.against,
        because=result.because,
        flag_by_volume=result.flag_by_volume,
        reassurance=result.reassurance,
        options=result.options,
        scores=_scores(call, one),
        without_vessels=one.without_vessels,
        under_profiles=profiles,
        ablated_zone=one.ablated_zone,
        ducts_and_artery=one.sheath,
        opening=result.opening,
        assumed=" ".join(assumed),
        flag_by_published_limits=published,
    )


def _under_profiles(
    call: _Call, one: _Measured, graded: Measures, errors: VolumeErrors, intervals: Mapping[str, Interval]
) -> tuple[UnderProfile, ...]:
    """The remnant under every background; not for volumes that another caller counts one after the other."""
    counted = one.tumours is not None or call.seen is None
    if not counted or any(checks.blocks_grading(finding) for finding in call.quality):
        return ()

    def graded_as(person: Patient) -> Grade:
        return _result(replace(call, patient=person, stated=None), one, graded, errors, intervals)

    return under_profiles(call.stated or call.patient, graded_as, limits=call.options.limits)


def _scores(call: _Call, one: _Measured) -> tuple[Score, ...]:
    """Scores of the operation, beside the flag; none where volumes and sizes cannot be believed."""
    if any(checks.blocks_grading(finding) for finding in call.quality):
        return ()
    return scores_of(
        operation_of(
            call.patient,
            one.extent,
            block=one.tumours,
            resected_ml=one.volumes.resected_ml,
            tumour_ml=one.volumes.tumour_ml,
        )
    )


def _related(call: _Call, one: _Measured, flr_ml: float, flr_without_segment_1_ml: float | None) -> Measures:
    return relate(
        flr_ml=flr_ml,
        functional_ml=one.volumes.functional_ml,
        patient=call.patient,
        flr_without_segment_1_ml=flr_without_segment_1_ml,
        perfused_flr_ml=None if one.perfused_ml is None else min(one.perfused_ml, flr_ml),
        bsa_formula=call.options.bsa_formula,
        standard_volume_formula=call.options.standard_volume_formula,
        ungradable=TRUNCATED if one.volumes.lower_bound else None,
    )


def _assumed_errors(call: _Call, given: Volumes) -> VolumeErrors:
    """Errors of the volumes where no border was shifted to measure them."""
    return assumed_errors(
        total_ml=given.total_ml,
        remnant_ml=given.remnant_ml,
        tumour_ml=(given.tumour_ml or 0.0) + (given.nonfunctional_ml or 0.0),
        errors=call.options.errors,
        reviewed=_is_reviewed(call.source),
        cirrhosis="cirrhosis" in call.patient.conditions,
    )


def _intervals(call: _Call, one: _Measured, measures: Measures, errors: VolumeErrors) -> dict[str, Interval]:
    """95 % interval of every volume and measure."""
    return plan_intervals(
        one.volumes.stated_ml,
        measures,
        call.patient,
        errors,
        limits=_limits_by_measure(call.patient, call.options),
        recovered_ml=one.perfusion.recovered_ml if one.perfusion is not None else None,
        parts_ml=one.volumes.parts_ml,
        part_sds_ml=one.part_sds_ml,
        errors=call.options.errors,
    )


def _result(
    call: _Call,
    one: _Measured,
    graded: Measures,
    errors: VolumeErrors,
    intervals: Mapping[str, Interval],
) -> Grade:
    """Findings and flag of the remnant that is graded."""
    doubts = list(_sheath_doubts(one.sheath))
    if (counted := _ducts_as_liver(call, one)) is not None:
        as_liver = _graded(call, one, counted, counted.flr_ml, errors, intervals)
        doubts += () if as_liver.flag_by_volume == "adequate" else (_raised_by_ducts(counted, as_liver),)
    if one.perfusion is not None:
        for less_ml, said in (
            (one.perfusion.small_loss_ml, _small_loss),
            (one.perfusion.doubtful_ml, _doubt),
        ):
            if less_ml is None:
                continue
            least = _related(call, one, less_ml, None)
            if_lost = _graded(call, one, least, less_ml, errors, intervals)
            doubts += () if if_lost.flag_by_volume == "adequate" else (said(one.perfusion, least, if_lost),)
    return _graded(call, one, graded, one.graded_ml, errors, intervals, doubts)


def _graded(
    call: _Call,
    one: _Measured,
    graded: Measures,
    graded_ml: float,
    errors: VolumeErrors,
    intervals: Mapping[str, Interval],
    doubts: Sequence[AdverseFact] = (),
) -> Grade:
    options = call.options
    limits = percent_limits(call.patient, options.limits)
    is_measured = graded.flr_percent_of_measured is not None
    return grade(
        graded,
        call.patient,
        intent=one.plan.intent,
        remnant_tumour=one.remnant_tumour,
        rows=(*image_rows(call.noticed, one.seen, options.acceptances), *_rows_of_site(call)),
        accepted=options.acceptances,
        unbelievable=[
            f"{finding.message[:1].upper()}{finding.message[1:]} ({finding.check})."
            for finding in call.quality
            if checks.blocks_grading(finding)
        ],
        measured_interval=(
            measured_interval(graded_ml, one.volumes.stated_ml, errors, limits=limits)
            if is_measured
            else None
        ),
        standard_interval=intervals.get(graded_standard_key(options.standard_volume_formula)),
        limits=options.limits,
        extent=one.extent,
        removed_tumour=one.removed_tumour,
        doubts=doubts,
        is_perfused=graded_ml < one.volumes.remnant_ml,
    )


def _doubt(perfusion: PerfusionBlock, least: Measures, if_lost: Grade) -> AdverseFact:
    """That a vessel may have to be taken with the tissue that it runs through."""
    vessels = perfusion.in_doubt
    named = " and ".join(
        f"{vessel.name} ({vessel.title}) runs {vessel.inside_mm:.0f} mm" for vessel in vessels[:2]
    )
    share = least.flr_percent_of_measured
    left = f"{least.flr_ml:.0f} mL" + ("" if share is None else f" ({share:.1f} %)")
    return AdverseFact(
        "vessel_preservation_doubtful",
        "cap",
        f"{named} inside tissue that leaves; if it cannot be preserved {left} stay perfused, by volume"
        f" {lower_first(FLAG_WORDS[if_lost.flag_by_volume])}: at best borderline.",
    )


def _small_loss(perfusion: PerfusionBlock, least: Measures, if_lost: Grade) -> AdverseFact:
    """That a vessel of the remnant is taken, whose loss is within the method's error and still decides."""
    vessel = perfusion.lost_by[0]
    share = least.flr_percent_of_measured
    left = f"{least.flr_ml:.0f} mL" + ("" if share is None else f" ({share:.1f} %)")
    return AdverseFact(
        "small_loss_decides",
        "cap",
        f"{vessel.name} ({vessel.title}) of the remnant is taken; the loss is below the method's error, but"
        f" without it {left} stay perfused, by volume {if_lost.flag_by_volume}: at best borderline.",
    )


def _sheath_doubts(sheath: SheathBlock | None) -> Iterator[AdverseFact]:
    """That part of the remnant may be left without bile drainage or arterial supply."""
    for one in () if sheath is None else sheath.outcomes:
        if not one.speaks_against:
            continue
        key, what = _SHEATH_DOUBTS[one.kind]
        yield AdverseFact(key, "cap", f"{_sheath_words(one, what)}: at best borderline.")


_SHEATH_DOUBTS = {
    "duct": ("bile_drainage_in_doubt", "without bile drainage"),
    "artery": ("arterial_supply_in_doubt", "without arterial supply"),
}


def _sheath_words(one: SheathOutcome, what: str) -> str:
    """How much of the remnant which branches leave without what they bring."""
    most_ml, lost_ml = one.most_lost_ml or 0.0, one.lost_ml or 0.0
    is_doubt = most_ml > lost_ml
    branches = (one.in_doubt if is_doubt else one.decisive)[:2]
    named = " and ".join(f"{branch.name} ({branch.title})" for branch in branches)
    by = named or f"the {'bile duct' if one.kind == 'duct' else 'hepatic artery'} given"
    if is_doubt:
        deepest_mm = max((branch.inside_mm for branch in branches), default=0.0)
        return (
            f"Unless {by}, up to {deepest_mm:.0f} mm inside tissue that leaves, can be preserved,"
            f" {most_ml:.0f} mL of the remnant stay {what}"
        )
    return f"The cut takes {by}: {lost_ml:.0f} mL of the remnant stay {what}"


def _ducts_as_liver(call: _Call, one: _Measured) -> Measures | None:
    """The graded remnant with drawn ducts counted as liver, where the ducts themselves raise its share."""
    ducts = None if one.sheath is None else one.sheath.bile_duct
    if ducts is None or not ducts.nonfunctional_ml > 0.0:
        return None
    functional_ml = one.volumes.functional_ml + ducts.nonfunctional_ml
    flr_ml = one.graded_ml + ducts.remnant_nonfunctional_ml
    if flr_ml / functional_ml >= one.graded_ml / one.volumes.functional_ml:
        return None
    counted = replace(one, volumes=replace(one.volumes, functional_ml=functional_ml), perfusion=None)
    return _related(call, counted, flr_ml, None)


def _raised_by_ducts(counted: Measures, as_liver: Grade) -> AdverseFact:
    share = counted.flr_percent_of_measured
    return AdverseFact(
        "share_raised_by_drawn_ducts",
        "cap",
        "Drawn bile ducts are no functional liver, which raises the share of the remnant; with them counted"
        f" as liver it is {'not known' if share is None else f'{share:.1f} %'}, by volume"
        f" {lower_first(FLAG_WORDS[as_liver.flag_by_volume])}: at best borderline.",
    )


def _not_treated(one: _Measured) -> tuple[str, ...]:
    """The tumours that a plan for cure cuts through or leaves, by name."""
    if one.tumours is None or one.plan.intent != "cure":
        return ()
    outcomes = [fact.outcome for fact in one.tumours.tumours]
    return texts.tumours_not_treated(
        *([o.tumour.name for o in outcomes if o.fate == fate] for fate in ("cut_through", "left"))
    )


def _assumed(
    call: _Call, profiles: Sequence[UnderProfile], graded_by: Callable[[_Call], Flag]
) -> tuple[str, ...]:
    """That the background was not given, what was assumed, and the flag by the other assumption."""
    if texts.is_background_given(call.patient) and call.stated is None:
        return ()
    rows = percent_criteria("unknown", call.options.limits)
    limit = f"{next(row.limit for row in rows if row.role == 'minimum'):g}"
    if call.stated is not None:
        profile = texts.PROFILE_WORDS[call.patient.conditions[0]]
        if call.options.limits is not None:  # the published limits are said beside the site's own
            return (texts.BESIDE["background_of_site_alone"].format(profile=profile),)
        cautious = _words_of_flag(graded_by(replace(call, patient=call.stated, stated=None)))
        return (texts.BESIDE["background_of_site"].format(profile=profile, limit=limit, flag=cautious),)
    normal = next((row for row in profiles if row.profile == "normal"), None)
    if normal is None:
        return (texts.BESIDE["background_alone"].format(limit=limit),)
    flag = _words_of_flag(normal.flag_by_volume)
    return (texts.BESIDE["background"].format(limit=limit, flag=flag),)


def _words_of_flag(flag: Flag) -> str:
    return lower_first(FLAG_WORDS[flag])


def _by_published_limits(call: _Call, graded_by: Callable[[_Call], Flag]) -> Flag | None:
    """The flag by volume without what the site sets; None where it sets neither limits nor background."""
    if call.options.limits is None and call.stated is None:
        return None
    published = replace(call.options, limits=None)
    return graded_by(replace(call, options=published, patient=call.stated or call.patient, stated=None))


def _limits_of_site(call: _Call, result: Grade, published: Flag | None) -> tuple[str, ...]:
    """That the published limits give another flag than the site's own."""
    limits = call.options.limits
    if limits is None or published is None or published == result.flag_by_volume:
        return ()
    source, flag = plain(limits.source), _words_of_flag(published)
    return (texts.BESIDE["limits_of_site"].format(source=source, flag=flag),)


def judged(patient: Patient, options: Options) -> Patient:
    """The patient whose limits apply: with the site's background where none is given.

    >>> judged(Patient(condition="cirrhosis"), Options()).conditions
    ('cirrhosis',)
    """
    default = None if options.site is None else options.site.condition
    if default is None or texts.is_background_given(patient):
        return patient
    return replace(patient, conditions=(default,))


def _call_of(patient: Patient, call: _Call) -> _Call:
    """The call for the patient whose limits apply; what was stated is kept where that is another."""
    person = judged(patient, call.options)
    return call if person is patient else replace(call, patient=person, stated=patient)


def _rows_of_site(call: _Call) -> tuple[Evidence, ...]:
    """That the background is the site's default, and not stated of this patient."""
    if call.stated is None:
        return ()
    profile = call.patient.conditions[0]
    said = f"not given; the site's default, {profile}, chose the limits"
    return (Evidence(row="background", status="not shown", evidence=said),)


def _loss(perfusion: PerfusionBlock | None) -> tuple[str, ...]:
    """The vessel that decides where the flag rests on the perfused remnant."""
    if perfusion is None or perfusion.is_within_error or not perfusion.lost_by:
        return ()
    vessel = perfusion.lost_by[0]
    supply = "inflow" if vessel.kind == "portal" else "outflow"
    how, unless = "leaves", ""
    if vessel.crossed and perfusion.spared_ml is not None:
        how = "is crossed by the cut"
        unless = (
            f" unless it is preserved: preserve({vessel.name}), and {perfusion.spared_ml:.0f} mL stay"
            " perfused if every vessel that the cut crosses is"
        )
    return (
        f"{vessel.name} ({vessel.title}) {how}: {vessel.lost_tissue_ml:.0f} mL of the remnant lose their"
        f" {supply}{unless}. The perfused remnant is graded.",
    )


def _needed(call: _Call, one: _Measured, graded: Measures, result: Grade) -> tuple[Shortfall, ...]:
    """What brings the remnant to each limit; nothing where the volumes cannot be believed."""
    if any(checks.blocks_grading(finding) for finding in call.quality):
        return ()
    needed = shortfalls(
        graded,
        call.patient,
        functional_ml=one.volumes.functional_ml,
        limits=limits_in_use(call.patient, call.options.limits),
    )
    if "embolisation_not_an_option" in result.notes:  # nor is it named by the growth that it brings
        return tuple(replace(row, notes=()) for row in needed)
    return needed


def _provenance(call: _Call, *, measured_errors: bool) -> Provenance:
    return Provenance(
        flr_version=VERSION,
        source=call.source,
        grid=call.grid,
        bsa_formula=call.options.bsa_formula,
        standard_volume_formula=call.options.standard_volume_formula,
        conditions=call.patient.conditions or ("unknown",),
        limits=call.options.limits,
        accepted=call.options.accepted,
        errors=call.options.errors,
        errors_from="boundaries" if measured_errors else "numbers",
        vessels_count=call.options.vessels_count,
        site=call.options.site,
    )


def _limits_by_measure(patient: Patient, options: Options) -> dict[str, list[float]]:
    """Limits that each measure of this patient is compared with, ascending."""
    limits: dict[str, set[float]] = {}
    for row in criteria_of(patient, options.limits):
        limits.setdefault(row.measure, set()).add(row.limit)
    if options.standard_volume_formula != DEFAULT_LIVER_VOLUME_FORMULA:
        limits.pop("flr_percent_of_standard", None)  # the limits belong to the default formula
    return {measure: sorted(values) for measure, values in limits.items()}
