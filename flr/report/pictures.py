"""The pictures of one plan on one liver, ready for page, PDF and files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flr.liver import Liver
from flr.plans import Plan, fates
from flr.report.figures import grey_levels, legend_entries
from flr.report.views import OUTSIDE, Slice, planned_classes, slices


@dataclass(frozen=True, eq=False)
class PlanPictures:
    """A planned liver and the slices that show it.

    Parameters
    ----------
    classes : ndarray of uint8, shape liver.grid.shape
        Keys of :data:`flr.report.views.CLASS_NAMES`.
    slices : tuple of Slice
    grey : tuple of float, optional
        Window of the CT or MR underneath; None where there is none.
    present : tuple of int
        Classes that have voxels.
    """

    classes: NDArray[np.uint8]
    slices: tuple[Slice, ...]
    grey: tuple[float, float] | None
    present: tuple[int, ...]

    @property
    def legend(self) -> tuple[str, ...]:
        """Keys of :data:`flr.report.figures.LEGEND` that the pictures need."""
        return legend_entries(self.present)


def plan_pictures(liver: Liver, plan: Plan) -> PlanPictures:
    """Axial, coronal and sagittal slices of a plan.

    Raises
    ------
    PlanError
        If the plan does not fit the liver.
    """
    classes = planned_classes(liver, fates(liver, plan))
    present = np.flatnonzero(np.bincount(classes.ravel(order="K")))
    return PlanPictures(
        classes=classes,
        slices=slices(liver, classes),
        grey=None if liver.image is None else grey_levels(liver.image),
        present=tuple(int(value) for value in present if value != OUTSIDE),
    )
