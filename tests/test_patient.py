"""What is refused as a patient, and what is only noticed."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest

from flr.errors import PatientError
from flr.patient import Patient, body_findings


def test_nothing_known_is_nothing() -> None:
    patient = Patient()
    assert {f.name: getattr(patient, f.name) for f in dataclasses.fields(patient)} == {
        **{f.name: None for f in dataclasses.fields(patient)},
        "conditions": (),
        "prior": (),
        "chemotherapy_agents": (),
    }
    assert not patient.is_child
    assert not patient.is_donor
    assert patient.bmi_kg_per_m2 is None


def test_one_condition_or_several() -> None:
    assert Patient(condition="cirrhosis").conditions == ("cirrhosis",)
    assert Patient(conditions=["steatosis", "biliary"]).conditions == ("steatosis", "biliary")  # type: ignore[arg-type]
    assert Patient(conditions=("normal",), condition="normal").conditions == ("normal",)
    assert Patient(conditions="normal").conditions == ("normal",)  # type: ignore[arg-type]


def test_a_patient_is_replaced_and_pickled_whole() -> None:
    patient = Patient(weight_kg=72, height_cm=171, condition="chemotherapy", prior=("embolisation",))
    assert dataclasses.replace(patient, age_years=63).conditions == ("chemotherapy",)
    assert pickle.loads(pickle.dumps(patient)) == patient
    with pytest.raises(dataclasses.FrozenInstanceError):
        patient.weight_kg = 80  # type: ignore[misc]


def test_numbers_of_numpy_become_floats() -> None:
    weight_kg = Patient(weight_kg=np.float32(72)).weight_kg  # type: ignore[arg-type]
    assert type(weight_kg) is float
    assert weight_kg == 72


@pytest.mark.parametrize(
    "name",
    [
        "weight_kg",
        "height_cm",
        "platelets_10e9_per_l",
        "icg_r15_percent",
        "hbs_percent_per_min_per_m2",
        "limax_ug_per_kg_per_h",
    ],
)
@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf, -math.inf, "70", True, 1e9])
def test_a_number_that_cannot_be_true_is_refused(name: str, bad: object) -> None:
    with pytest.raises(PatientError, match=name):
        Patient(**{name: bad})  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [-1, math.nan, 131, "63"])
def test_an_age_that_cannot_be_true_is_refused(bad: object) -> None:
    with pytest.raises(PatientError, match="age_years"):
        Patient(age_years=bad)  # type: ignore[arg-type]


def test_age_below_18_is_a_child() -> None:
    assert Patient(age_years=17.99).is_child
    assert not Patient(age_years=18).is_child
    assert Patient(age_years=0).is_child


@pytest.mark.parametrize(
    ("body", "question"),
    [
        ({"weight_kg": 171, "height_cm": 72}, "swapped"),
        ({"weight_kg": 150, "height_cm": 67}, "pounds and inches"),
        ({"height_cm": 1.71}, "metres"),
        ({"height_cm": 2.99}, "metres"),
        ({"height_cm": 1710}, "mm"),
        ({"weight_kg": 72000}, "grams"),
        ({"weight_kg": 24.9}, "unit"),
        ({"weight_kg": 24.9, "age_years": 18}, "unit"),
        ({"platelets_10e9_per_l": 140000}, "per µL"),
        ({"icg_r15_percent": 0.08}, "fraction.* Give 8 then"),
        ({"icg_r15_percent": 0.99}, "fraction"),
    ],
)
def test_a_suspect_unit_is_asked_for(body: dict[str, float], question: str) -> None:
    with pytest.raises(PatientError, match=question):
        Patient(**body)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        {"weight_kg": 25},
        {"weight_kg": 12, "height_cm": 86, "age_years": 2},
        {"weight_kg": 180, "height_cm": 170},
        {"weight_kg": 60, "height_cm": 100},
        {"height_cm": 3.0, "age_years": 1},
        {"icg_r15_percent": 1},
    ],
)
def test_an_unusual_body_is_accepted(body: dict[str, float]) -> None:
    assert Patient(**body)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"condition": "cirhosis"}, "did you mean 'cirrhosis'"),
        ({"conditions": ("normal", "chemo")}, "chemotherapy"),
        ({"condition": ""}, "expected one of normal"),
        ({"diagnosis": "CRLM"}, "did you mean 'crlm'"),
        ({"prior": ("hepatectomie",)}, "did you mean 'hepatectomy'"),
        ({"sex": "f"}, "did you mean 'F'"),
        ({"child_pugh": "D"}, "A, B, C"),
        ({"portal_hypertension": "no"}, "true, false"),
        ({"remnant_drained": 1}, "true, false"),
    ],
)
def test_an_unknown_word_is_refused_with_the_known_ones(words: dict[str, object], hint: str) -> None:
    with pytest.raises(PatientError, match=hint):
        Patient(**words)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "checks"),
    [
        ({}, []),
        ({"weight_kg": 72, "height_cm": 171}, []),
        ({"weight_kg": 30}, []),
        ({"weight_kg": 29.9}, ["body_size_out_of_range"]),
        ({"weight_kg": 200}, []),
        ({"weight_kg": 200.1}, ["body_size_out_of_range"]),
        ({"height_cm": 130}, []),
        ({"height_cm": 129.9}, ["body_size_out_of_range"]),
        ({"height_cm": 215}, []),
        ({"height_cm": 215.1}, ["body_size_out_of_range"]),
        ({"weight_kg": 45, "height_cm": 150}, ["body_size_out_of_range"]),  # surface 1.37 m²
        ({"weight_kg": 140, "height_cm": 200}, ["body_size_out_of_range", "bmi_high"]),  # 2.79 m²
        (
            {"weight_kg": 35, "height_cm": 100},
            ["body_size_out_of_range", "body_size_out_of_range", "bmi_high"],
        ),
        ({"weight_kg": 101.1, "height_cm": 170}, []),  # 34.98 kg/m²
        ({"weight_kg": 101.2, "height_cm": 170}, ["bmi_high"]),  # 35.02 kg/m²
        ({"weight_kg": 12, "height_cm": 86, "age_years": 2}, []),
    ],
)
def test_what_is_noticed_about_a_body(body: dict[str, float], checks: list[str]) -> None:
    findings = body_findings(Patient(**body))  # type: ignore[arg-type]
    assert [f.check for f in findings] == checks
    assert {f.severity for f in findings} <= {"warning"}


def test_donor_and_biliary_by_condition_or_diagnosis() -> None:
    assert Patient(condition="donor").is_donor
    assert Patient(diagnosis="donor").is_donor
    assert not Patient(diagnosis="crlm").is_donor
    assert Patient(diagnosis="pcca").is_biliary
    assert Patient(condition="biliary").is_biliary
    assert not Patient(diagnosis="icca").is_biliary
