"""Livers that grow: block phantoms of chosen widths, and cases of dated scans of them."""

from __future__ import annotations

import datetime
from pathlib import PurePath
from typing import Any

from phantoms import COARSE_SPACING_MM, couinaud_block

from flr.case import Case, Scan
from flr.liver import Liver, Source, assemble
from flr.patient import Patient
from flr.plans import parse_plan

DAY_0 = datetime.date(2026, 3, 1)
"""The day of the procedure."""

H5678 = parse_plan("H5678")
COLUMN_ML = 20 * 24 * COARSE_SPACING_MM[0] * COARSE_SPACING_MM[1] * COARSE_SPACING_MM[2] / 1000.0
"""Volume of one column of voxels through the block. [mL]"""

PATIENT = Patient(weight_kg=72, height_cm=171, condition="normal")
STANDARD_ML = 1549.2015733047574  # Vauthey 2002 of that body


def day(number: int) -> datetime.date:
    """A day counted from that of the procedure."""
    return DAY_0 + datetime.timedelta(days=number)


def liver_of(
    left: int, right: int, tumours: tuple[tuple[int, int], ...] = (), spacing_mm: Any = COARSE_SPACING_MM
) -> Liver:
    """A liver whose segments 1-4 are ``left`` and 5-8 ``right`` columns wide; tumours as (segment, side)."""
    block = couinaud_block(
        columns_voxels=(left - left // 2, left // 2, right - right // 2, right // 2),
        tumours=tumours,
        spacing_mm=spacing_mm,
    )
    return assemble(
        block.grid,
        parts=block.segments,
        part_names=tuple("12345678"),
        tumours=block.tumours.astype("uint16") if tumours else None,
        tumours_declared_none=not tumours,
        source=Source(reviewed=True),
    )


def scan_at(number: int, **facts: Any) -> Scan:
    """A scan on a day counted from the procedure; a procedure is on day 0 unless its day is given."""
    if "after" in facts:
        facts.setdefault("after_date", DAY_0)
    facts.setdefault("phase", "portal venous")
    return Scan(date=day(number), roles={"segments": PurePath("segments.nii.gz")}, **facts)


def case_of(*scans: Scan, patient: Patient = PATIENT, **facts: Any) -> Case:
    """A case with these scans and the plan H5678."""
    return Case(id="case-1", patient=patient, scans=scans, plans=(H5678,), **facts)
