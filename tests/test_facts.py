"""Every fact stands once: every door that the table names takes it, as the same value; a new one is a row."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from dicom_phantoms import Ellipsoid, even_heights_mm, segment, stack_at, write_seg, write_series

import flr
from flr.cli import assess as assess_command
from flr.cli import bids, calc, cohort, export, main, options
from flr.cohort.layouts import read_layout
from flr.cohort.manifest import COLUMNS, CaseRow, read_manifest
from flr.cohort.request import Request, request_of, stated_scan
from flr.documents.schema import json_schema
from flr.errors import FLRError, PatientError, ReadError, UsageError
from flr.facts import FACTS, PATIENT_FACTS, SCAN_FACTS, Fact, Plausible, fact_of, taken_by
from flr.io.case import case_schema, read_case
from flr.liver import ScanFacts
from flr.pacs.rules import Rule, read_rules
from flr.patient import Patient, PatientFacts
from flr.replay import replay
from flr.report.text import assessment_text

# One text for each fact, as somebody types it, and what it means: written by hand, not by the table.
SAMPLES: dict[str, tuple[str, Any]] = {
    "weight_kg": ("72.5", 72.5),
    "height_cm": ("171", 171.0),
    "age_years": ("63", 63.0),
    "sex": ("Female", "F"),
    "conditions": ("chemotherapy,steatosis", ("chemotherapy", "steatosis")),
    "diagnosis": ("crlm", "crlm"),
    "prior": ("hepatectomy", ("hepatectomy",)),
    "child_pugh": ("b", "B"),
    "portal_hypertension": ("no", False),
    "remnant_drained": ("yes", True),
    "platelets_10e9_per_l": ("140", 140.0),
    "icg_r15_percent": ("8.5", 8.5),
    "hbs_percent_per_min_per_m2": ("2.7", 2.7),
    "limax_ug_per_kg_per_h": ("315", 315.0),
    "bilirubin_mg_per_dl": ("0.8 mg/dL", 0.8),
    "bilirubin_cause": ("Gilbert", "gilbert"),
    "conjugated_bilirubin_percent": ("15", 15.0),
    "albumin_g_per_l": ("41", 41.0),
    "inr": ("1.1", 1.1),
    "creatinine_mg_per_dl": ("0.9", 0.9),
    "ascites": ("none", "none"),
    "varices": ("no", False),
    "splenomegaly": ("no", False),
    "spleen_volume_ml": ("210", 210.0),
    "polycystic": ("no", False),
    "chemotherapy_weeks": ("16", 16.0),
    "chemotherapy_agents": ("oxaliplatin,bevacizumab", ("oxaliplatin", "bevacizumab")),
    "extrahepatic_disease": ("planned", "planned"),
    "bowel_surgery": ("no", False),
    "ecog": ("1", 1),
    "malignant": ("yes", True),
    "near_major_vessel": ("no", False),
    "previous_open_resection": ("no", False),
    "hand_assisted": ("yes", True),
    "date": ("2026-01-31", date(2026, 1, 31)),
    "phase": ("portal venous", "portal venous"),
    "slice_thickness_mm": ("1.5", 1.5),
    "segmented_by": ("reader A", "reader A"),
    "reviewed": ("yes", True),
    "variants": ("replaced right artery", "replaced right artery"),
}

# What documents of the first version hold; a later fact has to say that it was added.
FIRST = [key for key, _ in zip(SAMPLES, range(14), strict=False)]

each_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.key)


def value_in(fact: Fact, patient: Patient, scan: ScanFacts, reviewed: bool | None) -> Any:
    """Where a fact lies in the records that a door makes."""
    if fact.of == "segmentation":
        return reviewed
    return getattr(patient if fact.of == "patient" else scan, fact.key)


def sample(fact: Fact) -> tuple[str, Any]:
    text, value = SAMPLES[fact.key]
    return text, value


# --- the table and the records ------------------------------------------------------------------


def test_the_rows_are_the_fields_of_the_records() -> None:
    assert [f.key for f in PATIENT_FACTS] == [f.name for f in fields(Patient)]
    of_scan = {fact.key for fact in SCAN_FACTS if fact.of == "scan"}
    assert of_scan == {f.name for f in fields(ScanFacts)} - {"phase_from_description"}
    from_headers = {fact.key for fact in taken_by("header", PATIENT_FACTS)}
    assert from_headers == {f.name for f in fields(PatientFacts)}
    assert set(SAMPLES) == {fact.key for fact in FACTS}
    assert [fact.key for fact in PATIENT_FACTS if not fact.added] == FIRST
    rule = {field.name for field in fields(Rule)}
    assert {fact.argument for fact in taken_by("every_case")} <= rule


@each_fact
def test_a_row_can_be_what_it_says(fact: Fact) -> None:
    assert bool(fact.choices) == (fact.kind in ("class", "word", "words"))
    assert set(fact.spellings.values()) | set(fact.shown) <= set(fact.choices)
    assert bool(fact.unit) == (fact.kind == "number" and fact.key != "inr")  # a ratio has no unit
    assert not fact.unit_is_asked or fact.other_units
    assert (fact.plausible is not None) <= (fact.kind in ("number", "whole"))
    assert re.fullmatch("[a-z0-9-]+", fact.option)
    assert fact.label[:1].isupper()
    for names in ([f.option for f in FACTS], [f.column for f in FACTS], [f.label for f in FACTS]):
        assert len(set(names)) == len(names)


# --- every door ---------------------------------------------------------------------------------


def by_option(fact: Fact, text: str) -> Any:
    args = assess_command.parser().parse_args(["x.nii", f"--{fact.option}={text}"])
    return value_in(fact, options.patient_of(args), options.scan_facts_of(args), options.reviewed_of(args))


def requested(row: CaseRow) -> Request:
    return request_of(row, {"inputs": (Path("a.nii"),)})


def by_manifest(fact: Fact, text: str, folder: Path) -> Any:
    path = folder / "cohort.tsv"
    path.write_text(f"case_id\tinputs\tplan\t{fact.column}\na\ta.nii\tH5678\t{text}\n", encoding="utf-8")
    (row,) = read_manifest(path)
    request = requested(row)
    return value_in(fact, request.patient, request.scan, request.reviewed)


def by_participants(fact: Fact, text: str, folder: Path) -> Any:
    (folder / "sub-01").mkdir(exist_ok=True)
    (folder / "sub-01" / "sub-01_dseg.nii.gz").touch()
    table = f"participant_id\tplan\t{fact.column}\nsub-01\tH5678\t{text}\n"
    (folder / "participants.tsv").write_text(table, encoding="utf-8")
    (row,) = read_layout(folder, layout="bids")
    request = requested(row)
    return value_in(fact, request.patient, request.scan, request.reviewed)


def as_toml(fact: Fact, text: str) -> str:
    match fact.kind:
        case "number" | "whole" | "date":
            return text.split()[0]
        case "yes_no":
            return {"yes": "true", "no": "false"}[text]
        case "words":
            return json.dumps(text.split(","))
    return json.dumps(text)


def by_case_file(fact: Fact, text: str, folder: Path) -> Any:
    (folder / "s.nii.gz").touch()
    of_patient = f"{fact.key} = {as_toml(fact, text)}\n" if fact.of == "patient" else ""
    of_scan = "" if fact.of == "patient" else f"{fact.key} = {as_toml(fact, text)}\n"
    day = "" if fact.key == "date" else "date = 2026-02-01\n"
    path = folder / "case.toml"
    path.write_text(
        f'id = "a"\n[patient]\n{of_patient}[[scan]]\nsegments = "s.nii.gz"\n{day}{of_scan}', encoding="utf-8"
    )
    case = read_case(path)
    return value_in(fact, case.patient, case.scans[0], case.scans[0].reviewed)


@each_fact
def test_every_door_takes_what_the_table_says_with_the_same_value(fact: Fact, tmp_path: Path) -> None:
    text, value = sample(fact)
    taken = {
        "option": lambda: by_option(fact, text),
        "manifest": lambda: by_manifest(fact, text, tmp_path),
        "case": lambda: by_case_file(fact, text, tmp_path),
        "participants": lambda: by_participants(fact, text, tmp_path),
    }
    for door, found in taken.items():
        if door in fact.doors:
            assert found() == value, door
            assert type(found()) is type(value), door


@each_fact
def test_a_fact_that_is_not_stated_is_not_known_at_any_door(fact: Fact, tmp_path: Path) -> None:
    unknown: Any = () if fact.kind == "words" else None
    other = fact_of("sex" if fact.key != "sex" else "diagnosis")
    text, _ = sample(other)
    args = assess_command.parser().parse_args(["x.nii", f"--{other.option}", text])
    stated = options.patient_of(args), options.scan_facts_of(args), options.reviewed_of(args)
    assert value_in(fact, *stated) == unknown
    request = requested(CaseRow("a", 1, {"inputs": "a.nii", "plan": "H5678"}))
    assert value_in(fact, request.patient, request.scan, request.reviewed) == unknown
    by_case_file(other, text, tmp_path)
    case = read_case(tmp_path / "case.toml")
    if fact.key != "date":
        assert value_in(fact, case.patient, case.scans[0], case.scans[0].reviewed) == unknown


@pytest.mark.parametrize("fact", taken_by("every_case"), ids=lambda fact: fact.key)
def test_what_may_be_stated_of_every_case(fact: Fact, tmp_path: Path) -> None:
    text, value = sample(fact)
    (tmp_path / "m.csv").write_text("case_id,inputs,plan\na,a.nii,H5678\n", encoding="utf-8")
    words = [str(tmp_path / "m.csv"), "--out", str(tmp_path / "out"), f"--{fact.option}", text]
    (row,) = cohort._rows(cohort._run_parser().parse_args(words))
    assert getattr(requested(row).patient, fact.key) == value
    args = bids.parser().parse_args(["in", "out", "group", f"--{fact.option}", text])
    assert getattr(args, fact.argument) == text
    rules = tmp_path / "rules.toml"
    rules.write_text(f"[[rule]]\nname = 'a'\n{fact.argument} = {as_toml(fact, text)}\n", encoding="utf-8")
    assert getattr(read_rules(rules)[0].patient, fact.key) == value


@pytest.mark.parametrize("fact", [f for f in FACTS if "every_case" not in f.doors], ids=lambda fact: fact.key)
def test_one_body_is_not_stated_of_every_case(fact: Fact, tmp_path: Path) -> None:
    text, _ = sample(fact)
    for parser, words in (
        (cohort._run_parser(), ["m.csv", "--out", "o"]),
        (bids.parser(), ["i", "o", "group"]),
    ):
        with pytest.raises(UsageError, match="unrecognized arguments"):
            parser.parse_args([*words, f"--{fact.option}", text])
    rules = tmp_path / "rules.toml"
    rules.write_text(f"[[rule]]\nname = 'a'\n{fact.argument} = {as_toml(fact, text)}\n", encoding="utf-8")
    with pytest.raises(ReadError, match="no key is called"):
        read_rules(rules)


def test_the_headers_of_images_tell_what_the_table_says(tmp_path: Path) -> None:
    stack = stack_at(even_heights_mm(6.0))
    header = {
        "PatientWeight": 72.5, "PatientSize": 1.71, "PatientAge": "063Y", "PatientSex": "F",
        "AcquisitionDate": "20260131", "SeriesDescription": "portal venous", "SliceThickness": 1.5,
    }  # fmt: skip
    write_series(tmp_path / "ct", stack, change=lambda _: header)
    (tmp_path / "seg").mkdir()
    write_seg(tmp_path / "seg" / "s.dcm", stack, {1: stack.masks(Ellipsoid())}, [segment(1, "Liver")])
    source = flr.read_liver(tmp_path / "seg", tmp_path / "ct").source
    found = {f.name: getattr(source.header_facts, f.name) for f in fields(source.header_facts)}
    found |= {f.name: getattr(source.scan, f.name) for f in fields(source.scan)}
    known = {key: value for key, value in found.items() if value is not None}
    assert known.pop("phase_from_description") is True
    assert known == {fact.key: SAMPLES[fact.key][1] for fact in taken_by("header")}


# --- what a door says of a fact -----------------------------------------------------------------


@each_fact
def test_help_columns_schemas_and_pages_agree_with_the_table(fact: Fact, checkout: Path) -> None:
    for parser in (
        assess_command.parser(),
        export.parser(),
        *([calc.parser()] if fact in PATIENT_FACTS else []),
    ):
        (action,) = [a for a in parser._actions if f"--{fact.option}" in a.option_strings]
        told = f"{action.help} {action.metavar} {action.choices}"
        assert all(choice in told for choice in fact.choices)
        assert (action.choices is not None) == (fact.kind == "yes_no")
        assert isinstance(action, argparse.Action)
    assert fact.column in COLUMNS
    table = case_schema()["$defs"]["Patient" if fact.of == "patient" else "Scan"]["properties"]
    if fact.key != "date":
        said = table[fact.key]["description"]
        assert fact.unit in said
        assert all(choice in said for choice in fact.choices)
    if fact.of == "patient":
        written = json_schema("flr-assessment/1")["$defs"]["PatientKeys"]
        assert fact.key in written["properties"]
        assert (fact.key in written["required"]) is not fact.added
    assert f"`{fact.column}`" in (checkout / "docs" / "cohorts.md").read_text(encoding="utf-8")
    assert f"`{fact.key}`" in (checkout / "docs" / "case-file.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("fact", [f for f in FACTS if f.choices], ids=lambda fact: fact.key)
def test_every_choice_can_be_made_and_nothing_else(fact: Fact, tmp_path: Path) -> None:
    for choice in fact.choices:
        wanted = (choice,) if fact.kind == "words" else choice
        assert by_option(fact, choice) == wanted
        assert by_manifest(fact, choice, tmp_path) == wanted
        assert by_case_file(fact, choice, tmp_path) == wanted
    for door in (
        lambda: by_option(fact, "nonesuch"),
        lambda: by_manifest(fact, "nonesuch", tmp_path),
        lambda: by_case_file(fact, "nonesuch", tmp_path),
    ):
        with pytest.raises(PatientError, match=f"'nonesuch' is not known; expected one of {fact.choices[0]}"):
            door()


@pytest.mark.parametrize("fact", [f for f in FACTS if f.plausible], ids=lambda fact: fact.key)
def test_a_number_of_another_unit_is_asked_about_at_every_door(fact: Fact, tmp_path: Path) -> None:
    assert fact.plausible is not None
    impossible = [f"{10.0 * fact.plausible.most:g}", "-1", "inf", *([] if fact.plausible.zero else ["0"])]
    impossible += [f"{0.5 * fact.plausible.least:g}"] if fact.plausible.least else []
    unit = f" {fact.unit}" if fact.unit_is_asked else ""
    for text in (f"{number}{unit}" for number in impossible):
        for door in (
            lambda text=text: by_option(fact, text),
            lambda text=text: by_manifest(fact, text, tmp_path),
            lambda text=text: by_case_file(fact, text, tmp_path),
        ):
            with pytest.raises(FLRError, match=r"expected|finite|valid integer"):
                door()


def test_what_is_no_value_is_named_with_its_option_or_column(tmp_path: Path) -> None:
    for key, text, said in (
        ("weight_kg", "about 72", r"weight 'about 72'; expected a number"),
        ("portal_hypertension", "maybe", r"portal_hypertension 'maybe'; expected yes, no"),
        ("date", "31.1.2026", r"scan_date '31\.1\.2026'; expected a date such as 2026-01-31, or an empty"),
    ):
        with pytest.raises((PatientError, UsageError), match=said):
            by_manifest(fact_of(key), text, tmp_path)
    with pytest.raises(UsageError, match=r"--scan-date '31\.1\.2026'; expected a date such as 2026-01-31"):
        by_option(fact_of("date"), "31.1.2026")
    with pytest.raises(UsageError, match="--slice-thickness 0; expected millimetres above 0, at most 50"):
        by_option(fact_of("slice_thickness_mm"), "0")


def test_a_class_that_another_data_set_has_is_left_out_and_a_known_one_taken(tmp_path: Path) -> None:
    assert by_participants(fact_of("sex"), "O", tmp_path) is None
    assert by_participants(fact_of("sex"), "male", tmp_path) == "M"
    assert by_participants(fact_of("age_years"), "89+", tmp_path) == 89.0
    # A column of another study may mean something else: HBS is also an antigen.
    assert by_participants(fact_of("hbs_percent_per_min_per_m2"), "2.7", tmp_path) is None


def test_plausible_numbers_at_their_edges() -> None:
    age = Plausible(most=130.0, expected="years, 0 to 130", zero=True)
    assert [age.expected_of(x) for x in (0.0, 130.0)] == [None, None]
    assert age.expected_of(-0.1) == age.expected_of(130.1) == "years, 0 to 130"
    share = Plausible(most=100.0, expected="percent", least=1.0, small="percent: give {times_100} then")
    assert share.expected_of(0.0) == "a number above 0, or nothing if not known"
    assert (share.expected_of(1.0), share.expected_of(0.08)) == (None, "percent: give 8 then")
    assert share.expected_of(float("nan")) is not None


@pytest.mark.parametrize(
    ("fact", "text", "asked"),
    [
        ("bilirubin_mg_per_dl", "17", "is it '17 mg/dL' or '17 µmol/L'"),
        ("bilirubin_mg_per_dl", "0.8", "is it '0.8 mg/dL' or '0.8 µmol/L'"),
        ("bilirubin_mg_per_dl", "0.8 umol/L", "is it in mg/dL"),
        ("bilirubin_mg_per_dl", "17 mg/dL", "is it in µmol/L"),
        ("bilirubin_mg_per_dl", "5 mg/dL", "is it in µmol/L"),
        ("bilirubin_mg_per_dl", "14 mmol/L", "is it '14 mg/dL' or '14 µmol/L'"),
        ("inr", "12", "decimal point missing"),
        ("inr", "85", "Quick"),
        ("albumin_g_per_l", "4.1", r"is it in g/dL\? Give 41 then"),
        ("albumin_g_per_l", "41 g/dL", "is it in g/L"),
        ("limax_ug_per_kg_per_h", "0.35", "is it in mg/kg/h"),
        ("creatinine_mg_per_dl", "80", "is it in µmol/L"),
        ("creatinine_mg_per_dl", "0.9 µmol/L", "is it in mg/dL"),
        ("chemotherapy_weeks", "84", "are they days"),
        ("conjugated_bilirubin_percent", "0.15", "Give 15 then"),
        ("spleen_volume_ml", "0.2", "litres"),
        ("ecog", "80", "0 to 4"),
    ],
)
def test_a_unit_that_is_usual_elsewhere_is_asked_back(
    fact: str, text: str, asked: str, tmp_path: Path
) -> None:
    for door in (by_option, lambda *given: by_manifest(*given, tmp_path)):
        with pytest.raises(PatientError, match=asked):
            door(fact_of(fact), text)


def test_a_unit_may_be_given_and_is_kept_as_one(tmp_path: Path) -> None:
    for key, text, value in (
        ("bilirubin_mg_per_dl", "34.2 µmol/L", 2.0),
        ("bilirubin_mg_per_dl", "34.2umol/l", 2.0),
        ("bilirubin_mg_per_dl", "4.99 mg/dl", 4.99),
        ("albumin_g_per_l", "4.1 g/dL", 41.0),
        ("albumin_g_per_l", "41 g/l", 41.0),
        ("creatinine_mg_per_dl", "88.4 umol/L", 1.0),
        ("chemotherapy_weeks", "0", 0.0),
        ("chemotherapy_weeks", "60", 60.0),
    ):
        assert by_option(fact_of(key), text) == pytest.approx(value)
        assert by_manifest(fact_of(key), text, tmp_path) == pytest.approx(value)
    with pytest.raises(PatientError, match="decimal point"):
        by_manifest(fact_of("albumin_g_per_l"), "4,1,5", tmp_path)


def test_a_case_file_has_a_key_for_each_unit(tmp_path: Path) -> None:
    def read(*lines: str) -> Patient:
        (tmp_path / "s.nii.gz").touch()
        said = "\n".join(("[patient]", *lines, "[[scan]]", 'segments = "s.nii.gz"', "date = 2026-02-01"))
        (tmp_path / "case.toml").write_text(f'id = "a"\n{said}\n', encoding="utf-8")
        return read_case(tmp_path / "case.toml").patient

    assert read("bilirubin_umol_per_l = 34.2").bilirubin_mg_per_dl == pytest.approx(2.0)
    assert read("albumin_g_per_dl = 4").albumin_g_per_l == 40.0
    assert read("creatinine_umol_per_l = 88.4").creatinine_mg_per_dl == pytest.approx(1.0)
    with pytest.raises(PatientError, match="give one"):
        read("bilirubin_umol_per_l = 14", "bilirubin_mg_per_dl = 0.8")
    with pytest.raises(PatientError, match="is it in mg/dL"):
        read("bilirubin_umol_per_l = 0.8")


def test_a_high_bilirubin_is_believed_where_something_explains_it() -> None:
    for why in (
        {"bilirubin_cause": "liver"},
        {"condition": "biliary"},
        {"diagnosis": "pcca"},
        {"child_pugh": "C"},
    ):
        assert Patient(bilirubin_mg_per_dl=17, **why).bilirubin_mg_per_dl == 17  # type: ignore[arg-type]
    with pytest.raises(PatientError, match="give bilirubin_cause"):
        Patient(bilirubin_mg_per_dl=17)


# --- what comes out -----------------------------------------------------------------------------


def calculated(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    words = [w for f in PATIENT_FACTS for w in (f"--{f.option}", SAMPLES[f.key][0])]
    assert (
        main(["calc", "--total", "1500", "--flr", "500", "--tumours", "none", *words, *more, "--json"]) == 0
    )
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_every_fact_about_a_patient_stands_in_the_document_and_is_read_back(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    document = calculated(capsys)
    found = dict(document["assessments"][0]["patient"])
    assert found.pop("age_over_89") is False
    keys = {fact.key for fact in PATIENT_FACTS}
    as_json = {k: list(v) if isinstance(v, tuple) else v for k, (_, v) in SAMPLES.items() if k in keys}
    assert found == as_json
    (tmp_path / "r.json").write_text(json.dumps(document), encoding="utf-8")
    again = replay(tmp_path / "r.json")
    assert (again.differences, again.causes) == ((), ())
    for fact in PATIENT_FACTS:  # one that was edited is named
        document = calculated(capsys)
        document["assessments"][0]["patient"][fact.key] = None if fact.kind != "words" else []
        (tmp_path / "r.json").write_text(json.dumps(document), encoding="utf-8")
        assert fact.key in {cause.what for cause in replay(tmp_path / "r.json").causes}


def test_a_report_has_a_row_for_every_fact_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    known = {fact.key: SAMPLES[fact.key][1] for fact in PATIENT_FACTS}
    told = assessment_text(
        [flr.assess_numbers(total_ml=1500, flr_ml=500, tumour_ml=0.0, patient=Patient(**known))]
    )
    rows = {
        "Liver background": "chemotherapy, steatosis", "Body weight": "72.5 kg", "Body height": "171.0 cm",
        "Age": "63 years", "Sex": "female", "Diagnosis": "crlm", "Before": "hepatectomy",
        "Child-Pugh class": "B", "Portal hypertension": "no", "Bile ducts of the remnant drained": "yes",
        "Platelets": "140 ·10⁹/L", "ICG retention after 15 min": "8.5 %",
        "Mebrofenin uptake of the remnant": "2.7 %/min/m²", "LiMAx of the whole liver": "315 µg/kg/h",
        "Bilirubin": "0.8 mg/dL (13.7 µmol/L)", "Cause of the bilirubin": "gilbert",
        "Conjugated share of the bilirubin": "15 %", "Albumin": "41 g/L (4.1 g/dL)", "INR": "1.1",
        "Creatinine": "0.9 mg/dL (79.6 µmol/L)", "Ascites": "none", "Oesophageal or gastric varices": "no",
        "Enlarged spleen": "no", "Volume of the spleen": "210 mL", "Polycystic liver": "no",
        "Chemotherapy before the operation": "16 weeks",
        "Agents of the chemotherapy": "oxaliplatin, bevacizumab",
        "Disease outside the liver": "planned", "Bowel surgery in the same operation": "no",
        "ECOG performance status": "1", "Malignant": "yes", "Tumour near a major vessel": "no",
        "Open liver resection before": "no", "Hand-assisted or hybrid": "yes",
    }  # fmt: skip
    assert set(rows) == {fact.label for fact in PATIENT_FACTS}
    for label, value in rows.items():
        assert re.search(rf"^\s*{re.escape(label)}\s+{re.escape(value)}", told, re.MULTILINE), label


def test_what_tells_of_people_is_left_out_for_research_and_nothing_else() -> None:
    assert export._LEFT_OUT == ("scan_date", "phase", "segmented_by", "variants")


def test_stated_facts_of_a_scan_stand_in_the_table_of_a_cohort() -> None:
    cells = {f.column: SAMPLES[f.key][0] for f in SCAN_FACTS} | {"inputs": "a.nii", "plan": "H5678"}
    assert stated_scan(requested(CaseRow("a", 1, cells))) == {
        "scan_date": "2026-01-31", "phase": "portal venous", "slice_thickness_mm": 1.5,
        "segmented_by": "reader A", "variants": "replaced right artery",
    }  # fmt: skip


# --- a new fact is one row ----------------------------------------------------------------------

NEW_ROWS = """
    Fact(
        key="sodium_mmol_per_l", kind="number", option="sodium", label="Sodium", metavar="MMOL/L",
        unit="mmol/L", plausible=Plausible(most=200.0, expected="sodium in mmol/L"),
        doors=_STATED | {"participants"}, added=True,
    ),
    Fact(key="jaundice", kind="class", option="jaundice", label="Jaundice", choices=("none", "mild", "deep"),
         added=True),
    Fact(
        key="asa", kind="whole", option="asa", label="ASA", metavar="0-5", added=True,
        plausible=Plausible(most=5.0, expected="a whole number, 0 to 5", zero=True),
    ),
