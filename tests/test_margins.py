"""Planned margins, what becomes of each tumour, and the shape of what stays."""

from __future__ import annotations

import numpy as np
import pytest
from phantoms import oblique_grid
from planning import GRIDS, ball, block_liver, grid_around, open_liver, positions

from flr.assessment import assess
from flr.criteria.tumour_block import tumour_block
from flr.criteria.tumour_rules import (
    ABLATION_WARNING_TEXTS,
    MARGIN_GRADE_TEXTS,
    TUMOUR_RULES,
    ablation_warnings,
    burden_facts,
    grade_margin,
)
from flr.errors import PlanError
from flr.kernels.distance import voxel_half_diagonal_mm
from flr.patient import Patient
from flr.plans import fates, outcomes, parse_plan, remnant_shape, volumes


@pytest.mark.parametrize("kind", GRIDS)
@pytest.mark.parametrize("normal", [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.5, -0.6, 0.7)])
def test_a_tumour_12_mm_from_a_cut_has_a_margin_of_12_mm(
    kind: str, normal: tuple[float, float, float]
) -> None:
    grid = grid_around(36.0, **GRIDS[kind])
    liver = open_liver(grid, [ball(grid, 8.0)], ball(grid, 34.0))
    unit = np.array(normal) / np.linalg.norm(normal)
    x, y, z = -20.0 * unit
    plan = parse_plan(f"plane({x}, {y}, {z}, {normal[0]}, {normal[1]}, {normal[2]})")
    (found,) = outcomes(liver, plan)
    assert found.fate == "resected"
    of_one_surface_mm = voxel_half_diagonal_mm(grid.index_to_world_mm)
    assert found.error_mm == 2.0 * of_one_surface_mm
    assert found.planned_margin_mm == pytest.approx(12.0, abs=of_one_surface_mm)
    assert found.least_margin_mm == pytest.approx(found.planned_margin_mm - found.error_mm)


def test_a_wedge_leaves_its_margin() -> None:
    grid = grid_around(30.0, **GRIDS["oblique"])
    liver = open_liver(grid, [ball(grid, 8.0)])
    for margin in (3.0, 6.0, 10.0):
        (found,) = outcomes(liver, parse_plan(f"wedge(T1, {margin})"))
        assert found.planned_margin_mm == pytest.approx(margin, abs=0.5 * found.error_mm)


@pytest.mark.parametrize("slice_mm", [1.5, 5.0])
@pytest.mark.parametrize("gap_mm", [0.03, 0.1, 0.6, 1.1, 10.1, 10.53])
def test_the_lower_bound_of_a_margin_is_one_whatever_the_voxels_hide(slice_mm: float, gap_mm: float) -> None:
    """A flat tumour that a plane passes at a small distance, at every place between two slices."""
    grid = oblique_grid((15, 14, 40), (0.7, 0.8, slice_mm), centre_mm=(0.0, 0.0, 0.0))
    height = positions(grid)[..., 2]
    inside = (np.abs(positions(grid)[..., :2]) < 3.0).all(axis=-1)
    for phase in np.linspace(0.0, 1.0, 7):
        top_mm = phase * slice_mm
        tumour = inside & (height <= top_mm) & (height > top_mm - 4.0 * slice_mm)
        liver = open_liver(grid, [tumour])
        (found,) = outcomes(liver, parse_plan(f"plane(0, 0, {top_mm + gap_mm}, 0, 0, -1)"))
        assert found.least_margin_mm is not None
        assert found.least_margin_mm <= gap_mm


def test_every_fate() -> None:
    liver = block_liver(tumours=[(7, 4), (3, 3), (4, 2)])
    x, y, z = liver.part_centroids_mm["4"]
    plan = parse_plan(f"H7 + ablate(T2, 5) + plane({x}, {y}, {z}, 0, 0, 1)")
    found = {o.tumour.name: o for o in outcomes(liver, plan)}
    assert [found[n].fate for n in ("T1", "T2", "T3")] == ["resected", "ablated", "cut_through"]
    assert found["T3"].planned_margin_mm == 0.0
    assert 0.0 < found["T3"].remaining_percent < 100.0
    left = outcomes(liver, parse_plan("H7"))[1]
    assert (left.fate, left.planned_margin_mm, left.remaining_percent) == ("left", None, 100.0)


