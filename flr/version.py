"""The version of the package, known without importing anything."""

from typing import Final

VERSION: Final = "0.1.0"
