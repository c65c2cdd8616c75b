"""Three dimensions: shaded pictures from four sides, and the scene that turns in a browser."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from browser import colours_in, watched
from numpy.typing import NDArray
from report_cases import block_case, block_liver

from flr.liver import Liver
from flr.pictures.plans import PlanPictures, case_pictures
from flr.pictures.rendering import SIDE_EDGES, SIDES, rendering_alternative
from flr.plans import parse_plan
from flr.report.html import report_html
from flr.report.scene import lighter, scene_html, script_hashes
from flr.report.viewer import viewer_of
from flr.surfaces.solids import entries

RESECTED, REMNANT = np.array([0xD5, 0x5E, 0x00]), np.array([0x00, 0x9E, 0x73])


def pictures_of(liver: Liver, plan: str = "H5678") -> PlanPictures:
    return case_pictures(liver, [parse_plan(plan)])[0]


def middle_of(picture: NDArray[np.uint8], hue: NDArray[np.int64]) -> tuple[float, float]:
    """Mean row and column of the pixels whose hue is nearest to a colour's."""
    rgb = picture.astype(np.float64)
    shade = rgb - rgb.min(axis=-1, keepdims=True)
    wanted = hue - hue.min()
    strength = np.linalg.norm(shade, axis=-1)
    cosine = (shade @ wanted) / np.maximum(strength * np.linalg.norm(wanted), 1e-9)
    rows, columns = ((cosine > 0.95) & (strength > 20)).nonzero()
    assert rows.size
    return float(rows.mean()), float(columns.mean())


@pytest.mark.parametrize("orientation", ["LPS", "RAS", "PIR"])
def test_every_side_is_the_right_way_round(orientation: str) -> None:
    shown = pictures_of(block_liver(orientation, tumours=()))
    assert tuple(r.side for r in shown.renderings) == SIDES
    places = {
        r.side: (middle_of(r.rgb, RESECTED), middle_of(r.rgb, REMNANT))
        for r in shown.renderings
        if r.side != "right"  # there the right liver hides what stays
    }
    # The right liver is resected: left on pictures from the front and from below, right from behind.
    assert places["front"][0][1] < places["front"][1][1]
    assert places["below"][0][1] < places["below"][1][1]
    assert places["back"][0][1] > places["back"][1][1]
    for side, edges in SIDE_EDGES.items():
        assert (edges[0] == "R") is (side in ("front", "below"))


def test_a_mirrored_case_is_mirrored() -> None:
    straight, mirrored = (pictures_of(block_liver(tumours=(), mirrored=flag)) for flag in (False, True))
    for one, other in zip(straight.renderings, mirrored.renderings, strict=True):
        if one.side != "right":
            left = middle_of(one.rgb, RESECTED)[1] < middle_of(one.rgb, REMNANT)[1]
            assert left is not (middle_of(other.rgb, RESECTED)[1] < middle_of(other.rgb, REMNANT)[1])


def test_up_is_up() -> None:
    upper = pictures_of(block_liver(tumours=()), "H78")
    for shown in upper.renderings:
        if shown.side != "below":
            assert middle_of(shown.rgb, RESECTED)[0] < middle_of(shown.rgb, REMNANT)[0]


def test_words_stand_for_the_picture() -> None:
    shown = pictures_of(block_liver())
    text = rendering_alternative("front", (*shown.solids, *shown.shared), "H5678")
    assert text.startswith("From the front, shaded surfaces of plan H5678, the patient's right on the left")
    assert "remnant" in text
    assert "tumours T1, T2" in text
    keys = [key for key, _, _ in entries((*shown.solids, *shown.shared))]
    assert keys == ["remnant", "resected", "cut", "tumour"]


def test_the_scene_keeps_volumes_and_bytes() -> None:
    pytest.importorskip("k3d")
    shown = pictures_of(block_liver())
    for solid in (*shown.solids, *shown.shared):
        if solid.key != "cut":
            assert lighter(solid.mesh).volume_ml == pytest.approx(solid.mesh.volume_ml, rel=0.01)
    text = scene_html([shown.solids], shown.shared)
    assert text == scene_html([shown.solids], shown.shared)
    assert len(script_hashes(text)) == 4


def test_without_the_extra_the_report_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    from flr.report import viewer

    monkeypatch.setattr(viewer, "is_available", lambda: False)
    liver, plans, assessments = block_case()
    pictures = case_pictures(liver, plans)
    made = viewer.viewer_of(liver, pictures, [plan.notation for plan in plans])
    html = report_html(assessments, pictures, viewer=made)
    assert made.scene is None
    assert "scene-open" not in html
    assert "unsafe" not in html.partition("</head>")[0]
    assert html.count("From four sides") == len(plans)


def greenness(png: bytes) -> int:
    """Pixels that are plainly greener than red and blue: the remnant."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        red, green, blue = np.moveaxis(np.asarray(image.convert("RGB"), dtype=np.int64), -1, 0)
    return int(np.count_nonzero((green > red + 25) & (green > blue + 10)))


def colours_at_the_sides(png: bytes) -> int:
    """Colours of the columns just inside the frame: one where nothing is cropped."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        sides = np.asarray(image.convert("RGB"))[4:-4, [3, 4, -5, -4]]
    return len(np.unique(sides.reshape(-1, 3), axis=0))


@pytest.mark.slow
def test_the_scene_stands_in_the_page_and_follows_the_plan(tmp_path: Path) -> None:
    pytest.importorskip("k3d")
    liver, plans, assessments = block_case()
    pictures = case_pictures(liver, plans)
    viewer = viewer_of(liver, pictures, [plan.notation for plan in plans])
    path = tmp_path / "report.html"
    path.write_text(report_html(assessments, pictures, viewer=viewer), encoding="utf-8")
    with watched() as seen:
        tab = seen.page
        tab.goto(path.as_uri())
        tab.wait_for_selector("#viewer[data-ready=yes]", timeout=20_000)
        tab.click("#scene-open")
        tab.wait_for_selector("#scene-place[data-ready=yes]", timeout=60_000)
        tab.wait_for_timeout(1500)
        first = tab.locator("#scene-place").screenshot()
        # By script: drawing without a graphics card keeps the page too busy for a mouse.
        tab.evaluate("document.querySelector(\"input[name=viewer-plan][value='2']\").click()")
        tab.wait_for_timeout(2500)
        other = tab.locator("#scene-place").screenshot()
        tab.evaluate("document.querySelector('[data-view=inferior]').click()")
        tab.wait_for_timeout(2000)
        below = tab.locator("#scene-place").screenshot()
        tab.evaluate("document.querySelector('[data-solid=remnant]').click()")
        tab.wait_for_timeout(2000)
        without = tab.locator("#scene-place").screenshot()
        tab.evaluate("document.querySelector('[data-solid=remnant]').click()")
        tab.set_viewport_size({"width": 390, "height": 844})
        tab.evaluate("document.getElementById('scene-place').scrollIntoView()")
        tab.wait_for_timeout(500)
        tab.evaluate("document.querySelector('[data-view=anterior]').click()")
        tab.wait_for_timeout(3000)
        narrow = tab.locator("#scene-place iframe").screenshot()
    assert colours_in(narrow) > 100
    assert colours_at_the_sides(narrow) == 1
    assert colours_in(first) > 100
    assert first != other
    assert len({other, below, without}) == 3
    assert greenness(without) < 0.2 * greenness(below)
    assert seen.asked == []
    assert seen.said == []
