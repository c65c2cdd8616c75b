"""Tumours as objects: instances, sizes, places, distances; SimpleITK as oracle on real masks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phantoms import OBLIQUE_DEG
from planning import GRIDS, ball, block_liver, grid_around, open_liver, positions, real_liver

from flr.errors import PlanError
from flr.io.read import read_liver
from flr.kernels.components import components
from flr.kernels.distance import (
    Surface,
    label_edges,
    least_distances_mm,
    surface_points_mm,
    voxel_half_diagonal_mm,
)
from flr.kernels.zones import within_mm
from flr.tumours import (
    Vanished,
    debulked_percent,
    find_tumours,
    hepatic_tumour_burden_percent,
    tumour_burden_score,
)


@pytest.mark.parametrize("kind", GRIDS)
def test_a_ball_has_its_diameters_volume_and_depth(kind: str) -> None:
    grid = grid_around(34.0, **GRIDS[kind])
    organ = ball(grid, 30.0)
    liver = open_liver(grid, [ball(grid, 10.0, (3.0, -2.0, 1.0))], organ)
    (tumour,) = find_tumours(liver)
    error = voxel_half_diagonal_mm(grid.index_to_world_mm)
    assert tumour.volume_ml == pytest.approx(4.0 / 3.0 * np.pi, rel=0.02)
    assert tumour.longest_diameter_mm == pytest.approx(20.0, abs=error)
    assert tumour.longest_axial_diameter_mm == pytest.approx(20.0, abs=error)
    assert tumour.depth_mm == pytest.approx(20.0 - np.sqrt(14.0), abs=error)
    assert tumour.centroid_mm == pytest.approx((3.0, -2.0, 1.0), abs=0.2)
    assert tumour.parts_percent == {}


def test_the_axial_diameter_is_in_the_axial_plane_whatever_the_index_order() -> None:
    for orientation in ("LPS", "SRA", "ASL"):
        spacing = {"L": 0.8, "R": 0.8, "P": 0.9, "A": 0.9, "S": 1.5}
        grid = grid_around(30.0, spacing_mm=[spacing[c] for c in orientation], orientation=orientation)
        where = positions(grid)
        # An ellipsoid that is longest head to foot: 16 mm across and 40 mm high.
        mask = (where[..., 0] / 8) ** 2 + (where[..., 1] / 6) ** 2 + (where[..., 2] / 20) ** 2 <= 1.0
        (tumour,) = find_tumours(open_liver(grid, [mask]))
        assert tumour.longest_axial_diameter_mm == pytest.approx(16.0, abs=0.8)
        assert tumour.longest_diameter_mm == pytest.approx(40.0, abs=1.5)


def test_one_value_is_split_into_components_and_several_are_not() -> None:
    grid = grid_around(30.0, spacing_mm=(1.0, 1.0, 1.0))
    small, large = ball(grid, 4.0, (-15.0, 0.0, 0.0)), ball(grid, 8.0, (15.0, 0.0, 0.0))
    one = find_tumours(open_liver(grid, [small | large]))
    assert one.instances == "components"
    assert [t.name for t in one] == ["T1", "T2"]
    assert one.tumours[0].volume_ml > one.tumours[1].volume_ml
    split = find_tumours(open_liver(grid, [small | ball(grid, 3.0, (0.0, 20.0, 0.0)), large]))
    assert split.instances == "labels"
    assert [t.name for t in split] == ["T1", "T2"]
    assert find_tumours(open_liver(grid)).instances == "none"


def test_a_margin_below_a_voxel_takes_the_tumour_itself() -> None:
    grid = grid_around(30.0, spacing_mm=(1.0, 1.5, 2.5))
    tumours = find_tumours(open_liver(grid, [ball(grid, 6.0, (-12.0, 5.0, 9.0))]))
    (tumour,) = tumours
    assert len(set(tumour.zone.start)) == 3  # or an exchanged axis would pass
    zone = tumours.zone(tumour, 1e-3)
    around, alone = np.zeros((2, *grid.shape), dtype=bool)
    around[tuple(slice(s, s + n) for s, n in zip(zone.start, zone.inside.shape, strict=True))] = zone.inside
    own = tumour.zone
    alone[tuple(slice(s, s + n) for s, n in zip(own.start, own.inside.shape, strict=True))] = own.inside
    assert not (alone & ~around).any()
    assert np.count_nonzero(around) < 1.02 * np.count_nonzero(alone)


def test_a_margin_below_a_voxel_takes_the_ball_of_a_vanished_metastasis() -> None:
    """Its surface is known by points: a voxel of the ball may lie beyond the outermost of them."""
    grid = grid_around(30.0, spacing_mm=(1.0, 1.5, 2.5))
    for centre in ((-6.3, 5.2, 4.1), (4.7, -2.4, 7.9), (1.4, 3.3, -5.6), (0.0, 0.0, 0.0)):
        found = find_tumours(open_liver(grid), vanished=[Vanished("V1", centre, 12.0)])
        (ghost,) = found
        assert len(set(ghost.zone.start)) == 3  # or an exchanged axis would pass
        zone = found.zone(ghost, 1e-3)
        taken = np.zeros(grid.shape, dtype=bool)
        taken[zone.box] = zone.inside
        assert not (ball(grid, 12.0 - 1e-9, centre) & ~taken).any()
        assert not (taken & ~ball(grid, 12.0 + 2e-3, centre)).any()


def test_distances_between_tumours_and_to_vessels() -> None:
    grid = grid_around(40.0, spacing_mm=(0.8, 0.9, 1.2), rotation_deg=OBLIQUE_DEG)
    where = positions(grid)
    vein = np.hypot(where[..., 0], where[..., 1] - 20.0) <= 4.0
    liver = open_liver(
        grid,
        [ball(grid, 6.0, (-20.0, 0.0, 0.0)), ball(grid, 5.0, (10.0, 0.0, 0.0))],
        vessels={"hepatic_vein_middle": vein},
    )
    first, second = find_tumours(liver)
    assert first.nearest_tumour_mm is not None
    name, distance = first.nearest_tumour_mm
    assert (name, distance) == ("T2", pytest.approx(19.0, abs=0.6))
    assert second.vessels_mm["hepatic_vein"] == pytest.approx(np.hypot(10, 20) - 9.0, abs=0.6)
    assert second.nearest_vessel == ("hepatic_vein", second.vessels_mm["hepatic_vein"])


def test_parts_and_sides() -> None:
    found = find_tumours(block_liver(tumours=[(7, 4), (3, 3)]))
    assert [dict(t.parts_percent) for t in found] == [{"7": 100.0}, {"3": 100.0}]
    assert found.is_bilobar is True
    assert find_tumours(block_liver(tumours=[(7, 4), (5, 3)])).is_bilobar is False
    with pytest.raises(PlanError, match="it has T1, T2"):
        found.named("T9")


def test_hundreds_of_tumours_are_found() -> None:
    grid = grid_around(50.0, spacing_mm=(1.5, 1.5, 1.5))
    numbers = np.zeros(grid.shape, dtype=bool)
    numbers[4:-4:6, 4:-4:6, 4:-4:9] = True
    found = find_tumours(open_liver(grid, [numbers]))
    assert len(found) == int(numbers.sum()) > 300
    assert {t.voxels for t in found} == {1}
    assert all(1.5 <= t.longest_diameter_mm <= 2.7 for t in found)


def test_a_vanished_metastasis_is_a_ball_without_volume() -> None:
    liver = block_liver(tumours=[(7, 4)])
    where = liver.part_centroids_mm["3"]
    found = find_tumours(liver, vanished=[Vanished("V1", where, 6.0)])
    ghost = found.named("v1")
    assert ghost.vanished
    assert ghost.volume_ml == 0.0
    assert ghost.longest_diameter_mm == 12.0
    assert ghost.parts_percent == {"3": 100.0}
    assert found.volume_ml == find_tumours(liver).volume_ml
    corner = tuple(float(v) for v in liver.grid.world_mm((0, 0, 0)))
    assert liver.parts[0, 0, 0] == 0
    for nowhere in ((500.0, 0.0, 0.0), corner):
        with pytest.raises(PlanError, match="outside the liver"):
            find_tumours(liver, vanished=[Vanished("V1", nowhere, 2.0)])
    with pytest.raises(PlanError, match="radius above 0"):
        Vanished("V1", where, 0.0)


def test_burden_numbers() -> None:
    assert tumour_burden_score(30.0, 4) == pytest.approx(5.0)
    assert hepatic_tumour_burden_percent(50.0, 100.0) == 50.0
    assert debulked_percent(0.0, 0.0) is None
    assert debulked_percent(100.0, 30.0) == pytest.approx(70.0)


def test_everything_within_a_distance_agrees_with_brute_force() -> None:
    grid = grid_around(14.0, **GRIDS["sheared"])
    points, _ = surface_points_mm(ball(grid, 5.0), grid.index_to_world_mm)
    few = points[:: max(1, len(points) // 40)]  # too few to be thinned
    zone = within_mm(few, 4.3, grid.shape, grid.index_to_world_mm)
    apart = np.linalg.norm(positions(grid)[..., None, :] - few, axis=-1).min(axis=-1)
    found = np.zeros(grid.shape, dtype=bool)
    found[zone.box] = zone.inside
    np.testing.assert_array_equal(found, apart <= 4.3)


def test_distances_to_labels_agree_with_brute_force() -> None:
    grid = grid_around(25.0, **GRIDS["oblique"])
    where = positions(grid)
    labels = np.asfortranarray(1 + (where @ np.array([0.6, 0.64, 0.48]) > 16.0).astype(np.uint8))
    labels[where[..., 0] < -20.0] = 3
    points, _ = surface_points_mm(ball(grid, 8.0), grid.index_to_world_mm)
    edges = label_edges(labels, grid.index_to_world_mm)
    found = least_distances_mm([Surface(points)], edges, [2, 3, 9])
    for column, label in enumerate((2, 3)):
        own = edges.of(label)
        wall = edges.crossings_mm(own, label)
        brute = np.sqrt(((points[:, None, :] - wall[None, :, :]) ** 2).sum(axis=2)).min()
        assert found[0, column] == pytest.approx(brute, abs=1e-9)
    error = voxel_half_diagonal_mm(grid.index_to_world_mm)
    assert found[0] == pytest.approx([8.0, 12.0, np.inf], abs=error)


@pytest.mark.real
def test_components_agree_with_simpleitk(real_data: Path) -> None:
    sitk: Any = pytest.importorskip("SimpleITK")
    path = real_data / "msd08_hvpv" / "hepaticvessel_002_task008.nii.gz"
    mask = sitk.ReadImage(str(path)) == 2
    array = sitk.GetArrayFromImage(mask)
    for neighbours, full in ((6, False), (26, True)):
        labelled = sitk.GetArrayFromImage(sitk.ConnectedComponent(mask, full))
        sizes = sorted(np.bincount(labelled.ravel())[1:].tolist(), reverse=True)
        assert components(array, neighbours=neighbours).voxels.tolist() == sizes


@pytest.mark.real
def test_distances_agree_with_simpleitk_maurer(real_data: Path) -> None:
    """Ours are between surfaces, Maurer's between voxel centres: a surface crosses its own edge."""
    sitk: Any = pytest.importorskip("SimpleITK")
    liver = real_liver(real_data / "couinaud_lits" / "LiTS-0_couinaud.nii.gz", 3, seed=2)
    found = find_tumours(liver)
    edges = label_edges(liver.parts, liver.grid.index_to_world_mm)
    ours = least_distances_mm([t.surface for t in found], edges, range(1, 9))
    edge_mm = max(liver.grid.spacing_mm)
    for row, tumour in enumerate(found):
        mask = np.zeros(liver.grid.shape, dtype=np.uint8)
        mask[tumour.zone.box][tumour.zone.inside] = 1
        image = sitk.GetImageFromArray(mask.T)
        image.SetSpacing(liver.grid.spacing_mm)
        centres = sitk.GetArrayFromImage(
            sitk.SignedMaurerDistanceMap(
                image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True
            )
        ).T
        for part in range(1, 9):
            if (liver.parts[mask > 0] == part).any():
                continue
            theirs = float(centres[liver.parts == part].min())
            assert theirs - 2.0 * edge_mm <= ours[row, part - 1] <= theirs + 1e-4


