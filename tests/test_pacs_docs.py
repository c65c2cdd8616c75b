"""The page on archives says what the code does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from flr.cli import main
from flr.pacs import address
from flr.pacs.rules import read_rules
from flr.write.dicom.codes import FLAG_CODES, private_code_values


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs" / "pacs.md").read_text(encoding="utf-8")


def _block(page: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", page, re.DOTALL)
    assert found, name
    return found[1]


def test_every_private_code_is_listed(page: str) -> None:
    for concept in private_code_values():
        assert f"| `{concept.value}` | {concept.meaning} |" in page
    for code in FLAG_CODES.values():
        assert f"`{code}`" in page


def test_every_environment_variable_is_listed(page: str) -> None:
    names = {
        value for name, value in vars(address).items() if name.isupper() and str(value).startswith("FLR_")
    }
    assert len(names) == 6
    assert all(f"`{name}`" in page for name in names)


def test_the_rule_file_is_read(page: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(_block(page, "rules"), encoding="utf-8")
    (rule,) = read_rules(path)
    assert rule.plans == ("H5678", "H45678")
    assert rule.tumours_none


@pytest.mark.parametrize("name", ["monai", "nipype", "slicer"])
def test_examples_are_python(page: str, name: str) -> None:
    tree = ast.parse(_block(page, name))
    assert tree.body


def test_options_of_the_page_exist(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    known = ""
    for command in ("export", "pacs", "assess"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        known += capsys.readouterr().out
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)):
        assert option in known, option
