"""What makes a short command start fast."""

from __future__ import annotations

import importlib
import importlib.util
import sys


def import_nibabel() -> None:
    """Import nibabel without the libraries that it would load for what no command asks of it.

    They are pydicom, for a DICOM reader of its own, and urllib.request, for reading from addresses: together
    half of the time of a short command. pydicom can be imported as ever afterwards, and urllib.request loads
    itself when it is first used. Only the command line does this: in somebody else's process nibabel is left
    whole.
    """
    if "nibabel" in sys.modules or "pydicom" in sys.modules:
        return
    sys.modules["pydicom"] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        _import_lazily("urllib.request")
        importlib.import_module("nibabel")
    finally:
        del sys.modules["pydicom"]


def _import_lazily(name: str) -> None:
    """Import a submodule so that it is executed when one of its names is first asked for."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    package, _, own = name.rpartition(".")
    setattr(sys.modules[package], own, module)
