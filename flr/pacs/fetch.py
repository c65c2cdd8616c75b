"""A study from an archive into a folder: the segmentations, and the images that they were drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flr.dicom.header import read_header
from flr.dicom.references import references
from flr.errors import ReadError, UsageError
from flr.pacs.archive import DRAWN, IMAGES, Archive, SeriesEntry, short_name


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lies in the folder now.

    Parameters
    ----------
    folders : tuple of Path
        One per series.
    new, present : int
        Files that came now, and that had come before.
    left_out : int
        Series of the study that were not asked for.
    """

    folders: tuple[Path, ...]
    new: int
    present: int
    left_out: int


def find_study(archive: Archive, wanted: dict[str, str]) -> str:
    """The one study with these attributes.

    Raises
    ------
    ReadError
        If there is none.
    UsageError
        If there are several.
    """
    found = list(dict.fromkeys(archive.studies(wanted)))
    if not found:
        raise ReadError(f"{archive.name} has no study that fits the query; check it")
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} studies fit the query; say more (AccessionNumber, StudyDate, …) until one does"
        )
    return found[0]


def fetch_study(
    archive: Archive,
    study_uid: str,
    out_dir: Path,
    *,
    series_uid: str | None = None,
    everything: bool = False,
) -> Fetched:
    """Bring the segmentations of a study and the images that they refer to into a folder.

    Parameters
    ----------
    archive : Archive
    study_uid : str
    out_dir : Path
        One folder per series is made in it; whole files that are there are not fetched again.
    series_uid : str, optional
        Only this series, and what it refers to. Without it: every SEG and RTSTRUCT that ``flr`` did not
        write itself; where there is none, the CT and MR images.
    everything : bool
        All images, segmentations and structure sets of the study.

    Raises
    ------
    ReadError
        If the archive has no such study or series, or no images in it.
    EnvironmentFailure
        If the archive stops answering or the disk is full; what has come stays and is not fetched again.
    """
    listed = archive.series({"StudyInstanceUID": study_uid})
    if not listed:
        raise ReadError(f"{archive.name} has no such study; check the UID")
    usable = [entry for entry in listed if entry.modality in (*DRAWN, *IMAGES)]
    drawn = [entry for entry in usable if entry.modality in DRAWN and not entry.is_own]
    if series_uid is not None:
        chosen = [entry for entry in listed if entry.series_uid == series_uid]
        if not chosen:
            raise ReadError("the study has no such series; check the UIDs")
        drawn = [entry for entry in chosen if entry.modality in DRAWN]
        usable = chosen if not drawn else usable
    if everything:
        wanted = usable
        drawn = []
    elif drawn:
        wanted = drawn
    else:
        wanted = [entry for entry in usable if entry.modality in IMAGES]
    if not wanted:
        raise ReadError("the study holds neither segmentations nor CT or MR images; is it the right one?")
    folders, new, present = _bring(archive, wanted, out_dir)
    if drawn and not everything:
        referred = _referred(folders)
        images = [entry for entry in listed if entry.modality in IMAGES]
        more = [entry for entry in images if entry.series_uid in referred] or images
        further, more_new, more_present = _bring(archive, more, out_dir)
        folders, new, present = [*folders, *further], new + more_new, present + more_present
        wanted = [*wanted, *more]
    return Fetched(tuple(folders), new, present, len(listed) - len(wanted))


def _bring(archive: Archive, entries: Sequence[SeriesEntry], out_dir: Path) -> tuple[list[Path], int, int]:
    folders, new, present = [], 0, 0
    for entry in entries:
        folder = Path(out_dir) / f"{entry.modality.lower()}-{short_name(entry.series_uid)}"
        came, there = archive.retrieve(entry, folder)
        new, present = new + came, present + there
        if came + there:
            folders.append(folder)
    if not folders:
        raise ReadError(f"{archive.name} lists series but has no object in them; ask its administrator")
    return folders, new, present


def _referred(folders: Sequence[Path]) -> set[str]:
    """Series to which the segmentations of some folders refer."""
    found: set[str] = set()
    for folder in folders:
        for path in sorted(folder.glob("*.dcm")):
            header = read_header(path)
            if header is not None and (header.is_segmentation or header.is_structure_set):
                found |= set(references(header)[0])
    return found
