"""CT and MR series: geometry from positions alone, gaps found, acquisitions told apart, right volumes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_phantoms import (
    Ellipsoid,
    Stack,
    even_heights_mm,
    oblique,
    segment,
    stack_at,
    tilted,
    volumes_ml,
    write_seg,
    write_series,
)

from flr.dicom.header import read_header
from flr.dicom.planes import arrange, frame_2d, trapezoid_weights_mm
from flr.dicom.series import Series
from flr.dicom.sorting import SeriesFound, sort_series
from flr.dicom.study import open_study
from flr.errors import GeometryError, ReadError

BODY = Ellipsoid()


def read(folder: Path) -> SeriesFound:
    headers = [read_header(path) for path in sorted(folder.iterdir())]
    return sort_series([header for header in headers if header is not None])


def only(folder: Path) -> Series:
    found = read(folder)
    assert found.refused == ()
    assert len(found.series) == 1
    return found.series[0]


def checks_of(series: Series) -> list[str]:
    return [finding.check for finding in series.quality]


def liver_ml(series: Series) -> float:
    """The liver in the images themselves, by threshold and slice weights."""
    voxels = series.read_box((0, 0, 0), series.grid.shape)
    return float(np.count_nonzero(voxels > 0, axis=(0, 1)) @ series.grid.slice_voxel_volumes_ml)


def simpleitk_ml(folder: Path) -> float:
    """What SimpleITK makes of the same files: its spacing times the voxels of the liver."""
    sitk = pytest.importorskip("SimpleITK")
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    image = sitk.ReadImage(names)
    return float(np.count_nonzero(sitk.GetArrayFromImage(image) > 0) * np.prod(image.GetSpacing()) / 1000.0)


EVEN = even_heights_mm()
UNEVEN = np.concatenate([np.arange(213.3, 298.0, 5.0), np.arange(298.3 + 2.5, 387.0, 2.5)])
STACKS: dict[str, tuple[Callable[[], Stack], str | None, bool]] = {
    # name: slices, finding, and whether SimpleITK's volume is silently wrong: by +3.5, -0.9, -2.2 and -0.6 %
    "plain": (lambda: stack_at(EVEN), None, False),
    "tilt": (tilted, "gantry_tilt", True),
    "missing": (lambda: stack_at(np.delete(EVEN, 33)), "missing_slices", True),
    "three missing": (lambda: stack_at(np.delete(EVEN, [20, 33, 34])), "missing_slices", True),
    "uneven": (lambda: stack_at(UNEVEN), "uneven_slices", True),
    "oblique": (oblique, None, False),
    "feet first": (
        lambda: Stack(stack_at(EVEN).origins_mm[::-1] * (-1, 1, 1), (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)),
        None,
        False,
    ),
}


@pytest.mark.parametrize("name", STACKS)
def test_the_liver_has_its_volume_on_any_stack(tmp_path: Path, name: str) -> None:
    make, finding, is_trap = STACKS[name]
    stack = make()
    write_series(tmp_path, stack)
    series = only(tmp_path)
    assert liver_ml(series) == pytest.approx(BODY.ml, rel=0.002)
    assert checks_of(series) == ([finding] if finding else [])
    theirs_off_percent = abs(100.0 * (simpleitk_ml(tmp_path) / BODY.ml - 1.0))
    assert (theirs_off_percent > 0.5) is is_trap


@pytest.mark.parametrize("name", ["missing", "uneven"])
def test_a_stack_with_gaps_has_weights_and_says_where(tmp_path: Path, name: str) -> None:
    stack = STACKS[name][0]()
    write_series(tmp_path, stack)
    series = only(tmp_path)
    assert not series.grid.is_even
    if name == "missing":
        (finding,) = series.quality
        assert "5 mm between 293.30 and 298.30 mm" in finding.message
        assert finding.severity == "warning"
    assert series.grid.slice_weights_mm is not None
    np.testing.assert_allclose(series.grid.slice_weights_mm, trapezoid_weights_mm(stack.origins_mm[:, 2]))


def test_tilt_becomes_a_sheared_affine(tmp_path: Path) -> None:
    stack = tilted(15.0, 2.5)
    write_series(tmp_path, stack.only(range(5)))
    grid = only(tmp_path).grid
    assert grid.voxel_volume_mm3 == pytest.approx(1.1 * 0.9 * 2.5 * np.cos(np.radians(15.0)), rel=1e-6)
    assert grid.spacing_mm == pytest.approx((1.1, 0.9, 2.5))
    corner = stack.origins_mm[4] * (-1, -1, 1)
    np.testing.assert_allclose(grid.world_mm((0, 0, 4)), corner, atol=1e-5)


def test_files_in_any_order_lie_by_position(tmp_path: Path) -> None:
    stack = stack_at([5.0, 10.0, 15.0, 20.0], size=(4, 3))
    write_series(
        tmp_path,
        stack.only([2, 0, 3, 1]),
        hu=lambda k: np.full((3, 4), 100 * [2, 0, 3, 1][k]),
        change=lambda k: {"InstanceNumber": 9 - k},
    )
    series = only(tmp_path)
    assert series.read_box((0, 0, 0), (4, 3, 4))[0, 0].tolist() == [0.0, 100.0, 200.0, 300.0]
    np.testing.assert_allclose(series.grid.world_mm((0, 0, 0)), (71.0, 72.0, 5.0))


def test_slice_thickness_does_not_matter(tmp_path: Path) -> None:
    write_series(tmp_path, stack_at([0.0, 2.0, 4.0], size=(4, 3)), change=lambda k: {"SliceThickness": 7})
    assert only(tmp_path).grid.spacing_mm[2] == pytest.approx(2.0)


def test_identical_duplicates_are_dropped(tmp_path: Path) -> None:
    stack = stack_at(EVEN)
    write_series(tmp_path, stack)
    write_series(tmp_path, stack.only([30]), prefix="copy", change=lambda k: {"InstanceNumber": 999})
    series = only(tmp_path)
    assert checks_of(series) == ["duplicate_slices"]
    assert "1 identical duplicate" in series.quality[0].message
    assert f"{EVEN[30]:.2f}" in series.quality[0].message
    assert series.grid.is_even
    assert liver_ml(series) == pytest.approx(BODY.ml, rel=0.002)
    assert abs(simpleitk_ml(tmp_path) / BODY.ml - 1.0) > 0.01


def test_different_images_at_one_position_are_refused_when_nothing_tells_them_apart(tmp_path: Path) -> None:
    stack = stack_at([0.0, 2.0, 4.0], size=(4, 3))
    write_series(tmp_path, stack, hu=lambda k: np.zeros((3, 4)))
    write_series(tmp_path, stack.only([1]), prefix="other", hu=lambda k: np.ones((3, 4)))
    found = read(tmp_path)
    assert found.series == ()
    assert "1 position(s) hold several different images" in str(found.refused[0])
    with pytest.raises(ReadError, match="nothing in their headers"):
        open_study([tmp_path])


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("AcquisitionNumber", (1, 2)),
        ("EchoTime", ("2.4", "4.8")),
        ("ImageType", (["ORIGINAL", "PRIMARY", "WATER"], ["ORIGINAL", "PRIMARY", "FAT"])),
        ("AcquisitionTime", ("101500", "101630")),
    ],
)
def test_two_acquisitions_in_one_series_are_separated(tmp_path: Path, keyword: str, values: Any) -> None:
    stack = stack_at([0.0, 2.0, 4.0], size=(4, 3))
    for n, value in enumerate(values):
        write_series(
            tmp_path,
            stack,
            prefix=f"a{n}",
            hu=lambda k, n=n: np.full((3, 4), 10 * n),
            change=lambda k, value=value: {keyword: value},
        )
    found = read(tmp_path)
    assert [s.name for s in found.series] == ["CT series 3, acquisition 1", "CT series 3, acquisition 2"]
    assert all(s.grid.shape == (4, 3, 3) for s in found.series)
    assert {float(s.read_box((0, 0, 0), (4, 3, 3)).mean()) for s in found.series} == {0.0, 10.0}
    assert all("acquisitions_split" in checks_of(s) for s in found.series)


def test_interleaved_acquisitions_are_no_single_stack(tmp_path: Path) -> None:
    for n, first in enumerate((0.0, 2.5), start=1):
        write_series(
            tmp_path,
            stack_at(np.arange(first, 30.0, 5.0), size=(4, 3), series_uid="1.2.3"),
            prefix=f"a{n}",
            change=lambda k, n=n: {"AcquisitionNumber": n},
        )
    found = read(tmp_path)
    assert [s.grid.spacing_mm[2] for s in found.series] == pytest.approx([5.0, 5.0])


def test_acquisitions_one_after_another_are_one_stack(tmp_path: Path) -> None:
    write_series(
        tmp_path,
        stack_at(np.arange(0.0, 20.0, 2.5), size=(4, 3)),
        change=lambda k: {"AcquisitionNumber": 1 + k // 4},
    )
    series = only(tmp_path)
    assert series.grid.shape[2] == 8
    assert series.grid.is_even


def test_two_orientations_are_separated_and_named(tmp_path: Path) -> None:
    axial = stack_at([0.0, 2.0, 4.0], size=(4, 3))
    coronal = Stack(
        np.array([(-71.0, y, 300.0) for y in (0.0, 3.0, 6.0)]),
        (1.0, 0.0, 0.0, 0.0, 0.0, -1.0),
        size=(4, 3),
        series_uid=axial.series_uid,
        frame_uid=axial.frame_uid,
    )
    write_series(tmp_path, axial, prefix="a")
    write_series(tmp_path, coronal, prefix="c")
    found = read(tmp_path)
    assert sorted(s.name.split(", ")[1].split(" ")[0] for s in found.series) == ["axial", "coronal"]
    assert [f.check for f in found.quality] == ["series_split"]


def test_empty_uids_are_survived(tmp_path: Path) -> None:
    blank = {"SOPClassUID": "", "SOPInstanceUID": "", "StudyInstanceUID": "", "SeriesInstanceUID": ""}
    write_series(tmp_path, stack_at(EVEN), change=lambda k: blank)
    found = read(tmp_path)
    assert liver_ml(found.series[0]) == pytest.approx(BODY.ml, rel=0.002)
    assert [f.check for f in found.quality] == ["series_uid_unreliable"]


def test_a_series_uid_for_every_slice_is_survived(tmp_path: Path) -> None:
    write_series(tmp_path, stack_at(EVEN), change=lambda k: {"SeriesInstanceUID": f"1.2.3.{k + 1}"})
    found = read(tmp_path)
    assert len(found.series) == 1
    assert found.series[0].grid.shape[2] == len(EVEN)
    assert [(f.check, f.severity) for f in found.quality] == [("series_uid_unreliable", "warning")]


def test_slices_that_wander_are_refused(tmp_path: Path) -> None:
    stack = stack_at([0.0, 2.0, 4.0, 6.0], size=(4, 3))
    stack.origins_mm[2, 0] += 8.0
    write_series(tmp_path, stack)
    assert "wander" in str(read(tmp_path).refused[0])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PixelSpacing": None}, "no pixel spacing"),
        ({"ImageOrientationPatient": None}, "no image orientation"),
        ({"ImageOrientationPatient": [1, 0, 0, 0.5, 0.5, 0]}, "right-angled"),
    ],
)
def test_geometry_that_cannot_be_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    write_series(tmp_path, stack_at([0.0, 2.0], size=(4, 3)), change=lambda k: changes)
    (error,) = read(tmp_path).refused
    assert isinstance(error, GeometryError)
    assert said in str(error)


def test_a_single_slice_says_what_its_volume_rests_on(tmp_path: Path) -> None:
    write_series(tmp_path, stack_at([0.0], size=(4, 3)))
    series = only(tmp_path)
    assert [(f.check, f.severity) for f in series.quality] == [("single_slice", "error")]
    assert series.grid.voxel_volume_mm3 == pytest.approx(1.1 * 0.9 * 3.0)


@pytest.mark.parametrize("kind", ["rounded", "long"])
def test_rounding_in_positions_is_no_gap(kind: str) -> None:
    frame = frame_2d((1, 0, 0, 0, 1, 0), (0.7, 0.7), "x")
    heights = np.round(np.arange(300) * 1.3333333, 2) if kind == "rounded" else np.arange(400) * 0.625
    planes = arrange(np.stack([heights * 0, heights * 0, heights], axis=1), frame)
    assert planes.is_even
    assert planes.gaps == ()


def test_enhanced_multi_frame_ct(tmp_path: Path) -> None:
    hd = pytest.importorskip("highdicom")
    import pydicom

    stack = stack_at(even_heights_mm(5.0))
    for path in write_series(
        tmp_path / "single", stack, change=lambda k: {"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}
    ):
        content = pydicom.dcmread(path)
        content.StudyID = content.AccessionNumber = content.StudyTime = content.ReferringPhysicianName = ""
        content.PatientPosition, content.Manufacturer, content.KVP = "HFS", "X", "120"
        content.save_as(path)
    slices = [pydicom.dcmread(path) for path in sorted((tmp_path / "single").iterdir())]
    enhanced = hd.legacy.LegacyConvertedEnhancedCTImage(slices[::-1], "1.2.3.4", 9, "1.2.3.4.5", 1)
    (tmp_path / "multi").mkdir()
    enhanced.save_as(tmp_path / "multi" / "e.dcm")
    single, multi = only(tmp_path / "single"), only(tmp_path / "multi")
    assert multi.grid.matches(single.grid)
    assert liver_ml(multi) == pytest.approx(liver_ml(single), rel=1e-9)
    box = ((20, 30, 5), (40, 33, 7))
    np.testing.assert_array_equal(multi.read_box(*box), single.read_box(*box))


def test_a_box_is_the_same_part_of_the_whole(tmp_path: Path) -> None:
    write_series(tmp_path, stack_at(np.arange(250.0, 280.0, 2.5)))
    series = only(tmp_path)
    whole = series.read_box((0, 0, 0), series.grid.shape)
    part = series.read_box((13, 40, 3), (50, 31, 5))
    np.testing.assert_array_equal(part, whole[13:63, 40:71, 3:8])
    stored = series.read_stored()
    np.testing.assert_array_equal(stored.T.astype(np.float32) - 1024.0, whole)
    np.testing.assert_array_equal(np.concatenate([s.copy() for s in series.slabs(5)]).T, whole)


@pytest.mark.parametrize("name", ["tilt", "missing", "uneven", "oblique", "feet first"])
def test_a_segmentation_on_the_stack_has_the_liver_s_volume(tmp_path: Path, name: str) -> None:
    """With its images and without them."""
    stack = STACKS[name][0]()
    write_series(tmp_path / "ct", stack)
    seg = write_seg(tmp_path / "seg.dcm", stack, {1: stack.masks(BODY)}, [segment(1, "Liver")])
    for given in ([tmp_path / "ct", seg], [seg]):
        (source,) = open_study(given).sources
        assert volumes_ml(source)[1] == pytest.approx(BODY.ml, rel=0.002)
        flagged = {f.check for f in source.quality}
        if name in ("missing", "uneven"):
            assert flagged & {"missing_slices", "uneven_slices", "seg_gap"}
            assert not source.grid.is_even


@pytest.mark.real
def test_a_real_compressed_series_with_empty_uids(real_data: Path) -> None:
    from flr.io.source import open_image

    study = open_study([real_data / "totalseg" / "ct_dicom_j2k"])
    (series,) = study.series
    assert series.grid.shape == (512, 512, 20)
    assert series.grid.spacing_mm[2] == pytest.approx(2.0)
    from flr.io.lattice import lattice_step

    assert (
        lattice_step(series.grid, open_image(real_data / "totalseg" / "example_seg_dicom.nii.gz")) is not None
    )
    plain = open_study([real_data / "derived" / "ct_dicom"]).series[0]
    box = ((100, 200, 4), (60, 70, 3))
    np.testing.assert_array_equal(series.read_box(*box), plain.read_box(*box))


@pytest.mark.real
def test_a_real_missing_slice_is_reported_with_its_position(real_data: Path) -> None:
    (series,) = open_study([real_data / "dicom2nifti" / "missing_slice"]).series
    (finding,) = series.quality
    assert finding.check == "missing_slices"
    assert "10 mm between 28.11 and 38.11 mm" in finding.message


# Several acquisitions whose slices lie between one another's.

Heights = list[Any]
COMBS: dict[str, Heights] = {
    "half a slice": [np.arange(0.0, 60.0, 5.0), np.arange(2.5, 60.0, 5.0)],
    "a third of a slice": [np.arange(first, 72.0, 6.0) for first in (0.0, 2.0, 4.0)],
    "an uneven part of a slice": [np.arange(0.0, 60.0, 5.0), np.arange(1.5, 60.0, 5.0)],
    "of different length": [np.arange(0.0, 60.0, 5.0), np.arange(17.5, 40.0, 5.0)],
    "of different step": [np.arange(0.0, 60.0, 5.0), np.arange(1.5, 60.0, 4.0)],
    "with a slice missing": [np.delete(np.arange(0.0, 60.0, 5.0), 4), np.arange(2.5, 60.0, 5.0)],
    "feet first": [np.arange(0.0, 60.0, 5.0)[::-1], np.arange(2.5, 60.0, 5.0)[::-1]],
    "there and back": [np.arange(0.0, 60.0, 5.0), np.arange(2.5, 60.0, 5.0)[::-1]],
}
TOLD: dict[str, Callable[[int, int], dict[str, Any]]] = {
    # phase, slice → header; slice numbers count from 1 within each phase unless they tell the phases
    "ContentTime": lambda phase, k: {"ContentTime": f"10{phase}000"},
    "own ContentTime": lambda phase, k: {"ContentTime": f"10{phase}0{k:02d}.25"},
    "AcquisitionTime": lambda phase, k: {"AcquisitionTime": f"10{phase}000"},
    "own AcquisitionTime": lambda phase, k: {"AcquisitionTime": f"10{phase}0{k:02d}"},
    "AcquisitionNumber": lambda phase, k: {"AcquisitionNumber": phase + 1},
    "TemporalPositionIdentifier": lambda phase, k: {"TemporalPositionIdentifier": phase + 1},
    "TriggerTime": lambda phase, k: {"TriggerTime": 400 * phase},
    "InstanceNumber": lambda phase, k: {"InstanceNumber": 100 * phase + k + 1},
}


def write_phases(
    folder: Path, combs: Heights, told: Callable[[int, int], dict[str, Any]], **common: Any
) -> list[Stack]:
    """One series UID, one folder; every slice holds its phase's number."""
    stacks = []
    for phase, heights in enumerate(combs):
        stack = stack_at(heights, size=(4, 3), series_uid="1.2.3", frame_uid="1.2.4")
        stack = Stack(
            stack.origins_mm,
            size=(4, 3),
            series_uid="1.2.3",
            study_uid="1.2.5",
            frame_uid="1.2.4",
            instance_uids=tuple(f"1.2.3.{phase + 1}.{k + 1}" for k in range(len(heights))),
        )
        write_series(
            folder,
            stack,
            prefix=f"p{phase}",
            hu=lambda k, phase=phase: np.full((3, 4), 10 * phase),
            change=lambda k, phase=phase: {"InstanceNumber": 1, **common, **told(phase, k)},
        )
        stacks.append(stack)
    return stacks


