"""Manifests and folders of cases: every column means its option, and nothing is guessed or dropped."""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from pathlib import Path

import pytest
from cohorts import write_manifest

from flr.cohort.layouts import read_layout
from flr.cohort.manifest import (
    COLUMNS,
    CaseRow,
    chosen,
    column_name,
    manifest_csv,
    plan_file,
    read_manifest,
)
from flr.cohort.request import given_paths, request_of
from flr.errors import FLRError, FLRWarning, PatientError, PlanError, ReadError, UsageError
from flr.job import planned
from flr.liver import ScanFacts
from flr.uncertainty import ERRORS


def rows_from(tmp_path: Path, text: str) -> tuple[CaseRow, ...]:
    path = tmp_path / "m.csv"
    path.write_text(text, encoding="utf-8")
    return read_manifest(path)


def paths_of(row: CaseRow) -> dict[str, tuple[Path, ...]]:
    return {name: tuple(Path(p) for p in several) for name, several in given_paths(row).items()}


def test_every_option_of_the_row_arrives(tmp_path: Path) -> None:
    row = CaseRow(
        "a",
        1,
        {
            "inputs": "a.nii.gz;b.nii.gz",
            "tumours": "t.nii.gz",
            "labels": "b.nii.gz:1=portal_vein",
            "weight": "72",
            "height": "171.5",
            "age": "63",
            "sex": "f",
            "condition": "chemotherapy;biliary",
            "diagnosis": "crlm",
            "prior": "embolisation",
            "child_pugh": "a",
            "portal_hypertension": "no",
            "remnant_drained": "yes",
            "platelets": "140",
            "icg_r15": "11",
            "hbs": "2.8",
            "limax": "315",
            "scan_date": "2026-01-04",
            "phase": "portal venous",
            "slice_thickness_mm": "2.5",
            "segmented_by": "reader A; B. Doe",
            "reviewed": "no",
            "variants": "replaced right hepatic artery",
            "plan": "H5678;right posterior sectionectomy;5,6",
            "intent": "debulking",
            "bsa_formula": "du_bois_1916",
            "standard_volume_formula": "urata_1995",
            "limits": "20,25,30",
            "limits_source": "local policy 7",
            "accept": "mirrored_anatomy",
            "resample": "nearest",
            "strict": "yes",
        },
        str(tmp_path),
    )
    request = request_of(row, paths_of(row))
    patient, options = request.patient, request.options
    assert (patient.weight_kg, patient.height_cm, patient.age_years, patient.sex) == (72, 171.5, 63, "F")
    assert patient.conditions == ("chemotherapy", "biliary")
    assert (patient.diagnosis, patient.prior, patient.child_pugh) == ("crlm", ("embolisation",), "A")
    assert (patient.portal_hypertension, patient.remnant_drained) == (False, True)
    assert (patient.platelets_10e9_per_l, patient.icg_r15_percent) == (140, 11)
    assert (patient.hbs_percent_per_min_per_m2, patient.limax_ug_per_kg_per_h) == (2.8, 315)
    plans = planned(request.job, None)
    assert [plan.notation for plan in plans] == ["H5678", "H67", "H56"]
    assert {plan.intent for plan in plans} == {"debulking"}
    assert request.scan == ScanFacts(
        date(2026, 1, 4), "portal venous", False, 2.5, "reader A; B. Doe", "replaced right hepatic artery"
    )
    assert request.reviewed is False
    assert (options.bsa_formula, options.standard_volume_formula) == ("du_bois_1916", "urata_1995")
    assert options.limits is not None
    assert (options.limits.minimum_percent, options.limits.source) == (25, "local policy 7")
    assert options.accepted == ("mirrored_anatomy",)
    assert request.labels == {"b.nii.gz": "1=portal_vein"}
    assert (request.resample, request.strict, request.tumours_none) == ("nearest", True, False)
    assert request.inputs == (Path("a.nii.gz"), Path("b.nii.gz"))
    assert request.roles == {"tumours": Path("t.nii.gz")}


def test_what_is_not_said_is_not_known(tmp_path: Path) -> None:
    (row,) = rows_from(
        tmp_path, "case_id,inputs,weight,height,sex,phase,reviewed,scan_date\na,a.nii.gz,,NA,nan,n/a,,NA\n"
    )
    request = request_of(row, paths_of(row))
    patient = request.patient
    assert (request.scan, request.reviewed, request.options.errors) == (ScanFacts(), None, ERRORS)
    assert (patient.weight_kg, patient.height_cm, patient.sex) == (None, None, None)
    assert (patient.conditions, patient.portal_hypertension) == ((), None)


