"""Bile ducts and hepatic artery: tubes in blocks with known borders, ducts at the cut, what they may say."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import couinaud_egg, oblique_grid
from reviewing import assess

import flr
from flr.assessment import Options
from flr.cache import VARIABLE
from flr.cli.entry import main
from flr.criteria import SiteLimits
from flr.documents.assessments import assessment_document
from flr.errors import PlanError
from flr.job import drawn_plans
from flr.labels import Tissue
from flr.liver import Fate, Liver, assemble, measure
from flr.patient import Patient
from flr.perfusion import SheathOutcome, sheath_block
from flr.plans import MaskCut, Plan, fates, parse_plan, volumes
from flr.report.content import report_content

Mask = NDArray[np.bool_]

SPACING_MM = (1.5, 2.0, 2.5)
SHAPE = (60, 40, 24)
BLOCK = np.s_[4:56, 6:38, 2:22]
MIDDLE = 30
VOXEL_ML = float(np.prod(SPACING_MM)) / 1000.0
ADULT = Patient(weight_kg=70, height_cm=170, condition="normal")


def empty() -> Mask:
    return np.zeros(SHAPE, dtype=bool, order="F")


def tubes(*, right: bool = True) -> Mask:
    """A stem from outside, and a straight duct along i to either side, four voxels across: 2 by 2."""
    mask = empty()
    mask[29:31, 0:8, 11:13] = True
    mask[4:30, 6:8, 11:13] = True
    if right:
        mask[30:56, 6:8, 11:13] = True
    return mask


def liver_with(sheath: dict[str, Mask]) -> Liver:
    """A block of two halves; +i is the patient's right."""
    grid = oblique_grid(SHAPE, SPACING_MM, orientation="RAS")
    organ = empty()
    organ[BLOCK] = True
    parts = np.where(organ, np.where(np.indices(SHAPE)[0] >= MIDDLE, 1, 2), 0).astype(np.uint8)
    return assemble(
        grid,
        liver=organ,
        parts=np.asfortranarray(parts),
        part_names=("right_hemiliver", "left_hemiliver"),
        ducts=sheath.get("bile_duct"),
        sheath=sheath,
        tumours_declared_none=True,
    )


def taken(liver: Liver, mask: Mask) -> Plan:
    return Plan("drawn", "mask(drawn)", (MaskCut("drawn", mask, liver.grid),))


def outcome(liver: Liver, plan: Plan, kind: str = "artery") -> SheathOutcome:
    block = sheath_block(liver, plan, volumes(liver, plan))
    assert block is not None
    found = block.artery if kind == "artery" else block.bile_duct
    assert found is not None
    return found


def test_a_cut_through_a_duct_leaves_exactly_what_lies_beyond_without_drainage() -> None:
    liver = liver_with({"bile_duct": tubes()})
    slab = empty()
    slab[40:43] = True
    plan = taken(liver, slab)
    found = outcome(liver, plan, "duct")
    # What lies beyond the slab, less the duct itself, which is no functional liver.
    beyond_ml = (13 * 32 * 20 - 13 * 2 * 2) * VOXEL_ML
    assert found.lost_ml == pytest.approx(beyond_ml, rel=1e-12)
    assert found.lost_percent == pytest.approx(100.0 * beyond_ml / volumes(liver, plan).remnant_ml)
    assert {one.name: one.outcome for one in found.branches} == {"RHD": "partly_lost", "LHD": "kept"}
    # The duct enters the slab and leaves it: two ends, 2 × 2 voxels of 2.0 × 2.5 mm each.
    assert found.divided is not None
    assert [cut.name for cut in found.divided] == ["RHD", "RHD"]
    wide_mm = 2.0 * np.sqrt(4 * 2.0 * 2.5 / np.pi)
    assert [cut.calibre_mm for cut in found.divided] == pytest.approx([wide_mm] * 2, rel=0.1)


