"""Errors and warnings. A message says what was given, what was expected and what to do."""

from __future__ import annotations


class FLRError(Exception):
    """Base of every error that this package raises on purpose."""


class UsageError(FLRError, ValueError):
    """The call itself is incomplete or contradictory."""


class GeometryError(FLRError, ValueError):
    """A grid that cannot exist, or grids that do not match."""


class LabelError(FLRError, ValueError):
    """Labels that no scheme explains, or that several explain differently."""


class PatientError(FLRError, ValueError):
    """A fact about the patient that cannot be true."""


class PlanError(FLRError, ValueError):
    """A resection plan that cannot be read or does not fit the liver."""


class CriterionError(FLRError, ValueError):
    """A criterion or formula used outside what its source supports."""


class ReadError(FLRError, OSError):
    """A file that cannot be what it claims to be."""


class EnvironmentFailure(FLRError, OSError):
    """The world outside failed: network, disk, or an optional library that is missing."""


class FLRWarning(UserWarning):
    """About the call, never about the patient."""
