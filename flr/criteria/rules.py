"""What a given fact does to a flag: one row for each limit, with its source, which the grading itself reads.

Limits of the remnant (shares, body size, function tests, growth) are rows of :data:`flr.criteria.CRITERIA`;
everything else that the criteria compare with a number or a word stands here, and ``flr criteria`` lists it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from flr.checks.sizes import DONOR_SIZE_RATIO, SIZE_RATIO_NOTABLE, SIZE_RATIO_POSSIBLE
from flr.criteria import references as ref
from flr.criteria.growth import (
    GRADABLE_DAYS,
    MOST_SLOW_PROBABILITY,
    OLTHOF_2017_ALPPS,
    VAN_LIENDEN_2013,
)
from flr.formulas import LEAST_BSA_M2, STANDARD_BSA_M2, Evidence, Reference
from flr.measures import MEAN_PVE_GROWTH_PERCENT, MEDIAN_ALPPS_GROWTH_PERCENT
from flr.patient import (
    ADULT_AGE_YEARS,
    CHEMOTHERAPY_WEEKS,
    GILBERT_CONJUGATED_PERCENT,
    HIGH_BMI_KG_PER_M2,
    NORMAL_ALBUMIN_G_PER_L,
    NORMAL_INR,
    PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L,
)

Comparison = Literal["is", "at_least", "above", "at_most", "below"]
"""How a rule compares, as its source does."""

RuleExtent = Literal["any", "major", "minor"]
"""Resections that a rule is for: any, of three segments or more, or of fewer."""

RuleEffect = Literal[
    "not_applicable",
    "blocks_grading",
    "adverse_fact",
    "question",
    "school_objects",
    "at_best_borderline",
    "not_graded",
    "counts_as",
    "warning",
    "note",
]
"""What a rule does: ``school_objects`` leaves ``borderline`` at best, and two such schools are an
``adverse_fact``; ``not_graded`` takes a limit out of the grading; ``counts_as`` decides which other rule
applies."""


FOLLOW_UP: Final = "follow_up"
"""What a rule needs that is asked between two scans only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRule:
    """One thing that the criteria ask of a given fact.

    Parameters
    ----------
    key : str
    fact : str
        Key of the fact, of the measure or of what is derived from the plan.
    comparison : {"is", "at_least", "above", "at_most", "below"}
    limit : float or str
        In ``unit``; a word where the comparison is ``is``.
    unit : str
    effect : str
    background : {"", "cirrhosis", "biliary"}
        Background that it is for; empty for any.
    when : str
        What else must be true beside it, in words; empty for every adult.
    needs : str
        Another fact without which the rule is not asked; empty where ``fact`` itself is enough.
    said_as : str
        Key of the note by which a result says that the rule holds; empty where there is none.
    extent : {"any", "major", "minor"}
    is_policy : bool
        Whether the limit, or what it does here, is a choice of this toolkit and of no publication.
    reference : Reference
    evidence : str
    note : str
    """

    key: str
    fact: str
    comparison: Comparison
    limit: float | str
    unit: str = ""
    effect: RuleEffect
    background: Literal["", "cirrhosis", "biliary"] = ""
    when: str = ""
    needs: str = ""
    said_as: str = ""
    extent: RuleExtent = "any"
    is_policy: bool = False
    reference: Reference
    evidence: Evidence
    note: str = ""

    @property
    def number(self) -> float:
        """The limit of a rule that compares numbers. Raises TypeError for one that compares a word."""
        if isinstance(self.limit, str):
            raise TypeError(f"the rule {self.key} compares a word; this is a fault in flr")
        return self.limit

    def holds(self, value: float | str | None) -> bool:
        """Whether a value is what the rule is about, unrounded; what is not known never is.

        >>> BILIRUBIN_HIGH.holds(2.0), BILIRUBIN_HIGH.holds(1.999), BILIRUBIN_HIGH.holds(None)
        (True, False, False)
        """
        if value is None:
            return False
        if self.comparison == "is" or isinstance(value, str):
            return value == self.limit
        match self.comparison:
            case "at_least":
                return value >= self.number
            case "above":
                return value > self.number
            case "at_most":
                return value <= self.number
            case "below":
                return value < self.number


