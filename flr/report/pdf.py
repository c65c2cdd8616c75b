"""The report as PDF: one page per plan, text that can be selected, the same bytes from the same input."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from flr.report.bands import draw_bands
from flr.report.content import Comparison, PlanContent, ReportContent, Row, report_content
from flr.report.figures import VIEW_NAMES, draw_legend, draw_slice, drawable, drawing, new_figure
from flr.report.pictures import PlanPictures
from flr.report.rendering import SIDE_WORDS, draw_rendering
from flr.report.solids import VESSEL_WORDS, entries
from flr.report.territories import TerritoryPictures, draw_territories

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from flr.assess import Assessment

_WIDTH_IN, _HEIGHT_IN = 8.27, 11.69
_MARGIN_IN = 0.42
_GAP_IN = 0.25
_LETTER_PT = 7.5
_PICTURE_IN, _SIDE_IN, _TERRITORY_IN, _BAND_IN = 1.7, 1.2, 0.95, 0.44  # heights at the largest type
_SCALES = tuple(percent / 100.0 for percent in range(100, 64, -2))

_INK, _SOFT, _LINE, _ACCENT = "#1b2733", "#51606e", "#c3ccd4", "#0b5566"
_TONES = {
    "below": ("#8f2d00", "#fdeee6"),
    "between": ("#6a5200", "#fdf5d6"),
    "above": ("#00543f", "#e4f5ee"),
    "unknown": ("#353a86", "#ecedfb"),
}


def report_pdf(
    assessments: Sequence[Assessment],
    pictures: Sequence[PlanPictures] = (),
    *,
    territories: Sequence[TerritoryPictures] = (),
    identify: bool = False,
    today: date | None = None,
) -> bytes:
    """All plans of one case as PDF, one page each.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan, of one case.
    pictures : sequence of PlanPictures
        One per plan in the same order, or none.
    territories : sequence of TerritoryPictures
        Of the untouched liver; drawn on the page of the last plan.
    identify : bool
        Print an age above 89 years.
    today : date, optional
        Day from which the age of the scan is counted.

    Returns
    -------
    bytes
        A4; type is made smaller where a page would overflow, and the page longer where that is not
        enough, so that nothing is cut.

    Raises
    ------
    ValueError
        If there is no assessment, or the pictures are not one per plan.
    """
    from matplotlib.backends.backend_pdf import PdfPages

    if pictures and len(pictures) != len(assessments):
        raise ValueError(f"{len(pictures)} sets of pictures for {len(assessments)} plans; give one per plan")
    content = report_content(assessments, identify, today)
    stream = io.BytesIO()
    title = drawable(f"Future liver remnant: {content.case_id}")
    with drawing(), PdfPages(stream, metadata={"CreationDate": None, "Title": title}) as document:
        for at, plan in enumerate(content.plans):
            last = territories if at == len(content.plans) - 1 else ()
            document.savefig(_page(content, plan, pictures[at] if pictures else None, last))
    return stream.getvalue()


def _page(
    content: ReportContent,
    plan: PlanContent,
    shown: PlanPictures | None,
    territories: Sequence[TerritoryPictures] = (),
) -> Figure:
    """The page at the largest type that fits; at the smallest type the page grows instead."""

    def needed_in(scale: float) -> float:
        trial = _Sheet(scale, _HEIGHT_IN, drawn=False)
        _write(trial, content, plan, shown, territories)
        return trial.y_in + _MARGIN_IN

    # Smaller type never needs a longer page, so the scales need not all be tried.
    first, last = 0, len(_SCALES) - 1
    while first < last:
        middle = (first + last) // 2
        if needed_in(_SCALES[middle]) <= _HEIGHT_IN:
            last = middle
        else:
            first = middle + 1
    scale = _SCALES[first]
    sheet = _Sheet(scale, max(_HEIGHT_IN, needed_in(scale)))
    _write(sheet, content, plan, shown, territories)
    return sheet.figure


@cache
def _width_in(text: str, bold: bool) -> float:
    """Width of a text in type of one point."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", size=1.0, weight="bold" if bold else "normal")
    width, _, _ = TextToPath().get_text_width_height_descent(text, font, False)
    return float(width) / 72.0


