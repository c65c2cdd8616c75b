"""Scores that need only what is measured or stated. Information beside the flag, never a part of it.

What is not known leaves a range, and never a lower level; the hardest tumour decides. Geometry (size,
segment, distance to vessels, extent) comes from the image and the plan, everything else is stated.
"""

from __future__ import annotations

from typing import Final

from flr.criteria.scores.iwate import IWATE, iwate
from flr.criteria.scores.liver import ALBI, CITTERIO, albi, citterio
from flr.criteria.scores.model import RATE_WORDS, Level, Point, Scale, Score, ScoreKey
from flr.criteria.scores.montsouris import MONTSOURIS, montsouris
from flr.criteria.scores.resection import Lesion, Operation, operation_of
from flr.criteria.scores.southampton import SOUTHAMPTON, southampton

SCALES: Final = (ALBI, CITTERIO, IWATE, SOUTHAMPTON, MONTSOURIS)
"""Every score, in the order of print."""

__all__ = [
    "RATE_WORDS",
    "SCALES",
    "Lesion",
    "Level",
    "Operation",
    "Point",
    "Scale",
    "Score",
    "ScoreKey",
    "operation_of",
    "scores_of",
]


def scores_of(operation: Operation) -> tuple[Score, ...]:
    """Every score of an operation, those that are not made for it included, with why.

    Parameters
    ----------
    operation : Operation

    Returns
    -------
    tuple of Score
        In the order of :data:`SCALES`.

    Examples
    --------
    >>> from flr.criteria.adverse import Extent
    >>> from flr.patient import Patient
    >>> operation = Operation(patient=Patient(), extent=Extent(segments=("2", "3")), resects=True)
    >>> [(score.key, score.level_low, score.level_high) for score in scores_of(operation)][-1]
    ('montsouris', 'I', 'I')
    """
    return (
        albi(operation.patient),
        citterio(operation),
        iwate(operation),
        southampton(operation),
        montsouris(operation),
    )
