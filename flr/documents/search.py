"""The result of a search as the document for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from flr.criteria.model import Because, Flag
from flr.criteria.tumour_rules import MarginGrade, grade_margin
from flr.documents.base import SINCE_2, Document, Keys, Percent, filled, json_ready
from flr.plansearch.model import Kind, UnmetLimit
from flr.tumours import Instances

if TYPE_CHECKING:
    from flr.plansearch import Candidate, SearchResult
    from flr.tumours import Tumour

SEARCH_SCHEMA: Final = "flr-search/1"


@dataclass(frozen=True, slots=True)
class SearchLimits(Keys):
    """What every plan has to meet."""

    least_margin_mm: float
    wide_margin_mm: float
    minimum_flr_percent_of_measured: float
    minimum_source: str


@dataclass(frozen=True, slots=True)
class SearchTumour(Keys):
    """One tumour; ``parts`` in percent of the tumour."""

    name: str
    volume_ml: float
    longest_axial_diameter_mm: float
    longest_diameter_mm: float
    centroid_mm: tuple[float, float, float]
    parts: Mapping[str, Percent]
    depth_mm: float | None
    vessels_mm: Mapping[str, float]
    vanished: bool


@dataclass(frozen=True, slots=True)
class SearchCandidate(Keys):
    """A plan that meets the limits; graded where it is on the front."""

    plan: str
    name: str
    removes: tuple[str, ...]
    kinds: tuple[Kind, ...]
    flr_ml: float
    flr_percent_of_measured: float
    perfused_flr_ml: float | None
    sacrificed_ml: float
    least_margin_mm: float | None
    least_margin_error_mm: float
    margin_grade: MarginGrade
    margins_mm: Mapping[str, float | None]
    meets_minimum: bool
    flag: Flag | None
    headline: str | None
    on_front: bool
    reason: str | None
    notes: tuple[str, ...]
    because: Because | None = field(default=None, metadata=SINCE_2)
    flag_by_volume: Flag | None = field(default=None, metadata=SINCE_2)
    not_shown: tuple[str, ...] = field(default=(), metadata=SINCE_2)


@dataclass(frozen=True, slots=True)
class SearchNamed(Keys):
    """A plan that is not among the candidates, and why."""

    plan: str
    reason: str


@dataclass(frozen=True, slots=True)
class SearchTwoStage(Keys):
    """Two resections with growth between them."""

    first: str | None
    second: str
    flr_ml: float
    flr_percent_of_measured: float
    growth_needed_percent: float
    least_margin_mm: float | None


@dataclass(frozen=True, slots=True)
class SearchUnmet(Keys):
    """A limit that no plan meets, and the best that there is; both in ``unit``."""

    limit: UnmetLimit
    tumour: str | None
    plan: str | None
    needed: float
    best: float
    short_by: float
    unit: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument(Keys):
    """Resections that clear every tumour and leave enough."""

    schema: Literal["flr-search/1"] = SEARCH_SCHEMA
    limits: SearchLimits
    voxel_error_mm: float
    tumour_instances: Instances
    bilobar: bool | None
    tumours: tuple[SearchTumour, ...]
    candidates: tuple[SearchCandidate, ...]
    others: tuple[SearchNamed, ...]
    rejected: tuple[SearchNamed, ...]
    two_stage: tuple[SearchTwoStage, ...]
    unmet: tuple[SearchUnmet, ...]
    notes: tuple[str, ...]
    note_texts: Mapping[str, str]


def search_document(result: SearchResult) -> Document:
    """``flr-search/1``: every number unrounded, what is not known None."""
    limits = result.limits
    document: Document = json_ready(
        filled(
            SearchDocument,
            result,
            limits=filled(
                SearchLimits,
                limits,
                least_margin_mm=limits.margin_mm,
                minimum_flr_percent_of_measured=limits.minimum_flr_percent,
            ),
            voxel_error_mm=result.tumours.error_mm,
            tumour_instances=result.tumours.instances,
            bilobar=result.tumours.is_bilobar,
            tumours=tuple(_tumour(tumour) for tumour in result.tumours),
            candidates=tuple(_candidate(candidate, result) for candidate in result.candidates),
            others=tuple(SearchNamed(row.notation, row.reason) for row in result.others),
            rejected=tuple(SearchNamed(row.notation, row.reason) for row in result.rejected),
            two_stage=tuple(filled(SearchTwoStage, row, first=row.first or None) for row in result.two_stage),
            unmet=tuple(filled(SearchUnmet, row, plan=row.plan or None) for row in result.unmet),
            note_texts=note_texts(result),
        )
    )
    return document


def note_texts(result: SearchResult) -> dict[str, str]:
    """The words of the notes that a result holds, by their keys."""
    from flr.plansearch import NOTE_TEXTS

    used = dict.fromkeys([*result.notes, *(note for c in result.candidates for note in c.notes)])
    return {note: NOTE_TEXTS[note] for note in used}


def _tumour(tumour: Tumour) -> SearchTumour:
    return filled(SearchTumour, tumour, parts=tumour.parts_percent)


def _candidate(candidate: Candidate, result: SearchResult) -> SearchCandidate:
    least_mm = candidate.least_margin_mm
    assessment = candidate.assessment
    return filled(
        SearchCandidate,
        candidate,
        plan=candidate.plan.notation,
        name=candidate.plan.name,
        removes=candidate.parts,
        perfused_flr_ml=candidate.perfused_ml,
        least_margin_error_mm=result.tumours.error_mm,
        margin_grade=grade_margin("resected", least_mm, result.tumours.error_mm),
        flag=None if assessment is None else assessment.flag,
        because=None if assessment is None else assessment.because,
        flag_by_volume=None if assessment is None else assessment.flag_by_volume,
        not_shown=() if assessment is None else assessment.missing_rows,
        headline=None if assessment is None else assessment.headline,
        reason=candidate.reason or None,
    )
