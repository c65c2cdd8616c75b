"""One screen: how many lines a plan, four plans and no plan take, and what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from phantoms import CouinaudBlock, couinaud_block, write_nifti
from report_cases import HOSTILE, from_numbers, hostile_case

from flr.cli import main
from flr.documents.schema import check_document
from flr.report.brief import MOST_LINES, MOST_LINES_OF_PLANS, brief_text
from flr.report.html import report_html
from flr.report.lines import WIDTH
from flr.report.text import assessment_text, what_if_text
from flr.words import STATEMENT

Run = Callable[..., tuple[int, str, str]]
BODY = ("--weight", "72", "--height", "171")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert all(len(line) <= WIDTH for line in out.splitlines() if not out.startswith("{"))
        return code, out, err

    return call


@pytest.fixture
def block() -> CouinaudBlock:
    return couinaud_block(tumours=((6, 4),), columns_voxels=(7, 6, 20, 15))


@pytest.fixture
def case(tmp_path: Path, block: CouinaudBlock) -> Path:
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "tumours.nii.gz", block.tumours, block.grid)
    write_nifti(tmp_path / "liver.nii.gz", (block.segments > 0).astype("uint8"), block.grid)
    return tmp_path


@pytest.mark.parametrize("given", [(), ("--condition", "normal", "--reviewed", "yes"), ("--tumours", "none")])
@pytest.mark.parametrize("plan", ["H5678", "H67", "H45678", "5", "H1234578"])
def test_one_plan_takes_one_screen(run: Run, case: Path, plan: str, given: tuple[str, ...]) -> None:
    tumours = () if "--tumours" in given else ("--tumours", case / "tumours.nii.gz")
    code, out, _ = run("assess", case / "segments.nii.gz", *tumours, *BODY, *given, "--plan", plan)
    assert code == 0
    assert len(out.splitlines()) <= MOST_LINES
    assert out.splitlines()[-1] == STATEMENT
    assert "Case case" not in out


def test_four_plans_begin_with_a_table_and_take_forty_lines(run: Run, case: Path) -> None:
    plans = [word for plan in ("H5678", "H67", "H45678", "H23") for word in ("--plan", plan)]
    common = ("assess", case / "segments.nii.gz", "--tumours", case / "tumours.nii.gz", *BODY)
    code, out, _ = run(*common, *plans)
    assert code == 0
    lines = out.splitlines()
    assert len(lines) <= MOST_LINES_OF_PLANS
    head = next(n for n, line in enumerate(lines) if line.startswith("Plan "))
    assert head <= 3
    rows = [line.split()[0] for line in lines[head:] if line.startswith("H")]
    assert rows == ["H5678", "H67", "H45678", "H23"]


def test_v_prints_the_rest(run: Run, case: Path) -> None:
    common = ("assess", case / "segments.nii.gz", "--tumours", "none", *BODY, "--plan", "H5678")
    assert "Sources" not in run(*common)[1]
    whole = run(*common, "-v")[1]
    for part in ("Sources", "Compared with published limits", "Inputs (SHA-256)", "Method", "Notes"):
        assert part in whole


def test_no_plan_is_every_standard_resection(run: Run, case: Path, block: CouinaudBlock) -> None:
    common = ("assess", case / "segments.nii.gz", *BODY)
    with_tumours = run(*common, "--tumours", case / "tumours.nii.gz")[1]
    code, out, _ = run(*common)
    assert code == 0
    assert len(out.splitlines()) < MOST_LINES
    assert len(with_tumours.splitlines()) < MOST_LINES
    row = next(line for line in with_tumours.splitlines() if line.startswith("H234 "))
    assert "✗ T1" in row  # in segment 6
    for name in ("right hepatectomy", "left trisectionectomy", "right posterior sectionectomy", "caudate"):
        assert name in out
    row = next(line for line in out.splitlines() if line.startswith("right hepatectomy"))
    assert f"{sum(block.part_ml[n] for n in (1, 2, 3, 4)):.0f}" in row.split()
    assert "Give next: --tumours FILE or --tumours none; --condition" in out
    assert "--reviewed yes" in out
    document = json.loads(run("assess", case / "segments.nii.gz", *BODY, "--json")[1])
    check_document(document)
    assert len(document["assessments"]) == 10
    assert all(one["volumes_ml"]["remnant"] > 0 for one in document["assessments"])


def test_only_resections_of_segments_that_are_there(run: Run, case: Path, block: CouinaudBlock) -> None:
    left = block.segments.copy()
    left[left >= 5] = 0
    write_nifti(case / "left.nii.gz", left, block.grid)
    document = json.loads(
        run("assess", "--segments", case / "left.nii.gz", "--prior", "hepatectomy", *BODY, "--json")[1]
    )
    removed = [set(one["plan"]["removes"]) for one in document["assessments"]]
    assert removed == [{"2", "3", "4"}, {"4"}, {"2", "3"}, {"1"}]


def test_a_table_of_resections_writes_json_and_csv_and_no_page(run: Run, case: Path) -> None:
    common = ("assess", case / "segments.nii.gz", "--tumours", "none", *BODY)
    code, _, _ = run(*common, "--out", case / "report")
    assert code == 0
    written = {path.name for path in (case / "report").iterdir() if not path.name.startswith(".")}
    assert written == {"assessment.json", "assessment.csv"}
    for more, says in (
        (("--fail-on-flag",), "--fail-on-flag needs a plan"),
        (("--format", "html", "--out", case / "page"), "--format html needs a plan"),
        (("--ris",), "--ris needs a plan"),
    ):
        code, out, err = run(*common, *more)
        assert (code, out) == (2, "")
        assert says in err
    assert not (case / "page").exists()


def test_a_liver_without_segments_says_its_volume_and_what_to_give(
    run: Run, case: Path, block: CouinaudBlock
) -> None:
    code, out, _ = run("assess", "--liver", case / "liver.nii.gz", *BODY)
    assert code == 0
    assert f"Whole liver {block.total_ml:.1f} mL" in out
    assert "--segments FILE" in out
    assert len(out.splitlines()) < MOST_LINES
    code, out, err = run("assess", "--liver", case / "liver.nii.gz", *BODY, "--json")
    assert (code, out) == (2, "")
    assert "--segments FILE" in err


@pytest.mark.parametrize("bad", ["whatever", "H4'58", "flr"])
def test_one_bad_plan_does_not_lose_the_others(run: Run, case: Path, bad: str) -> None:
    common = ("assess", case / "segments.nii.gz", "--tumours", "none", *BODY)
    code, out, err = run(*common, "--plan", "H67", "--plan", bad, "--plan", "H23", "--json")
    assert code == 3
    assert [one["plan"]["notation"] for one in json.loads(out)["assessments"]] == ["H67", "H23"]
    assert "not assessed" in err
    assert bad in err
    code, out, err = run(*common, "--plan", bad, "--plan", "nonsense")
    assert (code, out) == (3, "")


def test_a_bad_plan_is_refused_before_anything_is_read(run: Run, tmp_path: Path) -> None:
    code, _, err = run("assess", tmp_path / "absent.nii.gz", "--plan", "whatever")
    assert code == 3
    assert "'whatever' is not understood" in err
    assert "absent" not in err


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("hemihepatectomy", ("right hemihepatectomy", "left hemihepatectomy")),
        ("extended hepatectomy", ("extended right hepatectomy", "extended left hepatectomy")),
        ("trisectionectmy", ("right trisectionectomy", "left trisectionectomy")),
    ],
)
def test_a_side_that_is_not_said_is_answered_with_both(
    run: Run, case: Path, given: str, names: tuple[str, ...]
) -> None:
    code, _, err = run("assess", case / "segments.nii.gz", "--plan", given)
    assert code == 3
    assert f"did you mean {' or '.join(map(repr, names))}?" in err
    assert "did you mean 'left hepatectomy'?" in run("assess", case / "x", "--plan", "left hepatectmy")[2]


def test_american_spellings_are_taken_and_not_listed(run: Run, case: Path) -> None:
    common = ("assess", case / "segments.nii.gz", *BODY, "--plan", "H67", "--json")
    ours, theirs = (json.loads(run(*common, name, "none")[1]) for name in ("--tumours", "--tumors"))
    assert ours == theirs
    assert json.loads(run(*common, "--tumors=none")[1]) == ours
    calc = ("calc", "--total", "1500", "--flr", "400", "--json")
    british, american = (
        json.loads(run(*calc, f"--{word}", "40", f"--remnant-{word}", "0")[1]) for word in ("tumour", "tumor")
    )
    assert british == american
    with pytest.raises(SystemExit):
        main(["assess", "--help"])
    code, _, err = run("assess", case / "segments.nii.gz", "--tumurs", "none")
    assert code == 2
    assert "did you mean '--tumours'?" in err


def test_hostile_names_stay_text_on_one_screen() -> None:
    for assessments in (hostile_case(), hostile_case()[:1]):
        for is_standard in (False, True):
            text = brief_text(assessments, is_standard=is_standard)
            assert "\x1b" not in text
            assert HOSTILE not in text
            assert max(map(len, text.splitlines())) <= WIDTH
            assert text.replace("\n", "").replace("\N{NO-BREAK SPACE}", " ").isprintable()


def test_a_case_that_nobody_named_is_not_called_case() -> None:
    nameless = [from_numbers(), from_numbers()]
    named = [replace(a, case_id="crlm-014") for a in nameless]
    for made in (brief_text, assessment_text, report_html, what_if_text):
        assert "Case case" not in made(nameless)
        assert "Case crlm-014" in made(named)


def test_what_was_assumed_of_several_plans_is_said_once(run: Run, case: Path) -> None:
    """By the flag that a normal liver would get: one sentence for the plans that share it."""
    words = ("assess", case / "segments.nii.gz", "--tumours", "none", *BODY, "--reviewed", "yes")
    _, same, _ = run(*words, "--plan", "H67", "--plan", "H6")
    assert same.count("Background not given") == 1
    _, apart, _ = run(*words, "--plan", "H67", "--plan", "H6", "--plan", "H5678")
    flat = " ".join(apart.split())
    assert flat.count("Background not given") == 2
    assert "by volume (H67, H6)." in flat
    assert "by volume (H5678)." in flat
    _, given, _ = run(*words, "--condition", "normal", "--plan", "H67", "--plan", "H6")
    assert "Background not given" not in given
