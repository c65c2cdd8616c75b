"""Errors of the image do the same at every door: blocked both ways, never reassuring, accepted in sight.

A door is any way in which a graded result reaches a person. One that is added later belongs into `DOORS`; a
command that is in none of them, and not among those that grade nothing, fails the last test.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from growing import case_of, liver_of, scan_at
from phantoms import couinaud_egg, write_nifti

import flr
from flr.assessment import Options
from flr.cli import main
from flr.cli.entry import COMMANDS
from flr.cohort.manifest import CaseRow
from flr.cohort.request import documents_of, given_paths, request_of
from flr.criteria.model import BELOW_MINIMUM
from flr.job import Job, run
from flr.liver import Liver, Source, assemble
from flr.notebook.previews import preview
from flr.notebook.tables import assessment_html
from flr.plans import parse_plan
from flr.plans.staged import StagedPlan
from flr.quality import CHECKS
from flr.report.donor import donor_text
from flr.report.search import search_text
from flr.report.text import assessment_text
from flr.staging import stage_by_stage

PATIENT = flr.Patient(weight_kg=72, height_cm=171, condition="normal")
DONOR = flr.Patient(weight_kg=72, height_cm=171, condition="donor")
WHO = "Dr Who"
TREATMENTS = ("embolis", "alpps", "two-stage", "in two stages", "venous deprivation")


@dataclass(frozen=True)
class Kind:
    """A kind of error: the check that has it, and whether somebody accepts it, by check or by row."""

    check: str | None
    accepts: str | None = None

    @property
    def accepted(self) -> tuple[str, ...]:
        return () if self.accepts is None else (f"{self.accepts}=looked at, {WHO}",)

    @property
    def counts_as_shown(self) -> bool:
        """Whether it is accepted by the check's own name, or by its row where that is not shown."""
        if self.check is None or self.accepts is None:
            return False
        return self.accepts == self.check or CHECKS[self.check].effect("error") == "not_shown"

    @property
    def blocks(self) -> bool:
        """Whether the volumes cannot be believed, and nobody has accepted that by the check's own name."""
        if self.check is None or self.accepts == self.check:
            return False
        return CHECKS[self.check].blocks_grading


KINDS: Final[Mapping[str, Kind]] = {
    "against": Kind("mirrored_anatomy"),
    "against, its row accepted": Kind("mirrored_anatomy", "side"),
    "against, accepted": Kind("mirrored_anatomy", "mirrored_anatomy"),
    "not shown": Kind("islands"),
    "not shown, its row accepted": Kind("islands", "whole"),
    "blocking": Kind("segment_missing"),
    "blocking, its row accepted": Kind("segment_missing", "whole"),
    "blocking, accepted": Kind("segment_missing", "segment_missing"),
}
TRUE: Final = Kind(None)


@dataclass(frozen=True)
class Said:
    """What one door says of one plan: the flag, why it is indeterminate, and what a person reads."""

    flag: str
    because: str | None
    options: tuple[str, ...]
    text: str


def with_error(liver: Liver, kind: Kind) -> Liver:
    """The liver with an error that reading noticed."""
    if kind.check is None:
        return liver
    found = CHECKS[kind.check].finding("something is wrong with the image", "error")
    return replace(liver, quality=(*liver.quality, found))


def block(kind: Kind, left: int = 24, right: int = 22, tumours: tuple[tuple[int, int], ...] = ()) -> Liver:
    return with_error(liver_of(left, right, tumours), kind)


def of(assessment: flr.Assessment, text: str) -> Said:
    return Said(assessment.flag, assessment.because, assessment.options, text)


def options_of(kind: Kind) -> Options:
    return Options(accepted=kind.accepted)


# --- the doors: a kind of error → what is said of a plan that keeps much, and of one that keeps little ---

SIZES: Final = ((24, 22), (9, 37))
"""Columns of a left liver that is large enough after H5678, and of one that is not."""


