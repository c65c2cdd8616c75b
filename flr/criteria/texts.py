"""What is printed: headlines of the flags and sentences of the notes. For review, never a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from flr.patient import Patient
from flr.quality import Evidence
from flr.words import plain, probability_percent

REVIEW: Final = "MDT review required."

NOTE_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "artery_and_bile_duct_not_assessed": "Arterial supply and bile drainage of the remnant are "
        "not assessed beyond the branches that were drawn and given (--artery, --ducts).",
        "worse_of_measured_and_standard_is_policy": "Both the measured and the standardised share are graded "
        "and the worse one counts: a policy of this toolkit, not of a publication.",
        "no_cut_off_under_18": "No adult cut-off applies below 18 years of age; volumes only.",
        "very_small_remnant": "The remnant is very small.",
        "some_centres_accept_20": "Some centres accept more than 20 % in a normal liver (Kishi 2009).",
        "near_cutoff": "Grey zone: the measured share is within measurement error of a limit.",
        "measured_vs_standardised_discordant": "The measured and the standardised share fall into different "
        "bands; read both.",
        "weight_unknown": "The body weight is not known.",
        "height_unknown": "The body height is not known.",
        "background_unknown": "The background of the liver is not given; cautious limits are used.",
        "tumour_status_unknown": "Whether tumour stays in the remnant is not known; with tumour there a "
        "two-stage strategy would be the one to discuss.",
        "tumour_status_unknown_donor": "Whether there is tumour in the remnant is not known.",
        "tumour_in_remnant": "The plan leaves tumour in the remnant.",
        "tumour_left_by_intent": "The plan leaves tumour in the remnant, as its debulking intent allows.",
        "child_pugh_unknown": "The Child-Pugh class is not known.",
        "child_pugh_not_a": "The Child-Pugh class is not A.",
        "portal_hypertension_unknown": "Whether there is portal hypertension is not known.",
        "portal_hypertension_present": "There is portal hypertension.",
        "background_contradicted": "The background is given as normal, together with signs of chronic liver "
        "disease.",
        "portal_hypertension_contradicted": "Portal hypertension is denied, together with signs of it.",
        "bilirubin_high": "The bilirubin is 2.0 mg/dL (34.2 µmol/L) or more.",
        "bilirubin_gilbert": "The bilirubin is 2.0 mg/dL or more, explained by Gilbert's syndrome.",
        "ascites": "There is ascites.",
        "icg_in_jaundice": "The ICG-R15 was measured in jaundice and is not used.",
        "extrahepatic_disease": "Disease outside the liver is untreated, and no treatment of it is planned.",
        "extrahepatic_disease_controlled": "Disease outside the liver is treated, or to be.",
        "age_80_or_over": "Age of 80 years or more: the minimums were not derived there.",
        "ecog_2_or_more": "ECOG performance status of 2 or more: the minimums were not derived there.",
        "bowel_surgery": "Bowel is resected in the same operation: the minimums were not derived there.",
        "tace_or_sirt_before": "TACE or SIRT before: the minimums were not derived there.",
        "chemotherapy_is_a_background": "More than 12 weeks of chemotherapy are graded as a background.",
        "chemotherapy_injury": "Agents of the chemotherapy may have injured the liver.",
        "platelets_low": "The platelets are below 100·10⁹/L.",
        "limax_low": "The LiMAx of the whole liver is below 140, or that of the remnant below 100 µg/kg/h.",
        "icg_schools": "What three schools allow at this ICG-R15.",
        "donor_remnant_small": "The donor's remnant is at or below 0.5 % of the body weight, or below 25 "
        "% of "
        "the standard liver volume.",
        "donor_body_unknown": "The donor's weight or height is not known, and the remnant would be small for "
        "a usual body.",
        "body_size_discordant": "Against a large body the remnant is small, while its measured share passes.",
        "certainty_low": "The share is above the limits, but at or below the minimum with a probability "
        "of more "
        "than 10 %.",
        "limax_uncertain": "The planned residual LiMAx is below its limit with a probability of more than "
        "10 %.",
        "embolisation_not_an_option": "Embolisation is not an option here.",
        "plan_removes_no_tumour": "The plan removes no tumour.",
        "remnant_drainage_unknown": "Whether the bile ducts of the remnant are drained is not known.",
        "drain_remnant_first": "The bile ducts of the remnant are not drained: drain the remnant first.",
        "body_size_out_of_range": "The body size is outside the range of the standard liver formula; the "
        "standardised share is not graded.",
        "formula_threshold_mismatch": "The published limits belong to the Vauthey 2002 volume; the share of "
        "another standard liver formula is shown and not compared with them.",
        "bsa_formula_mismatch": "The body surface is not by Mosteller, with which the Vauthey 2002 volume is "
        "paired; near a limit this alone can move a case across it.",
        "function_below_cutoff": "A function test is below its published cut-off.",
        "limax_strong_caution": "The planned residual LiMAx is below 80 µg/kg/h.",
        "icg_clearance_contested": "The remnant's indocyanine green clearance is below 0.075 per minute, "
        "a second published cut-off.",
        "platelets_low_high_risk_pair": "Remnant per body weight below 0.55 % together with platelets below "
        "140·10⁹/L: the high-risk pair of Navarro 2020 (9 of 12 had liver failure).",
        "steatosis_limits_unverified": "No publication gives a verified minimum for steatosis alone.",
        "standard_volume_unvalidated_in_cirrhosis": "Standard liver formulas are not validated in cirrhosis; "
        "read the measured share beside the standardised one.",
        "donor_factors_not_graded": "Steatosis, age and the side of the middle hepatic vein also bear on a "
        "donor's remnant and are not graded here.",
        "site_limits": "The percentage limits are a site's own.",
        "measured_share_unknown": "The functional liver volume is not known.",
        "shares_not_graded": "Percentages and ratios to the body are not graded.",
        "reassurance_blocked": "A quality check blocks reassurance.",
        "volumes_unbelievable": "The volumes cannot be believed, so nothing is graded on them.",
    }
)
"""Every note that a grade can carry, by key; some get the case's own numbers added."""


