"""Lies about whose a file is and when a scan was taken, told at the doors that carry them.

Two patients: the one of the case, and another whose liver is larger all round and whose body fits it.
"""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from phantoms import write_nifti

import flr
from flr.case import Case as FollowedCase
from flr.case import Scan
from flr.cli import main
from flr.cohort.manifest import case_rows
from flr.cohort.request import documents_of, request_of
from flr.geometry import Grid
from flr.growth import follow_up
from flr.job import Files, Job
from flr.job import run as run_job
from flr.liver import Liver, ScanFacts
from lies.carriers import memory, write_images, write_segments
from lies.cases import Answer, Case
from lies.telling import told
from lies.voxels import ball, body_axis, extent_mm, middle_mm

Random = np.random.Generator
Told = tuple[Case, Liver]

_LARGER = 1.12
_PLAN = "H5678"
_OF_PLAN = f"{_PLAN} normal"
_SEXES = {"this": "F", "other": "M"}


def _other(case: Case) -> Case:
    """Another patient, 40 % larger in liver and weight."""
    affine = case.grid.index_to_world_mm * [_LARGER, _LARGER, _LARGER, 1.0]
    return replace(
        case, name="other", grid=Grid(case.grid.shape, affine), weight_kg=case.weight_kg * _LARGER**3
    )


def _answer(documents: list[dict[str, Any]]) -> Answer:
    """What documents of assessments say."""
    (one,) = documents
    found = frozenset((f["check"], f["severity"]) for f in one["quality"])
    return Answer({_OF_PLAN: one["flag"]}, found, "", {"total mL": one["volumes_ml"]["total"]})


def _study(folder: Path, case: Case, sex: str) -> tuple[Path, Path]:
    """A SEG and its CT, whose headers say whose they are."""
    folder.mkdir()
    facts = {
        "PatientID": f"id-{sex}",
        "PatientName": f"Name^{sex}",
        "PatientSex": sex,
        "PatientWeight": f"{case.weight_kg:.1f}",
        "PatientSize": f"{case.height_cm / 100.0:.2f}",
    }
    stack = write_images(folder / "ct", case.grid, **facts)
    identity = {key: facts[key] for key in ("PatientID", "PatientName", "PatientSex")}
    return write_segments(case, folder, stack, "BINARY", **identity), folder / "ct"


def _command(case: Case, inputs: tuple[Path, ...]) -> Answer:
    """``flr assess`` of files under the facts of a case."""
    said, out = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(said):
        code = main(
            [
                "assess",
                *map(str, inputs),
                *("--tumours", "none", "--reviewed", "yes", "--condition", "normal", "--sex", "F"),
                *("--weight", f"{case.weight_kg:.1f}", "--height", f"{case.height_cm:.0f}", "--plan", _PLAN),
                "--json",
            ]
        )
    if code in (2, 3):
        return Answer(refused=said.getvalue())
    document = json.loads(out.getvalue())
    return _answer(document.get("assessments", [document]))


def _job(case: Case, inputs: tuple[Path, ...]) -> Answer:
    """A job of files under the facts of a case."""
    from flr.documents.assessments import assessment_document

    patient = replace(case.patient("normal"), sex="F")
    job = Job(source=Files(inputs=inputs, tumours_none=True), plans=(_PLAN,), patient=patient, reviewed=True)
    return _answer([assessment_document(one) for one in run_job(job).assessments])


def _cohort(case: Case, inputs: tuple[Path, ...]) -> Answer:
    """A row of a manifest."""
    return _rows(case, {"this": inputs})["this"]


def _rows(case: Case, inputs: Mapping[str, tuple[Path, ...]]) -> dict[str, Answer]:
    """A manifest of this patient and, where its files are given, the other."""
    from flr.cohort.request import given_paths

    bodies = {"this": case, "other": _other(case)}
    tables = [
        {
            "case_id": name,
            "inputs": ";".join(map(str, files)),
            "tumours": "none",
            "reviewed": "yes",
            "condition": "normal",
            "plan": _PLAN,
            "sex": _SEXES[name],
            "weight": f"{bodies[name].weight_kg:.1f}",
            "height": f"{bodies[name].height_cm:.0f}",
        }
        for name, files in inputs.items()
    ]
    answers = {}
    for row in case_rows(tables, folder="/"):
        paths = {name: tuple(Path(text) for text in texts) for name, texts in given_paths(row).items()}
        answers[row.case_id] = _answer(documents_of(request_of(row, paths)))
    return answers


