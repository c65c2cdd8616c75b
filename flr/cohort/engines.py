"""Who runs the cases: this process, several on this machine, or a Dask cluster. The records are the same."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Final

from flr.cohort.manifest import CaseRow
from flr.cohort.server import ONE_THREAD, pool
from flr.cohort.unit import Outcome, Redo, fail_case, run_batch, run_case
from flr.errors import EnvironmentFailure, UsageError

LOCAL: Final = "local"
"""As ``scheduler``: a Dask cluster of this machine's own."""

MOST_PER_TASK: Final = 16
MOST_PER_DASK_TASK: Final = 100
"""A task costs Dask about 2 ms, so that a hundred cases of 20 ms hide it."""

_TASKS_PER_WORKER = 4  # at least, so that the last task does not keep everybody waiting
_AHEAD = 2  # tasks per worker that are handed out before one is finished
_TIMES_ALONE = 2  # chances of a case that may have ended its process, in a process of its own

# Dask has workers give memory back at once, and glibc then no longer learns to keep the arrays of a case:
# each is mapped and faulted in anew, which costs half as much again. glibc learns these values by itself.
_ALLOCATOR: Final = {
    "MALLOC_TRIM_THRESHOLD_": 64 << 20,
    "MALLOC_MMAP_THRESHOLD_": 32 << 20,
    **ONE_THREAD,
}

_DIED = "its process died whenever it ran alone: too little memory, or a fault in a library"

Batch = tuple[CaseRow, ...]


def run_serial(rows: Sequence[CaseRow], folder: Path, *, redo: Redo = "changed") -> Iterator[Outcome]:
    """Run cases one by one in this process."""
    for row in rows:
        yield run_case(row, folder, redo)


def run_processes(
    rows: Sequence[CaseRow],
    folder: Path,
    *,
    workers: int,
    batch: int | None = None,
    redo: Redo = "changed",
) -> Iterator[Outcome]:
    """Run cases in worker processes of this machine.

    A worker that dies takes nobody with it: the cases it may have held are run again, first each by
    itself, and what is left in a process of its own. A case that ends its process twice there is recorded
    as failed. Workers end with the process that started them, however that ended.

    Parameters
    ----------
    rows : sequence of CaseRow
    folder : Path
    workers : int
    batch : int, optional
        Cases per task.
    redo : {"changed", "failed", "all"}

    Yields
    ------
    Outcome
        In the order in which cases end.
    """
    size = batch or batch_size(len(rows), workers, MOST_PER_TASK)
    rounds = [(workers, size), (workers, 1), *[(1, 1)] * _TIMES_ALONE]
    left = list(rows)
    for some, per_task in rounds:
        suspects: list[CaseRow] = []
        yield from _round(left, folder, some, per_task, redo, suspects)
        left = sorted(suspects, key=lambda row: row.number)
        if not left:
            return
    for row in left:
        yield fail_case(row, folder, "WorkerDied", _DIED)


def run_dask(
    rows: Sequence[CaseRow],
    folder: Path,
    *,
    scheduler: str = LOCAL,
    workers: int | None = None,
    batch: int | None = None,
    redo: Redo = "changed",
) -> Iterator[Outcome]:
    """Run cases on a Dask cluster whose workers see the same files and the same folder.

    Parameters
    ----------
    rows : sequence of CaseRow
    folder : Path
    scheduler : str
        Address such as ``tcp://host:8786``, or ``local`` for a cluster of this machine's own.
    workers : int, optional
        Of the local cluster.
    batch : int, optional
        Cases per task.
    redo : {"changed", "failed", "all"}

    Yields
    ------
    Outcome
        In the order in which cases end.

    Raises
    ------
    EnvironmentFailure
        If Dask is missing, the scheduler cannot be reached, or its workers do not see the folder.
    """
    with dask_client(scheduler, workers) as client:
        yield from run_on(client, rows, folder, batch=batch, redo=redo)


def run_on(
    client: Any,
    rows: Sequence[CaseRow],
    folder: Path,
    *,
    batch: int | None = None,
    redo: Redo = "changed",
) -> Iterator[Outcome]:
    """Run cases with a Dask client that is connected already. As :func:`run_dask` otherwise."""
    n_workers = max(1, len(client.scheduler_info()["workers"]))
    size = batch or batch_size(len(rows), n_workers, MOST_PER_DASK_TASK)
    left = list(rows)
    for per_task in (size, 1):
        suspects: list[CaseRow] = []
        yield from _dask_round(client, _batches(left, per_task), folder, redo, suspects)
        left = sorted(suspects, key=lambda row: row.number)
        if not left:
            return
    # One after the other: a case that waits behind one that kills its worker is blamed with it.
    for row in left:
        alone: list[CaseRow] = []
        yield from _dask_round(client, [(row,)], folder, redo, alone)
        if alone:
            yield fail_case(row, folder, "WorkerDied", _DIED)


