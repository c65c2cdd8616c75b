"""Vessel trees and territories: analytic phantoms first, then agreement with known and with real trees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import OBLIQUE_DEG, oblique_grid

from flr.errors import GeometryError, LabelError
from flr.geometry import Grid
from flr.io.read import read_liver
from flr.kernels.nearest import nearest_seed, settle_ties
from flr.kernels.trees import Links, cross_sections, neighbour_pairs, way_mm
from flr.territories import (
    SECTIONS,
    VesselTrees,
    cantlie_of_landmarks,
    cantlie_of_vein,
    dice,
    find_trees,
    territories,
)

Mask = NDArray[np.bool_]

SPACING_MM = (1.5, 2.0, 2.5)
SHAPE = (60, 40, 24)


def block(grid: Grid) -> Mask:
    """A liver: everything but a rim of six voxels in j (behind) and two elsewhere."""
    organ = np.zeros(grid.shape, dtype=bool, order="F")
    organ[2:-2, 6:-2, 2:-2] = True
    return organ


def tube(grid: Grid, i: slice | int, j: slice | int, k: slice | int) -> Mask:
    """A straight vessel, two voxels wide across its direction."""
    mask = np.zeros(grid.shape, dtype=bool, order="F")
    at = tuple(s if isinstance(s, slice) else slice(s, s + 2) for s in (i, j, k))
    mask[at] = True
    return mask


def portal_y(grid: Grid) -> dict[str, Mask]:
    """A trunk from behind, a right and a left branch along i in front; +i is the patient's right here."""
    return {
        "portal_vein": tube(grid, 29, slice(0, 22), 11),
        "portal_vein_right": tube(grid, slice(31, 56), 20, 11),
        "portal_vein_left": tube(grid, slice(4, 29), 20, 11),
    }


@pytest.fixture(name="grid")
def a_grid() -> Grid:
    return oblique_grid(SHAPE, SPACING_MM, orientation="RAS")


# Nearest voxel


@pytest.mark.parametrize("rotation", [(0.0, 0.0, 0.0), OBLIQUE_DEG])
@pytest.mark.parametrize("shear", [0.0, 0.3])
def test_the_nearest_seed_is_nearest(rotation: tuple[float, float, float], shear: float) -> None:
    grid = oblique_grid((17, 13, 11), (0.7, 1.1, 2.5), orientation="LPS", rotation_deg=rotation)
    affine = grid.index_to_world_mm.copy()
    affine[:3, 2] += shear * affine[:3, 1]
    rng = np.random.default_rng(4)
    flat = rng.permutation(17 * 13 * 11).astype(np.int64)
    seeds, wanted = np.sort(flat[:23]), np.sort(flat[:1500])
    labels = rng.integers(1, 5, seeds.size)
    found = nearest_seed(seeds, wanted, grid.shape, affine)

    def world(positions: NDArray[np.int64]) -> NDArray[np.float64]:
        index = np.stack(np.unravel_index(positions, grid.shape, order="F"), axis=1)
        return np.asarray(index @ affine[:3, :3].T)

    square = ((world(wanted)[:, None, :] - world(seeds)[None]) ** 2).sum(axis=2)
    least = square.min(axis=1)
    assert np.allclose(square[np.arange(wanted.size), found], least, rtol=1e-12, atol=1e-12)
    own = settle_ties(found, labels, seeds, wanted, grid.shape, affine)
    tied = square <= least[:, None] * (1.0 + 1e-9)
    allowed = [set(labels[row].tolist()) for row in tied]
    assert all(int(label) in names for label, names in zip(own, allowed, strict=True))


