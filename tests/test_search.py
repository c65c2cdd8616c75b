"""The search: against brute force over all unions of segments, its ranking, and its reasons."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from phantoms import OBLIQUE_DEG, write_nifti
from planning import block_liver, real_liver
from test_perfusion import phantom

from flr.assess import assess
from flr.cli import main
from flr.errors import PlanError
from flr.io.read import read_liver
from flr.kernels.subsets import connected_unions, subset_tables
from flr.labels import Tissue
from flr.liver import Liver, assemble, measure
from flr.patient import Patient
from flr.plans import Plan, outcomes, parse_plan, volumes
from flr.report.search import WIDTH, search_document, search_model, search_schema, search_text
from flr.search import SearchResult, is_recognised, search
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


def test_names_and_notes() -> None:
    assert is_recognised(["2", "3"])
    assert is_recognised(["1", "5", "6", "7", "8"])
    assert is_recognised(["4a", "4b", "5", "6", "7", "8"])
    assert is_recognised(["right_hemiliver"])
    assert not is_recognised(["3", "4", "5"])
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
    assert all(c.assessment is None and c.perfused_ml is None for c in behind)
    text = search_text(result)
    assert "not graded" in text
    assert "perfused, congested tissue counted as lost" in text
    search_model().model_validate(json.loads(json.dumps(search_document(result))))


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
    assert (limits.minimum_flr_percent, "Azoulay" in limits.minimum_source) == (40.0, True)


# --- document and command ---------------------------------------------------------------------


def test_the_document_follows_its_published_schema(checkout: Path) -> None:
    published = json.loads((checkout / "docs" / "schemas" / "flr-search-1.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(search_schema()))
    result = search(block_liver(tumours=[(7, 4), (3, 3)]), kinds=("anatomical",), minimum_flr_percent=70.0)
    document = search_document(result)
    search_model().model_validate(json.loads(json.dumps(document)))
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
