"""Engines: the same tables whoever runs the cases, and whoever is killed meanwhile."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import cohort_poison
import pytest
from cohorts import make_cohort, read_table

from flr.cohort import engines
from flr.cohort.ledger import entry_of, read_record
from flr.cohort.manifest import CaseRow, read_manifest
from flr.cohort.memory import BYTES_PER_VOXEL, WORKER_MIB, check_memory, largest_mib, workers_that_fit
from flr.cohort.run import merge, run_cohort, run_part, status
from flr.errors import EnvironmentFailure, ReadError, UsageError

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found through /proc")

PATIENCE_S = 1800.0
"""For a run that does not end; a slow machine is no failure."""


def run_command(manifest: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flr", "cohort", "run", str(manifest), "--out", str(out), "--json", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, dict[str, int]]:
    out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err, err
    return process.returncode, json.loads(out)


def records_in(out: Path) -> list[Path]:
    return [p for p in (out / "cases").glob("*/*.jsonl") if not p.name.startswith(".flr-")]


def wait_for(out: Path, records: int, process: subprocess.Popen[str]) -> None:
    limit = time.monotonic() + PATIENCE_S
    while len(records_in(out)) < records and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.01)


def workers_of(pid: int) -> list[int]:
    """Processes below the fork server of a run."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(text.rpartition(")")[2].split()[1])
    children = [child for child, parent in parents.items() if parent == pid]
    return [child for child, parent in parents.items() if parent in children]


def tables(out: Path) -> tuple[bytes, bytes]:
    return (out / "cases.csv").read_bytes(), (out / "cases.jsonl").read_bytes()


def serial(manifest: Path, out: Path) -> tuple[bytes, bytes]:
    list(run_cohort(read_manifest(manifest), out, workers=0))
    merge(out)
    return tables(out)


N_CASES, N_BROKEN, ASSESSED_EVERY = 40, 3, 8


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort")
    return make_cohort(folder, N_CASES, broken=N_BROKEN, assessed_every=ASSESSED_EVERY)


