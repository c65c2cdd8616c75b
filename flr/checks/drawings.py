"""Checks of how maps were drawn: labels resampled like pictures, a drawn remnant and resection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.checks.wholeness import lost_planes, porous_findings
from flr.kernels.profiles import between_percent
from flr.quality import CHECKS, QualityFinding, Severity

_BETWEEN_PERCENT: Final = 12.0
_FINE_MM: Final = 6.0
_OUTSIDE_PERCENT: Final = (5.0, 20.0)
_DRAWN_WORDS: Final = {"flr": "the drawn remnant", "resected": "the drawn resection"}
_SHARED_PERCENT: Final = 1.0


def interpolation_findings(
    parts: NDArray[np.uint8], spacing_mm: Sequence[float]
) -> tuple[QualityFinding, ...]:
    """``labels_interpolated`` where labels were resampled like pictures: between 2 and 8 lies a shell of 5.

    Parameters
    ----------
    parts : ndarray of uint8, shape (i, j, k)
        Parts of the liver in the order of their labels, 0 outside.
    spacing_mm : sequence of three float
        Along an axis of thick slices true segments are layers too: it is left out where others are finer.
        [mm]

    Notes
    -----
    Of the borders in published Couinaud maps and their subsampled copies at most 3.7 % led through a layer
    of one or two voxels with a number between; of those in maps interpolated linearly, by splines or by a
    mean, onto shifted, finer and coarser voxels, at least 27 %.
    """
    fine = [share for share, mm in zip(between_percent(parts), spacing_mm, strict=True) if mm <= _FINE_MM]
    percent = max(fine or between_percent(parts))
    if not percent > _BETWEEN_PERCENT:
        return ()
    message = (
        f"{percent:.0f} % of the borders between labels lead through a layer of one or two voxels with a"
        " number between theirs: the map was resampled like a picture, and rounded"
    )
    return (CHECKS["labels_interpolated"].finding(message),)


def drawn_findings(
    drawn: Mapping[str, NDArray[np.bool_]],
    organ: NDArray[np.bool_],
    voxel_volume_ml: float,
    *,
    orientation: str | None = None,
) -> tuple[QualityFinding, ...]:
    """Whether a drawn remnant and resection are whole, in the liver, and at one with each other.

    Parameters
    ----------
    drawn : mapping of str to ndarray of bool, shape (i, j, k)
        ``"flr"`` and ``"resected"``, as far as they are drawn.
    organ : ndarray of bool, shape (i, j, k)
        The whole liver.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    orientation : str, optional
        The grid's three orientation letters.
    """
    findings: list[QualityFinding] = []
    within = {}
    for key, mask in drawn.items():
        name = _DRAWN_WORDS.get(key, key)
        within[key] = mask & organ
        whole, inside = np.count_nonzero(mask), np.count_nonzero(within[key])
        share = 100.0 * (whole - inside) / whole if whole else 0.0
        if share > _OUTSIDE_PERCENT[0]:
            message = (
                f"{(whole - inside) * voxel_volume_ml:.1f} mL ({share:.1f} %) of {name} lie outside the liver"
                " and count for nothing"
            )
            severity: Severity = "error" if share > _OUTSIDE_PERCENT[1] else "warning"
            findings.append(CHECKS["drawn_outside_liver"].finding(message, severity))
        findings += _lost_in_drawing(name, within[key], voxel_volume_ml, orientation)
    if {"flr", "resected"} <= within.keys():
        shared = np.count_nonzero(within["flr"] & within["resected"])
        percent = 100.0 * shared / max(1, int(np.count_nonzero(organ)))
        if percent > _SHARED_PERCENT:
            message = (
                f"the drawn remnant and the drawn resection share {shared * voxel_volume_ml:.1f} mL"
                f" ({percent:.1f} % of the liver): what stays cannot leave"
            )
            findings.append(CHECKS["drawn_masks_overlap"].finding(message))
    return tuple(findings)


def _lost_in_drawing(
    name: str, mask: NDArray[np.bool_], voxel_volume_ml: float, orientation: str | None
) -> Iterator[QualityFinding]:
    """``empty_slices``, else ``mask_porous``, of a drawn part of the liver, perhaps in several pieces."""
    lost = tuple(lost_planes(name, mask, voxel_volume_ml, orientation))
    yield from lost or porous_findings(mask, voxel_volume_ml, name=name)
