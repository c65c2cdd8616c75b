"""What Dask adds: ``python benchmarks/dask_overhead.py MANIFEST FOLDER PAIRS`` prints JSON.

The same cases one by one in this process and by one worker of a cluster, in turn; ``work_s`` and
``work_cpu_s`` are the time and the processor time that the worker spent inside its batches.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from flr.cohort import engines, read_manifest
from flr.cohort.manifest import CaseRow
from flr.cohort.unit import Outcome, Redo
from flr.cohort.unit import run_batch as run

HERE = Path(__file__).resolve().parent


def run_batch(rows: Sequence[CaseRow], folder: Path, redo: Redo) -> list[Outcome]:
    """A batch, and how long it took."""
    start, start_cpu = time.perf_counter(), time.process_time()
    found = run(rows, folder, redo)
    took = f"{time.perf_counter() - start} {time.process_time() - start_cpu}"
    (folder / f"{rows[0].number}.work").write_text(took, encoding="ascii")
    return found


def main(manifest: Path, folder: Path, pairs: int) -> dict[str, list[float]]:
    import dask_overhead

    engines.run_batch = dask_overhead.run_batch  # by a name under which a worker finds it
    rows = read_manifest(manifest)
    names = ("serial_s", "serial_cpu_s", "dask_s", "work_s", "work_cpu_s")
    times: dict[str, list[float]] = {name: [] for name in names}
    list(engines.run_serial(rows[:1], folder, redo="all"))
    with engines.dask_client("local", 1) as client:
        client.run(sys.path.append, str(HERE))
        list(engines.run_on(client, rows[:1], folder, redo="all"))
        for _ in range(pairs):
            start, start_cpu = time.perf_counter(), time.process_time()
            list(engines.run_serial(rows, folder, redo="all"))
            times["serial_s"].append(time.perf_counter() - start)
            times["serial_cpu_s"].append(time.process_time() - start_cpu)
            for path in folder.glob("*.work"):
                path.unlink()
            start = time.perf_counter()
            list(engines.run_on(client, rows, folder, redo="all"))
            times["dask_s"].append(time.perf_counter() - start)
            took = [path.read_text(encoding="ascii").split() for path in folder.glob("*.work")]
            for name, column in zip(("work_s", "work_cpu_s"), zip(*took, strict=True), strict=True):
                times[name].append(sum(map(float, column)))
    return times


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
