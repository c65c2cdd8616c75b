"""Options to discuss: one table, each with what it requires of patient, background, intent and plan.

References
----------
.. [1] Clinically evident portal hypertension as a contraindication to portal vein embolisation, and its
   variants: formulary of this toolkit, after textbooks (V2).
.. [2] ALPPS in perihilar cholangiocarcinoma: 14 of 29 died within 90 days, PMC5662942.
.. [3] Azoulay D et al., Ann Surg 2000;232:665-72 (embolisation before resection in cirrhosis, with TACE).
.. [4] Kawaguchi 2019, PMC6422720 (two stages where tumour is on both sides).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from flr.criteria import references as ref
from flr.criteria.adverse import Extent, embolisation_bar
from flr.formulas import Evidence, Reference
from flr.patient import Patient

Requirement = Literal[
    "a hemiliver that may be embolised, and no bar to it",
    "intent cure",
    "no biliary disease, no cirrhosis",
    "cirrhosis",
    "biliary disease whose remnant is not known to be drained",
    "no embolisation before",
    "an embolisation before",
    "tumour on the side that leaves and on the side that stays",
    "tumour that the plan leaves",
    "intent debulking",
    "a living donor",
    "no living donor",
]
"""What an option asks for, in words that the documentation prints."""


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """Where a requirement comes from; ``about`` says what it comes down to where its words do not."""

    reference: Reference
    evidence: Evidence
    about: str = ""


_POLICY: Final = RequirementRow(ref.TOOLKIT_POLICY, "unverified")

REQUIREMENTS: Final[Mapping[Requirement, RequirementRow]] = MappingProxyType(
    {
        "a hemiliver that may be embolised, and no bar to it": RequirementRow(
            Reference("Textbooks of portal vein embolisation, portal hypertension as a bar (no DOI)"),
            "V2",
            "segments 5 to 8 or 2 to 4 leave whole, or it is not known which segments leave; no Child-Pugh B "
            "or C and no portal hypertension, stated or by varices, by platelets below 100·10⁹/L with an "
            "enlarged spleen, or by such platelets in cirrhosis",
        ),
        "intent cure": _POLICY,
        "no biliary disease, no cirrhosis": RequirementRow(
            Reference("ALPPS in perihilar cholangiocarcinoma, 29 patients (no DOI recorded; PMC5662942)"),
            "V1",
            "14 of 29 died within 90 days; in cirrhosis policy",
        ),
        "cirrhosis": RequirementRow(
            Reference("Azoulay D et al. Ann Surg 2000;232:665-72 (no DOI recorded; PMC1421241)"), "V2"
        ),
        "biliary disease whose remnant is not known to be drained": RequirementRow(ref.WIGGERS_2016, "V1"),
        "no embolisation before": _POLICY,
        "an embolisation before": _POLICY,
        "tumour on the side that leaves and on the side that stays": RequirementRow(
            Reference("Kawaguchi Y et al. 2019 (no DOI recorded; PMC6422720)"), "V2"
        ),
        "tumour that the plan leaves": _POLICY,
        "intent debulking": _POLICY,
        "a living donor": _POLICY,
        "no living donor": _POLICY,
    }
)
"""Source of every requirement."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option to discuss: its key in documents, what it is, and everything that it requires."""

    key: str
    text: str
    requires: tuple[Requirement, ...] = ()


_MAY: Final = "a hemiliver that may be embolised, and no bar to it"