def test_a_body_that_tapers_keeps_its_ends() -> None:
    """Its box is wider than any slice through both ends."""
    shape, affine = (17, 13, 11), np.diag([1.0, 1.2, 2.0, 1.0])
    i, j, k = np.indices(shape) - np.array([8, 6, 5]).reshape(3, 1, 1, 1)
    body = (i / 8) ** 2 + (j / 6) ** 2 + (k / 5) ** 2 <= 1.0
    wanted = np.flatnonzero(body.ravel("F")).astype(np.int64)
    seeds = np.flatnonzero((body & (np.abs(i) == 8)).ravel("F")).astype(np.int64)
    assert seeds.size == 2
    found = nearest_seed(seeds, wanted, shape, affine)
    own = settle_ties(found, np.array([2, 1]), seeds, wanted, shape, affine)
    side = i.ravel("F")[wanted]
    assert (own[side < 0] == 2).all()
    assert (own[side >= 0] == 1).all()


def test_ties_go_to_the_lower_label_from_every_side() -> None:
    shape = (31, 9, 7)
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    organ = np.ones(shape, dtype=bool, order="F")
    seed = np.zeros(shape, dtype=np.int64, order="F")
    seed[5, 4, 3], seed[25, 4, 3] = 2, 1  # the plane i = 15 is exactly between
    for flip in (slice(None), slice(None, None, -1)):
        turned = np.asfortranarray(seed[flip])
        seeds = np.flatnonzero(turned.ravel("F")).astype(np.int64)
        wanted = np.flatnonzero(organ.ravel("F")).astype(np.int64)
        found = nearest_seed(seeds, wanted, shape, affine)
        own = settle_ties(found, turned.ravel("F")[seeds], seeds, wanted, shape, affine)
        result = own.reshape(shape, order="F")[flip]
        assert (result[:15] == 2).all()
        assert (result[15:] == 1).all()


def test_neighbours_do_not_reach_across_the_border_of_the_box() -> None:
    shape = (4, 3, 2)
    flat = np.array([3, 4], dtype=np.int64)  # the end of one row and the beginning of the next
    first, *_ = neighbour_pairs(flat, shape)
    assert first.size == 0


def test_cross_sections_of_a_vessel_that_divides_are_a_tree() -> None:
    """Two voxels wide along i; from i = 6 on an arm on either side. Voxels of 1 mm, cut every 2 mm."""
    shape = (12, 12, 1)
    vessel = np.zeros(shape, dtype=bool, order="F")
    vessel[0:6, 5:7] = True
    vessel[6:12, 4:5] = vessel[6:12, 7:8] = True
    flat = np.flatnonzero(vessel.ravel("F")).astype(np.int64)
    i, j = flat % shape[0], flat // shape[0]
    first, second, _ = neighbour_pairs(flat, shape)
    length_mm = np.hypot(i[first] - i[second], j[first] - j[second])
    links = Links(flat.size, first, second, length_mm, np.flatnonzero(i == 0))
    pieces = cross_sections(links, way_mm(links), 2.0)
    stem = pieces.piece[i < 6]
    assert set(stem[i[i < 6] < 2]) == {1}  # one piece across the vessel, beside the root as further out
    assert set(stem) == {1, 2, 3}
    assert pieces.parent[:4].tolist() == [-1, 0, 1, 2]
    for arm in (4, 7):
        own = list(dict.fromkeys(pieces.piece[(j == arm) & (i > 6)].tolist()))
        assert pieces.parent[own].tolist() == [3, *own[:-1]]
    assert pieces.parent.size == pieces.piece.max() + 1
    weight = np.bincount(pieces.piece, minlength=pieces.parent.size).astype(np.float64)
    below = pieces.downstream(weight)
    assert below[0] == below[1] == flat.size
    assert sorted(below[pieces.children()[3]]) == [6.0, 6.0]
    assert below[pieces.parent.size - 1] == weight[-1]


# Labelled branches


