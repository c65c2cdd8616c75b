"""A zone drawn after an ablation against the tumours: analytic spheres, every door, what is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from dicom_phantoms import AXIAL, Ellipsoid, Stack, segment, write_seg, write_series
from planning import GRIDS, ball, grid_around, open_liver

import flr
from flr.assessment import assess
from flr.cli.entry import main
from flr.documents.assessments import assessment_document
from flr.errors import GeometryError
from flr.patient import Patient
from flr.plans.achieved import AchievedAblation, achieved_ablation
from flr.report.content import report_content


def after(shift_mm: float, radius_mm: float = 15.0, grid: str = "straight", **more: Any) -> AchievedAblation:
    """A tumour of 10 mm radius and a ball-shaped zone whose centre lies ``shift_mm`` to the right."""
    space = grid_around(40.0, **GRIDS[grid])
    zone = ball(space, radius_mm, (shift_mm, 0.0, 0.0))
    liver = open_liver(space, [ball(space, 10.0)], drawn={"ablated_zone": zone}, **more)
    found = achieved_ablation(liver)
    assert found is not None
    return found


def share_below(margin_mm: float, shift_mm: float, radius_mm: float = 15.0) -> float:
    """Share of a 10 mm sphere with a margin below ``margin_mm``: a cap, or all, or none of it. [%]"""
    cosine = (100.0 + shift_mm**2 - (radius_mm - margin_mm) ** 2) / (20.0 * shift_mm)
    return 50.0 * (1.0 + min(1.0, max(-1.0, cosine)))


@pytest.mark.parametrize("grid", ["straight", "oblique"])
def test_shifted_spheres_have_the_margins_of_geometry(grid: str) -> None:
    (row,) = after(3.0, grid=grid).tumours
    assert row.least_margin_mm == pytest.approx(2.0, abs=0.5 * row.margin_error_mm)
    assert row.covered_percent == 100.0
    assert row.below_percent["0_mm"] == 0.0
    # The caps of margins a quarter of a millimetre to either side, on voxels of 0.7 to 1.5 mm.
    assert share_below(4.75, 3.0) < row.below_percent["5_mm"] < share_below(5.25, 3.0)
    assert row.below_percent["10_mm"] == 100.0


def test_concentric_spheres() -> None:
    (row,) = after(0.0).tumours
    assert row.least_margin_mm == pytest.approx(5.0, abs=0.5 * row.margin_error_mm)
    (wide,) = after(0.0, radius_mm=22.0).tumours
    assert wide.below_percent == {"0_mm": 0.0, "5_mm": 0.0, "10_mm": 0.0}
    assert wide.least_margin_mm == pytest.approx(12.0, abs=0.5 * wide.margin_error_mm)


def test_tumour_that_was_left_has_a_negative_margin() -> None:
    found = after(8.0)
    (row,) = found.tumours
    assert row.least_margin_mm == pytest.approx(-3.0, abs=0.5 * row.margin_error_mm)
    assert share_below(-0.25, 8.0) < row.below_percent["0_mm"] < share_below(0.25, 8.0)
    # Two balls of 10 and 15 mm whose centres lie 8 mm apart: the lens that they share.
    d, r, s = 8.0, 10.0, 15.0
    lens = math.pi * (r + s - d) ** 2 * (d**2 + 2 * d * (r + s) - 3 * (r - s) ** 2) / (12 * d)
    share = 100.0 * lens / (4.0 / 3.0 * math.pi * r**3)
    assert row.covered_percent == pytest.approx(share, abs=1.0)
    assert found.tumour_percent == pytest.approx(row.covered_percent, abs=1e-9)
    assert found.healthy_lost_ml == pytest.approx((4.0 / 3.0 * math.pi * s**3 - lens) / 1000.0, rel=0.01)
    assert found.zone_ml == pytest.approx(4.0 / 3.0 * math.pi * s**3 / 1000.0, rel=0.01)


def test_at_the_surface_of_the_liver_no_margin_is_missed() -> None:
    space = grid_around(40.0, **GRIDS["straight"])
    tumour = ball(space, 10.0)
    x = np.moveaxis(np.stack(np.meshgrid(*map(np.arange, space.shape), indexing="ij"), -1), -1, 0)
    where = np.einsum("a,a...->...", space.index_to_world_mm[0, :3], x) + space.index_to_world_mm[0, 3]
    organ = where < 8.0  # the tumour's right pole lies outside
    zone = ball(space, 22.0) & organ
    liver = open_liver(space, [tumour & organ], organ=organ, drawn={"ablated_zone": zone})
    (row,) = achieved_ablation(liver).tumours  # type: ignore[union-attr]
    assert row.below_percent["10_mm"] == 0.0


def test_a_zone_elsewhere_and_no_tumour() -> None:
    far = after(38.0, radius_mm=8.0)
    assert (far.tumours, far.untouched, far.tumour_percent) == ((), ("T1",), 0.0)
    space = grid_around(20.0, **GRIDS["straight"])
    none = achieved_ablation(open_liver(space, drawn={"ablated_zone": ball(space, 5.0)}))
    assert none is not None
    assert (none.tumour_percent, none.reason) == (None, "no tumour is drawn")
    assert achieved_ablation(open_liver(space)) is None


def test_it_changes_no_volume_and_no_flag_and_is_reported() -> None:
    space = grid_around(40.0, spacing_mm=(2.0, 2.0, 2.5))
    tumour, zone = ball(space, 10.0), ball(space, 15.0, (3.0, 0.0, 0.0))
    person = Patient(weight_kg=60, height_cm=168, condition="normal")
    plain = assess(open_liver(space, [tumour]), "wedge(T1, 5)", person)
    with_zone = assess(open_liver(space, [tumour], drawn={"ablated_zone": zone}), "wedge(T1, 5)", person)
    for name in ("flag", "volumes", "findings", "reassurance", "quality"):
        assert getattr(plain, name) == getattr(with_zone, name), name
    assert "ablated_zone" not in assessment_document(plain)
    block = assessment_document(with_zone)["ablated_zone"]
    assert set(block["tumours"][0]["below_percent"]) == {"0_mm", "5_mm", "10_mm"}
    rows = {row.label: row for row in report_content([with_zone]).plans[0].context}
    assert "least margin" in rows["T1 in the ablated zone"].note


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ablated")
    space = grid_around(60.0, spacing_mm=(3.0, 3.0, 4.0))
    masks = {"liver": ball(space, 60.0), "tumours": ball(space, 10.0), "zone": ball(space, 16.0, (3.0, 0, 0))}
    for name, mask in masks.items():
        nib.save(nib.Nifti1Image(mask.astype(np.uint8), space.index_to_world_mm), folder / f"{name}.nii.gz")
    moved = space.index_to_world_mm.copy()
    moved[:3, 3] += 1.3
    nib.save(nib.Nifti1Image(masks["zone"].astype(np.uint8), moved), folder / "moved.nii.gz")
    return folder


def test_every_door_gives_the_same(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"liver": "liver", "tumours": "tumours", "ablated_zone": "zone"}
    paths = {role: case / f"{name}.nii.gz" for role, name in files.items()}
    options = [word for role, path in paths.items() for word in (f"--{role.replace('_', '-')}", str(path))]
    out = tmp_path / "out"
    assert (
        main(["assess", *options, "--plan", "wedge(T1, 5)", "--out", str(out), "--format", "json,csv"]) == 0
    )
    (option,) = json.loads((out / "assessment.json").read_text())["assessments"]
    block = option["ablated_zone"]
    assert block["tumours"][0]["covered_percent"] == 100.0
    assert "ablated_zone.healthy_lost_ml" in (out / "assessment.csv").read_text().splitlines()[0]
    result = flr.assess(flr.read_liver(**paths), "wedge(T1, 5)", Patient())
    assert assessment_document(result)["ablated_zone"] == block
    keys = "\n".join(f'{role} = "{path}"' for role, path in paths.items())
    (tmp_path / "case.toml").write_text(
        f'id = "a"\n[[scan]]\ndate = 2026-01-04\n{keys}\n[[plan]]\nremoves = "wedge(T1, 5)"\n'
    )
    capsys.readouterr()
    assert main(["assess", "--case", str(tmp_path / "case.toml"), "--json"]) == 0
    (by_case,) = json.loads(capsys.readouterr().out)["assessments"]
    assert by_case["ablated_zone"] == block
    header = "case_id,plan," + ",".join(paths)
    cells = 'a,"wedge(T1, 5)",' + ",".join(map(str, paths.values()))
    (tmp_path / "m.csv").write_text(f"{header}\n{cells}\n")
    assert main(["cohort", "run", str(tmp_path / "m.csv"), "--out", str(tmp_path / "cohort")]) == 0
    assert "ablated_zone.zone_ml" in (tmp_path / "cohort" / "cases.csv").read_text().splitlines()[0]
    assert main(["replay", str(out / "assessment.json"), "--inputs", str(case)]) == 0


def test_another_grid_is_refused_without_resampling(case: Path) -> None:
    paths = {"liver": case / "liver.nii.gz", "tumours": case / "tumours.nii.gz"}
    with pytest.raises(GeometryError, match="grid"):
        flr.read_liver(**paths, ablated_zone=case / "moved.nii.gz")
    liver = flr.read_liver(**paths, ablated_zone=case / "moved.nii.gz", resample="nearest")
    assert "ablated_zone" in liver.drawn


@pytest.mark.parametrize("with_images", [False, True])
def test_another_frame_of_reference_is_refused(tmp_path: Path, with_images: bool) -> None:
    stack = Stack(np.array([(-60.0, -60.0, 240.0 + 4.0 * k) for k in range(30)]), AXIAL, (2.5, 2.5), (56, 52))
    after = replace(stack, frame_uid="1.2.3.4", series_uid="1.2.3.5", study_uid="1.2.3.6")
    liver = stack.masks(Ellipsoid((0.0, 0.0, 300.0), (45.0, 40.0, 40.0)))
    zone = stack.masks(Ellipsoid((5.0, 0.0, 300.0), (12.0, 12.0, 12.0)))
    inputs = [write_seg(tmp_path / "liver.dcm", stack, {1: liver}, [segment(1, "Liver")])]
    if with_images:
        write_series(tmp_path / "ct", stack)
        inputs.append(tmp_path / "ct")
    named = [segment(1, "Zone", ("85756007", "SCT", "Tissue"))]
    same = write_seg(tmp_path / "same.dcm", stack, {1: zone}, named)
    read = flr.read_liver(*inputs, ablated_zone=same)
    assert np.count_nonzero(read.drawn["ablated_zone"]) == zone.sum()
    other = write_seg(tmp_path / "zone.dcm", after, {1: zone}, named)
    with pytest.raises(GeometryError, match="different frames of reference"):
        flr.read_liver(*inputs, ablated_zone=other)
