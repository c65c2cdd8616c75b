"""Where an archive is and how to speak to it; who we are comes from the environment only."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from flr.errors import EnvironmentFailure, UsageError

TOKEN: Final = "FLR_PACS_TOKEN"
USER: Final = "FLR_PACS_USER"
PASSWORD: Final = "FLR_PACS_PASSWORD"
CA_FILE: Final = "FLR_PACS_CA_FILE"
CERTIFICATE: Final = "FLR_PACS_CERTIFICATE"
KEY: Final = "FLR_PACS_KEY"

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Address:
    """One archive.

    Parameters
    ----------
    kind : {"web", "dimse"}
        DICOMweb, or DICOM's own network protocol.
    url : str
        Of DICOMweb's root.
    host, port : str, int
        Of the DICOM node.
    called, calling : str
        Application entity titles: the archive's and ours.
    receive_host, receive_port : str, int
        Where we listen for what C-MOVE sends; the archive has to know it under our title.
    tls : bool
        Encrypt the DICOM association.
    timeout_s : float
        For each answer.
    attempts : int
        For each request.
    pause_s : float
        After the first failed attempt; doubled after each.
    """

    kind: Literal["web", "dimse"]
    url: str = ""
    host: str = ""
    port: int = 0
    called: str = "ANY-SCP"
    calling: str = "FLR"
    receive_host: str = "127.0.0.1"
    receive_port: int = 0
    tls: bool = False
    timeout_s: float = 60.0
    attempts: int = 4
    pause_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are. Never printed."""

    token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    ca_file: str = ""
    certificate: str = ""
    key: str = ""

    @property
    def is_given(self) -> bool:
        """Whether there is a token or a user."""
        return bool(self.token or self.user)


def credentials(environment: Mapping[str, str] | None = None) -> Credentials:
    """Credentials of the environment.

    Raises
    ------
    UsageError
        If they contradict each other, or name a file that is not there.
    """
    given = os.environ if environment is None else environment
    found = Credentials(
        given.get(TOKEN, ""),
        given.get(USER, ""),
        given.get(PASSWORD, ""),
        given.get(CA_FILE, ""),
        given.get(CERTIFICATE, ""),
        given.get(KEY, ""),
    )
    if found.token and found.user:
        raise UsageError(f"both {TOKEN} and {USER} are set; set one of them")
    if bool(found.user) != bool(found.password):
        raise UsageError(f"only one of {USER} and {PASSWORD} is set; set both")
    for name, path in ((CA_FILE, found.ca_file), (CERTIFICATE, found.certificate), (KEY, found.key)):
        if path and not os.path.isfile(path):  # noqa: PTH113  # a text from the environment, not yet a path
            raise UsageError(f"{name} names no file; set it to a PEM file or leave it out")
    return found


def web_address(url: str, **choices: float | int) -> Address:
    """The address of a DICOMweb archive.

    Raises
    ------
    UsageError
        If it is no http or https URL, holds a password, or would send credentials unencrypted over a network.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            "the archive's URL is not one; expected for example https://pacs.example.org/dicom-web"
        )
    if parts.username or parts.password:
        raise UsageError(
            f"the archive's URL holds a user or password, which others can read there; set {USER} and"
            f" {PASSWORD}, or {TOKEN}, in the environment"
        )
    if parts.query or parts.fragment:
        raise UsageError("the archive's URL ends with a query; expected the root of DICOMweb alone")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and credentials().is_given:
        raise UsageError(
            "credentials would be sent unencrypted; use an https URL, or unset them for an archive that asks"
            " for none"
        )
    return Address("web", url=url.rstrip("/"), **choices)  # type: ignore[arg-type]  # numbers by name


def tls_context(found: Credentials) -> ssl.SSLContext:
    """How to encrypt an association. Raises EnvironmentFailure for files that are no certificates."""
    try:
        context = ssl.create_default_context(cafile=found.ca_file or None)
        if found.certificate:
            context.load_cert_chain(found.certificate, found.key or None)
    except (ssl.SSLError, OSError) as error:
        raise EnvironmentFailure(
            f"the certificates of {CA_FILE}, {CERTIFICATE} and {KEY} cannot be used"
            f" ({type(error).__name__}); expected PEM files"
        ) from error
    return context
