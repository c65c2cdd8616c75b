"""``flr calc``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from flr.cli import options
from flr.cli.assess import deliver
from flr.errors import UsageError

_EXAMPLES = """\
example:
  flr calc --total 1500 --tumour 40 --flr 400 --weight 72 --height 171 --condition normal"""


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser("calc", "The same grading from volumes that were measured elsewhere.", _EXAMPLES)
    group = p.add_argument_group("volumes")
    group.add_argument(
        "--total", type=float, required=True, metavar="ML", help="whole liver, tumours included"
    )
    group.add_argument(
        "--tumour",
        type=float,
        default=None,
        metavar="ML",
        help="tumour and other nonfunctional tissue in the liver",
    )
    group.add_argument("--flr", type=float, required=True, metavar="ML", help="functional tissue that stays")
    group.add_argument("--tumours", choices=("none",), help="declare that there is no tumour in the liver")
    group.add_argument(
        "--remnant-tumour",
        type=float,
        metavar="ML",
        help="tumour that stays untreated in the remnant; 0 declares it clear, left out it is unknown",
    )
    options.add_patient(p)
    options.add_grading(p)
    options.add_output(p)
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Grade the numbers, write what was asked for, print the rest."""
    args = parser().parse_intermixed_args(list(argv))
    formats = options.formats_of(args)
    if args.tumours == "none" and ((args.tumour or 0.0) > 0.0 or (args.remnant_tumour or 0.0) > 0.0):
        raise UsageError("--tumours none contradicts a tumour volume above 0; give one or the other")
    patient = options.patient_of(args)
    chosen = options.options_of(args)

    from flr.assessment import assess_numbers

    result = assess_numbers(
        total_ml=args.total,
        tumour_ml=0.0 if args.tumours == "none" else args.tumour,
        flr_ml=args.flr,
        patient=patient,
        remnant_tumour_ml=0.0 if args.tumours == "none" else args.remnant_tumour,
        intent=args.intent,
        case_id=args.case_id,
        options=chosen,
    )
    return deliver([result], args, formats, None, [])
