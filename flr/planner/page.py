"""The planning page as one file: data, pictures and program, without a network and without Python."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.assessment import Assessment
from flr.criteria.model import SiteLimits
from flr.criteria.profiles import criteria_of, profiles_of
from flr.errors import FLRError, PlanError
from flr.geometry import Grid
from flr.io.markups import plan_document
from flr.liver import Liver
from flr.palette import COLOURS, LEGEND
from flr.patient import Patient
from flr.pictures.figures import VIEW_NAMES, grey_levels
from flr.pictures.views import EDGES, VIEWS
from flr.planner.packing import liver_data, packed
from flr.plans import Plan
from flr.structures import VESSEL_KINDS
from flr.surfaces.mesh import Mesh, mesh_of
from flr.tumours import find_tumours, vessel_kinds
from flr.version import VERSION
from flr.words import STATEMENT, case_words

MOST_PAGE_BYTES: Final = 8_000_000
"""A page that is larger is not sent by many a mail server."""

_WORDS_BYTES: Final = 60_000
_IMAGE_STEPS_MM: Final = (0.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)
"""Spacings that the image may have in the page, the finest that fits; 0 is its own. [mm]"""

_WIDER: Final = 0.25
"""Of the usual window, on each side: the window of the page can be moved that far."""

_NO_PLAN: Final = "no plan was assessed when the page was made: give one with --plan"

_COARSE_MM, _FINE_MM = 5.0, 2.5
_VESSEL_MM: Final = 2.0


def planner_html(
    liver: Liver,
    plans: Sequence[Plan],
    assessments: Sequence[Assessment],
    patient: Patient,
    *,
    limits: SiteLimits | None = None,
    case_id: str = "case",
) -> str:
    """The page of one liver.

    Parameters
    ----------
    liver : Liver
        As it was assessed.
    plans, assessments : sequence
        Plans that the page starts with, and what the library says of each.
    patient : Patient
        As it was assessed, with what the headers add.
    limits : SiteLimits, optional
        A site's own.
    case_id : str
        Name of the case on the page and nowhere else.

    Returns
    -------
    str
        HTML whose policy allows its own program and style sheet and nothing else.

    Raises
    ------
    PlanError
        If the slices are uneven, or the liver was read from no file.
    """
    data = planner_data(liver, plans, assessments, patient, limits=limits, case_id=case_id)
    program, style = template_text("planner.js"), template_text("planner.css")
    for key, colour in data["colours"].items():
        style = style.replace(f"background: {key.upper()};", f"background: {colour};")
    licences = template_text("licences.txt")
    taken = len(_text_of(data)) + len(program) + len(style) + len(licences) + _WORDS_BYTES
    data["image"] = image_data(liver, MOST_PAGE_BYTES - taken)
    policy = (
        f"default-src 'none'; script-src '{_hash(program)}'; style-src '{_hash(style)}'; img-src data: blob:;"
        " base-uri 'none'; form-action 'none'"
    )
    named = case_words(case_id)
    page: str = _template().render(
        title=f"Planning: {named}" if named else "Planning a resection",
        statement=STATEMENT,
        policy=policy,
        program=program,
        style=style,
        licences=licences,
        data=_text_of(data),
        planner=data,
        version=VERSION,
    )
    return page


def planner_data(
    liver: Liver,
    plans: Sequence[Plan],
    assessments: Sequence[Assessment],
    patient: Patient,
    *,
    limits: SiteLimits | None = None,
    case_id: str = "case",
) -> dict[str, Any]:
    """``flr-planner/1`` without its image: what the program of the page reads."""
    hashes = [file.sha256 for file in liver.source.inputs]
    if not hashes:
        raise PlanError("this liver was read from no file, so no plan could be told to be made for it")
    counted = liver_data(liver)
    return {
        "schema": "flr-planner/1",
        "made_by": f"flr {VERSION}",
        "case_id": case_id,
        "statement": STATEMENT,
        "liver": counted,
        "hashes": hashes,
        "views": views_of(liver.grid),
        "image": None,
        "meshes": mesh_data(liver),
        "colours": {
            key: COLOURS[LEGEND[key][1][0]]
            for key in ("remnant", "resected", "ablated", "tumour", "nonfunctional")
        },
        "patient": _patient_data(assessments, patient),
        "criteria": _criteria_data(assessments, patient, limits),
        "profiles": [profile.key for profile in profiles_of(patient)],
        "no_preview": _no_preview(assessments),
        "quality": [
            {"severity": found.severity, "message": found.message}
            for found in (assessments[0].quality if assessments else liver.quality)
            if found.severity != "info"
        ],
        "plans": [
            {"plan": plan_document(plan, liver.grid, liver=liver), "remnant_ml": _remnant_ml(one)}
            for plan, one in zip(plans, assessments, strict=True)
        ],
    }


def template_text(name: str) -> str:
    """A file among the templates."""
    return resources.files("flr.planner").joinpath("templates", name).read_text(encoding="utf-8")


def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("flr.planner"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["own"] = Markup  # for the program, the style sheet and JSON that has no "<"
    return made.get_template("planner.html.j2")


def _text_of(data: Mapping[str, Any]) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# --- patient and limits -------------------------------------------------------------------------------


def _remnant_ml(assessment: Assessment) -> float | None:
    return float(assessment.volumes.remnant_ml)


def _patient_data(assessments: Sequence[Assessment], patient: Patient) -> dict[str, Any]:
    """What turns mL into shares, or why it does not."""
    if not assessments:
        return {
            "weight_kg": None,
            "standard_liver_volume_ml": None,
            "graded_standard_ml": None,
            "no_standard": "not known",
            "no_weight": "not known",
            "ungradable": _NO_PLAN,
        }
    measures = assessments[0].measures
    graded = measures.flr_percent_of_vauthey_2002
    return {
        "weight_kg": patient.weight_kg if measures.flr_to_body_weight_percent is not None else None,
        "standard_liver_volume_ml": measures.standard_liver_volume_ml
        if measures.flr_percent_of_standard is not None
        else None,
        "graded_standard_ml": 100.0 * measures.flr_ml / graded if graded else None,
        "no_standard": measures.reasons.get("flr_percent_of_standard", ""),
        "no_weight": measures.reasons.get("flr_to_body_weight_percent", ""),
        "ungradable": measures.ungradable,
    }


def _criteria_data(
    assessments: Sequence[Assessment], patient: Patient, limits: SiteLimits | None
) -> list[dict[str, Any]]:
    """Limits of the patient's profiles; none for a measure that must not be compared."""
    ungraded = assessments[0].measures.ungraded if assessments else {}
    return [
        {
            "measure": row.measure,
            "limit": row.limit,
            "unit": row.unit,
            "fails_when": row.fails_when,
            "role": row.role,
            "source": row.reference.text + (f" doi:{row.reference.doi}" if row.reference.doi else ""),
        }
        for row in criteria_of(patient, limits)
        if row.measure not in ungraded
    ]


