"""Every number of the criteria is listed with its source, and the listed row is the one that grades."""

from __future__ import annotations

import ast
import importlib
import json
import math
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import flr.criteria
from flr import Patient
from flr.cli import main
from flr.criteria import CRITERIA, grade, rules
from flr.criteria.adverse import Extent
from flr.criteria.options import OPTIONS, REQUIREMENTS
from flr.criteria.rules import FACT_RULES, FactRule
from flr.criteria.tumour_rules import TUMOUR_RULES
from flr.documents.all_rules import ALL_RULES
from flr.documents.listing import listing_document
from flr.facts import FACTS
from flr.formulas import (
    BSA_FORMULAS,
    DEFAULT_BSA_FORMULA,
    DEFAULT_LIVER_VOLUME_FORMULA,
    LIVER_VOLUME_FORMULAS,
)
from flr.measures import relate
from flr.uncertainty.table import ERROR_SOURCES, ERRORS, Errors

RULES = {row.key: row for row in FACT_RULES}
OF_NO_MEANING = {0.0, 1.0, 2.0, 100.0}  # of a percentage, of an index, of a count
CONVERSIONS = {"UMOL_PER_MG_OF_BILIRUBIN"}  # between units
NO_LIMITS = {  # numbers that no flag is compared with, each with why
    0.01: "a chance below 1 % is not repeated in the headline",
}


