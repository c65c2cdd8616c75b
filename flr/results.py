"""A result as files in a folder: written aside, put in place as one, and known again later.

Several files cannot be renamed at once. So the old result leaves first, then the new one comes, and a record
says beforehand what is about to happen: a run that is killed between two renames leaves files of one result
alone, never of two, and the next run completes what was begun. The record is written last.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from flr.errors import EnvironmentFailure
from flr.files import clear_rests, held, open_file, sha256_of, write_text

RECORD_NAME = ".flr.json"
"""Stands in a folder of results and says which of its files were written here, by what, and their hashes."""

RESULT_NAME = "assessment.json"
"""The result in a folder of `flr assess --out`."""

_RECORD_SCHEMA = "flr-written/1"
_ID: Final = re.compile(rb"flr-result-[0-9a-f]{16}")
_ASIDE: Final = re.compile(r"\.flr-[A-Za-z0-9_]+")
_MOST_SEARCHED = 64 << 20
_LONGEST_WAIT_S = 30.0


def result_id(fingerprint: str) -> str:
    """The identifier that every file of a result carries, of a fingerprint of what the result says.

    >>> result_id("0123456789abcdef0123")
    'flr-result-0123456789abcdef'
    """
    return f"flr-result-{fingerprint[:16]}"


def result_id_in(path: Path) -> str | None:
    """The identifier of a result that a file of any format carries; None where it has none.

    Raises
    ------
    ReadError
        If the file cannot be read.
    """
    with open_file(path, expected="a file of a result") as file:
        content = file.read(_MOST_SEARCHED)
    if content.startswith(b"\x1f\x8b"):  # a label map: its header is enough
        with contextlib.suppress(zlib.error):
            content = zlib.decompressobj(31).decompress(content, 1024)
    found = _ID.search(content)
    return found[0].decode() if found else None


# --- the record -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a result: what wrote it, the hashes that it may have, and the result it belongs to."""

    by: str
    sha256: tuple[str, ...]
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """A result whose files are being put in place: where they lie until then, and their hashes."""

    by: str
    aside: str
    result: str | None
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FolderRecord:
    """What was written into a folder, file by file, and what was about to be."""

    files: Mapping[str, Written] = field(default_factory=dict)
    pending: Pending | None = None


def read_record(folder: Path) -> FolderRecord:
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
        files = {
            str(f["name"]): Written(str(f["by"]), tuple(f["sha256"]), f.get("result"))
            for f in document["files"]
        }
        pending = None if document.get("pending") is None else _pending(document["pending"])
    except FileNotFoundError:
        return FolderRecord()
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise EnvironmentFailure(
            f"{RECORD_NAME} in {folder} is not what this version of flr writes there; move it away or choose"
            " another folder"
        ) from error
    return FolderRecord({name: one for name, one in files.items() if _is_inside(name)}, pending)


def _pending(document: Mapping[str, Any]) -> Pending | None:
    aside, files = str(document["aside"]), {str(n): str(h) for n, h in document["files"].items()}
    if _ASIDE.fullmatch(aside) is None or not all(map(_is_inside, files)):
        return None
    return Pending(str(document["by"]), aside, document.get("result"), files)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _write_record(folder: Path, record: FolderRecord) -> None:
    rows = [
        {"name": n, "by": w.by, "sha256": list(w.sha256)} | ({} if w.result is None else {"result": w.result})
        for n, w in sorted(record.files.items())
    ]
    document: dict[str, Any] = {"schema": _RECORD_SCHEMA, "files": rows}
    if record.pending is not None:
        one = record.pending
        document["pending"] = {
            "by": one.by,
            "aside": one.aside,
            "result": one.result,
            "files": dict(one.files),
        }
    write_text(folder / RECORD_NAME, json.dumps(document, indent=1) + "\n")


# --- writing ----------------------------------------------------------------------------------


