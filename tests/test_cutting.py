"""Where a plan cuts vessels: the rule on trees of numbers, tubes in blocks, and what surgeons preserve."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import oblique_grid
from reviewing import assess
from vessel_phantoms import random_liver

from flr.assessment import Options
from flr.errors import PlanError
from flr.io.read import read_liver
from flr.kernels.nearest import nearest_seed
from flr.kernels.trees import CrossSections
from flr.liver import FUNCTIONAL, Fate, Liver, assemble
from flr.patient import Patient
from flr.perfusion import Perfusion, perfused_remnant, perfusion_block, with_estimated_parts
from flr.perfusion.cutting import KEPT_BRANCH_ML, surviving, taken_pieces
from flr.perfusion.remnant import served_trees
from flr.plans import Plan, parse_plan, trees_of, volumes

Mask = NDArray[np.bool_]

ADULT = Patient(weight_kg=70, height_cm=170, condition="normal")


def tree(*parents: int) -> CrossSections:
    """Pieces by the piece upstream of each; number 0 is the root."""
    return CrossSections(np.zeros(0, dtype=np.int64), np.array((-1, *parents), dtype=np.int64))


def cut(sections: CrossSections, leaving_ml: list[float], kept_ml: list[float]) -> list[int]:
    """Numbers of the pieces that are cut; volumes are those of pieces 1, 2, …"""
    found = taken_pieces(sections, np.array([0.0, *leaving_ml]), np.array([0.0, *kept_ml]))
    return np.flatnonzero(found).tolist()


# The rule on trees of numbers


@pytest.mark.parametrize(("leaving_ml", "taken"), [(79.9, []), (80.0, [1]), (95.0, [1])])
def test_a_vessel_is_cut_from_80_percent_of_what_it_serves(leaving_ml: float, taken: list[int]) -> None:
    # Spread over a run of short pieces, so that no branch of size stays by itself.
    assert cut(tree(0), [leaving_ml / 25.0], [(100.0 - leaving_ml) / 25.0]) == taken


@pytest.mark.parametrize(("kept_ml", "taken"), [(4.9, [1, 2, 3]), (5.0, [2])])
def test_a_stem_is_spared_for_a_branch_of_5_ml(kept_ml: float, taken: list[int]) -> None:
    # 1 divides into 2, which leaves, and 3, which stays.
    assert cut(tree(0, 1, 1), [0.0, 200.0, 0.0], [0.0, 0.0, kept_ml]) == taken


def test_the_cut_lies_beyond_the_last_branch_that_stays() -> None:
    # A pedicle 1-2-3-4 whose first two pieces serve what stays.
    assert cut(tree(0, 1, 2, 3), [0.0, 0.0, 90.0, 90.0], [6.0, 6.0, 0.0, 0.0]) == [3, 4]


def test_small_twigs_along_a_pedicle_that_stays_add_up() -> None:
    # Four pieces of 2 mL each in a row: together a branch, so the cut lies where 4 mL are lost.
    assert cut(tree(0, 1, 2, 3, 4), [0.0] * 4 + [300.0], [2.0] * 4 + [0.0]) == [3, 4, 5]


def test_a_border_that_the_nearest_vessel_draws_otherwise_spares_nothing() -> None:
    # Every piece of the pedicle serves a little of the neighbour: 10 % each, none mostly.
    assert cut(tree(0, 1, 2), [90.0] * 3, [10.0] * 3) == [1, 2, 3]


def test_a_pedicle_is_cut_with_all_that_hangs_on_it() -> None:
    # 3 serves 4 mL that stay and hangs on 2, of which nearly all leaves.
    assert cut(tree(0, 1, 2), [0.0, 100.0, 0.0], [50.0, 0.0, 4.0]) == [2, 3]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_cut_hangs_together_and_serves_little_that_stays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 60))
    sections = tree(*(int(rng.integers(max(0, piece - 4), piece)) for piece in range(1, n + 1)))
    leaving_ml, kept_ml = rng.gamma(0.5, 8.0, (2, n + 1)) * (rng.random((2, n + 1)) < 0.6)
    leaving_ml[0] = kept_ml[0] = 0.0
    taken = taken_pieces(sections, leaving_ml, kept_ml)
    for piece, above in enumerate(sections.parent):
        assert piece == 0 or taken[piece] or not taken[above]
    tops = [p for p in np.flatnonzero(taken) if not taken[sections.parent[p]]]
    below = [sections.downstream(ml) for ml in (leaving_ml, kept_ml)]
    assert all(below[0][p] >= 0.8 * (below[0][p] + below[1][p]) for p in tops)
    # What may be lost of what stays: never a branch of size that mostly stays.
    for piece in np.flatnonzero(taken):
        total = below[0][piece] + below[1][piece]
        assert below[1][piece] < KEPT_BRANCH_ML or below[0][piece] >= 0.5 * total


# Tubes in a block: a pedicle that runs through the segment that leaves


SHAPE = (60, 40, 24)


def through(spacing_mm: tuple[float, float, float] = (2.4, 3.2, 4.0)) -> Liver:
    """A block of segments 5 (near), 6 (far) and 2; the pedicle to 6 runs through all of 5."""
    grid = oblique_grid(SHAPE, spacing_mm, orientation="RAS")

    def empty() -> Mask:
        return np.zeros(SHAPE, dtype=bool, order="F")

    organ = empty()
    organ[4:56, 6:38, 2:22] = True
    i = np.indices(SHAPE)[0]
    parts = np.zeros(SHAPE, dtype=np.uint8, order="F")
    parts[organ & (i < 30)] = 1
    parts[organ & (i >= 30) & (i < 44)] = 2
    parts[organ & (i >= 44)] = 3
    masks = {name: empty() for name in ("portal_vein", "portal_vein_right_posterior", "portal_vein_left")}
    masks["portal_vein_segment_5"] = empty()
    masks["portal_vein"][29:31, 0:8, 11:13] = True
    masks["portal_vein_right_posterior"][31:55, 8:10, 11:13] = True
    masks["portal_vein_left"][5:29, 8:10, 11:13] = True
    masks["portal_vein_right_posterior"][48:50, 10:34, 11:13] = True
    masks["portal_vein_segment_5"][34:36, 10:30, 11:13] = True
    return assemble(
        grid,
        liver=organ,
        parts=parts,
        part_names=("2", "5", "6"),
        vessels=masks,
        tumours_declared_none=True,
    )


def supplied(liver: Liver, plan: Plan | str) -> Perfusion:
    plan = parse_plan(plan) if isinstance(plan, str) else plan
    found = perfused_remnant(liver, plan, volumes(liver, plan))
    assert isinstance(found, Perfusion)
    assert abs(found.table.conservation_error_ml) < 1e-6
    return found


def kept_percent(found: Perfusion, part: str) -> float:
    """Of the functional tissue of a part that stays: how much keeps its supply. [%]"""
    row = found.table.ml[found.table.part_names.index(part), FUNCTIONAL]
    kept, lost = row[:, Fate.KEPT].sum(), row[:, [Fate.DEVASCULARISED, Fate.CONGESTED]].sum()
    return float(100.0 * kept / (kept + lost))


def outcome_of(found: Perfusion, name: str) -> tuple[str, bool]:
    vessel = next(vessel for vessel in found.vessels if vessel.name == name)
    return vessel.outcome, vessel.doubtful


def test_a_pedicle_that_runs_through_what_leaves_is_preserved_and_doubtful() -> None:
    liver = through()
    found = supplied(liver, "H5")
    assert kept_percent(found, "6") == 100.0
    assert outcome_of(found, "RPPV") == ("spared", True)
    vessel = next(vessel for vessel in found.vessels if vessel.name == "RPPV")
    assert vessel.inside_mm == pytest.approx(13 * 2.4, abs=10.0)  # 13 voxels, in pieces of two
    # Where it cannot be preserved all that hangs on it is lost: segment 6.
    six_ml = float(found.table.ml[2, FUNCTIONAL].sum())
    assert vessel.at_stake_ml == pytest.approx(six_ml, rel=1e-9)
    assert found.perfused_least_ml == pytest.approx(found.perfused_low_ml - six_ml, rel=1e-9)


def test_what_a_person_preserves_is_not_doubtful() -> None:
    found = supplied(through(), "H5 + preserve(RPPV)")
    assert outcome_of(found, "RPPV") == ("kept", False)
    assert found.doubted is None
    assert found.perfused_least_ml == found.perfused_low_ml


def test_a_drawn_resection_cuts_what_it_crosses_unless_that_is_preserved() -> None:
    liver = through()
    drawn = replace(liver, drawn={"resected": liver.parts == 2})
    cut_through = supplied(drawn, "resected")
    assert kept_percent(cut_through, "6") == 0.0
    assert outcome_of(cut_through, "RPPV")[0] in ("cut_off", "resected")
    preserved = supplied(drawn, "resected + preserve(portal_vein_right_posterior)")
    assert kept_percent(preserved, "6") == 100.0


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ("H5 + preserve(MHV)", "these vessels give"),
        ("H5 + reconstruct(MHV)", "no hepatic vein is given: add --vessels"),
    ],
)
def test_a_vessel_that_is_not_there_cannot_be_preserved(plan: str, says: str) -> None:
    liver = through()
    with pytest.raises(PlanError, match=says):
        supplied(liver, plan)
    with pytest.raises(PlanError, match=r"no (vessel|hepatic vein) is given"):
        perfused_remnant(replace(liver, vessels={}), parse_plan(plan), volumes(liver, parse_plan(plan)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("H5678-MHV + preserve(MHV)", "MHV is preserved and taken"),
        ("H5 + preserve(MHV) + reconstruct(MHV)", "MHV is preserved and reconstructed"),
        ("H5 + preserve()", "expected preserve"),
        ("preserve(RPPV)", "removes nothing"),
    ],
)
def test_terms_of_vessels_that_contradict(text: str, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        parse_plan(text)


def test_terms_of_vessels_are_read_back() -> None:
    plan = parse_plan("preserve(portal_vein_right_posterior) + H58-MHV + reconstruct(MHV)")
    assert plan.notation == "H58-MHV + preserve(RPPV) + reconstruct(MHV)"
    assert parse_plan(plan.notation) == plan
    assert (plan.preserved, plan.reconstructed) == (("RPPV",), ("MHV",))


# The flag


WHOLE = Options(accepted=("liver_cut_flat", "segment_missing"))


def test_a_doubtful_vessel_lets_no_flag_be_adequate_and_is_named() -> None:
    liver = through()
    plain = assess(replace(liver, vessels={}), parse_plan("H5"), ADULT, options=WHOLE)
    doubtful = assess(liver, parse_plan("H5"), ADULT, options=WHOLE)
    stated = assess(liver, parse_plan("H5 + preserve(RPPV)"), ADULT, options=WHOLE)
    assert doubtful.perfusion is not None
    assert doubtful.perfusion.doubtful_ml is not None
    assert "RPPV (right posterior portal branch) runs" in doubtful.headline
    assert "vessel_preservation_doubtful" in doubtful.notes
    assert "RPPV" not in stated.headline
    assert stated.flag_by_volume == plain.flag_by_volume


def test_a_loss_below_the_methods_error_is_reported_and_not_graded() -> None:
    liver = through()
    result = assess(liver, parse_plan("H6"), ADULT, options=WHOLE)
    assert result.perfusion is not None
    assert result.perfusion.is_within_error
    assert result.perfusion.graded_ml == result.volumes.remnant_ml
    assert "graded_on_perfused_remnant" not in result.notes


# Random trees: knowing more is worse only where a named vessel leaves


@pytest.mark.parametrize("seed", range(4))
def test_vessels_make_no_flag_more_cautious_without_naming_one(seed: int) -> None:
    order = ("adequate", "borderline", "plan_leaves_tumour", "adverse_fact")
    liver = random_liver(seed)
    bare = replace(liver, vessels={})
    rng = np.random.default_rng(100 + seed)
    for plan in [
        parse_plan(",".join(sorted(rng.choice(list("2345678"), 3, replace=False)))) for _ in range(3)
    ]:
        without = assess(bare, plan, ADULT, options=WHOLE)
        with_them = assess(liver, plan, ADULT, options=WHOLE)
        rank = [
            order.index(a.flag_by_volume) if a.flag_by_volume in order else len(order)
            for a in (without, with_them)
        ]
        assert rank[1] >= rank[0]  # blood grants nothing
        if rank[1] > rank[0]:
            block = with_them.perfusion
            assert block is not None
            named = (*block.lost_by, *block.in_doubt)
            assert any(vessel.name in with_them.headline for vessel in named)
            assert any(vessel.lost_tissue_ml > 0.0 or vessel.at_stake_ml > 0.0 for vessel in named)


@pytest.mark.parametrize("seed", range(6))
def test_what_a_cut_leaves_hanging_is_found_as_in_the_whole_tree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    liver = random_liver(seed)
    portal = trees_of(liver).portal
    assert portal is not None
    (served,), _ = served_trees(liver, trees_of(liver))
    n = portal.voxels.size
    for share in (0.0, 0.01, 0.1, 0.5):
        gone = rng.random(n) < share
        assert np.array_equal(surviving(portal, served.pieces, gone), portal.survives(gone))
    # A slab through the tree, and whole branches.
    at = np.stack(np.unravel_index(portal.voxels, liver.grid.shape, order="F"), axis=1)
    for axis in range(3):
        place = int(rng.integers(4, liver.grid.shape[axis] - 4))
        gone = np.abs(at[:, axis] - place) <= 1
        assert np.array_equal(surviving(portal, served.pieces, gone), portal.survives(gone))


# The nearest vessel by blocks


def test_blocks_of_voxels_share_a_vessel_that_is_nearly_the_nearest() -> None:
    shape, affine = (40, 36, 20), np.diag([0.6, 0.7, 1.4, 1.0])
    rng = np.random.default_rng(3)
    flat = rng.permutation(int(np.prod(shape))).astype(np.int64)
    seeds, wanted = np.sort(flat[:300]), np.sort(flat[:20000])
    exact, fast = (nearest_seed(seeds, wanted, shape, affine, block_mm=mm) for mm in (0.0, 1.5))

    def away_mm(number: NDArray[np.int32]) -> NDArray[np.float64]:
        at, to = (np.stack(np.unravel_index(p, shape, order="F"), axis=1) for p in (wanted, seeds[number]))
        return np.asarray(np.linalg.norm((at - to) @ affine[:3, :3], axis=1))

    diagonal_mm = float(np.linalg.norm([1.2, 1.4, 1.4]))
    assert (away_mm(fast) - away_mm(exact) <= diagonal_mm + 1e-9).all()
    assert (away_mm(fast) >= away_mm(exact) - 1e-9).all()


# What surgeons preserve, on the sample case and on a real tree


@pytest.fixture(name="sample", scope="module")
def the_sample_case(sample_data: Path) -> Liver:
    folder = sample_data / "baseline"
    return read_liver(
        folder / "segments.nii.gz", folder / "vessels.nii.gz", folder / "organs.nii.gz", tumours="none"
    )


@pytest.mark.parametrize(
    ("plans", "least_percent"),
    [(("H5", "H58", "H78", "H23", "H67", "H4"), 85.0), (("H458",), 80.0), (("H23458",), 70.0)],
)
def test_an_anatomical_resection_keeps_the_remnants_pedicles(
    sample: Liver, plans: tuple[str, ...], least_percent: float
) -> None:
    for plan in plans:
        found = supplied(sample, plan)
        assert 100.0 * found.perfused_low_ml / found.table.remnant_ml >= least_percent, plan


@pytest.mark.parametrize("plan", ["H234", "H23", "H5678"])
def test_segment_1_keeps_its_branches(sample: Liver, plan: str) -> None:
    assert kept_percent(supplied(sample, plan), "1") >= 90.0


def test_an_extended_right_hepatectomy_keeps_the_left_lateral_section(sample: Liver) -> None:
    found = supplied(sample, "H45678")
    assert min(kept_percent(found, "2"), kept_percent(found, "3")) >= 90.0


def test_a_vein_that_is_named_still_congests(sample: Liver) -> None:
    assert supplied(sample, "H5678-MHV").perfused_low_ml == pytest.approx(295.0, abs=8.0)
    assert kept_percent(supplied(sample, "H5678-MHV"), "4") < 50.0
    assert kept_percent(supplied(sample, "H234-MHV"), "8") < 65.0


def test_a_reconstructed_vein_gives_back_what_it_drained_as_an_upper_bound(sample: Liver) -> None:
    taken = supplied(sample, "H5678-MHV")
    rebuilt = supplied(sample, "H5678-MHV + reconstruct(MHV)")
    spared = supplied(sample, "H5678")
    assert rebuilt.perfused_low_ml == taken.perfused_low_ml
    assert rebuilt.perfused_rebuilt_ml is not None
    assert taken.perfused_low_ml < rebuilt.perfused_rebuilt_ml <= rebuilt.perfused_high_ml
    assert rebuilt.perfused_rebuilt_ml >= spared.perfused_low_ml - 1e-6


@pytest.mark.parametrize(
    ("plan", "pedicle"),
    [("H5678", "RPV"), ("H234", "LPV"), ("H58", "RAPV"), ("H67", "RPPV"), ("H23", "LLPV"), ("H4", "LMPV")],
)
def test_no_resection_names_its_own_pedicle_as_preserved(sample: Liver, plan: str, pedicle: str) -> None:
    assert outcome_of(supplied(sample, plan), pedicle) == ("resected", False)


@pytest.mark.parametrize("plan", ["H5678 + preserve(RPV)", "H5678 + preserve(RAPV)", "H58 + preserve(RAPV)"])
def test_a_pedicle_that_leaves_with_its_segments_cannot_be_preserved(sample: Liver, plan: str) -> None:
    with pytest.raises(PlanError, match="leaves with it"):
        supplied(sample, plan)
    assert supplied(sample, "H5678 + preserve(LPV)").perfused_low_ml > 0.0


def test_the_block_says_what_is_graded(sample: Liver) -> None:
    for text in ("H5678", "H5678-MHV"):
        plan = parse_plan(text)
        block = perfusion_block(sample, plan, volumes(sample, plan), Patient(weight_kg=72, height_cm=171))
        assert block is not None
        assert block.is_within_error == (text == "H5678")
        assert block.graded_ml == (block.plain_ml if text == "H5678" else block.perfused_low_ml)
    assert [vessel.name for vessel in block.lost_by][:1] == ["MHV"]


@pytest.mark.slow
@pytest.mark.real
def test_a_real_tree_loses_little_where_no_pedicle_of_the_remnant_is_taken(real_data: Path) -> None:
    folder = real_data / "msd08_hvpv"
    vessels = folder / "hepaticvessel_002_hv1_pv2.nii.gz"
    liver = with_estimated_parts(
        read_liver(
            vessels,
            liver=folder / "hepaticvessel_002_liver.nii.gz",
            labels={vessels.name: "1=hepatic_vein,2=portal_vein"},
            tumours="none",
        )
    )
    for plan in ("H5678", "H234", "H58", "H67", "H23", "H4", "H458", "H2367"):
        found = supplied(liver, plan)
        assert found.perfused_low_ml >= 0.85 * found.table.remnant_ml, plan


def test_a_second_plan_finds_the_same_with_and_without_what_is_kept(sample: Liver) -> None:
    again = replace(sample)
    for first, second in itertools.pairwise(("H5", "H58", "H5")):
        one, other = supplied(sample, first), supplied(again, second)
        if first == second:
            assert np.array_equal(one.fates, other.fates)
    assert np.array_equal(supplied(sample, "H58").fates, supplied(replace(sample), "H58").fates)
