"""Future liver remnant volumetry: it measures and flags; it never decides.

Public names are loaded when they are first used, so that ``import flr`` costs next to nothing.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from flr.documented import Writer, written_by
from flr.version import VERSION as __version__

if TYPE_CHECKING:
    # As themselves: type checkers take that for names that are given on.
    from flr import notebook as notebook
    from flr import pictures as pictures
    from flr.assessment import Assessment as Assessment
    from flr.assessment import Options as Options
    from flr.assessment import assess as assess
    from flr.assessment import assess_numbers as assess_numbers
    from flr.assessment import assess_plans as assess_plans
    from flr.case import Case as Case
    from flr.criteria import Criterion as Criterion
    from flr.criteria import SiteLimits as SiteLimits
    from flr.criteria.scores import Score as Score
    from flr.donor import DonorPlan as DonorPlan
    from flr.donor import donor_plan as donor_plan
    from flr.errors import CriterionError as CriterionError
    from flr.errors import EnvironmentFailure as EnvironmentFailure
    from flr.errors import FLRError as FLRError
    from flr.errors import FLRWarning as FLRWarning
    from flr.errors import GeometryError as GeometryError
    from flr.errors import LabelError as LabelError
    from flr.errors import PatientError as PatientError
    from flr.errors import PlanError as PlanError
    from flr.errors import ReadError as ReadError
    from flr.errors import UsageError as UsageError
    from flr.formulas import standard_liver_volume as standard_liver_volume
    from flr.formulas.scores import albi_score as albi_score
    from flr.formulas.scores import meld_score as meld_score
    from flr.geometry import Grid as Grid
    from flr.growth import FollowUp as FollowUp
    from flr.growth import follow_up as follow_up
    from flr.io.case import read_case as read_case
    from flr.io.case import read_scans as read_scans
    from flr.io.label_maps import read_labels as read_labels
    from flr.io.memory import liver_from_labels as liver_from_labels
    from flr.io.read import read_liver as read_liver
    from flr.labels import LabelMap as LabelMap
    from flr.labels import LabelScheme as LabelScheme
    from flr.labels import Tissue as Tissue
    from flr.liver import Fate as Fate
    from flr.liver import Liver as Liver
    from flr.liver import VolumeTable as VolumeTable
    from flr.liver import measure as measure
    from flr.measures import Measures as Measures
    from flr.patient import Patient as Patient
    from flr.plans import Plan as Plan
    from flr.plans import parse_plan as parse_plan
    from flr.plans.staged import StagedPlan as StagedPlan
    from flr.plansearch import SearchResult as SearchResult
    from flr.plansearch import search as search
    from flr.quality import QualityFinding as QualityFinding
    from flr.staging import StagedResult as StagedResult
    from flr.staging import stage_by_stage as stage_by_stage
    from flr.tumours import TumourSet as TumourSet
    from flr.tumours import find_tumours as find_tumours

_HOME = {
    "Assessment": "flr.assessment",
    "Options": "flr.assessment",
    "assess": "flr.assessment",
    "assess_numbers": "flr.assessment",
    "assess_plans": "flr.assessment",
    "Case": "flr.case",
    "Criterion": "flr.criteria",
    "SiteLimits": "flr.criteria",
    "Score": "flr.criteria.scores",
    "DonorPlan": "flr.donor",
    "donor_plan": "flr.donor",
    "CriterionError": "flr.errors",
    "EnvironmentFailure": "flr.errors",
    "FLRError": "flr.errors",
    "FLRWarning": "flr.errors",
    "GeometryError": "flr.errors",
    "LabelError": "flr.errors",
    "PatientError": "flr.errors",
    "PlanError": "flr.errors",
    "ReadError": "flr.errors",
    "UsageError": "flr.errors",
    "FollowUp": "flr.growth",
    "follow_up": "flr.growth",
    "standard_liver_volume": "flr.formulas",
    "albi_score": "flr.formulas.scores",
    "meld_score": "flr.formulas.scores",
    "Grid": "flr.geometry",
    "read_case": "flr.io.case",
    "read_scans": "flr.io.case",
    "read_labels": "flr.io.label_maps",
    "liver_from_labels": "flr.io.memory",
    "read_liver": "flr.io.read",
    "LabelMap": "flr.labels",
    "LabelScheme": "flr.labels",
    "Tissue": "flr.labels",
    "Fate": "flr.liver",
    "Liver": "flr.liver",
    "VolumeTable": "flr.liver",
    "measure": "flr.liver",
    "Measures": "flr.measures",
    "Patient": "flr.patient",
    "Plan": "flr.plans",
    "parse_plan": "flr.plans",
    "StagedPlan": "flr.plans.staged",
    "QualityFinding": "flr.quality",
    "SearchResult": "flr.plansearch",
    "search": "flr.plansearch",
    "StagedResult": "flr.staging",
    "stage_by_stage": "flr.staging",
    "TumourSet": "flr.tumours",
    "find_tumours": "flr.tumours",
}
"""Public name to the module that it is loaded from."""

_PACKAGES = ("notebook", "pictures")
"""Loaded like the names, for those who write ``flr.notebook.compare(…)`` after ``import flr``."""

__all__ = [
    "Assessment",
    "Case",
    "Criterion",
    "CriterionError",
    "DonorPlan",
    "EnvironmentFailure",
    "FLRError",
    "FLRWarning",
    "Fate",
    "FollowUp",
    "GeometryError",
    "Grid",
    "LabelError",
    "LabelMap",
    "LabelScheme",
    "Liver",
    "Measures",
    "Options",
    "Patient",
    "PatientError",
    "Plan",
    "PlanError",
    "QualityFinding",
    "ReadError",
    "Score",
    "SearchResult",
    "SiteLimits",
    "StagedPlan",
    "StagedResult",
    "Tissue",
    "TumourSet",
    "UsageError",
    "VolumeTable",
    "__version__",
    "albi_score",
    "assess",
    "assess_numbers",
    "assess_plans",
    "donor_plan",
    "find_tumours",
    "follow_up",
    "liver_from_labels",
    "measure",
    "meld_score",
    "parse_plan",
    "read_case",
    "read_labels",
    "read_liver",
    "read_scans",
    "search",
    "stage_by_stage",
    "standard_liver_volume",
]


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, *_PACKAGES})


def _writer() -> Writer:
    """What writes the documents of results."""
    from flr.documents import records

    return records


written_by(_writer)


def _show_in_notebooks() -> None:
    """Inside IPython, have results show themselves as tables."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        from flr.notebook.displays import register

        register(shell)


if "IPython" in sys.modules:
    _show_in_notebooks()
