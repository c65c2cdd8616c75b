"""What share of cases would get another flag under another formula or other limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flr.assessment import TRUNCATED
from flr.cohort.ledger import read_list, records
from flr.criteria import PROFILES, Extent, Grade, RemnantTumour, SiteLimits, extent_of, grade
from flr.criteria.percentages import percent_criteria
from flr.documents.assessments import flag_by_volume
from flr.documents.base import Document, filled, json_ready
from flr.documents.jobs import ChangesDocument, ScenarioKeys, ScenarioKind, Transition
from flr.errors import PlanError
from flr.facts import PATIENT_FACTS
from flr.formulas import BSA_FORMULAS, DEFAULT_LIVER_VOLUME_FORMULA, LIVER_VOLUME_FORMULAS
from flr.measures import Measures, relate
from flr.patient import Patient
from flr.plans import parse_plan
from flr.quality import CHECKS, acceptances
from flr.reassurance import recorded_rows
from flr.uncertainty import Interval, graded_standard_key

_STANDARD = "flr_percent_of_standard"
_VAUTHEY = "flr_percent_of_vauthey_2002"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One choice made differently, everything else as it was recorded."""

    kind: ScenarioKind
    name: str
    limits: SiteLimits | None = None


@dataclass(frozen=True)
class Change:
    """What one scenario does to a cohort.

    Parameters
    ----------
    scenario : Scenario
    assessments : int
        Cases and plans that were graded again.
    transitions : mapping of (str, str) to int
        (recorded flag, flag under the scenario) → assessments, for those that differ.
    """

    scenario: Scenario
    assessments: int
    transitions: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """Assessments whose flag differs."""
        return sum(self.transitions.values())

    @property
    def changed_percent(self) -> float | None:
        """Their share; None where nothing was graded. [%]"""
        return 100.0 * self.changed / self.assessments if self.assessments else None


@dataclass(frozen=True)
class Changes:
    """All scenarios; ``not_reproduced`` counts what is left out, since its flag did not come out again."""

    changes: tuple[Change, ...]
    assessments: int
    not_reproduced: int


def scenarios() -> tuple[Scenario, ...]:
    """Every body-surface formula, every standard-liver formula in mL, and the limits of every profile.

    Under another standard-liver formula its share is compared with the same limits, although these were
    derived with Vauthey 2002: that is the question asked here, and never how a case is graded.
    """
    found = [Scenario("bsa_formula", key) for key in BSA_FORMULAS]
    found += [
        Scenario("standard_volume_formula", key)
        for key, row in LIVER_VOLUME_FORMULAS.items()
        if row.unit == "mL" and key != DEFAULT_LIVER_VOLUME_FORMULA
    ]
    triples: dict[tuple[float, float, float], list[str]] = {}
    for profile in PROFILES:
        rows = {row.role: row.limit for row in percent_criteria(profile) if row.measure.endswith("measured")}
        minimum = rows["minimum"]
        # A donor has no lower limit of its own; only the order of the three matters then.
        triple = (rows.get("very_small", minimum / 2.0), minimum, rows.get("band", minimum))
        triples.setdefault(triple, []).append(profile)
    for (low, minimum, upper), profiles in triples.items():
        name = f"{low:g}, {minimum:g}, {upper:g} % (as for {', '.join(profiles)})"
        limits = SiteLimits(
            very_small_percent=low,
            minimum_percent=minimum,
            band_percent=upper,
            source=f"limits of the profile {profiles[0]} applied to every case",
        )
        found.append(Scenario("limits", name, limits))
    return tuple(found)


def flag_changes(folder: Path | str) -> Changes:
    """Grade every recorded assessment again under every scenario; no file of a case is opened.

    Parameters
    ----------
    folder : path
        Of the cohort.

    Returns
    -------
    Changes

    Raises
    ------
    ReadError
        If the folder is not one of a cohort.
    """
    folder = Path(folder)
    return changes_of(
        document
        for _, record in records(folder, read_list(folder))
        if record is not None
        for document in record.documents()
        if "plan" in document
    )


def changes_of(documents: Iterable[Mapping[str, Any]]) -> Changes:
    """As :func:`flag_changes`, for ``flr-assessment/2`` documents."""
    asked = scenarios()
    counts: dict[Scenario, Counter[tuple[str, str]]] = {scenario: Counter() for scenario in asked}
    graded = not_reproduced = 0
    for document in documents:
        again = _grade_under(document, None)
        if (again.flag, again.flag_by_volume) != (document["flag"], flag_by_volume(document)):
            not_reproduced += 1
            continue
        graded += 1
        for scenario in asked:
            flag = flag_under(document, scenario)
            if flag != flag_by_volume(document):
                counts[scenario][flag_by_volume(document), flag] += 1
    return Changes(
        tuple(Change(scenario, graded, dict(sorted(counts[scenario].items()))) for scenario in asked),
        assessments=graded,
        not_reproduced=not_reproduced,
    )


def flag_under(document: Mapping[str, Any], scenario: Scenario | None = None) -> str:
    """The flag by volume of a recorded assessment, graded again from its numbers, under a scenario if any."""
    return _grade_under(document, scenario).flag_by_volume


