"""A headless browser without a network, for pages that have to work in a hospital."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

SOFTWARE_WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_HARMLESS = ("K3D:", "GL Driver Message")


@dataclass
class Watched:
    """A page, what it asked for elsewhere, and what it complained of."""

    page: Any
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@contextlib.contextmanager
def watched(width: int = 1200, height: int = 900, *switches: str) -> Iterator[Watched]:
    """A page in Chromium, started with more switches; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as session:
        opened = session.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--disable-gpu", *(switches or SOFTWARE_WEBGL)]
        )
        context = opened.new_context(viewport={"width": width, "height": height}, offline=True)
        seen = Watched(context.new_page())

        def asked(request: Any) -> None:
            if not request.url.startswith(("file:", "data:", "blob:")):
                seen.asked.append(request.url)

        def said(message: Any) -> None:
            if not any(known in message.text for known in _HARMLESS):
                seen.said.append(message.text)

        seen.page.on("request", asked)
        seen.page.on("console", said)
        seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
        try:
            yield seen
        finally:
            opened.close()


_BROKEN_WORDS = """[...document.querySelectorAll("th, td code")].filter(cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  const boxes = [...range.getClientRects()].filter(box => box.width > 0);
  const lines = new Set(boxes.map(box => Math.round(box.top)));
  return lines.size > 1.5 * cell.textContent.trim().split(/[\\s-]+/).length + 1;
}).map(cell => cell.textContent)"""


def narrow_faults(tab: Any) -> tuple[int, list[str]]:
    """How much wider than its window a page is, and the names in its tables that are broken within words."""
    wider = tab.evaluate("Math.max(0, document.documentElement.scrollWidth - window.innerWidth)")
    return int(wider), list(tab.evaluate(_BROKEN_WORDS))


def colours_in(png: bytes) -> int:
    """Distinct colours of a picture: a blank canvas has one."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        found = image.convert("RGB").getcolors(1 << 24)
    return len(found or ())
