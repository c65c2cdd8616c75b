"""Archives on loopback: Debian's Orthanc, pynetdicom's own server, and one that misbehaves on purpose."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
USER, PASSWORD = "tester", "never-shown-4711"


def require_orthanc() -> None:
    """Skip where Orthanc is not installed; fail where CI has to have it."""
    if shutil.which("Orthanc") and PLUGIN.exists():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("Orthanc and its DICOMweb plugin are not installed; .ci/run installs them")
    pytest.skip("Orthanc and its DICOMweb plugin are not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Orthanc:
    """One Orthanc with a folder of its own; it can be killed and started again on the same data."""

    def __init__(self, folder: Path, *, password: bool = False) -> None:
        require_orthanc()
        self.folder = folder
        self.port = free_port()
        self.password = password
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "orthanc.json").write_text(
            json.dumps(
                {
                    "Name": "FLRTEST",
                    "StorageDirectory": str(folder / "storage"),
                    "IndexDirectory": str(folder / "storage"),
                    "HttpPort": self.port,
                    # The DIMSE port cannot be bound to loopback alone, so it stays shut.
                    "DicomServerEnabled": False,
                    "RemoteAccessAllowed": False,
                    "AuthenticationEnabled": password,
                    "RegisteredUsers": {USER: PASSWORD},
                    "Plugins": [str(PLUGIN)],
                    "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False},
                    "StableAge": 1,
                }
            ),
            encoding="utf-8",
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/dicom-web"

    def start(self) -> None:
        log = (self.folder / "orthanc.log").open("ab")
        self.process = subprocess.Popen(
            [shutil.which("Orthanc") or "Orthanc", str(self.folder / "orthanc.json")],
            stdout=log,
            stderr=log,
            cwd=self.folder,
        )
        log.close()
        end = time.monotonic() + 30.0
        while time.monotonic() < end:
            try:
                self.ask("/plugins/dicom-web")
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise RuntimeError("Orthanc does not start")

    def ask(self, path: str) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if self.password:
            import base64

            token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
        with urllib.request.urlopen(request, timeout=10.0) as answer:
            return json.loads(answer.read())

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10.0)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None


@contextmanager
def misbehaving(answer: Callable[[BaseHTTPRequestHandler, str, int], None]) -> Iterator[str]:
    """A web server that answers each request as told: handler, method, and the number of the request."""
    count = {"n": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            count["n"] += 1
            if length := int(self.headers.get("Content-Length") or 0):
                self.rfile.read(length)
            elif self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline().strip() or b"0", 16):
                    self.rfile.read(size + 2)
                self.rfile.readline()
            answer(self, self.command, count["n"])

        do_GET = do_POST = _serve

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/dicom-web"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(handler: BaseHTTPRequestHandler, status: int, content: Any = None) -> None:
    """A JSON answer."""
    body = b"" if content is None else json.dumps(content).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/dicom+json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
