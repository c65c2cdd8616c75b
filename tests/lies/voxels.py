"""Lies that lie in the voxels: exchanged, turned, cut, emptied, doubled, displaced."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from flr.geometry import Grid
from lies.carriers import ALL, NAMED, NUMBERS
from lies.cases import Case
from lies.telling import lie

Random = np.random.Generator

PAIRS = tuple(combinations(range(1, 9), 2))
MISPLACED = "shifted_labels mirrored_anatomy"
EXCHANGED = f"{MISPLACED} segment_share_implausible"


def renumbered(case: Case, of: dict[int, int]) -> Case:
    """The case with labels replaced."""
    table = np.arange(256, dtype=np.uint8)
    for old, new in of.items():
        table[old] = new
    return replace(case, segments=table[case.segments])


def world(grid: Grid) -> NDArray[np.float64]:
    """Position of every voxel centre, shape (i, j, k, 3). [mm, RAS]"""
    return _world(grid.shape, grid.index_to_world_mm.tobytes())


@lru_cache(maxsize=2)
def _world(shape: tuple[int, int, int], affine: bytes) -> NDArray[np.float64]:
    steps = np.frombuffer(affine).reshape(4, 4)
    along = [np.arange(n).reshape(np.roll((-1, 1, 1), axis)) for axis, n in enumerate(shape)]
    at = np.stack(
        [sum((steps[row, axis] * along[axis] for axis in range(3)), steps[row, 3]) for row in range(3)],
        axis=-1,
    )
    at.setflags(write=False)
    return at


def depth_mm(case: Case, label: int | None = None) -> NDArray[np.float64]:
    """How deep each voxel lies inside a segment, or the liver; 0 outside. [mm]"""
    from scipy import ndimage

    inside = case.segments > 0 if label is None else case.segments == label
    depth = np.zeros(inside.shape)
    (box,) = ndimage.find_objects(inside.view(np.uint8))
    wider = tuple(slice(max(side.start - 1, 0), side.stop + 1) for side in box)
    depth[wider] = ndimage.distance_transform_edt(inside[wider], sampling=case.grid.spacing_mm)
    return depth


def beyond_mm(case: Case, label: int) -> NDArray[np.float64]:
    """How far each voxel of the liver lies from a segment. [mm]"""
    from scipy import ndimage

    away = np.full(case.segments.shape, np.inf)
    (box,) = ndimage.find_objects((case.segments > 0).view(np.uint8))
    away[box] = ndimage.distance_transform_edt(case.segments[box] != label, sampling=case.grid.spacing_mm)
    return away


def body_axis(grid: Grid, axis: int) -> tuple[int, bool]:
    """The index axis that runs most along a world axis, and whether it runs towards +."""
    steps = grid.index_to_world_mm[axis, :3] / np.array(grid.spacing_mm)
    index = int(np.argmax(np.abs(steps)))
    return index, bool(steps[index] > 0)


def filled(mask: NDArray[np.generic], axis: int) -> tuple[int, int]:
    """The half-open range of planes that hold something."""
    planes = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
    return int(planes[0]), int(planes[-1]) + 1


def with_segments(case: Case, segments: NDArray[np.generic]) -> Case:
    return replace(case, segments=np.ascontiguousarray(segments, dtype=np.uint8))


def ball(case: Case, centre_mm: NDArray[np.float64], radius_mm: float) -> NDArray[np.bool_]:
    return np.asarray(((world(case.grid) - centre_mm) ** 2).sum(axis=-1) <= radius_mm**2)


def middle_mm(case: Case, labels: tuple[int, ...] = tuple(range(1, 9))) -> NDArray[np.float64]:
    index = np.argwhere(np.isin(case.segments, labels)).mean(axis=0)
    return np.asarray(case.grid.world_mm(index))


def extent_mm(case: Case, axis: int) -> tuple[float, float]:
    """From where to where the liver reaches along a world axis. [mm]"""
    at = case.grid.world_mm(np.argwhere(case.segments > 0))[:, axis]
    return float(at.min()), float(at.max())


# --- labels exchanged ---------------------------------------------------------------------------


@lie("two segments exchanged", "any two of the eight labels change places", "names", EXCHANGED, n_variants=28)
def _(case: Case, random: Random) -> Case:
    a, b = PAIRS[random.integers(len(PAIRS))]
    return renumbered(case, {a: b, b: a})


@lie("segments 1 and 4 exchanged", "the caudate lobe and segment IV change places", "names", EXCHANGED)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {1: 4, 4: 1})


@lie("segments 2 and 3 exchanged", "upper and lower left lateral segment change places", "names", EXCHANGED)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {2: 3, 3: 2})


@lie(
    "segments 4 and 5 exchanged",
    "segments IV and V, on both sides of the main plane, change places",
    "names",
    EXCHANGED,
)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {4: 5, 5: 4})


@lie(
    "segments 4 and 8 exchanged",
    "segments IV and VIII, on both sides of the main plane, change places",
    "names",
    EXCHANGED,
)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {4: 8, 8: 4})


@lie("front and back of the right liver exchanged", "5/8 and 6/7 change places", "names", EXCHANGED)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {5: 6, 6: 5, 7: 8, 8: 7})


@lie("top and bottom of the right liver exchanged", "5/6 and 8/7 change places", "names", EXCHANGED)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {5: 8, 8: 5, 6: 7, 7: 6})


@lie("left and right liver exchanged", "2, 3, 4 and 6, 7, 5 change places", "names", EXCHANGED)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {2: 7, 3: 6, 4: 5, 7: 2, 6: 3, 5: 4})


@lie("every label one too high", "1 → 2 … 7 → 8, 8 → 1", "names", EXCHANGED)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {n: n % 8 + 1 for n in range(1, 9)})


@lie("every label one too low", "8 → 7 … 2 → 1, 1 → 8", "names", EXCHANGED)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {n: (n - 2) % 8 + 1 for n in range(1, 9)})


@lie("labels numbered backwards", "n → 9 − n", "names", EXCHANGED)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {n: 9 - n for n in range(1, 9)})


@lie("labels shuffled", "a random permutation of the eight labels", "names", EXCHANGED, n_variants=40000)
def _(case: Case, random: Random) -> Case:
    order = random.permutation(8) + 1
    while (order == np.arange(1, 9)).all():
        order = random.permutation(8) + 1
    return renumbered(case, dict(zip(range(1, 9), order.tolist(), strict=True)))


@lie(
    "one segment merged into its neighbour",
    "the border between two segments was never drawn",
    "names",
    "segment_missing names_unreadable refused",
    n_variants=8,
)
def _(case: Case, random: Random) -> Case:
    a, b = ((2, 3), (3, 2), (5, 6), (6, 5), (7, 8), (8, 7), (4, 8), (1, 4))[random.integers(8)]
    return renumbered(case, {a: b})


@lie(
    "labels clipped",
    "numbers above 7, 6 or 5 are stored as the largest one",
    "names",
    "segment_missing refused names_unreadable",
    n_variants=3,
)
def _(case: Case, random: Random) -> Case:
    most = int(random.integers(5, 8))
    return with_segments(case, np.minimum(case.segments, most))


@lie(
    "labels lost their high bits",
    "the map was packed into 3 or 2 bits: 8 becomes 0, or 5 becomes 1",
    "names",
    "segment_missing refused empty_slices",
    n_variants=2,
)
def _(case: Case, random: Random) -> Case:
    return with_segments(case, case.segments & (7 if random.integers(2) else 3))


@lie(
    "labels times ten",
    "10, 20 … 80, as a viewer stretches them",
    "names",
    "refused labels_unaccounted",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    return with_segments(case, case.segments * 10)


@lie(
    "nine labels for eight segments",
    "4a and 4b are 4 and 5, the others follow; the user states eight",
    "names",
    "refused shifted_labels",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    of = {5: 6, 6: 7, 7: 8, 8: 9}
    shifted = renumbered(case, of).segments
    middle = middle_mm(case, (4,))[2]
    lower = (case.segments == 4) & (world(case.grid)[..., 2] < middle)
    return replace(with_segments(case, np.where(lower, 5, shifted)), scheme="couinaud_8")


@lie(
    "eight labels for nine segments",
    "the user states that 4 and 5 are 4a and 4b",
    "names",
    "refused shifted_labels segment_missing",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    return replace(case, scheme="couinaud_9_4ab")


@lie(
    "tumour as a ninth label",
    "a tumour in the map has the value 9 and no name",
    "names",
    "refused labels_unaccounted shifted_labels",
    carriers=(*NUMBERS, "named NIfTI", ".seg.nrrd", "SEG label map"),
)
def _(case: Case, random: Random) -> Case:
    tumour = ball(case, middle_mm(case, (8,)), 18.0) & (case.segments > 0)
    return with_segments(case, np.where(tumour, 9, case.segments))


@lie(
    "one stray voxel of a ninth label",
    "one voxel has the value 9, which belongs to the scheme with 4a and 4b",
    "names",
    "refused labels_unaccounted shifted_labels",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    strayed = case.segments.copy()
    inside = np.argwhere(strayed > 0)
    strayed[tuple(inside[random.integers(len(inside))])] = 9
    return with_segments(case, strayed)


@lie(
    "a few stray voxels of other labels",
    "three voxels of 9, 10 or 11, which other schemes know",
    "names",
    "refused labels_unaccounted shifted_labels",
    carriers=NUMBERS,
    n_variants=3,
)
def _(case: Case, random: Random) -> Case:
    strayed = case.segments.copy()
    inside = np.argwhere(strayed > 0)
    for _ in range(3):
        strayed[tuple(inside[random.integers(len(inside))])] = random.integers(9, 12)
    return with_segments(case, strayed)


@lie(
    "an eighth segment without a known name",
    "one of the eight is called Segment_8, the viewer's own default",
    "names",
    "labels_unaccounted segment_missing refused",
    carriers=(*NAMED, "folder of masks", "RTSTRUCT"),
    n_variants=8,
)
def _(case: Case, random: Random) -> Case:
    value = int(random.integers(1, 9))
    codes = {n: code for n, code in case.codes.items() if n != value}
    return replace(case, names={**case.names, value: "Segment_8"}, codes=codes)


@lie(
    "a value that no block names",
    "a segment is drawn and its value is not listed",
    "names",
    "labels_unaccounted segment_missing refused",
    carriers=("named NIfTI", ".seg.nrrd"),
    n_variants=8,
)
def _(case: Case, random: Random) -> Case:
    value = int(random.integers(1, 9))
    return replace(case, names={n: name for n, name in case.names.items() if n != value})


@lie(
    "a block with a mistyped value",
    "the value of one segment is listed as 99",
    "names",
    "labels_unaccounted segment_missing refused",
    carriers=("named NIfTI", ".seg.nrrd"),
    n_variants=8,
)
def _(case: Case, random: Random) -> Case:
    value = int(random.integers(1, 9))
    names = {99 if n == value else n: name for n, name in case.names.items()}
    codes = {99 if n == value else n: code for n, code in case.codes.items()}
    return replace(case, names=names, codes=codes)


@lie(
    "two segments of one name",
    "a segment is called as another one",
    "names",
    "segment_name_repeated segment_missing code_against_name refused",
    carriers=NAMED,
    n_variants=56,
)
def _(case: Case, random: Random) -> Case:
    a, b = random.permutation(8)[:2] + 1
    return replace(
        case,
        names={**case.names, int(b): case.names[int(a)]},
        codes={n: code for n, code in case.codes.items() if n != b},
    )


@lie(
    "text against code",
    "two names are exchanged and the codes stay",
    "names",
    "code_against_name",
    carriers=(".seg.nrrd", "SEG", "SEG label map"),
    n_variants=28,
)
def _(case: Case, random: Random) -> Case:
    a, b = PAIRS[random.integers(len(PAIRS))]
    return replace(case, names={**case.names, a: case.names[b], b: case.names[a]})


@lie(
    "code against text",
    "two codes are exchanged and the names stay",
    "names",
    "code_against_name",
    carriers=(".seg.nrrd", "SEG", "SEG label map"),
    n_variants=28,
)
def _(case: Case, random: Random) -> Case:
    a, b = PAIRS[random.integers(len(PAIRS))]
    return replace(case, codes={**case.codes, a: case.codes[b], b: case.codes[a]})


@lie(
    "names exchanged",
    "two names are exchanged, and no code tells",
    "names",
    EXCHANGED,
    carriers=(*NAMED, "folder of masks", "RTSTRUCT"),
    n_variants=28,
)
def _(case: Case, random: Random) -> Case:
    a, b = PAIRS[random.integers(len(PAIRS))]
    return replace(case, names={**case.names, a: case.names[b], b: case.names[a]}, codes={})


# --- sides --------------------------------------------------------------------------------------


def _flip(case: Case, axes: tuple[int, ...]) -> Case:
    """Voxels mirrored in the patient's directions; the header stays."""
    index = [body_axis(case.grid, axis)[0] for axis in axes]
    return with_segments(case, np.flip(case.segments, index))


