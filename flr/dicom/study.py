"""Everything that lies in some DICOM files or folders of one patient: images, segmentations, facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from flr.dicom.concatenations import united
from flr.dicom.facts import patient_facts
from flr.dicom.header import WHO, Header, read_header
from flr.dicom.masks import as_mask, is_in_mask_folder, patient_of
from flr.dicom.references import references
from flr.dicom.rtstruct import read_rtstruct
from flr.dicom.seg import read_seg
from flr.dicom.series import Series
from flr.dicom.sorting import SeriesFound, sort_series
from flr.dicom.source import DicomSource
from flr.errors import FLRError, GeometryError, ReadError
from flr.files import files_in
from flr.patient import PatientFacts
from flr.quality import CHECKS, QualityFinding

_LABELLED_FOLDER: Final = "labelled_dicom"


@dataclass(frozen=True)
class DicomFiles:
    """DICOM files by what they are.

    Parameters
    ----------
    images, segmentations, structure_sets : tuple of Header
    quality : tuple of QualityFinding
        How many files were left out, and why.
    """

    images: tuple[Header, ...] = ()
    segmentations: tuple[Header, ...] = ()
    structure_sets: tuple[Header, ...] = ()
    quality: tuple[QualityFinding, ...] = ()

    @property
    def headers(self) -> tuple[Header, ...]:
        """All of them."""
        return self.images + self.segmentations + self.structure_sets


@dataclass(frozen=True)
class DicomStudy:
    """What was read.

    Parameters
    ----------
    series : tuple of Series
        Images; masks are among the sources.
    sources : tuple of DicomSource
        Layers of segmentations, structure sets and masks.
    facts : PatientFacts
    quality : tuple of QualityFinding
        About the files; what concerns one source or series stands there.
    """

    series: tuple[Series, ...] = ()
    sources: tuple[DicomSource, ...] = ()
    facts: PatientFacts = field(default_factory=PatientFacts)
    quality: tuple[QualityFinding, ...] = ()


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM, with or without the preamble; a file that is cut short counts."""
    try:
        return read_header(path) is not None
    except ReadError:
        return path.is_file()


def find_dicom(paths: Iterable[Path], *, apart_from: Iterable[Path] = ()) -> DicomFiles:
    """Look through files and folder trees for DICOM.

    Files inside folders that are not DICOM, cut short, or of other kinds (reports, dose, directories) are
    counted in a finding.

    Parameters
    ----------
    paths : iterable of Path
    apart_from : iterable of Path
        Files inside the folders that somebody else reads.

    Raises
    ------
    ReadError
        If there is none, or a file that was named itself is not DICOM or is cut short.
    """
    images: list[Header] = []
    segmentations: dict[str, Header] = {}
    structure_sets: dict[str, Header] = {}
    foreign = broken = other = copies = 0
    elsewhere = {path.resolve() for path in apart_from}
    for path, is_named in _files(paths):
        if path.resolve() in elsewhere:
            continue
        try:
            header = read_header(path)
        except ReadError as error:
            if is_named:
                raise ReadError(f"{path.name}: {error}") from error
            broken += 1
            continue
        if header is None:
            if is_named:
                raise ReadError(f"{path.name}: not a DICOM file; expected images, a SEG or an RTSTRUCT")
            foreign += 1
        elif header.is_segmentation or header.is_structure_set:
            kept = segmentations if header.is_segmentation else structure_sets
            uid = header.text("SOPInstanceUID") or str(path)
            copies += uid in kept
            kept.setdefault(uid, header)
        elif header.is_image:
            images.append(header)
        else:
            other += 1
    if not (images or segmentations or structure_sets):
        left = _left_out(foreign, broken, other)
        raise ReadError(
            f"no DICOM images or segmentations found{f' ({left})' if left else ''}; is it the right folder?"
        )
    quality = []
    if foreign or broken:
        message = f"files were skipped: {_left_out(foreign, broken, 0)}"
        quality.append(CHECKS["files_skipped"].finding(message, "warning" if broken else "info"))
    if other:
        message = f"{other} DICOM file(s) that are neither slices nor segmentations were left out"
        quality.append(CHECKS["files_skipped"].finding(message, "info"))
    if copies:
        message = f"{copies} copy(ies) of a segmentation or structure set were left out"
        quality.append(CHECKS["files_skipped"].finding(message, "info"))
    return DicomFiles(
        tuple(images), tuple(segmentations.values()), tuple(structure_sets.values()), tuple(quality)
    )