def test_labelled_branches_split_the_block_at_the_middle_plane(grid: Grid) -> None:
    organ = block(grid)
    found = find_trees(portal_y(grid), organ, grid)
    assert found.refusals == ()
    tree = found.portal
    assert tree is not None
    assert tree.is_rooted
    halves = territories(tree, organ)
    assert halves.names == ("RPV", "LPV")
    # Right begins at i = 31 and left ends at i = 28: 29 is nearer to the left branch, 30 to the right one.
    right = np.zeros(grid.shape, dtype=bool)
    right[30:] = True
    assert np.array_equal(halves.voxels == 1, right & organ)
    assert np.array_equal(halves.voxels == 2, ~right & organ)
    voxel_ml = grid.voxel_volume_ml
    assert halves.volumes_ml["RPV"] == pytest.approx(28 * 32 * 20 * voxel_ml, rel=1e-12)
    assert sum(halves.volumes_ml.values()) == pytest.approx(np.count_nonzero(organ) * voxel_ml, rel=1e-12)


def test_cross_table_sums_to_territories_and_to_parts(grid: Grid) -> None:
    organ = block(grid)
    tree = find_trees(portal_y(grid), organ, grid).portal
    assert tree is not None
    halves = territories(tree, organ)
    parts = np.where(organ, 1 + (np.indices(grid.shape)[1] > 20), 0).astype(np.uint8)
    table_ml = halves.by_part_ml(parts, 2)
    assert table_ml.sum(axis=1) == pytest.approx(list(halves.volumes_ml.values()))
    counted = [np.count_nonzero(parts == n) * grid.voxel_volume_ml for n in (1, 2)]
    assert table_ml.sum(axis=0) == pytest.approx(counted)


def test_undivided_portal_vein_divides_like_the_labelled_one(grid: Grid) -> None:
    organ = block(grid)
    labelled = portal_y(grid)
    whole = np.logical_or.reduce(list(labelled.values()))
    tree = find_trees({"portal_vein": whole}, organ, grid).portal
    assert tree is not None
    assert tree.root == "the end of the portal mask outside the liver"
    found = territories(tree, organ)
    assert set(found.names) == {"RPV", "LPV"}
    drawn_tree = find_trees(labelled, organ, grid).portal
    assert drawn_tree is not None
    drawn = territories(drawn_tree, organ)
    same = dice(found.voxels == found.names.index("RPV") + 1, drawn.voxels == 1)
    assert same is not None
    assert same > 0.95


def test_a_mirrored_patient_has_a_mirrored_right(grid: Grid) -> None:
    turned = oblique_grid(SHAPE, SPACING_MM, orientation="LAS")
    organ = block(turned)
    whole = np.logical_or.reduce(list(portal_y(turned).values()))
    tree = find_trees({"portal_vein": whole}, organ, turned).portal
    assert tree is not None
    found = territories(tree, organ)
    right = np.argwhere(found.voxels == found.names.index("RPV") + 1)
    assert right[:, 0].max() < 32


def test_labelled_branches_are_territories_by_themselves_where_they_enter_the_liver(grid: Grid) -> None:
    organ = block(grid)
    masks = portal_y(grid)
    masks["portal_vein_right_posterior"] = tube(grid, slice(31, 40), 2, 11)  # wholly behind the liver
    tree = find_trees(masks, organ, grid).portal
    assert tree is not None
    assert set(tree.groups["branch"]) == {"RPV", "LPV"}
    for name, count in (("RPV", 25 * 4), ("LPV", 25 * 4)):
        assert np.count_nonzero(tree.branch[tree.members(name)]) >= count


# Roots, gaps, fragments


def test_a_mask_that_never_leaves_the_liver_has_no_root(grid: Grid) -> None:
    organ = block(grid)
    inner = np.logical_or.reduce(list(portal_y(grid).values())) & organ
    found = find_trees({"portal_vein": inner}, organ, grid)
    assert found.portal is not None
    assert not found.portal.is_rooted
    assert "trunk" in found.refusals[0]
    with pytest.raises(LabelError, match="trunk"):
        found.portal.survives(np.zeros(found.portal.voxels.size, dtype=bool))


def test_labelled_branches_without_trunk_give_territories_but_no_root(grid: Grid) -> None:
    organ = block(grid)
    masks = portal_y(grid)
    del masks["portal_vein"]
    found = find_trees(masks, organ, grid)
    assert found.portal is not None
    assert "trunk is not given" in found.portal.missing
    assert set(territories(found.portal, organ).names) == {"RPV", "LPV"}


