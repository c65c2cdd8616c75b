"""The result of a search as a document for programs and a table for people."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Literal

from flr.criteria.tumour_rules import MARGIN_GRADE_TEXTS, grade_margin
from flr.report.document import finite
from flr.report.words import FLAG_WORDS, STATEMENT, number, plain

if TYPE_CHECKING:
    from flr.search import Candidate, SearchResult
    from flr.tumours import Tumour

SEARCH_SCHEMA = "flr-search/1"

WIDTH = 100
"""Columns that no line of the table exceeds."""

_SHOWN = 12

_GRADED = ("margin_below_voxel_error",)
"""Notes of plans that the grade of their margin says already."""

_MEASURED = (
    "The least margin is what a plan promises; `flr assess` measures it between surfaces on voxels and finds"
    " up to {} mm less."
)


def search_document(result: SearchResult) -> dict[str, Any]:
    """``flr-search/1``: every number unrounded, what is not known None."""
    limits = result.limits
    return {
        "schema": SEARCH_SCHEMA,
        "limits": {
            "least_margin_mm": limits.margin_mm,
            "wide_margin_mm": limits.wide_margin_mm,
            "minimum_flr_percent_of_measured": limits.minimum_flr_percent,
            "minimum_source": limits.minimum_source,
        },
        "voxel_error_mm": finite(result.tumours.error_mm),
        "tumour_instances": result.tumours.instances,
        "bilobar": result.tumours.is_bilobar,
        "tumours": [_tumour(tumour) for tumour in result.tumours],
        "candidates": [_candidate(c, result) for c in result.candidates],
        "others": [{"plan": r.notation, "reason": r.reason} for r in result.others],
        "rejected": [{"plan": r.notation, "reason": r.reason} for r in result.rejected],
        "two_stage": [
            {
                "first": s.first or None,
                "second": s.second,
                "flr_ml": finite(s.flr_ml),
                "flr_percent_of_measured": finite(s.flr_percent_of_measured),
                "growth_needed_percent": finite(s.growth_needed_percent),
                "least_margin_mm": finite(s.least_margin_mm),
            }
            for s in result.two_stage
        ],
        "unmet": [
            {
                "limit": u.limit,
                "tumour": u.tumour,
                "plan": u.plan or None,
                "needed": finite(u.needed),
                "best": finite(u.best),
                "short_by": finite(u.short_by),
                "unit": u.unit,
                "message": u.message,
            }
            for u in result.unmet
        ],
        "notes": list(result.notes),
        "note_texts": _note_texts(result),
    }


def _note_texts(result: SearchResult) -> dict[str, str]:
    from flr.search import NOTE_TEXTS

    used = dict.fromkeys([*result.notes, *(note for c in result.candidates for note in c.notes)])
    return {note: NOTE_TEXTS[note] for note in used}


def _tumour(tumour: Tumour) -> dict[str, Any]:
    return {
        "name": tumour.name,
        "volume_ml": finite(tumour.volume_ml),
        "longest_axial_diameter_mm": finite(tumour.longest_axial_diameter_mm),
        "longest_diameter_mm": finite(tumour.longest_diameter_mm),
        "centroid_mm": list(tumour.centroid_mm),
        "parts": dict(tumour.parts_percent),
        "depth_mm": finite(tumour.depth_mm),
        "vessels_mm": {kind: finite(mm) for kind, mm in tumour.vessels_mm.items()},
        "vanished": tumour.vanished,
    }


def _candidate(candidate: Candidate, result: SearchResult) -> dict[str, Any]:
    least_mm = candidate.least_margin_mm
    assessment = candidate.assessment
    return {
        "plan": candidate.plan.notation,
        "name": candidate.plan.name,
        "removes": list(candidate.parts),
        "kinds": list(candidate.kinds),
        "flr_ml": finite(candidate.flr_ml),
        "flr_percent_of_measured": finite(candidate.flr_percent_of_measured),
        "perfused_flr_ml": finite(candidate.perfused_ml),
        "sacrificed_ml": finite(candidate.sacrificed_ml),
        "least_margin_mm": finite(least_mm),
        "least_margin_error_mm": finite(result.tumours.error_mm),
        "margin_grade": grade_margin("resected", least_mm, result.tumours.error_mm),
        "margins_mm": {name: finite(mm) for name, mm in candidate.margins_mm.items()},
        "meets_minimum": candidate.meets_minimum,
        "flag": None if assessment is None else str(assessment.flag),
        "headline": None if assessment is None else assessment.headline,
        "on_front": candidate.on_front,
        "reason": candidate.reason or None,
        "notes": list(candidate.notes),
    }


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
    for note, text in _note_texts(result).items():
        if note not in _GRADED:
            lines += _wrapped(f"note: {text}", 0, 6)
    if result.candidates:
        lines += _wrapped(f"note: {_MEASURED.format(number(result.tumours.error_mm, 1))}", 0, 6)
    return "\n".join([*lines, "", *_wrapped(STATEMENT, 0, 0)])


def _wrapped(text: str, first: int, rest: int) -> list[str]:
    """Lines of at most :data:`WIDTH` columns; ``first`` and ``rest`` are how far they are indented."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * rest,
        break_on_hyphens=False,
    )


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
        flag = "not graded" if candidate.assessment is None else FLAG_WORDS[str(candidate.assessment.flag)]
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
    return lines


