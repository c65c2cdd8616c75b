"""Pictures of a planned liver: slices, shaded renderings, territories and the band chart.

:func:`draw_plan` and :func:`draw_limits` draw into the axes of a figure of one's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from flr.assessment import Assessment
    from flr.liver import Liver
    from flr.pictures.views import View
    from flr.plans import Plan

__all__ = ["draw_limits", "draw_plan"]


def draw_plan(axes: Axes, liver: Liver, plan: Plan | str, *, view: View = "axial") -> None:
    """Draw a slice of a planned liver: what stays, what leaves, tumours, over the image where there is one.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Its scale is in mm afterwards, the patient's right on the left.
    liver : Liver
    plan : Plan or str
        As :func:`flr.parse_plan` reads it.
    view : {"axial", "coronal", "sagittal"}
        The slice goes through the cut, or through the remnant where no plane shows both.

    Raises
    ------
    UsageError
        If there is no such view.
    PlanError
        If the plan is not understood or does not fit the liver.

    Examples
    --------
    >>> import flr, numpy as np
    >>> from matplotlib.figure import Figure
    >>> voxels = np.zeros((40, 30, 20), np.uint8)
    >>> voxels[5:20, 5:25, 5:15], voxels[20:35, 5:25, 5:15] = 2, 5
    >>> liver = flr.liver_from_labels(
    ...     voxels,
    ...     affine=np.diag([-4.0, 5.0, 6.0, 1.0]),
    ...     names={2: "liver_segment_2", 5: "liver_segment_5"},
    ... )
    >>> axes = Figure().subplots()
    >>> draw_plan(axes, liver, "H5")
    >>> axes.get_aspect()
    1.0
    """
    from flr.errors import UsageError
    from flr.pictures.figures import draw_slice
    from flr.pictures.plans import plan_pictures
    from flr.pictures.views import VIEWS
    from flr.plans import parse_plan

    if view not in VIEWS:
        raise UsageError(f"no view {view!r}; expected one of {', '.join(VIEWS)}")
    pictures = plan_pictures(liver, parse_plan(plan) if isinstance(plan, str) else plan)
    draw_slice(axes, pictures.slices[VIEWS.index(view)], pictures.grey)


def draw_limits(axes: Axes, assessment: Assessment) -> None:
    """Draw where each graded measure of an assessment lies among its published limits, with its interval.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Takes the whole chart; its ticks are removed.
    assessment : Assessment
    """
    from flr.pictures.bands import bands_of, draw_bands

    draw_bands(axes, bands_of(assessment))