def test_the_distance_to_the_nearest_duct_that_stays_is_exact() -> None:
    liver = liver_with({"artery": tubes()})
    # Behind the duct along j (2 mm a voxel): from the last voxel of the duct, j = 7, to j = 12 are 10 mm.
    wedge = empty()
    wedge[4:20, 12:38, 2:22] = True
    found = outcome(liver, taken(liver, wedge))
    assert (found.divided, found.lost_ml) == ((), 0.0)
    assert found.nearest_kept_mm == pytest.approx(5 * 2.0)
    assert found.nearest_kept == "LHA"
    # The right duct is divided on its way: the nearest one that stays whole is the stem or the left one.
    half = empty()
    half[40:56] = True
    found = outcome(liver, taken(liver, half))
    assert found.divided is not None
    assert [cut.name for cut in found.divided] == ["RHA"]
    assert found.nearest_kept == "trunk"
    stem_mm = (40 - 30) * 1.5  # the stem's last column is i = 30
    # Branches begin within two pieces of 5 mm beyond the stem.
    assert found.nearest_kept_mm is not None
    assert 0.0 <= stem_mm - found.nearest_kept_mm <= 10.0


def test_parts_leave_by_their_pedicle_and_take_no_more() -> None:
    liver = liver_with({"bile_duct": tubes(), "artery": tubes()})
    plan = parse_plan("right_hemiliver")
    for kind, name in (("duct", "RHD"), ("artery", "RHA")):
        found = outcome(liver, plan, kind)
        assert found.assessed
        assert found.lost_percent is not None
        assert found.lost_percent < 10.0
        assert found.divided is not None
        assert [cut.name for cut in found.divided] == [name]
        assert {one.name for one in found.branches if one.outcome in ("resected", "cut_off")} == {name}


def test_ducts_that_leave_the_stem_apart_are_counted_apart() -> None:
    # Two right ducts arise from the stem side by side; the plan takes both.
    mask = empty()
    mask[29:31, 0:8, 5:18] = True
    mask[4:30, 6:8, 11:13] = True
    mask[31:56, 6:8, 5:7] = True
    mask[31:56, 6:8, 16:18] = True
    liver = liver_with({"artery": mask})
    half = empty()
    half[40:56] = True
    found = outcome(liver, taken(liver, half))
    assert found.divided is not None
    assert len(found.divided) == 2
    whole = outcome(liver, parse_plan("right_hemiliver"))
    assert whole.divided is not None
    assert len(whole.divided) == 2


def test_a_resected_bile_duct_is_rebuilt_and_its_stumps_are_counted_on_the_side_that_stays() -> None:
    liver = liver_with({"bile_duct": tubes()})
    plan = replace(parse_plan("right_hemiliver"), structures=("B",))
    block = sheath_block(liver, plan, volumes(liver, plan))
    assert block is not None
    assert "bile_ducts_reconstructed" in block.notes
    found = outcome(liver, plan, "duct")
    assert found.lost_percent is not None
    assert found.lost_percent < 10.0
    assert found.divided is not None
    assert [cut.name for cut in found.divided] == ["LHD"]


def test_nothing_is_created_or_lost() -> None:
    liver = liver_with({"bile_duct": tubes(), "artery": tubes()})
    bare = liver_with({"bile_duct": tubes()})
    assert np.array_equal(measure(liver).voxels, measure(bare).voxels)  # an artery is no tissue of its own
    plan = parse_plan("right_hemiliver")
    fate = fates(liver, plan)
    found = outcome(liver, plan, "duct")
    kept = (fate == Fate.KEPT) & (liver.parts > 0) & (liver.tissues != Tissue.NONFUNCTIONAL)
    assert 0.0 <= (found.lost_ml or 0.0) <= np.count_nonzero(kept) * VOXEL_ML
    assert found.nonfunctional_ml == pytest.approx(np.count_nonzero(tubes()[BLOCK]) * VOXEL_ML)


def test_the_cache_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    liver, plan = (
        liver_with({"bile_duct": tubes(), "artery": tubes(right=False)}),
        parse_plan("right_hemiliver"),
    )
    without = sheath_block(replace(liver), plan, volumes(liver, plan))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    written, read = (sheath_block(replace(liver), plan, volumes(liver, plan)) for _ in range(2))
    assert list((tmp_path / "cache").glob("*.npz"))
    assert written == without
    assert read == without
    other = replace(liver, sheath={**liver.sheath, "artery": tubes()})
    after = sheath_block(other, plan, volumes(other, plan))
    assert after is not None
    assert without is not None
    assert after.artery != without.artery
    assert after.bile_duct == without.bile_duct


