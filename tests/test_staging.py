"""Staged plans: volumes conserved from stage to stage, flags, refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from growing import COLUMN_ML, PATIENT, liver_of

from flr.errors import PlanError
from flr.plans import Plane, parse_plan
from flr.plans.staged import StagedPlan
from flr.staging import StagedResult, stage_by_stage, staged_variants

TUMOURS = ((3, 2), (6, 4), (8, 4))
SMALL = (9, 39)


def staged(
    technique: Any = "pve", removes: str = "H5678", clear: str | None = None, **facts: Any
) -> StagedPlan:
    return StagedPlan(
        name="staged",
        technique=technique,
        resection=parse_plan(removes),
        clear=None if clear is None else parse_plan(clear),
        **facts,
    )


def result_of(plan: StagedPlan, patient: Any = PATIENT) -> StagedResult:
    return stage_by_stage(liver_of(*SMALL, TUMOURS), plan, patient)


def test_clear_embolise_wait_resect() -> None:
    result = result_of(staged(clear="wedge(T1, 5)"))
    assert [stage.key for stage in result.stages] == ["start", "clear", "embolise", "wait", "resect"]
    start, clear, embolise, wait, resect = result.stages
    assert [stage.flag for stage in result.stages] == [
        "consider_two_stage",
        "consider_pve",
        "consider_pve",
        "consider_pve",
        "consider_pve",
    ]
    total = 48 * COLUMN_ML
    voxel_ml = COLUMN_ML / 480
    tumour = (8 + 64 + 64) * voxel_ml
    assert start.left_functional_ml + start.left_tumour_ml == pytest.approx(total)
    assert start.left_tumour_ml == pytest.approx(tumour)
    assert clear.leaves_tumour_ml == pytest.approx(8 * voxel_ml)
    assert clear.leaves_ml > clear.leaves_tumour_ml
    for stage, before in ((clear, start), (embolise, clear), (wait, embolise), (resect, wait)):
        left = before.left_functional_ml + before.left_tumour_ml - stage.leaves_ml
        assert stage.left_functional_ml + stage.left_tumour_ml == pytest.approx(left)
    assert embolise.embolised_parts == ("5", "6", "7", "8")
    assert embolise.embolised_ml == pytest.approx(39 * COLUMN_ML - 128 * voxel_ml)
    assert resect.left_functional_ml == pytest.approx(resect.flr_ml)
    assert resect.left_tumour_ml == 0
    assert clear.flr_ml == resect.flr_ml < start.flr_ml
    assert {need.measure for need in resect.needs} >= {"flr_percent_of_measured", "flr_percent_of_standard"}
    assert all(need.growth_needed_percent for need in resect.needs if need.measure.startswith("flr_percent"))
    assert "tumour_left_until_resection" in result.notes
    assert "remnant_not_cleared" not in result.notes


def test_a_remnant_that_is_not_cleared_is_said() -> None:
    result = result_of(staged())
    assert [stage.key for stage in result.stages] == ["start", "embolise", "wait", "resect"]
    assert "remnant_not_cleared" in result.notes
    assert {stage.flag for stage in result.stages} == {"consider_two_stage"}


def test_segment_4_is_embolised_only_when_asked_for() -> None:
    plain = result_of(staged("pve", "H45678"))
    assert plain.stages[1].embolised_parts == ("5", "6", "7", "8")
    assert "segment_4_not_embolised" in plain.notes
    with_4 = result_of(staged("pve_4", "H45678"))
    assert with_4.stages[1].embolised_parts == ("4", "5", "6", "7", "8")
    assert "segment_4_not_embolised" not in with_4.notes
    assert result_of(staged("lvd", "H45678")).stages[1].embolised_parts == ("4", "5", "6", "7", "8")
    assert result_of(staged("pve", "H234")).stages[1].embolised_parts == ("2", "3", "4")
    with pytest.raises(PlanError, match="keeps segment 4"):
        result_of(staged("pve_4", "H5678"))


def test_the_remnant_is_never_embolised() -> None:
    with pytest.raises(PlanError, match="embolises 4, which the resection keeps"):
        result_of(staged("pve", "H5678", embolised=("4", "5")))
    with pytest.raises(PlanError, match="which branches are embolised"):
        result_of(staged("pve", "wedge(T2, 5)"))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"conditions": ("biliary",)}, "biliary disease"),
        ({"diagnosis": "pcca"}, "biliary disease"),
        ({"conditions": ("chemotherapy", "cirrhosis")}, "cirrhosis"),
        ({"conditions": ("donor",)}, "living donor"),
    ],
)
def test_alpps_is_refused_where_it_is_never_offered(facts: dict[str, Any], message: str) -> None:
    patient = replace(PATIENT, **facts)
    with pytest.raises(PlanError, match=message):
        result_of(staged("alpps"), patient)
    offered = [one.technique for one in staged_variants(parse_plan("H45678"), patient=patient)]
    assert "alpps" not in offered
    if "donor" in facts.get("conditions", ()):
        assert offered == []
    else:
        assert result_of(staged("pve"), patient).stages


def test_alpps_has_a_partition_and_asks_for_function() -> None:
    liver = liver_of(*SMALL)
    plane = parse_plan("plane(0, 0, 0, 1, 0, 0)").cuts[0]
    assert isinstance(plane, Plane)
    # The border between left and right liver, found from the construction: columns run to the right.
    edge_mm = float((liver.grid.world_mm([[i, 10, 10] for i in range(liver.grid.shape[0])])[:, 0]).min())
    left_edge = edge_mm + (4 + SMALL[0] - 0.5) * 3.5
    exact = Plane((left_edge, 0.0, 0.0), (1.0, 0.0, 0.0))
    result = stage_by_stage(liver, staged("alpps", partition=exact), PATIENT)
    assert result.partition is not None
    assert result.partition.remnant_on_wrong_side_ml == 0
    assert result.partition.resected_on_wrong_side_ml == 0
    moved = Plane((left_edge - 3.5, 0.0, 0.0), (1.0, 0.0, 0.0))
    off = stage_by_stage(liver, staged("alpps", partition=moved), PATIENT).partition
    assert off is not None
    assert off.remnant_on_wrong_side_ml == pytest.approx(COLUMN_ML)
    assert off.resected_on_wrong_side_ml == 0
    assert [stage.key for stage in result.stages] == ["start", "partition", "wait", "resect"]
    assert "function_test_before_stage_2" in result.notes


def test_a_staged_plan_must_be_whole() -> None:
    with pytest.raises(PlanError, match="without a first stage"):
        staged("two_stage")
    with pytest.raises(PlanError, match="technique"):
        staged("wait")
    with pytest.raises(PlanError, match="only ALPPS"):
        staged("pve", partition=Plane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)))
    two_stage = result_of(staged("two_stage", clear="H3"))
    assert [stage.key for stage in two_stage.stages] == ["start", "clear", "wait", "resect"]
    assert two_stage.stages[-1].flag == "consider_pve"
    embolised = result_of(staged("two_stage", clear="H3", embolised=("5", "6", "7", "8")))
    assert "embolise" in [stage.key for stage in embolised.stages]


def test_the_combined_plan_reads_back() -> None:
    combined = staged(clear="wedge(T1, 5)").combined
    assert parse_plan(combined.notation).cuts == combined.cuts
    assert staged().combined.notation == "H5678"


def test_variants_to_compare() -> None:
    techniques = [one.technique for one in staged_variants(parse_plan("H45678"), clear=parse_plan("H3"))]
    assert techniques == ["pve", "pve_4", "lvd", "alpps", "two_stage"]
    assert [one.technique for one in staged_variants(parse_plan("H5678"))] == ["pve", "lvd", "alpps"]
