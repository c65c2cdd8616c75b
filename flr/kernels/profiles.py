"""Voxels of structures plane by plane along each index axis, and what such a profile gives away.

A liver that is whole begins and ends round: its first and last planes are small, and no plane between them is
empty. A flat end says that it was cut off, an empty plane that slices were lost.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flr.kernels.runs import Runs

Profile = NDArray[np.int64]

SHORT_GAP_VOXELS = 3
"""Gaps of up to so many voxels are counted by :func:`short_gap_voxels`."""

_BITS = np.array([value.bit_count() for value in range(256)], dtype=np.int64)
_SOLID_SHARE = 0.05
_SPECK_SHARE = 0.01
_LEAST_PLANES = 16
"""Planes that an organ shows its surface in at least, from which one can stand out."""
_LARGE = 1_000_000
"""Voxels from which some lines stand for all."""


class FlatEnd(NamedTuple):
    """A structure that begins or ends with a large plane.

    ``plane`` is its index, ``is_last`` whether it is the end with the higher index, ``share_percent`` its
    voxels in percent of those of the largest plane.
    """

    plane: int
    is_last: bool
    share_percent: float


class Step(NamedTuple):
    """A plane across an axis where much of a structure ends at once, wherever along the axis it lies.

    ``is_last`` tells whether it looks to the higher index, ``area_mm2`` how much of the surface lies in it,
    ``excess_mm2`` how much more than in the planes beside it, and ``thickness_mm`` how far such planes are
    apart.
    """

    plane: int
    is_last: bool
    area_mm2: float
    excess_mm2: float
    thickness_mm: float


class Gap(NamedTuple):
    """Planes ``start`` to ``stop`` (half-open) that are empty although the structure lies on both sides."""

    start: int
    stop: int


def plane_counts(runs: Runs, group: NDArray[np.int64], n_groups: int) -> tuple[Profile, Profile, Profile]:
    """Voxels of each group of runs on every plane along i, j and k.

    Parameters
    ----------
    runs : Runs
    group : ndarray of int, shape (runs,)
        Group of each run, from 0.
    n_groups : int

    Returns
    -------
    tuple of ndarray of int64
        Shapes (n_groups, n_i), (n_groups, n_j) and (n_groups, n_k).
    """
    n_i, n_j, n_k = runs.shape
    begins = np.bincount(group * (n_i + 1) + runs.i, minlength=n_groups * (n_i + 1))
    ends = np.bincount(group * (n_i + 1) + runs.i + runs.length, minlength=n_groups * (n_i + 1))
    along_i = np.cumsum((begins - ends).reshape(n_groups, n_i + 1), axis=1)[:, :n_i]
    along_j, along_k = (
        np.bincount(group * n + index, weights=runs.weight, minlength=n_groups * n).reshape(n_groups, n)
        for n, index in ((n_j, runs.j), (n_k, runs.k))
    )
    return along_i.astype(np.int64), along_j.astype(np.int64), along_k.astype(np.int64)


def slab_counts(runs: Runs, across: NDArray[np.float64], begin: float, width: float) -> Profile:
    """Voxels in slabs of equal width across some direction, whatever the order of the index axes.

    Parameters
    ----------
    runs : Runs
    across : ndarray, shape (3,)
        How far one step along i, j and k leads in that direction.
    begin, width : float
        Lower bound of the first slab at or below every voxel's centre, and the width of each, counted from
        the first voxel's centre like ``across``.
    """
    first = np.concatenate([[0], np.cumsum(runs.length)[:-1]])
    along = np.arange(int(runs.length.sum())) - np.repeat(first - runs.i, runs.length)
    at = np.repeat(runs.j * across[1] + runs.k * across[2], runs.length) + along * across[0]
    return np.bincount(((at - begin) / width).astype(np.int64)).astype(np.int64)


def short_gap_voxels(mask: NDArray[np.bool_], longest: int = SHORT_GAP_VOXELS) -> tuple[int, int, int]:
    """Voxels outside a mask, with the mask on both sides of a gap of a few voxels along i, j and k.

    Fissures and notches have few of them; a mask whose voxels, rows or slices were lost is full of them. In
    large masks every third row of lines is looked along, and stands for three.

    Parameters
    ----------
    mask : ndarray of bool, shape (i, j, k)
        Fastest in Fortran order.
    longest : int
        Voxels of the widest gap that counts.

    Examples
    --------
    >>> import numpy as np
    >>> comb = np.zeros((9, 1, 1), bool)
    >>> comb[::2] = True
    >>> short_gap_voxels(comb)
    (4, 0, 0)
    """
    every = 3 if mask.size > _LARGE else 1
    # Eight voxels a byte, side by side across the axis that is looked along.
    over_j, over_k = mask[:, ::every], mask[:, :, ::every]
    counts = []
    for packed in (
        np.packbits(over_k, axis=1),
        np.moveaxis(np.packbits(over_k, axis=0), 1, 0),
        np.moveaxis(np.packbits(over_j, axis=0), 2, 0),
    ):
        outside = ~packed
        found = 0
        for gap in range(1, min(longest, packed.shape[0] - 2) + 1):
            enclosed = packed[: -gap - 1] & packed[gap + 1 :]
            for step in range(1, gap + 1):
                enclosed &= outside[step : step + enclosed.shape[0]]
            found += gap * int(_BITS[enclosed[enclosed != 0]].sum())
        counts.append(found * every)
    return counts[0], counts[1], counts[2]


def exposed_counts(mask: NDArray[np.bool_]) -> tuple[tuple[Profile, Profile], ...]:
    """Voxels of a mask on every plane along i, j and k whose lower, and whose higher, neighbour is outside.

    What lies beyond the array is outside. In large masks every third row of lines is looked along, and stands
    for three.

    Parameters
    ----------
    mask : ndarray of bool, shape (i, j, k)
        Fastest in Fortran order.

    Examples
    --------
    >>> import numpy as np
    >>> stair = np.tril(np.ones((4, 4), bool))[:, :, None]
    >>> [counts.tolist() for counts in exposed_counts(stair)[0]]
    [[1, 1, 1, 1], [0, 0, 0, 4]]
    """
    every = 3 if mask.size > _LARGE else 1
    found = []
    for packed in (
        np.packbits(mask[:, :, ::every], axis=1),
        np.moveaxis(np.packbits(mask[:, :, ::every], axis=0), 1, 0),
        np.moveaxis(np.packbits(mask[:, ::every], axis=0), 2, 0),
    ):
        low, high = packed.copy(), packed.copy()
        low[1:] &= ~packed[:-1]
        high[:-1] &= ~packed[1:]
        found.append(tuple(every * _BITS[planes].sum(axis=(1, 2)) for planes in (low, high)))
    return tuple((low, high) for low, high in found)


def steps(exposed: tuple[Profile, Profile], spacing_mm: float, face_mm2: float) -> tuple[Step, ...]:
    """The largest step of a structure towards each end of an axis.

    A round body shows about as much of its surface in each plane as in the planes beside it; a body that was
    cut along a plane shows the whole cut in one. Planes that show nothing are passed over, so that slices
    that were stored several times count as one thick slice. Nothing is said where fewer than 16 planes show
    any: slices are too thick, or the body is a block.

    Parameters
    ----------
    exposed : tuple of two ndarray of int64, shape (planes,)
        Of :func:`exposed_counts`.
    spacing_mm, face_mm2 : float
        Distance of the planes, and area of a voxel in them.

    Examples
    --------
    >>> import numpy as np
    >>> round_end = np.full(20, 10)
    >>> cut = np.where(np.arange(20) == 15, 90, round_end)
    >>> steps((round_end, cut), 2.0, 1.0)[1]
    Step(plane=15, is_last=True, area_mm2=90.0, excess_mm2=80.0, thickness_mm=2.0)
    """
    found = []
    for is_last, counts in enumerate(exposed):
        planes = np.flatnonzero(counts)
        if planes.size < _LEAST_PLANES:
            continue
        shown = counts[planes]
        beside = np.pad(shown, 2)
        excess = shown - np.max([beside[:-4], beside[1:-3], beside[3:-1], beside[4:]], axis=0)
        at = int(excess.argmax())
        found.append(
            Step(
                int(planes[at]),
                bool(is_last),
                float(shown[at] * face_mm2),
                float(excess[at] * face_mm2),
                float(spacing_mm * np.median(np.diff(planes))),
            )
        )
    return tuple(found)


def between_percent(labels: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Share of the borders that lead through a thin layer of a number between those on its two sides.

    Where label maps were resampled like pictures and rounded, the way from 2 to 8 leads through 5. Lines are
    looked along on each axis, every third of them, or every ninth of a large map; layers of one and two
    voxels count, and their share of all steps from one number to another is given for i, j and k. [%]

    Parameters
    ----------
    labels : ndarray of uint8, shape (i, j, k)
        Fastest in Fortran order.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.array([0, 2, 2, 2, 5, 8, 8, 8, 4, 0], dtype=np.uint8).reshape(-1, 1, 1)
    >>> between_percent(line)  # 2 → 5 → 8 and 8 → 4 → 0, of five steps
    (40.0, 0.0, 0.0)
    """
    every = 9 if labels.size > _LARGE else 3
    along_i, along_j, along_k = labels[:, ::every], labels[:, :, ::every], labels[:, ::every]
    return (
        _between_share(along_i),
        _between_share(np.moveaxis(along_j, 1, 0)),
        _between_share(np.moveaxis(along_k, 2, 0)),
    )


