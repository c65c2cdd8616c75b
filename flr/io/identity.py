"""Whether every labelled voxel is known for what it is: names against codes, repeats, what nobody named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.geometry import Grid
from flr.io.labelled import Labelled
from flr.io.lattice import Box, place
from flr.labels import (
    Detection,
    canonical_name,
    fold_name,
    is_canonical,
    is_placeholder,
    is_result_of_a_plan,
    part_of,
)
from flr.labels.organs import is_known_elsewhere
from flr.quality import CHECKS, QualityFinding
from flr.stream import LabelSource
from flr.structures import DRAWN

_NAMES_UNUSED: Final = ("names_unreadable", "names_ambiguous")
_WITH_SEGMENTS: Final = ("nifti", "nrrd", "metaimage", "memory", "plugin")
_MOST_NAMED: Final = 8


def why_not_by_integers(source: LabelSource, meanings: Mapping[int, str]) -> str:
    """Why the numbers of a file must not say what its labels are: somebody named them. Empty when they may.

    Parameters
    ----------
    source : LabelSource
    meanings : mapping of int to str
        What the numbers would mean; names of the folder that say the same are no reason.
    """
    for finding in source.quality:
        if finding.check in _NAMES_UNUSED:
            return finding.message
    for names in (source.folder_names, source.nearby_names):
        for value, own in sorted(names.items()):
            if value in meanings and _differ(own, meanings[value], names):
                tables = ", ".join(file.name for file in source.files[1:])
                return (
                    f"{tables} in the folder calls label {value} {own!r}, but it does not name all labels of"
                    " this file, or may belong to another one; name the table like the file"
                )
    return ""


def _differ(own: str, meaning: str, names: Mapping[int, str]) -> bool:
    if is_placeholder(own, names.values()):
        return False
    return canonical_name(own) != meaning and fold_name(own) != fold_name(meaning)


def checked_by_tables(found: Detection, source: LabelSource) -> Detection:
    """What was detected, or nothing where integers decided against names that are there."""
    if found.named or not found.mapping:
        return found
    reason = why_not_by_integers(source, found.mapping)
    if not reason:
        return found
    return Detection(None, {value: f"label_{value}" for value in found.mapping}, found.candidates, reason)


def with_identity(found: Sequence[Labelled]) -> tuple[Labelled, ...]:
    """The label maps with findings about their names: what repeats, and what nobody named."""
    result = list(found)
    for number, finding in (*_contradictions(found), *_repeats(found), *_unaccounted(found)):
        item = result[number]
        result[number] = replace(item, quality=(*item.quality, finding))
    return tuple(result)


def _contradictions(found: Sequence[Labelled]) -> Iterable[tuple[int, QualityFinding]]:
    """Segments whose code means one structure and whose name another; there the code decides."""
    for number, item in enumerate(found):
        segments = [s for s in item.source.segments if s.value in item.named]
        if item.source.kind not in _WITH_SEGMENTS or not any(s.type_code or s.region for s in segments):
            continue
        from flr.dicom.codes import CodedSegment, names_by_code

        names = names_by_code(
            [
                CodedSegment(s.value, s.name, s.type_code, s.region, s.modifier, s.region_modifier)
                for s in segments
            ]
        )
        for one in names.contradictions:
            message = (
                f"{item.source.name}: label {one.value} ({_ml(item.counts.ml[one.value])}) is called"
                f" {one.label!r}, but its code means {one.coded.replace('_', ' ')}; it counts as"
                f" {item.mapping[one.value].replace('_', ' ')}. Correct the segmentation, or say what it is"
                f" with {item.source.how_to_name}"
            )
            yield number, CHECKS["code_against_name"].finding(message)


def _repeats(found: Sequence[Labelled]) -> Iterable[tuple[int, QualityFinding]]:
    """Structures of which there is one and that two labels of one file are called."""
    drawn: dict[tuple[object, str], list[tuple[int, int]]] = {}
    for number, item in enumerate(found):
        if item.source.kind not in _WITH_SEGMENTS or item.source.names_may_repeat:
            continue
        for value in sorted(item.named):
            name = item.mapping[value]
            if part_of(name) is not None or name in DRAWN:
                drawn.setdefault((item.source.path, name), []).append((number, value))
    for (_, name), several in drawn.items():
        if len(several) < 2:
            continue
        labels = " and ".join(_described(found[number], value) for number, value in several)
        first = several[0][0]
        message = (
            f"{found[first].source.shown_name}: {labels} both mean {name}; they were united, and another"
            " structure is probably missing. Correct the names, or say what each is with --labels"
        )
        yield first, CHECKS["segment_name_repeated"].finding(message)


def _unaccounted(found: Sequence[Labelled]) -> Iterable[tuple[int, QualityFinding]]:
    """Labels without a name, in files or beside files whose other labels are understood."""
    if not any(is_canonical(name) for item in found for name in item.mapping.values()):
        return
    for number, item in enumerate(found):
        if item.role is not None or item.scheme is None:
            continue
        nameless = [value for value in item.mapping if _is_nameless(item, value)]
        if nameless:
            labels = _listed([_described(item, value) for value in nameless])
            message = (
                f"{item.source.name}: {labels}: labelled, but no name says what it is, so it is in no volume;"
                f" name it in the file, or with {item.source.how_to_name}"
            )
            yield number, CHECKS["labels_unaccounted"].finding(message)


def _is_nameless(item: Labelled, value: int) -> bool:
    name = item.mapping[value]
    if is_canonical(name):
        return False
    if name == f"label_{value}":
        return item.scheme is not None and not item.scheme.subset
    return is_placeholder(name, item.mapping.values())


def stranger_findings(
    found: Sequence[Labelled], grid: Grid, box: Box, organ: Callable[[], NDArray[Any]]
) -> tuple[QualityFinding, ...]:
    """Named structures that nobody knows: an error where they touch the liver, else a note.

    Parameters
    ----------
    found : sequence of Labelled
    grid : Grid
        Of the liver's main map.
    box : Box
        Around the liver, on ``grid``.
    organ : callable
        The liver's mask on ``box``; asked for only where there is such a structure.
    """
    near: NDArray[np.bool_] | None = None
    inside = np.zeros(0, dtype=bool)
    findings = []
    for item in found:
        ours = _own_results(item.source)
        strangers = [v for v in item.mapping if v not in ours and _is_stranger(item, v)]
        if not strangers:
            continue
        if near is None:
            inside = organ() > 0
            near = _dilated(inside)
        strangers = [v for v in strangers if not _lies_over_the_liver(item, v, grid, box, inside)]
        if not strangers:
            continue
        touching = _touching(item, strangers, grid, box, near)
        apart = [value for value in strangers if value not in touching]
        name = item.source.shown_name
        if touching:
            labels = _listed([_described(item, value) for value in touching])
            message = (
                f"{name}: {labels}: lies in or against the liver under a name that is not known, so it is in"
                f" no volume; say what it is with {item.source.how_to_name}"
            )
            findings.append(CHECKS["labels_unaccounted"].finding(message))
        if apart:
            labels = _listed([_described(item, value) for value in apart])
            message = f"{name}: {labels}: away from the liver and not known by name; left out"
            findings.append(CHECKS["structure_unknown"].finding(message))
    return tuple(findings)


def _own_results(source: LabelSource) -> frozenset[int]:
    """Labels that our own export made of a plan; they lie over tissue that other labels account for."""
    coded = {segment.value: segment.type_code for segment in source.segments if segment.type_code is not None}
    if not coded:
        return frozenset()
    from flr.dicom.codes import is_own_result

    return frozenset(value for value, code in coded.items() if is_own_result(code))


def _lies_over_the_liver(item: Labelled, value: int, grid: Grid, box: Box, inside: NDArray[np.bool_]) -> bool:
    """Whether a label has a name of our own export, and only voxels that other labels account for."""
    if not is_result_of_a_plan(item.mapping[value]):
        return False
    try:
        voxels = place(item.source, item.counts, {value}, grid, box, None, np.dtype(np.uint16))
    except GeometryError:
        return False
    return bool(np.count_nonzero(voxels[inside] == value) == item.counts.voxels[value])


def _is_stranger(item: Labelled, value: int) -> bool:
    name = item.mapping[value]
    return not (
        is_canonical(name)
        or name == f"label_{value}"
        or is_placeholder(name, item.mapping.values())
        or is_known_elsewhere(name)
    )


def _touching(
    item: Labelled, values: Sequence[int], grid: Grid, box: Box, near: NDArray[np.bool_]
) -> list[int]:
    """Which labels have a voxel in or against the liver; all of them where that cannot be told."""
    try:
        voxels = place(item.source, item.counts, set(values), grid, box, "nearest", np.dtype(np.uint16))
    except GeometryError:
        return list(values)
    present = np.bincount(voxels[near], minlength=max(values) + 1)
    return [value for value in values if present[value]]


def _dilated(mask: NDArray[Any]) -> NDArray[np.bool_]:
    """The mask and its 26 neighbours."""
    result = np.array(mask, dtype=bool)
    for axis in range(3):
        grown = result.copy()
        along, before = np.moveaxis(grown, axis, 0), np.moveaxis(result, axis, 0)
        along[1:] |= before[:-1]
        along[:-1] |= before[1:]
        result = grown
    return result


def _described(item: Labelled, value: int) -> str:
    """A label with the name that its file gives it, and its volume."""
    own = item.source.names.get(value, "") or item.mapping[value]
    shown = _ml(item.counts.ml[value])
    return f"label {value} ({shown})" if own == f"label_{value}" else f"{own!r} (label {value}, {shown})"


def _ml(volume_ml: float) -> str:
    return f"{volume_ml:.1f} mL" if volume_ml >= 0.1 else f"{volume_ml:.3g} mL"


def _listed(labels: Sequence[str]) -> str:
    more = len(labels) - _MOST_NAMED
    return ", ".join(labels[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
