"""Published numbers about tumours: burden, cytoreduction, margins, ablation. No flag depends on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from flr.criteria.model import Direction, Limit
from flr.formulas import Evidence, Reference

SASAKI_2018: Final = Reference(
    "Sasaki K et al. Ann Surg 2018;267:132-41", "10.1097/SLA.0000000000002064", doi_checked=False
)
SAKAMOTO_2023: Final = Reference("Sakamoto K et al. J Clin Transl Hepatol 2023", "10.14218/JCTH.2022.00383")
WANG_2013: Final = Reference(
    "Wang X et al. Cardiovasc Intervent Radiol 2013;36:166-75", "10.1007/s00270-012-0377-1"
)
COLLISION: Final = Reference(
    "COLLISION trial, Lancet Oncol 2025;26:187-99 (no DOI recorded; protocol PMC6094448)"
)
NET_REVIEW: Final = Reference(
    "Review of cytoreduction in neuroendocrine liver metastases (no DOI recorded; PMC7423566);"
    " Sarmiento JM et al. J Am Coll Surg 2003;197:29-37",
    "10.1016/S1072-7515(03)00230-8",
)
MAXWELL_2016: Final = Reference("Maxwell JE et al. Surgery 2016;159:320-35", "10.1016/j.surg.2015.05.040")
MAZZAFERRO_2016: Final = Reference(
    "Mazzaferro V et al. Am J Transplant 2016;16:2892-902", "10.1111/ajt.13831"
)
TRIAL_STRATA: Final = Reference("Usual strata of neuroendocrine trials, boundaries differ (no DOI)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TumourRule(Limit):
    """A limit about tumours; no flag depends on it.

    Parameters
    ----------
    direction : {"at_least", "above", "at_most"}
        How the source compares.
    diagnoses : tuple of str
        Diagnoses that it belongs to; empty for all.
    """

    direction: Direction
    diagnoses: tuple[str, ...] = ()

    def holds(self, value: float) -> bool:
        """Whether the value is on the source's side of the limit, unrounded; NaN never is."""
        return self.is_passed(value, self.direction)


MARGIN_R0: Final = TumourRule(
    key="margin_1_mm",
    measure="planned_margin_mm",
    limit=1.0,
    unit="mm",
    direction="at_least",
    reference=SAKAMOTO_2023,
    evidence="V1",
    note="resection margin that is usually called R0 by the pathologist; a plan has a planned margin",
)
MARGIN_WIDE: Final = TumourRule(
    key="margin_10_mm",
    measure="planned_margin_mm",
    limit=10.0,
    unit="mm",
    direction="at_least",
    reference=SAKAMOTO_2023,
    evidence="V1",
    note="associated with better disease-free survival (34.4 against 21.0 % at 5 years)",
)
ABLATION_MARGIN: Final = TumourRule(
    key="ablation_margin_5_mm",
    measure="planned_margin_mm",
    limit=5.0,
    unit="mm",
    direction="at_least",
    reference=WANG_2013,
    evidence="V2",
    note="least margin in planning an ablation",
)
ABLATION_MARGIN_AIM: Final = TumourRule(
    key="ablation_margin_10_mm",
    measure="planned_margin_mm",
    limit=10.0,
    unit="mm",
    direction="at_least",
    reference=WANG_2013,
    evidence="V2",
    note="aim in planning an ablation",
)
ABLATION_SIZE: Final = TumourRule(
    key="ablation_size_3_cm",
    measure="longest_diameter_mm",
    limit=30.0,
    unit="mm",
    direction="at_most",
    reference=COLLISION,
    evidence="V1",
    diagnoses=("crlm",),
    note="colorectal metastases of at most 3 cm, at most 10 of them",
)
DEBULKING: Final = TumourRule(
    key="debulked_70_percent",
    measure="debulked_percent",
    limit=70.0,
    unit="%",
    direction="at_least",
    reference=MAXWELL_2016,
    evidence="V2",
    diagnoses=("net",),
    note="lowered target; by volume here, some papers count lesions",
)
DEBULKING_CLASSIC: Final = TumourRule(
    key="debulked_90_percent",
    measure="debulked_percent",
    limit=90.0,
    unit="%",
    direction="above",
    reference=NET_REVIEW,
    evidence="V1",
    diagnoses=("net",),
    note="classic target; by volume here, some papers count lesions",
)
MILAN_INVOLVEMENT: Final = TumourRule(
    key="milan_net_involvement",
    measure="hepatic_tumour_burden_percent",
    limit=50.0,
    unit="%",
    direction="at_most",
    reference=MAZZAFERRO_2016,
    evidence="V2",
    diagnoses=("net",),
    note="one of several Milan-NET criteria; the others are not assessed here",
)
BURDEN_STRATA: Final = tuple(
    TumourRule(
        key=f"burden_{limit}_percent",
        measure="hepatic_tumour_burden_percent",
        limit=float(limit),
        unit="%",
        direction="above",
        reference=TRIAL_STRATA,
        evidence="unverified",
        diagnoses=("net",),
        note="lower end of a stratum",
    )
    for limit in (10, 25, 50)
)
BURDEN_SCORE_ZONES: Final = tuple(
    TumourRule(
        key=f"tumour_burden_score_{limit}",
        measure="tumour_burden_score",
        limit=float(limit),
        unit="",
        direction="at_least",
        reference=SASAKI_2018,
        evidence="V2",
        diagnoses=("crlm",),
        note="lower end of a zone; specimen based, loses meaning after neoadjuvant chemotherapy",
    )
    for limit in (3, 9)
)

