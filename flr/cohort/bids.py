"""Results of a cohort as BIDS derivatives."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from flr.cohort.ledger import Entry, Record, entry_of, read_record
from flr.cohort.manifest import CaseRow
from flr.cohort.run import merge
from flr.cohort.summary import QUANTITIES, SUMMARY_NAME, Summary
from flr.cohort.tables import TABLE_NAMES
from flr.documents.assessments import ASSESSMENTS_SCHEMA
from flr.documents.base import to_json
from flr.errors import ReadError, UsageError
from flr.facts import SCAN_FACTS, Fact, taken_by
from flr.files import atomic_path, read_text, write_text
from flr.version import VERSION

BIDS_VERSION: Final = "1.9.0"
LEDGER_NAME: Final = "cohort"
"""Folder of the ledger inside the derivatives; ``.bidsignore`` leaves it out."""

TABLE_NAME: Final = "desc-flr_cases.tsv"
PAGE_NAME: Final = "desc-flr_summary.html"

_MOST_BYTES = 4 << 20
_SUBJECT = re.compile(r"sub-([A-Za-z0-9+]+)")
_SESSION = re.compile(r"_ses-([A-Za-z0-9+]+)")


def participants(rows: Sequence[CaseRow], labels: Iterable[str]) -> tuple[CaseRow, ...]:
    """The cases of some participants, named with or without ``sub-``; all cases where none is named.

    Raises
    ------
    UsageError
        If a participant has no case.
    """
    wanted = {label.removeprefix("sub-") for label in labels}
    if not wanted:
        return tuple(rows)
    unknown = sorted(wanted - {_subject(row.case_id) for row in rows})
    if unknown:
        raise UsageError(
            f"no segmentation is there for participant {', '.join(unknown)}; check --participant-label"
        )
    return tuple(row for row in rows if _subject(row.case_id) in wanted)


def write_description(bids_dir: Path, out_dir: Path) -> None:
    """Write ``dataset_description.json`` and ``.bidsignore`` of the derivatives.

    Raises
    ------
    ReadError
        If the description of the source dataset is no JSON.
    EnvironmentFailure
        If the folder cannot be written.
    """
    source = _description(bids_dir)
    name = source.get("Name") or "liver segmentations"
    description: dict[str, object] = {
        "Name": f"Future liver remnant volumetry of {name}",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "flr", "Version": VERSION}],
    }
    if isinstance(source.get("DatasetDOI"), str):
        description["SourceDatasets"] = [{"DOI": source["DatasetDOI"]}]
    write_text(out_dir / "dataset_description.json", to_json(description))
    write_text(out_dir / ".bidsignore", f"{LEDGER_NAME}/\n{PAGE_NAME}\n")


def write_participants(rows: Sequence[CaseRow], out_dir: Path) -> None:
    """Write the assessments of cases that are done, one JSON file each, where BIDS expects derivatives.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written.
    """
    for row in rows:
        record = read_record(out_dir / LEDGER_NAME, entry_of(row))
        path = participant_path(out_dir, row.case_id)
        if record is None or record.head.status == "failed":
            path.unlink(missing_ok=True)  # what an earlier run wrote there is no longer true
        else:
            write_text(path, _participant(record))


def participant_path(out_dir: Path, case_id: str) -> Path:
    """Where the assessments of a case lie.

    >>> participant_path(Path("d"), "sub-01_ses-2").as_posix()
    'd/sub-01/ses-2/anat/sub-01_ses-2_desc-flr_assessments.json'
    """
    session = _SESSION.search(case_id)
    folder = out_dir / f"sub-{_subject(case_id)}"
    if session:
        folder /= f"ses-{session[1]}"
    return folder / "anat" / f"{case_id}_desc-flr_assessments.json"


def write_group(rows: Sequence[CaseRow], out_dir: Path) -> Summary:
    """Write the table of all cases, tab-separated with its dictionary of columns, and the summary page.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written.
    """
    ledger = out_dir / LEDGER_NAME
    entries: list[Entry] = [entry_of(row) for row in rows]
    ledger.mkdir(parents=True, exist_ok=True)
    summary = merge(ledger, entries=entries)
    columns = _as_tsv(ledger / TABLE_NAMES["csv"], out_dir / TABLE_NAME)
    write_text(out_dir / TABLE_NAME.replace(".tsv", ".json"), to_json(_dictionary(columns)))
    write_text(out_dir / PAGE_NAME, (ledger / SUMMARY_NAME).read_text(encoding="utf-8"))
    return summary


def _as_tsv(table: Path, path: Path) -> list[str]:
    """The table as BIDS wants it: tabs, and n/a for what is not known."""
    with (
        table.open(encoding="utf-8", newline="") as given,
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        reader = csv.reader(given)
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        columns = next(reader)
        writer.writerow(columns)
        for row in reader:
            writer.writerow([" ".join(cell.split()) or "n/a" for cell in row])
    return columns


def _dictionary(columns: Sequence[str]) -> dict[str, dict[str, str]]:
    """What the columns are, for those whose name alone does not tell."""
    known = {
        "case_id": {"Description": "Subject, session and what else tells one segmentation from another"},
        "status": {"Description": "done, failed or pending"},
        "reason": {"Description": "Why a case failed"},
        "flag": {"Description": "Flag for a multidisciplinary team; it measures and flags, it never decides"},
        **{fact.column: _described(fact) for fact in taken_by("manifest", SCAN_FACTS)},
        **{path: {"Description": name, "Units": unit} for path, (name, unit) in QUANTITIES.items()},
    }
    return {name: known[name] for name in columns if name in known}


def _described(fact: Fact) -> dict[str, str]:
    return {"Description": fact.label} | ({"Units": fact.unit} if fact.unit else {})


def _participant(record: Record) -> str:
    return to_json({"schema": ASSESSMENTS_SCHEMA, "assessments": record.documents()})


def _description(bids_dir: Path) -> dict[str, object]:
    path = bids_dir / "dataset_description.json"
    if not path.is_file():
        return {}
    text = read_text(path, expected="the description of a BIDS dataset in JSON", most_bytes=_MOST_BYTES)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path.name} is no JSON; a BIDS dataset describes itself there") from error
    return content if isinstance(content, dict) else {}


def _subject(case_id: str) -> str:
    found = _SUBJECT.match(case_id)
    return found[1] if found else ""
