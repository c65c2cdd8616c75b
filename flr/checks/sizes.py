"""Checks of volumes and voxel sizes: against adult livers, the body, the image and each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.checks.parts import in_words
from flr.geometry import Grid
from flr.quality import CHECKS, QualityFinding

SIZE_RATIO_NOTABLE: Final = (0.6, 1.6)
SIZE_RATIO_POSSIBLE: Final = (0.45, 2.2)
DONOR_SIZE_RATIO: Final = SIZE_RATIO_NOTABLE
"""Functional liver as a multiple of the standard volume: outside the first a warning, outside the second an
error, and in a living donor outside the third (policy)."""

_TOTAL_ML: Final = (400.0, 5000.0)
_MOST_TOTAL_ML: Final = 15_000.0
# How far tissue spreads along right, front and head against the mean of the other two directions (policy):
# the range in 197 published livers, widened by about a tenth.
_SPREAD: Final = ((0.75, 2.0), (0.55, 1.65), (0.52, 1.22))
# Beyond these lie 3 of 100 of them on either side: together with a size that is notable, too many reasons.
_SPREAD_USUAL: Final = ((0.9, 1.58), (0.7, 1.42), (0.59, 1.07))
_SPREAD_WORDS: Final = ("from left to right", "from front to back", "from head to foot")
_LONG_TOO: Final = " It is unusually long or short one way, too: is the distance of its slices right?"
_SUM_PERCENT: Final = (98.0, 102.0)
_SUM_POSSIBLE_PERCENT: Final = (90.0, 110.0)
_OVERLAP_PERCENT: Final = 1.0
_TUMOUR_PERCENT: Final = 50.0
_SAME_THICKNESS_MM: Final = 0.05
_MOST_INTERPOLATED_MM: Final = 10.0
_SAME_SIDE: Final = 1e-3


def total_findings(total_ml: float, *, nonfunctional_ml: float = 0.0) -> tuple[QualityFinding, ...]:
    """``total_implausible`` when a liver is smaller than 400 or larger than 5000 mL.

    Cysts and other nonfunctional tissue make a liver larger, but no piece of a liver a whole one: it has to
    reach 400 mL without them. [mL]

    >>> [f.check for f in total_findings(151.2)], total_findings(1500.0)
    (['total_implausible'], ())
    """
    solid_ml = total_ml - nonfunctional_ml
    if total_ml <= _TOTAL_ML[1] and solid_ml >= _TOTAL_ML[0]:
        return ()
    if nonfunctional_ml > 0.0 and _TOTAL_ML[0] <= total_ml <= _TOTAL_ML[1]:
        return (
            CHECKS["total_implausible"].finding(
                f"the liver measures {solid_ml:.0f} mL without {nonfunctional_ml:.0f} mL of nonfunctional"
                " tissue; adult livers lie between 400 and 5000 mL: check voxel size and labels",
                "error",
            ),
        )
    return (
        CHECKS["total_implausible"].finding(
            f"the liver measures {total_ml:.0f} mL; adult livers lie between 400 and 5000 mL: "
            "check voxel size and labels",
            "error",
        ),
    )


def with_large_total_explained(
    findings: Iterable[QualityFinding], *, total_ml: float, functional_ml: float, expected_ml: float | None
) -> tuple[QualityFinding, ...]:
    """Findings in which a liver above 5000 mL is a warning where its tumours and cysts make it so large.

    Parameters
    ----------
    findings : iterable of QualityFinding
    total_ml, functional_ml : float
        Whole liver, and without tumour and other nonfunctional tissue. [mL]
    expected_ml : float or None
        Standard volume of the body; where it is not known nothing is explained. [mL]

    Notes
    -----
    What works of the liver must lie within 0.6 to 1.6 of the standard volume: a lost voxel size or exchanged
    labels would move it as well. Above 15 litres no liver is believed (policy).

    Examples
    --------
    >>> found = total_findings(6000.0)
    >>> [f.severity for f in with_large_total_explained(found, total_ml=6000, functional_ml=1500,
    ...                                                 expected_ml=1510)]
    ['warning']
    """
    low, high = SIZE_RATIO_NOTABLE
    explained = (
        expected_ml is not None
        and _TOTAL_ML[1] < total_ml <= _MOST_TOTAL_ML
        and low <= functional_ml / expected_ml <= high
    )
    if not explained:
        return tuple(findings)
    message = (
        f"the liver measures {total_ml:.0f} mL, {total_ml - functional_ml:.0f} mL of it tumour, cysts or "
        f"other tissue that does not work; the other {functional_ml:.0f} mL fit the body: look at the labels"
    )
    large = CHECKS["total_implausible"].finding(message, "warning")
    return tuple(large if one.check == "total_implausible" else one for one in findings)


def size_findings(
    functional_ml: float,
    standard_ml: float,
    *,
    donor: bool = False,
    small_is_explained: bool = False,
    unusually_long: bool = False,
) -> tuple[QualityFinding, ...]:
    """``liver_size_against_body``: the functional liver against the standard volume of the body.

    Parameters
    ----------
    functional_ml : float
        Measured, without tumour and other nonfunctional tissue. [mL]
    standard_ml : float
        Vauthey 2002, of the Mosteller body surface. [mL]
    donor : bool
        A living donor, whose healthy liver fits the body more closely.
    small_is_explained : bool
        After a hepatectomy, or where the volume is a lower bound: a small liver is then a warning at most.
    unusually_long : bool
        The shape is unusual too (:func:`is_unusually_long`): a wrong slice distance explains both.

    Notes
    -----
    The bounds are policy. Healthy livers measured 594 to 2250 mL (Feng 2017, doi:10.3748/wjg.v23.i27.4968);
    polycystic ones without their cysts 1.01 ± 0.18 (men) and 1.05 ± 0.22 (women) of the standard volume
    (Hogan 2015, doi:10.1016/j.cgh.2014.07.051).

    Examples
    --------
    >>> [f.severity for f in size_findings(650.0, 1509.7)], [f.severity for f in size_findings(850.0, 1509.7)]
    (['error'], ['warning'])
    >>> size_findings(1500.0, 1509.7)
    ()
    """
    ratio = functional_ml / standard_ml
    low, high = SIZE_RATIO_NOTABLE
    if low <= ratio <= high:
        return ()
    least, most = DONOR_SIZE_RATIO if donor else SIZE_RATIO_POSSIBLE
    if unusually_long:
        least, most = SIZE_RATIO_NOTABLE
    error = ratio > most or (ratio < least and not small_is_explained)
    cause = "half a liver, a lost voxel size" if ratio < 1.0 else "a wrong label, a lost voxel size"
    return (
        CHECKS["liver_size_against_body"].finding(
            f"the functional liver measures {functional_ml:.0f} mL, {ratio:.2f} of the {standard_ml:.0f} mL "
            f"expected of this body (0.6 to 1.6; Korean and Chinese formulas give about 0.8 of it): "
            f"{cause}, or "
            f"another weight or height?{_LONG_TOO if unusually_long else ''}",
            "error" if error else "warning",
        ),
    )


def shape_findings(
    spread_mm: Sequence[float] | None, *, after_resection: bool = False
) -> tuple[QualityFinding, ...]:
    """``liver_stretched`` where the liver is too long or too short one way for the other two.

    Parameters
    ----------
    spread_mm : sequence of three float, or None
        Standard deviation of the tissue along right, front and head; None where it is not known. [mm]
    after_resection : bool
        An earlier hepatectomy changes the shape; then a warning.

    Notes
    -----
    The bounds are policy. The spread against the geometric mean of the other two is 0.83 to 1.80 (left to
    right), 0.62 to 1.49 (front to back) and 0.57 to 1.17 (head to foot) in 197 published maps and masks.

    Examples
    --------
    >>> shape_findings((42.0, 41.0, 32.0))
    ()
    >>> shape_findings((42.0, 41.0, 64.0))[0].message.partition(":")[0]
    'the liver is 1.54 times as long from head to foot as the other ways (whole ones 0.52 to 1.22)'
    """
    if spread_mm is None:
        return ()
    strange = []
    for axis, (ratio, (least, most)) in enumerate(zip(_lengths(spread_mm), _SPREAD, strict=True)):
        if not least <= ratio <= most:
            beyond = max(least / ratio, ratio / most)
            strange.append((beyond, _SPREAD_WORDS[axis], ratio, least, most))
    if not strange:
        return ()
    _, words, ratio, least, most = max(strange)
    message = (
        f"the liver is {ratio:.2f} times as long {words} as the other ways (whole ones {least:g} to"
        f" {most:g}): slices are stored twice or lost, or their distance is wrong"
    )
    return (CHECKS["liver_stretched"].finding(message, "warning" if after_resection else "error"),)


def is_unusually_long(spread_mm: Sequence[float] | None) -> bool:
    """Whether a liver is so long, or so short, one way as only 3 of 100 are.

    >>> is_unusually_long((42.0, 41.0, 32.0)), is_unusually_long((42.0, 41.0, 48.0))
    (False, True)
    """
    return spread_mm is not None and any(
        not least <= ratio <= most
        for ratio, (least, most) in zip(_lengths(spread_mm), _SPREAD_USUAL, strict=True)
    )


def _lengths(spread_mm: Sequence[float]) -> list[float]:
    """The spread along each axis against the mean of the other two."""
    return [spread_mm[axis] / (spread_mm[axis - 1] * spread_mm[axis - 2]) ** 0.5 for axis in range(3)]


def polycystic_findings(nonfunctional_ml: float, *, polycystic: bool) -> tuple[QualityFinding, ...]:
    """``polycystic_cysts_not_drawn``: a polycystic liver without any nonfunctional tissue.

    Parameters
    ----------
    nonfunctional_ml : float
        Cysts and whatever else is subtracted. [mL]
    polycystic : bool
        Whether the liver is stated to be polycystic.

    Examples
    --------
    >>> [f.severity for f in polycystic_findings(0.0, polycystic=True)]
    ['error']
    """
    if not polycystic or nonfunctional_ml > 0.0:
        return ()
    said = "the liver is polycystic, and none of its cysts is drawn: its functional volume is not known"
    return (CHECKS["polycystic_cysts_not_drawn"].finding(said, "error"),)


def tumour_fraction_findings(nonfunctional_ml: float, total_ml: float) -> tuple[QualityFinding, ...]:
    """``tumour_fraction_high`` when tumour and other non-functional tissue exceed half of the liver.

    Parameters
    ----------
    nonfunctional_ml : float
        Tumour plus other non-functional tissue (TV). [mL]
    total_ml : float
        Whole liver. [mL]
    """
    if not (total_ml > 0 and 100.0 * nonfunctional_ml / total_ml > _TUMOUR_PERCENT):
        return ()
    return (
        CHECKS["tumour_fraction_high"].finding(
            f"{nonfunctional_ml:.0f} of {total_ml:.0f} mL ({100.0 * nonfunctional_ml / total_ml:.1f} %) are "
            "tumour or other non-functional tissue; check that the labels were not exchanged"
        ),
    )


def spacing_findings(
    maps: Mapping[str, Grid], images: Mapping[str, Grid] | None = None
) -> tuple[QualityFinding, ...]:
    """``image_spacing_differs`` where two grids have one matrix and different voxel sizes.

    Parameters
    ----------
    maps : mapping of str to Grid
        Whole grids of the label maps by name; each is compared with the first.
    images : mapping of str to Grid, optional
        Whole grids of the images at hand. A map that fits one of them is not compared with the others, which
        may be other scans of the same matrix.

    Examples
    --------
    >>> import numpy as np
    >>> fine, coarse = (Grid((20, 30, 10), np.diag([mm, mm, 2.5, 1.0])) for mm in (0.7, 1.0))
    >>> [f.check for f in spacing_findings({"segments": coarse}, {"ct": fine})]
    ['image_spacing_differs']
    """
    findings = []
    (first_name, first), *_ = maps.items()
    for name, grid in maps.items():
        alike = {other: its for other, its in (images or {}).items() if _same_matrix(grid, its)}
        if any(_same_voxel_size(grid, its) for its in alike.values()):
            alike = {}
        if _same_matrix(grid, first) and not _same_voxel_size(grid, first):
            alike[first_name] = first
        for other, its in list(alike.items())[:1]:
            message = (
                f"{name} ({grid.describe()}) has the matrix of {other} ({its.describe()}) and another voxel"
                " size: one of them lost its own"
            )
            findings.append(CHECKS["image_spacing_differs"].finding(message))
    return tuple(findings)


def _same_matrix(one: Grid, other: Grid) -> bool:
    """Whether two grids have as many voxels along each axis, in whatever order."""
    return sorted(one.shape) == sorted(other.shape)


def _same_voxel_size(one: Grid, other: Grid) -> bool:
    """Whether axes of as many voxels have equal steps, to 0.1 %, whatever their order and direction."""
    mine, theirs = (
        [side for _, side in sorted(zip(grid.shape, grid.spacing_mm, strict=True))] for grid in (one, other)
    )
    return bool(np.allclose(mine, theirs, rtol=_SAME_SIDE, atol=0.0))


def segment_sum_findings(segments_ml: float, liver_ml: float) -> tuple[QualityFinding, ...]:
    """``segments_do_not_sum`` when drawn segments are outside 98–102 % of a drawn liver mask. [mL]"""
    if not liver_ml > 0:
        return ()
    share = 100.0 * segments_ml / liver_ml
    if _SUM_PERCENT[0] <= share <= _SUM_PERCENT[1]:
        return ()
    return (
        CHECKS["segments_do_not_sum"].finding(
            f"the segments hold {segments_ml:.1f} mL, {share:.1f} % of the liver mask's {liver_ml:.1f} mL; "
            "expected 98–102 %",
            "warning" if _SUM_POSSIBLE_PERCENT[0] <= share <= _SUM_POSSIBLE_PERCENT[1] else "error",
        ),
    )


def overlap_findings(
    shared_ml: float, total_ml: float, ranges_ml: Mapping[str, tuple[float, float, float]]
) -> tuple[QualityFinding, ...]:
    """``overlap_resolved`` where voxels lay in more than one segment of a liver of ``total_ml``.

    Parameters
    ----------
    shared_ml, total_ml : float
        [mL]
    ranges_ml : mapping of str to tuple of three float
        By part key what it holds without all that it shares, as it is counted, and with all of it. [mL]
    """
    if not shared_ml > 0.0:
        return ()
    share = 100.0 * shared_ml / total_ml
    ranges = ", ".join(
        f"{in_words([key])} {counted:.1f} mL ({least:.1f}–{most:.1f})"
        for key, (least, counted, most) in ranges_ml.items()
    )
    return (
        CHECKS["overlap_resolved"].finding(
            f"{shared_ml:.2f} mL ({share:.2f} % of the liver) lay in more than one segment and was shared out"
            f" equally: {ranges}",
            "error" if share > _OVERLAP_PERCENT else "warning",
        ),
    )


def slice_weight_findings(
    slice_weights_mm: NDArray[np.float64] | None, first: int, stop: int
) -> tuple[QualityFinding, ...]:
    """``slices_uneven_in_liver`` when slices that hold liver stand for different thicknesses.

    Parameters
    ----------
    slice_weights_mm : ndarray, shape (slices,), or None
        Thickness that each slice stands for; None where all are even. [mm]
    first, stop : int
        Half-open range of the slices that hold liver.
    """
    if slice_weights_mm is None:
        return ()
    inside = slice_weights_mm[first:stop]
    thinnest, thickest = float(inside.min()), float(inside.max())
    if thickest - thinnest <= _SAME_THICKNESS_MM:
        return ()
    return (
        CHECKS["slices_uneven_in_liver"].finding(
            f"slices that hold liver stand for {thinnest:.4g} to {thickest:.4g} mm each: its volume is"
            " interpolated where slices are missing or uneven, and distances cannot be measured",
            "error" if thickest > _MOST_INTERPOLATED_MM else "warning",
        ),
    )


def refused_by_strict(quality: Collection[QualityFinding]) -> tuple[str, ...]:
    """What a strict reading refuses, in words: every error, and slices that are uneven inside the liver."""
    return tuple(
        f"{finding.check}: {finding.message}"
        for finding in quality
        if finding.severity == "error" or finding.check == "slices_uneven_in_liver"
    )
