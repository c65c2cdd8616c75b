"""The liver on one grid, and the table of its volumes: part × tissue × fate."""

from __future__ import annotations

import datetime
import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from flr.documented import Documented
from flr.errors import GeometryError, LabelError, UsageError
from flr.facts import SCAN_FACTS
from flr.files import InputFile, printable
from flr.frozen import FrozenMapping, Record, once, read_only
from flr.geometry import Grid
from flr.kernels.faces import Face, hull_faces
from flr.kernels.profiles import Profile, Step, exposed_counts, plane_counts, slab_counts, steps
from flr.kernels.runs import Runs, shared_runs
from flr.labels import COUINAUD_KEYS, Tissue
from flr.patient import Patient, PatientFacts, with_header_facts
from flr.quality import CHECKS, SEGMENT_PERCENT, QualityFinding, Severity, truncation_findings

UNDIVIDED = "liver"
"""Name of the only part of a liver whose segments are not known."""

CAUDATE = "1"
"""Part key of Couinaud segment 1."""

_ALIGNED: Final = 0.9986
"""Cosine of 3 degrees: an index axis that is no further from a world axis runs along it."""

_FACE_MM: Final = 4.0
"""Distance of the voxels that faces of the liver are looked for in: fine enough for one of a few cm². [mm]"""

_MOST_OUTSIDE: Final = 0.5
"""Share of the drawn tumour that may lie outside the liver; beyond it the map belongs to another liver."""

_MOST_STRAY_PERCENT: Final = 2.0
"""Share of the liver that may lie outside every segment; beyond it the segments do not fit the liver. [%]"""

_ALL_BUT_THE_CAUDATE: Final = (
    frozenset(COUINAUD_KEYS) - {CAUDATE, "4a", "4b"},
    frozenset(COUINAUD_KEYS) - {CAUDATE, "4"},
)

TumourStatus = Literal["unknown", "none", "drawn"]

Mask = NDArray[np.bool_]


class Fate(IntEnum):
    """What a plan does to a voxel."""

    KEPT = 0
    RESECTED = 1
    ABLATED = 2
    DEVASCULARISED = 3
    CONGESTED = 4


REMAINING = (Fate.KEPT, Fate.DEVASCULARISED, Fate.CONGESTED)
"""Fates of tissue that stays in the body and was not destroyed."""

FUNCTIONAL = (Tissue.PARENCHYMA, Tissue.VESSEL)
"""Tissues that count as functional liver; vessels inside the liver do."""


@dataclass(frozen=True, slots=True)
class Given:
    """One input as it was named: the role it was given under (``"input"`` without one), name and hash.

    A folder has no hash of its own; ``None`` then.
    """

    role: str
    name: str
    sha256: str | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", printable(self.name))


INSISTED = ("one_patient", "same_grid")
"""Fields of :class:`Reading` that say what somebody insists on against what files say of themselves."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a liver was read: what has to be said again to read the same liver from the same files."""

    given: tuple[Given, ...] = ()
    tumours_declared_none: bool = False
    scheme: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    resample: str | None = None
    one_patient: bool = False
    same_grid: bool = False


MOST_SCAN_CHARACTERS = 1000
"""Of what somebody says about a scan in words: some ten lines, which a reader still reads."""


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What is known of the scan that a reader signs for; None for what nobody said.

    Parameters
    ----------
    date : date or None
    phase : str or None
        Contrast phase, as the user words it or as a series description says it.
    phase_from_description : bool
        Nobody stated the phase: it was understood from the description of the series.
    slice_thickness_mm : float or None
        Nominal, which may differ from the distance between slices; never used for volumes. [mm]
    segmented_by : str or None
        Person or program, as the user says.
    variants : str or None
        Vascular variants, as the user words them.

    Raises
    ------
    GeometryError
        For a slice thickness that cannot be.
    UsageError
        For a text of more than :data:`MOST_SCAN_CHARACTERS`: a report cuts none of them.
    """

    date: datetime.date | None = None
    phase: str | None = None
    phase_from_description: bool = False
    slice_thickness_mm: float | None = None
    segmented_by: str | None = None
    variants: str | None = None

    def __post_init__(self) -> None:
        for fact in SCAN_FACTS:
            value = getattr(self, fact.key) if fact.of == "scan" else None
            expected = None if value is None or fact.plausible is None else fact.plausible.expected_of(value)
            if expected is not None:
                raise GeometryError(f"{fact.word} is {value:g}; expected {expected}")
            if isinstance(value, str) and len(value) > MOST_SCAN_CHARACTERS:
                raise UsageError(
                    f"{fact.key} (--{fact.option}) has {len(value)} characters; expected at most"
                    f" {MOST_SCAN_CHARACTERS}, since every report prints it whole"
                )

    def completed_with(self, other: ScanFacts) -> ScanFacts:
        """These facts, and those of ``other`` where these have none.

        >>> both = ScanFacts(phase="arterial").completed_with(ScanFacts(phase="late", slice_thickness_mm=2.0))
        >>> both.phase, both.slice_thickness_mm
        ('arterial', 2.0)
        """
        own = {f.name: getattr(self, f.name) for f in fields(ScanFacts)}
        known = {name: value for name, value in own.items() if value is not None}
        if self.phase is None:
            del known["phase_from_description"]
        return replace(other, **known)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a liver's voxels came from, and what the images' headers say about patient and scan.

    ``completed`` names the facts about the patient that were taken from the headers, and ``header_findings``
    are the findings about that.
    """

    inputs: tuple[InputFile, ...] = ()
    scheme: str = ""
    segmentation_source: str | None = None
    reviewed: bool | None = None
    header_facts: PatientFacts = field(default_factory=PatientFacts)
    completed: tuple[str, ...] = ()
    reading: Reading | None = None
    scan: ScanFacts = field(default_factory=ScanFacts)
    header_findings: tuple[QualityFinding, ...] = ()


