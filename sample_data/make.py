"""Make the sample case: an analytic liver shaped like a liver, before and after portal vein embolisation.

Nothing here comes from a patient. Every structure is a formula in millimetres, sampled at voxel centres of
an anisotropic, oblique grid, so the true volumes are known; ``volumes.csv`` holds the counted volumes and,
beside them, those of the same formulas on a lattice 16 times finer. Every run writes the same bytes (another
version of zlib may pack the same voxels differently).

    python sample_data/make.py                                 rewrite the files beside this script
    python sample_data/make.py --out /some/folder --coarsen 3  a small, quick version elsewhere

World coordinates are RAS+ millimetres as in NIfTI: +x is the patient's right, +y anterior, +z superior.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Points = tuple[Array, Array, Array]
"""World coordinates x, y, z, arrays of one shape. [mm]"""

SEED = 20260104
SPACING_MM = (1.5, 1.6, 2.5)
SUBSAMPLES = (2, 2, 4)
"""Points per voxel and axis of the reference lattice."""

IVC_XY_MM = (20.0, -42.0)
"""The vena cava runs straight up here; the hepatic vein planes turn about it."""

# ------------------------------------------------------------------------------------------------- shapes


def smooth_min(a: Array, b: Array, width_mm: float) -> Array:
    """Union of two levels with a fillet."""
    blend = np.maximum(width_mm - np.abs(a - b), 0.0) / width_mm
    return np.minimum(a, b) - blend * blend * (width_mm / 4.0)


def smooth_max(a: Array, b: Array, width_mm: float) -> Array:
    """Intersection of two levels with a rounded edge."""
    return -smooth_min(-a, -b, width_mm)


def ellipsoid(p: Points, centre_mm: Sequence[float], radii_mm: Sequence[float]) -> Array:
    """Level of an ellipsoid: negative inside, about the distance in mm near its surface."""
    scaled = [(axis - c) / r for axis, c, r in zip(p, centre_mm, radii_mm, strict=True)]
    radius = np.sqrt(sum(s * s for s in scaled))
    slope = np.sqrt(sum((s / r) ** 2 for s, r in zip(scaled, radii_mm, strict=True)))
    return radius * (radius - 1.0) / np.maximum(slope, 1e-9)


def capsule(p: Points, start: Sequence[float], end: Sequence[float]) -> Array:
    """Level of a tapering tube; ``start`` and ``end`` are x, y, z, radius in mm."""
    a, b = np.array(start[:3]), np.array(end[:3])
    along = b - a
    t = sum((axis - a[i]) * along[i] for i, axis in enumerate(p)) / max(float(along @ along), 1e-9)
    t = np.clip(t, 0.0, 1.0)
    squared = sum((axis - a[i] - t * along[i]) ** 2 for i, axis in enumerate(p))
    return np.sqrt(squared) - (start[3] + t * (end[3] - start[3]))


def profile(knots: Sequence[tuple[float, float]]) -> Callable[[Array], Array]:
    """A smooth curve through knots, without overshoot, constant beyond its ends."""
    from scipy.interpolate import PchipInterpolator

    at, value = zip(*knots, strict=True)
    curve = PchipInterpolator(at, value)
    return lambda x: np.asarray(curve(np.clip(x, at[0], at[-1])))


POSTERIOR_Y_MM = profile(
    [(-95, 48), (-70, 26), (-40, 6), (-15, -8), (0, -26), (18, -40), (38, -54), (60, -78), (85, -95)]
)
"""Back of the liver by x: oesophagus and stomach, spine, kidney and adrenal gland, then the ribs."""
VISCERAL_Z_MM = profile(
    [
        (-95, 28),
        (-60, 11),
        (-30, -6),
        (0, -21),
        (22, -29),
        (45, -43),
        (70, -63),
        (95, -78),
        (120, -75),
        (140, -62),
    ]
)
"""Underside of the liver by x, along y = 30 mm."""


def cavity(p: Points) -> Array:
    """Inside of the rib cage and abdominal wall, with the spine standing into it."""
    x, y, z = p
    wall = ellipsoid((x, y, z * 0.0), (0.0, 0.0, 0.0), (134.0, 91.0, 1.0))
    spine = 27.0 - np.hypot(x, y + 84.0)
    return smooth_max(wall, spine, 12.0)


def vena_cava(p: Points) -> Array:
    """Level of the inferior vena cava, wider than deep."""
    return (np.hypot((p[0] - IVC_XY_MM[0]) / 1.15, p[1] - IVC_XY_MM[1]) - 10.5) * 0.95


def gallbladder(p: Points) -> Array:
    """Level of the gallbladder, a pear between segments 4 and 5."""
    return smooth_min(
        capsule(p, (33, -2, -40, 4.5), (43, 34, -53, 11.0)),
        capsule(p, (43, 34, -53, 11.0), (50, 62, -61, 14.0)),
        6.0,
    )


def right_kidney(p: Points) -> Array:
    """Level of the right kidney, which hollows the back of segment 6."""
    return ellipsoid(p, (62.0, -52.0, -74.0), (27.0, 24.0, 50.0))


def diaphragm(p: Points) -> Array:
    """Convex upper body of the liver: the right dome and the flatter left one."""
    right = ellipsoid(p, (58.0, -8.0, -12.0), (72.0, 85.0, 85.0))
    left = ellipsoid(p, (-12.0, 34.0, 12.0), (76.0, 46.0, 37.0))
    return smooth_min(right, left, 34.0)


def liver(p: Points) -> Array:
    """Level of the liver with its fossae, before the vena cava is taken out."""
    x, y, z = p
    body = diaphragm(p)
    heart = ellipsoid(p, (-22.0, 30.0, 88.0), (52.0, 44.0, 40.0))
    body = smooth_max(body, -heart, 16.0)
    body = smooth_max(body, 0.8 * (POSTERIOR_Y_MM(x) - y + 0.10 * (z - 10.0)), 14.0)
    underside = (
        VISCERAL_Z_MM(x) + 0.38 * np.maximum(30.0 - y, 0.0) + 5.0 * np.sin(x / 21.0) * np.cos(y / 33.0)
    )
    body = smooth_max(body, 0.85 * (underside - z), 12.0)
    caudate = ellipsoid(p, (5.0, -27.0, 6.0), (21.0, 14.0, 32.0))
    body = smooth_min(body, caudate, 7.0)
    porta = ellipsoid(p, (19.0, -14.0, -32.0), (24.0, 9.0, 15.0))
    body = smooth_max(body, -porta, 7.0)
    body = smooth_max(body, -(right_kidney(p) - 3.0), 10.0)
    teres = capsule(p, (-12.0, 84.0, -34.0, 8.0), (-7.0, 26.0, -16.0, 4.5))
    body = smooth_max(body, -teres, 4.0)
    venosum = np.maximum(
        np.abs((y + 12.0) + 0.5 * (x + 12.0)) - 1.6, ellipsoid(p, (-14, -12, 4), (16, 16, 26))
    )
    body = np.maximum(body, -venosum)
    return smooth_max(body, -(gallbladder(p) - 1.0), 3.0)


# ------------------------------------------------------------------------------------------------ segments


def azimuth(p: Points) -> tuple[Array, Array]:
    """Angle about the vena cava in degrees (0 anterior, positive to the right) and distance from it in mm."""
    across, forward = p[0] - IVC_XY_MM[0], p[1] - IVC_XY_MM[1]
    return np.degrees(np.arctan2(across, forward)), np.hypot(across, forward)


def middle_vein_angle(r: Array, z: Array) -> Array:
    """Where the middle hepatic vein's surface (Cantlie) runs. [degrees]"""
    return 3.8 + 4.5 * np.sin(r / 38.0) - 0.10 * z


