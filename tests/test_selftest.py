"""The self-test agrees here, and notices a formula, a criterion and a kernel that went wrong."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from flr import selftest
from flr.cli import main
from flr.documents.schema import check_document
from flr.errors import EnvironmentFailure
from flr.formulas import liver_volume


def disagreeing() -> set[str]:
    return {check.group for check in selftest.selftest() if not check.agrees}


def test_everything_agrees_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if "DISAGREES" in line]
    count = sum(line.startswith("agrees") for line in lines)
    assert lines[-1].endswith(f"{count} of {count} values agree.")
    assert count > 150


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    check_document(document)
    assert document["schema"] == "flr-selftest/1"
    assert document["agrees"] is True
    assert {check["group"] for check in document["checks"]} == {
        "published formula",
        "crosswalk",
        "worked crossing",
        "interval",
        "criterion",
        "phantom",
        "block liver",
        "written and read",
        "bundled case",
    }


def test_a_wrong_coefficient_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = liver_volume.standard_liver_volume_vauthey_2002_ml
    monkeypatch.setattr(
        liver_volume, "standard_liver_volume_vauthey_2002_ml", lambda bsa_m2: right(bsa_m2) + 1.0
    )
    assert main(["selftest"]) == 5
    shown = capsys.readouterr().out
    assert "SLV-1 Mosteller" in shown[shown.index("Do not use this installation") :]


def test_a_function_that_fails_disagrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(liver_volume, "standard_liver_volume_urata_1995_ml")
    wrong = [check for check in selftest.selftest() if not check.agrees]
    assert {check.name.partition(":")[0] for check in wrong} == {"SLV-3 Du Bois", "SLV-3 Mosteller"}
    assert {check.found for check in wrong} == {"AttributeError"}


def test_a_wrong_count_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from flr.kernels.runs import Runs

    right = Runs.voxels

    def one_too_many(self: Runs, n_labels: int) -> Any:
        voxels = right(self, n_labels)
        return voxels + (voxels > 0)

    monkeypatch.setattr(Runs, "voxels", one_too_many)
    assert {"block liver", "written and read", "bundled case"} <= disagreeing()


def test_a_wrong_affine_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from flr.geometry import Grid

    def by_spacing(self: Grid) -> float:
        return float(np.prod(np.diag(self.index_to_world_mm)[:3]))  # right for grids that are not turned

    monkeypatch.setattr(Grid, "voxel_volume_mm3", property(by_spacing))
    assert {"phantom", "block liver", "written and read", "bundled case"} <= disagreeing()


def test_a_limit_that_moved_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from flr.criteria.model import Criterion, Verdict

    right = Criterion.judge

    def lenient(self: Criterion, value: float | None) -> Verdict:
        return right(self, None if value is None else value + 0.01)

    monkeypatch.setattr(Criterion, "judge", lenient)
    assert "criterion" in disagreeing()


def test_without_its_values_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(selftest, "_VALUES", tmp_path)
    with pytest.raises(EnvironmentFailure, match="were not installed"):
        selftest.selftest()