@dataclass(frozen=True, eq=False)
class Liver(Record):
    """One liver on one grid, cropped to its box. Whole, or it does not exist.

    Parameters
    ----------
    grid : Grid
        Grid of the box.
    parts : ndarray of uint8, shape grid.shape
        0 outside the liver; n inside ``part_names[n - 1]``. Kept as a read-only view, not copied.
    part_names : tuple of str
        Couinaud segments ``"1"`` … ``"8"`` (``"4a"``, ``"4b"``), territory names, or ``("liver",)``.
    tissues : ndarray of uint8, shape grid.shape
        :class:`flr.labels.Tissue` of each liver voxel; meaningless outside.
    tumour_status : {"unknown", "none", "drawn"}
        ``"none"`` is a declaration; a mask that was not given is ``"unknown"``, never ``"none"``.
    tumours : ndarray of uint16, shape grid.shape, optional
        Tumour number of each voxel as the source gave it, 0 elsewhere.
    tumours_numbered : bool
        The source told its tumours apart, though no more than one number is left in the liver.
    vessels : mapping of str to ndarray of bool
        Vessel masks by canonical name, also outside the liver. Read-only views.
    sheath : mapping of str to ndarray of bool
        Bile ducts (``"bile_duct"``) and hepatic artery (``"artery"``), also outside the liver.
    drawn : mapping of str to ndarray of bool
        Drawn plans: ``"flr"`` (what stays) and ``"resected"`` (what leaves).
    image : ndarray of float32, shape grid.shape, optional
        CT or MR on the same box, for pictures only.
    quality : tuple of QualityFinding
    truncated : bool
        The scan does not hold the whole liver: volumes are lower bounds.
    segments_estimated : bool
        Parts were estimated rather than drawn.
    source : Source
    """

    grid: Grid
    parts: NDArray[np.uint8]
    part_names: tuple[str, ...]
    tissues: NDArray[np.uint8]
    tumour_status: TumourStatus = "unknown"
    tumours: NDArray[np.uint16] | None = None
    vessels: Mapping[str, Mask] = field(default_factory=dict)
    drawn: Mapping[str, Mask] = field(default_factory=dict)
    image: NDArray[np.float32] | None = None
    quality: tuple[QualityFinding, ...] = ()
    truncated: bool = False
    segments_estimated: bool = False
    source: Source = field(default_factory=Source)
    tumours_numbered: bool = False
    sheath: Mapping[str, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, array in self._arrays():
            if array.shape != self.grid.shape:
                raise LabelError(f"{name} has shape {array.shape}; the liver's grid has {self.grid.shape}")
        if not self.part_names or len(set(self.part_names)) != len(self.part_names):
            raise LabelError(f"part names {self.part_names}; expected at least one, each once")
        if int(self.parts.max(initial=0)) > len(self.part_names):
            raise LabelError(f"parts hold {int(self.parts.max())}; only {len(self.part_names)} are named")
        if not self.parts.any():
            raise LabelError("no liver: not one voxel of liver, segment or touching tumour was found")
        for name in ("parts", "tissues", "tumours", "image"):
            array = getattr(self, name)
            if array is not None:
                object.__setattr__(self, name, read_only(array))
        for name in ("vessels", "drawn", "sheath"):
            masks: Mapping[str, Mask] = getattr(self, name)
            locked = FrozenMapping({key: read_only(mask) for key, mask in masks.items()})
            object.__setattr__(self, name, locked)

    def _arrays(self) -> list[tuple[str, NDArray[np.generic]]]:
        named: list[tuple[str, NDArray[np.generic]]] = [("parts", self.parts), ("tissues", self.tissues)]
        named += [(n, a) for n, a in (("tumours", self.tumours), ("image", self.image)) if a is not None]
        named += [*self.vessels.items(), *self.drawn.items(), *self.sheath.items()]
        return named

    @property
    def is_divided(self) -> bool:
        """Whether segments or territories are known."""
        return self.part_names != (UNDIVIDED,)

    def part_index(self, name: str) -> int:
        """Value of a part in ``parts``. Raises LabelError for a part that this liver does not have."""
        try:
            return self.part_names.index(name) + 1
        except ValueError:
            raise LabelError(f"no part {name!r}; this liver has {', '.join(self.part_names)}") from None

    @cached_property
    def runs(self) -> Runs:
        """Stretches along i of one part and one tissue, labelled with :func:`code_of` them, all kept."""
        found, (tissue,) = shared_runs(self.parts, self.tissues)
        return replace(found, label=code_of(found.label - 1, tissue, Fate.KEPT))

    @cached_property
    def plane_counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Voxels of each part on every plane along i, j and k, shapes (parts, planes)."""
        runs = self.runs
        part = (runs.label - 1) // (len(Tissue) * len(Fate))
        return plane_counts(runs, part, len(self.part_names))

    @cached_property
    def slab_counts(self) -> Mapping[int, tuple[Profile, ...]]:
        """Voxels of the liver in slabs across each world axis that no index axis runs along.

        A label map that was resampled from another grid lost its slices along that grid's axes. Slabs are as
        thick as a voxel reaches, and given at four offsets, since a cut may fall anywhere in one. Empty where
        the index axes are the patient's own, within 3 degrees, and where slices are uneven.
        """
        steps = self.grid.index_to_world_mm[:3, :3]
        cosines = np.abs(steps / np.linalg.norm(steps, axis=0))
        found = {}
        for axis in np.flatnonzero(cosines.max(axis=1) < _ALIGNED).tolist() if self.grid.is_even else ():
            across = steps[axis]
            width = float(np.abs(across).sum())
            lowest = float(np.minimum(across * (np.array(self.grid.shape) - 1), 0.0).sum()) - width
            fine = slab_counts(self.runs, across, lowest, width / 4)
            fine = np.append(fine, np.zeros(8 - fine.size % 4, dtype=np.int64))
            found[axis] = tuple(
                np.roll(fine, -shift).reshape(-1, 4).sum(axis=1) for shift in range(4)
            )  # the last slabs are empty: what is rolled there stays empty
        return FrozenMapping(found)

    @cached_property
    def surface_steps(self) -> tuple[tuple[Step, ...], ...]:
        """Planes across i, j and k in which most of the liver's surface lies; k is left out if uneven."""
        sides = self.grid.spacing_mm
        exposed = exposed_counts(self.parts > 0)[: 3 if self.grid.is_even else 2]
        return tuple(
            steps(counts, sides[axis], sides[axis - 1] * sides[axis - 2])
            for axis, counts in enumerate(exposed)
        )

    @cached_property
    def hull_faces(self) -> tuple[Face, ...]:
        """The main faces of the convex hull, of voxels a few millimetres apart; none where slices are uneven.

        Normals are directions in the patient, RAS+.
        """
        if not self.grid.is_even:
            return ()
        apart = [
            min(max(1, round(_FACE_MM / side)), size)
            for side, size in zip(self.grid.spacing_mm, self.grid.shape, strict=True)
        ]
        some = self.parts[:: apart[0], :: apart[1], :: apart[2]] > 0
        return hull_faces(some, self.grid.index_to_world_mm[:3, :3] * apart)

    @cached_property
    def spread_mm(self) -> tuple[float, float, float] | None:
        """Standard deviation of the tissue along right, front and head; None where slices are uneven."""
        runs = self.runs
        if not self.grid.is_even or not len(runs):
            return None
        centred = runs.middle - (runs.middle @ runs.weight / runs.weight.sum())[:, None]
        covariance = (centred * runs.weight) @ centred.T / runs.weight.sum()
        covariance[0, 0] += runs.weight @ (runs.weight**2 - 1.0) / 12.0 / runs.weight.sum()
        covariance += np.eye(3) / 12.0  # a voxel is no point
        to_world = self.grid.index_to_world_mm[:3, :3]
        right, front, head = np.sqrt(np.diag(to_world @ covariance @ to_world.T))
        return float(right), float(front), float(head)

    @cached_property
    def part_centroids_mm(self) -> Mapping[str, tuple[float, float, float]]:
        """Centre of gravity of each part that has voxels, in RAS+ millimetres."""
        runs, n_parts = self.runs, len(self.part_names)
        part = (runs.label - 1) // (len(Tissue) * len(Fate))
        counts = np.bincount(part, weights=runs.weight, minlength=n_parts)
        sums = [np.bincount(part, weights=runs.weight * at, minlength=n_parts) for at in runs.middle]
        centres = {}
        for value, name in enumerate(self.part_names):
            if counts[value]:
                x, y, z = self.grid.world_mm([total[value] / counts[value] for total in sums])
                centres[name] = (float(x), float(y), float(z))
        return FrozenMapping(centres)

    def __repr__(self) -> str:
        """A few lines for people: volumes, tumours, grid, quality; neither arrays nor names of files."""
        return "\n".join(f"{title:<9}{text}" for title, text in _in_words(self))

    def _repr_html_(self) -> str:
        """The same as a small table, for notebooks."""
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(title)}</th>'
            f'<td style="text-align:left">{html.escape(text)}</td></tr>'
            for title, text in _in_words(self)
        )
        return f"<table><tbody>{rows}</tbody></table>"


