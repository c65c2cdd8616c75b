"""Future liver remnant volumetry: it measures and flags; it never decides.

Public names are loaded when they are first used, so that ``import flr`` costs next to nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flr.version import VERSION as __version__

if TYPE_CHECKING:
    from flr.assess import Assessment, assess, assess_numbers, assess_plans
    from flr.case import Case
    from flr.donor import donor_plan
    from flr.errors import (
        CriterionError,
        FLRError,
        FLRWarning,
        GeometryError,
        LabelError,
        PatientError,
        PlanError,
        ReadError,
    )
    from flr.followup import follow_up
    from flr.geometry import Grid
    from flr.io.case import read_case, read_scans
    from flr.io.label_maps import read_labels
    from flr.io.memory import liver_from_labels
    from flr.io.read import read_liver
    from flr.labels import LabelMap, LabelScheme, Tissue
    from flr.liver import Fate, Liver, VolumeTable, measure
    from flr.measures import Measures
    from flr.patient import Patient
    from flr.plans import Plan, parse_plan
    from flr.plans.staged import StagedPlan
    from flr.quality import QualityFinding
    from flr.search import search
    from flr.staging import stage_by_stage
    from flr.tumours import find_tumours

_HOME = {
    "Assessment": "flr.assess",
    "assess": "flr.assess",
    "assess_numbers": "flr.assess",
    "assess_plans": "flr.assess",
    "Case": "flr.case",
    "donor_plan": "flr.donor",
    "CriterionError": "flr.errors",
    "FLRError": "flr.errors",
    "FLRWarning": "flr.errors",
    "GeometryError": "flr.errors",
    "LabelError": "flr.errors",
    "PatientError": "flr.errors",
    "PlanError": "flr.errors",
    "ReadError": "flr.errors",
    "follow_up": "flr.followup",
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
    "stage_by_stage": "flr.staging",
    "QualityFinding": "flr.quality",
    "search": "flr.search",
    "find_tumours": "flr.tumours",
}

_PACKAGES = ("notebook",)
"""Loaded like the names, for those who write ``flr.notebook.compare(…)`` after ``import flr``."""

__all__ = sorted([*_HOME, "__version__"])


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


class _Package(ModuleType):
    """Keeps ``flr.assess`` the function when the module of the same name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def _show_in_notebooks() -> None:
    """Inside IPython, have results show themselves as tables."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        from flr.notebook.displays import register

        register(shell)


if "IPython" in sys.modules:
    _show_in_notebooks()