def _no_preview(assessments: Sequence[Assessment]) -> str | None:
    """Why nothing is compared with a limit; None where it is."""
    if not assessments:
        return _NO_PLAN
    first = assessments[0]
    if first.flag == "not_applicable" or first.because == "volumes":
        return first.headline
    return first.measures.ungradable


# --- pictures -----------------------------------------------------------------------------------------


def views_of(grid: Grid) -> list[dict[str, Any]]:
    """Which index axes each direction of slices shows, so that the patient's right is on the left."""
    axis = {world: (index, sign) for index, (world, sign) in enumerate(grid.anatomical_axes)}
    # World axes across, to the right and down; pictures are drawn from the high end of both.
    shown = {"axial": (2, 0, 1), "coronal": (1, 0, 2), "sagittal": (0, 1, 2)}
    return [
        {
            "key": view,
            "name": VIEW_NAMES[view],
            "axis": axis[shown[view][0]][0],
            "right": [axis[shown[view][1]][0], -axis[shown[view][1]][1]],
            "down": [axis[shown[view][2]][0], -axis[shown[view][2]][1]],
            "edges": list(EDGES[view]),
        }
        for view in VIEWS
    ]


def image_data(liver: Liver, room_bytes: int) -> dict[str, Any] | None:
    """CT or MR of the liver's box in 8 bits, at the finest spacing that fits; None where there is none."""
    if liver.image is None:
        return None
    low, high = grey_levels(liver.image)
    wide = _WIDER * (high - low)
    low, high = low - wide, high + wide
    grey = np.clip((np.nan_to_num(liver.image, nan=low) - low) / (high - low), 0.0, 1.0).astype(np.float32)
    own = liver.grid.spacing_mm
    for step_mm in _IMAGE_STEPS_MM:
        counts = [
            max(1, round(n * side / max(side, step_mm))) for n, side in zip(grey.shape, own, strict=True)
        ]
        small = grey
        for axis, count in enumerate(counts):
            small = _fewer(small, axis, count)
        data = packed(np.rint(small * 255.0).astype(np.uint8).tobytes(order="F"))
        if len(data) <= room_bytes:
            spacing = [side * n / count for side, n, count in zip(own, grey.shape, counts, strict=True)]
            return {
                "shape": counts,
                "window": [low, high],
                "note": f"image at {_by(spacing)} mm, counted at {_by(own)} mm",
                "data": data,
            }
    return None


