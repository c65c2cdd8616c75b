"""What the toolkit knows, as pages for people: criteria, formulas, label schemes, named plans."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence

from flr.criteria import PROFILES
from flr.criteria.scores import RATE_WORDS
from flr.documents.base import Document, json_ready
from flr.documents.listing import criterion_rows, formula_rows, known, plan_rows, scheme_rows, score_rows
from flr.plans import PLAN_TERMS
from flr.plans.presets import BRISBANE_2000, BRISBANE_DOI
from flr.reassurance import ROWS
from flr.words import EVIDENCE_WORDS, limit_text, measure_words, words_of

_WIDTH = 100


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
        opening + " Scores stand at the end; they are information and grade nothing.",
        [
            "Profiles",
            *profiles,
            "",
            "What must be shown before a flag reassures",
            *rows,
            "",
            *blocks,
            "Scores, information only",
            "",
            *scores,
        ],
    )


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
        lines.append(_fill(citation(row["reference"], row["evidence"]), 4))
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
    return textwrap.fill(
        text, _WIDTH, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False
    )


_TEXTS: Mapping[str, Callable[[], str]] = {
    "criteria": _criteria_text,
    "formulas": _formulas_text,
    "schemes": _schemes_text,
    "plans": _plans_text,
}
