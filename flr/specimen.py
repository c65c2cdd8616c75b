"""What the specimen of a plan should measure and weigh, to audit the plan after the operation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from flr.errors import CriterionError
from flr.formulas import Reference
from flr.formulas.specimen import DEFAULT_WEIGHT_FACTOR, WeightFactor, specimen_weight_g, weight_factor
from flr.labels import Tissue
from flr.liver import Fate, Liver
from flr.plans import Plan, volumes

GOJA_2018: Final = Reference("Goja S et al. Hepatobiliary Surg Nutr 2018 (no DOI recorded; hbsn 16321)")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Published limits of agreement between the weight and the CT estimate of a graft: weight − estimate."""

    name: str
    low_g: float
    high_g: float
    reference: Reference


_AGREEMENTS: Final = {
    frozenset("5678"): Agreement("right lobe", -156.0, 147.0, GOJA_2018),
    frozenset("234"): Agreement("left lobe", -164.0, 110.0, GOJA_2018),
    frozenset("23"): Agreement("left lateral segment", -137.0, 239.0, GOJA_2018),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """What leaves the body with a plan.

    Parameters
    ----------
    volume_ml : float
        All tissue that is resected; ablated tissue stays in the body and is not in it. [mL]
    tumour_ml, functional_ml : float
        Of it. [mL]
    weight_g : float
        By ``factor``, taken for all tissue. [g]
    factor : WeightFactor
    agreement : Agreement or None
        How far weight and estimate were apart for such a graft; None for any other resection.
    """

    volume_ml: float
    tumour_ml: float
    functional_ml: float
    weight_g: float
    factor: WeightFactor
    agreement: Agreement | None


def expected_specimen(liver: Liver, plan: Plan, *, factor: str = DEFAULT_WEIGHT_FACTOR) -> Specimen:
    """Volume and weight of the specimen that a plan should give.

    Parameters
    ----------
    liver : Liver
    plan : Plan
    factor : str
        Key of `flr.formulas.specimen.WEIGHT_FACTORS`: fresh or fixed, flushed or not, makes 15 %.

    Raises
    ------
    PlanError
        If the plan does not fit the liver.
    CriterionError
        If the plan resects nothing, or the factor is not known.

    Notes
    -----
    A CT volume holds blood (mean 9.5 %, 6.5 to 19.8) that runs out of a specimen. No factor is ever applied
    to a remnant.
    """
    table = volumes(liver, plan)
    by_tissue = table.ml[:, :, Fate.RESECTED].sum(axis=0)
    total_ml = float(by_tissue.sum())
    if not total_ml > 0.0:
        raise CriterionError(f"plan {plan.notation!r} resects nothing, so there is no specimen")
    removed = frozenset("4" if part in ("4a", "4b") else part for part in plan.removes(liver))
    return Specimen(
        volume_ml=total_ml,
        tumour_ml=float(by_tissue[Tissue.TUMOUR]),
        functional_ml=float(by_tissue[Tissue.PARENCHYMA] + by_tissue[Tissue.VESSEL]),
        weight_g=specimen_weight_g(total_ml, factor=factor),
        factor=weight_factor(factor),
        agreement=_AGREEMENTS.get(removed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A specimen against what was expected.

    Parameters
    ----------
    difference_g, difference_ml : float or None
        Measured less expected; the one that was measured. [g], [mL]
    difference_percent : float
        Of what was expected. [%]
    within_agreement : bool or None
        Whether a weight is within the published limits of agreement; None where there are none.
    """

    difference_g: float | None
    difference_ml: float | None
    difference_percent: float
    within_agreement: bool | None


def audit(expected: Specimen, *, weight_g: float | None = None, volume_ml: float | None = None) -> Audit:
    """Compare the specimen on the table with the plan: by its weight, or by the volume of displaced water.

    Raises
    ------
    CriterionError
        If not exactly one of the two is given, or it is not finite and positive.

    Examples
    --------
    >>> factor = weight_factor("working_density")
    >>> plan = Specimen(volume_ml=700, tumour_ml=0, functional_ml=700, weight_g=700, factor=factor,
    ...                 agreement=None)
    >>> round(audit(plan, weight_g=630).difference_percent, 1)
    -10.0
    """
    if (weight_g is None) == (volume_ml is None):
        raise CriterionError("give the weight or the volume of the specimen, one of the two")
    measured = weight_g if volume_ml is None else volume_ml
    assert measured is not None
    if not (math.isfinite(measured) and measured > 0):
        raise CriterionError(f"the specimen is {measured}; expected a finite number above 0")
    wanted = expected.weight_g if volume_ml is None else expected.volume_ml
    difference = measured - wanted
    agreement = expected.agreement
    within = None
    if agreement is not None and weight_g is not None:
        within = agreement.low_g <= difference <= agreement.high_g
    return Audit(
        difference_g=difference if volume_ml is None else None,
        difference_ml=None if volume_ml is None else difference,
        difference_percent=100.0 * difference / wanted,
        within_agreement=within,
    )