def assert_told_apart(found: SeriesFound, combs: Heights) -> None:
    assert found.refused == ()
    drawn = [np.unique(s.read_box((0, 0, 0), s.grid.shape)).tolist() for s in found.series]
    assert sorted(drawn) == [[10.0 * phase] for phase in range(len(combs))]
    for series, (value,) in zip(found.series, drawn, strict=True):
        np.testing.assert_allclose(series.planes.distances_mm, np.sort(combs[int(value / 10)]))
        assert "acquisitions_split" in checks_of(series)


@pytest.mark.parametrize("tag", TOLD)
@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_phases_between_one_another_are_told_apart_by_any_tag(
    tmp_path: Path, tag: str, modality: str
) -> None:
    combs = COMBS["half a slice"]
    write_phases(tmp_path, combs, TOLD[tag], Modality=modality)
    assert_told_apart(read(tmp_path), combs)


@pytest.mark.parametrize("tag", ["ContentTime", "own AcquisitionTime", "InstanceNumber"])
@pytest.mark.parametrize("name", COMBS)
def test_phases_between_one_another_however_they_lie(tmp_path: Path, name: str, tag: str) -> None:
    write_phases(tmp_path, COMBS[name], TOLD[tag])
    assert_told_apart(read(tmp_path), COMBS[name])