def right_vein_angle(r: Array, z: Array) -> Array:
    """Where the right hepatic vein's surface runs. [degrees]"""
    return 56.0 + 9.0 * np.sin(r / 50.0 - 0.6) + 0.08 * z


def umbilical_angle(r: Array, z: Array) -> Array:
    """Where the umbilical fissure runs. [degrees]"""
    return -20.0 + 5.0 * np.sin(r / 45.0) - 0.03 * z


def segments(p: Points) -> NDArray[np.uint8]:
    """Couinaud segment of every point, as if all of space were liver."""
    x, y, z = p
    angle, r = azimuth(p)
    right = angle > middle_vein_angle(r, z)
    lateral = angle > right_vein_angle(r, z)
    left = angle < umbilical_angle(r, z)
    upper_anterior = z > -11.0 + 7.0 * np.sin((x + y) / 45.0) + 0.10 * (y - 10.0)
    upper_posterior = z > -7.0 + 8.0 * np.sin(y / 35.0) - 0.08 * (x - 90.0)
    behind = z - 17.0 - 0.75 * (y - 36.0) + 5.0 * np.sin(x / 22.0) > 0.0
    part = np.where(left, np.where(behind, 2, 3), 4)
    anterior, posterior = np.where(upper_anterior, 8, 5), np.where(upper_posterior, 7, 6)
    part = np.where(right, np.where(lateral, posterior, anterior), part)
    caudate = smooth_min(
        ellipsoid(p, (5.0, -28.0, 5.0), (24.0, 17.0, 36.0)),
        ellipsoid(p, (24.0, -26.0, -6.0), (17.0, 8.0, 17.0)),
        6.0,
    )
    return np.where(caudate < 0.0, 1, part).astype(np.uint8)


