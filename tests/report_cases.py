"""Cases that the tests of the report share."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import phantoms

from flr.assessment import Assessment, Options, assess_numbers, assess_plans
from flr.files import InputFile
from flr.liver import Liver, Source, assemble
from flr.patient import Patient
from flr.pictures.plans import PlanPictures, plan_pictures
from flr.plans import Plan, parse_plan

HOSTILE = "</style><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>\x1b[31m\n$x^2$ {{ 7*7 }} 肝"
PATIENT = Patient(
    weight_kg=72, height_cm=171, age_years=63, sex="F", condition="chemotherapy", diagnosis="crlm"
)
PLANS = ("H5678", "H45678", "H67")


def block_liver(
    orientation: str = "LPS",
    *,
    rotated: bool = False,
    image: bool = False,
    tumours: tuple[tuple[int, int], ...] = ((7, 6), (3, 4)),
    mirrored: bool = False,
) -> Liver:
    """A block liver; ``mirrored`` swaps the voxels left to right and keeps the header."""
    block = phantoms.couinaud_block(
        tumours=tumours,
        orientation=orientation,
        rotation_deg=phantoms.OBLIQUE_DEG if rotated else (0.0, 0.0, 0.0),
    )
    segments, lesions = block.segments, block.tumours
    if mirrored:
        across = [world for world, _ in block.grid.anatomical_axes].index(0)
        segments, lesions = np.flip(segments, across), np.flip(lesions, across)
    return assemble(
        block.grid,
        parts=segments,
        part_names=tuple("12345678"),
        tumours=lesions.astype(np.uint16),
        image=np.where(segments > 0, 60.0, -90.0).astype(np.float32) if image else None,
        source=Source(
            (InputFile("segments.nii.gz", "ab" * 32), InputFile("tumours.nii.gz", "cd" * 32)),
            "couinaud_8",
            reviewed=True,
        ),
    )


@cache
def block_case(image: bool = False) -> tuple[Liver, tuple[Plan, ...], tuple[Assessment, ...]]:
    """A liver, three plans, their assessments."""
    liver = block_liver(image=image)
    plans = tuple(parse_plan(text) for text in PLANS)
    return liver, plans, assess_plans(liver, plans, PATIENT, case_id="crlm-014")


@cache
def block_pictures(image: bool = False) -> tuple[PlanPictures, ...]:
    """Pictures of the plans of ``block_case``."""
    liver, plans, _ = block_case(image)
    return tuple(plan_pictures(liver, plan) for plan in plans)


def from_numbers(flr_ml: float = 400.0, patient: Patient | None = None, **choices: object) -> Assessment:
    """The worked patient of the formulary: 70 kg, 170 cm, 1500 mL of functional liver."""
    return assess_numbers(
        total_ml=1500.0,
        tumour_ml=0.0,
        flr_ml=flr_ml,
        patient=patient or Patient(weight_kg=70, height_cm=170, condition="normal"),
        remnant_tumour_ml=0.0,
        case_id="worked",
        **choices,
    )


def hostile_case() -> tuple[Assessment, ...]:
    """Assessments whose every free text tries to break out."""
    _, _, assessments = block_case()
    return tuple(
        replace(
            a,
            case_id=HOSTILE,
            plan=replace(a.plan, name=HOSTILE, notation=f"{a.plan.notation} {HOSTILE}"),
            headline=HOSTILE,
            note_texts=dict.fromkeys(a.notes, HOSTILE),
            provenance=replace(
                a.provenance,
                source=Source((InputFile(HOSTILE, "ab" * 32),), HOSTILE, HOSTILE, True),
            ),
        )
        for a in assessments
    )


__all__ = [
    "HOSTILE",
    "PATIENT",
    "PLANS",
    "Options",
    "block_case",
    "block_liver",
    "block_pictures",
    "from_numbers",
    "hostile_case",
]
