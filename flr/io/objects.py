"""Objects of other libraries as label sources: NumPy, nibabel, SimpleITK, MONAI, highdicom, and our own.

Every object becomes a :class:`flr.stream.LabelSource`. From there on the code is that of files, so that
each check of a file is made here too.
"""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flr.errors import GeometryError, LabelError, ReadError, UsageError
from flr.geometry import Grid
from flr.kernels.counts import scaled_labels_miss
from flr.labels import LabelMap
from flr.quality import QualityFinding
from flr.stream import ArrayVoxels, LabelSource, Segment, grid_of

_LPS_TO_RAS: Final = np.diag([-1.0, -1.0, 1.0, 1.0])
KNOWN: Final = (
    "a NumPy array with affine=, a nibabel NIfTI image, a SimpleITK image, a MONAI MetaTensor, a highdicom"
    " Volume, a DICOM SEG or RTSTRUCT data set, or a flr.LabelMap"
)
_LONGEST_MM: Final = 2500.0
"""No scan is longer, along any axis."""


def name_in_memory(role: str | None) -> str:
    """What an object is called in messages; no file has this name."""
    return f"{role or 'labels'} (in memory)"


@dataclass(frozen=True, eq=False)
class Opened:
    """What an object holds: voxels indexed (i, j, k), where they lie, and what it says of them."""

    array: NDArray[Any]
    grid: Grid
    names: Mapping[int, str] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    quality: tuple[QualityFinding, ...] = ()
    slope: float = 1.0
    """What the object's header multiplies stored whole numbers by."""

    @property
    def voxels(self) -> ArrayVoxels:
        """The array as the voxels of a label source."""
        return ArrayVoxels(self.array)


