"""The PDF: A4 pages per plan, fonts inside, nothing cut, nothing overlaps, the same bytes again."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from report_cases import PATIENT, block_case, block_liver, block_pictures, from_numbers, hostile_case

from flr.assessment import assess_plans
from flr.io.read import read_liver
from flr.io.sample import sample_folder
from flr.patient import Patient
from flr.pictures.bands import chart_caption
from flr.pictures.figures import drawing
from flr.pictures.plans import plan_pictures
from flr.pictures.territories import territory_pictures
from flr.plans import parse_plan
from flr.quality import QualityFinding
from flr.report.content import report_content
from flr.report.html import report_html
from flr.report.pdf import _pages, report_pdf
from flr.report.sheet import Block, Mark, cut_into_pages
from flr.words import STATEMENT

A4_IN = (8.27, 11.69)
FINE_DPI = 400
"""The PDF's type is not fitted to pixels; on a coarser grid small type measures up to a tenth too wide."""

TOUCH_IN = 0.0107
"""Boxes of lines of text hold their accents and may touch by a hundredth of an inch."""

EVERYTHING = Patient(
    weight_kg=72,
    height_cm=171,
    age_years=63,
    sex="F",
    conditions=("chemotherapy", "steatosis", "cirrhosis", "biliary"),
    diagnosis="crlm",
    child_pugh="A",
    portal_hypertension=True,
    remnant_drained=False,
    platelets_10e9_per_l=120,
    icg_r15_percent=12,
    hbs_percent_per_min_per_m2=2.1,
    limax_ug_per_kg_per_h=300,
)
"""All profiles of a diseased liver at once, and every function test."""


@cache
def block_pdf() -> bytes:
    """The report of every plan of the block, with pictures."""
    return report_pdf(block_case()[2], block_pictures())


def test_one_page_per_plan_reproducible_with_fonts_inside() -> None:
    _, _, assessments = block_case()
    pdf = block_pdf()
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == len(assessments)
    assert b"/FontFile2" in pdf
    assert b"/Subtype /Type3" not in pdf
    assert b"CreationDate" not in pdf
    assert pdf == report_pdf(assessments, block_pictures())


def text_of(*pages: Figure) -> str:
    return " ".join(text.get_text() for page in pages for text in page.texts)


def check_layout(pages: Sequence[Figure]) -> None:
    """Every page is A4, and nothing on it leaves it or lies on something else."""
    for page in pages:
        assert (page.get_figwidth(), page.get_figheight()) == pytest.approx(A4_IN)
        page.dpi = FINE_DPI
        renderer = page.canvas.get_renderer()
        whole = page.bbox
        boxes = [
            (text.get_text(), text.get_window_extent(renderer)) for text in page.texts if text.get_text()
        ]
        boxes += [
            (text.get_text(), text.get_window_extent(renderer))
            for axes in page.axes
            for text in axes.texts
            if text.get_text()
        ]
        pictures = [("a picture", axes.get_window_extent(renderer)) for axes in page.axes]
        for name, box in (*boxes, *pictures):
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= whole.x1 and box.y1 <= whole.y1
            assert inside, f"{name!r} leaves the page"
        foreign = [(t.get_text(), t.get_window_extent(renderer)) for t in page.texts if t.get_text()]
        for at, (name, box) in enumerate(foreign):
            for other, beside in (*foreign[at + 1 :], *boxes[len(foreign) :], *pictures):
                apart_px = max(box.x0 - beside.x1, beside.x0 - box.x1, box.y0 - beside.y1, beside.y0 - box.y1)
                apart_in = apart_px / FINE_DPI
                assert apart_in > -TOUCH_IN, f"{name!r} lies on {other!r} by {-apart_in:.3f} in"


def words_on(assessments: tuple[object, ...], at: int = 0) -> str:
    content = report_content(assessments)  # type: ignore[arg-type]  # a case with any assessments
    with drawing():
        (page,) = _pages(content, content.plans[at], None)
    return text_of(page)


def test_every_page_says_what_must_be_said() -> None:
    _, _, assessments = block_case()
    for at, a in enumerate(assessments):
        text = words_on(assessments, at)
        assert " ".join(a.headline.split()) in text
        assert STATEMENT in text
        assert all(" ".join(a.note_texts[note].split()) in text for note in a.notes)
        for finding in a.findings:
            reference = finding.criterion.reference
            assert reference.text in text
            assert reference.doi is None or reference.doi in text


