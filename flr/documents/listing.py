"""What the toolkit knows, with where it comes from, as documents: criteria, formulas, schemes, plans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from flr.criteria import CRITERIA
from flr.criteria.model import Basis, Direction, FailsWhen, Role
from flr.criteria.options import OPTIONS, REQUIREMENTS, Requirement
from flr.criteria.rules import Comparison, RuleEffect, RuleExtent
from flr.criteria.scores import SCALES, ScoreKey
from flr.criteria.tumour_rules import TUMOUR_RULES
from flr.documents.all_rules import ALL_RULES
from flr.documents.base import SINCE_2, Document, Keys, ReferenceKeys, cited, filled, json_ready
from flr.errors import UsageError
from flr.formulas import BSA_FORMULAS, LIVER_VOLUME_FORMULAS, Evidence
from flr.formulas.scores import SCORE_FORMULAS
from flr.labels import load_schemes
from flr.plans import PRESETS
from flr.plans.presets import BRISBANE_2000, BRISBANE_DOI
from flr.quality import CHECKS
from flr.reassurance import ROWS
from flr.uncertainty.table import ERROR_SOURCES, ERRORS, unit_of_error

SOURCE_NAMED: Final = "source_named"
"""Evidence of a label scheme: where it was read is named, no number was checked in a paper."""


@dataclass(frozen=True, slots=True)
class CriterionKeys(Keys):
    """A published limit; role ``context`` marks what is listed only."""

    key: str
    measure: str
    limit: float
    unit: str
    fails_when: FailsWhen
    applies_to: tuple[str, ...]
    basis: Basis
    role: Role
    graded: bool
    note: str
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class FormulaKeys(Keys):
    """A published equation for the body's surface, the standard liver or a score."""

    key: str
    quantity: Literal[
        "body_surface_area", "standard_liver_volume", "standard_liver_weight", "albi_score", "meld_score"
    ]
    equation: str
    unit: str
    inputs: tuple[str, ...]
    bsa_formula: str | None
    population: str
    ages: str | None
    valid_for: str
    use: str
    note: str
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class SchemeKeys(Keys):
    """A label scheme with its traps."""

    name: str
    labels: Mapping[str, str]
    names: Mapping[str, str]
    aliases: Mapping[str, str]
    modality: str | None
    encoding: str | None
    subset: bool
    overlapping: bool
    liver_includes_tumour: bool | None
    notes: str
    reference: ReferenceKeys
    evidence: str


