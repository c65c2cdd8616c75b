"""Plans from files: our own JSON, 3D Slicer markups and Slicer-Liver resection surfaces.

Positions become RAS+ millimetres here. Slicer writes LPS unless it says otherwise (markups schema 1.0);
Slicer-Liver writes RAS (``.lrp.json``, schema versions 1 to 3).
"""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from flr.errors import PlanError, ReadError
from flr.files import input_file, read_text, write_text
from flr.geometry import Grid
from flr.liver import Fate, Liver
from flr.plans import (
    SIDES,
    BezierPatch,
    Cut,
    DrawnRemnant,
    DrawnResection,
    Intent,
    PartOf,
    Parts,
    Plan,
    Plane,
    Side,
    Split,
    ThinPlate,
    Wedge,
    ablation,
    offset_on_lattice,
    parse_plan,
)
from flr.plans.notation import without_vessel_terms
from flr.plans.plan import with_splits
from flr.plans.territory import territory_name
from flr.tumours import Point, Vanished

PLAN_SCHEMA = "flr-plan/1"

MarkupKind = Literal["plane", "curve", "points"]

_MOST_BYTES = 64 << 20
_LRP_VERSIONS = (1, 2, 3)
_TURNED_COSINE = 0.9998  # about one degree


@dataclass(frozen=True, slots=True)
class Markup:
    """One markup of a ``.mrk.json`` file.

    Parameters
    ----------
    kind : {"plane", "curve", "points"}
    name : str
    points_mm : tuple of points
        Control points; for a plane its origin alone. RAS.
    labels : tuple of str
        One per point, as far as the file names them.
    normal : tuple of float, optional
        Of a plane. RAS.
    """

    kind: MarkupKind
    name: str
    points_mm: tuple[Point, ...]
    labels: tuple[str, ...] = ()
    normal: Point | None = None


def file_and_side(text: str) -> tuple[Path, Side | None] | None:
    """The path of a plan that is a file, and which side leaves; None for a plan in words."""
    path, _, side = text.strip().rpartition(":")
    for known in SIDES:
        if side == known and path.casefold().endswith(".json"):
            return Path(path), known
    return (Path(text.strip()), None) if text.strip().casefold().endswith(".json") else None


def plan_of(text: str, *, intent: Intent = "cure", liver: Liver | None = None) -> Plan:
    """A plan from text, or from the file that the text names.

    Parameters
    ----------
    text : str
        What :func:`flr.plans.parse_plan` reads, or a path that ends with ``.json``; ``:front``, ``:back`` or
        ``:tumour`` after it says which side of a surface leaves, ``+ preserve(RPPV)`` and
        ``+ reconstruct(MHV)`` what becomes of a vessel.
    intent, liver
        As in :func:`read_plan`.
    """
    alone, vessels = without_vessel_terms(text)
    if (named := file_and_side(alone)) is not None:
        path, side = named
        plan = read_plan(path, intent=intent, side=side, liver=liver)
        given = path.name + (f":{side}" if side else "")
        plan = replace(plan, given=given, files=(input_file(path),))
        return plan.with_vessels(vessels.preserved, vessels.reconstructed)
    return parse_plan(text, intent=intent)


def read_plan(
    path: Path, *, intent: Intent = "cure", side: Side | None = None, liver: Liver | None = None
) -> Plan:
    """Read a plan from ``.mrk.json`` (3D Slicer), ``.lrp.json`` (Slicer-Liver) or our own JSON.

    Parameters
    ----------
    path : Path
    intent : {"cure", "debulking"}
        Where the file does not say.
    side : {"front", "back", "tumour"}, optional
        Which side of a surface leaves, which Slicer's files do not say; by default the one that holds all
        tumour. A plane of Slicer removes what its normal points to, unless ``"back"`` is asked for.
    liver : Liver, optional
        A plan that says for which grid or for which liver it was made must fit it.

    Raises
    ------
    ReadError
        If the file cannot be read, or is no JSON.
    PlanError
        If it holds no plan, has an unknown coordinate system or version, or was made for another grid or
        liver.
    """
    path = Path(path)
    document = _json(path)
    name = path.name.casefold()
    if name.endswith(".lrp.json") or "controlGrid" in document:
        cuts: tuple[Cut, ...] = (_lrp_surface(document, path.name, side or "tumour"),)
    elif "markups" in document:
        cuts = tuple(_cut_of(markup, path.name, side) for markup in _markups(document, path.name))
    elif str(document.get("schema", "")).startswith("flr-plan/"):
        return _own_plan(document, path.name, liver)
    else:
        raise PlanError(
            f"{path.name} holds no plan: expected {PLAN_SCHEMA}, 3D Slicer markups (.mrk.json) or a"
            " Slicer-Liver surface (.lrp.json)"
        )
    texts = [_text(cut) for cut in cuts]
    return Plan(
        name=" + ".join(_title(cut) for cut in cuts), notation=" + ".join(texts), cuts=cuts, intent=intent
    )


