"""What one plan comes to, in the few facts by which plans are compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from flr.criteria.model import Finding, Verdict
from flr.criteria.tumour_block import TumourBlock
from flr.measures import Shortfall
from flr.plans import TumourOutcome, worst_margin_mm

_ROLES_BY_RANK: Final = (("minimum", "body_size"), ("band",))
"""Limits that a remnant has to reach first, then those that end the disputed band."""


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """Tumours by what becomes of them, the least margin, and the growth that the remnant lacks.

    Parameters
    ----------
    treated, left, cut_through : tuple of str
        Names of the tumours, each in one of the three.
    worst_margin_mm : float or None
        Least planned margin over *all* tumours: 0 when one is left or cut through; None without tumour, and
        where tumours are not located. [mm]
    worst_margin_error_mm : float or None
        By how much that margin can be off; None where it is 0 because a tumour is not treated. [mm]
    worst_margin_tumour : str or None
        The tumour that has it; of several that are not treated one that is cut through.
    short_of : Shortfall or None
        The limit that asks for the largest growth: a minimum, or where all minimums are passed the end of the
        disputed band. None where no limit is short.
    is_growth_known : bool
        Whether every limit was compared, so that ``short_of`` of None means that nothing is lacking.
    """

    treated: tuple[str, ...]
    left: tuple[str, ...]
    cut_through: tuple[str, ...]
    worst_margin_mm: float | None
    worst_margin_error_mm: float | None
    worst_margin_tumour: str | None
    short_of: Shortfall | None
    is_growth_known: bool

    @property
    def untreated(self) -> tuple[str, ...]:
        """Tumours that the plan does not treat whole: those that are cut through first."""
        return (*self.cut_through, *self.left)


def plan_outcome(
    block: TumourBlock | None, shortfalls: Sequence[Shortfall], findings: Iterable[Finding]
) -> PlanOutcome:
    """The outcome of one plan.

    Parameters
    ----------
    block : TumourBlock or None
    shortfalls : sequence of Shortfall
        What brings the remnant to each limit; empty where nothing was graded.
    findings : iterable of Finding
        The same limits, compared.
    """
    outcomes = () if block is None else tuple(fact.outcome for fact in block.tumours)
    least_mm, nearest = worst_margin_mm(outcomes), _with_worst_margin(outcomes)
    short_of = _largest(shortfalls, findings)
    return PlanOutcome(
        treated=tuple(one.tumour.name for one in outcomes if one.is_treated),
        left=_named(outcomes, "left"),
        cut_through=_named(outcomes, "cut_through"),
        worst_margin_mm=least_mm,
        worst_margin_error_mm=nearest.error_mm if nearest is not None and nearest.is_treated else None,
        worst_margin_tumour=None if nearest is None else nearest.tumour.name,
        short_of=short_of,
        is_growth_known=bool(shortfalls) and all(row.short_ml is not None for row in shortfalls),
    )


def _named(outcomes: Iterable[TumourOutcome], fate: str) -> tuple[str, ...]:
    return tuple(one.tumour.name for one in outcomes if one.fate == fate)


def _with_worst_margin(outcomes: Sequence[TumourOutcome]) -> TumourOutcome | None:
    """The tumour that `worst_margin_mm` is of."""
    for fate in ("cut_through", "left"):
        for one in outcomes:
            if one.fate == fate:
                return one
    least_mm = worst_margin_mm(outcomes)
    return next((one for one in outcomes if least_mm is not None and one.planned_margin_mm == least_mm), None)


def _largest(shortfalls: Sequence[Shortfall], findings: Iterable[Finding]) -> Shortfall | None:
    """The shortfall that asks for the largest growth among the limits that count first."""
    short: dict[tuple[str, float], set[str]] = {}
    for found in findings:
        if found.verdict == Verdict.FALLS_SHORT:
            short.setdefault((found.criterion.measure, found.criterion.limit), set()).add(
                found.criterion.role
            )
    for roles in _ROLES_BY_RANK:
        rows = [row for row in shortfalls if short.get((row.measure, row.limit), set()).intersection(roles)]
        if rows:
            return max(rows, key=lambda row: (row.short_ml or 0.0, row.limit))
    return None