_MOST_NAMED = 12
"""Of parts, vessels or checks, in the few lines that show a liver."""


def _in_words(liver: Liver) -> list[tuple[str, str]]:
    """What a liver is, as titles and texts; free text is kept to one line."""
    table = measure(liver)
    bound = "; cut off by the scan: every mL is a lower bound" if liver.truncated else ""
    rows = [("Liver", f"{_ml(table.total_ml)}, {_ml(table.functional_ml)} of it functional{bound}")]
    if liver.is_divided:
        estimated = " (estimated)" if liver.segments_estimated else ""
        rows += [("Parts", _listed([f"{n} {_ml(ml)}" for n, ml in table.parts_ml.items()]) + estimated)]
    rows += [("Tumours", _TUMOURS_IN_WORDS.get(liver.tumour_status) or f"{_ml(table.tumour_ml)} drawn")]
    if liver.vessels:
        rows += [("Vessels", _listed(list(liver.vessels)))]
    if liver.sheath:
        rows += [("Sheath", _listed(list(liver.sheath)))]
    if liver.drawn:
        rows += [("Drawn", _listed(list(liver.drawn)))]
    rows += [("Grid", liver.grid.describe())]
    noticed = [
        f"{found.severity} {found.check}"
        for severity in ("error", "warning", "info")
        for found in liver.quality
        if found.severity == severity
    ]
    rows += [
        ("Quality", _listed(list(dict.fromkeys(noticed))) or "reading noticed nothing; assess checks more")
    ]
    return [(title, " ".join(text.split())) for title, text in rows]


