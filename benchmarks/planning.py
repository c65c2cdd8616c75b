"""Planning rows that leave reading out: ``python benchmarks/planning.py ROW FOLDER PAIRS`` prints JSON.

Each row times one kernel against a peer in one process, in turn, on the label maps of ``std`` cropped to the
liver, after comparing the answers. Calls below a millisecond are timed many at a time.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pipelines
from scipy import ndimage

from flr.io.read import read_liver
from flr.kernels.components import components
from flr.kernels.planes import fraction_in_front, voxels_in_front
from flr.kernels.runs import shared_runs
from flr.kernels.subsets import subset_tables
from flr.liver import FUNCTIONAL, Liver, measure
from flr.plans import Plan, Plane
from flr.plans.sensitivity import PlaneSlider
from flr.plansearch import search

Array = np.ndarray[Any, Any]
Times = dict[str, list[float]]

MINIMUM_PERCENT = 30.0
N_LABELS = len(pipelines.SEGMENTS) + 1
NORMALS = {
    "oblique": (0.6, -0.48, 0.64),
    "sagittal": (1.0, 0.0, 0.0),
    "axial": (0.0, 0.0, 1.0),
}


def read(folder: Path) -> Liver:
    segments, tumours, vessels = (folder / f"std_{role}.nii.gz" for role in pipelines.ROLES)
    names = ",".join(f"{value}={name}" for value, name in pipelines.VESSELS.items())
    return read_liver(segments=segments, tumours=tumours, vessels=vessels, labels={vessels.name: names})


def cropped(liver: Liver) -> tuple[Array, Array, Array]:
    """Parts and tumours in the liver's box, Fortran order, with the box's affine."""
    (box,) = ndimage.find_objects((liver.parts > 0).view(np.uint8))
    affine = liver.grid.index_to_world_mm.copy()
    affine[:3, 3] += affine[:3, :3] @ [axis.start for axis in box]
    assert liver.tumours is not None
    return np.asfortranarray(liver.parts[box]), np.asfortranarray(liver.tumours[box]), affine


def pairs(mine: Callable[[], object], peer: Callable[[], object], n: int, times_mine: int = 1) -> Times:
    """Seconds of each call, in turn."""
    times: Times = {"ours_s": [], "peer_s": []}
    for _ in range(n):
        for key, call, repeats in (("ours_s", mine, times_mine), ("peer_s", peer, 1)):
            start = time.perf_counter()
            for _ in range(repeats):
                call()
            times[key].append((time.perf_counter() - start) / repeats)
    return times


def require(same: bool, row: str) -> None:
    if not same:
        raise SystemExit(f"{row}: the answers differ")


def least_of(distance: Array, groups: Array, n: int) -> Array:
    """Least value in every label 1…n of ``groups``, both flat."""
    inside = np.flatnonzero(groups)
    order = inside[np.argsort(groups[inside], kind="stable")]
    return np.minimum.reduceat(distance[order], np.searchsorted(groups[order], np.arange(1, n + 1)))


def distances_per_segment(parts: Array, tumours: Array, spacing_mm: Array) -> Array:
    n, columns = len(pipelines.TUMOURS), []
    for segment in pipelines.SEGMENTS:
        away = ndimage.distance_transform_edt(parts != segment, sampling=spacing_mm)
        columns.append(least_of(away.ravel("F"), tumours.ravel("F"), n))
    return np.stack(columns, axis=1)


def distances_per_tumour(parts: Array, tumours: Array, spacing_mm: Array) -> Array:
    rows = []
    for tumour in pipelines.TUMOURS:
        away = ndimage.distance_transform_edt(tumours != tumour, sampling=spacing_mm)
        rows.append(least_of(away.ravel("F"), parts.ravel("F"), N_LABELS - 1))
    return np.stack(rows)


def distances_by_trees(parts: Array, tumours: Array, spacing_mm: Array) -> Array:
    """Between voxels at borders of labels; a tree per tumour, asked for what its box does not rule out."""
    from scipy.spatial import cKDTree

    n = len(pipelines.TUMOURS)
    shared = np.bincount(
        tumours.ravel("F").astype(np.int64) * N_LABELS + parts.ravel("F"), minlength=(n + 1) * N_LABELS
    ).reshape(n + 1, N_LABELS)[1:, 1:]
    of_part, of_tumour = (centres_at_borders(labels, spacing_mm) for labels in (parts, tumours))
    least = np.zeros((n, N_LABELS - 1))
    for row, tumour in enumerate(pipelines.TUMOURS):
        own = of_tumour[tumour]
        tree = cKDTree(own, balanced_tree=False, compact_nodes=False)
        low, high = own.min(axis=0), own.max(axis=0)
        for column, segment in enumerate(pipelines.SEGMENTS):
            if shared[row, column]:
                continue
            others = of_part[segment]
            at_least = np.linalg.norm(np.maximum(np.maximum(low - others, others - high), 0.0), axis=1)
            at_most, _ = tree.query(others[at_least.argmin()])
            found, _ = tree.query(others[at_least <= at_most], distance_upper_bound=at_most)
            least[row, column] = min(at_most, found.min())
    return least


def centres_at_borders(labels: Array, spacing_mm: Array) -> dict[int, Array]:
    """Positions of the voxels of each label that have another label beside them."""
    border = np.zeros(labels.shape, dtype=bool, order="F")
    for axis in range(3):
        low, high = ((slice(None),) * axis + (half,) for half in (slice(None, -1), slice(1, None)))
        differ = labels[low] != labels[high]
        border[low] |= differ
        border[high] |= differ
    flat = np.flatnonzero(border.ravel("F"))
    held = labels.ravel("F")[flat]
    position_mm = np.stack(np.unravel_index(flat, labels.shape, order="F"), axis=1) * spacing_mm
    return {int(label): position_mm[held == label] for label in np.unique(held)}


DISTANCES = {
    "B13 segment": distances_per_segment,
    "B13 tumour": distances_per_tumour,
    "B13 trees": distances_by_trees,
}


def distances(row: str, liver: Liver, n: int) -> Times:
    """B13. Ours are between surfaces, the peers' between voxel centres: an edge apart at either end."""
    parts, tumours, affine = cropped(liver)
    spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
    peer = DISTANCES[row]
    times: Times = {"ours_s": [], "peer_s": []}
    pipelines.distances_mm(parts, tumours, affine)  # pays for imports
    distances_by_trees(parts, tumours, spacing_mm)
    for _ in range(n):
        start = time.perf_counter()
        _, mine = pipelines.distances_mm(parts, tumours, affine)
        middle = time.perf_counter()
        theirs = peer(parts, tumours, spacing_mm)
        times["peer_s"].append(time.perf_counter() - middle)
        times["ours_s"].append(middle - start)
        near = np.abs(mine - theirs) <= 2.0 * spacing_mm.max()
        require(bool(near.all() and np.array_equal(mine == 0.0, theirs == 0.0)), row)
    return times