def search_model() -> Any:
    """The pydantic model of ``flr-search/1``; its JSON Schema is published in ``docs/schemas``."""
    from pydantic import ConfigDict, Field, create_model

    strict = ConfigDict(extra="forbid", allow_inf_nan=False)

    def record(model: str, /, **kinds: Any) -> Any:
        fields: dict[str, Any] = {key: (kind, Field(alias=key.rstrip("_"))) for key, kind in kinds.items()}
        return create_model(model, __config__=strict, **fields)

    def several(item: Any) -> Any:
        return GenericAlias(list, (item,))

    numbers = Mapping[str, float]
    point = Annotated[list[float], Field(min_length=3, max_length=3)]
    limits = record(
        "SearchLimits",
        least_margin_mm=float,
        wide_margin_mm=float,
        minimum_flr_percent_of_measured=float,
        minimum_source=str,
    )
    tumour = record(
        "SearchTumour",
        name=str,
        volume_ml=float,
        longest_axial_diameter_mm=float,
        longest_diameter_mm=float,
        centroid_mm=point,
        parts=numbers,
        depth_mm=float | None,
        vessels_mm=numbers,
        vanished=bool,
    )
    candidate = record(
        "SearchCandidate",
        plan=str,
        name=str,
        removes=list[str],
        kinds=list[Literal["anatomical", "wedge", "ablation"]],
        flr_ml=float,
        flr_percent_of_measured=float,
        perfused_flr_ml=float | None,
        sacrificed_ml=float,
        least_margin_mm=float | None,
        least_margin_error_mm=float,
        margin_grade=str,
        margins_mm=Mapping[str, float | None],
        meets_minimum=bool,
        flag=str | None,
        headline=str | None,
        on_front=bool,
        reason=str | None,
        notes=list[str],
    )
    named = record("SearchNamed", plan=str, reason=str)
    stage = record(
        "SearchTwoStage",
        first=str | None,
        second=str,
        flr_ml=float,
        flr_percent_of_measured=float,
        growth_needed_percent=float,
        least_margin_mm=float | None,
    )
    unmet = record(
        "SearchUnmet",
        limit=Literal["least_margin", "ablation_size", "minimum_flr", "remnant_segments"],
        tumour=str | None,
        plan=str | None,
        needed=float,
        best=float,
        short_by=float,
        unit=str,
        message=str,
    )
    return record(
        "FlrSearch",
        schema_=Literal["flr-search/1"],
        limits=limits,
        voxel_error_mm=float,
        tumour_instances=Literal["none", "labels", "components"],
        bilobar=bool | None,
        tumours=several(tumour),
        candidates=several(candidate),
        others=several(named),
        rejected=several(named),
        two_stage=several(stage),
        unmet=several(unmet),
        notes=list[str],
        note_texts=Mapping[str, str],
    )


def search_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of ``flr-search/1``."""
    identity = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:flr-search:1"}
    return {**identity, **search_model().model_json_schema()}
