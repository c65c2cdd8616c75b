"""Plans from files: our JSON, 3D Slicer markups, Slicer-Liver surfaces; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planning import block_liver

from flr.errors import PlanError, ReadError
from flr.geometry import Grid
from flr.io.markups import (
    plan_model,
    plan_of,
    plan_schema,
    read_markups,
    read_plan,
    read_vanished,
    write_plan,
)
from flr.plans import BezierPatch, MaskCut, Plan, Plane, ThinPlate, fates, parse_plan


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def slicer_plane(system: str = "LPS", **changes: Any) -> dict[str, Any]:
    """A plane as Slicer 5 saves it: RAS centre (10, -20, 30), RAS normal (0.6, 0, 0.8)."""
    turn = np.array([-1.0, -1.0, 1.0]) if system == "LPS" else np.ones(3)
    centre, z = np.array([10.0, -20.0, 30.0]) * turn, np.array([0.6, 0.0, 0.8]) * turn
    y = np.array([0.0, 1.0, 0.0]) * turn
    x = np.array([0.8, 0.0, -0.6]) * turn
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = np.stack([x, y, z], axis=1), centre
    plane = {
        "type": "Plane",
        "coordinateSystem": system,
        "coordinateUnits": "mm",
        "planeType": "pointNormal",
        "center": centre.tolist(),
        "normal": z.tolist(),
        "objectToBase": np.eye(4).ravel().tolist(),
        "baseToNode": matrix.ravel().tolist(),
        "orientation": matrix[:3, :3].ravel().tolist(),
        "controlPoints": [
            {"id": "1", "label": "P-1", "position": centre.tolist(), "positionStatus": "defined"}
        ],
    }
    plane.update(changes)
    return {
        "@schema": "markups-schema-v1.0.3.json#",
        "markups": [{k: v for k, v in plane.items() if v is not None}],
    }


@pytest.mark.parametrize("system", ["LPS", "RAS"])
def test_a_slicer_plane_is_the_same_in_either_system(tmp_path: Path, system: str) -> None:
    plan = read_plan(write(tmp_path / "cut.mrk.json", slicer_plane(system)))
    (plane,) = plan.cuts
    assert isinstance(plane, Plane)
    assert plane.origin_mm == (10.0, -20.0, 30.0)
    assert plane.unit_normal == pytest.approx([0.6, 0.0, 0.8])
    assert parse_plan(plan.notation).cuts == plan.cuts
    liver = block_liver(tumours=())
    behind = read_plan(tmp_path / "cut.mrk.json", side="back")
    both = (fates(liver, plan) == 1).astype(int) + (fates(liver, behind) == 1)
    np.testing.assert_array_equal(both, liver.parts > 0)


def test_older_planes_say_their_normal_in_other_ways(tmp_path: Path) -> None:
    for changes in (
        {"normal": None},
        {"normal": None, "baseToNode": None},
        {"normal": None, "orientation": None},
        {
            **dict.fromkeys(("normal", "orientation", "baseToNode", "center")),
            "controlPoints": [
                {"position": p} for p in ([-10.0, 20.0, 30.0], [-10.8, 20.0, 29.4], [-10.0, 19.0, 30.0])
            ],
        },
    ):
        plan = read_plan(write(tmp_path / "cut.mrk.json", slicer_plane(**changes)))
        (plane,) = plan.cuts
        assert isinstance(plane, Plane)
        assert plane.origin_mm == (10.0, -20.0, 30.0)
        assert abs(plane.unit_normal @ np.array([0.6, 0.0, 0.8])) == pytest.approx(1.0)


def points(kind: str, *positions: tuple[float, float, float], **changes: Any) -> dict[str, Any]:
    listed = [{"label": f"{kind}-{n}", "position": list(p)} for n, p in enumerate(positions, start=1)]
    return {
        "markups": [
            {"type": kind, "coordinateSystem": "LPS", "name": "cut", "controlPoints": listed, **changes}
        ]
    }


def test_a_curve_becomes_a_surface_and_points_become_vanished_metastases(tmp_path: Path) -> None:
    curve = write(tmp_path / "line.mrk.json", points("Curve", (1, 2, 3), (40, 2, 3), (1, 50, 9)))
    (cut,) = read_plan(curve, side="front").cuts
    assert cut == ThinPlate(((-1.0, -2.0, 3.0), (-40.0, -2.0, 3.0), (-1.0, -50.0, 9.0)), "front", "cut")
    listed = write(tmp_path / "seeds.mrk.json", points("Fiducial", (1, 2, 3), (4, 5, 6)))
    first, second = read_vanished(listed, 6.0)
    assert (first.name, first.centre_mm, first.radius_mm) == ("Fiducial-1", (-1.0, -2.0, 3.0), 6.0)
    assert second.centre_mm == (-4.0, -5.0, 6.0)
    with pytest.raises(PlanError, match="cuts nothing"):
        read_plan(listed)
    with pytest.raises(PlanError, match="no point list"):
        read_vanished(curve, 6.0)
    undefined = points("Fiducial", (1, 2, 3))
    undefined["markups"][0]["controlPoints"][0]["positionStatus"] = "undefined"
    with pytest.raises(PlanError, match="no defined control point"):
        read_markups(write(tmp_path / "none.mrk.json", undefined))


def lrp(version: int = 3, n: int = 4, **changes: Any) -> dict[str, Any]:
    places = np.linspace(-90.0, 90.0, n)
    grid = [[x, y, 12.0] for x in places for y in places]
    document = {
        "schemaVersion": version,
        "surfaceType": "Bezier",
        "state": "Planning",
        "initMode": "SlicingPlane",
        "rows": n,
        "cols": n,
        "controlGrid": [v for point in grid for v in point],
        "metadata": {},
    }
    document.update(changes)
    return {k: v for k, v in document.items() if v is not None}


def test_a_slicer_liver_surface_is_ras_and_row_by_row(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path / "Plan-A.lrp.json", lrp(n=3)), side="front")
    (patch,) = plan.cuts
    assert isinstance(patch, BezierPatch)
    assert [len(row) for row in patch.control_mm] == [3, 3, 3]
    assert patch.control_mm[1][2] == (0.0, 90.0, 12.0)
    liver = block_liver(tumours=())
    np.testing.assert_array_equal(
        fates(liver, plan) == 1, fates(liver, parse_plan("plane(0, 0, 12, 0, 0, 1)")) == 1
    )
    first = lrp(1, rows=None, cols=None, surfaceType=None)
    assert read_plan(write(tmp_path / "old.lrp.json", first)).cuts[0] == BezierPatch(
        read_plan(write(tmp_path / "new.lrp.json", lrp())).cuts[0].control_mm,
        "tumour",
        "old",  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize(
    ("name", "document", "says"),
    [
        ("a.mrk.json", slicer_plane(coordinateSystem="IJK"), "expected LPS or RAS"),
        ("a.mrk.json", slicer_plane(coordinateUnits="um"), "expected mm"),
        ("a.mrk.json", slicer_plane(normal=[1.0, 0.0, 0.0]), "different normals"),
        ("a.mrk.json", slicer_plane(normal=[0.0, 0.0]), "expected 3 numbers"),
        ("a.mrk.json", slicer_plane(type="ROI"), "type 'ROI'"),
        ("a.mrk.json", {"markups": []}, "no markups"),
        ("a.mrk.json", {"markups": [3]}, "no object"),
        ("a.lrp.json", lrp(9), "version 9"),
        ("a.lrp.json", lrp(surfaceType="NURBS"), "expected Bezier"),
        ("a.lrp.json", lrp(rows=5), "expected 60 numbers"),
        ("a.lrp.json", lrp(controlGrid=None), "expected 48 numbers"),
        ("a.json", {"schema": "flr-plan/9", "cuts": []}, "reads flr-plan/1"),
        ("a.json", {"schema": "flr-plan/1", "name": "x", "cuts": []}, "cuts"),
        (
            "a.json",
            {"schema": "flr-plan/1", "name": "x", "cut": [], "cuts": [{"type": "parts", "names": ["5"]}]},
            "cut",
        ),
        ("a.json", {"schema": "flr-plan/1", "name": "x", "cuts": [{"type": "saw"}]}, "cuts"),
        ("a.json", {"anything": 1}, "holds no plan"),
        ("a.json", [1, 2], "bare list"),
    ],
)
def test_what_is_no_plan_is_refused_with_what_would_fit(
    tmp_path: Path, name: str, document: Any, says: str
) -> None:
    with pytest.raises(PlanError, match=says):
        read_plan(write(tmp_path / name, document))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"missing\.json: no such file"):
        read_plan(tmp_path / "missing.json")
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(ReadError, match="no JSON"):
        read_plan(broken)
    broken.write_bytes(b"\xff\xfe{")
    with pytest.raises(ReadError, match="not UTF-8 text"):
        read_plan(broken)


def test_our_own_document_goes_round(tmp_path: Path, checkout: Path) -> None:
    text = "H4'67-MHV-B + flr + wedge(T3, 10) + ablate((1, 2.5, 3), 5) + plane(0, 0, 0, 1, 0.5, 0)"
    surface = BezierPatch(
        (((0.0, 0.0, 1.0), (0.0, 9.0, 1.0)), ((9.0, 0.0, 1.0), (9.0, 9.0, 2.0))), "back", "s"
    )
    plate = ThinPlate(((0.0, 0.0, 0.0), (9.0, 0.0, 1.0), (0.0, 9.0, 2.0)), "tumour", "p")
    parsed = parse_plan(text, intent="debulking", name="mine")
    plan = Plan("mine", "", (*parsed.cuts, surface, plate), "debulking", parsed.structures)
    liver = block_liver(tumours=())
    path = tmp_path / "plan.json"
    write_plan(path, plan, liver.grid)
    again = read_plan(path, liver=liver)
    assert (again.cuts, again.intent, again.name, again.structures) == (
        plan.cuts,
        plan.intent,
        plan.name,
        plan.structures,
    )
    published = json.loads((checkout / "docs" / "schemas" / "flr-plan-1.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(plan_schema()))
    plan_model().model_validate(json.loads(path.read_text(encoding="utf-8")))
    with pytest.raises(PlanError, match="beside the plan"):
        write_plan(
            path, Plan("m", "m", (MaskCut("m", np.ones((1, 1, 1), dtype=bool), Grid((1, 1, 1), np.eye(4))),))
        )


def test_a_plan_made_for_another_grid_is_refused(tmp_path: Path) -> None:
    liver, other = block_liver(tumours=()), block_liver(tumours=(), spacing_mm=(3.0, 4.1, 4.9))
    path = tmp_path / "plan.json"
    write_plan(path, parse_plan("plane(0, 0, 0, 1, 0, 0)"), liver.grid)
    assert read_plan(path, liver=liver).cuts
    with pytest.raises(PlanError, match="made for another grid"):
        read_plan(path, liver=other)


def test_a_plan_is_text_or_a_file(tmp_path: Path) -> None:
    assert plan_of("H5678").notation == "H5678"
    path = write(tmp_path / "cut.mrk.json", slicer_plane())
    assert plan_of(str(path), intent="debulking").intent == "debulking"
    (plane,) = plan_of(f"{path}:back").cuts
    assert isinstance(plane, Plane)
    assert plane.unit_normal == pytest.approx([-0.6, 0.0, -0.8])
