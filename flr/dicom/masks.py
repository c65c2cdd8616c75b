"""Folders of DICOM masks, one binary series per structure, named by its folder (3D-IRCADb)."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from flr.dicom.header import Header
from flr.dicom.series import Series
from flr.dicom.source import DicomSource
from flr.labels import canonical_name
from flr.labels.organs import is_known_elsewhere

_SCHEME: Final = "ircadb01"
_MASK_FOLDER: Final = "mask"
# Structures of 3D-IRCADb beside those of its label scheme, written as there.
_MORE_MASKS: Final = frozenset(
    """
    kidneys lungs leftsurrenalgland rightsurrenalgland surrenalgland smallintestin smallintestine colon tumor
    tumors metal metastasectomie uterus bladder stones heart hyperplasie livercysts portalvein1 rightlungtumor
    """.split()  # noqa: SIM905
)


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


def patient_of(header: Header) -> str:
    """Digest of the patient of a file; empty where unknown, or where only a structure's own name is given.

    3D-IRCADb names the "patient" of each mask after the structure. That is believed only of a known structure
    whose folder has the same name: nobody is called ``portalvein`` and lies in a folder ``portalvein``.
    """
    fields = [text for key in ("PatientID", "PatientName") if (text := header.text(key))]
    meaning = _structure(header.path.parent.name)
    if meaning is not None and fields and all(_structure(text) == meaning for text in fields):
        return ""
    return header.patient_key


def _structure(own_name: str) -> str | None:
    """What a folder or patient is called after, as far as it is a structure that is known."""
    folded = re.sub(r"[\s_^-]+", "", own_name.casefold())
    known = canonical_name(folded, _SCHEME) or canonical_name(own_name, _SCHEME)
    if known is not None:
        return known
    return folded if folded in _MORE_MASKS or is_known_elsewhere(own_name) else None


def is_in_mask_folder(header: Header) -> bool:
    """Whether a file lies in a folder of a folder of masks."""
    return _MASK_FOLDER in header.path.parent.parent.name.casefold()


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
    if canonical_name(series.folder, _SCHEME) is None and not is_in_mask_folder(series.headers[0]):
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