def _policy(
    key: str,
    fact: str,
    comparison: Comparison,
    limit: float | str,
    unit: str,
    effect: RuleEffect,
    *,
    when: str = "",
    needs: str = "",
    said_as: str = "",
    note: str = "",
    reference: Reference = ref.TOOLKIT_POLICY,
    evidence: Evidence = "unverified",
) -> FactRule:
    """A rule that is a choice of this toolkit."""
    return FactRule(
        key=key,
        fact=fact,
        comparison=comparison,
        limit=limit,
        unit=unit,
        effect=effect,
        when=when,
        needs=needs,
        said_as=said_as,
        is_policy=True,
        reference=reference,
        evidence=evidence,
        note=note,
    )


# --- how much leaves --------------------------------------------------------------------------

MAJOR_SEGMENTS: Final = FactRule(
    key="major_by_segments",
    fact="resected_segments",
    comparison="at_least",
    limit=3.0,
    unit="segments",
    effect="counts_as",
    reference=ref.CITTERIO_2016,
    evidence="V1",
    note="a major resection; 4a or 4b alone is half a segment",
)
MAJOR_PERCENT: Final = _policy(
    "major_by_share",
    "resected_percent",
    "above",
    33.0,
    "%",
    "counts_as",
    when="segments do not tell",
    note="a major resection",
)

# --- liver disease ----------------------------------------------------------------------------

