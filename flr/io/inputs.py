"""What the paths that a user gives hold: label files, folders of masks, DICOM, or several of these."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flr.files import files_in, is_debris
from flr.io.stacks import is_stack, maps_of_stack

LABEL_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
"""File endings that a folder of masks may hold."""

_NAMED_MASKS: Final = "segmentations"
_IMAGES: Final = frozenset({"ct", "mr", "mri", "image"})
_BESIDE_NAMED_MASKS: Final = _IMAGES | {"combined_labels"}


@dataclass(frozen=True, slots=True)
class Given:
    """Paths by what they hold; a folder may stand in both.

    Parameters
    ----------
    labels : tuple of Path
        Label files and folders of masks, in the order given.
    dicom : tuple of Path
        DICOM files and folders that hold DICOM anywhere in them.
    """

    labels: tuple[Path, ...]
    dicom: tuple[Path, ...]

    @property
    def read_as_labels(self) -> tuple[Path, ...]:
        """Label files inside folders that are searched for DICOM as well."""
        return tuple(file for path in self.dicom if path.is_dir() for file in label_files(path))


def by_content(paths: Iterable[Path]) -> Given:
    """Sort paths by what they hold; one that is neither goes with the label files, to be refused there.

    A ``.mitklabel.json`` of MITK's stands for the label maps that it names.

    Raises
    ------
    ReadError
        If such a file cannot be understood or names none.
    """
    labels: list[Path] = []
    dicom: list[Path] = []
    paths = list(paths)
    for path in paths:
        folder = is_folder(path)
        if not folder and is_stack(path):
            labels += [one for one in maps_of_stack(path) if one not in paths]
            continue
        is_dicom = holds_dicom(path) if folder else is_dicom_file(path)
        if is_dicom:
            dicom.append(path)
        if not is_dicom or (folder and label_files(path)):
            labels.append(path)
    return Given(tuple(labels), tuple(dicom))


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; unlike `Path.is_dir` also for a name that no file system takes."""
    return os.path.isdir(path)  # noqa: PTH112


def label_files(folder: Path) -> list[Path]:
    """Label files of a folder, by their names: those in it, or those of :func:`named_masks_of` it."""
    inner = named_masks_of(folder)
    return _label_files(folder if inner is None else inner)


def named_masks_of(folder: Path) -> Path | None:
    """The folder ``segmentations`` of a case, as AbdomenAtlas and TotalSegmentator's data set are laid out.

    There each structure has a mask under its own name; what lies beside it is the image, or the same masks as
    numbers without names. None where there is no such folder, or something else lies beside it.
    """
    beside = _label_files(folder)
    if not all(_stem(path.name) in _BESIDE_NAMED_MASKS for path in beside):
        return None
    inner = [path for path in folder.iterdir() if path.name.casefold() == _NAMED_MASKS and path.is_dir()]
    return inner[0] if len(inner) == 1 and _label_files(inner[0]) else None


def files_beside_masks(folder: Path) -> list[Path]:
    """Label files of a folder that are left alone because of :func:`named_masks_of` it; images are none."""
    if named_masks_of(folder) is None:
        return []
    return [path for path in _label_files(folder) if _stem(path.name) not in _IMAGES]


def image_beside_masks(paths: Iterable[Path]) -> Path | None:
    """The one image that lies beside the named masks of a folder among some inputs; None where none does."""
    found = [
        path
        for folder in paths
        if is_folder(folder) and named_masks_of(folder) is not None
        for path in _label_files(folder)
        if _stem(path.name) in _IMAGES
    ]
    return found[0] if len(found) == 1 else None


def _label_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if is_label_name(p.name) and p.is_file())


def _stem(name: str) -> str:
    """A file name in lower case without its ending."""
    return re.sub(r"(\.nii)?\.[^.]*$", "", name.casefold())


def is_label_name(name: str) -> bool:
    """Whether a file name ends as label files do; what an operating system hides beside files is none."""
    return name.casefold().endswith(LABEL_SUFFIXES) and not is_debris(name)


def is_dicom_file(path: Path) -> bool:
    """Whether a file is DICOM by its content; a file that is called a label file is not asked."""
    if is_label_name(path.name) or not os.path.isfile(path):  # noqa: PTH113  # as in is_folder
        return False
    from flr.dicom import is_dicom

    return is_dicom(path)


def holds_dicom(folder: Path) -> bool:
    """Whether there is a DICOM file anywhere in a folder."""
    return any(is_dicom_file(path) for path in files_in(folder))


def patient_id(paths: Iterable[Path]) -> str:
    """The patient's identifier from the headers of DICOM among some inputs, empty when there is none.

    Only for those who asked to be told: it identifies the patient.
    """
    dicom = by_content(paths).dicom
    if not dicom:
        return ""
    from flr.dicom import find_dicom

    said = (header.text("PatientID") for header in find_dicom(dicom).headers)
    return next((text for text in said if text), "")
