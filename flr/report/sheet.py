"""An endless page that is written from the top and cut into pages of A4."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from flr.pictures.figures import draw_legend, drawable, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN, HEIGHT_IN = 8.27, 11.69
"""A4. [in]"""

MARGIN_IN = 0.42
"""Around every page. [in]"""

INK, SOFT, LINE = "#1b2733", "#51606e", "#c3ccd4"
"""Colours of type, of lesser type and of lines."""

_GAP_IN = 0.25

Draw = Callable[["Figure", float], None]
"""Draws on a page, so many inches further up than on an endless one."""


Edges = tuple[float, float]
"""Top and bottom of something on an endless page. [in]"""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to draw, and from where to where it reaches."""

    edges: Edges
    draw: Draw


@dataclass(eq=False, slots=True)
class Section:
    """What stands under one heading: blocks that are written again where a further page goes on with it."""

    head: list[Block] = field(default_factory=list)

    def head_in(self) -> float:
        """Height of the heading."""
        if not self.head:
            return 0.0
        return max(b.bottom_in for b in self.head) - min(b.top_in for b in self.head) + _BELOW_HEAD_IN


@dataclass(eq=False, slots=True)
class Block:
    """Marks that stay on one page; one that leads stays with the block after it."""

    marks: list[Mark]
    leads: bool = False
    section: Section | None = None

    @property
    def top_in(self) -> float:
        """Of its uppermost mark."""
        return min(mark.edges[0] for mark in self.marks)

    @property
    def bottom_in(self) -> float:
        """Of its lowest mark."""
        return max(mark.edges[1] for mark in self.marks)


Placed = tuple[Block, float]
"""A block and how far up it goes from its place on an endless page."""

_BELOW_HEAD_IN = 0.02


def page_of(placed: Sequence[Placed]) -> Figure:
    """One page as a figure."""
    figure = new_figure(WIDTH_IN, HEIGHT_IN)
    for block, up_in in placed:
        for mark in block.marks:
            mark.draw(figure, up_in)
    return figure


def cut_into_pages(blocks: Sequence[Block], *, head_in: float, foot_in: float) -> list[list[Placed]]:
    """Blocks of an endless page, on pages.

    A page takes what fits whole; the next one begins with the uppermost block that did not, below the heading
    that it stood under. What stands side by side stays so. Every page but the last has a foot, every page but
    the first a head.
    """
    below_in = HEIGHT_IN - MARGIN_IN
    headings_in = max((block.section.head_in() for block in blocks if block.section), default=0.0)
    least_in = below_in - MARGIN_IN - head_in - headings_in - foot_in
    rest: list[Block] = []
    for block in blocks:
        whole = block.bottom_in - block.top_in <= least_in
        rest += [block] if whole else [Block([mark], section=block.section) for mark in block.marks]
    pages: list[list[Placed]] = []
    top_in = MARGIN_IN
    while rest:
        start_in = min(block.top_in for block in rest)
        again = _begun(rest)
        top_in += max((section.head_in() for section in again), default=0.0)
        stays = _fitting(rest, start_in + below_in - top_in)
        if not all(stays):
            stays = _fitting(rest, start_in + below_in - foot_in - top_in)
        here = [block for block, stay in zip(rest, stays, strict=True) if stay]
        up_in = start_in - top_in
        pages.append([*_headings(here, again, up_in), *((block, up_in) for block in here)])
        rest = [block for block, stay in zip(rest, stays, strict=True) if not stay]
        top_in = MARGIN_IN + head_in
    return pages


def _fitting(blocks: Sequence[Block], end_in: float) -> list[bool]:
    """Which blocks end before the page does, without those that would lead nothing there; at least one."""
    start_in = min(block.top_in for block in blocks)
    fits = [block.bottom_in <= end_in or block.top_in == start_in for block in blocks]
    stays = list(fits)
    for at in reversed(range(len(blocks) - 1)):
        stays[at] = stays[at] and (stays[at + 1] or not blocks[at].leads)
    return stays if any(stays) else fits


