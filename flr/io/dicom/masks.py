"""Folders of DICOM masks, one binary series per structure, named by its folder (3D-IRCADb)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from flr.io.dicom.series import Series
from flr.io.dicom.source import DicomSource
from flr.labels import canonical_name

_SCHEME: Final = "ircadb01"
_MASK_FOLDER: Final = "mask"


def as_labels(series: Series) -> DicomSource:
    """A series whose pixels the user says are labels."""
    return DicomSource(
        path=series.headers[0].path.parent,
        name=series.name,
        kind="dicom_series",
        grid=series.grid,
        dtype=np.dtype(series.dtype),
        voxels=series,
        quality=series.quality,
        files=tuple(header.path for header in series.headers),
        file_name=series.name,
        frame_of_reference_uid=series.frame_of_reference_uid,
        patient_key=series.patient_key,
    )


def as_mask(series: Series) -> DicomSource | None:
    """A series as a mask; None when it is an image.

    A series is a mask when its folder is named like a structure, or lies in a folder of masks, and its pixels
    hold no other value than 0 and one more.

    Raises
    ------
    ReadError, EnvironmentFailure
        If the pixels of what is named like a mask cannot be read.
    """
    if not series.folder:
        return None
    parent = series.headers[0].path.parent.parent.name.casefold()
    if canonical_name(series.folder, _SCHEME) is None and _MASK_FOLDER not in parent:
        return None
    values: set[int] = set()
    for slab in series.slabs():
        lowest, highest = float(slab.min()), float(slab.max())
        if lowest < 0 or highest != int(highest):
            return None
        if highest and bool(((slab != 0) & (slab != highest)).any()):
            return None
        values |= {int(highest)} - {0}
        if len(values) > 1:
            return None
    return replace(
        as_labels(series),
        name=series.folder,
        names=MappingProxyType(dict.fromkeys(values, series.folder)),
        file_name=series.folder,
    )
