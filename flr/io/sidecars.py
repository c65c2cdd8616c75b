"""Label names that lie beside a label map: tables of BIDS, ITK-SNAP, 3D Slicer, dcmqi and nnU-Net.

A table that is not understood is as important as one that is: whoever wrote it gave the labels a meaning, so
their numbers must not be given another one. Such a table is an :class:`UnclearTable`, never "no table".
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flr.errors import ReadError
from flr.files import decoded, read_file
from flr.io.inputs import is_label_name
from flr.io.stacks import STACK_SUFFIX
from flr.labels import canonical_name, fold_name
from flr.quality import CHECKS, QualityFinding

if TYPE_CHECKING:
    from flr.dicom.codes import Code

Names = Mapping[int, str]

_MAX_TABLE_BYTES = 4 << 20
_STEM_SUFFIXES = (".seg.nrrd", ".nii.gz", ".img.gz", ".hdr.gz")
_TEXT_SUFFIXES: Final = (".txt", ".label", ".ctbl", ".lut", ".csv", ".tsv")
_TABLE_SUFFIXES: Final = (".label", ".lut", ".csv", ".tsv")  # a text may be anything, these are tables
# Forms that are not read; where one of them names labels, that is said.
_UNREAD_SUFFIXES: Final = (".xml", ".yaml", ".yml", ".itksnap")
_SUFFIXES: Final = (*_TEXT_SUFFIXES, ".json", *_UNREAD_SUFFIXES)
# What 3D Slicer and people put between the name of a map and the suffix of its table.
_MARKS: Final = (
    "",
    ".labels",
    ".label",
    "_labels",
    "_label",
    "-labels",
    "-label",
    "_ColorTable",
    "-label_ColorTable",
    "_LUT",
)
_FOLDER_TABLES: Final = ("dseg.tsv", "dataset.json")
_DSEG: Final = "dseg.tsv"
_DATASET_ROOT: Final = "dataset_description.json"
_DEEPEST: Final = 8
# Columns that only a table of labels has, whether or not it says their numbers.
_LABEL_COLUMNS: Final = ("abbreviation", "mapping", "color", "colorr", "colour")
_MOST_TEXTS: Final = 32
_MOST_LINES: Final = 1000

_SNAP_TITLE: Final = re.compile(r"^#.*itk-?snap.*label", re.IGNORECASE | re.MULTILINE)
_SNAP: Final = re.compile(r'^\s*(\d{1,9})\s+\d+\s+\d+\s+\d+\s+[\d.eE+-]+\s+[01]\s+[01]\s+"([^"]*)"\s*$')
_COLOURS_TITLE: Final = re.compile(r"^#\s*color table file", re.IGNORECASE | re.MULTILINE)
_SCALE_TITLE: Final = re.compile(r"^#\s*color procedural file", re.IGNORECASE | re.MULTILINE)
_COLOURS: Final = re.compile(r'^\s*(\d{1,9})\s+("[^"]*"|(?=\S*?[^\W\d])\S+)(?:\s+[\d.]+){3,4}\s*$')
_INDEX_COLUMNS: Final = ("index", "labelvalue", "value", "labelid", "label")
_LOOSE_COLUMNS: Final = ("value", "label")
_NAME_COLUMNS: Final = ("name", "labelname", "structure", "label")
# Type, its modifier, region and its modifier: as 3D Slicer spells them, and in full.
_CODE_COLUMNS: Final = (
    ("type", "segmentedpropertytypecodesequence"),
    ("typemodifier", "segmentedpropertytypemodifiercodesequence"),
    ("region", "anatomicregionsequence"),
    ("regionmodifier", "anatomicregionmodifiersequence"),
)
_DCMQI_CODES: Final = (
    "SegmentedPropertyTypeCodeSequence",
    "SegmentedPropertyTypeModifierCodeSequence",
    "AnatomicRegionSequence",
    "AnatomicRegionModifierSequence",
)
_DELIMITERS: Final = "\t;,|"
_NUMBER_FIRST: Final = re.compile(r"\s*\"?(\d+)\"?\s*[\s:=,;|]\s*(.*)")
_NUMBER_AND_NAME: Final = re.compile(r"\s*\"?\d{1,5}\"?\s*[\s:=,;|]\s*\"?[^\W\d]")
_NUMBER_LAST: Final = re.compile(r"(?<=[\s:=,;|])\d{1,3}$")
_LONGEST_LINE: Final = 300
_HEAD: Final = 8192
_FEW_LINES: Final = 20
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_OWN_SCHEMAS: Final = "flr-"
_MOST_NODES: Final = 10_000


class _Row(NamedTuple):
    """What a table says of one label; the fields of :class:`flr.dicom.codes.CodedSegment`."""

    value: int
    name: str
    type_code: Code | None
    region: Code | None
    modifier: Code | None
    region_modifier: Code | None


class RegionNames(dict[int, str]):
    """Names by regions, of which one may hold several values: these are one structure on purpose."""


class UnclearTable(ValueError):
    """A table of label names that is there, but cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class NamesFound:
    """What the tables near a label map say.

    Parameters
    ----------
    names : mapping of int to str
        Label value to name.
    files : tuple of Path
        The tables that were read.
    quality : tuple of QualityFinding
        ``names_from_sidecar``, or why what is there cannot be used.
    may_repeat : bool
        Whether the tables say that several values are one structure.
    """

    names: Names
    files: tuple[Path, ...] = ()
    quality: tuple[QualityFinding, ...] = ()
    may_repeat: bool = False


