"""The planning page in a browser without a network: cuts are dragged, saved, and assessed by the command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import colours_in, narrow_faults, watched

from flr.cli import main

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data" / "baseline"
FILES = [
    *("--segments", str(SAMPLE / "segments.nii.gz"), "--tumours", str(SAMPLE / "tumours.nii.gz")),
    *("--weight", "72", "--height", "171", "--condition", "normal", "--reviewed", "yes"),
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("planner") / "planner.html"
    assert main(["planner", *FILES, "--image", str(SAMPLE / "ct.nii.gz"), "--out", str(page)]) == 0
    return page


def opened(tab: Any, page: Path) -> dict[str, Any]:
    tab.goto(page.as_uri())
    tab.evaluate("flrPlanner.ready")
    tab.wait_for_timeout(300)
    data: dict[str, Any] = json.loads(
        tab.inner_text("#data") or tab.evaluate("document.getElementById('data').textContent")
    )
    return data


def two_frames(tab: Any) -> None:
    tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _remnant(tab: Any) -> float:
    two_frames(tab)
    return float(tab.inner_text("#remnant").removesuffix(" mL"))


def _assessed(capsys: pytest.CaptureFixture[str], plan: Path | str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["assess", *FILES, "--plan", str(plan), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["assessments"][0]
    return found


def _saved(tab: Any, folder: Path) -> Path:
    with tab.expect_download() as coming:
        tab.click("#save")
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def _middle(data: dict[str, Any]) -> list[float]:
    meshes = data["meshes"]
    return [(a + b) / 2 for a, b in zip(meshes["low"], meshes["high"], strict=True)]


def _plane(data: dict[str, Any], normal: list[float]) -> dict[str, Any]:
    cut = {"type": "plane", "origin_mm": _middle(data), "normal": normal}
    return {"schema": "flr-plan/1", "name": "plane", "cuts": [cut]}


def grab(tab: Any, canvas: str) -> tuple[float, float]:
    """A place of a slice where the line of a plane can be taken, away from the dot that turns it."""
    box = tab.locator(canvas).bounding_box()
    for share in (0.5, 0.42, 0.58, 0.35):
        y = box["y"] + box["height"] * share
        hits = []
        for x in range(12, int(box["width"]) - 12, 5):
            tab.mouse.move(box["x"] + x, y)
            if tab.locator(canvas).evaluate("one => one.style.cursor") == "grab":
                hits.append(box["x"] + x)
        if hits:
            return hits[len(hits) // 2], y
    raise AssertionError("no line in this slice")


def test_a_surgeon_s_way_through_the_page(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Drag in a slice and in 3-D, press a tumour, split segment 4, undo, save; the command agrees."""
    with watched(1440, 900) as seen:
        tab = seen.page
        data = opened(tab, sample)
        assert _remnant(tab) == pytest.approx(_assessed(capsys, "H5678")["volumes_ml"]["remnant"], abs=0.06)
        tab.evaluate("plan => flrPlanner.setPlan(plan)", _plane(data, [1.0, 0.1, 0.05]))
        history = [_remnant(tab)]
        x, y = grab(tab, "#slice-axial")
        tab.mouse.move(x, y)
        tab.mouse.down()
        for step in range(1, 9):
            tab.mouse.move(x + 3 * step, y)
        tab.mouse.up()
        history.append(_remnant(tab))
        # To the screen's right is the patient's left: more leaves on the right side of the plane.
        assert history[1] < history[0] - 20
        assert tab.inner_text("#limits li >> nth=0").startswith("Tumour stays (")
        tab.evaluate("plan => flrPlanner.setPlan(plan)", _plane(data, [1.0, 0.1, 0.05]))
        two_frames(tab)
        box = tab.locator("#scene").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        before = tab.locator("#scene").screenshot()
        tab.mouse.move(x, y)  # the handle: the plane's point nearest to the middle of the liver
        tab.mouse.down()
        for step in range(1, 9):
            tab.mouse.move(x + 4 * step, y)
        tab.mouse.up()
        history.append(_remnant(tab))
        assert history[2] < history[0] - 20
        assert tab.locator("#scene").screenshot() != before
        plane_plan = _saved(tab, tmp_path)
        found = _assessed(capsys, plane_plan)
        assert found["volumes_ml"]["remnant"] == pytest.approx(
            tab.evaluate("flrPlanner.numbers().remnant_ml"), abs=0.01
        )
        _press_and_split(tab, data)
        wanted = tab.evaluate("flrPlanner.numbers()")
        path = _saved(tab, tmp_path)
        found = _assessed(capsys, path)
        assert found["volumes_ml"]["remnant"] == pytest.approx(wanted["remnant_ml"], abs=0.01)
        assert found["volumes_ml"]["resected"] == pytest.approx(wanted["resected_ml"], abs=0.01)
        # The text on the page is the same plan.
        text = tab.input_value("#text")
        assert _assessed(capsys, text)["volumes_ml"]["remnant"] == pytest.approx(
            wanted["remnant_ml"], abs=0.01
        )
        assert seen.asked == []
        assert seen.said == []


