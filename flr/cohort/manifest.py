"""Which cases a cohort has: tables whose columns are the options of ``flr assess``, one row per case."""

from __future__ import annotations

import csv
import difflib
import io
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final

from flr.errors import EnvironmentFailure, FLRWarning, ReadError, UsageError
from flr.facts import taken_by
from flr.files import OFFICE_ENCODINGS, file_status, guessed_encoding, read_file, read_text
from flr.labels import ROLES
from flr.liver import INSISTED
from flr.words import british_spelling

PATH_COLUMNS: Final = ("inputs", *ROLES, "image", "second_reader")
"""Columns that name files or folders of a liver; ``tumours`` may say ``none`` instead."""

COLUMNS: Final = (
    "case_id",
    *PATH_COLUMNS,
    "scheme",
    "labels",
    "resample",
    *INSISTED,
    "plan",
    "intent",
    *(fact.column for fact in taken_by("manifest")),
    "bsa_formula",
    "standard_volume_formula",
    "limits",
    "limits_source",
    "accept",
    "errors",
    "site",
    "vessels_count",
    "strict",
    "only",
)
"""Every column that a manifest may have, named like the options of ``flr assess``; ``only`` is its own."""

OWN_PREFIX: Final = "x_"
"""Columns that begin with it belong to the user and are not read."""

_NOT_KNOWN = ("", "na", "n/a", "nan", "null")
_DELIMITERS = (",", ";", "\t")
_EXPECTED = "a manifest as CSV or Parquet"
_MOST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case as the manifest words it; nothing in it has been checked or opened yet.

    Parameters
    ----------
    case_id : str
        Name of the case in every output; must not identify the patient.
    number : int
        Its place in the manifest, from 1.
    cells : mapping of str to str
        Column to text, for the cells that say something. Several values are parted by ``;``.
    folder : str
        What relative paths are relative to.
    named_for : str
        Another case of the manifest, whose name a folder or file of this one bears instead of its own.
    """

    case_id: str
    number: int
    cells: Mapping[str, str] = field(default_factory=dict)
    folder: str = "."
    named_for: str = ""


def read_manifest(path: Path, *, defaults: Mapping[str, str] | None = None) -> tuple[CaseRow, ...]:
    """Read a manifest.

    Parameters
    ----------
    path : Path
        CSV (parted by commas, semicolons or tabs) or Parquet. Columns are :data:`COLUMNS`; those that
        begin with ``x_`` are the user's own. Paths are relative to the manifest.
    defaults : mapping of str to str, optional
        For the cells that are empty.

    Returns
    -------
    tuple of CaseRow
        In the order of the table. A cell that cannot be understood fails its case when it is run, not
        the manifest.

    Raises
    ------
    ReadError
        If the file cannot be read, a column is unknown or repeated, or a case has no name or the name
        of another one.
    EnvironmentFailure
        If it is Parquet and the library for it is missing.

    Warns
    -----
    FLRWarning
        If the text is not UTF-8, so that its encoding was guessed.
    """
    path = Path(path)
    header, rows = _parquet(path) if path.suffix.casefold() == ".parquet" else _csv(path)
    columns = _columns(header, path.name)
    folder = str(path.absolute().parent)
    return case_rows(
        ({name: text for name, text in zip(columns, row, strict=True) if name} for row in rows),
        folder=folder,
        defaults=defaults,
        source=path.name,
    )


def case_rows(
    tables: Iterable[Mapping[str, str]],
    *,
    folder: str,
    defaults: Mapping[str, str] | None = None,
    source: str = "the cohort",
) -> tuple[CaseRow, ...]:
    """Rows from mappings of column to text, with their names checked.

    Raises
    ------
    ReadError
        If a case has no name, or the name of another one, or there is no case at all.
    """
    found: list[CaseRow] = []
    first: dict[str, int] = {}
    for number, table in enumerate(tables, start=1):
        known = {
            name: text.strip() for name, text in table.items() if text.strip().casefold() not in _NOT_KNOWN
        }
        case_id = known.pop("case_id", "")
        if not case_id or not case_id.isprintable():
            raise ReadError(
                f"{source}: case {number} has no case_id; give every case a printable name that does not "
                "identify the patient"
            )
        if case_id in first:
            raise ReadError(
                f"{source}: cases {first[case_id]} and {number} have the same case_id; give each its own name"
            )
        first[case_id] = number
        found.append(CaseRow(case_id, number, {**(defaults or {}), **known}, folder))
    if not found:
        raise ReadError(f"{source} names no case; expected one row per case below the column names")
    return tuple(replace(row, named_for=other) for row, other in zip(found, _exchanged(found), strict=True))


def _exchanged(rows: Sequence[CaseRow]) -> list[str]:
    """For each row the other case that its files are named for; empty where files are not named for cases.

    Files are named for cases where those of most rows bear the row's own name, as a folder's name or as all
    of a file's before its first dot or underscore.
    """
    by_name = {row.case_id.casefold(): row.case_id for row in rows}
    borne = [_names_in(row) & by_name.keys() for row in rows]
    own = [row.case_id.casefold() in names for row, names in zip(rows, borne, strict=True)]
    others = [
        "" if is_own or len(names) != 1 else by_name[next(iter(names))]
        for is_own, names in zip(own, borne, strict=True)
    ]
    named = sum(own) + sum(map(bool, others))
    return others if named > 0.5 * len(rows) else [""] * len(rows)


def _names_in(row: CaseRow) -> set[str]:
    """Names of folders and files in a row's paths, without their endings, in small letters."""
    names: set[str] = set()
    for column in PATH_COLUMNS:
        for text in row.cells.get(column, "").split(";"):
            for part in re.split(r"[/\\]", text.strip()):
                names |= {part.casefold(), re.split(r"[._]", part.casefold())[0]}
    return names - {""}


