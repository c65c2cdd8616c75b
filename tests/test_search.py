"""The search: against brute force over all unions of segments, its ranking, and its reasons."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from phantoms import OBLIQUE_DEG, write_nifti
from planning import block_liver, real_liver
from test_perfusion import phantom

from flr.assessment import assess
from flr.cli import main
from flr.documents.schema import check_document, json_schema
from flr.documents.search import search_document
from flr.errors import PlanError
from flr.io.read import read_liver
from flr.kernels.subsets import connected_unions, subset_tables
from flr.labels import Tissue
from flr.liver import Liver, assemble, measure
from flr.patient import Patient
from flr.plans import Plan, fates, outcomes, parse_plan, remnant_shape, volumes
from flr.plansearch import SearchResult, is_recognised, search
from flr.report.search import WIDTH, search_text
from flr.tumours import Vanished, find_tumours

MAPS = ("LiTS-0_couinaud.nii.gz", "LiTS-58_couinaud.nii.gz", "LiTS-73_couinaud.nii.gz")


def brute_force(liver: Liver, margin_mm: float, minimum_percent: float) -> dict[str, tuple[float, float]]:
    """Unions of segments that clear the tumours and leave enough: notation to remnant and least margin."""
    untouched = measure(liver)
    found = {}
    for bits in range(1, 255):
        text = "H" + "".join(name for n, name in enumerate(liver.part_names) if bits >> n & 1)
        plan = parse_plan(text)
        table = volumes(liver, plan, untouched)
        if table.remnant_tumour_ml > 0.0 or 100.0 * table.remnant_ml / table.functional_ml <= minimum_percent:
            continue
        margins = [o.planned_margin_mm for o in outcomes(liver, plan)]
        least = min((m for m in margins if m is not None), default=np.inf)
        if least >= margin_mm:
            found[text] = (table.remnant_ml, least)
    return found


@pytest.mark.real
@pytest.mark.parametrize("name", MAPS)
def test_the_best_resection_is_confirmed_by_brute_force(real_data: Path, name: str) -> None:
    liver = real_liver(real_data / "couinaud_lits" / name, 2, seed=5, most_mm=9.0)
    result = search(liver, kinds=("anatomical",), margin_mm=1.0, wide_margin_mm=1.0, minimum_flr_percent=5.0)
    confirmed = brute_force(liver, 1.0, 5.0)
    error = result.tumours.error_mm
    # Unions that hang together and leave two segments; the others the search leaves out on purpose.
    names = {c.plan.notation for c in result.candidates} | {r.notation for r in result.others}
    listed = {text: value for text, value in confirmed.items() if text in names}
    assert result.best is not None
    best = result.best
    assert best.plan.notation in listed
    assert best.flr_ml == pytest.approx(max(ml for ml, _ in listed.values()))
    assert best.least_margin_mm == pytest.approx(listed[best.plan.notation][1], abs=error)
    # Nothing with more remnant was overlooked: what brute force finds beyond it is in two pieces.
    rejected = {r.notation for r in result.rejected}
    for text, (ml, least) in confirmed.items():
        if ml > best.flr_ml and least > 1.0 + error:
            assert text not in rejected
            assert text not in names


def placed(base: Liver, parts: str, n: int, radii_mm: tuple[float, float], seed: int) -> Liver:
    """The liver with ``n`` balls inside some of its parts."""
    rng = np.random.default_rng(seed)
    hosts = np.argwhere(np.isin(base.parts, [base.part_index(name) for name in parts]))
    numbers = np.zeros(base.grid.shape, dtype=np.uint16, order="F")
    for number in range(1, n + 1):
        apart = (hosts - hosts[rng.integers(len(hosts))]) @ base.grid.index_to_world_mm[:3, :3].T
        numbers[tuple(hosts[np.linalg.norm(apart, axis=1) <= rng.uniform(*radii_mm)].T)] = number
    parts_copy = np.array(base.parts, order="F")
    return assemble(base.grid, parts=parts_copy, part_names=base.part_names, tumours=numbers)


@pytest.mark.real
@pytest.mark.parametrize("name", MAPS[:2])
def test_twelve_tumours_against_every_union_looked_at_voxel_by_voxel(real_data: Path, name: str) -> None:
    """All 255 unions, by one distance map of voxel centres and by counting what each leaves."""
    from scipy import ndimage

    base = read_liver(real_data / "couinaud_lits" / name, tumours="none")
    liver = placed(base, "67", 12, (3.0, 6.0), seed=4)
    assert liver.tumours is not None
    assert len(np.unique(liver.tumours)) == 13
    margin_mm = 1.0
    result = search(
        liver, kinds=("anatomical",), margin_mm=margin_mm, wide_margin_mm=margin_mm, minimum_flr_percent=5.0
    )
    inside = np.flatnonzero(liver.parts.ravel("F"))
    part, is_tumour = liver.parts.ravel("F")[inside], liver.tumours.ravel("F")[inside] > 0
    away_mm = ndimage.distance_transform_edt(liver.tumours == 0, sampling=liver.grid.spacing_mm)
    away_mm = away_mm.ravel("F")[inside]
    # A surface lies within half a step of the voxels beside it, at either end.
    unsure_mm = max(liver.grid.spacing_mm) + result.tumours.error_mm
    cleared, doubtful = {}, {}
    for union in range(1, 256):
        stays = np.array([True] + [not union >> n & 1 for n in range(8)])[part]
        if not stays.any() or (stays & is_tumour).any():
            continue
        flr_ml = np.count_nonzero(stays) * liver.grid.voxel_volume_ml
        text = "H" + "".join(part for n, part in enumerate(liver.part_names) if union >> n & 1)
        nearest_mm = float(away_mm[stays].min())
        if nearest_mm >= margin_mm + unsure_mm:
            cleared[text] = flr_ml
        elif nearest_mm >= margin_mm:
            doubtful[text] = flr_ml
    found = {c.plan.notation: c.flr_ml for c in result.candidates}
    others = {r.notation for r in result.others}
    rejected = {r.notation for r in result.rejected}
    assert found.keys() <= cleared.keys() | doubtful.keys()
    assert not rejected & cleared.keys()
    for text, flr_ml in found.items():
        assert flr_ml == pytest.approx({**cleared, **doubtful}[text], abs=1e-6)
    best = result.best
    assert best is not None
    # What leaves more and surely clears is in pieces, or leaves pieces: the search does not try it.
    for text, flr_ml in cleared.items():
        assert flr_ml <= best.flr_ml + 1e-6 or text not in found.keys() | others


@pytest.mark.real
def test_twelve_tumours_and_wedges_against_every_union(real_data: Path) -> None:
    """Every union, and whatever else lies within the margin: the search's first plan leaves the most."""
    base = read_liver(real_data / "couinaud_lits" / MAPS[0], tumours="none")
    liver = placed(base, "5678", 12, (3.0, 9.0), seed=8)
    result = search(
        liver, kinds=("anatomical", "wedge"), margin_mm=2.0, wide_margin_mm=2.0, minimum_flr_percent=5.0
    )
    tumours = find_tumours(liver)
    inside = np.flatnonzero(liver.parts.ravel("F"))
    part = liver.parts.ravel("F")[inside]
    functional = liver.tissues.ravel("F")[inside] != Tissue.TUMOUR
    zones = []
    for tumour in tumours:
        zone = tumours.zone(tumour, 2.0)
        mask = np.zeros(liver.grid.shape, dtype=bool, order="F")
        mask[zone.box] = zone.inside
        zones.append(mask.ravel("F")[inside])
    most_ml = 0.0
    for union in range(255):
        leaves = np.array([False] + [bool(union >> n & 1) for n in range(8)])[part]
        # A zone that lies wholly in what leaves takes nothing more; any other has to be taken.
        leaves = np.logical_or.reduce([leaves, *zones])
        most_ml = max(most_ml, np.count_nonzero(functional & ~leaves) * liver.grid.voxel_volume_ml)
    assert result.best is not None
    assert result.best.flr_ml == pytest.approx(most_ml, abs=1e-6)
    assert result.best.least_margin_mm >= 2.0
    for candidate in result.candidates[:4]:
        np.testing.assert_array_equal(candidate.table.voxels, volumes(liver, candidate.plan).voxels)


