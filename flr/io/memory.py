"""The door from memory: arrays and the image objects of other libraries become a liver as files do.

Every object becomes a :class:`flr.io.stream.LabelSource`, or, where it is a DICOM data set, a file for the
time of reading. From there on the code is that of files, so that each check of a file is made here too.
"""

from __future__ import annotations

import contextlib
import io
import operator
import os
import sys
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flr.errors import EnvironmentFailure, GeometryError, LabelError, ReadError, UsageError
from flr.files import InputFile, sha256_of
from flr.geometry import Grid
from flr.io.image import Picture
from flr.io.lattice import Resample
from flr.io.read import PathLike, StatedScheme, liver_of
from flr.io.source import grid_findings
from flr.io.stream import IN_MEMORY, ArrayVoxels, LabelSource, Segment, grid_of
from flr.io.structures import Role, find_structures
from flr.labels import LabelMap, LabelScheme, canonical_name, fold_name
from flr.liver import Given, Liver, Reading
from flr.quality import QualityFinding

_LPS_TO_RAS: Final = np.diag([-1.0, -1.0, 1.0, 1.0])
_KNOWN: Final = (
    "a NumPy array with affine=, a nibabel NIfTI image, a SimpleITK image, a MONAI MetaTensor, a highdicom"
    " Volume, a DICOM SEG or RTSTRUCT data set, or a flr.LabelMap"
)
_LONGEST_MM: Final = 2500.0
"""No scan is longer, along any axis."""


def liver_from_labels(
    labels: Any = None,
    *,
    affine: ArrayLike | None = None,
    names: Mapping[int, str] | None = None,
    scheme: str | PathLike | LabelScheme | None = None,
    liver: Any = None,
    segments: Any = None,
    tumours: Any | Literal["none"] | None = None,
    vessels: Any = None,
    remnant: Any = None,
    resected: Any = None,
    image: Any = None,
    resample: Resample | None = None,
    reviewed: bool | None = None,
) -> Liver:
    """Assemble a liver from label maps in memory, with every check that :func:`flr.read_liver` makes.

    An object is a NumPy array, indexed (i, j, k) and placed by ``affine``; a nibabel NIfTI image, whose
    header is read as that of a file is, label names and unit included; a SimpleITK image (LPS), with the
    names that 3D Slicer or MITK wrote into its header; a MONAI MetaTensor, three-dimensional or with one
    channel; a highdicom ``Volume``; a DICOM SEG or RTSTRUCT data set of pydicom or highdicom; or a
    :class:`flr.LabelMap`.

    Parameters
    ----------
    labels : object, optional
        Label map that explains itself, by ``names``, by its own names, by ``scheme``, or by a scheme that is
        the only one to fit.
    affine : array_like, shape (4, 4), optional
        From voxel-centre index (i, j, k) to RAS+ millimetres, of every array that has no geometry of its own;
        these then have one shape. [mm]
    names : mapping of int to str, optional
        What the values of ``labels`` are called, as a file's own names.
    scheme : str, path or LabelScheme, optional
        Label scheme of ``labels``: a known name, the path of a JSON file, or a scheme made in Python.
    liver, segments, tumours, vessels, remnant, resected : object, optional
        Label maps whose meaning is stated. ``tumours="none"`` declares that there are none.
    image : object, optional
        CT or MR, for pictures and for the extent of the scan; no DICOM data set.
    resample : {"nearest"}, optional
        Allow label maps on another grid; without it they are refused.
    reviewed : bool, optional
        Whether a person has reviewed the segmentation; None where that is not known.

    Returns
    -------
    Liver
        Holds copies: the objects may change afterwards. Its inputs are called ``"memory"``. Their SHA-256 is
        that of the values: little-endian, in the array's own type, i fastest, then j, then k; that of a
        DICOM data set is of its bytes as a file.

    Raises
    ------
    UsageError
        If nothing is given, both ``names`` and ``scheme`` are, or something is no such object.
    GeometryError
        If it is not known where voxels lie, or shape and affine do not fit.
    LabelError
        If voxels are no labels, labels are not understood, or there is no liver among them.
    ReadError
        If a DICOM data set cannot be what it claims to be.
    EnvironmentFailure
        If there is no room for a data set, or its pixels need a decoder that is not installed.

    Notes
    -----
    A DICOM data set is written into a temporary folder that only the user may open and that is removed before
    this function returns. A result from memory cannot be replayed.

    Examples
    --------
    >>> labels = np.zeros((40, 30, 20), np.uint8)
    >>> labels[5:35, 5:25, 5:15] = 1
    >>> liver = liver_from_labels(labels, affine=np.diag([4.0, 5.0, 6.0, 1.0]), names={1: "liver"})
    >>> liver.part_names, [given.name for given in liver.source.inputs]
    (('liver',), ['memory'])
    """
    declared_none = isinstance(tumours, str) and tumours == "none"
    stated: dict[Role | None, Any] = {
        None: labels,
        "liver": liver,
        "segments": segments,
        "tumours": None if declared_none else tumours,
        "vessels": vessels,
        "remnant": remnant,
        "resected": resected,
    }
    given = {role: thing for role, thing in stated.items() if thing is not None}
    if not given:
        raise UsageError("no labels: give a label map, or a role such as liver=")
    if names is not None and scheme is not None:
        raise UsageError("both names= and scheme= are given; expected one: either may say what labels mean")
    if labels is None and (names is not None or scheme is not None):
        raise UsageError("names= and scheme= say what the values of labels mean; give labels too")
    taken = StatedScheme(scheme)
    own_names = None if names is None else _checked_names(names)
    door = _Door(affine)
    with contextlib.ExitStack() as stack:
        held: list[tuple[Role | None, LabelSource]] = []
        written: dict[Role | None, Path] = {}
        for role, thing in given.items():
            if _is_dataset(thing):
                if role is None and own_names is not None:
                    raise UsageError(
                        "names= is for arrays and images; the segments of a DICOM data set have names"
                    )
                door.note_frame(thing, "FrameOfReferenceUID", _name_of(role))
                written[role] = _as_file(thing, _name_of(role), stack)
            else:
                source = door.source(thing, _name_of(role))
                held.append((role, source if role or own_names is None else _named(source, own_names)))
        picture = None if image is None else door.picture(image)
        door.require_use()
        found = find_structures(
            [path for role, path in written.items() if role is None],
            roles={role: path for role, path in written.items() if role is not None},
            scheme=taken.scheme,
            in_memory=held,
        )
        hashes = {role: sha256_of(path) for role, path in written.items()}
        hashes |= {role: door.sha256_of(source) for role, source in held}
        memory = [Given(role or "input", IN_MEMORY, hashes[role]) for role in given]
        if picture is not None and picture.voxels is not None:
            memory.append(Given("image", IN_MEMORY, picture.voxels.sha256))
        result = liver_of(
            found,
            image=picture,
            named=taken.named,
            reading=Reading(
                given=(*memory, *taken.given),
                tumours_declared_none=declared_none,
                scheme=taken.name,
                labels={} if own_names is None else {IN_MEMORY: _as_option(own_names)},
                resample=resample,
            ),
            reviewed=reviewed,
        )
    files = {path.name for path in written.values()}
    inputs = tuple(
        InputFile(IN_MEMORY, one.sha256) if one.name in files else one for one in result.source.inputs
    )
    return replace(result, source=replace(result.source, inputs=inputs))


