"""What is done: one file per case, whole or absent, whoever was killed when."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from flr.cohort.fingerprint import options_digest
from flr.cohort.manifest import CaseRow
from flr.errors import EnvironmentFailure, ReadError
from flr.files import write_bytes
from flr.version import VERSION

if TYPE_CHECKING:
    from flr.documents.csv import Cell

Status = Literal["done", "failed", "pending"]

CASE_SCHEMA: Final = "flr-cohort-case/1"
LIST_SCHEMA: Final = "flr-cohort-list/1"
LIST_NAME: Final = "cohort.jsonl"

_FOLDER = "cases"
_NAME_LENGTH = 32
_SEAL = b"sha256 "
_STALE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A case of the cohort and the name of its record, which is never its own name."""

    case_id: str
    record: str


@dataclass(frozen=True, slots=True)
class Head:
    """What a record says before its assessments.

    Parameters
    ----------
    case_id : str
    status : {"done", "failed"}
    kind : str
        Class of the error of a failed case, else empty.
    reason : str
        Why it failed, in words.
    again : bool
        Whether the failure lay outside the case (disk, memory, a worker that died), so that the next run
        tries it again.
    content : str
        Digest of the bytes of all its files.
    stamps : str or None
        Digest of their sizes and times; None where these cannot be trusted.
    scan : mapping of str to text or number
        What the row states about the scan, by column, which names its unit.
    schema : str
    """

    case_id: str
    status: Literal["done", "failed"]
    content: str
    stamps: str | None
    kind: str = ""
    reason: str = ""
    again: bool = False
    scan: Mapping[str, Cell] = field(default_factory=dict)
    schema: str = CASE_SCHEMA


@dataclass(frozen=True, slots=True)
class Record:
    """A case that was run: its head and its assessments as JSON, one line each."""

    head: Head
    lines: tuple[str, ...] = ()

    def documents(self) -> list[dict[str, Any]]:
        """The assessments, ``flr-assessment/2`` each."""
        return [json.loads(line) for line in self.lines]


def entry_of(row: CaseRow) -> Entry:
    """A row's case and where its record is kept; other options have another record."""
    return Entry(row.case_id, options_digest(row)[:_NAME_LENGTH])


def record_path(folder: Path, record: str) -> Path:
    """Where a record lies in the folder of a cohort."""
    return folder / _FOLDER / record[:2] / f"{record}.jsonl"


def write_record(folder: Path, entry: Entry, record: Record) -> None:
    """Put a record in place, whole, with its seal.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written.
    """
    head = json.dumps(asdict(record.head), ensure_ascii=False)
    body = "".join(f"{line}\n" for line in (head, *record.lines)).encode()
    seal = _SEAL + hashlib.sha256(body).hexdigest().encode() + b"\n"
    write_bytes(record_path(folder, entry.record), body + seal)


def read_record(folder: Path, entry: Entry) -> Record | None:
    """The record of a case; None where there is none, or what stands there is not whole.

    Raises
    ------
    EnvironmentFailure
        If it is there and cannot be read.
    """
    path = record_path(folder, entry.record)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnvironmentFailure(f"a record of the cohort cannot be read: {error.strerror}") from error
    start = content.rfind(b"\n", 0, -1) + 1
    body, seal = content[:start], content[start:]
    if seal != _SEAL + hashlib.sha256(body).hexdigest().encode() + b"\n":
        return None
    head, *lines = body.decode().split("\n")[:-1]
    return Record(Head(**json.loads(head)), tuple(lines))


def write_list(folder: Path, entries: Sequence[Entry]) -> None:
    """Write which cases the cohort has, unless that is what stands there already.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written.
    """
    lines = [json.dumps([entry.case_id, entry.record], ensure_ascii=False) for entry in entries]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    head = json.dumps({"schema": LIST_SCHEMA, "flr_version": VERSION, "cases": len(lines), "sha256": digest})
    path = folder / LIST_NAME
    if path.is_file():
        with path.open(encoding="utf-8") as stream:
            if stream.readline().rstrip("\n") == head:
                return
    write_bytes(path, "".join(f"{line}\n" for line in (head, *lines)).encode())


def read_list(folder: Path) -> tuple[Entry, ...]:
    """Which cases the cohort in a folder has.

    Raises
    ------
    ReadError
        If the folder is not one of a cohort.
    """
    path = folder / LIST_NAME
    try:
        head, *lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        known = json.loads(head)["schema"] == LIST_SCHEMA
        entries = tuple(Entry(*json.loads(line)) for line in lines)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ReadError(
            f"{folder.name} is not the folder of a cohort; give the --out of flr cohort run"
        ) from error
    if not known:
        raise ReadError(f"{folder.name} holds a cohort of another version; run it again into a new folder")
    return entries


def records(folder: Path, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Record | None]]:
    """Every case with its record, in order, one at a time."""
    for entry in entries:
        yield entry, read_record(folder, entry)


def sweep(folder: Path) -> None:
    """Remove what killed writers left behind, once it is old enough to belong to nobody alive."""
    limit = time.time() - _STALE_S
    for path in (folder / _FOLDER).glob("*/.flr-*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < limit:
                path.unlink()
