"""Remnant as a percentage: rows A (very small), B (minimum) and C (end of the band) of each profile.

The sources give a limit for the measured or for the standardised share; applying it to the other share
as well, and grading on the worse of the two, is this toolkit's policy, and such rows say so in ``basis``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flr.criteria import references as ref
from flr.criteria.model import Basis, Criterion, FailsWhen, Role, SiteLimits
from flr.formulas import Evidence, Reference

MEASURED: Final = "flr_percent_of_measured"
STANDARD: Final = "flr_percent_of_standard"
_SHORT_NAMES = {MEASURED: "measured", STANDARD: "standard"}


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a limit comes from, and which of the two shares it is of."""

    reference: Reference
    evidence: Evidence
    basis: Basis
    note: str = ""


_OTHER_SHARE = "a limit of the other share, applied here as policy"
_CARRIED_OVER = "a limit for a normal liver, kept here as policy for what counts as very small"

_KISHI = _Source(ref.KISHI_2009, "V2", "standardised_vauthey", "some centres accept more than 20 %")
_KISHI_MEASURED = _Source(ref.KISHI_2009, "V2", "policy", _OTHER_SHARE)
_KISHI_CARRIED = _Source(ref.KISHI_2009, "V2", "policy", _CARRIED_OVER)
_SHOUP = _Source(
    ref.SHOUP_2003,
    "V2",
    "measured",
    "26.6 % in Schindl 2005; in Truant 2007 (31 extended resections) morbidity and mortality at 3 months did "
    "not differ at 25 or 20 % of the total volume",
)
_REVIEW_NORMAL = _Source(ref.DE_GRAAF_2010, "V1", "review", "25 to 30 % named as sufficient")
_REVIEW_COMPROMISED = _Source(ref.DE_GRAAF_2010, "V1", "review", "more than 40 % in a compromised liver")
_CHEMOTHERAPY = _Source(
    ref.SHINDOH_2013_CHEMOTHERAPY, "V2", "standardised_vauthey", "more than 12 weeks of chemotherapy"
)
_CHEMOTHERAPY_MEASURED = _Source(ref.SHINDOH_2013_CHEMOTHERAPY, "V2", "policy", _OTHER_SHARE)
_STEATOSIS = _Source(
    ref.TOOLKIT_POLICY,
    "unverified",
    "policy",
    "number for chemotherapy (Shindoh 2013), kept here by practice; no verified number for steatosis alone",
)
_REVIEW_CIRRHOSIS = _Source(
    ref.DE_GRAAF_2010,
    "V1",
    "review",
    "more than 40 % in a compromised liver, so that 40.0 falls short; below 40 % was the trigger for "
    "embolisation in Azoulay 2000, where 40.0 passes",
)
_KUBOTA = _Source(ref.KUBOTA_1997, "V2", "measured", "40 or 50 % depending on ICG-R15")
_KUBOTA_STANDARD = _Source(ref.KUBOTA_1997, "V2", "policy", _OTHER_SHARE)
_WIGGERS = _Source(ref.WIGGERS_2016, "V1", "measured", "below 30 %: odds ratio 2.9 for death in 90 days")
_WIGGERS_STANDARD = _Source(ref.WIGGERS_2016, "V1", "policy", _OTHER_SHARE)
_BEDNARSCH = _Source(
    ref.BEDNARSCH_2021, "V1", "measured", "30 to 45 % carried an odds ratio of 1.4 elsewhere"
)
_BEDNARSCH_STANDARD = _Source(ref.BEDNARSCH_2021, "V1", "policy", _OTHER_SHARE)
_UNDRAINED = _Source(ref.WIGGERS_2016, "V1", "measured", "below 50 % and incompletely drained")
_POLICY = _Source(ref.TOOLKIT_POLICY, "unverified", "policy", "conservative choice")
_DONOR = _Source(ref.SOIN_2019, "V1", "measured", "at least 30 % at three quarters of 24 centres")
_DONOR_BAND = _Source(
    ref.TOOLKIT_POLICY, "unverified", "policy", "Soin 2019 gives 30 %; many texts say 30 to 35 %"
)