def by_library(kind: Kind, folder: Path) -> Iterable[Said]:
    """Also the page's text, and the table of the same remnant under other backgrounds."""
    for left, right in SIZES:
        one = flr.assess(block(kind, left, right), "H5678", PATIENT, options=options_of(kind))
        yield of(one, assessment_text([one]))
        for row in one.under_profiles:
            assert row.flag == one.flag or not row.given
        yield of(one, assessment_html(one))


def by_job_from_memory(kind: Kind, folder: Path) -> Iterable[Said]:
    for left, right in SIZES:
        job = Job(block(kind, left, right), ("H5678",), PATIENT, options=options_of(kind))
        (one,) = run(job).assessments
        yield of(one, assessment_text([one]))


def by_search(kind: Kind, folder: Path) -> Iterable[Said]:
    """Where no plan qualifies, stages are named; not on volumes that cannot be believed."""
    for left, right, tumours in ((24, 22, ((6, 2),)), (9, 37, ((6, 4), (8, 4)))):
        liver = block(kind, left, right, tumours)
        found = flr.search(liver, PATIENT, options=options_of(kind), kinds=("anatomical",))
        text = search_text(found)
        graded = [one for one in found.candidates if one.assessment is not None]
        for candidate in sorted(graded, key=lambda one: -one.flr_ml)[:: len(graded) - 1 or 1]:
            assert candidate.assessment is not None
            yield of(candidate.assessment, text)


def by_stages(kind: Kind, folder: Path) -> Iterable[Said]:
    """What somebody plans in stages names its stages; the flags of these are looked at."""
    resection, clear = parse_plan("H5678"), parse_plan("H3")
    staged = StagedPlan(name="staged", technique="two_stage", resection=resection, clear=clear)
    for left, right in SIZES:
        result = stage_by_stage(block(kind, left, right), staged, PATIENT, options=options_of(kind))
        for stage in (result.stages[0], result.stages[-1]):
            assert (stage.flag, stage.headline) == (stage.assessment.flag, stage.assessment.headline)
            yield of(stage.assessment, stage.headline)


def by_donor(kind: Kind, folder: Path) -> Iterable[Said]:
    for left, right in SIZES:
        liver, options = block(kind, left, right), options_of(kind)
        plan = flr.donor_plan(liver, "H5678", DONOR, recipient_weight_kg=70, options=options)
        graded = {str(finding.verdict) for finding in plan.findings}
        assert (graded == {"not_assessed"}) is kind.blocks
        yield of(plan.assessment, donor_text([plan]))


def by_notebook(kind: Kind, folder: Path) -> Iterable[Said]:
    for left, right in SIZES:
        shown = preview(block(kind, left, right), "H5678", PATIENT, options=options_of(kind))
        yield of(shown.assess(shown.setting), shown.card(shown.setting))


def _followed(kind: Kind, first: Kind, last: Kind, procedure: str | None) -> Iterable[Said]:
    after = {} if procedure is None else {"after": procedure}
    case = case_of(scan_at(-4), scan_at(28, **after))
    for before, now in (((14, 30), (22, 26)), ((7, 37), (9, 37))):
        livers = [block(first, *before), block(last, *now)]
        found = flr.follow_up(case, livers, "H5678", options=options_of(kind))
        yield Said(found.flag, found.because, (), found.headline + str(found.last.assessment.accepted_rows))


def by_followup(kind: Kind, folder: Path) -> Iterable[Said]:
    return _followed(kind, TRUE, kind, "pve")


def by_followup_of_an_earlier_scan(kind: Kind, folder: Path) -> Iterable[Said]:
    return _followed(kind, kind, TRUE, "pve")


def by_followup_without_a_procedure(kind: Kind, folder: Path) -> Iterable[Said]:
    return _followed(kind, kind, TRUE, None)


def _map_of(kind: Kind, folder: Path) -> Path:
    """A map of a file that has the error by itself."""
    segments, grid = couinaud_egg((6.0, 6.0, 6.0), margin_mm=30.0)
    if kind.check == "segment_missing":
        segments = np.where(segments == 1, 0, segments).astype(np.uint8)
    elif kind.check == "islands":
        at = np.indices(segments.shape).transpose(1, 2, 3, 0) - 5
        segments[(at**2).sum(axis=-1) < 12] = 6  # a ball of 2 % of the liver
    elif kind.check == "mirrored_anatomy":
        segments = segments[::-1].copy()
    return write_nifti(folder / "segments.nii.gz", segments, grid)