class _Sheet:
    """A page that is written from the top; positions in inches from the upper left corner.

    A page that is not ``drawn`` only finds out how long it would be.
    """

    def __init__(self, scale: float, height_in: float, *, drawn: bool = True) -> None:
        self.drawn = drawn
        self.scale = scale
        self.height_in = height_in
        self.y_in = _MARGIN_IN
        self.left_in = _MARGIN_IN
        self.width_in = _WIDTH_IN - 2 * _MARGIN_IN
        self.figure = new_figure(_WIDTH_IN, height_in)

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
        if not self.drawn:
            return
        settings = {"color": _INK, "ha": "left", **style}
        self.figure.text(
            x_in / _WIDTH_IN,
            1.0 - (y_in + self.line_in(size) * 0.78) / self.height_in,
            text,
            fontsize=size * self.scale,
            va="baseline",
            **settings,
        )

    def rule(
        self, y_in: float, x_in: float, width_in: float, colour: str = _LINE, thick: float = 0.4
    ) -> None:
        """A horizontal line."""
        if not self.drawn:
            return
        from matplotlib.lines import Line2D

        at = 1.0 - y_in / self.height_in
        ends = (x_in / _WIDTH_IN, (x_in + width_in) / _WIDTH_IN)
        self.figure.add_artist(Line2D(ends, (at, at), color=colour, linewidth=thick))

    def box(self, x_in: float, y_in: float, width_in: float, height_in: float, fill: str, edge: str) -> None:
        """A filled rectangle below everything else."""
        if not self.drawn:
            return
        from matplotlib.patches import Rectangle

        corner = (x_in / _WIDTH_IN, 1.0 - (y_in + height_in) / self.height_in)
        size = (width_in / _WIDTH_IN, height_in / self.height_in)
        self.figure.add_artist(
            Rectangle(corner, *size, facecolor=fill, edgecolor=edge, linewidth=0.6, zorder=-1)
        )

    def axes(self, x_in: float, y_in: float, width_in: float, height_in: float) -> Any:
        """Axes at a place of the page."""
        return self.figure.add_axes(
            (
                x_in / _WIDTH_IN,
                1.0 - (y_in + height_in) / self.height_in,
                width_in / _WIDTH_IN,
                height_in / self.height_in,
            )
        )

    def paragraph(
        self, text: str, x_in: float, y_in: float, width_in: float, size: float, **style: Any
    ) -> float:
        """Wrapped text; returns where the next line goes."""
        bold = style.get("fontweight") == "bold"
        for line in self.wrapped(text, size, width_in, bold):
            self.put(line, x_in, y_in, size, **style)
            y_in += self.line_in(size)
        return y_in

    def heading(self, text: str, x_in: float, y_in: float) -> float:
        """A small heading; returns where the next line goes."""
        y_in += 0.04 * self.scale
        self.put(text, x_in, y_in, 6.3, color=_SOFT, fontweight="bold")
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


def _write(
    sheet: _Sheet,
    content: ReportContent,
    plan: PlanContent,
    shown: PlanPictures | None,
    territories: Sequence[TerritoryPictures],
) -> None:
    _header(sheet, content, plan)
    if content.comparison is not None and plan.number == 1:
        for some in content.comparison.parts(5):
            _comparison(sheet, some)
    _flag(sheet, plan)
    (left, left_in), (right, right_in) = sheet.columns((1, 1))
    top = sheet.y_in
    ends = (
        _rows(sheet, "Volumes, mL", plan.volumes, left, top, left_in),
        _rows(sheet, "Shares", plan.shares, right, top, right_in),
    )
    sheet.y_in = max(ends)
    said = [f"{row.label}: {row.value}" for row in plan.anatomy]
    if content.parts:
        listed = ", ".join(f"{row.label}: {row.value}" for row in content.parts)
        said.append(f"Parts, all tissues, mL: {listed}")
    sheet.y_in = sheet.paragraph("; ".join(said), sheet.left_in, sheet.y_in + 0.03, sheet.width_in, 6.5)
    sheet.y_in += 0.03
    if shown is not None:
        _pictures(sheet, shown)
        _sides(sheet, shown)
    if territories:
        _territories(sheet, territories)
    if plan.tumours:
        _tumours(sheet, plan)
    _limits(sheet, plan)
    _lists(sheet, content, plan)
    _shared(sheet, content, plan)