CHILD_PUGH_C: Final = FactRule(
    key="child_pugh_c",
    fact="child_pugh",
    comparison="is",
    limit="C",
    effect="adverse_fact",
    reference=ref.TROISI_2021,
    evidence="V1",
    said_as="child_pugh_not_a",
)
CHILD_PUGH_B: Final = FactRule(
    key="child_pugh_b_major",
    fact="child_pugh",
    comparison="is",
    limit="B",
    effect="adverse_fact",
    extent="major",
    reference=ref.TROISI_2021,
    evidence="V1",
    note="matched resections: 90-day mortality 4.0 and 2.0 %, morbidity B7 21/76, B8 10/16, B9 7/8",
    said_as="child_pugh_not_a",
)
CHILD_PUGH_B_MINOR: Final = FactRule(
    key="child_pugh_b_minor",
    fact="child_pugh",
    comparison="is",
    limit="B",
    effect="at_best_borderline",
    extent="minor",
    reference=ref.TROISI_2021,
    evidence="V1",
    said_as="child_pugh_not_a",
)
PORTAL_HYPERTENSION: Final = FactRule(
    key="portal_hypertension_major",
    fact="portal_hypertension",
    comparison="is",
    limit="yes",
    effect="adverse_fact",
    extent="major",
    reference=ref.CITTERIO_2016,
    evidence="V1",
    note="543 patients, decompensation: odds ratio 2.41 for a major resection, 2.20 for portal hypertension",
    said_as="portal_hypertension_present",
)
PORTAL_HYPERTENSION_MINOR: Final = FactRule(
    key="portal_hypertension_minor",
    fact="portal_hypertension",
    comparison="is",
    limit="yes",
    effect="at_best_borderline",
    extent="minor",
    reference=ref.SANTAMBROGIO_2013,
    evidence="V1",
    note="minor resections: mortality equal, liver morbidity 29 against 14 %",
    said_as="portal_hypertension_present",
)
VARICES: Final = FactRule(
    key="varices_count",
    fact="varices",
    comparison="is",
    limit="yes",
    effect="counts_as",
    reference=ref.SANTAMBROGIO_2013,
    evidence="V1",
    note="portal hypertension",
    said_as="portal_hypertension_present",
)
PLATELETS_WITH_SPLEEN: Final = FactRule(
    key="platelets_with_enlarged_spleen",
    fact="platelets_10e9_per_l",
    comparison="below",
    limit=PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L,
    unit="10⁹/L",
    effect="counts_as",
    when="the spleen is enlarged",
    reference=ref.SANTAMBROGIO_2013,
    evidence="V1",
    note="portal hypertension",
)
PLATELETS_CIRRHOSIS: Final = FactRule(
    key="platelets_in_cirrhosis_major",
    fact="platelets_10e9_per_l",
    comparison="below",
    limit=PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L,
    unit="10⁹/L",
    effect="adverse_fact",
    background="cirrhosis",
    extent="major",
    reference=ref.PLATELETS_198,
    evidence="V1",
    note="198 carcinomas, at most 100·10⁹/L: relative risk 12.5",
    said_as="platelets_low",
)
PLATELETS_CIRRHOSIS_MINOR: Final = FactRule(
    key="platelets_in_cirrhosis_minor",
    fact="platelets_10e9_per_l",
    comparison="below",
    limit=PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L,
    unit="10⁹/L",
    effect="at_best_borderline",
    background="cirrhosis",
    extent="minor",
    reference=ref.PLATELETS_198,
    evidence="V1",
    said_as="platelets_low",
)
PLATELETS_ELSEWHERE: Final = FactRule(
    key="platelets_without_cirrhosis",
    fact="platelets_10e9_per_l",
    comparison="below",
    limit=PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L,
    unit="10⁹/L",
    effect="at_best_borderline",
    when="no cirrhosis, and a major resection or a remnant below the share of the next row; else a note",
    reference=ref.PLATELETS_213,
    evidence="V1",
    note="213 extended hepatectomies: odds ratio 4.4; with a spleen larger by half thrombocytopenia in 27 "
    "against 5 % (Overman 2010, doi:10.1200/JCO.2009.27.5701)",
    said_as="platelets_low",
)
PLATELETS_REMNANT: Final = _policy(
    "platelets_remnant_share",
    "flr_percent_of_measured",
    "below",
    50.0,
    "%",
    "counts_as",
    when="platelets below 100·10⁹/L without cirrhosis",
    needs="platelets_10e9_per_l",
    note="as a major resection",
)
PLATELETS_PAIR: Final = FactRule(
    key="platelets_high_risk_pair",
    fact="platelets_10e9_per_l",
    comparison="below",
    limit=140.0,
    unit="10⁹/L",
    effect="note",
    background="cirrhosis",
    when="a short remnant per body weight as well",
    reference=ref.NAVARRO_2020,
    evidence="V1",
    note="both: 9 of 12 had clinically relevant failure, one: 5 of 38, none: 1 of 40",
    said_as="platelets_low_high_risk_pair",
)
NORMAL_CONTRADICTED: Final = _policy(
    "normal_with_liver_disease",
    "conditions",
    "is",
    "normal",
    "",
    "question",
    when="together with Child-Pugh B or C or portal hypertension",
    said_as="background_contradicted",
)
PORTAL_HYPERTENSION_DENIED: Final = _policy(
    "portal_hypertension_denied",
    "portal_hypertension",
    "is",
    "no",
    "",
    "question",
    when="together with varices, or platelets below 100·10⁹/L and an enlarged spleen",
    said_as="portal_hypertension_contradicted",
)

# --- bilirubin, ascites -----------------------------------------------------------------------

