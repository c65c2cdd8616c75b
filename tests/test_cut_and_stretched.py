"""A liver that was cut in steps, or stretched one way, is not whole; one that is only odd stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import couinaud_egg

import flr
from flr.assessment import examine
from flr.geometry import Grid
from flr.liver import Liver, Source, assemble
from flr.quality import CHECKS, QualityFinding

SEGMENTS, GRID = couinaud_egg((3.0, 3.0, 3.0), margin_mm=12.0)
AT = np.indices(SEGMENTS.shape)


def liver_of(segments: NDArray[np.uint8], affine: NDArray[np.float64] = GRID.index_to_world_mm) -> Liver:
    return assemble(
        Grid(segments.shape, affine),
        parts=np.asfortranarray(segments),
        part_names=tuple("12345678"),
        tumours_declared_none=True,
        source=Source(reviewed=True),
    )


def found(liver: Liver, check: str, *, prior: tuple[str, ...] = ()) -> list[QualityFinding]:
    person = flr.Patient(weight_kg=70, height_cm=170, condition="normal", prior=prior)
    return [f for f in examine(liver, flr.measure(liver), patient=person) if f.check == check]


def in_steps(axis: int, *, last: bool) -> NDArray[np.uint8]:
    """One half without its outermost quarter, the other half whole: no end of the liver is flat."""
    filled = np.flatnonzero((SEGMENTS > 0).any(axis=tuple(a for a in range(3) if a != axis)))
    quarter = (filled[-1] - filled[0]) // 4
    lost = AT[axis] > filled[-1] - quarter if last else AT[axis] < filled[0] + quarter
    other = (axis + 1) % 3
    half = AT[other] > SEGMENTS.shape[other] // 2
    return np.where(lost & half, 0, SEGMENTS).astype(np.uint8)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("last", [False, True])
def test_a_step_is_a_cut(axis: int, last: bool) -> None:
    (finding,) = found(liver_of(in_steps(axis, last=last)), "liver_cut_flat")
    assert finding.severity == "error"
    assert "a plane face of" in finding.message
    assert found(liver_of(SEGMENTS), "liver_cut_flat") == []


def test_an_operation_explains_a_step_towards_right_or_left_only() -> None:
    sideways, upwards = (
        found(liver_of(in_steps(a, last=True)), "liver_cut_flat", prior=("hepatectomy",)) for a in (0, 2)
    )
    assert [f.severity for f in (*sideways, *upwards)] == ["warning", "error"]


def test_slices_that_are_stored_several_times_hide_no_step() -> None:
    cut = np.repeat(in_steps(0, last=True), 2, axis=0)
    affine = GRID.index_to_world_mm.copy()
    affine[:3, 0] /= 2.0
    (finding,) = found(liver_of(cut, affine), "liver_cut_flat")
    assert finding.severity == "error"
    true = np.repeat(SEGMENTS, 2, axis=0)
    assert found(liver_of(true, affine), "liver_cut_flat") == []


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("times", [1 / 3, 1 / 2, 2, 3])
def test_a_liver_that_is_stretched_one_way_has_another_scale(axis: int, times: float) -> None:
    affine = GRID.index_to_world_mm.copy()
    affine[:3, axis] *= times
    (finding,) = found(liver_of(SEGMENTS, affine), "liver_stretched")
    assert finding.severity == "error"
    assert CHECKS["liver_stretched"].blocks_grading
    (warned,) = found(liver_of(SEGMENTS, affine), "liver_stretched", prior=("hepatectomy",))
    assert warned.severity == "warning"


def test_spread_is_that_of_an_ellipsoid_however_its_grid_lies() -> None:
    """Of a solid ellipsoid the variance along an axis is the semi-axis squared, over five."""
    turn = np.eye(4)
    c, s = np.cos(0.5), np.sin(0.5)
    turn[:2, :2] = [[c, -s], [s, c]]
    index = np.moveaxis(np.indices((80, 80, 80)), 0, -1)
    affine = turn @ np.diag([3.0, 3.0, 3.0, 1.0])
    at = index @ affine[:3, :3].T
    at -= at.reshape(-1, 3).mean(axis=0)
    ellipsoid = ((at / (90.0, 70.0, 60.0)) ** 2).sum(axis=-1) <= 1.0
    spread = liver_of(ellipsoid.astype(np.uint8), affine).spread_mm
    assert spread == pytest.approx([semi / 5.0**0.5 for semi in (90.0, 70.0, 60.0)], rel=0.01)


def test_a_size_that_is_notable_and_a_shape_that_is_unusual_are_an_error_together() -> None:
    """The lie: slices stored twice, in a liver whose shape alone would pass; a large liver may be large."""
    large = GRID.index_to_world_mm * [1.15, 1.15, 1.15, 1.0]
    long = GRID.index_to_world_mm * [1.0, 1.0, 1.5, 1.0]
    long[:3, :3] *= (1.15**3 / 1.5) ** (1 / 3)
    liver, stretched = (liver_of(SEGMENTS, affine) for affine in (large, long))
    assert flr.measure(liver).total_ml == pytest.approx(flr.measure(stretched).total_ml)
    assert found(stretched, "liver_stretched") == []
    small = flr.Patient(weight_kg=60, height_cm=165, condition="normal")
    severities = []
    for one in (liver, stretched):
        (result,) = flr.assess_plans(one, ["H67"], small)
        severities += [f.severity for f in result.quality if f.check == "liver_size_against_body"]
    assert severities == ["warning", "error"]