@pytest.mark.parametrize("tag", ["ContentTime", "own ContentTime", "InstanceNumber"])
def test_phases_at_equal_positions_are_told_apart_by_their_order(tmp_path: Path, tag: str) -> None:
    combs = [np.arange(0.0, 30.0, 5.0)] * 2
    write_phases(tmp_path, combs, TOLD[tag])
    assert_told_apart(read(tmp_path), combs)


def test_phases_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    write_phases(tmp_path, COMBS["an uneven part of a slice"], lambda phase, k: {})
    (error,) = read(tmp_path).refused
    assert "2 evenly spaced stacks of slices lie between one another" in str(error)


ORDINARY: dict[str, tuple[Any, Callable[[int], dict[str, Any]]]] = {
    "a time for every slice": (np.arange(0, 50, 2.5), lambda k: {"ContentTime": f"1010{k:02d}.5"}),
    "times in whole seconds": (np.arange(0, 50, 2.5), lambda k: {"AcquisitionTime": f"1010{k // 3:02d}"}),
    "numbers from the top": (np.arange(0, 50, 2.5), lambda k: {"InstanceNumber": 99 - k}),
    "two halves": (
        np.arange(0, 50, 2.5),
        lambda k: {"AcquisitionNumber": 1 + k // 10, "InstanceNumber": k % 10},
    ),
    "two halves in two minutes": (np.arange(0, 50, 2.5), lambda k: {"ContentTime": f"10{k // 10:02d}00"}),
    "an uneven series": (
        [*np.arange(0, 50, 5.0), *np.arange(50, 70, 2.5)],
        lambda k: {"ContentTime": f"1010{k:02d}"},
    ),
    "rounded positions": (np.round(np.arange(0, 25, 1.25), 1), lambda k: {}),
    "missing slices": (np.delete(np.arange(0, 50, 2.5), [3, 9, 10]), lambda k: {"InstanceNumber": k}),
    "computed by two at once": (
        np.arange(0, 50, 2.5),
        lambda k: {"ContentTime": f"1010{[3, 1, 4, 1, 5, 9, 2, 6, 5, 3][k % 10]:02d}"},
    ),
    "MR in two packages": (
        np.arange(0, 50, 2.5),
        lambda k: {"Modality": "MR", "SliceThickness": 2, "AcquisitionTime": f"10{k % 2}0{k:02d}"},
    ),
    "MR in two packages by number": (
        np.arange(0, 50, 2.5),
        lambda k: {"Modality": "MR", "SliceThickness": 2, "AcquisitionNumber": 1 + k % 2},
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_one_acquisition_stays_one_series(tmp_path: Path, name: str) -> None:
    heights, change = ORDINARY[name]
    write_series(tmp_path, stack_at(heights, size=(4, 3)), change=change)
    assert only(tmp_path).grid.shape[2] == len(heights)


@pytest.mark.parametrize("phase", [0, 1])
def test_what_is_drawn_on_one_phase_lies_on_its_planes(tmp_path: Path, phase: int) -> None:
    stacks = write_phases(tmp_path / "ct", COMBS["half a slice"], TOLD["ContentTime"])
    drawn = np.ones((len(stacks[phase].origins_mm), 3, 4), dtype=bool)
    seg = write_seg(tmp_path / "s.dcm", stacks[phase], {1: drawn}, [segment(1, "Liver")])
    (source,) = open_study([tmp_path / "ct", seg]).sources
    assert source.series is not None
    np.testing.assert_allclose(source.series.planes.distances_mm, stacks[phase].origins_mm[:, 2])
    assert volumes_ml(source)[1] == pytest.approx(12 * 12 * 1.1 * 0.9 * 5.0 / 1000.0)
    assert "seg_gap" not in {f.check for f in source.quality}


@pytest.mark.parametrize("phase", [0, 1])
def test_of_phases_at_equal_positions_the_one_that_was_drawn_on_is_taken(tmp_path: Path, phase: int) -> None:
    stacks = write_phases(tmp_path / "ct", [np.arange(0.0, 30.0, 5.0)] * 2, TOLD["ContentTime"])
    drawn = np.ones((6, 3, 4), dtype=bool)
    seg = write_seg(tmp_path / "s.dcm", stacks[phase], {1: drawn}, [segment(1, "Liver")])
    (source,) = open_study([tmp_path / "ct", seg]).sources
    assert source.series is not None
    assert source.series.read_box((0, 0, 0), (1, 1, 1)).item() == 10.0 * phase


def test_every_second_frame_left_out_is_no_phase(tmp_path: Path) -> None:
    """The lie that a split would believe: times that alternate, and frames on every second slice only."""
    stack = stack_at(np.arange(0.0, 60.0, 2.5), size=(4, 3))
    write_series(tmp_path / "ct", stack, change=lambda k: {"ContentTime": f"10{k % 2}000"})
    drawn = np.ones((24, 3, 4), dtype=bool)
    frames = [(1, k) for k in range(0, 24, 2)]
    described = [segment(1, "Liver")]
    seg = write_seg(tmp_path / "s.dcm", stack, {1: drawn}, described, frames=frames)
    (source,) = open_study([tmp_path / "ct", seg]).sources
    assert [f.severity for f in source.quality if f.check == "seg_gap"] == ["error"]
    own = [stack.uids[k] for k in range(0, 24, 2)]
    seg = write_seg(tmp_path / "t.dcm", stack, {1: drawn}, described, frames=frames, listed=own)
    (source,) = open_study([tmp_path / "ct", seg]).sources
    assert "seg_gap" not in {f.check for f in source.quality}


@pytest.mark.real
def test_a_case_of_two_phases_half_a_slice_apart(real_data: Path) -> None:
    case = real_data / "cases" / "dicom-two-phases-half-slice-off"
    study = open_study([case / "ct", case / "seg.dcm"])
    assert [s.grid.shape[2] for s in study.series] == [18, 18]
    found: dict[str, float] = {}
    for source in study.sources:
        found |= {source.names[value]: ml for value, ml in volumes_ml(source).items()}
    assert found["Liver"] == pytest.approx(1557.1, abs=0.05)
    assert found["FLR"] == pytest.approx(721.9, abs=0.05)
    assert "seg_gap" not in {f.check for s in study.sources for f in s.quality}
