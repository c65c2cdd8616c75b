"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flr.errors import EnvironmentFailure

_BLOCK_BYTES = 1 << 20

RECORD_NAME = ".flr.json"
"""Stands in a folder of results and says which of its files were written here, by what, and their hashes."""

_RECORD_SCHEMA = "flr-written/1"


@dataclass(frozen=True, slots=True)
class InputFile:
    """An input by name and content; the folder it came from is not kept."""

    name: str
    sha256: str


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` and rename it into place on success.

    On any failure the temporary file is removed and whatever stood at ``path`` stays as it was.
    The temporary name keeps the suffixes of ``path``, because some writers choose by suffix.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be made or written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".flr-", suffix="-" + path.name)
        os.close(handle)
    except OSError as error:
        raise EnvironmentFailure(
            f"cannot write into {path.parent}: {error.strerror}; choose a folder that can be written"
        ) from error
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise EnvironmentFailure(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content``, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


@dataclass(frozen=True, slots=True)
class _Written:
    """A file of a result: what wrote it, and the hashes that it may have."""

    by: str
    sha256: tuple[str, ...]


def put_in_place(aside: Path, out_dir: Path, names: Sequence[str], *, by: str) -> list[Path]:
    """Move the files of a result into a folder, and remove what only the last result of its kind had.

    Parameters
    ----------
    aside : Path
        A folder on the same disk that holds the new files, whole.
    out_dir : Path
        There already.
    names : sequence of str
        The new files, relative, with ``/``.
    by : str
        Kind of the result: one kind never removes the files of another.

    Returns
    -------
    list of Path
        The files in ``out_dir``, in the order of ``names``.

    Raises
    ------
    EnvironmentFailure
        If a file stands in the way that was not written here, or was changed since; nothing is moved then.
    OSError
        If the disk fails.

    Notes
    -----
    The record of what was written (:data:`RECORD_NAME`) is completed before the first file is moved and
    shortened after the last, so that an interrupted call loses track of nothing.
    """
    known = _read_record(out_dir)
    new = {name: sha256_of(aside / name) for name in names}
    for name, sha256 in new.items():
        _require_free(out_dir, name, (*(known[name].sha256 if name in known else ()), sha256))
    both = {name: (sha256, *(known[name].sha256 if name in known else ())) for name, sha256 in new.items()}
    _write_record(out_dir, known | {name: _Written(by, hashes) for name, hashes in both.items()})
    placed = []
    for name in names:
        target = out_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (aside / name).replace(target)
        placed.append(target)
    for name, written in known.items():
        if written.by == by and name not in new:
            _remove(out_dir, name, written)
    others = {name: written for name, written in known.items() if written.by != by}
    _write_record(out_dir, others | {name: _Written(by, (sha256,)) for name, sha256 in new.items()})
    return placed


def changed_since_written(folder: Path) -> tuple[str, ...]:
    """Files of a result, relative, that are there but not as they were written into the folder.

    Raises
    ------
    EnvironmentFailure
        If the record of what was written is damaged.
    """
    return tuple(
        name
        for name, written in sorted(_read_record(folder).items())
        if (folder / name).is_file() and not _is(folder / name, written.sha256)
    )


def _require_free(out_dir: Path, name: str, hashes: Sequence[str]) -> None:
    """The place of a file is empty, or holds what may be replaced."""
    in_the_way = _no_folder(out_dir, name)
    path = out_dir / name
    if in_the_way is None and os.path.lexists(path) and not _is(path, hashes):
        in_the_way = name
    if in_the_way is not None:
        raise EnvironmentFailure(
            f"{in_the_way} in {out_dir} was not written by flr, or was changed since; nothing was replaced:"
            " move it away or choose another folder"
        )


def _no_folder(out_dir: Path, name: str) -> str | None:
    """What stands where a folder of the file's own has to; None where nothing does."""
    for parent in reversed(PurePosixPath(name).parents[:-1]):
        path = out_dir / parent
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            return parent.as_posix()
    return None


def _is(path: Path, hashes: Sequence[str]) -> bool:
    return path.is_file() and not path.is_symlink() and sha256_of(path) in hashes


def _remove(out_dir: Path, name: str, written: _Written) -> None:
    """Remove a file that is still as it was written, and its folder of ours when that is empty."""
    if _no_folder(out_dir, name) is not None or not _is(out_dir / name, written.sha256):
        return
    (out_dir / name).unlink()
    for parent in PurePosixPath(name).parents[:-1]:
        if any((out_dir / parent).iterdir()):
            return
        (out_dir / parent).rmdir()


def _read_record(folder: Path) -> dict[str, _Written]:
    """What was written into a folder; nothing where no record stands.

    Raises
    ------
    EnvironmentFailure
        If a file of the record's name is none: it is not ours to replace.
    """
    try:
        document = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
        if document["schema"] != _RECORD_SCHEMA:
            raise ValueError("of another kind")
        found = {str(f["name"]): _Written(str(f["by"]), tuple(f["sha256"])) for f in document["files"]}
    except FileNotFoundError:
        return {}
    except (ValueError, LookupError, TypeError) as error:
        raise EnvironmentFailure(
            f"{RECORD_NAME} in {folder} is not what this version of flr writes there; move it away or choose"
            " another folder"
        ) from error
    return {name: written for name, written in found.items() if _is_inside(name)}


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _write_record(folder: Path, files: Mapping[str, _Written]) -> None:
    rows = [{"name": n, "by": w.by, "sha256": list(w.sha256)} for n, w in sorted(files.items())]
    write_text(folder / RECORD_NAME, json.dumps({"schema": _RECORD_SCHEMA, "files": rows}, indent=1) + "\n")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, read block by block."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def input_file(path: Path) -> InputFile:
    """Name and hash of an input."""
    return InputFile(path.name, sha256_of(path))
