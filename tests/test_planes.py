"""Exact plane fractions: against rational arithmetic, analytic caps and voxel counts."""

from __future__ import annotations

import itertools
import math
import time
from fractions import Fraction

import numpy as np
import pytest
from phantoms import OBLIQUE_DEG, ellipsoid, ellipsoid_ml
from planning import block_liver, open_liver

from flr.errors import PlanError
from flr.kernels import runs as runs_module
from flr.kernels.planes import fraction_in_front, run_fractions, voxels_in_front
from flr.kernels.runs import shared_runs
from flr.liver import Fate, measure
from flr.plans import Plane, PlaneSlider, fates, parse_plan, volumes


def exact_fraction(extents: np.ndarray, distance: float) -> float:
    """Inclusion and exclusion over the corners, in rational numbers."""
    sides = [Fraction(float(v)) for v in extents if v > 0.0]
    depth = Fraction(float(distance)) + sum(sides) / 2
    total = Fraction(0)
    for n in range(len(sides) + 1):
        for chosen in itertools.combinations(sides, n):
            below = depth - sum(chosen, Fraction(0))
            if below > 0:
                total += (-1) ** n * below ** len(sides)
    return float(total / (math.factorial(len(sides)) * math.prod(sides)))


def test_fractions_are_exact_also_where_edges_lie_in_the_plane() -> None:
    rng = np.random.default_rng(3)
    scale = rng.choice([1.0, 1e-4, 1e-9, 0.0], size=(400, 3))
    extents = np.abs(rng.normal(size=(400, 3))) * scale
    extents[:, 0] += 1e-3
    distance = rng.uniform(-0.7, 0.7, 400) * extents.sum(axis=1)
    found = fraction_in_front(extents, distance)
    expected = [exact_fraction(e, d) for e, d in zip(extents, distance, strict=True)]
    inside = np.clip(expected, 0.0, 1.0)
    np.testing.assert_allclose(found, inside, rtol=0.0, atol=1e-12)


def test_both_sides_of_a_plane_make_a_whole() -> None:
    rng = np.random.default_rng(4)
    extents = np.abs(rng.normal(size=(300, 3)))
    distance = rng.normal(size=300)
    np.testing.assert_allclose(
        fraction_in_front(extents, distance) + fraction_in_front(extents, -distance), 1.0, atol=1e-14
    )


def test_runs_hold_every_voxel_once() -> None:
    rng = np.random.default_rng(5)
    labels = np.asfortranarray(rng.integers(0, 3, size=(7, 5, 6)))
    runs = shared_runs(labels)[0]
    rebuilt = np.zeros_like(labels)
    for label, i, j, k, n in zip(runs.label, runs.i, runs.j, runs.k, runs.length, strict=True):
        assert not rebuilt[i : i + n, j, k].any()
        rebuilt[i : i + n, j, k] = label
    np.testing.assert_array_equal(rebuilt, labels)
    np.testing.assert_array_equal(runs.voxels(3)[1:], np.bincount(labels.ravel())[1:])


def test_runs_agree_with_voxels_looked_at_singly() -> None:
    rng = np.random.default_rng(6)
    labels = np.asfortranarray(rng.integers(0, 3, size=(9, 6, 5)))
    runs = shared_runs(labels)[0]
    step, offset = rng.normal(size=3), 0.3
    index = np.argwhere(labels)
    single = fraction_in_front(np.tile(np.abs(step), (len(index), 1)), index @ step + offset)
    expected = np.bincount(labels[tuple(index.T)], weights=single, minlength=3)
    np.testing.assert_allclose(voxels_in_front(runs, step, offset, 3), expected, atol=1e-10)
    share, crossed = run_fractions(runs, step, offset)
    assert set(np.flatnonzero((share > 0) & (share < 1))) <= set(crossed)


