"""The same input gives the same document at every door: command, library, cohort, watcher, replay, export."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_phantoms import (
    Ellipsoid,
    Stack,
    even_heights_mm,
    segment,
    stack_at,
    write_seg,
    write_series,
)
from growing import H5678, case_of, liver_of, scan_at
from phantoms import couinaud_block, write_nifti
from planning import block_liver
from test_house import PACKAGE, tree_of
from test_perfusion import A_BOX, adult_liver

import flr
from flr.assessment import prepared
from flr.cli import main
from flr.cohort.manifest import CaseRow
from flr.cohort.request import documents_of, given_paths, request_of
from flr.documents.assessments import assessment_document
from flr.errors import LabelError, PlanError, ReadError, UsageError
from flr.geometry import Grid
from flr.io.markups import plan_of, write_plan
from flr.job import Asked, Files, Job, run
from flr.labels import Tissue
from flr.liver import Liver, ScanFacts, Source, completed_from_headers
from flr.pacs import work
from flr.pacs.archive import file_name, short_name
from flr.pacs.fetch import Fetched
from flr.pacs.rules import Rule, read_rules
from flr.patient import PatientFacts
from flr.perfusion import names_parts
from flr.plans import parse_plan
from flr.replay import replay

Documents = list[dict[str, Any]]

LIVER = Ellipsoid()
LEFT = Ellipsoid((-9.0, -11.0, 300.0), (36.0, 40.0, 60.0))
BODY: Mapping[str, Any] = {"weight_kg": 72.0, "height_cm": 171.0, "conditions": ("normal",)}
BODY_WORDS = ("--weight", "72", "--height", "171", "--condition", "normal")
BODY_CELLS = {"weight": "72", "height": "171", "condition": "normal"}


@dataclass(frozen=True)
class Case:
    """One case, as each door is told of it."""

    inputs: tuple[Path, ...] = ()
    roles: Mapping[str, Path] = field(default_factory=dict)
    plans: tuple[str, ...] = ()
    scheme: str | None = None
    second_reader: Path | None = None
    reviewed: bool | None = None
    stated: Mapping[str, Any] = field(default_factory=lambda: BODY)
    name: str = "case"

    @property
    def has_body(self) -> bool:
        return "weight_kg" in self.stated

    def by_command(self, capsys: pytest.CaptureFixture[str]) -> Documents:
        words = [str(path) for path in self.inputs] + [
            f"--{role}={path}" for role, path in self.roles.items()
        ]
        words += ["--tumours=none", f"--case-id={self.name}"] + [f"--plan={text}" for text in self.plans]
        words += [*BODY_WORDS] if self.has_body else ["--condition", "normal"]
        words += [] if self.scheme is None else [f"--scheme={self.scheme}"]
        words += [] if self.second_reader is None else [f"--second-reader={self.second_reader}"]
        words += [] if self.reviewed is None else ["--reviewed", "yes" if self.reviewed else "no"]
        capsys.readouterr()
        assert main(["assess", *words, "--json"]) == 0
        found: Documents = json.loads(capsys.readouterr().out)["assessments"]
        return found

    def read(self, **changes: Path) -> Liver:
        roles: Any = {**self.roles, **changes}
        return flr.read_liver(
            *self.inputs, **roles, tumours="none", scheme=self.scheme, reviewed=self.reviewed
        )

    def by_library(self) -> Documents:
        """As somebody writes it in Python, who knows nothing of what a command does on the way."""
        liver = self.read()
        plans = [plan_of(text, grid=liver.grid) for text in self.plans]
        plans = plans or [parse_plan(name) for name in ("flr", "resected") if name in liver.drawn]
        found = flr.assess_plans(liver, plans, flr.Patient(**self.stated), case_id=self.name)
        return [assessment_document(one) for one in found]

    def by_job_from_memory(self) -> Documents:
        """Livers that were read already, the second reader's too."""
        files = Files(self.inputs, {**self.roles}, tumours_none=True, scheme=self.scheme)
        second = None if self.second_reader is None else files.drawn_by(self.second_reader).read()
        job = Job(
            self.read(), self.plans, flr.Patient(**self.stated), second_reader=second, case_id=self.name
        )
        return [assessment_document(one) for one in run(job).assessments]

    def by_cohort(self) -> Documents:
        cells = {**self.roles_as_cells(), "tumours": "none", "plan": ";".join(self.plans)}
        cells |= BODY_CELLS if self.has_body else {"condition": "normal"}
        cells |= {} if self.scheme is None else {"scheme": self.scheme}
        cells |= {} if self.second_reader is None else {"second_reader": str(self.second_reader)}
        cells |= {} if self.reviewed is None else {"reviewed": "yes" if self.reviewed else "no"}
        row = CaseRow(self.name, 1, {name: text for name, text in cells.items() if text}, "/")
        paths = {name: tuple(map(Path, texts)) for name, texts in given_paths(row).items()}
        return [dict(document) for document in documents_of(request_of(row, paths))]

    def roles_as_cells(self) -> dict[str, str]:
        cells = {role: str(path) for role, path in self.roles.items()}
        return cells | ({"inputs": ";".join(map(str, self.inputs))} if self.inputs else {})


def block_files(folder: Path, *, shift: int = 0, name: str = "segments.nii.gz") -> Path:
    block = couinaud_block()
    write_nifti(folder / name, np.roll(block.segments, shift, axis=0), block.grid)
    return folder / name


