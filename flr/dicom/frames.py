"""The frames of a SEG: where they lie, which segment they show, and their pixels; of one file or several.

A segmentation that was too large for one file is a *concatenation*: several files with one ConcatenationUID,
each with some of its frames. They are one segmentation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.dicom.header import NATIVE, Header, quietly
from flr.dicom.opened import malformed, read_dataset
from flr.dicom.pixels import require_decoder
from flr.dicom.planes import Frame2D, frame_2d
from flr.errors import GeometryError, ReadError

KINDS: Final = ("BINARY", "FRACTIONAL", "LABELMAP")

_SAME_SPACING_SHARE: Final = 1e-3
_SAME_DIRECTION: Final = 1e-3

# What every frame is asked for, by tag: by keyword it takes a quarter more time.
_SEGMENT_IDENTIFICATION: Final = 0x0062_000A
_SEGMENT_NUMBER: Final = 0x0062_000B
_PLANE_POSITION: Final = 0x0020_9113
_POSITION: Final = 0x0020_0032
_PLANE_ORIENTATION: Final = 0x0020_9116
_ORIENTATION: Final = 0x0020_0037
_PIXEL_MEASURES: Final = 0x0028_9110
_PIXEL_SPACING: Final = 0x0028_0030


@dataclass(frozen=True, slots=True, eq=False)
class SegFrames:
    """What a SEG says about its frames, before they are placed.

    Parameters
    ----------
    numbers : ndarray of int, shape (frames,)
        Segment of each frame; 0 throughout for a label map.
    positions_mm : ndarray, shape (frames, 3)
        First pixel of each frame (LPS). [mm]
    frame : Frame2D
    size : tuple of int
        Columns and rows.
    groups : tuple
        What each frame says about itself, as pydicom has it.
    declared_step_mm, thickness_mm : float
        SpacingBetweenSlices and SliceThickness; 0 when absent, or not the same for all frames. [mm]
    differing : tuple of str
        Those of the two that frames state differently, in words.
    """

    numbers: NDArray[np.intp]
    positions_mm: NDArray[np.float64]
    frame: Frame2D
    size: tuple[int, int]
    groups: tuple[Any, ...] = field(repr=False)
    declared_step_mm: float = 0.0
    thickness_mm: float = 0.0
    differing: tuple[str, ...] = ()

    def sources_of(self, frames: Mapping[int, int], name: str) -> dict[str, int]:
        """SOP instances that some frames were drawn on, with the plane of each.

        Parameters
        ----------
        frames : mapping of int to int
            Plane to the index of a frame on it.
        name : str
            For messages.

        Raises
        ------
        ReadError
            If that cannot be read.
        """
        with quietly():
            try:
                found = {_source_of(self.groups[index]): plane for plane, index in frames.items()}
            except malformed() as error:
                raise ReadError(
                    f"{name}: what the segmentation was drawn on cannot be read ({type(error).__name__});"
                    " export it again"
                ) from error
        return {uid: k for uid, k in found.items() if uid}


def contents_of(headers: Sequence[Header]) -> tuple[Any, ...]:
    """Data sets of a segmentation's files, in the order of their frames; raises what `malformed` lists."""
    contents = [read_dataset(header.path) for header in headers]
    return tuple(sorted(contents, key=lambda one: int(one.get("InConcatenationNumber", 1) or 1)))


def frames_of(contents: Sequence[Any], name: str) -> SegFrames:
    """What all frames of a segmentation say.

    Raises
    ------
    ReadError
        If there is no frame, or descriptions are missing.
    GeometryError
        If frames have no position, or differ in orientation or pixel size.
    """
    found = [_frames(content, name) for content in contents]
    first = found[0]
    for other in found[1:]:
        turned = max(1.0 - first.frame.row @ other.frame.row, 1.0 - first.frame.column @ other.frame.column)
        if first.size != other.size or turned > _SAME_DIRECTION:
            raise GeometryError(
                f"{name}: the parts of the segmentation have frames of different size or orientation; export"
                " it again as one file"
            )
        _require_same(first.frame.spacing_mm, other.frame.spacing_mm, name)
    steps = {one.declared_step_mm for one in found}, {one.thickness_mm for one in found}
    step_mm, thickness_mm, differing = _common(*steps, tuple(text for one in found for text in one.differing))
    return SegFrames(
        np.concatenate([one.numbers for one in found]),
        np.concatenate([one.positions_mm for one in found]),
        first.frame,
        first.size,
        tuple(group for one in found for group in one.groups),
        step_mm,
        thickness_mm,
        differing,
    )


