"""Flat pictures of a liver under a plan, as arrays: reoriented, in radiological convention, in mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from flr.geometry import Grid
from flr.liver import Liver
from flr.palette import (
    ABLATED,
    ABLATED_TUMOUR,
    CLASS_NAMES,
    CONGESTED,
    DEVASCULARISED,
    NONFUNCTIONAL,
    REMNANT,
    REMNANT_TUMOUR,
    RESECTED,
    RESECTED_TUMOUR,
)

_T = TypeVar("_T", bound=np.generic)

View = Literal["axial", "coronal", "sagittal"]
VIEWS: tuple[View, ...] = get_args(View)

_NORMAL = {"axial": 2, "coronal": 1, "sagittal": 0}
_ACROSS = {"axial": 0, "coronal": 0, "sagittal": 1}
_DOWN = {"axial": 1, "coronal": 2, "sagittal": 2}

EDGES: dict[View, tuple[str, str, str, str]] = {
    "axial": ("R", "L", "A", "P"),
    "coronal": ("R", "L", "S", "I"),
    "sagittal": ("A", "P", "S", "I"),
}
"""What lies at the left, right, upper and lower edge of each picture: the patient's right is on the left."""

_STAYS = (REMNANT, REMNANT_TUMOUR, NONFUNCTIONAL, DEVASCULARISED, CONGESTED)
_LEAVES = (RESECTED, RESECTED_TUMOUR, ABLATED, ABLATED_TUMOUR)
_TUMOURS = (REMNANT_TUMOUR, RESECTED_TUMOUR, ABLATED_TUMOUR)


@dataclass(frozen=True, eq=False)
class Slice:
    """One flat picture.

    Parameters
    ----------
    view : {"axial", "coronal", "sagittal"}
        Plane of the scan nearest to the anatomical one.
    classes : ndarray of uint8, shape (rows, columns)
        Row 0 is the upper edge, column 0 the left one, as :data:`EDGES` says.
    image : ndarray of float32, shape (rows, columns), optional
    column_mm, row_mm : float
        Size of one pixel. [mm]
    position_percent : float
        Where it lies along the axis that runs to R, A or S. [% of the scan]
    """

    view: View
    classes: NDArray[np.uint8]
    image: NDArray[np.float32] | None
    column_mm: float
    row_mm: float
    position_percent: float = 50.0


def slices(liver: Liver, classes: NDArray[np.uint8]) -> tuple[Slice, ...]:
    """Axial, coronal and sagittal picture through the cut, or through the remnant where no plane shows both.

    Parameters
    ----------
    liver : Liver
    classes : ndarray of uint8, shape liver.grid.shape
        Of :func:`planned_classes`.

    Returns
    -------
    tuple of Slice
        In the order of :data:`VIEWS`.
    """
    turned, _ = upright(classes, liver.grid)
    areas = _areas(turned)
    return tuple(slice_at(liver, classes, view, _position(areas[_NORMAL[view]], view)) for view in VIEWS)


def slice_at(liver: Liver, classes: NDArray[np.uint8], view: View, at: int) -> Slice:
    """One slice of a planned liver.

    Parameters
    ----------
    liver : Liver
    classes : ndarray of uint8, shape liver.grid.shape
    view : {"axial", "coronal", "sagittal"}
    at : int
        Counted along the axis that runs to R, A or S.
    """
    turned, spacing_mm = upright(classes, liver.grid)
    image = None if liver.image is None else upright(liver.image, liver.grid)[0]
    normal = _NORMAL[view]
    return Slice(
        view=view,
        classes=_flat(np.take(turned, at, axis=normal)),
        image=None if image is None else _flat(np.take(image, at, axis=normal)),
        column_mm=spacing_mm[_ACROSS[view]],
        row_mm=spacing_mm[_DOWN[view]],
        position_percent=100.0 * (at + 0.5) / turned.shape[normal],
    )


def upright(voxels: NDArray[_T], grid: Grid) -> tuple[NDArray[_T], tuple[float, float, float]]:
    """The same voxels with axes that run to R, A and S, and the pixel sizes along them in mm.

    Slices of uneven thickness are repeated so that the picture keeps its proportions.
    """
    steps_mm = list(grid.spacing_mm)
    if grid.slice_weights_mm is not None:
        weights = grid.slice_weights_mm
        steps_mm[2] = float(weights[weights > 0].min())
        voxels = np.repeat(voxels, np.rint(weights / steps_mm[2]).astype(int), axis=2)
    order = [0, 0, 0]
    for index_axis, (world_axis, _) in enumerate(grid.anatomical_axes):
        order[world_axis] = index_axis
    flips = tuple(slice(None, None, grid.anatomical_axes[axis][1]) for axis in order)
    across, along, up = (steps_mm[axis] for axis in order)
    return voxels.transpose(order)[flips], (across, along, up)


def _flat(plane: NDArray[_T]) -> NDArray[_T]:
    """A plane whose axes run to (R or A, A or S) as rows from the top and columns from the left."""
    return np.ascontiguousarray(plane.T[::-1, ::-1])


def _areas(turned: NDArray[np.uint8]) -> tuple[NDArray[np.float64], ...]:
    """Voxels of each class on every plane across each axis, shape (classes, planes) for R, A and S."""
    found = tuple(np.zeros((max(CLASS_NAMES) + 1, n)) for n in turned.shape)
    for value in CLASS_NAMES:
        held = turned == value
        if held.any():
            columns = np.count_nonzero(held, axis=2)
            found[0][value], found[1][value] = columns.sum(axis=1), columns.sum(axis=0)
            found[2][value] = np.count_nonzero(held, axis=(0, 1))
    return found


def _position(areas: NDArray[np.float64], view: View) -> int:
    """The slice that shows most of both what stays and what leaves; tumour weighs in, most where it stays.

    The sagittal slice goes through tumour left in the remnant where there is any: the other two, which
    are chosen for the cut, may miss it.
    """

    def area(values: tuple[int, ...]) -> NDArray[np.float64]:
        return np.asarray(areas[list(values)].sum(axis=0))

    stays, leaves, tumour, left = area(_STAYS), area(_LEAVES), area(_TUMOURS), area((REMNANT_TUMOUR,))
    if view == "sagittal" and left.any():
        return int(left.argmax())
    weight = 1.0 + 0.5 * tumour / max(1.0, tumour.max()) + left / max(1.0, left.max())
    score = np.sqrt(stays * leaves) * weight
    if score.any():
        return int(score.argmax())
    shown = stays if stays.any() else leaves
    return int(np.searchsorted(np.cumsum(shown), shown.sum() / 2.0))
