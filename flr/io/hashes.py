"""What was read, by name and content: every file whose bytes mattered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from flr.files import InputFile, sha256_of
from flr.io.image import Picture
from flr.stream import IN_MEMORY, ArrayVoxels, LabelSource


class Hashes:
    """SHA-256 of files; each is read once."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def of(self, path: Path) -> str:
        """SHA-256 of a file's bytes, in hexadecimal."""
        if path not in self._known:
            self._known[path] = sha256_of(path)
        return self._known[path]

    def inputs(self, sources: Iterable[LabelSource], picture: Picture | None = None) -> tuple[InputFile, ...]:
        """An entry for every file that label maps and an image came from, each file once.

        A header, the file of its voxels, and a table of names stand by themselves, so that the one that
        changes can be named. The files of a DICOM series or object are one entry: the hash of their hashes,
        whatever they are called; that of a single file is the hash of its bytes. What was in memory is called
        "memory" and has the hash of its voxels.
        """
        found: dict[Path, InputFile] = {}
        for source in sources:
            if source.kind == "memory":
                assert isinstance(source.voxels, ArrayVoxels)
                found.setdefault(source.path, InputFile(IN_MEMORY, source.voxels.sha256))
                continue
            if source.is_dicom:
                found.setdefault(
                    source.path, self._together(source.shown_name, source.files or (source.path,))
                )
                continue
            for path in source.files or (source.path,):
                name = source.shown_name if path == source.path else path.name
                found.setdefault(path, InputFile(name, self.of(path)))
        if picture is not None and picture.voxels is not None:
            found.setdefault(Path(picture.name), InputFile(IN_MEMORY, picture.voxels.sha256))
        elif picture is not None and picture.series is not None:
            found.setdefault(picture.files[0], self._together(picture.name, picture.files))
        elif picture is not None:
            for path in picture.files:
                found.setdefault(path, InputFile(path.name, self.of(path)))
        return tuple(found.values())

    def _together(self, name: str, paths: Iterable[Path]) -> InputFile:
        hashes = sorted(self.of(path) for path in paths)
        if len(hashes) == 1:
            return InputFile(name, hashes[0])
        return InputFile(name, hashlib.sha256("".join(hashes).encode()).hexdigest())
