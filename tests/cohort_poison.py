"""A batch runner whose poisoned cases end the process that runs them, for the tests of the engines."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from flr.cohort.manifest import CaseRow
from flr.cohort.unit import Outcome, Redo, run_case

POISON = "poison"


def run_batch(rows: Sequence[CaseRow], folder: Path, redo: Redo = "changed") -> list[Outcome]:
    """As :func:`flr.cohort.unit.run_batch`, but for the case called ``poison``."""
    outcomes = []
    for row in rows:
        if row.case_id == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        outcomes.append(run_case(row, folder, redo))
    return outcomes
