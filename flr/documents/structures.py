"""Documents of ``flr volumes`` and ``flr inspect``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from flr.geometry import Grid
from flr.inventory import InspectedSource, Inventory, StructureVolumes
from flr.patient import PatientFacts
from flr.quality import QualityFinding
from flr.version import VERSION

_CODE_KEYS = ("scheme", "value", "meaning")


def grid_document(grid: Grid) -> dict[str, Any]:
    """A grid as every document shows it."""
    return {
        "shape": list(grid.shape),
        "spacing_mm": list(grid.spacing_mm),
        "voxel_volume_mm3": grid.voxel_volume_mm3,
        "orientation": grid.orientation,
        **({} if grid.slice_weights_mm is None else {"slice_weights_mm": grid.slice_weights_mm.tolist()}),
    }


def quality_document(quality: Iterable[QualityFinding]) -> list[dict[str, str]]:
    """Quality findings as every document shows them."""
    return [{"check": q.check, "severity": q.severity, "message": q.message} for q in quality]


def source_document(source: InspectedSource) -> dict[str, Any]:
    """One input as every document shows it."""
    return {
        "name": source.name,
        "kind": source.kind,
        "grid": grid_document(source.grid),
        "dtype": source.dtype,
        "role": source.role,
        "modality": source.modality,
        "labels": [
            {
                "value": label.value,
                "name": label.name,
                "voxels": label.voxels,
                "volume_ml": label.volume_ml,
                "own_name": label.own_name,
                "code": None if label.code is None else dict(zip(_CODE_KEYS, label.code, strict=True)),
            }
            for label in source.labels
        ],
        "scheme": source.scheme,
        "scheme_candidates": list(source.scheme_candidates),
        "reason": source.reason,
        **({"identity": dict(source.identity)} if source.identity else {}),
    }


def volumes_document(result: StructureVolumes) -> dict[str, Any]:
    """``flr-volumes/1``."""
    return {
        "schema": "flr-volumes/1",
        "volumes_ml": dict(result.ml),
        "voxels": dict(result.voxels),
        "planimetric_ml": dict(result.planimetric_ml),
        "thresholded_ml": dict(result.thresholded_ml),
        "lower_bounds": sorted(result.lower_bounds),
        "quality": quality_document(result.inventory.quality),
        "provenance": {
            "flr_version": VERSION,
            "inputs": [{"name": i.name, "sha256": i.sha256} for i in result.inputs],
            "sources": [source_document(source) for source in result.inventory.sources],
        },
    }


def inspect_document(result: Inventory) -> dict[str, Any]:
    """``flr-inspect/1``."""
    return {
        "schema": "flr-inspect/1",
        "sources": [source_document(source) for source in result.sources],
        "patient": _facts_document(result),
        "quality": quality_document(result.quality),
    }


def _facts_document(result: Inventory) -> dict[str, Any]:
    """Facts from headers; an age that can identify a person only where identity was asked for."""
    facts = result.header_facts
    if not any(source.identity for source in result.sources):
        facts = facts.without_telling_age()
    return {field.name: getattr(facts, field.name) for field in fields(PatientFacts)}
