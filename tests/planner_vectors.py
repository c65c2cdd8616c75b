"""Plans on small livers with the library's volumes: what the planning page's own count is held to.

``python tests/planner_vectors.py`` writes them again into ``planner/test/vectors/``; the page's tests read
them there. Three grids of one liver: its index axes run to R, A, S; to L, A, S; and to L, P, S, turned.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from phantoms import couinaud_egg

from flr.errors import PlanError
from flr.geometry import Grid
from flr.io.markups import plan_document
from flr.liver import Liver, Source, assemble
from flr.planner import liver_data
from flr.plans import BezierPatch, Cut, PartOf, Parts, Plan, Plane, Split, Wedge, ablation, outcomes, volumes
from flr.plans.splits import SplitSide
from flr.tumours import find_tumours

FOLDER = Path(__file__).resolve().parents[1] / "planner" / "test" / "vectors"
MAPS = ("RAS", "LAS", "LPS")

N_PLANES, N_ZONES, N_SURFACES, N_SPLITS, N_MIXED = 334, 67, 67, 10, 20
"""Of each map: 1,002 planes, 201 wedges and ablations, 201 Bézier surfaces in all."""

_SPACING_MM = (3.1, 3.7, 4.9)
_TURNED_DEG = (7.0, -4.0, 11.0)


def liver_of(orientation: str) -> Liver:
    """The egg-shaped liver with four tumours, a cyst and a vessel on a grid of that orientation."""
    segments, grid = couinaud_egg(_SPACING_MM)
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    at_mm = grid.world_mm(index)

    def ball(centre: Sequence[float], radius: float) -> Any:
        return (np.linalg.norm(at_mm - np.array(centre), axis=-1) <= radius) & (segments > 0)

    numbers = np.zeros(grid.shape, dtype=np.uint16)
    places = (
        ((55.0, 20.0, -15.0), 14.0),
        ((-45.0, 5.0, 12.0), 9.0),
        ((5.0, 25.0, 10.0), 7.0),
        ((60.0, -25.0, 20.0), 11.0),
    )
    for number, (centre, radius) in enumerate(places, start=1):
        numbers[ball(centre, radius)] = number
    cyst = ball((30.0, -30.0, -25.0), 8.0)
    vessel = (np.hypot(at_mm[..., 0] - 12.0, at_mm[..., 1] + 5.0) < 5.0) & (segments > 0)
    flips = [
        slice(None, None, -1 if have != want else 1) for have, want in zip("RAS", orientation, strict=True)
    ]
    affine = grid.index_to_world_mm.copy()
    for axis, (have, want) in enumerate(zip("RAS", orientation, strict=True)):
        if have != want:
            affine[:3, 3] += affine[:3, axis] * (grid.shape[axis] - 1)
            affine[:3, axis] *= -1.0
    if orientation == "LPS":
        affine[:3] = _turn(_TURNED_DEG) @ affine[:3]
    own = Grid(grid.shape, affine)
    flipped = [np.asfortranarray(a[tuple(flips)]) for a in (segments, numbers, cyst, vessel)]
    liver = assemble(
        own,
        parts=flipped[0],
        part_names=tuple("12345678"),
        tumours=flipped[1],
        nonfunctional=flipped[2],
        vessels={"hepatic_vessels": flipped[3]},
        source=Source(reviewed=True),
    )
    assert own.orientation == orientation
    return liver


def _turn(degrees: Sequence[float]) -> Any:
    result = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(degrees)):
        turn = np.eye(3)
        a, b = (n for n in range(3) if n != axis)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        result = turn @ result
    return result


def vectors_of(orientation: str, *, share: float = 1.0) -> dict[str, Any]:
    """The map as the page gets it, and plans with what the library counts of them.

    Parameters
    ----------
    orientation : str
    share : float
        Of the plans, from the first: a test renews some of them.
    """
    liver = liver_of(orientation)
    seed = 20240 + MAPS.index(orientation)
    inside_mm = liver.grid.world_mm(np.argwhere(liver.parts > 0))
    names = [tumour.name for tumour in find_tumours(liver)]
    makers: list[tuple[str, int, Callable[[np.random.Generator], tuple[Cut, ...]]]] = [
        ("planes", N_PLANES, lambda rng: (_plane(rng, liver, inside_mm),)),
        ("zones", N_ZONES, lambda rng: (_zone(rng, names, inside_mm),)),
        ("surfaces", N_SURFACES, lambda rng: (_surface(rng, inside_mm),)),
        ("splits", N_SPLITS, lambda rng: _split(rng, inside_mm)),
        ("mixed", N_MIXED, lambda rng: _mixed(rng, liver, names, inside_mm)),
    ]
    result: dict[str, Any] = {"orientation": orientation, "liver": liver_data(liver)}
    for number, (kind, count, make) in enumerate(makers):
        rng = np.random.default_rng((seed, number))
        result[kind] = [_counted(liver, rng, make, kind) for _ in range(max(1, round(share * count)))]
    return result


def _counted(
    liver: Liver,
    rng: np.random.Generator,
    make: Callable[[np.random.Generator], tuple[Cut, ...]],
    kind: str,
) -> dict[str, Any]:
    """A plan that fits the liver, and its table: mL of what stays, or voxels by fate."""
    while True:
        plan = Plan(name=kind, notation=kind, cuts=make(rng))
        try:
            table = volumes(liver, plan)
        except PlanError:
            continue  # it misses the liver: another one
        break
    case: dict[str, Any] = {"plan": plan_document(plan)}
    if kind == "planes":
        return case | {"kept_ml": np.round(table.ml[:, :, 0], 9).tolist()}
    if kind in ("zones", "surfaces"):
        return case | {"voxels": table.voxels[:, :, :3].tolist()}
    known = outcomes(liver, plan)
    return case | {
        "ml": np.round(table.ml[:, :, :3], 9).tolist(),
        "tumours": [
            {"fate": o.fate, "margin_mm": o.planned_margin_mm, "remaining_percent": o.remaining_percent}
            for o in known
        ],
    }


def _point(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z


def _plane(rng: np.random.Generator, liver: Liver, inside_mm: Any) -> Plane:
    origin = inside_mm[rng.integers(len(inside_mm))]
    normal = rng.normal(size=3)
    if rng.random() < 0.1:  # along the voxels, through their centres or between them
        axis = int(rng.integers(3))
        axes = liver.grid.index_to_world_mm[:3, :3]
        normal = np.cross(axes[:, (axis + 1) % 3], axes[:, (axis + 2) % 3]) * rng.choice([-1.0, 1.0])
        origin = origin + 0.5 * axes[:, axis] * rng.integers(2)
    else:
        origin = origin + rng.normal(size=3)
    return Plane(_point(origin), _point(normal))


def _zone(rng: np.random.Generator, names: Sequence[str], inside_mm: Any) -> Wedge:
    make = Wedge if rng.random() < 0.5 else ablation
    if rng.random() < 0.25:
        return make(
            _point(inside_mm[rng.integers(len(inside_mm))] + rng.normal(size=3)), float(rng.uniform(5, 40))
        )
    return make(str(rng.choice(list(names))), float(rng.integers(0, 31)))


def _surface(rng: np.random.Generator, inside_mm: Any) -> BezierPatch:
    rows, columns = int(rng.integers(2, 6)), int(rng.integers(2, 6))
    up = rng.normal(size=3)
    up /= np.linalg.norm(up)
    first = np.cross(up, np.eye(3)[int(np.abs(up).argmin())])
    first /= np.linalg.norm(first)
    second = np.cross(up, first)
    half = rng.uniform(60.0, 130.0, size=2)
    a, b = np.meshgrid(
        np.linspace(-half[0], half[0], rows), np.linspace(-half[1], half[1], columns), indexing="ij"
    )
    heights = rng.normal(scale=18.0, size=(rows, columns))
    middle = inside_mm[rng.integers(len(inside_mm))]
    control = middle + a[..., None] * first + b[..., None] * second + heights[..., None] * up
    control = control + rng.normal(scale=2.0, size=control.shape)
    side = "front" if rng.random() < 0.5 else "back"
    return BezierPatch(tuple(tuple(_point(p) for p in row) for row in control), side)


def _split(rng: np.random.Generator, inside_mm: Any) -> tuple[Cut, ...]:
    segment = str(rng.choice(list("4568")))
    # No voxel's centre lies in it to the last bit.
    origin = _point(inside_mm[rng.integers(len(inside_mm))] + rng.normal(size=3))
    normal = _point(rng.normal(size=3))
    sides: tuple[SplitSide | None, ...] = ("front", "back", None)
    side = sides[int(rng.integers(len(sides)))]
    whole = [name for name in "78" if name != segment]
    return (Parts(tuple(whole)), PartOf(segment, split=Split(segment, Plane(origin, normal), side)))


def _mixed(rng: np.random.Generator, liver: Liver, names: Sequence[str], inside_mm: Any) -> tuple[Cut, ...]:
    cuts: list[Cut] = [
        Parts(tuple(sorted(rng.choice(list("12345678"), size=int(rng.integers(1, 4)), replace=False))))
    ]
    cuts += [_zone(rng, names, inside_mm) for _ in range(int(rng.integers(0, 3)))]
    cuts += [_plane(rng, liver, inside_mm) for _ in range(int(rng.integers(0, 4)))]
    if rng.random() < 0.3:
        cuts.append(_surface(rng, inside_mm))
    order = rng.permutation(len(cuts))
    return tuple(cuts[n] for n in order)


def path_of(orientation: str) -> Path:
    """Where the vectors of a map lie."""
    return FOLDER / f"{orientation.lower()}.json.gz"


def read_vectors(orientation: str) -> dict[str, Any]:
    """The vectors as they lie beside the page's tests."""
    return dict(json.loads(gzip.decompress(path_of(orientation).read_bytes())))


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for orientation in MAPS:
        text = json.dumps(vectors_of(orientation), separators=(",", ":"))
        path_of(orientation).write_bytes(gzip.compress(text.encode(), 9, mtime=0))
        print(path_of(orientation).name, path_of(orientation).stat().st_size)


if __name__ == "__main__":
    main()
