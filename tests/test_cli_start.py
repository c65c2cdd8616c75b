"""Starting fast must not break what is imported later."""

from __future__ import annotations

import subprocess
import sys


def test_pydicom_is_spared_and_still_there() -> None:
    code = """
import sys
from flr.cli.start import import_nibabel
import_nibabel()
assert "nibabel" in sys.modules and "pydicom" not in sys.modules
import pydicom
assert pydicom.__version__
import_nibabel()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_library_leaves_nibabel_whole() -> None:
    code = """
import flr.io.read, nibabel
from nibabel.pydicom_compat import have_dicom
assert have_dicom
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
