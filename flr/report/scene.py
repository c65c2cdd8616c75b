"""The 3-D view: surfaces of all plans in one k3d scene, as one document that opens without a network."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from flr.errors import EnvironmentFailure
from flr.surfaces.mesh import Mesh
from flr.surfaces.solids import Solid

_SHARED_GROUP = "every plan"
_REDUCTION, _FEW_TRIANGLES = 0.85, 1500
_AGGRESSIVENESS = 4  # of 0 to 10; the usual 7 creases wide surfaces and thins vessels
_STEPS_PER_MM = 32.0
_CLEARER = 0.75

# Runs in the frame once the scene stands: one plan's surfaces, as the page asks for them, from any side.
_STEERING = """
var flrWorld = K3DInstance.getWorld();
var flrKeys = %(keys)s;
var flrCamera = %(camera)s;
var flrSides = {anterior: [0, 1, 0], posterior: [0, -1, 0], left: [-1, 0, 0], right: [1, 0, 0],
                superior: [0, 0, 1], inferior: [0, 0, -1]};
var flrPlan = 0, flrStyles = {};
var flrShow = function () {
    flrWorld.K3DObjects.children.forEach(function (shown) {
        var config = flrWorld.ObjectsListJson[shown.K3DIdentifier];
        if (!config || !config.group) { return; }
        var style = flrStyles[flrKeys[config.id]] || {visible: true};
        var isDue = config.group === "every plan" || config.group === "plan " + flrPlan;
        shown.visible = style.visible && isDue;
        shown.traverse(function (part) {
            if (!part.material || style.opacity === undefined) { return; }
            part.material.opacity = style.opacity;
            part.material.transparent = style.opacity < 1;
            part.material.depthWrite = style.opacity === 1;
            part.material.needsUpdate = true;
        });
    });
    K3DInstance.render();
};
var flrLook = function (side) {
    var way = flrSides[side], middle = flrCamera.slice(3, 6);
    if (!way) { return; }
    flrSide = side;
    var away = Math.hypot(flrCamera[0] - middle[0], flrCamera[1] - middle[1], flrCamera[2] - middle[2]);
    away *= Math.max(1, 1.15 / (window.innerWidth / window.innerHeight));
    var from = middle.map(function (at, axis) { return at + away * way[axis]; });
    K3DInstance.setCamera(from.concat(middle, way[2] ? [0, 1, 0] : [0, 0, 1]));
};
window.addEventListener("message", function (event) {
    if (event.source !== window.parent || !event.data || !Number.isInteger(event.data.flrPlan)) { return; }
    flrPlan = event.data.flrPlan;
    flrStyles = event.data.flrStyles || {};
    var paper = /(\\d+), *(\\d+), *(\\d+)/.exec(event.data.flrPaper || "");
    if (paper) { K3DInstance.setClearColor(65536 * +paper[1] + 256 * +paper[2] + +paper[3]); }
    flrLook(event.data.flrView);
    flrShow();
});
var flrSide = "anterior";
window.addEventListener("resize", function () { flrLook(flrSide); });
flrShow();
window.parent.postMessage({flrReady: true}, "*");
"""


def is_available() -> bool:
    """Whether the ``[view]`` extra is installed."""
    return find_spec("k3d") is not None


def load_libraries() -> None:
    """Import what the scene needs, for those who make it beside something else.

    k3d brings IPython, and matplotlib looks whether IPython is there: half imported, it must not be found.
    """
    if is_available():
        import fast_simplification  # noqa: F401  # only loaded
        import k3d  # noqa: F401


def scene_plot(plans: Sequence[Sequence[Solid]], shared: Sequence[Solid] = ()) -> Any:
    """A k3d plot that looks from the front, the patient's right on the left.

    Parameters
    ----------
    plans : sequence of sequence of Solid
        Surfaces of each plan; those of the first are visible.
    shared : sequence of Solid
        Tumours and vessels.

    Raises
    ------
    EnvironmentFailure
        If the ``[view]`` extra is not installed.
    """
    if not is_available():
        raise EnvironmentFailure("the 3-D view needs the [view] extra: pip install 'flr[view]'")
    import k3d

    plot = k3d.plot(
        camera_auto_fit=False,
        grid_visible=False,
        menu_visibility=False,
        background_color=0xFFFFFF,
        height=480,
    )
    plot.snapshot_type = "full"
    plot.axes = ["R", "A", "S"]
    named = _named(plans, shared)
    for number, (group, solid) in enumerate(named, start=1):
        drawn = _drawn(solid, group)
        # k3d takes an address in memory for a name: a number instead, for the same bytes every time.
        drawn.id = number
        plot += drawn
    if named:
        plot.camera = _from_the_front([solid.mesh for _, solid in named])
    return plot


def _named(plans: Sequence[Sequence[Solid]], shared: Sequence[Solid]) -> list[tuple[str, Solid]]:
    """Every surface that has triangles, with the group that it is shown with."""
    groups = [(_SHARED_GROUP, shared), *((f"plan {number}", solids) for number, solids in enumerate(plans))]
    return [(group, solid) for group, solids in groups for solid in solids if len(solid.mesh.triangles)]


def opacity_percent(solid: Solid) -> float:
    """How much of what lies behind a surface the scene hides, at first. [%]"""
    # k3d has no outlines to tell shells by: they are seen through more.
    return _CLEARER * solid.opacity_percent if solid.look == "shell" else 100.0


def scene_html(plans: Sequence[Sequence[Solid]], shared: Sequence[Solid] = ()) -> str:
    """The scene as a document by itself: no request leaves it; it listens for ``{flrPlan: number}``.

    Raises
    ------
    EnvironmentFailure
        If the ``[view]`` extra is not installed.
    """
    with _unconnected():
        plot = scene_plot(plans, shared)
        named = [solid for _, solid in _named(plans, shared)]
        keys = {drawn.id: solid.key for drawn, solid in zip(plot.objects, named, strict=True)}
        steering = _STEERING % {
            "keys": json.dumps(keys),
            "camera": json.dumps(list(plot.camera) or [0.0] * 9),
        }
        text: str = plot.get_snapshot(6, additional_js_code=steering)
    # The time of making goes, so that the same case gives the same bytes.
    # Its style sheet names fonts relative to the page, beside those that it holds: with this base there is
    # nothing that they are relative to, and nothing is asked for.
    head = '<base href="about:blank"><title>3-D view</title>'
    return re.sub(r"<title>.*?</title>", head, text, count=1)


@contextlib.contextmanager
def _unconnected() -> Iterator[None]:
    """k3d's objects are widgets: in a notebook each would send itself to the page, and be saved with it."""
    import comm

    connect = comm.create_comm
    comm.create_comm = lambda **_: comm.DummyComm()
    try:
        yield
    finally:
        comm.create_comm = connect


