"""What some inputs hold: structures with their volumes, files with their geometry and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flr.files import InputFile
from flr.geometry import Grid
from flr.patient import PatientFacts
from flr.quality import QualityFinding


@dataclass(frozen=True)
class InspectedLabel:
    """One value of a label map.

    Parameters
    ----------
    value : int
    name : str
        Canonical, where it is understood.
    voxels : int
    volume_ml : float
        [mL]
    own_name : str or None
        As the file calls it.
    code : tuple of str or None
        Coded anatomy of the file: scheme, value, meaning.
    """

    value: int
    name: str
    voxels: int
    volume_ml: float
    own_name: str | None = None
    code: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class InspectedSource:
    """One input, by its header and, for a label map, by its labels.

    Parameters
    ----------
    name : str
    kind : str
        ``"nifti"``, ``"nrrd"``, ``"metaimage"``, ``"folder"``, ``"dicom_series"``, ``"dicom_seg"``,
        ``"rtstruct"``.
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
    modality : str or None
        Of images.
    identity : tuple of (str, str)
        What identifies the patient; empty unless asked for.
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
    modality: str | None = None
    identity: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Inventory:
    """Everything that was looked at, and what was noticed.

    Parameters
    ----------
    sources : tuple of InspectedSource
    quality : tuple of QualityFinding
    header_facts : PatientFacts
        About the patient, from the headers of images.
    """

    sources: tuple[InspectedSource, ...]
    quality: tuple[QualityFinding, ...]
    header_facts: PatientFacts = field(default_factory=PatientFacts)


@dataclass(frozen=True)
class LiverOverview:
    """A liver in Couinaud segments: what they add up to.

    Parameters
    ----------
    total_ml : float
        All segments that are drawn. [mL]
    right_ml, left_ml, caudate_ml : float
        Segments V–VIII, II–IV and I. [mL]
    percent : mapping of str to float
        Share of the total by canonical name.
    missing : tuple of str
        Keys of segments that are not drawn.
    is_lower_bound : bool
        The scan cuts the liver off.
    """

    total_ml: float
    right_ml: float
    left_ml: float
    caudate_ml: float
    percent: Mapping[str, float]
    missing: tuple[str, ...] = ()
    is_lower_bound: bool = False


@dataclass(frozen=True)
class StructureVolumes:
    """Volumes and voxels by structure name, in the order of the inputs.

    Parameters
    ----------
    ml : mapping of str to float
        For a map of occupied fractions their sum. [mL]
    voxels : mapping of str to int
    lower_bounds : frozenset of str
        Structures of the liver that the scan cuts off.
    inventory : Inventory
        The files that they come from.
    inputs : tuple of InputFile
    thresholded_ml : mapping of str to float
        Of structures whose fractions were summed: the volume of the voxels counted as inside. [mL]
    planimetric_ml : mapping of str to float
        Of structures drawn as contours: contour area times slice thickness. [mL]
    liver : LiverOverview or None
        Where Couinaud segments are drawn.
    """

    ml: Mapping[str, float]
    voxels: Mapping[str, int]
    lower_bounds: frozenset[str]
    inventory: Inventory
    inputs: tuple[InputFile, ...]
    thresholded_ml: Mapping[str, float] = field(default_factory=dict)
    planimetric_ml: Mapping[str, float] = field(default_factory=dict)
    liver: LiverOverview | None = None
