"""DICOM results: valid for independent readers, tied to their study, the same for the same input."""

from __future__ import annotations

import io
import json
import re
import sys
import warnings
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from dicom_phantoms import (
    Ellipsoid,
    Stack,
    even_heights_mm,
    oblique,
    segment,
    stack_at,
    tilted,
    volumes_ml,
    write_seg,
    write_series,
)
from export_cases import MADE, SAMPLE, SECRETS, Hospital, hospital, tool, write_ct

from flr.assessment import assess_plans
from flr.dicom import open_study
from flr.errors import GeometryError, ReadError, UsageError
from flr.geometry import Grid
from flr.io.read import read_liver
from flr.liver import Liver, assemble
from flr.patient import Patient
from flr.plans import parse_plan
from flr.report.dicom import dicom_results, save_dicom
from flr.write.dicom import source_images
from flr.write.dicom.codes import private_code_values
from flr.write.dicom.patient import anonymous_uid
from flr.write.dicom.source import planes_of
from flr.write.dicom.structures import part_label
from flr.write.dicom.texts import ascii_text, decimal

PLAN = "H5678"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    return hospital(tmp_path_factory.mktemp("hospital"))


@pytest.fixture(scope="module")
def written(case: Hospital) -> dict[str, Path]:
    """All results of the case, by the end of their names; the label maps in a folder of their own."""
    paths = save_dicom(_results(case), case.folder / "results")
    more = save_dicom(_results(case, kinds=["seg"], seg_type="fractional"), case.folder / "fractional")
    labels = save_dicom(_results(case, kinds=["seg", "sr"], seg_type="labelmap"), case.folder / "labelmap")
    found = {path.stem.removeprefix("plan-1-h5678-"): path for path in paths}
    found["fractional"] = more[0]
    return found | {f"labelmap-{path.stem.removeprefix('plan-1-h5678-')}": path for path in labels}


def _results(case: Hospital, **choices: Any) -> Any:
    choices = {"made": MADE, **choices}
    return dicom_results(case.assessments, case.liver, case.plans, case.source, **choices)


def _segment_volumes_ml(path: Path, case: Hospital) -> dict[str, float]:
    study = open_study([case.folder / "ct", path])
    return {source.names[value]: ml for source in study.sources for value, ml in volumes_ml(source).items()}


def _expected_ml(case: Hospital) -> dict[str, float]:
    """Volumes counted on the liver itself, label by label, on the grid that DICOM's decimals give."""
    liver, a = case.liver, case.assessments[0]
    voxel = liver.grid.voxel_volume_ml
    expected = {"Liver": a.volumes.total_ml, "Resected": a.volumes.resected_ml}
    expected |= {part_label(name): ml for name, ml in a.volumes.parts_ml.items()}
    assert liver.tumours is not None
    for number in np.unique(liver.tumours[(liver.tumours > 0) & (liver.parts > 0)]):
        expected[f"Tumour {number}"] = int((liver.tumours == number).sum()) * voxel
    expected["Future liver remnant, functional tissue"] = a.volumes.remnant_ml
    decimals = case.series.grid.voxel_volume_ml / voxel
    assert decimals == pytest.approx(1.0, abs=1e-8)
    return {name: float(ml) * decimals for name, ml in expected.items() if ml is not None}


# --- validators ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["seg", "fractional", "sr", "rtstruct", "axial", "report"])
def test_dciodvfy_finds_no_error(written: dict[str, Path], name: str) -> None:
    said = tool("dciodvfy", "-new", written[name])
    lines = (said.stdout + said.stderr).splitlines()
    assert [line for line in lines if "Error" in line or "Abort" in line] == []
    assert any(line.strip() for line in lines), "the validator said nothing at all"


def test_dsrdump_reads_the_report(written: dict[str, Path], case: Hospital) -> None:
    said = tool("dsrdump", "+Pl", written["sr"])
    assert said.returncode == 0, said.stderr
    a = case.assessments[0]
    for text in (
        f'"{decimal(a.volumes.remnant_ml, 6)}" (cm3',
        f'"{decimal(a.measures.flr_percent_of_measured or 0.0, 6)}" (%',
        "H5678 (right hepatectomy)",
        "doi:10.",
        "not a medical device",
    ):
        assert text in said.stdout


def test_dcm2pdf_gives_the_pdf_back(written: dict[str, Path], tmp_path: Path) -> None:
    said = tool("dcm2pdf", written["report"], tmp_path / "back.pdf")
    assert said.returncode == 0, said.stderr
    content = pydicom.dcmread(written["report"])
    length = content.EncapsulatedDocumentLength
    assert (tmp_path / "back.pdf").read_bytes().rstrip(b"\0") == content.EncapsulatedDocument[:length].rstrip(
        b"\0"
    )
    assert content.EncapsulatedDocument.startswith(b"%PDF")