def _begun(blocks: Sequence[Block]) -> list[Section]:
    """Sections whose heading stands on an earlier page."""
    sections = dict.fromkeys(block.section for block in blocks if block.section is not None)
    ahead = set(blocks)
    return [section for section in sections if section.head and not ahead & set(section.head)]


def _headings(blocks: Sequence[Block], sections: Sequence[Section], up_in: float) -> Iterator[Placed]:
    """The headings of sections that a page goes on with, right above what stands under them."""
    for section in sections:
        under = [block.top_in for block in blocks if block.section is section]
        if under:
            lower_in = max(block.bottom_in for block in section.head) + _BELOW_HEAD_IN
            yield from ((block, up_in + lower_in - min(under)) for block in section.head)


@cache
def _width_in(text: str, bold: bool) -> float:
    """Width of a text in type of one point."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", size=1.0, weight="bold" if bold else "normal")
    width, _, _ = TextToPath().get_text_width_height_descent(text, font, False)
    return float(width) / 72.0


class Sheet:
    """An endless page that is written from the top; positions in inches from the upper left corner."""

    def __init__(self, scale: float, *, flowing: bool = False) -> None:
        self.scale = scale
        self.flowing = flowing
        self.y_in = MARGIN_IN
        self.left_in = MARGIN_IN
        self.width_in = WIDTH_IN - 2 * MARGIN_IN
        self.blocks: list[Block] = []
        self._open: Block | None = None
        self._section: Section | None = None

    @contextlib.contextmanager
    def section(self) -> Iterator[None]:
        """What is written inside stands under the heading that it begins with."""
        self._section = Section()
        try:
            yield
        finally:
            self._section = None

    @contextlib.contextmanager
    def together(self, *, leads: bool = False) -> Iterator[None]:
        """What is written inside stays on one page; with ``leads`` on that of what comes next."""
        if self._open is not None:
            yield
            return
        self._open = Block([], leads, self._section)
        try:
            yield
        finally:
            block, self._open = self._open, None
            if block.marks:
                self.blocks.append(block)
                if leads and block.section is not None:
                    block.section.head.append(block)

    @contextlib.contextmanager
    def beside(self) -> Iterator[None]:
        """Columns of uneven length: on a flowing sheet they stay together on one page."""
        with self.together() if self.flowing else contextlib.nullcontext():
            yield

    def _add(self, top_in: float, bottom_in: float, draw: Draw) -> None:
        with self.together():
            assert self._open is not None
            self._open.marks.append(Mark((top_in, bottom_in), draw))

    def line_in(self, size: float) -> float:
        """Height of one line of text."""
        return size * self.scale * 1.28 / 72.0

    def measured_in(self, text: str, size: float, bold: bool = False) -> float:
        """Width of a text."""
        return _width_in(text, bold) * size * self.scale

    def wrapped(self, text: str, size: float, width_in: float, bold: bool = False) -> list[str]:
        """Lines that fit the width; a word that is too long by itself is broken."""
        space_in = self.measured_in(" ", size, bold)
        lines: list[str] = []
        words: list[str] = []
        used_in = 0.0
        for word in drawable(text).split():
            for piece in self._pieces(word, size, width_in, bold):
                piece_in = self.measured_in(piece, size, bold)
                if words and used_in + space_in + piece_in > width_in:
                    lines.append(" ".join(words))
                    words, used_in = [], 0.0
                used_in += piece_in + (space_in if words else 0.0)
                words.append(piece)
        return [*lines, " ".join(words)] if words else lines

    def _pieces(self, word: str, size: float, width_in: float, bold: bool) -> list[str]:
        whole_in = self.measured_in(word, size, bold)
        if whole_in <= width_in:
            return [word]
        length = max(1, int(len(word) * width_in / whole_in * 0.9))
        return [word[at : at + length] for at in range(0, len(word), length)]

    def put(self, text: str, x_in: float, y_in: float, size: float, **style: Any) -> None:
        """One line of text, its middle half a line below ``y_in``."""
        settings = {"color": INK, "ha": "left", "fontsize": size * self.scale, **style}
        baseline_in = y_in + self.line_in(size) * 0.78

        def draw(figure: Figure, up_in: float) -> None:
            at = _share_up(baseline_in - up_in)
            figure.text(x_in / WIDTH_IN, at, text, va="baseline", **settings)

        self._add(y_in, y_in + self.line_in(size), draw)

    def rule(self, y_in: float, x_in: float, width_in: float, colour: str = LINE, thick: float = 0.4) -> None:
        """A horizontal line."""
        ends = (x_in / WIDTH_IN, (x_in + width_in) / WIDTH_IN)

        def draw(figure: Figure, up_in: float) -> None:
            from matplotlib.lines import Line2D

            at = _share_up(y_in - up_in)
            figure.add_artist(Line2D(ends, (at, at), color=colour, linewidth=thick))

        self._add(y_in, y_in, draw)

    def box(self, x_in: float, y_in: float, width_in: float, height_in: float, fill: str, edge: str) -> None:
        """A filled rectangle below everything else."""

        def draw(figure: Figure, up_in: float) -> None:
            from matplotlib.patches import Rectangle

            figure.add_artist(
                Rectangle(
                    (x_in / WIDTH_IN, _share_up(y_in + height_in - up_in)),
                    width_in / WIDTH_IN,
                    height_in / HEIGHT_IN,
                    facecolor=fill,
                    edgecolor=edge,
                    linewidth=0.6,
                    zorder=-1,
                )
            )

        self._add(y_in, y_in + height_in, draw)

    def axes(
        self, x_in: float, y_in: float, width_in: float, height_in: float, fill: Callable[[Axes], None]
    ) -> None:
        """Axes at a place of the page, and what is page_of in them."""

        def draw(figure: Figure, up_in: float) -> None:
            corner = (x_in / WIDTH_IN, _share_up(y_in + height_in - up_in))
            fill(figure.add_axes((*corner, width_in / WIDTH_IN, height_in / HEIGHT_IN)))

        self._add(y_in, y_in + height_in, draw)

    def legend(self, keys: Sequence[str], y_in: float) -> None:
        """What the colours of the pictures mean, in one row."""

        def draw(figure: Figure, up_in: float) -> None:
            draw_legend(figure, keys, at=(0.5, _share_up(y_in + 0.13 - up_in)), columns=len(keys))

        self._add(y_in, y_in + 0.13, draw)

    def paragraph(
        self, text: str, x_in: float, y_in: float, width_in: float, size: float, **style: Any
    ) -> float:
        """Wrapped text; returns where the next line goes."""
        bold = style.get("fontweight") == "bold"
        with self.together():
            for line in self.wrapped(text, size, width_in, bold):
                self.put(line, x_in, y_in, size, **style)
                y_in += self.line_in(size)
        return y_in

    def heading(self, text: str, x_in: float, y_in: float) -> float:
        """A small heading; returns where the next line goes."""
        y_in += 0.04 * self.scale
        with self.together(leads=True):
            self.put(text, x_in, y_in, 6.3, color=SOFT, fontweight="bold")
        return y_in + self.line_in(6.8)

    def columns(self, shares: Sequence[float]) -> list[tuple[float, float]]:
        """Left edge and width of columns that take these shares of the page."""
        free_in = self.width_in - _GAP_IN * (len(shares) - 1)
        found, x_in = [], self.left_in
        for share in shares:
            width_in = free_in * share / sum(shares)
            found.append((x_in, width_in))
            x_in += width_in + _GAP_IN
        return found


def _share_up(y_in: float) -> float:
    """A height on the page as matplotlib counts it: shares from the lower edge."""
    return 1.0 - y_in / HEIGHT_IN
