"""Progress on standard error: nothing for what is quick, the step at hand for what takes longer."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from flr.stages import listening

QUIET: Final = "--quiet"

FIRST_S = 0.8
"""Seconds after which a command says what it is doing: before two have passed."""

_APART_S: Final = 1.0
_AGAIN_S: Final = 10.0

_OWN: Final = frozenset({"cohort", "bids", "pacs", "selftest"})
"""Commands that tell their progress themselves."""

_LISTS: Final = frozenset({"criteria", "formulas", "plans", "schemes"})
"""Commands that read nothing, or one small file: there is no step to tell."""


@contextmanager
def told(command: str, arguments: Sequence[str]) -> Iterator[None]:
    """Have the steps of a command told on standard error, unless it is asked to be quiet."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if command in _OWN | _LISTS or QUIET in options:
        yield
        return
    teller = _Teller(command)
    teller.start()
    try:
        with listening(teller.step):
            yield
    finally:
        teller.stop()


class _Teller(threading.Thread):
    """Says the step at hand: first after `FIRST_S`, then each new one, and that one still goes on."""

    def __init__(self, command: str) -> None:
        super().__init__(name="progress", daemon=True)
        self._command = command
        self._step = "starting"
        self._done = threading.Event()
        self._begun_s = time.monotonic()

    def step(self, words: str) -> None:
        """Take the step that begins."""
        self._step = words

    def stop(self) -> None:
        """Say no more."""
        self._done.set()
        self.join(timeout=1.0)

    def run(self) -> None:
        """Wait and say, until the command is done."""
        said, at_s = "", 0.0
        wait_s = FIRST_S
        while not self._done.wait(wait_s):
            step, now_s = self._step, time.monotonic()
            if step != said or now_s - at_s >= _AGAIN_S:
                spent = f" ({now_s - self._begun_s:.0f} s)" if said else ""
                try:
                    print(f"flr {self._command}: {step}{spent}", file=sys.stderr, flush=True)
                except (OSError, ValueError):  # nobody can hear it
                    return
                said, at_s = step, now_s
            wait_s = _APART_S
