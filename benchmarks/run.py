"""All benchmarks, one command: ``python benchmarks/run.py [--pairs N] [--folder DIR] > report.md``.

Each row runs ours and its peer in turn (A B A B …) on the same file and reports the median of the pairs'
ratios with their spread, because absolute times of a shared machine mean little. Answers are compared
before anything is timed. This process imports nothing heavy: a child's peak memory is never below its
parent's.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pipelines

HERE = Path(__file__).resolve().parent
FLR = shutil.which("flr", path=str(Path(sys.executable).parent)) or "flr"

PEER_NAMES = {
    "simpleitk": "SimpleITK script: crop, signed Maurer map per segment",
    "nibabel_scipy": "nibabel and SciPy script: crop, distance transform per segment",
}

_NO_NUMPY = """
import sys
from flr.cli import main
sys.argv[0] = "flr"
try:
    main()
except SystemExit:
    pass
if "numpy" in sys.modules:
    sys.exit("NumPy was imported")
"""


@dataclass(frozen=True)
class Run:
    """One process: seconds of wall and CPU, peak MiB, what it printed."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    printed: str


@dataclass(frozen=True)
class Row:
    """One line of the report."""

    key: str
    what: str
    peer: str
    file: str
    target: str
    result: str
    met: str


@dataclass(frozen=True)
class Whole:
    """A row that compares whole processes; ``ratio`` is peer's time over ours."""

    key: str
    peer: str
    command: tuple[str, ...]
    file: str
    least_ratio: float | None = None
    most_memory: float | None = None
    needs: str | None = None
    answers: bool = True


