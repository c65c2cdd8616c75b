"""Label names that lie beside a label map: tables of BIDS, ITK-SNAP, 3D Slicer and nnU-Net."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

from flr.quality import QualityFinding

Names = Mapping[int, str]

_MAX_TABLE_BYTES = 4 << 20
_STEM_SUFFIXES = (".seg.nrrd", ".nii.gz", ".img.gz", ".hdr.gz")
_FOLDER_TABLES = ("dseg.tsv", "dataset.json")
_ITK_SNAP = re.compile(r'^\s*(\d+)\s+\d+\s+\d+\s+\d+\s+[\d.eE+-]+\s+[01]\s+[01]\s+"([^"]*)"\s*$')
_CTBL = re.compile(r"^\s*(\d+)\s+(\S+|\"[^\"]*\")(?:\s+[\d.]+){3,4}\s*$")
_INDEX_COLUMNS = ("index", "labelvalue")


def names_beside(path: Path) -> tuple[Names, tuple[QualityFinding, ...]]:
    """Names from the sidecars that share the file's stem, and a finding that says so.

    Sidecars that contradict one another are all ignored, with a warning.
    """
    stem = _stem(path.name)
    found: dict[str, Names] = {}
    for suffix in _PARSERS:
        sidecar = path.with_name(stem + suffix)
        if sidecar != path and (names := read_names(sidecar)):
            found[sidecar.name] = names
    return _agreed(found, "beside the file")


def names_of_folder(path: Path) -> tuple[Names, tuple[QualityFinding, ...]]:
    """Names from ``dseg.tsv`` or ``dataset.json`` in the file's folder or the one above it.

    The nearer folder wins. Such a table speaks of many files: adopt it only where it covers the labels.
    """
    folder = path.absolute().parent
    for place in (folder, folder.parent):
        found = {table: names for table in _FOLDER_TABLES if (names := read_names(place / table))}
        if found:
            return _agreed(found, "of the folder")
    return {}, ()


def _agreed(found: Mapping[str, Names], where: str) -> tuple[Names, tuple[QualityFinding, ...]]:
    if not found:
        return {}, ()
    files = " and ".join(found)
    first, *others = found.values()
    if any(other != first for other in others):
        message = f"{files} {where} name the labels differently; none was used"
        return {}, (QualityFinding("names_ambiguous", "warning", message),)
    return first, (QualityFinding("names_from_sidecar", "info", f"label names taken from {files} {where}"),)


def read_names(path: Path) -> Names:
    """Label value to name as a sidecar gives them; empty when the file is absent or no such table."""
    parser = _PARSERS.get(path.suffix.lower())
    if parser is None:
        return {}
    try:
        if not path.is_file() or path.stat().st_size > _MAX_TABLE_BYTES:
            return {}
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    return parser(text)


def caret_names(content: bytes) -> Names | None:
    """Names of a Caret ``LabelTable``, as NIfTI header extensions carry it; None when it is broken.

    Entity declarations, which an honest table does not have, count as broken.
    """
    content = content.strip(b"\x00 \t\r\n")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    try:
        root = ElementTree.fromstring(content)
        pairs = [(int(label.get("Key", "")), (label.text or "").strip()) for label in root.iter("Label")]
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    return _table(pairs)


def _table(pairs: Iterable[tuple[int, str]]) -> Names:
    """The table without background and blanks; empty when a value has two names."""
    names: dict[int, str] = {}
    for value, name in pairs:
        if value <= 0 or not name:
            continue
        if names.setdefault(value, name) != name:
            return {}
    return names


def _stem(name: str) -> str:
    for suffix in _STEM_SUFFIXES:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return Path(name).stem


def _itk_snap(text: str) -> Names:
    """``IDX R G B A VIS MSH "LABEL"`` per line, comments with #."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    matches = [_ITK_SNAP.match(line) for line in lines]
    return _table((int(m[1]), m[2].strip()) for m in matches if m) if all(matches) else {}


def _slicer_colours(text: str) -> Names:
    """``index name R G B A`` per line; Slicer writes spaces in names as underscores."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    matches = [_CTBL.match(line) for line in lines]
    return _table((int(m[1]), m[2].strip('"')) for m in matches if m) if all(matches) else {}


def _columns(delimiter: str) -> Callable[[str], Names]:
    def parse(text: str) -> Names:
        """A table with a column ``index`` (BIDS) or ``LabelValue`` (Slicer) and a column ``name``."""
        rows = csv.reader(io.StringIO(text), delimiter=delimiter)
        try:
            header = [column.strip().lower() for column in next(rows, [])]
            index = next((header.index(c) for c in _INDEX_COLUMNS if c in header), None)
            if index is None or "name" not in header:
                return {}
            name = header.index("name")
            return _table((int(row[index]), row[name].strip()) for row in rows if row)
        except (csv.Error, ValueError, IndexError):
            return {}

    return parse


def _nnunet(text: str) -> Names:
    """``labels`` of an nnU-Net or Medical Decathlon ``dataset.json``; their directions are opposite.

    Region-based labels (lists of values) are no plain label map and give nothing.
    """
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return {}
    labels = document.get("labels") if isinstance(document, dict) else None
    if not isinstance(labels, dict):
        return {}
    try:
        if all(isinstance(name, str) for name in labels.values()):
            return _table((int(value), name.strip()) for value, name in labels.items())
        if all(isinstance(value, int) and not isinstance(value, bool) for value in labels.values()):
            return _table((value, name.strip()) for name, value in labels.items())
    except ValueError:
        pass
    return {}


_PARSERS: Mapping[str, Callable[[str], Names]] = {
    ".txt": _itk_snap,
    ".ctbl": _slicer_colours,
    ".csv": _columns(","),
    ".tsv": _columns("\t"),
    ".json": _nnunet,
}
