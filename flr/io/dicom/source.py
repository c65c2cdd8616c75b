"""A label map that came out of DICOM: like any other label source, with what DICOM alone knows."""

from __future__ import annotations

from dataclasses import dataclass, field

from flr.io.dicom.series import Series
from flr.io.stream import LabelSource


@dataclass(frozen=True)
class DicomSource(LabelSource):
    """One layer of a SEG, an RTSTRUCT or a folder of masks.

    Parameters
    ----------
    series : Series, optional
        The images that the labels were drawn on, where they are at hand.
    frame_of_reference_uid, patient_key : str
        For matching only; never shown.
    """

    series: Series | None = None
    frame_of_reference_uid: str = field(default="", repr=False)
    patient_key: str = field(default="", repr=False)
