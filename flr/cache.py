"""What is dear to compute and follows from its input alone, kept on disk between commands.

The only cache of the package: off in the library, on in commands. `FLR_CACHE` names the folder, or is
``off``. An entry is named by the hash of all that it depends on, this version included, and is checked
when it is read: what is damaged or was written by another version is computed again, so that no number
can change.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flr.errors import EnvironmentFailure
from flr.files import atomic_path
from flr.version import VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

VARIABLE: Final = "FLR_CACHE"
"""Environment variable: a folder, or ``off``."""

MOST_BYTES: Final = 1_000_000_000
"""The cache grows to this size; what was not used for longest goes first."""

_FORMAT = 2
_FACTS = "facts"
_LOG = logging.getLogger("flr")


class Entry(NamedTuple):
    """What was kept: arrays by name, and facts as JSON holds them."""

    arrays: Mapping[str, NDArray[Any]]
    facts: Any


@dataclass(frozen=True, slots=True)
class Cache:
    """Entries in a folder of one user.

    Parameters
    ----------
    folder : Path
        Made when it is needed, for its owner alone.
    most_bytes : int
    """

    folder: Path
    most_bytes: int = MOST_BYTES

    def get(self, key: str) -> Entry | None:
        """The entry of a key; None where there is none that can be read whole."""
        import json
        import zipfile

        import numpy as np

        path = self._path(key)
        if not path.is_file() or not self._is_private():
            return None
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            facts = json.loads(arrays.pop(_FACTS).tobytes())
            os.utime(path)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            _LOG.info("an entry of the cache is damaged and is computed again: %s", type(error).__name__)
            path.unlink(missing_ok=True)
            return None
        return Entry(arrays, facts)

    def put(self, key: str, arrays: Mapping[str, NDArray[Any]], facts: Any) -> None:
        """Keep an entry; a folder that cannot be written to is said in the log and costs nothing else."""
        import json

        import numpy as np

        try:
            self.folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
            if not self._is_private():
                _LOG.info("the folder of the cache is open to other users and is not used")
                return
            content: dict[str, Any] = dict(arrays)
            content[_FACTS] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
            with atomic_path(self._path(key)) as path, path.open("wb") as stream:
                np.savez(stream, **content)
            self._make_room()
        except (OSError, EnvironmentFailure) as error:
            _LOG.info("nothing was added to the cache: %s", type(error).__name__)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _is_private(self) -> bool:
        """Whether the folder belongs to this user alone."""
        try:
            found = self.folder.stat()
        except OSError:
            return False
        if os.name != "posix":
            return True
        return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)

    def _make_room(self) -> None:
        """Remove what was not used for longest until the rest fits."""
        entries = []
        for path in self.folder.glob("*.npz"):
            try:
                found = path.stat()
            except OSError:  # another process removed it
                continue
            entries.append((found.st_mtime, found.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self.most_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size


def active() -> Cache | None:
    """The cache that is on; None in the library, unless `FLR_CACHE` names a folder."""
    named = os.environ.get(VARIABLE, "")
    return None if named in ("", "off") else Cache(Path(named))


def user_folder() -> Path:
    """Where commands keep what they computed: ``$XDG_CACHE_HOME/flr``, else ``~/.cache/flr``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "flr"


@contextmanager
def switched_on() -> Iterator[None]:
    """The cache on for a command and the processes that it starts, where nobody said otherwise."""
    if VARIABLE in os.environ:
        yield
        return
    try:
        os.environ[VARIABLE] = str(user_folder())
    except RuntimeError:  # nobody's home is known
        yield
        return
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)


def key_of(what: str, *parts: NDArray[Any] | str) -> str:
    """Name of an entry: the hash of what it is, of this version and of all that it depends on.

    Parameters
    ----------
    what : str
    *parts : ndarray or str
        Masks are taken bit by bit, or where they are true, whichever is less; other arrays byte by byte in
        Fortran order, with shape and type.
    """
    import hashlib

    import numpy as np

    digest = hashlib.blake2b(digest_size=20)
    for part in (what, VERSION, str(_FORMAT), *parts):
        if isinstance(part, str):
            head, content = "text", part.encode()
        else:
            flat = part.ravel("F")
            head = f"{part.dtype.str}{part.shape}"
            content = _bytes_of_mask(flat) if part.dtype == np.bool_ else flat.tobytes()
        digest.update(f"{head}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


_FEW: Final = 16  # one word of eight voxels in so many: below that a mask is shorter by its words


def _bytes_of_mask(flat: NDArray[Any]) -> bytes:
    """A mask as bytes that no other mask of its size has: a vessel by its few words, an organ by its bits."""
    import numpy as np

    whole = flat.size - flat.size % 8
    words = flat[:whole].view(np.uint64)
    filled = np.flatnonzero(words != 0)  # of 64-bit numbers it would take ten times as long
    if filled.size * _FEW > words.size:
        return b"bits" + np.packbits(flat).tobytes()
    return b"words" + filled.tobytes() + words[filled].tobytes() + flat[whole:].tobytes()
