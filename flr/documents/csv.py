"""Assessments as a table for spreadsheets and statistics: one row per plan."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from flr.documents.assessments import AssessmentDocument, assessment_document, assessments_document
from flr.documents.base import has_column, key_of

if TYPE_CHECKING:
    from flr.assessment import Assessment

Cell = str | float | int | bool | None

_SEVERITIES: tuple[Cell, ...] = (None, "info", "warning", "error")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n")


def assessments_csv(assessments: Iterable[Assessment], identify: bool = False) -> str:
    """The assessments as CSV text, columns named by the JSON's dotted paths.

    Numbers are written unrounded, what was not assessed is an empty cell. Text that a spreadsheet would
    run as a formula is preceded by an apostrophe. The last column is the identifier of the whole result.
    """
    document = assessments_document(assessments, identify)
    rows = [flat_row(one, AssessmentDocument) for one in document["assessments"]]
    return rows_csv([row | {"result_id": document["result_id"]} for row in rows])


def assessment_row(assessment: Assessment, identify: bool = False) -> dict[str, Cell]:
    """One assessment as a flat row: dotted path of the JSON to number or text."""
    return flat_row(assessment_document(assessment, identify), AssessmentDocument)


def flat_row(document: Mapping[str, Any], kind: type) -> dict[str, Cell]:
    """A document as one row.

    Lists of texts are joined by ``;``. Findings and quality findings become columns by their keys:
    ``findings.<criterion>.verdict`` and ``quality.<check>`` with the worst severity; rows of the reassurance
    table become ``reassurance.<row>`` with the status, and with why and by whom where it was accepted; scores
    become ``scores.<score>`` with both ends of number and level.

    Parameters
    ----------
    document : mapping
    kind : type
        Record of the document; fields that it marks `NO_COLUMN` are left out.

    Examples
    --------
    >>> document = {"case_id": "a", "notes": ["x", "y"], "quality": [{"check": "k", "severity": "info"}]}
    >>> flat_row(document, AssessmentDocument)
    {'case_id': 'a', 'notes': 'x;y', 'quality.k': 'info'}
    """
    row: dict[str, Cell] = {}
    _flatten(row, "", document, _without_column(kind))
    return row


@cache
def _without_column(kind: type, path: str = "") -> frozenset[str]:
    """Dotted paths of a record's fields that have no column, those of the records in it included."""
    hints = get_type_hints(kind)
    found: set[str] = set()
    for one in fields(kind):
        where = f"{path}.{key_of(one.name)}" if path else key_of(one.name)
        if not has_column(one):
            found.add(where)
            continue
        for hint in (hints[one.name], *get_args(hints[one.name])):
            if isinstance(hint, type) and is_dataclass(hint):
                found |= _without_column(hint, where)
    return frozenset(found)


def rows_csv(rows: Iterable[Mapping[str, Cell]]) -> str:
    """Rows as CSV text; every column that any row has, in the order of first appearance."""
    listed = list(rows)
    columns = all_columns(listed)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([cell_text(column) for column in columns])
    for row in listed:
        writer.writerow([cell_text(row.get(column)) for column in columns])
    return stream.getvalue()


def all_columns(rows: Iterable[Iterable[str]]) -> list[str]:
    """All columns of rows; one that only later rows have comes after its neighbour there.

    >>> all_columns([["a", "c"], ["a", "b", "c"]])
    ['a', 'b', 'c']
    """
    columns: list[str] = []
    for row in dict.fromkeys(tuple(row) for row in rows):
        at = 0
        for name in row:
            if name in columns:
                at = columns.index(name) + 1
            else:
                columns.insert(at, name)
                at += 1
    return columns


def _flatten(row: dict[str, Cell], path: str, value: Any, left_out: frozenset[str]) -> None:
    if path in left_out:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(row, f"{path}.{key}" if path else str(key), inner, left_out)
    elif path == "findings":
        for finding in value:
            for key in ("value", "limit", "verdict"):
                row[f"findings.{finding['criterion']}.{key}"] = finding[key]
    elif path == "quality":
        for found in value:
            key = f"quality.{found['check']}"
            row[key] = max(row.get(key), found["severity"], key=_SEVERITIES.index)
    elif path == "scores":
        for score in value:
            for key in ("low", "high", "level_low", "level_high"):
                row[f"scores.{score['score']}.{key}"] = score[key]
    elif path == "reassurance":
        for shown in value:
            given = ", ".join(text for text in (shown["reason"], shown["who"]) if text)
            row[f"reassurance.{shown['row']}"] = f"{shown['status']}: {given}" if given else shown["status"]
    elif isinstance(value, list):
        row[path] = ";".join(
            "=".join(str(v) for v in item.values()) if isinstance(item, Mapping) else str(item)
            for item in value
        )
    else:
        row[path] = value


def cell_text(value: Cell) -> str:
    """A value as a cell: numbers unrounded, None empty, and no text that a spreadsheet would run.

    >>> cell_text(0.1), cell_text(None), cell_text(True), cell_text("=1+1")
    ('0.1', '', 'true', "'=1+1")
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return repr(value)
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
