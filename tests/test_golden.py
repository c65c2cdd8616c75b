"""Every kind of document holds what its golden file holds: same keys in the same order, same values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from golden_cases import CASES, GOLDEN, document, faults, plain


@pytest.mark.parametrize("name", CASES)
def test_a_document_is_its_golden_file(name: str) -> None:
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    found = list(faults(golden, plain(document(name))))
    assert not found, (
        "\n".join(found[:20]) + "\nif every change is meant: python tests/golden_cases.py, and read the diff"
    )


@pytest.mark.parametrize(
    ("golden", "now", "fault"),
    [
        ({"a": 1.0}, {"a": 1.0, "new": 2}, ""),
        ({"a": 1.0}, {"b": 1.0}, "keys"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "keys"),
        ({"a": [1.0]}, {"a": [1.0, 2.0]}, "a: "),
        ({"a": {"b": 1.0}}, {"a": {"b": 1.00001}}, "a.b"),
        ({"a": 1}, {"a": True}, "a: "),
        ({"a": None}, {"a": 0.0}, "a: "),
        ({"a": 1.0}, {"a": 1}, "a: "),
    ],
)
def test_a_changed_document_is_noticed(golden: Any, now: Any, fault: str) -> None:
    found = "\n".join(faults(golden, now))
    assert fault in found
    assert bool(found) == bool(fault)
