"""What the paths that a user gives hold: label files, folders of masks, DICOM, or several of these."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LABEL_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
"""File endings that a folder of masks may hold."""


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
    """Sort paths by what they hold; one that is neither goes with the label files, to be refused there."""
    labels, dicom = [], []
    for path in paths:
        folder = is_folder(path)
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
    """Label files that lie directly in a folder, by their names."""
    return sorted(p for p in folder.iterdir() if is_label_name(p.name) and p.is_file())


def is_label_name(name: str) -> bool:
    """Whether a file name ends as label files do."""
    return name.casefold().endswith(LABEL_SUFFIXES)


def is_dicom_file(path: Path) -> bool:
    """Whether a file is DICOM by its content; a file that is called a label file is not asked."""
    if is_label_name(path.name) or not os.path.isfile(path):  # noqa: PTH113  # as in is_folder
        return False
    from flr.io.dicom import is_dicom

    return is_dicom(path)


def holds_dicom(folder: Path) -> bool:
    """Whether there is a DICOM file anywhere in a folder."""
    return any(
        is_dicom_file(Path(within) / name)
        for within, _, names in os.walk(folder)
        for name in sorted(names)
        if not name.startswith(".")
    )


def patient_id(paths: Iterable[Path]) -> str:
    """The patient's identifier from the headers of DICOM among some inputs, empty when there is none.

    Only for those who asked to be told: it identifies the patient.
    """
    dicom = by_content(paths).dicom
    if not dicom:
        return ""
    from flr.io.dicom import find_dicom

    said = (header.text("PatientID") for header in find_dicom(dicom).headers)
    return next((text for text in said if text), "")
