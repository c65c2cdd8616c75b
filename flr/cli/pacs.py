"""``flr pacs fetch|store|watch``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flr.cli import options
from flr.errors import EnvironmentFailure, ReadError, UsageError

if TYPE_CHECKING:
    from flr.documents.base import Keys
    from flr.pacs.address import Address

_ACTIONS = ("fetch", "store", "watch")

_EXAMPLES = """\
examples:
  flr pacs fetch --url https://pacs.example.org/dicom-web --study 1.2.3 --out study/
  flr pacs fetch --url … --query AccessionNumber=A17 --out study/
  flr pacs store results/ --url …
  flr pacs watch --url … --rules rules.toml --state watch/
  flr pacs store results/ --dimse pacs.example.org:11112 --called PACS

credentials come from the environment only: FLR_PACS_TOKEN, or FLR_PACS_USER and FLR_PACS_PASSWORD;
for TLS: FLR_PACS_CA_FILE, FLR_PACS_CERTIFICATE, FLR_PACS_KEY"""


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser("pacs", "Fetch studies from an archive, store results, or watch it.", _EXAMPLES)
    p.add_argument("action", choices=_ACTIONS)
    p.add_argument("files", nargs="*", type=Path, metavar="FILE", help="store: files and folders")
    group = p.add_argument_group("archive")
    group.add_argument("--url", metavar="URL", help="root of DICOMweb")
    group.add_argument("--dimse", metavar="HOST:PORT", help="DICOM node, instead of DICOMweb")
    group.add_argument("--called", default="ANY-SCP", metavar="AET", help="the archive's title")
    group.add_argument("--calling", default="FLR", metavar="AET", help="our title; default FLR")
    group.add_argument("--receive-port", type=int, default=0, metavar="PORT", help="where C-MOVE sends to")
    group.add_argument("--receive-host", default="127.0.0.1", metavar="HOST", help="default 127.0.0.1")
    group.add_argument("--tls", action="store_true", help="encrypt the association of --dimse")
    group.add_argument("--timeout", type=float, default=60.0, metavar="S", help="for each answer; default 60")
    group.add_argument("--attempts", type=int, default=4, metavar="N", help="for each request; default 4")
    group = p.add_argument_group("fetch")
    group.add_argument("--study", metavar="UID")
    group.add_argument(
        "--query",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="find the study by attributes, such as AccessionNumber=A17; repeatable",
    )
    group.add_argument("--series", metavar="UID", help="only this series and what it refers to")
    group.add_argument("--everything", action="store_true", help="all images and segmentations")
    group.add_argument("--out", type=Path, metavar="DIR", help="folder to fetch into")
    group = p.add_argument_group("watch")
    group.add_argument("--rules", type=Path, metavar="FILE", help="rule file (TOML)")
    options.add_errors(group)
    options.add_site(group)
    group.add_argument("--state", type=Path, metavar="DIR", help="folder of the ledger")
    group.add_argument("--interval", type=float, default=30.0, metavar="S", help="between looks; default 30")
    group.add_argument(
        "--settle", type=float, default=60.0, metavar="S", help="leave a growing study alone; default 60"
    )
    group.add_argument("--once", action="store_true", help="answer what is there, then end")
    group.add_argument("--from-now", action="store_true", help="leave alone what is there at the first look")
    group.add_argument("--retry-failed", action="store_true", help="try again what failed before")
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Do one of the three."""
    args = parser().parse_intermixed_args(list(argv))
    if args.files and args.action != "store":
        raise UsageError(f"flr pacs {args.action} takes no files; they are for flr pacs store")
    for name in ("errors", "site"):
        if getattr(args, name) is not None and args.action != "watch":
            raise UsageError(f"flr pacs {args.action} assesses nothing; --{name} is for flr pacs watch")
    if args.attempts < 1 or not args.timeout > 0:
        raise UsageError("--attempts and --timeout have to be above 0")
    address = _address(args)

    from flr.dicom.header import quietly

    actions = {"fetch": _fetch, "store": _store, "watch": _watch}
    with quietly():
        return actions[args.action](args, address)


def _address(args: argparse.Namespace) -> Address:
    from flr.pacs.address import Address, web_address

    if bool(args.url) == bool(args.dimse):
        raise UsageError("give either --url of DICOMweb or --dimse HOST:PORT of a DICOM node")
    if args.url:
        return web_address(args.url, timeout_s=args.timeout, attempts=args.attempts)
    host, colon, port = args.dimse.rpartition(":")
    if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise UsageError(f"--dimse {args.dimse!r}; expected HOST:PORT")
    for title in (args.called, args.calling):
        if not 0 < len(title) <= 16 or not title.isascii():
            raise UsageError(f"title {title!r}; expected at most 16 plain characters")
    return Address(
        "dimse",
        host=host,
        port=int(port),
        called=args.called,
        calling=args.calling,
        receive_host=args.receive_host,
        receive_port=args.receive_port,
        tls=args.tls,
        timeout_s=args.timeout,
        attempts=args.attempts,
    )


def _print(args: argparse.Namespace, document: Keys, text: str) -> None:
    if args.json:
        from flr.documents.base import json_ready, to_json

        sys.stdout.write(to_json(json_ready(document)))
    else:
        print(text)


