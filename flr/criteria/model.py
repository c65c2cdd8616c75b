"""What a criterion is, what comes of applying one, and a site's own limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol, get_args

from flr.errors import CriterionError, UsageError
from flr.formulas import Evidence as EvidenceLevel
from flr.formulas import Reference
from flr.quality import Evidence

Basis = Literal[
    "measured",
    "standardised_vauthey",
    "standardised_urata",
    "review",
    "body_weight",
    "body_surface",
    "function",
    "policy",
]
"""What the source related the remnant to; ``policy`` is a choice of this toolkit or of a site."""

FailsWhen = Literal["at_or_below", "below"]

Direction = Literal["at_least", "above", "at_most"]
"""Side of a limit, as a source compares."""

Role = Literal[
    "very_small", "minimum", "band", "body_size", "caution", "function", "growth", "note", "context"
]
"""``very_small``, ``minimum`` and ``band`` are A, B and C of a profile; ``body_size`` and ``function``
make a flag more cautious, ``caution`` makes it at best ``borderline``, ``growth`` makes it more cautious in a
follow-up, ``note`` adds a note only, ``context`` is listed and never changes a flag."""

Flag = Literal[
    "not_applicable",
    "below_donor_minimum",
    "consider_two_stage",
    "consider_pve",
    "below_minimum",
    "plan_leaves_tumour",
    "adverse_fact",
    "indeterminate",
    "borderline",
    "adequate",
]

FLAGS: tuple[Flag, ...] = get_args(Flag)
"""Every flag, most dominant first.

``indeterminate`` because of ``volumes`` comes before every other flag of an adult and stands alone; its place
here is that of a row which is not shown.
"""

Because = Literal["volumes", "not_shown"]
"""Why a flag is ``indeterminate``: the volumes cannot be believed, or a row is not shown."""

BELOW_MINIMUM: tuple[Flag, ...] = (
    "below_donor_minimum",
    "consider_two_stage",
    "consider_pve",
    "below_minimum",
)
"""Flags of a remnant below a minimum."""


def flag_rank(flag: str) -> int:
    """Place of a flag when flags are compared, 0 the most dominant; the three below the minimum share one.

    >>> flag_rank("below_minimum") == flag_rank("consider_pve") < flag_rank("adequate")
    True
    """
    same = ("consider_two_stage", "consider_pve", "below_minimum")
    return FLAGS.index(same[0]) if flag in same else [str(one) for one in FLAGS].index(flag)


class Verdict(StrEnum):
    """What comes of comparing a value with a criterion."""

    MEETS = "meets"
    FALLS_SHORT = "falls_short"
    NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One published number that a measure is compared with, as a row.

    Parameters
    ----------
    key : str
    measure : str
        Name of the measure that the limit is for.
    limit : float
        In ``unit``, the source's own.
    reference : Reference
    evidence : str
    note : str
        What else a reader should know.
    """

    key: str
    measure: str
    limit: float
    unit: str
    reference: Reference
    evidence: EvidenceLevel
    note: str = ""

    def is_passed(self, value: float, direction: Direction) -> bool:
        """Whether a value is on that side of the limit, unrounded; what is not a number never is."""
        match direction:
            case "at_least":
                return value >= self.limit
            case "above":
                return value > self.limit
            case "at_most":
                return value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion(Limit):
    """A limit that a case is judged by, or that is listed beside those.

    Parameters
    ----------
    applies_to : tuple of str
        Profile keys.
    basis : str
        What the source's number was of.
    fails_when : {"at_or_below", "below"}
        Whether the limit itself fails, in the source's direction.
    role : str
    """

    applies_to: tuple[str, ...]
    basis: Basis
    fails_when: FailsWhen
    role: Role

    def judge(self, value: float | None) -> Verdict:
        """Compare a value, unrounded. Only a true comparison earns ``MEETS``."""
        if value is None or not math.isfinite(value):
            return Verdict.NOT_ASSESSED
        meets = self.is_passed(value, "above" if self.fails_when == "at_or_below" else "at_least")
        return Verdict.MEETS if meets else Verdict.FALLS_SHORT