@pytest.mark.real
def test_a_mixture_keeps_what_it_promises(real_data: Path) -> None:
    liver = real_liver(real_data / "couinaud_lits" / MAPS[1], 4, seed=11)
    result = search(liver, Patient(condition="normal"))
    assert result.best is not None
    for candidate in [c for c in result.candidates if c.on_front][:3]:
        plan = parse_plan(candidate.plan.notation)
        table = volumes(liver, plan)
        np.testing.assert_array_equal(table.voxels, candidate.table.voxels)
        assert table.remnant_ml == pytest.approx(candidate.flr_ml, abs=1e-6)
        for outcome in outcomes(liver, plan):
            assert outcome.fate in ("resected", "ablated")
            promised = candidate.margins_mm[outcome.tumour.name]
            assert outcome.planned_margin_mm is not None
            assert outcome.planned_margin_mm >= promised - 2.0 * outcome.error_mm


@pytest.mark.slow
@pytest.mark.real
def test_twelve_tumours_are_searched_in_less_time_than_two_distance_maps(real_data: Path) -> None:
    """Ratio only: the whole search against SciPy distance maps of the liver's box for two of them."""
    from scipy import ndimage

    liver = real_liver(real_data / "couinaud_lits" / MAPS[1], 12, seed=3)
    search(real_liver(real_data / "couinaud_lits" / MAPS[1], 1, seed=3))
    start = time.perf_counter()
    result = search(liver)
    searched = time.perf_counter() - start
    assert len(result.tumours) == len(np.unique(liver.tumours)) - 1  # type: ignore[arg-type]
    start = time.perf_counter()
    for number in (1, 2):
        ndimage.distance_transform_edt(liver.tumours != number, sampling=liver.grid.spacing_mm)
    assert searched < time.perf_counter() - start


