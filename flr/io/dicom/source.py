"""A label map that came out of DICOM: like any other label source, with what DICOM alone knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from flr.io.dicom.series import Series
from flr.io.stream import LabelSource


@dataclass(frozen=True)
class DicomSource(LabelSource):
    """One layer of a SEG, an RTSTRUCT or a folder of masks.

    Parameters
    ----------
    files : tuple of Path
        Every file that the labels come from.
    series : Series, optional
        The images that the labels were drawn on, where they are at hand.
    partial_ml : mapping of int to float
        Volumes as the sum of occupied fractions, for a FRACTIONAL OCCUPANCY segmentation. [mL]
    planimetric_ml : mapping of int to float
        Volumes as the sum of contour area times slice thickness, for an RTSTRUCT. [mL]
    frame_of_reference_uid, patient_key : str
        For matching only; never shown.
    """

    files: tuple[Path, ...] = ()
    series: Series | None = None
    partial_ml: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    planimetric_ml: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    frame_of_reference_uid: str = field(default="", repr=False)
    patient_key: str = field(default="", repr=False)
