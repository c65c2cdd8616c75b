"""What was lost or displaced on the way to the file never reassures; what only looks like it passes."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_phantoms import Stack, segment, write_seg, write_series
from lies.carriers import write_images
from lies.cases import CODES
from numpy.typing import NDArray
from phantoms import couinaud_egg, oblique_grid, write_nifti
from reviewing import assess

import flr
from flr import checks
from flr.dicom.study import open_study
from flr.errors import LabelError
from flr.geometry import Grid
from flr.kernels.profiles import short_gap_voxels, slab_counts
from flr.kernels.runs import shared_runs
from flr.liver import Liver, assemble
from flr.quality import QualityFinding

SEGMENTS, GRID = couinaud_egg(margin_mm=16.0)
PATIENT = flr.Patient(weight_kg=60, height_cm=165, condition="normal")
REASSURING = ("adequate", "borderline")


def liver_of(segments: NDArray[np.uint8], grid: Grid = GRID, **more: Any) -> Liver:
    more.setdefault("tumours_declared_none", "tumours" not in more)
    return assemble(grid, parts=np.asfortranarray(segments), part_names=tuple("12345678"), **more)


def found(result: flr.Assessment, severity: str = "error") -> set[str]:
    return {finding.check for finding in result.quality if finding.severity == severity}


def operated(*prior: str) -> flr.Patient:
    return flr.Patient(weight_kg=60, height_cm=165, condition="normal", prior=prior)


def blocked(result: flr.Assessment, check: str) -> bool:
    return result.flag not in REASSURING and check in found(result)


def ball(centre_mm: tuple[float, float, float], radius_mm: float, grid: Grid = GRID) -> NDArray[np.bool_]:
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    return np.asarray(((grid.world_mm(index) - centre_mm) ** 2).sum(axis=-1) <= radius_mm**2)


# --- lost across slices that are not the map's own ---------------------------------------------

TURNED = {
    "turned": ((4.0, 4.0, 4.0), (20.0, 15.0, 30.0)),
    "thick and turned": ((3.0, 3.0, 10.0), (12.0, -9.0, 25.0)),
    "about the long axis": ((4.0, 4.0, 4.0), (0.0, 0.0, 45.0)),
}


def turned_egg(which: str) -> tuple[NDArray[np.uint8], Grid, NDArray[np.float64]]:
    """The egg on a grid that lies across the patient, with the world position of each voxel."""
    spacing_mm, rotation_deg = TURNED[which]
    shape = tuple(int(n) for n in np.ceil(240.0 / np.array(spacing_mm)))
    grid = oblique_grid(
        shape, spacing_mm, orientation="RAS", rotation_deg=rotation_deg, centre_mm=(10.0, 0.0, 0.0)
    )
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    world = grid.world_mm(index)
    nearest = np.rint((world - GRID.index_to_world_mm[:3, 3]) / GRID.spacing_mm).astype(int)
    inside = ((nearest >= 0) & (nearest < GRID.shape)).all(axis=-1)
    segments = np.zeros(shape, np.uint8)
    segments[inside] = SEGMENTS[tuple(nearest[inside].T)]
    return segments, grid, world


@pytest.mark.parametrize("which", TURNED)
def test_a_cut_or_gap_along_the_slices_of_another_grid_is_found(which: str) -> None:
    segments, grid, world = turned_egg(which)
    true = assess(liver_of(segments, grid), "H23", PATIENT)
    assert (true.flag, found(true)) == ("adequate", set())
    sides = (("left", "right"), ("back", "front"), ("foot", "head"))
    for axis, (centre, semi) in enumerate(zip((10.0, 0.0, 0.0), (92.0, 70.0, 62.0), strict=True)):
        if which == "about the long axis" and axis == 2:
            continue  # an index axis runs along it
        for sign in (-1, 1):
            for lost_mm in (20.0, 45.0):
                cut = np.where((world[..., axis] - centre) * sign > semi - lost_mm, 0, segments)
                result = assess(liver_of(cut.astype(np.uint8), grid), "H23", PATIENT)
                assert blocked(result, "liver_cut_flat"), (axis, sign, lost_mm)
                assert f"ends flat towards {sides[axis][sign > 0]}" in result.headline
        outline = (segments > 0) & (world[..., axis] < centre + semi - 30.0)
        leaving = np.isin(segments, (6, 7)) & outline
        drawn = assemble(grid, liver=outline, drawn={"resected": leaving}, tumours_declared_none=True)
        assert blocked(assess(drawn, "resected", PATIENT), "liver_cut_flat")
        gap = np.where(np.abs(world[..., axis] - centre) < 1.5 * max(grid.spacing_mm), 0, segments)
        result = assess(liver_of(gap.astype(np.uint8), grid), "H23", PATIENT)
        assert result.flag not in REASSURING
        assert found(result) & {"empty_slices", "mask_porous"}


def test_slabs_hold_every_voxel_and_need_none_where_axes_are_the_patients() -> None:
    assert dict(liver_of(SEGMENTS).slab_counts) == {}
    segments, grid, world = turned_egg("turned")
    liver = liver_of(segments, grid)
    assert set(liver.slab_counts) == {0, 1, 2}
    for several in liver.slab_counts.values():
        assert [int(profile.sum()) for profile in several] == [np.count_nonzero(segments)] * 4
    across = grid.index_to_world_mm[2, :3]
    counts = slab_counts(shared_runs(np.asfortranarray(segments))[0], across, -300.0, 7.0)
    heights = world[..., 2] - grid.index_to_world_mm[2, 3]
    slab = ((heights[segments > 0] + 300.0) / 7.0).astype(int)
    assert counts.tolist() == np.bincount(slab).tolist()


@pytest.mark.real
@pytest.mark.parametrize("name", ["LiTS-0", "LiTS-79"])
def test_true_maps_on_a_turned_grid_keep_their_flag(real_data: Path, name: str) -> None:
    from scipy import ndimage

    liver = flr.read_liver(
        real_data / "couinaud_lits" / f"{name}_couinaud.nii.gz", scheme="couinaud_8", tumours="none"
    )
    fitting = flr.Patient(weight_kg=flr.measure(liver).total_ml / 22.0, height_cm=170, condition="normal")
    middle_mm = liver.grid.world_mm((np.array(liver.grid.shape) - 1) / 2)
    for rotation_deg in ((20.0, -10.0, 35.0), (-30.0, 25.0, 10.0)):
        grid = oblique_grid(
            (90, 90, 70),
            (3.0, 3.0, 4.0),
            orientation="LPS",
            rotation_deg=rotation_deg,
            centre_mm=tuple(middle_mm),
        )
        to_old = np.linalg.inv(liver.grid.index_to_world_mm) @ grid.index_to_world_mm
        turned = ndimage.affine_transform(
            np.array(liver.parts), to_old[:3, :3], to_old[:3, 3], output_shape=grid.shape, order=0
        )
        result = assess(liver_of(turned, grid), "H23", fitting)
        assert (result.flag, found(result)) == ("adequate", set())


# --- lost throughout --------------------------------------------------------------------------

_SUM = np.indices(SEGMENTS.shape).sum(axis=0)
LOST = {
    "every second voxel": _SUM % 2 == 0,
    "slanting sheets": (_SUM // 2) % 2 == 0,
    "sheets of one in five": _SUM % 5 == 0,
    "rows along k": (np.indices(SEGMENTS.shape)[:2] % 2 == 0).all(axis=0),
    "rows along i": (np.indices(SEGMENTS.shape)[1:] % 2 == 0).all(axis=0),
    "one in twenty": np.random.default_rng(5).random(SEGMENTS.shape) < 0.05,
}


@pytest.mark.parametrize("how", LOST)
def test_voxels_that_are_lost_throughout_are_an_error(how: str) -> None:
    left = np.where(LOST[how], 0, SEGMENTS).astype(np.uint8)
    assert blocked(assess(liver_of(left), "H67", PATIENT), "mask_porous")
    outline = left > 0
    drawn = {"resected": np.isin(SEGMENTS, (6, 7)) & outline}
    liver = assemble(GRID, liver=outline, drawn=drawn, tumours_declared_none=True)
    assert blocked(assess(liver, "resected", PATIENT), "mask_porous")


def test_a_slit_between_two_segments_is_an_error() -> None:
    slit = SEGMENTS.copy()
    low = int(np.flatnonzero((slit == 8).any(axis=(0, 1)))[0])
    for segment_number in (7, 8):
        planes = slit[:, :, low : low + 2]
        planes[planes == segment_number] = 0
    assert blocked(assess(liver_of(slit), "H23", PATIENT), "mask_porous")


def test_vessels_that_were_cut_out_of_the_liver_are_not_lost() -> None:
    vessels = np.zeros(SEGMENTS.shape, dtype=bool)
    vessels[4:-4, ::4, ::4] = True
    vessels &= SEGMENTS > 0
    without = np.where(vessels, 0, SEGMENTS).astype(np.uint8)
    assert "mask_porous" in found(assess(liver_of(without), "H67", PATIENT))
    given = liver_of(without, vessels={"hepatic_vessel": vessels})
    assert "mask_porous" not in found(assess(given, "H67", PATIENT))


def test_short_gaps_are_counted_along_each_axis() -> None:
    mask = np.zeros((12, 5, 4), dtype=bool)
    mask[[0, 2, 5, 9], 2, 1] = True  # gaps of 1, 2 and 3
    assert short_gap_voxels(mask) == (6, 0, 0)
    assert short_gap_voxels(mask, 1) == (1, 0, 0)
    assert short_gap_voxels(np.moveaxis(mask, 0, 2)) == (0, 0, 6)
    assert short_gap_voxels(np.ones((1, 2, 3), dtype=bool)) == (0, 0, 0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_cyst_or_tumour_on_every_second_plane_is_an_error(axis: int) -> None:
    body = ball((-15.0, 0.0, 0.0), 25.0) & (SEGMENTS > 0)
    thinned = body.copy()
    np.moveaxis(thinned, axis, 0)[::2] = False
    assert assess(liver_of(SEGMENTS, nonfunctional=body), "H67", PATIENT).flag == "adequate"
    assert blocked(assess(liver_of(SEGMENTS, nonfunctional=thinned), "H67", PATIENT), "empty_slices")
    tumours = (ball((60.0, -30.0, 0.0), 20.0) & (SEGMENTS > 0)).astype(np.uint16)
    np.moveaxis(tumours, axis, 0)[::2] = 0
    assert blocked(assess(liver_of(SEGMENTS, tumours=tumours), "H67", PATIENT), "empty_slices")


def test_two_tumours_above_one_another_have_lost_nothing() -> None:
    tumours = np.where(ball((50.0, -20.0, 18.0), 15.0), 1, 0) + np.where(
        ball((50.0, -20.0, -20.0), 15.0), 2, 0
    )
    result = assess(liver_of(SEGMENTS, tumours=tumours.astype(np.uint16)), "H5678", PATIENT)
    assert "empty_slices" not in found(result)


# --- displaced, or of something else ------------------------------------------------------------


def drawn(**masks: NDArray[np.bool_]) -> flr.Assessment:
    liver = assemble(GRID, liver=SEGMENTS > 0, drawn=masks, tumours_declared_none=True)
    return assess(liver, "resected" if "resected" in masks else "flr", PATIENT)


def test_a_drawn_plan_that_lost_slices_is_an_error() -> None:
    leaving, staying = np.isin(SEGMENTS, (6, 7)), np.isin(SEGMENTS, (1, 2, 3, 4, 5, 8))
    assert (drawn(resected=leaving).flag, drawn(flr=staying).flag) == ("adequate", "adequate")
    assert found(drawn(resected=leaving, flr=staying)) == set()
    for axis in range(3):
        for mask, key in ((leaving, "resected"), (staying, "flr")):
            thinned = mask.copy()
            np.moveaxis(thinned, axis, 0)[::2] = False
            assert blocked(drawn(**{key: thinned}), "empty_slices")
            block = mask.copy()
            middle = int(np.median(np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))))
            np.moveaxis(block, axis, 0)[middle - 2 : middle + 2] = False
            assert blocked(drawn(**{key: block}), "empty_slices")
    assert blocked(drawn(resected=leaving & ~LOST["every second voxel"]), "mask_porous")


def test_a_drawn_plan_of_another_liver_is_an_error() -> None:
    leaving = np.isin(SEGMENTS, (6, 7))
    assert blocked(drawn(resected=np.roll(leaving, (6, -4), (0, 1))), "drawn_outside_liver")
    loose = np.zeros_like(leaving)
    loose[1:] = leaving[:-1]  # one voxel beside
    assert "drawn_outside_liver" in found(drawn(resected=loose), "warning")


def test_a_remnant_that_leaves_is_an_error() -> None:
    result = drawn(resected=np.isin(SEGMENTS, (6, 7)), flr=SEGMENTS > 0)
    assert blocked(result, "drawn_masks_overlap")
    assert result.because == "volumes"


def test_tumours_of_another_scan_are_an_error_and_one_beside_the_liver_a_warning() -> None:
    outside, inside = np.zeros((2, *SEGMENTS.shape), dtype=np.uint16)
    outside[:3, :3, :3] = 1
    inside[30:35, 20:24, 20:24] = 2
    result = assess(liver_of(SEGMENTS, tumours=outside), "H67", PATIENT)
    assert blocked(result, "tumour_outside_liver")
    both = assess(liver_of(SEGMENTS, tumours=outside + inside), "H67", PATIENT)
    assert "tumour_outside_liver" in found(both, "warning")


@pytest.mark.parametrize(("radius_mm", "severity"), [(11.0, "info"), (15.0, "warning"), (18.0, "error")])
def test_pieces_apart_from_the_liver(radius_mm: float, severity: str) -> None:
    segments, grid = couinaud_egg(margin_mm=60.0)
    apart = ball((-105.0, -50.0, -50.0), radius_mm, grid) & (segments == 0)
    joined = np.where(apart, np.uint8(3), segments)
    mask = joined > 0
    findings = checks.structure_findings(mask, grid.voxel_volume_ml)
    assert [(f.check, f.severity) for f in findings] == [("islands", severity)]
    after = checks.structure_findings(mask, grid.voxel_volume_ml, after_resection=True)
    assert after[0].severity == ("warning" if severity == "error" else severity)


@pytest.mark.parametrize(("shared_ml", "severity"), [(0.0, None), (14.9, "warning"), (15.1, "error")])
def test_segments_that_share_voxels(shared_ml: float, severity: str | None) -> None:
    assert [f.severity for f in checks.overlap_findings(shared_ml, 1500.0, {})] == [severity] * bool(severity)


def test_a_folder_whose_segments_overlap_is_not_reassuring(tmp_path: Path) -> None:
    for number in range(1, 9):
        mask = number == SEGMENTS
        if number == 4:  # takes a slice of its neighbour
            x_mm = GRID.index_to_world_mm[0, 3] + 4.0 * np.arange(GRID.shape[0])
            mask |= (SEGMENTS == 8) & (x_mm < 35.0)[:, None, None]
        write_nifti(tmp_path / f"liver_segment_{number}.nii.gz", mask.astype(np.uint8), GRID)
    result = assess(flr.read_liver(tmp_path, tumours="none"), "H5678", PATIENT)
    assert blocked(result, "overlap_resolved")


@pytest.mark.parametrize("door", ["folder", "SEG"])
def test_what_segments_share_is_shared_out_equally_with_its_range(tmp_path: Path, door: str) -> None:
    masks = {number: number == SEGMENTS for number in range(1, 9)}
    x_mm = GRID.index_to_world_mm[0, 3] + 4.0 * np.arange(GRID.shape[0])
    masks[4] = masks[4] | ((SEGMENTS == 8) & (x_mm < 35.0)[:, None, None])
    shared = np.count_nonzero(masks[4] & masks[8])
    if door == "folder":
        for number, mask in masks.items():
            write_nifti(tmp_path / f"liver_segment_{number}.nii.gz", mask.astype(np.uint8), GRID)
        read = flr.read_liver(tmp_path, tumours="none")
    else:
        stack = write_images(tmp_path / "ct", GRID)
        described = [segment(n, f"liver_segment_{n}", CODES[n]) for n in masks]
        slices = {n: mask.transpose(2, 1, 0) for n, mask in masks.items()}
        path = write_seg(tmp_path / "seg.dcm", stack, slices, described)
        read = flr.read_liver(path, tmp_path / "ct", tumours="none")
    volumes = flr.measure(read).parts_ml
    of_shared = 0.5 * shared * GRID.voxel_volume_ml
    least = [np.count_nonzero(masks[n]) * GRID.voxel_volume_ml - 2.0 * of_shared for n in (4, 8)]
    assert volumes["4"] == pytest.approx(least[0] + of_shared, rel=0.01)
    assert volumes["8"] == pytest.approx(least[1] + of_shared, rel=0.01)
    (finding,) = [f for f in read.quality if f.check == "overlap_resolved"]
    assert finding.severity == "error"
    for name, low in (("segment IV", least[0]), ("segment VIII", least[1])):
        assert f"{name} " in finding.message
        assert f"({low:.1f}–{low + 2.0 * of_shared:.1f})" in finding.message


def test_segments_of_half_a_liver_do_not_sum() -> None:
    for segments_ml, severity in (
        (890.0, "error"),
        (910.0, "warning"),
        (1090.0, "warning"),
        (1110.0, "error"),
    ):
        (finding,) = checks.segment_sum_findings(segments_ml, 1000.0)
        assert finding.severity == severity


# --- an operation is no excuse -------------------------------------------------------------------


@pytest.mark.parametrize("prior", ["hepatectomy", "embolisation", "situs_inversus"])
def test_no_operation_excuses_exchanged_segments(prior: str) -> None:
    liver = liver_of(SEGMENTS)
    parts_ml = flr.measure(liver).parts_ml
    for one, other in combinations("12345678", 2):
        of = {one: other, other: one}
        placed = {of.get(key, key): centre for key, centre in liver.part_centroids_mm.items()}
        volumes = {of.get(key, key): ml for key, ml in parts_ml.items()}
        findings = checks.anatomy_findings(volumes, placed, prior=(prior,))
        assert [f.severity for f in findings] == ["error"], (one, other)


@pytest.mark.parametrize("prior", ["hepatectomy", "embolisation"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_no_operation_excuses_a_flipped_header(prior: str, axis: int) -> None:
    flipped = np.ascontiguousarray(np.flip(SEGMENTS, axis))
    assert blocked(assess(liver_of(flipped), "H23", operated(prior)), "mirrored_anatomy")


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("axis", [1, 2])
def test_no_hepatectomy_leaves_a_face_that_lies_along_the_slices(axis: int, last: bool) -> None:
    planes = np.flatnonzero((SEGMENTS > 0).any(axis=tuple(a for a in range(3) if a != axis)))
    cut = SEGMENTS.copy()
    lost = slice(planes[-8], None) if last else slice(None, planes[8])
    np.moveaxis(cut, axis, 0)[lost] = 0
    assert blocked(assess(liver_of(cut), "H23", operated("hepatectomy")), "liver_cut_flat")


# --- geometry that contradicts its images ---------------------------------------------------------

NAMES = [f"Liver segment {roman}" for roman in ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")]
VOLUME = np.ascontiguousarray(SEGMENTS[::-1, ::-1].transpose(2, 1, 0))
CORNER_MM = np.diag([-1.0, -1.0, 1.0]) @ GRID.world_mm((GRID.shape[0] - 1, GRID.shape[1] - 1, 0))


IMAGES = Stack(
    CORNER_MM + np.outer(np.arange(GRID.shape[2]) * 4.0, (0.0, 0.0, 1.0)),
    (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    spacing_mm=(4.0, 4.0),
    size=(VOLUME.shape[2], VOLUME.shape[1]),
)


def stack(
    pixel_mm: float = 4.0, step_mm: float = 4.0, shift_mm: tuple[float, ...] = (0.0, 0.0, 0.0), by: int = 1
) -> Stack:
    """Frames that name the images of ``IMAGES`` and may lie otherwise."""
    origins = CORNER_MM + shift_mm + np.outer(np.arange(GRID.shape[2]) * step_mm, (0.0, 0.0, 1.0))
    size = VOLUME[0, ::by, ::by].shape[::-1]
    return replace(IMAGES, origins_mm=origins, spacing_mm=(pixel_mm, pixel_mm), size=size)


def seg(path: Path, on: Stack, kind: str = "BINARY", by: int = 1) -> Path:
    codes = [("10200004", "SCT", "Liver")] * 8
    described = [segment(n, name, code) for n, (name, code) in enumerate(zip(NAMES, codes, strict=True), 1)]
    voxels = VOLUME[:, ::by, ::by]
    masks = {0: voxels} if kind == "LABELMAP" else {n: voxels == n for n in range(1, 9)}
    return write_seg(path, on, masks, described, kind=kind)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ct")
    write_series(folder, stack(), hu=lambda k: np.zeros(VOLUME.shape[1:]))
    return folder


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize(
    "changed", [{"pixel_mm": 3.2}, {"pixel_mm": 4.1}, {"step_mm": 3.2}, {"step_mm": 5.0}]
)
def test_frames_that_are_scaled_against_their_images_are_an_error(
    tmp_path: Path, images: Path, kind: str, changed: dict[str, float]
) -> None:
    path = seg(tmp_path / "seg.dcm", stack(**changed), kind)
    for liver in (
        flr.read_liver(path, images, tumours="none"),
        flr.read_liver(path, image=images, tumours="none"),
    ):
        assert blocked(assess(liver, "H67", PATIENT), "image_spacing_differs")


def test_frames_on_pixels_or_planes_of_their_own_are_none(tmp_path: Path, images: Path) -> None:
    for on, by in ((stack(), 1), (stack(shift_mm=(2.0, 0.0, 1.1)), 1), (stack(pixel_mm=8.0, by=2), 2)):
        path = seg(tmp_path / "seg.dcm", on, by=by)
        (source,) = open_study([path, images]).sources
        assert "image_spacing_differs" not in {f.check for f in source.quality}


def metaimage(path: Path, extra: str = "", matrix: str = "-1 0 0 0 -1 0 0 0 1", side: str = "4 4 4") -> Path:
    offset = " ".join(str(v) for v in np.diag([-1.0, -1.0, 1.0]) @ GRID.index_to_world_mm[:3, 3])
    path.with_suffix(".raw").write_bytes(SEGMENTS.tobytes(order="F"))
    shape = " ".join(str(n) for n in SEGMENTS.shape)
    path.write_text(
        f"ObjectType = Image\nNDims = 3\nTransformMatrix = {matrix}\nOffset = {offset}\n"
        f"ElementSpacing = {side}\n{extra}DimSize = {shape}\nElementType = MET_UCHAR\n"
        f"ElementDataFile = {path.with_suffix('.raw').name}\n"
    )
    return path


@pytest.mark.parametrize(
    "header",
    [
        {"extra": "ElementSize = 3.2 3.2 3.2\n"},
        {"extra": "ElementSize = 4 4.1 4\n"},
        {"extra": "ElementSize = 4 4 5\n"},
        {"matrix": "-0.8 0 0 0 -0.8 0 0 0 0.8"},
        {"matrix": "-1 0 0 0 -1 0 0 0 1.25"},
        {"matrix": "-4 0 0 0 -4 0 0 0 4", "side": "1 1 1"},
    ],
)
def test_a_metaimage_with_two_voxel_sizes_is_an_error(tmp_path: Path, header: dict[str, str]) -> None:
    liver = flr.read_liver(segments=metaimage(tmp_path / "s.mhd", **header), tumours="none")
    assert blocked(assess(liver, "H67", PATIENT), "voxel_size_contradiction")


@pytest.mark.parametrize("extra", ["", "ElementSize = 4 4 4\n", "ElementSize = 4 4 3\n"])
def test_a_metaimage_whose_slices_are_thinner_than_they_lie_apart(tmp_path: Path, extra: str) -> None:
    liver = flr.read_liver(segments=metaimage(tmp_path / "s.mhd", extra), tumours="none")
    assert liver.quality == ()


# --- what is said ---------------------------------------------------------------------------------


def test_an_undrawn_caudate_lobe_is_one_line(tmp_path: Path) -> None:
    whole = write_nifti(tmp_path / "liver.nii.gz", (SEGMENTS > 0).astype(np.uint8), GRID)
    undrawn = np.where(SEGMENTS == 1, 0, SEGMENTS).astype(np.uint8)
    segments = write_nifti(tmp_path / "segments.nii.gz", undrawn, GRID)
    result = assess(flr.read_liver(segments=segments, liver=whole, tumours="none"), "H67", PATIENT)
    (finding,) = result.quality
    assert (finding.check, finding.severity, result.flag) == ("caudate_undrawn", "error", "indeterminate")
    lost_ml = int((SEGMENTS == 1).sum()) * GRID.voxel_volume_ml
    assert "segment I is not drawn" in finding.message
    assert f"{lost_ml:.2f} mL" in finding.message


def test_what_took_the_liver_away_is_named(tmp_path: Path) -> None:
    spleen = ("78961009", "SCT", "Spleen")
    on = stack()
    path = write_seg(tmp_path / "seg.dcm", on, {1: VOLUME > 0}, [segment(1, "Liver", spleen)])
    with pytest.raises(LabelError, match=r"no liver among the inputs.*'Liver'.*code"):
        flr.read_liver(path, tumours="none")


@pytest.mark.parametrize("own", ["Future liver remnant, functional tissue", "resected_part"])
@pytest.mark.parametrize("hides", [False, True])
def test_a_part_of_a_plan_is_known_only_where_it_hides_nothing(tmp_path: Path, own: str, hides: bool) -> None:
    """A name of our own export must not excuse voxels that no other label accounts for."""
    part = np.isin(SEGMENTS, (5, 8))
    left = np.where(part & hides & (SEGMENTS == 8), 0, SEGMENTS)
    for number in range(1, 9):
        mask = (number == left).astype(np.uint8)
        write_nifti(tmp_path / f"liver_segment_{number}.nii.gz", mask, GRID)
    write_nifti(tmp_path / f"{own}.nii.gz", part.astype(np.uint8), GRID)
    findings: tuple[QualityFinding, ...] = flr.read_liver(tmp_path, tumours="none").quality
    assert ("labels_unaccounted" in {f.check for f in findings}) is hides
