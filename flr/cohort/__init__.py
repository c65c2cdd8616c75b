"""Many cases: one unit of work each, run by any engine, with tables, a summary and agreement at the end.

    >>> from flr import cohort
    >>> cohort.bland_altman([30.0, 40.0], [31.0, 41.0]).bias_pp
    1.0

``cohort.read_manifest`` names the cases, ``cohort.run_cohort`` runs them, ``cohort.merge`` writes the tables,
``cohort.table`` is a data frame of them.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flr.cohort.agree import agreement, bland_altman, cohen_kappa
    from flr.cohort.layouts import read_layout
    from flr.cohort.manifest import CaseRow, read_manifest
    from flr.cohort.run import merge, run_cohort, run_part, status
    from flr.cohort.scenarios import flag_changes
    from flr.cohort.tables import table
    from flr.cohort.unit import Outcome, run_case

__all__ = [
    "CaseRow",
    "Outcome",
    "agreement",
    "bland_altman",
    "cohen_kappa",
    "flag_changes",
    "merge",
    "read_layout",
    "read_manifest",
    "run_case",
    "run_cohort",
    "run_part",
    "status",
    "table",
]

# Loaded when they are asked for: a command can start its workers while it still loads what it needs itself.
_HOME = {
    "CaseRow": "manifest",
    "Outcome": "unit",
    "agreement": "agree",
    "bland_altman": "agree",
    "cohen_kappa": "agree",
    "flag_changes": "scenarios",
    "merge": "run",
    "read_layout": "layouts",
    "read_manifest": "manifest",
    "run_case": "unit",
    "run_cohort": "run",
    "run_part": "run",
    "status": "run",
    "table": "tables",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"flr.cohort.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
