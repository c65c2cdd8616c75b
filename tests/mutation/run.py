"""Sampled mutation testing: ``python tests/mutation/run.py --mutants 400 --seed 1``.

Works in a copy of the checkout. The default tests run once under ``coverage`` (``pip install coverage``), to
learn which test executes which line; every mutant then meets only the tests that execute its line, quickest
first, up to the first failure. A line that runs on import meets the tests of its module and of its package.
Mutants that no test notices are printed; ``--results`` keeps one line of JSON for each, and a run that is
started again with the same file goes on where it ended.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutants import Mutant, mutants_of  # after the path is set

CHECKOUT = Path(__file__).resolve().parents[2]
FLOORS_1_TO_5 = (
    *("geometry", "kernels", "formulas", "quality", "labels", "patient", "liver", "measures", "inventory"),
    *("tumours", "territories", "function", "checks", "plans", "criteria", "uncertainty", "perfusion"),
    *("case", "specimen"),
)
# Tests that start other programs or draw pages; they say little about the lower floors for their time.
LEFT_OUT = ("notebook", "viewer", "pacs", "cohort", "fuzz", "pdf", "readme", "house", "hazards", "scene")
SECONDS_PER_ATTEMPT = 480
BUDGETS_S = (8.0, 25.0)  # of tests that meet one mutant, by their recorded durations

Durations = dict[str, float]
Lines = dict[tuple[str, int], set[str]]


@dataclass(frozen=True)
class Learned:
    """Which test executes which line, and how long each takes."""

    lines: Lines
    durations: Durations
    sizes: Counter[str]

    def of_mutant(self, mutant: Mutant) -> list[str]:
        """Tests of a line, else of its module, in order of how little they execute besides."""
        tests = self.lines.get((mutant.path, mutant.line)) or self.of_module(mutant.path)
        return sorted(tests, key=lambda test: (self.sizes[test], test))

    def of_module(self, path: str) -> set[str]:
        """Tests of a module: what runs on import is nobody's own line."""
        found = {test for (other, _), tests in self.lines.items() if other == path for test in tests}
        name = path.split("/")[1].removesuffix(".py").rstrip("s")
        return found | {test for test in self.durations if f"test_{name}" in test or "selftest" in test}


class Recorder:
    """A pytest plugin: the context of coverage is the test, and how long each test took."""

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage
        self.durations: Durations = defaultdict(float)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Everything from here on is for this test, its fixtures included."""
        self.coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add up setup, call and teardown."""
        if report.failed:
            print(f"fails without any fault: {report.nodeid}", flush=True)
        self.durations[report.nodeid] += report.duration


class Chosen:
    """A pytest plugin: only some tests, quickest first; the one that fails is written down."""

    def __init__(self, rank: dict[str, int], failed: Path) -> None:
        self.rank = rank
        self.failed = failed

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Write down what failed."""
        if report.failed:
            self.failed.write_text(report.nodeid, encoding="utf-8")

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep what is chosen, in its order."""
        places = {item.nodeid: self._place(item.nodeid) for item in items}
        chosen = [item for item in items if places[item.nodeid] is not None]
        items[:] = sorted(chosen, key=lambda item: places[item.nodeid] or 0)

    def _place(self, test: str) -> int | None:
        """A test is chosen by itself or with its file."""
        return self.rank.get(test, self.rank.get(test.partition("::")[0]))


