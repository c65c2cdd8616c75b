"""Commands and the Python reader on what a hospital exports: DICOM folders, files and mixtures of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_phantoms import (
    Ellipsoid,
    Stack,
    circle,
    code,
    even_heights_mm,
    oblique,
    segment,
    stack_at,
    tilted,
    write_rtstruct,
    write_seg,
    write_series,
)
from numpy.typing import NDArray
from phantoms import write_nifti
from pydicom.sequence import Sequence as Items

import flr
from flr.cli import main
from flr.dicom import open_study
from flr.errors import GeometryError, LabelError, PlanError, ReadError
from flr.geometry import Grid
from flr.io.inspection import inspect
from flr.io.volumes import structure_volumes

Run = Callable[..., tuple[int, str, str]]

SECRETS = ("Secret", "Somebody", "ID-4711", "19610203", "20260104", "1961-02-03", "1.2.3.")
"""The patient, and how every UID begins."""

BODY = Ellipsoid()
LEFT = Ellipsoid((-9.0, -11.0, 300.0), (36.0, 40.0, 60.0))
"""A remnant that lies wholly inside the liver."""
TUMOUR = Ellipsoid((46.0, -5.0, 310.0), (12.0, 11.0, 13.0))
GIVEN = ("--condition", "normal", "--tumours", "none")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert not any(secret in out + err for secret in SECRETS)
        return code, out, err

    return call


def image(stack: Stack) -> Callable[[int], NDArray[Any]]:
    """Intensities that tell every voxel's place: 10 HU to the slice, one more to each column."""
    return lambda k: 10 * k + np.arange(stack.size[0])[None, :] + np.zeros((stack.size[1], 1), dtype=int)


def tcia(path: Path, stack: Stack, **changes: Any) -> Path:
    """A segmentation as TCIA's liver collection has them: the remnant carries the liver's own code."""
    masks = {1: stack.masks(BODY), 2: stack.masks(LEFT), 3: stack.masks(TUMOUR)}
    described = [segment(1, "Liver"), segment(2, "Liver Remnant"), segment(3, "Tumor_1")]
    return write_seg(path, stack, masks, described, **changes)


def write_liver(path: Path, stack: Stack, grid: Grid) -> None:
    write_nifti(path, np.ascontiguousarray(stack.masks(BODY).T).astype(np.uint8), grid)


@pytest.fixture(scope="module")
def stack() -> Stack:
    return stack_at(even_heights_mm(2.5))


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory, stack: Stack) -> Path:
    """Images and a segmentation of them, as files come out of an archive."""
    folder = tmp_path_factory.mktemp("export")
    write_series(folder / "a", stack, hu=image(stack), prefix="Secret_Somebody_")
    tcia(folder / "b.dcm", stack)
    return folder


def ml(document: str) -> dict[str, float]:
    found = json.loads(document)["volumes_ml"]
    assert isinstance(found, dict)
    return found


# Assessing


def test_a_folder_from_the_archive_is_assessed(run: Run, export: Path) -> None:
    code, out, err = run("assess", export, "--condition", "normal", "--json")
    assert (code, err) == (0, "")
    (found,) = json.loads(out)["assessments"]
    assert found["plan"]["notation"] == "flr"
    assert found["volumes_ml"]["total"] == pytest.approx(BODY.ml, rel=0.002)
    assert found["volumes_ml"]["tumour"] == pytest.approx(TUMOUR.ml, rel=0.01)
    assert found["volumes_ml"]["remnant"] == pytest.approx(LEFT.ml, rel=0.004)
    patient = found["patient"]
    assert [patient[k] for k in ("weight_kg", "height_cm", "age_years", "sex")] == [72, 171, 63, "F"]
    assert found["measures"]["flr_percent_of_standard"] is not None
    checks = {q["check"]: q for q in found["quality"]}
    assert "72 kg" in checks["header_facts_used"]["message"]
    assert "referenced_series_absent" not in checks
    assert [i["name"] for i in found["provenance"]["inputs"]] == ["SEG", "CT series 3"]
    assert found["provenance"]["scheme"] == "crlm_tcia"


HEMILIVERS = ("Right hemiliver", "Left hemiliver")