NOTHING: Final = NamesFound({})


def tables_beside(path: Path) -> tuple[Path, ...]:
    """Files in the folder that by their names belong to a label map as its table, there or not yet read."""
    entries = _listing(path.absolute().parent)
    stem = _stem(path.name).casefold()
    stems = dict.fromkeys([stem, re.sub(r"[-_]label$", "", stem)])
    wanted = dict.fromkeys(
        f"{one}{mark.casefold()}{suffix}" for one in stems for mark in _MARKS for suffix in _SUFFIXES
    )
    return tuple(
        entries.path(name) for name in wanted if name in entries.names and name != path.name.casefold()
    )


def names_beside(path: Path) -> NamesFound:
    """Names from the tables that are called like the file.

    Tables that contradict one another, and one that cannot be understood, make all of them unusable; a
    finding of ``names_ambiguous`` or ``names_unreadable`` says so.
    """
    found: dict[Path, Names] = {}
    for table in tables_beside(path):
        try:
            names = read_names(table)
        except UnclearTable as error:
            message = f"{table.name} names the labels and cannot be understood: {error}"
            return NamesFound({}, (table,), (CHECKS["names_unreadable"].finding(message),))
        if names:
            found[table] = names
    return agreed(found, "beside the file") if found else _stacks(path)


def _stacks(path: Path) -> NamesFound:
    """JSON files of MITK's that describe the maps of a folder, this one among them."""
    found: dict[Path, Names] = {}
    for table in _listing(path.absolute().parent).stacks:
        text = _text(table)
        if text is None or path.name not in text:
            continue
        try:
            names = _of_stack(text, path.name)
        except UnclearTable as error:
            message = f"{table.name} names the labels and cannot be understood: {error}"
            return NamesFound({}, (table,), (CHECKS["names_unreadable"].finding(message),))
        if names:
            found[table] = names
    return agreed(found, "beside the file") if found else NOTHING