def manifest_csv(rows: Sequence[CaseRow], *, more: Sequence[str] = ()) -> str:
    """Rows as CSV text, for a person to complete; ``more`` are columns to add although they are empty."""
    used = {name for row in rows for name in row.cells}
    columns = [name for name in COLUMNS if name == "case_id" or name in used or name in more]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = {"case_id": row.case_id, **row.cells}
        writer.writerow([cells.get(name, "") for name in columns])
    return stream.getvalue()


def column_name(text: str) -> str:
    """A column as the option that it stands for.

    >>> column_name(" --Child-Pugh"), column_name("Tumors")
    ('child_pugh', 'tumours')
    """
    return british_spelling(text.strip().removeprefix("--").casefold().replace("-", "_"))


def plan_file(text: str) -> tuple[str, str] | None:
    """Path and side (``:front``) of a plan that is a file; None for a plan in words.

    >>> plan_file("plans/cut.mrk.json:back"), plan_file("cut.json"), plan_file("H5678")
    (('plans/cut.mrk.json', ':back'), ('cut.json', ''), None)
    """
    if ".json" not in text.casefold():
        return None
    from flr.plans import SIDES
    from flr.plans.notation import joined_file

    if joined_file(text) is not None:
        return None  # refused when its case is run

    path, _, side = text.strip().rpartition(":")
    if side in SIDES and path.casefold().endswith(".json"):
        return path, f":{side}"
    return (text.strip(), "") if text.strip().casefold().endswith(".json") else None


def _columns(header: Sequence[str], source: str) -> list[str]:
    """Column names, with None's place taken by "" for a column that is not ours."""
    names = [column_name(text) for text in header]
    for name, given in zip(names, header, strict=True):
        if name and name not in COLUMNS and not name.startswith(OWN_PREFIX):
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected some of {', '.join(COLUMNS)};"
            raise ReadError(
                f"{source}: no option is called {given.strip()!r}; {hint} a column of your own begins with "
                f"{OWN_PREFIX}"
            )
    ours = [name if name in COLUMNS else "" for name in names]
    twice = sorted({name for name in ours if name and ours.count(name) > 1})
    if twice:
        raise ReadError(
            f"{source}: two columns are called {twice[0]!r}; give several values in one cell, parted by ;"
        )
    if "case_id" not in ours:
        raise ReadError(f"{source}: no column case_id; expected one row per case with its name")
    return ours


def _csv(path: Path) -> tuple[list[str], Iterable[list[str]]]:
    text = read_text(path, expected=_EXPECTED, most_bytes=_MOST_BYTES, encodings=OFFICE_ENCODINGS)
    encoding = guessed_encoding(read_file(path, expected=_EXPECTED, most_bytes=_MOST_BYTES))
    if encoding:
        warnings.warn(
            f"{path.name} is not UTF-8 text and was read as {encoding}: check names with accents, or save it"
            " as UTF-8",
            FLRWarning,
            stacklevel=3,
        )
    first_line = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise ReadError(f"{path.name}, line {reader.line_num}: not a table ({error})") from error
    if not lines:
        raise ReadError(f"{path.name} is empty; expected column names and one row per case")
    header, *rows = lines
    for number, row in enumerate(rows, start=1):
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            raise ReadError(
                f"{path.name}: case {number} has {len(row)} cells for {len(header)} columns; put quotes "
                "around a cell that holds the delimiter"
            )
    return header, ((row + [""] * len(header))[: len(header)] for row in rows)


def _parquet(path: Path) -> tuple[list[str], Iterable[list[str]]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise EnvironmentFailure(
            "a manifest as Parquet needs pyarrow: pip install 'flr[tables]', or give it as CSV"
        ) from error
    file_status(path, expected=_EXPECTED)
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise ReadError(
            f"{path.name} is not a Parquet table; expected a manifest as CSV or Parquet"
        ) from error
    header = [str(name) for name in table.column_names]
    return header, ([_cell(row[name]) for name in header] for row in table.to_pylist())


def _cell(value: Any) -> str:
    """A typed cell as the text that a CSV would hold."""
    if value is None or value != value:  # NaN is how a float column says that nothing is known
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()  # how data frames keep a day
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, list | tuple):
        return ";".join(_cell(item) for item in value)
    return str(value)


def chosen(rows: Sequence[CaseRow], text: str) -> tuple[CaseRow, ...]:
    """The rows that ``N`` or ``N-M`` names, counted from 1.

    Raises
    ------
    UsageError
        If it is neither, or there are no such rows.
    """
    first, dash, last = text.partition("-")
    try:
        start, stop = int(first), int(last if dash else first)
    except ValueError:
        raise UsageError(f"--case {text!r}; expected a number from 1, or a range such as 101-200") from None
    if not 1 <= start <= stop or start > len(rows):
        raise UsageError(f"--case {text}: the manifest has {len(rows)} cases, counted from 1")
    return tuple(rows[start - 1 : stop])
