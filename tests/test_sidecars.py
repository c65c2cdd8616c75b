"""Label names from the tables that lie beside a map."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from phantoms import couinaud_block, write_nifti

import flr
from flr.io.sidecars import UnclearTable, read_names
from flr.io.source import count, names_of, open_sources

EXPECTED = {1: "liver", 2: "portal vein"}
UNCLEAR = "unclear"
SNAP = """################################################
# ITK-SnAP Label Description File
################################################
    0     0    0    0        0  0  0    "Clear Label"
    1   255    0    0        1  1  1    "liver"
    2     0  255    0      0.5  1  1    "portal vein"
"""
TABLES = {
    ".txt": SNAP,
    ".ctbl": (
        "# Color table file x.ctbl\n# 3 values\n0 Background 0 0 0 0\n"
        "1 liver 221 130 101 255\n2 portal_vein 0 151 206 255\n"
    ),
    ".csv": (
        "LabelValue,Name,Color_R,Color_G,Color_B\n0,background,0,0,0\n1,liver,1,2,3\n2,portal vein,1,2,3\n"
    ),
    ".tsv": "index\tname\tcolor\n1\tliver\t#ff0000\n2\tportal vein\tn/a\n",
    ".json": json.dumps({"labels": {"background": 0, "liver": 1, "portal vein": 2}}),
}


def a_map(folder: Path, name: str = "case.nii.gz", values: tuple[int, ...] = (1, 2)) -> Path:
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[0, 0, : len(values)] = values
    nib.save(nib.Nifti1Image(labels, np.diag([1, 1, 2, 1.0])), folder / name)
    return folder / name


@pytest.mark.parametrize("suffix", list(TABLES))
def test_a_table_of_the_same_stem(tmp_path: Path, suffix: str) -> None:
    path = a_map(tmp_path)
    (tmp_path / f"case{suffix}").write_text(TABLES[suffix])
    (source,) = open_sources(path)
    expected = EXPECTED if suffix != ".ctbl" else {1: "liver", 2: "portal_vein"}
    assert source.names == expected
    assert names_of(source, count(source)) == expected
    assert [(f.check, f.severity) for f in source.quality] == [("names_from_sidecar", "info")]
    assert f"case{suffix}" in source.quality[0].message


def test_tables_that_agree_are_one_and_tables_that_differ_are_none(tmp_path: Path) -> None:
    path = a_map(tmp_path)
    (tmp_path / "case.txt").write_text(TABLES[".txt"])
    (tmp_path / "case.tsv").write_text(TABLES[".tsv"])
    assert open_sources(path)[0].names == EXPECTED
    (tmp_path / "case.tsv").write_text("index\tname\n1\tspleen\n2\tportal vein\n")
    (source,) = open_sources(path)
    assert source.names == {}
    assert [(f.check, f.severity) for f in source.quality] == [("names_ambiguous", "warning")]


def test_the_files_own_names_come_first(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.ones((3, 3, 3), np.uint8), np.eye(4))
    caret = b'<CaretExtension><LabelTable><Label Key="1">own</Label></LabelTable></CaretExtension>'
    image.header.extensions.append(nib.nifti1.Nifti1Extension(0, caret))
    nib.save(image, tmp_path / "case.nii.gz")
    (tmp_path / "case.txt").write_text(SNAP)
    assert open_sources(tmp_path / "case.nii.gz")[0].names == {1: "own"}


@pytest.mark.parametrize("table", ["dseg.tsv", "dataset.json"])
@pytest.mark.parametrize("above", [False, True])
def test_a_table_of_the_folder_must_cover_the_labels(tmp_path: Path, table: str, above: bool) -> None:
    folder = tmp_path / "study" / "labelsTr"
    folder.mkdir(parents=True)
    ((tmp_path / "study" if above else folder) / table).write_text(TABLES["." + table.split(".")[1]])
    (covered,) = open_sources(a_map(folder, "a.nii.gz"))
    assert covered.names == {}
    assert names_of(covered, count(covered)) == EXPECTED
    (stray,) = open_sources(a_map(folder, "b.nii.gz", (1, 2, 3)))
    assert names_of(stray, count(stray)) == {}
    (empty,) = open_sources(a_map(folder, "c.nii.gz", ()))
    assert names_of(empty, count(empty)) == {}


def test_two_folder_tables_that_differ_are_none(tmp_path: Path) -> None:
    (tmp_path / "dseg.tsv").write_text(TABLES[".tsv"])
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": {"1": "spleen", "2": "portal vein"}}))
    (source,) = open_sources(a_map(tmp_path))
    assert names_of(source, count(source)) == {}
    assert [f.check for f in source.quality] == ["names_ambiguous"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.json", json.dumps({"labels": {"0": "background", "1": "liver", "2": "portal vein"}}), EXPECTED),
        ("a.json", json.dumps({"labels": {"background": 0, "whole": [1, 2], "tumour": "2"}}), UNCLEAR),
        ("a.json", json.dumps({"labels": {"liver": True}}), UNCLEAR),
        ("a.json", json.dumps({"labels": {"one": "liver"}}), UNCLEAR),
        ("a.json", json.dumps({"labels": ["liver"]}), UNCLEAR),
        ("a.json", json.dumps({"EchoTime": 1}), {}),
        ("a.json", json.dumps([1]), {}),
        ("a.json", "{not json", {}),
        ("a.json", "[" * 100000, {}),
        ("a.txt", "Patient was seen on Monday\n", {}),
        ("a.txt", '1 0 0 0 1 1 1 "liver"\nand a remark\n', UNCLEAR),
        ("a.txt", '1 0 0 0 1 1 1 "liver"\n1 0 0 0 1 1 1 "spleen"\n', UNCLEAR),
        ("a.ctbl", '1 "Segment 1" 10 20 30 255\n', {1: "Segment 1"}),
        ("a.ctbl", "1 liver\n", UNCLEAR),
        ("a.csv", "a,b\n1,2\n", {}),
        ("a.csv", "LabelValue,Name\none,liver\n", UNCLEAR),
        ("a.csv", "LabelValue,Name\n1\n", UNCLEAR),
        ("a.tsv", "\ufeffindex\tname\n7\tliver\n", {7: "liver"}),
        ("a.tsv", "", {}),
        ("a.doc", SNAP, {}),
        ("absent.txt", None, {}),
    ],
)
def test_what_is_and_is_not_a_table(
    tmp_path: Path, name: str, text: str | None, expected: dict[int, str] | str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    if expected == UNCLEAR:
        with pytest.raises(UnclearTable):
            read_names(tmp_path / name)
    else:
        assert read_names(tmp_path / name) == expected


def test_tables_that_are_no_text_or_huge_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00binary")
    assert read_names(tmp_path / "a.txt") == {}
    (tmp_path / "b.txt").write_text(SNAP + "# " + "x" * (5 << 20))
    assert read_names(tmp_path / "b.txt") == {}
    (tmp_path / "c.txt").mkdir()
    assert read_names(tmp_path / "c.txt") == {}


# --- regions of nnU-Net -----------------------------------------------------------------------

REGIONS = {"background": 0, "liver": [1, 2], "tumor": 2}


@pytest.mark.parametrize(
    ("labels", "order", "expected"),
    [
        (REGIONS, [1, 2], {1: "liver", 2: "tumor"}),
        (REGIONS, None, {1: "liver", 2: "tumor"}),
        ({"tumor": [2], "background": 0, "liver": [2, 1]}, None, {1: "liver", 2: "tumor"}),
        (
            {"background": 0, "liver": [1, 2, 3], "tumor": [2, 3], "cyst": 3},
            [1, 2, 3],
            {1: "liver", 2: "tumor", 3: "cyst"},
        ),
        ({"liver": list(range(1, 9)), **{f"segment_{n}": n for n in range(1, 9)}}, None, None),
    ],
)
def test_each_value_of_regions_is_the_smallest_that_holds_it(
    tmp_path: Path, labels: dict[str, object], order: list[int] | None, expected: dict[int, str] | None
) -> None:
    document = {"labels": labels} | ({} if order is None else {"regions_class_order": order})
    (tmp_path / "dataset.json").write_text(json.dumps(document))
    assert read_names(tmp_path / "dataset.json") == (expected or {n: f"segment_{n}" for n in range(1, 9)})


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (REGIONS, [2, 1]),  # the values of predictions exchanged
        (REGIONS, [1]),
        (REGIONS, "1, 2"),
        (REGIONS, [1, [2]]),
        ({"tumor": 2, "liver": [1, 2]}, [2, 1]),  # predictions write the liver over the tumour
        ({"left": [1, 2], "right": [2, 3]}, None),  # nothing says what 2 is
        ({"liver": [0, 1], "tumor": 2}, None),
        ({"liver": [1, -2]}, None),
        ({"liver": []}, None),
        ({"liver": [1, True]}, None),
    ],
)
def test_regions_that_leave_a_value_open_are_not_understood(
    tmp_path: Path, labels: dict[str, object], order: object
) -> None:
    document = {"labels": labels} | ({} if order is None else {"regions_class_order": order})
    (tmp_path / "dataset.json").write_text(json.dumps(document))
    with pytest.raises(UnclearTable):
        read_names(tmp_path / "dataset.json")


def test_a_liver_with_its_tumour_by_regions(tmp_path: Path) -> None:
    block = couinaud_block(columns_voxels=(6, 6, 6, 6), spacing_mm=(4.0, 4.1, 4.2))
    labels = np.where(block.segments > 0, 1, 0).astype(np.uint8)
    labels[block.segments == 6] = 2
    (tmp_path / "labelsTr").mkdir()
    path = write_nifti(tmp_path / "labelsTr" / "case_001.nii.gz", labels, block.grid)
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": REGIONS, "regions_class_order": [1, 2]}))
    # A folder of predictions has its own copy; a scan and a table of other things beside it change nothing.
    (tmp_path / "labelsTr" / "results.csv").write_text("case,dice\ncase_001,0.93\n")
    liver = flr.read_liver(path)
    table = flr.measure(liver)
    assert table.total_ml == pytest.approx(sum(block.part_ml.values()))
    assert table.tumour_ml == pytest.approx(block.part_ml[6])
    assert [f.check for f in liver.quality if f.severity == "error"] == []
    # A region of several values without a name of their own is one structure, on purpose.
    labels[block.segments == 7] = 3
    write_nifti(path, labels, block.grid)
    document = {"labels": {"liver": [1, 2, 3], "tumor": 2}}
    (tmp_path / "dataset.json").write_text(json.dumps(document))
    again = flr.read_liver(path)
    assert flr.measure(again).total_ml == pytest.approx(sum(block.part_ml.values()))
    assert flr.measure(again).tumour_ml == pytest.approx(block.part_ml[6])
    assert [f.check for f in again.quality] == [f.check for f in liver.quality]


@pytest.mark.parametrize(
    "text",
    [
        "    1  2" + "A" * 200_000 + '  1  1  "segment_1"\n',
        "1 liver" + " " * 200_000 + "x\n",
        "liver" + " " * 200_000 + "1x\n",
        "#" + "itk-snap" * 100_000 + "\n",
        "1" * 200_000 + " liver\n",
        "1" * 9_000 + " liver 1 2 3 255\n",
        "1" * 9_000 + ' 255 0 0 1 1 1 "liver"\n',
        '{"labels": {"liver": ' + "1" * 9_000 + "}}",
        "LabelValue,Name\n" + "1" * 9_000 + ",liver\n",
    ],
)
def test_a_long_line_takes_no_time(tmp_path: Path, text: str) -> None:
    name = "map.json" if text.startswith("{") else "map.txt"
    (tmp_path / name).write_text(text)
    started = time.process_time()
    with contextlib.suppress(UnclearTable):
        read_names(tmp_path / name)
    assert time.process_time() - started < 2.0


def test_a_folder_of_many_maps_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a case must not grow with the number of cases that lie beside it."""
    paths = [a_map(tmp_path, f"case_{n}.nii.gz") for n in range(6)]
    (tmp_path / "manifest.csv").write_text("case_id,inputs\n")
    os.utime(tmp_path, (time.time() - 60.0, time.time() - 60.0))
    listed: list[str] = []
    whole = os.scandir

    def scandir(path: str) -> object:
        listed.append(str(path))
        return whole(path)

    monkeypatch.setattr("flr.io.sidecars.os.scandir", scandir)
    for path in paths:
        assert open_sources(path)[0].names == {}
    assert listed.count(str(tmp_path)) == 1


def test_a_table_that_comes_or_goes_is_noticed_at_once(tmp_path: Path) -> None:
    path = a_map(tmp_path)
    for _ in range(3):
        os.utime(tmp_path, (time.time() - 60.0, time.time() - 60.0))  # a folder that has long been at rest
        assert open_sources(path)[0].names == {}
        (tmp_path / "case.txt").write_text(SNAP)
        assert open_sources(path)[0].names == EXPECTED
        os.utime(tmp_path, (time.time() - 40.0, time.time() - 40.0))
        assert open_sources(path)[0].names == EXPECTED
        (tmp_path / "case.txt").unlink()
        assert open_sources(path)[0].names == {}
