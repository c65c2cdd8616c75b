"""``--one-patient`` and ``--same-grid``: loud, recorded, replayed, and never reassuring until accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from dicom_phantoms import SECRETS, Ellipsoid, even_heights_mm, segment, stack_at, write_seg, write_series
from phantoms import couinaud_block, write_nifti

import flr
from flr.cli import main
from flr.cohort.manifest import CaseRow
from flr.cohort.request import documents_of, given_paths, request_of
from flr.errors import GeometryError, ReadError
from flr.geometry import Grid
from flr.io.case import read_case, read_scan
from flr.job import Files
from flr.liver import Liver
from flr.replay import replay

BODY = ("--weight", "72", "--height", "171", "--condition", "normal", "--reviewed", "yes")
TUMOUR_SIDE = 6


def displaced(grid: Grid, *, by_mm: tuple[float, float, float] = (300.0, -170.3, 41.7)) -> Grid:
    """A grid of the same matrix and voxels whose header lost its origin."""
    affine = grid.index_to_world_mm.copy()
    affine[:3, 3] += by_mm
    return Grid(grid.shape, affine)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Segments, and tumours drawn on them whose origin is broken."""
    block = couinaud_block(tumours=[(2, TUMOUR_SIDE)])
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "tumours.nii.gz", block.tumours, displaced(block.grid))
    write_nifti(tmp_path / "whole.nii.gz", block.tumours, block.grid)
    return tmp_path


def by_command(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["assess", *words, *BODY, "--plan", "H5678", "--json"]) == 0
    (document,) = json.loads(capsys.readouterr().out)["assessments"]
    return dict(document)


def checks_of(document: dict[str, Any], severity: str = "error") -> set[str]:
    return {q["check"] for q in document["quality"] if q["severity"] == severity}