def _dcmqi(program: str) -> Path:
    path = Path(sys.executable).parent / program
    if not path.exists():
        tool(f"{program} of dcmqi")
    return path


@pytest.mark.parametrize("names", [["seg"], [f"labelmap-seg-{n}" for n in (1, 2, 3, 4)]])
def test_dcmqi_reads_the_same_volumes(
    written: dict[str, Path], case: Hospital, tmp_path: Path, names: Sequence[str]
) -> None:
    import SimpleITK

    found: dict[str, float] = {}
    counts: dict[str, int] = {}
    for name in names:
        folder = tmp_path / name
        folder.mkdir()
        said = tool(
            _dcmqi("segimage2itkimage"), "--inputDICOM", written[name], "--outputDirectory", folder,
            "--outputType", "nrrd",
        )  # fmt: skip
        assert said.returncode == 0, said.stderr
        labels = {
            int(s.SegmentNumber): s.SegmentLabel for s in pydicom.dcmread(written[name]).SegmentSequence
        }
        for path in folder.glob("*.nrrd"):
            image = SimpleITK.ReadImage(str(path))
            voxels = SimpleITK.GetArrayFromImage(image)
            ml = np.prod(image.GetSpacing()) / 1000.0
            values = [int(v) for v in np.unique(voxels) if v]
            by_file = int(path.stem.rpartition("-")[2])
            for value in values:
                number = value if len(values) > 1 or name.startswith("labelmap") else by_file
                count = int((voxels == value).sum())
                counts[str(labels[number])], found[str(labels[number])] = count, count * ml
    expected = _expected_ml(case)
    voxel_ml = case.series.grid.voxel_volume_ml
    assert counts == {name: round(ml / voxel_ml) for name, ml in expected.items()}
    # dcmqi writes the spacing with six digits.
    assert found == pytest.approx(expected, rel=1e-6)


def test_dcmqi_reads_the_same_measurements(written: dict[str, Path], case: Hospital, tmp_path: Path) -> None:
    said = tool(
        _dcmqi("tid1500reader"), "--inputDICOM", written["sr"], "--outputMetadata", tmp_path / "sr.json"
    )
    assert said.returncode == 0, said.stderr
    groups = json.loads((tmp_path / "sr.json").read_text(encoding="utf-8"))["Measurements"]
    a = case.assessments[0]
    values = {
        (group["TrackingIdentifier"], item["quantity"]["CodeValue"]): float(item["value"])
        for group in groups
        for item in group["measurementItems"]
    }
    assert values["liver", "118565006"] == pytest.approx(a.volumes.total_ml, abs=1e-6)
    assert values["liver", "FUNCTIONAL"] == pytest.approx(a.volumes.functional_ml, abs=1e-6)
    assert values["liver", "FLR_TUMOUR"] == pytest.approx(a.volumes.remnant_tumour_ml, abs=1e-6)
    assert values["flr H5678", "118565006"] == pytest.approx(a.volumes.remnant_ml, abs=1e-6)
    assert values["flr H5678", "FLR_PCT_MEASURED"] == pytest.approx(
        a.measures.flr_percent_of_measured, abs=1e-6
    )
    assert values["flr H5678", "29463-7"] == 72.0
    assert values["flr H5678", "8302-2"] == 171.0
    assert values["flr H5678", "8277-6"] == pytest.approx(a.measures.bsa_m2, abs=1e-6)
    for name, ml in a.volumes.parts_ml.items():
        assert values[f"segment_{name}", "118565006"] == pytest.approx(ml, abs=1e-6)


@pytest.mark.slow
def test_pixelmed_finds_no_error_in_the_template(written: dict[str, Path]) -> None:
    jar = Path("/usr/share/java/pixelmed.jar")
    tool("java", "-version")
    if not jar.exists():
        tool("pixelmed-apps-are-missing")
    # The packaged script stops at a limit of younger Java versions.
    limits = [f"-Djdk.xml.xpath{name}Limit=0" for name in ("TotalOp", "ExprOp", "ExprGrp")]
    said = tool(
        "java", *limits, "-cp", jar, "com.pixelmed.validate.DicomSRValidator", written["sr"], timeout_s=300.0
    )
    text = said.stdout + said.stderr
    assert "Root Template Validation Complete" in text
    assert "IOD validation complete" in text
    assert [line for line in text.splitlines() if line.startswith("Error")] == []


