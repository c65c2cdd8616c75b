"""Print the table of lies: what each does, and what is said of it.

``python tests/lies`` tells every kind once about the phantom, in one of its formats, and prints the table of
``docs/lies.md``; ``--write`` puts it there. ``--record`` writes what this version of the package says into
``tests/lies/before.json``, the column of flags before.

``--real NAME --data FOLDER`` tells every kind once about a published map, where no lie may reassure if the
true map does not, and prints what was noticed of each, with the seconds that it took.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))


def main() -> int:
    """Run as a command."""
    from lies.run import LIES
    from lies.table import BEFORE, PAGE, answers, table, with_table

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/lies.md")
    parser.add_argument("--record", action="store_true", help="keep what this version says as 'before'")
    parser.add_argument("--real", metavar="NAME", help="tell the lies about this published map, e.g. LiTS-0")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where couinaud_lits lies")
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    if options.real:
        return _about_a_real_map(options.data, options.real, options.seed)
    found = answers(LIES.values())
    if options.record:
        said = {name: "refused" if one.refused else one.worst for name, one in found.items()}
        BEFORE.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return 0
    rows = table(found)
    if options.write:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")
    sys.stdout.write(rows)
    return 0


def _about_a_real_map(data: Path, name: str, seed: int) -> int:
    """One line per lie; 1 if any reassures where the true map does not, or with numbers that are off."""
    from lies.cases import real
    from lies.run import LIES, judge

    faults = equal = 0
    start = time.perf_counter()
    for lie in LIES.values():
        began = time.perf_counter()
        for verdict in judge([lie], real(data, name), seed=seed, carriers=1, strict=False):
            faults += bool(verdict.fault)
            said = "refused" if verdict.answer.refused else ", ".join(sorted(verdict.answer.noticed)) or "-"
            fault = f" FAULT {verdict.fault}" if verdict.fault else ""
            if verdict.equal:
                equal += 1
                fault = f" true flag, numbers within their error: {verdict.equal}"
            seconds = time.perf_counter() - began
            sys.stdout.write(f"{seconds:6.1f} s  {lie.name}, {verdict.carrier}: {said}{fault}\n")
            sys.stdout.flush()
    seconds = time.perf_counter() - start
    sys.stdout.write(
        f"{len(LIES)} lies about {name} in {seconds:.0f} s: {faults} faults, {equal} with the true flag and"
        " every number within the error stated of it\n"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
