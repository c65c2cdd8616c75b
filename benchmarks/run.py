"""All benchmarks, one command: ``python benchmarks/run.py [--pairs N] [--only B1,growth] [--markdown FILE]``.

Each row runs ours and its peer in turn (A B A B …) on the same file and reports the median of the pairs'
ratios with their spread, because absolute times of a shared machine mean little. Answers are compared
before anything is timed. The floor is what the hardware must do at least: bytes read, bytes inflated, and
the time of inflating them with what ``flr`` inflates with. This process imports nothing heavy: a child's
peak memory is never below its parent's.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import importlib.util
import json
import math
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pipelines
from table import Row, head, load, machine, megabytes, rows_in, spread, yes

HERE = Path(__file__).resolve().parent
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
ITK_OFF = "SimpleITK shape statistics, perimeter off"
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


def run(command: Sequence[str], **variables: str) -> Run:
    """Run one process to its end, with more environment variables if some are given."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env={**os.environ, **variables})
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


class Floors:
    """Bytes and milliseconds below which nothing that reads a file can go."""

    def __init__(self, folder: Path) -> None:
        names = sorted(path.name for path in folder.glob("*.nii.gz"))
        printed = run((sys.executable, str(HERE / "inprocess.py"), "floor", str(folder), "5")).printed
        inflating_s = json.loads(printed)
        self._of = {
            name: ((folder / name).stat().st_size, voxel_bytes(folder / name), inflating_s[name])
            for name in names
        }

    def text(self, *names: str) -> str:
        """Of label maps, named with or without their suffix."""
        whole = [name if name.endswith(".nii.gz") else f"{name}.nii.gz" for name in names]
        read, inflated, seconds = (sum(self._of[name][n] for name in whole) for n in range(3))
        return f"{megabytes(read)} read, {megabytes(inflated)} inflated: {1e3 * seconds:.0f} ms"


def voxel_bytes(path: Path) -> int:
    """Of a map of one byte a voxel, by its header."""
    with gzip.open(path) as file:
        return math.prod(struct.unpack_from("<3h", file.read(48), 42))


def volumes(path: Path) -> tuple[str, ...]:
    return (FLR, "volumes", str(path), "--json")


def voxels_of_flr(printed: str) -> dict[int, int]:
    return {int(key.removeprefix("label_")): n for key, n in json.loads(printed)["voxels"].items()}


def voxels_of_peer(printed: str, command: Sequence[str]) -> dict[int, int]:
    if Path(command[0]).name == "labelstats":
        numbers = [int(n) for n in printed.split()]
        return {label: n for label, n in enumerate(numbers, start=1) if n}
    return {int(label): n for label, n in json.loads(printed).items()}


def missing(row: Whole) -> str | None:
    if row.needs is None or importlib.util.find_spec(row.needs) or shutil.which(row.needs):
        return None
    return f"not run: {row.needs} is not installed"


def whole_process(row: Whole, folder: Path, n: int, floors: Floors) -> Row:
    path = folder / row.file
    target = f"≥ {row.least_ratio:g}×" if row.least_ratio else "none"
    if row.most_memory:
        target += f", memory ≤ {row.most_memory:.2f}"
    what, floor = "`flr volumes --json`, whole process", floors.text(row.file)
    name = row.file.replace(".nii.gz", "")
    if reason := missing(row):
        return Row(row.key, what, row.peer, name, floor, target, reason)
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
        f"wall {spread(wall)}×, CPU {spread(cpu)}×, memory {statistics.median(memory):.2f}; "
        f"{mine_s * 1e3:.0f} against {theirs_s * 1e3:.0f} ms, {mine_mib:.0f} against {theirs_mib:.0f} MiB"
    )
    met = "–"
    if row.least_ratio:
        fast = statistics.median(wall) >= row.least_ratio
        small = row.most_memory is None or statistics.median(memory) <= row.most_memory
        met = yes(fast and small)
    return Row(row.key, what, row.peer, name, floor, target, result, met)


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
    floor: str = "–",
) -> Row:
    printed = run((sys.executable, str(HERE / script), key, str(folder), str(n))).printed
    times = json.loads(printed)
    ratios = [b / a for a, b in zip(times["ours_s"], times["peer_s"], strict=True)]
    mine_ms = statistics.median(times["ours_s"]) * 1e3
    result = (
        f"wall {spread(ratios)}×; {mine_ms:.3g} against "
        f"{statistics.median(times['peer_s']) * 1e3:.4g} ms, {len(ratios)} pairs"
    )
    wanted = ([f"≥ {least:g}×"] if least else []) + ([f"≤ {most_ms:g} ms"] if most_ms else [])
    met = "–"
    if wanted:
        fast = (least is None or statistics.median(ratios) >= least) and (
            most_ms is None or mine_ms <= most_ms
        )
        met = yes(fast)
    return Row(key.split()[0], what, peer, file, floor, ", ".join(wanted) or "none", result, met)


