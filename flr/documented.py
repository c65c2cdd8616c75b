"""What every result can do: leave as a document or as a data frame.

The documents are written on a higher floor, which results know nothing of. The package says who writes them
when it is imported (:func:`written_by`); nothing of it is loaded before somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Protocol


class Writer(Protocol):
    """What knows the documents of results."""

    def document_of(self, result: Any, *, identify: bool) -> dict[str, Any]:
        """A result as plain dicts, lists, texts, numbers and None."""

    def json_of(self, result: Any, *, identify: bool) -> str:
        """The same as JSON text."""

    def frame_of(self, result: Any, *, identify: bool) -> Any:
        """The same as a data frame."""


def _nobody() -> NoReturn:
    raise RuntimeError("nobody writes documents: import flr before its modules are used")


_writer: Callable[[], Writer] = _nobody


def written_by(writer: Callable[[], Writer]) -> None:
    """Say what loads the writer of all documents; it is called when the first is asked for."""
    global _writer
    _writer = writer


class Documented:
    """Base of results that can leave: :meth:`to_dict`, :meth:`to_json`, :meth:`to_frame`."""

    __slots__ = ()

    def to_dict(self, *, identify: bool = False) -> dict[str, Any]:
        """The published JSON document as plain dicts, lists, texts, numbers and None.

        Parameters
        ----------
        identify : bool
            Keep what may identify a person by itself: an age above 89 years.

        Returns
        -------
        dict
            Of its own: changing it changes nothing else. Numbers are unrounded, volumes are in mL, shares in
            percent; what was not assessed is None. The schemas are in ``docs/schemas``.
        """
        return _writer().document_of(self, identify=identify)

    def to_json(self, *, identify: bool = False) -> str:
        """:meth:`to_dict` as JSON text, as the commands print it."""
        return _writer().json_of(self, identify=identify)

    def to_frame(self, *, identify: bool = False) -> Any:
        """The result as a data frame of pandas, columns named by the dotted paths of :meth:`to_dict`.

        One row for an assessment or a follow-up; one row for each plan that a search found; one row for each
        part, tissue and fate of a volume table.

        Parameters
        ----------
        identify : bool
            As :meth:`to_dict`.

        Returns
        -------
        pandas.DataFrame
            Numbers are numbers; what was not assessed is missing, never 0.

        Raises
        ------
        EnvironmentFailure
            If pandas is missing.
        """
        return _writer().frame_of(self, identify=identify)
