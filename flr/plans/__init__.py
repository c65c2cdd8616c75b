"""What leaves the liver: notation, named resections, cuts with geometry, margins."""

from flr.plans.cuts import MaskCut, Plane, Wedge, ablation, offset_on_lattice
from flr.plans.margins import (
    RemnantShape,
    TumourOutcome,
    outcomes,
    remnant_shape,
    remnant_shape_after,
    worst_margin_mm,
)
from flr.plans.notation import PLAN_TERMS, STRUCTURES, STRUCTURES_RECORDED, parse_plan
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
from flr.plans.presets import (
    AMBIGUOUS_EXTENDED_RIGHT,
    PRESETS,
    Preset,
    preset_of_segments,
)
from flr.plans.sensitivity import MovedCut, PlaneSlider
from flr.plans.splits import Split
from flr.plans.surfaces import SIDES, BezierPatch, Side, ThinPlate
from flr.plans.territory import Territory, territories_of, trees_of

__all__ = [
    "AMBIGUOUS_EXTENDED_RIGHT",
    "INTENTS",
    "PLAN_TERMS",
    "PRESETS",
    "SIDES",
    "STRUCTURES",
    "STRUCTURES_RECORDED",
    "BezierPatch",
    "Cut",
    "DrawnRemnant",
    "DrawnResection",
    "Intent",
    "MaskCut",
    "MovedCut",
    "PartOf",
    "Parts",
    "Plan",
    "Plane",
    "PlaneSlider",
    "Preset",
    "RemnantShape",
    "Side",
    "Split",
    "Territory",
    "ThinPlate",
    "TumourOutcome",
    "Wedge",
    "ablation",
    "fates",
    "offset_on_lattice",
    "outcomes",
    "parse_plan",
    "preset_of_segments",
    "remnant_shape",
    "remnant_shape_after",
    "territories_of",
    "trees_of",
    "volumes",
    "worst_margin_mm",
]
