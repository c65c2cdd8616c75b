"""Every file that a reading opens is hashed, found again, named when it changed, and watched by a cohort."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import CouinaudBlock, couinaud_block

import flr
from flr.cli import main
from flr.cohort.ledger import entry_of, read_record
from flr.cohort.manifest import CaseRow
from flr.cohort.unit import run_case
from flr.errors import ReadError
from flr.io.source import files_of, open_sources
from flr.io.volumes import structure_volumes
from flr.replay import replay, replay_text
from flr.results import write_result

WORDS = "--tumours none --weight 72 --height 171 --condition normal --plan H5678"
OLD_S = 1.6e9


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- formats whose voxels lie in a file of their own ------------------------------------------


def nrrd_fields(block: CouinaudBlock, voxels: NDArray[Any]) -> str:
    affine = block.grid.index_to_world_mm
    columns = " ".join(f"({','.join(repr(float(v)) for v in affine[:3, n])})" for n in range(3))
    origin = ",".join(repr(float(v)) for v in affine[:3, 3])
    sizes = " ".join(map(str, voxels.shape))
    return (
        "NRRD0004\ntype: uint8\ndimension: 3\nspace: right-anterior-superior\n"
        f"sizes: {sizes}\nspace directions: {columns}\nspace origin: ({origin})\n"
        "kinds: domain domain domain\nencoding: raw\nendian: little\n"
    )


def nrrd(folder: Path, block: CouinaudBlock, voxels: NDArray[np.uint8]) -> tuple[Path, Path]:
    """A ``.nrrd`` that names a data file."""
    header, data = folder / "seg.nrrd", folder / "vox.raw"
    header.write_text(nrrd_fields(block, voxels) + "data file: vox.raw\n")
    data.write_bytes(voxels.tobytes(order="F"))
    return header, data


def nhdr(folder: Path, block: CouinaudBlock, voxels: NDArray[np.uint8]) -> tuple[Path, Path]:
    """A header whose comments take more than 64 KiB before it names its data file."""
    header, data = folder / "seg.nhdr", folder / "vox.raw"
    magic, _, fields = nrrd_fields(block, voxels).partition("\n")
    comments = "# a comment of a pipeline\n" * 3000
    header.write_text(f"{magic}\n{comments}{fields}data file: vox.raw\n")
    data.write_bytes(voxels.tobytes(order="F"))
    return header, data


def mhd(folder: Path, block: CouinaudBlock, voxels: NDArray[np.uint8]) -> tuple[Path, Path]:
    header, data = folder / "seg.mhd", folder / "vox.raw"
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ block.grid.index_to_world_mm
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    rows = " ".join(repr(float(v)) for v in (affine[:3, :3] / spacing).T.ravel())
    header.write_text(
        f"ObjectType = Image\nNDims = 3\nTransformMatrix = {rows}\n"
        f"Offset = {' '.join(repr(float(v)) for v in affine[:3, 3])}\n"
        f"ElementSpacing = {' '.join(repr(float(v)) for v in spacing)}\n"
        f"DimSize = {' '.join(map(str, voxels.shape))}\nElementType = MET_UCHAR\nElementDataFile = vox.raw\n"
    )
    data.write_bytes(voxels.tobytes(order="F"))
    return header, data


def pair(folder: Path, block: CouinaudBlock, voxels: NDArray[np.uint8]) -> tuple[Path, Path]:
    nibabel.save(nibabel.Nifti1Pair(voxels, block.grid.index_to_world_mm), folder / "seg.hdr")
    return folder / "seg.hdr", folder / "seg.img"


def pair_by_voxels(folder: Path, block: CouinaudBlock, voxels: NDArray[np.uint8]) -> tuple[Path, Path]:
    """The same pair, named by its other half."""
    header, data = pair(folder, block, voxels)
    return data, header


FORMATS = (nrrd, nhdr, mhd, pair, pair_by_voxels)
Write = Callable[[Path, CouinaudBlock, NDArray[np.uint8]], tuple[Path, Path]]


@pytest.fixture(scope="module")
def block() -> CouinaudBlock:
    return couinaud_block(columns_voxels=(5, 4, 9, 7), margin_voxels=2)


def voxel_file(write: Write, files: tuple[Path, Path]) -> Path:
    return files[0] if write is pair_by_voxels else files[1]


def smaller(block: CouinaudBlock) -> NDArray[np.uint8]:
    """The liver without the upper part of its segment 4."""
    height = np.indices(block.grid.shape)[2]
    gone = (block.segments == 4) & (height > np.median(height[block.segments == 4]))
    return np.where(gone, 0, block.segments).astype(np.uint8)


def spoil(path: Path) -> None:
    """Shift every voxel of a file by three rows: the same bytes in another order."""
    content = bytearray(path.read_bytes())
    path.write_bytes(content[-60:] + content[:-60])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def result_of(desk: Path, capsys: pytest.CaptureFixture[str], *given: str) -> Path:
    capsys.readouterr()
    assert main(["assess", *given, *WORDS.split(), "--json"]) == 0
    path = desk / "assessment.json"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


@pytest.mark.parametrize("write", FORMATS)
def test_header_and_voxels_have_a_hash_each(desk: Path, block: CouinaudBlock, write: Write) -> None:
    given, other = write(desk, block, block.segments)
    assert set(open_sources(given)[0].files) == {given, other}
    assert files_of(given) == (given, other)
    expected = {(path.name, sha256(path)) for path in (given, other)}
    liver = flr.read_liver(segments=given, tumours="none")
    assert {(f.name, f.sha256) for f in liver.source.inputs} == expected
    assert len(liver.source.inputs) == 2
    assert liver.source.reading is not None
    (named,) = liver.source.reading.given
    assert (named.name, named.sha256) == (given.name, sha256(given))
    volumes = structure_volumes([], roles={"segments": given})
    assert {(f.name, f.sha256) for f in volumes.inputs} == expected


def test_one_file_is_one_input(desk: Path, block: CouinaudBlock) -> None:
    nibabel.save(nibabel.Nifti1Image(block.segments, block.grid.index_to_world_mm), desk / "s.nii.gz")
    liver = flr.read_liver(segments=desk / "s.nii.gz", tumours="none")
    assert [(f.name, f.sha256) for f in liver.source.inputs] == [("s.nii.gz", sha256(desk / "s.nii.gz"))]


@pytest.mark.parametrize("write", [nrrd, mhd, pair])
def test_the_voxels_of_an_image_are_hashed_too(desk: Path, block: CouinaudBlock, write: Write) -> None:
    (desk / "ct").mkdir()
    image = write(desk / "ct", block, np.where(block.segments > 0, 110, 40).astype(np.uint8))
    nibabel.save(nibabel.Nifti1Image(block.segments, block.grid.index_to_world_mm), desk / "s.nii.gz")
    liver = flr.read_liver(segments=desk / "s.nii.gz", image=image[0], tumours="none")
    found = {(f.name, f.sha256) for f in liver.source.inputs}
    assert found == {(path.name, sha256(path)) for path in (desk / "s.nii.gz", *image)}


# --- replay -----------------------------------------------------------------------------------


@pytest.mark.parametrize("write", FORMATS)
def test_a_replay_names_the_voxel_file_that_changed(
    desk: Path, block: CouinaudBlock, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files = write(desk, block, block.segments)
    path = result_of(desk, capsys, files[0].name)
    assert replay(path).agrees
    spoil(voxel_file(write, files))
    result = replay(path)
    name = voxel_file(write, files).name
    assert [(cause.kind, cause.what) for cause in result.causes] == [("input", name)]
    assert f"{name} is not the file that was read then" in replay_text(result)
    assert "edited or damaged" not in replay_text(result)
    assert not result.agrees


def test_a_voxel_file_that_is_cut_or_gone_is_named(
    desk: Path, block: CouinaudBlock, capsys: pytest.CaptureFixture[str]
) -> None:
    _, data = nrrd(desk, block, block.segments)
    path = result_of(desk, capsys, "seg.nrrd")
    data.write_bytes(data.read_bytes()[:-100])
    with pytest.raises(ReadError, match=r"changed since the result was computed: vox\.raw"):
        replay(path)
    data.unlink()
    with pytest.raises(ReadError, match=r"vox\.raw"):
        replay(path)


def test_a_changed_image_file_is_named(
    desk: Path, block: CouinaudBlock, capsys: pytest.CaptureFixture[str]
) -> None:
    nibabel.save(nibabel.Nifti1Image(block.segments, block.grid.index_to_world_mm), desk / "s.nii.gz")
    mhd(desk, block, np.where(block.segments > 0, 110, 40).astype(np.uint8))
    path = result_of(desk, capsys, "s.nii.gz", "--image", "seg.mhd")
    assert replay(path).agrees
    spoil(desk / "vox.raw")
    assert [cause.what for cause in replay(path).causes] == ["vox.raw"]


def test_a_changed_mask_of_a_folder_is_named(
    desk: Path, block: CouinaudBlock, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder has no hash of its own; each of its masks has."""
    (desk / "masks").mkdir()
    for part in range(1, 9):
        mask = (block.segments == part).astype(np.uint8)
        image = nibabel.Nifti1Image(mask, block.grid.index_to_world_mm)
        nibabel.save(image, desk / "masks" / f"liver_segment_{part}.nii.gz")
    path = result_of(desk, capsys, "masks")
    assert replay(path).agrees
    changed = desk / "masks" / "liver_segment_3.nii.gz"
    mask = (block.segments == 3).astype(np.uint8)
    mask[tuple(np.argwhere(mask)[0])] = 0
    nibabel.save(nibabel.Nifti1Image(mask, block.grid.index_to_world_mm), changed)
    assert [(c.kind, c.what) for c in replay(path).causes] == [("input", "liver_segment_3.nii.gz")]
    changed.rename(desk / "masks" / "segment_3.nii.gz")
    causes = {cause.what: cause.text for cause in replay(path).causes}
    assert "was read then and is not read now" in causes["liver_segment_3.nii.gz"]
    assert "is read now and was not read then" in causes["segment_3.nii.gz"]


