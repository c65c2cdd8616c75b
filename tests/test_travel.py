"""Results that travel: they pickle, copy and compare, and stay read-only where they arrive."""

from __future__ import annotations

import copy
import importlib
import json
import multiprocessing
import pickle
import pkgutil
import re
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import FrozenInstanceError, asdict, fields, is_dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from growing import case_of, liver_of, scan_at
from numpy.typing import NDArray
from planning import block_liver as planned_liver
from report_cases import PATIENT, block_case, block_liver, from_numbers
from test_house import FLOORS, TOP_COMPUTING_FLOOR
from test_perfusion import phantom, slab

import flr
import flr.errors
import flr.plans
from flr.assessment import Options
from flr.criteria import CRITERIA
from flr.documents import records
from flr.documents.assessments import assessment_document
from flr.documents.base import to_json
from flr.documents.csv import assessment_row
from flr.documents.followup import followup_document
from flr.documents.schema import check_document
from flr.documents.search import search_document
from flr.frozen import FrozenMapping, Record, read_only, same
from flr.function import FunctionImage
from flr.geometry import Grid
from flr.labels import load_schemes
from flr.patient import Patient
from flr.perfusion import perfused_remnant
from flr.plans import MaskCut, Plan, territories_of, trees_of, volumes
from flr.plans.staged import StagedPlan
from flr.uncertainty import assumed_errors

H5678 = flr.parse_plan("H5678")


def full_liver() -> flr.Liver:
    """With everything that a liver may hold."""
    liver = block_liver(image=True)
    vein = np.zeros(liver.grid.shape, dtype=bool)
    vein[2:5, 3:6, 2:9] = True
    finding = flr.QualityFinding("missing_slices", "warning", "a slice is missing")
    return replace(
        liver,
        vessels={"portal_vein": vein},
        drawn={"flr": liver.parts == 2, "resected": liver.parts > 4},
        quality=(finding,),
    )


def perfused() -> flr.Assessment:
    liver = phantom(tumour=True)
    return flr.assess(liver, slab(liver), PATIENT)


def perfused_volumes() -> Any:
    liver = phantom()
    return perfused_remnant(liver, slab(liver), volumes(liver, slab(liver)))


def uneven_grid() -> Grid:
    return Grid((2, 3, 4), np.diag([0.7, 1.1, 2.5, 1.0]), [2.5, 2.5, 5.0, 2.5])


def label_map() -> flr.LabelMap:
    grid = uneven_grid()
    voxels = np.arange(24, dtype=np.uint8).reshape(grid.shape) % 9
    return flr.LabelMap(voxels, grid, load_schemes()["couinaud_8"])


def followed() -> Any:
    case = case_of(scan_at(-4), scan_at(28, after="pve"))
    return flr.follow_up(case, [liver_of(11, 37), liver_of(14, 34)], H5678)


def drawn_plan() -> Plan:
    return slab(phantom())


def staged() -> Any:
    plan = StagedPlan(name="staged", technique="pve", resection=H5678)
    return flr.stage_by_stage(liver_of(9, 39, ((3, 2), (6, 4))), plan, PATIENT)


def donated() -> Any:
    donor = Patient(weight_kg=72, height_cm=171, condition="donor")
    return flr.donor_plan(liver_of(17, 31), H5678, donor, recipient_weight_kg=60)


RESULTS: dict[str, Callable[[], Any]] = {
    "grid": uneven_grid,
    "label map": label_map,
    "scheme": lambda: load_schemes()["couinaud_8"],
    "liver": full_liver,
    "liver in use": lambda: used(phantom(tumour=True)),
    "volume table": lambda: flr.measure(full_liver()),
    "patient": lambda: PATIENT,
    "plan": lambda: H5678,
    "plan of a mask": drawn_plan,
    "staged plan": lambda: StagedPlan(name="staged", technique="pve", resection=H5678),
    "tumours": lambda: flr.find_tumours(planned_liver()),
    "assessment": lambda: block_case(image=True)[2][0],
    "assessment of numbers": lambda: from_numbers(),
    "assessment with vessels": perfused,
    "options": lambda: Options(),
    "criterion": lambda: CRITERIA[0],
    "errors": lambda: assumed_errors(total_ml=1500.0, remnant_ml=400.0),
    "perfusion": perfused_volumes,
    "trees": lambda: trees_of(phantom()),
    "territories": lambda: territories_of(phantom(), trees_of(phantom()).trees[0], "first"),
    "function image": lambda: FunctionImage(
        np.ones((2, 3, 4), dtype=np.float32), Grid((2, 3, 4), np.eye(4)), "counts"
    ),
    "case": lambda: case_of(scan_at(-4), scan_at(28, after="pve")),
    "follow-up": followed,
    "search": lambda: flr.search(planned_liver()),
    "staged result": staged,
    "donor": donated,
}
"""Every kind of liver, plan and result that the library gives."""


