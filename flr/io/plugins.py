"""Readers of other packages: formats that are not read here, by the entry-point group ``flr.readers``.

A package offers a reader in its ``pyproject.toml``::

    [project.entry-points."flr.readers"]
    my_format = "my_package:read"

``read(path)`` takes the :class:`pathlib.Path` of one file. It returns None where the file is none of its own,
and otherwise an object that :func:`flr.liver_from_labels` takes with a geometry of its own: a
:class:`flr.LabelMap`, a nibabel NIfTI image, a SimpleITK image, a MONAI MetaTensor or a highdicom ``Volume``.
Its labels then pass every check that the labels of a file pass.

Readers are looked for only when a file is in none of the formats that are read here, so that no command pays
for them and none can take the place of a reader of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from flr.errors import FLRError, ReadError
from flr.quality import CHECKS
from flr.stream import LabelSource

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "flr.readers"


@dataclass(frozen=True)
class ReaderPlugin:
    """One reader of another package.

    Parameters
    ----------
    name : str
        As the package registered it.
    package : str
        Name and version of the package; empty where they are not known.
    entry : EntryPoint
    """

    name: str
    package: str
    entry: EntryPoint

    def load(self) -> Callable[[Path], Any]:
        """The reader itself.

        Raises
        ------
        ReadError
            If it cannot be imported or is no function.
        """
        try:
            reader = self.entry.load()
        except Exception as error:  # whatever importing another package raises
            raise ReadError(f"{self}: cannot be loaded ({_told(error)}); repair or remove it") from error
        if not callable(reader):
            raise ReadError(f"{self}: {self.entry.value} is no function; repair or remove it")
        function: Callable[[Path], Any] = reader
        return function

    def __str__(self) -> str:
        return f"reader plug-in {self.name!r}" + (f" of {self.package}" if self.package else "")


def installed_readers() -> tuple[ReaderPlugin, ...]:
    """The readers that installed packages offer, by name."""
    from importlib.metadata import entry_points

    return tuple(
        ReaderPlugin(entry.name, f"{entry.dist.name} {entry.dist.version}" if entry.dist else "", entry)
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    )


def source_by_plugin(path: Path, plugins: Iterable[ReaderPlugin] | None = None) -> LabelSource | None:
    """The labels of a file by the first plug-in that knows it; None where none does.

    Parameters
    ----------
    path : Path
    plugins : iterable of ReaderPlugin, optional
        Those that are installed, by default.

    Raises
    ------
    ReadError
        If a plug-in cannot be loaded, raises, or returns no label map; the message names it.
    """
    for plugin in installed_readers() if plugins is None else plugins:
        reader = plugin.load()
        try:
            thing = reader(path)
        except Exception as error:  # whatever another package raises
            raise ReadError(f"{path.name}: the {plugin} failed ({_told(error)})") from error
        if thing is not None:
            return _source(path, thing, plugin)
    return None


def _source(path: Path, thing: Any, plugin: ReaderPlugin) -> LabelSource:
    from flr.io.objects import Door

    try:
        opened = Door(None).opened(thing, path.name)
    except FLRError as error:
        raise ReadError(f"the {plugin} returned no label map: {error}") from error
    finding = CHECKS["read_by_plugin"].finding(f"{path.name} was read by the {plugin}, not by flr itself")
    return LabelSource(
        path=path,
        name=path.name,
        kind="plugin",
        grid=opened.grid,
        dtype=opened.array.dtype,
        voxels=opened.voxels,
        names=MappingProxyType(dict(opened.names)),
        quality=(*opened.quality, finding),
        segments=opened.segments,
        files=(path,),
    )


def _told(error: Exception) -> str:
    """Kind and first line of another package's error."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
