"""Assessments as plain documents: the JSON that programs read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from flr.documents.fingerprints import fingerprints, versions
from flr.facts import PATIENT_FACTS
from flr.liver import INSISTED

if TYPE_CHECKING:
    from flr.assessment import Assessment, PlanSummary, Provenance
    from flr.criteria import Finding
    from flr.criteria.tumour_block import Burden, TumourFact
    from flr.formulas import Reference
    from flr.liver import Reading
    from flr.patient import Patient
    from flr.perfusion import PerfusionBlock
    from flr.uncertainty import Interval

ASSESSMENT_SCHEMA = "flr-assessment/1"
ASSESSMENTS_SCHEMA = "flr-assessments/1"

Document = dict[str, Any]


def assessment_document(assessment: Assessment, identify: bool = False) -> Document:
    """One assessment as plain dicts, lists, texts, numbers and None.

    Parameters
    ----------
    assessment : Assessment
    identify : bool
        Keep what may identify a person by itself: an age above 89 years.

    Returns
    -------
    dict
        ``flr-assessment/1``: every key is present, numbers are unrounded, what was not assessed is None.
    """
    a = assessment
    volumes = a.volumes
    document: Document = {
        "schema": ASSESSMENT_SCHEMA,
        "case_id": a.case_id,
        "plan": {
            "name": a.plan.name,
            "notation": a.plan.notation,
            "removes": list(a.plan.removes),
            "intent": a.plan.intent,
            "structures": list(a.plan.structures),
        },
        "volumes_ml": {
            "total": finite(volumes.total_ml),
            "functional": finite(volumes.functional_ml),
            "tumour": finite(volumes.tumour_ml),
            "nonfunctional": finite(volumes.nonfunctional_ml),
            "resected": finite(volumes.resected_ml),
            "ablated": finite(volumes.ablated_ml),
            "remnant": finite(volumes.remnant_ml),
            "remnant_tumour": finite(volumes.remnant_tumour_ml),
            "remnant_nonfunctional": finite(volumes.remnant_nonfunctional_ml),
            "parts": {key: finite(ml) for key, ml in volumes.parts_ml.items()},
        },
        "volumes_are_lower_bounds": volumes.lower_bound,
        "voxels": {key: a.voxels.get(key) for key in ("total", "resected", "ablated", "kept")},
        "measures": {key: finite(value) for key, value in a.measures.values().items()},
        "measures_reasons": dict(a.measures.reasons),
        "measures_ungraded": dict(a.measures.ungraded),
        "intervals": {key: _interval(interval) for key, interval in a.intervals.items()},
        "findings": [_finding(finding) for finding in a.findings],
        "triggers": list(a.triggers),
        "flag": str(a.flag),
        "headline": a.headline,
        "notes": list(a.notes),
        "note_texts": {note: a.note_texts[note] for note in a.notes if note in a.note_texts},
        "quality": [
            {"check": found.check, "severity": found.severity, "message": found.message}
            for found in a.quality
        ],
        "tumours": [] if a.tumours is None else [_tumour(fact) for fact in a.tumours.tumours],
        "burden": None if a.tumours is None or a.tumours.burden is None else _burden(a.tumours.burden),
        "remnant_pieces_ml": [] if a.tumours is None else [finite(ml) for ml in a.tumours.remnant_pieces_ml],
        "perfusion": None if a.perfusion is None else _perfusion(a.perfusion),
        "context": json_ready(a.context),
        "patient": _patient(a.patient, identify),
        "provenance": _provenance(a.provenance, a.plan),
    }
    document["provenance"]["fingerprints"] = fingerprints(document)
    return document


def assessments_document(assessments: Iterable[Assessment], identify: bool = False) -> Document:
    """Several assessments, one for each plan, as one ``flr-assessments/1`` document."""
    return {
        "schema": ASSESSMENTS_SCHEMA,
        "assessments": [assessment_document(a, identify) for a in assessments],
    }


def to_json(document: Mapping[str, Any]) -> str:
    """A document as JSON text: keys in their order, UTF-8 as it is, a newline at the end.

    Raises
    ------
    ValueError
        If the document holds NaN or infinity, which JSON does not have.

    Examples
    --------
    >>> to_json({"b": 1.5, "a": None, "c": [], "d": "µ"})
    '{\\n  "b": 1.5,\\n  "a": null,\\n  "c": [],\\n  "d": "µ"\\n}\\n'
    """
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def finite(value: float | None) -> float | None:
    """The number, or None where there is none: NaN and infinity are no volumes.

    >>> finite(1.5), finite(float("nan")), finite(None)
    (1.5, None, None)
    """
    return None if value is None or not math.isfinite(value) else float(value)


def reference_document(reference: Reference) -> Document:
    """Where a number was published."""
    return {"text": reference.text, "doi": reference.doi}


def json_ready(value: object) -> Any:
    """A record, mapping or sequence as what JSON has; NaN and infinity become None.

    Raises
    ------
    TypeError
        If JSON has no such thing.
    """
    if isinstance(value, Enum):
        return json_ready(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return finite(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: json_ready(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [json_ready(item) for item in items]
    raise TypeError(f"{type(value).__name__} has no place in a document; expected records of plain values")


def _interval(interval: Interval) -> Document:
    return {
        "low": finite(interval.low),
        "high": finite(interval.high),
        "level": interval.level,
        "probability_below": {key: finite(p) for key, p in interval.probability_below.items()},
    }


def _finding(finding: Finding) -> Document:
    criterion = finding.criterion
    return {
        "criterion": criterion.key,
        "measure": criterion.measure,
        "value": finite(finding.value),
        "limit": finite(criterion.limit),
        "unit": criterion.unit,
        "verdict": str(finding.verdict),
        "reason": finding.reason,
        "reference": reference_document(criterion.reference),
        "evidence": criterion.evidence,
        "basis": criterion.basis,
        "fails_when": criterion.fails_when,
    }


def _tumour(fact: TumourFact) -> Document:
    outcome = fact.outcome
    tumour = outcome.tumour
    near = tumour.nearest_vessel
    return {
        "name": tumour.name,
        "volume_ml": finite(tumour.volume_ml),
        "longest_axial_diameter_mm": finite(tumour.longest_axial_diameter_mm),
        "longest_diameter_mm": finite(tumour.longest_diameter_mm),
        "centroid_mm": [finite(mm) for mm in tumour.centroid_mm],
        "parts": {part: finite(percent) for part, percent in tumour.parts_percent.items()},
        "depth_mm": finite(tumour.depth_mm),
        "vessels_mm": {kind: finite(mm) for kind, mm in tumour.vessels_mm.items()},
        "nearest_vessel": None if near is None else {"kind": near[0], "distance_mm": finite(near[1])},
        "fate": outcome.fate,
        "remaining_percent": finite(outcome.remaining_percent),
        "planned_margin_mm": finite(outcome.planned_margin_mm),
        "planned_margin_error_mm": finite(outcome.error_mm),
        "margin_grade": fact.margin_grade,
        "kept_vessels_mm": {kind: finite(mm) for kind, mm in outcome.kept_vessels_mm.items()},
        "warnings": list(fact.warnings),
    }


def _perfusion(block: PerfusionBlock) -> Document:
    return {
        "assessed": block.is_assessed,
        "inflow_assessed": block.inflow_assessed,
        "outflow_assessed": block.outflow_assessed,
        "devascularised_ml": finite(block.devascularised_ml),
        "congested_ml": finite(block.congested_ml),
        "ranges": {
            name: {"low": finite(span.low), "high": finite(span.high)} for name, span in block.spans.items()
        },
        "vessels": json_ready(block.vessels),
        "territories": json_ready(block.territories),
        "missing": list(block.missing),
        "remarks": list(block.remarks),
        "fragments_ml": [finite(ml) for ml in block.fragments_ml],
    }


def _burden(burden: Burden) -> Document:
    return {
        "count": burden.count,
        "ablatable": burden.ablatable,
        "bilobar": burden.bilobar,
        "largest_diameter_mm": finite(burden.largest_diameter_mm),
        "volume_ml": finite(burden.volume_ml),
        "burden_percent": finite(burden.burden_percent),
        "debulked_percent": finite(burden.debulked_percent),
        "facts": [
            {
                "key": fact.key,
                "value": finite(fact.value),
                "unit": fact.unit,
                "verdict": fact.verdict,
                "reference": reference_document(fact.reference),
                "evidence": fact.evidence,
                "note": fact.note,
            }
            for fact in burden.facts
        ],
    }


def _patient(patient: Patient, identify: bool) -> Document:
    facts: Document = json_ready(patient)
    for fact in PATIENT_FACTS:
        if fact.private_above is None or fact.withheld_key is None:
            continue
        value = getattr(patient, fact.key)
        facts[fact.withheld_key] = None if value is None else value > fact.private_above
        if facts[fact.withheld_key] and not identify:
            facts[fact.key] = None
    return facts


def _reading(reading: Reading | None) -> Document | None:
    """How the liver was read; what nobody insisted on is left out."""
    if reading is None:
        return None
    document: Document = json_ready(reading)
    return {key: value for key, value in document.items() if value or key not in INSISTED}


def _provenance(provenance: Provenance, plan: PlanSummary) -> Document:
    source = provenance.source
    return {
        "flr_version": provenance.flr_version,
        "inputs": [{"name": given.name, "sha256": given.sha256} for given in source.inputs],
        "grid": json_ready(provenance.grid),
        "scheme": source.scheme or None,
        "segmentation_source": source.segmentation_source,
        "reviewed": source.reviewed,
        "bsa_formula": provenance.bsa_formula,
        "standard_volume_formula": provenance.standard_volume_formula,
        "conditions": list(provenance.conditions),
        "limits": json_ready(provenance.limits),
        "accepted": list(provenance.accepted),
        "errors": json_ready(provenance.errors),
        "errors_from": provenance.errors_from,
        "reading": _reading(source.reading),
        "plan": {"given": plan.given, "files": json_ready(plan.files)},
        "completed_from_headers": list(source.completed),
        "versions": versions(),
    }
