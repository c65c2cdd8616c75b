"""Rows of what is written: ``python benchmarks/outputs.py ROW FOLDER PAIRS`` prints JSON.

``meshes`` times closed surfaces of eight segments against marching cubes alone, ``mesh_errors`` says how far
their volumes are from the voxels'. ``page FILE`` writes one empty page, the least that a PDF costs.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

SEGMENTS = range(1, 9)


def page(path: Path) -> None:
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.27, 11.69))
    FigureCanvasPdf(figure).print_figure(path)


def segments(folder: Path) -> tuple[Any, Any]:
    """The label map in its box, (i, j, k), and its grid."""
    from flr.io.source import load_box, open_sources

    (source,) = open_sources(folder / "std_seg.nii.gz")
    box = load_box([source], pad_voxels=1)
    return box.arrays[0], box.grid


def ours(labels: Any, grid: Any) -> tuple[list[float], int]:
    """Volumes of the surfaces in mL, and their triangles."""
    from flr.surfaces.mesh import mesh_of

    found = [mesh_of(labels == value, grid) for value in SEGMENTS]
    return [mesh.volume_ml for mesh in found], sum(len(mesh.triangles) for mesh in found)


def marching_cubes(labels: Any, grid: Any) -> tuple[list[float], int]:
    from scipy import ndimage
    from skimage.measure import marching_cubes as cubes

    volumes_ml, triangles = [], 0
    for value, box in enumerate(ndimage.find_objects(labels), start=1):
        inside = np.pad(labels[box] == value, 1)
        vertices, faces, _, _ = cubes(inside, 0.5, spacing=grid.spacing_mm)
        a, b, c = (vertices[faces[:, corner]].astype(np.float64) for corner in range(3))
        volumes_ml.append(abs(float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum())) / 6000.0)
        triangles += len(faces)
    return volumes_ml, triangles


def main(row: str, folder: Path, n: int) -> dict[str, Any]:
    labels, grid = segments(folder)
    voxels_ml = np.bincount(labels.ravel("K"), minlength=9)[1:] * grid.voxel_volume_ml
    answers = {"ours": ours(labels, grid), "peer": marching_cubes(labels, grid)}
    percent = {
        name: 100.0 * float(np.abs(np.array(volumes_ml) / voxels_ml - 1.0).max())
        for name, (volumes_ml, _) in answers.items()
    }
    if max(percent.values()) > 2.0:
        raise SystemExit(f"{row}: the volumes of the surfaces are off by {percent} %")
    if row == "mesh_errors":
        return {f"{name}_percent": value for name, value in percent.items()} | {
            f"{name}_triangles": triangles for name, (_, triangles) in answers.items()
        }
    times: dict[str, list[float]] = {"ours_s": [], "peer_s": []}
    for _ in range(n):
        for key, call in (("ours_s", ours), ("peer_s", marching_cubes)):
            start = time.perf_counter()
            call(labels, grid)
            times[key].append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    if sys.argv[1] == "page":
        page(Path(sys.argv[2]))
    else:
        print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
