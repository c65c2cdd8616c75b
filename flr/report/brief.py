"""One screen on the terminal: the plans in a table, each flag with its numbers, and what to give next."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from flr.criteria.texts import REVIEW, tumours_not_treated
from flr.liver import measure
from flr.report.comparison import growth_words, limits_beneath, plan_titles
from flr.report.content import PlanContent, ReportContent, report_content
from flr.report.lines import WIDTH, filled_lines, grid_lines
from flr.words import (
    FLAG_TONES,
    FLAG_WORDS,
    MISSING,
    STATEMENT,
    STATUS_SIGNS,
    TONE_SIGNS,
    beneath,
    formula_words,
    number,
    plain,
    volume_text,
)

if TYPE_CHECKING:
    from flr.assessment import Assessment
    from flr.liver import Liver

MOST_LINES: Final = 20
"""Lines of one plan, and of the table of resections where no plan was named."""

MOST_LINES_OF_PLANS: Final = 40
"""Lines of up to four plans."""

_MEASURED: Final = "flr_percent_of_measured"
_STANDARD: Final = "flr_percent_of_standard"
_MOST_NAMES = 4

TEXTS: Final = MappingProxyType(
    {
        "plan": "{title}; removes {removes}",
        "flag": "{words} (flag {flag})",
        "intent": "; intent {intent}",
        "plans": "{count} plans",
        "standard": "Standard resections of this liver; none was named with --plan",
        "liver": "Liver {total} mL, functional {functional}, tumour {tumour}{standard}",
        "standard_volume": "; standard {ml} mL ({formula})",
        "remnant": "Remnant {ml} mL: {shares}",
        "perfused": "Perfused remnant {ml} mL, {share} % of the liver",
        "needs": "Growth needed: {ml} mL, {growth}",
        "tumours": "Tumours: {fates}",
        "no_tumours": "Tumours: none drawn",
        "tumours_not_known": "Tumours: not known, neither drawn nor declared none",
        "quality": "Quality of the input: {findings}",
        "more": "and {count} more",
        "nothing_treated": "no tumour treated",
        "all_treated": "✓ all {count}",
        "cut_through": "✂ {names}",
        "left": "✗ {names}",
        "treated": "✓ {names}",
        "some": "{count}/{all}",
        "next": "Give next: {what}.",
        "rest": "-v prints limits, sources, intervals, scores, notes, method; --out DIR writes the report.",
        "full": "--plan '{name}' prints one of them in full.",
        "no_segments": (
            "Whole liver {total} mL, functional {functional} mL. No segment is drawn, so no resection can be"
            " measured."
        ),
        "what_then": (
            "To plan: give the segments (--segments FILE, or TotalSegmentator's task liver_segments), a drawn"
            " remnant (--remnant FILE) or resection (--resected FILE); or vessels (--vessels FILE) with"
            " --plan, from which parts are estimated."
        ),
    }
)
"""Every sentence of this page, by key."""

NEXT: Final = MappingProxyType(
    {
        "tumours": "--tumours FILE or --tumours none",
        "background": "--condition normal, chemotherapy, steatosis, cirrhosis or biliary",
        "body": "--weight KG and --height CM",
        "reviewed": "--reviewed yes once a person has checked the segmentation",
    }
)
"""What settles a row of the reassurance table that is not shown; at others ``flr inspect`` looks."""

_LOOK: Final = "a look at what `flr inspect` says of {rows}"


def brief_text(assessments: Sequence[Assessment], *, is_standard: bool = False) -> str:
    """The plans of one case on one screen; everything else is in :func:`flr.report.text.assessment_text`.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan, of one case.
    is_standard : bool
        Nobody named a plan: the assessments are those of the standard resections, in a table alone.

    Returns
    -------
    str
        Lines of at most :data:`WIDTH` columns.
    """
    content = report_content(assessments)
    first = assessments[0]
    if len(assessments) == 1 and not is_standard:
        lines = _one_plan(first, content)
    else:
        lines = _several(assessments, content, is_standard=is_standard)
    lines += _next_lines(assessments)
    last = TEXTS["full"].format(name=_named(assessments)) if is_standard else TEXTS["rest"]
    return "\n".join([*lines, *filled_lines(last), *filled_lines(STATEMENT)])


def undivided_text(liver: Liver) -> str:
    """A liver of which no segment is known: its volumes, and what a plan could be made of."""
    table = measure(liver)
    said = TEXTS["no_segments"].format(
        total=volume_text(table.total_ml), functional=volume_text(table.functional_ml)
    )
    quality = [f"! {found.check}: {plain(found.message)}" for found in liver.quality]
    lines = [*filled_lines(said), *filled_lines(TEXTS["what_then"])]
    for text in quality[:3]:
        lines += filled_lines(text, indent=4, first=2)
    return "\n".join([*lines, *filled_lines(STATEMENT)])


def _named(assessments: Sequence[Assessment]) -> str:
    return plain(assessments[0].plan.name, None)


def _case_prefix(content: ReportContent) -> str:
    """The case by its name, where it has one."""
    return f"{content.case_words}: " if content.case_words else ""


def _one_plan(a: Assessment, content: ReportContent) -> list[str]:
    plan = content.plans[0]
    title = TEXTS["plan"].format(title=plan.title, removes=plan.removes) if plan.removes else plan.title
    intent = "" if plan.intent == "cure" else TEXTS["intent"].format(intent=plan.intent)
    lines = filled_lines(f"{_case_prefix(content)}{title}{intent}", indent=2)
    lines += _flag_lines(plan)
    lines += filled_lines(_liver(a), indent=4, first=2)
    lines += filled_lines(_remnant(a), indent=4, first=2)
    perfused_ml = a.measures.values()["perfused_flr_ml"]
    if perfused_ml is not None and perfused_ml < a.volumes.remnant_ml:
        share = number(a.measures.values()["perfused_flr_percent_of_measured"], 1, _limits(a, _MEASURED))
        said = TEXTS["perfused"].format(ml=volume_text(perfused_ml), share=share)
        lines += filled_lines(said, indent=4, first=2)
    lines += filled_lines(_tumours(a), indent=4, first=2)
    lines += filled_lines(_needs(a), indent=4, first=2)
    for text in _checklist(a):
        lines += filled_lines(text, indent=4, first=2)
    return [*lines, *_quality(plan)]


_SAID_ELSEWHERE: Final = frozenset({*NEXT, "certainty"})
"""Rows whose evidence another line of this page holds: the tumours, what to give next, the headline."""


def _checklist(a: Assessment) -> list[str]:
    """The reassurance table in a line a status; evidence only where no other line says it."""
    lines = []
    for status in ("against", "not shown", "accepted", "shown"):
        rows = [row for row in a.reassurance if row.status == status]
        if not rows:
            continue
        if status == "shown":
            words = ", ".join(row.row for row in rows)
        elif status == "accepted":
            words = "; ".join(row.said for row in rows)
        else:
            words = "; ".join(
                row.row if row.row in _SAID_ELSEWHERE else f"{row.row} ({row.evidence})" for row in rows
            )
        lines.append(plain(f"{STATUS_SIGNS[status]} {status}: {words}", None))
    return lines


def _flag_lines(plan: PlanContent) -> list[str]:
    words = TEXTS["flag"].format(words=plan.flag_words, flag=plan.flag)
    return filled_lines(f"{plan.sign} {words}: {plan.headline}", indent=2)


def _several(assessments: Sequence[Assessment], content: ReportContent, *, is_standard: bool) -> list[str]:
    """The plans as a table first, then the flag of each in words where somebody named them."""
    count = TEXTS["standard"] if is_standard else TEXTS["plans"].format(count=len(assessments))
    lines = filled_lines(f"{_case_prefix(content)}{count}", indent=2)
    lines += filled_lines(_liver(assessments[0]), indent=2)
    lines += _table(assessments, content) if is_standard else _rows(content)
    titles = plan_titles(assessments)
    said = beneath(
        {
            title: [row.row for row in a.reassurance if row.is_missing]
            for title, a in zip(titles, assessments, strict=True)
        },
        {title: a.accepted_rows for title, a in zip(titles, assessments, strict=True)},
    )
    lines += filled_lines(said, indent=2)
    lines += filled_lines(limits_beneath(assessments), indent=2)
    if not is_standard:
        lines += _assumed_lines(titles, assessments)
        for title, plan, a in zip(titles, content.plans, assessments, strict=True):
            named = TEXTS["flag"].format(words=title, flag=plan.flag)
            said = _beside_the_table(a, plan.headline)
            lines += filled_lines(f"{plan.sign} {named}: {said}", indent=2)
    quality = [row for row in content.common_quality if row.severity != "info"]
    shown = [f"{row.sign} {row.check}: {row.message}" for row in quality]
    return [*lines, *_cut(shown)]


def _assumed_lines(titles: Sequence[str], assessments: Sequence[Assessment]) -> list[str]:
    """What was assumed of the background, once for the plans of which the same is true."""
    plans_of: dict[str, list[str]] = {}
    for title, a in zip(titles, assessments, strict=True):
        if a.assumed:
            plans_of.setdefault(a.assumed, []).append(title)
    lines = []
    for said, plans in plans_of.items():
        named = "" if len(plans) == len(titles) else f" ({', '.join(plans)})"
        lines += filled_lines(f"{said.removesuffix('.')}{named}.", indent=2)
    return lines


def _beside_the_table(a: Assessment, headline: str) -> str:
    """A headline without what stands once for all plans: numbers, tumours not treated, what was assumed."""
    for said in (a.opening, a.assumed, *tumours_not_treated(a.outcome.cut_through, a.outcome.left)):
        headline = headline.replace(f"{plain(said, None)} ", "", 1) if said else headline
    return headline.removesuffix(REVIEW).rstrip()


def _quality(plan: PlanContent) -> list[str]:
    return _cut([f"{row.sign} {row.check}: {row.message}" for row in plan.quality if row.severity != "info"])


def _cut(texts: Sequence[str], most: int = 2) -> list[str]:
    """The first texts in a line each; how many more there are stands beside the last."""
    lines = []
    for text in texts[:most]:
        lines += [f"  {plain(text, WIDTH - 20)}"]
    if len(texts) > most:
        lines[-1] += f" ({TEXTS['more'].format(count=len(texts) - most)})"
    return lines


def _liver(a: Assessment) -> str:
    volumes, standard_ml = a.volumes, a.measures.standard_liver_volume_ml
    standard = ""
    if standard_ml is not None:
        formula = formula_words(a.provenance.standard_volume_formula)
        standard = TEXTS["standard_volume"].format(ml=volume_text(standard_ml), formula=formula)
    tumour = "not known" if volumes.tumour_ml is None else volume_text(volumes.tumour_ml)
    return TEXTS["liver"].format(
        total=volume_text(volumes.total_ml),
        functional=volume_text(volumes.functional_ml),
        tumour=tumour,
        standard=standard,
    )


def _limits(a: Assessment, measure_key: str) -> list[float]:
    return sorted({f.criterion.limit for f in a.findings if f.criterion.measure == measure_key})


def _share(a: Assessment, measure_key: str, digits: int = 1) -> str:
    """A share on its side of its limits."""
    return number(a.measures.values()[measure_key], digits, _limits(a, measure_key))


def _ends(a: Assessment, measure_key: str, digits: int = 1) -> str:
    """Ends of a share's interval in brackets; empty where none is known."""
    interval = a.intervals.get(measure_key)
    return "" if interval is None else f" ({interval.low:.{digits}f}–{interval.high:.{digits}f})"


