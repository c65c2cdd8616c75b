"""Which plan is better than which, why, and what no plan reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from flr.criteria.tumour_rules import ABLATION_SIZE
from flr.plansearch.model import Candidate, Limits, Unmet
from flr.plansearch.space import LEAST_SEGMENTS, Space

_SAME: Final = 1e-9


def rank(drafts: Sequence[Candidate], limits: Limits) -> list[Candidate]:
    """Front first, then by margin aim and remnant; each with the reason why it is not on the front."""
    aims = np.array(
        [(c.flr_ml, min(c.least_margin_mm, limits.wide_margin_mm), -c.sacrificed_ml) for c in drafts]
    ).reshape(-1, 3)
    qualifies = [c.meets_minimum and "remnant_below_two_segments" not in c.notes for c in drafts]
    rivals = [n for n, q in enumerate(qualifies) if q]
    order = sorted(
        range(len(drafts)),
        key=lambda n: (
            not drafts[n].meets_minimum,
            "remnant_below_two_segments" in drafts[n].notes,
            aims[n][1] < limits.wide_margin_mm,
            -round(float(aims[n][0]), 9),
            -float(aims[n][1]),
            len(drafts[n].plan.cuts),
            drafts[n].plan.notation,
        ),
    )
    place = np.empty(len(drafts), dtype=np.intp)
    place[order] = np.arange(len(drafts))
    others, places = aims[rivals], place[rivals]
    ranked: list[Candidate] = []
    for n in order:
        better = None
        if qualifies[n] and rivals:
            as_good = (others >= aims[n] - _SAME).all(axis=1)
            strictly = (others > aims[n] + _SAME).any(axis=1)
            # Of plans that are equal in every aim, the first in rank stays.
            wins = np.flatnonzero(as_good & (strictly | (places < place[n])))
            better = rivals[wins[places[wins].argmin()]] if wins.size else None
        ranked.append(_judged(drafts[n], None if better is None else drafts[better], limits, qualifies[n]))
    ranked.sort(key=lambda c: not c.on_front)
    return ranked


def _judged(candidate: Candidate, better: Candidate | None, limits: Limits, qualifies: bool) -> Candidate:
    reason = ""
    if not candidate.meets_minimum:
        short = limits.minimum_flr_percent - candidate.flr_percent_of_measured
        reason = (
            f"remnant {candidate.flr_percent_of_measured:.2f} %, {short:.2f} below what must be exceeded"
            f" ({limits.minimum_flr_percent:g} %)"
        )
    elif "remnant_below_two_segments" in candidate.notes:
        reason = "fewer than two contiguous segments stay: listed apart"
    elif better is not None:
        wide = better.least_margin_mm >= limits.wide_margin_mm
        reason = (
            f"dominated by {better.plan.notation}: {better.flr_ml - candidate.flr_ml:+.1f} mL of remnant,"
            f" least margin {better.least_margin_mm:.1f} against {candidate.least_margin_mm:.1f} mm"
            + (f" (beyond {limits.wide_margin_mm:g} mm it ranks alike)" if wide else "")
        )
    return replace(candidate, on_front=qualifies and better is None, reason=reason)


def unmet(ranked: Sequence[Candidate], space: Space, limits: Limits) -> tuple[Unmet, ...]:
    """Which tumour, which limit, by how much, when no plan qualifies."""
    if ranked:
        return (_too_few_segments(ranked, space) or _too_little(ranked, limits),)
    # Nothing clears every tumour: which cannot be cleared alone, by each kind that may be used.
    found = [u for row in range(len(space.tumours)) for u in _not_cleared(row, space, limits)]
    if found:
        return tuple(found)
    return (
        Unmet(
            limit="minimum_flr",
            tumour=None,
            plan="",
            needed=limits.minimum_flr_percent,
            best=0.0,
            unit="%",
            message=(
                "each tumour can be cleared alone, but nothing that was tried with what may be used"
                f" ({', '.join(space.kinds)}) clears all of them and leaves any liver"
            ),
        ),
    )


def _too_few_segments(ranked: Sequence[Candidate], space: Space) -> Unmet | None:
    enough = [c for c in ranked if c.meets_minimum]
    if not enough:
        return None
    best = max(enough, key=lambda c: (space.segments_together(c.table), c.flr_ml, c.plan.notation))
    together = space.segments_together(best.table)
    return Unmet(
        limit="remnant_segments",
        tumour=None,
        plan=best.plan.notation,
        needed=float(LEAST_SEGMENTS),
        best=float(together),
        unit="segments",
        message=(
            "every plan tried that clears the tumours and leaves enough leaves fewer than"
            f" {LEAST_SEGMENTS} contiguous segments with at least half of their volume: at best"
            f" {best.plan.notation} leaves {together}"
        ),
    )


def _too_little(ranked: Sequence[Candidate], limits: Limits) -> Unmet:
    best = max(ranked, key=lambda c: (c.flr_ml, c.plan.notation))
    return Unmet(
        limit="minimum_flr",
        tumour=None,
        plan=best.plan.notation,
        needed=limits.minimum_flr_percent,
        best=best.flr_percent_of_measured,
        unit="%",
        message=(
            "every plan tried that clears the tumours leaves too little: at best"
            f" {best.plan.notation} leaves {best.flr_percent_of_measured:.2f} %,"
            f" {limits.minimum_flr_percent:g} % must be exceeded"
        ),
    )


def _not_cleared(row: int, space: Space, limits: Limits) -> list[Unmet]:
    """Why no kind that may be used clears a tumour even alone; empty when one does."""
    tumour = space.tumours.tumours[row]
    found = []
    for kind in space.kinds:
        if kind == "anatomical":
            reach_mm = space.reach_mm(row)
            if reach_mm >= limits.margin_mm:
                return []
            best_mm = max(0.0, reach_mm)
            found.append(
                Unmet(
                    limit="least_margin",
                    tumour=tumour.name,
                    plan="",
                    needed=limits.margin_mm,
                    best=best_mm,
                    unit="mm",
                    message=(
                        f"no union of parts clears {tumour.name} by {limits.margin_mm:g} mm: at best"
                        f" {best_mm:.2f} mm, {limits.margin_mm - best_mm:.2f} mm short"
                        if reach_mm >= 0.0
                        else f"no union of parts takes all of {tumour.name} ({limits.margin_mm:g} mm needed)"
                    ),
                )
            )
        elif space.can_treat(row, kind):
            return []
        elif kind == "ablation" and not ABLATION_SIZE.holds(tumour.longest_diameter_mm):
            length_mm = tumour.longest_diameter_mm
            found.append(
                Unmet(
                    limit="ablation_size",
                    tumour=tumour.name,
                    plan="",
                    needed=ABLATION_SIZE.limit,
                    best=length_mm,
                    unit="mm",
                    message=(
                        f"{tumour.name} is {length_mm:.1f} mm long,"
                        f" {length_mm - ABLATION_SIZE.limit:.1f} mm more than the {ABLATION_SIZE.limit:g} mm"
                        " up to which ablation is tried"
                    ),
                )
            )
        else:
            found.append(
                Unmet(
                    limit="minimum_flr",
                    tumour=tumour.name,
                    plan="",
                    needed=limits.minimum_flr_percent,
                    best=0.0,
                    unit="%",
                    message=(
                        f"{'a wedge around' if kind == 'wedge' else 'ablation of'} {tumour.name} by"
                        f" {limits.margin_mm:g} mm takes the whole liver"
                    ),
                )
            )
    return found