@pytest.mark.parametrize(("width", "closed"), [(2, True), (3, False)])
def test_gaps_are_closed_up_to_the_limit_and_no_further(grid: Grid, width: int, closed: bool) -> None:
    organ = block(grid)
    masks = portal_y(grid)
    right = masks["portal_vein_right"]
    right[40 : 40 + width] = False  # centres (width + 1) · 1.5 mm apart: 4.5 and 6.0
    tree = find_trees(masks, organ, grid).portal
    assert tree is not None
    rest_ml = np.count_nonzero(right[40 + width :]) * grid.voxel_volume_ml
    if closed:
        assert [repair.gap_mm for repair in tree.repairs] == pytest.approx([4.5])
        assert tree.repairs[0].joined_ml == pytest.approx(rest_ml)
        assert tree.fragments_ml == ()
    else:
        assert tree.repairs == ()
        assert tree.fragments_ml == pytest.approx([rest_ml])
        assert not tree.feeders[tree.voxels % grid.shape[0] > 45].any()


def test_what_hangs_on_a_closed_gap_is_lost_with_what_it_hangs_on(grid: Grid) -> None:
    """The bridge ends on the very first voxel of the tree, which is no root for all that."""
    organ = block(grid)
    masks = portal_y(grid)
    masks["portal_vein"][:, :, 11] = False  # the trunk, one voxel thick now, begins above the right branch
    right = masks["portal_vein_right"]
    right[40, 20, 5:11] = True
    right[42:50, 20, 5] = True  # centres 3 mm from the end of the branch that goes down
    tree = find_trees(masks, organ, grid).portal
    assert tree is not None
    assert [repair.gap_mm for repair in tree.repairs] == pytest.approx([3.0])
    row, i = np.divmod(tree.voxels, grid.shape[0])
    k = row // grid.shape[1]
    assert (i[0], k[0]) == (40, 5)
    beyond = (k == 5) & (i >= 42)
    assert np.count_nonzero(beyond) == 8
    assert tree.survives(np.zeros(tree.voxels.size, dtype=bool))[beyond].all()
    assert not tree.survives((i == 40) & (k >= 7) & (k < 10))[beyond].any()


# Hepatic veins


def hepatic_tree(grid: Grid) -> dict[str, Mask]:
    """Three veins along j that end in a wide vena cava behind the block, along k."""
    cava = np.zeros(grid.shape, dtype=bool, order="F")
    cava[24:36, 0:7, :] = True
    return {
        "ivc": cava,
        "hepatic_vein_right": tube(grid, slice(36, 54), 6, 18) | tube(grid, 52, slice(6, 36), 18),
        "hepatic_vein_middle": tube(grid, 29, slice(7, 36), 18),
        "hepatic_vein_left": tube(grid, slice(6, 24), 6, 18) | tube(grid, 6, slice(6, 36), 18),
    }


def test_hepatic_veins_hang_on_the_vena_cava(grid: Grid) -> None:
    organ = block(grid)
    found = find_trees(hepatic_tree(grid), organ, grid)
    assert found.hepatic is not None
    assert found.hepatic.is_rooted
    assert found.hepatic.attached.all()
    drained = territories(found.hepatic, organ)
    assert drained.names == ("RHV", "MHV", "LHV")