class Door:
    """Opens the objects of one call; arrays without geometry share one affine, and so one shape."""

    def __init__(self, affine: ArrayLike | None) -> None:
        self._affine = None if affine is None else _matrix(affine, "affine")
        self._shape_by: tuple[tuple[int, ...], str] | None = None
        self._frame_by: tuple[str, str] | None = None

    def note_frame(self, thing: Any, keyword: str, name: str) -> None:
        """Refuse objects that name different frames of reference. Raises GeometryError."""
        uid = str(getattr(thing, keyword, None) or "")
        if not uid:
            return
        if self._frame_by is None:
            self._frame_by = (uid, name)
        if self._frame_by[0] != uid:
            raise GeometryError(
                f"{name} and {self._frame_by[1]} lie in different frames of reference: they are not of one"
                " scan; give objects of one scan"
            )

    def source(self, thing: Any, name: str) -> LabelSource:
        """A label map. Raises as :func:`liver_from_labels`."""
        opened = _rounded(self.opened(thing, name))
        return LabelSource(
            path=Path(name),
            name=name,
            kind="memory",
            grid=opened.grid,
            dtype=opened.array.dtype,
            voxels=opened.voxels,
            names=opened.names,
            quality=opened.quality,
            segments=opened.segments,
        )

    def require_use(self) -> None:
        """Refuse an affine that belongs to nothing. Raises UsageError."""
        if self._affine is not None and self._shape_by is None:
            raise UsageError(
                "affine= is given, but every object has a geometry of its own; leave it out, or give"
                " bare arrays"
            )

    def opened(self, thing: Any, name: str) -> Opened:
        """Voxels, grid and names of an object. Raises as :func:`flr.liver_from_labels`."""
        libraries = {kind.__module__.partition(".")[0] for kind in type(thing).__mro__}
        if isinstance(thing, str | os.PathLike):
            hint = ' or tumours="none"' if name == name_in_memory("tumours") else ""
            raise UsageError(f"{name} is a path or text; expected {KNOWN}{hint}. flr.read_liver reads files")
        if isinstance(thing, LabelMap):
            opened = Opened(_voxels(thing.voxels, name), thing.grid, thing.mapping)
        elif "SimpleITK" in libraries and hasattr(thing, "GetDirection"):
            opened = self._simpleitk(thing, name)
        elif "highdicom" in libraries and hasattr(thing, "affine"):
            self.note_frame(thing, "frame_of_reference_uid", name)
            opened = _highdicom_volume(thing, name)
        elif "nibabel" in libraries and hasattr(thing, "dataobj"):
            opened = _nibabel(thing, name)
        elif hasattr(thing, "affine") and _is_array_like(thing):
            opened = self._meta_tensor(thing, name)
        elif _is_array_like(thing):
            array = _voxels(_array_of(thing, name), name)
            opened = Opened(array, self._placed(array.shape, name))
        else:
            raise UsageError(f"{name} is a {type(thing).__name__}; expected {KNOWN}")
        _require_plausible(opened.grid, name)
        return opened

    def _placed(self, shape: tuple[int, ...], name: str) -> Grid:
        """The grid of an array that has no geometry. Raises GeometryError."""
        if self._affine is None:
            raise GeometryError(
                f"{name} does not say where its voxels lie; give affine=, 4 by 4, from index (i, j, k) to"
                " RAS+ millimetres"
            )
        if self._shape_by is None:
            self._shape_by = (shape, name)
        known, other = self._shape_by
        if shape != known:
            raise GeometryError(
                f"{name} has shape {_times(shape)}, {other} {_times(known)}, under one affine; expected one"
                " shape, indexed (i, j, k): the third axis is the one along which the affine's third column"
                " steps"
            )
        return grid_of((shape[0], shape[1], shape[2]), self._affine, name)

    def _simpleitk(self, image: Any, name: str) -> Opened:
        from flr.io.nrrd import header_names

        library = sys.modules["SimpleITK"]  # the object is of it

        if image.GetDimension() != 3:
            raise LabelError(
                f"{name} has {image.GetDimension()} dimensions; expected one three-dimensional map"
            )
        if image.GetNumberOfComponentsPerPixel() != 1 or "complex" in image.GetPixelIDTypeAsString():
            raise LabelError(
                f"{name} has voxels of {image.GetPixelIDTypeAsString()}; expected one number each: give one"
                " image for each layer"
            )
        try:
            array = _voxels(library.GetArrayViewFromImage(image).T, name)
        except (RuntimeError, TypeError, ValueError, KeyError) as error:
            kind = image.GetPixelIDTypeAsString()
            raise LabelError(
                f"{name} has voxels of {kind}; expected an image of numbers (SimpleITK.LabelMapToLabel)"
            ) from error
        lps = np.eye(4)
        lps[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
        lps[:3, 3] = image.GetOrigin()
        if np.array_equal(lps, np.eye(4)):
            # What GetImageFromArray leaves behind: it is no geometry, and mL would be made up.
            grid = self._placed_by_default(array.shape, name, "image.CopyInformation(scan)")
        else:
            grid = grid_of(_sides(array), _LPS_TO_RAS @ lps, name)
        header = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
        segments, names, quality = header_names(header, 1, name)
        return Opened(array, grid, names[0], tuple(s for s in segments if s.layer == 0), quality)

    def _meta_tensor(self, tensor: Any, name: str) -> Opened:
        array = _array_of(tensor, name)
        if array.ndim == 4 and array.shape[0] == 1:
            array = array[0]
        array = _voxels(array, name)
        matrix = _matrix(_array_of(tensor.affine, f"the affine of {name}"), f"the affine of {name}")
        meta = getattr(tensor, "meta", None)
        space = str(getattr(said := (meta or {}).get("space", ""), "value", said)).upper()
        if space not in ("", "RAS", "LPS"):
            raise GeometryError(f"{name}: its affine leads to a space called {space!r}; expected RAS or LPS")
        if np.array_equal(matrix, np.eye(4)):  # what MONAI gives to tensors without an affine
            grid = self._placed_by_default(array.shape, name, "MetaTensor(array, affine=scan.affine)")
        else:
            grid = grid_of(_sides(array), _LPS_TO_RAS @ matrix if space == "LPS" else matrix, name)
        return Opened(array, grid)

    def _placed_by_default(self, shape: tuple[int, ...], name: str, how: str) -> Grid:
        """The grid of an object whose library made its geometry up, by the affine. Raises GeometryError."""
        if self._affine is None:
            raise GeometryError(
                f"{name} has voxels of 1×1×1 mm from the origin on, which its library gives to arrays without"
                f" a geometry; take that of the scan ({how}), or give affine= where it is true"
            )
        return self._placed(shape, name)


def _rounded(opened: Opened) -> Opened:
    """Labels that are whole, where only a scale in the header has moved them off."""
    from flr.io.nifti import rounding_finding

    if opened.slope == 1.0:
        return opened
    miss = scaled_labels_miss([opened.array], opened.slope)
    if not miss:
        return opened
    found = rounding_finding(opened.slope, miss)
    return replace(opened, array=np.rint(opened.array), quality=(*opened.quality, found))


def _nibabel(image: Any, name: str) -> Opened:
    from flr.io.nifti import described, shape_of
    from flr.io.nifti_header import NiftiHeader

    if not hasattr(image, "affine") or "sform_code" not in getattr(image.header, "keys", tuple)():
        raise UsageError(
            f"{name} is a nibabel {type(image).__name__}; expected a NIfTI image:"
            " nibabel.Nifti1Image.from_image(image), if its affine is known to be right"
        )
    if image.affine is None:
        raise GeometryError(f"{name} has no affine; expected one from index to RAS+ millimetres")
    header = _as_saved(image)
    extensions = io.BytesIO(b"\x01\x00\x00\x00")
    extensions.seek(4)
    native = "<" if sys.byteorder == "little" else ">"
    header.extensions.write_to(extensions, header.endianness != native)
    plain = NiftiHeader(header.binaryblock, header.endianness)
    try:
        shape = shape_of(plain, name)
    except ReadError as error:
        raise LabelError(str(error)) from error
    try:
        stored = image.dataobj
        array = np.asanyarray(stored)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ReadError(f"{name}: its file cannot be read to the end; copy or export it again") from error
    grid, names, quality = described(plain, extensions.getvalue(), shape, name)
    whole = np.dtype(getattr(stored, "dtype", float)).kind in "iu"
    step = float(getattr(stored, "slope", 1.0)) if whole else 1.0
    return Opened(_voxels(array.reshape(shape), name), grid, names, (), quality, step)


def _as_saved(image: Any) -> Any:
    """The header that saving the image would write: an affine that was changed since replaces its forms."""
    from nibabel.spatialimages import HeaderDataError

    header = image.header.copy()
    header.set_data_shape(image.shape)
    affine = np.asarray(image.affine, dtype=np.float64)
    try:
        is_same = np.allclose(affine, header.get_best_affine())
    except (HeaderDataError, ValueError):
        is_same = False
    if not is_same:
        header["qform_code"] = 0
        header.set_sform(affine, code="aligned")
        header["pixdim"][1:4] = np.linalg.norm(affine[:3, :3], axis=0)
    return header


def _highdicom_volume(volume: Any, name: str) -> Opened:
    if not hasattr(volume, "array"):
        raise UsageError(f"{name} is a highdicom {type(volume).__name__} without voxels; expected a Volume")
    system = getattr(volume, "coordinate_system", "PATIENT")
    if str(getattr(system, "value", system)).upper() != "PATIENT":
        raise GeometryError(f"{name}: its coordinates are those of a slide; expected those of a patient")
    array = np.asanyarray(volume.array)
    if array.ndim > 3 and all(n == 1 for n in array.shape[3:]):
        array = array.reshape(array.shape[:3])
    array = _voxels(array, name)
    return Opened(
        array, grid_of(_sides(array), _LPS_TO_RAS @ np.asarray(volume.affine, dtype=np.float64), name)
    )


def _is_array_like(thing: Any) -> bool:
    return hasattr(thing, "__array__") and not isinstance(thing, type | np.generic)


def _array_of(thing: Any, name: str) -> NDArray[Any]:
    """The numbers of an array or tensor, on this machine's memory."""
    try:
        for step in ("detach", "cpu"):
            thing = getattr(thing, step)() if hasattr(thing, step) else thing
        return np.asanyarray(thing)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"{name} is a {type(thing).__name__} that gives no array ({error})") from error


