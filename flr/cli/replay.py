"""``flr replay``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from flr.cli import options

_EXAMPLES = """\
examples:
  flr replay report/assessment.json --inputs case_014/
  flr replay flr-demo/"""


def run(argv: Sequence[str]) -> int:
    """Compute the result again, compare and print; exit 5 when it is not reproduced."""
    parser = options.Parser(
        "replay", "Compute a result again from its recorded inputs and compare every number.", _EXAMPLES
    )
    parser.add_argument("result", metavar="RESULT.json", type=Path, help="a result, or the folder it lies in")
    parser.add_argument(
        "--inputs",
        metavar="DIR",
        type=Path,
        action="append",
        help="where the inputs lie, at any depth and under any name; may be repeated; default beside the"
        " result, or here",
    )
    parser.add_argument(
        "--age", metavar="YEARS", type=float, help="the age, where the result withholds one above 89"
    )
    options.add_site(parser)
    options.add_json(parser)
    args = parser.parse_args(list(argv))

    from flr.cli.entry import DISAGREES, OK
    from flr.documents.base import to_json
    from flr.replay import replay, replay_document, replay_text, site_differences

    today = options.site_of(args)
    result = replay(args.result, inputs=args.inputs, age_years=args.age)
    for said in site_differences(args.result, today):
        print(f"flr replay: {said}", file=sys.stderr)
    if args.json:
        sys.stdout.write(to_json(replay_document(result)))
    else:
        print(replay_text(result))
    return OK if result.agrees else DISAGREES
