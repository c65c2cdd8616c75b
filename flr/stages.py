"""What a long computation is doing, in words for whoever waits; silent until somebody listens.

A library says nothing. A command listens and puts what takes longer on its standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

STAGES: Final = {
    "read": "reading the inputs ({count})",
    "check": "measuring the liver and checking it",
    "plan": "plan {number} of {count}: volumes, margins, blood supply",
    "territories": "dividing the liver by its vessels",
    "boundaries": "measuring how far the borders may be off",
    "grade": "grading {count} plans",
    "space": "building the candidates",
    "rank": "counting and ranking the candidates",
    "candidates": "assessing {count} candidates",
    "pack": "packing labels, distances from tumours and surfaces",
    "pictures": "drawing pictures and writing the report",
}
"""What is told, by key; never a name of a file, a case or a person."""

_listeners: list[Callable[[str], None]] = []


def stage(key: str, **numbers: int) -> None:
    """Tell the listener, if there is one, which step begins."""
    if _listeners:
        _listeners[-1](STAGES[key].format(**numbers))


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Have a listener told of every step."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
