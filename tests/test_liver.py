"""Assembling a liver from masks: what counts, what does not, and what had to be settled on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phantoms import OBLIQUE_DEG, CouinaudBlock, couinaud_block, oblique_grid

from flr.errors import LabelError
from flr.geometry import Grid
from flr.labels import Tissue
from flr.liver import (
    Fate,
    Liver,
    ScanFacts,
    Source,
    VolumeTable,
    assemble,
    completed_from_headers,
    measure,
    with_scan_facts,
)
from flr.patient import Patient, PatientFacts
from flr.quality import QualityFinding

SEGMENTS = tuple("12345678")


def test_parts_sum_to_the_whole_and_to_the_construction() -> None:
    block = couinaud_block(rotation_deg=OBLIQUE_DEG)
    table = measure(assemble(block.grid, parts=block.segments, part_names=SEGMENTS))
    assert table.total_ml == pytest.approx(block.total_ml, rel=1e-12)
    for key, ml in table.parts_ml.items():
        assert ml == pytest.approx(block.part_ml[int(key)], rel=1e-12)
    assert table.functional_ml == pytest.approx(table.total_ml, rel=1e-12)
    assert table.remnant_ml == pytest.approx(table.total_ml, rel=1e-12)


def test_a_tumour_keeps_its_part() -> None:
    block = couinaud_block(tumours=((6, 3), (2, 2)))
    liver = assemble(
        block.grid, parts=block.segments, part_names=SEGMENTS, tumours=block.tumours.astype(np.uint16)
    )
    table = measure(liver)
    assert table.total_ml == pytest.approx(block.total_ml)
    assert table.tumour_ml == pytest.approx((27 + 8) * block.grid.voxel_volume_ml)
    assert table.voxels[5, Tissue.TUMOUR].sum() == 27
    assert table.voxels[1, Tissue.TUMOUR].sum() == 8
    assert table.functional_ml == pytest.approx(table.total_ml - table.tumour_ml)


def test_a_tumour_cut_out_of_its_liver_is_part_of_the_total() -> None:
    block = couinaud_block(tumours=((6, 3),))
    hollow = np.where(block.tumours > 0, 0, block.segments).astype(np.uint8)
    whole = measure(assemble(block.grid, parts=block.segments, part_names=SEGMENTS))
    liver = assemble(block.grid, parts=hollow, part_names=SEGMENTS, tumours=block.tumours.astype(np.uint16))
    table = measure(liver)
    assert table.total_ml == pytest.approx(whole.total_ml)
    assert table.voxels[5, Tissue.TUMOUR].sum() == 27
    assert any(f.check == "liver_outside_segments" and f.severity == "warning" for f in liver.quality)


def test_tumour_elsewhere_is_excluded_with_its_volume() -> None:
    block = couinaud_block()
    tumours = np.zeros(block.grid.shape, dtype=np.uint16)
    tumours[0, 0, 0:2] = 3
    liver = assemble(block.grid, parts=block.segments, part_names=SEGMENTS, tumours=tumours)
    assert measure(liver).tumour_ml == 0.0
    finding = next(f for f in liver.quality if f.check == "tumour_outside_liver")
    assert f"{2 * block.grid.voxel_volume_ml:.2f} mL" in finding.message


def test_a_tumour_that_grows_out_of_the_liver_belongs_to_it() -> None:
    block = couinaud_block()
    edge = np.argwhere(block.segments == 6)[0]
    tumours = np.zeros(block.grid.shape, dtype=np.uint16)
    tumours[edge[0], edge[1], : edge[2] + 1] = 1
    outside = int((tumours[block.segments == 0] > 0).sum())
    assert outside > 0
    table = measure(assemble(block.grid, parts=block.segments, part_names=SEGMENTS, tumours=tumours))
    assert table.voxel_totals["total"] == int((block.segments > 0).sum()) + outside


def test_the_gallbladder_and_the_cava_are_never_liver() -> None:
    block = couinaud_block()
    for name in ("gallbladder", "ivc"):
        wrong = block.segments == 5
        liver = assemble(block.grid, parts=block.segments, part_names=SEGMENTS, not_liver={name: wrong})
        assert measure(liver).parts_ml["5"] == 0.0
        assert [f.check for f in liver.quality] == [f"{name}_in_liver"]


def test_a_tumour_drawn_inside_the_gallbladder_or_the_cava_stays_a_tumour() -> None:
    block = couinaud_block()
    tumours = (block.segments == 5).astype(np.uint16)
    given = {"parts": block.segments, "part_names": SEGMENTS, "tumours": tumours}
    for name in ("gallbladder", "ivc"):
        liver = assemble(block.grid, **given, not_liver={name: block.segments == 5})
        assert liver.quality == ()
        tumour_ml = np.count_nonzero(tumours) * block.grid.voxel_volume_ml
        assert measure(liver).tumour_ml == pytest.approx(tumour_ml)
        liver = assemble(block.grid, **given, not_liver={name: (block.segments == 5) | (block.segments == 6)})
        (finding,) = liver.quality
        assert finding.check == f"{name}_in_liver"
        taken_ml = np.count_nonzero(block.segments == 6) * block.grid.voxel_volume_ml
        assert f"{taken_ml:.2f} mL" in finding.message


@pytest.mark.parametrize(("missing", "severity"), [(4, "warning"), (600, "error")])
def test_liver_outside_every_segment_joins_the_nearest(missing: int, severity: str) -> None:
    block = couinaud_block(rotation_deg=OBLIQUE_DEG)
    parts = block.segments.astype(np.uint8).copy()
    holes = np.argwhere(parts == 7)[:missing]
    parts[tuple(holes.T)] = 0
    liver = assemble(block.grid, liver=block.segments > 0, parts=parts, part_names=SEGMENTS)
    table = measure(liver)
    assert table.total_ml == pytest.approx(block.total_ml)
    finding = next(f for f in liver.quality if f.check == "liver_outside_segments")
    share = 100 * missing / int((block.segments > 0).sum())
    assert (share > 2.0) is (severity == "error")
    assert finding.severity == severity
    assert f"{missing * block.grid.voxel_volume_ml:.2f} mL" in finding.message


def test_nearest_is_measured_in_millimetres_not_voxels() -> None:
    grid = Grid((9, 3, 3), np.diag([1.0, 1.0, 10.0, 1.0]))
    parts = np.zeros(grid.shape, dtype=np.uint8)
    parts[0, 1, 1] = 1
    parts[4, 1, 0] = 2
    organ = parts > 0
    organ[4, 1, 1] = True  # one voxel above part 2, four beside part 1
    liver = assemble(grid, liver=organ, parts=parts, part_names=("1", "2"))
    assert liver.parts[4, 1, 1] == 1


def test_vessels_are_functional_and_change_no_share() -> None:
    block = couinaud_block()
    vessels = np.zeros(block.grid.shape, dtype=bool)
    vessels[block.segments == 8] = True
    plain = measure(assemble(block.grid, parts=block.segments, part_names=SEGMENTS))
    with_vessels = measure(
        assemble(block.grid, parts=block.segments, part_names=SEGMENTS, vessels={"hepatic_vessel": vessels})
    )
    assert with_vessels.functional_ml == plain.functional_ml
    assert with_vessels.voxels[7, Tissue.VESSEL].sum() == block.part_voxels[8]


def test_tissue_precedence_is_tumour_then_nonfunctional_then_vessel() -> None:
    block = couinaud_block()
    everywhere = block.segments == 8
    tumours = np.zeros(block.grid.shape, dtype=np.uint16)
    tumours[tuple(np.argwhere(everywhere)[:5].T)] = 1
    cyst = np.zeros_like(everywhere)
    cyst[tuple(np.argwhere(everywhere)[:9].T)] = True
    table = measure(
        assemble(
            block.grid,
            parts=block.segments,
            part_names=SEGMENTS,
            tumours=tumours,
            nonfunctional=cyst,
            vessels={"portal_vein": everywhere},
        )
    )
    assert table.voxels[7].sum(axis=1).tolist() == [0, block.part_voxels[8] - 9, 5, 4]


@pytest.mark.parametrize(
    ("given", "status"),
    [({}, "unknown"), ({"tumours_declared_none": True}, "none"), ({"tumours": True}, "drawn")],
)
def test_a_mask_that_was_not_given_is_not_a_declaration(given: dict[str, bool], status: str) -> None:
    block = couinaud_block()
    if "tumours" in given:
        given = {"tumours": block.tumours.astype(np.uint16)}  # type: ignore[dict-item]
    liver = assemble(block.grid, parts=block.segments, part_names=SEGMENTS, **given)  # type: ignore[arg-type]
    assert liver.tumour_status == status


def test_contradictions_are_refused() -> None:
    block = couinaud_block(tumours=((6, 5),))
    with pytest.raises(LabelError, match="declared to be none"):
        assemble(
            block.grid,
            parts=block.segments,
            part_names=SEGMENTS,
            tumours=block.tumours.astype(np.uint16),
            tumours_declared_none=True,
        )
    with pytest.raises(LabelError, match="no liver"):
        assemble(block.grid, liver=np.zeros(block.grid.shape, dtype=bool))


def whole(block: CouinaudBlock, **changes: object) -> Liver:
    given: dict[str, object] = {
        "grid": block.grid,
        "parts": block.segments,
        "part_names": SEGMENTS,
        "tissues": np.zeros(block.grid.shape, dtype=np.uint8),
    }
    return Liver(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tissues": np.zeros((2, 2, 2), dtype=np.uint8)}, "tissues has shape"),
        ({"part_names": SEGMENTS[:3]}, "only 3 are named"),
        ({"part_names": ("1",) * 8}, "each once"),
        ({"vessels": {"ivc": np.zeros((1, 1, 1), dtype=bool)}}, "ivc has shape"),
    ],
)
def test_a_liver_is_whole_or_does_not_exist(changes: dict[str, object], says: str) -> None:
    block = couinaud_block()
    whole(block)
    with pytest.raises(LabelError, match=says):
        whole(block, **changes)


def test_voxels_of_a_liver_are_read_only() -> None:
    liver = whole(couinaud_block())
    with pytest.raises(ValueError, match="read-only"):
        liver.parts[0, 0, 0] = 1


@pytest.mark.parametrize("name", ["tumours", "image"])
def test_what_belongs_to_a_liver_has_its_shape(name: str) -> None:
    with pytest.raises(LabelError, match=f"{name} has shape"):
        replace(whole(couinaud_block()), **{name: np.zeros((2, 2, 2), dtype=np.uint16)})


def test_masks_of_a_liver_cannot_be_exchanged() -> None:
    block = couinaud_block()
    mask = block.segments > 0
    liver = replace(whole(block), vessels={"ivc": mask}, drawn={"flr": mask})
    for masks in (liver.vessels, liver.drawn):
        with pytest.raises(TypeError):
            masks["other"] = mask  # type: ignore[index]  # that is the test


def test_what_headers_add_is_recorded_with_its_finding() -> None:
    bare = whole(couinaud_block())
    scanned = replace(bare, source=Source(header_facts=PatientFacts(weight_kg=80.0, height_cm=171.0)))
    liver, patient = completed_from_headers(scanned, Patient(weight_kg=72.0))
    assert (patient.weight_kg, patient.height_cm) == (72.0, 171.0)
    assert liver.source.completed == ("height_cm",)
    assert [finding.check for finding in liver.quality] == ["header_facts_used", "header_facts_disagree"]
    # A header that only contradicts adds nothing, and is told.
    liver, _ = completed_from_headers(scanned, Patient(weight_kg=72.0, height_cm=171.0))
    assert liver.source.completed == ()
    assert [finding.check for finding in liver.quality] == ["header_facts_disagree"]
    assert completed_from_headers(bare, patient) == (bare, patient)


@given(
    flips=st.tuples(*[st.booleans()] * 3),
    order=st.permutations([0, 1, 2]),
    seed=st.integers(0, 2**16),
)
def test_flips_and_axis_swaps_change_no_volume(flips: tuple[bool, ...], order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    block = couinaud_block(rotation_deg=OBLIQUE_DEG)
    fates = rng.integers(0, len(Fate), block.grid.shape).astype(np.uint8)
    liver = assemble(block.grid, parts=block.segments, part_names=SEGMENTS)
    cut = tuple(slice(None, None, -1 if flip else 1) for flip in flips)
    affine = block.grid.index_to_world_mm.copy()
    start = [n - 1 if flip else 0 for n, flip in zip(block.grid.shape, flips, strict=True)]
    affine[:3, 3] = block.grid.world_mm(start)
    affine[:3, :3] *= [-1 if flip else 1 for flip in flips]
    affine[:3, :3] = affine[:3, :3][:, order]
    grid = Grid(tuple(block.grid.shape[a] for a in order), affine)
    turned = assemble(grid, parts=block.segments[cut].transpose(order), part_names=SEGMENTS)
    here, there = measure(liver, fates), measure(turned, fates[cut].transpose(order))
    np.testing.assert_array_equal(here.voxels, there.voxels)
    np.testing.assert_allclose(here.ml, there.ml, rtol=1e-9)
    for name, centre in liver.part_centroids_mm.items():
        np.testing.assert_allclose(turned.part_centroids_mm[name], centre, atol=1e-6)


def test_slice_weights_reach_the_table() -> None:
    even = oblique_grid((6, 7, 5), (0.8, 0.9, 5.0))
    weights = np.array([5.0, 5.0, 3.75, 2.5, 2.5])
    grid = Grid(even.shape, even.index_to_world_mm, weights)
    organ = np.zeros(grid.shape, dtype=bool)
    organ[2:4, 1:5, 1:4] = True
    table = measure(assemble(grid, liver=organ))
    assert table.total_ml == pytest.approx(8 * 0.8 * 0.9 * weights[1:4].sum() / 1000, rel=1e-12)
    assert table.voxel_totals["total"] == 24


def test_remnant_is_functional_tissue_that_stays_whatever_its_blood() -> None:
    ml = np.zeros((1, len(Tissue), len(Fate)))
    ml[0, Tissue.PARENCHYMA] = [100.0, 10.0, 20.0, 30.0, 40.0]
    ml[0, Tissue.VESSEL] = [1.0, 2.0, 3.0, 4.0, 5.0]
    ml[0, Tissue.TUMOUR] = [6.0, 7.0, 8.0, 9.0, 10.0]
    ml[0, Tissue.NONFUNCTIONAL] = [0.1, 0.2, 0.3, 0.4, 0.5]
    table = VolumeTable(("liver",), ml, np.rint(ml * 10).astype(np.int64))
    assert table.remnant_ml == 100 + 30 + 40 + 1 + 4 + 5
    assert table.perfused_remnant_ml == 101
    assert table.resected_ml == pytest.approx(10 + 2 + 7 + 0.2)
    assert table.ablated_ml == pytest.approx(20 + 3 + 8 + 0.3)
    assert table.remnant_tumour_ml == 25
    assert table.remnant_nonfunctional_ml == pytest.approx(1.0)
    assert table.functional_ml == 215
    assert abs(table.conservation_error_ml) < 1e-9


def test_between_uneven_slices_nothing_is_near() -> None:
    """Stray liver joins the nearest part of its own slice, however near the next slice may lie."""
    grid = Grid((12, 9, 3), np.diag([1.0, 2.0, 0.1, 1.0]), np.array([1.0, 5.0, 2.0]))
    parts = np.zeros(grid.shape, dtype=np.uint8)
    parts[:, :, 1] = 1
    parts[0, 0, 0], parts[11, 0, 0] = 1, 2
    parts[0, 8, 2], parts[0, 0, 2] = 2, 1
    organ = parts > 0
    organ[:, 0, 0] = organ[0, :, 2] = True
    liver = assemble(grid, parts=parts, part_names=("1", "2"), liver=organ)
    assert liver.parts[:, 0, 0].tolist() == [1] * 6 + [2] * 6
    joined = liver.parts[0, :, 2].tolist()
    assert joined[:4] == [1] * 4
    assert joined[5:] == [2] * 4


def test_in_a_slice_of_uneven_ones_the_nearest_in_mm_is_near() -> None:
    """Three voxels of 1 mm are less than two of 2 mm, and 22 mm within a slice less than a way out of it."""
    grid = Grid((4, 12, 3), np.diag([1.0, 2.0, 0.1, 1.0]), np.array([1.0, 5.0, 2.0]))
    parts = np.zeros(grid.shape, dtype=np.uint8)
    parts[3, 0, 0], parts[0, 2, 0] = 1, 2
    parts[0, 11, 1] = 1
    parts[0, 11, 2] = 2
    organ = parts > 0
    organ[0, 0, 0] = organ[0, 0, 1] = True
    liver = assemble(grid, parts=parts, part_names=("1", "2"), liver=organ)
    assert (liver.parts[0, 0, 0], liver.parts[0, 0, 1]) == (1, 1)


# --- how a liver shows itself -----------------------------------------------------------------


def shown_liver(**more: object) -> Liver:
    block = couinaud_block(tumours=((6, 3),))
    liver = assemble(
        block.grid, parts=block.segments, part_names=SEGMENTS, tumours=block.tumours.astype(np.uint16)
    )
    return replace(liver, quality=(), **more)  # type: ignore[arg-type]


def test_a_liver_shows_itself_in_a_few_lines() -> None:
    liver = shown_liver(vessels={"portal_vein": np.zeros(shown_liver().grid.shape, dtype=bool)})
    table = measure(liver)
    text = repr(liver)
    assert len(text.splitlines()) <= 8
    assert max(map(len, text.splitlines())) < 200
    assert f"{table.total_ml:.1f} mL" in text
    assert f"8 {table.parts_ml['8']:.1f} mL" in text
    assert f"{table.tumour_ml:.1f} mL drawn" in text
    assert "portal_vein" in text
    assert liver.grid.describe() in text
    assert "reading noticed nothing; assess checks more" in text
    assert "array" not in text
    shown = liver._repr_html_()
    assert shown.startswith("<table>")
    assert all(line[9:] in shown for line in text.splitlines())


def test_what_is_not_known_or_cut_off_is_said_where_a_liver_is_shown() -> None:
    untold = assemble(couinaud_block().grid, parts=couinaud_block().segments, part_names=SEGMENTS)
    assert "not known: no mask was given" in repr(untold)
    declared = replace(untold, tumour_status="none")
    assert "none, as declared" in repr(declared)
    assert "every mL is a lower bound" in repr(replace(untold, truncated=True))
    assert "(estimated)" in repr(replace(untold, segments_estimated=True))
    assert "lower bound" not in repr(untold)
    whole = replace(untold, parts=(untold.parts > 0).astype(np.uint8), part_names=("liver",))
    assert "Parts" not in repr(whole)


def test_findings_are_shown_worst_first_and_without_their_message() -> None:
    found = tuple(
        QualityFinding(check, severity, "Jane Doe, born 1950")
        for check, severity in (("a", "info"), ("b", "error"), ("c", "warning"), ("b", "error"))
    )
    liver = replace(shown_liver(), quality=found)
    assert "error b, warning c, info a" in repr(liver)
    assert "Jane" not in repr(liver) + liver._repr_html_()
    many = tuple(QualityFinding(f"check_{n}", "error", "") for n in range(20))
    assert "check_11 and 8 more" in repr(replace(liver, quality=many))


def test_a_tiny_part_does_not_read_as_nothing() -> None:
    liver = shown_liver()
    parts = np.where(liver.parts > 0, 1, 0).astype(np.uint8)
    parts[tuple(np.argwhere(parts)[0])] = 2
    small = Liver(Grid(parts.shape, np.diag([0.5, 0.5, 0.5, 1.0])), parts, ("5", "6"), liver.tissues)
    assert "6 0.0001 mL" in repr(small)


def test_a_part_named_by_somebody_breaks_neither_line_nor_page() -> None:
    named = replace(shown_liver(), part_names=("<b>1</b>\nx", *SEGMENTS[1:]))
    assert "<b>1</b> x" in repr(named)
    assert "<b>" not in named._repr_html_()
    assert "&lt;b&gt;1" in named._repr_html_()


def test_a_stated_date_of_the_scan_against_that_of_its_headers() -> None:
    day = date(2026, 1, 4)
    plain = whole(couinaud_block())
    known = replace(plain, source=replace(plain.source, scan=ScanFacts(date=day)))
    for stated, said in ((None, False), (day, False), (date(2026, 2, 5), True)):
        liver = with_scan_facts(known, ScanFacts(date=stated))
        assert [f.check for f in liver.quality] == ["scan_date_disagrees"] * said
        assert liver.source.scan.date == (stated or day)
        assert with_scan_facts(liver, ScanFacts(date=stated)).quality == liver.quality
        assert not any("2026" in f.message for f in liver.quality)
    assert not with_scan_facts(plain, ScanFacts(date=day)).quality