def test_a_long_page_is_made_smaller_and_then_goes_on_on_another() -> None:
    some = [QualityFinding(f"check_{n}", "warning", "something was noticed " * 6) for n in range(150)]
    counts, sizes = [], []
    for quality in ((), some[:12], some):
        content = report_content((replace(from_numbers(), quality=tuple(quality)),))
        with drawing():
            pages = _pages(content, content.plans[0], None)
            check_layout(pages)
        counts.append(len(pages))
        sizes.append(max(text.get_fontsize() for text in pages[0].texts))
        words = text_of(*pages)
        assert all(words.count(f" {found.check}:") == 1 for found in quality)
        assert all(STATEMENT in text_of(page) for page in pages)
    assert counts == [1, 1, 2]
    assert sizes[0] >= sizes[1]
    first, second = (text_of(page) for page in pages)
    assert "Plan 1 of 1, page 1 of 2" in first
    assert "Continued on the next page" in first
    assert "Case worked, plan 1: volumes as given, continued" in second
    assert "Plan 1 of 1, page 2 of 2" in second
    assert "Continued" not in second
    assert all(words.count("Quality of the input") == 1 for words in (first, second)), "heading repeated"


def test_everything_of_a_case_that_fills_many_pages_is_there_once() -> None:
    notes = tuple(f"note_{n}" for n in range(300))
    texts = {note: f"{note}: " + "something to know " * 12 for note in notes}
    content = report_content([replace(from_numbers(patient=EVERYTHING), notes=notes, note_texts=texts)])
    with drawing():
        pages = _pages(content, content.plans[0], None)
        check_layout(pages)
    assert len(pages) > 2
    words = text_of(*pages)
    assert all(words.count(f"• {note}:") == 1 for note in notes)
    for cited in content.citations:
        assert sum(t.get_text().startswith(f"[{cited.number}] ") for p in pages for t in p.texts) == 1


def blocks_of(*edges: tuple[float, float], leads: Collection[int] = ()) -> list[Block]:
    """Blocks from top to bottom."""
    return [
        Block([Mark((top, bottom), lambda figure, up_in: None)], at in leads)
        for at, (top, bottom) in enumerate(edges)
    ]


def test_a_page_takes_what_fits_whole_and_keeps_columns_side_by_side() -> None:
    # Two columns: the left one's last block crosses the end of the page, the right one's ends before it.
    blocks = blocks_of((0.42, 9.0), (9.0, 11.6), (0.42, 8.0), (8.0, 10.5))
    (first, second) = cut_into_pages(blocks, head_in=0.5, foot_in=0.3)
    assert [block for block, _ in first] == [blocks[0], blocks[2], blocks[3]]
    assert [block for block, _ in second] == [blocks[1]]
    (_, up_in) = second[0]
    assert blocks[1].top_in - up_in == pytest.approx(0.42 + 0.5)


def test_a_heading_goes_with_what_it_leads() -> None:
    blocks = blocks_of((0.42, 10.0), (10.0, 10.2), (10.2, 11.6), leads=(1,))
    (first, second) = cut_into_pages(blocks, head_in=0.5, foot_in=0.3)
    assert ([b for b, _ in first], [b for b, _ in second]) == (blocks[:1], blocks[1:])


def test_what_is_longer_than_a_page_is_parted_and_ends() -> None:
    lines = [Mark((0.42 + 0.1 * n, 0.52 + 0.1 * n), lambda figure, up_in: None) for n in range(300)]
    pages = cut_into_pages([Block(lines)], head_in=0.5, foot_in=0.3)
    assert [mark for page in pages for block, _ in page for mark in block.marks] == lines
    assert len(pages) == 3
    for page in pages:
        assert all(block.top_in - up > 0.41 and block.bottom_in - up < 11.28 for block, up in page)
    # A single mark that is longer than any page cannot be parted; it must not stop the rest.
    assert len(cut_into_pages(blocks_of((0.42, 30.0), (30.0, 31.0)), head_in=0.5, foot_in=0.3)) == 2


def test_nothing_leaves_the_page_or_overlaps() -> None:
    for assessments in (block_case()[2], hostile_case()):
        content = report_content(assessments)
        with drawing():
            pages = _pages(content, content.plans[0], block_pictures()[0])
            check_layout(pages)


