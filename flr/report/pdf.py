"""The report as PDF: pages per plan, text that can be selected, the same bytes from the same input."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from flr.pictures.bands import Band, chart_caption, draw_bands
from flr.pictures.figures import VIEW_NAMES, draw_slice, drawable, drawing
from flr.pictures.plans import PlanPictures
from flr.pictures.rendering import SIDE_WORDS, Rendering, draw_rendering
from flr.pictures.territories import TerritoryPictures, draw_territories
from flr.pictures.views import Slice
from flr.report.comparison import Comparison, PlansInRows
from flr.report.content import PlanContent, ReportContent, Row, report_content
from flr.report.sheet import (
    HEIGHT_IN,
    INK,
    MARGIN_IN,
    SOFT,
    Placed,
    Sheet,
    cut_into_pages,
    page_of,
)
from flr.structures import VESSEL_KINDS
from flr.surfaces.solids import entries

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from flr.assessment import Assessment
    from flr.donor import DonorPlan

_LETTER_PT = 7.5
_SHORT_TITLE = 160  # characters of a title in large type
_PICTURE_IN, _SIDE_IN, _TERRITORY_IN, _BAND_IN = 1.45, 0.95, 0.8, 0.42  # heights at the largest type
_SCALES = tuple(percent / 100.0 for percent in range(100, 64, -2))

_ACCENT = "#0b5566"
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
    grafts: Sequence[DonorPlan] = (),
) -> bytes:
    """All plans of one case as PDF, each on pages of its own.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan, of one case.
    pictures : sequence of PlanPictures
        One per plan in the same order, or none.
    territories : sequence of TerritoryPictures
        Of the untouched liver; drawn with the last plan.
    identify : bool
        Print an age above 89 years.
    today : date, optional
        Day from which the age of the scan is counted.
    grafts : sequence of DonorPlan
        Of a living donor: the graft of each plan.

    Returns
    -------
    bytes
        Every page is A4. Type is made smaller where a plan's page would overflow; where that is not enough
        the plan goes on on further pages, in the largest type that needs no more of them.

    Raises
    ------
    ValueError
        If there is no assessment, or the pictures are not one per plan.
    """
    from matplotlib.backends.backend_pdf import PdfPages

    if pictures and len(pictures) != len(assessments):
        raise ValueError(f"{len(pictures)} sets of pictures for {len(assessments)} plans; give one per plan")
    content = report_content(assessments, identify, today, grafts)
    stream = io.BytesIO()
    title = drawable(f"Future liver remnant: {content.case_id}")
    about = {"CreationDate": None, "Title": title, "Keywords": content.result_id}
    with drawing(), PdfPages(stream, metadata=about) as document:
        for at, plan in enumerate(content.plans):
            last = territories if at == len(content.plans) - 1 else ()
            for page in _pages(content, plan, pictures[at] if pictures else None, last):
                document.savefig(page)
    return stream.getvalue()


def _pages(
    content: ReportContent,
    plan: PlanContent,
    shown: PlanPictures | None,
    territories: Sequence[TerritoryPictures] = (),
) -> list[Figure]:
    """The pages of one plan: as few as its smallest type needs, in the largest type that needs no more."""

    @cache
    def laid_out(scale: float) -> list[list[Placed]]:
        return _laid_out(scale, content, plan, shown, territories, flowing=flowing)

    flowing = False
    fewest = len(laid_out(_SCALES[-1]))
    if fewest > 1:
        # Columns of uneven length, parted by the end of a page, would leave one of them blank on the next.
        flowing = True
        laid_out.cache_clear()
        fewest = len(laid_out(_SCALES[-1]))
    # Smaller type never needs more pages, so the scales need not all be tried.
    first, last = 0, len(_SCALES) - 1
    while first < last:
        middle = (first + last) // 2
        if len(laid_out(_SCALES[middle])) <= fewest:
            last = middle
        else:
            first = middle + 1
    return [page_of(page) for page in laid_out(_SCALES[first])]


def _laid_out(
    scale: float,
    content: ReportContent,
    plan: PlanContent,
    shown: PlanPictures | None,
    territories: Sequence[TerritoryPictures],
    *,
    flowing: bool,
) -> list[list[Placed]]:
    """Everything about a plan in type of one size, on as many pages as it takes.

    What may be parted by the end of a page stands across the whole page where it is ``flowing``, or in rows.
    """
    sheet = Sheet(scale, flowing=flowing)
    _write(sheet, content, plan, shown, territories)
    again, foot = Sheet(scale), Sheet(scale)
    _header_again(again, content, plan)
    _foot(foot, content)
    head_in, foot_in = again.y_in - MARGIN_IN, foot.y_in - MARGIN_IN
    cut = cut_into_pages(sheet.blocks, head_in=head_in, foot_in=foot_in)
    pages = []
    for number, placed in enumerate(cut, start=1):
        last = Sheet(scale)
        _page_number(last, content, plan, number, len(cut))
        frame = [(block, 0.0) for block in (*(again.blocks if number > 1 else ()), *last.blocks)]
        if number < len(cut):
            down_in = HEIGHT_IN - 2 * MARGIN_IN - foot_in
            frame += [(block, -down_in) for block in foot.blocks]
        pages.append([*frame, *placed])
    return pages


def _write(
    sheet: Sheet,
    content: ReportContent,
    plan: PlanContent,
    shown: PlanPictures | None,
    territories: Sequence[TerritoryPictures],
) -> None:
    _header(sheet, content, plan)
    if content.comparison is not None and plan.number == 1:
        with sheet.section():
            _plans(sheet, content.comparison)
        if content.comparison.matrix is not None:
            for some in content.comparison.matrix.parts(5):
                with sheet.section():
                    _comparison(sheet, some)
    with sheet.together():
        _flag(sheet, plan)
    (left, left_in), (right, right_in) = sheet.columns((1, 1))
    top = sheet.y_in
    with sheet.beside():
        with sheet.section():
            y_left = _rows(sheet, "Volumes, mL", plan.volumes, left, top, left_in)
        with sheet.section():
            y_right = _rows(sheet, "Shares", plan.shares, right, top, right_in)
    sheet.y_in = max(y_left, y_right)
    said = [f"{row.label}: {row.value}" for row in plan.anatomy]
    if content.parts:
        listed = ", ".join(f"{row.label}: {row.value}" for row in content.parts)
        said.append(f"Parts, all tissues, mL: {listed}")
    sheet.y_in = sheet.paragraph("; ".join(said), sheet.left_in, sheet.y_in + 0.03, sheet.width_in, 6.5)
    sheet.y_in += 0.03
    if shown is not None:
        with sheet.together():
            _slices(sheet, shown)
        with sheet.together():
            _sides(sheet, shown)
    if territories:
        with sheet.together():
            _territories(sheet, territories)
    if plan.tumours:
        with sheet.section():
            _tumours(sheet, plan)
    if sheet.flowing:
        _limits_across(sheet, plan)
    else:
        _limits(sheet, plan)
    _lists(sheet, plan)
    _shared(sheet, content, plan)


def _header(sheet: Sheet, content: ReportContent, plan: PlanContent) -> None:
    sheet.put("Future liver remnant volumetry", sheet.left_in, sheet.y_in, 6.0, color=SOFT)
    sheet.y_in += sheet.line_in(6.5)
    sheet.y_in = sheet.paragraph(
        ": ".join(filter(None, (content.case_words, plan.title))),
        sheet.left_in,
        sheet.y_in,
        sheet.width_in,
        12.0 if len(plan.title) <= _SHORT_TITLE else 9.0,
        fontweight="bold",
    )
    removes = f"removes {plan.removes}; " if plan.removes else ""
    sheet.y_in = sheet.paragraph(
        f"{removes}intent {plan.intent}", sheet.left_in, sheet.y_in, sheet.width_in, 7.0, color=SOFT
    )
    with sheet.together(leads=True):
        sheet.rule(sheet.y_in + 0.02, sheet.left_in, sheet.width_in, _ACCENT, 1.2)
    sheet.y_in += 0.08


def _header_again(sheet: Sheet, content: ReportContent, plan: PlanContent) -> None:
    """Whose page it is, on a page that another one goes on in."""
    sheet.put("Future liver remnant volumetry", sheet.left_in, sheet.y_in, 6.0, color=SOFT)
    sheet.y_in = sheet.paragraph(
        ", ".join(filter(None, (content.case_words, plan.running_title, "continued"))),
        sheet.left_in,
        sheet.y_in + sheet.line_in(6.5),
        sheet.width_in,
        9.0,
        fontweight="bold",
    )
    sheet.rule(sheet.y_in + 0.02, sheet.left_in, sheet.width_in, _ACCENT, 1.2)
    sheet.y_in += 0.08


def _page_number(sheet: Sheet, content: ReportContent, plan: PlanContent, number: int, pages: int) -> None:
    page = f", page {number} of {pages}" if pages > 1 else ""
    sheet.put(
        f"Plan {plan.number} of {len(content.plans)}{page}",
        sheet.left_in + sheet.width_in,
        MARGIN_IN,
        7.0,
        color=SOFT,
        ha="right",
    )


def _foot(sheet: Sheet, content: ReportContent) -> None:
    """That there is more, and what has to stand on every page."""
    sheet.rule(sheet.y_in + 0.05, sheet.left_in, sheet.width_in, _ACCENT, 1.2)
    sheet.y_in = sheet.paragraph(
        f"Continued on the next page. {content.statement} flr {content.version}, {content.result_id}.",
        sheet.left_in,
        sheet.y_in + 0.08,
        sheet.width_in,
        6.5,
        fontweight="bold",
    )


def _flag(sheet: Sheet, plan: PlanContent) -> None:
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
    listed = "; ".join(f"{row.label}: {row.value}" for row in plan.checklist)
    if listed:
        said = f"Shown before a flag reassures. {listed}"
        y_in = sheet.paragraph(said, x_in, y_in, width_in, 6.5, color=ink)
    sheet.box(sheet.left_in, top, sheet.width_in, y_in + pad_in - top, tint, ink)
    sheet.y_in = y_in + pad_in + 0.04


_ROW_PT = 6.5


def _plans(sheet: Sheet, plans: PlansInRows) -> None:
    """A row per plan; each column as wide as its share of the text."""
    y_in = sheet.heading("Plans side by side", sheet.left_in, sheet.y_in)
    heads = ("", *(column.label for column in plans.columns))
    rows = [heads, *((line.title, *line.cells) for line in plans.lines)]
    widths_in = _column_widths_in(sheet, rows)
    for row in rows:
        is_head = row is heads
        with sheet.together(leads=is_head):
            x_in, deepest = sheet.left_in, y_in
            for at, (value, width_in) in enumerate(zip(row, widths_in, strict=True)):
                weight = "bold" if is_head or at == 0 else "normal"
                end_in = sheet.paragraph(value, x_in, y_in, width_in - 0.08, _ROW_PT, fontweight=weight)
                deepest, x_in = max(deepest, end_in), x_in + width_in
            y_in = deepest
            sheet.rule(y_in, sheet.left_in, sheet.width_in)
    sheet.y_in = y_in + 0.06
    if plans.beneath:
        sheet.y_in = sheet.paragraph(plans.beneath, sheet.left_in, sheet.y_in, sheet.width_in, _ROW_PT) + 0.04


def _column_widths_in(sheet: Sheet, rows: Sequence[Sequence[str]]) -> list[float]:
    """Widths that fill the sheet: room for the longest word, the rest by what the longest cell needs."""
    longest_in, least_in = [], []
    for column in zip(*rows, strict=True):
        cells = [drawable(cell) for cell in column]
        words = [word for cell in cells for word in cell.split(" ")]
        longest_in.append(max(sheet.measured_in(cell, _ROW_PT) for cell in cells))
        least_in.append(1.15 * max(sheet.measured_in(word, _ROW_PT) for word in words) + 0.08)
    spare_in = sheet.width_in - sum(least_in)
    wanted_in = [max(0.0, one_in - few_in) for one_in, few_in in zip(longest_in, least_in, strict=True)]
    if spare_in <= 0.0 or not sum(wanted_in):
        return [one_in * sheet.width_in / sum(least_in) for one_in in least_in]
    return [
        one_in + spare_in * want_in / sum(wanted_in)
        for one_in, want_in in zip(least_in, wanted_in, strict=True)
    ]


def _comparison(sheet: Sheet, comparison: Comparison) -> None:
    """Tumours against plans."""
    y_in = sheet.heading("Tumours under each plan", sheet.left_in, sheet.y_in)
    label_in = 2.2
    column_in = min((sheet.width_in - label_in) / len(comparison.titles), 1.7)
    for label, values in (("", comparison.titles), *comparison.rows):
        with sheet.together(leads=not label):
            sheet.put(label, sheet.left_in, y_in, 6.5)
            deepest = y_in + sheet.line_in(6.5)
            for at, value in enumerate(values):
                cell_y_in = y_in
                for line in sheet.wrapped(value, 6.5, column_in - 0.08, bold=not label):
                    x_in = sheet.left_in + label_in + column_in * (at + 1)
                    sheet.put(
                        line, x_in, cell_y_in, 6.5, ha="right", fontweight="bold" if not label else "normal"
                    )
                    cell_y_in += sheet.line_in(6.5)
                deepest = max(deepest, cell_y_in)
            y_in = deepest
            sheet.rule(y_in, sheet.left_in, label_in + column_in * len(values))
    sheet.y_in = y_in + 0.06
    if comparison.beneath:
        sheet.y_in = (
            sheet.paragraph(comparison.beneath, sheet.left_in, sheet.y_in, sheet.width_in, 6.5) + 0.04
        )


def _rows(sheet: Sheet, title: str, rows: Sequence[Row], x_in: float, y_in: float, width_in: float) -> float:
    y_in = sheet.heading(title, x_in, y_in)
    for row in rows:
        value_in = sheet.measured_in(row.value, 7.0)
        label_in = sheet.measured_in(row.label, 7.0)
        note_in = sheet.measured_in(row.note, 5.8)
        beside = label_in + note_in + value_in + 0.3 <= width_in
        with sheet.together():
            deepest = sheet.paragraph(row.label, x_in, y_in, width_in - value_in - 0.1, 7.0)
            sheet.put(row.value, x_in + width_in, y_in, 7.0, ha="right")
            if beside:
                sheet.put(row.note, x_in + label_in + 0.1, y_in + 0.01, 5.8, color=SOFT)
            y_in = deepest
            if row.note and not beside:
                y_in = sheet.paragraph(row.note, x_in + 0.1, y_in - 0.01, width_in - 0.1, 5.8, color=SOFT)
            sheet.rule(y_in, x_in, width_in)
    return y_in + 0.02


_ABOVE_IN = 0.2  # of a row of pictures, for their titles and letters


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture of a row: its size in the body and how it is drawn."""

    title: str
    width_mm: float
    height_mm: float
    draw: Callable[[Axes], None]


