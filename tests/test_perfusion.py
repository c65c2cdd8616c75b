"""The perfused remnant: analytic regions, conservation, the flag, and a real liver."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import oblique_grid
from reviewing import assess

from flr.assessment import Options
from flr.errors import GeometryError, PlanError
from flr.geometry import Grid
from flr.io.read import read_liver
from flr.labels import Tissue
from flr.liver import Fate, Liver, assemble, measure
from flr.patient import Patient
from flr.perfusion import (
    Perfusion,
    PerfusionNotAssessed,
    perfused_remnant,
    perfusion_block,
    split_by_plane,
    vessel_findings,
    with_estimated_parts,
)
from flr.plans import MaskCut, Plan, ablation, fates, parse_plan, territories_of, trees_of, volumes
from flr.report.content import report_content
from flr.territories import cantlie_of_vein

Mask = NDArray[np.bool_]

SPACING_MM = (1.5, 2.0, 2.5)
SHAPE = (60, 40, 24)
CUT = slice(40, 43)


def empty(grid: Grid) -> Mask:
    return np.zeros(grid.shape, dtype=bool, order="F")


def tubes(grid: Grid) -> dict[str, Mask]:
    """Portal branches along i in front of the block's back, hepatic veins along i near its front.

    The trunk and the vena cava lie behind and before the block. Everything straight: a voxel's nearest
    portal vessel has its own i, and so has its nearest vein.
    """
    trunk, right, left, cava, right_vein, middle_vein = (empty(grid) for _ in range(6))
    trunk[29:31, 0:6, 11:13] = True
    right[30:56, 6:8, 11:13] = True
    left[4:30, 6:8, 11:13] = True
    cava[28:32, 38:40, :] = True
    right_vein[30:56, 36:38, 11:13] = True
    middle_vein[4:30, 36:38, 11:13] = True
    return {
        "portal_vein": trunk,
        "portal_vein_right": right,
        "portal_vein_left": left,
        "ivc": cava,
        "hepatic_vein_right": right_vein,
        "hepatic_vein_middle": middle_vein,
    }


def phantom(vessels: Mapping[str, Mask] | None = None, tumour: bool = False) -> Liver:
    """A block liver of two halves with straight vessels; +i is the patient's right."""
    grid = oblique_grid(SHAPE, SPACING_MM, orientation="RAS")
    organ = empty(grid)
    organ[4:56, 6:38, 2:22] = True
    parts = np.where(organ, np.where(np.indices(SHAPE)[0] >= 30, 1, 2), 0).astype(np.uint8)
    lesion = np.zeros(SHAPE, dtype=np.uint16, order="F")
    if tumour:
        lesion[48:52, 20:24, 8:12] = 1
    return assemble(
        grid,
        liver=organ,
        parts=np.asfortranarray(parts),
        part_names=("right_hemiliver", "left_hemiliver"),
        tumours=lesion,
        vessels=tubes(grid) if vessels is None else vessels,
    )


def slab(liver: Liver) -> Plan:
    """Three voxel columns right across the branch leave."""
    mask = empty(liver.grid)
    mask[CUT] = True
    return Plan("slab", "mask(slab)", (MaskCut("slab", mask, liver.grid),))


def perfused(liver: Liver, plan: Plan) -> Perfusion:
    found = perfused_remnant(liver, plan, volumes(liver, plan))
    assert isinstance(found, Perfusion)
    return found


def test_a_cut_through_a_branch_devascularises_exactly_what_lies_beyond() -> None:
    liver = phantom({n: m for n, m in tubes(phantom().grid).items() if n.startswith("portal")})
    found = perfused(liver, slab(liver))
    beyond = np.zeros(SHAPE, dtype=bool)
    beyond[CUT.stop :] = True
    assert np.array_equal(found.fates == Fate.DEVASCULARISED, beyond & (liver.parts > 0))
    voxel_ml = liver.grid.voxel_volume_ml
    assert found.devascularised_ml == pytest.approx(13 * 32 * 20 * voxel_ml, rel=1e-12)
    assert found.congested_ml == 0.0
    assert not found.outflow_assessed
    outcome = {vessel.name: vessel for vessel in found.vessels}
    assert outcome["RPV"].outcome == "partly_lost"
    assert outcome["RPV"].resected_ml == pytest.approx(3 * 4 * voxel_ml)
    assert outcome["RPV"].cut_off_ml == pytest.approx(13 * 4 * voxel_ml)
    assert outcome["RPV"].lost_tissue_ml == pytest.approx(found.devascularised_ml)
    assert outcome["LPV"].outcome == "kept"