def _of_stack(text: str, file_name: str) -> Names:
    """Names of the labels of one file, as a stack of MITK's gives them. Raises UnclearTable.

    A group has one file for all its labels (``_file``), or a label has its own, in which it is drawn with
    ``_file_value`` or, without that, with its value.

    References
    ----------
    .. [1] MITK, Stacked Segmentation Format (type ``org.mitk.multilabel.segmentation.stack``).
    """
    pairs: list[tuple[int, str]] = []
    try:
        for group in json.loads(text)["groups"]:
            is_whole = _is_file(group.get("_file"), file_name)
            for label in group["labels"]:
                alone, value, own = label.get("_file"), label["value"], str(label["name"]).strip()
                if is_whole and alone is not None and not _is_file(alone, file_name):
                    raise UnclearTable(f"{own!r} is drawn in the file of its group and in one of its own")
                if alone is not None:
                    value = label.get("_file_value", value)
                if type(value) is not int:
                    raise UnclearTable(f"the value of {own!r} is no whole number")
                if _is_file(alone, file_name) if alone is not None else is_whole:
                    pairs.append((value, own))
    except UnclearTable:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise UnclearTable("it is no list of groups with named labels") from error
    return _table(pairs)


def _is_file(given: Any, file_name: str) -> bool:
    """Whether a stack means a file of its own folder."""
    return isinstance(given, str) and os.path.normpath(given.replace("\\", "/")) == file_name


def names_of_folder(path: Path) -> NamesFound:
    """Names from a table that serves the maps of a folder and of the folders below it.

    These are ``dataset.json`` in the file's folder or the one above it, and what BIDS lets a map inherit:
    ``dseg.tsv``, or a table such as ``desc-liver_dseg.tsv`` whose entities the file's name has too, in its
    folder or any above it up to the root of the data set. The nearer folder wins, in it the table that says
    more of the file. Such a table speaks of many files: adopt it only where it covers the labels.

    References
    ----------
    .. [1] BIDS specification, "The Inheritance Principle" and "Image-derived labels: common image-derived
       labels" (``dseg.tsv``).
    """
    for place in _places_above(path):
        found: dict[Path, Names] = {}
        for table in _tables_for(path, place):
            try:
                names = read_names(table)
            except UnclearTable as error:
                message = f"{table.name} of the folder names the labels and cannot be understood: {error}"
                finding = CHECKS["names_unreadable"].finding(message)
                return NamesFound({}, (table,), (finding,))
            if names:
                found[table] = names
        if found:
            return agreed(found, "of the folder")
    return NOTHING


def tables_of_folders(path: Path) -> tuple[tuple[Path, ...], ...]:
    """Tables that serve the folders above a file or folder and are there, the nearest folder first."""
    return tuple(
        tuple(table for table in _tables_for(path, place) if table.is_file()) for place in _places_above(path)
    )


def _places_above(path: Path) -> list[Path]:
    """The file's folder and the folders above it: up to the root of its BIDS data set, else the next one."""
    folder = path.absolute().parent
    places = [folder, *list(folder.parents)[: _DEEPEST - 1]]
    root = next((n for n, place in enumerate(places) if (place / _DATASET_ROOT).is_file()), 1)
    return places[: root + 1]


def _tables_for(path: Path, place: Path) -> list[Path]:
    """Tables of a folder that speak of a file, by their names."""
    entities = _stem(path.name).split("_")
    near = place in path.absolute().parents[:2]
    tables = [place / name for name in _FOLDER_TABLES if name == _DSEG or near]
    if entities[-1] != _DSEG.removesuffix(".tsv"):
        return tables
    fitting = [
        (len(said), table)
        for table in _listing(place).tables_of_data_sets
        if (said := set(_stem(table.name).split("_"))) <= set(entities)
    ]
    most = max((count for count, _ in fitting), default=0)
    inherited = [table for count, table in fitting if count == most]
    return [*inherited, *(table for table in tables if not inherited or table.name != _DSEG)]


