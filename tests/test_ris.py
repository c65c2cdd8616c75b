"""The paragraph for the radiology report: from the document alone, and nothing that it does not hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from report_cases import HOSTILE, block_case, from_numbers, hostile_case

from flr.cli.entry import main
from flr.documents.assessments import assessment_document, assessments_document
from flr.patient import Patient
from flr.report.paragraph import ris_paragraph
from flr.words import STATEMENT


def test_the_paragraph_has_volumes_shares_tumours_and_flag_of_each_plan() -> None:
    _, _, assessments = block_case()
    text = ris_paragraph(assessments_document(assessments))
    assert "\n" not in text
    for a in assessments:
        assert f"future liver remnant {a.volumes.remnant_ml:.0f} mL" in text
        assert f"({a.plan.notation})" in text
        assert a.tumours is not None
        for fact in a.tumours.tumours:
            assert fact.outcome.tumour.name in text
    assert text.endswith(STATEMENT)
    assert text.count(STATEMENT) == 1


def test_the_paragraph_holds_no_number_that_the_document_does_not() -> None:
    _, _, assessments = block_case()
    document = json.loads(json.dumps(assessments_document(assessments)))
    numbers: set[float] = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            for one in value.values():
                collect(one)
        elif isinstance(value, list):
            for one in value:
                collect(one)
        elif isinstance(value, int | float):
            numbers.add(float(value))
        elif isinstance(value, str):
            numbers.update(map(float, re.findall(r"\d+(?:\.\d+)?", value)))

    collect(document)
    for shown in re.findall(r"\d+(?:\.\d+)?", ris_paragraph(document)):
        digits = len(shown.partition(".")[2])
        # The level of the interval is 0.95 in the document.
        assert shown == "95" or any(abs(float(shown) - n) <= 0.5 * 10.0**-digits for n in numbers), shown


def test_a_plan_that_cuts_through_a_tumour_is_given_no_margin() -> None:
    _, _, assessments = block_case()
    document = assessment_document(assessments[0])
    document["tumours"][0]["fate"] = "cut_through"
    text = ris_paragraph(document)
    assert f"cuts through {document['tumours'][0]['name']}" in text.replace("The plan", "the plan")
    assert "margin" not in text
    for one in document["tumours"]:
        one["fate"] = "resected"
        one["planned_margin_mm"] = 7.0
    document["tumours"][-1]["planned_margin_mm"] = 3.0
    assert f"least planned margin 3.0 ± {document['tumours'][-1]['planned_margin_error_mm']:.1f} mm" in (
        ris_paragraph(document)
    )


def test_what_is_not_known_is_not_passed_over() -> None:
    text = ris_paragraph(assessment_document(from_numbers(flr_ml=700.0, patient=Patient(height_cm=170))))
    assert "a background that was not given (20, 30, 40 %)" in text
    assert "volumes as typed; no image was seen" in text
    assert "by volume" in text
    assert "background" in text.partition("Not shown:")[2]
    unbelievable = replace(from_numbers(), because="volumes", flag="indeterminate", headline="They are not.")
    assert "Nothing is graded: They are not." in ris_paragraph(assessment_document(unbelievable))


def test_hostile_names_stay_text_on_one_line() -> None:
    text = ris_paragraph(assessments_document(hostile_case()))
    assert text.isprintable()
    assert HOSTILE not in text


def test_the_option_prints_the_paragraph_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    volumes = ["--total", "1500", "--tumour", "40", "--flr", "400"]
    argv = ["calc", *volumes, "--weight", "72", "--height", "171", "--condition", "normal"]
    assert main([*argv, "--ris"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Liver volumetry from volumes as typed")
    assert out.count("\n") == 1
    assert main([*argv, "--ris", "--json"]) == 2
    assert "--ris" in capsys.readouterr().err