def _between_share(lines: NDArray[np.uint8]) -> float:
    steps = lines[1:] != lines[:-1]
    n_steps = np.count_nonzero(steps)
    if not n_steps:
        return 0.0
    found = 0
    for thick in (1, 2):
        thin = steps[:-thick] & steps[thick:]
        if thick == 2:
            thin &= ~steps[1:-1]
        start, *others = np.unravel_index(np.flatnonzero(thin), thin.shape)
        before, within, behind = (
            lines[(start + more, *others)].astype(np.int16) for more in (0, 1, thick + 1)
        )
        found += int(np.count_nonzero((within > 0) & ((before - within) * (within - behind) > 0)))
    return float(100.0 * found / n_steps)


def flat_ends(profile: Profile, flat_share: float) -> tuple[FlatEnd, ...]:
    """Ends of a structure whose first solid plane is larger than round ends are.

    Parameters
    ----------
    profile : ndarray of int64, shape (planes,)
        Voxels on each plane.
    flat_share : float
        An end is flat when its plane holds more than this share of the largest one, follows on (next to)
        nothing, and would still hold half that share one plane further out, going by the step to the plane
        behind it: thick slices through a round end may be large, but they grow quickly.

    Examples
    --------
    >>> import numpy as np
    >>> flat_ends(np.array([0, 50, 90, 100, 60, 5]), 0.2)
    ()
    >>> flat_ends(np.array([0, 80, 90, 100, 60, 5]), 0.2)
    (FlatEnd(plane=1, is_last=False, share_percent=80.0),)
    """
    largest = int(profile.max(initial=0))
    if not largest:
        return ()
    found = []
    for is_last, counts in ((False, profile), (True, profile[::-1])):
        outside = np.concatenate([[0], counts[:-1]])
        inside = np.concatenate([counts[1:], [0]])
        flat = (
            (counts > flat_share * largest)
            & (outside <= _SPECK_SHARE * largest)
            & (2 * counts - inside > 0.5 * flat_share * largest)
        )
        found += [
            FlatEnd(
                profile.size - 1 - plane if is_last else plane,
                is_last,
                100.0 * float(counts[plane]) / largest,
            )
            for plane in np.flatnonzero(flat).tolist()
        ]
    return tuple(found)


def gaps(profile: Profile) -> tuple[Gap, ...]:
    """Stretches of planes that hold (next to) nothing between planes that hold much.

    Stray voxels count for nothing: a plane is empty up to 1 % of the largest one, and solid from 5 % on.

    Examples
    --------
    >>> import numpy as np
    >>> gaps(np.array([3, 40, 0, 0, 60, 90, 0, 1]))
    (Gap(start=2, stop=4),)
    """
    largest = int(profile.max(initial=0))
    solid = np.flatnonzero(profile > _SOLID_SHARE * largest)
    if not largest or solid.size < 2:
        return ()
    inner = profile[solid[0] : solid[-1] + 1] <= _SPECK_SHARE * largest
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inner, [False]]).astype(np.int8)))
    return tuple(Gap(int(a + solid[0]), int(b + solid[0])) for a, b in edges.reshape(-1, 2))