_TUMOURS_IN_WORDS: Final[Mapping[str, str]] = FrozenMapping(
    {"unknown": "not known: no mask was given", "none": "none, as declared"}
)


def _ml(ml: float) -> str:
    """A volume with one decimal, or as many as it takes not to read as nothing."""
    return f"{ml:.1f} mL" if ml >= 0.05 or ml == 0.0 else f"{ml:.1g} mL"


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, eq=False)
class VolumeTable(Record, Documented):
    """Volumes and voxels of a liver by part, tissue and fate; every total is a sum over it.

    Parameters
    ----------
    part_names : tuple of str, length P
    ml : ndarray of float64, shape (P, len(Tissue), len(Fate))
        [mL]
    voxels : ndarray of int64, same shape
        By voxel centre.
    """

    part_names: tuple[str, ...]
    ml: NDArray[np.float64]
    voxels: NDArray[np.int64]

    def __post_init__(self) -> None:
        shape = (len(self.part_names), len(Tissue), len(Fate))
        if self.ml.shape != shape or self.voxels.shape != shape:
            raise LabelError(f"table of shape {self.ml.shape} and {self.voxels.shape}; expected {shape}")
        self.ml.flags.writeable = False
        self.voxels.flags.writeable = False

    def _sum(self, tissues: tuple[Tissue, ...], fates: tuple[Fate, ...]) -> float:
        return float(self.ml[np.ix_(range(len(self.part_names)), tissues, fates)].sum())

    @property
    def total_ml(self) -> float:
        """Whole liver, tumours included. [mL]"""
        return float(self.ml.sum())

    @property
    def tumour_ml(self) -> float:
        """Tumour, wherever it goes. [mL]"""
        return self._sum((Tissue.TUMOUR,), tuple(Fate))

    @property
    def nonfunctional_ml(self) -> float:
        """Cysts, dilated ducts, earlier ablations, abscesses. [mL]"""
        return self._sum((Tissue.NONFUNCTIONAL,), tuple(Fate))

    @property
    def functional_ml(self) -> float:
        """Total functional liver volume TFLV: total less tumour and nonfunctional tissue. [mL]"""
        return self._sum(FUNCTIONAL, tuple(Fate))

    @property
    def resected_ml(self) -> float:
        """All tissues that leave the body. [mL]"""
        return self._sum(tuple(Tissue), (Fate.RESECTED,))

    @property
    def ablated_ml(self) -> float:
        """All tissues destroyed in place. [mL]"""
        return self._sum(tuple(Tissue), (Fate.ABLATED,))

    @property
    def remnant_ml(self) -> float:
        """Future liver remnant: functional tissue that stays. [mL]"""
        return self._sum(FUNCTIONAL, REMAINING)

    @property
    def perfused_remnant_ml(self) -> float:
        """Functional tissue that stays with portal inflow and venous outflow. [mL]"""
        return self._sum(FUNCTIONAL, (Fate.KEPT,))

    @property
    def remnant_tumour_ml(self) -> float:
        """Tumour that the plan leaves untreated. [mL]"""
        return self._sum((Tissue.TUMOUR,), REMAINING)

    @property
    def remnant_nonfunctional_ml(self) -> float:
        """Nonfunctional tissue that stays. [mL]"""
        return self._sum((Tissue.NONFUNCTIONAL,), REMAINING)

    @property
    def parts_ml(self) -> dict[str, float]:
        """Whole parts, all tissues and fates. [mL]"""
        return {name: float(self.ml[row].sum()) for row, name in enumerate(self.part_names)}

    def part_functional_ml(self, name: str) -> float:
        """Functional tissue of one part, wherever it goes. [mL]"""
        row = self.part_names.index(name)
        return float(self.ml[row][np.ix_(FUNCTIONAL, tuple(Fate))].sum())

    def part_remnant_ml(self, name: str) -> float | None:
        """Functional tissue of one part that stays, or None when there is no such part. [mL]"""
        if name not in self.part_names:
            return None
        row = self.part_names.index(name)
        return float(self.ml[row][np.ix_(FUNCTIONAL, REMAINING)].sum())

    @property
    def conservation_error_ml(self) -> float:
        """Total less everything it must equal; zero up to rounding. [mL]"""
        accounted = (
            self.resected_ml
            + self.ablated_ml
            + self.remnant_ml
            + self.remnant_tumour_ml
            + self.remnant_nonfunctional_ml
        )
        return self.total_ml - accounted

    @property
    def voxel_totals(self) -> dict[str, int]:
        """Voxels in all, resected, ablated and kept; kept is whatever stays in the body unablated."""
        by_fate = self.voxels.sum(axis=(0, 1))
        return {
            "total": int(by_fate.sum()),
            "resected": int(by_fate[Fate.RESECTED]),
            "ablated": int(by_fate[Fate.ABLATED]),
            "kept": int(sum(by_fate[fate] for fate in REMAINING)),
        }


