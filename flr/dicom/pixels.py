"""Pixels of image slices: read straight from the file where they are plain, decoded by pydicom where not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.dicom.header import Header, quietly
from flr.dicom.opened import malformed, read_dataset
from flr.errors import EnvironmentFailure, ReadError

_NEED_CODECS: Final = {
    "1.2.840.10008.1.2.4.57": "JPEG Lossless",
    "1.2.840.10008.1.2.4.70": "JPEG Lossless",
    "1.2.840.10008.1.2.4.201": "HTJ2K",
    "1.2.840.10008.1.2.4.202": "HTJ2K",
    "1.2.840.10008.1.2.4.203": "HTJ2K",
}
_STANDARD_ROOT: Final = "1.2.840.10008.1.2"


@dataclass(frozen=True, slots=True)
class PixelPlace:
    """One slice's pixels, and how stored values become real ones.

    Parameters
    ----------
    header : Header
    frame : int
        Number of the frame in its file, from 0.
    slope, intercept : float
        Stored values are multiplied and shifted by these.
    """

    header: Header
    frame: int = 0
    slope: float = 1.0
    intercept: float = 0.0

    @property
    def is_scaled(self) -> bool:
        """Whether real values differ from stored ones."""
        return self.slope != 1.0 or self.intercept != 0.0


def stored_dtype(header: Header) -> np.dtype[Any]:
    """Type of the stored pixels, native byte order.

    Raises
    ------
    ReadError
        If the header gives no pixel type that grey-level images have.
    """
    bits = header.whole("BitsAllocated")
    if bits not in (8, 16, 32):
        raise ReadError(f"an image has {bits} bits per pixel; expected 8, 16 or 32")
    return np.dtype(f"{'i' if header.whole('PixelRepresentation') else 'u'}{bits // 8}")


def read_planes(
    places: Sequence[PixelPlace], rows: tuple[int, int], columns: tuple[int, int]
) -> Iterator[NDArray[Any]]:
    """Stored pixels of slices, cropped to half-open ranges of rows and columns, one slice after the other.

    Yields
    ------
    ndarray, shape (rows, columns)
        Not scaled. Its memory is the caller's.

    Raises
    ------
    ReadError
        If pixels are damaged, cut short, or stored in a way that is not known.
    EnvironmentFailure
        If the library that decompresses them is not installed.
    """
    decoded: NDArray[Any] | None = None
    last: Header | None = None
    for place in places:
        header = place.header
        if header.pixel_offset is not None:
            yield _read_plain(header, place.frame, rows, columns)
            continue
        if decoded is None or header is not last:
            decoded, last = _decode(header), header
        yield decoded[place.frame, slice(*rows), slice(*columns)]


def read_scaled(
    places: Sequence[PixelPlace], rows: tuple[int, int], columns: tuple[int, int]
) -> NDArray[np.float32]:
    """Real values (HU for CT) of slices, shape (slices, rows, columns); raises as `read_planes`."""
    shape = (len(places), rows[1] - rows[0], columns[1] - columns[0])
    values = np.empty(shape, dtype=np.float32)
    for place, target, stored in zip(places, values, read_planes(places, rows, columns), strict=True):
        if place.slope == 1.0:
            np.add(stored, np.float32(place.intercept), out=target, casting="unsafe")
        else:
            np.multiply(stored, np.float32(place.slope), out=target, casting="unsafe")
            target += np.float32(place.intercept)
    return values


def _read_plain(header: Header, frame: int, rows: tuple[int, int], columns: tuple[int, int]) -> NDArray[Any]:
    dtype = stored_dtype(header)
    n_columns = header.whole("Columns")
    row_bytes = n_columns * dtype.itemsize
    first = frame * header.whole("Rows") * row_bytes + rows[0] * row_bytes
    n_bytes = (rows[1] - rows[0]) * row_bytes
    buffer = np.empty(n_bytes, dtype=np.uint8)
    if header.pixel_offset is None or first + n_bytes > header.pixel_bytes:
        raise ReadError("an image holds fewer pixels than its header promises; copy or export it again")
    try:
        with header.path.open("rb", buffering=0) as file:
            file.seek(header.pixel_offset + first)
            got = file.readinto(buffer.data)
    except OSError as error:
        raise ReadError(f"an image cannot be read ({error.strerror or 'damaged'})") from error
    if got != n_bytes:
        raise ReadError("an image is cut short; copy or export it again")
    pixels = buffer.view(dtype.newbyteorder("<")).reshape(rows[1] - rows[0], n_columns)
    return _without_unused_bits(pixels[:, slice(*columns)], header)


def _without_unused_bits(pixels: NDArray[Any], header: Header) -> NDArray[Any]:
    """Old scanners keep overlays in the bits above those that hold the pixel."""
    allocated, stored = header.whole("BitsAllocated"), header.whole("BitsStored")
    unused = allocated - stored
    if not 0 < unused < allocated:
        return pixels
    if header.whole("PixelRepresentation"):
        pixels <<= unused
        pixels >>= unused
    else:
        pixels &= (1 << stored) - 1
    return pixels


def _decode(header: Header) -> NDArray[Any]:
    """All frames of a file, shape (frames, rows, columns), by pydicom."""
    from pydicom.pixels.utils import pixel_array

    require_decoder(header.text("TransferSyntaxUID"))
    with quietly():
        try:
            pixels = pixel_array(read_dataset(header.path))
        except malformed(RuntimeError) as error:
            raise ReadError(
                f"the pixels of an image cannot be decoded ({type(error).__name__}); copy or export it again"
            ) from error
    return pixels.reshape(-1, header.whole("Rows"), header.whole("Columns"))


def require_decoder(transfer_syntax_uid: str) -> None:
    """Refuse a way of storing pixels that cannot be decoded here, naming what would help.

    Raises
    ------
    EnvironmentFailure
        If an optional library would decode it.
    ReadError
        If nothing would.
    """
    from pydicom.pixels.decoders.base import get_decoder

    try:
        available = get_decoder(transfer_syntax_uid).is_available
    except NotImplementedError:
        available = None
    if available:
        return
    if transfer_syntax_uid in _NEED_CODECS:
        raise EnvironmentFailure(
            f"the images are compressed as {_NEED_CODECS[transfer_syntax_uid]}, which needs an optional"
            " decoder: pip install 'flr[codecs]'"
        )
    if available is not None:
        raise EnvironmentFailure("no decoder for these compressed images: pip install 'flr[codecs]'")
    kind = "a private" if not transfer_syntax_uid.startswith(_STANDARD_ROOT) else "an unsupported"
    raise ReadError(
        f"the pixels are stored in {kind} transfer syntax that cannot be decoded; export them as Explicit VR"
        " Little Endian or JPEG 2000"
    )
