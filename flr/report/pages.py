"""Templates of pages: one way to load and escape them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def template_text(package: str, name: str) -> str:
    """A file among a package's templates."""
    return resources.files(package).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def environment(package: str) -> Environment:
    """The templates of a package; every value is escaped unless the filter ``own`` is applied to it.

    ``own`` is for this toolkit's own style sheets, scripts and rendered tables, and JSON that has no ``<``.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["own"] = Markup
    return made
