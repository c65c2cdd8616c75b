"""What the documents of commands that do a job hold (export, archive, cohort, replay, self-test)."""

from __future__ import annotations

from typing import Any, Literal

from flr.documents.schema import _list_of, _Number, _record, _Text

_Anything = str | float | int | bool | list[Any] | dict[str, Any] | None


def job_models() -> dict[str, Any]:
    """The pydantic model of each of these documents."""
    return {
        "flr-export/1": _record(
            "Export",
            schema_=Literal["flr-export/1"],
            files=_list_of(_record("Written", name=str, sha256=str)),
        ),
        "flr-pacs-fetch/1": _record(
            "Fetched",
            schema_=Literal["flr-pacs-fetch/1"],
            folders=list[str],
            new=int,
            present=int,
            series_left_out=int,
        ),
        "flr-pacs-store/1": _record(
            "Stored",
            schema_=Literal["flr-pacs-store/1"],
            stored=int,
            present=int,
            failed=_list_of(_record("NotStored", name=str, reason=str)),
        ),
        "flr-pacs-watch/1": _record(
            "Watched",
            schema_=Literal["flr-pacs-watch/1"],
            counts=dict[str, int],
            cases=_list_of(_record("WatchedCase", case=str, state=str, results=int, reason=str)),
        ),
        "flr-cohort/1": _cohort(),
        "flr-cohort-part/1": _record(
            "CohortPart", schema_=Literal["flr-cohort-part/1"], cases=int, failed=int
        ),
        "flr-cohort-manifest/1": _record(
            "CohortManifest", schema_=Literal["flr-cohort-manifest/1"], cases=list[dict[str, str]]
        ),
        "flr-cohort-agreement/1": _agreement(),
        "flr-cohort-changes/1": _changes(),
        "flr-replay/1": _replay(),
        "flr-selftest/1": _record(
            "SelfTest",
            schema_=Literal["flr-selftest/1"],
            flr_version=str,
            agrees=bool,
            checks=_list_of(_record("Check", group=str, name=str, expected=str, found=str, agrees=bool)),
        ),
    }


def _cohort() -> Any:
    failure = _record("Failure", case_id=str, reason=str)
    return _record(
        "Cohort",
        schema_=Literal["flr-cohort/1"],
        flr_version=str,
        cases=int,
        done=int,
        failed=int,
        pending=int,
        flags=_list_of(_record("FlagCount", plan=str, flag=str, assessments=int)),
        quality=_list_of(_record("QualityCount", check=str, severity=str, cases=int)),
        distributions=_list_of(
            _record(
                "Distribution",
                plan=str,
                quantity=str,
                unit=str,
                assessments=int,
                not_assessed=int,
                quantiles=dict[str, float] | None,
            )
        ),
        failures=_list_of(_record("Failures", kind=str, cases=int, examples=_list_of(failure))),
    )


def _agreement() -> Any:
    bland_altman = _record(
        "BlandAltman",
        cases=int,
        bias_pp=float,
        sd_pp=_Number,
        lower_limit_pp=_Number,
        upper_limit_pp=_Number,
        bias_low_pp=_Number,
        bias_high_pp=_Number,
        limit_error_pp=_Number,
    )
    plan = _record(
        "PlanAgreement",
        plan=str,
        pairs=int,
        bland_altman=bland_altman | None,
        same_flag=int,
        same_flag_percent=float,
        kappa=_Number,
        flags=_list_of(_record("FlagPair", first=str, second=str, pairs=int)),
    )
    return _record(
        "CohortAgreement",
        schema_=Literal["flr-cohort-agreement/1"],
        flr_version=str,
        quantity=str,
        only_first=int,
        only_second=int,
        plans=_list_of(plan),
    )


def _changes() -> Any:
    transition = _record("Transition", from_=str, to=str, assessments=int)
    scenario = _record(
        "Scenario",
        kind=Literal["bsa_formula", "standard_volume_formula", "limits"],
        name=str,
        assessments=int,
        changed=int,
        changed_percent=_Number,
        transitions=_list_of(transition),
    )
    return _record(
        "CohortChanges",
        schema_=Literal["flr-cohort-changes/1"],
        flr_version=str,
        assessments=int,
        not_reproduced=int,
        scenarios=_list_of(scenario),
    )


def _replay() -> Any:
    difference = _record("Difference", path=str, recorded=_Anything, recomputed=_Anything, causes=list[str])
    return _record(
        "Replay",
        schema_=Literal["flr-replay/1"],
        result=_Text,
        flr_version=str,
        agrees=bool,
        compared=int,
        causes=_list_of(_record("Cause", kind=str, what=str, text=str)),
        differences=_list_of(difference),
        left_out=list[str],
    )
