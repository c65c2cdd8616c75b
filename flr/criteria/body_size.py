"""Remnant per body weight and per body surface: each can only make a flag more cautious."""

from __future__ import annotations

from typing import Final

from flr.criteria import references as ref
from flr.criteria.model import Criterion

DONOR_LEAST_STANDARD_PERCENT: Final = 25.0
"""Below this share of the standard volume a living donor's remnant is at best borderline (policy). [%]"""

BODY_SIZE_CRITERIA: Final = (
    Criterion(
        key="body_weight_truant_2007",
        measure="flr_to_body_weight_percent",
        limit=0.50,
        unit="%",
        applies_to=("normal", "chemotherapy", "steatosis", "unknown"),
        basis="body_weight",
        reference=ref.TRUANT_2007,
        evidence="V1",
        fails_when="at_or_below",
        role="body_size",
        note="31 extended resections without cirrhosis, grouped as 0.5 % or less and more than 0.5 %",
    ),
    Criterion(
        key="body_weight_navarro_2020",
        measure="flr_to_body_weight_percent",
        limit=0.55,
        unit="%",
        applies_to=("cirrhosis",),
        basis="body_weight",
        reference=ref.NAVARRO_2020,
        evidence="V1",
        fails_when="below",
        role="body_size",
        note="hepatocellular carcinoma, right hepatectomy; platelets below 140·10⁹/L add to the risk",
    ),
    Criterion(
        key="body_surface_shirabe_1999",
        measure="flr_per_bsa_ml_per_m2",
        limit=250.0,
        unit="mL/m²",
        applies_to=("cirrhosis",),
        basis="body_surface",
        reference=ref.SHIRABE_1999,
        evidence="V2",
        fails_when="below",
        role="body_size",
        note="hepatocellular carcinoma with chronic hepatitis or cirrhosis",
    ),
    Criterion(
        key="body_surface_bile_duct_resection",
        measure="flr_per_bsa_ml_per_m2",
        limit=300.0,
        unit="mL/m²",
        applies_to=("biliary",),
        basis="body_surface",
        reference=ref.BILE_DUCT_RESECTION_289,
        evidence="V1",
        fails_when="below",
        role="body_size",
        note="major hepatectomy with bile duct resection; 22 % against 6.4 % liver failure",
    ),
    Criterion(
        key="donor_body_weight_policy",
        measure="flr_to_body_weight_percent",
        limit=0.50,
        unit="%",
        applies_to=("donor",),
        basis="policy",
        reference=ref.TOOLKIT_POLICY,
        evidence="unverified",
        fails_when="at_or_below",
        role="caution",
        note="a living donor's remnant; at or below it the flag is at best borderline",
    ),
    Criterion(
        key="donor_standard_policy",
        measure="flr_percent_of_standard",
        limit=DONOR_LEAST_STANDARD_PERCENT,
        unit="%",
        applies_to=("donor",),
        basis="policy",
        reference=ref.TOOLKIT_POLICY,
        evidence="unverified",
        fails_when="below",
        role="caution",
        note="a living donor's remnant; below it the flag is at best borderline",
    ),
)
"""Every graded body-size metric."""
