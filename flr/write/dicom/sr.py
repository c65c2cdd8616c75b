"""Structured report, TID 1500: volumes, shares, body, plan, flag, criteria and quality findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from flr.measures import MEASURE_UNITS
from flr.units import MM3_PER_ML
from flr.version import VERSION
from flr.words import (
    FLAG_WORDS,
    STATEMENT,
    VERDICT_WORDS,
    formula_words,
    limit_text,
    number,
    plain,
    short_measure_words,
    words_of,
)
from flr.write.dicom import codes
from flr.write.dicom.codes import Concept
from flr.write.dicom.patient import (
    MANUFACTURER,
    MODEL,
    code_sequence,
    finished,
    instance_items,
    result_module,
    say_private_scheme,
    series_module,
)
from flr.write.dicom.seg import SegmentPlace
from flr.write.dicom.source import ImageReference, SourceImages
from flr.write.dicom.texts import ascii_text, decimal, make_room_for, spelled_for
from flr.write.dicom.uids import derived_uid

if TYPE_CHECKING:
    from pydicom import Dataset

    from flr.assessment import Assessment
    from flr.criteria import Finding
    from flr.formulas import Reference
    from flr.quality import Evidence

SR_CLASS: Final = "1.2.840.10008.5.1.4.1.1.88.22"
"""Enhanced SR, which the most archives and viewers accept."""

_SERIES_NUMBER: Final = 7101
_DIGITS: Final = 6
_LONGEST: Final = 1000


def _dcm(value: str, meaning: str) -> Concept:
    return Concept(value, "DCM", meaning)


_REPORT: Final = _dcm("126000", "Imaging Measurement Report")
_MEASUREMENTS: Final = _dcm("126010", "Imaging Measurements")
_GROUP: Final = _dcm("125007", "Measurement Group")
_QUALITATIVE: Final = Concept("C0034375", "UMLS", "Qualitative Evaluations")
_FINDING: Final = _dcm("121071", "Finding")
_FINDING_CATEGORY: Final = Concept("276214006", "SCT", "Finding category")
_FINDING_SITE: Final = Concept("363698007", "SCT", "Finding Site")
_METHOD: Final = Concept("370129005", "SCT", "Measurement Method")
_PROCEDURES: Final = {
    "CT": Concept("25045-6", "LN", "CT unspecified body region"),
    "MR": Concept("25056-3", "LN", "MRI unspecified body region"),
}


def structured_report(
    assessment: Assessment,
    segments: Sequence[SegmentPlace],
    voxel_volume_mm3: float | None,
    source: SourceImages,
    *,
    instance_number: int = 1,
    made: datetime | None,
) -> Dataset:
    """One assessment as a structured report.

    Parameters
    ----------
    assessment : Assessment
    segments : sequence of SegmentPlace
        Where the measured structures are drawn.
    voxel_volume_mm3 : float or None
        None where slices are uneven: a segment then has no volume of its own in the report.
    source : SourceImages
    instance_number : int
    made : datetime or None
        See :func:`flr.write.dicom.patient.finished`.
    """
    from pydicom.sequence import Sequence as Items

    result = result_module(source)
    make_room_for([assessment.plan.name, *_scan(assessment).values()], result)
    series_module(
        result,
        source,
        modality="SR",
        number=_SERIES_NUMBER,
        kind="SR",
        description="flr future liver remnant measurements",
    )
    result.InstanceNumber = instance_number
    result.CompletionFlag = "COMPLETE"
    result.VerificationFlag = "UNVERIFIED"
    result.PreliminaryFlag = "PRELIMINARY"
    result.ReferencedPerformedProcedureStepSequence = Items([])
    result.PerformedProcedureCodeSequence = Items([])
    say_private_scheme(result)
    result.CurrentRequestedProcedureEvidenceSequence = Items([_evidence(segments, source)])
    result.ValueType = "CONTAINER"
    result.ConceptNameCodeSequence = code_sequence(_REPORT)
    result.ContinuityOfContent = "SEPARATE"
    result.ContentTemplateSequence = Items([_template("1500")])
    groups = [_group(place, assessment, voxel_volume_mm3, source) for place in segments]
    result.ContentSequence = Items(
        [
            _language(),
            *_observer(),
            _code(
                "HAS CONCEPT MOD",
                _dcm("121058", "Procedure reported"),
                _PROCEDURES.get(source.modality, _PROCEDURES["CT"]),
            ),
            _container("CONTAINS", _MEASUREMENTS, groups),
            _container("CONTAINS", _QUALITATIVE, _evaluations(assessment, result)),
        ]
    )
    return finished(result, SR_CLASS, made)


def _item(relation: str, value_type: str, name: Concept | None) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.RelationshipType = relation
    item.ValueType = value_type
    if name is not None:
        item.ConceptNameCodeSequence = code_sequence(name)
    return item


def _container(relation: str, name: Concept, content: Sequence[Dataset], template: str = "") -> Dataset:
    from pydicom.sequence import Sequence as Items

    item = _item(relation, "CONTAINER", name)
    item.ContinuityOfContent = "SEPARATE"
    if template:
        item.ContentTemplateSequence = Items([_template(template)])
    item.ContentSequence = Items(content)
    return item


def _template(number_text: str) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.MappingResource, item.TemplateIdentifier = "DCMR", number_text
    return item


def _code(relation: str, name: Concept, value: Concept) -> Dataset:
    item = _item(relation, "CODE", name)
    item.ConceptCodeSequence = code_sequence(value)
    return item


def _text(relation: str, name: Concept, text: str) -> Dataset:
    """A sentence of ours."""
    return _typed(relation, name, ascii_text(plain(text, _LONGEST)))


def _typed(relation: str, name: Concept, text: str) -> Dataset:
    """A text that is spelled for the data set it stands in."""
    item = _item(relation, "TEXT", name)
    item.TextValue = text or "-"
    return item


def _uid(relation: str, name: Concept, uid: str) -> Dataset:
    item = _item(relation, "UIDREF", name)
    item.UID = uid
    return item


def _number(name: Concept, value: float, unit: Concept, method: Concept | None = None) -> Dataset:
    """A measured value: rounded for people, and beside it as it was computed."""
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    item = _item("CONTAINS", "NUM", name)
    measured = Dataset()
    measured.NumericValue = decimal(value, _DIGITS)
    measured.FloatingPointValue = float(value)
    measured.MeasurementUnitsCodeSequence = code_sequence(unit)
    item.MeasuredValueSequence = Items([measured])
    if method is not None:
        item.ContentSequence = Items([_code("HAS CONCEPT MOD", _METHOD, method)])
    return item


def _language() -> Dataset:
    return _code(
        "HAS CONCEPT MOD",
        _dcm("121049", "Language of Content Item and Descendants"),
        Concept("en", "RFC5646", "English"),
    )


def _observer() -> list[Dataset]:
    relation = "HAS OBS CONTEXT"
    return [
        _code(relation, _dcm("121005", "Observer Type"), _dcm("121007", "Device")),
        _uid(relation, _dcm("121012", "Device Observer UID"), derived_uid("flr device", VERSION)),
        _text(relation, _dcm("121013", "Device Observer Name"), f"flr {VERSION}"),
        _text(relation, _dcm("121014", "Device Observer Manufacturer"), MANUFACTURER),
        _text(relation, _dcm("121015", "Device Observer Model Name"), MODEL),
    ]


def _evidence(segments: Sequence[SegmentPlace], source: SourceImages) -> Dataset:
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    images = Dataset()
    images.SeriesInstanceUID = source.template.SeriesInstanceUID
    images.ReferencedSOPSequence = Items(instance_items(source.references))
    series = [images]
    for uid in dict.fromkeys(place.series_instance_uid for place in segments):
        item = Dataset()
        item.SeriesInstanceUID = uid
        item.ReferencedSOPSequence = Items(
            instance_items(
                [
                    ImageReference(place.sop_class_uid, place.sop_instance_uid)
                    for place in segments
                    if place.series_instance_uid == uid
                ]
            )
        )
        series.append(item)
    study = Dataset()
    study.StudyInstanceUID = source.template.StudyInstanceUID
    study.ReferencedSeriesSequence = Items(series)
    return study


def _group(
    place: SegmentPlace, assessment: Assessment, voxel_volume_mm3: float | None, source: SourceImages
) -> Dataset:
    """Measurements of one segment (TID 1411)."""
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    structure = place.structure
    segment = _item("CONTAINS", "IMAGE", _dcm("121191", "Referenced Segment"))
    reference = Dataset()
    reference.ReferencedSOPClassUID = place.sop_class_uid
    reference.ReferencedSOPInstanceUID = place.sop_instance_uid
    reference.ReferencedSegmentNumber = place.number
    segment.ReferencedSOPSequence = Items([reference])
    content = [
        _text("HAS OBS CONTEXT", _dcm("112039", "Tracking Identifier"), place.tracking_id),
        _uid("HAS OBS CONTEXT", _dcm("112040", "Tracking Unique Identifier"), place.tracking_uid),
        _code("CONTAINS", _FINDING_CATEGORY, structure.category),
        _code("CONTAINS", _FINDING, structure.type),
        segment,
        _uid(
            "CONTAINS",
            _dcm("121232", "Source series for segmentation"),
            str(source.template.SeriesInstanceUID),
        ),
    ]
    if structure.region is not None:
        content.append(_code("HAS CONCEPT MOD", _FINDING_SITE, structure.region))
    if voxel_volume_mm3 is not None:
        volume_ml = place.voxels * voxel_volume_mm3 / MM3_PER_ML
        content.append(_number(codes.VOLUME, volume_ml, codes.CM3, codes.SUM_OF_VOXELS))
    if structure.key == "liver":
        content += _liver_numbers(assessment)
    if structure.key == "flr":
        content += _remnant_numbers(assessment)
    return _container("CONTAINS", _GROUP, content, "1411")


def _liver_numbers(assessment: Assessment) -> list[Dataset]:
    volumes = assessment.volumes
    return [
        _number(concept, value, codes.CM3)
        for field, concept in codes.VOLUMES.items()
        if (value := getattr(volumes, field)) is not None
    ]


def _remnant_numbers(assessment: Assessment) -> list[Dataset]:
    """The remnant related to liver and body, and the body itself."""
    items = []
    for measure, value in assessment.measures.values().items():
        concept = codes.MEASURES.get(measure)
        if value is not None and concept is not None:
            items.append(_number(concept, value, codes.UNITS[MEASURE_UNITS[measure]]))
    patient = assessment.patient
    body = (
        (codes.PATIENT_WEIGHT, patient.weight_kg, "kg"),
        (codes.PATIENT_HEIGHT, patient.height_cm, "cm"),
        (codes.BODY_SURFACE, assessment.measures.bsa_m2, "m²"),
    )
    items += [
        _number(concept, value, codes.UNITS[unit]) for concept, value, unit in body if value is not None
    ]
    return items


def _evaluations(assessment: Assessment, report: Dataset) -> list[Dataset]:
    """What is said in words: plan, flag, every comparison with its source, every quality finding."""
    a = assessment
    items = [
        _typed("CONTAINS", codes.PLAN, _plan_text(a, report)),
        _text("CONTAINS", codes.INTENT, a.plan.intent),
        _code("CONTAINS", codes.FLAG, codes.flag_concept(a.flag, FLAG_WORDS[a.flag])),
        _text("CONTAINS", codes.HEADLINE, a.headline),
        _code(
            "CONTAINS",
            codes.FLAG_BY_VOLUME,
            codes.flag_concept(a.flag_by_volume, FLAG_WORDS[a.flag_by_volume]),
        ),
        *(_text("CONTAINS", codes.REASSURANCE, _row_text(row)) for row in a.reassurance),
    ]
    items += [
        _code("CONTAINS", codes.TRIGGER, codes.flag_concept(flag, FLAG_WORDS[flag]))
        for flag in a.triggers
        if flag != a.flag
    ]
    items.append(_text("CONTAINS", codes.CONDITION, ", ".join(a.provenance.conditions)))
    if a.measures.bsa_m2 is not None:
        items.append(_bsa_formula(a))
    if a.measures.standard_liver_volume_ml is not None:
        items.append(
            _text("CONTAINS", codes.STANDARD_FORMULA, formula_words(a.provenance.standard_volume_formula))
        )
    items += [
        _typed("CONTAINS", concept, spelled_for(report, plain(text, _LONGEST)))
        for concept, text in _scan(a).items()
    ]
    items += [
        _text(
            "CONTAINS",
            codes.INTERVAL,
            f"{short_measure_words(measure)}: {number(interval.low)} to {number(interval.high)} %",
        )
        for measure, interval in a.intervals.items()
    ]
    items += [_text("CONTAINS", codes.CRITERION, _finding_text(finding)) for finding in a.findings]
    items += [
        _text("CONTAINS", codes.QUALITY, f"{found.severity}: {found.message} ({found.check})")
        for found in a.quality
    ]
    items += [_text("CONTAINS", codes.NOTE, a.note_texts.get(note, words_of(note))) for note in a.notes]
    items.append(_text("CONTAINS", codes.STATEMENT, STATEMENT))
    return items


def _row_text(row: Evidence) -> str:
    given = ", ".join(part for part in (row.reason, row.who) if part)
    return f"{row.row}: {row.status}: {row.evidence}{f' (accepted: {given})' if given else ''}"


def _scan(assessment: Assessment) -> dict[Concept, str]:
    """What is known of the scan that a reader signs for; what nobody said is left out."""
    source = assessment.provenance.source
    scan = source.scan
    phase = scan.phase
    if phase is not None and scan.phase_from_description:
        phase = f"{phase} (as the description of the series says)"
    thickness_mm = scan.slice_thickness_mm
    said = {
        codes.SCAN_DATE: None if scan.date is None else scan.date.isoformat(),
        codes.PHASE: phase,
        codes.SLICE_THICKNESS: None if thickness_mm is None else f"{limit_text(round(thickness_mm, 3))} mm",
        codes.SEGMENTED_BY: scan.segmented_by or source.segmentation_source,
        codes.REVIEWED: None if source.reviewed is None else "yes" if source.reviewed else "no",
        codes.VARIANTS: scan.variants,
    }
    return {concept: text for concept, text in said.items() if text is not None}


def _plan_text(assessment: Assessment, report: Dataset) -> str:
    """Notation and name of the plan, and what leaves; the name is in the letters of whoever gave it."""
    plan = assessment.plan
    removes = f"; removes {', '.join(plan.removes)}" if plan.removes else ""
    name = spelled_for(report, plain(plan.name, _LONGEST))
    return f"{ascii_text(plain(plan.notation, _LONGEST))} ({name}){ascii_text(plain(removes, _LONGEST))}"


def _bsa_formula(assessment: Assessment) -> Dataset:
    key = assessment.provenance.bsa_formula
    coded = codes.BSA_FORMULAS.get(key)
    if coded is not None:
        return _code("CONTAINS", codes.BODY_SURFACE_FORMULA, coded)
    return _text("CONTAINS", codes.BODY_SURFACE_FORMULA, formula_words(key))


def _finding_text(finding: Finding) -> str:
    """One comparison with its published limit, as one sentence with its source."""
    criterion = finding.criterion
    sign = ">" if criterion.fails_when == "at_or_below" else ">="
    limit = f"{sign} {limit_text(criterion.limit)} {criterion.unit}"
    name = short_measure_words(criterion.measure)
    verdict = VERDICT_WORDS[str(finding.verdict)]
    if finding.value is None:
        said = f"{name} {limit}: {verdict} ({finding.reason})"
    else:
        value = number(finding.value, 1, [criterion.limit])
        said = f"{name} {value} {criterion.unit} against {limit}: {verdict}"
    profiles = ", ".join(criterion.applies_to)
    return f"{said}; {profiles}; {criterion.reference.text}{_doi(criterion.reference)}"


def _doi(reference: Reference) -> str:
    return f", doi:{reference.doi}" if reference.doi else ""