def _size_mm(flat: Slice) -> tuple[float, float]:
    rows, columns = flat.classes.shape
    return columns * flat.column_mm, rows * flat.row_mm


def _row_of(
    sheet: Sheet,
    pictures: Sequence[_Picture],
    *,
    height_in: float,
    side_in: float,
    above_in: float = _ABOVE_IN,
) -> float:
    """Pictures beside each other at one scale, each with room for its letters; returns where they end."""
    free_in = sheet.width_in - 2 * side_in * len(pictures)
    whole_mm = sum(picture.width_mm for picture in pictures)
    tallest_mm = max(picture.height_mm for picture in pictures)
    inch_per_mm = min(free_in / whole_mm, height_in * sheet.scale / tallest_mm)
    spare_in = (free_in - whole_mm * inch_per_mm) / len(pictures)
    x_in, top = sheet.left_in, sheet.y_in + above_in
    for picture in pictures:
        width_in, own_in = picture.width_mm * inch_per_mm, picture.height_mm * inch_per_mm
        sheet.put(picture.title, x_in, sheet.y_in, 6.0, color=SOFT)
        x_in += side_in + spare_in / 2.0
        sheet.axes(x_in, top + (tallest_mm * inch_per_mm - own_in) / 2.0, width_in, own_in, picture.draw)
        x_in += width_in + side_in + spare_in / 2.0
    return top + tallest_mm * inch_per_mm


