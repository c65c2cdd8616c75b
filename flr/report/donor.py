"""Donor plans as a table for people on the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flr.report.lines import WIDTH, filled_lines
from flr.words import (
    FLAG_TONES,
    LONGEST_TEXT,
    STATEMENT,
    TONE_SIGNS,
    VERDICT_SIGNS,
    VERDICT_WORDS,
    limit_text,
    measure_digits,
    number,
    plain,
    volume_text,
)

if TYPE_CHECKING:
    from flr.assessment import Assessment
    from flr.donor import DonorPlan

_LABEL = 34


def donor_text(plans: Sequence[DonorPlan]) -> str:
    """One block for each plan: the donor's flag and remnant, the graft, and the graft for the recipient.

    Parameters
    ----------
    plans : sequence of DonorPlan
        Of one donor and one recipient; at least one.
    """
    first = plans[0]
    count = f"{len(plans)} plan{'s' if len(plans) > 1 else ''}"
    lines = filled_lines(
        f"Donor {plain(first.assessment.case_id)}: {count}, recipient of "
        f"{number(first.recipient_weight_kg)} kg",
        indent=2,
        first=0,
    )
    shared = [note for note in first.notes if all(note in plan.notes for plan in plans)]
    for order, plan in enumerate(plans, start=1):
        lines += ["", *_plan_lines(order, plan)]
        own = [plan.note_texts[note] for note in plan.notes if note not in shared]
        lines += [line for note in own for line in filled_lines(f"- {note}", indent=4, first=2)]
    notes = [first.note_texts[note] for note in shared]
    lines += ["", "Notes", *(line for note in notes for line in filled_lines(f"- {note}", indent=4, first=2))]
    sources = dict.fromkeys(
        reference.text + (f"; doi:{reference.doi}" if reference.doi else "")
        for plan in plans
        for reference in (plan.graft.factor.reference, *(f.criterion.reference for f in plan.findings))
    )
    lines += ["", "Sources", *(line for text in sources for line in filled_lines(text, indent=4, first=2))]
    return "\n".join([*lines, "", *filled_lines(STATEMENT)])


def _plan_lines(order: int, donor: DonorPlan) -> list[str]:
    a = donor.assessment
    removes = f"; the graft is {plain(', '.join(a.plan.removes), None)}" if a.plan.removes else ""
    title = f"{a.plan.name} ({a.plan.notation})" if a.plan.notation else a.plan.name
    sign = TONE_SIGNS[FLAG_TONES[a.flag]]
    lines = [
        *filled_lines(f"{sign} FLAG {a.flag}: {plain(a.headline, LONGEST_TEXT)}", indent=2, first=0),
        *filled_lines(f"Plan {order}: {plain(title, None)}{removes}", indent=2, first=2),
        *_row("Donor's remnant (FLR)", f"{volume_text(a.volumes.remnant_ml)} mL"),
    ]
    lines += _remnant_lines(a)
    return [*lines, *(line for label, value in graft_rows(donor) for line in _row(label, value))]


def graft_rows(donor: DonorPlan) -> list[tuple[str, str]]:
    """Graft, ratio to the recipient and its limits, middle hepatic vein: label and value, for any output.

    Parameters
    ----------
    donor : DonorPlan
    """
    graft, factor = donor.graft, donor.graft.factor
    ends = ""
    if factor.low_g_per_ml is not None and factor.high_g_per_ml is not None:
        ends = f"; {factor.low_g_per_ml:.2f} to {factor.high_g_per_ml:.2f}"
    weight = f"{number(graft.weight_g, 0)} g ({factor.factor_g_per_ml:.2f} g/mL{ends})"
    limits = [finding.criterion.limit for finding in donor.findings]
    central, raw, low, high = (
        None if value is None else number(value, 3, limits)
        for value in (
            donor.graft_to_recipient_weight_percent,
            donor.graft_to_recipient_weight_raw_percent,
            donor.graft_to_recipient_weight_low_percent,
            donor.graft_to_recipient_weight_high_percent,
        )
    )
    ends = f"; {low} to {high}" if low is not None else ""
    rows = [
        ("Graft", f"{volume_text(graft.volume_ml)} mL, {weight}"),
        ("Graft per recipient weight (GRWR)", f"{central} % (raw {raw}{ends})"),
    ]
    for finding in donor.findings:
        verdict, row = str(finding.verdict), finding.criterion
        held = f"{VERDICT_SIGNS[verdict]} {VERDICT_WORDS[verdict]} ≥ {limit_text(row.limit)} {row.unit}"
        rows.append(("", f"{held}: {row.note}"))
    return [*rows, ("Middle hepatic vein", _middle_vein(donor))]


def _remnant_lines(a: Assessment) -> list[str]:
    """The donor's remnant related to liver and body, each with the limits that it is held against."""
    lines = []
    for measure, words in (
        ("flr_percent_of_measured", "of the measured liver"),
        ("flr_percent_of_standard", "of the standard liver"),
        ("flr_to_body_weight_percent", "of the body weight"),
    ):
        value = a.measures.values()[measure]
        found = [f for f in a.findings if f.criterion.measure == measure and f.value is not None]
        held = [f.criterion.limit for f in found]
        if value is None:
            lines += _row("", f"– {words}: {plain(a.measures.reasons.get(measure, 'not assessed'))}")
            continue
        digits = measure_digits(measure)
        interval = a.intervals.get(measure)
        span = (
            ""
            if interval is None
            else f" ({number(interval.low, digits, held)} to {number(interval.high, digits, held)})"
        )
        judged = ", ".join(
            f"{VERDICT_SIGNS[str(f.verdict)]} {'>' if f.criterion.fails_when == 'at_or_below' else '≥'} "
            f"{limit_text(f.criterion.limit)}"
            for f in found
        )
        text = f"{number(value, digits, held)} % {words}{span}"
        lines += _row("", f"{text}: {judged}" if judged else text)
    return lines


def _middle_vein(donor: DonorPlan) -> str:
    if donor.mhv_side is None:
        return "side not given (--mhv-side)"
    stays = {"graft": "with the graft", "remnant": "with the donor"}[donor.mhv_side]
    lost_ml = donor.congested_remnant_ml if donor.mhv_side == "graft" else donor.congested_graft_ml
    where = "remnant" if donor.mhv_side == "graft" else "graft"
    if lost_ml is None:
        return f"{stays}; congestion of the {where} cannot be told from these parts"
    return f"{stays}; {volume_text(lost_ml)} mL of the {where} may be congested"


def _row(label: str, value: str) -> list[str]:
    return textwrap.wrap(
        value,
        WIDTH,
        initial_indent=f"  {label:<{_LABEL}}  ",
        subsequent_indent=" " * (_LABEL + 6),
        break_on_hyphens=False,
    )
