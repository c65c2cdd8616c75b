"""``flr planner``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from flr.cli import options
from flr.errors import UsageError
from flr.files import write_text
from flr.stages import stage

_EXAMPLES = """\
examples:
  flr planner liver_segments.nii.gz --tumours tumours.nii.gz --image ct.nii.gz --out planner.html
  flr planner study/ --plan H5678 --weight 72 --height 171 --condition chemotherapy --out planner.html

The page opens in any browser, without a network: cuts are dragged, and the numbers follow. It saves a plan,
which flr assess --plan FILE.json assesses. It previews volumes and grades nothing."""


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser(
        "planner", "One HTML file in which cuts are dragged and volumes follow, without Python.", _EXAMPLES
    )
    options.add_inputs(p, images=True)
    options.add_reviewed(p)
    p.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="TEXT",
        help="what the page starts with, as in flr assess; repeatable; default every standard resection",
    )
    options.add_split(p)
    options.add_patient(p)
    options.add_grading(p)
    p.add_argument("--out", type=Path, metavar="FILE.html", help="the page; an earlier one is replaced")
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Assess what the page starts with, pack, write, say what was written."""
    args = parser().parse_intermixed_args(list(argv))
    patient = options.patient_of(args)
    chosen = options.options_of(args)
    roles, _ = options.roles_of(args)
    options.require_input(args, roles)
    if args.out is None:
        raise UsageError("no file to write: give --out planner.html")
    if args.out.suffix.casefold() not in (".html", ".htm") or args.out.is_dir():
        raise UsageError(f"--out {args.out.name}; expected the name of a page, such as planner.html")

    from flr.cli.entry import FLAGGED, OK
    from flr.documents.base import to_json
    from flr.job import Job
    from flr.job import run as run_job
    from flr.planner import planner_html

    found = run_job(
        Job(
            source=options.files_of(args),
            plans=options.plans_of(args),
            patient=patient,
            intent=args.intent,
            options=chosen,
            reviewed=options.reviewed_of(args),
            case_id=args.case_id,
            standard=True,
        )
    )
    stage("pack")
    page = planner_html(
        found.liver,
        found.plans,
        found.assessments,
        found.patient,
        limits=chosen.limits,
        case_id=args.case_id,
    )
    write_text(args.out, page)
    if args.json:
        written = {
            "page": args.out.name,
            "bytes": len(page.encode()),
            "plans": [plan.name for plan in found.plans],
        }
        sys.stdout.write(to_json(written))
    else:
        print(f"{args.out}: {len(page.encode()) / 1e6:.1f} MB, {len(found.plans)} plans to start with")
    flagged = any(one.flag != "adequate" for one in found.assessments)
    return FLAGGED if args.fail_on_flag and flagged else OK