def _rows(
    profile: str,
    measure: str,
    limits: dict[Role, tuple[float, _Source]],
    minimum_fails: FailsWhen = "at_or_below",
    origin: str = "",
) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(
            key=f"{profile}_{origin}{_SHORT_NAMES[measure]}_{role}",
            measure=measure,
            limit=float(limit),
            unit="%",
            applies_to=(profile,),
            basis=source.basis,
            reference=source.reference,
            evidence=source.evidence,
            fails_when=minimum_fails if role == "minimum" else "at_or_below",
            role=role,
            note=source.note,
        )
        for role, (limit, source) in limits.items()
    )


PERCENT_CRITERIA: Final = (
    *_rows(
        "normal",
        MEASURED,
        {"very_small": (20, _KISHI_MEASURED), "minimum": (25, _SHOUP), "band": (30, _REVIEW_NORMAL)},
    ),
    *_rows(
        "normal",
        STANDARD,
        {"very_small": (20, _KISHI), "minimum": (25, _REVIEW_NORMAL), "band": (30, _REVIEW_NORMAL)},
    ),
    *_rows(
        "chemotherapy",
        MEASURED,
        {"very_small": (20, _KISHI_CARRIED), "minimum": (30, _CHEMOTHERAPY_MEASURED)},
    ),
    *_rows("chemotherapy", STANDARD, {"very_small": (20, _KISHI_CARRIED), "minimum": (30, _CHEMOTHERAPY)}),
    *_rows(
        "steatosis",
        MEASURED,
        {"very_small": (20, _KISHI_CARRIED), "minimum": (30, _STEATOSIS), "band": (40, _REVIEW_COMPROMISED)},
    ),
    *_rows(
        "steatosis",
        STANDARD,
        {"very_small": (20, _KISHI_CARRIED), "minimum": (30, _STEATOSIS), "band": (40, _REVIEW_COMPROMISED)},
    ),
    *_rows(
        "cirrhosis",
        MEASURED,
        {"very_small": (30, _POLICY), "minimum": (40, _REVIEW_CIRRHOSIS), "band": (50, _KUBOTA)},
    ),
    *_rows(
        "cirrhosis",
        STANDARD,
        {"very_small": (30, _POLICY), "minimum": (40, _REVIEW_COMPROMISED), "band": (50, _KUBOTA_STANDARD)},
    ),
    *_rows(
        "biliary",
        MEASURED,
        {"very_small": (30, _WIGGERS), "minimum": (40, _BEDNARSCH), "band": (50, _UNDRAINED)},
    ),
    *_rows(
        "biliary",
        STANDARD,
        {
            "very_small": (30, _WIGGERS_STANDARD),
            "minimum": (40, _BEDNARSCH_STANDARD),
            "band": (50, _WIGGERS_STANDARD),
        },
    ),
    *_rows("donor", MEASURED, {"minimum": (30, _DONOR), "band": (35, _DONOR_BAND)}, minimum_fails="below"),
    *_rows(
        "unknown", MEASURED, {"very_small": (20, _POLICY), "minimum": (30, _POLICY), "band": (40, _POLICY)}
    ),
    *_rows(
        "unknown", STANDARD, {"very_small": (20, _POLICY), "minimum": (30, _POLICY), "band": (40, _POLICY)}
    ),
)
"""Every graded percentage, by profile, measure and role."""


def percent_criteria(profile: str, limits: SiteLimits | None = None) -> tuple[Criterion, ...]:
    """The percentage rows of a profile, with a site's own limits in place of A, B and C where given.

    A site's limits keep the profile's measures and its way of comparing.

    >>> [row.limit for row in percent_criteria("donor")]
    [30.0, 35.0]
    """
    published = tuple(row for row in PERCENT_CRITERIA if row.applies_to == (profile,))
    if limits is None:
        return published
    source = _Source(Reference(f"{limits.source} (site policy, no DOI)"), "site", "policy", "set by the site")
    roles: dict[Role, tuple[float, _Source]] = {
        "very_small": (limits.very_small_percent, source),
        "minimum": (limits.minimum_percent, source),
        "band": (limits.band_percent, source),
    }
    if limits.band_percent == limits.minimum_percent:
        del roles["band"]
    if profile == "donor":
        del roles["very_small"]
    minimum = next(row for row in published if row.role == "minimum")
    return tuple(
        row
        for measure in dict.fromkeys(row.measure for row in published)
        for row in _rows(profile, measure, roles, minimum.fails_when, "site_")
    )
