"""The bundled case as a hospital has it: a CT series with a patient, a plan, and its DICOM results."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_phantoms import PATIENT, SECRETS, Stack, ct_slice

from flr.assessment import Assessment, assess_plans
from flr.dicom import open_study
from flr.dicom.series import Series
from flr.io.read import read_liver
from flr.liver import Liver
from flr.patient import Patient
from flr.plans import Plan, parse_plan
from flr.write.dicom import SourceImages, source_images

MADE = datetime(2026, 1, 5, 9, 30)
BODY = Patient(weight_kg=72, height_cm=171, age_years=63, sex="F", condition="chemotherapy", diagnosis="crlm")
SAMPLE = Path(__file__).resolve().parents[1] / "sample_data" / "baseline"

__all__ = ["BODY", "MADE", "PATIENT", "SAMPLE", "SECRETS", "Hospital", "hospital", "tool", "write_ct"]


def write_ct(
    folder: Path, image: Path, *, uid: str = "1.2.3.4.5", step: int = 1, **changes: Any
) -> list[Path]:
    """An image file as a CT series: slices by z, rows to the left, columns to the back."""
    import nibabel as nib

    loaded = nib.as_closest_canonical(nib.load(image))
    # RAS to the order of an axial series: i to the left, j to the back, k to the head.
    voxels = np.asarray(loaded.dataobj)[::-1, ::-1, ::step]
    lps = np.diag((-1.0, -1.0, 1.0)) @ loaded.affine[:3]
    spacing = np.linalg.norm(lps[:, :3], axis=0)
    directions = lps[:, :3] / spacing * (-1, -1, 1)
    corner = lps @ (voxels.shape[0] - 1, voxels.shape[1] - 1, 0, 1)
    steps = np.arange(voxels.shape[2])[:, None] * step * lps[:, 2]
    stack = Stack(
        corner + steps,
        orientation=(*directions[:, 0].tolist(), *directions[:, 1].tolist()),
        spacing_mm=(float(spacing[0]), float(spacing[1])),
        size=(voxels.shape[0], voxels.shape[1]),
        series_uid=f"{uid}.2",
        study_uid=f"{uid}.1",
        frame_uid=f"{uid}.3",
    )
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k in range(len(steps)):
        stored = np.rint(voxels[:, :, k].T + 1024).clip(0, 4095).astype(np.uint16)
        path = folder / f"s{k:04d}"
        content = ct_slice(path, stack, k, stored)
        content.StudyTime = "101500"
        content.AccessionNumber = "ACC-4711"
        content.StudyID = "ST-4711"
        content.ReferringPhysicianName = "Secret^Doctor"
        content.BodyPartExamined = "ABDOMEN"
        content.Manufacturer = "phantom"
        content.PositionReferenceIndicator = ""
        content.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        content.KVP = 120
        content.PatientPosition = "HFS"
        for keyword, value in changes.items():
            setattr(content, keyword, value)
        content.save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths


@dataclass(frozen=True)
class Hospital:
    """Images and everything that was made of them."""

    folder: Path
    series: Series
    source: SourceImages
    liver: Liver
    plans: tuple[Plan, ...]
    assessments: tuple[Assessment, ...]


@cache
def hospital(folder: Path, plans: Sequence[str] = ("H5678",)) -> Hospital:
    """The bundled baseline scan as DICOM, its liver and its plans."""
    write_ct(folder / "ct", SAMPLE / "ct.nii.gz")
    series = open_study([folder / "ct"]).series[0]
    liver = read_liver(
        SAMPLE / "segments.nii.gz", tumours=SAMPLE / "tumours.nii.gz", image=SAMPLE / "ct.nii.gz"
    )
    chosen = tuple(parse_plan(text) for text in plans)
    return Hospital(
        folder,
        series,
        source_images(series),
        liver,
        chosen,
        assess_plans(liver, chosen, BODY, case_id="case-7"),
    )


def tool(*command: str | Path, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Run a validator; where CI has to have it, a missing one fails, elsewhere it skips."""
    name = str(command[0])
    if shutil.which(name) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed; .ci/run installs it")
        pytest.skip(f"{name} is not installed")
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
