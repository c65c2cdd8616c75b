"""Growth after embolisation or ALPPS: published limits, what they are for, and what growth was published.

A limit of the standardised rate (pp/week) grades portal and double-vein embolisation, never ALPPS; the
relative rate (%/day) grades ALPPS between its stages, never an embolisation. No rate is turned into another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from flr.criteria import references as ref
from flr.criteria.model import Criterion, Finding, Verdict, with_digits
from flr.formulas import Evidence, Reference
from flr.plans.staged import Procedure

EMBOLISATIONS: Final[tuple[Procedure, ...]] = ("pve", "lvd")

RIBERO_2007: Final = Reference(
    "Ribero D et al. Br J Surg 2007;94:1386-94", "10.1002/bjs.5836", doi_checked=False
)
LEUNG_2014: Final = Reference(
    "Leung U et al. J Am Coll Surg 2014;219:620-30", "10.1016/j.jamcollsurg.2014.04.022", doi_checked=False
)
TOMASSINI_2020: Final = Reference("Tomassini F et al. HPB 2020", "10.1016/j.hpb.2020.01.010")
KAMBAKAMBA_2016: Final = Reference("Kambakamba P et al. HPB 2016;18:800-5 (no DOI recorded)")
CROOME_2015: Final = Reference("Croome KP et al. HPB 2015 (no DOI recorded; PMC4430776)")
VAN_LIENDEN_2013: Final = Reference(
    "van Lienden KP et al. Cardiovasc Intervent Radiol 2013;36:25-34", "10.1007/s00270-012-0440-y"
)
OLTHOF_2017_ALPPS: Final = Reference(
    "Olthof PB et al. Surgery 2017, 60 patients between the stages of ALPPS (no DOI recorded)"
)
SEGMENT_4_SERIES: Final = Reference(
    "Right embolisation with and without segment 4, 73 patients (no DOI recorded; PMC5901738)"
)
PANARO_2019: Final = Reference("Panaro F et al. 2019 (no DOI recorded; PMC6700017)")
LAURENT_2020: Final = Reference("Laurent C et al. 2020 (no DOI recorded)")

DH: Final = "degree_of_hypertrophy_pp"
DH_MEASURED: Final = "degree_of_hypertrophy_measured_pp"
KGR: Final = "kgr_standardised_pp_per_week"
RATE_MEASURED: Final = "growth_rate_measured_pp_per_week"
KGR_RELATIVE: Final = "kgr_relative_percent_per_day"
KGR_ABSOLUTE: Final = "kgr_absolute_ml_per_day"
HBS_BETWEEN_STAGES: Final = "hbs_percent_per_min_per_m2"

GROWTH_UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        DH: "pp",
        DH_MEASURED: "pp",
        "percent_hypertrophy": "%",
        KGR: "pp/week",
        RATE_MEASURED: "pp/week",
        KGR_RELATIVE: "%/day",
        KGR_ABSOLUTE: "mL/day",
    }
)
"""Every definition of growth, in the order of output, with its unit."""

GRADABLE_DAYS: Final = (14, 56)
"""A standardised or measured rate is graded from 14 to 56 days after the procedure: a choice of this toolkit.
Rates fall with time, and in the first week they do not tell who reaches the volume: 5.4 ± 4, later 1.5 ± 2;
7 ± 4 in those who reached it and 4.3 ± 2 in those who did not, p = 0.4 (48 patients, PMC6414468)."""

MOST_SLOW_PROBABILITY: Final = 0.1
"""A rate that is below its limit with more than this probability is uncertain (policy)."""

GrowthLevel = Literal[
    "growth_adequate",
    "growth_uncertain",
    "slow_growth",
    "growing_early",
    "growth_too_early",
    "late_growth_small",
    "growth_not_graded",
]
"""What growth after an embolisation says; all but the first leave ``borderline`` at best."""

_ADULT_RESECTION = ("normal", "chemotherapy", "steatosis", "cirrhosis", "biliary", "unknown")
_ALPPS = ("normal", "chemotherapy", "steatosis", "unknown")


KGR_SHINDOH: Final = Criterion(
    key="growth_kgr_shindoh_2013",
    measure=KGR,
    limit=2.0,
    unit=GROWTH_UNITS[KGR],
    applies_to=_ADULT_RESECTION,
    basis="standardised_vauthey",
    reference=ref.SHINDOH_2013_KGR,
    evidence="V1",
    fails_when="below",
    role="growth",
    note="first scan after embolisation, 107 patients: insufficiency 21.6 % below, 0 % at or above",
)
DH_RIBERO: Final = Criterion(
    key="growth_dh_ribero_2007",
    measure=DH,
    limit=5.0,
    unit=GROWTH_UNITS[DH],
    applies_to=_ADULT_RESECTION,
    basis="policy",
    reference=RIBERO_2007,
    evidence="unverified",
    fails_when="at_or_below",
    role="growth",
    note="of the standardised share, 112 embolisations; more complications at or below, with sFLR of 20 % or "
    "less; that it grades is policy, for the number was not read at its source",
)
DH_SHINDOH: Final = Criterion(
    key="growth_dh_shindoh_2013",
    measure=DH,
    limit=7.5,
    unit=GROWTH_UNITS[DH],
    applies_to=_ADULT_RESECTION,
    basis="standardised_vauthey",
    reference=ref.SHINDOH_2013_KGR,
    evidence="V1",
    fails_when="at_or_below",
    role="growth",
    note="ROC optimum for hepatic insufficiency, 107 patients; decides where the rate cannot be graded by "
    "its day",
)
RATE_LEUNG: Final = Criterion(
    key="growth_rate_leung_2014",
    measure=RATE_MEASURED,
    limit=2.66,
    unit=GROWTH_UNITS[RATE_MEASURED],
    applies_to=_ADULT_RESECTION,
    basis="measured",
    reference=LEUNG_2014,
    evidence="V1",
    fails_when="at_or_below",
    role="context",
    note="nobody above it had liver failure, 6 of 153 did",
)
KGR_RELATIVE_TOMASSINI: Final = Criterion(
    key="growth_alpps_tomassini_2020",
    measure=KGR_RELATIVE,
    limit=4.1,
    unit=GROWTH_UNITS[KGR_RELATIVE],
    applies_to=_ALPPS,
    basis="measured",
    reference=TOMASSINI_2020,
    evidence="V1",
    fails_when="at_or_below",
    role="growth",
    note="between the stages of ALPPS, 98 patients; high risk together with HBS at or below 2.7",
)
HBS_TOMASSINI: Final = Criterion(
    key="growth_alpps_hbs_tomassini_2020",
    measure=HBS_BETWEEN_STAGES,
    limit=2.7,
    unit="%/min/m²",
    applies_to=_ALPPS,
    basis="function",
    reference=TOMASSINI_2020,
    evidence="V1",
    fails_when="at_or_below",
    role="growth",
    note="between the stages of ALPPS; volume overstates function there (Olthof 2017)",
)
KGR_RELATIVE_KAMBAKAMBA: Final = Criterion(
    key="growth_alpps_kambakamba_2016",
    measure=KGR_RELATIVE,
    limit=6.0,
    unit=GROWTH_UNITS[KGR_RELATIVE],
    applies_to=_ALPPS,
    basis="measured",
    reference=KAMBAKAMBA_2016,
    evidence="unverified",
    fails_when="below",
    role="context",
    note="earlier figure of one centre",
)

GROWTH_CRITERIA: Final = (
    KGR_SHINDOH,
    DH_RIBERO,
    DH_SHINDOH,
    RATE_LEUNG,
    KGR_RELATIVE_TOMASSINI,
    HBS_TOMASSINI,
    KGR_RELATIVE_KAMBAKAMBA,
)
"""Every limit of growth; role ``growth`` can make a follow-up's flag more cautious, ``context`` cannot."""


