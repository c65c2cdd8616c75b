"""A cut that moves: choose a plan, move and tilt its plane, widen margins, and see what remains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from flr.assessment import Assessment, Options, assess, prepared
from flr.errors import FLRError, PlanError
from flr.liver import Liver
from flr.notebook.frames import Frame
from flr.notebook.pictures import quick_jpeg
from flr.notebook.planes import along_a_plane
from flr.notebook.tables import own_text, rendered_page
from flr.patient import Patient
from flr.pictures.figures import grey_levels
from flr.pictures.views import VIEWS, slice_at, slices
from flr.plans import Plan, Plane, PlaneSlider, Wedge, fates
from flr.plans.classes import planned_classes
from flr.plans.notation import plans_from
from flr.report.content import report_content
from flr.report.html import band_chart, data_uri, page_policy
from flr.tumours import find_tumours
from flr.words import plain

STATIC_OFFSETS_MM = tuple(float(mm) for mm in range(-20, 21, 10))
"""Positions of the cut that a static export holds."""


_WITHOUT_KERNEL = "Controls to choose a plan and to move its cut stand here while a kernel runs."


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the controls stand.

    Parameters
    ----------
    plan : int
        Number of the plan, from 0.
    move : bool
        Cut along a plane instead of the border of the segments.
    offset_mm : float
        Of the plane, positive towards what leaves: the remnant grows. [mm]
    tilt_degrees : tuple of float
        About the two axes of the plane.
    margin_mm : float
        Around the tumours that are taken out. [mm]
    tumours : tuple of str
        Names of tumours that leave with a wedge of their own.
    """

    plan: int = 0
    move: bool = False
    offset_mm: float = 0.0
    tilt_degrees: tuple[float, float] = (0.0, 0.0)
    margin_mm: float = 10.0
    tumours: tuple[str, ...] = ()


