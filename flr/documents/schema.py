"""What every document holds, as pydantic models, and the JSON Schemas published from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Literal

from flr.errors import UsageError
from flr.facts import PATIENT_FACTS, Fact, taken_by
from flr.files import write_text

if TYPE_CHECKING:
    from pydantic import BaseModel

SCHEMAS = (
    "flr-assessment/1",
    "flr-assessments/1",
    "flr-volumes/1",
    "flr-inspect/1",
    "flr-criteria/1",
    "flr-formulas/1",
    "flr-schemes/1",
    "flr-plans/1",
    "flr-export/1",
    "flr-pacs-fetch/1",
    "flr-pacs-store/1",
    "flr-pacs-watch/1",
    "flr-cohort/1",
    "flr-cohort-part/1",
    "flr-cohort-manifest/1",
    "flr-cohort-agreement/1",
    "flr-cohort-changes/1",
    "flr-replay/1",
    "flr-selftest/1",
)
"""Names of the documents, as in their ``schema`` key."""

_Flag = Literal[
    "not_applicable",
    "below_donor_minimum",
    "consider_two_stage",
    "consider_pve",
    "plan_leaves_tumour",
    "indeterminate",
    "borderline",
    "adequate",
]
_Number = float | None
_Text = str | None


def json_schema(name: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one kind of document.

    Raises
    ------
    UsageError
        If there is no document of that name.
    """
    schema = _model(name).model_json_schema()
    identity = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{name.replace('/', ':')}",
    }
    return {**identity, **schema}


def check_document(document: Mapping[str, Any]) -> None:
    """Check a document against the model that its ``schema`` key names.

    Raises
    ------
    UsageError
        If it names none, or does not hold what that kind of document holds; misspelled keys included.
    """
    from pydantic import ValidationError

    try:
        _model(str(document.get("schema"))).model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise UsageError(
            f"the document is not {document.get('schema')}: {where}: {first['msg']}"
            f" ({error.error_count()} such faults); was it written by another version?"
        ) from error


