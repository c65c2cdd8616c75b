"""The report's page in a frame: the same in a live notebook, in VS Code and in a static export."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from flr.assessment import Assessment, Options, assess_plans, prepared
from flr.liver import Liver
from flr.patient import Patient
from flr.pictures.plans import case_pictures
from flr.plans import Plan
from flr.plans.notation import plans_from
from flr.report.html import report_html
from flr.report.viewer import viewer_of


@dataclass(frozen=True, slots=True)
class Frame:
    """A page by itself, shown in a frame that may run its scripts and reach nothing else.

    Parameters
    ----------
    page : str
        HTML.
    height_px : int
    text : str
        Stands where no HTML is shown.
    """

    page: str
    height_px: int
    text: str

    def _repr_html_(self) -> str:
        # Widgets are blank in a static export; a frame that holds its page is not.
        page = html.escape(self.page, quote=True)
        return (
            f'<iframe sandbox="allow-scripts" title="{html.escape(self.text, quote=True)}"'
            f' style="width:100%;height:{self.height_px}px;border:1px solid #d5dce2"'
            f' srcdoc="{page}"></iframe>'
        )

    def __repr__(self) -> str:
        return self.text


def view(
    liver: Liver,
    plans: Sequence[Plan | str] | Plan | str,
    patient: Patient | None = None,
    *,
    case_id: str = "case",
    options: Options | None = None,
    scene: bool = True,
    height_px: int = 760,
) -> Frame:
    """Slices to move through, the 3-D scene, and the plans side by side.

    Parameters
    ----------
    liver : Liver
    plans : sequence of Plan or str
        Plans, or texts as :func:`flr.parse_plan` reads them; or one of them.
    patient : Patient, optional
        Grades the plans.
    case_id : str
    options : Options, optional
    scene : bool
        Hold the 3-D scene as well (about 2 MB), where the ``[view]`` extra is installed.
    height_px : int
        Height of the frame.

    Raises
    ------
    PlanError
        If no plan is given, one is not understood, or does not fit the liver.
    """
    chosen = plans_from(plans)
    liver, known = prepared(liver, chosen, patient or Patient())
    assessments: tuple[Assessment, ...] = assess_plans(liver, chosen, known, case_id=case_id, options=options)
    titles = [f"{plan.name} ({plan.notation})" for plan in chosen]
    viewer = viewer_of(liver, case_pictures(liver, chosen), titles, scene=scene)
    page = report_html(assessments, viewer=viewer)
    return Frame(page, height_px, f"viewer of {len(chosen)} plans")
