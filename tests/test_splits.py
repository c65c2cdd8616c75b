"""A segment divided along a border that no map draws: exact on blocks, refused where it says nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import COARSE_SPACING_MM, couinaud_block
from planning import block_liver, positions

import flr
from flr.assessment import Options, assess
from flr.cli.entry import main
from flr.errors import PlanError
from flr.files import InputFile
from flr.io.markups import plan_document, read_plan, write_plan
from flr.job import Job, run
from flr.liver import Fate, Liver, Source, assemble
from flr.patient import Patient
from flr.plans import PartOf, Plan, fates, parse_plan, volumes
from flr.plans.notation import parse_split, with_stated_splits

ADULT = Patient(weight_kg=60, height_cm=168, condition="normal")
LEVEL_VOXELS = 9
"""Of the height of segment 4, below the level at which the portal tubes divide."""


def tubes(segments: NDArray[np.uint8], grid: flr.Grid, *, right_of_left_edge: int = 3) -> dict[str, Any]:
    """Straight vessels: an upright middle vein some voxels inside segment 4, a portal vein that divides.

    The vena cava runs behind the liver in the vein's own column, so the sheet through both is a plane.
    """
    x, y, z = np.moveaxis(positions(grid), -1, 0)
    four, dx, dy, dz = segments == 4, *COARSE_SPACING_MM
    column = x[four].min() + right_of_left_edge * dx
    level = z[four].min() + LEVEL_VOXELS * dz
    on_column, on_level = np.abs(x - column) < 0.1, np.abs(z - level) < 0.1
    organ = segments > 0
    behind, front = y[organ].min(), y[four].max()
    between = (z > z[organ].min() + dz) & (z < z[organ].max() - dz)
    vein = on_column & (np.abs(y - (front - 3 * dy)) < 0.1) & between & organ
    cava = on_column & (np.abs(y - (behind - dy)) < 0.1) & between
    root = cava.copy()
    root |= on_column & (np.abs(z - z[vein].max()) < 0.1) & (y < front - 3 * dy) & (y > behind - dy) & ~organ
    bridge = on_column & (np.abs(z - z[vein].max()) < 0.1) & (y < front - 3 * dy) & organ
    gate = y[four].min() + dy
    hilum = on_level & (np.abs(y - gate) < 0.1)
    middle = 0.5 * (x[four].min() + x[four].max())
    return {
        "portal_vein": on_level & (np.abs(x - middle) < 0.6 * dx) & (y < gate + 0.1) & (y > behind - 3 * dy),
        "portal_vein_right": hilum & (x > middle + 0.6 * dx) & organ,
        "portal_vein_left": hilum & (x < middle - 0.6 * dx) & organ,
        "hepatic_vein_middle": vein | bridge,
        "hepatic_vein_right": (np.abs(x - x[segments == 8].mean()) < 2.0) & on_level & organ,
        "ivc": root,
    }


def vessel_liver(**options: Any) -> Liver:
    block = couinaud_block(**options)
    segments = np.asfortranarray(block.segments)
    return assemble(
        block.grid,
        parts=segments,
        part_names=tuple("12345678"),
        tumours_declared_none=True,
        vessels=tubes(segments, block.grid),
        truncated=False,
        source=Source(reviewed=True),
    )


def of_four(liver: Liver, plan: str | Plan) -> NDArray[np.bool_]:
    """Voxels of segment 4 that leave."""
    plan = parse_plan(plan) if isinstance(plan, str) else plan
    return (fates(liver, plan) == Fate.RESECTED) & (liver.parts == liver.part_index("4"))


@pytest.mark.parametrize("orientation", ["LPS", "RAS", "ASL"])
def test_the_sheet_through_an_upright_vein_divides_its_segment_to_the_voxel(orientation: str) -> None:
    liver = vessel_liver(orientation=orientation)
    x = positions(liver.grid)[..., 0]
    column = x[liver.vessels["hepatic_vein_middle"]].mean()
    four = liver.parts == liver.part_index("4")
    right = of_four(liver, "H4'58 + split(4, mhv)")
    assert np.array_equal(right, four & (x > column + 0.1)) or np.array_equal(
        right, four & (x > column - 0.1)
    )
    left = of_four(liver, "H4'23 + split(4, mhv)")
    assert np.array_equal(left, four & ~right), "the side towards what leaves, whichever that is"
    table = volumes(liver, parse_plan("H4'58 + split(4, mhv)"))
    assert abs(table.conservation_error_ml) < 1e-9
    assert table.voxel_totals["resected"] == right.sum() + (np.isin(liver.parts, (5, 8))).sum()


def test_4a_and_4b_are_above_and_below_the_portal_bifurcation() -> None:
    liver = vessel_liver()
    upper, lower = (of_four(liver, f"H{half}5 + split(4, portal)") for half in ("4a", "4b"))
    four = liver.parts == liver.part_index("4")
    assert np.array_equal(upper ^ lower, four)
    assert not (upper & lower).any()
    z = positions(liver.grid)[..., 2]
    level = z[liver.vessels["portal_vein_right"]].mean()
    assert np.array_equal(upper, four & (z > level + 0.1))
    assert parse_plan("H4a5 + split(4, portal)").removes(liver) == ("5", "4a")
    both = parse_plan("H4a4b + split(4, portal)")
    assert volumes(liver, both).voxel_totals["resected"] == four.sum()


def test_a_plane_divides_any_segment_and_its_normal_points_to_what_leaves() -> None:
    liver = block_liver(tumours=())
    x, y, z = liver.part_centroids_mm["8"]
    eight = liver.parts == liver.part_index("8")
    at = positions(liver.grid)[..., 2]
    text = f"H8'7 + split(8, plane({x}, {y}, {z}, 0, 0, 1))"
    taken = (fates(liver, parse_plan(text)) == Fate.RESECTED) & eight
    assert np.array_equal(taken, eight & (at > z))
    other = (fates(liver, parse_plan(text[:-1] + ", back)")) == Fate.RESECTED) & eight
    assert np.array_equal(other, eight & ~taken)
    x, y, z = liver.part_centroids_mm["4"]
    upper = of_four(liver, f"H4a5 + split(4, plane({x}, {y}, {z}, 0, 0, 1))")
    assert np.array_equal(upper, of_four(liver, f"H4a5 + split(4, plane({x}, {y}, {z}, 0, 0, -2))"))


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("H4'58", r"split\(4, mhv\).*split\(4, plane\(.*--resected"),
        ("H4a58", r"does not have.*split\(4, portal\)"),
        ("H4'58 + split(4, mhv)", r"no middle hepatic vein.*--vessels.*split\(4, plane\("),
        ("H4a58 + split(4, portal)", r"no portal vein.*--vessels.*split\(4, plane\(.*0, 0, 1"),
        (
            "H4'58 + split(4, plane(900, 0, 0, 1, 0, 0))",
            r"misses segment 4: all of it lies on one side.*mm away",
        ),
    ],
)
def test_a_border_that_the_liver_does_not_tell_is_refused_with_what_to_give(plan: str, expected: str) -> None:
    with pytest.raises(PlanError, match=expected):
        volumes(block_liver(tumours=()), parse_plan(plan))


def test_the_plane_that_a_refusal_proposes_works() -> None:
    liver = block_liver(tumours=())
    with pytest.raises(PlanError) as refused:
        volumes(liver, parse_plan("H4'58"))
    proposed = str(refused.value).split("or + ")[1].split(" along a plane")[0]
    share = of_four(liver, f"H4'58 + {proposed}").sum() / (liver.parts == 4).sum()
    assert 0.3 < share < 0.7


def test_the_early_refusal_costs_no_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    def must_not_run(*_: Any, **__: Any) -> None:
        raise AssertionError("examined before the plan was tried")

    monkeypatch.setattr("flr.assessment.examine", must_not_run)
    monkeypatch.setattr("flr.assessment.vessel_findings", must_not_run)
    with pytest.raises(PlanError, match="nothing says which"):
        assess(vessel_liver(), "H4'58", ADULT)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("H4'5 + split(4, mhv) + split(4, portal)", "more than once"),
        ("H4a'5 + split(4, mhv) + split(4a, mhv)", "more than once"),
        ("H58 + split(4, mhv)", "takes no part"),
        ("H4a58 + split(4, mhv)", "does not divide segment 4 into 4a above"),
        ("H4a58 + split(4, plane(0, 0, 0, 1, 0, 0))", "does not divide segment 4 into 4a above"),
        ("H4'5 + split(9, mhv)", "expected 1 to 8"),
        ("H4'5 + split(4, artery)", r"expected split\(4, mhv\)"),
        ("H4'5 + split(4, mhv, above)", "expected right or left"),
        ("H4'5 + split(4)", r"expected split\(4, mhv\)"),
    ],
)
def test_a_split_that_says_nothing_is_refused_before_anything_is_read(plan: str, expected: str) -> None:
    with pytest.raises(PlanError, match=expected):
        parse_plan(plan)


def test_the_side_has_to_follow_from_what_leaves_whole() -> None:
    liver = vessel_liver()
    for plan in ("H4' + split(4, mhv)", "H234'58 + split(4, mhv)"):
        with pytest.raises(PlanError, match=r"does not say which side.*split\(4, mhv, right\)"):
            volumes(liver, parse_plan(plan))
    told = of_four(liver, "H4' + split(4, mhv, right)")
    assert np.array_equal(told, of_four(liver, "H4'58 + split(4, mhv)"))


def test_a_map_that_draws_4a_and_4b_keeps_them() -> None:
    liver = vessel_liver()
    z = positions(liver.grid)[..., 2]
    parts = np.where((liver.parts == 4) & (z > z[liver.parts == 4].mean()), np.uint8(9), liver.parts)
    names = ("1", "2", "3", "4b", "5", "6", "7", "8", "4a")
    drawn = assemble(liver.grid, parts=np.asfortranarray(parts), part_names=names, vessels=liver.vessels)
    with pytest.raises(PlanError, match="own map divides segment 4"):
        volumes(drawn, parse_plan("H4a5 + split(4, portal)"))
    whole = (fates(drawn, parse_plan("H4'58 + split(4, mhv)")) == Fate.RESECTED) & np.isin(
        drawn.parts, (4, 9)
    )
    assert np.array_equal(whole, of_four(liver, "H4'58 + split(4, mhv)"))


def test_an_estimated_border_is_never_adequate_and_is_named() -> None:
    liver = vessel_liver()
    plain = assess(liver, "H5", ADULT)
    split = assess(liver, "H4'5 + split(4, mhv)", ADULT)
    assert split.flag != "adequate"
    (found,) = (q for q in split.quality if q.check == "segment_split_estimated")
    assert "to the right of it, towards 5" in found.message
    assert "mL" in found.message
    assert "estimate_not_in_intervals" in split.notes
    assert next(row for row in split.reassurance if row.row == "side").is_missing
    assert "segment_split_estimated" not in {q.check for q in plain.quality}
    # Accepting the check does not make it adequate.
    accepted = Options(accepted=("segment_split_estimated=seen, Dr A",))
    assert assess(liver, "H4'5 + split(4, mhv)", ADULT, options=accepted).flag != "adequate"


def test_one_plan_with_a_split_changes_nothing_of_another() -> None:
    liver = vessel_liver()
    alone = assess(liver, "H58", ADULT)
    beside = run(Job(source=liver, plans=("H4'58 + split(4, mhv)", "H58"), patient=ADULT)).assessments[1]
    assert (alone.flag, alone.quality, alone.volumes) == (beside.flag, beside.quality, beside.volumes)


def test_text_and_file_give_the_same_plan(tmp_path: Path) -> None:
    liver = vessel_liver()
    for text in (
        "H4'58 + split(4, mhv)",
        "H4b5 + split(4, portal)",
        "H4' + split(4, mhv, left)",
        "H8'7 + wedge((1, 2, 3), 9) + split(8, plane(1, 2, 3, 0, 0, 1))",
    ):
        plan = parse_plan(text)
        assert parse_plan(plan.notation) == plan
        path = tmp_path / "plan.json"
        write_plan(path, plan)
        again = read_plan(path, liver=liver)
        assert set(again.cuts) == set(plan.cuts)
        assert set(parse_plan(again.notation).cuts) == set(plan.cuts)


def test_a_plan_file_says_which_liver_it_is_for(tmp_path: Path) -> None:
    liver = vessel_liver()
    own = InputFile("segments.nii.gz", "ab" * 32)
    mine = flr_replace(liver, own)
    path = tmp_path / "plan.json"
    write_plan(path, parse_plan("H4'58 + split(4, mhv)"), liver=mine)
    assert json.loads(path.read_text())["liver_sha256"] == own.sha256
    assert read_plan(path, liver=mine).splits
    with pytest.raises(PlanError, match=r"another liver.*other.nii.gz"):
        read_plan(path, liver=flr_replace(liver, InputFile("other.nii.gz", "cd" * 32)))
    with pytest.raises(PlanError, match="read from no file"):
        read_plan(path, liver=liver)


def flr_replace(liver: Liver, file: InputFile) -> Liver:
    from dataclasses import replace

    return replace(liver, source=replace(liver.source, inputs=(file,)))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"along": "plane"}, "needs origin_mm and normal"),
        ({"origin_mm": [0, 0, 0], "normal": [1, 0, 0]}, "needs origin_mm and normal"),
        ({"along": "artery"}, "is not flr-plan/1"),
        ({"segment": "9"}, "is not flr-plan/1"),
        ({"side": "above"}, "expected right or left"),
    ],
)
def test_a_wrong_split_in_a_file_is_refused(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    document = plan_document(parse_plan("H4'58 + split(4, mhv)"))
    document["cuts"][-1] |= change
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document))
    with pytest.raises(PlanError, match=expected):
        read_plan(path)
    document["cuts"] = [{"type": "split", "segment": "4", "along": "mhv"}]
    path.write_text(json.dumps(document))
    with pytest.raises(PlanError, match="removes nothing"):
        read_plan(path)


def test_stated_splits_serve_the_plans_that_need_them() -> None:
    borders = [parse_split("split(4, portal)")]
    assert with_stated_splits(parse_plan("H4a5"), borders) == parse_plan("H4a5 + split(4, portal)")
    own = parse_plan("H4'58 + split(4, mhv)")
    assert with_stated_splits(own, borders) is own
    assert isinstance(own.cuts[1], PartOf)


def test_the_option_is_the_text(sample_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = sample_data / "baseline"
    files = [str(case / "segments.nii.gz"), "--tumours", "none", "--json"]
    border = "plane(13, 38, 12, 1, 0, 0)"
    assert main(["assess", *files, "--plan", "H4'58", "--split", f"4={border}"]) == 0
    by_option = json.loads(capsys.readouterr().out)
    assert main(["assess", *files, "--plan", f"H4'58 + split(4, {border})"]) == 0
    assert json.loads(capsys.readouterr().out) == by_option
    (result,) = by_option["assessments"]
    assert result["plan"]["removes"] == ["5", "8", "4'"]
    assert main(["assess", *files, "--plan", "H58", "--split", "4=mhv"]) == 2
    assert "no --plan takes a part" in capsys.readouterr().err
