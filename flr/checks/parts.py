"""How the checks name the parts of a liver."""

from __future__ import annotations

from typing import Final

from flr.labels import COUINAUD_KEYS
from flr.structures import NUMERALS

WITH_4: Final = tuple("12345678")
WITH_4AB: Final = ("1", "2", "3", "4a", "4b", "5", "6", "7", "8")

Point = tuple[float, float, float]
"""World position in RAS+ mm: x to the patient's right, y to the front, z to the head."""


def in_words(keys: list[str]) -> str:
    """Part keys as a reader says them, segments in Roman numerals."""
    segments = [NUMERALS[key[0]] + key[1:] for key in keys if key in COUINAUD_KEYS]
    others = [f"the {key.replace('_', ' ')}" for key in keys if key not in COUINAUD_KEYS]
    plural = "segments" if len(segments) > 1 else "segment"
    return ", ".join([f"{plural} {'/'.join(segments)}"] * bool(segments) + others)