def _grade_under(document: Mapping[str, Any], scenario: Scenario | None) -> Grade:
    provenance, volumes = document["provenance"], document["volumes_ml"]
    facts: dict[str, Any] = {
        fact.key: tuple(value) if isinstance(value, list) else value
        for fact in PATIENT_FACTS
        if (value := document["patient"].get(fact.key)) is not None
    }
    patient = Patient(**facts)
    limits = None if provenance["limits"] is None else SiteLimits(**provenance["limits"])
    bsa_formula: str = provenance["bsa_formula"]
    standard: str = provenance["standard_volume_formula"]
    graded_standard = _STANDARD if standard == DEFAULT_LIVER_VOLUME_FORMULA else _VAUTHEY
    interval_key = graded_standard_key(standard)
    if scenario is not None and scenario.kind == "bsa_formula":
        bsa_formula = scenario.name
    if scenario is not None and scenario.kind == "standard_volume_formula":
        standard = scenario.name
    if scenario is not None and scenario.limits is not None:
        limits = scenario.limits
    measures = relate(
        flr_ml=volumes["remnant"],
        functional_ml=volumes["functional"],
        patient=patient,
        bsa_formula=bsa_formula,
        standard_volume_formula=standard,
        ungradable=TRUNCATED if document["volumes_are_lower_bounds"] else None,
    )
    if scenario is not None and scenario.kind == "standard_volume_formula":
        measures = _as_standard(measures)
    tumour_ml = volumes["remnant_tumour"]
    return grade(
        measures,
        patient,
        remnant_tumour="unknown" if tumour_ml is None else "present" if tumour_ml > 0.0 else "none",
        intent=document["plan"]["intent"],
        rows=recorded_rows(document),
        accepted=acceptances(provenance["accepted"], CHECKS),
        unbelievable=tuple(_said(document, "volumes_unbelievable")),
        measured_interval=_interval(document, "flr_percent_of_measured", "flr_percent_of_measured", measures),
        standard_interval=_interval(document, graded_standard, interval_key, measures),
        limits=limits,
        extent=_extent(document),
        removed_tumour=_removed_tumour(document),
    )


def changes_document(found: Changes) -> Document:
    """The scenarios as ``flr-cohort-changes/1``."""
    scenarios = tuple(
        filled(
            ScenarioKeys,
            change,
            change.scenario,
            transitions=tuple(
                Transition(before, after, n) for (before, after), n in change.transitions.items()
            ),
        )
        for change in found.changes
    )
    document: Document = json_ready(filled(ChangesDocument, found, scenarios=scenarios))
    return document


def changes_text(found: Changes) -> str:
    """The scenarios as a table for a terminal."""
    lines = [f"{found.assessments} assessments (cases and plans); share whose flag would be another one"]
    heading = ""
    for change in found.changes:
        if change.scenario.kind != heading:
            heading = change.scenario.kind
            lines.append(f"{heading.replace('_', ' ')}:")
        share = "" if change.changed_percent is None else f"{change.changed_percent:5.1f} %"
        lines.append(f"  {share:>8}  {change.changed:>6}  {change.scenario.name}")
        lines += [f"{'':21}{n:>6}  {before} -> {after}" for (before, after), n in change.transitions.items()]
    if found.not_reproduced:
        lines.append(f"left out: {found.not_reproduced} whose recorded flag did not come out again")
    return "\n".join(lines)


def _as_standard(measures: Measures) -> Measures:
    """Measures in which the share of the chosen standard volume stands where the graded one is looked for."""
    reasons, ungraded = dict(measures.reasons), dict(measures.ungraded)
    reasons.pop(_VAUTHEY, None)
    if _STANDARD in reasons:
        reasons[_VAUTHEY] = reasons[_STANDARD]
    ungraded.pop(_VAUTHEY, None)
    if _STANDARD in ungraded:
        ungraded[_VAUTHEY] = ungraded[_STANDARD]
    return replace(
        measures,
        flr_percent_of_vauthey_2002=measures.flr_percent_of_standard,
        standard_volume_formula=DEFAULT_LIVER_VOLUME_FORMULA,
        reasons=reasons,
        ungraded=ungraded,
    )


def _said(document: Mapping[str, Any], note: str) -> Iterator[str]:
    text = document["note_texts"].get(note)
    if text is not None:
        yield text


def _interval(document: Mapping[str, Any], measure: str, name: str, measures: Measures) -> Interval | None:
    """A recorded interval, moved to the share under the scenario with the same relative error."""
    found, before, after = (
        document["intervals"].get(name),
        document["measures"][measure],
        getattr(measures, measure),
    )
    if found is None or not before or after is None:
        return None
    return Interval(found["low"] * after / before, found["high"] * after / before, found["level"], {})


def _extent(document: Mapping[str, Any]) -> Extent:
    """What leaves with a recorded plan; a plan from a file is a region of which no segment is known."""
    plan, volumes = document["plan"], document["volumes_ml"]
    leaves_percent = 100.0 - 100.0 * volumes["remnant"] / volumes["functional"]
    if not plan["notation"]:
        return Extent(resected_percent=leaves_percent)
    try:
        parsed = parse_plan(plan["notation"])
    except PlanError:
        return Extent(resected_percent=leaves_percent, besides="region")
    return extent_of(parsed, plan["removes"], resected_percent=leaves_percent)


def _removed_tumour(document: Mapping[str, Any]) -> RemnantTumour:
    total_ml, left_ml = document["volumes_ml"]["tumour"], document["volumes_ml"]["remnant_tumour"]
    if total_ml is None:
        return "unknown"
    return (
        "none"
        if "plan_removes_no_tumour" in document["notes"] or not total_ml > (left_ml or 0.0)
        else "present"
    )
