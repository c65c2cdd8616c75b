"""What the slice viewer of the page needs: the voxels of one liver under its plans, packed small.

The page's own script unpacks it (``templates/viewer.js``); nothing is fetched and no WebGL is needed.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flr import palette
from flr.liver import Liver
from flr.palette import COLOURS, LEGEND
from flr.pictures import views
from flr.pictures.figures import CT_WINDOW_HU, VIEW_NAMES, legend_entries
from flr.pictures.views import EDGES, VIEWS
from flr.report.scene import is_available, opacity_percent, scene_html, script_hashes
from flr.structures import VESSEL_KINDS
from flr.surfaces.solids import entries, vessels_of_voxels
from flr.words import plain

if TYPE_CHECKING:
    from flr.pictures.plans import PlanPictures

MOST_LABEL_VOXELS = 24_000_000
MOST_GREY_VOXELS = 2_200_000
"""Noise does not pack: a larger image is averaged before it goes into the page."""

_GREY_STEPS = 128
_LEAVING = (palette.RESECTED, palette.RESECTED_TUMOUR)
_TUMOURS = LEGEND["tumour"][1]
_CLASS_WORDS = {
    **{value: words[0].lower() + words[1:] for words, values in LEGEND.values() for value in values},
    palette.REMNANT_TUMOUR: "tumour that stays",
    palette.RESECTED_TUMOUR: "tumour, resected",
    palette.ABLATED_TUMOUR: "tumour, ablated",
}


MOST_SCENES = 8
"""Plans that the 3-D view holds at most."""

MOST_PAGE_BYTES = 8_000_000
"""A page that is larger is not sent by many a mail server."""

STILLS_BYTES = 330_000
"""What the still pictures of one plan take, for a guess at the room that is left for the 3-D view."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The live part of a page.

    Parameters
    ----------
    titles : tuple of str
        One per plan.
    data : str
        JSON for the slices.
    scene : str or None
        JSON text of the 3-D document; None without the ``[view]`` extra, or where no surface exists.
    scene_plans : int
        How many plans, from the first, it holds.
    scene_hashes : tuple of str
        What the page's policy calls the scripts of that document.
    legend : tuple of (str, str)
    has_vessels, has_image : bool
    can_measure : bool
        Whether the axes of the slices stand at right angles: on others pixels tell no millimetres.
    solids : tuple of (str, str, int)
        Key, words and opacity in percent of each kind of surface in the scene.
    """

    titles: tuple[str, ...]
    data: str
    scene: str | None
    scene_plans: int
    scene_hashes: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    has_vessels: bool
    has_image: bool
    can_measure: bool = False
    solids: tuple[tuple[str, str, int], ...] = ()


def viewer_of(
    liver: Liver, pictures: Sequence[PlanPictures], titles: Sequence[str], *, scene: bool = True
) -> Viewer:
    """Slices and, with the ``[view]`` extra, the 3-D scene of all plans.

    Parameters
    ----------
    liver : Liver
    pictures : sequence of PlanPictures
        Of :func:`flr.pictures.plans.case_pictures`.
    titles : sequence of str
        One per plan.
    scene : bool
        Build the 3-D scene where that is possible.
    """
    data = viewer_data(liver, pictures, titles)
    text = data_text(data)
    document, held = None, 0
    if scene and is_available() and any(shown.solids for shown in pictures):
        document, held = _scene_within(MOST_PAGE_BYTES - len(text) - STILLS_BYTES * len(pictures), pictures)
    return Viewer(
        titles=tuple(plain(title, None) for title in titles),
        data=text,
        scene=None if document is None else data_text(document),
        scene_plans=held,
        scene_hashes=() if document is None else script_hashes(document),
        legend=legend_of(liver, pictures),
        has_vessels=data["vessels"] is not None,
        has_image=data["image"] is not None,
        can_measure=can_measure(liver),
        solids=() if document is None else _solids(pictures[:held]),
    )


_RIGHT_ANGLE_COSINE = 1e-3


def can_measure(liver: Liver) -> bool:
    """Whether distances on the slices are distances in the body: even slices, axes at right angles."""
    axes = liver.grid.index_to_world_mm[:3, :3]
    units = axes / np.linalg.norm(axes, axis=0)
    skew = float(np.abs(units.T @ units - np.eye(3)).max())
    return bool(liver.grid.is_even) and skew < _RIGHT_ANGLE_COSINE


def _solids(pictures: Sequence[PlanPictures]) -> tuple[tuple[str, str, int], ...]:
    """Each kind of surface once, with the opacity that it starts with, in steps of the page's slider."""
    shown = [solid for one in pictures for solid in one.solids] + list(pictures[0].shared)
    found: dict[str, tuple[str, str, int]] = {}
    words = {key: text for key, text, _ in entries(shown)}
    for solid in shown:
        percent = _OPACITY_STEP * round(opacity_percent(solid) / _OPACITY_STEP)
        found.setdefault(solid.key, (solid.key, words[solid.key], percent))
    return tuple(found.values())