def test_trees_that_prove_nothing_say_why() -> None:
    inside = tubes()
    inside[:, 0:6] = False
    found = outcome(liver_with({"artery": inside}), parse_plan("right_hemiliver"))
    assert not found.assessed
    assert found.divided is None
    assert "outside the liver" in found.missing[0]
    outside = empty()
    outside[29:31, 0:5, 11:13] = True
    found = outcome(liver_with({"artery": outside}), parse_plan("right_hemiliver"))
    assert not found.assessed
    assert "does not run inside the liver" in found.missing[0]


def test_a_hemihepatectomy_divides_one_duct_where_it_begins(sample_data: Path) -> None:
    """The portal tree of the sample case, taken for an artery: branches beyond the division do not count."""
    baseline = sample_data / "baseline"
    veins = flr.read_liver(baseline / "segments.nii.gz", baseline / "vessels.nii.gz", tumours="none")
    portal = np.logical_or.reduce([m for name, m in veins.vessels.items() if name.startswith("portal")])
    liver = replace(veins, sheath={"artery": np.asfortranarray(portal)}, vessels={})
    for text, name in (("H5678", "RHA"), ("H234", "LHA"), ("H58", "RAHA"), ("H67", "RPHA")):
        found = outcome(liver, parse_plan(text))
        assert found.divided is not None
        assert [cut.name for cut in found.divided] == [name]


# What they may say: against a plan, never for it


def egg(*names: str, fat: bool = False) -> Liver:
    """An egg of eight segments; the duct comes from below and runs to either end, 8 by 8 mm."""
    segments, grid = couinaud_egg()
    x, y, z = (
        grid.world_mm(np.argwhere(np.ones(grid.shape, bool)))[:, a].reshape(grid.shape) for a in range(3)
    )
    across = (abs(y) < 4.1) & (abs(z) < 4.1)
    mask = (across & (x > -80.0) & (x < 100.0)) | ((abs(x - 10.0) < 4.1) & (abs(y) < 4.1) & (z < 4.1))
    if fat:
        mask |= (x > 40.0) & (abs(y) < 30.0) & (abs(z) < 30.0)
    mask = np.asfortranarray(mask)
    return assemble(
        grid,
        parts=np.asfortranarray(segments),
        part_names=tuple("12345678"),
        ducts=mask if "bile_duct" in names else None,
        sheath=dict.fromkeys(names, mask),
        tumours_declared_none=True,
    )


def between(liver: Liver, low_mm: float, high_mm: float) -> Plan:
    """What lies between two positions from left to right leaves."""
    x = liver.grid.world_mm(np.argwhere(np.ones(liver.grid.shape, bool)))[:, 0].reshape(liver.grid.shape)
    return taken(liver, np.asfortranarray((x > low_mm) & (x < high_mm)))


@pytest.mark.parametrize("name", ["artery", "bile_duct"])
def test_a_remnant_without_drainage_or_artery_is_at_best_borderline(name: str) -> None:
    liver, bare = egg(name), egg()
    plain = assess(bare, between(bare, 50.0, 56.0), ADULT)
    assert plain.flag_by_volume == "adequate"
    cut_off = assess(liver, between(liver, 50.0, 56.0), ADULT)
    assert cut_off.flag_by_volume == "borderline"
    key = {"artery": "arterial_supply_in_doubt", "bile_duct": "bile_drainage_in_doubt"}[name]
    assert key in cut_off.notes
    assert {"artery": "RHA", "bile_duct": "RHD"}[name] in cut_off.note_texts[key]
    assert cut_off.ducts_and_artery is not None
    (one,) = cut_off.ducts_and_artery.outcomes
    x = liver.grid.world_mm(np.argwhere((liver.parts > 0) & (liver.tissues != Tissue.NONFUNCTIONAL)))[:, 0]
    beyond_ml = np.count_nonzero(x >= 56.0) * liver.grid.voxel_volume_ml
    assert one.lost_ml == pytest.approx(beyond_ml, rel=0.02)  # the last duct voxel is as near as the slab's
    # The true case: less than the method's own error.
    at_the_end = assess(liver, between(liver, 80.0, 84.0), ADULT)
    assert at_the_end.flag_by_volume == "adequate"
    assert at_the_end.ducts_and_artery is not None
    assert (at_the_end.ducts_and_artery.outcomes[0].lost_ml or 0.0) > 0.0


