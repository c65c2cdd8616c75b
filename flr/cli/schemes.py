"""``flr schemes``."""

from __future__ import annotations

from collections.abc import Sequence

from flr.cli.listing import print_listing


def run(argv: Sequence[str]) -> int:
    """Print what is known."""
    return print_listing("schemes", argv)