class Preview:
    """Plans of one liver under controls. Made by :func:`preview`; shows itself in a notebook."""

    def __init__(
        self, liver: Liver, plans: Sequence[Plan], patient: Patient, case_id: str, options: Options | None
    ) -> None:
        if not plans:
            raise PlanError("no plan to preview; give at least one")
        self.plans = tuple(plans)
        self.liver, self.patient = prepared(liver, self.plans, patient)
        self.case_id, self.options = case_id, options
        self.setting = Setting()
        self._flats: dict[int, tuple[Plan, PlaneSlider]] = {}

    @cached_property
    def tumour_names(self) -> tuple[str, ...]:
        """Tumours that can be taken out by themselves; none where slices are uneven."""
        if not self.liver.grid.is_even:
            return ()
        return tuple(tumour.name for tumour in find_tumours(self.liver))

    def plan_of(self, setting: Setting) -> Plan:
        """The plan that the controls describe.

        Raises
        ------
        PlanError
            If no plane can stand for the plan, or a tumour is not known.
        """
        base = self.plans[setting.plan]
        name, cuts = base.name, base.cuts
        if setting.move:
            flat, slider = self._flat(setting.plan)
            moved = slider.moved(setting.offset_mm, setting.tilt_degrees)
            cuts = tuple(moved if isinstance(cut, Plane) else cut for cut in flat.cuts)
            name = f"{flat.name}, moved {setting.offset_mm:+g} mm"
            if any(setting.tilt_degrees):
                name += " and tilted {:g}°, {:g}°".format(*setting.tilt_degrees)
        wedges = tuple(Wedge(tumour, setting.margin_mm) for tumour in setting.tumours)
        if not wedges and not setting.move:
            return base
        if wedges:
            name = " + ".join([name, *(wedge.title for wedge in wedges)])
        cuts = (*cuts, *wedges)
        structures = () if setting.move else base.structures
        texts = [str(getattr(cut, "text", "")) for cut in cuts]
        notation = (
            " + ".join(texts) if setting.move else " + ".join([base.notation, *(w.text for w in wedges)])
        )
        return Plan(name, notation, cuts, base.intent, structures, base.notes if not setting.move else ())

    def assess(self, setting: Setting) -> Assessment:
        """What the controls' plan leaves. Raises PlanError where the plan does not fit the liver."""
        return assess(
            self.liver, self.plan_of(setting), self.patient, case_id=self.case_id, options=self.options
        )

    def card(self, setting: Setting) -> str:
        """HTML of the controls' plan: flag, volumes, shares, bands, margins and slices."""
        plan = self.plan_of(setting)
        return self._card(plan, self.assess(setting))

    def static(self) -> Frame:
        """Every plan with its cut at fixed positions, as a page whose slider needs no kernel."""
        positions, titles = [], []
        for number, plan in enumerate(self.plans):
            titles.append(plain(f"{plan.name} ({plan.notation})", 120))
            for offset, shown in self._positions(number):
                positions.append({"plan": number, "offset": offset, "html": shown})
        script, style = own_text("preview.js"), own_text("cards.css")
        page = rendered_page(
            "preview.html.j2",
            titles=titles,
            positions=positions,
            offsets=[f"{mm:g}" for mm in STATIC_OFFSETS_MM],
            style=style,
            script=script,
            policy=page_policy(style, [script]),
        )
        return Frame(page, 640, f"preview of {len(self.plans)} plans, {len(positions)} positions")

    def _positions(self, number: int) -> Iterator[tuple[str, str]]:
        yield "", self.card(Setting(number))
        try:
            _, slider = self._flat(number)
        except PlanError:
            return  # a plan that no plane can stand for keeps its one position
        for offset_mm in STATIC_OFFSETS_MM:
            table = slider.table(offset_mm)
            if table.resected_ml > 0.0 and table.remnant_ml > 0.0:
                yield f"{offset_mm:g}", self.card(Setting(number, move=True, offset_mm=offset_mm))

    def _flat(self, number: int) -> tuple[Plan, PlaneSlider]:
        """A plan with exactly one plane, and what moves that plane."""
        if number not in self._flats:
            flat = along_a_plane(self.liver, self.plans[number])
            self._flats[number] = flat, PlaneSlider.of(self.liver, flat)
        return self._flats[number]

    @cached_property
    def _places(self) -> tuple[int, int, int]:
        """The slices that are shown: those of the first plan, so that they stay while a cut moves."""
        classes = planned_classes(self.liver, fates(self.liver, self.plans[0]))
        turned = [self.liver.grid.shape[a] for a in _upright_order(self.liver)]
        sizes = (turned[2], turned[1], turned[0])
        at = [
            int(flat.position_percent / 100.0 * size)
            for flat, size in zip(slices(self.liver, classes), sizes, strict=True)
        ]
        return at[0], at[1], at[2]

    def _card(self, plan: Plan, found: Assessment) -> str:
        content = report_content([found])
        classes = planned_classes(self.liver, fates(self.liver, plan))
        grey = None if self.liver.image is None else grey_levels(self.liver.image)
        pictures = [
            {
                "source": data_uri(quick_jpeg(slice_at(self.liver, classes, view, at), grey), "image/jpeg"),
                "alternative": f"{view} slice, the patient's right on the left"
                if view != "sagittal"
                else "sagittal slice, anterior on the left",
            }
            for view, at in zip(VIEWS, self._places, strict=True)
        ]
        shown = content.plans[0]
        return rendered_page(
            "moved.html.j2",
            report=content,
            plan=shown,
            chart=band_chart(shown.bands, pixels=True),
            pictures=pictures,
        )

    def _repr_html_(self) -> str:
        return self.static()._repr_html_()

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        styled = f"<style>{own_text('cards.css')}</style>"
        panels: list[Any] = []  # filled once the controls, which stand above it, are shown
        if find_spec("ipywidgets") is not None:
            controls = self._controls(lambda text: [panel.update(HTML(styled + text)) for panel in panels])
            # Where no kernel runs the text is all that is shown of them.
            display({**controls._repr_mimebundle_(), "text/plain": _WITHOUT_KERNEL}, raw=True)
        panels.append(display(HTML(styled + self.card(self.setting)), display_id=True))
        frame = self.static()._repr_html_()
        summary = "<summary>The same at fixed positions, without a kernel</summary>"
        display(HTML(f"<details>{summary}{frame}</details>"))

    def _controls(self, show: Any) -> Any:
        """Live controls; ``show`` is given the HTML of each setting."""
        import ipywidgets as widgets

        def slider(description: str, value: float, low: float, high: float) -> Any:
            return widgets.FloatSlider(
                value=value,
                min=low,
                max=high,
                step=1.0,
                description=description,
                style={"description_width": "8em"},
                continuous_update=False,
            )

        plan = widgets.Dropdown(
            options=[(f"{p.name} ({p.notation})", n) for n, p in enumerate(self.plans)],
            description="Plan",
            style={"description_width": "8em"},
            layout={"width": "34em"},
        )
        move = widgets.Checkbox(value=False, description="cut along a plane", indent=False)
        offset = slider("Move, mm", 0.0, -60.0, 60.0)
        first, second = slider("Tilt, °", 0.0, -45.0, 45.0), slider("Other tilt, °", 0.0, -45.0, 45.0)
        margin = slider("Margin, mm", 10.0, 0.0, 30.0)
        ticks = [
            widgets.Checkbox(value=False, description=name, indent=False, layout={"width": "5em"})
            for name in self.tumour_names
        ]

        def changed(_: Any) -> None:
            if offset.value or first.value or second.value:
                move.value = True
            self.setting = Setting(
                plan=plan.value,
                move=move.value,
                offset_mm=offset.value,
                tilt_degrees=(first.value, second.value),
                margin_mm=margin.value,
                tumours=tuple(tick.description for tick in ticks if tick.value),
            )
            try:
                text = self.card(self.setting)
            except FLRError as error:
                text = rendered_page("refused.html.j2", message=str(error))
            show(text)

        for control in (plan, move, offset, first, second, margin, *ticks):
            control.observe(changed, "value")
        cut = widgets.VBox([move, offset, first, second])
        row = widgets.HBox(ticks, layout={"flex_flow": "row wrap"})
        around = widgets.VBox([widgets.Label("Take out by themselves:"), row, margin])
        return widgets.VBox([plan, widgets.HBox([cut, around] if ticks else [cut])])


def _upright_order(liver: Liver) -> list[int]:
    """Index axes that run along R, A and S."""
    order = [0, 0, 0]
    for index_axis, (world_axis, _) in enumerate(liver.grid.anatomical_axes):
        order[world_axis] = index_axis
    return order


def preview(
    liver: Liver,
    plans: Sequence[Plan | str] | Plan | str,
    patient: Patient | None = None,
    *,
    case_id: str = "case",
    options: Options | None = None,
) -> Preview:
    """Plans under live controls: what remains, its shares and its flag follow every move.

    Parameters
    ----------
    liver : Liver
    plans : sequence of Plan or str
        Plans, or texts as :func:`flr.parse_plan` reads them; or one of them. A plan
        without a plane can be cut along one that lies closest to its border.
    patient : Patient, optional
        Grades the plans.
    case_id : str
    options : Options, optional

    Returns
    -------
    Preview
        Shows itself: with ``ipywidgets`` controls above what they lead to; without a kernel, or in a static
        export, the last state and a page of fixed positions.

    Raises
    ------
    PlanError
        If there is no plan, or one is not understood.
    """
    return Preview(liver, plans_from(plans), patient or Patient(), case_id, options)
