"""Plans side by side: a row per plan with what decides, and tumours against plans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flr.measures import MEASURE_UNITS
from flr.pictures.bands import graded_measure, is_perfused
from flr.words import (
    FATE_SIGNS,
    FATE_WORDS,
    FLAG_TONES,
    FLAG_WORDS,
    MISSING,
    TONE_SIGNS,
    limit_text,
    lower_first,
    measure_digits,
    number,
    plain,
    short_measure_words,
    volume_text,
)

if TYPE_CHECKING:
    from flr.assessment import Assessment
    from flr.criteria.tumour_block import TumourFact

    _Made = Callable[[Assessment], str]

_MOST_TREATED = 8
"""Names of treated tumours in one cell; those that are not treated are all named, up to `_MOST_UNTREATED`."""

_MOST_UNTREATED = 20

DOUBTFUL_GRADES = frozenset({"below_1_mm", "below_5_mm", "not_resolvable"})
"""Margins of treated tumours that somebody has to look at."""

MATRIX_WORDS = (
    "✓ treated whole, with the planned margin in mm; ✗ left; ✂ cut through."
    " !: planned margin below 1 mm, or 5 mm for an ablation, the voxel size allowed for."
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column per plan, a row per quantity; ``beneath`` is said once."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    beneath: str = ""

    def part(self, start: int, stop: int) -> Comparison:
        """Some of the plans, for where not all fit side by side."""
        return Comparison(
            self.titles[start:stop],
            tuple((label, values[start:stop]) for label, values in self.rows),
            self.beneath,
        )

    def parts(self, size: int) -> tuple[Comparison, ...]:
        """All plans, at most ``size`` side by side."""
        return tuple(self.part(start, start + size) for start in range(0, len(self.titles), size))


@dataclass(frozen=True, slots=True)
class Column:
    """One quantity by which plans are compared: its key and its words."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One plan in a row: ``cells`` in the order of the columns; ``warning`` names the tumours not treated."""

    number: int
    title: str
    tone: str
    cells: tuple[str, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True)
class PlansInRows:
    """Plans as rows, the quantities that decide as columns; ``beneath`` is said once.

    ``matrix`` has a row per tumour and a column per plan; None without located tumours.
    """

    columns: tuple[Column, ...]
    lines: tuple[PlanLine, ...]
    matrix: Comparison | None
    beneath: str

    def cell(self, number: int, key: str) -> str:
        """What stands under a column for the plan of that number; empty where there is no such column."""
        keys = [column.key for column in self.columns]
        return self.lines[number - 1].cells[keys.index(key)] if key in keys else ""


def plans_in_rows(assessments: Sequence[Assessment], beneath: str = "") -> PlansInRows:
    """The plans of one case as rows.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan.
    beneath : str
        What is said once about all of them.
    """
    cells = {column: tuple(map(made, assessments)) for column, made in _columns(assessments).items()}
    titles = plan_titles(assessments)
    return PlansInRows(
        columns=tuple(cells),
        lines=tuple(
            PlanLine(
                number=n,
                title=title,
                tone=FLAG_TONES[a.flag_by_volume],
                cells=tuple(values[n - 1] for values in cells.values()),
                warning=untreated_words(a),
            )
            for n, (a, title) in enumerate(zip(assessments, titles, strict=True), start=1)
        ),
        matrix=_matrix(assessments, titles),
        beneath=beneath,
    )


def _columns(assessments: Sequence[Assessment]) -> dict[Column, _Made]:
    """The columns that say something about at least one of the plans."""
    standard = graded_measure(assessments[0], "flr_percent_of_standard")
    interval = any(SHARE in a.intervals for a in assessments)
    made: dict[Column, _Made] = {
        Column("flr", "FLR, mL"): lambda a: volume_text(a.volumes.remnant_ml),
        Column("share", f"mFLR, %{' (95 % interval)' if interval else ''}"): _share,
        Column("standard", f"{short_measure_words(standard)}, %"): lambda a: _value(a, standard),
    }
    if any(a.perfusion is not None and SHARE in a.perfusion.spans for a in assessments):
        made[Column("perfused", "Perfused, %")] = _perfused
    if any(a.volumes.tumour_ml or (a.tumours and a.tumours.tumours) for a in assessments):
        made[Column("tumours", "Tumours")] = _tumours
        made[Column("margin", "Least margin, mm")] = _margin
    made[Column("growth", "Growth needed")] = growth_words
    made[Column("flag", "Flag")] = _flag
    return made


