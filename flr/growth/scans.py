"""The scans of a follow-up: prepared, assessed, and compared with one another."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from flr.assessment import Assessment, Options, assess_as_given, prepared
from flr.case import Case, Scan
from flr.errors import FLRError, GeometryError, LabelError, PlanError, UsageError
from flr.formulas import growth as formulas
from flr.formulas.function import hbs_of_remnant_percent_per_min_per_m2
from flr.function import FunctionImage, FunctionShare, RegionValues, function_share, region_values
from flr.growth.rates import Growth, growth_between
from flr.liver import (
    FUNCTIONAL,
    REMAINING,
    Liver,
    ScanFacts,
    VolumeTable,
    compared_with_headers,
    measure,
    with_scan_facts,
)
from flr.perfusion import divided_for
from flr.plans import Parts, Plan, fates
from flr.quality import CHECKS, QualityFinding

_LIKELY_TOTAL_RATIO: Final = 1.3
_POSSIBLE_TOTAL_RATIO: Final = 2.0
_SAME_SPACING: Final = 1.1
_SAME_DAYS: Final = 2
"""Days by which the distance of two scans may differ from that of their headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideChange:
    """Functional tissue of the embolised parts at two scans; a negative change is atrophy."""

    parts: tuple[str, ...]
    before_ml: float
    after_ml: float
    change_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionResult:
    """One function image on one scan: a share for counts, local values otherwise."""

    name: str
    kind: str
    share: FunctionShare | None
    hbs_percent_per_min_per_m2: float | None
    in_liver: RegionValues | None
    in_remnant: RegionValues | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """One scan of a follow-up.

    Parameters
    ----------
    number : int
        1 for the first.
    scan : Scan
    assessment : Assessment
        Of the plan, with the standard volume of the baseline.
    reference : int or None
        Number of the scan that it is compared with.
    growth : Growth or None
    embolised_side : SideChange or None
    regrowth_percent : float or None
        After a resection: functional liver as a share of the one at the reference. [%]
    weight_change_percent : float or None
        Since the baseline. [%]
    function : tuple of FunctionResult
    """

    number: int
    scan: Scan
    assessment: Assessment
    reference: int | None
    growth: Growth | None
    embolised_side: SideChange | None
    regrowth_percent: float | None
    weight_change_percent: float | None
    function: tuple[FunctionResult, ...] = ()


def prepared_scans(case: Case, livers: Sequence[Liver], plan: Plan) -> tuple[Case, tuple[Liver, ...]]:
    """A case and its livers as a follow-up takes them; done twice it changes nothing.

    Every liver gets what the case states about its scan, and every scan what the headers of its images add.
    The body is that of the first scan: what its header says completes the patient of all, and the headers of
    later scans can only contradict it, or a change of weight would look like growth. Livers without segments
    get parts estimated from their vessels where the plan names parts. Whoever shows the livers of a follow-up
    needs them like this.

    Raises
    ------
    UsageError
        If the livers are not one per scan.
    """
    if len(livers) != len(case.scans):
        raise UsageError(f"{len(livers)} livers for {len(case.scans)} scans; give the liver of each")
    told = [
        with_scan_facts(liver, scan.completed_with(ScanFacts()), reviewed=scan.reviewed)
        for liver, scan in zip(livers, case.scans, strict=True)
    ]
    first, baseline = prepared(told[0], (plan,), case.patient_at(0))
    body = {name: getattr(baseline, name) for name in first.source.completed}
    case = replace(
        case,
        patient=replace(case.patient, **body),
        scans=tuple(scan.known_with(one.source.scan) for scan, one in zip(case.scans, told, strict=True)),
    )
    told[1:] = [
        _dated(liver, case, number, [one.source.scan.date for one in livers])
        for number, liver in enumerate(told[1:], start=1)
    ]
    later = (
        divided_for((plan,), compared_with_headers(liver, case.patient_at(number)))
        for number, liver in enumerate(told[1:], start=1)
    )
    return case, (first, *later)


