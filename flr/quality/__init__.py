"""Quality checks as one table, and what they notice about an input.

``CHECKS`` lists every check of the package, those of reading and of the patient included. Findings are made
from its rows: ``CHECKS["islands"].finding("two pieces", "warning")``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from flr.quality.evidence import ROW_KEYS as ROW_KEYS
from flr.quality.evidence import Acceptance as Acceptance
from flr.quality.evidence import Evidence as Evidence
from flr.quality.evidence import Status as Status
from flr.quality.evidence import acceptances as acceptances
from flr.quality.evidence import lowered as lowered
from flr.quality.evidence import settled as settled
from flr.quality.evidence import split_acceptances as split_acceptances
from flr.quality.finding import Check as Check
from flr.quality.finding import Effect as Effect
from flr.quality.finding import QualityFinding as QualityFinding
from flr.quality.finding import ReassuranceRow as ReassuranceRow
from flr.quality.finding import Severity as Severity
from flr.quality.finding import side_in_words as side_in_words
from flr.quality.livers import OF_LIVERS
from flr.quality.livers import SEGMENT_PERCENT as SEGMENT_PERCENT
from flr.quality.reading import OF_READING

CHECKS: Final[Mapping[str, Check]] = MappingProxyType({row.key: row for row in (*OF_READING, *OF_LIVERS)})
"""Every check by its key, in the order of ``docs/quality.md``, which is this table."""


def blocks_grading(finding: QualityFinding) -> bool:
    """Whether a finding makes the volumes unbelievable, so that nothing is graded on them.

    >>> [blocks_grading(found) for found in truncation_findings({"k+"})]
    [True]
    """
    return finding.severity == "error" and CHECKS[finding.check].blocks_grading


def truncation_findings(
    touches: Collection[str], *, orientation: str | None = None
) -> tuple[QualityFinding, ...]:
    """``liver_truncated`` when a liver voxel lies on the first or last plane of the scan.

    Parameters
    ----------
    touches : collection of {"i-", "i+", "j-", "j+", "k-", "k+"}
        Faces of the whole scan's grid (not of a box cropped from it) that the liver touches.
    orientation : str, optional
        The grid's three orientation letters, to say the side in words.

    Examples
    --------
    >>> truncation_findings({"k+"}, orientation="RAS")[0].message
    'the liver touches the head border of the scan and may be cut off: every mL is a lower bound'
    """
    if not touches:
        return ()
    sides = sorted({side_in_words(face, orientation) for face in touches})
    plural = "s" if len(sides) > 1 else ""
    return (
        CHECKS["liver_truncated"].finding(
            f"the liver touches the {' and '.join(sides)} border{plural} of the scan and may be cut off: "
            "every mL is a lower bound"
        ),
    )
