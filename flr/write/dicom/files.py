"""DICOM objects as files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from flr.files import write_bytes

if TYPE_CHECKING:
    from pydicom import Dataset


def write_dicom(content: Dataset, path: Path) -> None:
    """Write one object, whole or not at all.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written.
    """
    # Encoded first: the library answers a full disk with a page of its own.
    stream = io.BytesIO()
    content.save_as(stream, enforce_file_format=True)
    write_bytes(path, stream.getvalue())