def test_the_vena_cava_is_found_in_the_mask_and_the_veins_are_named() -> None:
    grid = oblique_grid((90, 60, 40), (1.5, 1.5, 2.0), orientation="RAS")
    organ = np.zeros(grid.shape, dtype=bool, order="F")
    organ[2:-2, 16:-2, 2:-2] = True
    x, y, _ = np.indices(grid.shape)
    mask = np.asfortranarray((x - 44.5) ** 2 + (y - 7.5) ** 2 < 7.5**2)  # 11 mm of radius, along k
    mask[43:47, 12:55, 29:32] = True
    mask[46:80, 12:15, 29:32] = True
    mask[77:80, 12:50, 29:32] = True
    mask[10:44, 12:15, 29:32] = True
    mask[10:13, 12:50, 29:32] = True
    found = find_trees({"hepatic_vein": mask}, organ, grid)
    assert found.hepatic is not None
    assert found.hepatic.is_rooted
    assert any("vena cava was found" in note for note in found.hepatic.notes)
    middle = np.ravel_multi_index((44, 7, 20), grid.shape, order="F")  # of the vena cava, which is no vein
    assert not np.isin(middle, found.hepatic.voxels)
    drained = territories(found.hepatic, organ)
    assert set(drained.names) == {"RHV", "MHV", "LHV"}
    i_of = {n: np.argwhere(drained.voxels == rank)[:, 0].mean() for rank, n in enumerate(drained.names, 1)}
    assert i_of["RHV"] > i_of["MHV"] > i_of["LHV"]
    plane = cantlie_of_vein(found)
    assert plane is not None
    assert plane.normal[0] > 0.99
    assert abs(float(grid.world_mm((45, 0, 0))[0] - plane.point_mm[0])) < 2.0


def test_a_stem_that_all_hepatic_veins_share_divides_into_named_veins(grid: Grid) -> None:
    """It divides in two: the right vein, and a common one of middle and left vein."""
    masks = {
        "ivc": hepatic_tree(grid)["ivc"],
        "hepatic_vein": np.logical_or.reduce(
            [
                tube(grid, 29, slice(7, 14), 18),
                tube(grid, slice(29, 54), 14, 18) | tube(grid, 52, slice(14, 36), 18),
                tube(grid, slice(14, 31), 14, 18) | tube(grid, 14, slice(14, 20), 18),
                tube(grid, slice(14, 27), 20, 18) | tube(grid, 25, slice(20, 36), 18),
                tube(grid, slice(5, 16), 20, 18) | tube(grid, 5, slice(20, 36), 18),
            ]
        ),
    }
    organ = block(grid)
    tree = find_trees(masks, organ, grid).hepatic
    assert tree is not None
    assert "all hepatic veins leave the vena cava together as far as this mask shows" in tree.notes
    drained = territories(tree, organ)
    assert set(drained.names) == {"RHV", "MHV", "LHV"}
    i_of = {n: np.argwhere(drained.voxels == rank)[:, 0].mean() for rank, n in enumerate(drained.names, 1)}
    assert i_of["RHV"] > i_of["MHV"] > i_of["LHV"]


def test_a_wide_tube_that_lies_mostly_in_the_liver_is_no_vena_cava() -> None:
    """A tumour drawn as a vessel, or a vein that widens inside: nothing outside is wide by itself."""
    from flr.territories.graph import vena_cava

    grid = Grid((24, 24, 30), np.diag([2.0, 2.0, 2.0, 1.0]))
    x, y, z = np.indices(grid.shape)
    tube = (np.hypot(x - 12, y - 12) < 6) & (z >= 5)
    assert vena_cava(tube, z < 22, grid) is None
    assert vena_cava(tube, z < 12, grid) is not None


def test_hepatic_veins_without_a_vena_cava_have_no_root(grid: Grid) -> None:
    masks = hepatic_tree(grid)
    veins = np.logical_or.reduce([mask for name, mask in masks.items() if name != "ivc"])
    found = find_trees({"hepatic_vein": veins}, block(grid), grid)
    assert found.hepatic is not None
    assert not found.hepatic.is_rooted
    assert found.hepatic.voxels.size == np.count_nonzero(veins)
    assert "vena cava is not given and none was found" in found.refusals[0]


def test_one_hepatic_vein_alone_is_no_outflow(grid: Grid) -> None:
    masks = hepatic_tree(grid)
    found = find_trees(
        {"ivc": masks["ivc"], "hepatic_vein_right": masks["hepatic_vein_right"]}, block(grid), grid
    )
    assert "only RHV" in found.refusals[0]


# One undivided mask


