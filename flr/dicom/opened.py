"""Opening DICOM files through pydicom so that a damaged one is an error of ours, within bounds of memory."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from flr.errors import ReadError

_MALFORMED: Final = (
    AttributeError,
    EOFError,
    KeyError,
    IndexError,
    NotImplementedError,
    OSError,
    OverflowError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)

MAX_INFLATED_BYTES: Final = 1 << 29
"""What a deflated file may hold; pydicom inflates it in one piece."""


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
        if size is not None and size >= 0:
            return super().read(min(size, left))
        # pydicom asks for all that is left only to inflate it.
        rest = super().read(left)
        _check_inflated(rest)
        return rest


def _check_inflated(deflated: bytes) -> None:
    """Refuse a bomb: a small file that inflates to more than the memory of the machine."""
    inflater, rest, n_bytes = zlib.decompressobj(-zlib.MAX_WBITS), deflated, 0
    while rest and not inflater.eof:
        n_bytes += len(inflater.decompress(rest, 1 << 20))
        rest = inflater.unconsumed_tail
        if n_bytes > MAX_INFLATED_BYTES:
            raise ReadError(
                f"a deflated file of {len(deflated)} bytes inflates to more than {MAX_INFLATED_BYTES}; "
                "export it again without compression"
            )


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
