"""Fixtures that every test may use."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["FLR_CACHE"] = "off"  # no test finds what another one or a person left
os.environ["FLR_SITE"] = "none"  # nor takes the site file of whoever runs the tests

CHECKOUT = Path(__file__).resolve().parents[1]
REAL_DATA = CHECKOUT.parent / "shared" / "data"
_ABSENT = "the real segmentations do not lie beside the checkout"

try:
    from hypothesis import HealthCheck, settings
except ImportError:  # the properties then run as seeded loops
    pass
else:
    # The same examples on every machine, and no failure because a machine is slow.
    settings.register_profile(
        "flr", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("flr")


@dataclass(frozen=True)
class RealCase:
    """One real label file and what is known about it.

    ``expected`` holds ``shape``, ``voxel_mm3``, ``orientation``, ``ml`` and ``voxels`` (by the label's
    value as text) and, for Couinaud maps, ``remnant_percent`` (plan notation → percent of the total).
    """

    name: str
    path: Path
    expected: dict[str, Any]


def _read_expected() -> dict[str, Any]:
    path = REAL_DATA / "expected.json"
    if not path.is_file():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def pytest_configure() -> None:
    """No test waits for a slow machine to tell its progress; those about progress set their own times."""
    from flr.cli import progress

    progress.FIRST_S = 3600.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is marked ``real`` where the real segmentations are absent."""
    if REAL_DATA.is_dir():
        return
    for item in items:
        if item.get_closest_marker("real"):
            item.add_marker(pytest.mark.skip(reason=_ABSENT))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that asks for ``real_case`` one run per real label file."""
    if "real_case" not in metafunc.fixturenames:
        return
    cases = [
        pytest.param(RealCase(name, REAL_DATA / name, expected), id=name, marks=pytest.mark.real)
        for name, expected in _read_expected().items()
    ]
    absent = pytest.param(None, id="absent", marks=[pytest.mark.real, pytest.mark.skip(reason=_ABSENT)])
    metafunc.parametrize("real_case", cases or [absent])


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds ``pyproject.toml``."""
    return CHECKOUT


@pytest.fixture(scope="session")
def sample_data(checkout: Path) -> Path:
    """The bundled sample case."""
    return checkout / "sample_data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real segmentations; the test is skipped where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip(_ABSENT)
    return REAL_DATA


@pytest.fixture(scope="session")
def expected(real_data: Path) -> dict[str, Any]:
    """Known volumes and remnant shares of the real label files, by path relative to ``real_data``."""
    return _read_expected()
