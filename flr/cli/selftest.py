"""``flr selftest``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from flr.cli import options


def run(argv: Sequence[str]) -> int:
    """Check this installation and print the table; exit 5 when one value disagrees."""
    parser = options.Parser(
        "selftest", "Check published reference values and analytic phantoms on this installation."
    )
    options.add_json(parser)
    args = parser.parse_args(list(argv))

    from flr.cli.entry import DISAGREES, OK
    from flr.documents.base import to_json
    from flr.selftest import selftest, selftest_document, selftest_text

    checks = selftest()
    if args.json:
        sys.stdout.write(to_json(selftest_document(checks)))
    else:
        print(selftest_text(checks))
    return OK if all(check.agrees for check in checks) else DISAGREES