def pipeline(
    key: str,
    peer: str,
    maps: str,
    least: float,
    most_memory: float | None,
    folder: Path,
    n: int,
    floors: Floors,
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
        f"wall {spread(wall)}×, CPU {spread([b.cpu_s / a.cpu_s for a, b in pairs])}×, memory "
        f"{statistics.median(memory):.2f}; {mine_s * 1e3:.0f} against {theirs_s * 1e3:.0f} ms, "
        f"{mine_mib:.0f} against {theirs_mib:.0f} MiB, {n} pairs"
    )
    target = f"≥ {least:g}×" + (f", memory ≤ {most_memory:.2f}" if most_memory else "")
    fast = statistics.median(wall) >= least
    small = most_memory is None or statistics.median(memory) <= most_memory
    what = "whole planning question (`pipelines.py`), whole process"
    floor = floors.text(*(f"{maps}_{role}" for role in pipelines.ROLES))
    files = f"{maps}_seg, _tum, _ves"
    row = Row(key, what, PEER_NAMES[peer], files, floor, target, result, yes(fast and small))
    return row, [a.peak_mib for a, _ in pairs]


def pipelines_simpleitk(folder: Path, n: int, floors: Floors) -> list[Row]:
    """B11 and B22."""
    std, _ = pipeline("B11", "simpleitk", "std", 4.0, 0.25, folder, n, floors)
    big, peaks = pipeline("B11", "simpleitk", "big", 5.0, 0.25, folder, n, floors)
    what, result = "whole planning question, peak memory", f"{spread(peaks, 0)} MiB"
    met = yes(statistics.median(peaks) <= 190.0)
    return [std, big, Row("B22", what, "–", big.of, big.floor, "≤ 190 MiB", result, met)]


def planned(
    folder: Path,
    key: str,
    what: str,
    peer: str,
    least: float | None,
    pairs: int,
    most_ms: float | None = None,
) -> Row:
    """One row of ``planning.py``."""
    return in_process(
        key, what, peer, "std, box", least, folder, pairs, script="planning.py", most_ms=most_ms
    )


def distances(folder: Path, n: int) -> list[Row]:
    """B13; the peers need seconds, so they are met less often."""
    what = "distances of 12 tumours × 8 segments, from label maps"
    return [
        planned(folder, "B13 segment", what, "SciPy distance transform per segment", 20.0, min(n, 3)),
        planned(folder, "B13 tumour", what, "SciPy distance transform per tumour", 80.0, min(n, 3)),
        planned(folder, "B13 trees", what, "SciPy kd-tree per tumour, ruled out by boxes", None, 2 * n),
    ]


def unions(folder: Path, n: int) -> list[Row]:
    """B14."""
    what, voxels = "256 unions of segments, vectors known", "a count of voxels per union, volumes only"
    return [
        planned(folder, "B14 loop", what, "Python loop over the same vectors", None, 2 * n, 0.3),
        planned(folder, "B14 voxels", what, voxels, None, 1, 0.3),
    ]


def planes(folder: Path, n: int) -> list[Row]:
    """B15."""
    found = [
        planned(
            folder,
            f"B15 count {direction}",
            f"one {direction} plane, 8 segments, exact",
            "voxels counted by centre",
            5.0,
            2 * n,
            3.0,
        )
        for direction in ("oblique", "sagittal", "axial")
    ]
    what, peer = "one oblique plane, 8 segments, exact", "closed form voxel by voxel"
    found.append(planned(folder, "B15 exact oblique", what, peer, 5.0, 2 * n, 3.0))
    slider = "one move of a plan's plane: parts, tissues and fates"
    return [*found, *plane_errors(folder, n), alone(folder, n, "B15 slider", slider, 3.0)]


