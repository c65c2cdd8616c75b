"""What people read on the terminal, and the rounding that happens there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_cases import HOSTILE, block_case, from_numbers, hostile_case

from flr.assess import Options
from flr.criteria import FLAGS
from flr.patient import Patient
from flr.report.content import report_content
from flr.report.text import WIDTH, assessment_text
from flr.report.words import FLAG_TONES, FLAG_WORDS, STATEMENT, number


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_flag_has_words_and_a_tone() -> None:
    assert set(FLAG_WORDS) == set(FLAGS) == set(FLAG_TONES)


@pytest.mark.parametrize("limit", [0.5, 20.0, 25.0, 29.6, 30.0, 250.0])
@pytest.mark.parametrize("apart", [1e-1, 1e-3, 1e-6, 1e-9, -1e-2, -1e-7])
@pytest.mark.parametrize("digits", [0, 1, 3])
def test_value_and_limit_never_print_alike(limit: float, apart: float, digits: int) -> None:
    shown = number(limit + apart, digits, [limit])
    assert float(shown) != limit
    assert (float(shown) > limit) == (apart > 0)
    assert float(number(limit, digits, [limit])) == limit


def test_lines_fit_and_say_what_must_be_said() -> None:
    _, _, assessments = block_case()
    text = assessment_text(assessments)
    assert max(map(len, text.splitlines())) <= WIDTH
    said = flat(text)
    for a in assessments:
        assert f"FLAG {a.flag}: {flat(a.headline)}" in said
        assert f"{a.volumes.remnant_ml:.1f}" in said
        assert all(flat(a.note_texts[note]) in said for note in a.notes)
    always = ("Mosteller 1987", "Vauthey 2002 (BSA)", "Voxel size", "Tumour subtracted", "Liver background")
    assert all(
        words in said for words in (*always, flat(STATEMENT), f"flr {assessments[0].provenance.flr_version}")
    )
    assert "\x1b" not in text
    for finding in assessments[0].findings:
        assert flat(finding.criterion.reference.text) in said


def test_a_line_for_each_flag_comes_first() -> None:
    _, _, assessments = block_case()
    lines = assessment_text(assessments).splitlines()
    starts = [line for line in lines if " FLAG " in line]
    assert [line.split(" FLAG ")[1].split(":")[0] for line in starts] == [a.flag for a in assessments]


def test_colour_only_on_request() -> None:
    _, _, assessments = block_case()
    coloured = assessment_text(assessments, colour=True)
    assert "\x1b[1;31m" in coloured


def test_unverified_stands_beside_the_number() -> None:
    text = assessment_text([from_numbers()])
    line = next(line for line in text.splitlines() if "FLR per body weight" in line and "0.5" in line)
    assert "unverified" in line


def test_a_value_just_above_its_limit_is_printed_apart() -> None:
    text = assessment_text([from_numbers(flr_ml=375.3)])
    assert "25.02 %" in text


def test_a_little_tumour_left_is_not_printed_as_nothing() -> None:
    a = from_numbers()
    a = replace(a, volumes=replace(a.volumes, remnant_tumour_ml=0.004))
    assert "0.004" in assessment_text([a])


def test_what_is_missing_is_said_with_its_reason() -> None:
    text = flat(assessment_text([from_numbers(patient=Patient(height_cm=170, condition="normal"))]))
    assert "sFLR: the body weight is not known" in text
    assert "FLAG indeterminate" in text


def test_numbers_alone_have_no_scan() -> None:
    text = flat(assessment_text([from_numbers()]))
    assert "Voxel size not known" in text
    assert "Scan date not known" in text


def test_another_standard_volume_is_shown_and_not_graded() -> None:
    a = from_numbers(options=Options(standard_volume_formula="urata_1995"))
    text = flat(assessment_text([a]))
    assert "Urata 1995" in text
    assert "sFLR, Vauthey 2002" in text


def test_control_characters_reach_no_terminal() -> None:
    text = assessment_text(hostile_case())
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= WIDTH
    assert HOSTILE not in text


def test_an_old_age_is_not_printed() -> None:
    old = from_numbers(patient=Patient(age_years=93, weight_kg=70, height_cm=170, condition="normal"))
    assert "above 89 years" in assessment_text([old])
    assert "93 years" in assessment_text([old], identify=True)


def test_bands_take_the_strictest_of_several_profiles() -> None:
    patient = Patient(weight_kg=70, height_cm=170, conditions=("normal", "chemotherapy"))
    plan = report_content([from_numbers(patient=patient)]).plans[0]
    shares = [band for band in plan.bands if band.unit == "%" and band.very_small is not None]
    assert [(b.very_small, b.minimum) for b in shares] == [(20.0, 30.0), (20.0, 30.0)]


def test_no_assessment_is_no_report() -> None:
    with pytest.raises(ValueError, match="no assessment"):
        report_content([])