def test_all_unions_at_once_agree_with_a_loop() -> None:
    rng = np.random.default_rng(1)
    volumes_ml, distances = rng.uniform(50, 300, 8), rng.uniform(0, 40, (12, 8))
    ml, least = subset_tables(volumes_ml, distances)
    for union in range(1, 256):
        chosen = [n for n in range(8) if union >> n & 1]
        assert ml[union] == pytest.approx(volumes_ml[chosen].sum())
        np.testing.assert_array_equal(least[union], distances[:, chosen].min(axis=1))
    with pytest.raises(ValueError, match="at most 16"):
        subset_tables(np.ones(17), np.ones((1, 17)))


def test_unions_hang_together() -> None:
    assert connected_unions([0b0010, 0b0001, 0b1000, 0b0100]).tolist() == [1, 2, 3, 4, 8, 12]


def everything(result: SearchResult) -> list[str]:
    named = [c.plan.notation for c in result.candidates]
    return [*named, *(r.notation for r in result.others), *(r.notation for r in result.rejected)]


def test_the_front_is_not_dominated_and_every_other_has_a_reason() -> None:
    liver = block_liver(orientation="ASL", rotation_deg=OBLIQUE_DEG)
    result = search(liver, Patient(weight_kg=70, height_cm=170, condition="normal"))
    front = [c for c in result.candidates if c.on_front]
    assert front
    for a in front:
        assert not a.reason
        for b in front:
            better = b.flr_ml > a.flr_ml + 1e-6 and min(b.least_margin_mm, 10.0) >= min(
                a.least_margin_mm, 10.0
            )
            assert not better
    for c in result.candidates:
        assert c.on_front or c.reason
        assert c.assessment is not None
        assert c.flr_ml + c.sacrificed_ml == pytest.approx(c.table.functional_ml)
    assert all(r.reason for r in (*result.others, *result.rejected))
    assert len(set(everything(result))) == len(everything(result))
    assert result.candidates[0].on_front
    assert result.candidates[0].least_margin_mm >= 10.0  # the aim ranks


def test_the_search_is_deterministic() -> None:
    first, second = (search_document(search(block_liver(rotation_deg=OBLIQUE_DEG))) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)


