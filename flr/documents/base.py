"""Documents are typed records: their fields are the keys of the JSON, their types are its schema."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

if TYPE_CHECKING:
    from flr.formulas import Reference

Document = dict[str, Any]

Ml = float
"""A volume in mL where its key does not say so, but that of the record which holds it."""

Percent = float
"""A share in percent where its key does not say so."""

Probability = float
"""0 to 1."""

R = TypeVar("R")

NO_COLUMN: Final[dict[str, Any]] = {"column": False}
"""Metadata of a field that has no column in tables: it is for programs that read JSON."""

WHERE_KNOWN: Final[dict[str, Any]] = {"where_known": True}
"""Metadata of a field whose key is left out while its value is None."""

SINCE_2: Final[dict[str, Any]] = {"since": 2}
"""Metadata of a field whose key came with version 2 of its document; those of version 1 do not have it."""


def key_of(name: str) -> str:
    """Key of the JSON that a field stands for; ``from_`` stands for ``from``, which Python has for itself.

    >>> key_of("from_"), key_of("volume_ml")
    ('from', 'volume_ml')
    """
    return name.rstrip("_")


class Keys:
    """Base of the records that are documents, or parts of documents and nothing else.

    A new key is a new field. Every key is always present, but for those marked `WHERE_KNOWN`. Records of
    the lower floors (``Patient``, ``Interval``, …) are part of a document as they are, where they hold
    nothing else.
    """

    __slots__ = ()
    keys_added: ClassVar[frozenset[str]] = frozenset()
    """Keys that documents of earlier releases lack; what they stand for was not known then."""

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Words that a key can have beside null, where its type in Python is any text."""

    __pydantic_config__: ClassVar[Any] = {
        "alias_generator": key_of,
        "allow_inf_nan": False,
        "extra": "ignore",
    }


def keys_present(kind: type, version: int) -> tuple[str, ...]:
    """Keys of a record that every document of that version has."""
    added = kind.keys_added if issubclass(kind, Keys) else ()
    return tuple(
        key_of(one.name)
        for one in fields(kind)
        if one.name not in added
        and not one.metadata.get("where_known", False)
        and one.metadata.get("since", 1) <= version
    )


def has_column(one: Field[Any]) -> bool:
    """Whether a field has a column in tables."""
    return bool(one.metadata.get("column", True))


@dataclass(frozen=True, slots=True)
class ReferenceKeys(Keys):
    """Where a number was published."""

    text: str
    doi: str | None


def filled(kind: type[R], *sources: object, **values: Any) -> R:
    """A record whose fields are given by name or else are attributes of the first source that has them.

    Raises
    ------
    TypeError
        If a field has no value.

    Examples
    --------
    >>> from flr.formulas import Reference
    >>> filled(ReferenceKeys, Reference("A book", doi_checked=False))
    ReferenceKeys(text='A book', doi=None)
    """
    for one in fields(kind):  # type: ignore[arg-type]
        if one.name in values:
            continue
        for source in sources:
            if hasattr(source, one.name):
                values[one.name] = getattr(source, one.name)
                break
        else:
            if one.default is MISSING and one.default_factory is MISSING:
                raise TypeError(f"{kind.__name__}.{one.name} has no value; give it by name")
    return kind(**values)


def cited(reference: Reference) -> ReferenceKeys:
    """A reference as every document shows it."""
    return filled(ReferenceKeys, reference)


def finite(value: float | None) -> float | None:
    """The number, or None where there is none: NaN and infinity are no volumes.

    >>> finite(1.5), finite(float("nan")), finite(None)
    (1.5, None, None)
    """
    return None if value is None or not math.isfinite(value) else float(value)


def json_ready(value: object) -> Any:
    """A record, mapping or sequence as what JSON has; NaN and infinity become None.

    Raises
    ------
    TypeError
        If JSON has no such thing.
    """
    if isinstance(value, Enum):
        return json_ready(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return finite(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            key_of(one.name): json_ready(inner)
            for one in fields(value)
            if (inner := getattr(value, one.name)) is not None or not one.metadata.get("where_known", False)
        }
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [json_ready(item) for item in items]
    raise TypeError(f"{type(value).__name__} has no place in a document; expected records of plain values")


def to_json(document: Mapping[str, Any]) -> str:
    """A document as JSON text: keys in their order, UTF-8 as it is, a newline at the end.

    Raises
    ------
    ValueError
        If the document holds NaN or infinity, which JSON does not have.

    Examples
    --------
    >>> to_json({"b": 1.5, "a": None, "c": [], "d": "µ"})
    '{\\n  "b": 1.5,\\n  "a": null,\\n  "c": [],\\n  "d": "µ"\\n}\\n'
    """
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