@pytest.mark.parametrize("exchanged", [False, True])
def test_sides_against_their_codes_are_graded_in_neither_direction(
    run: Run, tmp_path: Path, exchanged: bool
) -> None:
    coarse = stack_at(even_heights_mm(5.0))
    right = coarse.masks(BODY)
    left = right.copy()
    left[:, :, :80] = False
    described = []
    for number, label in enumerate(HEMILIVERS[::-1] if exchanged else HEMILIVERS, start=1):
        item = segment(number, label)
        side = code(*(("24028007", "SCT", "Right"), ("7771000", "SCT", "Left"))[number - 1])
        item.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = Items([side])
        described.append(item)
    seg = write_seg(tmp_path / "s.dcm", coarse, {1: right & ~left, 2: left}, described)
    plan = ("--plan", "right_hepatectomy", "--reviewed", "yes", "--json")
    status, out, _ = run("assess", seg, *GIVEN, *plan)
    (found,) = json.loads(out)["assessments"]
    errors = [q["check"] for q in found["quality"] if q["severity"] == "error"]
    errors.remove("liver_stretched")  # the ellipsoid stands on end
    assert status == 0
    assert errors == ["code_against_name"] * 2 * exchanged
    if exchanged:
        assert found["flag"] == "indeterminate"


def test_an_outline_drawn_twice_is_graded_in_neither_direction(run: Run, tmp_path: Path) -> None:
    heights = even_heights_mm(5.0)
    rings = [circle((7.0, -11.0, float(z)), r, n=90) for z in heights for r in (62.0, 62.3)]
    rois = {"Liver": rings, "FLR": [circle((7.0, -11.0, float(z)), 40.0, n=90) for z in heights]}
    path = write_rtstruct(tmp_path / "r.dcm", stack_at(heights), rois)
    _, out, _ = run("assess", path, *GIVEN, "--reviewed", "yes", "--json")
    (found,) = json.loads(out)["assessments"]
    assert found["flag"] == "indeterminate"
    assert "contours_doubled" in {q["check"] for q in found["quality"] if q["severity"] == "error"}
    assert found["volumes_ml"]["total"] == pytest.approx(
        np.pi * 62.0**2 * 5.0 * len(heights) / 1000, rel=0.02
    )


def test_the_images_that_were_segmented_make_the_pictures(export: Path, stack: Stack) -> None:
    liver = flr.read_liver(export)
    assert liver.image is not None
    study = open_study([export])
    (series,) = study.series
    index = np.linalg.inv(series.grid.index_to_world_mm) @ liver.grid.index_to_world_mm
    i, _, k = (int(v) for v in np.rint(index[:3, 3]))
    assert liver.image[0, 0, 0] == 10 * k + i
    assert liver.image[3, 5, 7] == 10 * (k + 7) + i + 3
    assert not any(q.check == "image_resampled" for q in liver.quality)


def test_what_was_given_wins_over_the_header(run: Run, export: Path) -> None:
    code, out, _ = run("assess", export, "--condition", "normal", "--weight", 95, "--sex", "F", "--json")
    (found,) = json.loads(out)["assessments"]
    assert code == 0
    assert (found["patient"]["weight_kg"], found["patient"]["height_cm"]) == (95, 171)
    said = {q["check"]: q["message"] for q in found["quality"]}
    assert "72 kg" in said["header_facts_disagree"]
    assert "weight" not in said["header_facts_used"]


