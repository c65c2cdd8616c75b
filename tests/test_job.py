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
from phantoms import couinaud_block, write_nifti
from planning import block_liver
from test_house import PACKAGE, tree_of
from test_perfusion import adult_liver

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
from flr.liver import Liver, Source, completed_from_headers
from flr.pacs import work
from flr.pacs.archive import file_name, short_name
from flr.pacs.fetch import Fetched
from flr.pacs.rules import Rule, read_rules
from flr.patient import PatientFacts
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
        plans = [plan_of(text, liver=liver) for text in self.plans]
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
    result.write_text(json.dumps({"schema": "flr-assessments/2", "assessments": documents}), encoding="utf-8")
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
    result.write_text(json.dumps({"schema": "flr-assessments/2", "assessments": documents}), encoding="utf-8")
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
    monkeypatch.setattr(work, "open_archive", lambda _: FakeArchive())
    address: Any = None
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