def test_a_vessel_that_a_mask_crosses_may_be_preserved_and_both_numbers_are_given() -> None:
    liver = phantom()
    plan = slab(liver)
    found = perfused(liver, plan)
    crossed = {vessel.name for vessel in found.vessels if vessel.crossed}
    assert crossed == {"RPV", "RHV"}
    spared = perfused(liver, plan.with_vessels(["RPV", "RHV"], []))
    assert found.perfused_spared_ml == pytest.approx(spared.perfused_low_ml, rel=1e-12)
    assert spared.perfused_low_ml > found.perfused_low_ml
    assert spared.perfused_spared_ml is None
    result = assess(liver, plan, ADULT)
    rows = {row.label: row.value for row in report_content([result]).plans[0].anatomy}
    assert "crossed, preserve(RPV) spares it" in rows["Without portal inflow"]
    # What leaves by its pedicle or by name is no matter of preserving.
    whole = perfused(liver, parse_plan("right_hemiliver"))
    assert not any(vessel.crossed for vessel in whole.vessels)
    assert whole.perfused_spared_ml is None


def test_a_cut_through_a_vein_congests_exactly_what_lies_beyond() -> None:
    liver = phantom({n: m for n, m in tubes(phantom().grid).items() if not n.startswith("portal")})
    found = perfused(liver, slab(liver))
    beyond = np.zeros(SHAPE, dtype=bool)
    beyond[CUT.stop :] = True
    assert np.array_equal(found.fates == Fate.CONGESTED, beyond & (liver.parts > 0))
    assert found.perfused_high_ml == pytest.approx(found.table.remnant_ml)
    assert found.perfused_low_ml == pytest.approx(found.table.remnant_ml - found.congested_ml)
    assert any("portal" in reason for reason in found.missing)


def test_where_inflow_and_outflow_are_lost_the_tissue_is_devascularised() -> None:
    found = perfused(phantom(), slab(phantom()))
    assert found.congested_ml == 0.0
    assert found.devascularised_ml > 0.0


def test_equally_near_to_a_lost_and_a_living_vessel_counts_as_lost() -> None:
    liver = phantom()
    masks = tubes(liver.grid)
    del masks["ivc"], masks["hepatic_vein_right"], masks["hepatic_vein_middle"]
    liver = phantom(masks)
    mask = empty(liver.grid)
    mask[CUT, 6:8, 11:13] = True  # the vessel only
    plan = Plan("bite", "mask(bite)", (MaskCut("bite", mask, liver.grid),))
    lost = perfused(liver, plan).fates == Fate.DEVASCULARISED
    inside = (liver.parts > 0) & ~mask
    expected = np.zeros(SHAPE, dtype=bool)
    expected[CUT.start :] = True
    assert np.array_equal(lost, expected & inside)


def test_a_whole_half_leaves_nothing_to_lose() -> None:
    liver = phantom()
    found = perfused(liver, parse_plan("right hepatectomy"))
    assert found.perfused_low_ml == pytest.approx(found.table.remnant_ml)
    assert {v.name: v.outcome for v in found.vessels} == {
        "RPV": "resected",
        "LPV": "kept",
        "RHV": "resected",
        "MHV": "kept",
    }


def test_a_vein_resected_by_name_congests_its_territory() -> None:
    liver = phantom()
    plain, with_vein = parse_plan("H5678"), parse_plan("H5678-MHV")
    assert perfused(liver, plain).congested_ml == 0.0
    found = perfused(liver, with_vein)
    assert found.congested_ml == pytest.approx(found.table.remnant_ml)
    assert found.perfused_low_ml == 0.0
    assert found.perfused_high_ml == pytest.approx(found.table.remnant_ml)


