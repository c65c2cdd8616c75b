"""Checks of a drawn remnant and resection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.checks.wholeness import lost_planes, porous_findings
from flr.quality import CHECKS, QualityFinding, Severity

_OUTSIDE_PERCENT: Final = (5.0, 20.0)
_DRAWN_WORDS: Final = {"flr": "the drawn remnant", "resected": "the drawn resection"}
_SHARED_PERCENT: Final = 1.0


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
