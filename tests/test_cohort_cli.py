"""``flr cohort`` and ``flr-bids`` as a user runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cohorts import make_cohort, read_table, write_manifest
from phantoms import couinaud_block, write_nifti

from flr.cli import main
from flr.documents.schema import check_document
from flr.io.markups import write_plan
from flr.plans import parse_plan

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        if "--json" in arguments and out:
            check_document(json.loads(out))
        return code, out, err

    return call


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_cohort(tmp_path_factory.mktemp("files"), 6, broken=1)


def test_run_status_merge(run: Run, manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, text, err = run("cohort", "run", manifest, "--out", out, "--workers", "0")
    assert code == 4
    assert "6 cases: 5 done, 1 failed" in text
    assert "6 cases were run, 0 had not changed" in err
    code, text, _ = run("cohort", "status", out, "--json")
    document = json.loads(text)
    assert (code, document["schema"], document["done"]) == (4, "flr-cohort/1", 5)
    (out / "cases.csv").unlink()
    code, text, _ = run("cohort", "merge", out, "--table", "csv,parquet", "--json")
    assert (code, json.loads(text)) == (4, document)
    assert {"cases.csv", "cases.jsonl", "cases.parquet", "summary.html"} <= {p.name for p in out.iterdir()}
    assert (
        "0 cases were run, 6 had not changed"
        in run("cohort", "run", manifest, "--out", out, "--workers", "0")[2]
    )


def test_no_failure_is_exit_0_and_defaults_apply_to_all(run: Run, tmp_path: Path) -> None:
    block = couinaud_block()
    for name in ("a", "b"):
        write_nifti(tmp_path / f"{name}.nii.gz", block.segments, block.grid)
    rows = [{"case_id": n, "inputs": f"{n}.nii.gz", "weight": "72", "height": "171"} for n in ("a", "b")]
    manifest = write_manifest(tmp_path / "m.csv", rows)
    words = "--workers 0 --tumours none --condition normal --plan H67 --plan H5678 --intent cure"
    code, _, _ = run("cohort", "run", manifest, "--out", tmp_path / "out", *words.split())
    assert code == 0
    assert run("cohort", "status", tmp_path / "out")[0] == 0
    found = read_table(tmp_path / "out" / "cases.csv")
    assert [(row["case_id"], row["plan.notation"], row["status"]) for row in found] == [
        ("a", "H67", "done"),
        ("a", "H5678", "done"),
        ("b", "H67", "done"),
        ("b", "H5678", "done"),
    ]
    assert {row["provenance.conditions"] for row in found} == {"normal"}


def test_a_bad_fact_is_refused_with_its_row_and_column(run: Run, tmp_path: Path) -> None:
    block = couinaud_block()
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    given = {"inputs": "s.nii.gz", "tumours": "none", "plan": "H67"}
    bad = {"scan_date": "31.1.2026", "slice_thickness_mm": "-1", "reviewed": "perhaps"}
    rows = [{"case_id": "whole", **given, "phase": "late"}]
    rows += [{"case_id": f"bad-{name}", **given, name: text} for name, text in bad.items()]
    manifest = write_manifest(tmp_path / "m.csv", rows)
    code, text, _ = run("cohort", "run", manifest, "--out", tmp_path / "out", "--workers", "0")
    assert code == 4
    assert "such as bad-scan_date: scan_date '31.1.2026'; expected a date such as 2026-01-31" in text
    found = {row["case_id"]: row for row in read_table(tmp_path / "out" / "cases.csv")}
    assert (found["whole"]["status"], found["whole"]["phase"]) == ("done", "late")
    for name, given_text in bad.items():
        row = found[f"bad-{name}"]
        assert (row["status"], row["phase"]) == ("failed", "")
        assert row["reason"].startswith(name)
        assert given_text in row["reason"]


def test_errors_and_plan_files_of_the_command_line_hold_for_all(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = couinaud_block()
    (tmp_path / "study").mkdir()
    write_nifti(tmp_path / "study" / "s.nii.gz", block.segments, block.grid)
    (tmp_path / "own.toml").write_text('source = "own audit"\n', encoding="utf-8")
    (tmp_path / "site.toml").write_text('source = "site audit"\n', encoding="utf-8")
    (tmp_path / "study" / "own.toml").write_text('source = "own audit"\n', encoding="utf-8")
    write_plan(tmp_path / "p.json", parse_plan("H67"))
    given = {"inputs": "s.nii.gz", "tumours": "none"}
    rows = [{"case_id": "a", **given}, {"case_id": "b", **given, "errors": "own.toml", "plan": "H5678"}]
    manifest = write_manifest(tmp_path / "study" / "m.csv", rows)
    monkeypatch.chdir(tmp_path)
    words = ("cohort", "run", manifest, "--out", "out", "--workers", "0", "--plan", "p.json")
    assert run(*words, "--errors", "site.toml")[0] == 0
    lines = [json.loads(line) for line in (tmp_path / "out" / "cases.jsonl").read_text("utf-8").splitlines()]
    assert [line["provenance"]["errors"]["source"] for line in lines] == ["site audit", "own audit"]
    assert [line["plan"]["notation"] for line in lines] == ["H67", "H5678"]
    assert "0 cases were run, 2" in run(*words, "--errors", "site.toml")[2]
    assert "1 cases were run, 1" in run(*words)[2]
    code, _, err = run(*words, "--errors", "m.csv")
    assert (code, "m.csv" in err) == (3, True)


def test_tasks_of_an_array_job(run: Run, manifest: Path, tmp_path: Path) -> None:
    common = ("cohort", "run", manifest, "--out", tmp_path)
    codes = [run(*common, "--case", case)[0] for case in ("1-2", "3", "4-6")]
    assert sorted(codes) == [0, 0, 4]
    assert not (tmp_path / "cases.csv").exists()
    assert json.loads(run("cohort", "merge", tmp_path, "--json")[1])["pending"] == 0
    part = json.loads(run(*common, "--case", "2", "--json")[1])
    assert (part["schema"], part["cases"]) == ("flr-cohort-part/1", 1)


def test_progress_says_rate_and_failures(run: Run, manifest: Path, tmp_path: Path) -> None:
    _, _, err = run("cohort", "run", manifest, "--out", tmp_path, "--workers", "0", "--progress")
    assert "6/6" in err
    assert "case/s" in err or "s/case" in err
    assert "failed=1" in err


def test_a_folder_becomes_a_manifest_and_runs(run: Run, tmp_path: Path) -> None:
    block = couinaud_block()
    (tmp_path / "files").mkdir()
    write_nifti(tmp_path / "files" / "case1.nii.gz", block.segments, block.grid)
    code, text, _ = run("cohort", "manifest", tmp_path / "files")
    assert (code, text) == (
        0,
        "case_id,inputs,tumours,plan,weight,height,condition\ncase1,case1.nii.gz,,,,,\n",
    )
    document = json.loads(run("cohort", "manifest", tmp_path / "files", "--json")[1])
    assert document["cases"] == [{"case_id": "case1", "inputs": "case1.nii.gz"}]
    out = tmp_path / "out"
    assert run("cohort", "run", tmp_path / "files", "--out", out, "--workers", "0", "--plan", "H67")[0] == 0
    assert read_table(out / "cases.csv")[0]["flag"] == "indeterminate"


def test_agree_and_changes(run: Run, manifest: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run("cohort", "run", manifest, "--out", tmp_path / name, "--workers", "0")
    code, text, _ = run(
        "cohort", "agree", tmp_path / "one", tmp_path / "two", "--out", tmp_path / "agree", "--json"
    )
    document = json.loads(text)
    assert (code, document["schema"]) == (0, "flr-cohort-agreement/1")
    assert document["plans"][0]["bland_altman"]["bias_pp"] == 0.0
    assert json.loads((tmp_path / "agree" / "agreement.json").read_text(encoding="utf-8")) == document
    assert (tmp_path / "agree" / "bland-altman-1.png").stat().st_size > 1000
    assert "same flag in 5 of 5" in run("cohort", "agree", tmp_path / "one", tmp_path / "two")[1]
    code, text, _ = run("cohort", "changes", tmp_path / "one", "--json")
    assert (code, json.loads(text)["assessments"]) == (0, 5)
    assert "5 assessments" in run("cohort", "changes", tmp_path / "one")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "which step"),
        (("walk",), 2, "walk"),
        (("run", "{m}"), 2, "--out"),
        (("run", "{m}", "--out", "{o}", "--workers", "-1"), 2, "from 0"),
        (("run", "{m}", "--out", "{o}", "--batch", "0"), 2, "from 1"),
        (("run", "{m}", "--out", "{o}", "--case", "7"), 2, "6 cases"),
        (("run", "{m}", "--out", "{o}", "--case", "1", "--workers", "2"), 2, "leave --workers"),
        (("run", "{m}", "--out", "{o}", "--table", "xlsx"), 2, "xlsx"),
        (("run", "{m}", "--out", "{o}", "--layout", "bids"), 2, "manifest"),
        (("run", "absent.csv", "--out", "{o}"), 3, "absent.csv"),
        (("status", "{o}"), 3, "not the folder of a cohort"),
        (("merge", "{o}"), 3, "not the folder of a cohort"),
        (("agree", "{o}", "{o}"), 3, "not the folder of a cohort"),
    ],
)
def test_bad_calls_get_one_message(
    run: Run, manifest: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    filled = [text.format(m=manifest, o=tmp_path / "o") for text in arguments]
    got, out, err = run("cohort", *filled)
    assert got == code
    assert out == "" or not arguments
    assert len(err.strip().splitlines()) == 1
    assert says in err
    assert not (tmp_path / "o").exists()


def test_every_step_explains_itself(run: Run) -> None:
    for words in (
        ("--help",),
        *((step, "--help") for step in ("run", "status", "merge", "manifest", "agree")),
    ):
        with pytest.raises(SystemExit) as caught:
            run("cohort", *words)
        assert caught.value.code == 0


# --- BIDS -------------------------------------------------------------------------------------


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    block = couinaud_block(tumours=((6, 3),))
    folder = tmp_path / "bids"
    first, second = folder / "sub-01" / "anat", folder / "sub-02" / "ses-1" / "anat"
    for path in (first, second):
        path.mkdir(parents=True)
    write_nifti(first / "sub-01_dseg.nii.gz", block.segments, block.grid)
    write_nifti(first / "sub-01_label-tumor_mask.nii.gz", block.tumours, block.grid)
    write_nifti(second / "sub-02_ses-1_dseg.nii.gz", block.segments, block.grid)
    (folder / "participants.tsv").write_text(
        "participant_id\tweight\theight\tage\tsex\nsub-01\t72\t171\t60\tF\nsub-02\tn/a\t171\t89+\tmale\n",
        encoding="utf-8",
    )
    description = {"Name": "livers", "BIDSVersion": "1.9.0", "DatasetDOI": "doi:10.0000/x"}
    (folder / "dataset_description.json").write_text(json.dumps(description), encoding="utf-8")
    return folder


def test_what_is_no_dataset_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("case_id\n", encoding="utf-8")
    for name in ("nope", "m.csv"):
        code, _, err = run("bids", tmp_path / name, tmp_path / "out", "participant", "--plan", "H5678")
        assert (code, "expected a BIDS dataset" in err) == (3, True)
    assert not (tmp_path / "out").exists()


def test_participants_then_group(run: Run, dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "derivatives"
    words = ("--plan", "H5678", "--condition", "normal")
    code, _, _ = run("bids", dataset, out, "participant", *words, "--participant-label", "sub-01")
    assert code == 0
    one = out / "sub-01" / "anat" / "sub-01_desc-flr_assessments.json"
    two = out / "sub-02" / "ses-1" / "anat" / "sub-02_ses-1_desc-flr_assessments.json"
    assert one.is_file()
    assert not two.exists()
    code, text, _ = run("bids", dataset, out, "group", *words, "--json")
    assert (code, json.loads(text)["pending"]) == (4, 1)
    assert run("bids", dataset, out, "participant", *words, "--skip-bids-validation")[0] == 0
    assert run("bids", dataset, out, "group", *words)[0] == 0
    document = json.loads(one.read_text(encoding="utf-8"))
    assert document["schema"] == "flr-assessments/2"
    assert document["assessments"][0]["volumes_ml"]["tumour"] > 0
    assert json.loads(two.read_text(encoding="utf-8"))["assessments"][0]["flag"] == "indeterminate"
    lines = (out / "desc-flr_cases.tsv").read_text(encoding="utf-8").splitlines()
    columns = lines[0].split("\t")
    rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in lines[1:]]
    assert [row["case_id"] for row in rows] == ["sub-01", "sub-02_ses-1"]
    assert rows[1]["measures.bsa_m2"] == "n/a"
    assert set(json.loads((out / "desc-flr_cases.json").read_text(encoding="utf-8"))) <= set(columns)
    description = json.loads((out / "dataset_description.json").read_text(encoding="utf-8"))
    assert description["DatasetType"] == "derivative"
    assert description["GeneratedBy"][0]["Name"] == "flr"
    assert description["SourceDatasets"] == [{"DOI": "doi:10.0000/x"}]


def test_a_sites_errors_reach_the_derivatives(run: Run, dataset: Path, tmp_path: Path) -> None:
    table = tmp_path / "errors.toml"
    table.write_text('source = "audit of 40 livers"\n', encoding="utf-8")
    words = (dataset, tmp_path / "d", "participant", "--plan", "H5678", "--participant-label", "01")
    path = tmp_path / "d" / "sub-01" / "anat" / "sub-01_desc-flr_assessments.json"
    for more, source in (((), None), (("--errors", table), "audit of 40 livers")):
        assert run("bids", *words, *more)[0] == 0
        (found,) = json.loads(path.read_text(encoding="utf-8"))["assessments"]
        assert (found["provenance"]["errors"]["source"] == source) is (source is not None)
    table.write_text("cut_mm = 1.0\n", encoding="utf-8")
    assert run("bids", *words, "--errors", table)[0] == 3


def test_a_result_that_no_longer_holds_is_taken_away(run: Run, dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "derivatives"
    words = (dataset, out, "participant", "--plan", "H5678", "--participant-label", "01")
    assert run("bids", *words)[0] == 0
    source = dataset / "sub-01" / "anat" / "sub-01_dseg.nii.gz"
    source.write_bytes(source.read_bytes()[:100])
    assert run("bids", *words)[0] == 4
    assert not (out / "sub-01" / "anat" / "sub-01_desc-flr_assessments.json").exists()


def test_a_participant_without_segmentation_is_named(run: Run, dataset: Path, tmp_path: Path) -> None:
    code, _, err = run("bids", dataset, tmp_path / "d", "participant", "--participant-label", "07")
    assert code == 2
    assert "07" in err


def test_only_volumes_counts_like_flr_volumes(run: Run, tmp_path: Path) -> None:
    block = couinaud_block()
    write_nifti(tmp_path / "a.nii.gz", block.segments, block.grid)
    manifest = write_manifest(tmp_path / "m.csv", [{"case_id": "a", "inputs": "a.nii.gz"}])
    out = tmp_path / "out"
    code, text, _ = run(
        "cohort", "run", manifest, "--out", out, "--workers", "0", "--only", "volumes", "--json"
    )
    assert code == 0
    assert json.loads(text)["flags"] == []
    wanted = json.loads(run("volumes", tmp_path / "a.nii.gz", "--json")[1])
    line = json.loads((out / "cases.jsonl").read_text(encoding="utf-8"))
    assert line.pop("case_id") == "a"
    assert line == wanted
    (row,) = read_table(out / "cases.csv")
    for name, ml in wanted["volumes_ml"].items():
        assert float(row[f"volumes_ml.{name}"]) == ml
    assert run("cohort", "changes", out)[0] == 0
    assert run("cohort", "agree", out, out)[0] == 2


# --- recipes ----------------------------------------------------------------------------------


def recipe(marker: str) -> str:
    """The block of the page on cohorts that holds a text."""
    page = (Path(__file__).parent.parent / "docs" / "cohorts.md").read_text(encoding="utf-8")
    (block,) = (text for text in re.findall(r"```\w+\n(.*?)```", page, re.DOTALL) if marker in text)
    return str(block)


def run_recipe(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    found = Path(sys.executable).parent
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": f"{found}{os.pathsep}{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="an array job is a script for bash")
def test_the_array_job_of_the_page_gives_the_same_tables(run: Run, tmp_path: Path) -> None:
    manifest = make_cohort(tmp_path, 9, broken=2, assessed_every=3)
    assert run("cohort", "run", manifest, "--out", tmp_path / "whole", "--workers", "0")[0] == 4
    (tmp_path / "job.sh").write_text(recipe("SLURM_ARRAY_TASK_ID").replace("100", "5"), encoding="utf-8")
    for task in ("0", "1"):
        done = run_recipe(tmp_path, "bash", "job.sh", SLURM_ARRAY_TASK_ID=task)
        assert done.returncode == 0, done.stderr
    assert run("cohort", "merge", tmp_path / "results")[0] == 4
    for name in ("cases.csv", "cases.jsonl"):
        assert (tmp_path / "results" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("snakemake") is None, reason="snakemake is not installed")
def test_the_snakefile_of_the_page_gives_the_same_tables(run: Run, tmp_path: Path) -> None:
    manifest = make_cohort(tmp_path, 9, broken=2, assessed_every=3)
    assert run("cohort", "run", manifest, "--out", tmp_path / "whole", "--workers", "0")[0] == 4
    rules = recipe("rule all").replace("10_000, 100", "9, 4")
    (tmp_path / "Snakefile").write_text(rules, encoding="utf-8")
    done = run_recipe(tmp_path, str(shutil.which("snakemake")), "-j", "2")
    assert done.returncode == 0, done.stderr
    for name in ("cases.csv", "cases.jsonl"):
        assert (tmp_path / "results" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_manifest_whose_encoding_was_guessed_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for encoding, said in (("cp1252", True), ("utf-8", False)):
        (tmp_path / "cases.csv").write_bytes("case_id;inputs\r\nMüller;fehlt.nii.gz\r\n".encode(encoding))
        main(
            [
                "cohort",
                "run",
                str(tmp_path / "cases.csv"),
                "--out",
                str(tmp_path / encoding),
                "--workers",
                "0",
            ]
        )
        assert ("read as Windows-1252" in capsys.readouterr().err) is said
