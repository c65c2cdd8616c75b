"""Structures as voxels for other programs: one NIfTI mask each, or all in one ``.seg.nrrd``."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.files import atomic_path
from flr.geometry import Grid
from flr.liver import Mask
from flr.write.dicom.structures import Structure

_LPS: Final = (-1.0, -1.0, 1.0)
_PACKING: Final = 6


def write_nifti_masks(structures: Sequence[Structure], grid: Grid, folder: Path) -> list[Path]:
    """One ``.nii.gz`` of zeros and ones per structure, named so that ``flr`` reads the folder back.

    Raises
    ------
    GeometryError
        If slices are uneven: NIfTI cannot say that.
    EnvironmentFailure
        If the folder cannot be written.
    """
    _require_even(grid, "NIfTI")
    written = []
    for structure in structures:
        path = Path(folder) / f"{file_stem(structure)}.nii.gz"
        with (
            atomic_path(path) as temporary,
            temporary.open("wb") as raw,
            gzip.GzipFile("", "wb", _PACKING, raw, mtime=0) as packed,
        ):
            packed.write(_nifti(structure.mask(), grid))
        written.append(path)
    return written


def file_stem(structure: Structure) -> str:
    """The label as a file name.

    The words stay, because a reader takes the meaning of a mask from its file's name.
    """
    return re.sub(r"[^0-9a-z]+", "_", structure.label.lower()).strip("_")


def _nifti(mask: Mask, grid: Grid) -> bytes:
    import nibabel as nib

    image = nib.Nifti1Image(np.asarray(mask, dtype=np.uint8), None, dtype=np.uint8)
    image.header.set_xyzt_units("mm")
    image.header.set_intent("label")
    image.set_sform(grid.index_to_world_mm, code="scanner")
    # A quaternion cannot hold shear: with it the sform speaks alone.
    units = grid.index_to_world_mm[:3, :3] / grid.spacing_mm
    straight = np.allclose(units.T @ units, np.eye(3), rtol=0.0, atol=1e-4)
    image.set_qform(grid.index_to_world_mm, code="scanner" if straight else "unknown", strip_shears=True)
    image.header.set_zooms(grid.spacing_mm)
    return bytes(image.to_bytes())


def write_seg_nrrd(structures: Sequence[Structure], grid: Grid, path: Path) -> Path:
    """All structures in one ``.seg.nrrd`` as 3D Slicer writes it: layers where they overlap.

    Raises
    ------
    GeometryError
        If slices are uneven: NRRD cannot say that.
    EnvironmentFailure
        If the folder cannot be written.
    """
    _require_even(grid, "NRRD")
    layers: list[NDArray[np.uint8]] = []
    fields = []
    for number, structure in enumerate(structures):
        mask = structure.mask()
        at = next((n for n, layer in enumerate(layers) if not layer[mask].any()), len(layers))
        if at == len(layers):
            layers.append(np.zeros(grid.shape, dtype=np.uint8, order="F"))
        value = int(layers[at].max()) + 1
        layers[at][mask] = value
        fields += _segment_fields(number, structure, mask, at, value)
    stored = np.stack(layers)
    header = _nrrd_header(stored.shape, grid) + fields
    with atomic_path(path) as temporary, temporary.open("wb") as raw:
        raw.write("\n".join([*header, "", ""]).encode("utf-8"))
        with gzip.GzipFile("", "wb", _PACKING, raw, mtime=0) as packed:
            packed.write(stored.tobytes(order="F"))
    return path


def _nrrd_header(shape: tuple[int, ...], grid: Grid) -> list[str]:
    def vector(values: NDArray[np.float64]) -> str:
        return f"({','.join(repr(float(v)) for v in values * _LPS)})"

    axes = grid.index_to_world_mm
    return [
        "NRRD0004",
        "type: uint8",
        "dimension: 4",
        "space: left-posterior-superior",
        f"sizes: {' '.join(map(str, shape))}",
        f"space directions: none {' '.join(vector(axes[:3, axis]) for axis in range(3))}",
        "kinds: list domain domain domain",
        "encoding: gzip",
        f"space origin: {vector(axes[:3, 3])}",
        "Segmentation_ContainedRepresentationNames:=Binary labelmap|",
        "Segmentation_SourceRepresentation:=Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset:=0 0 0",
    ]


def _segment_fields(number: int, structure: Structure, mask: Mask, layer: int, value: int) -> list[str]:
    spans = []
    for axis in range(3):
        filled = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        spans += [int(filled[0]), int(filled[-1])]
    colour = " ".join(f"{int(structure.colour[at : at + 2], 16) / 255.0:.6f}" for at in (1, 3, 5))
    region = structure.region
    coded = "~".join(
        [
            "Segmentation category and type - DICOM master list",
            f"{structure.category.scheme}^{structure.category.value}^{structure.category.meaning}",
            f"{structure.type.scheme}^{structure.type.value}^{structure.type.meaning}",
            "^^",
            "Anatomic codes - DICOM master list",
            "^^" if region is None else f"{region.scheme}^{region.value}^{region.meaning}",
            "^^",
        ]
    )
    prefix = f"Segment{number}_"
    return [
        f"{prefix}ID:={structure.key}",
        f"{prefix}Name:={structure.label}",
        f"{prefix}NameAutoGenerated:=0",
        f"{prefix}Color:={colour}",
        f"{prefix}ColorAutoGenerated:=0",
        f"{prefix}Extent:={' '.join(map(str, spans))}",
        f"{prefix}LabelValue:={value}",
        f"{prefix}Layer:={layer}",
        f"{prefix}Tags:=Segmentation.Status:inprogress|TerminologyEntry:{coded}|",
    ]


def _require_even(grid: Grid, kind: str) -> None:
    if not grid.is_even:
        raise GeometryError(
            f"the slices are uneven, which {kind} cannot say; write a DICOM SEG, which places every slice"
        )
