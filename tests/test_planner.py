"""The planning page: what it gets of a liver, and that its own count is this library's."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import planner_vectors
import pytest
from phantoms import couinaud_block
from planning import block_liver

from flr.cli import main
from flr.errors import PlanError
from flr.geometry import Grid
from flr.job import Files, Job, run
from flr.liver import Source, assemble, measure
from flr.patient import Patient
from flr.planner import MARGINS_MM, liver_data, planner_data
from flr.planner.page import image_data, views_of
from flr.tumours import find_tumours

CHECKOUT = Path(__file__).resolve().parents[1]


def _close(found: Any, expected: Any, where: str = "") -> None:
    """Equal documents, numbers up to rounding on another machine."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for key in expected:
            _close(found[key], expected[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for n, (a, b) in enumerate(zip(found, expected, strict=True)):
            _close(a, b, f"{where}[{n}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=2e-9), where
    else:
        assert found == expected, where


@pytest.mark.parametrize(
    ("orientation", "share"),
    [("LPS", 0.02), *(pytest.param(name, 1.0, marks=pytest.mark.slow) for name in planner_vectors.MAPS)],
)
def test_the_vectors_of_the_page_are_what_the_library_counts(orientation: str, share: float) -> None:
    stored = planner_vectors.read_vectors(orientation)
    made = json.loads(json.dumps(planner_vectors.vectors_of(orientation, share=share)))
    for kind in ("planes", "zones", "surfaces", "splits", "mixed"):
        stored[kind] = stored[kind][: len(made[kind])]
        assert made[kind]
    # What is packed is compared unpacked: another zlib writes other bytes.
    for one in (stored, made):
        for tumour in one["liver"]["tumours"]:
            for key in ("data", "flips"):
                tumour["distance"][key] = _unpacked(tumour["distance"][key]).hex()
        one["liver"]["runs"]["data"] = _unpacked(one["liver"]["runs"]["data"]).hex()
    _close(made, stored)


def _unpacked(text: str) -> bytes:
    return gzip.decompress(base64.b64decode(text))


def _dense(data: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The code of every voxel, read from the runs as a page does."""
    n, raw = data["runs"]["count"], _unpacked(data["runs"]["data"])
    columns = np.frombuffer(raw, np.uint8).reshape(8, n).astype(np.int64)
    gap = sum(columns[b] << (8 * b) for b in range(4))
    length, code = columns[4] | columns[5] << 8, columns[6] | columns[7] << 8
    flat = np.zeros(int(np.prod(data["grid"]["shape"])), dtype=np.int64)
    start = np.cumsum(gap) + np.concatenate([[0], np.cumsum(length)[:-1]])
    for first, many, value in zip(start, length, code, strict=True):
        assert not flat[first : first + many].any()
        flat[first : first + many] = value
    return flat.reshape(data["grid"]["shape"], order="F")


def test_every_voxel_of_the_liver_goes_into_the_file_as_it_is() -> None:
    liver = planner_vectors.liver_of("LPS")
    data = liver_data(liver)
    codes = _dense(data)
    rows = data["codes"]
    assert np.array_equal(np.array([0, *(row["part"] + 1 for row in rows)])[codes], liver.parts)
    inside = liver.parts > 0
    assert np.array_equal(
        np.array([0, *(row["tissue"] for row in rows)])[codes][inside], liver.tissues[inside]
    )
    numbers = np.array([0, *(row["tumour"] + 1 for row in rows)])[codes]
    assert liver.tumours is not None
    assert np.array_equal(numbers[inside], liver.tumours[inside])
    assert data["volumes_ml"]["functional"] == measure(liver).functional_ml


def test_a_wedge_of_the_file_is_the_library_s_own_zone() -> None:
    liver = planner_vectors.liver_of("LAS")
    tumours = find_tumours(liver)
    data = liver_data(liver)
    flipped = 0
    for tumour, stored in zip(tumours, data["tumours"], strict=True):
        low, high = stored["distance"]["box"]
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        steps = np.frombuffer(_unpacked(stored["distance"]["data"]), np.uint8)
        gaps = np.frombuffer(_unpacked(stored["distance"]["flips"]), np.uint8).reshape(4, -1).astype(np.int64)
        gap, begin = sum(gaps[b] << (8 * b) for b in range(4)), 0
        organ = (liver.parts[box] > 0).ravel("F")
        for margin_mm, count in zip(MARGINS_MM, stored["distance"]["flip_counts"], strict=True):
            inside = steps <= margin_mm / data["distance"]["step_mm"]
            inside[np.cumsum(gap[begin : begin + count] + 1) - 1] ^= True
            begin += count
            expected = np.zeros(liver.grid.shape, dtype=bool)
            zone = tumours.zone(tumour, float(margin_mm))
            expected[zone.box] = zone.inside
            assert np.array_equal(inside, expected[box].ravel("F")[organ])
            assert int(inside.sum()) == int((expected & (liver.parts > 0)).sum())
        flipped += begin
    assert flipped > 0  # else nothing tests them


def test_a_liver_with_uneven_slices_has_no_page() -> None:
    block = block_liver()
    weights = np.linspace(1.0, 2.0, block.grid.shape[2])
    grid = Grid(block.grid.shape, block.grid.index_to_world_mm, weights)
    uneven = assemble(grid, parts=np.array(block.parts), part_names=block.part_names, source=Source())
    with pytest.raises(PlanError, match="uneven"):
        liver_data(uneven)


@pytest.mark.slow
def test_the_page_counts_what_the_library_counts() -> None:
    """The page's own tests: they need Node and the packages that ``npm ci`` brings."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed: it is needed only to build and test the planning page")
    if not (CHECKOUT / "planner" / "node_modules").is_dir():
        pytest.skip("planner/node_modules is missing: run npm ci in planner/")
    done = subprocess.run(
        ["npm", "test"], cwd=CHECKOUT / "planner", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


FILES = (
    *("--segments", "sample_data/baseline/segments.nii.gz"),
    *("--tumours", "sample_data/baseline/tumours.nii.gz"),
)


def _run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.chdir(CHECKOUT)
    return main(["planner", *words])


def test_the_page_allows_its_own_program_and_style_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "planner.html"
    body = ("--weight", "72", "--height", "171", "--condition", "normal")
    assert _run(monkeypatch, *FILES, *body, "--plan", "H5678", "--json", "--out", str(page)) == 0
    said = json.loads(capsys.readouterr().out)
    text = page.read_text(encoding="utf-8")
    assert said == {"page": "planner.html", "bytes": len(text.encode()), "plans": ["right hepatectomy"]}
    assert len(text.encode()) < 8_000_000
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    allowed = html.unescape(policy.group(1))
    assert allowed.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in allowed
    assert "http" not in allowed
    for element in ("script", "style"):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in allowed
    assert re.findall(r'\sstyle="|\son[a-z]+="|<script src|<link|<iframe', text.split("<script", 1)[0]) == []
    program = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)[0]
    assert re.search(r"\beval\(|new Function|WebAssembly|new Worker|fetch\(", program) is None
    (stored,) = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)
    data = json.loads(stored)
    assert data["image"] is None  # none was given
    assert [one["plan"]["name"] for one in data["plans"]] == ["right hepatectomy"]
    assert {row["measure"] for row in data["criteria"]} >= {"flr_percent_of_measured"}
    assert all(row["source"] for row in data["criteria"])
    assert data["no_preview"] is None


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((*FILES,), 2, "--out planner.html"),
        ((*FILES, "--out", "planner"), 2, "name of a page"),
        (("--out", "planner.html"), 2, "no input"),
        ((*FILES, "--plan", "H9", "--out", "planner.html"), 3, "9"),
        (("--segments", "absent.nii.gz", "--out", "planner.html"), 3, "absent.nii.gz"),
    ],
)
def test_what_makes_no_page_says_why_and_writes_nothing(
    words: tuple[str, ...],
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    here = [str(tmp_path / word) if word.startswith("planner") else word for word in words]
    assert _run(monkeypatch, *here) == code
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_volumes_that_cannot_be_believed_are_compared_with_no_limit(tmp_path: Path) -> None:
    """A liver that the scan cuts off: its mL are shown, with why nothing is related to them."""
    block = couinaud_block(margin_voxels=0)
    path = tmp_path / "cut.nii.gz"
    nib.save(nib.Nifti1Image(block.segments, block.grid.index_to_world_mm), path)
    patient = Patient(weight_kg=72, height_cm=171, condition="normal")
    source = Files(roles={"segments": path}, tumours_none=True, scheme="couinaud_8")
    found = run(Job(source=source, plans="H5678", patient=patient, reviewed=True))
    data = planner_data(found.liver, found.plans, found.assessments, found.patient)
    assert data["no_preview"]
    assert data["patient"]["ungradable"]
    assert any(one["severity"] == "error" for one in data["quality"])
    child = replace(patient, age_years=9)
    whole = couinaud_block()
    nib.save(nib.Nifti1Image(whole.segments, whole.grid.index_to_world_mm), path)
    found = run(Job(source=source, plans="H5678", patient=child, reviewed=True))
    assert planner_data(found.liver, found.plans, found.assessments, found.patient)["no_preview"]
    found = run(Job(source=source, plans="H5678", patient=patient, reviewed=True))
    assert planner_data(found.liver, found.plans, found.assessments, found.patient)["no_preview"] is None


def test_the_image_of_the_page_is_as_fine_as_fits() -> None:
    liver = block_liver()
    assert image_data(liver, 10_000) is None
    noise = np.random.default_rng(0).normal(80.0, 40.0, liver.grid.shape).astype(np.float32)
    noise[0, 0, 0] = -900.0
    pictured = replace(liver, image=np.asfortranarray(noise))
    whole = image_data(pictured, 10_000_000)
    assert whole is not None
    assert whole["shape"] == list(liver.grid.shape)
    assert whole["window"] == [-260.0, 340.0]
    low, high = whole["window"]
    stored = np.frombuffer(_unpacked(whole["data"]), np.uint8).reshape(whole["shape"], order="F")
    inside = (noise > low) & (noise < high)
    assert (
        np.abs(low + stored / 255.0 * (high - low) - noise)[inside].max() <= 0.5 * (high - low) / 255.0 + 1e-3
    )
    assert image_data(pictured, 10) is None


@pytest.mark.parametrize("orientation", ["RAS", "LAS", "LPS", "ASL", "PIR", "SAR"])
def test_the_patient_s_right_is_on_the_left_of_every_slice(orientation: str) -> None:
    """A step to the right in a picture goes to the patient's left or back, one down to the back or feet."""
    grid = couinaud_block(orientation=orientation, rotation_deg=(5.0, -4.0, 7.0)).grid
    for view in views_of(grid):
        for key, letters in (("right", view["edges"][:2]), ("down", view["edges"][2:])):
            axis, sign = view[key]
            step_mm = sign * grid.index_to_world_mm[:3, axis]
            world = "RAS".index(letters[0])
            assert abs(step_mm[world]) == np.abs(step_mm).max()
            assert step_mm[world] < 0  # away from what the first letter names
        assert sorted([view["axis"], view["right"][0], view["down"][0]]) == [0, 1, 2]