SHARE = "flr_percent_of_measured"


def limits_of(a: Assessment, measure: str) -> list[float]:
    """Limits that a measure is compared with: what is printed keeps its side of them."""
    return [found.criterion.limit for found in a.findings if found.criterion.measure == measure]


def span_text(a: Assessment, measure: str) -> str:
    """The interval of a measure, e.g. ``26.8–31.7``."""
    interval, limits, digits = a.intervals[measure], limits_of(a, measure), measure_digits(measure)
    return f"{number(interval.low, digits, limits)}–{number(interval.high, digits, limits)}"


def _value(a: Assessment, measure: str) -> str:
    limits = limits_of(a, "flr_percent_of_standard" if measure != SHARE else SHARE)
    return number(a.measures.values()[measure], measure_digits(measure), limits)


def _share(a: Assessment) -> str:
    shown = _value(a, SHARE)
    return f"{shown} ({span_text(a, SHARE)})" if SHARE in a.intervals else shown


def _perfused(a: Assessment) -> str:
    """From the least perfused share, doubtful vessels lost, to that with congested tissue recovered."""
    if a.perfusion is None or SHARE not in a.perfusion.spans:
        return MISSING
    span, limits = a.perfusion.spans[SHARE], limits_of(a, SHARE)
    doubtful = span.least if a.perfusion.doubtful_ml is not None else None
    low, high = (
        number(value, 1, limits) for value in (span.low if doubtful is None else doubtful, span.high)
    )
    return low if low == high else f"{low}–{high}"


def _tumours(a: Assessment) -> str:
    """Tumours by what becomes of them, those that the plan does not treat first."""
    block, ml = a.tumours, a.volumes.tumour_ml
    if block is None or not block.tumours:
        if ml is None:
            return MISSING
        return f"{volume_text(a.volumes.remnant_tumour_ml)} mL left, none located" if ml > 0.0 else "none"
    outcome = a.outcome
    groups = (
        (FATE_SIGNS["cut_through"], outcome.cut_through, _MOST_UNTREATED),
        (FATE_SIGNS["left"], outcome.left, _MOST_UNTREATED),
        (FATE_SIGNS["resected"], outcome.treated, _MOST_TREATED),
    )
    return " ".join(f"{sign}\N{NO-BREAK SPACE}{_names(names, most)}" for sign, names, most in groups if names)


def _names(names: Sequence[str], most: int) -> str:
    """Names after each other; of very many the first, and how many more there are."""
    said = ", ".join(plain(name, 20) for name in names[:most])
    return said if len(names) <= most else f"{said} and {len(names) - most} more"


def untreated_words(a: Assessment) -> str:
    """What a plan does not treat, in words; empty where it treats every tumour.

    E.g. ``✂ cuts through T1 and T5, not a treatment of them; ✗ leaves T2``.
    """
    cut, left = a.outcome.cut_through, a.outcome.left
    said = []
    if cut:
        them = "it" if len(cut) == 1 else "them"
        said.append(f"{FATE_SIGNS['cut_through']} cuts through {_and(cut)}, not a treatment of {them}")
    if left:
        said.append(f"{FATE_SIGNS['left']} leaves {_and(left)}")
    return "; ".join(said)


def _and(names: Sequence[str]) -> str:
    if len(names) > _MOST_UNTREATED:
        return _names(names, _MOST_UNTREATED)
    *first, last = (plain(name, 20) for name in names)
    return f"{', '.join(first)} and {last}" if first else last