def _press_and_split(tab: Any, data: dict[str, Any]) -> None:
    """A wedge by a press on the largest tumour, and segment 4 divided by a plane; undo takes one back."""
    alone = _remnant(tab)
    tab.check('input[name="tool"][value="wedge"]')
    tab.fill("#tool-margin", "8")
    largest = max(data["liver"]["tumours"], key=lambda one: one["voxels"])
    tab.evaluate(
        "plan => flrPlanner.setPlan(plan)",
        {"schema": "flr-plan/1", "name": "left", "cuts": [{"type": "parts", "names": ["2", "3"]}]},
    )
    alone = _remnant(tab)
    x, y = on_screen(tab, data, largest)
    tab.mouse.click(x, y)
    assert _remnant(tab) < alone
    assert tab.input_value(f"#zone-{largest['name']}") == "wedge"
    assert tab.input_value(f"#margin-{largest['name']}") == "8"
    assert "resected" in tab.inner_text(f"#fate-{largest['name']}")
    with_wedge = _remnant(tab)
    tab.select_option("#split-4", "plane:back")
    assert _remnant(tab) < with_wedge
    tab.click("#undo")
    assert _remnant(tab) == with_wedge
    tab.click("#redo")
    assert _remnant(tab) < with_wedge


def on_screen(tab: Any, data: dict[str, Any], tumour: dict[str, Any]) -> tuple[float, float]:
    """Where the page draws the middle of a tumour in the axial slice: it begins on the largest one."""
    liver, view = data["liver"], data["views"][0]
    m = liver["grid"]["index_to_world_mm"]
    index = np.linalg.solve(np.array(m)[:3, :3], np.array(tumour["centroid_mm"]) - np.array(m)[:3, 3])
    spacing = np.linalg.norm(np.array(m)[:3, :3], axis=0)
    box = tab.locator("#slice-axial").bounding_box()
    sides = [liver["grid"]["shape"][view[key][0]] for key in ("right", "down")]
    mm = [spacing[view[key][0]] for key in ("right", "down")]
    scale = min((box["width"] - 36) / (sides[0] * mm[0]), (box["height"] - 36) / (sides[1] * mm[1]))
    at = []
    for key, n, step, length in zip(("right", "down"), sides, mm, (box["width"], box["height"]), strict=True):
        axis, sign = view[key]
        place = index[axis] if sign > 0 else n - 1 - index[axis]
        at.append((length - n * step * scale) / 2 + (place + 0.5) * step * scale)
    return box["x"] + at[0], box["y"] + at[1]


def test_keys_move_and_turn_a_plane_and_take_it_back(sample: Path) -> None:
    with watched(1440, 900) as seen:
        tab = seen.page
        opened(tab, sample)
        tab.click("#add-plan")
        two_frames(tab)
        assert "removes nothing" in tab.inner_text("#fault")
        assert tab.inner_text("#remnant") == "–"  # no number of another plan beside these controls
        tab.focus("#add-plane")
        tab.keyboard.press("Enter")
        start = _remnant(tab)
        tab.focus("#slice-axial")
        tab.keyboard.press("ArrowUp")
        moved = _remnant(tab)
        assert moved > start  # along the normal, to the side that leaves
        tab.keyboard.press("Shift+ArrowUp")
        assert _remnant(tab) != moved
        tab.keyboard.press("Control+z")
        assert _remnant(tab) == moved
        tab.keyboard.press("Control+Shift+z")
        assert _remnant(tab) != moved
        tab.keyboard.press("Escape")
        was = tab.locator("#slice-axial").screenshot()
        tab.keyboard.press("PageUp")
        two_frames(tab)
        assert tab.locator("#slice-axial").screenshot() != was


