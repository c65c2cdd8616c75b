"""DICOM RTSTRUCT: even–odd masks of analytic contours, planimetry, and contours that are refused."""

from __future__ import annotations

from math import acos, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from dicom_phantoms import Stack, circle, dense, stack_at, volumes_ml, write_rtstruct, write_series

from flr.checks import blocks_grading
from flr.dicom.contours import even_odd, overlap_area, planimetric_area, shoelace_area, without_repeats
from flr.dicom.study import open_study
from flr.errors import GeometryError, ReadError
from flr.io.source import count

HEIGHTS = np.arange(100.0, 130.0, 2.5)
CENTRE = (3.3, -7.1)


def fine(**changes: Any) -> Stack:
    """Slices with pixels of 0.7 mm."""
    return stack_at(HEIGHTS, spacing_mm=(0.7, 0.7), size=(210, 200), **changes)


def rings(radii_mm: list[float], heights_mm: Any = HEIGHTS, **options: Any) -> list[np.ndarray]:
    """Concentric circles on every slice, their centre wandering against the pixels as a body's does."""
    return [circle((*centre_at(z), float(z)), r, **options) for z in heights_mm for r in radii_mm]


def centre_at(z_mm: float) -> tuple[float, float]:
    return CENTRE[0] + 0.31 * z_mm % 2.3, CENTRE[1] + 0.47 * z_mm % 1.9


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stack, Path]:
    stack = fine()
    folder = tmp_path_factory.mktemp("ct")
    write_series(folder, stack, hu=lambda k: np.zeros((200, 210)))
    return stack, folder


def read(*paths: Path) -> Any:
    return open_study(paths).sources


def checks_of(sources: Any) -> dict[str, str]:
    return {f.check: f.severity for source in sources for f in source.quality}


SHAPES = {
    "circle": ([40.0], pi * 40.0**2),
    "annulus": ([40.0, 22.0], pi * (40.0**2 - 22.0**2)),
    "island in a hole": ([41.0, 30.0, 14.0], pi * (41.0**2 - 30.0**2 + 14.0**2)),
}


