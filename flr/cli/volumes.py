"""``flr volumes``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from flr.cli import options
from flr.errors import UsageError


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser("volumes", "Volumes of every structure of label files, mask folders and DICOM.")
    options.add_inputs(p, images=False)
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Count and print."""
    args = parser().parse_intermixed_args(list(argv))
    roles, declared_none = options.roles_of(args)
    if declared_none:
        raise UsageError("--tumours none says nothing about volumes; leave it out")
    if not (args.inputs or roles):
        raise UsageError("no input: give a label file, a folder of masks, or a role such as --liver FILE")

    from flr.io.structures import scheme_by_option
    from flr.io.volumes import structure_volumes

    result = structure_volumes(
        [Path(path) for path in args.inputs],
        roles=roles,
        scheme=None if args.scheme is None else scheme_by_option(args.scheme),
        labels=options.labels_of(args),
        insisted=options.insisted_of(args),
    )
    if args.json:
        from flr.documents.base import to_json
        from flr.documents.structures import volumes_document

        sys.stdout.write(to_json(volumes_document(result)))
    else:
        from flr.report.structures import volumes_text

        print(volumes_text(result))
    return 0
