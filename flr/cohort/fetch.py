"""The files of a case as paths that can be opened: local ones as they are, others fetched for a while."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Final

from flr.cohort.fingerprint import Stamps, digest_of, stamps_of
from flr.cohort.manifest import CaseRow
from flr.cohort.request import given_paths
from flr.errors import EnvironmentFailure, FLRError, ReadError

# What a store says of a file that changes whenever its bytes do; the first one that it has counts.
_VERSIONS: Final = (
    "ETag",
    "etag",
    "md5Hash",
    "content_md5",
    "mtime",
    "LastModified",
    "last_modified",
    "created",
)


def is_remote(text: str) -> bool:
    """Whether a path of the manifest names an address and not a local file.

    >>> is_remote("s3://livers/a.nii.gz"), is_remote("livers/a.nii.gz")
    (True, False)
    """
    return "://" in text


def stamps(row: CaseRow) -> Stamps:
    """Sizes and times of all files of a row; nothing is fetched, and no voxel is read.

    Raises
    ------
    ReadError
        If a remote file is absent.
    EnvironmentFailure
        If a store cannot be reached, or the library for it is missing.
    """
    given = given_paths(row)
    remote = [_remote_stamps(text) for several in given.values() for text in several if is_remote(text)]
    return stamps_of(row, _local(row, given), remote=remote)


@contextlib.contextmanager
def opened(row: CaseRow) -> Iterator[Mapping[str, tuple[Path, ...]]]:
    """The files of a row by column, for as long as the context lasts.

    Raises
    ------
    ReadError, EnvironmentFailure
        As :func:`stamps`.
    """
    given = given_paths(row)
    if not any(is_remote(text) for several in given.values() for text in several):
        yield _local(row, given)
        return
    with tempfile.TemporaryDirectory(prefix="flr-") as folder:
        yield {
            column: tuple(
                _fetch(text, Path(folder) / f"{column}-{number}")
                if is_remote(text)
                else Path(row.folder) / text
                for number, text in enumerate(several)
            )
            for column, several in given.items()
        }


def _local(row: CaseRow, given: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[Path, ...]]:
    return {
        column: tuple(Path(row.folder) / text for text in several if not is_remote(text))
        for column, several in given.items()
    }


class _Reaching:
    """Whatever a store's library raises becomes one failure of the world outside."""

    def __init__(self, text: str) -> None:
        self.name = PurePosixPath(text).name

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or not isinstance(error, Exception) or isinstance(error, FLRError):
            return
        if isinstance(error, FileNotFoundError):
            raise ReadError(f"{self.name} is not where the manifest says; check the address") from error
        if isinstance(error, ImportError):
            raise EnvironmentFailure(
                "an address in a manifest needs fsspec (pip install 'flr[cluster]') and its library for that "
                f"store, such as s3fs or gcsfs: {error.name or 'one of them'} is missing"
            ) from error
        raise EnvironmentFailure(
            f"{self.name} cannot be fetched ({kind.__name__}); try again later"
        ) from error


def _remote_stamps(text: str) -> Stamps:
    with _Reaching(text):
        files, path = _store(text)
        found: dict[str, dict[str, Any]] = files.find(path, detail=True)
        if not found:
            raise FileNotFoundError(path)
        versions = [
            (name, entry.get("size"), *((key, str(entry[key])) for key in _VERSIONS if key in entry))
            for name, entry in sorted(found.items())
        ]
    return Stamps(digest_of([text, versions]), settled=all(len(version) > 2 for version in versions))


def _fetch(text: str, folder: Path) -> Path:
    with _Reaching(text):
        files, path = _store(text)
        folder.mkdir()
        target = folder / PurePosixPath(path).name
        files.get(path, str(target), recursive=files.isdir(path))
    return target


def _store(text: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    files, path = url_to_fs(text)
    return files, str(path).rstrip("/")
