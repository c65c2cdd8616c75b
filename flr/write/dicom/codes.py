"""Coded concepts: standard codes where they exist, a private scheme that says so where they do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flr.labels import COUINAUD_KEYS
from flr.structures import (
    ABLATED_CODE,
    CUT_CODE,
    PRIVATE_SCHEME,
    REMNANT_CODE,
    RESECTED_CODE,
    TERRITORY_CODE,
    WrittenCode,
    structure_named,
)

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True, slots=True)
class Concept:
    """One coded concept.

    Parameters
    ----------
    value, scheme, meaning : str
        As in a DICOM code sequence.
    """

    value: str
    scheme: str
    meaning: str

    def item(self) -> Dataset:
        """The concept as an item of a code sequence."""
        from pydicom import Dataset

        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = self.value, self.scheme, self.meaning
        return item


def _private(value: str, meaning: str) -> Concept:
    return Concept(value, PRIVATE_SCHEME, meaning)


def _concept(code: WrittenCode) -> Concept:
    return Concept(code.value, code.scheme, code.meaning)


def concept_of(name: str) -> Concept:
    """The concept that a structure is exported as, by its canonical name."""
    structure = structure_named(name)
    if structure is None or structure.written is None:
        raise KeyError(f"{name!r} is never exported: the table of structures gives it no code")
    return _concept(structure.written)


ANATOMICAL_STRUCTURE: Final = Concept("123037004", "SCT", "Anatomical Structure")
ABNORMAL_STRUCTURE: Final = Concept("49755003", "SCT", "Morphologically Abnormal Structure")
LIVER: Final = concept_of("liver")
NEOPLASM: Final = concept_of("tumour")
CYST: Final = concept_of("cyst")

COUINAUD: Final = {key: concept_of(f"segment_{key}") for key in COUINAUD_KEYS}
"""Segments by part key. 4a and 4b are written with the code of IV: their labels tell them apart."""

# No standard code was found for what follows; see docs/pacs.md.
REMNANT: Final = _concept(REMNANT_CODE.written)
RESECTED: Final = _concept(RESECTED_CODE.written)
ABLATED: Final = _concept(ABLATED_CODE.written)
TERRITORY: Final = _concept(TERRITORY_CODE.written)
CUT: Final = _concept(CUT_CODE.written)

VOLUME: Final = Concept("118565006", "SCT", "Volume")
SUM_OF_VOXELS: Final = Concept("126030", "DCM", "Sum of segmented voxel method for volume")
PATIENT_WEIGHT: Final = Concept("29463-7", "LN", "Patient Weight")
PATIENT_HEIGHT: Final = Concept("8302-2", "LN", "Patient Height")
BODY_SURFACE: Final = Concept("8277-6", "LN", "Body Surface Area")
BODY_SURFACE_FORMULA: Final = Concept("8278-4", "LN", "Body Surface Area Formula")
BSA_FORMULAS: Final = {
    "mosteller_1987": Concept("122244", "DCM", "BSA = (HT*WT/36)^0.5"),
    "du_bois_1916": Concept("122241", "DCM", "BSA = 0.007184*WT^0.425*HT^0.725"),
    "gehan_george_1970": Concept("122242", "DCM", "BSA = 0.0235*WT^0.51456*HTcm^0.42246"),
    "haycock_1978": Concept("122243", "DCM", "BSA = 0.024265*WT^0.5378*HTcm^0.3964"),
    "boyd_1935": Concept("122240", "DCM", "BSA = 0.003207*WT^(0.7285-0.0188*log(WT))*HT^0.3"),
}
"""Standard codes of body surface formulas; another formula is given by its name."""

MEASURES: Final = {
    "flr_ml": _private("FLR_VOLUME", "Future liver remnant volume, functional"),
    "flr_percent_of_measured": _private("FLR_PCT_MEASURED", "Remnant of measured functional liver"),
    "flr_percent_of_standard": _private("FLR_PCT_STANDARD", "Remnant of standard liver volume"),
    "flr_percent_of_vauthey_2002": _private("FLR_PCT_VAUTHEY", "Remnant of Vauthey 2002 liver volume"),
    "flr_to_body_weight_percent": _private("FLR_PCT_WEIGHT", "Remnant to body weight, 1 mL as 1 g"),
    "flr_per_bsa_ml_per_m2": _private("FLR_PER_BSA", "Remnant per body surface area"),
    "flr_without_segment_1_ml": _private("FLR_WITHOUT_S1", "Remnant without segment 1"),
    "perfused_flr_ml": _private("FLR_PERFUSED", "Perfused remnant"),
    "perfused_flr_percent_of_measured": _private("FLR_PERF_PCT", "Perfused remnant of measured liver"),
    "standard_liver_volume_ml": _private("STANDARD_VOLUME", "Standard liver volume"),
    "planned_residual_limax_ug_per_kg_per_h": _private("RESIDUAL_LIMAX", "Planned residual LiMAx"),
    "icg_clearance_of_remnant_per_min": _private("FLR_ICG_K", "ICG clearance of remnant"),
}
"""Measures of :data:`flr.measures.MEASURE_UNITS`; ``bsa_m2`` has a standard code."""

VOLUMES: Final = {
    "functional_ml": _private("FUNCTIONAL", "Functional liver volume"),
    "tumour_ml": _private("TUMOUR", "Tumour volume in liver"),
    "nonfunctional_ml": _private("NONFUNCTIONAL", "Nonfunctional tissue volume in liver"),
    "resected_ml": _private("RESECTED_VOLUME", "Resected volume"),
    "ablated_ml": _private("ABLATED_VOLUME", "Ablated volume"),
    "remnant_tumour_ml": _private("FLR_TUMOUR", "Tumour volume left in remnant"),
    "remnant_nonfunctional_ml": _private("FLR_NONFUNCT", "Nonfunctional volume left in remnant"),
}
"""Volumes of an assessment that are no segment's own volume."""

