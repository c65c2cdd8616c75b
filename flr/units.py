"""The few unit conversions that the package needs; convert only at the edges."""

from __future__ import annotations

from typing import Final

MM3_PER_ML: Final = 1000.0
"""Cubic millimetres in a millilitre."""

DAYS_PER_WEEK: Final = 7.0

CM_PER_M: Final = 100.0
