"""Where a number comes from, and how far it has been checked there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["V1", "V2", "unverified", "site"]
"""``V1`` checked in the primary paper, ``V2`` in a secondary source that cites it, ``unverified``
transcribed and consistent but not yet checked at the source, ``site`` a site's own number."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A citation.

    Parameters
    ----------
    text : str
        Authors, journal, year, volume, pages; says "no DOI" where ``doi`` is None.
    doi : str or None
    doi_checked : bool
        False where the DOI was transcribed and has not been resolved yet.
    """

    text: str
    doi: str | None = None
    doi_checked: bool = True
