"""Function images: counts are conserved, shares are exact on phantoms, local values know where they end."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import numpy as np
import pytest
from growing import H5678, PATIENT, case_of, day, liver_of, scan_at
from numpy.typing import NDArray
from phantoms import OBLIQUE_DEG, oblique_grid

from flr.assessment import assess_numbers
from flr.case import FunctionTest
from flr.criteria import FLAGS
from flr.errors import CriterionError, GeometryError
from flr.formulas.function import icg_clearance_of_remnant_per_min, icg_clearance_per_min
from flr.formulas.uptake import (
    functional_remnant_asenbaum_2018_ml_per_kg,
    hepatocellular_uptake_index_yamada_2011_ml,
    relative_liver_enhancement_percent,
)
from flr.function import FunctionImage, counts_on, function_share, region_values, values_on
from flr.geometry import Grid
from flr.growth import follow_up
from flr.patient import Patient

IMAGE_FILE = PurePath("function.nii.gz")
FINE = oblique_grid((24, 20, 18), (2.1, 2.7, 3.3), rotation_deg=OBLIQUE_DEG)


def counts(grid: Grid, seed: int = 3) -> FunctionImage:
    random = np.random.default_rng(seed)
    return FunctionImage(random.poisson(9.0, grid.shape).astype(np.float32), grid, "counts", "spect")


def covering(spacing_mm: tuple[float, float, float], **facts: Any) -> Grid:
    """A grid around FINE, coarser or finer, turned another way."""
    return oblique_grid((9, 8, 9), spacing_mm, rotation_deg=(3.0, 5.0, -8.0), **facts)


@pytest.mark.parametrize("orientation", ["LPS", "RAS", "SRA"])
@pytest.mark.parametrize("spacing", [(6.8, 6.9, 7.1), (2.0, 2.2, 2.4), (0.9, 8.0, 3.0)])
def test_counts_are_conserved(spacing: tuple[float, float, float], orientation: str) -> None:
    image = counts(covering(spacing, orientation=orientation))
    total = float(image.values.sum(dtype=np.float64))
    for target in (FINE, oblique_grid((60, 60, 60), (2.0, 2.1, 2.2))):
        placed = counts_on(image, target)
        outside = placed.outside_percent / 100 * total
        assert placed.values.sum() + outside == pytest.approx(total, rel=1e-9)
        assert placed.resampled
    # The second grid holds the whole image: no count is lost.
    assert placed.outside_percent == pytest.approx(0, abs=1e-9)


def test_a_grid_of_the_same_voxels_changes_nothing() -> None:
    image = counts(FINE)
    placed = counts_on(image, FINE)
    assert not placed.resampled
    assert np.array_equal(placed.values, image.values)


def test_whole_voxels_are_split_exactly() -> None:
    coarse = Grid((3, 4, 5), np.diag([4.0, 6.0, 8.0, 1.0]))
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = (-1.0, -1.5, -2.0)  # the first fine voxel begins where the first coarse one does
    fine = Grid((6, 8, 10), affine)
    image = counts(coarse)
    placed = counts_on(image, fine)
    expected = np.repeat(np.repeat(np.repeat(image.values, 2, 0), 2, 1), 2, 2) / 8.0
    np.testing.assert_allclose(placed.values, expected, rtol=1e-6)
    back = counts_on(FunctionImage(expected.astype(np.float32), fine, "counts"), coarse)
    np.testing.assert_allclose(back.values, image.values, rtol=1e-5)


def halves(grid: Grid) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """A box in the middle and its left part, by world position."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    x, y, z = np.moveaxis(grid.world_mm(index), -1, 0)
    box = (abs(x - 3) < 16) & (abs(y + 5) < 16) & (abs(z - 11) < 18)
    return box, box & (x < 3)


@pytest.mark.parametrize("spacing", [(4.4, 4.4, 4.4), (2.1, 2.7, 3.3)])
def test_share_follows_the_counts(spacing: tuple[float, float, float]) -> None:
    """Left voxels hold twice the counts per mL: with half of the volume, two thirds of the function."""
    grid = oblique_grid((20, 20, 20), spacing, rotation_deg=(0.0, 10.0, 0.0))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    x = grid.world_mm(index)[..., 0]
    density = np.where(x < 3, 2.0, 1.0)
    image = FunctionImage((density * grid.voxel_volume_ml * 100).astype(np.float32), grid, "counts")
    organ, remnant = halves(FINE)
    organ_ml = float(organ.sum()) * FINE.voxel_volume_ml
    remnant_ml = float(remnant.sum()) * FINE.voxel_volume_ml
    share = function_share(
        image, FINE, liver=organ, remnant=remnant, functional_ml=organ_ml, flr_ml=remnant_ml
    )
    expected = 100 * 2 * remnant_ml / (organ_ml + remnant_ml)
    assert share.share_percent == pytest.approx(expected, abs=1.5)
    assert share.volume_share_percent == pytest.approx(100 * remnant_ml / organ_ml)
    assert share.function_weighted_flr_ml == pytest.approx(organ_ml * share.share_percent / 100)
    assert share.function_weighted_flr_ml > remnant_ml