def _header(sheet: _Sheet, content: ReportContent, plan: PlanContent) -> None:
    right = sheet.left_in + sheet.width_in
    sheet.put("Future liver remnant volumetry", sheet.left_in, sheet.y_in, 6.0, color=_SOFT)
    sheet.put(f"Plan {plan.number} of {len(content.plans)}", right, sheet.y_in, 7.0, color=_SOFT, ha="right")
    sheet.y_in += sheet.line_in(6.5)
    sheet.y_in = sheet.paragraph(
        f"Case {content.case_id}: {plan.title}",
        sheet.left_in,
        sheet.y_in,
        sheet.width_in,
        12.0,
        fontweight="bold",
    )
    removes = f"removes {plan.removes}; " if plan.removes else ""
    sheet.y_in = sheet.paragraph(
        f"{removes}intent {plan.intent}", sheet.left_in, sheet.y_in, sheet.width_in, 7.0, color=_SOFT
    )
    sheet.rule(sheet.y_in + 0.02, sheet.left_in, sheet.width_in, _ACCENT, 1.2)
    sheet.y_in += 0.08


def _flag(sheet: _Sheet, plan: PlanContent) -> None:
    ink, tint = _TONES[plan.tone]
    indent_in, pad_in = 0.34, 0.06
    top = sheet.y_in
    y_in = top + pad_in
    sheet.put(plan.sign, sheet.left_in + 0.1, y_in, 12.0, color=ink)
    x_in, width_in = sheet.left_in + indent_in, sheet.width_in - indent_in - 0.1
    sheet.put(f"{plan.flag_words}  [{plan.flag}]", x_in, y_in, 9.0, color=ink, fontweight="bold")
    y_in = sheet.paragraph(plan.headline, x_in, y_in + sheet.line_in(9.5), width_in, 7.5, color=ink)
    if plan.other_triggers:
        also = f"Also applies: {', '.join(plan.other_triggers)}"
        y_in = sheet.paragraph(also, x_in, y_in, width_in, 6.5, color=ink)
    sheet.box(sheet.left_in, top, sheet.width_in, y_in + pad_in - top, tint, ink)
    sheet.y_in = y_in + pad_in + 0.04


def _comparison(sheet: _Sheet, comparison: Comparison) -> None:
    y_in = sheet.heading("Plans side by side", sheet.left_in, sheet.y_in)
    label_in = 1.5
    column_in = min((sheet.width_in - label_in) / len(comparison.titles), 1.7)
    for label, values in (("", comparison.titles), *comparison.rows):
        sheet.put(label, sheet.left_in, y_in, 6.5)
        deepest = y_in + sheet.line_in(6.5)
        for at, value in enumerate(values):
            cell_y_in = y_in
            for line in sheet.wrapped(value, 6.5, column_in - 0.08):
                x_in = sheet.left_in + label_in + column_in * (at + 1)
                sheet.put(
                    line, x_in, cell_y_in, 6.5, ha="right", fontweight="bold" if not label else "normal"
                )
                cell_y_in += sheet.line_in(6.5)
            deepest = max(deepest, cell_y_in)
        y_in = deepest
        sheet.rule(y_in, sheet.left_in, label_in + column_in * len(values))
    sheet.y_in = y_in + 0.06


