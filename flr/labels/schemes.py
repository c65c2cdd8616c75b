"""Label schemes: what the integers and names of a published segmentation mean."""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flr.errors import LabelError
from flr.files import read_text
from flr.frozen import FrozenMapping
from flr.structures import NUMBER, STRUCTURES, structure_named

_MAX_TUMOURS = 20
_WHOLE = re.compile(r"[1-9]\d*")
_MOST_BYTES = 4 << 20
_SCHEME_KEYS = frozenset(
    (
        *(
            "source",
            "modality",
            "encoding",
            "notes",
            "n_labels",
            "subset",
            "overlapping",
            "liver_includes_tumour",
        ),
        *("labels", "names", "aliases", "ranges", "segment_numbers", "property_type"),
    )
)


def fold_name(own_name: str) -> str:
    """A structure's name as names are compared: case-folded, trimmed, ``_`` and ``-`` as blanks.

    >>> fold_name("  Liver_Remnant ")
    'liver remnant'
    """
    return re.sub(r"[\s_\-]+", " ", own_name).strip().casefold()


@dataclass(frozen=True)
class LabelScheme:
    """The meaning of the labels of one published convention (0 is background everywhere).

    Parameters
    ----------
    name : str
        Key of the scheme, e.g. ``"couinaud_8"``.
    labels : mapping of int to str
        Label value to canonical name. Empty for schemes that know names only.
    names : mapping of str to str
        The convention's own structure names, folded by `fold_name`, to canonical names; a name that
        ends in ``<n>`` stands for every positive number.
    source, modality, encoding, notes : str
        Where it comes from, what it labels, how it is stored, and its traps. Empty when not stated.
    n_labels : int, optional
        Largest number of labels the convention has.
    subset : bool
        The convention has other labels too; they are ignored, not refused.
    overlapping : bool
        Structures may overlap, so that they need one mask each.
    liver_includes_tumour : bool, optional
        Whether ``liver`` covers tumour voxels. None when not stated.
    aliases : mapping of int to str
        Further values with a known meaning that do not count in an equal label set.

    Raises
    ------
    LabelError
        If a label value is not positive or a meaning is empty.
    """

    name: str
    labels: Mapping[int, str] = field(hash=False)
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    source: str = ""
    modality: str = ""
    encoding: str = ""
    n_labels: int | None = None
    subset: bool = False
    overlapping: bool = False
    liver_includes_tumour: bool | None = None
    notes: str = ""
    aliases: Mapping[int, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for values in (self.labels, self.aliases):
            bad = [v for v, meaning in values.items() if v < 1 or not meaning]
            if bad:
                raise LabelError(
                    f"scheme {self.name!r} gives no usable meaning to {bad}; expected positive "
                    "whole numbers, each with a name (0 is the background)"
                )
        object.__setattr__(self, "labels", dict(self.labels))
        object.__setattr__(self, "names", {fold_name(k): v for k, v in self.names.items()})
        object.__setattr__(self, "aliases", dict(self.aliases))

    def meaning(self, value: int) -> str | None:
        """Canonical name of a label value, or None when this scheme does not list it."""
        return self.labels.get(value, self.aliases.get(value))

    def canonical(self, own_name: str) -> str | None:
        """Canonical name of one of the convention's own names, or None."""
        folded = fold_name(own_name)
        if folded in self.names:
            return self.names[folded]
        if numbered := re.fullmatch(r"(.*\D) ?0*([1-9]\d*)", folded):
            stem = numbered[1].rstrip()
            template = self.names.get(f"{stem} {NUMBER}", self.names.get(stem + NUMBER))
            return template.replace(NUMBER, numbered[2]) if template else None
        return None

    def strays(self, values: Iterable[int]) -> tuple[int, ...]:
        """Foreground values that this scheme refuses; always empty for a subset scheme."""
        known = self.labels.keys() | self.aliases.keys() | {0}
        return tuple(sorted(v for v in set(values) - known if v < 0 or not self.subset))

    def mapping(self, values: Iterable[int]) -> dict[int, str]:
        """Name of every foreground value: canonical, or ``label_<value>`` where a subset scheme is silent.

        Raises
        ------
        LabelError
            If a value is outside the scheme.
        """
        found = sorted(set(values) - {0})
        strays = self.strays(found)
        if strays:
            known = ", ".join(str(v) for v in sorted(self.labels)) or "names only, no integers"
            raise LabelError(
                f"labels {list(strays)} are not in scheme {self.name!r}, which knows {known}; "
                "choose another --scheme, or map the values with --labels FILE:1=hepatic_vein,2=portal_vein"
            )
        return {v: self.meaning(v) or f"label_{v}" for v in found}


@cache
def _shipped() -> dict[str, Any]:
    # importlib.resources would take longer to import than everything here takes to read.
    content: dict[str, Any] = json.loads(pkgutil.get_data("flr", "label_schemes.json") or "{}")
    return content


@cache
def canonical_names() -> tuple[str, ...]:
    """Every canonical name, those with a number written with ``<n>``."""
    return tuple(structure.name for structure in STRUCTURES)


def is_canonical(name: str) -> bool:
    """Whether ``name`` is a canonical name, numbers filled in.

    >>> is_canonical("tumour_12"), is_canonical("tumour_0"), is_canonical("Liver")
    (True, False, False)
    """
    return structure_named(name) is not None


def snomed_ct(canonical: str) -> str | None:
    """SNOMED CT code of a canonical name, or None where none was found."""
    structure = structure_named(canonical)
    return None if structure is None else structure.snomed_ct


@cache
def load_schemes() -> Mapping[str, LabelScheme]:
    """Every shipped scheme by name, in the order of the table."""
    shipped = {k: _scheme(k, v) for k, v in _shipped().items() if k != "_meta"}
    return FrozenMapping(shipped)


def find_scheme(name: str) -> LabelScheme:
    """The shipped scheme called ``name``.

    Raises
    ------
    LabelError
        If there is none, with the closest names.
    """
    schemes = load_schemes()
    if name in schemes:
        return schemes[name]
    import difflib  # a mistake only

    close = difflib.get_close_matches(name, schemes, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "flr schemes lists them"
    raise LabelError(f"no label scheme is called {name!r}; {hint} A site's own is given as a .json file")


def scheme_from_json(path: Path) -> LabelScheme:
    """A site's own scheme, written like one entry of the shipped table.

    The file holds either ``{"name": …, "labels": {…}, …}`` or ``{"<name>": {"labels": {…}, …}}``. Keys of
    ``labels`` are integers as strings, or structure names; values are canonical names.

    Raises
    ------
    ReadError
        If the file cannot be read.
    LabelError
        If it is not such a scheme; the message names the entry.
    """
    path = Path(path)
    text = read_text(path, expected="a label scheme in JSON", most_bytes=_MOST_BYTES)
    try:
        content = json.loads(text, object_pairs_hook=_unique_keys)
    except LabelError:
        raise
    except (ValueError, RecursionError) as error:
        raise LabelError(f"{path.name} is not JSON: {error}; expected a label scheme") from error
    if isinstance(content, dict) and "labels" not in content and "names" not in content:
        entries = {k: v for k, v in content.items() if k != "_meta"}
        if len(entries) != 1 or not isinstance(next(iter(entries.values())), dict):
            raise LabelError(
                f"{path.name} holds {len(entries)} entries and no 'labels'; expected one scheme "
                '{"name": "ours", "labels": {"1": "liver", "2": "tumour"}}'
            )
        ((name, content),) = entries.items()
    elif isinstance(content, dict):
        name = content.pop("name", path.stem)
    else:
        raise LabelError(f"{path.name} holds a {type(content).__name__}; expected an object with 'labels'")
    if not isinstance(name, str) or not name.strip():
        raise LabelError(f"{path.name}: the scheme's name is {name!r}; expected text")
    return _scheme(name, content)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise LabelError(f"label scheme: {twice} given more than once; keep one entry each")
    return dict(pairs)


def _scheme(name: str, entry: Mapping[str, Any]) -> LabelScheme:
    def refuse(what: str) -> LabelError:
        return LabelError(f"label scheme {name!r}: {what}")

    unknown = sorted(entry.keys() - _SCHEME_KEYS)
    if unknown:
        raise refuse(f"unknown keys {unknown}; expected some of {sorted(_SCHEME_KEYS)}")
    for key in ("labels", "names", "aliases", "ranges", "segment_numbers"):
        if not isinstance(entry.get(key, {}), dict):
            raise refuse(f"{key!r} is a {type(entry[key]).__name__}; expected an object")
    for key, kind in (("source", str), ("modality", str), ("encoding", str), ("notes", str)):
        if not isinstance(entry.get(key, ""), kind):
            raise refuse(f"{key!r} is {entry[key]!r}; expected text")
    for key in ("subset", "overlapping", "liver_includes_tumour"):
        if not isinstance(entry.get(key, False), bool):
            raise refuse(f"{key!r} is {entry[key]!r}; expected true or false")
    n_labels = entry.get("n_labels")
    if n_labels is not None and (isinstance(n_labels, bool) or not isinstance(n_labels, int) or n_labels < 1):
        raise refuse(f"'n_labels' is {n_labels!r}; expected a positive whole number")

    def checked(meaning: object, of: str) -> str:
        return _checked_meaning(name, meaning, of)

    labels: dict[int, str] = {}
    names: dict[str, str] = {}
    aliases: dict[int, str] = {}
    for own, meaning in entry.get("labels", {}).items():
        if _WHOLE.fullmatch(own):
            labels[int(own)] = checked(meaning, own)
        elif re.fullmatch(r"[-+.\d]+", own):
            raise refuse(f"label {own!r}; expected positive whole numbers (0 is the background) or names")
        else:
            names[own] = checked(meaning, own)
    names |= {own: checked(meaning, own) for own, meaning in entry.get("names", {}).items()}
    for own, meaning in entry.get("aliases", {}).items():
        if not _WHOLE.fullmatch(own):
            raise refuse(f"alias {own!r}; expected a positive whole number")
        aliases[int(own)] = checked(meaning, own)
    for meaning, bounds in entry.get("ranges", {}).items():
        if not (isinstance(bounds, list) and len(bounds) == 2 and all(type(b) is int for b in bounds)):
            raise refuse(f"range of {meaning!r} is {bounds!r}; expected two whole numbers")
        aliases |= {v: checked(meaning, "ranges") for v in range(bounds[0], bounds[1] + 1) if v not in labels}
    aliases |= _numbered_segments(entry.get("segment_numbers", {}))
    if not (labels or names):
        raise refuse("no labels; expected at least one")
    return LabelScheme(
        name=name,
        labels=labels,
        names=names,
        source=entry.get("source", ""),
        modality=entry.get("modality", ""),
        encoding=entry.get("encoding", ""),
        n_labels=n_labels,
        subset=entry.get("subset", False),
        overlapping=entry.get("overlapping", False),
        liver_includes_tumour=entry.get("liver_includes_tumour"),
        notes=entry.get("notes", ""),
        aliases=aliases,
    )


def _checked_meaning(scheme_name: str, meaning: object, of: object) -> str:
    """A meaning that is a canonical name, numbers filled in or not. Raises LabelError for another one."""
    if isinstance(meaning, str) and is_canonical(meaning.replace(NUMBER, "1")):
        return meaning
    import difflib  # a mistake only

    close = difflib.get_close_matches(str(meaning), canonical_names(), n=2)
    hint = f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(canonical_names())}"
    raise LabelError(
        f"label scheme {scheme_name!r}: {of!r} means {meaning!r}, which is no canonical name; {hint}"
    )


def require_canonical(scheme: LabelScheme) -> LabelScheme:
    """A scheme that was made in Python, held to what a scheme file is held to.

    Raises
    ------
    LabelError
        If there is no label and no name, a value is no whole number, or a meaning is no canonical name: a
        tumour under another name would not count as tumour.
    """
    if not (scheme.labels or scheme.names):
        raise LabelError(f"label scheme {scheme.name!r}: no labels; expected at least one")
    for values in (scheme.labels, scheme.aliases):
        for value, meaning in values.items():
            if isinstance(value, bool) or not isinstance(value, int):
                raise LabelError(
                    f"label scheme {scheme.name!r}: label {value!r}; expected positive whole numbers (0 is"
                    " the background)"
                )
            _checked_meaning(scheme.name, meaning, value)
    for own, meaning in scheme.names.items():
        _checked_meaning(scheme.name, meaning, own)
    return scheme


def _numbered_segments(numbers: Mapping[str, str]) -> dict[int, str]:
    """Segment numbers of a DICOM convention; ``"5+": "tumour_<k>"`` counts up from 5."""
    found: dict[int, str] = {}
    for number, meaning in numbers.items():
        first = int(number.removesuffix("+"))
        if number.endswith("+"):
            found |= {first + k: re.sub("<.>", str(k + 1), meaning) for k in range(_MAX_TUMOURS)}
        else:
            found[first] = meaning
    return found
