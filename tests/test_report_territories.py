"""Pictures of territories and of tissue without blood supply."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import report_cases

from flr.assessment import assess_plans
from flr.documents.assessments import assessment_document
from flr.documents.base import to_json
from flr.documents.schema import check_document
from flr.io.read import read_liver
from flr.liver import Fate, Liver
from flr.palette import CONGESTED, DEVASCULARISED
from flr.patient import Patient
from flr.perfusion import planned_fates
from flr.pictures.plans import plan_pictures
from flr.pictures.territories import (
    territories_alternative,
    territories_png,
    territory_pictures,
)
from flr.plans import parse_plan
from flr.report.content import report_content
from flr.report.html import report_html
from flr.surfaces.solids import plan_solids

PATIENT = Patient(weight_kg=72, height_cm=171, condition="chemotherapy")


@pytest.fixture(scope="module", name="liver")
def sample_liver() -> Liver:
    folder = Path(__file__).resolve().parents[1] / "sample_data" / "baseline"
    return read_liver(
        folder / "segments.nii.gz", folder / "vessels.nii.gz", tumours=folder / "tumours.nii.gz"
    )


def test_slices_show_every_territory_where_it_lies(liver: Liver) -> None:
    portal, hepatic = territory_pictures(liver)
    assert (portal.kind, hepatic.kind) == ("portal", "hepatic")
    assert hepatic.names == ("RHV", "MHV", "LHV")
    axial = portal.slices[0].classes
    column = {n: np.nonzero(axial == portal.names.index(n) + 1)[1].mean() for n in ("RAPV", "LLPV")}
    assert column["RAPV"] < column["LLPV"]  # the patient's right is on the left
    assert len(set(portal.colours)) == len(portal.names)
    assert any(vessels.any() for vessels in portal.vessels)
    png = territories_png(portal)
    assert png.startswith(b"\x89PNG")
    assert png == territories_png(portal)
    assert "right anterior portal branch" in territories_alternative(portal)


def test_lost_tissue_is_drawn_flat_and_solid(liver: Liver) -> None:
    plan = parse_plan("H5678-MHV")
    fate = planned_fates(liver, plan)
    shown = plan_pictures(liver, plan)
    for value, lost in ((DEVASCULARISED, Fate.DEVASCULARISED), (CONGESTED, Fate.CONGESTED)):
        assert value in shown.present
        assert np.array_equal(shown.classes == value, fate == lost)
    keys = {solid.key for solid in plan_solids(liver, shown.classes)}
    assert {"remnant", "resected", "devascularised", "congested"} <= keys


def test_nothing_is_drawn_without_vessels() -> None:
    block = report_cases.block_liver()
    assert territory_pictures(block) == ()


def test_the_page_and_the_document_tell_the_range(liver: Liver) -> None:
    (result,) = assess_plans(liver, [parse_plan("H5678-MHV")], PATIENT)
    document = assessment_document(result)
    check_document(document)
    assert "NaN" not in to_json(document)
    block = document["perfusion"]
    ranges = block["ranges"]["flr_percent_of_measured"]
    assert ranges["low"] == document["measures"]["perfused_flr_percent_of_measured"]
    assert ranges["low"] < ranges["high"] < document["measures"]["flr_percent_of_measured"]
    assert {row["name"] for row in block["territories"]} >= {"RPV", "LPV", "RHV", "MHV", "LHV"}
    assert {row["name"]: row["outcome"] for row in block["vessels"]}["MHV"] == "resected"
    plan = report_content([result]).plans[0]
    anatomy = {row.label: row.value for row in plan.anatomy}
    assert "MHV resected" in anatomy["Without venous outflow"]
    assert any("if it recovers" in row.note for row in plan.shares)
    page = report_html([result], territories=territory_pictures(liver))
    assert "Territories of the untouched liver" in page
    assert "Without portal inflow" in page