@lie("mirrored from left to right", "the voxels run the other way, the header stays", "sides", MISPLACED)
def _(case: Case, random: Random) -> Case:
    return _flip(case, (0,))


@lie("mirrored from front to back", "the voxels run the other way, the header stays", "sides", MISPLACED)
def _(case: Case, random: Random) -> Case:
    return _flip(case, (1,))


@lie("mirrored from head to foot", "the voxels run the other way, the header stays", "sides", MISPLACED)
def _(case: Case, random: Random) -> Case:
    return _flip(case, (2,))


@lie("LPS written as RAS", "left and right, and front and back, are exchanged", "sides", MISPLACED)
def _(case: Case, random: Random) -> Case:
    return _flip(case, (0, 1))


@lie("turned over sideways", "left and right, and head and foot, are exchanged", "sides", MISPLACED)
def _(case: Case, random: Random) -> Case:
    return _flip(case, (0, 2))


@lie("turned over forwards", "front and back, and head and foot, are exchanged", "sides", MISPLACED)
def _(case: Case, random: Random) -> Case:
    return _flip(case, (1, 2))


@lie("mirrored through a point", "all three directions are exchanged", "sides", MISPLACED)
def _(case: Case, random: Random) -> Case:
    return _flip(case, (0, 1, 2))