@pytest.mark.parametrize(
    ("cells", "error", "says"),
    [
        ({"weight": "1,050"}, PatientError, "decimal point"),
        ({"weight": "heavy"}, PatientError, "heavy"),
        ({"weight": "-3"}, PatientError, "above 0"),
        ({"weight": "inf"}, PatientError, "finite"),
        ({"portal_hypertension": "maybe"}, PatientError, "yes, no"),
        ({"condition": "cirhosis"}, PatientError, "cirrhosis"),
        ({"intent": "hope"}, UsageError, "cure or debulking"),
        ({"resample": "linear"}, UsageError, "nearest"),
        ({"limits": "20,25,30"}, UsageError, "limits_source"),
        ({"limits": "20", "limits_source": "x"}, UsageError, "20,25,30"),
        ({"labels": "a.nii.gz"}, UsageError, "FILE:1="),
        ({"segments": "a.nii.gz;b.nii.gz"}, UsageError, "expected one"),
        ({"plan": "H9"}, FLRError, "H9"),
        ({"plan": "absent.json"}, ReadError, "absent.json"),
        ({"plan": "H5678 + plans/p.mrk.json"}, PlanError, "a plan file stands alone"),
        ({"plan": "H67; p.mrk.json:front + H5678"}, PlanError, "a plan file stands alone"),
        ({"limits": "0.2,0.25,0.3", "limits_source": "x"}, UsageError, "are these fractions"),
        ({"icg_r15": "0.08"}, PatientError, "fraction"),
        ({"sex": "diverse"}, PatientError, "'diverse' is not known; expected one of F, M"),
        ({"errors": "absent.toml"}, ReadError, "absent.toml"),
        ({"errors": "a.toml;b.toml"}, UsageError, "errors names 2 files"),
        ({"scan_date": "04.01.2026"}, UsageError, "scan_date '04.01.2026'; expected a date"),
        ({"scan_date": "2026-02-30"}, UsageError, "scan_date"),
        ({"slice_thickness_mm": "thin"}, PatientError, "slice_thickness_mm 'thin'"),
        ({"slice_thickness_mm": "0"}, UsageError, "slice_thickness_mm 0; expected millimetres"),
        ({"slice_thickness_mm": "inf"}, UsageError, "slice_thickness_mm inf"),
        ({"slice_thickness_mm": "400"}, UsageError, "slice_thickness_mm 400; expected millimetres"),
        ({"reviewed": "perhaps"}, PatientError, "reviewed 'perhaps'; expected yes, no"),
        ({"inputs": ""}, UsageError, "no input"),
        ({"inputs": "", "plan": "absent.json"}, UsageError, "no input"),
    ],
)
def test_a_cell_that_cannot_be_understood_fails_its_case(
    cells: dict[str, str], error: type[FLRError], says: str
) -> None:
    row = CaseRow("a", 1, {"inputs": "a.nii.gz", **cells})
    with pytest.raises(error, match=says):
        request_of(row, paths_of(row))


@pytest.mark.parametrize(("word", "sex"), [("female", "F"), ("Male", "M"), ("f", "F"), ("M", "M")])
def test_a_sex_is_understood_as_people_write_it(word: str, sex: str) -> None:
    row = CaseRow("a", 1, {"inputs": "a.nii.gz", "sex": word})
    assert request_of(row, paths_of(row)).patient.sex == sex


def test_a_plan_file_whose_name_holds_a_plus_sign_is_a_file() -> None:
    assert plan_file("this+that.json:back") == ("this+that.json", ":back")
    assert plan_file("H5678 + that.json") is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_and_byte_order_mark(tmp_path: Path, delimiter: str) -> None:
    lines = (("case_id", "inputs", "plan"), ("a", "a.nii.gz", "H67"), ("b", "b c.nii.gz", "H5678"))
    text = "\ufeff" + "".join(delimiter.join(line) + "\r\n" for line in lines) + "\r\n"
    rows = rows_from(tmp_path, text)
    assert [(r.case_id, r.number, r.cells["inputs"]) for r in rows] == [
        ("a", 1, "a.nii.gz"),
        ("b", 2, "b c.nii.gz"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("case_id,inputs\n", "no case"),
        ("inputs\na.nii.gz\n", "case_id"),
        ("case_id,wieght\na,72\n", "'weight'"),
        ("case_id,slice_thickness\na,3\n", "'slice_thickness_mm'"),
        ("case_id,weight,Weight\na,1,2\n", "two columns"),
        ("case_id,inputs\na,x\na,y\n", "cases 1 and 2"),
        ("case_id,inputs\n,x\n", "no case_id"),
        ("case_id,plan\na,5,6\n", "quotes"),
        ('case_id,plan\na,"H5\n', "not a table"),
    ],
)
def test_a_manifest_that_could_be_misread_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ReadError, match=says):
        rows_from(tmp_path, text)