BILIRUBIN_HIGH: Final = FactRule(
    key="bilirubin_high",
    fact="bilirubin_mg_per_dl",
    comparison="at_least",
    limit=2.0,
    unit="mg/dL",
    effect="adverse_fact",
    when="not biliary disease, and not explained by Gilbert's syndrome",
    reference=ref.MAKUUCHI_TREE,
    evidence="V2",
    note="34.2 µmol/L; from it on R15 is not used",
    said_as="bilirubin_high",
)
BILIRUBIN_BILIARY_HIGH: Final = FactRule(
    key="bilirubin_in_biliary_disease_high",
    fact="bilirubin_umol_per_l",
    comparison="above",
    limit=50.0,
    unit="µmol/L",
    effect="adverse_fact",
    background="biliary",
    reference=ref.OLTHOF_2017_PHC,
    evidence="V1",
    note="217 perihilar carcinomas: odds ratio 4.3 for liver failure; drain, and wait",
    needs="bilirubin_mg_per_dl",
    said_as="bilirubin_high",
)
BILIRUBIN_BILIARY: Final = FactRule(
    key="bilirubin_in_biliary_disease",
    fact="bilirubin_mg_per_dl",
    comparison="at_least",
    limit=BILIRUBIN_HIGH.limit,
    unit="mg/dL",
    effect="at_best_borderline",
    background="biliary",
    reference=ref.MAKUUCHI_TREE,
    evidence="V2",
    note="drain, and wait",
    said_as="bilirubin_high",
)
GILBERT: Final = FactRule(
    key="bilirubin_gilbert",
    fact="conjugated_bilirubin_percent",
    comparison="below",
    limit=GILBERT_CONJUGATED_PERCENT,
    unit="%",
    effect="counts_as",
    when="with normal albumin and INR; or the cause is given as gilbert, and nothing given contradicts it",
    reference=ref.GILBERT_DONORS,
    evidence="V1",
    note="explained by Gilbert's syndrome, a note; 12 of 2140 right donors had 2 mg/dL or more, uneventful",
    said_as="bilirubin_gilbert",
)
GILBERT_ALBUMIN: Final = _policy(
    "gilbert_normal_albumin",
    "albumin_g_per_l",
    "at_least",
    NORMAL_ALBUMIN_G_PER_L,
    "g/L",
    "counts_as",
    note="normal, as Gilbert's syndrome asks",
)
GILBERT_INR: Final = _policy(
    "gilbert_normal_inr",
    "inr",
    "at_most",
    NORMAL_INR,
    "",
    "counts_as",
    note="normal, as Gilbert's syndrome asks",
)
ASCITES: Final = FactRule(
    key="ascites_uncontrolled",
    fact="ascites",
    comparison="is",
    limit="uncontrolled",
    effect="adverse_fact",
    reference=ref.MAKUUCHI_TREE,
    evidence="V2",
    said_as="ascites",
)
ASCITES_CONTROLLED: Final = _policy(
    "ascites_controlled",
    "ascites",
    "is",
    "controlled",
    "",
    "note",
    note="the dry weight is a guess: the error of the weight is taken as larger",
    said_as="ascites",
)

# --- indocyanine green ------------------------------------------------------------------------

TREE_R15: Final = tuple(
    FactRule(
        key=f"makuuchi_r15_{limit}",
        fact="icg_r15_percent",
        comparison="at_least",
        limit=float(limit),
        unit="%",
        effect="school_objects",
        when="chronic liver disease, and from 20 % on every adult; more leaves than the step allows",
        said_as="icg_schools",
        reference=ref.MAKUUCHI_TREE,
        evidence="V2",
        note=f"Tokyo allows {allowed}; below 10 % a right hepatectomy or trisectionectomy",
    )
    for limit, allowed in (
        (40, "enucleation"),
        (30, "a limited resection"),
        (20, "one segment"),
        (10, "a left hepatectomy or one section"),
    )
)
"""Steps of Makuuchi's tree by R15, from the strictest on."""

_YAMANAKA_ENDS: Final[tuple[tuple[str, Comparison, float, str], ...]] = (
    ("yamanaka_risky", "above", 55.0, "risky"),
    ("yamanaka_borderline", "at_least", 45.0, "borderline"),
)