def test_highdicom_reads_all_kinds_of_segmentation(written: dict[str, Path], case: Hospital) -> None:
    for name in ("seg", "fractional"):
        seg = highdicom.seg.segread(written[name])
        assert seg.number_of_segments == 16
    liver = highdicom.seg.segread(written["seg"]).get_volume(segment_numbers=[1])
    ml = float((liver.array > 0).sum()) * float(np.prod(liver.spacing)) / 1000.0
    assert ml == pytest.approx(case.assessments[0].volumes.total_ml, rel=1e-6)


# --- round trip ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["seg", "fractional"])
def test_segments_are_read_back_to_the_same_volumes(
    written: dict[str, Path], case: Hospital, name: str
) -> None:
    assert _segment_volumes_ml(written[name], case) == pytest.approx(_expected_ml(case), abs=1e-9)


def test_label_maps_are_read_back_to_the_same_volumes(written: dict[str, Path], case: Hospital) -> None:
    found: dict[str, float] = {}
    for number in (1, 2, 3, 4):
        found |= _segment_volumes_ml(written[f"labelmap-seg-{number}"], case)
    assert found == pytest.approx(_expected_ml(case), abs=1e-9)


def test_outlines_are_read_back_to_the_same_volumes(written: dict[str, Path], case: Hospital) -> None:
    found = _segment_volumes_ml(written["rtstruct"], case)
    cut_ml = found.pop("Cut")
    expected = {name: ml for name, ml in _expected_ml(case).items() if "segment" not in name}
    assert found == pytest.approx(expected, abs=1e-9)
    assert 0.0 < cut_ml < 0.05 * found["Resected"]


def test_planimetry_of_outlines_agrees(written: dict[str, Path], case: Hospital) -> None:
    study = open_study([case.folder / "ct", written["rtstruct"]])
    for source in study.sources:
        counted = volumes_ml(source)
        for value, ml in source.planimetric_ml.items():
            assert ml == pytest.approx(counted[value], rel=0.01)
        assert "planimetry_disagrees" not in [finding.check for finding in source.quality]


@pytest.mark.parametrize("plan", ["H5678", "H67", "H23", "H23 + ablate(T1, 5)"])
def test_a_segmentation_read_back_grades_alike(case: Hospital, tmp_path: Path, plan: str) -> None:
    chosen = (parse_plan(plan),)
    body = Patient(weight_kg=72, height_cm=171, condition="normal")
    first = assess_plans(case.liver, chosen, body)
    path = save_dicom(
        dicom_results(first, case.liver, chosen, case.source, ["seg"], made=MADE), tmp_path / "out"
    )[0]
    again = read_liver(case.folder / "ct", path)
    drawn = [name for name in ("resected", "flr") if name in again.drawn]
    if not drawn:
        # Nothing drawn says this plan exactly, so nothing is offered as if it did.
        assert first[0].volumes.remnant_tumour_ml
        assert first[0].volumes.ablated_ml
        drawn = [plan]
    for text in drawn:
        second = assess_plans(again, [parse_plan(text)], body)[0]
        assert second.volumes.remnant_ml == pytest.approx(first[0].volumes.remnant_ml, rel=1e-8)
        assert second.volumes.remnant_tumour_ml == pytest.approx(first[0].volumes.remnant_tumour_ml, rel=1e-8)
        assert second.measures.flr_percent_of_measured == pytest.approx(
            first[0].measures.flr_percent_of_measured, abs=1e-6
        )
        assert second.flag == first[0].flag


@pytest.mark.parametrize("name", ["seg", "rtstruct"])
def test_what_a_plan_made_of_the_liver_is_no_stranger_when_it_is_read_back(
    written: dict[str, Path], case: Hospital, name: str
) -> None:
    again = read_liver(case.folder / "ct", written[name])
    assert not {"labels_unaccounted", "structure_unknown"} & {finding.check for finding in again.quality}


# --- identity -----------------------------------------------------------------------------------


def test_results_belong_to_the_study_and_refer_to_each_other(
    written: dict[str, Path], case: Hospital
) -> None:
    contents = {name: pydicom.dcmread(path) for name, path in written.items()}
    for content in contents.values():
        assert content.StudyInstanceUID == "1.2.3.4.5.1"
        assert content.PatientID == "ID-4711"
        assert content.PatientName == "Secret^Somebody"
        assert content.AccessionNumber == "ACC-4711"
        assert content.SeriesInstanceUID != "1.2.3.4.5.2"
    for name in ("seg", "fractional", "rtstruct"):
        assert contents[name].FrameOfReferenceUID == "1.2.3.4.5.3"
    assert len({content.SOPInstanceUID for content in contents.values()}) == len(contents)
    segment = contents["sr"].ContentSequence[-2].ContentSequence[0].ContentSequence[4]
    assert segment.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == contents["seg"].SOPInstanceUID
    evidence = contents["sr"].CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    assert {item.SeriesInstanceUID for item in evidence} == {
        "1.2.3.4.5.2",
        contents["seg"].SeriesInstanceUID,
    }


