"""Where the bundled case lies."""

from __future__ import annotations

from pathlib import Path

from flr.errors import EnvironmentFailure


def sample_folder() -> Path:
    """The folder of the bundled case: inside an installed package, or beside it in a checkout.

    Raises
    ------
    EnvironmentFailure
        If the package was installed without it.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "sample_data", package.parent / "sample_data"):
        if (folder / "baseline").is_dir():
            return folder
    raise EnvironmentFailure(
        "the sample data was not installed with this package; install flr again from its wheel"
    )
