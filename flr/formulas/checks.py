"""Guards that every equation shares: a number must be finite, positive and within the stated range."""

from __future__ import annotations

import math

from flr.errors import CriterionError


def positive(value: float, name: str) -> float:
    """Give ``value`` back if it is finite and above zero.

    Raises
    ------
    CriterionError
        If it is not.

    >>> positive(70.0, "weight_kg")
    70.0
    """
    if not (math.isfinite(value) and value > 0):
        raise CriterionError(f"{name} is {value}; expected a finite number above 0")
    return float(value)


def within(value: float, name: str, *, low: float, high: float, source: str) -> float:
    """Give ``value`` back if it is finite and ``low <= value <= high``.

    Raises
    ------
    CriterionError
        If it is not; the message names the ``source`` that does not support the value.

    >>> within(1.8, "bsa_m2", low=1.2, high=math.inf, source="Vauthey 2002")
    1.8
    """
    positive(value, name)
    if not low <= value <= high:
        wanted = f"at least {low:g}" if math.isinf(high) else f"{low:g} to {high:g}"
        raise CriterionError(
            f"{name} is {value:.4g}; {source} is supported for {wanted} here: "
            "check the units, or use a formula made for this body size"
        )
    return float(value)