def run(command: Sequence[str]) -> Run:
    """Run one process to its end."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.stderr is not None
        complaint = child.stderr.read().decode()
        child.stderr.close()
        if child.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{complaint}")
        out.seek(0)
        printed = out.read().decode()
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed)


def volumes(path: Path) -> tuple[str, ...]:
    return (FLR, "volumes", str(path), "--json")


def voxels_of_flr(printed: str) -> dict[int, int]:
    return {int(key.removeprefix("label_")): n for key, n in json.loads(printed)["voxels"].items()}


def voxels_of_peer(printed: str, command: Sequence[str]) -> dict[int, int]:
    if Path(command[0]).name == "labelstats":
        numbers = [int(n) for n in printed.split()]
        return {label: n for label, n in enumerate(numbers, start=1) if n}
    return {int(label): n for label, n in json.loads(printed).items()}


def ratio_text(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def missing(row: Whole) -> str | None:
    if row.needs is None or importlib.util.find_spec(row.needs) or shutil.which(row.needs):
        return None
    return f"not run: {row.needs} is not installed"


def whole_process(row: Whole, folder: Path, n: int) -> Row:
    path = folder / row.file
    target = f"≥ {row.least_ratio:g}×" if row.least_ratio else "none"
    if row.most_memory:
        target += f", memory ≤ {row.most_memory:.2f}"
    what = "`flr volumes --json`, whole process"
    if reason := missing(row):
        return Row(row.key, what, row.peer, row.file, target, reason, "–")
    mine, theirs = run(volumes(path)), run(row.command)
    if row.answers and voxels_of_flr(mine.printed) != voxels_of_peer(theirs.printed, row.command):
        raise SystemExit(f"{row.key}: the answers differ")
    pairs = [(run(volumes(path)), run(row.command)) for _ in range(n)]
    wall = [b.wall_s / a.wall_s for a, b in pairs]
    cpu = [b.cpu_s / a.cpu_s for a, b in pairs]
    memory = [a.peak_mib / b.peak_mib for a, b in pairs]
    mine_s, theirs_s = (statistics.median(p[side].wall_s for p in pairs) for side in (0, 1))
    mine_mib, theirs_mib = (statistics.median(p[side].peak_mib for p in pairs) for side in (0, 1))
    result = (
        f"wall {ratio_text(wall)}×, CPU {ratio_text(cpu)}×, memory {statistics.median(memory):.2f}; "
        f"{mine_s * 1e3:.0f} against {theirs_s * 1e3:.0f} ms, {mine_mib:.0f} against {theirs_mib:.0f} MiB"
    )
    met = "–"
    if row.least_ratio:
        fast = statistics.median(wall) >= row.least_ratio
        small = row.most_memory is None or statistics.median(memory) <= row.most_memory
        met = "yes" if fast and small else "**no**"
    return Row(row.key, what, row.peer, row.file, target, result, met)


def in_process(
    key: str,
    what: str,
    peer: str,
    file: str,
    least: float | None,
    folder: Path,
    n: int,
    *,
    script: str = "inprocess.py",
    most_ms: float | None = None,
) -> Row:
    printed = run((sys.executable, str(HERE / script), key, str(folder), str(n))).printed
    times = json.loads(printed)
    ratios = [b / a for a, b in zip(times["ours_s"], times["peer_s"], strict=True)]
    mine_ms = statistics.median(times["ours_s"]) * 1e3
    result = (
        f"wall {ratio_text(ratios)}×; {mine_ms:.3g} against "
        f"{statistics.median(times['peer_s']) * 1e3:.4g} ms, {len(ratios)} pairs"
    )
    wanted = ([f"≥ {least:g}×"] if least else []) + ([f"≤ {most_ms:g} ms"] if most_ms else [])
    met = "–"
    if wanted:
        fast = (least is None or statistics.median(ratios) >= least) and (
            most_ms is None or mine_ms <= most_ms
        )
        met = "yes" if fast else "**no**"
    return Row(key.split()[0], what, peer, file, ", ".join(wanted) or "none", result, met)


def pipeline(
    key: str, peer: str, maps: str, least: float, most_memory: float | None, folder: Path, n: int
) -> tuple[Row, list[float]]:
    """A whole planning question against one peer, and the peak memory of ours in MiB."""

    def ask(name: str) -> Run:
        return run((sys.executable, str(HERE / "pipelines.py"), name, str(folder), maps))

    if wrong := pipelines.differences(json.loads(ask("flr").printed), json.loads(ask(peer).printed)):
        raise SystemExit(f"{key} {maps}: {'; '.join(wrong)}")
    pairs = [(ask("flr"), ask(peer)) for _ in range(n)]
    wall = [b.wall_s / a.wall_s for a, b in pairs]
    memory = [a.peak_mib / b.peak_mib for a, b in pairs]
    mine_s, theirs_s = (statistics.median(p[side].wall_s for p in pairs) for side in (0, 1))
    mine_mib, theirs_mib = (statistics.median(p[side].peak_mib for p in pairs) for side in (0, 1))
    result = (
        f"wall {ratio_text(wall)}×, CPU {ratio_text([b.cpu_s / a.cpu_s for a, b in pairs])}×, memory "
        f"{statistics.median(memory):.2f}; {mine_s * 1e3:.0f} against {theirs_s * 1e3:.0f} ms, "
        f"{mine_mib:.0f} against {theirs_mib:.0f} MiB, {n} pairs"
    )
    target = f"≥ {least:g}×" + (f", memory ≤ {most_memory:.2f}" if most_memory else "")
    fast = statistics.median(wall) >= least
    small = most_memory is None or statistics.median(memory) <= most_memory
    what = "whole planning question (`pipelines.py`), whole process"
    row = Row(key, what, PEER_NAMES[peer], f"{maps}_seg, _tum, _ves", target, result, yes(fast and small))
    return row, [a.peak_mib for a, _ in pairs]


def planning(folder: Path, n: int) -> list[Row]:
    """B11 to B16 and B22: from label maps to plans."""

    def row(
        key: str, what: str, peer: str, least: float | None, pairs: int = n, most_ms: float | None = None
    ) -> Row:
        return in_process(
            key, what, peer, "std, box", least, folder, pairs, script="planning.py", most_ms=most_ms
        )

    result: list[Row] = []
    if importlib.util.find_spec("SimpleITK"):
        result.append(pipeline("B11", "simpleitk", "std", 4.0, 0.25, folder, n)[0])
        big, peaks = pipeline("B11", "simpleitk", "big", 5.0, 0.25, folder, n)
        peak = statistics.median(peaks)
        spread = f"{peak:.0f} MiB ({min(peaks):.0f}–{max(peaks):.0f})"
        what = "whole planning question, peak memory"
        result += [big, Row("B22", what, "–", big.file, "≤ 150 MiB", spread, yes(peak <= 150.0))]
    # The peers of these three need seconds to half a minute each, so they are met less often.
    result.append(pipeline("B12", "nibabel_scipy", "std", 25.0, None, folder, min(n, 2))[0])
    matrix = "distances of 12 tumours × 8 segments, from label maps"
    result.append(row("B13 segment", matrix, "SciPy distance transform per segment", 20.0, min(n, 3)))
    result.append(row("B13 tumour", matrix, "SciPy distance transform per tumour", 80.0, 1))
    unions = "256 unions of segments, vectors known"
    result.append(row("B14 loop", unions, "Python loop over the same vectors", None, 2 * n, 0.3))
    result.append(row("B14 voxels", unions, "a count of voxels per union, volumes only", None, 1, 0.3))
    for direction in ("oblique", "sagittal", "axial"):
        what = f"one {direction} plane, 8 segments, exact"
        result.append(row(f"B15 count {direction}", what, "voxels counted by centre", 5.0, 2 * n, 3.0))
    exact = "closed form voxel by voxel"
    result.append(row("B15 exact oblique", "one oblique plane, 8 segments, exact", exact, 5.0, 2 * n, 3.0))
    for neighbours in ("6", "26"):
        what = f"components of tumours and of liver, {neighbours} neighbours"
        result.append(row(f"B16 scipy {neighbours}", what, "`scipy.ndimage.label`", 4.0, 2 * n))
        if importlib.util.find_spec("cc3d"):
            result.append(row(f"B16 cc3d {neighbours}", what, "cc3d (no sizes asked)", 1.2, 2 * n))
    return [*result, *plane_errors(folder, n), *alone(folder, n)]


def plane_errors(folder: Path, n: int) -> list[Row]:
    """B15: what exact fractions are for."""
    printed = run((sys.executable, str(HERE / "planning.py"), "B15 error", str(folder), str(n))).printed
    errors = json.loads(printed)
    found = []
    for direction in ("oblique", "sagittal", "axial"):
        exact, count = (errors[f"{direction} {way}_ml"] for way in ("exact", "count"))
        rms = [math.sqrt(statistics.fmean(e * e for e in side)) for side in (exact, count)]
        result = (
            f"RMS {rms[0]:.3f} against {rms[1]:.3f} mL ({rms[1] / rms[0]:.0f}×), most "
            f"{max(map(abs, exact)):.2f} against {max(map(abs, count)):.2f} mL, {len(exact)} offsets"
        )
        what = f"cap of an ellipsoid of 2.2 L, {direction} plane, error"
        found.append(Row("B15", what, "voxels counted by centre", "drawn", "none", result, "–"))
    return found


def alone(folder: Path, n: int) -> list[Row]:
    """Times that a person waits for; no peer answers the same question."""
    found = []
    for key, what, most_ms in (
        ("B15 slider", "one move of a plan's plane: parts, tissues and fates", 3.0),
        ("search", "search over 12 tumours after reading, tumours measured anew", None),
    ):
        printed = run((sys.executable, str(HERE / "planning.py"), key, str(folder), str(n))).printed
        times_ms = [1e3 * seconds for seconds in json.loads(printed)["ours_s"]]
        middle = statistics.median(times_ms)
        result = f"{middle:.3g} ms ({min(times_ms):.3g}–{max(times_ms):.3g}), {len(times_ms)} times"
        target, met = ("1 s, reported only", "–") if most_ms is None else ("≤ 3 ms", yes(middle <= most_ms))
        found.append(Row(key.split()[0], what, "–", "std", target, result, met))
    return found


def yes(met: bool) -> str:
    return "yes" if met else "**no**"


def starting(n: int) -> list[Row]:
    """B20: the help and the version come without NumPy, at once."""
    rows = []
    for option in ("--help", "--version"):
        run((sys.executable, "-c", _NO_NUMPY, option))
        pairs = [(run((FLR, option)), run((sys.executable, "-c", "import numpy"))) for _ in range(2 * n)]
        walls = [a.wall_s * 1e3 for a, _ in pairs]
        result = (
            f"{statistics.median(walls):.0f} ms ({min(walls):.0f}–{max(walls):.0f}), NumPy not loaded; "
            f"{ratio_text([b.wall_s / a.wall_s for a, b in pairs])}× faster than the peer"
        )
        met = "yes" if statistics.median(walls) <= 60 else "**no**"
        rows.append(Row("B20", f"`flr {option}`", "`python -c 'import numpy'`", "–", "≤ 60 ms", result, met))
    return rows


def memory(folder: Path, n: int) -> list[Row]:
    """B21: peak of the whole process, and that counting adds the same whatever the number of slices."""
    peaks = [run(volumes(folder / "big_all.nii.gz")).peak_mib for _ in range(n)]
    printed = run((sys.executable, str(HERE / "inprocess.py"), "memory", str(folder), "1")).printed
    grown = json.loads(printed)
    peak = statistics.median(peaks)
    whole = Row(
        "B21",
        "`flr volumes --json`, peak memory",
        "–",
        "big_all",
        "≤ 90 MiB",
        f"{peak:.0f} MiB ({min(peaks):.0f}–{max(peaks):.0f})",
        "yes" if peak <= 90 else "**no**",
    )
    first, second = grown["std_all"][0], grown["big_all"][0]
    slices = Row(
        "B21",
        "peak added by counting 400, then 1200 slices",
        "–",
        "std_all, big_all",
        "independent of the slices",
        f"{first:.1f} MiB, then {second:.1f} MiB more",
        "yes" if second <= 1.0 else "**no**",
    )
    return [whole, slices]


def machine() -> str:
    cpu = platform.processor() or "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [
            x.partition(":")[2].strip()
            for x in cpuinfo.read_text().splitlines()
            if x.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    libraries = (
        "flr",
        "numpy",
        "nibabel",
        "zlib-ng",
        "SimpleITK",
        "isal",
        "scipy",
        "connected-components-3d",
    )
    versions = [f"{name} {importlib.metadata.version(name)}" for name in libraries if installed(name)]
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}"


def installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def rows(folder: Path, n: int) -> list[Row]:
    def peer(name: str, file: str) -> tuple[str, ...]:
        return (sys.executable, str(HERE / "peers.py"), name, str(folder / file))

    std, big, busy = "std_all.nii.gz", "big_all.nii.gz", "busy.nii.gz"
    itk_off, itk_on = "SimpleITK shape statistics, perimeter off", "SimpleITK shape statistics, default"
    third = 1 / 3
    whole = [
        Whole("B1", itk_off, peer("simpleitk", std), std, 1.0, third, "SimpleITK"),
        Whole("B2", itk_on, peer("simpleitk_default", std), std, 1.0, third, "SimpleITK"),
        Whole("B3", itk_off, peer("simpleitk", big), big, 2.0, third, "SimpleITK"),
        Whole("B3", itk_on, peer("simpleitk_default", big), big, 2.0, third, "SimpleITK"),
        Whole("B4", itk_off, peer("simpleitk", busy), busy, None, None, "SimpleITK"),
        Whole("B5", "nibabel `get_fdata`, mask per label", peer("nibabel_loop", std), std, 7.0),
        Whole("B5", "nibabel, `np.unique`", peer("nibabel_unique", std), std, 7.0),
        Whole("B6", "MRtrix3 `labelstats`", labelstats(folder / std), std, 2.0, None, "labelstats"),
        Whole("B6", "Convert3D `-lstat`", peer("convert3d", std), std, 2.0, None, "picsl_c3d"),
        Whole(
            "B7",
            "isal decompression alone",
            peer("isal_decompression", std),
            std,
            needs="isal",
            answers=False,
        ),
        Whole(
            "B7",
            "isal decompression alone",
            peer("isal_decompression", big),
            big,
            needs="isal",
            answers=False,
        ),
        Whole("B8", "`python -c 'import numpy'`", (sys.executable, "-c", "import numpy"), std, answers=False),
    ]
    result = [whole_process(row, folder, n) for row in whole]
    if importlib.util.find_spec("SimpleITK"):
        counted = "read and count, in process"
        result.append(in_process("B9 std", counted, itk_off, std, 8.0, folder, 2 * n))
        result.append(in_process("B9 big", counted, itk_off, big, 12.0, folder, n))
    three, files = "joint table of three maps, in process", "std_seg, std_tum, std_ves"
    result.append(in_process("B10 code", three, "whole arrays, one code, `bincount`", files, 25.0, folder, n))
    # The peer needs most of a minute, so it is met once.
    result.append(in_process("B10 masks", three, "a mask per combination", files, 150.0, folder, 1))
    return result + planning(folder, n) + starting(n) + memory(folder, n)


def labelstats(path: Path) -> tuple[str, ...]:
    return (shutil.which("labelstats") or "labelstats", "-quiet", "-output", "mass", str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmarks against other tools, as a Markdown report.")
    parser.add_argument("--pairs", type=int, default=5, help="interleaved pairs of each row (5)")
    parser.add_argument("--folder", type=Path, help="where the maps are made and kept (a temporary folder)")
    options = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        run((sys.executable, str(HERE / "workload.py"), str(folder)))
        table = rows(folder, options.pairs)
    print(f"Machine: {machine()}.\n")
    print("| row | operation | peer | file | target | measured: median (least–most) | met |")
    print("|---|---|---|---|---|---|---|")
    for row in table:
        file = row.file.replace(".nii.gz", "")
        print(f"| {row.key} | {row.what} | {row.peer} | {file} | {row.target} | {row.result} | {row.met} |")
    print(f"\n{options.pairs} pairs a row unless said otherwise, {time.perf_counter() - start:.0f} s in all.")


if __name__ == "__main__":
    main()