def lone_tables(path: Path) -> tuple[tuple[Path, ...] | None, dict[Path, Names]]:
    """Tables of ITK-SNAP and 3D Slicer in the file's folder that are called like no map there.

    Returns
    -------
    tuple of Path, or None
        The other label maps and images of the folder: such a table can only be the file's own where none of
        them holds labels. None where it is not, because the file is called like a structure.
    dict of Path to mapping
        Each such table and its names.
    """
    entries = _listing(path.absolute().parent)
    texts = entries.lone_texts
    found: dict[Path, Names] = {}
    for name in texts if len(texts) <= _MOST_TEXTS else ():
        text = _text(entries.path(name)) or ""
        head = text[:_HEAD]
        titled = _SNAP_TITLE.search(head) or _COLOURS_TITLE.search(head) or _is_slicer_csv(text)
        if not (titled or _is_snap(head)):
            continue
        try:
            found[entries.path(name)] = read_names(entries.path(name))
        except UnclearTable:
            continue
    if not found:
        return None, {}
    # A file that is called like a structure is that structure, whatever lies beside it.
    own = _stem(path.name).casefold()
    others = tuple(entries.path(name) for name in entries.maps if _stem(name) != own)
    is_structure = canonical_name(_stem(path.name)) is not None
    return None if is_structure else others, {table: names for table, names in found.items() if names}


def _is_snap(head: str) -> bool:
    """Whether the lines of a text are those of ITK-SNAP's tables, whose title people take away."""
    lines = _lines(head)[: _FEW_LINES + 1]
    whole = lines if len(head) < _HEAD else lines[:-1]  # the last one may be cut short
    return bool(whole) and all(len(one) <= _LONGEST_LINE and _SNAP.match(one) for one in whole)


def _is_slicer_csv(text: str) -> bool:
    return text.lstrip("\ufeff \r\n")[:10].casefold() == "labelvalue"


def agreed(found: Mapping[Path, Names], where: str) -> NamesFound:
    """The names of all tables together; none when two of them differ."""
    files, tables = tuple(found), " and ".join(table.name for table in found)
    names: dict[int, str] = {}
    for table in found.values():
        for value, name in table.items():
            if fold_name(names.setdefault(value, name)) != fold_name(name):
                message = f"{tables} {where} name label {value} differently; none was used"
                return NamesFound({}, files, (CHECKS["names_ambiguous"].finding(message),))
    message = f"label names taken from {tables} {where}"
    repeats = any(isinstance(table, RegionNames) for table in found.values())
    return NamesFound(names, files, (CHECKS["names_from_sidecar"].finding(message),), repeats)


def read_names(path: Path) -> Names:
    """Label value to name as a table gives them; empty when the file is absent or no such table.

    Raises
    ------
    UnclearTable
        If it is a table of label names, but not one that can be understood.
    """
    name = path.name.casefold()
    if not (name.endswith(_SUFFIXES) and path.is_file()):
        return {}
    text = _text(path)
    try:
        if text is None:
            if name.endswith(".ctbl") or (name.endswith(_TABLE_SUFFIXES) and _is_small(path)):
                raise UnclearTable("it is no text, or too large")
            return {}
        if name.endswith(_UNREAD_SUFFIXES):
            return _unread(text)
        names = _json(text) if name.endswith(".json") else _plain(text)
    except RecursionError:
        return {}
    if names is None and name.endswith(_DSEG) and text.strip():
        raise UnclearTable("expected a column index of label numbers and a column name")
    if names is None and name.endswith(".ctbl") and not _SCALE_TITLE.search(text[:_HEAD]):
        raise UnclearTable("expected lines of a number, a name and a colour")
    return names or {}


def _is_small(path: Path) -> bool:
    """Whether a file that is no text is small enough to be a table of names in another form."""
    try:
        return 0 < path.stat().st_size <= _MAX_TABLE_BYTES
    except OSError:
        return False


