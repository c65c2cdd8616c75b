"""How cost grows: ``python benchmarks/growth.py [--pairs N] FOLDER`` prints rows of the report.

Slices, labels, tumours and cases grow while everything else stays. Each cost is processor time, the least of
several runs after one that is not counted, because noise only adds.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import planning
import workload
from cohort import make
from table import Row, head

from flr.assessment import assess_plans
from flr.cohort import engines, merge, read_manifest
from flr.cohort.ledger import entry_of
from flr.io.source import count, open_sources
from flr.labels import Tissue
from flr.liver import Liver
from flr.patient import Patient
from flr.plans import parse_plan
from flr.plansearch import search

SLICES = (200, 400, 800, 1200)
LABELS = (8, 32, 128, 250)
TUMOURS = (1, 3, 6, 12)
CASES = (100, 400, 1600)
N_TINY = 8
"""Slices of the maps of many cases: what is measured is the ledger and not the reading."""


def least_ms(call: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        start = time.process_time()
        call()
        found.append(1e3 * (time.process_time() - start))
    return min(found)


def listed(values: Sequence[float], digits: int = 0) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)


def row(what: str, of: Sequence[int], unit: str, result: str) -> Row:
    return Row("growth", f"{what}, CPU", "–", f"{', '.join(map(str, of))} {unit}", "–", "none", result)


def counting(path: Path) -> None:
    (source,) = open_sources(path)
    count(source)


def blocks(n: int) -> np.ndarray:
    """The liver of the workload cut into ``n`` blocks of one label each."""
    segments, _, _ = workload.liver()
    at = np.argwhere(segments > 0)
    key = (at // (16, 20, 28)) @ (1, 11, 121)
    blocks = np.zeros(segments.shape, np.uint8)
    blocks[tuple(at.T)] = 1 + np.unique(key, return_inverse=True)[1] % n
    return blocks


def of_slices(folder: Path, times: int) -> Row:
    segments, _, _ = workload.liver()
    counting(folder / "std_seg.nii.gz")
    cost_ms = []
    for n in SLICES:
        path = folder / f"slices_{n}.nii.gz"
        if not path.exists():
            workload.write(path, workload.slices(segments, n), n)
        cost_ms.append(least_ms(lambda path=path: counting(path), times))
    each_ms = 100.0 * (cost_ms[-1] - cost_ms[0]) / (SLICES[-1] - SLICES[0])
    return row(
        "read and count, the same liver in more slices",
        SLICES,
        "slices",
        f"{listed(cost_ms)} ms: {each_ms:.1f} ms for 100 empty slices more",
    )


def of_labels(folder: Path, times: int) -> Row:
    cost_ms = []
    for n in LABELS:
        path = folder / f"labels_{n}.nii.gz"
        if not path.exists():
            workload.write(path, workload.slices(blocks(n), 400), 400)
        cost_ms.append(least_ms(lambda path=path: counting(path), times))
    return row("read and count, the same blocks with more labels", LABELS, "labels", f"{listed(cost_ms)} ms")


def of_tumours(folder: Path, times: int) -> Iterator[Row]:
    liver = planning.read(folder)
    patient = Patient(weight_kg=72.0, height_cm=171.0, condition="normal")
    plan = parse_plan("H5678")
    assert liver.tumours is not None
    assess_plans(liver, [plan], patient)
    search(dataclasses.replace(liver), minimum_flr_percent=30.0)
    assessing, searching = [], []
    for n in TUMOURS:
        tumours = np.where(liver.tumours <= n, liver.tumours, 0).astype(liver.tumours.dtype)
        tissues = np.where((liver.tumours > n) & (liver.tissues == Tissue.TUMOUR), 0, liver.tissues)

        def fresh(tumours: np.ndarray = tumours, tissues: np.ndarray = tissues) -> Liver:
            return dataclasses.replace(liver, tumours=tumours, tissues=tissues.astype(liver.tissues.dtype))

        assessing.append(least_ms(lambda f=fresh: assess_plans(f(), [plan], patient), times))
        searching.append(least_ms(lambda f=fresh: search(f(), minimum_flr_percent=30.0), times))
    yield row("assess one plan, after reading", TUMOURS, "tumours", f"{listed(assessing)} ms")
    yield row("search, after reading", TUMOURS, "tumours", f"{listed(searching)} ms")


def of_cases(folder: Path) -> Row:
    tiny = folder / "tiny.nii.gz"
    if not tiny.exists():
        segments, _, _ = workload.liver()
        workload.write(tiny, workload.slices(segments, N_TINY), N_TINY)
    found = []
    for n in CASES:
        manifest = make(folder, "tiny", n, tiny.name, {"only": "volumes"})
        rows = read_manifest(manifest)
        out = manifest.parent / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        first = least_ms(lambda rows=rows, out=out: list(engines.run_serial(rows, out)), 1)
        again = least_ms(lambda rows=rows, out=out: list(engines.run_serial(rows, out)), 2)
        entries = [entry_of(one) for one in rows]
        tables = least_ms(lambda out=out, entries=entries: merge(out, entries=entries), 2)
        found.append([cost / n for cost in (first, again, tables)])
    first, again, tables = (listed(column, 2) for column in zip(*found, strict=True))
    return row(
        "a cohort of small maps, milliseconds a case",
        CASES,
        "cases",
        f"first run {first}; unchanged {again}; tables and summary {tables} ms",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=3, help="runs of each, of which the least counts")
    args = parser.parse_args()
    workload.make(args.folder)
    print(head())
    print(of_slices(args.folder, args.pairs), flush=True)
    print(of_labels(args.folder, args.pairs), flush=True)
    for one in of_tumours(args.folder, args.pairs):
        print(one, flush=True)
    print(of_cases(args.folder), flush=True)


if __name__ == "__main__":
    main()