_OPACITY_STEP = 5


def _scene_within(room_bytes: int, pictures: Sequence[PlanPictures]) -> tuple[str | None, int]:
    """The 3-D document of as many plans as there is room for, from the first, and their number."""
    count = min(len(pictures), MOST_SCENES)
    while count > 0:
        document = scene_html([shown.solids for shown in pictures[:count]], pictures[0].shared)
        size = len(data_text(document))
        if size <= room_bytes:
            return document, count
        # What the plans add to the shared surfaces and the program is about the same for each.
        count = min(count - 1, count * room_bytes // size)
    return None, 0


def viewer_data(liver: Liver, pictures: Sequence[PlanPictures], titles: Sequence[str]) -> dict[str, Any]:
    """Everything that the script shows, as a document of plain values.

    Parameters
    ----------
    liver : Liver
    pictures : sequence of PlanPictures
        One per plan.
    titles : sequence of str
        One per plan.

    Returns
    -------
    dict
        Volumes are gzip in base64, bytes with x fastest; x runs to the patient's right, y to the front, z to
        the head, so that a picture is drawn from the high end of both of its axes.
    """
    labels = [_every_nth(shown.classes, liver) for shown in pictures]
    first, spacing_mm = labels[0]
    parts, _ = _every_nth(liver.parts, liver)
    vessels = vessels_of_voxels(liver) if liver.grid.is_even else None
    data: dict[str, Any] = {
        "shape": list(first.shape),
        "spacing_mm": list(spacing_mm),
        "views": [{"key": view, "name": VIEW_NAMES[view], "edges": list(EDGES[view])} for view in VIEWS],
        "start": [
            int(flat.position_percent / 100.0 * size)
            for flat, size in zip(pictures[0].slices, first.shape[::-1], strict=True)
        ],
        "plans": [
            {"title": plain(title, None), "classes": _packed(classes)}
            for title, (classes, _) in zip(titles, labels, strict=True)
        ],
        "parts": _packed(parts),
        "part_names": [plain(name, 40) for name in liver.part_names] if liver.is_divided else [],
        "colours": {str(value): colour for value, colour in COLOURS.items()},
        "words": {str(value): words for value, words in _CLASS_WORDS.items()},
        "leaving": list(_LEAVING),
        "tumours": list(_TUMOURS),
        "vessels": None,
        "vessel_colours": [kind.colour for kind in VESSEL_KINDS.values()],
        "vessel_words": [kind.legend for kind in VESSEL_KINDS.values()],
        "image": None,
    }
    if vessels is not None and vessels.any():
        data["vessels"] = _packed(_every_nth(vessels, liver)[0])
    grey = pictures[0].grey
    if liver.image is not None and grey is not None:
        data["image"] = _image(liver, grey)
    return data


def data_text(data: dict[str, Any] | str) -> str:
    """A document as JSON that cannot end the element it stands in.

    >>> data_text({"a": "</script>"})
    '{"a":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def legend_of(liver: Liver, pictures: Sequence[PlanPictures]) -> tuple[tuple[str, str], ...]:
    """Key and words of everything that the viewer may show, for its legend."""
    present = sorted({value for shown in pictures for value in shown.present})
    found = [(key, LEGEND[key][0]) for key in legend_entries(present)]
    if liver.grid.is_even:
        numbers = np.unique(vessels_of_voxels(liver))
        found += [(kind.key, kind.legend) for n, kind in enumerate(VESSEL_KINDS.values(), 1) if n in numbers]
    return tuple(found)


def _every_nth(
    voxels: NDArray[np.uint8], liver: Liver
) -> tuple[NDArray[np.uint8], tuple[float, float, float]]:
    """Labels with axes to R, A and S; of a very large scan, the middle one of every few along each axis."""
    upright, spacing_mm = views.upright(voxels, liver.grid)
    n = 1
    while upright.size > MOST_LABEL_VOXELS * n**3:
        n += 1
    kept = upright[n // 2 :: n, n // 2 :: n, n // 2 :: n] if n > 1 else upright
    x, y, z = (step * n for step in spacing_mm)
    return kept, (x, y, z)


def _image(liver: Liver, grey: tuple[float, float]) -> dict[str, Any]:
    assert liver.image is not None
    upright, _ = views.upright(liver.image, liver.grid)
    low, high = grey
    shares = np.clip((np.nan_to_num(upright, nan=low) - low) / (high - low), 0.0, 1.0).astype(np.float32)
    if shares.size > MOST_GREY_VOXELS:
        factor = (shares.size / MOST_GREY_VOXELS) ** (1.0 / 3.0)
        for axis in range(3):
            shares = _averaged(shares, axis, max(1, int(shares.shape[axis] / factor)))
    steps = np.rint(shares * (_GREY_STEPS - 1)).astype(np.uint8)
    return {
        "shape": list(steps.shape),
        "steps": _GREY_STEPS,
        "voxels": _packed(steps),
        "low": float(low),
        "high": float(high),
        "windows": _windows(low, high),
    }


def _windows(low: float, high: float) -> list[dict[str, Any]]:
    """Windows to choose from, as width and level; of an MR in parts of its range."""
    if (low, high) == CT_WINDOW_HU:
        return [dict(one, unit="HU") for one in _CT_WINDOWS]
    whole, middle = high - low, (low + high) / 2.0
    return [
        {"name": "whole range", "width": whole, "level": middle, "unit": ""},
        {"name": "bright tissue", "width": whole / 2.0, "level": low + 0.7 * whole, "unit": ""},
        {"name": "dark tissue", "width": whole / 2.0, "level": low + 0.3 * whole, "unit": ""},
    ]


_CT_WINDOWS = (
    {"name": "abdomen 400/40", "width": 400.0, "level": 40.0},
    {"name": "liver 150/90", "width": 150.0, "level": 90.0},
    {"name": "vessels 200/130", "width": 200.0, "level": 130.0},
    {"name": "fluid and fat 250/0", "width": 250.0, "level": 0.0},
)
"""Within the abdominal window, which is what the page holds: width and level in HU."""


def _averaged(shares: NDArray[np.float32], axis: int, count: int) -> NDArray[np.float32]:
    """Fewer voxels along an axis, each the mean of what it covers."""
    n = shares.shape[axis]
    edges = np.arange(count + 1) * (n / count)
    covered = np.minimum(edges[1:, None], np.arange(1, n + 1)) - np.maximum(edges[:-1, None], np.arange(n))
    weights = (np.clip(covered, 0.0, 1.0) * (count / n)).astype(np.float32)
    return np.moveaxis(np.tensordot(weights, shares, axes=(1, axis)), 0, axis)


def _packed(voxels: NDArray[np.uint8]) -> str:
    content = gzip.compress(np.asfortranarray(voxels).tobytes(order="F"), 6, mtime=0)
    return base64.b64encode(content).decode()
