"""What a notebook shows: tables, the viewer in a frame, a cut that moves; nothing blank, nothing fetched."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from browser import watched
from phantoms import couinaud_block
from report_cases import HOSTILE, PATIENT, block_case, block_liver, hostile_case

import flr.notebook
from flr.assessment import assess
from flr.errors import PlanError, UsageError
from flr.liver import assemble
from flr.notebook import along_a_plane, compare, preview, view
from flr.notebook.displays import SHOWN
from flr.notebook.previews import STATIC_OFFSETS_MM, Setting
from flr.notebook.tables import (
    assessment_html,
    assessment_text,
    plan_html,
    plan_text,
    search_html,
    search_text,
)
from flr.plans import Plane, PlaneSlider, parse_plan, volumes
from flr.plansearch import search

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def flat(html: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL).split())


@pytest.mark.parametrize(("module", "name"), list(SHOWN))
def test_what_is_shown_lives_where_it_is_said_to(module: str, name: str) -> None:
    shown = getattr(importlib.import_module(module), name)
    assert (shown.__module__, shown.__name__) == (module, name)


def test_every_public_name_is_there() -> None:
    assert all(callable(getattr(flr.notebook, name)) for name in flr.notebook.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = flr.notebook.nothing


def test_an_assessment_shows_flag_volumes_shares_and_tumours() -> None:
    a = block_case()[2][0]
    html = assessment_html(a)
    text = flat(html)
    assert a.headline in text
    assert a.flag in text
    assert f"{a.volumes.remnant_ml:.1f}" in text
    assert "T1" in text
    assert "not a medical device" in text
    assert 'src="data:image/' in html
    assert a.flag in assessment_text(a)


def test_plans_are_compared_and_shown() -> None:
    _, plans, assessments = block_case()
    table = compare(assessments)
    assert all(plan.notation in flat(table.html) for plan in plans)
    assert repr(table) == "3 plans: H5678, H45678, H67"
    assert "right hepatectomy" in flat(plan_html(plans[0]))
    assert plan_text(plans[0]) == "right hepatectomy (H5678), intent cure"
    assert flat(compare(assessments[:1]).html) == flat(assessment_html(assessments[0]))


def test_a_search_is_shown_with_its_reasons() -> None:
    result = search(block_liver(), PATIENT)
    text = flat(search_html(result))
    assert "T1, T2" in text
    assert all(found.plan.notation in text for found in result.candidates)
    assert "for discussion" in text
    assert search_text(result).startswith(f"{len(result.candidates)} plans that clear 2 tumours")


def test_hostile_text_stays_text() -> None:
    for a in hostile_case():
        html = assessment_html(a)
        assert "<script" not in html
        assert "onerror=alert" not in re.sub(r"&lt;img[^&]*", "", html)
        assert HOSTILE not in html
    assert "<script" not in compare(hostile_case()).html


def test_a_flat_cut_lies_along_the_border() -> None:
    liver = block_liver(tumours=())
    plan = parse_plan("H5678")
    flat_plan = along_a_plane(liver, plan)
    assert [type(cut) for cut in flat_plan.cuts] == [Plane]
    assert parse_plan(flat_plan.notation).cuts == flat_plan.cuts
    wanted, found = volumes(liver, plan), volumes(liver, flat_plan)
    assert found.resected_ml == pytest.approx(wanted.resected_ml, rel=0.1)
    assert along_a_plane(liver, flat_plan) is flat_plan
    with pytest.raises(PlanError):
        along_a_plane(liver, parse_plan("12345678"))


def test_a_text_stands_for_its_plan() -> None:
    liver, plan = block_liver(), parse_plan("H5678")
    assert along_a_plane(liver, "H5678") == along_a_plane(liver, plan)
    wanted = view(liver, [plan], PATIENT, scene=False)
    for given in ("H5678", ["H5678"], plan):
        assert view(liver, given, PATIENT, scene=False) == wanted
        assert preview(liver, given, PATIENT).plans == (plan,)
    assert assess(liver, "H5678", PATIENT) == assess(liver, plan, PATIENT)
    for call in (view, preview, along_a_plane):
        with pytest.raises(PlanError, match="expected a text such as"):
            call(liver, None)  # type: ignore[arg-type]  # that is the test


def test_one_assessment_is_compared_with_nothing() -> None:
    single = block_case()[2][0]
    assert compare(single) == compare([single])
    for wrong in (None, [single.plan], "H5678"):
        with pytest.raises(UsageError, match="expected assessments"):
            compare(wrong)  # type: ignore[arg-type]  # that is the test


def test_no_zero_of_a_flat_cut_has_a_sign() -> None:
    block = couinaud_block()
    liver = assemble(block.grid, parts=block.segments, part_names=tuple("12345678"))
    plans = [along_a_plane(liver, text) for text in ("H5678", "H234", "H67", "H58", "H23")]
    assert not [plan.notation for plan in plans if re.search(r"-0\b(?!\.)", plan.notation)]


def test_a_moved_cut_is_the_one_that_is_assessed() -> None:
    liver = block_liver()
    shown = preview(liver, [parse_plan("H5678")], PATIENT)
    slider = PlaneSlider.of(liver, along_a_plane(liver, parse_plan("H5678")))
    remnants = []
    for offset_mm in (-10.0, 0.0, 10.0):
        a = shown.assess(Setting(0, move=True, offset_mm=offset_mm, tilt_degrees=(5.0, -3.0)))
        moved = slider.at(offset_mm, (5.0, -3.0))
        assert a.volumes.remnant_ml == pytest.approx(moved.remnant_ml, abs=1e-6)
        assert f"{a.volumes.remnant_ml:.1f}" in flat(
            shown.card(Setting(0, move=True, offset_mm=offset_mm, tilt_degrees=(5.0, -3.0)))
        )
        remnants.append(a.volumes.remnant_ml)
    assert remnants == sorted(remnants)
    assert remnants[0] < remnants[-1]


def test_margins_and_tumours_change_what_is_assessed() -> None:
    liver = block_liver()
    plan = parse_plan("H5678")
    shown = preview(liver, [plan], PATIENT)
    plain = shown.assess(Setting())
    assert plain == assess(liver, plan, PATIENT)
    left = [fact.outcome.tumour.name for fact in plain.tumours.tumours if fact.outcome.fate == "left"]
    assert left
    narrow, wide = (
        shown.assess(Setting(tumours=tuple(left), margin_mm=margin_mm)) for margin_mm in (2.0, 8.0)
    )
    assert wide.volumes.remnant_ml < narrow.volumes.remnant_ml < plain.volumes.remnant_ml
    assert narrow.volumes.remnant_tumour_ml == 0.0
    assert narrow.plan.notation == f"H5678 + wedge({left[0]}, 2)"


def test_fixed_positions_say_what_a_live_cut_says() -> None:
    liver = block_liver()
    shown = preview(liver, [parse_plan("H5678")], PATIENT)
    page = shown.static().page
    sections = re.findall(
        r'<section data-plan="0" data-offset="([^"]*)"[^>]*>(.*?)</section>', page, re.DOTALL
    )
    assert [offset for offset, _ in sections] == ["", *(f"{mm:g}" for mm in STATIC_OFFSETS_MM)]
    for offset, html in sections:
        setting = Setting(0, move=bool(offset), offset_mm=float(offset or 0))
        a = shown.assess(setting)
        assert f"{a.volumes.remnant_ml:.1f}" in flat(html)
        assert a.flag in flat(html)
    with pytest.raises(PlanError, match="no plan"):
        preview(liver, [])


def test_live_controls_show_every_setting() -> None:
    widgets = pytest.importorskip("ipywidgets")
    liver = block_liver()
    shown = preview(liver, [parse_plan("H5678"), parse_plan("H67")], PATIENT)
    told: list[str] = []
    box = shown._controls(told.append)
    inside: list[Any] = [box]
    for part in inside:
        inside += getattr(part, "children", ())
    named = {getattr(part, "description", ""): part for part in inside}
    named["Move, mm"].value = 10.0
    assert named["cut along a plane"].value
    assert shown.setting.move
    assert f"{shown.assess(shown.setting).volumes.remnant_ml:.1f}" in flat(told[-1])
    named["Plan"].value = 1
    named["T2"].value = True
    named["Margin, mm"].value = 3.0
    assert shown.setting == Setting(1, True, 10.0, (0.0, 0.0), 3.0, ("T2",))
    named["Move, mm"].value = 60.0
    named["Tilt, °"].value = 45.0
    assert told
    assert isinstance(box, widgets.VBox)


def test_a_cut_that_misses_is_explained() -> None:
    shown = preview(block_liver(), [parse_plan("H5678")], PATIENT)
    with pytest.raises(PlanError, match="misses the liver"):
        shown.card(Setting(0, move=True, offset_mm=200.0))


@pytest.mark.slow
def test_frames_work_without_a_network(tmp_path: Path) -> None:
    liver, plans, _ = block_case()
    shown = preview(liver, plans[:1], PATIENT)
    path = tmp_path / "exported.html"
    frames = view(liver, plans, PATIENT, scene=False)._repr_html_() + shown._repr_html_()
    path.write_text(f"<!DOCTYPE html><meta charset='utf-8'>{frames}", encoding="utf-8")
    with watched() as seen:
        seen.page.goto(path.as_uri())
        viewer, moved = (seen.page.frame_locator("iframe").nth(n) for n in (0, 1))
        viewer.locator("#viewer[data-ready=yes]").wait_for(timeout=20_000)
        before = viewer.locator("#at-axial").inner_text()
        viewer.locator("#slide-axial").focus()
        seen.page.keyboard.press("ArrowRight")
        viewer.locator("input[name=viewer-plan][value='1']").check()
        seen.page.wait_for_timeout(400)
        assert viewer.locator("#at-axial").inner_text() != before
        assert "H45678" in (viewer.locator("#canvas-axial").get_attribute("aria-label") or "")
        planned = moved.locator("#positions").inner_text()
        moved.locator("#offset").focus()
        seen.page.keyboard.press("ArrowRight")
        seen.page.wait_for_timeout(200)
        assert moved.locator("#said").inner_text() == "+10 mm"
        assert moved.locator("#positions").inner_text() not in ("", planned)
    assert seen.asked == []
    assert seen.said == []


_INSIDE_IPYTHON = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import flr
plan = flr.parse_plan("H5678")
shown, _ = shell.display_formatter.format(plan)
assert "right hepatectomy" in shown["text/html"], shown
assert shown["text/plain"] == "right hepatectomy (H5678), intent cure", shown
import sys
assert "flr.notebook.displays" in sys.modules
"""


def test_ipython_is_told_when_flr_is_imported_and_nobody_else_is() -> None:
    pytest.importorskip("IPython")
    subprocess.run([sys.executable, "-W", "ignore", "-c", _INSIDE_IPYTHON], check=True, timeout=120)
    named = "import flr; flr.notebook.compare; assert 'notebook' in dir(flr)"
    subprocess.run([sys.executable, "-c", named], check=True, timeout=60)
    quiet = "import flr, sys; assert not any(m.startswith('flr.notebook') for m in sys.modules)"
    subprocess.run([sys.executable, "-c", quiet], check=True, timeout=60)


def test_notebooks_are_kept_without_outputs() -> None:
    nbformat = pytest.importorskip("nbformat")
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    assert [path.name[:2] for path in paths] == [f"{number:02d}" for number in range(1, 8)]
    for path in paths:
        book = nbformat.read(path, as_version=4)
        nbformat.validate(book)
        for cell in book.cells:
            assert cell.get("outputs", []) == []
            assert cell.get("execution_count") is None
        assert book.cells[0].source.startswith("# ")
