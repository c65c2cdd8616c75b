"""The command line: arguments in, one call of the library, text out, an exit code."""

from flr.cli.entry import main

__all__ = ["main"]