def read_markups(path: Path) -> tuple[Markup, ...]:
    """Planes, curves and points of a ``.mrk.json`` file.

    Raises
    ------
    ReadError
        If the file cannot be read, or is no JSON.
    PlanError
        If it holds none, or one in an unknown coordinate system or unit.
    """
    path = Path(path)
    return _markups(_json(path), path.name)


def read_vanished(path: Path, radius_mm: float) -> tuple[Vanished, ...]:
    """Points of a ``.mrk.json`` file as metastases that are no longer seen.

    Parameters
    ----------
    path : Path
    radius_mm : float
        Of each. [mm]

    Raises
    ------
    ReadError, PlanError
        As :func:`read_markups`; and if it holds no points.
    """
    found = [markup for markup in read_markups(path) if markup.kind == "points"]
    if not found:
        raise PlanError(f"{path.name} holds no point list; save the metastases as a Slicer point list")
    points = [
        (label or f"V{n}", point)
        for markup in found
        for n, (point, label) in enumerate(
            zip(markup.points_mm, [*markup.labels, *[""] * len(markup.points_mm)], strict=False), start=1
        )
    ]
    return tuple(Vanished(label, point, radius_mm) for label, point in points)


def _json(path: Path) -> Mapping[str, Any]:
    text = read_text(path, expected="a plan or markups in JSON", most_bytes=_MOST_BYTES)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path.name} is no JSON file: {error}") from error
    if not isinstance(document, dict):
        raise PlanError(f"{path.name} holds no plan, but a bare {type(document).__name__}")
    return document


def _markups(document: Mapping[str, Any], source: str) -> tuple[Markup, ...]:
    listed = document.get("markups")
    if not isinstance(listed, list) or not listed:
        raise PlanError(f"{source} holds no markups; save planes, curves or points from 3D Slicer")
    return tuple(_markup(item, source) for item in listed)


def _markup(item: Any, source: str) -> Markup:
    if not isinstance(item, dict):
        raise PlanError(f"{source}: a markup that is no object; was the file edited by hand?")
    system = item.get("coordinateSystem", "LPS")
    if system not in ("LPS", "RAS"):
        raise PlanError(f"{source}: coordinate system {system!r}; expected LPS or RAS")
    unit = item.get("coordinateUnits", "mm")
    unit = unit[0] if isinstance(unit, list) and unit else unit
    if unit not in ("mm", "[mm]"):
        raise PlanError(f"{source}: coordinates in {unit!r}; expected mm: save it from Slicer in millimetres")
    turn = np.array([-1.0, -1.0, 1.0]) if system == "LPS" else np.ones(3)
    listed = item.get("controlPoints", [])
    points = [
        p
        for p in (listed if isinstance(listed, list) else [])
        if isinstance(p, dict) and p.get("positionStatus", "defined") == "defined"
    ]
    name = str(item.get("name") or source.split(".")[0])
    positions = tuple(_point(p.get("position"), turn, source) for p in points)
    match item.get("type"):
        case "Plane":
            return _plane(item, positions, turn, name, source)
        case "Curve" | "ClosedCurve":
            kind: MarkupKind = "curve"
        case "Fiducial":
            kind = "points"
        case other:
            raise PlanError(
                f"{source}: a markup of type {other!r}; expected Plane, Curve, ClosedCurve or a point list"
            )
    if not positions:
        raise PlanError(f"{source}: {name} has no defined control point")
    return Markup(kind, name, positions, tuple(str(p.get("label", "")) for p in points))


