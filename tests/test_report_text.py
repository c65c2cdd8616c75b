"""What people read on the terminal, and the rounding that happens there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from planning import block_liver
from report_cases import HOSTILE, block_case, from_numbers, hostile_case

from flr.assessment import Assessment, Options, assess
from flr.criteria import FLAGS
from flr.criteria.tumour_rules import burden_facts
from flr.patient import Patient
from flr.pictures.figures import drawing
from flr.plans import parse_plan
from flr.report.content import TumourRow, report_content
from flr.report.html import report_html
from flr.report.pdf import _pages
from flr.report.text import WIDTH, _plan_lines, assessment_text
from flr.words import BURDEN_WORDS, FLAG_TONES, FLAG_WORDS, STATEMENT, number


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
    text = assessment_text(
        [from_numbers(patient=Patient(weight_kg=70, height_cm=170, condition="steatosis"))]
    )
    line = next(line for line in text.splitlines() if "mFLR" in line and "> 30 %" in line)
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


TWINS = tuple(
    f"H67 + wedge(T1, 10) + ablate(T2, 5) + planes of the same kind and many more words {n}" for n in (5, 50)
)


def twins() -> tuple[Assessment, ...]:
    """Two plans whose names and notations differ far from their beginnings."""
    _, _, assessments = block_case()
    return tuple(
        replace(a, plan=replace(a.plan, name=f"{'a long name ' * 8}{n}", notation=notation))
        for n, (a, notation) in enumerate(zip(assessments, TWINS, strict=False))
    )


def test_plans_that_differ_late_are_told_apart_everywhere() -> None:
    content = report_content(twins())
    titles = [plan.title for plan in content.plans]
    assert all(notation in title for title, notation in zip(titles, TWINS, strict=True))
    assert content.comparison is not None
    assert tuple(line.title for line in content.comparison.lines) == TWINS
    assert len({plan.running_title for plan in content.plans}) == 2
    text = assessment_text(twins())
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= WIDTH
    assert all(flat(title) in flat(text) for title in titles)
    page = report_html(twins())
    assert all(page.count(title) == 1 for title in titles)
    strips = page[page.index('<table class="verdicts">') : page.index('<section class="checklist"')]
    assert all(f"{n}: {notation}</a>" in strips for n, notation in enumerate(TWINS, start=1))
    with drawing():
        for plan in content.plans:
            drawn = " ".join(t.get_text() for figure in _pages(content, plan, None) for t in figure.texts)
            assert flat(plan.title) in drawn


def test_plans_of_one_notation_are_numbered_side_by_side() -> None:
    _, _, assessments = block_case()
    comparison = report_content([assessments[0], assessments[0]]).comparison
    assert comparison is not None
    assert [line.title for line in comparison.lines] == ["1: H5678", "2: H5678"]


def test_what_is_compared_is_wrapped_and_not_cut() -> None:
    lines = assessment_text(twins()).splitlines()
    start = lines.index("Plans side by side")
    table = lines[start : lines.index("", start)]
    plans = " ".join(line[: table[1].index("FLR")].strip() for line in table[2:])
    assert flat(plans) == " ".join(TWINS)
    matrix = next(n for n, line in enumerate(lines) if line.endswith(" words 50") and "H67" not in line)
    assert " words 5 " in lines[matrix]


def test_margins_and_burden_are_said_for_one_plan_too() -> None:
    liver = block_liver(tumours=((7, 4), (3, 3), (4, 2)))
    patient = Patient(weight_kg=72.0, height_cm=171.0, conditions=("normal",), diagnosis="net")
    result = assess(liver, parse_plan("H7 + wedge(T2, 3)", intent="debulking"), patient)
    shown = assessment_text([result])
    assert result.tumours is not None
    for fact in result.tumours.tumours:
        (line,) = [row for row in shown.splitlines() if row.startswith(f"    {fact.outcome.tumour.name} ")]
        margin_mm = fact.outcome.planned_margin_mm
        assert fact.outcome.fate in line
        assert margin_mm is None or f"{margin_mm:.1f} ± " in line
    assert "Debulked, lowered target of 70 %" in shown
    assert "Treated by the plan" in shown


def test_of_very_many_tumours_those_to_speak_of_come_first() -> None:
    content = report_content([from_numbers()])
    rows = [
        TumourRow(f"T{n}", "1.0", "9", "5", "–", "resected", "✓", "5.0 ± 1.0", "fine", "above")
        for n in range(1, 40)
    ]
    rows[37] = replace(rows[37], fate="left", sign="✗", margin="–", grade="the plan leaves it", tone="below")
    lines = _plan_lines(replace(content.plans[0], tumours=tuple(rows)), content, False, False)
    listed = [line.split()[0] for line in lines if re.match(r"    T\d", line)]
    assert listed[0] == "T38"
    assert len(listed) == 20
    assert any("and 19 more" in line for line in lines)


@pytest.mark.parametrize("diagnosis", ["net", "crlm"])
def test_every_fact_about_the_burden_has_words(diagnosis: str) -> None:
    facts = burden_facts(
        diagnosis=diagnosis,
        count=3,
        burden_percent=20.0,
        burden_score=4.0,
        debulked_percent=80.0,
        debulking=True,
        ablatable=2,
    )
    assert facts
    assert {fact.key for fact in facts} <= set(BURDEN_WORDS)
