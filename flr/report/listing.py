"""What the toolkit knows, as pages for people: criteria, formulas, label schemes, named plans."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence

from flr.criteria import PROFILES
from flr.criteria.references import TOOLKIT_POLICY
from flr.criteria.scores import RATE_WORDS
from flr.documents.base import Document, json_ready
from flr.documents.listing import (
    criterion_rows,
    error_rows,
    fact_rows,
    formula_rows,
    known,
    option_rows,
    plan_rows,
    scheme_rows,
    score_rows,
    tumour_rows,
)
from flr.facts import PATIENT_FACTS
from flr.plans import PLAN_TERMS
from flr.plans.presets import BRISBANE_2000, BRISBANE_DOI
from flr.reassurance import ROWS
from flr.report.lines import WIDTH
from flr.words import EVIDENCE_WORDS, limit_text, measure_words, words_of


def listing_text(what: str) -> str:
    """One of the lists as text for people. Raises UsageError if there is no such list."""
    return _TEXTS[known(what)]()


def _criteria_text() -> str:
    blocks = []
    for row in criterion_rows():
        sign = ">" if row["fails_when"] == "at_or_below" else "≥"
        limit = f"{measure_words(row['measure'])} {sign} {limit_text(row['limit'])} {row['unit']}"
        about = f"{words_of(row['role'])}; {words_of(row['basis'])}; for {', '.join(row['applies_to'])}"
        facts = [limit, about if row["graded"] else f"{about}; never graded"]
        blocks.append(_block(row["key"], [*facts, row["note"]] if row["note"] else facts, row))
    profiles = [
        _fill(f"{profile.key}: {profile.when}" + _needs(profile.requires), 4) for profile in PROFILES.values()
    ]
    opening = "Published limits. A value meets a limit as the sign says; values are compared unrounded."
    rows = [_fill(f"{row.key}: {row.shown_when}", 4) for row in ROWS]
    scores = [block for row in score_rows() for block in _score_lines(json_ready(row))]
    return _page(
        opening
        + " Given facts, options, errors and scores follow; scores are information and grade nothing.",
        [
            "Profiles",
            *profiles,
            "",
            "What must be shown before a flag reassures",
            *rows,
            "",
            *blocks,
            "What given facts do to a flag",
            "",
            *(_fact_lines(json_ready(row)) for row in fact_rows()),
            "Options to discuss, each with all that it requires; what has no source beneath is policy",
            "",
            *_option_lines(),
            "Errors of measurement, one standard deviation",
            "",
            *(_fill(_error_lines(json_ready(row)), 4) for row in error_rows()),
            "",
            "Limits about tumours, information only",
            "",
            *(_tumour_lines(json_ready(row)) for row in tumour_rows()),
            "Scores, information only",
            "",
            *scores,
        ],
    )


_COMPARED: Mapping[str, str] = {
    "is": "is",
    "at_least": "≥",
    "above": ">",
    "at_most": "≤",
    "below": "<",
}


def _compared(name: str, comparison: str, limit: float | str, unit: str) -> str:
    """A comparison as text, with the limit in full digits or as its word."""
    shown = limit if isinstance(limit, str) else limit_text(limit)
    known = {fact.key: fact.word for fact in PATIENT_FACTS}
    return f"{known.get(name) or measure_words(name)} {_COMPARED[comparison]} {shown} {unit}".rstrip()


def _fact_lines(row: Document) -> str:
    extent = {"major": "3 segments or more leave", "minor": "fewer than 3 segments leave"}
    limit = _compared(row["fact"], row["comparison"], row["limit"], row["unit"])
    where = [text for text in (row["background"], extent.get(row["extent"], ""), row["when"]) if text]
    effect = words_of(row["effect"])
    if row["effect"] == "counts_as":
        effect, row = f"counts as {row['note']}", {**row, "note": ""}
    facts = [f"{limit}: {effect}" + "".join(f"; {text}" for text in where)]
    return _block(row["key"], [*facts, row["note"]] if row["note"] else facts, row)


def _option_lines() -> list[str]:
    """Options with what each requires, then each requirement once with its source."""
    rows = [json_ready(row) for row in option_rows()]
    lines = [
        _fill(f"{row['text']}: {'; '.join(need['requirement'] for need in row['requires']) or 'nothing'}", 4)
        for row in rows
    ]
    needs = {need["requirement"]: need for row in rows for need in row["requires"]}
    known = [need for need in needs.values() if need["evidence"] != "unverified"]
    sources = [_block(need["requirement"], [need["about"]] if need["about"] else [], need) for need in known]
    return [*lines, "", *sources]


def _error_lines(row: Document) -> str:
    value = f"{words_of(row['key'])} {limit_text(row['value'])} {row['unit']}".rstrip()
    if row["evidence"] == "unverified":
        return f"{value}: assumed" + (f"; {row['note']}" if row["note"] else "")
    about = f"; {row['note']}" if row["note"] else ""
    return f"{value}: {citation(row['reference'], row['evidence'])}{about}"


def _tumour_lines(row: Document) -> str:
    about = f"for {', '.join(row['diagnoses'])}" if row["diagnoses"] else ""
    limit = _compared(row["measure"], row["direction"], row["limit"], row["unit"])
    return _block(row["key"], [text for text in (limit, about, row["note"]) if text], row)


def _score_lines(row: Document) -> list[str]:
    levels = [
        f"{level['level']}: {level['rule']}"
        + "".join(f"; {RATE_WORDS[rate]} {percent:g} %" for rate, percent in level["rates_percent"].items())
        for level in row["levels"]
    ]
    doubt = " (points unverified)" if row["evidence_of_points"] == "unverified" else ""
    return [_block(f"{row['name']}{doubt}", [row["about"], *row["rules"], *levels], row)]


def _needs(requires: Sequence[str]) -> str:
    return f"; reassures only with: {', '.join(words_of(need) for need in requires)}" if requires else ""


def _formulas_text() -> str:
    """Every formula as text for people."""
    blocks = []
    for row in formula_rows():
        facts = [
            f"{row['equation']}   [{row['unit']}]   {row['use']}",
            f"from {row['population']}; {row['valid_for']}",
        ]
        if row["bsa_formula"]:
            facts.append(f"body surface in the paper: {row['bsa_formula']}")
        if row["note"]:
            facts.append(row["note"])
        blocks.append(_block(row["key"], facts, row))
    return _page("Formulas. Weight W in kg, height H in cm; results in the unit given.", blocks)


def _schemes_text() -> str:
    """Every label scheme as text for people."""
    blocks = []
    for row in scheme_rows():
        labels = row["labels"] or row["names"]
        facts = [", ".join(f"{own} {meaning}" for own, meaning in labels.items())]
        if row["subset"]:
            facts.append("other labels exist and are ignored")
        if row["notes"]:
            facts.append(row["notes"])
        blocks.append(_block(row["name"], facts, row))
    return _page("Label schemes; 0 is background everywhere.", blocks)


def _plans_text() -> str:
    """Every named resection as text for people."""
    blocks = [
        _block(
            f"{row['name']}   {row['notation']}",
            [f"also: {', '.join(row['synonyms'])}"] if row["synonyms"] else [],
            {**row, "reference": None},
        )
        for row in plan_rows()
    ]
    opening = (
        "Named resections. Any other resection is a list of segments: H5678, 5,6,7,8 or 'segments V VI'."
        " Segment 1 is kept unless it is named."
    )
    terms = [_block(term, [what], {"reference": None, "evidence": ""}) for term, what in PLAN_TERMS.items()]
    blocks += [_fill("Other terms, joined to these and to one another by +:", 0), "", *terms]
    return _page(opening, blocks) + f"\n\n{_fill(f'{BRISBANE_2000}; doi:{BRISBANE_DOI}', 0)}"


def _page(opening: str, blocks: Sequence[str]) -> str:
    return "\n".join([_fill(opening, 0), "", *blocks]).rstrip("\n")


def _block(title: str, facts: Sequence[str], row: Document) -> str:
    lines = [title, *(_fill(fact, 4) for fact in facts)]
    if row["reference"] is not None:
        source = citation(row["reference"], row["evidence"])
        if row.get("is_policy"):
            source = f"{source}; policy" * (row["reference"]["text"] != TOOLKIT_POLICY.text) or "policy"
        lines.append(_fill(source, 4))
    elif row["evidence"] == "unverified":
        lines.append("    (unverified)")
    return "\n".join([*lines, ""])


def citation(reference: Document, evidence: str) -> str:
    """A reference as one line, with its DOI, and ``(unverified)`` where the source was not re-read.

    >>> citation({"text": "Author A, Journal 2000;1:2", "doi": "10.1/x"}, "unverified")
    'Author A, Journal 2000;1:2; doi:10.1/x (unverified)'
    """
    doi = f"; doi:{reference['doi']}" if reference["doi"] else ""
    doubt = f" ({EVIDENCE_WORDS[evidence]})" if evidence == "unverified" else ""
    return f"{reference['text']}{doi}{doubt}"


def _fill(text: str, indent: int) -> str:
    margin = " " * indent
    return textwrap.fill(text, WIDTH, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)


_TEXTS: Mapping[str, Callable[[], str]] = {
    "criteria": _criteria_text,
    "formulas": _formulas_text,
    "schemes": _schemes_text,
    "plans": _plans_text,
}
