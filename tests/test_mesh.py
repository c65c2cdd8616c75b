"""Surfaces: closed, in the right place, with the volume of their voxels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import couinaud_egg

from flr.errors import GeometryError
from flr.geometry import Grid
from flr.io.read import read_liver
from flr.io.sample import sample_folder
from flr.liver import Liver, assemble
from flr.plans import fates, parse_plan
from flr.plans.classes import planned_classes
from flr.surfaces.mesh import Mesh, facing, mesh_of
from flr.surfaces.solids import liver_solid, plan_solids, shared_solids

SPACING_MM = (0.7, 1.1, 2.5)


def ball(radius_mm: float, grid: Grid) -> NDArray[np.bool_]:
    middle = grid.world_mm((np.array(grid.shape) - 1) / 2.0)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    return np.asarray(np.linalg.norm(grid.world_mm(index) - middle, axis=-1) <= radius_mm)


def open_edges(mesh: Mesh) -> int:
    """Edges that do not belong to exactly two triangles that run along it in opposite directions."""
    directed = np.concatenate([mesh.triangles[:, (a, b)] for a, b in ((0, 1), (1, 2), (2, 0))])
    there = directed[:, 0] * len(mesh.vertices_mm) + directed[:, 1]
    back = directed[:, 1] * len(mesh.vertices_mm) + directed[:, 0]
    return int(np.setxor1d(there, back).size + (there.size - np.unique(there).size))


@pytest.fixture(scope="module")
def sample() -> Liver:
    folder = sample_folder() / "baseline"
    return read_liver(
        folder / "segments.nii.gz", tumours=folder / "tumours.nii.gz", vessels=folder / "vessels.nii.gz"
    )


@pytest.mark.parametrize("plan", ["H5678", "H67", "wedge(T4, 10) + ablate(T5, 5)"])
def test_surfaces_keep_the_volume_of_their_voxels(sample: Liver, plan: str) -> None:
    classes = planned_classes(sample, fates(sample, parse_plan(plan)))
    solids = {solid.key: solid.mesh for solid in plan_solids(sample, classes)}
    counts = np.bincount(classes.ravel(), minlength=10) * sample.grid.voxel_volume_ml
    assert solids["remnant"].volume_ml == pytest.approx(counts[1] + counts[8] + counts[9], rel=0.01)
    if "resected" in solids:
        assert solids["resected"].volume_ml == pytest.approx(counts[2] + counts[5], rel=0.01)
    if "ablated" in solids:
        assert solids["ablated"].volume_ml == pytest.approx(counts[3] + counts[6], rel=0.01)
    assert all(open_edges(mesh) == 0 for key, mesh in solids.items() if key != "cut")


def test_the_liver_and_every_tumour_keep_their_volume(sample: Liver) -> None:
    liver = liver_solid(sample).mesh
    assert liver.volume_ml == pytest.approx(
        np.count_nonzero(sample.parts) * sample.grid.voxel_volume_ml, rel=0.01
    )
    assert open_edges(liver) == 0
    tumours = [solid for solid in shared_solids(sample) if solid.key == "tumour"]
    assert sample.tumours is not None
    for number, solid in enumerate(tumours, start=1):
        voxels_ml = np.count_nonzero(sample.tumours == number) * sample.grid.voxel_volume_ml
        assert voxels_ml > 1.0
        assert solid.name == f"T{number}"
        assert solid.mesh.volume_ml == pytest.approx(voxels_ml, rel=0.03)
        assert open_edges(solid.mesh) == 0


def test_another_program_finds_them_watertight(sample: Liver) -> None:
    trimesh = pytest.importorskip("trimesh")
    for solid in (*shared_solids(sample), liver_solid(sample)):
        seen = trimesh.Trimesh(solid.mesh.vertices_mm, solid.mesh.triangles, process=False)
        assert seen.is_watertight
        assert seen.is_winding_consistent
        assert seen.volume / 1000.0 == pytest.approx(solid.mesh.volume_ml, rel=1e-6)


def test_a_ball_is_where_it_is() -> None:
    grid = phantom_grid((61, 43, 25))
    mesh = mesh_of(ball(14.0, grid), grid)
    middle = grid.world_mm((np.array(grid.shape) - 1) / 2.0)
    distance = np.linalg.norm(mesh.vertices_mm - middle, axis=1)
    assert np.abs(distance - 14.0).max() < 0.75 * max(SPACING_MM)
    assert np.abs(distance - 14.0).mean() < 0.2 * max(SPACING_MM)
    outwards = ((mesh.vertices_mm - middle) * mesh.normals).sum(axis=1)
    assert (outwards > 0.0).all()


def phantom_grid(shape: tuple[int, int, int]) -> Grid:
    """Oblique, three unequal spacings."""
    angle = np.radians(25.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0, 0, 1.0]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag((-SPACING_MM[0], SPACING_MM[1], SPACING_MM[2]))
    affine[:3, 3] = (12.0, -40.0, 7.0)
    return Grid(shape, affine)


@pytest.mark.parametrize("seed", range(12))
def test_any_shape_is_closed(seed: int) -> None:
    from scipy import ndimage

    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.normal(size=(22, 27, 18)), rng.uniform(0.6, 2.2))
    mask = noise > np.quantile(noise, rng.uniform(0.5, 0.97))
    grid = phantom_grid((22, 27, 18))
    mesh = mesh_of(mask, grid)
    assert open_edges(mesh) == 0
    assert mesh.volume_ml == pytest.approx(np.count_nonzero(mask) * grid.voxel_volume_ml, rel=0.01)


def test_one_voxel_has_a_surface() -> None:
    mask = np.zeros((5, 6, 7), dtype=bool)
    mask[2, 3, 4] = True
    mesh = mesh_of(mask, phantom_grid((5, 6, 7)))
    assert open_edges(mesh) == 0
    assert mesh.volume_ml == pytest.approx(np.prod(SPACING_MM) / 1000.0, rel=0.03)


def egg_liver(orientation: str) -> Liver:
    """A round liver whose voxels are stored in this order."""
    import nibabel as nib

    segments, grid = couinaud_egg()
    image = nib.Nifti1Image(segments, grid.index_to_world_mm)
    own, wanted = nib.io_orientation(image.affine), nib.orientations.axcodes2ornt(orientation)
    turned = image.as_reoriented(nib.orientations.ornt_transform(own, wanted))
    parts = np.asfortranarray(np.asarray(turned.dataobj), dtype=np.uint8)
    return assemble(Grid(parts.shape, turned.affine), parts=parts, part_names=tuple("12345678"))


@pytest.mark.parametrize("orientation", ["LPS", "RAS", "PIR"])
def test_the_order_of_the_voxels_changes_nothing(orientation: str) -> None:
    reference, turned = (liver_solid(egg_liver(o)).mesh for o in ("LPI", orientation))
    assert turned.volume_ml == pytest.approx(reference.volume_ml, rel=1e-4)
    np.testing.assert_allclose(
        turned.vertices_mm.max(axis=0) - turned.vertices_mm.min(axis=0),
        reference.vertices_mm.max(axis=0) - reference.vertices_mm.min(axis=0),
        atol=0.2,
    )


def test_the_cut_lies_between_what_stays_and_what_leaves(sample: Liver) -> None:
    classes = planned_classes(sample, fates(sample, parse_plan("H5678")))
    stays = mesh_of(classes == 1, sample.grid)
    cut = facing(stays, classes == 2, sample.grid)
    assert 0 < len(cut.triangles) < len(stays.triangles) / 2
    index = np.rint(
        (cut.vertices_mm - sample.grid.index_to_world_mm[:3, 3])
        @ np.linalg.inv(sample.grid.index_to_world_mm[:3, :3]).T
    ).astype(int)
    near = [
        classes[tuple(slice(max(0, a - 2), a + 3) for a in place)]
        for place in index[:: max(1, len(index) // 200)]
    ]
    assert all((block == 2).any() and (block == 1).any() for block in near)
    assert len(facing(stays, np.zeros_like(classes, dtype=bool), sample.grid).triangles) == 0


def test_what_has_no_surface_is_refused() -> None:
    grid = phantom_grid((4, 5, 6))
    with pytest.raises(GeometryError, match="empty"):
        mesh_of(np.zeros(grid.shape, dtype=bool), grid)
    with pytest.raises(GeometryError, match="expected the same"):
        mesh_of(np.ones((3, 5, 6), dtype=bool), grid)
    uneven = Grid(grid.shape, grid.index_to_world_mm, np.arange(1.0, 7.0))
    with pytest.raises(GeometryError, match="uneven"):
        mesh_of(np.ones(grid.shape, dtype=bool), uneven)