def undivided_files(folder: Path) -> dict[str, Path]:
    """A liver's outline and its vessels; nobody drew a segment."""
    liver = adult_liver()
    vessels = np.zeros(liver.grid.shape, dtype=np.uint8)
    names = list(liver.vessels)
    for number, mask in enumerate(liver.vessels.values(), start=1):
        vessels[mask] = number
    folder.joinpath("vessels").mkdir()
    for number, name in enumerate(names, start=1):
        write_nifti(folder / "vessels" / f"{name}.nii.gz", (vessels == number).astype(np.uint8), liver.grid)
    write_nifti(folder / "liver.nii.gz", (liver.parts > 0).astype(np.uint8), liver.grid)
    return {"liver": folder / "liver.nii.gz", "vessels": folder / "vessels"}


def dicom_folders(folder: Path, *, drawn: bool = True) -> tuple[Path, Path]:
    """Images whose headers know the patient, and a segmentation that draws remnant and resection."""
    stack = stack_at(even_heights_mm(6.0))
    for path, uid in zip(write_series(folder / "ct", stack), stack.uids, strict=True):
        path.rename(path.with_name(file_name(uid)))  # as the watcher fetches them
    body, left = stack.masks(LIVER), stack.masks(LEFT)
    described = [segment(1, "Liver"), segment(2, "Future liver remnant"), segment(3, "Resected")]
    (folder / "seg").mkdir()
    masks = {1: body, 2: left, 3: body & ~left} if drawn else {1: body}
    write_seg(folder / "seg" / "s.dcm", stack, masks, described[: len(masks)])
    return folder / "seg", folder / "ct"


def plan_file(folder: Path, grid: Grid) -> Path:
    path = folder / "cut.json"
    write_plan(path, parse_plan("H567"), grid)
    return path


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    folder = tmp_path_factory.mktemp("job")
    (folder / "dicom").mkdir()
    (folder / "undivided").mkdir()
    segments = block_files(folder)
    second = block_files(folder, shift=1, name="second.nii.gz")
    grid = flr.read_liver(segments).grid
    undivided = undivided_files(folder / "undivided")
    automatic = "totalsegmentator_liver_segments"
    return {
        "two drawn masks and header facts": Case(
            inputs=dicom_folders(folder / "dicom"), stated={"conditions": ("normal",)}
        ),
        "estimated parts": Case(
            inputs=(undivided["vessels"],),
            roles={"liver": undivided["liver"]},
            plans=("right hepatectomy", "left hepatectomy"),
        ),
        "a plan file": Case(roles={"segments": segments}, plans=(str(plan_file(folder, grid)), "H67")),
        "an automatic map": Case(inputs=(segments,), scheme=automatic, plans=("H67",)),
        "a reviewed map": Case(inputs=(segments,), scheme=automatic, plans=("H67",), reviewed=True),
        "a second reader": Case(roles={"segments": segments}, plans=("H67", "H5678"), second_reader=second),
    }


NAMES = (
    "two drawn masks and header facts",
    "estimated parts",
    "a plan file",
    "an automatic map",
    "a reviewed map",
    "a second reader",
)