def test_an_undivided_mask_is_separated_by_trunk_and_vena_cava(grid: Grid) -> None:
    organ = block(grid)
    portal, hepatic = portal_y(grid), hepatic_tree(grid)
    inner = [portal["portal_vein_right"], portal["portal_vein_left"]]
    inner += [mask for name, mask in hepatic.items() if name != "ivc"]
    loose = tube(grid, slice(10, 13), 33, 4)
    undivided = np.logical_or.reduce([*inner, loose])
    found = find_trees(
        {"hepatic_vessel": undivided, "portal_vein": portal["portal_vein"], "ivc": hepatic["ivc"]},
        organ,
        grid,
    )
    assert found.portal is not None
    assert found.hepatic is not None
    assert found.portal.is_rooted
    assert found.hepatic.is_rooted
    assert found.fragments_ml == pytest.approx([np.count_nonzero(loose) * grid.voxel_volume_ml])
    assert set(found.portal.groups["first"]) == {"RPV", "LPV"}


def test_an_undivided_mask_alone_is_refused_with_what_is_missing(grid: Grid) -> None:
    inner = portal_y(grid)["portal_vein_right"] | hepatic_tree(grid)["hepatic_vein_middle"]
    found = find_trees({"hepatic_vessel": inner}, block(grid), grid)
    assert found.trees == ()
    assert "no portal trunk and no vena cava (IVC) is given" in found.refusals[0]
    assert len(found.fragments_ml) == 2
    assert sum(found.fragments_ml) == pytest.approx(np.count_nonzero(inner) * grid.voxel_volume_ml)
    with pytest.raises(LabelError, match="no vessel tree is known"):
        found.named("RPV")


def test_a_mask_that_touches_trunk_and_vena_cava_is_refused(grid: Grid) -> None:
    portal, hepatic = portal_y(grid), hepatic_tree(grid)
    joined = portal["portal_vein_right"] | hepatic["hepatic_vein_right"] | tube(grid, 52, 20, slice(11, 20))
    found = find_trees(
        {"hepatic_vessel": joined, "portal_vein": portal["portal_vein"], "ivc": hepatic["ivc"]},
        block(grid),
        grid,
    )
    assert any("touch both" in reason for reason in found.refusals)


def test_uneven_slices_have_no_territories() -> None:
    weights = np.full(SHAPE[2], 2.5)
    weights[3] = 5.0
    grid = Grid(SHAPE, oblique_grid(SHAPE, SPACING_MM).index_to_world_mm, weights)
    with pytest.raises(GeometryError, match="uneven"):
        find_trees(portal_y(grid), block(grid), grid)


# Right and left without any vessel


def test_landmarks_span_a_plane_whose_normal_points_right() -> None:
    plane = cantlie_of_landmarks([(10.0, 60.0, -40.0), (0.0, 0.0, 40.0), (0.0, 0.0, -40.0)])
    assert plane.normal[0] > 0.9
    assert float((np.array([50.0, 0.0, 0.0]) - plane.point_mm) @ plane.normal) > 0.0
    with pytest.raises(GeometryError, match="line"):
        cantlie_of_landmarks([(0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 2.0)])
    with pytest.raises(GeometryError, match="three or more"):
        cantlie_of_landmarks([(0.0, 0.0, 0.0)])


def test_no_plane_without_a_middle_vein() -> None:
    assert cantlie_of_vein(VesselTrees(None, None)) is None


# Known and real trees


# Measured on the sample case, whose segments follow its hepatic veins and not its portal branches.
SAMPLE_DICE = {"RAPV": 0.876, "RPPV": 0.896, "LMPV": 0.715, "LLPV": 0.916}


def test_agreement_of_portal_sections_with_the_segments_of_the_sample(sample_data: Path) -> None:
    folder = sample_data / "baseline"
    liver = read_liver(folder / "segments.nii.gz", folder / "vessels.nii.gz")
    organ = liver.parts > 0
    tree = find_trees(liver.vessels, organ, liver.grid).portal
    assert tree is not None
    sections = territories(tree, organ, "second")
    assert set(sections.names) == set(SAMPLE_DICE)
    others = organ & (liver.parts != liver.part_index("1"))  # segment 1 has no labelled branch
    for rank, name in enumerate(sections.names, start=1):
        segments = np.isin(liver.parts, [liver.part_index(key) for key in SECTIONS[name]])
        agreement = dice((sections.voxels == rank) & others, segments)
        assert agreement == pytest.approx(SAMPLE_DICE[name], abs=0.0006)


