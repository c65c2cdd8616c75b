"""DICOM: image series, SEG, RTSTRUCT and folders of masks, read for their geometry and labels."""

from flr.dicom.facts import patient_facts
from flr.dicom.series import Series
from flr.dicom.sorting import sort_series
from flr.dicom.source import DicomSource
from flr.dicom.study import DicomFiles, DicomStudy, find_dicom, is_dicom, open_study

__all__ = [
    "DicomFiles",
    "DicomSource",
    "DicomStudy",
    "Series",
    "find_dicom",
    "is_dicom",
    "open_study",
    "patient_facts",
    "sort_series",
]
