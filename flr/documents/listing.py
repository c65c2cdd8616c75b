"""What the toolkit knows, with where it comes from, as documents: criteria, formulas, schemes, plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flr.criteria import CRITERIA
from flr.documents.assessments import Document, finite, reference_document
from flr.errors import UsageError
from flr.formulas import BSA_FORMULAS, LIVER_VOLUME_FORMULAS
from flr.labels import load_schemes
from flr.plans import PRESETS
from flr.plans.presets import BRISBANE_2000, BRISBANE_DOI

SOURCE_NAMED = "source_named"
"""Evidence of a label scheme: where it was read is named, no number was checked in a paper."""


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
            "reference": reference_document(row.reference),
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
            "reference": reference_document(row.reference),
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
            "reference": reference_document(row.reference),
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
    return {"schema": f"flr-{known(what)}/1", what: _ROWS[what]()}


def known(what: str) -> str:
    """The name of a list as it was given. Raises UsageError where there is no such list."""
    if what not in _ROWS:
        raise UsageError(f"no list of {what!r}; expected one of {', '.join(_ROWS)}")
    return what


_ROWS: Mapping[str, Callable[[], list[Document]]] = {
    "criteria": criterion_rows,
    "formulas": formula_rows,
    "schemes": scheme_rows,
    "plans": plan_rows,
}
