"""Commands as a user runs them: output, exit codes, and what bad input gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phantoms import CouinaudBlock, couinaud_block, write_nifti

from flr.cli import main
from flr.documents.schema import check_document
from flr.geometry import Grid

Run = Callable[..., tuple[int, str, str]]

SITE = ("--limits-source", "x", "--limits")
BODY = ("--weight", "72", "--height", "171", "--condition", "normal")
SEEN = ("--reviewed", "yes")


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


@pytest.fixture
def block() -> CouinaudBlock:
    return couinaud_block(tumours=((6, 4),), columns_voxels=(7, 6, 20, 15))


@pytest.fixture
def case(tmp_path: Path, block: CouinaudBlock) -> Path:
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "tumours.nii.gz", block.tumours, block.grid)
    return tmp_path


def one(text: str) -> dict[str, Any]:
    document = json.loads(text)
    assert document["schema"] == "flr-assessments/2"
    (assessment,) = document["assessments"]
    assert isinstance(assessment, dict)
    return assessment


def test_help_and_version(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "assess" in out
    assert "not a medical device" in out
    assert run("--version")[1].startswith("flr ")
    assert run()[0] == 2


@pytest.mark.parametrize(
    "command", ["demo", "assess", "volumes", "inspect", "calc", "criteria", "formulas", "schemes", "plans"]
)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    with pytest.raises(SystemExit) as caught:
        run(command, "--help")
    assert caught.value.code == 0


def test_help_shows_the_unit_of_the_uptake_and_nothing_is_formatted_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["calc", "--help"])
    text = capsys.readouterr().out
    assert "--hbs PERCENT/MIN/M2" in text
    assert "%%" not in text


def test_a_file_whose_name_begins_with_a_dash_follows_two_dashes(
    run: Run, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case / "segments.nii.gz").rename(case / "-s.nii.gz")
    monkeypatch.chdir(case)
    code, out, _ = run("inspect", "--json", "--", "-s.nii.gz", "tumours.nii.gz")
    assert code == 0
    assert [source["name"] for source in json.loads(out)["sources"]] == ["-s.nii.gz", "tumours.nii.gz"]
    assert run("inspect", "-s.nii.gz")[0] == 2


def test_a_command_can_be_called_again_with_the_same_options(run: Run) -> None:
    numbers = ("calc", "--total", "1500", "--flr", "400", *BODY, "--sex", "Female", "--json")
    for _ in range(2):
        code, out, _ = run(*numbers)
        assert code == 0
        assert one(out)["patient"]["sex"] == "F"


def test_unknown_command_names_the_nearest(run: Run) -> None:
    code, _, err = run("asess")
    assert code == 2
    assert "'assess'" in err


def test_options_and_inputs_may_be_interleaved(run: Run, case: Path) -> None:
    code, out, _ = run(
        "assess", "--plan", "H5678", case / "segments.nii.gz", *BODY, "--tumours", "none", "--json"
    )
    assert code == 0
    assert one(out)["plan"]["removes"] == ["5", "6", "7", "8"]


def test_assess_counts_what_the_phantom_holds(run: Run, case: Path, block: CouinaudBlock) -> None:
    code, out, _ = run(
        "assess",
        case / "segments.nii.gz",
        "--tumours",
        case / "tumours.nii.gz",
        "--plan",
        "H5678",
        *BODY,
        "--json",
    )
    assert code == 0
    a = one(out)
    volumes = a["volumes_ml"]
    left = sum(block.part_ml[n] for n in (1, 2, 3, 4))
    tumour = 64 * block.grid.voxel_volume_ml
    assert volumes["total"] == pytest.approx(block.total_ml, rel=1e-6)
    assert volumes["remnant"] == pytest.approx(left, rel=1e-6)
    assert volumes["tumour"] == pytest.approx(tumour, rel=1e-6)
    assert a["measures"]["flr_percent_of_measured"] == pytest.approx(
        100 * left / (block.total_ml - tumour), rel=1e-6
    )
    assert volumes["total"] == pytest.approx(
        sum(
            volumes[k] for k in ("resected", "ablated", "remnant", "remnant_tumour", "remnant_nonfunctional")
        ),
        abs=1e-6,
    )
    assert a["voxels"]["total"] == a["voxels"]["kept"] + a["voxels"]["resected"] + a["voxels"]["ablated"]


def test_several_plans_come_in_one_document(run: Run, case: Path) -> None:
    code, out, _ = run(
        "assess",
        case / "segments.nii.gz",
        "--plan",
        "H5678",
        "--plan",
        "H45678",
        "--tumours",
        "none",
        "--json",
    )
    assert code == 0
    shares = [a["measures"]["flr_percent_of_measured"] for a in json.loads(out)["assessments"]]
    assert shares[0] > shares[1] > 0


@pytest.mark.parametrize("missing", ["--weight", "--height", "--condition"])
def test_what_is_not_known_is_null_and_never_adequate(run: Run, case: Path, missing: str) -> None:
    known = [(a, b) for a, b in zip(BODY[::2], BODY[1::2], strict=True) if a != missing]
    arguments = [word for pair in known for word in pair]
    code, out, _ = run(
        "assess", case / "segments.nii.gz", "--plan", "H67", "--tumours", "none", *SEEN, *arguments, "--json"
    )
    assert code == 0
    a = one(out)
    body = next(row for row in a["reassurance"] if row["row"] == "body")
    if missing == "--weight":  # what stays is enough for any likely body
        assert (a["flag"], body["status"]) == ("adequate", "shown")
        assert "every row passes for any weight from 40 to 150 kg" in body["evidence"]
    else:
        assert (a["flag"], a["because"]) == ("indeterminate", "not_shown")
    row = "background" if missing == "--condition" else "body"
    assert [one["row"] for one in a["reassurance"] if one["missing"]] == (
        [] if missing == "--weight" else [row]
    )
    if missing == "--weight":
        for measure in ("flr_percent_of_standard", "flr_to_body_weight_percent", "bsa_m2"):
            assert a["measures"][measure] is None
            assert a["measures_reasons"][measure]
    complete = one(
        run("assess", case / "segments.nii.gz", "--plan", "H67", "--tumours", "none", *SEEN, *BODY, "--json")[
            1
        ]
    )
    assert complete["flag"] == "adequate"


def test_unknown_tumours_are_null_not_zero(run: Run, case: Path) -> None:
    a = one(run("assess", case / "segments.nii.gz", "--plan", "H67", *BODY, "--json")[1])
    assert a["volumes_ml"]["tumour"] is None
    assert a["volumes_ml"]["remnant_tumour"] is None
    assert a["flag"] == "indeterminate"
    assert "tumour_status_unknown" in a["notes"]


def test_tumour_that_stays(run: Run, case: Path) -> None:
    tumours = ("--tumours", case / "tumours.nii.gz")
    small = one(run("assess", case / "segments.nii.gz", *tumours, "--plan", "H23", *BODY, "--json")[1])
    assert small["flag"] == "plan_leaves_tumour"
    debulked = one(
        run(
            "assess",
            case / "segments.nii.gz",
            *tumours,
            "--plan",
            "H23",
            *BODY,
            *SEEN,
            "--intent",
            "debulking",
            "--json",
        )[1]
    )
    assert debulked["flag"] == "adequate"
    large = one(
        run(
            "assess",
            case / "segments.nii.gz",
            *tumours,
            "--plan",
            "H1234578",
            *BODY,
            "--json",
        )[1]
    )
    # The only tumour is in the segment that stays: nothing is on both sides, and the plan removes none.
    assert large["flag"] == "consider_pve"
    assert "This plan removes no tumour" in large["headline"]
    assert "plan_removes_no_tumour" in large["notes"]


def test_fail_on_flag(run: Run, case: Path) -> None:
    common = ("assess", case / "segments.nii.gz", "--tumours", "none", *BODY, "--json", "--fail-on-flag")
    assert run(*common, "--plan", "H67")[0] == 10  # nobody has reviewed it
    common = (*common, *SEEN)
    assert run(*common, "--plan", "H67")[0] == 0
    assert run(*common, "--plan", "H45678")[0] == 10


def test_strict_refuses_what_is_otherwise_flagged(run: Run, tmp_path: Path) -> None:
    tight = couinaud_block(margin_voxels=0)
    write_nifti(tmp_path / "s.nii.gz", tight.segments, tight.grid)
    common = ("assess", tmp_path / "s.nii.gz", "--plan", "H5678", "--tumours", "none", "--json")
    assert run(*common)[0] == 0
    code, out, err = run(*common, "--strict")
    assert (code, out) == (3, "")
    assert "liver_truncated" in err


def test_an_error_can_be_accepted_by_name(run: Run, tmp_path: Path, block: CouinaudBlock) -> None:
    affine = block.grid.index_to_world_mm.copy()
    affine[0] *= -1
    write_nifti(tmp_path / "s.nii.gz", block.segments, Grid(block.grid.shape, affine))
    common = ("assess", tmp_path / "s.nii.gz", "--plan", "H67", "--tumours", "none", *BODY, *SEEN, "--json")
    refused = one(run(*common)[1])
    assert refused["flag"] == "indeterminate"
    assert ("mirrored_anatomy", "error") in {(q["check"], q["severity"]) for q in refused["quality"]}
    for way in (("--accept", "mirrored_anatomy"), ("--prior", "situs_inversus")):
        accepted = one(run(*common, *way)[1])
        # An accepted check is at best borderline; what the patient explains is no fault.
        assert accepted["flag"] == ("borderline" if way[0] == "--accept" else "adequate")
        assert ("mirrored_anatomy", "warning") in {(q["check"], q["severity"]) for q in accepted["quality"]}


def test_a_plan_of_a_case_file_is_taken_by_its_name(run: Run, case: Path) -> None:
    (case / "case.toml").write_text(
        'id = "a"\n[[scan]]\ndate = 2026-01-04\nsegments = "segments.nii.gz"\ntumours = "none"\n'
        '[[plan]]\nname = "the large one"\nremoves = "H5678"\n'
        '[[plan]]\nname = "spare + keep"\nremoves = "H67"\nintent = "debulking"\n',
        encoding="utf-8",
    )
    common = ("assess", "--case", case / "case.toml", "--json")
    code, out, _ = run(*common, "--plan", "spare + keep", "--plan", "H23")
    assert code == 0
    plans = [a["plan"] for a in json.loads(out)["assessments"]]
    assert [(p["name"], p["notation"], p["intent"]) for p in plans] == [
        ("spare + keep", "H67", "debulking"),
        ("left lateral sectionectomy", "H23", "cure"),
    ]
    code, _, err = run(*common, "--plan", "the largest")
    assert code == 3
    assert "'the largest' is not understood" in err
    assert "or a name of case.toml's own plans: 'the large one', 'spare + keep'" in err


def test_a_sites_own_limits_are_recorded(run: Run, case: Path) -> None:
    common = ("assess", case / "segments.nii.gz", "--plan", "H67", "--tumours", "none", *BODY, "--json")
    given = ("--limits", "20,80,90", "--limits-source", "local policy 7")
    a = one(run(*common, *given)[1])
    assert a["flag"] == "below_minimum"  # of the site, and no hemiliver leaves
    assert a["options"] == ["another_plan", "ablation", "referral"]
    assert "embolisation_not_an_option" in a["notes"]
    assert any("local policy 7" in f["reference"]["text"] for f in a["findings"])
    hemiliver = [word if word != "H67" else "H5678" for word in common]
    assert one(run(*hemiliver, *given)[1])["flag"] == "consider_pve"
    assert run(*common, "--limits", "20,80,90")[0] == 2
    assert run(*common, "--limits", "20,80", "--limits-source", "x")[0] == 2
    assert run(*common, "--limits", "30,20,10", "--limits-source", "x")[0] in (2, 3)


def test_calc_grades_numbers_like_a_map(run: Run) -> None:
    code, out, _ = run("calc", "--total", "1500", "--tumour", "40", "--flr", "400", *BODY, "--json")
    assert code == 0
    a = one(out)
    assert a["measures"]["flr_percent_of_measured"] == pytest.approx(100 * 400 / 1460)
    assert a["volumes_ml"]["resected"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("calc", "--total", "1500", "--flr", "1600", *BODY), 3, "more than the functional liver"),
        (("calc", "--total", "1500", "--tumour", "1500", "--flr", "1", *BODY), 3, "leaves nothing"),
        (("calc", "--total", "-5", "--flr", "1", *BODY), 3, "not negative"),
        (("calc", "--total", "nan", "--flr", "1", *BODY), 3, "finite"),
        (("calc", "--flr", "1", *BODY), 2, "--total"),
        (("calc", "--total", "many", "--flr", "1"), 2, "many"),
        (("calc", "--total", "1500", "--flr", "400", "--weight", "-72"), 3, "weight"),
        (("calc", "--total", "1500", "--flr", "400", "--weight", "0"), 3, "weight"),
        (
            ("calc", "--total", "1500", "--flr", "400", "--weight", "171", "--height", "72"),
            3,
            "(?i)swapped|exchanged",
        ),
        (("calc", "--total", "1500", "--flr", "400", "--weight", "72", "--height", "1.71"), 3, "(?i)met"),
        (("calc", "--total", "1500", "--flr", "400", "--condition", "cirhosis"), 3, "cirrhosis"),
        (("calc", "--total", "1500", "--flr", "400", "--bsa-formula", "mostelr"), 3, "mosteller"),
        (("calc", "--total", "1500", "--tumour", "5", "--flr", "400", "--tumours", "none"), 2, "contradicts"),
        (("calc", "--total", "1500", "--flr", "400", "--format", "docx"), 2, "docx"),
        (("calc", "--total", "1500", "--flr", "400", "--format", "html"), 2, "--out"),
        (("calc", "--total", "1500", "--flr", "400", "--weigth", "72"), 2, "--weigth"),
        (("calc", "--total", "1500", "--flr", "400", "--icg-r15", "0.08"), 3, "is it a fraction"),
        (("calc", "--total", "1500", "--flr", "400", "--sex", "diverse"), 3, "sex 'diverse'.*F, M"),
        (
            ("calc", "--total", "1500", "--flr", "400", "--weight", "72", "--weight", "80"),
            2,
            "--weight .*once",
        ),
        (("calc", "--total", "1500", "--flr", "400", *SITE, "0.2,0.25,0.3"), 2, "Give 20,25,30"),
        (("calc", "--total", "1500", "--flr", "400", *SITE, "20,25,130"), 2, "below 100"),
        (("assess", "a", "--tumours", "none", "--tumours", "t", "--plan", "H67"), 2, "--tumours .*once"),
        (("inspect", "a", "--scheme", "x", "b", "--scheme", "x"), 2, "--scheme .*once"),
        (("assess", "a", "--plan", "H67", "--slice-thickness", "400"), 2, "--slice-thickness 400; .* 50"),
        (("assess", "a", "--plan", "H5678 + plans/p.mrk.json"), 3, "a plan file stands alone"),
        (("volumes",), 2, "no input"),
        (("inspect",), 2, "no input"),
        (("assess", "--plan", "H5678"), 2, "no input"),
        (("volumes", "no_such_file.nii.gz"), 3, "no_such_file.nii.gz"),
    ],
)
def test_bad_calls_get_one_message(run: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
    got, out, err = run(*arguments)
    assert (got, out) == (code, "")
    assert len(err.strip().splitlines()) == 1
    import re

    assert re.search(says, err), err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--fail-on-flag",), 2, "--remnant FILE"),
        (("--plan", "H9"), 3, "obsolete"),
        (("--plan", "whatever"), 3, "not understood"),
        (("--plan", "H4a"), 3, "does not have"),
        (("--plan", "flr"), 3, "--remnant FILE"),
        (("--plan", "H12345678"), 3, "nothing would remain"),
        (("--plan", "H5678", "--scheme", "couinaud"), 3, "couinaud"),
        (("--plan", "H5678", "--scheme", "flare22"), 3, "segments.nii.gz|liver"),
        (("--plan", "H5678", "--labels", "segments.nii.gz"), 2, "--labels"),
    ],
)
def test_bad_plans_and_schemes_write_nothing(
    run: Run, case: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    import re

    out_folder = case / "report"
    got, out, err = run("assess", case / "segments.nii.gz", *arguments, "--out", out_folder)
    assert (got, out) == (code, "")
    assert re.search(says, err), err
    assert not out_folder.exists()
    assert str(case) not in err


def test_files_on_different_grids(run: Run, case: Path, block: CouinaudBlock) -> None:
    affine = block.grid.index_to_world_mm.copy()
    affine[:3, 3] += 1.3
    write_nifti(case / "moved.nii.gz", block.tumours, Grid(block.grid.shape, affine))
    common = (
        "assess",
        case / "segments.nii.gz",
        "--tumours",
        case / "moved.nii.gz",
        "--plan",
        "H5678",
        "--json",
    )
    code, out, err = run(*common)
    assert (code, out) == (3, "")
    assert "moved.nii.gz lies on another grid" in err
    assert run(*common, "--resample", "nearest")[0] == 0


def test_volumes_and_inspect(run: Run, case: Path, block: CouinaudBlock) -> None:
    document = json.loads(run("volumes", case / "segments.nii.gz", "--json")[1])
    assert document["schema"] == "flr-volumes/1"
    assert document["voxels"] == {f"segment_{n}": block.part_voxels[n] for n in range(1, 9)}
    seen = json.loads(run("inspect", case / "segments.nii.gz", "--json")[1])
    assert seen["schema"] == "flr-inspect/1"
    (source,) = seen["sources"]
    assert (source["kind"], source["scheme"]) == ("nifti", "couinaud_8")
    assert source["grid"]["shape"] == list(block.grid.shape)
    assert source["grid"]["orientation"] == "LPS"
    assert "segment_8" in run("volumes", case / "segments.nii.gz")[1]
    assert "couinaud_8" in run("inspect", case / "segments.nii.gz")[1]


def test_a_role_gives_the_structure_its_name(run: Run, case: Path, block: CouinaudBlock) -> None:
    whole = (block.segments > 0).astype(np.uint8)
    write_nifti(case / "a.nii.gz", whole, block.grid)
    bare = json.loads(run("volumes", case / "a.nii.gz", "--json")[1])
    assert list(bare["volumes_ml"]) == ["label_1"]
    named = json.loads(
        run("volumes", "--liver", case / "a.nii.gz", "--vessels", case / "a.nii.gz", "--json")[1]
    )
    assert list(named["volumes_ml"]) == ["liver", "vessels"]


@pytest.mark.parametrize("command", ["criteria", "formulas", "schemes", "plans"])
def test_lists_carry_their_sources(run: Run, command: str) -> None:
    code, out, _ = run(command, "--json")
    assert code == 0
    document = json.loads(out)
    assert document["schema"] == f"flr-{command}/1"
    rows = document[command]
    assert len(rows) >= {"criteria": 30, "formulas": 20, "schemes": 41, "plans": 10}[command]
    for row in rows:
        assert row["reference"]
        assert row["evidence"]
    assert len(run(command)[1].splitlines()) > 10


@pytest.mark.slow
def test_report_folder_is_complete_and_replaced(run: Run, case: Path) -> None:
    folder = case / "report"
    common = (
        "assess",
        case / "segments.nii.gz",
        "--tumours",
        case / "tumours.nii.gz",
        *BODY,
        "--out",
        folder,
    )
    code, out, err = run(*common, "--plan", "H5678", "--plan", "H45678")
    assert code == 0
    assert "H5678" in out
    names = {p.name for p in folder.iterdir()}
    assert {"assessment.json", "assessment.csv", "report.html", "report.pdf"} <= names
    assert "report.html" in err
    first = (folder / "assessment.json").read_text()
    assert len(json.loads(first)["assessments"]) == 2
    assert run(*common, "--plan", "H67")[0] == 0
    assert len(json.loads((folder / "assessment.json").read_text())["assessments"]) == 1
    assert not [p for p in folder.iterdir() if p.name.startswith(".flr-")]
