"""The result of a search as the document for programs, and its schema."""

from __future__ import annotations

from collections.abc import Mapping
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Literal

from flr.criteria.tumour_rules import grade_margin
from flr.documents.assessments import finite

if TYPE_CHECKING:
    from flr.plansearch import Candidate, SearchResult
    from flr.tumours import Tumour

SEARCH_SCHEMA = "flr-search/1"


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
        "note_texts": note_texts(result),
    }


def note_texts(result: SearchResult) -> dict[str, str]:
    """The words of the notes that a result holds, by their keys."""
    from flr.plansearch import NOTE_TEXTS

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