def _remnant(a: Assessment) -> str:
    shares = [
        f"{_share(a, key, digits)} % {words}{_ends(a, key) if key == _MEASURED else ''}"
        for key, digits, words in (
            (_MEASURED, 1, "of the liver"),
            (_STANDARD, 1, "of the standard"),
            ("flr_to_body_weight_percent", 3, "of the body weight"),
        )
        if a.measures.values()[key] is not None
    ]
    return TEXTS["remnant"].format(ml=volume_text(a.volumes.remnant_ml), shares=", ".join(shares) or MISSING)


def _needs(a: Assessment) -> str:
    """What brings the graded remnant to the limit that asks for most; empty where it reaches all of them."""
    row = a.outcome.short_of
    if row is None or not row.short_ml:
        return ""
    return TEXTS["needs"].format(ml=volume_text(row.short_ml), growth=growth_words(a))


def _names(names: Sequence[str], count: int, most: int) -> str:
    if len(names) > most:
        return TEXTS["some"].format(count=len(names), all=count)
    return ", ".join(plain(name, 12) for name in names)


def _fates(a: Assessment, *, treated: bool, most: int = _MOST_NAMES) -> str:
    """What becomes of the tumours: those that are cut through and left first, and named."""
    outcomes = [] if a.tumours is None else [fact.outcome for fact in a.tumours.tumours]
    if not outcomes:
        return ""
    said = []
    for fate in ("cut_through", "left"):
        names = [one.tumour.name for one in outcomes if one.fate == fate]
        if names:
            said.append(TEXTS[fate].format(names=_names(names, len(outcomes), most)))
    done = [one.tumour.name for one in outcomes if one.is_treated]
    if len(done) == len(outcomes):
        return TEXTS["all_treated"].format(count=len(outcomes))
    if treated and done:
        said.append(TEXTS["treated"].format(names=_names(done, len(outcomes), most)))
    return " ".join(said)