def test_frames_name_the_slices_they_lie_on(written: dict[str, Path], case: Hospital) -> None:
    content = pydicom.dcmread(written["seg"])
    by_position = {
        tuple(round(float(v), 4) for v in pydicom.dcmread(path).ImagePositionPatient): str(
            pydicom.dcmread(path).SOPInstanceUID
        )
        for path in sorted((case.folder / "ct").iterdir())
    }
    for frame in content.PerFrameFunctionalGroupsSequence[:: max(1, content.NumberOfFrames // 40)]:
        at = tuple(round(float(v), 4) for v in frame.PlanePositionSequence[0].ImagePositionPatient)
        image = frame.DerivationImageSequence[0].SourceImageSequence[0]
        assert image.ReferencedSOPInstanceUID == by_position[at]


def test_segmentations_list_all_images_of_the_series(written: dict[str, Path], case: Hospital) -> None:
    """Not only those with a frame: a short list says nothing of where the scan ends."""
    images = {str(pydicom.dcmread(path).SOPInstanceUID) for path in (case.folder / "ct").iterdir()}
    for name in ("seg", "fractional", "labelmap-seg-1"):
        content = pydicom.dcmread(written[name])
        listed = content.ReferencedSeriesSequence[0].ReferencedInstanceSequence
        assert {str(item.ReferencedSOPInstanceUID) for item in listed} == images
        frames = {float(f.PlanePositionSequence[0].ImagePositionPatient[2])
                  for f in content.PerFrameFunctionalGroupsSequence}  # fmt: skip
        assert len(frames) < len(images)


def test_eight_bit_segmentations_are_compressed(written: dict[str, Path]) -> None:
    for name in ("fractional", "labelmap-seg-1", "labelmap-seg-2", "labelmap-seg-3", "labelmap-seg-4"):
        content = pydicom.dcmread(written[name])
        assert content.file_meta.TransferSyntaxUID == pydicom.uid.RLELossless
        assert written[name].stat().st_size < content.Rows * content.Columns * content.NumberOfFrames / 4


@pytest.mark.parametrize("shape", [(3, 300), (1, 1), (2, 128), (2, 129), (5, 7)])
def test_compressed_frames_are_decoded_by_another_reader(shape: tuple[int, int]) -> None:
    from pydicom.pixels.decoders.rle import _rle_decode_frame

    from flr.write.dicom.rle import rle_frame

    random = np.random.default_rng(7)
    for plane in (
        np.zeros(shape, np.uint8),
        random.integers(0, 256, shape, dtype=np.uint8),
        np.repeat(random.integers(0, 3, shape, dtype=np.uint8)[:, :1], shape[1], axis=1),
        np.sort(random.integers(0, 9, shape, dtype=np.uint8), axis=1),
    ):
        decoded = np.frombuffer(_rle_decode_frame(rle_frame(plane), *shape, 1, 8), np.uint8)
        np.testing.assert_array_equal(decoded.reshape(shape), plane)


def test_regions_say_their_volume(written: dict[str, Path], case: Hospital) -> None:
    regions = pydicom.dcmread(written["rtstruct"]).StructureSetROISequence
    said = {str(region.ROIName): float(region.ROIVolume) for region in regions}
    said.pop("Cut")
    expected = {name: ml for name, ml in _expected_ml(case).items() if "segment" not in name}
    assert said == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_the_same_input_gives_the_same_objects(case: Hospital) -> None:
    kinds = ["seg", "sr", "rtstruct", "pdf"]
    one = {r.file_name: r.content for r in _results(case, kinds=kinds)}
    two = {r.file_name: r.content for r in _results(case, kinds=kinds, made=datetime(2030, 2, 3, 4, 5))}
    assert one.keys() == two.keys()
    for name, content in one.items():
        assert content.SOPInstanceUID == two[name].SOPInstanceUID
        assert content.SeriesInstanceUID == two[name].SeriesInstanceUID
    same = {r.file_name: r.content for r in _results(case, kinds=kinds)}
    assert all(same[name] == content for name, content in one.items())


@pytest.mark.slow
def test_another_content_gives_another_object(case: Hospital) -> None:
    def uids(changed: Hospital) -> dict[str, str]:
        return {
            r.file_name: str(r.content.SOPInstanceUID) for r in _results(changed, kinds=["seg", "sr", "pdf"])
        }

    heavier = assess_plans(case.liver, case.plans, Patient(weight_kg=95, height_cm=171), case_id="case-7")
    before, after = uids(case), uids(replace(case, assessments=heavier))
    assert before["plan-1-h5678-seg.dcm"] == after["plan-1-h5678-seg.dcm"]
    assert before["plan-1-h5678-sr.dcm"] != after["plan-1-h5678-sr.dcm"]
    assert before["report.dcm"] != after["report.dcm"]


def test_tracking_identifiers_are_stable_over_time_points(case: Hospital, tmp_path: Path) -> None:
    def tracked(hospital_case: Hospital) -> dict[str, str]:
        results = list(_results(hospital_case, kinds=["seg"]))
        return {s.TrackingID: s.TrackingUID for s in results[0].content.SegmentSequence}

    write_ct(tmp_path / "later", SAMPLE / "ct.nii.gz", uid="1.9.8.7")
    later = source_images(open_study([tmp_path / "later"]).series[0])
    write_ct(tmp_path / "other", SAMPLE / "ct.nii.gz", uid="1.9.8.6", PatientID="ID-4712")
    other = source_images(open_study([tmp_path / "other"]).series[0])
    first = tracked(case)
    assert first == tracked(replace(case, source=later))
    assert set(first.values()).isdisjoint(tracked(replace(case, source=other)).values())
    assert len(set(first.values())) == len(first) == 16


def test_tracking_identifiers_of_what_a_plan_makes_name_the_plan(case: Hospital) -> None:
    results = list(_results(case, kinds=["seg"]))
    names = {s.SegmentLabel: s.TrackingID for s in results[0].content.SegmentSequence}
    assert names["Liver"] == "liver"
    assert names["Resected"] == "resected H5678"


def test_private_codes_say_what_they_are(written: dict[str, Path]) -> None:
    for name in ("seg", "sr", "rtstruct"):
        scheme = pydicom.dcmread(written[name]).CodingSchemeIdentificationSequence[0]
        assert scheme.CodingSchemeDesignator == "99FLR"
        assert scheme.CodingSchemeName
    values = [concept.value for concept in private_code_values()]
    assert len(set(values)) == len(values)
    assert all(len(value) <= 16 for value in values)
    assert all(len(concept.meaning) <= 64 for concept in private_code_values())


# --- research -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_anonymised_results_hold_nothing_of_the_patient(case: Hospital, tmp_path: Path) -> None:
    paths = save_dicom(_results(case, anonymise=True), tmp_path)
    # The bare number may be part of a digest.
    secrets = (
        *(s for s in SECRETS if not s.isdigit()),
        "Doctor",
        "ID-4711",
        "ST-4711",
        "1.2.3.4.5",
        "ACC-",
        "20260105",
    )
    for path in paths:
        raw = path.read_bytes()
        assert [s for s in secrets if s.encode() in raw] == []
        content = pydicom.dcmread(path)
        assert content.PatientID == "case-7"
        assert content.PatientIdentityRemoved == "YES"
        assert content.StudyInstanceUID == anonymous_uid("1.2.3.4.5.1")
        assert content.StudyDate == ""
        assert content.PatientWeight == 72
        assert not [line for line in _errors(path) if "Error" in line]


def _told(case: Hospital, **facts: Any) -> Hospital:
    """The case with facts that somebody typed about its scan, its plan and its files."""
    first = case.assessments[0]
    source = first.provenance.source
    source = replace(
        source,
        scan=replace(source.scan, **facts),
        inputs=tuple(replace(one, name=f"Übel-{one.name}") for one in source.inputs),
    )
    plan = replace(first.plan, name="Dr. Übel's cut")
    told = replace(first, plan=plan, provenance=replace(first.provenance, source=source))
    return replace(case, assessments=(told,))


def _all_text(content: pydicom.Dataset) -> str:
    return "\n".join(str(element.value) for element in content.iterall() if element.VR != "SQ")


@pytest.mark.slow
def test_what_people_typed_is_left_out_with_the_patient(case: Hospital, tmp_path: Path) -> None:
    told = _told(case, segmented_by="Dr. Übel", phase="late, Übel", variants="as Übel drew")
    texts = {}
    for name, without in (("named", False), ("without", True)):
        paths = save_dicom(_results(told, kinds=["sr", "pdf"], anonymise=without), tmp_path / name)
        pdf = tmp_path / name / "report.pdf"
        pdf.write_bytes(pydicom.dcmread(tmp_path / name / "report.dcm").EncapsulatedDocument)
        said = tool("pdftotext", "-layout", pdf, "-").stdout
        report = next(path for path in paths if path.stem.endswith("-sr"))
        texts[name] = said + _all_text(pydicom.dcmread(report))
    assert texts["named"].count("bel") >= 6
    assert not re.search("[UÜ]bel", texts["without"])
    assert "right hepatectomy" in texts["without"]
    known = _told(case, phase="portal venous", phase_from_description=True)
    report = next(r.content for r in _results(known, kinds=["sr"], anonymise=True) if "-sr" in r.file_name)
    assert "portal venous (as the description of the series says)" in _all_text(report)


# Character set of the images to what a report makes of "Dr. Übel, 王, Ł".
LETTERS = {
    "ISO_IR 100": "Dr. Übel, <U+738B>, L",
    "ISO_IR 101": "Dr. Übel, <U+738B>, Ł",
    "ISO_IR 192": "Dr. Übel, 王, Ł",
    "GB18030": "Dr. Übel, 王, Ł",
    ("", "ISO 2022 IR 87"): "Dr. Ubel, 王, L",
    "ISO_IR 6": "Dr. Ubel, <U+738B>, L",
    None: "Dr. Übel, 王, Ł",
}


def _reported(case: Hospital, charset: Any, **changes: Any) -> tuple[pydicom.Dataset, dict[str, str]]:
    """A report on images of a character set, from its bytes, and what it says by private code."""
    template = deepcopy(case.source.template)
    if charset is None:
        template.pop("SpecificCharacterSet", None)
    else:
        template.SpecificCharacterSet = list(charset) if isinstance(charset, tuple) else charset
    for keyword, value in changes.items():
        setattr(template, keyword, value)
    there = replace(case, source=replace(case.source, template=template))
    made = next(r.content for r in _results(there, kinds=["sr"]) if "-sr" in r.file_name)
    stream = io.BytesIO()
    made.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    content = pydicom.dcmread(stream)
    items = content.ContentSequence[-1].ContentSequence
    return content, {i.ConceptNameCodeSequence[0].CodeValue: i.get("TextValue", "") for i in items}


@pytest.mark.parametrize("charset", LETTERS)
def test_a_name_keeps_the_letters_that_the_character_set_has(case: Hospital, charset: Any) -> None:
    content, said = _reported(_told(case, segmented_by="Dr. Übel, 王, Ł"), charset)
    assert said["SEGMENTED_BY"] == LETTERS[charset]
    assert ("Übel" in said["PLAN"]) == ("Übel" in LETTERS[charset])
    declared = content.SpecificCharacterSet
    assert declared == (
        "ISO_IR 192" if charset is None else list(charset) if type(charset) is tuple else charset
    )
    assert content.PatientName == case.source.template.PatientName


def test_a_character_set_is_named_only_where_it_is_needed_and_known(case: Hospital) -> None:
    content, _ = _reported(case, None)
    assert "SpecificCharacterSet" not in content
    # Letters that no character set was given for keep their bytes, whatever they mean.
    content, said = _reported(_told(case, segmented_by="Dr. Übel"), None, StudyDescription="Oberb\xe4uch")
    assert "SpecificCharacterSet" not in content
    assert said["SEGMENTED_BY"] == "Dr. Ubel"


def _errors(path: Path) -> list[str]:
    said = tool("dciodvfy", "-new", path)
    return (said.stdout + said.stderr).splitlines()


def test_an_age_above_89_is_left_out(case: Hospital) -> None:
    template = deepcopy(case.source.template)
    template.PatientAge = "093Y"
    old = replace(case, source=replace(case.source, template=template))
    content = next(iter(_results(old, kinds=["seg"], anonymise=True))).content
    assert "PatientAge" not in content


# --- geometry -----------------------------------------------------------------------------------


def _recut(liver: Liver, grid: Grid, order: tuple[int, int, int], flips: tuple[int, int, int]) -> Liver:
    """The same liver with its axes swapped and turned."""
    affine = grid.index_to_world_mm
    corner = [grid.shape[a] - 1 if f < 0 else 0 for a, f in zip(range(3), flips, strict=True)]
    turned = np.eye(4)
    turned[:3, 3] = affine[:3, :3] @ corner + affine[:3, 3]
    turned[:3, :3] = (affine[:3, :3] * flips)[:, order]

    def move(voxels: Any) -> Any:
        return np.asfortranarray(voxels[tuple(slice(None, None, f) for f in flips)].transpose(order))

    shape = tuple(grid.shape[a] for a in order)
    return assemble(
        Grid(shape, turned),
        parts=move(liver.parts),
        part_names=liver.part_names,
        tumours=move(liver.tumours),
    )


@pytest.mark.parametrize(
    ("order", "flips"), [((0, 1, 2), (-1, 1, 1)), ((2, 0, 1), (1, -1, -1)), ((1, 2, 0), (-1, -1, 1))]
)
def test_any_order_of_axes_lands_on_the_same_pixels(
    case: Hospital, order: tuple[int, int, int], flips: tuple[int, int, int]
) -> None:
    other = _recut(case.liver, case.liver.grid, order, flips)
    assessments = assess_plans(other, case.plans, Patient())
    mine = next(iter(_results(case, kinds=["seg"]))).content
    theirs = next(
        iter(dicom_results(assessments, other, case.plans, case.source, ["seg"], made=MADE))
    ).content
    assert mine.PixelData == theirs.PixelData
    assert mine.PerFrameFunctionalGroupsSequence == theirs.PerFrameFunctionalGroupsSequence


def test_another_grid_keeps_its_voxels_on_planes_of_its_own(case: Hospital, tmp_path: Path) -> None:
    grid = case.liver.grid
    affine = grid.index_to_world_mm.copy()
    affine[:3, 3] += affine[:3, :3] @ (0.4, 0.3, 0.45)
    moved = assemble(
        Grid(grid.shape, affine),
        parts=np.array(case.liver.parts, order="F"),
        part_names=case.liver.part_names,
        tumours=np.array(case.liver.tumours, order="F"),
    )
    assert not planes_of(case.source, moved.grid).references
    assessments = assess_plans(moved, case.plans, Patient())
    paths = save_dicom(
        dicom_results(assessments, moved, case.plans, case.source, ["seg", "rtstruct"], made=MADE), tmp_path
    )
    expected = _expected_ml(case)
    assert _segment_volumes_ml(paths[0], case) == pytest.approx(expected, rel=1e-8)
    assert [line for line in _errors(paths[0]) if "Error" in line] == []
    assert [line for line in _errors(paths[1]) if "Error" in line] == []


def test_a_liver_of_another_scan_is_refused(case: Hospital) -> None:
    grid = case.liver.grid
    affine = grid.index_to_world_mm.copy()
    affine[:3, 3] += (0.0, 0.0, 600.0)
    far = replace(case.liver, grid=Grid(grid.shape, affine))
    with pytest.raises(GeometryError, match="another scan"):
        list(dicom_results(case.assessments, far, case.plans, case.source, made=MADE))


def test_a_liver_that_reaches_outside_the_images_is_refused(case: Hospital) -> None:
    grid = case.liver.grid
    affine = grid.index_to_world_mm.copy()
    affine[:3, 3] += affine[:3, 2] * 60
    far = replace(case.liver, grid=Grid(grid.shape, affine))
    with pytest.raises(GeometryError, match="reaches outside"):
        list(dicom_results(case.assessments, far, case.plans, case.source, made=MADE))


def test_images_without_identifiers_are_refused(tmp_path: Path) -> None:
    write_ct(tmp_path, SAMPLE / "ct.nii.gz", step=12, StudyInstanceUID="")
    series = open_study([tmp_path]).series[0]
    with pytest.raises(ReadError, match="StudyInstanceUID") as caught:
        source_images(series)
    assert not [s for s in SECRETS if s in str(caught.value)]


def test_what_cannot_be_written_is_refused(case: Hospital) -> None:
    with pytest.raises(UsageError, match="expected some of seg, sr"):
        list(_results(case, kinds=["dose"]))
    with pytest.raises(UsageError, match="plans for"):
        list(dicom_results(case.assessments, case.liver, (), case.source))


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.1, -1234.5678901234567, 1e-12, 123456789012.345678, -0.0, 1 / 3])
def test_decimals_fit_their_field(value: float) -> None:
    text = decimal(value)
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_letters_that_no_reader_may_know_are_spelled() -> None:
    assert ascii_text("Łódź ≥ 25 % µg") == "Lodz >= 25 % ug"
    assert ascii_text("肝").isascii()


