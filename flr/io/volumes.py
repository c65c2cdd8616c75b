"""Volumes of every structure of some inputs, counted as they stream past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from flr.inventory import InspectedLabel, InspectedSource, Inventory, StructureVolumes
from flr.io.hashes import Hashes
from flr.io.insisted import NOTHING_INSISTED, Insisted
from flr.io.labelled import Labelled
from flr.io.overview import Overview, liver_findings, overview_of
from flr.io.structures import find_structures, require_labels, stem_of
from flr.labels import LabelScheme, part_of
from flr.quality import QualityFinding
from flr.structures import Role


def structure_volumes(
    inputs: Sequence[Path],
    *,
    roles: Mapping[Role, Path] | None = None,
    scheme: LabelScheme | None = None,
    labels: Mapping[str, str] | None = None,
    insisted: Insisted = NOTHING_INSISTED,
) -> StructureVolumes:
    """Count every structure of the inputs; no label map is built.

    Parameters
    ----------
    inputs, roles, scheme, labels, insisted
        As in :func:`flr.io.structures.find_structures`. Labels that nothing explains are counted as
        ``label_1``, … : a number of voxels is right whatever they mean.

    Raises
    ------
    ReadError
        If an input does not exist, or there is no label map among them.
    LabelError
        If a role, scheme or mapping does not explain a file's labels.
    """
    everything = require_labels(
        find_structures(inputs, roles=roles, scheme=scheme, labels=labels, insisted=insisted)
    )
    found = everything.labelled
    ml: dict[str, float] = {}
    thresholded_ml: dict[str, float] = {}
    planimetric_ml: dict[str, float] = {}
    voxels: dict[str, int] = {}
    cut_off: set[str] = set()
    quality: list[QualityFinding] = list(everything.quality)
    for item in found:
        quality += [*item.source.quality, *item.quality]
        names = {value: _key(item, value) for value in sorted(item.mapping)}
        for value, name in names.items():
            key = (
                name
                if name not in ml or _is_one_structure(item, names)
                else f"{stem_of(Path(item.source.shown_name))}:{name}"
            )
            counted_ml = item.counts.ml[value]
            summed_ml = item.source.partial_ml.get(value)
            ml[key] = ml.get(key, 0.0) + (counted_ml if summed_ml is None else summed_ml)
            if summed_ml is not None:
                thresholded_ml[key] = thresholded_ml.get(key, 0.0) + counted_ml
            if (by_contours_ml := item.source.planimetric_ml.get(value)) is not None:
                planimetric_ml[key] = planimetric_ml.get(key, 0.0) + by_contours_ml
            voxels[key] = voxels.get(key, 0) + item.counts.voxels[value]
            if part_of(item.mapping[value]) is not None and item.counts.touches.get(value):
                cut_off.add(key)
    overview = Overview(found)
    quality += liver_findings(overview)
    return StructureVolumes(
        ml=ml,
        voxels=voxels,
        lower_bounds=frozenset(cut_off),
        inventory=Inventory(tuple(map(inspected, found)), tuple(dict.fromkeys(quality))),
        inputs=Hashes().inputs(item.source for item in found),
        thresholded_ml=thresholded_ml,
        planimetric_ml=planimetric_ml,
        liver=overview_of(overview),
    )


def inspected(item: Labelled, identity: tuple[tuple[str, str], ...] = ()) -> InspectedSource:
    """A label map as the documents show it."""
    described = {segment.value: segment for segment in item.source.segments}
    labels = tuple(
        InspectedLabel(
            value,
            item.mapping[value],
            item.counts.voxels[value],
            item.counts.ml[value],
            item.source.names.get(value),
            described[value].type_code if value in described else None,
        )
        for value in sorted(item.mapping)
    )
    return InspectedSource(
        name=item.source.name,
        kind=item.source.kind,
        grid=item.source.grid,
        dtype=str(item.source.dtype),
        labels=labels,
        scheme=item.scheme.name if item.scheme else None,
        scheme_candidates=item.candidates,
        reason=item.reason,
        role=item.role,
        identity=identity,
    )


def _key(item: Labelled, value: int) -> str:
    """The canonical name, or the role's own name for a file of one value that was given under a role."""
    if item.role not in (None, "segments") and len(item.mapping) == 1 and item.reason:
        return str(item.role)
    return item.mapping[value]


def _is_one_structure(item: Labelled, names: Mapping[int, str]) -> bool:
    """Whether several values of one map stand for one structure, so that their volumes add up."""
    return len(set(names.values())) < len(names)
