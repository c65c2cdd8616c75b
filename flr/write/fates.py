"""What a plan does to every voxel, as a label map that viewers open with names and colours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError
from flr.files import atomic_path, write_text
from flr.palette import CLASS_NAMES, COLOURS

if TYPE_CHECKING:
    from flr.geometry import Grid

NIFTI_SUFFIX = ".nii.gz"


def write_fates(
    path: Path, classes: NDArray[np.uint8], grid: Grid, *, description: str = ""
) -> tuple[Path, Path]:
    """Write a planned liver as ``.nii.gz`` and its names as a table beside it.

    Parameters
    ----------
    path : Path
        Ends with ``.nii.gz``.
    classes : ndarray of uint8, shape grid.shape
        Of :func:`flr.plans.classes.planned_classes`; voxel centres decide.
    grid : Grid
        Grid of the liver's box.
    description : str
        ASCII of at most 79 letters, kept in the header.

    Returns
    -------
    tuple of Path
        The label map, and the table (``.tsv``: index, name, colour).

    Raises
    ------
    GeometryError
        If the voxels do not lie on the grid, or its slices are uneven: NIfTI cannot say that.
    EnvironmentFailure
        If the folder cannot be written.

    Notes
    -----
    Names are in a header extension as well, as a Caret label table, which is where TotalSegmentator puts
    them.
    """
    if not path.name.endswith(NIFTI_SUFFIX):
        raise ValueError(f"{path.name} does not end with {NIFTI_SUFFIX}; give such a name")
    if classes.shape != grid.shape:
        raise GeometryError(f"voxels of shape {classes.shape} on a grid of {grid.shape}; expected the same")
    if not grid.is_even:
        raise GeometryError("the slices are uneven, which NIfTI cannot say; no fates map can be written")
    image = _image(classes, grid)
    image.header["descrip"] = description.encode("ascii")
    with atomic_path(path) as temporary:
        import gzip

        # Neither name nor time in the gzip header: the same plan gives the same bytes.
        with temporary.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            packed.write(image.to_bytes())
    table = path.with_name(path.name.removesuffix(NIFTI_SUFFIX) + ".tsv")
    rows = [f"{value}\t{name}\t{COLOURS[value]}" for value, name in CLASS_NAMES.items()]
    write_text(table, "\n".join(["index\tname\tcolor", *rows, ""]))
    return path, table


def _image(classes: NDArray[np.uint8], grid: Grid) -> Any:
    import nibabel as nib

    image = nib.Nifti1Image(classes, None, dtype=np.uint8)
    image.header.set_xyzt_units("mm")
    image.header.set_intent("label")
    image.set_sform(grid.index_to_world_mm, code="scanner")
    sheared = not _is_orthogonal(grid.index_to_world_mm[:3, :3])
    # A quaternion cannot hold shear: with it the sform speaks alone.
    image.set_qform(grid.index_to_world_mm, code="unknown" if sheared else "scanner", strip_shears=True)
    image.header.set_zooms(grid.spacing_mm)
    image.header.extensions.append(nib.nifti1.Nifti1Extension(0, _caret_table()))
    return image


def _is_orthogonal(axes: NDArray[np.float64]) -> bool:
    units = axes / np.linalg.norm(axes, axis=0)
    return bool(np.allclose(units.T @ units, np.eye(3), rtol=0.0, atol=1e-4))


def _caret_table() -> bytes:
    labels = "".join(
        f'<Label Key="{value}" Red="{_share(colour, 1)}" Green="{_share(colour, 3)}"'
        f' Blue="{_share(colour, 5)}" Alpha="1"><![CDATA[{CLASS_NAMES[value]}]]></Label>'
        for value, colour in COLOURS.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><CaretExtension><VolumeInformation Index="0"><LabelTable>'
        f"{labels}</LabelTable></VolumeInformation></CaretExtension>"
    ).encode()


def _share(colour: str, at: int) -> str:
    return f"{int(colour[at : at + 2], 16) / 255.0:.4f}"
