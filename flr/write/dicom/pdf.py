"""The report's PDF inside a DICOM object."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from flr.write.dicom.patient import finished, result_module, series_module
from flr.write.dicom.source import SourceImages

if TYPE_CHECKING:
    from pydicom import Dataset

PDF_CLASS: Final = "1.2.840.10008.5.1.4.1.1.104.1"
_SERIES_NUMBER: Final = 7201


def encapsulated_pdf(
    pdf: bytes, source: SourceImages, *, title: str = "flr report", made: datetime | None
) -> Dataset:
    """A PDF as an Encapsulated PDF object.

    Parameters
    ----------
    pdf : bytes
    source : SourceImages
    title : str
        Must not identify the patient.
    made : datetime or None
        See :func:`flr.write.dicom.patient.finished`.
    """
    from pydicom.sequence import Sequence as Items

    result = result_module(source)
    series_module(
        result,
        source,
        modality="DOC",
        number=_SERIES_NUMBER,
        kind="PDF",
        description="flr future liver remnant report",
    )
    result.InstanceNumber = 1
    result.ConversionType = "WSD"
    result.BurnedInAnnotation = "YES"
    result.AcquisitionDateTime = ""
    result.DocumentTitle = title
    result.ConceptNameCodeSequence = Items([])
    result.MIMETypeOfEncapsulatedDocument = "application/pdf"
    result.EncapsulatedDocumentLength = len(pdf)
    result.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return finished(result, PDF_CLASS, made)
