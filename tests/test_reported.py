"""Reports that people made about other tools, tried here: the table of ``reported.py``, and its page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reported import REPORTS, Report, page

from flr.errors import FLRError
from flr.inventory import StructureVolumes
from flr.io.volumes import structure_volumes


def counted(folder: Path, inputs: tuple[str, ...], roles: dict[str, Any]) -> StructureVolumes:
    return structure_volumes([folder / name for name in inputs], roles=roles)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_what_was_reported_elsewhere_is_right_here(tmp_path: Path, report: Report) -> None:
    right = report.make(tmp_path)
    roles = {role: tmp_path / name for role, name in right.roles.items()}
    if right.refused:
        with pytest.raises(FLRError, match=right.refused):
            counted(tmp_path, right.inputs, roles)
        return
    found = counted(tmp_path, right.inputs, roles)
    for name, ml in right.ml.items():
        assert found.ml[name] == pytest.approx(ml, rel=right.within or 1e-6), name
    said = {finding.check for finding in found.inventory.quality}
    assert set(right.says) <= said
    assert not set(right.silent) & said


def test_the_page_is_the_table(checkout: Path) -> None:
    assert (checkout / "docs" / "reported-elsewhere.md").read_text(encoding="utf-8") == page()


def test_every_report_is_public_and_stands_once() -> None:
    urls = [report.url for report in REPORTS]
    assert len(set(urls)) == len(urls)
    assert all(url.startswith("https://github.com/") and "/issues/" in url for url in urls)