def numbers_in(value: object) -> Iterator[float]:
    """Every number that a constant holds, at any depth."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from numbers_in(item)
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from numbers_in(item)
    elif is_dataclass(value):
        for one in fields(value):
            yield from numbers_in(getattr(value, one.name))


def rooms() -> list[Any]:
    names = [
        f"flr.criteria.{m.name}" for m in pkgutil.iter_modules(flr.criteria.__path__) if m.name != "scores"
    ]
    return [importlib.import_module(name) for name in names]


def test_every_number_of_the_criteria_is_listed() -> None:
    """Constants of the modules: whatever number they hold, a row of ``flr criteria --json`` has it."""
    document = listing_document("criteria")
    listed = {float(row["limit"]) for key in ("criteria", "tumours") for row in document[key]}
    listed |= {row["limit"] for row in document["facts"] if not isinstance(row["limit"], str)}
    listed |= {
        rate
        for row in document["scores"]
        for level in row["levels"]
        for rate in level["rates_percent"].values()
    }
    strays = {
        (module.__name__, name): numbers
        for module in rooms()
        for name, value in vars(module).items()
        if not name.startswith("__") and not isinstance(value, type) and name not in CONVERSIONS
        if (numbers := set(numbers_in(value)) - listed - OF_NO_MEANING)
    }
    assert not strays


def test_no_function_of_the_criteria_compares_with_a_number_of_its_own() -> None:
    """A limit that stands in a function would be in no list."""
    strays = []
    for module in rooms():
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for compare in (node for node in ast.walk(function) if isinstance(node, ast.Compare)):
                for part in ast.walk(compare):
                    number = part.value if isinstance(part, ast.Constant) else None
                    if isinstance(number, int | float) and not isinstance(number, bool):
                        value = float(number)
                        if value not in OF_NO_MEANING and value not in NO_LIMITS:
                            strays.append((module.__name__, function.name, value))
    assert not strays


@pytest.mark.parametrize("name", ["flr.perfusion.cutting", "flr.perfusion.block"])
def test_every_number_of_cut_vessels_is_listed(name: str) -> None:
    listed = {row["limit"] for row in listing_document("criteria")["facts"]}
    module = importlib.import_module(name)
    found = {key: value for key, value in vars(module).items() if key.isupper() and isinstance(value, float)}
    assert found
    assert set(found.values()) <= listed


def test_every_row_has_a_source_and_a_code() -> None:
    document = listing_document("criteria")
    rows = [row for key in ("criteria", "facts", "errors", "tumours", "scores") for row in document[key]]
    rows += [need for option in document["options"] for need in option["requires"]]
    assert len(rows) > 150
    for row in rows:
        assert row["reference"]["text"], row
        assert row["evidence"] in ("V1", "V2", "unverified"), row
    keys = [row["key"] for key in ("criteria", "facts", "tumours") for row in document[key]]
    assert len(keys) == len(set(keys))
    assert {need for option in OPTIONS for need in option.requires} == set(REQUIREMENTS)
    assert set(ERROR_SOURCES) == {one.name for one in fields(Errors)} - {"source"}
    assert {row["key"]: row["value"] for row in document["errors"]}["flr_percent"] == ERRORS.flr_percent


def test_what_was_not_checked_at_its_source_decides_only_as_policy() -> None:
    decides = [row for row in CRITERIA if row.role not in ("context", "note")]
    assert {row.key for row in decides if row.evidence == "unverified" and row.basis != "policy"} == set()
    effects = [row for row in ALL_RULES if row.effect != "note"]
    assert {row.key for row in effects if row.evidence == "unverified" and not row.is_policy} == set()
    assert BSA_FORMULAS[DEFAULT_BSA_FORMULA].evidence in ("V1", "V2")
    assert LIVER_VOLUME_FORMULAS[DEFAULT_LIVER_VOLUME_FORMULA].evidence in ("V1", "V2")
    assert all(row.is_policy for row in ALL_RULES if row.reference.text.startswith("Policy"))


def test_tumour_limits_decide_nothing() -> None:
    """No flag of the criteria reads the limits about tumours, some of which were not checked."""
    readers = {
        module.__name__
        for module in rooms()
        if "tumour_rules" in Path(str(module.__file__)).read_text(encoding="utf-8")
    }
    assert "flr.criteria.grading" not in readers
    assert any(row.evidence == "unverified" for row in TUMOUR_RULES)


@pytest.mark.parametrize(
    "row", [row for row in FACT_RULES if not isinstance(row.limit, str)], ids=lambda r: r.key
)
def test_both_sides_of_a_limit(row: FactRule) -> None:
    below, at, above = math.nextafter(row.number, -math.inf), row.number, math.nextafter(row.number, math.inf)
    expected = {
        "is": (False, True, False),
        "at_least": (False, True, True),
        "above": (False, False, True),
        "at_most": (True, True, False),
        "below": (True, False, False),
    }[row.comparison]
    assert tuple(row.holds(value) for value in (below, at, above)) == expected
    assert not row.holds(None)
    assert not row.holds(math.nan)


def test_words_and_facts_of_the_rules_exist() -> None:
    known = {fact.key: fact for fact in FACTS}
    for row in FACT_RULES:
        fact = known.get(row.fact)
        if fact is None or not isinstance(row.limit, str):
            continue
        choices = ("yes", "no") if fact.kind == "yes_no" else fact.choices
        assert row.limit in choices, row.key


def flag_of(patient: Patient, *, flr_ml: float = 900.0, segments: str = "5678") -> str:
    measures = relate(flr_ml=flr_ml, functional_ml=1500.0, patient=patient)
    extent = Extent(segments=tuple(segments))
    return grade(measures, patient, remnant_tumour="none", extent=extent).flag


BODY: dict[str, Any] = {"weight_kg": 70.0, "height_cm": 170.0, "condition": "normal"}
CIRRHOSIS: dict[str, Any] = {"condition": "cirrhosis", "portal_hypertension": False}


@pytest.mark.parametrize(
    ("name", "limit", "facts", "before", "after"),
    [
        ("BILIRUBIN_HIGH", 1.5, {"bilirubin_mg_per_dl": 1.8}, "adequate", "adverse_fact"),
        ("ASCITES", "controlled", {"ascites": "controlled"}, "adequate", "adverse_fact"),
        ("PLATELETS_REMNANT", 70.0, {"platelets_10e9_per_l": 90, "segments": "67"}, "adequate", "borderline"),
        (
            "MAJOR_SEGMENTS",
            2.0,
            {**CIRRHOSIS, "child_pugh": "B", "segments": "67"},
            "borderline",
            "adverse_fact",
        ),
        ("TREE_FOR_ALL", 30.0, {"icg_r15_percent": 25.0, "flr_ml": 780.0}, "adverse_fact", "borderline"),
        ("TWO_SCHOOLS", 3.0, {"icg_r15_percent": 25.0, "flr_ml": 780.0}, "adverse_fact", "borderline"),
        ("HIGH_BMI", 60.0, {"weight_kg": 125.0, "flr_ml": 620.0}, "borderline", "consider_pve"),
    ],
)
def test_the_grading_reads_the_row(
    name: str,
    limit: float | str,
    facts: dict[str, Any],
    before: str,
    after: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Moved limits move the flag: the row that is listed is the row that grades."""
    given = {**BODY, **facts}
    plan = {name: given.pop(name) for name in ("segments", "flr_ml") if name in given}
    patient = Patient(**given)
    assert flag_of(patient, **plan) == before
    monkeypatch.setattr(rules, name, replace(getattr(rules, name), limit=limit))
    assert flag_of(patient, **plan) == after


def test_the_lists_reach_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["criteria", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    by_key = {row["key"]: row for row in document["facts"]}
    assert by_key["bilirubin_high"]["limit"] == 2.0
    assert by_key["bilirubin_high"]["effect"] == "adverse_fact"
    assert by_key["child_pugh_c"]["limit"] == "C"
    assert {row["key"] for row in document["options"]} >= {"alpps", "tace_first", "double_vein_embolisation"}
    assert main(["criteria"]) == 0
    text = capsys.readouterr().out
    assert "bilirubin ≥ 2 mg/dL: adverse fact; not biliary disease" in text
    assert (
        "ALPPS in selected patients: a hemiliver that may be embolised, and no bar to it; intent cure" in text
    )
    assert "standard percent 18 %: Hogan" in text
