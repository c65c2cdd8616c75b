"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flr.errors import EnvironmentFailure

_BLOCK_BYTES = 1 << 20


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


def input_files(name: str, paths: Sequence[Path]) -> InputFile:
    """One input that lies in several files: the hash of their hashes, whatever they are called.

    A single file has the hash of its bytes.
    """
    hashes = sorted(sha256_of(path) for path in paths)
    together = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    return InputFile(name, together)