def _rows(sheet: _Sheet, title: str, rows: Sequence[Row], x_in: float, y_in: float, width_in: float) -> float:
    y_in = sheet.heading(title, x_in, y_in)
    for row in rows:
        value_in = sheet.measured_in(row.value, 7.0)
        label_in = sheet.measured_in(row.label, 7.0)
        note_in = sheet.measured_in(row.note, 5.8)
        beside = label_in + note_in + value_in + 0.3 <= width_in
        deepest = sheet.paragraph(row.label, x_in, y_in, width_in - value_in - 0.1, 7.0)
        sheet.put(row.value, x_in + width_in, y_in, 7.0, ha="right")
        if beside:
            sheet.put(row.note, x_in + label_in + 0.1, y_in + 0.01, 5.8, color=_SOFT)
        y_in = deepest
        if row.note and not beside:
            y_in = sheet.paragraph(row.note, x_in + 0.1, y_in - 0.01, width_in - 0.1, 5.8, color=_SOFT)
        sheet.rule(y_in, x_in, width_in)
    return y_in + 0.02


def _pictures(sheet: _Sheet, shown: PlanPictures) -> None:
    sizes_mm = [
        (flat.classes.shape[1] * flat.column_mm, flat.classes.shape[0] * flat.row_mm) for flat in shown.slices
    ]
    side_in, above_in, below_in = 0.18, 0.2, 0.2
    free_in = sheet.width_in - 2 * side_in * len(sizes_mm)
    inch_per_mm = min(
        free_in / sum(w for w, _ in sizes_mm), _PICTURE_IN * sheet.scale / max(h for _, h in sizes_mm)
    )
    tallest_in = max(h for _, h in sizes_mm) * inch_per_mm
    spare_in = (free_in - sum(w for w, _ in sizes_mm) * inch_per_mm) / len(sizes_mm)
    x_in, top = sheet.left_in, sheet.y_in + above_in
    for flat, (width_mm, height_mm) in zip(shown.slices, sizes_mm, strict=True):
        width_in, height_in = width_mm * inch_per_mm, height_mm * inch_per_mm
        sheet.put(VIEW_NAMES[flat.view], x_in, sheet.y_in, 6.0, color=_SOFT)
        x_in += side_in + spare_in / 2.0
        if sheet.drawn:
            axes = sheet.axes(x_in, top + (tallest_in - height_in) / 2.0, width_in, height_in)
            draw_slice(axes, flat, shown.grey, type_pt=_LETTER_PT)
        x_in += width_in + side_in + spare_in / 2.0
    y_in = top + tallest_in + below_in
    if sheet.drawn:
        foot = 1.0 - (y_in + 0.13) / sheet.height_in
        draw_legend(sheet.figure, shown.legend, at=(0.5, foot), columns=len(shown.legend))
    sheet.y_in = sheet.paragraph(
        "Radiological convention: the patient's right (R) is on the left of axial and coronal pictures.",
        sheet.left_in,
        y_in + 0.15,
        sheet.width_in,
        5.8,
        color=_SOFT,
    )


def _sides(sheet: _Sheet, shown: PlanPictures) -> None:
    """The surfaces from four sides, in one row at one scale."""
    if not shown.renderings:
        return
    sizes_mm = [(r.rgb.shape[1] * r.pixel_mm, r.rgb.shape[0] * r.pixel_mm) for r in shown.renderings]
    side_in, above_in, below_in = 0.14, 0.2, 0.22
    free_in = sheet.width_in - 2 * side_in * len(sizes_mm)
    inch_per_mm = min(
        free_in / sum(w for w, _ in sizes_mm), _SIDE_IN * sheet.scale / max(h for _, h in sizes_mm)
    )
    tallest_in = max(h for _, h in sizes_mm) * inch_per_mm
    spare_in = (free_in - sum(w for w, _ in sizes_mm) * inch_per_mm) / len(sizes_mm)
    x_in, top = sheet.left_in, sheet.y_in + above_in
    for side, (width_mm, height_mm) in zip(shown.renderings, sizes_mm, strict=True):
        width_in, height_in = width_mm * inch_per_mm, height_mm * inch_per_mm
        sheet.put(SIDE_WORDS[side.side], x_in, sheet.y_in, 6.0, color=_SOFT)
        x_in += side_in + spare_in / 2.0
        if sheet.drawn:
            axes = sheet.axes(x_in, top + (tallest_in - height_in) / 2.0, width_in, height_in)
            draw_rendering(axes, side, type_pt=_LETTER_PT)
        x_in += width_in + side_in + spare_in / 2.0
    vessels = [
        f"{words[0].lower()}{words[1:]} {_HUES[key]}"
        for key, words, _ in entries(shown.shared)
        if key in VESSEL_WORDS
    ]
    listed = f"; {', '.join(vessels)}" if vessels else ""
    sheet.y_in = sheet.paragraph(
        f"Surfaces smoothed, volumes kept; colours as above{listed}.",
        sheet.left_in,
        top + tallest_in + below_in,
        sheet.width_in,
        5.8,
        color=_SOFT,
    )


