"""A follow-up as text for people."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flr.criteria.growth import GROWTH_UNITS
from flr.documents.base import cited, json_ready
from flr.growth import FollowUp, ScanResult
from flr.measures import Shortfall
from flr.plans.staged import PROCEDURES, TECHNIQUES
from flr.report.content import checklist
from flr.report.lines import filled_lines
from flr.report.listing import citation
from flr.words import (
    FLAG_TONES,
    MISSING,
    SEVERITY_SIGNS,
    STATEMENT,
    TONE_SIGNS,
    VERDICT_SIGNS,
    beneath,
    limit_text,
    measure_words,
    number,
    plain,
    probability_percent,
    short_measure_words,
    volume_text,
    words_of,
)

if TYPE_CHECKING:
    from flr.criteria import Finding
    from flr.quality import QualityFinding
    from flr.staging import StagedResult

GROWTH_WORDS = {
    "degree_of_hypertrophy_pp": "Degree of hypertrophy, standardised (DH)",
    "degree_of_hypertrophy_measured_pp": "Degree of hypertrophy, measured",
    "percent_hypertrophy": "Percent hypertrophy",
    "kgr_standardised_pp_per_week": "Kinetic growth rate, standardised (KGR)",
    "growth_rate_measured_pp_per_week": "Growth rate, measured",
    "kgr_relative_percent_per_day": "Kinetic growth rate, relative",
    "kgr_absolute_ml_per_day": "Kinetic growth rate, absolute",
}
"""Every definition of growth for people; none may be compared with the limit of another."""

_LABEL = 44
_SCANS_ABREAST = 3


def followup_text(result: FollowUp, staged: Sequence[StagedResult] = ()) -> str:
    """Scans side by side, growth in every definition, limits, what is still needed, notes.

    Returns
    -------
    str
        Lines of at most 100 columns.
    """
    plan = result.last.assessment.plan
    sign = TONE_SIGNS[FLAG_TONES[result.flag]]
    lines = [
        *filled_lines(
            f"Case {plain(result.case_id)}: follow-up of {plain(plan.name, None)}"
            f" ({plain(plan.notation, None)})",
            indent=2,
            first=0,
        ),
        "",
        *filled_lines(f"{sign} FLAG {result.flag}: {result.headline}", indent=2, first=0),
    ]
    others = [flag for flag in result.triggers if flag != result.flag]
    lines += filled_lines(f"Also applies: {', '.join(others)}", indent=2, first=2) if others else []
    shown = [f"{row.label}: {row.value}" for row in checklist(result.last.assessment.reassurance)]
    lines += ["", "Shown before a flag reassures, at the last scan"]
    lines += [line for text in shown for line in filled_lines(text, indent=4, first=2)]
    lines += ["", *_scan_lines(result), "", *_growth_lines(result), ""]
    if result.findings:
        lines += ["Growth compared with published limits", *_finding_lines(result.findings), ""]
    lines += [*_need_lines(result), ""]
    if result.published:
        lines.append("Published growth after such a procedure: context, not a prediction for a person")
        for row in result.published:
            source = citation(json_ready(cited(row.reference)), row.evidence)
            lines += filled_lines(f"{row.text}. {source}", indent=4, first=2)
        lines.append("")
    for one in staged:
        lines += [*_staged_lines(one), ""]
    lines.append("Notes")
    for note in result.notes:
        lines += filled_lines(f"- {result.note_texts[note]}", indent=4, first=2)
    quality: list[tuple[int | None, QualityFinding]] = [(None, found) for found in result.quality]
    quality += [(scan.number, found) for scan in result.scans for found in scan.assessment.quality]
    if quality:
        lines += ["", "Quality of the input"]
        for scan_number, found in quality:
            where = "" if scan_number is None else f"scan {scan_number}, "
            text = f"{SEVERITY_SIGNS[found.severity]} {where}{found.severity}, {found.check}: {found.message}"
            lines += filled_lines(text, indent=4, first=2)
    standard = result.last.assessment.measures
    lines += [
        "",
        *filled_lines(
            f"Standard volume by {standard.standard_volume_formula}, body surface by {standard.bsa_formula}, "
            "from the baseline's body size at every scan.",
            indent=0,
        ),
        *filled_lines(STATEMENT),
    ]
    return "\n".join(lines)


def _scan_lines(result: FollowUp) -> list[str]:
    columns = [_scan_column(scan) for scan in result.scans]
    lines: list[str] = []
    for start in range(0, len(columns), _SCANS_ABREAST):
        some = columns[start : start + _SCANS_ABREAST]
        lines += [""] if lines else []
        for at, (label, _) in enumerate(some[0]):
            cells = "".join(column[at][1].rjust(21) for column in some)
            lines.append(f"{label.ljust(36)}{cells}".rstrip())
    for scan in result.scans:
        side = scan.embolised_side
        if side is not None and side.change_percent is not None:
            word = "atrophy" if side.change_percent < 0 else "growth"
            lines += filled_lines(
                f"Embolised parts {', '.join(side.parts)}, scan {scan.number}: {volume_text(side.before_ml)} "
                f"to {volume_text(side.after_ml)} mL of functional tissue, {side.change_percent:+.1f} % "
                f"({word})",
                indent=4,
                first=2,
            )
        if scan.regrowth_percent is not None:
            lines += filled_lines(
                f"Functional liver at scan {scan.number}: {scan.regrowth_percent:.1f} % of that at scan "
                f"{scan.reference}",
                indent=4,
                first=2,
            )
        for one in scan.function:
            lines += filled_lines(
                f"Scan {scan.number}, {plain(one.name)}: {_function_words(one)}", indent=4, first=2
            )
    return lines


def _function_words(one: Any) -> str:
    if one.share is not None:
        uptake = one.hbs_percent_per_min_per_m2
        hbs = "" if uptake is None else f"; uptake of the remnant {uptake:.2f} %/min/m²"
        share = one.share
        return (
            f"{share.share_percent:.1f} % of the function in the remnant, with "
            f"{share.volume_share_percent:.1f} % of the volume; function-weighted remnant "
            f"{share.function_weighted_flr_ml:.1f} mL{hbs}"
        )
    return (
        f"{words_of(one.kind)}: mean {one.in_liver.mean:.1f} {one.in_liver.unit} in the liver, "
        f"{one.in_remnant.mean:.1f} in the remnant"
    )


def _scan_column(result: ScanResult) -> list[tuple[str, str]]:
    scan, assessment = result.scan, result.assessment
    measures, volumes = assessment.measures, assessment.volumes
    growth = result.growth
    limits = [
        finding.criterion.limit
        for finding in assessment.findings
        if finding.criterion.measure in ("flr_percent_of_measured", "flr_percent_of_standard")
    ]
    days = None if growth is None else growth.since_procedure_days
    return [
        ("Scan", str(result.number)),
        ("Date", scan.date.isoformat()),
        ("Phase", plain(scan.phase)[:16] if scan.phase else MISSING),
        ("After", scan.after or MISSING),
        ("Days since the procedure", MISSING if days is None else str(days)),
        ("Functional liver, mL", volume_text(volumes.functional_ml)),
        ("Tumour, mL", volume_text(volumes.tumour_ml)),
        ("Remnant (FLR), mL", volume_text(volumes.remnant_ml)),
        ("  of the measured liver (mFLR), %", number(measures.flr_percent_of_measured, 1, limits)),
        ("  of the standard volume (sFLR), %", number(measures.flr_percent_of_vauthey_2002, 1, limits)),
        ("  per body weight, %", number(measures.flr_to_body_weight_percent, 3, [0.5, 0.55])),
        (
            "Flag of the volume alone",
            f"{TONE_SIGNS[FLAG_TONES[assessment.flag_by_volume]]} {assessment.flag_by_volume}",
        ),
    ]


def _growth_lines(result: FollowUp) -> list[str]:
    growth = result.growth
    if growth is None:
        return ["Growth: there is no later scan yet"]
    procedure = "" if result.procedure is None else f", {PROCEDURES[result.procedure]} between them"
    lines = [f"Growth from scan {result.last.reference} to scan {result.growth_scan}{procedure}"]
    limits = {found.criterion.measure: found.criterion.limit for found in result.findings}
    for name, value in growth.values().items():
        digits = 2 if "per_" in name else 1
        shown = number(value, digits, [limits[name]] if name in limits else [])
        note = ""
        if value is None:
            note = growth.reasons.get(name, "")
        elif name == "kgr_standardised_pp_per_week" and (rate := growth.kgr_interval) is not None:
            chances = [
                f"probability below {limit}: {probability_percent(p)}"
                for limit, p in rate.probability_below.items()
            ]
            scan = [f"at scan {result.rate_scan}"] if result.rate_scan != result.growth_scan else []
            note = "; ".join((f"95 % interval {rate.low:.2f} to {rate.high:.2f}", *chances, *scan))
        elif "per_" in name and result.rate_scan != result.growth_scan:
            note = f"at scan {result.rate_scan}, the first one after the procedure"
        elif name == "degree_of_hypertrophy_pp" and growth.low_pp is not None and growth.high_pp is not None:
            note = f"95 % interval {growth.low_pp:.1f} to {growth.high_pp:.1f}"
        text = (
            f"  {GROWTH_WORDS[name].ljust(_LABEL - 2)}{shown.rjust(10)} {GROWTH_UNITS[name].ljust(8)}{note}"
        )
        lines += filled_lines(text.strip(), indent=6, first=2)
    return lines


def _finding_lines(findings: Sequence[Finding]) -> list[str]:
    lines = []
    for found in findings:
        row = found.criterion
        operator = ">" if row.fails_when == "at_or_below" else "≥"
        what = GROWTH_WORDS.get(row.measure, measure_words(row.measure))
        about = "" if row.role == "growth" else " (shown, not graded)"
        source = citation(json_ready(cited(row.reference)), row.evidence)
        lines += filled_lines(
            f"{VERDICT_SIGNS[str(found.verdict)]} {what} {operator} {limit_text(row.limit)} {row.unit}"
            f"{about}: {found.reason}. {source}",
            indent=4,
            first=2,
        )
    return lines


def _need_lines(result: FollowUp) -> list[str]:
    lines = [f"Growth still needed from scan {result.last.number}"]
    for need in result.needs:
        row = need.shortfall
        limit = f"{short_measure_words(row.measure)} above {limit_text(row.limit)} {row.unit}"
        judged = _judged(result, row)
        if judged is not None and judged.criterion.fails_when == "below":
            limit = limit.replace(" above ", " at least ")
        if row.needed_ml is None:
            lines += filled_lines(f"{limit}: not known, {row.reason}", indent=4, first=2)
            continue
        if row.short_ml == 0.0 and judged is not None and judged.verdict == "falls_short":
            at = f"exactly at it, more than {volume_text(row.needed_ml)} mL is needed"
            lines += filled_lines(f"{limit}: {at}", indent=4, first=2)
            continue
        if row.short_ml == 0.0:
            lines += filled_lines(f"{limit}: reached ({volume_text(row.needed_ml)} mL)", indent=4, first=2)
            continue
        percent = (
            "" if row.growth_needed_percent is None else f", {row.growth_needed_percent:.1f} % of itself"
        )
        text = f"{limit}: {volume_text(row.short_ml)} mL more{percent}"
        if need.weeks is not None and need.low_weeks is not None:
            end = "without end" if need.high_weeks is None else f"to {need.high_weeks:.1f}"
            text += (
                f"; at the mean rate so far {need.weeks:.1f} weeks more (95 % interval "
                f"{need.low_weeks:.1f} {end}), and growth slows"
            )
        lines += filled_lines(text, indent=4, first=2)
    return lines


def _judged(result: FollowUp, row: Shortfall) -> Finding | None:
    """What the last scan's remnant was found to be against the limit of a shortfall."""
    return next(
        (
            found
            for found in result.last.assessment.findings
            if (found.criterion.measure, found.criterion.limit) == (row.measure, row.limit)
        ),
        None,
    )


