"""What a segmentation or structure set refers to. For matching only: identifiers are never shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flr.dicom.header import Header, quietly
from flr.dicom.opened import malformed, read_dataset
from flr.errors import ReadError

_KEYWORDS = ["ReferencedSeriesSequence", "ReferencedFrameOfReferenceSequence", "FrameOfReferenceUID"]


def references(header: Header) -> tuple[tuple[str, ...], str]:
    """Series that a file refers to, and its frame of reference (empty when it names none).

    Raises
    ------
    ReadError
        If the file cannot be read.
    """
    with quietly():
        try:
            content = read_dataset(header.path, tags=_KEYWORDS, stop_before_pixels=True)
            found = [str(item.get("SeriesInstanceUID", "") or "") for item in _referenced_series(content)]
            frame = frame_of_reference(content)
        except malformed() as error:
            raise ReadError(
                f"a segmentation cannot be read ({type(error).__name__}); export it again"
            ) from error
    return tuple(uid for uid in found if uid), frame


def frame_of_reference(content: Any) -> str:
    """Frame of reference of a data set, or of the first image set that its contours refer to."""
    if uid := str(content.get("FrameOfReferenceUID", "") or ""):
        return uid
    for item in content.get("ReferencedFrameOfReferenceSequence") or ():
        if uid := str(item.get("FrameOfReferenceUID", "") or ""):
            return uid
    return ""


def referenced_instances(content: Any) -> list[str]:
    """SOP instances of the images that a data set refers to, in its own order."""
    found: list[str] = []
    for item in _referenced_series(content):
        images = item.get("ReferencedInstanceSequence") or item.get("ContourImageSequence") or ()
        found += [str(image.get("ReferencedSOPInstanceUID", "") or "") for image in images]
    return [uid for uid in found if uid]


def _referenced_series(content: Any) -> Iterator[Any]:
    yield from content.get("ReferencedSeriesSequence") or ()
    for frame in content.get("ReferencedFrameOfReferenceSequence") or ():
        for study in frame.get("RTReferencedStudySequence") or ():
            yield from study.get("RTReferencedSeriesSequence") or ()
