"""Published minimums of the remnant, applied: rows with their sources, findings, and a flag to discuss."""

from __future__ import annotations

from typing import Final

from flr.criteria.adverse import AdverseFact, Extent, extent_of
from flr.criteria.body_size import BODY_SIZE_CRITERIA
from flr.criteria.context import CONTEXT_CRITERIA
from flr.criteria.function_tests import FUNCTION_CRITERIA
from flr.criteria.grading import RemnantTumour, grade
from flr.criteria.growth import GROWTH_CRITERIA
from flr.criteria.model import (
    BELOW_MINIMUM,
    FLAGS,
    Because,
    Criterion,
    Finding,
    Flag,
    Grade,
    SiteLimits,
    Verdict,
    flag_rank,
)
from flr.criteria.percentages import PERCENT_CRITERIA
from flr.criteria.profiles import PROFILES, Profile, criteria_of, limits_in_use, percent_limits, profiles_of
from flr.criteria.texts import NOTE_TEXTS
from flr.formulas import Reference

CRITERIA: Final = (
    *PERCENT_CRITERIA,
    *BODY_SIZE_CRITERIA,
    *FUNCTION_CRITERIA,
    *GROWTH_CRITERIA,
    *CONTEXT_CRITERIA,
)
"""Every row: graded ones first, then what is listed only (role ``context``)."""

__all__ = [
    "BELOW_MINIMUM",
    "CRITERIA",
    "FLAGS",
    "NOTE_TEXTS",
    "PROFILES",
    "AdverseFact",
    "Because",
    "Criterion",
    "Extent",
    "Finding",
    "Flag",
    "Grade",
    "Profile",
    "Reference",
    "RemnantTumour",
    "SiteLimits",
    "Verdict",
    "criteria_of",
    "extent_of",
    "flag_rank",
    "grade",
    "limits_in_use",
    "percent_limits",
    "profiles_of",
]
