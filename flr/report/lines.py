"""Lines for a terminal."""

from __future__ import annotations

import textwrap
from typing import Final

WIDTH: Final = 100
"""Columns that no line exceeds."""


def filled_lines(text: str, *, indent: int = 0, first: int = 0) -> list[str]:
    """A text as lines of at most `WIDTH` columns; none of an empty text."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
