"""One file as a label map, for pipelines that want the voxels themselves."""

from __future__ import annotations

import os
from pathlib import Path

from flr.errors import LabelError
from flr.io.source import load_box
from flr.io.structures import scheme_by_option, structures
from flr.labels import LabelMap, LabelScheme, describe_candidates


def read_labels(
    path: str | os.PathLike[str], *, scheme: str | os.PathLike[str] | LabelScheme | None = None
) -> LabelMap:
    """Read a label file into a :class:`flr.LabelMap`, cropped to what is labelled.

    Parameters
    ----------
    path : path
        A label file with one layer.
    scheme : str, path or LabelScheme, optional
        A known scheme, the path of a JSON file, or a scheme made in Python; found from names or integers when
        not given.

    Returns
    -------
    LabelMap
        Voxels on the grid of their box; every value is explained by its scheme.

    Raises
    ------
    ReadError
        If the file cannot be what it claims to be.
    LabelError
        If nothing explains the labels, or not all of them, or names and codes contradict one another; if
        none is there, or the file has several layers that may overlap.
    """
    found = structures([Path(path)], scheme=None if scheme is None else scheme_by_option(scheme))
    if len(found) != 1:
        raise LabelError(
            f"{Path(path).name} holds {len(found)} label maps; read it with read_liver, or give one file"
        )
    item = found[0]
    if item.scheme is None:
        said = describe_candidates(item.candidates)
        raise LabelError(
            f"{item.source.name}: {item.reason}; choose a scheme with scheme=NAME{said and f' ({said})'}"
        )
    for finding in item.quality:
        if finding.severity == "error":
            raise LabelError(finding.message)
    loaded = load_box([item.source], pad_voxels=0)
    return LabelMap(loaded.arrays[0], loaded.grid, LabelScheme(item.scheme.name, dict(item.mapping)))
