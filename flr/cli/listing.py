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
    return print_listed(command, as_json=parser.parse_args(list(argv)).json)


def print_listed(what: str, *, as_json: bool) -> int:
    """Print one list of what the tool knows."""
    from flr.documents.base import to_json
    from flr.documents.listing import listing_document
    from flr.report.listing import listing_text

    if as_json:
        sys.stdout.write(to_json(listing_document(what)))
    else:
        print(listing_text(what))
    return 0
