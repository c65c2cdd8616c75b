"""Label maps that lie on one lattice though their files differ: cropped, flipped or axis-swapped copies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.geometry import Grid
from flr.io.source import LabelCounts, LabelSource, fill_labels, load_box

Resample = Literal["nearest"]

_TOLERANCE_MM = 0.01

Index = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A box of voxels: from ``start`` up to, not including, ``stop``."""

    start: Index
    stop: Index

    @property
    def shape(self) -> Index:
        """Voxels along each axis."""
        return _index(b - a for a, b in zip(self.start, self.stop, strict=True))

    def clip(self, grid: Grid) -> Box:
        """The part of the box that lies inside a grid. Raises GeometryError when there is none."""
        start = _index(max(0, a) for a in self.start)
        stop = _index(min(n, b) for n, b in zip(grid.shape, self.stop, strict=True))
        if any(a >= b for a, b in zip(start, stop, strict=True)):
            raise GeometryError(
                f"the structure lies wholly outside the grid of the liver ({grid.describe()})"
            )
        return Box(start, stop)

    def shared(self, other: Box) -> Box | None:
        """What lies in both boxes; None when nothing does."""
        start = _index(max(a, b) for a, b in zip(self.start, other.start, strict=True))
        stop = _index(min(a, b) for a, b in zip(self.stop, other.stop, strict=True))
        return None if any(a >= b for a, b in zip(start, stop, strict=True)) else Box(start, stop)

    def within(self, other: Box) -> tuple[slice, slice, slice]:
        """Where the box lies in an array over a box that holds it."""
        i, j, k = (slice(a - o, b - o) for a, b, o in zip(self.start, self.stop, other.start, strict=True))
        return i, j, k

    def pad_mm(self, grid: Grid, margin_mm: float) -> Box:
        """The box grown on all sides by at least ``margin_mm``."""
        steps = [ceil(margin_mm / spacing) for spacing in grid.spacing_mm]
        return Box(
            _index(a - s for a, s in zip(self.start, steps, strict=True)),
            _index(b + s for b, s in zip(self.stop, steps, strict=True)),
        )

    def mapped(self, grid: Grid, other: Grid) -> Box | None:
        """The same voxels as indices of another grid on the same lattice; None when it is another lattice."""
        step = lattice_step(other, grid)
        return None if step is None else step.box(self)

    def touched_faces(self, grid: Grid) -> frozenset[str]:
        """Faces of the grid that the box reaches, as ``"i-"`` … ``"k+"``."""
        return self.faces_within(Box((0, 0, 0), grid.shape))

    def faces_within(self, outer: Box) -> frozenset[str]:
        """Faces of another box that this one reaches, as ``"i-"`` … ``"k+"``."""
        faces = set()
        for axis, name in enumerate("ijk"):
            if self.start[axis] <= outer.start[axis]:
                faces.add(f"{name}-")
            if self.stop[axis] >= outer.stop[axis]:
                faces.add(f"{name}+")
        return frozenset(faces)


@dataclass(frozen=True, slots=True)
class LatticeStep:
    """How indices of one grid become indices of another: swap axes, flip them, shift by whole voxels."""

    axis_of: Index
    sign_of: Index
    offset: Index

    def box(self, box: Box) -> Box:
        """The box in the other grid's indices."""
        low, high = [0, 0, 0], [0, 0, 0]
        for source in range(3):
            target = self.axis_of[source]
            ends = [self.sign_of[source] * end for end in (box.start[source], box.stop[source] - 1)]
            low[target] = min(ends) + self.offset[target]
            high[target] = max(ends) + self.offset[target] + 1
        return Box(_index(low), _index(high))

    def array(self, voxels: NDArray[Any]) -> NDArray[Any]:
        """The voxels with axes in the other grid's order and direction (a view)."""
        flipped = voxels[tuple(slice(None, None, sign) for sign in self.sign_of)]
        return flipped.transpose([self.axis_of.index(target) for target in range(3)])


def lattice_step(target: Grid, source: Grid) -> LatticeStep | None:
    """The step from ``source`` to ``target`` indices; None when the lattices differ by more than 0.01 mm."""
    matrix = np.linalg.inv(target.index_to_world_mm) @ source.index_to_world_mm
    whole = np.rint(matrix)
    turned = np.abs(whole[:3, :3])
    if not (np.array_equal(turned.sum(axis=0), (1, 1, 1)) and np.array_equal(turned.sum(axis=1), (1, 1, 1))):
        return None
    corners = np.array(list(product((0, 1), repeat=3))) * (np.array(source.shape) - 1)
    here = source.world_mm(corners)
    there = target.world_mm(corners @ whole[:3, :3].T + whole[:3, 3])
    if not np.abs(here - there).max() <= _TOLERANCE_MM:
        return None
    if not (source.is_even and target.is_even) and not (
        np.array_equal(whole[:3, :3], np.eye(3)) and _same_weights(target, source, int(whole[2, 3]))
    ):
        return None
    axis_of = _index(int(turned[:, source_axis].argmax()) for source_axis in range(3))
    return LatticeStep(
        axis_of,
        _index(int(whole[axis_of[axis], axis]) for axis in range(3)),
        _index(int(value) for value in whole[:3, 3]),
    )


def _same_weights(target: Grid, source: Grid, offset: int) -> bool:
    """Whether slices that both grids hold stand for the same thickness; ``offset`` is that of the source."""
    mine, theirs = target.slice_weights_mm, source.slice_weights_mm
    if mine is None or theirs is None:
        return False
    first, stop = max(0, offset), min(mine.size, offset + theirs.size)
    return bool(
        np.allclose(mine[first:stop], theirs[first - offset : stop - offset], rtol=0.0, atol=_TOLERANCE_MM)
    )


