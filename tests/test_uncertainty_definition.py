"""Errors of volumes against their definition, written out slowly: every voxel, every cell, every pair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import OBLIQUE_DEG, couinaud_block, couinaud_egg
from scipy import ndimage

from flr.geometry import Grid
from flr.labels import Tissue
from flr.liver import Fate, Liver, assemble
from flr.plans import MaskCut, Parts, Plan, fates, parse_plan
from flr.uncertainty import ERRORS, Errors, surfaces_of
from flr.uncertainty.boundary import CELL_MM
from flr.uncertainty.shares import slice_loss_percent

TISSUES = ((Tissue.PARENCHYMA, Tissue.VESSEL), (Tissue.TUMOUR,), (Tissue.NONFUNCTIONAL,))
FATES = (Fate.KEPT, Fate.RESECTED, Fate.ABLATED)
NAMES = (
    *("total", "functional", "tumour", "nonfunctional", "resected", "ablated"),
    *("remnant", "remnant_tumour", "remnant_nonfunctional"),
)
WIDER = Errors(correlation_length_mm=40.0, shared_percent=20.0, source="somebody else")

PLANS = {
    "parts": "H5678",
    "one part": "H4",
    "plane": "plane(5, 3, 1, 0.9, 0.3, -0.2)",
    "parts and plane": "H67 + plane(-30, 0, 0, 0.6, 0.64, 0.48)",
    "wedge": "wedge(T1, 7)",
    "ablation in what stays": "H67 + ablate(T2, 6)",
    "ablation beside a wedge": "wedge((40, 5, 5), 25) + ablate((40, 5, 25), 20)",
    "drawn remnant": "flr",
    "part of a segment": "H4'58",
}


def in_cells(liver: Liver, groups: list[NDArray[np.bool_]]) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Share of each cell that each mask fills, and the cells' transform to world coordinates."""
    factors = np.maximum(1, np.rint(CELL_MM / np.array(liver.grid.spacing_mm))).astype(int)
    shape = -(-np.array(liver.grid.shape) // factors) + 4
    shares = np.zeros((len(groups), *shape))
    for share, mask in zip(shares, groups, strict=True):
        np.add.at(share, tuple((np.argwhere(mask) // factors + 2).T), 1.0 / factors.prod())
    affine = np.array(liver.grid.index_to_world_mm)
    affine[:3, 3] = liver.grid.world_mm((factors - 1) / 2.0 - 2 * factors)
    affine[:3, :3] *= factors
    return shares, affine


def around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    for axis in range(3):
        values = ndimage.convolve1d(values, [0.25, 0.5, 0.25], axis=axis, mode="constant")
    return values


def gradient(values: NDArray[np.float64], affine: NDArray[Any]) -> NDArray[np.float64]:
    along = []
    for axis in range(3):
        one = ndimage.correlate1d(values, [-0.5, 0.0, 0.5], axis=axis, mode="constant")
        for other in {0, 1, 2} - {axis}:
            one = ndimage.convolve1d(one, [0.25, 0.5, 0.25], axis=other, mode="constant")
        along.append(one)
    return np.einsum("iw,iabc->wabc", np.linalg.inv(affine[:3, :3]), np.stack(along))


def covariance_of(
    area: NDArray[np.float64], change: NDArray[np.float64], affine: NDArray[Any], sd_mm: float, errors: Errors
) -> NDArray[np.float64]:
    """Of volumes, when each cell's area of a surface turns ``change`` of them per millimetre."""
    there = area > 1e-6
    if not there.any():
        return np.zeros((len(change), len(change)))
    at_mm = np.argwhere(there) @ affine[:3, :3].T + affine[:3, 3]
    blocks: dict[tuple[int, ...], list[int]] = {}
    for number, block in enumerate(np.floor((at_mm - at_mm.min(axis=0)) / 10.0).astype(int)):
        blocks.setdefault(tuple(block), []).append(number)
    members = list(blocks.values())
    weight = area[there]
    middle = np.array([np.average(at_mm[m], axis=0, weights=weight[m]) for m in members])
    turned = change[:, there].T
    moved = np.array([turned[m].sum(axis=0) for m in members])
    apart2 = ((middle[:, None] - middle) ** 2).sum(axis=-1)
    alike = np.exp(-apart2 / (2 * errors.correlation_length_mm**2))
    shared = errors.shared_percent / 100
    together = shared + (1 - shared) * alike
    return np.asarray((sd_mm / 1000) ** 2 * moved.T @ together @ moved)


def volumes_of(of_classes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nine volumes of what is held by tissue and fate, shape (tissues, fates, …)."""
    by_tissue, by_fate = of_classes.sum(axis=1), of_classes.sum(axis=0)
    return np.stack([by_tissue.sum(axis=0), *by_tissue, *by_fate[1:], *of_classes[:, 0]])


def slowly(liver: Liver, plan: Plan, errors: Errors, times: float = 1.0) -> NDArray[np.float64]:
    fate, inside = fates(liver, plan), liver.parts > 0
    masks = [inside & np.isin(liver.tissues, tissue) & (fate == one) for tissue in TISSUES for one in FATES]
    shares, affine = in_cells(liver, masks)
    shares = shares.reshape(3, 3, *shares.shape[1:])
    cell_mm3 = abs(np.linalg.det(affine[:3, :3]))
    near = np.stack([[around(one) for one in row] for row in shares])
    whole, all_near = shares.sum(axis=(0, 1)), near.sum(axis=(0, 1))
    share = np.divide(near, all_near, out=np.zeros_like(near), where=all_near > 1e-12)
    area = np.linalg.norm(gradient(whole, affine), axis=0) * cell_mm3
    result = covariance_of(area, volumes_of(area * share), affine, errors.outer_surface_mm * times, errors)

    def between(part: NDArray[np.float64]) -> NDArray[np.float64]:
        crossed = all_near * gradient(part, affine) - around(part) * gradient(whole, affine)
        length = np.linalg.norm(crossed, axis=0) * whole
        return cell_mm3 * np.divide(length, all_near**2, out=np.zeros_like(length), where=all_near > 1e-12)

    area = between(shares[:, 0].sum(axis=0))
    of_tissue, of_fate = share.sum(axis=1), share.sum(axis=0)
    removed = of_fate[1] + of_fate[2]
    taken = np.zeros_like(share)
    taken[:, 0] = -of_tissue
    for one in (1, 2):
        taken[:, one] = of_tissue * np.divide(
            of_fate[one], removed, out=np.zeros_like(removed), where=removed > 1e-12
        )
    result += covariance_of(area, volumes_of(area * taken), affine, errors.cut_mm * times, errors)
    for lesion in (1, 2):
        area = between(shares[lesion].sum(axis=0))
        grown = np.zeros_like(share)
        grown[lesion], grown[0] = of_fate, -of_fate
        sd_mm = errors.lesion_surface_mm * times
        result += covariance_of(area, volumes_of(area * grown), affine, sd_mm, errors)
    thickness_mm = max(liver.grid.spacing_mm)
    voxels = np.array([mask.sum() for mask in masks], dtype=float).reshape(3, 3)
    ml = volumes_of(voxels) * liver.grid.voxel_volume_ml
    lost = ml * slice_loss_percent(thickness_mm) * errors.slice_whole_ratio / 100
    remnant_ml, functional_ml = ml[NAMES.index("remnant")], ml[NAMES.index("functional")]
    exchanged = np.zeros(len(NAMES))
    extra = errors.slice_part_percent_per_mm * thickness_mm / 100
    exchanged[NAMES.index("remnant")] = min(remnant_ml, functional_ml - remnant_ml) * extra
    exchanged[NAMES.index("resected")] = -exchanged[NAMES.index("remnant")]
    return np.asarray(result + np.outer(lost, lost) + np.outer(exchanged, exchanged))


def egg_with_lesions(spacing_mm: tuple[float, float, float]) -> Liver:
    segments, grid = couinaud_egg(spacing_mm)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    at_mm = grid.world_mm(index)

    def ball(centre_mm: tuple[float, ...], radius_mm: float) -> NDArray[np.bool_]:
        return np.asarray((np.linalg.norm(at_mm - centre_mm, axis=-1) < radius_mm) & (segments > 0))

    tumours = np.zeros(grid.shape, np.uint16)
    for number, (centre, radius) in enumerate((((50, 10, 5), 17), ((-40, -10, 8), 12)), start=1):
        tumours[ball(centre, radius)] = number
    organ = segments > 0
    return assemble(
        grid,
        parts=segments,
        part_names=tuple("12345678"),
        tumours=tumours,
        nonfunctional=ball((5, 30, -20), 14),
        drawn={"flr": organ & (at_mm[..., 0] < 4), "resected": organ & (at_mm @ [1, 0.4, -0.1] > 8)},
        truncated=False,
    )


@pytest.fixture(scope="module")
def egg() -> Liver:
    return egg_with_lesions((4.6, 5.2, 5.9))


def assert_as_defined(liver: Liver, plan: Plan, errors: Errors = ERRORS, reviewed: bool = True) -> None:
    surfaces = surfaces_of(liver)
    assert surfaces is not None
    found = surfaces.plan_errors(plan, errors=errors, reviewed=reviewed)
    assert found.names == NAMES
    expected = slowly(liver, plan, errors, 1.0 if reviewed else errors.unreviewed_ratio)
    sd_ml = np.sqrt(np.diag(expected))
    assert sd_ml[NAMES.index("remnant")] > 3.0
    assert np.abs(found.covariance_ml2 - expected).max() <= 1e-9 * sd_ml.max() ** 2
    assert np.sqrt(np.diag(found.covariance_ml2).clip(0)) == pytest.approx(sd_ml, rel=1e-7, abs=1e-4)


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_has_the_errors_that_its_definition_gives(egg: Liver, name: str) -> None:
    assert_as_defined(egg, parse_plan(PLANS[name]))


def test_drawn_cuts_and_parts_that_are_ablated(egg: Liver) -> None:
    mask = np.zeros(egg.grid.shape, dtype=bool)
    mask[: egg.grid.shape[0] // 2, egg.grid.shape[1] // 2 :] = True
    assert_as_defined(egg, Plan("m", "m", (Parts(("5",)), MaskCut("mask", mask, egg.grid))))
    assert_as_defined(egg, Plan("a", "a", (Parts(("5", "8"), Fate.ABLATED), Parts(("8", "7")))))


def test_other_tables_of_errors_on_a_liver_that_is_known_already(egg: Liver) -> None:
    """What is kept with the liver is told apart by what it depends on."""
    plan = parse_plan("H67 + wedge(T1, 7)")
    for errors, reviewed in ((ERRORS, True), (WIDER, True), (ERRORS, False), (WIDER, False)):
        assert_as_defined(egg, plan, errors, reviewed)


@pytest.mark.parametrize("spacing_mm", [(1.9, 2.9, 6.1), (2.4, 2.1, 1.9)])
def test_cells_of_several_voxels_and_of_one(spacing_mm: tuple[float, float, float]) -> None:
    block = couinaud_block(
        columns_voxels=(6, 7, 10, 9), tumours=[(7, 5)], spacing_mm=spacing_mm, rotation_deg=OBLIQUE_DEG
    )
    liver = assemble(
        block.grid,
        parts=block.segments,
        part_names=tuple("12345678"),
        tumours=block.tumours.astype(np.uint16),
        truncated=False,
    )
    for text in ("H67", "wedge(T1, 3)"):
        assert_as_defined(liver, parse_plan(text))


def test_a_liver_that_is_not_divided(egg: Liver) -> None:
    whole = replace(egg, parts=(egg.parts > 0).astype(np.uint8), part_names=("liver",))
    assert_as_defined(whole, parse_plan("plane(5, 3, 1, 0.9, 0.3, -0.2)"))


def test_a_part_is_as_sure_as_a_plan_that_takes_it(egg: Liver) -> None:
    surfaces = surfaces_of(egg)
    assert surfaces is not None
    parts_ml = surfaces.part_sds_ml(errors=replace(ERRORS, slice_part_percent_per_mm=0.0))
    for name in ("4", "7"):
        expected = slowly(egg, parse_plan(f"H{name}"), replace(ERRORS, slice_part_percent_per_mm=0.0))
        # Blocks of a part begin where it does, those of a liver where that begins.
        assert parts_ml[name] == pytest.approx(float(expected[4, 4]) ** 0.5, rel=0.01)


def test_nothing_of_one_liver_reaches_another(egg: Liver) -> None:
    """A liver that was made from another by changing it is measured anew, and the first stays as it was."""
    plan = parse_plan("H5678")
    before = surfaces_of(egg)
    assert before is not None
    first = before.plan_errors(plan).covariance_ml2
    parts = np.array(egg.parts)
    parts[: egg.grid.shape[0] // 3] = 0
    assert_as_defined(replace(egg, parts=parts), plan)
    grown = replace(egg, tissues=np.where(egg.tumours == 2, Tissue.PARENCHYMA, egg.tissues))
    assert_as_defined(grown, plan)
    larger = egg.grid.index_to_world_mm @ np.diag([1.1, 1.1, 1.1, 1.0])
    turned = replace(egg, grid=Grid(egg.grid.shape, larger))
    other = surfaces_of(turned)
    assert other is not None
    assert other.plan_errors(plan).covariance_ml2[0, 0] > 1.1 * first[0, 0]
    again = surfaces_of(egg)
    assert again is not None
    assert np.array_equal(again.plan_errors(plan).covariance_ml2, first)
