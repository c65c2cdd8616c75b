"""What a lie is, and the list that every kind of lie is entered in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from lies.carriers import ALL, Reader
from lies.cases import Case

Twist: TypeAlias = Callable[[Case, np.random.Generator], Case]
Teller: TypeAlias = Callable[[Case, Path, np.random.Generator], object]


@dataclass(frozen=True)
class Lie:
    """One kind of lie.

    Parameters
    ----------
    name : str
    does : str
        What it does to the map, for the table.
    group : {"names", "sides", "whole", "scale", "drawing", "statements"}
    expects : frozenset of str
        Checks, one of which must speak against its reassurance row or leave it not shown, or flags;
        ``"refused"`` where reading may refuse, ``"harmless"`` where every volume stays right and every flag
        stays the same.
    carriers : tuple of str
        The formats that can carry it.
    twist : callable, optional
        Makes the untrue case; the carriers write it.
    tell : callable, optional
        Writes and reads the lie itself, where it lies in the bytes of one format; or tells it at another door
        and gives the answer.
    n_variants : int
        How many different ones a generator chooses from, about.
    """

    name: str
    does: str
    group: str
    expects: frozenset[str]
    carriers: tuple[str, ...]
    twist: Twist | None = None
    tell: Reader | Teller | None = None
    n_variants: int = 1


LIES: dict[str, Lie] = {}


def lie(
    name: str,
    does: str,
    group: str,
    expects: str,
    *,
    carriers: tuple[str, ...] = ALL,
    n_variants: int = 1,
) -> Callable[[Twist], Twist]:
    """Enter a twist of a case as a kind of lie. ``expects`` holds names of checks, parted by spaces."""

    def enter(twist: Twist) -> Twist:
        if name in LIES:
            raise ValueError(f"two lies are called {name!r}")
        LIES[name] = Lie(
            name, does, group, frozenset(expects.split()), carriers, twist=twist, n_variants=n_variants
        )
        return twist

    return enter


def told(
    name: str, does: str, group: str, expects: str, *, carrier: str, n_variants: int = 1
) -> Callable[[Teller], Teller]:
    """Enter a lie that lies in the bytes of one format."""

    def enter(teller: Teller) -> Teller:
        if name in LIES:
            raise ValueError(f"two lies are called {name!r}")
        LIES[name] = Lie(
            name, does, group, frozenset(expects.split()), (carrier,), tell=teller, n_variants=n_variants
        )
        return teller

    return enter
