"""The few unit conversions that the package needs; convert only at the edges."""

from __future__ import annotations

from typing import Final

MM3_PER_ML: Final = 1000.0
"""Cubic millimetres in a millilitre."""

DAYS_PER_WEEK: Final = 7.0

CM_PER_M: Final = 100.0

KG_PER_LB: Final = 0.45359237
"""International avoirdupois pound, exact by definition."""


def ml_from_mm3(volume_mm3: float) -> float:
    """Millilitres from cubic millimetres.

    >>> ml_from_mm3(2500.0)
    2.5
    """
    return volume_mm3 / MM3_PER_ML
