"""The table for people on the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flr.report.comparison import Comparison, PlansInRows
from flr.report.content import (
    Citation,
    FindingRow,
    PlanContent,
    QualityRow,
    ReportContent,
    Row,
    TumourRow,
    report_content,
    what_if,
)
from flr.report.lines import WIDTH, filled_lines, grid_lines
from flr.words import STATEMENT, VERDICT_SIGNS, case_words

if TYPE_CHECKING:
    from flr.assessment import Assessment

_LABEL = 46
_TITLE = 32  # columns of a plan's title side by side, in which a longer one is wrapped
_MOST_TUMOURS = 20
_TONE_CODES = {"below": "31", "between": "33", "above": "32", "unknown": "35"}


def assessment_text(
    assessments: Sequence[Assessment],
    *,
    identify: bool = False,
    colour: bool = False,
    verbose: bool = False,
) -> str:
    """One block per plan, a comparison when there are several, then what they share.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan, of one case.
    identify : bool
        Print an age above 89 years.
    colour : bool
        Colour the flag lines with terminal codes.
    verbose : bool
        Print every point of the scores.

    Returns
    -------
    str
        Lines of at most :data:`WIDTH` columns, colour codes aside.
    """
    content = report_content(assessments, identify)
    count = len(content.plans)
    case = f"{content.case_words}: " if content.case_words else ""
    lines = [*_fill(f"{case}{count} plan{'s' if count > 1 else ''}", indent=2, first=0), ""]
    for plan in content.plans:
        lines += _plan_lines(plan, content, colour, verbose)
    if content.comparison is not None:
        lines += _in_rows_lines(content.comparison)
    lines += _shared_lines(content)
    return "\n".join(lines)


def _plan_lines(plan: PlanContent, content: ReportContent, colour: bool, verbose: bool) -> list[str]:
    flag_line = _fill(f"{plan.sign} FLAG {plan.flag}: {plan.headline}", indent=2, first=0)
    if colour:
        flag_line = [f"\x1b[1;{_TONE_CODES[plan.tone]}m{line}\x1b[0m" for line in flag_line]
    removes = f"; removes {plan.removes}" if plan.removes else ""
    lines = [*flag_line, *_fill(f"Plan {plan.number}: {plan.title}{removes}; intent {plan.intent}", indent=2)]
    if plan.other_triggers:
        lines += _fill(f"Also applies: {', '.join(plan.other_triggers)}", indent=2)
    lines += ["", "  Shown before a flag reassures", *_context_lines(plan.checklist)]
    lines += ["", *_table("Volumes", "mL", plan.volumes)]
    lines += ["", *_table("Shares", "", plan.shares)]
    if plan.findings:
        lines += [
            "",
            "  Compared with published limits: value, what meets it, source",
            *_finding_lines(plan.findings),
        ]
    if plan.missing:
        lines += ["", "  Not assessed"]
        for gap in plan.missing:
            cited = "".join(f"[{number}]" for number in gap.citations)
            lines += _fill(
                f"{VERDICT_SIGNS['not_assessed']} {gap.measure}: {gap.reason} (limits {gap.limits}) {cited}",
                indent=6,
                first=4,
            )
    if plan.tumours:
        lines += ["", "  Tumours: longest axial diameter, segments, under this plan, planned margin"]
        lines += _tumour_lines(plan.tumours)
    if plan.burden:
        lines += ["", "  Tumour burden", *_context_lines(plan.burden)]
    if plan.context:
        lines += ["", "  Context, not graded", *_context_lines(plan.context)]
    if plan.scores:
        lines += ["", *_score_lines(plan, verbose)]
    notes = [note for note in plan.notes if note not in content.common_notes]
    if notes:
        lines += ["", "  Notes", *_note_lines(notes)]
    quality = [found for found in plan.quality if found not in content.common_quality]
    if quality:
        lines += ["", "  Quality of the input", *_quality_lines(quality)]
    return [*lines, ""]


def _score_lines(plan: PlanContent, verbose: bool) -> list[str]:
    """The scores in one line, or each with its points."""
    if not verbose:
        told = plan.scores_in_short or "nothing to tell yet"
        return _fill(f"Scores, information only: {told} (-v for the points)", indent=4, first=2)
    lines = ["  Scores, information only"]
    for row in plan.scores:
        lines += _fill(row.line, indent=6, first=4)
        for point in row.points:
            points = f" {point.points}" if point.points else ""
            doubt = f" ({point.doubt})" if point.doubt else ""
            lines += _fill(f"{point.item}{points}: {point.reason}{doubt}", indent=10, first=8)
        if row.missing:
            lines += _fill(f"missing: {row.missing}", indent=10, first=8)
    return lines


def _finding_lines(findings: Sequence[FindingRow]) -> list[str]:
    columns = [(f"{row.sign} {row.words}", row.measure, row.value, row.limit, row.role) for row in findings]
    lines = []
    for row, shown in zip(findings, _aligned(columns, right=2), strict=True):
        about = ", ".join(word for word in (row.profile, row.doubt) if word)
        lines += _fill(f"{shown} [{row.citation}]{f' {about}' if about else ''}", indent=8, first=4)
    return lines


def _tumour_lines(tumours: Sequence[TumourRow]) -> list[str]:
    """One line each; of very many those first about which there is something to say."""
    shown = tumours
    if len(tumours) > _MOST_TUMOURS:
        shown = sorted(tumours, key=lambda row: row.tone != "below")[:_MOST_TUMOURS]
    columns = [
        (row.name, f"{row.diameter} mm", row.parts, f"{row.sign} {row.fate}", row.margin) for row in shown
    ]
    lines = [
        line
        for row, text in zip(shown, _aligned(columns, right=1), strict=True)
        for line in _fill(f"{text}  {row.grade}", indent=8, first=4)
    ]
    if len(shown) < len(tumours):
        lines += _fill(f"and {len(tumours) - len(shown)} more: --out writes them all", indent=4)
    return lines


def _aligned(columns: Sequence[Sequence[str]], right: int) -> list[str]:
    """Rows of cells in columns, one of them flush right."""
    widths = [max(map(len, cells)) for cells in zip(*columns, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at == right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        for cells in columns
    ]


def _context_lines(rows: Sequence[Row]) -> list[str]:
    return [
        line
        for row in rows
        for line in _fill(
            f"{row.label}: {row.value}{f' ({row.note})' if row.note else ''}", indent=6, first=4
        )
    ]


def _note_lines(notes: Sequence[str]) -> list[str]:
    return [line for note in notes for line in _fill(f"- {note}", indent=6, first=4)]


def _quality_lines(quality: Sequence[QualityRow]) -> list[str]:
    return [
        line
        for found in quality
        for line in _fill(f"{found.sign} {found.severity}, {found.check}: {found.message}", indent=6, first=4)
    ]


def what_if_text(assessments: Sequence[Assessment]) -> str:
    """The remnants of one case under every background and every standard volume: a column per plan."""
    tables = what_if(assessments)
    case = case_words(assessments[0].case_id)
    lines = _fill(f"{case}: what if" if case else "What if", indent=2, first=0)
    for title, table in zip(("Background", "Standard volume"), tables, strict=False):
        lines += ["", *_comparison_lines(table, title)]
    if not tables:
        lines += ["", "  Nothing could be graded under another background."]
    return "\n".join([*lines, *_fill(STATEMENT, indent=0)])


def _in_rows_lines(plans: PlansInRows) -> list[str]:
    """A row per plan, then tumours against plans."""
    heads = ("Plan", *(column.label for column in plans.columns))
    rows = [heads, *((line.title, *line.cells) for line in plans.lines)]
    lines = ["Plans side by side", *grid_lines(rows)]
    if plans.matrix is not None:
        lines += ["", *_comparison_lines(plans.matrix, "Tumours")]
    else:
        lines.append("")
    return [*lines, *_fill(plans.beneath, indent=2), *([""] if plans.beneath else [])]


def _comparison_lines(comparison: Comparison, title: str) -> list[str]:
    """A column per plan, in as many tables as the width asks for."""
    label_width = max(len(label) for label, _ in comparison.rows)
    room = WIDTH - label_width
    widths = [
        min(max(min(len(title), _TITLE), *(len(values[at]) for _, values in comparison.rows)) + 3, room)
        for at, title in enumerate(comparison.titles)
    ]
    lines = []
    start = 0
    while start < len(widths):
        stop = start + 1
        while stop < len(widths) and sum(widths[start : stop + 1]) <= room:
            stop += 1
        some = comparison.part(start, stop)
        for label, values in ((title, some.titles), *some.rows):
            cells = [
                [line.rjust(width) for line in textwrap.wrap(value, width - 3, break_on_hyphens=False)]
                for value, width in zip(values, widths[start:stop], strict=True)
            ]
            for at in range(max(map(len, cells))):
                shown = "".join(
                    cell[at] if at < len(cell) else " " * width
                    for cell, width in zip(cells, widths[start:stop], strict=True)
                )
                lines.append(f"{('' if at else label).ljust(label_width)}{shown}".rstrip())
        lines.append("")
        start = stop
    if comparison.beneath:
        lines += [*_fill(comparison.beneath, indent=2), ""]
    return lines


def _shared_lines(content: ReportContent) -> list[str]:
    lines = []
    if content.common_notes:
        lines += ["Notes on every plan", *_note_lines(content.common_notes), ""]
    if content.common_quality:
        lines += ["Quality of the input", *_quality_lines(content.common_quality), ""]
    if content.parts:
        parts = "   ".join(f"{row.label}: {row.value}" for row in content.parts)
        lines += ["Parts of the liver, all tissues, mL", *_fill(parts, indent=2), ""]
    lines += _table("Patient", "", content.patient, indent=0)
    lines += ["", *_table("Scan and segmentation", "", content.scan, indent=0)]
    lines += ["", *_table("Method", "", content.method, indent=0)]
    if content.inputs:
        lines += ["", "Inputs (SHA-256)"]
        lines += [
            line for row in content.inputs for line in _fill(f"{row.label}  {row.value}", indent=4, first=2)
        ]
    lines += ["", "Sources", *(line for cited in content.citations for line in _citation(cited))]
    return [*lines, "", *_fill(content.statement, indent=0)]


def _citation(cited: Citation) -> list[str]:
    doi = f"; doi:{cited.doi}" if cited.doi else ""
    return _fill(f"[{cited.number}] {cited.text}{doi}", indent=6, first=2)


def _table(title: str, unit: str, rows: Sequence[Row], indent: int = 2) -> list[str]:
    """Label, value, note; the values of one table end in the same column where they are numbers."""
    margin = " " * indent
    lines = [f"{margin}{title}, {unit}" if unit else f"{margin}{title}"]
    width = max((len(row.value) for row in rows), default=0)
    width = min(width, WIDTH - _LABEL - indent - 4)
    for row in rows:
        value = row.value.rjust(width) if unit else row.value.ljust(width)
        lead = f"{margin}  {row.label.ljust(_LABEL)}  {value}"
        note = f"  {row.note}" if row.note else ""
        if len(lead) + len(note) <= WIDTH:
            lines.append(f"{lead}{note}".rstrip())
        else:
            lines += (
                _fill(lead.rstrip(), indent=indent + 6, first=0)
                if len(lead.rstrip()) > WIDTH
                else [lead.rstrip()]
            )
            lines += _fill(row.note, indent=indent + 6)
    return lines


def _fill(text: str, *, indent: int, first: int | None = None) -> list[str]:
    return filled_lines(text, indent=indent, first=indent if first is None else first)