@cache
def result(name: str) -> Any:
    return RESULTS[name]()


def used(liver: flr.Liver) -> flr.Liver:
    """With everything cached that is computed once."""
    assert liver.runs is liver.runs
    assert liver.plane_counts
    assert liver.part_centroids_mm
    flr.assess(liver, slab(liver), PATIENT)
    return liver


def arrays_of(value: Any) -> Iterator[NDArray[Any]]:
    """Every array that a value holds, whatever it is held in."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from arrays_of(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from arrays_of(item)
    elif is_dataclass(value):
        for field in fields(value):
            if field.compare:  # the others are caches
                yield from arrays_of(getattr(value, field.name))


WAYS: dict[str, Callable[[Any], Any]] = {
    **{
        f"pickle {n}": (lambda x, n=n: pickle.loads(pickle.dumps(x, n))) for n in (2, pickle.HIGHEST_PROTOCOL)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", RESULTS)
def test_a_copy_is_equal_and_as_read_only(name: str, way: str) -> None:
    original = result(name)
    there = WAYS[way](original)
    assert type(there) is type(original)
    assert there == original
    before, after = list(arrays_of(original)), list(arrays_of(there))
    assert [a.flags.writeable for a in after] == [a.flags.writeable for a in before]
    assert [a.dtype for a in after] == [a.dtype for a in before]


@pytest.mark.parametrize("name", [*RESULTS])
def test_equal_records_have_equal_hashes(name: str) -> None:
    if not isinstance(result(name), Record):
        return  # a result whose mappings are plain has no hash, as ever
    there = pickle.loads(pickle.dumps(result(name)))
    assert hash(there) == hash(result(name))
    assert {result(name): 1}[there] == 1


def test_only_what_is_not_cached_travels() -> None:
    liver = used(phantom(tumour=True))
    there = pickle.loads(pickle.dumps(liver))
    assert "runs" in vars(liver)
    assert "runs" not in vars(there)
    assert flr.measure(there) == flr.measure(liver)
    tumours = flr.find_tumours(liver)
    tumours.zone(tumours.tumours[0], 5.0)
    assert pickle.loads(pickle.dumps(tumours))._zones_by_margin_mm == {}
    assert pickle.loads(pickle.dumps(tumours)) == tumours


def test_what_arrives_gives_the_same_assessment() -> None:
    liver = full_liver()
    there = pickle.loads(pickle.dumps(liver))
    plan = pickle.loads(pickle.dumps(H5678))
    assert flr.assess(there, plan, PATIENT) == flr.assess(liver, H5678, PATIENT)


def test_a_liver_that_was_tampered_with_on_its_way_does_not_arrive() -> None:
    rebuild, (kind, values, _) = full_liver().__reduce__()
    with pytest.raises(flr.LabelError, match="shape"):
        rebuild(kind, {**values, "tissues": values["tissues"][1:].copy()}, ())
    with pytest.raises(flr.LabelError, match="only 1 are named"):
        rebuild(kind, {**values, "part_names": ("1",)}, ())


CHANGES: dict[str, Callable[[flr.Liver], flr.Liver]] = {
    "one voxel of a part": lambda x: replace(x, parts=bumped(x.parts, x.parts > 1)),
    "one voxel of a tissue": lambda x: replace(x, tissues=bumped(x.tissues, x.parts > 0)),
    "one voxel of a tumour": lambda x: replace(x, tumours=bumped(x.tumours, x.parts > 0)),
    "one voxel of a vessel": lambda x: replace(x, vessels={"portal_vein": ~x.vessels["portal_vein"]}),
    "the name of a vessel": lambda x: replace(x, vessels={"hepatic_vein": x.vessels["portal_vein"]}),
    "one more vessel": lambda x: replace(x, vessels={**x.vessels, "cava": x.vessels["portal_vein"]}),
    "a drawn plan": lambda x: replace(x, drawn={}),
    "no image": lambda x: replace(x, image=None),
    "the image": lambda x: replace(x, image=x.image + 1),
    "the grid": lambda x: replace(x, grid=Grid(x.grid.shape, np.diag([1.0, 1.0, 1.001, 1.0]))),
    "a finding": lambda x: replace(x, quality=()),
    "cut off": lambda x: replace(x, truncated=True),
    "tumour status": lambda x: replace(x, tumour_status="unknown"),
    "a fact of its source": lambda x: replace(x, source=replace(x.source, reviewed=not x.source.reviewed)),
}


def bumped(array: Any, where: Any) -> Any:
    """Another value in the first voxel of ``where``."""
    changed = array.copy()
    at = tuple(np.argwhere(where)[0])
    changed[at] = 1 if changed[at] != 1 else 2
    return changed


@pytest.mark.parametrize("change", CHANGES)
def test_livers_that_differ_are_not_equal(change: str) -> None:
    liver = full_liver()
    other = CHANGES[change](liver)
    assert liver != other
    assert other != liver


def test_other_results_that_differ_are_not_equal() -> None:
    table = flr.measure(full_liver())
    assert table != replace(table, ml=table.ml * 1.000001)
    assert table != replace(table, voxels=table.voxels + 1)
    assert table != "a table"
    grid = uneven_grid()
    assert grid != Grid(grid.shape, grid.index_to_world_mm)
    one, other = block_case()[2][:2]
    assert one != other
    assert one != replace(one, flag="adequate" if one.flag != "adequate" else "borderline")
    tumours = flr.find_tumours(planned_liver())
    assert tumours != replace(tumours, tumours=tumours.tumours[1:])
    moved = replace(tumours.tumours[0].zone, start=(0, 0, 0))
    assert tumours.tumours[0] != replace(tumours.tumours[0], zone=moved)
    plan = drawn_plan()
    cut = plan.cuts[0]
    assert isinstance(cut, MaskCut)
    assert plan != replace(plan, cuts=(replace(cut, voxels=~cut.voxels),))


def test_nothing_of_a_liver_can_be_written_to() -> None:
    for liver in (full_liver(), pickle.loads(pickle.dumps(full_liver()))):
        for array in arrays_of(liver):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
        with pytest.raises(TypeError):
            liver.vessels["portal_vein"] = liver.parts > 0
        with pytest.raises(FrozenInstanceError):
            liver.truncated = False


def test_the_caller_keeps_the_masks() -> None:
    liver = full_liver()
    mask = np.zeros(liver.grid.shape, dtype=bool)
    held = replace(liver, vessels={"portal_vein": mask})
    mask[0, 0, 0] = True  # a view, not a copy: as for the parts
    assert held.vessels["portal_vein"][0, 0, 0]


def test_a_result_as_plain_records() -> None:
    assessment = block_case()[2][0]
    assert asdict(assessment)["volumes"]["remnant_ml"] == assessment.volumes.remnant_ml


def _raised() -> list[flr.FLRError]:
    kinds = [
        kind
        for kind in vars(flr.errors).values()
        if isinstance(kind, type) and issubclass(kind, flr.FLRError)
    ]
    return [kind("segments are missing") for kind in kinds]


def test_errors_travel_with_their_message() -> None:
    for error in _raised():
        there = pickle.loads(pickle.dumps(error))
        assert type(there) is type(error)
        assert str(there) == str(error) == "segments are missing"


# --- another process --------------------------------------------------------------------------


def test_a_pool_of_processes_gives_the_same_assessments() -> None:
    liver, plans, expected = block_case()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(flr.assess, liver, plan, PATIENT, case_id="crlm-014") for plan in plans]
        refused = pool.submit(flr.assess, liver, "H99", PATIENT)
        assert [each.result() for each in waiting] == list(expected)
        with pytest.raises(flr.PlanError, match="H99"):
            refused.result()


# --- the mapping ------------------------------------------------------------------------------


def test_a_frozen_mapping_is_read_only() -> None:
    given = {"7": 60.0, "8": 40.0}
    held: Any = FrozenMapping(given)
    given["7"] = 0.0
    assert held["7"] == 60.0
    with pytest.raises(TypeError):
        held["7"] = 1.0
    with pytest.raises(TypeError):
        del held["7"]
    with pytest.raises(AttributeError, match="frozen"):
        held._items = {}
    with pytest.raises(AttributeError, match="frozen"):
        del held._items
    assert not hasattr(held, "update")


def test_a_frozen_mapping_is_a_mapping() -> None:
    held = FrozenMapping({"b": 1, "a": 2})
    assert list(held) == ["b", "a"]
    assert {**held} == dict(held) == held == {"a": 2, "b": 1}
    assert held != {"b": 1}
    assert held != {"b": 1, "a": 3}
    assert held != [("b", 1), ("a", 2)]
    assert "a" in held
    assert "c" not in held
    assert held.get("c") is None
    assert hash(held) == hash(FrozenMapping({"a": 2, "b": 1}))
    for way in WAYS.values():
        assert way(held) == held
        assert type(way(held)) is FrozenMapping


def test_what_is_the_same() -> None:
    nan = float("nan")
    assert same((nan, "x", None), (float("nan"), "x", None))
    assert not same((nan,), (0.0,))
    assert not same([1], (1,))
    assert not same(np.zeros(3), [0.0, 0.0, 0.0])
    assert not same(np.zeros(3), np.zeros((3, 1)))
    assert not same({"a": np.zeros(2)}, {"a": np.ones(2)})
    assert not same({"a": 1}, {"b": 1})
    assert same(read_only(np.array(["a"])), np.array(["a"]))


# --- every record of the house ----------------------------------------------------------------


def _records() -> Iterator[type]:
    for found in pkgutil.walk_packages(flr.__path__, "flr."):
        unit = found.name.split(".")[1]
        if FLOORS[unit] > TOP_COMPUTING_FLOOR:
            continue
        for kind in vars(importlib.import_module(found.name)).values():
            if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == found.name:
                yield kind


def _holds_an_array(hint: object) -> bool:
    arguments = typing.get_args(hint)
    return typing.get_origin(hint) is np.ndarray or hint is np.ndarray or any(map(_holds_an_array, arguments))


def test_records_that_hold_arrays_compare_by_content() -> None:
    unlike = [
        kind.__qualname__
        for kind in _records()
        if not kind.__name__.startswith("_")
        and any(_holds_an_array(hint) for hint in typing.get_type_hints(kind).values())
        and not (issubclass(kind, Record) and kind.__eq__ is Record.__eq__)
    ]
    assert unlike == []


def test_no_record_compares_by_identity() -> None:
    assert [k.__qualname__ for k in _records() if k.__eq__ is object.__eq__ and k.__name__[0] != "_"] == []


# --- documents and frames ---------------------------------------------------------------------

DOCUMENTED = ("assessment", "assessment of numbers", "assessment with vessels", "follow-up", "search")
"""Results that have a published document."""


def written(name: str) -> dict[str, Any]:
    """The document as the commands write it."""
    one = result(name)
    if name == "search":
        return search_document(one)
    return followup_document(one) if name == "follow-up" else assessment_document(one)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_dict_is_the_published_document(name: str) -> None:
    there = result(name).to_dict()
    assert there == written(name)
    assert json.loads(result(name).to_json()) == there
    assert result(name).to_json() == to_json(written(name))
    check_document(there)


@pytest.mark.parametrize("name", [*DOCUMENTED, "volume table"])
def test_a_dict_is_the_caller_s_own(name: str) -> None:
    given = result(name).to_dict()
    before = json.dumps(given)
    emptied(given)
    assert json.dumps(result(name).to_dict()) == before


def emptied(value: Any) -> None:
    """Take everything out of dicts and lists, from the inside."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            emptied(item)
        value.clear()


