"""All DICOM results of a case, as objects and as files."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError, UsageError
from flr.facts import SCAN_FACTS
from flr.pictures.figures import picture_png
from flr.pictures.plans import PlanPictures, plan_pictures
from flr.plans import parse_plan
from flr.report.pdf import report_pdf
from flr.words import plain
from flr.write.dicom.files import write_dicom
from flr.write.dicom.patient import anonymous
from flr.write.dicom.pdf import encapsulated_pdf
from flr.write.dicom.rtstruct import structure_set
from flr.write.dicom.sc import secondary_capture
from flr.write.dicom.seg import Algorithm, SegType, segmentations
from flr.write.dicom.source import Planes, SourceImages, planes_of
from flr.write.dicom.sr import structured_report
from flr.write.dicom.structures import Structure, structures_of
from flr.write.dicom.texts import ascii_text

if TYPE_CHECKING:
    from pydicom import Dataset

    from flr.assessment import Assessment
    from flr.liver import Liver
    from flr.plans import Plan

Kind = Literal["seg", "sr", "pdf", "sc", "rtstruct"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""What can be written, in the order in which it is: a report refers to its segmentation."""


@dataclass(frozen=True, eq=False)
class Result:
    """One object and the name that its file gets; the name never identifies the patient."""

    file_name: str
    content: Dataset


