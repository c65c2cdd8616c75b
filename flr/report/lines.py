"""Lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import cache
from typing import Final

WIDTH: Final = 100
"""Columns that no line exceeds."""

_MOST_WORD: Final = 32  # a longer word is cut between lines


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


def grid_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells, wrapped between words where that costs the fewest lines."""
    gap = 2
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, cells)) for cells in columns]
    least = [
        min(max(len(word) for cell in cells for word in cell.split(" ")), _MOST_WORD) for cells in columns
    ]

    @cache
    def wrapped(cell: str, width: int) -> list[str]:
        return textwrap.wrap(cell, width, break_on_hyphens=False) or [""]

    def height(widths: Sequence[int]) -> int:
        return sum(max(len(wrapped(*one)) for one in zip(row, widths, strict=True)) for row in rows)

    while sum(widths) + gap * (len(widths) - 1) > WIDTH:
        wide = [at for at, width in enumerate(widths) if width > least[at]] or range(len(widths))
        narrower = [[width - (n == at) for n, width in enumerate(widths)] for at in wide]
        widths = min(narrower, key=lambda tried: (height(tried), -max(tried)))
    lines = []
    for row in rows:
        cells = [wrapped(*one) for one in zip(row, widths, strict=True)]
        for at in range(max(map(len, cells))):
            shown = (
                (cell[at] if at < len(cell) else "").ljust(width)
                for cell, width in zip(cells, widths, strict=True)
            )
            lines.append((" " * gap).join(shown).rstrip())
    return lines