TREE_FOR_ALL: Final = _policy(
    "makuuchi_r15_without_liver_disease",
    "icg_r15_percent",
    "at_least",
    20.0,
    "%",
    "counts_as",
    note="a retention at which the tree is asked in every adult: no healthy liver has it",
)
TREE_SIXTH: Final = _policy(
    "makuuchi_share_of_a_segment",
    "resected_percent",
    "above",
    100.0 / 6.0,
    "%",
    "school_objects",
    when="Makuuchi's step is one segment or less, and the segments do not fit it",
    needs="icg_r15_percent",
    reference=ref.MAKUUCHI_TREE,
    note="about 1/6; the share alone never objects where the segments fit",
)
TREE_THIRD: Final = _policy(
    "makuuchi_share_of_a_section",
    "resected_percent",
    "above",
    100.0 / 3.0,
    "%",
    "school_objects",
    when="Makuuchi's step is a left hepatectomy or one section, and the segments do not fit it",
    needs="icg_r15_percent",
    reference=ref.MAKUUCHI_TREE,
    note="about 1/3; the share alone never objects where the segments fit",
)
_BILIRUBIN_STEPS: Final[tuple[tuple[str, Comparison, float, str], ...]] = (
    ("makuuchi_bilirubin_1_6", "at_least", 1.6, "enucleation"),
    ("makuuchi_bilirubin_1_0", "above", 1.0, "a limited resection"),
)
TREE_BILIRUBIN: Final = tuple(
    FactRule(
        key=key,
        fact="bilirubin_mg_per_dl",
        comparison=comparison,
        limit=limit,
        unit="mg/dL",
        effect="school_objects",
        when="R15 given; chronic liver disease, or an R15 of 20 % and more; more leaves than the step allows",
        needs="icg_r15_percent",
        said_as="icg_schools",
        reference=ref.MAKUUCHI_TREE,
        evidence="V2",
        note=f"Tokyo allows {allowed}, whatever R15 and Kubota's row say",
    )
    for key, comparison, limit, allowed in _BILIRUBIN_STEPS
)
"""Steps of Makuuchi's tree by bilirubin, from the strictest on."""

KUBOTA_BELOW_10: Final = FactRule(
    key="kubota_r15_below_10",
    fact="flr_percent_of_measured",
    comparison="below",
    limit=40.0,
    unit="%",
    effect="school_objects",
    when="R15 below 10 %, cirrhosis or a step of the tree",
    needs="icg_r15_percent",
    reference=ref.KUBOTA_1997,
    evidence="V1",
    note="up to 60 % may leave; clears what the tree refuses by R15, not by bilirubin",
    said_as="icg_schools",
)
KUBOTA_10_TO_20: Final = FactRule(
    key="kubota_r15_10_to_20",
    fact="flr_percent_of_measured",
    comparison="below",
    limit=50.0,
    unit="%",
    effect="school_objects",
    when="R15 from 10 % to below 20 %, cirrhosis or a step of the tree",
    needs="icg_r15_percent",
    reference=ref.KUBOTA_1997,
    evidence="V1",
    note="embolised first; clears what the tree refuses by R15, not by bilirubin; no row from 20 % on",
    said_as="icg_schools",
)
TAKASAKI_CIRRHOSIS: Final = FactRule(
    key="takasaki_tolerated_cirrhosis",
    fact="icg_r15_percent",
    comparison="at_least",
    limit=40.0,
    unit="%",
    effect="school_objects",
    background="cirrhosis",
    when="below it, more leaves than 100·(ln T − ln R15)/(ln 100 − ln R15) % with T the limit",
    reference=ref.TAKASAKI,
    evidence="V2",
    note="nothing may leave",
    said_as="icg_schools",
)
TAKASAKI: Final = FactRule(
    key="takasaki_tolerated",
    fact="icg_r15_percent",
    comparison="at_least",
    limit=50.0,
    unit="%",
    effect="school_objects",
    when="no cirrhosis; below it as in cirrhosis",
    reference=ref.TAKASAKI,
    evidence="V2",
    note="nothing may leave",
    said_as="icg_schools",
)
YAMANAKA: Final = tuple(
    FactRule(
        key=key,
        fact="prediction_score_yamanaka",
        comparison=comparison,
        limit=limit,
        effect="note",
        when="R15 and age given: −84.6 + 0.933·resected % + 1.12·R15 + age",
        needs="icg_r15_percent",
        reference=ref.YAMANAKA_1994,
        evidence="V1",
        note=f"{said}; information only",
    )
    for key, comparison, limit, said in _YAMANAKA_ENDS
)
"""Ends of Yamanaka's prediction score, the higher first; no flag depends on them."""

