"""Pictures: the right way round, in millimetres, readable without colour."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import phantoms
import pytest
from numpy.typing import NDArray
from report_cases import block_case, block_liver, block_pictures

from flr import palette
from flr.geometry import Grid
from flr.liver import Fate, assemble, measure
from flr.palette import COLOURS, LEGEND
from flr.pictures import views
from flr.pictures.bands import ZONE_COLOURS, Band, chart_alternative, draw_bands
from flr.pictures.figures import (
    draw_slice,
    drawable,
    drawing,
    grey_levels,
    new_figure,
    painted,
    picture_png,
    pictures_png,
    png_bytes,
    slice_alternative,
    svg_bytes,
)
from flr.pictures.plans import plan_pictures
from flr.plans import fates, parse_plan
from flr.plans.classes import planned_classes
from flr.report.content import report_content

ORIENTATIONS = ("LPS", "RAS", "LAS", "ASL", "SRP", "PIR")


def pixels(png: bytes) -> NDArray[np.int64]:
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.int64)


def columns_of(picture: NDArray[np.int64], colour: str) -> float:
    """Mean column of the pixels near a colour, as a share of the width."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    near = np.abs(picture - wanted).max(axis=-1) < 40
    assert near.any(), f"no pixel of {colour}"
    return float(near.nonzero()[1].mean()) / picture.shape[1]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_slices_do_not_depend_on_the_order_of_the_voxels(orientation: str) -> None:
    reference = plan_pictures(block_liver("LPS"), parse_plan("H5678"))
    turned = plan_pictures(block_liver(orientation, rotated=True), parse_plan("H5678"))
    for one, other in zip(reference.slices, turned.slices, strict=True):
        np.testing.assert_array_equal(one.classes, other.classes)
        assert (one.column_mm, one.row_mm) == pytest.approx((other.column_mm, other.row_mm))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_patients_right_is_on_the_left(orientation: str) -> None:
    shown = plan_pictures(block_liver(orientation), parse_plan("H5678"))
    for flat in shown.slices[:2]:
        resected = (flat.classes == palette.RESECTED).nonzero()[1].mean()
        remnant = (flat.classes == palette.REMNANT).nonzero()[1].mean()
        assert resected < remnant