def test_columns_are_options_and_own_columns_stay_out(tmp_path: Path) -> None:
    (row,) = rows_from(tmp_path, "Case-ID,--inputs,Child-Pugh,x_ward\na,a.nii.gz,A,7\n")
    assert row.cells == {"inputs": "a.nii.gz", "child_pugh": "A"}
    assert column_name("--limits-source") == "limits_source"


def test_the_page_names_every_column(checkout: Path) -> None:
    page = (checkout / "docs" / "cohorts.md").read_text(encoding="utf-8")
    listed = page.split("## The manifest")[1].split("```")[0]
    assert [name for name in COLUMNS if f"`{name}`" not in listed] == ["only"]


def test_defaults_fill_empty_cells_only(tmp_path: Path) -> None:
    path = write_manifest(
        tmp_path / "m.csv",
        [{"case_id": "a", "inputs": "a", "plan": "H67"}, {"case_id": "b", "inputs": "b", "plan": ""}],
    )
    rows = read_manifest(path, defaults={"plan": "H5678", "condition": "normal"})
    assert [row.cells["plan"] for row in rows] == ["H67", "H5678"]
    assert {row.cells["condition"] for row in rows} == {"normal"}


def test_parquet_holds_the_same_cases(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "case_id": ["a", "b"],
            "inputs": ["a.nii.gz", "b.nii.gz"],
            "weight": [72.0, None],
            "height": [171.5, float("nan")],
            "plan": [["H5678", "H67"], ["H67"]],
            "remnant_drained": [True, None],
            "scan_date": [date(2026, 1, 4), None],
            "slice_thickness_mm": [2.5, float("nan")],
        }
    )
    parquet.write_table(table, tmp_path / "m.parquet")
    text = (
        "case_id,inputs,weight,height,plan,remnant_drained,scan_date,slice_thickness_mm\n"
        "a,a.nii.gz,72,171.5,H5678;H67,yes,2026-01-04,2.5\nb,b.nii.gz,,,H67,,,\n"
    )
    assert read_manifest(tmp_path / "m.parquet") == rows_from(tmp_path, text)
    days = table.set_column(6, "scan_date", pa.array([datetime(2026, 1, 4), None]))
    parquet.write_table(days, tmp_path / "m.parquet")
    assert read_manifest(tmp_path / "m.parquet") == rows_from(tmp_path, text)
    (tmp_path / "bad.parquet").write_bytes(b"no")
    with pytest.raises(ReadError, match="not a Parquet table"):
        read_manifest(tmp_path / "bad.parquet")


def test_some_rows_of_a_manifest() -> None:
    rows = tuple(CaseRow(str(n), n) for n in range(1, 11))
    assert [r.number for r in chosen(rows, "3")] == [3]
    assert [r.number for r in chosen(rows, "8-99")] == [8, 9, 10]
    for text in ("0", "11", "4-2", "x", "-3", "1-"):
        with pytest.raises(UsageError):
            chosen(rows, text)


def test_a_manifest_written_for_a_person_reads_back(tmp_path: Path) -> None:
    rows = (CaseRow("a", 1, {"inputs": "x;y.nii.gz", "plan": "5,6"}, str(tmp_path)),)
    text = manifest_csv(rows, more=("weight",))
    assert text.splitlines()[0] == "case_id,inputs,plan,weight"
    assert rows_from(tmp_path, text) == rows


# --- folders ----------------------------------------------------------------------------------