def _frames(content: Any, name: str) -> SegFrames:
    shared = (
        content.SharedFunctionalGroupsSequence[0] if content.get("SharedFunctionalGroupsSequence") else {}
    )
    n = int(content.get("NumberOfFrames", 1))
    own_groups = content.get("PerFrameFunctionalGroupsSequence")
    if not own_groups or n < 1:
        raise ReadError(f"{name}: an empty segmentation, it has no frame; is it the right file?")
    if len(own_groups) != n:
        raise ReadError(
            f"{name}: {n} frames but {len(own_groups)} descriptions of frames; the file is damaged"
        )
    numbers = np.zeros(n, dtype=np.intp)
    positions = np.empty((n, 3))
    shared_identity = _first_item(shared, _SEGMENT_IDENTIFICATION)
    shared_position = _first_item(shared, _PLANE_POSITION)
    for index, own in enumerate(own_groups):
        identified = _first_item(own, _SEGMENT_IDENTIFICATION, shared_identity)
        if identified is not None:
            numbers[index] = int(identified[_SEGMENT_NUMBER].value)
        placed = _first_item(own, _PLANE_POSITION, shared_position)
        if placed is None:
            raise GeometryError(
                f"{name}: frames without a position in the patient; expected a SEG of CT or MR images"
            )
        positions[index] = [float(v) for v in placed[_POSITION].value]
    measures = _measures(shared, own_groups, name)
    return SegFrames(
        numbers,
        positions,
        frame_2d(_orientation(shared, own_groups, name), [float(v) for v in measures.PixelSpacing], name),
        (int(content.Columns), int(content.Rows)),
        tuple(own_groups),
        *_common(*_distances(shared, own_groups)),
    )


def _distances(shared: Any, own_groups: Sequence[Any]) -> tuple[set[float], set[float]]:
    """Every SpacingBetweenSlices and every SliceThickness that frames state. [mm]"""
    stated = [
        _first_item(shared, _PIXEL_MEASURES),
        *(_first_item(own, _PIXEL_MEASURES) for own in own_groups),
    ]
    known = [one for one in stated if one is not None]
    return (
        {_positive(one, "SpacingBetweenSlices") for one in known} - {0.0},
        {_positive(one, "SliceThickness") for one in known} - {0.0},
    )


def _common(
    steps_mm: set[float], thicknesses_mm: set[float], known: tuple[str, ...] = ()
) -> tuple[float, float, tuple[str, ...]]:
    """The one distance and the one thickness of all frames, 0 for none; and which of them differ.

    The standard lets each frame state its own (PS3.3, C.7.6.16.2.1), and positions decide where it lies. A
    step that is not one says nothing of frames that are missing.
    """
    found: list[float] = []
    differing = list(known)
    for word, several in (("SpacingBetweenSlices", steps_mm), ("SliceThickness", thicknesses_mm)):
        values = sorted(several - {0.0})
        same = bool(values) and values[-1] - values[0] <= _SAME_SPACING_SHARE * values[-1]
        found.append(values[0] if same and not any(text.startswith(word) for text in known) else 0.0)
        if values and not same:
            differing.append(f"{word} of {values[0]:g} to {values[-1]:g} mm")
    return found[0], found[1], tuple(dict.fromkeys(differing))


def _orientation(shared: Any, own_groups: Sequence[Any], name: str) -> tuple[float, ...]:
    """The directions that all frames share."""
    found: tuple[float, ...] | None = None
    for own in own_groups:
        turned = _first_item(own, _PLANE_ORIENTATION)
        if turned is None:
            continue
        directions = tuple(float(v) for v in turned[_ORIENTATION].value)
        if found is not None and not np.allclose(directions, found, rtol=0, atol=_SAME_DIRECTION):
            raise GeometryError(f"{name}: frames of different orientation; expected parallel planes")
        found = directions
    if found is None:
        found = tuple(float(v) for v in shared["PlaneOrientationSequence"][0].ImageOrientationPatient)
    return found


def _measures(shared: Any, own_groups: Sequence[Any], name: str) -> Any:
    """The pixel measures that all frames share; GeometryError where pixel sizes differ."""
    measures = _first_item(shared, _PIXEL_MEASURES)
    for own in own_groups:
        its = _first_item(own, _PIXEL_MEASURES)
        if its is None or its is measures:
            continue
        if measures is None:
            measures = its
        _require_same(measures[_PIXEL_SPACING].value, its[_PIXEL_SPACING].value, name)
    if measures is None:
        raise GeometryError(f"{name}: no pixel spacing; millilitres cannot be known")
    return measures


