"""The pictures of ``docs/planner.md``: the page of the sample case, step by step.

``python tests/planner_walk.py docs/planner`` takes them again.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from browser import watched
from PIL import Image
from test_planner_page import FILES, SAMPLE, grab, on_screen, opened, two_frames

from flr.cli import main as flr


def main(folder: Path) -> None:
    """Walk and take a picture of each step."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, watched(1280, 800) as seen:
        page = Path(made) / "planner.html"
        image = ["--image", str(SAMPLE / "ct.nii.gz")]
        assert flr(["planner", *FILES, *image, "--case-id", "sample", "--out", str(page)]) == 0
        tab = seen.page
        data = opened(tab, page)
        _picture(tab, folder / "1-open.png")
        tab.click("#add-plan")
        tab.click("#add-plane")
        two_frames(tab)
        x, y = grab(tab, "#slice-axial")
        tab.mouse.move(x, y)
        tab.mouse.down()
        for step in range(1, 9):
            tab.mouse.move(x - 3 * step, y)
        _picture(tab, folder / "2-plane.png")
        tab.mouse.up()
        tab.select_option("#split-4", "plane:front")
        _picture(tab, folder / "3-split.png")
        tab.check('input[name="tool"][value="wedge"]')
        tab.fill("#tool-margin", "5")
        tumour = next(one for one in data["liver"]["tumours"] if one["name"] == "T4")
        tab.evaluate("plan => flrPlanner.setPlan(plan)", _right(tab))
        x, y = on_screen(tab, data, tumour)
        tab.mouse.click(x, y)
        tab.select_option("#zone-T4", "wedge")
        tab.fill("#margin-T4", "5")
        tab.dispatch_event("#margin-T4", "change")
        _picture(tab, folder / "4-wedge.png")


def _right(tab: Any) -> dict[str, Any]:
    plan: dict[str, Any] = tab.evaluate("flrPlanner.plan()")
    return plan | {"cuts": [{"type": "parts", "names": ["5", "6", "7", "8"]}]}


def _picture(tab: Any, path: Path) -> None:
    two_frames(tab)
    tab.wait_for_timeout(900)
    with Image.open(io.BytesIO(tab.screenshot())) as shot:
        shot.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
