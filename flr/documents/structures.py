"""Documents of ``flr volumes`` and ``flr inspect``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from flr.documents.base import NO_COLUMN, WHERE_KNOWN, Document, Keys, filled, json_ready
from flr.files import InputFile
from flr.geometry import Grid
from flr.inventory import InspectedLabel, InspectedSource, Inventory, LiverOverview, StructureVolumes
from flr.patient import PatientFacts
from flr.quality import QualityFinding
from flr.version import VERSION

VOLUMES_SCHEMA: Final = "flr-volumes/1"
INSPECT_SCHEMA: Final = "flr-inspect/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridKeys(Keys):
    """A grid; ``slice_weights_mm`` where slices are unevenly thick."""

    shape: tuple[int, ...]
    spacing_mm: tuple[float, ...]
    voxel_volume_mm3: float
    orientation: str
    slice_weights_mm: tuple[float, ...] | None = field(default=None, metadata=WHERE_KNOWN)


@dataclass(frozen=True, slots=True)
class CodeKeys(Keys):
    """Coded anatomy as the file says it."""

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class LabelKeys(Keys):
    """One label; ``own_name`` as the file calls it."""

    value: int
    name: str
    voxels: int
    volume_ml: float
    own_name: str | None
    code: CodeKeys | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKeys(Keys):
    """One input; ``identity`` where it was asked for."""

    name: str
    kind: str
    grid: GridKeys
    dtype: str
    role: str | None
    modality: str | None
    labels: tuple[LabelKeys, ...]
    scheme: str | None
    scheme_candidates: tuple[str, ...]
    reason: str
    identity: Mapping[str, str] | None = field(default=None, metadata=WHERE_KNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumesProvenance(Keys):
    """What the volumes were counted in."""

    flr_version: str = VERSION
    inputs: tuple[InputFile, ...]
    sources: tuple[SourceKeys, ...] = field(metadata=NO_COLUMN)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiverKeys(Keys):
    """A liver in Couinaud segments, added up: V–VIII, II–IV and I, and the share of each."""

    total_ml: float
    right_ml: float
    left_ml: float
    caudate_ml: float
    right_percent: float
    left_percent: float
    caudate_percent: float
    percent: Mapping[str, float]
    missing_segments: tuple[str, ...]
    is_lower_bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumesDocument(Keys):
    """Volume of every structure by name; ``liver`` where Couinaud segments are drawn."""

    schema: Literal["flr-volumes/1"] = VOLUMES_SCHEMA
    volumes_ml: Mapping[str, float]
    voxels: Mapping[str, int]
    planimetric_ml: Mapping[str, float]
    thresholded_ml: Mapping[str, float]
    lower_bounds: tuple[str, ...]
    liver: LiverKeys | None = field(default=None, metadata=WHERE_KNOWN)
    quality: tuple[QualityFinding, ...]
    provenance: VolumesProvenance


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectDocument(Keys):
    """What every input is."""

    schema: Literal["flr-inspect/1"] = INSPECT_SCHEMA
    sources: tuple[SourceKeys, ...]
    patient: PatientFacts
    quality: tuple[QualityFinding, ...]


def volumes_document(result: StructureVolumes) -> Document:
    """``flr-volumes/1``."""
    inventory = result.inventory
    document: Document = json_ready(
        filled(
            VolumesDocument,
            result,
            volumes_ml=result.ml,
            lower_bounds=tuple(sorted(result.lower_bounds)),
            liver=None if result.liver is None else _liver(result.liver),
            quality=inventory.quality,
            provenance=VolumesProvenance(inputs=result.inputs, sources=_sources(inventory)),
        )
    )
    return document


def _liver(liver: LiverOverview) -> LiverKeys:
    def percent(ml: float) -> float:
        return 100.0 * ml / liver.total_ml

    return filled(
        LiverKeys,
        liver,
        right_percent=percent(liver.right_ml),
        left_percent=percent(liver.left_ml),
        caudate_percent=percent(liver.caudate_ml),
        missing_segments=liver.missing,
    )


def inspect_document(result: Inventory) -> Document:
    """``flr-inspect/1``; an age that can identify a person is in it only where identity was asked for."""
    facts = result.header_facts
    if not any(source.identity for source in result.sources):
        facts = facts.without_telling_age()
    document: Document = json_ready(filled(InspectDocument, result, sources=_sources(result), patient=facts))
    return document


def _sources(inventory: Inventory) -> tuple[SourceKeys, ...]:
    return tuple(_source(source) for source in inventory.sources)


def _source(source: InspectedSource) -> SourceKeys:
    return filled(
        SourceKeys,
        source,
        grid=_grid(source.grid),
        labels=tuple(_label(label) for label in source.labels),
        identity=dict(source.identity) or None,
    )


def _label(label: InspectedLabel) -> LabelKeys:
    return filled(LabelKeys, label, code=None if label.code is None else CodeKeys(*label.code))


def _grid(grid: Grid) -> GridKeys:
    weights = grid.slice_weights_mm
    return filled(GridKeys, grid, slice_weights_mm=None if weights is None else tuple(weights.tolist()))
