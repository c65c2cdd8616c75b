"""Kill a piece of work at every place where it changes the disk, each place once, and look at what stands.

The work runs in a child that is forked for each place, so that what is loaded is loaded once. A place is a
call that makes, writes, renames, flushes or removes something; the child is killed before it, and once more
half-way through what it writes.
"""

from __future__ import annotations

import builtins
import io
import os
import pickle
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

_CALLS = ("replace", "rename", "unlink", "rmdir", "mkdir", "fsync", "symlink")


class _Counter:
    """Counts places, and kills its own process at one of them."""

    def __init__(self, at: int | None, below: Path) -> None:
        self.count, self.at, self.below = 0, at, below

    def reached(self) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Only in a child: what is replaced here stays replaced."""
        for name in _CALLS:
            setattr(os, name, self._before(getattr(os, name)))
        whole_bytes, opened = Path.write_bytes, io.open

        def write_bytes(path: Path, data: bytes) -> int:
            self.reached()
            if self.count + 1 == self.at:  # half of it is written, and no more
                whole_bytes(path, bytes(data)[: len(data) // 2])
            self.reached()
            return whole_bytes(path, data)

        def open_file(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
            if set(mode) & set("wxa+") and self._is_below(file):
                self.reached()
            return opened(file, mode, *rest, **named)

        Path.write_bytes = write_bytes  # type: ignore[method-assign, assignment]
        io.open = builtins.open = open_file  # type: ignore[assignment]

    def _before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            if isinstance(arguments[0], int) or self._is_below(arguments[0]):
                self.reached()
            return call(*arguments, **named)

        return counted

    def _is_below(self, path: Any) -> bool:
        return not isinstance(path, int) and self.below in Path(os.fspath(path)).absolute().parents


def in_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """Run work in a forked child: how it ended (a signal is negative), and what it returned."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            answer = pickle.dumps(work())
        except BaseException as error:  # noqa: BLE001 the parent has to hear of it
            answer = pickle.dumps(repr(error))
            os.write(write, answer)
            os._exit(70)
        os.write(write, answer)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), pickle.loads(content) if content else None


def places(work: Callable[[], Any], below: Path) -> int:
    """How many places the work has at which it could be killed."""

    def counted() -> int:
        counter = _Counter(None, below)
        counter.install()
        work()
        return counter.count

    code, count = in_child(counted)
    if code != 0:
        raise AssertionError(f"the work does not run to its end: {count}")
    return int(count)


def killed_at(place: int, work: Callable[[], Any], below: Path) -> None:
    """Run the work and kill it at one place."""

    def doomed() -> None:
        _Counter(place, below).install()
        work()

    code, said = in_child(doomed)
    if code != -signal.SIGKILL:
        raise AssertionError(f"place {place}: expected to be killed, ended with {code}: {said}")
