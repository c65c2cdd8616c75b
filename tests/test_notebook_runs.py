"""The notebooks run from first to last cell, and stand as pages without a kernel or a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from browser import colours_in, watched

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"

pytestmark = [pytest.mark.slow, pytest.mark.notebooks]


@pytest.mark.parametrize("name", [path.name for path in sorted(NOTEBOOKS.glob("*.ipynb"))])
def test_notebooks_run(tmp_path: Path, name: str) -> None:
    """Each within two minutes; what it writes goes elsewhere."""
    pytest.importorskip("nbmake")
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=120", "-p", "no:cacheprovider"),
            *("--override-ini=addopts=", "-q", str(NOTEBOOKS / name)),
        ],
        check=True,
        cwd=tmp_path,
        timeout=150,
    )


def test_an_executed_notebook_works_as_a_static_page(tmp_path: Path) -> None:
    nbformat, nbconvert = pytest.importorskip("nbformat"), pytest.importorskip("nbconvert")
    from nbconvert.preprocessors import ExecutePreprocessor

    exporter = nbconvert.HTMLExporter(mathjax_url="", require_js_url="", jquery_url="")
    book = nbformat.read(NOTEBOOKS / "02_sparing_alternatives.ipynb", as_version=4)
    ExecutePreprocessor(timeout=240, store_widget_state=False).preprocess(book)
    path = tmp_path / "exported.html"
    path.write_text(exporter.from_notebook_node(book)[0], encoding="utf-8")
    with watched() as seen:
        page = seen.page
        page.goto(path.as_uri())
        page.wait_for_timeout(1500)
        viewer = page.frame_locator("iframe").first
        viewer.locator("#viewer[data-ready=yes]").wait_for(timeout=30_000)
        first = viewer.locator("#canvas-axial").get_attribute("aria-label")
        viewer.locator("input[name=viewer-plan][value='1']").check()
        page.wait_for_timeout(300)
        assert viewer.locator("#canvas-axial").get_attribute("aria-label") != first
        assert page.get_by_text("Controls to choose a plan").count() == 1
        page.locator("details summary", has_text="The same at fixed positions").press("Enter")
        positions = page.locator("details").frame_locator("iframe")
        positions.locator("#positions").wait_for(state="visible", timeout=20_000)
        positions.locator("#offset").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(200)
        assert positions.locator("#said").inner_text() == "+10 mm"
        # Last, because drawing without a graphics card keeps a page busy.
        viewer.locator("#scene-open").click()
        viewer.locator("#scene-place[data-ready=yes]").wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        assert colours_in(viewer.locator("#scene-place").screenshot()) > 100
    assert seen.asked == []
    assert [text for text in seen.said if "widget" not in text] == []