def test_runs_end_where_any_map_changes_and_at_the_end_of_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(12)
    labels, other = (np.asfortranarray(rng.integers(0, 3, size=(7, 5, 6), dtype=np.uint8)) for _ in range(2))
    labels[:, :, 2:4] = 0
    for block in (1, 7, 20, 1 << 18):
        monkeypatch.setattr(runs_module, "_BLOCK", block)
        runs, (value,) = shared_runs(labels, other)
        rebuilt = np.zeros((2, *labels.shape), dtype=int)
        for label, held, i, j, k, n in zip(
            runs.label, value, runs.i, runs.j, runs.k, runs.length, strict=True
        ):
            assert not rebuilt[0, i : i + n, j, k].any()
            assert n > 0
            rebuilt[:, i : i + n, j, k] = np.array([label, held])[:, None]
        np.testing.assert_array_equal(rebuilt[0], labels)
        np.testing.assert_array_equal(rebuilt[1][labels > 0], other[labels > 0])
        pairs = 3 * labels.astype(int) + other
        changes = np.count_nonzero((np.diff(pairs, axis=0) != 0) & (labels[1:] > 0))
        assert len(runs) == changes + np.count_nonzero(labels[0])


@pytest.mark.parametrize("turned", [None, OBLIQUE_DEG])
def test_voxels_of_planes_are_those_whose_centres_lie_in_front(
    turned: tuple[float, float, float] | None,
) -> None:
    rng = np.random.default_rng(13)
    liver = block_liver() if turned is None else block_liver(rotation_deg=turned)
    grid, axes = liver.grid, liver.grid.index_to_world_mm[:3, :3]
    index = np.argwhere(liver.parts > 0)
    compared = 0
    for trial in range(60):
        planes = []
        for _ in range(1 + trial % 3):
            # Through the centre of a voxel; every third along an axis: many centres lie in the plane.
            x, y, z = grid.world_mm(index[rng.integers(len(index))])
            along = rng.normal(size=3)
            if trial % 3 == 0:
                along = np.linalg.inv(axes).T @ (rng.permutation([0, 0, 1]) * rng.choice([-1, 1]))
            planes.append(Plane((float(x), float(y), float(z)), tuple(float(v) for v in along)))
        text = " + ".join([plane.text for plane in planes] + ["H8"] * (trial % 2))
        try:
            plan = parse_plan(text)
            table = volumes(liver, plan)
        except PlanError:
            continue  # it misses the liver, or takes all of it
        compared += 1
        np.testing.assert_array_equal(table.voxels, measure(liver, fates(liver, plan)).voxels)
    assert compared > 40


def cap_ml(semi_mm: tuple[float, float, float], normal: np.ndarray, offset_mm: float) -> float:
    """Volume of an ellipsoid in front of ``normal @ x = offset``."""
    width = float(np.linalg.norm(np.asarray(semi_mm) * normal))
    h = np.clip(offset_mm / width, -1.0, 1.0)
    return ellipsoid_ml(semi_mm) * (0.5 - 0.75 * h + 0.25 * h**3)


@pytest.mark.parametrize("rotation_deg", [(0.0, 0.0, 0.0), OBLIQUE_DEG])
def test_a_plane_through_an_ellipsoid_is_right_at_any_offset_and_tilt(
    rotation_deg: tuple[float, float, float],
) -> None:
    semi = (60.0, 45.0, 50.0)
    shape = ellipsoid(semi, (1.4, 1.6, 2.5), rotation_deg=rotation_deg)
    liver = open_liver(shape.grid, organ=shape.voxels.astype(bool))
    centre = shape.grid.world_mm((np.array(shape.grid.shape) - 1) / 2.0)
    rng = np.random.default_rng(7)
    for number in range(12):
        normal = np.eye(3)[number % 3] if number < 3 else rng.normal(size=3)
        normal = normal / np.linalg.norm(normal)
        offset = rng.uniform(-0.7, 0.7) * float(np.linalg.norm(np.array(semi) * normal))
        plane = Plane(tuple(centre + offset * normal), tuple(normal))
        resected = volumes(liver, _plan(plane)).resected_ml
        assert abs(resected - cap_ml(semi, normal, offset)) < 0.002 * ellipsoid_ml(semi)


def _plan(plane: Plane):  # type: ignore[no-untyped-def]
    return parse_plan(plane.text)


def test_volume_is_continuous_and_monotone_as_the_plane_moves() -> None:
    liver = block_liver(rotation_deg=OBLIQUE_DEG)
    slider = PlaneSlider.of(liver, parse_plan("H67 + plane(0, 0, 10, 1, 0, 0)"))
    offsets = np.linspace(-60.0, 60.0, 241)
    remnants = np.array([slider.at(float(d)).remnant_ml for d in offsets])
    assert (np.diff(remnants) >= -1e-9).all()
    assert np.diff(remnants).max() < 0.5 * 0.1 * 120 * 130 / 10
    for d in (-20.0, 0.0, 13.7):
        assert abs(slider.table(d).conservation_error_ml) < 1e-6


