"""Results for other programs: masks, ``.seg.nrrd`` and surfaces, read back by other libraries."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import nrrd
import numpy as np
import pydicom
import pytest
import trimesh
from dicom_phantoms import Ellipsoid, even_heights_mm, segment, stack_at, write_seg, write_series
from export_cases import SAMPLE, SECRETS, Hospital, hospital, tool, write_ct

from flr.assessment import assess_plans
from flr.cli import main
from flr.documents.schema import check_document
from flr.errors import GeometryError
from flr.geometry import Grid
from flr.io.read import read_liver
from flr.plans import fates
from flr.plans.classes import planned_classes
from flr.results import RECORD_NAME
from flr.surfaces.files import SURFACE_WRITERS
from flr.surfaces.solids import Solid, plan_solids, shared_solids
from flr.write.dicom.structures import structures_of
from flr.write.masks import write_nifti_masks, write_seg_nrrd


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    return hospital(tmp_path_factory.mktemp("hospital"))


@pytest.fixture(scope="module")
def solids(case: Hospital) -> tuple[Solid, ...]:
    classes = planned_classes(case.liver, fates(case.liver, case.plans[0]))
    return (*plan_solids(case.liver, classes), *shared_solids(case.liver))


def _again(paths: list[Path], case: Hospital) -> None:
    """The numbers of the case, from what was written."""
    liver = read_liver(*paths)
    again = assess_plans(liver, case.plans, case.assessments[0].patient)[0]
    first = case.assessments[0]
    assert again.volumes.total_ml == pytest.approx(first.volumes.total_ml, rel=1e-6)
    assert again.volumes.remnant_ml == pytest.approx(first.volumes.remnant_ml, rel=1e-6)
    assert again.volumes.tumour_ml == pytest.approx(first.volumes.tumour_ml, rel=1e-6)
    assert again.volumes.parts_ml == pytest.approx(dict(first.volumes.parts_ml), rel=1e-6)
    assert again.measures.flr_percent_of_measured == pytest.approx(
        first.measures.flr_percent_of_measured, rel=1e-6
    )


def test_masks_are_read_back_to_the_same_numbers(case: Hospital, tmp_path: Path) -> None:
    classes = planned_classes(case.liver, fates(case.liver, case.plans[0]))
    structures = structures_of(case.liver, classes)
    paths = write_nifti_masks(structures, case.liver.grid, tmp_path / "masks")
    assert {path.name for path in paths} >= {"liver.nii.gz", "liver_segment_viii.nii.gz", "resected.nii.gz"}
    unnamed = [path for path in paths if "functional" in path.name]
    for path in unnamed:
        path.unlink()
    _again([tmp_path / "masks"], case)


def test_a_seg_nrrd_is_read_back_to_the_same_numbers(case: Hospital, tmp_path: Path) -> None:
    classes = planned_classes(case.liver, fates(case.liver, case.plans[0]))
    path = write_seg_nrrd(structures_of(case.liver, classes), case.liver.grid, tmp_path / "plan.seg.nrrd")
    _again([path], case)
    content, header = nrrd.read(str(path))
    assert content.ndim == 4
    assert header["Segment0_Name"] == "Liver"
    again = write_seg_nrrd(structures_of(case.liver, classes), case.liver.grid, tmp_path / "2.seg.nrrd")
    assert again.read_bytes() == path.read_bytes()


def test_slicerio_reads_the_seg_nrrd(case: Hospital, tmp_path: Path) -> None:
    import slicerio

    classes = planned_classes(case.liver, fates(case.liver, case.plans[0]))
    path = write_seg_nrrd(structures_of(case.liver, classes), case.liver.grid, tmp_path / "plan.seg.nrrd")
    read = slicerio.read_segmentation(str(path))
    named = {segment["name"]: segment for segment in read["segments"]}
    liver = named["Liver"]
    layer = read["voxels"][liver["layer"]]
    assert int((layer == liver["labelValue"]).sum()) == int((case.liver.parts > 0).sum())
    assert named["Tumour 1"]["terminology"]["type"][:2] == ["SCT", "108369006"]


@pytest.mark.parametrize("suffix", ["stl", "ply", "obj", "glb"])
def test_trimesh_reads_the_surfaces(solids: tuple[Solid, ...], tmp_path: Path, suffix: str) -> None:
    paths = SURFACE_WRITERS[suffix](solids, tmp_path, "plan-1")
    by_key = {solid.key: solid for solid in solids}
    wanted = by_key["remnant"].mesh
    if suffix in ("stl", "ply"):
        assert len(paths) == len(solids)
        mesh = trimesh.load_mesh(next(p for p in paths if p.stem.endswith("-remnant")))
        meshes = [mesh]
    else:
        scene = trimesh.load_scene(next(p for p in paths if p.suffix == f".{suffix}"))
        meshes = list(scene.geometry.values())
        assert len(meshes) == len(solids)
        mesh = next(one for name, one in scene.geometry.items() if "remnant" in name)
    scale = 1e-9 if suffix == "glb" else 1.0
    assert abs(mesh.volume) / scale == pytest.approx(wanted.volume_ml * 1000.0, rel=1e-3)
    assert mesh.volume > 0.0, "the surface is turned inside out"
    low, high = wanted.vertices_mm.min(axis=0), wanted.vertices_mm.max(axis=0)
    if suffix == "glb":
        # x to the left, y to the head, z to the front, in metres.
        low, high = (
            np.array([-high[0], low[2], low[1]]) / 1000.0,
            np.array([-low[0], high[2], high[1]]) / 1000.0,
        )
    assert np.allclose(mesh.bounds, [low, high], rtol=0.0, atol=1e-3)
    assert all(len(one.faces) for one in meshes)


def test_surfaces_are_the_same_bytes_every_time(solids: tuple[Solid, ...], tmp_path: Path) -> None:
    for suffix, write in SURFACE_WRITERS.items():
        one = write(solids, tmp_path / "one", "x")
        two = write(solids, tmp_path / "two", "x")
        assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two], suffix


def test_uneven_slices_are_refused_where_a_format_cannot_say_them(case: Hospital, tmp_path: Path) -> None:
    grid = case.liver.grid
    weights = np.full(grid.shape[2], 2.5)
    weights[5] = 4.0
    uneven = replace(case.liver, grid=Grid(grid.shape, grid.index_to_world_mm, weights))
    structures = structures_of(uneven, None)
    with pytest.raises(GeometryError, match="DICOM SEG"):
        write_nifti_masks(structures, uneven.grid, tmp_path)
    with pytest.raises(GeometryError, match="DICOM SEG"):
        write_seg_nrrd(structures, uneven.grid, tmp_path / "x.seg.nrrd")
    assert list(tmp_path.iterdir()) == []


# --- flr export ---------------------------------------------------------------------------------


def _command(out: Path, *more: str) -> list[str]:
    files = [str(SAMPLE / "segments.nii.gz"), "--tumours", str(SAMPLE / "tumours.nii.gz")]
    body = ["--weight", "72", "--height", "171", "--condition", "normal", "--plan", "H5678"]
    return ["export", *files, *body, "--out", str(out), *more]


def test_the_command_writes_what_was_asked_for(
    case: Hospital, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = ["--seg", "--sr", "--dicom-pdf", "--sc", "--rtstruct", "--nifti", "--seg-nrrd"]
    surfaces = ["--stl", "--obj", "--ply", "--glb"]
    code = main(
        _command(
            tmp_path / "out", "--image", str(case.folder / "ct"), *everything, *surfaces, "--json",
            "--case-id", "case-7",
        )
    )  # fmt: skip
    captured = capsys.readouterr()
    assert code == 0, captured.err
    document = json.loads(captured.out)
    check_document(document)
    assert document["schema"] == "flr-export/1"
    names = {item["name"] for item in document["files"]}
    assert names >= {
        "plan-1-h5678-seg.dcm",
        "plan-1-h5678-sr.dcm",
        "plan-1-h5678-rtstruct.dcm",
        "plan-1-h5678-axial.dcm",
        "report.dcm",
        "plan-1-h5678.seg.nrrd",
        "plan-1-h5678-masks/liver.nii.gz",
        "plan-1-h5678-fates.nii.gz",
        "plan-1-h5678-remnant.stl",
        "plan-1-h5678.obj",
        "plan-1-h5678.glb",
    }
    assert names | {RECORD_NAME} == {
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")
    }
    seg = pydicom.dcmread(tmp_path / "out" / "plan-1-h5678-seg.dcm")
    assert seg.StudyInstanceUID == "1.2.3.4.5.1"
    words = captured.out + captured.err + " ".join(names)
    assert not [s for s in SECRETS if s in words]
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file() and path.suffix != ".dcm":
            assert b"Secret" not in path.read_bytes()


@pytest.mark.slow
def test_an_export_replaces_the_last_one_and_nothing_else(case: Hospital, tmp_path: Path) -> None:
    """A folder that is stored whole must not hold two plans 1."""
    out, images = tmp_path / "out", ["--image", str(case.folder / "ct")]
    assert main(_command(out, *images, "--seg", "--stl", "--nifti")) == 0
    assert main(["assess", str(SAMPLE / "segments.nii.gz"), "--plan", "H5678", "--out", str(out)]) == 0
    report = {path.name for path in out.iterdir() if path.name.startswith(("report.", "assessment."))}
    assert len(report) == 4
    (out / "plan-1-mine.stl").write_text("mine")
    command = ["H67" if word == "H5678" else word for word in _command(out, *images, "--seg")]
    assert main(command) == 0
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {name for name in files if name.endswith(".dcm")} == {"plan-1-h67-seg.dcm"}
    assert {name for name in files if name.endswith(".stl")} == {"plan-1-mine.stl"}
    assert files >= report
    assert not (out / "plan-1-h5678-masks").exists()


def test_an_export_overwrites_no_file_of_somebody_else(
    case: Hospital, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan-1-h5678.glb").write_text("mine")
    assert main(_command(tmp_path, "--glb", "--obj")) == 6
    assert "plan-1-h5678.glb" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["plan-1-h5678.glb"]


STATED = {
    "--scan-date": "2026-01-19",
    "--phase": "late portal venous",
    "--slice-thickness": "2.75",
    "--segmented-by": "reader B of the audit",
    "--reviewed": "yes",
    "--variants": "replaced right hepatic artery",
    "--report-date": "2026-01-31",
}


def _pdf_text(path: Path) -> str:
    """The words of the PDF inside a DICOM object."""
    content = pydicom.dcmread(path)
    pdf = path.with_suffix(".pdf")
    pdf.write_bytes(content.EncapsulatedDocument)
    return " ".join(tool("pdftotext", "-layout", pdf, "-").stdout.split())


def _sr_scan(path: Path) -> dict[str, str]:
    """Private code to text of what a report says about the scan."""
    said = {
        item.ConceptNameCodeSequence[0].CodeValue: item.get("TextValue")
        for item in pydicom.dcmread(path).ContentSequence[-1].ContentSequence
    }
    wanted = ("SCAN_DATE", "PHASE", "SLICE_THICKNESS", "SEGMENTED_BY", "REVIEWED", "VARIANTS")
    return {name: said[name] for name in wanted if name in said}


@pytest.mark.slow
def test_what_is_stated_about_the_scan_is_in_what_is_written(
    case: Hospital, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = tmp_path / "errors.toml"
    errors.write_text('source = "Audit of 40 livers"\n', encoding="utf-8")
    stated = [word for pair in STATED.items() for word in pair]
    images = ["--image", str(case.folder / "ct")]
    for name, more in (("bare", []), ("stated", [*stated, "--errors", str(errors)])):
        assert main(_command(tmp_path / name, *images, "--dicom-pdf", "--sr", *more)) == 0
    bare, said = (_pdf_text(tmp_path / name / "report.dcm") for name in ("bare", "stated"))
    for words in (
        *(value for option, value in STATED.items() if option not in ("--reviewed", "--slice-thickness")),
        "(reviewed)",
        "2.75 mm",
        "12 days before this report of 2026-01-31",
        "Audit of 40 livers",
    ):
        found = [part in said for part in words.split()]
        assert all(found), words
        assert not all(part in bare for part in words.split()), words
    assert _sr_scan(tmp_path / "stated" / "plan-1-h5678-sr.dcm") == {
        "SCAN_DATE": "2026-01-19",
        "PHASE": "late portal venous",
        "SLICE_THICKNESS": "2.75 mm",
        "SEGMENTED_BY": "reader B of the audit",
        "REVIEWED": "yes",
        "VARIANTS": "replaced right hepatic artery",
    }
    assert _sr_scan(tmp_path / "bare" / "plan-1-h5678-sr.dcm").keys() <= {"SCAN_DATE", "SLICE_THICKNESS"}
    assert _sr_scan(tmp_path / "bare" / "plan-1-h5678-sr.dcm")["SCAN_DATE"] == "2026-01-04"
    capsys.readouterr()
    assert main(_command(tmp_path / "bad", *images, "--dicom-pdf", "--scan-date", "4.1.2026")) == 2
    assert "--scan-date '4.1.2026'" in capsys.readouterr().err
    assert not (tmp_path / "bad").exists()


def test_a_review_narrows_the_intervals_that_go_out(case: Hospital, tmp_path: Path) -> None:
    loaded = nib.load(SAMPLE / "segments.nii.gz")
    voxels = np.asarray(loaded.dataobj)
    masks = tmp_path / "masks"
    masks.mkdir()
    for n in range(1, 9):  # names that give the program away
        mask = nib.Nifti1Image((voxels == n).astype(np.uint8), loaded.affine)
        nib.save(mask, masks / f"liver_segment_{n}.nii.gz")
    widths = []
    for reviewed in ("no", "yes"):
        out = tmp_path / reviewed
        command = ["export", str(masks), "--image", str(case.folder / "ct"), "--tumours", "none", "--sr"]
        assert main([*command, "--plan", "H5678", "--reviewed", reviewed, "--out", str(out)]) == 0
        content = pydicom.dcmread(out / "plan-1-h5678-sr.dcm")
        words = [item.get("TextValue", "") for item in content.ContentSequence[-1].ContentSequence]
        interval = next(text for text in words if text.startswith("mFLR: "))
        low, high = re.findall(r"[\d.]+", interval)
        widths.append(float(high) - float(low))
    assert widths[1] < 0.8 * widths[0]


@pytest.mark.slow
def test_without_the_patient_the_day_of_the_scan_stays_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = stack_at(even_heights_mm(2.5))
    told = {"AcquisitionDate": "20260103", "SeriesDescription": "PORTAL"}
    write_series(tmp_path / "study" / "ct", stack, change=lambda k: told)
    write_seg(
        tmp_path / "study" / "seg.dcm",
        stack,
        {1: stack.masks(Ellipsoid()), 2: stack.masks(Ellipsoid((-9.0, -11.0, 300.0), (36.0, 40.0, 60.0)))},
        [segment(1, "Liver"), segment(2, "Liver Remnant")],
    )
    command = ["export", str(tmp_path / "study"), "--tumours", "none", "--dicom-pdf", "--sr", "--out"]
    assert main([*command, str(tmp_path / "named")]) == 0
    assert main([*command, str(tmp_path / "without"), "--anonymise"]) == 0
    assert "2026-01-03" in _pdf_text(tmp_path / "named" / "report.dcm")
    assert "2026-01-03" not in _pdf_text(tmp_path / "without" / "report.dcm")
    (named,), (without,) = ((tmp_path / name).glob("*-sr.dcm") for name in ("named", "without"))
    assert _sr_scan(named)["SCAN_DATE"] == "2026-01-03"
    assert "SCAN_DATE" not in _sr_scan(without)
    assert _sr_scan(without)["PHASE"] == "portal venous (as the description of the series says)"
    capsys.readouterr()
    for option in ("--scan-date", "--phase", "--segmented-by", "--variants"):
        assert main([*command, str(tmp_path / "x"), "--anonymise", option, STATED[option]]) == 2
        assert f"give it without {option}" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_images_of_another_scan_end_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_ct(tmp_path / "other", SAMPLE / "ct.nii.gz", step=7)
    for path in (tmp_path / "other").iterdir():
        content = pydicom.dcmread(path)
        x, y, z = content.ImagePositionPatient
        content.ImagePositionPatient = [x, y, float(z) + 900.0]
        content.save_as(path)
    code = main(_command(tmp_path / "out", "--image", str(tmp_path / "other"), "--seg"))
    assert code == 3
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "nothing to write"),
        (["--seg"], "--image FOLDER"),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    assert main(_command(tmp_path / "out", *more)) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_ends_with_6(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(_command(tmp_path / "file" / "out", "--stl")) == 6
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_several_series_that_fit_are_not_guessed_among(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_ct(tmp_path / "study" / "a", SAMPLE / "ct.nii.gz", uid="1.2.3.4.5")
    write_ct(tmp_path / "study" / "b", SAMPLE / "ct.nii.gz", uid="1.2.3.4.6", SeriesNumber=4)
    code = main(_command(tmp_path / "out", "--image", str(tmp_path / "study"), "--seg"))
    assert code in (2, 3)
    assert "series" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.real
def test_a_real_study_goes_out_and_comes_back(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images, seg = real_data / "derived" / "ct_dicom", real_data / "derived" / "seg_binary_4seg.dcm"
    command = ["export", str(images), str(seg), "--plan", "plane(0, 0, 0, 1, 0, 0)", "--tumours", "none"]
    kinds = ["--seg", "--sr", "--rtstruct", "--dicom-pdf"]
    code = main([*command, *kinds, "--weight", "72", "--height", "171", "--out", str(tmp_path)])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    liver = read_liver(images, seg, tumours="none")
    again = read_liver(images, next(tmp_path.glob("*-seg.dcm")), tumours="none")
    assert int((again.parts > 0).sum()) == int((liver.parts > 0).sum()) == 366708
    outlined = read_liver(images, next(tmp_path.glob("*-rtstruct.dcm")), tumours="none")
    assert int((outlined.parts > 0).sum()) == 366708
    for path in tmp_path.glob("*.dcm"):
        said = tool("dciodvfy", "-new", path)
        errors = [line for line in (said.stdout + said.stderr).splitlines() if "Error" in line]
        # The series has a UID of 66 characters, to which its results have to refer as it is.
        assert [line for line in errors if "Length invalid for this VR = <66>" not in line] == []
