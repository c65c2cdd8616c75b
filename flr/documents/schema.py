"""JSON Schemas of all documents, made from the types of their records.

``python -m flr.documents.schema DIR`` writes them all into a folder; they are published in ``docs/schemas``
and installed as ``flr/schemas``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flr.documents.base import Keys, key_of, keys_present
from flr.errors import FLRError, UsageError
from flr.files import write_text

if TYPE_CHECKING:
    from pydantic import TypeAdapter

COMMAND: Final = "python -m flr.documents.schema docs/schemas"
"""What writes the published schemas anew."""


def schema_names() -> tuple[str, ...]:
    """Names of all documents that have a schema, as in their ``schema`` key."""
    return (*_records(), *_written_by_people())


def json_schema(name: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one kind of document.

    What this toolkit writes may hold keys that its schema does not know: a later version may add some. What
    people write (case files, plan files) may not, so that a misspelled key is found.

    Raises
    ------
    UsageError
        If there is no document of that name.
    """
    if name in _written_by_people():
        return _written_by_people()[name]()
    identity = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{name.replace('/', ':')}",
    }
    return {**identity, **_adapter(name).json_schema(mode="serialization", schema_generator=_generator(name))}


def check_document(document: Mapping[str, Any]) -> None:
    """Check a document against the record that its ``schema`` key names.

    Raises
    ------
    UsageError
        If it names none, lacks a key, or has a value that this key cannot have.
    """
    from pydantic import ValidationError

    name = str(document.get("schema"))
    try:
        record = _adapter(name).validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        faults = [(".".join(str(step) for step in first["loc"]), first["msg"])] * error.error_count()
    except FLRError as error:  # a value that its record refuses
        faults = [("a value", str(error))]
    else:
        faults = [(path, "the key is missing") for path in _lacking(record, document, _version(name))]
    if faults:
        where, what = faults[0]
        raise UsageError(
            f"the document is not {name}: {where}: {what}"
            f" ({len(faults)} such faults); was it written by another version?"
        )


def schema_file_name(name: str) -> str:
    """File that a schema is published in.

    >>> schema_file_name("flr-assessment/1")
    'flr-assessment-1.json'
    """
    return f"{name.replace('/', '-')}.json"


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into a folder and return the files."""
    written = []
    for name in schema_names():
        path = folder / schema_file_name(name)
        write_text(path, json.dumps(json_schema(name), indent=2, ensure_ascii=False) + "\n")
        written.append(path)
    return written


def main(argv: Sequence[str] | None = None) -> None:
    """Write every schema into the folder that the command names; a wrong call ends with exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m flr.documents.schema", description="Write the JSON Schemas of all documents."
    )
    parser.add_argument("folder", type=Path, help="the published ones are in docs/schemas")
    folder = parser.parse_args(argv).folder
    folder.mkdir(parents=True, exist_ok=True)
    write_schemas(folder)


@cache
def _records() -> Mapping[str, type]:
    """Every kind of document that this toolkit writes, by name."""
    from flr.documents import assessments, donor, followup, jobs, listing, search, structures, what_if

    return {
        "flr-assessment/1": assessments.AssessmentDocument,
        "flr-assessments/1": assessments.AssessmentsDocument,
        "flr-assessment/2": assessments.AssessmentDocument,
        "flr-assessments/2": assessments.AssessmentsDocument,
        "flr-followup/1": followup.FollowUpDocument,
        "flr-what-if/1": what_if.WhatIfDocument,
        "flr-donor/1": donor.DonorDocument,
        "flr-search/1": search.SearchDocument,
        "flr-volumes/1": structures.VolumesDocument,
        "flr-inspect/1": structures.InspectDocument,
        "flr-criteria/1": listing.CriteriaDocument,
        "flr-formulas/1": listing.FormulasDocument,
        "flr-schemes/1": listing.SchemesDocument,
        "flr-plans/1": listing.PlansDocument,
        "flr-export/1": jobs.ExportDocument,
        "flr-pacs-fetch/1": jobs.FetchDocument,
        "flr-pacs-store/1": jobs.StoreDocument,
        "flr-pacs-watch/1": jobs.WatchDocument,
        "flr-cohort/1": jobs.CohortDocument,
        "flr-cohort-part/1": jobs.PartDocument,
        "flr-cohort-manifest/1": jobs.ManifestDocument,
        "flr-cohort-agreement/1": jobs.AgreementDocument,
        "flr-cohort-changes/1": jobs.ChangesDocument,
        "flr-replay/1": jobs.ReplayDocument,
        "flr-selftest/1": jobs.SelfTestDocument,
    }


@cache
def _written_by_people() -> Mapping[str, Callable[[], dict[str, Any]]]:
    """Schemas of what people write, by name; their readers refuse unknown keys."""
    from flr.io.case import CASE_SCHEMA, case_schema
    from flr.io.markups import PLAN_SCHEMA, plan_schema
    from flr.io.site_file import SITE_SCHEMA, site_schema

    return {CASE_SCHEMA: case_schema, PLAN_SCHEMA: plan_schema, SITE_SCHEMA: site_schema}


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    records = _records()
    if name not in records:
        raise UsageError(f"no document is called {name!r}; expected one of {', '.join(schema_names())}")
    return TypeAdapter(records[name])


def _version(name: str) -> int:
    return int(name.rpartition("/")[2])


def _generator(name: str) -> Any:
    from pydantic.json_schema import GenerateJsonSchema

    class Generator(GenerateJsonSchema):
        """Keys without titles and defaults; all of them required that every document of this version has."""

        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

        def default_schema(self, schema: Any) -> Any:
            return self.generate_inner(schema["schema"])

        def dataclass_schema(self, schema: Any) -> Any:
            made = super().dataclass_schema(schema)
            kind = schema["cls"]
            made["required"] = list(keys_present(kind, _version(name)))
            for key, words in (kind.choices if issubclass(kind, Keys) else {}).items():
                made["properties"][key] = {"anyOf": [{"enum": [*words], "type": "string"}, {"type": "null"}]}
            if "description" in made:
                made["description"] = " ".join(made["description"].partition("\n\n")[0].split())
            return made

    return Generator


def _lacking(record: object, document: Any, version: int, path: str = "") -> Iterator[str]:
    """Dotted paths of the keys that a document lacks, though their fields have a default in Python.

    Records of the lower floors may grow: what an earlier document does not say has its default.
    """
    if is_dataclass(record) and isinstance(document, Mapping):
        needed = keys_present(type(record), version) if isinstance(record, Keys) else ()
        for one in fields(record):
            key = key_of(one.name)
            where = f"{path}.{key}" if path else key
            if key in document:
                yield from _lacking(getattr(record, one.name), document[key], version, where)
            elif key in needed:
                yield where
    elif isinstance(record, Mapping) and isinstance(document, Mapping):
        for key in record.keys() & document.keys():
            yield from _lacking(record[key], document[key], version, f"{path}.{key}")
    elif isinstance(record, tuple) and isinstance(document, Sequence) and not isinstance(document, str):
        for number, (inner, given) in enumerate(zip(record, document, strict=False)):
            yield from _lacking(inner, given, version, f"{path}.{number}")


if __name__ == "__main__":
    main()
