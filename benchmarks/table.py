"""The report: rows of one Markdown table. Imports nothing heavy."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

COLUMNS = ("row", "operation", "peer", "input", "floor", "target", "measured: median (least–most)", "met")

LIBRARIES = (
    *("flr", "numpy", "scipy", "nibabel", "zlib-ng", "pydicom", "highdicom", "SimpleITK", "isal"),
    *("connected-components-3d", "scikit-image", "distributed"),
)

MIB = float(1 << 20)


@dataclass(frozen=True)
class Row:
    """One line; ``floor`` is what hardware must do at least, ``met`` a dash where nothing is promised."""

    key: str
    what: str
    peer: str
    of: str
    floor: str
    target: str
    result: str
    met: str = "–"

    def __str__(self) -> str:
        return "| " + " | ".join(astuple(self)) + " |"


def head() -> str:
    return "| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS)


def rows_in(printed: str) -> list[Row]:
    """Rows that another script of this folder printed."""
    lines = [line.strip("| \n").split(" | ") for line in printed.splitlines() if line.startswith("| ")]
    return [Row(*cells) for cells in lines if tuple(cells) != COLUMNS]


def spread(values: Sequence[float], digits: int = 2) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def yes(met: bool) -> str:
    return "yes" if met else "**no**"


def megabytes(n: float) -> str:
    return f"{n / 1e6:.2g} MB" if n < 1e7 else f"{n / 1e6:.0f} MB"


def machine() -> str:
    cpu = platform.processor() or "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [
            line.partition(":")[2].strip()
            for line in cpuinfo.read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    versions = [f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES if installed(name)]
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}"


def load() -> float:
    """Processes that wanted a core in the last minute. NaN where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
