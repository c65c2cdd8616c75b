"""A site's own table of measurement errors, from a TOML file."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from flr.errors import CriterionError, ReadError
from flr.files import read_text
from flr.uncertainty import Errors

_MOST_BYTES = 1 << 20


def read_errors(path: Path) -> Errors:
    """Read a table of errors: keys of :class:`flr.uncertainty.Errors`, ``source`` among them.

    What the file does not name keeps its default.

    Raises
    ------
    ReadError
        If the file cannot be read, or is no TOML.
    CriterionError
        If a key is not known, a value is implausible, or the table does not say who set it.
    """
    path = Path(path)
    text = read_text(path, expected="a table of errors in TOML", most_bytes=_MOST_BYTES)
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path.name} is not TOML: {error}") from error
    known = [field.name for field in fields(Errors)]
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected some of {', '.join(known)}"
            raise CriterionError(f"{path.name}: no error is called {key!r}; {hint}")
    if "source" not in table:
        raise CriterionError(f'{path.name} does not say who set it; add source = "…"')
    try:
        return Errors(**table)
    except CriterionError as error:
        raise CriterionError(f"{path.name}: {error}") from error
