"""The report as one self-contained page: no network, readable in print and without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from flr.documents.assessments import assessments_document
from flr.palette import COLOURS, LEGEND
from flr.pictures.bands import Band, chart_alternative, chart_caption, draw_bands
from flr.pictures.figures import (
    drawing,
    new_figure,
    pictures_png,
    slice_alternative,
    small_png,
    small_png_bytes,
    svg_bytes,
)
from flr.pictures.plans import PlanPictures
from flr.pictures.rendering import rendering_alternative, renderings_png
from flr.pictures.territories import TerritoryPictures, territories_alternative, territories_png
from flr.report.content import report_content
from flr.report.pages import environment, template_text
from flr.report.paragraph import ris_paragraph
from flr.report.viewer import MOST_PAGE_BYTES, Viewer
from flr.structures import VESSEL_KINDS
from flr.surfaces.solids import CUT_COLOUR, entries

_WORDS_BYTES = 60_000
"""What a plan takes beside its pictures, at most."""

if TYPE_CHECKING:
    from flr.assessment import Assessment
    from flr.donor import DonorPlan
    from flr.io.site_file import Logo

_PACKAGE = "flr.report"


@dataclass(frozen=True, slots=True)
class Image:
    """An image inside the page, and what it shows in words."""

    source: str
    alternative: str


def report_html(
    assessments: Sequence[Assessment],
    pictures: Sequence[PlanPictures] = (),
    *,
    territories: Sequence[TerritoryPictures] = (),
    viewer: Viewer | None = None,
    identify: bool = False,
    today: date | None = None,
    grafts: Sequence[DonorPlan] = (),
    logo: Logo | None = None,
) -> str:
    """All plans of one case as one HTML page.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan, of one case.
    pictures : sequence of PlanPictures
        One per plan in the same order, or none.
    territories : sequence of TerritoryPictures
        Of the untouched liver, the same for every plan.
    viewer : Viewer, optional
        Slices to move through, and the 3-D scene; the only scripts of the page.
    identify : bool
        Print an age above 89 years.
    today : date, optional
        Day from which the age of the scan is counted.
    grafts : sequence of DonorPlan
        Of a living donor: the graft of each plan.
    logo : Logo, optional
        Of the site, at the head of the page.

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
    content = report_content(assessments, identify, today, grafts)
    style = page_style()
    scripts = [] if viewer is None else [template_text(_PACKAGE, name) for name in ("copy.js", "viewer.js")]
    if viewer is not None and viewer.scene is not None:
        scripts.append(template_text(_PACKAGE, "scene.js"))
    room = MOST_PAGE_BYTES - _WORDS_BYTES * len(content.plans)
    if viewer is not None:
        room -= len(viewer.data) + len(viewer.scene or "")
    slices = [_images(shown, plan.title) for shown, plan in zip(pictures, content.plans, strict=False)]
    sides = [_sides(shown, plan.title) for shown, plan in zip(pictures, content.plans, strict=False)]
    glance = _glance((slices, sides), content.plans[0].title)
    room -= sum(len(image.source) for image, _ in glance)
    drawn = _within(room, slices, sides)
    page = environment(_PACKAGE).get_template("report.html.j2")
    return page.render(
        report=content,
        paragraph=ris_paragraph(assessments_document(assessments, identify)),
        logo=None if logo is None else data_uri(logo.content, logo.media_type),
        style=style,
        policy=page_policy(style, scripts, () if viewer is None else viewer.scene_hashes),
        viewer=viewer,
        scripts=scripts,
        charts=[band_chart(plan.bands) for plan in content.plans],
        captions=[chart_caption(plan.bands) for plan in content.plans],
        territories=[
            Image(
                data_uri(small_png(territories_png(shown)), "image/png"),
                territories_alternative(shown),
            )
            for shown in territories
        ],
        glance=glance,
        pictures=drawn[0],
        legends=[[(key, LEGEND[key][0]) for key in shown.legend] for shown in pictures],
        sides=drawn[1],
        side_legends=[
            [
                (key, words)
                for key, words, _ in entries((*shown.solids, *shown.shared))
                if key == "cut" or key in VESSEL_KINDS
            ]
            for shown in pictures
        ],
    )


