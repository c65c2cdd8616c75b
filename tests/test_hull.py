"""The convex hull against Qhull, on points in general position and on lattices, which never are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import couinaud_egg

from flr.kernels.hull import hull_facets


def ball() -> NDArray[np.float64]:
    inside = ((np.indices((21, 21, 21)) - 10) ** 2).sum(axis=0) < 90
    return np.argwhere(inside) * [4.0, 3.0, 5.0]


def cube() -> NDArray[np.float64]:
    return np.argwhere(np.ones((6, 6, 6), dtype=bool)).astype(float)


def egg() -> NDArray[np.float64]:
    segments, grid = couinaud_egg((6.0, 6.0, 6.0))
    return np.argwhere(segments > 0) @ grid.index_to_world_mm[:3, :3].T


def scattered(n: int) -> NDArray[np.float64]:
    return np.random.default_rng(n).normal(size=(n, 3)) * [1.0, 30.0, 5.0]


def sheared() -> NDArray[np.float64]:
    return cube() @ np.array([[1.0, 0.3, 0.0], [0.0, 2.0, -0.7], [0.4, 0.0, 3.0]])


@pytest.mark.parametrize(
    "points",
    [scattered(4), scattered(5), scattered(60), scattered(2000), cube(), sheared(), ball(), egg()],
    ids=["four", "five", "sixty", "many", "cube", "sheared", "ball", "egg"],
)
def test_the_hull_is_that_of_qhull(points: NDArray[np.float64]) -> None:
    from scipy.spatial import ConvexHull

    expected = ConvexHull(points)
    facets = hull_facets(points)
    first, second, third = (points[facets[:, corner]] - points.mean(axis=0) for corner in range(3))
    across = np.cross(second - first, third - first)
    # Outwards, and closed: the signed volume and the surface are those of the hull.
    assert (np.cross(first, second) * third).sum() / 6.0 == pytest.approx(expected.volume, rel=1e-6)
    assert 0.5 * np.linalg.norm(across, axis=1).sum() == pytest.approx(expected.area, rel=1e-6)
    assert set(expected.vertices.tolist()) <= set(facets.ravel().tolist())
    # Every edge once in each direction.
    edges = {(a, b) for facet in facets.tolist() for a, b in zip(facet, facet[1:] + facet[:1], strict=True)}
    assert len(edges) == 3 * len(facets)
    assert edges == {(b, a) for a, b in edges}


@pytest.mark.parametrize("n", [0, 1, 3])
def test_few_points_have_none(n: int) -> None:
    assert hull_facets(scattered(5)[:n]).shape == (0, 3)


def test_points_in_a_plane_or_a_line_have_none() -> None:
    plane = np.argwhere(np.ones((5, 5, 1), dtype=bool)).astype(float)
    assert hull_facets(plane @ np.array([[1.0, 0.5, 0.2], [0.0, 1.0, 3.0], [0.0, 0.0, 1.0]])).shape == (0, 3)
    assert hull_facets(np.arange(30.0).reshape(10, 3) * [1.0, 2.0, 3.0]).shape == (0, 3)


def test_a_liver_is_looked_at_without_scipy() -> None:
    """Loading scipy.spatial takes longer than all other checks together."""
    import subprocess
    import sys

    code = """
import sys, numpy as np, flr
from flr.assessment import assess
from flr.liver import assemble
parts = np.zeros((20, 20, 20), np.uint8)
parts[4:16, 4:16, 4:16] = 1
grid = flr.Grid((20, 20, 20), np.diag([9.0, 9.0, 9.0, 1.0]))
half = np.arange(20)[:, None, None] < parts * 10
liver = assemble(grid, liver=parts > 0, tumours_declared_none=True, drawn={"flr": half})
found = assess(liver, "flr", flr.Patient())
assert "liver_cut_flat" in {one.check for one in found.quality} and liver.hull_faces
assert "scipy.spatial" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