def test_anterior_and_superior_are_up_and_the_sagittal_looks_from_the_left() -> None:
    liver = block_liver("RAS", tumours=())
    front = np.zeros(liver.grid.shape, dtype=np.uint8)
    front[:, liver.grid.shape[1] // 2 :, :] = Fate.RESECTED
    axial, _, sagittal = views.slices(liver, planned_classes(liver, front))
    assert (axial.classes == palette.RESECTED).nonzero()[0].mean() < axial.classes.shape[0] / 2
    assert (sagittal.classes == palette.RESECTED).nonzero()[1].mean() < sagittal.classes.shape[1] / 2
    top = np.zeros(liver.grid.shape, dtype=np.uint8)
    top[:, :, liver.grid.shape[2] // 2 :] = Fate.RESECTED
    _, coronal, sagittal = views.slices(liver, planned_classes(liver, top))
    for flat in (coronal, sagittal):
        assert (flat.classes == palette.RESECTED).nonzero()[0].mean() < flat.classes.shape[0] / 2


@pytest.mark.parametrize("with_image", [False, True])
def test_a_mirrored_case_gives_mirrored_pictures(with_image: bool) -> None:
    plan = parse_plan("H5678")
    straight = plan_pictures(block_liver(image=with_image, tumours=()), plan)
    mirrored = plan_pictures(block_liver(image=with_image, tumours=(), mirrored=True), plan)
    for at, view in enumerate(("axial", "coronal")):
        one, other = straight.slices[at], mirrored.slices[at]
        assert one.view == other.view == view
        np.testing.assert_array_equal(one.classes, other.classes[:, ::-1])
        assert not np.array_equal(one.classes, other.classes)
    # Once more in the finished pictures, without an image below so that colours are pure.
    if not with_image:
        for at in (0, 1):
            for shown, on_left in ((straight, True), (mirrored, False)):
                picture = pixels(picture_png(shown.slices[at], None, ()))
                resected = columns_of(picture, COLOURS[palette.RESECTED])
                remnant = columns_of(picture, COLOURS[palette.REMNANT])
                assert (resected < remnant) is on_left


def test_letters_name_the_edges() -> None:
    _, _, sagittal = block_pictures()[0].slices
    for flat, edges in zip(block_pictures()[0].slices, ("RLAP", "RLSI", "APSI"), strict=True):
        with drawing():
            axes = new_figure(3.0, 3.0).add_axes((0.2, 0.2, 0.6, 0.6))
            draw_slice(axes, flat)
            placed = {text.get_text(): text.xy for text in axes.texts if hasattr(text, "xy")}
        assert placed[edges[0]][0] == 0.0
        assert placed[edges[1]][0] == 1.0
        assert placed[edges[2]][1] == 1.0
        assert placed[edges[3]][1] == 0.0
        assert "50 mm" in {text.get_text() for text in axes.texts}
    assert sagittal.view == "sagittal"


def test_millimetres_keep_their_proportions() -> None:
    for flat in block_pictures()[0].slices:
        with drawing():
            figure = new_figure(5.0, 5.0)
            axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
            draw_slice(axes, flat)
            figure.canvas.draw()
            box = axes.get_window_extent()
        rows, columns = flat.classes.shape
        wanted = columns * flat.column_mm / (rows * flat.row_mm)
        assert box.width / box.height == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_pictures_are_as_large_as_the_scan(orientation: str) -> None:
    liver = block_liver(orientation)
    corners = liver.grid.world_mm(np.array([(0, 0, 0), np.array(liver.grid.shape) - 1]))
    steps_mm = np.abs(liver.grid.index_to_world_mm[:3, :3]).sum(axis=1)
    across_mm, deep_mm, high_mm = np.abs(corners[1] - corners[0]) + steps_mm
    sizes_mm = {
        "axial": (across_mm, deep_mm),
        "coronal": (across_mm, high_mm),
        "sagittal": (deep_mm, high_mm),
    }
    for flat in plan_pictures(liver, parse_plan("H5678")).slices:
        rows, columns = flat.classes.shape
        assert (columns * flat.column_mm, rows * flat.row_mm) == pytest.approx(sizes_mm[flat.view])


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    flat = block_pictures()[0].slices[0]
    with drawing():
        axes = new_figure(4.0, 4.0).add_axes((0.1, 0.1, 0.8, 0.8))
        draw_slice(axes, flat)
    bar = axes.lines[-1]
    assert np.ptp(bar.get_xdata()) == 50.0
    assert axes.get_xlim()[1] == pytest.approx(flat.classes.shape[1] * flat.column_mm)


def test_uneven_slices_keep_their_proportions() -> None:
    liver = block_liver("LPS", tumours=())
    weights = np.full(liver.grid.shape[2], 4.0)
    weights[10] = 8.0
    grid = Grid(liver.grid.shape, liver.grid.index_to_world_mm, weights)
    uneven = assemble(grid, parts=liver.parts, part_names=liver.part_names)
    _, coronal, _ = plan_pictures(uneven, parse_plan("H5678")).slices
    assert coronal.row_mm == 4.0
    assert coronal.classes.shape[0] == liver.grid.shape[2] + 1


def test_classes_follow_fate_and_tissue() -> None:
    liver = block_liver()
    plan = parse_plan("H5678")
    classes = planned_classes(liver, fates(liver, plan))
    table = measure(liver, fates(liver, plan))
    voxel_ml = liver.grid.voxel_volume_ml
    counts = np.bincount(classes.ravel(), minlength=10) * voxel_ml
    assert counts[palette.REMNANT] == pytest.approx(table.remnant_ml)
    assert counts[palette.REMNANT_TUMOUR] == pytest.approx(table.remnant_tumour_ml)
    assert counts[palette.RESECTED] + counts[palette.RESECTED_TUMOUR] == pytest.approx(table.resected_ml)
    others = fates(liver, plan).copy()
    others[liver.parts == 2] = Fate.ABLATED
    others[liver.parts == 3] = Fate.DEVASCULARISED
    others[liver.parts == 4] = Fate.CONGESTED
    found = set(np.unique(planned_classes(liver, others)))
    assert {palette.ABLATED, palette.DEVASCULARISED, palette.CONGESTED, palette.REMNANT_TUMOUR} <= found
    assert (planned_classes(liver, others)[liver.parts == 0] == palette.OUTSIDE).all()


def test_tumour_left_in_the_remnant_is_shown() -> None:
    for shown in block_pictures():
        assert any((flat.classes == palette.REMNANT_TUMOUR).any() for flat in shown.slices)


def test_windows() -> None:
    assert grey_levels(np.array([-1000, 40, 300], dtype=np.float32)) == (-160.0, 240.0)
    low, high = grey_levels(np.linspace(0, 1000, 1001, dtype=np.float32))
    assert (low, high) == pytest.approx((10.0, 990.0))
    assert grey_levels(np.full(3, 7.0, dtype=np.float32)) == (7.0, 8.0)
    assert grey_levels(np.full(3, np.nan, dtype=np.float32)) == (0.0, 1.0)


def test_image_shows_through() -> None:
    over, plain = block_pictures(image=True)[0], block_pictures()[0]
    assert over.grey == (-160.0, 240.0)
    assert plain.grey is None
    assert not np.array_equal(
        pixels(pictures_png(over.slices, over.grey)[0]), pixels(pictures_png(plain.slices, plain.grey)[0])
    )


def test_pictures_are_reproducible_and_of_one_height() -> None:
    shown = block_pictures()[0]
    pictures = pictures_png(shown.slices, shown.grey)
    assert pictures == pictures_png(shown.slices, shown.grey)
    assert len({pixels(png).shape[0] for png in pictures}) == 1
    assert picture_png(shown.slices[0], None, shown.legend) == picture_png(
        shown.slices[0], None, shown.legend
    )


def _seen(colour: str, matrix: list[list[float]]) -> NDArray[np.float64]:
    """A colour as a person with this colour vision sees it, in linear light."""
    given = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(given <= 0.04045, given / 12.92, ((given + 0.055) / 1.055) ** 2.4)
    return np.clip(np.array(matrix) @ linear, 0.0, 1.0)


# Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1.0.
_PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]
_DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]
_TRITANOPIA = [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.303900],
]