def _left_out(foreign: int, broken: int, other: int) -> str:
    parts = ((foreign, "not DICOM"), (broken, "cut short or damaged"), (other, "of another kind"))
    return ", ".join(f"{n} {what}" for n, what in parts if n)


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Every file once, and whether the user named it."""
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = [(file, False) for file in files_in(path)]
        elif path.exists():
            found = [(path, True)]
        else:
            raise ReadError(f"{path.name}: no such file or folder; check the path")
        for file, is_named in found:
            real = file.resolve()
            if real not in seen and file.is_file():
                seen.add(real)
                yield file, is_named


def open_study(
    paths: Iterable[Path], *, apart_from: Iterable[Path] = (), one_patient: bool = False
) -> DicomStudy:
    """Read all DICOM of one patient from files and folders.

    Parameters
    ----------
    paths : iterable of Path
        Files, folders or both.
    apart_from : iterable of Path
        Files inside the folders that somebody else reads.
    one_patient : bool
        Somebody insists that all are of one patient, whoever the files name; an ``error`` then says how many.

    Raises
    ------
    ReadError
        If there is nothing to read, the files are of different patients, or a file is damaged.
    GeometryError
        If segmentation and images lie in different frames of reference.
    EnvironmentFailure
        If masks or segmentations need a decoder that is not installed.
    """
    given = [Path(path) for path in paths]
    found = _without_labelled(find_dicom(given, apart_from=apart_from))
    facts, notes_on_facts = patient_facts(found.headers)
    found = _of_one_patient(found, insisted=one_patient)
    sorted_images = sort_series(found.images) if found.images else SeriesFound(())
    masks = {id(series): mask for series in sorted_images.series if (mask := as_mask(series)) is not None}
    series = tuple(one for one in sorted_images.series if id(one) not in masks)
    sources = list(masks.values())
    quality = [*found.quality, *sorted_images.quality]
    named = {path.resolve() for path in given if path.is_file()}
    files = united(found.segmentations)
    for number, one in enumerate(files, start=1):
        name = _name(one.parts, "SEG", named, number if len(files) > 1 else 0)
        images, notes = _images_of(one.header, series, name)
        quality += (*one.findings(name), *notes)
        sources += read_seg(one.parts, name, images)
    for number, header in enumerate(found.structure_sets, start=1):
        name = _name((header,), "RTSTRUCT", named, number if len(found.structure_sets) > 1 else 0)
        images, notes = _images_of(header, series, name)
        quality += notes
        sources += read_rtstruct(header, name, images)
    if sorted_images.refused:
        if not (series or sources):
            raise sorted_images.refused[0]
        quality += [_refusal(error) for error in sorted_images.refused]
    return DicomStudy(series, tuple(sources), facts, (*dict.fromkeys(quality), *notes_on_facts))


def _name(files: Sequence[Header], kind: str, named: Collection[Path], number: int) -> str:
    """The name of a file that the user gave by it, else its kind and number: inner names may identify."""
    shown = next((one.path.name for one in files if one.path.resolve() in named), "")
    return shown or (f"{kind} {number}" if number else kind)


def _refusal(error: FLRError) -> QualityFinding:
    return CHECKS["series_refused"].finding(f"images that cannot be used: {error}")


def _without_labelled(found: DicomFiles) -> DicomFiles:
    """Without the images of 3D-IRCADb that hold its masks once more, as grey levels without names."""
    labelled = {id(one) for one in found.images if one.path.parent.name.casefold() == _LABELLED_FOLDER}
    masks = any(is_in_mask_folder(one) for one in found.images)
    if not (labelled and masks):
        return found
    message = f"{len(labelled)} image(s) that hold the masks once more, as grey levels, were left out"
    return replace(
        found,
        images=tuple(one for one in found.images if id(one) not in labelled),
        quality=(*found.quality, CHECKS["files_skipped"].finding(message, "info")),
    )


def _of_one_patient(found: DicomFiles, *, insisted: bool) -> DicomFiles:
    """Files of one patient; where somebody insists that they are, without what says otherwise.

    Raises
    ------
    ReadError
        If they are of several, and nobody insists.
    """
    n = len({patient_of(header) for header in found.headers} - {""})
    if n <= 1 and any(header.patient_key and not patient_of(header) for header in found.headers):
        message = "masks carry their own names in place of a patient; they are read as the images' patient's"
        return replace(found, quality=(*found.quality, CHECKS["patients_differ"].finding(message, "info")))
    if n <= 1:
        return found
    if not insisted:
        raise ReadError(
            f"the files belong to {n} different patients; give the files of one only, or say --one-patient"
            " where a public data set is known to name one person differently"
        )
    message = f"the files name {n} different patients and were read as those of one, as --one-patient asks"

    def unnamed(headers: Iterable[Header]) -> tuple[Header, ...]:
        return tuple(replace(one, values=_without_patient(one.values)) for one in headers)

    return DicomFiles(
        unnamed(found.images),
        unnamed(found.segmentations),
        unnamed(found.structure_sets),
        (*found.quality, CHECKS["patients_differ"].finding(message, "error")),
    )


def _without_patient(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in WHO}


def _images_of(
    header: Header, series: Sequence[Series], name: str
) -> tuple[tuple[Series, ...], tuple[QualityFinding, ...]]:
    """The images that a segmentation may have been drawn on, the likeliest first."""
    if not series:
        return (), ()
    wanted, frame = references(header)
    referenced = tuple(one for one in series if one.series_uid and one.series_uid in wanted)
    if referenced:
        strange = [one.name for one in referenced if frame and one.frame_of_reference_uid not in ("", frame)]
        study = header.text("StudyInstanceUID")
        elsewhere = [
            one.name
            for one in referenced
            if study and study not in {h.text("StudyInstanceUID") for h in one.headers}
        ]
        if not (strange or elsewhere):
            return referenced, ()
        what = "frame of reference" if strange else "study"
        message = (
            f"{name} names {(strange or elsewhere)[0]} as its images but another {what}; positions decide"
        )
        return referenced, (CHECKS["frame_of_reference_differs"].finding(message),)
    near = tuple(
        one
        for one in series
        if one.frame_of_reference_uid == frame or not (frame and one.frame_of_reference_uid)
    )
    if not near:
        raise GeometryError(
            f"{name} and the images ({', '.join(one.name for one in series[:3])}) lie in different frames of"
            " reference: they are not of one scan. Give the images that it was drawn on, or none"
        )
    if not wanted:
        return near, ()
    message = f"the images that {name} refers to are not among the files; others are used where they fit"
    return near, (CHECKS["referenced_series_absent"].finding(message),)