def test_kept_vessels_are_measured_apart_by_kind() -> None:
    grid = grid_around(40.0, spacing_mm=(0.9, 0.9, 1.2))
    where = positions(grid)
    portal = np.hypot(where[..., 1], where[..., 2] + 25.0) <= 3.0
    vein = np.hypot(where[..., 1], where[..., 2] - 30.0) <= 3.0
    liver = open_liver(
        grid, [ball(grid, 6.0)], vessels={"portal_vein_right": portal, "hepatic_vein_middle": vein}
    )
    (found,) = outcomes(liver, parse_plan("wedge(T1, 5)"))
    assert found.kept_vessels_mm == pytest.approx({"portal_vein": 16.0, "hepatic_vein": 21.0}, abs=0.7)
    (cut,) = outcomes(liver, parse_plan("plane(0, 0, 15, 0, 0, 1) + wedge(T1, 5)"))
    assert set(cut.kept_vessels_mm) == {"portal_vein"}


def test_an_ablation_near_a_vessel_and_the_hilum_is_told() -> None:
    grid = grid_around(45.0, spacing_mm=(1.0, 1.0, 1.5))
    where = positions(grid)
    portal = np.hypot(where[..., 0] - 25.0, where[..., 1]) <= 4.0
    liver = open_liver(grid, [ball(grid, 16.0)], ball(grid, 27.0), vessels={"portal_vein": portal})
    (near,) = outcomes(liver, parse_plan("ablate(T1, 10)"))
    assert near.zone_meets == ("portal_vein",)
    (hilar,) = outcomes(liver, parse_plan("ablate(T1, 14)"))
    assert hilar.zone_meets == ("portal_vein", "hilum")
    plan = parse_plan("ablate(T1, 10)")
    block = tumour_block(liver, plan, volumes(liver, plan), diagnosis="crlm")
    assert block.tumours[0].warnings == ("ablation_above_3_cm", "ablation_meets_portal_vein")
    (far,) = outcomes(liver, parse_plan("ablate(T1, 2)"))
    assert far.zone_meets == ()


def test_islands_are_found() -> None:
    grid = grid_around(30.0, spacing_mm=(1.0, 1.0, 1.0))
    organ = ball(grid, 12.0, (-14.0, 0.0, 0.0)) | ball(grid, 8.0, (15.0, 0.0, 0.0))
    where = positions(grid)
    organ |= (np.hypot(where[..., 1], where[..., 2]) <= 3.0) & (np.abs(where[..., 0]) < 14.0)
    liver = open_liver(grid, organ=organ)
    plan = parse_plan("ablate((2, 0, 0), 6)")
    shape = remnant_shape(liver, fates(liver, plan))
    assert len(shape.pieces_ml) == 2
    assert shape.pieces_ml[1] == pytest.approx(2.2, rel=0.1)
    assert "remnant_not_contiguous" in assess(liver, plan, Patient()).notes
    with pytest.raises(PlanError, match="nothing"):
        remnant_shape(liver, np.ones(grid.shape, dtype=np.uint8))


@pytest.mark.parametrize(
    ("fate", "margin", "error", "grade"),
    [
        ("resected", 11.0, 1.0, "at_least_10_mm"),
        ("resected", 10.999, 1.0, "at_least_1_mm"),
        ("resected", 2.0, 1.0, "at_least_1_mm"),
        ("resected", 1.999, 1.0, "not_resolvable"),
        ("resected", 0.2, 0.8, "not_resolvable"),
        ("resected", 0.2, 0.79, "below_1_mm"),
        ("ablated", 11.0, 1.0, "at_least_10_mm"),
        ("ablated", 6.0, 1.0, "at_least_5_mm"),
        ("ablated", 5.999, 1.0, "below_5_mm"),
        ("left", None, 1.0, "left"),
        ("cut_through", 0.0, 1.0, "cut_through"),
        ("resected", None, 1.0, "none_near"),
        ("resected", float("nan"), 1.0, "below_1_mm"),
    ],
)
def test_margins_are_graded_by_their_lower_bound(
    fate: str, margin: float | None, error: float, grade: str
) -> None:
    assert grade_margin(fate, margin, error) == grade
    assert grade in MARGIN_GRADE_TEXTS