@pytest.mark.real
def test_a_real_case_has_its_tumours_counted_measured_and_located(real_data: Path) -> None:
    sitk: Any = pytest.importorskip("SimpleITK")
    folder = real_data / "msd08_hvpv"
    path = folder / "hepaticvessel_002_task008.nii.gz"
    liver = read_liver(
        path, liver=folder / "hepaticvessel_002_liver.nii.gz", scheme="msd_task08_hepaticvessel"
    )
    image = sitk.ReadImage(str(path))
    pieces = sitk.ConnectedComponent(image == 2, True)
    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.ComputeFeretDiameterOn()
    shapes.Execute(pieces)
    found = find_tumours(liver)
    assert found.instances == "components"
    assert len(found) == shapes.GetNumberOfLabels()
    theirs = sorted(shapes.GetLabels(), key=lambda label: -shapes.GetNumberOfPixels(label))
    error_mm = 0.5 * found.error_mm
    for tumour, label in zip(found, theirs, strict=True):
        assert tumour.voxels == shapes.GetNumberOfPixels(label)
        assert tumour.volume_ml == pytest.approx(shapes.GetPhysicalSize(label) / 1000.0)
        x, y, z = shapes.GetCentroid(label)  # LPS
        assert tumour.centroid_mm == pytest.approx((-x, -y, z), abs=1e-3)
        assert tumour.longest_diameter_mm == pytest.approx(shapes.GetFeretDiameter(label), abs=error_mm)
        assert 0.0 < tumour.longest_axial_diameter_mm <= tumour.longest_diameter_mm
        away = sitk.SignedMaurerDistanceMap(pieces == label, squaredDistance=False, useImageSpacing=True)
        centres_mm = sitk.GetArrayViewFromImage(away)
        vessel_mm = float(centres_mm[sitk.GetArrayViewFromImage(image) == 1].min())
        (near_mm,) = tumour.vessels_mm.values()
        assert near_mm == pytest.approx(vessel_mm, abs=2.0 * error_mm)
        assert near_mm <= vessel_mm + 1e-4
        outside = sitk.GetArrayViewFromImage(sitk.ReadImage(str(folder / "hepaticvessel_002_liver.nii.gz")))
        background_mm = float(centres_mm[(outside == 0) & (sitk.GetArrayViewFromImage(image) != 2)].min())
        assert tumour.depth_mm is not None
        assert tumour.depth_mm == pytest.approx(background_mm, abs=2.0 * error_mm)
