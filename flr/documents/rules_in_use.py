"""Rules and limits that a result was graded by, as it records them, and how they differ from those of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flr.criteria.references import TOOLKIT_POLICY
from flr.criteria.rules import FACT_RULES, FactRule
from flr.documents.jobs import Cause
from flr.facts import PATIENT_FACTS, UMOL_PER_MG_OF_BILIRUBIN
from flr.formulas import Reference
from flr.uncertainty.table import unit_of_error

ERRORS_ADDED = "errors"
"""What the cause is called that names errors of measurement which a result does not have."""

_PATIENT: frozenset[str] = frozenset(fact.key for fact in PATIENT_FACTS)


def rules_in_use(patient: Mapping[str, Any]) -> dict[str, str]:
    """What each rule says that is asked of a patient, by its key.

    Parameters
    ----------
    patient : mapping
        The key ``patient`` of a document; a rule of a fact that is not given is not asked.

    Examples
    --------
    >>> rules_in_use({"bilirubin_mg_per_dl": 0.8})["bilirubin_high"]
    'bilirubin_mg_per_dl at least 2 mg/dL: adverse fact'
    """
    return {row.key: rule_text(row) for row in FACT_RULES if _is_asked(row, patient)}


def rule_text(row: FactRule) -> str:
    """What a rule compares with what, and what comes of it; its source is left out."""
    limit = row.limit if isinstance(row.limit, str) else f"{row.limit:.10g}"
    compared = " ".join(
        part for part in (row.fact, row.comparison.replace("_", " "), limit, row.unit) if part
    )
    where = f" in {row.background}" if row.background else ""
    extent = "" if row.extent == "any" else f", {row.extent} resection"
    return f"{compared}{where}{extent}: {row.effect.replace('_', ' ')}"


def _is_asked(row: FactRule, patient: Mapping[str, Any]) -> bool:
    needed = row.needs or (row.fact if row.fact in _PATIENT else "")
    return not needed or patient.get(needed) not in (None, [], ())


def changed_rules(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Cause]:
    """Limits, rules and assumed errors by which a result differs from the same case computed now.

    Parameters
    ----------
    old, new : mapping
        An assessment as it was recorded, and as it comes out now.

    Notes
    -----
    A result of an earlier release does not record the rules of given facts: of those, the ones that hold of
    this case now are named.
    """
    yield from _changed_limits(old["findings"], new["findings"])
    recorded, now = old["provenance"].get("rules"), new["provenance"]["rules"]
    by_key = {row.key: row for row in FACT_RULES}
    for key in dict.fromkeys([*(recorded or {}), *now]):
        row = by_key.get(key)
        if recorded is None:
            if row is not None and _holds(row, new):
                yield _cause(key, f"{now[key]} now; the result records no such rule", row.reference)
        elif row is None:
            yield Cause("criteria", key, f"{key}: {recorded[key]} then, no rule any more")
        elif recorded.get(key) != now.get(key):
            then = recorded.get(key, "no such rule")
            yield _cause(key, f"{now.get(key, 'no such rule')} now; {then} then", row.reference)
    then = old["provenance"]["errors"]
    added = {key: value for key, value in new["provenance"]["errors"].items() if key not in then}
    if added:
        said = ", ".join(f"{key} {value:g} {unit_of_error(key)}".rstrip() for key, value in added.items())
        yield Cause("criteria", ERRORS_ADDED, f"errors that are assumed now and were not known then: {said}")


def _changed_limits(old: list[Mapping[str, Any]], new: list[Mapping[str, Any]]) -> Iterator[Cause]:
    then, now = ({finding["criterion"]: finding for finding in findings} for findings in (old, new))
    for key in dict.fromkeys([*then, *now]):
        was, is_ = then.get(key), now.get(key)
        if was is None or is_ is None:
            known = was or is_
            assert known is not None
            when = "a limit now, none then" if was is None else "a limit then, none now"
            yield Cause(
                "criteria", key, f"{key}: {_limit_text(known)}; {when}; {_source(known['reference'])}"
            )
        elif _limit_text(was) != _limit_text(is_):
            text = f"{_limit_text(is_)} now, {_limit_text(was)} then"
            yield Cause("criteria", key, f"{key}: {text}; {_source(is_['reference'])}")
        elif _name(was["reference"]) != _name(is_["reference"]):
            text = f"{_limit_text(is_)}, as then; of {_source(is_['reference'])} now"
            yield Cause("criteria", key, f"{key}: {text}, of {_source(was['reference'])} then")


def _limit_text(finding: Mapping[str, Any]) -> str:
    side = "at or below" if finding["fails_when"] == "at_or_below" else "below"
    return f"{finding['measure']} {side} {finding['limit']:.10g} {finding['unit']} falls short"


def _name(reference: Mapping[str, Any]) -> str:
    """A publication without remarks on where it was read."""
    return str(reference["text"]).split(" (", maxsplit=1)[0]


def _source(reference: Mapping[str, Any]) -> str:
    if reference["text"] == TOOLKIT_POLICY.text:
        return "policy of this toolkit"
    return f"{reference['text']}, doi:{reference['doi']}" if reference["doi"] else str(reference["text"])


def _cause(key: str, text: str, reference: Reference) -> Cause:
    return Cause("criteria", key, f"{key}: {text}; {_source({'text': reference.text, 'doi': reference.doi})}")


def _holds(row: FactRule, document: Mapping[str, Any]) -> bool:
    """Whether a rule is about this case, as far as its document tells."""
    patient, measures = document["patient"], document["measures"]
    if not row.said_as or row.said_as not in document["notes"]:
        return False
    if row.background and row.background not in document["provenance"]["conditions"]:
        return False
    if row.fact == "probability_at_or_below_minimum":  # its note is about nothing else
        return True
    if row.fact == "bilirubin_umol_per_l":
        known = patient["bilirubin_mg_per_dl"]
        return row.holds(None if known is None else UMOL_PER_MG_OF_BILIRUBIN * known)
    if row.fact == "bmi_kg_per_m2":
        return row.holds(patient["weight_kg"] / (patient["height_cm"] / 100.0) ** 2)
    value = patient[row.fact] if row.fact in _PATIENT else measures.get(row.fact)
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return any(row.holds(word) for word in value) if isinstance(value, list) else row.holds(value)
