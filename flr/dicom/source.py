"""A label map that came out of DICOM: like any other label source, with what DICOM alone knows."""

from __future__ import annotations

from dataclasses import dataclass, field

from flr.dicom.series import Series
from flr.stream import LabelSource


@dataclass(frozen=True)
class DicomSource(LabelSource):
    """One layer of a SEG, an RTSTRUCT or a folder of masks.

    Parameters
    ----------
    series : Series, optional
        The images that the labels were drawn on, where they are at hand.
    is_drawn_by_hand : bool
        The file says that a person drew all its segments (SegmentAlgorithmType MANUAL).
    made_by : str
        The program that it names as the author of all of them (SegmentAlgorithmName).
    frame_of_reference_uid, patient_key : str
        For matching only; never shown.
    """

    series: Series | None = None
    is_drawn_by_hand: bool = False
    made_by: str = ""
    frame_of_reference_uid: str = field(default="", repr=False)
    patient_key: str = field(default="", repr=False)