_TERRITORY_VIEWS = (0, 1)  # axial and coronal


def _territories(sheet: _Sheet, territories: Sequence[TerritoryPictures]) -> None:
    """Axial and coronal slice of each tree in one row at one scale, and below them what the colours mean."""
    drawn = [(shown, number) for shown in territories for number in _TERRITORY_VIEWS]
    sizes_mm = [
        (flat.classes.shape[1] * flat.column_mm, flat.classes.shape[0] * flat.row_mm)
        for flat in (shown.slices[number] for shown, number in drawn)
    ]
    side_in, above_in, below_in = 0.16, 0.2, 0.24
    free_in = sheet.width_in - 2 * side_in * len(sizes_mm)
    inch_per_mm = min(
        free_in / sum(w for w, _ in sizes_mm), _TERRITORY_IN * sheet.scale / max(h for _, h in sizes_mm)
    )
    tallest_in = max(h for _, h in sizes_mm) * inch_per_mm
    spare_in = (free_in - sum(w for w, _ in sizes_mm) * inch_per_mm) / len(sizes_mm)
    x_in, top = sheet.left_in, sheet.y_in + above_in
    for (shown, number), (width_mm, height_mm) in zip(drawn, sizes_mm, strict=True):
        width_in, height_in = width_mm * inch_per_mm, height_mm * inch_per_mm
        if number == _TERRITORY_VIEWS[0]:
            sheet.put(f"{shown.title}, untouched liver", x_in, sheet.y_in, 6.0, color=_SOFT)
        x_in += side_in + spare_in / 2.0
        if sheet.drawn:
            axes = sheet.axes(x_in, top + (tallest_in - height_in) / 2.0, width_in, height_in)
            draw_territories(axes, shown, number, type_pt=_LETTER_PT)
        x_in += width_in + side_in + spare_in / 2.0
    y_in = top + tallest_in + below_in
    for shown in territories:
        y_in = _keys(sheet, shown, y_in)
    sheet.y_in = sheet.paragraph(
        "By the nearest vessel: an estimate.", sheet.left_in, y_in, sheet.width_in, 5.8, color=_SOFT
    )


def _keys(sheet: _Sheet, shown: TerritoryPictures, y_in: float) -> float:
    """What the colours of one tree mean, beside each other; returns where the next line goes."""
    x_in, size = sheet.left_in, 5.8
    for colour, name, title in zip(shown.colours, shown.names, shown.titles, strict=True):
        text = f"{name}: {title}"
        width_in = sheet.measured_in(text, size) + 0.28
        if x_in > sheet.left_in and x_in + width_in > sheet.left_in + sheet.width_in:
            x_in, y_in = sheet.left_in, y_in + sheet.line_in(size)
        sheet.put("■", x_in, y_in, size + 0.5, color=colour)
        sheet.put(text, x_in + 0.11, y_in, size, color=_SOFT)
        x_in += width_in
    return y_in + sheet.line_in(size)


_HUES = {
    "portal_vein": "purple",
    "hepatic_vein": "pale blue",
    "hepatic_vessel": "grey",
    "ivc": "blue",
}