def components(folder: Path, n: int) -> list[Row]:
    """B16."""
    found = []
    for neighbours in ("6", "26"):
        what = f"components of tumours and of liver, {neighbours} neighbours"
        found.append(planned(folder, f"B16 scipy {neighbours}", what, "`scipy.ndimage.label`", 4.0, 2 * n))
        if importlib.util.find_spec("cc3d"):
            peer = "cc3d (no sizes asked)"
            found.append(planned(folder, f"B16 cc3d {neighbours}", what, peer, 1.2, 2 * n))
    return found


def searched(folder: Path, n: int) -> list[Row]:
    """What a person waits for; no peer answers the same question."""
    what = "search over 12 tumours after reading, tumours measured anew"
    return [alone(folder, n, "search", what, None)]


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
        found.append(Row("B15", what, "voxels counted by centre", "drawn", "–", "none", result))
    return found


def alone(folder: Path, n: int, key: str, what: str, most_ms: float | None) -> Row:
    """A time without a peer."""
    printed = run((sys.executable, str(HERE / "planning.py"), key, str(folder), str(n))).printed
    times_ms = [1e3 * seconds for seconds in json.loads(printed)["ours_s"]]
    middle = statistics.median(times_ms)
    result = f"{middle:.3g} ms ({min(times_ms):.3g}–{max(times_ms):.3g}), {len(times_ms)} times"
    target, met = ("1 s, reported only", "–") if most_ms is None else ("≤ 3 ms", yes(middle <= most_ms))
    return Row(key.split()[0], what, "–", "std", "–", target, result, met)


def starting(n: int) -> list[Row]:
    """B20: the help and the version come without NumPy, at once."""
    rows = []
    for option in ("--help", "--version"):
        run((sys.executable, "-c", _NO_NUMPY, option))
        pairs = [(run((FLR, option)), run((sys.executable, "-c", "import numpy"))) for _ in range(2 * n)]
        walls = [a.wall_s * 1e3 for a, _ in pairs]
        result = (
            f"{spread(walls, 0)} ms, NumPy not loaded; "
            f"{spread([b.wall_s / a.wall_s for a, b in pairs])}× faster than the peer"
        )
        peer, met = "`python -c 'import numpy'`", yes(statistics.median(walls) <= 60)
        rows.append(Row("B20", f"`flr {option}`", peer, "–", "–", "≤ 60 ms", result, met))
    return rows


def memory(folder: Path, n: int, floors: Floors) -> list[Row]:
    """B21: peak of the whole process, and that counting adds the same whatever the number of slices."""
    peaks = [run(volumes(folder / "big_all.nii.gz")).peak_mib for _ in range(n)]
    printed = run((sys.executable, str(HERE / "inprocess.py"), "memory", str(folder), "1")).printed
    grown = json.loads(printed)
    met = yes(statistics.median(peaks) <= 90)
    floor, result = floors.text("big_all"), f"{spread(peaks, 0)} MiB"
    whole = Row("B21", "`flr volumes --json`, peak memory", "–", "big_all", floor, "≤ 90 MiB", result, met)
    first, second = grown["std_all"][0], grown["big_all"][0]
    slices = Row(
        "B21",
        "peak added by counting 400, then 1200 slices",
        "–",
        "std_all, big_all",
        "–",
        "independent of the slices",
        f"{first:.1f} MiB, then {second:.1f} MiB more",
        yes(second <= 1.0),
    )
    return [whole, slices]