def script_hashes(document: str) -> tuple[str, ...]:
    """What a content security policy calls the scripts of a document, e.g. ``sha256-…``."""
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", document, re.DOTALL)
    return tuple(
        "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts
    )


def lighter(mesh: Mesh) -> Mesh:
    """The same closed surface with far fewer triangles, for a page that has to stay small.

    Volume is kept within 1 %, or the surface is given back as it was.
    """
    if len(mesh.triangles) < _FEW_TRIANGLES:
        return mesh
    small = _simplified(mesh)
    return small if abs(small.volume_ml - mesh.volume_ml) <= 0.01 * abs(mesh.volume_ml) else mesh


def _simplified(mesh: Mesh) -> Mesh:
    import fast_simplification

    points, triangles = fast_simplification.simplify(
        mesh.vertices_mm.astype(np.float32), mesh.triangles, target_reduction=_REDUCTION, agg=_AGGRESSIVENESS
    )
    return Mesh(points.astype(np.float64), triangles.astype(np.int32))


def _drawn(solid: Solid, group: str) -> Any:
    import k3d

    # The cut is open: it has no volume to keep.
    mesh = _simplified(solid.mesh) if solid.key == "cut" else lighter(solid.mesh)
    return k3d.mesh(
        # Steps of 1/32 mm pack better than the digits of a computation.
        (np.rint(mesh.vertices_mm * _STEPS_PER_MM) / _STEPS_PER_MM).astype(np.float32),
        mesh.triangles.astype(np.uint32),
        color=int(solid.colour[1:], 16),
        opacity=opacity_percent(solid) / 100.0,
        flat_shading=False,
        name=solid.name,
        group=group,
        side="double" if solid.key == "cut" else "front",
    )


def _from_the_front(meshes: Sequence[Mesh]) -> list[float]:
    low = np.min([mesh.vertices_mm.min(axis=0) for mesh in meshes], axis=0)
    high = np.max([mesh.vertices_mm.max(axis=0) for mesh in meshes], axis=0)
    middle = (low + high) / 2.0
    # k3d's default field of view is 60 degrees; a little more than the diagonal fits.
    away_mm = 0.72 * float(np.linalg.norm(high - low))
    return [*(middle + np.array([0.0, away_mm, 0.0])), *middle, 0.0, 0.0, 1.0]