ONE_SCHOOL: Final = _policy(
    "icg_one_school_objects",
    "icg_schools_objecting",
    "at_least",
    1.0,
    "schools",
    "at_best_borderline",
    needs="icg_r15_percent",
)
TWO_SCHOOLS: Final = _policy(
    "icg_two_schools_object",
    "icg_schools_objecting",
    "at_least",
    2.0,
    "schools",
    "adverse_fact",
    needs="icg_r15_percent",
)

# --- notes of the patient ---------------------------------------------------------------------

EXTRAHEPATIC: Final = FactRule(
    key="extrahepatic_disease_untreated",
    fact="extrahepatic_disease",
    comparison="is",
    limit="untreated",
    effect="note",
    when="intent cure; said first",
    reference=ref.EXTRAHEPATIC_2008,
    evidence="V1",
    said_as="extrahepatic_disease",
)
OLD_AGE: Final = _policy(
    "age_80_or_over",
    "age_years",
    "at_least",
    80.0,
    "years",
    "note",
    note="the minimums were not derived there",
    said_as="age_80_or_over",
)
ECOG_POOR: Final = _policy(
    "ecog_2_or_more",
    "ecog",
    "at_least",
    2.0,
    "",
    "note",
    note="the minimums were not derived there",
    said_as="ecog_2_or_more",
)
CHEMOTHERAPY: Final = FactRule(
    key="chemotherapy_weeks",
    fact="chemotherapy_weeks",
    comparison="above",
    limit=CHEMOTHERAPY_WEEKS,
    unit="weeks",
    effect="counts_as",
    reference=ref.SHINDOH_2013_CHEMOTHERAPY,
    evidence="V2",
    note="the background chemotherapy, beside whatever is stated",
    said_as="chemotherapy_is_a_background",
)
CHEMOTHERAPY_INJURY: Final = tuple(
    FactRule(
        key=f"chemotherapy_{agent}",
        fact="chemotherapy_agents",
        comparison="is",
        limit=agent,
        effect="note",
        said_as="chemotherapy_injury",
        reference=ref.ZORZI_2007,
        evidence="V2",
        note=injury,
    )
    for agent, injury in (("oxaliplatin", "sinusoidal obstruction"), ("irinotecan", "steatohepatitis"))
)
CHILD: Final = _policy(
    "age_below_18",
    "age_years",
    "below",
    ADULT_AGE_YEARS,
    "years",
    "not_applicable",
    note="no adult cut-off",
    said_as="no_cut_off_under_18",
)

# --- the body ---------------------------------------------------------------------------------

