"""A follow-up as the document for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flr.criteria.growth import GROWTH_UNITS
from flr.documents.assessments import Document, assessment_document, finite, json_ready, reference_document
from flr.growth import FollowUp, ScanResult

if TYPE_CHECKING:
    from flr.criteria import Finding
    from flr.staging import StagedResult

FOLLOWUP_SCHEMA = "flr-followup/1"

_COPIED = ("volumes_ml", "volumes_are_lower_bounds", "measures", "measures_reasons", "flag", "triggers")


def followup_document(
    result: FollowUp, staged: Sequence[StagedResult] = (), *, identify: bool = False
) -> Document:
    """A follow-up as plain dicts, lists, texts, numbers and None: ``flr-followup/1``.

    Parameters
    ----------
    result : FollowUp
    staged : sequence of StagedResult
        Staged plans on the scan that the last one is compared with.
    identify : bool
        Keep an age above 89 years.
    """
    last = assessment_document(result.last.assessment, identify)
    growth = result.growth
    values = dict.fromkeys(GROWTH_UNITS) if growth is None else growth.values()
    rate = None if growth is None else growth.kgr_interval
    return {
        "schema": FOLLOWUP_SCHEMA,
        "case_id": result.case_id,
        "plan": last["plan"],
        "procedure": result.procedure,
        "scans": [_scan(scan, identify) for scan in result.scans],
        "growth": {
            **{name: finite(value) for name, value in values.items()},
            "degree_of_hypertrophy_low_pp": None if growth is None else finite(growth.low_pp),
            "degree_of_hypertrophy_high_pp": None if growth is None else finite(growth.high_pp),
            "kgr_standardised_low_pp_per_week": None if rate is None else finite(rate.low),
            "kgr_standardised_high_pp_per_week": None if rate is None else finite(rate.high),
            "kgr_standardised_probability_below": {} if rate is None else dict(rate.probability_below),
            "is_real": None if growth is None else growth.is_real,
            "since_procedure_days": None if growth is None else growth.since_procedure_days,
            "since_reference_days": None if growth is None else growth.since_reference_days,
            "scan": result.growth_scan,
            "rate_scan": result.rate_scan,
            "reference_scan": result.last.reference,
            "units": dict(GROWTH_UNITS),
            "reasons": {} if growth is None else dict(growth.reasons),
        },
        "findings": [_finding(found) for found in result.findings],
        "needs": [
            {
                **json_ready(need.shortfall),
                "weeks": finite(need.weeks),
                "low_weeks": finite(need.low_weeks),
                "high_weeks": finite(need.high_weeks),
                "no_weeks_because": need.reason,
            }
            for need in result.needs
        ],
        "published_growth": [
            {
                "key": row.key,
                "text": row.text,
                "reference": reference_document(row.reference),
                "evidence": row.evidence,
            }
            for row in result.published
        ],
        "flag": result.flag,
        "triggers": list(result.triggers),
        "headline": result.headline,
        "notes": list(result.notes),
        "note_texts": dict(result.note_texts),
        "quality": [
            {"check": found.check, "severity": found.severity, "message": found.message}
            for found in result.quality
        ],
        "staged": [_staged(one) for one in staged],
        "patient": last["patient"],
        "provenance": {
            key: last["provenance"][key]
            for key in (
                "flr_version",
                "bsa_formula",
                "standard_volume_formula",
                "conditions",
                "limits",
                "accepted",
            )
        },
    }


def _scan(result: ScanResult, identify: bool) -> Document:
    document = assessment_document(result.assessment, identify)
    scan, growth, side = result.scan, result.growth, result.embolised_side
    return {
        "number": result.number,
        "date": scan.date.isoformat(),
        "phase": scan.phase,
        "modality": scan.modality,
        "after": scan.after,
        "after_date": None if scan.after_date is None else scan.after_date.isoformat(),
        "reference": result.reference,
        **{key: document[key] for key in _COPIED},
        "growth": None
        if growth is None
        else {
            **{name: finite(value) for name, value in growth.values().items()},
            "since_procedure_days": growth.since_procedure_days,
            "since_reference_days": growth.since_reference_days,
        },
        "embolised_side": None
        if side is None
        else {
            "parts": list(side.parts),
            "before_ml": finite(side.before_ml),
            "after_ml": finite(side.after_ml),
            "change_percent": finite(side.change_percent),
        },
        "regrowth_percent": finite(result.regrowth_percent),
        "weight_kg": finite(scan.weight_kg),
        "weight_change_percent": finite(result.weight_change_percent),
        "function": [json_ready(one) for one in result.function],
        "quality": document["quality"],
        "inputs": document["provenance"]["inputs"],
        "grid": document["provenance"]["grid"],
        "scheme": document["provenance"]["scheme"],
    }


def _staged(result: StagedResult) -> Document:
    return {
        "name": result.name,
        "technique": result.technique,
        "notation": result.notation,
        "stages": [
            {
                "key": stage.key,
                "title": stage.title,
                "leaves_ml": finite(stage.leaves_ml),
                "leaves_tumour_ml": finite(stage.leaves_tumour_ml),
                "left_functional_ml": finite(stage.left_functional_ml),
                "left_tumour_ml": finite(stage.left_tumour_ml),
                "flr_ml": finite(stage.flr_ml),
                "flr_percent_of_measured": finite(stage.assessment.measures.flr_percent_of_measured),
                "flr_percent_of_standard": finite(stage.assessment.measures.flr_percent_of_standard),
                "embolised_parts": list(stage.embolised_parts),
                "embolised_ml": finite(stage.embolised_ml),
                "flag": stage.flag,
                "headline": stage.headline,
                "needs": [json_ready(need) for need in stage.needs],
            }
            for stage in result.stages
        ],
        "partition": json_ready(result.partition),
        "notes": list(result.notes),
        "note_texts": dict(result.note_texts),
    }


def _finding(found: Finding) -> Document:
    row = found.criterion
    return {
        "criterion": row.key,
        "measure": row.measure,
        "value": finite(found.value),
        "limit": finite(row.limit),
        "unit": row.unit,
        "verdict": str(found.verdict),
        "reason": found.reason,
        "reference": reference_document(row.reference),
        "evidence": row.evidence,
        "basis": row.basis,
        "fails_when": row.fails_when,
        "role": row.role,
    }