def _exchanged_axes(case: Case, one: int, other: int, turn: bool) -> Case:
    """The same voxels under a header whose two columns change places, one of them turned."""
    affine = case.grid.index_to_world_mm.copy()
    a, b = body_axis(case.grid, one)[0], body_axis(case.grid, other)[0]
    side = np.array(case.grid.spacing_mm)
    affine[:3, [a, b]] = affine[:3, [b, a]] / side[[b, a]] * side[[a, b]]
    if turn:
        affine[:3, a] *= -1.0
    return replace(case, grid=Grid(case.grid.shape, affine))


for _one, _other, _which in (
    (0, 1, "left–right and front–back"),
    (0, 2, "left–right and head–foot"),
    (1, 2, "front–back and head–foot"),
):

    @lie(
        f"axes exchanged: {_which}",
        "two columns of the transform change places, with or without one turned",
        "sides",
        MISPLACED,
        carriers=tuple(c for c in ALL if c not in ("RTSTRUCT",)),
        n_variants=2,
    )
    def _(case: Case, random: Random, one: int = _one, other: int = _other) -> Case:
        return _exchanged_axes(case, one, other, bool(random.integers(2)))


@lie(
    "situs inversus that is none",
    "the map is true, and the user states situs inversus",
    "statements",
    "mirrored_anatomy",
)
def _(case: Case, random: Random) -> Case:
    return replace(case, prior=("situs_inversus",))


@lie(
    "a flip excused by an operation",
    "the voxels are mirrored, and a hepatectomy or embolisation is stated",
    "statements",
    MISPLACED,
    n_variants=6,
)
def _(case: Case, random: Random) -> Case:
    flipped = _flip(case, (int(random.integers(3)),))
    return replace(flipped, prior=(("hepatectomy", "embolisation")[random.integers(2)],))


@lie(
    "an exchange excused by an operation",
    "two segments are exchanged, and a hepatectomy or embolisation is stated",
    "statements",
    EXCHANGED,
    n_variants=56,
)
def _(case: Case, random: Random) -> Case:
    a, b = PAIRS[random.integers(len(PAIRS))]
    prior = ("hepatectomy", "embolisation")[random.integers(2)]
    return replace(renumbered(case, {a: b, b: a}), prior=(prior,))