def test_what_identifies_is_left_out_unless_it_is_asked_for() -> None:
    old = from_numbers(patient=Patient(weight_kg=70, height_cm=170, age_years=93))
    assert old.to_dict()["patient"]["age_years"] is None
    assert "93" not in re.findall(r"\b\d+\b", json.dumps(old.to_dict()["patient"]))
    assert old.to_dict(identify=True)["patient"]["age_years"] == 93
    assert json.loads(old.to_json(identify=True))["patient"]["age_years"] == 93
    assert old.to_frame()["patient.age_years"].isna().all()
    assert old.to_frame(identify=True)["patient.age_years"].tolist() == [93]


def test_an_assessment_as_a_frame_is_its_row() -> None:
    assessment = result("assessment")
    frame = assessment.to_frame()
    assert frame.shape[0] == 1
    row = assessment_row(assessment)
    assert list(frame.columns) == list(row)
    for name, value in row.items():
        held = frame[name].iloc[0]
        assert pd.isna(held) if value is None else held == value
    numbers = result("assessment of numbers").to_frame()
    assert pd.isna(numbers["volumes_ml.resected"].iloc[0])  # not measured is never 0
    assert numbers["volumes_ml.tumour"].iloc[0] == 0.0


def test_frames_of_several_assessments_go_together() -> None:
    several = pd.concat([each.to_frame() for each in block_case()[2]], ignore_index=True)
    assert several["volumes_ml.remnant"].tolist() == [each.volumes.remnant_ml for each in block_case()[2]]


