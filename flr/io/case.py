"""Case files: TOML in, a `Case` out. Every key is known or refused; paths are relative to the case file."""

from __future__ import annotations

import datetime
import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Literal

from flr.case import TEST_VALUES, Case, FunctionTest, Scan
from flr.errors import FLRError, PatientError, ReadError
from flr.facts import PATIENT_FACTS, SCAN_FACTS, Fact, VesselsCount, taken_by
from flr.files import read_text
from flr.function import FunctionImage, FunctionKind
from flr.io.image import open_picture
from flr.io.read import read_liver
from flr.io.structures import scheme_by_option
from flr.labels import ROLES
from flr.liver import Liver, ScanFacts, with_scan_facts
from flr.patient import Patient
from flr.plans import Plan, Plane, parse_plan
from flr.plans.plan import Intent, Parts
from flr.plans.staged import Procedure, StagedPlan, Technique
from flr.plans.territory import territory_name
from flr.quality import split_acceptances

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

CASE_SCHEMA = "flr-case/1"

_LARGEST_BYTES = 1 << 20


def read_case(path: Path | str) -> Case:
    """Read a case file.

    Parameters
    ----------
    path : path
        TOML; the schema is ``docs/schemas/flr-case-1.json``.

    Returns
    -------
    Case
        With the files of the scans as paths that can be opened; none has been opened yet.

    Raises
    ------
    ReadError
        If the file is no TOML, a key is misspelled, missing or of the wrong type, or a named file is absent.
    PatientError
        If dates contradict each other, the baseline is missing, or a fact about the patient cannot be true.
    PlanError
        If a plan cannot be read.
    """
    path = Path(path)
    content = _toml(path)
    table = _checked(content, path.name)
    try:
        return _case(table, path.parent)
    except FLRError as error:
        raise type(error)(f"{path.name}: {error}") from error


def read_scans(case: Case) -> tuple[Liver, ...]:
    """The liver of every scan, in order.

    Raises
    ------
    ReadError, LabelError, GeometryError
        As :func:`flr.io.read.read_liver`, with the number of the scan.
    """
    return tuple(read_scan(case, number) for number in range(len(case.scans)))


def read_scan(case: Case, number: int) -> Liver:
    """The liver of one scan; ``number`` counts from 0. Raises as `read_scans`."""
    scan = case.scans[number]
    roles = {role: Path(path) for role, path in scan.roles.items()}
    inputs = [Path(path) for path in scan.inputs]
    labels = dict(scan.labels)
    scheme = scan.scheme
    try:
        if scheme is not None and "segments" in roles:
            # A scan's scheme is that of its segments; other inputs then explain themselves.
            known = scheme_by_option(scheme)
            segments = roles["segments"]
            if not known.subset and not {str(segments), segments.name} & labels.keys():
                labels[str(segments)] = ",".join(
                    f"{value}={name}" for value, name in {**known.aliases, **known.labels}.items()
                )
                scheme = None
            elif not inputs:
                inputs.append(roles.pop("segments"))
        drawn: dict[str, Any] = {**roles, **({"tumours": "none"} if scan.tumours_none else {})}
        liver = read_liver(
            *inputs,
            **drawn,
            image=None if scan.image is None else Path(scan.image),
            scheme=scheme,
            labels=labels or None,
            resample=scan.resample,
            one_patient=scan.one_patient,
            same_grid=scan.same_grid,
        )
    except FLRError as error:
        raise type(error)(f"scan {number + 1}: {error}") from error
    return with_scan_facts(liver, scan.completed_with(ScanFacts()), reviewed=scan.reviewed)


def read_function_images(case: Case) -> dict[int, FunctionImage]:
    """The function images of a case by the index of their test in ``case.tests``.

    Raises
    ------
    ReadError, GeometryError, CriterionError
        If an image cannot be read, or does not hold what its kind says.
    """
    images = {}
    for index, test in enumerate(case.tests):
        if test.image is not None and test.kind is not None:
            path = Path(test.image)
            picture = open_picture(path)
            voxels = picture.read_box((0, 0, 0), picture.grid.shape)
            images[index] = FunctionImage(voxels, picture.grid, test.kind, picture.name)
    return images


