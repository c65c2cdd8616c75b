"""Cuts with geometry: wedges, ablations, planes, surfaces, masks, and the text that names them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from phantoms import OBLIQUE_DEG
from planning import GRIDS, ball, block_liver, grid_around, open_liver, positions

from flr.errors import PlanError
from flr.geometry import Grid
from flr.liver import Fate, assemble
from flr.plans import (
    BezierPatch,
    MaskCut,
    Plan,
    Plane,
    ThinPlate,
    Wedge,
    ablation,
    fates,
    offset_on_lattice,
    parse_plan,
    volumes,
)
from flr.plans.surfaces import _between

WEDGE_OF_20_MM_BALL_ML = 4.0 / 3.0 * np.pi * 20.0**3 / 1000.0


@pytest.mark.parametrize("kind", GRIDS)
@pytest.mark.parametrize("centre", [(0.0, 0.0, 0.0), (0.31, -0.22, 0.57)])
def test_a_wedge_of_10_mm_around_a_ball_of_20_mm_takes_33_510_ml(
    kind: str, centre: tuple[float, float, float]
) -> None:
    grid = grid_around(24.0, **GRIDS[kind])
    liver = open_liver(grid, [ball(grid, 10.0, centre)])
    removed = volumes(liver, parse_plan("wedge(T1, 10)")).resected_ml
    assert pytest.approx(33.510, abs=1e-3) == WEDGE_OF_20_MM_BALL_ML
    assert removed == pytest.approx(33.510, rel=0.015)


def test_an_ablation_takes_the_same_zone_but_leaves_the_body_whole() -> None:
    grid = grid_around(24.0, **GRIDS["straight"])
    liver = open_liver(grid, [ball(grid, 10.0)])
    resected = volumes(liver, parse_plan("wedge(T1, 10)"))
    ablated = volumes(liver, parse_plan("ablate(T1, 10)"))
    assert ablated.ablated_ml == resected.resected_ml
    assert ablated.resected_ml == 0.0
    assert ablated.remnant_ml == resected.remnant_ml
    point = volumes(liver, parse_plan("ablate((0, 0, 0), 20)"))
    assert point.ablated_ml == pytest.approx(33.510, rel=0.005)


def test_an_ablation_never_overwrites_a_resection() -> None:
    liver = block_liver(tumours=[(7, 4)])
    table = volumes(liver, parse_plan("ablate(T1, 10) + H67"))
    alone = volumes(liver, parse_plan("H67"))
    assert table.resected_ml == alone.resected_ml
    assert table.ablated_ml < volumes(liver, parse_plan("ablate(T1, 10)")).ablated_ml


def test_a_margin_of_zero_takes_the_tumour_alone() -> None:
    liver = block_liver(tumours=[(7, 4)])
    table = volumes(liver, parse_plan("wedge(T1, 0)"))
    assert table.resected_ml == table.tumour_ml


def test_a_plane_takes_the_side_that_its_normal_points_to() -> None:
    liver = block_liver(orientation="SRA", rotation_deg=OBLIQUE_DEG)
    plane = Plane((1.0, 2.0, 3.0), (0.4, -1.0, 0.7))
    taken = fates(liver, parse_plan(plane.text)) == Fate.RESECTED
    side = (positions(liver.grid) - (1.0, 2.0, 3.0)) @ np.array([0.4, -1.0, 0.7])
    np.testing.assert_array_equal(taken, (side > 0.0) & (liver.parts > 0))


@pytest.mark.parametrize(
    "text",
    [
        "H67 + wedge(T3, 10) + ablate(T5, 5)",
        "wedge(T3, 0.5)",
        "ablate((-12.25, 30, 4e-05), 15)",
        "H4'58-MHV + flr + plane(0, 0, 10, 1, 0.2, -0.3)",
        "plane(0.1, 0.2, 0.30000000000000004, -1, 0, 1e-07)",
    ],
)
def test_text_is_read_back_to_the_same_plan(text: str) -> None:
    plan = parse_plan(text)
    assert plan.notation == text
    assert parse_plan(plan.notation).cuts == plan.cuts


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ("Wedge( t3 , 10 mm )", "wedge(T3, 10)"),
        ("ablation(T1,5)+segments 6,7", "H67 + ablate(T1, 5)"),
        ("ablate(1, 2, 3, 15)", "ablate((1, 2, 3), 15)"),
        ("ablate((+1, 2, 3), 15) + H2", "H2 + ablate((1, 2, 3), 15)"),
    ],
)
def test_other_spellings(text: str, notation: str) -> None:
    assert parse_plan(text).notation == notation


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("wedge(T3)", r"expected wedge\(T3, 10\)"),
        ("wedge(3, 10)", "expected wedge"),
        ("wedge(T3, ten)", "expected wedge"),
        ("wedge(T3, -1)", "0 to 200"),
        ("wedge(T3, 500)", "swallows the liver"),
        ("ablate((0, 0, 0), 0)", "above 0"),
        ("plane(0, 0, 0, 0, 0, 0)", "normal that is not zero"),
        ("plane(1, 2, 3)", "a point in RAS mm"),
        ("wedge(T3, 10) + wedge(T3, 10)", "more than once"),
        ("wedge(T3, 10", "not understood"),
    ],
)
def test_text_that_cannot_be_meant(text: str, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        parse_plan(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("wedge(T9, 10)", "it has T1, T2, T3"),
        ("ablate((900, 0, 0), 10)", "RAS millimetres"),
        ("plane(900, 0, 0, 1, 0, 0)", "misses the liver by .* remove nothing"),
        ("plane(900, 0, 0, -1, 0, 0)", "remove the whole liver"),
        ("wedge(T1, 200)", "removes the whole liver"),
    ],
)
def test_cuts_that_do_not_fit_the_liver(text: str, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        volumes(block_liver(), parse_plan(text))


def test_uneven_slices_have_no_distances() -> None:
    even = block_liver(tumours=[(7, 4)])
    weights = np.linspace(4.0, 6.0, even.grid.shape[2])
    grid = Grid(even.grid.shape, even.grid.index_to_world_mm, weights)
    liver = assemble(grid, parts=np.array(even.parts), part_names=even.part_names, tumours=even.tumours)
    for text in ("wedge(T1, 5)", "plane(0, 0, 0, 1, 0, 0)", "ablate((0, 0, 0), 9)"):
        with pytest.raises(PlanError, match="uneven"):
            volumes(liver, parse_plan(text))
    assert volumes(liver, parse_plan("H67")).resected_ml > 0.0


# --- surfaces ---------------------------------------------------------------------------------


def sheet(
    height: Any, n: int = 4, half_mm: float = 90.0
) -> tuple[tuple[tuple[float, float, float], ...], ...]:
    """Control points over the plane z = 0, rows along x and columns along y."""
    places = np.linspace(-half_mm, half_mm, n)
    return tuple(tuple((float(x), float(y), float(height(x, y))) for y in places) for x in places)


def plan_with(cut: Any) -> Plan:
    return Plan(name="cut", notation=cut.text, cuts=(cut,))


def test_a_flat_surface_cuts_as_the_plane_does() -> None:
    liver = block_liver(tumours=(), rotation_deg=OBLIQUE_DEG)
    flat = fates(liver, parse_plan("plane(0, 0, 12, 0.1, 0, 1)")) == Fate.RESECTED
    control = sheet(lambda x, y: 12.0 - 0.1 * x)
    patch = fates(liver, plan_with(BezierPatch(control, "front"))) == Fate.RESECTED
    plate = (
        fates(liver, plan_with(ThinPlate(tuple(p for row in control for p in row), "front"))) == Fate.RESECTED
    )
    assert np.count_nonzero(patch != flat) < 0.002 * np.count_nonzero(flat)
    assert np.count_nonzero(plate != flat) < 0.002 * np.count_nonzero(flat)
    behind = fates(liver, plan_with(BezierPatch(control, "back"))) == Fate.RESECTED
    np.testing.assert_array_equal(behind, (liver.parts > 0) & ~patch)


def test_a_curved_patch_follows_its_polynomial() -> None:
    grid = grid_around(45.0, spacing_mm=(1.3, 1.1, 0.9), rotation_deg=OBLIQUE_DEG)
    liver = open_liver(grid, organ=ball(grid, 40.0))
    # A biquadratic: z = 10 (1 - u²) over x = 60 u; its Bézier ordinates are 0, 20, 0 along rows.
    ordinates = {-60.0: 0.0, 0.0: 20.0, 60.0: 0.0}
    control = sheet(lambda x, y: ordinates[float(x)], n=3, half_mm=60.0)
    taken = fates(liver, plan_with(BezierPatch(control, "front"))) == Fate.RESECTED
    where = positions(grid)
    height = 10.0 * (1.0 - (where[..., 0] / 60.0) ** 2)
    clear = np.abs(where[..., 2] - height) > 0.15
    expected = (where[..., 2] > height) & (liver.parts > 0)
    np.testing.assert_array_equal((taken == expected)[clear], True)


def test_a_thin_plate_goes_through_its_points() -> None:
    grid = grid_around(45.0, spacing_mm=(1.0, 1.0, 1.0))
    liver = open_liver(grid, organ=ball(grid, 40.0))
    rng = np.random.default_rng(8)
    points = [
        (float(x), float(y), float(3 * np.sin(x / 15) + 2 * np.cos(y / 12)))
        for x, y in rng.uniform(-30, 30, (18, 2))
    ]
    taken = fates(liver, plan_with(ThinPlate(tuple(points), "front"))) == Fate.RESECTED
    for x, y, z in points:
        column = np.linalg.solve(
            grid.index_to_world_mm[:3, :3], np.array([x, y, z]) - grid.index_to_world_mm[:3, 3]
        )
        i, j, k = np.rint(column).astype(int)
        ahead = (0, 0, 2) if grid.index_to_world_mm[2, 2] > 0 else (0, 0, -2)
        assert taken[i + ahead[0], j + ahead[1], k + ahead[2]]
        assert not taken[i - ahead[0], j - ahead[1], k - ahead[2]]


def test_the_side_that_holds_the_tumour_leaves() -> None:
    liver = block_liver(tumours=[(7, 4)])
    x = liver.part_centroids_mm["7"][0]
    points = tuple((x - 40.0, float(a), float(b)) for a in (-40, 0, 40) for b in (-40, 0, 40))
    plan = plan_with(ThinPlate(points, "tumour"))
    table = volumes(liver, plan)
    assert table.remnant_tumour_ml == 0.0
    both = block_liver(tumours=[(7, 4), (3, 3)])
    with pytest.raises(PlanError, match="both sides"):
        volumes(both, plan)
    with pytest.raises(PlanError, match="no tumour"):
        volumes(block_liver(tumours=()), plan)


@pytest.mark.slow
def test_surfaces_that_have_no_sides_are_refused() -> None:
    liver = block_liver(tumours=())
    folded = [list(row) for row in sheet(lambda x, y: 0.0)]
    folded[1], folded[2] = folded[2], folded[1]
    folded[1] = [(x - 150.0, y, z) for x, y, z in folded[1]]
    with pytest.raises(PlanError, match="fold"):
        volumes(liver, plan_with(BezierPatch(tuple(tuple(row) for row in folded), "front")))
    with pytest.raises(PlanError, match="fold"):
        volumes(
            liver,
            plan_with(ThinPlate(((0, 0, 0), (40, 0, 0), (0, 40, 0), (0.1, 0, 30), (-40, -40, 0)), "front")),
        )
    with pytest.raises(PlanError, match="one line"):
        volumes(liver, plan_with(ThinPlate(((0, 0, 0), (1, 1, 1), (2, 2, 2)), "front")))
    with pytest.raises(PlanError, match="misses the liver"):
        volumes(liver, plan_with(BezierPatch(sheet(lambda x, y: 900.0), "front")))
    with pytest.raises(PlanError, match="at least 3"):
        ThinPlate(((0.0, 0.0, 0.0),), "front")
    with pytest.raises(PlanError, match="2 by 2"):
        BezierPatch((((0.0, 0.0, 0.0),),), "front")
    with pytest.raises(PlanError, match="expected one of front, back, tumour"):
        ThinPlate(((0, 0, 0), (40, 0, 0), (0, 40, 0)), "left")  # type: ignore[arg-type]  # a wrong side


# --- masks ------------------------------------------------------------------------------------


def test_a_mask_from_a_larger_scan_is_cut_to_the_liver() -> None:
    liver = block_liver(tumours=())
    shape = tuple(n + 6 for n in liver.grid.shape)
    affine = liver.grid.index_to_world_mm.copy()
    affine[:3, 3] -= affine[:3, :3] @ np.array([2.0, 3.0, 1.0])
    whole = Grid(shape, affine)
    mask = np.zeros(shape, dtype=bool)
    mask[2:, 3:, 1:][: liver.grid.shape[0], : liver.grid.shape[1], : liver.grid.shape[2]] = liver.parts == 6
    assert offset_on_lattice(liver.grid, whole) == (2, 3, 1)
    table = volumes(liver, plan_with(MaskCut("drawn", mask, whole)))
    assert table.resected_ml == volumes(liver, parse_plan("H6")).resected_ml
    elsewhere = Grid(shape, affine @ np.diag([1.0, 1.0, 1.1, 1.0]))
    with pytest.raises(PlanError, match="another grid"):
        volumes(liver, plan_with(MaskCut("drawn", mask, elsewhere)))
    with pytest.raises(PlanError, match="does not meet the liver"):
        volumes(liver, plan_with(MaskCut("drawn", np.zeros(shape, dtype=bool), whole)))


def test_zones_say_what_they_are() -> None:
    assert Wedge("T3", 10.0).title == "wedge around T3 with 10 mm"
    assert ablation((1.0, 2.0, 3.0), 5.0).title == "ablation of a point with 5 mm"
    assert (
        parse_plan("H67 + wedge(T3, 10)").name == "right posterior sectionectomy + wedge around T3 with 10 mm"
    )


@pytest.mark.parametrize("text", ["H67 + ablate(T1, 25)", "ablate(T1, 25) + H67"])
def test_what_is_resected_is_not_ablated_as_well(text: str) -> None:
    """A zone of 25 mm around the tumour of segment 7 reaches into other segments."""
    liver = block_liver()
    resected = fates(liver, parse_plan("H67")) == Fate.RESECTED
    fate = fates(liver, parse_plan(text))
    assert (fate[resected] == Fate.RESECTED).all()
    assert (fate[~resected] == Fate.ABLATED).any()
    table = volumes(liver, parse_plan(text))
    assert table.voxel_totals["ablated"] == np.count_nonzero(fate == Fate.ABLATED)
    assert table.voxel_totals["resected"] == np.count_nonzero(resected)


def test_between_the_points_of_a_surface_it_is_bilinear() -> None:
    first, second = np.meshgrid(np.arange(5.0), np.arange(4.0), indexing="ij")
    raster = 3.0 + 2.0 * first - 7.0 * second + 0.5 * first * second  # bilinear interpolation is exact on it
    a, b = np.array([0.0, 0.25, 2.5, 3.75]), np.array([0.0, 1.5, 2.75, 0.125])
    assert _between(raster, a, b) == pytest.approx(3.0 + 2.0 * a - 7.0 * b + 0.5 * a * b, abs=1e-12)
