"""The resection and the tumours as scores see them: numbers, segments and statements, no image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flr.criteria.adverse import Extent
from flr.criteria.rules import MAJOR_PERCENT, MAJOR_SEGMENTS
from flr.patient import Patient

if TYPE_CHECKING:
    from flr.criteria.tumour_block import TumourBlock

POSTEROSUPERIOR: Final = frozenset({"1", "4a", "7", "8"})
"""Segments that are hard to reach from in front (Kazaryan 2011, doi:10.1007/s00464-011-1815-x)."""

ANTEROLATERAL: Final = frozenset({"2", "3", "4b", "5", "6"})

LEAST_SHARE_PERCENT: Final = 10.0
"""A tumour lies in a segment that holds this much of it, and in the one that holds most (policy). [%]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """A tumour that leaves with the resection.

    Parameters
    ----------
    name : str
    longest_diameter_mm : float
        In any direction. [mm]
    parts_percent : mapping of str to float
        Share of the tumour in each part of the liver; empty where the liver has none. [%]
    vessels_mm : mapping of str to float
        Least distance to each kind of vessel that was given. [mm]
    """

    name: str
    longest_diameter_mm: float
    parts_percent: Mapping[str, float]
    vessels_mm: Mapping[str, float]

    @property
    def segments(self) -> tuple[frozenset[str], ...]:
        """For each part that it lies in, the segments which that part may stand for; empty if not known."""
        from flr.plans.plan import segments_in

        shares = self.parts_percent
        if not shares:
            return ()
        most = max(shares.values())
        held = [part for part, share in shares.items() if share >= min(LEAST_SHARE_PERCENT, most)]
        return tuple(
            frozenset({"4a", "4b"})
            if part == "4"
            else frozenset({part})
            if part[0].isdigit()
            # A part that holds several segments, or a territory, does not tell which.
            else segments_in(part) or frozenset("12345678")
            for part in held
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Everything that scores are made of.

    Parameters
    ----------
    patient : Patient
    extent : Extent
        What leaves.
    resects : bool or None
        Whether anything is resected, and not only ablated; None where nobody measured.
    lesions : tuple of Lesion or None
        Tumours that leave; None while tumours are not known or not located.
    without_tumour : bool
        The liver is declared to hold none.
    """

    patient: Patient
    extent: Extent
    resects: bool | None = None
    lesions: tuple[Lesion, ...] | None = None
    without_tumour: bool = False

    @property
    def is_major(self) -> bool | None:
        """Three segments or more; by the share where segments do not tell; None where neither is known."""
        extent = self.extent
        if MAJOR_SEGMENTS.holds(extent.segment_count):
            return True
        if extent.are_segments_all:
            return False
        return None if extent.resected_percent is None else MAJOR_PERCENT.holds(extent.resected_percent)

    @property
    def is_partial(self) -> bool:
        """Only zones around tumours or points leave: wedges."""
        return not self.extent.segments and self.extent.besides == "zones"

    @property
    def segments_unknown(self) -> bool:
        """What leaves holds a region of which no segment is known."""
        return self.extent.segments is None or self.extent.besides == "region" or not self.named

    @property
    def named(self) -> frozenset[str]:
        """Segments that leave whole or in part, segment 4 as 4, 4a, 4b or both."""
        whole = self.extent.whole_segments
        given = frozenset(self.extent.segments or ())
        parts = given - {"4a", "4b"} if "4" in whole else given
        return frozenset(name.rstrip("'") for name in parts) | whole


def operation_of(
    patient: Patient,
    extent: Extent,
    *,
    block: TumourBlock | None,
    resected_ml: float | None,
    tumour_ml: float | None,
) -> Operation:
    """An operation from what an assessment knows.

    Parameters
    ----------
    patient : Patient
    extent : Extent
    block : TumourBlock or None
        None where tumours were not looked at.
    resected_ml, tumour_ml : float or None
        What is resected, and tumour in the liver; None where nobody measured. [mL]
    """
    located = block is not None and (bool(block.tumours) or tumour_ml == 0.0)
    lesions = None
    if block is not None and located:
        leaving = (
            fact.outcome.tumour for fact in block.tumours if fact.outcome.fate in ("resected", "cut_through")
        )
        lesions = tuple(
            Lesion(
                name=tumour.name,
                longest_diameter_mm=tumour.longest_diameter_mm,
                parts_percent=tumour.parts_percent,
                vessels_mm=tumour.vessels_mm,
            )
            for tumour in leaving
        )
    return Operation(
        patient=patient,
        extent=extent,
        resects=None if resected_ml is None else resected_ml > 0.0,
        lesions=lesions,
        without_tumour=tumour_ml == 0.0,
    )