def test_file_names_say_nothing_of_the_patient(written: dict[str, Path]) -> None:
    assert not [path for path in written.values() if any(s in path.name for s in SECRETS)]


# --- unusual scans ------------------------------------------------------------------------------


def _missing() -> Stack:
    heights = even_heights_mm(5.0)
    return stack_at(np.delete(heights, [10, 11]))


STACKS = {
    "even": lambda: stack_at(even_heights_mm(5.0)),
    "tilted": lambda: tilted(table_feed_mm=5.0),
    "oblique": lambda: oblique(step_mm=5.0),
    "slices missing": _missing,
    "odd size": lambda: stack_at(even_heights_mm(5.0), size=(143, 135)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", STACKS)
def test_unusual_scans_keep_their_volumes(tmp_path: Path, name: str) -> None:
    stack = STACKS[name]()
    write_series(
        tmp_path / "ct",
        stack,
        change=lambda k: {"PositionReferenceIndicator": "", "StudyTime": "", "AccessionNumber": ""},
    )
    body = Ellipsoid()
    whole = stack.masks(body)
    right = whole & np.stack([stack.points_mm(k)[..., 0] < body.centre_mm[0] for k in range(len(whole))])
    labels = [
        segment(1, "Liver segment V", ("277959000", "SCT", "Hepatic segment V")),
        segment(2, "Liver segment II", ("277956007", "SCT", "Hepatic segment II")),
    ]
    write_seg(tmp_path / "seg.dcm", stack, {1: right, 2: whole & ~right}, labels)
    liver = read_liver(tmp_path / "ct", tmp_path / "seg.dcm", tumours="none")
    plans = (parse_plan("5"),)
    assessments = assess_plans(liver, plans, Patient())
    source = source_images(open_study([tmp_path / "ct"]).series[0])
    results = dicom_results(assessments, liver, plans, source, ["seg", "sr", "rtstruct"], made=MADE)
    paths = {path.stem.rpartition("-")[2]: path for path in save_dicom(results, tmp_path / "out")}
    for kind in ("seg", "rtstruct"):
        again = read_liver(tmp_path / "ct", paths[kind], tumours="none")
        second = assess_plans(again, [parse_plan("resected")], Patient())[0]
        first = assessments[0]
        assert second.volumes.total_ml == pytest.approx(first.volumes.total_ml, rel=1e-8)
        assert second.volumes.remnant_ml == pytest.approx(first.volumes.remnant_ml, rel=1e-8)
        assert second.volumes.resected_ml == pytest.approx(first.volumes.resected_ml, rel=1e-8)
    regions = {
        str(r.ROIName): float(r.ROIVolume) for r in pydicom.dcmread(paths["rtstruct"]).StructureSetROISequence
    }
    assert regions["Liver"] == pytest.approx(assessments[0].volumes.total_ml, rel=1e-7)
    for path in paths.values():
        # The phantom's slices are no complete CT objects; what we write must be right all the same.
        assert [line for line in _errors(path) if "Error" in line] == []


def test_an_enhanced_scan_is_referred_to_frame_by_frame(tmp_path: Path) -> None:
    stack = stack_at(even_heights_mm(step_mm=5.0))
    slices = [pydicom.dcmread(path) for path in write_series(tmp_path / "ct", stack)]
    for content in slices:
        content.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        for keyword in ("StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID"):
            setattr(content, keyword, "")
        content.PositionReferenceIndicator = content.Manufacturer = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        enhanced = highdicom.legacy.LegacyConvertedEnhancedCTImage(
            legacy_datasets=slices,
            series_instance_uid="1.2.3.99.1",
            series_number=9,
            sop_instance_uid="1.2.3.99.2",
            instance_number=1,
        )
    (tmp_path / "enhanced").mkdir()
    enhanced.save_as(tmp_path / "enhanced" / "ct.dcm")
    whole = stack.masks(Ellipsoid())
    write_seg(tmp_path / "seg.dcm", stack, {1: whole}, [segment(1, "Liver")])
    liver = read_liver(tmp_path / "seg.dcm", tumours="none", image=tmp_path / "enhanced")
    source = source_images(open_study([tmp_path / "enhanced"]).series[0])
    planes = planes_of(source, liver.grid)
    assert {one.sop_instance_uid for one in planes.references} == {"1.2.3.99.2"}
    assert sorted(one.frame or 0 for one in planes.references) == list(range(1, len(slices) + 1))
    plans = (parse_plan("plane(7, -11, 300, 1, 0, 0)"),)
    assessments = assess_plans(liver, plans, Patient())
    paths = save_dicom(
        dicom_results(assessments, liver, plans, source, ["seg", "sr", "rtstruct"], made=MADE), tmp_path / "o"
    )
    again = read_liver(paths[0], tumours="none")
    assert again.grid.voxel_volume_ml == pytest.approx(liver.grid.voxel_volume_ml, rel=1e-8)
    assert int((again.parts > 0).sum()) == int((liver.parts > 0).sum())
    for path in paths:
        assert [line for line in _errors(path) if "Error" in line] == []