def test_the_slider_agrees_with_the_plan() -> None:
    liver = block_liver(orientation="ASL", rotation_deg=OBLIQUE_DEG)
    text = "H67 + wedge(T3, 10) + plane(0, 0, 10, 1, 0.2, -0.3)"
    plan = parse_plan(text)
    slider = PlaneSlider.of(liver, plan)
    table = volumes(liver, plan)
    assert slider.at().remnant_ml == pytest.approx(table.remnant_ml, abs=1e-9)
    assert slider.at().resected_ml == pytest.approx(table.resected_ml, abs=1e-9)
    moved = slider.moved(5.0, (10.0, -4.0))
    tilted = parse_plan(f"H67 + wedge(T3, 10) + {moved.text}")
    assert slider.at(5.0, (10.0, -4.0)).remnant_ml == pytest.approx(volumes(liver, tilted).remnant_ml)
    middle_ml = 0.5 * (slider.at(-15.0).remnant_ml + slider.at(15.0).remnant_ml)
    assert slider.at(slider.offset_for_remnant_ml(middle_ml)).remnant_ml == pytest.approx(middle_ml, abs=2e-3)
    grid = slider.sensitivity([-5.0, 0.0, 5.0], [-10.0, 0.0, 10.0])
    assert len(grid) == 3 * 5
    with pytest.raises(PlanError, match="below 90"):
        slider.at(0.0, (95.0, 0.0))
    with pytest.raises(PlanError, match="can remain"):
        slider.offset_for_remnant_ml(1e6)
    with pytest.raises(PlanError, match="one plane"):
        PlaneSlider.of(liver, parse_plan("H67"))


def test_two_planes_share_what_both_take() -> None:
    liver = block_liver(tumours=())
    both = volumes(liver, parse_plan("plane(0, 0, 10, 1, 0, 0) + plane(0, 0, 10, 0, 0.3, 1)"))
    first = volumes(liver, parse_plan("plane(0, 0, 10, 1, 0, 0)"))
    second = volumes(liver, parse_plan("plane(0, 0, 10, 0, 0.3, 1)"))
    assert max(first.resected_ml, second.resected_ml) < both.resected_ml
    assert both.resected_ml < first.resected_ml + second.resected_ml
    assert abs(both.conservation_error_ml) < 1e-6
    counted = np.count_nonzero(
        fates(liver, parse_plan("plane(0, 0, 10, 1, 0, 0) + plane(0, 0, 10, 0, 0.3, 1)")) == Fate.RESECTED
    )
    assert both.voxel_totals["resected"] == counted
    assert both.resected_ml == pytest.approx(counted * liver.grid.voxel_volume_ml, rel=0.03)


def test_a_plane_behind_another_takes_nothing_more() -> None:
    """Two planes that cross the same row of voxels: what each leaves of it must not be multiplied."""
    liver = block_liver(tumours=())
    for tilt in ("1, 0.1, 0.05", "0.1, 0.05, 1"):
        first = volumes(liver, parse_plan(f"plane(0, 0, 10, {tilt})"))
        both = volumes(liver, parse_plan(f"plane(0, 0, 10, {tilt}) + plane(6, 0, 16, {tilt})"))
        assert both.resected_ml == pytest.approx(first.resected_ml, rel=0.002)
        assert both.remnant_ml == pytest.approx(first.remnant_ml, rel=0.002)


@pytest.mark.real
def test_a_move_costs_less_than_counting_voxels(real_data) -> None:  # type: ignore[no-untyped-def]
    """Ratio only: exact fractions over runs against one voxel-centre count of the same plane."""
    from flr.io.read import read_liver

    liver = read_liver(real_data / "couinaud_lits" / "LiTS-58_couinaud.nii.gz", tumours="none")
    plan = parse_plan("plane({}, {}, {}, 1, 0.3, 0.2)".format(*liver.part_centroids_mm["4"]))
    slider = PlaneSlider.of(liver, plan)
    slider.at(1.0)
    moves, counts = [], []
    for n in range(5):
        start = time.perf_counter()
        slider.at(float(n))
        middle = time.perf_counter()
        measure(liver, fates(liver, plan))
        moves.append(middle - start)
        counts.append(time.perf_counter() - middle)
    assert sorted(moves)[2] < 0.5 * sorted(counts)[2]
