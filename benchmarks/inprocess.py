"""Rows that leave the imports out: ``python benchmarks/inprocess.py ROW FOLDER PAIRS`` prints JSON.

The rows time one call against its peer in one process, in turn, after comparing the answers.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import peers

from flr.io.source import count, count_joint, open_sources


def ours(path: Path) -> dict[int, int]:
    (source,) = open_sources(path)
    return count(source).voxels


def joint(paths: list[Path]) -> np.ndarray:
    return count_joint([open_sources(p)[0] for p in paths])


def joint_whole_arrays(paths: list[Path]) -> np.ndarray:
    import nibabel as nib

    first, second, third = (np.asarray(nib.load(p).dataobj) for p in paths)
    n = (int(first.max()) + 1, int(second.max()) + 1, int(third.max()) + 1)
    code = (first.astype(np.int64) * n[1] + second) * n[2] + third
    return np.bincount(code.ravel(), minlength=n[0] * n[1] * n[2]).reshape(n)


def joint_masks(paths: list[Path]) -> np.ndarray:
    import nibabel as nib

    first, second, third = (np.asarray(nib.load(p).dataobj) for p in paths)
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1, int(third.max()) + 1), np.int64)
    for a in range(table.shape[0]):
        in_first = first == a
        for b in range(table.shape[1]):
            both = in_first & (second == b)
            for c in range(table.shape[2]):
                table[a, b, c] = np.count_nonzero(both & (third == c))
    return table


def pairs(mine: Callable[[], object], peer: Callable[[], object], n: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"ours_s": [], "peer_s": []}
    for _ in range(n):
        for key, call in (("ours_s", mine), ("peer_s", peer)):
            start = time.perf_counter()
            call()
            times[key].append(time.perf_counter() - start)
    return times


def main(row: str, folder: Path, n: int) -> dict[str, list[float]] | dict[str, float]:
    if row in ("B9 std", "B9 big"):
        path = folder / f"{row[3:]}_all.nii.gz"
        if ours(path) != peers.simpleitk(str(path)):
            raise SystemExit(f"{row}: the answers differ")
        return pairs(lambda: ours(path), lambda: peers.simpleitk(str(path)), n)
    if row in ("B10 code", "B10 masks"):
        paths = [folder / f"std_{name}.nii.gz" for name in ("seg", "tum", "ves")]
        other = joint_whole_arrays if row == "B10 code" else joint_masks
        joint(paths)  # both sides warm: the first call pays for imports and for the file cache
        times: dict[str, list[float]] = {"ours_s": [], "peer_s": []}
        for _ in range(n):
            start = time.perf_counter()
            mine = joint(paths)
            middle = time.perf_counter()
            theirs = other(paths)
            times["peer_s"].append(time.perf_counter() - middle)
            times["ours_s"].append(middle - start)
            if not np.array_equal(mine, theirs):
                raise SystemExit(f"{row}: the answers differ")
        return times
    if row == "memory":  # growth of the peak while counting, beyond what imports and headers took
        grown = {}
        for name in ("std_all", "big_all"):
            path = folder / f"{name}.nii.gz"
            (source,) = open_sources(path)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            count(source)
            grown[name] = [(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024]
        return grown
    if row == "floor":  # inflating alone, through one buffer, with what everything here inflates with
        least = {}
        for path in sorted(folder.glob("*.nii.gz")):
            (source,) = open_sources(path)
            seconds = []
            for _ in range(n):
                start = time.perf_counter()
                for _ in source.slabs():
                    pass
                seconds.append(time.perf_counter() - start)
            least[path.name] = min(seconds)
        return least
    raise SystemExit(f"unknown row {row!r}")


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
