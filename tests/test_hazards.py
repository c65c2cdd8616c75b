"""The hazard log names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
LOG = CHECKOUT / "docs" / "hazards.md"
PROOF = re.compile(r"`(tests/test_\w+\.py)::(test_\w+)`")


def rows(text: str) -> list[list[str]]:
    """Cells of every row of every table, without headings."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in ("hazard",) and not set(row[0]) <= {"-"}]


@cache
def functions_of(path: str) -> frozenset[str]:
    file = CHECKOUT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", rows(LOG.read_text(encoding="utf-8")), ids=lambda row: row[0][:60])
def test_a_hazard_names_what_stands_in_its_way_and_a_test_that_exists(row: list[str]) -> None:
    assert len(row) == 3
    _, barrier, proof = row
    assert barrier
    named = PROOF.findall(proof)
    assert named, "no test is named"
    assert [f"{path}::{name}" for path, name in named if name not in functions_of(path)] == []


def test_the_log_is_read_whole() -> None:
    assert len(rows(LOG.read_text(encoding="utf-8"))) >= 50
    assert rows("| hazard | a | b |\n|---|---|---|\n| x | y | z |\n") == [["x", "y", "z"]]


def test_a_test_that_does_not_exist_is_found() -> None:
    assert "test_the_log_is_read_whole" in functions_of("tests/test_hazards.py")
    assert "test_of_nothing" not in functions_of("tests/test_hazards.py")
    assert functions_of("tests/test_of_nothing.py") == frozenset()
