"""Planes, boxes and centres of gravity from one pass, against counting the voxels one by one."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from flr.io.source import count, open_sources, survey
from flr.kernels.passing import PlaneCounts


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("seed", range(20))
def test_planes_hold_the_voxels_on_them(seed: int, dtype: type) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, (6, 9, 20)))
    n_k, n_j, n_i = shape
    labels = rng.integers(0, 4, size=shape).astype(dtype)
    labels[rng.random(shape) < rng.choice([0.1, 0.9])] = 0
    group_of = np.zeros(10, np.int64)
    group_of[[3, 1]] = (1, 2)
    planes = PlaneCounts((n_i, n_j, n_k), group_of)
    rows = labels.reshape(-1, n_i)
    cut = int(rng.integers(0, len(rows) + 1))
    for first, part in ((0, rows[:cut]), (cut, rows[cut:])):
        if len(part):
            planes.add(part, first, 0, n_j, 0)
    planes.finish()
    for group, label in ((1, 3), (2, 1)):
        is_label = labels == label
        assert planes.along_i[group].tolist() == is_label.sum(axis=(0, 1)).tolist()
        assert planes.along_j[group].tolist() == is_label.sum(axis=(0, 2)).tolist()
        assert planes.along_k[group].tolist() == is_label.sum(axis=(1, 2)).tolist()


@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("wanted", [{1, 2, 7, 300}, {2, 7}, {9}])
def test_what_is_seen_lies_in_the_world(tmp_path: Path, wanted: set[int], boxed: bool) -> None:
    rng = np.random.default_rng(1)
    affine = np.array([[-0.7, 0.1, 0, 40], [0.1, 0.9, 0.2, -30], [0, 0, 2.5, 12], [0, 0, 0, 1.0]])
    labels = np.zeros((21, 34, 15), np.int16)
    for label in (1, 2, 7, 300):
        a, b, c = rng.integers(0, (15, 25, 10))
        labels[a : a + 6, b : b + 8, c : c + 5] = label
    nib.save(nib.Nifti1Image(labels, affine), tmp_path / "a.nii.gz")
    (source,) = open_sources(tmp_path / "a.nii.gz")
    seen = survey(source, wanted, box=count(source).box if boxed else None)
    present = {int(v) for v in np.unique(labels)} - {0}
    assert seen.profiles.keys() == present & wanted
    for label in seen.profiles:
        index = np.argwhere(labels == label)
        assert np.allclose(seen.centre_mm(label), source.grid.world_mm(index.mean(axis=0)))
        assert seen.box([label]) == (tuple(index.min(axis=0)), tuple(index.max(axis=0) + 1))
    assert seen.box([9]) is None
