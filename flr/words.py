"""How numbers, keys and foreign text are put before people. Rounding happens here and nowhere else."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

STATEMENT = (
    "For review by a multidisciplinary team; not a medical device: it measures and flags, never decides."
)
"""The sentence that every page and table ends with."""

MISSING = "–"
"""Stands where a value was not assessed; the reason is printed elsewhere."""

FLAG_WORDS = {
    "not_applicable": "Not applicable",
    "below_donor_minimum": "Below the donor minimum",
    "consider_two_stage": "Consider two stages",
    "consider_pve": "Consider embolisation (PVE)",
    "below_minimum": "Below the minimum",
    "plan_leaves_tumour": "Plan leaves tumour",
    "adverse_fact": "A fact speaks against it",
    "indeterminate": "Indeterminate",
    "borderline": "Borderline",
    "adequate": "Above the published minimum",
}

FLAG_TONES = {
    "not_applicable": "unknown",
    "below_donor_minimum": "below",
    "consider_two_stage": "below",
    "consider_pve": "below",
    "below_minimum": "below",
    "plan_leaves_tumour": "below",
    "adverse_fact": "below",
    "indeterminate": "unknown",
    "borderline": "between",
    "adequate": "above",
}
"""What a flag says about the limit: ``below``, ``between``, ``above`` or ``unknown``."""

TONE_SIGNS = {"below": "▼", "between": "◆", "above": "▲", "unknown": "?"}
"""A sign for each tone, so that colour is never the only cue."""

STATUS_SIGNS = {"shown": "✓", "against": "✗", "not shown": "○", "accepted": "!", "not applicable": "–"}
"""A sign for each status of a row of the reassurance table."""

FATE_WORDS = {
    "resected": "resected",
    "ablated": "ablated",
    "left": "left",
    "cut_through": "cut through",
}
"""What a plan does to a tumour."""

FATE_SIGNS = {"resected": "✓", "ablated": "✓", "left": "✗", "cut_through": "✂"}

VERDICT_WORDS = {"meets": "meets", "falls_short": "falls short", "not_assessed": "not assessed"}
VERDICT_SIGNS = {"meets": "✓", "falls_short": "✗", "not_assessed": "○"}
SEVERITY_SIGNS = {"error": "✗", "warning": "!", "info": "i"}

EVIDENCE_WORDS = {
    "V1": "checked in the primary paper",
    "V2": "checked in a secondary source",
    "unverified": "unverified",
    "site": "the site's own limit",
    "policy": "this toolkit's policy",
}


AMERICAN_WORDS = {"tumor": "tumour", "tumors": "tumours"}
"""American spellings of words in options and columns, which are taken as the British ones that are listed."""


def british_spelling(name: str) -> str:
    """The name of an option or a column in the spelling that is listed.

    >>> british_spelling("--remnant-tumor"), british_spelling("tumors"), british_spelling("--sex")
    ('--remnant-tumour', 'tumours', '--sex')
    """
    return re.sub(r"[a-z]+", lambda word: AMERICAN_WORDS.get(word[0], word[0]), name)


UNNAMED_CASE = "case"
"""Name of a case that nobody named."""


def case_words(case_id: str) -> str:
    """A case by its name; empty where nobody named it.

    >>> case_words("crlm-014"), case_words("case")
    ('Case crlm-014', '')
    """
    return "" if case_id == UNNAMED_CASE else f"Case {plain(case_id)}"


def lower_first(text: str) -> str:
    """Words that follow others in a sentence.

    >>> lower_first("Consider two stages")
    'consider two stages'
    """
    return f"{text[:1].lower()}{text[1:]}"


def beneath(plans: Mapping[str, Sequence[str]], accepted: Mapping[str, Sequence[str]] | None = None) -> str:
    """What stands once beneath a table of flags by volume: rows not shown and rows accepted, by plan.

    Parameters
    ----------
    plans : mapping of str to sequence of str
        Rows that are missing, by plan.
    accepted : mapping of str to sequence of str, optional
        What was accepted with why and by whom, by plan.

    Examples
    --------
    >>> beneath({"1": ("reviewed",), "2": ("tumours", "reviewed")})
    'The flags are by volume. Not yet shown: reviewed; tumours (2).'
    >>> beneath({"1": ()}), beneath({"1": ()}, {"1": ["reviewed (seen, Dr A)"]})
    ('', 'Accepted: reviewed (seen, Dr A).')
    """
    missing, taken = _by_plan(plans), _by_plan(accepted or {})
    said = [f"The flags are by volume. Not yet shown: {missing}."] if missing else []
    return " ".join([*said, *([f"Accepted: {taken}."] if taken else [])])


def _by_plan(plans: Mapping[str, Sequence[str]]) -> str:
    """Texts once each, with the plans that they belong to where that is not all of them."""
    said = []
    for text in dict.fromkeys(text for texts in plans.values() for text in texts):
        where = [plan for plan, texts in plans.items() if text in texts]
        said.append(text if len(where) == len(plans) else f"{text} ({', '.join(where)})")
    return "; ".join(said)


LONGEST_TEXT = 2000
"""Characters of a foreign text that a report prints in full."""


def plain(text: str, limit: int | None = 300) -> str:
    """Foreign text on one line: control and other unprintable characters replaced, length limited.

    Without a ``limit`` nothing is cut: for what tells two plans apart, and what a reader signs for.

    >>> plain("case\\x1b[31m 7\\n")
    'case�[31m 7�'
    """
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if limit is None or len(shown) <= limit else shown[: limit - 1] + "…"


def number(value: float | None, digits: int = 1, apart_from: Iterable[float] = ()) -> str:
    """A number with at least ``digits`` decimals, and as many as keep it on its side of its limits.

    Parameters
    ----------
    value : float, optional
    digits : int
    apart_from : iterable of float
        Limits that the value is compared with: what is printed is above, at or below each as the value is.

    Examples
    --------
    >>> number(25.02, apart_from=[25]), number(25.0, apart_from=[25]), number(None)
    ('25.02', '25.0', '–')
    >>> number(29.9999999, apart_from=[30.0])
    '29.9999999'
    """
    if value is None:
        return MISSING
    if not math.isfinite(value):
        return "not a number"
    limits = list(apart_from)
    for places in range(digits, 17):
        text = f"{value:.{places}f}"
        if all(_side(float(text), limit) == _side(value, limit) for limit in limits):
            return f"{0.0:.{places}f}" if float(text) == 0.0 else text
    return repr(value)


def _side(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)


def volume_text(ml: float | None) -> str:
    """A volume or its share with one decimal, or as many as it takes not to read as nothing.

    >>> volume_text(412.04), volume_text(0.004), volume_text(0.0)
    ('412.0', '0.004', '0.0')
    """
    return number(ml, 1, [0.0])


def limit_text(limit: float) -> str:
    """A limit as its source prints it, without trailing zeros.

    >>> limit_text(30.0), limit_text(0.55)
    ('30', '0.55')
    """
    return f"{limit:.10g}"


def probability_percent(probability: float) -> str:
    """A probability in words of whole percent that never claims certainty.

    >>> probability_percent(0.9999), probability_percent(0.137), probability_percent(0.0)
    ('> 99 %', '14 %', '< 1 %')
    """
    if probability > 0.99:
        return "> 99 %"
    if probability < 0.01:
        return "< 1 %"
    return f"{100.0 * probability:.0f} %"


def words_of(key: str) -> str:
    """A key as words, for keys that have no text of their own.

    >>> words_of("liver_outside_segments")
    'liver outside segments'
    """
    return key.replace("_", " ")


BURDEN_WORDS = {
    "burden_stratum": "Stratum of trials",
    "milan_net_involvement": "Milan-NET: at most 50 % of the liver",
    "debulked_70_percent": "Debulked, lowered target of 70 %",
    "debulked_90_percent": "Debulked, classic target above 90 %",
    "tumour_burden_score": "Tumour burden score",
    "ablation_size_3_cm": "Size for ablation",
}

MEASURE_WORDS = {
    "flr_ml": "Remnant (FLR)",
    "flr_percent_of_measured": "Share of the measured functional liver (mFLR)",
    "flr_percent_of_standard": "Share of the standard liver volume (sFLR)",
    "flr_to_body_weight_percent": "Remnant per body weight",
    "flr_per_bsa_ml_per_m2": "Remnant per body surface",
    "bsa_m2": "Body surface area",
    "standard_liver_volume_ml": "Standard liver volume (eTLV)",
    "flr_without_segment_1_ml": "Remnant without segment 1",
    "perfused_flr_ml": "Perfused remnant",
    "perfused_flr_percent_of_measured": "Perfused share of the measured functional liver",
    "flr_percent_of_vauthey_2002": "Share of the Vauthey 2002 volume",
    "limax_ug_per_kg_per_h": "LiMAx of the whole liver",
    "planned_residual_limax_ug_per_kg_per_h": "Planned residual LiMAx",
    "icg_clearance_of_remnant_per_min": "ICG clearance of the remnant (ICGK-F)",
    "hbs_percent_per_min_per_m2": "Mebrofenin uptake of the remnant (HBS)",
}

_SHORT_MEASURE_WORDS = {
    "flr_percent_of_measured": "mFLR",
    "flr_percent_of_standard": "sFLR",
    "flr_to_body_weight_percent": "FLR per body weight",
    "flr_per_bsa_ml_per_m2": "FLR per body surface",
    "flr_percent_of_vauthey_2002": "sFLR, Vauthey 2002",
    "limax_ug_per_kg_per_h": "LiMAx, whole liver",
    "planned_residual_limax_ug_per_kg_per_h": "Residual LiMAx",
    "icg_clearance_of_remnant_per_min": "ICGK-F",
    "hbs_percent_per_min_per_m2": "HBS",
}

_MEASURE_DIGITS = {
    "flr_to_body_weight_percent": 3,
    "bsa_m2": 3,
    "limax_ug_per_kg_per_h": 0,
    "planned_residual_limax_ug_per_kg_per_h": 0,
    "icg_clearance_of_remnant_per_min": 4,
}


def measure_words(measure: str) -> str:
    """A measure's name for people.

    >>> measure_words("bsa_m2"), measure_words("hiba_percent")
    ('Body surface area', 'hiba percent')
    """
    return MEASURE_WORDS.get(measure, words_of(measure))


def short_measure_words(measure: str) -> str:
    """A measure's short name, where there is one.

    >>> short_measure_words("flr_percent_of_measured")
    'mFLR'
    """
    return _SHORT_MEASURE_WORDS.get(measure, measure_words(measure))


def measure_digits(measure: str) -> int:
    """Decimals that a measure is shown with at least."""
    return _MEASURE_DIGITS.get(measure, 1)


def formula_words(key: str) -> str:
    """A formula's key for people.

    >>> formula_words("vauthey_2002_bsa"), formula_words("um_2015_du_bois"), formula_words("fu_gui_2009")
    ('Vauthey 2002 (BSA)', 'Um 2015 (Du Bois)', 'Fu Gui 2009')
    """
    match = re.fullmatch(r"([a-z_]+)_(\d{4})(?:_([a-z_]+))?", key)
    if match is None:
        return words_of(key)
    variant = match[3]
    shown = "" if variant is None else f" ({'BSA' if variant == 'bsa' else words_of(variant).title()})"
    return f"{words_of(match[1]).title()} {match[2]}{shown}"
