"""Cohorts: B19, throughput, engines, memory: ``python benchmarks/cohort.py [--cases N] FOLDER``.

The label maps are those of ``workload.py``; a case is a link to one of them, so that every case is read,
inflated and hashed like a file of its own. Times are of whole processes unless a row says otherwise; what a
core does is compared by processor time, which other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import workload
from table import MIB, Row, head, megabytes, spread, yes

HERE = Path(__file__).resolve().parent

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

BODY = {"tumours": "none", "weight": "72", "height": "171", "condition": "normal", "plan": "H5678"}

_PEAKS = """
import sys
from pathlib import Path
from flr.cohort import read_manifest, run_cohort
if __name__ == "__main__":
    rows = read_manifest(Path(sys.argv[1]))
    print(max(o.peak_bytes for o in run_cohort(rows, Path(sys.argv[2]), workers=int(sys.argv[3]))))
"""


def timed(command: list[str]) -> tuple[float, float, str]:
    """Seconds of wall and of the process' own CPU, and what it printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=out, stderr=complaints, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        complaints.seek(0)
        if child.returncode:
            raise SystemExit(f"{' '.join(command[:6])} failed:\n{complaints.read().decode()}")
        return wall_s, usage.ru_utime + usage.ru_stime, out.read().decode()


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


def flr(manifest: Path, *more: str) -> tuple[float, float]:
    """Seconds of wall and CPU of a cohort from nothing; the CPU of worker processes is not in it."""
    out = manifest.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "flr", "cohort", "run", str(manifest), "--out", str(out), "--json"]
    wall_s, cpu_s, _ = timed([*command, *more])
    return wall_s, cpu_s


def same_answers(manifest: Path, printed: str) -> None:
    """Voxels of the first case, by label, against the peer's."""
    peer = json.loads(printed.splitlines()[0])
    line = (manifest.parent / "out" / "cases.jsonl").read_text(encoding="utf-8").splitlines()[0]
    mine = sorted(json.loads(line)["voxels"].values())
    if mine != sorted(peer.values()):
        raise SystemExit("the answers differ")


def throughput(folder: Path, n: int, pairs: int) -> None:
    """B19, and what one core does."""
    manifest = make(folder, "count", n, "std_all.nii.gz", {"only": "volumes"})
    files = [str(path) for path in sorted(manifest.parent.glob("*.nii.gz"))]
    single = make(folder, "count", 1, "std_all.nii.gz", {"only": "volumes"})
    runs = []
    for _ in range(pairs):
        two, alone = flr(manifest, "--workers", "2"), flr(manifest, "--workers", "0")
        one = flr(single, "--workers", "0")
        *peer, printed = timed([sys.executable, "-c", _ITK_LOOP, *files])
        *peer_one, _ = timed([sys.executable, "-c", _ITK_LOOP, files[0]])
        same_answers(manifest, printed)
        runs.append((two, alone, one, peer, peer_one))
    of, floor = f"{n} × std_all", f"{megabytes(Path(files[0]).stat().st_size)} read, 105 MB inflated a case"
    what, peer_name = "volumes of 512×512×400, anatomy check included", "SimpleITK loop, one thread"

    mine, theirs = ([1e3 * run[side][0] / n for run in runs] for side in (0, 3))
    ratios = [b / a for a, b in zip(mine, theirs, strict=True)]
    result = f"wall {spread(ratios)}×; {spread(mine, 0)} against {spread(theirs, 0)} ms a case, {pairs} pairs"
    met = yes(statistics.median(ratios) >= 10)
    print(
        Row("B19", f"{what}, whole run, 2 processes", peer_name, of, floor, "≥ 10×", result, met), flush=True
    )

    mine, theirs = ([1e3 * (run[side][1] - run[side + 1][1]) / (n - 1) for run in runs] for side in (1, 3))
    ratios = [b / a for a, b in zip(mine, theirs, strict=True)]
    result = f"CPU {spread(ratios)}×; {spread(mine, 0)} against {spread(theirs, 0)} ms a case, {pairs} pairs"
    met, what = yes(statistics.median(ratios) >= 6), f"{what}, each case more, one core"
    print(Row("cohort", what, peer_name, of, floor, "≥ 6×", result, met), flush=True)