def test_a_follow_up_as_a_frame() -> None:
    frame = result("follow-up").to_frame()
    document = written("follow-up")
    assert frame.shape[0] == 1
    row = frame.iloc[0]
    for scan in document["scans"]:
        number = scan["number"]
        assert row[f"scans.{number}.volumes_ml.remnant"] == scan["volumes_ml"]["remnant"]
        assert row[f"scans.{number}.flag"] == scan["flag"]
    assert row["growth.degree_of_hypertrophy_pp"] == document["growth"]["degree_of_hypertrophy_pp"]
    assert row["flag"] == document["flag"]
    assert not [name for name in frame if isinstance(row[name], dict | list)]


def test_a_search_as_a_frame_has_a_row_per_plan() -> None:
    found = result("search")
    frame = found.to_frame()
    assert frame["plan"].tolist() == [candidate.plan.notation for candidate in found.candidates]
    assert frame["flr_ml"].tolist() == [candidate.flr_ml for candidate in found.candidates]
    assert frame["margins_mm.T1"].tolist() == [candidate.margins_mm["T1"] for candidate in found.candidates]
    assert frame["flag"].iloc[0] == found.candidates[0].assessment.flag


def test_a_volume_table_is_tidy() -> None:
    liver = phantom(tumour=True)
    table = flr.plans.volumes(liver, slab(liver))
    frame = table.to_frame()
    assert list(frame.columns) == ["part", "tissue", "fate", "ml", "voxels"]
    assert frame["ml"].sum() == pytest.approx(table.total_ml, rel=1e-12)
    assert frame["voxels"].sum() == table.voxels.sum()
    leaving = frame[frame["fate"] == "resected"]
    assert leaving["ml"].sum() == pytest.approx(table.resected_ml, rel=1e-12)
    assert frame[frame["tissue"] == "tumour"]["ml"].sum() == pytest.approx(table.tumour_ml, rel=1e-12)
    by_part = frame.groupby("part")["ml"].sum()
    assert by_part.to_dict() == pytest.approx(table.parts_ml)
    assert table.to_dict()["cells"] == frame.to_dict("records")
    assert table.to_dict()["part_names"] == list(table.part_names)
    json.loads(table.to_json())


@pytest.mark.parametrize("name", ["assessment", "volume table"])
def test_a_frame_without_pandas_names_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(flr.errors.EnvironmentFailure) as raised:
        result(name).to_frame()
    assert str(raised.value) == "a data frame needs pandas: pip install 'flr[tables]'"
    assert result(name).to_dict()


def test_something_else_has_no_document() -> None:
    with pytest.raises(TypeError, match="Patient has no document"):
        records.document_of(PATIENT, identify=False)
    with pytest.raises(TypeError, match="Patient has no table"):
        records.frame_of(PATIENT, identify=False)


def test_documents_are_loaded_when_they_are_asked_for() -> None:
    rooms = ("flr.report", "flr.documents")
    code = f"import sys, flr, flr.assessment; assert not any(m.startswith({rooms}) for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