OPTIONS: Final = (
    Option(
        "drain_remnant", "drain the remnant", ("biliary disease whose remnant is not known to be drained",)
    ),
    Option(
        "portal_vein_embolisation",
        "portal vein embolisation",
        (_MAY, "intent cure", "no embolisation before"),
    ),
    Option(
        "double_vein_embolisation",
        "portal and hepatic vein embolisation",
        (_MAY, "intent cure", "no embolisation before", "no biliary disease, no cirrhosis"),
    ),
    Option(
        "tace_first",
        "TACE before an embolisation",
        (_MAY, "intent cure", "no embolisation before", "cirrhosis"),
    ),
    Option(
        "hepatic_vein_embolisation",
        "hepatic vein embolisation",
        (_MAY, "intent cure", "an embolisation before"),
    ),
    Option("wait_and_measure_again", "wait and measure again", ("an embolisation before",)),
    Option("alpps", "ALPPS in selected patients", (_MAY, "intent cure", "no biliary disease, no cirrhosis")),
    Option(
        "two_stage_hepatectomy",
        "two-stage hepatectomy",
        (_MAY, "intent cure", "tumour on the side that leaves and on the side that stays"),
    ),
    Option("remove_less", "remove less: parenchyma-sparing resection, ablation", ("intent debulking",)),
    Option("another_plan", "another plan", ("no living donor",)),
    Option("ablation", "ablation", ("no living donor",)),
    Option("transplant_referral", "referral for transplantation", ("cirrhosis", "no living donor")),
    Option("referral", "referral", ("no living donor",)),
    Option("non_resection_strategy", "a strategy without resection", ("no living donor",)),
    Option("add_resection", "a further resection", ("tumour that the plan leaves", "no living donor")),
    Option(
        "state_debulking_intent",
        "state a debulking intent",
        ("tumour that the plan leaves", "no living donor"),
    ),
    Option("function_test", "a function test", ("no living donor",)),
    Option("repeat_measurement", "repeat the measurement"),
    Option("another_graft", "another graft: left, posterior, dual", ("a living donor",)),
    Option("fat_fraction_or_biopsy", "fat fraction or biopsy of the liver", ("a living donor",)),
)
"""Every option that a headline may name."""


def eligible(
    patient: Patient,
    extent: Extent,
    *,
    debulking: bool,
    tumour_stays: bool,
    tumour_on_both_sides: bool,
) -> frozenset[str]:
    """Keys of the options whose every requirement is met.

    Parameters
    ----------
    patient : Patient
    extent : Extent
        What leaves; where it is not known by segments, the patient alone decides.
    debulking : bool
        Whether the intent is not to cure.
    tumour_stays, tumour_on_both_sides : bool
        Whether the plan leaves tumour against the intent, and removes some as well.

    Examples
    --------
    >>> sorted(eligible(Patient(condition="normal"), Extent(segments=tuple("458")), debulking=False,
    ...                 tumour_stays=False, tumour_on_both_sides=False))
    ['ablation', 'another_plan', 'function_test', 'non_resection_strategy', 'referral', 'repeat_measurement']
    """
    biliary, cirrhosis = patient.is_biliary, "cirrhosis" in patient.conditions
    barred = patient.is_donor or bool(embolisation_bar(patient, extent, debulking=debulking))
    done = "embolisation" in patient.prior
    met: set[str] = {
        word
        for word, holds in {
            _MAY: not barred,
            "intent cure": not debulking,
            "intent debulking": debulking,
            "no biliary disease, no cirrhosis": not (biliary or cirrhosis),
            "cirrhosis": cirrhosis,
            "biliary disease whose remnant is not known to be drained": biliary
            and patient.remnant_drained is not True,
            "no embolisation before": not done,
            "an embolisation before": done,
            "tumour on the side that leaves and on the side that stays": tumour_on_both_sides,
            "tumour that the plan leaves": tumour_stays,
            "a living donor": patient.is_donor,
            "no living donor": not patient.is_donor,
        }.items()
        if holds
    }
    return frozenset(option.key for option in OPTIONS if met.issuperset(option.requires))


def named(wanted: Iterable[str], allowed: frozenset[str]) -> tuple[str, ...]:
    """The options that a headline may name, of those it would, in their order and each once."""
    return tuple(key for key in dict.fromkeys(wanted) if key in allowed)