def test_a_curved_surface_follows_its_control_points(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a slice and in 3-D; one that folds shows no number; the command counts the saved plan alike."""
    with watched(1440, 900) as seen:
        tab = seen.page
        data = opened(tab, sample)
        tab.click("#add-plan")
        tab.click("#add-surface")
        start = _remnant(tab)
        surface = tab.evaluate("flrPlanner.plan().cuts[0]")
        assert surface["type"] == "bezier"
        # Of the points of a column that the slice shows over one another, the nearest is taken.
        x, y = on_screen(tab, data, {"centroid_mm": surface["control_mm"][1][1]})
        tab.mouse.move(x, y)
        tab.mouse.down()
        for step in range(1, 9):
            tab.mouse.move(x + 4 * step, y)
        tab.mouse.up()
        moved = _remnant(tab)
        assert moved < start - 1
        now = tab.evaluate("flrPlanner.plan().cuts[0].control_mm")
        changed = [(r, c) for r in range(4) for c in range(4) if now[r][c] != surface["control_mm"][r][c]]
        assert len(changed) == 1
        ((row, column),) = changed
        # To the screen's right is the patient's left.
        assert now[row][column][0] < surface["control_mm"][row][column][0] - 5
        tab.click("#undo")
        assert _remnant(tab) == start
        tab.click("#redo")
        assert _remnant(tab) == moved
        wanted = tab.evaluate("flrPlanner.numbers()")
        found = _assessed(capsys, _saved(tab, tmp_path))["volumes_ml"]["remnant"]
        assert found == pytest.approx(wanted["remnant_ml"], abs=1.01 * data["liver"]["grid"]["voxel_ml"])
        folded = [[now[0][c], now[3][c], now[1][c], now[2][c]][n] for n in range(4) for c in range(4)]
        plan = tab.evaluate("flrPlanner.plan()")
        plan["cuts"][0]["control_mm"] = [folded[4 * n : 4 * n + 4] for n in range(4)]
        tab.evaluate("plan => flrPlanner.setPlan(plan)", plan)
        two_frames(tab)
        assert "fold" in tab.inner_text("#fault")
        assert tab.inner_text("#remnant") == "–"
        assert seen.said == []


def test_a_plan_of_another_liver_is_refused_by_page_and_command(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with watched() as seen:
        tab = seen.page
        data = opened(tab, sample)
        before = tab.evaluate("JSON.stringify(flrPlanner.plan())")
        plan = tab.evaluate("flrPlanner.plan()")
        other_hash = {**plan, "liver_sha256": "0" * 64}
        other_grid = json.loads(json.dumps(plan))
        other_grid["grid"]["index_to_world_mm"][0][3] += 0.4 * abs(plan["grid"]["index_to_world_mm"][0][0])
        for wrong in (other_hash, other_grid, {"schema": "flr-plan/9", "cuts": []}, [1], None):
            tab.evaluate(
                "wrong => { window.fault = '';"
                " try { flrPlanner.setPlan(wrong); } catch (error) { window.fault = error.message; } }",
                wrong,
            )
            assert re.search("another liver|another grid|no plan", tab.evaluate("fault")), wrong
            assert tab.evaluate("JSON.stringify(flrPlanner.plan())") == before
        path = tmp_path / "other.json"
        path.write_text(json.dumps(other_hash), encoding="utf-8")
        tab.set_input_files("#load", path)
        tab.wait_for_function("document.getElementById('load-note').textContent !== ''")
        assert "another liver" in tab.inner_text("#load-note")
        assert data["hashes"]
    assert main(["assess", *FILES, "--plan", str(path)]) == 3
    assert "another liver" in capsys.readouterr().err


def test_a_page_that_counts_otherwise_than_its_file_shows_no_number(sample: Path, tmp_path: Path) -> None:
    text = sample.read_text(encoding="utf-8")
    total = re.search(r'"volumes_ml":\{"total":([\d.]+)', text)
    assert total is not None
    wrong = text.replace(total.group(0), f'"volumes_ml":{{"total":{float(total.group(1)) + 0.01}', 1)
    page = tmp_path / "wrong.html"
    page.write_text(wrong, encoding="utf-8")
    with watched() as seen:
        seen.page.goto(page.as_uri())
        seen.page.wait_for_selector("#refused")
        assert seen.page.is_hidden("#main")
        assert "the file says" in seen.page.inner_text("#refused")
        assert seen.page.evaluate("flrPlanner.ready.then(() => 'ready', error => error.message)") != "ready"


def test_a_plan_that_the_page_cannot_count_shows_why_and_no_number(tmp_path: Path) -> None:
    points = [{"position": p} for p in ([20.0, -60.0, 0.0], [20.0, 60.0, 0.0], [20.0, 0.0, 80.0])]
    curve = {"type": "Curve", "coordinateSystem": "RAS", "name": "c", "controlPoints": points}
    cut, page = tmp_path / "cut.mrk.json", tmp_path / "planner.html"
    cut.write_text(json.dumps({"markups": [curve]}), encoding="utf-8")
    plans = ["--plan", f"{cut}:front", "--plan", "H5678"]
    assert main(["planner", *FILES, *plans, "--out", str(page)]) == 0
    with watched() as seen:
        tab = seen.page
        opened(tab, page)
        assert "flr assess" in tab.inner_text("#fault")
        assert tab.inner_text("#remnant") == "–"
        tab.click("#plans tr:nth-child(2) button")
        assert _remnant(tab) > 100.0
        assert tab.is_hidden("#fault")


@pytest.mark.parametrize("lost", [False, True])
def test_slices_and_numbers_go_on_without_webgl(sample: Path, lost: bool) -> None:
    with watched(1440, 900, *(() if lost else ("--disable-3d-apis",))) as seen:
        tab = seen.page
        data = opened(tab, sample)
        if lost:
            tab.evaluate(
                "window.lose = document.getElementById('scene').getContext('webgl2')"
                ".getExtension('WEBGL_lose_context'); lose.loseContext()"
            )
            tab.wait_for_timeout(200)
        else:
            assert tab.is_visible("#scene-note")
            assert seen.said == []
        tab.evaluate("plan => flrPlanner.setPlan(plan)", _plane(data, [1.0, 0.0, 0.0]))
        assert _remnant(tab) == pytest.approx(tab.evaluate("flrPlanner.numbers().remnant_ml"), abs=0.06)
        assert colours_in(tab.locator("#slice-axial").screenshot()) > 20
        if lost:
            tab.evaluate("lose.restoreContext()")
            tab.wait_for_timeout(1200)
            assert colours_in(tab.locator("#scene").screenshot()) > 20


def test_the_page_fits_a_phone(sample: Path) -> None:
    with watched(390, 844) as seen:
        opened(seen.page, sample)
        assert narrow_faults(seen.page) == (0, [])
        # The remnant is above the first picture, and that picture is on the first screen.
        assert seen.page.locator("#remnant").bounding_box()["y"] < 200
        assert seen.page.locator("#slice-axial").bounding_box()["y"] < 500


def test_a_finger_drags_a_plane_on_a_phone(sample: Path) -> None:
    with watched(390, 844) as seen:
        tab = seen.page
        data = opened(tab, sample)
        tab.evaluate("plan => flrPlanner.setPlan(plan)", _plane(data, [1.0, 0.1, 0.05]))
        start = _remnant(tab)
        x, y = grab(tab, "#slice-axial")
        hand = tab.context.new_cdp_session(tab)
        for kind, by in (("touchStart", 0), *(("touchMove", 4 * n) for n in range(1, 8)), ("touchEnd", None)):
            points = [] if by is None else [{"x": x + by, "y": y + 0.5 * by}]
            hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        assert _remnant(tab) < start - 20
        assert tab.evaluate("scrollY") == 0


def _plans_to_try(data: dict[str, Any], middle_of_8: list[float]) -> Iterator[dict[str, Any]]:
    """Ten plans of a liver: planes, segments, a wedge, an ablation, a split, and what they are together."""
    origin = _middle(data)

    def plane(*normal: float, by: float = 0.0) -> dict[str, Any]:
        return {"type": "plane", "origin_mm": [origin[0] + by, *origin[1:]], "normal": list(normal)}

    name = max(data["liver"]["tumours"], key=lambda one: one["voxels"])["name"]
    wedge = {"type": "wedge", "tumour": name, "margin_mm": 10}
    ablated = {"type": "ablation", "tumour": name, "margin_mm": 5}
    split = {
        "type": "split",
        "segment": "8",
        "along": "plane",
        "origin_mm": middle_of_8,
        "normal": [0.0, 0.3, 1.0],
    }
    for cuts in (
        [plane(1, 0.2, 0.1)],
        [plane(-1, 0.3, 0.4, by=10)],
        [plane(0.2, 0.3, 1)],
        [plane(1, 0, 0), plane(0, 0.2, -1)],
        [{"type": "parts", "names": list("5678")}],
        [wedge],
        [ablated],
        [wedge, plane(1, 0.1, 0.3)],
        [{"type": "parts", "names": ["5"]}, ablated],
        [{"type": "part_of", "name": "8"}, split],
    ):
        yield {"schema": "flr-plan/1", "name": "tried", "cuts": cuts}


def _with_tumours(segments: Path, folder: Path) -> Path:
    """Six balls as tumours in a real map."""
    import nibabel as nib

    source = nib.load(segments)
    inside = np.argwhere(np.asarray(source.dataobj) > 0)
    rng = np.random.default_rng(0)
    numbers = np.zeros(source.shape, dtype=np.uint16)
    for number in range(1, 7):
        apart = (inside - inside[rng.integers(len(inside))]) @ source.affine[:3, :3].T
        numbers[tuple(inside[np.linalg.norm(apart, axis=1) <= rng.uniform(6.0, 20.0)].T)] = number
    path = folder / "tumours.nii.gz"
    nib.save(nib.Nifti1Image(numbers, source.affine), path)
    return path


def _page_is_the_library(files: list[str], folder: Path) -> None:
    """Ten plans set on the page, saved by it, and counted by the library on the same files."""
    from flr.io.markups import read_plan
    from flr.io.read import read_liver
    from flr.plans import volumes

    page = folder / "planner.html"
    assert main(["planner", *files, "--out", str(page)]) == 0
    assert page.stat().st_size <= 8_000_000
    liver = read_liver(segments=files[1], tumours=files[3])
    with watched(1440, 900) as seen:
        data = opened(seen.page, page)
        tried = 0
        for plan in _plans_to_try(data, list(liver.part_centroids_mm["8"])):
            seen.page.evaluate("plan => flrPlanner.setPlan(plan)", plan)
            wanted = seen.page.evaluate("flrPlanner.numbers()")
            table = volumes(liver, read_plan(_saved(seen.page, folder), liver=liver))
            assert table.remnant_ml == pytest.approx(wanted["remnant_ml"], abs=1e-6)
            assert table.ablated_ml == pytest.approx(wanted["ablated_ml"], abs=1e-6)
            assert _remnant(seen.page) == pytest.approx(table.remnant_ml, abs=0.06)
            tried += 1
        assert tried == 10
        assert seen.asked == []


def test_ten_plans_of_the_sample_are_the_library_s(tmp_path: Path) -> None:
    _page_is_the_library(FILES, tmp_path)


@pytest.mark.real
@pytest.mark.long
@pytest.mark.parametrize("name", ["LiTS-0", "LiTS-81", "LiTS-79"])
def test_ten_plans_of_real_maps_are_the_library_s(name: str, real_data: Path, tmp_path: Path) -> None:
    segments = real_data / "couinaud_lits" / f"{name}_couinaud.nii.gz"
    _page_is_the_library(
        ["--segments", str(segments), "--tumours", str(_with_tumours(segments, tmp_path))], tmp_path
    )
