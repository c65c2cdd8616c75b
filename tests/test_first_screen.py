"""The first screen of the page: every plan's flag and numbers at any width, in both themes, and in print."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import watched
from report_cases import block_case, block_liver, block_pictures

from flr.assessment import assess_plans
from flr.patient import Patient
from flr.pictures.plans import case_pictures
from flr.plans import parse_plan
from flr.report.content import report_content
from flr.report.html import report_html
from flr.report.viewer import viewer_of

THREE = ("H5678", "H45678", "H67 + wedge(T2, 10)")
"""A tumour is left, cut through or treated; titles short and long."""


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    liver = block_liver(image=True)
    plans = [parse_plan(text) for text in THREE]
    patient = Patient(weight_kg=72, height_cm=171, age_years=63, sex="F", condition="chemotherapy")
    assessments = assess_plans(liver, plans, patient, case_id="crlm-014")
    pictures = case_pictures(liver, plans)
    viewer = viewer_of(liver, pictures, THREE, scene=False)
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(report_html(assessments, pictures, viewer=viewer), encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_flags_and_numbers_of_three_plans_lie_on_the_first_screen(
    three: Path, size: tuple[int, int], scheme: str
) -> None:
    with watched(*size) as seen:
        tab = seen.page
        tab.emulate_media(color_scheme=scheme)
        tab.goto(three.as_uri())
        tab.wait_for_selector("#viewer[data-ready=yes]", timeout=20_000)
        last = tab.evaluate(
            "Math.max(...[...document.querySelectorAll('.verdicts tbody th, .verdicts td')]"
            ".map(cell => cell.getBoundingClientRect().bottom))"
        )
        assert last < size[1]
        assert tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        light = sum(map(int, re.findall(r"\d+", ground)[:3])) > 3 * 128
        assert light is (scheme == "light")
        tab.locator(f"#theme-{'dark' if scheme == 'light' else 'light'}").check()
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != ground
        # What is too wide scrolls by itself; nothing else reaches beyond the window.
        outside = tab.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => !e.closest('.wide, .unseen, thead') &&"
            " e.getClientRects().length && e.getBoundingClientRect().right > window.innerWidth + 1).length"
        )
        assert outside == 0
    assert seen.said == []


@pytest.mark.slow
def test_printed_pictures_are_wide_and_no_heading_is_alone(three: Path, tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("poppler-utils are not installed")
    printed = tmp_path / "report.pdf"
    with watched(718, 1000) as seen:  # 190 mm at 96 pixels per inch: A4 without its margins
        tab = seen.page
        tab.goto(three.as_uri())
        tab.pdf(path=str(printed), format="A4")
        tab.emulate_media(media="print")
        widths = tab.evaluate(
            "[...document.querySelectorAll('.plan .pictures img')].map(i => i.getBoundingClientRect().width)"
        )
        headings = tab.evaluate(
            "[...document.querySelectorAll('h2, h3, caption')].filter(h => h.getClientRects().length)"
            ".map(h => h.textContent.trim().replace(/\\s+/g, ' '))"
        )
    shown = [width for width in widths if width > 0]
    assert len(shown) == 3 * 3
    assert min(shown) >= 60.0 / 25.4 * 96.0
    said = subprocess.run([reader, printed, "-"], check=True, capture_output=True, text=True).stdout
    pages = [page for page in said.split("\f") if page.strip()]
    assert len(pages) <= 3
    for page in pages:
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        last = [line for line in lines if not re.match(r"page \d+ of \d+$", line)][-1]
        assert last.lower() not in {heading.lower() for heading in headings}


class Cells(HTMLParser):
    """Rows of the first table: the text of each cell."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.within = False
        self.feed(html.partition("</table>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        self.within = self.within or tag in ("th", "td")
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_each_plan_has_its_numbers_beside_its_flag() -> None:
    _, _, assessments = block_case()
    content = report_content(assessments)
    html = report_html(assessments, block_pictures())
    heads, *rows = Cells(html).rows
    assert len(rows) == len(assessments)
    columns = [column for column in content.in_rows.columns if column.key != "flag"]
    assert [" ".join(head.split()) for head in heads[1:]] == [column.label for column in columns]
    for plan, line, row in zip(content.plans, content.in_rows.lines, rows, strict=True):
        title = " ".join(row[0].split())
        assert plan.short_title in title
        assert f"{plan.sign} {plan.flag_words}" in title
        assert line.warning in title
        if plan.is_otherwise_by_volume:
            assert f"by volume {plan.by_volume}" in title
        assert [cell.strip() for cell in row[1:]] == [
            content.in_rows.cell(plan.number, column.key) for column in columns
        ]


def test_what_holds_for_some_plans_names_them() -> None:
    liver, _, _ = block_case()
    plans = [parse_plan(text) for text in ("H5678", "wedge(T1, 5) + wedge(T2, 5)", "H2345678")]
    assessments = assess_plans(liver, plans, Patient(weight_kg=72, height_cm=171, condition="normal"))
    said = {row.label: row.value for row in report_content(assessments).checklist}
    statuses: dict[str, set[int]] = {}
    for number, a in enumerate(assessments, start=1):
        for row in a.reassurance:
            if row.row == "tumours":
                statuses.setdefault(row.status, set()).add(number)
    assert len(statuses) > 1
    for status, numbers in statuses.items():
        (line,) = [value for label, value in said.items() if label.endswith(f" {status}")]
        listed = ", ".join(map(str, sorted(numbers)))
        assert f"[plan{'s' if len(numbers) > 1 else ''} {listed}]" in line