OPENING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "remnant": "FLR {ml} mL",
        "perfused": "Perfused FLR {ml} mL",
        "flr_percent_of_measured": "{value} % of the liver{ends}",
        "flr_percent_of_standard": "{value} % of the standard liver volume{ends}",
        "flr_to_body_weight_percent": "{value} % of the body weight{ends}",
        "flr_per_bsa_ml_per_m2": "{value} mL/m² of body surface{ends}",
        "minimum": "minimum {limit} ({profile})",
        "site_minimum": "the site's minimum {limit} ({profile})",
    }
)
"""The numbers that a headline begins with, by key."""

PROFILE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "normal": "normal liver",
        "chemotherapy": "chemotherapy",
        "steatosis": "steatosis",
        "cirrhosis": "cirrhosis",
        "biliary": "biliary disease",
        "donor": "donor",
        "unknown": "cautious",
    }
)
"""Backgrounds as the headline names them."""

BESIDE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cut_through": "The plan cuts through {names}, which is no treatment of {them}.",
        "left": "It leaves {names}.",
        "left_alone": "The plan leaves {names}.",
        "background": (
            "Background not given: judged by the cautious {limit} %; with a normal liver: {flag} by volume."
        ),
        "background_of_site": (
            "Background not given: judged by the site's default, {profile}; by the cautious {limit} %: {flag}"
            " by volume."
        ),
        "background_of_site_alone": "Background not given: judged by the site's default, {profile}.",
        "limits_of_site": "By the site's own limits ({source}); by the published ones: {flag} by volume.",
        "background_alone": "Background not given: judged by the cautious {limit} %.",
    }
)
"""Sentences that follow the numbers: what becomes of the tumours, and what was assumed."""