def _margin(a: Assessment) -> str:
    """The least margin over all tumours of a plan: 0 where one stays or is cut through, which is said."""
    outcome = a.outcome
    if outcome.worst_margin_mm is None or outcome.worst_margin_tumour is None:
        return MISSING
    least, name = number(outcome.worst_margin_mm), plain(outcome.worst_margin_tumour, 20)
    if outcome.untreated:
        fate = "cut_through" if outcome.cut_through else "left"
        more = f", {len(outcome.untreated) - 1} more" if len(outcome.untreated) > 1 else ""
        return f"{least} ({name} {FATE_WORDS[fate]}{more})"
    return f"{least} ± {number(outcome.worst_margin_error_mm)} ({name})"


def growth_words(a: Assessment) -> str:
    """Growth of the graded remnant that brings it to the limit that asks for most."""
    short = a.outcome.short_of
    if short is None:
        return "none" if a.outcome.is_growth_known else MISSING
    values = [f.value for f in a.findings if f.criterion.measure == short.measure]
    perfused = is_perfused(a, short.measure, next((v for v in values if v is not None), None))
    measure = short_measure_words(graded_measure(a, short.measure))
    unit = MEASURE_UNITS[short.measure]
    limit = f"{measure}{' perfused' if perfused else ''} {limit_text(short.limit)} {unit}"
    if short.growth_needed_percent is None:
        return f"no remnant to grow to {limit}"
    if not short.short_ml:
        return f"at {limit}: more"
    return f"+{volume_text(short.growth_needed_percent)} % for {limit}"


def _flag(a: Assessment) -> str:
    return f"{TONE_SIGNS[FLAG_TONES[a.flag_by_volume]]} {FLAG_WORDS[a.flag_by_volume]}"


def _matrix(assessments: Sequence[Assessment], titles: Sequence[str]) -> Comparison | None:
    """Tumours against plans: what becomes of each, and its planned margin."""
    listed = [{fact.outcome.tumour.name: fact for fact in _facts(a)} for a in assessments]
    names = dict.fromkeys(name for facts in listed for name in facts)
    if not names:
        return None
    rows = []
    for name in names:
        facts = [of_plan.get(name) for of_plan in listed]
        tumour = next(fact for fact in facts if fact is not None).outcome.tumour
        size = "vanished" if tumour.vanished else f"{volume_text(tumour.volume_ml)} mL"
        parts = ", ".join(plain(part, 30) for part in tumour.parts_percent)
        label = f"{plain(name, 20)} ({size}{f', in {parts}' if parts else ''})"
        rows.append((label, tuple(MISSING if fact is None else matrix_cell(fact) for fact in facts)))
    error_mm = max(fact.outcome.error_mm for facts in listed for fact in facts.values())
    return Comparison(tuple(titles), tuple(rows), f"{MATRIX_WORDS} Margins ± {number(error_mm)} mm.")


def _facts(a: Assessment) -> Iterable[TumourFact]:
    return () if a.tumours is None else a.tumours.tumours


def matrix_cell(fact: TumourFact) -> str:
    """What becomes of a tumour: its sign, and the planned margin in mm where the plan treats it."""
    outcome = fact.outcome
    sign = FATE_SIGNS[outcome.fate]
    if outcome.fate == "left":
        return sign
    margin = MISSING if outcome.planned_margin_mm is None else number(outcome.planned_margin_mm)
    doubt = "!" if outcome.is_treated and fact.margin_grade in DOUBTFUL_GRADES else ""
    return f"{sign}{doubt}\N{NO-BREAK SPACE}{margin}"


def limits_beneath(assessments: Sequence[Assessment]) -> str:
    """What stands beneath a table of flags where a site's limits or background give another than published.

    Empty where they give the same.
    """
    apart = [
        f"{title} {lower_first(FLAG_WORDS[a.flag_by_published_limits])}"
        for title, a in zip(plan_titles(assessments), assessments, strict=True)
        if a.flag_by_published_limits not in (None, a.flag_by_volume)
    ]
    return (
        f"The site's own limits or background are used; by the published ones: {'; '.join(apart)}."
        if apart
        else ""
    )


def plan_titles(assessments: Sequence[Assessment]) -> list[str]:
    """A short title of each plan, numbered where two would be the same."""
    titles = [plain(a.plan.notation or a.plan.name, None) for a in assessments]
    if len(set(titles)) < len(titles):
        return [f"{n}: {title}" for n, title in enumerate(titles, start=1)]
    return titles