def test_hostile_text_is_drawn_as_it_is() -> None:
    pdf = report_pdf(hostile_case()[:1])
    assert b"/JavaScript" not in pdf
    assert b"/URI" not in pdf
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    assert any(b"BT" in zlib.decompress(stream) for stream in streams if stream[:1] == b"x")


def test_numbers_alone_make_a_page() -> None:
    assert len(re.findall(rb"/Type /Page\b", report_pdf([from_numbers()]))) == 1


def test_pictures_must_belong_to_the_plans() -> None:
    _, _, assessments = block_case()
    with pytest.raises(ValueError, match="2 sets of pictures for 3 plans"):
        report_pdf(assessments, block_pictures()[:2])


def test_its_text_can_be_selected(tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("poppler-utils are not installed")
    _, _, assessments = block_case()
    path = tmp_path / "report.pdf"
    path.write_bytes(block_pdf())
    text = " ".join(
        subprocess.run([reader, path, "-"], check=True, capture_output=True, text=True).stdout.split()
    )
    assert text.count("not a medical device") == len(assessments)
    assert "mL" in text
    assert "> 0.5 %" in text


def _middles(png: Path) -> tuple[float, float]:
    """How far to the right, in shares of the page, remnant and resection lie in the axial picture."""
    from PIL import Image

    with Image.open(png) as image:
        red, green, blue = (np.asarray(band, dtype=int) for band in image.convert("RGB").split())
    # The axial picture stands in the left third of its row; what is resected is orange, what stays green.
    third = red.shape[1] // 3
    red, green, blue = red[:, :third], green[:, :third], blue[:, :third]
    stays = (green > red + 60) & (green > blue + 20)
    leaves = (red > green + 70) & (green > blue + 20)
    assert stays.sum() > 500
    assert leaves.sum() > 500
    return float(np.nonzero(stays)[1].mean()) / third, float(np.nonzero(leaves)[1].mean()) / third


def test_as_a_picture_the_page_has_the_patients_right_on_the_left(tmp_path: Path) -> None:
    drawer = shutil.which("pdftoppm")
    if drawer is None:
        pytest.skip("poppler-utils are not installed")
    plan = parse_plan("H5678")
    for mirrored in (False, True):
        liver = block_liver(mirrored=mirrored)
        pdf = report_pdf(assess_plans(liver, [plan], PATIENT), [plan_pictures(liver, plan)])
        path = tmp_path / f"{mirrored}.pdf"
        path.write_bytes(pdf)
        subprocess.run([drawer, "-r", "70", "-singlefile", "-png", path, path.with_suffix("")], check=True)
        stays, leaves = _middles(path.with_suffix(".png"))
        # Segments 5 to 8 are on the right; mirrored voxels under the same header put them on the left.
        assert (leaves < stays) is not mirrored


@pytest.mark.slow
def test_territories_stand_on_the_last_page_and_nowhere_else() -> None:
    folder = sample_folder() / "baseline"
    liver = read_liver(folder / "segments.nii.gz", tumours="none", vessels=folder / "vessels.nii.gz")
    plans = [parse_plan("H5678"), parse_plan("H67")]
    content = report_content(assess_plans(liver, plans, PATIENT))
    territories = territory_pictures(liver)
    assert len(territories) == 2
    with drawing():
        pages = [page for plan in content.plans for page in _pages(content, plan, None, territories)]
        (bare,) = _pages(content, content.plans[0], None)
        check_layout(pages)
    assert len(pages) == 2
    for page in pages:
        text = " ".join(text.get_text() for text in page.texts)
        for shown in territories:
            assert f"{shown.title}, untouched liver" in text
            assert all(f"{n}: {title}" in text for n, title in zip(shown.names, shown.titles, strict=True))
        assert len(page.axes) == len(bare.axes) + 4
    pdf = report_pdf(assess_plans(liver, plans, PATIENT), territories=territories)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 2


def test_many_limits_and_tests_stay_on_one_page() -> None:
    content = report_content([from_numbers(patient=EVERYTHING)])
    assert len(content.plans[0].findings) > 12
    with drawing():
        (page,) = _pages(content, content.plans[0], None)
        check_layout([page])


@pytest.mark.slow
def test_four_profiles_and_every_test_with_pictures_go_on_on_a_second_page(tmp_path: Path) -> None:
    reader = shutil.which("pdfinfo")
    if reader is None:
        pytest.skip("poppler-utils are not installed")
    folder = sample_folder() / "baseline"
    liver = read_liver(
        folder / "segments.nii.gz",
        tumours=folder / "tumours.nii.gz",
        vessels=folder / "vessels.nii.gz",
        image=folder / "ct.nii.gz",
    )
    plans = [parse_plan("H45678"), parse_plan("H5678")]
    assessments = assess_plans(liver, plans, EVERYTHING)
    pictures = [plan_pictures(liver, plan) for plan in plans]
    territories = territory_pictures(liver)
    content = report_content(assessments)
    with drawing():
        for at, plan in enumerate(content.plans):
            pages = _pages(content, plan, pictures[at], territories)
            check_layout(pages)
            assert len(pages) == 2
            assert sum(len(page.axes) for page in pages) == 3 + 4 + 2
            # What a further page goes on with stands under its heading again.
            found = [page for page in pages if re.search("✗ falls short|✓ meets", text_of(page))]
            assert found
            assert all("Findings: verdict" in text_of(page) for page in found)
            assert {row.profile for row in plan.findings} >= set(EVERYTHING.conditions)
            texts = [text.get_text() for page in pages for text in page.texts]
            signs = sum(text.startswith(("✗ ", "✓ ")) for text in texts)
            assert signs >= len(plan.findings)
    path = tmp_path / "report.pdf"
    path.write_bytes(report_pdf(assessments, pictures, territories=territories))
    said = subprocess.run([reader, "-l", "9", path], check=True, capture_output=True, text=True).stdout
    sizes = re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+) pts \(A4\)", said)
    assert len(sizes) == 4
    assert {(float(w), float(h)) for w, h in sizes} == {(595.44, 841.68)}