def test_what_is_not_counts_of_this_liver_is_refused() -> None:
    organ, remnant = halves(FINE)
    volumes: dict[str, float] = {"functional_ml": 10.0, "flr_ml": 5.0}
    far = FunctionImage(
        np.ones((4, 4, 4), np.float32), Grid((4, 4, 4), np.diag([3, 3, 3, 1]) + _shift(900)), "counts"
    )
    with pytest.raises(CriterionError, match="no counts in this liver"):
        function_share(far, FINE, liver=organ, remnant=remnant, **volumes)
    with pytest.raises(CriterionError, match="outside the liver"):
        function_share(counts(FINE), FINE, liver=remnant, remnant=organ, **volumes)
    with pytest.raises(CriterionError, match="holds no counts"):
        counts_on(FunctionImage(np.zeros(FINE.shape, np.float32), FINE, "counts"), FINE)
    with pytest.raises(CriterionError, match="negative"):
        FunctionImage(np.full(FINE.shape, -1.0, np.float32), FINE, "counts")
    with pytest.raises(CriterionError, match="kind"):
        FunctionImage(np.ones(FINE.shape, np.float32), FINE, "count")  # type: ignore[arg-type]  # a slip
    with pytest.raises(CriterionError, match="not conserve"):
        values_on(counts(FINE), FINE)
    with pytest.raises(CriterionError, match="not counts"):
        counts_on(FunctionImage(np.ones(FINE.shape, np.float32), FINE, "pdff"), FINE)
    with pytest.raises(GeometryError, match="shape"):
        function_share(counts(FINE), FINE, liver=organ[1:], remnant=remnant[1:], **volumes)
    uneven = Grid(FINE.shape, FINE.index_to_world_mm, np.ones(FINE.shape[2]))
    with pytest.raises(GeometryError, match="uneven"):
        FunctionImage(np.ones(FINE.shape, np.float32), uneven, "pdff")


def _shift(mm: float) -> NDArray[np.float64]:
    shift = np.zeros((4, 4))
    shift[:3, 3] = mm
    return shift


def test_local_values_are_interpolated_and_end_with_the_image() -> None:
    coarse = covering((7.0, 7.5, 8.0))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in coarse.shape), indexing="ij"), axis=-1)
    ramp = coarse.world_mm(index) @ np.array([0.3, -0.2, 0.1]) + 40.0
    image = FunctionImage(ramp.astype(np.float32), coarse, "pdff", "fat")
    placed = values_on(image, FINE)
    inside = np.stack(np.meshgrid(*(np.arange(n) for n in FINE.shape), indexing="ij"), axis=-1)
    expected = FINE.world_mm(inside) @ np.array([0.3, -0.2, 0.1]) + 40.0
    known = np.isfinite(placed.values)
    assert known.any()
    np.testing.assert_allclose(placed.values[known], expected[known], atol=1e-4)  # a ramp is kept exactly
    organ, remnant = halves(FINE)
    found = region_values(image, FINE, remnant)
    assert found.mean == pytest.approx(expected[remnant].mean(), abs=1e-4)
    assert found.unit == "%"
    assert found.sd == pytest.approx(expected[remnant].std(), abs=1e-4)
    short = FunctionImage(ramp[:5].astype(np.float32), coarse.crop((0, 0, 0), (5, 8, 9)), "pdff", "fat")
    with pytest.raises(CriterionError, match="covers"):
        region_values(short, FINE, organ)
    with pytest.raises(GeometryError, match="no voxel"):
        region_values(image, FINE, np.zeros(FINE.shape, dtype=bool))


# --- formulas and flags -----------------------------------------------------------------------


