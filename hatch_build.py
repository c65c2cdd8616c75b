"""Metadata of a release: links that hold where the README is read without the rest of the source.

The README and its relative links stand in the checkout. A package index shows the README alone, so a
release sets ``FLR_REPOSITORY_URL`` to the address of the repository (``.github/workflows/release.yml`` does):
relative links become absolute ones, and the project's addresses are listed. Without it, as in a checkout or
an archive of the source, the links are left out and their words stay.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_RELATIVE_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#|mailto:)([^)]+)\)")


def readme_for_an_index(text: str, repository: str) -> str:
    """The README with every relative link made absolute, or reduced to its words where no address is known.

    >>> readme_for_an_index("see [plans](docs/planning.md)", "https://host.example/flr")
    'see [plans](https://host.example/flr/blob/HEAD/docs/planning.md)'
    >>> readme_for_an_index("see [plans](docs/planning.md)", "")
    'see plans'
    """
    if not repository:
        return _RELATIVE_LINK.sub(r"\1", text)
    return _RELATIVE_LINK.sub(rf"[\1]({repository.rstrip('/')}/blob/HEAD/\2)", text)


class Hook(MetadataHookInterface):
    """Fills the fields that ``pyproject.toml`` calls dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set ``readme`` and ``urls``."""
        repository = os.environ.get("FLR_REPOSITORY_URL", "")
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": readme_for_an_index(text, repository),
        }
        metadata["urls"] = (
            {
                "Source": repository,
                "Documentation": f"{repository}/blob/HEAD/docs/index.md",
                "Changelog": f"{repository}/blob/HEAD/CHANGELOG.md",
                "Issues": f"{repository}/issues",
            }
            if repository
            else {}
        )
