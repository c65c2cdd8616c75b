"""How sure every number is: errors of boundaries and bodies, and the intervals that follow from them."""

from flr.uncertainty.boundary import LiverSurfaces, surfaces_of
from flr.uncertainty.case import graded_standard_key, measured_interval, plan_intervals
from flr.uncertainty.intervals import (
    LEVEL,
    Interval,
    body_surface_share_interval,
    body_weight_share_interval,
    measured_share_interval,
    ratio_interval,
    standard_share_interval,
    volume_interval,
)
from flr.uncertainty.readers import readers_errors
from flr.uncertainty.shares import Body, VolumeErrors, all_intervals, assumed_errors
from flr.uncertainty.table import DEFAULT_SOURCE, ERRORS, Errors

__all__ = [
    "DEFAULT_SOURCE",
    "ERRORS",
    "LEVEL",
    "Body",
    "Errors",
    "Interval",
    "LiverSurfaces",
    "VolumeErrors",
    "all_intervals",
    "assumed_errors",
    "body_surface_share_interval",
    "body_weight_share_interval",
    "graded_standard_key",
    "measured_interval",
    "measured_share_interval",
    "plan_intervals",
    "ratio_interval",
    "readers_errors",
    "standard_share_interval",
    "surfaces_of",
    "volume_interval",
]
