"""One segmentation of an archive, assessed and answered. Done twice it gives the same objects once."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import dataclass, field
from multiprocessing import parent_process
from pathlib import Path

from flr.assessment import Options
from flr.dicom.header import quietly, read_header
from flr.dicom.references import referenced_instances
from flr.errors import EnvironmentFailure, ReadError
from flr.pacs.address import Address
from flr.pacs.archive import file_name, short_name
from flr.pacs.connect import open_archive
from flr.pacs.fetch import fetch_study
from flr.pacs.rules import Rule
from flr.report.dicom import dicom_results, save_dicom
from flr.write.dicom.origin import source_in


class ImagesIncomplete(EnvironmentFailure):
    """Images that the segmentation refers to are not all in the archive, or not yet."""


@dataclass(frozen=True, slots=True)
class Task:
    """What there is to do.

    Parameters
    ----------
    address : Address
    study_uid, series_uid : str
        Of the segmentation.
    rule : Rule
    folder : Path
        For files while they are needed.
    options : Options
        How is graded: errors of measurement, and what a site sets for all of its cases.
    """

    address: Address
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    rule: Rule
    folder: Path
    options: Options = field(default_factory=Options)

    @property
    def name(self) -> str:
        """Stands for the segmentation where people read it."""
        return short_name(self.series_uid)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: how many objects the archive has now, how many of them are new, and the flags."""

    results: int
    new: int
    flags: tuple[str, ...]


def die_with_parent() -> None:
    """End this process when the one that started it is gone, however that ended."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def answer(task: Task) -> Outcome:
    """Fetch a segmentation and its images, assess them by the rule, store the results.

    Raises
    ------
    FLRError
        With a reason that says nothing of the patient.
    """
    with quietly():
        return _answer(task)


def _answer(task: Task) -> Outcome:
    from flr.dicom import open_study
    from flr.job import Files, Job, run

    archive = open_archive(task.address)
    work = task.folder / task.name
    fetched = fetch_study(archive, task.study_uid, work / "input", series_uid=task.series_uid)
    _require_images(work / "input", list(fetched.folders))
    study = open_study(fetched.folders)
    found = run(
        Job(
            source=Files(inputs=tuple(fetched.folders), tumours_none=task.rule.tumours_none),
            plans=task.rule.plans,
            patient=task.rule.patient,
            options=task.options,
            case_id=task.name,
            how_to_plan=f"rule {task.rule.name!r} names none, and the segmentation draws neither remnant nor"
            " resection; name one under plans",
        )
    )
    source = source_in(study, found.liver.grid)
    paths = save_dicom(
        dicom_results(
            found.assessments,
            found.liver,
            found.plans,
            source,
            task.rule.results,
            seg_type=task.rule.seg_type,
        ),
        work / "results",
    )
    report = archive.store(paths)
    if report.failed:
        name, reason = report.failed[0]
        raise EnvironmentFailure(f"{len(report.failed)} of {len(paths)} results not stored: {name} {reason}")
    shutil.rmtree(work, ignore_errors=True)
    return Outcome(len(paths), report.stored, tuple(a.flag for a in found.assessments))


def _require_images(folder: Path, folders: list[Path]) -> None:
    """All images that the segmentation refers to are here. Raises ImagesIncomplete."""
    from pydicom import dcmread

    there = {path.name for one in folders for path in one.glob("*.dcm")}
    for path in sorted(path for one in folders for path in one.glob("*.dcm")):
        header = read_header(path)
        if header is None:
            raise ReadError("the archive sent a file that is not DICOM; ask its administrator")
        if not (header.is_segmentation or header.is_structure_set):
            continue
        content = dcmread(path, stop_before_pixels=True, force=True)
        wanted = set(referenced_instances(content))
        missing = sum(file_name(uid) not in there for uid in wanted)
        if missing:
            raise ImagesIncomplete(
                f"{missing} of {len(wanted)} images that the segmentation refers to are not in the archive"
            )
