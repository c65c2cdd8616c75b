"""Records and mappings that nobody changes, and that copy, compare and travel between processes."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NoReturn, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

K = TypeVar("K")
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)
S = TypeVar("S", bound=np.generic)


class FrozenMapping(Mapping[K, V_co]):
    """A mapping that cannot be changed; unlike `types.MappingProxyType` it pickles, copies and hashes.

    Parameters
    ----------
    items : mapping
        Copied, in its order.

    Examples
    --------
    >>> shares = FrozenMapping({"7": 60.0, "8": 40.0})
    >>> shares["7"], shares == {"8": 40.0, "7": 60.0}
    (60.0, True)
    >>> shares
    FrozenMapping({'7': 60.0, '8': 40.0})
    """

    __slots__ = ("_items",)
    _items: dict[K, V_co]

    def __init__(self, items: Mapping[K, V_co]) -> None:
        object.__setattr__(self, "_items", dict(items))

    def __getitem__(self, key: K) -> V_co:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __eq__(self, other: object) -> bool:
        return same(self, other) if isinstance(other, Mapping) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset((key, _outline(value)) for key, value in self._items.items()))

    def __repr__(self) -> str:
        return f"FrozenMapping({self._items})"

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenMapping, (self._items,)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: this mapping is frozen")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"cannot delete {name!r}: this mapping is frozen")


class Record:
    """Base of frozen dataclasses that hold arrays; they are declared with ``eq=False``.

    Two records are equal when they have one type and every compared field holds the same
    (:func:`same`). A copy and a pickle are built by the constructor from the fields alone: the copy is as
    whole as the original, its arrays are read-only where the original's are, and nothing that was only
    cached goes along. Equal records have equal hashes; the hash reads no array, only its shape.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return _same_fields(self, other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        compared = (getattr(self, f.name) for f in fields(cast(Any, self)) if f.compare)
        return hash((type(self), *map(_outline, compared)))

    def __reduce__(self) -> tuple[Any, ...]:
        values = {f.name: getattr(self, f.name) for f in fields(cast(Any, self)) if f.init}
        locked = tuple(n for n, v in values.items() if isinstance(v, np.ndarray) and not v.flags.writeable)
        return _rebuilt, (type(self), values, locked)


def once(owner: object, key: Hashable, make: Callable[[], V]) -> V:
    """What follows from a record alone, computed the first time that it is asked for.

    It stays with this one object and dies with it: an equal record, a copy, a pickle and whatever
    `dataclasses.replace` makes start with nothing. The result must not hold the record, or neither would be
    freed in time.

    Parameters
    ----------
    owner : object
        A record or another object that nobody changes.
    key : hashable
        Names what is computed and everything that it depends on beside the record.
    make : callable

    Examples
    --------
    >>> from dataclasses import dataclass, replace
    >>> @dataclass(frozen=True, eq=False)
    ... class Square(Record):
    ...     side: float
    >>> square = Square(3.0)
    >>> once(square, "area", lambda: square.side**2), once(square, "area", lambda: 0.0)
    (9.0, 9.0)
    >>> other = replace(square, side=4.0)
    >>> once(other, "area", lambda: other.side**2)
    16.0
    """
    kept: dict[Hashable, Any] = owner.__dict__.setdefault("_kept", {})
    if key not in kept:
        kept[key] = make()
    return cast(V, kept[key])


def read_only(array: NDArray[S]) -> NDArray[S]:
    """A view of an array through which nobody writes; the caller's own array stays as it is."""
    view = array.view()
    view.flags.writeable = False
    return view


def same(one: object, other: object) -> bool:
    """Whether two values hold the same: arrays by their elements, records and mappings field by field.

    What is not a number is the same as what is not a number: a copy is equal to its original.

    >>> same({"a": np.array([1.0, np.nan])}, {"a": np.array([1.0, np.nan])})
    True
    >>> same((np.array([1, 2]),), (np.array([1, 3]),))
    False
    """
    if one is other:
        return True
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and _same_arrays(one, other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if type(one) is type(other):
        if isinstance(one, tuple | list) and isinstance(other, tuple | list):
            return len(one) == len(other) and all(map(same, one, other))
        if is_dataclass(one):
            return _same_fields(one, other)
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other):
        return True
    return bool(one == other)


def _same_fields(one: object, other: object) -> bool:
    compared = [f.name for f in fields(cast(Any, one)) if f.compare]
    return all(same(getattr(one, name), getattr(other, name)) for name in compared)


def _same_arrays(one: NDArray[Any], other: NDArray[Any]) -> bool:
    if np.array_equal(one, other):
        return True
    real = one.dtype.kind in "fc" and other.dtype.kind in "fc"
    return real and np.array_equal(one, other, equal_nan=True)


def _outline(value: object) -> object:
    """What equal values share and what costs little to hash."""
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, Mapping):
        return frozenset(value)
    if isinstance(value, tuple):
        return tuple(map(_outline, value))
    if isinstance(value, list):
        return len(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    if is_dataclass(value) and not isinstance(value, type):
        compared = (getattr(value, f.name) for f in fields(value) if f.compare)
        return (type(value), *map(_outline, compared))
    return hash(value)


def _rebuilt(kind: type[V], values: dict[str, Any], locked: tuple[str, ...]) -> V:
    for name in locked:
        values[name].flags.writeable = False
    return kind(**values)