def case_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a case file, for editors that check TOML."""
    identity = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{CASE_SCHEMA.replace('/', ':')}",
    }
    return {**identity, **_model().model_json_schema()}


def _toml(path: Path) -> dict[str, Any]:
    text = read_text(path, expected="a case file in TOML", most_bytes=_LARGEST_BYTES)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path.name} is not TOML: {error}; texts need quotes, dates do not") from error


def _checked(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    from pydantic import ValidationError

    try:
        checked = _model().model_validate(content)
    except ValidationError as error:
        faults = _faults(error)
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise ReadError(f"{name}: {'; '.join(faults[:3])}{more}") from error
    return checked.model_dump(exclude_unset=True)


def _faults(error: ValidationError) -> list[str]:
    """One sentence per fault, with the nearest right key or word."""
    sentences = []
    for fault in error.errors(include_url=False, include_input=False):
        steps = [
            step for step in fault["loc"] if not str(step).startswith(("function-", "list[", "literal["))
        ]
        *above, last = steps or ["file"]
        where = _place(above)
        match fault["type"]:
            case "extra_forbidden":
                sentences.append(f"{where}no key is called {last!r}{_near(str(last), _keys(above))}")
            case "missing":
                sentences.append(f"{where}the key {last!r} is missing")
            case _:
                sentences.append(f"{where}{last}: {fault['msg'][:1].lower()}{fault['msg'][1:]}")
    return list(dict.fromkeys(sentences))


def _place(steps: Sequence[int | str]) -> str:
    if not steps:
        return ""
    name = str(steps[0])
    number = next((f" {step + 1}" for step in steps if isinstance(step, int)), "")
    return f"[[{name}]]{number}, " if number else f"[{name}] "


def _keys(steps: Sequence[int | str]) -> list[str]:
    """Keys that the model knows at a place."""
    model: Any = _model()
    for step in steps:
        if isinstance(step, str):
            if step not in model.model_fields:
                return []
            model = _tables()[step]
    return list(model.model_fields)


def _near(given: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(given.casefold(), known, n=1, cutoff=0.5)
    if not near:
        # A key without its unit is the likeliest slip.
        near = [key for key in known if key.startswith(f"{given.casefold()}_")][:1]
    return f"; did you mean {near[0]!r}?" if near else f"; expected one of {', '.join(known)}"


def _day(value: object) -> object:
    """A date as TOML writes it, or the same in quotes; a time of day is refused."""
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise ValueError("expected a date such as 2026-01-31") from None
    if isinstance(value, datetime.datetime) or not isinstance(value, datetime.date):
        raise ValueError("expected a date such as 2026-01-31, without a time of day")
    return value


def _table(name: str, required: Mapping[str, Any], optional: Mapping[str, Any]) -> Any:
    """The pydantic model of one table of a case file."""
    from pydantic import ConfigDict, create_model

    fields: dict[str, Any] = {key: (kind, ...) for key, kind in required.items()}
    fields |= {key: (kind, None) for key, kind in optional.items()}
    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    return create_model(name, __config__=config, **fields)


def _date_type() -> Any:
    from pydantic import BeforeValidator

    return Annotated[datetime.date, BeforeValidator(_day, json_schema_input_type=datetime.date)]


def _types_of(facts: Iterable[Fact]) -> dict[str, Any]:
    """The type of every fact that a case file takes, by key."""
    from pydantic import Field

    kinds: dict[str, Any] = {
        "number": float | None,
        "whole": int | None,
        "words": list[str] | None,
        "yes_no": bool | None,
        "date": _date_type() | None,
    }
    types: dict[str, Any] = {}
    for fact in taken_by("case", facts):
        kind = kinds.get(fact.kind, str | None)
        types[fact.key] = Annotated[kind, Field(description=fact.description)]
        for other in fact.other_units:
            said = f"{fact.label} [{other.unit}], in place of {fact.key}"
            types[other.key] = Annotated[float | None, Field(description=said)]
    return types


def _scan_table() -> Any:
    text, day = str | None, _date_type()
    scan = _types_of(SCAN_FACTS)
    del scan["date"]  # of a case it has to be known
    optional = {
        **scan,
        "modality": Literal["CT", "MR"] | None,
        "after": Procedure | None,
        "after_date": day | None,
        "embolised": str | list[str] | None,
        "weight_kg": float | None,
        "inputs": list[str] | None,
        **dict.fromkeys((*ROLES, "image", "scheme"), text),
        "labels": dict[str, str] | None,
        "resample": Literal["nearest"] | None,
        "one_patient": bool,
        "same_grid": bool,
    }
    return _table("Scan", {"date": day}, optional)


@cache
def _tables() -> dict[str, Any]:
    text, intent = str | None, Intent | None
    vessels = list[str] | None
    plan = {"name": text, "intent": intent, "preserve": vessels, "reconstruct": vessels}
    staged = {
        "name": text,
        "clear": text,
        "embolised": str | list[str] | None,
        "partition": text,
        "intent": intent,
    }
    function = {
        **dict.fromkeys(TEST_VALUES, float | None),
        "image": text,
        "kind": FunctionKind | None,
    }
    return {
        "patient": _table("Patient", {}, _types_of(PATIENT_FACTS)),
        "scan": _scan_table(),
        "plan": _table("Plan", {"removes": str}, plan),
        "staged_plan": _table("StagedPlan", {"technique": Technique, "removes": str}, staged),
        "function": _table("FunctionTest", {"date": _date_type()}, function),
    }


@cache
def _model() -> type[BaseModel]:
    from pydantic import ConfigDict, create_model

    tables = _tables()
    optional: dict[str, Any] = {
        name: (tables[name], None) if name == "patient" else (GenericAlias(list, (tables[name],)), [])
        for name in ("patient", "plan", "staged_plan", "function")
    }
    optional["accept"] = (list[str], [])
    optional["vessels_count"] = (VesselsCount | None, None)
    required: dict[str, Any] = {"id": (str, ...), "scan": (GenericAlias(list, (tables["scan"],)), ...)}
    model: type[BaseModel] = create_model(
        "Case", __config__=ConfigDict(extra="forbid", strict=True), **required, **optional
    )
    return model


def _case(table: Mapping[str, Any], folder: Path) -> Case:
    plans = [_numbered("plan", n, _plan, row) for n, row in enumerate(table.get("plan", ()), 1)]
    staged = [
        _numbered("staged_plan", n, _staged, row) for n, row in enumerate(table.get("staged_plan", ()), 1)
    ]
    scans = [_numbered("scan", n, _scan, row, folder) for n, row in enumerate(table["scan"], 1)]
    tests = [
        _numbered("function", n, _test, row, folder) for n, row in enumerate(table.get("function", ()), 1)
    ]
    return Case(
        id=table["id"],
        patient=_patient(table.get("patient") or {}),
        scans=tuple(scans),
        plans=tuple(plans),
        staged_plans=tuple(staged),
        tests=tuple(tests),
        accepted=split_acceptances(table.get("accept", ())),
        vessels_count=table.get("vessels_count"),
    )


def _numbered(name: str, number: int, make: Any, *arguments: Any) -> Any:
    try:
        return make(*arguments)
    except FLRError as error:
        raise type(error)(f"[[{name}]] {number}: {error}") from error


def _patient(row: Mapping[str, Any]) -> Patient:
    return Patient(**_stated(row, PATIENT_FACTS))


def _stated(row: Mapping[str, Any], facts: Iterable[Fact]) -> dict[str, Any]:
    """The facts that a table of the case states, by key; words are taken as they are on the command line."""
    stated: dict[str, Any] = {}
    for fact in taken_by("case", facts):
        value = row.get(fact.key)
        if isinstance(value, list):
            stated[fact.key] = tuple(fact.spelled(word) for word in value)
        elif value is not None:
            stated[fact.key] = fact.spelled(value) if isinstance(value, str) else value
        for other in fact.other_units:
            if row.get(other.key) is None:
                continue
            if fact.key in stated:
                raise PatientError(f"{fact.key} and {other.key} are both given; give one")
            stated[fact.key] = fact.value_of(f"{row[other.key]!r} {other.unit}")
    return stated


def _plan(row: Mapping[str, Any]) -> Plan:
    plan = parse_plan(row["removes"], intent=row.get("intent") or "cure", name=row.get("name"))
    preserved, reconstructed = (
        [territory_name(name) for name in row.get(key) or ()] for key in ("preserve", "reconstruct")
    )
    return plan.with_vessels(preserved, reconstructed)


def _staged(row: Mapping[str, Any]) -> StagedPlan:
    resection = parse_plan(row["removes"], intent=row.get("intent") or "cure")
    clear = row.get("clear")
    partition = row.get("partition")
    return StagedPlan(
        name=row.get("name") or f"{resection.name}, {row['technique']}",
        technique=row["technique"],
        resection=resection,
        clear=None if clear is None else parse_plan(clear, intent=resection.intent),
        embolised=_parts(row.get("embolised")),
        partition=None if partition is None else _plane(partition),
    )


def _plane(text: str) -> Plane:
    cuts = parse_plan(text).cuts
    if len(cuts) != 1 or not isinstance(cuts[0], Plane):
        raise ReadError(f"partition = {text!r}; expected one plane, such as plane(0, 0, 0, 1, 0, 0)")
    return cuts[0]


def _parts(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """Part keys from ``"5678"`` or ``["5", "6"]``."""
    if given is None:
        return ()
    text = given if isinstance(given, str) else ",".join(given)
    bare = text.replace(" ", "").replace(",", "")
    cuts = parse_plan(f"H{bare}" if bare.isalnum() and bare[:1].isdigit() else text).cuts
    if len(cuts) != 1 or not isinstance(cuts[0], Parts):
        raise ReadError(f"embolised = {text!r}; expected whole segments, such as 5678")
    return cuts[0].names


def _scan(row: Mapping[str, Any], folder: Path) -> Scan:
    tumours = row.get("tumours")
    none = tumours is not None and tumours.casefold() == "none"
    roles = {
        role: _file(row[role], role, folder)
        for role in ROLES
        if row.get(role) is not None and not (role == "tumours" and none)
    }
    image = row.get("image")
    return Scan(
        **_stated(row, SCAN_FACTS),
        modality=row.get("modality"),
        after=row.get("after"),
        after_date=row.get("after_date"),
        embolised=_parts(row.get("embolised")),
        inputs=tuple(_file(name, "inputs", folder) for name in row.get("inputs") or ()),
        roles=roles,
        tumours_none=none,
        image=None if image is None else _file(image, "image", folder),
        scheme=_scheme(row.get("scheme"), folder),
        labels=row.get("labels") or {},
        resample=row.get("resample"),
        one_patient=row.get("one_patient") or False,
        same_grid=row.get("same_grid") or False,
        weight_kg=row.get("weight_kg"),
    )


def _test(row: Mapping[str, Any], folder: Path) -> FunctionTest:
    values = {key: value for key, value in row.items() if key != "image"}
    image = row.get("image")
    return FunctionTest(**values, image=None if image is None else _file(image, "image", folder))


def _scheme(name: str | None, folder: Path) -> str | None:
    """A known scheme by name, or a JSON file of the site's own."""
    if name is None or not name.casefold().endswith(".json"):
        return name
    return str(_file(name, "scheme", folder))


def _file(text: str, key: str, folder: Path) -> Path:
    """A file or folder that the case names, beside or below the case file.

    An absolute path says plainly where it leads and is taken; one that climbs out of the case's folder,
    or that a shell would have to expand, is refused.
    """
    if not text.strip() or "\0" in text:
        raise ReadError(f"{key} = {text!r}; expected the name of a file beside the case file")
    if text.startswith(("~", "$", "%")) or "://" in text:
        raise ReadError(
            f"{key} begins with {text[:1]!r} or names an address; nothing is expanded or fetched: "
            "give a path relative to the case file"
        )
    given = Path(text)
    if not given.is_absolute():
        depth = 0
        for step in given.parts:
            depth += -1 if step == ".." else 1
            if depth < 0:
                raise ReadError(
                    f"{key}: {given.name!r} lies outside the folder of the case file; keep the files of a "
                    "case together, or give an absolute path"
                )
    path = folder / given
    try:
        found = path.exists()
    except OSError as error:  # a name that no file system takes
        raise ReadError(f"{key}: the name cannot be a file's ({error.strerror})") from error
    if not found:
        raise ReadError(
            f"{key}: there is no file {given.name!r} where the case says; paths are relative to the case file"
        )
    return path