def _unread(text: str) -> Names:
    """No names, from a form that is not read. Raises UnclearTable where it names labels."""
    for line in text.splitlines()[:_MOST_LINES]:
        words = re.split(r"[<>\"'=]+", line[:_LONGEST_LINE])
        numbered = any(word.strip().isdecimal() for word in words)
        if _names_a_label(line[:_LONGEST_LINE]) or (
            numbered and any(canonical_name(word.strip()) is not None for word in words if word.strip())
        ):
            raise UnclearTable(f"{line.strip()[:60]!r} names a label, in a form that is not read here")
    return {}


class _Listing:
    """Files of a folder by their names in lower case, and those of them that may name labels.

    A folder of thousands of maps is listed once, and looked through once for each kind.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, str] = {}
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            self.names = {entry.name.casefold(): entry.name for entry in entries if entry.is_file()}

    def path(self, name: str) -> Path:
        """The file of that name in lower case."""
        return self.folder / self.names[name]

    def _ending(self, end: str) -> tuple[Path, ...]:
        return tuple(self.path(name) for name in self.names if name.endswith(end))

    @cached_property
    def stacks(self) -> tuple[Path, ...]:
        """Stacks of MITK's."""
        return self._ending(STACK_SUFFIX)

    @cached_property
    def tables_of_data_sets(self) -> tuple[Path, ...]:
        """Tables of a BIDS data set that speak of the maps whose names hold theirs."""
        return self._ending(f"_{_DSEG}")

    @cached_property
    def maps(self) -> tuple[str, ...]:
        """Label maps and images, by their names in lower case."""
        return tuple(name for name in self.names if is_label_name(name) or name.endswith((".img", ".hdr")))

    @cached_property
    def lone_texts(self) -> tuple[str, ...]:
        """Texts that are called like no map, by their names in lower case."""
        texts = [name for name in self.names if name.endswith(_TEXT_SUFFIXES)]
        if not texts:
            return ()
        stems = {re.sub(r"[-_]label$", "", _stem(name).casefold()) for name in self.maps}
        called = {stem + mark.casefold() for stem in stems for mark in _MARKS}
        return tuple(name for name in texts if name[: name.rindex(".")] not in called)


_SETTLED_NS: Final = 3_000_000_000
"""No disk's clock is coarser than two seconds: a folder that rested so long tells its next change."""

_listed: dict[Path, tuple[tuple[int, int, int], _Listing]] = {}


def _listing(folder: Path) -> _Listing:
    """The files of a folder as they are now; listed anew unless it is the same one and long unchanged."""
    try:
        status = folder.stat()
    except OSError:
        return _Listing(folder)
    stamp = (status.st_dev, status.st_ino, status.st_mtime_ns)
    kept = _listed.get(folder)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    found = _Listing(folder)
    _listed.clear()  # one folder at a time: the cases of a cohort are read in turn
    if time.time_ns() - status.st_mtime_ns > _SETTLED_NS:
        _listed[folder] = (stamp, found)
    return found


def _text(path: Path) -> str | None:
    """Text in UTF-8, UTF-16 with its mark, Windows-1252 or Latin-1; None when it is no text or too large."""
    try:
        text = decoded(read_file(path, expected="a table of names", most_bytes=_MAX_TABLE_BYTES))
    except ReadError:
        return None
    return None if text is None or _CONTROLS.search(text[:_HEAD]) else text


def _plain(text: str) -> Names | None:
    """Names from a table that is plain text; None when it is none."""
    if _SCALE_TITLE.search(text[:_HEAD]):
        return None
    for parse in (_itk_snap, _columns, _slicer_colours):
        names = parse(text)
        if names is not None:
            return names
    for line in text.splitlines()[:_MOST_LINES]:
        if len(line) > _LONGEST_LINE and _NUMBER_AND_NAME.match(line):
            raise UnclearTable(
                f"the line {line.strip()[:40]!r}… gives a number to a name in {len(line)} characters; lines"
                f" of unknown form are read up to {_LONGEST_LINE}"
            )
        if _names_a_label(line[:_LONGEST_LINE]):
            raise UnclearTable(f"{line.strip()[:60]!r} names a label, in a form that is not known here")
    return None