def _name_of(role: str | None) -> str:
    """What an object is called in messages; no file has this name."""
    return f"{role or 'labels'} (in memory)"


def _as_option(names: Mapping[int, str]) -> str:
    return ",".join(f"{value}={name}" for value, name in sorted(names.items()))


def _checked_names(names: Mapping[int, str]) -> dict[int, str]:
    """Label value to name, background left out. Raises LabelError for what is no such mapping."""
    if not isinstance(names, Mapping):
        raise LabelError(f"names is a {type(names).__name__}; expected label value to name, {{1: 'liver'}}")
    found = {}
    for value, name in names.items():
        try:
            number = operator.index(value)
        except TypeError:
            number = -1
        if number < 0 or isinstance(value, bool | np.bool_) or not isinstance(name, str) or not name.strip():
            raise LabelError(
                f"names gives label {value!r} the name {name!r}; expected whole numbers above 0, each with"
                " a text"
            )
        if number in found:
            raise LabelError(f"names gives label {number} two names; expected one")
        if number:
            found[number] = name.strip()
    if not found:
        raise LabelError("names names no label; expected label value to name, {1: 'liver'}, or leave it out")
    return found


def _named(source: LabelSource, names: Mapping[int, str]) -> LabelSource:
    """The source under the names that the user gives. Raises LabelError where its own contradict them."""
    for value, own in source.names.items():
        said = names.get(value)
        if said is None or fold_name(own) == fold_name(said):
            continue
        if canonical_name(own) is not None and canonical_name(own) != canonical_name(said):
            raise LabelError(
                f"{source.name}: names calls label {value} {said!r}, its own header {own!r}; leave names out,"
                " or give the bare array"
            )
    return replace(source, names=dict(names), segments=())


@dataclass(frozen=True, eq=False)
class _Opened:
    """What an object holds: voxels indexed (i, j, k), where they lie, and what it says of them."""

    array: NDArray[Any]
    grid: Grid
    names: Mapping[int, str] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    quality: tuple[QualityFinding, ...] = ()


