"""The lowest versions that pyproject.toml declares, one a line, for pip.

    .ci/lowest.py pyproject.toml [NAME...]

Core requirements become ``name==lowest``; NAMEs are taken from the extra ``test`` beside them.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?)\s*>=\s*([\w.]+)")


def lowest(requirements: Iterable[str]) -> Iterator[str]:
    """``name==version`` of each ``name>=version``; any other form is refused, so that none is left out."""
    for text in requirements:
        match = _REQUIREMENT.fullmatch(text.strip())
        if match is None:
            raise SystemExit(f"pyproject.toml requires {text!r}; expected NAME>=VERSION and nothing else")
        yield f"{match[1]}=={match[2]}"


def main(path: str, *names: str) -> None:
    project = tomllib.loads(Path(path).read_text(encoding="utf-8"))["project"]
    extra = [t for t in project["optional-dependencies"]["test"] if re.split(r"[\[>=<~! ]", t)[0] in names]
    if len(extra) != len(names):
        raise SystemExit(f"not all of {', '.join(names)} are in the extra 'test'; it has {extra}")
    print("\n".join(lowest([*project["dependencies"], *extra])))


if __name__ == "__main__":
    main(*sys.argv[1:])
