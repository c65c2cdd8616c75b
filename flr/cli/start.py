"""What makes a short command start fast."""

from __future__ import annotations

import importlib
import sys


def import_nibabel() -> None:
    """Import nibabel without the pydicom that it would load for a DICOM reader of its own.

    That import is a third of the time of a short command, and no command uses the reader. pydicom itself can
    be imported as ever afterwards. Only the command line does this: in somebody else's process nibabel is
    left whole.
    """
    if "nibabel" in sys.modules or "pydicom" in sys.modules:
        return
    sys.modules["pydicom"] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        importlib.import_module("nibabel")
    finally:
        del sys.modules["pydicom"]
