"""The result of a search as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flr.criteria.tumour_rules import MARGIN_GRADE_TEXTS, grade_margin
from flr.documents.search import note_texts
from flr.report.lines import WIDTH as WIDTH
from flr.report.lines import filled_lines
from flr.words import FLAG_WORDS, STATEMENT, beneath, number, plain

if TYPE_CHECKING:
    from flr.plansearch import Candidate, SearchResult
    from flr.tumours import Tumour

_SHOWN = 12

_GRADED = ("margin_below_voxel_error",)
"""Notes of plans that the grade of their margin says already."""

_MEASURED = (
    "The least margin is what a plan promises; `flr assess` measures it between surfaces on voxels and finds"
    " up to {} mm less."
)


def search_text(result: SearchResult) -> str:
    """Tumours, the front, what it dominates, and what no plan reaches, as lines for a terminal."""
    limits = result.limits
    lines = [f"{len(result.tumours)} tumour{'s' if len(result.tumours) != 1 else ''}:"]
    lines += [line for tumour in result.tumours for line in _wrapped(_tumour_line(tumour), 2, 8)]
    lines += [
        "",
        *_wrapped(
            f"limits: every tumour cleared by at least {limits.margin_mm:g} mm (aim {limits.wide_margin_mm:g}"
            f" mm), remnant above {limits.minimum_flr_percent:g} % of the measured functional liver"
            f" ({plain(limits.minimum_source)}); a margin is known to within"
            f" {number(result.tumours.error_mm, 1)} mm",
            0,
            8,
        ),
        "",
    ]
    front = [c for c in result.candidates if c.on_front]
    if front:
        lines += ["plans that no other surpasses in remnant, least margin and parenchyma:"]
        lines += _table(front, result)
    for unmet in result.unmet:
        lines += _wrapped(f"not reached: {unmet.message}", 0, 4)
    if result.two_stage:
        lines += ["", "in two stages, the remnant cleared first and grown before the resection:"]
        for stage in result.two_stage[:_SHOWN]:
            first = f"{stage.first}, then " if stage.first else "embolisation or growth, then "
            lines += _wrapped(
                f"{first}{stage.second}: {number(stage.flr_percent_of_measured, 1)} % today,"
                f" growth needed {number(stage.growth_needed_percent, 0)} %",
                2,
                6,
            )
    behind = [c for c in result.candidates if not c.on_front]
    if behind:
        lines += ["", "others that clear the tumours:"]
        lines += _table(behind[:_SHOWN], result)
    hidden = len(result.others) + max(0, len(behind) - _SHOWN)
    if hidden:
        lines.append(f"  and {hidden} more; --json names each with its reason")
    if result.rejected:
        lines += ["", f"{len(result.rejected)} unions of parts do not clear the tumours, e.g."]
        lines += [line for r in result.rejected[:3] for line in _wrapped(f"{r.notation}: {r.reason}", 2, 6)]
    lines.append("")
    for note, text in note_texts(result).items():
        if note not in _GRADED:
            lines += _wrapped(f"note: {text}", 0, 6)
    if result.candidates:
        lines += _wrapped(f"note: {_MEASURED.format(number(result.tumours.error_mm, 1))}", 0, 6)
    return "\n".join([*lines, "", *_wrapped(STATEMENT, 0, 0)])


def _wrapped(text: str, first: int, rest: int) -> list[str]:
    """Lines of at most :data:`WIDTH` columns; ``first`` and ``rest`` are how far they are indented."""
    return filled_lines(text, indent=rest, first=first)


def _tumour_line(tumour: Tumour) -> str:
    shares = ", ".join(f"{part} {number(percent, 0)} %" for part, percent in tumour.parts_percent.items())
    depth = "" if tumour.depth_mm is None else f", {number(tumour.depth_mm, 1)} mm below the surface"
    size = "vanished" if tumour.vanished else f"{number(tumour.volume_ml, 2)} mL"
    return (
        f"{tumour.name:<5} {size:>10}, {number(tumour.longest_axial_diameter_mm, 1)} mm axial,"
        f" {number(tumour.longest_diameter_mm, 1)} mm in all{depth}" + (f"; {shares}" if shares else "")
    )


def _table(candidates: Sequence[Candidate], result: SearchResult) -> list[str]:
    lines = [f"  {'remnant':>10} {'share':>8} {'least margin':>13}  flag"]
    limit = [result.limits.minimum_flr_percent]
    for candidate in candidates:
        assessment = candidate.assessment
        flag = "not graded" if assessment is None else FLAG_WORDS[assessment.flag_by_volume]
        lines.append(
            f"  {number(candidate.flr_ml, 1):>7} mL"
            f" {number(candidate.flr_percent_of_measured, 1, limit):>6} %"
            f" {number(candidate.least_margin_mm, 1, [result.limits.margin_mm]):>10} mm  {flag}"
        )
        named = f": {candidate.plan.name}" if candidate.kinds == ("anatomical",) else ""
        facts = [f"{candidate.plan.notation}{named}"]
        if candidate.perfused_ml is not None:
            facts.append(f"perfused, congested tissue counted as lost: {number(candidate.perfused_ml, 1)} mL")
        grade = grade_margin("resected", candidate.least_margin_mm, result.tumours.error_mm)
        if grade == "not_resolvable":
            facts.append(MARGIN_GRADE_TEXTS[grade])
        facts += [candidate.reason] if candidate.reason else []
        facts += [note.replace("_", " ") for note in candidate.notes if note not in _GRADED]
        lines += [line for fact in facts for line in _wrapped(fact, 6, 10)]
    assessed = {one.plan.notation: one.assessment for one in candidates if one.assessment is not None}
    missing = beneath(
        {plan: found.missing_rows for plan, found in assessed.items()},
        {plan: found.accepted_rows for plan, found in assessed.items()},
    )
    return [*lines, *_wrapped(missing, 2, 2)] if missing else lines
