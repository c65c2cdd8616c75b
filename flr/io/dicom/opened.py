"""Opening DICOM files through pydicom so that a damaged one is an error of ours, within bounds of memory."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

_MALFORMED: Final = (
    AttributeError,
    EOFError,
    KeyError,
    IndexError,
    NotImplementedError,
    OSError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def malformed(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What pydicom raises for bytes that are no DICOM, or whose values are not what their tags promise.

    ``more`` is what else a step may raise, such as the ``RuntimeError`` of a decoder.
    """
    from pydicom.errors import BytesLengthException, InvalidDicomError

    return (*_MALFORMED, *more, BytesLengthException, InvalidDicomError)


class _Bounded(io.BufferedReader):
    """A file of which nobody reads more than is there: a length in a header is a promise, not a fact.

    Python sets aside as many bytes as it is asked to read before it looks how many there are.
    """

    def __init__(self, path: Path) -> None:
        raw = io.FileIO(path)
        super().__init__(raw)
        self._bytes = os.fstat(raw.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """At most what is left of the file."""
        left = max(0, self._bytes - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left))


def read_dataset(path: Path, *, tags: Sequence[Any] | None = None, stop_before_pixels: bool = False) -> Any:
    """A file's dataset by pydicom, with or without the preamble.

    Raises
    ------
    What `malformed` lists.
    """
    from pydicom import dcmread

    with _Bounded(path) as stream:
        # pydicom reads everything now; nothing is fetched from the closed file later.
        return dcmread(
            stream,
            specific_tags=None if tags is None else list(tags),
            stop_before_pixels=stop_before_pixels,
            force=True,
        )
