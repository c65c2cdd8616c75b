"""Real segmentations: known volumes and remnant shares through the commands, known faults reported."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from conftest import RealCase

import flr
from flr.cli import main
from flr.plans import volumes

pytestmark = pytest.mark.real

BODY = ("--weight", "72", "--height", "171", "--condition", "normal", "--tumours", "none")
REASSURING = {"adequate", "borderline"}


def document(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main([*map(str, arguments), "--json"]) == 0
    parsed = json.loads(capsys.readouterr().out)
    assert isinstance(parsed, dict)
    return parsed


def test_volumes_of_every_real_file(real_case: RealCase, capsys: pytest.CaptureFixture[str]) -> None:
    result = document(capsys, "volumes", real_case.path)
    (source,) = result["provenance"]["sources"]
    assert source["grid"]["shape"] == real_case.expected["shape"]
    assert source["grid"]["orientation"] == real_case.expected["orientation"]
    name_of = {str(label["value"]): label["name"] for label in source["labels"]}
    assert name_of.keys() == real_case.expected["voxels"].keys()
    for value, name in name_of.items():
        assert result["voxels"][name] == real_case.expected["voxels"][value]
        assert result["volumes_ml"][name] == pytest.approx(real_case.expected["ml"][value], abs=0.001)


def test_remnant_shares_of_every_real_couinaud_map(
    real_case: RealCase, capsys: pytest.CaptureFixture[str]
) -> None:
    shares = real_case.expected.get("remnant_percent")
    if shares is None:
        assert "_couinaud" not in real_case.name
        return
    plans = [word for notation in shares for word in ("--plan", notation)]
    result = document(capsys, "assess", real_case.path, *plans, *BODY)
    for a in result["assessments"]:
        assert a["measures"]["flr_percent_of_measured"] == pytest.approx(
            shares[a["plan"]["notation"]], abs=0.001
        )
        v = a["volumes_ml"]
        parts = v["resected"] + v["ablated"] + v["remnant"] + v["remnant_tumour"] + v["remnant_nonfunctional"]
        assert v["total"] == pytest.approx(parts, abs=1e-6)
        assert a["voxels"]["total"] == sum(a["voxels"][k] for k in ("kept", "resected", "ablated"))


def test_every_union_of_segments_of_a_real_map_conserves(real_data: Path) -> None:
    liver = flr.read_liver(real_data / "couinaud_lits/LiTS-0_couinaud.nii.gz", tumours="none")
    untouched = flr.measure(liver)
    shares = {}
    for size in range(1, 8):
        for chosen in combinations(liver.part_names, size):
            table = volumes(liver, flr.parse_plan("H" + "".join(chosen)), untouched)
            assert abs(table.conservation_error_ml) < 1e-6
            totals = table.voxel_totals
            assert totals["total"] == totals["kept"] + totals["resected"] + totals["ablated"]
            shares[frozenset(chosen)] = table.remnant_ml
    assert len(shares) == 254
    for chosen, remnant_ml in shares.items():
        for more in set(liver.part_names) - chosen:
            if len(chosen) < 7:
                assert shares[chosen | {more}] < remnant_ml


def test_a_mirrored_map_with_a_lost_voxel_size(real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = real_data / "couinaud_lits/LiTS-45_couinaud_BAD_HEADER.nii.gz"
    faults = {"header_1mm_on_512", "mirrored_anatomy"}
    for command in (("volumes", path), ("inspect", path)):
        quality = document(capsys, *command)["quality"]
        assert faults <= {q["check"] for q in quality if q["severity"] == "error"}
    plans = [word for text in ("H5678", "H67", "H23", "H45678") for word in ("--plan", text)]
    for a in document(capsys, "assess", path, *plans, *BODY)["assessments"]:
        assert faults <= {q["check"] for q in a["quality"] if q["severity"] == "error"}
        assert a["flag"] not in REASSURING
        assert a["measures"]["flr_percent_of_measured"] is not None


def test_a_liver_cut_off_at_the_top(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import nibabel as nib
    import numpy as np

    path = real_data / "msd08/MSD-112_liver_truncated_top.nii.gz"
    result = document(capsys, "volumes", "--liver", path)
    assert result["volumes_ml"]["liver"] == pytest.approx(2735.325, abs=0.001)
    assert result["lower_bounds"] == ["liver"]
    image = nib.load(path)
    voxels = np.asarray(image.dataobj).astype(np.uint8)
    middle = int(np.median(np.argwhere(voxels)[:, 0]))
    voxels[:middle] = 0
    nib.save(nib.Nifti1Image(voxels, image.affine), tmp_path / "flr.nii.gz")
    (a,) = document(capsys, "assess", "--liver", path, "--remnant", tmp_path / "flr.nii.gz", *BODY)[
        "assessments"
    ]
    assert a["volumes_ml"]["total"] == pytest.approx(2735.325, abs=0.001)
    assert a["volumes_are_lower_bounds"] is True
    assert a["volumes_ml"]["remnant"] > 0
    assert {f["verdict"] for f in a["findings"]} == {"not_assessed"}
    for measure in ("flr_percent_of_measured", "flr_percent_of_standard", "flr_to_body_weight_percent"):
        assert a["measures"][measure] is None
    assert a["flag"] == "indeterminate"


def test_names_in_a_header_decide(real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = document(capsys, "inspect", real_data / "totalseg/example_seg.nii.gz")
    assert seen["sources"][0]["scheme"] == "totalsegmentator_total"
    result = document(capsys, "volumes", real_data / "totalseg/example_seg.nii.gz")
    assert result["volumes_ml"]["liver"] == pytest.approx(1043.118, abs=0.0005)


def test_ambiguous_integers_are_refused(real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = real_data / "msd08_hvpv/hepaticvessel_002_task008.nii.gz"
    assert main(["assess", str(path), "--plan", "H5678"]) == 3
    message = capsys.readouterr().err
    for scheme in ("lits", "msd_task08_hepaticvessel", "msd_task03_liver"):
        assert scheme in message


def test_a_liver_with_its_vessels_and_tumours(real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = real_data / "msd08_hvpv"
    result = document(
        capsys,
        "volumes",
        "--liver",
        folder / "hepaticvessel_002_liver.nii.gz",
        folder / "hepaticvessel_002_task008.nii.gz",
        "--labels",
        "hepaticvessel_002_task008.nii.gz:1=hepatic_vessel,2=tumour",
    )
    assert result["volumes_ml"]["liver"] == pytest.approx(2041.253, abs=0.001)
    assert result["volumes_ml"]["tumour"] == pytest.approx(29.781, abs=0.001)
