"""One planning question: ``python benchmarks/pipelines.py NAME FOLDER MAPS`` prints the answer as JSON.

From three files (segments, tumours, vessels): voxels of every segment, tumours and vessels by segment, the
distance of every tumour from every segment, tissue and distances of all unions of segments, and one
oblique plane. Each function is what a careful user of that library would write for this question. Nothing
heavy is imported above the functions.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SEGMENTS = range(1, 9)
TUMOURS = range(1, 13)
VESSELS = {1: "portal_vein", 2: "hepatic_vein"}
ROLES = ("seg", "tum", "ves")

NORMAL = (0.6, -0.48, 0.64)
"""Of the plane, in RAS; it goes through the middle of segment 1's box. The unit normal has length 1."""

VOXEL_ML = 0.75 * 0.75 * 1.25 / 1000.0
WIDEST_EDGE_MM = 1.25

Answer = dict[str, Any]


def flr(paths: list[Path]) -> Answer:
    import numpy as np

    from flr.io.read import read_liver
    from flr.kernels.subsets import subset_tables
    from flr.liver import FUNCTIONAL, Fate, measure
    from flr.plans import Plan, Plane, volumes

    segments, tumours, vessels = paths
    labels = {vessels.name: ",".join(f"{value}={name}" for value, name in VESSELS.items())}
    liver = read_liver(segments=segments, tumours=tumours, vessels=vessels, labels=labels)
    untouched = measure(liver)
    assert liver.tumours is not None
    parts = liver.parts
    in_tumours, distance_mm = distances_mm(parts, liver.tumours, liver.grid.index_to_world_mm)
    flat = parts.ravel("F")
    in_vessels = [
        np.bincount(flat[np.flatnonzero(liver.vessels[name].ravel("F"))], minlength=len(SEGMENTS) + 1)[1:]
        for name in VESSELS.values()
    ]
    tissue_ml = untouched.ml[:, FUNCTIONAL].sum(axis=(1, 2))
    volume_ml, least_mm = subset_tables(tissue_ml, distance_mm)
    inside = parts == 1
    ends = [np.flatnonzero(inside.any(axis=axes))[[0, -1]] for axes in ((1, 2), (0, 2), (0, 1))]
    middle = liver.grid.world_mm(0.5 * np.sum(ends, axis=1))
    plane = Plane((float(middle[0]), float(middle[1]), float(middle[2])), NORMAL)
    cut = volumes(liver, Plan("plane", plane.text, (plane,)), untouched)
    return {
        "voxels": untouched.voxels.sum(axis=(1, 2)).tolist(),
        "tumours": in_tumours.tolist(),
        "vessels": np.array(in_vessels).tolist(),
        "distance_mm": distance_mm.tolist(),
        "tissue_ml": volume_ml.tolist(),
        "least_mm": least_mm[1:].tolist(),
        "plane_ml": cut.ml[:, :, Fate.RESECTED].sum(axis=1).tolist(),
    }


def distances_mm(parts: Any, tumours: Any, index_to_world_mm: Any) -> tuple[Any, Any]:
    """Voxels of every tumour in every segment, and the distances between their surfaces, from label maps."""
    import numpy as np

    from flr.kernels.distance import Surface, label_edges, least_distances_mm, surface_points_mm
    from flr.kernels.runs import shared_runs
    from flr.kernels.zones import zones_of

    runs, (part,) = shared_runs(tumours, parts)
    width = len(SEGMENTS) + 1
    voxels = np.bincount(runs.label * width + part, runs.weight, minlength=(len(TUMOURS) + 1) * width)
    shared = voxels.astype(np.int64).reshape(-1, width)[1:, 1:]
    surfaces = []
    for zone in zones_of(runs).values():
        local = index_to_world_mm.copy()
        local[:3, 3] += index_to_world_mm[:3, :3] @ zone.start
        surfaces.append(Surface(surface_points_mm(zone.inside, local)[0]))
    edges = label_edges(parts, index_to_world_mm)
    return shared, least_distances_mm(surfaces, edges, SEGMENTS, touching=shared > 0)


def simpleitk(paths: list[Path]) -> Answer:
    """Cropped to the liver; one signed Maurer map per segment, its least value in every tumour."""
    import numpy as np
    import SimpleITK as sitk

    images = [sitk.ReadImage(str(path)) for path in paths]
    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.SetComputePerimeter(False)
    shapes.Execute(images[0] > 0)
    box = shapes.GetBoundingBox(1)
    segments, tumours, vessels = (sitk.RegionOfInterest(image, box[3:], box[:3]) for image in images)
    parts, lesions, trees = (sitk.GetArrayViewFromImage(image) for image in (segments, tumours, vessels))
    inside = np.flatnonzero(lesions)
    order = inside[np.argsort(lesions.ravel()[inside], kind="stable")]
    starts = np.searchsorted(lesions.ravel()[order], TUMOURS)
    distance_mm = np.empty((len(TUMOURS), len(SEGMENTS)))
    for column, segment in enumerate(SEGMENTS):
        signed = sitk.SignedMaurerDistanceMap(
            segments == segment, insideIsPositive=False, squaredDistance=False, useImageSpacing=True
        )
        to_segment = sitk.GetArrayViewFromImage(signed).ravel()[order]
        distance_mm[:, column] = np.minimum.reduceat(np.maximum(to_segment, 0.0), starts)
    axes = np.array(segments.GetDirection()).reshape(3, 3) * np.array(segments.GetSpacing())
    return _counted(parts, lesions, trees, distance_mm, np.diag([-1.0, -1.0, 1.0]) @ axes)