def _names_a_label(line: str) -> bool:
    """Whether a line of unknown form gives a number to a structure that is known."""
    if first := _NUMBER_FIRST.fullmatch(line):
        words = re.split(r"[,;|\t\"]+|(?<=\d)\s+(?=[^\W\d])|\s+(?=\d+(?:[\s.]|$))", first[2])
        return any(canonical_name(word.strip()) is not None for word in (first[2], *words) if word.strip())
    last = _NUMBER_LAST.search(line.rstrip())
    return last is not None and canonical_name(line[: last.start()].strip(" \t:=,;|\"'")) is not None


def caret_names(content: bytes) -> Names | None:
    """Names of a Caret ``LabelTable``, as NIfTI header extensions carry it; None when it is broken.

    Entity declarations, which an honest table does not have, count as broken.
    """
    from xml.etree import ElementTree

    content = content.strip(b"\x00 \t\r\n")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    try:
        root = ElementTree.fromstring(content)
        pairs = [(int(label.get("Key", "")), (label.text or "").strip()) for label in root.iter("Label")]
        return _table(pairs)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def _table(pairs: Iterable[tuple[int, str]]) -> Names:
    """The table without background and blanks. Raises UnclearTable when a value has two names."""
    names: dict[int, str] = {}
    for value, name in pairs:
        if value <= 0 or not name:
            continue
        if names.setdefault(value, name) != name:
            raise UnclearTable(f"label {value} has two names, {names[value]!r} and {name!r}")
    return names


def _stem(name: str) -> str:
    for suffix in _STEM_SUFFIXES:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return Path(name).stem


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _itk_snap(text: str) -> Names | None:
    """``IDX R G B A VIS MSH "LABEL"`` per line, comments with #."""
    return _by_line(text, _SNAP, _SNAP_TITLE)


def _slicer_colours(text: str) -> Names | None:
    """``index name R G B A`` per line; Slicer writes spaces in names as underscores."""
    return _by_line(text, _COLOURS, _COLOURS_TITLE)


def _by_line(text: str, row: re.Pattern[str], title: re.Pattern[str]) -> Names | None:
    lines = _lines(text)
    matches = [row.match(line) for line in lines]
    if not any(matches) and not title.search(text[:_HEAD]):
        return None
    strange = next((line for line, match in zip(lines, matches, strict=True) if match is None), None)
    if strange is not None:
        raise UnclearTable(f"the line {strange.strip()[:60]!r} is not as the others")
    return _table((int(m[1]), m[2].strip(' "')) for m in matches if m)


def _columns(text: str) -> Names | None:
    """A table with a column ``index`` (BIDS) or ``LabelValue`` (Slicer) and a column ``name``."""
    import csv

    lines = _lines(text)
    if lines and lines[0].casefold().startswith("sep="):
        lines = lines[1:]
    for delimiter in _DELIMITERS if lines else "":
        try:
            rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
        except csv.Error as error:
            raise UnclearTable(str(error)) from error
        header = [re.sub(r"[\s_]", "", column).casefold() for column in rows[0]]
        index = next((header.index(c) for c in _INDEX_COLUMNS if c in header), None)
        name = next(
            (header.index(c) for c in _NAME_COLUMNS if c in header and header.index(c) != index), None
        )
        codes = tuple(_code_columns(header, kinds) for kinds in _CODE_COLUMNS)
        if index is None and name is not None and any(column in header for column in _LABEL_COLUMNS):
            raise UnclearTable("it has no column of label numbers, such as index or LabelValue")
        if index is None or (name is None and codes[0] is None):
            continue
        if header[index] in _LOOSE_COLUMNS and not _is_numbered(rows[1:2], index):
            continue  # a table of measurements
        return _by_name_and_code(_cells(rows[1:], index, name, codes))
    return None