def test_totals_are_those_of_the_plain_table_and_conserved() -> None:
    liver = phantom(tumour=True)
    for plan in (slab(liver), parse_plan("plane(25, 0, 0, -1, 0.2, 0.1)"), parse_plan("ablate(T1, 5)")):
        plain = volumes(liver, plan)
        table = perfused(liver, plan).table
        assert abs(table.conservation_error_ml) < 1e-9
        for name in ("total_ml", "resected_ml", "ablated_ml", "remnant_ml", "remnant_tumour_ml"):
            assert getattr(table, name) == pytest.approx(getattr(plain, name), abs=1e-9), name
        assert table.voxel_totals == plain.voxel_totals
        parts = table.perfused_remnant_ml + float(
            table.ml[:, [Tissue.PARENCHYMA, Tissue.VESSEL]][:, :, [Fate.DEVASCULARISED, Fate.CONGESTED]].sum()
        )
        assert parts == pytest.approx(table.remnant_ml, abs=1e-9)


def test_vessels_inside_an_ablation_zone_are_taken_for_open_and_that_is_said() -> None:
    liver = phantom()
    notes = {
        (kind, which): f"{kind} branches inside an ablation zone are taken for open"
        in perfused(liver, Plan("zone", "zone", (ablation(centre, 6.0),))).notes
        for kind in ("portal", "hepatic venous")
        for which, centre in (
            ("on the portal branch", liver.grid.world_mm((48, 6, 11))),
            ("on the vein", liver.grid.world_mm((48, 36, 11))),
            ("between them", liver.grid.world_mm((48, 22, 11))),
        )
    }
    assert {key for key, said in notes.items() if said} == {
        ("portal", "on the portal branch"),
        ("hepatic venous", "on the vein"),
    }


def test_tumour_is_never_devascularised() -> None:
    liver = phantom(tumour=True)
    found = perfused(liver, slab(liver))
    assert (found.fates[(liver.tissues == Tissue.TUMOUR) & (liver.parts > 0)] == Fate.KEPT).all()
    assert found.table.remnant_tumour_ml == pytest.approx(measure(liver).tumour_ml)


def test_removing_more_never_perfuses_more() -> None:
    liver = phantom()
    rng = np.random.default_rng(11)
    for _ in range(6):
        centre = rng.integers((8, 8, 4), (52, 34, 20))
        perfused_ml = np.inf
        for radius in (2, 4, 7):
            mask = empty(liver.grid)
            low = np.maximum(centre - radius, 0)
            mask[tuple(slice(int(a), int(c + radius)) for a, c in zip(low, centre, strict=True))] = True
            plan = Plan("bite", "mask(bite)", (MaskCut("bite", mask, liver.grid),))
            found = perfused(liver, plan)
            assert found.perfused_low_ml <= perfused_ml + 1e-9
            perfused_ml = found.perfused_low_ml


# What was not given


def test_no_vessels_no_perfusion() -> None:
    liver = phantom({})
    plan = parse_plan("H5678")
    assert perfused_remnant(liver, plan, volumes(liver, plan)) is None
    assert perfusion_block(liver, plan, volumes(liver, plan), Patient()) is None
    assert vessel_findings(liver) == ()
    result = assess(liver, plan, Patient())
    assert result.perfusion is None
    assert "perfusion_unverified" in result.notes  # nobody may read silence as a perfused remnant


def test_an_undivided_mask_is_not_assessed_and_says_why() -> None:
    masks = tubes(phantom().grid)
    liver = phantom({"hepatic_vessel": masks["portal_vein_right"] | masks["hepatic_vein_right"]})
    plan = parse_plan("H5678")
    found = perfused_remnant(liver, plan, volumes(liver, plan))
    assert isinstance(found, PerfusionNotAssessed)
    assert len(found.fragments_ml) == 2
    result = assess(liver, plan, Patient(weight_kg=70, height_cm=170, condition="normal"))
    assert "perfusion_unverified" in result.notes
    assert result.perfusion is not None
    assert not result.perfusion.is_assessed
    assert result.measures.perfused_flr_ml is None
    assert "vessels_not_used" in {finding.check for finding in result.quality}