def nibabel_scipy(paths: list[Path]) -> Answer:
    """Cropped to the liver; one distance transform per segment, its least value in every tumour."""
    import nibabel as nib
    import numpy as np
    from scipy import ndimage

    images = [nib.load(path) for path in paths]
    whole = [np.asarray(image.dataobj) for image in images]
    (box,) = ndimage.find_objects((whole[0] > 0).view(np.uint8))
    parts, lesions, trees = (array[box].T for array in whole)
    affine = images[0].affine
    spacing_mm = nib.affines.voxel_sizes(affine)[::-1]
    distance_mm = np.empty((len(TUMOURS), len(SEGMENTS)))
    for column, segment in enumerate(SEGMENTS):
        away = ndimage.distance_transform_edt(parts != segment, sampling=spacing_mm)
        distance_mm[:, column] = ndimage.minimum(away, lesions, TUMOURS)
    return _counted(parts, lesions, trees, distance_mm, affine[:3, :3])


def _counted(parts: Any, lesions: Any, trees: Any, distance_mm: Any, axes_mm: Any) -> Answer:
    """What the peers have in common: NumPy on the cropped arrays, (k, j, i)."""
    import numpy as np

    width = len(SEGMENTS) + 1
    voxels = np.bincount(parts.ravel(), minlength=width)[1:]
    tables = []
    for other, n in ((lesions, len(TUMOURS)), (trees, len(VESSELS))):
        pair = other.astype(np.int32) * width + parts
        tables.append(np.bincount(pair.ravel(), minlength=(n + 1) * width).reshape(n + 1, width)[1:, 1:])
    tissue_ml = (voxels - tables[0].sum(axis=0)) * VOXEL_ML
    chosen = (np.arange(1 << len(SEGMENTS))[:, None] >> np.arange(len(SEGMENTS)) & 1).astype(bool)
    least_mm = np.where(chosen[:, None, :], distance_mm, np.inf).min(axis=2)
    box = np.argwhere(parts == 1)
    middle = 0.5 * (box.min(axis=0) + box.max(axis=0))
    steps = np.array(NORMAL) @ axes_mm
    k, j, i = ((np.arange(n) - m) * s for n, m, s in zip(parts.shape, middle, steps[::-1], strict=True))
    front = k[:, None, None] + j[:, None] + i > 0.0
    return {
        "voxels": voxels.tolist(),
        "tumours": tables[0].tolist(),
        "vessels": tables[1].tolist(),
        "distance_mm": distance_mm.tolist(),
        "tissue_ml": (chosen @ tissue_ml).tolist(),
        "least_mm": least_mm[1:].tolist(),
        "plane_ml": (np.bincount(parts[front], minlength=width)[1:] * VOXEL_ML).tolist(),
    }


def differences(mine: Answer, theirs: Answer) -> list[str]:
    """What is not the same answer. Counts are equal; distances and the plane differ by what they are of.

    The peers measure between voxel centres, ``flr`` between surfaces, each of which lies within one edge of
    a centre; the peers count voxels in front of the plane, ``flr`` fractions of them.
    """
    found = [f"{key} differ" for key in ("voxels", "tumours", "vessels") if mine[key] != theirs[key]]
    allowed = {"tissue_ml": 1e-6, "distance_mm": 2 * WIDEST_EDGE_MM, "least_mm": 2 * WIDEST_EDGE_MM}
    for key, most in {**allowed, "plane_ml": 0.1}.items():
        pairs = list(zip(_flat(mine[key]), _flat(theirs[key]), strict=True))
        worst = max(abs(a - b) for a, b in pairs)
        if worst > most:
            found.append(f"{key} differ by up to {worst:g}, more than {most:g}")
    return found


def _flat(values: Any) -> list[float]:
    return [v for row in values for v in _flat(row)] if isinstance(values, list) else [values]


PIPELINES: dict[str, Callable[[list[Path]], Answer]] = {
    f.__name__: f for f in (flr, simpleitk, nibabel_scipy)
}

if __name__ == "__main__":
    files = [Path(sys.argv[2]) / f"{sys.argv[3]}_{role}.nii.gz" for role in ROLES]
    print(json.dumps(PIPELINES[sys.argv[1]](files)))
