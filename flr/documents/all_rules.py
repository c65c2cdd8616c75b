"""Every rule that bears on a flag: those of given facts, and those of vessels and of two scans."""

from __future__ import annotations

from typing import Final

from flr.criteria.references import TOOLKIT_POLICY
from flr.criteria.rules import FACT_RULES, FOLLOW_UP, FactRule, RuleEffect
from flr.growth.rates import SCAN_SD_PP
from flr.perfusion.block import LOSS_ERROR_PERCENT
from flr.perfusion.cutting import CAUDATE_BRANCH_ML, CUT_SHARE_PERCENT, DOUBTFUL_MM, KEPT_BRANCH_ML

VESSELS: Final = "vessels"
"""What a rule needs that is asked where vessels are given only."""


def _of_vessels(key: str, fact: str, limit: float, unit: str, effect: RuleEffect, note: str) -> FactRule:
    return FactRule(
        key=key,
        fact=fact,
        comparison="at_most" if effect == "not_graded" else "above" if unit == "mm" else "at_least",
        limit=limit,
        unit=unit,
        effect=effect,
        when="vessels are given",
        needs=VESSELS,
        is_policy=True,
        reference=TOOLKIT_POLICY,
        evidence="unverified",
        note=note,
    )


ALL_RULES: Final = (
    *FACT_RULES,
    _of_vessels(
        "vessel_cut",
        "served_liver_that_leaves_percent",
        CUT_SHARE_PERCENT,
        "%",
        "counts_as",
        "a vessel that is cut",
    ),
    _of_vessels(
        "vessel_preserved",
        "served_liver_that_stays_ml",
        KEPT_BRANCH_ML,
        "mL",
        "counts_as",
        "a branch that is preserved",
    ),
    _of_vessels(
        "caudate_branch_preserved",
        "served_segment_1_that_stays_ml",
        CAUDATE_BRANCH_ML,
        "mL",
        "counts_as",
        "a branch that is preserved",
    ),
    _of_vessels(
        "vessel_doubtful",
        "preserved_vessel_inside_tissue_that_leaves_mm",
        DOUBTFUL_MM,
        "mm",
        "at_best_borderline",
        "where the remnant without it falls short",
    ),
    _of_vessels(
        "perfusion_loss_below_error",
        "perfusion_loss_percent",
        LOSS_ERROR_PERCENT,
        "%",
        "not_graded",
        "the plain remnant is graded",
    ),
    FactRule(
        key="growth_share_sd",
        fact="share_sd_pp",
        comparison="is",
        limit=SCAN_SD_PP,
        unit="pp",
        effect="counts_as",
        when="the same reader and method read both scans",
        needs=FOLLOW_UP,
        is_policy=True,
        reference=TOOLKIT_POLICY,
        evidence="unverified",
        note="the error of a share in one scan",
    ),
)
"""Every row, in the order of output."""