@pytest.fixture(scope="module")
def expected(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The tables of the same cases one by one."""
    return serial(cohort, tmp_path_factory.mktemp("one"))


def test_one_row_per_case_with_status_and_reason(tmp_path: Path) -> None:
    serial(make_cohort(tmp_path / "files", 9, broken=2), tmp_path)
    rows = read_table(tmp_path / "cases.csv")
    assert [row["case_id"] for row in rows] == [f"c{n:04d}" for n in range(9)]
    assert [row["status"] for row in rows].count("failed") == 2
    assert all(row["reason"] for row in rows if row["status"] == "failed")
    assert all(float(row["volumes_ml.total"]) > 0 for row in rows if row["status"] == "done")
    assert all(not row["volumes_ml.total"] for row in rows if row["status"] == "failed")
    lines = (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 7
    assert {json.loads(line)["schema"] for line in lines} == {"flr-assessment/2"}


@pytest.mark.parametrize("batch", [None, 1, 7])
def test_processes_write_the_same_tables(
    cohort: Path, expected: tuple[bytes, bytes], tmp_path: Path, batch: int | None
) -> None:
    rows = read_manifest(cohort)
    outcomes = list(run_cohort(rows[::-1], tmp_path / "two", workers=2, batch=batch))
    assert sorted(outcome.number for outcome in outcomes) == list(range(1, 41))
    merge(tmp_path / "two", entries=[entry_of(row) for row in rows])
    assert tables(tmp_path / "two") == expected


@pytest.mark.slow
def test_dask_writes_the_same_tables(cohort: Path, expected: tuple[bytes, bytes], tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    process = run_command(cohort, tmp_path / "dask", "--scheduler", "local", "--workers", "2", "--batch", "3")
    code, document = ended(process)
    assert (code, document["done"], document["failed"]) == (4, 37, 3)
    assert tables(tmp_path / "dask") == expected


def test_a_second_run_goes_on_where_the_first_stopped(cohort: Path, tmp_path: Path) -> None:
    rows = read_manifest(cohort)
    list(run_part(rows, rows[:10], tmp_path))
    assert (status(tmp_path).done + status(tmp_path).failed, status(tmp_path).pending) == (10, 30)
    merge(tmp_path)
    assert [row["status"] for row in read_table(tmp_path / "cases.csv")].count("pending") == 30
    outcomes = list(run_cohort(rows, tmp_path, workers=2))
    assert sum(outcome.fresh for outcome in outcomes) == 30
    assert not any(outcome.fresh for outcome in run_cohort(rows, tmp_path, workers=0))


@pytest.mark.slow
def test_two_runs_on_one_folder_do_not_disturb_each_other(
    cohort: Path, expected: tuple[bytes, bytes], tmp_path: Path
) -> None:
    runs = [run_command(cohort, tmp_path / "both", "--workers", "1") for _ in range(2)]
    for run in runs:
        code, document = ended(run)
        assert (code, document["done"], document["failed"]) == (4, 37, 3)
    assert tables(tmp_path / "both") == expected


def test_two_runs_with_other_options_keep_their_own_results(tmp_path: Path) -> None:
    rows = read_manifest(make_cohort(tmp_path / "files", 5, broken=1))
    other = tuple(CaseRow(r.case_id, r.number, {**r.cells, "plan": "H67"}, r.folder) for r in rows)
    list(run_cohort(rows, tmp_path, workers=0))
    merge(tmp_path)
    first = tables(tmp_path)
    list(run_cohort(other, tmp_path, workers=0))
    merge(tmp_path, entries=[entry_of(row) for row in rows])
    assert tables(tmp_path) == first
    merge(tmp_path)
    assert {row["plan.notation"] for row in read_table(tmp_path / "cases.csv")} == {"H67", ""}


# --- deaths -----------------------------------------------------------------------------------


def killed_and_resumed(tmp_path: Path, cases: int, broken: int, assessed_every: int = 1) -> None:
    manifest = make_cohort(tmp_path / "files", cases, broken=broken, assessed_every=assessed_every)
    out = tmp_path / "out"
    rows = read_manifest(manifest)
    process = run_command(manifest, out, "--workers", "2")
    for part in (0.2, 0.4):
        wait_for(out, int(part * cases), process)
        os.kill(random.choice(workers_of(process.pid)), signal.SIGKILL)
    wait_for(out, int(0.6 * cases), process)
    survivors = workers_of(process.pid)
    process.kill()
    process.communicate()
    assert survivors
    known = [read_record(out, entry_of(row)) for row in rows]
    assert 0.6 * cases - 1 <= sum(record is not None for record in known) < cases
    limit = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in survivors) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in survivors)
    code, document = ended(run_command(manifest, out, "--workers", "2"))
    assert code == 4
    assert (document["done"], document["failed"], document["pending"]) == (cases - broken, broken, 0)
    reasons = [row["reason"] for row in read_table(out / "cases.csv") if row["status"] == "failed"]
    assert len(reasons) == broken
    assert all(".nii.gz" in reason for reason in reasons)
    assert tables(out) == serial(manifest, tmp_path / "one")


@pytest.mark.slow
@LINUX
def test_workers_and_the_run_itself_may_be_killed(tmp_path: Path) -> None:
    killed_and_resumed(tmp_path, 160, 8, assessed_every=8)


@LINUX
@pytest.mark.long
@pytest.mark.slow
def test_two_thousand_cases_with_deaths_come_out_alike_everywhere(tmp_path: Path) -> None:
    killed_and_resumed(tmp_path, 2000, 20)
    manifest = tmp_path / "files" / "manifest.csv"
    process = run_command(manifest, tmp_path / "dask", "--scheduler", "local", "--workers", "2")
    code, document = ended(process)
    assert (code, document["done"], document["failed"]) == (4, 1980, 20)
    assert tables(tmp_path / "dask") == tables(tmp_path / "one")


def killed_at_random(tmp_path: Path, cases: int, times: int) -> None:
    """Kill runs at random moments; after each the ledger holds whole records and nothing else."""
    manifest = make_cohort(tmp_path / "files", cases, broken=2)
    rows = read_manifest(manifest)
    expected = serial(manifest, tmp_path / "one")
    whole = {row.case_id: read_record(tmp_path / "one", entry_of(row)) for row in rows}
    rng = random.Random(1)
    out = tmp_path / "out"
    hits = 0
    for _ in range(times):
        process = run_command(manifest, out, "--workers", "2", "--redo", "all")
        wait_for(out, 1, process)
        time.sleep(rng.uniform(0.0, 0.9))
        hits += process.poll() is None
        process.kill()
        process.communicate()
        for row in rows:
            record = read_record(out, entry_of(row))
            if record is not None:
                assert record.lines == getattr(whole[row.case_id], "lines", None)
        status(out)
        for name in ("cases.csv", "cases.jsonl"):
            if (out / name).exists():
                assert (out / name).read_bytes() in expected
    assert hits > times // 2
    code, _ = ended(run_command(manifest, out, "--workers", "2"))
    assert code == 4
    assert tables(out) == expected


@pytest.mark.slow
def test_the_ledger_survives_kill_9(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 40, 3)


@pytest.mark.long
@pytest.mark.slow
def test_the_ledger_survives_kill_9_at_fifty_moments(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 120, 50)


@pytest.fixture
def poisoned(cohort: Path, monkeypatch: pytest.MonkeyPatch) -> list[CaseRow]:
    """A cohort with one case that kills whatever process runs it."""
    monkeypatch.setattr(engines, "run_batch", cohort_poison.run_batch)
    rows = list(read_manifest(cohort))
    rows[7] = CaseRow(cohort_poison.POISON, 8, rows[7].cells, rows[7].folder)
    return rows


def test_a_case_that_kills_its_process_is_the_only_one_blamed(
    poisoned: list[CaseRow], tmp_path: Path
) -> None:
    outcomes = {o.number: o for o in run_cohort(poisoned, tmp_path, workers=2, batch=4)}
    assert len(outcomes) == 40
    assert [n for n, o in outcomes.items() if o.kind == "WorkerDied"] == [8]
    summary = merge(tmp_path)
    assert (summary.done, summary.failed) == (36, 4)
    assert "died whenever" in read_table(tmp_path / "cases.csv")[7]["reason"]
    record = read_record(tmp_path, entry_of(poisoned[7]))
    assert record is not None
    assert record.head.again


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what Dask says when its workers die is its own
def test_dask_blames_the_same_case(poisoned: list[CaseRow], tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    running = run_cohort(poisoned, tmp_path, scheduler="local", workers=2, batch=4)
    outcomes = {o.number: o for o in running}
    assert len(outcomes) == 40
    assert [n for n, o in outcomes.items() if o.kind == "WorkerDied"] == [8]


# --- memory -----------------------------------------------------------------------------------


def test_more_workers_than_memory_are_refused(cohort: Path) -> None:
    rows = read_manifest(cohort)
    each = largest_mib(rows)
    assert workers_that_fit(rows, 8, free_mib=3.5 * each) == 3
    assert workers_that_fit(rows, 2, free_mib=3.5 * each) == 2
    assert workers_that_fit(rows, 8, free_mib=0.1) == 1
    check_memory(rows, 3, free_mib=3.5 * each)
    with pytest.raises(EnvironmentFailure, match="give --workers 3"):
        check_memory(rows, 4, free_mib=3.5 * each)


def test_larger_maps_need_more_memory(tmp_path: Path) -> None:
    import numpy as np
    from phantoms import write_nifti

    from flr.geometry import Grid

    sizes = []
    for n in (64, 256):
        shape = (n, n, 200)
        write_nifti(tmp_path / f"{n}.nii.gz", np.zeros(shape, np.uint8), Grid(shape, np.eye(4)))
        sizes.append(largest_mib([CaseRow("a", 1, {"segments": f"{n}.nii.gz"}, str(tmp_path))]))
    assert sizes[1] - sizes[0] == pytest.approx(BYTES_PER_VOXEL * (256**2 - 64**2) * 200 / 2**20)
    absent = CaseRow("a", 1, {"segments": "absent.nii.gz"}, str(tmp_path))
    assert largest_mib([absent]) < sizes[0]
    counted = CaseRow("a", 1, {"segments": "256.nii.gz", "only": "volumes"}, str(tmp_path))
    assert largest_mib([counted]) == WORKER_MIB


def test_folders_of_dicom_and_of_masks_need_memory_too(tmp_path: Path) -> None:
    import numpy as np
    from dicom_phantoms import stack_at, write_series
    from phantoms import write_nifti

    from flr.geometry import Grid

    stack = stack_at(np.arange(0.0, 30.0, 2.5), size=(144, 136))
    write_series(tmp_path / "dicom" / "ct", stack, hu=lambda k: np.zeros((136, 144)))
    grid = Grid((64, 72, 40), np.eye(4))
    (tmp_path / "masks").mkdir()
    for name in ("liver", "liver_segment_1"):
        write_nifti(tmp_path / "masks" / f"{name}.nii.gz", np.zeros(grid.shape, np.uint8), grid)
    (tmp_path / "empty").mkdir()
    for name, voxels in (("dicom", 144 * 136 * 12), ("masks", 64 * 72 * 40), ("empty", 0)):
        each = largest_mib([CaseRow("a", 1, {"inputs": name}, str(tmp_path))])
        assert each - WORKER_MIB == pytest.approx(BYTES_PER_VOXEL * voxels / 2**20, rel=1e-9), name


# --- the world outside ------------------------------------------------------------------------


@pytest.mark.slow
def test_a_cluster_that_runs_already_is_used(
    cohort: Path, expected: tuple[bytes, bytes], tmp_path: Path
) -> None:
    """As on a cluster: scheduler and workers are processes of their own."""
    pytest.importorskip("distributed")
    where = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    here = ["--scheduler-file", str(where), "--no-dashboard"]
    options = ["--nworkers", "2", "--nthreads", "1", "--local-directory", str(tmp_path)]
    scheduler = subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *here], **quiet)
    worker = subprocess.Popen([*dask, "worker", *here, *options], **quiet)
    try:
        limit = time.monotonic() + PATIENCE_S
        while not where.is_file() and time.monotonic() < limit:
            time.sleep(0.1)
        address = json.loads(where.read_text(encoding="utf-8"))["address"]
        run = run_command(cohort, tmp_path / "dask", "--scheduler", address, "--batch", "2")
        code, document = ended(run)
    finally:
        for process in (worker, scheduler):
            process.terminate()
            process.wait(60)
    assert (code, document["done"], document["failed"]) == (4, N_CASES - N_BROKEN, N_BROKEN)
    assert tables(tmp_path / "dask") == expected


def test_workers_elsewhere_are_not_ours_to_count(cohort: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(UsageError, match="its own workers"):
        list(engines.run_dask(read_manifest(cohort), tmp_path, scheduler="tcp://127.0.0.1:1", workers=2))


@pytest.mark.filterwarnings("ignore")  # what Dask says of connections that fail is its own
def test_a_scheduler_that_is_not_there_is_named(cohort: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    import dask

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "500ms"}),
        pytest.raises(EnvironmentFailure, match="no Dask scheduler answers at tcp://127"),
    ):
        list(engines.run_dask(read_manifest(cohort), tmp_path, scheduler="tcp://127.0.0.1:1"))


def test_a_folder_that_cannot_be_made(cohort: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentFailure, match="cannot make"):
        list(run_cohort(read_manifest(cohort), tmp_path / "file" / "out", workers=0))
    with pytest.raises(ReadError, match="not the folder of a cohort"):
        merge(tmp_path)