def test_a_tree_of_one_side_only_is_not_used() -> None:
    grid = oblique_grid((100, 40, 24), (2.0, 2.0, 2.5), orientation="RAS")
    organ, right, trunk = empty(grid), empty(grid), empty(grid)
    organ[4:96, 6:38, 2:22] = True
    right[88:94, 6:8, 11:13] = True
    trunk[90:92, 0:6, 11:13] = True
    parts = np.where(organ, np.where(np.indices(grid.shape)[0] >= 50, 1, 2), 0).astype(np.uint8)
    liver = assemble(
        grid,
        parts=np.asfortranarray(parts),
        part_names=("right_hemiliver", "left_hemiliver"),
        vessels={"portal_vein": right | trunk},
    )
    found = perfused_remnant(liver, parse_plan("H5678"), volumes(liver, parse_plan("H5678")))
    assert isinstance(found, PerfusionNotAssessed)
    assert any("not drawn in a large part" in reason for reason in found.reasons)


def test_uneven_slices_are_not_assessed() -> None:
    liver = phantom()
    weights = np.full(SHAPE[2], 2.5)
    uneven = replace(liver, grid=Grid(SHAPE, liver.grid.index_to_world_mm, weights))
    plan = parse_plan("H5678")
    found = perfused_remnant(uneven, plan, volumes(uneven, plan))
    assert isinstance(found, PerfusionNotAssessed)
    assert "uneven" in found.reasons[0]


# The flag


ADULT = Patient(weight_kg=70, height_cm=170, condition="normal")


A_BOX = Options(accepted=("liver_cut_flat",))
"""The phantom is a box, which ends flat on every side."""


def adult_liver() -> Liver:
    """A litre of the phantom without tumour, its vessels in the middle, where they reach all of it."""
    masks = {name: empty(phantom().grid) for name in tubes(phantom().grid)}
    masks["portal_vein"][29:31, 0:22, 6:8] = True
    masks["portal_vein_right"][31:56, 20:22, 6:8] = True
    masks["portal_vein_left"][4:29, 20:22, 6:8] = True
    masks["ivc"][28:32, 38:40, :] = True
    masks["hepatic_vein_right"][30:56, 20:22, 16:18] = True
    masks["hepatic_vein_right"][30:32, 20:38, 16:18] = True
    masks["hepatic_vein_middle"][4:30, 20:22, 16:18] = True
    masks["hepatic_vein_middle"][28:30, 20:38, 16:18] = True
    liver = phantom(masks)
    affine = liver.grid.index_to_world_mm.copy()
    affine[:3, :3] *= 1.6
    return replace(liver, grid=Grid(liver.grid.shape, affine), tumour_status="none", tumours=None)


def test_the_flag_is_graded_on_the_lowest_perfused_remnant() -> None:
    liver = adult_liver()
    kept = assess(liver, parse_plan("H5678"), ADULT, options=A_BOX)
    cut = assess(liver, parse_plan("H5678-MHV"), ADULT, options=A_BOX)
    assert kept.measures.flr_percent_of_measured == cut.measures.flr_percent_of_measured
    assert kept.flag == "borderline"  # above the band, but the box's flat ends were accepted
    assert "liver_cut_flat was accepted" in kept.headline
    assert cut.flag == "consider_pve"
    assert kept.measures.perfused_flr_ml == kept.measures.flr_ml
    assert cut.measures.perfused_flr_ml == 0.0
    assert cut.perfusion is not None
    span = cut.perfusion.spans["flr_percent_of_measured"]
    assert span.low == 0.0
    assert span.high == pytest.approx(cut.measures.flr_percent_of_measured)
    assert {"graded_on_perfused_remnant", "veins_resected_by_name"} <= set(cut.notes)
    assert "structures_recorded_only" not in cut.notes
    for result in (kept, cut):
        assert "artery_and_bile_duct_not_assessed" in result.notes
        assert set(result.notes) <= set(result.note_texts)
        assert result.volumes.remnant_ml == result.measures.flr_ml  # the plain numbers stay plain