def code_of(
    part: NDArray[np.int64], tissue: NDArray[np.integer], fate: NDArray[np.integer] | Fate
) -> NDArray[np.int64]:
    """One label above 0 for each part (numbered from 0), tissue and fate, in the order of a table's cells."""
    return np.asarray((part * len(Tissue) + tissue) * len(Fate) + fate + 1)


def runs_by_fate(liver: Liver, fates: NDArray[np.uint8]) -> Runs:
    """Stretches along i of one part, one tissue and one fate, labelled with :func:`code_of` them.

    Parameters
    ----------
    liver : Liver
    fates : ndarray of uint8, shape liver.grid.shape
        :class:`Fate` of each voxel.

    Raises
    ------
    LabelError
        If ``fates`` lies on another grid.
    """
    if fates.shape != liver.grid.shape:
        raise LabelError(f"fates have shape {fates.shape}; the liver's grid has {liver.grid.shape}")
    found, (tissue, fate) = shared_runs(liver.parts, liver.tissues, fates)
    return replace(found, label=code_of(found.label - 1, tissue, fate))


def measure(liver: Liver, fates: NDArray[np.uint8] | None = None) -> VolumeTable:
    """Count every voxel of the liver once, by part, tissue and fate.

    Parameters
    ----------
    liver : Liver
    fates : ndarray of uint8, shape liver.grid.shape, optional
        :class:`Fate` of each voxel; everything is kept when it is not given.

    Raises
    ------
    LabelError
        If ``fates`` lies on another grid.
    """
    return table_of(liver, liver.runs if fates is None else runs_by_fate(liver, fates))


def table_of(liver: Liver, runs: Runs) -> VolumeTable:
    """The volume table of runs that are labelled with :func:`code_of` their part, tissue and fate."""
    shape = (len(liver.part_names), len(Tissue), len(Fate))
    # Sums of whole numbers: exact.
    voxels = runs.voxels(math.prod(shape) + 1)[1:].astype(np.int64)
    if liver.grid.is_even:
        volumes_ml = np.asarray(voxels * liver.grid.voxel_volume_ml, dtype=np.float64)
    else:
        weights_ml = runs.weight * liver.grid.slice_voxel_volumes_ml[runs.k]
        volumes_ml = np.bincount(runs.label, weights_ml, math.prod(shape) + 1)[1:].astype(np.float64)
    return VolumeTable(liver.part_names, volumes_ml.reshape(shape), voxels.reshape(shape))


def resect_parts(table: VolumeTable, parts: tuple[str, ...]) -> VolumeTable:
    """The table after whole parts of an untouched liver are resected, without counting again."""
    rows = [table.part_names.index(name) for name in parts]
    ml, voxels = table.ml.copy(), table.voxels.copy()
    for array in (ml, voxels):
        leaving = array[rows].sum(axis=2)
        array[rows] = 0
        array[rows, :, Fate.RESECTED] = leaving
    return VolumeTable(table.part_names, ml, voxels)


def with_scan_facts(liver: Liver, facts: ScanFacts, *, reviewed: bool | None = None) -> Liver:
    """The liver with what somebody states about its scan, which wins over what headers say.

    Parameters
    ----------
    liver : Liver
    facts : ScanFacts
    reviewed : bool, optional
        Whether a person has reviewed the segmentation; until somebody has, an automatic one is assumed to
        be further off.

    Raises
    ------
    UsageError
        If ``reviewed`` is neither true, false nor None: any other word would count as a review.
    """
    if not (reviewed is None or isinstance(reviewed, bool)):
        raise UsageError(
            f"reviewed is {reviewed!r}; expected True, False, or None where nobody knows whether a person has"
            " reviewed the segmentation"
        )
    source = liver.source
    stated = source.reviewed if reviewed is None else reviewed
    liver = replace(liver, quality=(*liver.quality, *_date_findings(facts.date, source.scan.date)))
    return replace(liver, source=replace(source, scan=facts.completed_with(source.scan), reviewed=stated))


def _date_findings(
    stated: datetime.date | None, in_header: datetime.date | None
) -> tuple[QualityFinding, ...]:
    """``scan_date_disagrees`` where the images say another day than somebody states."""
    if stated is None or in_header is None or stated == in_header:
        return ()
    days = (in_header - stated).days
    message = (
        f"the images were taken {abs(days)} day(s) {'after' if days > 0 else 'before'} the stated date of the"
        " scan, by their headers; the stated date is used"
    )
    return (CHECKS["scan_date_disagrees"].finding(message, "warning"),)


def completed_from_headers(
    liver: Liver, patient: Patient, *, facts: PatientFacts | None = None
) -> tuple[Liver, Patient]:
    """A patient with what the images' headers add, and the liver with the findings about it.

    Done twice it changes nothing; done for another patient it takes back what it found for the first.
    ``facts`` stand for those of the headers where not all of these count.
    """
    before = liver.source
    facts = before.header_facts if facts is None else facts
    unstated: dict[str, Any] = {
        name: None for name in before.completed if getattr(patient, name) == getattr(facts, name)
    }
    stated = replace(patient, **unstated) if unstated else patient
    completed, findings = with_header_facts(stated, facts)
    added = tuple(f.name for f in fields(completed) if getattr(completed, f.name) != getattr(stated, f.name))
    if (added, findings) == (before.completed, before.header_findings):
        return liver, completed
    quality = [found for found in liver.quality if found not in before.header_findings]
    source = replace(before, completed=added, header_findings=findings)

    def changed() -> Liver:
        return replace(liver, quality=(*quality, *findings), source=source)

    return once(liver, ("completed", added, findings), changed), completed


