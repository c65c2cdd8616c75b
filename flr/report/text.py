"""The table for people on the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flr.report.content import (
    Citation,
    Comparison,
    FindingRow,
    PlanContent,
    QualityRow,
    ReportContent,
    Row,
    report_content,
)
from flr.report.words import VERDICT_SIGNS

if TYPE_CHECKING:
    from flr.assess import Assessment

WIDTH = 100
"""Columns that no line exceeds."""

_LABEL = 46
_TONE_CODES = {"below": "31", "between": "33", "above": "32", "unknown": "35"}


def assessment_text(
    assessments: Sequence[Assessment], *, identify: bool = False, colour: bool = False
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

    Returns
    -------
    str
        Lines of at most :data:`WIDTH` columns, colour codes aside.
    """
    content = report_content(assessments, identify)
    count = len(content.plans)
    lines = [f"Case {content.case_id}: {count} plan{'s' if count > 1 else ''}", ""]
    for plan in content.plans:
        lines += _plan_lines(plan, content, colour)
    if content.comparison is not None:
        lines += _comparison_lines(content.comparison)
    lines += _shared_lines(content)
    return "\n".join(lines)


def _plan_lines(plan: PlanContent, content: ReportContent, colour: bool) -> list[str]:
    flag_line = _fill(f"{plan.sign} FLAG {plan.flag}: {plan.headline}", indent=2, first=0)
    if colour:
        flag_line = [f"\x1b[1;{_TONE_CODES[plan.tone]}m{line}\x1b[0m" for line in flag_line]
    removes = f"; removes {plan.removes}" if plan.removes else ""
    lines = [*flag_line, *_fill(f"Plan {plan.number}: {plan.title}{removes}; intent {plan.intent}", indent=2)]
    if plan.other_triggers:
        lines += _fill(f"Also applies: {', '.join(plan.other_triggers)}", indent=2)
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
    if plan.context:
        lines += ["", "  Context, not graded", *_context_lines(plan.context)]
    notes = [note for note in plan.notes if note not in content.common_notes]
    if notes:
        lines += ["", "  Notes", *_note_lines(notes)]
    quality = [found for found in plan.quality if found not in content.common_quality]
    if quality:
        lines += ["", "  Quality of the input", *_quality_lines(quality)]
    return [*lines, ""]


def _finding_lines(findings: Sequence[FindingRow]) -> list[str]:
    columns = [(f"{row.sign} {row.words}", row.measure, row.value, row.limit, row.role) for row in findings]
    widths = [max(len(row[at]) for row in columns) for at in range(5)]
    lines = []
    for row, cells in zip(findings, columns, strict=True):
        shown = [
            cell.rjust(width) if at == 2 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        about = ", ".join(word for word in (row.profile, row.doubt) if word)
        lines += _fill(
            f"{'  '.join(shown)} [{row.citation}]{f' {about}' if about else ''}", indent=8, first=4
        )
    return lines


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


def _comparison_lines(comparison: Comparison) -> list[str]:
    """Plans side by side, in as many tables as the width asks for."""
    label_width = max(len(label) for label, _ in comparison.rows)
    room = WIDTH - label_width
    widths = [
        min(max(len(title), *(len(values[at]) for _, values in comparison.rows)) + 3, room)
        for at, title in enumerate(comparison.titles)
    ]
    lines = []
    start = 0
    while start < len(widths):
        stop = start + 1
        while stop < len(widths) and sum(widths[start : stop + 1]) <= room:
            stop += 1
        some = comparison.part(start, stop)
        for label, values in (("Plans side by side", some.titles), *some.rows):
            cells = (
                textwrap.shorten(value, width - 3, placeholder="…").rjust(width)
                for value, width in zip(values, widths[start:stop], strict=True)
            )
            lines.append(f"{label.ljust(label_width)}{''.join(cells)}".rstrip())
        lines.append("")
        start = stop
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
    opening = " " * (indent if first is None else first)
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=opening,
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
