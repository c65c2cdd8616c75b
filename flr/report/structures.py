"""Documents and tables of ``flr volumes`` and ``flr inspect``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flr.geometry import Grid
from flr.inventory import InspectedSource, Inventory, StructureVolumes
from flr.quality import QualityFinding
from flr.version import VERSION


def grid_document(grid: Grid) -> dict[str, Any]:
    """A grid as every document shows it."""
    return {
        "shape": list(grid.shape),
        "spacing_mm": list(grid.spacing_mm),
        "voxel_volume_mm3": grid.voxel_volume_mm3,
        "orientation": grid.orientation,
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
        "labels": [
            {"value": label.value, "name": label.name, "voxels": label.voxels, "volume_ml": label.volume_ml}
            for label in source.labels
        ],
        "scheme": source.scheme,
        "scheme_candidates": list(source.scheme_candidates),
        "reason": source.reason,
    }


def volumes_document(result: StructureVolumes) -> dict[str, Any]:
    """``flr-volumes/1``."""
    return {
        "schema": "flr-volumes/1",
        "volumes_ml": dict(result.ml),
        "voxels": dict(result.voxels),
        "planimetric_ml": {},
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
        "quality": quality_document(result.quality),
    }


def volumes_text(result: StructureVolumes) -> str:
    """The table of ``flr volumes`` for people."""
    width = max([len("structure"), *map(len, result.ml)])
    lines = [f"{'structure':<{width}}  {'mL':>10}  {'voxels':>11}"]
    for name, ml in result.ml.items():
        bound = "  lower bound: cut off by the scan" if name in result.lower_bounds else ""
        lines.append(f"{name:<{width}}  {ml:>10.3f}  {result.voxels[name]:>11d}{bound}")
    if not result.ml:
        lines.append("no labelled voxel")
    for source in result.inventory.sources:
        if source.labels and source.scheme is None and source.role is None:
            lines += ["", f"{source.name}: {source.reason}; counted by number."]
            if source.scheme_candidates:
                lines.append(f"  candidates: {', '.join(source.scheme_candidates)} (choose with --scheme)")
    return "\n".join([*lines, *_quality_lines(result.inventory.quality)])


def inspect_text(result: Inventory) -> str:
    """The pages of ``flr inspect`` for people."""
    blocks = []
    for source in result.sources:
        lines = [
            f"{source.name}: {source.kind}, {source.dtype}",
            f"  grid     {source.grid.describe()}, voxel {source.grid.voxel_volume_mm3:.6g} mm³",
        ]
        if source.labels:
            scheme = source.scheme or "none taken"
            lines.append(f"  scheme   {scheme}: {source.reason}")
            if source.scheme is None and source.scheme_candidates:
                lines.append(f"           candidates: {', '.join(source.scheme_candidates)}")
            width = max(len(label.name) for label in source.labels)
            lines.append(f"  {'value':>6}  {'name':<{width}}  {'mL':>10}  {'voxels':>11}")
            lines += [
                f"  {label.value:>6}  {label.name:<{width}}  {label.volume_ml:>10.3f}  {label.voxels:>11d}"
                for label in source.labels
            ]
        else:
            lines.append(f"  {source.reason}")
        blocks.append("\n".join(lines))
    return "\n".join(["\n\n".join(blocks), *_quality_lines(result.quality)])


def _quality_lines(quality: Iterable[QualityFinding]) -> list[str]:
    rows = [f"  {q.severity:<7}  {q.check}: {q.message}" for q in quality]
    return ["", "quality", *rows] if rows else ["", "quality: nothing noticed"]