def dicom_results(
    assessments: Sequence[Assessment],
    liver: Liver,
    plans: Sequence[Plan],
    source: SourceImages,
    kinds: Collection[Kind] = KINDS,
    *,
    seg_type: SegType = "binary",
    anonymise: bool = False,
    made: datetime | None = None,
    today: date | None = None,
) -> Iterator[Result]:
    """DICOM objects of a case, one after the other.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan, of one case.
    liver : Liver
    plans : sequence of Plan
        In the same order.
    source : SourceImages
        Study and series that the results go back to.
    kinds : collection of str
        From :data:`KINDS`. A report brings its segmentation with it.
    seg_type : {"binary", "fractional", "labelmap"}
    anonymise : bool
        Take the patient out; the case's name stands for him or her. What people typed about the scan, the
        names that they gave to plans and files, and dates are left out as well.
    made : datetime, optional
        Now by default. No UID depends on it.
    today : date, optional
        Day from which the PDF counts the age of the scan.

    Raises
    ------
    UsageError
        If a kind is not known, or plans and assessments do not match.
    GeometryError
        If the liver is not of these images.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise UsageError(f"{', '.join(unknown)} cannot be written; expected some of {', '.join(KINDS)}")
    if not assessments or len(plans) != len(assessments):
        raise UsageError(f"{len(plans)} plans for {len(assessments)} assessments; give the plan of each")
    when = None if anonymise else made or datetime.now()
    if anonymise:
        source = anonymous(source, ascii_text(plain(assessments[0].case_id, 64)))
        assessments = [_anonymous(assessment) for assessment in assessments]
    into = _Into(source, planes_of(source, liver.grid), frozenset(kinds), seg_type, when)
    pictures: list[PlanPictures] = []
    for number, (assessment, plan) in enumerate(zip(assessments, plans, strict=True), start=1):
        shown = plan_pictures(liver, plan)
        pictures.append(shown)
        yield from _of_plan(into, number, assessment, plan, liver, shown)
    if "pdf" in kinds:
        pdf = report_pdf(assessments, pictures, identify=False, today=today)
        yield Result("report.dcm", encapsulated_pdf(pdf, source, made=when))


@dataclass(frozen=True, eq=False)
class _Into:
    """The study that results go into, and what is written there."""

    source: SourceImages
    planes: Planes
    kinds: Collection[Kind]
    seg_type: SegType
    made: datetime | None


def _of_plan(
    into: _Into, number: int, assessment: Assessment, plan: Plan, liver: Liver, shown: PlanPictures
) -> Iterator[Result]:
    """The objects of one plan, of which ``number`` is the first 1."""
    notation = ascii_text(plain(plan.notation, 60))
    stem = stem_of_plan(number, plan)
    structures = structures_of(liver, shown.classes)
    if "seg" in into.kinds or "sr" in into.kinds:
        yield from _segmented(into, number, assessment, liver, structures, notation, stem)
    if "rtstruct" in into.kinds:
        planned = [s for s in structures if s.of_plan or s.key.startswith("tumour") or s.key == "liver"]
        content = structure_set(
            planned, into.planes, into.source, plan=notation, instance_number=number, made=into.made
        )
        yield Result(f"{stem}-rtstruct.dcm", content)
    if "sc" in into.kinds:
        for at, flat in enumerate(shown.slices, start=1):
            content = secondary_capture(
                _pixels_of(picture_png(flat, shown.grey, shown.legend)),
                into.source,
                comment=f"Plan {notation}, {flat.view}"[:200],
                instance_number=10 * number + at,
                made=into.made,
            )
            yield Result(f"{stem}-{flat.view}.dcm", content)


def _segmented(
    into: _Into,
    number: int,
    assessment: Assessment,
    liver: Liver,
    structures: Sequence[Structure],
    notation: str,
    stem: str,
) -> Iterator[Result]:
    """The segmentation of a plan and, where it is wanted, the report that refers to it."""
    named = liver.source.segmentation_source
    objects, places = segmentations(
        structures,
        into.planes,
        into.source,
        plan=notation,
        kind=into.seg_type,
        algorithm=Algorithm("AUTOMATIC", ascii_text(named)) if named else None,
        instance_number=10 * number,
        made=into.made,
    )
    for layer, content in enumerate(objects, start=1):
        yield Result(f"{stem}-seg{'' if len(objects) == 1 else f'-{layer}'}.dcm", content)
    if "sr" in into.kinds:
        voxel_mm3 = liver.grid.voxel_volume_mm3 if liver.grid.is_even else None
        report = structured_report(
            assessment, places, voxel_mm3, into.source, instance_number=number, made=into.made
        )
        yield Result(f"{stem}-sr.dcm", report)


def _anonymous(assessment: Assessment) -> Assessment:
    """The assessment without the day of its scan, what people typed, and the names of their files."""
    provenance, plan = assessment.provenance, assessment.plan
    scan = provenance.source.scan
    left_out: dict[str, Any] = {fact.key: None for fact in SCAN_FACTS if fact.of == "scan" and fact.tells}
    if scan.phase_from_description:
        left_out["phase"] = scan.phase
    scan = replace(scan, **left_out)
    inputs = tuple(replace(one, name=f"input {n}") for n, one in enumerate(provenance.source.inputs, start=1))
    return replace(
        assessment,
        plan=replace(plan, name=_name_of_notation(plan.notation)),
        provenance=replace(provenance, source=replace(provenance.source, scan=scan, inputs=inputs)),
    )


def _name_of_notation(notation: str) -> str:
    """What a plan is called by those who did not name it."""
    try:
        return parse_plan(notation).name
    except PlanError:
        return notation


def save_dicom(results: Iterator[Result], out_dir: Path) -> list[Path]:
    """Write objects into a folder, each whole or not at all.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written; every file that stands there is whole.
    """
    written = []
    for result in results:
        path = Path(out_dir) / result.file_name
        write_dicom(result.content, path)
        written.append(path)
    return written


def _pixels_of(png: bytes) -> NDArray[np.uint8]:
    """Red, green and blue of a picture."""
    from matplotlib.image import imread

    shares = np.asarray(imread(io.BytesIO(png), format="png"))
    return np.asarray(np.rint(shares[..., :3] * 255.0), dtype=np.uint8)


def stem_of_plan(number: int, plan: Plan) -> str:
    """Beginning of the names of a plan's files."""
    return f"plan-{number}{_slug(ascii_text(plain(plan.notation, 60)))}"


def _slug(notation: str) -> str:
    letters = re.sub(r"[^0-9a-z]+", "-", notation.lower()).strip("-")[:40].strip("-")
    return f"-{letters}" if letters else ""