@lie(
    "a flip excused by situs inversus",
    "the map is mirrored from head to foot or front to back, and situs inversus is stated",
    "statements",
    MISPLACED,
    n_variants=2,
)
def _(case: Case, random: Random) -> Case:
    return replace(_flip(case, (int(random.integers(1, 3)),)), prior=("situs_inversus",))


# --- cut off ------------------------------------------------------------------------------------

_SIDES = ("left", "right", "back", "front", "foot", "head")
CUT = "liver_cut_flat segment_missing segment_share_implausible"


def _beyond(case: Case, axis: int, sign: int, lost_mm: float) -> NDArray[np.bool_]:
    low, high = extent_mm(case, axis)
    at = world(case.grid)[..., axis]
    return np.asarray(at > high - lost_mm if sign > 0 else at < low + lost_mm)


for _at, _side in enumerate(_SIDES):

    @lie(
        f"cut flat towards the {_side}",
        f"20 to 55 mm of liver towards the {_side} are not drawn, the scan goes on",
        "whole",
        CUT,
        n_variants=36,
    )
    def _(case: Case, random: Random, at: int = _at) -> Case:
        lost = _beyond(case, at // 2, 1 if at % 2 else -1, random.uniform(20.0, 55.0))
        return with_segments(case, np.where(lost, 0, case.segments))


@lie(
    "cut flat and excused by an operation",
    "the liver is cut towards front, back, head or foot, and a hepatectomy is stated",
    "statements",
    CUT,
    n_variants=4,
)
def _(case: Case, random: Random) -> Case:
    lost = _beyond(case, int(random.integers(1, 3)), int(random.choice([-1, 1])), random.uniform(25.0, 50.0))
    return replace(with_segments(case, np.where(lost, 0, case.segments)), prior=("hepatectomy",))


@lie(
    "cut flat with a thread beyond",
    "a row of voxels goes on to where the liver would end",
    "whole",
    CUT,
    n_variants=6,
)
def _(case: Case, random: Random) -> Case:
    axis, sign = int(random.integers(3)), int(random.choice([-1, 1]))
    lost = _beyond(case, axis, sign, random.uniform(25.0, 45.0))
    index_axis, _ = body_axis(case.grid, axis)
    middle = np.rint(np.argwhere(case.segments > 0).mean(axis=0)).astype(int)
    thread = np.ones(case.segments.shape, dtype=bool)
    for other in range(3):
        if other != index_axis:
            at = np.arange(case.segments.shape[other])
            shape = [1, 1, 1]
            shape[other] = -1
            thread &= (at == middle[other]).reshape(shape)
    return with_segments(case, np.where(lost & ~thread, 0, case.segments))


@lie(
    "cut along a slanting plane",
    "a corner of the liver beyond a plane at 45 degrees is not drawn",
    "whole",
    CUT,
    n_variants=12,
)
def _(case: Case, random: Random) -> Case:
    signs = random.choice([-1.0, 1.0], 3)
    signs[random.integers(3)] = 0.0
    normal = signs / np.linalg.norm(signs)
    at = world(case.grid) @ normal
    top = at[case.segments > 0].max()
    return with_segments(case, np.where(at > top - random.uniform(35.0, 50.0), 0, case.segments))


@lie(
    "cut in steps",
    "half of the liver ends 15 mm above where the other half ends",
    "whole",
    CUT,
    n_variants=6,
)
def _(case: Case, random: Random) -> Case:
    axis, sign = int(random.integers(3)), int(random.choice([-1, 1]))
    lost_mm = random.uniform(25.0, 40.0)
    other = (axis + 1) % 3
    half = world(case.grid)[..., other] > middle_mm(case)[other]
    lost = np.where(half, _beyond(case, axis, sign, lost_mm), _beyond(case, axis, sign, lost_mm + 15.0))
    return with_segments(case, np.where(lost, 0, case.segments))


@lie(
    "lower right liver not drawn",
    "the lower 45 mm right of the main plane are missing",
    "whole",
    f"{CUT} empty_slices",
)
def _(case: Case, random: Random) -> Case:
    right = np.isin(case.segments, (5, 6, 7, 8))
    at = world(case.grid)[..., 2]
    low = at[right].min()
    return with_segments(case, np.where(right & (at < low + 45.0), 0, case.segments))


@lie(
    "the scan ends inside the liver",
    "the scan has no slices beyond",
    "whole",
    "liver_truncated",
    n_variants=6,
)
def _(case: Case, random: Random) -> Case:
    axis, last = int(random.integers(3)), bool(random.integers(2))
    start, stop = filled(case.segments, axis)
    keep = [slice(None)] * 3
    n = (stop - start) // 4
    keep[axis] = slice(None, stop - n) if last else slice(start + n, None)
    corner = [0, 0, 0]
    corner[axis] = 0 if last else start + n
    cut = case.segments[tuple(keep)]
    return replace(with_segments(case, cut), grid=case.grid.crop(tuple(corner), cut.shape))


@lie(
    "cut off by the scan and said to be cropped",
    "the scan has no slices beyond, and --accept liver_truncated",
    "statements",
    "liver_cut_flat",
    n_variants=6,
)
def _(case: Case, random: Random) -> Case:
    axis, last = int(random.integers(3)), bool(random.integers(2))
    start, stop = filled(case.segments, axis)
    keep = [slice(None)] * 3
    n = (stop - start) // 4
    keep[axis] = slice(None, stop - n) if last else slice(start + n, None)
    corner = [0, 0, 0]
    corner[axis] = 0 if last else start + n
    cut = case.segments[tuple(keep)]
    cropped = replace(with_segments(case, cut), grid=case.grid.crop(tuple(corner), cut.shape))
    return replace(cropped, accepted=("liver_truncated",))


# --- slices and voxels lost -----------------------------------------------------------------------

LOST = "empty_slices mask_porous seg_gap islands"


@lie("every second slice empty", "every second slice along one axis is empty", "whole", LOST, n_variants=6)
def _(case: Case, random: Random) -> Case:
    thinned = case.segments.copy()
    np.moveaxis(thinned, random.integers(3), 0)[random.integers(2) :: 2] = 0
    return with_segments(case, thinned)


@lie(
    "every nth slice empty",
    "every third, fourth or fifth slice along one axis is empty",
    "whole",
    LOST,
    n_variants=9,
)
def _(case: Case, random: Random) -> Case:
    thinned = case.segments.copy()
    np.moveaxis(thinned, random.integers(3), 0)[:: int(random.integers(3, 6))] = 0
    return with_segments(case, thinned)


@lie("a gap in the middle", "one to six slices in the middle hold nothing", "whole", LOST, n_variants=18)
def _(case: Case, random: Random) -> Case:
    axis = int(random.integers(3))
    middle = sum(filled(case.segments, axis)) // 2
    gap = case.segments.copy()
    np.moveaxis(gap, axis, 0)[middle : middle + int(random.integers(1, 7))] = 0
    return with_segments(case, gap)


@lie("a gap with a speck in it", "an empty slice that holds one voxel", "whole", LOST)
def _(case: Case, random: Random) -> Case:
    axis = int(random.integers(3))
    middle = sum(filled(case.segments, axis)) // 2
    gap = case.segments.copy()
    plane = np.moveaxis(gap, axis, 0)[middle]
    inside = np.argwhere(plane > 0)
    at = tuple(inside[len(inside) // 2])
    kept = plane[at]
    plane[:] = 0
    plane[at] = kept
    return with_segments(case, gap)


@lie(
    "slices that one segment lost",
    "a segment is not drawn on three slices in its middle",
    "whole",
    LOST,
    n_variants=24,
)
def _(case: Case, random: Random) -> Case:
    part, axis = int(random.choice([2, 3, 4, 5, 6, 7, 8])), int(random.integers(3))
    gap = case.segments.copy()
    middle = sum(filled(gap == part, axis)) // 2
    planes = np.moveaxis(gap, axis, 0)[middle - 1 : middle + 2]
    planes[planes == part] = 0
    return with_segments(case, gap)


@lie("every second voxel lost", "every second voxel is empty, as on a chessboard", "whole", LOST)
def _(case: Case, random: Random) -> Case:
    odd = np.indices(case.segments.shape).sum(axis=0) % 2 == 0
    return with_segments(case, np.where(odd, 0, case.segments))


@lie("rows lost", "every second row along one axis is empty", "whole", LOST, n_variants=3)
def _(case: Case, random: Random) -> Case:
    others = [axis for axis in range(3) if axis != random.integers(3)][:2]
    index = np.indices(case.segments.shape)
    return with_segments(case, np.where((index[others] % 2 == 0).all(axis=0), 0, case.segments))


@lie("sheets lost", "slanting sheets of voxels, one in four, are empty", "whole", LOST)
def _(case: Case, random: Random) -> Case:
    sheet = np.indices(case.segments.shape).sum(axis=0) % 4 == 0
    return with_segments(case, np.where(sheet, 0, case.segments))


@lie("voxels lost at random", "one voxel in ten is empty", "whole", LOST)
def _(case: Case, random: Random) -> Case:
    return with_segments(case, np.where(random.random(case.segments.shape) < 0.1, 0, case.segments))


@lie(
    "slices in a wrong order",
    "the slices along one axis are shuffled",
    "whole",
    f"{LOST} {EXCHANGED} liver_cut_flat",
    n_variants=3,
)
def _(case: Case, random: Random) -> Case:
    axis = int(random.integers(3))
    order = random.permutation(case.segments.shape[axis])
    return with_segments(case, np.take(case.segments, order, axis))


@lie(
    "interleaved slices",
    "the even slices come first, then the odd ones",
    "whole",
    f"{LOST} {EXCHANGED} liver_cut_flat",
    n_variants=3,
)
def _(case: Case, random: Random) -> Case:
    axis = int(random.integers(3))
    n = case.segments.shape[axis]
    return with_segments(case, np.take(case.segments, [*range(0, n, 2), *range(1, n, 2)], axis))


@lie(
    "bytes of another order",
    "the voxels were written with the last axis fastest",
    "whole",
    f"{LOST} {EXCHANGED} liver_cut_flat liver_truncated",
)
def _(case: Case, random: Random) -> Case:
    return with_segments(case, case.segments.ravel(order="F").reshape(case.segments.shape))


# --- missing, extra, elsewhere ----------------------------------------------------------------------


@lie(
    "a segment not drawn",
    "one of the eight segments is left out",
    "whole",
    "segment_missing refused empty_slices",
    n_variants=8,
)
def _(case: Case, random: Random) -> Case:
    return renumbered(case, {int(random.integers(1, 9)): 0})


@lie(
    "several segments not drawn",
    "a section or hemiliver is left out",
    "whole",
    "segment_missing refused liver_cut_flat",
    n_variants=4,
)
def _(case: Case, random: Random) -> Case:
    lost = ((6, 7), (2, 3), (5, 8), (2, 3, 4))[random.integers(4)]
    return renumbered(case, dict.fromkeys(lost, 0))


@lie(
    "a segment not drawn inside the liver mask",
    "the liver mask is whole, so the neighbours take the voxels of the segment",
    "whole",
    "segment_missing caudate_undrawn refused",
    carriers=NUMBERS,
    n_variants=8,
)
def _(case: Case, random: Random) -> Case:
    whole = (case.segments > 0).astype(np.uint8)
    return replace(renumbered(case, {int(random.integers(1, 9)): 0}), whole=whole)


@lie(
    "segments eroded inside the liver mask",
    "every segment lost its rim; the nearest segment takes it",
    "whole",
    "liver_outside_segments segments_do_not_sum",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    whole = (case.segments > 0).astype(np.uint8)
    return replace(with_segments(case, np.where(depth_mm(case) > 8.0, case.segments, 0)), whole=whole)


def _shrunk(case: Case, by_mm: float) -> Case:
    """Every segment without its own rim, so that gaps lie between them."""
    kept = np.zeros(case.segments.shape, dtype=bool)
    for label in range(1, 9):
        kept |= depth_mm(case, label) > by_mm
    return with_segments(case, np.where(kept, case.segments, 0))


@lie(
    "segments eroded one by one inside the liver mask",
    "every segment lost 6 mm on all sides; the nearest segment takes what lies between",
    "whole",
    "liver_outside_segments segments_do_not_sum segment_missing refused",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    whole = (case.segments > 0).astype(np.uint8)
    return replace(_shrunk(case, 6.0), whole=whole)


@lie(
    "segments eroded one by one",
    "every segment lost 6 mm on all sides, and there is no liver mask: gaps lie between them",
    "whole",
    f"{LOST} segment_missing",
)
def _(case: Case, random: Random) -> Case:
    return _shrunk(case, 6.0)


@lie(
    "the liver mask of another scan",
    "mask and segments lie 20 mm apart",
    "whole",
    "liver_outside_segments segments_do_not_sum liver_cut_flat",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    whole = (case.segments > 0).astype(np.uint8)
    axis = int(random.integers(3))
    by = max(1, round(20.0 / case.grid.spacing_mm[axis]))
    return replace(case, whole=np.roll(whole, by, axis))


def wider(case: Case, room_mm: dict[str, float]) -> Case:
    """The case with empty voxels on some sides of the patient."""
    widths = [[0, 0] for _ in range(3)]
    for side, mm in room_mm.items():
        at = _SIDES.index(side)
        axis, positive = body_axis(case.grid, at // 2)
        widths[axis][int(positive is bool(at % 2))] = int(np.ceil(mm / case.grid.spacing_mm[axis]))
    padded = np.pad(case.segments, widths)
    affine = case.grid.index_to_world_mm.copy()
    affine[:3, 3] = case.grid.world_mm([-low for low, _ in widths])
    return replace(case, segments=padded, grid=Grid(padded.shape, affine))


@lie(
    "a piece elsewhere",
    "another organ, at least 3 % as large as the liver, has a segment's label",
    "whole",
    "islands",
    n_variants=6,
)
def _(case: Case, random: Random) -> Case:
    low, _ = extent_mm(case, 0)
    volume_ml = np.count_nonzero(case.segments) * case.grid.voxel_volume_ml
    radius = (3 * 0.04 * volume_ml * 1000 / (4 * np.pi)) ** (1 / 3)
    wide = wider(case, {"left": 2.0 * radius + 10.0})
    padded = wide.segments
    centre = middle_mm(case) + np.array([0.0, -20.0, -10.0])
    centre[0] = low - radius - 8.0
    organ = ball(wide, centre, radius) & (padded == 0)
    return with_segments(wide, np.where(organ, random.choice([2, 3, 6]), padded))


@lie(
    "a neighbour counted as liver",
    "an organ a third as large as the liver touches it and has segment III's label",
    "whole",
    "segment_share_implausible holes liver_cut_flat islands",
)
def _(case: Case, random: Random) -> Case:
    low, _ = extent_mm(case, 0)
    volume_ml = np.count_nonzero(case.segments) * case.grid.voxel_volume_ml
    radius = (3 * 0.33 * volume_ml * 1000 / (4 * np.pi)) ** (1 / 3)
    wide = wider(
        case, {"left": 1.8 * radius, "back": radius, "front": radius, "foot": radius, "head": radius}
    )
    padded = wide.segments
    centre = middle_mm(case, (3,))
    centre[0] = low - 0.6 * radius
    organ = ball(wide, centre, radius) & (padded == 0)
    return with_segments(wide, np.where(organ, 3, padded))


@lie(
    "two livers in one map",
    "a copy stands beside the liver",
    "whole",
    f"islands {EXCHANGED} liver_size_against_body",
)
def _(case: Case, random: Random) -> Case:
    axis, _ = body_axis(case.grid, 2)
    return with_segments(
        replace(case, grid=_longer(case.grid, axis)), np.concatenate([case.segments] * 2, axis)
    )


def _longer(grid: Grid, axis: int) -> Grid:
    shape = list(grid.shape)
    shape[axis] *= 2
    return Grid(tuple(shape), grid.index_to_world_mm)


@lie(
    "a hole where a tumour was",
    "a ball of 6 % of the liver is cut out of the mask and belongs to no structure",
    "whole",
    "holes mask_porous",
)
def _(case: Case, random: Random) -> Case:
    volume_ml = np.count_nonzero(case.segments) * case.grid.voxel_volume_ml
    radius = (3 * 0.06 * volume_ml * 1000 / (4 * np.pi)) ** (1 / 3)
    return with_segments(case, np.where(ball(case, _depths(case), radius), 0, case.segments))


def _depths(case: Case) -> NDArray[np.float64]:
    """The point deepest inside the liver. [mm]"""
    depth = depth_mm(case)
    return np.asarray(case.grid.world_mm(np.unravel_index(int(depth.argmax()), depth.shape)))


@lie("a hollow liver", "only a rim of 15 mm is drawn", "whole", "holes mask_porous")
def _(case: Case, random: Random) -> Case:
    return with_segments(case, np.where(depth_mm(case) > 15.0, 0, case.segments))


@lie(
    "one half mirrored onto the other",
    "the left liver is a copy of the right one",
    "whole",
    f"{EXCHANGED} segment_missing refused",
)
def _(case: Case, random: Random) -> Case:
    axis, positive = body_axis(case.grid, 0)
    middle = sum(filled(case.segments, axis)) // 2
    planes = np.moveaxis(case.segments.copy(), axis, 0)
    n = min(middle, planes.shape[0] - middle)
    if positive:
        planes[middle - n : middle] = planes[middle : middle + n][::-1]
    else:
        planes[middle : middle + n] = planes[middle - n : middle][::-1]
    return with_segments(case, np.moveaxis(planes, 0, axis))


# --- scale -----------------------------------------------------------------------------------------


def scaled(case: Case, by: tuple[float, float, float]) -> Case:
    affine = case.grid.index_to_world_mm * [*by, 1.0]
    return replace(case, grid=Grid(case.grid.shape, affine))


@lie(
    "centimetres taken for millimetres",
    "the voxel size is a tenth of the true one",
    "scale",
    "total_implausible refused",
)
def _(case: Case, random: Random) -> Case:
    return scaled(case, (0.1, 0.1, 0.1))


@lie(
    "millimetres times ten",
    "the voxel size is ten times the true one",
    "scale",
    "total_implausible refused",
)
def _(case: Case, random: Random) -> Case:
    return scaled(case, (10.0, 10.0, 10.0))


@lie(
    "voxels of 1 mm",
    "the voxel size was lost on the way",
    "scale",
    "total_implausible liver_size_against_body",
)
def _(case: Case, random: Random) -> Case:
    side = np.array(case.grid.spacing_mm)
    by = tuple(float(v) for v in 1.0 / side)
    return scaled(case, (by[0], by[1], by[2]))


@lie(
    "slices three times as thick",
    "the slice distance is that of another series",
    "scale",
    "liver_stretched liver_size_against_body total_implausible",
)
def _(case: Case, random: Random) -> Case:
    axis = int(random.integers(3))
    by = [1.0, 1.0, 1.0]
    by[axis] = 3.0
    return scaled(case, (by[0], by[1], by[2]))


@lie(
    "slices a third as thick",
    "the slice distance is that of another series",
    "scale",
    "liver_stretched liver_size_against_body total_implausible",
)
def _(case: Case, random: Random) -> Case:
    axis = int(random.integers(3))
    by = [1.0, 1.0, 1.0]
    by[axis] = 1.0 / 3.0
    return scaled(case, (by[0], by[1], by[2]))


@lie(
    "a mask that lost its voxel size beside its CT",
    "the CT has the same matrix and another voxel size",
    "scale",
    "image_spacing_differs refused",
    carriers=tuple(c for c in ALL if c not in ("memory", "RTSTRUCT", "SEG", "SEG label map")),
    n_variants=20,
)
def _(case: Case, random: Random) -> Case:
    by = [1.0, 1.0, 1.0]
    for axis in {(0, 1, 2): (0, 1, 2), 0: (0,), 1: (1,), 2: (2,), 3: (0, 1)}[
        ((0, 1, 2), 0, 1, 2, 3)[random.integers(5)]
    ]:
        by[axis] = float(random.choice([0.8, 0.9, 1.15, 1.3]))
    return replace(scaled(case, (by[0], by[1], by[2])), image_grid=case.grid)


@lie(
    "a mask scaled in plane beside its CT",
    "another matrix that covers the same index range: half the pixels, their size not doubled",
    "scale",
    "image_spacing_differs image_not_used refused total_implausible liver_size_against_body",
    carriers=NUMBERS[1:],
)
def _(case: Case, random: Random) -> Case:
    halved = case.segments[::2, ::2]
    return replace(
        case, segments=halved, grid=Grid(halved.shape, case.grid.index_to_world_mm), image_grid=case.grid
    )


# --- drawing ---------------------------------------------------------------------------------------


def _resampled(case: Case, order: int) -> Case:
    """Labels moved by half a voxel as if they were grey values, and rounded."""
    from scipy import ndimage

    moved = ndimage.shift(case.segments.astype(np.float64), (0.5, 0.5, 0.5), order=order, prefilter=order > 1)
    return with_segments(case, np.clip(np.rint(moved), 0, 8))


SHELLS = "labels_interpolated"


@lie(
    "labels interpolated linearly",
    "labels are interpolated and rounded: shells of wrong segments lie between two others",
    "drawing",
    SHELLS,
)
def _(case: Case, random: Random) -> Case:
    return _resampled(case, 1)


@lie("labels interpolated by splines", "labels are interpolated with splines and rounded", "drawing", SHELLS)
def _(case: Case, random: Random) -> Case:
    return _resampled(case, 3)


@lie(
    "labels interpolated onto finer voxels",
    "one axis gets twice the voxels by linear interpolation, and labels are rounded",
    "drawing",
    SHELLS,
    n_variants=3,
)
def _(case: Case, random: Random) -> Case:
    from scipy import ndimage

    axis = int(random.integers(3))
    by = [1.0, 1.0, 1.0]
    by[axis] = 2.0
    finer = ndimage.zoom(case.segments.astype(np.float64), by, order=1, grid_mode=True, mode="grid-constant")
    affine = case.grid.index_to_world_mm.copy()
    affine[:3, axis] /= 2.0
    start = [0.0, 0.0, 0.0]
    start[axis] = -0.25
    affine[:3, 3] = case.grid.world_mm(start)
    twice = replace(case, grid=Grid(finer.shape, affine))
    return with_segments(twice, np.clip(np.rint(finer), 0, 8))


@lie("labels smoothed", "each label becomes the rounded mean of 3×3×3 voxels", "drawing", SHELLS)
def _(case: Case, random: Random) -> Case:
    from scipy import ndimage

    smooth = ndimage.uniform_filter(case.segments.astype(np.float64), 3)
    return with_segments(case, np.rint(smooth))


@lie(
    "a tumour of another scan",
    "all tumour voxels lie beside the liver",
    "drawing",
    "tumour_outside_liver",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    tumours = np.zeros(case.segments.shape, np.uint8)
    tumours[:3, :3, :3] = 1
    return replace(case, tumours=tumours)


@lie(
    "a tumour on every second slice",
    "every second slice of the tumour is empty",
    "drawing",
    "empty_slices",
    carriers=NUMBERS,
    n_variants=3,
)
def _(case: Case, random: Random) -> Case:
    tumours = (ball(case, middle_mm(case, (7, 8)), 24.0) & (case.segments > 0)).astype(np.uint8)
    np.moveaxis(tumours, random.integers(3), 0)[::2] = 0
    return replace(case, tumours=tumours)


@lie(
    "tumour and liver exchanged",
    "tumour voxels are called liver, and liver voxels tumour",
    "drawing",
    "tumour_fraction_high total_implausible",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    kept = ball(case, _depths(case), 40.0)
    return replace(case, tumours=((case.segments > 0) & ~kept).astype(np.uint8))


@lie(
    "a drawn resection of another liver",
    "the drawn resection is displaced by 25 mm",
    "drawing",
    "drawn_outside_liver",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    drawn = np.isin(case.segments, (6, 7)).astype(np.uint8)
    axis, positive = body_axis(case.grid, 0)
    by = round(25.0 / case.grid.spacing_mm[axis]) * (1 if positive else -1)
    return replace(_outline(case), drawn={"resected": np.roll(drawn, by, axis)})


def _outline(case: Case) -> Case:
    """A liver mask without segments."""
    whole = (case.segments > 0).astype(np.uint8)
    return replace(case, segments=np.zeros_like(case.segments), whole=whole)


@lie(
    "a drawn resection that lost slices",
    "every second slice is empty",
    "drawing",
    "empty_slices mask_porous",
    carriers=NUMBERS,
    n_variants=3,
)
def _(case: Case, random: Random) -> Case:
    drawn = np.isin(case.segments, (6, 7)).astype(np.uint8)
    np.moveaxis(drawn, random.integers(3), 0)[::2] = 0
    return replace(_outline(case), drawn={"resected": drawn})


@lie(
    "a remnant that leaves",
    "drawn remnant and drawn resection share voxels",
    "drawing",
    "drawn_masks_overlap",
    carriers=NUMBERS,
)
def _(case: Case, random: Random) -> Case:
    staying = (np.isin(case.segments, (2, 3, 4, 6, 7))).astype(np.uint8)
    leaving = np.isin(case.segments, (6, 7)).astype(np.uint8)
    return replace(_outline(case), drawn={"resected": leaving, "flr": staying})


@lie(
    "an outline cut flat",
    "a liver mask without segments, 30 mm of which are missing",
    "whole",
    "liver_cut_flat",
    carriers=NUMBERS,
    n_variants=6,
)
def _(case: Case, random: Random) -> Case:
    lost = _beyond(case, int(random.integers(3)), int(random.choice([-1, 1])), 30.0)
    cut = with_segments(case, np.where(lost, 0, case.segments))
    return replace(_outline(cut), drawn={"resected": np.isin(cut.segments, (6, 7)).astype(np.uint8)})


# --- what is true, or changes nothing ----------------------------------------------------------------


@lie("the true map", "nothing is changed", "true", "harmless")
def _(case: Case, random: Random) -> Case:
    return case


@lie("more margin", "empty voxels around the map", "true", "harmless", n_variants=6)
def _(case: Case, random: Random) -> Case:
    padded = np.pad(case.segments, 3)
    affine = case.grid.index_to_world_mm.copy()
    affine[:3, 3] = case.grid.world_mm((-3, -3, -3))
    return replace(case, segments=padded, grid=Grid(padded.shape, affine))


@lie("axes stored in another order", "voxels and transform turned together", "true", "harmless", n_variants=6)
def _(case: Case, random: Random) -> Case:
    order = random.permutation(3)
    affine = case.grid.index_to_world_mm[:, [*order, 3]]
    turned = case.segments.transpose(order)
    return replace(with_segments(case, turned), grid=Grid(turned.shape, affine))


@lie("specks", "five single voxels beside the liver", "true", "harmless")
def _(case: Case, random: Random) -> Case:
    specked = case.segments.copy()
    outside = np.argwhere(specked[2:-2, 2:-2, 2:-2] == 0) + 2
    for at in outside[random.integers(len(outside), size=5)]:
        specked[tuple(at)] = 8
    return with_segments(case, specked)