@pytest.mark.parametrize(
    ("unions", "recognised"),
    [
        ("1 2 3 4 5 6 7 8 4a 4b 4a+4b", True),
        ("23 24 34 45 48 56 58 67 78 4a+4b+5 4b+5 4a+8", True),  # two side by side
        ("234 5678 45678 23458 458 4a+4b+5+6+7+8", True),
        ("1234 15678 145678 123458 1+4a+4b+5+6+7+8", True),  # Brisbane: with or without segment 1
        ("57 68 26 27 25 35 46 38 4a+5 4b+8 2+4b", False),  # apart, or meeting in a line
        ("12 14 15 16 17 18 123 145 158 167 1458", False),
        ("125 157 126 138 127 345 567 678 4a+5+6+7+8", False),
        ("right_hemiliver left_lateral_section", True),
    ],
)
def test_what_has_a_name(unions: str, recognised: bool) -> None:
    for union in unions.split():
        parts = [union] if "_" in union else union.split("+") if "+" in union or "4a" in union else [*union]
        assert is_recognised([union] if union in ("4a", "4b") else parts) is recognised, union


def test_names_and_notes() -> None:
    liver = block_liver(tumours=[(7, 4), (5, 3)])
    result = search(liver, kinds=("anatomical",), minimum_flr_percent=1.0)
    notes = {c.plan.notation: c.notes for c in result.candidates}
    assert "not_a_recognised_anatomical_resection" in notes["H567"]
    assert notes["H5678"] == ()
    assert next(c for c in result.candidates if c.plan.notation == "H5678").plan.name == "right hepatectomy"
    apart = [c for c in result.candidates if "remnant_below_two_segments" in c.notes]
    assert all(not c.on_front and c.reason for c in apart)
    assert result.notes[0] == "vascular_feasibility_not_assessed"


def test_only_deep_small_tumours_are_ablated() -> None:
    liver = block_liver(tumours=[(7, 8), (4, 2)], spacing_mm=(4.0, 4.5, 4.9))
    big, small = find_tumours(liver)
    assert big.longest_diameter_mm > 30.0 > small.longest_diameter_mm
    result = search(liver)
    texts = [c.plan.notation for c in result.candidates]
    assert any("ablate(T2" in text for text in texts)
    assert not any("ablate(T1" in text for text in texts)
    wedges = search(liver, kinds=("wedge",))
    assert {k for c in wedges.candidates for k in c.kinds} == {"wedge"}


def test_a_search_that_finds_nothing_says_what_is_short_and_offers_two_stages() -> None:
    liver = block_liver(tumours=[(7, 4), (8, 3), (3, 3)])
    result = search(liver, kinds=("anatomical",), minimum_flr_percent=60.0)
    assert result.best is None
    (unmet,) = result.unmet
    assert (unmet.limit, unmet.tumour, unmet.unit) == ("minimum_flr", None, "%")
    assert unmet.best == max(c.flr_percent_of_measured for c in result.candidates)
    assert unmet.plan in unmet.message
    wedged = search(liver, kinds=("anatomical", "wedge"), margin_mm=10.0, minimum_flr_percent=99.0)
    staged = [s for s in wedged.two_stage if s.first]
    assert staged
    for stage in wedged.two_stage:
        both = parse_plan(" + ".join(t for t in (stage.second, stage.first) if t))
        table = volumes(liver, both)
        assert table.remnant_ml == pytest.approx(stage.flr_ml, abs=1e-6)
        needed = 0.99 * table.functional_ml
        assert stage.growth_needed_percent == pytest.approx(100.0 * (needed / table.remnant_ml - 1.0))


def test_a_margin_that_no_union_reaches_names_the_tumour() -> None:
    liver = block_liver(tumours=[(7, 4), (1, 3), (3, 3), (5, 2), (8, 2), (6, 2), (2, 2), (4, 2)])
    result = search(liver, kinds=("anatomical",))
    assert not result.candidates
    assert result.unmet
    assert all(u.message for u in result.unmet)
    assert result.two_stage == ()


def test_vanished_metastases_are_cleared() -> None:
    liver = block_liver(tumours=[(7, 4)])
    where = liver.part_centroids_mm["3"]
    result = search(liver, vanished=[Vanished("V1", where, 5.0)])
    assert "vanished_metastases" in result.notes
    for candidate in result.candidates:
        assert set(candidate.margins_mm) == {"T1", "V1"}
    assert result.best is not None
    again = volumes(liver, parse_plan(result.best.plan.notation))
    assert again.remnant_ml == pytest.approx(result.best.flr_ml, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"margin_mm": -1.0}, "margins"),
        ({"margin_mm": 12.0}, "least ≤ wide"),
        ({"minimum_flr_percent": 100.0}, "minimum"),
        ({"kinds": ("laser",)}, "expected some of"),
        ({"margin_mm": float("nan")}, "margins"),
    ],
)
def test_limits_that_cannot_be(options: dict[str, object], says: str) -> None:
    with pytest.raises(PlanError, match=says):
        search(block_liver(), **options)  # type: ignore[arg-type]  # wrong on purpose


