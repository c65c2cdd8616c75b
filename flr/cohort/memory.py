"""Whether the workers fit into memory, asked before any of them starts."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flr.cohort.fetch import is_remote
from flr.cohort.manifest import CaseRow
from flr.cohort.request import given_paths
from flr.errors import EnvironmentFailure, FLRError

WORKER_MIB: Final = 130.0
"""A worker with NumPy and SciPy loaded, before its case."""

BYTES_PER_VOXEL: Final = 4.5
"""Of a whole map: a liver with tumours takes about 45 bytes per voxel of its box, a tenth of the map."""

_SAMPLE = 50  # cases whose headers are read
_MIB = float(1 << 20)
_CGROUP_FILES = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def case_mib(row: CaseRow) -> float:
    """What a worker is likely to need at most for one case, from the headers of its files. [MiB]

    A file that cannot be opened counts for nothing: its case fails early.
    """
    voxels = 0
    if row.cells.get("only"):
        return WORKER_MIB  # counting streams: nothing grows with the map
    for several in given_paths(row).values():
        for text in several:
            if not is_remote(text):
                voxels = max(voxels, _voxels(Path(row.folder) / text))
    return WORKER_MIB + voxels * BYTES_PER_VOXEL / _MIB


def _voxels(path: Path) -> int:
    from flr.io.inputs import is_label_name, label_files
    from flr.io.stacks import is_stack, maps_of_stack

    if not path.is_dir() and is_stack(path):
        with contextlib.suppress(FLRError, OSError):
            return max(_of_labels(one) for one in maps_of_stack(path))
        return 0
    if not path.is_dir():
        return _of_labels(path) if is_label_name(path.name) else _of_dicom([path])
    masks = label_files(path)  # on one grid, as a rule
    others = [p for p in sorted(path.rglob("*")) if p.is_file() and not is_label_name(p.name)]
    return max(_of_labels(masks[0]) if masks else 0, _of_dicom(others))


def _of_labels(path: Path) -> int:
    from flr.io.source import open_sources

    with contextlib.suppress(FLRError, OSError):
        return max(math.prod(source.grid.shape) for source in open_sources(path))
    return 0


def _of_dicom(files: Sequence[Path]) -> int:
    """At most, as if all files were slices of one series or frames of one file; a few headers are read."""
    from flr.dicom.header import read_header

    voxels = 0
    with contextlib.suppress(OSError):
        for path in {files[0], files[len(files) // 2], max(files, key=_size)} if files else ():
            with contextlib.suppress(FLRError):
                header = read_header(path)
                if header is not None:
                    slices = max(header.whole("NumberOfFrames", 1), len(files))
                    voxels = max(voxels, header.whole("Rows") * header.whole("Columns") * slices)
    return voxels


def _size(path: Path) -> int:
    return path.stat().st_size


def available_mib() -> float | None:
    """Memory that can still be had, in a container too; None where the system does not tell. [MiB]"""
    found = []
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found.append(int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) / 1024.0)
    for limit, used in _CGROUP_FILES:
        with contextlib.suppress(OSError, ValueError):
            most, now = (int(Path(name).read_text(encoding="ascii")) for name in (limit, used))
            found.append(max(0.0, most - now) / _MIB)
    return min(found, default=None)


def workers_that_fit(rows: Sequence[CaseRow], wanted: int, *, free_mib: float | None = None) -> int:
    """How many of the wanted workers fit beside each other, at least one.

    Parameters
    ----------
    rows : sequence of CaseRow
        Headers of a sample, evenly spread over them, are read.
    wanted : int
    free_mib : float, optional
        In place of :func:`available_mib`. [MiB]
    """
    free_mib = available_mib() if free_mib is None else free_mib
    if free_mib is None:
        return wanted
    return max(1, min(wanted, int(free_mib / largest_mib(rows))))


def check_memory(rows: Sequence[CaseRow], workers: int, *, free_mib: float | None = None) -> None:
    """Refuse more workers than fit.

    Raises
    ------
    EnvironmentFailure
        With the numbers, and how many workers would fit.
    """
    fit = workers_that_fit(rows, workers, free_mib=free_mib)
    if fit < workers:
        free_mib = available_mib() if free_mib is None else free_mib
        raise EnvironmentFailure(
            f"{workers} workers need about {workers * largest_mib(rows):.0f} MiB for cases of this size and "
            f"{free_mib:.0f} MiB are free; give --workers {fit}"
        )


def largest_mib(rows: Sequence[CaseRow]) -> float:
    """The largest of a sample of cases. [MiB]"""
    step = max(1, len(rows) // _SAMPLE)
    return max((case_mib(row) for row in rows[::step]), default=WORKER_MIB)
