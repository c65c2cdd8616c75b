"""Whether a case has changed: digests of what it asks for and of every file that its answer depends on."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from flr.cohort.manifest import PATH_COLUMNS, CaseRow, plan_file
from flr.files import sha256_of
from flr.version import VERSION

UNIT_VERSION: Final = 1
"""Goes up when the same case would give another record although the version of flr stays."""

ABSENT: Final = "absent"

# What may lie beside a label file and be read with it: tables of names, the other half of a pair, raw voxels.
_BESIDE = (
    *(".txt", ".ctbl", ".csv", ".tsv", ".json"),
    *(".img", ".hdr", ".img.gz", ".hdr.gz", ".raw", ".zraw", ".raw.gz"),
)
_OF_THE_FOLDER = ("dseg.tsv", "dataset.json")
_DOUBLE_SUFFIXES = (".seg.nrrd", ".nii.gz", ".img.gz", ".hdr.gz")
_DETACHED = (".nhdr", ".mhd")
_DATA_FILE = re.compile(rb"^(?:data ?file:|ElementDataFile\s*=)\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_HEADER_BYTES = 1 << 16

# A file changed within this time of being looked at may change again without its times telling.
_FRESH_NS = 2_000_000_000


def options_digest(row: CaseRow) -> str:
    """Digest of everything that a row asks for but the content of its files, which go in by name.

    The version of flr is part of it, since another version may compute another number.
    """
    cells = {name: _asked(name, text) for name, text in sorted(row.cells.items())}
    return digest_of([UNIT_VERSION, VERSION, row.case_id, cells])


@dataclass(frozen=True, slots=True)
class Stamps:
    """Sizes and times of all files of a case.

    ``settled`` is False where the same stamps do not prove the same bytes: a file was changed a moment ago.
    """

    digest: str
    settled: bool


def stamps_of(
    row: CaseRow, paths: Mapping[str, tuple[Path, ...]], *, remote: Sequence[Stamps] = ()
) -> Stamps:
    """Sizes and times of the local files of a row, read without opening them."""
    now_ns = time.time_ns()
    settled = all(one.settled for one in remote)
    stamps: list[tuple[str | int, ...]] = [(one.digest,) for one in remote]
    for column, name, path in _files(row, paths):
        try:
            stat = path.stat()
        except OSError:
            stamps.append((column, name, ABSENT))
            continue
        newest_ns = max(stat.st_mtime_ns, stat.st_ctime_ns)
        settled = settled and newest_ns < now_ns - _FRESH_NS
        stamps.append((column, name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return Stamps(digest_of(stamps), settled)


def content_digest(row: CaseRow, paths: Mapping[str, tuple[Path, ...]]) -> str:
    """Digest of the bytes of all files; one that is absent counts as such."""
    return digest_of(
        [
            (column, name, sha256_of(path) if path.is_file() else ABSENT)
            for column, name, path in _files(row, paths)
        ]
    )


def _files(row: CaseRow, paths: Mapping[str, tuple[Path, ...]]) -> Iterator[tuple[str, str, Path]]:
    """Every file that may matter: its column, its name below what was given, its path."""
    for column, several in sorted(paths.items()):
        for given in several:
            if column not in PATH_COLUMNS:
                yield column, given.name, given  # a plan or a table of errors stands for itself
            elif given.is_dir():
                for path in sorted(p for p in given.rglob("*") if p.is_file()):
                    yield column, path.relative_to(given).as_posix(), path
                yield from _tables_of(column, given.parent)
            else:
                yield column, given.name, given
                for path in _beside(given):
                    yield column, path.name, path
                yield from _tables_of(column, given.absolute().parent)
                yield from _tables_of(f"{column}/..", given.absolute().parent.parent)
    scheme = row.cells.get("scheme", "")
    if scheme.casefold().endswith(".json"):
        yield "scheme", PurePosixPath(scheme).name, Path(row.folder) / scheme


def _tables_of(column: str, folder: Path) -> Iterator[tuple[str, str, Path]]:
    for name in _OF_THE_FOLDER:
        path = folder / name
        if path.is_file():
            yield column, name, path


def _beside(path: Path) -> Iterator[Path]:
    lower = path.name.casefold()
    suffix = next((s for s in _DOUBLE_SUFFIXES if lower.endswith(s)), path.suffix)
    stem = path.name[: len(path.name) - len(suffix)]
    for ending in _BESIDE:
        other = path.with_name(stem + ending)
        if other != path and other.is_file():
            yield other
    if suffix.casefold() in _DETACHED and path.is_file():
        yield from _detached(path)


def _detached(header: Path) -> Iterator[Path]:
    """Files that hold the voxels of a header; a list or a pattern stands for all that lies beside it."""
    with header.open("rb") as stream:
        found = _DATA_FILE.search(stream.read(_HEADER_BYTES))
    named = header.parent / found[1].decode("utf-8", "replace") if found else header
    if named.is_file():
        if named != header:
            yield named
    else:
        yield from sorted(p for p in header.parent.iterdir() if p.is_file() and p != header)


def _asked(column: str, text: str) -> str | list[str]:
    """A cell without the folders of its files."""
    if column in PATH_COLUMNS or column == "errors":
        return [PurePosixPath(part.strip()).name for part in text.split(";")]
    if column == "plan":
        files = [(part, plan_file(part)) for part in text.split(";")]
        return ";".join(
            part if file is None else PurePosixPath(file[0]).name + file[1] for part, file in files
        )
    return text


def digest_of(content: object) -> str:
    """SHA-256 of something that JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
