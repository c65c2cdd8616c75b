"""Whether a case has changed: digests of what it asks for and of every file that its answer depends on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from flr.cohort.manifest import PATH_COLUMNS, CaseRow, plan_file
from flr.files import sha256_of
from flr.io.sidecars import tables_of_folders
from flr.version import VERSION

UNIT_VERSION: Final = 2
"""Goes up when the same case would give another record although the version of flr stays."""

ABSENT: Final = "absent"


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
    """Sizes and times of the local files of a row; of label files and images the headers are read."""
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
    from flr.io.source import files_of

    for column, several in sorted(paths.items()):
        for given in several:
            if column not in PATH_COLUMNS:
                yield column, given.name, given  # a plan or a table of errors stands for itself
            elif given.is_dir():
                for path in sorted(p for p in given.rglob("*") if p.is_file()):
                    yield column, path.relative_to(given).as_posix(), path
                yield from _tables_above(column, given)
            else:
                opened = files_of(given) if given.is_file() else ()
                for path in dict.fromkeys((given, *opened)):
                    yield column, path.name, path
                yield from _tables_above(column, given)
    scheme = row.cells.get("scheme", "")
    if scheme.casefold().endswith(".json"):
        yield "scheme", PurePosixPath(scheme).name, Path(row.folder) / scheme


def _tables_above(column: str, given: Path) -> Iterator[tuple[str, str, Path]]:
    for level, tables in enumerate(tables_of_folders(given)):
        for table in tables:
            yield column + "/.." * level, table.name, table


def _asked(column: str, text: str) -> str | list[str]:
    """A cell without the folders of its files."""
    if column in PATH_COLUMNS or column in ("errors", "site"):
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
