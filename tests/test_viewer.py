"""The slices that move: right voxels, right way round, no network, driven in a browser."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import watched
from numpy.typing import NDArray
from report_cases import HOSTILE, PATIENT, block_case, block_liver, block_pictures

from flr.assessment import assess_plans
from flr.geometry import Grid
from flr.liver import Liver, assemble
from flr.palette import RESECTED, RESECTED_TUMOUR
from flr.pictures.plans import case_pictures, plan_pictures
from flr.plans import parse_plan
from flr.report import viewer as module
from flr.report.html import report_html
from flr.report.viewer import MOST_GREY_VOXELS, can_measure, data_text, viewer_data, viewer_of

MOST_BYTES = 8_000_000


def volume(packed: str, shape: list[int]) -> NDArray[np.uint8]:
    raw = np.frombuffer(gzip.decompress(base64.b64decode(packed)), np.uint8)
    return raw.reshape(shape, order="F")


def data_of(liver: Liver, *plans: str) -> dict[str, Any]:
    pictures = [plan_pictures(liver, parse_plan(text)) for text in plans]
    return viewer_data(liver, pictures, list(plans))


@pytest.mark.parametrize("orientation", ["LPS", "RAS", "ASL", "PIR"])
def test_x_runs_to_the_right_y_to_the_front_and_z_to_the_head(orientation: str) -> None:
    liver = block_liver(orientation, rotated=True)
    data = data_of(liver, "H5678")
    parts = volume(data["parts"], data["shape"])
    for number, name in enumerate(liver.part_names, start=1):
        centre = np.argwhere(parts == number).mean(axis=0)
        world = liver.part_centroids_mm[name]
        others = [np.argwhere(parts == other).mean(axis=0) for other in range(1, 9)]
        if name == "7":
            assert centre[0] > np.mean([other[0] for other in others])
        assert len(world) == 3
    reference = data_of(block_liver("LPS", rotated=True), "H5678")
    np.testing.assert_array_equal(parts, volume(reference["parts"], reference["shape"]))
    classes = volume(data["plans"][0]["classes"], data["shape"])
    leaves = np.isin(classes, (RESECTED, RESECTED_TUMOUR))
    stays = (classes > 0) & ~leaves
    assert np.argwhere(leaves)[:, 0].mean() > np.argwhere(stays)[:, 0].mean()


def test_a_mirrored_case_is_mirrored() -> None:
    straight, mirrored = (data_of(block_liver(tumours=(), mirrored=flag), "H5678") for flag in (False, True))
    one, other = (volume(d["plans"][0]["classes"], d["shape"]) for d in (straight, mirrored))
    np.testing.assert_array_equal(one, other[::-1])
    assert not np.array_equal(one, other)


def test_it_starts_where_the_pictures_are() -> None:
    liver, plans, _ = block_case()
    shown = plan_pictures(liver, plans[0])
    data = viewer_data(liver, [shown], ["x"])
    classes = volume(data["plans"][0]["classes"], data["shape"])
    for flat, at, axis in zip(shown.slices, data["start"], (2, 1, 0), strict=True):
        np.testing.assert_array_equal(np.take(classes, at, axis=axis).T[::-1, ::-1], flat.classes)


def test_a_large_image_is_averaged_and_labels_are_not() -> None:
    liver = block_liver(image=True)
    data = data_of(liver, "H5678")
    assert data["image"]["shape"] == data["shape"]
    assert data["shape"][0] * data["shape"][1] * data["shape"][2] < MOST_GREY_VOXELS
    grey = volume(data["image"]["voxels"], data["image"]["shape"])
    parts = volume(data["parts"], data["shape"])
    # 60 HU and -90 HU in the window from -160 to 240 HU.
    most = data["image"]["steps"] - 1
    assert most >= 63
    assert set(grey[parts > 0]) == {round(220 / 400 * most)}
    assert set(grey[parts == 0]) == {round(70 / 400 * most)}


def test_data_cannot_leave_its_element() -> None:
    liver, plans, _ = block_case()
    text = data_text(viewer_data(liver, [plan_pictures(liver, plans[0])], [HOSTILE]))
    assert "<" not in text
    assert json.loads(text)["plans"][0]["title"].startswith("</style>")


def test_uneven_slices_have_a_viewer_without_surfaces() -> None:
    liver = block_liver("LPS", tumours=())
    weights = np.full(liver.grid.shape[2], 4.0)
    weights[10] = 8.0
    grid = Grid(liver.grid.shape, liver.grid.index_to_world_mm, weights)
    uneven = assemble(grid, parts=liver.parts, part_names=liver.part_names)
    pictures = case_pictures(uneven, [parse_plan("H5678")])
    viewer = viewer_of(uneven, pictures, ["x"])
    assert pictures[0].renderings == ()
    assert viewer.scene is None
    assert json.loads(viewer.data)["shape"][2] == liver.grid.shape[2] + 1


def test_the_policy_names_every_script_and_nothing_else_runs() -> None:
    liver, plans, assessments = block_case()
    viewer = viewer_of(liver, block_pictures(), [p.notation for p in plans], scene=False)
    html = report_html(assessments, block_pictures(), viewer=viewer)
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert found is not None
    policy = unescape(found[1])
    assert "unsafe" not in policy
    (allowed,) = re.findall(r"script-src ([^;]*)", policy)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 2  # the viewer, and the button that copies
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert allowed.split() == [f"'sha256-{one}'" for one in hashes]


def page(folder: Path, *, image: bool = True, scene: bool = False) -> Path:
    liver, plans, assessments = block_case(image=image)
    pictures = case_pictures(liver, plans)
    viewer = viewer_of(liver, pictures, [plan.notation for plan in plans], scene=scene)
    path = folder / "report.html"
    path.write_text(report_html(assessments, pictures, viewer=viewer), encoding="utf-8")
    assert path.stat().st_size < MOST_BYTES
    return path


def canvas(page: Any, key: str) -> NDArray[np.int64]:
    from PIL import Image

    url = page.evaluate(f"document.getElementById('canvas-{key}').toDataURL('image/png')")
    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGB"), dtype=np.int64)


@pytest.mark.slow
def test_slider_wheel_keys_and_plans_work_without_a_network(tmp_path: Path) -> None:
    path = page(tmp_path, image=False)
    with watched() as seen:
        tab = seen.page
        tab.goto(path.as_uri())
        tab.wait_for_selector("#viewer[data-ready=yes]", timeout=20_000)
        first = canvas(tab, "axial")
        # Without an image colours are pure: what is resected lies on the left, which is the patient's right.
        orange = np.abs(first - np.array([0xD5, 0x5E, 0x00])).max(axis=-1) < 40
        green = np.abs(first - np.array([0x00, 0x9E, 0x73])).max(axis=-1) < 40
        assert orange.nonzero()[1].mean() < green.nonzero()[1].mean()
        said = tab.inner_text("#at-axial")
        tab.locator("#slide-axial").focus()
        for _ in range(4):
            tab.keyboard.press("ArrowRight")
        tab.wait_for_timeout(300)
        assert tab.inner_text("#at-axial") != said
        assert not np.array_equal(canvas(tab, "axial"), first)
        coronal = tab.inner_text("#at-coronal")
        tab.locator("#canvas-coronal").hover()
        tab.mouse.wheel(0, -200)
        tab.wait_for_timeout(300)
        assert tab.inner_text("#at-coronal") != coronal
        sagittal = tab.inner_text("#at-sagittal")
        tab.locator("#canvas-axial").click(position={"x": 60, "y": 60})
        tab.wait_for_timeout(300)
        assert tab.inner_text("#at-sagittal") != sagittal
        before = canvas(tab, "axial")
        tab.locator("input[name=viewer-plan][value='2']").check()
        tab.wait_for_timeout(500)
        assert not np.array_equal(canvas(tab, "axial"), before)
        label = tab.get_attribute("#canvas-axial", "aria-label")
        assert "plan H67" in label
        assert "remnant" in label
        assert tab.inner_text("#viewer-status").startswith("At the crossing: ")
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert seen.asked == []
    assert seen.said == []


@pytest.mark.slow
def test_a_distance_is_that_of_the_body_at_any_zoom(tmp_path: Path) -> None:
    liver, _, _ = block_case(image=True)
    path = page(tmp_path)
    spacing = json.loads(viewer_of(liver, block_pictures(), ["a", "b", "c"], scene=False).data)["spacing_mm"]
    with watched() as seen:
        tab = seen.page
        tab.goto(path.as_uri())
        tab.wait_for_selector("#viewer[data-ready=yes]", timeout=20_000)
        tab.locator("#measure").click()
        wide_mm = data_of(liver, "H5678")["shape"][0] * spacing[0]
        for zoom in (1.0, 2.0):
            box = tab.locator("#canvas-axial").bounding_box()
            css = tab.evaluate("document.getElementById('canvas-axial').width") / box["width"]
            columns = tab.evaluate("document.getElementById('canvas-axial').width") - 40
            y = box["y"] + box["height"] / 2
            tab.mouse.move(box["x"] + 60, y)
            tab.mouse.down()
            tab.mouse.move(box["x"] + 160, y)
            tab.mouse.up()
            tab.wait_for_timeout(300)
            said = tab.inner_text("#viewer-status")
            found = re.search(r"Axial distance: ([\d.]+) mm", said)
            assert found is not None, said
            assert float(found[1]) == pytest.approx(100 * css / columns * wide_mm / zoom, rel=0.01)
            tab.locator("#zoom-in").click()
            tab.locator("#zoom-in").click()
            assert tab.inner_text("#zoom-at") == "2×" or zoom > 1.0
    assert seen.said == []


@pytest.mark.slow
def test_the_window_sets_the_grey(tmp_path: Path) -> None:
    path = page(tmp_path)
    with watched() as seen:
        tab = seen.page
        tab.goto(path.as_uri())
        tab.wait_for_selector("#viewer[data-ready=yes]", timeout=20_000)
        tab.locator("#show-colours").uncheck()
        tab.locator("#show-lines").uncheck()
        for name, width, level in (("abdomen 400/40", 400, 40), ("liver 150/90", 150, 90)):
            tab.select_option("#window-preset", label=name)
            tab.wait_for_timeout(400)
            picture = canvas(tab, "axial")[..., 0]
            middle = picture[picture.shape[0] // 2, picture.shape[1] // 2]
            # The liver measures 60 HU.
            assert middle == pytest.approx(255 * (60 - (level - width / 2)) / width, abs=4)
    assert seen.said == []


def test_no_distance_is_measured_on_axes_that_are_not_at_right_angles() -> None:
    liver = block_liver("LPS", tumours=())
    assert can_measure(liver)
    assert can_measure(block_liver("PIR", rotated=True, tumours=()))
    sheared = np.array(liver.grid.index_to_world_mm)
    sheared[:3, 2] += 0.2 * sheared[:3, 1]
    tilted = assemble(Grid(liver.grid.shape, sheared), parts=liver.parts, part_names=liver.part_names)
    assert not can_measure(tilted)
    weights = np.full(liver.grid.shape[2], 4.0)
    weights[10] = 8.0
    uneven = Grid(liver.grid.shape, liver.grid.index_to_world_mm, weights)
    assert not can_measure(assemble(uneven, parts=liver.parts, part_names=liver.part_names))


def test_a_mirrored_case_is_mirrored_in_the_browser(tmp_path: Path) -> None:
    sides = []
    with watched() as seen:
        for mirrored in (False, True):
            liver = block_liver(tumours=(), mirrored=mirrored)
            plans = (parse_plan("H5678"),)
            assessments = assess_plans(liver, plans, PATIENT)
            viewer = viewer_of(liver, [plan_pictures(liver, plans[0])], ["H5678"], scene=False)
            path = tmp_path / f"{mirrored}.html"
            path.write_text(report_html(assessments, viewer=viewer), encoding="utf-8")
            seen.page.goto(path.as_uri())
            seen.page.wait_for_selector("#viewer[data-ready=yes]", timeout=20_000)
            for key in ("axial", "coronal"):
                picture = canvas(seen.page, key)
                orange = np.abs(picture - np.array([0xD5, 0x5E, 0x00])).max(axis=-1) < 40
                green = np.abs(picture - np.array([0x00, 0x9E, 0x73])).max(axis=-1) < 40
                sides.append(orange.nonzero()[1].mean() < green.nonzero()[1].mean())
    assert sides == [True, True, False, False]


@pytest.mark.slow
def test_many_plans_stay_small(tmp_path: Path) -> None:
    liver, plans, assessments = block_case(image=True)
    many = [plans[n % 3] for n in range(9)]
    pictures = case_pictures(liver, many)
    viewer = viewer_of(liver, pictures, [plan.notation for plan in many])
    html = report_html([assessments[n % 3] for n in range(9)], pictures, viewer=viewer)
    assert len(html.encode()) < MOST_BYTES


def test_the_scene_holds_as_many_plans_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("k3d")
    liver, plans, assessments = block_case()
    pictures = case_pictures(liver, plans)
    titles = [plan.notation for plan in plans]
    whole = viewer_of(liver, pictures, titles)
    assert whole.scene is not None
    assert whole.scene_plans == 3
    stills = module.STILLS_BYTES * len(plans)
    monkeypatch.setattr(module, "MOST_PAGE_BYTES", stills + len(whole.data) + len(whole.scene) - 1)
    fewer = viewer_of(liver, pictures, titles)
    assert fewer.scene is not None
    assert 0 < fewer.scene_plans < 3
    assert f"holds the first {fewer.scene_plans} plans" in report_html(assessments, pictures, viewer=fewer)
    monkeypatch.setattr(module, "MOST_PAGE_BYTES", stills + len(whole.data) + 1000)
    assert viewer_of(liver, pictures, titles).scene is None
