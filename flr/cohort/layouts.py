"""Folders of segmentations as cohorts: which cases lie there, found by how the folders are laid out."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

from flr.cohort.manifest import CaseRow, case_rows
from flr.errors import ReadError
from flr.facts import Fact, taken_by
from flr.files import OFFICE_ENCODINGS, read_text
from flr.io.inputs import holds_dicom, label_files
from flr.io.structures import stem_of

Layout = Literal["bids", "masks", "dicom", "files"]

LAYOUTS: Final[Mapping[Layout, str]] = {
    "bids": "BIDS derivatives: sub-*/[ses-*/][anat/]*_dseg.nii.gz and *_mask.nii.gz",
    "masks": "one folder of masks per case, as TotalSegmentator writes them",
    "dicom": "one folder of DICOM files per case",
    "files": "one label file per case",
}
"""Layout of a folder to what it looks like."""

BODY_COLUMNS: Final = ("weight", "height", "condition")
"""What a folder does not say and every profile asks for."""

# Label entities of BIDS masks to the option that they stand for.
_ROLES = {
    "liver": "liver",
    "tumor": "tumours",
    "tumour": "tumours",
    "tumors": "tumours",
    "tumours": "tumours",
    "lesion": "tumours",
    "vessel": "vessels",
    "vessels": "vessels",
    "remnant": "remnant",
    "flr": "remnant",
    "resected": "resected",
}
_ENTITY = re.compile(r"(?:^|_)([a-z]+)-([A-Za-z0-9+]+)")
_GROUPING = ("sub", "ses", "acq", "run", "space", "res")
_OLDER = "+"  # behind 89: how BIDS writes the ages that it does not tell apart
_MOST_BYTES = 64 << 20
_SEGMENTATIONS = "segmentations"


def read_layout(
    folder: Path, *, layout: Layout | None = None, defaults: Mapping[str, str] | None = None
) -> tuple[CaseRow, ...]:
    """The cases in a folder.

    Parameters
    ----------
    folder : Path
    layout : str, optional
        A key of :data:`LAYOUTS`; found out by default.
    defaults : mapping of str to str, optional
        Columns for every case.

    Returns
    -------
    tuple of CaseRow
        In the order of their names. A case of DICOM files is named by a digest of its folder's name, since
        such names often are those of patients.

    Raises
    ------
    ReadError
        If it is no folder, or holds nothing of the kind.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ReadError(
            f"{folder.name} is no folder; give a manifest as CSV or Parquet, or a folder of cases"
        )
    kind = layout or _layout_of(folder)
    if kind is None:
        raise ReadError(
            f"{folder.name} is laid out in no way that is known here ("
            + "; ".join(f"{name}: {what}" for name, what in LAYOUTS.items())
            + "); give a manifest"
        )
    tables = list(_FINDERS[kind](folder))
    if not tables:
        raise ReadError(f"{folder.name} holds no case; expected {LAYOUTS[kind]}")
    return case_rows(tables, folder=str(folder.absolute()), defaults=defaults, source=folder.name)


def _layout_of(folder: Path) -> Layout | None:
    below = _folders(folder)
    if (folder / "dataset_description.json").is_file() or any(p.name.startswith("sub-") for p in below):
        return "bids"
    if any(_masks_of(path) for path in below):
        return "masks"
    if label_files(folder):
        return "files"
    if any(holds_dicom(path) for path in below):
        return "dicom"
    return None


def _bids(folder: Path) -> Iterator[dict[str, str]]:
    participants = _participants(folder / "participants.tsv")
    groups: dict[str, dict[str, list[str]]] = {}
    subjects: dict[str, str] = {}
    pattern = ("*_dseg.nii", "*_dseg.nii.gz", "*_mask.nii", "*_mask.nii.gz")
    paths = sorted(p for kind in pattern for p in folder.glob(f"sub-*/**/{kind}"))
    for path in paths:
        entities = dict(_ENTITY.findall(path.name))
        column = "inputs"
        if "_mask." in path.name:
            label = entities.get("label") or entities.get("desc") or ""
            if label.casefold() not in _ROLES:
                continue
            column = _ROLES[label.casefold()]
        name = "_".join(f"{key}-{entities[key]}" for key in _GROUPING if key in entities)
        groups.setdefault(name, {}).setdefault(column, []).append(path.relative_to(folder).as_posix())
        subjects[name] = f"sub-{entities.get('sub', '')}"
    for name, columns in groups.items():
        yield {
            "case_id": name,
            **participants.get(subjects[name], {}),
            **{column: ";".join(several) for column, several in columns.items()},
        }


def _participants(path: Path) -> dict[str, dict[str, str]]:
    """What ``participants.tsv`` says of each subject, as columns of a manifest."""
    if not path.is_file():
        return {}
    text = read_text(
        path, expected="a tab-separated table", most_bytes=_MOST_BYTES, encodings=OFFICE_ENCODINGS
    )
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
    except csv.Error as error:
        raise ReadError(f"{path.name} is no table; expected tab-separated text") from error
    found = {}
    for row in rows:
        cells = {fact.column: _cell(fact, row.get(fact.column) or "") for fact in taken_by("participants")}
        cells["plan"] = row.get("plan") or ""
        found[row.get("participant_id") or ""] = {name: text for name, text in cells.items() if text}
    return found


def _cell(fact: Fact, text: str) -> str:
    """A cell of ``participants.tsv`` as that of a manifest; empty where it says nothing known here."""
    if fact.kind == "class":  # other data sets have other classes, such as O for a sex
        spelled = fact.spelled(text)
        return spelled if spelled in fact.choices else ""
    if fact.private_above is not None and text == f"{fact.private_above:g}{_OLDER}":
        return f"{fact.private_above:g}"
    return text


def _mask_folders(folder: Path) -> Iterator[dict[str, str]]:
    for path in _folders(folder):
        masks = _masks_of(path)
        if masks is not None:
            yield {"case_id": path.name, "inputs": masks.relative_to(folder).as_posix()}


def _label_file_cases(folder: Path) -> Iterator[dict[str, str]]:
    for path in label_files(folder):
        yield {"case_id": stem_of(path), "inputs": path.name}


def _dicom_folders(folder: Path) -> Iterator[dict[str, str]]:
    for path in _folders(folder):
        if holds_dicom(path):
            digest = hashlib.sha256(path.name.encode()).hexdigest()[:12]
            yield {"case_id": f"study-{digest}", "inputs": path.name}


_FINDERS = {"bids": _bids, "masks": _mask_folders, "files": _label_file_cases, "dicom": _dicom_folders}


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def _masks_of(folder: Path) -> Path | None:
    """Where the masks of a case lie: in its folder, or in ``segmentations`` below."""
    inner = folder / _SEGMENTATIONS
    if inner.is_dir() and label_files(inner):
        return inner
    return folder if label_files(folder) else None
