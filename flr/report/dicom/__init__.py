"""Results as DICOM objects that go back to the images: SEG, structured report, PDF, pictures, RTSTRUCT."""

from flr.report.dicom.save import KINDS, Kind, Result, dicom_results, save_dicom
from flr.report.dicom.seg import SEG_TYPES, SegType
from flr.report.dicom.source import SourceImages, source_images

__all__ = [
    "KINDS",
    "SEG_TYPES",
    "Kind",
    "Result",
    "SegType",
    "SourceImages",
    "dicom_results",
    "save_dicom",
    "source_images",
]