def test_icg_of_10_percent_with_35_percent_lies_between_both_cut_offs_and_says_so() -> None:
    value = icg_clearance_of_remnant_per_min(icg_clearance_per_min(10), 35)
    assert value == pytest.approx(0.0537, abs=5e-5)
    assert 0.05 < value < 0.075
    patient = Patient(weight_kg=70, height_cm=170, condition="normal", icg_r15_percent=10)
    result = assess_numbers(total_ml=1500, flr_ml=525, patient=patient, tumour_ml=0, remnant_tumour_ml=0)
    assert result.measures.icg_clearance_of_remnant_per_min == pytest.approx(value)
    verdicts = {finding.criterion.key: finding for finding in result.findings}
    assert verdicts["icg_clearance_nagino_2006"].verdict == "meets"
    assert verdicts["icg_clearance_bile_duct_resection"].verdict == "falls_short"
    assert "icg_clearance_contested" in result.notes
    assert "0.05" in verdicts["icg_clearance_nagino_2006"].reason
    assert "0.075" in verdicts["icg_clearance_bile_duct_resection"].reason


@pytest.mark.parametrize("flr_ml", [300, 350, 400, 460, 700])
@pytest.mark.parametrize(
    "tests",
    [
        {"hbs_percent_per_min_per_m2": 9.0},
        {"limax_ug_per_kg_per_h": 900.0},
        {"icg_r15_percent": 1.0},
        {"hbs_percent_per_min_per_m2": 1.0},
        {"limax_ug_per_kg_per_h": 60.0},
        {"icg_r15_percent": 45.0},
    ],
)
def test_function_never_upgrades_a_flag(flr_ml: float, tests: dict[str, float]) -> None:
    def flag(**facts: float) -> str:
        patient = Patient(weight_kg=70, height_cm=170, condition="normal", **facts)  # type: ignore[arg-type]  # floats
        return assess_numbers(
            total_ml=1500, flr_ml=flr_ml, patient=patient, tumour_ml=0, remnant_tumour_ml=0
        ).flag

    assert [str(f) for f in FLAGS].index(flag(**tests)) <= [str(f) for f in FLAGS].index(flag())


def test_gadoxetic_formulas() -> None:
    assert hepatocellular_uptake_index_yamada_2011_ml(1000, liver_signal=150, spleen_signal=100) == 500
    assert relative_liver_enhancement_percent(100, 180) == 80
    assert functional_remnant_asenbaum_2018_ml_per_kg(
        400, enhancement_percent=80, weight_kg=64
    ) == pytest.approx(5)
    for wrong in (
        lambda: hepatocellular_uptake_index_yamada_2011_ml(1000, liver_signal=150, spleen_signal=0),
        lambda: relative_liver_enhancement_percent(0, 180),
        lambda: functional_remnant_asenbaum_2018_ml_per_kg(400, enhancement_percent=-101, weight_kg=64),
    ):
        with pytest.raises(CriterionError):
            wrong()


def test_counts_and_uptake_of_a_case_become_the_uptake_of_the_remnant() -> None:
    """Even counts: the share of function is that of volume, and HBS follows from it."""
    after = liver_of(16, 31)
    spect = oblique_grid((40, 40, 40), (6.0, 6.0, 6.0))
    image = FunctionImage(np.full(spect.shape, 50.0, np.float32), spect, "counts", "spect")
    test = FunctionTest(date=day(27), uptake_percent_per_min=12.0, image=IMAGE_FILE, kind="counts")
    fat = FunctionTest(date=day(29), image=IMAGE_FILE, kind="pdff")
    case = case_of(scan_at(-4), scan_at(28, after="pve"), tests=(test, fat))
    percent = FunctionImage(np.full(spect.shape, 6.5, np.float32), spect, "pdff", "fat")
    result = follow_up(case, [liver_of(11, 37), after], H5678, images={0: image, 1: percent})
    assert result.scans[0].function == ()
    found, local = result.last.function
    assert found.share is not None
    assert found.share.share_percent == pytest.approx(100 * 16 / 47, abs=0.2)
    bsa = (171 * 72 / 3600) ** 0.5
    assert found.hbs_percent_per_min_per_m2 == pytest.approx(12 * found.share.share_percent / 100 / bsa)
    assert result.last.assessment.patient.hbs_percent_per_min_per_m2 == found.hbs_percent_per_min_per_m2
    assert result.flag == "borderline"  # 2.2 %/min/m² is below 2.7
    assert "function_below_cutoff" in result.notes
    assert "function_image_not_registered_here" in result.notes
    assert local.in_remnant is not None
    assert local.in_remnant.mean == pytest.approx(6.5)
    assert PATIENT.hbs_percent_per_min_per_m2 is None