def _plane(
    item: Mapping[str, Any], points: Sequence[Point], turn: np.ndarray[Any, Any], name: str, source: str
) -> Markup:
    """A plane's origin and normal; where a file gives the normal in several ways they must agree."""
    given: dict[str, Point] = {}
    if "baseToNode" in item:
        given["baseToNode"] = _point(_numbers(item["baseToNode"], 16, source)[2:11:4], turn, source)
    if "orientation" in item:
        given["orientation"] = _point(_numbers(item["orientation"], 9, source)[2::3], turn, source)
    if "normal" in item:
        given["normal"] = _point(item["normal"], turn, source)
    if not given and len(points) >= 3:
        first, second = (np.array(points[n]) - np.array(points[0]) for n in (1, 2))
        x, y, z = np.cross(first, second)
        given["its points"] = (float(x), float(y), float(z))
    if not given:
        raise PlanError(f"{source}: plane {name} has no normal; save it again from 3D Slicer")
    directions = {key: np.array(value) for key, value in given.items()}
    lengths = {key: float(np.linalg.norm(value)) for key, value in directions.items()}
    if not min(lengths.values()) > 0.0:
        raise PlanError(f"{source}: plane {name} has a normal of length 0")
    units = [directions[key] / lengths[key] for key in directions]
    if any(float(unit @ units[0]) < _TURNED_COSINE for unit in units):
        raise PlanError(
            f"{source}: plane {name} has different normals in {' and '.join(given)}; was the file edited"
            " by hand?"
        )
    origin = item.get("center", item.get("origin"))
    if origin is not None:
        where = _point(origin, turn, source)
    elif points:
        where = points[0]
    else:
        raise PlanError(f"{source}: plane {name} has neither centre nor control point")
    return Markup(
        "plane",
        name,
        (where,),
        (),
        given[min(given, key=["normal", "orientation", "baseToNode", "its points"].index)],
    )


def _cut_of(markup: Markup, source: str, side: Side | None) -> Cut:
    if markup.kind == "plane" and markup.normal is not None:
        if side == "tumour":
            raise PlanError(
                f"{source}: a plane removes what its normal points to; ask for side front or back"
            )
        x, y, z = markup.normal
        return Plane(markup.points_mm[0], (-x, -y, -z) if side == "back" else (x, y, z))
    if markup.kind == "curve":
        return ThinPlate(markup.points_mm, side or "tumour", markup.name)
    raise PlanError(
        f"{source}: {markup.name} is a list of points, which cuts nothing; save a plane or a curve, or give"
        " the points as metastases that are no longer seen (flr search --vanished)"
    )


def _lrp_surface(document: Mapping[str, Any], source: str, side: Side) -> BezierPatch:
    version = document.get("schemaVersion")
    if version not in _LRP_VERSIONS:
        raise PlanError(
            f"{source}: Slicer-Liver schema version {version!r}; expected one of"
            f" {', '.join(map(str, _LRP_VERSIONS))}"
        )
    kind = document.get("surfaceType", "Bezier")
    if kind != "Bezier":
        raise PlanError(
            f"{source}: a surface of type {kind!r}; expected Bezier: save it as one in Slicer-Liver"
        )
    rows, columns = (document.get(key, 4) if version == 1 else document.get(key) for key in ("rows", "cols"))
    if not all(isinstance(n, int) and 2 <= n <= 16 for n in (rows, columns)):
        raise PlanError(
            f"{source}: a grid of {rows} by {columns} control points; expected for example 4 by 4"
        )
    assert isinstance(rows, int)
    assert isinstance(columns, int)
    flat = _numbers(document.get("controlGrid"), 3 * rows * columns, source)
    grid = np.array(flat).reshape(rows, columns, 3).tolist()
    return BezierPatch(
        tuple(tuple((p[0], p[1], p[2]) for p in row) for row in grid), side, source.split(".")[0]
    )