def write_result(
    out_dir: Path, write: Callable[[Path], Sequence[str]], *, by: str, result: str | None = None
) -> list[Path]:
    """Write the files of a result into a folder, in the place of the last result of its kind.

    Parameters
    ----------
    out_dir : Path
        Made where it is missing.
    write : callable
        Gets a fresh folder on the same disk, writes everything into it, and returns the names of the files,
        relative, with ``/``.
    by : str
        Kind of the result: one kind never removes the files of another.
    result : str, optional
        Identifier that the files carry (:func:`result_id`).

    Returns
    -------
    list of Path
        The files in ``out_dir``, in the order of their names. Files that nothing here wrote stay as they are.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written, a file stands in the way that was not written here or was changed
        since, or a file cannot be moved (another program holds it open): the old result then stands whole.
    """
    out_dir = Path(out_dir)
    made_here = not out_dir.exists()
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        with _aside(out_dir) as aside:
            names = list(write(aside / "new"))
            with _alone_in(out_dir):
                _complete(out_dir)
                clear_rests(out_dir)
                _put_in_place(out_dir, aside, names, by, result)
        return [out_dir / name for name in names]
    except OSError as error:
        if isinstance(error, EnvironmentFailure):
            raise
        raise EnvironmentFailure(
            f"cannot write into {out_dir}: {error.strerror or error}; choose a folder that can be written"
        ) from error
    finally:
        if made_here and out_dir.is_dir() and not any(out_dir.iterdir()):
            out_dir.rmdir()


@contextlib.contextmanager
def _alone_in(out_dir: Path) -> Iterator[None]:
    """Wait until no other run puts its files into the folder."""
    until = time.monotonic() + _LONGEST_WAIT_S
    while True:
        with held(out_dir) as is_held:
            if is_held:
                yield
                return
        if time.monotonic() > until:
            raise EnvironmentFailure(
                f"another run has been writing into {out_dir} for {_LONGEST_WAIT_S:g} s; choose another"
                " folder"
            )
        time.sleep(0.05)


@contextlib.contextmanager
def _aside(out_dir: Path) -> Iterator[Path]:
    """A folder that is held while it is in use, so that no other run takes it for a rest."""
    while True:
        path = Path(tempfile.mkdtemp(dir=out_dir, prefix=".flr-"))
        with held(path) as is_held:
            if not is_held:  # another run cleared it before it was held
                continue
            try:
                (path / "new").mkdir()
                (path / "old").mkdir()
                yield path
            finally:
                shutil.rmtree(path, ignore_errors=True)
            return


def _put_in_place(out_dir: Path, aside: Path, names: Sequence[str], by: str, result: str | None) -> None:
    """Let the old result of a kind leave and the new one come; undo all of it when the disk refuses."""
    before = read_record(out_dir)
    new = {name: sha256_of(aside / "new" / name) for name in names}
    for name, sha256 in new.items():
        _require_free(out_dir, name, (*(before.files[name].sha256 if name in before.files else ()), sha256))
    for name in names:
        _flush(aside / "new" / name)
    _write_record(out_dir, replace(before, pending=Pending(by, aside.name, result, new)))
    try:
        _move(out_dir, aside, before, by, new)
    except OSError as error:
        _move_back(out_dir, aside, new)
        _write_record(out_dir, before)
        raise EnvironmentFailure(
            f"a file in {out_dir} cannot be replaced: {error.strerror or error}; the earlier result stands"
            " there unchanged: close what holds its files open, or choose another folder"
        ) from error
    _write_record(out_dir, _after(before, by, result, new))


def _after(before: FolderRecord, by: str, result: str | None, new: Mapping[str, str]) -> FolderRecord:
    others = {name: written for name, written in before.files.items() if written.by != by}
    return FolderRecord(others | {name: Written(by, (sha256,), result) for name, sha256 in new.items()})


