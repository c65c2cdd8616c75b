"""Headlines without the numbers that they begin with."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"(Perfused )?FLR \d+(\.\d+)? mL(, .*? minimum [^()]*\([^()]*\))?\. ")


def after_numbers(headline: str) -> str:
    """The sentences of a headline; it has to begin with numbers, and what follows them is returned."""
    numbers = _NUMBERS.match(headline)
    assert numbers is not None, f"no numbers first: {headline}"
    return headline[numbers.end() :]
