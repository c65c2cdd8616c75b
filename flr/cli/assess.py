"""``flr assess``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from flr.cli import options
from flr.errors import UsageError
from flr.files import printable

if TYPE_CHECKING:
    from datetime import date

    from flr.assessment import Assessment
    from flr.errors import PlanError
    from flr.facts import VesselsCount
    from flr.job import Asked, Outcome
    from flr.liver import Liver
    from flr.patient import Patient
    from flr.plans import Plan

HOW_TO_PLAN = (
    "give --plan H5678 or --plan 'right hepatectomy' (see flr plans), or a drawn mask with --remnant FILE or"
    " --resected FILE"
)

_EXAMPLES = """\
examples:
  flr assess liver_segments.nii.gz --tumours tumours.nii.gz --weight 72 --height 171 \\
      --condition chemotherapy --plan H5678 --plan H45678 --out report/
  flr assess totalsegmentator_folder/ --tumours none --plan "right hepatectomy" --json
  flr assess --liver liver.nii.gz --remnant flr.nii.gz --weight 72 --height 171 --condition normal"""


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser(
        "assess", "Volumes, remnant shares, findings and flag for one or more plans.", _EXAMPLES
    )
    add_reading(p)
    options.add_patient(p)
    options.add_scan(p)
    options.add_grading(p)
    options.add_output(p)
    options.add_json(p)
    return p


def add_reading(p: options.Parser) -> None:
    """Add what is read and what is planned, from files or a case file."""
    options.add_inputs(p, images=True)
    p.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="TEXT",
        help="what is removed: H5678, 'right hepatectomy', 5,6,7,8, flr, resected, a plan file, or a plan of"
        " the case file by its name; repeatable; see flr plans",
    )
    options.add_split(p)
    options.add_vessel_choices(p)
    p.add_argument(
        "--case",
        type=Path,
        metavar="CASE.toml",
        help="case file: patient, plans and, without INPUT, the scan; options given beside it win",
    )
    p.add_argument(
        "--scan", type=int, metavar="N", help="which scan of the case, 1 for the first; default the last"
    )
    p.add_argument(
        "--second-reader",
        metavar="FILE",
        help="the same liver drawn by a second reader, in place of --segments, --liver or the first INPUT:"
        " how far the two are apart replaces the assumed errors of the boundaries",
    )
    p.add_argument(
        "--strict",
        action="store_true",
        help="refuse an input with a quality error, or with uneven slices inside the liver, instead of"
        " flagging it",
    )
    options.add_identify(
        p, "show what can identify the patient: the patient id of DICOM files as case id, an age above 89"
    )


def run(argv: Sequence[str]) -> int:
    """Assess, write what was asked for, print the rest."""
    args = parser().parse_intermixed_args(list(argv))
    formats = options.formats_of(args)
    today = options.report_date_of(args)
    refused: list[PlanError] = []
    found = outcome_of(args, options.patient_of(args), refused=refused)
    if found.is_standard:
        formats = _formats_without_plan(args)
    code = (
        deliver(
            found.assessments,
            args,
            formats,
            found.liver,
            found.plans,
            today=today,
            is_standard=found.is_standard,
        )
        if found.assessments
        else _without_segments(found.liver, args)
    )
    return _said_refused((*refused, *found.refused), code)


def _formats_without_plan(args: argparse.Namespace) -> tuple[str, ...]:
    """Formats of a table of resections that nobody named: one page for each would say what nobody asked for.

    Raises
    ------
    UsageError
        If the call needs a plan.
    """
    if args.fail_on_flag:
        raise UsageError(f"--fail-on-flag needs a plan; {HOW_TO_PLAN}")
    formats = options.formats_of(args)
    if args.ris:
        raise UsageError(f"--ris needs a plan; {HOW_TO_PLAN}")
    if args.format is None:
        return ("text", "json", "csv") if args.out else formats
    if pages := [name for name in formats if name in ("html", "pdf")]:
        raise UsageError(f"--format {','.join(pages)} needs a plan; {HOW_TO_PLAN}")
    return formats


def _without_segments(liver: Liver, args: argparse.Namespace) -> int:
    """A liver of which no segment is known: its volume, and what to give; nothing to assess for a program."""
    from flr.report.brief import undivided_text

    if args.json or args.out or (args.format or "text") != "text":
        raise UsageError(f"no plan, and no segment of the liver is drawn: {HOW_TO_PLAN}; or --segments FILE")
    print(undivided_text(liver), flush=True)
    return 0


def _said_refused(refused: Sequence[PlanError], code: int) -> int:
    """Say which plans were not assessed; then the exit code is that of an input that cannot be."""
    from flr.cli.entry import BAD_INPUT

    for error in refused:
        print(f"flr assess: not assessed: {error}", file=sys.stderr)
    return BAD_INPUT if refused else code


def outcome_of(
    args: argparse.Namespace,
    patient: Patient,
    *,
    completed: Callable[[Patient], Patient] | None = None,
    refused: list[PlanError] | None = None,
) -> Outcome:
    """Read and assess what the command line says.

    Parameters
    ----------
    args : Namespace
        Of a parser with :func:`add_reading`, facts and grading; the case id becomes that of the case.
    patient : Patient
        As the command line states it; a case file adds to it.
    completed : callable, optional
        What the command itself says about every patient.
    refused : list of PlanError, optional
        Takes the errors of plans that are not understood where others are; then no plan at all asks for
        every standard resection.
    """
    chosen = options.options_of(args)
    facts = options.scan_facts_of(args)
    roles, _ = options.roles_of(args)
    if args.scan is not None and (args.case is None or args.inputs or roles):
        raise UsageError("--scan chooses a scan of a case file; give it with --case and without INPUT")
    if not (args.inputs or roles or args.case):
        raise UsageError(
            "no input: give a label file, a folder of masks, a role such as --segments FILE, or --case FILE"
        )

    from flr.job import Job
    from flr.job import run as run_job

    plans: Sequence[Plan | Asked] = options.plans_of(args, refused)
    case = None if args.case is None else _from_case(args, patient, has_files=bool(args.inputs or roles))
    if case is not None:
        patient, plans = case.patient, plans or options.with_vessels(case.plans, args)
        count = args.vessels_count or case.vessels_count or chosen.vessels_count
        chosen = replace(chosen, accepted=(*case.accepted, *chosen.accepted), vessels_count=count)
        args.case_id = case.case_id if args.case_id == "case" else args.case_id
    if args.identify and args.case_id == "case":
        from flr.io.inputs import patient_id

        args.case_id = patient_id([*args.inputs, *roles.values()]) or args.case_id
    return run_job(
        Job(
            source=case.liver if case is not None and case.liver is not None else options.files_of(args),
            plans=tuple(plans),
            patient=patient if completed is None else completed(patient),
            intent=args.intent,
            options=chosen,
            scan=facts,
            reviewed=options.reviewed_of(args),
            second_reader=args.second_reader,
            strict=args.strict,
            case_id=args.case_id,
            how_to_plan=HOW_TO_PLAN,
            standard=refused is not None,
            each=refused is not None,
        )
    )


@dataclass(frozen=True)
class _FromCase:
    """What a case file gives to an assessment; no liver where files are given beside it."""

    case_id: str
    patient: Patient
    plans: tuple[Plan, ...]
    liver: Liver | None
    accepted: tuple[str, ...]
    vessels_count: VesselsCount | None


def _from_case(args: argparse.Namespace, given: Patient, *, has_files: bool) -> _FromCase:
    """Read the case and one scan of it; what the command line says of the patient wins."""
    from flr.io.case import read_case, read_scan

    case = read_case(args.case)
    if has_files:
        return _FromCase(
            case.id, _overruled(case.patient, given), case.plans, None, case.accepted, case.vessels_count
        )
    unused = [name for name in ("tumours", "image", "scheme", "resample") if getattr(args, name) is not None]
    unused += ["labels"] if args.labels else []
    unused += [name.replace("_", "-") for name in ("one_patient", "same_grid") if getattr(args, name)]
    if unused:
        raise UsageError(
            f"--{unused[0]} belongs to INPUT; for a scan of a case file say it there, under [[scan]]"
        )
    number = len(case.scans) if args.scan is None else args.scan
    if not 1 <= number <= len(case.scans):
        raise UsageError(f"--scan {number}; {args.case.name} has scans 1 to {len(case.scans)}")
    if len(case.scans) > 1:
        print(
            f"scan {number} of {len(case.scans)}; --scan chooses another, flr followup compares them",
            file=sys.stderr,
        )
    patient = _overruled(case.patient_at(number - 1), given)
    liver = read_scan(case, number - 1)
    return _FromCase(case.id, patient, case.plans, liver, case.accepted, case.vessels_count)


def _overruled(patient: Patient, given: Patient) -> Patient:
    """The patient of the case, with every fact that the command line gives in its place."""
    facts = {field.name: getattr(given, field.name) for field in fields(given)}
    return replace(patient, **{name: value for name, value in facts.items() if value not in (None, ())})


def deliver(
    assessments: Sequence[Assessment],
    args: argparse.Namespace,
    formats: Sequence[str],
    liver: Liver | None,
    plans: Sequence[Plan],
    *,
    today: date | None = None,
    is_standard: bool = False,
) -> int:
    """Write and print assessments as asked; the exit code says only what --fail-on-flag asked for."""
    from flr.cli.entry import FLAGGED, OK

    identify = getattr(args, "identify", False)
    written: Sequence[Path] = ()
    if args.out:
        from flr.report.save import save_report

        files = tuple(f for f in formats if f != "text")
        written = save_report(
            assessments,
            None if is_standard else liver,
            plans,
            args.out,
            formats=files,
            identify=identify,
            today=today,
            logo=options.logo_of(args),
        )
    if args.json or (not args.out and tuple(formats) == ("json",)):
        from flr.documents.assessments import assessments_document
        from flr.documents.base import to_json

        sys.stdout.write(to_json(assessments_document(assessments, identify)))
    elif args.ris:
        from flr.documents.assessments import assessments_document
        from flr.report.paragraph import ris_paragraph

        print(ris_paragraph(assessments_document(assessments, identify)), flush=True)
    elif not args.out and tuple(formats) == ("csv",):
        from flr.documents.csv import assessments_csv

        sys.stdout.write(assessments_csv(assessments, identify))
    elif "text" in formats:
        print(_text(assessments, args, is_standard=is_standard), flush=True)
    if args.out:
        say_where(args.out, written)
    flagged = any(a.flag != "adequate" for a in assessments)
    return FLAGGED if args.fail_on_flag and flagged else OK


def _text(assessments: Sequence[Assessment], args: argparse.Namespace, *, is_standard: bool) -> str:
    """One screen, or with ``-v`` everything."""
    if args.verbose:
        from flr.report.text import assessment_text

        return assessment_text(assessments, identify=getattr(args, "identify", False), verbose=True)
    from flr.report.brief import brief_text

    return brief_text(assessments, is_standard=is_standard)


def say_where(folder: Path, written: Sequence[Path]) -> None:
    """Say on the terminal what was written into a folder."""
    where = printable(str(folder))
    print(f"wrote {len(written)} files into {where}{'' if where.endswith('/') else '/'}:", file=sys.stderr)
    for path in written:
        print(f"  {path.name}", file=sys.stderr)
