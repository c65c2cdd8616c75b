"""What a notebook shows: tables for results, the report's viewer in a frame, and a cut that moves.

``import flr`` inside IPython calls :func:`register`, so that assessments, plans and search results show
themselves. Names are loaded when they are first used: registering costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flr.notebook.displays import register
    from flr.notebook.frames import Frame, view
    from flr.notebook.planes import along_a_plane
    from flr.notebook.previews import Preview, preview
    from flr.notebook.tables import Table, compare

_HOME = {
    "Frame": "flr.notebook.frames",
    "Preview": "flr.notebook.previews",
    "Table": "flr.notebook.tables",
    "along_a_plane": "flr.notebook.planes",
    "compare": "flr.notebook.tables",
    "preview": "flr.notebook.previews",
    "register": "flr.notebook.displays",
    "view": "flr.notebook.frames",
}

__all__ = ["Frame", "Preview", "Table", "along_a_plane", "compare", "preview", "register", "view"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value
