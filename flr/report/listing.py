"""What the toolkit knows, with where it comes from: criteria, formulas, label schemes, named plans."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence

from flr.criteria import CRITERIA, PROFILES
from flr.errors import UsageError
from flr.formulas import BSA_FORMULAS, LIVER_VOLUME_FORMULAS, Reference
from flr.labels import load_schemes
from flr.plans import PLAN_TERMS, PRESETS
from flr.plans.presets import BRISBANE_2000, BRISBANE_DOI
from flr.report.document import Document, finite
from flr.report.words import EVIDENCE_WORDS, limit_text, measure_words, words_of

SOURCE_NAMED = "source_named"
"""Evidence of a label scheme: where it was read is named, no number was checked in a paper."""

_WIDTH = 100


def formula_rows() -> list[Document]:
    """Every body-surface and standard-liver equation that ships, one row each."""
    surface = [
        {
            "key": row.key,
            "quantity": "body_surface_area",
            "equation": row.equation,
            "unit": row.unit,
            "inputs": list(row.inputs),
            "bsa_formula": None,
            "population": row.population,
            "ages": None,
            "valid_for": row.valid_for,
            "use": row.use,
            "note": "",
            "reference": _reference(row.reference),
            "evidence": row.evidence,
        }
        for row in BSA_FORMULAS.values()
    ]
    volume = [
        {
            "key": row.key,
            "quantity": "standard_liver_volume" if row.unit == "mL" else "standard_liver_weight",
            "equation": row.equation,
            "unit": row.unit,
            "inputs": list(row.inputs),
            "bsa_formula": row.bsa_formula,
            "population": row.population,
            "ages": row.ages,
            "valid_for": row.valid_for,
            "use": row.use,
            "note": row.note,
            "reference": _reference(row.reference),
            "evidence": row.evidence,
        }
        for row in LIVER_VOLUME_FORMULAS.values()
    ]
    return [*surface, *volume]


def scheme_rows() -> list[Document]:
    """Every label scheme that ships, with its labels and traps."""
    return [
        {
            "name": scheme.name,
            "labels": {str(value): meaning for value, meaning in scheme.labels.items()},
            "names": dict(scheme.names),
            "aliases": {str(value): meaning for value, meaning in scheme.aliases.items()},
            "modality": scheme.modality or None,
            "encoding": scheme.encoding or None,
            "subset": scheme.subset,
            "overlapping": scheme.overlapping,
            "liver_includes_tumour": scheme.liver_includes_tumour,
            "notes": scheme.notes,
            "reference": {"text": scheme.source, "doi": None},
            "evidence": SOURCE_NAMED,
        }
        for scheme in load_schemes().values()
    ]


def plan_rows() -> list[Document]:
    """Every resection that has a name."""
    return [
        {
            "key": preset.key,
            "name": preset.name,
            "notation": "H" + "".join(preset.segments),
            "removes": list(preset.segments),
            "synonyms": list(preset.synonyms),
            "note": preset.note or None,
            "reference": {"text": BRISBANE_2000, "doi": BRISBANE_DOI},
            "evidence": preset.evidence,
        }
        for preset in PRESETS
    ]


def criterion_rows() -> list[Document]:
    """Every published limit, graded ones first; role ``context`` marks what is listed only."""
    return [
        {
            "key": row.key,
            "measure": row.measure,
            "limit": finite(row.limit),
            "unit": row.unit,
            "fails_when": row.fails_when,
            "applies_to": list(row.applies_to),
            "basis": row.basis,
            "role": row.role,
            "graded": row.role not in ("context", "note"),
            "note": row.note,
            "reference": _reference(row.reference),
            "evidence": row.evidence,
        }
        for row in CRITERIA
    ]


def listing_document(what: str) -> Document:
    """One of the lists as a document, e.g. ``flr-criteria/1``.

    Parameters
    ----------
    what : {"criteria", "formulas", "schemes", "plans"}

    Raises
    ------
    UsageError
        If there is no such list.
    """
    return {"schema": f"flr-{_known(what)}/1", what: _ROWS[what]()}


def listing_text(what: str) -> str:
    """One of the lists as text for people. Raises UsageError if there is no such list."""
    return _TEXTS[_known(what)]()


def _known(what: str) -> str:
    if what not in _ROWS:
        raise UsageError(f"no list of {what!r}; expected one of {', '.join(_ROWS)}")
    return what


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
    return _page(opening, ["Profiles", *profiles, "", *blocks])


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


def _reference(reference: Reference) -> Document:
    return {"text": reference.text, "doi": reference.doi}


def _fill(text: str, indent: int) -> str:
    margin = " " * indent
    return textwrap.fill(
        text, _WIDTH, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False
    )


_ROWS: Mapping[str, Callable[[], list[Document]]] = {
    "criteria": criterion_rows,
    "formulas": formula_rows,
    "schemes": scheme_rows,
    "plans": plan_rows,
}
_TEXTS: Mapping[str, Callable[[], str]] = {
    "criteria": _criteria_text,
    "formulas": _formulas_text,
    "schemes": _schemes_text,
    "plans": _plans_text,
}
