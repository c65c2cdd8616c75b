"""Which plan is better than which, why, and what no plan reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from flr.search.model import Candidate, Limits, Unmet
from flr.search.space import Space

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
    found: list[Unmet] = []
    if ranked:
        best = max(ranked, key=lambda c: (c.flr_ml, c.plan.notation))
        found.append(
            Unmet(
                limit="minimum_flr",
                tumour=None,
                plan=best.plan.notation,
                needed=limits.minimum_flr_percent,
                best=best.flr_percent_of_measured,
                unit="%",
                message=(
                    "every plan that clears the tumours leaves too little: at best"
                    f" {best.plan.notation} leaves {best.flr_percent_of_measured:.2f} %,"
                    f" {limits.minimum_flr_percent:g} % must be exceeded"
                ),
            )
        )
        return tuple(found)
    # Nothing clears every tumour: say for each how far it can be cleared.
    for row, tumour in enumerate(space.tumours):
        own = space.distances_mm[row, space.present]
        beyond = own[own > 0.0]
        best_mm = float(beyond.min()) if beyond.size and np.isfinite(beyond.min()) else 0.0
        if best_mm < limits.margin_mm or not beyond.size:
            found.append(
                Unmet(
                    limit="least_margin",
                    tumour=tumour.name,
                    plan="",
                    needed=limits.margin_mm,
                    best=best_mm,
                    unit="mm",
                    message=(
                        f"{tumour.name} cannot be cleared by {limits.margin_mm:g} mm with what may be used"
                        f" ({', '.join(space.kinds)}): resecting every part that it lies in reaches"
                        f" {best_mm:.1f} mm"
                    ),
                )
            )
    if not found:
        found.append(
            Unmet(
                limit="minimum_flr",
                tumour=None,
                plan="",
                needed=limits.minimum_flr_percent,
                best=0.0,
                unit="%",
                message="each tumour can be cleared, but clearing all of them takes the whole liver",
            )
        )
    return tuple(found)
