"""Masks kept as bits, plane by plane, and streamed as label maps in layers without overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from flr.errors import LabelError
from flr.geometry import Grid
from flr.quality import CHECKS, QualityFinding
from flr.stream import PlainVoxels

_SLAB_BYTES = 512 * 1024
_SAME_STRUCTURE_SHARE = 0.25
_GAP_ERROR_PERCENT = 0.5
_MAX_LISTED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """One structure on one plane.

    Parameters
    ----------
    value : int
        Label of the structure.
    k : int
        Plane.
    bits : ndarray of uint8, shape (bytes,)
        The mask row by row, eight pixels to a byte, the lowest bit first.
    corner : tuple of int
        First column i and row j of the mask in the plane.
    shape : tuple of int
        Rows and columns of the mask.
    """

    value: int
    k: int
    bits: NDArray[np.uint8]
    corner: tuple[int, int]
    shape: tuple[int, int]

    @property
    def area(self) -> int:
        """Pixels of the mask."""
        return popcount(self.bits)

    def unpacked(self) -> NDArray[np.uint8]:
        """The mask as zeros and ones, shape ``shape``."""
        rows, columns = self.shape
        return np.unpackbits(self.bits, count=rows * columns, bitorder="little").reshape(rows, columns)


def pack(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Bits of a mask, as `Mask` keeps them."""
    return np.packbits(pixels.reshape(-1) != 0, bitorder="little")


def popcount(bits: NDArray[np.uint8]) -> int:
    """Number of ones in packed bits; whole machine words are counted at once where they fit."""
    words = bits.view(np.uint64) if bits.size % 8 == 0 and bits.flags.c_contiguous else bits
    if hasattr(np, "bitwise_count"):
        return int(np.bitwise_count(words).sum(dtype=np.int64))
    return int(np.unpackbits(bits).sum(dtype=np.int64))


class Store(Protocol):
    """Voxels of one or more structures, plane by plane."""

    @property
    def values(self) -> tuple[int, ...]:
        """Labels that have a voxel or at least a plane."""

    def planes_of(self, value: int) -> tuple[int, ...]:
        """Planes that speak of a label, ascending."""

    def mask(self, value: int, k: int) -> NDArray[np.bool_]:
        """One label on one plane, shape (rows, columns)."""


