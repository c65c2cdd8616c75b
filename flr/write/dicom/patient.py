"""Patient and study of results: copied from the images, or taken out for research."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flr.facts import OLDEST_SHOWN_YEARS
from flr.version import VERSION
from flr.write.dicom.codes import Concept, private_scheme_item
from flr.write.dicom.source import ImageReference, SourceImages
from flr.write.dicom.uids import content_uid, derived_uid, tracking_uid

if TYPE_CHECKING:
    from pydicom import Dataset

MANUFACTURER: Final = "flr"
MODEL: Final = "flr future liver remnant volumetry"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
ANONYMOUS_DATE: Final = "19000101"

# Type 2 attributes stand in every object, empty where the images say nothing.
_PATIENT: Final = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
_PATIENT_FURTHER: Final = (
    "IssuerOfPatientID",
    "IssuerOfPatientIDQualifiersSequence",
    "OtherPatientIDs",
    "OtherPatientIDsSequence",
    "PatientBirthTime",
    "QualityControlSubject",
    "EthnicGroup",
    "PatientComments",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "PatientSpeciesDescription",
    "ClinicalTrialSponsorName",
    "ClinicalTrialProtocolID",
    "ClinicalTrialProtocolName",
    "ClinicalTrialSiteID",
    "ClinicalTrialSiteName",
    "ClinicalTrialSubjectID",
    "ClinicalTrialTimePointID",
)
_STUDY: Final = ("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID")
_STUDY_FURTHER: Final = (
    "StudyInstanceUID",
    "StudyDescription",
    "IssuerOfAccessionNumberSequence",
    "PhysiciansOfRecord",
    "ProcedureCodeSequence",
    "TimezoneOffsetFromUTC",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "AdmittingDiagnosesDescription",
)
_KEPT_WHEN_ANONYMOUS: Final = ("PatientSex", "PatientAge", "PatientSize", "PatientWeight")


def result_module(source: SourceImages) -> Dataset:
    """A new data set with the patient and study of the images, and the equipment that made it."""
    from pydicom import Dataset

    result = Dataset()
    template = source.template
    if template.get("SpecificCharacterSet"):
        result.SpecificCharacterSet = template.SpecificCharacterSet
    for keyword in (*_PATIENT, *_STUDY):
        setattr(result, keyword, template.get(keyword, ""))
    for keyword in (*_PATIENT_FURTHER, *_STUDY_FURTHER):
        if keyword in template and template[keyword].value not in (None, ""):
            result[keyword] = deepcopy(template[keyword])
    result.Manufacturer = MANUFACTURER
    result.ManufacturerModelName = MODEL
    result.DeviceSerialNumber = "0"
    result.SoftwareVersions = VERSION
    return result


def frame_of_reference(result: Dataset, source: SourceImages) -> None:
    """Say that positions are those of the images."""
    result.FrameOfReferenceUID = source.template.FrameOfReferenceUID
    result.PositionReferenceIndicator = source.template.get("PositionReferenceIndicator", "")


def series_module(
    result: Dataset, source: SourceImages, *, modality: str, number: int, kind: str, description: str
) -> None:
    """One series per kind of result and source series, so that plans stand beside each other in it."""
    result.Modality = modality
    result.SeriesInstanceUID = derived_uid("flr series", str(source.template.SeriesInstanceUID), kind)
    result.SeriesNumber = number
    result.SeriesDescription = description
    if modality in ("SEG", "OT"):
        # Without a body part, paired anatomy would have to be given a side.
        result.BodyPartExamined = "LIVER"


def patient_text(source: SourceImages) -> str:
    """What identifies the patient over several studies, for digests only; the study where nothing does."""
    said = source.text("PatientID")
    if not said:
        return source.text("StudyInstanceUID")
    return f"{said}\0{source.text('IssuerOfPatientID')}"


def structure_uid(source: SourceImages, *structure: str) -> str:
    """Tracking identifier of a structure of this patient."""
    return tracking_uid(patient_text(source), *structure)


def study_references(result: Dataset, references: Sequence[ImageReference], source: SourceImages) -> None:
    """List the images that a result was drawn on (common instance reference)."""
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    series = Dataset()
    series.SeriesInstanceUID = source.template.SeriesInstanceUID
    series.ReferencedInstanceSequence = Items(instance_items(references))
    result.ReferencedSeriesSequence = Items([series])


def instance_items(references: Sequence[ImageReference]) -> list[Dataset]:
    """Each referenced file once."""
    from pydicom import Dataset

    items = []
    for sop_class, sop_instance in dict.fromkeys((r.sop_class_uid, r.sop_instance_uid) for r in references):
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, sop_instance
        items.append(item)
    return items


def code_sequence(concept: Concept) -> Any:
    """A sequence of one code."""
    from pydicom.sequence import Sequence as Items

    return Items([concept.item()])


def say_private_scheme(result: Dataset) -> None:
    """Say what the private codes of an object are."""
    from pydicom.sequence import Sequence as Items

    result.CodingSchemeIdentificationSequence = Items([private_scheme_item()])


def finished(
    result: Dataset,
    sop_class_uid: str,
    made: datetime | None,
    *,
    transfer_syntax_uid: str = EXPLICIT_LITTLE,
) -> Dataset:
    """Date an object, give it the UID that its content has, and the file header.

    Parameters
    ----------
    result : Dataset
    sop_class_uid : str
    made : datetime or None
        When it was made; no part of the UID. None where no date may stand.
    transfer_syntax_uid : str
        How its pixels are stored.
    """
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    result.SOPClassUID = sop_class_uid
    result.SOPInstanceUID = content_uid(result)
    day = ANONYMOUS_DATE if made is None else made.strftime("%Y%m%d")
    time = "000000" if made is None else made.strftime("%H%M%S")
    result.SeriesDate, result.SeriesTime = day, time
    if result.Modality == "RTSTRUCT":
        result.StructureSetDate, result.StructureSetTime = day, time
    else:
        result.ContentDate, result.ContentTime = day, time
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = result.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = UID(derived_uid("flr implementation"))
    meta.ImplementationVersionName = f"FLR {VERSION}"[:16]
    result.file_meta = meta
    return result


def anonymous(source: SourceImages, code: str) -> SourceImages:
    """The same images as nobody's: for research, where results leave the hospital.

    Parameters
    ----------
    source : SourceImages
    code : str
        Stands for the patient; the same code keeps tracking identifiers stable over time points.

    Notes
    -----
    Names, numbers, dates and places are left out; UIDs are replaced by digests of themselves, so that results
    of one scan still refer to each other and to images whose UIDs were replaced the same way
    (:func:`anonymous_uid`). Sex, height and weight stay, and the age up to 89 years.
    """
    from pydicom import Dataset
    from pydicom.sequence import Sequence as Items

    old, new = source.template, Dataset()
    for keyword in _KEPT_WHEN_ANONYMOUS:
        if keyword in old and old[keyword].value not in (None, ""):
            new[keyword] = deepcopy(old[keyword])
    if _is_old(str(new.get("PatientAge", ""))):
        del new.PatientAge
    new.SpecificCharacterSet = "ISO_IR 192"
    new.PatientName, new.PatientID = code, code
    new.PatientBirthDate = ""
    for keyword in _STUDY:
        setattr(new, keyword, "")
    new.PatientIdentityRemoved = "YES"
    new.DeidentificationMethod = "flr: attributes left out, UIDs replaced"
    methods = (
        Concept("113100", "DCM", "Basic Application Confidentiality Profile"),
        Concept("113108", "DCM", "Retain Patient Characteristics Option"),
    )
    new.DeidentificationMethodCodeSequence = Items([method.item() for method in methods])
    new.Modality = old.get("Modality", "")
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        setattr(new, keyword, anonymous_uid(str(old.get(keyword))))
    new.PositionReferenceIndicator = ""
    references = tuple(
        replace(one, sop_instance_uid=anonymous_uid(one.sop_instance_uid)) for one in source.references
    )
    return replace(source, template=new, references=references)


def anonymous_uid(uid: str) -> str:
    """What stands for a UID in anonymous results."""
    return derived_uid("flr anonymous", uid)


def _is_old(age: str) -> bool:
    years = age[:-1]
    return age.endswith("Y") and years.isdigit() and int(years) > OLDEST_SHOWN_YEARS
