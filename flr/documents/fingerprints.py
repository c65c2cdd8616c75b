"""Fingerprints of what a result was computed from, so that a later reader can name what has changed."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from flr.criteria import CRITERIA
from flr.criteria.options import OPTIONS
from flr.criteria.rules import FactRule
from flr.documents.all_rules import ALL_RULES
from flr.errors import CriterionError
from flr.formulas import BSA_FORMULAS, LIVER_VOLUME_FORMULAS
from flr.results import result_id

_DIGITS = 16  # of a SHA-256: enough to notice a change, short enough to read

# Three bodies at which every formula is evaluated; with its text that is what a formula says.
_BODIES: tuple[Mapping[str, float | str], ...] = (
    {
        "weight_kg": 50.0,
        "height_cm": 155.0,
        "bsa_m2": 1.47,
        "age_years": 35.0,
        "thoracic_width_cm": 27.0,
        "sex": "F",
    },
    {
        "weight_kg": 70.0,
        "height_cm": 170.0,
        "bsa_m2": 1.82,
        "age_years": 50.0,
        "thoracic_width_cm": 30.0,
        "sex": "M",
    },
    {
        "weight_kg": 95.0,
        "height_cm": 188.0,
        "bsa_m2": 2.23,
        "age_years": 65.0,
        "thoracic_width_cm": 33.0,
        "sex": "F",
    },
)


def fingerprints(document: Mapping[str, Any]) -> dict[str, str]:
    """Fingerprint of each fact, option, formula and rule that an ``flr-assessment/2`` rests on.

    Facts are taken as the document shows them: one that is withheld has no fingerprint to guess it from.
    """
    provenance = document["provenance"]
    found = {"case.case_id": fingerprint(document["case_id"])}
    found |= {f"patient.{name}": fingerprint(value) for name, value in document["patient"].items()}
    found |= {f"plan.{name}": fingerprint(document["plan"][name]) for name in ("name", "notation", "intent")}
    options = (
        "bsa_formula",
        "standard_volume_formula",
        "limits",
        "accepted",
        "errors",
        "reading",
        "inputs",
        "plan",
    )
    found |= {f"options.{name}": fingerprint(provenance[name]) for name in options}
    if "vessels_count" in provenance:  # left out where vessels count, as in documents of earlier releases
        found["options.vessels_count"] = fingerprint(provenance["vessels_count"])
    found |= formula_fingerprints()
    found["criteria"] = _criteria_fingerprint()
    return found


def identified(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the identifier of everything else that it says, behind the name of its schema."""
    return {"schema": document["schema"], "result_id": result_id_of(document)} | {
        key: value for key, value in document.items() if key not in ("schema", "result_id")
    }


def result_id_of(document: Mapping[str, Any]) -> str:
    """The identifier that belongs to what a document says, its own apart.

    >>> result_id_of({"assessments": []}) == result_id_of({"assessments": [], "result_id": "any"})
    True
    """
    return result_id(fingerprint({key: value for key, value in document.items() if key != "result_id"}))


def fingerprint(value: Any) -> str:
    """Sixteen hexadecimal digits that tell one plain value from another.

    >>> fingerprint(72.0) == fingerprint(72), fingerprint(72.0) == fingerprint(73.0)
    (True, False)
    """
    text = json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:_DIGITS]


def formula_fingerprints() -> dict[str, str]:
    """Fingerprint of every formula that ships: its text, and its values for three bodies."""
    surface = {row.key: (row.equation, row.unit, row.function, row.inputs) for row in BSA_FORMULAS.values()}
    volume = {
        row.key: (row.equation, row.unit, row.function, row.inputs) for row in LIVER_VOLUME_FORMULAS.values()
    }
    return {
        f"formula.{key}": fingerprint([equation, unit, [_value(function, inputs, body) for body in _BODIES]])
        for key, (equation, unit, function, inputs) in (surface | volume).items()
    }


@cache
def _criteria_fingerprint() -> str:
    limits: list[list[Any]] = [
        [row.key, row.measure, row.limit, row.fails_when, row.role, list(row.applies_to)] for row in CRITERIA
    ]
    rules = [[row.key, rule_fingerprint(row)] for row in ALL_RULES]
    options = [[row.key, list(row.requires)] for row in OPTIONS]
    return fingerprint([limits, rules, options])


def rule_fingerprint(row: FactRule) -> str:
    """Fingerprint of what a rule does, whatever its words and its source are."""
    return fingerprint([row.fact, row.comparison, row.limit, row.unit, row.effect, row.extent])


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    return ("python", platform.python_version()), *((name, version(name)) for name in ("numpy", "scipy"))


def versions() -> dict[str, str]:
    """Versions of what computes the numbers, beside this package."""
    return dict(_versions())


def _value(
    function: Callable[..., float], inputs: tuple[str, ...], body: Mapping[str, float | str]
) -> str | None:
    try:
        return f"{function(**{name: body[name] for name in inputs}):.10g}"
    except CriterionError:  # this body is outside what the formula is for
        return None


def _plain(value: Any) -> Any:
    """Whole numbers alike, however they are written."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