def _tumours(sheet: _Sheet, plan: PlanContent) -> None:
    heads = ("Tumour", "mL", "Axial, mm", "Segments", "Nearest vessel, mm", "Plan", "Planned margin, mm")
    places = (0.0, 0.06, 0.13, 0.2, 0.29, 0.47, 0.57)
    y_in = sheet.heading("Tumours and planned margins", sheet.left_in, sheet.y_in)
    rows = [
        (
            row.name,
            row.volume,
            row.diameter,
            row.parts,
            row.vessel,
            f"{row.sign} {row.fate}",
            f"{row.margin}; {row.grade}",
            row.tone == "below",
        )
        for row in plan.tumours
    ]
    for *cells, below in ((*heads, False), *rows):
        colour = _TONES["below"][0] if below else _SOFT if cells[0] == heads[0] else _INK
        deepest = y_in
        for place, end, cell in zip(places, (*places[1:], 1.0), cells, strict=True):
            width_in = (end - place) * sheet.width_in - 0.05
            bottom = sheet.paragraph(
                str(cell), sheet.left_in + place * sheet.width_in, y_in, width_in, 6.2, color=colour
            )
            deepest = max(deepest, bottom)
        y_in = deepest
        sheet.rule(y_in, sheet.left_in, sheet.width_in)
    said = "; ".join(f"{row.label}: {row.value}{f' ({row.note})' if row.note else ''}" for row in plan.burden)
    sheet.y_in = sheet.paragraph(said, sheet.left_in, y_in, sheet.width_in, 6.2) + 0.02


def _limits(sheet: _Sheet, plan: PlanContent) -> None:
    (left, left_in), (right, right_in) = sheet.columns((2, 3))
    top = sheet.y_in
    y_left = top
    if plan.bands:
        y_left = sheet.heading("Against published limits", left, top)
        height_in = _BAND_IN * sheet.scale * len(plan.bands)
        if sheet.drawn:
            draw_bands(sheet.axes(left, y_left, left_in, height_in), plan.bands, scale=sheet.scale)
        y_left = sheet.paragraph(
            "Each bar starts at 0. Tints from the left: very small, below the minimum, disputed band, above;"
            " diamond: value; line: 95 % interval.",
            left,
            y_left + height_in + 0.02,
            left_in,
            5.8,
            color=_SOFT,
        )
    y_right = _findings(sheet, plan, right, top, right_in)
    if plan.context:
        # Many limits make the right column long, and the left one has room then.
        if y_left < y_right - 0.1 * (y_right - top):
            y_left = _context(sheet, plan, left, y_left, left_in)
        else:
            y_right = _context(sheet, plan, right, y_right, right_in)
    sheet.y_in = max(y_left, y_right)


def _context(sheet: _Sheet, plan: PlanContent, x_in: float, y_in: float, width_in: float) -> float:
    y_in = sheet.heading("Context, not graded", x_in, y_in)
    for row in plan.context:
        note = f" ({row.note})" if row.note else ""
        y_in = sheet.paragraph(f"{row.label}: {row.value}{note}", x_in, y_in, width_in, 6.2)
    return y_in


def _findings(sheet: _Sheet, plan: PlanContent, x_in: float, y_in: float, width_in: float) -> float:
    y_in = sheet.heading("Findings: verdict, value, what meets the limit, source", x_in, y_in)
    places = (0.0, 0.2, 0.44, 0.61)
    for row in plan.findings:
        profile = f", {row.profile}" if row.profile else ""
        doubt = f" ({row.doubt})" if row.doubt else ""
        cells = (
            f"{row.sign} {row.words}",
            row.measure,
            row.value,
            f"{row.limit}{doubt}: {row.role}{profile} [{row.citation}]",
        )
        short = row.verdict == "falls_short"
        ends = [*places[1:], 1.0]
        deepest = y_in
        for place, end, cell in zip(places, ends, cells, strict=True):
            style: dict[str, Any] = {"fontweight": "bold", "color": _TONES["below"][0]} if short else {}
            bottom = sheet.paragraph(
                cell, x_in + place * width_in, y_in, (end - place) * width_in - 0.04, 6.3, **style
            )
            deepest = max(deepest, bottom)
        y_in = deepest
        sheet.rule(y_in, x_in, width_in)
    for gap in plan.missing:
        cited = "".join(f"[{number}]" for number in gap.citations)
        text = f"○ not assessed: {gap.measure}: {gap.reason} (limits {gap.limits}) {cited}"
        y_in = sheet.paragraph(text, x_in, y_in, width_in, 6.3)
    return y_in


