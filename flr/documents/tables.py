"""Rows as a data frame, for the library and for cohorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flr.documents.csv import Cell
from flr.errors import EnvironmentFailure

if TYPE_CHECKING:
    import pandas as pd


def data_frame(rows: Sequence[Mapping[str, Cell]], columns: Iterable[str]) -> pd.DataFrame:
    """Rows as a data frame: numbers are numbers; what was not assessed is missing, never 0.

    Raises
    ------
    EnvironmentFailure
        If pandas is missing.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise EnvironmentFailure("a data frame needs pandas: pip install 'flr[tables]'") from error
    kinds: dict[str, str] = {}
    for row in rows:
        widen(kinds, row)
    return pd.DataFrame(
        {name: _series([row.get(name) for row in rows], kinds.get(name, "text")) for name in columns}
    )


def widen(kinds: dict[str, str], row: Mapping[str, Cell]) -> None:
    """Learn which kind of value a column holds; whole numbers among others count as numbers."""
    for name, value in row.items():
        if value is None:
            continue
        kind = type(value).__name__ if isinstance(value, bool | int | float) else "text"
        known = kinds.setdefault(name, kind)
        if known != kind:
            kinds[name] = "float" if {known, kind} == {"int", "float"} else "text"


def _series(values: list[Cell], kind: str) -> Any:
    import pandas as pd

    if kind == "bool":
        return pd.Series(values, dtype="boolean")
    if kind in ("int", "float"):
        return pd.Series([float("nan") if v is None else v for v in values])
    return pd.Series(values, dtype=object)
