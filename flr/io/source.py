"""Label maps and images by file: open, count and crop, in one streamed pass each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flr.errors import FLRError, GeometryError, LabelError, ReadError, UsageError
from flr.files import shown_name
from flr.geometry import Grid
from flr.io.inputs import is_dicom_file
from flr.io.metaimage import open_metaimage
from flr.io.nifti import looks_like_nifti, open_nifti, rounding_finding
from flr.io.nrrd import open_nrrd
from flr.io.plugins import source_by_plugin
from flr.io.sidecars import NOTHING, agreed, lone_tables, names_beside, names_of_folder
from flr.kernels.box import Foreground, Piece, assemble, bounds_of, pieces_of
from flr.kernels.counts import MAX_LABEL, add_counts, label_dtype, scaled_labels_miss, whole_labels
from flr.kernels.passing import PlaneCounts
from flr.labels import is_placeholder
from flr.quality import CHECKS, QualityFinding
from flr.stream import (
    FIRST_BYTES,
    LabelSource,
    Segment,
    VoxelFile,
    open_decoded,
    sniff_encoding,
    what_it_is,
)

__all__ = [
    "LabelCounts",
    "LabelSource",
    "LoadedBox",
    "Segment",
    "Survey",
    "count",
    "files_of",
    "fill_labels",
    "image_files",
    "load_box",
    "load_image_box",
    "names_of",
    "open_image",
    "open_sources",
    "survey",
]

_THICK_MM = 5.0
_VERY_THICK_MM = 10.0
_ROUNDING_MM = 1e-3
_WHOLE_VOXEL = 0.01
_MOST_LABELS = 400
"""Whole-body segmentations have up to some 200 labels; a slice of an image has more grey values."""

Index = tuple[int, int, int]


@dataclass(frozen=True)
class LabelCounts:
    """What one pass over a label map finds.

    Parameters
    ----------
    voxels : dict of int to int
        Voxels of each label that occurs; background (0) is not listed.
    touches : dict of int to frozenset of str
        For each label that occurs, the faces of the grid (``"i-"``, ``"i+"``, … ``"k+"``) on which it
        has a voxel.
    box : tuple of (start, stop), optional
        Half-open index bounds (i, j, k) of all labels together; None for an empty map.
    ml : dict of int to float
        Volume of each label that occurs; on uneven slices each slice has its own weight. [mL]
    """

    voxels: dict[int, int]
    touches: dict[int, frozenset[str]]
    box: tuple[Index, Index] | None
    ml: dict[int, float]


@dataclass(frozen=True)
class LoadedBox:
    """Aligned crops of several label maps.

    Parameters
    ----------
    start : tuple of int
        Index (i, j, k) of the box's first voxel in the files' grid.
    grid : Grid
        Of the box.
    arrays : tuple of ndarray, each of shape ``grid.shape``
        One per source, indexed (i, j, k), uint8 or uint16. ``array.T`` is C-ordered (k, j, i).
    """

    start: Index
    grid: Grid
    arrays: tuple[NDArray[Any], ...]


def open_sources(path: Path) -> tuple[LabelSource, ...]:
    """Open a label file as far as its header: one source, or one per layer of a ``.seg.nrrd``.

    Raises
    ------
    ReadError
        If it is no file, or not one of the formats, or cannot be what it claims to be.
    GeometryError
        If its geometry cannot exist.
    """
    path = Path(path)
    sources = _open_format(path)
    return tuple(_with_findings(source) for source in sources)


def _open_format(path: Path) -> tuple[LabelSource, ...]:
    name = path.name.lower()
    if name.endswith((".nrrd", ".nhdr")):
        return open_nrrd(path)
    if name.endswith((".mha", ".mhd")):
        return (open_metaimage(path),)
    if name.endswith((".nii", ".nii.gz", ".hdr", ".hdr.gz", ".img", ".img.gz")):
        return (open_nifti(path),)
    with open_decoded(path, sniff_encoding(path)) as stream:
        first_bytes = stream.read(FIRST_BYTES)
    if first_bytes.startswith(b"NRRD"):
        return open_nrrd(path)
    if looks_like_nifti(first_bytes):
        return (open_nifti(path),)
    if is_dicom_file(path):
        return _open_dicom(path)
    source = source_by_plugin(path)
    if source is not None:
        return (source,)
    raise ReadError(
        f"{shown_name(path)}: not a label map that is known here{what_it_is(first_bytes)}; expected NIfTI"
        " (.nii, .nii.gz), NRRD (.nrrd, .seg.nrrd), MetaImage (.mha, .mhd) or DICOM"
    )


def _open_dicom(path: Path) -> tuple[LabelSource, ...]:
    from flr.dicom import open_study

    sources = open_study([path]).sources
    if not sources:
        raise ReadError(f"{path.name}: DICOM images without labels; expected a SEG, an RTSTRUCT or masks")
    return sources


def _with_findings(source: LabelSource) -> LabelSource:
    """The source with the names that lie near it, every table remembered that had a say, and findings."""
    source = _rounded(source)
    quality = source.quality + grid_findings(source.grid)
    if _says_something(source.names):
        return replace(source, quality=quality)
    beside = names_beside(source.path)
    of_folder = nearby = NOTHING
    if not beside.names:
        of_folder = names_of_folder(source.path)
    if not (beside.names or beside.quality or of_folder.files):
        others, lone = lone_tables(source.path)
        found = agreed(lone, "of the folder") if lone else NOTHING
        alone = len(lone) == 1 and others is not None and all(_is_image(path) for path in others)
        beside, nearby = (found, NOTHING) if alone else (NOTHING, found)
    tables = (*beside.files, *of_folder.files, *nearby.files)
    quality += beside.quality + tuple(f for f in of_folder.quality + nearby.quality if f.severity != "info")
    return replace(
        source,
        names=beside.names or source.names,
        folder_names=of_folder.names,
        nearby_names=nearby.names,
        names_may_repeat=beside.may_repeat or of_folder.may_repeat,
        quality=quality,
        files=(*(source.files or (source.path,)), *tables) if tables else source.files,
    )


def _is_image(path: Path) -> bool:
    """Whether a file holds what no label map holds: negative or fractional values, or very many of them."""
    try:
        for source in _open_format(path):
            for slab in source.slabs():
                fractions = slab.dtype.kind == "f" and bool((slab != np.rint(slab)).any())
                if fractions or slab.min(initial=0) < 0 or np.unique(slab).size > _MOST_LABELS:
                    return True
    except FLRError:
        pass
    return False


def _rounded(source: LabelSource) -> LabelSource:
    """The source with labels that are whole, where only a scale in the header has moved them off."""
    voxels = source.voxels
    if not isinstance(voxels, VoxelFile) or not voxels.is_scaled or voxels.dtype.kind not in "iu":
        return source
    miss = scaled_labels_miss(voxels.slabs(), voxels.slope)
    if not miss:
        return source
    finding = rounding_finding(voxels.slope, miss)
    return replace(source, voxels=replace(voxels, is_rounded=True), quality=(*source.quality, finding))


def _says_something(names: Mapping[int, str]) -> bool:
    """Whether one of the names was given by a person."""
    return any(not is_placeholder(name, names.values()) for name in names.values())


def grid_findings(grid: Grid) -> tuple[QualityFinding, ...]:
    """What voxel sizes give away: those that scanners do not make, and slices too thick for volumetry."""
    findings = []
    sides_mm = grid.spacing_mm
    if grid.shape[:2] == (512, 512) and all(abs(s - 1.0) < _ROUNDING_MM for s in sides_mm):
        findings.append(
            CHECKS["header_1mm_on_512"].finding(
                "the header gives voxels of 1×1×1 mm on a 512×512 matrix, which scanners do not make; "
                "the true voxel size was probably lost, so millilitres are not to be trusted"
            )
        )
    thickest_mm = max(sides_mm)
    if thickest_mm > _THICK_MM + _ROUNDING_MM:
        consequence = (
            "too thick for volumetry, small structures may be missed altogether"
            if thickest_mm >= _VERY_THICK_MM - _ROUNDING_MM
            else "volumes of small structures are uncertain"
        )
        findings.append(
            CHECKS["slice_thick"].finding(
                f"slices are {thickest_mm:.3g} mm apart (above 5 mm): {consequence}"
            )
        )
    return tuple(findings)


def names_of(source: LabelSource, counts: LabelCounts) -> Mapping[int, str]:
    """The file's own label names; a whole folder's table only where it names every label that occurs."""
    if source.names:
        return source.names
    if counts.voxels and counts.voxels.keys() <= source.folder_names.keys():
        return source.folder_names
    return {}


def _labels(source: LabelSource, slices_per_slab: int | None = None) -> Iterator[NDArray[Any]]:
    """Slabs of checked labels, uint8 or uint16 throughout."""
    scratch = np.empty(0, dtype=np.uint16)
    for slab in source.slabs(slices_per_slab):
        if slab.itemsize > 2 or slab.dtype.kind == "f":
            scratch = scratch if scratch.size >= slab.size else np.empty(slab.size, dtype=np.uint16)
        try:
            yield whole_labels(slab, scratch)
        except LabelError as error:
            raise LabelError(f"{source.name}: {error}{_scale_hint(source)}") from error


def _scale_hint(source: LabelSource) -> str:
    """What the header does to stored numbers, to append to a refusal of the result; empty where nothing."""
    voxels = source.voxels
    if not (isinstance(voxels, VoxelFile) and voxels.is_scaled):
        return ""
    what = [f"multiplies the stored numbers by {voxels.slope:g}"] * (voxels.slope != 1.0)
    what += [f"adds {voxels.intercept:g}"] * (voxels.intercept != 0.0)
    return (
        f" The header {' and '.join(what)}: where the stored numbers are the labels, save the map without"
        " a scale (scl_slope 1, scl_inter 0)"
    )


def count(source: LabelSource) -> LabelCounts:
    """Count every label, see which faces it touches, and bound the foreground, in one pass.

    Raises
    ------
    ReadError
        If the voxels cannot be read, or are fewer or more than the header says.
    LabelError
        If a value is not a whole number from 0 to 65535.
    """
    n_values = (
        256 if label_dtype(source.dtype).itemsize == 1 and not source.voxels.is_scaled else MAX_LABEL + 1
    )
    counts = np.zeros(n_values, dtype=np.int64)
    foreground = Foreground(source.grid.shape, n_values)
    slice_ml = None if source.grid.is_even else source.grid.slice_voxel_volumes_ml
    volumes_ml = np.zeros(n_values if slice_ml is not None else 0)
    first = 0
    for slab in _labels(source, None if slice_ml is None else 1):
        inside = foreground.add(slab, first)
        if inside is not None:
            if slice_ml is None:
                add_counts(inside, counts)
            else:
                on_slice = np.zeros_like(counts)
                add_counts(inside, on_slice)
                counts += on_slice
                volumes_ml += on_slice * slice_ml[first]
        first += slab.shape[0]
    present = [int(v) for v in np.flatnonzero(counts)]
    voxel_ml = source.grid.voxel_volume_ml
    return LabelCounts(
        voxels={v: int(counts[v]) for v in present},
        touches={v: foreground.touches(v) for v in present},
        box=foreground.box,
        ml={v: float(volumes_ml[v]) if slice_ml is not None else int(counts[v]) * voxel_ml for v in present},
    )


@dataclass(frozen=True, eq=False)
class Survey:
    """Where labels lie in a map, plane by plane.

    Parameters
    ----------
    grid : Grid
    profiles : mapping of int to three ndarray of int64
        For each label that occurs, its voxels on every plane along i, j and k.
    """

    grid: Grid
    profiles: Mapping[int, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]

    def centre_mm(self, value: int) -> tuple[float, float, float]:
        """Centre of gravity of a label, RAS+. [mm]"""
        index = [float(np.arange(axis.size) @ axis / axis.sum()) for axis in self.profiles[value]]
        x, y, z = self.grid.world_mm(np.array([index]))[0]
        return float(x), float(y), float(z)

    def box(self, values: Collection[int]) -> tuple[Index, Index] | None:
        """Start and stop (i, j, k) of some labels together; None where none of them occurs."""
        some = [self.profiles[value] for value in values if value in self.profiles]
        if not some:
            return None
        filled = [np.flatnonzero(np.sum([axes[axis] for axes in some], axis=0)) for axis in range(3)]
        i, j, k = ((int(at[0]), int(at[-1]) + 1) for at in filled)
        return (i[0], j[0], k[0]), (i[1], j[1], k[1])


def survey(source: LabelSource, values: Collection[int], *, box: tuple[Index, Index] | None = None) -> Survey:
    """Count labels plane by plane, in one streamed pass.

    Parameters
    ----------
    source : LabelSource
    values : collection of int
        Labels that are wanted.
    box : tuple, optional
        Start and stop (i, j, k) of the foreground, as :func:`count` found it; what lies outside is not looked
        at, and slices above it are not read.

    Raises
    ------
    ReadError, LabelError
        As :func:`count`.
    """
    (i_0, j_0, k_0), (i_1, j_1, k_1) = ((0, 0, 0), source.grid.shape) if box is None else box
    wanted = sorted({value for value in values if 0 < value <= MAX_LABEL})
    group_of = np.zeros(MAX_LABEL + 1, np.int64)
    group_of[wanted] = np.arange(1, len(wanted) + 1)
    planes = PlaneCounts(source.grid.shape, group_of)
    first = 0
    for slab in _labels(source):
        inside = slab[max(0, k_0 - first) : max(0, k_1 - first), j_0:j_1, i_0:i_1]
        rows = np.ascontiguousarray(inside).reshape(-1, i_1 - i_0)
        if rows.size:
            planes.add(rows, max(first, k_0) * (j_1 - j_0), i_0, j_1 - j_0, j_0)
        first += slab.shape[0]
        if box is not None and first >= k_1:
            break
    planes.finish()
    return Survey(
        source.grid,
        {
            value: (planes.along_i[n], planes.along_j[n], planes.along_k[n])
            for n, value in enumerate(wanted, start=1)
            if planes.along_k[n].any()
        },
    )


def load_box(
    sources: Sequence[LabelSource],
    *,
    pad_voxels: int = 1,
    keep: Sequence[Collection[int] | None] | None = None,
) -> LoadedBox:
    """Crop aligned label maps to the box of all their foregrounds, one streamed pass each.

    Parameters
    ----------
    sources : sequence of LabelSource
        On one grid.
    pad_voxels : int
        Margin around the foreground, cut off at the grid's border.
    keep : sequence, optional
        For each source the labels that count, or None for all; other labels become background.

    Raises
    ------
    GeometryError
        If the grids differ.
    LabelError
        If no voxel is labelled, or a value is not a whole number from 0 to 65535.
    ReadError
    """
    _require_one_grid(sources)
    if keep is None:
        keep = [None] * len(sources)
    if len(keep) != len(sources):
        raise UsageError(f"{len(keep)} sets of labels to keep for {len(sources)} maps; give one for each")
    pieces = [_pieces(source, kept) for source, kept in zip(sources, keep, strict=True)]
    bounds = bounds_of([p for one in pieces for p in one])
    if bounds is None:
        raise LabelError(f"{', '.join(s.name for s in sources)}: no voxel carries a label that is asked for")
    whole = sources[0].grid
    start, stop = bounds
    i, j, k = (max(0, s - pad_voxels) for s in start)
    shape = tuple(
        min(n, s + pad_voxels) - first for n, s, first in zip(whole.shape, stop, (i, j, k), strict=True)
    )
    box = (shape[0], shape[1], shape[2])
    return LoadedBox(
        start=(i, j, k),
        grid=whole.crop((i, j, k), box),
        arrays=tuple(assemble(one, (i, j, k), box) for one in pieces),
    )


def _pieces(source: LabelSource, keep: Collection[int] | None) -> list[Piece]:
    kept = None if keep is None else _chosen(keep)
    pieces: list[Piece] = []
    first = 0
    for slab in _labels(source):
        pieces += pieces_of(slab, first, kept)
        first += slab.shape[0]
    return pieces


def _chosen(values: Collection[int]) -> NDArray[np.bool_]:
    chosen = np.zeros(MAX_LABEL + 1, dtype=bool)
    chosen[[v for v in values if 0 < v <= MAX_LABEL]] = True
    return chosen


def fill_labels(
    source: LabelSource, start: Index, box: NDArray[Any], values: Collection[int], *, others: bool = True
) -> None:
    """Write the labels of a box into an array: only slices up to its last are read.

    For files whose every voxel has been read before, by :func:`count`: length, checksum and the labels
    beyond the box are not looked at again.

    Parameters
    ----------
    source : LabelSource
    start : tuple of int
        Index (i, j, k) of the box's first voxel in the source's grid.
    box : ndarray of uint8 or uint16, shape (i, j, k)
        Zeros, changed in place; fastest in Fortran order.
    values : collection of int
        Labels that count, of those that the type of ``box`` holds; others become background.
    others : bool
        Whether the file holds other labels.

    Raises
    ------
    ReadError
    """
    (i, j, k), (n_i, n_j, n_k) = start, box.shape
    label_of = np.zeros(MAX_LABEL + 1, dtype=box.dtype)
    label_of[list(values)] = list(values)
    first = 0
    for slab in _labels(source):
        low, high = max(first, k), min(first + slab.shape[0], k + n_k)
        for at in range(low, high):
            plane = slab[at - first, j : j + n_j, i : i + n_i]
            if not others:
                np.copyto(box[:, :, at - k].T, plane, casting="unsafe")
            elif plane.any():
                box[:, :, at - k].T[...] = label_of.take(plane)
        first += slab.shape[0]
        if first >= k + n_k:
            return


def _require_one_grid(sources: Sequence[LabelSource]) -> None:
    if not sources:
        raise UsageError("no label map was given; give at least one")
    reference = sources[0]
    for other in sources[1:]:
        difference = reference.grid.difference(other.grid)
        if difference:
            raise GeometryError(
                f"{reference.name} ({reference.grid.describe()}) and {other.name} ({other.grid.describe()}) "
                f"lie on different grids: {difference}. Export both on one grid, or ask for resampling"
            )


def open_image(path: Path) -> Grid:
    """Grid of a CT or MR image file.

    Raises
    ------
    ReadError, GeometryError
        As :func:`open_sources`; an image has one layer.
    """
    return _open_one(Path(path)).grid


def files_of(path: Path) -> tuple[Path, ...]:
    """Every file that reading a file opens, itself first: the voxels of a header, tables of names.

    Only headers are read. What cannot be opened, and DICOM, stands for itself.
    """
    try:
        if is_dicom_file(path):
            return (path,)
        sources = open_sources(path)
    except FLRError:
        return (path,)
    return tuple(dict.fromkeys((path, *(file for source in sources for file in source.files))))


def image_files(path: Path) -> tuple[Path, ...]:
    """Every file of an image: itself first, then the file of its voxels where that is another one."""
    return tuple(dict.fromkeys((path, *_open_one(path).files)))


def load_image_box(path: Path, grid_box: Grid) -> NDArray[np.float32]:
    """Crop an image to a box of its own grid.

    Parameters
    ----------
    path : Path
    grid_box : Grid
        Same directions and spacing as the image, whole voxels away from its first, inside it.

    Returns
    -------
    ndarray of float32, shape ``grid_box.shape``
        Indexed (i, j, k), scaled as the header says.

    Raises
    ------
    GeometryError
        If the box is not made of voxels of the image.
    ReadError
    """
    image = _open_one(Path(path))
    start = _offset_in(image, grid_box)
    n_i, n_j, n_k = grid_box.shape
    cropped = np.empty((n_k, n_j, n_i), dtype=np.float32)
    first = 0
    for slab in image.slabs():
        low, high = max(first, start[2]), min(first + slab.shape[0], start[2] + n_k)
        if low < high:
            cropped[low - start[2] : high - start[2]] = slab[
                low - first : high - first, start[1] : start[1] + n_j, start[0] : start[0] + n_i
            ]
        first += slab.shape[0]
    return cropped.T


def _open_one(path: Path) -> LabelSource:
    sources = _open_format(path)
    if len(sources) != 1:
        raise ReadError(f"{path.name}: {len(sources)} layers; expected one image")
    return sources[0]


def _offset_in(image: LabelSource, box: Grid) -> Index:
    whole = image.grid
    index = np.linalg.solve(
        whole.index_to_world_mm[:3, :3], box.index_to_world_mm[:3, 3] - whole.index_to_world_mm[:3, 3]
    )
    start = np.rint(index)
    i, j, k = (int(v) for v in start)
    inside = (start >= 0).all() and (start + box.shape <= whole.shape).all()
    if not inside or not whole.crop((i, j, k), box.shape).matches(box, _WHOLE_VOXEL * min(whole.spacing_mm)):
        raise GeometryError(
            f"{image.name} ({whole.describe()}) does not contain the box ({box.describe()}) voxel for voxel; "
            "export the image on the grid of the segmentation"
        )
    return i, j, k
