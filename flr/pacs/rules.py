"""The rule file of the watcher: which segmentations are assessed, how, and what goes back."""

from __future__ import annotations

import difflib
import fnmatch
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from flr.errors import FLRError, ReadError
from flr.facts import taken_by
from flr.files import read_text
from flr.io.markups import file_and_side
from flr.job import Asked
from flr.pacs.archive import DRAWN, SeriesEntry
from flr.patient import Patient
from flr.plans.notation import joined_file
from flr.report.dicom import KINDS, Kind
from flr.write.dicom import SEG_TYPES, SegType

_LARGEST_BYTES: Final = 1 << 20
DEFAULT_RESULTS: Final[tuple[Kind, ...]] = ("seg", "sr", "pdf", "sc")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Parameters
    ----------
    name : str
    modality : tuple of str
        Of the segmentation: ``SEG``, ``RTSTRUCT``.
    description : str
        Pattern of the segmentation's series description, ``*`` for anything.
    plans : tuple of str
        Notations, and plan files as whole paths; where there is none every drawn remnant and resection of
        the segmentation.
    tumours_none : bool
        Segmentations of this kind say that there is no tumour where they show none.
    condition : tuple of str
        Liver background; unknown where it is not given.
    diagnosis : str or None
    results : tuple of str
        What goes back.
    seg_type : str
    """

    name: str
    modality: tuple[str, ...] = DRAWN
    description: str = "*"
    plans: tuple[str, ...] = ()
    tumours_none: bool = False
    condition: tuple[str, ...] = ()
    diagnosis: str | None = None
    results: tuple[Kind, ...] = DEFAULT_RESULTS
    seg_type: SegType = "binary"

    @property
    def patient(self) -> Patient:
        """What the rule states of every patient."""
        stated: dict[str, Any] = {fact.key: getattr(self, fact.argument) for fact in taken_by("every_case")}
        return Patient(**stated)

    def fits(self, entry: SeriesEntry) -> bool:
        """Whether a segmentation is assessed by this rule."""
        return entry.modality in self.modality and fnmatch.fnmatchcase(
            entry.description.casefold(), self.description.casefold()
        )


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read and check a rule file; the first rule that fits a segmentation counts.

    Raises
    ------
    ReadError
        If it is no TOML, a key is misspelled, or a value cannot be used.
    """
    text = read_text(path, expected="a rule file in TOML", most_bytes=_LARGEST_BYTES)
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path.name} is not TOML: {error}") from error
    _known(content, ("rule",), path.name)
    rows = content.get("rule")
    if not isinstance(rows, list) or not rows:
        raise ReadError(f"{path.name} has no rule; expected at least one [[rule]]")
    folder = path.absolute().parent
    return tuple(_rule(row, folder, f"{path.name}: [[rule]] {n}") for n, row in enumerate(rows, start=1))


def _rule(row: Mapping[str, Any], folder: Path, where: str) -> Rule:
    keys = ["tumours" if f.name == "tumours_none" else f.name for f in fields(Rule)]
    _known(row, keys, where)
    given = dict(row)
    tumours = given.pop("tumours", None)
    if tumours not in (None, "none"):
        raise ReadError(f'{where}: tumours = {tumours!r}; expected "none" or no such key')
    for key in ("name", "description", "diagnosis", "seg_type"):
        if key in given and not isinstance(given[key], str):
            raise ReadError(f"{where}: {key} = {given[key]!r}; expected a text")
    for key in ("modality", "plans", "condition", "results"):
        if key in given:
            given[key] = _texts(given[key], f"{where}: {key}")
    if not given.get("name"):
        raise ReadError(f"{where}: the key 'name' is missing")
    _among(given.get("modality", ()), DRAWN, f"{where}: modality")
    _among(given.get("results", ()), KINDS, f"{where}: results")
    _among([given["seg_type"]] if "seg_type" in given else (), SEG_TYPES, f"{where}: seg_type")
    if not given.get("results", DEFAULT_RESULTS):
        raise ReadError(f"{where}: results is empty; expected some of {', '.join(KINDS)}")
    try:
        if "plans" in given:
            given["plans"] = tuple(_beside(text, folder) for text in given["plans"])
        for text in given.get("plans", ()):
            Asked(text).on(None)
        rule = Rule(**given, tumours_none=tumours == "none")
        _ = rule.patient  # refused here where it cannot be
    except FLRError as error:
        raise ReadError(f"{where}: {error}") from error
    return rule


def _beside(text: str, folder: Path) -> str:
    """A plan of a rule; a plan file lies beside the rule file, wherever the watcher is started."""
    file = None if joined_file(text) is not None else file_and_side(text)
    if file is None:
        return text
    return f"{folder / file[0]}" + (f":{file[1]}" if file[1] else "")


def _texts(value: Any, where: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ReadError(f"{where} = {value!r}; expected a text or a list of texts")
    return tuple(values)


def _among(values: Any, known: Any, where: str) -> None:
    for value in values:
        if value not in known:
            raise ReadError(f"{where} = {value!r}; expected some of {', '.join(known)}")


def _known(row: Mapping[str, Any], known: Any, where: str) -> None:
    for key in row:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected some of {', '.join(known)}"
            raise ReadError(f"{where}: no key is called {key!r}; {hint}")