@dataclass(frozen=True, slots=True)
class Finding:
    """A criterion applied to a case; ``value`` is in the criterion's unit, None where not known."""

    criterion: Criterion
    value: float | None
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLimits:
    """A site's own limits for the percentage measures, instead of the profiles' A, B and C.

    Parameters
    ----------
    very_small_percent, minimum_percent, band_percent : float
        A < B ≤ C: at or below A very small, at or below B below the minimum, above C passes. [%]
    source : str
        Who set them and where they are written down; printed with every result.

    Raises
    ------
    UsageError
        If the three are not A < B ≤ C, above 1 and below 100, or the source is empty.
    """

    very_small_percent: float
    minimum_percent: float
    band_percent: float
    source: str

    def __post_init__(self) -> None:
        """Refuse limits that are out of order or have no source."""
        a, b, c = self.very_small_percent, self.minimum_percent, self.band_percent
        given = f"the limits are {a:g}, {b:g}, {c:g}"
        # Nobody lives with 1 % of a liver: such a limit passes every remnant and is a share of 1.
        if any(0 < limit <= 1 for limit in (a, b, c)):
            meant = ",".join(f"{100 * limit:g}" for limit in (a, b, c)) if c <= 1 else "20,25,30 or such"
            raise UsageError(f"{given}; expected percentages: are these fractions? Give {meant}")
        if not 0 < a < b <= c < 100:  # false for NaN as well
            raise UsageError(f"{given}; expected three percentages A < B <= C below 100, such as 20,25,30")
        if not self.source.strip():
            raise UsageError("the site's limits have no source; expected who set them, in --limits-source")


class MeasuredInterval(Protocol):
    """Ends of the interval of the measured share, in percent."""

    @property
    def low(self) -> float:
        """Lower end. [%]"""
        ...

    @property
    def high(self) -> float:
        """Upper end. [%]"""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What the criteria say about a case, for review by a multidisciplinary team.

    Parameters
    ----------
    flag : str
        The most dominant of ``triggers``.
    triggers : tuple of str
        Every row of the flag table that applied, most dominant first.
    headline : str
        One sentence or two for people.
    findings : tuple of Finding
        One per criterion that applies, whatever came of it.
    notes : tuple of str
        Stable keys; ``note_texts`` has the sentence of each.
    profiles : tuple of str
        Profile keys that the case was graded on.
    against : tuple of str
        Sentences of the given facts that block a reassuring flag.
    because : {"volumes", "not_shown"} or None
        Why the flag is ``indeterminate``.
    flag_by_volume : str
        What volume and given facts lead to, whatever is not shown; ``indeterminate`` where nothing is graded.
    reassurance : tuple of Evidence
        One for each row that there is evidence for.
    options : tuple of str
        Keys of what the headline names as options to discuss.
    opening : str
        The numbers that the headline begins with; empty where none can be believed.
    text : str
        The headline without them.
    """

    flag: Flag
    triggers: tuple[Flag, ...]
    headline: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    note_texts: Mapping[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    because: Because | None = None
    flag_by_volume: Flag = "indeterminate"
    reassurance: tuple[Evidence, ...] = ()
    options: tuple[str, ...] = ()
    opening: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse a grade that says nothing, which would read as approval."""
        if not self.findings or self.flag not in self.triggers:
            raise CriterionError("an assessment without any finding or trigger; this is a fault in flr")


def with_digits(value: float, limit: float) -> tuple[str, str]:
    """Value and limit as text, with enough digits that they never print alike when they differ.

    >>> with_digits(29.99996, 30.0)
    ('29.99996', '30.00000')
    """
    for digits in range(1, 17):
        texts = f"{value:.{digits}f}", f"{limit:.{digits}f}"
        told_apart = texts[0] != texts[1] or value == limit
        if told_apart and float(texts[1]) == limit:
            return texts
    return repr(value), repr(limit)
