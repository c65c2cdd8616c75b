"""What some inputs hold: structures with their volumes, files with their geometry and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flr.files import InputFile
from flr.geometry import Grid
from flr.quality import QualityFinding


@dataclass(frozen=True)
class InspectedLabel:
    """One value of a label map."""

    value: int
    name: str
    voxels: int
    volume_ml: float


@dataclass(frozen=True)
class InspectedSource:
    """One input, by its header and, for a label map, by its labels.

    Parameters
    ----------
    name : str
    kind : str
        ``"nifti"``, ``"nrrd"``, ``"metaimage"``, ``"folder"``, ``"dicom_series"``, ``"dicom_seg"``, ``"rtstruct"``.
    grid : Grid
    dtype : str
        As stored.
    labels : tuple of InspectedLabel
        Empty for an image.
    scheme : str or None
        None when nothing decides what the labels mean.
    scheme_candidates : tuple of str
    reason : str
        Why this scheme, or why none.
    role : str or None
        The role option that the file was given under.
    """

    name: str
    kind: str
    grid: Grid
    dtype: str
    labels: tuple[InspectedLabel, ...]
    scheme: str | None
    scheme_candidates: tuple[str, ...]
    reason: str
    role: str | None = None


@dataclass(frozen=True)
class Inventory:
    """Everything that was looked at, and what was noticed."""

    sources: tuple[InspectedSource, ...]
    quality: tuple[QualityFinding, ...]


@dataclass(frozen=True)
class StructureVolumes:
    """Volumes and voxels by structure name, in the order of the inputs.

    Parameters
    ----------
    ml : mapping of str to float
        [mL]
    voxels : mapping of str to int
    lower_bounds : frozenset of str
        Structures of the liver that the scan cuts off.
    inventory : Inventory
        The files that they come from.
    inputs : tuple of InputFile
    """

    ml: Mapping[str, float]
    voxels: Mapping[str, int]
    lower_bounds: frozenset[str]
    inventory: Inventory
    inputs: tuple[InputFile, ...]
