"""What became of every segmentation that the watcher has seen; written before and after each step."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

from flr.errors import EnvironmentFailure, UsageError

State = Literal["waiting", "working", "done", "failed", "ignored"]
STATES: Final[tuple[State, ...]] = get_args(State)

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS items (
    series_uid TEXT PRIMARY KEY,
    study_uid TEXT NOT NULL,
    modality TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    rule TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    results INTEGER NOT NULL DEFAULT 0,
    changed REAL NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One segmentation series.

    Parameters
    ----------
    series_uid, study_uid : str
        For matching; never shown.
    modality : str
    state : {"waiting", "working", "done", "failed", "ignored"}
    attempts : int
        Attempts that failed for a reason of its own.
    rule : str
        Name of the rule by which it was assessed.
    reason : str
        Why it failed, waits or was ignored.
    results : int
        Objects in the archive.
    """

    series_uid: str = field(repr=False)
    study_uid: str = field(repr=False)
    modality: str
    state: State
    attempts: int = 0
    rule: str = ""
    reason: str = ""
    results: int = 0


class Ledger:
    """A table on disk that one worker writes; it survives that worker's end at any moment.

    Parameters
    ----------
    folder : Path
        Made when it is not there.

    Raises
    ------
    UsageError
        If another worker holds it.
    EnvironmentFailure
        If it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        with _told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            # Held as long as this process lives, and let go by the system when it ends.
            self._lock = sqlite3.connect(self.folder / "lock.sqlite", isolation_level=None, timeout=0.0)
            try:
                self._lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                self._lock.close()
                raise UsageError(
                    f"another worker uses {self.folder.name}; stop it, or give this one a folder of its own"
                ) from error
            self._table = sqlite3.connect(self.folder / "ledger.sqlite", isolation_level=None)
            self._table.execute("PRAGMA journal_mode=WAL")
            self._table.execute("PRAGMA synchronous=FULL")
            self._table.execute(_SCHEMA)

    def close(self) -> None:
        """Let go of the files."""
        self._table.close()
        self._lock.close()

    def add(
        self,
        series_uid: str,
        study_uid: str,
        modality: str,
        state: State = "waiting",
        *,
        rule: str = "",
        reason: str = "",
    ) -> bool:
        """Note a series; whether it was new."""
        row = (series_uid, study_uid, modality, state, rule, reason, time.time())
        with _told(self.folder):
            cursor = self._table.execute(
                "INSERT OR IGNORE INTO items (series_uid, study_uid, modality, state, rule, reason, changed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            return cursor.rowcount > 0

    def set(
        self,
        series_uid: str,
        state: State,
        *,
        reason: str = "",
        rule: str | None = None,
        results: int | None = None,
        attempts: int | None = None,
    ) -> None:
        """Say what became of a series; what is not given stays."""
        changes: dict[str, object] = {"state": state, "reason": reason, "changed": time.time()}
        given = {"rule": rule, "results": results, "attempts": attempts}
        changes |= {name: value for name, value in given.items() if value is not None}
        columns = ", ".join(f"{name} = ?" for name in changes)
        with _told(self.folder):
            self._table.execute(
                f"UPDATE items SET {columns} WHERE series_uid = ?", (*changes.values(), series_uid)
            )

    def items(self, *states: State) -> list[Item]:
        """Series in the order in which they were seen, in some states or in all."""
        chosen = states or STATES
        marks = ", ".join("?" for _ in chosen)
        with _told(self.folder):
            rows = self._table.execute(
                "SELECT series_uid, study_uid, modality, state, attempts, rule, reason, results FROM items"
                f" WHERE state IN ({marks}) ORDER BY rowid",
                chosen,
            ).fetchall()
        return [Item(*row) for row in rows]

    def retry_failed(self) -> int:
        """Let every failed series wait again; how many."""
        failed = self.items("failed")
        for item in failed:
            self.set(item.series_uid, "waiting", reason="failed before", attempts=0)
        return len(failed)

    def counts(self) -> Mapping[str, int]:
        """How many series are in each state."""
        with _told(self.folder):
            rows = self._table.execute("SELECT state, COUNT(*) FROM items GROUP BY state").fetchall()
        return {state: dict(rows).get(state, 0) for state in STATES}


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise EnvironmentFailure(
            f"the ledger in {folder.name} cannot be written or read ({error}); is the disk full?"
        ) from error
    except OSError as error:
        if isinstance(error, UsageError | EnvironmentFailure):
            raise
        raise EnvironmentFailure(
            f"cannot write into {folder}: {error.strerror}; choose a folder that can be written"
        ) from error