def pages(folder: Path, n: int) -> list[Row]:
    """A report beside the numbers alone, and beside one empty page."""
    files = ("--segments", str(folder / "std_seg.nii.gz"), "--tumours", str(folder / "std_tum.nii.gz"))
    body = ("--weight", "72", "--height", "171", "--condition", "normal", "--plan", "H5678")
    ask = (FLR, "assess", *files, *body, "--out", str(folder / "report"), "--format")
    empty = (sys.executable, str(HERE / "outputs.py"), "page", str(folder / "empty.pdf"))
    runs = [(run((*ask, "csv,html,pdf")), run((*ask, "json")), run(empty)) for _ in range(n)]
    found = []
    for side, peer in ((1, "the same, JSON alone"), (2, "matplotlib, one empty page as PDF")):
        ratios = [one[0].wall_s / one[side].wall_s for one in runs]
        mine, theirs = ([one[number] for one in runs] for number in (0, side))
        result = (
            f"{spread([one.wall_s for one in mine])} against {spread([one.wall_s for one in theirs])} s, "
            f"{spread(ratios)}× its time; {statistics.median(one.peak_mib for one in mine):.0f} against "
            f"{statistics.median(one.peak_mib for one in theirs):.0f} MiB"
        )
        what = "`flr assess --format csv,html,pdf`, surfaces and viewer included, whole process"
        found.append(Row("report", what, peer, "std_seg, std_tum", "–", "none", result))
    return found


def meshes(folder: Path, n: int) -> list[Row]:
    """Surfaces that keep the volume, beside surfaces that need not."""
    what, peer = "closed surfaces of 8 segments", "scikit-image marching cubes, cropped"
    row = in_process("meshes", what, peer, "std, box", None, folder, n, script="outputs.py")
    printed = run((sys.executable, str(HERE / "outputs.py"), "mesh_errors", str(folder), "1")).printed
    errors = json.loads(printed)
    result = (
        f"{row.result}; volume off by at most {errors['ours_percent']:.1g} against "
        f"{errors['peer_percent']:.1g} %, {errors['ours_triangles']} against {errors['peer_triangles']} "
        "triangles"
    )
    return [replace(row, result=result)]


def wholes(folder: Path) -> list[Whole]:
    """B1 to B8."""

    def peer(name: str, file: str) -> tuple[str, ...]:
        return (sys.executable, str(HERE / "peers.py"), name, str(folder / file))

    std, big, busy = "std_all.nii.gz", "big_all.nii.gz", "busy.nii.gz"
    itk_on, third = "SimpleITK shape statistics, default", 1 / 3
    isal, loop = "isal decompression alone", "nibabel `get_fdata`, mask per label"
    return [
        Whole("B1", ITK_OFF, peer("simpleitk", std), std, 1.0, third, "SimpleITK"),
        Whole("B2", itk_on, peer("simpleitk_default", std), std, 1.0, third, "SimpleITK"),
        Whole("B3", ITK_OFF, peer("simpleitk", big), big, 2.0, third, "SimpleITK"),
        Whole("B3", itk_on, peer("simpleitk_default", big), big, 2.0, third, "SimpleITK"),
        Whole("B4", ITK_OFF, peer("simpleitk", busy), busy, None, None, "SimpleITK"),
        Whole("B5", loop, peer("nibabel_loop", std), std, 7.0),
        Whole("B5", "nibabel, `np.unique`", peer("nibabel_unique", std), std, 7.0),
        Whole("B6", "MRtrix3 `labelstats`", labelstats(folder / std), std, 2.0, None, "labelstats"),
        Whole("B6", "Convert3D `-lstat`", peer("convert3d", std), std, 2.0, None, "picsl_c3d"),
        Whole("B7", isal, peer("isal_decompression", std), std, needs="isal", answers=False),
        Whole("B7", isal, peer("isal_decompression", big), big, needs="isal", answers=False),
        Whole("B8", "`python -c 'import numpy'`", (sys.executable, "-c", "import numpy"), std, answers=False),
    ]


def counted(folder: Path, n: int, floors: Floors) -> list[Row]:
    """B9."""
    what = "read and count, in process"
    return [
        in_process(f"B9 {size}", what, ITK_OFF, name, least, folder, pairs, floor=floors.text(name))
        for size, name, least, pairs in (("std", "std_all", 8.0, 2 * n), ("big", "big_all", 12.0, n))
    ]


def several(folder: Path, n: int, floors: Floors) -> list[Row]:
    """B10."""
    what, files = "part × tissue from three maps, in process", "std_seg, std_tum, std_ves"
    peer = "nibabel, whole arrays, one code, `bincount`"
    return [in_process("B10", what, peer, files, None, folder, n, floor=floors.text(*files.split(", ")))]


def script(name: str, *arguments: str) -> list[Row]:
    """Rows of another script of this folder."""
    return rows_in(run((sys.executable, str(HERE / name), *arguments), **ONE_THREAD).printed)