def _staged_lines(result: StagedResult) -> list[str]:
    lines = filled_lines(
        f"Staged plan {plain(result.name)} ({TECHNIQUES[result.technique]}), without growth",
        indent=2,
        first=0,
    )
    lines.append(
        f"  {'stage'.ljust(38)}{'takes':>9}{'functional':>12}{'tumour':>8}{'FLR':>8}{'mFLR':>7}{'sFLR':>7}"
    )
    lines.append(f"  {''.ljust(38)}{'mL':>9}{'left, mL':>12}{'left':>8}{'mL':>8}{'%':>7}{'%':>7}")
    for stage in result.stages:
        measures = stage.assessment.measures
        title, *more = textwrap.wrap(plain(stage.title, None), 37) or [""]
        lines.append(
            f"  {title.ljust(38)}{volume_text(stage.leaves_ml):>9}{volume_text(stage.left_functional_ml):>12}"
            f"{volume_text(stage.left_tumour_ml):>8}{volume_text(stage.flr_ml):>8}"
            f"{number(measures.flr_percent_of_measured):>7}{number(measures.flr_percent_of_vauthey_2002):>7}"
        )
        lines += [f"    {line}" for line in more]
        by_volume = stage.assessment.flag_by_volume
        lines.append(f"    {TONE_SIGNS[FLAG_TONES[by_volume]]} if resected now: {by_volume}")
    missing = beneath(
        {stage.title: stage.assessment.missing_rows for stage in result.stages},
        {stage.title: stage.assessment.accepted_rows for stage in result.stages},
    )
    if missing:
        lines += filled_lines(missing, indent=2, first=2)
    for need in result.stages[-1].needs:
        if need.growth_needed_percent:
            limit = f"{short_measure_words(need.measure)} {limit_text(need.limit)} {need.unit}"
            grown = f"{volume_text(need.short_ml)} mL, {need.growth_needed_percent:.1f} %"
            lines.append(f"  growth needed to {limit}: {grown}")
    fit = result.partition
    if fit is not None:
        lines += filled_lines(
            f"the partition plane leaves {volume_text(fit.remnant_on_wrong_side_ml)} mL of the remnant on "
            f"the resected side and {volume_text(fit.resected_on_wrong_side_ml)} mL the other way",
            indent=4,
            first=2,
        )
    for note in result.notes:
        lines += filled_lines(f"- {result.note_texts[note]}", indent=4, first=2)
    return lines
