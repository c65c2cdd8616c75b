"""The door from memory: arrays and the image objects of other libraries become a liver as files do.

Every object becomes a :class:`flr.stream.LabelSource`, or, where it is a DICOM data set, a file for the
time of reading. From there on the code is that of files, so that each check of a file is made here too.
"""

from __future__ import annotations

import contextlib
import operator
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from flr.errors import EnvironmentFailure, LabelError, ReadError, UsageError
from flr.files import InputFile, sha256_of
from flr.io.image import Picture
from flr.io.insisted import Insisted
from flr.io.lattice import Resample
from flr.io.objects import Door, name_in_memory
from flr.io.read import PathLike, StatedScheme, liver_of
from flr.io.source import grid_findings
from flr.io.structures import by_role, find_structures
from flr.labels import LabelScheme, canonical_name, fold_name
from flr.liver import Given, Liver, Reading
from flr.stream import IN_MEMORY, ArrayVoxels, LabelSource
from flr.structures import Role


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
    ducts: Any = None,
    artery: Any = None,
    remnant: Any = None,
    resected: Any = None,
    ablated_zone: Any = None,
    image: Any = None,
    resample: Resample | None = None,
    one_patient: bool = False,
    same_grid: bool = False,
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
    liver, segments, tumours, vessels, ducts, artery, remnant, resected, ablated_zone : object, optional
        Label maps whose meaning is stated. ``tumours="none"`` declares that there are none.
    image : object, optional
        CT or MR, for pictures and for the extent of the scan; no DICOM data set.
    resample : {"nearest"}, optional
        Allow label maps on another grid; without it they are refused.
    one_patient, same_grid : bool
        As in :func:`flr.read_liver`.
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
    stated = (liver, segments, tumours, vessels, ducts, artery, remnant, resected, ablated_zone)
    drawn, declared_none = by_role(*stated)
    named: list[tuple[Role | None, Any]] = [(None, labels), *drawn.items()]
    given = {role: thing for role, thing in named if thing is not None}
    _check_labels(given, explained=[word for word in (names, scheme) if word is not None])
    taken = StatedScheme(scheme)
    own_names = None if names is None else _checked_names(names)
    door = Door(affine)
    with contextlib.ExitStack() as stack:
        held, written = _held(given, own_names, door, stack)
        picture = None if image is None else _picture(door, image)
        door.require_use()
        found = find_structures(
            [path for role, path in written.items() if role is None],
            roles={role: path for role, path in written.items() if role is not None},
            scheme=taken.scheme,
            in_memory=held,
            insisted=Insisted(one_patient=one_patient, same_grid=same_grid),
        )
        hashes = {r: sha256_of(p) for r, p in written.items()} | {r: _sha256_of(s) for r, s in held}
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
                one_patient=one_patient,
                same_grid=same_grid,
            ),
            reviewed=reviewed,
        )
    return _without_file_names(result, {path.name for path in written.values()})


def _check_labels(given: Mapping[Role | None, Any], *, explained: Sequence[object]) -> None:
    if not given:
        raise UsageError("no labels: give a label map, or a role such as liver=")
    if len(explained) > 1:
        raise UsageError("both names= and scheme= are given; expected one: either may say what labels mean")
    if explained and None not in given:
        raise UsageError("names= and scheme= say what the values of labels mean; give labels too")


_Held = list[tuple[Role | None, LabelSource]]


def _held(
    given: Mapping[Role | None, Any],
    names: Mapping[int, str] | None,
    door: Door,
    stack: contextlib.ExitStack,
) -> tuple[_Held, dict[Role | None, Path]]:
    """Every object as a source; a DICOM data set as a file, for as long as the stack is open."""
    held: _Held = []
    written: dict[Role | None, Path] = {}
    for role, thing in given.items():
        if _is_dataset(thing):
            if role is None and names is not None:
                raise UsageError(
                    "names= is for arrays and images; the segments of a DICOM data set have names"
                )
            door.note_frame(thing, "FrameOfReferenceUID", name_in_memory(role))
            written[role] = _as_file(thing, name_in_memory(role), stack)
        else:
            source = door.source(thing, name_in_memory(role))
            source = replace(source, quality=source.quality + grid_findings(source.grid))
            held.append((role, source if role or names is None else _named(source, names)))
    return held, written


def _without_file_names(liver: Liver, names: Collection[str]) -> Liver:
    """The liver with its temporary files called what they are: objects in memory."""
    inputs = tuple(
        InputFile(IN_MEMORY, one.sha256) if one.name in names else one for one in liver.source.inputs
    )
    return replace(liver, source=replace(liver.source, inputs=inputs))


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


def _picture(door: Door, thing: Any) -> Picture:
    """An image. Raises as :func:`liver_from_labels`."""
    name = name_in_memory("image")
    if _is_dataset(thing):
        raise UsageError(
            f"{name} is a DICOM data set; expected a whole image: give a highdicom Volume, or read"
            " series and labels with flr.read_liver"
        )
    opened = door.opened(thing, name)
    return Picture(name, opened.grid, (), None, opened.voxels)


def _sha256_of(source: LabelSource) -> str:
    """Hash of the voxels of an object."""
    assert isinstance(source.voxels, ArrayVoxels)
    return source.voxels.sha256


def _is_dataset(thing: Any) -> bool:
    """Whether something is a DICOM data set of pydicom's, which those of highdicom are too."""
    is_pydicom = any(kind.__module__.startswith("pydicom.") for kind in type(thing).__mro__)
    return is_pydicom and hasattr(thing, "save_as")


def _as_file(dataset: Any, name: str, stack: contextlib.ExitStack) -> Path:
    """A DICOM data set as a file, for as long as the stack is open."""
    from flr.dicom.header import quietly

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
