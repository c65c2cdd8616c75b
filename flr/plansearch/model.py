"""What a search is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, get_args

from flr.assessment import Assessment
from flr.criteria.tumour_block import NOTE_TEXTS as TUMOUR_NOTE_TEXTS
from flr.documented import Documented
from flr.frozen import Record
from flr.liver import Liver, VolumeTable
from flr.plans import Plan
from flr.tumours import TumourSet

Kind = Literal["anatomical", "wedge", "ablation"]
UnmetLimit = Literal["least_margin", "ablation_size", "minimum_flr", "remnant_segments"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

LISTED: Final = 12
"""Alternatives off the front that are assessed and listed, and as many anatomical ones; the others are named
with their reason."""

NOTE_TEXTS: Final = {
    "vascular_feasibility_not_assessed": (
        "No vessels were given: inflow and outflow of what stays are not assessed."
    ),
    "ranked_by_plain_remnant": (
        "Vessels are given: plans are ranked by the plain remnant, and each that is listed is graded on the"
        " perfused remnant where the vessels tell it; those that no other surpasses with the errors of their"
        " own borders, as `flr assess` grades them."
    ),
    "artery_and_bile_duct_not_assessed": (
        "Hepatic artery and bile ducts are not seen beyond what was drawn and given."
    ),
    "not_a_recognised_anatomical_resection": (
        "This union of segments has no name: not a recognised anatomical resection."
    ),
    "two_resections": "These segments do not hang together: two resections.",
    "remnant_below_two_segments": (
        "Fewer than two contiguous segments stay with at least half of their volume."
    ),
    "remnant_not_contiguous": TUMOUR_NOTE_TEXTS["remnant_not_contiguous"],
    "margin_below_voxel_error": "At this voxel size the margin cannot be told from less than 1 mm.",
    "volumes_unbelievable": (
        "The volumes cannot be believed (`flr assess` says why): plans are listed, nothing is graded, and no"
        " growth is asked for."
    ),
    "vanished_metastases": "Metastases given as points are cleared as balls of the given radius.",
}
"""What the keys of notes say to people."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan must reach.

    Parameters
    ----------
    margin_mm : float
        Least planned margin of every tumour; nothing of a tumour stays, even where it is 0. [mm]
    wide_margin_mm : float
        The aim that ranks; not a gate. [mm]
    minimum_flr_percent : float
        Of the measured functional liver; at or below it a plan does not qualify. [%]
    minimum_source : str
        Who says so.
    """

    margin_mm: float
    wide_margin_mm: float
    minimum_flr_percent: float
    minimum_source: str


@dataclass(frozen=True, eq=False)
class Candidate(Record):
    """One plan that clears every tumour.

    Parameters
    ----------
    plan : Plan
    parts : tuple of str
        Parts that leave whole.
    kinds : tuple of str
        What it is made of.
    table : VolumeTable
    margins_mm : mapping of str to float
        Planned margin of each tumour that the plan guarantees: to the nearest part that stays, and not less
        than the margin of the tumour's own wedge or ablation.
    meets_minimum : bool
    on_front : bool
        No other qualifying plan is as good in remnant, least margin and parenchyma, and better in one.
    reason : str
        Why it is not on the front, or empty.
    notes : tuple of str
    assessment : Assessment or None
        None for what is not graded.
    """

    plan: Plan
    parts: tuple[str, ...]
    kinds: tuple[Kind, ...]
    table: VolumeTable
    margins_mm: Mapping[str, float]
    meets_minimum: bool
    on_front: bool
    reason: str
    notes: tuple[str, ...]
    assessment: Assessment | None = None

    @cached_property
    def flr_ml(self) -> float:
        """Functional remnant. [mL]"""
        return self.table.remnant_ml

    @cached_property
    def flr_percent_of_measured(self) -> float:
        """Share of the functional liver. [%]"""
        return 100.0 * self.flr_ml / self.table.functional_ml

    @property
    def perfused_ml(self) -> float | None:
        """Remnant with inflow and outflow, congested tissue lost; None where vessels do not tell it. [mL]"""
        supply = None if self.assessment is None else self.assessment.perfusion
        return None if supply is None else supply.perfused_low_ml

    @cached_property
    def sacrificed_ml(self) -> float:
        """Functional parenchyma that is resected or ablated. [mL]"""
        return self.table.functional_ml - self.flr_ml

    @cached_property
    def least_margin_mm(self) -> float:
        """Least planned margin of any tumour. [mm]"""
        return min(self.margins_mm.values())


@dataclass(frozen=True, slots=True)
class Rejected:
    """A plan that does not clear the tumours or does not leave enough, with the reason."""

    notation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unmet:
    """A limit that no plan reaches in one stage.

    ``unit`` is the unit of ``needed`` and ``best``; ``tumour`` is None for a limit on the remnant. What is
    needed is a minimum, but for ``ablation_size`` the most that is allowed.
    """

    limit: UnmetLimit
    tumour: str | None
    plan: str
    needed: float
    best: float
    unit: str
    message: str

    @property
    def short_by(self) -> float:
        """How far the best is from what is needed."""
        return self.best - self.needed if self.limit == "ablation_size" else self.needed - self.best


@dataclass(frozen=True, slots=True)
class TwoStage:
    """Clear the future remnant first, let it grow, then resect.

    Parameters
    ----------
    first : str
        Notation of what is done in the remnant first; empty when the remnant holds no tumour.
    second : str
        Notation of the resection.
    flr_ml, flr_percent_of_measured : float
        After both, at today's volumes.
    growth_needed_percent : float
        By which the remnant would have to grow to pass the minimum.
    least_margin_mm : float
    """

    first: str
    second: str
    flr_ml: float
    flr_percent_of_measured: float
    growth_needed_percent: float
    least_margin_mm: float


@dataclass(frozen=True, eq=False)
class SearchResult(Record, Documented):
    """Everything that a search found, best first."""

    tumours: TumourSet
    limits: Limits
    candidates: tuple[Candidate, ...]
    others: tuple[Rejected, ...]
    rejected: tuple[Rejected, ...]
    two_stage: tuple[TwoStage, ...]
    unmet: tuple[Unmet, ...]
    notes: tuple[str, ...]
    liver: Liver = field(repr=False)

    @property
    def best(self) -> Candidate | None:
        """The first of the front, or None when nothing qualifies."""
        return next((c for c in self.candidates if c.on_front), None)
