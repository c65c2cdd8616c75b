"""Two hundred assessments on small livers, for comparing the numbers of two versions.

    python benchmarks/answers.py write OUT.json [LABEL_MAP]
    python benchmarks/answers.py compare BEFORE.json AFTER.json

The first is run with either version on the path; the second asks for equal flags, volumes and shares, for
margins that agree to 1e-9 mm and for intervals that agree to 1e-6 of their ends.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from flr import Patient, assess_plans, parse_plan
from flr.errors import FLRError
from flr.geometry import Grid
from flr.io.read import read_liver
from flr.liver import Liver, Source, assemble
from flr.plans import BezierPatch, MaskCut, Parts, Plan, ThinPlate

ROOT = Path(__file__).resolve().parents[1]
SEMI_MM = np.array([92.0, 70.0, 62.0])
RELATIVE = 1e-6

PLANS = (
    "H5678",
    "H67",
    "H234",
    "H4",
    "H1234-MHV",
    "H4'58",
    "plane(2, 3, 1, 0.9, 0.3, -0.2)",
    "plane(15, 0, 0, 1, 0, 0)",
    "H5678 + plane(-30, 0, 0, 0.6, 0.64, 0.48)",
    "wedge(T1, 10)",
    "wedge((60, -20, 10), 30)",
    "ablate(T2, 8)",
    "H23 + wedge(T1, 12) + ablate(T3, 6)",
    "H67 + ablate((-40, 10, 0), 15)",
    "flr",
    "resected",
    "territory(RPV)",
)

GRIDS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "even": ((4.0, 4.0, 4.0), (0.0, 0.0, 0.0)),
    "thick slices": ((2.1, 2.3, 7.0), (0.0, 0.0, 0.0)),
    "turned": ((3.1, 3.6, 4.3), (7.0, -11.0, 4.0)),
    "fine": ((1.6, 1.9, 2.4), (3.0, 5.0, -9.0)),
}


def rotation(degrees: tuple[float, float, float]) -> np.ndarray:
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        first, second = (a for a in range(3) if a != axis)
        turn = np.eye(3)
        turn[[first, second], [first, second]] = math.cos(angle)
        turn[first, second], turn[second, first] = -math.sin(angle), math.sin(angle)
        matrix = turn @ matrix
    return matrix


def drawn(name: str, seed: int) -> Liver:
    """An egg of eight segments with what a seed chooses: lesions, vessels, masks."""
    spacing, turned = GRIDS[name]
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in np.ceil(2 * (SEMI_MM.max() + 10) / np.array(spacing)) + 1)
    affine = np.eye(4)
    affine[:3, :3] = rotation(turned) @ np.diag(spacing)
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2.0)
    grid = Grid(shape, affine)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    at = grid.world_mm(index)
    x, y, z = np.moveaxis(at, -1, 0)
    wave = 4.0 * np.sin(x / 23.0 + y / 31.0) + 3.0 * np.cos(z / 19.0)
    organ = ((at / SEMI_MM) ** 2).sum(axis=-1) < 1.0 + 0.01 * wave
    right, middle, front, above = x > 5 + wave, (x > -32 + wave) & (x <= 5 + wave), y > -5, z > -2
    segments = np.zeros(shape, np.uint8, order="F")
    for part, region in {
        5: right & front & ~above,
        6: right & ~front & ~above,
        7: right & ~front & above,
        8: right & front & above,
        4: middle & (y >= -32),
        1: middle & (y < -32),
        2: (x <= -32 + wave) & (z > 3),
        3: (x <= -32 + wave) & (z <= 3),
    }.items():
        segments[organ & region] = part
    tumours = np.zeros(shape, np.uint16, order="F")
    for number in range(1, 5):
        centre = rng.uniform(-0.6, 0.6, 3) * SEMI_MM
        tumours[(np.linalg.norm(at - centre, axis=-1) < rng.uniform(9, 18)) & organ] = number
    cyst = np.linalg.norm(at - rng.uniform(-0.5, 0.5, 3) * SEMI_MM, axis=-1) < 13
    more: dict[str, Any] = {"tumours": tumours if seed % 3 else None, "tumours_declared_none": seed % 3 == 0}
    if seed % 2:
        more["nonfunctional"] = cyst
    if seed % 4 == 2:
        tube = (np.hypot(y - 4, z) < 5) & (x > -75) & (x < 75)
        more["vessels"] = {
            "portal_vein": tube & (np.abs(x) < 6),
            "portal_vein_right": tube & (x >= 6),
            "portal_vein_left": tube & (x <= -6),
        }
    flat = x + 0.4 * y - 0.1 * z
    more["drawn"] = {"flr": organ & (flat < 3), "resected": organ & (flat > 11)}
    return assemble(
        grid,
        parts=segments,
        part_names=tuple("12345678"),
        truncated=False,
        source=Source(reviewed=bool(seed % 2), segmentation_source="a program" if seed % 5 == 0 else None),
        **more,
    )


def uneven(seed: int) -> Liver:
    """Slices of unequal thickness: volumes and shares, no distances."""
    liver = drawn("even", seed)
    weights = np.random.default_rng(seed).uniform(2.0, 6.0, liver.grid.shape[2])
    return dataclasses.replace(liver, grid=Grid(liver.grid.shape, liver.grid.index_to_world_mm, weights))


def livers(label_map: Path | None) -> Iterator[tuple[str, Liver]]:
    for number, name in enumerate(["even"] * 6 + ["thick slices"] * 3 + ["turned"] * 4 + ["fine"]):
        yield f"{name} {number}", drawn(name, number)
    yield "uneven", uneven(7)
    base = ROOT / "sample_data" / "baseline"
    files = {role: base / f"{role}.nii.gz" for role in ("segments", "tumours", "vessels")}
    yield "sample", read_liver(**files)
    whole = drawn("even", 2)
    undivided = assemble(whole.grid, liver=whole.parts > 0, vessels=whole.vessels, truncated=False)
    yield "undivided", undivided
    if label_map is not None:
        yield "map", read_liver(segments=label_map, tumours="none")


def plans(liver: Liver) -> Iterator[tuple[str, str | Plan]]:
    for text in PLANS:
        yield text, text
    corners = [tuple(10 + 60.0 * np.array([0.1 * a * b, a, b])) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    rows = tuple(tuple(corners[3 * r : 3 * r + 3]) for r in range(3))
    yield "patch", Plan("patch", "patch", (BezierPatch(rows, "front"),))
    yield "plate", Plan("plate", "plate", (ThinPlate(tuple(corners), "front"),))
    mask = np.zeros(liver.grid.shape, bool)
    mask[: liver.grid.shape[0] // 3] = True
    yield "mask", Plan("mask", "mask", (Parts(("5",)), MaskCut("mask", mask, liver.grid)))


def answers(label_map: Path | None) -> dict[str, Any]:
    patient = Patient(weight_kg=72, height_cm=171, conditions=("normal",), diagnosis="crlm")
    found: dict[str, Any] = {}
    for name, liver in livers(label_map):
        for text, plan in plans(liver):
            try:
                chosen = parse_plan(plan) if isinstance(plan, str) else plan
                (result,) = assess_plans(liver, [chosen], patient)
            except FLRError as error:
                found[f"{name}: {text}"] = {"refused": str(error)}
                continue
            outcomes = [fact.outcome for fact in result.tumours.tumours] if result.tumours else []
            found[f"{name}: {text}"] = {
                "flag": result.flag,
                "notes": list(result.notes),
                "volumes": {k: v for k, v in dataclasses.asdict(result.volumes).items() if k != "parts_ml"},
                "parts": dict(result.volumes.parts_ml),
                "voxels": dict(result.voxels),
                "measures": result.measures.values(),
                "quality": [f"{f.check} {f.severity} {f.message}" for f in result.quality],
                "reassurance": [f"{e.row} {e.status} {e.evidence}" for e in result.reassurance],
                "margins": [
                    [o.fate, o.planned_margin_mm, o.remaining_percent, dict(o.kept_vessels_mm)]
                    for o in outcomes
                ],
                "pieces": list(result.tumours.remnant_pieces_ml) if result.tumours else None,
                "perfused": None if result.perfusion is None else result.perfusion.perfused_low_ml,
                "intervals": {
                    k: [v.low, v.high, *v.probability_below.values()] for k, v in result.intervals.items()
                },
            }
    return found


def rounded(value: Any) -> Any:
    """Margins without their last digits, which depend on where a box begins; the rest as it is."""
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return round(value, 9) if isinstance(value, float) else value


def compare(before: dict[str, Any], after: dict[str, Any]) -> int:
    """How many assessments differ; says where."""
    wrong, largest, intervals = 0, 0.0, 0
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        if one is None or other is None or one.keys() != other.keys():
            wrong += 1
            print(f"{key}: only in one, or refused in one")
            continue
        for what, value in one.items():
            if what != "intervals" and rounded(value) != rounded(other[what]):
                wrong += 1
                print(f"{key}: {what} {value} and {other[what]}")
        here, there = one.get("intervals", {}), other.get("intervals", {})
        if here.keys() != there.keys():
            wrong += 1
            print(f"{key}: intervals of {sorted(here.keys() ^ there.keys())} in one only")
        for name in here.keys() & there.keys():
            intervals += 1
            scale = max(map(abs, here[name][:2]))
            off = max(abs(a - b) for a, b in zip(here[name], there[name], strict=True)) / max(scale, 1e-9)
            largest = max(largest, off)
            if off > RELATIVE:
                wrong += 1
                print(f"{key}: {name} off by {off:.2g}: {here[name]} and {there[name]}")
    refused = sum("refused" in value for value in before.values())
    print(
        f"{len(before) - refused} assessments, {refused} refused, {intervals} intervals; the largest"
        f" difference of an interval is {largest:.2g} of its ends; {wrong} differ"
    )
    return wrong


def main() -> int:
    command, first, *rest = sys.argv[1:]
    if command == "write":
        label_map = Path(rest[0]) if rest else None
        Path(first).write_text(json.dumps(answers(label_map), indent=1), encoding="utf-8")
        return 0
    read = [json.loads(Path(name).read_text(encoding="utf-8")) for name in (first, rest[0])]
    return 1 if compare(*read) else 0


if __name__ == "__main__":
    raise SystemExit(main())
