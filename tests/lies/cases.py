"""What is lied about: true maps of a liver, and what an assessment of one says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from phantoms import couinaud_egg

import flr
from flr.assessment import Options, assess_plans
from flr.errors import FLRError
from flr.geometry import Grid
from flr.plans import volumes
from flr.plans.notation import plans_from
from flr.quality import CHECKS

Voxels = NDArray[np.uint8]

REASSURING = ("adequate", "borderline")

SEGMENTS = {number: f"liver_segment_{number}" for number in range(1, 9)}

CODES = {
    1: ("71133005", "SCT", "Hepatic segment I"),
    2: ("277956007", "SCT", "Hepatic segment II"),
    3: ("277957003", "SCT", "Hepatic segment III"),
    4: ("277958008", "SCT", "Hepatic segment IV"),
    5: ("277959000", "SCT", "Hepatic segment V"),
    6: ("277960005", "SCT", "Hepatic segment VI"),
    7: ("277961009", "SCT", "Hepatic segment VII"),
    8: ("277962002", "SCT", "Hepatic segment VIII"),
}
"""SNOMED CT of the segments, as DICOM CID 7162 and 3D Slicer's terminology list them."""


@dataclass(frozen=True)
class Case:
    """A map of one liver, true or not, and what is stated about it.

    ``names`` and ``codes`` are what a format that carries them says of each value; ``whole`` is a liver mask
    beside the segments, ``tumours`` a tumour map, ``drawn`` a drawn remnant or resection, ``image_grid`` the
    grid of a CT beside the map. ``scheme`` and ``prior`` are what the user states.
    """

    name: str
    segments: Voxels
    grid: Grid
    weight_kg: float
    height_cm: float
    names: Mapping[int, str] = field(default_factory=lambda: dict(SEGMENTS))
    codes: Mapping[int, tuple[str, str, str]] = field(default_factory=lambda: dict(CODES))
    whole: Voxels | None = None
    tumours: Voxels | None = None
    drawn: Mapping[str, Voxels] = field(default_factory=dict)
    image_grid: Grid | None = None
    scheme: str | None = None
    prior: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    def patient(self, condition: str) -> flr.Patient:
        """The patient; what else is stated of the liver comes first."""
        return flr.Patient(
            weight_kg=self.weight_kg,
            height_cm=self.height_cm,
            condition=self.conditions or (condition,),
            prior=self.prior,
        )


@dataclass(frozen=True)
class Answer:
    """What came of a case: the flag of each plan, or why it was refused.

    ``numbers`` are the mL of the liver, its parts and each remnant, and the shares, by name; ``stated`` their
    95 % intervals, as far as they are known: those of the boundary, of a thorough answer.
    """

    flags: Mapping[str, str] = field(default_factory=dict)
    found: frozenset[tuple[str, str]] = frozenset()
    refused: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    stated: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def reassuring(self) -> dict[str, str]:
        """The plans whose flag reassures."""
        return {plan: flag for plan, flag in self.flags.items() if flag in REASSURING}

    @property
    def noticed(self) -> frozenset[str]:
        """Checks whose finding speaks against their reassurance row, or leaves it not shown."""
        return frozenset(check for check, severity in self.found if CHECKS[check].effect(severity))

    @property
    def worst(self) -> str:
        """The most reassuring flag, for the table."""
        order = ("adequate", "borderline")
        return next(
            (flag for flag in order if flag in self.flags.values()), next(iter(self.flags.values()), "")
        )


SCENARIOS = {"normal": ("H67", "H5678", "H234"), "chemotherapy": ("H45678", "H23")}
"""Plans by background. The phantom's H45678 after chemotherapy falls short, its other plans are enough."""


