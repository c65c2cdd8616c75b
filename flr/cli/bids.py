"""``flr-bids``, the BIDS App, also ``flr bids``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from flr.cli import options
from flr.errors import ReadError
from flr.facts import taken_by

_COLUMNS = ", ".join(
    f"{fact.column} ({fact.unit})" if fact.unit else fact.column for fact in taken_by("participants")
)

_EXAMPLES = f"""\
examples:
  flr-bids derivatives/totalsegmentator out/ participant --plan H5678 --participant-label 01 02
  flr-bids derivatives/totalsegmentator out/ group --plan H5678

Segmentations are *_dseg.nii.gz, masks *_label-tumor_mask.nii.gz and so on. participants.tsv may have the
columns {_COLUMNS}, plan. Give both levels the same options."""


def parser() -> options.Parser:
    """The arguments of a BIDS App."""
    p = options.Parser("bids", "Future liver remnants of a BIDS dataset, as BIDS derivatives.", _EXAMPLES)
    p.add_argument("bids_dir", type=Path, help="dataset that holds the segmentations")
    p.add_argument("output_dir", type=Path, help="folder of the derivatives")
    p.add_argument("analysis_level", choices=("participant", "group"))
    p.add_argument("--participant-label", "--participant_label", nargs="+", default=[], metavar="LABEL")
    p.add_argument("--plan", action="append", default=[], metavar="TEXT", help="what is removed; repeatable")
    options.add_errors(p)
    options.add_site(p)
    p.add_argument("--tumours", choices=("none",), help="there are none")
    p.add_argument("--scheme", metavar="NAME", help="label scheme of the segmentations")
    for fact in taken_by("every_case"):
        p.add_argument(
            f"--{fact.option}", metavar=fact.placeholder, help="where participants.tsv does not say it"
        )
    p.add_argument("--workers", "--n-cpus", "--n_cpus", type=int, default=0, metavar="N")
    p.add_argument(
        "--skip-bids-validation",
        "--skip_bids_validation",
        action="store_true",
        help="accepted for other programs' sake: only what is read is checked",
    )
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Run the participants, or gather the group."""
    args = parser().parse_args(list(argv))
    if not args.bids_dir.is_dir():
        raise ReadError(
            f"{args.bids_dir.name} is no folder; expected a BIDS dataset, a folder of sub-*/ with"
            " *_dseg.nii.gz (flr cohort run takes manifests)"
        )

    from flr.cli.entry import CASES_FAILED, OK
    from flr.cohort import bids
    from flr.cohort.layouts import read_layout
    from flr.cohort.run import run_cohort, run_part
    from flr.cohort.summary import summary_document, summary_text
    from flr.documents.base import json_ready, to_json

    shared = ("scheme", *(fact.argument for fact in taken_by("every_case")), "tumours")
    defaults = {name: value for name in shared if (value := getattr(args, name))}
    defaults |= options.cells_of(args)
    rows = read_layout(args.bids_dir, layout="bids", defaults=defaults)
    bids.write_description(args.bids_dir, args.output_dir)
    if args.analysis_level == "participant":
        chosen = bids.participants(rows, args.participant_label)
        ledger = args.output_dir / bids.LEDGER_NAME
        if args.workers > 0 and not args.participant_label:
            outcomes = list(run_cohort(rows, ledger, workers=args.workers))
        else:
            outcomes = list(run_part(rows, chosen, ledger))
        bids.write_participants(chosen, args.output_dir)
        failed = sum(outcome.status == "failed" for outcome in outcomes)
        if args.json:
            from flr.documents.jobs import PartDocument

            sys.stdout.write(to_json(json_ready(PartDocument(cases=len(chosen), failed=failed))))
        else:
            print(f"{len(chosen)} cases, {failed} failed")
        return CASES_FAILED if failed else OK
    summary = bids.write_group(rows, args.output_dir)
    if args.json:
        sys.stdout.write(to_json(summary_document(summary)))
    else:
        print(summary_text(summary))
    return CASES_FAILED if summary.failed or summary.pending else OK


def main() -> int:
    """The command ``flr-bids``."""
    from flr.cli.entry import main as flr

    return flr(["bids", *sys.argv[1:]])