_DOORS: dict[str, Callable[[Case, tuple[Path, ...]], Answer]] = {
    "command": _command,
    "job": _job,
    "cohort": _cohort,
}

for _door, _through in _DOORS.items():

    @told(
        f"the images of another patient: {_door}",
        "SEG and CT of another patient under this one's sex, weight and height",
        "statements",
        "header_facts_disagree liver_size_against_body",
        carrier=_door,
    )
    def _(
        case: Case,
        folder: Path,
        random: Random,
        through: Callable[[Case, tuple[Path, ...]], Answer] = _through,
    ) -> Answer:
        return through(case, _study(folder / "other", _other(case), "M"))


@told(
    "the SEG of another patient beside this one's images",
    "the two name different patients",
    "statements",
    "refused",
    carrier="command",
)
def _(case: Case, folder: Path, random: Random) -> Answer:
    seg, _ = _study(folder / "other", case, "M")
    _, images = _study(folder / "this", case, "F")
    return _command(case, (seg, images))


@told(
    "rows of a manifest exchanged",
    "each of two cases has the files that are named for the other",
    "statements",
    "refused",
    carrier="cohort",
)
def _(case: Case, folder: Path, random: Random) -> Answer:
    files = {}
    for name, one in (("this", case), ("other", _other(case))):
        (folder / name).mkdir()
        files[name] = (write_nifti(folder / name / "segments.nii.gz", one.segments, one.grid, qform_code=0),)
    return _rows(case, {"this": files["other"], "other": files["this"]})["this"]


@told(
    "bodies of a manifest exchanged",
    "each of two cases has the sex, weight and height of the other, whose headers say otherwise",
    "statements",
    "header_facts_disagree",
    carrier="cohort",
)
def _(case: Case, folder: Path, random: Random) -> Answer:
    this = _study(folder / "a", case, "F")
    other = _study(folder / "b", _other(case), "M")
    return _rows(case, {"this": other, "other": this})["this"]


# --- when ---------------------------------------------------------------------------------------------

_BEFORE, _AFTER = datetime.date(2026, 2, 25), datetime.date(2026, 3, 29)


def _grown(case: Case) -> tuple[Liver, Liver]:
    """The liver before an embolisation, and after it: the left side has taken 12 mm of the right one."""
    before = memory(case, Path())
    axis, positive = body_axis(case.grid, 0)
    left = np.isin(case.segments, (1, 2, 3, 4))
    grown = case.segments.copy()
    for _ in range(max(1, round(12.0 / case.grid.spacing_mm[axis]))):
        wider = np.roll(left, 1 if positive else -1, axis) & np.isin(grown, (5, 6, 7, 8))
        grown[wider] = 4
        left |= wider
    return before, memory(replace(case, segments=grown), Path())


def _followed(
    case: Case, livers: tuple[Liver, Liver], in_headers: tuple[datetime.date, datetime.date]
) -> Answer:
    """A follow-up of scans on two days, whose headers say days of their own."""
    dated = [
        replace(liver, source=replace(liver.source, scan=ScanFacts(date=day)))
        for liver, day in zip(livers, in_headers, strict=True)
    ]
    scan: dict[str, Any] = {"roles": {"segments": PurePath("s.nii.gz")}, "phase": "portal venous"}
    followed = FollowedCase(
        id="this",
        patient=case.patient("normal"),
        scans=(
            Scan(date=_BEFORE, **scan),
            Scan(date=_AFTER, after="pve", after_date=datetime.date(2026, 3, 1), **scan),
        ),
        plans=(flr.parse_plan(_PLAN),),
    )
    found = follow_up(followed, dated, flr.parse_plan(_PLAN))
    last = found.last.assessment
    quality = frozenset((f.check, f.severity) for f in (*last.quality, *found.quality))
    return Answer({_OF_PLAN: found.flag}, quality, "", {"total mL": last.volumes.total_ml})