@dataclass(frozen=True)
class Part:
    """Rows that are measured together, and the module without which they cannot be."""

    keys: tuple[str, ...]
    measure: Callable[[], list[Row]]
    needs: str = "numpy"


def parts(folder: Path, n: int, floors: Floors) -> list[Part]:
    """Everything, in the order of the report."""
    pairs, place = ("--pairs", str(n)), str(folder)
    few = ("--pairs", str(min(n, 3)))
    whole = [
        Part((row.key,), functools.partial(lambda row: [whole_process(row, folder, n, floors)], row))
        for row in wholes(folder)
    ]
    itk = "SimpleITK"
    return [
        *whole,
        Part(("B9",), lambda: counted(folder, n, floors), itk),
        Part(("B10",), lambda: several(folder, n, floors)),
        Part(("B11", "B22"), lambda: pipelines_simpleitk(folder, n, floors), itk),
        Part(
            ("B12",),
            lambda: [pipeline("B12", "nibabel_scipy", "std", 25.0, None, folder, min(n, 2), floors)[0]],
        ),
        Part(("B13",), lambda: distances(folder, n)),
        Part(("B14",), lambda: unions(folder, n)),
        Part(("B15",), lambda: planes(folder, n)),
        Part(("B16",), lambda: components(folder, n)),
        Part(("B17",), lambda: script("territories.py", *few)),
        Part(("B18", "RTSTRUCT"), lambda: script("dicom.py", *pairs, "--folder", place), itk),
        Part(("B19", "cohort", "Dask"), lambda: script("cohort.py", *few, place), itk),
        Part(("B20",), lambda: starting(n)),
        Part(("B21",), lambda: memory(folder, n, floors)),
        Part(("search",), lambda: searched(folder, n)),
        Part(("plans",), lambda: script("plans.py", place, *few)),
        Part(("report",), lambda: pages(folder, min(n, 3))),
        Part(("meshes",), lambda: meshes(folder, min(n, 3))),
        Part(("growth",), lambda: script("growth.py", *few, place)),
    ]


def labelstats(path: Path) -> tuple[str, ...]:
    return (shutil.which("labelstats") or "labelstats", "-quiet", "-output", "mass", str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmarks against other tools, as a Markdown report.")
    parser.add_argument("--pairs", type=int, default=5, help="interleaved pairs of each row (5)")
    parser.add_argument("--only", default="", metavar="LIST", help="rows, such as B1,B19,growth (all)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="where the report goes (stdout)")
    parser.add_argument("--folder", type=Path, help="where the maps are made and kept (a temporary folder)")
    options = parser.parse_args()
    # An installed package is compiled once; where bytecode may not be kept, every process would do it again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    start, busy = time.perf_counter(), load()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        run((sys.executable, str(HERE / "workload.py"), str(folder)))
        known = parts(folder, options.pairs, Floors(folder))
        wanted = {name.strip().casefold() for name in options.only.split(",") if name.strip()}
        if unknown := wanted - {key.casefold() for part in known for key in part.keys}:
            parser.error(f"no row is called {', '.join(sorted(unknown))}")
        table: list[Row] = []
        for part in known:
            if wanted and not wanted & {key.casefold() for key in part.keys}:
                continue
            print(
                f"{time.perf_counter() - start:5.0f} s  {', '.join(part.keys)}", file=sys.stderr, flush=True
            )
            if importlib.util.find_spec(part.needs):
                table += part.measure()
                if options.markdown:  # so far
                    options.markdown.write_text(report(table, wanted, options.pairs, start, busy), "utf-8")
    if not options.markdown:
        print(report(table, wanted, options.pairs, start, busy), end="")


def report(table: Sequence[Row], wanted: set[str], pairs: int, start: float, busy: float) -> str:
    """The rows that were asked for, and what they were measured on."""
    shown = [row for row in table if not wanted or row.key.casefold() in wanted]
    seconds = time.perf_counter() - start
    lines = [
        f"Machine: {machine()}.",
        "",
        head(),
        *map(str, shown),
        "",
        f"{pairs} pairs a row unless said otherwise, {seconds:.0f} s in all; {busy:.1f} processes wanted a "
        f"core before, {load():.1f} at the end.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
