"""Key pictures as Secondary Capture, so that every viewer shows them beside the images."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from flr.write.dicom.patient import finished, result_module, series_module
from flr.write.dicom.source import SourceImages

if TYPE_CHECKING:
    from pydicom import Dataset

SC_CLASS: Final = "1.2.840.10008.5.1.4.1.1.7"
_SERIES_NUMBER: Final = 7301


def secondary_capture(
    picture: NDArray[np.uint8],
    source: SourceImages,
    *,
    comment: str,
    instance_number: int,
    made: datetime | None,
) -> Dataset:
    """One picture as a Secondary Capture image. It is for looking at: it has no millimetres.

    Parameters
    ----------
    picture : ndarray of uint8, shape (rows, columns, 3)
        Red, green, blue.
    source : SourceImages
    comment : str
        What it shows; must not identify the patient.
    instance_number : int
    made : datetime or None
        See :func:`flr.write.dicom.patient.finished`.
    """
    result = result_module(source)
    series_module(
        result, source, modality="OT", number=_SERIES_NUMBER, kind="SC", description="flr key pictures"
    )
    result.InstanceNumber = instance_number
    result.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    result.ConversionType = "WSD"
    result.PatientOrientation = ""
    result.ImageComments = comment
    result.BurnedInAnnotation = "NO"
    result.LossyImageCompression = "00"
    rows, columns, _ = picture.shape
    result.SamplesPerPixel = 3
    result.PhotometricInterpretation = "RGB"
    result.PlanarConfiguration = 0
    result.Rows, result.Columns = rows, columns
    result.BitsAllocated = result.BitsStored = 8
    result.HighBit = 7
    result.PixelRepresentation = 0
    pixels = np.ascontiguousarray(picture).tobytes()
    result.add_new(0x7FE00010, "OB", pixels + b"\0" * (len(pixels) % 2))
    return finished(result, SC_CLASS, made)
