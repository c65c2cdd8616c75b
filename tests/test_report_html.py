"""The page: self-contained, escaped, accessible; in a browser without scripts or requests."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from browser import narrow_faults, watched
from report_cases import HOSTILE, PATIENT, block_case, block_liver, block_pictures, from_numbers, hostile_case

from flr.assessment import assess, assess_plans
from flr.documents.assessments import assessments_document
from flr.io.read import read_liver
from flr.io.sample import sample_folder
from flr.io.site_file import Logo
from flr.liver import assemble
from flr.notebook.tables import compare
from flr.palette import COLOURS, LEGEND
from flr.pictures.plans import case_pictures
from flr.plans import parse_plan
from flr.quality import QualityFinding
from flr.report import html as module
from flr.report.content import report_content
from flr.report.html import report_html
from flr.report.paragraph import ris_paragraph
from flr.report.save import save_report
from flr.report.text import assessment_text
from flr.report.viewer import viewer_of
from flr.structures import VESSEL_KINDS
from flr.words import STATEMENT


class Page(HTMLParser):
    """Collects tags with attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.inside: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside:
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def html() -> str:
    _, _, assessments = block_case()
    return report_html(assessments, block_pictures())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_nothing_comes_from_elsewhere(html: str, page: Page) -> None:
    assert page.all("script", "link", "iframe", "object", "embed", "form", "base") == []
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    assert not re.search(r"url\(|@import", html)
    assert not [a for _, a in page.tags if any(key.startswith("on") or key == "style" for key in a)]
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_it_says_what_a_reader_signs_for(page: Page) -> None:
    _, _, assessments = block_case()
    text = flat(page.text)
    for a in assessments:
        assert flat(a.headline) in text
        assert a.plan.notation in text
        assert f"{a.volumes.remnant_ml:.1f}" in text
        for finding in a.findings:
            assert flat(finding.criterion.reference.text) in text
        assert all(flat(a.note_texts[note]) in text for note in a.notes)
        assert all(flat(found.message) in text for found in a.quality)
    for words in (STATEMENT, "Mosteller 1987", "Voxel size", "Scan date", "Segmentation", "ab" * 32):
        assert words in text
    assert "unverified" in text


def test_tumours_and_what_volumes_do_not_tell_are_said(html: str, page: Page) -> None:
    _, _, assessments = block_case()
    text = flat(page.text)
    for a in assessments:
        assert a.tumours is not None
        for fact in a.tumours.tumours:
            tumour = fact.outcome.tumour
            cells = (f"{tumour.volume_ml:.1f}", f"{tumour.longest_axial_diameter_mm:.0f}")
            row = re.search(rf'<th scope="row">{tumour.name}</th>(.*?)</tr>', html)
            assert row is not None
            assert re.findall(r"<td[^>]*>([^<]*)</td>", row[1])[:2] == list(cells)
    for words in (
        *("Middle hepatic vein", "Segment 1", "Segment 4", "drawn whole", "Vascular variants"),
        *("Contrast phase", "Slice thickness", "Nearest vessel", "Planned margin"),
        "not assessed: no vessels given",
    ):
        assert words in text, words


