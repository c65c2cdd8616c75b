"""Plan text: everything that is understood, everything that is refused, and what it does to a liver."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phantoms import couinaud_block

from flr.errors import PlanError
from flr.liver import Fate, Liver, assemble, measure
from flr.plans import PRESETS, Plan, Plane, fates, parse_plan, volumes
from flr.plans.notation import plan_from, plans_from, refuse_joined_file

SEGMENTS = tuple("12345678")


def block_liver(**extra: object) -> Liver:
    block = couinaud_block()
    return assemble(block.grid, parts=block.segments, part_names=SEGMENTS, **extra)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "notation", "name"),
    [
        ("H5678", "H5678", "right hepatectomy"),
        ("h 5678", "H5678", "right hepatectomy"),
        ("H45678", "H45678", "right trisectionectomy"),
        ("H145678", "H145678", "right trisectionectomy with segment 1"),
        ("H234", "H234", "left hepatectomy"),
        ("H23458", "H23458", "left trisectionectomy"),
        ("H8765", "H5678", "right hepatectomy"),
        ("H4a4b", "H4a4b", "left medial sectionectomy"),
        ("H4'58", "H4'58", "resection of segments 5, 8, part of 4"),
        ("H4′58", "H4'58", "resection of segments 5, 8, part of 4"),
        ("right hepatectomy", "H5678", "right hepatectomy"),
        ("Right_Hemihepatectomy", "H5678", "right hepatectomy"),
        ("extended right hepatectomy", "H45678", "right trisectionectomy"),
        ("left lateral sectionectomy", "H23", "left lateral sectionectomy"),
        ("bisegmentectomy 2,3", "H23", "left lateral sectionectomy"),
        ("bisegmentectomy 5,6", "H56", "resection of segments 5, 6"),
        ("segmentectomy 4", "H4", "left medial sectionectomy"),
        ("segmentectomy 6", "H6", "resection of segment 6"),
        ("mesohepatectomy", "H458", "central hepatectomy"),
        ("5,6,7,8", "H5678", "right hepatectomy"),
        ("5 6 and 7", "H567", "resection of segments 5, 6, 7"),
        ("segments V VI", "H56", "resection of segments 5, 6"),
        ("S5 S8", "H58", "right anterior sectionectomy"),
        ("4-8", "H45678", "right trisectionectomy"),
        ("IVa", "H4a", "resection of segment 4a"),
        ("H67 + H3", "H367", "resection of segments 3, 6, 7"),
        ("flr", "flr", "drawn remnant"),
        ("resected", "resected", "drawn resection"),
        ("H67 + resected", "H67 + resected", "right posterior sectionectomy + drawn resection"),
        ("territory_3", "territory_3", "territory 3"),
    ],
)
def test_text_is_understood(text: str, notation: str, name: str) -> None:
    plan = parse_plan(text)
    assert (plan.notation, plan.name) == (notation, name)
    assert parse_plan(plan.notation).cuts == plan.cuts


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_every_preset_reads_by_each_of_its_names(preset) -> None:  # type: ignore[no-untyped-def]
    for text in (preset.key, preset.name, *preset.synonyms):
        assert set(parse_plan(text).removes(block_liver())) == set(preset.segments)


@pytest.mark.parametrize(
    ("text", "structures", "notation"),
    [
        ("H5678-B-PV", ("B", "PV"), "H5678-B-PV"),
        ("H5678-PV-B", ("B", "PV"), "H5678-B-PV"),
        ("H234-mhv", ("MHV",), "H234-MHV"),
        ("H1234-B", ("B",), "H1234-B"),
    ],
)
def test_structures_are_recorded_in_canonical_order(
    text: str, structures: tuple[str, ...], notation: str
) -> None:
    plan = parse_plan(text)
    assert plan.structures == structures
    assert plan.notation == notation
    assert "structures_recorded_only" in plan.notes


@given(
    st.sets(st.sampled_from(SEGMENTS), min_size=1), st.sets(st.sampled_from(["B", "PV", "HA", "MHV", "IVC"]))
)
def test_notation_round_trips(segments: set[str], structures: set[str]) -> None:
    text = "H" + "".join(sorted(segments)) + "".join(f"-{s}" for s in structures)
    plan = parse_plan(text)
    again = parse_plan(plan.notation)
    assert (again.cuts, again.structures, again.notation) == (plan.cuts, plan.structures, plan.notation)
    assert set(plan.removes(block_liver())) == segments


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("H", "not understood"),
        ("H0", "no segment 0"),
        ("H9", "obsolete"),
        ("H59", "obsolete"),
        ("H55", "more than once"),
        ("H5'5", "more than once"),
        ("H5a", "only segment 4 has parts"),
        ("H44a", "segment 4 and a part of it"),
        ("H5678-XYZ", "XYZ is not a structure"),
        ("H5678-B-B", "structure more than once"),
        ("H5678 please", "not understood"),
        ("H5678 +", "empty term"),
        ("right hepatectomie", "did you mean 'right hepatectomy'"),
        ("5,6,9", "not understood"),
        ("8-5", "not understood"),
        ("none", "not understood"),
    ],
)
def test_text_that_is_not_understood_is_refused_and_nothing_is_dropped(text: str, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        parse_plan(text)


def test_extended_right_hepatectomy_says_that_some_mean_less() -> None:
    assert "extended_right_is_4_to_8" in parse_plan("extended right hepatectomy").notes
    assert "extended_right_is_4_to_8" not in parse_plan("H45678").notes


def test_a_plan_of_nothing_does_not_exist() -> None:
    with pytest.raises(PlanError, match="removes nothing"):
        Plan("nothing", "", ())


def test_segment_the_map_does_not_have() -> None:
    block = couinaud_block()
    parts = np.where(block.segments == 8, 0, block.segments)
    liver = assemble(block.grid, parts=parts.astype(np.uint8), part_names=SEGMENTS[:7])
    with pytest.raises(PlanError, match="removes 8, which this liver does not have; it has 1, 2"):
        volumes(liver, parse_plan("H5678"))


def test_segments_of_an_undivided_liver() -> None:
    block = couinaud_block()
    liver = assemble(block.grid, liver=block.segments > 0)
    with pytest.raises(PlanError, match="no segments, only its outline"):
        volumes(liver, parse_plan("H5678"))


def test_a_whole_segment_4_is_its_two_drawn_halves() -> None:
    block = couinaud_block()
    parts = block.segments.astype(np.uint8).copy()
    four = np.argwhere(parts == 4)
    upper = four[four[:, 2] > np.median(four[:, 2])]
    parts[parts > 4] += 1
    parts[tuple(upper.T)] = 5
    liver = assemble(block.grid, parts=parts, part_names=("1", "2", "3", "4a", "4b", "5", "6", "7", "8"))
    table = volumes(liver, parse_plan("H45678"))
    assert parse_plan("H45678").removes(liver) == ("4a", "4b", "5", "6", "7", "8")
    assert table.resected_ml == pytest.approx(sum(block.part_ml[n] for n in (4, 5, 6, 7, 8)))
    with pytest.raises(PlanError, match="does not have"):
        volumes(block_liver(), parse_plan("H4a"))


def test_a_right_hemiliver_answers_to_its_segments() -> None:
    block = couinaud_block()
    parts = np.where(block.segments >= 5, 1, np.where(block.segments > 0, 2, 0)).astype(np.uint8)
    liver = assemble(block.grid, parts=parts, part_names=("right_hemiliver", "left_hemiliver"))
    plan = parse_plan("right hepatectomy")
    assert plan.removes(liver) == ("right_hemiliver",)
    assert volumes(liver, plan).resected_ml == pytest.approx(sum(block.part_ml[n] for n in (5, 6, 7, 8)))
    with pytest.raises(PlanError, match="does not have"):
        volumes(liver, parse_plan("H45678"))


def test_a_primed_segment_is_where_the_drawing_meets_it() -> None:
    block = couinaud_block()
    drawn = np.zeros(block.grid.shape, dtype=bool)
    drawn[:, :, : block.grid.shape[2] // 2] = True
    expected = int((drawn & (block.segments == 4)).sum())
    assert 0 < expected < block.part_voxels[4]
    liver = block_liver(drawn={"resected": drawn})
    table = volumes(liver, parse_plan("H4'58"))
    assert table.voxel_totals["resected"] == expected + block.part_voxels[5] + block.part_voxels[8]
    assert parse_plan("H4'58").removes(liver) == ("5", "8", "4'")
    with pytest.raises(PlanError, match="partial_segment_needs_volume"):
        volumes(block_liver(), parse_plan("H4'58"))
    elsewhere = {"resected": block.segments == 8}
    with pytest.raises(PlanError, match="does not meet segment 4"):
        volumes(block_liver(drawn=elsewhere), parse_plan("H4'"))


def test_drawn_masks_become_plans() -> None:
    block = couinaud_block()
    keep = (block.segments == 2) | (block.segments == 3)
    kept = volumes(block_liver(drawn={"flr": keep}), parse_plan("flr"))
    assert kept.remnant_ml == pytest.approx(block.part_ml[2] + block.part_ml[3])
    cut = volumes(block_liver(drawn={"resected": keep}), parse_plan("resected"))
    assert cut.resected_ml == pytest.approx(block.part_ml[2] + block.part_ml[3])
    with pytest.raises(PlanError, match="--remnant FILE"):
        volumes(block_liver(), parse_plan("flr"))
    outside = {"flr": block.segments == 0}
    with pytest.raises(PlanError, match="does not meet the liver"):
        volumes(block_liver(drawn=outside), parse_plan("flr"))


def test_removing_everything_is_no_plan() -> None:
    with pytest.raises(PlanError, match="nothing would remain"):
        volumes(block_liver(), parse_plan("H12345678"))


def test_moving_whole_parts_in_the_table_is_the_same_as_counting_again() -> None:
    block = couinaud_block(tumours=((6, 4), (3, 3)))
    liver = assemble(
        block.grid, parts=block.segments, part_names=SEGMENTS, tumours=block.tumours.astype(np.uint16)
    )
    untouched = measure(liver)
    for size in (1, 3, 5):
        for chosen in combinations(SEGMENTS, size):
            plan = parse_plan("H" + "".join(chosen))
            quick = volumes(liver, plan, untouched)
            counted = measure(liver, fates(liver, plan))
            np.testing.assert_array_equal(quick.voxels, counted.voxels)
            np.testing.assert_allclose(quick.ml, counted.ml, rtol=1e-12)
            assert abs(quick.conservation_error_ml) < 1e-9
            resected = sum(block.part_voxels[int(s)] for s in chosen)
            assert quick.voxel_totals["resected"] == resected


def test_fates_are_kept_outside_the_liver() -> None:
    liver = block_liver()
    result = fates(liver, parse_plan("H5678"))
    assert result.dtype == np.uint8
    assert not result[liver.parts == 0].any()
    assert set(np.unique(result)) == {Fate.KEPT, Fate.RESECTED}


def test_a_liver_that_is_all_tumour_has_no_share() -> None:
    block = couinaud_block()
    everything = (block.segments > 0).astype(np.uint16)
    liver = assemble(block.grid, parts=block.segments, part_names=SEGMENTS, tumours=everything)
    with pytest.raises(PlanError, match="no functional tissue"):
        volumes(liver, parse_plan("H5678"))


@pytest.mark.parametrize(
    "text",
    [
        "H5678 + plans/p.mrk.json",
        "p.mrk.json + H5678",
        "H5678 + plan.json:front",
        "wedge((1, 2, +3), 5) + a.lrp.json + b.json",
    ],
)
def test_a_plan_file_stands_alone(text: str) -> None:
    with pytest.raises(PlanError, match="a plan file stands alone"):
        refuse_joined_file(text)
    with pytest.raises(PlanError, match="a plan file stands alone"):
        parse_plan(text)


@pytest.mark.parametrize("text", ["H5678", "H67 + wedge(T3, 10)", "cut.json:back", "this+that.json", ""])
def test_other_texts_join_no_file(text: str) -> None:
    refuse_joined_file(text)


def test_a_text_stands_for_its_plan() -> None:
    plan = parse_plan("H5678")
    assert plan_from("right hepatectomy") == plan
    assert plan_from(plan) is plan
    assert plans_from(plan) == plans_from("H5678") == plans_from(["H5678"]) == (plan,)
    assert plans_from([plan, "H67"]) == (plan, parse_plan("H67"))


@pytest.mark.parametrize("given", [None, 5, b"H5678", ["H5678"]])
def test_what_is_neither_plan_nor_text_is_refused_in_a_sentence(given: object) -> None:
    for read in (parse_plan, plan_from):
        with pytest.raises(PlanError, match=r'expected a text such as "H5678", or flr.parse_plan'):
            read(given)  # type: ignore[arg-type]  # that is the test
    if not isinstance(given, list):
        with pytest.raises(PlanError, match=r"expected a text"):
            plans_from(given)  # type: ignore[arg-type]  # that is the test


def test_a_zero_in_a_plane_has_no_sign() -> None:
    assert Plane((-0.0, 1.0, 2.0), (1.0, -0.0, 0.0)).text == "plane(0, 1, 2, 1, 0, 0)"
    assert parse_plan("plane(-0, 10, -0.0, -1, 0, -0)").notation == "plane(0, 10, 0, -1, 0, 0)"