def _slices(sheet: Sheet, shown: PlanPictures) -> None:
    """Axial, coronal and sagittal slice, and what their colours mean."""

    def picture(flat: Slice) -> _Picture:
        return _Picture(
            VIEW_NAMES[flat.view],
            *_size_mm(flat),
            lambda axes: draw_slice(axes, flat, shown.grey, type_pt=_LETTER_PT),
        )

    pictures = [picture(flat) for flat in shown.slices]
    y_in = _row_of(sheet, pictures, height_in=_PICTURE_IN, side_in=0.18) + 0.2
    sheet.legend(shown.legend, y_in)
    sheet.y_in = sheet.paragraph(
        "Radiological convention: the patient's right (R) is on the left of axial and coronal pictures.",
        sheet.left_in,
        y_in + 0.15,
        sheet.width_in,
        5.8,
        color=SOFT,
    )


def _sides(sheet: Sheet, shown: PlanPictures) -> None:
    """The surfaces from four sides."""
    if not shown.renderings:
        return

    def picture(side: Rendering) -> _Picture:
        rows, columns = side.rgb.shape[:2]
        return _Picture(
            SIDE_WORDS[side.side],
            columns * side.pixel_mm,
            rows * side.pixel_mm,
            lambda axes: draw_rendering(axes, side, type_pt=_LETTER_PT),
        )

    pictures = [picture(side) for side in shown.renderings]
    y_in = _row_of(sheet, pictures, height_in=_SIDE_IN, side_in=0.14) + 0.22
    vessels = [
        f"{words[0].lower()}{words[1:]} {VESSEL_KINDS[key].hue}"
        for key, words, _ in entries(shown.shared)
        if key in VESSEL_KINDS
    ]
    listed = f"; {', '.join(vessels)}" if vessels else ""
    sheet.y_in = sheet.paragraph(
        f"Surfaces smoothed, volumes kept; colours as above{listed}.",
        sheet.left_in,
        y_in,
        sheet.width_in,
        5.8,
        color=SOFT,
    )


