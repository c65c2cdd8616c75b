"""What one streamed pass says of the liver in some maps: its halves and shares, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from flr import checks
from flr.geometry import Grid
from flr.inventory import LiverOverview
from flr.io.labelled import Labelled
from flr.io.lattice import lattice_step
from flr.io.source import Survey, survey
from flr.labels import COUINAUD_KEYS, part_of, use_of
from flr.quality import CHECKS, QualityFinding, truncation_findings

_LIVER = "liver"
_RIGHT, _LEFT, _CAUDATE = ("5", "6", "7", "8"), ("2", "3", "4", "4a", "4b"), "1"
_AWAY_MM = 10.0
_BELONGING = ("tumour", "vessel", "drawn")
_NEIGHBOURS = ("spleen",)

Corners = NDArray[np.float64]


@dataclass(frozen=True)
class Overview:
    """The maps that hold the liver or something of it, looked at plane by plane; each once and when needed.

    Parameters
    ----------
    found : sequence of Labelled
    """

    found: Sequence[Labelled]
    _surveys: dict[int, Survey] = field(default_factory=dict, repr=False, compare=False)

    def survey_of(self, item: Labelled) -> Survey:
        """Where the labels of a map lie."""
        if item.survey is not None:
            return item.survey
        if id(item) not in self._surveys:
            wanted = [value for value, name in item.mapping.items() if use_of(name) != "other"]
            wanted += [value for value, name in item.mapping.items() if name in _NEIGHBOURS]
            self._surveys[id(item)] = survey(item.source, wanted, box=item.counts.box)
        return self._surveys[id(item)]

    @cached_property
    def parts(self) -> tuple[tuple[Labelled, Mapping[int, str]], ...]:
        """Each map that holds the liver or parts of it, with the key of each part by its value."""
        keyed = [
            (item, {v: part.key for v, name in item.mapping.items() if (part := part_of(name)) is not None})
            for item in self.found
        ]
        return tuple((item, keys) for item, keys in keyed if keys)

    @cached_property
    def ml(self) -> Mapping[str, float]:
        """Volume by part key over all maps; empty where two maps draw one part. [mL]"""
        volumes_ml: dict[str, float] = {}
        for item, keys in self.parts:
            own: dict[str, float] = {}
            for value, key in keys.items():
                own[key] = own.get(key, 0.0) + item.counts.ml[value]
            if own.keys() & volumes_ml.keys():
                return {}
            volumes_ml |= own
        return volumes_ml

    @property
    def segments_ml(self) -> dict[str, float]:
        """Volume by segment. [mL]"""
        return {key: ml for key, ml in self.ml.items() if key in COUINAUD_KEYS}


def overview_of(overview: Overview) -> LiverOverview | None:
    """Total, halves and shares of a liver in Couinaud segments; None where there are none to add up."""
    segments_ml = overview.segments_ml
    if len(segments_ml) < 2:
        return None
    total_ml = sum(segments_ml.values())
    cut_off = any(item.counts.touches.get(value) for item, keys in overview.parts for value in keys)
    return LiverOverview(
        total_ml=total_ml,
        right_ml=sum(segments_ml.get(key, 0.0) for key in _RIGHT),
        left_ml=sum(segments_ml.get(key, 0.0) for key in _LEFT),
        caudate_ml=segments_ml.get(_CAUDATE, 0.0),
        percent={f"segment_{key}": 100.0 * ml / total_ml for key, ml in segments_ml.items()},
        missing=checks.missing_segments(segments_ml),
        is_lower_bound=cut_off,
    )


def liver_findings(overview: Overview) -> tuple[QualityFinding, ...]:
    """What counts, boxes, plane profiles, centres and grids give away about the liver in some maps."""
    if not overview.parts:
        return ()
    findings: list[QualityFinding] = []
    for item, keys in overview.parts:
        faces = {face for value in keys for face in item.counts.touches.get(value, frozenset())}
        findings += truncation_findings(faces, orientation=item.source.grid.orientation)
    findings += _of_volumes(overview)
    findings += _of_profiles(overview)
    findings += _of_places(overview)
    grids = {item.source.name: item.source.grid for item in overview.found}
    findings += checks.spacing_findings(grids, {})
    return tuple(dict.fromkeys(findings))


def _of_volumes(overview: Overview) -> Iterator[QualityFinding]:
    """Total, anatomy, shares, missing segments, and the segments against the liver."""
    ml = overview.ml
    segments_ml = {key: volume for key, volume in ml.items() if key != _LIVER}
    if ml and len(segments_ml) != 1:
        yield from checks.total_findings(max(ml.get(_LIVER, 0.0), sum(segments_ml.values())))
    beside = [
        (item, {value: name for value, name in item.mapping.items() if name in _NEIGHBOURS})
        for item in overview.found
    ]
    if len(segments_ml) > 1 or any(names for _, names in beside):
        centres = {
            key: seen.centre_mm(value)
            for item, keys in (*overview.parts, *((item, names) for item, names in beside if names))
            for seen in [overview.survey_of(item)]
            for value, key in keys.items()
            if value in seen.profiles
        }
        placed = {**ml, **{key: 1.0 for key in centres if key in _NEIGHBOURS}}
        yield from checks.anatomy_findings(placed, centres)
    if len(segments_ml) <= 1:
        return
    yield from checks.share_findings(segments_ml)
    yield from checks.missing_segment_findings(segments_ml)
    apart = all(not (_LIVER in keys.values() and len(set(keys.values())) > 1) for _, keys in overview.parts)
    if apart and _LIVER in ml:
        yield from checks.segment_sum_findings(sum(segments_ml.values()), ml[_LIVER])


def _of_profiles(overview: Overview) -> Iterator[QualityFinding]:
    """Flat ends, empty planes and uneven slices of each whole liver that lies on one grid."""
    for grid, values in _livers(overview):
        profiles = [np.zeros(n, np.int64) for n in grid.shape]
        for item, some in values:
            seen = overview.survey_of(item).profiles
            for value in some:
                for total, axis in zip(profiles, seen.get(value, ()), strict=False):
                    total += axis
        if not profiles[2].any():
            continue
        yield from checks.flat_face_findings(profiles, orientation=grid.orientation)
        yield from checks.empty_slice_findings(profiles, grid.voxel_volume_ml, orientation=grid.orientation)
        filled = np.flatnonzero(profiles[2])
        yield from checks.slice_weight_findings(grid.slice_weights_mm, int(filled[0]), int(filled[-1]) + 1)


def _livers(overview: Overview) -> Iterator[tuple[Grid, list[tuple[Labelled, list[int]]]]]:
    """What is one liver: a map with the whole of it, or all segments on one grid."""
    rest: list[tuple[Labelled, list[int]]] = []
    for item, keys in overview.parts:
        if _LIVER in keys.values():
            yield item.source.grid, [(item, list(keys))]
        elif rest and not rest[0][0].source.grid.matches(item.source.grid):
            return  # segments on several grids make no profile
        else:
            rest.append((item, list(keys)))
    if len({key for item, some in rest for key in (item.mapping[v] for v in some)}) > 1:
        yield rest[0][0].source.grid, rest


def _of_places(overview: Overview) -> Iterator[QualityFinding]:
    """Tumours, vessels and drawn masks that lie away from the liver, by their boxes."""
    main = overview.parts[0][0]
    liver = np.vstack([_corners_mm(overview.survey_of(item), tuple(keys)) for item, keys in overview.parts])
    low, high = liver.min(axis=0), liver.max(axis=0)
    for item in overview.found:
        values = [v for v, name in item.mapping.items() if use_of(name) in _BELONGING]
        if not values:
            continue
        for value in values:
            corners = _corners_mm(overview.survey_of(item), (value,))
            if not corners.size:
                continue
            gap_mm = np.maximum(np.maximum(low - corners.max(axis=0), corners.min(axis=0) - high), 0.0)
            apart_mm = float(np.linalg.norm(gap_mm))
            if apart_mm > _AWAY_MM:
                other = lattice_step(main.source.grid, item.source.grid) is None
                yield CHECKS["structure_displaced"].finding(
                    f"{item.mapping[value]} of {item.source.name} lies {apart_mm:.0f} mm away from the liver"
                    f" of {main.source.name}{', on another grid' if other else ''}: is it from another scan?"
                )


def _corners_mm(seen: Survey, values: Sequence[int]) -> Corners:
    """Corners of the box of some labels, shape (8, 3); empty where none of them occurs. [mm]"""
    box = seen.box(values)
    if box is None:
        return np.empty((0, 3))
    start, stop = box
    index = [(a - 0.5, b - 0.5) for a, b in zip(start, stop, strict=True)]
    return seen.grid.world_mm(np.array(list(product(*index))))