def _numbers(value: Any, n: int, source: str) -> list[float]:
    if (
        not isinstance(value, list)
        or len(value) != n
        or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
    ):
        raise PlanError(f"{source}: expected {n} numbers, found {_shown(value)}")
    return [float(v) for v in value]


def _point(value: Any, turn: np.ndarray[Any, Any], source: str) -> Point:
    x, y, z = np.array(_numbers(value, 3, source)) * turn
    return float(x), float(y), float(z)


def _shown(value: Any) -> str:
    return f"{len(value)} values" if isinstance(value, list) else repr(value)[:60]


def _text(cut: Cut) -> str:
    text: str = getattr(cut, "text", "")
    return text


def _title(cut: Cut) -> str:
    title: str = getattr(cut, "title", "")
    return title


# --- our own plan documents ---------------------------------------------------------------------


def plan_document(plan: Plan, grid: Grid | None = None, *, liver: Liver | None = None) -> dict[str, Any]:
    """A plan as ``flr-plan/1``.

    Parameters
    ----------
    plan : Plan
    grid : Grid, optional
        That the plan was made for; it is then refused for another one.
    liver : Liver, optional
        That the plan was made for; it is then refused for one that was read from other files.

    Raises
    ------
    PlanError
        If the plan holds a mask, which has no text.
    """
    return {
        "schema": PLAN_SCHEMA,
        "name": plan.name,
        "intent": plan.intent,
        "structures": list(plan.structures),
        "preserve": list(plan.preserved),
        "reconstruct": list(plan.reconstructed),
        "grid": None
        if grid is None
        else {"shape": list(grid.shape), "index_to_world_mm": grid.index_to_world_mm.tolist()},
        **({} if liver is None else {"liver_sha256": _hashes_of(liver)[0]}),
        "cuts": [*map(_cut_document, plan.cuts), *map(_split_document, plan.splits)],
    }


def write_plan(path: Path, plan: Plan, grid: Grid | None = None, *, liver: Liver | None = None) -> None:
    """Write a plan as ``flr-plan/1``, atomically."""
    text = json.dumps(plan_document(plan, grid, liver=liver), indent=2, ensure_ascii=False)
    write_text(path, text + "\n")


def _hashes_of(liver: Liver) -> tuple[str, ...]:
    """SHA-256 of the files that a liver was read from. Raises PlanError where it was read from none."""
    hashes = tuple(file.sha256 for file in liver.source.inputs)
    if not hashes:
        raise PlanError(
            "this liver was read from no file, so nothing says whether a plan was made for it (liver_sha256)"
        )
    return hashes


def _split_document(split: Split) -> dict[str, Any]:
    document: dict[str, Any] = {"type": "split", "segment": split.segment, "along": split.kind}
    if isinstance(split.along, Plane):
        document |= {"origin_mm": list(split.along.origin_mm), "normal": list(split.along.normal)}
    return document | ({} if split.side is None else {"side": split.side})


def _cut_document(cut: Cut) -> dict[str, Any]:
    match cut:
        case Parts():
            return {"type": "parts", "names": list(cut.names)}
        case PartOf() if cut.is_half:
            return {"type": "parts", "names": [cut.name]}
        case PartOf():
            return {"type": "part_of", "name": cut.name}
        case DrawnRemnant():
            return {"type": "drawn", "mask": "flr"}
        case DrawnResection():
            return {"type": "drawn", "mask": "resected"}
        case Plane():
            return {"type": "plane", "origin_mm": list(cut.origin_mm), "normal": list(cut.normal)}
        case Wedge():
            where = (
                {"tumour": cut.target} if isinstance(cut.target, str) else {"position_mm": list(cut.target)}
            )
            kind = "ablation" if cut.fate == Fate.ABLATED else "wedge"
            return {"type": kind, **where, "margin_mm": cut.margin_mm}
        case BezierPatch():
            rows = [[list(point) for point in row] for row in cut.control_mm]
            return {"type": "bezier", "name": cut.name, "side": cut.side, "control_mm": rows}
        case ThinPlate():
            points = [list(point) for point in cut.points_mm]
            return {"type": "thin_plate", "name": cut.name, "side": cut.side, "points_mm": points}
        case _:
            raise PlanError(
                f"a {type(cut).__name__} cannot be written as {PLAN_SCHEMA}; give the mask as a file"
                " beside the plan"
            )