def test_with_vessels_what_leads_is_graded_as_assess_grades_it() -> None:
    liver = phantom(tumour=True)
    patient = Patient(weight_kg=70, height_cm=170, condition="normal")
    result = search(liver, patient)
    assert result.notes[0] == "ranked_by_plain_remnant"
    front = [c for c in result.candidates if c.on_front]
    behind = [c for c in result.candidates if not c.on_front]
    assert front
    assert behind
    for candidate in front:
        alone = assess(liver, candidate.plan, patient)
        assert candidate.assessment is not None
        assert candidate.assessment.flag == alone.flag
        assert alone.perfusion is not None
        assert candidate.perfused_ml == alone.perfusion.perfused_low_ml
        assert candidate.perfused_ml is not None
        assert candidate.perfused_ml <= candidate.flr_ml + 1e-9
    for candidate in behind:  # on the same remnant, with assumed errors
        alone = assess(liver, candidate.plan, patient)
        assert candidate.assessment is not None
        assert alone.perfusion is not None
        assert candidate.assessment.perfusion is not None
        assert candidate.assessment.perfusion.graded_ml == alone.perfusion.graded_ml
        assert candidate.perfused_ml == alone.perfusion.perfused_low_ml
    text = search_text(result)
    assert "perfused, congested tissue counted as lost" in text
    check_document(json.loads(json.dumps(search_document(result))))


def test_no_line_is_wider_than_a_terminal() -> None:
    crowded = block_liver(tumours=[(7, 4), (1, 3), (3, 3), (5, 2), (8, 2), (6, 2), (2, 2), (4, 2)])
    for result in (
        search(crowded),
        search(crowded, kinds=("anatomical",)),
        search(block_liver(tumours=[(7, 4), (3, 3)]), minimum_flr_percent=99.5),
    ):
        assert max(len(line) for line in search_text(result).splitlines()) <= WIDTH


def test_no_tumour_no_search() -> None:
    with pytest.raises(PlanError, match="no tumour to clear"):
        search(block_liver(tumours=()))


def test_an_undivided_liver_has_wedges_only() -> None:
    from planning import ball, grid_around, open_liver

    grid = grid_around(40.0, spacing_mm=(1.5, 1.5, 2.0))
    liver = open_liver(grid, [ball(grid, 6.0)], ball(grid, 38.0))
    result = search(liver)
    assert result.best is not None
    assert not any("anatomical" in c.kinds for c in result.candidates)


def test_the_minimum_is_the_profiles_own() -> None:
    limits = search(block_liver(), Patient(condition="cirrhosis", child_pugh="A")).limits
    assert (limits.minimum_flr_percent, "de Graaf" in limits.minimum_source) == (40.0, True)


def with_tumour(liver: Liver, where: tuple[slice, slice, slice]) -> Liver:
    """The liver with one tumour, a box of voxels."""
    numbers = np.zeros(liver.grid.shape, dtype=np.uint16, order="F")
    numbers[where] = 1
    parts = np.array(liver.parts, order="F")
    return assemble(liver.grid, parts=parts, part_names=liver.part_names, tumours=numbers)


def cornered(liver: Liver, part: str) -> list[slice]:
    """The box of a segment."""
    inside = np.argwhere(liver.parts == liver.part_index(part))
    return [slice(int(a), int(b) + 1) for a, b in zip(inside.min(axis=0), inside.max(axis=0), strict=True)]