@dataclass(frozen=True, eq=False)
class MaskVoxels(PlainVoxels):
    """Masks that exclude one another, streamed as a label map; see ``flr.stream.LabelSource``.

    Parameters
    ----------
    shape : tuple of int
        Voxels along (i, j, k).
    masks : tuple of Mask
        At most one for each value and plane.
    """

    shape: tuple[int, int, int]
    masks: tuple[Mask, ...] = field(repr=False)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The smallest type that holds every label."""
        highest = max((mask.value for mask in self.masks), default=0)
        return np.dtype(np.uint8 if highest <= 255 else np.uint16)

    @property
    def values(self) -> tuple[int, ...]:
        """Labels of the masks, ascending."""
        return tuple(sorted(self._by_value))

    @cached_property
    def _by_value(self) -> dict[int, dict[int, Mask]]:
        found: dict[int, dict[int, Mask]] = {}
        for mask in self.masks:
            found.setdefault(mask.value, {})[mask.k] = mask
        return found

    def planes_of(self, value: int) -> tuple[int, ...]:
        """Planes that have a mask of a label, ascending."""
        return tuple(sorted(self._by_value.get(value, ())))

    def mask(self, value: int, k: int) -> NDArray[np.bool_]:
        """One label on one plane, shape (rows, columns)."""
        plane = np.zeros((self.shape[1], self.shape[0]), dtype=bool)
        mask = self._by_value.get(value, {}).get(k)
        if mask is not None:
            _window(plane, mask)[...] = mask.unpacked()
        return plane

    def moved(
        self, shape: tuple[int, int, int], k_of: Sequence[int], corner: tuple[int, int] = (0, 0)
    ) -> MaskVoxels:
        """The same masks on another grid: plane ``k`` becomes ``k_of[k]``, the first pixel ``corner``."""
        i, j = corner
        return MaskVoxels(
            shape,
            tuple(
                replace(m, k=int(k_of[m.k]), corner=(m.corner[0] + i, m.corner[1] + j)) for m in self.masks
            ),
        )

    def sides_reached(self) -> frozenset[str]:
        """The sides ``i-``, ``i+``, ``j-`` and ``j+`` of the planes on which something is drawn."""
        united: dict[tuple[tuple[int, int], tuple[int, int]], NDArray[np.uint8]] = {}
        for mask in self.masks:
            key = (mask.corner, mask.shape)
            united[key] = united[key] | mask.bits if key in united else mask.bits
        found: set[str] = set()
        for (corner, shape), bits in united.items():
            found |= _sides(Mask(0, 0, bits, corner, shape).unpacked(), corner, self.shape)
        return frozenset(found)

    def slabs(self, slices_per_slab: int | None = None) -> Iterator[NDArray[Any]]:
        """Labels in slabs of whole slices, shape (slices, rows, columns), through one reused buffer."""
        n_i, n_j, n_k = self.shape
        dtype = self.dtype
        slices = min(n_k, slices_per_slab or max(1, _SLAB_BYTES // (n_i * n_j * dtype.itemsize)))
        by_plane: dict[int, list[Mask]] = {}
        for mask in self.masks:
            by_plane.setdefault(mask.k, []).append(mask)
        buffer = np.zeros((slices, n_j, n_i), dtype=dtype)
        dirty = False
        for first in range(0, n_k, slices):
            slab = buffer[: min(slices, n_k - first)]
            if dirty:
                buffer[...] = 0
                dirty = False
            for offset, plane in enumerate(slab):
                for mask in by_plane.get(first + offset, ()):
                    window = _window(plane, mask)
                    np.maximum(window, mask.unpacked() * dtype.type(mask.value), out=window)
                    dirty = True
            yield slab


def _sides(drawn: NDArray[Any], corner: tuple[int, int], shape: tuple[int, int, int]) -> set[str]:
    """Sides of planes of a shape that something reaches, drawn in a window of them."""
    (i, j), (rows, columns) = corner, drawn.shape
    edges = {"i-": (i == 0, drawn[:, 0]), "i+": (i + columns == shape[0], drawn[:, -1])}
    edges |= {"j-": (j == 0, drawn[0]), "j+": (j + rows == shape[1], drawn[-1])}
    return {side for side, (is_edge, line) in edges.items() if is_edge and line.any()}


def _window(plane: NDArray[Any], mask: Mask) -> NDArray[Any]:
    (i, j), (rows, columns) = mask.corner, mask.shape
    return plane[j : j + rows, i : i + columns]


@dataclass(frozen=True, eq=False)
class LabelVoxels(PlainVoxels):
    """Planes of labels, streamed as a label map; planes that are not there are background.

    Parameters
    ----------
    shape : tuple of int
        Voxels along (i, j, k).
    planes : mapping of int to ndarray
        Plane to its labels, shape (rows, columns), all of one type.
    corner : tuple of int
        First column i and row j of all planes.
    """

    shape: tuple[int, int, int]
    planes: Mapping[int, NDArray[Any]] = field(repr=False)
    corner: tuple[int, int] = (0, 0)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the labels."""
        return next(iter(self.planes.values())).dtype if self.planes else np.dtype(np.uint8)

    @property
    def values(self) -> tuple[int, ...]:
        """Labels that occur, ascending."""
        found: set[int] = set()
        for labels in self.planes.values():
            found.update(np.flatnonzero(np.bincount(labels.reshape(-1))).tolist())
        return tuple(sorted(found - {0}))

    def planes_of(self, value: int) -> tuple[int, ...]:
        """Every plane that there is: each speaks of all labels."""
        return tuple(sorted(self.planes))

    def mask(self, value: int, k: int) -> NDArray[np.bool_]:
        """One label on one plane, shape (rows, columns)."""
        plane = np.zeros((self.shape[1], self.shape[0]), dtype=bool)
        if k in self.planes:
            self._placed(plane, self.planes[k] == value)
        return plane

    def _placed(self, plane: NDArray[Any], labels: NDArray[Any]) -> None:
        i, j = self.corner
        plane[j : j + labels.shape[0], i : i + labels.shape[1]] = labels

    def sides_reached(self) -> frozenset[str]:
        """As `MaskVoxels.sides_reached`."""
        return frozenset().union(*(_sides(one, self.corner, self.shape) for one in self.planes.values()))

    def moved(
        self, shape: tuple[int, int, int], k_of: Sequence[int], corner: tuple[int, int] = (0, 0)
    ) -> LabelVoxels:
        """The same planes on another grid, as `MaskVoxels.moved`."""
        return LabelVoxels(
            shape,
            {int(k_of[k]): labels for k, labels in self.planes.items()},
            (self.corner[0] + corner[0], self.corner[1] + corner[1]),
        )

    def slabs(self, slices_per_slab: int | None = None) -> Iterator[NDArray[Any]]:
        """Labels in slabs of whole slices, shape (slices, rows, columns), through one reused buffer."""
        n_i, n_j, n_k = self.shape
        slices = min(n_k, slices_per_slab or max(1, _SLAB_BYTES // (n_i * n_j * self.dtype.itemsize)))
        buffer = np.zeros((slices, n_j, n_i), dtype=self.dtype)
        for first in range(0, n_k, slices):
            slab = buffer[: min(slices, n_k - first)]
            slab[...] = 0
            for offset, plane in enumerate(slab):
                if first + offset in self.planes:
                    self._placed(plane, self.planes[first + offset])
            yield slab


def merged(masks: Iterable[Mask]) -> tuple[tuple[Mask, ...], int]:
    """Masks with one for each value and plane, and how many were united with another one."""
    found: dict[tuple[int, int], Mask] = {}
    united = 0
    for mask in masks:
        key = (mask.value, mask.k)
        other = found.get(key)
        if other is None:
            found[key] = mask
            continue
        if (other.corner, other.shape) != (mask.corner, mask.shape):
            raise LabelError(
                f"segment {mask.value} has two frames of different size on one plane; export it again"
            )
        found[key] = replace(mask, bits=mask.bits | other.bits)
        united += 1
    return tuple(found.values()), united


def exclusive_layers(masks: Sequence[Mask]) -> list[tuple[Mask, ...]]:
    """Masks in layers within which no two structures overlap; one layer unless they do.

    Structures go, in ascending order, into the first layer that has room for them.
    """
    by_plane: dict[int, list[Mask]] = {}
    for mask in masks:
        by_plane.setdefault(mask.k, []).append(mask)
    clashes: dict[int, set[int]] = {}
    for on_plane in by_plane.values():
        for number, one in enumerate(on_plane):
            for other in on_plane[:number]:
                if other.value not in clashes.get(one.value, ()) and _overlap(one, other):
                    clashes.setdefault(one.value, set()).add(other.value)
                    clashes.setdefault(other.value, set()).add(one.value)
    layers: list[set[int]] = []
    for value in sorted({mask.value for mask in masks}):
        room = next((layer for layer in layers if not layer & clashes.get(value, set())), None)
        if room is None:
            layers.append({value})
        else:
            room.add(value)
    return [tuple(mask for mask in masks if mask.value in layer) for layer in layers]


def _overlap(one: Mask, other: Mask) -> bool:
    if (one.corner, one.shape) == (other.corner, other.shape):
        return bool(np.any(_words(one.bits) & _words(other.bits)))
    start = [max(a, b) for a, b in zip(one.corner, other.corner, strict=True)]
    stop = [
        min(a + n, b + m)
        for a, n, b, m in zip(one.corner, one.shape[::-1], other.corner, other.shape[::-1], strict=True)
    ]
    if any(a >= b for a, b in zip(start, stop, strict=True)):
        return False
    cut = [
        mask.unpacked()[
            start[1] - mask.corner[1] : stop[1] - mask.corner[1],
            start[0] - mask.corner[0] : stop[0] - mask.corner[0],
        ]
        for mask in (one, other)
    ]
    return bool(np.any(cut[0] & cut[1]))


def _words(bits: NDArray[np.uint8]) -> NDArray[Any]:
    return bits.view(np.uint64) if bits.size % 8 == 0 and bits.flags.c_contiguous else bits


def continues(store: Store, value: int, before: int, after: int) -> bool:
    """Whether a structure on two planes is one body, so that it must also lie between them.

    It is when the two cross-sections share at least a quarter of the smaller one.
    """
    one, other = store.mask(value, before), store.mask(value, after)
    smaller = min(np.count_nonzero(one), np.count_nonzero(other))
    return bool(smaller and np.count_nonzero(one & other) >= _SAME_STRUCTURE_SHARE * smaller)


def volumes_of(store: MaskVoxels | LabelVoxels, grid: Grid) -> dict[int, float]:
    """Volume of each label that has a voxel. [mL]"""
    voxel_ml = grid.slice_voxel_volumes_ml
    voxels: dict[int, NDArray[np.intp]] = {}
    if isinstance(store, MaskVoxels):
        for mask in store.masks:
            voxels.setdefault(mask.value, np.zeros(len(voxel_ml), dtype=np.intp))[mask.k] += mask.area
    else:
        for k, labels in store.planes.items():
            for value, n in enumerate(np.bincount(labels.reshape(-1)).tolist()):
                if value and n:
                    voxels.setdefault(value, np.zeros(len(voxel_ml), dtype=np.intp))[k] += n
    return {value: float(per_slice @ voxel_ml) for value, per_slice in voxels.items()}


def gap_findings(
    store: Store, names: Mapping[int, str], distances_mm: NDArray[np.float64], pixel_mm2: float
) -> tuple[QualityFinding, ...]:
    """Structures that skip planes in the middle of a body.

    Parameters
    ----------
    store : Store
    names : mapping of int to str
    distances_mm : ndarray, shape (planes,)
        Position of each plane along the normal.
    pixel_mm2 : float
        Area of a pixel.
    """
    findings = []
    for value in store.values:
        planes = [k for k in store.planes_of(value) if store.mask(value, k).any()]
        skipped: list[tuple[int, int]] = [
            (before, after)
            for before, after in pairwise(planes)
            if after - before > 1 and continues(store, value, before, after)
        ]
        if not skipped:
            continue
        missing_ml = drawn_ml = 0.0
        for before, after in pairwise(planes):
            area = (
                np.count_nonzero(store.mask(value, before)) + np.count_nonzero(store.mask(value, after))
            ) / 2
            volume_ml = area * pixel_mm2 * float(distances_mm[after] - distances_mm[before]) / 1000.0
            drawn_ml += volume_ml
            if (before, after) in skipped:
                missing_ml += volume_ml * (after - before - 1) / (after - before)
        percent = 100.0 * missing_ml / drawn_ml if drawn_ml else 0.0
        where = "; ".join(
            f"between {distances_mm[before]:.2f} and {distances_mm[after]:.2f} mm"
            for before, after in skipped[:_MAX_LISTED]
        )
        more = f" and {len(skipped) - _MAX_LISTED} more" if len(skipped) > _MAX_LISTED else ""
        message = (
            f"{names.get(value, f'label {value}')} is not drawn on {sum(b - a - 1 for a, b in skipped)}"
            f" slice(s) in the middle of it ({where}{more}); about {missing_ml:.1f} mL ({percent:.1f} %) are"
            " not counted"
        )
        severe = percent > _GAP_ERROR_PERCENT
        findings.append(CHECKS["seg_gap"].finding(message, "error" if severe else "warning"))
    return tuple(findings)
