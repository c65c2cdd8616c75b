"""The process that worker processes are forked from; it has loaded what they need, once for all of them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait as wait_for_end
from typing import Any, Final

PRELOADED: Final = ("flr.cohort.unit", "flr.io.read", "flr.assessment")
"""Modules that every worker finds loaded."""

ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""A worker for each processor leaves no processor for a second thread."""

_FORK_SERVER = "forkserver"


def start_server() -> None:
    """Start the server, which loads its modules while the caller goes on; a second call does nothing."""
    if _FORK_SERVER not in multiprocessing.get_all_start_methods():
        return
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(list(PRELOADED))
    with _environment(ONE_THREAD):
        forkserver.ensure_running()


@contextlib.contextmanager
def pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that leave interrupts to this one and end when it has ended.

    They are never forks of this process: a fork of a process with threads (NumPy's, a notebook's) can hang.
    """
    start_server()
    methods = multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context(_FORK_SERVER if _FORK_SERVER in methods else "spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _environment(defaults: dict[str, str]) -> Iterator[None]:
    """Environment variables for a child that is started meanwhile; what is set already stays."""
    added = [name for name in defaults if name not in os.environ]
    os.environ.update({name: defaults[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for_end([sentinel])
    os._exit(1)