def _code_columns(header: Sequence[str], kinds: Sequence[str]) -> tuple[int, int] | None:
    """Places of the scheme and the value of a code; None when a table has none of that kind."""
    for kind in kinds:
        names = [
            (f"{kind}codingscheme", f"{kind}codevalue"),
            (f"{kind}.codingschemedesignator", f"{kind}.codevalue"),
        ]
        for scheme, value in names:
            if scheme in header and value in header:
                return header.index(scheme), header.index(value)
    return None


def _by_name_and_code(segments: Sequence[_Row]) -> Names:
    """Names of coded segments, for a table that says both. Raises UnclearTable where they contradict."""
    names = _table((row.value, row.name) for row in segments)
    if not any(row.type_code or row.region for row in segments):
        return names
    from flr.dicom.codes import CodedSegment, names_by_code

    found = names_by_code([CodedSegment(*row) for row in segments if row.value > 0])
    for one in found.contradictions:
        raise UnclearTable(f"label {one.value} is called {one.label!r}, but its code means {one.coded!r}")
    return _table(found.by_value.items())


def _is_numbered(rows: Sequence[Sequence[str]], index: int) -> bool:
    return all(index < len(row) and row[index].strip().isdecimal() for row in rows)


def _cells(
    rows: Sequence[Sequence[str]],
    index: int,
    name: int | None,
    codes: Sequence[tuple[int, int] | None],
) -> list[_Row]:
    """One segment for each row, with its type, region and their modifiers where the table has them."""

    def code(row: Sequence[str], place: tuple[int, int] | None) -> Code | None:
        scheme, value = ("", "") if place is None else (row[place[0]].strip(), row[place[1]].strip())
        return (scheme, value, "") if value else None

    segments = []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        try:
            value = float(row[index])
            if not value.is_integer():
                raise ValueError
            kind, modifier, region, region_modifier = (code(row, place) for place in codes)
            label = "" if name is None else row[name].strip()
        except (ValueError, IndexError):
            shown = " ".join(row)[:60]
            raise UnclearTable(f"the row {shown!r} has no whole number and name") from None
        segments.append(_Row(int(value), label, kind, region, modifier, region_modifier))
    return segments


def _json(text: str) -> Names | None:
    """Names in a JSON document: of nnU-Net or the Medical Decathlon, of dcmqi, or a plain list of names."""
    try:
        document = json.loads(text)
    except ValueError as error:  # no JSON, or a number of thousands of digits
        if '"labels"' in text or '"segmentAttributes"' in text:
            raise UnclearTable("it is no JSON document") from error
        return None
    if not isinstance(document, dict):
        _refuse_objects(document)
        return None
    if str(document.get("schema", "")).startswith(_OWN_SCHEMAS):
        return None  # what we said of a map, written beside it
    if "segmentAttributes" in document:
        return _dcmqi(document["segmentAttributes"])
    labels = document.get("labels")
    if isinstance(labels, (dict, list)) and labels:
        names = _pairs(labels)
        if names is None and isinstance(labels, dict):
            names = _regions(labels, document.get("regions_class_order"))
        if names is None:
            raise UnclearTable("its labels are no plain list of numbers and names, and no regions")
        return names
    names = _pairs(document)
    if names and any(canonical_name(name) for name in names.values()):
        return names
    _refuse_objects(document)
    return None


def _refuse_objects(document: Any) -> None:
    """Refuse a document whose objects give a number to a structure that is known. Raises UnclearTable."""
    waiting: list[tuple[str, Any]] = [("", document)]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        key, node = waiting.pop()
        if isinstance(node, list):
            waiting += [("", one) for one in node]
        if not isinstance(node, dict):
            continue
        fields = {re.sub(r"[\s_]", "", str(name)).casefold(): value for name, value in node.items()}
        numbered = any(type(fields.get(name)) is int for name in (*_INDEX_COLUMNS, "id", "number", "key"))
        called = [key, *(value for value in fields.values() if isinstance(value, str))]
        named = next((one for one in called if one and canonical_name(one) is not None), None)
        if numbered and named is not None:
            raise UnclearTable(f"it gives a number to {named!r}, in a form that is not known here")
        waiting += [(str(name), value) for name, value in node.items()]