"""
NEW_FIELDS = """
    sodium_mmol_per_l: float | None = None
    jaundice: str | None = None
    asa: int | None = None
"""
NEW_SCRIPT = """
import json, sys
from pathlib import Path
from flr.cli import main, options, assess
from flr.cohort.manifest import read_manifest
from flr.cohort.request import request_of
from flr.cohort.layouts import read_layout
from flr.io.case import read_case, case_schema
from flr.documents.schema import json_schema
from flr.replay import replay
import flr, io, contextlib

folder = Path(sys.argv[1])
assert Path(flr.__file__).is_relative_to(folder), flr.__file__
facts = lambda p: [p.sodium_mmol_per_l, p.jaundice, p.asa]
words = ["--sodium", "134", "--jaundice", "mild", "--asa", "0"]
found = {"option": facts(options.patient_of(assess.parser().parse_args(["x", *words])))}
(folder / "m.csv").write_text("case_id,inputs,plan,sodium,jaundice,asa\\na,a.nii,H5678,134,mild,0\\n")
paths = {"inputs": (folder / "a.nii",)}
found["manifest"] = facts(request_of(read_manifest(folder / "m.csv")[0], paths).patient)
(folder / "s.nii").touch()
(folder / "case.toml").write_text(
    'id = "a"\\n[patient]\\nsodium_mmol_per_l = 134\\njaundice = "mild"\\nasa = 0\\n'
    '[[scan]]\\ndate = 2026-01-31\\nsegments = "s.nii"\\n'
)
found["case"] = facts(read_case(folder / "case.toml").patient)
(folder / "bids" / "sub-01").mkdir(parents=True)
(folder / "bids" / "sub-01" / "sub-01_dseg.nii.gz").touch()
(folder / "bids" / "participants.tsv").write_text("participant_id\\tsodium\\nsub-01\\t134\\n")
(row,) = read_layout(folder / "bids", layout="bids")
found["participants"] = row.cells["sodium"]
for name in ("text", "json"):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        main(["calc", "--total", "1500", "--flr", "500", *words, "--json" if name == "json" else "-v"])
    found[name] = out.getvalue()