@pytest.mark.parametrize("margin_mm", [0.0, 1e-6, 1.0])
@pytest.mark.parametrize("voxels_into_segment_6", [0, 1])
def test_a_tumour_that_stays_is_never_cleared(margin_mm: float, voxels_into_segment_6: int) -> None:
    """A tumour in segment 7 that ends at segment 6, or reaches one voxel into it."""
    base = block_liver(tumours=())
    seven, six = cornered(base, "7"), cornered(base, "6")
    axis = next(a for a in range(3) if seven[a].stop == six[a].start or six[a].stop == seven[a].start)
    box = [slice(s.start + 3, s.start + 7) for s in seven]
    if seven[axis].stop == six[axis].start:
        box[axis] = slice(seven[axis].stop - 4, seven[axis].stop + voxels_into_segment_6)
    else:
        box[axis] = slice(seven[axis].start - voxels_into_segment_6, seven[axis].start + 4)
    liver = with_tumour(base, (box[0], box[1], box[2]))
    (tumour,) = find_tumours(liver)
    assert set(tumour.parts_percent) == ({"6", "7"} if voxels_into_segment_6 else {"7"})
    result = search(liver, margin_mm=margin_mm, minimum_flr_percent=1.0)
    plans = {c.plan.notation: c for c in result.candidates}
    plans |= {r.notation: plans.get(r.notation, result.candidates[0]) for r in result.others}
    for text in plans:
        assert volumes(liver, parse_plan(text)).remnant_tumour_ml == 0.0
    assert "H67" in plans
    if voxels_into_segment_6 or margin_mm == 1.0:
        assert "H7" not in plans
    if voxels_into_segment_6:
        reason = next(r.reason for r in result.rejected if r.notation == "H7")
        assert "it stays" in reason
    elif margin_mm == 0.0:
        assert "H7" in plans  # touching is enough
    assert "H8" not in plans


def test_what_is_unmet_is_told_for_the_kinds_asked_for() -> None:
    liver = block_liver(tumours=[(7, 8), (4, 2)], spacing_mm=(4.0, 4.5, 4.9))
    big, small = find_tumours(liver)
    result = search(liver, kinds=("ablation",))
    (unmet,) = result.unmet
    assert (unmet.limit, unmet.tumour, unmet.needed) == ("ablation_size", "T1", 30.0)
    assert unmet.best == big.longest_diameter_mm
    assert unmet.short_by == pytest.approx(big.longest_diameter_mm - 30.0)
    assert f"{big.longest_diameter_mm - 30.0:.1f} mm more" in unmet.message
    assert small.longest_diameter_mm < 30.0
    check_document(json.loads(json.dumps(search_document(result))))
    assert search_document(result)["unmet"][0]["short_by"] == unmet.short_by
    assert search(liver, kinds=("ablation", "wedge")).best is not None


