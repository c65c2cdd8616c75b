"""Records as files for statistics: JSON lines, CSV, Parquet, a data frame. One pass, in bounded memory."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from flr.cohort.ledger import Entry, Record, read_list, records
from flr.cohort.summary import Summary, Tally
from flr.documents.assessments import AssessmentDocument
from flr.documents.base import Document
from flr.documents.csv import Cell, all_columns, cell_text, flat_row
from flr.documents.structures import VolumesDocument
from flr.documents.tables import data_frame, widen
from flr.errors import EnvironmentFailure, UsageError
from flr.files import atomic_path

if TYPE_CHECKING:
    import pandas as pd

LINES_NAME: Final = "cases.jsonl"
TABLE_NAMES: Final = {"csv": "cases.csv", "parquet": "cases.parquet"}
"""Table format to the file that holds it."""

PENDING_REASON: Final = "not run yet"

_FIRST = ("case_id", "status", "reason")
_ROWS_AT_ONCE = 2000

Row = dict[str, Cell]


def rows_of(entry: Entry, record: Record | None) -> list[Row]:
    """One row per plan of a case that is done, one row for a case that is not."""
    if record is None:
        return [{"case_id": entry.case_id, "status": "pending", "reason": PENDING_REASON}]
    if record.head.status == "failed":
        return [{"case_id": entry.case_id, "status": "failed", "reason": record.head.reason}]
    done: Row = {"case_id": entry.case_id, "status": "done", "reason": "", **record.head.scan}
    return [{**done, **_for_table(document)} for document in record.documents()]


def write_results(folder: Path, entries: Sequence[Entry], formats: Sequence[str] = ("csv",)) -> Summary:
    """Write all results of a cohort, each file whole or not at all, cases in the order of the manifest.

    Parameters
    ----------
    folder : Path
        Of the cohort.
    entries : sequence of Entry
    formats : sequence of {"csv", "parquet"}
        Of the table; ``cases.jsonl`` is always written.

    Returns
    -------
    Summary

    Raises
    ------
    UsageError
        If a format is not known.
    EnvironmentFailure
        If the folder cannot be written, or the library for Parquet is missing.
    """
    unknown = [name for name in formats if name not in TABLE_NAMES]
    if unknown:
        raise UsageError(
            f"no table format is called {unknown[0]!r}; expected some of {', '.join(TABLE_NAMES)}"
        )
    tally = Tally()
    layouts: dict[tuple[str, ...], None] = {}
    kinds: dict[str, str] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8", dir=folder, prefix=".flr-") as spool:
        with atomic_path(folder / LINES_NAME) as path, path.open("w", encoding="utf-8") as lines:
            for entry, record in records(folder, entries):
                tally.add(entry, record)
                for line in () if record is None else record.lines:
                    lines.write(f"{line}\n")
                for row in rows_of(entry, record):
                    layouts[tuple(row)] = None
                    widen(kinds, row)
                    json.dump(row, spool)
                    spool.write("\n")
        columns = _in_order(layouts)
        for name in formats:
            spool.seek(0)
            with atomic_path(folder / TABLE_NAMES[name]) as path:
                if name == "csv":
                    _write_csv(path, columns, _spooled(spool))
                else:
                    _write_parquet(path, columns, kinds, _spooled(spool))
    return tally.summary()


def table(folder: Path | str) -> pd.DataFrame:
    """The results of a cohort as a data frame, one row per case and plan.

    Parameters
    ----------
    folder : path
        Of the cohort: what ``flr cohort run --out`` was given.

    Returns
    -------
    DataFrame
        Columns ``case_id``, ``status``, ``reason``, what the manifest states about the scan, then the dotted
        paths of ``flr-assessment/2``. Numbers are numbers; what was not assessed is missing, never 0.

    Raises
    ------
    ReadError
        If the folder is not one of a cohort.
    EnvironmentFailure
        If pandas is missing.
    """
    folder = Path(folder)
    rows = [row for entry, record in records(folder, read_list(folder)) for row in rows_of(entry, record)]
    return data_frame(rows, _in_order(dict.fromkeys(tuple(row) for row in rows)))


def _for_table(document: Document) -> Row:
    kind = AssessmentDocument if "plan" in document else VolumesDocument
    return {name: value for name, value in flat_row(document, kind).items() if name != "case_id"}


def _in_order(layouts: Mapping[tuple[str, ...], None]) -> list[str]:
    columns = all_columns(layouts)
    return [*_FIRST, *(name for name in columns if name not in _FIRST)]


def _spooled(spool: IO[str]) -> Iterator[Row]:
    return (json.loads(line) for line in spool)


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([cell_text(name) for name in columns])
        for row in rows:
            writer.writerow([cell_text(row.get(name)) for name in columns])


def _write_parquet(path: Path, columns: Sequence[str], kinds: Mapping[str, str], rows: Iterable[Row]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise EnvironmentFailure(
            "a table as Parquet needs pyarrow: pip install 'flr[tables]', or ask for csv"
        ) from error
    types = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "text": pa.string()}
    schema = pa.schema([(name, types[kinds.get(name, "text")]) for name in columns])
    with pq.ParquetWriter(path, schema) as writer:
        remaining = iter(rows)
        while some := list(islice(remaining, _ROWS_AT_ONCE)):
            arrays = [
                pa.array(
                    [_as(kinds.get(name, "text"), row.get(name)) for row in some], schema.field(name).type
                )
                for name in columns
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _as(kind: str, value: Cell) -> Cell:
    return str(value) if kind == "text" and value is not None else value
