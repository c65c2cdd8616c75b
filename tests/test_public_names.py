"""The public names: one list, lazy at run time, and plain to type checkers outside the package."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_house import CHECKOUT, PACKAGE, tree_of

import flr

CONSUMER = CHECKOUT / "tests" / "consumer" / "consumer.py"
LEAST_COMPLETE = 0.99


def _literal_names() -> list[str]:
    for node in tree_of(PACKAGE / "__init__.py").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    raise AssertionError("flr/__init__.py has no __all__ that a type checker can read")


def _names_for_type_checkers() -> dict[str, str]:
    """Name to module, of the imports that only type checkers follow."""
    given_on = {}
    for node in tree_of(PACKAGE / "__init__.py").body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for each in ast.walk(node):
                if isinstance(each, ast.ImportFrom):
                    assert [a.asname for a in each.names] == [a.name for a in each.names], ast.unparse(each)
                    given_on.update({a.name: str(each.module) for a in each.names})
    return given_on


def test_the_three_lists_of_public_names_agree() -> None:
    names = _literal_names()
    assert names == flr.__all__ == sorted(set(names))
    assert set(names) == {*flr._HOME, "__version__"}
    for_type_checkers = _names_for_type_checkers()
    for package in flr._PACKAGES:
        assert for_type_checkers.pop(package) == "flr"
    assert for_type_checkers == flr._HOME


@pytest.mark.parametrize("name", flr.__all__)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(flr, name) is not None
    assert name in dir(flr)


def test_options_limits_and_criteria_are_public() -> None:
    limits = flr.SiteLimits(very_small_percent=20, minimum_percent=25, band_percent=35, source="our own")
    options = flr.Options(limits=limits)
    patient = flr.Patient(weight_kg=70, height_cm=170)
    graded = flr.assess_numbers(
        total_ml=1500, tumour_ml=0, flr_ml=450, patient=patient, options=options, remnant_tumour_ml=0
    )
    assert graded.provenance.limits == limits
    assert all(isinstance(finding.criterion, flr.Criterion) for finding in graded.findings)


def _run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a type checker outside the checkout, which it finds as an installed package."""
    (tmp_path / CONSUMER.name).write_text(CONSUMER.read_text(encoding="utf-8"), encoding="utf-8")
    found = {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=tmp_path,
        env={**os.environ, **found, "MYPYPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_a_consumer_passes_mypy_strict(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    # Silent about the package itself, as of one in site-packages.
    checked = ("mypy", "--strict", "--follow-imports=silent", "--config-file=", "--cache-dir=cache")
    done = _run(tmp_path, *checked, CONSUMER.name)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import flr\nremnant_ml: str = flr.measure(flr.read_liver('x')).remnant_ml\n")
    done = _run(tmp_path, *checked, wrong.name)
    assert "Incompatible types in assignment" in done.stdout
    assert "does not explicitly export" not in done.stdout


@pytest.mark.slow
def test_a_consumer_passes_pyright_and_every_public_type_is_known(tmp_path: Path) -> None:
    pytest.importorskip("basedpyright")
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "include": ["consumer.py"]}')
    checker = ("basedpyright", "--pythonpath", sys.executable, "--outputjson")
    report = json.loads(_run(tmp_path, *checker).stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    assert [d["message"] for d in report["generalDiagnostics"] if d["severity"] == "error"] == []
    verified = json.loads(_run(tmp_path, *checker, "--verifytypes", "flr", "--ignoreexternal").stdout)
    completeness = verified["typeCompleteness"]
    assert len(completeness["symbols"]) > 100
    assert completeness["completenessScore"] >= LEAST_COMPLETE