def _fewer(grey: NDArray[np.float32], axis: int, count: int) -> NDArray[np.float32]:
    """Fewer voxels along an axis, each the mean of those whose middle lies in it."""
    n = grey.shape[axis]
    if count >= n:
        return grey
    of = ((np.arange(n) + 0.5) * count / n).astype(np.intp)
    starts = np.searchsorted(of, np.arange(count))
    shape = [1, 1, 1]
    shape[axis] = count
    sums = np.add.reduceat(grey, starts, axis=axis)
    return np.asarray(sums / np.bincount(of, minlength=count).reshape(shape), dtype=np.float32)


def _by(spacing_mm: Sequence[float]) -> str:
    return " × ".join(f"{side:.2f}" for side in spacing_mm)


def mesh_data(liver: Liver) -> dict[str, Any] | None:
    """Surfaces of parts, tumours and vessels, coarse for moving and fine at rest; corners in 16 bits."""
    solids: list[tuple[dict[str, Any], list[Mesh]]] = []
    for number, name in enumerate(liver.part_names):
        colour = COLOURS[LEGEND["remnant"][1][0]]
        meshes = _meshes(liver.parts == number + 1, liver.grid, (_COARSE_MM, _FINE_MM))
        solids.append(({"name": name, "kind": "part", "colour": colour, "part": number}, meshes))
    for tumour in find_tumours(liver):
        mask = np.zeros(liver.grid.shape, dtype=bool, order="F")
        mask[tumour.zone.box] = tumour.zone.inside
        colour = COLOURS[LEGEND["tumour"][1][0]]
        row = {"name": tumour.name, "kind": "tumour", "colour": colour, "part": -1}
        solids.append((row, _meshes(mask, liver.grid, (None,))))
    for kind, mask in vessel_kinds(liver).items():
        row = {"name": kind, "kind": "vessel", "colour": VESSEL_KINDS[kind].colour, "part": -1}
        solids.append((row, _meshes(mask, liver.grid, (_VESSEL_MM,))))
    solids = [(row, meshes) for row, meshes in solids if meshes]
    if not solids:
        return None
    corners = np.concatenate([mesh.vertices_mm for _, meshes in solids for mesh in meshes])
    low, high = corners.min(axis=0), corners.max(axis=0)
    content = bytearray()
    items = []
    for row, meshes in solids:
        levels = []
        for mesh in meshes:
            levels.append(
                {"vertices": len(mesh.vertices_mm), "triangles": len(mesh.triangles), "at": len(content)}
            )
            steps = np.rint((mesh.vertices_mm - low) / np.maximum(high - low, 1e-9) * 65535.0)
            content += steps.astype("<u2").tobytes()
            content += bytes(-len(content) % 4)
            content += mesh.triangles.astype("<u4").tobytes()
        items.append(row | {"levels": levels})
    return {"low": low.tolist(), "high": high.tolist(), "items": items, "data": packed(bytes(content))}


def _meshes(mask: NDArray[np.bool_], grid: Grid, steps_mm: Sequence[float | None]) -> list[Mesh]:
    """The surface of a mask at each step, coarse first; those that no surface can be made of are left out."""
    found = []
    for step_mm in steps_mm:
        try:
            found.append(mesh_of(mask, grid, step_mm=step_mm))
        except FLRError:
            continue  # too small for this step: the slices show it
    return [mesh for mesh in found if len(mesh.triangles)]
