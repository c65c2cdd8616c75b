"""One liver as plain values that the page counts: runs of its label map, and distances from its tumours.

What the page counts has to be what this library counts. So labels stay at full resolution, borders that the
library draws through a segment go with them, and the distance of every voxel from each tumour is the
library's. Wedges are the library's own voxels at every whole millimetre: where its rule differs from the
distance by a voxel (it lets near points stand for each other), that voxel is listed.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.geometry import Grid
from flr.kernels.runs import Runs, shared_runs
from flr.kernels.zones import Zone
from flr.labels import Tissue
from flr.liver import FUNCTIONAL, Liver, Mask, measure
from flr.plans import Split
from flr.plans.plan import Parts
from flr.tumours import Tumour, TumourSet, find_tumours

MARGINS_MM: Final = tuple(range(31))
"""Margins around a tumour that the page can count. [mm]"""

STEP_MM: Final = 0.25
"""Of stored distances. [mm]"""

_BEYOND: Final = 255
_MOST_DISTANCE_BYTES: Final = 2_500_000
"""What the distances of all tumours may take in the file; those of the smallest are left out first."""

_SPLIT_SEGMENT: Final = "4"

Corner = tuple[int, int, int]


def liver_data(liver: Liver) -> dict[str, Any]:
    """The liver of a page: grid, runs, tumours and volumes, as plain values.

    Parameters
    ----------
    liver : Liver

    Raises
    ------
    PlanError
        If the slices are uneven: no plane and no margin exists there.
    """
    if not liver.grid.is_even:
        raise PlanError(
            "the slices are uneven, so distances in mm do not exist and no cut can be dragged: plan with"
            " whole segments (flr assess --plan)"
        )
    tumours, borders = find_tumours(liver), _borders(liver)
    numbers = _numbers_of(liver, tumours)
    runs, values = shared_runs(liver.parts, liver.tissues, numbers, *(first for _, first in borders))
    columns = np.stack([runs.label, *(column.astype(np.int64) for column in values)], axis=1)
    codes, code = np.unique(columns, axis=0, return_inverse=True)
    table = measure(liver)
    return {
        "grid": {
            "shape": list(liver.grid.shape),
            "index_to_world_mm": liver.grid.index_to_world_mm.tolist(),
            "voxel_ml": liver.grid.voxel_volume_ml,
        },
        "part_names": list(liver.part_names),
        "tissues": [tissue.name.lower() for tissue in Tissue],
        "functional": [int(tissue) for tissue in FUNCTIONAL],
        "codes": [_code(row) for row in codes.tolist()],
        "borders": [
            {"segment": split.segment, "along": split.kind, "sides": list(split.sides)}
            for split, _ in borders
        ],
        "runs": {"count": len(runs), "data": _packed_runs(runs, code.reshape(-1) + 1)},
        "tumours": _tumours(liver, tumours),
        "distance": {"step_mm": STEP_MM, "to_mm": MARGINS_MM[-1], "error_mm": tumours.error_mm},
        "volumes_ml": {
            "total": table.total_ml,
            "functional": table.functional_ml,
            "parts": table.parts_ml,
            "tissues": {tissue.name.lower(): float(table.ml[:, tissue].sum()) for tissue in Tissue},
        },
    }


def packed(content: bytes) -> str:
    """Gzip in base64, the same for the same content."""
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _code(row: Sequence[int]) -> dict[str, Any]:
    part, tissue, tumour, *first = row
    return {
        "part": part - 1,
        "tissue": tissue,
        "tumour": tumour - 1,
        "first": [n for n, inside in enumerate(first) if inside],
    }


def _numbers_of(liver: Liver, tumours: TumourSet) -> NDArray[np.uint16]:
    """Number of the tumour, from 1, of each voxel."""
    numbers = np.zeros(liver.grid.shape, dtype=np.uint16, order="F")
    for number, tumour in enumerate(tumours, start=1):
        numbers[tumour.zone.box][tumour.zone.inside] = number
    return numbers


def _borders(liver: Liver) -> list[tuple[Split, Mask]]:
    """Borders through segment 4 that are known in this liver, and the voxels on their first side."""
    if _SPLIT_SEGMENT not in liver.part_names or not liver.vessels:
        return []
    segment = Parts((_SPLIT_SEGMENT,)).mask(liver)
    found = []
    for split in (Split(_SPLIT_SEGMENT, "mhv"), Split(_SPLIT_SEGMENT, "portal")):
        try:
            found.append((split, split.first_side(liver, segment)))
        except PlanError:
            continue  # no such vessel is given, or it runs beside the segment: the page does not offer it
    return found


def _packed_runs(runs: Runs, code: NDArray[np.intp]) -> str:
    """Voxels since the end of the run before, length and code, byte by byte: low bytes first."""
    n_i, n_j, _ = runs.shape
    start = (runs.k * n_j + runs.j) * n_i + runs.i
    gap = start - np.concatenate([[0], (start + runs.length)[:-1]])
    columns = ((gap, 4), (runs.length, 2), (code, 2))
    return packed(
        b"".join(
            ((column >> (8 * byte)) & 255).astype(np.uint8).tobytes()
            for column, n_bytes in columns
            for byte in range(n_bytes)
        )
    )


def _tumours(liver: Liver, tumours: TumourSet) -> list[dict[str, Any]]:
    """Every tumour; the largest ones with their distances, as many as there is room for."""
    made: dict[str, dict[str, Any] | None] = {}
    room = _MOST_DISTANCE_BYTES
    for tumour in sorted(tumours, key=lambda one: -one.voxels):
        distance = _distance(liver, tumours, tumour) if room > 0 else None
        if distance is not None:
            room -= len(distance["data"]) + len(distance["flips"])
        made[tumour.name] = distance if room >= 0 else None
    return [
        {
            "name": tumour.name,
            "volume_ml": tumour.volume_ml,
            "voxels": tumour.voxels,
            "centroid_mm": list(tumour.centroid_mm),
            "distance": made[tumour.name],
        }
        for tumour in tumours
    ]


def _distance(liver: Liver, tumours: TumourSet, tumour: Tumour) -> dict[str, Any]:
    """Distance of every liver voxel near a tumour from its surface, in steps rounded up.

    ``flips`` are, for each margin, positions among the stored voxels (gaps between them) where the
    library's own zone differs from the voxels within that distance.
    """
    low, high = _reach(liver.grid, tumour)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    # In the order of the runs: i fastest.
    places = np.flatnonzero(liver.parts[box].ravel("F"))
    n_i, n_j, _ = (b - a for a, b in zip(low, high, strict=True))
    row, i = np.divmod(places, n_i)
    k, j = np.divmod(row, n_j)
    points_mm = liver.grid.world_mm(np.stack([i, j, k], axis=1) + np.array(low))
    away_mm = tumour.surface.nearest_mm(points_mm, within_mm=float(MARGINS_MM[-1]))
    near = away_mm <= MARGINS_MM[-1]
    steps = np.full(places.size, _BEYOND, dtype=np.uint8)
    steps[near] = np.maximum(np.ceil(away_mm[near] / STEP_MM), 1).astype(np.uint8)
    steps[_within(tumour.zone, low, high)[places]] = 0
    gaps, counts = [], []
    for margin_mm in MARGINS_MM:
        inside = _within(tumours.zone(tumour, float(margin_mm)), low, high)[places]
        flips = np.flatnonzero(inside != (steps <= int(margin_mm / STEP_MM)))
        gaps.append(np.diff(flips, prepend=-1) - 1)
        counts.append(int(flips.size))
    flat = np.concatenate(gaps)
    return {
        "box": [list(low), list(high)],
        "data": packed(steps.tobytes()),
        "flips": packed(
            b"".join(((flat >> (8 * byte)) & 255).astype(np.uint8).tobytes() for byte in range(4))
        ),
        "flip_counts": counts,
    }


def _reach(grid: Grid, tumour: Tumour) -> tuple[Corner, Corner]:
    """The box of all voxels within the widest margin of a tumour."""
    inverse = np.linalg.inv(grid.index_to_world_mm[:3, :3])
    index = (tumour.surface.points_mm - grid.index_to_world_mm[:3, 3]) @ inverse.T
    reach = MARGINS_MM[-1] * np.linalg.norm(inverse, axis=1) + 1.0
    low = np.maximum(np.floor(index.min(axis=0) - reach), 0).astype(int).tolist()
    high = np.minimum(np.ceil(index.max(axis=0) + reach) + 1, grid.shape).astype(int).tolist()
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _within(zone: Zone, low: Corner, high: Corner) -> Mask:
    """A zone on a box that holds it, flat with i fastest."""
    inside = np.zeros([b - a for a, b in zip(low, high, strict=True)], dtype=bool, order="F")
    sides = zip(zone.start, low, zone.inside.shape, strict=True)
    inside[tuple(slice(start - first, start - first + n) for start, first, n in sides)] = zone.inside
    return inside.ravel("F")