def unions(row: str, liver: Liver, n: int) -> Times:
    """B14: remnant, its share, every margin, the least of them and whether it will do, of 256 resections."""
    parts, tumours, affine = cropped(liver)
    tissue_ml = measure(liver).ml[:, FUNCTIONAL].sum(axis=(1, 2))
    _, distance_mm = pipelines.distances_mm(parts, tumours, affine)
    total_ml = float(tissue_ml.sum())
    rest = np.arange(1 << tissue_ml.size)[::-1]  # what stays when the parts of the index leave

    def mine() -> tuple[Array, Array, Array, Array]:
        volume_ml, least_mm = subset_tables(tissue_ml, distance_mm)
        remnant_ml = volume_ml[rest]
        percent = remnant_ml * (100.0 / total_ml)
        worst_mm = least_mm.min(axis=1)[rest]
        return remnant_ml, percent, worst_mm, (percent > MINIMUM_PERCENT) & (worst_mm >= 1.0)

    def loop() -> tuple[list[float], list[float], list[float], list[bool]]:
        volumes, rows = tissue_ml.tolist(), distance_mm.tolist()
        remnant_ml, percent, worst_mm, suits = [], [], [], []
        for union in range(1 << len(volumes)):
            stays = [part for part in range(len(volumes)) if not union >> part & 1]
            kept_ml = sum(volumes[part] for part in stays)
            margins = [min([row[part] for part in stays], default=math.inf) for row in rows]
            remnant_ml.append(kept_ml)
            percent.append(100.0 * kept_ml / total_ml)
            worst_mm.append(min(margins))
            suits.append(percent[-1] > MINIMUM_PERCENT and worst_mm[-1] >= 1.0)
        return remnant_ml, percent, worst_mm, suits

    functional = np.where(tumours > 0, np.uint8(0), parts)

    def voxelwise() -> list[float]:
        voxel_ml = pipelines.VOXEL_ML
        found = []
        for union in range(1 << tissue_ml.size):
            stays = np.array([False, *(not union >> part & 1 for part in range(tissue_ml.size))])
            found.append(np.count_nonzero(stays[functional]) * voxel_ml)
        return found

    peer = voxelwise if row == "B14 voxels" else loop
    theirs = voxelwise() if row == "B14 voxels" else loop()
    expected = (theirs,) if row == "B14 voxels" else theirs
    for a, b in zip(mine(), expected, strict=False):
        require(np.allclose(a, b, rtol=1e-9, atol=1e-6), row)
    return pairs(mine, peer, n, 200)


