"""What a file or folder is, before anybody computes with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flr.errors import LabelError
from flr.inventory import InspectedSource, Inventory
from flr.io.source import open_image, open_sources
from flr.io.structures import structures
from flr.io.volumes import inspected, liver_findings
from flr.labels import LabelScheme
from flr.quality import QualityFinding


def inspect(inputs: Sequence[Path], *, scheme: LabelScheme | None = None) -> Inventory:
    """Look at inputs one by one; an image is nothing to refuse here.

    Raises
    ------
    ReadError
        If an input cannot be read at all.
    LabelError
        If a scheme was chosen that does not explain the labels.
    """
    sources: list[InspectedSource] = []
    quality: list[QualityFinding] = []
    for path in inputs:
        try:
            found = structures([path], scheme=scheme)
        except LabelError as error:
            if path.is_dir() or scheme is not None:
                raise
            seen, findings = _image(path, error)
            sources += seen
            quality += findings
            continue
        for item in found:
            sources.append(inspected(item))
            quality += [*item.source.quality, *item.quality, *liver_findings(item)]
    return Inventory(tuple(sources), tuple(dict.fromkeys(quality)))


def _image(path: Path, error: LabelError) -> tuple[list[InspectedSource], list[QualityFinding]]:
    """Geometry of an image, with the reason why it is no label map."""
    opened = open_sources(path)
    grid = open_image(path) if len(opened) == 1 else opened[0].grid
    seen = [
        InspectedSource(source.name, source.kind, grid, str(source.dtype), (), None, (), f"an image: {error}")
        for source in opened
    ]
    return seen, [finding for source in opened for finding in source.quality]