def _require_same(one: Sequence[Any], other: Sequence[Any], name: str) -> None:
    """Refuse frames of different pixel size: one volume has one."""
    sizes = [[float(v) for v in of] for of in (one, other)]
    if len(sizes[0]) != len(sizes[1]) or not np.allclose(
        sizes[0], sizes[1], rtol=_SAME_SPACING_SHARE, atol=0.0
    ):
        shown = " and ".join("×".join(f"{mm:g}" for mm in size) for size in sizes)
        raise GeometryError(
            f"{name}: frames have pixels of different size ({shown} mm), so no volume follows from them;"
            " export the segmentation again on one grid"
        )


def _positive(measures: Any, keyword: str) -> float:
    value = float(measures.get(keyword, 0.0) or 0.0)
    return value if np.isfinite(value) and value > 0.0 else 0.0


def _first_item(content: Any, tag: int, otherwise: Any = None) -> Any:
    """The first item of a sequence; something else where there is none."""
    element = content.get(tag)
    return element.value[0] if element is not None and element.value else otherwise


def _source_of(own: Any) -> str:
    derived = own.get("DerivationImageSequence")
    images = derived[0].get("SourceImageSequence") if derived else None
    return str(images[0].get("ReferencedSOPInstanceUID", "")) if images else ""


def pixels_of(contents: Sequence[Any], kind: str, size: tuple[int, int], name: str) -> NDArray[Any]:
    """Frames of all parts, as packed bits (BINARY) or as values, shape (frames, …).

    Returns
    -------
    ndarray of uint8, shape (frames, bytes)
        For BINARY: the bits of each frame from a byte of its own on, the lowest first.
    ndarray, shape (frames, rows, columns)
        For the other kinds.

    Raises
    ------
    ReadError
        If pixels are missing, cut short, damaged, or not what the kind of segmentation holds.
    EnvironmentFailure
        If the library that decompresses them is not installed.
    """
    if kind not in KINDS:
        raise ReadError(f"{name}: a segmentation of type {kind!r}; expected BINARY, FRACTIONAL or LABELMAP")
    columns, rows = size
    found = [_pixels(content, rows, columns, name) for content in contents]
    if kind == "BINARY":
        found = [_as_bits(pixels, name) for pixels in found]
    elif any(pixels.ndim == 2 for pixels in found):
        raise ReadError(f"{name}: a segmentation of type {kind} with one bit per pixel; expected 8 or 16")
    return found[0] if len(found) == 1 else np.concatenate(found)


def _as_bits(pixels: NDArray[Any], name: str) -> NDArray[Any]:
    """Frames as packed bits; some writers spend a byte on each pixel of a binary segmentation."""
    if pixels.ndim == 2:
        return pixels
    highest = int(pixels.max(initial=0))
    inside = pixels != 0
    if highest > 1 and bool((inside & (pixels != highest)).any()):
        raise ReadError(
            f"{name}: a segmentation of type BINARY whose pixels hold several values up to {highest}, so what"
            " is inside is not certain; export it again as BINARY with one bit per pixel, or as a label map"
        )
    return np.packbits(inside.reshape(len(inside), -1), axis=1, bitorder="little")


def _pixels(content: Any, rows: int, columns: int, name: str) -> NDArray[Any]:
    """Frames of one file: bits in whole bytes per frame, or values."""
    if "PixelData" not in content:
        raise ReadError(f"{name}: a segmentation without pixels; the file was not copied completely")
    syntax = str(content.file_meta.get("TransferSyntaxUID", "")) if hasattr(content, "file_meta") else ""
    n = int(content.get("NumberOfFrames", 1))
    if syntax not in NATIVE:
        require_decoder(syntax)
        from pydicom.pixels.utils import pixel_array

        try:
            decoded = pixel_array(content).reshape(n, rows, columns)
        except malformed(RuntimeError) as error:
            raise ReadError(f"{name}: its pixels cannot be decoded ({type(error).__name__})") from error
        return decoded
    try:
        bits = int(content.get("BitsAllocated", 1))
        raw = np.frombuffer(content.PixelData, dtype=np.uint8)
    except malformed() as error:
        raise ReadError(
            f"{name}: its pixels cannot be read ({type(error).__name__}); export it again"
        ) from error
    if bits not in (1, 8, 16):
        raise ReadError(f"{name}: {bits} bits per pixel; expected 1, 8 or 16")
    needed = -(-n * rows * columns * bits // 8)
    if raw.size < needed:
        raise ReadError(
            f"{name}: the pixels are cut short ({raw.size} of {needed} bytes); copy the file again"
        )
    if bits > 1:
        return raw[:needed].view(np.dtype(f"<u{bits // 8}")).reshape(n, rows, columns)
    if rows * columns % 8 == 0:
        return raw[:needed].reshape(n, rows * columns // 8)
    loose = np.unpackbits(raw, count=n * rows * columns, bitorder="little").reshape(n, rows * columns)
    return np.packbits(loose, axis=1, bitorder="little")