(folder / "r.json").write_text(found["json"])
found["json"] = json.loads(found["json"])["assessments"][0]["patient"]
found["replay"] = [replay(folder / "r.json").agrees, replay(Path(sys.argv[2])).agrees]
found["schema"] = json_schema("flr-assessment/1")["$defs"]["PatientKeys"]["properties"]["jaundice"]
found["case_schema"] = case_schema()["$defs"]["Patient"]["properties"]["asa"]
print(json.dumps(found))
"""


def test_a_new_fact_is_one_row_and_one_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a copy of the package, in which nothing else is changed."""
    package = Path(flr.__file__).parent
    shutil.copytree(package, tmp_path / "flr", ignore=shutil.ignore_patterns("__pycache__"))
    for name, after, new in (
        ("facts.py", '        key="ecog",\n', NEW_ROWS),
        ("patient.py", "    ecog: int | None = None\n", NEW_FIELDS),
    ):
        path = tmp_path / "flr" / name
        text = path.read_text(encoding="utf-8")
        at = text.index(after) + len(after)
        at = text.index("\n    ),\n", at) + len("\n    ),\n") if name == "facts.py" else at
        path.write_text(text[:at] + new.lstrip("\n") + text[at:], encoding="utf-8")
    calculated(capsys)  # a result from before the fact
    words = ["calc", "--total", "1500", "--flr", "500", "--condition", "normal", "--json"]
    assert main(words) == 0
    (tmp_path / "old.json").write_text(capsys.readouterr().out, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", NEW_SCRIPT, str(tmp_path), str(tmp_path / "old.json")],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["option"] == found["manifest"] == found["case"] == [134.0, "mild", 0]
    assert found["participants"] == "134"
    assert {k: found["json"][k] for k in ("sodium_mmol_per_l", "jaundice", "asa")} == {
        "sodium_mmol_per_l": 134.0, "jaundice": "mild", "asa": 0,
    }  # fmt: skip
    for label, value in (("Sodium", "134 mmol/L"), ("Jaundice", "mild"), ("ASA", "0")):
        assert re.search(rf"^\s*{label}\s+{value}$", found["text"], re.MULTILINE)
    assert found["replay"] == [True, True]
    assert found["schema"]["anyOf"][0]["enum"] == ["none", "mild", "deep"]
    assert found["case_schema"]["anyOf"][0] == {"type": "integer"}
