"""A report as files in a folder: written aside, then put in place file by file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flr.documents.assessments import assessments_document
from flr.documents.base import Document, to_json
from flr.documents.csv import assessments_csv
from flr.documents.donor import donor_document
from flr.errors import UsageError
from flr.pictures.figures import marked_png, picture_png
from flr.pictures.plans import PlanPictures, case_pictures, plan_pictures
from flr.pictures.territories import territories_png, territory_pictures
from flr.report import scene
from flr.report.html import report_html
from flr.report.pdf import report_pdf
from flr.report.text import assessment_text
from flr.report.viewer import Viewer, viewer_of
from flr.results import RESULT_NAME, write_result
from flr.stages import stage
from flr.write.fates import NIFTI_SUFFIX, write_fates

if TYPE_CHECKING:
    from flr.assessment import Assessment
    from flr.donor import DonorPlan
    from flr.io.site_file import Logo
    from flr.liver import Liver
    from flr.plans import Plan

FILE_NAMES = {
    "json": RESULT_NAME,
    "csv": "assessment.csv",
    "html": "report.html",
    "pdf": "report.pdf",
    "text": "assessment.txt",
}
"""Format to the file that holds it."""

DONOR_FILE = "donor.json"
"""Graft and remnant of each plan of a living donor."""

DEFAULT_FORMATS = ("json", "csv", "html", "pdf")


def save_report(
    assessments: Sequence[Assessment],
    liver: Liver | None,
    plans: Sequence[Plan],
    out_dir: Path,
    formats: Sequence[str] = DEFAULT_FORMATS,
    *,
    pictures: bool = True,
    identify: bool = False,
    today: date | None = None,
    grafts: Sequence[DonorPlan] = (),
    logo: Logo | None = None,
) -> list[Path]:
    """Write a report, replacing the one that stands in the folder.

    Parameters
    ----------
    assessments : sequence of Assessment
        One per plan, of one case.
    liver : Liver or None
        None for assessments from numbers alone: no pictures and no fates maps.
    plans : sequence of Plan
        The plans of the assessments, in the same order; empty without a liver.
    out_dir : Path
    formats : sequence of str
        From :data:`FILE_NAMES`.
    pictures : bool
        Draw slices, as files and in page and PDF; page and PDF also show surfaces, and the page a viewer.
    identify : bool
        Keep an age above 89 years.
    today : date, optional
        Day from which page and PDF count the age of the scan.
    grafts : sequence of DonorPlan
        Of a living donor: the graft of each plan, for page and PDF, and in :data:`DONOR_FILE`.
    logo : Logo, optional
        Of the site, for the page.

    Returns
    -------
    list of Path
        The files written. Files that no report wrote stay as they are.

    Raises
    ------
    UsageError
        If a format is not known, nothing is to be reported, or plans and assessments do not match.
    EnvironmentFailure
        If the folder cannot be written, or a file stands in the way that no report wrote; the report that
        stood there is untouched.
    """
    unknown = [name for name in formats if name not in FILE_NAMES]
    if unknown:
        raise UsageError(
            f"format {', '.join(unknown)} is not known; expected some of {', '.join(FILE_NAMES)}"
        )
    if not assessments:
        raise UsageError("nothing to report: assess at least one plan")
    if liver is not None and len(plans) != len(assessments):
        raise UsageError(f"{len(plans)} plans for {len(assessments)} assessments; give the plan of each")
    document = assessments_document(assessments, identify)

    def write(folder: Path) -> list[str]:
        return _write_aside(
            folder,
            assessments,
            liver,
            plans,
            formats,
            document,
            pictures=pictures,
            identify=identify,
            today=today,
            grafts=grafts,
            logo=logo,
        )

    return write_result(out_dir, write, by="report", result=document["result_id"])


def _write_aside(
    folder: Path,
    assessments: Sequence[Assessment],
    liver: Liver | None,
    plans: Sequence[Plan],
    formats: Sequence[str],
    document: Document,
    *,
    pictures: bool,
    identify: bool,
    today: date | None,
    grafts: Sequence[DonorPlan],
    logo: Logo | None,
) -> list[str]:
    """Write everything into a fresh folder and return the names in the order of the report."""
    stage("pictures")
    wanted = [name for name in FILE_NAMES if name in formats]
    result = str(document["result_id"])
    planned = _planned(liver, plans, surfaces=pictures and bool({"html", "pdf"} & set(wanted)))
    shown = planned if pictures else ()
    titles = [f"{a.plan.name} ({a.plan.notation})" for a in assessments]
    # The viewer is packed while the stills are drawn: it does not use matplotlib, which is for one thread.
    with ThreadPoolExecutor(1) as packer:
        packed: Future[Viewer] | None = None
        if liver is not None and shown and "html" in wanted:
            scene.load_libraries()
            packed = packer.submit(viewer_of, liver, shown, titles)
        names = (
            [] if liver is None else _write_plans(folder, liver, plans, planned, result, pictures=pictures)
        )
        territories = territory_pictures(liver) if liver is not None and shown else ()
        for by_vessel in territories:
            names.append(f"territories-{by_vessel.kind}.png")
            (folder / names[-1]).write_bytes(marked_png(territories_png(by_vessel), result))
        alike: dict[str, Any] = {
            "territories": territories,
            "identify": identify,
            "today": today,
            "grafts": grafts,
        }
        makers: dict[str, Callable[[], str | bytes]] = {
            "json": lambda: to_json(document),
            "csv": lambda: assessments_csv(assessments, identify),
            "text": lambda: f"{assessment_text(assessments, identify=identify)}\n\nResult: {result}\n",
            "pdf": lambda: report_pdf(assessments, shown, **alike),
            "html": lambda: report_html(
                assessments, shown, viewer=None if packed is None else packed.result(), logo=logo, **alike
            ),
        }
        _write_documents(folder, wanted, makers)
    if grafts:
        donor = donor_document(grafts, identify=identify, result_id=result)
        (folder / DONOR_FILE).write_text(to_json(donor), encoding="utf-8")
        names.append(DONOR_FILE)
    return [*(FILE_NAMES[name] for name in wanted), *names]


def _write_documents(
    folder: Path, wanted: Sequence[str], makers: Mapping[str, Callable[[], str | bytes]]
) -> None:
    for name in wanted:
        content = makers[name]()
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        (folder / FILE_NAMES[name]).write_bytes(raw)


def _write_plans(
    folder: Path,
    liver: Liver,
    plans: Sequence[Plan],
    planned: Sequence[PlanPictures],
    result: str,
    *,
    pictures: bool,
) -> list[str]:
    """The fates map and the slices of each plan, as files."""
    names = []
    for number, (plan, shown) in enumerate(zip(plans, planned, strict=True), start=1):
        stem = f"plan-{number}{_slug(plan.notation)}"
        if liver.grid.is_even:
            path = folder / f"{stem}-fates{NIFTI_SUFFIX}"
            written = write_fates(path, shown.classes, liver.grid, description=result)
            names += [path.name for path in written]
        for flat in shown.slices if pictures else ():
            name = f"{stem}-{flat.view}.png"
            (folder / name).write_bytes(marked_png(picture_png(flat, shown.grey, shown.legend), result))
            names.append(name)
    return names


def _planned(liver: Liver | None, plans: Sequence[Plan], *, surfaces: bool) -> tuple[PlanPictures, ...]:
    if liver is None:
        return ()
    return case_pictures(liver, plans) if surfaces else tuple(plan_pictures(liver, plan) for plan in plans)


def _slug(notation: str) -> str:
    """A notation as part of a file name.

    >>> _slug("H4'58-MHV + flr"), _slug("")
    ('-h4-58-mhv-flr', '')
    """
    letters = re.sub(r"[^0-9a-z]+", "-", notation.lower()).strip("-")[:40].strip("-")
    return f"-{letters}" if letters else ""
