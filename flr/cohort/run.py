"""A cohort from its rows to its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from flr.cohort import engines
from flr.cohort.ledger import Entry, entry_of, read_list, records, sweep, write_list
from flr.cohort.manifest import CaseRow
from flr.cohort.memory import check_memory, workers_that_fit
from flr.cohort.summary import SUMMARY_NAME, Summary, Tally, summary_html
from flr.cohort.tables import write_results
from flr.cohort.unit import Outcome, Redo
from flr.errors import EnvironmentFailure, FLRError
from flr.files import write_text


def run_cohort(
    rows: Sequence[CaseRow],
    out_dir: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    batch: int | None = None,
    redo: Redo = "changed",
) -> Iterator[Outcome]:
    """Run every case that has changed since the last run, as the caller iterates.

    Parameters
    ----------
    rows : sequence of CaseRow
    out_dir : Path
        Folder of the cohort; a second run goes on in it.
    workers : int, optional
        Processes; 0 runs the cases in this one. As many as there are processors and memory for by default.
    scheduler : str, optional
        A Dask scheduler, or ``local``, in place of processes.
    batch : int, optional
        Cases per task.
    redo : {"changed", "failed", "all"}
        What is run although its record is there.

    Yields
    ------
    Outcome
        One per case, in the order in which they end.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written, the workers do not fit into memory, or the cluster is not there.
    """
    folder = Path(out_dir).absolute()
    _prepare(folder)
    write_list(folder, [entry_of(row) for row in rows])
    sweep(folder)
    if scheduler is not None:
        yield from engines.run_dask(
            rows, folder, scheduler=scheduler, workers=workers, batch=batch, redo=redo
        )
        return
    if workers is None:
        workers = workers_that_fit(rows, min(engines.default_workers(), len(rows)))
    elif workers > 0:
        workers = min(workers, len(rows))
        check_memory(rows, workers)
    if workers == 0:
        yield from engines.run_serial(rows, folder, redo=redo)
    else:
        yield from engines.run_processes(rows, folder, workers=workers, batch=batch, redo=redo)


def run_part(
    rows: Sequence[CaseRow], chosen: Sequence[CaseRow], out_dir: Path, *, redo: Redo = "changed"
) -> Iterator[Outcome]:
    """Run some cases of a manifest in this process: the unit of an array job. Raises as `run_cohort`."""
    folder = Path(out_dir).absolute()
    _prepare(folder)
    write_list(folder, [entry_of(row) for row in rows])
    yield from engines.run_serial(chosen, folder, redo=redo)


def merge(
    out_dir: Path, *, entries: Sequence[Entry] | None = None, formats: Sequence[str] = ("csv",)
) -> Summary:
    """Write tables and summary page from the records that are there.

    Parameters
    ----------
    out_dir : Path
    entries : sequence of Entry, optional
        By default the cases of the last run in this folder.
    formats : sequence of {"csv", "parquet"}

    Returns
    -------
    Summary

    Raises
    ------
    ReadError
        If the folder is not one of a cohort.
    EnvironmentFailure
        If it cannot be written.
    """
    folder = Path(out_dir)
    cases = read_list(folder) if entries is None else entries
    try:
        summary = write_results(folder, cases, formats)
    except OSError as error:
        if isinstance(error, FLRError):
            raise
        raise EnvironmentFailure(
            f"cannot write the tables into {folder.name}: {error.strerror}; is the disk full?"
        ) from error
    write_text(folder / SUMMARY_NAME, summary_html(summary))
    return summary


def status(out_dir: Path) -> Summary:
    """What the records say so far; nothing is written. Raises as `merge`."""
    folder = Path(out_dir)
    tally = Tally()
    for entry, record in records(folder, read_list(folder)):
        tally.add(entry, record)
    return tally.summary()


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentFailure(
            f"cannot make {folder.name}: {error.strerror}; choose a folder that can be written"
        ) from error