def test_every_rule_has_a_source_and_both_sides() -> None:
    for rule in TUMOUR_RULES:
        assert rule.reference.doi or "no DOI" in rule.reference.text
        below, above = rule.limit * (1 - 1e-12), rule.limit * (1 + 1e-12)
        expected = {
            "at_least": (False, True, True),
            "above": (False, False, True),
            "at_most": (True, True, False),
        }[rule.direction]
        assert (rule.holds(below), rule.holds(rule.limit), rule.holds(above)) == expected
        assert not rule.holds(float("nan"))


def test_ablation_warnings() -> None:
    assert ablation_warnings(30.0, (), vessels_known=True) == ()
    assert ablation_warnings(30.0, (), vessels_known=False) == ("ablation_vessels_unknown",)
    for key in ablation_warnings(
        31.0, ("portal_vein", "hepatic_vein", "hepatic_vessel", "ivc", "hilum"), vessels_known=False
    ):
        assert key in ABLATION_WARNING_TEXTS


@pytest.mark.parametrize(
    ("percent", "stratum"),
    [(10.0, "0-10 %"), (10.01, ">10-25 %"), (25.01, ">25-50 %"), (50.0, ">25-50 %"), (50.01, ">50 %")],
)
def test_neuroendocrine_strata_and_half_the_liver(percent: float, stratum: str) -> None:
    facts = burden_facts(
        diagnosis="net",
        count=4,
        burden_percent=percent,
        burden_score=5.0,
        debulked_percent=None,
        debulking=False,
        ablatable=1,
    )
    by_key = {fact.key: fact.verdict for fact in facts}
    assert by_key == {
        "burden_stratum": stratum,
        "milan_net_involvement": "within" if percent <= 50.0 else "exceeded",
    }


@pytest.mark.parametrize(
    ("score", "zone"), [(2.999, "zone 1"), (3.0, "zone 2"), (8.999, "zone 2"), (9.0, "zone 3")]
)
def test_burden_score_zones_belong_to_colorectal_metastases(score: float, zone: str) -> None:
    def facts(diagnosis: str | None) -> dict[str, str]:
        found = burden_facts(
            diagnosis=diagnosis,
            count=3,
            burden_percent=5.0,
            burden_score=score,
            debulked_percent=100.0,
            debulking=False,
            ablatable=2,
        )
        return {fact.key: fact.verdict for fact in found}

    assert facts("crlm") == {"tumour_burden_score": zone, "ablation_size_3_cm": "2 of 3 at most 3 cm"}
    assert facts("hcc") == {}
    assert facts(None) == {}


@pytest.mark.parametrize(
    ("removes", "share", "verdicts"),
    [
        ("H7", 64 / 91, ("reached", "not reached")),
        ("H3", 27 / 91, ("not reached", "not reached")),
        ("H37", 1.0, ("reached", "reached")),
    ],
)
def test_a_debulking_plan_reports_its_share(removes: str, share: float, verdicts: tuple[str, str]) -> None:
    liver = block_liver(tumours=[(7, 4), (3, 3)])
    result = assess(
        liver, parse_plan(removes, intent="debulking"), Patient(condition="normal", diagnosis="net")
    )
    assert result.tumours is not None
    assert result.tumours.burden is not None
    assert result.tumours.burden.debulked_percent == pytest.approx(100.0 * share)
    graded = {fact.key: fact.verdict for fact in result.tumours.burden.facts}
    assert (graded["debulked_70_percent"], graded["debulked_90_percent"]) == verdicts
    assert "plan_leaves_tumour" not in result.triggers


def test_a_curative_plan_that_leaves_tumour_is_flagged() -> None:
    patient = Patient(weight_kg=70, height_cm=170, condition="normal")
    roomy = block_liver(tumours=[(7, 4), (3, 3)])
    assert assess(roomy, parse_plan("H67"), patient).flag == "plan_leaves_tumour"
    narrow = block_liver(tumours=[(7, 4), (3, 3)], columns_voxels=(6, 6, 20, 15))
    assert assess(narrow, parse_plan("H45678"), patient).flag == "consider_two_stage"
    fates_of = {
        t.outcome.tumour.name: t.outcome.fate
        for t in assess(roomy, parse_plan("H67"), patient).tumours.tumours
    }  # type: ignore[union-attr]
    assert fates_of == {"T1": "resected", "T2": "left"}