def test_headers_alike_in_two_folders_are_told_apart_by_their_voxels(
    desk: Path, block: CouinaudBlock, capsys: pytest.CaptureFixture[str]
) -> None:
    path_of = {}
    for name in ("a", "b", "c"):
        (desk / name).mkdir()
        path_of[name] = nrrd(desk / name, block, block.segments if name == "b" else smaller(block))[0]
    path = result_of(desk, capsys, str(path_of["b"]))
    assert sha256(path_of["a"]) == sha256(path_of["b"])
    assert replay(path, inputs=desk).agrees


def test_a_changed_table_of_names_is_named(
    desk: Path, block: CouinaudBlock, capsys: pytest.CaptureFixture[str]
) -> None:
    nibabel.save(nibabel.Nifti1Image(block.segments, block.grid.index_to_world_mm), desk / "s.nii.gz")
    table = desk / "s.tsv"
    rows = "".join(f"{part}\tliver_segment_{part}\n" for part in range(1, 9))
    table.write_text(f"index\tname\n{rows}", encoding="utf-8")
    path = result_of(desk, capsys, "s.nii.gz")
    recorded = json.loads(path.read_text(encoding="utf-8"))["assessments"][0]["provenance"]["inputs"]
    assert {"name": "s.tsv", "sha256": sha256(table)} in recorded
    assert replay(path).agrees
    table.write_text(f"index\tname\n{rows}\n", encoding="utf-8")  # the same names
    result = replay(path)
    assert [(cause.kind, cause.what) for cause in result.causes] == [("input", "s.tsv")]
    assert not result.agrees