@told(
    "scan dates exchanged",
    "the earlier scan of a follow-up bears the date of the later one, by the headers of their images",
    "statements",
    "scan_date_disagrees",
    carrier="follow-up",
)
def _(case: Case, folder: Path, random: Random) -> Answer:
    before, after = _grown(case)
    return _followed(case, (before, after), (_AFTER, _BEFORE))


@told(
    "scans before and after exchanged",
    "the liver after an embolisation is given as the one before it, dates in the headers and all",
    "statements",
    "scan_date_disagrees",
    carrier="follow-up",
)
def _(case: Case, folder: Path, random: Random) -> Answer:
    before, after = _grown(case)
    return _followed(case, (after, before), (_AFTER, _BEFORE))


@told(
    "an interval that the headers contradict",
    "two weeks between two scans are stated as four",
    "statements",
    "scan_date_disagrees",
    carrier="follow-up",
)
def _(case: Case, folder: Path, random: Random) -> Answer:
    return _followed(case, _grown(case), (_BEFORE, _BEFORE + datetime.timedelta(days=14)))


@told(
    "dates moved together",
    "both headers are 400 days older, as a program does that hides a name",
    "true",
    "harmless",
    carrier="follow-up",
)
def _(case: Case, folder: Path, random: Random) -> Answer:
    back = datetime.timedelta(days=400)
    true = _followed(case, _grown(case), (_BEFORE, _AFTER))
    said = _followed(case, _grown(case), (_BEFORE - back, _AFTER - back))
    return Answer() if said.flags == true.flags else said


@told(
    "a result that is replayed with another patient's file",
    "after the assessment the segments were exchanged for another patient's",
    "statements",
    "refused",
    carrier="replay",
)
def _(case: Case, folder: Path, random: Random) -> Answer:
    path = write_nifti(folder / "segments.nii.gz", case.segments, case.grid, qform_code=0)
    stated = ["--tumours", "none", "--reviewed", "yes", "--condition", "normal", "--plan", _PLAN]
    body = ["--weight", f"{case.weight_kg:.1f}", "--height", f"{case.height_cm:.0f}"]
    out, said = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(said):
        main(["assess", "--segments", str(path), *stated, *body, "--json"])
        result = folder / "assessment.json"
        result.write_text(out.getvalue(), encoding="utf-8")
        other = _other(case)
        write_nifti(path, other.segments, other.grid, qform_code=0)
        code = main(["replay", str(result)])
    if code:
        return Answer(refused=f"exit {code}: {said.getvalue()}")
    return _answer([json.loads(result.read_text(encoding="utf-8"))])


# --- what ---------------------------------------------------------------------------------------------


def _vessel(case: Case) -> np.ndarray[Any, Any]:
    """A trunk from left to right through the liver with a branch upwards, 4 mm thick."""
    at = middle_mm(case)
    low, high = extent_mm(case, 0)
    trunk = np.zeros(case.segments.shape, bool)
    for x in np.arange(low + 20.0, high - 20.0, 4.0):
        trunk |= ball(case, np.array([x, at[1], at[2]]), 6.0)
    return np.asarray(trunk & (case.segments > 0))


@told(
    "tumour and vessel exchanged",
    "the map of the portal vein is given as the tumour's, and the tumour's as the vein's",
    "names",
    "plan_leaves_tumour refused",
    carrier="memory",
)
def _(case: Case, folder: Path, random: Random) -> Told:
    tumour = ball(case, middle_mm(case, (8,)), 16.0) & (case.segments > 0)
    liver = flr.liver_from_labels(
        segments=case.segments,
        affine=case.grid.index_to_world_mm,
        tumours=_vessel(case).astype(np.uint8),
        vessels=tumour.astype(np.uint8),
        reviewed=True,
    )
    return case, liver
