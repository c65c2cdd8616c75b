"""``flr inspect``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from flr.cli import options
from flr.errors import UsageError


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser("inspect", "Geometry, labels, scheme and quality of anything that flr reads.")
    p.add_argument(
        "inputs",
        nargs="*",
        metavar="INPUT",
        type=Path,
        help="label file, folder of masks, image, or DICOM files and folders",
    )
    p.add_argument(
        "--scheme", metavar="NAME", help="label scheme of the inputs (see flr schemes), or a .json file"
    )
    options.add_insisted(p)
    options.add_identify(p, "print what identifies the patient: name, id, dates, descriptions of DICOM files")
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Look and print."""
    args = parser().parse_intermixed_args(list(argv))
    if not args.inputs:
        raise UsageError("no input: give a file or a folder")

    from flr.documents.base import to_json
    from flr.documents.structures import inspect_document
    from flr.io.inspection import inspect
    from flr.io.structures import scheme_by_option
    from flr.report.structures import inspect_text

    result = inspect(
        args.inputs,
        scheme=None if args.scheme is None else scheme_by_option(args.scheme),
        identify=args.identify,
        insisted=options.insisted_of(args),
    )
    if args.json:
        sys.stdout.write(to_json(inspect_document(result)))
    else:
        print(inspect_text(result))
    return 0
