"""The JSON and the CSV that programs read, and their published schemas."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from report_cases import block_case, from_numbers, hostile_case

from flr.assessment import Options
from flr.criteria import SiteLimits
from flr.documents.assessments import assessment_document, assessments_document
from flr.documents.base import to_json
from flr.documents.csv import assessment_row, assessments_csv, rows_csv
from flr.documents.listing import listing_document
from flr.documents.schema import COMMAND, check_document, json_schema, main, schema_file_name, schema_names
from flr.errors import UsageError
from flr.facts import PATIENT_FACTS
from flr.patient import Patient
from flr.report.listing import listing_text

NAMED_KEYS = {
    "": {
        "schema",
        "case_id",
        "plan",
        "volumes_ml",
        "voxels",
        "measures",
        "intervals",
        "findings",
        "triggers",
        "flag",
        "headline",
        "notes",
        "quality",
        "provenance",
    },
    "plan": {"name", "notation", "removes", "intent"},
    "volumes_ml": {
        "total",
        "functional",
        "tumour",
        "nonfunctional",
        "resected",
        "ablated",
        "remnant",
        "remnant_tumour",
        "remnant_nonfunctional",
        "parts",
    },
    "voxels": {"total", "resected", "ablated", "kept"},
    "measures": {
        "flr_ml",
        "flr_percent_of_measured",
        "flr_percent_of_standard",
        "flr_to_body_weight_percent",
        "flr_per_bsa_ml_per_m2",
        "bsa_m2",
        "standard_liver_volume_ml",
        "flr_without_segment_1_ml",
        "perfused_flr_ml",
        "perfused_flr_percent_of_measured",
    },
    "provenance": {
        "flr_version",
        "inputs",
        "grid",
        "scheme",
        "segmentation_source",
        "bsa_formula",
        "standard_volume_formula",
        "conditions",
    },
}
"""Keys that other programs rely on."""


def documents() -> list[dict[str, Any]]:
    _, _, assessments = block_case()
    worked = [
        from_numbers(),
        from_numbers(patient=Patient(condition="cirrhosis")),
        from_numbers(patient=Patient(age_years=9, weight_kg=30, height_cm=135)),
        from_numbers(
            options=Options(
                limits=SiteLimits(
                    very_small_percent=20, minimum_percent=25, band_percent=30, source="department rule"
                )
            )
        ),
    ]
    return [assessments_document([a]) for a in (*assessments, *worked, *hostile_case())]


@pytest.mark.parametrize("document", documents())
def test_documents_match_their_schema(document: dict[str, Any]) -> None:
    read_back = json.loads(to_json(document), parse_constant=lambda text: pytest.fail(f"JSON {text}"))
    assert read_back == document
    check_document(read_back)
    jsonschema.validate(read_back, json_schema("flr-assessments/2"))
    for one in read_back["assessments"]:
        jsonschema.validate(one, json_schema("flr-assessment/2"))
        for path, keys in NAMED_KEYS.items():
            assert keys <= (one[path] if path else one).keys()


def test_numbers_are_unrounded_and_conserved() -> None:
    _, _, assessments = block_case()
    for a in assessments:
        document = assessment_document(a)
        volumes = document["volumes_ml"]
        assert volumes["remnant"] == a.volumes.remnant_ml
        assert document["measures"]["flr_percent_of_measured"] == a.measures.flr_percent_of_measured
        parts = ("resected", "ablated", "remnant", "remnant_tumour", "remnant_nonfunctional")
        assert sum(volumes[key] for key in parts) == pytest.approx(volumes["total"], abs=1e-6)
        assert document["flag"] == document["triggers"][0]
        for finding in document["findings"]:
            assert finding["reference"]["text"]


def test_unknown_is_null_with_a_reason() -> None:
    document = assessment_document(from_numbers(patient=Patient(condition="normal")))
    assert document["measures"]["flr_percent_of_standard"] is None
    assert document["measures_reasons"]["flr_percent_of_standard"]
    assert document["voxels"]["kept"] is None
    assert document["volumes_ml"]["resected"] is None
    assert document["provenance"]["segmentation_source"] is None


def test_nan_never_reaches_json() -> None:
    broken = from_numbers()
    broken = replace(broken, volumes=replace(broken.volumes, total_ml=float("nan")))
    assert assessment_document(broken)["volumes_ml"]["total"] is None
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"value": float("inf")})


def test_an_age_that_identifies_is_kept_only_on_request() -> None:
    old = from_numbers(patient=Patient(age_years=93, weight_kg=70, height_cm=170, condition="normal"))
    assert assessment_document(old)["patient"]["age_years"] is None
    assert assessment_document(old)["patient"]["age_over_89"] is True
    assert assessment_document(old, identify=True)["patient"]["age_years"] == 93


@pytest.mark.parametrize(
    "change",
    [
        {"flag": "fine"},
        {"patient": {"sex": "unknown"}},
        {"volumes_ml": {"total": 1.0}},
        {"headline": None},
        {"voxels": {"total": 1.5, "resected": 0, "ablated": 0, "kept": 0}},
    ],
)
def test_a_wrong_document_is_refused(change: dict[str, Any]) -> None:
    document = {**assessment_document(from_numbers()), **change}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema("flr-assessment/2"))
    with pytest.raises(UsageError, match="not flr-assessment/2"):
        check_document(document)


def test_an_unknown_document_is_refused() -> None:
    with pytest.raises(UsageError, match="no document is called 'flr-else/1'"):
        check_document({"schema": "flr-else/1"})


PEOPLE_WRITE = ("flr-case/1", "flr-plan/1", "flr-site/1")


def test_published_schemas_are_current(checkout: Path, tmp_path: Path) -> None:
    main([str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == {schema_file_name(name) for name in schema_names()}
    published = {
        path.name: path.read_text(encoding="utf-8") for path in (checkout / "docs/schemas").iterdir()
    }
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert published == made, f"run {COMMAND}"


# Of the patient, which earlier documents of the same schema lack.
WHERE_ASKED_FOR = {"without_vessels", "ablated_zone", "ducts_and_artery", "flag_by_published_limits"}
"""Keys of an assessment that are there only where somebody asked for what they hold."""
LATER_FACTS = {fact.key for fact in PATIENT_FACTS if fact.added}
LATER_KEYS = {"scores", "outcome"}
LATER_OF_PROVENANCE = {"rules"}


def test_the_schema_command_wants_one_folder(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in ([], ["a", "b"], ["--json"]):
        with pytest.raises(SystemExit) as stopped:
            main(argv)
        assert stopped.value.code == 2
        assert "usage: python -m flr.documents.schema" in capsys.readouterr().err


@pytest.mark.parametrize("name", schema_names())
def test_only_what_people_write_is_closed(name: str) -> None:
    schema = json.loads(json.dumps(json_schema(name)))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:{name.replace('/', ':')}"
    records = [one for one in (schema, *schema.get("$defs", {}).values()) if "properties" in one]
    closed = {one.get("additionalProperties") for one in records}
    assert closed == ({False} if name in PEOPLE_WRITE else {None})


def test_every_key_of_an_assessment_is_required() -> None:
    schema = json_schema("flr-assessment/2")
    always = [key for key in schema["properties"] if key not in WHERE_ASKED_FOR]
    assert always == list(assessment_document(from_numbers()))
    assert schema["required"] == [key for key in always if key not in LATER_KEYS]
    patient = schema["$defs"]["PatientKeys"]
    assert patient["required"] == [key for key in patient["properties"] if key not in LATER_FACTS]
    assert schema["$defs"]["GridGiven"]["required"] == []


def test_a_document_may_hold_keys_that_are_not_known_yet() -> None:
    document = assessment_document(from_numbers())
    later = {**document, "later": 1, "patient": {**document["patient"], "later": [1]}}
    check_document(later)
    jsonschema.validate(later, json_schema("flr-assessment/2"))


def test_a_document_that_lacks_a_key_is_refused() -> None:
    document = assessment_document(from_numbers())
    for place in (document, *(document[key] for key in ("provenance", "volumes_ml", "patient"))):
        for key in list(place):
            later = (place is document["patient"] and key in LATER_FACTS) or (
                place is document["provenance"] and key in LATER_OF_PROVENANCE
            )
            if (place is document and key in {"schema"} | LATER_KEYS) or later:
                continue
            value = place.pop(key)
            with pytest.raises(UsageError, match="not flr-assessment/2"):
                check_document(document)
            place[key] = value
    check_document(document)


def test_an_earlier_document_need_not_know_a_later_fact() -> None:
    document = assessment_document(from_numbers())
    del document["provenance"]["errors"]["slice_part_percent_per_mm"]
    for key in LATER_FACTS:
        del document["patient"][key]
    for key in LATER_KEYS:
        del document[key]
    check_document(document)


@pytest.mark.parametrize("what", ["criteria", "formulas", "schemes", "plans"])
def test_listings_match_their_schema_and_cite(what: str) -> None:
    document = json.loads(to_json(listing_document(what)))
    check_document(document)
    jsonschema.validate(document, json_schema(f"flr-{what}/1"))
    rows = document[what]
    assert all(row["reference"]["text"] and row["evidence"] for row in rows)
    text = listing_text(what)
    assert all(row.get("key", row.get("name")) in text or row["name"] in text for row in rows)
    assert max(map(len, text.splitlines())) <= 100
    n_unverified = sum(row["evidence"] == "unverified" for row in rows)
    assert text.count("(unverified)") >= n_unverified


def test_no_other_listing() -> None:
    with pytest.raises(UsageError, match="expected one of criteria"):
        listing_document("recipes")


# --- CSV ---


def test_csv_has_a_row_per_plan_and_numbers_as_numbers() -> None:
    _, _, assessments = block_case()
    rows = list(csv.DictReader(io.StringIO(assessments_csv(assessments))))
    assert [row["plan.notation"] for row in rows] == ["H5678", "H45678", "H67"]
    for row, a in zip(rows, assessments, strict=True):
        assert float(row["volumes_ml.total"]) == a.volumes.total_ml
        assert float(row["measures.flr_percent_of_measured"]) == a.measures.flr_percent_of_measured
        assert row["measures.perfused_flr_ml"] == ""
        assert row["findings.chemotherapy_measured_minimum.verdict"] in ("meets", "falls_short")
        assert row["flag"] == a.flag


def test_csv_columns_of_different_cases_are_united() -> None:
    text = rows_csv([{"a": 1.0, "b": None}, {"a": -2.5, "x": "y", "b": 3}])
    assert text == "a,x,b\n1.0,,\n-2.5,y,3\n"


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_csv_text_is_never_a_formula(start: str) -> None:
    row = assessment_row(replace(from_numbers(), case_id=start))
    cells = next(csv.DictReader(io.StringIO(rows_csv([row]), newline="")))
    assert cells["case_id"] == "'" + start.replace("\r", "\n")


def test_csv_keeps_the_worst_severity_of_a_check() -> None:
    from flr.quality import QualityFinding

    found = tuple(QualityFinding("k", severity, "m") for severity in ("warning", "error", "info"))
    assert assessment_row(replace(from_numbers(), quality=found))["quality.k"] == "error"


def test_the_schemas_are_installed(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["docs/schemas"] == "flr/schemas"
