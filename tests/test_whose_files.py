"""Files of one patient under another's name, scans under other days: what contradicts does not reassure."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from growing import H5678, case_of, liver_of, scan_at

import flr
from flr.cohort.manifest import CaseRow, case_rows
from flr.cohort.request import given_paths, request_of
from flr.errors import UsageError
from flr.growth.scans import prepared_scans
from flr.liver import ScanFacts
from flr.patient import PatientFacts, with_header_facts


def rows_of(**files: str) -> tuple[CaseRow, ...]:
    tables = [
        {"case_id": name.removeprefix("_"), "segments": path, "plan": "H67"} for name, path in files.items()
    ]
    return case_rows(tables, folder="/data")


@pytest.mark.parametrize(
    ("files", "named_for"),
    [
        ({"p1": "p2/seg.nii.gz", "p2": "p1/seg.nii.gz"}, ["p2", "p1"]),
        ({"p1": "x/P2.nii.gz", "p2": "x/p1_seg.nii.gz", "p3": "x/p3.nii.gz"}, ["p2", "p1", ""]),
        ({"p1": r"x\p1\s.nii", "p2": r"x\p1\s.nii"}, ["", "p1"]),
        # Named for their own, for both, for nobody, or by chance: nothing is said.
        ({"p1": "p1/seg.nii.gz", "p2": "p2/seg.nii.gz"}, ["", ""]),
        ({"p1": "p2/p1.nii.gz", "p2": "p1/p2.nii.gz"}, ["", ""]),
        ({"a": "s0.nii.gz", "b": "s1.nii.gz"}, ["", ""]),
        ({"_1": "s/7.nii.gz", "_2": "s/8.nii.gz", "_3": "s/1/9.nii.gz"}, ["", "", ""]),
    ],
)
def test_files_that_are_named_for_another_case(files: dict[str, str], named_for: list[str]) -> None:
    rows = rows_of(**files)
    assert [row.named_for for row in rows] == named_for
    for row in rows:
        paths = {name: tuple(map(Path, texts)) for name, texts in given_paths(row).items()}
        if row.named_for:
            with pytest.raises(UsageError, match=f"named for case {row.named_for}"):
                request_of(row, paths)
        else:
            assert request_of(row, paths).case_id == row.case_id


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        ({"sex": "M"}, "error"),
        ({"age_years": 75.0}, "error"),
        ({"age_years": 66.0}, "warning"),
        ({"height_cm": 187.0}, "error"),
        ({"height_cm": 165.0}, "warning"),
        ({"weight_kg": 110.0}, "error"),
        ({"weight_kg": 47.0}, "error"),
        ({"weight_kg": 90.0}, "warning"),
    ],
)
def test_a_header_of_somebody_else_keeps_a_flag_from_reassuring(
    facts: dict[str, object], severity: str
) -> None:
    stated = flr.Patient(weight_kg=72, height_cm=171, age_years=63, sex="F", condition="normal")
    known, found = with_header_facts(stated, PatientFacts(**facts))  # type: ignore[arg-type]
    assert known == stated
    assert [(f.check, f.severity) for f in found] == [("header_facts_disagree", severity)]
    liver = liver_of(20, 28)
    told = replace(liver, source=replace(liver.source, header_facts=PatientFacts(**facts)))  # type: ignore[arg-type]
    assert flr.assess(liver, H5678, stated).flag == "adequate"
    result = flr.assess(told, H5678, stated)
    assert (result.flag, result.flag_by_volume) == (
        "indeterminate" if severity == "error" else "adequate",
        "adequate",
    )
    accepted = flr.Options(accepted=("header_facts_disagree",))
    assert flr.assess(told, H5678, stated, options=accepted).flag == (
        "borderline" if severity == "error" else "adequate"
    )


DAYS = (datetime.date(2026, 2, 25), datetime.date(2026, 3, 29))


@pytest.mark.parametrize(
    ("in_headers", "said"),
    [
        (DAYS, False),
        ((None, DAYS[0]), False),
        (tuple(day - datetime.timedelta(days=400) for day in DAYS), False),  # moved to hide a name
        ((DAYS[0], DAYS[1] + datetime.timedelta(days=2)), False),
        ((DAYS[0], DAYS[1] + datetime.timedelta(days=3)), True),
        (DAYS[::-1], True),
    ],
)
def test_days_between_scans_are_held_against_those_of_their_headers(
    in_headers: tuple[datetime.date | None, ...], said: bool
) -> None:
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    livers = [
        replace(liver, source=replace(liver.source, scan=ScanFacts(date=day)))
        for liver, day in zip((liver_of(11, 35), liver_of(17, 29)), in_headers, strict=True)
    ]
    prepared = prepared_scans(case, livers, H5678)
    errors = [f for f in prepared[1][1].quality if (f.check, f.severity) == ("scan_date_disagrees", "error")]
    assert len(errors) == said
    again = prepared_scans(*prepared, H5678)
    assert again[1][1].quality == prepared[1][1].quality
    assert flr.follow_up(case, livers, H5678).flag == ("indeterminate" if said else "adequate")
