"""One plan followed over the dated scans of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flr.assessment import Options
from flr.case import Case
from flr.errors import UsageError
from flr.function import FunctionImage
from flr.growth.conclusions import FollowUp, conclude
from flr.growth.scans import ScanResult, Series, check_livers, prepared_scans, scan_result
from flr.liver import (
    Liver,
    measure,
)
from flr.plans import Plan
from flr.plans.notation import plans_from
from flr.quality import lowered


def follow_up(
    case: Case,
    livers: Sequence[Liver],
    plan: Plan | str,
    *,
    options: Options | None = None,
    images: Mapping[int, FunctionImage] | None = None,
) -> FollowUp:
    """Follow one plan's remnant over the scans of a case.

    Parameters
    ----------
    case : Case
    livers : sequence of Liver
        One per scan, in order. They and the patient are taken as by :func:`prepared_scans`.
    plan : Plan or str
        The same for every scan; a text is read by :func:`flr.parse_plan`.
    options : Options, optional
        What the case accepts is added.
    images : mapping of int to FunctionImage, optional
        By the index of their test in ``case.tests``.

    Returns
    -------
    FollowUp

    Raises
    ------
    UsageError
        If there is one scan only, or the livers are not one per scan.
    PlanError
        If the plan does not fit every scan.
    LabelError, GeometryError
        If two scans hold the very same segmentation, or livers that cannot be of one patient.
    """
    (plan,) = plans_from(plan)
    case, livers = prepared_scans(case, livers, plan)
    if len(case.scans) < 2:
        raise UsageError(
            f"case {case.id} has one scan; growth needs a baseline and a later scan: add a second [[scan]], "
            "or use flr assess"
        )
    options = options or Options()
    options = replace(options, accepted=tuple(dict.fromkeys((*case.accepted, *options.accepted))))
    noticed = check_livers(case, livers)
    quality = lowered(noticed, options.acceptances)
    series = Series(
        case=case,
        livers=livers,
        tables=[measure(liver) for liver in livers],
        plan=plan,
        options=options,
        images=images or {},
    )
    results: list[ScanResult] = []
    for number in range(len(case.scans)):
        results.append(scan_result(series, number, results))
    return conclude(case, tuple(results), livers, quality, accepted=quality != noticed)