def _dated(liver: Liver, case: Case, number: int, in_headers: Sequence[datetime.date | None]) -> Liver:
    """The liver of a later scan, with what its header's date says of the way from the scan before."""
    before = max((n for n in range(number) if in_headers[n] is not None), default=None)
    if before is None or (seen := in_headers[number]) is None or (earlier := in_headers[before]) is None:
        return liver
    days = (seen - earlier).days
    stated = (case.scans[number].date - case.scans[before].date).days
    if abs(days - stated) <= _SAME_DAYS:
        return liver
    message = (
        f"scan {number + 1} was taken {stated} days after scan {before + 1} as stated, {days} days by the"
        " headers of their images: were two scans or their dates exchanged?"
    )
    found = CHECKS["scan_date_disagrees"].finding(message, "error")
    return replace(liver, quality=(*liver.quality, found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A prepared case, the liver and the untouched volumes of each of its scans, and what grades them.

    ``images`` are function images by the index of their test in the case.
    """

    case: Case
    livers: Sequence[Liver]
    tables: Sequence[VolumeTable]
    plan: Plan
    options: Options
    images: Mapping[int, FunctionImage]


def scan_result(series: Series, number: int, earlier: Sequence[ScanResult]) -> ScanResult:
    """One scan, by its index, assessed under the plan, with its growth since the scan it is compared with.

    Raises
    ------
    FLRError
        As :func:`flr.growth.follow_up`; the message names the scan.
    """
    case, scan = series.case, series.case.scans[number]
    reference = case.reference_of(number)
    growth = side = regrowth = None
    try:
        function = _function(series, number)
        assessment = _assessed(series, number, function)
        if reference is not None:
            before = earlier[reference].assessment
            growth = growth_between(
                before,
                assessment,
                days=(scan.date - case.scans[reference].date).days,
                procedure_days=None if scan.after_date is None else (scan.date - scan.after_date).days,
            )
            whole = not (before.volumes.lower_bound or assessment.volumes.lower_bound)
            if scan.after == "resection":
                functional = before.volumes.functional_ml
                regrowth = 100.0 * assessment.volumes.functional_ml / functional if whole else None
            elif scan.after is not None:
                side = _side_change(series, number, reference, whole=whole)
    except FLRError as error:
        raise type(error)(f"scan {number + 1}: {error}") from error
    return ScanResult(
        number=number + 1,
        scan=scan,
        assessment=assessment,
        reference=None if reference is None else reference + 1,
        growth=growth,
        embolised_side=side,
        regrowth_percent=regrowth,
        weight_change_percent=case.weight_change_percent(number),
        function=function,
    )


def _assessed(series: Series, number: int, function: Iterable[FunctionResult]) -> Assessment:
    """The assessment of a scan, with the uptake that its function image gives."""
    patient = series.case.patient_at(number)
    uptake = next((f.hbs_percent_per_min_per_m2 for f in function if f.hbs_percent_per_min_per_m2), None)
    if uptake is not None:
        patient = replace(patient, hbs_percent_per_min_per_m2=uptake)
    return assess_as_given(
        series.livers[number], series.plan, patient, case_id=series.case.id, options=series.options
    )


def own_parts(parts: tuple[str, ...], liver: Liver) -> tuple[str, ...]:
    """Parts as this liver calls them, which may be whole sections; as they are where it has none of them."""
    try:
        return Parts(parts).removes(liver) if parts else ()
    except PlanError:
        return parts


def _side_change(series: Series, number: int, reference: int, *, whole: bool) -> SideChange | None:
    """Change of the functional tissue in the embolised parts; None where a scan does not tell them apart."""
    liver = series.livers[number]
    parts = own_parts(series.case.scans[number].embolised, liver) or series.plan.removes(liver)
    before_ml, after_ml = (_functional_ml(series.tables[index], parts) for index in (reference, number))
    if not parts or before_ml is None or after_ml is None:
        return None
    change = formulas.change_percent(before_ml, after_ml) if whole and before_ml > 0 else None
    return SideChange(parts=parts, before_ml=before_ml, after_ml=after_ml, change_percent=change)


def _functional_ml(table: VolumeTable, parts: Iterable[str]) -> float | None:
    total = 0.0
    for part in parts:
        names = [part] if part in table.part_names else [n for n in ("4a", "4b") if part == "4"]
        if not names or any(name not in table.part_names for name in names):
            return None
        rows = [table.part_names.index(name) for name in names]
        total += float(table.ml[np.ix_(rows, FUNCTIONAL)].sum())
    return total


def _function(series: Series, number: int) -> tuple[FunctionResult, ...]:
    """The nearest image of each kind between the same two procedures, on this scan."""
    case, liver, plan = series.case, series.livers[number], series.plan
    found: dict[str, FunctionResult] = {}
    for test in case.tests_at(number):
        image = series.images.get(case.tests.index(test))
        # An image belongs to the scan that it is nearest to in time: its coordinates are that scan's.
        nearest = min(case.scans, key=lambda scan: abs((scan.date - test.date).days))
        if image is None or image.kind in found or nearest is not case.scans[number]:
            continue
        organ = liver.parts > 0
        functional = organ & np.isin(liver.tissues, FUNCTIONAL)
        fate = fates(liver, plan)
        remnant = functional & np.isin(fate, REMAINING)
        if image.kind == "counts":
            table = measure(liver, fate)
            share = function_share(
                image,
                liver.grid,
                liver=organ,
                remnant=remnant,
                functional_ml=table.functional_ml,
                flr_ml=table.remnant_ml,
            )
            found[image.kind] = FunctionResult(
                name=image.name,
                kind=image.kind,
                share=share,
                hbs_percent_per_min_per_m2=_uptake(case, number, test.uptake_percent_per_min, share),
                in_liver=None,
                in_remnant=None,
            )
        else:
            found[image.kind] = FunctionResult(
                name=image.name,
                kind=image.kind,
                share=None,
                hbs_percent_per_min_per_m2=None,
                in_liver=region_values(image, liver.grid, functional),
                in_remnant=region_values(image, liver.grid, remnant),
            )
    return tuple(found.values())


def _uptake(
    case: Case, number: int, uptake_percent_per_min: float | None, share: FunctionShare
) -> float | None:
    from flr.formulas import bsa_m2

    patient = case.patient_at(number)
    if uptake_percent_per_min is None or patient.weight_kg is None or patient.height_cm is None:
        return None
    return hbs_of_remnant_percent_per_min_per_m2(
        uptake_percent_per_min,
        share_percent=share.share_percent,
        bsa_m2=bsa_m2(patient.weight_kg, patient.height_cm),
    )


def check_livers(case: Case, livers: Sequence[Liver]) -> tuple[QualityFinding, ...]:
    """Refuse scans that cannot be two scans of one patient; warn where it is doubtful."""
    findings = []
    for number in range(1, len(livers)):
        reference = case.reference_of(number)
        if reference is None:
            continue
        before, after = livers[reference], livers[number]
        pair = f"scans {reference + 1} and {number + 1}"
        if before.grid.matches(after.grid) and np.array_equal(before.parts, after.parts):
            raise LabelError(
                f"{pair} hold the very same segmentation, voxel for voxel; give the segmentation of each scan"
            )
        if case.scans[number].after == "resection" or before.truncated or after.truncated:
            continue
        findings += _cut_differently(pair, before, after)
        old_ml, new_ml = measure(before).total_ml, measure(after).total_ml
        ratio = max(old_ml, new_ml) / min(old_ml, new_ml)
        said = f"{pair} measure {old_ml:.0f} and {new_ml:.0f} mL of liver"
        if ratio > _POSSIBLE_TOTAL_RATIO:
            raise GeometryError(
                f"{said}: no liver does that without a resection; is one of another patient, or its "
                "voxel size lost?"
            )
        if ratio > _LIKELY_TOTAL_RATIO:
            findings.append(
                CHECKS["total_changed_between_scans"].finding(
                    f"{said}, more than 30 % apart: check that both are of one patient and whole"
                )
            )
    return tuple(findings)


def _cut_differently(pair: str, before: Liver, after: Liver) -> list[QualityFinding]:
    """Whether a remnant between estimated parts is compared with one between others."""
    estimated = before.segments_estimated or after.segments_estimated
    alike = before.segments_estimated is after.segments_estimated and before.part_names == after.part_names
    if not estimated or alike:
        return []
    how = [
        f"{'estimated' if liver.segments_estimated else 'drawn'} parts ({', '.join(liver.part_names)})"
        for liver in (before, after)
    ]
    message = f"{pair} have {how[0]} and {how[1]}: where they meet may differ by more than the remnant grew"
    return [CHECKS["remnant_cut_differently"].finding(message)]


def not_comparable(before: Scan, after: Scan, old: Liver, new: Liver) -> list[str]:
    """What differs between two scans that should be read alike, in words."""
    differences = []
    if before.phase and after.phase and before.phase.casefold().strip() != after.phase.casefold().strip():
        differences.append("the contrast phase")
    if before.modality and after.modality and before.modality != after.modality:
        differences.append("the modality")
    thickness = max(old.grid.spacing_mm), max(new.grid.spacing_mm)
    if max(thickness) > _SAME_SPACING * min(thickness):
        differences.append(f"the slice spacing ({thickness[0]:.1f} and {thickness[1]:.1f} mm)")
    if set(old.part_names) != set(new.part_names):
        differences.append("the parts that are drawn")
    return differences
