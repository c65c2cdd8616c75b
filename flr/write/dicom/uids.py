"""Unique identifiers that follow from what they identify: the same input gives the same ones."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pydicom import Dataset

_UNDATED: Final = (
    "SOPInstanceUID",
    "ContentDate",
    "ContentTime",
    "StructureSetDate",
    "StructureSetTime",
    "SeriesDate",
    "SeriesTime",
    "InstanceNumber",
)


def derived_uid(*parts: str) -> str:
    """A UID that only these texts give.

    Notes
    -----
    The root ``2.25`` with a UUID (DICOM PS3.5, annex B.2); the UUID is made of a SHA-256 digest, from which
    the texts cannot be read.

    >>> derived_uid("a", "b") == derived_uid("a", "b"), derived_uid("a", "b") == derived_uid("ab")
    (True, False)
    """
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=5).int}"


def tracking_uid(patient: str, *structure: str) -> str:
    """Identifier of a structure of a patient, the same at every time point.

    Parameters
    ----------
    patient : str
        What identifies the patient; where it is not known, the study.
    *structure : str
        Its name, and the plan's notation for what a plan makes.
    """
    return derived_uid("flr tracking", patient, *structure)


def content_uid(content: Dataset) -> str:
    """SOP instance UID of an object from everything that it says, dates of writing left out.

    Whatever changes in the object changes the UID, so that no archive keeps an old object for a new one.
    """
    from pydicom import Dataset

    undated = Dataset()
    undated.update({e.tag: e for e in content if e.keyword not in _UNDATED})
    return derived_uid("flr instance", hashlib.sha256(encoded(undated)).hexdigest())


def encoded(content: Dataset) -> bytes:
    """The elements of a data set as bytes, explicit little-endian."""
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset

    stream: Any = DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = True, False
    write_dataset(stream, content)
    stream.seek(0, io.SEEK_SET)
    return bytes(stream.read())


def joined(texts: Sequence[str]) -> str:
    """Several texts as one, for a digest."""
    return "\0".join(texts)
