"""Which images a liver was drawn on, found among the files that were given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from flr.dicom import DicomStudy, Series, find_dicom, is_dicom, open_study
from flr.errors import ReadError, UsageError
from flr.geometry import Grid
from flr.write.dicom import SourceImages, source_images
from flr.write.dicom.source import planes_of


def dicom_among(paths: Iterable[Path]) -> list[Path]:
    """Those of several files and folders that are or hold DICOM."""
    found = []
    for path in paths:
        if path.is_dir():
            try:
                find_dicom([path])
            except ReadError:
                continue
            found.append(path)
        elif path.is_file() and is_dicom(path):
            found.append(path)
    return found


def source_of(paths: Iterable[Path], grid: Grid) -> SourceImages:
    """The images among some files that a liver's voxels lie on.

    Parameters
    ----------
    paths : iterable of Path
        Inputs of any kind.
    grid : Grid
        Of the liver.

    Raises
    ------
    UsageError
        If there are no DICOM images, or several series that fit equally well.
    GeometryError
        If the liver lies outside the images: they are of another scan.
    ReadError
        If the images cannot say which study they belong to.
    """
    given = dicom_among(paths)
    if not given:
        raise UsageError(
            "no DICOM images, so results have no study to go back to: give the series with --image FOLDER"
        )
    return source_in(open_study(given), grid)


def source_in(study: DicomStudy, grid: Grid) -> SourceImages:
    """As :func:`source_of`, for files that were read already."""
    if not study.series:
        raise UsageError("no DICOM images among the files: give the series with --image FOLDER")
    fitting = [series for series in study.series if _fits(series, grid)]
    drawn_on = {id(source.series) for source in study.sources if source.series is not None}
    chosen = [series for series in fitting if id(series) in drawn_on] or fitting
    if len(chosen) > 1:
        names = ", ".join(series.name for series in chosen)
        raise UsageError(
            f"{len(chosen)} series fit the liver equally well ({names}): give the one that it was drawn on"
            " with --image FOLDER, and no other"
        )
    if not chosen:
        chosen = _nearest(study.series, grid)
    source = source_images(chosen[0])
    planes_of(source, grid)
    return source


def _fits(series: Series, grid: Grid) -> bool:
    """Whether voxels of the liver are pixels of the series, whatever the order of their axes."""
    if grid.is_even != series.grid.is_even:
        return False
    matrix = np.linalg.solve(series.grid.index_to_world_mm, grid.index_to_world_mm)
    far = np.abs(matrix - np.rint(matrix))[:3] @ np.array([*grid.shape, 1])
    return bool(far.max() < 0.05)


def _nearest(series: Sequence[Series], grid: Grid) -> list[Series]:
    """The series in which the liver's middle lies, the first of several, for a grid of its own."""
    middle = grid.world_mm((np.array(grid.shape) - 1) / 2.0)
    for one in series:
        index = np.linalg.solve(one.grid.index_to_world_mm, np.append(middle, 1.0))[:3]
        if (index >= -0.5).all() and (index <= np.array(one.grid.shape) - 0.5).all():
            return [one]
    return [series[0]]
