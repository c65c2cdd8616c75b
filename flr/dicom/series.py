"""One stack of CT or MR slices, read like any other file of voxels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.dicom.header import Header
from flr.dicom.pixels import PixelPlace, read_planes, read_scaled, stored_dtype
from flr.dicom.planes import Planes
from flr.geometry import Grid
from flr.quality import QualityFinding

_SLAB_BYTES = 512 * 1024


@dataclass(frozen=True, eq=False)
class Series:
    """One stack of parallel slices: an acquisition of a series in one orientation.

    Parameters
    ----------
    name : str
        Modality and number, with the orientation or acquisition where a series has several. Never
        identifies the patient.
    modality : str
    grid : Grid
        RAS+; uneven or missing slices give it slice weights.
    planes : Planes
        The same geometry in DICOM's own terms.
    pixels : tuple of PixelPlace
        Of each slice k.
    quality : tuple of QualityFinding
    series_uid, frame_of_reference_uid, patient_key : str
        For matching only; never shown.
    k_of_instance : mapping of str to int
        SOP instance to slice index, for matching only.
    folder : str
        Name of the folder that holds all slices, empty when there are several.
    """

    name: str
    modality: str
    grid: Grid
    planes: Planes = field(repr=False)
    pixels: tuple[PixelPlace, ...] = field(repr=False)
    quality: tuple[QualityFinding, ...] = ()
    series_uid: str = field(default="", repr=False)
    frame_of_reference_uid: str = field(default="", repr=False)
    patient_key: str = field(default="", repr=False)
    k_of_instance: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    folder: str = field(default="", repr=False)

    @property
    def headers(self) -> tuple[Header, ...]:
        """One header per file."""
        return tuple({id(place.header): place.header for place in self.pixels}.values())

    # A series can be streamed like any label file; see ``flr.stream.Voxels``.

    @property
    def is_scaled(self) -> bool:
        """Whether real values differ from stored ones."""
        return any(place.is_scaled for place in self.pixels)

    @property
    def layers(self) -> int:
        """One: an image has one value per voxel."""
        return 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the real values."""
        return np.dtype(np.float32) if self.is_scaled else stored_dtype(self.pixels[0].header)

    def slabs(self, slices_per_slab: int | None = None) -> Iterator[NDArray[Any]]:
        """Real values in slabs of whole slices, shape (slices, rows, columns)."""
        n_i, n_j, n_k = self.grid.shape
        slices = slices_per_slab or max(1, _SLAB_BYTES // (n_i * n_j * self.dtype.itemsize))
        for first in range(0, n_k, slices):
            places = self.pixels[first : first + slices]
            if self.is_scaled:
                yield read_scaled(places, (0, n_j), (0, n_i))
            else:
                yield np.ascontiguousarray(np.stack(list(read_planes(places, (0, n_j), (0, n_i)))))

    def read_box(self, start: tuple[int, int, int], shape: tuple[int, int, int]) -> NDArray[np.float32]:
        """Real values of a box, indexed (i, j, k); only its slices and rows are read.

        Raises
        ------
        ReadError, EnvironmentFailure
            If the pixels cannot be read or decoded.
        """
        (i, j, k), (n_i, n_j, n_k) = start, shape
        return read_scaled(self.pixels[k : k + n_k], (j, j + n_j), (i, i + n_i)).T

    def read_stored(self) -> NDArray[Any]:
        """All stored values, unscaled, shape (k, j, i)."""
        n_i, n_j, n_k = self.grid.shape
        stored = np.empty((n_k, n_j, n_i), dtype=stored_dtype(self.pixels[0].header))
        for target, plane in zip(stored, read_planes(self.pixels, (0, n_j), (0, n_i)), strict=True):
            target[...] = plane
        return stored
