"""``flr export``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flr.cli import options
from flr.errors import UsageError
from flr.facts import FACTS

if TYPE_CHECKING:
    from datetime import date

    from flr.assessment import Assessment
    from flr.liver import Liver
    from flr.plans import Plan

_DICOM = {"seg": "seg", "sr": "sr", "dicom_pdf": "pdf", "sc": "sc", "rtstruct": "rtstruct"}
_SURFACES = ("stl", "obj", "ply", "glb")

# What --anonymise leaves out may not be given with it: whoever typed it expects to read it.
_LEFT_OUT = tuple(fact.argument for fact in FACTS if fact.tells)

_EXAMPLES = """\
examples:
  flr export liver_segments.nii.gz --image ct_dicom/ --tumours none --plan H5678 --weight 72 --height 171 \\
      --condition normal --seg --sr --out results/
  flr export study/ --plan H5678 --seg --sr --dicom-pdf --sc --rtstruct --out results/
  flr export segments.nii.gz --plan H5678 --nifti --seg-nrrd --stl --glb --out results/

DICOM results go back to the study of the images, so they carry its patient; --anonymise takes the patient
out. All other files, and every file's name, say nothing of the patient."""


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser(
        "export", "Write segmentations, reports and surfaces for other programs and the archive.", _EXAMPLES
    )
    options.add_inputs(p, images=True)
    p.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="TEXT",
        help="what is removed, as in flr assess; repeatable",
    )
    options.add_split(p)
    options.add_vessel_choices(p)
    group = p.add_argument_group("DICOM results (need the DICOM images: an input or --image FOLDER)")
    group.add_argument("--seg", action="store_true", help="segmentation: liver, segments, tumours, plan")
    group.add_argument("--sr", action="store_true", help="structured report; brings its segmentation")
    group.add_argument("--dicom-pdf", action="store_true", help="the report as Encapsulated PDF")
    group.add_argument("--sc", action="store_true", help="key pictures as Secondary Capture")
    group.add_argument("--rtstruct", action="store_true", help="outlines of the remnant and the cut")
    group.add_argument(
        "--seg-type", choices=("binary", "fractional", "labelmap"), default="binary", help="default binary"
    )
    group.add_argument("--anonymise", action="store_true", help="for research: take the patient out")
    group = p.add_argument_group("other files")
    group.add_argument("--nifti", action="store_true", help="one .nii.gz mask per structure, and a fates map")
    group.add_argument("--seg-nrrd", action="store_true", help="one .seg.nrrd for 3D Slicer")
    for name in _SURFACES:
        group.add_argument(f"--{name}", action="store_true", help=f"surfaces as {name.upper()}")
    options.add_patient(p)
    options.add_scan(p)
    options.add_grading(p)
    p.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the files; an earlier export in it is replaced"
    )
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Assess, write what was asked for, say what was written."""
    args = parser().parse_intermixed_args(list(argv))
    asked = [*_DICOM, "nifti", "seg_nrrd", *_SURFACES]
    if not any(getattr(args, name) for name in asked):
        raise UsageError(f"nothing to write: give some of {', '.join(_option(name) for name in asked)}")
    if args.out is None:
        raise UsageError("no folder to write into: give --out DIR")
    patient = options.patient_of(args)
    chosen = options.options_of(args)
    facts, today = options.scan_facts_of(args), options.stated_report_date_of(args)
    typed = [name for name in _LEFT_OUT if getattr(args, name) is not None]
    if args.anonymise and typed:
        said = ", ".join(_option(name) for name in typed)
        raise UsageError(f"--anonymise leaves dates and texts of people out; give it without {said}")
    roles, _ = options.roles_of(args)
    if not (args.inputs or roles):
        raise UsageError("no input: give a label file, a DICOM folder, or a role such as --segments FILE")

    from flr.cli.assess import HOW_TO_PLAN
    from flr.cli.entry import FLAGGED, OK
    from flr.dicom.header import quietly
    from flr.job import Job
    from flr.job import run as run_job

    found = run_job(
        Job(
            source=options.files_of(args),
            plans=options.plans_of(args),
            patient=patient,
            intent=args.intent,
            options=chosen,
            scan=facts,
            reviewed=options.reviewed_of(args),
            case_id=args.case_id,
            how_to_plan=HOW_TO_PLAN,
        )
    )
    assessments = found.assessments
    with quietly():
        written = _write(args, assessments, found.liver, found.plans, [*args.inputs, *roles.values()], today)
    _say(args, written)
    flagged = any(a.flag != "adequate" for a in assessments)
    return FLAGGED if args.fail_on_flag and flagged else OK


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _write(
    args: argparse.Namespace,
    assessments: Sequence[Assessment],
    liver: Liver,
    plans: Sequence[Plan],
    inputs: Sequence[Path],
    today: date | None,
) -> list[Path]:
    """Write everything in the place of the last export."""
    from flr.documents.assessments import assessments_document
    from flr.results import write_result

    def write(folder: Path) -> list[str]:
        _write_into(folder, args, assessments, liver, plans, inputs, today)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [path.relative_to(folder).as_posix() for path in files]

    result = assessments_document(assessments)["result_id"]
    return write_result(Path(args.out), write, by="export", result=result)


def _write_into(
    folder: Path,
    args: argparse.Namespace,
    assessments: Sequence[Assessment],
    liver: Liver,
    plans: Sequence[Plan],
    inputs: Sequence[Path],
    today: date | None,
) -> None:
    kinds = [kind for name, kind in _DICOM.items() if getattr(args, name)]
    if kinds:
        from flr.report.dicom import dicom_results, save_dicom
        from flr.write.dicom.origin import source_of

        given = [Path(args.image)] if args.image else inputs
        source = source_of(given, liver.grid)
        results = dicom_results(
            assessments,
            liver,
            plans,
            source,
            kinds,  # type: ignore[arg-type]  # the values of _DICOM are the kinds
            seg_type=args.seg_type,
            anonymise=args.anonymise,
            today=today,
        )
        save_dicom(results, folder)
    surfaces = [name for name in _SURFACES if getattr(args, name)]
    if not (surfaces or args.nifti or args.seg_nrrd):
        return
    from flr.plans import fates
    from flr.plans.classes import planned_classes
    from flr.report.dicom import stem_of_plan
    from flr.surfaces.files import SURFACE_WRITERS
    from flr.surfaces.solids import plan_solids, shared_solids
    from flr.write.dicom.structures import structures_of
    from flr.write.fates import NIFTI_SUFFIX, write_fates
    from flr.write.masks import write_nifti_masks, write_seg_nrrd

    shared = shared_solids(liver) if surfaces else ()
    for number, plan in enumerate(plans, start=1):
        stem = stem_of_plan(number, plan)
        classes = planned_classes(liver, fates(liver, plan))
        structures = structures_of(liver, classes)
        if args.nifti:
            write_nifti_masks(structures, liver.grid, folder / f"{stem}-masks")
            write_fates(folder / f"{stem}-fates{NIFTI_SUFFIX}", classes, liver.grid)
        if args.seg_nrrd:
            write_seg_nrrd(structures, liver.grid, folder / f"{stem}.seg.nrrd")
        if surfaces:
            solids = (*plan_solids(liver, classes), *shared)
            for name in surfaces:
                SURFACE_WRITERS[name](solids, folder, stem)


def _say(args: argparse.Namespace, written: Sequence[Path]) -> None:
    names = [path.relative_to(args.out).as_posix() for path in written]
    if args.json:
        from flr.documents.base import json_ready, to_json
        from flr.documents.jobs import ExportDocument
        from flr.files import InputFile, sha256_of

        files = tuple(InputFile(name, sha256_of(path)) for name, path in zip(names, written, strict=True))
        sys.stdout.write(to_json(json_ready(ExportDocument(files=files))))
        return
    print(f"wrote {len(names)} files into {args.out}:")
    for name in names:
        print(f"  {name}")