def _own_plan(document: Mapping[str, Any], source: str, liver: Liver | None) -> Plan:
    from pydantic import ValidationError

    if document.get("schema") != PLAN_SCHEMA:
        raise PlanError(f"{source}: {document.get('schema')}; this version reads {PLAN_SCHEMA}")
    try:
        plan_model().model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise PlanError(f"{source} is not {PLAN_SCHEMA}: {where}: {first['msg']}") from error
    if liver is not None:
        _refuse_another(document, source, liver)
    splits = tuple(_split_of(cut, source) for cut in document["cuts"] if cut["type"] == "split")
    given = [_READERS[cut["type"]](cut) for cut in document["cuts"] if cut["type"] != "split"]
    if not given:
        raise PlanError(
            f"{source} removes nothing: a split divides a segment, of which a part has to leave beside it"
        )
    cuts = with_splits(given, splits, source)
    named = tuple(cut for cut in given if isinstance(cut, Parts))
    texts = [_text(cut) or _part_text(cut) for cut in given]
    extras = "".join(f"-{s}" for s in document.get("structures", ()))
    if extras and named:
        texts[given.index(named[0])] += extras
    return Plan(
        name=document["name"],
        notation=" + ".join([*texts, *(split.text for split in splits)]),
        cuts=cuts,
        intent=document.get("intent", "cure"),
        structures=tuple(document.get("structures", ())),
    ).with_vessels(
        [territory_name(name) for name in document.get("preserve", ())],
        [territory_name(name) for name in document.get("reconstruct", ())],
    )


def _refuse_another(document: Mapping[str, Any], source: str, liver: Liver) -> None:
    """Refuse a plan that was made for another grid, or for a liver that was read from other files."""
    grid, made_for = liver.grid, document.get("grid")
    if made_for is not None:
        own = Grid(tuple(made_for["shape"]), made_for["index_to_world_mm"])
        if offset_on_lattice(grid, own) is None:
            raise PlanError(
                f"{source} was made for another grid ({own.describe()}) than this liver's"
                f" ({grid.describe()}); plan again on this scan, or drop the key grid if the positions hold"
            )
    wanted = document.get("liver_sha256")
    if wanted is not None and wanted.casefold() not in _hashes_of(liver):
        names = ", ".join(file.name for file in liver.source.inputs)
        raise PlanError(
            f"{source} was made for another liver: its liver_sha256 {wanted[:12]}… is of none of the files"
            f" that this one was read from ({names}). Plan again on this liver,"
            " or drop the key liver_sha256 if the plan holds"
        )


def _split_of(cut: Mapping[str, Any], source: str) -> Split:
    positioned = cut.get("origin_mm") is not None and cut.get("normal") is not None
    if positioned != (cut["along"] == "plane"):
        raise PlanError(
            f"{source}: a split along a plane needs origin_mm and normal, and no other split has them"
        )
    along: Any = Plane(_position(cut["origin_mm"]), _position(cut["normal"])) if positioned else cut["along"]
    return Split(cut["segment"], along, cut.get("side"))


def _part_text(cut: Cut) -> str:
    match cut:
        case Parts():
            segments = "".join(name for name in cut.names if name[0].isdigit())
            others = [name for name in cut.names if not name[0].isdigit()]
            return " + ".join(([f"H{segments}"] if segments else []) + others)
        case PartOf():
            return f"H{cut.name}'"
        case DrawnRemnant():
            return "flr"
        case _:
            return "resected"


def _position(value: Sequence[float]) -> Point:
    return float(value[0]), float(value[1]), float(value[2])


def _target(cut: Mapping[str, Any]) -> str | Point:
    return cut["tumour"] if cut.get("tumour") is not None else _position(cut["position_mm"])