def _pairs(labels: Any) -> Names | None:
    """Number to name, or name to number: nnU-Net and the Decathlon have opposite directions.

    Regions (lists of values) give None; see :func:`_regions`.
    """
    if not isinstance(labels, dict):
        return None
    try:
        if all(isinstance(name, str) for name in labels.values()):
            return _table([(int(value), name.strip()) for value, name in labels.items()])
        if all(isinstance(value, int) and not isinstance(value, bool) for value in labels.values()):
            return _table([(value, name.strip()) for name, value in labels.items()])
    except UnclearTable:
        raise
    except ValueError:
        pass
    return None


def _regions(labels: Mapping[str, Any], order: Any) -> Names | None:
    """Number to name where nnU-Net was trained on regions that overlap; None when it was not.

    ``{"liver": [1, 2], "tumour": 2}`` calls both values liver and one of them tumour as well: each value is
    named by the smallest region that holds it, so 1 is liver and 2 tumour. ``regions_class_order`` lists, in
    the order of the regions, the value that each is written with when a prediction is saved, the later over
    the earlier; it must say the same.

    References
    ----------
    .. [1] nnU-Net v2, documentation/region_based_training.md
    """
    regions: list[tuple[str, frozenset[int]]] = []
    for name, given in labels.items():
        values = given if isinstance(given, list) else [given]
        if not values or not all(type(value) is int and value >= 0 for value in values):
            return None
        if values != [0]:
            regions.append((name.strip(), frozenset(values)))
    names: dict[int, str] = {}
    for value in sorted(frozenset().union(*(values for _, values in regions))):
        held = sorted((len(values), name) for name, values in regions if value in values)
        if not value or (len(held) > 1 and held[0][0] == held[1][0]):
            raise UnclearTable(f"its regions do not say what label {value} is")
        names[value] = held[0][1]
    if order is not None:
        _require_order(regions, names, order)
    return RegionNames(names)


def _require_order(regions: Sequence[tuple[str, frozenset[int]]], names: Names, order: Any) -> None:
    """Predictions must be written as the regions say. Raises UnclearTable."""
    if not isinstance(order, list) or len(order) != len(regions):
        raise UnclearTable("its regions_class_order does not list a value for each region")
    for (name, _), value in zip(regions, order, strict=True):
        if type(value) is not int or names.get(value) != name:
            raise UnclearTable(f"its regions and its regions_class_order say different things of {name!r}")
    for number, (name, values) in enumerate(regions):
        for later, others in regions[number + 1 :]:
            if values < others:
                raise UnclearTable(
                    f"its regions_class_order writes {later!r} over {name!r}, which lies in it"
                )


def _dcmqi(groups: Any) -> Names:
    """``segmentAttributes``: one list of segments for each file; which is which only one list tells."""
    if not (isinstance(groups, list) and len(groups) == 1 and isinstance(groups[0], list)):
        raise UnclearTable("it describes several files")

    def code(segment: Mapping[str, Any], keyword: str) -> Code | None:
        entry = segment.get(keyword)
        if not isinstance(entry, dict) or not entry.get("CodeValue"):
            return None
        return str(entry.get("CodingSchemeDesignator", "")), str(entry["CodeValue"]), ""

    segments = []
    for segment in groups[0]:
        value = segment.get("labelID") if isinstance(segment, dict) else None
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnclearTable("a segment has no labelID")
        name = str(segment.get("SegmentLabel") or segment.get("SegmentDescription") or "").strip()
        kind, modifier, region, region_modifier = (code(segment, keyword) for keyword in _DCMQI_CODES)
        segments.append(_Row(value, name, kind, region, modifier, region_modifier))
    return _by_name_and_code(segments)