def touch(path: Path, content: bytes = b"x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_dicom(path: Path) -> None:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    path.parent.mkdir(parents=True)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    image = Dataset()
    image.file_meta = meta
    image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    image.save_as(path, enforce_file_format=True)


def cells_of(folder: Path) -> dict[str, dict[str, str]]:
    return {row.case_id: dict(row.cells) for row in read_layout(folder)}


def test_folders_of_masks(tmp_path: Path) -> None:
    touch(tmp_path / "s0001" / "segmentations" / "liver.nii.gz")
    touch(tmp_path / "s0001" / "ct.nii.gz")
    touch(tmp_path / "s0002" / "liver_segment_1.nii.gz")
    touch(tmp_path / "notes" / "readme.txt")
    assert cells_of(tmp_path) == {
        "s0001": {"inputs": "s0001/segmentations"},
        "s0002": {"inputs": "s0002"},
    }


def test_one_file_per_case(tmp_path: Path) -> None:
    touch(tmp_path / "b.seg.nrrd")
    touch(tmp_path / "a.nii.gz")
    touch(tmp_path / "a.json")
    assert cells_of(tmp_path) == {"a": {"inputs": "a.nii.gz"}, "b": {"inputs": "b.seg.nrrd"}}


def test_dicom_folders_do_not_lend_their_names(tmp_path: Path) -> None:
    write_dicom(tmp_path / "DOE^JANE" / "1" / "IM0")
    touch(tmp_path / "other" / "x.txt")
    (row,) = read_layout(tmp_path)
    assert row.cells == {"inputs": "DOE^JANE"}
    assert "DOE" not in row.case_id.upper()
    assert read_layout(tmp_path, layout="dicom") == (row,)


def test_bids_derivatives(tmp_path: Path) -> None:
    touch(tmp_path / "sub-01" / "ses-1" / "anat" / "sub-01_ses-1_dseg.nii.gz")
    touch(tmp_path / "sub-01" / "ses-1" / "anat" / "sub-01_ses-1_label-tumor_mask.nii.gz")
    touch(tmp_path / "sub-01" / "ses-1" / "anat" / "sub-01_ses-1_label-spleen_mask.nii.gz")
    touch(tmp_path / "sub-02" / "anat" / "sub-02_dseg.nii.gz")
    (tmp_path / "participants.tsv").write_text(
        "participant_id\tweight\theight\tage\tsex\tgroup\n"
        "sub-01\t72\t171\t89+\tfemale\tx\nsub-02\tn/a\t180\t50\tn/a\ty\n",
        encoding="utf-8",
    )
    assert cells_of(tmp_path) == {
        "sub-01_ses-1": {
            "inputs": "sub-01/ses-1/anat/sub-01_ses-1_dseg.nii.gz",
            "tumours": "sub-01/ses-1/anat/sub-01_ses-1_label-tumor_mask.nii.gz",
            "weight": "72",
            "height": "171",
            "age": "89",
            "sex": "F",
        },
        "sub-02": {"inputs": "sub-02/anat/sub-02_dseg.nii.gz", "height": "180", "age": "50"},
    }


def test_a_folder_of_nothing_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="known here"):
        read_layout(tmp_path)
    with pytest.raises(ReadError, match="holds no case"):
        read_layout(tmp_path, layout="masks")
    with pytest.raises(ReadError, match="no folder"):
        read_layout(tmp_path / "absent")


# --- manifests as spreadsheets of other countries save them -----------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_encodings_delimiters_and_decimal_commas(tmp_path: Path, encoding: str, delimiter: str) -> None:
    head = ["case_id", "inputs", "weight", "height", "age", "limits", "limits_source", "x_name"]
    cells = ["Fall-1", "Übersicht.nii.gz", "72,5", "171", "63,0", "20;25,5;30", "Klinik Köln", "Müller"]
    quoted = [f'"{cell}"' for cell in cells]
    path = tmp_path / "cases.csv"
    path.write_bytes("\r\n".join(delimiter.join(row) for row in (head, quoted)).encode(encoding))
    guessed = encoding in ("cp1252", "latin-1")
    with pytest.warns(FLRWarning, match="read as Windows-1252") if guessed else contextlib.nullcontext():
        (row,) = read_manifest(path)
    request = request_of(row, paths_of(row))
    assert (request.patient.weight_kg, request.patient.height_cm, request.patient.age_years) == (
        72.5,
        171,
        63,
    )
    assert request.inputs[0].name == "Übersicht.nii.gz"
    assert request.options.limits is not None
    assert request.options.limits.minimum_percent == 25.5
    assert request.options.limits.source == "Klinik Köln"


@pytest.mark.parametrize("text", ["1,050", "72,125", "72,5,1", "7,2e1", ",5"])
def test_a_comma_that_may_part_thousands_is_no_decimal_comma(tmp_path: Path, text: str) -> None:
    row = CaseRow("a", 1, {"inputs": "a.nii.gz", "weight": text}, str(tmp_path))
    with pytest.raises(PatientError, match="decimal point"):
        request_of(row, {"inputs": (tmp_path / "a.nii.gz",)})


@pytest.mark.real
def test_a_real_manifest_of_windows(real_data: Path) -> None:
    path = real_data / "cases/label-table-encoding-and-delimiter/manifest_excel_ansi.csv"
    with pytest.warns(FLRWarning, match="read as Windows-1252"):
        (row,) = read_manifest(path)
    assert (row.case_id, row.cells["segments"]) == ("1", "a.nii.gz")