def answer(case: Case, liver: flr.Liver, *, thorough: bool = False) -> Answer:
    """Assess every scenario that the liver's parts allow; thoroughly with boundary errors and margins."""
    flags: dict[str, str] = {}
    found: set[tuple[str, str]] = set()
    measured = flr.measure(liver)
    numbers = {"total mL": measured.total_ml, "functional mL": measured.functional_ml}
    if liver.is_divided:
        numbers |= {f"part {name} mL": ml for name, ml in measured.parts_ml.items()}
    stated: dict[str, tuple[float, float]] = {}
    for condition, plans in SCENARIOS.items():
        if liver.is_divided:
            own = [plan for plan in plans if set(plan[1:]) <= set(liver.part_names)]
        else:
            own = [key for key in ("resected", "flr") if key in liver.drawn]
        if not own:
            continue
        counted = None if thorough else [volumes(liver, plan, measured) for plan in plans_from(own)]
        options = Options(accepted=case.accepted)
        results = assess_plans(liver, own, case.patient(condition), options=options, tables=counted)
        for plan, result in zip(own, results, strict=True):
            flags[f"{plan} {condition}"] = result.flag
            told = _numbers(f"{plan} {condition}", result, thorough=thorough)
            numbers |= told[0]
            stated |= told[1]
            found |= {(finding.check, finding.severity) for finding in result.quality}
    return Answer(flags, frozenset(found), "", numbers, stated)


_OF_LIVER = {"total_ml": "total mL", "functional_ml": "functional mL"}
_OF_PLAN = {
    "flr_ml": "mL",
    "flr_percent_of_measured": "% of measured",
    "flr_percent_of_standard": "% of standard",
    "flr_to_body_weight_percent": "% of body weight",
}


def _numbers(
    plan: str, result: flr.Assessment, *, thorough: bool
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """The measures of a plan by name, and the intervals of all that is known of, if they are of the boundary.

    A share of the standard volume is held against its error of measurement alone: the body is the same.
    """
    numbers = {
        f"{plan}, {words}": value
        for key, words in _OF_PLAN.items()
        if (value := getattr(result.measures, key)) is not None
    }
    if not thorough:
        return numbers, {}
    stated = {}
    for key, interval in result.intervals.items():
        bare = key.removesuffix("_measurement_only")
        if key.startswith("parts_ml."):
            stated[f"part {key[9:]} mL"] = (interval.low, interval.high)
        elif key in _OF_LIVER:
            stated[_OF_LIVER[key]] = (interval.low, interval.high)
        elif bare in _OF_PLAN and (bare != key or bare != "flr_percent_of_standard"):
            stated[f"{plan}, {_OF_PLAN[bare]}"] = (interval.low, interval.high)
    return numbers, stated


def answer_of(case: Case, read: Any, folder: Path, *, thorough: bool = False) -> Answer:
    """Read a case by one format and assess it; a refusal is an answer, any other exception is not."""
    try:
        return answer(case, read(case, folder), thorough=thorough)
    except FLRError as error:
        return Answer(refused=str(error))


@cache
def phantom(spacing_mm: float = 4.0) -> Case:
    """``P``: an ellipsoid of 1672 mL; after chemotherapy its segments 1–3 are too little to live on."""
    segments, grid = couinaud_egg((spacing_mm,) * 3, left_border_mm=-28.0, margin_mm=24.0)
    return Case(f"P {spacing_mm:g} mm", segments, grid, weight_kg=60.0, height_cm=165.0)


REAL = ("LiTS-0", "LiTS-79", "LiTS-73")


@cache
def real(data: Path, name: str) -> Case:
    """A published map, cropped to 12 mm around its liver, with a body that fits it."""
    import nibabel as nib

    image = nib.load(data / "couinaud_lits" / f"{name}_couinaud.nii.gz")
    voxels = np.asarray(image.dataobj).astype(np.uint8)
    whole = Grid(voxels.shape, image.affine)
    box = []
    for axis in range(3):
        filled = np.flatnonzero(voxels.any(axis=tuple(a for a in range(3) if a != axis)))
        more = int(np.ceil(12.0 / whole.spacing_mm[axis]))
        low, high = int(filled[0]) - more, int(filled[-1]) + 1 + more
        box.append((max(low, 0), low - max(low, 0), high))
    padded = np.pad(
        voxels, [(max(0, -b[1]), max(0, b[2] - n)) for b, n in zip(box, voxels.shape, strict=True)]
    )
    start = tuple(b[0] for b in box)
    size = tuple(b[2] - b[0] - b[1] for b in box)
    segments = padded[tuple(slice(s, s + n) for s, n in zip(start, size, strict=True))]
    affine = whole.index_to_world_mm.copy()
    shift = [b[0] + b[1] for b in box]
    affine[:3, 3] = whole.world_mm(shift)
    grid = Grid(segments.shape, affine)
    total_ml = np.count_nonzero(segments) * grid.voxel_volume_ml
    return Case(name, np.ascontiguousarray(segments), grid, weight_kg=total_ml / 22.0, height_cm=170.0)