TUMOUR_RULES: Final = (
    MARGIN_R0,
    MARGIN_WIDE,
    ABLATION_MARGIN,
    ABLATION_MARGIN_AIM,
    ABLATION_SIZE,
    DEBULKING,
    DEBULKING_CLASSIC,
    MILAN_INVOLVEMENT,
    *BURDEN_STRATA,
    *BURDEN_SCORE_ZONES,
)
"""Every published number about tumours that is used."""

MarginGrade = Literal[
    "at_least_10_mm",
    "at_least_5_mm",
    "at_least_1_mm",
    "below_5_mm",
    "below_1_mm",
    "not_resolvable",
    "cut_through",
    "left",
    "none_near",
]

MARGIN_GRADE_TEXTS: Final = {
    "at_least_10_mm": "planned margin of at least 10 mm, the voxel size allowed for",
    "at_least_5_mm": "planned ablation margin of at least 5 mm, the voxel size allowed for",
    "at_least_1_mm": "planned margin of at least 1 mm, the voxel size allowed for",
    "below_5_mm": "planned ablation margin below 5 mm, or not resolvable at this voxel size",
    "below_1_mm": "planned margin below 1 mm even with the voxel size allowed for",
    "not_resolvable": "not resolvable: at this voxel size the margin cannot be told from less than 1 mm",
    "cut_through": "the plan cuts through the tumour",
    "left": "the plan leaves the tumour",
    "none_near": "no liver stays that the margin could be measured to",
}


def grade_margin(fate: str, margin_mm: float | None, error_mm: float) -> MarginGrade:
    """Grade a planned margin by its lower bound.

    Parameters
    ----------
    fate : {"resected", "ablated", "left", "cut_through"}
    margin_mm : float or None
        Planned margin. [mm]
    error_mm : float
        What the voxel size leaves open; taken off before the margin is compared. [mm]

    Examples
    --------
    >>> grade_margin("resected", 12.0, 0.9), grade_margin("resected", 10.5, 0.9)
    ('at_least_10_mm', 'at_least_1_mm')
    >>> grade_margin("resected", 1.5, 0.9), grade_margin("resected", 0.0, 0.5)
    ('not_resolvable', 'below_1_mm')
    """
    if fate in ("left", "cut_through"):
        return "left" if fate == "left" else "cut_through"
    if margin_mm is None:
        return "none_near"
    least = margin_mm - error_mm
    if fate == "ablated":
        if ABLATION_MARGIN_AIM.holds(least):
            return "at_least_10_mm"
        return "at_least_5_mm" if ABLATION_MARGIN.holds(least) else "below_5_mm"
    if MARGIN_WIDE.holds(least):
        return "at_least_10_mm"
    if MARGIN_R0.holds(least):
        return "at_least_1_mm"
    return "not_resolvable" if MARGIN_R0.holds(margin_mm + error_mm) else "below_1_mm"


ABLATION_WARNING_TEXTS: Final = {
    "ablation_above_3_cm": "longer than 3 cm, beyond the size that trials of ablation included",
    "ablation_meets_portal_vein": "the ablation zone reaches a portal vein: weigh injury and cooling",
    "ablation_meets_hepatic_vein": "the ablation zone reaches a hepatic vein: weigh cooling",
    "ablation_meets_hepatic_vessel": "the ablation zone reaches a vessel: weigh cooling",
    "ablation_meets_ivc": "the ablation zone reaches the inferior vena cava",
    "ablation_meets_hilum": "the ablation zone reaches the hilum, where the central bile ducts run",
    "ablation_vessels_unknown": "no vessels were given: nearness to hilum and large vessels is not assessed",
}


