"""A report in a folder: complete, replaced as a whole, other people's files left alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nibabel as nib
import numpy as np
import phantoms
import pytest
from report_cases import PATIENT, block_case, block_liver, from_numbers

from flr.assessment import assess_plans
from flr.cli import main
from flr.errors import EnvironmentFailure, GeometryError, UsageError
from flr.geometry import Grid
from flr.liver import assemble
from flr.palette import CLASS_NAMES
from flr.pictures.plans import plan_pictures
from flr.plans import parse_plan
from flr.report import save
from flr.report.save import save_report
from flr.results import RECORD_NAME
from flr.write.fates import write_fates

DOCUMENTS = {"assessment.json", "assessment.csv", "report.html", "report.pdf"}


@pytest.mark.slow
def test_everything_is_written(tmp_path: Path) -> None:
    liver, plans, assessments = block_case()
    out = tmp_path / "report"
    written = save_report(assessments, liver, plans, out)
    names = {path.name for path in written}
    assert names | {RECORD_NAME} == {path.name for path in out.iterdir()}
    assert names >= DOCUMENTS
    for stem in ("plan-1-h5678", "plan-2-h45678", "plan-3-h67"):
        assert {f"{stem}-{view}.png" for view in ("axial", "coronal", "sagittal")} <= names
        assert {f"{stem}-fates.nii.gz", f"{stem}-fates.tsv"} <= names
    document = json.loads((out / "assessment.json").read_text(encoding="utf-8"))
    assert [a["plan"]["notation"] for a in document["assessments"]] == ["H5678", "H45678", "H67"]
    for path in written:
        assert path.stat().st_mode & 0o444 == 0o444


@pytest.mark.slow
def test_no_library_is_loaded_beside_the_main_thread(sample_data: Path, tmp_path: Path) -> None:
    """Matplotlib looks whether IPython is loaded: one that another thread has half loaded ends the report."""
    watched = """
import sys, threading

class Watch:
    beside = set()

    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread():
            self.beside.add(name.partition(".")[0])

sys.meta_path.insert(0, Watch())
from flr.cli import main
try:
    code = main(sys.argv[1:])
finally:
    libraries = {"IPython", "ipywidgets", "k3d", "matplotlib", "scipy", "skimage", "fast_simplification"}
    print("beside:", sorted(Watch.beside & libraries))