def test_the_identity_is_shown_only_on_request(
    capsys: pytest.CaptureFixture[str], export: Path, tmp_path: Path
) -> None:
    given = ["assess", str(export), "--condition", "normal"]
    assert main([*given, "--identify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["assessments"][0]["case_id"] == "ID-4711"
    assert main([*given, "--out", str(tmp_path / "out"), "--format", "json,csv,html"]) == 0
    for path in (tmp_path / "out").rglob("*"):
        assert not any(secret in path.name for secret in SECRETS)
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in SECRETS), path.name
    capsys.readouterr()
    assert main(["inspect", str(export), "--identify"]) == 0
    shown = capsys.readouterr().out
    assert "Secret^Somebody" in shown
    assert "ID-4711" in shown


@pytest.mark.parametrize("order", ["files", "folder and file", "roles"])
def test_inputs_in_any_mixture(run: Run, export: Path, stack: Stack, tmp_path: Path, order: str) -> None:
    inputs: list[object] = {
        "files": [export / "b.dcm", *write_series(tmp_path, stack, hu=image(stack))],
        "folder and file": [export / "a", export / "b.dcm"],
        "roles": [export / "b.dcm", "--image", export / "a"],
    }[order]
    code, out, _ = run("assess", *inputs, "--condition", "normal", "--json")
    assert code == 0
    (found,) = json.loads(out)["assessments"]
    assert found["volumes_ml"]["total"] == pytest.approx(BODY.ml, rel=0.002)
    assert "CT series 3" in [i["name"] for i in found["provenance"]["inputs"]]


def test_labels_in_nifti_with_images_in_dicom(export: Path, stack: Stack, tmp_path: Path) -> None:
    (series,) = open_study([export / "a"]).series
    write_liver(tmp_path / "liver.nii.gz", stack, series.grid)
    read = flr.read_liver(tmp_path / "liver.nii.gz", image=export / "a")
    assert read.image is not None
    assert read.source.header_facts.weight_kg == 72
    assert [i.name for i in read.source.inputs] == ["liver.nii.gz", "CT series 3"]
    together = flr.read_liver(tmp_path / "liver.nii.gz", export / "a")
    assert np.array_equal(together.image, read.image)


def test_a_folder_with_label_files_and_dicom_gives_both(export: Path, stack: Stack, tmp_path: Path) -> None:
    (series,) = open_study([export / "a"]).series
    write_series(tmp_path / "ct", stack, hu=image(stack))
    write_liver(tmp_path / "liver.nii.gz", stack, series.grid)
    liver = flr.read_liver(tmp_path, tumours="none")
    assert liver.image is not None
    assert not any(q.check == "files_skipped" for q in liver.quality)


def test_an_image_that_does_not_fit_is_named_and_left_out(export: Path, stack: Stack, tmp_path: Path) -> None:
    (series,) = open_study([export / "a"]).series
    coarse = stack_at(even_heights_mm(5.0))
    write_series(tmp_path / "ct", coarse, hu=image(coarse))
    write_liver(tmp_path / "liver.nii.gz", stack, series.grid)
    alone = flr.read_liver(tmp_path / "liver.nii.gz", tmp_path / "ct")
    assert alone.image is None
    assert "image_not_used" in {q.check for q in alone.quality}
    named = flr.read_liver(tmp_path / "liver.nii.gz", image=tmp_path / "ct")
    assert named.image is not None
    assert "image_resampled" in {q.check for q in named.quality}


# Uneven slices


@pytest.mark.parametrize(
    ("heights", "most_mm"),
    [(np.delete(even_heights_mm(2.5), 33), 5.0), (np.delete(even_heights_mm(2.5), range(30, 38)), 15.0)],
    ids=["one missing", "eight missing"],
)
def test_missing_slices_in_the_liver_are_counted_and_refused_when_strict(
    run: Run, tmp_path: Path, heights: NDArray[np.float64], most_mm: float
) -> None:
    gapped = stack_at(heights)
    write_series(tmp_path / "ct", gapped, hu=image(gapped))
    tcia(tmp_path / "s.dcm", gapped)
    code, out, _ = run("assess", tmp_path, "--condition", "normal", "--json")
    assert code == 0
    (found,) = json.loads(out)["assessments"]
    assert found["volumes_ml"]["total"] == pytest.approx(BODY.ml, rel=0.002 if most_mm < 10 else 0.02)
    severity = {q["check"]: q["severity"] for q in found["quality"]}
    assert severity["missing_slices"] == "warning"
    assert severity["slices_uneven_in_liver"] == ("warning" if most_mm < 10 else "error")
    if most_mm > 10:
        assert found["flag"] != "adequate"
    code, out, err = run("assess", tmp_path, "--condition", "normal", "--strict", "--json")
    assert (code, out) == (3, "")
    assert "slices_uneven_in_liver" in err


def test_missing_slices_beyond_the_liver_are_not_refused(run: Run, tmp_path: Path) -> None:
    heights = np.delete(np.arange(170.3, 430.0, 2.5), 5)
    gapped = stack_at(heights)
    write_series(tmp_path / "ct", gapped, hu=image(gapped))
    tcia(tmp_path / "s.dcm", gapped)
    code, out, _ = run("assess", tmp_path, "--condition", "normal", "--strict", "--json")
    assert code == 0
    (found,) = json.loads(out)["assessments"]
    assert found["volumes_ml"]["total"] == pytest.approx(BODY.ml, rel=0.002)
    checks = {q["check"] for q in found["quality"]}
    assert "missing_slices" in checks
    assert "slices_uneven_in_liver" not in checks


def test_uneven_slices_have_pictures_but_no_distances(tmp_path: Path) -> None:
    heights = np.concatenate([np.arange(213.3, 300.0, 5.0), np.arange(300.8, 388.0, 2.5)])
    uneven = stack_at(heights)
    write_series(tmp_path / "ct", uneven, hu=image(uneven))
    tcia(tmp_path / "s.dcm", uneven)
    liver = flr.read_liver(tmp_path)
    assert not liver.grid.is_even
    assert liver.image is not None
    assert not any(q.check == "image_resampled" for q in liver.quality)
    with pytest.raises(PlanError, match="uneven"):
        flr.assess(liver, flr.parse_plan("wedge(T1, 10)"), flr.Patient())
    with pytest.raises(GeometryError, match="uneven"):
        flr.read_liver(tmp_path / "s.dcm", tmp_path / "ct", image=_other_grid(tmp_path))


def _other_grid(folder: Path) -> Path:
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    affine[:3, 3] = (-80.0, -80.0, 200.0)
    path = folder / "other.nii.gz"
    write_nifti(path, np.zeros((60, 60, 70), dtype=np.uint8), Grid((60, 60, 70), affine))
    return path


def test_on_uneven_slices_liver_joins_a_segment_of_its_own_slice(
    tmp_path: Path,
) -> None:
    heights = np.concatenate([np.arange(213.3, 300.0, 5.0), np.arange(300.8, 388.0, 2.5)])
    uneven = stack_at(heights)
    write_series(tmp_path / "ct", uneven, hu=image(uneven))
    liver = uneven.masks(BODY)
    middle = len(heights) // 2
    upper, lower = liver.copy(), liver.copy()
    upper[:middle] = False
    lower[middle:] = False
    upper[:, :, 100:] = lower[:, :, 100:] = False
    described = [segment(1, "Liver"), segment(2, "Liver Segment 7"), segment(3, "Liver Segment 6")]
    write_seg(tmp_path / "s.dcm", uneven, {1: liver, 2: upper, 3: lower}, described)
    read = flr.read_liver(tmp_path, tumours="none")
    table = flr.measure(read)
    slices_ml = liver.sum(axis=(1, 2)) * open_study([tmp_path]).series[0].grid.slice_voxel_volumes_ml
    assert table.parts_ml["7"] == pytest.approx(slices_ml[middle:].sum(), rel=1e-9)
    assert table.parts_ml["6"] == pytest.approx(slices_ml[:middle].sum(), rel=1e-9)


# Volumes


@pytest.mark.parametrize("name", ["tilt", "oblique", "missing", "uneven", "reversed", "even"])
def test_volumes_on_any_stack(run: Run, tmp_path: Path, name: str) -> None:
    stack = {
        "tilt": tilted(15.0),
        "oblique": oblique(),
        "missing": stack_at(np.delete(even_heights_mm(2.5), 40)),
        "uneven": stack_at(np.concatenate([np.arange(213.3, 300.0, 5.0), np.arange(300.8, 388.0, 2.5)])),
        "reversed": stack_at(even_heights_mm(2.5)[::-1]),
        "even": stack_at(even_heights_mm(2.5)),
    }[name]
    write_series(tmp_path / "ct", stack, hu=image(stack))
    tcia(tmp_path / "s.dcm", stack)
    code, out, _ = run("volumes", tmp_path, "--json")
    assert code == 0
    found = ml(out)
    assert list(found) == ["liver", "flr", "tumour_1"]
    assert found["liver"] == pytest.approx(BODY.ml, rel=0.002)
    assert found["flr"] == pytest.approx(LEFT.ml, rel=0.004)
    code, out, _ = run("inspect", tmp_path, "--json")
    labels = {label["name"]: label for s in json.loads(out)["sources"] for label in s["labels"]}
    assert labels["liver"]["volume_ml"] == pytest.approx(found["liver"], rel=1e-9)


def test_overlapping_segments_are_named_together(run: Run, export: Path) -> None:
    """The remnant lies inside the liver, so the file has several layers; names need all of them."""
    code, out, _ = run("volumes", export / "b.dcm", "--json")
    assert code == 0
    assert list(ml(out)) == ["liver", "flr", "tumour_1"]
    sources = json.loads(out)["provenance"]["sources"]
    assert len(sources) > 1
    assert {s["scheme"] for s in sources} == {"crlm_tcia"}
    assert [i["name"] for i in json.loads(out)["provenance"]["inputs"]] == ["b.dcm"]


def test_fractions_are_summed_by_volumes_and_cut_at_half_by_assess(
    run: Run, tmp_path: Path, stack: Stack
) -> None:
    write_series(tmp_path / "ct", stack, hu=image(stack))
    liver = stack.masks(BODY).astype(float)
    shell = np.roll(liver, 2, axis=2) * (1 - liver)
    occupied = {1: liver + 0.25 * shell, 2: stack.masks(LEFT).astype(float)}
    described = [segment(1, "Liver"), segment(2, "Liver Remnant")]
    write_seg(tmp_path / "s.dcm", stack, occupied, described, kind="FRACTIONAL")
    code, out, _ = run("volumes", tmp_path, "--json")
    assert code == 0
    document = json.loads(out)
    voxel_ml = stack.spacing_mm[0] * stack.spacing_mm[1] * 2.5 / 1000
    cut_ml = liver.sum() * voxel_ml
    summed_ml = cut_ml + round(0.25 * 255) / 255 * shell.sum() * voxel_ml
    assert document["volumes_ml"]["liver"] == pytest.approx(summed_ml, rel=1e-6)
    assert document["thresholded_ml"]["liver"] == pytest.approx(cut_ml, rel=1e-9)
    assert document["voxels"]["liver"] == int(liver.sum())
    code, out, _ = run("assess", tmp_path, *GIVEN, "--json")
    (found,) = json.loads(out)["assessments"]
    assert found["volumes_ml"]["total"] == pytest.approx(cut_ml, rel=1e-9)
    (message,) = [q["message"] for q in found["quality"] if q["check"] == "fractional_occupancy"]
    assert f"{summed_ml:.2f} mL" in message
    assert f"{cut_ml:.2f} mL" in message
    code, out, _ = run("volumes", tmp_path)
    assert "above 0.5" in out


def contours(stack: Stack, body: Ellipsoid) -> list[NDArray[np.float64]]:
    """The body's cross-sections on axial slices."""
    angles = np.linspace(0, 2 * np.pi, 721)[:-1]
    x, y, z = body.centre_mm
    a, b, c = body.radii_mm
    found = []
    for height in stack.origins_mm[:, 2]:
        share = 1 - ((height - z) / c) ** 2
        if share > 0.001:
            r = np.sqrt(share)
            found.append(
                np.stack(
                    [x + a * r * np.cos(angles), y + b * r * np.sin(angles), np.full(len(angles), height)],
                    axis=1,
                )
            )
    return found


@pytest.mark.parametrize("with_images", [True, False])
def test_contours_give_their_own_volume_beside_the_voxels(
    run: Run, tmp_path: Path, stack: Stack, with_images: bool
) -> None:
    if with_images:
        write_series(tmp_path / "ct", stack, hu=image(stack))
    write_rtstruct(tmp_path / "r.dcm", stack, {"Liver": contours(stack, BODY)})
    code, out, _ = run("volumes", tmp_path, "--json")
    assert code == 0
    document = json.loads(out)
    assert document["planimetric_ml"]["liver"] == pytest.approx(BODY.ml, rel=0.001)
    assert document["volumes_ml"]["liver"] == pytest.approx(BODY.ml, rel=0.003)
    assert document["provenance"]["sources"][0]["kind"] == "rtstruct"
    code, out, _ = run("volumes", tmp_path)
    assert "by contours" in out
    assert "%" in out.splitlines()[1]


def test_a_folder_of_dicom_masks(run: Run, tmp_path: Path, stack: Stack) -> None:
    write_series(tmp_path / "PATIENT_DICOM", stack, hu=image(stack))
    drawn = {
        "liver": BODY,
        "livertumor01": TUMOUR,
        "livertumor2": Ellipsoid((-20.0, -11.0, 290.0), (9.0, 9.0, 9.0)),
    }
    for name, body in drawn.items():
        mask = stack.masks(body)
        write_series(
            tmp_path / "MASKS_DICOM" / name,
            stack,
            hu=lambda k, mask=mask: mask[k] * 255 - 1024,
            change=lambda k: {"RescaleIntercept": 0},
        )
    code, out, _ = run("volumes", tmp_path, "--json")
    assert code == 0
    assert list(ml(out)) == ["liver", "tumour_1", "tumour_2"]
    liver = flr.read_liver(tmp_path)
    assert liver.image is not None
    assert liver.tumours is not None
    assert set(np.unique(liver.tumours)) == {0, 1, 2}
    code, out, _ = run("volumes", "--liver", tmp_path / "MASKS_DICOM" / "liver", "--json")
    assert ml(out) == {"liver": pytest.approx(BODY.ml, rel=0.002)}


def test_a_role_says_what_a_series_or_segmentation_is(run: Run, tmp_path: Path, stack: Stack) -> None:
    mask = stack.masks(BODY)
    write_series(
        tmp_path / "foie", stack, hu=lambda k: mask[k] * 1 - 1024, change=lambda k: {"RescaleIntercept": 0}
    )
    write_seg(
        tmp_path / "s.dcm", stack, {3: stack.masks(LEFT)}, [segment(3, "Segment_1", ("1", "99X", "thing"))]
    )
    code, out, _ = run("volumes", "--liver", tmp_path / "foie", "--remnant", tmp_path / "s.dcm", "--json")
    assert code == 0
    assert ml(out)["liver"] == pytest.approx(BODY.ml, rel=0.002)
    assert ml(out)["remnant"] == pytest.approx(LEFT.ml, rel=0.004)


def test_labels_say_what_segments_are(run: Run, tmp_path: Path, stack: Stack) -> None:
    thing = ("1", "99X", "thing")
    masks = {1: stack.masks(BODY), 2: stack.masks(LEFT)}
    seg = write_seg(tmp_path / "s.dcm", stack, masks, [segment(1, "one", thing), segment(2, "two", thing)])
    assert list(ml(run("volumes", seg, "--json")[1])) == ["one", "two"]
    code, _, err = run("assess", seg, *GIVEN, "--plan", "flr")
    assert code == 3
    assert "which hold one, two" in err
    code, out, _ = run("volumes", seg, "--labels", "s.dcm:1=liver,2=flr", "--json")
    assert list(ml(out)) == ["liver", "flr"]
    assert run("volumes", seg, "--labels", "t.dcm:1=liver", "--json")[0] == 2


def test_segment_numbers_alone_mean_nothing(run: Run, tmp_path: Path, stack: Stack) -> None:
    """Eight segments are numbered 1 to 8 whatever they are: no Couinaud scheme is read into that."""
    strips = {n: stack.masks(BODY) & (np.arange(stack.size[0]) // 18 == n - 1) for n in range(1, 9)}
    described = [segment(n, f"thing {'abcdefgh'[n - 1]}", ("1", "99X", "thing")) for n in range(1, 9)]
    seg = write_seg(tmp_path / "s.dcm", stack, strips, described)
    assert not any(name.startswith("segment_") for name in ml(run("volumes", seg, "--json")[1]))
    code, out, _ = run("volumes", seg, "--scheme", "couinaud_8", "--json")
    assert code == 0
    assert all(name.startswith("segment_") for name in ml(out))


def test_a_scheme_that_contradicts_names_is_refused(run: Run, export: Path) -> None:
    code, _, err = run("volumes", export / "b.dcm", "--scheme", "couinaud_8")
    assert code == 3
    assert "called 'Liver'" in err


def test_two_livers_are_united_and_said(tmp_path: Path, stack: Stack) -> None:
    write_seg(tmp_path / "s.dcm", stack, {1: stack.masks(BODY)}, [segment(1, "Liver")])
    write_seg(tmp_path / "t.dcm", stack, {1: stack.masks(LEFT)}, [segment(1, "Liver")])
    liver = flr.read_liver(tmp_path / "s.dcm", tmp_path / "t.dcm")
    (message,) = [q.message for q in liver.quality if q.check == "structure_repeated"]
    assert "s.dcm, t.dcm" in message


# Inspecting


def test_inspect_shows_series_segments_scheme_and_codes(run: Run, export: Path) -> None:
    code, out, _ = run("inspect", export, "--json")
    assert code == 0
    document = json.loads(out)
    series, *layers = document["sources"]
    assert (series["kind"], series["name"], series["modality"]) == ("dicom_series", "CT series 3", "CT")
    assert series["labels"] == []
    assert series["grid"]["spacing_mm"] == pytest.approx([1.1, 0.9, 2.5])
    labels = {label["name"]: label for layer in layers for label in layer["labels"]}
    assert labels["flr"]["own_name"] == "Liver Remnant"
    assert labels["flr"]["code"] == {"scheme": "SCT", "value": "10200004", "meaning": "Liver"}
    assert {layer["scheme"] for layer in layers} == {"crlm_tcia"}
    assert document["patient"] == {"weight_kg": 72, "height_cm": 171, "age_years": 63, "sex": "F"}
    code, out, _ = run("inspect", export)
    assert "'Liver Remnant', SCT 10200004 Liver" in out
    assert "weight 72 kg, height 171 cm, age 63 years, sex F" in out


def test_inspect_of_images_and_label_files_together(export: Path, stack: Stack, tmp_path: Path) -> None:
    (series,) = open_study([export / "a"]).series
    write_liver(tmp_path / "liver.nii.gz", stack, series.grid)
    found = inspect([tmp_path / "liver.nii.gz", export / "a"])
    assert [source.kind for source in found.sources] == ["nifti", "dicom_series"]


def test_an_old_age_is_not_told(run: Run, tmp_path: Path) -> None:
    small = stack_at([0.0, 2.0, 4.0], size=(8, 6))
    write_series(tmp_path, small, change=lambda k: {"PatientAge": "094Y"})
    code, out, _ = run("inspect", tmp_path, "--json")
    assert code == 0
    assert json.loads(out)["patient"]["age_years"] is None
    assert "94" not in run("inspect", tmp_path)[1]


# Bad input


def _folder_without(folder: Path, stack: Stack) -> None:
    (folder / "notes.txt").write_text("nothing")


def _empty_segmentation(folder: Path, stack: Stack) -> None:
    write_seg(folder / "s.dcm", stack, {1: stack.masks(BODY) * 0}, [segment(1, "Liver")], frames=[(1, 3)])


def _two_patients(folder: Path, stack: Stack) -> None:
    write_series(folder / "ct", stack)
    tcia(folder / "s.dcm", stack, PatientID="another")


def _other_frame(folder: Path, stack: Stack) -> None:
    write_series(folder / "ct", stack)
    tcia(folder / "s.dcm", replace(stack, frame_uid="1.2.3.4", series_uid="1.2.3.5"))


def _images_only(folder: Path, stack: Stack) -> None:
    write_series(folder, stack)


def _cut_short(folder: Path, stack: Stack) -> None:
    whole = tcia(folder / "s.dcm", stack)
    whole.write_bytes(whole.read_bytes()[:-5000])


def _open_contours(folder: Path, stack: Stack) -> None:
    write_rtstruct(folder / "r.dcm", stack, {"Liver": contours(stack, BODY)}, geometric_type="OPEN_PLANAR")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_folder_without, "no DICOM"),
        (_empty_segmentation, "empty segmentation"),
        (_two_patients, "2 different patients"),
        (_other_frame, "different frames of reference"),
        (_images_only, "but no segmentation"),
        (_cut_short, "cut short"),
        (_open_contours, "'Liver' has open contours"),
    ],
)
def test_bad_input_gets_one_message(run: Run, tmp_path: Path, make: Any, said: str) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    make(folder, stack_at(even_heights_mm(10.0)))
    for command in ("volumes", "assess"):
        out_dir = tmp_path / "out"
        more = ("--out", out_dir, *GIVEN, "--plan", "flr") if command == "assess" else ()
        code, out, err = run(command, folder, *more)
        assert (code, out) == (3, "")
        assert err.count("\n") == 1
        assert said in err
        assert not out_dir.exists()


