"""Liver function tests: each can only make a flag more cautious, none upgrades it; not derived in donors."""

from __future__ import annotations

from typing import Final

from flr.criteria import references as ref
from flr.criteria.model import Criterion

_ADULT_RESECTION = ("normal", "chemotherapy", "steatosis", "cirrhosis", "biliary", "unknown")


RESIDUAL_LIMAX: Final = Criterion(
    key="limax_stockmann_2010_caution",
    measure="planned_residual_limax_ug_per_kg_per_h",
    limit=100.0,
    unit="µg/kg/h",
    applies_to=_ADULT_RESECTION,
    basis="function",
    reference=ref.STOCKMANN_2010,
    evidence="V1",
    fails_when="below",
    role="function",
    note="after surgery 80 to 100: 2 of 19 died in hospital, above 100: 1 of 99",
)

FUNCTION_CRITERIA: Final = (
    Criterion(
        key="hbs_de_graaf_2010",
        measure="hbs_percent_per_min_per_m2",
        limit=2.7,
        unit="%/min/m²",
        applies_to=_ADULT_RESECTION,
        basis="function",
        reference=ref.DE_GRAAF_2010,
        evidence="V1",
        fails_when="below",
        role="function",
        note="2.69, used as 2.7; 55 patients; in 547 patients its AUC was 0.66 against 0.63 for volume",
    ),
    Criterion(
        key="limax_whole_liver_low",
        measure="limax_ug_per_kg_per_h",
        limit=140.0,
        unit="µg/kg/h",
        applies_to=_ADULT_RESECTION,
        basis="function",
        reference=ref.HUMEDICS,
        evidence="V1",
        fails_when="below",
        role="function",
        note="whole liver before surgery, below: low",
    ),
    RESIDUAL_LIMAX,
    Criterion(
        key="limax_stockmann_2010_strong",
        measure="planned_residual_limax_ug_per_kg_per_h",
        limit=80.0,
        unit="µg/kg/h",
        applies_to=_ADULT_RESECTION,
        basis="function",
        reference=ref.STOCKMANN_2010,
        evidence="V1",
        fails_when="below",
        role="function",
        note="after surgery below 80: 8 of 21 died in hospital",
    ),
    Criterion(
        key="icg_clearance_nagino_2006",
        measure="icg_clearance_of_remnant_per_min",
        limit=0.05,
        unit="1/min",
        applies_to=_ADULT_RESECTION,
        basis="function",
        reference=ref.NAGINO_2006,
        evidence="V2",
        fails_when="below",
        role="function",
        note="extended resection for biliary cancer, measured clearance; from R15 it is approximate",
    ),
    Criterion(
        key="icg_clearance_bile_duct_resection",
        measure="icg_clearance_of_remnant_per_min",
        limit=0.075,
        unit="1/min",
        applies_to=_ADULT_RESECTION,
        basis="function",
        reference=ref.BILE_DUCT_RESECTION_289,
        evidence="V1",
        fails_when="below",
        role="note",
        note="independent risk factor in 289 bile duct resections",
    ),
)
"""Every function test that is compared with a cut-off."""
