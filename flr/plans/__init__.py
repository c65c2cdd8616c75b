"""What leaves the liver: notation, named resections, cuts."""

from flr.plans.notation import STRUCTURES, STRUCTURES_RECORDED, parse_plan
from flr.plans.plan import (
    INTENTS,
    Cut,
    DrawnRemnant,
    DrawnResection,
    Intent,
    PartOf,
    Parts,
    Plan,
    fates,
    volumes,
)
from flr.plans.presets import AMBIGUOUS_EXTENDED_RIGHT, PRESETS, Preset

__all__ = [
    "AMBIGUOUS_EXTENDED_RIGHT",
    "INTENTS",
    "PRESETS",
    "STRUCTURES",
    "STRUCTURES_RECORDED",
    "Cut",
    "DrawnRemnant",
    "DrawnResection",
    "Intent",
    "PartOf",
    "Parts",
    "Plan",
    "Preset",
    "fates",
    "parse_plan",
    "volumes",
]