def page_style() -> str:
    """The style sheet of the page: two sets of colours, and swatches in the palette of every picture."""
    dark = template_text(_PACKAGE, "dark.css")
    asked, chosen = ":root:not(:has(#theme-light:checked))", ":root:has(#theme-dark:checked)"
    themes = (
        f"@media screen and (prefers-color-scheme: dark) {{ {asked} {{\n{dark}}} }}\n"
        f"@media screen {{ {chosen} {{\n{dark}}} }}"
    )
    colours = {key: COLOURS[values[0]] for key, (_, values) in LEGEND.items()}
    colours |= {kind.key: kind.colour for kind in VESSEL_KINDS.values()} | {"cut": CUT_COLOUR}
    swatches = [f".swatch.{key} {{ background: {colour}; }}" for key, colour in colours.items()]
    hatched = f"repeating-linear-gradient(135deg, {colours['resected']} 0 3px, #000 3px 4px)"
    swatches.append(f".swatch.resected {{ background: {hatched}; }}")
    sheet = template_text(_PACKAGE, "report.css")
    return sheet.replace("/*dark*/", themes).replace("/*palette*/", "\n".join(swatches))


def _glance(drawn: Sequence[list[list[Image]]], title: str) -> list[tuple[Image, str]]:
    """One slice and one rendering of the first plan, small, for the first screen."""
    found = []
    for group, words in zip(drawn, ("axial slice", "from the front"), strict=True):
        if group and group[0]:
            found.append((group[0][0], f"{title}: {words}"))
    return found


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as a ``data:`` address.

    >>> data_uri(b"x", "image/png")
    'data:image/png;base64,eA=='
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def band_chart(bands: Sequence[Band], *, pixels: bool = False) -> Image | None:
    """The band chart as a picture, in lines or in ``pixels``, which are smaller; None for no band."""
    if not bands:
        return None
    with drawing():
        figure = new_figure(3.7, 0.47 * len(bands))
        draw_bands(figure.add_axes((0.01, 0.0, 0.98, 1.0)), bands)
        shown = (small_png_bytes(figure, 48), "image/png") if pixels else (svg_bytes(figure), "image/svg+xml")
        return Image(data_uri(*shown), chart_alternative(bands))


def _images(shown: PlanPictures, title: str) -> list[Image]:
    return [
        Image(data_uri(png, "image/png"), slice_alternative(flat, title))
        for flat, png in zip(shown.slices, pictures_png(shown.slices, shown.grey), strict=True)
    ]


def _sides(shown: PlanPictures, title: str) -> list[Image]:
    if not shown.renderings:
        return []
    solids = (*shown.solids, *shown.shared)
    return [
        Image(data_uri(png, "image/png"), rendering_alternative(side.side, solids, title))
        for side, png in zip(shown.renderings, renderings_png(shown.renderings), strict=True)
    ]


def _within(
    room_bytes: int, slices: Sequence[list[Image]], sides: Sequence[list[Image]]
) -> tuple[list[list[Image]], list[list[Image]]]:
    """Pictures of as many plans as there is room for: slices before surfaces, the first plans first."""
    kept: tuple[list[list[Image]], list[list[Image]]] = ([], [])
    for found, group in zip(kept, (slices, sides), strict=True):
        for images in group:
            room_bytes -= sum(len(image.source) for image in images)
            found.append(images if room_bytes >= 0 else [])
    return kept


def page_policy(style: str, scripts: Sequence[str], scene_hashes: Sequence[str] = ()) -> str:
    """The content security policy: nothing but what is in the page, each piece by its hash.

    The frame of the 3-D scene inherits it: k3d styles its canvas inline and evaluates its own packed source.
    """
    scripts_allowed = [f"'{_hash(text)}'" for text in scripts] + [f"'{known}'" for known in scene_hashes]
    if scene_hashes:
        return " ".join([template_text(_PACKAGE, "with-scene.csp").strip(), *scripts_allowed])
    rules = ["default-src 'none'", "img-src data:", f"style-src '{_hash(style)}'"]
    if scripts_allowed:
        rules.append(f"script-src {' '.join(scripts_allowed)}")
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