def test_a_key_that_stands_twice_is_refused(
    desk: Path, block: CouinaudBlock, capsys: pytest.CaptureFixture[str]
) -> None:
    nrrd(desk, block, block.segments)
    path = result_of(desk, capsys, "seg.nrrd")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"flag":', '"flag": "adequate", "flag":', 1), encoding="utf-8")
    with pytest.raises(ReadError, match="'flag' twice"):
        replay(path)


def test_another_name_of_the_case_is_noticed(
    desk: Path, block: CouinaudBlock, capsys: pytest.CaptureFixture[str]
) -> None:
    nrrd(desk, block, block.segments)
    path = result_of(desk, capsys, "seg.nrrd", "--case-id", "P1")
    document = json.loads(path.read_text(encoding="utf-8"))
    document["assessments"][0]["case_id"] = "P2"
    path.write_text(json.dumps(document), encoding="utf-8")
    result = replay(path)
    assert [(cause.kind, cause.what) for cause in result.causes] == [
        ("options", "case_id"),
        ("result", "result_id"),
    ]
    assert not result.agrees
    del document["result_id"]
    del document["assessments"][0]["provenance"]["fingerprints"]["case.case_id"]  # a result of before
    path.write_text(json.dumps(document), encoding="utf-8")
    assert replay(path).agrees