def tops(page: Figure, *starts: str) -> list[float]:
    """Heights at which texts begin that begin so."""
    return [text.get_position()[1] for text in page.texts if text.get_text().startswith(starts)]


def test_a_further_page_has_no_blank_column_and_columns_begin_alike() -> None:
    quality = [QualityFinding(f"check_{n}", "warning", "something was noticed " * 6) for n in range(60)]
    notes = tuple(f"note_{n}" for n in range(120))
    texts = {note: f"{note}: {'to know ' * (9 + 25 * (n % 2))}" for n, note in enumerate(notes)}
    a = from_numbers(patient=EVERYTHING)
    content = report_content([replace(a, notes=notes, note_texts=texts, quality=tuple(quality))])
    with drawing():
        pages = _pages(content, content.plans[0], None)
        check_layout(pages)
    assert len(pages) > 1
    left = 0.42 / A4_IN[0]
    for page in pages:
        verdicts = [t for t in page.texts if t.get_text().startswith(("✗ falls short", "✓ meets"))]
        assert all(text.get_position()[0] == pytest.approx(left) for text in verdicts), "across the page"
        half = len(notes) // 2
        for n in range(half):
            pair = tops(page, f"• note_{n}:", f"• note_{n + half}:")
            assert len(pair) in (0, 2), "both columns go on on one page"
            assert len(set(pair)) < 2, "at one height"


def test_the_caption_of_the_bars_is_true_of_them() -> None:
    folder = sample_folder() / "baseline"
    for vessels, plan in ((None, "H5678"), (folder / "vessels.nii.gz", "H5678-MHV")):
        liver = read_liver(folder / "segments.nii.gz", tumours="none", vessels=vessels)
        assessments = assess_plans(liver, [parse_plan(plan)], PATIENT)
        content = report_content(assessments)
        bands = content.plans[0].bands
        assert all(band.interval_low is not None for band in bands)
        with drawing():
            words = text_of(*_pages(content, content.plans[0], None))
        for said in (words, report_html(assessments)):
            assert "; line: 95 % interval." in said
    # The perfused remnant is as sure, for its size, as the plain one, and its interval holds its own value.
    assert all(band.label.endswith("perfused") for band in bands)
    for band in bands:
        assert band.value is not None
        assert band.interval_low < band.value < band.interval_high
    bare = [replace(band, interval_low=None, interval_high=None) for band in bands]
    assert "No 95 % interval is known" in chart_caption(bare)
    assert chart_caption([*bare, bands[0]]).endswith("line: 95 % interval, where one is known.")