def test_bad_files_among_good_ones_are_skipped_and_counted(run: Run, export: Path, tmp_path: Path) -> None:
    for path in sorted((export / "a").iterdir()):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "s.dcm").write_bytes((export / "b.dcm").read_bytes())
    (tmp_path / "readme.txt").write_text("x" * 300)
    (tmp_path / "cut").write_bytes((export / "b.dcm").read_bytes()[:700])
    code, out, _ = run("volumes", tmp_path, "--json")
    assert code == 0
    (message,) = [q["message"] for q in json.loads(out)["quality"] if q["check"] == "files_skipped"]
    assert message == "files were skipped: 1 not DICOM, 1 cut short or damaged"


def test_a_segmentation_without_its_images_is_read_and_said(run: Run, export: Path) -> None:
    code, out, _ = run("volumes", export / "b.dcm", "--json")
    assert code == 0
    assert ml(out)["liver"] == pytest.approx(BODY.ml, rel=0.002)


def test_a_missing_decoder_is_the_world_outside(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pydicom import dcmread
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import JPEGLosslessSV1

    small = stack_at([0.0, 2.0, 4.0], size=(8, 6))
    for path in write_series(tmp_path / "liver", small, hu=lambda k: np.zeros((6, 8))):
        content = dcmread(path)
        content.file_meta.TransferSyntaxUID = JPEGLosslessSV1
        content["PixelData"].is_undefined_length = True
        content.PixelData = (
            b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00\x01\x02\x03\x04"
        )
        content.save_as(path)
    decoder = get_decoder(JPEGLosslessSV1)
    monkeypatch.setattr(type(decoder), "is_available", property(lambda self: False))
    code, out, err = run("volumes", "--liver", tmp_path / "liver")
    assert (code, out) == (6, "")
    assert "pip install 'flr[codecs]'" in err


def test_the_python_reader_refuses_alike(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        flr.read_liver(tmp_path / "absent.dcm")
    (tmp_path / "x.dcm").write_bytes(b"no DICOM at all, only text that goes on for a while")
    with pytest.raises(ReadError, match="not a label map"):
        flr.read_liver(tmp_path / "x.dcm")


# Real files


@pytest.mark.real
@pytest.mark.parametrize(
    ("files", "expected_ml"),
    [
        (("derived/seg_binary_4seg.dcm", "derived/ct_dicom"), 699.440),
        (("derived/seg_binary_4seg.dcm",), 699.440),
        (("dcmqi/liver.dcm",), 70.362),
        (("totalseg/example_seg_dicom.nii.gz", "totalseg/ct_dicom_j2k"), 699.440),
    ],
)
def test_real_livers(run: Run, real_data: Path, files: tuple[str, ...], expected_ml: float) -> None:
    code, out, _ = run("volumes", *(real_data / name for name in files), "--json")
    assert code == 0
    assert ml(out)["liver"] == pytest.approx(expected_ml, abs=0.0005)


@pytest.mark.real
def test_real_contours(run: Run, real_data: Path) -> None:
    code, out, _ = run(
        "volumes",
        real_data / "derived" / "rtstruct_rtutils.dcm",
        real_data / "derived" / "ct_dicom",
        "--json",
    )
    assert code == 0
    document = json.loads(out)
    assert document["planimetric_ml"]["liver"] == pytest.approx(685.37, rel=0.001)
    assert 685 <= document["volumes_ml"]["liver"] <= 700


@pytest.mark.real
def test_real_images_of_a_label_file(real_data: Path) -> None:
    liver = flr.read_liver(
        real_data / "totalseg" / "example_seg_dicom.nii.gz", image=real_data / "totalseg" / "ct_dicom_j2k"
    )
    assert liver.image is not None
    assert 50 < float(np.median(liver.image[liver.parts > 0])) < 200
    assert not any(q.check == "image_resampled" for q in liver.quality)
    assert liver.source.header_facts.weight_kg == 79


@pytest.mark.real
def test_real_segments_without_names_keep_their_numbers(real_data: Path) -> None:
    found = structure_volumes([real_data / "dcmqi" / "partial_overlaps.dcm"])
    assert sorted(found.voxels.values()) == [4713, 6693, 9602, 10743, 11888]
    with pytest.raises(LabelError, match="no liver"):
        flr.read_liver(real_data / "dcmqi" / "partial_overlaps.dcm")


@pytest.mark.real
def test_a_real_missing_slice(run: Run, real_data: Path) -> None:
    code, out, _ = run("inspect", real_data / "dicom2nifti" / "missing_slice")
    assert code == 0
    assert "10 mm between 28.11 and 38.11 mm" in out