_TERRITORY_VIEWS = (0, 1)  # axial and coronal


def _territories(sheet: Sheet, territories: Sequence[TerritoryPictures]) -> None:
    """Axial and coronal slice of each tree, and below them what the colours mean."""

    def picture(shown: TerritoryPictures, number: int) -> _Picture:
        title = f"{shown.title}, untouched liver" if number == _TERRITORY_VIEWS[0] else ""
        return _Picture(
            title,
            *_size_mm(shown.slices[number]),
            lambda axes: draw_territories(axes, shown, number, type_pt=_LETTER_PT),
        )

    pictures = [picture(shown, number) for shown in territories for number in _TERRITORY_VIEWS]
    above_in = _ABOVE_IN + sheet.line_in(6.0)  # the titles are long and would meet the letters
    y_in = _row_of(sheet, pictures, height_in=_TERRITORY_IN, side_in=0.16, above_in=above_in) + 0.24
    for shown in territories:
        y_in = _keys(sheet, shown, y_in)
    sheet.y_in = sheet.paragraph(
        "By the nearest vessel: an estimate.", sheet.left_in, y_in, sheet.width_in, 5.8, color=SOFT
    )


def _keys(sheet: Sheet, shown: TerritoryPictures, y_in: float) -> float:
    """What the colours of one tree mean, beside each other; returns where the next line goes."""
    x_in, size = sheet.left_in, 5.8
    for colour, name, title in zip(shown.colours, shown.names, shown.titles, strict=True):
        text = f"{name}: {title}"
        width_in = sheet.measured_in(text, size) + 0.28
        if x_in > sheet.left_in and x_in + width_in > sheet.left_in + sheet.width_in:
            x_in, y_in = sheet.left_in, y_in + sheet.line_in(size)
        sheet.put("■", x_in, y_in, size + 0.5, color=colour)
        sheet.put(text, x_in + 0.11, y_in, size, color=SOFT)
        x_in += width_in
    return y_in + sheet.line_in(size)


