"""Results as DICOM objects that go back to the images: SEG, structured report, PDF, pictures, RTSTRUCT."""

from flr.write.dicom.seg import SEG_TYPES, SegType
from flr.write.dicom.source import SourceImages, source_images

__all__ = ["SEG_TYPES", "SegType", "SourceImages", "source_images"]