def peaks(folder: Path, n: int) -> None:
    """The largest memory of any worker."""
    for name, source, columns, most in (
        ("count", "std_all.nii.gz", {"only": "volumes"}, 150),
        ("count_big", "big_all.nii.gz", {"only": "volumes"}, 150),
        ("assess", "std_seg.nii.gz", BODY, None),
    ):
        manifest = make(folder, name, min(n, 8), source, columns)
        out, script = manifest.parent / "peak", manifest.parent / "peak.py"
        shutil.rmtree(out, ignore_errors=True)
        script.write_text(_PEAKS, encoding="utf-8")
        *_, printed = timed([sys.executable, str(script), str(manifest), str(out), "2"])
        peak_mib = int(printed) / MIB
        what = f"peak memory of a worker, {'assessing' if most is None else 'counting'}"
        target, met = ("none", "–") if most is None else (f"≤ {most} MiB", yes(peak_mib <= most))
        of = source.removesuffix(".nii.gz")
        print(Row("cohort", what, "–", of, "–", target, f"{peak_mib:.0f} MiB", met), flush=True)


def assessing(folder: Path, n: int, pairs: int) -> None:
    """One case, two processes, and a run in which nothing has changed."""
    manifest = make(folder, "assess", n, "std_seg.nii.gz", BODY)
    single = make(folder, "assess", 1, "std_seg.nii.gz", BODY)
    of = f"{n} × std_seg"
    runs = [
        (flr(single, "--workers", "0"), flr(manifest, "--workers", "0"), flr(manifest, "--workers", "2"))
        for _ in range(pairs)
    ]
    cost_ms = [1e3 * (alone[1] - one[1]) / (n - 1) for one, alone, _ in runs]
    what = "one case assessed, CPU"
    print(Row("cohort", what, "–", of, "–", "none", f"{spread(cost_ms, 0)} ms"), flush=True)
    gain = [alone[0] / two[0] for _, alone, two in runs]
    what = "cases assessed by 2 processes"
    print(Row("cohort", what, "one process", of, "–", "none", f"wall {spread(gain)}×"), flush=True)
    command = [sys.executable, "-m", "flr", "cohort", "run", str(manifest), "--workers", "0"]
    again = [1e3 * timed([*command, "--out", str(manifest.parent / "out")])[0] / n for _ in range(pairs)]
    what = "unchanged cases, whole command with its tables, per case"
    print(Row("cohort", what, "–", of, "–", "none", f"{spread(again, 1)} ms"), flush=True)


def dask(folder: Path, n: int, pairs: int) -> None:
    """What Dask adds to a case."""
    for name, source, columns in (
        ("count", "std_all.nii.gz", {"only": "volumes"}),
        ("assess", "std_seg.nii.gz", BODY),
    ):
        manifest = make(folder, name, n, source, columns)
        out, script = str(manifest.parent / "dask"), str(HERE / "dask_overhead.py")
        *_, printed = timed([sys.executable, script, str(manifest), out, str(pairs)])
        found = json.loads(printed)
        idle = [100.0 * (1.0 - w / d) for w, d in zip(found["work_s"], found["dask_s"], strict=True)]
        slower = [
            100.0 * (w / s - 1.0) for w, s in zip(found["work_cpu_s"], found["serial_cpu_s"], strict=True)
        ]
        percent = [a + b for a, b in zip(idle, slower, strict=True)]
        cost_ms = [1e3 * seconds / n for seconds in found["serial_cpu_s"]]
        wall = [100.0 * (d / s - 1.0) for d, s in zip(found["dask_s"], found["serial_s"], strict=True)]
        result = (
            f"{spread(percent, 1)} %: {spread(slower, 1)} % more CPU than {spread(cost_ms, 0)} ms a case, "
            f"{spread(idle, 1)} % of the time no case was being run; by the clock {spread(wall, 1)} %, "
            f"{pairs} pairs"
        )
        what = (
            f"cost of Dask a case, {'counting' if name == 'count' else 'assessing'}, default batch, 1 worker"
        )
        of, met = f"{n} × {source.removesuffix('.nii.gz')}", yes(statistics.median(percent) <= 10)
        print(Row("Dask", what, "the same one by one", of, "–", "≤ 10 %", result, met), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="for the label maps, which are made when they are absent")
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=3)
    args = parser.parse_args()
    workload.make(args.folder)
    print(head())
    throughput(args.folder, args.cases, args.pairs)
    peaks(args.folder, args.cases)
    assessing(args.folder, max(2, args.cases // 4), args.pairs)
    if importlib.util.find_spec("distributed"):
        dask(args.folder, args.cases, args.pairs)


if __name__ == "__main__":
    main()