def test_the_undivided_trees_of_the_sample_give_the_labelled_halves(sample_data: Path) -> None:
    folder = sample_data / "baseline"
    liver = read_liver(folder / "segments.nii.gz", folder / "vessels.nii.gz")
    organ = liver.parts > 0
    labelled = find_trees(liver.vessels, organ, liver.grid)
    portal = [mask for name, mask in liver.vessels.items() if name.startswith("portal")]
    hepatic = [mask for name, mask in liver.vessels.items() if name.startswith("hepatic") or name == "ivc"]
    whole = find_trees(
        {"portal_vein": np.logical_or.reduce(portal), "hepatic_vein": np.logical_or.reduce(hepatic)},
        organ,
        liver.grid,
    )
    for drawn, found in ((labelled.portal, whole.portal), (labelled.hepatic, whole.hepatic)):
        assert drawn is not None
        assert found is not None
        one, other = territories(drawn, organ), territories(found, organ)
        assert set(one.names) == set(other.names)
        for rank, name in enumerate(one.names, start=1):
            same = dice(one.voxels == rank, other.voxels == other.names.index(name) + 1)
            assert same is not None
            assert same > 0.99, name


@pytest.mark.real
def test_real_portal_and_hepatic_tree_without_hand_tuning(real_data: Path) -> None:
    folder = real_data / "msd08_hvpv"
    vessels = folder / "hepaticvessel_002_hv1_pv2.nii.gz"
    liver = read_liver(
        vessels,
        liver=folder / "hepaticvessel_002_liver.nii.gz",
        labels={vessels.name: "1=hepatic_vein,2=portal_vein"},
    )
    organ = liver.parts > 0
    found = find_trees(liver.vessels, organ, liver.grid)
    assert found.refusals == ()
    assert found.portal is not None
    assert found.hepatic is not None
    assert found.portal.fragments_ml == found.hepatic.fragments_ml == ()
    total_ml = np.count_nonzero(organ) * liver.grid.voxel_volume_ml
    halves = territories(found.portal, organ).volumes_ml
    veins = territories(found.hepatic, organ).volumes_ml
    assert 100.0 * halves["RPV"] / total_ml == pytest.approx(62.9, abs=0.1)
    assert set(veins) == {"RHV", "MHV", "LHV"}
    assert sum(halves.values()) == pytest.approx(total_ml)
    assert sum(veins.values()) == pytest.approx(total_ml)


@pytest.mark.real
@pytest.mark.parametrize(
    ("organ", "vessels"),
    [
        ("msd08/MSD-037_liver", "msd08/MSD-037_vessel"),
        ("msd08/MSD-133_liver", "msd08/MSD-133_vessel"),
        ("couinaud_lits/LiTS-73_couinaud", "couinaud_lits/LiTS-73_vessel"),
    ],
)
def test_real_undivided_masks_are_refused_with_their_fragments(
    real_data: Path, organ: str, vessels: str
) -> None:
    role = "liver" if "liver" in organ else "segments"
    given = {role: real_data / f"{organ}.nii.gz"}
    liver = read_liver(vessels=real_data / f"{vessels}.nii.gz", **given)  # type: ignore[arg-type]  # a role's name
    found = find_trees(liver.vessels, liver.parts > 0, liver.grid)
    assert found.trees == ()
    assert "no portal trunk and no vena cava" in found.refusals[0]
    mask = liver.vessels["hepatic_vessel"]
    assert sum(found.fragments_ml) == pytest.approx(np.count_nonzero(mask) * liver.grid.voxel_volume_ml)
    assert found.fragments_ml == tuple(sorted(found.fragments_ml, reverse=True))
