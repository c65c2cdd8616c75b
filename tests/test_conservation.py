"""Total = resected + ablated + remnant + remnant tumour + remnant nonfunctional, whatever the plan."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from phantoms import couinaud_block

from flr.errors import PlanError
from flr.liver import Fate, Liver, assemble
from flr.plans import PlaneSlider, fates, parse_plan, volumes

SEGMENTS = tuple("12345678")


def random_liver(rng: np.random.Generator) -> Liver:
    """A block liver with tumours, cysts and vessels on a random oblique grid."""
    order = "".join(rng.permutation(["L", "P", "S"]))
    block = couinaud_block(
        tumours=[
            (int(part), int(rng.integers(2, 5)))
            for part in rng.choice([2, 3, 4, 5, 6, 7, 8], 3, replace=False)
        ],
        spacing_mm=tuple(float(v) for v in rng.uniform(2.5, 5.0, 3)),
        orientation="".join(c if rng.random() < 0.5 else {"L": "R", "P": "A", "S": "I"}[c] for c in order),
        rotation_deg=rng.uniform(-25.0, 25.0, 3),
    )
    shape = block.grid.shape
    return assemble(
        block.grid,
        parts=np.asfortranarray(block.segments),
        part_names=SEGMENTS,
        tumours=np.asfortranarray(block.tumours).astype(np.uint16),
        nonfunctional=rng.random(shape) < 0.01,
        vessels={"portal_vein": rng.random(shape) < 0.02},
        drawn={"resected": rng.random(shape) < 0.3},
    )


def random_terms(rng: np.random.Generator, liver: Liver) -> Iterator[str]:
    """A random plan, term by term."""
    segments = sorted(rng.choice(SEGMENTS, int(rng.integers(1, 4)), replace=False))
    if rng.random() < 0.7:
        yield "H" + "".join(segments)
    if rng.random() < 0.6:
        yield f"wedge(T{rng.integers(1, 4)}, {rng.uniform(0, 15):.2f})"
    if rng.random() < 0.6:
        yield f"ablate(T{rng.integers(1, 4)}, {rng.uniform(0, 12):.2f})"
    inside = liver.grid.world_mm(np.argwhere(liver.parts > 0)[int(rng.integers(0, 1000))])
    where = ", ".join(f"{v:.3f}" for v in inside)
    if rng.random() < 0.5:
        yield f"ablate(({where}), {rng.uniform(1, 20):.2f})"
    for _ in range(int(rng.integers(0, 3))):
        normal = ", ".join(f"{v:.3f}" for v in rng.normal(size=3))
        yield f"plane({where}, {normal})"
    if rng.random() < 0.3:
        yield "resected"


def check(liver: Liver, text: str) -> None:
    table = volumes(liver, parse_plan(text))
    totals = table.voxel_totals
    accounted_ml = (
        table.resected_ml
        + table.ablated_ml
        + table.remnant_ml
        + table.remnant_tumour_ml
        + table.remnant_nonfunctional_ml
    )
    assert abs(table.total_ml - accounted_ml) < 1e-6
    assert abs(table.conservation_error_ml) < 1e-6
    assert totals["total"] == totals["resected"] + totals["ablated"] + totals["kept"]
    assert totals["total"] == int(np.count_nonzero(liver.parts))
    assert table.total_ml == pytest.approx(totals["total"] * liver.grid.voxel_volume_ml, abs=1e-6)
    assert (table.ml >= -1e-9).all()
    if "plane" not in text:
        np.testing.assert_allclose(table.ml, table.voxels * liver.grid.voxel_volume_ml, atol=1e-9)
    by_voxel = fates(liver, parse_plan(text))
    assert int(np.count_nonzero(by_voxel == Fate.RESECTED)) == totals["resected"]
    assert not by_voxel[liver.parts == 0].any()


@pytest.mark.parametrize("seed", range(12))
def test_random_plans_on_random_grids_conserve_volume(seed: int) -> None:
    rng = np.random.default_rng(seed)
    liver = random_liver(rng)
    checked = 0
    for _ in range(6):
        text = " + ".join(dict.fromkeys(random_terms(rng, liver)))
        if not text:
            continue
        try:
            parsed = volumes(liver, parse_plan(text))
        except PlanError:
            continue  # it misses the liver, or takes all of it
        assert parsed.total_ml > 0.0
        check(liver, text)
        checked += 1
    assert checked


@pytest.mark.parametrize("seed", range(4))
def test_removing_more_never_leaves_more(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    liver = random_liver(rng)
    terms = ["H6", "wedge(T1, 4)", "ablate(T2, 6)"]
    x, y, z = liver.part_centroids_mm["8"]
    terms.append(f"plane({x:.3f}, {y:.3f}, {z:.3f}, 1, 0.2, 0.1)")
    remnants = [volumes(liver, parse_plan(" + ".join(terms[: n + 1]))).remnant_ml for n in range(len(terms))]
    assert all(a >= b - 1e-9 for a, b in itertools.pairwise(remnants))


def test_a_moving_plane_conserves_volume_everywhere() -> None:
    liver = random_liver(np.random.default_rng(42))
    x, y, z = liver.part_centroids_mm["4"]
    slider = PlaneSlider.of(liver, parse_plan(f"H6 + ablate(T1, 3) + plane({x}, {y}, {z}, 1, 0.1, 0.2)"))
    for moved in slider.sensitivity(np.linspace(-200.0, 200.0, 17).tolist(), [-20.0, 0.0, 20.0]):
        table = slider.table(moved.offset_mm, moved.tilt_degrees)
        assert abs(table.conservation_error_ml) < 1e-6
        assert (table.ml >= -1e-9).all()


@pytest.mark.real
def test_plans_on_a_real_liver_with_its_own_tumours_conserve_volume(real_data: Path) -> None:
    from flr.io.read import read_liver

    folder = real_data / "msd08_hvpv"
    liver = read_liver(
        folder / "hepaticvessel_002_task008.nii.gz",
        liver=folder / "hepaticvessel_002_liver.nii.gz",
        scheme="msd_task08_hepaticvessel",
    )
    for text in ("wedge(T1, 10)", "ablate(T1, 5)", "wedge(T1, 1) + ablate(T1, 10)"):
        check(liver, text)
