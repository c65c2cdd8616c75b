"""Stacks of MITK's: a ``.mitklabel.json`` that names the label maps of its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from flr.errors import ReadError
from flr.files import read_text, shown_name
from flr.stream import plain_sibling

STACK_SUFFIX: Final = ".mitklabel.json"
_MAX_BYTES: Final = 4 << 20
_EXPECTED: Final = "groups of named labels and the files that they are drawn in, as MITK writes them"


def is_stack(path: Path) -> bool:
    """Whether a path is called as MITK's description of a segmentation is."""
    return path.name.casefold().endswith(STACK_SUFFIX)


def maps_of_stack(path: Path) -> tuple[Path, ...]:
    """The label maps that a stack names, in its own folder and in its order; they may be missing.

    Raises
    ------
    ReadError
        If the stack cannot be read or names no map, or one that lies elsewhere.

    References
    ----------
    .. [1] MITK, Stacked Segmentation Format (type ``org.mitk.multilabel.segmentation.stack``).
    """
    text = read_text(path, expected=_EXPECTED, most_bytes=_MAX_BYTES)
    try:
        named = list(dict.fromkeys(_named_files(json.loads(text))))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ReadError(f"{shown_name(path)} cannot be understood; expected {_EXPECTED}") from error
    if not named or any(is_stack(Path(name)) for name in named):
        raise ReadError(f"{shown_name(path)} names no label map; give the label maps themselves")
    return tuple(dict.fromkeys(plain_sibling(path, name) for name in named))


def _named_files(stack: Any) -> Iterator[str]:
    for group in stack["groups"]:
        for holder in (group, *group["labels"]):
            if (name := holder.get("_file")) is not None:
                if not isinstance(name, str):
                    raise TypeError("a file name that is no text")
                yield name
