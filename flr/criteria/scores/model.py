"""What a score is: its levels, the points that make it, and what is missing. Information, never a flag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from flr.criteria.texts import listed
from flr.formulas import Evidence, Reference
from flr.frozen import FrozenMapping

ScoreKey = Literal["albi", "citterio", "iwate", "southampton", "montsouris"]

Basis = Literal["plan", "measured", "stated", "proposed", "unknown"]
"""What a point rests on: the plan, the image, a statement, a proposal from the image, or nothing yet."""

PointEvidence = Literal["V1", "V2", "unverified", "policy"]
"""As :data:`flr.formulas.Evidence`; ``policy`` is a choice of this toolkit."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a score.

    Parameters
    ----------
    key : str
    rule : str
        When it holds, in words.
    least_points : int, optional
        From this many points on; None where no points are counted.
    rates_percent : mapping of str to float
        What happened to such patients where it was published. [%]
    """

    key: str
    rule: str
    least_points: int | None = None
    rates_percent: Mapping[str, float] = field(default_factory=lambda: FrozenMapping({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A published score.

    Parameters
    ----------
    key : ScoreKey
    name : str
    about : str
        Of whom, and from whom.
    rules : tuple of str
    levels : tuple of Level
        The easiest first.
    reference : Reference
    evidence : Evidence
        Of levels and rates.
    evidence_of_points : Evidence
        Of most of its points; each carries its own.
    """

    key: ScoreKey
    name: str
    about: str
    rules: tuple[str, ...]
    levels: tuple[Level, ...]
    reference: Reference
    evidence: Evidence
    evidence_of_points: Evidence

    def level_of(self, points: float) -> Level:
        """The level that a number of points has.

        >>> from flr.criteria.scores.iwate import IWATE
        >>> IWATE.level_of(6).key, IWATE.level_of(7).key
        ('intermediate', 'advanced')
        """
        return next(
            (level for level in reversed(self.levels) if (level.least_points or 0) <= points), self.levels[0]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One item of a score, and why it counts what it counts.

    Parameters
    ----------
    item : str
    low, high : int or None
        Points at least and at most; equal where they are known. None where the item decides without points.
    reason : str
    basis : Basis
    evidence : PointEvidence
    ask : str
        What settles it, where it is not known.
    """

    item: str
    low: int | None = None
    high: int | None = None
    reason: str
    basis: Basis
    evidence: PointEvidence
    ask: str = ""

    @property
    def is_known(self) -> bool:
        """Whether nothing more could change it."""
        return not self.ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score of one plan for one patient.

    Parameters
    ----------
    key : ScoreKey
    name : str
    applies : bool
        Whether the score is made for this patient and plan; ``reason`` says why not.
    reason : str
    low, high : float or None
        The score at least and at most; None where it has no number, or none can be told.
    level_low, level_high : str or None
        The easiest and the hardest level that are possible.
    rates_percent : mapping of str to tuple of float
        Published rates of these levels, from the lowest to the highest. [%]
    points : tuple of Point
    missing : tuple of str
        What settles the score.
    tumour : str or None
        The tumour that decides.
    reference : Reference
    evidence : Evidence
    """

    key: ScoreKey
    name: str
    applies: bool = True
    reason: str = ""
    low: float | None = None
    high: float | None = None
    level_low: str | None = None
    level_high: str | None = None
    rates_percent: Mapping[str, tuple[float, float]] = field(default_factory=lambda: FrozenMapping({}))
    points: tuple[Point, ...] = ()
    missing: tuple[str, ...] = ()
    tumour: str | None = None
    reference: Reference
    evidence: Evidence

    @property
    def level_words(self) -> str:
        """The level, or both ends of what is possible: ``advanced to expert``, ``grade III``."""
        if self.level_low is None or self.level_high is None:
            return self.reason
        grade = "grade " if self.key in ("albi", "montsouris") else ""
        if self.level_low == self.level_high:
            return f"{grade}{self.level_low}"
        return f"{grade}{self.level_low} to {self.level_high}"

    @property
    def is_open(self) -> bool:
        """Whether nothing is told: every level is possible."""
        return self.applies and not any(point.is_known for point in self.points)


def counted(
    item: str,
    ends: tuple[int, int],
    reason: str,
    *,
    basis: Basis = "measured",
    evidence: PointEvidence = "unverified",
    ask: str = "",
) -> Point:
    """An item that counts points; what still has to be asked for is not known."""
    return Point(
        item=item,
        low=ends[0],
        high=ends[1],
        reason=reason,
        basis="unknown" if ask else basis,
        evidence=evidence,
        ask=ask,
    )


def not_applicable(scale: Scale, reason: str) -> Score:
    """A score that is not made for this patient or plan."""
    return Score(
        key=scale.key,
        name=scale.name,
        applies=False,
        reason=reason,
        reference=scale.reference,
        evidence=scale.evidence,
    )


def scored(
    scale: Scale,
    levels: Iterable[Level],
    points: Iterable[Point],
    *,
    ends: tuple[float | None, float | None] = (None, None),
    tumour: str | None = None,
) -> Score:
    """A score from the levels that are possible; what is missing is what its points still ask for."""
    possible = {level.key for level in levels}
    held = [level for level in scale.levels if level.key in possible]
    points = tuple(points)
    rates = {
        rate: (min(values), max(values))
        for rate in dict.fromkeys(rate for level in held for rate in level.rates_percent)
        if (values := [level.rates_percent[rate] for level in held if rate in level.rates_percent])
    }
    low, high = ends
    return Score(
        key=scale.key,
        name=scale.name,
        low=low,
        high=high,
        level_low=held[0].key,
        level_high=held[-1].key,
        rates_percent=FrozenMapping(rates),
        points=points,
        missing=tuple(dict.fromkeys(point.ask for point in points if point.ask)),
        tumour=tumour,
        reference=scale.reference,
        evidence=scale.evidence,
    )


def summed(scale: Scale, points: Iterable[Point], *, tumour: str | None = None) -> Score:
    """A score that adds points: every sum from the least to the most is possible."""
    points = tuple(points)
    low, high = ends_of(points)
    low, high = max(low, 0), max(high, 0)
    between = (scale.level_of(total) for total in range(low, high + 1))
    return scored(scale, between, points, ends=(float(low), float(high)), tumour=tumour)


def ends_of(points: Iterable[Point]) -> tuple[int, int]:
    """The least and the most that points add up to."""
    points = tuple(points)
    return sum(point.low or 0 for point in points), sum(point.high or 0 for point in points)


RATE_WORDS: Final[Mapping[str, str]] = FrozenMapping(
    {
        "liver_failure": "liver failure",
        "decompensation": "decompensation",
        "liver_mortality": "liver-related mortality",
        "intraoperative_complications": "intra-operative complications",
        "morbidity": "morbidity",
        "major_morbidity": "major morbidity",
    }
)
"""What published rates are of, in words."""


def segments_words(segments: Iterable[str]) -> str:
    """Segments in words.

    >>> segments_words(["5"]), segments_words(["8", "4a"])
    ('segment 5', 'segments 4a and 8')
    """
    names = sorted(segments)
    return f"segment{'s' if len(names) > 1 else ''} {listed(names)}"
