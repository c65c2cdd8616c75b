"""Several plans on one liver: ``python benchmarks/plans.py FOLDER [--pairs N] [--map FILE]``.

Processor time of what a person waits for after reading: the intervals of four plans, a second assessment, a
further plan, every union of segments, one move of a preview's cut; and what a header with a lost unit takes.
With ``--before CHECKOUT`` a checkout of an older version does the same in turn, and its ratios are rows too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from table import Row, head, spread, yes

HERE = Path(__file__).resolve().parent
PLANS = ("H5678", "H67", "H234", "H1234")
BODY = {"weight_kg": 72.0, "height_cm": 171.0}

Times = dict[str, float]


def cpu_s(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def coarse(liver: Any) -> Any:
    """A liver of few voxels with a tumour, to pay for imports and first calls with."""
    import numpy as np

    from flr.geometry import Grid
    from flr.liver import assemble

    parts = np.asfortranarray(liver.parts[::5, ::5, ::5])
    grid = Grid(parts.shape, liver.grid.index_to_world_mm @ np.diag([5.0, 5.0, 5.0, 1.0]))
    tumours = np.zeros(parts.shape, np.uint16)
    i, j, k = np.argwhere(parts == parts.max())[0]
    tumours[i : i + 2, j : j + 2, k : k + 2] = 1
    return assemble(grid, parts=parts, part_names=liver.part_names, tumours=tumours, truncated=False)


def measured(segments: Path, tumours: str, all_unions: bool) -> Times:
    """Seconds of one process, after reading and with all modules loaded."""
    from flr import Patient, assess, assess_plans, parse_plan, read_liver
    from flr.notebook.previews import Setting, preview
    from flr.uncertainty import surfaces_of

    liver, patient = read_liver(segments=segments, tumours=tumours), Patient(**BODY)
    plans = [parse_plan(text) for text in PLANS]
    small, moved = coarse(liver), [Setting(move=True, offset_mm=float(mm)) for mm in (2, 4, 6, 8)]
    assess_plans(small, plans, patient)
    warm = preview(small, [PLANS[0]], patient)
    warm.card(moved[0])
    times: Times = {}
    # A liver of its own, so that the assessments below start with nothing.
    alone = [replace(liver)]
    _ = alone[0].runs

    def errors() -> None:
        surfaces = surfaces_of(alone[0])
        assert surfaces is not None
        surfaces.part_sds_ml()
        for plan in plans:
            surfaces.plan_errors(plan)

    times["intervals"] = cpu_s(errors)
    alone.clear()
    times["first"] = cpu_s(lambda: assess(liver, plans[0], patient))
    times["second"] = cpu_s(lambda: assess(liver, plans[1], patient))
    one, four = (cpu_s(lambda n=n: assess_plans(liver, plans[:n], patient)) for n in (1, 4))
    times["further"] = (four - one) / 3.0
    shown = preview(liver, [PLANS[0]], patient)
    shown.card(moved[0])
    times["move"] = min(cpu_s(lambda to=to: shown.card(to)) for to in moved[1:])
    times["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if all_unions:
        names = liver.part_names
        unions = ["H" + "".join(some) for n in range(1, len(names)) for some in combinations(names, n)]
        fresh = replace(liver)
        times["unions"] = cpu_s(lambda: assess_plans(fresh, unions, patient))
        times["n_unions"] = float(len(unions))
    return times


def lost_unit(folder: Path) -> list[str]:
    """A small map whose spacing is ten times too large, as arguments."""
    import numpy as np

    path = folder / "lost_unit.nii"
    side = np.arange(-20, 20) / 17.0
    x, y, z = np.meshgrid(side, side, side, indexing="ij")
    segments = np.where(x * x + y * y + z * z < 1, 1 + (x > 0) + 2 * (y > 0) + 4 * (z > 0), 0).astype(
        np.uint8
    )
    import nibabel

    nibabel.save(nibabel.Nifti1Image(segments, np.diag([40.0, 40.0, 40.0, 1.0])), path)
    body = [f"--{name.partition('_')[0]}={value:g}" for name, value in BODY.items()]
    return ["assess", "--segments", str(path), "--tumours", "none", *body, "--plan", "H67", "--json"]


def whole(arguments: Sequence[str], checkout: Path | None = None) -> tuple[float, float]:
    """CPU seconds and peak MiB of a whole ``flr`` of this or another version."""
    child = subprocess.Popen(
        [sys.executable, "-m", "flr", *arguments], stdout=subprocess.DEVNULL, env=environment(checkout)
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"flr {' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def environment(checkout: Path | None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(checkout or HERE.parent), "OPENBLAS_NUM_THREADS": "1"}


def child(checkout: Path | None, segments: Path, tumours: str, *, unions: bool) -> Times:
    command = [sys.executable, str(HERE / "plans.py"), "--measure", str(segments), tumours]
    done = subprocess.run(
        [*command, *(["--unions"] if unions else [])],
        env=environment(checkout),
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout))


def rows(segments: Path, tumours: str, n: int, before: Path | None) -> list[Row]:
    """Rows of one map."""
    runs = []
    for _ in range(n):
        old = None if before is None else child(before, segments, tumours, unions=False)
        new = child(None, segments, tumours, unions=True)
        runs.append((new, old, whole(["volumes", str(segments), "--json"])[0]))
    name = segments.name.replace(".nii.gz", "") + ("" if tumours == "none" else ", tumours")

    def ms(key: str) -> str:
        return f"{spread([1e3 * new[key] for new, *_ in runs], 0)} ms CPU"

    def against(key: str) -> str:
        ratios = [new[key] / old[key] for new, old, _ in runs if old is not None]
        return f"; {spread(ratios, 3)} of the version before" if ratios else ""

    second = [new["second"] / new["first"] for new, *_ in runs]
    further = [new["further"] / volumes_s for new, _, volumes_s in runs]
    unions = [new["unions"] for new, *_ in runs]
    n_unions = int(runs[0][0]["n_unions"])
    peaks = spread([new["peak_mib"] for new, *_ in runs], 0)
    old_peaks = [old["peak_mib"] for _, old, _ in runs if old is not None]
    memory = f"peak {peaks} MiB" + (f" against {spread(old_peaks, 0)}" if old_peaks else "")
    four = "errors of four plans and of all parts, liver read"
    result = f"{ms('intervals')}{against('intervals')}; {memory}"
    fast = [new["intervals"] / old["intervals"] for new, old, _ in runs if old is not None]
    return [
        Row("plans", four, "–", name, "–", "≤ 0.27 of the version before", result, met(fast, 0.27)),
        Row(
            "plans",
            "a second `assess` on the same liver",
            "the first",
            name,
            "–",
            "≤ 0.55",
            f"{spread(second, 3)} of the first; {ms('second')}{against('second')}",
            met(second, 0.55),
        ),
        Row(
            "plans",
            "a further plan of whole segments, of four at once",
            "`flr volumes`, whole process",
            name,
            "–",
            "≤ 0.15",
            f"{spread(further, 3)} of it; {ms('further')}{against('further')}",
            met(further, 0.15),
        ),
        Row(
            "plans",
            f"all {n_unions} unions of segments by `assess_plans`",
            "–",
            name,
            "–",
            "≤ 10 s",
            f"{spread(unions)} s CPU",
            met(unions, 10.0),
        ),
        Row(
            "plans",
            "one move of a preview's cut, the graded card",
            "–",
            name,
            "–",
            "none",
            f"{ms('move')}{against('move')}",
        ),
    ]


def met(values: Sequence[float], most: float) -> str:
    return yes(statistics.median(values) <= most) if values else "–"


def of_a_lost_unit(folder: Path, n: int) -> Row:
    arguments = lost_unit(folder)
    taken = [whole(arguments) for _ in range(n)]
    seconds, peaks = [s for s, _ in taken], [mib for _, mib in taken]
    what = "`flr assess` of a small map with ten times its spacing"
    fits = statistics.median(seconds) <= 5.0 and statistics.median(peaks) <= 500.0
    result = f"{spread(seconds)} s CPU, {spread(peaks, 0)} MiB"
    return Row("plans", what, "–", "made", "–", "≤ 5 s, ≤ 500 MiB", result, yes(fits))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="holds the maps of workload.py")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--map", type=Path, action="append", default=[], help="another map of segments")
    parser.add_argument("--before", type=Path, help="a checkout of another version")
    parser.add_argument("--measure", nargs=2, metavar=("SEGMENTS", "TUMOURS"), help=argparse.SUPPRESS)
    parser.add_argument("--unions", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        segments, tumours = options.measure
        print(json.dumps(measured(Path(segments), tumours, options.unions)))
        return
    if options.folder is None:
        parser.error("give the folder of the maps that workload.py made")
    print(head())
    first = (options.folder / "std_seg.nii.gz", str(options.folder / "std_tum.nii.gz"))
    for segments, tumours in (first, *((path, "none") for path in options.map)):
        for row in rows(segments, tumours, options.pairs, options.before):
            print(row, flush=True)
    print(of_a_lost_unit(options.folder, options.pairs), flush=True)


if __name__ == "__main__":
    main()
