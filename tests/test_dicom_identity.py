"""DICOM SEG and RTSTRUCT: names against codes, what repeats, what nobody describes, gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from dicom_phantoms import (
    LIVER_CODE,
    circle,
    code,
    segment,
    stack_at,
    volumes_ml,
    write_rtstruct,
    write_seg,
    write_series,
)

from flr.checks import blocks_grading
from flr.dicom.codes import meaning_of_code
from flr.dicom.study import open_study
from flr.errors import ReadError
from flr.io.volumes import structure_volumes
from flr.labels import contradicts
from flr.quality import QualityFinding
from flr.write.dicom.codes import COUINAUD, REMNANT, RESECTED

Code = tuple[str, str, str]

STACK = stack_at(np.arange(0.0, 50.0, 5.0), size=(40, 8))
N = len(STACK.origins_mm)
VOXEL_ML = 1.1 * 0.9 * 5.0 / 1000.0
KINDS = ("BINARY", "FRACTIONAL", "LABELMAP", "RTSTRUCT")

RIGHT: Code = ("24028007", "SCT", "Right")
LEFT: Code = ("7771000", "SCT", "Left")
LIVER = LIVER_CODE
HEPATIC_VEIN: Code = ("8993003", "SCT", "Hepatic vein")
PORTAL_VEIN: Code = ("32764006", "SCT", "Portal vein")
VEIN: Code = ("29092000", "SCT", "Vein")
VESSEL: Code = ("59820001", "SCT", "Blood vessel")
SPLEEN: Code = ("78961009", "SCT", "Spleen")
KIDNEY: Code = ("64033007", "SCT", "Kidney")
TISSUE: Code = ("85756007", "SCT", "Tissue")
ORGAN: Code = ("113343008", "SCT", "Organ")
MASS: Code = ("4147007", "SCT", "Mass")
NEOPLASM: Code = ("108369006", "SCT", "Neoplasm")
CYST: Code = ("367643001", "SCT", "Cyst")
LOBE: Code = ("123", "99XYZ", "Lobe of liver")


def segment_code(key: str) -> Code:
    concept = COUINAUD[key]
    return concept.value, concept.scheme, concept.meaning


def modified(item: Any, modifier: Code | None, *, beside: bool = False) -> Any:
    """A segment whose type, and region where it has one, carries a modifier."""
    if modifier is None:
        return item
    holder = item if beside else item.SegmentedPropertyTypeCodeSequence[0]
    holder.SegmentedPropertyTypeModifierCodeSequence = pydicom.Sequence([code(*modifier)])
    return item


def bars(n: int) -> dict[int, np.ndarray]:
    """Bars beside one another, each larger than the one before: no two volumes are alike."""
    masks = {}
    for number in range(1, n + 1):
        mask = np.zeros((N, 8, 40), dtype=bool)
        mask[2:8, 1 : 2 + number % 6, 4 * number : 4 * number + 3] = True
        masks[number] = mask
    return masks


def write(path: Path, named: Sequence[tuple[str, Code]], kind: str = "BINARY") -> Path:
    """Segments with these labels and codes in a file of some kind."""
    if kind == "RTSTRUCT":
        return write_rt(path, named)
    described = [segment(number, *pair) for number, pair in enumerate(named, start=1)]
    masks = bars(len(named))
    if kind == "LABELMAP":
        masks = {0: np.max([number * mask for number, mask in masks.items()], axis=0)}
    return write_seg(path, STACK, masks, described, kind=kind)


def write_rt(path: Path, named: Sequence[tuple[str, Code]]) -> Path:
    """Regions side by side; labels may repeat."""
    rois = {
        f"{number}": [
            circle((25.0 * number, 0.0, float(z)), 6.0 + number, n=60) for z in STACK.origins_mm[:, 2]
        ]
        for number in range(1, len(named) + 1)
    }
    content = pydicom.dcmread(write_rtstruct(path, STACK, rois))
    observed = []
    for item, (label, coded) in zip(content.StructureSetROISequence, named, strict=True):
        item.ROIName = label
        one = pydicom.Dataset()
        one.ReferencedROINumber = item.ROINumber
        one.RTROIIdentificationCodeSequence = pydicom.Sequence([code(*coded)])
        observed.append(one)
    content.RTROIObservationsSequence = pydicom.Sequence(observed)
    content.save_as(path)
    return path


def findings(path: Path) -> list[QualityFinding]:
    return [f for source in open_study([path]).sources for f in source.quality]


def errors(path: Path) -> list[QualityFinding]:
    return [f for f in findings(path) if f.severity == "error"]


SEGMENTS = [
    (f"Liver segment {roman}", segment_code(str(n)))
    for n, roman in enumerate(("I", "II", "III", "IV", "V", "VI", "VII", "VIII"), start=1)
]


def exchanged(one: int, other: int, *, of_labels: bool) -> list[tuple[str, Code]]:
    """All eight segments, labels or codes of two of them exchanged."""
    rows = [list(row) for row in SEGMENTS]
    column = 0 if of_labels else 1
    rows[one - 1][column], rows[other - 1][column] = rows[other - 1][column], rows[one - 1][column]
    return [(label, coded) for label, coded in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_segments_as_they_should_be_say_nothing(tmp_path: Path, kind: str) -> None:
    assert errors(write(tmp_path / "s.dcm", SEGMENTS, kind)) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("of_labels", [True, False])
@pytest.mark.parametrize("pair", [(1, 4), (2, 3)])
def test_labels_or_codes_exchanged_are_an_error(
    tmp_path: Path, pair: tuple[int, int], of_labels: bool, kind: str
) -> None:
    path = write(tmp_path / "s.dcm", exchanged(*pair, of_labels=of_labels), kind)
    found = errors(path)
    assert [f.check for f in found] == ["code_against_name"] * 2
    assert all(blocks_grading(f) for f in found)
    sources = open_study([path]).sources
    ml = {v: volume for source in sources for v, volume in volumes_ml(source).items()}
    names = dict(sources[0].names)
    for value, finding in zip(pair, found, strict=True):
        assert f"({ml[value]:.1f} mL)" in finding.message
        coded = pair[::-1][pair.index(value)] if not of_labels else value
        assert names[value] == f"segment_{coded}"  # the code decides


def test_what_the_user_says_answers_both(tmp_path: Path) -> None:
    """And nothing else does: a scheme or a role does not."""
    path = write(tmp_path / "s.dcm", exchanged(1, 4, of_labels=True))
    said = ",".join(f"{n}=segment_{n}" for n in range(1, 9))

    def checks_of(**options: Any) -> set[str]:
        return {f.check for f in structure_volumes([path], **options).inventory.quality}

    assert "code_against_name" in checks_of()
    assert "code_against_name" not in checks_of(labels={"s.dcm": said})
    roles = structure_volumes([], roles={"segments": path}).inventory.quality
    assert "code_against_name" in {f.check for f in roles}


AGAINST: dict[str, tuple[str, Code, Code | None]] = {
    "another segment": ("Liver segment IV", segment_code("1"), None),
    "a quarter of another": ("IVa", segment_code("5"), None),
    "the liver is the spleen": ("Liver", SPLEEN, None),
    "the spleen is the liver": ("Spleen", LIVER, None),
    "the liver is a segment": ("Liver", segment_code("4"), None),
    "the liver is a tumour": ("Liver", MASS, None),
    "the liver is a vein": ("Liver", VEIN, None),
    "the liver is a heart": ("Liver", ("80891009", "SCT", "Heart"), None),
    "the remnant is a segment": ("Future liver remnant", segment_code("1"), None),
    "a segment is a tumour": ("Liver segment II", NEOPLASM, None),
    "a tumour is a cyst": ("Tumour 1", CYST, None),
    "a cyst is a tumour": ("Cyst", NEOPLASM, None),
    "portal and hepatic vein": ("Portal vein", HEPATIC_VEIN, None),
    "hepatic and portal vein": ("Hepatic", PORTAL_VEIN, None),
    "an artery is a vein": ("Aorta", VEIN, None),
    "left and right liver": ("Right hemiliver", LIVER, LEFT),
    "left and right lobe": ("right lobe", LOBE, LEFT),
    "the liver is its left side": ("Liver", LIVER, LEFT),
    "left and right vein": ("Right hepatic vein", HEPATIC_VEIN, LEFT),
    "left and right kidney": ("kidney_left", KIDNEY, RIGHT),
    "sides in words": ("kidney_left", KIDNEY, ("9", "99XYZ", "right side")),
    "a segment of the other lobe": ("Liver segment VI", LIVER, LEFT),
    "an older code": ("Liver segment II", ("T-D056A", "SRT", "Hepatic segment III"), None),
    "an older code of a side": ("Right hemiliver", ("T-62000", "SRT", "Liver"), ("G-A101", "SRT", "Left")),
    "a code in words": ("Liver segment II", ("77", "99XYZ", "Hepatic segment III"), None),
    "a code of a hepatic vein": ("Left hepatic vein", ("272998002", "SCT", "Right hepatic vein"), None),
    "remnant and resection": ("Resected", (REMNANT.value, REMNANT.scheme, REMNANT.meaning), None),
    "resection and remnant": ("Future liver remnant", (RESECTED.value, "99FLR", "Resected"), None),
}
AGREEING: dict[str, tuple[str, Code, Code | None]] = {
    "a remnant as a liver": ("Liver Remnant", LIVER, None),
    "a resection as a liver": ("Resected", LIVER, None),
    "a segment as a liver": ("Liver segment II", LIVER, None),
    "a quarter as its segment": ("Liver segment IVa", segment_code("4"), None),
    "a territory as a liver": ("territory_2", LIVER, None),
    "a hemiliver by its side": ("Left hemiliver", LIVER, LEFT),
    "a section of a side": ("Left lateral section", LIVER, LEFT),
    "a segment of a side": ("Liver segment VII", LIVER, RIGHT),
    "a vein as a vein": ("Portal vein", VEIN, None),
    "a vein as a vessel": ("Hepatic vein", VESSEL, None),
    "vessels as one kind": ("Vessels", HEPATIC_VEIN, None),
    "a vein by its side": ("Right hepatic vein", HEPATIC_VEIN, RIGHT),
    "a vein without its side": ("Right hepatic vein", HEPATIC_VEIN, None),
    "a mass": ("Tumour 3", MASS, None),
    "a lesion": ("lesion", NEOPLASM, None),
    "a metastasis": ("Met A", NEOPLASM, None),
    "a tumour as a lesion": ("Tumor_2", ("52988006", "SCT", "Lesion"), None),
    "a tumour as the liver it is in": ("Tumor_2", LIVER, None),
    "tissue": ("Liver", TISSUE, None),
    "an organ": ("Spleen", ORGAN, None),
    "a code that is not known": ("Liver", ("12345", "99XYZ", "Thing"), None),
    "both sides": ("Liver", LIVER, ("51440002", "SCT", "Right and left")),
    "the liver in other words": ("Liver", ("181268008", "SCT", "Entire liver"), None),
    "a kidney": ("kidney_left", KIDNEY, LEFT),
    "a placeholder": ("Segment_3", SPLEEN, None),
}


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("name", AGAINST)
def test_a_label_against_its_code_is_an_error(tmp_path: Path, name: str, beside: bool) -> None:
    label, coded, modifier = AGAINST[name]
    described = modified(segment(1, label, coded), modifier, beside=beside)
    path = write_seg(tmp_path / "s.dcm", STACK, bars(1), [described])
    (finding,) = errors(path)
    assert finding.check == "code_against_name"
    assert repr(label) in finding.message


@pytest.mark.parametrize("name", AGREEING)
def test_a_wider_code_is_no_contradiction(tmp_path: Path, name: str) -> None:
    label, coded, modifier = AGREEING[name]
    described = modified(segment(1, label, coded), modifier)
    assert errors(write_seg(tmp_path / "s.dcm", STACK, bars(1), [described])) == []


REGIONS: dict[str, tuple[str, Code, Code, Code | None, bool]] = {
    # label, type, region, modifier of the region, whether they contradict each other
    "the spleen's tissue": ("Liver", TISSUE, SPLEEN, None, True),
    "the liver's tissue": ("Liver", TISSUE, LIVER, None, False),
    "a tumour in the liver": ("Tumour 1", TISSUE, LIVER, None, False),
    "a vein in the liver": ("Portal vein", ORGAN, LIVER, None, False),
    "a spleen in the liver": ("Spleen", TISSUE, LIVER, None, True),
    "the other lobe": ("Right hemiliver", TISSUE, LIVER, LEFT, True),
    "that lobe": ("Right hemiliver", TISSUE, LIVER, RIGHT, False),
    "a tumour of that lobe": ("Tumour 1", NEOPLASM, LIVER, RIGHT, False),
    "the other kidney": ("kidney_left", KIDNEY, KIDNEY, RIGHT, True),
    "a vein drawn in one lobe": ("Hepatic vein", HEPATIC_VEIN, LIVER, RIGHT, False),
}


@pytest.mark.parametrize("name", REGIONS)
def test_regions_and_their_sides_count(tmp_path: Path, name: str) -> None:
    label, coded, region, side, is_against = REGIONS[name]
    described = segment(1, label, coded, region)
    if side is not None:
        described.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = pydicom.Sequence([code(*side)])
    found = errors(write_seg(tmp_path / "s.dcm", STACK, bars(1), [described]))
    assert [f.check for f in found] == ["code_against_name"] * is_against


def test_modifiers_name_a_segment_whose_label_says_nothing(tmp_path: Path) -> None:
    described = [
        modified(segment(1, "", LIVER), RIGHT),
        modified(segment(2, "Label 2", HEPATIC_VEIN), LEFT),
        segment(3, "Segment_3", LIVER),
    ]
    (source,) = open_study([write_seg(tmp_path / "s.dcm", STACK, bars(3), described)]).sources
    assert dict(source.names) == {1: "right_hemiliver", 2: "hepatic_vein_left", 3: "liver"}


def test_a_label_that_says_more_than_remnant_is_not_named_by_its_private_code(tmp_path: Path) -> None:
    coded = (REMNANT.value, REMNANT.scheme, REMNANT.meaning)
    label = "Future liver remnant, functional tissue"
    (source,) = open_study([write(tmp_path / "s.dcm", [(label, coded), ("", coded)])]).sources
    assert dict(source.names) == {1: label, 2: "segment number 2"}


def test_the_rule_holds_for_every_pair_of_segments() -> None:
    keys = [f"segment_{key}" for key in ("1", "2", "3", "4", "5", "6", "7", "8")]
    for named in keys:
        for coded in keys:
            assert contradicts(named, coded) is (named != coded)
    assert meaning_of_code(None) is None
    assert meaning_of_code(("", "", "")) is None


def test_what_we_export_reads_back_without_a_word(tmp_path: Path) -> None:
    """Every label that the export writes, with its own code."""
    from flr.write.dicom.codes import ABLATED, LIVER, NEOPLASM, TERRITORY
    from flr.write.dicom.codes import CYST as OUR_CYST
    from flr.write.dicom.structures import part_label

    written = [("Liver", LIVER), ("Tumour 2", NEOPLASM), ("Cyst", OUR_CYST), ("Ablation zone", ABLATED)]
    written += [("Future liver remnant", REMNANT), ("Resected", RESECTED), ("Resected part", RESECTED)]
    written += [(part_label(key), concept) for key, concept in COUINAUD.items() if key != "4"]
    written += [(part_label(key), TERRITORY) for key in ("right_hemiliver", "left_hemiliver", "territory_3")]
    for number, (label, concept) in enumerate(written):
        pair = (label, (concept.value, concept.scheme, concept.meaning))
        assert errors(write(tmp_path / f"{number}.dcm", [pair])) == []


# Names that repeat.


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("labels", "repeats"),
    [
        (("Liver segment II", "Segment 2", "Liver segment III"), True),
        (("Liver", "LIVER", "Spleen"), True),
        (("Future liver remnant", "Liver Remnant", "Liver"), True),
        (("Tumour 1", "Tumour 1", "Liver"), False),
        (("Portal vein", "portal_vein", "Liver"), False),
        (("Liver segment IVa", "Liver segment IVb", "Liver"), False),
        (("thing", "thing", "Liver"), False),
    ],
)
def test_two_segments_of_one_name_are_an_error(
    tmp_path: Path, labels: tuple[str, ...], repeats: bool, kind: str
) -> None:
    path = write(tmp_path / "s.dcm", [(label, TISSUE) for label in labels], kind)
    found = errors(path)
    assert [f.check for f in found] == ["segment_name_repeated"] * repeats
    if repeats:
        assert blocks_grading(found[0])
        ml = {v: volume for s in open_study([path]).sources for v, volume in volumes_ml(s).items()}
        for value in (1, 2):
            assert f"segment {value} with {ml[value]:.1f} mL" in found[0].message


def test_segments_of_one_code_without_labels_repeat_too(tmp_path: Path) -> None:
    path = write(tmp_path / "s.dcm", [("Segment_1", LIVER), ("Segment_2", LIVER)])
    assert [f.check for f in errors(path)] == ["segment_name_repeated"]


def test_a_repeated_name_of_which_one_is_empty_is_none(tmp_path: Path) -> None:
    described = [segment(1, "Liver"), segment(2, "Liver")]
    assert errors(write_seg(tmp_path / "s.dcm", STACK, bars(1), described)) == []


# Numbers that repeat, and what nobody describes.


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_a_segment_number_that_is_described_twice_is_refused(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / "s.dcm", [("Liver", LIVER), ("Spleen", SPLEEN)], kind)
    content = pydicom.dcmread(path)
    content.SegmentSequence[1].SegmentNumber = 1
    content.save_as(path)
    with pytest.raises(ReadError, match="segment number 1 is described twice"):
        open_study([path])


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_voxels_of_a_segment_that_is_not_described_are_refused(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / "s.dcm", [("Liver", LIVER), ("Spleen", SPLEEN)], kind)
    content = pydicom.dcmread(path)
    del content.SegmentSequence[1]
    content.save_as(path)
    lost_ml = int(bars(2)[2].sum()) * VOXEL_ML
    with pytest.raises(
        ReadError, match=f"segment number 2 with {lost_ml:.1f} mL, which it does not describe"
    ):
        open_study([path])


def test_frames_that_name_no_segment_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "s.dcm", [("Liver", LIVER)])
    content = pydicom.dcmread(path)
    del content.PerFrameFunctionalGroupsSequence[3].SegmentIdentificationSequence
    content.save_as(path)
    with pytest.raises(ReadError, match="segment number 0"):
        open_study([path])


Numbers = tuple[Sequence[int], Sequence[int]]


def renumbered(path: Path, listed: Sequence[int], referenced: Sequence[int]) -> Path:
    """A structure set of Liver (radius 7), Spleen (8) and Tumour 1 (9) with these numbers."""
    write_rt(path, [("Liver", LIVER), ("Spleen", SPLEEN), ("Tumour 1", NEOPLASM)])
    content = pydicom.dcmread(path)
    for item, seen, number in zip(
        content.StructureSetROISequence, content.RTROIObservationsSequence, listed, strict=True
    ):
        item.ROINumber = seen.ReferencedROINumber = number
    for item, number in zip(content.ROIContourSequence, referenced, strict=True):
        item.ReferencedROINumber = number
    content.save_as(path)
    return path


@pytest.mark.parametrize("numbers", [(1, 1, 2), (4, 4, 4), (1, 2, 2), (3, 2, 3)])
def test_a_region_number_used_twice_is_matched_by_order_and_an_error(
    tmp_path: Path, numbers: Sequence[int]
) -> None:
    (source,) = open_study([renumbered(tmp_path / "r.dcm", numbers, numbers)]).sources
    (finding,) = [f for f in source.quality if f.severity == "error"]
    assert (finding.check, blocks_grading(finding)) == ("roi_number_repeated", True)
    ml = {source.names[v]: volume for v, volume in volumes_ml(source).items()}
    for label, radius in (("Liver", 7.0), ("Spleen", 8.0), ("Tumour 1", 9.0)):
        assert ml[label] == pytest.approx(np.pi * radius**2 * 50.0 / 1000.0, rel=0.01)


@pytest.mark.parametrize(
    "numbers",
    [
        ((1, 2, 3), (1, 1, 3)),
        ((1, 1, 3), (1, 2, 3)),
        ((1, 2, 2), (2, 1, 2)),
        ((1, 1, 2), (2, 1, 1)),
    ],
)
def test_where_the_order_is_not_certain_a_number_used_twice_is_refused(
    tmp_path: Path, numbers: Numbers
) -> None:
    with pytest.raises(ReadError, match=r"region number \d is used more than once"):
        open_study([renumbered(tmp_path / "r.dcm", *numbers)])


def test_numbers_in_another_order_are_no_matter(tmp_path: Path) -> None:
    (source,) = open_study([renumbered(tmp_path / "r.dcm", (1, 2, 3), (3, 1, 2))]).sources
    ml = {source.names[v]: volume for v, volume in volumes_ml(source).items()}
    assert ml["Liver"] == pytest.approx(np.pi * 64.0 * 50.0 / 1000.0, rel=0.01)
    assert "roi_number_repeated" not in {f.check for f in source.quality}


@pytest.mark.parametrize("change", ["number", "left out"])
def test_contours_of_a_region_that_is_not_listed_are_refused(tmp_path: Path, change: str) -> None:
    path = renumbered(tmp_path / "r.dcm", (1, 2, 3), (1, 2, 9 if change == "number" else 3))
    content = pydicom.dcmread(path)
    if change == "left out":
        del content.StructureSetROISequence[2]
        content.save_as(path)
    with pytest.raises(ReadError, match=r"belong to region number [39], which is not listed"):
        open_study([path])


def test_an_empty_entry_of_a_region_that_is_not_listed_is_no_matter(tmp_path: Path) -> None:
    path = renumbered(tmp_path / "r.dcm", (1, 2, 3), (1, 2, 9))
    content = pydicom.dcmread(path)
    del content.ROIContourSequence[2].ContourSequence
    content.save_as(path)
    assert "segment_empty" in {f.check for f in findings(path)}


def test_another_type_of_contour_is_named(tmp_path: Path) -> None:
    rois = {"Liver": [circle((0.0, 0.0, float(z)), 20.0, n=60) for z in STACK.origins_mm[:, 2]]}
    path = write_rtstruct(tmp_path / "r.dcm", STACK, rois, geometric_type="CLOSED_CURVE")
    with pytest.raises(ReadError, match="contours of type 'CLOSED_CURVE'; expected CLOSED_PLANAR"):
        open_study([path])


# Gaps.

SOLID = np.zeros((N, 8, 40), dtype=bool)
SOLID[1:9, 1:7, 2:38] = True


def without(planes: Sequence[int]) -> Callable[[int], bool]:
    return lambda k: bool(SOLID[k].any()) and k not in planes


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("with_images", [True, False])
@pytest.mark.parametrize("planes", [[4], [4, 5], [2, 4, 6]])
def test_a_gap_is_an_error_whatever_lies_beside_it(
    tmp_path: Path, planes: list[int], with_images: bool, kind: str
) -> None:
    key = 0 if kind == "LABELMAP" else 1
    frames = [(key, k) for k in range(N) if without(planes)(k)]
    described = [segment(1, "Liver")]
    seg = write_seg(tmp_path / "s.dcm", STACK, {key: SOLID}, described, kind=kind, frames=frames)
    given = [seg]
    if with_images:
        write_series(tmp_path / "ct", STACK, hu=lambda k: np.zeros((8, 40)))
        given.append(tmp_path / "ct")
    found = [f for source in open_study(given).sources for f in source.quality if f.check == "seg_gap"]
    assert [f.severity for f in found] == ["error"] * len(found)
    assert found
    assert all(blocks_grading(f) for f in found)


@pytest.mark.parametrize("spacing_between_mm", [None, 5.0, 10.0])
def test_every_second_frame_left_out_is_an_error_without_images(
    tmp_path: Path, spacing_between_mm: float | None
) -> None:
    """The list of images tells, whatever the file says of its own step."""
    frames = [(1, k) for k in (1, 3, 5, 7)]
    described = [segment(1, "Liver")]
    seg = write_seg(
        tmp_path / "s.dcm",
        STACK,
        {1: SOLID},
        described,
        frames=frames,
        spacing_between_mm=spacing_between_mm,
    )
    assert [(f.check, f.severity) for f in errors(seg)] == [("seg_gap", "error")]


def test_empty_planes_of_a_label_map_are_a_gap_too(tmp_path: Path) -> None:
    labels = SOLID.copy()
    labels[4] = False
    seg = write_seg(
        tmp_path / "s.dcm",
        STACK,
        {0: labels},
        [segment(1, "Liver")],
        kind="LABELMAP",
        frames=[(0, k) for k in range(N)],
    )
    assert "seg_gap" in {f.check for f in errors(seg)}


def test_a_whole_segmentation_has_no_gap(tmp_path: Path) -> None:
    for kind in ("BINARY", "LABELMAP"):
        key = 0 if kind == "LABELMAP" else 1
        seg = write_seg(tmp_path / f"{kind}.dcm", STACK, {key: SOLID}, [segment(1, "Liver")], kind=kind)
        assert errors(seg) == []
