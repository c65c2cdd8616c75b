"""Errors from a liver's own boundaries, against analytic areas and against simulated readers."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from phantoms import OBLIQUE_DEG, couinaud_block, ellipsoid
from simulated_readers import PLAN, Habits, Readers, Shape, egg, shape_of_map

from flr.errors import CriterionError, GeometryError
from flr.geometry import Grid
from flr.io.read import read_liver
from flr.kernels.boundary import (
    cell_of_voxels,
    cells_of,
    interface_mm2,
    moments,
    surface_mm2,
)
from flr.labels import Tissue
from flr.liver import Liver, assemble
from flr.plans import DrawnRemnant, Plan, parse_plan, volumes
from flr.uncertainty import (
    ERRORS,
    Body,
    Errors,
    Interval,
    all_intervals,
    assumed_errors,
    ratio_interval,
    readers_errors,
    surfaces_of,
    volume_interval,
)
from flr.uncertainty.shares import slice_loss_percent

BOUNDARIES_ONLY = Errors(slice_whole_ratio=0.0, slice_part_percent_per_mm=0.0)
HABITS = Habits(
    organ_mm=ERRORS.outer_surface_mm,
    lesion_mm=ERRORS.lesion_surface_mm,
    cut_mm=ERRORS.cut_mm,
    shared=ERRORS.shared_percent / 100,
    length_mm=ERRORS.correlation_length_mm,
)
CARELESS = replace(
    HABITS,
    organ_mm=HABITS.organ_mm * ERRORS.unreviewed_ratio,
    lesion_mm=HABITS.lesion_mm * ERRORS.unreviewed_ratio,
    cut_mm=HABITS.cut_mm * ERRORS.unreviewed_ratio,
)
"""An automatic map that nobody has reviewed."""


def intervals_of(
    liver: Liver, plan: Plan, *, errors: Errors = BOUNDARIES_ONLY, reviewed: bool = True
) -> dict[str, Interval]:
    surfaces = surfaces_of(liver)
    assert surfaces is not None
    table = volumes(liver, plan)
    known = {
        "total": table.total_ml,
        "functional": table.functional_ml,
        "tumour": table.tumour_ml,
        "remnant": table.remnant_ml,
        "resected": table.resected_ml,
    }
    spread = surfaces.plan_errors(plan, errors=errors, reviewed=reviewed)
    return all_intervals(known, spread, Body(), limits={}, errors=errors)


def truth_of(shape: Shape) -> dict[str, float]:
    table = volumes(shape.liver(), PLAN)
    truth = {
        "total_ml": table.total_ml,
        "tumour_ml": table.tumour_ml,
        "flr_ml": table.remnant_ml,
        "resected_ml": table.resected_ml,
        "flr_percent_of_measured": 100 * table.remnant_ml / table.functional_ml,
    }
    return {name: value for name, value in truth.items() if value > 0.0}


def coverage(
    shape: Shape, draws: int, seed: int, *, reviewed: bool = True, believed: bool | None = None
) -> dict[str, float]:
    """How often the interval that a reader's own masks give holds the truth. [%]

    ``reviewed`` says how careful the readers are, ``believed`` what the interval takes them for.
    """
    readers = Readers(shape, HABITS if reviewed else CARELESS, seed)
    truth, taken_for = truth_of(shape), reviewed if believed is None else believed
    covered = dict.fromkeys(truth, 0)
    for _ in range(draws):
        found = intervals_of(readers.read(), PLAN, reviewed=taken_for)
        for name, value in truth.items():
            covered[name] += found[name].contains(value)
    return {name: 100 * count / draws for name, count in covered.items()}


# --- surfaces ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rotation", [(0.0, 0.0, 0.0), OBLIQUE_DEG])
@pytest.mark.parametrize("spacing", [(0.7, 1.1, 2.5), (1.5, 1.6, 1.7)])
def test_area_of_a_ball(rotation: tuple[float, ...], spacing: tuple[float, float, float]) -> None:
    ball = ellipsoid((40, 40, 40), spacing, rotation_deg=rotation)
    cells = cells_of(ball.grid.shape, ball.grid.index_to_world_mm, 2.0)
    flat = np.flatnonzero(ball.voxels.ravel("F"))
    cell = cell_of_voxels(flat, ball.grid.shape, cells)
    counts = np.bincount(cell, minlength=cells.size).reshape(cells.shape)
    assert counts.sum() * cells.volume_mm3 / cells.voxels / 1000 == pytest.approx(ball.volume_ml, rel=1e-9)
    area = surface_mm2(moments(counts), cells).sum()
    assert area == pytest.approx(4 * math.pi * 40**2, rel=0.025)


def test_area_of_a_cut_through_a_ball_is_a_disc() -> None:
    ball = ellipsoid((40, 40, 40), (1.1, 1.2, 1.9), rotation_deg=OBLIQUE_DEG)
    cells = cells_of(ball.grid.shape, ball.grid.index_to_world_mm, 2.0)
    flat = np.flatnonzero(ball.voxels.ravel("F"))
    index = np.stack(np.unravel_index(flat, ball.grid.shape, order="F"), axis=-1)
    centre = ball.grid.world_mm((np.array(ball.grid.shape) - 1) / 2)
    front = (ball.grid.world_mm(index) - centre) @ np.array([0.6, 0.64, 0.48]) > 12.0
    cell = cell_of_voxels(flat, ball.grid.shape, cells)
    back, ahead = (
        np.bincount(cell[side], minlength=cells.size).reshape(cells.shape) for side in (~front, front)
    )
    area = interface_mm2(moments(back), moments(back + ahead), back + ahead, cells).sum()
    assert area == pytest.approx(math.pi * (40**2 - 12**2), rel=0.015)


# --- errors of volumes ------------------------------------------------------------------------


def test_what_is_conserved_is_conserved_in_its_errors() -> None:
    liver = egg().liver()
    surfaces = surfaces_of(liver)
    assert surfaces is not None
    spread = surfaces.plan_errors(PLAN, errors=BOUNDARIES_ONLY)
    parts = ("resected", "ablated", "remnant", "remnant_tumour", "remnant_nonfunctional")
    sum_of_parts = sum(spread.covariance(a, b) for a in parts for b in parts)
    assert sum_of_parts == pytest.approx(spread.covariance("total", "total"), rel=1e-6)
    eigenvalues = np.linalg.eigvalsh(spread.covariance_ml2)
    assert eigenvalues.min() > -1e-6 * eigenvalues.max()


def test_an_error_of_the_outer_surface_moves_liver_and_remnant_together() -> None:
    liver = egg(lesions=()).liver()
    outer_only = replace(BOUNDARIES_ONLY, cut_mm=0.0, lesion_surface_mm=0.0, shared_percent=100.0)
    found = intervals_of(liver, PLAN, errors=outer_only)
    flr, share = found["flr_ml"], found["flr_percent_of_measured"]
    relative_flr = (flr.high - flr.low) / (flr.high + flr.low)
    relative_share = (share.high - share.low) / (share.high + share.low)
    assert relative_flr > 0.02
    assert relative_share < relative_flr / 3


def test_an_error_of_the_cut_leaves_the_liver_alone() -> None:
    liver = egg(lesions=()).liver()
    cut_only = replace(BOUNDARIES_ONLY, outer_surface_mm=0.0, lesion_surface_mm=0.0)
    found = intervals_of(liver, PLAN, errors=cut_only)
    assert found["total_ml"].high - found["total_ml"].low == pytest.approx(0.0, abs=1e-6)
    assert found["flr_ml"].high - found["flr_ml"].low > 20.0


def test_a_flat_cut_that_moves_as_one_exchanges_area_times_distance() -> None:
    block = couinaud_block(spacing_mm=(2.0, 2.1, 2.3))
    liver = assemble(block.grid, parts=block.segments, part_names=tuple("12345678"))
    surfaces = surfaces_of(liver)
    assert surfaces is not None
    rigid = replace(BOUNDARIES_ONLY, outer_surface_mm=0.0, cut_mm=1.0, shared_percent=100.0)
    sd_ml = surfaces.plan_errors(parse_plan("H67"), errors=rigid).sd_ml("remnant")
    # The column of 6 and 7 lies against that of 5 and 8 on 16 of its 20 voxels of depth and all 24 of height.
    assert sd_ml == pytest.approx(16 * 2.1 * 24 * 2.3 / 1000, rel=0.1)


def test_an_automatic_map_nobody_reviewed_is_less_sure() -> None:
    liver = egg().liver()
    reviewed, automatic = intervals_of(liver, PLAN), intervals_of(liver, PLAN, reviewed=False)
    for name, interval in reviewed.items():
        wider = automatic[name].high - automatic[name].low
        assert wider == pytest.approx(ERRORS.unreviewed_ratio * (interval.high - interval.low), rel=0.05)


def test_thick_slices_are_less_sure() -> None:
    assert [slice_loss_percent(mm) for mm in (0.5, 2.5, 5.0, 10.0, 20.0)] == [0.0, 0.7, 0.9, 4.1, 4.1]
    liver = egg().liver()
    thin, thick = intervals_of(liver, PLAN), intervals_of(liver, PLAN, errors=ERRORS)
    assert thick["flr_ml"].high > thin["flr_ml"].high
    assert thick["total_ml"].high > thin["total_ml"].high


def test_uneven_slices_have_no_surfaces_to_move() -> None:
    grid = Grid((8, 8, 4), np.diag([10.0, 10.0, 10.0, 1.0]), np.array([5.0, 5.0, 10.0, 5.0]))
    assert surfaces_of(assemble(grid, liver=np.ones((8, 8, 4), dtype=bool))) is None


def test_parts_have_errors_too() -> None:
    surfaces = surfaces_of(egg(lesions=()).liver())
    assert surfaces is not None
    parts = surfaces.part_sds_ml(errors=BOUNDARIES_ONLY)
    spread = surfaces.plan_errors(PLAN, errors=BOUNDARIES_ONLY)
    assert parts["left_hemiliver"] == pytest.approx(spread.sd_ml("remnant"), rel=0.02)
    assert parts["right_hemiliver"] == pytest.approx(spread.sd_ml("resected"), rel=0.02)
    whole = surfaces_of(assemble(egg().grid, liver=egg().organ_mm < 0))
    assert whole is not None
    assert whole.part_sds_ml(errors=BOUNDARIES_ONLY)["liver"] == pytest.approx(
        spread.sd_ml("total"), rel=0.02
    )


def test_a_drawn_remnant_and_nonfunctional_tissue_are_bounded_as_well() -> None:
    shape = egg()
    liver = shape.liver()
    tissues = np.array(liver.tissues)
    tissues[tissues == Tissue.TUMOUR] = Tissue.NONFUNCTIONAL
    drawn = replace(liver, tissues=tissues, drawn={"flr": np.asarray(liver.parts == 1)})
    surfaces = surfaces_of(drawn)
    assert surfaces is not None
    spread = surfaces.plan_errors(Plan("drawn", "flr", (DrawnRemnant(),)), errors=BOUNDARIES_ONLY)
    same = surfaces_of(liver)
    assert same is not None
    by_part = same.plan_errors(PLAN, errors=BOUNDARIES_ONLY)
    assert spread.sd_ml("remnant") == pytest.approx(by_part.sd_ml("remnant"), rel=1e-6)
    assert spread.sd_ml("nonfunctional") == pytest.approx(by_part.sd_ml("tumour"), rel=1e-6)
    assert spread.sd_ml("tumour") == 0.0


# --- from numbers alone -----------------------------------------------------------------------


def test_numbers_alone_give_the_worked_example() -> None:
    spread = assumed_errors(total_ml=1500, remnant_ml=400)
    found = all_intervals(
        {"total": 1500, "functional": 1500, "remnant": 400},
        spread,
        Body(standard_liver_volume_ml=1500.0),
        limits={"flr_percent_of_measured": [25, 30], "flr_percent_of_standard": [25]},
    )
    measured, standard = found["flr_percent_of_measured"], found["flr_percent_of_standard"]
    assert (round(measured.low, 1), round(measured.high, 1)) == (24.0, 29.4)
    assert {k: round(100 * p) for k, p in measured.probability_below.items()} == {"25": 11, "30": 99}
    assert (round(standard.low, 1), round(standard.high, 1)) == (18.3, 47.2)
    assert round(100 * standard.probability_below["25"]) == 38
    alone = found["flr_percent_of_standard_measurement_only"]
    assert standard.low < alone.low < alone.high < standard.high
    assert alone.high - alone.low == pytest.approx(2 * 1.96 * 26.667 * 0.05, rel=0.01)


def test_a_correlated_ratio_is_surer() -> None:
    def width(covariance: float) -> float:
        found = ratio_interval(
            400, 1500, numerator_sd=20, denominator_sd=45, covariance=covariance, scale=100
        )
        return found.high - found.low

    assert width(800) < width(0) < width(-800)
    # Numerator and denominator off by the same factor: the ratio is known exactly.
    exact = ratio_interval(400, 1500, numerator_sd=20, denominator_sd=75, covariance=1500, limits=[0.2, 0.3])
    assert exact.high - exact.low == pytest.approx(0.0, abs=1e-6)
    assert exact.probability_below == {"0.2": pytest.approx(0.0), "0.3": pytest.approx(1.0)}
    with pytest.raises(CriterionError, match="covariance"):
        width(901)


def test_a_volume_is_never_below_zero() -> None:
    assert volume_interval(3.0, sd_ml=10.0).low == 0.0
    with pytest.raises(CriterionError):
        volume_interval(-1.0, sd_ml=1.0)
    with pytest.raises(CriterionError):
        volume_interval(1.0, sd_ml=math.nan)


def test_a_denominator_that_is_hardly_known_gives_no_interval() -> None:
    errors = Errors(standard_percent=60.0)
    found = all_intervals(
        {"functional": 1500, "remnant": 400},
        assumed_errors(total_ml=1500, remnant_ml=400, errors=errors),
        Body(standard_liver_volume_ml=1500.0),
        limits={},
        errors=errors,
    )
    assert "flr_percent_of_standard" not in found
    assert "flr_percent_of_measured" in found


@pytest.mark.parametrize(
    "wrong",
    [
        {"cut_mm": -1.0},
        {"cut_mm": math.nan},
        {"cut_mm": "3"},
        {"cut_mm": True},
        {"shared_percent": 101.0},
        {"cut_mm": 20.1},
        {"outer_surface_mm": 700.0},
        {"lesion_surface_mm": 2000},
        {"flr_percent": 100.1},
        {"unreviewed_ratio": 11.0},
        {"slice_part_percent_per_mm": 11.0},
        {"slice_whole_ratio": 100.0},
        {"correlation_length_mm": 301.0},
        {"correlation_length_mm": 0.0},
        {"source": " "},
    ],
)
def test_a_table_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(CriterionError, match=next(iter(wrong)).split("_")[0]):
        Errors(**wrong)  # type: ignore[arg-type]  # that is the test


def test_large_errors_that_can_be_are_accepted() -> None:
    assert Errors(cut_mm=20, standard_percent=100, unreviewed_ratio=10, correlation_length_mm=300, source="x")


# --- two readers ------------------------------------------------------------------------------


def test_two_readers_replace_the_assumed_errors() -> None:
    shape = egg((2.2, 2.3, 2.6))
    habits = replace(HABITS, organ_mm=1.5, cut_mm=5.0, lesion_mm=1.0, shared=0.0)
    readers = Readers(shape, habits, seed=4)
    found = [readers_errors(readers.read(), readers.read(), PLAN) for _ in range(6)]

    def mean(name: str) -> float:
        return math.sqrt(sum(getattr(errors, name) ** 2 for errors in found) / len(found))

    assert mean("outer_surface_mm") == pytest.approx(1.5, rel=0.2)
    assert mean("cut_mm") == pytest.approx(5.0, rel=0.3)
    assert mean("lesion_surface_mm") == pytest.approx(1.0, rel=0.4)
    assert found[0].unreviewed_ratio == 1.0
    assert found[0].source == "two readers of this case"
    assert found[0].standard_percent == ERRORS.standard_percent


def test_one_reading_twice_and_what_neither_drew_stays_assumed() -> None:
    shape = egg((2.2, 2.3, 2.6), lesions=())
    liver = shape.liver()
    twice = readers_errors(liver, liver, PLAN)
    assert (twice.outer_surface_mm, twice.cut_mm) == (ERRORS.outer_surface_mm, ERRORS.cut_mm)
    other = Readers(shape, replace(HABITS, organ_mm=1e-6), seed=3).read()
    errors = readers_errors(liver, other, PLAN)
    assert errors.cut_mm != ERRORS.cut_mm
    assert errors.lesion_surface_mm == ERRORS.lesion_surface_mm


def test_the_second_reader_may_have_another_box_but_not_another_scan() -> None:
    liver = egg((2.2, 2.3, 2.6)).liver()
    grid = liver.grid.crop(
        (2, 3, 1), (liver.grid.shape[0] - 3, liver.grid.shape[1] - 4, liver.grid.shape[2] - 2)
    )
    box = tuple(slice(a, a + n) for a, n in zip((2, 3, 1), grid.shape, strict=True))
    cropped = replace(liver, grid=grid, parts=liver.parts[box], tissues=liver.tissues[box])
    for pair in ((liver, cropped), (cropped, liver)):
        assert readers_errors(*pair, PLAN).outer_surface_mm == ERRORS.outer_surface_mm  # one reading
    with pytest.raises(GeometryError, match="share one even lattice"):
        readers_errors(liver, egg((2.0, 2.3, 2.6)).liver(), PLAN)


def test_a_second_reader_on_the_command_line(
    sample_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import nibabel

    from flr.cli import main

    first = sample_data / "baseline" / "segments.nii.gz"
    image = nibabel.load(first)
    voxels = np.roll(np.asarray(image.dataobj), 1, axis=0)
    nibabel.save(nibabel.Nifti1Image(voxels, image.affine, image.header), tmp_path / "second.nii.gz")
    common = (
        "--tumours",
        "none",
        "--plan",
        "H5678",
        "--json",
        "--second-reader",
        str(tmp_path / "second.nii.gz"),
    )
    for given in ((str(first),), ("--segments", str(first))):
        assert main(["assess", *given, *common]) == 0
        errors = json.loads(capsys.readouterr().out)["assessments"][0]["provenance"]["errors"]
        assert errors["source"] == "two readers of this case"
        # Everything one voxel of 1.5 mm to the side: at most that, less where the surface runs along.
        assert 0.3 < errors["outer_surface_mm"] < 1.5 / math.sqrt(2)
        assert errors["lesion_surface_mm"] == ERRORS.lesion_surface_mm
    case = sample_data / "case.toml"
    assert main(["assess", "--case", str(case), "--plan", "H5678", *common[-2:]]) == 2
    assert "first reader's file" in capsys.readouterr().err


def test_a_site_sets_its_own_table(
    sample_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from flr.cli import main

    table = tmp_path / "errors.toml"
    numbers = ("calc", "--total", "1500", "--flr", "400", "--json", "--errors", str(table))
    table.write_text('source = "audit 2026"\nflr_percent = 2\ntotal_percent = 1.5\n', encoding="utf-8")
    assert main([*numbers]) == 0
    found = json.loads(capsys.readouterr().out)["assessments"][0]
    assert found["provenance"]["errors"]["source"] == "audit 2026"
    interval = found["intervals"]["flr_percent_of_measured"]
    sd_percent = 26.667 * 0.7333 * math.sqrt(2) * 0.02
    assert interval["high"] - interval["low"] == pytest.approx(2 * 1.96 * sd_percent, rel=1e-3)
    for text, code, message in (
        ("flr_percent = 2\n", 3, "who set it"),
        ('source = "x"\nflr_procent = 2\n', 3, "did you mean 'flr_percent'"),
        ('source = "x"\ncut_mm = -1\n', 3, "cut_mm"),
        ('source = "x"\ncut_mm = 2000\n', 3, "errors.toml: cut_mm is 2000; expected 0 to 20"),
        ("= nonsense", 3, "is not TOML"),
        ("a = " + "[" * 50_000, 3, "is not TOML"),
        ("#" * 2_000_000, 3, "larger than"),
    ):
        table.write_text(text, encoding="utf-8")
        assert main([*numbers]) == code
        assert message in capsys.readouterr().err
    table.unlink()
    assert main([*numbers]) == 3


# --- simulated readers ------------------------------------------------------------------------


@pytest.mark.slow
def test_the_spread_of_simulated_readers_is_the_one_that_is_computed() -> None:
    shape = egg((2.2, 2.3, 2.6))
    readers = Readers(shape, HABITS, seed=1)
    read = [volumes(readers.read(), PLAN) for _ in range(200)]
    surfaces = surfaces_of(shape.liver())
    assert surfaces is not None
    spread = surfaces.plan_errors(PLAN, errors=BOUNDARIES_ONLY)
    # Three standard errors of a standard deviation from 200 draws are 15 %.
    for name in ("total", "functional", "tumour", "remnant", "resected"):
        drawn = np.std([getattr(table, f"{name}_ml") for table in read], ddof=1)
        assert drawn == pytest.approx(spread.sd_ml(name), rel=0.2), name
    together = np.cov([t.remnant_ml for t in read], [t.functional_ml for t in read])[0, 1]
    expected = spread.covariance("remnant", "functional")
    error = spread.sd_ml("remnant") * spread.sd_ml("functional") / math.sqrt(len(read))
    assert together == pytest.approx(expected, abs=3.5 * error)
    assert expected > 3.5 * error  # or independence would pass as well


def test_readers_who_are_worse_than_assumed_are_noticed() -> None:
    """The check above can fail: half again as much error is far outside its tolerance."""
    shape = egg((2.2, 2.3, 2.6))
    readers = Readers(shape, replace(HABITS, cut_mm=1.5 * HABITS.cut_mm), seed=20260104)
    drawn = np.std([volumes(readers.read(), PLAN).remnant_ml for _ in range(60)], ddof=1)
    surfaces = surfaces_of(shape.liver())
    assert surfaces is not None
    assert drawn > 1.2 * surfaces.plan_errors(PLAN, errors=BOUNDARIES_ONLY).sd_ml("remnant")


def test_an_automatic_map_taken_for_a_reviewed_one_is_noticed() -> None:
    """The wider prior is needed: with the narrower one far too many intervals miss the truth."""
    shape = egg((2.6, 2.7, 3.0), lesions=())
    found = coverage(shape, draws=40, seed=5, reviewed=False, believed=True)
    assert found["flr_percent_of_measured"] < 85.0


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("reviewed", [True, False], ids=["reviewed", "automatic"])
@pytest.mark.parametrize("left_percent", [22.0, 35.0])
def test_coverage_on_phantoms(left_percent: float, reviewed: bool) -> None:
    found = coverage(egg((1.9, 2.0, 2.3), left_percent=left_percent), draws=1000, seed=7, reviewed=reviewed)
    print(f"phantom {left_percent:g} %, reviewed {reviewed}, 1000 draws: {found}", flush=True)
    assert all(92.0 <= percent <= 98.0 for percent in found.values()), found


REAL_MAPS = ("LiTS-0", "LiTS-123", "LiTS-58", "LiTS-73", "LiTS-79", "LiTS-81")
REAL_DRAWS = 170


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("reviewed", [True, False], ids=["reviewed", "automatic"])
def test_coverage_on_real_couinaud_maps(real_data: Path, reviewed: bool) -> None:
    """Six livers, 170 readers each, on every fourth voxel of the slices to be quick."""
    found = []
    for seed, name in enumerate(REAL_MAPS):
        liver = read_liver(segments=real_data / "couinaud_lits" / f"{name}_couinaud.nii.gz", tumours="none")
        stays = np.isin(liver.parts, [liver.part_index(part) for part in "1234"])
        shape = shape_of_map(liver.parts, stays, liver.grid)
        found.append(coverage(shape, REAL_DRAWS, seed, reviewed=reviewed))
        print(f"{name}, reviewed {reviewed}, {REAL_DRAWS} draws: {found[-1]}", flush=True)
    pooled = {name: float(np.mean([of_one[name] for of_one in found])) for name in found[0]}
    print(f"pooled, reviewed {reviewed}, {REAL_DRAWS * len(REAL_MAPS)} draws: {pooled}")
    assert REAL_DRAWS * len(REAL_MAPS) >= 1000
    assert all(92.0 <= percent <= 98.0 for percent in pooled.values()), (pooled, found)
