"""The sample case: its files, its table of volumes and the script that makes both."""

from __future__ import annotations

import csv
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

SCANS = ("baseline", "after_pve")
LIMIT_BYTES = 4_000_000
LEFT_LATERAL, RIGHT_POSTERIOR = (2, 3), (6, 7)


class Volume(NamedTuple):
    """Voxels in (i, j, k) order and their affine."""

    voxels: NDArray[np.generic]
    index_to_world_mm: NDArray[np.float64]

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel, straight from the determinant. [mL]"""
        return float(abs(np.linalg.det(self.index_to_world_mm[:3, :3]))) / 1000.0

    def centroid_mm(self, values: tuple[int, ...]) -> NDArray[np.float64]:
        """Mean world position (right, front, head) of the voxels with any of ``values``. [mm]"""
        index = np.argwhere(np.isin(self.voxels, values)).mean(axis=0)
        return np.asarray(nib.affines.apply_affine(self.index_to_world_mm, index))


def load(path: Path) -> Volume:
    image = nib.load(path)
    return Volume(np.asarray(image.dataobj), image.affine)


def read_table(folder: Path) -> list[dict[str, str]]:
    with (folder / "volumes.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module", params=SCANS)
def scan(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_row_of_the_table_is_what_the_file_holds(sample_data: Path, scan: str) -> None:
    loaded: dict[str, Volume] = {}
    rows = [r for r in read_table(sample_data) if r["scan"] == scan and r["label"]]
    assert len(rows) >= 13
    for row in rows:
        name, value = row["label"].split(":")
        if name not in loaded:
            loaded[name] = load(sample_data / scan / f"{name}.nii.gz")
        count = np.count_nonzero(loaded[name].voxels == int(value))
        assert count == int(row["voxels"]), row
        assert float(row["volume_ml"]) == pytest.approx(count * loaded[name].voxel_ml, abs=2e-6), row


def test_every_label_of_a_file_is_in_the_table(sample_data: Path, scan: str) -> None:
    rows = {r["label"] for r in read_table(sample_data) if r["scan"] == scan}
    for path in sorted((sample_data / scan).glob("*.nii.gz")):
        name = path.name.removesuffix(".nii.gz")
        if name != "ct":
            assert {f"{name}:{v}" for v in np.unique(load(path).voxels) if v} == {
                r for r in rows if r.startswith(f"{name}:")
            }


def test_derived_rows_of_the_table(sample_data: Path, scan: str) -> None:
    segments = load(sample_data / scan / "segments.nii.gz").voxels
    tumours = load(sample_data / scan / "tumours.nii.gz").voxels
    table = {r["structure"]: int(r["voxels"]) for r in read_table(sample_data) if r["scan"] == scan}
    left = (segments >= 1) & (segments <= 4)
    assert table["liver"] == np.count_nonzero(segments)
    assert table["tumour"] == np.count_nonzero(tumours)
    assert table["functional"] == np.count_nonzero((segments > 0) & (tumours == 0))
    assert table["remnant_after_H5678"] == np.count_nonzero(left & (tumours == 0))
    assert table["remnant_tumour_after_H5678"] == np.count_nonzero(left & (tumours > 0))


def test_voxels_agree_with_the_finer_lattice(sample_data: Path) -> None:
    for row in read_table(sample_data):
        counted_ml, reference_ml = float(row["volume_ml"]), float(row["reference_ml"])
        if row["structure"] in {"liver", "functional", "remnant_after_H5678"}:
            assert counted_ml == pytest.approx(reference_ml, rel=0.0005), row
        elif row["structure"].startswith("segment_"):
            assert counted_ml == pytest.approx(reference_ml, rel=0.002), row
        elif row["structure"].startswith("tumour"):
            assert counted_ml == pytest.approx(reference_ml, rel=0.02), row
        else:
            assert counted_ml == pytest.approx(reference_ml, rel=0.05), row


def test_one_grid_per_scan_and_another_for_the_next(sample_data: Path) -> None:
    affines = []
    for name in SCANS:
        volumes = [load(path) for path in sorted((sample_data / name).glob("*.nii.gz"))]
        for volume in volumes[1:]:
            assert volume.voxels.shape == volumes[0].voxels.shape
            np.testing.assert_array_equal(volume.index_to_world_mm, volumes[0].index_to_world_mm)
        affines.append(volumes[0].index_to_world_mm)
    assert np.abs(affines[0] - affines[1]).max() > 1.0
    for affine in affines:
        np.testing.assert_allclose(np.linalg.norm(affine[:3, :3], axis=0), (1.5, 1.6, 2.5), rtol=1e-6)
        assert nib.aff2axcodes(affine) == ("L", "P", "S")
        assert np.count_nonzero(np.abs(affine[:3, :3]) > 0.01) > 3, "the grid should be oblique"


def test_sform_and_qform_agree(sample_data: Path) -> None:
    for path in sorted(sample_data.glob("*/*.nii.gz")):
        image = nib.load(path)
        qform, code = image.get_qform(coded=True)
        assert code > 0
        np.testing.assert_allclose(qform, image.affine, atol=1e-3)


def test_segments_lie_as_in_a_person(sample_data: Path, scan: str) -> None:
    segments = load(sample_data / scan / "segments.nii.gz")
    right, left = segments.centroid_mm(RIGHT_POSTERIOR), segments.centroid_mm(LEFT_LATERAL)
    assert right[0] > left[0] + 60.0, "6 and 7 are right of 2 and 3 (RAS+: larger x)"
    assert segments.centroid_mm((7, 8))[2] > segments.centroid_mm((5, 6))[2] + 20.0
    assert segments.centroid_mm((2,))[2] > segments.centroid_mm((3,))[2]
    assert segments.centroid_mm((5, 8))[1] > segments.centroid_mm((6, 7))[1], "anterior section in front"
    assert segments.centroid_mm((4,))[1] > segments.centroid_mm((1,))[1] + 20.0, "caudate behind 4"


def test_spleen_is_on_the_left_and_no_organ_lies_in_the_liver(sample_data: Path) -> None:
    organs = load(sample_data / "baseline" / "organs.nii.gz")
    segments = load(sample_data / "baseline" / "segments.nii.gz")
    assert organs.centroid_mm((2,))[0] < segments.centroid_mm((4,))[0] - 50.0
    assert not np.any((organs.voxels > 0) & (segments.voxels > 0))


def test_liver_is_whole_and_clear_of_the_border(sample_data: Path, scan: str) -> None:
    from scipy import ndimage

    liver = load(sample_data / scan / "segments.nii.gz").voxels > 0
    assert not any(liver.take(end, axis).any() for axis in range(3) for end in (0, 1, -2, -1))
    assert ndimage.label(liver)[1] == 1
    assert not np.any(ndimage.binary_fill_holes(liver) & ~liver)


def test_shares_are_plausible(sample_data: Path, scan: str) -> None:
    table = {r["structure"]: float(r["volume_ml"]) for r in read_table(sample_data) if r["scan"] == scan}
    share_percent = {part: 100.0 * table[f"segment_{part}"] / table["liver"] for part in range(1, 9)}
    assert 1500.0 < table["liver"] < 1700.0
    assert all(1.0 < share < 45.0 for share in share_percent.values())
    assert 8.0 < share_percent[8] < 42.0
    assert 45.0 < sum(share_percent[part] for part in (5, 6, 7, 8)) < 85.0
    assert 1.0 < share_percent[1] < 5.0


def test_tumours_lie_each_in_one_segment_on_both_sides(sample_data: Path, scan: str) -> None:
    segments = load(sample_data / scan / "segments.nii.gz").voxels
    tumours = load(sample_data / scan / "tumours.nii.gz").voxels
    home = {n: np.unique(segments[tumours == n]).tolist() for n in range(1, 6)}
    assert home == {1: [7], 2: [8], 3: [6], 4: [4], 5: [3]}


def test_remnant_is_short_before_embolisation_and_enough_after(sample_data: Path) -> None:
    case = tomllib.loads((sample_data / "case.toml").read_text(encoding="utf-8"))
    weight_kg, height_cm = case["patient"]["weight_kg"], case["patient"]["height_cm"]
    standard_ml = -794.41 + 1267.28 * (weight_kg * height_cm / 3600.0) ** 0.5
    assert standard_ml == pytest.approx(1549.2, abs=0.1)
    table = {(r["scan"], r["structure"]): float(r["volume_ml"]) for r in read_table(sample_data)}
    remnant_ml = {scan: table[scan, "remnant_after_H5678"] for scan in SCANS}
    percents = {
        scan: (100.0 * remnant_ml[scan] / table[scan, "functional"], 100.0 * remnant_ml[scan] / standard_ml)
        for scan in SCANS
    }
    assert all(24.0 < p < 29.0 for p in percents["baseline"])
    assert all(p > 30.0 for p in percents["after_pve"])
    assert 35.0 < 100.0 * (remnant_ml["after_pve"] / remnant_ml["baseline"] - 1.0) < 40.0


def test_case_file_names_files_that_exist(sample_data: Path) -> None:
    case = tomllib.loads((sample_data / "case.toml").read_text(encoding="utf-8"))
    assert [plan["removes"] for plan in case["plan"]] == ["H5678"]
    before, after = case["scan"]
    assert (after["date"] - after["after_date"]).days == 28
    for scan in (before, after):
        paths = [scan["segments"], scan["tumours"], scan["image"], *scan.get("inputs", [])]
        assert all((sample_data / path).is_file() for path in paths)


def test_image_shows_what_the_labels_say(sample_data: Path, scan: str) -> None:
    hu = load(sample_data / scan / "ct.nii.gz").voxels
    segments = load(sample_data / scan / "segments.nii.gz").voxels
    tumours = load(sample_data / scan / "tumours.nii.gz").voxels
    assert hu.dtype == np.int16
    assert 100.0 < np.median(hu[(segments > 0) & (tumours == 0)]) < 120.0
    assert 60.0 < np.median(hu[tumours > 0]) < 90.0


def test_sample_data_stays_small(sample_data: Path) -> None:
    files = [p for p in sample_data.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert sum(p.stat().st_size for p in files) <= LIMIT_BYTES


def make(sample_data: Path, out: Path, *, coarsen: float, hash_seed: str = "0") -> None:
    """Run the script in its own process."""
    subprocess.run(
        [sys.executable, str(sample_data / "make.py"), "--out", str(out), "--coarsen", str(coarsen)],
        check=True,
        env={"PATH": "", "PYTHONHASHSEED": hash_seed},
        capture_output=True,
    )


@pytest.mark.slow
def test_script_writes_the_same_bytes_twice(sample_data: Path, tmp_path: Path) -> None:
    for name in ("1", "2"):
        make(sample_data, tmp_path / name, coarsen=6.0, hash_seed=name)
    first = {
        p.relative_to(tmp_path / "1"): p.read_bytes() for p in (tmp_path / "1").rglob("*.*") if p.is_file()
    }
    again = {
        p.relative_to(tmp_path / "2"): p.read_bytes() for p in (tmp_path / "2").rglob("*.*") if p.is_file()
    }
    assert len(first) == 9
    assert first == again


@pytest.mark.slow
def test_script_makes_the_committed_files(sample_data: Path, tmp_path: Path) -> None:
    make(sample_data, tmp_path, coarsen=1.0)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("*/*.nii.gz"))
    assert made == sorted(path.relative_to(sample_data) for path in sample_data.glob("*/*.nii.gz"))
    for path in made:
        ours, theirs = load(tmp_path / path), load(sample_data / path)
        np.testing.assert_array_equal(ours.voxels, theirs.voxels, err_msg=str(path))
        np.testing.assert_array_equal(ours.index_to_world_mm, theirs.index_to_world_mm)
    assert (tmp_path / "volumes.csv").read_text() == (sample_data / "volumes.csv").read_text()