def growth_rows(procedure: Procedure | None) -> tuple[Criterion, ...]:
    """The limits that growth after a procedure is compared with; none after a resection or without one.

    >>> [row.unit for row in growth_rows("pve")], [row.unit for row in growth_rows("alpps")]
    (['pp/week', 'pp', 'pp', 'pp/week'], ['%/day', '%/min/m²', '%/day'])
    """
    if procedure in EMBOLISATIONS:
        return (KGR_SHINDOH, DH_RIBERO, DH_SHINDOH, RATE_LEUNG)
    if procedure == "alpps":
        return (KGR_RELATIVE_TOMASSINI, HBS_TOMASSINI, KGR_RELATIVE_KAMBAKAMBA)
    return ()


def judge_growth(
    procedure: Procedure | None,
    values: Mapping[str, float | None],
    reasons: Mapping[str, str],
    *,
    days: float | None,
    is_first: bool = True,
) -> tuple[Finding, ...]:
    """Compare growth with every limit of its procedure.

    Parameters
    ----------
    procedure : {"pve", "lvd", "alpps", "resection"} or None
    values : mapping
        By measure, each in its own unit; a missing or None value is not assessed.
    reasons : mapping
        Measure → why it is None, or why it must not be graded although it has a value.
    days : float or None
        From the procedure to the scan; rates in pp/week are graded in `GRADABLE_DAYS` only.
    is_first : bool
        Whether this is the first scan after the procedure, which alone defines a rate.

    Returns
    -------
    tuple of Finding

    Examples
    --------
    >>> findings = judge_growth("pve", {"kgr_standardised_pp_per_week": 1.99}, {}, days=28)
    >>> findings[0].verdict.value, findings[0].reason
    ('falls_short', '1.99 pp/week is below the limit of 2.00 pp/week')
    """
    findings = []
    for row in growth_rows(procedure):
        value = values.get(row.measure)
        reason = reasons.get(row.measure, "")
        if not reason and row.unit == "pp/week":
            reason = why_not_gradable(days, is_first=is_first)
        verdict = Verdict.NOT_ASSESSED if reason else row.judge(value)
        if verdict is Verdict.NOT_ASSESSED or value is None:
            findings.append(Finding(row, None, Verdict.NOT_ASSESSED, reason or "not given"))
            continue
        value_text, limit_text = with_digits(value, row.limit)
        side = "exactly at" if value == row.limit else "above" if value > row.limit else "below"
        text = f"{value_text} {row.unit} is {side} the limit of {limit_text} {row.unit}"
        findings.append(Finding(row, value, verdict, text))
    return tuple(findings)


