"""Cohorts: B19, throughput, engines, memory: ``python benchmarks/cohort.py [--cases N] FOLDER > report.md``.

The label maps are those of ``workload.py``; a case is a link to one of them, so that every case is read,
inflated and hashed like a file of its own. Times are of whole processes unless a row says otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

_ITK_LOOP = """
import json, sys
import SimpleITK as sitk
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
for path in sys.argv[1:]:
    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.SetComputePerimeter(False)
    shapes.Execute(sitk.ReadImage(path))
    print(json.dumps({n: shapes.GetNumberOfPixels(n) for n in shapes.GetLabels()}))
"""

_PEAKS = """
import sys
from pathlib import Path
from flr.cohort import read_manifest, run_cohort
if __name__ == "__main__":
    rows = read_manifest(Path(sys.argv[1]))
    print(max(o.peak_bytes for o in run_cohort(rows, Path(sys.argv[2]), workers=int(sys.argv[3]))))
"""


def timed(command: list[str], *, codes: tuple[int, ...] = (0,)) -> tuple[float, str]:
    """Seconds and what a process printed."""
    start = time.perf_counter()
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(command[:6])} failed:\n{done.stderr}")
    return time.perf_counter() - start, done.stdout


def make(folder: Path, name: str, cases: int, source: str, columns: dict[str, str]) -> Path:
    """A manifest of cases that are links to one label map."""
    place = folder / f"{name}-{cases}"
    place.mkdir(parents=True, exist_ok=True)
    lines = [",".join(["case_id", "inputs", *columns])]
    for number in range(cases):
        path = place / f"{number:05d}.nii.gz"
        if not path.exists():
            os.link(folder / source, path)
        lines.append(",".join([f"c{number:05d}", path.name, *columns.values()]))
    manifest = place / "manifest.csv"
    manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return manifest


def flr(manifest: Path, *more: str) -> float:
    """Seconds of a cohort from nothing."""
    out = manifest.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    seconds, printed = timed(
        [sys.executable, "-m", "flr", "cohort", "run", str(manifest), "--out", str(out), "--json", *more]
    )
    if json.loads(printed)["failed"]:
        raise SystemExit("a case failed")
    return seconds


def same_answers(manifest: Path, printed: str) -> None:
    """Voxels of the first case, by label, against the peer's."""
    peer = json.loads(printed.splitlines()[0])
    line = (manifest.parent / "out" / "cases.jsonl").read_text(encoding="utf-8").splitlines()[0]
    mine = sorted(json.loads(line)["voxels"].values())
    if mine != sorted(peer.values()):
        raise SystemExit("the answers differ")


def spread(values: list[float], digits: int = 2) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="for the label maps, which are made when they are absent")
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=3)
    args = parser.parse_args()
    import workload

    workload.make(args.folder)
    n = args.cases
    body = {"tumours": "none", "weight": "72", "height": "171", "condition": "normal", "plan": "H5678"}
    counting = make(args.folder, "count", n, "std_all.nii.gz", {"only": "volumes"})
    assessing = make(args.folder, "assess", n, "std_seg.nii.gz", body)
    small = make(args.folder, "small", 1, "std_seg.nii.gz", body)
    row("row", "operation", "peer", "target", "measured: median (least–most)", "met")
    row(*["---"] * 6)

    files = [str(p) for p in sorted(counting.parent.glob("*.nii.gz"))]
    ratios, per_core, mine, theirs = [], [], [], []
    for _ in range(args.pairs):
        two = flr(counting, "--workers", "2")
        alone = flr(counting, "--workers", "0")
        peer, printed = timed([sys.executable, "-c", _ITK_LOOP, *files])
        same_answers(counting, printed)
        ratios.append(peer / two)
        per_core.append(peer / alone)
        mine.append(1e3 * two / n)
        theirs.append(1e3 * peer / n)
    middle = statistics.median(ratios)
    row(
        "B19",
        f"volumes of {n} maps of 512×512×400, 2 processes",
        "SimpleITK loop, one process, one thread",
        "≥ 10×",
        f"{spread(ratios)}×; {spread(mine, 0)} against {spread(theirs, 0)} ms a case",
        "yes" if middle >= 10 else "**no**",
    )
    middle = statistics.median(per_core)
    row(
        "throughput",
        "the same, one process",
        "the same",
        "≥ 6× per core",
        f"{spread(per_core)}×",
        "yes" if middle >= 6 else "**no**",
    )

    peaks = []
    for manifest in (counting, assessing):
        out = manifest.parent / "peak"
        shutil.rmtree(out, ignore_errors=True)
        script = manifest.parent / "peak.py"
        script.write_text(_PEAKS, encoding="utf-8")
        _, printed = timed([sys.executable, str(script), str(manifest), str(out), "2"])
        peaks.append(int(printed) / (1 << 20))
    row(
        "memory",
        "peak of a worker, counting",
        "–",
        "≤ 150 MiB",
        f"{peaks[0]:.0f} MiB",
        "yes" if peaks[0] <= 150 else "**no**",
    )
    row("memory", "peak of a worker, assessing", "–", "none", f"{peaks[1]:.0f} MiB", "–")

    alone = [flr(assessing, "--workers", "0") for _ in range(args.pairs)]
    two = [flr(assessing, "--workers", "2") for _ in range(args.pairs)]
    start = statistics.median(flr(small, "--workers", "0") for _ in range(args.pairs))
    each = [1e3 * (seconds - start) / (n - 1) for seconds in alone]
    row("unit", "one case, assessed, segments of 512×512×400", "–", "none", f"{spread(each, 0)} ms", "–")
    gain = [a / b for a, b in zip(alone, two, strict=True)]
    row("engines", f"{n} cases assessed, 2 processes", "one process", "none", f"{spread(gain)}×", "–")
    out = assessing.parent / "out"
    again = [
        1e3 * timed([sys.executable, "-m", "flr", "cohort", "run", str(assessing), "--out", str(out)])[0] / n
        for _ in range(args.pairs)
    ]
    row("resume", f"{n} unchanged cases, whole command, per case", "–", "none", f"{spread(again, 1)} ms", "–")
    try:
        import distributed  # noqa: F401
    except ImportError:
        return
    dask = [overhead(assessing) for _ in range(args.pairs)]
    row(
        "Dask",
        "cost a case at the default batch size, full-size cases, start of the cluster left out",
        "the same cases one by one",
        "≤ 10 %",
        f"{spread(dask, 1)} %",
        "yes" if statistics.median(dask) <= 10 else "**no**",
    )


_DASK = """
import shutil, sys, time
from pathlib import Path
from flr.cohort import engines, read_manifest
if __name__ == "__main__":
    rows = read_manifest(Path(sys.argv[1]))
    out = Path(sys.argv[2])
    list(engines.run_serial(rows[:1], out, redo="all"))
    with engines.dask_client("local", 1) as client:
        list(engines.run_on(client, rows[:1], out, redo="all"))
        start = time.perf_counter()
        list(engines.run_on(client, rows, out, redo="all"))
        dask = time.perf_counter() - start
    start = time.perf_counter()
    list(engines.run_serial(rows, out, redo="all"))
    print(100 * (dask / (time.perf_counter() - start) - 1))
"""


def overhead(manifest: Path) -> float:
    """What Dask adds to a case with one worker, in percent of the case run in one process."""
    script = manifest.parent / "dask_overhead.py"
    script.write_text(_DASK, encoding="utf-8")
    _, printed = timed([sys.executable, str(script), str(manifest), str(manifest.parent / "dask")])
    return float(printed)


if __name__ == "__main__":
    main()
