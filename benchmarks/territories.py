"""B17, territories: ``python benchmarks/territories.py [--pairs N]`` prints a Markdown table.

The liver of ``workload.py`` (0.75 × 0.75 × 1.25 mm, about 1.5 L) with eight portal branches. Ours twice: one
exact partition with its rule for ties, and the partition by blocks of at most 1.5 mm that an assessment uses.
The peers are SciPy's exact transform with indices alone (what ours is built on), a k-d tree of vessel voxels,
one transform per branch, and SimpleITK's Danielsson transform, which is not exact. The answers are compared
before anything is timed.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import workload
from scipy import ndimage
from scipy.spatial import cKDTree
from table import Row, head, machine, spread, yes

from flr.geometry import Grid
from flr.kernels.nearest import nearest_seed, settle_ties
from flr.territories import find_trees, territories

HERE = Path(__file__).resolve().parent
BRANCHES = 8
WHAT = f"territories of {BRANCHES} branches, exact"
BY_BLOCKS = f"territories of {BRANCHES} branches, by blocks"
MOST_DIFFER = 0.002
"""Share of voxels in which an exact peer may differ: those that are equally near to two branches."""
MOST_DIFFER_BY_BLOCKS = 0.05
"""Share of voxels whose block of at most 1.5 mm may hold a border of two territories."""
OF = "liver, box"
_CLEAR = "/proc/self/clear_refs"

Call = Callable[[], np.ndarray]


class Case:
    """A liver and eight tubes from a common place, as arrays (i, j, k) in Fortran order."""

    def __init__(self) -> None:
        segments, _, vessels = workload.liver()
        self.organ = np.asfortranarray((segments > 0).T)
        self.grid = Grid(self.organ.shape, np.diag([*workload.SPACING_MM, 1.0]))
        tree = np.asfortranarray((vessels == 1).T)
        at = np.argwhere(tree)
        steps = (at - at.mean(axis=0)) * workload.SPACING_MM
        turn = np.arctan2(steps[:, 1], steps[:, 0])
        number = 1 + ((turn + np.pi) / (2 * np.pi / BRANCHES)).astype(int) % BRANCHES
        self.branch = np.zeros(self.organ.shape, dtype=np.uint8, order="F")
        self.branch[tuple(at.T)] = number
        names = [f"portal_vein_segment_{n}" for n in range(1, BRANCHES + 1)]
        masks = {name: self.branch == n for n, name in enumerate(names, start=1)}
        tree = find_trees(masks, self.organ, self.grid).portal
        if tree is None:
            raise SystemExit("B17: no tree in the workload")
        self.tree = tree

    def by_blocks(self) -> np.ndarray:
        return territories(self.tree, self.organ, "branch").voxels

    def exact(self) -> np.ndarray:
        branch, organ = self.branch.ravel("K"), self.organ.ravel("K")
        seeds, wanted = np.flatnonzero(branch), np.flatnonzero(organ)
        where = (self.organ.shape, self.grid.index_to_world_mm)
        nearest = nearest_seed(seeds, wanted, *where)
        result = np.zeros(self.organ.shape, dtype=np.uint8, order="F")
        result.ravel("K")[wanted] = settle_ties(nearest, branch[seeds], seeds, wanted, *where)
        return result

    def scipy_indices(self) -> np.ndarray:
        at = ndimage.distance_transform_edt(
            (self.branch == 0).T,
            sampling=workload.SPACING_MM[::-1],
            return_distances=False,
            return_indices=True,
        )
        return np.where(self.organ, self.branch.T[tuple(at)].T, 0)

    def tree_of_voxels(self) -> np.ndarray:
        seeds, wanted = np.argwhere(self.branch), np.argwhere(self.organ)
        found = cKDTree(seeds * workload.SPACING_MM).query(wanted * workload.SPACING_MM, workers=2)[1]
        result = np.zeros(self.organ.shape, dtype=np.uint8, order="F")
        result[tuple(wanted.T)] = self.branch[tuple(seeds[found].T)]
        return result

    def transform_per_branch(self) -> np.ndarray:
        best = np.full(self.organ.shape, np.inf, dtype=np.float32, order="F")
        result = np.zeros(self.organ.shape, dtype=np.uint8, order="F")
        for n in range(1, BRANCHES + 1):
            away = ndimage.distance_transform_edt(self.branch != n, sampling=workload.SPACING_MM)
            nearer = away < best
            best[nearer], result[nearer] = away[nearer], n
        result[~self.organ] = 0
        return result

    def danielsson(self) -> np.ndarray:
        import SimpleITK as sitk

        image = sitk.GetImageFromArray(np.ascontiguousarray(self.branch.T))
        image.SetSpacing(workload.SPACING_MM)
        chosen = sitk.DanielssonDistanceMapImageFilter()
        chosen.UseImageSpacingOn()
        chosen.Execute(image)
        return np.where(self.organ, sitk.GetArrayFromImage(chosen.GetVoronoiMap()).T, 0)


def peak_mib(call: Callable[[], object]) -> float:
    """Resident memory that a call adds at its highest, by the kernel's high-water mark. [MiB]"""

    def status(key: str) -> float:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(key)) / 1024.0

    Path(_CLEAR).write_text("5", encoding="ascii")
    before = status("VmRSS")
    call()
    return status("VmHWM") - before