@pytest.mark.parametrize("matrix", [_PROTANOPIA, _DEUTERANOPIA, _TRITANOPIA])
def test_colours_are_told_apart_with_every_colour_vision(matrix: list[list[float]]) -> None:
    main = [COLOURS[LEGEND[key][1][0]] for key in ("remnant", "resected", "ablated", "tumour")]
    for one, other in combinations(main, 2):
        assert np.linalg.norm(_seen(one, matrix) - _seen(other, matrix)) > 0.12, (one, other)


def test_painted_is_transparent_outside() -> None:
    colours = painted(np.array([[palette.OUTSIDE, palette.REMNANT]], dtype=np.uint8), alpha=0.5)
    assert colours[0, 0, 3] == 0.0
    assert colours[0, 1, 3] == 0.5


def test_alternatives_say_what_is_seen() -> None:
    axial, _, sagittal = block_pictures()[0].slices
    text = slice_alternative(axial, "H5678")
    assert text.startswith("Axial slice of plan H5678, the patient's right on the left: resected ")
    assert "anterior on the left" in slice_alternative(sagittal, "H5678")
    assert "tumour" in slice_alternative(sagittal, "H5678")


def test_every_character_is_drawn_or_named() -> None:
    assert drawable("≥ Ł ✓ ▼ 肝") == "≥ Ł ✓ ▼ <U+809D>"


def test_band_chart_places_values() -> None:
    bands = report_content([block_case()[2][0]]).plans[0].bands
    with drawing():
        figure = new_figure(4.0, 1.5)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        draw_bands(axes, bands)
        marks = [line for line in axes.lines if line.get_marker() == "D"]
        assert len(marks) == len(bands)
        assert svg_bytes(figure) == svg_bytes(figure)
        assert png_bytes(figure).startswith(b"\x89PNG")
    for mark, band in zip(marks, bands, strict=True):
        assert band.value is not None
        reach = max(*band.limits, band.value, band.interval_high or 0.0) * 1.18
        assert mark.get_xdata()[0] == pytest.approx(band.value / reach)


@pytest.mark.parametrize(
    ("value", "zone"), [(20.0, 0), (20.1, 1), (25.0, 1), (25.1, 2), (30.0, 2), (30.1, 3)]
)
def test_zones_end_where_the_limits_are(value: float, zone: int) -> None:
    from matplotlib.colors import to_hex

    band = Band("x", "%", value, 20.0, 25.0, 30.0)
    with drawing():
        axes = new_figure(4.0, 1.0).add_axes((0.0, 0.0, 1.0, 1.0))
        draw_bands(axes, [band])
    at = value / (1.18 * max(30.0, value))
    tints = [p for p in axes.patches if p.get_facecolor()[3] > 0]
    # A limit belongs to the zone that ends there.
    inside = next(p for p in tints if p.get_x() < at <= p.get_x() + p.get_width() + 1e-12)
    assert to_hex(inside.get_facecolor()).upper() == ZONE_COLOURS[zone]


def test_a_band_without_a_value_says_why() -> None:
    band = Band("sFLR", "%", None, 20.0, 30.0, None, reason="the body weight is not known")
    assert "not assessed (the body weight is not known)" in chart_alternative([band])
    with drawing():
        axes = new_figure(4.0, 1.0).add_axes((0.0, 0.0, 1.0, 1.0))
        draw_bands(axes, [band])
    assert "not assessed" in {text.get_text() for text in axes.texts}


def test_phantom_is_not_symmetric() -> None:
    """The tests of sides would prove nothing on a symmetric liver."""
    block = phantoms.couinaud_block()
    across = [world for world, _ in block.grid.anatomical_axes].index(0)
    assert not np.array_equal(block.segments, np.flip(block.segments, across))