PLANS: Final = ("H67", "H45678")
WEIGHTS: Final = {"weight": "110", "height": "190", "condition": "normal"}


def by_command(kind: Kind, folder: Path) -> Iterable[Said]:
    words = [f"--segments={_map_of(kind, folder)}", "--tumours=none", "--reviewed=yes"]
    words += [f"--{name}={value}" for name, value in WEIGHTS.items()] + [f"--plan={plan}" for plan in PLANS]
    words += [f"--accept={text}" for text in kind.accepted]
    found = folder / "found.json"
    with found.open("w", encoding="utf-8") as file, redirect_stdout(file):
        assert main(["assess", *words, "--json"]) == 0
    with redirect_stdout(io.StringIO()) as said:
        assert main(["replay", str(found)]) == 0, said.getvalue()
    yield from _recorded(json.loads(found.read_text(encoding="utf-8"))["assessments"])


def by_cohort(kind: Kind, folder: Path) -> Iterable[Said]:
    cells = {**WEIGHTS, "segments": str(_map_of(kind, folder)), "tumours": "none", "reviewed": "yes"}
    cells |= {"plan": ";".join(PLANS)} | ({"accept": kind.accepted[0]} if kind.accepts else {})
    row = CaseRow("case", 1, cells, "/")
    paths = {name: tuple(map(Path, texts)) for name, texts in given_paths(row).items()}
    yield from _recorded(documents_of(request_of(row, paths)))


def _recorded(documents: Iterable[Mapping[str, Any]]) -> Iterable[Said]:
    for one in documents:
        yield Said(one["flag"], one["because"], tuple(one["options"]), one["headline"])


DOORS: Final[Mapping[str, Callable[[Kind, Path], Iterable[Said]]]] = {
    "library": by_library,
    "job from memory": by_job_from_memory,
    "search": by_search,
    "stages": by_stages,
    "donor": by_donor,
    "notebook": by_notebook,
    "followup": by_followup,
    "followup, earlier scan": by_followup_of_an_earlier_scan,
    "followup, no procedure": by_followup_without_a_procedure,
    "command and replay": by_command,
    "cohort": by_cohort,
}
OF_AN_EARLIER_SCAN: Final = ("followup, earlier scan", "followup, no procedure")
"""What cannot be believed of an earlier scan leaves the last one's own remnant graded as below a minimum."""

OF_COMMANDS: Final = {
    "assess": "command and replay",
    "replay": "command and replay",
    "cohort": "cohort",
    "bids": "cohort",
    "search": "search",
    "donor": "donor",
    "followup": "followup",
    "criteria": "library",
    "pacs": "job from memory",
    "export": "job from memory",
    "planner": "job from memory",
}
GRADE_NO_IMAGE: Final = {"calc", "demo", "volumes", "inspect", "formulas", "schemes", "plans", "selftest"}


@cache
def of_the_true_liver(door: str) -> tuple[Said, ...]:
    with tempfile.TemporaryDirectory() as folder:
        found = tuple(DOORS[door](TRUE, Path(folder)))
    assert {one.flag for one in found} & {"adequate"}
    assert {one.flag for one in found} & set(BELOW_MINIMUM)
    return found


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("door", DOORS)
def test_an_error_does_the_same_at_every_door(door: str, kind: Kind, tmp_path: Path) -> None:
    blocks = kind.blocks and door not in OF_AN_EARLIER_SCAN
    for true, one in zip(of_the_true_liver(door), DOORS[door](kind, tmp_path), strict=True):
        if blocks:
            assert (one.flag, one.because, one.options) == ("indeterminate", "volumes", ())
            assert [word for word in TREATMENTS if word in one.text.lower()] == []
        elif true.flag in BELOW_MINIMUM:
            assert (one.flag, one.options) == (true.flag, true.options)
        elif kind.counts_as_shown:
            assert (one.flag, one.because) == ("borderline", None)
        else:
            assert (one.flag, one.because) == ("indeterminate", "not_shown")
        if kind.counts_as_shown and door not in OF_AN_EARLIER_SCAN:
            assert WHO in one.text


