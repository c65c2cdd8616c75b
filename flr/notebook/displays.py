"""How IPython is told to show this toolkit's objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SHOWN = {
    ("flr.assessment", "Assessment"): "assessment",
    ("flr.plans.plan", "Plan"): "plan",
    ("flr.plansearch.model", "SearchResult"): "search",
}
"""Where a type lives, its name, and what the functions of :mod:`flr.notebook.tables` that show it are called
before ``_html`` and ``_text``."""


def register(shell: Any) -> None:
    """Have a shell show assessments, plans and search results as tables.

    Types are given by name, so that nothing is imported before there is something to show.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    formatters = shell.display_formatter.formatters
    for (module, name), what in SHOWN.items():
        formatters["text/html"].for_type_by_name(module, name, _as_html(what))
        formatters["text/plain"].for_type_by_name(module, name, _as_text(what))


def _as_html(what: str) -> Callable[[Any], str]:
    def show(shown: Any) -> str:
        from flr.notebook import tables

        text: str = getattr(tables, f"{what}_html")(shown)
        return text

    return show


def _as_text(what: str) -> Callable[[Any, Any, bool], None]:
    def show(shown: Any, printer: Any, cycle: bool) -> None:
        from flr.notebook import tables

        printer.text(getattr(tables, f"{what}_text")(shown))

    return show
