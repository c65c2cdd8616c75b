"""Blood and bile: the remnant that is perfused and drained, and parts estimated from vessels."""

from flr.perfusion.block import (
    NOTE_TEXTS,
    PerfusionBlock,
    Span,
    TerritoryVolume,
    perfusion_block,
    territory_volumes,
)
from flr.perfusion.findings import vessel_findings
from flr.perfusion.parts import divided_for, names_parts, split_by_plane, with_estimated_parts
from flr.perfusion.remnant import (
    INCOMPLETE_MM,
    SPARSE_MM,
    Perfusion,
    PerfusionNotAssessed,
    VesselOutcome,
    perfused_remnant,
    planned_fates,
)
from flr.perfusion.sheath import (
    SHEATH_NOTE_TEXTS,
    DividedDuct,
    SheathBlock,
    SheathOutcome,
    sheath_block,
)

__all__ = [
    "INCOMPLETE_MM",
    "NOTE_TEXTS",
    "SHEATH_NOTE_TEXTS",
    "SPARSE_MM",
    "DividedDuct",
    "Perfusion",
    "PerfusionBlock",
    "PerfusionNotAssessed",
    "SheathBlock",
    "SheathOutcome",
    "Span",
    "TerritoryVolume",
    "VesselOutcome",
    "divided_for",
    "names_parts",
    "perfused_remnant",
    "perfusion_block",
    "planned_fates",
    "sheath_block",
    "split_by_plane",
    "territory_volumes",
    "vessel_findings",
    "with_estimated_parts",
]