_READERS: dict[str, Callable[[Mapping[str, Any]], Cut]] = {
    "parts": lambda c: Parts(tuple(c["names"])),
    "part_of": lambda c: PartOf(c["name"]),
    "drawn": lambda c: DrawnRemnant() if c["mask"] == "flr" else DrawnResection(),
    "plane": lambda c: Plane(_position(c["origin_mm"]), _position(c["normal"])),
    "wedge": lambda c: Wedge(_target(c), float(c["margin_mm"])),
    "ablation": lambda c: ablation(_target(c), float(c["margin_mm"])),
    "bezier": lambda c: BezierPatch(
        tuple(tuple(_position(point) for point in row) for row in c["control_mm"]), c["side"], c["name"]
    ),
    "thin_plate": lambda c: ThinPlate(
        tuple(_position(point) for point in c["points_mm"]), c["side"], c["name"]
    ),
}


def plan_model() -> Any:
    """The pydantic model of ``flr-plan/1``; its JSON Schema is published in ``docs/schemas``."""
    from typing import Annotated

    from pydantic import Field

    row = Annotated[list[float], Field(min_length=4, max_length=4)]
    grid = _record(
        "PlanGrid",
        shape=(Annotated[list[int], Field(min_length=3, max_length=3)], ...),
        index_to_world_mm=(Annotated[list[row], Field(min_length=4, max_length=4)], ...),
    )
    union: Any = functools.reduce(operator.or_, _cut_models())
    return _record(
        "FlrPlan",
        schema_=(Literal["flr-plan/1"], Field(alias="schema")),
        name=(str, ...),
        intent=(Intent, "cure"),
        structures=(list[Literal["B", "PV", "HA", "RHV", "MHV", "LHV", "IVC"]], []),
        preserve=(list[str], []),
        reconstruct=(list[str], []),
        grid=(grid | None, None),
        liver_sha256=(Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None, None),
        cuts=(Annotated[list[Annotated[union, Field(discriminator="type")]], Field(min_length=1)], ...),
    )


def _record(model: str, /, **fields: Any) -> Any:
    from pydantic import ConfigDict, create_model

    return create_model(model, __config__=ConfigDict(extra="forbid", allow_inf_nan=False), **fields)


def _cut_models() -> list[Any]:
    """The model of every kind of cut, told apart by ``type``."""
    from typing import Annotated

    from pydantic import Field

    point = Annotated[list[float], Field(min_length=3, max_length=3)]
    names = Annotated[list[str], Field(min_length=1)]
    zone: dict[str, Any] = {
        "tumour": (str | None, None),
        "position_mm": (point | None, None),
        "margin_mm": (float, Field(ge=0.0, le=200.0)),
    }
    surface: dict[str, Any] = {"name": (str, ...), "side": (Side, ...)}
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "PartsCut": ("parts", {"names": (names, ...)}),
        "PartOfCut": ("part_of", {"name": (str, ...)}),
        "SplitCut": (
            "split",
            {
                "segment": (Annotated[str, Field(pattern="^([1-8]|4[ab])$")], ...),
                "along": (Literal["mhv", "portal", "plane"], ...),
                "origin_mm": (point | None, None),
                "normal": (point | None, None),
                "side": (Literal["right", "left", "above", "below", "front", "back"] | None, None),
            },
        ),
        "DrawnCut": ("drawn", {"mask": (Literal["flr", "resected"], ...)}),
        "PlaneCut": ("plane", {"origin_mm": (point, ...), "normal": (point, ...)}),
        "WedgeCut": ("wedge", zone),
        "AblationCut": ("ablation", zone),
        "BezierCut": ("bezier", {**surface, "control_mm": (list[list[point]], ...)}),
        "ThinPlateCut": ("thin_plate", {**surface, "points_mm": (list[point], ...)}),
    }
    return [_record(model, type=(Literal[kind], ...), **fields) for model, (kind, fields) in kinds.items()]


def plan_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of ``flr-plan/1``."""
    identity = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:flr-plan:1"}
    return {**identity, **plan_model().model_json_schema()}