@pytest.mark.parametrize("with_images", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_analytic_contours(tmp_path: Path, images: tuple[Stack, Path], shape: str, with_images: bool) -> None:
    radii, area_mm2 = SHAPES[shape]
    stack, folder = images
    path = write_rtstruct(tmp_path / "r.dcm", stack, {"Liver": rings(radii)})
    (source,) = read(path, folder) if with_images else read(path)
    true_ml = area_mm2 * 2.5 * len(HEIGHTS) / 1000.0
    assert volumes_ml(source)[1] == pytest.approx(true_ml, rel=0.001)
    assert source.planimetric_ml[1] == pytest.approx(true_ml, rel=1e-5)
    assert source.kind == "rtstruct"
    if with_images:
        assert source.quality == ()
        assert source.series is not None
        assert count(source).touches[1] == {"k-", "k+"}
    else:
        # The list names no image but those with contours: whether the scan goes on is not known.
        assert checks_of([source]) == {"referenced_series_absent": "info", "scan_extent_unknown": "warning"}


@pytest.mark.parametrize("clockwise", [(False, True), (True, True), (True, False)])
def test_winding_does_not_matter(
    tmp_path: Path, images: tuple[Stack, Path], clockwise: tuple[bool, bool]
) -> None:
    outer = rings([40.0], clockwise=clockwise[0])
    inner = rings([22.0], clockwise=clockwise[1])
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": [*inner, *outer]})
    (source,) = read(path, images[1])
    true_ml = SHAPES["annulus"][1] * 2.5 * len(HEIGHTS) / 1000.0
    assert volumes_ml(source)[1] == pytest.approx(true_ml, rel=0.001)
    assert source.planimetric_ml[1] == pytest.approx(true_ml, rel=1e-5)


def test_a_keyhole_is_a_hole(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    def keyhole(z: float) -> np.ndarray:
        outer = circle((*centre_at(z), z), 40.0)
        inner = circle((*centre_at(z), z), 22.0, clockwise=True)
        return np.concatenate([outer, outer[:1], inner, inner[:1]])

    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": [keyhole(float(z)) for z in HEIGHTS]})
    (source,) = read(path, images[1])
    true_ml = SHAPES["annulus"][1] * 2.5 * len(HEIGHTS) / 1000.0
    assert volumes_ml(source)[1] == pytest.approx(true_ml, rel=0.001)
    assert source.planimetric_ml[1] == pytest.approx(true_ml, rel=1e-4)
    apart = [*rings([40.0]), *rings([22.0])]
    (other,) = read(write_rtstruct(tmp_path / "s.dcm", images[0], {"Liver": apart}), images[1])
    differing = np.count_nonzero(dense(source) != dense(other))
    assert differing <= 2 * len(HEIGHTS)  # where the channel ends on a pixel centre


def test_several_bodies_on_a_slice(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    drawn = [
        circle((x + 0.3 * k, 0.4 * k, float(z)), 15.0)
        for k, z in enumerate(HEIGHTS)
        for x in (-45.0, 0.0, 45.0)
    ]
    (source,) = read(write_rtstruct(tmp_path / "r.dcm", images[0], {"Tumor": drawn}), images[1])
    assert volumes_ml(source)[1] == pytest.approx(3 * pi * 225 * 2.5 * len(HEIGHTS) / 1000.0, rel=0.001)


def test_structures_that_overlap_stay_whole(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    rois = {"Liver": rings([40.0]), "Tumor_1": rings([15.0]), "Body": rings([60.0])}
    sources = read(write_rtstruct(tmp_path / "r.dcm", images[0], rois), images[1])
    assert len(sources) == 3
    found = {s.names[v]: ml for s in sources for v, ml in volumes_ml(s).items()}
    for name, radius in (("Liver", 40.0), ("Tumor_1", 15.0), ("Body", 60.0)):
        assert found[name] == pytest.approx(pi * radius**2 * 2.5 * len(HEIGHTS) / 1000.0, rel=0.002)


def test_a_contour_drawn_twice_counts_once(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": [*rings([40.0]), *rings([40.0])]})
    (source,) = read(path, images[1])
    assert checks_of([source]) == {"contours_repeated": "warning"}
    assert volumes_ml(source)[1] == pytest.approx(pi * 1600 * 2.5 * len(HEIGHTS) / 1000.0, rel=0.001)


def test_contours_that_cross_are_said(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    drawn = [circle((x, 0.0, float(z)), 20.0) for z in HEIGHTS for x in (-8.0, 8.0)]
    (source,) = read(write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": drawn}), images[1])
    assert checks_of([source])["contours_overlap"] == "error"
    (finding,) = (f for f in source.quality if f.check == "contours_overlap")
    assert blocks_grading(finding)
    shared_ml = (800.0 * acos(0.4) - 8.0 * sqrt(1600.0 - 256.0)) * 2.5 * len(HEIGHTS) / 1000.0
    assert ml_in(finding.message, "is a hole,") == pytest.approx(shared_ml, rel=0.01)


def test_contours_that_hardly_cross_are_a_warning(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    """A notch of a few pixels is no reason to disbelieve the volume."""
    drawn = [circle((float(x), 0.0, float(z)), r) for z in HEIGHTS for x, r in ((-5, 40.0), (38.5, 4.0))]
    (source,) = read(write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": drawn}), images[1])
    assert checks_of([source])["contours_overlap"] == "warning"


def ml_in(message: str, before: str) -> float:
    """The number of mL that a message gives after some words."""
    return float(message.split(before)[1].split(" mL")[0])


def more_vertices(points: np.ndarray) -> np.ndarray:
    """The same outline with a vertex in the middle of every edge, from another start, the other way round."""
    middle = (points + np.roll(points, -1, axis=0)) / 2.0
    return np.roll(np.stack([points, middle], axis=1).reshape(-1, 3), 7, axis=0)[::-1]


def again(z: float, kind: str) -> list[np.ndarray]:
    """Further drawings of a circle of 40 mm."""
    x, y = centre_at(z)
    return {
        "a little larger": [circle((x, y, z), 40.3)],
        "a little smaller": [circle((x, y, z), 39.4)],
        "shifted": [circle((x + 0.5, y, z), 40.0)],
        "shifted further": [circle((x, y - 3.0, z), 40.0)],
        "other vertices": [more_vertices(circle((x, y, z), 40.0))],
        "few vertices": [circle((x, y, z), 40.0, n=40, clockwise=True)],
        "three times": [circle((x, y, z), 40.3), circle((x + 0.3, y, z), 39.9)],
        "four times": [circle((x, y, z), 40.0 + 0.2 * n) for n in (1, 2, 3)],
    }[kind]


@pytest.mark.parametrize("with_images", [True, False])
@pytest.mark.parametrize("slices", [[2, 3, 7], list(range(len(HEIGHTS)))])
@pytest.mark.parametrize("kind", ["a little larger", "shifted", "three times"])
def test_an_outline_drawn_twice_is_no_hole(
    tmp_path: Path, images: tuple[Stack, Path], kind: str, slices: list[int], with_images: bool
) -> None:
    drawn = [*rings([40.0]), *(c for n in slices for c in again(float(HEIGHTS[n]), kind))]
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": drawn})
    (source,) = read(path, images[1]) if with_images else read(path)
    true_ml = pi * 1600.0 * 2.5 * len(HEIGHTS) / 1000.0
    assert volumes_ml(source)[1] == pytest.approx(true_ml, rel=0.02)
    assert source.planimetric_ml[1] == pytest.approx(true_ml, rel=0.02)
    (finding,) = (f for f in source.quality if f.severity == "error")
    assert finding.check == "contours_doubled"
    assert blocks_grading(finding)
    assert f"{len(slices)} slice(s)" in finding.message
    if kind == "a little larger":
        lost_ml = pi * 1600.0 * 2.5 * len(slices) / 1000.0
        assert ml_in(finding.message, "taken out ") == pytest.approx(lost_ml, rel=0.02)


@pytest.mark.parametrize(
    "kind", ["a little smaller", "shifted further", "other vertices", "few vertices", "four times"]
)
def test_outlines_drawn_again_in_other_ways(tmp_path: Path, images: tuple[Stack, Path], kind: str) -> None:
    drawn = [*rings([40.0]), *(c for z in HEIGHTS for c in again(float(z), kind))]
    (source,) = read(write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": drawn}), images[1])
    true_ml = pi * 1600.0 * 2.5 * len(HEIGHTS) / 1000.0
    assert volumes_ml(source)[1] == pytest.approx(true_ml, rel=0.035)
    assert source.planimetric_ml[1] == pytest.approx(true_ml, rel=0.035)
    assert checks_of([source])["contours_doubled"] == "error"


def test_a_hole_drawn_twice_is_one_hole(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": rings([40.0, 22.0, 21.6])})
    (source,) = read(path, images[1])
    true_ml = SHAPES["annulus"][1] * 2.5 * len(HEIGHTS) / 1000.0
    assert volumes_ml(source)[1] == pytest.approx(true_ml, rel=0.01)
    assert checks_of([source])["contours_doubled"] == "error"


@pytest.mark.parametrize("radii", [[40.0, 37.0], [40.0, 37.0, 34.0], [9.0, 5.0], [60.0, 3.0], [12.0, 8.0]])
def test_walls_and_small_holes_are_no_double(
    tmp_path: Path, images: tuple[Stack, Path], radii: list[float]
) -> None:
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": rings(radii)})
    (source,) = read(path, images[1])
    area_mm2 = pi * sum((-1) ** n * r**2 for n, r in enumerate(radii))
    true_ml = area_mm2 * 2.5 * len(HEIGHTS) / 1000.0
    assert volumes_ml(source)[1] == pytest.approx(true_ml, rel=0.01)
    assert source.planimetric_ml[1] == pytest.approx(true_ml, rel=1e-4)
    assert "contours_doubled" not in checks_of([source])


@pytest.mark.parametrize("n_doubled", [3, 22])
def test_a_cylinder_on_coarse_pixels_keeps_its_volume(tmp_path: Path, n_doubled: int) -> None:
    """r = 60 mm, 22 slices of 4 × 4 × 5 mm: as holes, 3 slices took 164 mL away."""
    stack = stack_at(100.0 + 5.0 * np.arange(22), spacing_mm=(4.0, 4.0), size=(40, 40))
    write_series(tmp_path / "ct", stack, hu=lambda k: np.zeros((40, 40)))
    heights = stack.origins_mm[:, 2]
    drawn = [circle((0.3, 0.4, float(z)), 60.0) for z in heights]
    drawn += [circle((0.3, 0.4, float(z)), 60.3) for z in heights[:n_doubled]]
    (source,) = read(write_rtstruct(tmp_path / "r.dcm", stack, {"Liver": drawn}), tmp_path / "ct")
    assert volumes_ml(source)[1] == pytest.approx(pi * 3600.0 * 110.0 / 1000.0, rel=0.015)
    assert checks_of([source])["contours_doubled"] == "error"
    wall = [circle((0.3, 0.4, float(z)), r) for z in heights for r in (60.0, 57.0)]
    (shell,) = read(write_rtstruct(tmp_path / "w.dcm", stack, {"Liver": wall}), tmp_path / "ct")
    assert "contours_doubled" not in checks_of([shell])
    assert shell.planimetric_ml[1] == pytest.approx(pi * (3600.0 - 57.0**2) * 110.0 / 1000.0, rel=1e-3)


@pytest.mark.parametrize("ring_mm", [0.3, 1.0, 2.0])
def test_a_thin_ring_is_a_second_outline_whatever_the_pixels(tmp_path: Path, ring_mm: float) -> None:
    """The same answer with the images, on pixels of 4 mm, and without them."""
    stack = stack_at(100.0 + 5.0 * np.arange(4), spacing_mm=(4.0, 4.0), size=(40, 40))
    write_series(tmp_path / "ct", stack, hu=lambda k: np.zeros((40, 40)))
    heights = stack.origins_mm[:, 2]
    drawn = [circle((0.3, 0.4, float(z)), r, n=180) for z in heights for r in (60.0, 60.0 - ring_mm)]
    path = write_rtstruct(tmp_path / "r.dcm", stack, {"Liver": drawn})
    for given in ((path, tmp_path / "ct"), (path,)):
        (source,) = read(*given)
        assert source.planimetric_ml[1] == pytest.approx(pi * 3600.0 * 20.0 / 1000.0, rel=1e-3)
        assert checks_of([source])["contours_doubled"] == "error"


# Contours on every n-th slice.

TALL = np.arange(100.0, 170.0, 2.5)


@pytest.fixture(scope="module")
def tall(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stack, Path]:
    stack = stack_at(TALL, spacing_mm=(0.7, 0.7), size=(210, 200))
    folder = tmp_path_factory.mktemp("tall")
    write_series(folder, stack, hu=lambda k: np.zeros((200, 210)))
    return stack, folder


def three_ways(folder: Path, tall: tuple[Stack, Path], rois: dict[str, Any]) -> list[tuple[Path, ...]]:
    """A structure set beside its images, with a list of them, and with neither."""
    stack, images = tall
    path = write_rtstruct(folder / "r.dcm", stack, rois, with_sources=True)
    bare = write_rtstruct(folder / "bare.dcm", stack, rois)
    content = pydicom.dcmread(bare)
    del content.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence
    content.save_as(bare)
    return [(path, images), (path,), (bare,)]


def coarse(radius_mm: float, heights_mm: Any) -> list[np.ndarray]:
    return rings([radius_mm], heights_mm, n=90)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_contours_on_every_nth_slice_stand_for_the_distance(
    tmp_path: Path, tall: tuple[Stack, Path], n: int
) -> None:
    """The same with the images, with their list, and with neither."""
    heights = TALL[3:-4:n]
    expected_ml = pi * 1600 * 2.5 * n * len(heights) / 1000.0
    for given in three_ways(tmp_path, tall, {"Liver": coarse(40.0, heights)}):
        (source,) = read(*given)
        assert volumes_ml(source)[1] == pytest.approx(expected_ml, rel=2e-3)
        assert source.planimetric_ml[1] == pytest.approx(expected_ml, rel=1e-4)
        found = checks_of([source])
        assert "seg_gap" not in found
        assert "planimetry_disagrees" not in found
        if 2.5 * n > 10.0:
            assert found["contours_sparse"] == "error"
        elif "bare" not in given[0].name:
            assert found["contours_sparse"] == "warning"
        assert not count(source).touches[1] & {"k-", "k+"}


def test_a_region_on_every_second_slice_beside_one_on_all(tmp_path: Path, tall: tuple[Stack, Path]) -> None:
    tumour = [circle((10.3, 0.2, float(z)), 12.0, n=90) for z in TALL[6:16:2]]
    rois = {"Liver": coarse(40.0, TALL[2:-2]), "Tumor": tumour}
    for given in three_ways(tmp_path, tall, rois):
        sources = read(*given)
        found = {k: ml for source in sources for k, ml in volumes_ml(source).items()}
        assert found[2] == pytest.approx(pi * 144 * 5.0 * len(tumour) / 1000.0, rel=0.01)
        assert found[1] == pytest.approx(pi * 1600 * 2.5 * len(TALL[2:-2]) / 1000.0, rel=2e-3)
        assert checks_of(sources)["contours_sparse"] == "warning"
        (said,) = [f.message for s in sources for f in s.quality if f.check == "contours_sparse"]
        assert "Tumor: contours lie on every 2nd slice; each stands for 5 mm" in said


@pytest.mark.parametrize("n", [1, 2])
def test_a_contour_that_is_missing_is_a_gap_and_no_distance(
    tmp_path: Path, tall: tuple[Stack, Path], n: int
) -> None:
    """The lie: a slice that was lost is not what somebody left out on purpose."""
    heights = np.delete(TALL[2:-2:n], [4, 8, 9])
    for given in three_ways(tmp_path, tall, {"Liver": coarse(40.0, heights)}):
        (source,) = read(*given)
        assert volumes_ml(source)[1] == pytest.approx(pi * 1600 * 2.5 * n * len(heights) / 1000.0, rel=2e-3)
        assert checks_of([source])["seg_gap"] == "error"


def test_two_lone_contours_have_no_thickness_without_their_images(
    tmp_path: Path, tall: tuple[Stack, Path]
) -> None:
    far = [circle((x, 0.0, float(TALL[k])), 8.0, n=90) for x, k in ((-20.0, 3), (25.0, 15))]
    beside, listed, bare = (read(*given)[0] for given in three_ways(tmp_path, tall, {"Tumor": far}))
    for source in (beside, listed):
        assert volumes_ml(source)[1] == pytest.approx(2 * pi * 64 * 2.5 / 1000.0, rel=0.02)
    assert checks_of([bare])["contours_sparse"] == "error"


# What a contour may be.


def of_type(path: Path, kind: str, *numbers: int) -> Path:
    """The same with some contours of the first region of another type; all of them by default."""
    content = pydicom.dcmread(path)
    for n, item in enumerate(content.ROIContourSequence[0].ContourSequence):
        if not numbers or n in numbers:
            item.add_new(0x30060042, "LO", kind)
    content.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
    return path


@pytest.mark.parametrize("only", [(), (3, 4)])
def test_interpolated_contours_are_closed_and_said(
    tmp_path: Path, images: tuple[Stack, Path], only: tuple[int, ...]
) -> None:
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": rings([40.0])})
    content = pydicom.dcmread(path)
    content.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    content.save_as(path, implicit_vr=True, little_endian=True)
    of_type(path, "INTERPOLATED_PLANAR", *only)
    for given in ((path, images[1]), (path,)):
        (source,) = read(*given)
        assert volumes_ml(source)[1] == pytest.approx(pi * 1600 * 2.5 * len(HEIGHTS) / 1000.0, rel=1e-3)
        assert checks_of([source])["contours_interpolated"] == "warning"
        (said,) = [f.message for f in source.quality if f.check == "contours_interpolated"]
        assert f"{len(only) or len(HEIGHTS)} contour(s) of Liver" in said


@pytest.mark.parametrize("kind", ["point", "two points", "line", "there and back", "one place", "POINT"])
def test_contours_without_area_are_left_out_with_a_finding(
    tmp_path: Path, images: tuple[Stack, Path], kind: str
) -> None:
    z = float(HEIGHTS[7])
    flat = {
        "point": [(0.0, 0.0)],
        "two points": [(0.0, 0.0), (5.0, 5.0)],
        "line": [(0.0, 0.0), (5.0, 5.0), (9.0, 9.0), (3.0, 3.0)],
        "there and back": [(0.0, 0.0), (5.0, 5.0), (9.0, 0.0), (5.0, 5.0)],
        "one place": [(1.0, 1.0)] * 4,
        "POINT": [(0.0, 0.0)],
    }[kind]
    stray = np.array([(*xy, z) for xy in flat])
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": [stray, *rings([40.0])]})
    if kind == "POINT":
        content = pydicom.dcmread(path)
        content.ROIContourSequence[0].ContourSequence[0].ContourGeometricType = "POINT"
        content.save_as(path)
    (plain,) = read(write_rtstruct(tmp_path / "p.dcm", images[0], {"Liver": rings([40.0])}), images[1])
    for given in ((path, images[1]), (path,)):
        (source,) = read(*given)
        assert checks_of([source])["contours_left_out"] == "info"
        assert volumes_ml(source)[1] == pytest.approx(volumes_ml(plain)[1], rel=1e-3)
        assert source.planimetric_ml[1] == pytest.approx(plain.planimetric_ml[1], rel=1e-6)


def test_a_slice_of_nothing_but_a_point_is_a_gap(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    """The lie: a contour that shrank to a point is no drawn slice."""
    drawn = rings([40.0])
    drawn[7] = drawn[7][:1]
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": drawn}, with_sources=True)
    for given in ((path, images[1]), (path,)):
        assert checks_of(read(*given))["seg_gap"] == "error"


def test_open_contours_among_closed_ones_are_refused(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": rings([40.0])})
    content = pydicom.dcmread(path)
    content.ROIContourSequence[0].ContourSequence[3].ContourGeometricType = "OPEN_PLANAR"
    content.save_as(path)
    with pytest.raises(ReadError, match="'Liver' has open contours"):
        read(path, images[1])


@pytest.mark.real
def test_a_case_of_interpolated_contours(real_data: Path) -> None:
    (source, *_) = read(real_data / "cases" / "rt-interpolated-planar" / "rtstruct.dcm")
    named = {name: volumes_ml(source)[value] for value, name in source.names.items()}
    assert named["Liver"] == pytest.approx(1826.2, abs=0.05)


@pytest.mark.parametrize("kind", ["OPEN_PLANAR", "OPEN_NONPLANAR"])
def test_open_contours_are_refused_by_name(tmp_path: Path, images: tuple[Stack, Path], kind: str) -> None:
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": rings([40.0])}, geometric_type=kind)
    with pytest.raises(ReadError, match="'Liver' has open contours"):
        read(path, images[1])


def test_bent_contours_are_refused_by_name(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    bent = rings([40.0])
    bent[3] = bent[3] + np.linspace(0.0, 4.0, len(bent[3]))[:, None] * (0, 0, 1)
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": bent})
    for given in ((path, images[1]), (path,)):
        with pytest.raises(ReadError, match="'Liver' has contours that are not planar"):
            read(*given)


def test_what_is_no_structure_of_the_liver_is_left_out_by_name(
    tmp_path: Path, images: tuple[Stack, Path]
) -> None:
    rois: dict[str, Any] = {
        "Liver": rings([40.0]),
        "needle path": rings([5.0]),
        "isocentre": [np.array([[0.0, 0.0, 100.0]])],
        "nothing": [],
    }
    kinds = {"Liver": "CLOSED_PLANAR", "needle path": "OPEN_PLANAR", "isocentre": "POINT"}
    (source,) = read(write_rtstruct(tmp_path / "r.dcm", images[0], rois, geometric_type=kinds), images[1])
    assert dict(source.names) == {1: "Liver"}
    said = " ".join(f.message for f in source.quality)
    assert "'needle path' has open contours" in said
    assert "isocentre are points" in said
    assert "nothing is drawn for nothing" in said


def test_a_structure_set_without_contours_is_refused(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": [], "Spleen": []})
    with pytest.raises(ReadError, match="empty structure set"):
        read(path)


def test_contours_between_slices_get_their_own_planes(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": rings([40.0], HEIGHTS[:-1] + 1.25)})
    (source,) = read(path, images[1])
    assert checks_of([source])["contours_off_slices"] == "warning"
    assert volumes_ml(source)[1] == pytest.approx(pi * 1600 * 2.5 * (len(HEIGHTS) - 1) / 1000.0, rel=0.001)


def test_contours_beyond_the_images_are_said(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    drawn = [circle((-60.0, 0.0, float(z)), 30.0) for z in HEIGHTS]
    (source,) = read(write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": drawn}), images[1])
    assert checks_of([source])["contours_outside_images"] == "warning"


def test_another_frame_of_reference_is_refused(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    other = fine()
    path = write_rtstruct(tmp_path / "r.dcm", other, {"Liver": rings([40.0])})
    with pytest.raises(GeometryError, match="different frames of reference"):
        read(path, images[1])


def test_tilted_and_uneven_slices(tmp_path: Path) -> None:
    from dicom_phantoms import tilted

    stack = tilted(15.0, 5.0).only([*range(10), *range(11, 30)])
    write_series(tmp_path / "ct", stack, hu=lambda k: np.zeros((136, 144)))
    row, column = np.array(stack.orientation[:3]), np.array(stack.orientation[3:])
    flat = circle((0.0, 0.0, 0.0), 30.0)[:, :2]
    drawn = [
        o + row * (60 + 0.3 * k) + column * (60 + 0.7 * k) + flat @ np.stack([row, column])
        for k, o in enumerate(stack.origins_mm)
    ]
    (source,) = read(write_rtstruct(tmp_path / "r.dcm", stack, {"Liver": drawn}), tmp_path / "ct")
    true_ml = pi * 900 * 5.0 * np.cos(np.radians(15.0)) * 30 / 1000.0
    assert volumes_ml(source)[1] == pytest.approx(true_ml, rel=0.002)
    assert source.planimetric_ml[1] == pytest.approx(true_ml, rel=1e-4)
    assert {"missing_slices", "gantry_tilt"} <= checks_of([source]).keys()


def test_neighbours_that_share_an_edge_share_no_pixel() -> None:
    """Edges through pixel centres included."""
    left = np.array([(1.0, 1.0), (4.0, 1.0), (4.0, 6.0), (1.0, 6.0)])
    right = np.array([(4.0, 1.0), (4.0, 6.0), (8.0, 6.0), (8.0, 1.0)])
    masks = [even_odd([points], (0, 0), (9, 10)) for points in (left, right)]
    assert not (masks[0] & masks[1]).any()
    assert masks[0].sum() == 15
    assert masks[1].sum() == 20
    np.testing.assert_array_equal(masks[0] | masks[1], even_odd([left, right], (0, 0), (9, 10)))


@pytest.mark.parametrize("seed", range(5))
def test_the_masks_are_those_of_point_by_point_parity(seed: int) -> None:
    from matplotlib.path import Path as Outline

    rng = np.random.default_rng(seed)
    contours = []
    for _ in range(4):
        angle = np.sort(rng.uniform(0, 2 * pi, 17))
        radius = rng.uniform(4, 15, 17)
        contours.append(
            np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) + rng.uniform(15, 25, 2)
        )
    j, i = np.mgrid[0:40, 0:40]
    centres = np.stack([i.ravel(), j.ravel()], axis=1)
    parity = np.zeros(1600, dtype=int)
    for points in contours:
        parity += Outline(np.concatenate([points, points[:1]]), closed=True).contains_points(centres)
    np.testing.assert_array_equal(even_odd(contours, (0, 0), (40, 40)).ravel(), parity % 2 == 1)


def test_areas() -> None:
    square = np.array([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)])
    hole, island = square[::-1] * 0.6 + 2.0, square * 0.2 + 4.0
    assert shoelace_area(square) == 100.0
    assert planimetric_area([island, square, hole]) == pytest.approx(100.0 - 36.0 + 4.0)
    assert planimetric_area([square, square + 20.0]) == pytest.approx(200.0)
    assert overlap_area([square, hole, island]) == 0
    assert overlap_area([square, square + 4.0]) > 0
    assert without_repeats([square, np.roll(square, 2, axis=0), hole])[1] == 1


@pytest.mark.real
@pytest.mark.parametrize("with_images", [True, False])
def test_a_real_structure_set(real_data: Path, with_images: bool) -> None:
    """Its contours run through pixel centres of a mask of 699.44 mL; adding the holes would give 709.9."""
    path = real_data / "derived" / "rtstruct_rtutils.dcm"
    (source,) = read(path, real_data / "derived" / "ct_dicom") if with_images else read(path)
    assert source.names[1] == "Liver"
    assert source.planimetric_ml[1] == pytest.approx(685.37, rel=0.001)
    assert 685.0 < volumes_ml(source)[1] < 700.0
    # Contours on every image that is listed: only the images tell that the scan ends there.
    assert (count(source).touches[1] >= {"k-", "k+"}) is with_images
    assert ("scan_extent_unknown" in checks_of([source])) is not with_images


@pytest.mark.parametrize(
    ("factor", "said"), [(1.0, False), (1.03, False), (1.2, True), (0.5, True), (1000.0, True), (0.0, False)]
)
@pytest.mark.parametrize("with_images", [True, False])
def test_a_stated_volume_is_compared(
    tmp_path: Path, images: tuple[Stack, Path], factor: float, said: bool, with_images: bool
) -> None:
    stack, folder = images
    path = write_rtstruct(tmp_path / "r.dcm", stack, {"Liver": rings([40.0]), "Other": rings([4.0])})
    content = pydicom.dcmread(path)
    true_ml = pi * 40.0**2 * 2.5 * len(HEIGHTS) / 1000.0
    first, second = content.StructureSetROISequence
    first.ROIVolume = f"{true_ml * factor:.4f}"
    second.ROIVolume = "0.8"  # off by less than 1 mL
    content.save_as(path, enforce_file_format=True)
    (*_, source) = sources = read(path, folder) if with_images else read(path)
    found = [f.message for source in sources for f in source.quality if f.check == "roi_volume_disagrees"]
    assert bool(found) is said
    assert all("liver" in message.casefold() for message in found)
    assert source.kind == "rtstruct"


@pytest.mark.parametrize("empty", [[], None])
def test_a_contour_that_was_left_empty_is_left_out(
    tmp_path: Path, images: tuple[Stack, Path], empty: list[float] | None
) -> None:
    stack, folder = images
    path = write_rtstruct(tmp_path / "r.dcm", stack, {"Liver": rings([40.0])})
    content = pydicom.dcmread(path)
    more = pydicom.Dataset()
    more.ContourGeometricType, more.NumberOfContourPoints = "CLOSED_PLANAR", 0
    if empty is not None:
        more.ContourData = empty
    content.ROIContourSequence[0].ContourSequence.append(more)
    content.save_as(path, enforce_file_format=True)
    (source,) = read(path, folder)
    true_ml = SHAPES["circle"][1] * 2.5 * len(HEIGHTS) / 1000.0
    assert volumes_ml(source)[1] == pytest.approx(true_ml, rel=0.001)
    assert checks_of([source]) == {"contours_left_out": "info"}


def test_a_contour_of_parts_of_a_point_is_refused(tmp_path: Path, images: tuple[Stack, Path]) -> None:
    path = write_rtstruct(tmp_path / "r.dcm", images[0], {"Liver": rings([40.0])})
    content = pydicom.dcmread(path)
    content.ROIContourSequence[0].ContourSequence[0].ContourData = [1.0, 2.0]
    content.save_as(path, enforce_file_format=True)
    with pytest.raises(ReadError, match="a contour of Liver has 2 numbers"):
        read(path)