def compared_with_headers(liver: Liver, patient: Patient) -> Liver:
    """The liver with what its images' headers contradict of a patient; they add nothing."""
    given = liver.source.header_facts
    known = {f.name: getattr(given, f.name) for f in fields(given) if getattr(patient, f.name) is not None}
    return completed_from_headers(liver, patient, facts=PatientFacts(**known))[0]


def assemble(
    grid: Grid,
    *,
    liver: Mask | None = None,
    parts: NDArray[np.uint8] | None = None,
    part_names: tuple[str, ...] = (),
    tumours: NDArray[np.uint16] | None = None,
    tumours_declared_none: bool = False,
    nonfunctional: Mask | None = None,
    ducts: Mask | None = None,
    vessels: Mapping[str, Mask] | None = None,
    not_liver: Mapping[str, Mask] | None = None,
    drawn: Mapping[str, Mask] | None = None,
    sheath: Mapping[str, Mask] | None = None,
    image: NDArray[np.float32] | None = None,
    quality: tuple[QualityFinding, ...] = (),
    truncated: bool | None = None,
    source: Source | None = None,
) -> Liver:
    """One liver from the masks that describe it, all on one grid.

    Total liver is liver ∪ segments ∪ the tumours and the nonfunctional tissue that touch them, less
    gallbladder and IVC. What lies outside every segment joins the nearest segment in mm. Nonfunctional
    tissue makes the total larger, never the functional volume. What had to be settled on the way is in the
    result's ``quality``, in mL.

    Parameters
    ----------
    grid : Grid
    liver : ndarray of bool, optional
        Whole-organ mask.
    parts : ndarray of uint8, optional
        0 outside; n inside ``part_names[n - 1]``. Copied unless it is read-only.
    part_names : tuple of str
    tumours : ndarray of uint16, optional
        Tumour numbers.
    tumours_declared_none : bool
        Somebody stated that there is no tumour.
    nonfunctional : ndarray of bool, optional
        Cysts, ablation zones, abscesses; a piece that touches the liver is counted whole.
    ducts : ndarray of bool, optional
        Drawn bile ducts, nonfunctional too. They lead out of the liver: a voxel is counted where it lies in
        the liver, or between liver on both sides along two of the three axes.
    vessels, drawn, sheath : mapping of str to ndarray of bool, optional
    not_liver : mapping of str to ndarray of bool, optional
        Neighbours that are never liver: ``"gallbladder"``, ``"ivc"``.
    truncated : bool, optional
        Whether the scan does not hold the whole liver. When nobody says, the arrays decide: a liver on the
        first or last plane of the grid may be cut off (``liver_truncated``). False is for arrays that were
        cropped from a scan of the whole liver.
    image, quality, source
        As in :class:`Liver`.

    Raises
    ------
    LabelError
        If there is no liver at all, or tumours are both drawn and declared absent.
    """
    if tumours is not None and tumours_declared_none and tumours.any():
        raise LabelError(
            "tumours are declared to be none, yet tumour voxels are given; give one or the other"
        )
    organ = _organ_of(liver, parts)
    taken_out = _take_out(organ, not_liver or {}, tumours, grid)
    lesions, touching = _take_in_lesions(organ, tumours, _outside_of(nonfunctional, not_liver), grid)
    enclosed, passing = _take_in_ducts(organ, _outside_of(ducts, not_liver), grid)
    joined = _united(lesions.joined, enclosed)
    findings = [*quality, *taken_out, *touching, *passing, *_joined_findings(joined, grid)]
    if parts is None:
        part_names, whole = (UNDIVIDED,), organ.astype(np.uint8)
    else:
        whole, stray = _divided(parts, organ, joined, grid, smaller=bool(taken_out))
        if stray is not None:
            findings.append(_stray_finding(stray, organ, liver, grid, _drawn_names(parts, part_names)))
    if truncated is None:
        faces = _touched_faces(whole > 0)
        findings += truncation_findings(faces, orientation=grid.orientation)
        truncated = bool(faces)
    status: TumourStatus = "none" if tumours_declared_none else "unknown" if tumours is None else "drawn"
    return Liver(
        grid=grid,
        parts=np.asfortranarray(whole),
        part_names=part_names,
        tissues=_tissues(grid, (vessels or {}).values(), (nonfunctional, ducts), lesions.tumour),
        tumour_status=status,
        tumours=lesions.tumours,
        vessels=vessels or {},
        drawn=drawn or {},
        sheath=sheath or {},
        image=image,
        quality=tuple(findings),
        truncated=truncated,
        source=source or Source(),
        tumours_numbered=lesions.numbered,
    )


def _volume_ml(mask: Mask, grid: Grid) -> float:
    return float(np.count_nonzero(mask, axis=(0, 1)) @ grid.slice_voxel_volumes_ml)