def schema_file_name(name: str) -> str:
    """File that a schema is published in.

    >>> schema_file_name("flr-assessment/1")
    'flr-assessment-1.json'
    """
    return f"{name.replace('/', '-')}.json"


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into a folder and return the files."""
    written = []
    for name in SCHEMAS:
        path = folder / schema_file_name(name)
        write_text(path, json.dumps(json_schema(name), indent=2, ensure_ascii=False) + "\n")
        written.append(path)
    return written


def _model(name: str) -> type[BaseModel]:
    models = _models()
    if name not in models:
        raise UsageError(f"no document is called {name!r}; expected one of {', '.join(models)}")
    return models[name]


def _record(record: str, /, *, open_to_more: bool = False, **keys: Any) -> Any:
    """A model that must have these keys, and no others unless it is open to more.

    A key with a type and a default may be left out. ``schema_`` stands for the key ``schema``, which the base
    class has for itself.
    """
    from pydantic import ConfigDict, Field, create_model

    config = ConfigDict(extra="allow" if open_to_more else "forbid", allow_inf_nan=False)
    fields: dict[str, Any] = {
        key: kind if isinstance(kind, tuple) else (kind, Field(alias=key.rstrip("_")))
        for key, kind in keys.items()
    }
    return create_model(record, __config__=config, **fields)


def _list_of(item: Any) -> Any:
    return GenericAlias(list, (item,))


def _mapping_to(item: Any) -> Any:
    return GenericAlias(dict, (str, item))


@cache
def _models() -> dict[str, type[BaseModel]]:
    from flr.documents.job_schema import job_models

    reference = _record("Reference", text=str, doi=_Text)
    quality = _record("Quality", check=str, severity=Literal["info", "warning", "error"], message=str)
    given = _record("InputFile", name=str, sha256=str)
    assessment = _assessment(reference, quality, given)
    source = _source()
    return {
        "flr-assessment/1": assessment,
        "flr-assessments/1": _record(
            "Assessments", schema_=Literal["flr-assessments/1"], assessments=_list_of(assessment)
        ),
        "flr-volumes/1": _record(
            "StructureVolumes",
            schema_=Literal["flr-volumes/1"],
            volumes_ml=dict[str, float],
            voxels=dict[str, int],
            planimetric_ml=dict[str, float],
            thresholded_ml=dict[str, float],
            lower_bounds=list[str],
            quality=_list_of(quality),
            provenance=_record(
                "VolumesProvenance",
                open_to_more=True,
                flr_version=str,
                inputs=_list_of(given),
                sources=_list_of(source),
            ),
        ),
        "flr-inspect/1": _record(
            "Inspection",
            schema_=Literal["flr-inspect/1"],
            sources=_list_of(source),
            patient=_record("PatientFacts", **_of_facts(taken_by("header", PATIENT_FACTS))),
            quality=_list_of(quality),
        ),
        **_listings(reference),
        **job_models(),
    }


def _source() -> Any:
    grid = _record(
        "Grid",
        open_to_more=True,
        shape=list[int],
        spacing_mm=list[float],
        voxel_volume_mm3=float,
        orientation=str,
    )
    code = _record("Code", scheme=str, value=str, meaning=str)
    label = _record(
        "Label",
        open_to_more=True,
        value=int,
        name=str,
        voxels=int,
        volume_ml=float,
        own_name=_Text,
        code=code | None,
    )
    return _record(
        "InspectedSource",
        open_to_more=True,
        name=str,
        kind=str,
        grid=grid,
        labels=_list_of(label),
        scheme=_Text,
        scheme_candidates=list[str],
    )


def _assessment(reference: Any, quality: Any, given: Any) -> Any:
    volumes = _record(
        "VolumesMl",
        total=float,
        functional=float,
        tumour=_Number,
        nonfunctional=_Number,
        resected=_Number,
        ablated=_Number,
        remnant=float,
        remnant_tumour=_Number,
        remnant_nonfunctional=_Number,
        parts=dict[str, float],
    )
    measures = _record(
        "Measures",
        open_to_more=True,
        flr_ml=_Number,
        flr_percent_of_measured=_Number,
        flr_percent_of_standard=_Number,
        flr_to_body_weight_percent=_Number,
        flr_per_bsa_ml_per_m2=_Number,
        bsa_m2=_Number,
        standard_liver_volume_ml=_Number,
        flr_without_segment_1_ml=_Number,
        perfused_flr_ml=_Number,
        perfused_flr_percent_of_measured=_Number,
    )
    interval = _record(
        "Interval", low=_Number, high=_Number, level=float, probability_below=dict[str, _Number]
    )
    finding = _record(
        "Finding",
        criterion=str,
        measure=str,
        value=_Number,
        limit=_Number,
        unit=str,
        verdict=Literal["meets", "falls_short", "not_assessed"],
        reason=str,
        reference=reference,
        evidence=str,
        basis=str,
        fails_when=Literal["at_or_below", "below"],
    )
    return _record(
        "Assessment",
        schema_=Literal["flr-assessment/1"],
        case_id=str,
        plan=_record(
            "Plan",
            name=str,
            notation=str,
            removes=list[str],
            intent=Literal["cure", "debulking"],
            structures=list[str],
        ),
        volumes_ml=volumes,
        volumes_are_lower_bounds=bool,
        voxels=_record("Voxels", total=int | None, resected=int | None, ablated=int | None, kept=int | None),
        measures=measures,
        measures_reasons=dict[str, str],
        measures_ungraded=dict[str, str],
        intervals=_mapping_to(interval),
        findings=_list_of(finding),
        triggers=list[_Flag],
        flag=_Flag,
        headline=str,
        notes=list[str],
        note_texts=dict[str, str],
        quality=_list_of(quality),
        tumours=_list_of(_tumour()),
        burden=_burden(reference) | None,
        remnant_pieces_ml=list[float],
        perfusion=_perfusion() | None,
        context=_context(),
        patient=_patient(),
        provenance=_provenance(given),
    )


def _tumour() -> Any:
    near = _record("NearestVessel", kind=str, distance_mm=_Number)
    return _record(
        "Tumour",
        name=str,
        volume_ml=float,
        longest_axial_diameter_mm=float,
        longest_diameter_mm=float,
        centroid_mm=list[float],
        parts=dict[str, float],
        depth_mm=_Number,
        vessels_mm=dict[str, _Number],
        nearest_vessel=near | None,
        fate=Literal["resected", "ablated", "left", "cut_through"],
        remaining_percent=float,
        planned_margin_mm=_Number,
        planned_margin_error_mm=float,
        margin_grade=str,
        kept_vessels_mm=dict[str, _Number],
        warnings=list[str],
    )


def _perfusion() -> Any:
    vessel = _record(
        "VesselOutcome",
        name=str,
        title=str,
        kind=Literal["portal", "hepatic"],
        outcome=Literal["resected", "cut_off", "partly_lost", "kept"],
        vessel_ml=float,
        resected_ml=float,
        cut_off_ml=float,
        lost_tissue_ml=float,
    )
    territory = _record(
        "Territory",
        name=str,
        title=str,
        kind=Literal["portal", "hepatic"],
        level=Literal["first", "second", "branch"],
        volume_ml=float,
        parts_ml=dict[str, float],
    )
    return _record(
        "Perfusion",
        open_to_more=True,
        assessed=bool,
        inflow_assessed=bool,
        outflow_assessed=bool,
        devascularised_ml=_Number,
        congested_ml=_Number,
        ranges=_mapping_to(_record("Span", low=_Number, high=_Number)),
        vessels=_list_of(vessel),
        territories=_list_of(territory),
        missing=list[str],
        remarks=list[str],
        fragments_ml=list[float],
    )


def _burden(reference: Any) -> Any:
    fact = _record(
        "BurdenFact",
        key=str,
        value=_Number,
        unit=str,
        verdict=str,
        reference=reference,
        evidence=str,
        note=str,
    )
    return _record(
        "Burden",
        count=int,
        ablatable=int,
        bilobar=bool | None,
        largest_diameter_mm=float,
        volume_ml=float,
        burden_percent=float,
        debulked_percent=_Number,
        facts=_list_of(fact),
    )


def _context() -> Any:
    shortfall = _record(
        "Shortfall",
        measure=str,
        limit=float,
        unit=str,
        needed_ml=_Number,
        short_ml=_Number,
        growth_needed_percent=_Number,
        notes=list[str],
        reason=str,
    )
    other = _record(
        "OtherStandard",
        key=str,
        bsa_formula=_Text,
        standard_liver_volume_ml=_Number,
        standard_liver_weight_g=_Number,
        flr_percent_of_standard=_Number,
        reason=str,
    )
    return _record("Context", shortfalls=_list_of(shortfall), other_standards=_list_of(other))


def _patient() -> Any:
    withheld: dict[str, Any] = {fact.withheld_key: bool | None for fact in PATIENT_FACTS if fact.withheld_key}
    return _record("Patient", **_of_facts(PATIENT_FACTS), **withheld)


def _of_facts(facts: Iterable[Fact]) -> dict[str, Any]:
    """The type of each fact in a document; older documents lack those that were added."""
    kinds: dict[str, Any] = {
        "number": _Number,
        "whole": int | None,
        "words": list[str],
        "yes_no": bool | None,
    }
    typed: dict[str, Any] = {}
    for fact in facts:
        kind = Literal[fact.choices] | None if fact.kind == "class" else kinds.get(fact.kind, _Text)
        typed[fact.key] = (kind, [] if fact.kind == "words" else None) if fact.added else kind
    return typed


def _provenance(given: Any) -> Any:
    from flr.liver import INSISTED

    insisted: dict[str, Any] = dict.fromkeys(INSISTED, (bool, False))
    limits = _record(
        "SiteLimits", very_small_percent=float, minimum_percent=float, band_percent=float, source=str
    )
    return _record(
        "Provenance",
        open_to_more=True,
        flr_version=str,
        inputs=_list_of(given),
        grid=dict[str, Any],
        scheme=_Text,
        segmentation_source=_Text,
        reviewed=bool | None,
        bsa_formula=str,
        standard_volume_formula=str,
        conditions=list[str],
        limits=limits | None,
        accepted=list[str],
        errors=_mapping_to(float | str),
        errors_from=Literal["boundaries", "numbers"],
        reading=_record(
            "Reading",
            given=_list_of(_record("Given", role=str, name=str, sha256=_Text)),
            tumours_declared_none=bool,
            scheme=_Text,
            labels=dict[str, str],
            resample=_Text,
            **insisted,
        )
        | None,
        plan=_record("PlanGiven", given=str, files=_list_of(given)),
        completed_from_headers=list[str],
        versions=dict[str, str],
        fingerprints=dict[str, str],
    )


def _listings(reference: Any) -> dict[str, Any]:
    cited = {"reference": reference, "evidence": str}
    rows = {
        "criteria": _record(
            "Criterion",
            key=str,
            measure=str,
            limit=float,
            unit=str,
            fails_when=Literal["at_or_below", "below"],
            applies_to=list[str],
            basis=str,
            role=str,
            graded=bool,
            note=str,
            **cited,
        ),
        "formulas": _record(
            "Formula",
            key=str,
            quantity=Literal["body_surface_area", "standard_liver_volume", "standard_liver_weight"],
            equation=str,
            unit=str,
            inputs=list[str],
            bsa_formula=_Text,
            population=str,
            ages=_Text,
            valid_for=str,
            use=str,
            note=str,
            **cited,
        ),
        "schemes": _record(
            "LabelScheme",
            name=str,
            labels=dict[str, str],
            names=dict[str, str],
            aliases=dict[str, str],
            modality=_Text,
            encoding=_Text,
            subset=bool,
            overlapping=bool,
            liver_includes_tumour=bool | None,
            notes=str,
            **cited,
        ),
        "plans": _record(
            "NamedPlan",
            key=str,
            name=str,
            notation=str,
            removes=list[str],
            synonyms=list[str],
            note=_Text,
            **cited,
        ),
    }
    models: dict[str, Any] = {}
    for what, row in rows.items():
        name = f"flr-{what}/1"
        keys: dict[str, Any] = {"schema_": Literal[name], what: _list_of(row)}
        models[name] = _record(what.capitalize(), **keys)
    return models
