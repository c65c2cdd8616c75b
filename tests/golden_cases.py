"""Documents of every kind, made from synthetic cases, and the golden files that hold them.

``python tests/golden_cases.py`` writes ``tests/golden`` anew. Do that after a change that is meant, and read
the difference: keys that other programs rely on, numbers and flags stand there.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import json
import math
import os
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from cohorts import make_cohort
from growing import H5678, case_of, liver_of, scan_at
from phantoms import couinaud_block, write_nifti
from planning import block_liver as liver_to_search
from report_cases import PATIENT, block_case, from_numbers
from test_perfusion import phantom, slab

import flr
from flr.cli import main, pacs
from flr.cohort.agree import agreement, agreement_document
from flr.documents.assessments import assessments_document
from flr.documents.csv import assessments_csv
from flr.documents.followup import followup_document
from flr.documents.listing import listing_document
from flr.documents.search import search_document
from flr.documents.what_if import what_if_document
from flr.errors import EnvironmentFailure
from flr.geometry import Grid
from flr.io.markups import plan_document
from flr.patient import Patient
from flr.plans.staged import StagedPlan
from flr.selftest import selftest, selftest_document

GOLDEN = Path(__file__).resolve().parent / "golden"

SENTENCES = {
    *("headline", "message", "reason", "note_texts", "measures_reasons", "measures_ungraded", "reasons"),
    *("no_weeks_because", "equation", "population", "valid_for", "note"),
}
"""Keys of words for people: they may be written better without a new golden file."""

MACHINE = {"flr_version", "versions", "fingerprints", "sha256"}
"""Keys of what another version, machine or library changes."""

DIGITS = 10


def plain(value: Any, key: str = "") -> Any:
    """A document as its golden file holds it: numbers to ten digits, words and hashes masked."""
    if isinstance(value, Mapping):
        if key in SENTENCES | MACHINE:
            return "…" if key == "fingerprints" else dict.fromkeys(value, "…")
        return {name: plain(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item, key) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return "…" if isinstance(value, str) and value and key in SENTENCES | MACHINE else value


def faults(golden: Any, now: Any, path: str = "") -> Iterator[str]:
    """Where a document is not its golden file; keys that are new are no fault."""
    if isinstance(golden, dict) and isinstance(now, dict):
        if [key for key in now if key in golden] != list(golden):
            yield f"{path}: keys {list(now)}; expected {list(golden)} in this order"
        for key in golden.keys() & now.keys():
            yield from faults(golden[key], now[key], f"{path}.{key}" if path else key)
    elif isinstance(golden, list) and isinstance(now, list) and len(golden) == len(now):
        for number, (old, new) in enumerate(zip(golden, now, strict=True)):
            yield from faults(old, new, f"{path}[{number}]")
    elif isinstance(golden, float) and isinstance(now, float):
        if not math.isclose(golden, now, rel_tol=10.0 ** (1 - DIGITS)):
            yield f"{path}: {now!r}; expected {golden!r}"
    elif type(golden) is not type(now) or golden != now:
        yield f"{path}: {now!r}; expected {golden!r}"


# --- the cases --------------------------------------------------------------------------------


def _printed(*argv: str) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        main([*argv, "--json"])
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


@cache
def _assessments() -> tuple[flr.Assessment, ...]:
    liver = phantom(tumour=True)
    child = Patient(age_years=9, weight_kg=30, height_cm=135)
    return (*block_case()[2][::2], flr.assess(liver, slab(liver), PATIENT), from_numbers(patient=child))


def _followup() -> dict[str, Any]:
    case = case_of(scan_at(-4), scan_at(28, after="pve", weight_kg=70), patient=PATIENT)
    tumours = ((3, 2), (6, 4))
    result = flr.follow_up(case, [liver_of(11, 37, tumours), liver_of(14, 34, tumours)], H5678)
    plan = StagedPlan(name="staged", technique="pve", resection=H5678, clear=flr.parse_plan("H3"))
    return followup_document(result, [flr.stage_by_stage(liver_of(11, 37, tumours), plan, PATIENT)])


def _search() -> dict[str, Any]:
    document = search_document(
        flr.search(liver_to_search(tumours=[(7, 4), (3, 3)]), PATIENT, minimum_flr_percent=60.0)
    )
    for key in ("candidates", "others", "rejected", "unmet", "two_stage"):
        document[key] = document[key][:2]
    return document


def _donor() -> dict[str, Any]:
    segments, _ = _desk()
    body = ("--tumours", "none", "--weight", "72", "--height", "171")
    return _printed(
        "donor", segments, *body, "--plan", "H234", "--recipient-weight", "60", "--mhv-side", "graft"
    )


def _what_if() -> dict[str, Any]:
    document = what_if_document(block_case()[2][:1])
    document["plans"][0]["standards"] = document["plans"][0]["standards"][:3]
    return document


def _listing(what: str) -> dict[str, Any]:
    document = listing_document(what)
    return {**document, what: document[what][:2]}


def _plan() -> dict[str, Any]:
    plan = flr.parse_plan("H67 + wedge(T3, 10) + ablate(T5, 5) + plane(0, 0, 0, 1, 0, 0)")
    return plan_document(plan, Grid((2, 3, 4), [[-1, 0, 0, 5], [0, -2, 0, 6], [0, 0, 3, 7], [0, 0, 0, 1]]))


def _selftest() -> dict[str, Any]:
    document = selftest_document(selftest())
    return {**document, "checks": document["checks"][:2]}


def _desk() -> tuple[str, str]:
    block = couinaud_block(tumours=((7, 6),), columns_voxels=(5, 6, 18, 12))
    for name, voxels in (("segments.nii.gz", block.segments), ("tumours.nii.gz", block.tumours)):
        write_nifti(Path(name), voxels, block.grid)
    return "segments.nii.gz", "tumours.nii.gz"


def _replay() -> dict[str, Any]:
    segments, tumours = _desk()
    body = ("--weight", "72", "--height", "171", "--condition", "chemotherapy")
    document = _printed("assess", segments, "--tumours", tumours, *body, "--plan", "H5678")
    document["assessments"][0]["patient"]["weight_kg"] = 80.0
    Path("assessment.json").write_text(json.dumps(document), encoding="utf-8")
    replayed = _printed("replay", "assessment.json")
    for difference in replayed["differences"]:
        if "headline" in difference["path"] or "reason" in difference["path"]:
            difference |= {"recorded": "…", "recomputed": "…"}
    for cause in replayed["causes"]:
        cause["text"] = "…"
    return replayed


def _export() -> dict[str, Any]:
    segments, tumours = _desk()
    return _printed(
        "export", segments, "--tumours", tumours, "--plan", "H5678", "--nifti", "--stl", "--out", "exported"
    )


def _pacs(action: str) -> dict[str, Any]:
    """What the commands make of an archive's answers; the archive itself has tests of its own."""
    importlib.import_module("flr.pacs.watch")  # or it would keep the stand-in for the archive
    out = io.StringIO()
    archive = SimpleNamespace(
        store=lambda paths: SimpleNamespace(stored=3, present=1, failed=(("sr.dcm", "0xA700"),))
    )
    fetched = SimpleNamespace(folders=(Path("a/CT-1"), Path("a/SEG-2")), new=120, present=4, left_out=3)
    items = [
        SimpleNamespace(series_uid="1.2.3", state="done", results=4, reason=""),
        SimpleNamespace(series_uid="1.2.4", state="failed", results=0, reason="no tumours"),
    ]
    ledger = SimpleNamespace(items=lambda: items, counts=lambda: {"done": 1, "failed": 1}, close=lambda: None)
    args = Namespace(
        json=True, study="1.2", query=[], out=Path("a"), series=None, everything=False, files=[Path("x.dcm")],
        rules=Path("r"), state=Path("s"), interval=1.0, settle=0.0, from_now=False, retry_failed=False,
        once=True, errors=None, site="none",
    )  # fmt: skip
    with (
        contextlib.redirect_stdout(out),
        mock.patch("flr.pacs.fetch.fetch_study", return_value=fetched),
        mock.patch("flr.pacs.connect.open_archive", return_value=archive),
        mock.patch.object(pacs, "_dicom_files", return_value=[Path("x.dcm")]),
        mock.patch("flr.pacs.rules.read_rules"),
        mock.patch("flr.pacs.watch.Watch"),
        mock.patch("flr.pacs.watch.Worker"),
        mock.patch("flr.pacs.ledger.Ledger", return_value=ledger),
        contextlib.suppress(EnvironmentFailure),
    ):
        getattr(pacs, f"_{action}")(args, mock.sentinel.address)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def _cohort() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, seed in (("first", 5), ("second", 6)):
        manifest = str(make_cohort(Path(name), 4, broken=name == "first", seed=seed))
        made[name] = _printed("cohort", "run", manifest, "--out", f"{name}/out", "--workers", "0")
    return {
        "flr-cohort": made["first"],
        "flr-cohort-part": _printed("cohort", "run", "second/manifest.csv", "--out", "part", "--case", "2"),
        "flr-cohort-manifest": _printed("cohort", "manifest", "first", "--layout", "files"),
        "flr-cohort-agreement": agreement_document(agreement("first/out", "second/out")),
        "flr-cohort-changes": _changes(),
        "cases": _table(Path("first/out/cases.csv").read_text(encoding="utf-8")),
    }


