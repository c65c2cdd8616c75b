"""The PDF: one page per plan, fonts inside, nothing cut, the same bytes again."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_cases import PATIENT, block_case, block_liver, block_pictures, from_numbers, hostile_case

from flr.assess import assess_plans
from flr.io.read import read_liver
from flr.io.sample import sample_folder
from flr.patient import Patient
from flr.plans import parse_plan
from flr.quality import QualityFinding
from flr.report.content import report_content
from flr.report.figures import drawing
from flr.report.pdf import _page, report_pdf
from flr.report.pictures import plan_pictures
from flr.report.territories import territory_pictures
from flr.report.words import STATEMENT


def test_one_page_per_plan_reproducible_with_fonts_inside() -> None:
    _, _, assessments = block_case()
    pdf = report_pdf(assessments, block_pictures())
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == len(assessments)
    assert b"/FontFile2" in pdf
    assert b"/Subtype /Type3" not in pdf
    assert b"CreationDate" not in pdf
    assert pdf == report_pdf(assessments, block_pictures())


def words_on(assessments: tuple[object, ...], at: int = 0) -> str:
    content = report_content(assessments)  # type: ignore[arg-type]  # a case with any assessments
    with drawing():
        figure = _page(content, content.plans[at], None)
    return " ".join(text.get_text() for text in figure.texts)


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


def test_a_long_page_is_made_smaller_and_then_longer_and_never_cut() -> None:
    few = tuple(QualityFinding(f"check_{n}", "warning", "something was noticed " * 6) for n in range(12))
    many = tuple(QualityFinding(f"check_{n}", "warning", "something was noticed " * 6) for n in range(150))
    heights = []
    for quality in ((), few, many):
        case = (replace(from_numbers(), quality=quality),)
        content = report_content(case)
        with drawing():
            figure = _page(content, content.plans[0], None)
        heights.append(figure.get_figheight())
        assert all(0.0 <= text.get_position()[1] <= 1.0 for text in figure.texts)
        text = " ".join(text.get_text() for text in figure.texts)
        assert all(found.check in text for found in quality)
        assert STATEMENT in text
    assert heights[0] == heights[1] == pytest.approx(11.69)
    assert heights[2] > 11.69


def test_no_text_leaves_the_page_sideways() -> None:
    for assessments in (block_case()[2], hostile_case()):
        content = report_content(assessments)
        with drawing():
            figure = _page(content, content.plans[0], block_pictures()[0])
            renderer = figure.canvas.get_renderer()
            edges = [text.get_window_extent(renderer) for text in figure.texts if text.get_text()]
        width = figure.get_figwidth() * figure.dpi
        assert min(edge.x0 for edge in edges) >= 0.0
        assert max(edge.x1 for edge in edges) <= width


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
    path.write_bytes(report_pdf(assessments, block_pictures()))
    text = " ".join(
        subprocess.run([reader, path, "-"], check=True, capture_output=True, text=True).stdout.split()
    )
    assert text.count("not a medical device decision") == len(assessments)
    assert "mL" in text
    assert "≥ 0.5 %" in text


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


def test_territories_stand_on_the_last_page_and_nowhere_else() -> None:
    folder = sample_folder() / "baseline"
    liver = read_liver(folder / "segments.nii.gz", tumours="none", vessels=folder / "vessels.nii.gz")
    plans = [parse_plan("H5678"), parse_plan("H67")]
    content = report_content(assess_plans(liver, plans, PATIENT))
    territories = territory_pictures(liver)
    assert len(territories) == 2
    with drawing():
        pages = [_page(content, plan, None, territories) for plan in content.plans]
        bare = _page(content, content.plans[0], None)
    for page in pages:
        text = " ".join(text.get_text() for text in page.texts)
        for shown in territories:
            assert f"{shown.title}, untouched liver" in text
            assert all(f"{n}: {title}" in text for n, title in zip(shown.names, shown.titles, strict=True))
        assert len(page.axes) == len(bare.axes) + 4
    pdf = report_pdf(assess_plans(liver, plans, PATIENT), territories=territories)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 2


def test_many_limits_and_tests_stay_on_one_page() -> None:
    patient = Patient(
        weight_kg=72,
        height_cm=171,
        conditions=("chemotherapy", "steatosis", "cirrhosis"),
        child_pugh="A",
        portal_hypertension=False,
        icg_r15_percent=12,
        limax_ug_per_kg_per_h=300,
    )
    content = report_content([from_numbers(patient=patient)])
    assert len(content.plans[0].findings) > 12
    with drawing():
        figure = _page(content, content.plans[0], None)
    assert figure.get_figheight() == pytest.approx(11.69)