def test_it_can_be_read_without_eyes(page: Page) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(head.get("scope") in ("col", "row") for head in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(len(image["alt"]) > 30 for image in page.all("img"))
    identities = [a["id"] for _, a in page.tags if "id" in a]
    assert len(identities) == len(set(identities))
    targets = [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
    assert targets
    assert set(targets) <= set(identities)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_is_enough_to_read(html: str) -> None:
    themes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in html.split("color-scheme:")]
    themes = [colours for colours in themes if "paper" in colours]
    assert len(themes) == 3  # light; dark as the system asks for it; dark as chosen
    assert themes[1] == themes[2] != themes[0]
    tones = ("below", "between", "above", "unknown")
    for colours in themes:
        grounds = [colours["paper"], *(colours[f"{tone}-tint"] for tone in tones)]
        pairs = [(colours[name], ground) for name in ("ink", "soft") for ground in grounds]
        pairs += [(colours["accent"], colours["paper"]), (colours["below"], colours["unknown-tint"])]
        pairs += [(colours[tone], colours[f"{tone}-tint"]) for tone in tones]
        for ink, ground in pairs:
            high, low = sorted((_luminance(ink), _luminance(ground)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


def test_the_legend_has_the_colours_of_the_pictures(html: str) -> None:
    swatches = dict(re.findall(r"\.swatch\.(\w+) \{ background: (#[0-9A-Fa-f]{6}); \}", html))
    assert {key: swatches[key] for key in LEGEND} == {k: COLOURS[v[0]] for k, (_, v) in LEGEND.items()}
    assert {key: swatches[key] for key in VESSEL_KINDS} == {k.key: k.colour for k in VESSEL_KINDS.values()}


def test_no_two_colours_of_the_legend_are_of_one_kind() -> None:
    """Blue is left to veins: hepatic veins and the vena cava, which are one blood."""
    colours = {key: COLOURS[values[0]] for key, (_, values) in LEGEND.items()}
    colours |= {kind.key: kind.colour for kind in VESSEL_KINDS.values()}
    blue = []
    for key, colour in colours.items():
        red, green, blue_part = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        if blue_part > 1.15 * max(red, green):
            blue.append(key)
    assert blue == ["hepatic_vein", "ivc"]


def test_hostile_text_stays_text() -> None:
    text = report_html(hostile_case(), block_pictures())
    page = Page(text)
    assert page.all("script") == []
    assert [image["src"][:5] for image in page.all("img") if not image["src"].startswith("data:")] == []
    assert not [a for _, a in page.tags if any(key.startswith("on") for key in a)]
    assert "\x1b" not in text
    assert "{{ 7*7 }}" in text
    assert "49" not in {word.strip() for word in page.text.split()}
    assert "alert(1)" in page.text
    assert HOSTILE not in text


def test_numbers_alone_make_a_page_without_pictures() -> None:
    page = Page(report_html([from_numbers()]))
    sources = [image["src"][:22] for image in page.all("img")]
    assert sources == ["data:image/svg+xml;bas"]
    assert "Plans side by side" not in page.text


def test_pictures_must_belong_to_the_plans() -> None:
    _, _, assessments = block_case()
    with pytest.raises(ValueError, match="1 sets of pictures for 3 plans"):
        report_html(assessments, block_pictures()[:1])


def test_many_plans_are_compared_in_several_tables() -> None:
    assessments = [from_numbers(flr_ml=300.0 + 10.0 * n) for n in range(12)]
    page = Page(report_html(assessments))
    assert page.text.count("Growth needed") == 1
    liver, plans, _ = block_case()
    many = assess_plans(liver, [plans[n % 3] for n in range(12)], PATIENT)
    assert report_html(many).count('<th scope="col">Tumour</th><th scope="col">1: ') == 1
    assert report_html(many).count('<table class="matrix">') == 3


@pytest.mark.slow
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_browser_prints_a_page_for_each_plan(tmp_path: Path, paper: str) -> None:
    browser, counter = shutil.which("chromium"), shutil.which("pdfinfo")
    if browser is None or counter is None:
        pytest.skip("chromium and poppler-utils are not installed")
    liver, plans, assessments = block_case(image=True)
    for count in (1, 3):
        source, printed = tmp_path / f"{count}.html", tmp_path / f"{count}.pdf"
        pictures = case_pictures(liver, plans[:count])
        viewer = viewer_of(liver, pictures, [plan.notation for plan in plans[:count]], scene=False)
        text = report_html(assessments[:count], pictures, viewer=viewer)
        # The policy has the hash of the style sheet: a page size is asked for in a copy without it.
        text = re.sub(r"<meta http-equiv[^>]*>", "", text).replace("@page { ", f"@page {{ size: {paper}; ")
        source.write_text(text, encoding="utf-8")
        subprocess.run(
            [
                browser,
                *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
                *(f"--user-data-dir={tmp_path / 'browser'}", "--no-pdf-header-footer"),
                *(f"--print-to-pdf={printed}", source.as_uri()),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        about = subprocess.run([counter, printed], check=True, capture_output=True, text=True).stdout
        assert re.search(rf"^Pages:\s+{count}$", about, re.MULTILINE), about


def test_the_paragraph_for_the_report_stands_on_the_page_and_nothing_else_in_it(html: str) -> None:
    _, _, assessments = block_case()
    said = ris_paragraph(assessments_document(assessments))
    found = re.search(r'<p id="ris">(.*?)</p>', html, re.DOTALL)
    assert found is not None
    assert unescape(found[1]) == said
    assert '<button type="button" id="copy-ris" hidden>' in html  # a page without scripts has no button


def test_a_sites_logo_stands_at_the_head_as_a_picture_that_can_do_nothing() -> None:
    _, _, assessments = block_case()
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0"/></svg>'
    page = Page(report_html(assessments, logo=Logo("image/svg+xml", drawn)))
    assert [image for image in page.all("img") if image.get("class") == "logo"] == [
        {"class": "logo", "src": f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode()}", "alt": ""}
    ]
    assert page.all("svg", "script") == []


@pytest.mark.slow
def test_the_paragraph_is_copied_by_its_button(tmp_path: Path) -> None:
    liver, plans, assessments = block_case()
    save_report(assessments, liver, plans, tmp_path, formats=("html",))
    with watched() as seen:
        tab = seen.page
        tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
        tab.goto((tmp_path / "report.html").as_uri())
        tab.click("details.ris > summary")
        tab.click("#copy-ris")
        tab.wait_for_function("document.getElementById('copied').textContent !== ''")
        assert tab.inner_text("#copied") == "Copied."
        assert tab.evaluate("navigator.clipboard.readText()") == ris_paragraph(
            assessments_document(assessments)
        )


@pytest.mark.slow
def test_a_browser_asks_for_nothing_and_complains_of_nothing(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    _, _, assessments = block_case()
    path = tmp_path / "report.html"
    path.write_text(report_html(assessments, block_pictures()), encoding="utf-8")
    with playwright.sync_playwright() as session:
        opened = session.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        tab = opened.new_page()
        asked: list[str] = []
        said: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(path.as_uri())
        drawn = tab.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
        wide = tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        styled = tab.evaluate("getComputedStyle(document.querySelector('.flag')).display")
        opened.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []
    assert drawn
    assert wide
    assert styled == "flex"


def test_pictures_give_way_where_a_page_would_grow_too_large(
    html: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, assessments = block_case()
    glance, *images = [
        image["src"] for image in Page(html).all("img") if image["src"].startswith("data:image/png")
    ]
    assert glance == images[0]
    first = sum(len(source) for source in images[:3])
    words = module._WORDS_BYTES * len(assessments)
    monkeypatch.setattr(module, "MOST_PAGE_BYTES", words + len(glance) + first + len(images[3]))
    page = Page(report_html(assessments, block_pictures()))
    shown = [image["src"] for image in page.all("img") if image["src"].startswith("data:image/png")]
    assert shown == [glance, *images[:3]]
    assert flat(page.text).count("There is no room here for still pictures of this plan") == 2


def test_plans_are_compared_by_what_they_leave_and_how_near_they_cut() -> None:
    _, _, assessments = block_case()
    in_rows = report_content(assessments).comparison
    assert in_rows is not None
    assert "perfused" not in [column.key for column in in_rows.columns]
    for number, a in enumerate(assessments, start=1):
        assert a.tumours is not None
        outcomes = {fact.outcome.tumour.name: fact.outcome for fact in a.tumours.tumours}
        left = [name for name, outcome in outcomes.items() if outcome.fate in ("left", "cut_through")]
        shown = in_rows.cell(number, "tumours")
        signs = {"left": "✗", "cut_through": "✂", "resected": "✓", "ablated": "✓"}
        for name, outcome in outcomes.items():
            before = shown[: shown.index(name)]
            assert max("✓✗✂", key=before.rfind) == signs[outcome.fate]
        least = in_rows.cell(number, "margin")
        if left:
            more = f", {len(left) - 1} more" if len(left) > 1 else ""
            assert least in [f"0.0 ({n} {outcomes[n].fate.replace('_', ' ')}{more})" for n in left]
        else:
            assert least.startswith(f"{min(o.planned_margin_mm for o in outcomes.values()):.1f} ± ")


def least_margins(plans: list[str], intent: str = "cure") -> dict[str, str]:
    """The comparison's row of margins for a liver with a tumour across the border of 8 and one in 3."""
    liver = block_liver(tumours=((8, 6), (3, 4)))
    drawn = np.array(liver.tumours)
    drawn[drawn == 1] = 0
    border = np.argwhere((liver.parts[:-1] == 8) & (liver.parts[1:] == 7))
    if not len(border):
        border = np.argwhere((liver.parts[:-1] == 7) & (liver.parts[1:] == 8))
    i, j, k = border[len(border) // 2]
    drawn[i - 2 : i + 4, j - 2 : j + 3, k - 2 : k + 3] = 1
    liver = assemble(liver.grid, parts=np.array(liver.parts), part_names=liver.part_names, tumours=drawn)
    parsed = [parse_plan(text, intent=intent) for text in plans]
    content = report_content(assess_plans(liver, parsed, PATIENT))
    return {plan: content.in_rows.cell(n, "margin") for n, plan in enumerate(plans, start=1)}


@pytest.mark.parametrize("intent", ["cure", "debulking"])
def test_the_worst_plan_never_shows_the_best_margin(intent: str) -> None:
    row = least_margins(["H8", "H23", "H14", "H5678 + wedge(T2, 4)", "H5678"], intent)
    assert row["H8"] == "0.0 (T1 cut through, 1 more)"  # T2 stays, far away
    assert row["H23"] == "0.0 (T1 left)"
    assert row["H14"] in ("0.0 (T1 left, 1 more)", "0.0 (T2 left, 1 more)")
    assert row["H5678"] == "0.0 (T2 left)"
    clear = row["H5678 + wedge(T2, 4)"]
    assert re.fullmatch(r"\d+\.\d ± \d+\.\d \(T2\)", clear)
    assert float(clear.split()[0]) > 0.0


def test_every_comparison_names_the_tumour_that_is_not_treated() -> None:
    _, _, assessments = block_case()
    in_rows = report_content(assessments).in_rows
    rows = [in_rows.cell(line.number, "margin") for line in in_rows.lines]
    untreated = [cell for cell in rows if cell.startswith("0.0 (")]
    assert untreated
    text, page, table = (
        assessment_text(assessments),
        Page(report_html(assessments)).text,
        compare(assessments),
    )
    for cell in untreated:
        for shown in (page, Page(table.html).text):
            assert cell in flat(shown)
        assert all(word in text for word in cell.split())


def test_the_middle_hepatic_vein_is_said_with_its_side() -> None:
    folder = sample_folder() / "baseline"
    liver = read_liver(folder / "segments.nii.gz", tumours="none", vessels=folder / "vessels.nii.gz")
    said = {}
    for text in ("H678", "H5678-MHV", "H23"):
        content = report_content([assess(liver, parse_plan(text), PATIENT)])
        said[text] = {row.label: row.value for row in content.plans[0].anatomy}["Middle hepatic vein"]
    assert said["H678"].startswith("side not stated in the plan; ")
    assert "by the vessels given" in said["H678"]
    assert said["H5678-MHV"].startswith("leaves with the resection, as the plan names it; ")
    assert said["H23"] == "side not stated in the plan; kept by the vessels given"


def test_a_narrow_window_neither_widens_the_page_nor_breaks_names(tmp_path: Path) -> None:
    _, _, assessments = block_case()
    path = tmp_path / "report.html"
    path.write_text(report_html(assessments, block_pictures()), encoding="utf-8")
    with watched(400, 800) as seen:
        seen.page.goto(path.as_uri())
        assert narrow_faults(seen.page) == (0, [])


def test_every_printed_page_names_case_and_plan(tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("poppler-utils are not installed")
    some = tuple(QualityFinding(f"check_{n}", "warning", "something was noticed " * 9) for n in range(140))
    assessments = [
        replace(a, quality=tuple(replace(found, check=f"{found.check}_{n}") for found in some))
        for n, a in enumerate(block_case()[2][:2])
    ]
    path, printed = tmp_path / "report.html", tmp_path / "report.pdf"
    path.write_text(report_html(assessments), encoding="utf-8")
    with watched() as seen:
        seen.page.goto(path.as_uri())
        seen.page.pdf(path=str(printed), format="A4")
        assert seen.said == []
    said = subprocess.run(
        [reader, "-layout", printed, "-"], check=True, capture_output=True, text=True
    ).stdout
    pages = said.split("\f")[:-1]
    assert len(pages) > 3
    assert all("Case crlm-014" in page for page in pages)
    for number in (1, 2):
        plan = report_content(assessments).plans[number - 1].running_title
        own = [page for page in pages if re.search(rf"check_[0-9]+_{number - 1}:", page)]
        assert len(own) > 1
        assert all(f"Case crlm-014, {plan}" in page for page in own)
