"""Commands that once reassured, or misled, and what they say now: each on both sides of its limit."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from flr.cli import main

ADULT = "--tumours none --weight 70 --height 170"


def calc(capsys: pytest.CaptureFixture[str], words: str) -> dict[str, Any]:
    assert main(["calc", *shlex.split(words), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["assessments"]
    assert isinstance(found, dict)
    return found


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
