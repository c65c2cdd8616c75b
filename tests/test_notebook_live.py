"""The preview in JupyterLab: a server on loopback, a browser, a slider that moves, a number that follows."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import SOFTWARE_WEBGL

from flr.io.read import read_liver
from flr.io.sample import sample_folder
from flr.notebook import preview
from flr.notebook.previews import Setting
from flr.patient import Patient
from flr.plans import parse_plan

CELL = """\
import flr
from flr.io.sample import sample_folder
from flr.notebook import preview

folder = sample_folder() / "baseline"
liver = flr.read_liver(folder / "segments.nii.gz", tumours=folder / "tumours.nii.gz")
patient = flr.Patient(weight_kg=72, height_cm=171, condition="chemotherapy", diagnosis="crlm")
preview(liver, [flr.parse_plan("H5678")], patient)"""


@contextlib.contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """A server of a folder on a free port of loopback, with settings of its own; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {name: str(folder / ".places" / name) for name in ("config", "data", "runtime", "ipython")}
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": places["config"],
        "JUPYTER_DATA_DIR": places["data"],
        "JUPYTER_RUNTIME_DIR": places["runtime"],
        "IPYTHONDIR": places["ipython"],
        "JUPYTERLAB_SETTINGS_DIR": places["config"],
        "JUPYTERLAB_WORKSPACES_DIR": places["data"],
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="]
    command += ["--LabApp.extension_manager=readonly", f"--ServerApp.root_dir={folder}"]
    with (folder / "server.txt").open("wb") as log:
        server = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api/status", server)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60.0
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            assert server.poll() is None, "the server ended by itself"
            assert time.monotonic() < until, "the server did not answer"
            time.sleep(0.3)


@pytest.mark.slow
@pytest.mark.notebooks
def test_a_moved_slider_changes_the_number_in_jupyterlab(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    for name in ("jupyterlab", "ipywidgets", "ipykernel"):
        pytest.importorskip(name)
    nbformat = pytest.importorskip("nbformat")
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CELL)],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    )
    folder = tmp_path / "notebooks"
    folder.mkdir()
    nbformat.write(book, folder / "preview.ipynb")

    sample = sample_folder() / "baseline"
    liver = read_liver(sample / "segments.nii.gz", tumours=sample / "tumours.nii.gz")
    patient = Patient(weight_kg=72, height_cm=171, condition="chemotherapy", diagnosis="crlm")
    shown = preview(liver, [parse_plan("H5678")], patient)
    planned, moved, cleared = (
        f"{shown.assess(setting).volumes.remnant_ml:.1f}"
        for setting in (
            Setting(),
            Setting(move=True, offset_mm=3.0),
            Setting(move=True, offset_mm=3.0, tumours=("T4",)),
        )
    )
    assert len({planned, moved, cleared}) == 3

    elsewhere: list[str] = []
    with jupyterlab(folder) as address, playwright.sync_playwright() as session:
        opened = session.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--disable-gpu", *SOFTWARE_WEBGL]
        )
        page = opened.new_page(viewport={"width": 1400, "height": 1100})

        def only_here(route: Any, request: Any) -> None:
            """Nothing but the server itself is reached."""
            if request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
                route.continue_()
            else:
                elsewhere.append(request.url)
                route.abort()

        page.route("**/*", only_here)
        page.goto(f"{address}/lab/tree/preview.ipynb?reset")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=90_000)
        page.get_by_text("| Idle").first.wait_for(
            timeout=90_000
        )  # what is run before the kernel stands is lost
        page.locator(".jp-Notebook .jp-InputArea-editor").first.click()
        page.keyboard.press("Control+Enter")
        output = page.locator(".jp-Notebook .jp-Cell .jp-OutputArea").first
        handle = output.locator(".widget-slider", has_text="Move, mm").locator(".noUi-handle")
        handle.wait_for(state="visible", timeout=120_000)
        card = output.locator(".flr").first
        card.get_by_text(planned).first.wait_for(timeout=60_000)
        before = card.inner_text()
        handle.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        card.get_by_text(moved).first.wait_for(timeout=60_000)
        assert card.inner_text() != before
        output.get_by_label("T4").check()
        card.get_by_text(cleared).first.wait_for(timeout=60_000)
        opened.close()
    assert elsewhere == []