@pytest.mark.parametrize("name", NAMES)
def test_every_door_gives_the_same_documents(
    cases: dict[str, Case], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = cases[name]
    documents = case.by_command(capsys)
    assert len(documents) == (2 if name not in ("an automatic map", "a reviewed map") else 1)
    assert case.by_cohort() == documents
    if case.second_reader is None:  # flr.assess takes none, a flr.job.Job does
        assert case.by_library() == documents
    if case.reviewed is None:
        assert case.by_job_from_memory() == documents
    result = tmp_path / "assessment.json"
    result.write_text(json.dumps({"schema": "flr-assessments/1", "assessments": documents}), encoding="utf-8")
    searched = [*case.inputs, *case.roles.values(), *(Path(text) for text in case.plans if ".json" in text)]
    again = replay(result, inputs=Path(*common_parts(searched)))
    assert (again.differences, again.causes, again.left_out) == ((), (), ())
    assert again.agrees
    {
        "two drawn masks and header facts": drew_two_and_knows_the_body,
        "estimated parts": is_estimated_and_never_adequate,
        "a plan file": names_its_file,
        "an automatic map": is_further_off,
        "a reviewed map": is_further_off,
        "a second reader": has_a_table_for_every_plan,
    }[name](documents)


# --- all of it in one case -----------------------------------------------------------------------


CODES = {
    "Portal vein": ("32764006", "SCT", "Portal vein"),
    "Middle hepatic vein": ("273099000", "SCT", "Middle hepatic vein"),
    "Inferior vena cava": ("64131007", "SCT", "Inferior vena cava"),
}


def tube(stack: Stack, ends_mm: tuple[tuple[float, ...], tuple[float, ...]], radius_mm: float) -> Any:
    """Every voxel near a line, slices first; ends in LPS."""
    start, step = np.array(ends_mm[0]), np.subtract(ends_mm[1], ends_mm[0])
    planes = []
    for k in range(len(stack.origins_mm)):
        away = stack.points_mm(k) - start
        along = np.clip(away @ step / (step @ step), 0.0, 1.0)
        planes.append(((away - along[..., None] * step) ** 2).sum(axis=-1) <= radius_mm**2)
    return np.stack(planes)


@dataclass(frozen=True)
class Everything:
    """A study whose images know the patient; nobody drew a segment, and somebody drew two plans."""

    from_archive: Case
    with_automatic_map: Case
    with_second_reader: Case


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Everything:
    folder = tmp_path_factory.mktemp("everything")
    stack = stack_at(even_heights_mm(6.0), spacing_mm=(2.2, 1.8), size=(72, 68))
    body, left = stack.masks(LIVER), stack.masks(LEFT)
    hilum = (7.0, -5.0, 288.0)
    drawn = {
        "Liver": body,
        "Portal vein": tube(stack, ((7.0, -5.0, 230.0), hilum), 5.0)
        | tube(stack, (hilum, (-40.0, -11.0, 300.0)), 5.0)
        | tube(stack, (hilum, (52.0, -11.0, 300.0)), 5.0),
        "Middle hepatic vein": tube(stack, ((7.0, -48.0, 318.0), (7.0, 16.0, 336.0)), 5.0),
        "Inferior vena cava": tube(stack, ((7.0, 20.0, 216.0), (7.0, 20.0, 384.0)), 7.0),
        "Future liver remnant": left,
        "Resected": body & ~left,
    }
    for path, uid in zip(write_series(folder / "ct", stack), stack.uids, strict=True):
        path.rename(path.with_name(file_name(uid)))  # as the watcher fetches them
    for name, left_out in (("seg", ()), ("plans", ("Liver",))):
        (folder / name).mkdir()
        labels = [label for label in drawn if label not in left_out]
        described = [
            segment(n, label, *([CODES[label]] if label in CODES else []))
            for n, label in enumerate(labels, start=1)
        ]
        masks = {n: drawn[label] for n, label in enumerate(labels, start=1)}
        write_seg(folder / name / "s.dcm", stack, masks, described)
    total = np.where(body, 5, 0).astype(np.uint8).transpose(2, 1, 0)
    total[:3, :3, :3], total[-3:, :3, :3] = 1, 90
    affine = np.diag([-2.2, -1.8, 6.0, 1.0])
    affine[:3, 3] = 71.0, 72.0, 213.3
    named = {1: "spleen", 5: "liver", 90: "brain"}
    for name, shift in (("total.nii.gz", 0), ("second.nii.gz", 1)):
        write_nifti(folder / name, np.roll(total, shift, axis=0), Grid(total.shape, affine), names=named)
    cut = folder / "cut.json"
    write_plan(cut, parse_plan("H5678"), Grid(total.shape, affine))
    archived = Case(
        inputs=(folder / "seg", folder / "ct"),
        plans=("flr", "resected", "right hepatectomy", str(cut)),
        stated={"conditions": ("normal",)},
        name=short_name("1.2.3"),
    )
    automatic = replace(archived, inputs=(folder / "total.nii.gz", folder / "plans", folder / "ct"))
    read_twice = replace(automatic, second_reader=folder / "second.nii.gz")
    return Everything(archived, automatic, read_twice)


@pytest.mark.parametrize(
    "name",
    ["from_archive", pytest.param("with_automatic_map", marks=pytest.mark.slow), "with_second_reader"],
)
def test_one_case_with_everything_is_one_document_at_every_door(
    everything: Everything,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case: Case = getattr(everything, name)
    documents = case.by_command(capsys)
    assert case.by_cohort() == documents
    assert case.by_job_from_memory() == documents
    if case.second_reader is None:
        assert case.by_library() == documents
    if name == "from_archive":  # an archive has neither maps of other programs nor a second reader
        rule = Rule("all", plans=case.plans, tumours_none=True, condition=("normal",))
        assert by_watcher(case, rule, tmp_path, monkeypatch) == documents
    result = tmp_path / "assessment.json"
    result.write_text(json.dumps({"schema": "flr-assessments/1", "assessments": documents}), encoding="utf-8")
    again = replay(result, inputs=Path(*common_parts([*case.inputs])))
    assert (again.differences, again.causes, again.left_out) == ((), (), ())
    # Nothing of the case was lost on the way to be alike.
    drawn_flr, drawn_resected, named, of_file = documents
    assert [d["plan"]["notation"] for d in documents] == ["flr", "resected", "H5678", "H5678"]
    assert [f["name"] for f in of_file["provenance"]["plan"]["files"]] == ["cut.json"]
    assert named["volumes_ml"] == of_file["volumes_ml"]
    assert drawn_flr["volumes_ml"]["remnant"] == pytest.approx(drawn_resected["volumes_ml"]["remnant"])
    for document in documents:
        assert document["patient"]["weight_kg"] == 72
        assert document["provenance"]["completed_from_headers"] == [
            "weight_kg", "height_cm", "age_years", "sex",
        ]  # fmt: skip
        checks = {q["check"] for q in document["quality"]}
        assert {"header_facts_used", "segments_estimated"} <= checks
        assert document["provenance"]["reviewed"] is None
        if name != "from_archive":
            assert document["provenance"]["segmentation_source"] == "TotalSegmentator"
        assert document["flag"] != "adequate"
        errors = document["provenance"]["errors"]["source"]
        assert (errors == "two readers of this case") is (name == "with_second_reader")


def common_parts(paths: list[Path]) -> tuple[str, ...]:
    folders = [path.parent.parts for path in paths]
    return folders[0][: min(len(parts) for parts in folders)]


def drew_two_and_knows_the_body(documents: Documents) -> None:
    assert [d["plan"]["notation"] for d in documents] == ["flr", "resected"]
    assert documents[0]["provenance"]["completed_from_headers"]
    assert documents[0]["patient"]["weight_kg"] == 72
    assert [q["check"] for q in documents[0]["quality"]].count("header_facts_used") == 1


def is_estimated_and_never_adequate(documents: Documents) -> None:
    for document in documents:
        assert "segments_estimated" in {q["check"] for q in document["quality"]}
        assert document["flag"] != "adequate"


def names_its_file(documents: Documents) -> None:
    assert [f["name"] for f in documents[0]["provenance"]["plan"]["files"]] == ["cut.json"]


def is_further_off(documents: Documents) -> None:
    assert documents[0]["provenance"]["segmentation_source"] == "TotalSegmentator"


def has_a_table_for_every_plan(documents: Documents) -> None:
    first, other = (d["provenance"]["errors"] for d in documents)
    assert first["source"] == other["source"] == "two readers of this case"
    assert first != other


# --- doors that show instead of printing JSON ---------------------------------------------------


class FakeArchive:
    """An archive that takes everything."""

    def store(self, paths: list[Path]) -> Any:
        class Report:
            stored = len(paths)
            failed = ()

        return Report()


class FakeAddress:
    """Where it is."""

    def open(self) -> FakeArchive:
        return FakeArchive()


def by_watcher(case: Case, rule: Rule, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Documents:
    """What the watcher hands to the writer of its DICOM results."""
    seen: Documents = []

    def results(assessments: Any, *_: Any, **__: Any) -> tuple[()]:
        seen.extend(assessment_document(one) for one in assessments)
        return ()

    monkeypatch.setattr(work, "fetch_study", lambda *_, **__: Fetched(case.inputs, 0, 0, 0))
    monkeypatch.setattr(work, "source_in", lambda *_: None)
    monkeypatch.setattr(work, "dicom_results", results)
    monkeypatch.setattr(work, "save_dicom", lambda *_: [])
    address: Any = FakeAddress()
    answered = work.answer(work.Task(address, "1.2", "1.2.3", rule, folder))
    assert answered.flags == tuple(document["flag"] for document in seen)
    return seen


def test_the_watcher_answers_every_drawn_plan_as_the_command_does(
    cases: dict[str, Case],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = replace(cases[NAMES[0]], name=short_name("1.2.3"))
    rule = Rule("drawn", tumours_none=True, condition=("normal",))
    found = by_watcher(case, rule, tmp_path, monkeypatch)
    assert found == case.by_command(capsys)
    assert [document["plan"]["notation"] for document in found] == ["flr", "resected"]


def test_a_rule_of_the_watcher_may_name_a_plan_file_beside_it(
    cases: dict[str, Case],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = replace(cases[NAMES[0]], name=short_name("1.2.3"))
    write_plan(tmp_path / "cut.json", parse_plan("flr"))
    text = "[[rule]]\nname = 'a'\ncondition = 'normal'\ntumours = 'none'\nplans = ['cut.json', 'resected']\n"
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir("/")  # wherever the watcher is started
    (rule,) = read_rules(tmp_path / "rules.toml")
    found = by_watcher(case, rule, tmp_path / "w", monkeypatch)
    assert found == replace(case, plans=(str(tmp_path / "cut.json"), "resected")).by_command(capsys)
    (tmp_path / "rules.toml").write_text(text.replace("cut.json", "missing.json"), encoding="utf-8")
    with pytest.raises(ReadError, match=r"\[\[rule\]\] 1: missing\.json: no such file"):
        read_rules(tmp_path / "rules.toml")
    (tmp_path / "rules.toml").write_text(text.replace("cut.json", "H5 + cut.json"), encoding="utf-8")
    with pytest.raises(ReadError, match="stands alone"):
        read_rules(tmp_path / "rules.toml")


def test_a_rule_without_plans_fails_where_nothing_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(inputs=dicom_folders(tmp_path, drawn=False))
    with pytest.raises(UsageError, match="rule 'bare' names none, and the segmentation draws neither"):
        by_watcher(case, Rule("bare", tumours_none=True), tmp_path / "work", monkeypatch)


@pytest.mark.parametrize("name", [NAMES[0], "estimated parts", "a plan file"])
def test_export_writes_what_the_command_assesses(
    cases: dict[str, Case],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from flr.cli import export

    case, seen = cases[name], []

    def write(_: Any, assessments: Any, *__: Any) -> list[Path]:
        seen.extend(assessment_document(one) for one in assessments)
        return []

    monkeypatch.setattr(export, "_write", write)
    words = [str(path) for path in case.inputs] + [f"--{role}={path}" for role, path in case.roles.items()]
    words += ["--tumours=none"] + [f"--plan={text}" for text in case.plans]
    words += [*BODY_WORDS] if case.has_body else ["--condition", "normal"]
    assert main(["export", *words, "--nifti", "--out", str(tmp_path)]) == 0
    assert seen == case.by_command(capsys)


def test_a_notebook_shows_what_the_command_assesses(
    cases: dict[str, Case], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from flr.notebook import frames, preview

    case, seen = cases["estimated parts"], []

    def html(assessments: Any, **_: Any) -> str:
        seen.extend(assessment_document(one) for one in assessments)
        return ""

    monkeypatch.setattr(frames, "report_html", html)
    frames.view(case.read(), case.plans, flr.Patient(**case.stated), scene=False)
    documents = case.by_command(capsys)
    assert seen == documents
    shown = preview(case.read(), case.plans[0], flr.Patient(**case.stated))
    assert assessment_document(shown.assess(shown.setting)) == documents[0]


def test_no_door_composes_the_job_by_hand() -> None:
    """The steps between files and assessments stand in ``job`` and below it."""
    steps = {
        "divided_for",
        "completed_from_headers",
        "with_scan_facts",
        "refused_by_strict",
        "readers_errors",
    }
    doors = [path for unit in ("cli", "cohort", "pacs") for path in (PACKAGE / unit).rglob("*.py")]
    faults = [
        f"{path.name}: {name.name}"
        for path in [*doors, PACKAGE / "replay.py"]
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if name.name in steps | {"assess_plans"}
    ]
    assert faults == []


# --- the library ------------------------------------------------------------------------------------


def with_headers(facts: PatientFacts) -> Liver:
    return replace(_block_liver(), source=Source(header_facts=facts))


def _block_liver() -> Liver:
    return replace(block_liver(()), tumour_status="none", tumours=None)


def test_facts_from_headers_complete_the_patient_of_a_library_call() -> None:
    liver = with_headers(PatientFacts(weight_kg=72.0, height_cm=171.0))
    found = flr.assess(liver, "H67", flr.Patient(condition="normal"))
    assert (found.patient.weight_kg, found.patient.height_cm) == (72.0, 171.0)
    assert found.provenance.source.completed == ("weight_kg", "height_cm")
    assert found.measures.flr_percent_of_standard is not None


def test_a_header_that_contradicts_what_is_stated_does_not_win() -> None:
    """The lie that header facts could tell: a heavier or lighter body than the patient's own."""
    liver = with_headers(PatientFacts(weight_kg=40.0, height_cm=171.0))
    found = flr.assess(liver, "H67", flr.Patient(weight_kg=72.0, height_cm=171.0, condition="normal"))
    assert found.patient.weight_kg == 72.0
    assert "header_facts_disagree" in {q.check for q in found.quality}
    plain = flr.assess(replace(liver, source=Source()), "H67", found.patient)
    assert found.flag == plain.flag
    assert found.measures == plain.measures


def test_completing_twice_changes_nothing_and_another_patient_takes_it_back() -> None:
    liver = with_headers(PatientFacts(weight_kg=72.0, height_cm=171.0))
    once, patient = completed_from_headers(liver, flr.Patient(condition="normal"))
    twice, same = completed_from_headers(once, patient)
    assert twice is once
    assert same == patient
    other = flr.Patient(weight_kg=95.0, height_cm=180.0, condition="normal")
    again, who = completed_from_headers(once, other)
    assert who == other
    fresh, _ = completed_from_headers(liver, other)
    assert again.quality == fresh.quality
    assert [q.check for q in again.quality].count("header_facts_disagree") == 2  # weight, height
    assert completed_from_headers(again, flr.Patient(condition="normal"))[0].quality == once.quality
    # Nothing to say of this patient: neither finding nor fact stays from the one before.
    told = flr.Patient(weight_kg=72.5, height_cm=171.5, condition="normal")
    assert completed_from_headers(once, told)[0].source.completed == ()
    assert "header_facts_used" not in {q.check for q in completed_from_headers(once, told)[0].quality}


def test_a_liver_without_segments_is_divided_in_a_library_call() -> None:
    drawn = adult_liver()
    undivided = replace(
        drawn, parts=np.asfortranarray((drawn.parts > 0).astype(np.uint8)), part_names=("liver",)
    )
    patient = flr.Patient(weight_kg=50, height_cm=160, condition="normal")
    found = flr.assess(undivided, "right hepatectomy", patient)
    ready, who = prepared(undivided, [parse_plan("right hepatectomy")], patient)
    assert prepared(ready, [parse_plan("right hepatectomy")], who) == (ready, who)
    assert found == flr.assess(ready, "right hepatectomy", patient)
    assert found.flag != "adequate"
    # Without vessels there is nothing to estimate from.
    with pytest.raises(PlanError, match="no segments"):
        flr.assess(replace(undivided, vessels={}), "right hepatectomy", patient)
    # A plan that names no part leaves the liver as it was drawn.
    assert not prepared(undivided, [parse_plan("territory(RPV)")], patient)[0].segments_estimated


def told_by_headers(*bodies: tuple[float | None, float | None]) -> list[Liver]:
    """The livers of two scans before and after an embolisation, whose headers give weights and heights."""
    livers = (liver_of(20, 28), liver_of(22, 26))
    return [
        replace(liver, source=Source(header_facts=PatientFacts(weight_kg=weight_kg, height_cm=height_cm)))
        for liver, (weight_kg, height_cm) in zip(livers, bodies, strict=True)
    ]


def test_a_follow_up_takes_one_body_from_the_header_of_the_first_scan() -> None:
    """Each scan's own weight would be taken for growth of the liver."""
    case = case_of(scan_at(-4), scan_at(28, after="pve"), patient=flr.Patient(condition="normal"))
    followed = flr.follow_up(case, told_by_headers((80.0, 171.0), (60.0, 171.0)), "H5678")
    first, last = (scan.assessment for scan in followed.scans)
    assert [one.patient.weight_kg for one in (first, last)] == [80.0, 80.0]
    assert first.measures.bsa_m2 == last.measures.bsa_m2 is not None
    assert [q.check for q in first.quality].count("header_facts_used") == 1
    # A quarter less is said; it does not count.
    assert [q.check for q in last.quality].count("header_facts_disagree") == 1
    assert "header_facts_used" not in {q.check for q in last.quality}
    told = case_of(
        scan_at(-4),
        scan_at(28, after="pve"),
        patient=flr.Patient(weight_kg=80, height_cm=171, condition="normal"),
    )
    plain = [replace(liver, source=Source()) for liver in told_by_headers((None, None), (None, None))]
    again = flr.follow_up(told, plain, H5678)
    assert again.flag == followed.flag
    assert again.growth == followed.growth
    # The baseline is what `flr assess` says of it.
    alone = flr.assess(told_by_headers((80.0, 171.0), (60.0, 171.0))[0], H5678, case.patient, case_id=case.id)
    assert assessment_document(alone) == assessment_document(first)


def test_a_later_scan_gives_no_body_that_the_first_lacks_and_a_stated_one_wins() -> None:
    """The lie that a later header could tell: a body for one scan alone, or a smaller one to grow in."""
    case = case_of(scan_at(-4), scan_at(28, after="pve"), patient=flr.Patient(condition="normal"))
    found = flr.follow_up(case, told_by_headers((None, None), (60.0, 171.0)), H5678)
    assert [scan.assessment.patient.weight_kg for scan in found.scans] == [None, None]
    plain = [replace(liver, source=Source()) for liver in told_by_headers((None, None), (None, None))]
    assert found.flag == flr.follow_up(case, plain, H5678).flag
    stated = case_of(
        scan_at(-4, weight_kg=72.0),
        scan_at(28, after="pve"),
        patient=flr.Patient(height_cm=171, condition="normal"),
    )
    found = flr.follow_up(stated, told_by_headers((40.0, None), (40.0, None)), H5678)
    assert [scan.assessment.patient.weight_kg for scan in found.scans] == [72.0, 72.0]
    assert all("header_facts_disagree" in {q.check for q in scan.assessment.quality} for scan in found.scans)


def test_a_follow_up_takes_what_headers_and_the_case_say_of_the_scans() -> None:
    livers = [
        replace(liver, source=Source(scan=flr_scan(phase, from_description=True)))
        for liver, phase in ((liver_of(20, 28), "arterial"), (liver_of(22, 26), "portal venous"))
    ]
    case = case_of(scan_at(-4, phase=None), scan_at(28, after="pve", phase=None, reviewed=True))
    found = flr.follow_up(case, livers, H5678)
    assert [scan.scan.phase for scan in found.scans] == ["arterial", "portal venous"]
    assert "phase_unknown" not in found.notes
    assert "contrast phase" in found.note_texts["scans_not_comparable"]
    assert [scan.assessment.provenance.source.reviewed for scan in found.scans] == [None, True]
    stated = case_of(scan_at(-4), scan_at(28, after="pve"))  # both portal venous, as somebody states
    found = flr.follow_up(stated, livers, H5678)
    assert [s.assessment.provenance.source.scan.phase for s in found.scans] == ["portal venous"] * 2
    assert "scans_not_comparable" not in found.notes


def flr_scan(phase: str, *, from_description: bool) -> ScanFacts:
    return ScanFacts(phase=phase, phase_from_description=from_description)


def undivided(scale: float = 1.0) -> Liver:
    """The outline of a liver and its vessels."""
    drawn = adult_liver()
    affine = drawn.grid.index_to_world_mm.copy()
    affine[:3, :3] *= scale
    organ = np.asfortranarray((drawn.parts > 0).astype(np.uint8))
    return replace(drawn, grid=Grid(drawn.grid.shape, affine), parts=organ, part_names=("liver",))


def grown_case() -> Any:
    return case_of(scan_at(-4), scan_at(28, after="pve", embolised=("5", "6", "7", "8")))


def test_a_follow_up_estimates_the_parts_of_every_scan() -> None:
    case = grown_case()
    found = flr.follow_up(case, [undivided(), undivided(1.05)], "right hepatectomy")
    for scan in found.scans:
        assert "segments_estimated" in {q.check for q in scan.assessment.quality}
    assert found.flag != "adequate"
    assert found.quality == ()
    alone = flr.assess(undivided(1.05), "right hepatectomy", case.patient_at(1), case_id=case.id)
    assert assessment_document(found.last.assessment) == assessment_document(alone)
    side = found.last.embolised_side
    assert side is not None
    assert side.parts == ("right_hemiliver",)
    assert side.change_percent == pytest.approx(100.0 * (1.05**3 - 1.0))
    with pytest.raises(PlanError, match=r"scan 2.*no segments"):
        flr.follow_up(case, [undivided(), replace(undivided(1.05), vessels={})], "right hepatectomy")


def test_growth_between_estimated_and_drawn_parts_reassures_nobody() -> None:
    """The lie: a remnant that grows because two scans were cut in two ways."""
    drawn = adult_liver()
    right = drawn.parts == 1
    first, other = np.argwhere(right).min(axis=0), np.argwhere(right).max(axis=0)
    shrunk = np.array(drawn.parts, order="F")
    shrunk[first[0] : (first[0] + other[0]) // 2][right[first[0] : (first[0] + other[0]) // 2]] = 2
    after = replace(drawn, parts=shrunk)  # whoever draws it moves the cut to the right
    case = grown_case()
    found = flr.follow_up(case, [undivided(), after], "right hepatectomy", options=A_BOX)
    assert found.growth is not None
    assert (found.growth.kgr_standardised_pp_per_week or 0.0) > 2.0  # the rate alone would reassure
    assert [q.check for q in found.quality] == ["remnant_cut_differently"]
    assert found.flag == "indeterminate"
    true = flr.follow_up(case, [drawn, after], "right hepatectomy", options=A_BOX)
    assert true.quality == ()
    assert true.flag != "indeterminate"


@pytest.mark.parametrize("embolised", [(), ("5", "6", "7", "8")])
def test_stages_are_those_of_estimated_parts(embolised: tuple[str, ...]) -> None:
    patient = flr.Patient(weight_kg=50, height_cm=160, condition="normal")
    staged = flr.StagedPlan(
        name="pve", technique="pve", resection=parse_plan("right hepatectomy"), embolised=embolised
    )
    found = flr.stage_by_stage(undivided(), staged, patient)
    alone = flr.assess(undivided(), "right hepatectomy", patient)
    assert found.stages[-1].assessment == found.stages[0].assessment == alone
    assert found.stages[1].embolised_parts == ("right_hemiliver",)
    drawn = flr.stage_by_stage(adult_liver(), staged, patient)
    assert [stage.flr_ml for stage in found.stages] == [stage.flr_ml for stage in drawn.stages]
    assert all(stage.flag != "adequate" for stage in found.stages)
    told = replace(undivided(), source=Source(header_facts=PatientFacts(weight_kg=50.0, height_cm=160.0)))
    of_headers = flr.stage_by_stage(told, staged, flr.Patient(condition="normal"))
    assert of_headers.stages[0].assessment.measures == alone.measures
    wrong = replace(staged, embolised=("2", "3", "4"))
    with pytest.raises(PlanError, match="must not be embolised"):
        flr.stage_by_stage(undivided(), wrong, patient)


def test_sections_are_embolised_as_their_segments_are() -> None:
    """Segment 4 has branches of its own, also where it is estimated as the left medial section."""
    removed = ("right_anterior_section", "right_posterior_section", "left_medial_section")
    resection = parse_plan("H45678")
    plain = flr.StagedPlan(name="a", technique="pve", resection=resection)
    assert plain.embolised_parts(removed) == ("right_anterior_section", "right_posterior_section")
    with_4 = flr.StagedPlan(name="a", technique="pve_4", resection=resection)
    assert with_4.embolised_parts(removed) == removed


def test_a_donor_is_assessed_on_estimated_parts_and_with_the_headers() -> None:
    donor = flr.Patient(weight_kg=50, height_cm=160, condition="donor")
    found = flr.donor_plan(undivided(), "H5678", donor, recipient_weight_kg=60, mhv_side="remnant")
    assert found.assessment == flr.assess(undivided(), "H5678", donor)
    assert found.assessment.flag != "adequate"
    drawn = flr.donor_plan(adult_liver(), parse_plan("H5678"), donor, recipient_weight_kg=60)
    assert found.graft == drawn.graft
    assert found.congested_graft_ml is None  # a whole hemiliver does not tell segments 5 and 8
    told = replace(undivided(), source=Source(header_facts=PatientFacts(weight_kg=50.0, height_cm=160.0)))
    alone = flr.donor_plan(told, "H5678", flr.Patient(condition="donor"), recipient_weight_kg=60)
    assert alone.assessment.measures == found.assessment.measures
    assert alone.assessment.patient.weight_kg == 50.0


def test_a_search_removes_estimated_parts_and_doubts_only_the_plans_that_name_some() -> None:
    whole = undivided()
    numbers = np.zeros(whole.grid.shape, dtype=np.uint16, order="F")
    inside = np.argwhere(adult_liver().parts == 1)
    at = inside[len(inside) // 2]
    numbers[tuple(slice(int(k) - 1, int(k) + 2) for k in at)] = 1
    tissues = np.where(numbers > 0, np.uint8(Tissue.TUMOUR), whole.tissues)
    liver = replace(
        whole, tumours=np.where(whole.parts > 0, numbers, 0), tissues=tissues, tumour_status="drawn"
    )
    patient = flr.Patient(weight_kg=50, height_cm=160, condition="normal")
    whole_parts = flr.search(liver, patient, kinds=("anatomical",))
    anywhere = flr.search(liver, patient)
    for found, names in ((whole_parts, True), (anywhere, False)):
        graded = [c for c in found.candidates if c.assessment is not None]
        assert {names_parts(c.plan) for c in graded} == {names}
        for candidate in graded:
            assert candidate.assessment == flr.assess(liver, candidate.plan, patient)
            estimated = "segments_estimated" in {q.check for q in candidate.assessment.quality}
            assert estimated is names
            assert not (estimated and candidate.assessment.flag == "adequate")
    assert any(names_parts(c.plan) for c in anywhere.candidates)
    wedges = flr.search(liver, patient, kinds=("wedge", "ablation"))
    assert not any(names_parts(c.plan) for c in wedges.candidates)


def write_scan(folder: Path, liver: Liver) -> str:
    """A scan of an undivided liver as files, and its roles as they stand in a case file."""
    folder.mkdir()
    write_nifti(folder / "liver.nii.gz", (liver.parts > 0).astype(np.uint8), liver.grid)
    (folder / "vessels").mkdir()
    for name, mask in liver.vessels.items():
        write_nifti(folder / "vessels" / f"{name}.nii.gz", mask.astype(np.uint8), liver.grid)
    at = folder.name
    return f'liver = "{at}/liver.nii.gz"\ninputs = ["{at}/vessels"]\ntumours = "none"\n'


def test_the_command_follows_and_stages_livers_without_segments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_scan(tmp_path / "a", undivided())
    last = write_scan(tmp_path / "b", undivided(1.05))
    (tmp_path / "case.toml").write_text(
        'id = "a"\n[patient]\nweight_kg = 50\nheight_cm = 160\nconditions = ["normal"]\n'
        f"[[scan]]\ndate = 2026-01-04\n{first}"
        f'[[scan]]\ndate = 2026-02-05\nafter = "pve"\nafter_date = 2026-01-08\nreviewed = true\n{last}'
        '[[plan]]\nname = "right hepatectomy"\nremoves = "H5678"\n'
        '[[staged_plan]]\ntechnique = "pve"\nremoves = "H5678"\n',
        encoding="utf-8",
    )
    path = tmp_path / "case.toml"
    assert main(["followup", str(path), "--json", "--out", str(tmp_path / "out")]) == 0
    found = json.loads(capsys.readouterr().out)
    case = flr.read_case(path)
    assert found["growth"] == flr.follow_up(case, flr.read_scans(case), case.plans[0]).to_dict()["growth"]
    assert found["flag"] != "adequate"
    for number, scan in enumerate(found["scans"], start=1):
        assert main(["assess", "--case", str(path), "--scan", str(number), "--json"]) == 0
        (document,) = json.loads(capsys.readouterr().out)["assessments"]
        assert scan["measures"] == {k: document["measures"][k] for k in scan["measures"]}
        assert scan["flag"] == document["flag"]
    staged = found["staged"][0]["stages"]
    assert [stage["flr_ml"] for stage in staged] == [found["scans"][0]["measures"]["flr_ml"]] * len(staged)
    assert (tmp_path / "out" / "followup.json").is_file()


def test_a_search_completes_the_patient_as_an_assessment_does() -> None:
    liver = replace(block_liver(), source=Source(header_facts=PatientFacts(weight_kg=72.0, height_cm=171.0)))
    found = flr.search(liver, flr.Patient(condition="normal"), kinds=("anatomical",)).candidates[0]
    assert found.assessment is not None
    assert found.assessment.patient.weight_kg == 72.0
    checks = [q.check for q in found.assessment.quality]
    assert checks.count("header_facts_used") == 1


@pytest.mark.parametrize("reviewed", [None, False, True])
def test_the_search_is_told_of_a_review_as_the_library_is(
    reviewed: bool | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = couinaud_block(tumours=((7, 4),))
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "t.nii.gz", block.tumours, block.grid)
    scheme = "totalsegmentator_liver_segments"
    words = [str(tmp_path / "s.nii.gz"), f"--tumours={tmp_path / 't.nii.gz'}", f"--scheme={scheme}"]
    words += [] if reviewed is None else ["--reviewed", "yes" if reviewed else "no"]
    assert main(["search", *words, *BODY_WORDS, "--kinds", "anatomical", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    liver = flr.read_liver(
        tmp_path / "s.nii.gz", tumours=tmp_path / "t.nii.gz", scheme=scheme, reviewed=reviewed
    )
    assert liver.source.reviewed is reviewed
    assert found == flr.search(liver, flr.Patient(**BODY), kinds=("anatomical",)).to_dict()


# --- the job itself -----------------------------------------------------------------------------------


def test_a_plan_that_nobody_understands_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    missing = Files(inputs=(tmp_path / "nothing.nii.gz",))
    for plan in ("H9", Asked("H9"), str(tmp_path / "nothing.json"), "H5 + cut.json"):
        with pytest.raises((PlanError, ReadError), match=r"H9|nothing\.json|cut\.json|segment 9"):
            run(Job(missing, (plan,)))


def test_without_a_plan_the_door_says_how_to_give_one(cases: dict[str, Case]) -> None:
    liver = cases["a plan file"].read()
    with pytest.raises(UsageError, match="no plan: knock twice"):
        run(Job(liver, how_to_plan="knock twice"))


def test_a_second_reader_needs_a_first(cases: dict[str, Case], tmp_path: Path) -> None:
    liver = cases["a plan file"].read()
    with pytest.raises(UsageError, match="first reader's file"):
        run(Job(liver, ("H67",), second_reader=tmp_path / "second.nii.gz"))


@pytest.mark.parametrize("role", ["kidney", "image"])
def test_an_unknown_role_is_refused(tmp_path: Path, role: Any) -> None:
    with pytest.raises(UsageError, match=f"role '{role}'"):
        Files(roles={role: tmp_path / "x.nii.gz"}).read()


def test_a_strict_job_refuses_what_another_flags() -> None:
    liver = _block_liver()
    bad = flr.QualityFinding("code_against_name", "error", "label 1 is called right and coded left")
    liver = replace(liver, quality=(*liver.quality, bad))
    patient = flr.Patient(weight_kg=72, height_cm=171, condition="normal")
    assert run(Job(liver, ("H67",), patient)).assessments[0].flag == "indeterminate"
    with pytest.raises(LabelError, match=r"strict.*code_against_name"):
        run(Job(liver, ("H67",), patient, strict=True))


def test_each_plan_may_have_an_intent_a_name_and_options() -> None:
    wide = flr.Options(errors=replace(flr.Options().errors, source="audit"))
    asked = (Asked("H67", "debulking", name="first", options=wide), "H5678")
    found = run(Job(_block_liver(), asked, flr.Patient(condition="normal")))
    first, other = found.assessments
    assert (first.plan.name, first.plan.intent, first.provenance.errors.source) == (
        "first", "debulking", "audit",
    )  # fmt: skip
    assert (other.plan.intent, other.provenance.errors) == ("cure", flr.Options().errors)
    assert [plan.name for plan in found.plans] == ["first", other.plan.name]


def test_a_review_is_yes_no_or_unknown_and_no_other_word() -> None:
    """A text such as "no" would count as a review, and narrow the intervals."""
    for reviewed in ("no", 0, "unknown"):
        with pytest.raises(UsageError, match="expected True, False, or None"):
            run(Job(_block_liver(), "H67", reviewed=reviewed))  # type: ignore[arg-type]


def test_tumours_are_drawn_or_declared_to_be_none_and_never_both(tmp_path: Path) -> None:
    path = tmp_path / "x.nii.gz"
    with pytest.raises(UsageError, match="one of the two"):
        Files(roles={"segments": path, "tumours": path}, tumours_none=True).read()


def test_one_plan_by_itself_is_one_plan() -> None:
    patient = flr.Patient(condition="normal")
    for plan in ("5,6,7,8", Asked("5,6,7,8"), parse_plan("5,6,7,8")):
        assert [p.notation for p in run(Job(_block_liver(), plan, patient)).plans] == ["H5678"]
