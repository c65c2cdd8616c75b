"""What ``flr-followup/1`` holds, as a pydantic model, and its JSON Schema."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from flr.criteria.growth import GROWTH_UNITS
from flr.documents.schema import _Flag, _list_of, _mapping_to, _Number, _patient, _record, _Text

if TYPE_CHECKING:
    from pydantic import BaseModel

_Days = int | None
_Procedure = Literal["pve", "lvd", "alpps", "resection"] | None


def followup_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of ``flr-followup/1``, published in ``docs/schemas``."""
    identity = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:flr-followup:1",
    }
    return {**identity, **followup_model().model_json_schema()}


@cache
def followup_model() -> type[BaseModel]:
    """The pydantic model of ``flr-followup/1``."""
    reference = _record("Reference", text=str, doi=_Text)
    quality = _record("Quality", check=str, severity=Literal["info", "warning", "error"], message=str)
    definitions: dict[str, Any] = dict.fromkeys(GROWTH_UNITS, _Number)
    model: type[BaseModel] = _record(
        "FollowUp",
        schema_=Literal["flr-followup/1"],
        case_id=str,
        plan=_record(
            "Plan",
            name=str,
            notation=str,
            removes=list[str],
            intent=Literal["cure", "debulking"],
            structures=list[str],
        ),
        procedure=_Procedure,
        scans=_list_of(_scan(quality, definitions)),
        growth=_record(
            "Growth",
            **definitions,
            degree_of_hypertrophy_low_pp=_Number,
            degree_of_hypertrophy_high_pp=_Number,
            kgr_standardised_low_pp_per_week=_Number,
            kgr_standardised_high_pp_per_week=_Number,
            kgr_standardised_probability_below=dict[str, float],
            is_real=bool | None,
            since_procedure_days=_Days,
            since_reference_days=_Days,
            scan=_Days,
            rate_scan=_Days,
            reference_scan=_Days,
            units=dict[str, str],
            reasons=dict[str, str],
        ),
        findings=_list_of(
            _record(
                "Finding",
                criterion=str,
                measure=str,
                value=_Number,
                limit=float,
                unit=str,
                verdict=Literal["meets", "falls_short", "not_assessed"],
                reason=str,
                reference=reference,
                evidence=str,
                basis=str,
                fails_when=Literal["at_or_below", "below"],
                role=str,
            )
        ),
        needs=_list_of(_need(weeks=_Number, low_weeks=_Number, high_weeks=_Number, no_weeks_because=str)),
        published_growth=_list_of(
            _record("PublishedGrowth", key=str, text=str, reference=reference, evidence=str)
        ),
        flag=_Flag,
        triggers=_list_of(_Flag),
        headline=str,
        notes=list[str],
        note_texts=dict[str, str],
        quality=_list_of(quality),
        staged=_list_of(_staged()),
        patient=_patient(),
        provenance=_record(
            "Provenance",
            flr_version=str,
            bsa_formula=str,
            standard_volume_formula=str,
            conditions=list[str],
            limits=dict[str, Any] | None,
            accepted=list[str],
        ),
    )
    return model


def _scan(quality: Any, definitions: dict[str, Any]) -> Any:
    return _record(
        "Scan",
        number=int,
        date=str,
        phase=_Text,
        modality=_Text,
        after=_Procedure,
        after_date=_Text,
        reference=_Days,
        volumes_ml=dict[str, Any],
        volumes_are_lower_bounds=bool,
        measures=_mapping_to(_Number),
        measures_reasons=dict[str, str],
        flag=_Flag,
        triggers=_list_of(_Flag),
        growth=_record("ScanGrowth", **definitions, since_procedure_days=_Days, since_reference_days=_Days)
        | None,
        embolised_side=_record(
            "EmbolisedSide", parts=list[str], before_ml=float, after_ml=float, change_percent=_Number
        )
        | None,
        regrowth_percent=_Number,
        weight_kg=_Number,
        weight_change_percent=_Number,
        function=list[dict[str, Any]],
        quality=_list_of(quality),
        inputs=_list_of(_record("InputFile", name=str, sha256=str)),
        grid=dict[str, Any],
        scheme=_Text,
    )


def _need(**more: Any) -> Any:
    return _record(
        "GrowthNeed" if more else "StageNeed",
        measure=str,
        limit=float,
        unit=str,
        needed_ml=_Number,
        short_ml=_Number,
        growth_needed_percent=_Number,
        notes=list[str],
        reason=str,
        **more,
    )


def _staged() -> Any:
    stage = _record(
        "Stage",
        key=Literal["start", "clear", "embolise", "partition", "wait", "resect"],
        title=str,
        leaves_ml=float,
        leaves_tumour_ml=float,
        left_functional_ml=float,
        left_tumour_ml=float,
        flr_ml=float,
        flr_percent_of_measured=_Number,
        flr_percent_of_standard=_Number,
        embolised_parts=list[str],
        embolised_ml=_Number,
        flag=_Flag,
        headline=str,
        needs=_list_of(_need()),
    )
    return _record(
        "StagedPlan",
        name=str,
        technique=Literal["pve", "pve_4", "lvd", "alpps", "two_stage"],
        notation=str,
        stages=_list_of(stage),
        partition=_record("Partition", remnant_on_wrong_side_ml=float, resected_on_wrong_side_ml=float)
        | None,
        notes=list[str],
        note_texts=dict[str, str],
    )
