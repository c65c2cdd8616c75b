"""A liver that is not whole, not in order or not to scale is never reassuring; a true one still is."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import couinaud_egg, ellipsoid, oblique_grid, write_nifti
from reviewing import assess

import flr
from flr.assessment import Options
from flr.geometry import Grid
from flr.kernels.profiles import between_percent, flat_ends, gaps, plane_counts
from flr.kernels.runs import shared_runs
from flr.liver import Liver, assemble

SEGMENTS, GRID = couinaud_egg()
PATIENT = flr.Patient(weight_kg=60, height_cm=165, condition="normal")
REASSURING = ("adequate", "borderline")


def liver_of(segments: NDArray[np.uint8], grid: Grid = GRID, **more: Any) -> Liver:
    more.setdefault("tumours_declared_none", True)
    return assemble(grid, parts=np.asfortranarray(segments), part_names=tuple("12345678"), **more)


def errors_of(result: flr.Assessment) -> set[str]:
    return {finding.check for finding in result.quality if finding.severity == "error"}


def along(axis: int, part: slice) -> tuple[slice, slice, slice]:
    index = [slice(None)] * 3
    index[axis] = part
    return index[0], index[1], index[2]


def occupied(segments: NDArray[np.uint8], axis: int) -> tuple[int, int]:
    planes = np.flatnonzero(segments.any(axis=tuple(a for a in range(3) if a != axis)))
    return int(planes[0]), int(planes[-1]) + 1


# --- the true case ----------------------------------------------------------------------------


@pytest.mark.parametrize("spacing_mm", [(4.0, 4.0, 4.0), (2.5, 3.0, 8.0), (3.0, 3.0, 10.0), (8.0, 3.0, 3.0)])
def test_a_whole_round_liver_is_adequate_at_any_slice_thickness(spacing_mm: tuple[float, ...]) -> None:
    segments, grid = couinaud_egg(spacing_mm, margin_mm=40.0)
    for shift in range(3):  # where the first slice meets the liver is chance
        moved = np.roll(segments, shift, axis=2)
        result = assess(liver_of(moved, grid), "H67", PATIENT)
        assert (result.flag, errors_of(result)) == ("adequate", set())


def test_specks_beside_the_liver_are_no_gap() -> None:
    specked = SEGMENTS.copy()
    specked[30, 20, -2] = 8  # one voxel, with empty planes before it
    assert (specked[:, :, -3] == 0).all()
    result = assess(liver_of(specked), "H67", PATIENT)
    assert (result.flag, errors_of(result)) == ("adequate", set())


# --- exchanged --------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", ["H23", "H5678"])
@pytest.mark.parametrize("pair", list(combinations(range(1, 9), 2)), ids=str)
def test_no_exchange_of_two_segments_is_reassuring(pair: tuple[int, int], plan: str) -> None:
    of = np.arange(9, dtype=np.uint8)
    of[pair[0]], of[pair[1]] = pair[1], pair[0]
    result = assess(liver_of(of[SEGMENTS]), plan, PATIENT)
    assert result.flag == "indeterminate"
    assert errors_of(result) & {"shifted_labels", "segment_share_implausible"}


@pytest.mark.parametrize("of", [(0, 1, 2, 3, 4, 6, 5, 8, 7), (0, 1, 2, 3, 4, 8, 7, 6, 5)])
def test_exchanged_halves_of_the_right_liver_are_not_reassuring(of: tuple[int, ...]) -> None:
    result = assess(liver_of(np.array(of, np.uint8)[SEGMENTS]), "H67", PATIENT)
    assert (result.flag, "shifted_labels" in errors_of(result)) == ("indeterminate", True)


def test_an_exchange_that_would_pass_as_adequate_is_named() -> None:
    """I and IV exchanged: a remnant that is below its minimum would read as twice as large."""
    segments, grid = couinaud_egg(left_border_mm=-28.0)
    chemotherapy = flr.Patient(weight_kg=60, height_cm=165, condition="chemotherapy")
    true = assess(liver_of(segments, grid), "H45678", chemotherapy)
    assert true.flag == "consider_pve"
    lie = assess(
        liver_of(np.array([0, 4, 2, 3, 1, 5, 6, 7, 8], np.uint8)[segments], grid), "H45678", chemotherapy
    )
    assert lie.measures.flr_percent_of_measured > 1.5 * true.measures.flr_percent_of_measured
    assert lie.flag == "indeterminate"
    assert "segment I and segment IV are probably exchanged" in lie.headline


# --- cut off ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mm", [20, 30, 40, 55])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_flat_face_inside_the_scan_is_an_error(axis: int, last: bool, mm: float) -> None:
    start, stop = occupied(SEGMENTS, axis)
    n = round(mm / GRID.spacing_mm[axis])
    cut = SEGMENTS.copy()
    cut[along(axis, slice(stop - n, stop) if last else slice(start, start + n))] = 0
    result = assess(liver_of(cut), "H23", PATIENT)
    assert result.flag == "indeterminate"
    side = ("left", "right", "back", "front", "foot", "head")[2 * axis + last]
    (finding,) = [f for f in result.quality if f.check == "liver_cut_flat"]
    assert finding.severity == "error"
    assert f"ends flat towards {side}" in finding.message


@pytest.mark.parametrize("orientation", ["LPS", "SRA", "ASL", "IAR"])
def test_a_flat_face_is_found_in_any_order_of_axes_and_named_in_the_patient(orientation: str) -> None:
    order = [{"L": 0, "R": 0, "P": 1, "A": 1, "S": 2, "I": 2}[letter] for letter in orientation]
    flips = tuple(-1 if letter in "LPI" else 1 for letter in orientation)
    cut = SEGMENTS.copy()
    _, stop = occupied(SEGMENTS, 2)
    cut[:, :, stop - 8 :] = 0
    turned = cut.transpose(order)[tuple(slice(None, None, flip) for flip in flips)]
    grid = oblique_grid(turned.shape, (4.0, 4.0, 4.0), orientation=orientation, centre_mm=(10.0, 0.0, 0.0))
    result = assess(liver_of(np.array(turned), grid), "H23", PATIENT)
    assert result.flag == "indeterminate"
    assert "ends flat towards head" in result.headline


@pytest.mark.parametrize(
    ("ahead", "orientation"),
    [((1, 0, 1), "RAS"), ((0, 1, -1), "LPS"), ((-1, -1, 0), "RAS"), ((1, -1, 1), "SRA"), ((-1, 1, 1), "ASL")],
)
def test_a_slanting_face_is_found_and_named_in_the_patient(
    ahead: tuple[int, int, int], orientation: str
) -> None:
    index = np.stack(np.meshgrid(*(np.arange(n) for n in GRID.shape), indexing="ij"), axis=-1)
    at = GRID.world_mm(index) @ (np.array(ahead) / np.linalg.norm(ahead))
    top = at[SEGMENTS > 0].max()
    order = [{"L": 0, "R": 0, "P": 1, "A": 1, "S": 2, "I": 2}[letter] for letter in orientation]
    flips = tuple(slice(None, None, -1 if letter in "LPI" else 1) for letter in orientation)
    cut = np.where(at > top - 40.0, 0, SEGMENTS).transpose(order)[flips]
    grid = oblique_grid(cut.shape, (4.0, 4.0, 4.0), orientation=orientation, centre_mm=(10.0, 0.0, 0.0))
    result = assess(liver_of(np.array(cut), grid), "H67", PATIENT)
    assert result.flag == "indeterminate"
    (finding,) = [f for f in result.quality if f.check == "liver_cut_flat"]
    sides = [("left", "", "right"), ("back", "", "front"), ("foot", "", "head")]
    named = [words[n + 1] for words, n in zip(sides, ahead, strict=True) if n]
    assert f"ends flat towards {' and '.join(named)} (" in finding.message
    operated = flr.Patient(weight_kg=60, height_cm=165, condition="normal", prior=("hepatectomy",))
    assert "liver_cut_flat" not in errors_of(assess(liver_of(np.array(cut), grid), "H67", operated))


@pytest.mark.parametrize(
    "ahead", [(0.3, 0.2, 0.93), (-0.85, 0.5, 0.2), (0.1, -0.6, -0.79), (-0.9, -0.3, 0.31)]
)
def test_a_face_along_any_plane_is_found_though_specks_lie_beyond(ahead: tuple[float, ...]) -> None:
    index = np.stack(np.meshgrid(*(np.arange(n) for n in GRID.shape), indexing="ij"), axis=-1)
    at = GRID.world_mm(index) @ (np.array(ahead) / np.linalg.norm(ahead))
    lost = (at > at[SEGMENTS > 0].max() - 35.0) & (SEGMENTS > 0)
    cut = np.where(lost, 0, SEGMENTS)
    beyond = np.argwhere(lost)
    cut[tuple(beyond[:: len(beyond) // 4].T)] = 8
    assert "liver_cut_flat" in errors_of(assess(liver_of(cut), "H67", PATIENT))


def test_stray_voxels_beyond_a_flat_face_do_not_hide_it() -> None:
    start, _ = occupied(SEGMENTS, 2)
    cut = SEGMENTS.copy()
    cut[:, :, start : start + 7] = 0
    cut[30, 20, start : start + 7] = 5  # a thread down to where the liver would have ended
    assert "liver_cut_flat" in errors_of(assess(liver_of(cut), "H23", PATIENT))


def test_a_flat_face_after_hepatectomy_and_an_accepted_one_only_warn() -> None:
    start, _ = occupied(SEGMENTS, 0)
    cut = SEGMENTS.copy()
    cut[start : start + 12] = 0
    operated = flr.Patient(weight_kg=60, height_cm=165, condition="normal", prior=("hepatectomy",))
    assert "liver_cut_flat" not in errors_of(assess(liver_of(cut), "H67", operated))
    accepted = Options(accepted=("liver_cut_flat",))
    result = assess(liver_of(cut), "H67", PATIENT, options=accepted)
    assert "liver_cut_flat" not in errors_of(result)
    assert any(f.check == "liver_cut_flat" and "(accepted by the user)" in f.message for f in result.quality)


def test_an_outline_without_segments_is_held_to_the_same_rule() -> None:
    outline = SEGMENTS > 0
    leaving = np.isin(SEGMENTS, (6, 7))

    def outlined(mask: NDArray[np.bool_]) -> Liver:
        return assemble(GRID, liver=mask, drawn={"resected": leaving & mask}, tumours_declared_none=True)

    plan = "resected"
    assert assess(outlined(outline), plan, PATIENT).flag == "adequate"
    cut = outline.copy()
    cut[:, :, : occupied(SEGMENTS, 2)[0] + 8] = False
    assert errors_of(assess(outlined(cut), plan, PATIENT)) == {"liver_cut_flat"}


def test_a_liver_that_was_only_cropped_is_graded_when_somebody_says_so() -> None:
    """A map cut out tightly around its liver touches the border and is whole; one that is cut off is not."""
    box = tuple(slice(*occupied(SEGMENTS, axis)) for axis in range(3))
    tight = SEGMENTS[box]
    grid = GRID.crop(tuple(part.start for part in box), tight.shape)
    accepted = Options(accepted=("liver_truncated",))
    said = assess(liver_of(tight, grid), "H67", PATIENT)
    assert (said.flag, errors_of(said)) == ("indeterminate", {"liver_truncated"})
    cropped = assess(liver_of(tight, grid), "H67", PATIENT, options=accepted)
    whole = assess(liver_of(SEGMENTS), "H67", PATIENT)
    assert cropped.measures.flr_percent_of_measured == pytest.approx(whole.measures.flr_percent_of_measured)
    assert cropped.flag in REASSURING
    assert "volumes_are_lower_bounds" not in cropped.notes
    assert any(f.check == "liver_truncated" and "accepted" in f.message for f in cropped.quality)
    cut = tight[:, :, 8:]
    lie = assess(liver_of(cut, grid.crop((0, 0, 8), cut.shape)), "H67", PATIENT, options=accepted)
    assert (lie.flag, errors_of(lie)) == ("indeterminate", {"liver_cut_flat"})


# --- slices lost ------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("every", [2, 3, 5])
def test_every_nth_slice_empty_is_an_error_on_any_axis(axis: int, every: int) -> None:
    thinned = SEGMENTS.copy()
    thinned[along(axis, slice(None, None, every))] = 0
    result = assess(liver_of(thinned), "H23", PATIENT)
    assert (result.flag, errors_of(result) >= {"empty_slices"}) == ("indeterminate", True)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("n", [1, 4])
def test_a_gap_says_about_what_it_lacks(axis: int, n: int) -> None:
    middle = sum(occupied(SEGMENTS, axis)) // 2
    gap = SEGMENTS.copy()
    gap[along(axis, slice(middle, middle + n))] = 0
    result = assess(liver_of(gap), "H23", PATIENT)
    assert result.flag == "indeterminate"
    (finding,) = [f for f in result.quality if f.check == "empty_slices"]
    lost_ml = ((SEGMENTS > 0).sum() - (gap > 0).sum()) * GRID.voxel_volume_ml
    said_ml = float(finding.message.split("about ")[1].split(" mL")[0])
    assert said_ml == pytest.approx(lost_ml, rel=0.05)


def test_a_slice_with_a_stray_voxel_is_still_empty() -> None:
    gap = SEGMENTS.copy()
    gap[:, :, 17] = 0
    gap[30, 20, 17] = 4
    assert "empty_slices" in errors_of(assess(liver_of(gap), "H23", PATIENT))


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("part", [2, 6, 8])
def test_slices_that_one_segment_lost_are_an_error(part: int, axis: int) -> None:
    inside = part == SEGMENTS
    middle = sum(occupied(inside.astype(np.uint8), axis)) // 2
    gap = SEGMENTS.copy()
    planes = along(axis, slice(middle, middle + 2))
    gap[planes] = np.where(gap[planes] == part, 0, gap[planes])
    result = assess(liver_of(gap), "H34", PATIENT)
    assert (result.flag, errors_of(result) >= {"empty_slices"}) == ("indeterminate", True)


def test_a_segment_that_another_one_parts_has_lost_nothing() -> None:
    parted = SEGMENTS.copy()
    plane = parted[:, :, 12]
    plane[plane == 5] = 6
    assert "empty_slices" not in errors_of(assess(liver_of(parted), "H23", PATIENT))


@pytest.mark.parametrize("part", range(1, 9))
def test_a_segment_that_is_not_drawn_is_an_error(part: int) -> None:
    names = tuple(key for key in "12345678" if key != str(part))
    renumbered = np.zeros(9, np.uint8)
    renumbered[[int(key) for key in names]] = range(1, 8)
    for plan in ("H23", "H5678"):
        if str(part) in plan:
            continue
        for parts, part_names in (
            (np.where(part == SEGMENTS, 0, SEGMENTS), tuple("12345678")),
            (renumbered[SEGMENTS], names),
        ):
            liver = assemble(
                GRID,
                parts=np.asfortranarray(parts.astype(np.uint8)),
                part_names=part_names,
                tumours_declared_none=True,
            )
            result = assess(liver, plan, PATIENT)
            assert result.flag not in REASSURING
            assert "segment_missing" in errors_of(result)


def test_a_segment_that_hepatectomy_took_is_not_missing() -> None:
    left = np.where(np.isin(SEGMENTS, (5, 6, 7, 8)), 0, SEGMENTS).astype(np.uint8)
    operated = flr.Patient(weight_kg=60, height_cm=165, condition="normal", prior=("hepatectomy",))
    result = assess(liver_of(left), "H2", operated)
    assert not errors_of(result) & {"segment_missing", "liver_cut_flat", "segment_share_implausible"}


@pytest.mark.parametrize(("percent", "severity"), [(0.3, "info"), (1.0, "warning"), (6.0, "error")])
def test_what_the_liver_mask_encloses_and_does_not_count(percent: float, severity: str) -> None:
    index = np.stack(np.meshgrid(*(np.arange(n) for n in GRID.shape), indexing="ij"), axis=-1)
    radius_mm = (0.03 * percent / 4.0 / np.pi * (SEGMENTS > 0).sum() * 64.0) ** (1 / 3)
    hole = ((GRID.world_mm(index) - [10.0, 0.0, 0.0]) ** 2).sum(axis=-1) <= radius_mm**2
    result = assess(liver_of(np.where(hole, 0, SEGMENTS).astype(np.uint8)), "H67", PATIENT)
    assert [f.severity for f in result.quality if f.check == "holes"] == [severity]
    assert (result.flag in REASSURING) is (severity != "error")
    filled = liver_of(SEGMENTS, tumours=hole.astype(np.uint16), tumours_declared_none=False)
    assert "holes" not in {f.check for f in assess(filled, "H67", PATIENT).quality}


# --- labels that were pictures --------------------------------------------------------------------


def _as_picture(how: str, segments: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from scipy import ndimage

    grey = segments.astype(np.float64)
    moved = {
        "linear": lambda: ndimage.shift(grey, 0.5, order=1),
        "linear along one axis": lambda: ndimage.shift(grey, (0.0, 0.0, 0.4), order=1),
        "splines": lambda: ndimage.shift(grey, 0.5, order=3),
        "mean": lambda: ndimage.uniform_filter(grey, 3),
        "coarser": lambda: ndimage.zoom(grey, 0.5, order=1, grid_mode=True, mode="grid-constant"),
    }[how]()
    return np.asarray(np.clip(np.rint(moved), 0, 8), dtype=np.uint8)


HOW = ("linear", "linear along one axis", "splines", "mean", "coarser")


@pytest.mark.parametrize("how", HOW)
def test_labels_that_were_resampled_like_a_picture_are_an_error(how: str) -> None:
    grid = Grid(
        _as_picture(how, SEGMENTS).shape, GRID.index_to_world_mm * ([2, 2, 2, 1] if how == "coarser" else 1)
    )
    result = assess(liver_of(_as_picture(how, SEGMENTS), grid), "H67", PATIENT)
    assert result.flag == "indeterminate"
    assert "labels_interpolated" in errors_of(result)


@pytest.mark.parametrize("by", [0.5, 0.6, 0.75, 1.4])
def test_labels_resampled_by_nearest_neighbours_are_labels(by: float) -> None:
    from scipy import ndimage

    assert max(between_percent(np.asfortranarray(ndimage.zoom(SEGMENTS, by, order=0)))) < 6.0


def test_layers_between_two_labels_are_counted_along_each_axis() -> None:
    wall = np.zeros((9, 9, 9), np.uint8)
    wall[:4], wall[4], wall[5:] = 2, 5, 8
    for axis in range(3):
        turned = np.asfortranarray(np.moveaxis(wall, 0, axis))
        assert between_percent(turned)[axis] == 50.0  # each line steps 2 → 5 → 8
        for other in (1, 0):  # neither 1 nor a gap lies between 2 and 8
            assert max(between_percent(np.where(turned == 5, np.uint8(other), turned))) == 0.0
    assert between_percent(np.zeros((4, 4, 4), np.uint8)) == (0.0, 0.0, 0.0)
    assert between_percent(np.ones((1, 1, 1), np.uint8)) == (0.0, 0.0, 0.0)


# --- scale ------------------------------------------------------------------------------------


def write_sform(
    path: Path, sform_mm: NDArray[np.float64], pixdim_mm: tuple[float, ...], qform_code: int = 0
) -> Path:
    import nibabel as nib

    image = nib.Nifti1Image(SEGMENTS, None)
    image.header.set_xyzt_units("mm")
    image.set_sform(sform_mm, code=1)
    image.set_qform(None, code=qform_code)
    image.header["pixdim"][1:4] = pixdim_mm
    nib.save(image, path)
    return path


@pytest.mark.parametrize("axes", [(0, 1, 2), (0,), (1,), (2,)])
@pytest.mark.parametrize("times", [0.8, 1.25, 0.99])
def test_an_sform_that_pixdim_contradicts_is_an_error(
    tmp_path: Path, axes: tuple[int, ...], times: float
) -> None:
    scaled = GRID.index_to_world_mm.copy()
    scaled[:3, list(axes)] *= times
    path = write_sform(tmp_path / "segments.nii.gz", scaled, (4.0, 4.0, 4.0))
    result = assess(flr.read_liver(segments=path, tumours="none"), "H67", PATIENT)
    assert (result.flag, errors_of(result) >= {"voxel_size_contradiction"}) == ("indeterminate", True)


def test_an_sform_that_pixdim_agrees_with_passes_even_sheared_and_turned(tmp_path: Path) -> None:
    for sform in (GRID.index_to_world_mm, GRID.index_to_world_mm * (1.0 + 5e-4)):
        path = write_sform(tmp_path / "segments.nii.gz", sform, (4.0, 4.0, 4.0))
        assert flr.read_liver(segments=path, tumours="none").quality == ()
    sheared = GRID.index_to_world_mm.copy()
    sheared[1, 2] = 1.0
    sides = tuple(np.linalg.norm(sheared[:3, :3], axis=0))
    path = write_sform(tmp_path / "segments.nii.gz", sheared, sides)
    assert flr.read_liver(segments=path, tumours="none").quality == ()


@pytest.mark.parametrize("pixdim", [(0.0, 0.0, 0.0), (-4.0, 4.0, 4.0), (float("nan"),) * 3])
def test_a_pixdim_that_says_nothing_contradicts_nothing(tmp_path: Path, pixdim: tuple[float, ...]) -> None:
    path = write_sform(tmp_path / "segments.nii", GRID.index_to_world_mm, pixdim)
    assert flr.read_liver(segments=path, tumours="none").quality == ()


def test_a_mask_with_the_matrix_of_its_image_and_another_voxel_size_is_an_error(tmp_path: Path) -> None:
    image = write_nifti(tmp_path / "ct.nii.gz", np.zeros(SEGMENTS.shape, np.int16), GRID)
    for times, found in ((1.0, set()), (0.9, {"image_spacing_differs"})):
        affine = GRID.index_to_world_mm * [times, times, times, 1.0]
        mask = write_nifti(tmp_path / "segments.nii.gz", SEGMENTS, Grid(SEGMENTS.shape, affine))
        liver = flr.read_liver(segments=mask, tumours="none", image=image)
        result = assess(liver, "H67", PATIENT)
        assert errors_of(result) == found
        assert (result.flag in REASSURING) is not bool(found)


def test_axes_in_another_order_are_no_other_voxel_size(tmp_path: Path) -> None:
    image = write_nifti(tmp_path / "ct.nii.gz", np.zeros(SEGMENTS.shape, np.int16), GRID)
    swapped = Grid(SEGMENTS.T.shape, GRID.index_to_world_mm[:, [2, 1, 0, 3]])
    mask = write_nifti(tmp_path / "segments.nii.gz", np.ascontiguousarray(SEGMENTS.T), swapped, qform_code=0)
    liver = flr.read_liver(segments=mask, tumours="none", image=image)
    assert not {f.check for f in liver.quality} & {"image_spacing_differs"}


def test_a_map_resampled_onto_the_liver_must_not_have_lost_its_voxel_size(tmp_path: Path) -> None:
    segments = write_nifti(tmp_path / "segments.nii.gz", SEGMENTS, GRID)
    tumours = np.zeros(SEGMENTS.shape, np.uint8)
    tumours[30:33, 20:23, 20:23] = 1
    shrunk = Grid(SEGMENTS.shape, GRID.index_to_world_mm * [0.9, 0.9, 0.9, 1.0])
    lost = write_nifti(tmp_path / "tumours.nii.gz", tumours, shrunk)
    liver = flr.read_liver(segments=segments, tumours=lost, resample="nearest")
    assert [f.check for f in liver.quality if f.severity == "error"] == ["image_spacing_differs"]


def test_volumes_that_cannot_be_ask_for_no_treatment() -> None:
    """A liver of 1.7 mL is no reason for an embolisation, one of 1672 L none for reassurance."""
    for scale in (0.1, 10.0):
        grid = Grid(GRID.shape, GRID.index_to_world_mm * [scale, scale, scale, 1.0])
        for plan in ("H5678", "H45678", "H23"):
            result = assess(liver_of(SEGMENTS, grid), plan, PATIENT)
            assert (result.flag, result.triggers) == ("indeterminate", ("indeterminate",))
            assert "total_implausible" in errors_of(result)
            assert not any("embolisation" in text for text in (result.headline, *result.note_texts.values()))


def test_a_lost_unit_does_not_fill_the_memory() -> None:
    """Even when somebody accepts it: matrices over the surface have a largest size."""
    import tracemalloc

    huge = Grid(GRID.shape, GRID.index_to_world_mm * [10.0, 10.0, 10.0, 1.0])
    for accepted in ((), ("total_implausible",)):
        tracemalloc.start()
        assess(liver_of(SEGMENTS, huge), "H67", PATIENT, options=Options(accepted=accepted))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 600e6


# --- profiles ---------------------------------------------------------------------------------


def test_plane_counts_are_those_of_the_masks() -> None:
    runs = shared_runs(np.asfortranarray(SEGMENTS))[0]
    counts = plane_counts(runs, runs.label - 1, 8)
    for part in range(1, 9):
        for axis in range(3):
            others = tuple(a for a in range(3) if a != axis)
            assert counts[axis][part - 1].tolist() == (part == SEGMENTS).sum(axis=others).tolist()


def test_profiles_of_nothing_give_nothing_away() -> None:
    nothing = np.zeros(5, dtype=np.int64)
    assert (flat_ends(nothing, 0.2), gaps(nothing)) == ((), ())
    assert gaps(np.array([0, 7, 0])) == ()


@pytest.mark.parametrize("spacing_mm", [(0.7, 1.1, 2.5), (2.0, 2.0, 10.0), (3.0, 3.0, 12.0)])
@pytest.mark.parametrize("semi_axes_mm", [(92, 70, 62), (60, 60, 60), (110, 60, 45)])
def test_round_shapes_have_no_flat_ends(
    spacing_mm: tuple[float, ...], semi_axes_mm: tuple[float, ...]
) -> None:
    shape = ellipsoid(semi_axes_mm, spacing_mm, rotation_deg=(7.0, -11.0, 4.0))
    for axis in range(3):
        profile = shape.voxels.sum(axis=tuple(a for a in range(3) if a != axis), dtype=np.int64)
        assert (flat_ends(profile, 0.2), gaps(profile)) == ((), ())


# --- real maps --------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("name", ["LiTS-0", "LiTS-58", "LiTS-73", "LiTS-79", "LiTS-81", "LiTS-123"])
def test_true_maps_keep_their_reassurance_and_lies_on_them_lose_it(real_data: Path, name: str) -> None:
    path = real_data / "couinaud_lits" / f"{name}_couinaud.nii.gz"
    liver = flr.read_liver(path, scheme="couinaud_8", tumours="none")
    total_ml = flr.measure(liver).total_ml
    fitting = flr.Patient(weight_kg=total_ml / 22.0, height_cm=170, condition="normal")
    true = assess(liver, "H23", fitting)
    assert (true.flag, errors_of(true)) == ("adequate", set())
    segments, grid = np.array(liver.parts), liver.grid
    for axis in range(3):
        thinned = segments.copy()
        thinned[along(axis, slice(None, None, 2))] = 0
        assert "empty_slices" in errors_of(assess(liver_of(thinned, grid), "H23", fitting))
    for how in HOW[:4]:
        assert max(between_percent(np.asfortranarray(_as_picture(how, segments)))) > 12.0
    planes = np.flatnonzero((segments > 0).sum(axis=(0, 1)) > 0.4 * (segments > 0).sum(axis=(0, 1)).max())
    cut = segments.copy()
    cut[:, :, planes[-1] :] = 0
    assert "liver_cut_flat" in errors_of(assess(liver_of(cut, grid), "H23", fitting))
