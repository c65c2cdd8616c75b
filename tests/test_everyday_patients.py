"""Everyday patients keep the flag that a multidisciplinary team would expect, and the page says the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from everyday_patients import GROWN, PATIENTS, Everyday, Grown, page

import flr
from flr.patient import Patient
from flr.report.text import assessment_text


@pytest.mark.parametrize("one", PATIENTS, ids=lambda one: f"{one.who} {one.percent:g}")
def test_an_everyday_patient(one: Everyday) -> None:
    given = one.grade()
    assert given.flag == one.flag
    assert given.flag_by_volume == one.by_volume or not one.by_volume
    assert set(one.notes) <= set(given.notes)
    assert set(one.warns) <= {found.check for found in one.findings}
    assert set(one.options) <= set(given.options)
    for words in one.says:
        assert words in given.headline


@pytest.mark.parametrize("one", GROWN, ids=lambda one: one.who)
def test_an_everyday_patient_after_embolisation(one: Grown) -> None:
    found = one.follow()
    assert found.growth is not None
    assert found.growth.degree_of_hypertrophy_pp == pytest.approx(
        one.after_percent - one.before_percent, abs=2.0
    )
    assert found.flag == one.flag
    assert one.note in found.notes


def test_the_page_is_the_table(checkout: Path) -> None:
    written = (checkout / "docs" / "everyday-patients.md").read_text(encoding="utf-8")
    assert written == page(), "run python tests/everyday_patients.py docs/everyday-patients.md"


def test_a_plain_case_is_plain() -> None:
    """Normal liver, 40 % stays, weight known, tumours treated: three lines say so."""
    patient = Patient(weight_kg=70, height_cm=170, condition="normal")
    given = flr.assess_numbers(total_ml=1540, flr_ml=600, tumour_ml=40, remnant_tumour_ml=0, patient=patient)
    assert given.flag == "adequate"
    first = assessment_text([given]).split("\n\n")[1].splitlines()
    assert "Above the published volume minimum" in " ".join(first)
    assert first[0].strip().startswith("▲ FLAG adequate: FLR 600 mL, 39.7 % of ")
    assert len(first) <= 4
