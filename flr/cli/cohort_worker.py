"""Loaded first by the process that the workers of ``flr cohort`` are forked from."""

from flr.cli.start import import_nibabel

import_nibabel()
