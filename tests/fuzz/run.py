"""The long fuzzing run: ``python tests/fuzz/run.py --inputs 100000 --seed 1``.

Every input is a mutation of a valid one and goes through one reader. Time and memory of each are bounded;
what is neither accepted nor refused with a reason is written to ``--failures`` and makes the run end with 1.
With ``--atheris TARGET`` that reader is fuzzed by coverage instead, where atheris is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from mutations import mutated  # noqa: E402  # after the path is set
from targets import TARGETS, seeds, survives  # noqa: E402

SECONDS_PER_INPUT = 10
MEMORY_BYTES = 3 << 30


class TooSlow(BaseException):
    """An input took longer than it may; not an Exception, so that nothing catches it on the way."""


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


def fuzz(inputs: int, seed: int, only: list[str], failures: Path) -> int:
    """Fuzz round robin over the targets; the number of unhandled outcomes."""
    signal.signal(signal.SIGALRM, _alarm)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    names = only or sorted(TARGETS)
    accepted: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    began, slowest = time.monotonic(), 0.0
    for number in range(inputs):
        name = names[number % len(names)]
        draw = random.Random(f"{seed} {name} {number}")
        content = mutated(draw.choice(seeds()[name]), draw)
        start = time.monotonic()
        signal.alarm(SECONDS_PER_INPUT)
        try:
            accepted[name] += survives(name, content)
        except (Exception, TooSlow) as error:  # noqa: BLE001  # everything unforeseen is a finding
            signal.alarm(0)
            faults[name] += 1
            _keep(failures, name, content, error)
        finally:
            signal.alarm(0)
        slowest = max(slowest, time.monotonic() - start)
        if (number + 1) % 5000 == 0:
            print(f"{number + 1} inputs, {sum(faults.values())} findings", flush=True)
    for name in names:
        share = inputs // len(names) + (names.index(name) < inputs % len(names))
        print(f"{name:<14} {share:>7} inputs, {accepted[name]:>6} accepted, {faults[name]:>3} findings")
    seconds = time.monotonic() - began
    print(f"{inputs} inputs, seed {seed}, {seconds:.0f} s, slowest {slowest:.2f} s,", end=" ")
    print(f"{sum(faults.values())} unhandled outcomes")
    return sum(faults.values())


def _keep(folder: Path, name: str, content: bytes, error: BaseException) -> None:
    place = traceback.extract_tb(error.__traceback__)[-1]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"
    path.write_bytes(content)
    where = f"{Path(place.filename).name}:{place.lineno}"
    print(f"{name}: {type(error).__name__} at {where}: {str(error)[:120]} -> {path.name}", flush=True)


def by_coverage(target: str, arguments: list[str]) -> None:
    """Hand one target to atheris; needs ``pip install atheris``. It starts from the same valid inputs."""
    import atheris

    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{target}-"))
    for number, content in enumerate(seeds()[target]):
        (corpus / str(number)).write_bytes(content)
    with atheris.instrument_imports(include=["flr"]):
        survives(target, seeds()[target][0])
    atheris.Setup([sys.argv[0], *arguments, str(corpus)], lambda content: survives(target, content))
    atheris.Fuzz()


def main() -> int:
    """Parse, fuzz, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", default=[], choices=sorted(TARGETS))
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--atheris", choices=sorted(TARGETS))
    args, rest = parser.parse_known_args()
    if args.atheris:
        by_coverage(args.atheris, rest)
        return 0
    return 1 if fuzz(args.inputs, args.seed, args.target, args.failures) else 0


if __name__ == "__main__":
    sys.exit(main())