@dataclass(frozen=True, slots=True)
class NamedPlanKeys(Keys):
    """A resection that has a name."""

    key: str
    name: str
    notation: str
    removes: tuple[str, ...]
    synonyms: tuple[str, ...]
    note: str | None
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class RowListed(Keys):
    """What must be shown before a flag reassures, and the checks that speak to it."""

    row: str
    shown_when: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelListed(Keys):
    """One level of a score, with what happened to such patients."""

    level: str
    rule: str
    rates_percent: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleKeys(Keys):
    """A published score; information, never a flag."""

    key: ScoreKey
    name: str
    about: str
    rules: tuple[str, ...]
    levels: tuple[LevelListed, ...]
    reference: ReferenceKeys
    evidence: Evidence
    evidence_of_points: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRuleKeys(Keys):
    """What a given fact does to a flag; ``limit`` is a word where the comparison is ``is``."""

    key: str
    fact: str
    comparison: Comparison
    limit: float | str
    unit: str
    extent: RuleExtent
    background: str
    when: str
    needs: str
    said_as: str
    effect: RuleEffect
    is_policy: bool
    note: str
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementListed(Keys):
    """What an option asks for, and why."""

    requirement: Requirement
    about: str
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionListed(Keys):
    """An option to discuss, with everything that it requires."""

    key: str
    text: str
    requires: tuple[RequirementListed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorListed(Keys):
    """One error of measurement that is assumed unless a site sets its own, one standard deviation."""

    key: str
    value: float
    unit: str
    note: str
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class TumourRuleKeys(Keys):
    """A published limit about tumours; no flag depends on it."""

    key: str
    measure: str
    limit: float
    unit: str
    direction: Direction
    diagnoses: tuple[str, ...]
    note: str
    reference: ReferenceKeys
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaDocument(Keys):
    """Every published limit."""

    keys_added: ClassVar[frozenset[str]] = frozenset({"scores", "facts", "options", "errors", "tumours"})

    schema: Literal["flr-criteria/1"] = "flr-criteria/1"
    criteria: tuple[CriterionKeys, ...]
    reassurance: tuple[RowListed, ...] = field(default=(), metadata=SINCE_2)
    scores: tuple[ScaleKeys, ...] = ()
    facts: tuple[FactRuleKeys, ...] = ()
    options: tuple[OptionListed, ...] = ()
    errors: tuple[ErrorListed, ...] = ()
    tumours: tuple[TumourRuleKeys, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulasDocument(Keys):
    """Every body-surface and standard-liver equation."""

    schema: Literal["flr-formulas/1"] = "flr-formulas/1"
    formulas: tuple[FormulaKeys, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemesDocument(Keys):
    """Every label scheme."""

    schema: Literal["flr-schemes/1"] = "flr-schemes/1"
    schemes: tuple[SchemeKeys, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlansDocument(Keys):
    """Every resection that has a name."""

    schema: Literal["flr-plans/1"] = "flr-plans/1"
    plans: tuple[NamedPlanKeys, ...]


def formula_rows() -> list[Document]:
    """Every equation of body surface, standard liver and scores that ships, one row each."""
    surface = [
        filled(
            FormulaKeys,
            row,
            quantity="body_surface_area",
            bsa_formula=None,
            ages=None,
            note="",
            reference=cited(row.reference),
        )
        for row in BSA_FORMULAS.values()
    ]
    volume = [
        filled(
            FormulaKeys,
            row,
            quantity="standard_liver_volume" if row.unit == "mL" else "standard_liver_weight",
            reference=cited(row.reference),
        )
        for row in LIVER_VOLUME_FORMULAS.values()
    ]
    scores = [
        filled(
            FormulaKeys,
            row,
            quantity=row.key,
            unit="score",
            bsa_formula=None,
            ages=None,
            reference=cited(row.reference),
        )
        for row in SCORE_FORMULAS.values()
    ]
    return _plain(surface + volume + scores)


def scheme_rows() -> list[Document]:
    """Every label scheme that ships, with its labels and traps."""
    return _plain(
        filled(
            SchemeKeys,
            scheme,
            modality=scheme.modality or None,
            encoding=scheme.encoding or None,
            reference=ReferenceKeys(scheme.source, None),
            evidence=SOURCE_NAMED,
        )
        for scheme in load_schemes().values()
    )


def plan_rows() -> list[Document]:
    """Every resection that has a name."""
    return _plain(
        filled(
            NamedPlanKeys,
            preset,
            notation="H" + "".join(preset.segments),
            removes=preset.segments,
            note=preset.note or None,
            reference=ReferenceKeys(BRISBANE_2000, BRISBANE_DOI),
        )
        for preset in PRESETS
    )


def criterion_rows() -> list[Document]:
    """Every published limit, graded ones first; role ``context`` marks what is listed only."""
    return _plain(
        filled(CriterionKeys, row, graded=row.role not in ("context", "note"), reference=cited(row.reference))
        for row in CRITERIA
    )


def _plain(rows: Iterable[Keys]) -> list[Document]:
    return [json_ready(row) for row in rows]


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
    document: Document = {"schema": f"flr-{known(what)}/1", what: _ROWS[what]()}
    if what == "criteria":
        document["reassurance"] = _plain(reassurance_rows())
        document |= {
            "scores": _plain(score_rows()),
            "facts": _plain(fact_rows()),
            "options": _plain(option_rows()),
            "errors": _plain(error_rows()),
            "tumours": _plain(tumour_rows()),
        }
    return document


def reassurance_rows() -> tuple[RowListed, ...]:
    """What must be shown before a flag reassures, with the checks that speak to each row."""
    return tuple(
        RowListed(
            row.key, row.shown_when, tuple(check.key for check in CHECKS.values() if check.row == row.key)
        )
        for row in ROWS
    )


def score_rows() -> tuple[ScaleKeys, ...]:
    """Every score with its rules, levels and published rates."""
    return tuple(
        filled(
            ScaleKeys,
            scale,
            levels=tuple(filled(LevelListed, level, level=level.key) for level in scale.levels),
            reference=cited(scale.reference),
        )
        for scale in SCALES
    )


def fact_rows() -> tuple[FactRuleKeys, ...]:
    """What given facts, vessels and two scans do to a flag, each limit with its source."""
    return tuple(filled(FactRuleKeys, row, reference=cited(row.reference)) for row in ALL_RULES)


def option_rows() -> tuple[OptionListed, ...]:
    """Every option to discuss, with everything that it requires and why."""

    def listed(requirement: Requirement) -> RequirementListed:
        row = REQUIREMENTS[requirement]
        return filled(RequirementListed, row, requirement=requirement, reference=cited(row.reference))

    return tuple(
        filled(OptionListed, row, requires=tuple(listed(need) for need in row.requires)) for row in OPTIONS
    )


def error_rows() -> tuple[ErrorListed, ...]:
    """Every assumed error of measurement, with its source."""
    return tuple(
        filled(
            ErrorListed,
            row,
            key=key,
            value=getattr(ERRORS, key),
            unit=unit_of_error(key),
            reference=cited(row.reference),
        )
        for key, row in ERROR_SOURCES.items()
    )


def tumour_rows() -> tuple[TumourRuleKeys, ...]:
    """Every published limit about tumours; no flag depends on one."""
    return tuple(filled(TumourRuleKeys, row, reference=cited(row.reference)) for row in TUMOUR_RULES)


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
