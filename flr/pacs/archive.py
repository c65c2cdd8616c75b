"""What an archive (PACS) can do, whichever way it is spoken to, and how failures are told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from flr.errors import EnvironmentFailure

_T = TypeVar("_T")

DRAWN = ("SEG", "RTSTRUCT")
"""Modalities of segmentations."""

IMAGES = ("CT", "MR")
"""Modalities that segmentations are drawn on."""

OWN_DESCRIPTION = "flr "
"""Descriptions of the series that this package writes begin like this."""


class ArchiveUnreachable(EnvironmentFailure):
    """Nobody answers, or the connection broke, after every attempt: it says nothing about a study."""


class ArchiveRefused(EnvironmentFailure):
    """The archive answered and would not: credentials, rights, or the request itself."""


@dataclass(frozen=True, slots=True)
class SeriesEntry:
    """One series as the archive lists it. Identifiers are for matching, never shown."""

    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    modality: str
    description: str = field(default="", repr=False)
    instances: int | None = None

    @property
    def is_own(self) -> bool:
        """Whether this package wrote it."""
        return self.description.startswith(OWN_DESCRIPTION)


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What became of some files.

    Parameters
    ----------
    stored, present : int
        Sent now; there already.
    failed : tuple of (str, str)
        Name of each file that is not in the archive, and why.
    """

    stored: int
    present: int
    failed: tuple[tuple[str, str], ...] = ()


class Archive(Protocol):
    """One connection to an archive."""

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        ...

    def studies(self, wanted: Mapping[str, str]) -> list[str]:
        """UIDs of the studies with these attributes (keyword to value)."""
        ...

    def series(self, wanted: Mapping[str, str]) -> list[SeriesEntry]:
        """Series with these attributes."""
        ...

    def retrieve(self, entry: SeriesEntry, folder: Path) -> tuple[int, int]:
        """Bring a series into a folder; how many files came now and how many were there already."""
        ...

    def store(self, paths: Sequence[Path]) -> StoreReport:
        """Send files; those that the archive has already are left alone."""
        ...


def short_name(uid: str) -> str:
    """Stands for a UID in names of files and in messages.

    >>> short_name("1.2.3")
    'c47f5b18'
    """
    return hashlib.sha256(uid.encode()).hexdigest()[:8]


def file_name(uid: str) -> str:
    """Name of the file of an instance; says nothing of the patient or the study."""
    return f"{hashlib.sha256(uid.encode()).hexdigest()[:24]}.dcm"


def attempts(
    action: Callable[[], _T],
    *,
    passing: Callable[[Exception], bool],
    kinds: tuple[type[Exception], ...],
    most: int,
    wait: Callable[[int], None],
) -> _T:
    """Do something, again where it failed in a way that may pass; the last failure is raised.

    Parameters
    ----------
    action : callable
    passing : callable
        Whether a failure may be gone at the next attempt.
    kinds : tuple of exception types
        Failures that are looked at; all others are raised at once.
    most : int
        Attempts in all.
    wait : callable
        Waits after attempt n, counted from 1.
    """
    for n in range(1, most):
        try:
            return action()
        except kinds as error:
            if not passing(error):
                raise
        wait(n)
    return action()


def batches(paths: Iterable[Path], most_bytes: int) -> list[list[Path]]:
    """Files in groups of at most some bytes; a larger file is alone."""
    groups: list[list[Path]] = []
    used = most_bytes
    for path in paths:
        size = path.stat().st_size
        if used + size > most_bytes:
            groups.append([])
            used = 0
        groups[-1].append(path)
        used += size
    return groups
