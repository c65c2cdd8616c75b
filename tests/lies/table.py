"""The table of lies, as it stands in ``docs/lies.md``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from lies.cases import Answer, phantom
from lies.run import LIES, tell
from lies.telling import Lie

HERE = Path(__file__).resolve().parent
BEFORE = HERE / "before.json"
PAGE = HERE.parents[1] / "docs" / "lies.md"

_BEGIN, _END = "<!-- table -->\n", "<!-- end of table -->\n"
_HEAD = (
    "| lie | what it does | formats | flag before | detected by | flag now |",
    "|---|---|---|---|---|---|",
)


def answers(lies: Iterable[Lie]) -> dict[str, Answer]:
    """What is said of each lie about the phantom, in the first of its formats."""
    case = phantom()
    return {lie.name: tell(lie, case, lie.carriers[0], seed=0) for lie in lies}


def table(found: Mapping[str, Answer]) -> str:
    """One row per lie that was told."""
    before = json.loads(BEFORE.read_text(encoding="utf-8")) if BEFORE.is_file() else {}
    return "\n".join([*_HEAD, *(_row(LIES[name], one, before) for name, one in found.items())]) + "\n"


def _row(lie: Lie, said: Answer, before: Mapping[str, str]) -> str:
    formats = "all" if len(lie.carriers) >= 9 else ", ".join(lie.carriers)
    noticed = "refused" if said.refused else ", ".join(f"`{key}`" for key in sorted(said.noticed)) or "–"
    flag = "–" if said.refused else f"`{said.worst}`" if said.worst else "as without it"
    earlier = before.get(lie.name, "–")
    earlier = earlier if earlier in ("–", "refused") else f"`{earlier}`"
    return f"| {lie.name} | {lie.does} | {formats} | {earlier} | {noticed} | {flag} |"


def with_table(page: str, rows: str) -> str:
    """A page with its table replaced."""
    head, rest = page.split(_BEGIN)
    return f"{head}{_BEGIN}{rows}{_END}{rest.split(_END)[1]}"


def names_in(page: str) -> list[str]:
    """The lies that a page lists."""
    rows = page.split(_BEGIN)[1].split(_END)[0].splitlines()[2:]
    return [row.strip("|").split("|")[0].strip() for row in rows]


def rows_in(page: str) -> dict[str, str]:
    """Each row of a page's table by the name of its lie."""
    rows = page.split(_BEGIN)[1].split(_END)[0].splitlines()[2:]
    return {row.strip("|").split("|")[0].strip(): row for row in rows}