def _organ_of(liver: Mask | None, parts: NDArray[np.uint8] | None) -> Mask:
    """A new mask of the liver and its segments. Raises LabelError if it is empty."""
    organ = None if liver is None else np.array(liver, order="F")
    if parts is not None:
        organ = np.asfortranarray(parts > 0) if organ is None else np.logical_or(organ, parts, out=organ)
    if organ is None or not organ.any():
        raise LabelError("no liver: neither a liver mask nor a segment holds a voxel")
    return organ


def _take_out(
    organ: Mask, not_liver: Mapping[str, Mask], tumours: NDArray[np.uint16] | None, grid: Grid
) -> list[QualityFinding]:
    """Take neighbours out of the organ, in place; a tumour in them stays."""
    findings = []
    for name, neighbour in not_liver.items():
        wrong = organ & neighbour
        if tumours is not None:
            wrong &= tumours == 0
        if wrong.any():
            organ &= ~wrong
            message = (
                f"{_volume_ml(wrong, grid):.2f} mL of {name} lay inside the liver or its segments; taken out"
            )
            findings.append(CHECKS[f"{name}_in_liver"].finding(message, "warning"))
    return findings


@dataclass(frozen=True, slots=True)
class _Lesions:
    """Tumours of the liver, and the nonfunctional tissue beside it that no liver mask holds.

    ``numbered`` says that the numbers of the tumours stay as drawn, because not all of them are counted.
    """

    tumours: NDArray[np.uint16] | None = None
    tumour: Mask | None = None
    joined: Mask | None = None
    numbered: bool = False


def _take_in_lesions(
    organ: Mask, tumours: NDArray[np.uint16] | None, cysts: Mask | None, grid: Grid
) -> tuple[_Lesions, list[QualityFinding]]:
    """Add to the organ, in place, the tumours and the nonfunctional tissue that touch it."""
    tumour = None if tumours is None else tumours > 0
    candidates = _united(tumour, cysts)
    if candidates is None:
        return _Lesions(), []
    findings: list[QualityFinding] = []
    numbered, joined = False, None
    inside, outside = _touching(candidates, organ)
    if tumours is not None and tumour is not None:
        organ |= tumour if outside is None else tumour & inside
        if outside is not None and (lost := tumour & outside).any():
            findings.append(_tumour_outside(_volume_ml(lost, grid), _volume_ml(tumour, grid)))
            numbered = np.unique(tumours[tumours > 0]).size > 1
            tumours = np.where(lost, np.uint16(0), tumours)
            tumour &= ~lost
    if cysts is not None:
        joined = cysts & inside & ~organ
        organ |= joined
        if outside is not None:
            findings += _not_counted("nonfunctional tissue", _volume_ml(outside & cysts, grid), "warning")
    return _Lesions(tumours, tumour, joined, numbered), findings


def _take_in_ducts(
    organ: Mask, ducts: Mask | None, grid: Grid
) -> tuple[Mask | None, tuple[QualityFinding, ...]]:
    """Add to the organ, in place, the ducts that it encloses, which are returned."""
    if ducts is None:
        return None, ()
    ducts &= ~organ
    enclosed = ducts & _enclosed(organ) if ducts.any() else ducts
    organ |= enclosed
    return enclosed, _not_counted("bile duct", _volume_ml(ducts & ~enclosed, grid), "info")


def _joined_findings(joined: Mask | None, grid: Grid) -> tuple[QualityFinding, ...]:
    if joined is None or not joined.any():
        return ()
    message = (
        f"{_volume_ml(joined, grid):.2f} mL of nonfunctional tissue lies against or within the liver but in"
        " no liver mask; counted to the total, not to the functional volume"
    )
    return (CHECKS["nonfunctional_joined"].finding(message),)


def _divided(
    parts: NDArray[np.uint8], organ: Mask, joined: Mask | None, grid: Grid, *, smaller: bool
) -> tuple[NDArray[np.uint8], Mask | None]:
    """Parts of every voxel of the organ, and what lay outside all of them and joined the nearest.

    ``smaller`` says that the organ may lack voxels of the parts.
    """
    # What nobody can write to needs no copy.
    whole = np.array(parts, order="F") if parts.flags.writeable else np.asfortranarray(parts)
    if smaller:
        whole = np.where(organ, whole, np.uint8(0))
    stray = np.greater(organ.view(np.uint8), whole)  # liver that is 0 in the parts
    if not stray.any():
        return whole, None
    whole = _join_nearest(whole, stray, grid)
    if joined is not None:  # which part holds it changes no functional volume
        stray &= ~joined
    return whole, stray if stray.any() else None


def _drawn_names(parts: NDArray[np.uint8], part_names: Sequence[str]) -> frozenset[str]:
    """Names of the parts that have voxels."""
    counts = np.bincount(parts.ravel(order="K"), minlength=len(part_names) + 1)
    return frozenset(name for name, n in zip(part_names, counts[1:], strict=False) if n)


def _stray_finding(
    stray: Mask, organ: Mask, liver: Mask | None, grid: Grid, drawn: frozenset[str]
) -> QualityFinding:
    """What lies outside every segment; an undrawn caudate lobe where the liver mask holds one."""
    stray_ml, organ_ml = _volume_ml(stray, grid), _volume_ml(organ, grid)
    share = 100.0 * stray_ml / organ_ml
    message = (
        f"{stray_ml:.2f} mL ({share:.2f} %) of liver or tumour lies outside every segment"
        " and was given to the nearest one"
    )
    if liver is not None and drawn & set(COUINAUD_KEYS) in _ALL_BUT_THE_CAUDATE:
        least, most = SEGMENT_PERCENT[CAUDATE]
        if share <= most and 100.0 * _volume_ml(stray & liver, grid) >= least * organ_ml:
            return CHECKS["caudate_undrawn"].finding(f"segment I is not drawn; {message}")
    severity: Severity = "error" if share > _MOST_STRAY_PERCENT else "warning"
    return CHECKS["liver_outside_segments"].finding(message, severity)


