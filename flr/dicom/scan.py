"""What the headers of a series say about the scan itself: its day, its phase, its slices."""

from __future__ import annotations

import re
from datetime import date
from math import isfinite
from typing import Final

from flr.dicom.facts import date_of
from flr.dicom.header import Header
from flr.dicom.series import Series
from flr.facts import MOST_SLICE_THICKNESS_MM
from flr.liver import ScanFacts

_PHASES: Final = (
    ("portal venous", r"porto|portal|\bpvp?\b"),
    ("venous", r"\bvenous\b|\bven\b|\bven[^a-z ]{1,2}s"),
    ("arterial", r"arter|\bart\b|\bhap\b"),
    ("delayed", r"delay|\blate\b(?! *art)|\bsp[^a-z ]{1,2}t|tardi|equilib"),
    ("unenhanced", r"unenhanced|\bnativ|non[ -]?contrast|without contrast|pre[ -]?contrast|\bnect\b"),
    ("hepatobiliary", r"hepatobiliary|\bhbp\b|\b20 ?min"),
)


def scan_facts(series: Series) -> ScanFacts:
    """Day, phase and slice thickness of a series, each only where its files agree.

    The phase is understood from the description of the series where that names exactly one; nothing else of
    the description is kept.
    """
    headers = series.headers
    dates = {found for header in headers if (found := _taken_on(header)) is not None}
    thicknesses_mm = {
        sizes[0]
        for header in headers
        if (sizes := header.numbers("SliceThickness"))
        and isfinite(sizes[0])
        and 0.0 < sizes[0] <= MOST_SLICE_THICKNESS_MM
    }
    phases = {phase_of(text) for text in {header.text("SeriesDescription") for header in headers}}
    phase = phases.pop() if len(phases) == 1 else None
    return ScanFacts(
        date=dates.pop() if len(dates) == 1 else None,
        phase=phase,
        phase_from_description=phase is not None,
        slice_thickness_mm=thicknesses_mm.pop() if len(thicknesses_mm) == 1 else None,
    )


def phase_of(description: str) -> str | None:
    """The contrast phase that a series description names; None for none and for several.

    >>> phase_of("ABD_PORTAL_VEN 1.0 B30f"), phase_of("late arterial"), phase_of("ART + PV")
    ('portal venous', 'arterial', None)
    """
    text = description.casefold().replace("_", " ")
    named = [phase for phase, pattern in _PHASES if re.search(pattern, text)]
    if "portal venous" in named and "venous" in named:
        named.remove("venous")
    return named[0] if len(named) == 1 else None


def _taken_on(header: Header) -> date | None:
    """The day of the acquisition, else of the series, else of the study."""
    days = [header.text("AcquisitionDateTime")[:8]]
    days += [header.text(keyword) for keyword in ("AcquisitionDate", "SeriesDate", "StudyDate")]
    return next((found for text in days if (found := date_of(text)) is not None), None)