def test_ducts_never_raise_a_flag() -> None:
    """The lie: fat ducts drawn in what leaves make the rest a larger share of the functional liver."""
    liver, bare = egg("bile_duct", fat=True), egg()
    limits = Options(
        limits=SiteLimits(very_small_percent=15, minimum_percent=20, band_percent=48, source="a test")
    )
    plain = assess(bare, between(bare, 2.0, 200.0), ADULT, options=limits)
    lied = assess(liver, between(liver, 2.0, 200.0), ADULT, options=limits)
    share = lied.measures.flr_percent_of_measured
    assert share is not None
    assert share > 48.0 > (plain.measures.flr_percent_of_measured or 0.0)
    assert plain.flag_by_volume == "borderline"
    assert lied.flag_by_volume == "borderline"
    assert "share_raised_by_drawn_ducts" in lied.notes


def test_a_liver_without_ducts_says_nothing_of_them() -> None:
    bare = assess(egg(), between(egg(), 50.0, 56.0), ADULT)
    assert bare.ducts_and_artery is None
    assert "ducts_and_artery" not in assessment_document(bare)
    assert "artery_and_bile_duct_not_assessed" in bare.notes


@pytest.mark.parametrize("seed", range(4))
def test_given_ducts_and_artery_never_make_a_flag_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low_mm = float(rng.uniform(-60.0, 60.0))
    liver, bare = egg("bile_duct", "artery", fat=seed % 2 == 1), egg()
    flags = [
        assess(one, between(one, low_mm, low_mm + float(width)), ADULT).flag_by_volume
        for width in rng.uniform(5.0, 120.0, 2)
        for one in (bare, liver)
    ]
    order = ("adequate", "borderline", "below_minimum", "consider_pve")
    for without, with_them in (flags[:2], flags[2:]):
        # Ducts that stay are no functional liver, which may be worse; better it never is.
        assert order.index(with_them) >= order.index(without)


def test_a_branch_that_is_preserved_by_name(  # one that leaves with all its liver cannot be
) -> None:
    liver = liver_with({"artery": tubes()})
    slab = empty()
    slab[40:43] = True
    crossed = taken(liver, slab)
    assert (outcome(liver, crossed).lost_ml or 0.0) > 0.0
    assert outcome(liver, crossed.with_vessels(["RHA"], [])).lost_ml == 0.0
    with pytest.raises(PlanError, match=r"preserve\(RHD\): no vessel"):
        assess(liver, crossed.with_vessels(["RHD"], []), ADULT)


# Every door, and bad input


PLAN = "ablate((0, 0, 0), 8)"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sheath")
    liver = liver_with({})
    away = empty()
    away[:, :, -1] = True
    away[:, :, :-1] = False
    masks = {"liver": liver.parts > 0, "ducts": tubes(), "artery": tubes(), "nothing": empty(), "away": away}
    for name, mask in masks.items():
        save(folder / f"{name}.nii.gz", mask, liver.grid.index_to_world_mm)
    moved = liver.grid.index_to_world_mm.copy()
    moved[:3, 3] += 1.3
    save(folder / "moved.nii.gz", masks["ducts"], moved)
    half = empty()
    half[40:56] = True
    save(folder / "half.nii.gz", half & (liver.parts > 0), liver.grid.index_to_world_mm)
    both = np.where(liver.parts > 0, 1, 0)
    save(folder / "both.nii.gz", both, liver.grid.index_to_world_mm)
    return folder


def save(path: Path, voxels: NDArray[np.generic], affine: NDArray[np.float64]) -> None:
    nib.save(nib.Nifti1Image(voxels.astype(np.uint8), affine), path)


