"""``flr followup``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flr.cli import options
from flr.errors import UsageError

if TYPE_CHECKING:
    from flr.case import Case
    from flr.plans import Plan

_EXAMPLES = """\
examples:
  flr followup case.toml
  flr followup case.toml --plan H5678 --out followup/
  flr followup case.toml --json"""


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser("followup", "Growth of the remnant between the dated scans of a case file.", _EXAMPLES)
    p.add_argument("case", metavar="CASE.toml", type=Path, help="case file: patient, dated scans, plans")
    p.add_argument(
        "--plan",
        metavar="TEXT",
        help="name of a plan of the case, or any plan as in flr assess; default the first of the case",
    )
    group = p.add_argument_group("grading")
    options.add_formulas_and_limits(group)
    options.add_errors(group)
    group.add_argument("--fail-on-flag", action="store_true", help="exit 10 unless the flag is adequate")
    p.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for text, JSON, the growth curve and the slices"
    )
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Read the case, compare its scans, write what was asked for, print the rest."""
    from flr.cli.entry import FLAGGED, OK

    args = parser().parse_intermixed_args(list(argv))
    chosen = options.options_of(args)

    from flr.documents.base import to_json
    from flr.documents.followup import followup_document
    from flr.growth import follow_up, prepared_scans
    from flr.io.case import read_case, read_function_images, read_scans
    from flr.report.followup import followup_text
    from flr.staging import stage_by_stage

    case = read_case(args.case)
    chosen = replace(chosen, accepted=(*case.accepted, *chosen.accepted))
    if len(case.scans) < 2:
        raise UsageError(
            f"{args.case.name} has one scan; growth needs a baseline and a later scan: add a second "
            "[[scan]], or use flr assess --case"
        )
    plan = chosen_plan(case, args.plan)
    livers = read_scans(case)
    if plan is None:
        plan = _drawn(livers)
    images = read_function_images(case)
    case, livers = prepared_scans(case, livers, plan)
    result = follow_up(case, livers, plan, options=chosen, images=images)
    before = (result.last.reference or 1) - 1
    staged = [
        stage_by_stage(livers[before], one, case.patient_at(before), case_id=case.id, options=chosen)
        for one in case.staged_plans
    ]
    if args.out:
        from flr.report.followup_pictures import save_followup

        written = save_followup(result, livers, plan, args.out, staged=staged)
        print(f"wrote into {args.out}: {', '.join(path.name for path in written)}", file=sys.stderr)
    if args.json:
        sys.stdout.write(to_json(followup_document(result, staged)))
    else:
        print(followup_text(result, staged))
    return FLAGGED if args.fail_on_flag and result.flag != "adequate" else OK


def chosen_plan(case: Case, text: str | None) -> Plan | None:
    """The plan to follow: by name or notation, else the first of the case; None where only masks can say.

    Raises
    ------
    PlanError
        If the text is neither a plan of the case nor one that can be read.
    """
    from flr.plans import parse_plan

    if text is None:
        if len(case.plans) > 1:
            names = ", ".join(repr(plan.name) for plan in case.plans[1:])
            print(f"following the first plan, {case.plans[0].name!r}; --plan takes {names}", file=sys.stderr)
        return case.plans[0] if case.plans else None
    by_name = {plan.name: plan for plan in case.plans}
    return by_name.get(text) or next((p for p in case.plans if p.notation == text), None) or parse_plan(text)


def _drawn(livers: Sequence[object]) -> Plan:
    from flr.cli.assess import HOW_TO_PLAN
    from flr.job import drawn_plans
    from flr.liver import Liver

    last = livers[-1]
    assert isinstance(last, Liver)
    return drawn_plans(last, "cure", how_to_plan=HOW_TO_PLAN)[0]