def _tissues(
    grid: Grid, vessels: Iterable[Mask], nonfunctional: Iterable[Mask | None], tumour: Mask | None
) -> NDArray[np.uint8]:
    """The tissue of every voxel: a tumour before nonfunctional tissue before a vessel."""
    tissues = np.full(grid.shape, Tissue.PARENCHYMA, dtype=np.uint8, order="F")
    layers = [(Tissue.VESSEL, mask) for mask in vessels]
    layers += [(Tissue.NONFUNCTIONAL, mask) for mask in nonfunctional if mask is not None]
    if tumour is not None:
        layers.append((Tissue.TUMOUR, tumour))
    for tissue, mask in layers:
        np.copyto(tissues, np.uint8(tissue), where=mask)
    return tissues


def _outside_of(mask: Mask | None, not_liver: Mapping[str, Mask] | None) -> Mask | None:
    """A copy of a mask without what is never liver."""
    if mask is None:
        return None
    left = np.array(mask, order="F")
    for neighbour in (not_liver or {}).values():
        left &= ~neighbour
    return left


def _united(first: Mask | None, second: Mask | None) -> Mask | None:
    return second if first is None else first if second is None else first | second


def _tumour_outside(lost_ml: float, tumour_ml: float) -> QualityFinding:
    """Tumour that is not counted; where it is most of what was drawn, the map is probably of another scan."""
    message = f"{lost_ml:.2f} mL of tumour touches neither liver nor segment; not counted"
    if lost_ml <= _MOST_OUTSIDE * tumour_ml:
        return CHECKS["tumour_outside_liver"].finding(message, "warning")
    message += f", although it is most of the {tumour_ml:.2f} mL that are drawn: is the map of another scan?"
    return CHECKS["tumour_outside_liver"].finding(message, "error")


def _not_counted(what: str, volume_ml: float, severity: Severity) -> tuple[QualityFinding, ...]:
    if not volume_ml > 0.0:
        return ()
    message = f"{volume_ml:.2f} mL of {what} lies outside the liver and its segments; not counted"
    return (CHECKS["nonfunctional_outside_liver"].finding(message, severity),)


def _enclosed(organ: Mask) -> Mask:
    """Voxels with liver on both sides along at least two of the three axes."""
    axes = np.zeros(organ.shape, dtype=np.uint8, order="F")
    for axis in range(3):
        before = np.logical_or.accumulate(organ, axis=axis)
        behind = np.flip(np.logical_or.accumulate(np.flip(organ, axis), axis=axis), axis)
        axes += before & behind
    return axes >= 2


def _touched_faces(organ: Mask) -> frozenset[str]:
    """Faces of the grid on which the liver has a voxel, as ``"i-"`` … ``"k+"``."""
    return frozenset(
        f"{'ijk'[axis]}{sign}"
        for axis in range(3)
        for sign, index in (("-", 0), ("+", -1))
        if organ.take(index, axis=axis).any()
    )


def _touching(lesions: Mask, organ: Mask) -> tuple[Mask, Mask | None]:
    """Lesions split into the components that touch the organ and, if there are any, the others."""
    if not np.greater(lesions, organ).any():  # true where there is a lesion and no liver
        return lesions, None
    from scipy import ndimage

    full = np.ones((3, 3, 3), dtype=bool)
    numbers, n_components = ndimage.label(lesions, structure=full)
    near = np.zeros(n_components + 1, dtype=bool)
    near[np.unique(numbers[ndimage.binary_dilation(organ, structure=full)])] = True
    near[0] = False
    inside = near[numbers]
    outside = lesions & ~inside
    return inside, outside if outside.any() else None


def _join_nearest(parts: NDArray[np.uint8], stray: Mask, grid: Grid) -> NDArray[np.uint8]:
    """Give every stray voxel to the part whose nearest voxel centre is closest in mm.

    Uneven slices have no distance between them: there the nearest voxel of the same slice is taken, or of the
    first slice before or behind it that has any.
    """
    from scipy import ndimage
    from scipy.spatial import cKDTree

    labelled = parts > 0
    surface = labelled & ~ndimage.binary_erosion(labelled, structure=np.ones((3, 3, 3), dtype=bool))
    seeds, wanted = np.argwhere(surface), np.argwhere(stray)
    axes = grid.index_to_world_mm[:3, :3]
    if not grid.is_even:
        extent_mm = float(np.abs(axes[:, :2]).sum() * max(grid.shape))
        axes = np.stack([axes[:, 0], axes[:, 1], np.cross(axes[:, 0], axes[:, 1])], axis=1)
        axes[:, 2] *= extent_mm / np.linalg.norm(axes[:, 2])
    _, nearest = cKDTree(seeds @ axes.T).query(wanted @ axes.T)
    joined = np.array(parts, order="F")
    joined[tuple(wanted.T)] = parts[tuple(seeds[nearest].T)]
    return joined