def _tumours(sheet: Sheet, plan: PlanContent) -> None:
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
        colour = _TONES["below"][0] if below else SOFT if cells[0] == heads[0] else INK
        deepest = y_in
        with sheet.together(leads=cells[0] == heads[0]):
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


def _limits(sheet: Sheet, plan: PlanContent) -> None:
    (left, left_in), (right, right_in) = sheet.columns((2, 3))
    top = sheet.y_in
    y_left = top
    if plan.bands:
        y_left = sheet.heading("Against published limits", left, top)
        height_in = _BAND_IN * sheet.scale * len(plan.bands)
        with sheet.together():
            sheet.axes(
                left,
                y_left,
                left_in,
                height_in,
                _chart(plan.bands, sheet.scale),
            )
            y_left = sheet.paragraph(
                chart_caption(plan.bands), left, y_left + height_in + 0.02, left_in, 5.8, color=SOFT
            )
    with sheet.section():
        y_right = _findings(sheet, plan, right, top, right_in)
    if plan.context:
        with sheet.section():
            # Many limits make the right column long, and the left one has room then.
            if y_left < y_right - 0.1 * (y_right - top):
                y_left = _context(sheet, plan, left, y_left, left_in)
            else:
                y_right = _context(sheet, plan, right, y_right, right_in)
    sheet.y_in = max(y_left, y_right)


