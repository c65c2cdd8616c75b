"""Starting fast must not break what is imported later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


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


def test_what_reads_from_addresses_is_spared_and_still_works(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("here", encoding="utf-8")
    code = f"""
import sys
from flr.cli.start import import_nibabel
import_nibabel()
assert "http.client" not in sys.modules
import urllib.request
from nibabel.filebasedimages import request
assert request is urllib.request
assert urllib.request.urlopen({(tmp_path / "page.txt").as_uri()!r}).read() == b"here"
assert "http.client" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
