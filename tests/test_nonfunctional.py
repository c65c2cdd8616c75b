"""Cysts, treated sites and dilated ducts: one list, every door, and never a larger functional volume."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dicom_phantoms import even_heights_mm, segment, stack_at, write_seg, write_series
from numpy.typing import NDArray
from phantoms import OBLIQUE_DEG, couinaud_block, write_nifti
from reviewing import assess

import flr
from flr.assessment import Options, examine
from flr.geometry import Grid
from flr.labels import canonical_names, is_vessel, use_of
from flr.liver import Liver, VolumeTable, assemble, measure

GRID = Grid((110, 70, 60), np.diag([2.0, 2.0, 2.5, 1.0]))
LEFT = (slice(5, 45), slice(10, 60), slice(5, 45))
RIGHT = (slice(45, 105), slice(10, 60), slice(5, 45))
PATIENT = flr.Patient(weight_kg=70, height_cm=170, condition="normal")
THING = ("85756007", "SCT", "Tissue")  # a code that says nothing

NONFUNCTIONAL = ("cyst", "tace_site", "bile_duct")


def two_segments() -> NDArray[np.uint8]:
    parts = np.zeros(GRID.shape, np.uint8)
    parts[LEFT], parts[RIGHT] = 2, 5
    return parts


def ducts() -> NDArray[np.bool_]:
    """Wide ducts in segment 2 that reach its upper face: 288.6 mL."""
    drawn = np.zeros(GRID.shape, bool)
    drawn[15:41, 20:50, 8:48] = True
    return drawn & (two_segments() == 2)


def by_labels(folder: Path, name: str) -> Liver:
    write_nifti(folder / "s.nii.gz", two_segments(), GRID)
    write_nifti(folder / "d.nii.gz", ducts().astype(np.uint8), GRID)
    labels = {"s.nii.gz": "2=segment_2,5=segment_5", "d.nii.gz": f"1={name}"}
    return flr.read_liver(folder / "s.nii.gz", folder / "d.nii.gz", labels=labels, tumours="none")


def by_folder(folder: Path, name: str) -> Liver:
    for own, mask in (
        ("liver_segment_2", two_segments() == 2),
        ("liver_segment_5", two_segments() == 5),
        (name, ducts()),
    ):
        write_nifti(folder / f"{own}.nii.gz", mask.astype(np.uint8), GRID)
    return flr.read_liver(folder, tumours="none")


def by_names(folder: Path, name: str) -> Liver:
    """One map in which what is drawn replaces the segment, names in the header."""
    parts = two_segments()
    parts[ducts()] = 9
    names = {2: "segment_2", 5: "segment_5", 9: name}
    return flr.read_liver(write_nifti(folder / "m.nii.gz", parts, GRID, names=names), tumours="none")


def by_exclusive_labels(folder: Path, name: str) -> Liver:
    parts = two_segments()
    parts[ducts()] = 9
    path = write_nifti(folder / "m.nii.gz", parts, GRID)
    labels = {"m.nii.gz": f"2=segment_2,5=segment_5,9={name}"}
    return flr.read_liver(path, labels=labels, tumours="none")


DOORS = (by_labels, by_folder, by_names, by_exclusive_labels)


@pytest.mark.parametrize("name", NONFUNCTIONAL)
@pytest.mark.parametrize("door", DOORS)
def test_whatever_is_nonfunctional_gives_the_numbers_of_a_cyst(
    tmp_path: Path, door: Callable[[Path, str], Liver], name: str
) -> None:
    table = measure(door(tmp_path, name))
    assert table.total_ml == pytest.approx(2000.0)
    assert table.nonfunctional_ml == pytest.approx(288.6)
    assert table.functional_ml == pytest.approx(1711.4)
    assert table.part_remnant_ml("2") == pytest.approx(511.4)


@pytest.mark.parametrize("name", ["cyst", "bile_duct"])
def test_dilated_ducts_move_the_flag_as_a_cyst_does(tmp_path: Path, name: str) -> None:
    a_box_of_two_segments = Options(accepted=("liver_cut_flat", "segment_missing"))
    result = assess(by_labels(tmp_path, name), "5", PATIENT, options=a_box_of_two_segments)
    assert result.volumes.remnant_ml == pytest.approx(511.4)
    assert result.measures.flr_percent_of_measured == pytest.approx(29.882, abs=1e-3)
    assert result.flag == "borderline"
    assert "nonfunctional_not_drawn" not in result.notes


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("name", NONFUNCTIONAL)
def test_a_dicom_segmentation_too(tmp_path: Path, name: str, exclusive: bool) -> None:
    stack = stack_at(even_heights_mm(10.0), size=(48, 40))
    write_series(tmp_path, stack)
    columns, rows = stack.size
    organ = np.zeros((len(stack.origins_mm), rows, columns), bool)
    organ[2:-2, 3:-3, 3:-3] = True
    split = np.arange(columns) < columns // 2
    drawn = np.zeros_like(organ)
    drawn[4:-4, 5:-5, 5 : columns // 2 - 2] = True
    left = organ & split & ~(drawn if exclusive else False)
    masks = {1: left, 2: organ & ~split, 3: drawn}
    names = ("segment_2", "segment_5", name)
    described = [segment(number, own, THING) for number, own in enumerate(names, start=1)]
    write_seg(tmp_path / "seg.dcm", stack, masks, described)
    table = measure(flr.read_liver(tmp_path, tumours="none"))
    assert table.voxel_totals["total"] == np.count_nonzero(organ)
    assert int(table.voxels[:, 3].sum()) == np.count_nonzero(drawn)


# --- every canonical name has one use, and the reader follows it ------------------------------

USES: dict[str, tuple[str, ...]] = {
    "part": (
        *("liver", "right_hemiliver", "left_hemiliver", "left_lateral_section", "territory_<n>"),
        *(f"segment_{key}" for key in ("1", "2", "3", "4", "4a", "4b", "5", "6", "7", "8")),
    ),
    "tumour": ("tumour", "tumour_<n>", "lesion"),
    "nonfunctional": NONFUNCTIONAL,
    "vessel": (
        *("portal_vein", "portal_vein_left", "portal_vein_right", "portal_vein_right_anterior"),
        *("portal_vein_right_posterior", "portal_vein_segment_<n>", "portal_splenic_vein"),
        *("hepatic_vein", "hepatic_vein_left", "hepatic_vein_middle", "hepatic_vein_right", "hepatic_vessel"),
    ),
    "not_liver": ("gallbladder", "ivc"),
    "drawn": ("flr", "resected", "ablated_zone"),
    "supply": ("artery",),
    "other": (
        *("svc", "aorta", "spleen", "kidney_left", "kidney_right", "kidney_cyst_left"),
        *("kidney_cyst_right", "stomach", "pancreas", "duodenum", "colon", "esophagus", "adrenal_left"),
        *("adrenal_right", "lung_left", "lung_right", "bladder", "prostate_uterus", "bone", "skin"),
    ),
}


def test_every_canonical_name_has_exactly_one_use() -> None:
    listed = [name for names in USES.values() for name in names]
    assert sorted(listed) == sorted(canonical_names())
    assert {name: use_of(name.replace("<n>", "3")) for name in listed} == {
        name: use for use, names in USES.items() for name in names
    }
    assert {name for name in listed if is_vessel(name.replace("<n>", "3"))} == {*USES["vessel"], "ivc"}


@pytest.mark.parametrize(
    ("use", "name"), [(use, name.replace("<n>", "3")) for use, names in USES.items() for name in names]
)
def test_the_reader_does_with_a_name_what_its_use_says(tmp_path: Path, use: str, name: str) -> None:
    block = couinaud_block(rotation_deg=OBLIQUE_DEG)
    cube = np.zeros_like(block.segments)
    cube[tuple(slice(a, a + 3) for a in np.argwhere(block.segments == 5).mean(axis=0).astype(int))] = 1
    cube_ml = np.count_nonzero(cube) * block.grid.voxel_volume_ml
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "cube.nii.gz", cube, block.grid)
    labels = {"cube.nii.gz": f"1={name}"}
    if use == "part":
        liver = flr.read_liver(tmp_path / "cube.nii.gz", labels=labels)
        assert measure(liver).total_ml == pytest.approx(cube_ml)
        assert liver.part_names == (name.removeprefix("segment_"),)
        return
    liver = flr.read_liver(tmp_path / "segments.nii.gz", tmp_path / "cube.nii.gz", labels=labels)
    table = measure(liver)
    taken = {"tumour": table.tumour_ml, "nonfunctional": table.nonfunctional_ml}
    assert taken == pytest.approx({key: cube_ml if key == use else 0.0 for key in taken})
    assert table.total_ml == pytest.approx(block.total_ml - (cube_ml if use == "not_liver" else 0.0))
    assert set(liver.vessels) == ({name} if use == "vessel" or name == "ivc" else set())
    assert set(liver.drawn) == ({name} if use == "drawn" else set())
    assert set(liver.sheath) == ({name} if name in ("artery", "bile_duct") else set())


def test_a_tumour_is_not_lost_by_a_name_of_its_own(tmp_path: Path) -> None:
    parts = two_segments()
    parts[60:70, 30:40, 20:30] = 9
    names = {2: "segment_2", 5: "segment_5", 9: "tumour_core"}
    liver = flr.read_liver(write_nifti(tmp_path / "m.nii.gz", parts, GRID, names=names))
    assert liver.tumour_status == "drawn"
    assert measure(liver).tumour_ml == pytest.approx(10.0)


# --- what lies beside the liver ---------------------------------------------------------------


def assembled(**drawn: NDArray[np.bool_]) -> tuple[Liver, VolumeTable]:
    parts = np.where(two_segments() == 5, 2, np.minimum(two_segments(), 1)).astype(np.uint8)
    liver = assemble(GRID, parts=parts, part_names=("2", "5"), **drawn)  # type: ignore[arg-type]
    return liver, measure(liver)


def at(i: slice, j: slice, k: slice) -> NDArray[np.bool_]:
    mask = np.zeros(GRID.shape, bool)
    mask[i, j, k] = True
    return mask


def said(liver: Liver) -> dict[str, str]:
    return {finding.check: finding.severity for finding in liver.quality}


def test_a_cyst_that_hangs_on_the_liver_is_part_of_the_total_only() -> None:
    hanging = at(slice(20, 40), slice(60, 68), slice(10, 30))
    liver, table = assembled(nonfunctional=hanging)
    assert table.functional_ml == pytest.approx(2000.0)
    assert table.nonfunctional_ml == pytest.approx(np.count_nonzero(hanging) * GRID.voxel_volume_ml)
    assert table.total_ml == pytest.approx(table.functional_ml + table.nonfunctional_ml)
    assert said(liver) == {"nonfunctional_joined": "info"}  # 32 mL, 1.6 %; at 3 % no error either
    liver, table = assembled(nonfunctional=at(slice(10, 44), slice(60, 69), slice(6, 44)))
    assert table.nonfunctional_ml > 0.03 * table.total_ml
    assert said(liver) == {"nonfunctional_joined": "info"}


def test_a_cyst_elsewhere_is_not_counted_and_said() -> None:
    liver, table = assembled(nonfunctional=at(slice(20, 30), slice(62, 68), slice(50, 58)))
    assert (table.total_ml, table.nonfunctional_ml) == pytest.approx((2000.0, 0.0))
    assert said(liver) == {"nonfunctional_outside_liver": "warning"}
    assert "4.80 mL" in liver.quality[0].message


def test_the_gallbladder_is_no_cyst_of_the_liver() -> None:
    bladder = at(slice(20, 30), slice(60, 66), slice(10, 20))
    liver, table = assembled(nonfunctional=bladder, not_liver={"gallbladder": bladder})  # type: ignore[arg-type]
    assert table.total_ml == pytest.approx(2000.0)
    assert said(liver) == {}


def test_a_tumour_in_the_wall_of_a_cyst_is_not_lost() -> None:
    cyst = at(slice(20, 40), slice(60, 65), slice(10, 30))
    tumours = at(slice(25, 30), slice(65, 68), slice(15, 20)).astype(np.uint16)
    liver, table = assembled(nonfunctional=cyst, tumours=tumours)
    assert table.tumour_ml == pytest.approx(np.count_nonzero(tumours) * GRID.voxel_volume_ml)
    assert "tumour_outside_liver" not in said(liver)


def test_a_duct_that_leads_out_of_the_liver_is_counted_inside_it() -> None:
    inside = at(slice(60, 64), slice(30, 34), slice(5, 30))
    below = at(slice(60, 64), slice(30, 34), slice(0, 5))  # the common duct leaves at the lower face
    liver, table = assembled(ducts=inside | below)
    assert table.total_ml == pytest.approx(2000.0)
    assert table.nonfunctional_ml == pytest.approx(np.count_nonzero(inside) * GRID.voxel_volume_ml)
    assert said(liver) == {"nonfunctional_outside_liver": "info"}
    assert "0.80 mL of bile duct" in liver.quality[0].message


def test_a_duct_outside_alone_is_said_and_subtracts_nothing() -> None:
    liver, table = assembled(ducts=at(slice(60, 64), slice(30, 34), slice(0, 5)))
    assert (table.total_ml, table.functional_ml) == pytest.approx((2000.0, 2000.0))
    assert said(liver) == {"nonfunctional_outside_liver": "info"}
    result = assess(liver, "5", PATIENT)
    assert "drawn in the liver" in result.note_texts["nonfunctional_not_drawn"]


@pytest.mark.parametrize("seed", range(12))
def test_no_drawing_makes_the_functional_liver_larger(seed: int) -> None:
    """The lie: a cyst or duct that is drawn somewhere to reach a limit."""
    random = np.random.default_rng(seed)
    plain = assembled()[1]
    masks = []
    for _ in range(2):
        low = random.integers(0, (80, 50, 40))
        size = random.integers(3, 30, size=3)
        masks.append(at(*(slice(int(a), int(a + n)) for a, n in zip(low, size, strict=True))))
    _, table = assembled(nonfunctional=masks[0], ducts=masks[1])
    overlap = np.count_nonzero((masks[0] | masks[1]) & (two_segments() > 0))
    assert table.functional_ml == pytest.approx(plain.functional_ml - overlap * GRID.voxel_volume_ml)
    for part in ("2", "5"):
        assert (table.part_remnant_ml(part) or 0.0) <= (plain.part_remnant_ml(part) or 0.0) + 1e-9
    assert table.total_ml >= plain.total_ml - 1e-9


def test_a_cyst_makes_no_whole_liver_of_a_piece() -> None:
    """The lie: a piece of 300 mL, and a cyst beside it that fills the total up to a likely one."""
    piece, cyst = (
        at(slice(5, 20), slice(10, 60), slice(5, 45)),
        at(slice(20, 65), slice(10, 60), slice(5, 45)),
    )
    for drawn_in_liver in (False, True):  # an exclusive map, and a mask of both
        liver = assemble(GRID, liver=piece | (cyst & drawn_in_liver), nonfunctional=cyst)
        table = measure(liver)
        assert (table.functional_ml, table.total_ml) == pytest.approx((300.0, 1200.0))
        (finding,) = [f for f in examine(liver, table) if f.check == "total_implausible"]
        assert finding.severity == "error"
        assert "300 mL without 900 mL" in finding.message


def test_a_liver_full_of_cysts_may_be_large() -> None:
    liver = by_cysts_of(1500.0)
    assert "total_implausible" not in {f.check for f in examine(liver, measure(liver))}


def by_cysts_of(functional_ml: float) -> Liver:
    organ = at(slice(5, 105), slice(10, 60), slice(5, 50))
    cyst = organ.copy()
    cyst[:, :, : 5 + round(functional_ml / 50.0)] = False  # a slice holds 50 mL
    return assemble(GRID, liver=organ, nonfunctional=cyst)


def test_a_cyst_beyond_the_grid_of_the_liver_is_said_and_does_not_stop_the_reading(tmp_path: Path) -> None:
    block = couinaud_block()
    far = block.grid.crop((0, 0, 500), block.grid.shape)
    cyst = np.zeros_like(block.segments)
    cyst[3:5, 3:5, 3:5] = 1
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "far.nii.gz", cyst, far)
    liver = flr.read_liver(
        tmp_path / "segments.nii.gz", tmp_path / "far.nii.gz", labels={"far.nii.gz": "1=cyst"}
    )
    assert measure(liver).total_ml == pytest.approx(block.total_ml)
    assert said(liver) == {"nonfunctional_outside_liver": "warning"}


def test_a_cyst_that_reaches_beyond_the_liver_is_kept_whole(tmp_path: Path) -> None:
    """Further than the room that is kept around a liver."""
    block = couinaud_block(margin_voxels=12)
    cyst = np.zeros_like(block.segments)
    edge = np.argwhere(block.segments == 6).min(axis=0)
    # Its cap stands out by three voxels; the cyst reaches into the block itself.
    cyst[edge[0] - 8 : edge[0] + 5, edge[1] + 3 : edge[1] + 8, edge[2] + 3 : edge[2] + 8] = 1
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    write_nifti(tmp_path / "cyst.nii.gz", cyst, block.grid)
    liver = flr.read_liver(
        tmp_path / "segments.nii.gz", tmp_path / "cyst.nii.gz", labels={"cyst.nii.gz": "1=cyst"}
    )
    assert measure(liver).nonfunctional_ml == pytest.approx(
        np.count_nonzero(cyst) * block.grid.voxel_volume_ml
    )