HIGH_BMI: Final = _policy(
    "bmi_high",
    "bmi_kg_per_m2",
    "at_least",
    HIGH_BMI_KG_PER_M2,
    "kg/m²",
    "at_best_borderline",
    when="rows from body size fall short while the measured share passes; alone they make no flag below",
    said_as="body_size_discordant",
)
LARGE_SURFACE: Final = _policy(
    "body_surface_large",
    "bsa_m2",
    "above",
    STANDARD_BSA_M2[1],
    "m²",
    "at_best_borderline",
    when="rows from body size fall short while the measured share passes; alone they make no flag below",
    said_as="body_size_discordant",
)
SMALL_SURFACE: Final = _policy(
    "body_surface_small", "bsa_m2", "below", STANDARD_BSA_M2[0], "m²", "warning", note="graded, and warned of"
)
LEAST_SURFACE: Final = _policy(
    "body_surface_least",
    "bsa_m2",
    "below",
    LEAST_BSA_M2,
    "m²",
    "not_graded",
    note="the standardised share; the remaining rows must pass",
    said_as="body_size_out_of_range",
)
LEAST_WEIGHT: Final = _policy(
    "unknown_weight_least",
    "weight_kg",
    "at_least",
    40.0,
    "kg",
    "counts_as",
    when="the weight is not given",
    note="the least weight at which every row is tried",
)
MOST_WEIGHT: Final = _policy(
    "unknown_weight_most",
    "weight_kg",
    "at_most",
    150.0,
    "kg",
    "counts_as",
    when="the weight is not given",
    note="the highest weight at which every row is tried",
)
WEIGHT_STEP: Final = _policy(
    "unknown_weight_step",
    "weight_kg",
    "is",
    5.0,
    "kg",
    "counts_as",
    note="the step between the weights that are tried",
)
DONOR_WEIGHT: Final = _policy(
    "donor_weight_not_given",
    "weight_kg",
    "is",
    70.0,
    "kg",
    "question",
    when="a donor's weight is not given, and the remnant is below its least standardised share at this one",
    said_as="donor_body_unknown",
)
DONOR_HEIGHT: Final = _policy(
    "donor_height_not_given",
    "height_cm",
    "is",
    170.0,
    "cm",
    "question",
    when="a donor's height is not given, and the remnant is below its least standardised share at this one",
    said_as="donor_body_unknown",
)
SIZES: Final = (
    _policy(
        "liver_impossibly_small",
        "functional_to_standard_ratio",
        "below",
        SIZE_RATIO_POSSIBLE[0],
        "",
        "blocks_grading",
        when="no hepatectomy before",
        reference=ref.HOGAN_2015,
    ),
    _policy(
        "liver_impossibly_large",
        "functional_to_standard_ratio",
        "above",
        SIZE_RATIO_POSSIBLE[1],
        "",
        "blocks_grading",
        reference=ref.HOGAN_2015,
    ),
    _policy(
        "liver_small",
        "functional_to_standard_ratio",
        "below",
        SIZE_RATIO_NOTABLE[0],
        "",
        "warning",
        reference=ref.HOGAN_2015,
        note="healthy livers 594 to 2250 mL (Feng 2017); without cysts 1.01 ± 0.18 (men) and 1.05 ± 0.22 "
        "(women) of the standard volume",
    ),
    _policy(
        "liver_large",
        "functional_to_standard_ratio",
        "above",
        SIZE_RATIO_NOTABLE[1],
        "",
        "warning",
        reference=ref.HOGAN_2015,
    ),
    _policy(
        "donor_liver_small",
        "functional_to_standard_ratio",
        "below",
        DONOR_SIZE_RATIO[0],
        "",
        "blocks_grading",
        when="a living donor",
        note="a healthy liver, or half a segmentation",
    ),
    _policy(
        "donor_liver_large",
        "functional_to_standard_ratio",
        "above",
        DONOR_SIZE_RATIO[1],
        "",
        "blocks_grading",
        when="a living donor",
    ),
)

# --- certainty, growth ------------------------------------------------------------------------