def _changes() -> dict[str, Any]:
    document = _printed("cohort", "changes", "second/out")
    return {**document, "scenarios": document["scenarios"][:3]}


def _table(text: str) -> dict[str, Any]:
    """A CSV by columns, so that a new column is one new key."""
    rows = list(csv.DictReader(io.StringIO(text)))
    columns = {
        name: [_cell(name, row[name]) for row in rows] for name in rows[0] if "fingerprint" not in name
    }
    return {"columns": columns}


def _cell(name: str, text: str) -> Any:
    words = SENTENCES | MACHINE | {"inputs"}
    if text and any(step in words for step in name.split(".")):
        return "…"
    try:
        return float(f"{float(text):.{DIGITS}g}")
    except ValueError:
        return text


def _frames() -> dict[str, Any]:
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    results = {
        "followup": flr.follow_up(case, [liver_of(11, 37), liver_of(14, 34)], H5678),
        "search": flr.search(liver_to_search(tumours=[(7, 4)]), kinds=("anatomical",)),
        "volumes": flr.measure(liver_of(11, 37)),
    }
    return {name: dict.fromkeys(map(str, result.to_frame().columns)) for name, result in results.items()}


CASES: Mapping[str, Callable[[], Any]] = {
    "flr-assessments": lambda: assessments_document(_assessments()),
    "assessments": lambda: _table(assessments_csv(_assessments())),
    "frames": _frames,
    "flr-followup": _followup,
    "flr-donor": _donor,
    "flr-what-if": _what_if,
    "flr-search": _search,
    "flr-plan": _plan,
    "flr-volumes": lambda: _printed("volumes", *_desk()),
    "flr-inspect": lambda: _printed("inspect", *_desk()),
    "flr-criteria": lambda: _listing("criteria"),
    "flr-formulas": lambda: _listing("formulas"),
    "flr-schemes": lambda: _listing("schemes"),
    "flr-plans": lambda: _listing("plans"),
    "flr-export": _export,
    "flr-pacs-fetch": lambda: _pacs("fetch"),
    "flr-pacs-store": lambda: _pacs("store"),
    "flr-pacs-watch": lambda: _pacs("watch"),
    "flr-replay": _replay,
    "flr-selftest": _selftest,
    **{
        name: (lambda name=name: _cohorts()[name])  # type: ignore[misc]
        for name in (
            *("flr-cohort", "flr-cohort-part", "flr-cohort-manifest"),
            *("flr-cohort-agreement", "flr-cohort-changes", "cases"),
        )
    },
}
"""Name of a golden file to what makes its document; those that name no schema are tables by columns."""


@cache
def _cohorts() -> dict[str, Any]:
    return _cohort()


def document(name: str) -> Any:
    """The document of one case, made in an empty folder."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return CASES[name]()
        finally:
            os.chdir(before)


def write_all(folder: Path = GOLDEN, *, raw: bool = False) -> None:
    """Write every golden file; ``raw`` ones hold the documents as they are."""
    folder.mkdir(exist_ok=True)
    for name in CASES:
        content = document(name) if raw else plain(document(name))
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_all()