# ------------------------------------------------------------------------------- the liver after embolisation

_ANGLE_BACK = profile([(-180, -180), (-100, -100), (-19, -28), (21.6, 5), (73, 63), (140, 138), (180, 180)])


def undo_growth(p: Points) -> Points:
    """Where a point of the scan after embolisation lay before it.

    Cylinder coordinates about the vena cava: the sector of segments 2 to 4 opens and reaches further, that of
    5 to 8 closes and draws back from the ribs.
    """
    angle, r = azimuth(p)
    before = np.radians(_ANGLE_BACK(angle))
    to_right = np.clip((angle + 5.0) / 70.0, 0.0, 1.0)
    to_right = to_right * to_right * (3.0 - 2.0 * to_right)
    stretch_r = 1.052 + (0.98 - 1.052) * to_right
    stretch_z = 1.06 + (0.985 - 1.06) * to_right
    far = np.clip(r / 30.0, 0.0, 1.0)
    r = r / (1.0 + (stretch_r - 1.0) * far)
    return (
        IVC_XY_MM[0] + r * np.sin(before),
        IVC_XY_MM[1] + r * np.cos(before),
        5.0 + (p[2] - 5.0) / stretch_z,
    )


def apply_growth(points_mm: Array) -> Array:
    """Inverse of ``undo_growth`` for a few points, shape (n, 3), by fixed-point steps."""
    after = points_mm.copy()
    for _ in range(80):
        after += points_mm - np.stack(undo_growth((after[:, 0], after[:, 1], after[:, 2])), axis=1)
    return after


# ------------------------------------------------------------------------------------------ tumours, vessels


@dataclass(frozen=True)
class Tumour:
    """A lobulated ellipsoid; ``growth`` multiplies its radii between the scans."""

    centre_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    growth: float


TUMOURS = (
    Tumour((88.0, -45.0, 27.0), (22.0, 20.0, 22.0), 1.02),
    Tumour((72.0, 34.0, 34.0), (16.0, 14.0, 15.5), 1.03),
    Tumour((104.0, -16.0, -40.0), (12.0, 13.0, 11.5), 1.00),
    Tumour((14.0, 52.0, 6.0), (9.5, 10.5, 9.5), 1.05),
    Tumour((-32.0, 62.0, 4.0), (7.6, 7.0, 7.2), 1.04),
)

VESSELS = {
    1: "portal_vein",
    2: "portal_vein_right",
    3: "portal_vein_left",
    4: "portal_vein_right_anterior",
    5: "portal_vein_right_posterior",
    6: "portal_vein_segment_2",
    7: "portal_vein_segment_3",
    8: "portal_vein_segment_4",
    9: "portal_vein_segment_5",
    10: "portal_vein_segment_6",
    11: "portal_vein_segment_7",
    12: "portal_vein_segment_8",
    13: "hepatic_vein_right",
    14: "hepatic_vein_middle",
    15: "hepatic_vein_left",
    16: "ivc",
}
ORGANS = {1: "gallbladder", 2: "spleen"}
RIGHT_PORTAL = (2, 4, 5, 9, 10, 11, 12)
EXTRAHEPATIC = (1, 2, 3, 16)
SEGMENT_OF_VESSEL = {6: 2, 7: 3, 8: 4, 9: 5, 10: 6, 11: 7, 12: 8}

# x, y, z, radius in mm from the root outwards
PORTAL_STEMS: Mapping[int, Sequence[tuple[float, float, float, float]]] = {
    1: [(-2, -26, -92, 7.0), (6, -22, -68, 7.0), (16, -18, -44, 6.8), (26, -15, -24, 6.5)],
    2: [(26, -15, -24, 6.2), (36, -14, -19, 5.8), (48, -13, -15, 5.5)],
    3: [(26, -15, -24, 5.4), (16, -9, -13, 5.2), (5, 3, -7, 5.0), (-4, 18, -3, 4.8), (-6, 34, 0, 4.4)],
    4: [(48, -13, -15, 4.8), (58, -3, -9, 4.6), (67, 8, -3, 4.3)],
    5: [(48, -13, -15, 4.8), (62, -24, -15, 4.5), (76, -33, -14, 4.2)],
    6: [(-4, 18, -3, 3.4), (-20, 19, 6, 3.0), (-38, 26, 16, 2.4), (-52, 34, 21, 1.8)],
    7: [(-6, 34, 0, 3.4), (-18, 44, -2, 3.0), (-32, 52, -6, 2.4), (-46, 58, -1, 1.8)],
    8: [(-6, 34, 0, 3.4), (4, 40, 4, 3.0), (16, 40, 16, 2.4), (20, 36, 30, 1.8)],
    9: [(67, 8, -3, 3.8), (72, 20, -18, 3.4), (78, 32, -38, 2.8), (80, 34, -56, 2.0)],
    10: [(76, -33, -14, 3.6), (90, -34, -26, 3.2), (102, -32, -38, 2.6), (108, -28, -54, 1.9)],
    11: [(76, -33, -14, 3.6), (80, -44, 2, 3.2), (70, -54, 20, 2.6), (64, -52, 40, 1.9)],
    12: [(67, 8, -3, 3.8), (74, 12, 14, 3.4), (82, 8, 32, 2.8), (76, 6, 54, 2.0)],
}