def _voxels(array: NDArray[Any], name: str) -> NDArray[Any]:
    """A three-dimensional array of real numbers. Raises LabelError for another one."""
    if isinstance(array, np.ma.MaskedArray):
        raise LabelError(f"{name} is a masked array; expected every voxel: fill it first, labels.filled(0)")
    if array.ndim != 3:
        split = (
            "; split it into one map each, or give the index of the largest (argmax)"
            if array.ndim > 3
            else ""
        )
        raise LabelError(
            f"{name} has {array.ndim} dimensions ({_times(array.shape)}); expected one three-dimensional map,"
            f" indexed (i, j, k){split}"
        )
    if array.dtype.kind not in "buif":
        raise LabelError(f"{name} holds {array.dtype}; expected whole numbers from 0 on")
    return array


def _matrix(affine: Any, name: str) -> NDArray[np.float64]:
    """An affine as numbers. Raises GeometryError for what is none."""
    try:
        matrix = np.array(affine, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise GeometryError(f"{name} is no matrix of numbers; expected 4 by 4") from error
    if matrix.shape != (4, 4):
        raise GeometryError(
            f"{name} has shape {_times(matrix.shape) or 'of one number'}; expected 4×4, from index (i, j, k)"
            " to RAS+ millimetres"
        )
    return matrix


def _require_plausible(grid: Grid, name: str) -> None:
    """Refuse an array that its affine makes longer than a person: its axes are probably in another order."""
    lengths_mm = [n * step for n, step in zip(grid.shape, grid.spacing_mm, strict=True)]
    if max(lengths_mm) > _LONGEST_MM:
        shown = " × ".join(f"{length:.0f}" for length in lengths_mm)
        raise GeometryError(
            f"{name}: the affine makes its {_times(grid.shape)} voxels {shown} mm long; expected at most"
            f" {_LONGEST_MM:.0f} mm: shape and affine do not fit. Arrays are indexed (i, j, k); one in"
            " (k, j, i) order is turned by array.T"
        )


def _sides(array: NDArray[Any]) -> tuple[int, int, int]:
    return array.shape[0], array.shape[1], array.shape[2]


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(str(n) for n in shape)
