"""How fast the planning page follows the hand: mouse moves in a slice and in 3-D, ``setPlan``, memory.

``python benchmarks/planner.py planner.html`` opens a page that ``flr planner`` wrote in headless Chromium at
1440 × 900, without a graphics card. Every move sets another plane; a move counts from its event to the
second animation frame after it. Run it alone: the machine's load is printed beside the numbers.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from browser import watched

MOVES = 50

_WATCH = """
window.taken = [];
for (const id of ["slice-axial", "scene"]) {
  document.getElementById(id).addEventListener("pointermove", event => {
    if (!event.buttons) return;
    const began = performance.now();
    requestAnimationFrame(() => requestAnimationFrame(() => window.taken.push(performance.now() - began)));
  });
}"""

_SET_PLAN = """async () => {
  const plan = flrPlanner.plan(), [cut] = plan.cuts, taken = [];
  for (let n = 0; n < 20; n += 1) {
    const origin_mm = [...cut.origin_mm];
    origin_mm[0] += (n % 2 ? 12 : -12) + 0.1 * n;
    const began = performance.now();
    flrPlanner.setPlan({ ...plan, cuts: [{ ...cut, origin_mm }] });
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const gl = document.getElementById("scene").getContext("webgl2");
    if (gl) gl.readPixels(5, 5, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    taken.push(performance.now() - began);
  }
  return taken;
}"""

_NUMBERS = """() => Array.from({ length: 50 }, () => {
  const began = performance.now();
  flrPlanner.numbers();
  return performance.now() - began;
})"""


def main(page: Path) -> None:
    """Measure and print, one line each."""
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"page: {page.stat().st_size / 1e6:.2f} MB")
    with watched(1440, 900) as seen:
        tab = seen.page
        tab.goto(page.resolve().as_uri())
        tab.evaluate("flrPlanner.ready")
        print(f"ready after {tab.evaluate('performance.now()'):.0f} ms")
        tab.wait_for_timeout(1500)
        meshes = json.loads(tab.evaluate("document.getElementById('data').textContent"))["meshes"]
        middle = [(a + b) / 2 for a, b in zip(meshes["low"], meshes["high"], strict=True)]
        cut = {"type": "plane", "origin_mm": middle, "normal": [1.0, 0.1, 0.05]}
        plan = {"schema": "flr-plan/1", "name": "plane", "cuts": [cut]}
        tab.evaluate(_WATCH)
        for canvas in ("#slice-axial", "#scene"):
            tab.evaluate("plan => flrPlanner.setPlan(plan)", plan)
            tab.wait_for_timeout(400)
            _drag(tab, canvas)
            _say(f"drag in {canvas[1:]}", tab.evaluate("taken.splice(0)"))
        tab.evaluate("plan => flrPlanner.setPlan(plan)", plan)
        _say("setPlan, two frames and a read-back", tab.evaluate(_SET_PLAN))
        _say("numbers()", tab.evaluate(_NUMBERS))
        print(f"memory of renderers and GPU process: {_memory_mb():.0f} MB (PSS)")
    print(f"load after: {os.getloadavg()[0]:.1f}")


def _drag(tab: Any, canvas: str) -> None:
    """Take the line or the ball near the middle of a canvas and move it, every time to another place."""
    box = tab.locator(canvas).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if canvas == "#slice-axial":
        for by in range(int(box["width"]) // 2 - 12):
            tab.mouse.move(x + (by if by % 2 else -by), y)
            if tab.locator(canvas).evaluate("one => one.style.cursor") == "grab":
                x += by if by % 2 else -by
                break
    before = tab.inner_text("#remnant")
    tab.mouse.move(x, y)
    tab.mouse.down()
    for move in range(MOVES):
        tab.mouse.move(x + 1 + move % 25 + 0.3 * (move // 25), y)
        tab.wait_for_timeout(20)
    tab.mouse.up()
    tab.wait_for_timeout(300)
    assert tab.inner_text("#remnant") != before, f"nothing was dragged in {canvas}"


def _say(what: str, taken_ms: list[float]) -> None:
    worst, median = max(taken_ms), statistics.median(taken_ms)
    print(f"{what}: median {median:.1f} ms, worst {worst:.1f} ms ({len(taken_ms)} times)")


def _memory_mb() -> float:
    """Of the browser that this process started, not of others on the machine."""
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[process.name] = (
                (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
            )
        except OSError:
            continue
    total_kb = 0
    for name in parents:
        above = name
        while above in parents and above != str(os.getpid()):
            above = parents[above]
        if above != str(os.getpid()):
            continue
        process = Path("/proc") / name
        try:
            words = (process / "cmdline").read_bytes()
            if b"chromium" not in words or not (b"--type=renderer" in words or b"--type=gpu" in words):
                continue
            lines = (process / "smaps_rollup").read_text(encoding="utf-8").splitlines()
            total_kb += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue  # it ended meanwhile
    return total_kb / 1000


if __name__ == "__main__":
    main(Path(sys.argv[1]))
