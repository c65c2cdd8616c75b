"""What a planned liver is made of, as named and coloured surfaces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flr import palette
from flr.liver import Liver
from flr.palette import COLOURS, LEGEND
from flr.structures import VESSEL_KINDS, colour_of, words_of
from flr.surfaces.mesh import Mesh, facing, mesh_of
from flr.tumours import find_tumours, vessel_kinds

Look = Literal["shell", "core"]

CUT_COLOUR = "#222222"

OPACITY_PERCENT = {
    "remnant": 62.0,
    "resected": 38.0,
    "ablated": 60.0,
    "devascularised": 70.0,
    "congested": 70.0,
    "liver": 50.0,
}
"""What lies inside is seen through the parenchyma."""

_PLANNED = {
    "remnant": (palette.REMNANT, palette.DEVASCULARISED, palette.CONGESTED),
    "resected": (palette.RESECTED, palette.RESECTED_TUMOUR),
    "ablated": (palette.ABLATED, palette.ABLATED_TUMOUR),
    "devascularised": (palette.DEVASCULARISED,),
    "congested": (palette.CONGESTED,),
}
"""As the millilitres of the same name: the remnant is functional tissue, what leaves is all tissue."""

_TRUNK_STEP_MM = 1.4


@dataclass(frozen=True, eq=False)
class Solid:
    """One named surface.

    Parameters
    ----------
    key : str
        For file names and legends: ``"remnant"``, ``"resected"``, ``"ablated"``, ``"cut"``, ``"tumour"``,
        or a kind of vessel.
    name : str
        For people: ``"Remnant"``, ``"T1"``, ``"Portal vein"``, …
    mesh : Mesh
    colour : str
        ``"#RRGGBB"``.
    opacity_percent : float
        100 hides what lies behind. [%]
    look : {"shell", "core"}
        A shell is looked through.
    """

    key: str
    name: str
    mesh: Mesh
    colour: str
    opacity_percent: float
    look: Look


def shared_solids(liver: Liver) -> tuple[Solid, ...]:
    """Tumours and vessels, which are the same under every plan; nothing where the slices are uneven."""
    if not liver.grid.is_even:
        return ()
    colour = COLOURS[LEGEND["tumour"][1][0]]
    found = []
    for tumour in find_tumours(liver):
        if not tumour.vanished:
            mask = np.zeros(liver.grid.shape, dtype=bool, order="F")
            mask[tumour.zone.box] = tumour.zone.inside
            found.append(Solid("tumour", tumour.name, mesh_of(mask, liver.grid), colour, 100.0, "core"))
    for kind, mask in vessel_kinds(liver).items():
        mesh = mesh_of(mask, liver.grid, step_mm=_TRUNK_STEP_MM)
        found.append(vessel_solid(kind, mesh))
    return tuple(found)


def vessel_solid(kind: str, mesh: Mesh) -> Solid:
    """The surface of one kind of vessel, a key of :data:`flr.structures.VESSEL_KINDS`."""
    return Solid(kind, VESSEL_KINDS[kind].legend, mesh, VESSEL_KINDS[kind].colour, 100.0, "core")


def plan_solids(liver: Liver, classes: NDArray[np.uint8]) -> tuple[Solid, ...]:
    """What stays, what leaves, and the cut between them.

    Parameters
    ----------
    liver : Liver
    classes : ndarray of uint8, shape liver.grid.shape
        Of :func:`flr.plans.classes.planned_classes`.

    Returns
    -------
    tuple of Solid
        Nothing where the slices are uneven: a surface in mm does not exist then.
    """
    if not liver.grid.is_even:
        return ()
    found = []
    for key, values in _PLANNED.items():
        mask = np.isin(classes, values)
        if mask.any():
            colour = COLOURS[values[0]]
            found.append(
                Solid(key, LEGEND[key][0], mesh_of(mask, liver.grid), colour, OPACITY_PERCENT[key], "shell")
            )
    if found and found[0].key == "remnant":
        leaves = np.isin(classes, (*_PLANNED["resected"], *_PLANNED["ablated"]))
        cut = facing(found[0].mesh, leaves, liver.grid)
        if len(cut.triangles):
            found.append(Solid("cut", "Cut", cut, CUT_COLOUR, 55.0, "shell"))
    return tuple(found)


def liver_solid(liver: Liver) -> Solid:
    """The whole liver. Raises GeometryError where the slices are uneven."""
    mesh = mesh_of(liver.parts > 0, liver.grid)
    return Solid("liver", words_of("liver"), mesh, colour_of("liver"), OPACITY_PERCENT["liver"], "shell")


def vessels_of_voxels(liver: Liver) -> NDArray[np.uint8]:
    """Number of the kind of vessel of each voxel, in the order of `VESSEL_KINDS` from 1; 0 elsewhere."""
    numbers = np.zeros(liver.grid.shape, dtype=np.uint8, order="F")
    for kind, mask in vessel_kinds(liver).items():
        numbers[mask] = list(VESSEL_KINDS).index(kind) + 1
    return numbers


def entries(solids: Iterable[Solid]) -> tuple[tuple[str, str, str], ...]:
    """Key, words and colour of each kind of surface, once, for a legend."""
    found: dict[str, tuple[str, str, str]] = {}
    for solid in solids:
        words = LEGEND["tumour"][0] if solid.key == "tumour" else solid.name
        found.setdefault(solid.key, (solid.key, words, solid.colour))
    return tuple(found.values())