def planes(row: str, liver: Liver, n: int) -> Times:
    """B15: volumes of eight segments in front of a plane."""
    _, what, direction = row.split()
    parts, _, affine = cropped(liver)
    runs = shared_runs(parts)[0]
    flat = np.flatnonzero(parts.ravel("F"))
    index = np.stack(np.unravel_index(flat, parts.shape, order="F"), axis=1).astype(np.float64)
    labels = parts.ravel("F")[flat]
    world_mm = index @ affine[:3, :3].T + affine[:3, 3]
    normal = np.array(NORMALS[direction])
    origin_mm = world_mm.mean(axis=0) + 0.1
    step = affine[:3, :3].T @ normal
    extents = np.abs(step)

    def mine() -> Array:
        return voxels_in_front(runs, step, float((affine[:3, 3] - origin_mm) @ normal), N_LABELS)

    def count() -> Array:
        return np.bincount(labels[world_mm @ normal > origin_mm @ normal], minlength=N_LABELS)

    def exact() -> Array:
        distance = world_mm @ normal - origin_mm @ normal
        share = (distance > 0.0).astype(np.float64)
        crossed = np.flatnonzero(np.abs(distance) < 0.5 * extents.sum())
        share[crossed] = fraction_in_front(np.broadcast_to(extents, (crossed.size, 3)), distance[crossed])
        return np.bincount(labels, weights=share, minlength=N_LABELS)

    # A plane along the voxels is counted wrong by up to half a layer: that is what exact fractions are for.
    half_layer = 0.5 * math.prod(parts.shape) / min(parts.shape)
    require(np.allclose(mine(), exact(), rtol=0.0, atol=1e-6), row)
    require(np.allclose(mine(), count(), rtol=0.0, atol=half_layer), row)
    return pairs(mine, count if what == "count" else exact, n, 5)


def slider(liver: Liver, n: int) -> Times:
    """B15: one move of a plan's plane, everything counted: parts, tissues and fates."""
    world_mm = liver.grid.world_mm(np.argwhere(liver.parts > 0).mean(axis=0))
    centre = (float(world_mm[0]), float(world_mm[1]), float(world_mm[2]))
    moves = PlaneSlider.of(liver, Plan("plane", "plane", (Plane(centre, NORMALS["oblique"]),)))
    total_ml = moves.at(0.0).remnant_ml
    seconds = []
    for number in range(10 * n):
        start = time.perf_counter()
        moved = moves.at(2.0 * (number % 10), (float(number % 7), 0.0))
        seconds.append(time.perf_counter() - start)
        require(moved.remnant_ml > 0.0, "B15 slider")
    require(moves.at(5.0).remnant_ml > total_ml, "B15 slider")
    return {"ours_s": seconds}