def main() -> int:
    """Copy, learn, mutate, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="1/1", help="of several runs at once, each with its own copy")
    parser.add_argument("--without", action="append", default=[], help="a module that is being rewritten")
    parser.add_argument("--copy", type=Path, required=True, help="where to work; made if absent")
    parser.add_argument("--results", type=Path, default=Path("mutants.jsonl"))
    parser.add_argument("--again", action="store_true", help="only what survived, by the tests of now")
    args = parser.parse_args()
    copy = args.copy.resolve() / "checkout"
    if args.again and copy.exists():
        shutil.rmtree(copy)
    if not copy.exists():
        _copy_checkout(copy)
    os.chdir(copy)
    os.environ |= {"PYTHONPATH": str(copy), "MPLBACKEND": "Agg", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    sys.path.insert(0, str(copy))
    learned = _learned(copy.parent / "lines.json")
    kept = _read_results(args.results)
    if args.again:
        survived = [_without_outcome(row) for row in kept.values() if row["outcome"] == "survived"]
        drawn = [now for mutant in survived if (now := _moved(mutant, copy)) is not None]
        print(f"{len(survived)} survived; the source of {len(survived) - len(drawn)} is no longer there")
        kept = {}
    else:
        drawn = _drawn(copy, args.mutants, args.seed)
    part, parts = map(int, args.part.split("/"))
    drawn = [mutant for mutant in drawn[part - 1 :: parts] if mutant.path not in args.without]
    outcomes: Counter[tuple[str, str]] = Counter()
    failing: set[str] = set()
    for mutant in drawn:
        row = kept.get(_key(mutant))
        if row is None:
            attempts = _files(mutant, learned) if args.again else _attempts(mutant, learned)
            outcome, by = _tried(mutant, copy, attempts)
            row = asdict(mutant) | {"outcome": outcome, "by": by}
            with args.results.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
            if outcome == "survived":
                print(f"survived: {mutant.path}:{mutant.line} {mutant.what}: {mutant.new[:90]}", flush=True)
        outcomes[mutant.path.split("/")[1].removesuffix(".py"), row["outcome"]] += 1
        failing.add(row["by"])
    _print_table(outcomes)
    # A test that fails anyhow notices nothing.
    anyhow = _failing(sorted(test for test in failing if "::" in test), copy)
    print("without a fault all of these tests pass" if anyhow is None else f"fails without a fault: {anyhow}")
    return 0 if anyhow is None else 1


def _copy_checkout(copy: Path) -> None:
    skipped = shutil.ignore_patterns(
        ".git", "__pycache__", ".*_cache", "*.egg-info", "build", "dist", ".venv"
    )
    shutil.copytree(CHECKOUT, copy, ignore=skipped, symlinks=True)
    beside = CHECKOUT.parent / "shared"
    if beside.exists() and not (copy.parent / "shared").exists():
        (copy.parent / "shared").symlink_to(beside.resolve())


def _drawn(copy: Path, count: int, seed: int) -> list[Mutant]:
    found = [
        mutant for path in _modules(copy) for mutant in mutants_of(path, (copy / path).read_text("utf-8"))
    ]
    print(
        f"{len(found)} mutants on floors 1 to 5, {min(count, len(found))} of them drawn with seed {seed}",
        flush=True,
    )
    return random.Random(seed).sample(found, min(count, len(found)))


def _modules(copy: Path) -> Iterator[str]:
    for name in FLOORS_1_TO_5:
        for path in (copy / "flr" / f"{name}.py", *sorted((copy / "flr" / name).rglob("*.py"))):
            if path.is_file():
                yield path.relative_to(copy).as_posix()


def _without_outcome(row: dict[str, Any]) -> Mutant:
    return Mutant(**{name: value for name, value in row.items() if name not in ("outcome", "by")})


def _moved(mutant: Mutant, copy: Path) -> Mutant | None:
    """The same mutant in a file that has since been edited; None where its source has changed."""
    same = [
        other
        for other in mutants_of(mutant.path, (copy / mutant.path).read_text("utf-8"))
        if (other.old, other.new, other.what) == (mutant.old, mutant.new, mutant.what)
    ]
    return min(same, key=lambda other: abs(other.line - mutant.line)) if same else None


def _key(mutant: Mutant) -> str:
    return f"{mutant.path} {mutant.start} {mutant.end} {mutant.new}"


def _read_results(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        return {}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {f"{row['path']} {row['start']} {row['end']} {row['new']}": row for row in rows}


def _print_table(outcomes: Counter[tuple[str, str]]) -> None:
    modules = sorted({module for module, _ in outcomes})
    for module in modules:
        killed, survived = (outcomes[module, outcome] for outcome in ("killed", "survived"))
        print(f"{module:<12} {killed + survived:>5} mutants, {killed:>5} noticed, {survived:>4} survived")
    killed = sum(n for (_, outcome), n in outcomes.items() if outcome == "killed")
    total = sum(outcomes.values())
    print(f"{total} mutants, {killed} noticed: {100 * killed / max(1, total):.1f} %")


# --- which test executes which line -------------------------------------------------------------


def _learned(path: Path) -> Learned:
    if not path.is_file():
        _in_child(lambda: _learn(path), seconds=3600)
    content = json.loads(path.read_text(encoding="utf-8"))
    lines = {
        (file, int(line)): set(tests)
        for file, of_file in content["lines"].items()
        for line, tests in of_file.items()
    }
    sizes = Counter(test for tests in lines.values() for test in tests)
    return Learned(lines, content["durations"], sizes)


def _learn(path: Path) -> bool:
    import coverage
    import pytest

    measured = coverage.Coverage(data_file=None, include=["flr/*"])
    recorder = Recorder(measured)
    measured.start()
    pytest.main([*_quiet(), *_test_files()], plugins=[recorder])
    measured.stop()
    found = measured.get_data()
    here = Path.cwd()
    lines = {
        Path(file).relative_to(here).as_posix(): {
            line: [test for test in tests if test] for line, tests in found.contexts_by_lineno(file).items()
        }
        for file in found.measured_files()
    }
    path.write_text(json.dumps({"lines": lines, "durations": recorder.durations}), encoding="utf-8")
    return True


def _test_files() -> list[str]:
    tests = sorted(path.as_posix() for path in Path("tests").glob("test_*.py"))
    return [path for path in tests if not any(word in path for word in LEFT_OUT)] + list(_modules(Path.cwd()))


def _quiet() -> list[str]:
    return ["-q", "--no-header", "--no-summary", "-p", "no:cacheprovider", "--tb=no"]


# --- one mutant ---------------------------------------------------------------------------------


def _tried(mutant: Mutant, copy: Path, attempts: Iterable[list[str]]) -> tuple[str, str]:
    path = copy / mutant.path
    source = path.read_bytes()
    mutated = mutant.applied(source)
    compile(mutated, mutant.path, "exec")
    try:
        path.write_bytes(mutated)
        _forget(path)
        for tests in attempts:
            if (failed := _failing(tests, copy)) is not None:
                return "killed", failed
    finally:
        path.write_bytes(source)
        _forget(path)
    return "survived", ""


def _attempts(mutant: Mutant, learned: Learned) -> Iterator[list[str]]:
    """Tests of the line, else of the module; first those that execute the least besides: they mean it."""
    ordered = learned.of_mutant(mutant)
    spent = 0.0
    for budget_s in BUDGETS_S:
        attempt = []
        while ordered and spent < budget_s:
            attempt.append(ordered.pop(0))
            spent += learned.durations.get(attempt[-1], 0.0)
        if attempt:
            yield attempt


def _files(mutant: Mutant, learned: Learned) -> Iterator[list[str]]:
    """The files of those tests, whole: new tests are in them that nothing has been learned about.

    What is computed once and kept has been learned of one test only, so the module's own tests follow.
    """
    files = list(dict.fromkeys(test.partition("::")[0] for test in learned.of_mutant(mutant)))[:4]
    package, stem = mutant.path.split("/")[1].removesuffix(".py").rstrip("s"), Path(mutant.path).stem
    own = [path for path in _test_files() if f"test_{package}" in path or f"test_{stem}" in path]
    for some in (files, [path for path in own if path not in files]):
        if some:
            yield some


def _failing(tests: Iterable[str], copy: Path) -> str | None:
    """The first test that fails, in words where there is none to name; None where all pass."""
    failed = copy.parent / "failed.txt"
    failed.unlink(missing_ok=True)
    if _in_child(lambda: _passes(tests, failed), SECONDS_PER_ATTEMPT):
        return None
    return failed.read_text(encoding="utf-8") if failed.is_file() else "import, or time"


def _passes(tests: Iterable[str], failed: Path) -> bool:
    import pytest

    rank = {test: number for number, test in enumerate(tests)}
    files = sorted({test.partition("::")[0] for test in rank})
    if not files:
        return True
    return pytest.main(["-x", *_quiet(), *files], plugins=[Chosen(rank, failed)]) in (0, 5)


def _forget(path: Path) -> None:
    """Compiled code is matched by whole seconds and size: a mutant may have the same."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def _in_child(work: Any, seconds: float) -> bool:
    """Whether work says so, in a process of its own that is ended after a time; False where it ends badly."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setpgid(0, 0)
            silence = os.open(os.devnull, os.O_WRONLY)
            if "MUTATION_VERBOSE" not in os.environ:
                os.dup2(silence, 1)
                os.dup2(silence, 2)
            code = 0 if work() else 1
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    with _group(child):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status) == 0
            time.sleep(0.02)
    os.waitpid(child, 0)
    return False


@contextmanager
def _group(child: int) -> Iterator[None]:
    """Whatever the child started ends with it."""
    try:
        yield
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)


if __name__ == "__main__":
    # Loaded once, and not again in each child: what the package and its tests import from elsewhere.
    for name in (
        "matplotlib.pyplot",
        "nibabel",
        "numpy",
        "pydicom",
        "scipy.ndimage",
        "scipy.spatial",
        "skimage",
    ):
        importlib.import_module(name)
    sys.exit(main())
