"""What the four listing commands share."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from flr.cli import options
from flr.cli.entry import COMMANDS


def print_listing(command: str, argv: Sequence[str]) -> int:
    """Print one list of what the tool knows, as a table or as JSON."""
    parser = options.Parser(command, f"Print {COMMANDS[command]}.")
    options.add_json(parser)
    args = parser.parse_args(list(argv))

    from flr.documents.base import to_json
    from flr.documents.listing import listing_document
    from flr.report.listing import listing_text

    if args.json:
        sys.stdout.write(to_json(listing_document(command)))
    else:
        print(listing_text(command))
    return 0
