"""No lie about a map reassures: a seeded tenth of the harness here, all of it in the long suite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lies.carriers import CARRIERS, DOORS
from lies.cases import REAL, REASSURING, phantom, real
from lies.run import LIES, judge, tell, truth
from lies.table import PAGE, rows_in

from flr.quality import CHECKS

SEED = 20240518
UNTRUE = [lie for lie in LIES.values() if "harmless" not in lie.expects]
TRUE = [lie for lie in LIES.values() if "harmless" in lie.expects]


def test_there_are_lies_of_every_kind() -> None:
    assert len(UNTRUE) >= 80
    assert {lie.group for lie in UNTRUE} == {"names", "sides", "whole", "scale", "drawing", "statements"}
    told_in = {carrier for lie in UNTRUE for carrier in lie.carriers}
    assert told_in == {*CARRIERS, *DOORS}
    for lie in LIES.values():
        assert (lie.twist is None) is not (lie.tell is None)
        assert lie.expects <= {*CHECKS, "refused", "harmless", "plan_leaves_tumour"}, lie.name


def test_the_phantom_is_reassuring_where_it_should_be_and_only_there() -> None:
    """Were nothing reassuring, no lie could be caught."""
    flags = truth(phantom()).flags
    assert {plan: flag in REASSURING for plan, flag in flags.items()} == {
        "H67 normal": True,
        "H5678 normal": True,
        "H234 normal": True,
        "H45678 chemotherapy": False,
        "H23 chemotherapy": True,
    }


def _tenth() -> list[tuple[str, int]]:
    random = np.random.default_rng(SEED)
    chosen = random.choice(len(LIES), len(LIES) // 10, replace=False)
    return [(list(LIES)[n], int(n)) for n in sorted(chosen)]


@pytest.mark.parametrize(("name", "seed"), _tenth(), ids=lambda value: str(value))
def test_a_tenth_of_the_lies(name: str, seed: int) -> None:
    verdicts = judge([LIES[name]], phantom(), seed=SEED + seed, carriers=1)
    assert [str(verdict) for verdict in verdicts if verdict.fault] == []


def test_the_documented_table_lists_every_lie_and_says_what_is_true() -> None:
    rows = rows_in(PAGE.read_text(encoding="utf-8"))
    assert list(rows) == list(LIES)
    for lie in UNTRUE:
        assert not rows[lie.name].endswith(("`adequate` |", "`borderline` |")), lie.name
        assert lie.does in rows[lie.name]
    for name in ("segments 1 and 4 exchanged", "cut flat towards the head"):
        said = tell(LIES[name], phantom(), "memory", seed=0)
        noticed = ", ".join(f"`{key}`" for key in sorted(said.noticed))
        assert rows[name].endswith(f"| {noticed} | `{said.worst}` |")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_every_lie_in_every_format_about_the_phantom(seed: int) -> None:
    verdicts = judge(LIES.values(), phantom(), seed=seed)
    assert [str(verdict) for verdict in verdicts if verdict.fault] == []


@pytest.mark.slow
@pytest.mark.long
def test_every_lie_about_the_phantom_of_the_review_is_judged_with_all_errors() -> None:
    verdicts = judge(LIES.values(), phantom(3.0), seed=7, carriers=1, thorough=True)
    assert [str(verdict) for verdict in verdicts if verdict.fault] == []


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_every_lie_about_real_maps(real_data: Path, name: str) -> None:
    verdicts = judge(LIES.values(), real(real_data, name), seed=3, carriers=1, strict=False)
    assert [str(verdict) for verdict in verdicts if verdict.fault] == []
