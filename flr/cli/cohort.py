"""``flr cohort``."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flr.cli import options
from flr.errors import FLRWarning, UsageError
from flr.facts import taken_by

if TYPE_CHECKING:
    from flr.cohort.manifest import CaseRow
    from flr.cohort.summary import Summary
    from flr.cohort.unit import Outcome

_STEPS = {
    "run": "run every case of a manifest or folder that has changed, then write the tables",
    "status": "what is done, failed and open",
    "merge": "write tables and summary from the records that are there",
    "manifest": "list the cases of a folder as a manifest to complete",
    "agree": "agreement of two segmentations of the same cases",
    "changes": "what share of cases another formula or other limits would flag otherwise",
}

_EXAMPLES = """\
examples:
  flr cohort manifest totalsegmentator_outputs/ > manifest.csv
  flr cohort run manifest.csv --out results/ --workers 8
  flr cohort run manifest.csv --out results/ --scheduler tcp://scheduler:8786
  flr cohort run manifest.csv --out results/ --case 101-200    # one task of an array job
  flr cohort merge results/

`flr cohort STEP --help` explains a step."""

# Options that may be given for all cases at once; facts about one body may not.
_DEFAULTS = (
    *("scheme", "resample", "one-patient", "same-grid"),
    *(fact.option for fact in taken_by("every_case")),
    *(
        "intent",
        "bsa-formula",
        "standard-volume-formula",
        "limits",
        "limits-source",
        "accept",
        "vessels-count",
    ),
)


def run(argv: Sequence[str]) -> int:
    """Choose the step and run it."""
    if not argv or argv[0] in ("-h", "--help"):
        print(_help())
        if argv:
            raise SystemExit(0)
        raise UsageError(f"which step? Expected one of {', '.join(_STEPS)}")
    step, rest = argv[0], list(argv[1:])
    if step not in _STEPS:
        raise UsageError(f"no step is called {step!r}; expected one of {', '.join(_STEPS)}")
    return _RUN[step](_PARSERS[step]().parse_intermixed_args(rest))


def _help() -> str:
    steps = [f"  {name:<9} {what}" for name, what in _STEPS.items()]
    return "\n".join(["usage: flr cohort STEP ...", "", "Many cases.", "", "steps:", *steps, "", _EXAMPLES])


def _parser(step: str) -> options.Parser:
    return options.Parser(f"cohort {step}", _STEPS[step].capitalize() + ".")


def _run_parser() -> options.Parser:
    p = _parser("run")
    p.epilog = (
        "A manifest has one row per case; its columns are case_id and the options of flr assess.\n"
        "Several values in a cell are parted by ; and paths are relative to the manifest."
    )
    p.add_argument("source", type=Path, metavar="MANIFEST", help="CSV or Parquet, or a folder of cases")
    p.add_argument("--out", type=Path, required=True, metavar="DIR", help="a second run goes on in it")
    group = p.add_argument_group("who runs the cases")
    group.add_argument(
        "--workers", type=int, metavar="N", help="processes; 0 runs all in this one. Default: what fits"
    )
    group.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler, tcp://host:8786, or local for its own"
    )
    group.add_argument("--batch", type=int, metavar="N", help="cases per task")
    group.add_argument(
        "--case", metavar="N|N-M", help="only these rows, from 1, in this process, without the tables"
    )
    group.add_argument(
        "--redo",
        choices=("changed", "failed", "all"),
        default="changed",
        help="what is run although its record is there",
    )
    group.add_argument("--progress", action="store_true", help="show progress where stderr is no terminal")
    group = p.add_argument_group("for all cases that do not say otherwise")
    group.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="TEXT",
        help="or a plan file, as for flr assess; repeatable",
    )
    options.add_errors(group)
    options.add_site(group)
    group.add_argument("--tumours", choices=("none",), help="there are none")
    group.add_argument("--only", choices=("volumes",), help="count as flr volumes does, and assess nothing")
    for name in _DEFAULTS:
        group.add_argument(f"--{name}", metavar="TEXT", help=f"as for flr assess --{name}")
    _add_layout(p)
    _add_tables(p)
    options.add_json(p)
    return p


def _folder_parser(step: str) -> Callable[[], options.Parser]:
    def make() -> options.Parser:
        p = _parser(step)
        p.add_argument("folder", type=Path, metavar="DIR", help="what flr cohort run --out was given")
        if step == "merge":
            _add_tables(p)
        options.add_json(p)
        return p

    return make


def _manifest_parser() -> options.Parser:
    p = _parser("manifest")
    p.add_argument("source", type=Path, metavar="FOLDER")
    _add_layout(p)
    options.add_json(p)
    return p


def _agree_parser() -> options.Parser:
    p = _parser("agree")
    p.add_argument("first", type=Path, metavar="DIR")
    p.add_argument("second", type=Path, metavar="DIR")
    p.add_argument("--out", type=Path, metavar="DIR", help="folder for agreement.json and the plots")
    options.add_json(p)
    return p


def _add_layout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--layout", choices=("bids", "masks", "dicom", "files"), help="of a folder; found out by default"
    )


def _add_tables(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--table", default="csv", metavar="LIST", help="csv, parquet or both; default csv")


# --- steps ------------------------------------------------------------------------------------


def _run(args: argparse.Namespace) -> int:
    _check(args)
    formats = _formats(args.table)
    if not args.case and args.scheduler is None and args.workers != 0:
        from flr.cohort.server import start_server

        start_server()  # it loads its modules while this process loads its own
    rows = _rows(args)

    from flr.cli.entry import CASES_FAILED, OK
    from flr.cohort.manifest import chosen
    from flr.cohort.run import merge, run_cohort, run_part

    if args.case:
        part = chosen(rows, args.case)
        outcomes = _followed(run_part(rows, part, args.out, redo=args.redo), len(part), args)
        failed = sum(outcome.status == "failed" for outcome in outcomes)
        if args.json:
            from flr.documents.jobs import PartDocument

            _print_json(PartDocument(cases=len(part), failed=failed))
        return CASES_FAILED if failed else OK
    running = run_cohort(
        rows, args.out, workers=args.workers, scheduler=args.scheduler, batch=args.batch, redo=args.redo
    )
    outcomes = _followed(running, len(rows), args)
    fresh = sum(outcome.fresh for outcome in outcomes)
    print(f"{fresh} cases were run, {len(rows) - fresh} had not changed", file=sys.stderr)
    from flr.cohort.ledger import entry_of

    return _tell(merge(args.out, entries=[entry_of(row) for row in rows], formats=formats), args)


def _status(args: argparse.Namespace) -> int:
    from flr.cohort.run import status

    return _tell(status(args.folder), args)


def _merge(args: argparse.Namespace) -> int:
    from flr.cohort.run import merge

    return _tell(merge(args.folder, formats=_formats(args.table)), args)


def _manifest(args: argparse.Namespace) -> int:
    from flr.cli.entry import OK
    from flr.cohort.layouts import BODY_COLUMNS, read_layout
    from flr.cohort.manifest import manifest_csv

    rows = read_layout(args.source, layout=args.layout)
    if args.json:
        from flr.documents.jobs import ManifestDocument

        cases = tuple({"case_id": row.case_id, **row.cells} for row in rows)
        _print_json(ManifestDocument(cases=cases))
    else:
        sys.stdout.write(manifest_csv(rows, more=(*BODY_COLUMNS, "tumours", "plan")))
        print(
            "paths are relative to the folder: keep the manifest in it, and fill in what is known",
            file=sys.stderr,
        )
    return OK


def _agree(args: argparse.Namespace) -> int:
    from flr.cli.entry import OK
    from flr.cohort.agree import agreement, agreement_document, agreement_png, agreement_text
    from flr.documents.base import to_json
    from flr.files import write_bytes, write_text

    comparison = agreement(args.first, args.second)
    document = agreement_document(comparison)
    if args.out:
        write_text(args.out / "agreement.json", to_json(document))
        for number, one in enumerate(comparison.agreements, start=1):
            picture = agreement_png(one)
            if picture is not None:
                write_bytes(args.out / f"bland-altman-{number}.png", picture)
    if args.json:
        _print_json(document)
    else:
        print(agreement_text(comparison))
    return OK


def _changes(args: argparse.Namespace) -> int:
    from flr.cli.entry import OK
    from flr.cohort.scenarios import changes_document, changes_text, flag_changes

    found = flag_changes(args.folder)
    if args.json:
        _print_json(changes_document(found))
    else:
        print(changes_text(found))
    return OK


_PARSERS: dict[str, Callable[[], options.Parser]] = {
    "run": _run_parser,
    "status": _folder_parser("status"),
    "merge": _folder_parser("merge"),
    "manifest": _manifest_parser,
    "agree": _agree_parser,
    "changes": _folder_parser("changes"),
}
_RUN: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "status": _status,
    "merge": _merge,
    "manifest": _manifest,
    "agree": _agree,
    "changes": _changes,
}


# --- what the steps share ---------------------------------------------------------------------


def _check(args: argparse.Namespace) -> None:
    for name, least in (("workers", 0), ("batch", 1)):
        value = getattr(args, name)
        if value is not None and value < least:
            raise UsageError(f"--{name} {value}; expected a number from {least}")
    if args.case and (args.workers is not None or args.scheduler is not None):
        raise UsageError("--case runs in this process; leave --workers and --scheduler out")


def _rows(args: argparse.Namespace) -> tuple[CaseRow, ...]:
    from flr.cohort.manifest import column_name, read_manifest

    defaults = {column_name(name): value for name in _DEFAULTS if (value := getattr(args, column_name(name)))}
    defaults |= options.cells_of(args)
    for name in ("tumours", "only"):
        if getattr(args, name):
            defaults[name] = getattr(args, name)
    if args.source.is_dir():
        from flr.cohort.layouts import read_layout

        return read_layout(args.source, layout=args.layout, defaults=defaults)
    if args.layout:
        raise UsageError("--layout belongs to a folder; a manifest says itself where its files are")
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always", FLRWarning)
        rows = read_manifest(args.source, defaults=defaults)
    for one in noticed:
        print(one.message, file=sys.stderr)
    return rows


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(part.strip().casefold() for part in text.split(",") if part.strip()))
    unknown = [name for name in formats if name not in ("csv", "parquet")]
    if unknown or not formats:
        raise UsageError(f"--table {text!r}; expected csv, parquet or both")
    return formats


def _followed(outcomes: Iterable[Outcome], cases: int, args: argparse.Namespace) -> list[Outcome]:
    """Let the cases run, with their rate and the time left on stderr where somebody watches."""
    if not (args.progress or sys.stderr.isatty()):
        return list(outcomes)
    from tqdm import tqdm

    finished = []
    failed = 0
    with tqdm(outcomes, total=cases, unit="case", file=sys.stderr, smoothing=0.05) as bar:
        for outcome in bar:
            finished.append(outcome)
            failed += outcome.status == "failed"
            bar.set_postfix(failed=failed, refresh=False)
    return finished


def _tell(summary: Summary, args: argparse.Namespace) -> int:
    from flr.cli.entry import CASES_FAILED, OK
    from flr.cohort.summary import summary_document, summary_text

    if args.json:
        _print_json(summary_document(summary))
    else:
        print(summary_text(summary))
    return CASES_FAILED if summary.failed or summary.pending else OK


def _print_json(document: object) -> None:
    from flr.documents.base import json_ready, to_json

    sys.stdout.write(to_json(json_ready(document)))
