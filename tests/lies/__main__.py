"""Print the table of lies: what each does, and what is said of it.

``python tests/lies`` tells every kind once about the phantom, in one of its formats, and prints the table of
``docs/lies.md``; ``--write`` puts it there. ``--record`` writes what this version of the package says into
``tests/lies/before.json``, the column of what was said before.
"""

from __future__ import annotations

import argparse
import json
import sys
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
    options = parser.parse_args()
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


if __name__ == "__main__":
    sys.exit(main())
