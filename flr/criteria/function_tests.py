"""Liver function tests: each can only make a flag more cautious, none upgrades it; not derived in donors."""

from __future__ import annotations

from typing import Final

from flr.criteria import references as ref
from flr.criteria.model import Criterion, Role
from flr.formulas import Evidence, Reference

_ADULT_RESECTION = ("normal", "chemotherapy", "steatosis", "cirrhosis", "biliary", "unknown")


def _row(
    key: str,
    measure: str,
    limit: float,
    unit: str,
    *,
    reference: Reference,
    evidence: Evidence,
    role: Role,
    note: str,
) -> Criterion:
    return Criterion(
        key=key,
        measure=measure,
        limit=limit,
        unit=unit,
        applies_to=_ADULT_RESECTION,
        basis="function",
        reference=reference,
        evidence=evidence,
        fails_when="below",
        role=role,
        note=note,
    )


RESIDUAL_LIMAX: Final = _row(
    "limax_stockmann_2010_caution",
    "planned_residual_limax_ug_per_kg_per_h",
    100.0,
    "µg/kg/h",
    reference=ref.STOCKMANN_2010,
    evidence="V1",
    role="function",
    note="after surgery 80 to 100: 2 of 19 died in hospital, above 100: 1 of 99",
)

FUNCTION_CRITERIA: Final = (
    _row(
        "hbs_de_graaf_2010",
        "hbs_percent_per_min_per_m2",
        2.7,
        "%/min/m²",
        reference=ref.DE_GRAAF_2010,
        evidence="V1",
        role="function",
        note="2.69, used as 2.7; 55 patients; in 547 patients its AUC was 0.66 against 0.63 for volume",
    ),
    _row(
        "limax_whole_liver_low",
        "limax_ug_per_kg_per_h",
        140.0,
        "µg/kg/h",
        reference=ref.HUMEDICS,
        evidence="V1",
        role="function",
        note="whole liver before surgery, below: low",
    ),
    RESIDUAL_LIMAX,
    _row(
        "limax_stockmann_2010_strong",
        "planned_residual_limax_ug_per_kg_per_h",
        80.0,
        "µg/kg/h",
        reference=ref.STOCKMANN_2010,
        evidence="V1",
        role="function",
        note="after surgery below 80: 8 of 21 died in hospital",
    ),
    _row(
        "icg_clearance_nagino_2006",
        "icg_clearance_of_remnant_per_min",
        0.05,
        "1/min",
        reference=ref.NAGINO_2006,
        evidence="V2",
        role="function",
        note="extended resection for biliary cancer, measured clearance; from R15 it is approximate",
    ),
    _row(
        "icg_clearance_bile_duct_resection",
        "icg_clearance_of_remnant_per_min",
        0.075,
        "1/min",
        reference=ref.BILE_DUCT_RESECTION_289,
        evidence="V1",
        role="note",
        note="independent risk factor in 289 bile duct resections",
    ),
)
"""Every function test that is compared with a cut-off."""
