"""What a file or folder is, before anybody computes with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flr.errors import LabelError
from flr.inventory import InspectedSource, Inventory
from flr.io.inputs import by_content
from flr.io.insisted import NOTHING_INSISTED, Insisted
from flr.io.labelled import Found
from flr.io.overview import Overview, liver_findings
from flr.io.source import open_image, open_sources
from flr.io.stacks import is_stack
from flr.io.structures import find_structures
from flr.io.volumes import inspected
from flr.labels import LabelScheme
from flr.patient import PatientFacts
from flr.quality import QualityFinding

if TYPE_CHECKING:
    from flr.dicom import Series

Identity = tuple[tuple[str, str], ...]


def inspect(
    inputs: Sequence[Path],
    *,
    scheme: LabelScheme | None = None,
    identify: bool = False,
    insisted: Insisted = NOTHING_INSISTED,
) -> Inventory:
    """Look at inputs one by one, at DICOM together; an image is nothing to refuse here.

    Parameters
    ----------
    inputs : sequence of Path
    scheme : LabelScheme, optional
    identify : bool
        Add what identifies the patient, from the headers of DICOM files.
    insisted : Insisted
        What is taken to be true whatever the files say.

    Raises
    ------
    ReadError
        If an input cannot be read at all.
    LabelError
        If a scheme was chosen that does not explain the labels.
    """
    sources: list[InspectedSource] = []
    quality: list[QualityFinding] = []
    dicom = by_content(inputs).dicom
    for path in inputs:
        if path in dicom:
            continue
        try:
            found = find_structures([path], scheme=scheme, insisted=insisted)
        except LabelError as error:
            if path.is_dir() or is_stack(path) or scheme is not None:
                raise
            seen, findings = _image(path, error)
        else:
            seen, findings = _described(found, identify=False)
        sources += seen
        quality += findings
    facts = PatientFacts()
    if dicom:
        found = find_structures(dicom, scheme=scheme, insisted=insisted)
        seen, findings = _described(found, identify=identify)
        sources += seen
        quality += findings
        facts = found.header_facts
    return Inventory(tuple(sources), tuple(dict.fromkeys(quality)), facts)


def _described(found: Found, *, identify: bool) -> tuple[list[InspectedSource], list[QualityFinding]]:
    """Images, then label maps, with what was noticed."""
    sources = [_series(series, identify) for series in found.series]
    quality = [*found.quality, *(finding for series in found.series for finding in series.quality)]
    for item in found.labelled:
        sources.append(inspected(item, _identity(item.source.files, identify)))
        quality += [*item.source.quality, *item.quality]
    return sources, [*quality, *liver_findings(Overview(found.labelled))]


def _series(series: Series, identify: bool) -> InspectedSource:
    slices = f"{series.grid.shape[2]} slices" if series.grid.shape[2] > 1 else "a single slice"
    return InspectedSource(
        series.name,
        "dicom_series",
        series.grid,
        str(series.dtype),
        (),
        None,
        (),
        f"images: {slices}",
        modality=series.modality or None,
        identity=_identity([series.headers[0].path], identify),
    )


def _identity(files: Sequence[Path], identify: bool) -> Identity:
    if not (identify and files):
        return ()
    from flr.dicom.facts import identity

    return identity(files[0])


def _image(path: Path, error: LabelError) -> tuple[list[InspectedSource], list[QualityFinding]]:
    """Geometry of an image, with the reason why it is no label map."""
    opened = open_sources(path)
    grid = open_image(path) if len(opened) == 1 else opened[0].grid
    seen = [
        InspectedSource(source.name, source.kind, grid, str(source.dtype), (), None, (), f"an image: {error}")
        for source in opened
    ]
    return seen, [finding for source in opened for finding in source.quality]
