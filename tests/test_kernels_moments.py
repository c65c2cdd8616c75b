"""Centres of gravity against the mean of the positions."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from flr.io.source import centroids_mm, open_sources
from flr.kernels.moments import add_moments


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("seed", range(20))
def test_moments_are_sums_over_voxels(seed: int, dtype: type) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, (6, 9, 20)))
    _, n_j, n_i = shape
    labels = rng.integers(0, 4, size=shape).astype(dtype)
    labels[rng.random(shape) < rng.choice([0.1, 0.9])] = 0
    moments = np.zeros((4, 10))
    rows = labels.reshape(-1, n_i)
    cut = int(rng.integers(0, len(rows) + 1))
    for first, part in ((0, rows[:cut]), (cut, rows[cut:])):
        if len(part):
            add_moments(part, first, n_j, moments)
    for label in range(10):
        where = np.argwhere(labels == label) if label else np.empty((0, 3))
        assert moments[0, label] == len(where)
        assert moments[1:, label].tolist() == where.sum(axis=0)[::-1].tolist()


@pytest.mark.parametrize("wanted", [None, {2, 7}, {9}])
def test_centroids_lie_in_the_world(tmp_path: Path, wanted: set[int] | None) -> None:
    rng = np.random.default_rng(1)
    affine = np.array([[-0.7, 0.1, 0, 40], [0.1, 0.9, 0.2, -30], [0, 0, 2.5, 12], [0, 0, 0, 1.0]])
    labels = np.zeros((21, 34, 15), np.int16)
    for label in (1, 2, 7, 300):
        a, b, c = rng.integers(0, (15, 25, 10))
        labels[a : a + 6, b : b + 8, c : c + 5] = label
    nib.save(nib.Nifti1Image(labels, affine), tmp_path / "a.nii.gz")
    (source,) = open_sources(tmp_path / "a.nii.gz")
    found = centroids_mm(source, wanted)
    present = {int(v) for v in np.unique(labels)} - {0}
    assert found.keys() == (present if wanted is None else present & wanted)
    for label, centre in found.items():
        index = np.argwhere(labels == label).mean(axis=0)
        assert np.allclose(centre, source.grid.world_mm(index))