def box_in(
    reference: Grid,
    source: LabelSource,
    counts: LabelCounts,
    values: Sequence[int],
    resample: Resample | None,
) -> Box:
    """Box of a source's values, in the reference grid's indices.

    Raises
    ------
    GeometryError
        If the source lies on another lattice and resampling was not asked for.
    """
    start, stop = _bounds(source, counts, values)
    box = Box(start, stop)
    step = lattice_step(reference, source.grid)
    if step is not None:
        return step.box(box)
    _require_resampling(reference, source, resample)
    corners = np.array(list(product(*zip(start, [s - 1 for s in stop], strict=True))), dtype=float)
    index = (source.grid.world_mm(corners) - reference.index_to_world_mm[:3, 3]) @ np.linalg.inv(
        reference.index_to_world_mm[:3, :3]
    ).T
    return Box(
        _index(int(v) - 1 for v in np.floor(index.min(axis=0))),
        _index(int(v) + 2 for v in np.ceil(index.max(axis=0))),
    )


def lies_within(reference: Grid, source: LabelSource, counts: LabelCounts, box: Box) -> bool:
    """Whether a box of the reference grid holds every label of a source on the same lattice."""
    step = lattice_step(reference, source.grid)
    if step is None or counts.box is None:
        return False
    filled = step.box(Box(*counts.box))
    return filled.shared(box) == filled


def place(
    source: LabelSource,
    counts: LabelCounts,
    values: set[int],
    reference: Grid,
    box: Box,
    resample: Resample | None,
    dtype: np.dtype[Any],
) -> NDArray[Any]:
    """Labels of a source on a box of the reference grid, shape ``box.shape``; other values are 0.

    Parameters
    ----------
    source : LabelSource
    counts : LabelCounts
        Of the source.
    values : set of int
        Labels that are wanted.
    reference : Grid
    box : Box
    resample : {"nearest"}, optional
    dtype : numpy.dtype
        Unsigned, 8 or 16 bits; holds every value that is wanted.

    Raises
    ------
    GeometryError
        If the source lies on another lattice and resampling was not asked for.
    """
    others = not values >= counts.voxels.keys()
    result = np.zeros(box.shape, dtype=dtype, order="F")
    into, back = lattice_step(reference, source.grid), lattice_step(source.grid, reference)
    if counts.box is None:
        return result
    filled = Box(*counts.box)
    if into is not None and back is not None:
        shared = into.box(filled).shared(box)
        if shared is not None:
            here = back.array(result[shared.within(box)])
            fill_labels(source, back.box(shared).start, here, values, others=others)
        return result
    _require_resampling(reference, source, resample)
    voxels = np.zeros(filled.shape, dtype=dtype, order="F")
    fill_labels(source, filled.start, voxels, values, others=others)
    inverse = np.linalg.inv(source.grid.index_to_world_mm) @ reference.index_to_world_mm
    for k in range(box.shape[2]):
        plane = np.stack(
            np.meshgrid(
                np.arange(box.start[0], box.stop[0]),
                np.arange(box.start[1], box.stop[1]),
                [box.start[2] + k],
                indexing="ij",
            ),
            axis=-1,
        ).reshape(-1, 3)
        index = np.rint(plane @ inverse[:3, :3].T + inverse[:3, 3]).astype(np.int64) - np.array(filled.start)
        valid = ((index >= 0) & (index < voxels.shape)).all(axis=1)
        flat = np.zeros(len(index), dtype=voxels.dtype)
        flat[valid] = voxels[tuple(index[valid].T)]
        result[:, :, k] = flat.reshape(box.shape[:2])
    return result


def place_array(
    voxels: NDArray[Any], start: Index, step: LatticeStep, result: NDArray[Any], box: Box
) -> None:
    """Write voxels from ``start`` of their own grid into ``result``, which lies at ``box`` of the target."""
    own = step.box(Box(start, _index(a + n for a, n in zip(start, voxels.shape, strict=True))))
    _paste(step.array(voxels), own, result, box)


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all boxes."""
    listed = list(boxes)
    return Box(
        _index(min(box.start[axis] for box in listed) for axis in range(3)),
        _index(max(box.stop[axis] for box in listed) for axis in range(3)),
    )


def _paste(voxels: NDArray[Any], own: Box, result: NDArray[Any], box: Box) -> None:
    shared = own.shared(box)
    if shared is not None:
        result[shared.within(box)] = voxels[shared.within(own)]


def _bounds(source: LabelSource, counts: LabelCounts, values: Sequence[int]) -> tuple[Index, Index]:
    if set(values) == set(counts.voxels) and counts.box is not None:
        return counts.box
    loaded = load_box([source], pad_voxels=0, keep=[set(values)])
    return loaded.start, _index(a + n for a, n in zip(loaded.start, loaded.grid.shape, strict=True))


def _require_resampling(reference: Grid, source: LabelSource, resample: Resample | None) -> None:
    if resample is None:
        raise GeometryError(_different(reference, source))
    if not (reference.is_even and source.grid.is_even):
        raise GeometryError(
            f"{source.name} lies on another grid than the liver, and slices are uneven, so it cannot be"
            " resampled; give maps on one grid"
        )


def _different(reference: Grid, source: LabelSource) -> str:
    return (
        f"{source.name} lies on another grid than the liver: {source.grid.describe()} against"
        f" {reference.describe()}; {source.grid.difference(reference) or 'axes differ'}."
        " Give maps on one grid, or ask for --resample nearest"
    )


def _index(values: Iterable[int]) -> Index:
    i, j, k = values
    return int(i), int(j), int(k)
