"""``flr search``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flr.cli import options
from flr.errors import UsageError

if TYPE_CHECKING:
    from flr.tumours import Vanished

_EXAMPLES = """\
examples:
  flr search segments.nii.gz --tumours tumours.nii.gz --weight 72 --height 171 --condition chemotherapy
  flr search segments.nii.gz --tumours tumours.nii.gz --kinds anatomical --minimum-flr 30 --json
  flr search segments.nii.gz --tumours none --vanished=-40,12,55,8

--vanished takes X,Y,Z,RADIUS in RAS millimetres, or FILE.mrk.json:RADIUS for a point list of 3D Slicer."""


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser("search", "Resections and ablations that clear every tumour, ranked.", _EXAMPLES)
    options.add_inputs(p, images=False)
    options.add_reviewed(p)
    group = p.add_argument_group("search")
    group.add_argument(
        "--margin",
        type=float,
        metavar="MM",
        help="least planned margin; default 1; at 0 what stays may touch a tumour",
    )
    group.add_argument("--wide-margin", type=float, metavar="MM", help="the aim that ranks; default 10")
    group.add_argument(
        "--minimum-flr",
        type=float,
        metavar="PERCENT",
        help="of the measured functional liver; default the minimum of the patient's profile",
    )
    group.add_argument(
        "--kinds", metavar="LIST", help="what may be used, some of anatomical,wedge,ablation; default all"
    )
    group.add_argument(
        "--vanished",
        action="append",
        default=[],
        metavar="X,Y,Z,R",
        help="metastasis that is no longer seen: RAS position and radius in mm; repeatable",
    )
    options.add_patient(p)
    options.add_grading(p)
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Search and print."""
    args = parser().parse_intermixed_args(list(argv))
    patient = options.patient_of(args)
    chosen = options.options_of(args)
    roles, _ = options.roles_of(args)
    options.require_input(args, roles)
    vanished = vanished_of(args.vanished)

    from flr.cli.entry import FLAGGED, OK
    from flr.criteria.tumour_rules import MARGIN_R0, MARGIN_WIDE
    from flr.documents.base import to_json
    from flr.documents.search import search_document
    from flr.plansearch import KINDS, search
    from flr.report.search import search_text

    margin_mm = MARGIN_R0.limit if args.margin is None else args.margin
    result = search(
        options.files_of(args).read(reviewed=options.reviewed_of(args)),
        patient,
        margin_mm=margin_mm,
        wide_margin_mm=max(margin_mm, MARGIN_WIDE.limit) if args.wide_margin is None else args.wide_margin,
        minimum_flr_percent=args.minimum_flr,
        kinds=KINDS
        if args.kinds is None
        else tuple(word.strip() for word in args.kinds.split(",") if word.strip()),
        vanished=vanished,
        options=chosen,
        case_id=args.case_id,
    )
    if args.json:
        sys.stdout.write(to_json(search_document(result)))
    else:
        print(search_text(result))
    best = result.best
    adequate = best is not None and best.assessment is not None and best.assessment.flag == "adequate"
    return FLAGGED if args.fail_on_flag and not adequate else OK


def vanished_of(texts: Sequence[str]) -> tuple[Vanished, ...]:
    """``--vanished`` values. Raises UsageError for what is neither a position nor a point list."""
    from flr.io.markups import read_vanished
    from flr.tumours import Vanished

    found: list[Vanished] = []
    for text in texts:
        path, colon, radius = text.rpartition(":")
        try:
            if colon and path.casefold().endswith(".json"):
                found += read_vanished(Path(path), float(radius))
                continue
            x, y, z, radius_mm = (float(part) for part in text.split(","))
        except ValueError as error:
            if not str(error).startswith(("could not convert", "not enough", "too many")):
                raise
            raise UsageError(
                f"--vanished {text!r}; expected X,Y,Z,RADIUS in RAS millimetres, or FILE.mrk.json:RADIUS"
            ) from None
        found.append(Vanished(f"V{len(found) + 1}", (x, y, z), radius_mm))
    return tuple(found)