def test_maps_whose_origin_is_broken(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [f"--segments={broken / 'segments.nii.gz'}", f"--tumours={broken / 'tumours.nii.gz'}"]
    assert main(["assess", *files, *BODY, "--plan", "H5678"]) == 3
    right = by_command(capsys, files[0], f"--tumours={broken / 'whole.nii.gz'}")
    assert "same_grid" not in right["provenance"]["reading"]
    insisted = by_command(capsys, *files, "--same-grid")
    assert insisted["flag"] == "indeterminate"
    assert checks_of(insisted) == {"laid_by_index"}
    assert insisted["volumes_ml"] == right["volumes_ml"]
    assert insisted["volumes_ml"]["tumour"] > 0
    assert insisted["provenance"]["reading"]["same_grid"] is True
    accepted = by_command(capsys, *files, "--same-grid", "--accept", "laid_by_index")
    assert "laid_by_index" in checks_of(accepted, "warning")
    assert accepted["provenance"]["accepted"] == ["laid_by_index"]
    assert (accepted["flag"] == "adequate") <= (right["flag"] == "adequate")


def test_maps_that_lie_right_are_left_as_they_are(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [f"--segments={broken / 'segments.nii.gz'}", f"--tumours={broken / 'whole.nii.gz'}"]
    right, insisted = by_command(capsys, *files), by_command(capsys, *files, "--same-grid")
    assert insisted["quality"] == right["quality"]
    assert insisted["flag"] == right["flag"]


def test_whole_voxels_off_is_as_broken_as_any(broken: Path) -> None:
    """A lost origin may lie on the lattice by chance; then too the index decides, and it is said."""
    block = couinaud_block(tumours=[(2, TUMOUR_SIDE)])
    step_mm = tuple(7 * side for side in block.grid.spacing_mm)
    write_nifti(broken / "t.nii.gz", block.tumours, displaced(block.grid, by_mm=step_mm))
    found = flr.read_liver(segments=broken / "segments.nii.gz", tumours=broken / "t.nii.gz", same_grid=True)
    assert "laid_by_index" in {finding.check for finding in found.quality}
    right = flr.read_liver(segments=broken / "segments.nii.gz", tumours=broken / "whole.nii.gz")
    assert np.array_equal(found.tissues, right.tissues)


def _other_spacing(block: Any) -> Grid:
    affine = displaced(block.grid).index_to_world_mm.copy()
    affine[:3, :3] *= 1.01
    return Grid(block.grid.shape, affine)


@pytest.mark.parametrize("same_grid", [False, True])
def test_another_voxel_size_is_refused_whatever_is_insisted(broken: Path, same_grid: bool) -> None:
    block = couinaud_block(tumours=[(2, TUMOUR_SIDE)])
    write_nifti(broken / "t.nii.gz", block.tumours, _other_spacing(block))
    with pytest.raises(GeometryError, match="matrix and voxel size" if same_grid else "another grid"):
        flr.read_liver(segments=broken / "segments.nii.gz", tumours=broken / "t.nii.gz", same_grid=same_grid)


def test_another_matrix_is_refused_and_a_crop_stays_where_it_is(broken: Path) -> None:
    block = couinaud_block(tumours=[(2, TUMOUR_SIDE)])
    segments = broken / "segments.nii.gz"
    cropped, grid = block.tumours[2:], block.grid.crop((2, 0, 0), block.tumours[2:].shape)
    write_nifti(broken / "crop.nii.gz", cropped, grid)
    found = flr.read_liver(segments=segments, tumours=broken / "crop.nii.gz", same_grid=True)
    assert "laid_by_index" not in {finding.check for finding in found.quality}
    write_nifti(broken / "off.nii.gz", cropped, displaced(grid))
    with pytest.raises(GeometryError, match="same matrix"):
        flr.read_liver(segments=segments, tumours=broken / "off.nii.gz", same_grid=True)


def test_an_image_of_the_same_matrix_is_laid_too(broken: Path) -> None:
    block = couinaud_block()
    hu = np.random.default_rng(1).normal(40.0, 10.0, block.grid.shape).astype(np.float32)
    write_nifti(broken / "ct.nii.gz", hu, displaced(block.grid))
    segments = broken / "segments.nii.gz"
    with pytest.raises(ReadError, match="does not cover the liver"):
        flr.read_liver(segments=segments, tumours="none", image=broken / "ct.nii.gz")
    found = flr.read_liver(segments=segments, tumours="none", image=broken / "ct.nii.gz", same_grid=True)
    assert "laid_by_index" in {finding.check for finding in found.quality}
    assert found.image is not None
    assert np.isin(found.image[:5, :5, :5], hu).all()


# --- one patient ---------------------------------------------------------------------------------


@pytest.fixture
def two_patients(tmp_path: Path) -> Path:
    """A CT, and a SEG drawn on it that names somebody else, as de-identified one by one."""
    stack = stack_at(even_heights_mm(5.0))
    write_series(tmp_path / "ct", stack)
    remnant = stack.masks(Ellipsoid((-9.0, -11.0, 300.0), (36.0, 40.0, 60.0)))
    segments = [segment(1, "Liver"), segment(2, "Liver Remnant")]
    masks = {1: stack.masks(Ellipsoid()), 2: remnant}
    write_seg(tmp_path / "seg.dcm", stack, masks, segments, PatientID="ID-9999")
    return tmp_path


def test_files_that_name_two_patients(two_patients: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(two_patients / "ct"), str(two_patients / "seg.dcm"), "--tumours=none"]
    assert main(["assess", *files, *BODY]) == 3
    said = capsys.readouterr().err
    assert "2 different patients" in said
    assert "--one-patient" in said
    assert not any(secret in said for secret in (*SECRETS, "9999"))
    assert main(["assess", *files, *BODY, "--one-patient", "--json"]) == 0
    (document,) = json.loads(capsys.readouterr().out)["assessments"]
    assert "patients_differ" in checks_of(document)
    assert document["flag"] == "indeterminate"
    assert document["provenance"]["reading"]["one_patient"] is True
    shown = json.dumps(document["quality"])
    assert not any(secret in shown for secret in (*SECRETS, "9999"))


@pytest.mark.parametrize("command", ["volumes", "inspect"])
def test_one_patient_where_nothing_is_graded(
    two_patients: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(two_patients / "ct"), str(two_patients / "seg.dcm")]
    assert main([command, *files]) == 3
    capsys.readouterr()
    assert main([command, *files, "--one-patient", "--json"]) == 0
    assert "patients_differ" in checks_of(json.loads(capsys.readouterr().out))


def test_slices_that_each_name_another_patient(tmp_path: Path) -> None:
    """A series de-identified slice by slice is one series all the same."""
    stack = stack_at(even_heights_mm(5.0))
    write_series(tmp_path / "ct", stack, change=lambda k: {"PatientID": f"X{k}", "PatientName": f"X{k}"})
    write_seg(tmp_path / "s.dcm", stack, {1: stack.masks(Ellipsoid())}, [segment(1, "Liver")])
    found = flr.read_liver(tmp_path, tumours="none", one_patient=True)
    assert found.image is not None
    assert "scan_extent_unknown" not in {finding.check for finding in found.quality}


# --- every door ----------------------------------------------------------------------------------


def _by_files(folder: Path) -> Liver:
    return Files(
        roles={"segments": folder / "segments.nii.gz", "tumours": folder / "tumours.nii.gz"}, same_grid=True
    ).read()


def _by_case_file(folder: Path) -> Liver:
    (folder / "case.toml").write_text(
        'id = "a"\n[[scan]]\ndate = 2026-01-04\nsegments = "segments.nii.gz"\ntumours = "tumours.nii.gz"\n'
        "same_grid = true\n",
        encoding="utf-8",
    )
    return read_scan(read_case(folder / "case.toml"), 0)


def _from_memory(folder: Path) -> Liver:
    return flr.liver_from_labels(
        segments=nib.load(folder / "segments.nii.gz"),
        tumours=nib.load(folder / "tumours.nii.gz"),
        same_grid=True,
    )


@pytest.mark.parametrize("door", [_by_files, _by_case_file, _from_memory])
def test_every_door_can_insist(broken: Path, door: Callable[[Path], Liver]) -> None:
    found = door(broken)
    assert "laid_by_index" in {finding.check for finding in found.quality}
    assert found.source.reading is not None
    assert found.source.reading.same_grid


@pytest.mark.parametrize(("cell", "is_refused"), [("yes", False), ("no", True), ("", True)])
def test_a_manifest_can_insist(broken: Path, cell: str, is_refused: bool) -> None:
    cells = {name: str(broken / f"{name}.nii.gz") for name in ("segments", "tumours")}
    cells |= {"plan": "H5678", "weight": "72", "height": "171", "condition": "normal"}
    row = CaseRow("a", 1, cells | ({"same_grid": cell} if cell else {}), "/")
    paths = {name: tuple(map(Path, texts)) for name, texts in given_paths(row).items()}
    if is_refused:
        with pytest.raises(GeometryError):
            documents_of(request_of(row, paths))
        return
    (document,) = documents_of(request_of(row, paths))
    assert "laid_by_index" in checks_of(dict(document))


def test_a_result_is_replayed_with_what_was_insisted(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [f"--segments={broken / 'segments.nii.gz'}", f"--tumours={broken / 'tumours.nii.gz'}"]
    document = by_command(capsys, *files, "--same-grid")
    result = tmp_path / "result.json"
    result.write_text(json.dumps({"schema": "flr-assessments/2", "assessments": [document]}), "utf-8")
    assert replay(result, inputs=broken).agrees