def test_an_estimated_split_is_never_adequate() -> None:
    drawn = adult_liver()
    organ = np.asfortranarray((drawn.parts > 0).astype(np.uint8))
    undivided = replace(drawn, parts=organ, part_names=("liver",))
    estimated = with_estimated_parts(undivided)
    assert estimated.part_names == ("right_hemiliver", "left_hemiliver")
    assert estimated.segments_estimated
    assert np.array_equal(estimated.parts, drawn.parts)
    result = assess(estimated, parse_plan("H5678"), ADULT, options=A_BOX)
    assert assess(drawn, parse_plan("H5678"), ADULT, options=A_BOX).flag == "borderline"
    assert (result.flag, result.missing_rows) == ("indeterminate", ("side",))
    assert "segments_estimated" in {finding.check for finding in result.quality}
    assert "estimate_not_in_intervals" in result.notes


def test_a_resected_territory_is_never_adequate() -> None:
    result = assess(adult_liver(), parse_plan("territory(RPV)"), ADULT)
    assert result.flag == "indeterminate"
    assert "territory_is_estimated" in result.notes
    assert result.plan.removes == ()


# Parts from vessels


def test_landmarks_divide_where_nothing_else_does() -> None:
    liver = phantom({})
    undivided = replace(
        liver, parts=np.asfortranarray((liver.parts > 0).astype(np.uint8)), part_names=("liver",)
    )
    assert with_estimated_parts(undivided) is undivided
    at = [liver.grid.world_mm((29.5, j, k)) for j, k in ((36, 2), (8, 2), (8, 20))]
    split = with_estimated_parts(undivided, landmarks_mm=[tuple(p) for p in at])
    assert np.array_equal(split.parts, liver.parts)
    far = [liver.grid.world_mm((500.0, j, k)) for j, k in ((36, 2), (8, 2), (8, 20))]
    with pytest.raises(GeometryError, match="does not meet"):
        with_estimated_parts(undivided, landmarks_mm=[tuple(p) for p in far])


def test_drawn_parts_are_never_replaced() -> None:
    liver = phantom()
    assert with_estimated_parts(liver) is liver


# Territories in plans


def test_a_territory_is_a_part_of_any_plan() -> None:
    liver = phantom()
    plan = parse_plan("territory(portal_vein_right)")
    assert plan.notation == "territory(RPV)"
    assert parse_plan(plan.notation) == plan
    tree = trees_of(liver).portal
    assert tree is not None
    halves = territories_of(liver, tree, "first")
    taken = fates(liver, plan) == Fate.RESECTED
    assert np.array_equal(taken, halves.voxels == halves.names.index("RPV") + 1)
    both = parse_plan("H234 + territory(RHV)")
    assert both.notation == "H234 + territory(RHV)"
    with pytest.raises(PlanError, match="RPV, LPV"):
        fates(liver, parse_plan("territory(P8)"))
    with pytest.raises(PlanError, match="no vessels are given"):
        fates(phantom({}), parse_plan("territory(RPV)"))
    with pytest.raises(PlanError, match=r"territory\(RPV\)"):
        parse_plan("territory(3, 4)")


def test_sections_together_are_hemilivers() -> None:
    liver = phantom()
    names = ("right_anterior_section", "right_posterior_section", "left_hemiliver")
    parts = liver.parts.copy()
    parts[parts == 2] = 3
    parts[45:][parts[45:] == 1] = 2
    sections = replace(liver, parts=parts, part_names=names)
    assert parse_plan("H5678").removes(sections) == names[:2]
    assert parse_plan("H67").removes(sections) == names[1:2]
    with pytest.raises(PlanError, match="does not have"):
        parse_plan("H45678").removes(sections)


# Sample and real data


def test_the_sample_case_after_right_hepatectomy(sample_data: Path) -> None:
    folder = sample_data / "baseline"
    liver = read_liver(
        folder / "segments.nii.gz", folder / "vessels.nii.gz", tumours=folder / "tumours.nii.gz"
    )
    plan = parse_plan("H5678")
    found = perfused(liver, plan)
    assert found.table.remnant_ml == pytest.approx(422.68, abs=0.01)
    assert found.devascularised_ml == pytest.approx(11.3, abs=0.1)
    assert found.congested_ml == pytest.approx(8.4, abs=0.1)
    without_middle = perfused(liver, parse_plan("H5678-MHV"))
    assert without_middle.devascularised_ml == pytest.approx(found.devascularised_ml)
    assert without_middle.congested_ml > 5.0 * found.congested_ml
    block = perfusion_block(liver, plan, volumes(liver, plan), Patient(weight_kg=72, height_cm=171))
    assert block is not None
    by_name = {row.name: row for row in block.territories}
    assert sum(by_name[n].volume_ml for n in ("RPV", "LPV")) == pytest.approx(measure(liver).total_ml)
    assert sum(by_name["RPV"].parts_ml.values()) == pytest.approx(by_name["RPV"].volume_ml)
    span = block.spans["flr_percent_of_measured"]
    assert span.low is not None
    assert span.high is not None
    assert span.low < span.high < 27.3