PLAN: Final = _private("PLAN", "Resection plan")
INTENT: Final = _private("INTENT", "Intent")
FLAG: Final = _private("FLAG", "Flag for review")
TRIGGER: Final = _private("TRIGGER", "Flag that applied as well")
HEADLINE: Final = _private("HEADLINE", "Summary")
FLAG_BY_VOLUME: Final = _private("FLAG_BY_VOLUME", "Flag by volume alone")
REASSURANCE: Final = _private("REASSURANCE", "What must be shown before a flag reassures")
CRITERION: Final = _private("CRITERION", "Published minimum, as compared")
QUALITY: Final = _private("QUALITY", "Quality finding")
NOTE: Final = _private("NOTE", "Note")
CONDITION: Final = _private("CONDITION", "Liver background")
INTERVAL: Final = _private("INTERVAL", "95 % interval")
STANDARD_FORMULA: Final = _private("STANDARD_FORMULA", "Standard liver volume formula")
SCAN_DATE: Final = _private("SCAN_DATE", "Day of the scan")
PHASE: Final = _private("PHASE", "Contrast phase")
SLICE_THICKNESS: Final = _private("SLICE_THICKNESS", "Slice thickness, nominal")
SEGMENTED_BY: Final = _private("SEGMENTED_BY", "Segmented by")
REVIEWED: Final = _private("REVIEWED", "Segmentation reviewed by a person")
VARIANTS: Final = _private("VARIANTS", "Vascular variants")
STATEMENT: Final = _private("INTENDED_USE", "Intended use")

FLAG_CODES: Final = {
    "not_applicable": "NOT_APPLICABLE",
    "below_donor_minimum": "BELOW_DONOR_MIN",
    "consider_two_stage": "TWO_STAGE",
    "consider_pve": "PVE",
    "below_minimum": "BELOW_MINIMUM",
    "plan_leaves_tumour": "LEAVES_TUMOUR",
    "adverse_fact": "ADVERSE_FACT",
    "indeterminate": "INDETERMINATE",
    "borderline": "BORDERLINE",
    "adequate": "ADEQUATE",
}
"""Flag to its private code."""


def flag_concept(flag: str, words: str) -> Concept:
    """A flag as a coded concept."""
    return _private(FLAG_CODES[flag], words)


CM3: Final = Concept("cm3", "UCUM", "cubic centimeter")
UNITS: Final = {
    "mL": CM3,
    "%": Concept("%", "UCUM", "percent"),
    "mL/m²": Concept("cm3/m2", "UCUM", "cubic centimeter per square meter"),
    "m²": Concept("m2", "UCUM", "square meter"),
    "µg/kg/h": Concept("ug/kg/h", "UCUM", "microgram per kilogram per hour"),
    "1/min": Concept("/min", "UCUM", "per minute"),
    "kg": Concept("kg", "UCUM", "kilogram"),
    "cm": Concept("cm", "UCUM", "centimeter"),
}
"""Units as the measures name them. DICOM's list of volume units has cm3 and no mL; the two are equal."""


def private_scheme_item() -> Dataset:
    """What the private scheme is, for CodingSchemeIdentificationSequence."""
    from pydicom import Dataset

    item = Dataset()
    item.CodingSchemeDesignator = PRIVATE_SCHEME
    item.CodingSchemeName = "flr private codes"
    item.CodingSchemeVersion = "1"
    item.CodingSchemeResponsibleOrganization = "the flr project"
    return item


def private_code_values() -> tuple[Concept, ...]:
    """Every private concept, for the documentation and its test."""
    alone = (REMNANT, RESECTED, ABLATED, TERRITORY, CUT, PLAN, INTENT, FLAG, TRIGGER, HEADLINE, CRITERION)
    more = (QUALITY, NOTE, CONDITION, INTERVAL, STANDARD_FORMULA, STATEMENT)
    scan = (SCAN_DATE, PHASE, SLICE_THICKNESS, SEGMENTED_BY, REVIEWED, VARIANTS)
    return (*alone, *more, *scan, *MEASURES.values(), *VOLUMES.values())
