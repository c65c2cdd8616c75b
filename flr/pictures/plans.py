"""The pictures of the plans of one liver, ready for page, PDF and files."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from flr.liver import Liver
from flr.palette import OUTSIDE
from flr.perfusion import planned_fates
from flr.pictures.figures import grey_levels, legend_entries
from flr.pictures.rendering import WORKERS, Rendering, renderings
from flr.pictures.views import Slice, slices
from flr.plans import Plan
from flr.plans.classes import planned_classes
from flr.surfaces import mesh
from flr.surfaces.solids import Solid, plan_solids, shared_solids


@dataclass(frozen=True, eq=False)
class PlanPictures:
    """A planned liver and the slices that show it.

    Parameters
    ----------
    classes : ndarray of uint8, shape liver.grid.shape
        Keys of :data:`flr.palette.CLASS_NAMES`.
    slices : tuple of Slice
    grey : tuple of float, optional
        Window of the CT or MR underneath; None where there is none.
    present : tuple of int
        Classes that have voxels.
    solids : tuple of Solid
        Surfaces of what stays and what leaves; none where slices are uneven.
    shared : tuple of Solid
        Surfaces of tumours and vessels.
    renderings : tuple of Rendering
        The surfaces from four sides.
    """

    classes: NDArray[np.uint8]
    slices: tuple[Slice, ...]
    grey: tuple[float, float] | None
    present: tuple[int, ...]
    solids: tuple[Solid, ...] = ()
    shared: tuple[Solid, ...] = ()
    renderings: tuple[Rendering, ...] = ()

    @property
    def legend(self) -> tuple[str, ...]:
        """Keys of :data:`flr.pictures.figures.LEGEND` that the pictures need."""
        return legend_entries(self.present)


def plan_pictures(liver: Liver, plan: Plan) -> PlanPictures:
    """Axial, coronal and sagittal slices of a plan.

    Raises
    ------
    PlanError
        If the plan does not fit the liver.
    """
    return _flat(liver, plan, _window(liver))


def _window(liver: Liver) -> tuple[float, float] | None:
    return None if liver.image is None else grey_levels(liver.image)


def _flat(liver: Liver, plan: Plan, grey: tuple[float, float] | None) -> PlanPictures:
    classes = planned_classes(liver, planned_fates(liver, plan))
    present = np.flatnonzero(np.bincount(classes.ravel(order="K")))
    return PlanPictures(
        classes=classes,
        slices=slices(liver, classes),
        grey=grey,
        present=tuple(int(value) for value in present if value != OUTSIDE),
    )


def case_pictures(liver: Liver, plans: Sequence[Plan]) -> tuple[PlanPictures, ...]:
    """Slices and shaded surfaces of every plan; tumours and vessels are worked out once.

    Raises
    ------
    PlanError
        If a plan does not fit the liver.
    """
    grey = _window(liver)
    flat = [_flat(liver, plan, grey) for plan in plans]
    shared = shared_solids(liver)
    # Each plan's surfaces are made of its own voxels alone, mostly by NumPy, which frees the interpreter.
    mesh.load_libraries()
    with ThreadPoolExecutor(WORKERS) as workers:
        solids = list(workers.map(lambda shown: plan_solids(liver, shown.classes), flat))
    sides = renderings(solids, shared)
    return tuple(
        replace(shown, solids=own, shared=shared, renderings=views)
        for shown, own, views in zip(flat, solids, sides, strict=True)
    )
