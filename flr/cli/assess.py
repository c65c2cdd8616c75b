"""``flr assess``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flr.cli import options
from flr.cli.start import import_nibabel
from flr.errors import LabelError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from flr.assess import Assessment
    from flr.liver import Liver
    from flr.plans import Plan

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
    options.add_inputs(p, images=True)
    p.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="TEXT",
        help="what is removed: H5678, 'right hepatectomy', 5,6,7,8, flr, resected; repeatable; see flr plans",
    )
    p.add_argument(
        "--strict", action="store_true", help="refuse an input with a quality error instead of flagging it"
    )
    options.add_patient(p)
    options.add_grading(p)
    options.add_output(p)
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Assess, write what was asked for, print the rest."""
    args = parser().parse_intermixed_args(list(argv))
    formats = options.formats_of(args)
    patient = options.patient_of(args)
    chosen = options.options_of(args)
    roles, declared_none = options.roles_of(args)
    if not (args.inputs or roles):
        raise UsageError("no input: give a label file, a folder of masks, or a role such as --segments FILE")

    import_nibabel()
    from flr.assess import assess_plans
    from flr.io.read import read_liver
    from flr.plans import parse_plan

    plans = [parse_plan(text, intent=args.intent) for text in args.plan]
    liver = read_liver(
        *args.inputs,
        **{role: path for role, path in roles.items() if role != "tumours"},
        tumours="none" if declared_none else roles.get("tumours"),
        image=args.image,
        scheme=args.scheme,
        labels=options.labels_of(args),
        resample=args.resample,
    )
    plans = plans or drawn_plans(liver, args.intent)
    assessments = assess_plans(liver, plans, patient, case_id=args.case_id, options=chosen)
    if args.strict:
        errors = [f"{q.check}: {q.message}" for q in assessments[0].quality if q.severity == "error"]
        if errors:
            raise LabelError("refused by --strict: " + "; ".join(errors))
    return deliver(assessments, args, formats, liver, plans)


def drawn_plans(liver: Liver, intent: str) -> list[Plan]:
    """The plans that drawn masks imply. Raises UsageError with the ways to give one when none is drawn."""
    from flr.plans import parse_plan

    drawn = [name for name in ("flr", "resected") if name in liver.drawn]
    if not drawn:
        raise UsageError(
            "no plan: give --plan H5678 or --plan 'right hepatectomy' (see flr plans), or a drawn mask with"
            " --remnant FILE or --resected FILE"
        )
    return [parse_plan(name, intent="debulking" if intent == "debulking" else "cure") for name in drawn]


def deliver(
    assessments: Sequence[Assessment],
    args: argparse.Namespace,
    formats: Sequence[str],
    liver: Liver | None,
    plans: Sequence[Plan],
) -> int:
    """Write and print assessments as asked; the exit code says only what --fail-on-flag asked for."""
    from flr.cli.entry import FLAGGED, OK

    if args.out:
        from flr.report.save import save_report

        files = tuple(f for f in formats if f != "text")
        written = save_report(assessments, liver, plans, args.out, formats=files)
        _say_where(args.out, written)
    if args.json or (not args.out and tuple(formats) == ("json",)):
        from flr.report.document import assessments_document, to_json

        sys.stdout.write(to_json(assessments_document(assessments)))
    elif not args.out and tuple(formats) == ("csv",):
        from flr.report.csv import assessments_csv

        sys.stdout.write(assessments_csv(assessments))
    elif "text" in formats:
        from flr.report.text import assessment_text

        print(assessment_text(assessments))
    flagged = any(a.flag != "adequate" for a in assessments)
    return FLAGGED if args.fail_on_flag and flagged else OK


def _say_where(folder: Path, written: Sequence[Path]) -> None:
    print(
        f"wrote {len(written)} files into {folder}{'' if str(folder).endswith('/') else '/'}:",
        file=sys.stderr,
    )
    for path in written:
        print(f"  {path.name}", file=sys.stderr)