def test_an_edited_report_is_named(
    desk: Path, block: CouinaudBlock, capsys: pytest.CaptureFixture[str]
) -> None:
    nrrd(desk, block, block.segments)
    result_of(desk, capsys, "seg.nrrd")
    report = desk / "out" / "report.html"

    def write(aside: Path) -> list[str]:
        (desk / "assessment.json").rename(aside / "assessment.json")
        (aside / report.name).write_text("420.0 mL", encoding="utf-8")
        return ["assessment.json", report.name]

    write_result(desk / "out", write, by="report")
    assert replay(desk / "out", inputs=desk).agrees
    report.write_text("520.0 mL", encoding="utf-8")
    result = replay(desk / "out", inputs=desk)
    assert [(cause.kind, cause.what) for cause in result.causes] == [("result", "report.html")]
    assert not result.agrees
    (desk / "out" / ".flr.json").write_text("{", encoding="utf-8")
    assert [cause.what for cause in replay(desk / "out", inputs=desk).causes] == [".flr.json"]


# --- cohort -----------------------------------------------------------------------------------


def settle(folder: Path, when_s: float = OLD_S) -> None:
    for path in folder.iterdir():
        if path.is_file():
            os.utime(path, (when_s, when_s))


def row_of(folder: Path, given: Path, **more: str) -> CaseRow:
    cells = {"inputs": given.name, "tumours": "none", "plan": "H5678", **more}
    return CaseRow("a", 1, cells, str(folder))


def total_ml(row: CaseRow, out: Path) -> float:
    record = read_record(out, entry_of(row))
    assert record is not None
    (document,) = record.documents()
    return float(document["volumes_ml"]["total"])


@pytest.mark.parametrize("write", FORMATS)
def test_a_cohort_runs_a_case_again_when_its_voxel_file_changes(
    desk: Path, block: CouinaudBlock, write: Write
) -> None:
    (desk / "in").mkdir()
    files = write(desk / "in", block, block.segments)
    settle(desk / "in")
    row, out = row_of(desk / "in", files[0]), desk / "out"
    assert run_case(row, out).fresh
    assert not run_case(row, out).fresh
    before_ml = total_ml(row, out)
    write(desk / "in", block, smaller(block))
    settle(desk / "in", OLD_S + 60)
    assert run_case(row, out).fresh
    assert total_ml(row, out) < before_ml
    assert not run_case(row, out).fresh


def test_a_cohort_runs_a_case_again_when_the_voxels_of_its_image_change(
    desk: Path, block: CouinaudBlock
) -> None:
    nibabel.save(nibabel.Nifti1Image(block.segments, block.grid.index_to_world_mm), desk / "s.nii.gz")
    mhd(desk, block, np.where(block.segments > 0, 110, 40).astype(np.uint8))
    settle(desk)
    row = row_of(desk, desk / "s.nii.gz", image="seg.mhd")
    out = desk / "out"
    assert run_case(row, out).fresh
    assert not run_case(row, out).fresh
    spoil(desk / "vox.raw")
    assert run_case(row, out).fresh


def test_a_case_that_lacked_its_voxels_is_run_when_they_come(desk: Path, block: CouinaudBlock) -> None:
    header, data = nrrd(desk, block, block.segments)
    shutil.move(data, desk / "later")
    row, out = row_of(desk, header), desk / "out"
    assert run_case(row, out).status == "failed"
    assert not run_case(row, out).fresh
    shutil.move(desk / "later", data)
    assert run_case(row, out).status == "done"


def test_what_cannot_be_opened_stands_for_itself(desk: Path) -> None:
    (desk / "x.nii.gz").write_bytes(b"no label map")
    assert files_of(desk / "x.nii.gz") == (desk / "x.nii.gz",)
    (desk / "x.mhd").write_text("NDims = 3\n")
    assert files_of(desk / "x.mhd") == (desk / "x.mhd",)