def batch_size(cases: int, workers: int, most: int) -> int:
    """Cases per task: few enough that every worker gets several tasks.

    >>> batch_size(2000, 2, 16), batch_size(20, 2, 16), batch_size(3, 8, 16)
    (16, 2, 1)
    """
    return max(1, min(most, cases // (workers * _TASKS_PER_WORKER)))


def default_workers() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _batches(rows: Sequence[CaseRow], size: int) -> list[Batch]:
    return [tuple(rows[start : start + size]) for start in range(0, len(rows), size)]


# --- processes --------------------------------------------------------------------------------


def _round(
    rows: Sequence[CaseRow], folder: Path, workers: int, size: int, redo: Redo, suspects: list[CaseRow]
) -> Iterator[Outcome]:
    """Run batches; the cases that were handed out when a worker died become suspects."""
    waiting = _batches(rows, size)[::-1]
    # A case that runs alone must be the only one in its process, or another would be blamed for it.
    ahead = 1 if (workers, size) == (1, 1) else workers * _AHEAD
    while waiting:
        with pool(min(workers, len(waiting))) as executor:
            running: dict[Future[list[Outcome]], Batch] = {}
            broken = False
            while (waiting and not broken) or running:
                while waiting and not broken and len(running) < ahead:
                    batch = waiting.pop()
                    try:
                        running[executor.submit(run_batch, batch, folder, redo)] = batch
                    except BrokenProcessPool:
                        waiting.append(batch)
                        broken = True
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    batch = running.pop(future)
                    try:
                        yield from future.result()
                    except BrokenProcessPool:
                        suspects.extend(batch)
                        broken = True


# --- Dask -------------------------------------------------------------------------------------


@contextlib.contextmanager
def dask_client(scheduler: str, workers: int | None = None) -> Iterator[Any]:
    """A client of a scheduler, or of a cluster of this machine's own. Raises as :func:`run_dask`."""
    try:
        distributed: Any = importlib.import_module("distributed")
        dask: Any = importlib.import_module("dask")
    except ImportError as error:
        raise EnvironmentFailure("a Dask cluster needs Dask: pip install 'flr[cluster]'") from error
    with contextlib.ExitStack() as stack:
        if scheduler == LOCAL:
            stack.enter_context(dask.config.set({"distributed.nanny.pre-spawn-environ": _ALLOCATOR}))
            address: Any = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=workers or default_workers(),
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address=None,
                    silence_logs=40,
                )
            )
        elif workers is not None:
            raise UsageError("--workers belongs to this machine; a scheduler elsewhere has its own workers")
        else:
            address = scheduler
        try:
            client = stack.enter_context(distributed.Client(address, set_as_default=False))
        except (OSError, ValueError) as error:
            raise EnvironmentFailure(
                f"no Dask scheduler answers at {scheduler}; start one, or give --workers to run here"
            ) from error
        yield client


def _dask_round(
    client: Any, batches: Sequence[Batch], folder: Path, redo: Redo, suspects: list[CaseRow]
) -> Iterator[Outcome]:
    distributed: Any = importlib.import_module("distributed")
    given = {
        client.submit(run_batch, batch, folder, redo, pure=False, key=_key(number)): batch
        for number, batch in enumerate(batches)
    }
    for future in distributed.as_completed(list(given), loop=client.loop):
        batch = given.pop(future)
        error = future.exception()
        if error is None:
            outcomes: list[Outcome] = future.result()
            _check_shared(outcomes, batch, folder)
            yield from outcomes
        elif isinstance(error, EnvironmentFailure):
            raise error
        else:
            suspects.extend(batch)
        future.release()


def _key(number: int) -> str:
    return f"flr-cohort-{os.getpid()}-{number}-{os.urandom(4).hex()}"


def _check_shared(outcomes: Sequence[Outcome], batch: Batch, folder: Path) -> None:
    from flr.cohort.ledger import entry_of, record_path

    if outcomes and not record_path(folder, entry_of(batch[0]).record).is_file():
        raise EnvironmentFailure(
            f"the Dask workers write records that are not seen here; {folder.name} must be a folder that all "
            "machines share, given by the same path"
        )
