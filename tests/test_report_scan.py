"""What a reader signs for about the scan: its day and age, phase, slices, who drew it and who looked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from dicom_phantoms import even_heights_mm, stack_at, write_series
from report_cases import PATIENT, block_liver

from flr.assessment import assess
from flr.cli import main
from flr.dicom import open_study
from flr.dicom.scan import phase_of, scan_facts
from flr.errors import GeometryError, UsageError
from flr.io.case import read_case, read_scan
from flr.io.sample import sample_folder
from flr.liver import Liver, ScanFacts, with_scan_facts
from flr.pictures.figures import drawing
from flr.plans import parse_plan
from flr.report.content import report_content
from flr.report.html import report_html
from flr.report.pdf import _pages
from flr.report.text import assessment_text

FACTS = ScanFacts(
    date=date(2026, 1, 4),
    phase="portal venous",
    slice_thickness_mm=2.5,
    segmented_by="reader <A>",
    variants="replaced right hepatic artery",
)
"""What somebody states on the command line."""


def said(liver: Liver, today: date | None = None) -> dict[str, tuple[str, str]]:
    """Label to value and note of the section on the scan."""
    content = report_content([assess(liver, parse_plan("H5678"), PATIENT)], today=today)
    return {row.label: (row.value, row.note) for row in content.scan}


def unseen() -> Liver:
    """A liver of which nobody says that it was reviewed."""
    liver = block_liver()
    return replace(liver, source=replace(liver.source, reviewed=None))


def test_what_nobody_said_is_not_known() -> None:
    rows = said(unseen(), date(2026, 2, 1))
    assert rows["Scan date"] == ("not known", "age of the scan not known")
    assert rows["Contrast phase"][0] == rows["Slice thickness"][0] == "not known"
    assert rows["Vascular variants"][0] == "not assessed"
    assert rows["Segmentation"] == ("source not known", "review not known")


@pytest.mark.parametrize(
    ("today", "age"),
    [
        (None, ""),
        (date(2026, 1, 4), "0 days before this report of 2026-01-04"),
        (date(2026, 1, 5), "1 day before this report of 2026-01-05"),
        (date(2026, 3, 1), "56 days before this report of 2026-03-01"),
        (date(2026, 1, 3), "after the day of this report (2026-01-03): check the date"),
    ],
)
def test_the_age_of_the_scan_is_counted_from_the_day_of_the_report(today: date | None, age: str) -> None:
    assert said(with_scan_facts(block_liver(), FACTS), today)["Scan date"] == ("2026-01-04", age)


def test_every_stated_fact_is_printed() -> None:
    rows = said(with_scan_facts(block_liver(), FACTS, reviewed=True))
    assert rows["Contrast phase"] == ("portal venous", "")
    assert rows["Slice thickness"][0] == "2.5 mm"
    assert rows["Segmentation"] == ("reader <A>", "reviewed")
    assert rows["Vascular variants"][0] == "replaced right hepatic artery"
    liver = block_liver()
    automatic = replace(liver, source=replace(liver.source, segmentation_source="TotalSegmentator"))
    assert said(with_scan_facts(automatic, FACTS))["Segmentation"][0] == (
        "reader <A>; labels as of TotalSegmentator"
    )


def test_a_review_narrows_the_interval_of_an_automatic_map() -> None:
    liver = unseen()
    automatic = replace(liver, source=replace(liver.source, segmentation_source="TotalSegmentator"))
    widths = []
    for reviewed in (None, False, True):
        found = assess(
            with_scan_facts(automatic, ScanFacts(), reviewed=reviewed), parse_plan("H5678"), PATIENT
        )
        interval = found.intervals["flr_percent_of_measured"]
        widths.append(interval.high - interval.low)
    assert widths[0] == widths[1]
    assert widths[2] < 0.8 * widths[0]


def test_what_is_stated_wins_over_headers() -> None:
    header = ScanFacts(phase="arterial", phase_from_description=True, slice_thickness_mm=3.0)
    assert ScanFacts().completed_with(header) == header
    both = FACTS.completed_with(header)
    assert (both.phase, both.phase_from_description, both.slice_thickness_mm) == ("portal venous", False, 2.5)
    assert ScanFacts(date=FACTS.date).completed_with(header).phase_from_description
    with pytest.raises(GeometryError, match="expected millimetres above 0"):
        ScanFacts(slice_thickness_mm=0.0)
    with pytest.raises(GeometryError, match="400; expected millimetres above 0, at most 50"):
        ScanFacts(slice_thickness_mm=400.0)
    assert ScanFacts(slice_thickness_mm=50.0).slice_thickness_mm == 50.0


@pytest.mark.parametrize(
    ("description", "phase"),
    [
        ("ABD PORTAL-VENOUS 2.0", "portal venous"),
        ("Abd_PV_1.25", "portal venous"),
        ("Leber nativ", "unenhanced"),
        ("Late Arterial", "arterial"),
        ("delayed 5 min", "delayed"),
        ("venous 70s", "venous"),
        ("T1 VIBE HBP 20min", "hepatobiliary"),
        ("arterial and portal", None),
        ("Abdomen 3.0 Br40", None),
        ("Partner study, prevention", None),
        ("", None),
    ],
)
def test_a_phase_is_understood_only_where_one_is_named(description: str, phase: str | None) -> None:
    assert phase_of(description) == phase


def test_headers_of_a_series_say_what_they_agree_on(tmp_path: Path) -> None:
    stack = stack_at(even_heights_mm())
    told = {"SeriesDescription": "PORTAL Mustermann", "AcquisitionDate": "20260103"}
    write_series(tmp_path / "ct", stack, change=lambda k: told)
    (series,) = open_study([tmp_path / "ct"]).series
    facts = scan_facts(series)
    assert facts == ScanFacts(date(2026, 1, 3), "portal venous", True, 3.0)
    assert "Mustermann" not in repr(facts)
    mixed = tmp_path / "mixed"
    write_series(
        mixed, stack, change=lambda k: {"SliceThickness": 1 + k % 2, "AcquisitionDate": f"2026010{1 + k % 2}"}
    )
    (series,) = open_study([mixed]).series
    assert scan_facts(series) == ScanFacts()


def test_a_case_file_says_it(tmp_path: Path) -> None:
    folder = sample_folder()
    text = (folder / "case.toml").read_text(encoding="utf-8")
    text = text.replace('"baseline/', f'"{folder}/baseline/').replace('"after_pve/', f'"{folder}/after_pve/')
    more = 'slice_thickness_mm = 3.0\nsegmented_by = "reader A"\nreviewed = true\nvariants = "none seen"\n'
    path = tmp_path / "case.toml"
    path.write_text(text.replace('phase = "portal venous"\n', f'phase = "portal venous"\n{more}', 1), "utf-8")
    source = read_scan(read_case(path), 0).source
    assert source.scan == ScanFacts(date(2026, 1, 4), "portal venous", False, 3.0, "reader A", "none seen")
    assert source.reviewed is True
    assert read_scan(read_case(folder / "case.toml"), 1).source.scan == ScanFacts(
        date(2026, 2, 5), "portal venous"
    )


def test_the_command_line_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sample_folder() / "after_pve"
    command = ["assess", str(folder / "segments.nii.gz"), "--tumours", "none", "--plan", "H5678"]
    stated = ["--scan-date", "2026-02-05", "--phase", "late", "--slice-thickness", "3", "--reviewed", "yes"]
    stated += ["--segmented-by", "reader B", "--variants", "none seen", "--report-date", "2026-02-12"]
    out = ["--out", str(tmp_path / "report"), "--format", "html,json"]
    assert main([*command, *stated, *out]) == 0
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    for words in ("7 days before this report of 2026-02-12", "late", "3 mm", "reader B", "none seen"):
        assert words in page
    document = json.loads((tmp_path / "report" / "assessment.json").read_text(encoding="utf-8"))
    assert document["assessments"][0]["provenance"]["reviewed"] is True
    capsys.readouterr()
    assert main([*command, "--scan-date", "5.2.2026"]) == 2
    assert "expected a date such as 2026-01-31" in capsys.readouterr().err
    assert main([*command, "--slice-thickness", "-1"]) == 2
    assert "above 0" in capsys.readouterr().err


def test_the_day_of_the_report_can_be_fixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample_folder() / "after_pve"
    command = ["assess", str(folder / "segments.nii.gz"), "--plan", "H5678", "--scan-date", "2026-02-05"]
    command += ["--out", str(tmp_path / "report"), "--format", "html"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1770508800")  # 2026-02-08
    assert main(command) == 0
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "3 days before this report of 2026-02-08" in page
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert main(command) == 2
    assert "SOURCE_DATE_EPOCH" in capsys.readouterr().err


def test_what_a_reader_signs_for_is_printed_whole() -> None:
    texts = [f"{word} {'and more of it ' * 60}END" for word in ("phase", "reader", "variants")]
    liver = with_scan_facts(
        block_liver(), ScanFacts(phase=texts[0], segmented_by=texts[1], variants=texts[2])
    )
    assessments = [assess(liver, parse_plan("H5678"), PATIENT)]
    content = report_content(assessments)
    with drawing():
        pages = _pages(content, content.plans[0], None)
    drawn = " ".join(text.get_text() for page in pages for text in page.texts)
    for shown in (assessment_text(assessments), report_html(assessments), drawn):
        flat = " ".join(shown.split())
        assert all(text in flat for text in texts)


@pytest.mark.parametrize("name", ["phase", "segmented_by", "variants"])
def test_a_text_that_nobody_would_read_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ScanFacts(**{name: "x" * 1000})
    with pytest.raises(UsageError, match=rf"{name} .* has 1001 characters; expected at most 1000"):
        ScanFacts(**{name: "x" * 1001})
    option = f"--{name.replace('_', '-')}"
    segments = str(sample_folder() / "after_pve" / "segments.nii.gz")
    assert main(["assess", segments, "--plan", "H5678", option, "x" * 1001]) == 2
    assert option in capsys.readouterr().err