def test_every_door_gives_the_same(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"liver": "liver", "ducts": "ducts", "artery": "artery", "resected": "half"}
    paths = {role: case / f"{name}.nii.gz" for role, name in files.items()}
    options = [word for role, path in paths.items() for word in (f"--{role}", str(path))]
    out = tmp_path / "out"
    assert main(["assess", *options, "--out", str(out), "--format", "json,csv"]) == 0
    (option,) = json.loads((out / "assessment.json").read_text())["assessments"]
    block = option["ducts_and_artery"]
    assert [cut["name"] for cut in block["bile_duct"]["divided"]] == ["RHD"]
    assert [cut["name"] for cut in block["artery"]["divided"]] == ["RHA"]
    assert "ducts_and_artery.bile_duct.lost_ml" in (out / "assessment.csv").read_text().splitlines()[0]
    by_hand = flr.read_liver(**paths)
    drawn = drawn_plan(by_hand)
    result = flr.assess(by_hand, drawn, Patient())
    assert assessment_document(result)["ducts_and_artery"] == block
    rows = {row.label: row.value for row in report_content([result]).plans[0].anatomy}
    assert "RHD" in rows["Bile ducts at the cut"]
    assert "mL of the remnant" in rows["Without arterial supply"]
    arrays = {role: nib.load(path) for role, path in paths.items()}
    held = flr.liver_from_labels(**arrays)
    assert assessment_document(flr.assess(held, drawn_plan(held), Patient()))["ducts_and_artery"] == block
    keys = "\n".join(f'{role} = "{path}"' for role, path in paths.items())
    (tmp_path / "case.toml").write_text(f'id = "a"\n[[scan]]\ndate = 2026-01-04\n{keys}\n')
    capsys.readouterr()
    assert main(["assess", "--case", str(tmp_path / "case.toml"), "--json"]) == 0
    (by_case,) = json.loads(capsys.readouterr().out)["assessments"]
    assert by_case["ducts_and_artery"] == block
    (tmp_path / "m.csv").write_text(f"case_id,{','.join(paths)}\na,{','.join(map(str, paths.values()))}\n")
    assert main(["cohort", "run", str(tmp_path / "m.csv"), "--out", str(tmp_path / "cohort")]) == 0
    header = (tmp_path / "cohort" / "cases.csv").read_text().splitlines()[0]
    assert "ducts_and_artery.artery.lost_percent" in header
    assert main(["replay", str(out / "assessment.json"), "--inputs", str(case)]) == 0


def test_labels_of_a_map_name_them_too(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ducts = f"{case / 'ducts.nii.gz'}:1=common bile duct"
    artery = f"{case / 'artery.nii.gz'}:1=hepatic artery"
    paths = [str(case / f"{name}.nii.gz") for name in ("ducts", "artery")]
    given = ["--liver", str(case / "liver.nii.gz"), *paths, "--labels", ducts, "--labels", artery]
    assert main(["assess", *given, "--resected", str(case / "half.nii.gz"), "--json"]) == 0
    (document,) = json.loads(capsys.readouterr().out)["assessments"]
    assert [cut["name"] for cut in document["ducts_and_artery"]["artery"]["divided"]] == ["RHA"]


def test_a_folder_of_masks_names_them_by_its_files(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, own in {"liver": "liver", "ducts": "bile_duct", "artery": "artery"}.items():
        shutil.copy(case / f"{name}.nii.gz", tmp_path / f"{own}.nii.gz")
    assert main(["inspect", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "bile_duct" in shown
    assert "artery" in shown
    assert main(["assess", str(tmp_path), "--resected", str(case / "half.nii.gz"), "--json"]) == 0
    (document,) = json.loads(capsys.readouterr().out)["assessments"]
    assert document["ducts_and_artery"]["bile_duct"]["assessed"]


@pytest.mark.parametrize("role", ["ducts", "artery"])
@pytest.mark.parametrize(
    ("name", "said"),
    [("moved", "grid"), ("nothing", "no labelled voxel"), ("missing", "no such file")],
)
def test_bad_input_is_said_and_ends_with_3(
    case: Path, capsys: pytest.CaptureFixture[str], role: str, name: str, said: str
) -> None:
    path = str(case / f"{name}.nii.gz")
    code = main(["assess", "--liver", str(case / "liver.nii.gz"), f"--{role}", path, "--plan", PLAN])
    err = capsys.readouterr().err
    assert code == 3, err
    assert said in err.casefold()
    assert "Traceback" not in err


def drawn_plan(liver: Liver) -> Plan:
    (plan,) = drawn_plans(liver, "cure", how_to_plan="")
    return plan