def test_a_tumour_in_every_part_is_named_with_its_limits() -> None:
    base = block_liver(tumours=())
    middle = [slice(n // 2 - 1, n // 2 + 1) for n in base.grid.shape]
    inside = base.parts > 0
    numbers = np.where(inside, 1, 0).astype(np.uint16, order="F")
    numbers[middle[0], middle[1], middle[2]] = 0
    liver = assemble(
        base.grid, parts=np.array(base.parts, order="F"), part_names=base.part_names, tumours=numbers
    )
    result = search(liver, kinds=("anatomical", "ablation"))
    assert [(u.limit, u.tumour) for u in result.unmet] == [("least_margin", "T1"), ("ablation_size", "T1")]
    assert "takes all of T1" in result.unmet[0].message
    (wedge,) = search(liver, kinds=("wedge",), margin_mm=10.0).unmet
    assert (wedge.limit, wedge.tumour) == ("minimum_flr", "T1")
    assert "whole liver" in wedge.message


def test_two_resections_are_tried_where_no_contiguous_union_will_do() -> None:
    liver = block_liver(tumours=[(2, 2), (6, 2)])
    table = volumes(liver, parse_plan("H26"))
    share = 100.0 * table.remnant_ml / table.functional_ml
    above, below = (
        search(liver, kinds=("anatomical",), minimum_flr_percent=share + by) for by in (0.01, -0.01)
    )
    assert below.best is not None
    assert below.best.plan.notation == "H26"
    assert below.best.flr_ml == pytest.approx(table.remnant_ml)
    assert below.best.notes == ("two_resections",)
    assert below.unmet == ()
    assert "two resections" in search_text(below)
    (unmet,) = above.unmet
    assert above.best is None
    assert unmet.plan == "H26"
    assert unmet.best == pytest.approx(share)
    # Where a contiguous union will do nothing else is tried.
    easy = search(liver, kinds=("anatomical",), minimum_flr_percent=1.0)
    assert not any("two_resections" in c.notes for c in easy.candidates)
    assert "H26" not in everything(easy)


def test_a_wedge_through_most_segments_does_not_lead() -> None:
    base = block_liver(tumours=())
    inside = np.argwhere(base.parts > 0)
    low, high = inside.min(axis=0), inside.max(axis=0) + 1
    boxes = [slice(int(a) + 2, int(b) - 2) for a, b in zip(low, high, strict=True)]
    liver = with_tumour(base, (boxes[0], boxes[1], boxes[2]))
    result = search(liver, minimum_flr_percent=1.0)
    assert len(find_tumours(liver).tumours[0].parts_percent) == 8
    assert result.best is None
    assert all("remnant_below_two_segments" in c.notes for c in result.candidates)
    (unmet,) = result.unmet
    assert (unmet.limit, unmet.needed, unmet.unit) == ("remnant_segments", 2.0, "segments")
    assert unmet.best < 2.0
    assert unmet.plan in unmet.message
    check_document(json.loads(json.dumps(search_document(result))))
    # One small wedge in each segment leaves all of them standing.
    many = block_liver(tumours=[(n, 2) for n in range(1, 9)])
    best = search(many, minimum_flr_percent=1.0).best
    assert best is not None
    assert "anatomical" not in best.kinds
    assert "remnant_below_two_segments" not in best.notes


def test_a_hemiliver_that_stays_is_more_than_two_segments() -> None:
    liver = block_liver(tumours=[(7, 4)])
    right = np.isin(liver.parts, [liver.part_index(name) for name in "5678"])
    parts = np.asfortranarray(np.where(right, 1, 2) * (liver.parts > 0)).astype(np.uint8)
    halves = assemble(
        liver.grid,
        parts=parts,
        part_names=("right_hemiliver", "left_hemiliver"),
        tumours=np.array(liver.tumours, order="F"),
    )
    best = search(halves, kinds=("anatomical",), minimum_flr_percent=1.0).best
    assert best is not None
    assert best.plan.notation == "right_hemiliver"


def test_what_leads_says_whether_it_leaves_islands() -> None:
    """A slab of tumour through the middle parts the liver in two; pieces are counted as `flr assess` does."""
    base = block_liver(tumours=(), orientation="ASL", rotation_deg=OBLIQUE_DEG)
    axes = base.grid.index_to_world_mm[:3, :3] / base.grid.spacing_mm
    along = np.argmax(np.abs(axes[0]))
    inside = np.argwhere(base.parts > 0)
    middle = int(np.median(inside[:, along]))
    numbers = np.zeros(base.grid.shape, dtype=np.uint16, order="F")
    at = [slice(None)] * 3
    at[along] = slice(middle - 1, middle + 1)
    numbers[tuple(at)] = 1
    numbers[base.parts == 0] = 0
    liver = assemble(
        base.grid, parts=np.array(base.parts, order="F"), part_names=base.part_names, tumours=numbers
    )
    for case in (liver, block_liver(orientation="ASL", rotation_deg=OBLIQUE_DEG)):
        result = search(case, minimum_flr_percent=1.0)
        front = [c for c in result.candidates if c.on_front]
        assert front
        for candidate in front:
            pieces = remnant_shape(case, fates(case, candidate.plan)).pieces_ml
            assert ("remnant_not_contiguous" in candidate.notes) == (len(pieces) > 1)
        assert any("remnant_not_contiguous" in c.notes for c in front) == (case is liver)


def test_no_second_stage_is_needless() -> None:
    liver = block_liver(tumours=[(7, 4), (3, 3), (4, 2)])
    result = search(liver, margin_mm=10.0, minimum_flr_percent=99.0)
    assert result.two_stage
    seen = set()
    for stage in result.two_stage:
        # The first stage alone does not clear every tumour …
        first = set(re.findall(r"\((T\d)", stage.first))
        assert first < {"T1", "T2", "T3"}
        # … nor do two proposals differ in how they treat the same tumours.
        assert (stage.second, frozenset(first)) not in seen
        seen.add((stage.second, frozenset(first)))
    for stage in result.two_stage:
        for other in result.two_stage:
            assert stage.first != other.first or not set(stage.second) < set(other.second)


@pytest.mark.parametrize("spacing_mm", [(0.7, 0.8, 1.5), (1.0, 0.9, 5.0)])
def test_the_measured_margin_of_a_wedge_is_less_by_no_more_than_the_stated_error(
    spacing_mm: tuple[float, float, float],
) -> None:
    from planning import ball, grid_around, open_liver

    grid = grid_around(32.0, spacing_mm=spacing_mm, rotation_deg=OBLIQUE_DEG)
    liver = open_liver(grid, [ball(grid, 9.0)], ball(grid, 31.0))
    result = search(liver, kinds=("wedge",))
    error_mm = result.tumours.error_mm
    for candidate in result.candidates:
        (outcome,) = outcomes(liver, candidate.plan)
        assert outcome.planned_margin_mm is not None
        assert 0.0 <= candidate.least_margin_mm - outcome.planned_margin_mm <= error_mm
    text = search_text(result)
    assert f"finds up to {error_mm:.1f} mm less" in " ".join(text.split())


def test_a_margin_below_the_error_is_told_once() -> None:
    liver = block_liver()
    result = search(liver)
    told = [c for c in result.candidates if "margin_below_voxel_error" in c.notes]
    assert told
    text = " ".join(search_text(result).split())
    assert text.count("not resolvable: at this voxel size the margin cannot be told") == len(told)
    assert text.count("cannot be told from less than 1 mm") == len(told)
    assert "margin below voxel error" not in text


# --- document and command ---------------------------------------------------------------------


def test_the_document_follows_its_published_schema() -> None:
    result = search(block_liver(tumours=[(7, 4), (3, 3)]), kinds=("anatomical",), minimum_flr_percent=90.0)
    document = search_document(result)
    check_document(json.loads(json.dumps(document)))
    jsonschema.validate(document, json_schema("flr-search/1"))
    assert document["candidates"][0].keys() >= {
        *("plan", "flr_ml", "flr_percent_of_measured", "least_margin_mm", "flag", "on_front"),
    }
    assert document["tumours"][0].keys() >= {"name", "volume_ml", "longest_diameter_mm", "parts"}
    assert document["unmet"]
    text = search_text(result)
    assert "not reached" in text
    assert "in two stages" in text


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    liver = block_liver(tumours=[(7, 4), (3, 3)])
    segments = write_nifti(tmp_path / "segments.nii.gz", np.array(liver.parts), liver.grid)
    numbers = np.array(liver.tumours, dtype=np.uint8)
    tumours = write_nifti(tmp_path / "tumours.nii.gz", numbers, liver.grid)
    return str(segments), str(tumours)


def test_the_command_prints_a_table_or_one_document(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    segments, tumours = files
    command = ["search", "--segments", segments, "--tumours", tumours, "--condition", "normal"]
    assert main(command) == 0
    assert "plans that no other surpasses" in capsys.readouterr().out
    assert main([*command, "--json", "--margin", "2", "--kinds", "anatomical,wedge"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "flr-search/1"
    assert document["limits"]["least_margin_mm"] == 2.0
    best = document["candidates"][0]
    assert (
        main(
            [
                "assess",
                "--segments",
                segments,
                "--tumours",
                tumours,
                "--plan",
                best["plan"],
                "--json",
                *command[5:],
            ]
        )
        == 0
    )
    assessed = json.loads(capsys.readouterr().out)["assessments"][0]
    assert assessed["measures"]["flr_ml"] == pytest.approx(best["flr_ml"], abs=1e-6)
    assert assessed["flag"] == best["flag"]


@pytest.mark.parametrize(
    ("extra", "code", "says"),
    [
        (["--margin", "20"], 0, ""),
        (["--margin", "-1"], 3, "margins"),
        (["--wide-margin", "0.5"], 3, "least ≤ wide"),
        (["--kinds", "laser"], 3, "anatomical, wedge, ablation"),
        (["--vanished", "1,2"], 2, "X,Y,Z,RADIUS"),
        (["--vanished=900,0,0,5"], 3, "outside the liver"),
        (["--fail-on-flag"], 10, ""),
    ],
)
def test_exit_codes(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], extra: list[str], code: int, says: str
) -> None:
    assert main(["search", "--segments", files[0], "--tumours", files[1], *extra]) == code
    assert says in capsys.readouterr().err


def test_plans_of_candidates_are_plans() -> None:
    for candidate in search(block_liver()).candidates:
        plan: Plan = candidate.plan
        assert parse_plan(plan.notation).cuts == plan.cuts