def _limits_across(sheet: Sheet, plan: PlanContent) -> None:
    """The same over the whole width, so that a page can end anywhere in it."""
    if plan.bands:
        half = (len(plan.bands) + 1) // 2
        columns = list(zip(sheet.columns((1, 1)), (plan.bands[:half], plan.bands[half:]), strict=True))
        height_in = _BAND_IN * sheet.scale
        with sheet.together():
            top = sheet.heading("Against published limits", sheet.left_in, sheet.y_in)
            for (x_in, width_in), some in columns:
                if some:
                    sheet.axes(x_in, top, width_in, height_in * len(some), _chart(some, sheet.scale))
            sheet.y_in = sheet.paragraph(
                chart_caption(plan.bands),
                sheet.left_in,
                top + height_in * half + 0.02,
                sheet.width_in,
                5.8,
                color=SOFT,
            )
    with sheet.section():
        sheet.y_in = _findings(sheet, plan, sheet.left_in, sheet.y_in, sheet.width_in, _ACROSS)
    if plan.context:
        with sheet.section():
            top = sheet.heading("Context, not graded", sheet.left_in, sheet.y_in)
            sheet.y_in = _in_two(sheet, [_row_text(row) for row in plan.context], top, 6.2)


def _chart(bands: Sequence[Band], scale: float) -> Callable[[Axes], None]:
    return lambda axes: draw_bands(axes, bands, scale=scale)


def _context(sheet: Sheet, plan: PlanContent, x_in: float, y_in: float, width_in: float) -> float:
    y_in = sheet.heading("Context, not graded", x_in, y_in)
    for row in plan.context:
        y_in = sheet.paragraph(_row_text(row), x_in, y_in, width_in, 6.2)
    return y_in


def _row_text(row: Row) -> str:
    return f"{row.label}: {row.value}{f' ({row.note})' if row.note else ''}"


_BESIDE = (0.0, 0.2, 0.44, 0.61)  # where the cells of a finding begin, in shares of its width
_ACROSS = (0.0, 0.13, 0.42, 0.56)


def _findings(
    sheet: Sheet,
    plan: PlanContent,
    x_in: float,
    y_in: float,
    width_in: float,
    places: tuple[float, ...] = _BESIDE,
) -> float:
    y_in = sheet.heading("Findings: verdict, value, what meets the limit, source", x_in, y_in)
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
        style: dict[str, Any] = {"fontweight": "bold", "color": _TONES["below"][0]} if short else {}
        deepest = y_in
        with sheet.together():
            for place, end, cell in zip(places, ends, cells, strict=True):
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


def _lists(sheet: Sheet, plan: PlanContent) -> None:
    if plan.notes:
        with sheet.section():
            top = sheet.heading("Notes", sheet.left_in, sheet.y_in)
            sheet.y_in = _in_two(sheet, [f"• {note}" for note in plan.notes], top, 6.3)
    if plan.scores:
        with sheet.section():
            top = sheet.heading("Scores, information only", sheet.left_in, sheet.y_in)
            said = [row.line + (f"; missing: {row.missing}" if row.missing else "") for row in plan.scores]
            sheet.y_in = _in_two(sheet, said, top, 6.3)
    if plan.quality:
        with sheet.section():
            y_in = sheet.heading("Quality of the input", sheet.left_in, sheet.y_in)
            for found in plan.quality:
                text = f"{found.sign} {found.severity}, {found.check}: {found.message}"
                colour = _TONES["below"][0] if found.severity == "error" else INK
                y_in = sheet.paragraph(text, sheet.left_in, y_in, sheet.width_in, 6.3, color=colour)
            sheet.y_in = y_in


