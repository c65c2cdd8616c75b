"""Reading no more than a file may hold, and writing so that a reader never sees half of a file."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flr.errors import EnvironmentFailure, ReadError

_BLOCK_BYTES = 1 << 20
_UNDECODED: Final = re.compile(r"[\ud800-\udfff]")
_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
OFFICE_ENCODINGS: Final = ("utf-8-sig", "cp1252", "latin-1")
"""For tables that people write in spreadsheets: UTF-8, else what Windows in Western Europe writes."""

_TEMPORARY: Final = ".flr-"
_OLD_S: Final = 86400.0  # where files cannot be held, a rest is known by its age


@dataclass(frozen=True, slots=True)
class InputFile:
    """An input by name and content; the folder it came from is not kept."""

    name: str
    sha256: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", printable(self.name))


# --- reading ----------------------------------------------------------------------------------


def printable(name: str) -> str:
    """A file name that every encoding of Unicode can write: bytes that are no UTF-8 as ``\\xff``.

    >>> printable("scan\\udcff.nii.gz")
    'scan\\\\xff.nii.gz'
    """

    def spelled(match: re.Match[str]) -> str:
        number = ord(match[0])
        return f"\\x{number - 0xDC00:02x}" if 0xDC80 <= number <= 0xDCFF else f"\\u{number:04x}"

    return _UNDECODED.sub(spelled, name)


def shown_name(path: Path) -> str:
    """What a path is called in messages: its last part, printable, without the folders it lies in."""
    return printable(path.name or path.absolute().name or str(path))


def file_status(path: Path, *, expected: str) -> os.stat_result:
    """Status of a regular file.

    Parameters
    ----------
    path : Path
    expected : str
        What the file should be, for the message: "a case file in TOML".

    Raises
    ------
    ReadError
        If there is nothing of that name, or it is a folder, a named pipe, a socket or a device.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise ReadError(_unreadable(path, error, expected)) from error
    if not stat.S_ISREG(status.st_mode):
        raise ReadError(f"{shown_name(path)} is {_kind(status)}; expected {expected}")
    return status


@contextlib.contextmanager
def open_file(path: Path, *, expected: str) -> Iterator[io.BufferedReader]:
    """Open a regular file for reading; whatever else has the name is refused and never waited for.

    Raises
    ------
    ReadError
        As :func:`file_status`, and if the file may not be read.
    """
    path = Path(path)
    file_status(path, expected=expected)  # first: opening alone can move a device or wait for a pipe
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        raise ReadError(_unreadable(path, error, expected)) from error
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)  # of what was opened, if the name changed hands meanwhile
        if not stat.S_ISREG(status.st_mode):
            raise ReadError(f"{shown_name(path)} is {_kind(status)}; expected {expected}")
        yield file


def read_file(path: Path, *, expected: str, most_bytes: int) -> bytes:
    """Content of a small file.

    Raises
    ------
    ReadError
        As :func:`open_file`, and if it is larger than ``most_bytes``.
    """
    path = Path(path)
    with open_file(path, expected=expected) as file:
        try:
            content = file.read(most_bytes + 1)
        except OSError as error:
            raise ReadError(_unreadable(path, error, expected)) from error
    if len(content) > most_bytes:
        limit = f"{most_bytes >> 20} MiB" if most_bytes >= 1 << 20 else f"{most_bytes >> 10} KiB"
        raise ReadError(f"{shown_name(path)} is larger than {limit}; expected {expected}")
    return content


def read_text(
    path: Path, *, expected: str, most_bytes: int, encodings: Sequence[str] = ("utf-8-sig",)
) -> str:
    """Text of a small file, with or without a byte order mark.

    Parameters
    ----------
    path : Path
    expected : str
        What the file should be, for the message.
    most_bytes : int
    encodings : sequence of str
        Tried in this order; UTF-16 is taken where its mark says so.

    Raises
    ------
    ReadError
        As :func:`read_file`, and if it is not text in one of the encodings.
    """
    path = Path(path)
    content = read_file(path, expected=expected, most_bytes=most_bytes)
    text = decoded(content, encodings)
    if text is None:
        raise ReadError(
            f"{shown_name(path)} is not UTF-8 text; expected {expected}. Save it as UTF-8, or export it again"
        )
    return text