sys.exit(code)
"""
    sample = sample_data / "baseline"
    files = [str(sample / "segments.nii.gz"), f"--tumours={sample / 'tumours.nii.gz'}"]
    done = subprocess.run(
        [sys.executable, "-c", watched, "assess", *files, "--plan=H5678", "--plan=H67", f"--out={tmp_path}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "beside: []"


@pytest.mark.slow
def test_the_same_report_has_the_same_bytes(tmp_path: Path) -> None:
    liver, plans, assessments = block_case()
    one = save_report(assessments[:1], liver, plans[:1], tmp_path / "one")
    other = save_report(assessments[:1], liver, plans[:1], tmp_path / "other")
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in other]


def test_a_new_report_replaces_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    liver, plans, assessments = block_case()
    save_report(assessments, liver, plans, tmp_path, ("json", "csv", "html"))
    (tmp_path / "my-notes.txt").write_text("keep")
    (tmp_path / "plan-b.txt").write_text("keep")
    save_report(assessments[:1], liver, plans[:1], tmp_path, ("json",), pictures=False)
    assert {path.name for path in tmp_path.iterdir()} == {
        "assessment.json",
        "plan-1-h5678-fates.nii.gz",
        "plan-1-h5678-fates.tsv",
        "my-notes.txt",
        "plan-b.txt",
        RECORD_NAME,
    }


@pytest.mark.slow
def test_a_file_that_no_report_wrote_is_neither_removed_nor_replaced(tmp_path: Path) -> None:
    liver, plans, assessments = block_case()
    own = ("report.html", "plan-9-x-axial.png", "territories-portal.png")
    for name in own:
        (tmp_path / name).write_text("mine")
    save_report(assessments, liver, plans, tmp_path, ("json",))
    save_report(assessments[:1], liver, plans[:1], tmp_path, ("json", "csv"), pictures=False)
    assert {(tmp_path / name).read_text() for name in own} == {"mine"}
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(EnvironmentFailure, match=r"report\.html in .* was not written by flr"):
        save_report(assessments, liver, plans, tmp_path, ("json", "html"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_a_reader_changed_in_a_report_is_kept(tmp_path: Path) -> None:
    liver, plans, assessments = block_case()
    save_report(assessments[:1], liver, plans[:1], tmp_path, ("json", "csv"), pictures=False)
    (tmp_path / "assessment.csv").write_text("with remarks")
    with pytest.raises(EnvironmentFailure, match=r"assessment\.csv"):
        save_report(assessments, liver, plans, tmp_path, ("json", "csv"), pictures=False)
    save_report(assessments, liver, plans, tmp_path, ("json",), pictures=False)
    assert (tmp_path / "assessment.csv").read_text() == "with remarks"


def test_numbers_alone_make_documents_only(tmp_path: Path) -> None:
    written = save_report([from_numbers()], None, (), tmp_path / "r", (*save.DEFAULT_FORMATS, "text"))
    assert {path.name for path in written} == DOCUMENTS | {"assessment.txt"}


@pytest.mark.slow
def test_a_failure_leaves_the_old_report_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    liver, plans, assessments = block_case()
    save_report(assessments[:1], liver, plans[:1], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(*_: object, **__: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(save, "report_pdf", full_disk)
    with pytest.raises(EnvironmentFailure, match="No space left"):
        save_report(assessments, liver, plans, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    with pytest.raises(EnvironmentFailure):
        save_report(assessments, liver, plans, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file")
    with pytest.raises(EnvironmentFailure, match="cannot write into"):
        save_report([from_numbers()], None, (), tmp_path / "report")


def test_wrong_calls_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    liver, plans, assessments = block_case()
    out = tmp_path / "r"
    with pytest.raises(UsageError, match="format docx is not known"):
        save_report(assessments, liver, plans, out, ("json", "docx"))
    with pytest.raises(UsageError, match="nothing to report"):
        save_report([], liver, [], out)
    with pytest.raises(UsageError, match="1 plans for 3 assessments"):
        save_report(assessments, liver, plans[:1], out)
    assert not out.exists()


def test_file_names_identify_nobody(tmp_path: Path) -> None:
    liver = block_liver()
    plan = parse_plan("H5678", name="Resection of John Smith")
    assessments = assess_plans(liver, [plan], PATIENT, case_id="john-smith")
    written = save_report(assessments, liver, [plan], tmp_path)
    assert not [path.name for path in written if "smith" in path.name.lower()]


def test_an_uneven_grid_has_no_fates_map(tmp_path: Path) -> None:
    liver = block_liver("LPS", tumours=())
    weights = np.full(liver.grid.shape[2], 4.9)
    weights[3] = 9.8
    uneven = assemble(
        Grid(liver.grid.shape, liver.grid.index_to_world_mm, weights),
        parts=liver.parts,
        part_names=liver.part_names,
    )
    plan = parse_plan("H5678")
    written = save_report(assess_plans(uneven, [plan], PATIENT), uneven, [plan], tmp_path)
    assert not [path for path in written if "fates" in path.name]
    assert "report.html" in {path.name for path in written}


# --- the fates map ---


@pytest.mark.parametrize("orientation", ["LPS", "RAS", "ASL"])
def test_fates_lie_where_the_liver_lies(tmp_path: Path, orientation: str) -> None:
    liver = block_liver(orientation, rotated=True)
    plan = parse_plan("H5678")
    classes = plan_pictures(liver, plan).classes
    path, table = write_fates(tmp_path / "fates.nii.gz", classes, liver.grid)
    image = nib.load(path)
    np.testing.assert_array_equal(np.asarray(image.dataobj), classes)
    assert image.get_data_dtype() == np.uint8
    for affine in (image.affine, image.get_qform(), image.get_sform()):
        np.testing.assert_allclose(affine, liver.grid.index_to_world_mm, atol=1e-3)
    np.testing.assert_allclose(image.header.get_zooms(), liver.grid.spacing_mm, rtol=1e-5)
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()]
    assert rows[0] == ["index", "name", "color"]
    assert {int(row[0]): row[1] for row in rows[1:]} == CLASS_NAMES
    extension = next(e for e in image.header.extensions if b"<CaretExtension" in e.get_content())
    labels = ElementTree.fromstring(extension.get_content().rstrip(b"\0")).iter("Label")
    assert {int(label.attrib["Key"]): label.text for label in labels} == CLASS_NAMES


def test_fates_volumes_agree_with_the_assessment(tmp_path: Path) -> None:
    liver, plans, assessments = block_case()
    written = save_report(assessments, liver, plans, tmp_path, ("json",), pictures=False)
    for path, a in zip([p for p in written if p.name.endswith(".nii.gz")], assessments, strict=True):
        image = nib.load(path)
        voxel_ml = abs(np.linalg.det(image.affine[:3, :3])) / 1000.0
        counts = np.bincount(np.asarray(image.dataobj).ravel(), minlength=10) * voxel_ml
        assert counts[1] == pytest.approx(a.volumes.remnant_ml, rel=1e-6)
        assert counts[2] + counts[5] == pytest.approx(a.volumes.resected_ml, rel=1e-6)
        assert counts[4] == pytest.approx(a.volumes.remnant_tumour_ml, rel=1e-6)


def test_a_sheared_grid_keeps_its_sform_and_no_quaternion(tmp_path: Path) -> None:
    affine = np.diag([1.0, 1.2, 3.0, 1.0])
    affine[1, 2] = 0.8
    grid = Grid((4, 5, 6), affine)
    path, _ = write_fates(tmp_path / "tilted.nii.gz", np.ones((4, 5, 6), dtype=np.uint8), grid)
    image = nib.load(path)
    np.testing.assert_allclose(image.affine, affine, atol=1e-6)
    assert image.header["qform_code"] == 0


def test_fates_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    grid = phantoms.oblique_grid((3, 4, 5))
    with pytest.raises(GeometryError, match="expected the same"):
        write_fates(tmp_path / "x.nii.gz", np.zeros((3, 4, 6), dtype=np.uint8), grid)
    uneven = Grid((3, 4, 5), grid.index_to_world_mm, [1.0, 2.0, 1.0, 1.0, 1.0])
    with pytest.raises(GeometryError, match="uneven"):
        write_fates(tmp_path / "x.nii.gz", np.zeros((3, 4, 5), dtype=np.uint8), uneven)
    with pytest.raises(ValueError, match="does not end with"):
        write_fates(tmp_path / "x.nrrd", np.zeros((3, 4, 5), dtype=np.uint8), grid)
    assert list(tmp_path.iterdir()) == []


TOTALSEGMENTATOR = (
    "spleen",
    "kidney_left",
    "aorta",
    "stomach",
    "lung_lower_lobe_right",
    "vertebrae_L1",
    "rib_left_7",
)


def test_the_output_folder_of_totalsegmentator_is_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What its tasks total, liver_segments and liver_vessels write: one mask per file, most of them empty."""
    block = phantoms.couinaud_block(tumours=[(7, 6), (3, 4)])
    folder = tmp_path / "segmentations"
    folder.mkdir()
    phantoms.write_nifti(folder / "liver.nii.gz", (block.segments > 0).astype(np.uint8), block.grid)
    for number in range(1, 9):
        mask = (block.segments == number).astype(np.uint8)
        phantoms.write_nifti(folder / f"liver_segment_{number}.nii.gz", mask, block.grid)
    phantoms.write_nifti(folder / "liver_tumor.nii.gz", (block.tumours > 0).astype(np.uint8), block.grid)
    for name in TOTALSEGMENTATOR:
        phantoms.write_nifti(folder / f"{name}.nii.gz", np.zeros_like(block.segments), block.grid)
    out = tmp_path / "report"
    patient = ["--weight", "72", "--height", "171", "--condition", "chemotherapy"]
    command = ["assess", str(folder), *patient, "--plan", "right hepatectomy", "--out", str(out)]
    assert main(command) == 0
    (assessment,) = json.loads((out / "assessment.json").read_text(encoding="utf-8"))["assessments"]
    assert assessment["provenance"]["segmentation_source"] == "TotalSegmentator"
    assert assessment["provenance"]["scheme"] == "totalsegmentator_files"
    assert list(assessment["volumes_ml"]["parts"]) == [str(n) for n in range(1, 9)]
    voxel_ml = block.grid.voxel_volume_ml
    total = np.count_nonzero((block.segments > 0) | (block.tumours > 0))
    assert assessment["voxels"]["total"] == total
    assert assessment["volumes_ml"]["tumour"] == pytest.approx(np.count_nonzero(block.tumours) * voxel_ml)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "TotalSegmentator" in page
    assert "review not known" in page
    assert f"{len(list(folder.iterdir()))} files (each in assessment.json)" in page
    assert "spleen.nii.gz" not in page
    capsys.readouterr()
