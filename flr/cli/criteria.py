"""``flr criteria``: the published minimums, and one case under all of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from flr.cli import options
from flr.cli.assess import add_reading, outcome_of
from flr.cli.listing import print_listed
from flr.errors import UsageError

_EXAMPLES = """\
examples:
  flr criteria
  flr criteria --case case.toml
  flr criteria segments.nii.gz --tumours none --weight 72 --height 171 --plan H5678 --plan H234

Without INPUT: the published minimums that are known, with citations. With INPUT or --case: the remnant of
each plan under every background, and its share of every standard volume."""


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser(
        "criteria",
        "The published minimums, or one case under every background and standard volume.",
        _EXAMPLES,
    )
    add_reading(p)
    options.add_patient(p)
    options.add_scan(p)
    options.add_grading(p)
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Print what is known, or what it means for one case."""
    args = parser().parse_intermixed_args(list(argv))
    roles, _ = options.roles_of(args)
    if not (args.inputs or roles or args.case):
        if set(argv) - {"--json"}:
            raise UsageError(
                "no input: give a label file, a folder of masks, a role such as --segments FILE, or --case"
                " FILE; without any option the published minimums are printed"
            )
        return print_listed("criteria", as_json=args.json)

    from flr.cli.entry import FLAGGED, OK

    found = outcome_of(args, options.patient_of(args))
    if args.json:
        from flr.documents.base import to_json
        from flr.documents.what_if import what_if_document

        sys.stdout.write(to_json(what_if_document(found.assessments)))
    else:
        from flr.report.text import what_if_text

        print(what_if_text(found.assessments))
    flagged = any(assessment.flag != "adequate" for assessment in found.assessments)
    return FLAGGED if args.fail_on_flag and flagged else OK