def main() -> None:
    parser = argparse.ArgumentParser(description="B17: territories against other ways, as a Markdown table.")
    parser.add_argument("--pairs", type=int, default=5, help="interleaved pairs of each row (5)")
    n = parser.parse_args().pairs
    case = Case()
    inside = int(np.count_nonzero(case.organ))
    litres = inside * case.grid.voxel_volume_ml / 1000.0
    rows: list[tuple[str, Call, str, Call, float | None]] = [
        (WHAT, case.exact, "SciPy exact transform with indices alone", case.scipy_indices, None),
        (WHAT, case.exact, "k-d tree of vessel voxels, 2 threads", case.tree_of_voxels, 10.0),
        (WHAT, case.exact, "one exact transform per branch", case.transform_per_branch, None),
        (BY_BLOCKS, case.by_blocks, "SciPy exact transform with indices alone", case.scipy_indices, None),
    ]
    if importlib.util.find_spec("SimpleITK"):
        rows.insert(3, (WHAT, case.exact, "SimpleITK Danielsson (not exact)", case.danielsson, 6.0))
    print(
        f"Machine: {machine()}. Liver of {litres:.2f} L, {inside / 1e6:.2f} M voxels, {BRANCHES} branches.\n"
    )
    print(head())
    all_mine: list[float] = []
    for what, ours, peer, other, least in rows:
        differ = int(np.count_nonzero(other() != ours()))
        if differ > (MOST_DIFFER_BY_BLOCKS if what == BY_BLOCKS else MOST_DIFFER) * inside:
            sys.exit(f"B17: {what}: {peer} differs in {differ} voxels")
        times: list[tuple[float, float]] = []
        for _ in range(n):
            start = time.perf_counter()
            ours()
            middle = time.perf_counter()
            other()
            times.append((middle - start, time.perf_counter() - middle))
        all_mine += [a for a, _ in times]
        ratios = [b / a for a, b in times]
        ours_s, peer_s = (statistics.median(t[side] for t in times) for side in (0, 1))
        met = "–" if least is None else yes(statistics.median(ratios) >= least)
        target = "none" if least is None else f"≥ {least:g}×"
        measured = (
            f"wall {spread(ratios)}×; {ours_s * 1e3:.0f} against {peer_s * 1e3:.0f} ms, {n} pairs; "
            f"{differ} voxels differ"
        )
        print(Row("B17", what, peer, OF, "–", target, measured, met), flush=True)
    added_mib = peak_mib(case.exact)
    slowest_s = max(all_mine)
    measured = f"{spread([1e3 * s for s in all_mine], 0)} ms, {added_mib:.0f} MiB added"
    met = yes(slowest_s < 2.0 and added_mib < 1024.0)
    print(Row("B17", WHAT, "–", OF, "–", "< 2 s, < 1 GiB", measured, met))


if __name__ == "__main__":
    main()
