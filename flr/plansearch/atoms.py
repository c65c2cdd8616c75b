"""Voxels grouped by the treatments that take them, so that any mixture of treatments is a small sum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from flr.kernels.zones import Zone
from flr.labels import Tissue
from flr.liver import Liver
from flr.plans import Wedge
from flr.tumours import TumourSet


class Atoms:
    """Voxels of all treatments, grouped by which treatments take them: any mixture is then a small sum."""

    def __init__(self, liver: Liver, cuts: Sequence[tuple[Wedge, TumourSet]]) -> None:
        self.bit: dict[str, int] = {}
        self.n_codes = len(liver.part_names) * len(Tissue)
        n_words = max(1, -(-len(cuts) // 64))
        positions: list[NDArray[np.intp]] = []
        zones: dict[tuple[str | tuple[float, ...], float], int] = {}
        for number, (cut, tumours) in enumerate(cuts):
            key = (cut.target, cut.margin_mm)
            if key not in zones:
                zones[key] = len(positions)
                positions.append(_positions(cut, tumours, liver))
            self.bit[cut.text] = number
        seen = np.zeros(liver.parts.size, dtype=bool)
        for where in positions:
            seen[where] = True
        union = np.flatnonzero(seen)
        rank = np.empty(seen.size, dtype=np.int32)
        rank[union] = np.arange(union.size, dtype=np.int32)
        parts, tissues = (array.ravel("F")[union].astype(np.int64) for array in (liver.parts, liver.tissues))
        codes = (parts - 1) * len(Tissue) + tissues + 1
        words = np.zeros((n_words, union.size), dtype=np.uint64)
        for cut, _ in cuts:
            number = self.bit[cut.text]
            column = rank[positions[zones[cut.target, cut.margin_mm]]]
            words[number // 64, column] |= np.uint64(1 << number % 64)
        # Neighbours mostly have the same treatments, part and tissue: only where they change is looked at.
        changes = np.concatenate([codes[None, 1:] != codes[:-1], words[:, 1:] != words[:, :-1]]).any(axis=0)
        start = np.flatnonzero(np.append(True, changes)[: union.size])
        words, codes, length = words[:, start], codes[start], np.diff(start, append=union.size)
        pattern: NDArray[np.int64] = np.zeros(start.size, dtype=np.int64)
        for word in words:
            found, which = np.unique(word, return_inverse=True)
            combined = np.unique(pattern * found.size + which, return_inverse=True)[1]
            pattern = np.asarray(combined, dtype=np.int64)
        cell = pattern * (self.n_codes + 1) + codes
        atoms, first, which = np.unique(cell, return_index=True, return_inverse=True)
        self.count = np.bincount(which, weights=length, minlength=atoms.size).astype(np.int64)
        self.code = (atoms % (self.n_codes + 1)) - 1
        self.words = words[:, first]

    def taken(
        self, resected: Iterable[str], ablated: Iterable[str]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Voxels by part and tissue that cuts resect, and those that others ablate; resection comes first."""
        leaves = self._any(resected)
        destroyed = self._any(ablated) & ~leaves
        first, second = (
            np.bincount(self.code[chosen], weights=self.count[chosen], minlength=self.n_codes).astype(
                np.int64
            )
            for chosen in (leaves, destroyed)
        )
        return first, second

    def _any(self, texts: Iterable[str]) -> NDArray[np.bool_]:
        chosen = np.zeros(self.words.shape[0], dtype=np.uint64)
        for text in texts:
            number = self.bit[text]
            chosen[number // 64] |= np.uint64(1 << number % 64)
        return np.asarray(((self.words & chosen[:, None]) != 0).any(axis=0))


def zone_of(cut: Wedge, tumours: TumourSet, liver: Liver) -> Zone:
    """What a treatment takes, found once for each tumour and margin."""
    if isinstance(cut.target, str):
        return tumours.zone(tumours.named(cut.target), cut.margin_mm)
    return cut.zone(liver)


def _positions(cut: Wedge, tumours: TumourSet, liver: Liver) -> NDArray[np.intp]:
    """Flat (Fortran) positions of the liver's voxels that a treatment takes."""
    zone = zone_of(cut, tumours, liver)
    n_i, n_j, _ = liver.grid.shape
    i, j, k = (np.arange(axis.start, axis.stop) for axis in zone.box)
    flat = i + n_i * (j[:, None] + n_j * k[:, None, None])
    return np.asarray(flat[zone.inside.T & (liver.parts[zone.box].T > 0)])