def ablation_warnings(
    longest_diameter_mm: float, zone_meets: Sequence[str], *, vessels_known: bool
) -> tuple[str, ...]:
    """Keys of what is to be weighed about an ablation; :data:`ABLATION_WARNING_TEXTS` has the sentences.

    >>> ablation_warnings(31.0, ("portal_vein",), vessels_known=True)
    ('ablation_above_3_cm', 'ablation_meets_portal_vein')
    """
    found = [] if ABLATION_SIZE.holds(longest_diameter_mm) else ["ablation_above_3_cm"]
    found += [f"ablation_meets_{what}" for what in zone_meets]
    return tuple(found if vessels_known else [*found, "ablation_vessels_unknown"])


@dataclass(frozen=True, slots=True)
class BurdenFact:
    """One number about the tumours and what it says, for the diagnoses that it belongs to.

    ``unit`` is the unit of ``value``; ``verdict`` is a word of the source, such as a stratum or a zone.
    """

    key: str
    value: float
    unit: str
    verdict: str
    reference: Reference
    evidence: Evidence
    note: str = ""


def burden_facts(
    *,
    diagnosis: str | None,
    count: int,
    burden_percent: float,
    burden_score: float | None,
    debulked_percent: float | None,
    debulking: bool,
    ablatable: int,
) -> tuple[BurdenFact, ...]:
    """What is published about such a burden, for one diagnosis; empty where nothing belongs to it.

    Parameters
    ----------
    diagnosis : str or None
    count : int
        Tumours.
    burden_percent : float
        Tumour per liver, tumour included. [%]
    burden_score : float or None
        Tumour burden score.
    debulked_percent : float or None
        Tumour volume that the plan treats. [%]
    debulking : bool
        Whether that is what the plan is for: the share is then shown for every diagnosis.
    ablatable : int
        Tumours of at most 3 cm.

    Examples
    --------
    >>> facts = burden_facts(diagnosis="net", count=3, burden_percent=50.0, burden_score=4.0,
    ...                      debulked_percent=90.0, debulking=True, ablatable=2)
    >>> [(fact.key, fact.verdict) for fact in facts][:3]
    [('burden_stratum', '>25-50 %'), ('milan_net_involvement', 'within'), ('debulked_70_percent', 'reached')]
    """
    facts: list[BurdenFact] = []
    if diagnosis == "net":
        facts.append(_stratum(burden_percent))
        facts.append(_fact(MILAN_INVOLVEMENT, burden_percent, "within", "exceeded"))
    if debulked_percent is not None and (debulking or diagnosis == "net"):
        facts += [
            _fact(rule, debulked_percent, "reached", "not reached") for rule in (DEBULKING, DEBULKING_CLASSIC)
        ]
    if diagnosis == "crlm":
        if burden_score is not None:
            zone = 1 + sum(rule.holds(burden_score) for rule in BURDEN_SCORE_ZONES)
            rule = BURDEN_SCORE_ZONES[0]
            facts.append(
                BurdenFact(
                    "tumour_burden_score",
                    burden_score,
                    "",
                    f"zone {zone}",
                    rule.reference,
                    rule.evidence,
                    "specimen based in the source; loses meaning after neoadjuvant chemotherapy",
                )
            )
        facts.append(
            BurdenFact(
                ABLATION_SIZE.key,
                float(ablatable),
                "tumours",
                f"{ablatable} of {count} at most 3 cm",
                ABLATION_SIZE.reference,
                ABLATION_SIZE.evidence,
                ABLATION_SIZE.note,
            )
        )
    return tuple(facts)


def _stratum(burden_percent: float) -> BurdenFact:
    names = ("0-10 %", ">10-25 %", ">25-50 %", ">50 %")
    rank = sum(rule.holds(burden_percent) for rule in BURDEN_STRATA)
    rule = BURDEN_STRATA[0]
    return BurdenFact(
        "burden_stratum",
        burden_percent,
        "%",
        names[rank],
        rule.reference,
        rule.evidence,
        "usual trial strata; boundaries differ between trials",
    )


def _fact(rule: TumourRule, value: float, true: str, false: str) -> BurdenFact:
    verdict = true if rule.holds(value) else false
    return BurdenFact(rule.key, value, rule.unit, verdict, rule.reference, rule.evidence, rule.note)