@dataclass(frozen=True)
class Tube:
    """A chain of tapering capsules with one vessel label; nodes are x, y, z, radius in mm, shape (n, 4)."""

    label: int
    nodes: Array


def spline(stem: Sequence[Sequence[float]], *, pieces: int = 6) -> Array:
    """Nodes of a smooth curve through a stem's points."""
    from scipy.interpolate import CubicSpline

    nodes = np.array(stem, dtype=np.float64)
    steps = np.linspace(0.0, len(nodes) - 1.0, pieces * (len(nodes) - 1) + 1)
    return np.asarray(CubicSpline(np.arange(len(nodes)), nodes)(steps))


def hepatic_stem(
    angle: Callable[[Array, Array], Array],
    heights_mm: Sequence[tuple[float, float]],
    radii_mm: tuple[float, float],
) -> Array:
    """Nodes of a hepatic vein that runs in its surface from the vena cava outwards."""
    reach = heights_mm[-1][0]
    r = np.linspace(heights_mm[0][0], reach, 22)
    z = profile(heights_mm)(r)
    phi = np.radians(angle(r, z))
    radius = np.linspace(*radii_mm, len(r))
    return np.stack([IVC_XY_MM[0] + r * np.sin(phi), IVC_XY_MM[1] + r * np.cos(phi), z, radius], axis=1)


def left_vein_angle(r: Array, z: Array) -> Array:
    """The left hepatic vein runs between segments 2 and 3, left of the umbilical fissure. [degrees]"""
    return umbilical_angle(r, z) - 5.0 - 0.13 * (r - 8.0)


HEPATIC_STEMS: Mapping[int, Array] = {
    13: hepatic_stem(right_vein_angle, [(6, 50), (25, 44), (55, 22), (85, -10), (98, -34)], (5.6, 2.0)),
    14: hepatic_stem(middle_vein_angle, [(6, 50), (25, 42), (55, 22), (85, -8), (100, -24)], (5.0, 1.9)),
    15: hepatic_stem(left_vein_angle, [(6, 49), (30, 40), (60, 28), (85, 22), (104, 14)], (4.6, 1.8)),
}


