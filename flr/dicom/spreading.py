"""Contours on every n-th slice: each stands for the distance to the next one.

Readers contour on every second or third slice and mean the organ between them too. So a region whose contours
lie n slices apart is laid on n slices around each of them, and its volume is area times distance. The same
comes out where the images are not at hand and planes lie n slices apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import gcd

import numpy as np

from flr.dicom.layers import Mask, MaskVoxels, continues, merged, pack
from flr.quality import CHECKS, QualityFinding

Areas = dict[int, dict[int, float]]
"""Region to plane to area. [mm²]"""

_MOST_MM = 10.0


def slices_per_contour(store: MaskVoxels) -> dict[int, int]:
    """How many slices a contour of each region stands for; 1 where contours lie on neighbouring slices.

    Contours that continue one another tell: where all of them are at least n slices apart, and whole
    multiples of n, they were drawn on every n-th slice. Lone contours go by the others of the file.

    Parameters
    ----------
    store : MaskVoxels
        On slices of which none is left out.
    """
    steps = {value: _steps(store, value) for value in store.values}
    drawn = sorted({k for value in store.values for k in store.planes_of(value)})
    common = gcd(*(step for own in steps.values() for step in own))
    if any((k - drawn[0]) % max(1, common) for k in drawn):
        common = 1
    found = {}
    for value, own in steps.items():
        n = min(own, default=common) or 1
        found[value] = n if all(step % n == 0 for step in own) else 1
    return found


def _steps(store: MaskVoxels, value: int) -> list[int]:
    """Slices from each contour of a region to the next one that continues it; only 1 where that occurs."""
    pairs = list(pairwise(store.planes_of(value)))
    if any(b - a == 1 and continues(store, value, a, b) for a, b in pairs):
        return [1]
    return [b - a for a, b in pairs if b - a > 1 and continues(store, value, a, b)]


def spread(store: MaskVoxels, slices_of: Mapping[int, int]) -> MaskVoxels:
    """Masks on all slices that each of them stands for."""
    n_k = store.shape[2]
    masks: list[Mask] = []
    for mask in store.masks:
        for k in _covered(mask.k, slices_of.get(mask.value, 1), n_k):
            masks.append(replace(mask, k=k))
    return MaskVoxels(store.shape, _united(masks))


def _united(masks: Sequence[Mask]) -> tuple[Mask, ...]:
    """At most one mask for each region and plane; those of neighbouring bodies may be of different size."""
    found: dict[tuple[int, int], list[Mask]] = {}
    for mask in masks:
        found.setdefault((mask.value, mask.k), []).append(mask)
    single = [of[0] for of in found.values() if len(of) == 1]
    return (
        *single,
        *merged(framed for of in found.values() if len(of) > 1 for framed in _in_one_frame(of))[0],
    )


def _in_one_frame(masks: Sequence[Mask]) -> list[Mask]:
    i = min(mask.corner[0] for mask in masks)
    j = min(mask.corner[1] for mask in masks)
    columns = max(mask.corner[0] + mask.shape[1] for mask in masks) - i
    rows = max(mask.corner[1] + mask.shape[0] for mask in masks) - j
    framed = []
    for mask in masks:
        plane = np.zeros((rows, columns), dtype=np.uint8)
        first = mask.corner[0] - i, mask.corner[1] - j
        plane[first[1] : first[1] + mask.shape[0], first[0] : first[0] + mask.shape[1]] = mask.unpacked()
        framed.append(replace(mask, bits=pack(plane), corner=(i, j), shape=(rows, columns)))
    return framed


def spread_areas(areas_mm2: Areas, slices_of: Mapping[int, int], n_k: int) -> Areas:
    """Areas on all slices that each contour stands for. [mm²]"""
    found: Areas = {}
    for value, per_plane in areas_mm2.items():
        own = found.setdefault(value, {})
        for at, mm2 in per_plane.items():
            for k in _covered(at, slices_of.get(value, 1), n_k):
                own[k] = own.get(k, 0.0) + mm2
    return found


def _covered(k: int, n: int, n_k: int) -> range:
    """The ``n`` slices around one, as far as there are any; of two middle ones the first is the contour's."""
    return range(max(0, k - (n - 1) // 2), min(n_k, k + n // 2 + 1))


def sparse_findings(
    slices_of: Mapping[int, int], names: Mapping[int, str], step_mm: float, name: str
) -> list[QualityFinding]:
    """``contours_sparse`` for regions whose contours stand for several slices.

    Parameters
    ----------
    slices_of : mapping of int to int
        Of :func:`slices_per_contour`.
    names : mapping of int to str
    step_mm : float
        From slice to slice. [mm]
    name : str
        Of the structure set, for messages.
    """
    by_n: dict[int, list[str]] = {}
    for value, n in slices_of.items():
        if n > 1:
            by_n.setdefault(n, []).append(names.get(value, f"region {value}"))
    findings = []
    for n, regions in sorted(by_n.items()):
        message = (
            f"{name}: {', '.join(regions)}: contours lie on every {_ordinal(n)} slice; each stands for"
            f" {n * step_mm:.4g} mm, and nobody drew what lies between"
        )
        severe = n * step_mm > _MOST_MM
        findings.append(CHECKS["contours_sparse"].finding(message, "error" if severe else "warning"))
    return findings


def unknown_step_findings(step_mm: float, continue_: bool, name: str) -> list[QualityFinding]:
    """``contours_sparse`` as an error where what a contour stands for is a guess.

    Without images, or a list of them, contours stand for the distance between them: too far to be believed
    above 10 mm, and no distance at all where no structure continues from one contour to another.
    """
    if continue_ and step_mm <= _MOST_MM:
        return []
    why = "no structure continues from one of them to another" if not continue_ else "that is far"
    message = (
        f"{name}: contours lie {step_mm:.4g} mm apart and {why}: whether slices were left out between them,"
        " and what thickness each stands for, is not known. Give the images too"
    )
    return [CHECKS["contours_sparse"].finding(message, "error")]


def _ordinal(n: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(n, f"{n}th")
