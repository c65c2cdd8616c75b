"""``flr donor``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flr.cli import options
from flr.cli.assess import add_reading, outcome_of, say_where

if TYPE_CHECKING:
    from flr.patient import Patient

_EXAMPLES = """\
examples:
  flr donor segments.nii.gz --tumours none --weight 72 --height 171 --plan H5678 --recipient-weight 60
  flr donor segments.nii.gz --tumours none --weight 72 --height 171 --plan H5678-MHV --plan H234 \\
      --recipient-weight 60 --reviewed yes --out donor/

What a plan removes is the graft. The flag is of the donor's remnant; the recipient changes no flag."""


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser(
        "donor", "Graft and donor's remnant of each plan, for a recipient's weight.", _EXAMPLES
    )
    add_reading(p)
    group = p.add_argument_group("donation")
    group.add_argument(
        "--recipient-weight", type=float, required=True, metavar="KG", help="body weight of the recipient"
    )
    group.add_argument(
        "--mhv-side",
        choices=("graft", "remnant"),
        help="where the middle hepatic vein stays; with the graft where the plan names it (H5678-MHV)",
    )
    group.add_argument(
        "--weight-factor",
        metavar="NAME",
        help="weight per CT volume of the graft; default that of such grafts, and 1 g/mL where none is"
        " published",
    )
    options.add_patient(p)
    options.add_scan(p)
    options.add_grading(p)
    group = p.add_argument_group("output")
    group.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for page, PDF, tables and pictures; replaced file by file",
    )
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Assess the donor's remnant, add the graft, print both."""
    args = parser().parse_intermixed_args(list(argv))
    given = options.patient_of(args)

    from flr.cli.entry import FLAGGED, OK
    from flr.donor import check_donation, with_graft
    from flr.formulas.specimen import weight_factor

    check_donation(_donor(given), args.recipient_weight)
    if args.weight_factor is not None:
        weight_factor(args.weight_factor)
    found = outcome_of(args, given, completed=_donor)
    plans = [
        with_graft(
            assessment,
            found.liver,
            plan,
            recipient_weight_kg=args.recipient_weight,
            mhv_side=args.mhv_side,
            factor=args.weight_factor,
        )
        for assessment, plan in zip(found.assessments, found.plans, strict=True)
    ]
    written: Sequence[Path] = ()
    if args.out:
        from flr.report.save import save_report

        written = save_report(
            found.assessments,
            found.liver,
            found.plans,
            args.out,
            identify=args.identify,
            grafts=plans,
            logo=options.logo_of(args),
        )
    if args.json:
        from flr.documents.base import to_json
        from flr.documents.donor import donor_document

        sys.stdout.write(to_json(donor_document(plans, identify=args.identify)))
    else:
        from flr.report.donor import donor_text

        print(donor_text(plans))
    if args.out:
        say_where(args.out, written)
    flagged = any(plan.assessment.flag != "adequate" for plan in plans)
    return FLAGGED if args.fail_on_flag and flagged else OK


def _donor(patient: Patient) -> Patient:
    """The same person as a living donor, whom this command is about."""
    return patient if patient.is_donor else replace(patient, conditions=(*patient.conditions, "donor"))