def why_not_gradable(days: float | None, *, is_first: bool = True) -> str:
    """Why a rate in pp/week must not be graded; empty when it may be.

    >>> why_not_gradable(28), why_not_gradable(6)
    ('', '6 days after the procedure: rates are graded from 14 to 56 days after it')
    """
    low, high = GRADABLE_DAYS
    if days is None:
        return "the day of the procedure is not known"
    if not is_first:
        return "a rate is defined on the first scan after the procedure"
    if not low <= days <= high:
        since = f"{days:g} day{'' if days == 1 else 's'} after the procedure"
        return f"{since}: rates are graded from {low} to {high} days after it"
    return ""


def level_after_embolisation(
    findings: Sequence[Finding],
    *,
    days: int | None,
    rate_days: int | None,
    slow_probability: float | None,
    surely_grows: bool,
) -> GrowthLevel:
    """What growth says of a remnant above its minimum, after portal or double-vein embolisation.

    Parameters
    ----------
    findings : sequence of Finding
        Of `judge_growth`.
    days, rate_days : int or None
        From the procedure to the last scan, and to the first one after it, which alone defines a rate.
    slow_probability : float or None
        That the true rate is below its limit.
    surely_grows : bool
        Whether the interval of the degree of hypertrophy lies above 0.

    Notes
    -----
    From day 14 to 56 the rate of the first scan decides, with a degree of hypertrophy above 5 pp. Where the
    first scan was earlier or later, the degree of hypertrophy of the last scan decides (above 7.5 pp, Shindoh
    2013), and before day 14 nothing is adequate.
    """
    verdicts = {finding.criterion.key: finding.verdict for finding in findings}
    grown = verdicts[DH_RIBERO.key]
    if grown is Verdict.NOT_ASSESSED or days is None or rate_days is None:
        return "growth_not_graded"
    clearly = verdicts[DH_SHINDOH.key] is Verdict.MEETS and surely_grows
    early, late = GRADABLE_DAYS
    if days < early:
        return "growing_early" if clearly else "growth_too_early"
    if not early <= rate_days <= late:
        return "growth_adequate" if clearly else "late_growth_small"
    rate = verdicts[KGR_SHINDOH.key]
    if rate is Verdict.NOT_ASSESSED or slow_probability is None:
        return "growth_not_graded"
    if rate is Verdict.FALLS_SHORT or grown is Verdict.FALLS_SHORT:
        return "slow_growth"
    uncertain = slow_probability > MOST_SLOW_PROBABILITY or not surely_grows
    return "growth_uncertain" if uncertain else "growth_adequate"


@dataclass(frozen=True, slots=True)
class PublishedGrowth:
    """What growth was published after a procedure: context, never a prediction for a person."""

    key: str
    procedures: tuple[Procedure, ...]
    text: str
    reference: Reference
    evidence: Evidence


PUBLISHED_GROWTH: Final = (
    PublishedGrowth(
        "pve_van_lienden_2013",
        ("pve",),
        "PVE: mean +37.9 % of the remnant's volume (44 papers, 1791 patients); insufficient growth in 2.8 %, "
        "lost to local progression 6.1 %; cirrhosis grows less",
        VAN_LIENDEN_2013,
        "V1",
    ),
    PublishedGrowth(
        "pve_segment_4",
        ("pve",),
        "right PVE: segments 2 and 3 +26 %; with segment 4: +54 % (median 27 days, 73 patients)",
        SEGMENT_4_SERIES,
        "V1",
    ),
    PublishedGrowth(
        "pve_panaro_2019",
        ("pve",),
        "PVE: degree of hypertrophy about 10 pp in about six weeks",
        PANARO_2019,
        "V2",
    ),
    PublishedGrowth(
        "pve_against_alpps_croome_2015",
        ("pve", "alpps"),
        "PVE +36.0 ± 27.2 %, ALPPS +84.3 ± 7.8 % (53 and 15 patients)",
        CROOME_2015,
        "V1",
    ),
    PublishedGrowth(
        "alpps_olthof_2017",
        ("alpps",),
        "ALPPS stage 1: median +78 % (quartiles 48 to 110) in 8 (6 to 14) days; volume overstates function",
        OLTHOF_2017_ALPPS,
        "V1",
    ),
    PublishedGrowth(
        "lvd_laurent_2020",
        ("lvd",),
        "liver venous deprivation +61 %, PVE +29 %",
        LAURENT_2020,
        "unverified",
    ),
)
"""Growth as published, by procedure."""


def published_growth(procedure: Procedure | None) -> tuple[PublishedGrowth, ...]:
    """What was published for a procedure.

    >>> [row.key for row in published_growth("lvd")]
    ['lvd_laurent_2020']
    """
    return tuple(row for row in PUBLISHED_GROWTH if procedure in row.procedures)
