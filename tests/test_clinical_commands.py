"""Commands that once reassured, or misled, and what they say now: each on both sides of its limit."""

from __future__ import annotations

import datetime
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from growing import DAY_0
from phantoms import couinaud_block, write_nifti

from flr.cli import main

ADULT = "--tumours none --weight 70 --height 170"


def calc(capsys: pytest.CaptureFixture[str], words: str) -> dict[str, Any]:
    assert main(["calc", *shlex.split(words), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["assessments"]
    assert isinstance(found, dict)
    return found


BODY = "--weight 70 --height 170"
LABELS = "--accept 'tumour_fraction_high=labels looked at, Dr A'"
TREATED = "--remnant-tumour 0 --condition normal --diagnosis net --intent debulking"
CIRRHOSIS = f"{ADULT} --condition cirrhosis --child-pugh A --portal-hypertension no"

COMMANDS = [
    # portal hypertension, Child-Pugh and platelets outside cirrhosis
    (
        f"--total 1500 --flr 780 {ADULT} --condition normal --child-pugh B --portal-hypertension yes "
        "--platelets 60",
        "adverse_fact",
        "which of the two is right?",
    ),
    (
        f"--total 1500 --flr 780 {ADULT} --condition normal --child-pugh A --portal-hypertension no "
        "--platelets 100",
        "adequate",
        "",
    ),
    (
        f"--total 1500 --flr 500 {ADULT} --condition chemotherapy --portal-hypertension yes --platelets 70",
        "adverse_fact",
        "portal hypertension",
    ),
    (f"--total 1500 --flr 520 {ADULT} --condition chemotherapy --portal-hypertension no", "adequate", ""),
    (
        f"--total 1500 --flr 630 {ADULT} --condition steatosis --portal-hypertension yes",
        "adverse_fact",
        "portal hypertension speaks against this resection",
    ),
    (f"--total 1500 --flr 630 {ADULT} --condition steatosis --portal-hypertension no", "adequate", ""),
    (
        f"--total 1500 --flr 780 {ADULT} --condition biliary --remnant-drained yes --child-pugh B "
        "--portal-hypertension yes",
        "adverse_fact",
        "Child-Pugh B speaks against this resection",
    ),
    (
        f"--total 1500 --flr 780 {ADULT} --condition biliary --remnant-drained yes --child-pugh A "
        "--portal-hypertension no",
        "adequate",
        "",
    ),
    # ICG-R15
    (f"--total 1500 --flr 780 {CIRRHOSIS} --icg-r15 22", "adverse_fact", "Tokyo and Takasaki object"),
    (f"--total 1500 --flr 930 {CIRRHOSIS} --icg-r15 29", "adverse_fact", ""),
    (f"--total 1500 --flr 900 {ADULT} --condition chemotherapy --icg-r15 25", "borderline", ""),
    (f"--total 1500 --flr 760 {CIRRHOSIS} --icg-r15 19", "borderline", ""),
    (f"--total 1500 --flr 825 {CIRRHOSIS} --icg-r15 12", "adequate", ""),
    (f"--total 1500 --flr 675 {CIRRHOSIS} --icg-r15 15", "adverse_fact", "Tokyo"),
    (f"--total 1500 --flr 675 {CIRRHOSIS} --icg-r15 8", "borderline", ""),
    # LiMAx
    (f"--total 1500 --flr 1200 {CIRRHOSIS} --limax 130", "adverse_fact", "below 140"),
    (f"--total 1500 --flr 1200 {CIRRHOSIS} --limax 140", "adequate", ""),
    (
        f"--total 1500 --flr 600 {ADULT} --condition normal --limax 260",
        "borderline",
        "planned residual LiMAx",
    ),
    (f"--total 1500 --flr 600 {ADULT} --condition normal --limax 350", "adequate", ""),
    (f"--total 1500 --flr 600 {ADULT} --condition normal --limax 60", "adverse_fact", "LiMAx of 60"),
    # exactly 0.5 % of the body weight falls short
    ("--total 1100 --flr 400 --tumours none --weight 80 --height 165 --condition normal", "consider_pve", ""),
    ("--total 1100 --flr 440 --tumours none --weight 80 --height 165 --condition normal", "borderline", ""),
    # a donor with half a liver, and livers that are impossible for the body
    (f"--total 700 --flr 260 {ADULT} --condition donor", "indeterminate", "expected of this body"),
    (f"--total 1500 --flr 540 {ADULT} --condition donor", "adequate", ""),
    (f"--total 650 --flr 500 {ADULT} --condition normal", "indeterminate", "expected of this body"),
    (
        "--total 3500 --flr 1200 --tumours none --weight 50 --height 160 --condition normal",
        "indeterminate",
        "expected of this body",
    ),
    # options that are contraindicated are not named
    (
        f"--total 1500 --flr 495 {ADULT} --condition cirrhosis --child-pugh C --portal-hypertension yes",
        "below_minimum",
        "Child-Pugh C and portal hypertension: embolisation is not an option",
    ),
    # a coin-flip at the minimum
    (
        f"--total 1530 --flr 461 {ADULT} --condition chemotherapy --diagnosis crlm",
        "borderline",
        "With a probability of",
    ),
    (f"--total 1530 --flr 520 {ADULT} --condition chemotherapy --diagnosis crlm", "adequate", ""),
    # small and large bodies
    ("--total 1100 --flr 902 --tumours none --weight 45 --height 152 --condition normal", "adequate", ""),
    (
        "--total 1900 --flr 760 --tumours none --weight 160 --height 175 --condition normal",
        "borderline",
        "fat",
    ),
    # a low uptake is an indication to augment
    (f"--total 1500 --flr 600 {ADULT} --condition normal --hbs 0.5", "borderline", "indication to augment"),
    (f"--total 1500 --flr 600 {ADULT} --condition normal --hbs 2.7", "adequate", ""),
    # debulking, very small remnants, donors in the band
    (f"--total 1500 --flr 280 {ADULT} --condition normal --intent debulking", "below_minimum", "remove less"),
    (
        f"--total 1500 --flr 120 {ADULT} --condition normal",
        "consider_pve",
        "more than published augmentation reaches on average",
    ),
    (f"--total 1500 --flr 480 {ADULT} --condition donor", "borderline", "another graft"),
    # weeks of chemotherapy
    (f"--total 1500 --flr 440 {ADULT} --condition normal --chemotherapy-weeks 12", "borderline", ""),
    (f"--total 1500 --flr 440 {ADULT} --condition normal --chemotherapy-weeks 13", "consider_pve", ""),
    # a liver of more than 5 litres is believed where tumours explain it and the rest fits the body
    (f"--total 6000 --tumour 4500 --flr 900 {TREATED} {BODY} {LABELS}", "borderline", "tumour_fraction_high"),
    (f"--total 6000 --tumour 4500 --flr 900 {TREATED} {BODY}", "indeterminate", "Adequate by volume"),
    (f"--total 6000 --tumour 3585 --flr 1400 {TREATED} {BODY} {LABELS}", "borderline", ""),
    (
        f"--total 6000 --tumour 3584 --flr 1400 {TREATED} {BODY} {LABELS}",
        "indeterminate",
        "total_implausible",
    ),
    (f"--total 6000 --tumour 4500 --flr 900 {TREATED} {LABELS}", "indeterminate", "total_implausible"),
    (f"--total 3750 --tumour 2250 --flr 450 {TREATED} {BODY} {LABELS}", "borderline", "accepted"),
    (f"--total 3750 --tumour 2250 --flr 450 {TREATED} {BODY}", "indeterminate", "Borderline by volume"),
    # every row would pass whatever the weight is
    ("--total 1500 --flr 1200 --tumours none --height 170 --condition normal", "adequate", ""),
]


@pytest.mark.parametrize(("words", "flag", "says"), COMMANDS, ids=lambda value: str(value)[:70])
def test_a_command(words: str, flag: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = calc(capsys, words)
    assert found["flag"] == flag
    assert says in found["headline"] or says in " ".join(found["note_texts"].values())
    if flag in ("adequate", "borderline"):
        assert "probability" in found["headline"]


@pytest.mark.parametrize(
    ("total", "tumour", "flr_ml"), [("6000", "4500", "900"), ("1500", "0", "1485"), ("1500", "0", "1500")]
)
def test_a_share_never_leaves_0_to_100(
    total: str, tumour: str, flr_ml: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = f"--total {total} --tumour {tumour} --flr {flr_ml} --weight 70 --height 170 --condition normal"
    found = calc(capsys, words)
    interval = found["intervals"]["flr_percent_of_measured"]
    assert 0.0 <= interval["low"] <= interval["high"] <= 100.0


def test_no_contraindicated_option_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    found = calc(
        capsys,
        f"--total 1500 --flr 495 {ADULT} --condition cirrhosis --child-pugh C --portal-hypertension yes",
    )
    assert not {"portal_vein_embolisation", "tace_first", "alpps"} & set(found["options"])
    assert "transplant_referral" in found["options"]


# --- commands on files ------------------------------------------------------------------------

REVIEWED = "--weight 72 --height 171 --condition normal --reviewed yes"


def block_files(
    folder: Path,
    columns: tuple[int, int, int, int],
    tumours: tuple[tuple[int, int], ...] = (),
    name: str = "scan",
) -> tuple[Path, Path]:
    """A block liver as files: its segments and its tumours."""
    block = couinaud_block(columns_voxels=columns, tumours=tumours)
    segments, lesions = folder / f"{name}_segments.nii.gz", folder / f"{name}_tumours.nii.gz"
    write_nifti(segments, block.segments, block.grid)
    write_nifti(lesions, block.tumours, block.grid)
    return segments, lesions


def assess_files(capsys: pytest.CaptureFixture[str], words: Sequence[str | Path]) -> dict[str, Any]:
    assert main(["assess", *map(str, words), *REVIEWED.split(), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["assessments"]
    assert isinstance(found, dict)
    return found


def grown(
    folder: Path, capsys: pytest.CaptureFixture[str], before: int, after: int, day: int, *more: str
) -> dict[str, Any]:
    """A follow-up of two scans by command; ``before`` and ``after`` are columns of 48 that stay."""
    scans = []
    for number, left in (("first", before), ("second", after)):
        columns = (left - left // 2, left // 2, (48 - left) - (48 - left) // 2, (48 - left) // 2)
        segments, _ = block_files(folder, columns, name=number)
        scans.append(segments.name)
    case = folder / "case.toml"
    case.write_text(
        f"""id = "grown"
[patient]
weight_kg = 72
height_cm = 171
conditions = ["normal"]
[[scan]]
date = 2026-02-27
phase = "portal venous"
segments = "{scans[0]}"
tumours = "none"
reviewed = true
[[scan]]
date = {DAY_0 + datetime.timedelta(days=day)}
phase = "portal venous"
after = "pve"
after_date = {DAY_0}
segments = "{scans[1]}"
tumours = "none"
reviewed = true
[[plan]]
name = "right hepatectomy"
removes = "H5678"
""",
        encoding="utf-8",
    )
    assert main(["followup", str(case), *more, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("before", "after", "day", "flag", "note"),
    [
        (14, 15, 7, "borderline", "growth_too_early"),
        (14, 20, 13, "borderline", "growing_early"),
        (14, 20, 14, "adequate", "growth_adequate"),
        (14, 20, 28, "adequate", "growth_adequate"),
        (14, 18, 28, "borderline", "growth_uncertain"),
        (14, 17, 28, "borderline", "slow_growth"),
        (14, 20, 56, "borderline", "slow_growth"),
        (14, 20, 57, "adequate", "growth_adequate"),
    ],
)
def test_growth_that_may_be_nothing_does_not_reassure(
    before: int,
    after: int,
    day: int,
    flag: str,
    note: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """474 to 508 mL in 7 days was adequate, by a rate whose interval began below zero."""
    found = grown(tmp_path, capsys, before, after, day)
    assert found["flag"] == flag
    assert note in found["notes"]


def test_a_sites_errors_reach_the_growth_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--errors`` was ignored by growth: the interval of the degree of hypertrophy stayed as it was."""
    own = tmp_path / "errors.toml"
    own.write_text('source = "site"\nouter_surface_mm = 5\ncut_mm = 15\nflr_percent = 30\n', encoding="utf-8")
    usual = grown(tmp_path, capsys, 14, 20, 28)
    wide = grown(tmp_path, capsys, 14, 20, 28, "--errors", str(own))
    lows = [found["growth"]["degree_of_hypertrophy_low_pp"] for found in (usual, wide)]
    assert lows[0] > 0.0 > lows[1]
    assert (usual["flag"], wide["flag"]) == ("adequate", "borderline")


@pytest.mark.parametrize(
    ("tumours", "flag", "removes"),
    [
        (((2, 5),), "consider_pve", "This plan removes no tumour"),
        (((7, 5),), "consider_pve", ""),
        (((2, 5), (7, 5)), "consider_two_stage", "Tumour on both sides"),
    ],
    ids=["left only", "right only", "both"],
)
def test_two_stages_need_tumour_on_both_sides(
    tumours: tuple[tuple[int, int], ...],
    flag: str,
    removes: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A tumour in the kept half alone was told to be on both sides."""
    segments, lesions = block_files(tmp_path, (5, 6, 21, 16), tumours)
    found = assess_files(capsys, (segments, "--tumours", lesions, "--plan", "H5678"))
    assert found["flag"] == flag
    assert removes in " ".join((found["headline"], *found["note_texts"].values()))
    assert ("two_stage_hepatectomy" in found["options"]) is (flag == "consider_two_stage")


@pytest.mark.parametrize(
    ("plan", "columns", "flag", "named"),
    [
        ("H458", (4, 14, 25, 5), "below_minimum", False),
        ("H5678", (5, 6, 20, 17), "consider_pve", True),
    ],
)
def test_embolisation_is_named_for_a_hemiliver_only(
    plan: str,
    columns: tuple[int, int, int, int],
    flag: str,
    named: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A central hepatectomy was offered portal vein embolisation and ALPPS."""
    segments, _ = block_files(tmp_path, columns)
    found = assess_files(capsys, (segments, "--tumours", "none", "--plan", plan))
    assert found["flag"] == flag
    assert ("portal_vein_embolisation" in found["options"]) is named
    assert ("embolisation" in found["headline"].split("not apply")[0]) is named
    if not named:
        assert "ALPPS" not in found["headline"]
        assert "another_plan" in found["options"]
