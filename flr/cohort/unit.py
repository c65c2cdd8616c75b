"""The unit of work: one case, from its row to its record. Running it twice changes nothing."""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Literal

from flr.cohort import fetch
from flr.cohort.fingerprint import content_digest
from flr.cohort.ledger import Head, Record, entry_of, read_record, write_record
from flr.cohort.manifest import CaseRow
from flr.cohort.request import documents_of, request_of, stated_scan
from flr.errors import EnvironmentFailure, FLRError

Redo = Literal["changed", "failed", "all"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run of one case ended.

    Parameters
    ----------
    number : int
        Of the row in the manifest.
    status : {"done", "failed"}
    kind : str
        Class of the error of a failed case.
    fresh : bool
        False where the record that stood there still held.
    peak_bytes : int
        Largest memory of the process so far.
    """

    number: int
    status: Literal["done", "failed"]
    kind: str
    fresh: bool
    peak_bytes: int


class Isolated:
    """A block whose failure is kept instead of ending the run.

    Errors on purpose keep their message. Any other exception is a fault of ours or of a library on a file
    that nobody foresaw: its class and the place in our source are kept, never its text, which may hold
    anything that stands in the file.
    """

    def __init__(self) -> None:
        self.kind = ""
        self.reason = ""
        self.again = False

    def __enter__(self) -> Isolated:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if kind is None or error is None or not isinstance(error, Exception):
            return False  # what stops the whole run (an interrupt) is not ours to keep
        self.kind = kind.__name__
        if isinstance(error, FLRError):
            self.reason = " ".join(str(error).split())
            self.again = isinstance(error, EnvironmentFailure)
        elif isinstance(error, MemoryError):
            self.reason, self.again = "not enough memory for this case; run it with fewer workers", True
        elif isinstance(error, OSError):
            self.reason, self.again = f"a file could not be read: {error.strerror or self.kind}", True
        else:
            self.reason = f"unforeseen {self.kind} at {_place(trace)}; please report it"
        return True


def run_case(row: CaseRow, folder: Path, redo: Redo = "changed") -> Outcome:
    """Assess one case unless its record still holds, and write the record.

    Parameters
    ----------
    row : CaseRow
    folder : Path
        Of the cohort.
    redo : {"changed", "failed", "all"}
        What is run again: what has changed since, also what failed, or everything.

    Returns
    -------
    Outcome

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written; no other failure leaves this function.
    """
    entry = entry_of(row)
    known = None if redo == "all" else read_record(folder, entry)
    if known is not None and known.head.status == "failed" and (redo == "failed" or known.head.again):
        known = None
    work = _Work(row, known)
    isolated = Isolated()
    with isolated, warnings.catch_warnings():
        # Libraries quote what stands in a file when they warn.
        warnings.simplefilter("ignore")
        work.run()
    if work.record is None or isolated.kind:
        head = Head(
            case_id=row.case_id,
            status="failed",
            content=work.content,
            stamps=work.stamps,
            kind=isolated.kind,
            reason=isolated.reason,
            again=isolated.again,
        )
        work.record = Record(head)
    if work.record != known:
        write_record(folder, entry, work.record)
    head = work.record.head
    return Outcome(row.number, head.status, head.kind, work.fresh, peak_memory_bytes())


def fail_case(row: CaseRow, folder: Path, kind: str, reason: str) -> Outcome:
    """Record that a case failed from outside, for instance because it ends every process that runs it."""
    head = Head(
        case_id=row.case_id, status="failed", content="", stamps=None, kind=kind, reason=reason, again=True
    )
    write_record(folder, entry_of(row), Record(head))
    return Outcome(row.number, "failed", kind, fresh=True, peak_bytes=0)


def run_batch(rows: Sequence[CaseRow], folder: Path, redo: Redo = "changed") -> list[Outcome]:
    """Several cases, one after the other."""
    return [run_case(row, folder, redo) for row in rows]


class _Work:
    """The steps of one case; what they found so far stays readable when one of them fails."""

    def __init__(self, row: CaseRow, known: Record | None) -> None:
        self.row = row
        self.known = known
        self.record: Record | None = None
        self.content = ""
        self.stamps: str | None = None
        self.fresh = True

    def run(self) -> None:
        """Find the record that stands to be true, or make a new one."""
        before = fetch.stamps(self.row)
        settled = before.digest if before.settled else None
        if self.known is not None and settled is not None and settled == self.known.head.stamps:
            self._keep(self.known)
            return
        with fetch.opened(self.row) as paths:
            self.content = content_digest(self.row, paths)
            self.stamps = settled
            if self.known is not None and self.content == self.known.head.content:
                self._keep(replace(self.known, head=replace(self.known.head, stamps=settled)))
                return
            request = request_of(self.row, paths)
            lines = tuple(
                json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
                for document in documents_of(request)
            )
        if fetch.stamps(self.row).digest != before.digest:
            raise EnvironmentFailure(
                "a file of this case was changed while it was read; run the cohort again"
            )
        head = Head(
            case_id=self.row.case_id,
            status="done",
            content=self.content,
            stamps=settled,
            scan=stated_scan(request),
        )
        self.record = Record(head, lines)

    def _keep(self, record: Record) -> None:
        self.record, self.fresh = record, False


def peak_memory_bytes() -> int:
    """Largest memory of this process so far; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


def _place(trace: TracebackType | None) -> str:
    """File and line of our own code where something happened."""
    frames = [f for f in traceback.extract_tb(trace) if "flr" in Path(f.filename).parts]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
