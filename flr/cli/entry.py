"""Choose the command, run it, and turn every expected error into one message and an exit code."""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flr.errors import EnvironmentFailure, FLRError, UsageError
from flr.version import VERSION

OK: Final = 0
USAGE: Final = 2
BAD_INPUT: Final = 3
CASES_FAILED: Final = 4
DISAGREES: Final = 5
OUTSIDE: Final = 6
FLAGGED: Final = 10

COMMANDS: Final = {
    "demo": "the bundled case, end to end, into ./flr-demo/",
    "assess": "volumes, remnant shares, findings and flag for one or more plans",
    "volumes": "volumes of every named structure",
    "inspect": "geometry, labels, scheme and quality of any input",
    "calc": "the same grading from numbers alone",
    "donor": "graft and donor's remnant of one plan, and the graft for a recipient's weight",
    "planner": "one HTML file in which cuts are dragged and the volumes follow",
    "search": "resections and ablations that clear every tumour, ranked",
    "followup": "growth of the remnant between the dated scans of a case file",
    "cohort": "many cases: run, go on, merge, compare",
    "bids": "the BIDS App, also flr-bids: segmentations in, BIDS derivatives out",
    "replay": "recompute a result from its recorded inputs and compare every number",
    "export": "segmentations, reports and surfaces for other programs and the archive",
    "pacs": "fetch a study from an archive, store results there, or watch it",
    "criteria": "the published minimums, with citations; or one case under all of them",
    "formulas": "the published equations that are known, with citations",
    "schemes": "the label schemes that are known, with their sources",
    "plans": "the plan notations and named resections that are known",
    "selftest": "published reference values and phantoms, checked on this machine",
}
"""Commands in the order of the help, each a module of this package."""

_EPILOG = """\
`flr COMMAND --help` explains a command. Every command takes --json.

exit codes: 0 done (a flagged case is a result), 2 usage, 3 input that cannot be what it claims,
4 some cohort cases failed, 5 replay or self-test disagrees, 6 the world outside (network, archive, disk,
a missing extra), 10 flagged (only with --fail-on-flag)

For review by a multidisciplinary team; not a medical device. It measures and flags; it never decides."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; ``sys.argv`` when not given.

    Returns
    -------
    int
        Exit code.
    """
    # NumPy's thread pool costs a short command twice the processor time it needs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What is imported stays: looking through it for circles costs a twelfth of a short command.
    gc.set_threshold(100_000, *gc.get_threshold()[1:])
    if sys.stderr is None:
        _hush_stderr()
    if sys.stdout is None:
        # Refused before a file of ours takes the descriptor that libraries print to.
        return _say(f"flr: standard output is closed; send it to a file or to {os.devnull}", OUTSIDE)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A sign that this terminal has no letter for is spelled out; "≤" must neither fail nor become "?".
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else ""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except UsageError as error:
        return _fail(name, error, USAGE)
    except EnvironmentFailure as error:
        return _fail(name, error, OUTSIDE)
    except FLRError as error:
        return _fail(name, error, BAD_INPUT)
    except BrokenPipeError:
        # The reader of a pipe left early (`flr … | head`); there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return _say("flr: interrupted", 130)
    except OSError as error:
        # The last resort: what a reader or writer should have said itself, without folders in it.
        where = f" ({Path(str(error.filename)).name})" if error.filename else ""
        return _fail(name, EnvironmentFailure(f"{error.strerror or type(error).__name__}{where}"), OUTSIDE)
    except MemoryError:
        return _fail(name, EnvironmentFailure("not enough memory for this input"), OUTSIDE)
    return code


def _run(arguments: Sequence[str]) -> int:
    if not arguments:
        print(_help(), file=sys.stderr)
        return USAGE
    name, rest = arguments[0], arguments[1:]
    if name in ("-h", "--help"):
        print(_help())
        return OK
    if name == "--version":
        print(f"flr {VERSION}")
        return OK
    if name not in COMMANDS:
        return _unknown(name)
    command = importlib.import_module(f"flr.cli.{name}")
    from flr.cache import switched_on
    from flr.cli.progress import told

    with switched_on(), told(name, rest):
        code: int = command.run(rest)
    return code


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: flr [--help] [--version] COMMAND ...",
            "",
            "Future liver remnant volumetry from segmentations that already exist.",
            "",
            "commands:",
            *lines,
            "",
            _EPILOG,
        ]
    )


def _unknown(name: str) -> int:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(COMMANDS)}"
    return _say(f"flr: unknown command {name!r}; {hint}", USAGE)


def _fail(name: str, error: FLRError, code: int) -> int:
    return _say(f"flr {name}: {error}", code)


def _say(text: str, code: int) -> int:
    """Say the last words of a command; where even that is impossible the exit code still stands."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _hush_stderr()
    return code


def _hush_stderr() -> None:
    """Messages that nobody can receive go nowhere: neither into the output nor over a file of ours."""
    sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # until the process ends
    os.set_inheritable(sys.stderr.fileno(), True)  # processes started from here have it as well