def _lists(sheet: _Sheet, content: ReportContent, plan: PlanContent) -> None:
    if plan.notes:
        top = sheet.heading("Notes", sheet.left_in, sheet.y_in)
        half = (len(plan.notes) + 1) // 2
        ends = [top]
        for (x_in, width_in), some in zip(
            sheet.columns((1, 1)), (plan.notes[:half], plan.notes[half:]), strict=True
        ):
            y_in = top
            for note in some:
                y_in = sheet.paragraph(f"• {note}", x_in, y_in, width_in, 6.3)
            ends.append(y_in)
        sheet.y_in = max(ends)
    if plan.quality:
        y_in = sheet.heading("Quality of the input", sheet.left_in, sheet.y_in)
        for found in plan.quality:
            text = f"{found.sign} {found.severity}, {found.check}: {found.message}"
            colour = _TONES["below"][0] if found.severity == "error" else _INK
            y_in = sheet.paragraph(text, sheet.left_in, y_in, sheet.width_in, 6.3, color=colour)
        sheet.y_in = y_in


def _shared(sheet: _Sheet, content: ReportContent, plan: PlanContent) -> None:
    sheet.rule(sheet.y_in + 0.04, sheet.left_in, sheet.width_in)
    top = sheet.y_in + 0.05
    ends = []
    for (x_in, width_in), (title, rows) in zip(
        sheet.columns((1, 1, 1)),
        (("Patient", content.patient), ("Scan and segmentation", content.scan), ("Method", content.method)),
        strict=True,
    ):
        y_in = sheet.heading(title, x_in, top)
        for row in rows:
            note = f" ({row.note})" if row.note else ""
            y_in = sheet.paragraph(f"{row.label}: {row.value}{note}", x_in, y_in, width_in, 6.2)
        ends.append(y_in)
    # A few inputs fit below the method, which is the shortest of the three columns.
    if len(content.inputs) <= _FEW_INPUTS:
        ends[-1] = _inputs(sheet, content, x_in, ends[-1], width_in)
    sheet.y_in = max(ends)
    if len(content.inputs) > _FEW_INPUTS:
        sheet.y_in = _inputs(sheet, content, sheet.left_in, sheet.y_in, sheet.width_in)
    _sources(sheet, content, plan)
    sheet.rule(sheet.y_in + 0.05, sheet.left_in, sheet.width_in, _ACCENT, 1.2)
    sheet.y_in = sheet.paragraph(
        f"{content.statement} flr {content.version}.",
        sheet.left_in,
        sheet.y_in + 0.08,
        sheet.width_in,
        6.5,
        fontweight="bold",
    )


_FEW_INPUTS = 5


def _inputs(sheet: _Sheet, content: ReportContent, x_in: float, y_in: float, width_in: float) -> float:
    if not content.inputs:
        return y_in
    y_in = sheet.heading("Inputs, SHA-256", x_in, y_in)
    for row in content.inputs:
        y_in = sheet.paragraph(f"{row.label}  {row.value}", x_in, y_in, width_in, 5.6)
    return y_in


def _sources(sheet: _Sheet, content: ReportContent, plan: PlanContent) -> None:
    """Sources of this plan's findings and of the formulas, in two columns."""
    here = plan.cited
    elsewhere = frozenset().union(*(other.cited for other in content.plans)) - here
    sources = [cited for cited in content.citations if cited.number not in elsewhere]
    top = sheet.heading("Sources", sheet.left_in, sheet.y_in)
    half = (len(sources) + 1) // 2
    ends = [top]
    for (x_in, width_in), some in zip(sheet.columns((1, 1)), (sources[:half], sources[half:]), strict=True):
        y_in = top
        for cited in some:
            doi = f"; doi:{cited.doi}" if cited.doi else ""
            y_in = sheet.paragraph(f"[{cited.number}] {cited.text}{doi}", x_in, y_in, width_in, 5.8)
        ends.append(y_in)
    sheet.y_in = max(ends)