BELOW_PROBABILITY: Final = _policy(
    "below_minimum_probability",
    "probability_at_or_below_minimum",
    "above",
    0.1,
    "",
    "at_best_borderline",
    note="by the error of measurement alone, of the worst graded share or the planned residual LiMAx",
    said_as="certainty_low",
)
SLOW_PROBABILITY: Final = _policy(
    "slow_growth_probability",
    "probability_of_slow_growth",
    "above",
    MOST_SLOW_PROBABILITY,
    "",
    "at_best_borderline",
    when="after an embolisation",
    needs=FOLLOW_UP,
)
EARLY_SCAN: Final = _policy(
    "growth_scan_early",
    "days_since_procedure",
    "below",
    float(GRADABLE_DAYS[0]),
    "days",
    "at_best_borderline",
    when="after an embolisation",
    needs=FOLLOW_UP,
    reference=ref.SWEDISH_TWO_STAGE,
    evidence="V1",
    note="first week 5.4 ± 4, later 1.5 ± 2 pp/week; 7 ± 4 in those who reached their volume and 4.3 ± 2 in "
    "those who did not, p = 0.4",
)
LATE_SCAN: Final = _policy(
    "growth_scan_late",
    "days_since_procedure",
    "above",
    float(GRADABLE_DAYS[1]),
    "days",
    "not_graded",
    when="after an embolisation",
    needs=FOLLOW_UP,
    note="the rate; the degree of hypertrophy decides",
)
GROWTH_MEAN: Final = FactRule(
    key="growth_needed_above_pve",
    fact="growth_needed_percent",
    comparison="above",
    limit=MEAN_PVE_GROWTH_PERCENT,
    unit="%",
    effect="note",
    reference=VAN_LIENDEN_2013,
    evidence="V1",
    note="44 papers, 1791 patients",
)
GROWTH_MEDIAN: Final = FactRule(
    key="growth_needed_above_alpps",
    fact="growth_needed_percent",
    comparison="above",
    limit=MEDIAN_ALPPS_GROWTH_PERCENT,
    unit="%",
    effect="note",
    reference=OLTHOF_2017_ALPPS,
    evidence="V1",
    note="said in the headline: more than published augmentation reaches on average",
)

FACT_RULES: Final = (
    MAJOR_SEGMENTS,
    MAJOR_PERCENT,
    CHILD_PUGH_C,
    CHILD_PUGH_B,
    CHILD_PUGH_B_MINOR,
    PORTAL_HYPERTENSION,
    PORTAL_HYPERTENSION_MINOR,
    VARICES,
    PLATELETS_WITH_SPLEEN,
    PLATELETS_CIRRHOSIS,
    PLATELETS_CIRRHOSIS_MINOR,
    PLATELETS_ELSEWHERE,
    PLATELETS_REMNANT,
    PLATELETS_PAIR,
    NORMAL_CONTRADICTED,
    PORTAL_HYPERTENSION_DENIED,
    BILIRUBIN_HIGH,
    BILIRUBIN_BILIARY_HIGH,
    BILIRUBIN_BILIARY,
    GILBERT,
    GILBERT_ALBUMIN,
    GILBERT_INR,
    ASCITES,
    ASCITES_CONTROLLED,
    *TREE_R15,
    TREE_FOR_ALL,
    TREE_SIXTH,
    TREE_THIRD,
    *TREE_BILIRUBIN,
    KUBOTA_BELOW_10,
    KUBOTA_10_TO_20,
    TAKASAKI_CIRRHOSIS,
    TAKASAKI,
    *YAMANAKA,
    ONE_SCHOOL,
    TWO_SCHOOLS,
    EXTRAHEPATIC,
    CHEMOTHERAPY,
    *CHEMOTHERAPY_INJURY,
    OLD_AGE,
    ECOG_POOR,
    CHILD,
    HIGH_BMI,
    LARGE_SURFACE,
    SMALL_SURFACE,
    LEAST_SURFACE,
    LEAST_WEIGHT,
    MOST_WEIGHT,
    WEIGHT_STEP,
    DONOR_WEIGHT,
    DONOR_HEIGHT,
    *SIZES,
    BELOW_PROBABILITY,
    SLOW_PROBABILITY,
    EARLY_SCAN,
    LATE_SCAN,
    GROWTH_MEAN,
    GROWTH_MEDIAN,
)
"""Every rule, in the order of output."""
