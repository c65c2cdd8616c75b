"""A site's own file (``site.toml``): read, checked, and hashed."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flr.criteria import SiteLimits
from flr.criteria.site import ALLOWED, SiteFile, SiteLogo
from flr.errors import FLRError, UsageError
from flr.files import read_file, read_text, sha256_of

if TYPE_CHECKING:
    from pydantic import BaseModel

SITE_SCHEMA: Final = "flr-site/1"

NONE: Final = "none"
"""What stands for no site file at all."""

VARIABLE: Final = "FLR_SITE"
"""Environment variable: a site file, or ``none``; without it the user's configuration is looked at."""

_MOST_BYTES: Final = 1 << 20
_MOST_LOGO_BYTES: Final = 4 << 20
_IMAGES: Final = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff"}
_SVG: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<svg[\s>]", re.DOTALL
)
_ACTIVE: Final = re.compile(
    rb"<script|<!DOCTYPE|<!ENTITY|\son\w+\s*=|javascript:|<foreignObject|@import|(?:href|src)\s*=\s*[\"'](?!#)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that pages may show: its bytes, and what they are."""

    media_type: str
    content: bytes


def user_site_file() -> Path | None:
    """The site file of whoever runs a command; None where there is none.

    `FLR_SITE` names it or is ``none``; without it, ``$XDG_CONFIG_HOME/flr/site.toml``, else ``~/.config``.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return None if named.casefold() == NONE else Path(named)
    path = _in_configuration()
    return path if path is not None and path.exists() else None


def _in_configuration() -> Path | None:
    try:
        home = Path.home()
    except RuntimeError:  # nobody's home is known
        home = None
    base = os.environ.get("XDG_CONFIG_HOME")
    if base:
        return Path(base) / "flr" / "site.toml"
    return None if home is None else home / ".config" / "flr" / "site.toml"


def read_site(path: Path) -> SiteFile:
    """Read a site file.

    Raises
    ------
    UsageError
        If it cannot be read, is no TOML, has a key or a word that is not known, or its logo is no picture.
    """
    path = Path(path)
    given = _given(path)
    limits, logo = given.pop("limits", None), given.pop("logo", None)
    try:
        return SiteFile(
            name=path.name,
            sha256=sha256_of(path),
            limits=None if limits is None else SiteLimits(**limits),
            logo=None if logo is None else _logo(path.parent / logo),
            **given,
        )
    except UsageError as error:
        said = str(error)
        raise UsageError(said if said.startswith(path.name) else f"{path.name}: {said}") from error


def logo_of_site(path: Path) -> Logo | None:
    """The picture that a site file names; None where it names none.

    Raises
    ------
    UsageError
        As :func:`read_site`.
    """
    name = _given(Path(path)).get("logo")
    return None if name is None else read_logo(Path(path).parent / name)


def _given(path: Path) -> dict[str, Any]:
    """What a site file says, by its keys."""
    try:
        text = read_text(path, expected="a site file in TOML", most_bytes=_MOST_BYTES)
        content: dict[str, Any] = tomllib.loads(text)
    except FLRError as error:
        raise UsageError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path.name} is not TOML: {error}") from error
    return _checked(content, path.name)


def read_logo(path: Path) -> Logo:
    """Read a picture: PNG, JPEG or SVG by its content, whatever its name is.

    Raises
    ------
    UsageError
        If it is none of them, is too large, or is an SVG with a script or a link in it.
    """
    try:
        content = read_file(path, expected="a logo as PNG, JPEG or SVG", most_bytes=_MOST_LOGO_BYTES)
    except FLRError as error:
        raise UsageError(f"logo: {error}") from error
    for kind, magic in _IMAGES.items():
        if content.startswith(magic):
            return Logo(f"image/{kind.lower()}", content)
    if _SVG.match(content):
        if _ACTIVE.search(content):
            raise UsageError(f"logo {path.name} is an SVG with a script or a link in it; expected none")
        return Logo("image/svg+xml", content)
    raise UsageError(f"logo {path.name} is no picture; expected PNG, JPEG or SVG by its content")


def _logo(path: Path) -> SiteLogo:
    read_logo(path)
    return SiteLogo(name=path.name, sha256=sha256_of(path))


def site_schema() -> dict[str, Any]:
    """JSON Schema of the file that people write."""
    schema = _model().model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SITE_SCHEMA.replace('/', ':')}",
        **schema,
    }


def _checked(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    from pydantic import ValidationError

    try:
        return _model().model_validate(content).model_dump(exclude_none=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
    *above, last = (str(step) for step in fault["loc"] if step not in ("float", "int"))
    where = f"[{above[0]}] " if above else ""
    known = [one.name for one in fields(SiteLimits)] if above else list(_model().model_fields)
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(last, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"expected some of {', '.join(known)}"
        raise UsageError(f"{name}: {where}no key is called {last!r}; {hint}")
    if fault["type"] == "missing":
        raise UsageError(f"{name}: {where}the key {last!r} is missing; expected {', '.join(known)}")
    allowed = f"; expected one of {', '.join(ALLOWED[last])}" if last in ALLOWED else ""
    raise UsageError(f"{name}: {where}{last}: {fault['msg'][:1].lower()}{fault['msg'][1:]}{allowed}")


@cache
def _model() -> type[BaseModel]:
    from typing import Literal

    from pydantic import ConfigDict, create_model

    config = ConfigDict(extra="forbid", strict=True)
    number: Any = (float | int, ...)
    limits: Any = create_model(
        "Limits",
        __config__=config,
        very_small_percent=number,
        minimum_percent=number,
        band_percent=number,
        source=(str, ...),
    )
    words: dict[str, Any] = {key: (Literal[known] | None, None) for key, known in ALLOWED.items()}
    model: type[BaseModel] = create_model(
        "Site", __config__=config, **words, limits=(limits | None, None), logo=(str | None, None)
    )
    return model
