"""A connection to the archive at an address, whatever it speaks."""

from __future__ import annotations

from flr.pacs.address import Address
from flr.pacs.archive import Archive


def open_archive(address: Address) -> Archive:
    """A connection. Raises EnvironmentFailure where the extra is not installed."""
    if address.kind == "web":
        from flr.pacs.dicomweb import WebArchive

        return WebArchive(address)
    from flr.pacs.dimse import DimseArchive

    return DimseArchive(address)