def test_every_command_that_grades_has_a_door() -> None:
    assert set(OF_COMMANDS) | GRADE_NO_IMAGE == set(COMMANDS)
    assert set(OF_COMMANDS).isdisjoint(GRADE_NO_IMAGE)
    assert set(OF_COMMANDS.values()) <= set(DOORS)


@pytest.mark.parametrize("missing", ["1", "4", "8"])
def test_a_segment_that_no_mask_holds_blocks(missing: str) -> None:
    """A mask that is no larger than the segments holds no caudate lobe."""
    segments, grid = couinaud_egg((6.0, 6.0, 6.0), margin_mm=30.0)
    drawn = np.where(segments == int(missing), 0, segments).astype(np.uint8)
    parts = np.asfortranarray(drawn)
    much = (segments > 0) & ~np.isin(segments, (2, 3))
    for mask in (None, drawn > 0, (drawn > 0) | much if missing != "1" else None):
        liver = assemble(
            grid,
            liver=mask,
            parts=parts,
            part_names=tuple("12345678"),
            tumours_declared_none=True,
            source=Source(reviewed=True),
        )
        for plan in ("H67", "H2367"):
            found = flr.assess(liver, plan, PATIENT)
            assert (found.flag, found.because, found.options) == ("indeterminate", "volumes", ())
            assert "segment_missing" in {one.check for one in found.quality}


def test_a_first_scan_that_nobody_reviewed_reassures_nobody() -> None:
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    first, last = liver_of(14, 30), liver_of(22, 26)
    assert flr.follow_up(case, [first, last], "H5678").flag == "adequate"
    unseen = replace(first, source=Source())
    found = flr.follow_up(case, [unseen, last], "H5678")
    assert (found.flag, found.because, found.flag_by_volume) == ("indeterminate", "not_shown", "adequate")
    assert "reviewed of scan 1" in found.headline


@pytest.mark.parametrize("accepted", ["side", "segments_estimated"])
def test_estimated_segments_are_never_adequate_whatever_is_accepted(accepted: str) -> None:
    estimated = CHECKS["segments_estimated"].finding("parts were estimated")
    liver = liver_of(24, 22)
    liver = replace(liver, segments_estimated=True, quality=(*liver.quality, estimated))
    options = Options(accepted=(f"{accepted}=looked at, {WHO}",))
    assert flr.assess(liver, "H5678", PATIENT).flag == "indeterminate"
    assert flr.assess(liver, "H5678", PATIENT, options=options).flag != "adequate"


def test_a_tumour_where_the_caudate_lobe_is_not_drawn_is_no_liver_mask() -> None:
    segments, grid = couinaud_egg((6.0, 6.0, 6.0), margin_mm=30.0)
    caudate = segments == 1
    liver = assemble(
        grid,
        parts=np.asfortranarray(np.where(caudate, 0, segments).astype(np.uint8)),
        part_names=tuple("12345678"),
        tumours=np.asfortranarray(caudate.astype(np.uint16)),
        source=Source(reviewed=True),
    )
    assert flr.assess(liver, "H67", PATIENT).because == "volumes"


def test_a_search_asks_for_growth_only_of_volumes_that_can_be_believed() -> None:
    for kind in (TRUE, KINDS["not shown"], KINDS["blocking"], KINDS["blocking, accepted"]):
        liver = block(kind, 9, 37, ((6, 4), (8, 4)))
        found = flr.search(
            liver, PATIENT, options=options_of(kind), kinds=("anatomical",), minimum_flr_percent=60.0
        )
        assert bool(found.two_stage) is not kind.blocks
        assert ("volumes_unbelievable" in found.notes) is kind.blocks
