"""The same answer by other tools: ``python benchmarks/peers.py NAME FILE`` prints {label: voxels} as JSON.

Each function is what a careful user of that library would write for this one question.
"""

from __future__ import annotations

import json
import sys


def simpleitk(path: str, perimeter: bool = False) -> dict[int, int]:
    import SimpleITK as sitk

    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.SetComputePerimeter(perimeter)
    shapes.Execute(sitk.ReadImage(path))
    return {label: shapes.GetNumberOfPixels(label) for label in shapes.GetLabels()}


def simpleitk_default(path: str) -> dict[int, int]:
    return simpleitk(path, perimeter=True)


def nibabel_loop(path: str) -> dict[int, int]:
    import nibabel as nib

    labels = nib.load(path).get_fdata()
    return {k: n for k in range(1, 33) if (n := int((labels == k).sum()))}


def nibabel_unique(path: str) -> dict[int, int]:
    import nibabel as nib
    import numpy as np

    values, numbers = np.unique(np.asarray(nib.load(path).dataobj), return_counts=True)
    return {int(v): int(n) for v, n in zip(values, numbers, strict=True) if v}


def convert3d(path: str) -> dict[int, int]:
    import io

    from picsl_c3d import Convert3D

    table = io.StringIO()
    Convert3D().execute(f"{path} -dup -lstat", out=table)
    rows = [line.split() for line in table.getvalue().splitlines()[1:]]
    return {int(row[0]): int(row[5]) for row in rows if row and row[0] != "0"}


def isal_decompression(path: str) -> dict[int, int]:
    """No answer at all: only the time to inflate the file in one go."""
    from isal import igzip

    with open(path, "rb") as file:  # noqa: PTH123  # nothing but what is measured
        igzip.decompress(file.read())
    return {}


PEERS = {
    f.__name__: f
    for f in (simpleitk, simpleitk_default, nibabel_loop, nibabel_unique, convert3d, isal_decompression)
}

if __name__ == "__main__":
    print(json.dumps(PEERS[sys.argv[1]](sys.argv[2])))
