"""Livers that a person has reviewed, so that a flag depends on what the test is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import flr
from flr.liver import Liver


def reviewed(liver: Liver) -> Liver:
    """The same liver, with the statement that a person has reviewed it."""
    return replace(liver, source=replace(liver.source, reviewed=True))


def assess(liver: Liver, plan: Any, patient: flr.Patient, **options: Any) -> flr.Assessment:
    """`flr.assess` of a reviewed liver."""
    return flr.assess(reviewed(liver), plan, patient, **options)
