"""Sparse SEG: one file has one volume, read alone or beside its images, and that which its writers read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from dicom_phantoms import Ellipsoid, segment, stack_at, volumes_ml, write_seg, write_series
from numpy.typing import NDArray

import flr
from flr.checks import blocks_grading
from flr.cli import main
from flr.dicom.study import open_study
from flr.errors import GeometryError, ReadError
from flr.io.read import read_liver
from flr.quality import CHECKS

STEP_MM = 5.0
STACK = stack_at(np.arange(195.0, 420.0, STEP_MM), size=(144, 136))
BODY = Ellipsoid()
LIVER = STACK.masks(BODY)
N = len(LIVER)
PIXEL_ML = 1.1 * 0.9 * STEP_MM / 1000.0
DRAWN = [k for k in range(N) if LIVER[k].any()]
MIDDLE = DRAWN[len(DRAWN) // 2]


@pytest.fixture(scope="module")
def ct(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ct")
    more = {
        "StudyID": "",
        "StudyTime": "",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "Manufacturer": "",
    }
    write_series(folder, STACK, change=lambda k: {**more, "PositionReferenceIndicator": ""})
    return folder


# Three writers. Each is given voxels with planes left out, and stores only planes with voxels.


def by_highdicom(path: Path, voxels: NDArray[np.bool_], ct: Path) -> Path:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentationTypeValues, SegmentDescription
    from pydicom.sr.codedict import codes

    images = [pydicom.dcmread(file) for file in sorted(ct.iterdir())]
    by = AlgorithmIdentificationSequence("hand", codes.DCM.ArtificialIntelligence, "1")
    described = SegmentDescription(
        1, "Liver", codes.SCT.AnatomicalStructure, codes.SCT.Liver, "AUTOMATIC", algorithm_identification=by
    )
    highdicom.seg.Segmentation(
        source_images=images,
        pixel_array=voxels.astype(np.uint8),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[described],
        series_instance_uid=highdicom.UID(),
        series_number=9,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="m",
        manufacturer_model_name="m",
        software_versions="1",
        device_serial_number="1",
        omit_empty_frames=True,
    ).save_as(path)
    return path


def by_dcmqi(path: Path, voxels: NDArray[np.bool_], ct: Path) -> Path:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(voxels.astype(np.uint8))
    image.SetSpacing((*STACK.spacing_mm, STEP_MM))
    image.SetOrigin([float(v) for v in STACK.origins_mm[0]])
    nrrd, meta = path.with_suffix(".nrrd"), path.with_suffix(".json")
    SimpleITK.WriteImage(image, str(nrrd))
    anatomy = {
        "CodeValue": "123037004",
        "CodingSchemeDesignator": "SCT",
        "CodeMeaning": "Anatomical Structure",
    }
    liver = {"CodeValue": "10200004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Liver"}
    attributes = {
        "labelID": 1,
        "SegmentDescription": "Liver",
        "SegmentLabel": "Liver",
        "SegmentAlgorithmType": "MANUAL",
        "SegmentedPropertyCategoryCodeSequence": anatomy,
        "SegmentedPropertyTypeCodeSequence": liver,
    }
    meta.write_text(
        json.dumps(
            {
                "ContentCreatorName": "Reader1",
                "SeriesDescription": "Segmentation",
                "SeriesNumber": "300",
                "InstanceNumber": "1",
                "segmentAttributes": [[attributes]],
            }
        ),
        encoding="utf-8",
    )
    program = Path(sys.executable).parent / "itkimage2segimage"
    command = [program, "--skip", "1", "--inputImageList", nrrd, "--inputDICOMDirectory", ct]
    command += ["--inputMetadata", meta, "--outputDICOM", path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return path


def by_flr(path: Path, voxels: NDArray[np.bool_], ct: Path) -> Path:
    from flr.assessment import assess_plans
    from flr.geometry import Grid
    from flr.liver import assemble
    from flr.patient import Patient
    from flr.plans import parse_plan
    from flr.report.dicom import dicom_results, save_dicom
    from flr.write.dicom import source_images

    (series,) = open_study([ct]).series
    halves = np.asfortranarray(voxels.transpose(2, 1, 0).astype(np.uint8))
    halves[: voxels.shape[2] // 2] *= 2
    whole = series.grid
    liver = assemble(
        Grid(whole.shape, whole.index_to_world_mm),
        parts=halves,
        part_names=("2", "5"),
        tumours_declared_none=True,
    )
    plans = (parse_plan("5"),)
    assessments = assess_plans(liver, plans, Patient())
    (written,) = save_dicom(
        dicom_results(assessments, liver, plans, source_images(series), ["seg"]), path.with_suffix("")
    )
    return Path(shutil.move(written, path))


Writer = Callable[[Path, NDArray[np.bool_], Path], Path]
WRITERS: dict[str, Writer] = {"highdicom": by_highdicom, "dcmqi": by_dcmqi, "flr": by_flr}
LEFT_OUT: dict[str, list[int]] = {
    "nothing": [],
    "one plane": [MIDDLE],
    "two planes": [MIDDLE, MIDDLE + 1],
    "a long gap": list(range(MIDDLE - 5, MIDDLE + 5)),
    "every second": DRAWN[1::2],
    "every second and third": [k for k in DRAWN if k % 3],
}


def of_highdicom(seg: Path) -> float:
    """Volume of the first segment as highdicom reads it. [mL]"""
    volume = highdicom.seg.segread(seg).get_volume(segment_numbers=[1], allow_missing_positions=True)
    return float((volume.array > 0).sum() * np.prod(volume.spacing)) / 1000.0


def of_dcmqi(seg: Path, folder: Path) -> float:
    """Volume of the first segment as dcmqi reads it. [mL]"""
    import SimpleITK

    folder.mkdir()
    program = Path(sys.executable).parent / "segimage2itkimage"
    command = [program, "--inputDICOM", seg, "--outputDirectory", folder, "--outputType", "nrrd"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    image = SimpleITK.ReadImage(str(min(folder.glob("*.nrrd"))))
    inside = SimpleITK.GetArrayFromImage(image) == 1
    return float(inside.sum() * np.prod(image.GetSpacing())) / 1000.0


def read(*paths: Path) -> Any:
    return open_study(paths).sources


def severities(sources: Any) -> dict[str, str]:
    return {f.check: f.severity for source in sources for f in source.quality}


def first_ml(sources: Any) -> float:
    """Volume of segment 1, which every writer here calls Liver. [mL]"""
    return next(volumes_ml(source)[1] for source in sources if 1 in volumes_ml(source))


@pytest.mark.parametrize("left_out", LEFT_OUT)
@pytest.mark.parametrize("writer", WRITERS)
def test_one_file_has_one_volume(tmp_path: Path, ct: Path, writer: str, left_out: str) -> None:
    pytest.importorskip("SimpleITK")
    voxels = LIVER.copy()
    voxels[LEFT_OUT[left_out]] = False
    seg = WRITERS[writer](tmp_path / "s.dcm", voxels, ct)
    drawn_ml = float(voxels.sum()) * PIXEL_ML
    alone, beside = read(seg), read(seg, ct)
    assert first_ml(beside) == pytest.approx(drawn_ml, rel=1e-9)
    assert first_ml(alone) == pytest.approx(first_ml(beside), rel=1e-6)
    # dcmqi keeps six digits of the spacing.
    assert of_highdicom(seg) == pytest.approx(drawn_ml, rel=1e-6)
    assert of_dcmqi(seg, tmp_path / "q") == pytest.approx(drawn_ml, rel=1e-5)
    for sources in (alone, beside):
        found = severities(sources)
        if left_out == "nothing":
            assert "error" not in found.values()
        else:
            assert found["seg_gap"] == "error"
            assert all(blocks_grading(f) for s in sources for f in s.quality if f.check == "seg_gap")


@pytest.mark.parametrize("writer", WRITERS)
def test_a_whole_liver_read_without_its_images_is_not_cut_off(tmp_path: Path, ct: Path, writer: str) -> None:
    """Some writers list only the images with a frame: that says nothing of the scan."""
    pytest.importorskip("SimpleITK")
    seg = WRITERS[writer](tmp_path / "s.dcm", LIVER, ct)
    for given in ((seg,), (seg, ct)):
        found = {f.check: f.severity for f in read_liver(*given, tumours="none").quality}
        assert "liver_truncated" not in found
        assert "error" not in found.values()
    # All images are listed by highdicom and by us, so nothing is unknown.
    alone = severities(read(seg))
    assert ("scan_extent_unknown" in alone) is (writer == "dcmqi")


def test_a_liver_that_is_cut_off_is_noticed_without_its_images(tmp_path: Path, ct: Path) -> None:
    """The lie: half a liver, the list ending with it. Where the extent is unknown the flat face tells."""
    voxels = LIVER.copy()
    voxels[MIDDLE:] = False
    frames = [(1, k) for k in range(N) if voxels[k].any()]
    listed = [STACK.uids[k] for _, k in frames]
    for images in (listed, STACK.uids[:MIDDLE]):
        described = [segment(1, "Liver"), segment(2, "Resected", ("85756007", "SCT", "Tissue"))]
        more = [(2, k) for _, k in frames if (TUMOUR & voxels)[k].any()]
        seg = write_seg(
            tmp_path / "s.dcm",
            STACK,
            {1: voxels, 2: TUMOUR & voxels},
            described,
            frames=[*frames, *more],
            listed=images,
        )
        quality = flr.assess(read_liver(seg, tumours="none"), "resected", flr.Patient()).quality
        errors = {f.check for f in quality if f.severity == "error" and blocks_grading(f)}
        assert errors & {"liver_cut_flat", "liver_truncated"}


@pytest.mark.parametrize("listed", ["all", "drawn", "none"])
@pytest.mark.parametrize("left_out", ["one plane", "two planes", "a long gap"])
@pytest.mark.parametrize("declared_mm", [None, STEP_MM])
def test_a_gap_is_a_gap_whatever_the_file_lists(
    tmp_path: Path, ct: Path, declared_mm: float | None, left_out: str, listed: str
) -> None:
    frames = [(1, k) for k in DRAWN if k not in LEFT_OUT[left_out]]
    images = {"all": list(STACK.uids), "drawn": [STACK.uids[k] for _, k in frames], "none": ["1.2.3.4"]}[
        listed
    ]
    seg = write_seg(
        tmp_path / "s.dcm",
        STACK,
        {1: LIVER},
        [segment(1, "Liver")],
        frames=frames,
        listed=images,
        spacing_between_mm=declared_mm,
    )
    drawn_ml = sum(float(LIVER[k].sum()) for _, k in frames) * PIXEL_ML
    for given in ((seg,), (seg, ct)):
        (source,) = read(*given)
        assert volumes_ml(source)[1] == pytest.approx(drawn_ml, rel=1e-9)
        assert severities([source])["seg_gap"] == "error"


@pytest.mark.parametrize("step_mm", [1e-4, 1e-300])
def test_a_step_that_no_scan_has_is_not_believed(tmp_path: Path, step_mm: float) -> None:
    """The lie: a declared step of a tenth of a micrometre would lay millions of slices between frames."""
    frames = [(1, k) for k in DRAWN if k != MIDDLE]
    seg = write_seg(
        tmp_path / "s.dcm",
        STACK,
        {1: LIVER},
        [segment(1, "Liver")],
        frames=frames,
        listed=["1.2.3.4"],
        spacing_between_mm=step_mm,
    )
    (source,) = read(seg)
    assert source.grid.shape[2] < 2 * N
    assert severities([source])["seg_gap"] == "error"


def test_a_scan_without_a_slice_is_no_segmentation_without_a_frame(tmp_path: Path) -> None:
    """The true case: nobody could draw on a slice that the scan itself lacks, and the list says so."""
    kept = [k for k in range(N) if k != MIDDLE]
    stack = STACK.only(kept)
    write_series(tmp_path / "ct", stack)
    seg = write_seg(tmp_path / "s.dcm", stack, {1: LIVER[kept]}, [segment(1, "Liver")])
    (alone,), (beside,) = read(seg), read(seg, tmp_path / "ct")
    assert volumes_ml(alone) == pytest.approx(volumes_ml(beside), rel=1e-9)
    assert volumes_ml(alone)[1] == pytest.approx(BODY.ml, rel=0.005)
    for source in (alone, beside):
        found = severities([source])
        assert "seg_gap" not in found
        assert found["missing_slices"] == "warning"


# A segmentation in several files.


def in_parts(seg: Path, folder: Path, n: int, *, total: bool = True) -> list[Path]:
    """A segmentation as a concatenation of ``n`` files."""
    content = pydicom.dcmread(seg)
    groups = list(content.PerFrameFunctionalGroupsSequence)
    bits = np.unpackbits(np.frombuffer(content.PixelData, np.uint8), bitorder="little")
    pixels = content.Rows * content.Columns
    bits = bits[: len(groups) * pixels].reshape(len(groups), pixels)
    folder.mkdir()
    paths = []
    for number, frames in enumerate(np.array_split(np.arange(len(groups)), n), start=1):
        part = pydicom.dcmread(seg)
        part.ConcatenationUID = "1.2.3.99"
        part.SOPInstanceUIDOfConcatenationSource = content.SOPInstanceUID
        part.InConcatenationNumber = number
        if total:
            part.InConcatenationTotalNumber = n
        part.ConcatenationFrameOffsetNumber = int(frames[0])
        part.SOPInstanceUID = part.file_meta.MediaStorageSOPInstanceUID = f"{content.SOPInstanceUID}.{number}"
        part.PerFrameFunctionalGroupsSequence = pydicom.Sequence([groups[k] for k in frames])
        part.NumberOfFrames = len(frames)
        raw = np.packbits(bits[frames].reshape(-1), bitorder="little").tobytes()
        part.PixelData = raw + b"\0" * (len(raw) % 2)
        # The names run against the order of the frames.
        paths.append(folder / f"{'zyxwv'[number - 1]}.dcm")
        part.save_as(paths[-1])
    return paths


TUMOUR = STACK.masks(Ellipsoid((20.0, -11.0, 290.0), (14.0, 12.0, 16.0)))


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    described = [segment(1, "Liver"), segment(2, "Tumor", ("4147007", "SCT", "Mass"))]
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER, 2: TUMOUR}, described)
    return in_parts(seg, tmp_path / "parts", 3)


def listed_ml(run: Sequence[str], capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    assert main(["volumes", *run]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    return {line[0]: float(line[1]) for line in lines if len(line) == 3 and line[2].isdigit()}


@pytest.mark.parametrize("given", ["files", "folder", "files in another order", "role"])
def test_a_concatenation_is_one_object(
    parts: list[Path], given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {
        "files": [str(p) for p in parts],
        "folder": [str(parts[0].parent)],
        "files in another order": [str(p) for p in reversed(parts)],
        "role": ["--liver", str(parts[1]), str(parts[0]), str(parts[2])],
    }[given]
    expected = {"liver": float(LIVER.sum()) * PIXEL_ML, "tumour": float(TUMOUR.sum()) * PIXEL_ML}
    if given == "role":  # a file with two structures, called the liver: refused or taken, never halved
        (source, *_) = read(*parts)
        assert volumes_ml(source)[1] == pytest.approx(expected["liver"], rel=1e-9)
        return
    assert listed_ml(arguments, capsys) == pytest.approx(expected, abs=1e-3)


def test_a_concatenation_in_an_assessment(parts: list[Path], ct: Path) -> None:
    liver = read_liver(*parts, ct)
    assert flr.measure(liver).total_ml == pytest.approx(float((LIVER | TUMOUR).sum()) * PIXEL_ML, rel=1e-6)
    assert {len(source.files) for source in read(*parts)} == {3}
    assert "seg_gap" not in {f.check for f in liver.quality}


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_part_that_is_missing_is_refused(parts: list[Path], missing: int) -> None:
    rest = [part for n, part in enumerate(parts) if n != missing]
    with pytest.raises(ReadError, match=r"of 3 is here; give all of its files"):
        read(*rest)


def test_one_part_alone_is_refused(tmp_path: Path) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    for total in (True, False):
        first, *_ = in_parts(seg, tmp_path / f"parts{total}", 2, total=total)
        with pytest.raises(ReadError, match="stored in several files"):
            read(first)


def test_parts_that_do_not_say_how_many_there_are(tmp_path: Path) -> None:
    """Then a last one that is missing cannot be seen: the liver is not shown to be whole."""
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    parts = in_parts(seg, tmp_path / "parts", 3, total=False)
    quality = open_study(parts).quality
    assert [(f.check, f.severity) for f in quality] == [("seg_in_parts", "warning")]
    assert CHECKS["seg_in_parts"].row == "whole"


def test_parts_that_describe_different_segments_are_refused(parts: list[Path]) -> None:
    content = pydicom.dcmread(parts[1])
    content.SegmentSequence[0].SegmentLabel = "Spleen"
    content.save_as(parts[1])
    with pytest.raises(ReadError, match="different segments"):
        read(*parts)


@pytest.mark.real
def test_a_case_in_two_files(real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = real_data / "cases" / "seg-concatenation"
    files = [str(folder / f"part{n}.dcm") for n in (1, 2)]
    for given in (files, files[::-1], [str(folder)]):
        assert listed_ml(given, capsys) == pytest.approx({"liver": 1557.12, "flr": 721.92}, abs=1e-3)


# Pixels.


def with_bytes(seg: Path, values: NDArray[np.uint8]) -> Path:
    """A binary segmentation that spends a byte on each pixel."""
    content = pydicom.dcmread(seg)
    content.BitsAllocated = content.BitsStored = 8
    content.HighBit = 7
    content.PixelData = values.tobytes() + b"\0" * (values.size % 2)
    content.save_as(seg)
    return seg


@pytest.mark.parametrize("full", [1, 255])
def test_a_binary_segmentation_of_bytes_is_decoded(tmp_path: Path, ct: Path, full: int) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    with_bytes(seg, LIVER[DRAWN].astype(np.uint8) * np.uint8(full))
    for given in ((seg,), (seg, ct)):
        (source,) = read(*given)
        assert volumes_ml(source)[1] == pytest.approx(float(LIVER.sum()) * PIXEL_ML, rel=1e-9)


def test_a_binary_segmentation_of_several_values_is_refused(tmp_path: Path) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    with_bytes(seg, np.where(TUMOUR, 2, LIVER)[DRAWN].astype(np.uint8))
    with pytest.raises(ReadError, match="BINARY whose pixels hold several values"):
        read(seg)


@pytest.mark.parametrize("kind", ["FRACTIONAL", "LABELMAP"])
def test_other_kinds_of_one_bit_are_refused(tmp_path: Path, kind: str) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    content = pydicom.dcmread(seg)
    content.SegmentationType = kind
    content.save_as(seg)
    with pytest.raises(ReadError, match="one bit per pixel"):
        read(seg)


def test_fractions_above_the_highest_are_refused(tmp_path: Path) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")], kind="FRACTIONAL")
    content = pydicom.dcmread(seg)
    content.MaximumFractionalValue = 100
    content.save_as(seg)
    with pytest.raises(ReadError, match="fractions up to 255"):
        read(seg)


@pytest.mark.parametrize("kind", ["FRACTIONAL", "LABELMAP"])
def test_run_lengths_are_decoded(tmp_path: Path, ct: Path, kind: str) -> None:
    key = 0 if kind == "LABELMAP" else 1
    described = [segment(1, "Liver")]
    seg = write_seg(tmp_path / "s.dcm", STACK, {key: LIVER}, described, kind=kind, spacing_between_mm=STEP_MM)
    content = pydicom.dcmread(seg)
    content.compress(pydicom.uid.RLELossless, encoding_plugin="pydicom")
    content.save_as(seg)
    for given in ((seg,), (seg, ct)):
        (source,) = read(*given)
        assert volumes_ml(source)[1] == pytest.approx(float(LIVER.sum()) * PIXEL_ML, rel=1e-9)
        if kind == "FRACTIONAL":
            assert source.partial_ml[1] == pytest.approx(float(LIVER.sum()) * PIXEL_ML, rel=1e-9)


@pytest.mark.parametrize("in_every_frame", [True, False])
def test_pixel_sizes_that_differ_between_frames_are_refused(tmp_path: Path, in_every_frame: bool) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    content = pydicom.dcmread(seg)
    shared = content.SharedFunctionalGroupsSequence[0]
    for n, group in enumerate(content.PerFrameFunctionalGroupsSequence):
        if in_every_frame or n == 7:
            measures = pydicom.Dataset()
            measures.PixelSpacing = [1.8, 2.2] if n == 7 else [0.9, 1.1]
            measures.SliceThickness = 3
            group.PixelMeasuresSequence = pydicom.Sequence([measures])
    if in_every_frame:
        del shared.PixelMeasuresSequence
    content.save_as(seg)
    with pytest.raises(GeometryError, match=r"pixels of different size \(0.9×1.1 and 1.8×2.2 mm\)"):
        read(seg)


def test_pixel_sizes_that_are_equal_in_every_frame_are_no_matter(tmp_path: Path) -> None:
    seg = write_seg(tmp_path / "s.dcm", STACK, {1: LIVER}, [segment(1, "Liver")])
    content = pydicom.dcmread(seg)
    for group in content.PerFrameFunctionalGroupsSequence:
        group.PixelMeasuresSequence = content.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    del content.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    content.save_as(seg)
    assert volumes_ml(read(seg)[0])[1] == pytest.approx(float(LIVER.sum()) * PIXEL_ML, rel=1e-9)


# Background.

BACKGROUND = ("125040", "DCM", "Background")


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("by", ["code", "label"])
def test_background_is_no_structure(tmp_path: Path, ct: Path, kind: str, by: str) -> None:
    outside = segment(2, "outside", BACKGROUND)
    if by == "label":
        outside = segment(2, "Background", ("85756007", "SCT", "Tissue"))
    masks = {1: LIVER, 2: ~LIVER}
    if kind == "LABELMAP":
        masks = {0: np.where(LIVER, 1, 2)}
    seg = write_seg(tmp_path / "s.dcm", STACK, masks, [segment(1, "Liver"), outside], kind=kind)
    for given in ((seg,), (seg, ct)):
        sources = read(*given)
        assert [volumes_ml(s) for s in sources] == [
            {1: pytest.approx(float(LIVER.sum()) * PIXEL_ML, rel=1e-9)}
        ]
        assert severities(sources)["background_left_out"] == "info"
        assert "error" not in {f.severity for f in read_liver(*given, tumours="none").quality}


def test_background_by_code_and_liver_by_name_is_an_error(tmp_path: Path) -> None:
    """The lie: codes outrank texts, and a contradiction is never silent."""
    masks = {1: LIVER, 2: TUMOUR}
    seg = write_seg(tmp_path / "s.dcm", STACK, masks, [segment(1, "Liver"), segment(2, "Liver", BACKGROUND)])
    (source,) = read(seg)
    assert set(volumes_ml(source)) == {1}
    assert severities([source])["code_against_name"] == "error"
    seg = write_seg(tmp_path / "t.dcm", STACK, {1: LIVER}, [segment(1, "Background")])
    (source,) = read(seg)
    assert dict(source.names) == {1: "liver"}
    assert severities([source])["code_against_name"] == "error"


def test_a_structure_with_number_0_is_refused(tmp_path: Path) -> None:
    seg = write_seg(
        tmp_path / "s.dcm",
        STACK,
        {0: np.where(LIVER, 0, 255)},
        [segment(0, "Liver"), segment(1, "Spleen", ("78961009", "SCT", "Spleen"))],
        kind="LABELMAP",
        padding=255,
    )
    with pytest.raises(ReadError, match="segment number 0"):
        read(seg)
