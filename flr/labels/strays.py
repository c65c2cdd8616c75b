"""Labels of a few voxels: slips of a brush that must not decide what all the others mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from numbers import Integral
from typing import Final

STRAY_SHARE: Final = 0.001
"""Labels that together hold less than this share of the labelled voxels are strays and choose no scheme."""


def voxels_of(values: Collection[int] | Mapping[int, int]) -> dict[int, int]:
    """Voxels of each label but the background; empty where only the labels are known."""
    if not isinstance(values, Mapping) or not all(isinstance(n, Integral) for n in values.values()):
        return {}
    return {int(value): int(number) for value, number in values.items() if value}


def strays_of(voxels: Mapping[int, int]) -> list[int]:
    """Labels, fewest voxels first, that together hold less than 0.1 % of the labelled voxels.

    >>> strays_of({1: 100_000, 2: 90_000, 9: 1})
    [9]
    """
    labelled, held = sum(voxels.values()), 0
    strays = []
    for value, count in sorted(voxels.items(), key=lambda pair: (pair[1], -pair[0])):
        held += count
        if held >= STRAY_SHARE * labelled:
            break
        strays.append(value)
    return strays


def describe_strays(strays: Collection[int], voxels: Mapping[int, int]) -> str:
    """The labels and their voxels, as the beginning of a sentence."""
    count, one = sum(voxels[v] for v in strays), len(strays) == 1
    return (
        f"{'label' if one else 'labels'} {listed(sorted(strays))} {'has' if one else 'have'} only {count} of"
        f" {sum(voxels.values())} labelled voxels"
    )


def listed(values: Sequence[int]) -> str:
    """The first dozen of some label values, for messages."""
    return ", ".join(str(v) for v in values[:12]) + (", …" if len(values) > 12 else "")