def _fetch(args: argparse.Namespace, address: Address) -> int:
    from flr.cli.entry import OK
    from flr.documents.base import filled
    from flr.documents.jobs import FetchDocument
    from flr.pacs.connect import open_archive
    from flr.pacs.fetch import fetch_study, find_study

    if bool(args.study) == bool(args.query):
        raise UsageError("give either --study UID or --query KEY=VALUE")
    if args.out is None:
        raise UsageError("no folder to fetch into: give --out DIR")
    wanted = _query_of(args.query)
    archive = open_archive(address)
    study = args.study or find_study(archive, wanted)
    fetched = fetch_study(archive, study, args.out, series_uid=args.series, everything=args.everything)
    names = [folder.name for folder in fetched.folders]
    document = filled(FetchDocument, fetched, folders=tuple(names), series_left_out=fetched.left_out)
    text = [f"fetched {fetched.new} objects into {args.out} ({fetched.present} were there already):"]
    _print(args, document, "\n".join([*text, *(f"  {name}/" for name in names)]))
    return OK


def _query_of(texts: Sequence[str]) -> dict[str, str]:
    wanted = {}
    for text in texts:
        keyword, equals, value = text.partition("=")
        if not (equals and value and keyword.isalnum() and keyword[:1].isupper()):
            raise UsageError("--query expects KEY=VALUE with a DICOM keyword, such as AccessionNumber=A17")
        wanted[keyword] = value
    return wanted


def _store(args: argparse.Namespace, address: Address) -> int:
    from flr.cli.entry import OK
    from flr.documents.base import filled
    from flr.documents.jobs import NotStored, StoreDocument
    from flr.pacs.connect import open_archive

    if not args.files:
        raise UsageError("nothing to store: give files or folders")
    paths = _dicom_files(args.files, args.study)
    report = open_archive(address).store(paths)
    document = filled(
        StoreDocument, report, failed=tuple(NotStored(name, reason) for name, reason in report.failed)
    )
    lines = [f"stored {report.stored} objects ({report.present} were there already)"]
    lines += [f"  not stored: {name}: {reason}" for name, reason in report.failed]
    _print(args, document, "\n".join(lines))
    if report.failed:
        name, reason = report.failed[0]
        raise EnvironmentFailure(
            f"{len(report.failed)} of {len(paths)} objects were refused, {name} the first ({reason}); run the"
            " command again to send only these"
        )
    return OK


def _dicom_files(given: Sequence[Path], study_uid: str | None) -> list[Path]:
    """Files to store, each DICOM, of one study. Raises ReadError for anything else."""
    from flr.dicom.header import read_header

    paths: list[Path] = []
    for path in given:
        if path.is_dir():
            paths += sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.casefold() == ".dcm")
        elif path.is_file():
            paths.append(path)
        else:
            raise ReadError(f"{path.name}: no such file or folder; check the path")
    if not paths:
        raise ReadError("no .dcm file in the folders that were given; is it the right one?")
    studies = set()
    for path in paths:
        header = read_header(path)
        if header is None:
            raise ReadError(f"{path.name}: not a DICOM file; only DICOM goes into an archive")
        studies.add(header.text("StudyInstanceUID"))
    if len(studies) > 1:
        raise ReadError(
            f"the files belong to {len(studies)} different studies; store the results of one study at a time"
        )
    if study_uid is not None and studies != {study_uid}:
        raise ReadError("the files belong to another study than --study says; nothing was stored")
    return paths


def _watch(args: argparse.Namespace, address: Address) -> int:
    from flr.cli.entry import CASES_FAILED, OK
    from flr.documents.base import filled
    from flr.documents.jobs import WatchDocument, WatchedCase
    from flr.pacs.archive import short_name
    from flr.pacs.ledger import Ledger
    from flr.pacs.rules import read_rules
    from flr.pacs.watch import Watch, Worker, summary

    if args.rules is None or args.state is None:
        raise UsageError("flr pacs watch needs --rules FILE and --state DIR")
    if not args.interval > 0 or args.settle < 0:
        raise UsageError("--interval has to be above 0, and --settle not below")
    watch = Watch(
        address,
        read_rules(args.rules),
        args.state,
        interval_s=args.interval,
        settle_s=args.settle,
        from_now=args.from_now,
        options=options.options_of(args),
    )
    worker = Worker(watch, _say)
    ledger = Ledger(args.state)
    before = signal.signal(signal.SIGTERM, lambda *_: worker.stop.set())
    try:
        if args.retry_failed:
            ledger.retry_failed()
        worker.run(ledger, once=args.once)
        items = ledger.items()
        cases = tuple(filled(WatchedCase, item, case=short_name(item.series_uid)) for item in items)
        _print(args, WatchDocument(counts=ledger.counts(), cases=cases), summary(items))
    finally:
        signal.signal(signal.SIGTERM, before)
        ledger.close()
    unfinished = any(item.state in ("failed", "waiting") for item in items)
    return CASES_FAILED if args.once and unfinished else OK


def _say(message: str) -> None:
    from datetime import datetime

    print(f"{datetime.now():%Y-%m-%d %H:%M:%S} {message}", file=sys.stderr, flush=True)
