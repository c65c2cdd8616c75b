"""What is shown of patient, tumours and shares: the rows of the reassurance table that the grading knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from flr.criteria import rules, texts
from flr.criteria.adverse import AdverseFact
from flr.criteria.model import Criterion, Verdict
from flr.criteria.percentages import MEASURED, STANDARD
from flr.measures import Measures, relate
from flr.patient import Patient
from flr.quality import Evidence
from flr.quality.finding import ReassuranceRow
from flr.words import probability_percent

_LIKELY_WEIGHTS_KG: Final = (rules.LEAST_WEIGHT.number, rules.MOST_WEIGHT.number)

_OF_UNKNOWN: Final[Mapping[str, ReassuranceRow]] = {
    "shares_not_graded": "whole",
    "measured_share_unknown": "whole",
    "formula_threshold_mismatch": "body",
    "background_unknown": "background",
    "child_pugh_unknown": "background",
    "portal_hypertension_unknown": "background",
    "remnant_drainage_unknown": "background",
}
"""Row of each note that says what is not known; weight, height and body size are judged together."""

_OF_FACT: Final[Mapping[str, ReassuranceRow]] = {
    "child_pugh_not_a": "background",
    "portal_hypertension_present": "background",
    "platelets_low": "background",
    "background_contradicted": "background",
    "portal_hypertension_contradicted": "background",
    "bilirubin_high": "background",
    "ascites": "background",
    "icg_in_jaundice": "function",
    "donor_body_unknown": "body",
    "body_size_discordant": "body",
    "limax_low": "function",
    "limax_uncertain": "function",
    "icg_schools": "function",
}
"""Row of each given fact that bears on the flag."""


def unknown_rows(blocks: Mapping[str, str], facts: Iterable[AdverseFact]) -> Iterable[Evidence]:
    """What is not known, and the given facts that speak against the resection or ask something."""
    for key, text in blocks.items():
        if key == "tumour_status_unknown":
            said = "neither drawn nor declared none"
            yield Evidence(row="tumours", status="not shown", evidence=said)
        elif key in _OF_UNKNOWN:
            said = (text or texts.NOTE_TEXTS[key]).rstrip(".")
            yield Evidence(row=_OF_UNKNOWN[key], status="not shown", evidence=said)
    if "drain_remnant_first" in blocks:
        said = texts.NOTE_TEXTS["drain_remnant_first"].rstrip(".")
        yield Evidence(row="background", status="against", evidence=said, is_urgent=True)
    for fact in facts:
        if fact.key not in _OF_FACT or fact.effect == "note":
            continue
        asks = fact.effect == "question"
        yield Evidence(
            row=_OF_FACT[fact.key],
            status="not shown" if fact.key == "donor_body_unknown" else "against",
            evidence=fact.text.rstrip("."),
            is_graded=not asks,
            is_urgent=asks,
        )


def background_row(patient: Patient) -> Iterable[Evidence]:
    """The background as it is stated; that it is not is said by :func:`unknown_rows`."""
    stated = [*patient.conditions, *([patient.diagnosis] if patient.diagnosis else [])]
    if patient.conditions or patient.is_biliary or patient.is_donor:
        yield Evidence(row="background", status="shown", evidence=f"stated: {', '.join(stated)}")


def function_rows(patient: Patient, *, hbs_short: bool) -> Iterable[Evidence]:
    """Given function tests; none is asked for by a profile."""
    tests = {
        "HBS": patient.hbs_percent_per_min_per_m2,
        "LiMAx": patient.limax_ug_per_kg_per_h,
        "ICG-R15": patient.icg_r15_percent,
    }
    given = [name for name, value in tests.items() if value is not None]
    if hbs_short:
        said = texts.NOTE_TEXTS["function_below_cutoff"].rstrip(".")
        yield Evidence(row="function", status="against", evidence=said, is_graded=True)
    yield Evidence(
        row="function",
        status="shown",
        evidence=f"{' and '.join(given)} does not speak against the plan"
        if given
        else "no test is asked for",
    )


def tumour_row(remnant_tumour: str, *, against_intent: bool) -> Iterable[Evidence]:
    """What the plan does with the tumours; that they are not known is said by :func:`unknown_rows`."""
    if remnant_tumour == "unknown":
        return
    if remnant_tumour == "none":
        yield Evidence(row="tumours", status="shown", evidence="none stays in the remnant")
    elif against_intent:
        said = texts.NOTE_TEXTS["tumour_in_remnant"].rstrip(".")
        yield Evidence(row="tumours", status="against", evidence=said, is_graded=True)
    else:
        said = texts.NOTE_TEXTS["tumour_left_by_intent"].rstrip(".")
        yield Evidence(row="tumours", status="shown", evidence=said)


def body_row(
    patient: Patient,
    rows: Sequence[Criterion],
    measures: Measures,
    blocks: Mapping[str, str],
    *,
    rest_passes: bool,
) -> Evidence:
    """Whether the body is known as far as a graded limit needs it.

    ``rest_passes`` says that everything that could be graded lies above its limits.
    """
    unknown = [key.removesuffix("_unknown") for key in ("weight_unknown", "height_unknown") if key in blocks]
    if unknown:
        said = f"{' and '.join(unknown)} not known"
        highest_kg = (
            _passing_weight_kg(patient, rows, measures) if rest_passes and unknown == ["weight"] else None
        )
        if highest_kg is not None and highest_kg >= _LIKELY_WEIGHTS_KG[1]:
            return Evidence(
                row="body",
                status="shown",
                evidence=f"{said}, but every row passes for any weight from {_LIKELY_WEIGHTS_KG[0]:g} to "
                f"{_LIKELY_WEIGHTS_KG[1]:g} kg",
            )
        if highest_kg is not None:
            said += f"; every row passes from {_LIKELY_WEIGHTS_KG[0]:g} to {highest_kg:g} kg"
        return Evidence(row="body", status="not shown", evidence=said)
    if "body_size_out_of_range" in blocks:
        said = blocks["body_size_out_of_range"].rstrip(".")
        rest = "the remaining rows pass" if rest_passes else "nor do the remaining rows pass"
        return Evidence(
            row="body",
            status="shown" if rest_passes else "not shown",
            evidence=f"{said}; {rest}",
        )
    if not any(row.measure != MEASURED for row in rows if row.role != "caution"):
        return Evidence(row="body", status="not applicable", evidence="no graded limit needs the body size")
    size = [(patient.weight_kg, "kg"), (patient.height_cm, "cm")]
    known = ", ".join(f"{value:g} {unit}" for value, unit in size if value is not None)
    return Evidence(row="body", status="shown", evidence=known)


def _passing_weight_kg(patient: Patient, rows: Sequence[Criterion], measures: Measures) -> float | None:
    """The highest likely weight up to which every row passes, in steps; None where the lowest does not."""
    if not measures.flr_percent_of_measured or patient.height_cm is None:
        return None
    asked = [row for row in rows if row.role in ("minimum", "band", "body_size") and row.measure != MEASURED]
    functional_ml = 100.0 * measures.flr_ml / measures.flr_percent_of_measured
    passing, weight_kg = None, _LIKELY_WEIGHTS_KG[0]
    while weight_kg <= _LIKELY_WEIGHTS_KG[1]:
        tried = relate(
            flr_ml=measures.flr_ml,
            functional_ml=functional_ml,
            patient=replace(patient, weight_kg=weight_kg),
            bsa_formula=measures.bsa_formula,
            standard_volume_formula=measures.standard_volume_formula,
        )
        values = tried.values()
        values[STANDARD] = values["flr_percent_of_vauthey_2002"]
        if "flr_percent_of_vauthey_2002" in tried.ungraded:
            values[STANDARD] = None  # outside the guards the remaining rows decide
        verdicts = [row.judge(values[row.measure]) for row in asked if values[row.measure] is not None]
        if Verdict.FALLS_SHORT in verdicts:
            return passing
        passing, weight_kg = weight_kg, weight_kg + rules.WEIGHT_STEP.number
    return passing


def certainty_row(probability: float | None, limit: float | None) -> Evidence:
    """Whether the worst graded share is surely enough above the minimum."""
    if probability is None or limit is None:
        return Evidence(
            row="certainty", status="not applicable", evidence="no share with an interval is graded"
        )
    chance = probability_percent(probability)
    said = (
        f"at or below the minimum of {limit:g} % with a probability of {chance}, by the error of measurement"
    )
    if rules.BELOW_PROBABILITY.holds(probability):
        return Evidence(row="certainty", status="against", evidence=said, is_graded=True)
    return Evidence(row="certainty", status="shown", evidence=said)