def _in_two(sheet: Sheet, texts: Sequence[str], top: float, size: float) -> float:
    """Paragraphs in two columns; returns where the longer one ends."""
    half = (len(texts) + 1) // 2
    if sheet.flowing:
        return _in_rows(sheet, texts[:half], texts[half:], top, size)
    ends = [top]
    for (x_in, width_in), some in zip(sheet.columns((1, 1)), (texts[:half], texts[half:]), strict=True):
        y_in = top
        for text in some:
            y_in = sheet.paragraph(text, x_in, y_in, width_in, size)
        ends.append(y_in)
    return max(ends)


def _in_rows(sheet: Sheet, left: Sequence[str], right: Sequence[str], top: float, size: float) -> float:
    """The same with what stands beside each other at one height and on one page."""
    columns = sheet.columns((1, 1))
    for texts in zip_longest(left, right, fillvalue=""):
        with sheet.together():
            top = max(
                sheet.paragraph(text, x_in, top, width_in, size)
                for (x_in, width_in), text in zip(columns, texts, strict=True)
            )
    return top


def _shared(sheet: Sheet, content: ReportContent, plan: PlanContent) -> None:
    with sheet.together(leads=True):
        sheet.rule(sheet.y_in + 0.04, sheet.left_in, sheet.width_in)
    top = sheet.y_in + 0.05
    ends = []
    with sheet.beside():
        for (x_in, width_in), (title, rows) in zip(
            sheet.columns((1, 1, 1)),
            (
                ("Patient", content.patient),
                ("Scan and segmentation", content.scan),
                ("Method", content.method),
            ),
            strict=True,
        ):
            with sheet.section():
                y_in = sheet.heading(title, x_in, top)
                for row in rows:
                    y_in = sheet.paragraph(_row_text(row), x_in, y_in, width_in, 6.2)
            ends.append(y_in)
        # A few inputs fit below the method, which is the shortest of the three columns.
        if len(content.inputs) <= _FEW_INPUTS:
            ends[-1] = _inputs(sheet, content, x_in, ends[-1], width_in)
    sheet.y_in = max(ends)
    if len(content.inputs) > _FEW_INPUTS:
        sheet.y_in = _inputs(sheet, content, sheet.left_in, sheet.y_in, sheet.width_in)
    _sources(sheet, content, plan)
    with sheet.together(leads=True):
        sheet.rule(sheet.y_in + 0.05, sheet.left_in, sheet.width_in, _ACCENT, 1.2)
    sheet.y_in = sheet.paragraph(
        f"{content.statement} flr {content.version}, {content.result_id}.",
        sheet.left_in,
        sheet.y_in + 0.08,
        sheet.width_in,
        6.5,
        fontweight="bold",
    )


_FEW_INPUTS = 5


def _inputs(sheet: Sheet, content: ReportContent, x_in: float, y_in: float, width_in: float) -> float:
    if not content.inputs:
        return y_in
    with sheet.section():
        y_in = sheet.heading("Inputs, SHA-256", x_in, y_in)
        for row in content.inputs:
            y_in = sheet.paragraph(f"{row.label}  {row.value}", x_in, y_in, width_in, 5.6)
    return y_in


def _sources(sheet: Sheet, content: ReportContent, plan: PlanContent) -> None:
    """Sources of this plan's findings and of the formulas, in two columns."""
    here = plan.cited
    elsewhere = frozenset().union(*(other.cited for other in content.plans)) - here
    sources = [cited for cited in content.citations if cited.number not in elsewhere]
    texts = [f"[{cited.number}] {cited.text}{f'; doi:{cited.doi}' if cited.doi else ''}" for cited in sources]
    with sheet.section():
        top = sheet.heading("Sources", sheet.left_in, sheet.y_in)
        sheet.y_in = _in_two(sheet, texts, top, 5.8)