def test_a_liver_without_segments_is_divided_alike_wherever_it_is_read(
    sample_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import nibabel

    from flr.cli import main

    folder = sample_data / "baseline"
    segments = nibabel.load(folder / "segments.nii.gz")
    outline = (np.asarray(segments.dataobj) > 0) | (
        np.asarray(nibabel.load(folder / "tumours.nii.gz").dataobj) > 0
    )
    nibabel.save(nibabel.Nifti1Image(outline.astype(np.uint8), segments.affine), tmp_path / "liver.nii.gz")
    files = {"liver": tmp_path / "liver.nii.gz", "vessels": folder / "vessels.nii.gz"}
    words = [f"--{role}={path}" for role, path in files.items()] + ["--tumours=none", "--plan=H5678"]

    assert main(["assess", *words, "--json"]) == 0
    (assessed,) = json.loads(capsys.readouterr().out)["assessments"]
    assert "estimate_not_in_intervals" in assessed["notes"]

    rows = tmp_path / "cases.csv"
    rows.write_text(
        "case_id,liver,vessels,tumours,plan\n" + f"case,{files['liver']},{files['vessels']},none,H5678\n"
    )
    assert main(["cohort", "run", str(rows), "--workers", "0", "--out", str(tmp_path / "cohort")]) == 0
    assert json.loads((tmp_path / "cohort/cases.jsonl").read_text()) == assessed

    assert main(["export", *words, "--nifti", "--out", str(tmp_path / "export")]) == 0
    remnant = nibabel.load(tmp_path / "export/plan-1-h5678-masks/future_liver_remnant.nii.gz")
    voxel_ml = abs(float(np.linalg.det(remnant.affine[:3, :3]))) / 1000.0
    remnant_ml = np.count_nonzero(np.asarray(remnant.dataobj)) * voxel_ml
    assert remnant_ml == pytest.approx(assessed["volumes_ml"]["remnant"], rel=1e-6)


@pytest.mark.slow
@pytest.mark.real
def test_a_real_liver_is_split_and_its_right_hepatectomy_perfused(real_data: Path) -> None:
    folder = real_data / "msd08_hvpv"
    vessels = folder / "hepaticvessel_002_hv1_pv2.nii.gz"
    liver = read_liver(
        vessels,
        liver=folder / "hepaticvessel_002_liver.nii.gz",
        labels={vessels.name: "1=hepatic_vein,2=portal_vein"},
    )
    sections = with_estimated_parts(liver)
    assert sections.segments_estimated
    assert sections.part_names == (
        "right_anterior_section",
        "right_posterior_section",
        "left_medial_section",
        "left_lateral_section",
    )
    plane = cantlie_of_vein(trees_of(liver))
    assert plane is not None
    halves = split_by_plane(liver, plane)
    total_ml = measure(halves).total_ml
    right_percent = 100.0 * measure(halves).parts_ml["right_hemiliver"] / total_ml
    assert 55.0 < right_percent < 75.0
    for divided in (sections, halves):
        plan = parse_plan("right hepatectomy")
        found = perfused(divided, plan)
        assert found.inflow_assessed
        assert found.outflow_assessed
        assert 0.5 * found.table.remnant_ml < found.perfused_low_ml <= found.perfused_high_ml
        assert abs(found.table.conservation_error_ml) < 1e-6
        result = assess(divided, plan, Patient(weight_kg=75, height_cm=175, condition="normal"))
        assert result.flag != "adequate"
        assert "vessels_sparse" in {finding.check for finding in result.quality}
