"""Results as documents and data frames: what ``to_dict``, ``to_json`` and ``to_frame`` of a result call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flr.assessment import Assessment
from flr.documents.assessments import assessment_document
from flr.documents.base import Document, finite, to_json
from flr.documents.csv import Cell, all_columns, assessment_row, flat_row
from flr.documents.donor import DonorPlanKeys, donor_document
from flr.documents.followup import FollowUpDocument, ScanKeys, followup_document
from flr.documents.search import SearchCandidate, search_document
from flr.documents.tables import data_frame
from flr.donor import DonorPlan
from flr.growth import FollowUp
from flr.labels import Tissue
from flr.liver import Fate, VolumeTable
from flr.plansearch import SearchResult

if TYPE_CHECKING:
    import pandas as pd


def document_of(result: Any, *, identify: bool) -> Document:
    """The one document that is published of a result. Raises TypeError where there is none."""
    match result:
        case Assessment():
            return assessment_document(result, identify)
        case FollowUp():
            return followup_document(result, identify=identify)
        case DonorPlan():
            return donor_document([result], identify=identify)
        case SearchResult():
            return search_document(result)
        case VolumeTable():
            return {"part_names": list(result.part_names), "cells": _cells(result)}
    raise TypeError(f"{type(result).__name__} has no document")


def json_of(result: Any, *, identify: bool) -> str:
    """The document as JSON text."""
    return to_json(document_of(result, identify=identify))


def frame_of(result: Any, *, identify: bool) -> pd.DataFrame:
    """A result as a data frame. Raises EnvironmentFailure if pandas is missing."""
    rows = _rows(result, identify)
    return data_frame(rows, all_columns(rows))


def _rows(result: Any, identify: bool) -> list[dict[str, Cell]]:
    match result:
        case Assessment():
            return [assessment_row(result, identify)]
        case FollowUp():
            return [_followup_row(document_of(result, identify=identify))]
        case DonorPlan():
            return [
                flat_row(row, DonorPlanKeys) for row in donor_document([result], identify=identify)["plans"]
            ]
        case SearchResult():
            return [flat_row(row, SearchCandidate) for row in search_document(result)["candidates"]]
        case VolumeTable():
            return _cells(result)
    raise TypeError(f"{type(result).__name__} has no table")


def _followup_row(document: Document) -> dict[str, Cell]:
    """One row; a scan's columns begin with ``scans.`` and its number."""
    row = flat_row(document, FollowUpDocument)
    for scan in document["scans"]:
        row |= {f"scans.{scan['number']}.{name}": value for name, value in flat_row(scan, ScanKeys).items()}
    return row


def _cells(table: VolumeTable) -> list[dict[str, Cell]]:
    """A row for each part, tissue and fate, those without any voxel included; they sum to the total."""
    return [
        {
            "part": part,
            "tissue": tissue.name.lower(),
            "fate": fate.name.lower(),
            "ml": finite(float(table.ml[row, tissue, fate])),
            "voxels": int(table.voxels[row, tissue, fate]),
        }
        for row, part in enumerate(table.part_names)
        for tissue in Tissue
        for fate in Fate
    ]
