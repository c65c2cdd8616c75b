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
import pipelines

from flr.io.read import read_liver
from flr.io.source import count, open_sources
from flr.labels import Tissue
from flr.liver import measure


def ours(path: Path) -> dict[int, int]:
    (source,) = open_sources(path)
    return count(source).voxels


def tissues(paths: list[Path]) -> np.ndarray:
    """Voxels of each part that are parenchyma, tumour and vessel, from three maps."""
    segments, tumours, vessels = paths
    labels = {vessels.name: ",".join(f"{value}={name}" for value, name in pipelines.VESSELS.items())}
    liver = read_liver(segments=segments, tumours=tumours, vessels=vessels, labels=labels)
    wanted = [Tissue.PARENCHYMA, Tissue.TUMOUR, Tissue.VESSEL]
    return measure(liver).voxels.sum(axis=2)[:, wanted]


def tissues_of_whole_arrays(paths: list[Path]) -> np.ndarray:
    import nibabel as nib

    first, second, third = (np.asarray(nib.load(p).dataobj) for p in paths)
    n = (int(first.max()) + 1, int(second.max()) + 1, int(third.max()) + 1)
    code = (first.astype(np.int64) * n[1] + second) * n[2] + third
    table = np.bincount(code.ravel(), minlength=n[0] * n[1] * n[2]).reshape(n)[1:]
    free = table[:, 0]
    return np.stack([free[:, 0], table[:, 1:].sum(axis=(1, 2)), free[:, 1:].sum(axis=1)], axis=1)


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
    if row == "B10":
        paths = [folder / f"std_{name}.nii.gz" for name in ("seg", "tum", "ves")]
        # Both sides warm: the first call pays for imports and for the file cache.
        if not np.array_equal(tissues(paths), tissues_of_whole_arrays(paths)):
            raise SystemExit(f"{row}: the answers differ")
        return pairs(lambda: tissues(paths), lambda: tissues_of_whole_arrays(paths), n)
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