def _move(out_dir: Path, aside: Path, before: FolderRecord, by: str, new: Mapping[str, str]) -> None:
    """Old files out, new files in; what was done before is left as it is."""
    for name, written in before.files.items():
        is_new = name in new and _is(out_dir / name, (new[name],)) and not (aside / "new" / name).exists()
        if is_new or (written.by != by and name not in new) or _no_folder(out_dir, name) is not None:
            continue
        if _is(out_dir / name, written.sha256):
            _rename(out_dir / name, aside / "old" / name)
    for name in new:
        if (aside / "new" / name).exists():
            _rename(aside / "new" / name, out_dir / name)
    for name in before.files:
        if name not in new:
            _remove_empty_folders(out_dir, name)


def _move_back(out_dir: Path, aside: Path, new: Mapping[str, str]) -> None:
    for name in new:
        if not (aside / "new" / name).exists() and (out_dir / name).exists():
            with contextlib.suppress(OSError):
                _rename(out_dir / name, aside / "new" / name)
                _remove_empty_folders(out_dir, name)
    for path in sorted((aside / "old").rglob("*")):
        if path.is_file():
            with contextlib.suppress(OSError):
                _rename(path, out_dir / path.relative_to(aside / "old"))


def _complete(out_dir: Path) -> None:
    """Finish what a killed run had begun to put in place, or forget what is lost of it."""
    record = read_record(out_dir)
    one = record.pending
    if one is None:
        return
    aside = out_dir / one.aside
    whole = all(
        _is(aside / "new" / name, (sha256,)) or _is(out_dir / name, (sha256,))
        for name, sha256 in one.files.items()
    )
    if whole:
        _move(out_dir, aside, record, one.by, one.files)
        _write_record(out_dir, _after(record, one.by, one.result, one.files))
        return
    # Something else took files away: what is there stays known, by either hash, so that it can be replaced.
    both = {
        name: Written(one.by, (sha256, *(record.files[name].sha256 if name in record.files else ())))
        for name, sha256 in one.files.items()
    }
    _write_record(out_dir, FolderRecord({**record.files, **both}))


def _rename(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)


def _flush(path: Path) -> None:
    """Let the disk have a file before its name counts: a power cut leaves no empty one."""
    with contextlib.suppress(OSError), path.open("rb+") as file:
        os.fsync(file.fileno())


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


def _remove_empty_folders(out_dir: Path, name: str) -> None:
    """Remove the folders of a file of ours, from below, as far as they are empty."""
    if _no_folder(out_dir, name) is not None:
        return
    for parent in PurePosixPath(name).parents[:-1]:
        folder = out_dir / parent
        if not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()


# --- looking at what stands in a folder -------------------------------------------------------


def faults_of(folder: Path) -> tuple[tuple[str, str], ...]:
    """What is wrong with the files of results in a folder: name, and what is the matter with it.

    Files that were edited, that are gone, or that belong to another run than the rest; a run that was
    stopped while it put its files in place.

    Raises
    ------
    EnvironmentFailure
        If the record of what was written is damaged.
    """
    record = read_record(folder)
    found: list[tuple[str, str]] = []
    if record.pending is not None:
        found.append(
            (
                RECORD_NAME,
                "a run was stopped while it put its files into this folder: some of them are missing; the"
                " next run into it completes them",
            )
        )
    for name, written in sorted(record.files.items()):
        path = folder / name
        if not os.path.lexists(path):
            if record.pending is None:
                found.append((name, f"{name} was written with the result and is gone"))
        elif not _is(path, written.sha256):
            found.append(
                (name, f"{name} is not the file that was written with the result: it was edited or damaged")
            )
    return tuple(found)


def strangers_in(folder: Path, result: str, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Files of a folder that say they belong to another result than the one asked about.

    Parameters
    ----------
    folder : Path
    result : str
        Identifier of the result.
    names : sequence of str
        Files to look at; one that is missing or carries no identifier says nothing.
    """
    found = []
    for name in names:
        if not (folder / name).is_file():
            continue
        other = result_id_in(folder / name)
        if other not in (None, result):
            found.append(
                (name, f"{name} belongs to {other}, not to {result}: the folder holds files of two results")
            )
    return tuple(found)
