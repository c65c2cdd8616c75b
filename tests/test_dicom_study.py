"""Folders of DICOM: what is found, skipped, refused and kept private; masks; facts about the patient."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_phantoms import (
    SECRETS,
    Ellipsoid,
    Stack,
    even_heights_mm,
    segment,
    stack_at,
    volumes_ml,
    write_rtstruct,
    write_seg,
    write_series,
)

from flr.dicom import find_dicom, is_dicom, open_study, patient_facts
from flr.dicom.header import Header
from flr.errors import ReadError
from flr.io.source import count
from flr.labels import detect_names
from flr.patient import Patient, PatientFacts, with_header_facts

SMALL = stack_at([0.0, 2.0, 4.0, 6.0], size=(8, 6))
BODY = Ellipsoid()


def test_a_tree_with_everything(tmp_path: Path) -> None:
    stack = stack_at(even_heights_mm(5.0))
    masks = stack.masks(BODY)
    write_series(tmp_path / "a" / "ct", stack)
    write_seg(tmp_path / "seg.dcm", stack, {1: masks}, [segment(1, "Liver")])
    write_rtstruct(
        tmp_path / "a" / "rs", stack, {"Liver": [np.array([(0, 0, 283.3), (30, 0, 283.3), (30, 30, 283.3)])]}
    )
    study = open_study([tmp_path])
    assert [s.name for s in study.series] == ["CT series 3"]
    assert [(s.name, s.kind) for s in study.sources] == [("SEG", "dicom_seg"), ("RTSTRUCT", "rtstruct")]
    assert volumes_ml(study.sources[0])[1] == pytest.approx(BODY.ml, rel=0.005)
    assert study.facts == PatientFacts(72.0, 171.0, 63.0, "F")
    assert study.quality == ()


def test_a_folder_without_dicom_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see", encoding="utf-8")
    (tmp_path / "table.csv").write_text("a,b\n" * 99, encoding="utf-8")
    with pytest.raises(ReadError, match=r"no DICOM .*2 not DICOM"):
        open_study([tmp_path])
    with pytest.raises(ReadError, match="no such file"):
        open_study([tmp_path / "absent"])
    with pytest.raises(ReadError, match=r"notes\.txt: not a DICOM file"):
        open_study([tmp_path / "notes.txt"])


def test_bad_files_among_good_ones_are_counted(tmp_path: Path) -> None:
    paths = write_series(tmp_path, SMALL, hu=lambda k: np.zeros((6, 8)))
    (tmp_path / "cut").write_bytes(paths[0].read_bytes()[:900])
    (tmp_path / "cut2").write_bytes(paths[1].read_bytes()[:-10])
    (tmp_path / "readme.txt").write_text("x" * 500, encoding="utf-8")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"zzz")
    study = open_study([tmp_path])
    assert study.series[0].grid.shape[2] == 4
    (finding,) = study.quality
    assert (finding.check, finding.severity) == ("files_skipped", "warning")
    assert "2 not DICOM, 2 cut short" in finding.message
    with pytest.raises(ReadError, match="cut short"):
        open_study([tmp_path / "cut"])
    assert is_dicom(paths[0])
    assert is_dicom(tmp_path / "cut")
    assert not is_dicom(tmp_path / "readme.txt")


def test_files_named_twice_are_read_once(tmp_path: Path) -> None:
    paths = write_series(tmp_path, SMALL, hu=lambda k: np.zeros((6, 8)))
    assert len(find_dicom([tmp_path, *paths, tmp_path]).images) == 4


def test_two_patients_are_refused(tmp_path: Path) -> None:
    stack = stack_at(even_heights_mm(5.0))
    write_series(tmp_path / "ct", stack)
    seg = write_seg(
        tmp_path / "s.dcm", stack, {1: stack.masks(BODY)}, [segment(1, "Liver")], PatientID="ID-9999"
    )
    with pytest.raises(ReadError, match="2 different patients") as caught:
        open_study([tmp_path / "ct", seg])
    assert not any(secret in str(caught.value) for secret in (*SECRETS, "9999"))


def test_an_anonymous_segmentation_goes_with_any_images(tmp_path: Path) -> None:
    stack = stack_at(even_heights_mm(5.0))
    write_series(tmp_path / "ct", stack)
    nobody = {"PatientID": "", "PatientName": "", "PatientBirthDate": ""}
    seg = write_seg(tmp_path / "s.dcm", stack, {1: stack.masks(BODY)}, [segment(1, "Liver")], **nobody)
    assert open_study([tmp_path / "ct", seg]).sources[0].series is not None


def test_nothing_says_who_the_patient_is(tmp_path: Path) -> None:
    """Not a name, a number, a date or a UID, in anything that is printed or shown."""
    stack = stack_at(np.delete(even_heights_mm(5.0), 17))
    masks = stack.masks(BODY)
    write_series(tmp_path, stack, prefix="Secret_1.2.3_")
    frames = [(1, k) for k in range(len(masks)) if masks[k].any() and k != 12]
    write_seg(tmp_path / "Secret.dcm", stack, {1: masks}, [segment(1, "Liver")], frames=frames)
    (tmp_path / "Somebody.txt").write_text("x", encoding="utf-8")
    study = open_study([tmp_path])
    shown = [repr(study.quality), repr(study.facts)]
    for series in study.series:
        shown += [series.name, repr(series.quality), repr(series).replace(str(tmp_path), "")]
    for source in study.sources:
        shown += [source.name, repr(source.quality), repr(dict(source.names))]
    assert study.sources[0].quality
    for secret in (*SECRETS, stack.series_uid, stack.frame_uid, stack.study_uid, "1.2.3"):
        assert not any(secret in text for text in shown), secret


def test_folders_of_masks(tmp_path: Path) -> None:
    """As in 3D-IRCADb: one binary series per structure, all with the same identifiers."""
    stack = stack_at(even_heights_mm(5.0))
    liver = stack.masks(BODY)
    tumour = stack.masks(Ellipsoid((20.0, -11.0, 290.0), (14.0, 12.0, 16.0)))
    write_series(tmp_path / "PATIENT_DICOM", stack)
    drawn = {
        "liver": liver,
        "livertumor01": tumour,
        "livertumor2": tumour[::-1],
        "liverkyst": tumour & ~liver,
        "weird": liver,
    }
    for name, mask in drawn.items():
        write_series(
            tmp_path / "MASKS_DICOM" / name,
            stack,
            hu=lambda k, mask=mask: mask[k] * 255 - 1024,
            change=lambda k: {"RescaleIntercept": 0},
        )
    study = open_study([tmp_path])
    assert len(study.series) == 1
    assert study.series[0].folder == "PATIENT_DICOM"
    found = {source.name: source for source in study.sources}
    assert set(found) == set(drawn)
    for name, mask in drawn.items():
        assert count(found[name]).voxels == ({255: int(mask.sum())} if mask.any() else {})
        assert found[name].kind == "dicom_series"
        assert found[name].grid.matches(study.series[0].grid)
    mapping = detect_names(list(drawn)).mapping
    assert mapping["livertumor01"] == "tumour_1"
    assert mapping["livertumor2"] == "tumour_2"
    assert mapping["liverkyst"] == "cyst"


def ircadb(folder: Path, patient: Callable[[str], dict[str, str]] = lambda name: {}) -> Stack:
    """A case of 3D-IRCADb: images, a folder per mask whose patient is called after it, the masks in grey."""
    stack = stack_at(even_heights_mm(5.0))
    liver = stack.masks(BODY)
    tumour = stack.masks(Ellipsoid((20.0, -11.0, 290.0), (14.0, 12.0, 16.0)))
    write_series(folder / "PATIENT_DICOM", stack)
    write_series(folder / "LABELLED_DICOM", stack, hu=lambda k: liver[k] * 500 + tumour[k] * 700)
    for name, mask in {"liver": liver, "livertumor01": tumour, "leftsurrenalgland": tumour}.items():
        write_series(
            folder / "MASKS_DICOM" / name,
            stack,
            hu=lambda k, mask=mask: mask[k] * 255 - 1024,
            change=lambda k, name=name: {"RescaleIntercept": 0} | patient(name),
        )
    return stack


@pytest.mark.parametrize(
    "patient",
    [
        lambda name: {"PatientName": name, "PatientID": name},
        lambda name: {"PatientName": name.upper(), "PatientID": ""},
        lambda name: {"PatientName": "", "PatientID": name.replace("liver", "Liver ")},
    ],
)
def test_masks_whose_patient_is_called_after_the_structure(tmp_path: Path, patient: Any) -> None:
    stack = ircadb(tmp_path, patient)
    study = open_study([tmp_path])
    assert {source.name for source in study.sources} == {"liver", "livertumor01", "leftsurrenalgland"}
    assert [series.folder for series in study.series] == ["PATIENT_DICOM"]
    assert any("as grey levels" in finding.message for finding in study.quality)
    (liver,) = [source for source in study.sources if source.name == "liver"]
    assert count(liver).voxels == {255: int(stack.masks(BODY).sum())}


@pytest.mark.parametrize(
    "patient",
    [
        lambda name: {"PatientID": "ID-9999"},
        lambda name: {"PatientName": name, "PatientID": "ID-9999"},
        lambda name: {"PatientName": "spleen", "PatientID": "spleen"},
    ],
)
def test_masks_of_another_patient_are_refused(tmp_path: Path, patient: Any) -> None:
    ircadb(tmp_path, patient)
    with pytest.raises(ReadError, match="2 different patients"):
        open_study([tmp_path])


def test_folders_named_by_patients_are_no_masks_of_one(tmp_path: Path) -> None:
    """A folder for each patient, named like the patient, inside a folder called masks."""
    stack = stack_at(even_heights_mm(5.0))
    for name in ("ID-1111", "ID-2222"):
        write_series(
            tmp_path / "masks" / name,
            stack,
            hu=lambda k: stack.masks(BODY)[k] * 255 - 1024,
            change=lambda k, name=name: {"RescaleIntercept": 0, "PatientID": name, "PatientName": name},
        )
    with pytest.raises(ReadError, match="2 different patients") as caught:
        open_study([tmp_path])
    assert "1111" not in str(caught.value)


def test_an_image_in_a_folder_called_liver_is_no_mask(tmp_path: Path) -> None:
    write_series(tmp_path / "liver", SMALL, hu=lambda k: np.arange(48).reshape(6, 8))
    study = open_study([tmp_path])
    assert study.sources == ()
    assert len(study.series) == 1


def header(**values: Any) -> Header:
    return Header(Path("x"), values)


@pytest.mark.parametrize(
    ("values", "facts", "checks"),
    [
        ({}, PatientFacts(), []),
        (
            {"PatientWeight": (72.0,), "PatientSize": (1.71,), "PatientAge": "063Y", "PatientSex": "M"},
            PatientFacts(72.0, 171.0, 63.0, "M"),
            [],
        ),
        (
            {"PatientWeight": (0.0,), "PatientSize": (0.0,), "PatientAge": "000Y", "PatientSex": "O"},
            PatientFacts(),
            [],
        ),
        ({"PatientSize": (171.0,)}, PatientFacts(height_cm=171.0), ["header_fact_implausible"]),
        ({"PatientSize": (17.1,)}, PatientFacts(), ["header_fact_implausible"]),
        ({"PatientWeight": (72000.0,)}, PatientFacts(), ["header_fact_implausible"]),
        (
            {"PatientWeight": (171.0,), "PatientSize": (0.72,), "PatientAge": "063Y"},
            PatientFacts(age_years=63.0),
            ["header_fact_implausible"],
        ),
        ({"PatientAge": "018M"}, PatientFacts(age_years=1.5), []),
        (
            {"PatientAge": "", "PatientBirthDate": "19610203", "StudyDate": "20260104"},
            PatientFacts(age_years=64.0),
            [],
        ),
        ({"PatientAge": "abc", "PatientBirthDate": "20260104", "StudyDate": "20260104"}, PatientFacts(), []),
        ({"PatientAge": "200Y"}, PatientFacts(), ["header_fact_implausible"]),
    ],
)
def test_facts_from_headers(values: dict[str, Any], facts: PatientFacts, checks: list[str]) -> None:
    found, quality = patient_facts([header(**values)])
    assert found == facts
    assert [finding.check for finding in quality] == checks
    assert not any("1961" in finding.message for finding in quality)


def test_headers_that_disagree_give_nothing() -> None:
    found, quality = patient_facts(
        [header(PatientWeight=(72.0,), PatientSex="F"), header(PatientWeight=(92.0,), PatientSex="M")]
    )
    assert found == PatientFacts()
    assert [finding.check for finding in quality] == ["header_facts_disagree"] * 2


def test_what_was_given_is_compared_with_the_header() -> None:
    facts = PatientFacts(72.0, 171.0, 63.0, "F")
    given = Patient(weight_kg=74.0, height_cm=170.0, age_years=64.0, sex="F")
    assert with_header_facts(given, facts) == (given, ())
    assert with_header_facts(given, PatientFacts()) == (given, ())
    other = Patient(weight_kg=92.0, height_cm=150.0, age_years=36.0, sex="M")
    known, found = with_header_facts(other, facts)
    assert known == other
    assert {f.check for f in found} == {"header_facts_disagree"}
    assert [f.severity for f in found] == ["warning", "error", "error", "error"]
    assert "72 kg" in found[0].message
    assert "92 kg" in found[0].message


def test_the_header_fills_what_was_not_given() -> None:
    known, (finding,) = with_header_facts(Patient(weight_kg=74.0), PatientFacts(72.0, 171.0, 93.0, "M"))
    assert (known.weight_kg, known.height_cm, known.age_years, known.sex) == (74.0, 171.0, 93.0, "M")
    assert finding.check == "header_facts_used"
    assert "171 cm" in finding.message
    assert "93" not in finding.message
    assert "74" not in finding.message


def test_a_header_that_does_not_go_with_what_was_given_is_not_used() -> None:
    given = Patient(weight_kg=140.0)
    known, (finding,) = with_header_facts(given, PatientFacts(height_cm=121.0))
    assert known == given
    assert (finding.check, finding.severity) == ("header_fact_implausible", "warning")
