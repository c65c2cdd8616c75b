"""One more adverse fact or a smaller remnant never makes a flag more reassuring: a grid of patients.

The whole grid is a suite of its own (``-m long``); a seeded tenth of its patients runs with the others.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from statistics import NormalDist
from typing import Any, Final, Literal

import pytest
from everyday_patients import BODY, Everyday

from flr.errors import PatientError

PERCENTS: Final = (18, 24, 26, 29, 31, 34, 38, 43, 48, 53, 60, 72, 86)
PLANS: Final = ("H5678", "H67", "H6", "H458")
BACKGROUNDS: Final[dict[str, dict[str, Any]]] = {
    "normal": {},
    "chemotherapy": {},
    "steatosis": {},
    "cirrhosis": {"child_pugh": "A", "portal_hypertension": False},
    "biliary": {"remnant_drained": True},
    "donor": {},
    "unknown": {},
}
INTENTS: Final[tuple[Literal["cure", "debulking"], ...]] = ("cure", "debulking")
ADVERSE: Final[tuple[dict[str, Any], ...]] = (
    {"child_pugh": "B"},
    {"child_pugh": "C"},
    {"portal_hypertension": True},
    {"varices": True},
    {"platelets_10e9_per_l": 80},
    {"splenomegaly": True},
    {"bilirubin_mg_per_dl": 1.3},
    {"bilirubin_mg_per_dl": 2.5},
    {"bilirubin_mg_per_dl": 4.0},
    {"ascites": "controlled"},
    {"ascites": "uncontrolled"},
    {"icg_r15_percent": 14},
    {"icg_r15_percent": 25},
    {"icg_r15_percent": 42},
    {"limax_ug_per_kg_per_h": 130},
    {"limax_ug_per_kg_per_h": 230},
    {"hbs_percent_per_min_per_m2": 2.0},
    {"chemotherapy_weeks": 20},
    {"remnant_drained": False},
    {"albumin_g_per_l": 28},
    {"inr": 1.6},
    {"extrahepatic_disease": "untreated"},
    {"ecog": 3},
    {"age_years": 84},
    {"bowel_surgery": True},
    {"prior": ("tace",)},
)
MINIMUM_PERCENT: Final = {
    "normal": 25, "chemotherapy": 30, "steatosis": 30, "cirrhosis": 40, "biliary": 40, "donor": 30,
    "unknown": 30,
}  # fmt: skip


def rank(flag: str) -> int:
    """How reassuring a flag is."""
    return {
        "plan_leaves_tumour": 1,
        "adverse_fact": 1,
        "indeterminate": 1,
        "borderline": 2,
        "adequate": 3,
    }.get(flag, 0)


def flags_of(
    background: str, plan: str, intent: Literal["cure", "debulking"], facts: dict[str, Any]
) -> list[str]:
    """Flags of every remnant, the smallest first; each adequate one is surely enough above its minimum."""
    given = {**BACKGROUNDS[background], "condition": background, **facts}
    if background == "normal" and "chemotherapy_weeks" in facts:
        background = "chemotherapy"
    flags = []
    for percent in PERCENTS:
        one = Everyday(
            who="", flag="", percent=percent, plan=plan, intent=intent, facts=given, body=dict(BODY)
        )
        flags.append(one.grade().flag)
        if flags[-1] == "adequate":
            least = MINIMUM_PERCENT[background]
            s = percent / 100.0
            relative = 8.0 if background == "cirrhosis" else 5.0
            sd = s * (1.0 - s) * math.sqrt(2.0) * relative
            assert NormalDist(percent, sd).cdf(least) <= 0.1, (background, plan, facts, percent)
    return flags


def run(
    backgrounds: list[tuple[str, str, Literal["cure", "debulking"]]], pairs: int, seed: int
) -> Counter[str]:
    """Every single fact and some pairs of facts in each situation. Returns what was counted."""
    draw = random.Random(seed)
    counted: Counter[str] = Counter()
    for background, plan, intent in backgrounds:
        bare = flags_of(background, plan, intent, {})
        chosen = [({}, one) for one in ADVERSE]
        drawn = draw.sample(list(itertools.permutations(ADVERSE, 2)), pairs)
        chosen += [(first, second) for first, second in drawn if not set(first) & set(second)]
        for first, second in chosen:
            try:
                before = flags_of(background, plan, intent, first) if first else bare
                after = flags_of(background, plan, intent, {**first, **second})
            except PatientError:
                counted["asked back"] += 1
                continue
            for flags in (before, after):
                ranks = [rank(flag) for flag in flags]
                assert ranks == sorted(ranks), (background, plan, intent, first, second, flags)
                counted.update(flags)
                counted["grades"] += len(flags)
            for percent, old, new in zip(PERCENTS, before, after, strict=True):
                assert rank(new) <= rank(old), (background, plan, intent, first, second, percent, old, new)
                counted["pairs"] += 1
    return counted


GRID = list(itertools.product(BACKGROUNDS, PLANS, INTENTS))


def test_a_seeded_tenth_of_the_grid_is_monotone() -> None:
    counted = run(random.Random(20260301).sample(GRID, len(GRID) // 10), pairs=4, seed=1)
    assert counted["pairs"] > 1300
    assert counted["adequate"] > 200


@pytest.mark.slow
@pytest.mark.long
def test_the_whole_grid_is_monotone(capsys: pytest.CaptureFixture[str]) -> None:
    counted = run(GRID, pairs=14, seed=2)
    with capsys.disabled():
        print(dict(counted))
    assert counted["pairs"] >= 20_000
