"""The report as one self-contained page: no network, no scripts, readable in print."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from flr.report.bands import Band, chart_alternative, draw_bands
from flr.report.content import report_content
from flr.report.figures import LEGEND, drawing, new_figure, pictures_png, slice_alternative, svg_bytes
from flr.report.pictures import PlanPictures

if TYPE_CHECKING:
    from jinja2 import Template

    from flr.assess import Assessment


@dataclass(frozen=True, slots=True)
class Image:
    """An image inside the page, and what it shows in words."""

    source: str
    alternative: str


def report_html(
    assessments: Sequence[Assessment],
    pictures: Sequence[PlanPictures] = (),
    *,
    identify: bool = False,
) -> str:
    """All plans of one case as one HTML page.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan, of one case.
    pictures : sequence of PlanPictures
        One per plan in the same order, or none.
    identify : bool
        Print an age above 89 years.

    Returns
    -------
    str
        Every text in it is escaped; a content security policy forbids all that is not in the page.

    Raises
    ------
    ValueError
        If there is no assessment, or the pictures are not one per plan.
    """
    if pictures and len(pictures) != len(assessments):
        raise ValueError(f"{len(pictures)} sets of pictures for {len(assessments)} plans; give one per plan")
    content = report_content(assessments, identify)
    style = _style()
    return _template().render(
        report=content,
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        charts=[_chart(plan.bands) for plan in content.plans],
        pictures=[_images(shown, plan.title) for shown, plan in zip(pictures, content.plans, strict=False)],
        legends=[[(key, LEGEND[key][0]) for key in shown.legend] for shown in pictures],
    )


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as a ``data:`` address.

    >>> data_uri(b"x", "image/png")
    'data:image/png;base64,eA=='
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _chart(bands: Sequence[Band]) -> Image | None:
    if not bands:
        return None
    with drawing():
        figure = new_figure(3.7, 0.47 * len(bands))
        draw_bands(figure.add_axes((0.01, 0.0, 0.98, 1.0)), bands)
        return Image(data_uri(svg_bytes(figure), "image/svg+xml"), chart_alternative(bands))


def _images(shown: PlanPictures, title: str) -> list[Image]:
    return [
        Image(
            data_uri(png, "image/png"),
            slice_alternative(flat, title),
        )
        for flat, png in zip(shown.slices, pictures_png(shown.slices, shown.grey), strict=True)
    ]


def _style() -> str:
    return resources.files("flr.report").joinpath("templates", "report.css").read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("flr.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The style sheet is our own file; nothing else reaches the page unescaped.
    filters: dict[str, Any] = {"own_style": Markup}
    environment.filters.update(filters)
    return environment.get_template("report.html.j2")
