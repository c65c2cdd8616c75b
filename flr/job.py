"""The main job, composed once: files or a liver, a patient and plans in; a liver and assessments out.

Every door takes this way: the commands, the cohort, the watcher and the replay of a result. So header facts,
scan facts, drawn plans, plan files, estimated parts, a second reader and strictness are the same at each.
:func:`flr.assessment.prepared` holds the steps that need no file, which the library's functions take as well.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flr.assessment import Assessment, Options, assess_plans, prepared
from flr.checks import refused_by_strict
from flr.errors import LabelError, PlanError, UsageError
from flr.frozen import once
from flr.labels import LabelScheme
from flr.liver import Liver, ScanFacts, measure, with_scan_facts
from flr.patient import Patient
from flr.perfusion import divided_for
from flr.plans import Intent, Plan, parse_plan, volumes
from flr.plans.notation import refuse_joined_file
from flr.plans.presets import standard_resections
from flr.structures import DRAWN
from flr.uncertainty import readers_errors

if TYPE_CHECKING:
    from flr.io.lattice import Resample
    from flr.io.read import PathLike
    from flr.structures import Role

_LOG = logging.getLogger(__name__)

_DRAWN_BY_READERS: tuple[Role, ...] = ("segments", "liver")


@dataclass(frozen=True)
class Files:
    """Files that make one liver, and how they are read: the arguments of :func:`flr.read_liver`.

    Parameters
    ----------
    inputs : tuple of path
    roles : mapping of str to path
        ``tumours`` is absent where they are declared to be none.
    tumours_none : bool
        Somebody states that there is no tumour.
    image : path, optional
    scheme : str, path or LabelScheme, optional
    labels : mapping of str to str
    resample : {"nearest"}, optional
    one_patient, same_grid : bool
        What somebody insists on, whatever the files say.
    """

    inputs: tuple[PathLike, ...] = ()
    roles: Mapping[Role, PathLike] = field(default_factory=dict)
    tumours_none: bool = False
    image: PathLike | None = None
    scheme: str | PathLike | LabelScheme | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    resample: Resample | None = None
    one_patient: bool = False
    same_grid: bool = False

    def read(self, *, reviewed: bool | None = None) -> Liver:
        """The liver of the files; whether a person has reviewed them may be stated now or with the scan.

        Raises
        ------
        FLRError
            As :func:`flr.io.read.read_liver`.
        """
        from flr.io.read import read_liver
        from flr.structures import ROLE_NAMES

        unknown = self.roles.keys() - set(ROLE_NAMES)
        if unknown:
            raise UsageError(f"role {min(unknown)!r}; expected some of {', '.join(ROLE_NAMES)}")
        if self.tumours_none and "tumours" in self.roles:
            raise UsageError("tumours are given as a file and declared to be none; expected one of the two")
        return read_liver(
            *self.inputs,
            **{role: path for role, path in self.roles.items() if role != "tumours"},
            tumours="none" if self.tumours_none else self.roles.get("tumours"),
            image=self.image,
            scheme=self.scheme,
            labels=self.labels or None,
            resample=self.resample,
            one_patient=self.one_patient,
            same_grid=self.same_grid,
            reviewed=reviewed,
        )

    def drawn_by(self, reader: PathLike) -> Files:
        """The same with another reader's drawing of the liver; every other file is the first reader's.

        Raises
        ------
        UsageError
            If no file draws the liver.
        """
        drawn = next((role for role in _DRAWN_BY_READERS if role in self.roles), None)
        if drawn is not None:
            return replace(self, roles={**self.roles, drawn: reader})
        if not self.inputs:
            raise UsageError("--second-reader needs the first reader's file as INPUT, --segments or --liver")
        return replace(self, inputs=(reader, *self.inputs[1:]))


@dataclass(frozen=True, slots=True)
class Asked:
    """One plan as somebody asks for it.

    Parameters
    ----------
    text : str
        As :func:`flr.io.markups.plan_of` reads it: words, or the path of a plan file.
    intent : {"cure", "debulking"}
        Where a file does not say.
    name : str, optional
        For people, in place of the plan's own.
    options : Options, optional
        In place of the job's.
    """

    text: str
    intent: Intent = "cure"
    name: str | None = None
    options: Options | None = None

    def on(self, liver: Liver | None) -> Plan:
        """The plan, which has to belong to a liver where one is known.

        Raises
        ------
        PlanError, ReadError
            As :func:`flr.io.markups.plan_of`.
        """
        from flr.io.markups import plan_of

        refuse_joined_file(self.text)
        plan = plan_of(self.text, intent=self.intent, liver=liver)
        return plan if self.name is None else replace(plan, name=self.name)


@dataclass(frozen=True)
class Job:
    """Everything that one assessment is made of.

    Parameters
    ----------
    source : Files or Liver
        Files, or a liver that was read already.
    plans : tuple of Plan, Asked or str, or one of them
        A text is asked for with the job's intent. Empty for the plans that drawn masks imply.
    patient : Patient
        As it is stated; headers of the images add to it.
    intent : {"cure", "debulking"}
    options : Options
    scan : ScanFacts
        As they are stated; headers add to them.
    reviewed : bool, optional
        Whether a person has reviewed the segmentation.
    second_reader : path or Liver, optional
        The same liver drawn by a second reader: how far the two are apart replaces assumed errors.
    strict : bool
        Refuse a quality error and uneven slices instead of flagging them.
    case_id : str
    how_to_plan : str
        What to do where nothing says what is removed, in the words of the door.
    standard : bool
        Where nothing says what is removed, every standard resection of this liver is assessed; where none of
        its segments is known, nothing is.
    each : bool
        A plan that is not understood or does not fit the liver does not lose the others.
    """

    source: Files | Liver
    plans: Sequence[Plan | Asked | str] | Plan | Asked | str = ()
    patient: Patient = field(default_factory=Patient)
    intent: Intent = "cure"
    options: Options = field(default_factory=Options)
    scan: ScanFacts = field(default_factory=ScanFacts)
    reviewed: bool | None = None
    second_reader: PathLike | Liver | None = None
    strict: bool = False
    case_id: str = "case"
    how_to_plan: str = "name a resection, such as H5678, or draw the remnant or the resection"
    standard: bool = False
    each: bool = False

    @property
    def asked(self) -> tuple[Plan | Asked, ...]:
        """What is asked for, one by one."""
        plans = (self.plans,) if isinstance(self.plans, Plan | Asked | str) else self.plans
        return tuple(Asked(plan, self.intent) if isinstance(plan, str) else plan for plan in plans)


@dataclass(frozen=True)
class Outcome:
    """What a job comes to: the liver and the patient as they were assessed, and one assessment a plan.

    ``refused`` are the plans that could not be assessed beside others; ``is_standard`` says that nobody
    named a plan, and that the assessments are those of the standard resections.
    """

    liver: Liver
    patient: Patient
    plans: tuple[Plan, ...]
    assessments: tuple[Assessment, ...]
    refused: tuple[PlanError, ...] = ()
    is_standard: bool = False


def run(job: Job) -> Outcome:
    """Read, understand, complete, assess.

    Raises
    ------
    PlanError, ReadError
        If a plan is not understood, before any image is read, or does not fit the liver.
    UsageError
        If nothing says what is removed.
    LabelError
        If the job is strict and the liver has a quality error.
    FLRError
        As :func:`flr.io.read.read_liver` and :func:`flr.assessment.assess_plans`.

    Notes
    -----
    Each step is logged under ``flr``, in numbers: no name of a file, a case or a person.
    """
    _planned(job, None)
    second = second_files(job)
    begin_s = time.perf_counter()
    liver = with_scan_facts(_read(job.source), job.scan, reviewed=job.reviewed)
    _LOG.info(
        "liver of %d parts read in %.1f s, %d quality findings",
        len(liver.part_names),
        time.perf_counter() - begin_s,
        len(liver.quality),
    )
    asked, refused = _planned(job, liver)
    is_standard = not asked and job.standard and not any(name in liver.drawn for name in DRAWN)
    plans = tuple(plan for plan, _ in asked)
    if is_standard:
        plans = standard_plans(liver, job.intent)
    elif not asked:
        plans = drawn_plans(liver, job.intent, how_to_plan=job.how_to_plan)
    liver, patient = prepared(liver, plans, job.patient)
    options = [own or job.options for _, own in asked] or [job.options] * len(plans)
    if job.each and len(plans) > 1:
        plans, options, unfit = _fitting(liver, plans, options)
        refused = (*refused, *unfit)
    if second is not None and plans:
        options = _measured_between(liver, divided_for(plans, _read(second)), plans, options)
    assessments = _assessed(liver, plans, patient, options, case_id=job.case_id) if plans else ()
    _LOG.info("%d plans assessed after %.1f s", len(assessments), time.perf_counter() - begin_s)
    quality = assessments[0].quality if assessments else liver.quality
    if job.strict and (strictly := refused_by_strict(quality)):
        raise LabelError("refused by strict reading: " + "; ".join(strictly))
    return Outcome(liver, patient, plans, assessments, refused, is_standard)


def _planned(
    job: Job, liver: Liver | None
) -> tuple[list[tuple[Plan, Options | None]], tuple[PlanError, ...]]:
    """What is asked for with options of its own, and what is not understood where that is left out.

    Raises
    ------
    PlanError, ReadError
        Of the first plan that is not understood, where each has to be, or where none is.
    """
    plans: list[tuple[Plan, Options | None]] = []
    refused: list[PlanError] = []
    for asked in job.asked:
        own = asked.options if isinstance(asked, Asked) else None
        try:
            plans.append((asked if isinstance(asked, Plan) else asked.on(liver), own))
        except PlanError as error:
            if not job.each:
                raise
            refused.append(error)
    if refused and not plans:
        raise refused[0]
    return plans, tuple(refused)


def _fitting(
    liver: Liver, plans: Sequence[Plan], options: Sequence[Options]
) -> tuple[tuple[Plan, ...], list[Options], tuple[PlanError, ...]]:
    """The plans that fit the liver, with their options, and why the others do not.

    Raises
    ------
    PlanError
        Of the first plan, where none fits.
    """
    untouched = once(liver, "untouched", lambda: measure(liver))
    kept: list[tuple[Plan, Options]] = []
    unfit: list[PlanError] = []
    for plan, own in zip(plans, options, strict=True):
        try:
            volumes(liver, plan, untouched)
        except PlanError as error:
            unfit.append(PlanError(f"plan {plan.notation!r}: {error}"))
        else:
            kept.append((plan, own))
    if not kept:
        raise unfit[0]
    return tuple(plan for plan, _ in kept), [own for _, own in kept], tuple(unfit)


def standard_plans(liver: Liver, intent: Intent) -> tuple[Plan, ...]:
    """Every standard resection whose segments this liver has, and that leaves some of it."""
    return tuple(parse_plan(preset.name, intent=intent) for preset in standard_resections(liver.part_names))


def planned(job: Job, liver: Liver | None) -> tuple[Plan, ...]:
    """The plans that a job asks for, on a liver where one is known.

    Raises
    ------
    PlanError, ReadError
        As :meth:`Asked.on`.
    """
    return tuple(plan for plan, _ in _planned(job, liver)[0])


def drawn_plans(liver: Liver, intent: Intent, *, how_to_plan: str) -> tuple[Plan, ...]:
    """The plans that drawn masks imply, one for each.

    Raises
    ------
    UsageError
        If none is drawn, with the way to give one.
    """
    drawn = [name for name in DRAWN if name in liver.drawn]
    if not drawn:
        raise UsageError(f"no plan: {how_to_plan}")
    return tuple(parse_plan(name, intent=intent) for name in drawn)


def second_files(job: Job) -> Files | Liver | None:
    """What the second reader drew, as it can be read. Raises UsageError as :meth:`Files.drawn_by`."""
    if job.second_reader is None or isinstance(job.second_reader, Liver):
        return job.second_reader
    first = job.source if isinstance(job.source, Files) else Files()
    return first.drawn_by(job.second_reader)


def _read(source: Files | Liver) -> Liver:
    return source.read() if isinstance(source, Files) else source


def _measured_between(
    first: Liver, second: Liver, plans: Iterable[Plan], options: Iterable[Options]
) -> list[Options]:
    """The options with errors measured between two readers, a table of its own for every plan."""
    return [
        replace(own, errors=readers_errors(first, second, plan, errors=own.errors))
        for plan, own in zip(plans, options, strict=True)
    ]


def _assessed(
    liver: Liver, plans: Sequence[Plan], patient: Patient, options: Sequence[Options], *, case_id: str
) -> tuple[Assessment, ...]:
    if all(own == options[0] for own in options):
        return assess_plans(liver, plans, patient, case_id=case_id, options=options[0])
    return tuple(
        assessment
        for plan, own in zip(plans, options, strict=True)
        for assessment in assess_plans(liver, [plan], patient, case_id=case_id, options=own)
    )