def decoded(content: bytes, encodings: Sequence[str] = OFFICE_ENCODINGS) -> str | None:
    """Bytes as text in the first encoding that fits; None when they are no text.

    >>> decoded("métastase".encode("cp1252")), decoded(b"\\x00\\x01")
    ('métastase', None)
    """
    if content.startswith(_UTF_16_MARKS):
        encodings = ("utf-16",)
    elif b"\x00" in content:
        return None
    for encoding in encodings:
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return None


def guessed_encoding(content: bytes) -> str:
    """The encoding by which :func:`decoded` takes bytes that do not say it; empty for UTF.

    >>> guessed_encoding("métastase".encode("cp1252")), guessed_encoding("métastase".encode())
    ('Windows-1252', '')
    """
    if content.startswith(_UTF_16_MARKS):
        return ""
    for encoding, name in (("utf-8-sig", ""), ("cp1252", "Windows-1252")):
        with contextlib.suppress(UnicodeDecodeError):
            content.decode(encoding)
            return name
    return "Latin-1"


def _kind(status: os.stat_result) -> str:
    return next((kind for is_kind, kind in _KINDS if is_kind(status.st_mode)), "no regular file")


def _unreadable(path: Path, error: Exception, expected: str) -> str:
    name = shown_name(path)
    if isinstance(error, FileNotFoundError | NotADirectoryError) or not isinstance(error, OSError):
        return f"{name}: no such file; expected {expected}, check the path"
    return f"{name} cannot be read ({(error.strerror or type(error).__name__).lower()}); expected {expected}"


# --- writing ----------------------------------------------------------------------------------


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold a file or folder while it is in use: whoever finds it held leaves it alone.

    Yields
    ------
    bool
        False when it is gone or another process holds it. True as well where the disk cannot hold files, so
        that work goes on there.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield path.exists()
        return
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        except OSError:  # a network disk without locks
            yield True
            return
        yield os.path.lexists(path) and os.fstat(handle).st_ino == path.stat().st_ino
    finally:
        os.close(handle)


def clear_rests(folder: Path) -> None:
    """Remove the temporary files and folders that killed runs left in a folder; those in use stay."""
    import shutil

    for path in folder.glob(f"{_TEMPORARY}*"):
        with contextlib.suppress(OSError), held(path) as is_free:
            if not is_free or (os.name == "nt" and time.time() - path.stat().st_mtime < _OLD_S):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


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
        with _temporary(path) as temporary:
            yield temporary
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(path)
    except OSError as error:
        if isinstance(error, EnvironmentFailure):
            raise
        raise EnvironmentFailure(
            f"cannot write {path}: {error.strerror or error}; choose a folder that can be written"
        ) from error


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that is held while it is in use."""
    import tempfile

    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY, suffix="-" + path.name)
        os.close(handle)
        temporary = Path(name)
        with held(temporary) as is_held:
            if not is_held:  # another run cleared it before it was held
                continue
            try:
                yield temporary
            finally:
                temporary.unlink(missing_ok=True)
            return


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, atomically; what no Unicode encoding can write is spelled out."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content``, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, read block by block."""
    digest = hashlib.sha256()
    with open_file(Path(path), expected="a file to hash") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def input_file(path: Path) -> InputFile:
    """Name and hash of an input."""
    return InputFile(path.name, sha256_of(path))


def is_debris(name: str) -> bool:
    """Whether a file or folder is hidden, or left by an operating system: no data.

    >>> is_debris("._liver_0.nii.gz"), is_debris("__MACOSX"), is_debris("liver_0.nii.gz")
    (True, True, False)
    """
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def files_in(folder: Path) -> Iterator[Path]:
    """Every file of a folder and the folders in it, in the order of their names, without debris."""
    for within, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_debris(name))
        yield from (Path(within) / name for name in sorted(names) if not is_debris(name))