def phantom(n: int) -> Times:
    """B15: errors in mL against the volume of an ellipsoid's cap, exact fractions and counted voxels."""
    spacing_mm = np.array([0.75, 0.75, 1.25])
    half_mm = np.array([80.0, 70.0, 95.0])
    sides = (2.0 * np.ceil(half_mm / spacing_mm) + 3.0).astype(int)
    middle_mm = 0.5 * (sides - 1) * spacing_mm + 0.1
    i, j, k = (
        ((np.arange(s) * d - m) / h) ** 2
        for s, d, m, h in zip(sides, spacing_mm, middle_mm, half_mm, strict=True)
    )
    inside = np.asfortranarray(i[:, None, None] + j[:, None] + k < 1.0).view(np.uint8)
    runs = shared_runs(inside)[0]
    voxel_ml = float(spacing_mm.prod()) / 1000.0
    whole_ml = 4.0 / 3.0 * math.pi * float(half_mm.prod()) / 1000.0
    rng = np.random.default_rng(7)
    errors: Times = {}
    for name, normal in NORMALS.items():
        across = np.array(normal)
        reach_mm = float(np.linalg.norm(across * half_mm))
        for offset_mm in rng.uniform(-0.8, 0.8, size=8 * n) * reach_mm:
            t = float(offset_mm) / reach_mm
            cap_ml = whole_ml * (2.0 - 3.0 * t + t**3) / 4.0
            step, start = across * spacing_mm, float(-middle_mm @ across - offset_mm)
            exact = voxels_in_front(runs, step, start, 2)[1]
            a, b, c = (np.arange(s) * d for s, d in zip(sides, step, strict=True))
            front = a[:, None, None] + b[:, None] + (c + start) > 0.0
            count = np.count_nonzero(front & inside.view(bool))
            errors.setdefault(f"{name} exact_ml", []).append(float(exact) * voxel_ml - cap_ml)
            errors.setdefault(f"{name} count_ml", []).append(count * voxel_ml - cap_ml)
    return errors


def pieces(row: str, liver: Liver, n: int) -> Times:
    """B16: connected components of the tumours and of the liver. The peers need not say how large each is."""
    import cc3d

    _, peer, neighbours = row.split()
    parts, tumours, _ = cropped(liver)
    masks = [np.ascontiguousarray((array > 0).T) for array in (tumours, parts)]
    structure = ndimage.generate_binary_structure(3, 1 if neighbours == "6" else 3)

    def mine() -> list[Array]:
        return [components(mask, neighbours=6 if neighbours == "6" else 26).voxels for mask in masks]

    def scipy_label() -> list[Array]:
        return [ndimage.label(mask, structure=structure)[0] for mask in masks]

    def cc3d_label() -> list[Array]:
        return [cc3d.connected_components(mask, connectivity=int(neighbours)) for mask in masks]

    other = scipy_label if peer == "scipy" else cc3d_label
    for sizes, labelled in zip(mine(), other(), strict=True):
        require(sorted(sizes, reverse=True) == sorted(np.bincount(labelled.ravel())[1:], reverse=True), row)
    return pairs(mine, other, n)


def searching(liver: Liver, n: int) -> Times:
    """The whole search after reading, tumours measured anew each time; without vessels.

    With them what leads is graded by a whole assessment, seconds each.
    """
    seconds, texts = [], set()
    for _ in range(n):
        fresh = dataclasses.replace(liver, vessels={})  # nothing of it is remembered
        start = time.perf_counter()
        found = search(fresh, minimum_flr_percent=MINIMUM_PERCENT)
        seconds.append(time.perf_counter() - start)
        texts.add(" ".join(candidate.plan.notation for candidate in found.candidates))
    require(len(texts) == 1, "search")
    return {"ours_s": seconds}


def main(row: str, folder: Path, n: int) -> Times:
    if row == "B15 error":
        return phantom(n)
    liver = read(folder)
    if row == "B15 slider":
        return slider(liver, n)
    if row == "search":
        return searching(liver, n)
    rows: Sequence[tuple[str, Callable[[str, Liver, int], Times]]] = (
        ("B13", distances),
        ("B14", unions),
        ("B15", planes),
        ("B16", pieces),
    )
    for key, measured in rows:
        if row.startswith(f"{key} "):
            return measured(row, liver, n)
    raise SystemExit(f"unknown row {row!r}")


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