def _tumours(a: Assessment) -> str:
    if a.volumes.tumour_ml is None:
        return TEXTS["tumours_not_known"]
    fates = _fates(a, treated=True)
    if fates:
        return TEXTS["tumours"].format(fates=fates)
    return TEXTS["no_tumours"] if a.volumes.tumour_ml == 0.0 else ""


_HEADS: Final = ("plan", "FLR mL", "% of liver", "standard", "perfused", "tumours", "flag by volume")
_NUMBERS: Final = range(1, 5)


def _rows(content: ReportContent) -> list[str]:
    """The rows by which plans are compared everywhere."""
    plans = content.in_rows
    heads = ("Plan", *(column.label for column in plans.columns))
    return grid_lines([heads, *((line.title, *line.cells) for line in plans.lines)])


def _table(assessments: Sequence[Assessment], content: ReportContent) -> list[str]:
    """A line for each of many plans; columns that no plan fills are left out."""
    names = [plain(a.plan.name, None) for a in assessments]
    titles = plan_titles(assessments)
    if len(set(names)) == len(names) and all(a.plan.notation for a in assessments):
        tries = [(names, _MOST_NAMES), (names, 0), (titles, _MOST_NAMES)]
    else:
        tries = [(titles, _MOST_NAMES)]
    for shown, most in tries:
        rows = [
            (title, *_cells(a, most, content.in_rows.cell(n, "perfused")))
            for n, (title, a) in enumerate(zip(shown, assessments, strict=True), start=1)
        ]
        filled = [at for at in range(len(_HEADS)) if any(row[at] not in ("", MISSING) for row in rows)]
        widths = {at: max(len(row[at]) for row in (_HEADS, *rows)) for at in filled}
        if sum(widths.values()) + 2 * (len(filled) - 1) <= WIDTH:
            break
    widths[0] = min(widths[0], max(20, WIDTH - sum(widths[at] + 2 for at in filled[1:])))
    lines = []
    for row in (_HEADS, *rows):
        wrapped = textwrap.wrap(row[0], widths[0], break_on_hyphens=False, subsequent_indent="  ") or [""]
        cells = [
            row[at].rjust(widths[at]) if at in _NUMBERS else row[at].ljust(widths[at]) for at in filled[1:]
        ]
        lines.append("  ".join([wrapped[0].ljust(widths[0]), *cells]).rstrip())
        lines += wrapped[1:]
    return lines


def _cells(a: Assessment, most: int, perfused: str) -> tuple[str, ...]:
    return (
        number(a.volumes.remnant_ml, 0),
        _share(a, _MEASURED) + _ends(a, _MEASURED, 0),
        _share(a, _STANDARD),
        perfused,
        _fates(a, treated=False, most=most),
        f"{TONE_SIGNS[FLAG_TONES[a.flag_by_volume]]} {FLAG_WORDS[a.flag_by_volume]}",
    )


def _next_lines(assessments: Sequence[Assessment]) -> list[str]:
    """What to give next for a flag that nothing holds back."""
    missing = dict.fromkeys(
        row.row for a in assessments for row in a.reassurance if row.is_missing and row.status == "not shown"
    )
    said = [NEXT[row] for row in NEXT if row in missing]
    look = [row for row in missing if row not in NEXT]
    if look:
        said.append(_LOOK.format(rows=", ".join(look)))
    return filled_lines(TEXTS["next"].format(what="; ".join(said)), indent=2) if said else []
