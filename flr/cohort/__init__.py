"""Many cases: one unit of work each, run by any engine, with tables, a summary and agreement at the end.

    >>> from flr import cohort
    >>> cohort.bland_altman([30.0, 40.0], [31.0, 41.0]).bias_pp
    1.0

``cohort.read_manifest`` names the cases, ``cohort.run_cohort`` runs them, ``cohort.merge`` writes the tables,
``cohort.table`` is a data frame of them.
"""

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
