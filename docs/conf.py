"""Settings of the documentation's site.

    sphinx-build -W -c docs . build/site

The source is the checkout itself, so that links between the pages, the README and the glossary hold as they
stand. What the tool knows (commands, criteria, formulas, schemes, plans, checks) is written by the tool.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any

import flr
from flr.cli.entry import COMMANDS, main
from flr.report.listing import listing_text

HERE = Path(__file__).resolve().parent
GENERATED = HERE / "reference" / "generated"

os.environ["COLUMNS"] = "100"

project = "flr"
author = "the flr contributors"
copyright = "the flr contributors"
version = release = flr.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.intersphinx", "sphinx.ext.mathjax", "numpydoc"]
root_doc = "docs/contents"
include_patterns = ["README.md", "GLOSSARY.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**"]
exclude_patterns = ["docs/schemas/**"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

html_theme = "furo"
html_title = f"flr {release}"
html_show_sphinx = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.xref_missing"]  # links to files of the checkout that are no pages

autodoc_typehints = "none"  # numpydoc shows the types that the docstrings state
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
intersphinx_mapping: dict[str, Any] = {}


def _help(*words: str) -> str:
    """What a command answers to ``--help``."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return stream.getvalue().rstrip()


def _section(*words: str) -> list[str]:
    return [f"{'#' * (len(words) + 1)} flr {' '.join(words)}", "", "```text", _help(*words), "```", ""]


def _commands() -> str:
    """Help of every command, and of the commands that some of them have, as one page."""
    lines = ["# Commands", "", "```text", _help(), "```", ""]
    for command in COMMANDS:
        lines += _section(command)
        own = re.search(r"usage: flr \w+ \[-h\]\s+\{([\w,-]+)\}", _help(command))
        for name in own.group(1).split(",") if own else ():
            lines += _section(command, name)
    return "\n".join(lines)


def _written_by_the_tool() -> None:
    GENERATED.mkdir(exist_ok=True)
    pages = {"commands": _commands()}
    for what in ("criteria", "formulas", "schemes", "plans"):
        pages[what] = f"# {what.capitalize()}\n\n```text\n{listing_text(what)}\n```\n"
    for name, text in pages.items():
        (GENERATED / f"{name}.md").write_text(text, encoding="utf-8")


_written_by_the_tool()