_MOST_NAMES: Final = 6


def opening(parts: Sequence[str]) -> str:
    """The numbers that a headline begins with; they end with a full stop.

    >>> opening(["FLR 420 mL", "27.2 % of the liver (24.3–30.1)", "minimum 30 % (chemotherapy)"])
    'FLR 420 mL, 27.2 % of the liver (24.3–30.1), minimum 30 % (chemotherapy).'
    """
    return f"{', '.join(parts)}."


def tumours_not_treated(cut_through: Sequence[str], left: Sequence[str]) -> tuple[str, ...]:
    """What a plan for cure does not treat: the reason that decides, whatever the volumes.

    >>> tumours_not_treated(["T1", "T5"], ["T2"])
    ('The plan cuts through T1 and T5, which is no treatment of them.', 'It leaves T2.')
    """
    said = []
    if cut_through:
        them = "it" if len(cut_through) == 1 else "them"
        said.append(BESIDE["cut_through"].format(names=_names(cut_through), them=them))
    if left:
        said.append(BESIDE["left" if cut_through else "left_alone"].format(names=_names(left)))
    return tuple(said)


def _names(names: Sequence[str]) -> str:
    shown = [plain(name, 20) for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return listed([*shown, f"{more} more"] if more else shown)


def with_opening(numbers: str, said: Sequence[str], text: str) -> str:
    """A headline with its numbers first, then what was said beside them, each once.

    >>> with_opening("FLR 420 mL.", ["The plan leaves T1."], "Below the minimum.")
    'FLR 420 mL. The plan leaves T1. Below the minimum.'
    """
    return " ".join(part for part in (numbers, *dict.fromkeys(said), text) if part)


_BEYOND_GROWTH: Final = (
    " The growth needed is more than published augmentation reaches on average (78 %, Olthof 2017)."
)


def listed(words: Sequence[str]) -> str:
    """Words in a row, as people write them.

    >>> listed(["20 %"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('20 %', 'a and b', 'a, b and c')
    """
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def is_named_by(bar: str, fact: str) -> bool:
    """Whether the sentence on why embolisation is no option names what another sentence is about.

    >>> is_named_by("Child-Pugh B: embolisation is not an option.", "Child-Pugh B speaks against it.")
    True
    """
    facts = ("Child-Pugh", "Portal hypertension", "Platelets", "Varices")
    return any(fact.startswith(word) and word.casefold() in bar.casefold() for word in facts)


def pve_headline(
    patient: Patient,
    *,
    very_small: bool,
    condition: str = "",
    removed_tumour: str | None = None,
    beyond_growth: bool = False,
) -> str:
    """Text of ``consider_pve``, with each background's own options; never ALPPS in biliary disease."""
    biliary, cirrhosis = patient.is_biliary, "cirrhosis" in patient.conditions
    done = "embolisation" in patient.prior
    if done:
        options = (
            "an embolisation has been done before; waiting and measuring again, hepatic vein embolisation "
            "or a "
            "non-resection strategy are options to discuss"
        )
        if biliary:
            options = f"drain the remnant where it is not drained; {options}"
    elif biliary:
        options = (
            "drain the remnant where it is not drained; portal vein embolisation is an option to discuss"
            f"{condition}"
        )
        if cirrhosis:
            options += ", as are ablation or transplant referral for the cirrhosis"
    elif cirrhosis:
        options = (
            "portal vein embolisation (with TACE), ablation or transplant referral are options to discuss"
            f"{', embolisation only' + condition[1:] if condition else ''}"
        )
    else:
        options = f"portal vein embolisation or double-vein embolisation are options to discuss{condition}"
    text = f"{_tumour_left(removed_tumour)}Below the {minimum_words(patient)}: {options}."
    if very_small:
        text += f" {very_small_text(alpps=patient.alpps_may_be_named)}"
    return f"{text}{_BEYOND_GROWTH if beyond_growth else ''} {REVIEW}"


def no_embolisation_headline(
    patient: Patient,
    *,
    bar: str,
    debulking: bool,
    removed_tumour: str | None = None,
    facts: Sequence[str] = (),
) -> str:
    """Text of a remnant below the minimum for which embolisation is not an option: why, and what is left."""
    left = ["drain the remnant where it is not drained"] if patient.is_biliary else []
    if debulking:
        left.append("remove less (parenchyma-sparing resection, ablation)")
    referral = "transplant referral" if "cirrhosis" in patient.conditions else "referral"
    left.append(f"another plan, ablation or {referral}")
    return (
        f"{' '.join((bar, *facts))} {_tumour_left(removed_tumour)}Below the {minimum_words(patient)}: "
        f"{'; '.join(left)} to discuss. {REVIEW}"
    )


def is_background_given(patient: Patient) -> bool:
    """Whether somebody states the background of the liver, or the diagnosis implies one."""
    return bool(patient.conditions) or patient.is_biliary or patient.is_donor


def minimum_words(patient: Patient) -> str:
    """What a minimum is called: that of a background which was not given is the cautious one."""
    return "minimum used for this background" if is_background_given(patient) else "cautious minimum"


def _tumour_left(removed_tumour: str | None) -> str:
    """What to say of tumour that stays in a remnant below the minimum; nothing where none does."""
    if removed_tumour is None:
        return ""
    if removed_tumour == "none":
        return "This plan removes no tumour, and tumour stays in the remnant. "
    if removed_tumour == "unknown":
        return "Tumour stays in the remnant; whether this plan removes tumour is not known. "
    return "Tumour stays in the remnant. "


def very_small_text(*, alpps: bool) -> str:
    """Text of ``very_small_remnant``; its options are not for biliary disease, cirrhosis or donors."""
    if alpps:
        return "Very small remnant: double-vein embolisation, in selected patients ALPPS."
    return NOTE_TEXTS["very_small_remnant"]


def two_stage_headline(patient: Patient, *, condition: str = "", beyond_growth: bool = False) -> str:
    """Text of ``consider_two_stage``."""
    alpps = ", in selected patients ALPPS," if patient.alpps_may_be_named else ""
    drain = " Drain the remnant where it is not drained." if patient.is_biliary else ""
    return (
        "Tumour on both sides and a remnant below the minimum: two-stage hepatectomy with portal vein "
        f"embolisation{alpps} or a non-resection strategy are options to discuss{condition}.{drain}"
        f"{_BEYOND_GROWTH if beyond_growth else ''} {REVIEW}"
    )


def donor_headline(*, donor_row_failed: bool) -> str:
    """Text of ``below_donor_minimum``."""
    if donor_row_failed:
        return f"Below the remnant that most centres require of a living donor. {REVIEW}"
    return f"Below the minimum used for this background, in a living donor. {REVIEW}"


def leaves_tumour_headline(*, donor: bool, complete: bool, removes_none: bool = False) -> str:
    """Text of ``plan_leaves_tumour``."""
    volume = "The volume is above the minimum" + ("" if complete else " as far as it could be graded")
    if donor:
        return f"{volume}, but there is tumour in the remnant of a living donor. {REVIEW}"
    none = "removes no tumour and " if removes_none else ""
    return (
        f"{volume}, but this plan {none}leaves tumour in the remnant: add a resection or ablation, or "
        f"state a "
        f"debulking intent. {REVIEW}"
    )


def not_shown_headline(
    is_graded: bool, *, by_volume: str, missing: Sequence[Evidence], sentences: Sequence[str]
) -> str:
    """Text of ``indeterminate`` because rows are not shown: what volume alone gives, and what is missing.

    >>> row = Evidence(row="reviewed", status="not shown", evidence="nobody says so")
    >>> not_shown_headline(True, by_volume="borderline", missing=[row], sentences=())
    'Borderline by volume; not yet shown: reviewed. MDT review required.'
    """
    words = by_volume.replace("_", " ")
    volume = f"{words[:1].upper()}{words[1:]} by volume" if is_graded else "No share could be graded"
    groups = {"against": "against", "not shown": "not yet shown"}
    for status, words in groups.items():
        rows = [row.row for row in missing if row.status == status]
        if rows:
            volume += f"; {words}: {', '.join(rows)}"
    return " ".join((f"{volume}.", *dict.fromkeys(sentences), REVIEW))


def with_probability(text: str, probability: float | None, limit: float | None) -> str:
    """A headline that also says how probably the worst share is at or below its minimum, by reading error.

    >>> with_probability(f"Above the minimum. {REVIEW}", 0.03, 25.0)
    'Above the minimum. At or below 25 % with a probability of 3 %. MDT review required.'
    """
    if probability is None or limit is None:
        return text
    said = f"At or below {limit:g} % with a probability of {probability_percent(probability)}."
    return f"{text.removesuffix(REVIEW)}{said} {REVIEW}"


def with_acceptances(text: str, rows: Sequence[Evidence]) -> str:
    """A headline that also says which rows were accepted, why and by whom.

    >>> row = Evidence(row="side", status="accepted", evidence="", reason="a large caudate", who="Dr A")
    >>> with_acceptances(f"Above the minimum. {REVIEW}", [row])
    'Above the minimum. Accepted: side (a large caudate, Dr A). MDT review required.'
    """
    said = [row.said for row in rows if row.status == "accepted"]
    if not said:
        return text
    return f"{text.removesuffix(REVIEW)}Accepted: {', '.join(said)}. {REVIEW}"


def unbelievable_headline(reasons: Sequence[str]) -> str:
    """Text of ``indeterminate`` where the volumes cannot be believed: that, before anything else."""
    return " ".join((*(text for text in dict.fromkeys(reasons) if text), REVIEW))


def adverse_headline(facts: Sequence[str], *, complete: bool) -> str:
    """Text of ``adverse_fact``: the volume, and the facts that speak against the resection.

    >>> adverse_headline(["Portal hypertension speaks against this resection."], complete=True)
    'Above the volume minimum, but portal hypertension speaks against this resection. MDT review required.'
    """
    first, *rest = dict.fromkeys(facts)
    if not first.startswith(("Child-Pugh", "ICG")):
        first = first[:1].lower() + first[1:]
    graded = "" if complete else " as far as it could be graded"
    return " ".join((f"Above the volume minimum{graded}, but {first}", *rest, REVIEW))


def borderline_headline(
    band: tuple[float, float] | None,
    *,
    facts: Sequence[str] = (),
    function_short: bool = False,
    donor: bool = False,
    augment: str = "",
    given: bool = True,
) -> str:
    """Text of ``borderline``: in the band, or above it with a function test or a fact that allows no more."""
    said = list(facts)
    if band is not None:
        # The limits of function tests were not derived in donors.
        then = (
            "Discuss another graft (left, posterior, dual), and fat fraction or biopsy of the liver."
            if donor
            else "Consider a function test and repeat measurement."
        )
        which = "the disputed range for this background" if given else "the cautious range"
        said.append(f"Between {band[0]:g} and {band[1]:g} %, {which}. {then}")
    elif function_short or not facts:
        said.append("Above the volume minimum, with a function test below its published cut-off.")
    else:
        said.append("Above the volume minimum.")
    if augment:
        said.append(
            "A mebrofenin uptake of the remnant below 2.7 %/min/m² is itself an indication to augment "
            f"({augment}) and to repeat the test."
        )
    return " ".join((*said, REVIEW))


def adequate_headline(*, near: bool) -> str:
    """Text of ``adequate``."""
    error = ", within measurement error of it" if near else ""
    return f"Above the published volume minimum used for this background{error}. {REVIEW}"


def not_applicable_headline() -> str:
    """Text of ``not_applicable``."""
    return f"No validated cut-off below 18 years of age; volumes only. {REVIEW}"