class _Door:
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
        opened = self._opened(thing, name)
        return LabelSource(
            path=Path(name),
            name=name,
            kind="memory",
            grid=opened.grid,
            dtype=opened.array.dtype,
            voxels=ArrayVoxels(opened.array),
            names=opened.names,
            quality=opened.quality + grid_findings(opened.grid),
            segments=opened.segments,
        )

    def picture(self, thing: Any) -> Picture:
        """An image. Raises as :func:`liver_from_labels`."""
        name = _name_of("image")
        if _is_dataset(thing):
            raise UsageError(
                f"{name} is a DICOM data set; expected a whole image: give a highdicom Volume, or read"
                " series and labels with flr.read_liver"
            )
        opened = self._opened(thing, name)
        return Picture(name, opened.grid, (), None, ArrayVoxels(opened.array))

    def require_use(self) -> None:
        """Refuse an affine that belongs to nothing. Raises UsageError."""
        if self._affine is not None and self._shape_by is None:
            raise UsageError(
                "affine= is given, but every object has a geometry of its own; leave it out, or give"
                " bare arrays"
            )

    @staticmethod
    def sha256_of(source: LabelSource) -> str:
        """Hash of a label map that this door has opened."""
        assert isinstance(source.voxels, ArrayVoxels)
        return source.voxels.sha256

    def _opened(self, thing: Any, name: str) -> _Opened:
        libraries = {kind.__module__.partition(".")[0] for kind in type(thing).__mro__}
        if isinstance(thing, str | os.PathLike):
            hint = ' or tumours="none"' if name == _name_of("tumours") else ""
            raise UsageError(f"{name} is a path or text; expected {_KNOWN}{hint}. flr.read_liver reads files")
        if isinstance(thing, LabelMap):
            opened = _Opened(_voxels(thing.voxels, name), thing.grid, thing.mapping)
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
            opened = _Opened(array, self._placed(array.shape, name))
        else:
            raise UsageError(f"{name} is a {type(thing).__name__}; expected {_KNOWN}")
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

    def _simpleitk(self, image: Any, name: str) -> _Opened:
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
        return _Opened(array, grid, names[0], tuple(s for s in segments if s.layer == 0), quality)

    def _meta_tensor(self, tensor: Any, name: str) -> _Opened:
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
        return _Opened(array, grid)

    def _placed_by_default(self, shape: tuple[int, ...], name: str, how: str) -> Grid:
        """The grid of an object whose library made its geometry up, by the affine. Raises GeometryError."""
        if self._affine is None:
            raise GeometryError(
                f"{name} has voxels of 1×1×1 mm from the origin on, which its library gives to arrays without"
                f" a geometry; take that of the scan ({how}), or give affine= where it is true"
            )
        return self._placed(shape, name)


def _nibabel(image: Any, name: str) -> _Opened:
    from flr.io.nifti import described, shape_of

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
    try:
        shape = shape_of(header, name)
    except ReadError as error:
        raise LabelError(str(error)) from error
    try:
        array = np.asanyarray(image.dataobj)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ReadError(f"{name}: its file cannot be read to the end; copy or export it again") from error
    grid, names, quality = described(header, extensions.getvalue(), shape, name)
    return _Opened(_voxels(array.reshape(shape), name), grid, names, (), quality)


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


def _highdicom_volume(volume: Any, name: str) -> _Opened:
    if not hasattr(volume, "array"):
        raise UsageError(f"{name} is a highdicom {type(volume).__name__} without voxels; expected a Volume")
    system = getattr(volume, "coordinate_system", "PATIENT")
    if str(getattr(system, "value", system)).upper() != "PATIENT":
        raise GeometryError(f"{name}: its coordinates are those of a slide; expected those of a patient")
    array = np.asanyarray(volume.array)
    if array.ndim > 3 and all(n == 1 for n in array.shape[3:]):
        array = array.reshape(array.shape[:3])
    array = _voxels(array, name)
    return _Opened(
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


def _is_dataset(thing: Any) -> bool:
    """Whether something is a DICOM data set of pydicom's, which those of highdicom are too."""
    is_pydicom = any(kind.__module__.startswith("pydicom.") for kind in type(thing).__mro__)
    return is_pydicom and hasattr(thing, "save_as")


def _as_file(dataset: Any, name: str, stack: contextlib.ExitStack) -> Path:
    """A DICOM data set as a file, for as long as the stack is open."""
    from flr.io.dicom.header import quietly

    if dataset.get("Modality") not in ("SEG", "RTSTRUCT"):
        raise UsageError(f"{name} is a DICOM data set of another kind; expected a SEG or an RTSTRUCT")
    path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flr-"))) / name
    try:
        with quietly():
            dataset.save_as(path)
    except OSError as error:
        raise EnvironmentFailure(
            f"{name}: cannot be written into a temporary folder ({(error.strerror or 'unknown').lower()});"
            " make room, or set TMPDIR"
        ) from error
    except (ValueError, TypeError, AttributeError, LookupError, NotImplementedError) as error:
        raise ReadError(
            f"{name}: the data set cannot be written as a file ({type(error).__name__}); expected a whole SEG"
            " or RTSTRUCT, its file header included"
        ) from error
    return path