def grow_branches(tube: Tube, targets_mm: Array, *, reach: float) -> Iterator[Tube]:
    """Side branches from a stem towards targets, each leaving along the stem's own direction."""
    count = len(tube.nodes)
    for target in targets_mm:
        order = np.linalg.norm(tube.nodes[:, :3] - target, axis=1)
        root = int(np.clip(order.argmin() - count // 6, count // 5, count - 2))
        start, parent_radius = tube.nodes[root, :3], tube.nodes[root, 3]
        direction = tube.nodes[root + 1, :3] - start
        direction = direction / np.linalg.norm(direction)
        end = start + reach * (target - start)
        bend = start + 0.45 * np.linalg.norm(end - start) * direction
        t = np.linspace(0.0, 1.0, 9)[:, None]
        path = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
        radius = np.linspace(0.72 * parent_radius, 1.3, 9)[:, None]
        yield Tube(tube.label, np.concatenate([path, radius], axis=1))


def vessel_tree() -> tuple[Tube, ...]:
    """All vessels before embolisation: stems, and two orders of side branches inside the liver."""
    rng = np.random.default_rng(SEED)
    cloud = rng.uniform((-90, -85, -95), (140, 90, 85), (60_000, 3))
    p: Points = (cloud[:, 0], cloud[:, 1], cloud[:, 2])
    depth = np.maximum(liver(p), -vena_cava(p))
    cloud, part = cloud[depth < -7.0], segments(p)[depth < -7.0]
    tubes = [Tube(16, np.array([(*IVC_XY_MM, z, 16.0) for z in (-130.0, 130.0)]))]
    tubes += [Tube(label, nodes) for label, nodes in HEPATIC_STEMS.items()]
    tubes += [Tube(label, spline(stem)) for label, stem in PORTAL_STEMS.items()]
    drained = {13: (5, 6, 7, 8), 14: (4, 5, 8), 15: (2, 3)}
    for stem in tuple(tubes):
        if stem.label in SEGMENT_OF_VESSEL:
            inside = cloud[part == SEGMENT_OF_VESSEL[stem.label]]
        elif stem.label in drained:
            inside = cloud[np.isin(part, drained[stem.label])]
            near = np.linalg.norm(inside[:, None, :] - stem.nodes[None, ::3, :3], axis=2).min(axis=1)
            inside = inside[near < 34.0]
        else:
            continue
        first = list(grow_branches(stem, spread(inside, 5), reach=0.9))
        tubes += first
        for number, branch in enumerate(first):
            near = inside[np.linalg.norm(inside - branch.nodes[-1, :3], axis=1) < 24.0]
            tubes += grow_branches(branch, spread(near, 2 + number % 2), reach=0.8)
    return tuple(tubes)


def grown(tubes: Sequence[Tube]) -> tuple[Tube, ...]:
    """The same vessels after embolisation."""
    return tuple(
        Tube(t.label, np.column_stack([apply_growth(t.nodes[:, :3]), t.nodes[:, 3]])) if t.label != 16 else t
        for t in tubes
    )


def spread(points_mm: Array, count: int) -> Array:
    """A few points far from each other (greedy), beginning with the first."""
    chosen = [0] if len(points_mm) else []
    while chosen and len(chosen) < min(count, len(points_mm)):
        gaps = np.linalg.norm(points_mm[:, None, :] - points_mm[None, chosen, :], axis=2).min(axis=1)
        chosen.append(int(gaps.argmax()))
    return points_mm[chosen]


# --------------------------------------------------------------------------------------------------- scans


@dataclass(frozen=True)
class Scan:
    """One examination: where its voxels lie, and whether the liver has grown."""

    key: str
    shape: tuple[int, int, int]
    index_to_world_mm: Array
    embolised: bool

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel. [mL]"""
        return float(abs(np.linalg.det(self.index_to_world_mm[:3, :3]))) / 1000.0

    def points(self, index: Array) -> Points:
        """World positions of indices, shape (n, 3)."""
        world = index @ self.index_to_world_mm[:3, :3].T + self.index_to_world_mm[:3, 3]
        return world[:, 0], world[:, 1], world[:, 2]

    def before(self, p: Points) -> Points:
        """Positions before embolisation."""
        return undo_growth(p) if self.embolised else p


def make_scan(
    key: str,
    shape: tuple[int, int, int],
    *,
    centre_mm: Sequence[float],
    tilt_deg: tuple[float, float],
    embolised: bool,
    coarsen: float,
) -> Scan:
    """A grid near LPS, tilted about the left-right and the front-back axis."""
    a, b = np.radians(tilt_deg)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    sides = tuple(int(np.ceil(n / coarsen)) for n in shape)
    affine = np.eye(4)
    affine[:3, :3] = about_y @ about_x @ np.diag([-SPACING_MM[0], -SPACING_MM[1], SPACING_MM[2]]) * coarsen
    affine[:3, 3] = np.array(centre_mm) - affine[:3, :3] @ ((np.array(sides) - 1) / 2.0)
    # what a NIfTI header stores, so that the voxels are sampled exactly where a reader puts them
    affine = affine.astype(np.float32).astype(np.float64)
    return Scan(key, (sides[0], sides[1], sides[2]), affine, embolised)


def scans(coarsen: float) -> tuple[Scan, Scan]:
    """Both examinations: the table has moved between them and the patient lies a little differently."""
    return (
        make_scan(
            "baseline",
            (226, 150, 84),
            centre_mm=(2.0, -1.0, -6.0),
            tilt_deg=(5.0, -3.0),
            embolised=False,
            coarsen=coarsen,
        ),
        make_scan(
            "after_pve",
            (224, 150, 86),
            centre_mm=(-1.3, 2.2, -3.1),
            tilt_deg=(3.5, -4.5),
            embolised=True,
            coarsen=coarsen,
        ),
    )


@dataclass(frozen=True)
class Labels:
    """Label arrays of a set of points."""

    segments: NDArray[np.uint8]
    tumours: NDArray[np.uint8]
    organs: NDArray[np.uint8]
    inside_mm: Array


def labels_at(scan: Scan, p: Points) -> Labels:
    """Segments, tumours and organs at any points, straight from the formulas."""
    q = scan.before(p)
    level = np.maximum(np.maximum(liver(q), cavity(p) + 3.0), -(vena_cava(p) - 0.8))
    part = np.where(level < 0.0, segments(q), 0).astype(np.uint8)
    lesion = np.zeros(level.shape, np.uint8)
    for number, tumour in enumerate(TUMOURS, start=1):
        centre, radii = np.array([tumour.centre_mm]), np.array(tumour.radii_mm)
        if scan.embolised:
            centre, radii = apply_growth(centre), radii * tumour.growth
        wave = np.sin(p[0] / 4.1 + number) * np.sin(p[1] / 3.7 + 2 * number) * np.sin(p[2] / 4.6)
        lesion[
            (ellipsoid(p, centre[0].tolist(), radii.tolist()) + 0.09 * radii.mean() * wave < 0.0) & (part > 0)
        ] = number
    organs = np.zeros(level.shape, np.uint8)
    organs[spleen(p) < 0.0] = 2
    organs[(gallbladder(q) < 0.0) & (part == 0)] = 1
    return Labels(part, lesion, organs, level)


def spleen(p: Points) -> Array:
    """Level of the spleen, hollowed by the stomach."""
    body = ellipsoid(p, (-100.0, -34.0, 18.0), (30.0, 44.0, 50.0))
    return np.maximum(
        smooth_max(body, -ellipsoid(p, (-66.0, -8.0, 14.0), (34.0, 40.0, 52.0)), 8.0), cavity(p) + 4.0
    )


def vessels_on(
    shape: tuple[int, int, int], index_to_world_mm: Array, tubes: Sequence[Tube]
) -> NDArray[np.uint8]:
    """Vessel labels on a lattice; where two vessels meet, the first of ``tubes`` wins."""
    marked = np.zeros(shape, np.uint8)
    to_index = np.linalg.inv(index_to_world_mm)
    least_step_mm = float(np.linalg.norm(index_to_world_mm[:3, :3], axis=0).min())
    for tube in tubes:
        pieces = zip(tube.nodes[:-1], tube.nodes[1:], strict=True)
        for piece in pieces:
            nodes = np.stack(piece)
            reach = nodes[:, 3].max() / least_step_mm + 1.0
            index = nodes[:, :3] @ to_index[:3, :3].T + to_index[:3, 3]
            low = np.clip(np.floor(index.min(axis=0) - reach).astype(int), 0, shape)
            high = np.clip(np.ceil(index.max(axis=0) + reach).astype(int) + 1, 0, shape)
            if (high <= low).any():
                continue
            grid = np.indices(high - low).reshape(3, -1).T + low
            world = grid @ index_to_world_mm[:3, :3].T + index_to_world_mm[:3, 3]
            p: Points = (world[:, 0], world[:, 1], world[:, 2])
            level = vena_cava(p) if tube.label == 16 else capsule(p, nodes[0].tolist(), nodes[1].tolist())
            hit = grid[level < 0.0]
            hit = hit[marked[tuple(hit.T)] == 0]
            marked[tuple(hit.T)] = tube.label
    return marked


def keep_visible(vessels: NDArray[np.uint8], labels: Labels) -> NDArray[np.uint8]:
    """Vessels end at the liver's surface (the great ones do not) and at tumours."""
    inside = (labels.segments > 0) | np.isin(vessels, EXTRAHEPATIC) | (vessels >= 13)
    return np.where(inside & (labels.tumours == 0) & (labels.organs == 0), vessels, 0).astype(np.uint8)


# ---------------------------------------------------------------------------------------------------- image


def image_hu(
    scan: Scan, p: Points, labels: Labels, vessels: NDArray[np.uint8], seed: int
) -> NDArray[np.int16]:
    """A CT-like image in the portal venous phase, blurred, noisy, in steps of 4 HU to stay small."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    x, y, z = p
    q = scan.before(p)
    skin = ellipsoid((x, y, z * 0.0), (0.0, -2.0, 0.0), (160.0, 113.0, 1.0))
    inner = cavity(p)
    hu = np.full(x.shape, -1000.0)
    hu[skin < 0.0] = -105.0
    hu[(inner < 13.0) & (skin < -4.0)] = 58.0
    hu[inner < 0.0] = -95.0
    dome = np.minimum(diaphragm(q), ellipsoid(p, (-62.0, -4.0, 0.0), (74.0, 84.0, 84.0)))
    lung = (inner < -1.0) & (dome > 7.0) & (z > 5.0)
    hu[(inner < 0.0) & (dome > 3.0) & (z > 5.0)] = 55.0
    hu[lung] = -840.0
    hu[(ellipsoid(p, (-22.0, 30.0, 92.0), (58.0, 50.0, 42.0)) < 0.0) & (inner < 0.0)] = 135.0
    stomach = ellipsoid(p, (-66.0, 4.0, 8.0), (38.0, 50.0, 50.0))
    hu[(stomach < 0.0) & (inner < -3.0)] = 48.0
    hu[(stomach < -3.5) & (inner < -3.0)] = 12.0
    hu[(stomach < -3.5) & (y > 32.0)] = -900.0
    for side in (-1.0, 1.0):
        # the left kidney is the right one mirrored, a little higher
        mirrored = (side * x, y, z if side > 0 else z - 13.0)
        kidney = right_kidney(mirrored)
        sinus = ellipsoid(mirrored, (50.0, -46.0, -74.0), (14.0, 9.0, 24.0))
        hu[(kidney < 0.0) & (inner < -2.0)] = 175.0
        hu[(sinus < 0.0) & (kidney < 0.0)] = -60.0
    bowel = (
        np.sin(x / 17.0 + 0.6 * np.sin(z / 9.0)) + np.sin(y / 13.0 + x / 41.0) + np.sin(z / 15.0 + y / 29.0)
    )
    gut = (inner < -6.0) & (z < -26.0) & (hu == -95.0) & (y > -30.0)
    hu[gut & (bowel > 0.35)] = 45.0
    hu[gut & (bowel > 1.1)] = 22.0
    hu[ellipsoid((x, y, z * 0.0), (0.0, -84.0, 0.0), (21.0, 17.0, 1.0)) < 0.0] = 190.0
    hu[ellipsoid((x, y, z * 0.0), (0.0, -84.0, 0.0), (18.5, 14.5, 1.0)) < 0.0] = 150.0
    hu[np.hypot(x, y + 105.0) < 8.0] = 30.0
    ribs = np.sin((z + 0.45 * y + 0.12 * np.abs(x)) / 4.3) > 0.55
    hu[ribs & (inner > 4.0) & (inner < 11.0) & (y < 70.0) & (np.abs(x) > 30.0)] = 330.0
    hu[np.hypot(x + 12.0, y + 50.0) < 10.5] = 165.0
    hu[labels.organs == 2] = 122.0
    hu[(labels.organs == 1) | ((gallbladder(q) < 0.0) & (labels.segments == 0))] = 14.0

    embolised_part = (labels.segments >= 5) & scan.embolised
    hu[labels.segments > 0] = 112.0
    hu[embolised_part] = 104.0
    hu[vessels > 0] = 172.0
    if scan.embolised:
        hu[np.isin(vessels, RIGHT_PORTAL)] = 70.0
        hu[np.isin(vessels, (2, 4, 5))] = 420.0
    lesions = labels.tumours.reshape(scan.shape) > 0
    rim_mm = distance_transform_edt(
        lesions, sampling=np.linalg.norm(scan.index_to_world_mm[:3, :3], axis=0)
    ).ravel()
    hu = np.where(lesions.ravel(), 66.0 + 24.0 * np.exp(-rim_mm / 2.5), hu)

    rng = np.random.default_rng(seed)
    volume = gaussian_filter(hu.reshape(scan.shape), 0.55)
    noise = gaussian_filter(rng.standard_normal(scan.shape), 0.6)
    volume += noise * (9.0 / noise.std()) * (volume > -700.0)
    volume = np.where(volume < -960.0, -1000.0, volume)
    return np.asarray(4.0 * np.round(volume / 4.0), dtype=np.int16)


# ------------------------------------------------------------------------------------------------- counting


def tally(labels: Labels, vessels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Counts in one vector: segments, tumours, tumour by segment, organs, vessels."""
    pair = labels.segments.astype(np.int64) * 16 + labels.tumours
    return np.concatenate(
        [
            np.bincount(pair, minlength=16 * 16),
            np.bincount(labels.organs, minlength=16),
            np.bincount(vessels, minlength=32),
        ]
    )


def reference_tally(scan: Scan, tubes: Sequence[Tube]) -> NDArray[np.int64]:
    """The same counts on a lattice of ``SUBSAMPLES`` points per voxel."""
    total = np.zeros(16 * 16 + 16 + 32, np.int64)
    index = np.indices(scan.shape).reshape(3, -1).T.astype(np.float64)
    for step in np.ndindex(*SUBSAMPLES):
        shift = (np.array(step) + 0.5) / SUBSAMPLES - 0.5
        affine = scan.index_to_world_mm.copy()
        affine[:3, 3] += affine[:3, :3] @ shift
        vessels = vessels_on(scan.shape, affine, tubes).ravel()
        p = scan.points(index + shift)
        near = (
            (diaphragm(scan.before(p)) < 4.0)
            | (spleen(p) < 0.0)
            | (gallbladder(scan.before(p)) < 0.0)
            | (vessels > 0)
        )
        labels = labels_at(scan, (p[0][near], p[1][near], p[2][near]))
        total += tally(labels, keep_visible(vessels[near], labels))
    return total


def structures(counts: NDArray[np.int64], *, with_vessels: bool) -> dict[tuple[str, str], int]:
    """Points of every structure, (name, file:value) → count, from a tally."""
    pairs = counts[:256].reshape(16, 16)
    rows = {("liver", ""): int(pairs[1:].sum())}
    rows |= {(f"segment_{part}", f"segments:{part}"): int(pairs[part].sum()) for part in range(1, 9)}
    rows |= {
        (f"tumour_{number}", f"tumours:{number}"): int(pairs[1:, number].sum())
        for number in range(1, len(TUMOURS) + 1)
    }
    rows |= {
        ("tumour", ""): int(pairs[1:, 1:].sum()),
        ("functional", ""): int(pairs[1:, 0].sum()),
        ("remnant_after_H5678", ""): int(pairs[1:5, 0].sum()),
        ("remnant_tumour_after_H5678", ""): int(pairs[1:5, 1:].sum()),
    }
    if with_vessels:
        rows |= {(name, f"organs:{value}"): int(counts[256 + value]) for value, name in ORGANS.items()}
        rows |= {(name, f"vessels:{value}"): int(counts[272 + value]) for value, name in VESSELS.items()}
    return rows


def table_rows(
    scan: Scan, counts: NDArray[np.int64], fine: NDArray[np.int64]
) -> Iterator[tuple[str, str, str, int, str, str, str]]:
    """Lines of ``volumes.csv`` for one scan, from the voxels' tally and the finer lattice's."""
    point_ml = scan.voxel_volume_ml / int(np.prod(SUBSAMPLES))
    reference = structures(fine, with_vessels=not scan.embolised)
    for (name, label), voxels in structures(counts, with_vessels=not scan.embolised).items():
        volume_ml, reference_ml = voxels * scan.voxel_volume_ml, reference[name, label] * point_ml
        error = f"{100.0 * (volume_ml / reference_ml - 1.0):.3f}" if reference_ml else ""
        yield scan.key, name, label, voxels, f"{volume_ml:.6f}", f"{reference_ml:.6f}", error


def write_table(path: Path, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write the volumes, one row per scan and structure."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(
        ["scan", "structure", "label", "voxels", "volume_ml", "reference_ml", "voxelisation_error_percent"]
    )
    table.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


# --------------------------------------------------------------------------------------------------- files


def write_nifti(path: Path, voxels: NDArray[Any], scan: Scan, names: Mapping[int, str] | None = None) -> None:
    """Write a ``.nii.gz`` with neither time nor name in its gzip header; names as a Caret label table."""
    import nibabel as nib

    image = nib.Nifti1Image(voxels, scan.index_to_world_mm, dtype=voxels.dtype)
    image.header.set_xyzt_units("mm")
    image.set_sform(scan.index_to_world_mm, code=1)
    image.set_qform(scan.index_to_world_mm, code=1)
    if names:
        image.header.extensions.append(nib.nifti1.Nifti1Extension(0, label_table(names)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as packed,
    ):
        packed.write(image.to_bytes())


def label_table(names: Mapping[int, str]) -> bytes:
    """XML of a Caret label table, as TotalSegmentator and Connectome Workbench write it."""
    lines = [
        f'<Label Key="{value}" Red="{value % 3 / 2}" Green="{value % 5 / 4}" Blue="{value % 2}" Alpha="1">'
        f"<![CDATA[{name}]]></Label>"
        for value, name in names.items()
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<CaretExtension><VolumeInformation Index="0"><LabelTable>\n'
        + "\n".join(lines)
        + "\n</LabelTable><VolumeType><![CDATA[Label]]></VolumeType></VolumeInformation></CaretExtension>\n"
    ).encode()


def make(out: Path, *, coarsen: float = 1.0) -> None:
    """Write both scans and the table of volumes into ``out``."""
    tree = vessel_tree()
    rows: list[tuple[Any, ...]] = []
    for number, scan in enumerate(scans(coarsen)):
        p = scan.points(np.indices(scan.shape).reshape(3, -1).T.astype(np.float64))
        labels = labels_at(scan, p)
        tubes = grown(tree) if scan.embolised else tree
        vessels = keep_visible(vessels_on(scan.shape, scan.index_to_world_mm, tubes).ravel(), labels)
        folder = out / scan.key
        write_nifti(folder / "segments.nii.gz", labels.segments.reshape(scan.shape), scan)
        write_nifti(folder / "tumours.nii.gz", labels.tumours.reshape(scan.shape), scan)
        write_nifti(folder / "ct.nii.gz", image_hu(scan, p, labels, vessels, SEED + number), scan)
        if not scan.embolised:
            write_nifti(folder / "vessels.nii.gz", vessels.reshape(scan.shape), scan, VESSELS)
            write_nifti(folder / "organs.nii.gz", labels.organs.reshape(scan.shape), scan, ORGANS)
        fine = reference_tally(scan, () if scan.embolised else tubes)
        rows += table_rows(scan, tally(labels, vessels), fine)
    write_table(out / "volumes.csv", rows)


def main() -> None:
    """Parse the command line and write the files."""
    parser = argparse.ArgumentParser(description="Make the sample case.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--coarsen", type=float, default=1.0, help="factor on every voxel side")
    given = parser.parse_args()
    make(given.out, coarsen=given.coarsen)


if __name__ == "__main__":
    main()
